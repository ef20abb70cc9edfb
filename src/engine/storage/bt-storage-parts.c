/* bt-storage-parts.c - bytes of files that are not wanted, which share a piece with some that are
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

#define COPY_BYTES (BT_DISK_SCRATCH_BLOCKS * BT_BLOCK_BYTES)

void
bt_storage_set_parts (BtStorage  *storage,
                      const char *path)
{
  storage->has_parts = TRUE;
  g_free (storage->parts_path);
  g_free (storage->parts_folder);
  storage->parts_path = g_strdup (path);
  storage->parts_folder = path != NULL ? g_path_get_dirname (path) : NULL;
}

static const char *
get_name (const BtStorage *storage)
{
  const char *slash = strrchr (storage->parts_path, '/');

  return slash != NULL ? slash + 1 : storage->parts_path;
}

/* --- With a name: a file of the pool, behind those of the torrent --- */

static BtOpenFile *
acquire_parts (BtStorage *storage,
               gboolean   for_writing)
{
  BtFilePlace place = {
    .owner = storage,
    .index = storage->n_files,
    .root = storage->parts_folder,
    .path = get_name (storage),
  };
  gboolean is_new = FALSE;
  BtOpenFile *open_file = bt_file_pool_acquire (storage->pool, &place, for_writing, &is_new);

  if (is_new)
    {
      g_atomic_int_set (&storage->parts_are_made, TRUE);
      g_atomic_int_set (&storage->parts_are_changed, TRUE);
    }
  return open_file;
}

/* --- Without a name --- */

static int
make_nameless (void)
{
  g_autofree char *path = NULL;
  int fd = open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  /* Not every file system can. */
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
    {
      path = g_build_filename (g_get_tmp_dir (), "freshet-parts-XXXXXX", NULL);
      fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
      if (fd >= 0)
        unlink (path);
    }
  return fd;
}

/* -1 with errno. */
static int
need_nameless (BtStorage *storage)
{
  int fd = g_atomic_int_get (&storage->parts_fd);

  if (fd >= 0)
    return fd;
  fd = make_nameless ();
  if (fd >= 0 && !g_atomic_int_compare_and_exchange (&storage->parts_fd, -1, fd))
    {
      /* Another worker was quicker. */
      close (fd);
      fd = g_atomic_int_get (&storage->parts_fd);
    }
  return fd;
}

/* --- Both --- */

gboolean
bt_storage_parts_open (BtStorageJob    *job,
                       gboolean         for_writing,
                       BtStorageTarget *out_target)
{
  BtStorage *storage = job->storage;
  const char *path = storage->parts_path != NULL ? storage->parts_path : g_get_tmp_dir ();
  BtStorageTarget target = { .fd = -1, .path = path, .is_parts = TRUE };

  errno = ENOENT;
  if (storage->parts_path != NULL)
    target.open_file = acquire_parts (storage, for_writing);
  else
    target.fd = for_writing ? need_nameless (storage) : g_atomic_int_get (&storage->parts_fd);
  if (target.open_file != NULL)
    target.fd = bt_open_file_get_fd (target.open_file);
  if (target.fd < 0 && (for_writing || errno != ENOENT))
    return bt_storage_job_fail (job, BT_VERB_OPEN, path, errno);
  *out_target = target;
  return TRUE;
}

