/* bt-picker-check.c - counts everything anew and compares; for tests and debugging
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-picker-private.h"

static void
check_piece (BtPicker *picker,
             guint32   piece)
{
  BtPieceState state = picker->states[piece];
  guint piece_class = bt_piece_state_get_class (state);
  guint32 availability = 0;

  for (guint32 i = 0; i < picker->n_partials; i++)
    availability += bt_bitfield_get (&picker->partials[i]->pieces, piece);
  g_assert_cmpuint (availability, ==, state.availability);
  g_assert_true (bt_bitfield_get (&picker->have, piece) == state.has);
  g_assert_true (bt_bitfield_get (&picker->unwanted, piece) == !bt_piece_state_is_wanted (state));
  g_assert_false (state.has && state.is_open);
  g_assert_true ((bt_picker_open_find (picker, piece) != NULL) == state.is_open);
  for (guint i = 1; i <= BT_PICKER_N_CLASSES; i++)
    g_assert_true (bt_bitfield_get (&picker->blocked[i], piece) == (i != piece_class));
  g_assert_true (piece_class == 0 || picker->first[piece_class] <= piece);
}

static void
check_pieces (BtPicker *picker)
{
  g_autofree guint32 *histogram = g_new0 (guint32, picker->n_levels);
  guint32 n_missing = 0, n_new = 0, n_new_unseen = 0;
  guint64 missing_bytes = 0;

  for (guint32 i = 0; i < picker->geometry.n_pieces; i++)
    {
      BtPieceState state = picker->states[i];

      check_piece (picker, i);
      g_assert_cmpuint (state.availability, <, picker->n_levels);
      histogram[state.availability]++;
      if (bt_piece_state_is_wanted (state))
        {
          n_missing++;
          missing_bytes += bt_geometry_get_piece_bytes (&picker->geometry, i);
        }
      n_new += bt_piece_state_get_class (state) != 0;
      n_new_unseen += bt_piece_state_get_class (state) != 0 && state.availability == 0;
    }
  g_assert_cmpuint (n_missing, ==, picker->n_missing);
  g_assert_cmpuint (missing_bytes, ==, picker->missing_bytes);
  g_assert_cmpuint (n_new, ==, picker->n_new);
  g_assert_cmpuint (n_new_unseen, ==, picker->n_new_unseen);
  for (guint32 i = 0; i < picker->n_levels; i++)
    g_assert_cmpuint (histogram[i], ==, picker->histogram[i]);
}

static void
check_order (BtPicker *picker)
{
  guint32 n_buckets = bt_picker_order_get_n_buckets (picker);
  guint32 bucket = 0;

  if (!picker->is_ordered)
    return;
  g_assert_cmpuint (picker->starts[0], ==, 0);
  g_assert_cmpuint (picker->starts[n_buckets], ==, picker->geometry.n_pieces);
  for (guint32 i = 0; i < picker->geometry.n_pieces; i++)
    {
      guint32 piece = picker->order[i];
      BtPieceState state = picker->states[piece];

      while (i >= picker->starts[bucket + 1])
        bucket++;
      g_assert_cmpuint (picker->positions[piece], ==, i);
      g_assert_cmpuint (bucket, ==,
                        bt_picker_order_get_bucket (picker, bt_piece_state_get_class (state),
                                                    state.availability));
    }
}

static void
check_block (BtPicker     *picker,
             const BtOpen *open,
             guint32       block,
             guint32      *n_at)
{
  gboolean is_free = bt_bits_get (open->free, block);
  gboolean is_received = bt_bits_get (open->received, block);
  guint n_requesters = 0;

  g_assert_false (is_free && is_received);
  g_assert_true (is_received || open->blocks[block].blame_id == 0);
  for (guint32 i = open->blocks[block].request; i != BT_PICKER_NONE;
       i = picker->requests[i].next_of_block)
    {
      const BtRequest *request = &picker->requests[i];

      g_assert_true (request->open == open && request->block == block);
      g_assert_cmpuint (bt_picker_request_find (picker, request->peer, open, block), ==, i);
      n_requesters++;
    }
  g_assert_cmpuint (n_requesters, <=, BT_PICKER_MAX_REQUESTERS);
  if (!is_received)
    {
      g_assert_true (is_free == (n_requesters == 0));
      n_at[n_requesters]++;
    }
}

static void
check_open (BtPicker *picker)
{
  guint32 n_at[BT_PICKER_MAX_REQUESTERS + 1] = { 0 };
  guint32 n_requests = 0, n_startable = 0, n_startable_unseen = 0;

  for (guint i = 0; i < picker->open->len; i++)
    {
      const BtOpen *open = g_ptr_array_index (picker->open, i);
      BtPieceState state = picker->states[open->piece];
      guint32 own[BT_PICKER_MAX_REQUESTERS + 1] = { 0 };
      gboolean is_startable = open->n_free > 0 && bt_piece_state_is_wanted (state);

      g_assert_cmpuint (open->index, ==, i);
      g_assert_true (state.is_open && bt_picker_open_find (picker, open->piece) == open);
      g_assert_true (open->n_received > 0 || open->n_requests > 0);
      g_assert_true ((open->kind == BT_OPEN_NOBODYS) == (open->n_requests == 0));
      g_assert_true ((open->free_index != BT_PICKER_NONE) == is_startable);
      if (is_startable)
        g_assert_true (g_ptr_array_index (picker->startable, open->free_index) == open);
      n_startable += is_startable;
      n_startable_unseen += is_startable && state.availability == 0;

      for (guint32 j = 0; j < open->n_blocks; j++)
        check_block (picker, open, j, own);
      g_assert_cmpuint (own[0], ==, open->n_free);
      g_assert_cmpuint (own[0] + own[1] + own[2] + own[3] + own[4] + open->n_received, ==,
                        open->n_blocks);
      for (guint j = 1; j <= BT_PICKER_MAX_REQUESTERS; j++)
        {
          g_assert_cmpuint (own[j], ==, open->n_at[j]);
          n_at[j] += own[j];
        }
      n_requests += open->n_requests;
    }
  g_assert_cmpuint (n_requests, ==, picker->n_requests);
  g_assert_cmpuint (n_startable, ==, picker->startable->len);
  g_assert_cmpuint (n_startable_unseen, ==, picker->n_startable_unseen);
  g_assert_cmpuint (n_at[1] + n_at[2] + n_at[3] + n_at[4], ==, picker->n_requested);
  for (guint j = 1; j <= BT_PICKER_MAX_REQUESTERS; j++)
    g_assert_cmpuint (n_at[j], ==, picker->n_at[j]);
  g_assert_cmpuint (picker->by_piece != NULL ? g_hash_table_size (picker->by_piece) : 0, ==,
                    picker->open->len);
}

static void
check_peer (BtPicker     *picker,
            BtPickerPeer *peer)
{
  guint32 n_requests = 0, n_live = 0, n_wanted = 0, n_new = 0;

  for (guint32 i = peer->first_request; i != BT_PICKER_NONE; i = picker->requests[i].next_of_peer)
    {
      const BtRequest *request = &picker->requests[i];

      g_assert_true (request->peer == peer);
      n_requests++;
      n_live += !bt_bits_get (request->open->received, request->block);
    }
  for (guint32 i = 0; i < picker->geometry.n_pieces; i++)
    if (bt_bitfield_get (&peer->pieces, i))
      {
        n_wanted += bt_piece_state_is_wanted (picker->states[i]);
        n_new += bt_piece_state_get_class (picker->states[i]) != 0;
      }
  g_assert_cmpuint (n_requests, ==, peer->n_requests);
  g_assert_cmpuint (n_live, ==, peer->n_live);
  g_assert_true (!bt_picker_peer_is_seed (peer) || bt_bitfield_is_full (&peer->pieces));
  /* Asking would count them anew: what is out of date stays so. */
  if (bt_picker_peer_is_seed (peer) || peer->counts_epoch == picker->counts_epoch)
    {
      g_assert_cmpuint (n_wanted, ==, bt_picker_peer_get_n_wanted (peer));
      g_assert_cmpuint (n_new, ==, bt_picker_peer_get_n_new (peer));
    }
}

void
bt_picker_check (BtPicker *picker)
{
  check_pieces (picker);
  check_order (picker);
  check_open (picker);
  for (guint32 i = 0; i < picker->n_peers; i++)
    {
      g_assert_cmpuint (picker->peers[i]->index, ==, i);
      check_peer (picker, picker->peers[i]);
    }
  for (guint32 i = 0; i < picker->n_partials; i++)
    g_assert_cmpuint (picker->partials[i]->partial_index, ==, i);
  g_assert_cmpuint (picker->n_seeds + picker->n_partials, ==, picker->n_peers);
}
