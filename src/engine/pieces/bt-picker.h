/* bt-picker.h - which block to ask from whom
 *
 * Pure: no I/O, no clock, randomness from a seed. Knows what we have, what we want, how rare each
 * piece is among the peers, which pieces are open (partly requested or received) and who was asked
 * for each block.
 *
 * Invariants (bt_picker_check() in the private header): every piece is in exactly one of have,
 * open, wanted-in-order or unwanted; the order is sorted by (priority, availability); a block of an
 * open piece is free, requested by 1..n peers, received, or (piece complete) in the hands of the
 * hasher; a piece of which nothing is requested or received is not open. A pick costs the same for
 * 100 and 1,000,000 pieces; a piece costs at most 16 bytes (open pieces cost more, and are bounded
 * by what is in flight), and five once nothing is missing. A peer that comes with all pieces
 * touches none of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-priority.h"

#include "base/bt-bitfield.h"
#include "base/bt-geometry.h"

G_BEGIN_DECLS

typedef struct _BtPicker     BtPicker;
typedef struct _BtPickerPeer BtPickerPeer;

typedef enum
{
  BT_BLOCK_TAKEN,       /* first copy: keep it */
  BT_BLOCK_DUPLICATE,   /* asked for, but another copy came first (end game): discard */
  BT_BLOCK_UNASKED,     /* this peer was never asked, or no more: discard and count */
} BtBlockVerdict;

BtPicker *bt_picker_new              (const BtGeometry  *geometry,
                                      guint64            seed);
void      bt_picker_free             (BtPicker          *picker);

/* --- What we have and want --- */

/* `piece` is on disk and verified: from a check at start, or of a finished open piece. */
void      bt_picker_set_have         (BtPicker          *picker,
                                      guint32            piece);
/* The data vanished (a read failed): it is wanted again. */
void      bt_picker_unset_have       (BtPicker          *picker,
                                      guint32            piece);
const BtBitfield *bt_picker_get_have (BtPicker          *picker);
/* An open piece that is skipped keeps what it has and gets no new requests. */
void      bt_picker_set_priority     (BtPicker          *picker,
                                      guint32            piece,
                                      BtPriority         priority);
BtPriority bt_picker_get_priority    (BtPicker          *picker,
                                      guint32            piece);
/* In order of index (within a priority) instead of rarest first. */
void      bt_picker_set_sequential   (BtPicker          *picker,
                                      gboolean           is_sequential);
/* No more pieces are opened while this many are open (0: no such bound), unless a peer could
 * otherwise get nothing from the open ones: how memory stays bounded with large pieces. */
void      bt_picker_set_max_open     (BtPicker          *picker,
                                      guint              max_open);
/* Wanted (not skipped) pieces not had yet; bytes of those. */
guint32   bt_picker_get_n_missing    (BtPicker          *picker);
guint64   bt_picker_get_missing_bytes (BtPicker          *picker);
gboolean  bt_picker_is_endgame       (BtPicker          *picker);

/* --- Peers --- */

/* Every connected peer has one. It keeps the peer's pieces (its availability is counted), and how
 * many of those we want. `user_data` comes back in bt_picker_get_requesters(). */
BtPickerPeer *bt_picker_add_peer     (BtPicker          *picker,
                                      gpointer           user_data);
/* Its requests are freed for others, its availability taken back. Blocks it delivered keep its
 * `blame_id`. */
void      bt_picker_remove_peer      (BtPicker          *picker,
                                      BtPickerPeer      *peer);
/* Replaces what the peer has. The set is copied. */
void      bt_picker_peer_set_pieces  (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      const BtBitfield  *pieces);
/* Both return whether it changed. `piece` must be valid. */
gboolean  bt_picker_peer_have        (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      guint32            piece);
gboolean  bt_picker_peer_dont_have   (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      guint32            piece);
const BtBitfield *bt_picker_peer_get_pieces (BtPickerPeer *peer);
/* How many wanted pieces, not had yet, it has: we are interested while this is not 0. O(1). */
guint32   bt_picker_peer_get_n_wanted (BtPickerPeer      *peer);
/* Requests of this peer that are out. O(1). */
guint     bt_picker_peer_get_n_requests (BtPickerPeer   *peer);
/* A number of its own for blame, never reused within a picker; 0 is nobody. */
guint32   bt_picker_peer_get_blame_id (BtPickerPeer      *peer);
guint16   bt_picker_get_availability (BtPicker          *picker,
                                      guint32            piece);
/* Distributed copies in thousandths: whole part = the rarest piece's count, rest = share of pieces
 * above it. */
guint32   bt_picker_get_copies_milli (BtPicker          *picker);

/* --- Picking --- */

