/* bt-picker-open.c - pieces that are partly requested or received
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-picker-private.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64u

G_STATIC_ASSERT (sizeof (BtOpenBlock) == 8);

void
bt_picker_open_init (BtPicker *picker)
{
  picker->open = g_ptr_array_new_with_free_func (g_free);
  picker->startable = g_ptr_array_new ();
  picker->unused_request = BT_PICKER_NONE;
}

void
bt_picker_open_clear (BtPicker *picker)
{
  g_clear_pointer (&picker->by_piece, g_hash_table_unref);
  g_ptr_array_unref (picker->startable);
  g_ptr_array_unref (picker->open);
  g_free (picker->requests);
}

BtOpen *
bt_picker_open_find (BtPicker *picker,
                     guint32   piece)
{
  if (!picker->states[piece].is_open)
    return NULL;
  return g_hash_table_lookup (picker->by_piece, GUINT_TO_POINTER (piece));
}

static void
add_startable (BtPicker *picker,
               BtOpen   *open)
{
  open->free_index = picker->startable->len;
  g_ptr_array_add (picker->startable, open);
  picker->n_startable_unseen += picker->states[open->piece].availability == 0;
}

static void
remove_startable (BtPicker *picker,
                  BtOpen   *open)
{
  guint32 index = open->free_index;
  BtOpen *moved;

  g_ptr_array_remove_index_fast (picker->startable, index);
  if (index < picker->startable->len)
    {
      moved = g_ptr_array_index (picker->startable, index);
      moved->free_index = index;
    }
  open->free_index = BT_PICKER_NONE;
  picker->n_startable_unseen -= picker->states[open->piece].availability == 0;
}

void
bt_picker_open_update (BtPicker *picker,
                       BtOpen   *open)
{
  gboolean is_startable =
    open->n_free > 0 && bt_piece_state_is_wanted (picker->states[open->piece]);

  if (is_startable && open->free_index == BT_PICKER_NONE)
    add_startable (picker, open);
  else if (!is_startable && open->free_index != BT_PICKER_NONE)
    remove_startable (picker, open);
}

/* One allocation: what needs the widest alignment comes first. */
static BtOpen *
new_open (const BtGeometry *geometry,
          guint32           piece)
{
  guint32 n_blocks = bt_geometry_get_n_blocks (geometry, piece);
  gsize n_words = (n_blocks + WORD_BITS - 1) / WORD_BITS;
  gsize n_bits_bytes = 2 * n_words * sizeof (guint64);
  BtOpen *open = g_malloc0 (sizeof *open + n_bits_bytes + n_blocks * sizeof (BtOpenBlock));

  open->piece = piece;
  open->n_blocks = n_blocks;
  open->n_free = n_blocks;
  open->free_index = BT_PICKER_NONE;
  open->kind = BT_OPEN_NOBODYS;
  open->free = (guint64 *) (open + 1);
  open->received = open->free + n_words;
  open->blocks = (BtOpenBlock *) (open->received + n_words);
  memset (open->free, 0xff, n_words * sizeof (guint64));
  if (n_blocks % WORD_BITS != 0)
    open->free[n_words - 1] >>= WORD_BITS - n_blocks % WORD_BITS;
  for (guint32 i = 0; i < n_blocks; i++)
    open->blocks[i].request = BT_PICKER_NONE;
  return open;
}

BtOpen *
bt_picker_open_add (BtPicker *picker,
                    guint32   piece)
{
  BtPieceState state = picker->states[piece];
  BtOpen *open = new_open (&picker->geometry, piece);

  g_assert (!state.is_open && !state.has);

  open->index = picker->open->len;
  g_ptr_array_add (picker->open, open);
  if (picker->by_piece == NULL)
    picker->by_piece = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (picker->by_piece, GUINT_TO_POINTER (piece), open);
  state.is_open = TRUE;
  bt_picker_update_piece (picker, piece, state);
  bt_picker_open_update (picker, open);
  return open;
}

void
bt_picker_open_remove (BtPicker *picker,
                       BtOpen   *open)
{
  guint32 index = open->index;
  BtOpen *moved;

  for (guint32 i = 0; open->n_requests > 0 && i < open->n_blocks; i++)
    while (open->blocks[i].request != BT_PICKER_NONE)
      bt_picker_request_remove (picker, open->blocks[i].request);
  if (open->free_index != BT_PICKER_NONE)
    remove_startable (picker, open);

  g_hash_table_remove (picker->by_piece, GUINT_TO_POINTER (open->piece));
  moved = g_ptr_array_index (picker->open, picker->open->len - 1);
  moved->index = index;
  g_ptr_array_remove_index_fast (picker->open, index);
}

void
bt_picker_open_close_if_idle (BtPicker *picker,
                              BtOpen   *open)
{
  guint32 piece = open->piece;
  BtPieceState state;

  if (open->n_received > 0 || open->n_requests > 0)
    return;
  bt_picker_open_remove (picker, open);
  state = picker->states[piece];
  state.is_open = FALSE;
  bt_picker_update_piece (picker, piece, state);
}

/* --- Blocks --- */

static guint32
get_first_bit (guint32 word_index,
               guint64 word,
               guint32 n_bits)
{
  guint32 index = word_index * WORD_BITS + (guint32) __builtin_ctzll (word);

  return MIN (index, n_bits);
}

