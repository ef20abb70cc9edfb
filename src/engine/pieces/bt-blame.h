/* bt-blame.h - finds who sent the wrong block of a piece that failed its hash
 *
 * Pure. When a piece fails, the digest of each block and who sent it are kept; when a good copy of the piece
 * passes, the digests that differ name exactly the liars. Bounded: BT_BLAME_MAX_PIECES failed pieces are
 * remembered, with BT_BLAME_MAX_COPIES each and BT_BLAME_MAX_BYTES in all; the oldest are forgotten.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-hash.h"

G_BEGIN_DECLS

#define BT_BLAME_MAX_PIECES 64
#define BT_BLAME_MAX_COPIES 4
#define BT_BLAME_MAX_BYTES  (8u * 1024 * 1024)

typedef struct _BtBlame BtBlame;

BtBlame *bt_blame_new        (void);
void     bt_blame_free       (BtBlame       *blame);
/* Remembers a failed copy: `n_blocks` digests (20 bytes each) and senders (0: nobody, restored from disk).
 * When the whole piece came from one sender, it is the liar for certain: its id is returned and nothing
 * remembered, as a good copy would tell no more; 0 otherwise. Several failed copies of one piece are all kept
 * (the latest BT_BLAME_MAX_COPIES). */
guint32  bt_blame_add_failed (BtBlame       *blame,
                              guint32        piece,
                              const guint8  *digests,
                              const guint32 *senders,
                              guint          n_blocks);
/* Whether a failed copy of `piece` is remembered: the next good copy's digests are wanted. */
gboolean bt_blame_has        (BtBlame       *blame,
                              guint32        piece);
/* Compares with the good copy, forgets the piece, and appends each liar's id once to `out_liars` (guint32 array). */
void     bt_blame_add_good   (BtBlame       *blame,
                              guint32        piece,
                              const guint8  *digests,
                              guint          n_blocks,
                              GArray        *out_liars);

G_END_DECLS
