/* bt-peer.h - one peer connection: handshake, messages, pipelines in both directions
 *
 * A peer worker turns a stream into events for its swarm and the swarm's wishes into messages. It
 * knows the protocol and its own pipelines; which block to ask, what we have and who may download
 * is the swarm's (BtPeerOps).
 * Thread: the engine's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-block-pool.h"
#include "base/bt-clock.h"
#include "base/bt-poller.h"
#include "base/bt-rate.h"
#include "transport/bt-stream.h"
#include "wire/bt-extension.h"
#include "wire/bt-wire.h"

#include "bt-peer-words.h"

G_BEGIN_DECLS

#define BT_PEER_CONNECT_TIMEOUT_US   (15 * BT_SECOND_US)
#define BT_PEER_HANDSHAKE_TIMEOUT_US (10 * BT_SECOND_US)
#define BT_PEER_SILENCE_US           (180 * BT_SECOND_US)
#define BT_PEER_KEEP_ALIVE_US        (100 * BT_SECOND_US)
#define BT_PEER_SNUB_US              (20 * BT_SECOND_US)
#define BT_PEER_N_UNANSWERED         2     /* times in a row that our packets were sent again: nobody is there */
#define BT_PEER_MIN_REQUESTS         5
#define BT_PEER_MAX_REQUESTS         1000  /* out at a time, whatever the other side allows */
#define BT_PEER_DEFAULT_REQQ         250   /* BEP 10: what to assume when `reqq` is not told */
#define BT_PEER_OUR_REQQ             1000  /* what we tell, and keep */
#define BT_PEER_MAX_ALLOWED_FAST     32
#define BT_PEER_MAX_UNASKED          500   /* unasked blocks and rejects before it is dropped */
#define BT_PEER_MAX_REJECTS          16    /* in a second, before it is asked no more until the next */
#define BT_PEER_MAX_REFUSED          5000  /* of its requests in a row, before it is dropped */
#define BT_PEER_MAX_HAVE_ALLS        64    /* have-all and have-none in a connection */
#define BT_PEER_UPLOAD_AHEAD         32    /* blocks, being read or queued */

#define BT_PEER_SCRATCH_BYTES        (128u * 1024)
#define BT_PEER_N_SPARES             24

typedef struct _BtPeer BtPeer;

/* What became of a block that came. */
typedef enum
{
  BT_PEER_BLOCK_UNASKED,  /* of no use, and nobody had asked this peer for it (any more) */
  BT_PEER_BLOCK_ASKED,
  BT_PEER_BLOCK_LATE,     /* of use, although the request had been taken back */
} BtPeerBlock;

/* What the swarm hands down. None may free the peer, except `closed`, whose last act that is. */
typedef struct
{
  /* The other side's handshake came. Returns why to close, or BT_CLOSE_NONE: then the swarm has
   * sent its bitfield. */
  BtCloseReason (*greeted)   (gpointer            swarm,
                              BtPeer             *peer,
                              const BtHandshake  *handshake);
  /* What it has: bytes of a bitfield, or NULL for all (`has_all`) or none. FALSE: spare bits set,
   * drop it. */
  gboolean (*has_pieces)     (gpointer            swarm,
                              BtPeer             *peer,
                              const guint8       *bytes,
                              gsize               n_bytes,
                              gboolean            has_all);
  void     (*have)           (gpointer            swarm,
                              BtPeer             *peer,
                              guint32             piece,
                              gboolean            has);
  /* It choked (or, without BEP 6, thereby dropped all requests) or unchoked us. */
  void     (*choked)         (gpointer            swarm,
                              BtPeer             *peer,
                              gboolean            is_choked);
  void     (*interested)     (gpointer            swarm,
                              BtPeer             *peer,
                              gboolean            is_interested);
  /* Up to `n_max` blocks to ask for now. */
  guint    (*pick)           (gpointer            swarm,
                              BtPeer             *peer,
                              BtBlockSpan        *out_spans,
                              guint               n_max);
  /* A block has come whole; `slot` is given away. */
  BtPeerBlock (*block)       (gpointer            swarm,
                              BtPeer             *peer,
                              const BtBlockSpan  *span,
                              guint8             *slot);
  /* It will not send this block. FALSE: it had not been asked. */
  gboolean (*rejected)       (gpointer            swarm,
                              BtPeer             *peer,
                              const BtBlockSpan  *span);
  /* It answers nothing: its requests are to go to others. Comes again while that lasts. */
  void     (*snubbed)        (gpointer            swarm,
                              BtPeer             *peer);
  /* There is room to send: the swarm takes requests with bt_peer_next_request() and answers with
   * bt_peer_send_block(). */
  void     (*wants_blocks)   (gpointer            swarm,
                              BtPeer             *peer);
  /* Whether we have the piece and may send it: asked before a request is queued. */
  gboolean (*may_serve)      (gpointer            swarm,
                              BtPeer             *peer,
                              const BtBlockSpan  *span);
  /* Its extension handshake came. */
  void     (*extended)       (gpointer                    swarm,
                              BtPeer                     *peer,
                              const BtExtensionHandshake *handshake);
  /* It told (BEP 21) that it wants nothing, or does again. */
  void     (*upload_only)    (gpointer            swarm,
                              BtPeer             *peer);
  /* The connection is over. The swarm frees the peer here. */
  void     (*closed)         (gpointer            swarm,
                              BtPeer             *peer,
                              BtCloseReason       reason);
  /* A message of an extension that the owner offers in its extension handshake came, other than
   * those that BtPeer deals with itself; nullable. `payload` stands behind the extended id and is
   * borrowed; it is at most BT_WIRE_MAX_EXTENDED_BYTES long and has not been looked at. */
  void     (*extension)      (gpointer            swarm,
                              BtPeer             *peer,
                              BtExtension         extension,
                              const guint8       *payload,
                              gsize               n_bytes);
  /* Its node of the DHT is there (BEP 5); nullable. So often and no more. */
  void     (*dht_node)       (gpointer            swarm,
                              BtPeer             *peer,
                              const BtAddress    *node);
} BtPeerOps;

