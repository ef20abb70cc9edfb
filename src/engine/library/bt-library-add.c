/* bt-library-add.c - a new torrent: is it there, where would it lie, is there room; then it is saved, then it is told
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include "store/bt-tracker-hosts.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_NAMES 1000  /* tried for one that is not taken */

/* One that is being added. Owned by its own steps. */
typedef struct
{
  BtLibrary   *library;         /* borrowed */
  BtMetainfo  *metainfo;        /* owned */
  BtRecord    *record;          /* owned, until the entry has it */
  GArray      *files;           /* owned, likewise; BtFileRecord */
  GArray      *peers;           /* owned, likewise, nullable */
  GHashTable  *used;            /* owned, nullable: paths of other torrents */
  BtStorage   *storage;         /* owned, nullable: to look with */
  BtEntry     *entry;           /* borrowed, nullable: once it is inserted */
  BtEntry     *learner;         /* borrowed, nullable: no new torrent, but more is known of this one */
  BtMagnet    *magnet;          /* owned, nullable: only this is known */
  BtEntryFunc  func;
  gpointer     user_data;
  guint64      there_bytes;     /* of the wanted files, on disk already */
  gboolean     has_names;       /* its files are called what they will be */
  gboolean     is_waiting;      /* for a torrent to be gone that is the same */
  gboolean     ignore_space;
  gboolean     share_files;
} BtAdd;

static void begin (BtAdd *add);

static void
add_free (BtAdd *add)
{
  BtLibrary *library = add->library;

  g_ptr_array_remove_fast (library->adds, add);
  g_clear_pointer (&add->metainfo, bt_metainfo_unref);
  g_clear_pointer (&add->magnet, bt_magnet_unref);
  g_clear_pointer (&add->record, bt_record_free);
  g_clear_pointer (&add->files, g_array_unref);
  g_clear_pointer (&add->peers, g_array_unref);
  g_clear_pointer (&add->used, g_hash_table_unref);
  g_clear_pointer (&add->storage, bt_storage_free);
  g_free (add);
  bt_library_continue_close (library);
}

static void
fail (BtAdd        *add,
      const GError *error)
{
  add->func (NULL, error, add->user_data);
  add_free (add);
}

static void
fail_with (BtAdd      *add,
           GQuark      domain,
           int         code,
           const char *format,
           ...) G_GNUC_PRINTF (4, 5);

static void
fail_with (BtAdd      *add,
           GQuark      domain,
           int         code,
           const char *format,
           ...)
{
  g_autoptr (GError) error = NULL;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (domain, code, format, args);
  va_end (args);
  fail (add, error);
}

/* What is in memory of a torrent of which nothing was before. `files` is taken. */
static void
begin_loaded (BtEntry    *entry,
              BtMetainfo *metainfo,
              GArray     *files)
{
  entry->metainfo = bt_metainfo_ref (metainfo);
  entry->files = files;
  entry->history = bt_history_new ();
  entry->is_loaded = TRUE;
  bt_history_add_mark (entry->history, entry->record->added_at_s, BT_MARK_ADDED, NULL);
}

/* BEP 27: who was not told by its trackers is none of a private torrent's peers. */
static void
drop_strangers (BtEntry *entry)
{
  if (!bt_entry_has (entry, BT_RECORD_PRIVATE))
    return;
  for (guint i = entry->peers != NULL ? entry->peers->len : 0; i > 0; i--)
    {
      guint source = g_array_index (entry->peers, BtKnownAddress, i - 1).sources;

      if ((source & (BT_SOURCE_TRACKER | BT_SOURCE_PERSON)) == 0)
        g_array_remove_index_fast (entry->peers, i - 1);
    }
}

/* --- The last step: saved, so it is there --- */

