/* bt-peer-messages.c - what each message means
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-peer-private.h"

#include <string.h>

#define MAX_PORTS 4  /* of a connection: it may move */

void
bt_peer_handle_greeting (BtPeer            *peer,
                         const BtHandshake *handshake)
{
  BtCloseReason reason;

  if (memcmp (handshake->info_hash, peer->ours.info_hash, BT_SHA1_BYTES) != 0)
    {
      bt_peer_close (peer, BT_CLOSE_FOREIGN);
      return;
    }
  peer->theirs = *handshake;
  peer->limits.has_fast = peer->ours.has_fast && handshake->has_fast;
  peer->limits.has_extended = peer->ours.has_extended && handshake->has_extended;
  peer->stage = BT_STAGE_OPEN;
  peer->connected_at_us = bt_clock_get_us (peer->shared->clock);
  peer->payload_at_us = peer->connected_at_us;
  bt_peer_id_to_client (handshake->peer_id, peer->client, sizeof peer->client);

  reason = peer->ops->greeted (peer->swarm, peer, handshake);
  if (reason != BT_CLOSE_NONE)
    bt_peer_close (peer, reason);
}

static void
handle_choke (BtPeer   *peer,
              gboolean  is_choked)
{
  if (peer->is_choking_us == (guint) is_choked)
    return;
  peer->is_choking_us = is_choked;
  if (!is_choked)
    {
      peer->n_rejects = 0;
      peer->is_slow_start = TRUE;
      peer->payload_at_us = bt_clock_get_us (peer->shared->clock);
    }
  peer->ops->choked (peer->swarm, peer, is_choked);
  if (!is_choked)
    bt_peer_fill_requests (peer);
}

static void
handle_pieces (BtPeer       *peer,
               const guint8 *bytes,
               gsize         n_bytes,
               gboolean      has_all)
{
  /* BEP 3 wants it first and once. Several clients send it late, and aria2 sends it again in place
   * of many haves. But five bytes that stand for all of a large torrent cost us more than it. */
  if (bytes == NULL && ++peer->n_have_alls > BT_PEER_MAX_HAVE_ALLS)
    {
      bt_peer_close (peer, BT_CLOSE_ABUSIVE);
      return;
    }
  if (!peer->ops->has_pieces (peer->swarm, peer, bytes, n_bytes, has_all))
    bt_peer_fail_wire (peer, BT_WIRE_REASON_BAD_BITFIELD);
}

static void
handle_reject (BtPeer            *peer,
               const BtBlockSpan *span)
{
  if (peer->ops->rejected (peer->swarm, peer, span))
    {
      if (peer->n_requests > 0)
        peer->n_requests--;
      peer->n_rejects++;
      bt_peer_end_probe (peer, span);
    }
  else if (peer->n_forgiven > 0)
    peer->n_forgiven--;
  else if (++peer->n_unasked > BT_PEER_MAX_UNASKED)
    bt_peer_close (peer, BT_CLOSE_ABUSIVE);
}

static void
handle_allowed_fast (BtPeer  *peer,
                     guint32  piece)
{
  if (peer->n_allowed_in == BT_PEER_MAX_ALLOWED_FAST)
    return;
  for (guint i = 0; i < peer->n_allowed_in; i++)
    if (peer->allowed_in[i] == piece)
      return;
  if (peer->allowed_in == NULL)
    peer->allowed_in = g_new (guint32, BT_PEER_MAX_ALLOWED_FAST);
  peer->allowed_in[peer->n_allowed_in++] = piece;
}

static void
handle_extended_handshake (BtPeer              *peer,
                           const BtWireMessage *message)
{
  BtExtensionHandshake handshake;

  if (!bt_extension_parse_handshake (message->payload, message->payload_bytes, &handshake))
    {
      bt_peer_fail_wire (peer, BT_WIRE_REASON_BAD_EXTENSION);
      return;
    }
  bt_extension_update_ids (peer->extension_ids, &handshake);
  if (handshake.request_queue > 0)
    peer->request_queue = handshake.request_queue;
  if (handshake.has_upload_only)
    peer->is_upload_only = handshake.is_upload_only;
  if (handshake.client[0] != '\0')
    g_strlcpy (peer->client, handshake.client, sizeof peer->client);
  peer->ops->extended (peer->swarm, peer, &handshake);
}

