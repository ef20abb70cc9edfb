/* test-raw-peer.h - a peer that says exactly what a test wants, right or wrong
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "transport/bt-stream.h"
#include "wire/bt-wire.h"

#include "test-node.h"

G_BEGIN_DECLS

typedef struct _RawPeer RawPeer;

struct _RawPeer
{
  TestWorld    *world;
  BtPoller     *poller;
  BtStream     *stream;       /* NULL once closed by the other side */
  GByteArray   *in;           /* received and not consumed */
  GByteArray   *out;
  BtWireLimits  limits;
  gboolean      is_connected;
  gboolean      is_closed;    /* the other side closed */
  gboolean      has_handshake;
  BtHandshake   theirs;
  guint         counts[32];   /* messages received by id */
  GArray       *requests;     /* BtBlockSpan: received and not answered */
  GArray       *haves;        /* guint32 */
  guint64       n_block_bytes;
  GHashTable   *blocks;       /* nullable; piece << 32 | begin → GBytes; the test sets it */
  /* Nullable; the test sets them: called with each extension message. */
  void        (*extended_func) (RawPeer      *peer,
                                guint8        extended_id,
                                const guint8 *payload,
                                gsize         n_bytes);
  gpointer      data;
};

/* Connects to a node. */
RawPeer *raw_peer_new            (TestNode          *node,
                                  BtMetainfo        *metainfo);
void     raw_peer_free           (RawPeer           *peer);
void     raw_peer_send           (RawPeer           *peer,
                                  gconstpointer      bytes,
                                  gsize              n_bytes);
/* A right handshake, with a peer id that ends in `id`. */
void     raw_peer_send_handshake (RawPeer           *peer,
                                  BtMetainfo        *metainfo,
                                  const char        *id,
                                  gboolean           has_fast);
void     raw_peer_send_simple    (RawPeer           *peer,
                                  BtWireId           id);
void     raw_peer_send_span      (RawPeer           *peer,
                                  BtWireId           id,
                                  guint32            piece,
                                  guint32            begin,
                                  guint32            length);
void     raw_peer_send_block     (RawPeer           *peer,
                                  const BtBlockSpan *span,
                                  const guint8      *data);
/* TRUE once the other side's handshake, a message of that kind, or the end has come. */
gboolean raw_peer_wait_handshake (RawPeer           *peer);
gboolean raw_peer_wait_message   (RawPeer           *peer,
                                  BtWireId           id,
                                  guint              n_at_least);
gboolean raw_peer_wait_closed    (RawPeer           *peer);

G_END_DECLS
