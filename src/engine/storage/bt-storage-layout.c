/* bt-storage-layout.c - where the files lie, what they are called, and which of them we made
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

void
bt_storage_clear_layout (BtStorage *storage)
{
  for (guint32 i = 0; storage->paths != NULL && i < storage->n_files; i++)
    g_free (storage->paths[i]);
  g_free (storage->paths);
  for (guint32 i = 0; storage->suffixed_paths != NULL && i < storage->n_files; i++)
    g_free (storage->suffixed_paths[i]);
  g_free (storage->suffixed_paths);
  g_clear_pointer (&storage->part_names, g_hash_table_unref);
  g_free (storage->parts_path);
  bt_bitfield_clear (&storage->wanted);
  g_free (storage->root);
  g_free (storage->parts_folder);
  g_free (storage->parts_name);
}

/* --- Paths --- */

void
bt_storage_set_path (BtStorage  *storage,
                     guint32     file,
                     const char *path)
{
  g_assert (file < storage->n_files);
  if (storage->paths == NULL && path == NULL)
    return;
  if (storage->paths == NULL)
    storage->paths = g_new0 (char *, storage->n_files);
  g_free (storage->paths[file]);
  storage->paths[file] = g_strdup (path);
  storage->is_named = FALSE;
}

const char *
bt_storage_get_path (BtStorage *storage,
                     guint32    file)
{
  if (storage->paths != NULL && storage->paths[file] != NULL)
    return storage->paths[file];
  return storage->files[file].path;
}

const char *
bt_storage_get_disk_path (const BtStorage *storage,
                          guint32          file)
{
  const char *path = NULL;

  if (storage->suffixed_paths != NULL)
    path = g_atomic_pointer_get (&storage->suffixed_paths[file]);
  return path != NULL ? path : bt_storage_get_path ((BtStorage *) storage, file);
}

BtFilePlace
bt_storage_get_place (const BtStorage *storage,
                      guint32          file)
{
  return (BtFilePlace) {
    .owner = storage,
    .index = file,
    .root = storage->root,
    .path = bt_storage_get_disk_path (storage, file),
    .device = storage->device,
    .is_executable = (storage->files[file].flags & BT_FILE_EXECUTABLE) != 0,
  };
}

/* --- The root --- */

void
bt_storage_set_device (BtStorage *storage,
                       guint64    device)
{
  storage->device = device;
}

int
bt_storage_open_root (const BtStorage *storage,
                      gboolean         may_make)
{
  return bt_file_open_root_on (storage->root, storage->device, may_make);
}

/* --- Sets of files --- */

static void
mark_all (BtStorage        *storage,
          guint            *bits,
          const BtBitfield *files)
{
  for (guint32 i = bt_bitfield_next_set (files, 0); i < MIN (files->n_bits, storage->n_files);
       i = bt_bitfield_next_set (files, i + 1))
    bt_storage_mark (bits, i);
}

static void
get_marks (const BtStorage *storage,
           const guint     *bits,
           BtBitfield      *out_files)
{
  for (guint32 i = 0; i < storage->n_files; i++)
    {
      guint word = g_atomic_int_get (&bits[i / 32]);

      /* A word without a mark is 32 files to skip. */
      if (word == 0)
        i |= 31;
      else if ((word & (1u << i % 32)) != 0)
        bt_bitfield_set (out_files, i);
    }
}

void
bt_storage_set_made (BtStorage        *storage,
                     const BtBitfield *made)
{
  mark_all (storage, storage->ours, made);
}

void
bt_storage_get_made (BtStorage  *storage,
                     BtBitfield *out_made)
{
  bt_bitfield_init (out_made, storage->n_files);
  get_marks (storage, storage->ours, out_made);
}

/* --- The suffix --- */

/* A file, or a folder on the way to one, whose name ends in the suffix by itself. */
static void
learn_name (BtStorage  *storage,
            const char *path)
{
  const char *at = path;

  while ((at = strcasestr (at, BT_STORAGE_SUFFIX)) != NULL)
    {
      at += strlen (BT_STORAGE_SUFFIX);
      if (*at != '\0' && *at != '/')
        continue;
      if (storage->part_names == NULL)
        storage->part_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_add (storage->part_names, g_utf8_casefold (path, at - path));
    }
}

void
bt_storage_learn_names (BtStorage *storage)
{
  g_clear_pointer (&storage->part_names, g_hash_table_unref);
  for (guint32 i = 0; i < storage->n_files; i++)
    if (bt_storage_is_on_disk (storage, i))
      learn_name (storage, bt_storage_get_path (storage, i));
  storage->is_named = TRUE;
}

gboolean
bt_storage_can_suffix (const BtStorage *storage,
                       guint32          file)
{
  const char *path;
  const char *slash;
  g_autofree char *suffixed = NULL;
  g_autofree char *folded = NULL;

  /* What is empty is complete. */
  if (!bt_storage_is_on_disk (storage, file) || storage->files[file].length == 0)
    return FALSE;
  path = bt_storage_get_path ((BtStorage *) storage, file);
  slash = strrchr (path, '/');
  if (strlen (slash != NULL ? slash + 1 : path) + strlen (BT_STORAGE_SUFFIX) > NAME_MAX)
    return FALSE;
  if (storage->part_names == NULL)
    return TRUE;
  suffixed = g_strconcat (path, BT_STORAGE_SUFFIX, NULL);
  folded = g_utf8_casefold (suffixed, -1);
  return !g_hash_table_contains (storage->part_names, folded);
}

