/* bt-entry.c - one torrent's life: at rest, loaded, with a swarm, at rest again
 *
 * What is to be and what is are two things: wishes, the queue and the drive decide whether it should run, and
 * bt_entry_advance() takes one step after the other in that direction, each when the one before has ended.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

BtEntry *
bt_entry_new (BtLibrary *library,
              BtRecord  *record)
{
  BtEntry *entry = g_new0 (BtEntry, 1);

  entry->library = library;
  entry->record = record;
  return entry;
}

static void
unload (BtEntry *entry)
{
  g_clear_pointer (&entry->metainfo, bt_metainfo_unref);
  g_clear_pointer (&entry->resume, bt_resume_free);
  g_clear_pointer (&entry->files, g_array_unref);
  g_clear_pointer (&entry->trackers, g_array_unref);
  g_clear_pointer (&entry->web_seeds, g_strfreev);
  g_clear_pointer (&entry->history, bt_history_free);
  entry->is_loaded = FALSE;
}

void
bt_entry_free (BtEntry *entry)
{
  if (entry == NULL)
    return;
  unload (entry);
  g_clear_pointer (&entry->magnet, bt_magnet_unref);
  g_clear_pointer (&entry->peers, g_array_unref);
  g_clear_pointer (&entry->work, bt_work_free);
  bt_record_free (entry->record);
  g_free (entry);
}

void
bt_entry_changed (BtEntry *entry)
{
  if (!entry->is_gone && !entry->is_new)
    entry->library->ops->changed (entry->library->owner, entry);
}

void
bt_entry_wished (BtEntry *entry,
                 guint    dirty)
{
  bt_entry_set_dirty (entry, dirty);
  bt_library_save_now (entry->library);
  bt_library_queue_entry (entry);
  bt_entry_changed (entry);
}

void
bt_entry_log (BtEntry       *entry,
              BtMarkKind  kind,
              const char    *text)
{
  if (entry->history == NULL)
    return;
  bt_history_add_mark (entry->history, bt_library_now_s (), kind, text);
  bt_entry_set_dirty (entry, BT_DIRTY_HISTORY);
}

/* --- Loading --- */

gboolean
bt_entry_take_stored (BtEntry          *entry,
                      BtStoredTorrent  *stored,
                      GError          **error)
{
  g_autoptr (BtStoredTorrent) held = stored;
  guint32 n_files;

  if (held->metainfo == NULL)
    {
      g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_CORRUPT,
                   bt_entry_has (entry, BT_RECORD_MAGNET)
                     ? _("The saved link of “%s” is missing")
                     : _("The saved description of “%s” is missing"),
                   entry->record->name);
      return FALSE;
    }
  if (bt_entry_has (entry, BT_RECORD_MAGNET))
    return bt_entry_take_link (entry, held->metainfo, error);
  entry->metainfo = bt_metainfo_new_from_bytes (held->metainfo, error);
  if (entry->metainfo == NULL)
    return FALSE;
  entry->resume = g_steal_pointer (&held->resume);
  entry->files = g_steal_pointer (&held->files);
  entry->trackers = g_steal_pointer (&held->trackers);
  entry->web_seeds = g_steal_pointer (&held->web_seeds);
  entry->history = bt_history_new ();
  if (held->history != NULL)
    bt_history_set_bytes (entry->history, g_bytes_get_data (held->history, NULL),
                          g_bytes_get_size (held->history));
  bt_metainfo_get_files (entry->metainfo, &n_files);
  /* What does not fit is of no use: the data is hashed instead. */
  if (entry->resume != NULL &&
      (entry->resume->have.n_bits != bt_metainfo_get_geometry (entry->metainfo)->n_pieces ||
       (entry->resume->stamps->len != 0 && entry->resume->stamps->len != n_files)))
    g_clear_pointer (&entry->resume, bt_resume_free);
  for (guint i = entry->files->len; i > 0; i--)
    if (g_array_index (entry->files, BtFileRecord, i - 1).index >= n_files)
      g_array_remove_index (entry->files, i - 1);
  entry->is_loaded = TRUE;
  return TRUE;
}

void
bt_entry_fetch (BtEntry         *entry,
                BtStoreLoadFunc  func,
                gpointer         user_data)
{
  entry->n_loading++;
  entry->library->n_loads++;
  bt_store_load_async (entry->library->store, entry->record->id, func, user_data);
}

