/* bt-session-local.c - local discovery for all torrents of a session (BEP 14)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#include <string.h>

#define AGAIN_US  (5 * 60 * BT_SECOND_US)  /* of one torrent; BEP 14 */
#define MAX_LOOKS 256                      /* torrents a second that are asked whether they are due */

static void
found_cb (const guint8     info_hash[BT_SHA1_BYTES],
          const BtAddress *address,
          gpointer         user_data)
{
  BtSession *session = user_data;
  BtSwarm *swarm = g_hash_table_lookup (session->by_hash, info_hash);

  if (swarm != NULL && !session->is_closing &&
      !bt_metainfo_is_private (bt_swarm_get_metainfo (swarm)))
    bt_swarm_add_peer (swarm, address, BT_SOURCE_LOCAL);
}

static void
open_local (BtSession *session)
{
  BtLocalConfig config = {
    .bind4 = session->env.bind4,
    .bind6 = session->env.bind6,
    .use_ipv4 = session->env.bind6.family == BT_FAMILY_NONE,
    .use_ipv6 = session->env.bind4.family == BT_FAMILY_NONE,
    .port = session->local_port,
  };
  g_autoptr (GError) error = NULL;

  session->local = bt_local_new (session->poller, session->clock, &config, found_cb, session,
                                 &error);
  /* Without it everything else works. */
  if (session->local == NULL)
    g_info ("%s", error->message);
}

void
bt_session_close_local (BtSession *session)
{
  g_clear_pointer (&session->local, bt_local_free);
  g_hash_table_remove_all (session->local_told);
}

void
bt_session_apply_local (BtSession *session)
{
  gboolean is_wanted = (session->discovery & BT_DISCOVERY_LOCAL) != 0 && session->env.port != 0;

  if (is_wanted && session->local == NULL)
    open_local (session);
  else if (!is_wanted && session->local != NULL)
    bt_session_close_local (session);
}

static gboolean
is_due (BtSession *session,
        BtSwarm   *swarm,
        gint64     now_us)
{
  BtSwarmState state = bt_swarm_get_state (swarm);
  const gint64 *told_us = g_hash_table_lookup (session->local_told, swarm);

  return (state == BT_SWARM_DOWNLOADING || state == BT_SWARM_SEEDING) &&
         (told_us == NULL || now_us - *told_us >= AGAIN_US) &&
         !bt_metainfo_is_private (bt_swarm_get_metainfo (swarm));
}

/* One datagram a second at most, with as many torrents as go in. */
void
bt_session_tick_local (BtSession *session)
{
  guint8 hashes[BT_LOCAL_MAX_HASHES][BT_SHA1_BYTES];
  gint64 now_us = bt_clock_get_us (session->clock);
  guint n_looks = MIN (session->swarms->len, MAX_LOOKS);
  guint n = 0;

  if (session->local == NULL || session->is_closing)
    return;
  for (guint i = 0; i < n_looks && n < BT_LOCAL_MAX_HASHES; i++)
    {
      BtSwarm *swarm = g_ptr_array_index (session->swarms,
                                          session->next_local++ % session->swarms->len);

      if (!is_due (session, swarm, now_us))
        continue;
      memcpy (hashes[n++], bt_metainfo_get_info_hash_v1 (bt_swarm_get_metainfo (swarm)),
              BT_SHA1_BYTES);
      g_hash_table_replace (session->local_told, swarm, g_memdup2 (&now_us, sizeof now_us));
    }
  bt_local_announce (session->local, (const guint8 (*)[BT_SHA1_BYTES]) hashes, n,
                     session->env.port);
}
