/* bt-entry-magnet.c - a torrent of which only the magnet link is known: it seeks, and learns what it is
 *
 * Such an entry is never loaded: it has a link in place of a description, and nothing on disk. What can be done with
 * it is to run (a seeker of the session's), to pause, to move (its folder is only noted) and to go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

gboolean
bt_entry_take_link (BtEntry  *entry,
                    GBytes   *link,
                    GError  **error)
{
  gsize n_bytes;
  const char *bytes = g_bytes_get_data (link, &n_bytes);
  g_autofree char *uri = g_strndup (bytes, n_bytes);

  g_clear_pointer (&entry->magnet, bt_magnet_unref);
  entry->magnet = bt_magnet_new_from_uri (uri, error);
  return entry->magnet != NULL;
}

/* --- Seeking --- */

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  BtEntry *entry = user_data;

  if (metainfo != NULL)
    bt_library_learn (entry, metainfo);
  else
    bt_entry_fail (entry, error);
}

static void
begin_seek (BtEntry *entry)
{
  BtLibrary *library = entry->library;
  g_autoptr (GError) error = NULL;
  BtSeekerConfig config = {
    .max_peers = entry->record->max_peers,
    .use_trackers = !bt_entry_has (entry, BT_RECORD_NO_TRACKERS),
  };

  bt_library_end_previews_of (entry, bt_magnet_get_info_hash_v1 (entry->magnet),
                              bt_magnet_get_info_hash_v2 (entry->magnet));
  entry->seeker = bt_session_seek (library->session, entry->magnet, &config, found_cb, entry,
                                   &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    {
      /* Previews and those that a person has put before the queue take places that it does not know of. */
      entry->has_turn = FALSE;
      bt_entry_changed (entry);
      return;
    }
  if (entry->seeker == NULL)
    {
      bt_entry_fail (entry, error);
      return;
    }
  library->n_alive++;
  for (guint i = 0; entry->peers != NULL && i < entry->peers->len; i++)
    {
      const BtKnownAddress *peer = &g_array_index (entry->peers, BtKnownAddress, i);

      bt_seeker_add_peer (entry->seeker, &peer->address, (BtSource) peer->sources);
    }
  bt_session_connect_now (library->session);
  bt_entry_changed (entry);
}

void
bt_entry_end_seek (BtEntry  *entry,
                   gboolean  goes_on)
{
  BtLibrary *library = entry->library;

  if (entry->seeker == NULL)
    return;
  /* Those who were there are the first to be asked again. */
  g_clear_pointer (&entry->peers, g_array_unref);
  entry->peers = bt_seeker_dup_known (entry->seeker);
  bt_session_end_seek (library->session, entry->seeker, goes_on);
  entry->seeker = NULL;
  library->n_alive--;
  library->must_judge = TRUE;
}

void
bt_entry_advance_magnet (BtEntry  *entry,
                         gboolean  may_run)
{
  if (entry->is_learning)
    return;
  if (entry->seeker != NULL && (!may_run || entry->work != NULL))
    {
      bt_entry_end_seek (entry, FALSE);
      bt_entry_changed (entry);
    }
  if (entry->work != NULL)
    bt_work_advance (entry);
  else if (may_run && entry->seeker == NULL && entry->magnet != NULL)
    begin_seek (entry);
  else if (entry->magnet == NULL && !entry->library->is_closing &&
           (may_run || (entry->is_watched && !entry->is_unreadable)))
    bt_entry_load (entry);
}

/* --- What there is to tell --- */

void
bt_seeker_fill_facts (BtSeeker     *seeker,
                      BtSwarmFacts *facts)
{
  BtSeekerFacts found;

  bt_seeker_get_facts (seeker, &found);
  *facts = (BtSwarmFacts) {
    .state = BT_SWARM_SEEKING,
    .left_us = -1,
    .reason_piece = G_MAXUINT32,
    .n_known = found.n_known,
    .n_connecting = found.n_connecting,
    .n_peers = found.n_peers,
    .n_met = found.n_met,
    .n_refused = found.n_refused + found.n_lied,
    .metadata_bytes = found.metadata_bytes,
    .metadata_done_bytes = found.received_bytes,
    .tracker_seeds = found.tracker_seeds,
    .tracker_leechers = found.tracker_leechers,
    .n_nodes = found.n_nodes,
    .dht_seeds = found.dht_seeds,
    .dht_leechers = found.dht_leechers,
    .message = g_steal_pointer (&found.message),
  };
  if (found.is_offline)
    facts->reason = found.is_refused ? BT_REASON_DEVICE_REFUSED : BT_REASON_NO_DEVICE;
  else if (found.is_proxy_bad)
    facts->reason = BT_REASON_PROXY;
  else if (found.n_peers == 0)
    {
      if (found.n_connecting > 0)
        facts->reason = BT_REASON_CONNECTING;
      else if (found.n_known > 0)
        facts->reason = BT_REASON_UNREACHABLE;
      else
        facts->reason = facts->message != NULL ? BT_REASON_TRACKER_FAILED : BT_REASON_NO_PEERS;
    }
  bt_seeker_facts_clear (&found);
}

BtDetails *
bt_entry_get_magnet_details (BtEntry *entry)
{
  BtDetails *details;

  if (entry->magnet == NULL)
    return NULL;
  details = g_new0 (BtDetails, 1);
  if (entry->seeker != NULL)
    {
      details->peer_rows = bt_seeker_get_peer_rows (entry->seeker);
      details->tracker_rows = bt_seeker_get_tracker_rows (entry->seeker);
    }
  return details;
}