void
bt_entry_note_fetched (BtEntry *entry)
{
  entry->n_loading--;
  entry->library->n_loads--;
}

static void
loaded_cb (BtStoredTorrent *stored,
           const GError    *error,
           gpointer         user_data)
{
  BtEntry *entry = user_data;
  g_autoptr (GError) own_error = NULL;

  bt_entry_note_fetched (entry);
  if (stored == NULL)
    own_error = g_error_copy (error);
  else
    bt_entry_take_stored (entry, stored, &own_error);
  entry->is_unreadable = own_error != NULL;
  if (own_error != NULL)
    {
      unload (entry);
      entry->wants_check = FALSE;
      if (entry->work != NULL && bt_work_needs_loaded (entry))
        bt_work_fail (entry, own_error);
      bt_entry_fail (entry, own_error);
    }
  else if (entry->is_watched)
    bt_entry_changed (entry);
  bt_library_queue_entry (entry);
}

void
bt_entry_load (BtEntry *entry)
{
  if (entry->n_loading == 0)
    bt_entry_fetch (entry, loaded_cb, entry);
}

gboolean
bt_entry_needs_loaded (BtEntry *entry)
{
  return entry->swarm != NULL || entry->work != NULL || entry->is_watched ||
         entry->library->store == NULL || entry->dirty != 0 || entry->saving != 0;
}

/* --- What should be --- */

gboolean
bt_entry_wants_run (BtEntry *entry)
{
  BtLibrary *library = entry->library;

  return library->has_begun && !library->is_closing && !entry->is_gone && !entry->is_new &&
         !bt_entry_has (entry, BT_RECORD_PAUSED | BT_RECORD_FAILED) &&
         (!library->is_paused || bt_entry_has (entry, BT_RECORD_FORCED));
}

static gboolean
is_stopped_by_work (BtEntry *entry)
{
  return entry->work != NULL && !bt_work_is_live (entry);
}

static gboolean
is_about_to_check (BtEntry *entry)
{
  return entry->wants_check && !entry->library->is_closing && !entry->is_gone &&
         !is_stopped_by_work (entry);
}

static gboolean
may_run (BtEntry *entry)
{
  return bt_entry_wants_run (entry) && entry->has_turn && !entry->is_missing && !entry->is_low &&
         !is_stopped_by_work (entry);
}

void
bt_entry_fail (BtEntry      *entry,
               const GError *error)
{
  g_free (entry->record->error);
  entry->record->error = g_strdup (error->message);
  bt_entry_set_flag (entry, BT_RECORD_FAILED, TRUE);
  bt_entry_log (entry, BT_MARK_FAILED, error->message);
  entry->library->must_judge = TRUE;
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

/* --- Starting a swarm --- */

const char *
bt_entry_get_path (BtEntry *entry,
                   guint32  file)
{
  const BtFileRecord *record = bt_file_records_get (entry->files, file, FALSE);

  if (record != NULL && record->path != NULL)
    return record->path;
  return bt_metainfo_get_files (entry->metainfo, NULL)[file].path;
}

BtFileRecord *
bt_file_records_get (GArray   *records,
                     guint32   file,
                     gboolean  may_make)
{
  BtFileRecord made = { .index = file, .priority = BT_PRIORITY_NORMAL };
  guint low = 0, high = records->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      BtFileRecord *record = &g_array_index (records, BtFileRecord, middle);

      if (record->index == file)
        return record;
      if (record->index < file)
        low = middle + 1;
      else
        high = middle;
    }
  if (!may_make)
    return NULL;
  g_array_insert_val (records, low, made);
  return &g_array_index (records, BtFileRecord, low);
}

void
bt_file_records_set_paths (GArray    *records,
                           BtStorage *storage)
{
  for (guint i = 0; i < records->len; i++)
    {
      const BtFileRecord *record = &g_array_index (records, BtFileRecord, i);

      if (record->path != NULL)
        bt_storage_set_path (storage, record->index, record->path);
    }
}

