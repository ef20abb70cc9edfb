/* bt-store-place.c - the store's file among its neighbours: the lock, the folder, what lies beside it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-store-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

gboolean
bt_store_place_fail (const char  *path,
                     int          number,
                     GError     **error)
{
  g_autofree char *name = g_filename_display_name (path);
  const char *reason = g_strerror (number);

  switch (number)
    {
    case EROFS:
    case EACCES:
    case EPERM:
      g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_READ_ONLY, _("“%s” cannot be written: %s"),
                   name, reason);
      break;
    case ENOSPC:
    case EDQUOT:
      g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_NO_SPACE,
                   _("There is no room on the disk for “%s”: %s"), name, reason);
      break;
    default:
      g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_FAILED,
                   _("Could not read or write “%s”: %s"), name, reason);
      break;
    }
  return FALSE;
}

/* Two names of one file must not be two stores. */
char *
bt_store_place_resolve (const char *path)
{
  char *real = realpath (path, NULL);
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  char *resolved;

  if (real != NULL)
    {
      resolved = g_strdup (real);
      free (real);
      return resolved;
    }
  folder = g_path_get_dirname (path);
  name = g_path_get_basename (path);
  real = realpath (folder, NULL);
  if (real == NULL)
    return g_canonicalize_filename (path, NULL);
  resolved = g_build_filename (real, name, NULL);
  free (real);
  return resolved;
}

int
bt_store_place_lock (const char  *path,
                     GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  g_autofree char *name = g_filename_display_name (path);
  int number;
  int fd;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      bt_store_place_fail (path, errno, error);
      return -1;
    }
  fd = open (lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      bt_store_place_fail (path, errno, error);
      return -1;
    }
  /* Of the open file, not of the process: a second open of our own meets it, too. The lock's file stays, because who
   * removes it may remove the one that somebody else has just locked. */
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  number = errno;
  close (fd);
  if (number == EWOULDBLOCK)
    g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_LOCKED,
                 _("“%s” is in use: Freshet is running already"), name);
  else
    bt_store_place_fail (path, number, error);
  return -1;
}

static gboolean
has_content (const char *path,
             const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  struct stat status;

  return stat (name, &status) == 0 && status.st_size > 0;
}

gboolean
bt_store_place_look (const char    *path,
                     BtStorePlace  *out_place,
                     GError       **error)
{
  g_auto (GStrv) copies = NULL;
  BtStorePlace place = { 0 };
  struct stat status;

  if (stat (path, &status) != 0)
    {
      if (errno != ENOENT)
        return bt_store_place_fail (path, errno, error);
    }
  else
    {
      if (!S_ISREG (status.st_mode))
        return bt_store_place_fail (path, S_ISDIR (status.st_mode) ? EISDIR : EINVAL, error);
      if (access (path, R_OK | W_OK) != 0)
        return bt_store_place_fail (path, errno, error);
      place.exists = TRUE;
      place.n_bytes = (guint64) status.st_size;
    }
  copies = bt_store_copies_find (path);
  place.has_log = has_content (path, "-wal");
  place.has_journal = has_content (path, "-journal");
  place.has_relics = copies[0] != NULL || (place.n_bytes == 0 && place.has_log);
  *out_place = place;
  return TRUE;
}

gboolean
bt_store_place_create (const char  *path,
                       GError     **error)
{
  int fd;

  if (unlink (path) != 0 && errno != ENOENT)
    return bt_store_place_fail (path, errno, error);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return bt_store_place_fail (path, errno, error);
  close (fd);
  return TRUE;
}

static gboolean
sync_path (const char  *path,
           int          flags,
           GError     **error)
{
  int fd = open (path, flags | O_RDONLY | O_CLOEXEC);
  int number = 0;

  if (fd < 0)
    return bt_store_place_fail (path, errno, error);
  /* Some file systems have nothing to say about a folder. */
  if (fsync (fd) != 0 && !((flags & O_DIRECTORY) != 0 && (errno == EINVAL || errno == ENOTSUP)))
    number = errno;
  close (fd);
  return number == 0 || bt_store_place_fail (path, number, error);
}

gboolean
bt_store_place_sync (const char  *path,
                     GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return sync_path (folder, O_DIRECTORY, error);
}

gboolean
bt_store_place_sync_file (const char  *path,
                          GError     **error)
{
  return sync_path (path, 0, error);
}
