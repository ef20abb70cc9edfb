/* bt-storage-layout.c - where the files lie, what they are called, and which of them we made
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <fcntl.h>
#include <unistd.h>

void
bt_storage_clear_layout (BtStorage *storage)
{
  for (guint32 i = 0; storage->paths != NULL && i < storage->n_files; i++)
    g_free (storage->paths[i]);
  g_free (storage->paths);
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
  return bt_storage_get_path ((BtStorage *) storage, file);
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

void
bt_storage_set_use_suffix (BtStorage *storage,
                           gboolean   use_suffix)
{
  storage->use_suffix = use_suffix;
}

void
bt_storage_set_suffixed (BtStorage        *storage,
                         const BtBitfield *suffixed)
{
  mark_all (storage, storage->suffixed, suffixed);
}

const BtBitfield *
bt_storage_get_suffixed (BtStorage *storage)
{
  bt_bitfield_set_none (&storage->suffixed_now);
  get_marks (storage, storage->suffixed, &storage->suffixed_now);
  return &storage->suffixed_now;
}

/* --- The parts --- */

void
bt_storage_set_parts (BtStorage  *storage,
                      const char *path)
{
  storage->has_parts = TRUE;
  if (path == NULL)
    return;
  storage->parts_folder = g_path_get_dirname (path);
  storage->parts_name = g_path_get_basename (path);
}