static void
committed_cb (const GError *error,
              gpointer      user_data)
{
  BtAdd *add = user_data;
  BtEntry *entry = add->entry;

  if (error != NULL)
    {
      bt_library_take_out (entry);
      fail (add, error);
      return;
    }
  entry->is_new = FALSE;
  add->library->must_judge = TRUE;
  bt_library_judge_queue (add->library);
  add->library->ops->added (add->library->owner, entry);
  add->func (entry, NULL, add->user_data);
  add_free (add);
}

static void
insert (BtAdd *add)
{
  BtLibrary *library = add->library;
  BtEntry *entry;

  if (add->record->id == 0)
    add->record->id = library->last_id + 1;
  add->record->position = 0;
  if (library->entries->len > 0)
    {
      const BtEntry *last = g_ptr_array_index (library->entries, library->entries->len - 1);

      add->record->position = last->record->position + 1;
    }
  add->record->added_at_s = bt_library_now_s ();
  entry = add->entry = bt_entry_new (library, g_steal_pointer (&add->record));
  entry->peers = g_steal_pointer (&add->peers);
  drop_strangers (entry);
  if (add->metainfo != NULL)
    begin_loaded (entry, add->metainfo, g_steal_pointer (&add->files));
  else
    entry->magnet = g_steal_pointer (&add->magnet);
  entry->is_new = TRUE;
  bt_library_insert (library, entry);
  bt_entry_set_dirty (entry, BT_DIRTY_RECORD | BT_DIRTY_METAINFO | BT_DIRTY_FILES |
                             BT_DIRTY_HISTORY);
  bt_library_save (library, committed_cb, add);
}

/* --- Room --- */

static void
check_room (BtAdd *add)
{
  BtLibrary *library = add->library;
  BtPlace *place = bt_library_get_place (library, add->record->folder);
  guint64 needed = add->record->wanted_bytes - MIN (add->there_bytes, add->record->wanted_bytes);
  guint64 promised, floor;

  if (place->volume == NULL)
    {
      fail (add, place->error);
      return;
    }
  add->record->volume = g_strdup (place->volume->id);
  add->record->volume_name = g_strdup (place->volume->name);
  promised = bt_library_count_promised (library, place->volume->id);
  floor = bt_library_get_floor (library, place->volume);
  if (!add->ignore_space && needed > 0 &&
      place->volume->free_bytes < floor + promised + needed)
    {
      g_autofree char *needs = g_format_size (needed);
      guint64 taken = floor + promised;
      g_autofree char *has = g_format_size (place->volume->free_bytes -
                                            MIN (taken, place->volume->free_bytes));

      fail_with (add, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE,
                 _("There is not enough space: it needs %s, and only %s are left for it on “%s”"),
                 needs, has, place->volume->name);
      return;
    }
  insert (add);
}

static void
looked_cb (BtVolume     *volume,
           const GError *error,
           gpointer      user_data)
{
  BtAdd *add = user_data;
  BtPlace *place = bt_library_get_place (add->library, add->record->folder);

  add->library->n_looks--;
  bt_place_take_volume (place, volume, error);
  check_room (add);
}

static void
look_at_folder (BtAdd *add)
{
  add->library->n_looks++;
  bt_volume_look_async (bt_library_get_disk (add->library), add->record->folder, looked_cb, add);
}

/* --- What is there already --- */

static void
stamps_cb (BtStorage         *storage,
           const BtFileStamp *stamps,
           guint32            n_stamps,
           const GError      *error,
           gpointer           user_data)
{
  BtAdd *add = user_data;
  const BtFile *files = bt_metainfo_get_files (add->metainfo, NULL);

  for (guint32 i = 0; stamps != NULL && i < n_stamps; i++)
    {
      const BtFileRecord *file = bt_file_records_get (add->files, i, FALSE);

      if (stamps[i].bytes > 0 && (file == NULL || file->priority != BT_PRIORITY_SKIP))
        add->there_bytes += MIN ((guint64) stamps[i].bytes, files[i].length);
    }
  g_clear_pointer (&add->storage, bt_storage_free);
  look_at_folder (add);
}

