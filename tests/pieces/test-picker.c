/* test-picker.c - the picker's rules one by one: whole pieces, end game, choked peers, counts, resume
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "pieces/bt-picker-private.h"

#include <string.h>

#define MAX_SPANS 512

static const BtPickHints no_hints = { 0 };
static const BtPickHints fast_hints = { .is_fast = TRUE };

static BtBlockSpan spans[MAX_SPANS];

static BtPicker *
new_picker (guint32 n_pieces,
            guint32 n_blocks)
{
  guint32 piece_bytes = n_blocks * BT_BLOCK_BYTES;
  BtGeometry geometry = { (guint64) n_pieces * piece_bytes, piece_bytes, n_pieces };

  return bt_picker_new (&geometry, 1);
}

static BtPickerPeer *
add_seed (BtPicker *picker,
          gpointer  user_data)
{
  BtPickerPeer *peer = bt_picker_add_peer (picker, user_data);
  BtBitfield all;

  bt_bitfield_init (&all, picker->geometry.n_pieces);
  bt_bitfield_set_all (&all);
  bt_picker_peer_set_pieces (picker, peer, &all);
  return peer;
}

static guint
pick (BtPicker          *picker,
      BtPickerPeer      *peer,
      const BtPickHints *hints,
      guint              n_max)
{
  guint n = bt_picker_pick (picker, peer, hints, spans, n_max);

  bt_picker_check (picker);
  return n;
}

static gboolean
take (BtPicker          *picker,
      BtPickerPeer      *peer,
      const BtBlockSpan *span)
{
  gboolean is_last = FALSE;

  g_assert_cmpint (bt_picker_take_block (picker, peer, span, &is_last), ==, BT_BLOCK_TAKEN);
  bt_picker_check (picker);
  return is_last;
}

/* Many blocks at once come piece by piece and in order. */
static void
test_contiguous (void)
{
  BtPicker *picker = new_picker (100, 16);
  BtPickerPeer *peer = add_seed (picker, NULL);

  g_assert_cmpuint (pick (picker, peer, &fast_hints, 500), ==, 500);
  for (guint i = 0; i < 500; i++)
    {
      g_assert_cmpuint (spans[i].begin, ==, i % 16 * BT_BLOCK_BYTES);
      g_assert_true (i % 16 == 0 || spans[i].piece == spans[i - 1].piece);
    }
  /* And the next call goes on where the last one stopped. */
  g_assert_cmpuint (pick (picker, peer, &fast_hints, 12), ==, 12);
  g_assert_cmpuint (spans[0].begin, ==, 4 * BT_BLOCK_BYTES);
  g_assert_cmpuint (spans[11].begin, ==, 15 * BT_BLOCK_BYTES);
  bt_picker_free (picker);
}

/* Each fast peer has its pieces to itself; normal ones share one. */
static void
test_fast_and_normal (void)
{
  BtPicker *picker = new_picker (100, 16);
  BtPickerPeer *peers[4];
  guint32 pieces[4];

  for (guint i = 0; i < 4; i++)
    peers[i] = add_seed (picker, NULL);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (pick (picker, peers[i], i < 2 ? &fast_hints : &no_hints, 4), ==, 4);
      pieces[i] = spans[0].piece;
    }
  g_assert_cmpuint (pieces[0], !=, pieces[1]);
  g_assert_cmpuint (pieces[2], ==, pieces[3]);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 3);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (pick (picker, peers[i], i < 2 ? &fast_hints : &no_hints, 4), ==, 4);
      g_assert_cmpuint (spans[0].piece, ==, pieces[i]);
    }
  bt_picker_free (picker);
}

