/* test-parse.c - what the wire parser takes, refuses and waits for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-wire.h"

#include "base/bt-cursor.h"

#include <string.h>

#define PREFIX_BYTES 5   /* length and id */
#define MAX_BODY     16

/* Three pieces of 32 KiB, the last of 10,000 bytes. */
static const BtGeometry geometry = { 2 * 32768 + 10000, 32768, 3 };

static const BtWireLimits everything = { &geometry, .has_fast = 1, .has_extended = 1 };
static const BtWireLimits only_bep3 = { &geometry, .has_fast = 0, .has_extended = 0 };
static const BtWireLimits no_metadata = { NULL, .has_fast = 1, .has_extended = 1 };

/* ---- Lengths ---- */

typedef struct
{
  guint        id;
  guint32      min;   /* length prefixes that are right */
  guint32      max;
  BtWireReason below;
  BtWireReason above;
} LengthCase;

static const LengthCase length_cases[] = {
  { BT_WIRE_CHOKE, 1, 1, BT_WIRE_REASON_NONE, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_UNCHOKE, 1, 1, BT_WIRE_REASON_NONE, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_INTERESTED, 1, 1, BT_WIRE_REASON_NONE, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_NOT_INTERESTED, 1, 1, BT_WIRE_REASON_NONE, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_HAVE, 5, 5, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_BITFIELD, 2, 2, BT_WIRE_REASON_BAD_BITFIELD, BT_WIRE_REASON_BAD_BITFIELD },
  { BT_WIRE_REQUEST, 13, 13, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_PIECE, 10, 9 + 16384, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_BAD_SPAN },
  { BT_WIRE_CANCEL, 13, 13, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_PORT, 3, 3, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_SUGGEST, 5, 5, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_HAVE_ALL, 1, 1, BT_WIRE_REASON_NONE, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_HAVE_NONE, 1, 1, BT_WIRE_REASON_NONE, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_REJECT, 13, 13, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_ALLOWED_FAST, 5, 5, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_WRONG_LENGTH },
  { BT_WIRE_EXTENDED, 2, 2 + 1024 * 1024, BT_WIRE_REASON_WRONG_LENGTH, BT_WIRE_REASON_TOO_LONG },
  { 10, 1, 1024 * 1024, BT_WIRE_REASON_NONE, BT_WIRE_REASON_TOO_LONG },
  { 12, 1, 1024 * 1024, BT_WIRE_REASON_NONE, BT_WIRE_REASON_TOO_LONG },
  { 18, 1, 1024 * 1024, BT_WIRE_REASON_NONE, BT_WIRE_REASON_TOO_LONG },
  { 21, 1, 1024 * 1024, BT_WIRE_REASON_NONE, BT_WIRE_REASON_TOO_LONG },
  { 255, 1, 1024 * 1024, BT_WIRE_REASON_NONE, BT_WIRE_REASON_TOO_LONG },
};

/* What the first five bytes alone lead to. */
static BtWireResult
parse_prefix (const BtWireLimits *limits,
              guint32             length,
              guint               id,
              BtWireMessage      *out_message)
{
  guint8 bytes[PREFIX_BYTES];

  bt_write_u32 (bytes, length);
  bytes[4] = (guint8) id;
  return bt_wire_parse (limits, bytes, sizeof bytes, out_message);
}

static void
assert_good_prefix (const BtWireLimits *limits,
                    guint32             length,
                    guint               id)
{
  BtWireMessage message;

  g_test_message ("length %u, id %u", length, id);
  g_assert_cmpint (parse_prefix (limits, length, id, &message), !=, BT_WIRE_BAD);
}

static void
assert_bad_prefix (const BtWireLimits *limits,
                   guint32             length,
                   guint               id,
                   BtWireReason        reason)
{
  BtWireMessage message;

  g_test_message ("length %u, id %u", length, id);
  g_assert_cmpint (parse_prefix (limits, length, id, &message), ==, BT_WIRE_BAD);
  g_assert_cmpint (message.reason, ==, reason);
}

static void
test_lengths (void)
{
  static const guint32 huge[] = {
    0x00200000, 0x01000000, 0x7fffffff, 0x80000000, 0xfffffffb, 0xffffffff,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (length_cases); i++)
    {
      const LengthCase *c = &length_cases[i];

      for (guint32 length = 1; length < c->min; length++)
        assert_bad_prefix (&everything, length, c->id, c->below);
      for (guint32 length = c->min; length <= c->max; length++)
        {
          BtWireMessage message;
          BtWireResult  expected = length == 1 ? BT_WIRE_MESSAGE : BT_WIRE_NEED_MORE;
          gsize         size = c->id == BT_WIRE_PIECE ? 13 : 4 + (gsize) length;

          g_assert_cmpint (parse_prefix (&everything, length, c->id, &message), ==, expected);
          g_assert_cmpuint (message.size, ==, size);
        }
      for (guint32 length = c->max + 1; length <= c->max + 20; length++)
        {
          BtWireReason above = length > 1024 * 1024 + 2 ? BT_WIRE_REASON_TOO_LONG : c->above;

          assert_bad_prefix (&everything, length, c->id, above);
        }
      for (gsize j = 0; j < G_N_ELEMENTS (huge); j++)
        assert_bad_prefix (&everything, huge[j], c->id, BT_WIRE_REASON_TOO_LONG);
    }
}

