/* bt-storage-change.c - what needs the files for itself: renaming them, and giving them to others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static BtStorageJob *
exclusive_job_new (BtStorage     *storage,
                   BtDiskStep   (*run) (BtDiskJob     *job,
                                        BtDiskScratch *scratch),
                   BtStorageFunc  func,
                   gpointer       user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, run, BT_ROLE_FILE, 0);

  job->is_exclusive = TRUE;
  job->func = func;
  job->user_data = user_data;
  return job;
}

/* --- Names beneath the root. All -1 with errno. --- */

static int
rename_at (const BtFileOps *ops,
           int              from_fd,
           const char      *from_name,
           int              to_fd,
           const char      *to_name)
{
  struct stat info;
  int result;

  do
    result = ops->rename (from_fd, from_name, to_fd, to_name, RENAME_NOREPLACE);
  while (result < 0 && errno == EINTR);
  if (result == 0 || (errno != EINVAL && errno != ENOSYS))
    return result;

  /* Not every file system can promise it; then we look. */
  if (ops->stat (to_fd, to_name, &info) == 0)
    {
      errno = EEXIST;
      return -1;
    }
  return errno == ENOENT ? ops->rename (from_fd, from_name, to_fd, to_name, 0) : -1;
}

static void
close_parent (int parent_fd,
              int root_fd)
{
  int saved_errno = errno;

  if (parent_fd >= 0 && parent_fd != root_fd)
    close (parent_fd);
  errno = saved_errno;
}

static int
rename_beneath (const BtFileOps *ops,
                int              root_fd,
                const char      *from,
                const char      *to)
{
  const char *from_name = NULL;
  const char *to_name = NULL;
  int from_fd = bt_file_open_parent (root_fd, from, FALSE, &from_name);
  int to_fd = from_fd >= 0 ? bt_file_open_parent (root_fd, to, TRUE, &to_name) : -1;
  int result = -1;

  if (to_fd >= 0)
    result = rename_at (ops, from_fd, from_name, to_fd, to_name);
  close_parent (from_fd, root_fd);
  close_parent (to_fd, root_fd);
  return result;
}

/* 1: something is there, whatever it is; 0: nothing. */
static int
look_beneath (const BtFileOps *ops,
              int              root_fd,
              const char      *path)
{
  const char *name = NULL;
  int parent_fd = bt_file_open_parent (root_fd, path, FALSE, &name);
  struct stat info;
  int result = parent_fd;

  if (parent_fd >= 0)
    do
      result = ops->stat (parent_fd, name, &info);
    while (result < 0 && errno == EINTR);
  close_parent (parent_fd, root_fd);
  if (result < 0)
    return errno == ENOENT ? 0 : -1;
  return 1;
}

/* The folders above `path`, from the inside out, as long as they are empty; never the root. */
static void
remove_empty_folders (const BtFileOps *ops,
                      int              root_fd,
                      const char      *path)
{
  g_autofree char *folder = g_strdup (path);
  char *slash;

  while ((slash = strrchr (folder, '/')) != NULL)
    {
      const char *name = NULL;
      int parent_fd;
      int result = -1;

      *slash = '\0';
      parent_fd = bt_file_open_parent (root_fd, folder, FALSE, &name);
      if (parent_fd >= 0)
        result = ops->unlink (parent_fd, name, AT_REMOVEDIR);
      close_parent (parent_fd, root_fd);
      if (result < 0)
        return;
    }
}

/* --- What a file is called on disk --- */

/* Says in the job whether the file is there, and with the suffix. FALSE: the job has an error. */
static gboolean
find_file (BtStorageJob *job,
           int           root_fd)
{
  BtStorage *storage = job->storage;
  const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
  const char *path = bt_storage_get_path (storage, job->file);
  const char *disk_path = bt_storage_get_disk_path (storage, job->file);
  g_autofree char *suffixed = g_strconcat (path, BT_STORAGE_SUFFIX, NULL);
  int result = look_beneath (ops, root_fd, disk_path);

  job->is_found = result > 0;
  job->was_suffixed = disk_path != path;
  /* Nobody has looked yet what it is called. */
  if (result == 0 && disk_path == path && bt_storage_can_suffix (storage, job->file))
    {
      result = look_beneath (ops, root_fd, suffixed);
      job->is_found = job->was_suffixed = result > 0;
    }
  if (result < 0)
    return bt_storage_job_fail (job, BT_VERB_RENAME, disk_path, errno);
  return TRUE;
}

/* For the folders to be synced, but not as a file that is new. */
static void
mark_renamed (BtStorageJob *job)
{
  if (job->is_found)
    bt_storage_mark (job->storage->made, job->file);
}

/* --- Completing --- */

