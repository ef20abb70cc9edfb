/* bt-picker-pick.c - the policy: which blocks a peer is asked for next
 *
 * What a pick costs does not follow from the number of pieces: a search looks at BT_PICKER_MAX_CANDIDATES
 * pieces one by one, and is only made when the peer's own count says that there is something to find. When
 * those candidates are all lacking (a peer that has few of many pieces), the sets of what it has and what can
 * be opened are compared word by word from where its last such search ended: 64 pieces a step, 15,625 steps
 * for a million pieces at the very worst, and it always finds one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-picker-private.h"

/* One call of bt_picker_pick() under way. */
typedef struct
{
  BtPicker *picker;          /* borrowed, as all here */
  BtPickerPeer *peer;
  const BtPickHints *hints;
  BtOpenKind kind;           /* what the peer makes of a piece it opens */
  BtBlockSpan *spans;
  guint n_max;
  guint n_taken;
} Pick;

static inline gboolean
is_done (const Pick *pick)
{
  return pick->n_taken == pick->n_max;
}

static inline gboolean
peer_has (const Pick *pick,
          guint32     piece)
{
  return bt_bitfield_get (&pick->peer->pieces, piece);
}

static inline gboolean
is_crowded (const BtPicker *picker)
{
  return picker->max_open > 0 && picker->open->len >= picker->max_open;
}

static void
take (Pick    *pick,
      BtOpen  *open,
      guint32  block)
{
  bt_picker_request_add (pick->picker, pick->peer, open, block);
  pick->spans[pick->n_taken++] =
    bt_geometry_get_block (&pick->picker->geometry, open->piece, block);
}

/* The peer begins to work on this piece. */
static void
join (Pick   *pick,
      BtOpen *open)
{
  if (open->n_requests == 0)
    {
      open->kind = pick->kind;
      open->owner = pick->peer->blame_id;
    }
  else if (open->kind != pick->kind ||
           (open->kind == BT_OPEN_FAST && open->owner != pick->peer->blame_id))
    {
      open->kind = BT_OPEN_NORMAL;
    }

  pick->peer->current = open->piece;
}

/* Takes free blocks in their order, so that what one peer sends lies together. */
static void
take_free_blocks (Pick   *pick,
                  BtOpen *open)
{
  guint32 block = bt_picker_open_next_free (open, 0);

  join (pick, open);
  while (!is_done (pick) && block < open->n_blocks)
    {
      take (pick, open, block);
      block = bt_picker_open_next_free (open, block + 1);
    }
}

/* --- Open pieces --- */

/* Whether the peer joins those who work on this piece. It is a preference: when a peer finds nothing else, all
 * but the slow join anybody. When no more pieces should be opened, they do so at once. */
static gboolean
is_suitable (const Pick   *pick,
             const BtOpen *open,
             gboolean      is_relaxed)
{
  if (open->kind == BT_OPEN_NOBODYS)
    return TRUE;
  if (pick->kind == BT_OPEN_SLOW)
    return open->kind == BT_OPEN_SLOW;
  if (is_relaxed || is_crowded (pick->picker))
    return TRUE;
  if (pick->kind == BT_OPEN_FAST)
    return open->kind == BT_OPEN_FAST && open->owner == pick->peer->blame_id;
  return open->kind == BT_OPEN_NORMAL;
}

/* The higher, the sooner it should be finished: by priority, then fewest blocks to come; by index when sequential. */
static guint64
get_rank (const BtPicker *picker,
          const BtOpen   *open)
{
  guint64 priority = picker->states[open->piece].priority;
  guint32 rest = picker->is_sequential ? open->piece : open->n_blocks - open->n_received;

  return priority << 32 | (G_MAXUINT32 - rest);
}

static void
continue_current (Pick *pick)
{
  guint32 piece = pick->peer->current;
  BtOpen *open;

  if (piece == BT_PICKER_NONE || !peer_has (pick, piece))
    return;
  open = bt_picker_open_find (pick->picker, piece);
  if (open == NULL || open->free_index == BT_PICKER_NONE)
    return;
  if (pick->kind != BT_OPEN_SLOW || is_suitable (pick, open, FALSE))
    take_free_blocks (pick, open);
}

typedef struct
{
  BtOpen *open;  /* borrowed */
  guint64 rank;
} Candidate;