/* A peer stays with its piece, though another could be finished sooner. */
static void
test_continues (void)
{
  BtPicker *picker = new_picker (100, 4);
  BtPickerPeer *peer = add_seed (picker, NULL);
  guint32 piece;

  g_assert_cmpuint (pick (picker, peer, &no_hints, 1), ==, 1);
  piece = spans[0].piece;
  for (guint32 i = 0; i < 3; i++)
    bt_picker_restore_block (picker, (piece + 1) % 100, i);
  g_assert_cmpuint (pick (picker, peer, &no_hints, 4), ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (spans[i].piece, ==, i < 3 ? piece : (piece + 1) % 100);
  bt_picker_free (picker);
}

/* What comes after its request was taken back: kept, once, where it is still wanted. */
static void
test_late (void)
{
  BtPicker *picker = new_picker (3, 2);
  BtPickerPeer *slow = add_seed (picker, NULL), *other = add_seed (picker, &other);
  gboolean is_last = FALSE;
  gpointer asked[2];
  BtBlockSpan late, foreign = { 7, 0, BT_BLOCK_BYTES };

  g_assert_cmpuint (pick (picker, slow, &fast_hints, 1), ==, 1);
  late = spans[0];
  g_assert_cmpuint (bt_picker_return_all (picker, slow), ==, 1);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 0);
  g_assert_cmpint (bt_picker_take_late_block (picker, slow, &foreign, &is_last), ==,
                   BT_BLOCK_UNASKED);
  g_assert_cmpint (bt_picker_take_late_block (picker, slow, &late, &is_last), ==, BT_BLOCK_TAKEN);
  bt_picker_check (picker);
  g_assert_false (is_last);
  g_assert_cmpint (bt_picker_take_late_block (picker, slow, &late, &is_last), ==,
                   BT_BLOCK_UNASKED);

  /* Its other half has been asked of somebody else meanwhile. */
  g_assert_cmpuint (pick (picker, other, &no_hints, 1), ==, 1);
  g_assert_cmpuint (spans[0].piece, ==, late.piece);
  late = spans[0];
  g_assert_cmpint (bt_picker_take_late_block (picker, slow, &late, &is_last), ==, BT_BLOCK_TAKEN);
  bt_picker_check (picker);
  g_assert_true (is_last);
  g_assert_cmpuint (bt_picker_get_requesters (picker, &late, asked, 2), ==, 1);
  g_assert_true (bt_picker_return_request (picker, other, &late));
  bt_picker_check (picker);
  bt_picker_piece_passed (picker, late.piece);
  g_assert_cmpint (bt_picker_take_late_block (picker, slow, &late, &is_last), ==,
                   BT_BLOCK_UNASKED);

  /* No longer wanted; and where one more piece would be too many. */
  late.piece = (late.piece + 1) % 3;
  bt_picker_set_priority (picker, late.piece, BT_PRIORITY_SKIP);
  g_assert_cmpint (bt_picker_take_late_block (picker, slow, &late, &is_last), ==,
                   BT_BLOCK_UNASKED);
  bt_picker_set_priority (picker, late.piece, BT_PRIORITY_NORMAL);
  bt_picker_restore_block (picker, (late.piece + 1) % 3, 0);
  bt_picker_set_max_open (picker, 1);
  g_assert_cmpint (bt_picker_take_late_block (picker, slow, &late, &is_last), ==,
                   BT_BLOCK_UNASKED);
  bt_picker_check (picker);
  bt_picker_free (picker);
}

/* A fast peer's piece that somebody had to join is everybody's. */
static void
test_joined (void)
{
  BtPicker *picker = new_picker (100, 16);
  BtPickerPeer *fast = add_seed (picker, NULL);
  BtPickerPeer *joining = bt_picker_add_peer (picker, NULL);
  BtPickerPeer *third = add_seed (picker, NULL);
  guint32 piece;

  pick (picker, fast, &fast_hints, 1);
  piece = spans[0].piece;
  bt_picker_peer_have (picker, joining, piece);
  g_assert_cmpuint (pick (picker, joining, &no_hints, 1), ==, 1);
  g_assert_cmpuint (spans[0].piece, ==, piece);
  g_assert_cmpuint (pick (picker, third, &no_hints, 1), ==, 1);
  g_assert_cmpuint (spans[0].piece, ==, piece);
  bt_picker_free (picker);
}

