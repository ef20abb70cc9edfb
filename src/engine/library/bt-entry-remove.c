/* bt-entry-remove.c - a torrent goes, maybe with the files that it made itself
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-entry-work-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

static void
removed_cb (const GError *error,
            gpointer      user_data)
{
  BtWork *work = user_data;
  BtEntry *entry = work->entry;
  BtLibrary *library = entry->library;
  g_autofree char *parts = NULL;

  work->is_busy = FALSE;
  entry->is_leaving = FALSE;
  if (error != NULL)
    {
      bt_work_finish (work, error);
      return;
    }
  parts = bt_entry_dup_parts_path (entry);
  if (parts != NULL)
    g_unlink (parts);
  bt_library_take_out (entry);
  bt_work_finish (work, NULL);
  bt_library_continue_adds (library);
}

static void
forget (BtWork *work)
{
  BtEntry *entry = work->entry;
  BtStoreBatch *batch;

  if (entry->library->store == NULL)
    {
      removed_cb (NULL, work);
      return;
    }
  entry->is_leaving = TRUE;
  batch = bt_store_batch_new ();
  bt_store_batch_remove (batch, entry->record->id);
  bt_store_commit_async (entry->library->store, batch, removed_cb, work);
}

static void
data_removed_cb (BtFileTask         *task,
                 const GError       *error,
                 const char *const  *kept,
                 gpointer            user_data)
{
  BtWork *work = user_data;

  work->task = NULL;
  if (error != NULL)
    {
      work->is_busy = FALSE;
      bt_work_finish (work, error);
      return;
    }
  work->kept = g_strdupv ((char **) kept);
  forget (work);
}

/* Nothing is kept of it: what it has of the file may have either name, and is its own only when nothing was there. */
static void
add_unknown (BtEntry    *entry,
             guint32     file,
             GHashTable *used,
             GPtrArray  *paths,
             GPtrArray  *spared)
{
  const char *path = bt_entry_get_path (entry, file);
  gboolean is_own = bt_entry_has (entry, BT_RECORD_FRESH) && !g_hash_table_contains (used, path);

  g_ptr_array_add (is_own ? paths : spared, g_strdup (path));
  g_ptr_array_add (is_own ? paths : spared, g_strconcat (path, BT_STORAGE_SUFFIX, NULL));
}

static void
used_paths_cb (GHashTable *used,
               gpointer    user_data)
{
  BtWork *work = user_data;
  BtEntry *entry = work->entry;
  g_autoptr (GHashTable) held = used;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) spared = g_ptr_array_new_with_free_func (g_free);
  guint32 n_files;

  bt_metainfo_get_files (entry->metainfo, &n_files);
  for (guint32 i = 0; i < n_files; i++)
    {
      char *path = bt_work_dup_disk_path (entry, i);

      if (path == NULL)
        continue;
      if (entry->resume == NULL)
        {
          add_unknown (entry, i, used, paths, spared);
          g_free (path);
        }
      else if (bt_bitfield_get (&entry->resume->made, i) &&
               !g_hash_table_contains (used, bt_entry_get_path (entry, i)))
        g_ptr_array_add (paths, path);
      else
        g_ptr_array_add (spared, path);
    }
  g_ptr_array_add (paths, NULL);
  g_ptr_array_add (spared, NULL);
  work->task = bt_file_task_remove (bt_library_get_disk (entry->library), entry->record->folder,
                                    (const char *const *) paths->pdata,
                                    (const char *const *) spared->pdata,
                                    work->data == BT_REMOVE_TRASH_DATA, data_removed_cb, work);
}

void
bt_work_advance_remove (BtWork *work)
{
  BtEntry *entry = work->entry;

  if (work->is_busy || entry->swarm != NULL || entry->seeker != NULL)
    return;
  work->is_busy = TRUE;
  if (work->data == BT_REMOVE_KEEP_DATA)
    forget (work);
  else
    bt_library_collect_paths (entry->library, entry->record->folder, entry->record->top_name, entry,
                              used_paths_cb, work);
}

void
bt_entry_remove_async (BtEntry         *entry,
                       BtRemoveData     data,
                       BtEntryTaskFunc  func,
                       gpointer         user_data)
{
  BtWork *work = bt_work_new (entry, BT_WORK_REMOVE, func, user_data);

  if (work == NULL)
    return;
  if (data != BT_REMOVE_KEEP_DATA && bt_work_waits_to_move (entry))
    {
      bt_work_finish_with (work, G_IO_ERROR, G_IO_ERROR_PENDING,
                           _("Its files are still being moved"));
      return;
    }
  /* There is nothing of it yet. */
  work->data = bt_entry_has (entry, BT_RECORD_MAGNET) ? BT_REMOVE_KEEP_DATA : data;
  work->is_ready = TRUE;
  bt_library_queue_entry (entry);
}
