/* bt-peer.c - life and facts of one peer connection
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-peer-private.h"

#include <string.h>

void
bt_peer_shared_init (BtPeerShared *shared,
                     BtClock      *clock,
                     BtPoller     *poller,
                     BtBlockPool  *pool)
{
  *shared = (BtPeerShared) { .clock = clock, .poller = poller, .pool = pool };
  shared->scratch = g_malloc (BT_PEER_SCRATCH_BYTES);
}

void
bt_peer_shared_clear (BtPeerShared *shared)
{
  for (guint i = 0; i < BT_PEER_N_SPARES; i++)
    if (shared->spares[i] != NULL)
      bt_block_pool_release (shared->pool, g_steal_pointer (&shared->spares[i]));
  g_clear_pointer (&shared->scratch, g_free);
}

void
bt_peer_update_wanted (BtPeer *peer)
{
  BtStreamEvents wanted = 0;

  if (peer->stage == BT_STAGE_HANDSHAKING || peer->stage == BT_STAGE_OPEN)
    {
      if (!peer->is_paused)
        wanted |= BT_STREAM_READABLE;
      if (peer->wants_write)
        wanted |= BT_STREAM_WRITABLE;
    }
  bt_stream_set_wanted (peer->stream, wanted);
}

static void
greet (BtPeer *peer)
{
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];

  peer->stage = BT_STAGE_HANDSHAKING;
  peer->connected_at_us = bt_clock_get_us (peer->shared->clock);
  bt_wire_put_handshake (&peer->ours, bytes);
  g_byte_array_append (peer->out, bytes, sizeof bytes);
  bt_peer_queue_flush (peer);
  bt_peer_update_wanted (peer);
}

static void
stream_cb (BtStream       *stream,
           BtStreamEvents  events,
           gpointer        user_data)
{
  BtPeer *peer = user_data;

  if ((events & BT_STREAM_CONNECTED) && peer->stage == BT_STAGE_CONNECTING)
    greet (peer);
  if ((events & BT_STREAM_READABLE) && bt_peer_is_alive (peer))
    bt_peer_read (peer);
  if ((events & BT_STREAM_FAILED) && bt_peer_is_alive (peer))
    bt_peer_close (peer, peer->stage == BT_STAGE_CONNECTING ? BT_CLOSE_UNREACHABLE
                                                            : BT_CLOSE_BY_PEER);
  if ((events & BT_STREAM_WRITABLE) && bt_peer_is_alive (peer))
    bt_peer_flush (peer);
}

static void
flush_task_cb (gpointer user_data)
{
  bt_peer_flush (user_data);
}

static void
start_task_cb (gpointer user_data)
{
  BtPeer *peer = user_data;

  if (bt_peer_is_alive (peer))
    bt_peer_process_pending (peer);
}

static void
close_task_cb (gpointer user_data)
{
  BtPeer *peer = user_data;

  peer->stage = BT_STAGE_DEAD;
  peer->ops->closed (peer->swarm, peer, peer->close_reason);
}

BtPeer *
bt_peer_new (BtPeerShared      *shared,
             const BtPeerOps   *ops,
             gpointer           swarm,
             BtStream          *stream,
             const BtGeometry  *geometry,
             const BtHandshake *ours,
             const guint8      *received,
             gsize              n_received)
{
  BtPeer *peer = g_new0 (BtPeer, 1);
  gint64 now_us = bt_clock_get_us (shared->clock);

  peer->shared = shared;
  peer->ops = ops;
  peer->swarm = swarm;
  peer->stream = stream;
  peer->ours = *ours;
  peer->limits.geometry = geometry;
  peer->out = g_byte_array_new ();
  peer->out_blocks = g_array_new (FALSE, FALSE, sizeof (BtOutBlock));
  peer->queue = g_array_new (FALSE, FALSE, sizeof (BtBlockSpan));
  peer->is_choking_us = TRUE;
  peer->am_choking = TRUE;
  peer->is_slow_start = TRUE;
  peer->is_outgoing = bt_stream_is_outgoing (stream);
  peer->n_target = 2 * BT_PEER_MIN_REQUESTS;
  peer->request_queue = BT_PEER_DEFAULT_REQQ;
  peer->created_at_us = now_us;
  peer->received_at_us = now_us;
  peer->sent_at_us = now_us;
  bt_rate_init (&peer->received_rate, now_us);
  bt_rate_init (&peer->sent_rate, now_us);
  bt_poll_task_init (&peer->flush_task, flush_task_cb, peer);
  bt_poll_task_init (&peer->close_task, close_task_cb, peer);
  bt_poll_task_init (&peer->start_task, start_task_cb, peer);
  bt_stream_set_func (stream, stream_cb, peer);

  if (!peer->is_outgoing)
    {
      /* First: also one that is closed for who it is gets to know who we are, and why. */
      greet (peer);
      if (n_received > 0)
        {
          peer->pending = g_byte_array_new ();
          g_byte_array_append (peer->pending, received, (guint) n_received);
          bt_poller_queue (shared->poller, &peer->start_task);
        }
    }
  return peer;
}