typedef struct
{
  guint is_choked : 1;      /* only pieces of `allowed` may be asked (BEP 6) */
  guint is_fast : 1;        /* this peer takes whole pieces: it finishes one within seconds */
  guint is_slow : 1;        /* snubbed: shares open pieces with its like only, unless in end game */
  guint no_duplicates : 1;  /* end game is for peers that have next to nothing left to do */
  guint max_duplicates;     /* in end game, of one pick; 0: no bound */
  const guint32 *allowed;   /* borrowed; allowed-fast pieces */
  guint n_allowed;
} BtPickHints;

/* Marks up to `n_max` blocks as requested by `peer` and writes them: of the piece it works on; then
 * of other open pieces (by priority, the most complete first; fast peers only of those that nobody
 * else works on); then of new ones by priority, then rarest (slow peers: most common), ties at
 * random, the first four pieces of a torrent at random; then of open pieces that it would rather
 * not share. In end game, when no block is left that nobody was asked for, blocks that others were
 * asked for, too, fewest requesters first, never the same twice from one peer, and each from four
 * at most. Returns how many; 0: nothing for this peer now. */
guint     bt_picker_pick             (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      const BtPickHints *hints,
                                      BtBlockSpan       *out_spans,
                                      guint              n_max);
/* The same for a peer that is asked for much at once (a web seed): up to `n_max` blocks that lie one behind the other
 * in the torrent, from *out_first on. Free ones of an open piece that nobody else works on; else whole pieces that are
 * not open, from the start of the gap around the rarest; else what else is free. It shares in no end game: its blocks
 * may be asked of others, too. */
guint     bt_picker_pick_run         (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      guint              n_max,
                                      BtBlockSpan       *out_first);
/* A request is off: rejected, cancelled, timed out. FALSE when it was not out (any more). */
gboolean  bt_picker_return_request   (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      const BtBlockSpan *span);
/* All of its requests are off (choke without BEP 6, snub). Returns how many. */
guint     bt_picker_return_all       (BtPicker          *picker,
                                      BtPickerPeer      *peer);
/* Whether `peer` is waiting for exactly this block, before its data is read: where the data should
 * go. */
gboolean  bt_picker_is_requested     (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      const BtBlockSpan *span);
/* A block came. When TAKEN, *out_is_complete tells whether it was the piece's last: the piece then
 * waits for bt_picker_piece_passed() or _failed(). Otherwise it is left alone. */
BtBlockVerdict bt_picker_take_block  (BtPicker          *picker,
                                      BtPickerPeer      *peer,
                                      const BtBlockSpan *span,
                                      gboolean          *out_is_complete);
/* The same for a block that this peer had been asked for and is no more (UNASKED): kept when nobody has delivered it
 * meanwhile, also where that opens its piece again, unless too many are open. */
BtBlockVerdict bt_picker_take_late_block (BtPicker          *picker,
                                          BtPickerPeer      *peer,
                                          const BtBlockSpan *span,
                                          gboolean          *out_is_complete);
/* The peers (their user_data) that are still asked for this block, after somebody else delivered
 * it: they get a cancel, and the caller then returns their requests. Returns how many were written,
 * at most `n_max`. */
guint     bt_picker_get_requesters   (BtPicker          *picker,
                                      const BtBlockSpan *span,
                                      gpointer          *out_user_data,
                                      guint              n_max);
/* The hash matched and the data is on disk. Peers' wanted counts go down, requests still out for it
 * are forgotten. */
void      bt_picker_piece_passed     (BtPicker          *picker,
                                      guint32            piece);
/* The hash failed: all blocks are free again, and the piece is closed unless a request for it is
 * still out. Get its blame before. A failed write is not told: the blocks stay received until it is
 * tried again. */
void      bt_picker_piece_failed     (BtPicker          *picker,
                                      guint32            piece);

/* --- Open pieces --- */

typedef struct
{
  guint32 piece;
  guint32 n_blocks;
  guint32 n_received;
  guint32 n_requested;
} BtOpenPiece;

guint     bt_picker_get_n_open       (BtPicker          *picker);
/* Copies at most `n_max` open pieces, most complete first. Returns how many. */
guint     bt_picker_get_open         (BtPicker          *picker,
                                      BtOpenPiece       *out_open,
                                      guint              n_max);
/* Who delivered each block (blame ids; 0: not received), n_blocks of them; FALSE when the piece is
 * not open. */
gboolean  bt_picker_get_blame        (BtPicker          *picker,
                                      guint32            piece,
                                      guint32           *out_blame_ids);
/* Restores a block that is on disk already (resume): as if received from nobody. Returns whether
 * all blocks of the piece are there now: it waits for bt_picker_piece_passed() or _failed(). Does
 * nothing when we have the piece or there is no such block. */
gboolean  bt_picker_restore_block    (BtPicker          *picker,
                                      guint32            piece,
                                      guint32            block);

G_END_DECLS
