/* bt-utp.h - one connection of uTP (BEP 29) with the congestion control of LEDBAT (RFC 6817)
 *
 * Pure: packets and the time come in, datagrams to be sent and what has happened come out. Whoever owns the sockets
 * tells connections apart (bt_utp_matches()) and calls, in this order, again and again:
 *
 *   bt_utp_receive()      for each packet of a batch that came for this connection
 *   bt_utp_tick()         when bt_utp_get_timeout_us() is over
 *   bt_utp_read(), bt_utp_write()
 *   bt_utp_next_packet()  until it answers FALSE: there may be something to send after any of the others,
 *                         and one acknowledgement is made for all that came before
 *
 * A connection is silent towards the outside: it has no callbacks. Time is monotonic and never runs backwards. All
 * functions are O(1) for each packet, and allocate nothing for a packet once the rings have grown.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-utp-packet.h"

#include "base/bt-address.h"
#include "base/bt-block-pool.h"

G_BEGIN_DECLS

/* The payload of UDP in one Ethernet frame; the ceiling unless the caller knows better. */
#define BT_UTP_DATAGRAM_BYTES_IPV4     (1500 - 20 - 8)
#define BT_UTP_DATAGRAM_BYTES_IPV6     (1500 - 40 - 8)
/* What every path carries (RFC 1122, RFC 8200): where the search for the path's MTU begins, and falls back to. */
#define BT_UTP_MIN_DATAGRAM_BYTES_IPV4 (576 - 20 - 8)
#define BT_UTP_MIN_DATAGRAM_BYTES_IPV6 (1280 - 40 - 8)
/* Larger ceilings are cut to this. Receive buffers must hold as much. */
#define BT_UTP_MAX_DATAGRAM_BYTES      (16 * 1024)

#define BT_UTP_MAX_PACKETS       16384  /* in flight, or kept out of order: half of what 16 bits can order */
#define BT_UTP_MAX_BUFFER_BYTES  (32 * 1024 * 1024)  /* of either buffer */
#define BT_UTP_MIN_BUFFER_BYTES  (64 * 1024)
#define BT_UTP_LINGER_US         (20 * G_GINT64_CONSTANT (1000000))  /* bt_utp_close() */

typedef struct _BtUtp BtUtp;

typedef struct
{
  /* Borrowed, must outlive the connection: where both buffers take their slots from, shared by all connections, which
   * bounds their memory together. When it is high the buffers stay small; a few slots each connection always gets. */
  BtBlockPool *pool;
  BtFamily     family;
  /* The ceiling: what the interface carries less the heads of IP and UDP; 0: Ethernet's. */
  guint16      max_datagram_bytes;
  /* Of the buffers, which begin small and grow to this when the connection is fast enough; 0:
     BT_UTP_MAX_BUFFER_BYTES. */
  guint32      max_send_bytes;
  guint32      max_receive_bytes;
} BtUtpConfig;

typedef enum
{
  BT_UTP_SYN_SENT,      /* outgoing: nothing came back yet */
  BT_UTP_SYN_RECEIVED,  /* incoming: nothing but the SYN came, and its address may be forged; it is only answered */
  BT_UTP_CONNECTED,
  BT_UTP_CLOSING,       /* bt_utp_close() was called: what was written is still delivered */
  BT_UTP_CLOSED,        /* only what is left can be read, and a RESET may be left to send */
} BtUtpState;

/* Why it is CLOSED. */
typedef enum
{
  BT_UTP_REASON_NONE,         /* it is not */
  BT_UTP_REASON_DONE,         /* closed by us in order, everything was acknowledged */
  BT_UTP_REASON_RESET,        /* by the other side */
  BT_UTP_REASON_UNREACHABLE,  /* it never answered our SYN, or nothing followed its SYN */
  BT_UTP_REASON_TIMED_OUT,    /* it does not answer any more, or keeps data unacknowledged for too long */
  BT_UTP_REASON_ABORTED,      /* bt_utp_abort() */
  BT_UTP_REASON_FLED,         /* closed by us, and what was left was not acknowledged in time */
} BtUtpReason;