/* No id needs to come for a length that no message has. */
static void
test_huge_without_id (void)
{
  static const guint8 ones[4] = { 0xff, 0xff, 0xff, 0xff };
  BtWireMessage       message;

  g_assert_cmpint (bt_wire_parse (&everything, ones, 3, &message), ==, BT_WIRE_NEED_MORE);
  g_assert_cmpuint (message.size, ==, 0);
  g_assert_cmpint (bt_wire_parse (&everything, ones, 4, &message), ==, BT_WIRE_BAD);
  g_assert_cmpint (message.reason, ==, BT_WIRE_REASON_TOO_LONG);
}

static void
test_bitfield_lengths (void)
{
  static const struct
  {
    guint32 n_pieces;
    guint32 length;
  } cases[] = {
    { 1, 2 }, { 8, 2 }, { 9, 3 }, { 16, 3 }, { 17, 4 }, { BT_MAX_PIECES, BT_MAX_PIECES / 8 + 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint32      length = cases[i].length;
      BtGeometry   g = { (guint64) cases[i].n_pieces * 16384, 16384, cases[i].n_pieces };
      BtWireLimits limits = { &g, .has_fast = 1 };

      assert_good_prefix (&limits, length, BT_WIRE_BITFIELD);
      assert_bad_prefix (&limits, length - 1, BT_WIRE_BITFIELD, BT_WIRE_REASON_BAD_BITFIELD);
      assert_bad_prefix (&limits, length + 1, BT_WIRE_BITFIELD, BT_WIRE_REASON_BAD_BITFIELD);
    }
  assert_good_prefix (&no_metadata, 1024 * 1024 + 1, BT_WIRE_BITFIELD);
  assert_bad_prefix (&no_metadata, 1024 * 1024 + 2, BT_WIRE_BITFIELD, BT_WIRE_REASON_TOO_LONG);
}

/* ---- Negotiation ---- */

static void
test_not_negotiated (void)
{
  static const struct
  {
    guint   id;
    guint32 length;
  } cases[] = {
    { BT_WIRE_SUGGEST, 5 },  { BT_WIRE_HAVE_ALL, 1 },     { BT_WIRE_HAVE_NONE, 1 },
    { BT_WIRE_REJECT, 13 },  { BT_WIRE_ALLOWED_FAST, 5 }, { BT_WIRE_EXTENDED, 2 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean     is_extended = cases[i].id == BT_WIRE_EXTENDED;
      BtWireLimits other = { &geometry, .has_fast = is_extended, .has_extended = !is_extended };
      BtWireLimits this = { &geometry, .has_fast = !is_extended, .has_extended = is_extended };

      assert_bad_prefix (&only_bep3, cases[i].length, cases[i].id, BT_WIRE_REASON_NOT_NEGOTIATED);
      assert_bad_prefix (&other, cases[i].length, cases[i].id, BT_WIRE_REASON_NOT_NEGOTIATED);
      assert_good_prefix (&this, cases[i].length, cases[i].id);
    }
}

/* ---- Contents ---- */

typedef struct
{
  guint        id;
  guint32      words[3];
  guint        n_words;
  BtWireReason reason;           /* with the geometry */
  BtWireReason reason_without;   /* without */
} BodyCase;

#define OK        BT_WIRE_REASON_NONE
#define BAD_INDEX BT_WIRE_REASON_BAD_INDEX
#define BAD_SPAN  BT_WIRE_REASON_BAD_SPAN

static const BodyCase body_cases[] = {
  { BT_WIRE_HAVE, { 0 }, 1, OK, OK },
  { BT_WIRE_HAVE, { 2 }, 1, OK, OK },
  { BT_WIRE_HAVE, { 3 }, 1, BAD_INDEX, OK },
  { BT_WIRE_HAVE, { 0xffffffff }, 1, BAD_INDEX, OK },
  { BT_WIRE_SUGGEST, { 2 }, 1, OK, OK },
  { BT_WIRE_SUGGEST, { 3 }, 1, BAD_INDEX, OK },
  { BT_WIRE_ALLOWED_FAST, { 2 }, 1, OK, OK },
  { BT_WIRE_ALLOWED_FAST, { 3 }, 1, BAD_INDEX, OK },
  { BT_WIRE_REQUEST, { 0, 0, 16384 }, 3, OK, OK },
  { BT_WIRE_REQUEST, { 1, 16384, 16384 }, 3, OK, OK },
  { BT_WIRE_REQUEST, { 1, 5, 7 }, 3, OK, OK },
  { BT_WIRE_REQUEST, { 0, 0, 32768 }, 3, OK, OK },
  { BT_WIRE_REQUEST, { 0, 0, 32769 }, 3, BAD_SPAN, OK },
  { BT_WIRE_REQUEST, { 0, 32767, 1 }, 3, OK, OK },
  { BT_WIRE_REQUEST, { 0, 32768, 1 }, 3, BAD_SPAN, OK },
  { BT_WIRE_REQUEST, { 2, 0, 10000 }, 3, OK, OK },
  { BT_WIRE_REQUEST, { 2, 0, 10001 }, 3, BAD_SPAN, OK },
  { BT_WIRE_REQUEST, { 2, 9999, 1 }, 3, OK, OK },
  { BT_WIRE_REQUEST, { 2, 10000, 1 }, 3, BAD_SPAN, OK },
  { BT_WIRE_REQUEST, { 3, 0, 1 }, 3, BAD_INDEX, OK },
  { BT_WIRE_REQUEST, { 0xffffffff, 0, 16384 }, 3, BAD_INDEX, OK },
  { BT_WIRE_REQUEST, { 0, 0xffffffff, 16384 }, 3, BAD_SPAN, OK },
  { BT_WIRE_REQUEST, { 0, 0xffffc000, 16384 }, 3, BAD_SPAN, OK },
  { BT_WIRE_REQUEST, { 0, 0, 0 }, 3, BAD_SPAN, BAD_SPAN },
  { BT_WIRE_REQUEST, { 0, 0, 131072 }, 3, BAD_SPAN, OK },
  { BT_WIRE_REQUEST, { 0, 0, 131073 }, 3, BAD_SPAN, BAD_SPAN },
  { BT_WIRE_REQUEST, { 0, 0, 0xffffffff }, 3, BAD_SPAN, BAD_SPAN },
  { BT_WIRE_CANCEL, { 0, 0, 16384 }, 3, OK, OK },
  { BT_WIRE_CANCEL, { 2, 9999, 2 }, 3, BAD_SPAN, OK },
  { BT_WIRE_CANCEL, { 0, 0, 131073 }, 3, BAD_SPAN, BAD_SPAN },
  { BT_WIRE_REJECT, { 1, 0, 16384 }, 3, OK, OK },
  { BT_WIRE_REJECT, { 3, 0, 16384 }, 3, BAD_INDEX, OK },
  { BT_WIRE_REJECT, { 0, 0, 0 }, 3, BAD_SPAN, BAD_SPAN },
};

static void
check_body (const BodyCase     *c,
            const BtWireLimits *limits,
            BtWireReason        reason)
{
  guint8        bytes[PREFIX_BYTES + 12];
  gsize         size = PREFIX_BYTES + c->n_words * 4;
  BtWireMessage message;
  BtWireResult  result;

  bt_write_u32 (bytes, (guint32) size - 4);
  bytes[4] = (guint8) c->id;
  for (guint i = 0; i < c->n_words; i++)
    bt_write_u32 (bytes + PREFIX_BYTES + 4 * i, c->words[i]);

  g_test_message ("id %u: %u %u %u", c->id, c->words[0], c->words[1], c->words[2]);
  g_assert_cmpint (bt_wire_parse (limits, bytes, size - 1, &message), ==, BT_WIRE_NEED_MORE);
  g_assert_cmpuint (message.size, ==, size);
  result = bt_wire_parse (limits, bytes, size, &message);
  g_assert_cmpint (message.reason, ==, reason);
  g_assert_cmpint (result, ==, reason == OK ? BT_WIRE_MESSAGE : BT_WIRE_BAD);
  g_assert_cmpuint (message.id, ==, c->id);
  g_assert_cmpuint (message.span.piece, ==, c->words[0]);
  g_assert_cmpuint (message.span.begin, ==, c->words[1]);
  g_assert_cmpuint (message.span.length, ==, c->words[2]);
}

static void
test_bodies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (body_cases); i++)
    {
      check_body (&body_cases[i], &everything, body_cases[i].reason);
      check_body (&body_cases[i], &no_metadata, body_cases[i].reason_without);
    }
}

