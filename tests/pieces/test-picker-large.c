/* test-picker-large.c - a million pieces: what they cost in memory, and that a pick costs the same as with a thousand
 *
 * Times are told, not judged: what is asserted is the number of candidates looked at.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "pieces/bt-picker-private.h"

#include <malloc.h>
#include <string.h>

#define MANY            1000000
#define FEW             1000
#define N_BLOCKS        16
#define PIECE_BYTES     (N_BLOCKS * BT_BLOCK_BYTES)
#define MAX_PIECE_COST  16  /* bytes, as the header promises */
#define MAX_SEEDED_COST 5   /* when nothing is missing */
#define N_PARTIALS      12
#define N_PICKS         20000

static const BtPickHints no_hints = { 0 };

static BtPicker *
new_picker (guint32 n_pieces)
{
  BtGeometry geometry = { (guint64) n_pieces * PIECE_BYTES, PIECE_BYTES, n_pieces };

  return bt_picker_new (&geometry, 1);
}

static BtPickerPeer *
add_seed (BtPicker *picker)
{
  BtPickerPeer *peer = bt_picker_add_peer (picker, NULL);
  BtBitfield all;

  bt_bitfield_init (&all, picker->geometry.n_pieces);
  bt_bitfield_set_all (&all);
  bt_picker_peer_set_pieces (picker, peer, &all);
  return peer;
}

/* A peer with each piece by one chance in `n`. */
static BtPickerPeer *
add_partial (BtPicker *picker,
             BtRandom *random,
             guint32   n)
{
  BtPickerPeer *peer = bt_picker_add_peer (picker, NULL);
  BtBitfield pieces;

  bt_bitfield_init (&pieces, picker->geometry.n_pieces);
  for (guint32 i = 0; i < picker->geometry.n_pieces; i++)
    if (bt_random_below (random, n) == 0)
      bt_bitfield_set (&pieces, i);
  bt_picker_peer_set_pieces (picker, peer, &pieces);
  bt_bitfield_clear (&pieces);
  return peer;
}

/* What was really taken for everything that grows with the pieces. */
static gsize
get_n_bytes (BtPicker *picker)
{
  gsize n_bytes = malloc_usable_size (picker->states) + malloc_usable_size (picker->order) +
                  malloc_usable_size (picker->positions) + malloc_usable_size (picker->have.bytes) +
                  malloc_usable_size (picker->unwanted.bytes);

  for (guint i = 1; i <= BT_PICKER_N_CLASSES; i++)
    n_bytes += malloc_usable_size (picker->blocked[i].bytes);
  return n_bytes;
}

static void
test_memory (void)
{
  BtPicker *picker = new_picker (MANY);
  BtPickerPeer *peer = add_seed (picker);
  BtBlockSpan span;
  gsize n_bytes;

  /* Every set in use: pieces had, skipped, and of each priority. */
  for (guint32 i = 0; i < 100; i++)
    bt_picker_set_have (picker, i);
  for (guint32 i = 100; i < 200; i++)
    bt_picker_set_priority (picker, i, (BtPriority) (i % 4));
  g_assert_cmpuint (bt_picker_pick (picker, peer, &no_hints, &span, 1), ==, 1);
  g_assert_nonnull (picker->order);
  n_bytes = get_n_bytes (picker);
  g_test_message ("%.3f bytes a piece", (double) n_bytes / MANY);
  g_assert_cmpuint (n_bytes, <=, (gsize) MAX_PIECE_COST * MANY);

  for (guint32 i = 0; i < MANY; i++)
    bt_picker_set_have (picker, i);
  n_bytes = get_n_bytes (picker);
  g_test_message ("%.3f bytes a piece when all are had", (double) n_bytes / MANY);
  g_assert_cmpuint (n_bytes, <=, (gsize) MAX_SEEDED_COST * MANY);
  bt_picker_free (picker);
}

static void
test_sizes (void)
{
  g_assert_cmpuint (sizeof (BtPieceState), ==, 4);
  g_assert_cmpuint (sizeof (BtOpenBlock), ==, 8);
  g_assert_cmpuint (sizeof (BtRequest), <=, 32);
}

