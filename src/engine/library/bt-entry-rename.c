/* bt-entry-rename.c - files and folders of a torrent get other names
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-entry-work-private.h"

#include "metainfo/bt-safe-path.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void rename_next (BtWork *work);

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
      bt_work_finish (work, error);
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
    bt_work_finish (work, NULL);
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
    work->storage = bt_work_open_storage (entry, entry->record->folder);
  bt_storage_rename_file (work->storage, file, path, storage_renamed_cb, work);
}

void
bt_work_advance_rename (BtWork *work)
{
  BtEntry *entry = work->entry;

  if (work->is_busy || !entry->is_loaded)
    return;
  if (work->files == NULL)
    find_files (work, work->file);
  if (work->files->len == 0)
    bt_work_finish_with (work, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         _("There is no such file in the torrent"));
  else if (has_collision (work))
    bt_work_finish_with (work, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE,
                         _("Another file of the torrent is called so"));
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
  BtWork *work = bt_work_new (entry, BT_WORK_RENAME, func, user_data);

  if (work == NULL)
    return;
  if (bt_entry_has (entry, BT_RECORD_MAGNET))
    {
      bt_work_finish_with (work, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _("The files of the torrent are not known yet"));
      return;
    }
  if (!is_safe_path (to))
    {
      bt_work_finish_with (work, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE,
                           _("This name cannot be used on every system"));
      return;
    }
  work->file = file;
  work->from = file == BT_FILE_NONE ? g_strdup (from) : NULL;
  work->to = g_strdup (to);
  work->is_ready = work->is_live = TRUE;
  bt_library_queue_entry (entry);
}
