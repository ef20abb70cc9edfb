/* bt-library-queue.c - who has his turn, who has shared enough, which limits hold now
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

/* --- The queue --- */

static gboolean
is_running (BtEntry *entry)
{
  BtSwarmState state = entry->swarm != NULL ? bt_swarm_get_state (entry->swarm) : BT_SWARM_STOPPED;

  if (entry->seeker != NULL)
    return TRUE;
  return state != BT_SWARM_STOPPED && state != BT_SWARM_FAILED && state != BT_SWARM_STOPPING;
}

static BtQueueEntry
describe (BtEntry *entry,
          gint64   now_us)
{
  gboolean runs = is_running (entry);
  BtSwarmState state = runs && entry->swarm != NULL ? bt_swarm_get_state (entry->swarm)
                                                    : BT_SWARM_STOPPED;
  BtQueueKind kind = BT_QUEUE_DOWNLOAD;

  if (bt_entry_has (entry, BT_RECORD_MAGNET))
    kind = BT_QUEUE_METADATA;
  else if (bt_entry_has (entry, BT_RECORD_COMPLETE))
    kind = BT_QUEUE_SEED;

  return (BtQueueEntry) {
    .id = entry->record->id,
    .position = entry->record->position,
    .kind = kind,
    .busy_again_at_us = entry->busy_again_at_us,
    .is_forced = bt_entry_has (entry, BT_RECORD_FORCED),
    .is_running = runs,
    .is_idle = (state == BT_SWARM_DOWNLOADING || state == BT_SWARM_SEEDING) &&
               now_us - entry->moved_at_us >= BT_LIBRARY_IDLE_US,
  };
}

static void
give_turns (BtLibrary *library,
            GPtrArray *wanting,
            GArray    *entries)
{
  for (guint i = 0; i < wanting->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (wanting, i);
      const BtQueueEntry *verdict = &g_array_index (entries, BtQueueEntry, i);
      gboolean had_turn = entry->has_turn;

      entry->has_turn = verdict->should_run;
      if (had_turn != entry->has_turn || (entry->has_turn && entry->swarm == NULL))
        bt_library_queue_entry (entry);
      if (had_turn != entry->has_turn)
        bt_entry_changed (entry);
    }
}

void
bt_library_judge_queue (BtLibrary *library)
{
  gint64 now_us = bt_library_now_us (library);
  g_autoptr (GPtrArray) wanting = NULL;
  g_autoptr (GArray) entries = NULL;
  BtQueueConfig config = {
    .max_downloads = library->settings.max_downloads,
    .max_seeds = library->settings.max_seeds,
    .max_metadata = library->settings.max_metadata != 0
                      ? MIN (library->settings.max_metadata, BT_SESSION_MAX_SEEKERS)
                      : BT_SESSION_MAX_SEEKERS,
    .dont_count_idle = !library->settings.count_idle,
    .grace_us = BT_LIBRARY_IDLE_US,
  };

  if (!library->must_judge && now_us - library->judged_at_us < BT_LIBRARY_QUEUE_US &&
      now_us < library->next_judge_us)
    return;
  library->must_judge = FALSE;
  library->judged_at_us = now_us;
  wanting = g_ptr_array_new ();
  entries = g_array_new (FALSE, FALSE, sizeof (BtQueueEntry));
  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (library->entries, i);
      BtQueueEntry described;

      /* Those that wait for their drive keep nobody waiting. */
      if (!bt_entry_wants_run (entry) || entry->is_missing)
        {
          if (!entry->is_missing)
            entry->has_turn = FALSE;
          continue;
        }
      described = describe (entry, now_us);
      g_ptr_array_add (wanting, entry);
      g_array_append_val (entries, described);
    }
  library->next_judge_us =
      bt_queue_run ((BtQueueEntry *) (gpointer) entries->data, entries->len, &config, now_us);
  give_turns (library, wanting, entries);
}

/* --- Sharing enough --- */