static void
look_at_files (BtAdd *add)
{
  add->storage = bt_storage_new (bt_library_get_disk (add->library), add->metainfo,
                                 add->record->folder, BT_PREALLOCATE_NONE);
  bt_file_records_set_paths (add->files, add->storage);
  bt_storage_stat (add->storage, stamps_cb, add);
}

/* --- Other torrents' files --- */

/* What the path is when the torrent's top name is another one. */
static char *
replace_top (const char *path,
             const char *old_top,
             const char *new_top)
{
  return g_strconcat (new_top, path + strlen (old_top), NULL);
}

static gboolean
is_free (BtAdd      *add,
         const char *top_name)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (add->metainfo, &n_files);

  for (guint32 i = 0; i < n_files; i++)
    {
      g_autofree char *path = NULL;

      if ((files[i].flags & BT_FILE_PAD) != 0)
        continue;
      path = replace_top (files[i].path, add->record->top_name, top_name);
      if (g_hash_table_contains (add->used, path))
        return FALSE;
    }
  return TRUE;
}

/* «film.mkv», then «film (2).mkv»; of a folder the number goes to the end. */
static char *
make_name (BtAdd *add,
           guint  number)
{
  const char *top = add->record->top_name;
  const char *dot = (add->record->flags & BT_RECORD_MULTI_FILE) != 0 ? NULL : strrchr (top, '.');

  if (dot == NULL || dot == top)
    return g_strdup_printf ("%s (%u)", top, number);
  return g_strdup_printf ("%.*s (%u)%s", (int) (dot - top), top, number, dot);
}

static void
take_name (BtAdd      *add,
           const char *top_name)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (add->metainfo, &n_files);

  for (guint32 i = 0; i < n_files; i++)
    if ((files[i].flags & BT_FILE_PAD) == 0)
      {
        BtFileRecord *file = bt_file_records_get (add->files, i, TRUE);

        g_free (file->path);
        file->path = replace_top (files[i].path, add->record->top_name, top_name);
      }
  g_free (add->record->top_name);
  add->record->top_name = g_strdup (top_name);
}

static void
tell_apart (BtAdd *add)
{
  if (is_free (add, add->record->top_name))
    return;
  for (guint number = 2; number < MAX_NAMES; number++)
    {
      g_autofree char *name = make_name (add, number);

      if (!is_free (add, name))
        continue;
      take_name (add, name);
      return;
    }
}

/* --- More is known of one that is there --- */

static void describe (BtRecord   *record,
                      BtMetainfo *metainfo);

/* What a link says of the name is anybody's; what a person said stays. */
static void
learn_name (BtEntry    *entry,
            BtMetainfo *metainfo)
{
  g_autofree char *title = entry->magnet != NULL ? bt_magnet_dup_title (entry->magnet) : NULL;

  if (g_strcmp0 (title, entry->record->name) != 0)
    return;
  g_free (entry->record->name);
  entry->record->name = g_strdup (bt_metainfo_get_display_name (metainfo));
}

/* A hybrid (BEP 52) may be known by either of its hashes, either of which may be NULL. */
static BtEntry *
find_other (BtLibrary    *library,
            BtEntry      *except,
            const guint8 *info_hash_v1,
            const guint8 *info_hash_v2)
{
  const guint8 *hashes[] = { info_hash_v1, info_hash_v2 };

  for (gsize i = 0; i < G_N_ELEMENTS (hashes); i++)
    {
      BtEntry *entry = hashes[i] != NULL ? bt_library_find_hash (library, hashes[i]) : NULL;

      if (entry != NULL && entry != except)
        return entry;
    }
  return NULL;
}

static BtEntry *
find_twin (BtAdd *add)
{
  if (add->metainfo != NULL)
    return find_other (add->library, add->learner, bt_metainfo_get_info_hash_v1 (add->metainfo),
                       bt_metainfo_get_info_hash_v2 (add->metainfo));
  return find_other (add->library, NULL, bt_magnet_get_info_hash_v1 (add->magnet),
                     bt_magnet_get_info_hash_v2 (add->magnet));
}

