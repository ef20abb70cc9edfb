/* cli-files.c - a torrent's files on the disk, judged by their sizes alone
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-files.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

gboolean
cli_files_is_real (const BtFile *file)
{
  return (file->flags & (BT_FILE_PAD | BT_FILE_SYMLINK)) == 0;
}

static CliFileState
look_at (const char   *folder,
         const BtFile *file,
         guint64      *out_bytes)
{
  g_autofree char *path = g_build_filename (folder, file->path, NULL);
  GStatBuf found;

  *out_bytes = 0;
  if (g_lstat (path, &found) != 0)
    return CLI_FILE_MISSING;
  if (!S_ISREG (found.st_mode))
    return CLI_FILE_STRANGE;
  *out_bytes = (guint64) found.st_size;
  if (*out_bytes == file->length)
    return CLI_FILE_RIGHT;
  return *out_bytes < file->length ? CLI_FILE_SHORT : CLI_FILE_LONG;
}

CliFileState
cli_files_look (const char   *folder,
                const BtFile *file)
{
  guint64 bytes;

  return look_at (folder, file, &bytes);
}

guint64
cli_files_count_missing (const BtMetainfo *metainfo,
                         const char       *folder,
                         guint            *out_n_files)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);
  guint64 n_missing = 0;

  *out_n_files = 0;
  for (guint32 i = 0; i < n_files; i++)
    {
      CliFileState state;
      guint64 bytes;

      if (!cli_files_is_real (&files[i]) || files[i].length == 0)
        continue;
      state = look_at (folder, &files[i], &bytes);
      if (state == CLI_FILE_RIGHT || state == CLI_FILE_LONG)
        continue;
      n_missing += files[i].length - bytes;
      ++*out_n_files;
    }
  return n_missing;
}
