/* bt-session-seek.c - magnet links among the session's torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- What seekers ask: as swarms do --- */

static void
stopped (gpointer  user_data,
         BtSeeker *seeker)
{
  BtSession *session = user_data;

  bt_poller_queue (session->poller, &session->reap_task);
}

static const BtSeekerOps seeker_ops = {
  .seen_at = bt_session_seen_at,
  .dht_node = bt_session_dht_node,
  .may_connect = bt_session_may_connect,
  .connections = bt_session_connections,
  .judge = bt_session_judge,
  .has_come = bt_session_has_come,
  .stopped = stopped,
};

/* --- Which torrents are there --- */

static gboolean
has_hashes (BtMetainfo     *metainfo,
            const BtMagnet *magnet)
{
  const guint8 *v1 = bt_metainfo_get_info_hash_v1 (metainfo);
  const guint8 *v2 = bt_metainfo_get_info_hash_v2 (metainfo);
  const guint8 *magnet_v1 = bt_magnet_get_info_hash_v1 (magnet);
  const guint8 *magnet_v2 = bt_magnet_get_info_hash_v2 (magnet);

  return (v1 != NULL && magnet_v1 != NULL && memcmp (v1, magnet_v1, BT_SHA1_BYTES) == 0) ||
         (v2 != NULL && magnet_v2 != NULL && memcmp (v2, magnet_v2, BT_SHA256_BYTES) == 0);
}

gboolean
bt_session_is_sought (BtSession  *session,
                      BtMetainfo *metainfo)
{
  GHashTableIter iter;
  gpointer seeker;

  g_hash_table_iter_init (&iter, session->seekers_by_hash);
  while (g_hash_table_iter_next (&iter, NULL, &seeker))
    if (has_hashes (metainfo, bt_seeker_get_magnet (seeker)))
      return TRUE;
  return FALSE;
}

static gboolean
is_there (BtSession      *session,
          const BtMagnet *magnet)
{
  GHashTableIter iter;
  gpointer other;

  if (g_hash_table_contains (session->seekers_by_hash, bt_magnet_get_info_hash (magnet)))
    return TRUE;
  g_hash_table_iter_init (&iter, session->by_hash);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    if (has_hashes (bt_swarm_get_metainfo (other), magnet))
      return TRUE;
  return FALSE;
}

/* --- Life --- */

BtSeeker *
bt_session_seek (BtSession             *session,
                 BtMagnet              *magnet,
                 const BtSeekerConfig  *config,
                 BtSeekerFunc           func,
                 gpointer               user_data,
                 GError               **error)
{
  g_autofree char *title = bt_magnet_dup_title (magnet);
  BtSeeker *seeker;

  if (session->is_closing)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is closing"));
      return NULL;
    }
  if (is_there (session, magnet))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _("“%s” is there already"), title);
      return NULL;
    }
  if (g_hash_table_size (session->seekers_by_hash) >= BT_SESSION_MAX_SEEKERS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   _("More than %u magnet links cannot be looked for at once"),
                   BT_SESSION_MAX_SEEKERS);
      return NULL;
    }
  seeker = bt_seeker_new (&session->env, &seeker_ops, session, magnet, config, func, user_data);
  g_ptr_array_add (session->seekers, seeker);
  g_hash_table_insert (session->seekers_by_hash, (gpointer) bt_seeker_get_info_hash (seeker),
                       seeker);
  bt_greeter_add_torrent (session->greeter, bt_seeker_get_info_hash (seeker));
  bt_session_dht_seeker (session, seeker);
  return seeker;
}

static void
end_seek (BtSession *session,
          BtSeeker  *seeker,
          gboolean   goes_on)
{
  g_hash_table_remove (session->seekers_by_hash, bt_seeker_get_info_hash (seeker));
  bt_greeter_remove_torrent (session->greeter, bt_seeker_get_info_hash (seeker));
  bt_session_dht_forget (session, seeker);
  bt_seeker_stop (seeker, goes_on);
}

void
bt_session_end_seek (BtSession *session,
                     BtSeeker  *seeker,
                     gboolean   goes_on)
{
  g_return_if_fail (bt_session_find_seeker (session, bt_seeker_get_info_hash (seeker)) == seeker);

  end_seek (session, seeker, goes_on);
}

void
bt_session_stop_seekers (BtSession *session)
{
  for (guint i = 0; i < session->seekers->len; i++)
    end_seek (session, g_ptr_array_index (session->seekers, i), FALSE);
}

gboolean
bt_session_reap_seekers (BtSession *session)
{
  for (guint i = session->seekers->len; i > 0; i--)
    {
      BtSeeker *seeker = g_ptr_array_index (session->seekers, i - 1);

      if (bt_seeker_get_state (seeker) != BT_SEEKER_STOPPED)
        continue;
      g_ptr_array_remove_index (session->seekers, i - 1);
      g_hash_table_remove (session->local_told, seeker);
      bt_seeker_free (seeker);
    }
  return session->seekers->len == 0;
}

/* --- Which there are --- */

guint
bt_session_get_n_seekers (BtSession *session)
{
  return g_hash_table_size (session->seekers_by_hash);
}

BtSeeker *
bt_session_get_seeker (BtSession *session,
                       guint      index)
{
  for (guint i = 0; i < session->seekers->len; i++)
    {
      BtSeeker *seeker = g_ptr_array_index (session->seekers, i);

      if (bt_session_find_seeker (session, bt_seeker_get_info_hash (seeker)) == seeker &&
          index-- == 0)
        return seeker;
    }
  return NULL;
}

BtSeeker *
bt_session_find_seeker (BtSession    *session,
                        const guint8 *info_hash)
{
  return g_hash_table_lookup (session->seekers_by_hash, info_hash);
}

BtSwarm *
bt_session_find_swarm (BtSession    *session,
                       const guint8 *info_hash)
{
  return g_hash_table_lookup (session->by_hash, info_hash);
}
