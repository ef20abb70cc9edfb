/* bt-storage-prepare.c - makes folders, empty files, and room for the data
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <errno.h>
#include <fcntl.h>

static int
set_length (const BtFileOps *ops,
            int              fd,
            guint64          length)
{
  int result;

  do
    result = ops->ftruncate (fd, (off_t) length);
  while (result < 0 && errno == EINTR);
  return result;
}

/* What is there is kept, and so is what lies behind the end. -1 with errno. */
static int
allocate (BtStorage   *storage,
          int          fd,
          guint64      length,
          gboolean    *out_has_changed)
{
  const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
  struct stat info;
  int result;

  *out_has_changed = FALSE;
  if (storage->preallocate == BT_PREALLOCATE_NONE || length == 0)
    return 0;
  if (fstat (fd, &info) < 0)
    return -1;

  if (storage->preallocate == BT_PREALLOCATE_FULL && (guint64) info.st_blocks * 512 < length)
    {
      *out_has_changed = TRUE;
      do
        result = ops->fallocate (fd, 0, 0, (off_t) length);
      while (result < 0 && errno == EINTR);
      /* A file system that cannot reserve room gets a sparse file. */
      if (result == 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
        return result;
    }
  if ((guint64) info.st_size >= length)
    return 0;
  *out_has_changed = TRUE;
  return set_length (ops, fd, length);
}

gboolean
bt_storage_prepare_file (BtStorageJob *job,
                         guint32       index)
{
  BtStorage *storage = job->storage;
  const BtFile *file = &storage->files[index];
  BtOpenFile *open_file;
  gboolean has_changed;
  gboolean is_good = TRUE;

  if (file->length > 0 && storage->preallocate == BT_PREALLOCATE_NONE)
    return TRUE;

  open_file = bt_storage_open (job, index, TRUE);
  if (open_file == NULL)
    return FALSE;
  if (allocate (storage, bt_open_file_get_fd (open_file), file->length, &has_changed) < 0)
    is_good = bt_storage_job_fail (job, BT_VERB_ALLOCATE,
                                   bt_storage_get_disk_path (storage, index), errno);
  /* One that was as it should be need not be synced; one that was made is marked already. */
  if (has_changed)
    bt_storage_mark (storage->changed, index);
  bt_file_pool_release (storage->pool, open_file);
  return is_good;
}

/* Files may have become wanted since the parts were written, while nobody had the torrent open. */
static gboolean
make_file (BtStorageJob  *job,
           BtDiskScratch *scratch,
           guint32        file)
{
  if (job->storage->has_parts)
    return bt_storage_take_up_file (job, scratch, file);
  return bt_storage_prepare_file (job, file);
}

BtDiskStep
bt_storage_run_prepare (BtDiskJob     *job,
                        BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  BtStorage *storage = self->storage;

  bt_storage_job_begin (self);
  for (; self->next_file < storage->n_files; self->next_file++)
    if (bt_storage_is_on_disk (storage, self->next_file) &&
        bt_bitfield_get (&self->wanted, self->next_file) &&
        !make_file (self, scratch, self->next_file))
      return bt_storage_job_get_step (self);
  return BT_STEP_DONE;
}