/* Looks at no more than `n_look` open pieces, beginning after those that were looked at last. */
static guint
collect_candidates (const Pick *pick,
                    gboolean    is_relaxed,
                    guint       n_look,
                    Candidate   out_candidates[BT_PICKER_MAX_CANDIDATES])
{
  BtPicker *picker = pick->picker;
  guint n_startable = picker->startable->len;
  guint n_found = 0;
  guint at;

  n_look = MIN (n_look, n_startable);
  if (n_look == 0)
    return 0;
  at = picker->startable_offset % n_startable;
  for (guint i = 0; i < n_look && n_found < BT_PICKER_MAX_CANDIDATES; i++)
    {
      BtOpen *open = g_ptr_array_index (picker->startable, at);

      if (peer_has (pick, open->piece) && is_suitable (pick, open, is_relaxed))
        out_candidates[n_found++] = (Candidate) { open, get_rank (picker, open) };
      picker->n_steps++;
      at = at + 1 < n_startable ? at + 1 : 0;
    }
  picker->startable_offset = n_startable > n_look ? at : 0;
  return n_found;
}

/* Only a peer that would get nothing otherwise has all of them looked at. */
static void
take_from_open (Pick     *pick,
                gboolean  is_relaxed)
{
  Candidate candidates[BT_PICKER_MAX_CANDIDATES];
  guint n_look = is_relaxed && pick->n_taken == 0 ? G_MAXUINT : BT_PICKER_MAX_CANDIDATES;
  guint n_candidates, best;

  if (is_done (pick))
    return;
  n_candidates = collect_candidates (pick, is_relaxed, n_look, candidates);
  while (!is_done (pick) && n_candidates > 0)
    {
      best = 0;
      for (guint i = 1; i < n_candidates; i++)
        if (candidates[i].rank > candidates[best].rank)
          best = i;
      take_free_blocks (pick, candidates[best].open);
      candidates[best] = candidates[--n_candidates];
    }
}

/* --- New pieces --- */

/* Bucket by bucket, beginning anywhere within each. Slow peers take what is most common: they keep a piece for
 * long, and its like can be had from others meanwhile. */
static guint32
find_by_rarity (const Pick *pick,
                guint       piece_class)
{
  BtPicker *picker = pick->picker;
  gboolean is_seed = bt_picker_peer_is_seed (pick->peer);
  guint n_left = BT_PICKER_MAX_CANDIDATES;
  guint32 first, n_buckets;

  bt_picker_order_ensure (picker);
  /* What a peer counted piece by piece has is not of availability 0. */
  first = bt_picker_order_get_bucket (picker, piece_class, is_seed ? 0 : 1);
  n_buckets = picker->n_levels - (is_seed ? 0 : 1);
  for (guint32 i = 0; i < n_buckets && n_left > 0; i++)
    {
      guint32 bucket = pick->kind == BT_OPEN_SLOW ? first + n_buckets - 1 - i : first + i;
      const guint32 *pieces = picker->order + picker->starts[bucket];
      guint32 n_pieces = picker->starts[bucket + 1] - picker->starts[bucket];
      guint32 at;

      if (n_pieces == 0)
        continue;
      at = bt_random_below (&picker->random, n_pieces);
      for (guint32 j = MIN (n_pieces, n_left); j > 0; j--)
        {
          picker->n_steps++;
          n_left--;
          if (peer_has (pick, pieces[at]))
            return pieces[at];
          at = at + 1 < n_pieces ? at + 1 : 0;
        }
    }
  return BT_PICKER_NONE;
}

/* The first piece from `from` on, around the end, that the peer has and that can be opened in this class. */
static guint32
find_by_index (const Pick *pick,
               guint       piece_class,
               guint32     from)
{
  const BtBitfield *blocked = &pick->picker->blocked[piece_class];
  const BtBitfield *pieces = &pick->peer->pieces;
  guint32 piece = bt_bitfield_next_missing (pieces, blocked, from);

  pick->picker->n_sweeps++;
  if (piece == pieces->n_bits)
    piece = bt_bitfield_next_missing (pieces, blocked, 0);
  return piece < pieces->n_bits ? piece : BT_PICKER_NONE;
}

static guint32
find_in_class (const Pick *pick,
               guint       piece_class)
{
  BtPicker *picker = pick->picker;
  guint32 *first = &picker->first[piece_class];
  guint32 piece;

  if (bt_bitfield_is_full (&picker->blocked[piece_class]))
    return BT_PICKER_NONE;

  if (picker->is_sequential)
    {
      *first = bt_bitfield_next_unset (&picker->blocked[piece_class], *first);
      return find_by_index (pick, piece_class, *first);
    }
  if (picker->have.n_set < BT_PICKER_N_RANDOM)
    return find_by_index (pick, piece_class,
                          bt_random_below (&picker->random, picker->geometry.n_pieces));

  piece = find_by_rarity (pick, piece_class);
  if (piece == BT_PICKER_NONE)
    {
      piece = find_by_index (pick, piece_class, pick->peer->cursor);
      if (piece != BT_PICKER_NONE)
        pick->peer->cursor = piece + 1;
    }
  return piece;
}

