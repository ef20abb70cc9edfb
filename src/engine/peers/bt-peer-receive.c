/* bt-peer-receive.c - from the stream to whole messages and blocks
 *
 * Data of a block goes straight from the socket into its slot. While blocks flow, the read is
 * scattered on the guess that block follows block:
 *
 *   [rest of this slot][head][slot][head][slot]…[scratch]
 *
 * A wrong guess costs a copy, nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-peer-private.h"

#include <string.h>

#define MAX_IOV (2 + 2 * BT_PEER_N_SPARES)

typedef struct
{
  struct iovec iov[MAX_IOV];
  int          n_iov;
  gsize        n_bytes;                 /* asked for in all */
  guint        n_guesses;
  gsize        n_carried;               /* bytes of pending at the start of the scratch */
  guint8       heads[BT_PEER_N_SPARES][BT_WIRE_BLOCK_HEADER_BYTES];
} Scatter;

static void
add_iov (Scatter *scatter,
         guint8  *bytes,
         gsize    n_bytes)
{
  scatter->iov[scatter->n_iov++] = (struct iovec) { bytes, n_bytes };
  scatter->n_bytes += n_bytes;
}

static void
save_pending (BtPeer       *peer,
              const guint8 *bytes,
              gsize         n_bytes)
{
  if (n_bytes == 0)
    return;
  if (peer->pending == NULL)
    peer->pending = g_byte_array_new ();
  g_byte_array_append (peer->pending, bytes, (guint) n_bytes);
}

static void
begin_block (BtPeer            *peer,
             const BtBlockSpan *span)
{
  peer->block = *span;
  peer->block_filled = 0;
  peer->in_block = TRUE;
  if (peer->slot == NULL)
    peer->slot = bt_block_pool_acquire (peer->shared->pool, TRUE);
}

/* `n_bytes` more bytes of the block are in its slot. */
static void
advance_block (BtPeer *peer,
               gsize   n_bytes)
{
  guint8 *slot;
  BtBlockSpan span;
  BtPeerBlock kind;

  peer->block_filled += (guint32) n_bytes;
  peer->counters.received_payload_bytes += n_bytes;
  if (peer->block_filled < peer->block.length)
    return;

  span = peer->block;
  slot = g_steal_pointer (&peer->slot);
  peer->in_block = FALSE;
  kind = peer->ops->block (peer->swarm, peer, &span, slot);
  bt_peer_note_block (peer, &span, kind);
}

/* Consumes what it can; returns how many bytes were. */
static gsize
process (BtPeer       *peer,
         const guint8 *bytes,
         gsize         n_bytes)
{
  const guint8 *p = bytes;
  const guint8 *end = bytes + n_bytes;

  while (p < end && bt_peer_is_alive (peer))
    {
      BtWireMessage message;

      if (peer->in_block)
        {
          gsize take = MIN ((gsize) (end - p), peer->block.length - peer->block_filled);

          memcpy (peer->slot + peer->block_filled, p, take);
          p += take;
          advance_block (peer, take);
          continue;
        }

      if (peer->stage == BT_STAGE_HANDSHAKING)
        {
          BtHandshake handshake;
          gboolean has_hash = FALSE;
          BtWireResult result = bt_wire_parse_handshake (p, (gsize) (end - p), &handshake,
                                                         &has_hash);

          if (result == BT_WIRE_NEED_MORE)
            break;
          if (result == BT_WIRE_BAD)
            {
              bt_peer_fail_wire (peer, BT_WIRE_REASON_PROTOCOL);
              break;
            }
          p += BT_WIRE_HANDSHAKE_BYTES;
          bt_peer_handle_greeting (peer, &handshake);
          continue;
        }

      switch (bt_wire_parse (&peer->limits, p, (gsize) (end - p), &message))
        {
        case BT_WIRE_NEED_MORE:
          return (gsize) (p - bytes);

        case BT_WIRE_BLOCK:
          p += message.size;
          begin_block (peer, &message.span);
          break;

        case BT_WIRE_MESSAGE:
          p += message.size;
          bt_peer_handle_message (peer, &message);
          break;

        case BT_WIRE_BAD:
        default:
          bt_peer_fail_wire (peer, message.reason);
          break;
        }
    }
  return (gsize) (p - bytes);
}

