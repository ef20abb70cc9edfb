/* freshet-add-files.h - which files of a torrent are wanted: a tree with check boxes, and a filter
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "details/freshet-file-tree.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_ADD_FILES (freshet_add_files_get_type ())

G_DECLARE_FINAL_TYPE (FreshetAddFiles, freshet_add_files, FRESHET, ADD_FILES, GtkBox)

/* Shows, and changes, which files of `tree` (kept) are wanted; NULL: there is nothing to show, or with `is_waiting`,
 * not yet. */
void freshet_add_files_set_tree (FreshetAddFiles *self,
                                 FreshetFileTree *tree,
                                 gboolean         is_waiting);

G_END_DECLS
