/* bt-utp-bytes.c - a queue of bytes in slots of the pool
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-bytes-private.h"

#include "base/bt-geometry.h"

#include <string.h>

#define MIN_RING 8

void
bt_utp_bytes_init (BtUtpBytes  *queue,
                   BtBlockPool *pool)
{
  *queue = (BtUtpBytes) { .pool = pool };
}

static guint8 **
find_slot (const BtUtpBytes *queue,
           guint64           offset)
{
  return &queue->ring[(offset / BT_BLOCK_BYTES) & (queue->n_ring - 1)];
}

static void
release_slot (BtUtpBytes *queue,
              guint64     offset)
{
  guint8 **slot = find_slot (queue, offset);

  bt_block_pool_release (queue->pool, g_steal_pointer (slot));
  queue->n_slots--;
}

void
bt_utp_bytes_clear (BtUtpBytes *queue)
{
  bt_utp_bytes_drop (queue, bt_utp_bytes_get_size (queue));
  g_clear_pointer (&queue->ring, g_free);
  queue->n_ring = 0;
}

static void
grow_ring (BtUtpBytes *queue)
{
  guint n_ring = MAX (queue->n_ring * 2, MIN_RING);
  guint8 **ring = g_new0 (guint8 *, n_ring);

  for (guint i = 0; i < queue->n_slots; i++)
    {
      guint64 number = queue->begin / BT_BLOCK_BYTES + i;

      ring[number & (n_ring - 1)] = queue->ring[number & (queue->n_ring - 1)];
    }
  g_free (queue->ring);
  queue->ring = ring;
  queue->n_ring = n_ring;
}

/* `end` stands at the start of `slot`. */
static void
add_slot (BtUtpBytes *queue,
          guint8     *slot)
{
  if (queue->n_slots == queue->n_ring)
    grow_ring (queue);
  *find_slot (queue, queue->end) = slot;
  queue->n_slots++;
}

gboolean
bt_utp_bytes_append (BtUtpBytes   *queue,
                     const guint8 *bytes,
                     gsize         n_bytes)
{
  gsize at = (gsize) (queue->end % BT_BLOCK_BYTES);
  gsize n_first = at == 0 ? 0 : MIN (n_bytes, BT_BLOCK_BYTES - at);
  guint8 *slot;

  g_assert (n_bytes <= BT_BLOCK_BYTES);
  if (n_first > 0 && n_first == n_bytes)
    {
      memcpy (*find_slot (queue, queue->end) + at, bytes, n_bytes);
      queue->end += n_bytes;
      return TRUE;
    }
  if (n_bytes == 0)
    return TRUE;

  slot = bt_block_pool_acquire (queue->pool, queue->n_slots < BT_UTP_OWN_SLOTS);
  if (slot == NULL)
    return FALSE;
  if (n_first > 0)
    memcpy (*find_slot (queue, queue->end) + at, bytes, n_first);
  queue->end += n_first;
  add_slot (queue, slot);
  memcpy (slot, bytes + n_first, n_bytes - n_first);
  queue->end += n_bytes - n_first;
  return TRUE;
}

void
bt_utp_bytes_drop (BtUtpBytes *queue,
                   gsize       n_bytes)
{
  guint64 begin = queue->begin + n_bytes;

  g_assert (begin <= queue->end);
  while (queue->begin < begin)
    {
      guint64 next = (queue->begin / BT_BLOCK_BYTES + 1) * BT_BLOCK_BYTES;

      if (next <= begin || begin == queue->end)
        release_slot (queue, queue->begin);
      queue->begin = MIN (next, begin);
    }
  if (queue->begin == queue->end && queue->end % BT_BLOCK_BYTES != 0)
    queue->begin = queue->end = (queue->end / BT_BLOCK_BYTES + 1) * BT_BLOCK_BYTES;
}

guint
bt_utp_bytes_peek (const BtUtpBytes *queue,
                   guint64           offset,
                   gsize             n_bytes,
                   BtUtpSpan         out_spans[2])
{
  gsize at = (gsize) (offset % BT_BLOCK_BYTES);
  gsize n_first = MIN (n_bytes, BT_BLOCK_BYTES - at);

  if (n_bytes == 0)
    return 0;
  g_assert (offset >= queue->begin && n_bytes <= queue->end - offset);
  out_spans[0] = (BtUtpSpan) { *find_slot (queue, offset) + at, n_first };
  if (n_first == n_bytes)
    return 1;
  out_spans[1] = (BtUtpSpan) { *find_slot (queue, offset + n_first), n_bytes - n_first };
  return 2;
}

gsize
bt_utp_bytes_take (BtUtpBytes *queue,
                   guint8     *out_bytes,
                   gsize       n_bytes)
{
  gsize n_done = 0;

  n_bytes = MIN (n_bytes, bt_utp_bytes_get_size (queue));
  while (n_done < n_bytes)
    {
      gsize at = (gsize) (queue->begin % BT_BLOCK_BYTES);
      gsize n = MIN (n_bytes - n_done, BT_BLOCK_BYTES - at);

      memcpy (out_bytes + n_done, *find_slot (queue, queue->begin) + at, n);
      bt_utp_bytes_drop (queue, n);
      n_done += n;
    }
  return n_done;
}
