/* bt-utp-bytes-private.h - a queue of bytes in slots of the pool
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-utp.h"

G_BEGIN_DECLS

#define BT_UTP_OWN_SLOTS 4  /* a queue may hold these even when the pool has no more: BT_UTP_MIN_BUFFER_BYTES */

/* The bytes [begin, end) of a stream. Only what is held takes memory, and an empty queue takes none.
 *
 * Invariant: of each BT_BLOCK_BYTES of the stream that has a byte in [begin, end), the slot is in the ring at its
 * number modulo `n_ring`, a power of two or 0; the others are NULL. An empty queue begins anew with a whole slot.
 */
typedef struct
{
  BtBlockPool *pool;     /* borrowed */
  guint8     **ring;     /* owned, nullable; of slots */
  guint        n_ring;
  guint        n_slots;  /* held */
  guint64      begin;
  guint64      end;
} BtUtpBytes;

void  bt_utp_bytes_init   (BtUtpBytes       *queue,
                           BtBlockPool      *pool);
void  bt_utp_bytes_clear  (BtUtpBytes       *queue);
/* At most BT_BLOCK_BYTES. FALSE: there is no memory, and nothing has changed. */
gboolean bt_utp_bytes_append (BtUtpBytes    *queue,
                           const guint8     *bytes,
                           gsize             n_bytes);
/* Lets go of the first `n_bytes`, which must be there. */
void  bt_utp_bytes_drop   (BtUtpBytes       *queue,
                           gsize             n_bytes);
/* Takes up to `n_bytes` off the front. */
gsize bt_utp_bytes_take   (BtUtpBytes       *queue,
                           guint8           *out_bytes,
                           gsize             n_bytes);
/* Where `n_bytes` (at most BT_BLOCK_BYTES, all there) at an offset lie; returns the number of spans, 0 to 2. */
guint bt_utp_bytes_peek   (const BtUtpBytes *queue,
                           guint64           offset,
                           gsize             n_bytes,
                           BtUtpSpan         out_spans[2]);

static inline gsize
bt_utp_bytes_get_size (const BtUtpBytes *queue)
{
  return (gsize) (queue->end - queue->begin);
}

G_END_DECLS