static gboolean
sync_folder (BtStorageJob *job)
{
  BtStorage *storage = job->storage;
  gboolean is_good;
  int fd = open (storage->parts_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return bt_storage_job_fail (job, BT_VERB_SYNC, storage->parts_folder, errno);
  is_good = bt_storage_sync_fd (job, storage->parts_folder, fd);
  close (fd);
  return is_good;
}

static gboolean
sync_bytes (BtStorageJob *job)
{
  BtStorageTarget target;
  gboolean is_good = TRUE;

  if (!bt_storage_parts_open (job, FALSE, &target))
    return FALSE;
  if (target.fd >= 0)
    is_good = bt_storage_sync_fd (job, target.path, target.fd);
  bt_storage_close_target (job, &target);
  return is_good;
}

gboolean
bt_storage_parts_sync (BtStorageJob *job)
{
  BtStorage *storage = job->storage;

  /* What has no name does not outlive us anyway. */
  if (storage->parts_path == NULL)
    return TRUE;
  if (g_atomic_int_compare_and_exchange (&storage->parts_are_changed, TRUE, FALSE) &&
      !sync_bytes (job))
    {
      g_atomic_int_set (&storage->parts_are_changed, TRUE);
      return FALSE;
    }
  if (g_atomic_int_compare_and_exchange (&storage->parts_are_made, TRUE, FALSE) &&
      !sync_folder (job))
    {
      g_atomic_int_set (&storage->parts_are_made, TRUE);
      return FALSE;
    }
  return TRUE;
}

void
bt_storage_parts_close (BtStorage *storage)
{
  int fd = g_atomic_int_get (&storage->parts_fd);

  g_atomic_int_set (&storage->parts_fd, -1);
  if (fd >= 0)
    close (fd);
}

/* --- Out of the parts --- */

/* `from` and `to`: bytes from the start of the torrent. */
static gboolean
copy_bytes (BtStorageJob          *job,
            BtDiskScratch         *scratch,
            const BtStorageTarget *parts,
            guint32                file,
            guint64                from,
            guint64                to)
{
  BtStorage *storage = job->storage;
  guint64 start = storage->files[file].offset;
  gboolean is_good = TRUE;
  guint64 at = from;
  BtOpenFile *open_file = bt_storage_open (job, file, TRUE);

  if (open_file == NULL)
    return FALSE;
  while (is_good && at < to)
    {
      struct iovec iovec = { scratch->buffer, MIN (to - at, COPY_BYTES) };
      const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
      ssize_t n_bytes = ops->preadv (parts->fd, &iovec, 1, (off_t) at);

      if (n_bytes == 0)
        break;
      if (n_bytes < 0 && errno != EINTR)
        is_good = bt_storage_job_fail (job, BT_VERB_READ, parts->path, errno);
      if (n_bytes < 0)
        continue;
      iovec.iov_len = (gsize) n_bytes;
      n_bytes = ops->pwritev (bt_open_file_get_fd (open_file), &iovec, 1, (off_t) (at - start));
      if (n_bytes > 0)
        at += (guint64) n_bytes;
      else if (n_bytes == 0 || errno != EINTR)
        is_good = bt_storage_job_fail (job, BT_VERB_WRITE,
                                       bt_storage_get_disk_path (storage, file),
                                       n_bytes == 0 ? EIO : errno);
    }
  bt_storage_mark (storage->changed, file);
  bt_file_pool_release (storage->pool, open_file);
  return is_good;
}

/* The next stretch of `fd` from `from` on that was ever written. FALSE: there is none before `end`. */
static gboolean
find_data (int      fd,
           guint64  from,
           guint64  end,
           guint64 *out_from,
           guint64 *out_to)
{
  off_t data = lseek (fd, (off_t) from, SEEK_DATA);
  off_t hole;

  /* Where the file system knows no holes, all is data. */
  if (data < 0 && errno != ENXIO)
    data = (off_t) from;
  if (data < 0 || (guint64) data >= end)
    return FALSE;
  hole = lseek (fd, data, SEEK_HOLE);
  *out_from = (guint64) data;
  *out_to = hole > data ? MIN ((guint64) hole, end) : end;
  return TRUE;
}

gboolean
bt_storage_parts_copy (BtStorageJob  *job,
                       BtDiskScratch *scratch,
                       guint32        file)
{
  guint64 at = job->storage->files[file].offset;
  guint64 end = at + job->storage->files[file].length;
  BtStorageTarget parts;
  gboolean is_good = TRUE;
  guint64 from;

  if (!bt_storage_parts_open (job, FALSE, &parts))
    return FALSE;
  while (is_good && parts.fd >= 0 && find_data (parts.fd, at, end, &from, &at))
    is_good = copy_bytes (job, scratch, &parts, file, from, at);
  bt_storage_close_target (job, &parts);
  return is_good;
}

static gboolean
exist (BtStorage *storage)
{
  return storage->parts_path != NULL ? access (storage->parts_path, F_OK) == 0
                                     : g_atomic_int_get (&storage->parts_fd) >= 0;
}

void
bt_storage_parts_remove (BtStorageJob  *job,
                         BtDiskScratch *scratch)
{
  BtStorage *storage = job->storage;

  if (!exist (storage))
    return;
  /* Else they go another time, and nobody misses anything. What has no name promised nothing. */
  if (storage->parts_path != NULL &&
      (bt_storage_run_sync (&job->base, scratch) != BT_STEP_DONE || job->error != NULL))
    {
      bt_storage_job_begin (job);
      return;
    }
  bt_file_pool_close_owner (storage->pool, storage);
  bt_storage_parts_close (storage);
  if (storage->parts_path != NULL)
    bt_file_pool_get_ops (storage->pool)->unlink (AT_FDCWD, storage->parts_path, 0);
}
