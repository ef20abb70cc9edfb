/* bt-peer-send.c - what goes out: control messages, then blocks, gathered into one write a turn
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-peer-private.h"

#define MAX_IOV 64

void
bt_peer_queue_flush (BtPeer *peer)
{
  if (peer->stage == BT_STAGE_OPEN || peer->stage == BT_STAGE_HANDSHAKING)
    bt_poller_queue (peer->shared->poller, &peer->flush_task);
}

static BtOutBlock *
get_out_block (BtPeer *peer,
               guint   index)
{
  return &g_array_index (peer->out_blocks, BtOutBlock, peer->out_block_first + index);
}

static guint
get_n_out_blocks (BtPeer *peer)
{
  return peer->out_blocks->len - peer->out_block_first;
}

static void
add_block_iov (BtOutBlock   *block,
               guint32       n_sent,
               struct iovec *iov,
               int          *n_iov)
{
  if (n_sent < BT_WIRE_BLOCK_HEADER_BYTES)
    iov[(*n_iov)++] = (struct iovec) { block->head + n_sent, BT_WIRE_BLOCK_HEADER_BYTES - n_sent };
  n_sent -= MIN (n_sent, BT_WIRE_BLOCK_HEADER_BYTES);
  iov[(*n_iov)++] = (struct iovec) { block->slot + n_sent, block->length - n_sent };
}

/* [rest of a block begun][control messages][blocks] */
static int
gather (BtPeer       *peer,
        struct iovec *iov,
        gsize        *out_n_bytes)
{
  int n_iov = 0;
  guint n_blocks = get_n_out_blocks (peer);
  guint i = 0;

  if (peer->out_block_sent > 0)
    add_block_iov (get_out_block (peer, i++), peer->out_block_sent, iov, &n_iov);
  if (peer->out->len > peer->out_sent)
    iov[n_iov++] = (struct iovec) { peer->out->data + peer->out_sent,
                                    peer->out->len - peer->out_sent };
  for (; i < n_blocks && n_iov + 2 <= MAX_IOV; i++)
    add_block_iov (get_out_block (peer, i), 0, iov, &n_iov);

  *out_n_bytes = 0;
  for (int k = 0; k < n_iov; k++)
    *out_n_bytes += iov[k].iov_len;
  return n_iov;
}

/* `n_bytes` of the first block went out, head included. Returns what is left of n_bytes. */
static gsize
advance_out_block (BtPeer *peer,
                   gsize   n_bytes)
{
  BtOutBlock *block = get_out_block (peer, 0);
  guint32 total = BT_WIRE_BLOCK_HEADER_BYTES + block->length;
  gsize take = MIN (n_bytes, total - peer->out_block_sent);

  peer->out_block_sent += (guint32) take;
  if (peer->out_block_sent == total)
    {
      peer->counters.sent_payload_bytes += block->length;
      peer->queued_block_bytes -= block->length;
      bt_block_pool_release (peer->shared->pool, g_steal_pointer (&block->slot));
      peer->out_block_first++;
      peer->out_block_sent = 0;
    }
  return n_bytes - take;
}

static void
advance_out (BtPeer *peer,
             gsize   n_bytes)
{
  if (peer->out_block_sent > 0)
    n_bytes = advance_out_block (peer, n_bytes);
  if (n_bytes > 0 && peer->out->len > peer->out_sent)
    {
      gsize take = MIN (n_bytes, peer->out->len - peer->out_sent);

      peer->out_sent += take;
      n_bytes -= take;
      if (peer->out_sent == peer->out->len)
        {
          g_byte_array_set_size (peer->out, 0);
          peer->out_sent = 0;
        }
    }
  while (n_bytes > 0)
    n_bytes = advance_out_block (peer, n_bytes);

  /* The ring's consumed front goes when it is at least half. */
  if (peer->out_block_first > 0 && peer->out_block_first * 2 >= peer->out_blocks->len)
    {
      g_array_remove_range (peer->out_blocks, 0, peer->out_block_first);
      peer->out_block_first = 0;
    }
}