static void
fail_as_double (BtEntry *entry,
                BtEntry *twin)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_EXISTS,
                                          _("“%s” is there already"), twin->record->name);

  bt_entry_fail (entry, error);
}

/* It is a torrent like others from now on. */
static void
take_description (BtAdd *add)
{
  BtEntry *entry = add->learner;

  learn_name (entry, add->metainfo);
  describe (entry->record, add->metainfo);
  g_free (entry->record->top_name);
  entry->record->top_name = g_steal_pointer (&add->record->top_name);
  entry->record->wanted_bytes = add->record->wanted_bytes;
  bt_entry_set_flag (entry, BT_RECORD_MAGNET, FALSE);
  g_clear_pointer (&entry->magnet, bt_magnet_unref);
  begin_loaded (entry, add->metainfo, g_steal_pointer (&add->files));
  drop_strangers (entry);
  /* The place that it has is one for seeking. */
  entry->library->must_judge = TRUE;
  bt_library_judge_queue (entry->library);
  bt_entry_wished (entry, BT_DIRTY_RECORD | BT_DIRTY_METAINFO | BT_DIRTY_FILES |
                          BT_DIRTY_HISTORY);
}

static void
finish_learning (BtAdd *add)
{
  BtEntry *entry = add->learner;
  BtEntry *twin = find_twin (add);
  /* It may be on its way out. */
  gboolean is_staying = !entry->is_gone && entry->work == NULL && !entry->library->is_closing;

  entry->is_learning = FALSE;
  bt_entry_end_seek (entry, twin == NULL && bt_entry_wants_run (entry));
  if (is_staying && twin != NULL)
    fail_as_double (entry, twin);
  else if (is_staying)
    take_description (add);
  bt_library_queue_entry (entry);
  add_free (add);
}

/* Those that have taken their names while the others were asked for theirs. */
static void
collect_newcomers (BtAdd *add)
{
  const BtRecord *record = add->record;
  const GPtrArray *entries = add->library->entries;
  const GPtrArray *adds = add->library->adds;

  for (guint i = 0; i < entries->len; i++)
    {
      const BtEntry *entry = g_ptr_array_index (entries, i);

      if (entry->is_loaded && bt_paths_may_meet (entry->record, record->folder, record->top_name))
        bt_paths_add (add->used, entry->metainfo, entry->files);
    }
  for (guint i = 0; i < adds->len; i++)
    {
      const BtAdd *other = g_ptr_array_index (adds, i);

      if (other->has_names && other->record != NULL &&
          bt_paths_may_meet (other->record, record->folder, record->top_name))
        bt_paths_add (add->used, other->metainfo, other->files);
    }
}

static void
paths_cb (GHashTable *used,
          gpointer    user_data)
{
  BtAdd *add = user_data;

  add->used = used;
  collect_newcomers (add);
  if (!add->share_files)
    tell_apart (add);
  add->has_names = TRUE;
  if (add->learner != NULL)
    finish_learning (add);
  else
    look_at_files (add);
}

/* --- The first step --- */

