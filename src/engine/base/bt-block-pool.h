/* bt-block-pool.h - slots of one block each, within one budget
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BtBlockPool BtBlockPool;

/* Slots of BT_BLOCK_BYTES bytes, 64-byte aligned, carved from chunks that go back to the system when the
 * pool has been quiet. The engine's memory budget is this pool.
 * Thread: the owner's (engine); a worker may fill or read a slot it was lent, never acquire or release one.
 */
BtBlockPool *bt_block_pool_new           (guint64      budget_bytes);
/* All slots must be back (asserted). */
void         bt_block_pool_free          (BtBlockPool *pool);
/* A slot, or NULL when the budget is used up or the system has no memory. `may_exceed` grants it beyond the
 * budget: for the two blocks every peer has a right to. Slots are recycled most recently used first, to stay
 * in the cache, and hold whatever their last user left. */
guint8      *bt_block_pool_acquire       (BtBlockPool *pool,
                                          gboolean     may_exceed);
void         bt_block_pool_release       (BtBlockPool *pool,
                                          guint8      *slot);
guint        bt_block_pool_get_n_used    (BtBlockPool *pool);
guint        bt_block_pool_get_n_max     (BtBlockPool *pool);
/* More than 7/8 of the budget is used: peers stop reading, open pieces are spilled. */
gboolean     bt_block_pool_is_high       (BtBlockPool *pool);
/* Fewer than 3/4 are used: those who stopped may go on. */
gboolean     bt_block_pool_is_low        (BtBlockPool *pool);
/* Gives chunks without a used slot back to the system, but keeps at least `n_keep` free slots if there are. */
void         bt_block_pool_trim          (BtBlockPool *pool,
                                          guint        n_keep);

G_END_DECLS
