/* cli-folder.h - the folder of the data: there and writable before anything starts, gone again when nothing came of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CLI_FOLDER_MAX_MADE 256  /* folders above one another that are made in one go */

typedef struct
{
  char      *path;  /* owned; absolute */
  GPtrArray *made;  /* owned; folders that were made, the outermost first */
} CliFolder;

/* Makes the folder when it is missing. Errors: G_IO_ERROR, in one sentence; nothing is left behind then. */
gboolean cli_folder_prepare (CliFolder   *folder,
                             const char  *path,
                             GError     **error);
/* The folder need not exist nor be writable. */
void     cli_folder_use     (CliFolder   *folder,
                             const char  *path);
/* Removes what was made, as far as it is empty. */
void     cli_folder_undo    (CliFolder   *folder);
void     cli_folder_clear   (CliFolder   *folder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliFolder, cli_folder_clear)

G_END_DECLS
