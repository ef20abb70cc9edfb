/* freshet-file-wishes.h - gives files another priority, and takes it back
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-file-tree.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* All files in `nodes` (of FreshetFileNode) get `priority`; with `only_skipped` those that are wanted already are left
 * alone. The tree shows it at once. Skipping is told by a toast in the window of `widget`, with Undo. */
void freshet_file_wishes_set (GtkWidget       *widget,
                              BtTorrent       *torrent,
                              FreshetFileTree *tree,
                              GPtrArray       *nodes,
                              BtPriority       priority,
                              gboolean         only_skipped);

G_END_DECLS
