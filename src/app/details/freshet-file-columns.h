/* freshet-file-columns.h - the columns of a table of files
 *
 * The view's model is a GtkTreeListModel of FreshetFileNode.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-file-tree.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A person ticked or cleared the check box of `node`, a file or a folder. */
typedef void (*FreshetFileToggledFunc) (FreshetFileNode *node,
                                        gboolean         is_wanted,
                                        gpointer         user_data);

/* Folders to unfold, a check box, an icon and the name. What is unfolded is kept in the nodes. */
void        freshet_file_columns_add_name     (GtkColumnView          *view,
                                               FreshetFileToggledFunc  func,
                                               gpointer                user_data);
void        freshet_file_columns_add_size     (GtkColumnView          *view);
void        freshet_file_columns_add_progress (GtkColumnView          *view);
void        freshet_file_columns_add_done     (GtkColumnView          *view);
/* A button in each row that selects it and shows `menu`, which stays as long as the view. */
void        freshet_file_columns_add_priority (GtkColumnView          *view,
                                               GMenuModel             *menu);
/* "High"; also FRESHET_PRIORITY_MIXED. Static. */
const char *freshet_file_columns_get_word     (int                     priority);
/* Unfolds what is to be: while searching what was found, but not more than some hundred rows; else what was. */
void        freshet_file_columns_unfold       (GtkTreeListModel       *model,
                                               FreshetFileTree        *tree,
                                               gboolean                is_searching);

G_END_DECLS
