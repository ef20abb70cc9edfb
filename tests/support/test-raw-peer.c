/* test-raw-peer.c - a peer that says exactly what a test wants, right or wrong
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "transport/bt-tcp.h"

#include <string.h>

static void
note_message (RawPeer             *peer,
              const BtWireMessage *message)
{
  if (message->id < G_N_ELEMENTS (peer->counts))
    peer->counts[message->id]++;
  if (message->id == BT_WIRE_REQUEST)
    g_array_append_val (peer->requests, message->span);
  if (message->id == BT_WIRE_EXTENDED && peer->extended_func != NULL)
    peer->extended_func (peer, message->extended_id, message->payload, message->payload_bytes);
  if (message->id == BT_WIRE_HAVE)
    g_array_append_val (peer->haves, message->span.piece);
}

static void
note_block (RawPeer           *peer,
            const BtBlockSpan *span,
            const guint8      *data)
{
  gint64 *key;

  peer->counts[BT_WIRE_PIECE]++;
  peer->n_block_bytes += span->length;
  if (peer->blocks == NULL)
    return;
  key = g_new (gint64, 1);
  *key = ((gint64) span->piece << 32) | span->begin;
  g_hash_table_replace (peer->blocks, key, g_bytes_new (data, span->length));
}

/* Returns the bytes consumed; 0: more are needed. */
static gsize
consume (RawPeer *peer)
{
  BtWireMessage message;
  gboolean has_hash = FALSE;

  if (!peer->has_handshake)
    {
      BtWireResult result = bt_wire_parse_handshake (peer->in->data, peer->in->len,
                                                     &peer->theirs, &has_hash);

      g_assert_cmpint (result, !=, BT_WIRE_BAD);
      peer->has_handshake = result == BT_WIRE_MESSAGE;
      return peer->has_handshake ? BT_WIRE_HANDSHAKE_BYTES : 0;
    }
  switch (bt_wire_parse (&peer->limits, peer->in->data, peer->in->len, &message))
    {
    case BT_WIRE_MESSAGE:
      note_message (peer, &message);
      return message.size;

    case BT_WIRE_BLOCK:
      if (peer->in->len < message.size + message.span.length)
        return 0;
      note_block (peer, &message.span, peer->in->data + message.size);
      return message.size + message.span.length;

    case BT_WIRE_NEED_MORE:
      return 0;

    case BT_WIRE_BAD:
    default:
      g_error ("the engine broke the protocol: %s", bt_wire_reason_to_string (message.reason));
    }
}

static void
read_some (RawPeer *peer)
{
  guint8 bytes[16384];
  struct iovec iov = { bytes, sizeof bytes };
  g_autoptr (GError) error = NULL;
  gssize n = bt_stream_readv (peer->stream, &iov, 1, &error);
  gsize used = 0;

  if (n < 0)
    {
      peer->is_closed = TRUE;
      g_clear_pointer (&peer->stream, bt_stream_free);
      return;
    }
  g_byte_array_append (peer->in, bytes, (guint) n);
  while (peer->in->len > 0 && (used = consume (peer)) > 0)
    g_byte_array_remove_range (peer->in, 0, (guint) used);
}

static void
write_some (RawPeer *peer)
{
  struct iovec iov = { peer->out->data, peer->out->len };
  gssize n = peer->out->len > 0 ? bt_stream_writev (peer->stream, &iov, 1, NULL) : 0;

  if (n > 0)
    g_byte_array_remove_range (peer->out, 0, (guint) n);
  bt_stream_set_wanted (peer->stream, peer->out->len > 0 ? BT_STREAM_READABLE | BT_STREAM_WRITABLE
                                                         : BT_STREAM_READABLE);
}

static void
stream_cb (BtStream       *stream,
           BtStreamEvents  events,
           gpointer        user_data)
{
  RawPeer *peer = user_data;

  if (events & BT_STREAM_CONNECTED)
    {
      peer->is_connected = TRUE;
      write_some (peer);
    }
  if (events & BT_STREAM_READABLE)
    read_some (peer);
  if (peer->stream != NULL && (events & BT_STREAM_FAILED))
    {
      peer->is_closed = TRUE;
      g_clear_pointer (&peer->stream, bt_stream_free);
    }
  if (peer->stream != NULL && (events & BT_STREAM_WRITABLE))
    write_some (peer);
}

