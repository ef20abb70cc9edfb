/* freshet-piece-cells.h - many pieces, summed up in as many cells as can be drawn
 *
 * Pure, in time of pieces and cells together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

#define FRESHET_N_PIECE_LOOKS  (BT_PIECE_LOOK_SKIPPED + 1)
#define FRESHET_MAX_COPIES     15   /* a byte of the map tells no more */
#define FRESHET_MAX_HAD_SHARE  170  /* of a cell in which not all pieces are had */

/* A byte of bt_torrent_get_piece_map(). */
#define FRESHET_PIECE_LOOK(byte)   ((BtPieceLook) ((byte) & 0x0f))
#define FRESHET_PIECE_COPIES(byte) ((guint) (byte) >> 4)

typedef struct
{
  guint8 shares[FRESHET_N_PIECE_LOOKS];   /* of the cell's pieces; 255 in all */
  guint8 copies;                          /* of the piece that the fewest peers have */
} FreshetPieceCell;

/* The first piece of a cell, and one behind its last: at least one piece, which neighbours share when there are more
 * cells than pieces. */
void freshet_piece_cells_get_range (guint32           n_pieces,
                                    guint             n_cells,
                                    guint             cell,
                                    guint32          *out_first,
                                    guint32          *out_end);
/* `map`: a byte for each piece. Fills `out_cells`. */
void freshet_piece_cells_fill      (const guint8     *map,
                                    guint32           n_pieces,
                                    guint             n_cells,
                                    FreshetPieceCell *out_cells);
/* How many pieces look like what. */
void freshet_piece_cells_count     (const guint8     *map,
                                    guint32           n_pieces,
                                    guint32           out_counts[FRESHET_N_PIECE_LOOKS]);

G_END_DECLS
