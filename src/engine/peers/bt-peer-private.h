/* bt-peer-private.h - the peer worker's struct, shared by its files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-peer.h"

G_BEGIN_DECLS

#define BT_PEER_READ_BUDGET      (1024u * 1024)      /* bytes a wake-up: nobody starves */
#define BT_PEER_WRITE_BUDGET     (1024u * 1024)
#define BT_PEER_MAX_OUT_BYTES    (4u * 1024 * 1024)  /* messages it does not read: dropped */
#define BT_PEER_PENDING_IN_PLACE (32u * 1024)        /* a longer message grows in place */

typedef enum
{
  BT_STAGE_CONNECTING,
  BT_STAGE_HANDSHAKING,
  BT_STAGE_OPEN,
  BT_STAGE_CLOSING,
  BT_STAGE_DEAD,
} BtPeerStage;

typedef struct
{
  guint8      *slot;     /* owned */
  BtBlockSpan  span;
  guint8       head[BT_WIRE_BLOCK_HEADER_BYTES];
} BtOutBlock;

/* Receiving: at every moment either `in_block` (data of `block` flows into `slot`) or between
 * messages, with the start of an unfinished message in `pending`. `pending` is NULL when empty: an
 * idle peer owns no buffer.
 * Sending: control messages go out at block boundaries, before further blocks; `out_block_sent`
 * counts into the first block.
 */
struct _BtPeer
{
  /* Owned */
  BtStream      *stream;
  GByteArray    *pending;
  guint8        *slot;          /* of the block being received */
  GByteArray    *out;           /* control messages */
  GArray        *out_blocks;    /* BtOutBlock, from out_block_first on */
  GArray        *queue;         /* BtBlockSpan they asked for, from queue_first on */
  guint32       *allowed_in;    /* pieces they let us ask for while choked */
  guint32       *allowed_out;

  /* Borrowed */
  BtPeerShared     *shared;
  const BtPeerOps  *ops;
  gpointer          swarm;
  gpointer          data;

  /* Values */
  BtPollTask     flush_task;
  BtPollTask     close_task;
  BtPollTask     start_task;
  BtWireLimits   limits;
  BtHandshake    ours;
  BtHandshake    theirs;
  BtPeerStage    stage;
  BtCloseReason  close_reason;
  BtWireReason   wire_reason;
  BtPeerCounters counters;
  BtRate         received_rate;  /* payload */
  BtRate         sent_rate;      /* payload */
  BtBlockSpan    block;
  guint32        block_filled;
  gsize          out_sent;
  guint          out_block_first;
  guint32        out_block_sent;
  guint          queue_first;
  guint          n_taken;        /* requests given to the swarm and not answered yet */
  guint          n_allowed_in;
  guint          n_allowed_out;
  guint          n_requests;     /* ours, out */
  guint          n_target;       /* how many should be */
  guint          n_forgiven;     /* answers to requests taken back that may still come */
  guint          n_unasked;
  guint          n_rejects;      /* of ours, since the last tick */
  guint          n_refused;      /* of theirs, since one was not, or they were (un)choked */
  guint          n_have_alls;
  guint          n_ports;        /* messages that named a node of the DHT */
  guint64        fast_bytes;     /* asked for although choked */
  guint32        request_queue;  /* theirs: `reqq` */
  guint64        last_tick_payload;
  guint64        last_tick_bps;
  BtBlockSpan    probe;          /* the request whose delay is being measured; length 0: none */
  gint64         probe_at_us;
  gint64         delay_us;       /* least delay of an answer seen lately; 0: unknown */
  gint64         created_at_us;
  gint64         connected_at_us;
  gint64         received_at_us; /* anything */
  gint64         sent_at_us;
  gint64         payload_at_us;  /* last block data, or when the pipeline was last empty */
  guint8         extension_ids[BT_N_EXTENSIONS];
  char           client[BT_EXTENSION_MAX_CLIENT_BYTES + 1];

  guint in_block : 1;
  guint is_outgoing : 1;
  guint is_paused : 1;
  guint is_choking_us : 1;
  guint is_interested : 1;
  guint am_choking : 1;
  guint am_interested : 1;
  guint is_snubbed : 1;
  guint is_upload_only : 1;
  guint is_slow_start : 1;
  guint wants_write : 1;
};

static inline gboolean
bt_peer_is_alive (const BtPeer *peer)
{
  return peer->stage < BT_STAGE_CLOSING;
}

/* bt-peer.c */
void     bt_peer_update_wanted   (BtPeer            *peer);
void     bt_peer_fail_wire       (BtPeer            *peer,
                                  BtWireReason       reason);

/* bt-peer-receive.c */
void     bt_peer_read            (BtPeer            *peer);
void     bt_peer_process_pending (BtPeer            *peer);

/* bt-peer-messages.c */
void     bt_peer_handle_message  (BtPeer              *peer,
                                  const BtWireMessage *message);
void     bt_peer_handle_greeting (BtPeer              *peer,
                                  const BtHandshake   *handshake);

/* bt-peer-send.c */
void     bt_peer_queue_flush     (BtPeer            *peer);
void     bt_peer_flush           (BtPeer            *peer);
void     bt_peer_clear_send      (BtPeer            *peer);
void     bt_peer_add_request     (BtPeer            *peer,
                                  const BtBlockSpan *span);
void     bt_peer_drop_request    (BtPeer            *peer,
                                  const BtBlockSpan *span);
gboolean bt_peer_is_allowed_out  (BtPeer            *peer,
                                  guint32            piece);

/* bt-peer-requests.c */
void     bt_peer_note_block      (BtPeer            *peer,
                                  const BtBlockSpan *span,
                                  BtPeerBlock        kind);
/* This request will not be answered, and no delay measured by it. */
void     bt_peer_end_probe       (BtPeer            *peer,
                                  const BtBlockSpan *span);
void     bt_peer_tick_requests   (BtPeer            *peer,
                                  gint64             now_us);

G_END_DECLS