RawPeer *
raw_peer_new (TestNode   *node,
              BtMetainfo *metainfo)
{
  RawPeer *peer = g_new0 (RawPeer, 1);
  BtAddress address = test_node_get_address (node);
  g_autoptr (GError) error = NULL;

  peer->world = node->world;
  peer->in = g_byte_array_new ();
  peer->out = g_byte_array_new ();
  peer->requests = g_array_new (FALSE, FALSE, sizeof (BtBlockSpan));
  peer->haves = g_array_new (FALSE, FALSE, sizeof (guint32));
  peer->limits.geometry = bt_metainfo_get_geometry (metainfo);
  peer->limits.has_fast = TRUE;
  peer->limits.has_extended = TRUE;
  peer->poller = bt_poller_new (node->world->context, &error);
  g_assert_no_error (error);
  peer->stream = bt_tcp_connect (peer->poller, node->world->clock, &address, NULL, &error);
  g_assert_no_error (error);
  bt_stream_set_func (peer->stream, stream_cb, peer);
  bt_stream_set_wanted (peer->stream, BT_STREAM_READABLE | BT_STREAM_WRITABLE);
  return peer;
}

void
raw_peer_free (RawPeer *peer)
{
  g_clear_pointer (&peer->stream, bt_stream_free);
  bt_poller_free (peer->poller);
  g_byte_array_unref (peer->in);
  g_byte_array_unref (peer->out);
  g_array_unref (peer->requests);
  g_array_unref (peer->haves);
  g_clear_pointer (&peer->blocks, g_hash_table_unref);
  g_free (peer);
}

void
raw_peer_send (RawPeer       *peer,
               gconstpointer  bytes,
               gsize          n_bytes)
{
  g_byte_array_append (peer->out, bytes, (guint) n_bytes);
  if (peer->stream != NULL && peer->is_connected)
    write_some (peer);
}

static void
flush (RawPeer    *peer,
       GByteArray *message)
{
  raw_peer_send (peer, message->data, message->len);
  g_byte_array_unref (message);
}

void
raw_peer_send_handshake (RawPeer    *peer,
                         BtMetainfo *metainfo,
                         const char *id,
                         gboolean    has_fast)
{
  BtHandshake handshake = { .has_fast = has_fast, .has_extended = TRUE };
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  char peer_id[BT_WIRE_PEER_ID_BYTES + 1];

  g_snprintf (peer_id, sizeof peer_id, "-RW0001-%012u", g_str_hash (id) % 1000000);
  memcpy (handshake.info_hash, bt_metainfo_get_info_hash_v1 (metainfo), BT_SHA1_BYTES);
  memcpy (handshake.peer_id, peer_id, BT_WIRE_PEER_ID_BYTES);
  bt_wire_put_handshake (&handshake, bytes);
  raw_peer_send (peer, bytes, sizeof bytes);
}

void
raw_peer_send_simple (RawPeer  *peer,
                      BtWireId  id)
{
  GByteArray *message = g_byte_array_new ();

  bt_wire_put_simple (message, id);
  flush (peer, message);
}

void
raw_peer_send_span (RawPeer  *peer,
                    BtWireId  id,
                    guint32   piece,
                    guint32   begin,
                    guint32   length)
{
  GByteArray *message = g_byte_array_new ();
  BtBlockSpan span = { piece, begin, length };

  bt_wire_put_span (message, id, &span);
  flush (peer, message);
}

void
raw_peer_send_block (RawPeer           *peer,
                     const BtBlockSpan *span,
                     const guint8      *data)
{
  guint8 head[BT_WIRE_BLOCK_HEADER_BYTES];

  bt_wire_put_block_head (head, span);
  raw_peer_send (peer, head, sizeof head);
  raw_peer_send (peer, data, span->length);
}

static gboolean
has_handshake (gpointer user_data)
{
  RawPeer *peer = user_data;

  return peer->has_handshake || peer->is_closed;
}

gboolean
raw_peer_wait_handshake (RawPeer *peer)
{
  return test_world_wait (peer->world, has_handshake, peer) && peer->has_handshake;
}

typedef struct
{
  RawPeer  *peer;
  BtWireId  id;
  guint     n;
} MessageWait;

static gboolean
has_message (gpointer user_data)
{
  MessageWait *wait = user_data;

  return wait->peer->counts[wait->id] >= wait->n || wait->peer->is_closed;
}

gboolean
raw_peer_wait_message (RawPeer  *peer,
                       BtWireId  id,
                       guint     n_at_least)
{
  MessageWait wait = { peer, id, n_at_least };

  return test_world_wait (peer->world, has_message, &wait) && peer->counts[id] >= n_at_least;
}

static gboolean
is_closed (gpointer user_data)
{
  return ((RawPeer *) user_data)->is_closed;
}

gboolean
raw_peer_wait_closed (RawPeer *peer)
{
  return test_world_wait (peer->world, is_closed, peer);
}