static void
process_and_save (BtPeer       *peer,
                  const guint8 *bytes,
                  gsize         n_bytes)
{
  gsize used = process (peer, bytes, n_bytes);

  if (bt_peer_is_alive (peer))
    save_pending (peer, bytes + used, n_bytes - used);
}

void
bt_peer_process_pending (BtPeer *peer)
{
  g_autoptr (GByteArray) bytes = g_steal_pointer (&peer->pending);

  if (bytes != NULL)
    process_and_save (peer, bytes->data, bytes->len);
}

/* Where the next bytes should land. */
static void
prepare (BtPeer  *peer,
         Scatter *scatter)
{
  BtPeerShared *shared = peer->shared;
  guint n_guesses = 0;

  scatter->n_iov = 0;
  scatter->n_bytes = 0;
  scatter->n_carried = 0;
  if (peer->in_block)
    add_iov (scatter, peer->slot + peer->block_filled, peer->block.length - peer->block_filled);

  if (peer->pending != NULL)
    {
      scatter->n_carried = peer->pending->len;
      memcpy (shared->scratch, peer->pending->data, peer->pending->len);
      g_clear_pointer (&peer->pending, g_byte_array_unref);
    }
  else if (peer->stage == BT_STAGE_OPEN)
    {
      n_guesses = MIN (peer->n_requests, BT_PEER_N_SPARES);
      if (peer->in_block && n_guesses > 0)
        n_guesses--;
    }

  for (scatter->n_guesses = 0; scatter->n_guesses < n_guesses; scatter->n_guesses++)
    {
      guint i = scatter->n_guesses;

      if (shared->spares[i] == NULL)
        shared->spares[i] = bt_block_pool_acquire (shared->pool, FALSE);
      if (shared->spares[i] == NULL)
        break;
      add_iov (scatter, scatter->heads[i], BT_WIRE_BLOCK_HEADER_BYTES);
      add_iov (scatter, shared->spares[i], BT_BLOCK_BYTES);
    }
  add_iov (scatter, shared->scratch + scatter->n_carried,
           BT_PEER_SCRATCH_BYTES - scatter->n_carried);
}

/* The guess failed at `iov[from]`: what lies there and behind is an ordinary piece of the
 * stream. */
static void
process_unguessed (BtPeer  *peer,
                   Scatter *scatter,
                   int      from,
                   gsize    n_left)
{
  g_autoptr (GByteArray) bytes = g_byte_array_sized_new ((guint) n_left);

  for (int i = from; i < scatter->n_iov && n_left > 0; i++)
    {
      gsize take = MIN (n_left, scatter->iov[i].iov_len);

      g_byte_array_append (bytes, scatter->iov[i].iov_base, (guint) take);
      n_left -= take;
    }
  process_and_save (peer, bytes->data, bytes->len);
}

/* Takes a guessed block whose head lies in heads[i]. FALSE: it is something else. */
static gboolean
take_guess (BtPeer  *peer,
            Scatter *scatter,
            guint    i,
            gsize    n_data)
{
  BtPeerShared *shared = peer->shared;
  BtWireMessage message;

  if (bt_wire_parse (&peer->limits, scatter->heads[i], BT_WIRE_BLOCK_HEADER_BYTES,
                     &message) != BT_WIRE_BLOCK ||
      message.span.length != BT_BLOCK_BYTES)
    return FALSE;

  peer->slot = g_steal_pointer (&shared->spares[i]);
  begin_block (peer, &message.span);
  if (n_data > 0)
    advance_block (peer, n_data);
  return TRUE;
}