/* Beside the state; without one in a folder that goes when the program ends. */
char *
bt_entry_dup_parts_path (BtEntry *entry)
{
  BtLibrary *library = entry->library;
  g_autofree char *folder = NULL;

  if (library->state_path != NULL)
    {
      g_autofree char *above = g_path_get_dirname (library->state_path);

      folder = g_build_filename (above, "parts", NULL);
    }
  else
    {
      if (library->parts_folder == NULL)
        library->parts_folder = g_dir_make_tmp ("freshet-parts-XXXXXX", NULL);
      folder = g_strdup (library->parts_folder);
    }
  return folder != NULL ? g_strdup_printf ("%s/%" G_GUINT64_FORMAT, folder, entry->record->id)
                        : NULL;
}

static gboolean
has_skips (BtEntry *entry)
{
  for (guint i = 0; i < entry->files->len; i++)
    if (g_array_index (entry->files, BtFileRecord, i).priority == BT_PRIORITY_SKIP)
      return TRUE;
  return FALSE;
}

/* Tiers as bt_trackers_new() takes them: (transfer container). */
static const char *const *const *
make_tiers (GArray    *trackers,
            GPtrArray *holder)
{
  g_autoptr (GPtrArray) tiers = g_ptr_array_new ();
  GPtrArray *tier = NULL;
  guint number = 0;

  for (guint i = 0; i < trackers->len; i++)
    {
      const BtTrackerRecord *tracker = &g_array_index (trackers, BtTrackerRecord, i);

      if (tier == NULL || tracker->tier != number)
        {
          if (tier != NULL)
            g_ptr_array_add (tier, NULL);
          tier = g_ptr_array_new ();
          g_ptr_array_add (holder, tier);
          g_ptr_array_add (tiers, tier);
          number = tracker->tier;
        }
      g_ptr_array_add (tier, tracker->url);
    }
  if (tier != NULL)
    g_ptr_array_add (tier, NULL);
  for (guint i = 0; i < tiers->len; i++)
    tiers->pdata[i] = ((GPtrArray *) tiers->pdata[i])->pdata;
  g_ptr_array_add (tiers, NULL);
  return (const char *const *const *) g_ptr_array_free (g_steal_pointer (&tiers), FALSE);
}

static void
free_tier (gpointer tier)
{
  g_ptr_array_unref (tier);
}

const char *const *const *
bt_entry_make_tiers (BtEntry    *entry,
                     GPtrArray **out_holder)
{
  *out_holder = g_ptr_array_new_with_free_func (free_tier);
  return make_tiers (entry->trackers, *out_holder);
}

void
bt_entry_apply_trackers (BtEntry *entry,
                         BtSwarm *swarm)
{
  g_autoptr (GPtrArray) holder = NULL;
  g_autofree const char *const *const *tiers = NULL;

  if (entry->trackers != NULL)
    tiers = bt_entry_make_tiers (entry, &holder);
  bt_swarm_set_trackers (swarm, tiers);
}

static void
fill_config (BtEntry       *entry,
             BtSwarmConfig *config)
{
  const BtRecord *record = entry->record;
  const BtVolume *volume = entry->place->volume;

  *config = (BtSwarmConfig) {
    .folder = record->folder,
    .preallocate = (BtPreallocate) record->preallocation,
    .max_peers = record->max_peers,
    .upload_slots = record->upload_slots,
    .read_limit_bps = record->read_limit_bps,
    .write_limit_bps = record->write_limit_bps,
    .is_sequential = bt_entry_has (entry, BT_RECORD_SEQUENTIAL),
    .use_trackers = !bt_entry_has (entry, BT_RECORD_NO_TRACKERS),
    .must_be_complete = bt_entry_has (entry, BT_RECORD_MUST_COMPLETE),
    .is_super_seeding = bt_entry_has (entry, BT_RECORD_SUPER_SEED),
    .web_seeds = (const char *const *) entry->web_seeds,
    .resume = entry->resume,
    .use_suffix = entry->library->store != NULL && !entry->library->settings.no_suffix,
    .device = volume != NULL && volume->exists ? volume->device : 0,
    .file_records = (const BtFileRecord *) (gconstpointer) entry->files->data,
    .n_file_records = entry->files->len,
  };
}

static void
begin_counting (BtEntry *entry)
{
  gint64 now_us = bt_library_now_us (entry->library);

  entry->counted_received_bytes = entry->counted_sent_bytes = entry->counted_wasted_bytes = 0;
  entry->counted_at_us = now_us;
  /* Not all of those that begin together are saved together. */
  entry->aged_at_us = now_us - (gint64) (entry->record->id * BT_SECOND_US % BT_LIBRARY_AGE_US);
  entry->moved_at_us = now_us;
  entry->busy_again_at_us = 0;
}

