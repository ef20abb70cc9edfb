/* bt-picker.c - what we have and want, and what the peers have
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-picker-private.h"

G_STATIC_ASSERT (sizeof (BtPieceState) == 4);

/* More changes at once than one piece in so many: the order is sorted anew instead. */
#define REBUILD_SHARE 8

BtPicker *
bt_picker_new (const BtGeometry *geometry,
               guint64           seed)
{
  BtPicker *picker = g_new0 (BtPicker, 1);

  picker->geometry = *geometry;
  bt_random_init (&picker->random, seed);
  picker->states = g_new0 (BtPieceState, geometry->n_pieces);
  for (guint32 i = 0; i < geometry->n_pieces; i++)
    picker->states[i].priority = BT_PRIORITY_NORMAL;
  bt_picker_order_init (picker);

  bt_bitfield_init (&picker->have, geometry->n_pieces);
  bt_bitfield_init (&picker->unwanted, geometry->n_pieces);
  for (guint i = 1; i <= BT_PICKER_N_CLASSES; i++)
    {
      bt_bitfield_init (&picker->blocked[i], geometry->n_pieces);
      if (i != BT_PRIORITY_NORMAL)
        bt_bitfield_set_all (&picker->blocked[i]);
    }

  picker->n_missing = geometry->n_pieces;
  picker->missing_bytes = geometry->total_bytes;
  picker->n_new = geometry->n_pieces;
  picker->n_new_unseen = geometry->n_pieces;
  bt_picker_open_init (picker);
  return picker;
}

static void
free_peer (BtPickerPeer *peer)
{
  bt_bitfield_clear (&peer->pieces);
  g_free (peer);
}

void
bt_picker_free (BtPicker *picker)
{
  if (picker == NULL)
    return;

  for (guint32 i = 0; i < picker->n_peers; i++)
    free_peer (picker->peers[i]);
  bt_picker_open_clear (picker);
  bt_picker_order_drop (picker);
  bt_bitfield_clear (&picker->have);
  bt_bitfield_clear (&picker->unwanted);
  for (guint i = 1; i <= BT_PICKER_N_CLASSES; i++)
    bt_bitfield_clear (&picker->blocked[i]);
  g_free (picker->histogram);
  g_free (picker->states);
  g_free (picker->peers);
  g_free (picker->partials);
  g_free (picker);
}

/* --- What we have and want --- */

/* The counts of every peer that has `piece`. Seeds have the picker's own counts; peers whose counts are out of
 * date will be counted anyway. */
static void
count_for_peers (BtPicker *picker,
                 guint32   piece,
                 int       wanted_change,
                 int       new_change)
{
  BtPickerPeer *peer;

  for (guint32 i = 0; i < picker->n_partials; i++)
    {
      peer = picker->partials[i];
      if (peer->counts_epoch == picker->counts_epoch && bt_bitfield_get (&peer->pieces, piece))
        {
          peer->n_wanted += wanted_change;
          peer->n_new += new_change;
        }
    }
}

static void
change_class (BtPicker     *picker,
              guint32       piece,
              BtPieceState  from,
              BtPieceState  to)
{
  guint old_class = bt_piece_state_get_class (from);
  guint new_class = bt_piece_state_get_class (to);
  gboolean is_unseen = to.availability == 0;

  if (old_class != 0)
    {
      bt_bitfield_set (&picker->blocked[old_class], piece);
      picker->n_new--;
      picker->n_new_unseen -= is_unseen;
    }
  if (new_class != 0)
    {
      bt_bitfield_unset (&picker->blocked[new_class], piece);
      picker->first[new_class] = MIN (picker->first[new_class], piece);
      picker->n_new++;
      picker->n_new_unseen += is_unseen;
    }
}

static void
change_wanted (BtPicker *picker,
               guint32   piece,
               gboolean  is_wanted)
{
  guint64 bytes = bt_geometry_get_piece_bytes (&picker->geometry, piece);

  if (is_wanted)
    {
      bt_bitfield_unset (&picker->unwanted, piece);
      picker->n_missing++;
      picker->missing_bytes += bytes;
    }
  else
    {
      bt_bitfield_set (&picker->unwanted, piece);
      picker->n_missing--;
      picker->missing_bytes -= bytes;
    }
}

void
bt_picker_update_piece (BtPicker     *picker,
                        guint32       piece,
                        BtPieceState  state)
{
  BtPieceState old = picker->states[piece];
  int wanted_change = bt_piece_state_is_wanted (state) - bt_piece_state_is_wanted (old);
  int new_change = (bt_piece_state_get_class (state) != 0) - (bt_piece_state_get_class (old) != 0);

  g_assert (state.availability == old.availability);

  picker->states[piece] = state;
  change_class (picker, piece, old, state);
  bt_picker_order_move (picker, piece, old, state);
  if (wanted_change != 0)
    change_wanted (picker, piece, wanted_change > 0);

  /* Priorities change by the thousand (a file is skipped): the peers are counted when next asked for. */
  if (state.priority != old.priority && (wanted_change != 0 || new_change != 0))
    picker->counts_epoch++;
  else if (wanted_change != 0 || new_change != 0)
    count_for_peers (picker, piece, wanted_change, new_change);

  if (picker->n_missing == 0)
    bt_picker_order_drop (picker);
}

