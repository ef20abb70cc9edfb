/* bt-wire.c - parses what a peer sends and writes what it is sent
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-wire.h"

#include "base/bt-cursor.h"

#include <string.h>

#define LENGTH_BYTES      4u
#define ID_BYTES          5u            /* the length and the message id */
#define PIECE_HEAD_LENGTH 9u            /* id, index, begin: what a piece's length counts besides its data */
#define EXTENDED_LENGTH   2u            /* id, extended id */
#define MAX_BITFIELD      (BT_MAX_PIECES / 8)
#define MAX_UNKNOWN       (1024u * 1024)  /* of a message we do not know, and have to skip */
#define MAX_LENGTH        (BT_WIRE_MAX_EXTENDED_BYTES + EXTENDED_LENGTH)  /* no message may be longer */

/* Where the reserved bits lie within the handshake. */
#define RESERVED_AT   20
#define INFO_HASH_AT  28
#define PEER_ID_AT    48
#define EXTENDED_BYTE 5   /* of the reserved eight */
#define EXTENDED_BIT  0x10
#define LAST_BYTE     7
#define DHT_BIT       0x01
#define FAST_BIT      0x04
#define V2_BIT        0x10

/* BEP 6 numbers are drawn until enough distinct ones came; a torrent hardly larger than the set needs many. */
#define MAX_FAST_ROUNDS 1000

static const guint8 protocol[RESERVED_AT] = {
  19, 'B', 'i', 't', 'T', 'o', 'r', 'r', 'e', 'n', 't', ' ', 'p', 'r', 'o', 't', 'o', 'c', 'o', 'l',
};

typedef enum
{
  SHAPE_UNKNOWN,
  SHAPE_EMPTY,
  SHAPE_INDEX,
  SHAPE_SPAN,
  SHAPE_PORT,
  SHAPE_PIECE,
  SHAPE_BITFIELD,
  SHAPE_EXTENDED,
} Shape;

typedef enum
{
  NEEDS_NOTHING,
  NEEDS_FAST,
  NEEDS_EXTENDED,
} Needs;

typedef struct
{
  guint8 shape;   /* Shape */
  guint8 needs;   /* Needs */
  guint8 length;  /* the length prefix of a message of fixed size; else 0 */
} Kind;

static const Kind kinds[] = {
  [BT_WIRE_CHOKE]          = { SHAPE_EMPTY, NEEDS_NOTHING, 1 },
  [BT_WIRE_UNCHOKE]        = { SHAPE_EMPTY, NEEDS_NOTHING, 1 },
  [BT_WIRE_INTERESTED]     = { SHAPE_EMPTY, NEEDS_NOTHING, 1 },
  [BT_WIRE_NOT_INTERESTED] = { SHAPE_EMPTY, NEEDS_NOTHING, 1 },
  [BT_WIRE_HAVE]           = { SHAPE_INDEX, NEEDS_NOTHING, 5 },
  [BT_WIRE_BITFIELD]       = { SHAPE_BITFIELD, NEEDS_NOTHING, 0 },
  [BT_WIRE_REQUEST]        = { SHAPE_SPAN, NEEDS_NOTHING, 13 },
  [BT_WIRE_PIECE]          = { SHAPE_PIECE, NEEDS_NOTHING, 0 },
  [BT_WIRE_CANCEL]         = { SHAPE_SPAN, NEEDS_NOTHING, 13 },
  [BT_WIRE_PORT]           = { SHAPE_PORT, NEEDS_NOTHING, 3 },
  [BT_WIRE_SUGGEST]        = { SHAPE_INDEX, NEEDS_FAST, 5 },
  [BT_WIRE_HAVE_ALL]       = { SHAPE_EMPTY, NEEDS_FAST, 1 },
  [BT_WIRE_HAVE_NONE]      = { SHAPE_EMPTY, NEEDS_FAST, 1 },
  [BT_WIRE_REJECT]         = { SHAPE_SPAN, NEEDS_FAST, 13 },
  [BT_WIRE_ALLOWED_FAST]   = { SHAPE_INDEX, NEEDS_FAST, 5 },
  [BT_WIRE_EXTENDED]       = { SHAPE_EXTENDED, NEEDS_EXTENDED, 0 },
};

