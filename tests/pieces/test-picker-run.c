/* test-picker-run.c - runs of blocks for web seeds
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "pieces/bt-picker-private.h"

#define N_BLOCKS 4

static BtBlockSpan first;

static BtPicker *
new_picker (guint32 n_pieces,
            guint32 n_blocks)
{
  guint32 piece_bytes = n_blocks * BT_BLOCK_BYTES;
  BtGeometry geometry = { (guint64) n_pieces * piece_bytes - 5, piece_bytes, n_pieces };

  return bt_picker_new (&geometry, 1);
}

/* Has the pieces from `from` to before `to`. */
static BtPickerPeer *
add_peer (BtPicker *picker,
          guint32   from,
          guint32   to)
{
  BtPickerPeer *peer = bt_picker_add_peer (picker, NULL);
  BtBitfield pieces;

  bt_bitfield_init (&pieces, picker->geometry.n_pieces);
  for (guint32 i = from; i < to; i++)
    bt_bitfield_set (&pieces, i);
  bt_picker_peer_set_pieces (picker, peer, &pieces);
  bt_bitfield_clear (&pieces);
  return peer;
}

static guint
pick_run (BtPicker     *picker,
          BtPickerPeer *peer,
          guint         n_max)
{
  guint n = bt_picker_pick_run (picker, peer, n_max, &first);

  bt_picker_check (picker);
  return n;
}

static BtBlockSpan
get_following (const BtGeometry  *geometry,
               const BtBlockSpan *span)
{
  guint32 block = span->begin / BT_BLOCK_BYTES + 1;

  if (block < bt_geometry_get_n_blocks (geometry, span->piece))
    return bt_geometry_get_block (geometry, span->piece, block);
  return bt_geometry_get_block (geometry, span->piece + 1, 0);
}

static void
set_have (BtPicker *picker,
          guint32   from,
          guint32   to)
{
  for (guint32 i = from; i < to; i++)
    bt_picker_set_have (picker, i);
}

/* From the start of the gap, whole pieces, and no further than the gap. */
static void
test_gap (void)
{
  BtPicker *picker = new_picker (64, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 64);

  set_have (picker, 0, 33);
  set_have (picker, 39, 64);
  g_assert_cmpuint (pick_run (picker, seed, 32 * N_BLOCKS), ==, 6 * N_BLOCKS);
  g_assert_cmpuint (first.piece, ==, 33);
  g_assert_cmpuint (first.begin, ==, 0);
  g_assert_cmpuint (pick_run (picker, seed, 32 * N_BLOCKS), ==, 0);
  bt_picker_free (picker);
}

/* A longer gap is cut so that its parts fit together, and no piece is begun that does not fit. */
static void
test_whole_pieces (void)
{
  BtPicker *picker = new_picker (64, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 64);

  for (guint i = 0; i < 8; i++)
    {
      g_assert_cmpuint (pick_run (picker, seed, 8 * N_BLOCKS + 3), ==, 8 * N_BLOCKS);
      g_assert_cmpuint (first.piece % 8, ==, 0);
    }
  g_assert_cmpuint (pick_run (picker, seed, 1000), ==, 0);
  g_assert_cmpuint (bt_picker_peer_get_n_requests (seed), ==, 64 * N_BLOCKS);
  bt_picker_free (picker);
}

/* What peers have, too, comes after what nobody else has. */
static void
test_rarest (void)
{
  BtPicker *picker = new_picker (64, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 64);

  add_peer (picker, 0, 40);
  add_peer (picker, 48, 64);
  set_have (picker, 0, 4);
  g_assert_cmpuint (pick_run (picker, seed, 8 * N_BLOCKS), ==, 8 * N_BLOCKS);
  g_assert_cmpuint (first.piece, ==, 40);
  bt_picker_free (picker);
}

static void
test_priority (void)
{
  BtPicker *picker = new_picker (64, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 64);

  for (guint32 i = 0; i < 64; i++)
    bt_picker_set_priority (picker, i, i >= 20 && i < 22 ? BT_PRIORITY_HIGH : i < 10
                                         ? BT_PRIORITY_NORMAL : BT_PRIORITY_SKIP);
  g_assert_cmpuint (pick_run (picker, seed, 16 * N_BLOCKS), ==, 2 * N_BLOCKS);
  g_assert_cmpuint (first.piece, ==, 20);
  g_assert_cmpuint (pick_run (picker, seed, 16 * N_BLOCKS), ==, 10 * N_BLOCKS);
  g_assert_cmpuint (first.piece, ==, 0);
  g_assert_cmpuint (pick_run (picker, seed, 16 * N_BLOCKS), ==, 0);
  bt_picker_free (picker);
}

static void
test_sequential (void)
{
  BtPicker *picker = new_picker (64, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 64);

  bt_picker_set_sequential (picker, TRUE);
  for (guint i = 0; i < 12; i++)
    {
      g_assert_cmpuint (pick_run (picker, seed, 5 * N_BLOCKS), ==, 5 * N_BLOCKS);
      g_assert_cmpuint (first.piece, ==, 5 * i);
    }
  g_assert_cmpuint (pick_run (picker, seed, 5 * N_BLOCKS), ==, 4 * N_BLOCKS);
  bt_picker_free (picker);
}

