/* test-stream.c - writers and parser agree, however the stream is cut; handshake and allowed fast set
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-wire.h"

#include "base/bt-cursor.h"

#include <string.h>

#define BLOCK_DATA_BYTES 40

static const BtGeometry   geometry = { G_GUINT64_CONSTANT (1313) * 32768, 32768, 1313 };
static const BtWireLimits limits = { &geometry, .has_fast = 1, .has_extended = 1 };

typedef struct
{
  BtWireId    id;
  BtBlockSpan span;
  guint16     port;
  guint8      extended_id;
  const char *payload;   /* extended, or a block's data */
} Sent;

static const Sent sent[] = {
  { .id = BT_WIRE_EXTENDED, .payload = "d1:md6:ut_pexi1eee" },
  { .id = BT_WIRE_BITFIELD },
  { .id = BT_WIRE_HAVE_ALL },
  { .id = BT_WIRE_HAVE_NONE },
  { .id = BT_WIRE_KEEP_ALIVE },
  { .id = BT_WIRE_CHOKE },
  { .id = BT_WIRE_UNCHOKE },
  { .id = BT_WIRE_INTERESTED },
  { .id = BT_WIRE_NOT_INTERESTED },
  { .id = BT_WIRE_HAVE, .span = { 1312, 0, 0 } },
  { .id = BT_WIRE_SUGGEST, .span = { 7, 0, 0 } },
  { .id = BT_WIRE_ALLOWED_FAST, .span = { 256, 0, 0 } },
  { .id = BT_WIRE_REQUEST, .span = { 1, 16384, 16384 } },
  { .id = BT_WIRE_PIECE,
    .span = { 1, 16384, BLOCK_DATA_BYTES },
    .payload = "forty bytes of data, no more and no less" },
  { .id = BT_WIRE_CANCEL, .span = { 0x0102, 0x0304, 0x0506 } },
  { .id = BT_WIRE_REJECT, .span = { 3, 0, 32768 } },
  { .id = BT_WIRE_PORT, .port = 51413 },
  { .id = BT_WIRE_EXTENDED, .extended_id = 3, .payload = "" },
  { .id = BT_WIRE_KEEP_ALIVE },
};

static void
init_field (BtBitfield *field)
{
  bt_bitfield_init (field, geometry.n_pieces);
  for (guint i = 0; i < field->n_bits; i += 3)
    bt_bitfield_set (field, i);
}

static void
put (GByteArray *out,
     const Sent *message)
{
  guint8     head[BT_WIRE_BLOCK_HEADER_BYTES];
  BtBitfield field;

  switch ((guint) message->id)
    {
    case BT_WIRE_KEEP_ALIVE:
      bt_wire_put_keep_alive (out);
      break;
    case BT_WIRE_BITFIELD:
      init_field (&field);
      bt_wire_put_bitfield (out, &field);
      bt_bitfield_clear (&field);
      break;
    case BT_WIRE_HAVE:
    case BT_WIRE_SUGGEST:
    case BT_WIRE_ALLOWED_FAST:
      bt_wire_put_index (out, message->id, message->span.piece);
      break;
    case BT_WIRE_REQUEST:
    case BT_WIRE_CANCEL:
    case BT_WIRE_REJECT:
      bt_wire_put_span (out, message->id, &message->span);
      break;
    case BT_WIRE_PIECE:
      bt_wire_put_block_head (head, &message->span);
      g_byte_array_append (out, head, sizeof head);
      g_byte_array_append (out, (const guint8 *) message->payload, message->span.length);
      break;
    case BT_WIRE_PORT:
      bt_wire_put_port (out, message->port);
      break;
    case BT_WIRE_EXTENDED:
      bt_wire_put_extended (out, message->extended_id, (const guint8 *) message->payload,
                            strlen (message->payload));
      break;
    default:
      bt_wire_put_simple (out, message->id);
    }
}

