/* bt-utp-reorder-private.h - packets that came before their turn
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-utp.h"

G_BEGIN_DECLS

typedef struct
{
  guint16 slot;     /* its number */
  guint16 at;       /* where in it */
  guint16 n_bytes;
  guint8  is_here;
  guint8  is_fin;
} BtUtpKept;

typedef struct
{
  guint8 *bytes;   /* owned by the pool, nullable */
  guint   n_live;  /* packets in it */
} BtUtpKeptSlot;

/* Payloads lie one behind the other in slots; a slot goes back to the pool when the last of its packets has gone.
 *
 * Invariant: `ring` holds packets that are less than `n_ring`, a power of two or 0, away from each other, at their
 * sequence number modulo `n_ring`.
 */
typedef struct
{
  BtBlockPool   *pool;   /* borrowed */
  BtUtpKept     *ring;   /* owned, nullable */
  BtUtpKeptSlot *slots;  /* owned, nullable */
  guint          n_ring;
  guint          n_slots_room;
  guint          n_slots_used;
  guint          n_slots_max;
  guint          filling;   /* the slot that is being filled, if it is one */
  guint          n_filled;  /* bytes of it */
  guint          n_packets;
  gsize          n_bytes;
  guint16        last_nr;   /* the furthest, when there is one */
} BtUtpReorder;

void            bt_utp_reorder_init       (BtUtpReorder       *reorder,
                                           BtBlockPool        *pool);
/* Payloads of `n_bytes` in all find room, however they lie, unless only few of those that came with them are left. */
void            bt_utp_reorder_set_room   (BtUtpReorder       *reorder,
                                           gsize               n_bytes);
void            bt_utp_reorder_clear      (BtUtpReorder       *reorder);
gboolean        bt_utp_reorder_has        (const BtUtpReorder *reorder,
                                           guint16             seq_nr);
/* `next_nr`: the packet whose turn it is, fewer than BT_UTP_MAX_PACKETS before `packet`, which is not here yet.
 * FALSE: no memory for it. */
gboolean        bt_utp_reorder_keep       (BtUtpReorder       *reorder,
                                           guint16             next_nr,
                                           const BtUtpPacket  *packet);
/* The payload of a packet that is here. */
BtUtpSpan       bt_utp_reorder_peek       (const BtUtpReorder *reorder,
                                           guint16             seq_nr,
                                           gboolean           *out_is_fin);
void            bt_utp_reorder_drop       (BtUtpReorder       *reorder,
                                           guint16             seq_nr);
/* The mask of a selective ack: bit 0 stands for `next_nr` + 1. Returns its bytes, a multiple of 4; 0: nothing is
 * here. */
gsize           bt_utp_reorder_write_sack (const BtUtpReorder *reorder,
                                           guint16             next_nr,
                                           guint8              out_mask[BT_UTP_MAX_SACK_BYTES]);

G_END_DECLS
