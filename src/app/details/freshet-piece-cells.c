/* freshet-piece-cells.c - many pieces, summed up in as many cells as can be drawn
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-piece-cells.h"

#include <string.h>

void
freshet_piece_cells_get_range (guint32  n_pieces,
                               guint    n_cells,
                               guint    cell,
                               guint32 *out_first,
                               guint32 *out_end)
{
  guint32 first = (guint32) ((guint64) cell * n_pieces / n_cells);
  guint32 end = (guint32) (((guint64) cell + 1) * n_pieces / n_cells);

  *out_first = first;
  *out_end = MAX (end, first + 1);
}

void
freshet_piece_cells_count (const guint8 *map,
                           guint32       n_pieces,
                           guint32       out_counts[FRESHET_N_PIECE_LOOKS])
{
  /* All sixteen looks that a byte can tell, so that none has to be judged in the loop. */
  guint32 counts[16] = { 0 };

  for (guint32 i = 0; i < n_pieces; i++)
    counts[FRESHET_PIECE_LOOK (map[i])]++;
  memcpy (out_counts, counts, FRESHET_N_PIECE_LOOKS * sizeof *counts);
}

static guint
get_fewest_copies (const guint8 *map,
                   guint32       n_pieces)
{
  guint fewest = FRESHET_MAX_COPIES;

  for (guint32 i = 0; i < n_pieces; i++)
    fewest = MIN (fewest, FRESHET_PIECE_COPIES (map[i]));
  return fewest;
}

/* The last piece that is not here would not be seen among hundreds that are. */
static void
show_rest (FreshetPieceCell *cell,
           const guint32     counts[FRESHET_N_PIECE_LOOKS],
           guint32           n_pieces)
{
  guint8 *had = &cell->shares[BT_PIECE_LOOK_HAD];
  guint rest = BT_PIECE_LOOK_MISSING;

  if (counts[BT_PIECE_LOOK_HAD] == n_pieces || *had <= FRESHET_MAX_HAD_SHARE)
    return;
  for (guint look = 0; look < FRESHET_N_PIECE_LOOKS; look++)
    if (look != BT_PIECE_LOOK_HAD && counts[look] > counts[rest])
      rest = look;
  cell->shares[rest] = (guint8) (cell->shares[rest] + *had - FRESHET_MAX_HAD_SHARE);
  *had = FRESHET_MAX_HAD_SHARE;
}

/* Shares add up to 255: what rounding leaves goes to the largest. */
static void
set_shares (FreshetPieceCell *cell,
            const guint32     counts[FRESHET_N_PIECE_LOOKS],
            guint32           n_pieces)
{
  guint largest = 0;
  guint rest = 255;

  for (guint look = 0; look < FRESHET_N_PIECE_LOOKS; look++)
    {
      cell->shares[look] = (guint8) ((guint64) counts[look] * 255 / n_pieces);
      rest -= cell->shares[look];
      if (counts[look] > counts[largest])
        largest = look;
    }
  cell->shares[largest] = (guint8) (cell->shares[largest] + rest);
  show_rest (cell, counts, n_pieces);
}

void
freshet_piece_cells_fill (const guint8     *map,
                          guint32           n_pieces,
                          guint             n_cells,
                          FreshetPieceCell *out_cells)
{
  for (guint i = 0; i < n_cells && n_pieces > 0; i++)
    {
      guint32 counts[FRESHET_N_PIECE_LOOKS];
      guint32 first;
      guint32 end;

      freshet_piece_cells_get_range (n_pieces, n_cells, i, &first, &end);
      freshet_piece_cells_count (map + first, end - first, counts);
      set_shares (&out_cells[i], counts, end - first);
      out_cells[i].copies = (guint8) get_fewest_copies (map + first, end - first);
    }
}
