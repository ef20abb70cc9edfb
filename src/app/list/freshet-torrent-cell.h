/* freshet-torrent-cell.h - what one column says of one torrent
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-columns.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_CELL (freshet_torrent_cell_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTorrentCell, freshet_torrent_cell, FRESHET, TORRENT_CELL, GtkWidget)

/* `column` is static. */
GtkWidget *freshet_torrent_cell_new         (const FreshetColumn *column);
/* Follows it until another, or NULL, is set. */
void       freshet_torrent_cell_set_torrent (FreshetTorrentCell  *self,
                                             BtTorrent           *torrent);

G_END_DECLS