static gboolean
complete_file (BtStorageJob *job,
               int           root_fd)
{
  BtStorage *storage = job->storage;
  const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
  const char *path = bt_storage_get_path (storage, job->file);
  g_autofree char *suffixed = g_strconcat (path, BT_STORAGE_SUFFIX, NULL);

  if (!find_file (job, root_fd))
    return FALSE;
  if (!job->was_suffixed)
    return TRUE;
  if (rename_beneath (ops, root_fd, suffixed, path) == 0)
    {
      job->is_found = TRUE;
      return TRUE;
    }
  /* Somebody else has done it. */
  if (errno == ENOENT && look_beneath (ops, root_fd, path) > 0)
    return TRUE;
  return bt_storage_job_fail (job, BT_VERB_RENAME, suffixed, errno);
}

static BtDiskStep
run_complete (BtDiskJob     *job,
              BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  int root_fd;

  bt_storage_job_begin (self);
  root_fd = bt_storage_open_root (self->storage, FALSE);
  if (root_fd < 0)
    {
      bt_storage_job_fail (self, BT_VERB_RENAME, NULL, errno);
      return bt_storage_job_get_step (self);
    }
  complete_file (self, root_fd);
  close (root_fd);
  return bt_storage_job_get_step (self);
}

static void
apply_complete (BtStorageJob *job)
{
  if (!job->was_suffixed)
    return;
  bt_storage_take_suffixed (job->storage, job->file, NULL);
  mark_renamed (job);
}

void
bt_storage_complete_file (BtStorage     *storage,
                          guint32        file,
                          BtStorageFunc  func,
                          gpointer       user_data)
{
  BtStorageJob *job = exclusive_job_new (storage, run_complete, func, user_data);

  g_assert (file < storage->n_files);
  job->file = file;
  job->apply = apply_complete;
  bt_storage_job_submit (job);
}

/* --- Renaming --- */

/* Whether one is the other, or a folder on the way to it, also where case makes no difference. */
static gboolean
collide (const char *a,
         const char *b)
{
  gsize n_a = strlen (a);
  gsize n_b = strlen (b);
  gsize n = MIN (n_a, n_b);

  return g_ascii_strncasecmp (a, b, n) == 0 && (a[n] == '\0' || a[n] == '/') &&
         (b[n] == '\0' || b[n] == '/');
}

static gboolean
collides_with_others (BtStorage  *storage,
                      guint32     file,
                      const char *path)
{
  for (guint32 i = 0; i < storage->n_files; i++)
    if (i != file && bt_storage_is_on_disk (storage, i) &&
        (collide (bt_storage_get_path (storage, i), path) ||
         collide (bt_storage_get_disk_path (storage, i), path)))
      return TRUE;
  return FALSE;
}

/* FALSE: the job has an error. With the suffix, both names must be free: the plain one would count. */
static gboolean
check_target (BtStorageJob *job,
              int           root_fd,
              const char   *target)
{
  BtStorage *storage = job->storage;
  const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
  const char *const paths[] = { job->path, target };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      int result = 1;

      if (!collides_with_others (storage, job->file, paths[i]))
        result = look_beneath (ops, root_fd, paths[i]);
      if (result != 0)
        return bt_storage_job_fail (job, BT_VERB_RENAME, paths[i], result > 0 ? EEXIST : errno);
    }
  return TRUE;
}

static gboolean
rename_file (BtStorageJob *job,
             int           root_fd)
{
  BtStorage *storage = job->storage;
  const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
  const char *path = bt_storage_get_path (storage, job->file);
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  if (!find_file (job, root_fd))
    return FALSE;
  from = g_strconcat (path, job->was_suffixed ? BT_STORAGE_SUFFIX : NULL, NULL);
  to = g_strconcat (job->path, job->was_suffixed ? BT_STORAGE_SUFFIX : NULL, NULL);
  if (!check_target (job, root_fd, to))
    return FALSE;
  if (!job->is_found)
    return TRUE;
  if (rename_beneath (ops, root_fd, from, to) < 0)
    {
      bt_storage_job_fail (job, BT_VERB_RENAME, from, errno);
      remove_empty_folders (ops, root_fd, to);
      return FALSE;
    }
  remove_empty_folders (ops, root_fd, from);
  return TRUE;
}

static BtDiskStep
run_rename (BtDiskJob     *job,
            BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  int root_fd;

  bt_storage_job_begin (self);
  /* Done before. */
  if (strcmp (self->path, bt_storage_get_path (self->storage, self->file)) == 0)
    return BT_STEP_DONE;
  root_fd = bt_storage_open_root (self->storage, FALSE);
  if (root_fd < 0 && errno == ENOENT)
    {
      /* No root, no files. */
      if (collides_with_others (self->storage, self->file, self->path))
        bt_storage_job_fail (self, BT_VERB_RENAME, self->path, EEXIST);
      return BT_STEP_DONE;
    }
  if (root_fd < 0)
    {
      bt_storage_job_fail (self, BT_VERB_RENAME, NULL, errno);
      return bt_storage_job_get_step (self);
    }
  rename_file (self, root_fd);
  close (root_fd);
  return bt_storage_job_get_step (self);
}