void
bt_peer_flush (BtPeer *peer)
{
  gsize budget = BT_PEER_WRITE_BUDGET;
  guint64 payload_before = peer->counters.sent_payload_bytes;
  gint64 now_us;
  gboolean is_blocked = FALSE;

  if (peer->stage != BT_STAGE_OPEN && peer->stage != BT_STAGE_HANDSHAKING)
    return;

  if (peer->stage == BT_STAGE_OPEN)
    peer->ops->wants_blocks (peer->swarm, peer);
  now_us = bt_clock_get_us (peer->shared->clock);

  while (budget > 0)
    {
      g_autoptr (GError) error = NULL;
      struct iovec iov[MAX_IOV];
      gsize n_bytes;
      int n_iov = gather (peer, iov, &n_bytes);
      gssize n;

      if (n_iov == 0)
        break;
      n = bt_stream_writev (peer->stream, iov, n_iov, &error);
      if (n < 0)
        {
          bt_peer_close (peer, BT_CLOSE_BY_PEER);
          return;
        }
      if (n > 0)
        {
          advance_out (peer, (gsize) n);
          peer->counters.sent_bytes += (guint64) n;
          peer->sent_at_us = now_us;
          budget -= MIN (budget, (gsize) n);
        }
      if (n < (gssize) n_bytes)
        {
          is_blocked = TRUE;
          break;
        }
      if (peer->stage == BT_STAGE_OPEN)
        peer->ops->wants_blocks (peer->swarm, peer);
    }

  if (peer->counters.sent_payload_bytes != payload_before)
    bt_rate_add (&peer->sent_rate, peer->counters.sent_payload_bytes - payload_before, now_us);
  peer->wants_write = is_blocked || peer->out->len > 0 || get_n_out_blocks (peer) > 0;
  bt_peer_update_wanted (peer);

  if (peer->out->len - peer->out_sent > BT_PEER_MAX_OUT_BYTES)
    bt_peer_close (peer, BT_CLOSE_ABUSIVE);
}

void
bt_peer_clear_send (BtPeer *peer)
{
  for (guint i = 0; i < get_n_out_blocks (peer); i++)
    bt_block_pool_release (peer->shared->pool, get_out_block (peer, i)->slot);
  g_array_set_size (peer->out_blocks, 0);
  peer->out_block_first = 0;
  peer->out_block_sent = 0;
  peer->queued_block_bytes = 0;
}

/* --- Their requests --- */

gboolean
bt_peer_is_allowed_out (BtPeer  *peer,
                        guint32  piece)
{
  for (guint i = 0; i < peer->n_allowed_out; i++)
    if (peer->allowed_out[i] == piece)
      return TRUE;
  return FALSE;
}

static void
reject (BtPeer            *peer,
        const BtBlockSpan *span)
{
  if (!peer->limits.has_fast)
    return;
  bt_wire_put_span (peer->out, BT_WIRE_REJECT, span);
  bt_peer_queue_flush (peer);
}

static gboolean
find_request (BtPeer            *peer,
              const BtBlockSpan *span,
              guint             *out_index)
{
  for (guint i = peer->queue_first; i < peer->queue->len; i++)
    {
      const BtBlockSpan *queued = &g_array_index (peer->queue, BtBlockSpan, i);

      if (queued->piece == span->piece && queued->begin == span->begin &&
          queued->length == span->length)
        {
          *out_index = i;
          return TRUE;
        }
    }
  return FALSE;
}

void
bt_peer_add_request (BtPeer            *peer,
                     const BtBlockSpan *span)
{
  gboolean is_refused = peer->am_choking && !bt_peer_is_allowed_out (peer, span->piece);

  if (bt_peer_get_n_queued (peer) >= BT_PEER_OUR_REQQ)
    {
      if (++peer->n_flood > BT_PEER_MAX_FLOOD)
        {
          bt_peer_close (peer, BT_CLOSE_ABUSIVE);
          return;
        }
      is_refused = TRUE;
    }
  if (is_refused || span->length > BT_BLOCK_BYTES ||
      !peer->ops->may_serve (peer->swarm, peer, span))
    {
      reject (peer, span);
      return;
    }
  g_array_append_val (peer->queue, *span);
  bt_peer_queue_flush (peer);
}

void
bt_peer_drop_request (BtPeer            *peer,
                      const BtBlockSpan *span)
{
  guint index;

  if (!find_request (peer, span, &index))
    return;
  g_array_remove_index (peer->queue, index);
  reject (peer, span);
}

gboolean
bt_peer_peek_request (BtPeer      *peer,
                      guint        n_skip,
                      BtBlockSpan *out_span)
{
  if (n_skip >= bt_peer_get_n_queued (peer))
    return FALSE;
  *out_span = g_array_index (peer->queue, BtBlockSpan, peer->queue_first + n_skip);
  return TRUE;
}

gboolean
bt_peer_next_request (BtPeer      *peer,
                      BtBlockSpan *out_span)
{
  if (peer->stage != BT_STAGE_OPEN || bt_peer_get_n_queued (peer) == 0)
    return FALSE;
  if (peer->taken_bytes + peer->queued_block_bytes >= BT_PEER_UPLOAD_AHEAD)
    return FALSE;

  *out_span = g_array_index (peer->queue, BtBlockSpan, peer->queue_first++);
  if (peer->queue_first * 2 >= peer->queue->len)
    {
      g_array_remove_range (peer->queue, 0, peer->queue_first);
      peer->queue_first = 0;
    }
  peer->n_taken++;
  peer->taken_bytes += out_span->length;
  return TRUE;
}

