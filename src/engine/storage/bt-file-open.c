/* bt-file-open.c - opens files beneath a folder without following links, and the other system calls of the pool
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-pool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Set when the kernel has no openat2(). */
static int has_no_openat2;

/* Steps into one folder. Closes `dir_fd` when `is_owned`. */
static int
step_into (int         dir_fd,
           gboolean    is_owned,
           const char *name,
           gboolean    may_make)
{
  int fd = openat (dir_fd, name, FOLDER_FLAGS);
  int saved_errno;

  if (fd < 0 && errno == ENOENT && may_make &&
      (mkdirat (dir_fd, name, 0777) == 0 || errno == EEXIST))
    fd = openat (dir_fd, name, FOLDER_FLAGS);
  saved_errno = errno;
  if (is_owned)
    close (dir_fd);
  errno = saved_errno;
  return fd;
}

/* The metainfo has made paths safe; the kernel checks that again, and so do we where it does not. */
static gboolean
is_plain_name (const char *name)
{
  return name[0] != '\0' && strcmp (name, ".") != 0 && strcmp (name, "..") != 0;
}

int
bt_file_open_parent (int          dir_fd,
                     const char  *path,
                     gboolean     may_make,
                     const char **out_name)
{
  char name[NAME_MAX + 1];
  const char *slash = path;
  gboolean is_owned = FALSE;
  int error_number;

  while (slash != NULL)
    {
      gsize n_bytes;

      slash = strchr (path, '/');
      n_bytes = slash != NULL ? (gsize) (slash - path) : strlen (path);
      error_number = n_bytes > NAME_MAX ? ENAMETOOLONG : 0;
      memcpy (name, path, MIN (n_bytes, NAME_MAX));
      name[MIN (n_bytes, NAME_MAX)] = '\0';
      if (error_number == 0 && !is_plain_name (name))
        error_number = EXDEV;
      if (error_number != 0)
        {
          if (is_owned)
            close (dir_fd);
          errno = error_number;
          return -1;
        }
      if (slash == NULL)
        break;
      dir_fd = step_into (dir_fd, is_owned, name, may_make);
      if (dir_fd < 0)
        return -1;
      is_owned = TRUE;
      path = slash + 1;
    }

  *out_name = path;
  return dir_fd;
}

/* With O_CREAT, folders are made, too. */
int
bt_file_open_stepwise (int         dir_fd,
                       const char *path,
                       int         flags,
                       mode_t      mode)
{
  const char *name = NULL;
  int parent_fd = bt_file_open_parent (dir_fd, path, (flags & O_CREAT) != 0, &name);
  int saved_errno;
  int fd;

  if (parent_fd < 0)
    return -1;

  fd = openat (parent_fd, name, flags | O_NOFOLLOW, mode);
  saved_errno = errno;
  if (parent_fd != dir_fd)
    close (parent_fd);
  errno = saved_errno;
  return fd;
}

int
bt_file_open_root (const char *root,
                   gboolean    may_make)
{
  int fd = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 && errno == ENOENT && may_make && g_mkdir_with_parents (root, 0777) == 0)
    fd = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd;
}

int
bt_file_open_root_on (const char *root,
                      guint64     device,
                      gboolean    may_make)
{
  /* What a drive answers that was pulled out, or a server that is away. */
  static const int gone[] = { ENOENT, ENODEV, ENXIO, ENOTCONN, ESTALE };
  int fd = bt_file_open_root (root, may_make && device == 0);
  struct stat info;

  if (device == 0)
    return fd;
  if (fd >= 0)
    {
      if (fstat (fd, &info) == 0 && (guint64) info.st_dev == device)
        return fd;
      close (fd);
      errno = ENOMEDIUM;
      return -1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (gone); i++)
    if (errno == gone[i])
      {
        errno = ENOMEDIUM;
        break;
      }
  return -1;
}

static int
open_beneath (int         dir_fd,
              const char *path,
              int         flags,
              mode_t      mode)
{
  struct open_how how = {
    .flags = (guint64) flags,
    .mode = mode,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  int fd = -1;

  if (g_atomic_int_get (&has_no_openat2) != 0)
    return bt_file_open_stepwise (dir_fd, path, flags, mode);

  fd = (int) syscall (SYS_openat2, dir_fd, path, &how, sizeof how);
  if (fd >= 0)
    return fd;
  if (errno == ENOSYS)
    g_atomic_int_set (&has_no_openat2, 1);
  /* EPERM is also what sandboxes answer that do not know the call; ENOENT may be a folder to be made. */
  if (errno == ENOSYS || errno == EPERM || (errno == ENOENT && (flags & O_CREAT) != 0))
    return bt_file_open_stepwise (dir_fd, path, flags, mode);
  return -1;
}

static int
stat_name (int          dir_fd,
           const char  *name,
           struct stat *out_info)
{
  return fstatat (dir_fd, name, out_info, AT_SYMLINK_NOFOLLOW);
}

const BtFileOps bt_file_ops = {
  .open = open_beneath,
  .preadv = preadv,
  .pwritev = pwritev,
  .ftruncate = ftruncate,
  .fallocate = fallocate,
  .fsync = fsync,
  .stat = stat_name,
  .rename = renameat2,
  .unlink = unlinkat,
};