static const Kind unknown_kind = { SHAPE_UNKNOWN, NEEDS_NOTHING, 0 };

const char *
bt_wire_reason_to_string (BtWireReason reason)
{
  switch (reason)
    {
    case BT_WIRE_REASON_NONE:
      return "no fault";
    case BT_WIRE_REASON_PROTOCOL:
      return "not a BitTorrent handshake";
    case BT_WIRE_REASON_TOO_LONG:
      return "message too long";
    case BT_WIRE_REASON_WRONG_LENGTH:
      return "message of the wrong length";
    case BT_WIRE_REASON_BAD_INDEX:
      return "piece outside the torrent";
    case BT_WIRE_REASON_BAD_SPAN:
      return "block outside its piece or too large";
    case BT_WIRE_REASON_BAD_BITFIELD:
      return "bit field that does not fit the torrent";
    case BT_WIRE_REASON_BAD_EXTENSION:
      return "extension message that is not bencoded";
    case BT_WIRE_REASON_NOT_NEGOTIATED:
      return "message that was not negotiated";
    default:
      return "unknown reason";
    }
}

/* ---- Parser ---- */

static inline BtWireResult
bad (BtWireMessage *message,
     BtWireReason   reason)
{
  message->reason = reason;
  return BT_WIRE_BAD;
}

/* Whether a message of this kind may have this length prefix: all that can be said from its first five bytes. */
static BtWireReason
judge_length (const BtWireLimits *limits,
              const Kind         *kind,
              guint32             length)
{
  switch ((Shape) kind->shape)
    {
    case SHAPE_EMPTY:
    case SHAPE_INDEX:
    case SHAPE_SPAN:
    case SHAPE_PORT:
      return length == kind->length ? BT_WIRE_REASON_NONE : BT_WIRE_REASON_WRONG_LENGTH;
    case SHAPE_PIECE:
      if (length <= PIECE_HEAD_LENGTH)
        return BT_WIRE_REASON_WRONG_LENGTH;
      if (length - PIECE_HEAD_LENGTH > BT_BLOCK_BYTES)
        return BT_WIRE_REASON_BAD_SPAN;
      return BT_WIRE_REASON_NONE;
    case SHAPE_BITFIELD:
      if (limits->geometry != NULL && length - 1 != (limits->geometry->n_pieces + 7) / 8)
        return BT_WIRE_REASON_BAD_BITFIELD;
      return length - 1 <= MAX_BITFIELD ? BT_WIRE_REASON_NONE : BT_WIRE_REASON_TOO_LONG;
    case SHAPE_EXTENDED:
      if (length < EXTENDED_LENGTH)
        return BT_WIRE_REASON_WRONG_LENGTH;
      return length <= MAX_LENGTH ? BT_WIRE_REASON_NONE : BT_WIRE_REASON_TOO_LONG;
    case SHAPE_UNKNOWN:
    default:
      return length <= MAX_UNKNOWN ? BT_WIRE_REASON_NONE : BT_WIRE_REASON_TOO_LONG;
    }
}

static inline BtWireReason
judge_span (const BtWireLimits *limits,
            const BtBlockSpan  *span,
            guint32             max_bytes)
{
  if (span->length == 0 || span->length > max_bytes)
    return BT_WIRE_REASON_BAD_SPAN;
  if (limits->geometry == NULL)
    return BT_WIRE_REASON_NONE;
  if (span->piece >= limits->geometry->n_pieces)
    return BT_WIRE_REASON_BAD_INDEX;
  if (!bt_geometry_contains (limits->geometry, span))
    return BT_WIRE_REASON_BAD_SPAN;
  return BT_WIRE_REASON_NONE;
}

