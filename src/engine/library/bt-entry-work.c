/* bt-entry-work.c - long work on a torrent's files: its life, whichever kind it is
 *
 * A work is done step by step. Where the swarm may go on meanwhile (a rename, a move within the file system) the
 * work is live; otherwise it waits until the swarm has stopped, and the torrent starts again when it is over.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-entry-work-private.h"

#include <glib/gi18n-lib.h>

void
bt_work_free (BtWork *work)
{
  g_free (work->folder);
  g_clear_pointer (&work->volume, bt_volume_free);
  g_clear_pointer (&work->storage, bt_storage_free);
  g_clear_pointer (&work->files, g_array_unref);
  g_free (work->from);
  g_free (work->to);
  g_strfreev (work->kept);
  g_free (work);
}

gboolean
bt_work_is_live (BtEntry *entry)
{
  /* Until it is known what is needed, the swarm is left alone. */
  return entry->work->is_live || !entry->work->is_ready;
}

gboolean
bt_work_is_removal (BtEntry *entry)
{
  return entry->work != NULL && entry->work->kind == BT_WORK_REMOVE;
}

void
bt_work_finish (BtWork       *work,
                const GError *error)
{
  BtEntry *entry = work->entry;
  BtLibrary *library = entry->library;

  entry->work = NULL;
  library->n_works--;
  library->must_judge = TRUE;
  if (work->func != NULL)
    work->func (error, (const char *const *) work->kept, work->user_data);
  bt_work_free (work);
  bt_library_queue_entry (entry);
  bt_entry_changed (entry);
  bt_library_continue_close (library);
}

void
bt_work_fail (BtEntry      *entry,
              const GError *error)
{
  bt_work_finish (entry->work, error);
}

gboolean
bt_work_needs_loaded (BtEntry *entry)
{
  return entry->work->kind != BT_WORK_REMOVE || entry->work->data != BT_REMOVE_KEEP_DATA;
}

void
bt_work_finish_with (BtWork     *work,
                     GQuark      domain,
                     int         code,
                     const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, message);

  bt_work_finish (work, error);
}

gboolean
bt_work_waits_to_move (BtEntry *entry)
{
  return entry->library->no_begin &&
         g_hash_table_contains (entry->library->moves, &entry->record->id);
}

BtWork *
bt_work_new (BtEntry         *entry,
             BtWorkKind       kind,
             BtEntryTaskFunc  func,
             gpointer         user_data)
{
  gboolean is_pending = entry->work != NULL ||
                        (kind != BT_WORK_REMOVE && bt_work_waits_to_move (entry));
  BtWork *work;

  if (is_pending || entry->is_gone || entry->library->is_closing)
    {
      g_autoptr (GError) error =
          g_error_new (G_IO_ERROR, is_pending ? G_IO_ERROR_PENDING : G_IO_ERROR_CLOSED,
                       _("“%s” cannot be changed now"), entry->record->name);

      if (func != NULL)
        func (error, NULL, user_data);
      return NULL;
    }
  work = entry->work = g_new0 (BtWork, 1);
  work->entry = entry;
  work->kind = kind;
  work->func = func;
  work->user_data = user_data;
  entry->library->n_works++;
  return work;
}

void
bt_work_fill_facts (BtEntry      *entry,
                    BtSwarmFacts *facts)
{
  BtFileTaskProgress progress = { 0 };

  if (entry->work->kind != BT_WORK_MOVE || entry->work->task == NULL)
    return;
  bt_file_task_get_progress (entry->work->task, &progress);
  facts->state = BT_SWARM_MOVING;
  facts->reason = BT_REASON_MOVING;
  facts->moved_bytes = progress.done_bytes;
  facts->moving_bytes = progress.total_bytes;
  facts->moving_bps = progress.bps;
}

char *
bt_work_dup_disk_path (BtEntry *entry,
                       guint32  file)
{
  const BtFile *info = &bt_metainfo_get_files (entry->metainfo, NULL)[file];
  const BtBitfield *suffixed = entry->resume != NULL ? &entry->resume->suffixed : NULL;
  const char *path = bt_entry_get_path (entry, file);

  if ((info->flags & (BT_FILE_PAD | BT_FILE_SYMLINK)) != 0)
    return NULL;
  if (entry->swarm != NULL)
    suffixed = bt_swarm_get_suffixed (entry->swarm);
  if (suffixed != NULL && bt_bitfield_get (suffixed, file))
    return g_strconcat (path, BT_STORAGE_SUFFIX, NULL);
  return g_strdup (path);
}

BtStorage *
bt_work_open_storage (BtEntry    *entry,
                      const char *folder)
{
  BtStorage *storage = bt_storage_new (bt_library_get_disk (entry->library), entry->metainfo,
                                       folder, BT_PREALLOCATE_NONE);

  bt_file_records_set_paths (entry->files, storage);
  if (entry->resume != NULL && entry->resume->suffixed.n_bits > 0)
    bt_storage_set_suffixed (storage, &entry->resume->suffixed);
  return storage;
}

/* --- Steps --- */

void
bt_work_advance (BtEntry *entry)
{
  switch (entry->work->kind)
    {
    case BT_WORK_MOVE:
      bt_work_advance_move (entry->work);
      break;

    case BT_WORK_RENAME:
      bt_work_advance_rename (entry->work);
      break;

    case BT_WORK_REMOVE:
    default:
      bt_work_advance_remove (entry->work);
      break;
    }
}
