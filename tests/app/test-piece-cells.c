/* test-piece-cells.c - pieces summed up in cells
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "details/freshet-piece-cells.h"

static guint
sum_shares (const FreshetPieceCell *cell)
{
  guint sum = 0;

  for (guint i = 0; i < FRESHET_N_PIECE_LOOKS; i++)
    sum += cell->shares[i];
  return sum;
}

/* Every piece is in a cell, and cells follow each other. */
static void
test_ranges (void)
{
  static const struct
  {
    guint32 n_pieces;
    guint   n_cells;
  } cases[] = { { 1, 1 }, { 1, 400 }, { 3, 400 }, { 400, 400 }, { 401, 400 }, { 1000000, 380 },
                { 7, 3 }, { G_MAXUINT32, 3 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint32 next = 0;

      for (guint cell = 0; cell < cases[i].n_cells; cell++)
        {
          guint32 first;
          guint32 end;

          freshet_piece_cells_get_range (cases[i].n_pieces, cases[i].n_cells, cell, &first, &end);
          g_assert_cmpuint (first, <=, next);
          g_assert_cmpuint (end, >, first);
          g_assert_cmpuint (end, <=, cases[i].n_pieces);
          next = end;
        }
      g_assert_cmpuint (next, ==, cases[i].n_pieces);
    }
}

static void
test_shares (void)
{
  const guint8 map[] = {
    BT_PIECE_LOOK_HAD | 3 << 4, BT_PIECE_LOOK_HAD | 2 << 4,
    BT_PIECE_LOOK_MISSING | 1 << 4, BT_PIECE_LOOK_HAD | 15 << 4,
    BT_PIECE_LOOK_SKIPPED, BT_PIECE_LOOK_OPEN | 4 << 4,
  };
  guint32 counts[FRESHET_N_PIECE_LOOKS];
  FreshetPieceCell cells[3];

  freshet_piece_cells_fill (map, 6, 3, cells);
  g_assert_cmpuint (cells[0].shares[BT_PIECE_LOOK_HAD], ==, 255);
  g_assert_cmpuint (cells[0].copies, ==, 2);
  g_assert_cmpuint (cells[1].shares[BT_PIECE_LOOK_HAD], ==, 127);
  g_assert_cmpuint (cells[1].shares[BT_PIECE_LOOK_MISSING], ==, 128);
  g_assert_cmpuint (cells[1].copies, ==, 1);
  g_assert_cmpuint (cells[2].shares[BT_PIECE_LOOK_SKIPPED], >, 0);
  g_assert_cmpuint (cells[2].shares[BT_PIECE_LOOK_OPEN], >, 0);
  g_assert_cmpuint (cells[2].copies, ==, 0);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (sum_shares (&cells[i]), ==, 255);

  freshet_piece_cells_count (map, 6, counts);
  g_assert_cmpuint (counts[BT_PIECE_LOOK_HAD], ==, 3);
  g_assert_cmpuint (counts[BT_PIECE_LOOK_MISSING], ==, 1);
  g_assert_cmpuint (counts[BT_PIECE_LOOK_SKIPPED], ==, 1);
  g_assert_cmpuint (counts[BT_PIECE_LOOK_OPEN], ==, 1);
}

/* One piece fills all cells; of a million, the cells tell the same as the pieces. */
static void
test_extremes (void)
{
  const guint8 one = BT_PIECE_LOOK_HAD;
  const guint32 n_pieces = 1000000;
  g_autofree guint8 *map = g_malloc0 (n_pieces);
  FreshetPieceCell cells[400];

  freshet_piece_cells_fill (&one, 1, 400, cells);
  for (guint i = 0; i < 400; i++)
    g_assert_cmpuint (cells[i].shares[BT_PIECE_LOOK_HAD], ==, 255);

  for (guint32 i = 0; i < n_pieces / 2; i++)
    map[i] = BT_PIECE_LOOK_HAD;
  freshet_piece_cells_fill (map, n_pieces, 400, cells);
  for (guint i = 0; i < 400; i++)
    g_assert_cmpuint (cells[i].shares[BT_PIECE_LOOK_HAD], ==, i < 200 ? 255 : 0);

  /* A single one that is missing is to be seen. */
  map[1000] = BT_PIECE_LOOK_MISSING;
  freshet_piece_cells_fill (map, n_pieces, 400, cells);
  g_assert_cmpuint (cells[0].shares[BT_PIECE_LOOK_MISSING], ==, 255 - FRESHET_MAX_HAD_SHARE);
  g_assert_cmpuint (cells[0].shares[BT_PIECE_LOOK_HAD], ==, FRESHET_MAX_HAD_SHARE);
  g_assert_cmpuint (cells[1].shares[BT_PIECE_LOOK_HAD], ==, 255);

  /* Nothing to tell of: nothing is read. */
  freshet_piece_cells_fill (NULL, 0, 400, cells);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/piece-cells/ranges", test_ranges);
  g_test_add_func ("/app/piece-cells/shares", test_shares);
  g_test_add_func ("/app/piece-cells/extremes", test_extremes);
  return g_test_run ();
}