static BtWireResult
parse_piece_head (const BtWireLimits *limits,
                  const guint8       *bytes,
                  gsize               n_bytes,
                  guint32             length,
                  BtWireMessage      *message)
{
  message->size = BT_WIRE_BLOCK_HEADER_BYTES;
  if (n_bytes < BT_WIRE_BLOCK_HEADER_BYTES)
    return BT_WIRE_NEED_MORE;
  message->span.piece = bt_read_u32 (bytes + ID_BYTES);
  message->span.begin = bt_read_u32 (bytes + ID_BYTES + 4);
  message->span.length = length - PIECE_HEAD_LENGTH;
  message->reason = judge_span (limits, &message->span, BT_BLOCK_BYTES);
  return message->reason == BT_WIRE_REASON_NONE ? BT_WIRE_BLOCK : BT_WIRE_BAD;
}

/* All `length` bytes behind the prefix are there, and judge_length() found the length right. */
static BtWireResult
parse_body (const BtWireLimits *limits,
            const Kind         *kind,
            const guint8       *bytes,
            guint32             length,
            BtWireMessage      *message)
{
  const guint8 *body = bytes + ID_BYTES;

  switch ((Shape) kind->shape)
    {
    case SHAPE_INDEX:
      message->span.piece = bt_read_u32 (body);
      if (limits->geometry != NULL && message->span.piece >= limits->geometry->n_pieces)
        return bad (message, BT_WIRE_REASON_BAD_INDEX);
      break;
    case SHAPE_SPAN:
      message->span.piece = bt_read_u32 (body);
      message->span.begin = bt_read_u32 (body + 4);
      message->span.length = bt_read_u32 (body + 8);
      message->reason = judge_span (limits, &message->span, BT_WIRE_MAX_REQUEST_BYTES);
      if (message->reason != BT_WIRE_REASON_NONE)
        return BT_WIRE_BAD;
      break;
    case SHAPE_PORT:
      message->port = bt_read_u16 (body);
      break;
    case SHAPE_BITFIELD:
      message->payload = body;
      message->payload_bytes = length - 1;
      break;
    case SHAPE_EXTENDED:
      message->extended_id = body[0];
      message->payload = body + 1;
      message->payload_bytes = length - EXTENDED_LENGTH;
      break;
    case SHAPE_UNKNOWN:
    case SHAPE_EMPTY:
    case SHAPE_PIECE:
    default:
      break;
    }
  return BT_WIRE_MESSAGE;
}

BtWireResult
bt_wire_parse (const BtWireLimits *limits,
               const guint8       *bytes,
               gsize               n_bytes,
               BtWireMessage      *out_message)
{
  const Kind *kind = &unknown_kind;
  guint32     length;
  guint8      id;

  *out_message = (BtWireMessage) { .id = BT_WIRE_UNKNOWN };
  if (n_bytes < LENGTH_BYTES)
    return BT_WIRE_NEED_MORE;
  length = bt_read_u32 (bytes);
  if (length == 0)
    {
      out_message->id = BT_WIRE_KEEP_ALIVE;
      out_message->size = LENGTH_BYTES;
      return BT_WIRE_MESSAGE;
    }
  if (length > MAX_LENGTH)
    return bad (out_message, BT_WIRE_REASON_TOO_LONG);
  if (n_bytes < ID_BYTES)
    return BT_WIRE_NEED_MORE;

  id = bytes[LENGTH_BYTES];
  if (id < G_N_ELEMENTS (kinds) && kinds[id].shape != SHAPE_UNKNOWN)
    {
      kind = &kinds[id];
      out_message->id = (BtWireId) id;
    }
  if ((kind->needs == NEEDS_FAST && !limits->has_fast) ||
      (kind->needs == NEEDS_EXTENDED && !limits->has_extended))
    return bad (out_message, BT_WIRE_REASON_NOT_NEGOTIATED);
  out_message->reason = judge_length (limits, kind, length);
  if (out_message->reason != BT_WIRE_REASON_NONE)
    return BT_WIRE_BAD;

  if (kind->shape == SHAPE_PIECE)
    return parse_piece_head (limits, bytes, n_bytes, length, out_message);
  out_message->size = LENGTH_BYTES + (gsize) length;
  if (n_bytes < out_message->size)
    return BT_WIRE_NEED_MORE;
  return parse_body (limits, kind, bytes, length, out_message);
}