static void
apply_rename (BtStorageJob *job)
{
  BtStorage *storage = job->storage;
  char *suffixed = NULL;

  if (strcmp (job->path, bt_storage_get_path (storage, job->file)) == 0)
    return;
  bt_storage_set_path (storage, job->file, job->path);
  if (job->is_found && job->was_suffixed)
    suffixed = g_strconcat (job->path, BT_STORAGE_SUFFIX, NULL);
  bt_storage_take_suffixed (storage, job->file, NULL);
  bt_storage_take_suffixed (storage, job->file, suffixed);
  mark_renamed (job);
}

void
bt_storage_rename_file (BtStorage     *storage,
                        guint32        file,
                        const char    *path,
                        BtStorageFunc  func,
                        gpointer       user_data)
{
  BtStorageJob *job = exclusive_job_new (storage, run_rename, func, user_data);

  g_assert (file < storage->n_files);
  job->file = file;
  job->path = g_strdup (path);
  job->apply = apply_rename;
  bt_storage_job_submit (job);
}

/* --- What is wanted --- */

/* A file that was made and could not be filled would hide what the parts have of it. */
static void
unmake_file (BtStorage *storage,
             guint32    file)
{
  const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
  const char *path = bt_storage_get_disk_path (storage, file);
  int root_fd = bt_storage_open_root (storage, FALSE);
  const char *name = NULL;
  int parent_fd;

  if (root_fd < 0)
    return;
  parent_fd = bt_file_open_parent (root_fd, path, FALSE, &name);
  if (parent_fd >= 0 && ops->unlink (parent_fd, name, 0) == 0)
    {
      remove_empty_folders (ops, root_fd, path);
      bt_storage_unmark (storage->made, file);
      bt_storage_unmark (storage->changed, file);
      bt_storage_unmark (storage->ours, file);
      bt_storage_take_suffixed (storage, file, NULL);
    }
  close_parent (parent_fd, root_fd);
  close (root_fd);
  bt_file_pool_close_owner (storage->pool, storage);
}

gboolean
bt_storage_take_up_file (BtStorageJob  *job,
                         BtDiskScratch *scratch,
                         guint32        file)
{
  BtStorage *storage = job->storage;
  BtOpenFile *open_file = bt_storage_acquire (storage, file, FALSE, FALSE);
  gboolean is_there = open_file != NULL;
  gboolean is_good;

  if (!is_there && errno != ENOENT)
    return bt_storage_job_fail (job, BT_VERB_OPEN, bt_storage_get_disk_path (storage, file), errno);
  if (is_there)
    bt_file_pool_release (storage->pool, open_file);
  is_good = bt_storage_prepare_file (job, file);
  if (is_good && !is_there && storage->has_parts)
    is_good = bt_storage_parts_copy (job, scratch, file);
  if (!is_good && !is_there)
    unmake_file (storage, file);
  return is_good;
}

static BtDiskStep
run_change_wanted (BtDiskJob     *job,
                   BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  BtStorage *storage = self->storage;

  bt_storage_job_begin (self);
  for (; self->next_file < storage->n_files; self->next_file++)
    if (bt_storage_is_on_disk (storage, self->next_file) &&
        bt_bitfield_get (&self->wanted, self->next_file) &&
        !bt_bitfield_get (&storage->wanted, self->next_file) &&
        !bt_storage_take_up_file (self, scratch, self->next_file))
      return bt_storage_job_get_step (self);
  if (storage->has_parts && bt_bitfield_is_full (&self->wanted))
    bt_storage_parts_remove (self, scratch);
  return BT_STEP_DONE;
}

static void
apply_wanted (BtStorageJob *job)
{
  bt_bitfield_copy (&job->storage->wanted, &job->wanted);
}

void
bt_storage_change_wanted (BtStorage        *storage,
                          const BtBitfield *wanted,
                          BtStorageFunc     func,
                          gpointer          user_data)
{
  BtStorageJob *job = exclusive_job_new (storage, run_change_wanted, func, user_data);

  g_assert (wanted->n_bits == storage->n_files);
  bt_bitfield_copy (&job->wanted, wanted);
  job->apply = apply_wanted;
  bt_storage_job_submit (job);
}

/* --- Giving the files to others --- */

BtDiskStep
bt_storage_run_hold (BtDiskJob     *job,
                     BtDiskScratch *scratch)
{
  BtStorage *storage = ((BtStorageJob *) job)->storage;

  bt_file_pool_close_owner (storage->pool, storage);
  return BT_STEP_DONE;
}

void
bt_storage_hold (BtStorage     *storage,
                 BtStorageFunc  func,
                 gpointer       user_data)
{
  bt_storage_job_submit (exclusive_job_new (storage, bt_storage_run_hold, func, user_data));
}

void
bt_storage_release (BtStorage  *storage,
                    const char *new_root,
                    guint64     new_device)
{
  g_assert (storage->is_held);
  if (new_root != NULL)
    {
      g_free (storage->root);
      storage->root = g_strdup (new_root);
    }
  if (new_root != NULL || new_device != 0)
    storage->device = new_device;
  storage->is_held = storage->is_fenced = FALSE;
  bt_storage_advance (storage);
}