static void
test_piece_heads (void)
{
  static const struct
  {
    BtBlockSpan  span;
    BtWireReason reason;
  } cases[] = {
    { { 0, 0, 16384 }, OK },
    { { 1, 16384, 16384 }, OK },
    { { 1, 16385, 16384 }, BAD_SPAN },
    { { 2, 0, 10000 }, OK },
    { { 2, 0, 10001 }, BAD_SPAN },
    { { 2, 9999, 1 }, OK },
    { { 0, 32768, 1 }, BAD_SPAN },
    { { 0, 0xffffffff, 1 }, BAD_SPAN },
    { { 3, 0, 1 }, BAD_INDEX },
    { { 0xffffffff, 0, 1 }, BAD_INDEX },
  };
  guint8        head[BT_WIRE_BLOCK_HEADER_BYTES];
  BtWireMessage message;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtWireResult expected = cases[i].reason == OK ? BT_WIRE_BLOCK : BT_WIRE_BAD;

      bt_wire_put_block_head (head, &cases[i].span);
      for (gsize n = PREFIX_BYTES; n < sizeof head; n++)
        {
          g_assert_cmpint (bt_wire_parse (&everything, head, n, &message), ==, BT_WIRE_NEED_MORE);
          g_assert_cmpuint (message.size, ==, sizeof head);
        }
      g_assert_cmpint (bt_wire_parse (&everything, head, sizeof head, &message), ==, expected);
      g_assert_cmpint (message.reason, ==, cases[i].reason);
      g_assert_cmpint (bt_wire_parse (&no_metadata, head, sizeof head, &message), ==,
                       BT_WIRE_BLOCK);
      g_assert_cmpuint (message.size, ==, sizeof head);
      g_assert_cmpmem (&message.span, sizeof message.span, &cases[i].span, sizeof cases[i].span);
    }
}