static void
need_suffixed_paths (BtStorage *storage)
{
  if (storage->suffixed_paths == NULL)
    storage->suffixed_paths = g_new0 (gpointer, storage->n_files);
}

void
bt_storage_take_suffixed (BtStorage *storage,
                          guint32    file,
                          char      *path)
{
  if (path == NULL && storage->suffixed_paths == NULL)
    return;
  need_suffixed_paths (storage);
  if (path == NULL)
    g_free (g_atomic_pointer_exchange (&storage->suffixed_paths[file], NULL));
  /* Another worker may have been quicker, with the same. */
  else if (!g_atomic_pointer_compare_and_exchange (&storage->suffixed_paths[file], NULL, path))
    g_free (path);
}

void
bt_storage_set_use_suffix (BtStorage *storage,
                           gboolean   use_suffix)
{
  storage->use_suffix = use_suffix;
  if (use_suffix)
    need_suffixed_paths (storage);
}

void
bt_storage_set_suffixed (BtStorage        *storage,
                         const BtBitfield *suffixed)
{
  bt_storage_learn_names (storage);
  for (guint32 i = 0; i < storage->n_files; i++)
    {
      char *path = NULL;

      bt_storage_take_suffixed (storage, i, NULL);
      if (bt_bitfield_get (suffixed, i) && bt_storage_can_suffix (storage, i))
        path = g_strconcat (bt_storage_get_path (storage, i), BT_STORAGE_SUFFIX, NULL);
      bt_storage_take_suffixed (storage, i, path);
    }
}

const BtBitfield *
bt_storage_get_suffixed (BtStorage *storage)
{
  bt_bitfield_set_none (&storage->suffixed_now);
  for (guint32 i = 0; storage->suffixed_paths != NULL && i < storage->n_files; i++)
    if (g_atomic_pointer_get (&storage->suffixed_paths[i]) != NULL)
      bt_bitfield_set (&storage->suffixed_now, i);
  return &storage->suffixed_now;
}

/* --- Opening --- */

/* It is missing under its plain name. */
static BtOpenFile *
acquire_suffixed (BtStorage   *storage,
                  BtFilePlace *place,
                  gboolean     for_writing,
                  gboolean    *out_is_new)
{
  g_autofree char *path = g_strconcat (place->path, BT_STORAGE_SUFFIX, NULL);
  BtOpenFile *open_file;
  int saved_errno;

  place->path = path;
  open_file = bt_file_pool_acquire (storage->pool, place, for_writing, out_is_new);
  saved_errno = errno;
  if (open_file != NULL)
    bt_storage_take_suffixed (storage, place->index, g_steal_pointer (&path));
  g_clear_pointer (&path, g_free);
  errno = saved_errno;
  return open_file;
}

BtOpenFile *
bt_storage_acquire (BtStorage *storage,
                    guint32    file,
                    gboolean   for_writing,
                    gboolean   may_make)
{
  BtFilePlace place = bt_storage_get_place (storage, file);
  gboolean may_be_suffixed = storage->use_suffix &&
                             place.path == bt_storage_get_path (storage, file) &&
                             bt_storage_can_suffix (storage, file);
  gboolean is_new = FALSE;
  BtOpenFile *open_file;

  place.must_exist = !may_make || may_be_suffixed;
  open_file = bt_file_pool_acquire (storage->pool, &place, for_writing, &is_new);
  if (open_file == NULL && errno == ENOENT && may_be_suffixed)
    {
      place.must_exist = !may_make;
      open_file = acquire_suffixed (storage, &place, for_writing, &is_new);
    }
  if (is_new)
    {
      bt_storage_mark (storage->made, file);
      bt_storage_mark (storage->changed, file);
      bt_storage_mark (storage->ours, file);
    }
  return open_file;
}

BtOpenFile *
bt_storage_open (BtStorageJob *job,
                 guint32       file,
                 gboolean      for_writing)
{
  BtOpenFile *open_file = bt_storage_acquire (job->storage, file, for_writing, TRUE);

  if (open_file == NULL)
    bt_storage_job_fail (job, BT_VERB_OPEN, bt_storage_get_disk_path (job->storage, file), errno);
  return open_file;
}

gboolean
bt_storage_open_target (BtStorageJob    *job,
                        guint32          file,
                        gboolean         for_writing,
                        BtStorageTarget *out_target)
{
  BtStorage *storage = job->storage;
  gboolean may_use_parts = bt_storage_may_use_parts (storage, file);
  BtOpenFile *open_file = bt_storage_acquire (storage, file, for_writing, !may_use_parts);

  if (open_file == NULL && errno == ENOENT && may_use_parts)
    {
      if (!bt_storage_parts_open (job, for_writing, out_target))
        return FALSE;
      out_target->offset = storage->files[file].offset;
      return TRUE;
    }
  *out_target = (BtStorageTarget) { .open_file = open_file };
  out_target->path = bt_storage_get_disk_path (storage, file);
  if (open_file == NULL)
    return bt_storage_job_fail (job, BT_VERB_OPEN, out_target->path, errno);
  out_target->fd = bt_open_file_get_fd (open_file);
  return TRUE;
}

void
bt_storage_close_target (BtStorageJob    *job,
                         BtStorageTarget *target)
{
  if (target->open_file != NULL)
    bt_file_pool_release (job->storage->pool, target->open_file);
}
