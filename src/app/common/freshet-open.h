/* freshet-open.h - files in the programs that show them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* `path` of a file or a folder; while it is incomplete it may be called `path` with ".part" behind. Nothing here waits;
 * what fails is said in the window of `widget`. */

/* In the program that the person has for it. */
void freshet_open_file (GtkWidget  *widget,
                        const char *path);
/* Of a torrent's file, or of the folder of all its files. (transfer full) */
char *freshet_open_dup_path (BtTorrent *torrent);
/* Selected in the file manager; when it is not there yet, the folder where it will be. */
void freshet_open_show (GtkWidget  *widget,
                        const char *path);

G_END_DECLS
