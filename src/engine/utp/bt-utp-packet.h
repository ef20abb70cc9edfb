/* bt-utp-packet.h - the packets of uTP (BEP 29), written and read; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_UTP_HEADER_BYTES   20
#define BT_UTP_MAX_SACK_BYTES 252  /* the longest mask of whole words whose length fits a byte */
/* Header, and a selective ack or the first part of a padding. */
#define BT_UTP_MAX_HEAD_BYTES (BT_UTP_HEADER_BYTES + 2 + 255)
#define BT_UTP_MIN_PAD_BYTES  2
#define BT_UTP_MAX_PAD_BYTES  (4 * 256 + 1)
#define BT_UTP_MAX_EXTENSIONS 16   /* in one packet; nobody sends more than three */

typedef enum
{
  BT_UTP_DATA,
  BT_UTP_FIN,
  BT_UTP_STATE,
  BT_UTP_RESET,
  BT_UTP_SYN,
} BtUtpType;

/* A packet's fields. `sack` and `payload` borrow from the datagram it was read from. */
typedef struct
{
  const guint8 *payload;
  const guint8 *sack;             /* nullable; bit 0 of byte 0 stands for ack_nr + 2 */
  gsize         n_payload;
  guint32       timestamp_us;     /* the sender's clock, modulo 2^32 */
  guint32       difference_us;    /* what the sender measured of our last packet; 0: nothing yet */
  guint32       window_bytes;     /* what the sender has room for */
  guint16       connection_id;
  guint16       seq_nr;
  guint16       ack_nr;
  guint8        type;             /* BtUtpType */
  guint8        n_sack;           /* bytes; 0 without `sack`; ours are a multiple of 4, libtorrent's not */
} BtUtpPacket;

/* Cheap: whether a datagram can be told from those of the DHT and of trackers, and may be a packet of uTP. */
gboolean bt_utp_packet_is_likely   (const guint8      *bytes,
                                    gsize              n_bytes);
/* FALSE: no packet of uTP, or one that is malformed: too short, of another version, an unknown type, a chain of
   extensions that runs past the end, an empty selective ack, or two; data without a payload.
   Extensions that are unknown are skipped. */
gboolean bt_utp_packet_parse       (const guint8      *bytes,
                                    gsize              n_bytes,
                                    BtUtpPacket       *out_packet);
/* The header and, if it has one, the selective ack; the payload is the caller's to append. Returns the bytes written,
   at most BT_UTP_MAX_HEAD_BYTES. */
gsize    bt_utp_packet_write_head  (const BtUtpPacket *packet,
                                    guint8             out_bytes[BT_UTP_MAX_HEAD_BYTES]);
/* Makes a packet longer that has no selective ack, by an extension that nobody knows and everybody skips, of `n_pad`
   bytes, MIN to MAX. The head's part is appended to `head`, of which BT_UTP_HEADER_BYTES are there; what has no room
   there is at `out_more`, static, and belongs between the head and the payload. Returns the length of the head. */
gsize    bt_utp_packet_pad         (guint8             head[BT_UTP_MAX_HEAD_BYTES],
                                    gsize              n_pad,
                                    const guint8     **out_more,
                                    gsize             *out_n_more);
/* The RESET that answers a packet of a connection nobody knows here; BT_UTP_HEADER_BYTES. Never an answer to a RESET,
   and bounded by the caller: whoever forges addresses makes us send it. */
void     bt_utp_packet_write_reset (const BtUtpPacket *packet,
                                    guint16            random_seq_nr,
                                    gint64             now_us,
                                    guint8             out_bytes[BT_UTP_HEADER_BYTES]);

G_END_DECLS
