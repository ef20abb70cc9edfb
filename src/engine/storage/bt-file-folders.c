/* bt-file-folders.c - names in folders: looked up, changed, made, synced and removed without following links
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-task-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ABOVE_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define SYNC_FLAGS  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static void
close_quietly (int fd)
{
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  errno = saved_errno;
}

/* NULL: the root itself. (transfer full) */
static char *
dup_above (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash != NULL ? g_strndup (path, (gsize) (slash - path)) : NULL;
}

static int
open_folder (const BtFileTaskOps *ops,
             int                  root_fd,
             const char          *path,
             int                  flags)
{
  /* "." is no path that may be looked up beneath a folder. */
  if (path == NULL)
    return openat (root_fd, ".", flags);
  return TEMP_FAILURE_RETRY (ops->open (root_fd, path, flags, 0));
}

int
bt_file_open_above (const BtFileTaskOps *ops,
                    int                  root_fd,
                    const char          *path,
                    const char         **out_name)
{
  g_autofree char *above = dup_above (path);
  int fd = open_folder (ops, root_fd, above, ABOVE_FLAGS);

  if (fd >= 0)
    *out_name = above != NULL ? path + strlen (above) + 1 : path;
  return fd;
}

int
bt_file_look (const BtFileTaskOps *ops,
              int                  root_fd,
              const char          *path,
              struct statx        *out_info)
{
  const char *name = NULL;
  int fd = bt_file_open_above (ops, root_fd, path, &name);
  int result;

  if (fd < 0)
    return -1;
  result = TEMP_FAILURE_RETRY (ops->statx (fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                                           STATX_BASIC_STATS, out_info));
  close_quietly (fd);
  return result;
}

static int
rename_in (const BtFileTaskOps *ops,
           int                  from_fd,
           const char          *from_name,
           int                  to_fd,
           const char          *to_name)
{
  int result = TEMP_FAILURE_RETRY (ops->rename (from_fd, from_name, to_fd, to_name,
                                                RENAME_NOREPLACE));
  struct statx info;

  /* NFS and most of FUSE. */
  if (result == 0 || (errno != EINVAL && errno != ENOSYS))
    return result;
  if (ops->statx (to_fd, to_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &info) == 0)
    errno = EEXIST;
  if (errno != ENOENT)
    return -1;
  return TEMP_FAILURE_RETRY (ops->rename (from_fd, from_name, to_fd, to_name, 0));
}

int
bt_file_rename (const BtFileTaskOps *ops,
                int                  from_root_fd,
                const char          *from_path,
                int                  to_root_fd,
                const char          *to_path)
{
  const char *from_name = NULL;
  const char *to_name = NULL;
  int from_fd = bt_file_open_above (ops, from_root_fd, from_path, &from_name);
  int to_fd = from_fd >= 0 ? bt_file_open_above (ops, to_root_fd, to_path, &to_name) : -1;
  int result = -1;

  if (to_fd >= 0)
    result = rename_in (ops, from_fd, from_name, to_fd, to_name);
  close_quietly (from_fd);
  close_quietly (to_fd);
  return result;
}

int
bt_file_unlink (const BtFileTaskOps *ops,
                int                  root_fd,
                const char          *path,
                int                  flags)
{
  const char *name = NULL;
  int fd = bt_file_open_above (ops, root_fd, path, &name);
  int result;

  if (fd < 0)
    return -1;
  result = TEMP_FAILURE_RETRY (ops->unlink (fd, name, flags));
  close_quietly (fd);
  return result;
}

int
bt_file_sync (const BtFileTaskOps *ops,
              int                  fd)
{
  int result = TEMP_FAILURE_RETRY (ops->fsync (fd));

  if (result < 0 && (errno == EINVAL || errno == EOPNOTSUPP))
    return 0;
  return result;
}

/* --- Making --- */

static int
make_folder (BtFileTask *self,
             int         dir_fd,
             const char *name,
             GPtrArray  *made,
             const char *path)
{
  if (self->ops->mkdir (dir_fd, name, 0777) < 0)
    return errno == EEXIST ? 0 : -1;
  g_ptr_array_add (made, g_strdup (path));
  return 0;
}