/* Hands out the `n_read` bytes that were read. */
static void
distribute (BtPeer  *peer,
            Scatter *scatter,
            gsize    n_read)
{
  gsize left = n_read;
  int at = 0;

  if (peer->in_block)
    {
      gsize take = MIN (left, scatter->iov[0].iov_len);

      left -= take;
      at = 1;
      advance_block (peer, take);
    }

  for (guint i = 0; i < scatter->n_guesses && left > 0 && bt_peer_is_alive (peer); i++)
    {
      gsize n_data;

      if (left < BT_WIRE_BLOCK_HEADER_BYTES)
        {
          process_and_save (peer, scatter->heads[i], left);
          return;
        }
      n_data = MIN (left - BT_WIRE_BLOCK_HEADER_BYTES, BT_BLOCK_BYTES);
      if (!take_guess (peer, scatter, i, n_data))
        {
          process_unguessed (peer, scatter, at, left);
          return;
        }
      left -= BT_WIRE_BLOCK_HEADER_BYTES + n_data;
      at += 2;
    }

  if (bt_peer_is_alive (peer) && (left > 0 || scatter->n_carried > 0))
    process_and_save (peer, peer->shared->scratch, scatter->n_carried + left);
}

/* A long message (a large bitfield, metadata) grows in its own buffer. Returns as
 * bt_stream_readv(). */
static gssize
read_in_place (BtPeer  *peer,
               GError **error)
{
  guint had = peer->pending->len;
  struct iovec iov;
  gssize n;

  g_byte_array_set_size (peer->pending, had + 64 * 1024);
  iov = (struct iovec) { peer->pending->data + had, 64 * 1024 };
  n = bt_stream_readv (peer->stream, &iov, 1, error);
  g_byte_array_set_size (peer->pending, had + (guint) MAX (n, 0));
  if (n > 0)
    bt_peer_process_pending (peer);
  return n;
}

void
bt_peer_read (BtPeer *peer)
{
  gsize budget = BT_PEER_READ_BUDGET;
  Scatter scatter;

  while (budget > 0 && !peer->is_paused && bt_peer_is_alive (peer))
    {
      g_autoptr (GError) error = NULL;
      guint64 payload_before = peer->counters.received_payload_bytes;
      gint64 now_us;
      gboolean is_drained;
      gssize n;

      if (peer->pending != NULL && peer->pending->len > BT_PEER_PENDING_IN_PLACE)
        {
          n = read_in_place (peer, &error);
          is_drained = n < 64 * 1024;
        }
      else
        {
          prepare (peer, &scatter);
          n = bt_stream_readv (peer->stream, scatter.iov, scatter.n_iov, &error);
          is_drained = n < (gssize) scatter.n_bytes;
          if (n <= 0 && scatter.n_carried > 0)
            save_pending (peer, peer->shared->scratch, scatter.n_carried);
          else if (n > 0)
            distribute (peer, &scatter, (gsize) n);
        }

      if (n < 0)
        {
          bt_peer_close (peer, BT_CLOSE_BY_PEER);
          return;
        }
      if (n == 0)
        return;

      now_us = bt_clock_get_us (peer->shared->clock);
      peer->counters.received_bytes += (guint64) n;
      peer->received_at_us = now_us;
      if (peer->counters.received_payload_bytes != payload_before)
        {
          bt_rate_add (&peer->received_rate,
                       peer->counters.received_payload_bytes - payload_before, now_us);
          peer->payload_at_us = now_us;
          if (peer->is_snubbed && peer->n_requests > 0)
            peer->is_snubbed = FALSE;
        }
      budget -= MIN (budget, (gsize) n);
      if (is_drained)
        break;
    }

  if (bt_peer_is_alive (peer) && peer->stage == BT_STAGE_OPEN)
    bt_peer_fill_requests (peer);
}