/* Peers in turn ask for one block, and get it: what a running download does, the hash apart. */
static void
run_picks (guint32 n_pieces)
{
  BtPicker *picker = new_picker (n_pieces);
  BtPickerPeer *peers[N_PARTIALS + 1];
  BtRandom random;
  gint64 pick_us = 0, all_us;
  guint n_worst = 0, n_picked = 0;

  bt_random_init (&random, 1);
  for (guint32 i = 0; i < N_PARTIALS; i++)
    peers[i] = add_partial (picker, &random, 2 + i);
  peers[N_PARTIALS] = add_seed (picker);
  for (guint32 i = 0; i < BT_PICKER_N_RANDOM; i++)
    bt_picker_set_have (picker, i);
  bt_picker_order_ensure (picker);

  all_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_PICKS && bt_picker_get_n_missing (picker) > 0; i++)
    {
      BtPickerPeer *peer = peers[i % G_N_ELEMENTS (peers)];
      gint64 began_us = g_get_monotonic_time ();
      BtBlockSpan span;
      gboolean is_last;
      guint n = bt_picker_pick (picker, peer, &no_hints, &span, 1);

      pick_us += g_get_monotonic_time () - began_us;
      n_worst = MAX (n_worst, picker->n_steps);
      if (n == 0)
        continue;
      n_picked++;
      g_assert_cmpint (bt_picker_take_block (picker, peer, &span, &is_last), ==, BT_BLOCK_TAKEN);
      if (is_last)
        bt_picker_piece_passed (picker, span.piece);
    }
  all_us = g_get_monotonic_time () - all_us;
  g_test_message ("%u pieces: %.0f ns a pick of one block, %.0f ns a block in all", n_pieces,
                  pick_us * 1000. / n_picked, all_us * 1000. / n_picked);
  g_test_message ("at most %u steps a pick, %u sweeps", n_worst, picker->n_sweeps);
  g_assert_cmpuint (n_picked, >, N_PICKS / 2);
  g_assert_cmpuint (n_worst, <=, 2 * BT_PICKER_MAX_CANDIDATES);
  bt_picker_free (picker);
}

static void
test_picks (void)
{
  run_picks (FEW);
  run_picks (MANY);
}

/* Requests by the hundred, as fast peers take them. */
static void
run_batches (guint32 n_pieces)
{
  enum { BATCH = 400 };
  const BtPickHints hints = { .is_fast = TRUE };
  BtPicker *picker = new_picker (n_pieces);
  BtPickerPeer *peer = add_seed (picker);
  BtBlockSpan spans[BATCH];
  gint64 began_us, pick_us = 0, take_us = 0;
  guint n_blocks = 0;

  for (guint32 i = 0; i < BT_PICKER_N_RANDOM; i++)
    bt_picker_set_have (picker, i);
  bt_picker_order_ensure (picker);
  while (n_blocks < 30 * BATCH)
    {
      guint n;

      began_us = g_get_monotonic_time ();
      n = bt_picker_pick (picker, peer, &hints, spans, BATCH);
      pick_us += g_get_monotonic_time () - began_us;
      g_assert_cmpuint (n, ==, BATCH);
      n_blocks += n;

      began_us = g_get_monotonic_time ();
      for (guint i = 0; i < n; i++)
        {
          gboolean is_last;

          bt_picker_is_requested (picker, peer, &spans[i]);
          bt_picker_take_block (picker, peer, &spans[i], &is_last);
          if (is_last)
            bt_picker_piece_passed (picker, spans[i].piece);
        }
      take_us += g_get_monotonic_time () - began_us;
    }
  g_test_message ("%u pieces, %u blocks a pick: %.0f ns a block to pick, %.0f ns to take", n_pieces,
                  (guint) BATCH, pick_us * 1000. / n_blocks, take_us * 1000. / n_blocks);
  bt_picker_free (picker);
}

static void
test_batches (void)
{
  run_batches (FEW);
  run_batches (MANY);
}

static BtPickerPeer *
get_peer (gpointer user_data)
{
  return *(BtPickerPeer **) user_data;
}

/* The block came: whoever else was asked gets a cancel. */
static void
receive (BtPicker          *picker,
         BtPickerPeer      *peer,
         const BtBlockSpan *span)
{
  gpointer others[BT_PICKER_MAX_REQUESTERS];
  gboolean is_last = FALSE;
  guint n_others;

  if (bt_picker_take_block (picker, peer, span, &is_last) != BT_BLOCK_TAKEN)
    return;
  n_others = bt_picker_get_requesters (picker, span, others, G_N_ELEMENTS (others));
  for (guint i = 0; i < n_others; i++)
    bt_picker_return_request (picker, get_peer (others[i]), span);
  if (is_last)
    bt_picker_piece_passed (picker, span->piece);
}

/* A whole download from many peers with a queue of requests each, end game included: peers answer in turn, the oldest
 * request first. */
