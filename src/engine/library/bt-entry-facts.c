/* bt-entry-facts.c - what there is to tell of a torrent, with a swarm or without
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <glib/gi18n-lib.h>

guint64
bt_entry_get_id (BtEntry *entry)
{
  return entry->record->id;
}

const BtRecord *
bt_entry_get_record (BtEntry *entry)
{
  return entry->record;
}

guint64
bt_entry_get_news (BtEntry *entry)
{
  return entry->swarm != NULL && entry->work == NULL ? bt_swarm_get_news (entry->swarm) : 0;
}

gboolean
bt_entry_is_quiet (BtEntry *entry)
{
  return entry->swarm == NULL && entry->seeker == NULL && entry->work == NULL;
}

/* --- Counting --- */

/* How long it ran is not worth a commit of its own: after a crash a few minutes of it are forgotten. */
static void
count_time (BtEntry      *entry,
            BtSwarmState  state,
            gint64        now_us)
{
  gint64 seconds = (now_us - entry->counted_at_us) / BT_SECOND_US;

  if (seconds <= 0)
    return;
  entry->counted_at_us += seconds * BT_SECOND_US;
  if (state == BT_SWARM_SEEDING)
    entry->record->seeding_s += seconds;
  if (state != BT_SWARM_SEEDING && state != BT_SWARM_DOWNLOADING)
    return;
  entry->record->active_s += seconds;
  if (now_us - entry->aged_at_us < BT_LIBRARY_AGE_US)
    return;
  entry->aged_at_us = now_us;
  bt_entry_set_dirty (entry, BT_DIRTY_RECORD);
}

static void
count_bytes (BtEntry            *entry,
             const BtSwarmFacts *facts)
{
  BtRecord *record = entry->record;
  guint64 received = facts->received_bytes - entry->counted_received_bytes;
  guint64 sent = facts->sent_bytes - entry->counted_sent_bytes;
  guint64 wasted = facts->wasted_bytes - entry->counted_wasted_bytes;

  if (received == 0 && sent == 0 && wasted == 0)
    return;
  record->received_bytes += received;
  record->sent_bytes += sent;
  record->wasted_bytes += wasted;
  record->active_at_s = bt_library_now_s ();
  entry->counted_received_bytes = facts->received_bytes;
  entry->counted_sent_bytes = facts->sent_bytes;
  entry->counted_wasted_bytes = facts->wasted_bytes;
  bt_history_add (entry->history, record->active_at_s, received, sent);
  bt_library_count_moved (entry->library, received, sent);
  bt_entry_set_dirty (entry, BT_DIRTY_RECORD | BT_DIRTY_HISTORY);
}

/* Next to nothing for a while: it takes no place in the queue. */
static void
note_idleness (BtEntry            *entry,
               const BtSwarmFacts *facts,
               gint64              now_us)
{
  if (facts->received_bps + facts->sent_bps < BT_LIBRARY_IDLE_BPS)
    return;
  if (now_us - entry->moved_at_us >= BT_LIBRARY_IDLE_US)
    {
      entry->busy_again_at_us = now_us;
      entry->library->must_judge = TRUE;
    }
  entry->moved_at_us = now_us;
}

static void
became_complete (BtEntry *entry)
{
  gint64 now_s = bt_library_now_s ();

  entry->library->must_judge = TRUE;
  if (entry->record->completed_at_s == 0)
    {
      entry->record->completed_at_s = now_s;
      bt_entry_log (entry, BT_MARK_COMPLETED, NULL);
    }
  bt_entry_set_dirty (entry, BT_DIRTY_RECORD);
  /* Whatever happens to the drive now, it need not be hashed again. */
  bt_entry_checkpoint (entry);
}

/* Of a swarm that knows what it has: not while that is being found out. */
static void
note_progress (BtEntry            *entry,
               const BtSwarmFacts *facts)
{
  BtRecord *record = entry->record;
  gboolean is_complete = facts->done_bytes == facts->wanted_bytes;

  if (facts->state != BT_SWARM_DOWNLOADING && facts->state != BT_SWARM_SEEDING &&
      facts->state != BT_SWARM_NO_SPACE &&
      !(facts->state == BT_SWARM_STOPPED && entry->resume != NULL &&
        entry->resume->have.n_set == facts->n_have))
    return;
  record->wanted_bytes = facts->wanted_bytes;
  record->done_bytes = facts->done_bytes;
  record->n_have = facts->n_have;
  if (bt_entry_set_flag (entry, BT_RECORD_COMPLETE, is_complete) && is_complete)
    became_complete (entry);
}