/* What all peers of an engine share. Lives as long as they. */
typedef struct
{
  BtClock     *clock;      /* borrowed */
  BtPoller    *poller;     /* borrowed */
  BtBlockPool *pool;       /* borrowed */
  guint8      *scratch;    /* owned; BT_PEER_SCRATCH_BYTES, used only within one read */
  /* Owned slots, nullable: where the next blocks may land. */
  guint8      *spares[BT_PEER_N_SPARES];
} BtPeerShared;

void bt_peer_shared_init  (BtPeerShared *shared,
                           BtClock      *clock,
                           BtPoller     *poller,
                           BtBlockPool  *pool);
void bt_peer_shared_clear (BtPeerShared *shared);

/* Counters bump, rates follow; all bytes. */
typedef struct
{
  guint64 received_bytes;          /* everything */
  guint64 received_payload_bytes;  /* block data */
  guint64 sent_bytes;
  guint64 sent_payload_bytes;
  guint64 wasted_bytes;            /* block data nobody had asked for, or come twice */
  guint64 n_requests_received;
} BtPeerCounters;

/* Takes the stream. Outgoing: connects, then sends `ours`. Incoming: sends `ours` at once;
 * `received` are bytes already read from the stream (its handshake, or the first part). `limits`
 * and `ours` are copied; limits.geometry is borrowed. */
BtPeer               *bt_peer_new                     (BtPeerShared                *shared,
                                                       const BtPeerOps             *ops,
                                                       gpointer                     swarm,
                                                       BtStream                    *stream,
                                                       const BtGeometry            *geometry,
                                                       const BtHandshake           *ours,
                                                       const guint8                *received,
                                                       gsize                        n_received);
/* Slots it still holds go back to the pool. */
void                  bt_peer_free                    (BtPeer                      *peer);
/* The swarm's own record of the peer: borrowed. */
void                  bt_peer_set_data                (BtPeer                      *peer,
                                                       gpointer                     data);
gpointer              bt_peer_get_data                (BtPeer                      *peer);
/* Closes with a reason, and tells the swarm through `closed` at the end of this turn, never inside
 * the call. */
void                  bt_peer_close                   (BtPeer                      *peer,
                                                       BtCloseReason                reason);

/* --- What we say --- */

void                  bt_peer_send_pieces             (BtPeer                      *peer,
                                                       const BtBitfield            *have);
void                  bt_peer_send_have               (BtPeer                      *peer,
                                                       guint32                      piece);
/* BEP 54 where the other side speaks it; otherwise nothing can be said. */
void                  bt_peer_send_dont_have          (BtPeer                      *peer,
                                                       guint32                      piece);
void                  bt_peer_send_extended_handshake (BtPeer                      *peer,
                                                       const BtExtensionHandshake  *handshake);
/* A message of an extension; nothing happens when the other side does not speak it. */
void                  bt_peer_send_extension          (BtPeer                      *peer,
                                                       BtExtension                  extension,
                                                       const guint8                *payload,
                                                       gsize                        n_bytes);
/* Our node of the DHT listens at this port (BEP 5). */
void                  bt_peer_send_port               (BtPeer                      *peer,
                                                       guint16                      port);
void                  bt_peer_set_interested          (BtPeer                      *peer,
                                                       gboolean                     is_interested);
/* Choking answers what is queued with rejects (BEP 6), or forgets it; so too blocks that have not
 * begun to go out. */
void                  bt_peer_set_choking             (BtPeer                      *peer,
                                                       gboolean                     is_choking);
void                  bt_peer_send_allowed_fast       (BtPeer                      *peer,
                                                       const guint32               *pieces,
                                                       guint                        n_pieces);
