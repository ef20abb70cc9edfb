/* freshet-path-row.h - a row of preferences with a folder or a file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_PATH_ROW (freshet_path_row_get_type ())

G_DECLARE_FINAL_TYPE (FreshetPathRow, freshet_path_row, FRESHET, PATH_ROW, AdwActionRow)

/* Properties, all writable:
 *   chooses-file (boolean): a file, else a folder
 *   default-words (string): what the button says when nothing is chosen
 *   path (string, nullable, notified): a file name in GLib's encoding
 */

G_END_DECLS