void
bt_peer_free (BtPeer *peer)
{
  if (peer == NULL)
    return;
  bt_poller_unqueue (peer->shared->poller, &peer->flush_task);
  bt_poller_unqueue (peer->shared->poller, &peer->close_task);
  bt_poller_unqueue (peer->shared->poller, &peer->start_task);
  bt_peer_clear_send (peer);
  if (peer->slot != NULL)
    bt_block_pool_release (peer->shared->pool, peer->slot);
  g_clear_pointer (&peer->stream, bt_stream_free);
  g_clear_pointer (&peer->pending, g_byte_array_unref);
  g_byte_array_unref (peer->out);
  g_array_unref (peer->out_blocks);
  g_array_unref (peer->queue);
  g_free (peer->allowed_in);
  g_free (peer->allowed_out);
  g_free (peer);
}

void
bt_peer_close (BtPeer        *peer,
               BtCloseReason  reason)
{
  if (!bt_peer_is_alive (peer))
    return;
  peer->stage = BT_STAGE_CLOSING;
  peer->close_reason = reason;
  bt_peer_update_wanted (peer);
  bt_poller_queue (peer->shared->poller, &peer->close_task);
}

void
bt_peer_fail_wire (BtPeer       *peer,
                   BtWireReason  reason)
{
  if (!bt_peer_is_alive (peer))
    return;
  peer->wire_reason = reason;
  bt_peer_close (peer, BT_CLOSE_PROTOCOL);
}

void
bt_peer_set_paused (BtPeer   *peer,
                    gboolean  is_paused)
{
  if (peer->is_paused == (guint) is_paused)
    return;
  peer->is_paused = is_paused;
  if (!is_paused)
    peer->payload_at_us = bt_clock_get_us (peer->shared->clock);
  bt_peer_update_wanted (peer);
}

void
bt_peer_tick (BtPeer *peer,
              gint64  now_us)
{
  switch (peer->stage)
    {
    case BT_STAGE_CONNECTING:
      if (now_us - peer->created_at_us >= BT_PEER_CONNECT_TIMEOUT_US)
        bt_peer_close (peer, BT_CLOSE_CONNECT_TIMEOUT);
      return;

    case BT_STAGE_HANDSHAKING:
      if (now_us - peer->connected_at_us >= BT_PEER_HANDSHAKE_TIMEOUT_US)
        bt_peer_close (peer, BT_CLOSE_HANDSHAKE_TIMEOUT);
      return;

    case BT_STAGE_OPEN:
      break;

    case BT_STAGE_CLOSING:
    case BT_STAGE_DEAD:
    default:
      return;
    }

  /* While we do not read, its silence is ours. */
  if (peer->is_paused)
    peer->received_at_us = now_us;
  if (now_us - peer->received_at_us >= BT_PEER_SILENCE_US)
    {
      bt_peer_close (peer, BT_CLOSE_SILENT);
      return;
    }
  if (now_us - peer->sent_at_us >= BT_PEER_KEEP_ALIVE_US)
    {
      bt_wire_put_keep_alive (peer->out);
      peer->sent_at_us = now_us;
      bt_peer_queue_flush (peer);
    }
  if (peer->am_interested || peer->n_requests > 0)
    bt_peer_tick_requests (peer, now_us);
}

/* --- Facts --- */

