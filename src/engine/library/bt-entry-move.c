/* bt-entry-move.c - a torrent's files go to another folder
 *
 * The move is made known to the store before it begins, and goes on when the program was killed in the middle of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-entry-work-private.h"

#include <glib/gi18n-lib.h>

#define MOVES_KEY "moves"

/* The store knows of all moves under way, as (id, folder). */
static void
save_moves (BtLibrary    *library,
            BtStoreBatch *batch)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer key, value;
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tay)"));
  g_hash_table_iter_init (&iter, library->moves);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_variant_builder_add (&builder, "(t@ay)", *(guint64 *) key, g_variant_new_bytestring (value));
  variant = g_variant_ref_sink (g_variant_builder_end (&builder));
  bytes = g_variant_get_data_as_bytes (variant);
  bt_store_batch_put_value (batch, MOVES_KEY,
                            g_hash_table_size (library->moves) > 0 ? bytes : NULL);
}

static void
forget_move (BtEntry *entry)
{
  BtLibrary *library = entry->library;
  BtStoreBatch *batch;

  if (library->store == NULL || !g_hash_table_remove (library->moves, &entry->record->id))
    return;
  batch = bt_store_batch_new ();
  bt_store_batch_put_record (batch, entry->record);
  save_moves (library, batch);
  bt_store_commit_async (library->store, batch, NULL, NULL);
}

static void
end_move (BtWork       *work,
          const GError *error)
{
  BtEntry *entry = work->entry;
  BtRecord *record = entry->record;

  if (error == NULL)
    {
      g_free (record->folder);
      record->folder = g_strdup (work->folder);
      g_clear_pointer (&record->final_folder, g_free);
      g_free (record->volume);
      g_free (record->volume_name);
      record->volume = g_strdup (work->volume->id);
      record->volume_name = g_strdup (work->volume->name);
      entry->place = bt_library_get_place (entry->library, record->folder);
      entry->was_looked_at = FALSE;
      entry->is_missing = FALSE;
      bt_entry_log (entry, BT_MARK_MOVED, record->folder);
      bt_place_look (entry->place);
    }
  else
    {
      entry->has_failed_move = TRUE;
      bt_entry_log (entry, BT_MARK_FAILED, error->message);
    }
  forget_move (entry);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
  bt_work_finish (work, error);
}

static void
moved_cb (BtFileTask         *task,
          const GError       *error,
          const char *const  *kept,
          gpointer            user_data)
{
  BtWork *work = user_data;
  BtEntry *entry = work->entry;

  work->task = NULL;
  work->is_busy = FALSE;
  if (work->is_live && entry->swarm != NULL)
    bt_swarm_release (entry->swarm, error == NULL ? work->folder : NULL,
                      error == NULL ? work->volume->device : 0);
  end_move (work, error);
}

/* `stamps` (nullable): of the target; what is there already, whole, has been moved. */
static void
begin_moving (BtWork            *work,
              const BtFileStamp *stamps)
{
  BtEntry *entry = work->entry;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  guint32 n_files;

  bt_metainfo_get_files (entry->metainfo, &n_files);
  for (guint32 i = 0; i < n_files; i++)
    {
      char *path = bt_work_dup_disk_path (entry, i);

      if (path != NULL && (stamps == NULL || stamps[i].bytes < 0))
        g_ptr_array_add (paths, path);
      else
        g_free (path);
    }
  g_ptr_array_add (paths, NULL);
  work->task = bt_file_task_move (bt_library_get_disk (entry->library), entry->record->folder,
                                  work->folder, (const char *const *) paths->pdata, moved_cb, work);
  if (work->is_cancelled)
    bt_file_task_cancel (work->task);
  bt_entry_changed (entry);
}

static void
held_cb (BtSwarm      *swarm,
         const GError *error,
         gpointer      user_data)
{
  BtWork *work = user_data;

  if (error != NULL)
    {
      work->is_busy = FALSE;
      end_move (work, error);
      return;
    }
  begin_moving (work, NULL);
}

/* Of a move that was interrupted. */
static void
target_stamps_cb (BtStorage         *storage,
                  const BtFileStamp *stamps,
                  guint32            n_stamps,
                  const GError      *error,
                  gpointer           user_data)
{
  BtWork *work = user_data;

  begin_moving (work, stamps);
  g_clear_pointer (&work->storage, bt_storage_free);
}

void
bt_work_advance_move (BtWork *work)
{
  BtEntry *entry = work->entry;

  if (!work->is_ready || work->is_busy)
    return;
  if (work->is_live && entry->swarm != NULL)
    {
      work->is_busy = bt_swarm_hold (entry->swarm, held_cb, work);
      /* It has stopped, or is about to: then without it. */
      work->is_live = work->is_busy;
    }
  else if (entry->swarm == NULL && entry->is_loaded)
    {
      work->is_busy = TRUE;
      if (work->is_resumed)
        {
          work->storage = bt_work_open_storage (entry, work->folder);
          bt_storage_stat (work->storage, target_stamps_cb, work);
        }
      else
        begin_moving (work, NULL);
    }
}

