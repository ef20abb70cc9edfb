/* bt-storage-stat.c - looks at the files without opening them: what is there, and since when
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

/* Then other jobs have their turn. */
#define FILES_PER_RUN 4096u

/* The folder of the file looked at last; the next is mostly in the same one. */
typedef struct
{
  const BtFileOps *ops;           /* borrowed */
  int              root_fd;       /* owned */
  int              fd;            /* owned, unless it is root_fd; -1: not there */
  char            *path;          /* owned; NULL: none yet */
  int              error_number;  /* why it is not there */
} Folder;

static void
folder_close (Folder *folder)
{
  if (folder->path != NULL && folder->fd >= 0 && folder->fd != folder->root_fd)
    close (folder->fd);
  g_clear_pointer (&folder->path, g_free);
}

/* FALSE with errno: it is not there. */
static gboolean
folder_open_for (Folder      *folder,
                 const char  *path,
                 const char **out_name)
{
  const char *slash = strrchr (path, '/');
  gsize n_bytes = slash != NULL ? (gsize) (slash - path) : 0;

  *out_name = slash != NULL ? slash + 1 : path;
  if (folder->path == NULL || strlen (folder->path) != n_bytes ||
      memcmp (folder->path, path, n_bytes) != 0)
    {
      folder_close (folder);
      folder->path = g_strndup (path, n_bytes);
      folder->fd = folder->root_fd;
      if (n_bytes > 0)
        do
          folder->fd = folder->ops->open (folder->root_fd, folder->path,
                                          O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
        while (folder->fd < 0 && errno == EINTR);
      folder->error_number = errno;
    }
  errno = folder->error_number;
  return folder->fd >= 0;
}

/* What stands in the way of a file being there is as good as nothing. */
static gboolean
is_missing (int error_number)
{
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP ||
         error_number == EXDEV || error_number == ENAMETOOLONG;
}

/* FALSE with errno when it cannot be known. */
static gboolean
look_at (Folder      *folder,
         const char  *path,
         BtFileStamp *out_stamp)
{
  const char *name = NULL;
  struct stat info;
  int result = -1;

  *out_stamp = (BtFileStamp) { -1, 0 };
  do
    if (folder_open_for (folder, path, &name))
      result = folder->ops->stat (folder->fd, name, &info);
  while (result < 0 && errno == EINTR);
  if (result < 0)
    return is_missing (errno);
  if (S_ISREG (info.st_mode))
    *out_stamp = (BtFileStamp) {
      info.st_size,
      info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec,
    };
  return TRUE;
}

/* FALSE with errno. When both names are there, the plain one counts. */
static gboolean
look_at_both (BtStorage   *storage,
              Folder      *folder,
              guint32      file,
              BtFileStamp *out_stamp,
              gboolean    *out_is_suffixed)
{
  const char *path = bt_storage_get_path (storage, file);
  g_autofree char *suffixed = NULL;

  *out_is_suffixed = FALSE;
  if (!look_at (folder, path, out_stamp))
    return FALSE;
  if (out_stamp->bytes >= 0 || !bt_storage_can_suffix (storage, file))
    return TRUE;
  suffixed = g_strconcat (path, BT_STORAGE_SUFFIX, NULL);
  if (!look_at (folder, suffixed, out_stamp))
    return FALSE;
  *out_is_suffixed = out_stamp->bytes >= 0;
  return TRUE;
}

static gboolean
look_at_file (BtStorageJob *job,
              Folder       *folder,
              guint32       file)
{
  BtStorage *storage = job->storage;
  const char *path = bt_storage_get_disk_path (storage, file);
  BtFileStamp *stamp = &job->stamps[file];
  gboolean is_suffixed = FALSE;
  gboolean is_known;

  *stamp = (BtFileStamp) { -1, 0 };
  if (!bt_storage_is_on_disk (storage, file))
    return TRUE;
  /* Others may be writing to the one that is known. */
  if (!job->is_exclusive && path != bt_storage_get_path (storage, file))
    is_known = look_at (folder, path, stamp);
  else
    is_known = look_at_both (storage, folder, file, stamp, &is_suffixed);
  if (!is_known)
    return bt_storage_job_fail (job, BT_VERB_LOOK, path, errno);
  if (is_suffixed)
    bt_bitfield_set (&job->suffixed, file);
  return TRUE;
}

static void
apply_suffixed (BtStorageJob *job)
{
  bt_storage_set_suffixed (job->storage, &job->suffixed);
}

static void
look_at_nothing (BtStorageJob *job)
{
  for (guint32 i = 0; i < job->storage->n_files; i++)
    job->stamps[i] = (BtFileStamp) { -1, 0 };
}

static BtDiskStep
run_stat (BtDiskJob     *job,
                     BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  BtStorage *storage = self->storage;
  Folder folder = { .ops = bt_file_pool_get_ops (storage->pool) };
  guint32 end = MIN (storage->n_files - self->next_file, FILES_PER_RUN) + self->next_file;
  gboolean is_good = TRUE;

  bt_storage_job_begin (self);
  if (self->stamps == NULL)
    {
      self->stamps = g_new (BtFileStamp, storage->n_files);
      bt_bitfield_init (&self->suffixed, storage->n_files);
    }
  folder.root_fd = bt_storage_open_root (storage, FALSE);
  if (folder.root_fd < 0)
    {
      if (is_missing (errno))
        look_at_nothing (self);
      else
        bt_storage_job_fail (self, BT_VERB_LOOK, NULL, errno);
      return bt_storage_job_get_step (self);
    }

  for (; is_good && self->next_file < end; self->next_file += is_good)
    is_good = look_at_file (self, &folder, self->next_file);
  folder_close (&folder);
  close (folder.root_fd);
  if (!is_good)
    return bt_storage_job_get_step (self);
  return self->next_file < storage->n_files ? BT_STEP_AGAIN : BT_STEP_DONE;
}

static BtDiskStep
run_sync_and_stat (BtDiskJob     *job,
                   BtDiskScratch *scratch)
{
  BtDiskStep step = bt_storage_run_sync (job, scratch);

  if (step != BT_STEP_DONE || ((BtStorageJob *) job)->error != NULL)
    return step;
  job->run = run_stat;
  return BT_STEP_AGAIN;
}

void
bt_storage_stat (BtStorage    *storage,
                 BtStampsFunc  func,
                 gpointer      user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, run_stat, BT_ROLE_FILE, 0);

  job->is_exclusive = TRUE;
  job->apply = apply_suffixed;
  job->stamps_func = func;
  job->user_data = user_data;
  bt_storage_job_submit (job);
}

/* Does not wait for calls under way: a checkpoint is not to stop a download. What they write shows as a later time. */
void
bt_storage_sync_and_stat (BtStorage    *storage,
                          BtStampsFunc  func,
                          gpointer      user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, run_sync_and_stat, BT_ROLE_FILE, 0);

  job->base.lane = &storage->sync_lane;
  job->stamps_func = func;
  job->user_data = user_data;
  bt_storage_job_submit (job);
}

gboolean
bt_storage_has_data (BtStorage *storage)
{
  Folder folder = { .ops = bt_file_pool_get_ops (storage->pool) };
  gboolean has_data = FALSE;

  folder.root_fd = bt_storage_open_root (storage, FALSE);
  if (folder.root_fd < 0)
    return FALSE;
  for (guint32 i = 0; !has_data && i < storage->n_files; i++)
    {
      BtFileStamp stamp = { -1, 0 };
      gboolean is_suffixed = FALSE;

      if (bt_storage_is_on_disk (storage, i) && storage->files[i].length > 0)
        has_data = look_at_both (storage, &folder, i, &stamp, &is_suffixed) && stamp.bytes >= 0;
    }
  folder_close (&folder);
  close (folder.root_fd);
  return has_data;
}
