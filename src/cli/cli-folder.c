/* cli-folder.c - the folder of the data: there and writable before anything starts, gone again when nothing came of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-folder.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

static gboolean
fail (GError     **error,
      int          number,
      const char  *format,
      const char  *path)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s: %s", shown, format,
               g_strerror (number));
  return FALSE;
}

void
cli_folder_use (CliFolder  *folder,
                const char *path)
{
  folder->path = g_canonicalize_filename (path, NULL);
  folder->made = g_ptr_array_new_with_free_func (g_free);
}

/* Makes `path` and what is missing above it. */
static gboolean
make_missing (CliFolder   *folder,
              const char  *path,
              guint        n_above,
              GError     **error)
{
  if (g_mkdir (path, 0777) == 0)
    {
      g_ptr_array_add (folder->made, g_strdup (path));
      return TRUE;
    }
  if (errno == ENOENT && n_above < CLI_FOLDER_MAX_MADE)
    {
      g_autofree char *parent = g_path_get_dirname (path);

      if (!make_missing (folder, parent, n_above + 1, error))
        return FALSE;
      if (g_mkdir (path, 0777) == 0)
        {
          g_ptr_array_add (folder->made, g_strdup (path));
          return TRUE;
        }
    }
  return errno == EEXIST || fail (error, errno, _("the folder cannot be made"), path);
}

gboolean
cli_folder_prepare (CliFolder   *folder,
                    const char  *path,
                    GError     **error)
{
  cli_folder_use (folder, path);
  if (!g_file_test (folder->path, G_FILE_TEST_EXISTS) &&
      !make_missing (folder, folder->path, 0, error))
    {
      cli_folder_undo (folder);
      return FALSE;
    }
  if (!g_file_test (folder->path, G_FILE_TEST_IS_DIR))
    return fail (error, ENOTDIR, _("no data can be put there"), folder->path);
  if (access (folder->path, W_OK | X_OK) != 0)
    return fail (error, errno, _("the folder cannot be written to"), folder->path);
  return TRUE;
}

void
cli_folder_undo (CliFolder *folder)
{
  while (folder->made->len > 0)
    {
      g_autofree char *path = g_ptr_array_steal_index (folder->made, folder->made->len - 1);

      if (g_rmdir (path) != 0)
        break;
    }
  g_ptr_array_set_size (folder->made, 0);
}

void
cli_folder_clear (CliFolder *folder)
{
  g_free (folder->path);
  g_clear_pointer (&folder->made, g_ptr_array_unref);
}
