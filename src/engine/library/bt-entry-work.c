/* bt-entry-work.c - moving, renaming and removing a torrent's files
 *
 * A work is done step by step. Where the swarm may go on meanwhile (a rename, a move within the file system) the
 * work is live; otherwise it waits until the swarm has stopped, and the torrent starts again when it is over. A move
 * across file systems is made known to the store before it begins, and goes on when the program was killed in the
 * middle of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include "metainfo/bt-safe-path.h"

#include <glib/gstdio.h>
#include <string.h>

#define MOVES_KEY "moves"

typedef enum
{
  BT_WORK_MOVE,
  BT_WORK_RENAME,
  BT_WORK_REMOVE,
} BtWorkKind;

/* Owned by its entry. */
struct _BtWork
{
  BtEntry         *entry;       /* borrowed */
  BtEntryTaskFunc  func;        /* nullable */
  gpointer         user_data;
  char            *folder;      /* owned; move: the target */
  BtVolume        *volume;      /* owned, nullable; move: of the target */
  BtStorage       *storage;     /* owned, nullable: the files of a torrent at rest */
  BtFileTask      *task;        /* borrowed, nullable */
  GArray          *files;       /* owned, nullable; rename: guint32, those still to be renamed come last */
  char            *from;        /* owned; rename: a folder, nullable */
  char            *to;
  char           **kept;        /* owned, nullable */
  BtWorkKind       kind;
  BtRemoveData     data;
  guint32          file;            /* rename; BT_FILE_NONE: the folder `from` */
  guint            is_ready : 1;    /* what had to be found out has been */
  guint            is_live : 1;
  guint            is_busy : 1;     /* somebody answers */
  guint            is_cancelled : 1;
  guint            is_resumed : 1;  /* a move that the program's end interrupted */
};

static void rename_next (BtWork *work);

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

static void
finish (BtWork       *work,
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
  finish (entry->work, error);
}

gboolean
bt_work_needs_loaded (BtEntry *entry)
{
  return entry->work->kind != BT_WORK_REMOVE || entry->work->data != BT_REMOVE_KEEP_DATA;
}

static void
finish_with (BtWork     *work,
             GQuark      domain,
             int         code,
             const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, message);

  finish (work, error);
}

/* It goes on when the library begins; until then its files lie at two places. */
static gboolean
waits_to_move (BtEntry *entry)
{
  return entry->library->no_begin &&
         g_hash_table_contains (entry->library->moves, &entry->record->id);
}

/* Refused: there is no work to speak of. */
static BtWork *
work_new (BtEntry         *entry,
          BtWorkKind       kind,
          BtEntryTaskFunc  func,
          gpointer         user_data)
{
  gboolean is_pending = entry->work != NULL || (kind != BT_WORK_REMOVE && waits_to_move (entry));
  BtWork *work;

  if (is_pending || entry->is_gone || entry->library->is_closing)
    {
      g_autoptr (GError) error =
          g_error_new (G_IO_ERROR, is_pending ? G_IO_ERROR_PENDING : G_IO_ERROR_CLOSED,
                       "“%s” cannot be changed now", entry->record->name);

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

/* What the files are called on disk; (transfer full). */
static GPtrArray *
list_paths (BtEntry *entry)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  const BtBitfield *suffixed = entry->resume != NULL ? &entry->resume->suffixed : NULL;
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (entry->metainfo, &n_files);

  if (entry->swarm != NULL)
    suffixed = bt_swarm_get_suffixed (entry->swarm);
  for (guint32 i = 0; i < n_files; i++)
    {
      const char *path = bt_entry_get_path (entry, i);
      gboolean has_suffix = suffixed != NULL && bt_bitfield_get (suffixed, i);

      if ((files[i].flags & (BT_FILE_PAD | BT_FILE_SYMLINK)) == 0)
        g_ptr_array_add (paths, has_suffix ? g_strconcat (path, BT_STORAGE_SUFFIX, NULL)
                                           : g_strdup (path));
    }
  return paths;
}

static BtStorage *
open_storage (BtEntry    *entry,
              const char *folder)
{
  BtStorage *storage = bt_storage_new (bt_library_get_disk (entry->library), entry->metainfo,
                                       folder, BT_PREALLOCATE_NONE);

  for (guint i = 0; i < entry->files->len; i++)
    {
      const BtFileRecord *file = &g_array_index (entry->files, BtFileRecord, i);

      if (file->path != NULL)
        bt_storage_set_path (storage, file->index, file->path);
    }
  if (entry->resume != NULL && entry->resume->suffixed.n_bits > 0)
    bt_storage_set_suffixed (storage, &entry->resume->suffixed);
  return storage;
}

/* --- Moving --- */

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
  finish (work, error);
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

static void
begin_moving (BtWork    *work,
              GPtrArray *paths)
{
  BtEntry *entry = work->entry;

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
  g_autoptr (GPtrArray) paths = NULL;

  if (error != NULL)
    {
      work->is_busy = FALSE;
      end_move (work, error);
      return;
    }
  paths = list_paths (work->entry);
  begin_moving (work, paths);
}

/* Of a move that was interrupted: what is at the target already, whole, has been moved. */
static void
target_stamps_cb (BtStorage         *storage,
                  const BtFileStamp *stamps,
                  guint32            n_stamps,
                  const GError      *error,
                  gpointer           user_data)
{
  BtWork *work = user_data;
  BtEntry *entry = work->entry;
  g_autoptr (GPtrArray) all = list_paths (entry);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (entry->metainfo, &n_files);
  guint next = 0;

  g_clear_pointer (&work->storage, bt_storage_free);
  for (guint32 i = 0; i < n_files; i++)
    {
      if ((files[i].flags & (BT_FILE_PAD | BT_FILE_SYMLINK)) != 0)
        continue;
      if (stamps == NULL || i >= n_stamps || stamps[i].bytes < 0)
        g_ptr_array_add (paths, g_strdup (g_ptr_array_index (all, next)));
      next++;
    }
  begin_moving (work, paths);
}

static void
advance_move (BtWork *work)
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
          work->storage = open_storage (entry, work->folder);
          bt_storage_stat (work->storage, target_stamps_cb, work);
        }
      else
        {
          g_autoptr (GPtrArray) paths = list_paths (entry);

          begin_moving (work, paths);
        }
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
  BtWork *work = work_new (entry, BT_WORK_MOVE, func, user_data);

  if (work == NULL)
    return;
  if (!g_path_is_absolute (folder))
    finish_with (work, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, "The folder is no absolute path");
  else if (g_str_equal (folder, entry->record->folder))
    finish (work, NULL);
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
          BtWork *work = work_new (entry, BT_WORK_MOVE, NULL, NULL);

          work->is_resumed = TRUE;
          begin_move (work, path);
        }
      g_variant_unref (folder);
    }
}