/* The swarm has taken back this request, because another peer answered it: sends a cancel. */
void                  bt_peer_cancel                  (BtPeer                      *peer,
                                                       const BtBlockSpan           *span);
/* The swarm has taken back all requests that are out; answers that still come are not held against
 * the peer. */
void                  bt_peer_forget_requests         (BtPeer                      *peer);
/* Asks for more blocks when there is room in the pipeline. */
void                  bt_peer_fill_requests           (BtPeer                      *peer);

/* --- Uploading --- */

/* The next request to answer, when the output has room; FALSE: none, or full. */
gboolean              bt_peer_next_request            (BtPeer                      *peer,
                                                       BtBlockSpan                 *out_span);
/* Looks at the request after `n_skip` others without taking it. */
gboolean              bt_peer_peek_request            (BtPeer                      *peer,
                                                       guint                        n_skip,
                                                       BtBlockSpan                 *out_span);
/* Queues the data; the slot is given away. Nothing is sent when it has meanwhile been choked. */
void                  bt_peer_send_block              (BtPeer                      *peer,
                                                       const BtBlockSpan           *span,
                                                       guint8                      *slot);
/* A request that was taken cannot be answered. */
void                  bt_peer_send_reject             (BtPeer                      *peer,
                                                       const BtBlockSpan           *span);

/* --- Flow --- */

/* Memory is short: reads nothing until resumed. */
void                  bt_peer_set_paused              (BtPeer                      *peer,
                                                       gboolean                     is_paused);
/* Once a second: time-outs, keep-alives, pipeline depth. May close the peer (through `closed`,
 * later). */
void                  bt_peer_tick                    (BtPeer                      *peer,
                                                       gint64                       now_us);

/* --- Facts --- */

BtPeerState           bt_peer_get_state               (BtPeer                      *peer);
BtCloseReason         bt_peer_get_close_reason        (BtPeer                      *peer);
BtWireReason          bt_peer_get_wire_reason         (BtPeer                      *peer);
const BtAddress      *bt_peer_get_address             (BtPeer                      *peer);
BtStream             *bt_peer_get_stream              (BtPeer                      *peer);
const guint8         *bt_peer_get_id                  (BtPeer                      *peer);
/* What it calls itself: the extension handshake's `v`, else from the peer id. Borrowed. */
const char           *bt_peer_get_client              (BtPeer                      *peer);
gboolean              bt_peer_is_outgoing             (BtPeer                      *peer);
gboolean              bt_peer_is_choking_us           (BtPeer                      *peer);
/* It, in us. */
gboolean              bt_peer_is_interested           (BtPeer                      *peer);
gboolean              bt_peer_am_choking              (BtPeer                      *peer);
gboolean              bt_peer_am_interested           (BtPeer                      *peer);
gboolean              bt_peer_is_snubbed              (BtPeer                      *peer);
gboolean              bt_peer_is_upload_only          (BtPeer                      *peer);
gboolean              bt_peer_has_fast                (BtPeer                      *peer);
/* It has a node of the DHT, and we said that we have. */
gboolean              bt_peer_has_dht                 (BtPeer                      *peer);
/* Its extension handshake has named an id for it, and not taken it back. */
gboolean              bt_peer_speaks                  (BtPeer                      *peer,
                                                       BtExtension                  extension);
/* BEP 10, on both sides. */
gboolean              bt_peer_has_extended            (BtPeer                      *peer);
/* Control messages that have not gone out yet, in bytes. */
gsize                 bt_peer_get_n_out_bytes         (BtPeer                      *peer);
/* Pieces it lets us have although it chokes us. Borrowed. */
guint                 bt_peer_get_allowed_fast        (BtPeer                      *peer,
                                                       const guint32              **out_pieces);
/* Ours, out. */
guint                 bt_peer_get_n_requests          (BtPeer                      *peer);
/* Answers to requests that were taken back may still come. */
gboolean              bt_peer_may_be_late             (BtPeer                      *peer);
/* Theirs, waiting. */
guint                 bt_peer_get_n_queued            (BtPeer                      *peer);
/* Blocks for it that are being read, or are there and not sent yet. */
guint                 bt_peer_get_n_uploading         (BtPeer                      *peer);
gint64                bt_peer_get_connected_at_us     (BtPeer                      *peer);
/* What we sent had to be sent again and again, and nothing of it is acknowledged. */
gboolean              bt_peer_is_unanswered           (BtPeer                      *peer);
/* When it last gave a sign of life: sent something, or was sent something that it did not fail to acknowledge. So both
 * ends of a connection that works come to about the same. */
gint64                bt_peer_get_heard_at_us         (BtPeer                      *peer);
guint64               bt_peer_get_received_bps        (BtPeer                      *peer,
                                                       gint64                       now_us);
guint64               bt_peer_get_sent_bps            (BtPeer                      *peer,
                                                       gint64                       now_us);
const BtPeerCounters *bt_peer_get_counters            (BtPeer                      *peer);

G_END_DECLS