/* A check that was asked for and has not begun believes nothing of what was. */
static void
doubt_resume (BtEntry *entry)
{
  if (!bt_entry_has (entry, BT_RECORD_MUST_CHECK) || entry->resume == NULL ||
      entry->resume->next_check > 0)
    return;
  bt_bitfield_set_none (&entry->resume->have);
  g_array_set_size (entry->resume->partials, 0);
  g_array_set_size (entry->resume->stamps, 0);
  bt_entry_set_dirty (entry, BT_DIRTY_RESUME);
}

static void
make_swarm (BtEntry *entry)
{
  BtLibrary *library = entry->library;
  g_autofree char *parts = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_check_only = entry->wants_check && !may_run (entry);
  BtSwarmConfig config;

  doubt_resume (entry);
  fill_config (entry, &config);
  if (library->state_path != NULL || has_skips (entry))
    parts = bt_entry_dup_parts_path (entry);
  config.parts_path = parts;
  bt_library_end_previews_of (entry, bt_metainfo_get_info_hash_v1 (entry->metainfo),
                              bt_metainfo_get_info_hash_v2 (entry->metainfo));
  entry->swarm = bt_session_add (library->session, entry->metainfo, &config, &error);
  if (entry->swarm == NULL)
    {
      entry->wants_check = FALSE;
      bt_entry_fail (entry, error);
      return;
    }
  g_hash_table_insert (library->by_swarm, entry->swarm, entry);
  library->n_alive++;
  begin_counting (entry);
  if (entry->trackers != NULL)
    bt_entry_apply_trackers (entry, entry->swarm);
  for (guint i = 0; entry->peers != NULL && i < entry->peers->len; i++)
    {
      const BtKnownAddress *peer = &g_array_index (entry->peers, BtKnownAddress, i);

      bt_swarm_add_peer (entry->swarm, &peer->address, (BtSource) peer->sources);
    }
  if (is_check_only)
    bt_swarm_verify (entry->swarm);
  else
    bt_swarm_start (entry->swarm);
}

/* --- Its end --- */

/* The swarm has stopped: what it knows is kept, and it goes. */
static void
dissolve (BtEntry *entry)
{
  BtLibrary *library = entry->library;
  BtSwarm *swarm = entry->swarm;
  BtSwarmState state = bt_swarm_get_state (swarm);
  g_autoptr (GError) error = NULL;
  BtResume *resume;

  if (state == BT_SWARM_FAILED && bt_swarm_get_error (swarm) != NULL)
    error = g_error_copy (bt_swarm_get_error (swarm));
  resume = bt_swarm_dup_resume (swarm);
  if (resume != NULL)
    {
      if (!bt_resume_equal (resume, entry->resume))
        bt_entry_set_dirty (entry, BT_DIRTY_RESUME);
      g_clear_pointer (&entry->resume, bt_resume_free);
      entry->resume = resume;
      bt_entry_set_flag (entry, BT_RECORD_FRESH, FALSE);
    }
  /* A check may have found less than there was: the resume says that it is known. */
  bt_entry_count (entry);
  entry->received_bytes += entry->counted_received_bytes;
  entry->sent_bytes += entry->counted_sent_bytes;
  entry->wasted_bytes += entry->counted_wasted_bytes;
  g_hash_table_remove (library->by_swarm, swarm);
  library->n_alive--;
  entry->swarm = NULL;
  entry->was_looked_at = FALSE;
  bt_session_remove (library->session, swarm);

  if (entry->wants_check && error == NULL && entry->resume != NULL &&
      entry->resume->next_check == 0)
    {
      bt_entry_set_flag (entry, BT_RECORD_MUST_CHECK, FALSE);
      entry->record->checked_at_s = bt_library_now_s ();
    }
  entry->wants_check = FALSE;
  bt_entry_set_dirty (entry, BT_DIRTY_RECORD);
  if (error != NULL && g_error_matches (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_GONE))
    {
      entry->is_missing = TRUE;
      g_free (entry->record->error);
      entry->record->error = g_strdup (error->message);
      bt_entry_log (entry, BT_MARK_DRIVE_MISSING, error->message);
    }
  else if (error != NULL && !library->is_closing)
    bt_entry_fail (entry, error);
  library->must_judge = TRUE;
  if (!library->is_closing)
    bt_library_save_now (library);
  bt_entry_changed (entry);
}