void
bt_picker_set_have (BtPicker *picker,
                    guint32   piece)
{
  BtPieceState state;
  BtOpen *open;

  g_assert (piece < picker->geometry.n_pieces);

  if (!bt_bitfield_set (&picker->have, piece))
    return;
  open = bt_picker_open_find (picker, piece);
  if (open != NULL)
    bt_picker_open_remove (picker, open);
  state = picker->states[piece];
  state.has = TRUE;
  state.is_open = FALSE;
  bt_picker_update_piece (picker, piece, state);
}

void
bt_picker_unset_have (BtPicker *picker,
                      guint32   piece)
{
  BtPieceState state;

  g_assert (piece < picker->geometry.n_pieces);

  if (!bt_bitfield_unset (&picker->have, piece))
    return;
  state = picker->states[piece];
  state.has = FALSE;
  bt_picker_update_piece (picker, piece, state);
}

const BtBitfield *
bt_picker_get_have (BtPicker *picker)
{
  return &picker->have;
}

void
bt_picker_set_priority (BtPicker   *picker,
                        guint32     piece,
                        BtPriority  priority)
{
  BtPieceState state;

  g_assert (piece < picker->geometry.n_pieces);
  g_assert (priority <= BT_PRIORITY_HIGH);

  state = picker->states[piece];
  if (state.priority == priority)
    return;
  state.priority = priority;
  bt_picker_update_piece (picker, piece, state);
  if (state.is_open)
    bt_picker_open_update (picker, bt_picker_open_find (picker, piece));
}

BtPriority
bt_picker_get_priority (BtPicker *picker,
                        guint32   piece)
{
  g_assert (piece < picker->geometry.n_pieces);

  return (BtPriority) picker->states[piece].priority;
}

void
bt_picker_set_sequential (BtPicker *picker,
                          gboolean  is_sequential)
{
  picker->is_sequential = is_sequential;
  if (is_sequential)
    bt_picker_order_drop (picker);
}

void
bt_picker_set_max_open (BtPicker *picker,
                        guint     max_open)
{
  picker->max_open = max_open;
}

guint32
bt_picker_get_n_missing (BtPicker *picker)
{
  return picker->n_missing;
}

guint64
bt_picker_get_missing_bytes (BtPicker *picker)
{
  return picker->missing_bytes;
}

void
bt_picker_piece_passed (BtPicker *picker,
                        guint32   piece)
{
  bt_picker_set_have (picker, piece);
}

guint16
bt_picker_get_availability (BtPicker *picker,
                            guint32   piece)
{
  g_assert (piece < picker->geometry.n_pieces);

  return (guint16) MIN (picker->states[piece].availability + picker->n_seeds, G_MAXUINT16);
}

guint32
bt_picker_get_copies_milli (BtPicker *picker)
{
  guint32 n_pieces = picker->geometry.n_pieces;
  guint32 rarest = 0;
  guint64 n_above;

  if (n_pieces == 0)
    return 0;
  while (picker->histogram[rarest] == 0)
    rarest++;
  n_above = n_pieces - picker->histogram[rarest];
  return (rarest + picker->n_seeds) * 1000 + (guint32) (n_above * 1000 / n_pieces);
}

/* --- Peers --- */

static void
add_partial (BtPicker     *picker,
             BtPickerPeer *peer)
{
  peer->partial_index = picker->n_partials;
  picker->partials[picker->n_partials++] = peer;
}

static void
remove_partial (BtPicker     *picker,
                BtPickerPeer *peer)
{
  BtPickerPeer *last = picker->partials[--picker->n_partials];

  picker->partials[peer->partial_index] = last;
  last->partial_index = peer->partial_index;
  peer->partial_index = BT_PICKER_NONE;
}

BtPickerPeer *
bt_picker_add_peer (BtPicker *picker,
                    gpointer  user_data)
{
  BtPickerPeer *peer = g_new0 (BtPickerPeer, 1);

  if (picker->n_peers == picker->n_peers_room)
    {
      picker->n_peers_room = MAX (16, picker->n_peers_room * 2);
      picker->peers = g_renew (BtPickerPeer *, picker->peers, picker->n_peers_room);
      picker->partials = g_renew (BtPickerPeer *, picker->partials, picker->n_peers_room);
    }
  peer->picker = picker;
  peer->user_data = user_data;
  bt_bitfield_init (&peer->pieces, picker->geometry.n_pieces);
  peer->counts_epoch = picker->counts_epoch;
  peer->first_request = BT_PICKER_NONE;
  peer->current = BT_PICKER_NONE;
  if (picker->geometry.n_pieces > 0)
    peer->cursor = bt_random_below (&picker->random, picker->geometry.n_pieces);
  peer->blame_id = ++picker->last_blame_id;
  peer->index = picker->n_peers;
  picker->peers[picker->n_peers++] = peer;
  add_partial (picker, peer);
  return peer;
}