BtPeerState
bt_peer_get_state (BtPeer *peer)
{
  switch (peer->stage)
    {
    case BT_STAGE_CONNECTING:
      return BT_PEER_CONNECTING;
    case BT_STAGE_HANDSHAKING:
      return BT_PEER_HANDSHAKING;
    case BT_STAGE_CLOSING:
      return BT_PEER_CLOSING;
    case BT_STAGE_DEAD:
      return BT_PEER_DEAD;
    case BT_STAGE_OPEN:
    default:
      break;
    }
  if (peer->n_requests > 0)
    return BT_PEER_DOWNLOADING;
  if (!peer->am_interested)
    return BT_PEER_UPLOADING_ONLY;
  return peer->is_choking_us ? BT_PEER_CHOKED : BT_PEER_WAITING;
}

void
bt_peer_set_data (BtPeer   *peer,
                  gpointer  data)
{
  peer->data = data;
}

gpointer
bt_peer_get_data (BtPeer *peer)
{
  return peer->data;
}

BtCloseReason
bt_peer_get_close_reason (BtPeer *peer)
{
  return peer->close_reason;
}

BtWireReason
bt_peer_get_wire_reason (BtPeer *peer)
{
  return peer->wire_reason;
}

const BtAddress *
bt_peer_get_address (BtPeer *peer)
{
  return bt_stream_get_remote (peer->stream);
}

BtStream *
bt_peer_get_stream (BtPeer *peer)
{
  return peer->stream;
}

const guint8 *
bt_peer_get_id (BtPeer *peer)
{
  return peer->theirs.peer_id;
}

const char *
bt_peer_get_client (BtPeer *peer)
{
  return peer->client;
}

gboolean
bt_peer_is_outgoing (BtPeer *peer)
{
  return peer->is_outgoing;
}

gboolean
bt_peer_is_choking_us (BtPeer *peer)
{
  return peer->is_choking_us;
}

gboolean
bt_peer_is_interested (BtPeer *peer)
{
  return peer->is_interested;
}

gboolean
bt_peer_am_choking (BtPeer *peer)
{
  return peer->am_choking;
}

gboolean
bt_peer_am_interested (BtPeer *peer)
{
  return peer->am_interested;
}

gboolean
bt_peer_is_snubbed (BtPeer *peer)
{
  return peer->is_snubbed;
}

gboolean
bt_peer_is_upload_only (BtPeer *peer)
{
  return peer->is_upload_only;
}

gboolean
bt_peer_has_fast (BtPeer *peer)
{
  return peer->limits.has_fast;
}

gboolean
bt_peer_has_dht (BtPeer *peer)
{
  return peer->ours.has_dht && peer->theirs.has_dht;
}

gboolean
bt_peer_speaks (BtPeer      *peer,
                BtExtension  extension)
{
  return peer->limits.has_extended && peer->extension_ids[extension] != 0;
}

gboolean
bt_peer_has_extended (BtPeer *peer)
{
  return peer->limits.has_extended;
}

gsize
bt_peer_get_n_out_bytes (BtPeer *peer)
{
  return peer->out->len - peer->out_sent;
}

guint
bt_peer_get_allowed_fast (BtPeer         *peer,
                          const guint32 **out_pieces)
{
  *out_pieces = peer->allowed_in;
  return peer->n_allowed_in;
}

guint
bt_peer_get_n_requests (BtPeer *peer)
{
  return peer->n_requests;
}

gboolean
bt_peer_may_be_late (BtPeer *peer)
{
  return peer->n_forgiven > 0;
}

guint
bt_peer_get_n_queued (BtPeer *peer)
{
  return peer->queue->len - peer->queue_first;
}

gint64
bt_peer_get_connected_at_us (BtPeer *peer)
{
  return peer->connected_at_us;
}

gboolean
bt_peer_is_unanswered (BtPeer *peer)
{
  return bt_stream_get_n_unanswered (peer->stream) >= BT_PEER_N_UNANSWERED;
}

gint64
bt_peer_get_heard_at_us (BtPeer *peer)
{
  return bt_peer_is_unanswered (peer) ? peer->received_at_us
                                      : MAX (peer->received_at_us, peer->sent_at_us);
}

guint64
bt_peer_get_received_bps (BtPeer *peer,
                          gint64  now_us)
{
  return bt_rate_get_bps (&peer->received_rate, now_us);
}

guint64
bt_peer_get_sent_bps (BtPeer *peer,
                      gint64  now_us)
{
  return bt_rate_get_bps (&peer->sent_rate, now_us);
}

const BtPeerCounters *
bt_peer_get_counters (BtPeer *peer)
{
  return &peer->counters;
}
