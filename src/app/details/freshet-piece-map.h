/* freshet-piece-map.h - a bar of all pieces: which are here, and how many peers have the others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_PIECE_MAP (freshet_piece_map_get_type ())

G_DECLARE_FINAL_TYPE (FreshetPieceMap, freshet_piece_map, FRESHET, PIECE_MAP, GtkWidget)

/* What bt_torrent_get_piece_map() gave; NULL: nothing is known. */
void  freshet_piece_map_set_map  (FreshetPieceMap *self,
                                  GBytes          *map);
/* "412 of 600 pieces here, 3 on their way". (transfer full), nullable: nothing is known. */
char *freshet_piece_map_describe (FreshetPieceMap *self);

G_END_DECLS