void
bt_entry_count (BtEntry *entry)
{
  gint64 now_us = bt_library_now_us (entry->library);
  BtSwarmFacts facts;

  bt_swarm_get_facts (entry->swarm, &facts);
  entry->counted_news = bt_swarm_get_news (entry->swarm);
  count_time (entry, facts.state, now_us);
  count_bytes (entry, &facts);
  note_idleness (entry, &facts, now_us);
  note_progress (entry, &facts);
  bt_swarm_facts_clear (&facts);
}

void
bt_entry_tick (BtEntry *entry)
{
  if (bt_swarm_get_news (entry->swarm) != entry->counted_news)
    bt_entry_count (entry);
  else
    count_time (entry, bt_swarm_get_state (entry->swarm), bt_library_now_us (entry->library));
}

/* --- Facts --- */

static BtSwarmState
get_state_at_rest (BtEntry  *entry,
                   BtReason *out_reason)
{
  *out_reason = BT_REASON_NONE;
  if (entry->work != NULL)
    {
      *out_reason = BT_REASON_MOVING;
      return BT_SWARM_MOVING;
    }
  /* In a moment. */
  if (entry->wants_check)
    return BT_SWARM_CHECKING;
  if (bt_entry_has (entry, BT_RECORD_FAILED))
    return BT_SWARM_FAILED;
  if (bt_entry_has (entry, BT_RECORD_PAUSED))
    {
      if (bt_entry_has (entry, BT_RECORD_SHARE_DONE))
        *out_reason = BT_REASON_SHARE_DONE;
      return BT_SWARM_STOPPED;
    }
  if (entry->is_missing)
    {
      *out_reason = BT_REASON_MISSING;
      return BT_SWARM_MISSING;
    }
  if (entry->is_low)
    {
      *out_reason = BT_REASON_NO_SPACE;
      return BT_SWARM_NO_SPACE;
    }
  if (entry->library->is_paused && !bt_entry_has (entry, BT_RECORD_FORCED))
    *out_reason = entry->library->settings.is_held ? BT_REASON_HELD : BT_REASON_TIMETABLE;
  else if (!entry->has_turn && entry->library->has_begun)
    *out_reason = BT_REASON_QUEUED;
  return BT_SWARM_QUEUED;
}

static char *
dup_message (BtEntry      *entry,
             BtSwarmState  state)
{
  g_autofree char *size = NULL;

  if (state == BT_SWARM_FAILED || state == BT_SWARM_MISSING)
    return g_strdup (entry->record->error);
  if (state != BT_SWARM_NO_SPACE || entry->place == NULL || entry->place->volume == NULL)
    return NULL;
  size = g_format_size (bt_library_get_floor (entry->library, entry->place->volume));
  return g_strdup_printf (_("less than %s are free on “%s”"), size, entry->place->volume->name);
}

static void
fill_at_rest (BtEntry      *entry,
              BtSwarmFacts *facts)
{
  const BtRecord *record = entry->record;

  *facts = (BtSwarmFacts) {
    .total_bytes = record->total_bytes,
    .wanted_bytes = record->wanted_bytes,
    .done_bytes = record->done_bytes,
    .n_pieces = record->n_pieces,
    .n_have = record->n_have,
    .n_known = entry->peers != NULL ? entry->peers->len : 0,
    .left_us = -1,
    .tracker_seeds = -1,
    .tracker_leechers = -1,
    .dht_seeds = -1,
    .dht_leechers = -1,
  };
  facts->state = get_state_at_rest (entry, &facts->reason);
  facts->message = dup_message (entry, facts->state);
}

void
bt_entry_get_facts (BtEntry      *entry,
                    BtSwarmFacts *out_facts)
{
  if (entry->swarm != NULL)
    bt_swarm_get_facts (entry->swarm, out_facts);
  else if (entry->seeker != NULL)
    bt_seeker_fill_facts (entry->seeker, out_facts);
  else
    fill_at_rest (entry, out_facts);
  /* What the swarm knows is about to be taken over. */
  if (entry->swarm != NULL &&
      (out_facts->state == BT_SWARM_STOPPED || out_facts->state == BT_SWARM_FAILED))
    out_facts->state = BT_SWARM_STOPPING;
  out_facts->received_bytes += entry->received_bytes;
  out_facts->sent_bytes += entry->sent_bytes;
  out_facts->wasted_bytes += entry->wasted_bytes;
  if (entry->work != NULL)
    bt_work_fill_facts (entry, out_facts);
}

/* --- Details --- */

void
bt_details_free (BtDetails *details)
{
  if (details == NULL)
    return;
  g_clear_pointer (&details->metainfo, bt_metainfo_unref);
  g_clear_pointer (&details->peer_rows, g_array_unref);
  g_clear_pointer (&details->tracker_rows, g_array_unref);
  g_clear_pointer (&details->web_seed_rows, g_array_unref);
  g_clear_pointer (&details->file_rows, g_array_unref);
  g_clear_pointer (&details->piece_map, g_bytes_unref);
  g_clear_pointer (&details->history, g_bytes_unref);
  g_free (details);
}

