/* bt-storage-sync.c - sees that what was written stays written, and closes files
 *
 * The kernel says once that it could not write something, and may forget it then: the next sync of the file succeeds.
 * So after one that failed none is tried again, and all that come later fail.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static gboolean
fail_for_good (BtStorageJob *job,
               const char   *path)
{
  bt_storage_job_fail (job, BT_VERB_SYNC, path, g_atomic_int_get (&job->storage->sync_error));
  job->may_retry = FALSE;
  return FALSE;
}

gboolean
bt_storage_sync_fd (BtStorageJob *job,
                    const char   *path,
                    int           fd)
{
  const BtFileOps *ops = bt_file_pool_get_ops (job->storage->pool);
  int result;

  do
    result = ops->fsync (fd);
  while (result < 0 && errno == EINTR);
  /* Some file systems cannot, folders above all. */
  if (result == 0 || errno == EINVAL || errno == EOPNOTSUPP)
    return TRUE;
  g_atomic_int_set (&job->storage->sync_error, errno);
  return fail_for_good (job, path);
}

static gboolean
sync_file (BtStorageJob *job,
           guint32       index)
{
  BtStorage *storage = job->storage;
  BtOpenFile *open_file;
  gboolean is_good = FALSE;

  if (!bt_storage_unmark (storage->changed, index))
    return TRUE;
  open_file = bt_storage_open (job, index, FALSE);
  if (open_file != NULL)
    {
      is_good = bt_storage_sync_fd (job, bt_storage_get_disk_path (storage, index),
                         bt_open_file_get_fd (open_file));
      bt_file_pool_release (storage->pool, open_file);
    }
  if (!is_good)
    bt_storage_mark (storage->changed, index);
  return is_good;
}

/* `path`: beneath the root; NULL: the root itself. */
static gboolean
sync_folder (BtStorageJob *job,
             int           root_fd,
             const char   *path)
{
  int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  gboolean is_good;
  int fd;

  if (path == NULL)
    fd = openat (root_fd, ".", flags);
  else
    fd = bt_file_pool_get_ops (job->storage->pool)->open (root_fd, path, flags, 0);
  if (fd < 0)
    return bt_storage_job_fail (job, BT_VERB_SYNC, path, errno);
  is_good = bt_storage_sync_fd (job, path, fd);
  close (fd);
  return is_good;
}

/* All folders above a new file, from the inside out, but each only once. */
static gboolean
sync_folders_of (BtStorageJob *job,
                 int           root_fd,
                 GHashTable   *synced,
                 guint32       index)
{
  g_autofree char *path = g_strdup (bt_storage_get_path (job->storage, index));
  char *slash;

  while ((slash = strrchr (path, '/')) != NULL)
    {
      *slash = '\0';
      if (g_hash_table_contains (synced, path))
        return TRUE;
      if (!sync_folder (job, root_fd, path))
        return FALSE;
      g_hash_table_add (synced, g_strdup (path));
    }
  if (g_hash_table_contains (synced, ""))
    return TRUE;
  g_hash_table_add (synced, g_strdup (""));
  return sync_folder (job, root_fd, NULL);
}

static gboolean
sync_folders (BtStorageJob *job)
{
  BtStorage *storage = job->storage;
  g_autoptr (GHashTable) synced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean is_good = TRUE;
  int root_fd = bt_storage_open_root (storage, FALSE);

  if (root_fd < 0)
    return bt_storage_job_fail (job, BT_VERB_SYNC, NULL, errno);
  for (guint32 i = 0; is_good && i < storage->n_files; i++)
    {
      if (!bt_storage_unmark (storage->made, i))
        continue;
      is_good = sync_folders_of (job, root_fd, synced, i);
      if (!is_good)
        bt_storage_mark (storage->made, i);
    }
  close (root_fd);
  return is_good;
}

static gboolean
has_marks (const guint *bits,
           guint32      n_bits)
{
  for (guint32 i = 0; i < (n_bits + 31) / 32; i++)
    if (g_atomic_int_get (&bits[i]) != 0)
      return TRUE;
  return FALSE;
}

gboolean
bt_storage_is_changed (BtStorage *storage)
{
  return has_marks (storage->changed, storage->n_files) ||
         has_marks (storage->made, storage->n_files);
}

BtDiskStep
bt_storage_run_sync (BtDiskJob     *job,
                     BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  BtStorage *storage = self->storage;

  bt_storage_job_begin (self);
  if (g_atomic_int_get (&storage->sync_error) != 0)
    {
      fail_for_good (self, NULL);
      return BT_STEP_DONE;
    }
  for (guint32 i = 0; i < storage->n_files; i++)
    {
      /* A word without a mark is 32 files to skip. */
      if (g_atomic_int_get (&storage->changed[i / 32]) == 0)
        i |= 31;
      else if (!sync_file (self, i))
        return bt_storage_job_get_step (self);
    }
  if (storage->has_parts && !bt_storage_parts_sync (self))
    return bt_storage_job_get_step (self);
  if (has_marks (storage->made, storage->n_files) && !sync_folders (self))
    return bt_storage_job_get_step (self);
  return BT_STEP_DONE;
}

BtDiskStep
bt_storage_run_close (BtDiskJob     *job,
                      BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;

  if (self->is_sync)
    bt_storage_run_sync (job, scratch);
  bt_file_pool_close_owner (self->storage->pool, self->storage);
  bt_storage_parts_close (self->storage);
  return BT_STEP_DONE;
}
