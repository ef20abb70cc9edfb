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
  BtSwarm *swarm = bt_session_find_swarm (session, info_hash);
  BtSeeker *seeker = bt_session_find_seeker (session, info_hash);

  if (session->is_closing)
    return;
  if (swarm != NULL && !bt_metainfo_is_private (bt_swarm_get_metainfo (swarm)))
    bt_swarm_add_peer (swarm, address, BT_SOURCE_LOCAL);
  else if (seeker != NULL)
    bt_seeker_add_peer (seeker, address, BT_SOURCE_LOCAL);
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
  gboolean is_wanted = (session->discovery & BT_DISCOVERY_LOCAL) != 0 && session->env.port != 0 &&
                       !session->env.is_offline;

  if (is_wanted && session->local == NULL)
    open_local (session);
  else if (!is_wanted && session->local != NULL)
    bt_session_close_local (session);
}

static gboolean
was_told (BtSession     *session,
          gconstpointer  torrent,
          gint64         now_us)
{
  const gint64 *told_us = g_hash_table_lookup (session->local_told, torrent);

  return told_us != NULL && now_us - *told_us < AGAIN_US;
}

/* NULL: not now. */
static const guint8 *
get_due (BtSession *session,
         BtSwarm   *swarm,
         gint64     now_us)
{
  BtMetainfo *metainfo = bt_swarm_get_metainfo (swarm);
  BtSwarmState state = bt_swarm_get_state (swarm);

  if ((state != BT_SWARM_DOWNLOADING && state != BT_SWARM_SEEDING) ||
      bt_metainfo_is_private (metainfo) || was_told (session, swarm, now_us))
    return NULL;
  return bt_metainfo_get_info_hash_v1 (metainfo);
}

/* Room for one more has `hashes`. */
static void
add_hash (BtSession     *session,
          gconstpointer  torrent,
          const guint8  *info_hash,
          guint8       (*hashes)[BT_SHA1_BYTES],
          guint         *n_hashes,
          gint64         now_us)
{
  memcpy (hashes[(*n_hashes)++], info_hash, BT_SHA1_BYTES);
  g_hash_table_replace (session->local_told, (gpointer) torrent,
                        g_memdup2 (&now_us, sizeof now_us));
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
  for (guint i = 0; i < session->seekers->len && n < BT_LOCAL_MAX_HASHES; i++)
    {
      BtSeeker *seeker = g_ptr_array_index (session->seekers, i);

      if (bt_seeker_get_state (seeker) == BT_SEEKER_SEEKING &&
          !was_told (session, seeker, now_us))
        add_hash (session, seeker, bt_seeker_get_info_hash (seeker), hashes, &n, now_us);
    }
  for (guint i = 0; i < n_looks && n < BT_LOCAL_MAX_HASHES; i++)
    {
      BtSwarm *swarm = g_ptr_array_index (session->swarms,
                                          session->next_local++ % session->swarms->len);
      const guint8 *info_hash = get_due (session, swarm, now_us);

      if (info_hash != NULL)
        add_hash (session, swarm, info_hash, hashes, &n, now_us);
    }
  bt_local_announce (session->local, (const guint8 (*)[BT_SHA1_BYTES]) hashes, n,
                     session->env.port);
}