/* ---- Handshake ---- */

void
bt_wire_put_handshake (const BtHandshake *handshake,
                       guint8             out_bytes[BT_WIRE_HANDSHAKE_BYTES])
{
  guint8 *reserved = out_bytes + RESERVED_AT;

  memset (out_bytes, 0, BT_WIRE_HANDSHAKE_BYTES);
  memcpy (out_bytes, protocol, sizeof protocol);
  if (handshake->has_extended)
    reserved[EXTENDED_BYTE] |= EXTENDED_BIT;
  if (handshake->has_dht)
    reserved[LAST_BYTE] |= DHT_BIT;
  if (handshake->has_fast)
    reserved[LAST_BYTE] |= FAST_BIT;
  if (handshake->has_v2)
    reserved[LAST_BYTE] |= V2_BIT;
  memcpy (out_bytes + INFO_HASH_AT, handshake->info_hash, BT_SHA1_BYTES);
  memcpy (out_bytes + PEER_ID_AT, handshake->peer_id, BT_WIRE_PEER_ID_BYTES);
}

BtWireResult
bt_wire_parse_handshake (const guint8 *bytes,
                         gsize         n_bytes,
                         BtHandshake  *out_handshake,
                         gboolean     *out_has_hash)
{
  const guint8 *reserved = bytes + RESERVED_AT;

  *out_has_hash = FALSE;
  if (n_bytes > 0 && memcmp (bytes, protocol, MIN (n_bytes, sizeof protocol)) != 0)
    return BT_WIRE_BAD;
  if (n_bytes < PEER_ID_AT)
    return BT_WIRE_NEED_MORE;

  memset (out_handshake, 0, sizeof *out_handshake);
  out_handshake->has_extended = (reserved[EXTENDED_BYTE] & EXTENDED_BIT) != 0;
  out_handshake->has_dht = (reserved[LAST_BYTE] & DHT_BIT) != 0;
  out_handshake->has_fast = (reserved[LAST_BYTE] & FAST_BIT) != 0;
  out_handshake->has_v2 = (reserved[LAST_BYTE] & V2_BIT) != 0;
  memcpy (out_handshake->info_hash, bytes + INFO_HASH_AT, BT_SHA1_BYTES);
  *out_has_hash = TRUE;
  if (n_bytes < BT_WIRE_HANDSHAKE_BYTES)
    return BT_WIRE_NEED_MORE;
  memcpy (out_handshake->peer_id, bytes + PEER_ID_AT, BT_WIRE_PEER_ID_BYTES);
  return BT_WIRE_MESSAGE;
}

/* ---- Writers ---- */

static inline void
write_head (guint8   *bytes,
            guint32   length,
            BtWireId  id)
{
  bt_write_u32 (bytes, length);
  bytes[LENGTH_BYTES] = (guint8) id;
}

G_GNUC_UNUSED static gboolean
has_shape (BtWireId id,
           Shape    shape)
{
  return (gsize) id < G_N_ELEMENTS (kinds) && kinds[id].shape == shape;
}

void
bt_wire_put_keep_alive (GByteArray *out)
{
  static const guint8 zeros[LENGTH_BYTES];

  g_byte_array_append (out, zeros, LENGTH_BYTES);
}

void
bt_wire_put_simple (GByteArray *out,
                    BtWireId    id)
{
  guint8 bytes[ID_BYTES];

  g_assert (has_shape (id, SHAPE_EMPTY));
  write_head (bytes, 1, id);
  g_byte_array_append (out, bytes, sizeof bytes);
}

void
bt_wire_put_index (GByteArray *out,
                   BtWireId    id,
                   guint32     piece)
{
  guint8 bytes[ID_BYTES + 4];

  g_assert (has_shape (id, SHAPE_INDEX));
  write_head (bytes, 5, id);
  bt_write_u32 (bytes + ID_BYTES, piece);
  g_byte_array_append (out, bytes, sizeof bytes);
}