/* --- Renaming --- */

static gboolean
is_safe_path (const char *path)
{
  g_auto (GStrv) components = NULL;

  if (strlen (path) > BT_SAFE_PATH_MAX_BYTES || !g_utf8_validate (path, -1, NULL))
    return FALSE;
  components = g_strsplit (path, "/", -1);
  if (g_strv_length (components) > BT_SAFE_PATH_MAX_COMPONENTS)
    return FALSE;
  for (guint i = 0; components[i] != NULL; i++)
    {
      g_autoptr (GString) safe = g_string_new (NULL);

      bt_safe_component_append (safe, (const guint8 *) components[i], strlen (components[i]), NULL);
      if (!g_str_equal (safe->str, components[i]))
        return FALSE;
    }
  return TRUE;
}

/* The new path of a file; (transfer full). */
static char *
make_new_path (BtWork  *work,
               guint32  file)
{
  if (work->from == NULL)
    return g_strdup (work->to);
  return g_strconcat (work->to, bt_entry_get_path (work->entry, file) + strlen (work->from), NULL);
}

static void
find_files (BtWork  *work,
            guint32  file)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (work->entry->metainfo, &n_files);

  work->files = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint32 i = 0; i < n_files; i++)
    {
      const char *path = bt_entry_get_path (work->entry, i);

      if ((files[i].flags & BT_FILE_PAD) != 0)
        continue;
      if (work->from == NULL ? i == file
                             : g_str_has_prefix (path, work->from) &&
                               path[strlen (work->from)] == '/')
        g_array_append_val (work->files, i);
    }
}

/* Two files of the torrent must not come to lie in one place. */
static gboolean
has_collision (BtWork *work)
{
  g_autoptr (GHashTable) others = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) renamed = g_hash_table_new (NULL, NULL);
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (work->entry->metainfo, &n_files);

  for (guint i = 0; i < work->files->len; i++)
    g_hash_table_add (renamed, GUINT_TO_POINTER (g_array_index (work->files, guint32, i)));
  for (guint32 i = 0; i < n_files; i++)
    if ((files[i].flags & BT_FILE_PAD) == 0 &&
        !g_hash_table_contains (renamed, GUINT_TO_POINTER (i)))
      g_hash_table_add (others, g_utf8_casefold (bt_entry_get_path (work->entry, i), -1));
  for (guint i = 0; i < work->files->len; i++)
    {
      g_autofree char *path = make_new_path (work, g_array_index (work->files, guint32, i));
      g_autofree char *key = g_utf8_casefold (path, -1);

      if (g_hash_table_contains (others, key))
        return TRUE;
    }
  return FALSE;
}

static void
note_top_name (BtEntry *entry)
{
  const BtFile *files = bt_metainfo_get_files (entry->metainfo, NULL);
  const char *path = bt_entry_get_path (entry, 0);
  const char *slash = strchr (path, '/');

  if ((files[0].flags & BT_FILE_PAD) != 0)
    return;
  g_free (entry->record->top_name);
  entry->record->top_name = slash != NULL ? g_strndup (path, (gsize) (slash - path))
                                          : g_strdup (path);
  bt_entry_set_flag (entry, BT_RECORD_RENAMED, TRUE);
}

