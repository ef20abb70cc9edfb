/* bt-picker-order.c - the pieces sorted by priority and rarity, kept sorted by single swaps
 *
 * Within a bucket the order means nothing: it is shuffled when it is first built, so that pieces a peer has
 * and pieces it lacks lie mixed, and searches begin anywhere in the bucket.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-picker-private.h"

#include <string.h>

void
bt_picker_order_init (BtPicker *picker)
{
  picker->n_levels = BT_PICKER_MIN_LEVELS;
  picker->histogram = g_new0 (guint32, picker->n_levels);
  picker->histogram[0] = picker->geometry.n_pieces;
}

guint32
bt_picker_order_get_n_buckets (const BtPicker *picker)
{
  return 1 + BT_PICKER_N_CLASSES * picker->n_levels;
}

guint32
bt_picker_order_get_bucket (const BtPicker *picker,
                            guint           piece_class,
                            guint32         availability)
{
  if (piece_class == 0)
    return 0;
  return 1 + (BT_PICKER_N_CLASSES - piece_class) * picker->n_levels + availability;
}

static inline guint32
get_bucket_of (const BtPicker *picker,
               BtPieceState    state)
{
  return bt_picker_order_get_bucket (picker, bt_piece_state_get_class (state), state.availability);
}

/* Pieces in the order of their indices, then shuffled. */
static void
make_order (BtPicker *picker)
{
  guint32 n_pieces = picker->geometry.n_pieces;
  guint32 other;

  picker->order = g_new (guint32, n_pieces);
  picker->positions = g_new (guint32, n_pieces);
  for (guint32 i = 0; i < n_pieces; i++)
    {
      other = bt_random_below (&picker->random, i + 1);
      picker->order[i] = picker->order[other];
      picker->order[other] = i;
    }
}

/* A counting sort: linear, and stable, so that what was shuffled once stays so. */
static void
sort_order (BtPicker *picker)
{
  guint32 n_pieces = picker->geometry.n_pieces;
  guint32 n_buckets = bt_picker_order_get_n_buckets (picker);
  g_autofree guint32 *next = NULL;
  g_autofree guint32 *old_order = g_steal_pointer (&picker->order);
  guint32 piece, position;

  g_free (picker->starts);
  picker->starts = g_new0 (guint32, n_buckets + 1);
  for (guint32 i = 0; i < n_pieces; i++)
    picker->starts[get_bucket_of (picker, picker->states[i]) + 1]++;
  for (guint32 i = 0; i < n_buckets; i++)
    picker->starts[i + 1] += picker->starts[i];

  next = g_memdup2 (picker->starts, n_buckets * sizeof (guint32));
  picker->order = g_new (guint32, n_pieces);
  for (guint32 i = 0; i < n_pieces; i++)
    {
      piece = old_order[i];
      position = next[get_bucket_of (picker, picker->states[piece])]++;
      picker->order[position] = piece;
      picker->positions[piece] = position;
    }
}

void
bt_picker_order_ensure (BtPicker *picker)
{
  if (picker->is_ordered)
    return;
  if (picker->order == NULL)
    make_order (picker);
  sort_order (picker);
  picker->is_ordered = TRUE;
}

void
bt_picker_order_invalidate (BtPicker *picker)
{
  picker->is_ordered = FALSE;
}

void
bt_picker_order_drop (BtPicker *picker)
{
  picker->is_ordered = FALSE;
  g_clear_pointer (&picker->order, g_free);
  g_clear_pointer (&picker->positions, g_free);
  g_clear_pointer (&picker->starts, g_free);
}

/* Makes room for more availabilities. The new buckets are empty: they begin where their class ends. */
static void
grow_levels (BtPicker *picker,
             guint32   n_levels)
{
  guint32 n_old = picker->n_levels;
  guint32 *starts;
  const guint32 *old;

  picker->histogram = g_renew (guint32, picker->histogram, n_levels);
  memset (picker->histogram + n_old, 0, (n_levels - n_old) * sizeof (guint32));
  picker->n_levels = n_levels;
  if (!picker->is_ordered)
    return;

  starts = g_new (guint32, bt_picker_order_get_n_buckets (picker) + 1);
  starts[0] = 0;
  for (guint32 rank = 0; rank < BT_PICKER_N_CLASSES; rank++)
    {
      old = picker->starts + 1 + rank * n_old;
      for (guint32 i = 0; i < n_levels; i++)
        starts[1 + rank * n_levels + i] = old[MIN (i, n_old)];
    }
  starts[bt_picker_order_get_n_buckets (picker)] = picker->geometry.n_pieces;
  g_free (picker->starts);
  picker->starts = starts;
}

static inline void
swap_positions (BtPicker *picker,
                guint32   a,
                guint32   b)
{
  guint32 piece_a = picker->order[a];
  guint32 piece_b = picker->order[b];

  picker->order[a] = piece_b;
  picker->order[b] = piece_a;
  picker->positions[piece_b] = a;
  picker->positions[piece_a] = b;
}

/* Bucket by bucket: with the bucket's last (or first) piece, then the boundary steps over it. Empty buckets on
 * the way cost no swap. */
void
bt_picker_order_move (BtPicker     *picker,
                      guint32       piece,
                      BtPieceState  from,
                      BtPieceState  to)
{
  guint32 bucket, target, position;

  if (!picker->is_ordered)
    return;

  bucket = get_bucket_of (picker, from);
  target = get_bucket_of (picker, to);
  position = picker->positions[piece];
  while (bucket < target)
    {
      guint32 last = --picker->starts[bucket + 1];

      if (position != last)
        swap_positions (picker, position, last);
      position = last;
      bucket++;
    }
  while (bucket > target)
    {
      guint32 first = picker->starts[bucket]++;

      if (position != first)
        swap_positions (picker, position, first);
      position = first;
      bucket--;
    }
}

/* A piece that can be asked for came into sight, or went out of it. */
static void
count_unseen (BtPicker     *picker,
              guint32       piece,
              BtPieceState  state)
{
  int change = state.availability == 0 ? 1 : -1;
  const BtOpen *open;

  if (bt_piece_state_get_class (state) != 0)
    {
      picker->n_new_unseen += change;
    }
  else if (state.is_open)
    {
      open = bt_picker_open_find (picker, piece);
      if (open->free_index != BT_PICKER_NONE)
        picker->n_startable_unseen += change;
    }
}

void
bt_picker_order_count (BtPicker *picker,
                       guint32   piece,
                       int       change)
{
  BtPieceState from = picker->states[piece];
  BtPieceState to = from;

  g_assert (change > 0 || from.availability > 0);

  to.availability = from.availability + change;
  if (to.availability >= picker->n_levels)
    grow_levels (picker, picker->n_levels * 2);
  picker->histogram[from.availability]--;
  picker->histogram[to.availability]++;
  picker->states[piece] = to;
  if (from.availability == 0 || to.availability == 0)
    count_unseen (picker, piece, to);
  bt_picker_order_move (picker, piece, from, to);
}
