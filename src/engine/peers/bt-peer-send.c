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
  iov[(*n_iov)++] = (struct iovec) { block->slot + n_sent, block->span.length - n_sent };
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
  guint32 total = BT_WIRE_BLOCK_HEADER_BYTES + block->span.length;
  gsize take = MIN (n_bytes, total - peer->out_block_sent);

  peer->out_block_sent += (guint32) take;
  if (peer->out_block_sent == total)
    {
      peer->counters.sent_payload_bytes += block->span.length;
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
is_same (const BtBlockSpan *a,
         const BtBlockSpan *b)
{
  return a->piece == b->piece && a->begin == b->begin && a->length == b->length;
}

/* What we let it have although it is choked is no way around its turn: each piece once, about. */
static gboolean
may_ask (BtPeer            *peer,
         const BtBlockSpan *span)
{
  if (!peer->am_choking)
    return TRUE;
  if (!bt_peer_is_allowed_out (peer, span->piece))
    return FALSE;
  peer->fast_bytes += span->length;
  return peer->fast_bytes <= (guint64) peer->n_allowed_out * peer->limits.geometry->piece_bytes;
}

void
bt_peer_add_request (BtPeer            *peer,
                     const BtBlockSpan *span)
{
  if (bt_peer_get_n_queued (peer) < BT_PEER_OUR_REQQ && span->length <= BT_BLOCK_BYTES &&
      may_ask (peer, span) && peer->ops->may_serve (peer->swarm, peer, span))
    {
      peer->n_refused = 0;
      g_array_append_val (peer->queue, *span);
      bt_peer_queue_flush (peer);
    }
  else if (++peer->n_refused > BT_PEER_MAX_REFUSED)
    bt_peer_close (peer, BT_CLOSE_ABUSIVE);
  else
    reject (peer, span);
}

/* The first block that may still be taken back: one that has begun to go out must go on. */
static guint
get_first_unbegun (const BtPeer *peer)
{
  return peer->out_block_sent > 0 ? 1 : 0;
}

static void
take_back_out_block (BtPeer *peer,
                     guint   index)
{
  BtOutBlock *block = get_out_block (peer, index);
  BtBlockSpan span = block->span;

  bt_block_pool_release (peer->shared->pool, block->slot);
  g_array_remove_index (peer->out_blocks, peer->out_block_first + index);
  reject (peer, &span);
}

/* One that is being read is sent. */
void
bt_peer_drop_request (BtPeer            *peer,
                      const BtBlockSpan *span)
{
  for (guint i = peer->queue_first; i < peer->queue->len; i++)
    if (is_same (&g_array_index (peer->queue, BtBlockSpan, i), span))
      {
        g_array_remove_index (peer->queue, i);
        reject (peer, span);
        return;
      }
  for (guint i = get_first_unbegun (peer); i < get_n_out_blocks (peer); i++)
    if (is_same (&get_out_block (peer, i)->span, span))
      {
        take_back_out_block (peer, i);
        return;
      }
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
  if (bt_peer_get_n_uploading (peer) >= BT_PEER_UPLOAD_AHEAD)
    return FALSE;

  *out_span = g_array_index (peer->queue, BtBlockSpan, peer->queue_first++);
  if (peer->queue_first * 2 >= peer->queue->len)
    {
      g_array_remove_range (peer->queue, 0, peer->queue_first);
      peer->queue_first = 0;
    }
  peer->n_taken++;
  return TRUE;
}

guint
bt_peer_get_n_uploading (BtPeer *peer)
{
  return peer->n_taken + get_n_out_blocks (peer);
}

void
bt_peer_send_block (BtPeer            *peer,
                    const BtBlockSpan *span,
                    guint8            *slot)
{
  BtOutBlock block = { slot, *span, { 0 } };

  g_assert (peer->n_taken > 0);
  peer->n_taken--;
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
  bt_peer_queue_flush (peer);
}

void
bt_peer_send_reject (BtPeer            *peer,
                     const BtBlockSpan *span)
{
  g_assert (peer->n_taken > 0);
  peer->n_taken--;
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
bt_peer_send_port (BtPeer  *peer,
                   guint16  port)
{
  bt_wire_put_port (peer->out, port);
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
bt_peer_send_extension (BtPeer       *peer,
                        BtExtension   extension,
                        const guint8 *payload,
                        gsize         n_bytes)
{
  if (peer->stage != BT_STAGE_OPEN || !bt_peer_speaks (peer, extension))
    return;
  bt_wire_put_extended (peer->out, peer->extension_ids[extension], payload, n_bytes);
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
  for (guint i = get_n_out_blocks (peer); i > get_first_unbegun (peer); i--)
    if (!bt_peer_is_allowed_out (peer, get_out_block (peer, i - 1)->span.piece))
      take_back_out_block (peer, i - 1);
}

void
bt_peer_set_choking (BtPeer   *peer,
                     gboolean  is_choking)
{
  if (peer->am_choking == (guint) is_choking || peer->stage != BT_STAGE_OPEN)
    return;
  peer->am_choking = is_choking;
  peer->n_refused = 0;
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
