/* bt-wire.h - the peer wire protocol as bytes: handshake and messages
 *
 * Pure: no sockets, no clock, no memory of its own. What a peer sends is judged here, against
 * limits, before anybody allocates for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-bitfield.h"
#include "base/bt-geometry.h"
#include "base/bt-hash.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_WIRE_HANDSHAKE_BYTES     68
#define BT_WIRE_PEER_ID_BYTES       20
#define BT_WIRE_BLOCK_HEADER_BYTES  13                 /* length, id, index, begin */
#define BT_WIRE_MAX_REQUEST_BYTES   (128u * 1024)      /* what we serve in one request, at most */
#define BT_WIRE_MAX_EXTENDED_BYTES  (1024u * 1024)     /* one extension message */

/* Message ids of BEP 3, BEP 5 (port), BEP 6, BEP 10. */
typedef enum
{
  BT_WIRE_CHOKE          = 0,
  BT_WIRE_UNCHOKE        = 1,
  BT_WIRE_INTERESTED     = 2,
  BT_WIRE_NOT_INTERESTED = 3,
  BT_WIRE_HAVE           = 4,
  BT_WIRE_BITFIELD       = 5,
  BT_WIRE_REQUEST        = 6,
  BT_WIRE_PIECE          = 7,
  BT_WIRE_CANCEL         = 8,
  BT_WIRE_PORT           = 9,
  BT_WIRE_SUGGEST        = 13,
  BT_WIRE_HAVE_ALL       = 14,
  BT_WIRE_HAVE_NONE      = 15,
  BT_WIRE_REJECT         = 16,
  BT_WIRE_ALLOWED_FAST   = 17,
  BT_WIRE_EXTENDED       = 20,
  BT_WIRE_KEEP_ALIVE     = 256,  /* not on the wire: a length of 0 */
  BT_WIRE_UNKNOWN        = 257,  /* a message we do not know: skipped */
} BtWireId;

typedef enum
{
  BT_WIRE_NEED_MORE,  /* nothing consumed; `size`: how many are needed in all, 0 when not known */
  BT_WIRE_MESSAGE,    /* one whole message: consume `size` bytes */
  BT_WIRE_BLOCK,      /* head of a piece message: consume `size` (13); span.length bytes follow */
  BT_WIRE_BAD,        /* drop the peer: `reason` */
} BtWireResult;

typedef enum
{
  BT_WIRE_REASON_NONE,
  BT_WIRE_REASON_PROTOCOL,        /* not a BitTorrent handshake */
  BT_WIRE_REASON_TOO_LONG,        /* length prefix above what the message may have */
  BT_WIRE_REASON_WRONG_LENGTH,    /* a fixed-size message of another size */
  BT_WIRE_REASON_BAD_INDEX,       /* piece index outside the torrent */
  BT_WIRE_REASON_BAD_SPAN,        /* outside the piece, or larger than we ever ask */
  BT_WIRE_REASON_BAD_BITFIELD,    /* length or spare bits wrong */
  BT_WIRE_REASON_BAD_EXTENSION,   /* extension handshake that is not bencode */
  BT_WIRE_REASON_NOT_NEGOTIATED,  /* BEP 6 or BEP 10 message without the reserved bit */
} BtWireReason;

const char *bt_wire_reason_to_string (BtWireReason reason);

/* What the parser may accept from this peer. */
typedef struct
{
  const BtGeometry *geometry;      /* borrowed; NULL while unknown: spans go unchecked then */
  guint             has_fast : 1;  /* BEP 6 on both sides */
  guint             has_extended : 1; /* BEP 10 on both sides */
} BtWireLimits;

typedef struct
{
  BtWireId      id;
  BtWireReason  reason;       /* BAD only */
  gsize         size;         /* bytes consumed */
  BtBlockSpan   span;         /* all of it where there is a block; else (have…) its piece alone */
  const guint8 *payload;      /* bitfield's; behind the extended id. Borrowed from the input */
  gsize         payload_bytes;
  guint8        extended_id;  /* extended only; 0 is the handshake */
  guint16       port;         /* port only */
} BtWireMessage;

/* Looks at the `n_bytes` bytes received and not consumed yet. Never reads behind them. A length
 * prefix is judged as soon as its message id is there (the id first, so that the limit is that
 * message's own). For a bitfield the length is checked against the geometry; spare bits are
 * bt_bitfield_set_bytes()'s. A request, cancel or reject must lie within its piece (BEP 3) and be
 * at most BT_WIRE_MAX_REQUEST_BYTES; a piece message must be at most BT_BLOCK_BYTES long. */
BtWireResult bt_wire_parse (const BtWireLimits *limits,
                            const guint8       *bytes,
                            gsize               n_bytes,
                            BtWireMessage      *out_message);

/* --- Handshake (BEP 3, reserved bits of BEP 4) --- */

typedef struct
{
  guint8 info_hash[BT_SHA1_BYTES];
  guint8 peer_id[BT_WIRE_PEER_ID_BYTES];
  guint  has_dht : 1;       /* BEP 5 */
  guint  has_fast : 1;      /* BEP 6 */
  guint  has_extended : 1;  /* BEP 10 */
  guint  has_v2 : 1;        /* BEP 52 */
} BtHandshake;

void         bt_wire_put_handshake   (const BtHandshake *handshake,
                                      guint8             out_bytes[BT_WIRE_HANDSHAKE_BYTES]);
/* BAD as soon as one byte differs from the protocol string (also with fewer than 20 bytes there);
 * NEED_MORE; MESSAGE when all 68 are there. The info-hash is readable before the peer id has come:
 * with 48 bytes or more, `out_handshake->info_hash` and the bits are filled in and *out_has_hash is
 * set. */
BtWireResult bt_wire_parse_handshake (const guint8      *bytes,
                                      gsize              n_bytes,
                                      BtHandshake       *out_handshake,
                                      gboolean          *out_has_hash);

/* --- Writers: append one message to `out` --- */

void bt_wire_put_keep_alive (GByteArray        *out);
/* choke, unchoke, interested, not interested, have all, have none */
void bt_wire_put_simple     (GByteArray        *out,
                             BtWireId           id);
/* have, suggest, allowed fast */
void bt_wire_put_index      (GByteArray        *out,
                             BtWireId           id,
                             guint32            piece);
/* request, cancel, reject */
void bt_wire_put_span       (GByteArray        *out,
                             BtWireId           id,
                             const BtBlockSpan *span);
void bt_wire_put_bitfield   (GByteArray        *out,
                             const BtBitfield  *field);
void bt_wire_put_port       (GByteArray        *out,
                             guint16            port);
/* The 13 bytes before a block's data. */
void bt_wire_put_block_head (guint8             out_bytes[BT_WIRE_BLOCK_HEADER_BYTES],
                             const BtBlockSpan *span);
void bt_wire_put_extended   (GByteArray        *out,
                             guint8             extended_id,
                             const guint8      *payload,
                             gsize              n_bytes);

/* BEP 6: the set of pieces a peer at `ip` (IPv4, network order) may ask for although choked. Writes
 * up to `n_wanted` distinct indices (fewer when the torrent is smaller) and returns how many. */
guint bt_wire_get_allowed_fast (const guint8  ip[4],
                                const guint8  info_hash[BT_SHA1_BYTES],
                                guint32       n_pieces,
                                guint         n_wanted,
                                guint32      *out_pieces);

G_END_DECLS
