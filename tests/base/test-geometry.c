/* test-geometry.c - pieces and blocks: sizes, the short last ones, spans from outside
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-geometry.h"

#define K 1024u

static const struct
{
  guint64 total_bytes;
  guint32 piece_bytes;
  guint32 n_pieces;
  guint32 last_bytes;
  guint32 n_last_blocks;
  guint32 last_block_bytes;
} shape_cases[] = {
  { 1, 1, 1, 1, 1, 1 },
  { 10, 3, 4, 1, 1, 1 },
  { 64 * K, 32 * K, 2, 32 * K, 2, 16 * K },
  { 64 * K + 1, 32 * K, 3, 1, 1, 1 },
  { 64 * K - 1, 32 * K, 2, 32 * K - 1, 2, 16 * K - 1 },
  { 64 * K + 16 * K, 32 * K, 3, 16 * K, 1, 16 * K },
  { 64 * K + 16 * K + 1, 32 * K, 3, 16 * K + 1, 2, 1 },
  { G_GUINT64_CONSTANT (8) * K * K * 256 * K * K, BT_PIECE_MAX_BYTES, BT_MAX_PIECES,
    BT_PIECE_MAX_BYTES, BT_PIECE_MAX_BYTES / BT_BLOCK_BYTES, BT_BLOCK_BYTES },
};

static void
test_shapes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shape_cases); i++)
    {
      BtGeometry geometry = {
        shape_cases[i].total_bytes, shape_cases[i].piece_bytes, shape_cases[i].n_pieces,
      };
      guint32 last = geometry.n_pieces - 1;
      guint32 n_blocks = bt_geometry_get_n_blocks (&geometry, last);
      BtBlockSpan span = bt_geometry_get_block (&geometry, last, n_blocks - 1);
      guint64 end = bt_geometry_get_offset (&geometry, last) + span.begin + span.length;

      g_assert_cmpuint (bt_geometry_get_piece_bytes (&geometry, last), ==,
                        shape_cases[i].last_bytes);
      g_assert_cmpuint (n_blocks, ==, shape_cases[i].n_last_blocks);
      g_assert_cmpuint (span.piece, ==, last);
      g_assert_cmpuint (span.begin, ==, (n_blocks - 1) * BT_BLOCK_BYTES);
      g_assert_cmpuint (span.length, ==, shape_cases[i].last_block_bytes);
      g_assert_true (bt_geometry_is_block (&geometry, &span));
      g_assert_cmpuint (end, ==, geometry.total_bytes);
      if (last > 0)
        g_assert_cmpuint (bt_geometry_get_piece_bytes (&geometry, 0), ==, geometry.piece_bytes);
    }
}

/* A torrent of three pieces: 40 KiB, 40 KiB, 20000 bytes. */
static const struct
{
  BtBlockSpan span;
  gboolean    is_inside;
  gboolean    is_block;
} span_cases[] = {
  { { 0, 0, 16 * K }, TRUE, TRUE },
  { { 0, 16 * K, 16 * K }, TRUE, TRUE },
  { { 1, 32 * K, 8 * K }, TRUE, TRUE },
  { { 2, 0, 16 * K }, TRUE, TRUE },
  { { 2, 16 * K, 20000 - 16 * K }, TRUE, TRUE },
  { { 0, 0, 1 }, TRUE, FALSE },
  { { 0, 0, 40 * K }, TRUE, FALSE },
  { { 0, 1, 16 * K }, TRUE, FALSE },
  { { 0, 8 * K, 16 * K }, TRUE, FALSE },
  { { 0, 0, 0 }, FALSE, FALSE },
  { { 0, 32 * K, 16 * K }, FALSE, FALSE },
  { { 0, 40 * K, 1 }, FALSE, FALSE },
  { { 0, 40 * K - 1, 1 }, TRUE, FALSE },
  { { 0, 40 * K - 1, 2 }, FALSE, FALSE },
  { { 2, 19999, 1 }, TRUE, FALSE },
  { { 2, 20000, 1 }, FALSE, FALSE },
  { { 3, 0, 1 }, FALSE, FALSE },
  { { G_MAXUINT32, 0, 16 * K }, FALSE, FALSE },
  { { 0, G_MAXUINT32, 16 * K }, FALSE, FALSE },
  { { 0, 16 * K, G_MAXUINT32 }, FALSE, FALSE },
  { { 0, G_MAXUINT32, G_MAXUINT32 }, FALSE, FALSE },
};

static void
test_spans (void)
{
  BtGeometry geometry = { 80 * K + 20000, 40 * K, 3 };

  for (gsize i = 0; i < G_N_ELEMENTS (span_cases); i++)
    {
      const BtBlockSpan *span = &span_cases[i].span;

      g_test_message ("piece %u, %u + %u", span->piece, span->begin, span->length);
      g_assert_cmpint (bt_geometry_contains (&geometry, span), ==, span_cases[i].is_inside);
      g_assert_cmpint (bt_geometry_is_block (&geometry, span), ==, span_cases[i].is_block);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/geometry/shapes", test_shapes);
  g_test_add_func ("/base/geometry/spans", test_spans);
  return g_test_run ();
}