static void
assert_same (const BtWireMessage *message,
             const Sent          *expected)
{
  BtBitfield field;
  BtBitfield other;

  g_assert_cmpint (message->id, ==, expected->id);
  g_assert_cmpint (message->reason, ==, BT_WIRE_REASON_NONE);
  g_assert_cmpmem (&message->span, sizeof message->span, &expected->span, sizeof expected->span);
  g_assert_cmpuint (message->port, ==, expected->port);
  g_assert_cmpuint (message->extended_id, ==, expected->extended_id);
  if (message->id == BT_WIRE_EXTENDED)
    g_assert_cmpmem (message->payload, message->payload_bytes,
                     expected->payload, strlen (expected->payload));
  if (message->id == BT_WIRE_BITFIELD)
    {
      init_field (&field);
      bt_bitfield_init (&other, geometry.n_pieces);
      g_assert_true (bt_bitfield_set_bytes (&other, message->payload, message->payload_bytes));
      g_assert_cmpuint (other.n_set, ==, field.n_set);
      g_assert_cmpuint (bt_bitfield_count_missing (&field, &other), ==, 0);
      bt_bitfield_clear (&field);
      bt_bitfield_clear (&other);
    }
}

/* A reader as a connection has it: it keeps what was not consumed, exactly as long as it is. */
typedef struct
{
  guint8 *bytes;       /* owned; reallocated to its exact size, so that a sanitizer sees reads behind it */
  gsize   n_bytes;
  gsize   n_skip;      /* of a block's data */
  guint   n_messages;
} Reader;

static void
consume (Reader *reader,
         gsize   n_bytes)
{
  guint8 *rest = g_memdup2 (reader->bytes + n_bytes, reader->n_bytes - n_bytes);

  g_assert_cmpuint (n_bytes, <=, reader->n_bytes);
  g_free (reader->bytes);
  reader->bytes = rest;
  reader->n_bytes -= n_bytes;
}

static void
feed (Reader       *reader,
      const guint8 *bytes,
      gsize         n_bytes)
{
  BtWireMessage message;

  reader->bytes = g_realloc (reader->bytes, reader->n_bytes + n_bytes);
  if (n_bytes > 0)
    memcpy (reader->bytes + reader->n_bytes, bytes, n_bytes);
  reader->n_bytes += n_bytes;

  for (;;)
    {
      gsize n_skipped = MIN (reader->n_skip, reader->n_bytes);

      consume (reader, n_skipped);
      reader->n_skip -= n_skipped;
      switch (bt_wire_parse (&limits, reader->bytes, reader->n_bytes, &message))
        {
        case BT_WIRE_NEED_MORE:
          g_assert_true (message.size == 0 || message.size > reader->n_bytes);
          return;
        case BT_WIRE_BLOCK:
          reader->n_skip = message.span.length;
          break;
        case BT_WIRE_MESSAGE:
          break;
        case BT_WIRE_BAD:
        default:
          g_assert_not_reached ();
        }
      g_assert_cmpuint (reader->n_messages, <, G_N_ELEMENTS (sent));
      assert_same (&message, &sent[reader->n_messages++]);
      consume (reader, message.size);
    }
}

static void
finish (Reader *reader)
{
  g_assert_cmpuint (reader->n_messages, ==, G_N_ELEMENTS (sent));
  g_assert_cmpuint (reader->n_bytes, ==, 0);
  g_assert_cmpuint (reader->n_skip, ==, 0);
  g_free (reader->bytes);
}

static GByteArray *
make_stream (void)
{
  GByteArray *stream = g_byte_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (sent); i++)
    put (stream, &sent[i]);
  return stream;
}

static void
test_whole (void)
{
  g_autoptr (GByteArray) stream = make_stream ();
  Reader                 reader = { 0 };

  feed (&reader, stream->data, stream->len);
  finish (&reader);
}