void
bt_wire_put_span (GByteArray        *out,
                  BtWireId           id,
                  const BtBlockSpan *span)
{
  guint8 bytes[ID_BYTES + 12];

  g_assert (has_shape (id, SHAPE_SPAN));
  write_head (bytes, 13, id);
  bt_write_u32 (bytes + ID_BYTES, span->piece);
  bt_write_u32 (bytes + ID_BYTES + 4, span->begin);
  bt_write_u32 (bytes + ID_BYTES + 8, span->length);
  g_byte_array_append (out, bytes, sizeof bytes);
}

void
bt_wire_put_bitfield (GByteArray       *out,
                      const BtBitfield *field)
{
  guint   n_bytes = field->n_bits / 8 + (field->n_bits % 8 != 0);
  guint8  head[ID_BYTES];
  guint   at;

  g_assert (n_bytes <= MAX_BITFIELD);
  write_head (head, n_bytes + 1, BT_WIRE_BITFIELD);
  g_byte_array_append (out, head, sizeof head);
  at = out->len;
  g_byte_array_set_size (out, at + n_bytes);
  bt_bitfield_get_bytes (field, out->data + at);
}

void
bt_wire_put_port (GByteArray *out,
                  guint16     port)
{
  guint8 bytes[ID_BYTES + 2];

  write_head (bytes, 3, BT_WIRE_PORT);
  bt_write_u16 (bytes + ID_BYTES, port);
  g_byte_array_append (out, bytes, sizeof bytes);
}

void
bt_wire_put_block_head (guint8             out_bytes[BT_WIRE_BLOCK_HEADER_BYTES],
                        const BtBlockSpan *span)
{
  write_head (out_bytes, PIECE_HEAD_LENGTH + span->length, BT_WIRE_PIECE);
  bt_write_u32 (out_bytes + ID_BYTES, span->piece);
  bt_write_u32 (out_bytes + ID_BYTES + 4, span->begin);
}

void
bt_wire_put_extended (GByteArray   *out,
                      guint8        extended_id,
                      const guint8 *payload,
                      gsize         n_bytes)
{
  guint8 bytes[ID_BYTES + 1];

  g_assert (n_bytes <= BT_WIRE_MAX_EXTENDED_BYTES);
  write_head (bytes, EXTENDED_LENGTH + (guint32) n_bytes, BT_WIRE_EXTENDED);
  bytes[ID_BYTES] = extended_id;
  g_byte_array_append (out, bytes, sizeof bytes);
  if (n_bytes > 0)
    g_byte_array_append (out, payload, (guint) n_bytes);
}

/* ---- BEP 6 ---- */

static gboolean
contains (const guint32 *pieces,
          guint          n_pieces,
          guint32        piece)
{
  for (guint i = 0; i < n_pieces; i++)
    {
      if (pieces[i] == piece)
        return TRUE;
    }
  return FALSE;
}

guint
bt_wire_get_allowed_fast (const guint8  ip[4],
                          const guint8  info_hash[BT_SHA1_BYTES],
                          guint32       n_pieces,
                          guint         n_wanted,
                          guint32      *out_pieces)
{
  guint8 seed[4 + BT_SHA1_BYTES] = { ip[0], ip[1], ip[2], 0 };
  guint8 digest[BT_SHA1_BYTES];
  guint  n = 0;

  if (n_pieces <= n_wanted)
    {
      for (; n < n_pieces; n++)
        out_pieces[n] = n;
      return n;
    }

  memcpy (seed + 4, info_hash, BT_SHA1_BYTES);
  bt_sha1 (seed, sizeof seed, digest);
  for (guint round = 0; n < n_wanted && round < MAX_FAST_ROUNDS; round++)
    {
      guint8 next[BT_SHA1_BYTES];

      for (guint i = 0; i < BT_SHA1_BYTES && n < n_wanted; i += 4)
        {
          guint32 piece = bt_read_u32 (digest + i) % n_pieces;

          if (!contains (out_pieces, n, piece))
            out_pieces[n++] = piece;
        }
      bt_sha1 (digest, sizeof digest, next);
      memcpy (digest, next, sizeof digest);
    }
  return n;
}