static void
ready_to_move (BtWork *work)
{
  work->is_ready = TRUE;
  work->is_busy = FALSE;
  bt_library_queue_entry (work->entry);
}

static void
move_saved_cb (const GError *error,
               gpointer      user_data)
{
  BtWork *work = user_data;

  work->is_busy = FALSE;
  if (error != NULL)
    end_move (work, error);
  else
    ready_to_move (work);
}

static gboolean
can_move_alive (BtWork *work)
{
  BtEntry *entry = work->entry;
  BtSwarmState state = entry->swarm != NULL ? bt_swarm_get_state (entry->swarm) : BT_SWARM_STOPPED;

  return !work->is_resumed && entry->place != NULL && entry->place->volume != NULL &&
         entry->place->volume->device == work->volume->device &&
         (state == BT_SWARM_DOWNLOADING || state == BT_SWARM_SEEDING);
}

static void
target_looked_cb (BtVolume     *volume,
                  const GError *error,
                  gpointer      user_data)
{
  BtWork *work = user_data;
  BtLibrary *library = work->entry->library;
  BtStoreBatch *batch;

  library->n_looks--;
  if (volume == NULL)
    {
      work->is_busy = FALSE;
      end_move (work, error);
      return;
    }
  work->volume = volume;
  work->is_live = can_move_alive (work);
  if (library->store == NULL)
    {
      ready_to_move (work);
      return;
    }
  batch = bt_store_batch_new ();
  g_hash_table_replace (library->moves, g_memdup2 (&work->entry->record->id, sizeof (guint64)),
                        g_strdup (work->folder));
  save_moves (library, batch);
  bt_store_commit_async (library->store, batch, move_saved_cb, work);
}

/* There is nothing to be moved yet. */
static void
note_folder (BtWork     *work,
             const char *folder)
{
  BtEntry *entry = work->entry;
  BtRecord *record = entry->record;

  g_free (record->folder);
  record->folder = g_strdup (folder);
  g_clear_pointer (&record->final_folder, g_free);
  g_clear_pointer (&record->volume, g_free);
  g_clear_pointer (&record->volume_name, g_free);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
  bt_work_finish (work, NULL);
}

static void
begin_move (BtWork     *work,
            const char *folder)
{
  BtLibrary *library = work->entry->library;

  work->folder = g_strdup (folder);
  work->is_busy = TRUE;
  library->n_looks++;
  bt_volume_look_async (bt_library_get_disk (library), folder, target_looked_cb, work);
  bt_entry_changed (work->entry);
}

void
bt_entry_move_async (BtEntry         *entry,
                     const char      *folder,
                     BtEntryTaskFunc  func,
                     gpointer         user_data)
{
  BtWork *work = bt_work_new (entry, BT_WORK_MOVE, func, user_data);

  if (work == NULL)
    return;
  if (!g_path_is_absolute (folder))
    bt_work_finish_with (work, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                         _("The folder is no absolute path"));
  else if (g_str_equal (folder, entry->record->folder))
    bt_work_finish (work, NULL);
  else if (bt_entry_has (entry, BT_RECORD_MAGNET))
    note_folder (work, folder);
  else
    begin_move (work, folder);
}

void
bt_entry_cancel_move (BtEntry *entry)
{
  if (entry->work == NULL || entry->work->kind != BT_WORK_MOVE)
    return;
  entry->work->is_cancelled = TRUE;
  if (entry->work->task != NULL)
    bt_file_task_cancel (entry->work->task);
}

void
bt_work_move_to_final (BtEntry *entry)
{
  if (entry->work == NULL && !entry->has_failed_move && entry->record->final_folder != NULL)
    bt_entry_move_async (entry, entry->record->final_folder, NULL, NULL);
}

void
bt_work_resume_moves (BtLibrary *library)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) variant = NULL;
  GVariantIter iter;
  guint64 id;
  GVariant *folder;

  if (library->store == NULL || (bytes = bt_store_get_value (library->store, MOVES_KEY)) == NULL)
    return;
  variant = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a(tay)"), bytes, FALSE));
  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "(t@ay)", &id, &folder))
    {
      BtEntry *entry = bt_library_find (library, id);
      const char *path = g_variant_get_bytestring (folder);

      if (entry == NULL || !g_path_is_absolute (path))
        {
          g_variant_unref (folder);
          continue;
        }
      if (library->no_begin)
        g_hash_table_replace (library->moves, g_memdup2 (&id, sizeof id), g_strdup (path));
      else if (entry->work == NULL)
        {
          BtWork *work = bt_work_new (entry, BT_WORK_MOVE, NULL, NULL);

          work->is_resumed = TRUE;
          begin_move (work, path);
        }
      g_variant_unref (folder);
    }
}