/* `path`: absolute. It may lead through links: that is the choice of who named the folder. */
static int
make_root (BtFileTask *self,
           const char *path)
{
  g_autofree char *above = NULL;
  struct statx info;

  if (self->ops->statx (AT_FDCWD, path, 0, STATX_TYPE, &info) == 0)
    return 0;
  above = g_path_get_dirname (path);
  if (errno != ENOENT || strcmp (above, path) == 0)
    return -1;
  if (make_root (self, above) < 0)
    return -1;
  return make_folder (self, AT_FDCWD, path, self->made_above, path);
}

int
bt_file_task_make_root (BtFileTask *self)
{
  if (self->to_fd >= 0)
    return 0;
  if (make_root (self, self->to_folder) < 0)
    return -1;
  self->to_fd = bt_file_open_root (self->to_folder, FALSE);
  return self->to_fd < 0 ? -1 : 0;
}

/* `folder`: beneath the target. */
static int
make_beneath (BtFileTask *self,
              const char *folder)
{
  const char *name = NULL;
  int fd = open_folder (self->ops, self->to_fd, folder, ABOVE_FLAGS);
  g_autofree char *above = NULL;
  int result;

  if (fd >= 0)
    {
      close_quietly (fd);
      return 0;
    }
  above = dup_above (folder);
  if (errno != ENOENT || (above != NULL && make_beneath (self, above) < 0))
    return -1;
  fd = bt_file_open_above (self->ops, self->to_fd, folder, &name);
  if (fd < 0)
    return -1;
  result = make_folder (self, fd, name, self->made_folders, folder);
  close_quietly (fd);
  return result;
}

int
bt_file_task_make_above (BtFileTask *self,
                         const char *path)
{
  g_autofree char *above = dup_above (path);

  if (above == NULL || g_hash_table_contains (self->seen, above))
    return 0;
  if (make_beneath (self, above) < 0)
    return -1;
  g_hash_table_add (self->seen, g_steal_pointer (&above));
  return 0;
}

void
bt_file_task_unmake (BtFileTask *self)
{
  /* What cannot be removed is not empty, or the disk has other troubles: the first error has been told. */
  for (guint i = self->made_folders->len; i > 0; i--)
    bt_file_unlink (self->ops, self->to_fd, self->made_folders->pdata[i - 1], AT_REMOVEDIR);
  for (guint i = self->made_above->len; i > 0; i--)
    self->ops->unlink (AT_FDCWD, self->made_above->pdata[i - 1], AT_REMOVEDIR);
}

/* --- Syncing and removing --- */

static int
sync_folder (BtFileTask *self,
             int         fd)
{
  int result = fd < 0 ? -1 : bt_file_sync (self->ops, fd);

  close_quietly (fd);
  return result;
}

int
bt_file_task_sync_above (BtFileTask *self,
                         int         root_fd,
                         const char *path)
{
  g_autofree char *folder = dup_above (path);

  for (;;)
    {
      const char *key = folder != NULL ? folder : "";
      char *above;

      if (g_hash_table_contains (self->seen, key))
        return 0;
      if (sync_folder (self, open_folder (self->ops, root_fd, folder, SYNC_FLAGS)) < 0)
        return -1;
      g_hash_table_add (self->seen, g_strdup (key));
      if (folder == NULL)
        return 0;
      above = dup_above (folder);
      g_free (folder);
      folder = above;
    }
}

int
bt_file_task_sync_made (BtFileTask *self)
{
  for (guint i = self->made_above->len; i > 0; i--)
    {
      g_autofree char *above = g_path_get_dirname (self->made_above->pdata[i - 1]);

      if (sync_folder (self, open (above, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return -1;
    }
  return 0;
}

void
bt_file_task_prune_above (BtFileTask *self,
                          int         root_fd,
                          const char *path)
{
  g_autofree char *folder = dup_above (path);

  while (folder != NULL)
    {
      char *above;

      /* A missing one may have gone with another file. */
      if (bt_file_unlink (self->ops, root_fd, folder, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return;
      above = dup_above (folder);
      g_free (folder);
      folder = above;
    }
}