/* A deserted piece belongs to nobody, and one of which nothing came is closed. */
static void
test_returned (void)
{
  BtPicker *picker = new_picker (100, 16);
  BtPickerPeer *first = add_seed (picker, NULL);
  BtPickerPeer *second = add_seed (picker, NULL);
  BtBlockSpan span;

  pick (picker, first, &fast_hints, 4);
  span = spans[0];
  take (picker, first, &span);
  g_assert_false (bt_picker_return_request (picker, first, &span));
  bt_picker_remove_peer (picker, first);
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 1);
  pick (picker, second, &fast_hints, 15);
  for (guint i = 0; i < 15; i++)
    g_assert_cmpuint (spans[i].piece, ==, span.piece);
  g_assert_cmpuint (bt_picker_return_all (picker, second), ==, 15);

  bt_picker_piece_failed (picker, span.piece);
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 0);
  bt_picker_free (picker);
}

static void
test_end_game (void)
{
  enum { N_PEERS = 6, N = 8 };
  BtPicker *picker = new_picker (2, 4);
  BtPickerPeer *peers[N_PEERS];
  gpointer others[N_PEERS];
  gboolean is_last = TRUE;
  guint n_others;

  for (guint i = 0; i < N_PEERS; i++)
    peers[i] = add_seed (picker, GUINT_TO_POINTER (i + 1));
  g_assert_false (bt_picker_is_endgame (picker));
  g_assert_cmpuint (pick (picker, peers[0], &no_hints, N - 1), ==, N - 1);
  g_assert_false (bt_picker_is_endgame (picker));
  g_assert_cmpuint (pick (picker, peers[0], &no_hints, 9), ==, 1);
  g_assert_true (bt_picker_is_endgame (picker));
  /* Never the same twice from one peer. */
  g_assert_cmpuint (pick (picker, peers[0], &no_hints, 9), ==, 0);

  /* Fewest requesters first: when the second peer has three of them, the third gets the other five before those. */
  g_assert_cmpuint (pick (picker, peers[1], &no_hints, 3), ==, 3);
  g_assert_cmpuint (pick (picker, peers[2], &no_hints, 5), ==, 5);
  for (guint i = 0; i < 5; i++)
    g_assert_false (bt_picker_is_requested (picker, peers[1], &spans[i]));
  g_assert_cmpuint (pick (picker, peers[2], &no_hints, 9), ==, 3);

  /* At most four peers a block. */
  g_assert_cmpuint (pick (picker, peers[3], &no_hints, 99), ==, N);
  g_assert_cmpuint (pick (picker, peers[4], &no_hints, 99), ==, 5);
  g_assert_cmpuint (pick (picker, peers[5], &no_hints, 99), ==, 0);

  /* A copy came: the others are told, and a late copy is known as one. */
  g_assert_true (bt_picker_is_requested (picker, peers[4], &spans[0]));
  take (picker, peers[0], &spans[0]);
  n_others = bt_picker_get_requesters (picker, &spans[0], others, N_PEERS);
  g_assert_cmpuint (n_others, ==, 3);
  g_assert_cmpuint (bt_picker_get_requesters (picker, &spans[0], others, 2), ==, 2);
  g_assert_cmpint (bt_picker_take_block (picker, peers[4], &spans[0], &is_last), ==,
                   BT_BLOCK_DUPLICATE);
  g_assert_cmpint (bt_picker_take_block (picker, peers[4], &spans[0], &is_last), ==,
                   BT_BLOCK_UNASKED);
  g_assert_true (bt_picker_return_request (picker, peers[3], &spans[0]));
  g_assert_cmpuint (bt_picker_get_requesters (picker, &spans[0], others, N_PEERS), ==, 1);
  bt_picker_check (picker);
  bt_picker_free (picker);
}