static void
test_every_cut (void)
{
  g_autoptr (GByteArray) stream = make_stream ();

  for (gsize cut = 0; cut <= stream->len; cut++)
    {
      Reader reader = { 0 };

      feed (&reader, stream->data, cut);
      feed (&reader, stream->data + cut, stream->len - cut);
      finish (&reader);
    }
}

static void
test_every_chunk_size (void)
{
  g_autoptr (GByteArray) stream = make_stream ();

  for (gsize size = 1; size < 64; size++)
    {
      Reader reader = { 0 };

      for (gsize at = 0; at < stream->len; at += size)
        feed (&reader, stream->data + at, MIN (size, stream->len - at));
      finish (&reader);
    }
}

/* ---- Handshake ---- */

static void
fill_handshake (BtHandshake *handshake,
                guint        bits)
{
  memset (handshake, 0, sizeof *handshake);
  for (guint i = 0; i < BT_SHA1_BYTES; i++)
    handshake->info_hash[i] = (guint8) (0x80 + i);
  memcpy (handshake->peer_id, "-FS0100-abcdefghijkl", BT_WIRE_PEER_ID_BYTES);
  handshake->has_dht = (bits & 1) != 0;
  handshake->has_fast = (bits & 2) != 0;
  handshake->has_extended = (bits & 4) != 0;
  handshake->has_v2 = (bits & 8) != 0;
}

static void
test_handshake_bytes (void)
{
  static const guint8 reserved[8] = { 0, 0, 0, 0, 0, 0x10, 0, 0x15 };
  BtHandshake         handshake;
  guint8              bytes[BT_WIRE_HANDSHAKE_BYTES];

  fill_handshake (&handshake, 15);
  bt_wire_put_handshake (&handshake, bytes);
  g_assert_cmpmem (bytes, 20, "\023BitTorrent protocol", 20);
  g_assert_cmpmem (bytes + 20, 8, reserved, 8);
  g_assert_cmpmem (bytes + 28, 20, handshake.info_hash, 20);
  g_assert_cmpmem (bytes + 48, 20, "-FS0100-abcdefghijkl", 20);
}

static void
test_handshake_round_trip (void)
{
  for (guint bits = 0; bits < 16; bits++)
    {
      BtHandshake handshake;
      BtHandshake read;
      guint8      bytes[BT_WIRE_HANDSHAKE_BYTES];
      gboolean    has_hash;

      fill_handshake (&handshake, bits);
      bt_wire_put_handshake (&handshake, bytes);
      for (gsize n = 0; n < sizeof bytes; n++)
        {
          g_autofree guint8 *copy = g_memdup2 (bytes, n);

          g_assert_cmpint (bt_wire_parse_handshake (copy, n, &read, &has_hash), ==,
                           BT_WIRE_NEED_MORE);
          g_assert_cmpint (has_hash, ==, n >= 48);
          if (has_hash)
            g_assert_cmpmem (read.info_hash, 20, handshake.info_hash, 20);
          if (has_hash)
            g_assert_cmpint (read.has_extended, ==, handshake.has_extended);
        }
      g_assert_cmpint (bt_wire_parse_handshake (bytes, sizeof bytes, &read, &has_hash), ==,
                       BT_WIRE_MESSAGE);
      g_assert_true (has_hash);
      g_assert_cmpmem (read.info_hash, 20, handshake.info_hash, 20);
      g_assert_cmpmem (read.peer_id, 20, handshake.peer_id, 20);
      g_assert_cmpint (read.has_dht, ==, handshake.has_dht);
      g_assert_cmpint (read.has_fast, ==, handshake.has_fast);
      g_assert_cmpint (read.has_extended, ==, handshake.has_extended);
      g_assert_cmpint (read.has_v2, ==, handshake.has_v2);
    }
}