static guint32
find_new_piece (const Pick *pick)
{
  guint32 piece = BT_PICKER_NONE;

  if (bt_picker_peer_get_n_new (pick->peer) == 0)
    return BT_PICKER_NONE;
  for (guint i = BT_PICKER_N_CLASSES; i > 0 && piece == BT_PICKER_NONE; i--)
    piece = find_in_class (pick, i);
  g_assert (piece != BT_PICKER_NONE);
  return piece;
}

static inline gboolean
may_open (const Pick *pick)
{
  return !is_done (pick) && (pick->n_taken == 0 || !is_crowded (pick->picker));
}

static void
take_new (Pick *pick)
{
  while (may_open (pick))
    {
      guint32 piece = find_new_piece (pick);

      if (piece == BT_PICKER_NONE)
        return;
      take_free_blocks (pick, bt_picker_open_add (pick->picker, piece));
    }
}

/* --- Choked peers (BEP 6) --- */

/* The set comes from the peer: anything may be in it, but not much. */
static void
take_allowed (Pick *pick)
{
  BtPicker *picker = pick->picker;
  const BtPickHints *hints = pick->hints;
  BtOpen *open;

  for (guint i = 0; i < hints->n_allowed && !is_done (pick); i++)
    {
      if (!peer_has (pick, hints->allowed[i]))
        continue;
      open = bt_picker_open_find (picker, hints->allowed[i]);
      if (open != NULL && open->free_index != BT_PICKER_NONE && is_suitable (pick, open, TRUE))
        take_free_blocks (pick, open);
    }
  for (guint i = 0; i < hints->n_allowed && may_open (pick); i++)
    if (peer_has (pick, hints->allowed[i]) &&
        bt_piece_state_get_class (picker->states[hints->allowed[i]]) != 0)
      take_free_blocks (pick, bt_picker_open_add (picker, hints->allowed[i]));
}

static gboolean
is_allowed (const Pick *pick,
            guint32     piece)
{
  if (!pick->hints->is_choked)
    return TRUE;
  for (guint i = 0; i < pick->hints->n_allowed; i++)
    if (pick->hints->allowed[i] == piece)
      return TRUE;
  return FALSE;
}

/* --- End game --- */

/* Strict: as long as any peer could be asked for a block that nobody was asked for, no block is asked for
 * twice. What no connected peer has does not count: it cannot be asked for. */
gboolean
bt_picker_is_endgame (BtPicker *picker)
{
  guint32 n_askable = picker->n_new + picker->startable->len;

  if (picker->n_seeds == 0)
    n_askable -= picker->n_new_unseen + picker->n_startable_unseen;
  return n_askable == 0 && picker->n_missing > 0 && picker->n_requested > 0;
}

static void
duplicate_blocks (Pick   *pick,
                  BtOpen *open,
                  guint   n_requesters)
{
  BtPicker *picker = pick->picker;
  guint32 block = bt_picker_open_next_requested (open, 0);

  while (!is_done (pick) && block < open->n_blocks)
    {
      picker->n_steps++;
      if (bt_picker_request_count (picker, open, block) == n_requesters &&
          bt_picker_request_find (picker, pick->peer, open, block) == BT_PICKER_NONE)
        take (pick, open, block);
      block = bt_picker_open_next_requested (open, block + 1);
    }
}

/* Blocks with one requester first, then those with two… Each pick begins with another piece, so that peers do
 * not all double the same. The search is bounded by what is in flight, and not made when this peer was asked
 * for all of it. */
static void
take_duplicates (Pick *pick)
{
  BtPicker *picker = pick->picker;
  guint n_open = picker->open->len;
  guint offset;

  if (is_done (pick) || pick->hints->no_duplicates || !bt_picker_is_endgame (picker) ||
      pick->peer->n_live == picker->n_requested)
    return;
  if (pick->hints->max_duplicates > 0)
    pick->n_max = MIN (pick->n_max, pick->n_taken + pick->hints->max_duplicates);

  offset = bt_random_below (&picker->random, n_open);
  for (guint n_requesters = 1; n_requesters < BT_PICKER_MAX_REQUESTERS; n_requesters++)
    {
      for (guint i = 0; i < n_open && picker->n_at[n_requesters] > 0 && !is_done (pick); i++)
        {
          BtOpen *open = g_ptr_array_index (picker->open, (offset + i) % n_open);

          if (open->n_at[n_requesters] > 0 && peer_has (pick, open->piece) &&
              bt_piece_state_is_wanted (picker->states[open->piece]) &&
              is_allowed (pick, open->piece))
            duplicate_blocks (pick, open, n_requesters);
        }
    }
}