void
bt_entry_set_watched (BtEntry  *entry,
                      gboolean  is_watched)
{
  entry->is_watched = is_watched;
  bt_library_queue_entry (entry);
  if (entry->is_loaded || entry->magnet != NULL)
    bt_entry_changed (entry);
}

static GArray *
make_tracker_rows (BtEntry *entry)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (BtTrackerFacts));
  guint n_tiers = bt_metainfo_get_n_tiers (entry->metainfo);

  g_array_set_clear_func (rows, bt_tracker_facts_clear);
  for (guint i = 0; entry->trackers != NULL && i < entry->trackers->len; i++)
    {
      const BtTrackerRecord *tracker = &g_array_index (entry->trackers, BtTrackerRecord, i);
      BtTrackerFacts facts = { .tier = tracker->tier, .n_seeds = -1, .n_leechers = -1,
                               .n_downloaded = -1 };

      facts.url = g_strdup (tracker->url);
      facts.message = g_strdup ("");
      g_array_append_val (rows, facts);
    }
  for (guint i = 0; entry->trackers == NULL && i < n_tiers; i++)
    {
      const char *const *tier = bt_metainfo_get_tier (entry->metainfo, i);

      for (guint k = 0; tier[k] != NULL; k++)
        {
          BtTrackerFacts facts = { .tier = i, .n_seeds = -1, .n_leechers = -1,
                                   .n_downloaded = -1 };

          facts.url = g_strdup (tier[k]);
          facts.message = g_strdup ("");
          g_array_append_val (rows, facts);
        }
    }
  return rows;
}

static GArray *
make_web_seed_rows (BtEntry *entry)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (BtWebSeedRow));
  const char *const *urls = (const char *const *) entry->web_seeds;

  if (urls == NULL)
    urls = bt_metainfo_get_web_seeds (entry->metainfo);
  g_array_set_clear_func (rows, bt_web_seed_row_clear);
  for (; *urls != NULL; urls++)
    {
      BtWebSeedRow row = { .url = g_strdup (*urls), .message = g_strdup ("") };

      g_array_append_val (rows, row);
    }
  return rows;
}

static GArray *
make_file_rows (BtEntry *entry)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (entry->metainfo, &n_files);
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (BtFileRow), n_files);

  g_array_set_clear_func (rows, bt_file_row_clear);
  for (guint32 i = 0; i < n_files; i++)
    {
      const BtFileRecord *record = bt_file_records_get (entry->files, i, FALSE);
      BtFileRow row = {
        .length = files[i].length,
        .done_bytes = entry->resume != NULL
          ? bt_metainfo_count_file_bytes (entry->metainfo, i, &entry->resume->have) : 0,
        .priority = record != NULL ? record->priority : BT_PRIORITY_NORMAL,
        .path = g_strdup (bt_entry_get_path (entry, i)),
      };

      g_array_append_val (rows, row);
    }
  return rows;
}

static GBytes *
make_piece_map (BtEntry *entry)
{
  guint32 n_pieces = bt_metainfo_get_geometry (entry->metainfo)->n_pieces;
  guint8 *map = g_malloc0 (n_pieces);

  for (guint32 p = 0; entry->resume != NULL && p < n_pieces; p++)
    map[p] = bt_bitfield_get (&entry->resume->have, p) ? BT_PIECE_LOOK_HAD : BT_PIECE_LOOK_MISSING;
  return g_bytes_new_take (map, n_pieces);
}

BtDetails *
bt_entry_get_details (BtEntry *entry)
{
  BtDetails *details;

  if (bt_entry_has (entry, BT_RECORD_MAGNET))
    return bt_entry_get_magnet_details (entry);
  if (!entry->is_loaded)
    return NULL;
  details = g_new0 (BtDetails, 1);
  details->metainfo = bt_metainfo_ref (entry->metainfo);
  details->history = bt_history_to_bytes (entry->history);
  if (entry->swarm != NULL)
    {
      details->peer_rows = bt_swarm_get_peer_rows (entry->swarm);
      details->tracker_rows = bt_swarm_get_tracker_rows (entry->swarm);
      details->web_seed_rows = bt_swarm_get_web_seed_rows (entry->swarm);
      details->file_rows = bt_swarm_get_file_rows (entry->swarm);
      details->piece_map = bt_swarm_get_piece_map (entry->swarm);
      return details;
    }
  details->peer_rows = g_array_new (FALSE, TRUE, sizeof (BtPeerRow));
  details->tracker_rows = make_tracker_rows (entry);
  details->web_seed_rows = make_web_seed_rows (entry);
  details->file_rows = make_file_rows (entry);
  details->piece_map = make_piece_map (entry);
  return details;
}