guint32
bt_picker_open_next_free (const BtOpen *open,
                          guint32       from)
{
  guint32 n_words = (open->n_blocks + WORD_BITS - 1) / WORD_BITS;
  guint64 mask = ~G_GUINT64_CONSTANT (0) << (from % WORD_BITS);

  for (guint32 i = from / WORD_BITS; i < n_words; i++)
    {
      guint64 word = open->free[i] & mask;

      if (word != 0)
        return get_first_bit (i, word, open->n_blocks);
      mask = ~G_GUINT64_CONSTANT (0);
    }
  return open->n_blocks;
}

/* The bits behind the last block are in neither set: what is found there is the end. */
guint32
bt_picker_open_next_requested (const BtOpen *open,
                               guint32       from)
{
  guint32 n_words = (open->n_blocks + WORD_BITS - 1) / WORD_BITS;
  guint64 mask = ~G_GUINT64_CONSTANT (0) << (from % WORD_BITS);

  for (guint32 i = from / WORD_BITS; i < n_words; i++)
    {
      guint64 word = ~(open->free[i] | open->received[i]) & mask;

      if (word != 0)
        return get_first_bit (i, word, open->n_blocks);
      mask = ~G_GUINT64_CONSTANT (0);
    }
  return open->n_blocks;
}

/* Counts the block's requests in or out of those that something can still come of. */
static void
count_live (BtPicker *picker,
            BtOpen   *open,
            guint32   block,
            int       change)
{
  guint n_requesters = 0;

  for (guint32 i = open->blocks[block].request; i != BT_PICKER_NONE;
       i = picker->requests[i].next_of_block)
    {
      picker->requests[i].peer->n_live += change;
      n_requesters++;
    }
  open->n_at[n_requesters] += change;
  picker->n_at[n_requesters] += change;
  picker->n_requested += change;
}

void
bt_picker_open_set_received (BtPicker *picker,
                             BtOpen   *open,
                             guint32   block,
                             guint32   blame_id)
{
  g_assert (!bt_bits_get (open->received, block));

  bt_bits_set (open->received, block);
  open->n_received++;
  open->blocks[block].blame_id = blame_id;
  if (bt_bits_get (open->free, block))
    {
      bt_bits_unset (open->free, block);
      open->n_free--;
      bt_picker_open_update (picker, open);
    }
  else
    {
      count_live (picker, open, block, -1);
    }
}

void
bt_picker_open_unset_received (BtPicker *picker,
                               BtOpen   *open,
                               guint32   block)
{
  g_assert (bt_bits_get (open->received, block));

  bt_bits_unset (open->received, block);
  open->n_received--;
  open->blocks[block].blame_id = 0;
  if (open->blocks[block].request == BT_PICKER_NONE)
    {
      bt_bits_set (open->free, block);
      open->n_free++;
      bt_picker_open_update (picker, open);
    }
  else
    {
      count_live (picker, open, block, 1);
    }
}

void
bt_picker_piece_failed (BtPicker *picker,
                        guint32   piece)
{
  BtOpen *open;

  g_assert (piece < picker->geometry.n_pieces);

  open = bt_picker_open_find (picker, piece);
  if (open == NULL)
    return;
  for (guint32 i = 0; i < open->n_blocks; i++)
    if (bt_bits_get (open->received, i))
      bt_picker_open_unset_received (picker, open, i);
  bt_picker_open_close_if_idle (picker, open);
}

gboolean
bt_picker_restore_block (BtPicker *picker,
                         guint32   piece,
                         guint32   block)
{
  BtOpen *open;

  if (piece >= picker->geometry.n_pieces || picker->states[piece].has ||
      block >= bt_geometry_get_n_blocks (&picker->geometry, piece))
    return FALSE;

  open = bt_picker_open_find (picker, piece);
  if (open == NULL)
    open = bt_picker_open_add (picker, piece);
  if (!bt_bits_get (open->received, block))
    bt_picker_open_set_received (picker, open, block, 0);
  return open->n_received == open->n_blocks;
}

/* --- What is open --- */

guint
bt_picker_get_n_open (BtPicker *picker)
{
  return picker->open->len;
}

/* Most complete first; then by piece, so that the same state is always shown the same way. */
static int
compare_open (const void *a,
              const void *b)
{
  const BtOpenPiece *first = a;
  const BtOpenPiece *second = b;
  guint64 first_share = (guint64) first->n_received * second->n_blocks;
  guint64 second_share = (guint64) second->n_received * first->n_blocks;

  if (first_share != second_share)
    return first_share > second_share ? -1 : 1;
  return first->piece < second->piece ? -1 : first->piece > second->piece;
}

guint
bt_picker_get_open (BtPicker    *picker,
                    BtOpenPiece *out_open,
                    guint        n_max)
{
  guint n_open = picker->open->len;
  g_autofree BtOpenPiece *all = g_new (BtOpenPiece, n_open);
  const BtOpen *open;

  for (guint i = 0; i < n_open; i++)
    {
      open = g_ptr_array_index (picker->open, i);
      all[i] = (BtOpenPiece) { open->piece, open->n_blocks, open->n_received,
                               open->n_blocks - open->n_received - open->n_free };
    }
  if (n_open > 1)
    qsort (all, n_open, sizeof *all, compare_open);
  n_max = MIN (n_max, n_open);
  if (n_max > 0)
    memcpy (out_open, all, n_max * sizeof *all);
  return n_max;
}

gboolean
bt_picker_get_blame (BtPicker *picker,
                     guint32   piece,
                     guint32  *out_blame_ids)
{
  const BtOpen *open;

  g_assert (piece < picker->geometry.n_pieces);

  open = bt_picker_open_find (picker, piece);
  if (open == NULL)
    return FALSE;
  for (guint32 i = 0; i < open->n_blocks; i++)
    out_blame_ids[i] = open->blocks[i].blame_id;
  return TRUE;
}