/* Whoever is quick finishes what a peer that never answers was asked for. */
static void
test_end_game_finishes (void)
{
  BtPicker *picker = new_picker (10, 4);
  BtPickerPeer *mute = add_seed (picker, NULL);
  BtPickerPeer *quick = add_seed (picker, NULL);
  guint n_taken = 0;

  pick (picker, mute, &fast_hints, 6);
  while (bt_picker_get_n_missing (picker) > 0)
    {
      guint n = pick (picker, quick, &no_hints, 3);
      BtBlockSpan asked[3];

      g_assert_cmpuint (n, >, 0);
      memcpy (asked, spans, n * sizeof *asked);
      for (guint i = 0; i < n; i++, n_taken++)
        if (take (picker, quick, &asked[i]))
          bt_picker_piece_passed (picker, asked[i].piece);
    }
  g_assert_cmpuint (n_taken, ==, 40);
  /* Its requests went with the pieces. */
  g_assert_cmpuint (bt_picker_peer_get_n_requests (mute), ==, 0);
  bt_picker_check (picker);
  bt_picker_free (picker);
}

static void
test_choked (void)
{
  static const guint32 allowed[] = { 3, 99, G_MAXUINT32, 5 };
  const BtPickHints hints = { .is_choked = TRUE,
                              .allowed = allowed,
                              .n_allowed = G_N_ELEMENTS (allowed) };
  const BtPickHints none = { .is_choked = TRUE };
  BtPicker *picker = new_picker (10, 4);
  BtPickerPeer *peer = add_seed (picker, NULL);
  BtPickerPeer *other = add_seed (picker, NULL);

  g_assert_cmpuint (pick (picker, peer, &none, 99), ==, 0);
  bt_picker_restore_block (picker, 5, 0);
  bt_picker_restore_block (picker, 6, 0);
  g_assert_cmpuint (pick (picker, peer, &hints, 99), ==, 7);
  for (guint i = 0; i < 7; i++)
    g_assert_cmpuint (spans[i].piece, ==, i < 3 ? 5 : 3);
  g_assert_cmpuint (pick (picker, peer, &hints, 99), ==, 0);

  /* In end game, too, only what is allowed. */
  bt_picker_return_all (picker, peer);
  g_assert_cmpuint (pick (picker, other, &no_hints, 99), ==, 38);
  g_assert_cmpuint (pick (picker, peer, &hints, 99), ==, 7);
  for (guint i = 0; i < 7; i++)
    g_assert_true (spans[i].piece == 5 || spans[i].piece == 3);
  bt_picker_free (picker);
}

/* A skipped open piece keeps what it has and what is out, and goes on when it is wanted again. */
static void
test_skip (void)
{
  BtPicker *picker = new_picker (3, 4);
  BtPickerPeer *peer = add_seed (picker, NULL);
  BtPickerPeer *partial = bt_picker_add_peer (picker, NULL);
  BtOpenPiece open;

  bt_picker_peer_have (picker, partial, 0);
  bt_picker_peer_have (picker, partial, 1);
  bt_picker_set_priority (picker, 1, BT_PRIORITY_SKIP);
  bt_picker_set_priority (picker, 2, BT_PRIORITY_SKIP);
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_peer_get_n_wanted (peer), ==, 1);
  g_assert_cmpuint (bt_picker_peer_get_n_wanted (partial), ==, 1);
  g_assert_cmpuint (bt_picker_get_missing_bytes (picker), ==, 4 * BT_BLOCK_BYTES);

  g_assert_cmpuint (pick (picker, peer, &no_hints, 2), ==, 2);
  take (picker, peer, &spans[0]);
  bt_picker_set_priority (picker, 0, BT_PRIORITY_SKIP);
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_get_n_missing (picker), ==, 0);
  g_assert_cmpuint (bt_picker_peer_get_n_wanted (partial), ==, 0);
  g_assert_cmpuint (pick (picker, peer, &no_hints, 9), ==, 0);
  g_assert_cmpuint (bt_picker_get_open (picker, &open, 1), ==, 1);
  g_assert_cmpuint (open.n_received, ==, 1);
  g_assert_cmpuint (open.n_requested, ==, 1);
  g_assert_cmpuint (bt_picker_peer_get_n_requests (peer), ==, 1);

  bt_picker_set_priority (picker, 0, BT_PRIORITY_HIGH);
  g_assert_cmpuint (pick (picker, peer, &no_hints, 9), ==, 2);
  bt_picker_free (picker);
}

