/* freshet-view-menu.h - how the list is shown: its face, its order, the table's columns
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The actions behind both menus, kept in the settings: view (string), sort-by (string), sort-descending (boolean), and
 * column-ID (boolean) for every column. */
void        freshet_view_menu_add_actions (GActionMap *map,
                                           GSettings  *settings);
/* Faces, order and columns, of win.*. (transfer full) */
GMenuModel *freshet_view_menu_new         (void);
/* Only which columns there are. (transfer full) */
GMenuModel *freshet_view_menu_new_columns (void);

G_END_DECLS
