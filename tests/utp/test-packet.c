/* test-packet.c - the packets of uTP, byte by byte
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "utp/bt-utp-packet.h"

#include <string.h>

#define LITERAL(text) (const guint8 *) (text), sizeof (text) - 1

/* The same fields in all: connection, times, window, numbers. */
#define REST "\x12\x34" "\1\2\3\4" "\5\6\7\x08" "\0\1\0\0" "\xff\xff" "\x80\1"

static void
test_parse (void)
{
  static const struct
  {
    const char   *name;
    const guint8 *bytes;
    gsize         n_bytes;
    gboolean      is_good;
    guint8        type;
    guint8        n_sack;
    gsize         n_payload;
  } cases[] = {
    { "state", LITERAL ("\x21\0" REST), TRUE, BT_UTP_STATE, 0, 0 },
    { "data", LITERAL ("\x01\0" REST "abc"), TRUE, BT_UTP_DATA, 0, 3 },
    { "fin", LITERAL ("\x11\0" REST), TRUE, BT_UTP_FIN, 0, 0 },
    { "reset", LITERAL ("\x31\0" REST), TRUE, BT_UTP_RESET, 0, 0 },
    { "syn", LITERAL ("\x41\0" REST), TRUE, BT_UTP_SYN, 0, 0 },
    { "syn with payload", LITERAL ("\x41\0" REST "ab"), TRUE, BT_UTP_SYN, 0, 2 },
    { "sack", LITERAL ("\x21\1" REST "\0\4\1\2\3\4"), TRUE, BT_UTP_STATE, 4, 0 },
    { "sack and data", LITERAL ("\x01\1" REST "\0\4\1\2\3\4x"), TRUE, BT_UTP_DATA, 4, 1 },
    { "longer sack", LITERAL ("\x21\1" REST "\0\x08\1\2\3\4\5\6\7\x08"),
      TRUE, BT_UTP_STATE, 8, 0 },
    { "unknown, then sack", LITERAL ("\x21\2" REST "\1\3abc\0\4\1\2\3\4"),
      TRUE, BT_UTP_STATE, 4, 0 },
    { "sack, then close reason", LITERAL ("\x31\1" REST "\3\4\1\2\3\4\0\4abcd"),
      TRUE, BT_UTP_RESET, 4, 0 },
    { "unknown and empty", LITERAL ("\x21\x63" REST "\0\0"), TRUE, BT_UTP_STATE, 0, 0 },

    { "nothing", LITERAL (""), FALSE, 0, 0, 0 },
    { "one short", (const guint8 *) "\x21\0" REST, 19, FALSE, 0, 0, 0 },
    { "version 0", LITERAL ("\x20\0" REST), FALSE, 0, 0, 0 },
    { "version 2", LITERAL ("\x22\0" REST), FALSE, 0, 0, 0 },
    { "type 5", LITERAL ("\x51\0" REST), FALSE, 0, 0, 0 },
    { "type 15", LITERAL ("\xf1\0" REST), FALSE, 0, 0, 0 },
    { "data without any", LITERAL ("\x01\0" REST), FALSE, 0, 0, 0 },
    { "data, all sack", LITERAL ("\x01\1" REST "\0\4\1\2\3\4"), FALSE, 0, 0, 0 },
    { "no extension where one is said", LITERAL ("\x21\1" REST), FALSE, 0, 0, 0 },
    { "half a head of one", LITERAL ("\x21\1" REST "\0"), FALSE, 0, 0, 0 },
    { "runs past the end", LITERAL ("\x21\1" REST "\0\4\1\2\3"), FALSE, 0, 0, 0 },
    { "the second runs past", LITERAL ("\x21\2" REST "\1\1a\0\4\1\2\3"), FALSE, 0, 0, 0 },
    { "empty sack", LITERAL ("\x21\1" REST "\0\0"), FALSE, 0, 0, 0 },
    { "sack of 3", LITERAL ("\x21\1" REST "\0\3\1\2\3"), TRUE, BT_UTP_STATE, 3, 0 },
    { "sack of 6", LITERAL ("\x21\1" REST "\0\6\1\2\3\4\5\6"), TRUE, BT_UTP_STATE, 6, 0 },
    { "two sacks", LITERAL ("\x21\1" REST "\1\4\1\2\3\4\0\4\1\2\3\4"), FALSE, 0, 0, 0 },
    { "a long chain",
      LITERAL ("\x21\2" REST "\2\0\2\0"
               "\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\0\0"),
      FALSE, 0, 0, 0 },
    { "a bencoded dictionary", LITERAL ("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:y1:qe"),
      FALSE, 0, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *bytes = g_memdup2 (cases[i].bytes, cases[i].n_bytes);
      BtUtpPacket packet = { .type = 77 };

      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (bt_utp_packet_parse (bytes, cases[i].n_bytes, &packet), ==,
                       cases[i].is_good);
      g_assert_true (!cases[i].is_good || bt_utp_packet_is_likely (bytes, cases[i].n_bytes));
      if (!cases[i].is_good)
        {
          g_assert_cmpuint (packet.type, ==, 77);
          continue;
        }
      g_assert_cmpuint (packet.type, ==, cases[i].type);
      g_assert_cmphex (packet.connection_id, ==, 0x1234);
      g_assert_cmphex (packet.timestamp_us, ==, 0x01020304);
      g_assert_cmphex (packet.difference_us, ==, 0x05060708);
      g_assert_cmphex (packet.window_bytes, ==, 0x00010000);
      g_assert_cmphex (packet.seq_nr, ==, 0xffff);
      g_assert_cmphex (packet.ack_nr, ==, 0x8001);
      g_assert_cmpuint (packet.n_sack, ==, cases[i].n_sack);
      g_assert_cmpuint (packet.n_payload, ==, cases[i].n_payload);
      if (cases[i].n_sack > 0)
        g_assert_cmpuint (packet.sack[0], ==, 1);
    }
}

static void
test_write (void)
{
  static const guint8 mask[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  BtUtpPacket packet = { .type = BT_UTP_DATA,
                         .connection_id = 0x1234,
                         .timestamp_us = 0x01020304,
                         .difference_us = 0x05060708,
                         .window_bytes = 0x00010000,
                         .seq_nr = 0xffff,
                         .ack_nr = 0x8001 };
  guint8 bytes[BT_UTP_MAX_HEAD_BYTES];

  g_assert_cmpmem (bytes, bt_utp_packet_write_head (&packet, bytes), "\x01\0" REST, 20);
  packet.type = BT_UTP_STATE;
  packet.sack = mask;
  packet.n_sack = sizeof mask;
  g_assert_cmpmem (bytes, bt_utp_packet_write_head (&packet, bytes),
                   "\x21\1" REST "\0\x08\1\2\3\4\5\6\7\x08", 30);
}

static void
test_write_longest (void)
{
  guint8 mask[BT_UTP_MAX_SACK_BYTES];
  BtUtpPacket packet = { .type = BT_UTP_STATE, .sack = mask, .n_sack = sizeof mask };
  BtUtpPacket again;
  guint8 bytes[BT_UTP_MAX_HEAD_BYTES];
  gsize n_bytes;

  memset (mask, 0xa5, sizeof mask);
  n_bytes = bt_utp_packet_write_head (&packet, bytes);
  g_assert_cmpuint (n_bytes, ==, BT_UTP_HEADER_BYTES + 2 + BT_UTP_MAX_SACK_BYTES);
  g_assert_true (bt_utp_packet_parse (bytes, n_bytes, &again));
  g_assert_cmpmem (again.sack, again.n_sack, mask, sizeof mask);
}

static void
test_reset (void)
{
  BtUtpPacket packet = { .type = BT_UTP_DATA,
                         .connection_id = 7,
                         .timestamp_us = 100,
                         .seq_nr = 40,
                         .ack_nr = 50 };
  BtUtpPacket reset;
  guint8 bytes[BT_UTP_HEADER_BYTES];

  bt_utp_packet_write_reset (&packet, 1234, 350, bytes);
  g_assert_true (bt_utp_packet_parse (bytes, sizeof bytes, &reset));
  g_assert_cmpuint (reset.type, ==, BT_UTP_RESET);
  g_assert_cmpuint (reset.connection_id, ==, 7);
  g_assert_cmpuint (reset.timestamp_us, ==, 350);
  g_assert_cmpuint (reset.difference_us, ==, 250);
  g_assert_cmpuint (reset.seq_nr, ==, 1234);
  g_assert_cmpuint (reset.ack_nr, ==, 40);
}

/* However long, nothing but the length changes. */
static void
test_pad (void)
{
  const BtUtpPacket plain = { .type = BT_UTP_DATA, .connection_id = 7, .seq_nr = 8, .ack_nr = 9 };

  for (gsize n_pad = BT_UTP_MIN_PAD_BYTES; n_pad <= BT_UTP_MAX_PAD_BYTES; n_pad++)
    {
      guint8 bytes[BT_UTP_HEADER_BYTES + BT_UTP_MAX_PAD_BYTES + 1];
      BtUtpPacket packet;
      const guint8 *more;
      gsize n_more;
      gsize n_head;

      bt_utp_packet_write_head (&plain, bytes);
      n_head = bt_utp_packet_pad (bytes, n_pad, &more, &n_more);
      g_assert_cmpuint (n_head, <=, BT_UTP_MAX_HEAD_BYTES);
      g_assert_cmpuint (n_head + n_more, ==, BT_UTP_HEADER_BYTES + n_pad);
      memcpy (bytes + n_head, more, n_more);
      bytes[n_head + n_more] = 'x';
      g_assert_true (bt_utp_packet_parse (bytes, n_head + n_more + 1, &packet));
      g_assert_cmpuint (packet.n_payload, ==, 1);
      g_assert_cmpuint (packet.payload[0], ==, 'x');
      g_assert_null (packet.sack);
      g_assert_cmpuint (packet.seq_nr, ==, 8);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/utp/packet/parse", test_parse);
  g_test_add_func ("/utp/packet/write", test_write);
  g_test_add_func ("/utp/packet/write-longest", test_write_longest);
  g_test_add_func ("/utp/packet/reset", test_reset);
  g_test_add_func ("/utp/packet/pad", test_pad);
  return g_test_run ();
}