/* Pieces of 16 MiB: many peers share the few that may be open. */
static void
test_huge_pieces (void)
{
  BtPicker *picker = new_picker (64, 1024);
  BtPickerPeer *peers[40];

  bt_picker_set_max_open (picker, 3);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = add_seed (picker, NULL);
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
      g_assert_cmpuint (pick (picker, peers[i], i % 2 ? &fast_hints : &no_hints, 20), ==, 20);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 3);

  /* All asked for: one more piece for whoever would get nothing, and others share that, too. */
  while (picker->startable->len > 0)
    pick (picker, peers[0], &no_hints, 64);
  g_assert_cmpuint (pick (picker, peers[1], &no_hints, 20), ==, 20);
  g_assert_cmpuint (pick (picker, peers[2], &fast_hints, 20), ==, 20);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 4);
  bt_picker_free (picker);
}

/* A peer that has one of many open pieces, and no others, is not sent away, however many it lacks. */
static void
test_many_open (void)
{
  enum { N_OPEN = 3 * BT_PICKER_MAX_CANDIDATES };
  BtPicker *picker = new_picker (N_OPEN, 4);

  for (guint32 i = 0; i < N_OPEN; i++)
    bt_picker_restore_block (picker, i, 0);
  for (guint32 i = 0; i < N_OPEN; i += 50)
    {
      BtPickerPeer *peer = bt_picker_add_peer (picker, NULL);

      bt_picker_peer_have (picker, peer, i);
      g_assert_cmpuint (bt_picker_pick (picker, peer, &no_hints, spans, 9), ==, 3);
      g_assert_cmpuint (spans[0].piece, ==, i);
    }
  bt_picker_check (picker);
  bt_picker_free (picker);
}

static void
test_restore (void)
{
  BtPicker *picker = new_picker (4, 3);
  BtPickerPeer *peer = add_seed (picker, NULL);
  guint32 blame[3];
  BtOpenPiece open[4];

  g_assert_false (bt_picker_restore_block (picker, 4, 0));
  g_assert_false (bt_picker_restore_block (picker, 0, 3));
  bt_picker_set_have (picker, 3);
  g_assert_false (bt_picker_restore_block (picker, 3, 0));
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 0);

  g_assert_false (bt_picker_restore_block (picker, 2, 0));
  g_assert_false (bt_picker_restore_block (picker, 2, 0));
  g_assert_false (bt_picker_restore_block (picker, 1, 1));
  g_assert_false (bt_picker_restore_block (picker, 1, 0));
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_get_open (picker, open, 4), ==, 2);
  g_assert_cmpuint (open[0].piece, ==, 1);
  g_assert_cmpuint (open[0].n_received, ==, 2);
  g_assert_cmpuint (open[1].piece, ==, 2);

  g_assert_cmpuint (pick (picker, peer, &no_hints, 1), ==, 1);
  g_assert_cmpuint (spans[0].piece, ==, 1);
  g_assert_cmpuint (spans[0].begin, ==, 2 * BT_BLOCK_BYTES);
  g_assert_true (take (picker, peer, &spans[0]));
  g_assert_true (bt_picker_get_blame (picker, 1, blame));
  g_assert_cmpuint (blame[0], ==, 0);
  g_assert_cmpuint (blame[2], ==, bt_picker_peer_get_blame_id (peer));
  g_assert_false (bt_picker_get_blame (picker, 0, blame));

  bt_picker_restore_block (picker, 2, 1);
  g_assert_true (bt_picker_restore_block (picker, 2, 2));
  bt_picker_check (picker);
  bt_picker_free (picker);
}