static void
handle_extended (BtPeer              *peer,
                 const BtWireMessage *message)
{
  guint32 piece;

  switch (message->extended_id)
    {
    case BT_EXTENSION_HANDSHAKE:
      handle_extended_handshake (peer, message);
      break;

    case BT_EXTENSION_DONT_HAVE:
      if (bt_extension_parse_dont_have (message->payload, message->payload_bytes, &piece) &&
          peer->limits.geometry != NULL && piece < peer->limits.geometry->n_pieces)
        peer->ops->have (peer->swarm, peer, piece, FALSE);
      break;

    case BT_EXTENSION_UPLOAD_ONLY:
      if (message->payload_bytes != 1)
        break;
      peer->is_upload_only = message->payload[0] != 0;
      peer->ops->upload_only (peer->swarm, peer);
      break;

    default:
      if (message->extended_id < BT_N_EXTENSIONS && peer->ops->extension != NULL)
        peer->ops->extension (peer->swarm, peer, (BtExtension) message->extended_id,
                              message->payload, message->payload_bytes);
      break;
    }
}

/* At its own address, so that nobody can have others asked through us, and few. */
static void
handle_port (BtPeer  *peer,
             guint16  port)
{
  BtAddress node = *bt_peer_get_address (peer);

  if (!peer->ours.has_dht || port == 0 || peer->ops->dht_node == NULL ||
      peer->n_ports++ >= MAX_PORTS)
    return;
  node.port = port;
  peer->ops->dht_node (peer->swarm, peer, &node);
}

void
bt_peer_handle_message (BtPeer              *peer,
                        const BtWireMessage *message)
{
  switch (message->id)
    {
    case BT_WIRE_CHOKE:
    case BT_WIRE_UNCHOKE:
      handle_choke (peer, message->id == BT_WIRE_CHOKE);
      break;

    case BT_WIRE_INTERESTED:
    case BT_WIRE_NOT_INTERESTED:
      if (peer->is_interested == (message->id == BT_WIRE_INTERESTED))
        break;
      peer->is_interested = message->id == BT_WIRE_INTERESTED;
      peer->ops->interested (peer->swarm, peer, peer->is_interested);
      break;

    case BT_WIRE_HAVE:
      peer->ops->have (peer->swarm, peer, message->span.piece, TRUE);
      break;

    case BT_WIRE_BITFIELD:
      handle_pieces (peer, message->payload, message->payload_bytes, FALSE);
      break;

    case BT_WIRE_HAVE_ALL:
    case BT_WIRE_HAVE_NONE:
      handle_pieces (peer, NULL, 0, message->id == BT_WIRE_HAVE_ALL);
      break;

    case BT_WIRE_REQUEST:
      peer->counters.n_requests_received++;
      bt_peer_add_request (peer, &message->span);
      break;

    case BT_WIRE_CANCEL:
      bt_peer_drop_request (peer, &message->span);
      break;

    case BT_WIRE_REJECT:
      handle_reject (peer, &message->span);
      break;

    case BT_WIRE_ALLOWED_FAST:
      handle_allowed_fast (peer, message->span.piece);
      break;

    case BT_WIRE_EXTENDED:
      handle_extended (peer, message);
      break;

    case BT_WIRE_PORT:
      handle_port (peer, message->port);
      break;

    case BT_WIRE_SUGGEST:      /* advice about a super-seed's cache: rarest first knows better */
    case BT_WIRE_KEEP_ALIVE:
    case BT_WIRE_UNKNOWN:
    case BT_WIRE_PIECE:        /* never a whole message: BT_WIRE_BLOCK */
    default:
      break;
    }
}