static BtShareReached
check_share (BtEntry       *entry,
             BtShareLimits *out_limits)
{
  const BtRecord *record = entry->record;
  const BtSettings *settings = &entry->library->settings;
  gint64 now_us = bt_library_now_us (entry->library);
  BtShareLimits own = { record->ratio_limit, record->seed_time_limit_s, record->idle_limit_s,
                        record->after_share };
  BtShareLimits general = {
    settings->ratio_limit > 0 ? settings->ratio_limit : BT_RATIO_NONE,
    settings->seed_time_limit_s > 0 ? settings->seed_time_limit_s : BT_RATIO_NONE,
    settings->idle_limit_s > 0 ? settings->idle_limit_s : BT_RATIO_NONE,
    settings->after_share,
  };
  BtShareFacts facts = {
    .sent_bytes = record->sent_bytes,
    .received_bytes = record->received_bytes,
    .wanted_bytes = record->wanted_bytes,
    .seeding_s = record->seeding_s,
    .idle_s = (now_us - entry->moved_at_us) / BT_SECOND_US,
    .is_seed = TRUE,
    .is_forced = bt_entry_has (entry, BT_RECORD_FORCED),
    .is_done = bt_entry_has (entry, BT_RECORD_SHARE_DONE),
  };

  *out_limits = bt_share_limits_resolve (&own, &general);
  return bt_share_limits_check (out_limits, &facts);
}

static void
act_after_share (BtEntry      *entry,
                 BtAfterShare  after)
{
  bt_entry_set_flag (entry, BT_RECORD_SHARE_DONE, TRUE);
  bt_entry_log (entry, BT_MARK_SHARED, NULL);
  switch (after)
    {
    case BT_AFTER_SHARE_SUPER_SEED:
      bt_entry_set_super_seeding (entry, TRUE);
      bt_entry_wished (entry, BT_DIRTY_RECORD);
      break;

    case BT_AFTER_SHARE_REMOVE:
      bt_entry_remove_async (entry, BT_REMOVE_KEEP_DATA, NULL, NULL);
      break;

    case BT_AFTER_SHARE_REMOVE_DATA:
      bt_entry_remove_async (entry, BT_REMOVE_TRASH_DATA, NULL, NULL);
      break;

    case BT_AFTER_SHARE_GENERAL:
    case BT_AFTER_SHARE_PAUSE:
    default:
      bt_entry_set_flag (entry, BT_RECORD_PAUSED, TRUE);
      entry->library->must_judge = TRUE;
      bt_entry_wished (entry, BT_DIRTY_RECORD);
      break;
    }
}

void
bt_library_judge_shares (BtLibrary *library)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, library->by_swarm);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BtEntry *entry = value;
      BtShareLimits limits;

      if (bt_swarm_get_state (entry->swarm) != BT_SWARM_SEEDING || entry->work != NULL ||
          check_share (entry, &limits) == BT_SHARE_NOT_REACHED)
        continue;
      act_after_share (entry, limits.after);
      /* The table may be another one now; the next comes with the next tick. */
      return;
    }
}

/* --- Limits that depend on the time --- */

static BtTimetableValue
ask_timetable (BtLibrary *library)
{
  g_autoptr (GDateTime) now = NULL;

  if (!library->settings.use_timetable)
    return BT_TIMETABLE_NORMAL;
  now = g_date_time_new_now_local ();
  return bt_timetable_get_value (&library->settings.timetable, now);
}

void
bt_library_apply_limits (BtLibrary *library)
{
  const BtSettings *settings = &library->settings;
  BtTimetableValue value = ask_timetable (library);
  gboolean is_alternative = settings->use_alternative || value == BT_TIMETABLE_ALTERNATIVE;
  gboolean is_paused = settings->is_held || value == BT_TIMETABLE_PAUSED;

  library->is_alternative = is_alternative;
  if (is_paused != library->is_paused || settings->is_held != library->is_held)
    {
      library->is_paused = is_paused;
      library->is_held = settings->is_held;
      library->must_judge = TRUE;
      for (guint i = 0; i < library->entries->len; i++)
        {
          BtEntry *entry = g_ptr_array_index (library->entries, i);

          if (bt_entry_has (entry, BT_RECORD_PAUSED | BT_RECORD_FAILED))
            continue;
          bt_library_queue_entry (entry);
          bt_entry_changed (entry);
        }
    }
  bt_session_set_limits (library->session,
                         is_alternative ? settings->alternative_read_bps : settings->read_limit_bps,
                         is_alternative ? settings->alternative_write_bps
                                        : settings->write_limit_bps);
}