/* A failed piece with a request still out stays open for it. */
static void
test_failed (void)
{
  BtPicker *picker = new_picker (1, 2);
  BtPickerPeer *first = add_seed (picker, NULL);
  BtPickerPeer *second = add_seed (picker, NULL);
  BtBlockSpan both[2];

  pick (picker, first, &no_hints, 2);
  both[0] = spans[0];
  both[1] = spans[1];
  g_assert_cmpuint (pick (picker, second, &no_hints, 1), ==, 1);
  g_assert_cmpuint (spans[0].begin, ==, both[0].begin);
  g_assert_false (take (picker, first, &both[0]));
  g_assert_true (take (picker, first, &both[1]));
  g_assert_cmpuint (pick (picker, second, &no_hints, 2), ==, 0);

  bt_picker_piece_failed (picker, 0);
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_get_n_open (picker), ==, 1);
  g_assert_cmpuint (pick (picker, first, &no_hints, 1), ==, 1);
  g_assert_cmpuint (spans[0].begin, ==, both[1].begin);
  g_assert_false (take (picker, second, &both[0]));
  g_assert_true (take (picker, first, &both[1]));
  bt_picker_piece_passed (picker, 0);
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_get_n_missing (picker), ==, 0);
  bt_picker_free (picker);
}

/* Seeds are counted, not entered piece by piece; one that loses a piece is. */
static void
test_availability (void)
{
  BtPicker *picker = new_picker (10, 1);
  BtPickerPeer *seed = add_seed (picker, NULL);
  BtPickerPeer *peers[40];

  bt_picker_order_ensure (picker);
  g_assert_cmpuint (picker->states[0].availability, ==, 0);
  g_assert_cmpuint (bt_picker_get_availability (picker, 0), ==, 1);
  g_assert_cmpuint (bt_picker_get_copies_milli (picker), ==, 1000);
  g_assert_true (bt_picker_peer_dont_have (picker, seed, 4));
  g_assert_false (bt_picker_peer_dont_have (picker, seed, 4));
  bt_picker_check (picker);
  g_assert_cmpuint (bt_picker_get_availability (picker, 4), ==, 0);
  g_assert_cmpuint (bt_picker_get_copies_milli (picker), ==, 900);
  g_assert_true (bt_picker_peer_have (picker, seed, 4));
  g_assert_cmpuint (bt_picker_get_copies_milli (picker), ==, 1000);

  /* More availabilities than there was room for, one by one, with the order kept. */
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      peers[i] = bt_picker_add_peer (picker, NULL);
      for (guint32 piece = 0; piece < 10; piece++)
        if (piece != 7)
          bt_picker_peer_have (picker, peers[i], piece);
      bt_picker_order_ensure (picker);
      bt_picker_check (picker);
    }
  g_assert_cmpuint (bt_picker_get_availability (picker, 0), ==, 41);
  g_assert_cmpuint (bt_picker_get_copies_milli (picker), ==, 1900);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      bt_picker_remove_peer (picker, peers[i]);
      bt_picker_check (picker);
    }
  g_assert_cmpuint (bt_picker_get_availability (picker, 0), ==, 1);
  bt_picker_free (picker);
}

static void
test_empty (void)
{
  BtPicker *picker = new_picker (0, 1);
  BtPickerPeer *peer = add_seed (picker, NULL);

  g_assert_cmpuint (pick (picker, peer, &no_hints, 5), ==, 0);
  g_assert_cmpuint (bt_picker_get_copies_milli (picker), ==, 0);
  g_assert_false (bt_picker_is_endgame (picker));
  g_assert_cmpuint (bt_picker_get_open (picker, NULL, 0), ==, 0);
  bt_picker_free (picker);
  bt_picker_free (NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picker/contiguous", test_contiguous);
  g_test_add_func ("/picker/fast-and-normal", test_fast_and_normal);
  g_test_add_func ("/picker/continues", test_continues);
  g_test_add_func ("/picker/joined", test_joined);
  g_test_add_func ("/picker/returned", test_returned);
  g_test_add_func ("/picker/end-game", test_end_game);
  g_test_add_func ("/picker/end-game-finishes", test_end_game_finishes);
  g_test_add_func ("/picker/choked", test_choked);
  g_test_add_func ("/picker/skip", test_skip);
  g_test_add_func ("/picker/huge-pieces", test_huge_pieces);
  g_test_add_func ("/picker/many-open", test_many_open);
  g_test_add_func ("/picker/restore", test_restore);
  g_test_add_func ("/picker/failed", test_failed);
  g_test_add_func ("/picker/late", test_late);
  g_test_add_func ("/picker/availability", test_availability);
  g_test_add_func ("/picker/empty", test_empty);
  return g_test_run ();
}
