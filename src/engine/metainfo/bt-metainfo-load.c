/* bt-metainfo-load.c - a .torrent from a file: the one place of this room that touches the disk to read
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo.h"

#include "bt-metainfo-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
fail_errno (GError     **error,
            int          number,
            const char  *path)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", name,
               g_strerror (number));
  return FALSE;
}

/* Reads a regular file of at most BT_METAINFO_MAX_BYTES. */
static gboolean
read_all (int           fd,
          const char   *path,
          GByteArray   *out_bytes,
          GError      **error)
{
  struct stat status;
  gsize       n_read = 0;

  if (fstat (fd, &status) != 0)
    return fail_errno (error, errno, path);
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _("%s is not a file"), path);
      return FALSE;
    }
  if (status.st_size > BT_METAINFO_MAX_BYTES)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE,
                             _("not a torrent: more than %u MiB"),
                             BT_METAINFO_MAX_BYTES / (1024 * 1024));
  g_byte_array_set_size (out_bytes, (guint) status.st_size);
  while (n_read < out_bytes->len)
    {
      gssize n = read (fd, out_bytes->data + n_read, out_bytes->len - n_read);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, errno, path);
      if (n == 0)
        break;
      n_read += (gsize) n;
    }
  g_byte_array_set_size (out_bytes, (guint) n_read);
  return TRUE;
}

BtMetainfo *
bt_metainfo_new_from_file (const char  *path,
                           GError     **error)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  g_autoptr (GBytes)     bytes = NULL;
  gboolean               is_read;
  /* Not waiting for the other end of a pipe. */
  int                    fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0)
    {
      fail_errno (error, errno, path);
      return NULL;
    }
  is_read = read_all (fd, path, array, error);
  close (fd);
  if (!is_read)
    return NULL;
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&array));
  return bt_metainfo_new_from_bytes (bytes, error);
}