/* What a call has changed. The getters say what holds now. */
typedef enum
{
  BT_UTP_EVENT_CONNECTED = 1 << 0,  /* once; incoming: something followed the SYN */
  BT_UTP_EVENT_READABLE  = 1 << 1,  /* bytes came, or the end */
  BT_UTP_EVENT_WRITABLE  = 1 << 2,  /* there is room again after bt_utp_write() took less than it was given */
  BT_UTP_EVENT_CLOSED    = 1 << 3,  /* once: bt_utp_get_reason() */
} BtUtpEvents;

/* A run of foreign bytes. */
typedef struct
{
  const guint8 *bytes;
  gsize         n_bytes;
} BtUtpSpan;

#define BT_UTP_MAX_SPANS 3  /* padding, and payload over the end of a slot */

/* A datagram to be sent: `head`, then the spans, which borrow from the send buffer and hold until anything but
 * bt_utp_next_packet() is called. Of one connection, all but the last of a burst of data have the same size.
 */
typedef struct
{
  guint8    head[BT_UTP_MAX_HEAD_BYTES];
  BtUtpSpan spans[BT_UTP_MAX_SPANS];
  guint     n_spans;
  guint16   n_head;
  guint16   n_bytes;       /* head and spans */
  guint16   seq_nr;
  guint8    type;          /* BtUtpType */
  guint     is_probe : 1;      /* padded to more than is known to fit: it must not be fragmented */
  guint     may_fragment : 1;  /* it was too large, and cannot be cut again: let IP do it. Else it does not matter. */
} BtUtpDatagram;

typedef struct
{
  BtUtpState  state;
  BtUtpReason reason;
  guint32     rtt_us;              /* smoothed; 0: unknown */
  guint32     rtt_var_us;
  guint32     min_rtt_us;
  guint32     timeout_us;          /* of retransmission, with its backoff */
  guint32     queue_delay_us;      /* what LEDBAT holds to be queues' part of our packets' delay */
  guint32     cwnd_bytes;
  guint32     flight_bytes;
  guint32     peer_window_bytes;   /* as it says */
  guint32     receive_window_bytes;  /* as we say */
  guint32     datagram_bytes;      /* of a full packet, now */
  guint32     send_buffered_bytes;
  guint32     receive_buffered_bytes;
  gboolean    is_slow_start;
  guint64     n_sent;              /* packets, all of them */
  guint64     n_resent;
  guint64     n_received;          /* packets that were looked at */
  guint64     n_dropped;           /* of these: not to be believed, or beyond what there is room for */
  guint64     n_duplicates;
  guint64     n_lost;              /* ours, held to be lost */
  guint64     n_timeouts;
  guint64     n_slowdowns;         /* the queue was let run empty, to see the path's own delay */
  guint64     sent_payload_bytes;      /* once each */
  guint64     received_payload_bytes;  /* in order */
} BtUtpFacts;

/* --- Life --- */

/* The first bt_utp_next_packet() gives the SYN. `connection_id`: what comes back will carry it, and what goes out one
   more; neither may be in use with this address. Both numbers are random, and not to be guessed. */
BtUtp      *bt_utp_new_outgoing      (const BtUtpConfig *config,
                                      guint16            connection_id,
                                      guint16            first_seq_nr,
                                      gint64             now_us);
/* The first bt_utp_next_packet() gives the answer. A repeated SYN belongs to the connection that is there
 * (bt_utp_matches()). NULL: not a SYN, or no memory for what it carries. */
BtUtp      *bt_utp_new_incoming      (const BtUtpConfig *config,
                                      const BtUtpPacket *syn,
                                      guint16            first_seq_nr,
                                      gint64             now_us);
/* Without a word to the other side. NULL is harmless. */
void        bt_utp_free              (BtUtp             *utp);
/* No more will be written or read: what comes is thrown away, what was written is delivered, then the other side is
   told. CLOSED comes within BT_UTP_LINGER_US. Harmless when closed. */