/* One of the same torrent was asked for before, and is on its way. */
static gboolean
has_elder (BtAdd *add)
{
  for (guint i = 0; add->library->adds->pdata[i] != add; i++)
    {
      const BtAdd *other = add->library->adds->pdata[i];

      /* Without its record it is on the list already. */
      if (other->record != NULL &&
          memcmp (other->record->info_hash, add->record->info_hash,
                  BT_RECORD_HASH_BYTES) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
begin (BtAdd *add)
{
  BtLibrary *library = add->library;
  BtEntry *twin = find_twin (add);

  if (library->is_closing)
    {
      fail_with (add, G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is closing"));
      return;
    }
  add->is_waiting = twin != NULL && bt_work_is_removal (twin);
  if (add->is_waiting)
    return;
  if (twin != NULL || has_elder (add))
    {
      fail_with (add, G_IO_ERROR, G_IO_ERROR_EXISTS, _("“%s” is there already"),
                 twin != NULL ? twin->record->name : add->record->name);
      return;
    }
  if (add->metainfo == NULL)
    look_at_folder (add);
  else
    bt_library_collect_paths (library, add->record->folder, add->record->top_name, NULL, paths_cb,
                              add);
}

void
bt_library_continue_adds (BtLibrary *library)
{
  g_autoptr (GPtrArray) waiting = g_ptr_array_new ();

  for (guint i = 0; i < library->adds->len; i++)
    if (((BtAdd *) g_ptr_array_index (library->adds, i))->is_waiting)
      g_ptr_array_add (waiting, g_ptr_array_index (library->adds, i));
  for (guint i = 0; i < waiting->len; i++)
    begin (g_ptr_array_index (waiting, i));
}

/* --- The request --- */

static void
select_file (BtAdd    *add,
             guint32   file,
             gboolean  is_selected)
{
  const BtFile *info = &bt_metainfo_get_files (add->metainfo, NULL)[file];
  BtFileRecord skipped = { .index = file, .priority = BT_PRIORITY_SKIP };

  if ((info->flags & BT_FILE_PAD) != 0)
    return;
  if (is_selected)
    add->record->wanted_bytes += info->length;
  else
    g_array_append_val (add->files, skipped);
}

static void
select_files (BtAdd        *add,
              const GArray *selected)
{
  guint32 n_files;
  g_autofree guint8 *is_selected = NULL;

  bt_metainfo_get_files (add->metainfo, &n_files);
  is_selected = g_malloc0 (n_files);
  for (guint i = 0; i < selected->len; i++)
    if (g_array_index (selected, guint, i) < n_files)
      is_selected[g_array_index (selected, guint, i)] = TRUE;
  add->record->wanted_bytes = 0;
  for (guint32 i = 0; i < n_files; i++)
    select_file (add, i, is_selected[i]);
}

/* BEP 53. A link that asks for none of the files there are has been made for something else: all are wanted. */
static void
select_ranges (BtAdd    *add,
               BtMagnet *magnet)
{
  guint32 n_files, n_selected = 0;
  guint n_ranges;

  bt_magnet_get_ranges (magnet, &n_ranges);
  bt_metainfo_get_files (add->metainfo, &n_files);
  for (guint32 i = 0; i < n_files; i++)
    n_selected += bt_magnet_wants_file (magnet, i) ? 1 : 0;
  if (n_ranges == 0 || n_selected == 0)
    return;
  add->record->wanted_bytes = 0;
  for (guint32 i = 0; i < n_files; i++)
    select_file (add, i, bt_magnet_wants_file (magnet, i));
}

static GArray *
make_files (void)
{
  GArray *files = g_array_new (FALSE, TRUE, sizeof (BtFileRecord));

  g_array_set_clear_func (files, bt_file_record_clear);
  return files;
}

/* What the description says. */
static void
describe (BtRecord   *record,
          BtMetainfo *metainfo)
{
  g_clear_pointer (&record->top_name, g_free);
  record->top_name = g_strdup (bt_metainfo_get_name (metainfo));
  record->flags |= (bt_metainfo_is_private (metainfo) ? BT_RECORD_PRIVATE : 0) |
                   (bt_metainfo_is_multi_file (metainfo) ? BT_RECORD_MULTI_FILE : 0);
  record->total_bytes = record->wanted_bytes = bt_metainfo_get_geometry (metainfo)->total_bytes;
  record->n_pieces = bt_metainfo_get_geometry (metainfo)->n_pieces;
  bt_metainfo_get_files (metainfo, &record->n_files);
  g_strfreev (record->tracker_hosts);
  record->tracker_hosts = bt_tracker_hosts_of (metainfo, NULL);
}

static void
describe_link (BtRecord       *record,
               BtMagnet *magnet)
{
  record->name = bt_magnet_dup_title (magnet);
  record->top_name = g_strdup ("");
  record->flags |= BT_RECORD_MAGNET;
  record->tracker_hosts = bt_tracker_hosts_of_urls (bt_magnet_get_trackers (magnet));
}

const guint8 *
bt_add_request_get_hash (const BtAddRequest *request)
{
  const guint8 *hash;

  if (request->metainfo == NULL)
    return bt_magnet_get_info_hash (request->magnet);
  hash = bt_metainfo_get_info_hash_v1 (request->metainfo);
  return hash != NULL ? hash : bt_metainfo_get_info_hash_v2 (request->metainfo);
}

static BtRecord *
make_record (const BtAddRequest *request)
{
  BtRecord *record = bt_record_new ();

  memcpy (record->info_hash, bt_add_request_get_hash (request), BT_RECORD_HASH_BYTES);
  record->id = request->id;
  record->folder = g_strdup (request->folder);
  if (request->incomplete_folder != NULL &&
      !g_str_equal (request->incomplete_folder, request->folder))
    {
      record->final_folder = record->folder;
      record->folder = g_strdup (request->incomplete_folder);
    }
  record->preallocation = (int) request->preallocate;
  record->max_peers = request->max_peers;
  record->upload_slots = request->upload_slots;
  record->read_limit_bps = request->read_limit_bps;
  record->write_limit_bps = request->write_limit_bps;
  record->flags = (request->is_paused ? BT_RECORD_PAUSED : 0) |
                  (request->is_sequential ? BT_RECORD_SEQUENTIAL : 0) |
                  (request->no_trackers ? BT_RECORD_NO_TRACKERS : 0) |
                  (request->must_be_complete ? BT_RECORD_MUST_COMPLETE : 0);
  if (request->metainfo != NULL)
    {
      record->name = g_strdup (bt_metainfo_get_display_name (request->metainfo));
      describe (record, request->metainfo);
    }
  else
    describe_link (record, request->magnet);
  return record;
}

void
bt_library_add_async (BtLibrary          *library,
                      const BtAddRequest *request,
                      BtEntryFunc         func,
                      gpointer            user_data)
{
  BtAdd *add = g_new0 (BtAdd, 1);

  add->library = library;
  if (request->metainfo != NULL)
    add->metainfo = bt_metainfo_ref (request->metainfo);
  else
    add->magnet = bt_magnet_ref (request->magnet);
  add->record = make_record (request);
  add->record->labels = bt_labels_clean (request->labels);
  add->files = make_files ();
  if (request->selected != NULL && add->metainfo != NULL)
    select_files (add, request->selected);
  if (request->peers != NULL && request->peers->len > 0)
    {
      add->peers = g_array_new (FALSE, FALSE, sizeof (BtKnownAddress));
      g_array_append_vals (add->peers, request->peers->data, request->peers->len);
    }
  add->func = func;
  add->user_data = user_data;
  add->ignore_space = request->ignore_space || request->must_be_complete;
  add->share_files = request->share_files || request->must_be_complete;
  g_ptr_array_add (library->adds, add);
  begin (add);
}

void
bt_library_learn (BtEntry    *entry,
                  BtMetainfo *metainfo)
{
  BtLibrary *library = entry->library;
  BtAdd *add;

  if (entry->is_learning)
    return;
  entry->is_learning = TRUE;
  add = g_new0 (BtAdd, 1);
  add->library = library;
  add->learner = entry;
  add->metainfo = bt_metainfo_ref (metainfo);
  add->record = bt_record_copy (entry->record);
  describe (add->record, metainfo);
  add->files = make_files ();
  select_ranges (add, entry->magnet);
  g_ptr_array_add (library->adds, add);
  bt_library_collect_paths (library, add->record->folder, add->record->top_name, entry, paths_cb,
                            add);
}
