/* bt-utp-reorder.c - packets that came before their turn
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-reorder-private.h"

#include "base/bt-geometry.h"

#include <string.h>

#define MIN_RING     64
#define MIN_SLOTS    4
#define MAX_OWN_KEPT 2  /* slots that a connection may have even when the pool has no more */

void
bt_utp_reorder_init (BtUtpReorder *reorder,
                     BtBlockPool  *pool)
{
  *reorder = (BtUtpReorder) { .pool = pool };
}

/* Less than half of a slot is wasted. */
void
bt_utp_reorder_set_room (BtUtpReorder *reorder,
                         gsize         n_bytes)
{
  reorder->n_slots_max = (guint) (2 * n_bytes / BT_BLOCK_BYTES) + MAX_OWN_KEPT;
}

void
bt_utp_reorder_clear (BtUtpReorder *reorder)
{
  guint n_slots_max = reorder->n_slots_max;

  for (guint i = 0; i < reorder->n_slots_room; i++)
    if (reorder->slots[i].bytes != NULL)
      bt_block_pool_release (reorder->pool, reorder->slots[i].bytes);
  g_free (reorder->slots);
  g_free (reorder->ring);
  bt_utp_reorder_init (reorder, reorder->pool);
  reorder->n_slots_max = n_slots_max;
}

static BtUtpKept *
find_kept (const BtUtpReorder *reorder,
           guint16             seq_nr)
{
  return &reorder->ring[seq_nr & (reorder->n_ring - 1)];
}

gboolean
bt_utp_reorder_has (const BtUtpReorder *reorder,
                    guint16             seq_nr)
{
  /* The ring covers what is not further than its size; the caller asks within it, or beyond the last. */
  return reorder->n_packets > 0 && (gint16) (reorder->last_nr - seq_nr) >= 0 &&
         (guint16) (reorder->last_nr - seq_nr) < reorder->n_ring &&
         find_kept (reorder, seq_nr)->is_here;
}

static void
grow_ring (BtUtpReorder *reorder,
           guint16       next_nr,
           guint         n_needed)
{
  guint n_ring = MAX (reorder->n_ring, MIN_RING);
  BtUtpKept *ring;

  while (n_ring < n_needed)
    n_ring *= 2;
  ring = g_new0 (BtUtpKept, n_ring);
  for (guint i = 0; i < reorder->n_ring; i++)
    {
      guint16 seq_nr = (guint16) (next_nr + i);

      ring[seq_nr & (n_ring - 1)] = *find_kept (reorder, seq_nr);
    }
  g_free (reorder->ring);
  reorder->ring = ring;
  reorder->n_ring = n_ring;
}

/* The number of a place in `slots` that is free. */
static gboolean
find_place (BtUtpReorder *reorder,
            guint        *out_place)
{
  guint n_room = reorder->n_slots_room;

  if (reorder->n_slots_used >= reorder->n_slots_max)
    return FALSE;
  for (guint i = 0; i < n_room && reorder->n_slots_used < n_room; i++)
    {
      /* The one behind the last that was filled is mostly free. */
      guint place = (reorder->filling + 1 + i) % n_room;

      if (reorder->slots[place].bytes == NULL)
        {
          *out_place = place;
          return TRUE;
        }
    }
  reorder->n_slots_room = MAX (n_room * 2, MIN_SLOTS);
  reorder->slots = g_renew (BtUtpKeptSlot, reorder->slots, reorder->n_slots_room);
  memset (reorder->slots + n_room, 0,
          (reorder->n_slots_room - n_room) * sizeof *reorder->slots);
  *out_place = n_room;
  return TRUE;
}

/* A slot with room for `n_bytes`. */
static gboolean
open_slot (BtUtpReorder *reorder,
           gsize         n_bytes)
{
  guint place;
  guint8 *bytes;

  if (reorder->n_slots_used > 0 && reorder->slots[reorder->filling].bytes != NULL &&
      BT_BLOCK_BYTES - reorder->n_filled >= n_bytes)
    return TRUE;
  if (n_bytes > BT_BLOCK_BYTES || !find_place (reorder, &place))
    return FALSE;
  bytes = bt_block_pool_acquire (reorder->pool, reorder->n_slots_used < MAX_OWN_KEPT);
  if (bytes == NULL)
    return FALSE;

  reorder->slots[place] = (BtUtpKeptSlot) { .bytes = bytes };
  reorder->n_slots_used++;
  reorder->filling = place;
  reorder->n_filled = 0;
  return TRUE;
}

gboolean
bt_utp_reorder_keep (BtUtpReorder      *reorder,
                     guint16            next_nr,
                     const BtUtpPacket *packet)
{
  guint distance = (guint16) (packet->seq_nr - next_nr);
  BtUtpKept *kept;

  if (!open_slot (reorder, packet->n_payload))
    return FALSE;
  if (distance >= reorder->n_ring)
    grow_ring (reorder, next_nr, distance + 1);

  kept = find_kept (reorder, packet->seq_nr);
  *kept = (BtUtpKept) { .slot = (guint16) reorder->filling,
                        .at = (guint16) reorder->n_filled,
                        .n_bytes = (guint16) packet->n_payload,
                        .is_here = TRUE,
                        .is_fin = packet->type == BT_UTP_FIN };
  memcpy (reorder->slots[kept->slot].bytes + kept->at, packet->payload, packet->n_payload);
  reorder->slots[kept->slot].n_live++;
  reorder->n_filled += kept->n_bytes;
  if (reorder->n_packets == 0 || (gint16) (packet->seq_nr - reorder->last_nr) > 0)
    reorder->last_nr = packet->seq_nr;
  reorder->n_packets++;
  reorder->n_bytes += kept->n_bytes;
  return TRUE;
}

BtUtpSpan
bt_utp_reorder_peek (const BtUtpReorder *reorder,
                     guint16             seq_nr,
                     gboolean           *out_is_fin)
{
  const BtUtpKept *kept = find_kept (reorder, seq_nr);

  *out_is_fin = kept->is_fin;
  return (BtUtpSpan) { reorder->slots[kept->slot].bytes + kept->at, kept->n_bytes };
}

void
bt_utp_reorder_drop (BtUtpReorder *reorder,
                     guint16       seq_nr)
{
  BtUtpKept *kept = find_kept (reorder, seq_nr);
  BtUtpKeptSlot *slot = &reorder->slots[kept->slot];

  if (--slot->n_live == 0)
    {
      bt_block_pool_release (reorder->pool, g_steal_pointer (&slot->bytes));
      reorder->n_slots_used--;
    }
  reorder->n_packets--;
  reorder->n_bytes -= kept->n_bytes;
  kept->is_here = FALSE;
}

gsize
bt_utp_reorder_write_sack (const BtUtpReorder *reorder,
                           guint16             next_nr,
                           guint8              out_mask[BT_UTP_MAX_SACK_BYTES])
{
  guint n_bits;
  gsize n_mask;

  if (reorder->n_packets == 0)
    return 0;
  n_bits = MIN ((guint) (guint16) (reorder->last_nr - next_nr), BT_UTP_MAX_SACK_BYTES * 8);
  n_mask = (n_bits + 31) / 32 * 4;
  memset (out_mask, 0, n_mask);
  for (guint i = 0; i < n_bits; i++)
    if (find_kept (reorder, (guint16) (next_nr + 1 + i))->is_here)
      out_mask[i / 8] |= (guint8) (1 << i % 8);
  return n_mask;
}