static void
untake (BtPeer            *peer,
        const BtBlockSpan *span)
{
  g_assert (peer->n_taken > 0 && peer->taken_bytes >= span->length);
  peer->n_taken--;
  peer->taken_bytes -= span->length;
}

void
bt_peer_send_block (BtPeer            *peer,
                    const BtBlockSpan *span,
                    guint8            *slot)
{
  BtOutBlock block = { slot, span->length, { 0 } };

  untake (peer, span);
  if (peer->stage != BT_STAGE_OPEN ||
      (peer->am_choking && !bt_peer_is_allowed_out (peer, span->piece)))
    {
      bt_block_pool_release (peer->shared->pool, slot);
      if (peer->stage == BT_STAGE_OPEN)
        reject (peer, span);
      return;
    }
  bt_wire_put_block_head (block.head, span);
  g_array_append_val (peer->out_blocks, block);
  peer->queued_block_bytes += span->length;
  bt_peer_queue_flush (peer);
}

void
bt_peer_send_reject (BtPeer            *peer,
                     const BtBlockSpan *span)
{
  untake (peer, span);
  if (peer->stage == BT_STAGE_OPEN)
    reject (peer, span);
}

/* --- Announcements --- */

void
bt_peer_send_pieces (BtPeer           *peer,
                     const BtBitfield *have)
{
  if (peer->limits.has_fast && bt_bitfield_is_full (have))
    bt_wire_put_simple (peer->out, BT_WIRE_HAVE_ALL);
  else if (peer->limits.has_fast && bt_bitfield_is_empty (have))
    bt_wire_put_simple (peer->out, BT_WIRE_HAVE_NONE);
  else if (!bt_bitfield_is_empty (have))
    bt_wire_put_bitfield (peer->out, have);
  bt_peer_queue_flush (peer);
}

void
bt_peer_send_have (BtPeer  *peer,
                   guint32  piece)
{
  if (peer->stage != BT_STAGE_OPEN)
    return;
  bt_wire_put_index (peer->out, BT_WIRE_HAVE, piece);
  bt_peer_queue_flush (peer);
}

void
bt_peer_send_dont_have (BtPeer  *peer,
                        guint32  piece)
{
  if (peer->stage != BT_STAGE_OPEN || peer->extension_ids[BT_EXTENSION_DONT_HAVE] == 0)
    return;
  bt_extension_put_dont_have (peer->out, peer->extension_ids[BT_EXTENSION_DONT_HAVE], piece);
  bt_peer_queue_flush (peer);
}

void
bt_peer_send_extended_handshake (BtPeer                     *peer,
                                 const BtExtensionHandshake *handshake)
{
  if (!peer->limits.has_extended)
    return;
  bt_extension_put_handshake (peer->out, handshake);
  bt_peer_queue_flush (peer);
}

void
bt_peer_set_interested (BtPeer   *peer,
                        gboolean  is_interested)
{
  if (peer->am_interested == (guint) is_interested || peer->stage != BT_STAGE_OPEN)
    return;
  peer->am_interested = is_interested;
  bt_wire_put_simple (peer->out, is_interested ? BT_WIRE_INTERESTED : BT_WIRE_NOT_INTERESTED);
  bt_peer_queue_flush (peer);
}

/* What is queued is answered with a reject each, or, without BEP 6, dropped by the choke itself. */
static void
drop_queue (BtPeer *peer)
{
  guint kept = 0;

  for (guint i = peer->queue_first; i < peer->queue->len; i++)
    {
      BtBlockSpan *span = &g_array_index (peer->queue, BtBlockSpan, i);

      if (bt_peer_is_allowed_out (peer, span->piece))
        g_array_index (peer->queue, BtBlockSpan, kept++) = *span;
      else
        reject (peer, span);
    }
  g_array_set_size (peer->queue, kept);
  peer->queue_first = 0;
}

void
bt_peer_set_choking (BtPeer   *peer,
                     gboolean  is_choking)
{
  if (peer->am_choking == (guint) is_choking || peer->stage != BT_STAGE_OPEN)
    return;
  peer->am_choking = is_choking;
  bt_wire_put_simple (peer->out, is_choking ? BT_WIRE_CHOKE : BT_WIRE_UNCHOKE);
  if (is_choking)
    drop_queue (peer);
  bt_peer_queue_flush (peer);
}

void
bt_peer_send_allowed_fast (BtPeer        *peer,
                           const guint32 *pieces,
                           guint          n_pieces)
{
  if (!peer->limits.has_fast || peer->stage != BT_STAGE_OPEN || peer->n_allowed_out > 0 ||
      n_pieces == 0)
    return;
  peer->allowed_out = g_memdup2 (pieces, n_pieces * sizeof *pieces);
  peer->n_allowed_out = n_pieces;
  for (guint i = 0; i < n_pieces; i++)
    bt_wire_put_index (peer->out, BT_WIRE_ALLOWED_FAST, pieces[i]);
  bt_peer_queue_flush (peer);
}