static void
test_swarm (void)
{
  enum { N_PEERS = 200, N_QUEUE = 32 };
  BtPicker *picker = new_picker (4 * FEW);
  BtPickerPeer *peers[N_PEERS];
  g_autofree BtBlockSpan *queues = g_new (BtBlockSpan, N_PEERS * N_QUEUE);
  guint n_queued[N_PEERS] = { 0 };
  guint n_blocks = 0, n_worst = 0;
  gint64 began_us, end_game_us = 0;
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint i = 0; i < N_PEERS; i++)
    {
      peers[i] = i % 4 == 0 ? add_seed (picker) : add_partial (picker, &random, 2);
      peers[i]->user_data = &peers[i];
    }

  began_us = g_get_monotonic_time ();
  for (guint i = 0; bt_picker_get_n_missing (picker) > 0; i = (i + 1) % N_PEERS)
    {
      BtBlockSpan *queue = queues + i * N_QUEUE;

      if (end_game_us == 0 && bt_picker_is_endgame (picker))
        end_game_us = g_get_monotonic_time ();
      if (n_queued[i] > 0)
        {
          receive (picker, peers[i], &queue[0]);
          memmove (queue, queue + 1, --n_queued[i] * sizeof *queue);
          n_blocks++;
        }
      n_queued[i] += bt_picker_pick (picker, peers[i], &no_hints, queue + n_queued[i],
                                     N_QUEUE - n_queued[i]);
      n_worst = MAX (n_worst, picker->n_steps);
    }
  g_test_message ("%u peers: %.0f ns a block until end game, then %.0f us; at most %u steps a pick",
                  (guint) N_PEERS, (end_game_us - began_us) * 1000. / n_blocks,
                  (double) (g_get_monotonic_time () - end_game_us), n_worst);
  g_assert_cmpuint (n_worst, <=, N_PEERS * N_QUEUE);
  bt_picker_check (picker);
  bt_picker_free (picker);
}

/* One piece in a million is wanted from this peer: it is found at once, by a search by index. */
static void
test_needle (void)
{
  BtPicker *picker = new_picker (MANY);
  BtPickerPeer *peer = bt_picker_add_peer (picker, NULL);
  BtRandom random;
  gint64 began_us;
  BtBlockSpan span;
  const guint32 needles[] = { MANY / 2, 7, MANY - 1, MANY / 3 };

  bt_random_init (&random, 1);
  for (guint32 i = 0; i < 3; i++)
    add_partial (picker, &random, 2);
  for (guint32 i = 0; i < BT_PICKER_N_RANDOM; i++)
    bt_picker_set_have (picker, i);
  bt_picker_order_ensure (picker);

  for (guint i = 0; i < G_N_ELEMENTS (needles); i++)
    {
      bt_picker_peer_have (picker, peer, needles[i]);
      g_assert_cmpuint (bt_picker_peer_get_n_wanted (peer), ==, 1);
      began_us = g_get_monotonic_time ();
      g_assert_cmpuint (bt_picker_pick (picker, peer, &no_hints, &span, 1), ==, 1);
      g_test_message ("needle found after %" G_GINT64_FORMAT " us and %u steps",
                      g_get_monotonic_time () - began_us, picker->n_steps);
      g_assert_cmpuint (span.piece, ==, needles[i]);
      g_assert_cmpuint (picker->n_steps, <=, 2 * BT_PICKER_MAX_CANDIDATES);

      /* And when there is nothing, nothing is looked for. */
      bt_picker_set_have (picker, needles[i]);
      g_assert_cmpuint (bt_picker_pick (picker, peer, &no_hints, &span, 1), ==, 0);
      g_assert_cmpuint (picker->n_steps, ==, 0);
    }
  bt_picker_free (picker);
}

/* Seeds come and go, pieces are told one by one: the order is never sorted anew for that. */
static void
test_changes (void)
{
  BtPicker *picker = new_picker (MANY);
  BtPickerPeer *peer = bt_picker_add_peer (picker, NULL);
  guint32 *order;
  gint64 began_us;

  bt_picker_order_ensure (picker);
  order = picker->order;
  began_us = g_get_monotonic_time ();
  for (guint32 i = 0; i < N_PICKS; i++)
    bt_picker_peer_have (picker, peer, i * 49);
  g_test_message ("%.0f ns a have", (g_get_monotonic_time () - began_us) * 1000. / N_PICKS);
  began_us = g_get_monotonic_time ();
  for (guint32 i = 0; i < N_PICKS; i++)
    bt_picker_remove_peer (picker, add_seed (picker));
  g_test_message ("%.0f ns for a seed to come and go",
                  (g_get_monotonic_time () - began_us) * 1000. / N_PICKS);
  g_assert_true (picker->is_ordered);
  g_assert_true (picker->order == order);

  began_us = g_get_monotonic_time ();
  bt_picker_order_invalidate (picker);
  bt_picker_order_ensure (picker);
  g_test_message ("%" G_GINT64_FORMAT " us to sort a million anew",
                  g_get_monotonic_time () - began_us);
  bt_picker_check (picker);
  bt_picker_free (picker);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picker/large/sizes", test_sizes);
  g_test_add_func ("/picker/large/memory", test_memory);
  g_test_add_func ("/picker/large/picks", test_picks);
  g_test_add_func ("/picker/large/batches", test_batches);
  g_test_add_func ("/picker/large/swarm", test_swarm);
  g_test_add_func ("/picker/large/needle", test_needle);
  g_test_add_func ("/picker/large/changes", test_changes);
  return g_test_run ();
}