/* Counts, or no longer counts, each of the peer's pieces. Many at once cost less when the order is sorted anew. */
static void
count_pieces (BtPicker         *picker,
              const BtBitfield *pieces,
              int               change)
{
  if (pieces->n_set > picker->geometry.n_pieces / REBUILD_SHARE)
    bt_picker_order_invalidate (picker);
  for (guint32 piece = bt_bitfield_next_set (pieces, 0); piece < pieces->n_bits;
       piece = bt_bitfield_next_set (pieces, piece + 1))
    bt_picker_order_count (picker, piece, change);
}

/* The peer becomes one without pieces, that is not counted as a seed. */
static void
forget_pieces (BtPicker     *picker,
               BtPickerPeer *peer)
{
  if (bt_picker_peer_is_seed (peer))
    {
      picker->n_seeds--;
      add_partial (picker, peer);
    }
  else
    {
      count_pieces (picker, &peer->pieces, -1);
    }
  bt_bitfield_set_none (&peer->pieces);
}

void
bt_picker_remove_peer (BtPicker     *picker,
                       BtPickerPeer *peer)
{
  BtPickerPeer *last;

  bt_picker_return_all (picker, peer);
  forget_pieces (picker, peer);
  remove_partial (picker, peer);
  last = picker->peers[--picker->n_peers];
  picker->peers[peer->index] = last;
  last->index = peer->index;
  free_peer (peer);
}

void
bt_picker_peer_set_pieces (BtPicker         *picker,
                           BtPickerPeer     *peer,
                           const BtBitfield *pieces)
{
  g_assert (pieces->n_bits == picker->geometry.n_pieces);

  forget_pieces (picker, peer);
  bt_bitfield_copy (&peer->pieces, pieces);
  peer->counts_epoch = picker->counts_epoch - 1;
  if (bt_bitfield_is_full (pieces))
    {
      picker->n_seeds++;
      remove_partial (picker, peer);
    }
  else
    {
      count_pieces (picker, pieces, 1);
    }
}

/* What one piece that came or went means for the peer's counts, unless they are to be counted anew anyway. */
static void
count_one (BtPicker     *picker,
           BtPickerPeer *peer,
           guint32       piece,
           int           change)
{
  BtPieceState state = picker->states[piece];

  if (peer->counts_epoch != picker->counts_epoch)
    return;
  if (bt_piece_state_is_wanted (state))
    peer->n_wanted += change;
  if (bt_piece_state_get_class (state) != 0)
    peer->n_new += change;
}

/* A peer that completes piece by piece stays counted piece by piece. */
gboolean
bt_picker_peer_have (BtPicker     *picker,
                     BtPickerPeer *peer,
                     guint32       piece)
{
  g_assert (piece < picker->geometry.n_pieces);

  if (!bt_bitfield_set (&peer->pieces, piece))
    return FALSE;
  bt_picker_order_count (picker, piece, 1);
  count_one (picker, peer, piece, 1);
  return TRUE;
}

gboolean
bt_picker_peer_dont_have (BtPicker     *picker,
                          BtPickerPeer *peer,
                          guint32       piece)
{
  g_assert (piece < picker->geometry.n_pieces);

  if (!bt_bitfield_get (&peer->pieces, piece))
    return FALSE;
  if (bt_picker_peer_is_seed (peer))
    {
      picker->n_seeds--;
      add_partial (picker, peer);
      count_pieces (picker, &peer->pieces, 1);
      peer->counts_epoch = picker->counts_epoch - 1;
    }
  bt_bitfield_unset (&peer->pieces, piece);
  bt_picker_order_count (picker, piece, -1);
  count_one (picker, peer, piece, -1);
  return TRUE;
}

const BtBitfield *
bt_picker_peer_get_pieces (BtPickerPeer *peer)
{
  return &peer->pieces;
}

static void
ensure_counts (BtPickerPeer *peer)
{
  const BtPicker *picker = peer->picker;

  if (peer->counts_epoch == picker->counts_epoch)
    return;

  peer->counts_epoch = picker->counts_epoch;
  peer->n_wanted = bt_bitfield_count_missing (&peer->pieces, &picker->unwanted);
  peer->n_new = 0;
  for (guint i = 1; i <= BT_PICKER_N_CLASSES; i++)
    peer->n_new += bt_bitfield_count_missing (&peer->pieces, &picker->blocked[i]);
}

guint32
bt_picker_peer_get_n_wanted (BtPickerPeer *peer)
{
  if (bt_picker_peer_is_seed (peer))
    return peer->picker->n_missing;
  ensure_counts (peer);
  return peer->n_wanted;
}

guint32
bt_picker_peer_get_n_new (BtPickerPeer *peer)
{
  if (bt_picker_peer_is_seed (peer))
    return peer->picker->n_new;
  ensure_counts (peer);
  return peer->n_new;
}

guint
bt_picker_peer_get_n_requests (BtPickerPeer *peer)
{
  return peer->n_requests;
}

guint32
bt_picker_peer_get_blame_id (BtPickerPeer *peer)
{
  return peer->blame_id;
}