/* A message we do not know passes, whatever is in it, and the next one is read. */
static void
test_unknown_is_skipped (void)
{
  static const guint8 bytes[] = { 0, 0, 0, 4, 99, 1, 2, 3, 0, 0, 0, 1, BT_WIRE_UNCHOKE };
  BtWireMessage       message;

  g_assert_cmpint (bt_wire_parse (&only_bep3, bytes, sizeof bytes, &message), ==, BT_WIRE_MESSAGE);
  g_assert_cmpint (message.id, ==, BT_WIRE_UNKNOWN);
  g_assert_cmpuint (message.size, ==, 8);
  g_assert_cmpint (bt_wire_parse (&only_bep3, bytes + 8, sizeof bytes - 8, &message), ==,
                   BT_WIRE_MESSAGE);
  g_assert_cmpint (message.id, ==, BT_WIRE_UNCHOKE);
}

static void
test_reasons_have_words (void)
{
  for (int i = BT_WIRE_REASON_NONE; i <= BT_WIRE_REASON_NOT_NEGOTIATED; i++)
    {
      for (int j = BT_WIRE_REASON_NONE; j < i; j++)
        g_assert_cmpstr (bt_wire_reason_to_string ((BtWireReason) i), !=,
                         bt_wire_reason_to_string ((BtWireReason) j));
    }
}

/* Not a test of the unit suite: `test-wire-parse -m perf -p /wire/parse/speed`. */
static void
test_speed (void)
{
  const guint   n_rounds = 20 * 1000 * 1000;
  guint8        head[BT_WIRE_BLOCK_HEADER_BYTES];
  BtWireMessage message;
  guint64       sum = 0;
  double        ns;

  if (!g_test_perf ())
    {
      g_test_skip ("only with -m perf");
      return;
    }
  bt_wire_put_block_head (head, &(BtBlockSpan) { 1, 16384, 16384 });
  g_test_timer_start ();
  for (guint i = 0; i < n_rounds; i++)
    {
      head[11] = (guint8) (i & 0x3f);
      if (bt_wire_parse (&everything, head, sizeof head, &message) == BT_WIRE_BLOCK)
        sum += message.span.begin;
    }
  ns = g_test_timer_elapsed () / n_rounds * 1e9;
  g_assert_cmpuint (sum, >, 0);
  g_test_minimized_result (ns, "%.2f ns for a block head", ns);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/parse/lengths", test_lengths);
  g_test_add_func ("/wire/parse/huge-without-id", test_huge_without_id);
  g_test_add_func ("/wire/parse/bitfield-lengths", test_bitfield_lengths);
  g_test_add_func ("/wire/parse/not-negotiated", test_not_negotiated);
  g_test_add_func ("/wire/parse/bodies", test_bodies);
  g_test_add_func ("/wire/parse/piece-heads", test_piece_heads);
  g_test_add_func ("/wire/parse/unknown", test_unknown_is_skipped);
  g_test_add_func ("/wire/parse/reasons", test_reasons_have_words);
  g_test_add_func ("/wire/parse/speed", test_speed);
  return g_test_run ();
}