static void
renamed (BtWork       *work,
         const GError *error)
{
  BtEntry *entry = work->entry;
  guint32 file = g_array_index (work->files, guint32, work->files->len - 1);
  BtFileRecord *record;
  char *path;

  work->is_busy = FALSE;
  if (error != NULL)
    {
      finish (work, error);
      return;
    }
  path = make_new_path (work, file);
  record = bt_file_records_get (entry->files, file, TRUE);
  g_free (record->path);
  record->path = path;
  g_array_set_size (work->files, work->files->len - 1);
  note_top_name (entry);
  bt_entry_wished (entry, BT_DIRTY_FILES | BT_DIRTY_RECORD);
  if (work->files->len > 0)
    rename_next (work);
  else
    finish (work, NULL);
}

static void
swarm_renamed_cb (BtSwarm      *swarm,
                  const GError *error,
                  gpointer      user_data)
{
  renamed (user_data, error);
}

static void
storage_renamed_cb (BtStorage    *storage,
                    const GError *error,
                    gpointer      user_data)
{
  renamed (user_data, error);
}

static void
rename_next (BtWork *work)
{
  BtEntry *entry = work->entry;
  guint32 file = g_array_index (work->files, guint32, work->files->len - 1);
  g_autofree char *path = make_new_path (work, file);

  work->is_busy = TRUE;
  if (entry->swarm != NULL)
    {
      bt_swarm_rename_file (entry->swarm, file, path, swarm_renamed_cb, work);
      return;
    }
  if (work->storage == NULL)
    work->storage = open_storage (entry, entry->record->folder);
  bt_storage_rename_file (work->storage, file, path, storage_renamed_cb, work);
}

static void
advance_rename (BtWork *work)
{
  BtEntry *entry = work->entry;

  if (work->is_busy || !entry->is_loaded)
    return;
  if (work->files == NULL)
    find_files (work, work->file);
  if (work->files->len == 0)
    finish_with (work, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no such file in the torrent");
  else if (has_collision (work))
    finish_with (work, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE,
                 "Another file of the torrent is called so");
  else
    rename_next (work);
}

void
bt_entry_rename_async (BtEntry         *entry,
                       guint32          file,
                       const char      *from,
                       const char      *to,
                       BtEntryTaskFunc  func,
                       gpointer         user_data)
{
  BtWork *work = work_new (entry, BT_WORK_RENAME, func, user_data);

  if (work == NULL)
    return;
  if (!is_safe_path (to))
    {
      finish_with (work, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE,
                   "This name cannot be used on every system");
      return;
    }
  work->file = file;
  work->from = file == BT_FILE_NONE ? g_strdup (from) : NULL;
  work->to = g_strdup (to);
  work->is_ready = work->is_live = TRUE;
  bt_library_queue_entry (entry);
}

/* --- Removing --- */

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
      finish (work, error);
      return;
    }
  parts = bt_entry_dup_parts_path (entry);
  if (parts != NULL)
    g_unlink (parts);
  bt_library_take_out (entry);
  finish (work, NULL);
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
      finish (work, error);
      return;
    }
  work->kept = g_strdupv ((char **) kept);
  forget (work);
}

static void
used_paths_cb (GHashTable *used,
               gpointer    user_data)
{
  BtWork *work = user_data;
  BtEntry *entry = work->entry;
  g_autoptr (GHashTable) held = used;
  g_autoptr (GPtrArray) all = list_paths (entry);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (entry->metainfo, &n_files);
  guint next = 0;

  for (guint32 i = 0; i < n_files; i++)
    {
      const char *on_disk;

      if ((files[i].flags & (BT_FILE_PAD | BT_FILE_SYMLINK)) != 0)
        continue;
      on_disk = g_ptr_array_index (all, next++);
      if (entry->resume != NULL && bt_bitfield_get (&entry->resume->made, i) &&
          !g_hash_table_contains (used, bt_entry_get_path (entry, i)))
        g_ptr_array_add (paths, g_strdup (on_disk));
    }
  g_ptr_array_add (paths, NULL);
  work->task = bt_file_task_remove (bt_library_get_disk (entry->library), entry->record->folder,
                                    (const char *const *) paths->pdata,
                                    work->data == BT_REMOVE_TRASH_DATA, data_removed_cb, work);
}

static void
advance_remove (BtWork *work)
{
  BtEntry *entry = work->entry;

  if (work->is_busy || entry->swarm != NULL)
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
  BtWork *work = work_new (entry, BT_WORK_REMOVE, func, user_data);

  if (work == NULL)
    return;
  if (data != BT_REMOVE_KEEP_DATA && waits_to_move (entry))
    {
      finish_with (work, G_IO_ERROR, G_IO_ERROR_PENDING, "Its files are still being moved");
      return;
    }
  work->data = data;
  work->is_ready = TRUE;
  bt_library_queue_entry (entry);
}

/* --- Steps --- */

void
bt_work_advance (BtEntry *entry)
{
  switch (entry->work->kind)
    {
    case BT_WORK_MOVE:
      advance_move (entry->work);
      break;

    case BT_WORK_RENAME:
      advance_rename (entry->work);
      break;

    case BT_WORK_REMOVE:
    default:
      advance_remove (entry->work);
      break;
    }
}
