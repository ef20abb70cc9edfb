/* bt-library-paths.c - which files other torrents call their own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <string.h>

typedef struct
{
  BtLibrary   *library;   /* borrowed */
  GHashTable  *used;      /* owned */
  BtPathsFunc  func;
  gpointer     user_data;
  guint        n_pending;
} Collection;

void
bt_paths_add (GHashTable   *used,
              BtMetainfo   *metainfo,
              const GArray *files)
{
  guint32 n_files;
  const BtFile *all = bt_metainfo_get_files (metainfo, &n_files);
  guint next = 0;

  for (guint32 i = 0; i < n_files; i++)
    {
      const char *path = all[i].path;

      while (files != NULL && next < files->len &&
             g_array_index (files, BtFileRecord, next).index < i)
        next++;
      if (files != NULL && next < files->len &&
          g_array_index (files, BtFileRecord, next).index == i &&
          g_array_index (files, BtFileRecord, next).path != NULL)
        path = g_array_index (files, BtFileRecord, next).path;
      if ((all[i].flags & BT_FILE_PAD) == 0)
        g_hash_table_add (used, g_strdup (path));
    }
}

static void
end_when_all (Collection *collection)
{
  if (--collection->n_pending > 0)
    return;
  collection->func (collection->used, collection->user_data);
  g_free (collection);
}

static void
loaded_cb (BtStoredTorrent *stored,
           const GError    *error,
           gpointer         user_data)
{
  Collection *collection = user_data;
  g_autoptr (BtMetainfo) metainfo = NULL;

  collection->library->n_loads--;
  if (stored != NULL && stored->metainfo != NULL)
    metainfo = bt_metainfo_new_from_bytes (stored->metainfo, NULL);
  if (metainfo != NULL)
    bt_paths_add (collection->used, metainfo, stored->files);
  bt_stored_torrent_free (stored);
  end_when_all (collection);
}

static gboolean
collected_idle_cb (gpointer user_data)
{
  end_when_all (user_data);
  return G_SOURCE_REMOVE;
}

/* «film.mkv», or what it may be called when that name is taken: «film (2).mkv». */
static gboolean
is_alike (const char *top_name,
          const char *other)
{
  const char *dot = strrchr (top_name, '.');
  gsize n_whole = strlen (top_name);
  gsize n_stem = dot != NULL ? (gsize) (dot - top_name) : n_whole;

  return g_str_equal (other, top_name) ||
         (strncmp (other, top_name, n_whole) == 0 && g_str_has_prefix (other + n_whole, " (")) ||
         (strncmp (other, top_name, n_stem) == 0 && g_str_has_prefix (other + n_stem, " ("));
}

gboolean
bt_paths_may_meet (const BtRecord *record,
                   const char     *folder,
                   const char     *top_name)
{
  return (record->flags & BT_RECORD_MAGNET) == 0 && g_str_equal (record->folder, folder) &&
         ((record->flags & BT_RECORD_RENAMED) != 0 || is_alike (top_name, record->top_name));
}

void
bt_library_collect_paths (BtLibrary   *library,
                          const char  *folder,
                          const char  *top_name,
                          BtEntry     *except,
                          BtPathsFunc  func,
                          gpointer     user_data)
{
  Collection *collection = g_new0 (Collection, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  collection->library = library;
  collection->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  collection->func = func;
  collection->user_data = user_data;
  collection->n_pending = 1;
  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (library->entries, i);
      const BtRecord *record = entry->record;

      if (entry == except || !bt_paths_may_meet (record, folder, top_name))
        continue;
      if (entry->is_loaded)
        {
          bt_paths_add (collection->used, entry->metainfo, entry->files);
          continue;
        }
      collection->n_pending++;
      library->n_loads++;
      bt_store_load_async (library->store, record->id, loaded_cb, collection);
    }
  /* Never inside the call. */
  g_source_set_callback (source, collected_idle_cb, collection, NULL);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_attach (source, library->context);
}