void        bt_utp_close             (BtUtp             *utp,
                                      gint64             now_us);
/* CLOSED at once; a RESET is the last packet, if the other side knows of us. */
void        bt_utp_abort             (BtUtp             *utp);

/* --- Packets --- */

/* What packets to us carry, and what ours carry. The owner finds a packet's connection by address and receive id: the
   id of the packet; of a SYN the id and one; of a RESET also the id less one and the id and one. bt_utp_matches() has
   the last word: whether a packet from this connection's address belongs to it. */
guint16     bt_utp_get_receive_id    (const BtUtp       *utp);
guint16     bt_utp_get_send_id       (const BtUtp       *utp);
gboolean    bt_utp_matches           (const BtUtp       *utp,
                                      const BtUtpPacket *packet);
/* Takes a packet that matches; whatever it says, nothing worse comes of it than this connection's end. */
BtUtpEvents bt_utp_receive           (BtUtp             *utp,
                                      const BtUtpPacket *packet,
                                      gint64             now_us);
/* When bt_utp_tick() wants to be called, monotonic; G_MAXINT64: never. May change with any other call. */
gint64      bt_utp_get_timeout_us    (const BtUtp       *utp);
/* Harmless too early. */
BtUtpEvents bt_utp_tick              (BtUtp             *utp,
                                      gint64             now_us);
/* The next datagram to send. FALSE: there is none now. */
gboolean    bt_utp_next_packet       (BtUtp             *utp,
                                      gint64             now_us,
                                      BtUtpDatagram     *out_datagram);
/* The kernel had no room for it (EAGAIN): it comes again from bt_utp_next_packet(), and counts as not sent. Of
   several, the last one first. Before anything but bt_utp_next_packet() is called. */
void        bt_utp_take_back         (BtUtp               *utp,
                                      const BtUtpDatagram *datagram);
/* The kernel says that it is too large for the path (EMSGSIZE). The last one of a burst, as a probe should be, is
 * cut anew; another comes again, without its padding or with `may_fragment`. Those that are small, or may be
 * fragmented, count as sent and lost. */
void        bt_utp_message_too_long  (BtUtp               *utp,
                                      const BtUtpDatagram *datagram,
                                      gint64               now_us);

/* --- Bytes --- */

/* Takes bytes that came in order, out of the receive buffer. 0: none now, or, if bt_utp_is_eof(), ever. What came
   before the connection closed can still be read. */
gsize       bt_utp_read              (BtUtp             *utp,
                                      guint8            *out_bytes,
                                      gsize              n_bytes);
gsize       bt_utp_get_n_readable    (const BtUtp       *utp);
/* The other side has ended the stream in order (FIN), and everything was read. */
gboolean    bt_utp_is_eof            (const BtUtp       *utp);
/* Copies as many bytes as there is room for into the send buffer, and returns how many; 0 unless it is CONNECTED. */
gsize       bt_utp_write             (BtUtp             *utp,
                                      const guint8      *bytes,
                                      gsize              n_bytes);
gsize       bt_utp_get_n_writable    (const BtUtp       *utp);

/* --- Facts --- */

BtUtpState  bt_utp_get_state         (const BtUtp       *utp);
BtUtpReason bt_utp_get_reason        (const BtUtp       *utp);
gboolean    bt_utp_is_outgoing       (const BtUtp       *utp);
/* Smoothed round trip; 0: unknown. */
guint32     bt_utp_get_rtt_us        (const BtUtp       *utp);
/* `queue_delay_us` of the facts. */
guint32     bt_utp_get_queue_us      (const BtUtp       *utp);
/* Time-outs since anything was acknowledged. */
guint       bt_utp_get_n_unanswered  (const BtUtp       *utp);
void        bt_utp_get_facts         (const BtUtp       *utp,
                                      BtUtpFacts        *out_facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtUtp, bt_utp_free)

G_END_DECLS
