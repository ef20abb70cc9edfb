/* bt-peer-requests.c - how many blocks to have on order
 *
 * Requests in flight follow rate × (delay + 1 s): the product fills the line, the second covers the
 * other side's disk and scheduling. From an unchoke on it grows by one a block (so it doubles every
 * round trip) until the rate stops growing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-peer-private.h"

#define PICK_AT_ONCE 64

static guint
get_max_requests (BtPeer *peer)
{
  return CLAMP (peer->request_queue, 1, BT_PEER_MAX_REQUESTS);
}

void
bt_peer_fill_requests (BtPeer *peer)
{
  BtBlockSpan spans[PICK_AT_ONCE];
  guint target = peer->is_snubbed ? 1 : MIN (peer->n_target, get_max_requests (peer));
  gboolean is_first = peer->n_requests == 0;

  if (peer->stage != BT_STAGE_OPEN || peer->is_paused || !peer->am_interested)
    return;
  if (peer->is_choking_us && peer->n_allowed_in == 0)
    return;
  /* One that refuses what it could be asked for would be asked for the same again, for ever. */
  if (peer->n_rejects > BT_PEER_MAX_REJECTS)
    return;
  /* In batches, so that messages and picks come by the handful. */
  if (peer->n_requests > BT_PEER_MIN_REQUESTS && peer->n_requests + target / 8 > target)
    return;

  while (peer->n_requests < target)
    {
      guint n_wanted = MIN (target - peer->n_requests, PICK_AT_ONCE);
      guint n = peer->ops->pick (peer->swarm, peer, spans, n_wanted);

      for (guint i = 0; i < n; i++)
        bt_wire_put_span (peer->out, BT_WIRE_REQUEST, &spans[i]);
      if (n > 0 && peer->probe.length == 0)
        {
          peer->probe = spans[n - 1];
          peer->probe_at_us = bt_clock_get_us (peer->shared->clock);
        }
      peer->n_requests += n;
      if (n < n_wanted)
        break;
    }

  if (peer->n_requests > 0)
    {
      if (is_first)
        peer->payload_at_us = bt_clock_get_us (peer->shared->clock);
      bt_peer_queue_flush (peer);
    }
}

/* Answers to requests that were taken back are not held against the peer. */
static void
forgive (BtPeer *peer,
         guint   n_requests)
{
  peer->n_forgiven = MIN (peer->n_forgiven + n_requests, 2 * BT_PEER_MAX_REQUESTS);
}

static gboolean
is_probe (const BtPeer      *peer,
          const BtBlockSpan *span)
{
  return peer->probe.length != 0 && peer->probe.piece == span->piece &&
         peer->probe.begin == span->begin;
}

void
bt_peer_end_probe (BtPeer            *peer,
                   const BtBlockSpan *span)
{
  if (is_probe (peer, span))
    peer->probe.length = 0;
}

void
bt_peer_note_block (BtPeer            *peer,
                    const BtBlockSpan *span,
                    BtPeerBlock        kind)
{
  if (kind == BT_PEER_BLOCK_LATE)
    {
      /* It answers again. */
      peer->is_snubbed = FALSE;
      if (peer->n_forgiven > 0)
        peer->n_forgiven--;
      return;
    }
  if (kind == BT_PEER_BLOCK_UNASKED)
    {
      peer->counters.wasted_bytes += span->length;
      if (peer->n_forgiven > 0)
        peer->n_forgiven--;
      else if (++peer->n_unasked > BT_PEER_MAX_UNASKED)
        bt_peer_close (peer, BT_CLOSE_ABUSIVE);
      return;
    }

  if (peer->n_requests > 0)
    peer->n_requests--;
  peer->is_snubbed = FALSE;
  if (peer->is_slow_start && peer->n_target < BT_PEER_MAX_REQUESTS)
    peer->n_target++;
  if (is_probe (peer, span))
    {
      gint64 delay_us = bt_clock_get_us (peer->shared->clock) - peer->probe_at_us;

      peer->delay_us = peer->delay_us == 0 ? delay_us
                                           : MIN (peer->delay_us + peer->delay_us / 16, delay_us);
      peer->probe.length = 0;
    }
}

void
bt_peer_cancel (BtPeer            *peer,
                const BtBlockSpan *span)
{
  if (peer->stage != BT_STAGE_OPEN)
    return;
  if (peer->n_requests > 0)
    peer->n_requests--;
  bt_peer_end_probe (peer, span);
  forgive (peer, 1);
  bt_wire_put_span (peer->out, BT_WIRE_CANCEL, span);
  bt_peer_queue_flush (peer);
}

void
bt_peer_forget_requests (BtPeer *peer)
{
  forgive (peer, peer->n_requests);
  peer->n_requests = 0;
  peer->probe.length = 0;
}

/* Once a second. */
void
bt_peer_tick_requests (BtPeer *peer,
                       gint64  now_us)
{
  guint64 payload = peer->counters.received_payload_bytes;
  guint64 bps = payload - peer->last_tick_payload;

  peer->last_tick_payload = payload;
  peer->n_rejects = 0;
  /* Again and again, or the one block that a snubbed peer is asked for would be its for ever. */
  if (peer->n_requests > 0 && !peer->is_paused && now_us - peer->payload_at_us > BT_PEER_SNUB_US)
    {
      peer->is_snubbed = TRUE;
      peer->is_slow_start = FALSE;
      peer->n_target = BT_PEER_MIN_REQUESTS;
      peer->payload_at_us = now_us;
      peer->ops->snubbed (peer->swarm, peer);
      if (!bt_peer_is_alive (peer))
        return;
    }

  if (peer->is_slow_start && peer->last_tick_bps > 0 &&
      bps < peer->last_tick_bps + peer->last_tick_bps / 10)
    peer->is_slow_start = FALSE;
  peer->last_tick_bps = bps;
  if (!peer->is_slow_start)
    {
      guint64 rate = MAX (bps, bt_rate_get_bps (&peer->received_rate, now_us));
      guint64 n = rate * (guint64) (peer->delay_us + BT_SECOND_US) / BT_SECOND_US / BT_BLOCK_BYTES;

      peer->n_target = (guint) CLAMP (n, BT_PEER_MIN_REQUESTS, BT_PEER_MAX_REQUESTS);
    }
  bt_peer_fill_requests (peer);
}
