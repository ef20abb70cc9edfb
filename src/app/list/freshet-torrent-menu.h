/* freshet-torrent-menu.h - what can be done with the selected torrents, as a menu on a list of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* On a GtkListView or GtkColumnView that shows `selection`: opens by a right click, a long press, the Menu key and
 * Shift+F10. What is under the pointer is selected first, when it is not.
 * `view` keeps all of it; freshet_torrent_menu_detach() must be called when it is disposed of. */
void freshet_torrent_menu_attach   (GtkWidget         *view,
                                    GtkSelectionModel *selection);
void freshet_torrent_menu_detach   (GtkWidget         *view);
/* Tells which list item a widget shows, so that the menu finds it. */
void freshet_torrent_menu_set_item (GtkWidget         *child,
                                    GtkListItem       *item);

G_END_DECLS