guint
bt_picker_pick (BtPicker          *picker,
                BtPickerPeer      *peer,
                const BtPickHints *hints,
                BtBlockSpan       *out_spans,
                guint              n_max)
{
  Pick pick = { picker, peer, hints, BT_OPEN_NORMAL, out_spans, n_max, 0 };

  if (hints->is_slow)
    pick.kind = BT_OPEN_SLOW;
  else if (hints->is_fast)
    pick.kind = BT_OPEN_FAST;

  picker->n_steps = 0;
  if (n_max == 0 || bt_picker_peer_get_n_wanted (peer) == 0)
    return 0;

  if (hints->is_choked)
    {
      take_allowed (&pick);
    }
  else
    {
      continue_current (&pick);
      take_from_open (&pick, FALSE);
      take_new (&pick);
      take_from_open (&pick, TRUE);
    }
  take_duplicates (&pick);
  return pick.n_taken;
}

/* --- Runs: for those who are asked for much at once (BEP 19) --- */

/* The open piece with free blocks that should be finished first; NULL: none. */
static BtOpen *
find_open (const Pick *pick,
           gboolean    is_relaxed)
{
  Candidate candidates[BT_PICKER_MAX_CANDIDATES];
  guint n = collect_candidates (pick, is_relaxed, is_relaxed ? G_MAXUINT : BT_PICKER_MAX_CANDIDATES,
                                candidates);
  guint best = 0;

  for (guint i = 1; i < n; i++)
    if (candidates[i].rank > candidates[best].rank)
      best = i;
  return n > 0 ? candidates[best].open : NULL;
}

static gboolean
is_openable (const Pick *pick,
             guint32     piece,
             guint       piece_class)
{
  return bt_piece_state_get_class (pick->picker->states[piece]) == piece_class &&
         peer_has (pick, piece);
}

/* The start of the gap around `piece`, or of a part of it that is as long as the run, so that what is left are not
 * many small gaps. */
static guint32
find_run_start (const Pick *pick,
                guint32     piece)
{
  const BtGeometry *geometry = &pick->picker->geometry;
  guint piece_class = bt_piece_state_get_class (pick->picker->states[piece]);
  guint64 n_pieces = (guint64) pick->n_max * BT_BLOCK_BYTES / geometry->piece_bytes;
  guint32 first = piece - (guint32) (piece % MAX (n_pieces, 1));

  while (piece > first && is_openable (pick, piece - 1, piece_class))
    piece--;
  return piece;
}

/* The free blocks from `block` on that lie in a row. */
static void
take_row (Pick    *pick,
          BtOpen  *open,
          guint32  block)
{
  join (pick, open);
  for (; !is_done (pick) && block < open->n_blocks && bt_bits_get (open->free, block); block++)
    {
      bt_picker_request_add (pick->picker, pick->peer, open, block);
      pick->n_taken++;
    }
}

/* Whole pieces behind the last one, as long as they can be opened. */
static void
take_following (Pick    *pick,
                guint32  piece)
{
  BtPicker *picker = pick->picker;

  for (piece++; piece < picker->geometry.n_pieces && !is_crowded (picker); piece++)
    {
      guint piece_class = bt_piece_state_get_class (picker->states[piece]);

      if (piece_class == 0 || !peer_has (pick, piece) ||
          bt_geometry_get_n_blocks (&picker->geometry, piece) > pick->n_max - pick->n_taken)
        return;
      take_row (pick, bt_picker_open_add (picker, piece), 0);
    }
}

guint
bt_picker_pick_run (BtPicker     *picker,
                    BtPickerPeer *peer,
                    guint         n_max,
                    BtBlockSpan  *out_first)
{
  BtPickHints hints = { .is_fast = TRUE };
  Pick pick = { picker, peer, &hints, BT_OPEN_FAST, NULL, n_max, 0 };
  guint32 piece, first;
  BtOpen *open;

  picker->n_steps = 0;
  if (n_max == 0 || bt_picker_peer_get_n_wanted (peer) == 0)
    return 0;

  open = find_open (&pick, FALSE);
  piece = open == NULL ? find_new_piece (&pick) : BT_PICKER_NONE;
  if (piece != BT_PICKER_NONE)
    open = bt_picker_open_add (picker, find_run_start (&pick, piece));
  if (open == NULL)
    open = find_open (&pick, TRUE);
  if (open == NULL)
    return 0;

  first = bt_picker_open_next_free (open, 0);
  *out_first = bt_geometry_get_block (&picker->geometry, open->piece, first);
  take_row (&pick, open, first);
  if (pick.n_taken == open->n_blocks - first)
    take_following (&pick, open->piece);
  return pick.n_taken;
}