/* --- Steps --- */

static void
advance_swarm (BtEntry *entry)
{
  BtSwarmState state = bt_swarm_get_state (entry->swarm);

  if (state == BT_SWARM_STOPPED || state == BT_SWARM_FAILED)
    {
      dissolve (entry);
      bt_library_queue_entry (entry);
    }
  else if (state != BT_SWARM_STOPPING && !may_run (entry) && !is_about_to_check (entry))
    bt_swarm_stop (entry->swarm);
  else if (state == BT_SWARM_SEEDING && bt_entry_has (entry, BT_RECORD_COMPLETE))
    bt_work_move_to_final (entry);
}

static void
advance_to_swarm (BtEntry *entry)
{
  if (entry->library->store != NULL && !entry->is_loaded)
    {
      bt_entry_load (entry);
      return;
    }
  if (entry->place == NULL || !g_str_equal (entry->place->folder, entry->record->folder))
    entry->place = bt_library_get_place (entry->library, entry->record->folder);
  if (!entry->was_looked_at)
    {
      bt_place_look (entry->place);
      return;
    }
  bt_entry_judge_place (entry);
  if (entry->is_missing)
    {
      entry->wants_check = FALSE;
      bt_entry_changed (entry);
      return;
    }
  make_swarm (entry);
}

void
bt_entry_advance (BtEntry *entry)
{
  if (bt_entry_has (entry, BT_RECORD_MAGNET))
    {
      bt_entry_advance_magnet (entry, may_run (entry));
      return;
    }
  if (entry->swarm != NULL)
    {
      advance_swarm (entry);
      if (entry->work != NULL && bt_work_is_live (entry))
        bt_work_advance (entry);
      return;
    }
  if (entry->work != NULL)
    {
      if (!entry->is_loaded && bt_work_needs_loaded (entry))
        bt_entry_load (entry);
      else
        bt_work_advance (entry);
    }
  else if (may_run (entry) || is_about_to_check (entry))
    advance_to_swarm (entry);
  else if (entry->is_watched && !entry->is_loaded && !entry->is_unreadable &&
           !entry->library->is_closing)
    bt_entry_load (entry);
  else if (entry->is_loaded && !bt_entry_needs_loaded (entry))
    unload (entry);
}

/* It may be killed before anything is known of its files but that they are its own. */
static void
note_fresh (BtEntry *entry)
{
  BtSwarmFacts facts;

  if (entry->resume != NULL || entry->library->store == NULL)
    return;
  bt_swarm_get_facts (entry->swarm, &facts);
  if (facts.to_check_bytes == 0 && bt_entry_set_flag (entry, BT_RECORD_FRESH, TRUE))
    {
      bt_entry_set_dirty (entry, BT_DIRTY_RECORD);
      bt_library_save_now (entry->library);
    }
  bt_swarm_facts_clear (&facts);
}

void
bt_entry_swarm_changed (BtEntry *entry)
{
  BtSwarmState state = bt_swarm_get_state (entry->swarm);
  gboolean is_running = state == BT_SWARM_DOWNLOADING || state == BT_SWARM_SEEDING;

  bt_entry_count (entry);
  if (state != BT_SWARM_CHECKING)
    bt_entry_end_check (entry);
  if (state == BT_SWARM_PREPARING)
    note_fresh (entry);
  if (state == BT_SWARM_DOWNLOADING && entry->resume == NULL && entry->library->store != NULL)
    bt_entry_checkpoint (entry);
  /* The check that was asked for is over. */
  if (is_running && bt_entry_has (entry, BT_RECORD_MUST_CHECK))
    {
      entry->wants_check = FALSE;
      bt_entry_set_flag (entry, BT_RECORD_MUST_CHECK, FALSE);
      entry->record->checked_at_s = bt_library_now_s ();
      bt_entry_log (entry, BT_MARK_CHECKED, NULL);
      bt_entry_set_dirty (entry, BT_DIRTY_RECORD);
    }
  if (state == BT_SWARM_STOPPED || state == BT_SWARM_FAILED || state == BT_SWARM_SEEDING)
    entry->library->must_judge = TRUE;
  bt_library_queue_entry (entry);
  bt_entry_changed (entry);
}