/* A run that broke off leaves a piece half received: that comes first, and from where it broke off. */
static void
test_rest (void)
{
  BtPicker *picker = new_picker (64, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 64);
  gboolean is_last = FALSE;
  BtBlockSpan half;

  g_assert_cmpuint (pick_run (picker, seed, 2 * N_BLOCKS), ==, 2 * N_BLOCKS);
  half = first;
  g_assert_cmpint (bt_picker_take_block (picker, seed, &half, &is_last), ==, BT_BLOCK_TAKEN);
  bt_picker_return_all (picker, seed);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 1);
  g_assert_cmpuint (pick_run (picker, seed, 2 * N_BLOCKS), >=, N_BLOCKS - 1);
  g_assert_cmpuint (first.piece, ==, half.piece);
  g_assert_cmpuint (first.begin, ==, BT_BLOCK_BYTES);
  bt_picker_free (picker);
}

/* A piece longer than the run is had in parts. */
static void
test_large_piece (void)
{
  BtPicker *picker = new_picker (2, 64);
  BtPickerPeer *seed = add_peer (picker, 0, 2);
  guint32 piece;

  g_assert_cmpuint (pick_run (picker, seed, 40), ==, 40);
  piece = first.piece;
  g_assert_cmpuint (first.begin, ==, 0);
  g_assert_cmpuint (pick_run (picker, seed, 40), ==, 24);
  g_assert_cmpuint (first.piece, ==, piece);
  g_assert_cmpuint (first.begin, ==, 40 * BT_BLOCK_BYTES);
  g_assert_cmpuint (pick_run (picker, seed, 40), ==, 40);
  g_assert_cmpuint (first.piece, ==, 1 - piece);
  bt_picker_free (picker);
}

/* Peers keep their pieces as long as there are others; then what is free of them is taken. */
static void
test_others (void)
{
  static const BtPickHints no_hints = { 0 };
  BtPicker *picker = new_picker (8, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 8);
  BtPickerPeer *peer = add_peer (picker, 0, 8);
  guint32 theirs, n_pieces = 0;
  BtBlockSpan span;
  guint n;

  g_assert_cmpuint (bt_picker_pick (picker, peer, &no_hints, &span, 1), ==, 1);
  theirs = span.piece;
  while ((n = pick_run (picker, seed, 32 * N_BLOCKS)) > 0 && first.piece != theirs)
    n_pieces += n / N_BLOCKS;
  g_assert_cmpuint (n_pieces, ==, 7);
  g_assert_cmpuint (n, ==, N_BLOCKS - 1);
  g_assert_cmpuint (first.begin, ==, BT_BLOCK_BYTES);
  g_assert_cmpuint (pick_run (picker, seed, 32), ==, 0);
  bt_picker_free (picker);
}

/* No more than the memory holds. */
static void
test_crowded (void)
{
  BtPicker *picker = new_picker (64, N_BLOCKS);
  BtPickerPeer *seed = add_peer (picker, 0, 64);

  bt_picker_set_max_open (picker, 10);
  g_assert_cmpuint (pick_run (picker, seed, 64 * N_BLOCKS), ==, 10 * N_BLOCKS);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 10);
  bt_picker_free (picker);
}

/* Everything comes, each block once, whatever is given back and fails on the way. */
static void
test_all (void)
{
  BtPicker *picker = new_picker (50, 3);
  BtPickerPeer *seeds[2] = { add_peer (picker, 0, 50), add_peer (picker, 0, 50) };
  guint n_runs = 0, n_taken = 0;
  BtRandom random;

  bt_random_init (&random, 7);
  while (bt_picker_get_n_missing (picker) > 0)
    {
      BtPickerPeer *seed = seeds[n_runs++ % 2];
      guint n = pick_run (picker, seed, 1 + bt_random_below (&random, 20));
      BtBlockSpan span = first;

      g_assert_cmpuint (n, >, 0);
      for (guint i = 0; i < n; i++)
        {
          gboolean is_last = FALSE;

          g_assert_true (bt_picker_is_requested (picker, seed, &span));
          if (bt_random_below (&random, 6) == 0)
            g_assert_true (bt_picker_return_request (picker, seed, &span));
          else
            {
              g_assert_cmpint (bt_picker_take_block (picker, seed, &span, &is_last), ==,
                               BT_BLOCK_TAKEN);
              n_taken++;
            }
          if (is_last && bt_random_below (&random, 10) == 0)
            {
              bt_picker_piece_failed (picker, span.piece);
              n_taken -= 3;
            }
          else if (is_last)
            bt_picker_piece_passed (picker, span.piece);
          if (i + 1 < n)
            span = get_following (&picker->geometry, &span);
        }
      bt_picker_check (picker);
    }
  g_assert_cmpuint (n_taken, ==, 150);
  bt_picker_free (picker);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picker/run/gap", test_gap);
  g_test_add_func ("/picker/run/whole-pieces", test_whole_pieces);
  g_test_add_func ("/picker/run/rarest", test_rarest);
  g_test_add_func ("/picker/run/priority", test_priority);
  g_test_add_func ("/picker/run/sequential", test_sequential);
  g_test_add_func ("/picker/run/rest", test_rest);
  g_test_add_func ("/picker/run/large-piece", test_large_piece);
  g_test_add_func ("/picker/run/others", test_others);
  g_test_add_func ("/picker/run/crowded", test_crowded);
  g_test_add_func ("/picker/run/all", test_all);
  return g_test_run ();
}