/* One wrong byte is enough, and is seen as soon as it is there. */
static void
test_handshake_bad (void)
{
  BtHandshake handshake;
  guint8      bytes[BT_WIRE_HANDSHAKE_BYTES];
  gboolean    has_hash;

  fill_handshake (&handshake, 0);
  for (gsize wrong = 0; wrong < 20; wrong++)
    {
      bt_wire_put_handshake (&handshake, bytes);
      bytes[wrong] ^= 0x20;
      for (gsize n = 0; n <= sizeof bytes; n++)
        {
          BtWireResult expected = n <= wrong ? BT_WIRE_NEED_MORE : BT_WIRE_BAD;

          g_assert_cmpint (bt_wire_parse_handshake (bytes, n, &handshake, &has_hash), ==, expected);
          g_assert_false (has_hash);
        }
    }
}

/* Bits nobody has given a meaning are no fault. */
static void
test_handshake_foreign_bits (void)
{
  BtHandshake handshake;
  guint8      bytes[BT_WIRE_HANDSHAKE_BYTES];
  gboolean    has_hash;

  fill_handshake (&handshake, 0);
  bt_wire_put_handshake (&handshake, bytes);
  memset (bytes + 20, 0xff, 8);
  bytes[25] &= (guint8) ~0x10;
  g_assert_cmpint (bt_wire_parse_handshake (bytes, sizeof bytes, &handshake, &has_hash), ==,
                   BT_WIRE_MESSAGE);
  g_assert_true (handshake.has_dht);
  g_assert_false (handshake.has_extended);
}

/* ---- Allowed fast set: the numbers of BEP 6 ---- */

static void
test_allowed_fast (void)
{
  static const guint8  ip[4] = { 80, 4, 4, 200 };
  static const guint32 expected[] = { 1059, 431, 808, 1217, 287, 376, 1188, 353, 508 };
  guint8               info_hash[BT_SHA1_BYTES];
  guint32              pieces[20];

  memset (info_hash, 0xaa, sizeof info_hash);
  g_assert_cmpuint (bt_wire_get_allowed_fast (ip, info_hash, 1313, 7, pieces), ==, 7);
  g_assert_cmpmem (pieces, 7 * 4, expected, 7 * 4);
  g_assert_cmpuint (bt_wire_get_allowed_fast (ip, info_hash, 1313, 9, pieces), ==, 9);
  g_assert_cmpmem (pieces, 9 * 4, expected, 9 * 4);
}

static void
test_allowed_fast_small (void)
{
  static const guint8 ip[4] = { 1, 2, 3, 4 };
  guint8              info_hash[BT_SHA1_BYTES] = { 0 };
  guint32             pieces[20];

  for (guint n_pieces = 0; n_pieces < 20; n_pieces++)
    {
      guint n = bt_wire_get_allowed_fast (ip, info_hash, n_pieces, 10, pieces);

      g_assert_cmpuint (n, ==, MIN (n_pieces, 10));
      for (guint i = 0; i < n; i++)
        {
          g_assert_cmpuint (pieces[i], <, n_pieces);
          for (guint j = 0; j < i; j++)
            g_assert_cmpuint (pieces[i], !=, pieces[j]);
        }
    }
  g_assert_cmpuint (bt_wire_get_allowed_fast (ip, info_hash, 100, 0, pieces), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/stream/whole", test_whole);
  g_test_add_func ("/wire/stream/every-cut", test_every_cut);
  g_test_add_func ("/wire/stream/every-chunk-size", test_every_chunk_size);
  g_test_add_func ("/wire/handshake/bytes", test_handshake_bytes);
  g_test_add_func ("/wire/handshake/round-trip", test_handshake_round_trip);
  g_test_add_func ("/wire/handshake/bad", test_handshake_bad);
  g_test_add_func ("/wire/handshake/foreign-bits", test_handshake_foreign_bits);
  g_test_add_func ("/wire/allowed-fast/vectors", test_allowed_fast);
  g_test_add_func ("/wire/allowed-fast/small", test_allowed_fast_small);
  return g_test_run ();
}
