/* freshet-file-rename.h - asks for another name of a file or a folder, and gives it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-file-tree.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* NULL: a file can be called so; else a sentence that says why not. (transfer full) */
char *freshet_file_rename_check   (const char      *name);
/* Over the window of `widget`, where it is said when it fails. `done` is called in the end when it has been renamed and
 * `widget` is still there. */
void  freshet_file_rename_present (GtkWidget       *widget,
                                   BtTorrent       *torrent,
                                   FreshetFileNode *node,
                                   void           (*done) (GtkWidget *widget));

G_END_DECLS
