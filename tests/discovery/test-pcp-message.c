/* test-pcp-message.c - what is said to a router about ports, byte for byte
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-pcp-message.h"

#include "base/bt-clock.h"

#include <string.h>

/* "02 81 …" to bytes. */
static gsize
read_hex (const char *text,
          guint8     *out_bytes)
{
  gsize n = 0;

  for (const char *p = text; *p != '\0';)
    {
      if (*p == ' ')
        {
          p++;
          continue;
        }
      out_bytes[n++] = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));
      p += 2;
    }
  return n;
}

static BtAddress
make_address (const char *text)
{
  BtAddress address = { .family = BT_FAMILY_NONE };

  if (text[0] != '\0')
    g_assert_true (bt_address_parse (text, 0, &address));
  return address;
}

static void
test_write (void)
{
  static const char map4[] =
      "02 01 0000 00000e10 00000000000000000000ffffc0a80105"
      "0102030405060708090a0b0c 06 000000 c8d5 1234 00000000000000000000ffff00000000";
  static const char map6[] =
      "02 01 0000 00000000 20010db8000000000000000000000001"
      "0102030405060708090a0b0c 11 000000 c8d5 0000 00000000000000000000000000000000";
  BtPcpMap map = { .nonce = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, .protocol = BT_PCP_TCP,
                   .lifetime_s = 3600 };
  guint8 bytes[BT_PCP_MAP_BYTES], expected[BT_PCP_MAP_BYTES];
  gsize n;

  map.internal = make_address ("192.168.1.5:51413");
  map.suggested.port = 0x1234;
  n = read_hex (map4, expected);
  g_assert_cmpmem (bytes, bt_pcp_write_map (&map, bytes), expected, n);

  map.internal = make_address ("[2001:db8::1]:51413");
  map.suggested.port = 0;
  map.protocol = BT_PCP_UDP;
  map.lifetime_s = 0;
  n = read_hex (map6, expected);
  g_assert_cmpmem (bytes, bt_pcp_write_map (&map, bytes), expected, n);

  n = read_hex ("00 00", expected);
  g_assert_cmpmem (bytes, bt_nat_pmp_write_address (bytes), expected, n);
  n = read_hex ("00 02 0000 c8d5 1234 00000e10", expected);
  g_assert_cmpmem (bytes, bt_nat_pmp_write_map (BT_PCP_TCP, 51413, 0x1234, 3600, bytes), expected,
                   n);
  n = read_hex ("00 01 0000 c8d5 0000 00000000", expected);
  g_assert_cmpmem (bytes, bt_nat_pmp_write_map (BT_PCP_UDP, 51413, 0, 0, bytes), expected, n);
}

#define NONE (-1)

/* `kind`: NONE: it is refused. */
static const struct
{
  const char *hex;
  int         kind;
  guint       result;
  guint32     lifetime_s;
  guint       protocol;
  guint       internal_port;
  guint       external_port;
  const char *external;
} answers[] = {
  /* PCP */
  { "02 81 00 00 00000078 00000064 000000000000000000000000 0102030405060708090a0b0c 06 000000"
    " c8d5 1f40 00000000000000000000ffffcb007107", BT_PCP_ANSWER_MAP, 0, 120, 6, 51413, 8000,
    "203.0.113.7:8000" },
  { "02 81 00 00 00000078 00000064 000000000000000000000000 0102030405060708090a0b0c 11 000000"
    " c8d5 1f40 20010db8000000000000000000000001", BT_PCP_ANSWER_MAP, 0, 120, 17, 51413, 8000,
    "[2001:db8::1]:8000" },
  /* Addresses that are none. */
  { "02 81 00 00 00000078 00000064 000000000000000000000000 0102030405060708090a0b0c 06 000000"
    " c8d5 1f40 00000000000000000000ffff00000000", BT_PCP_ANSWER_MAP, 0, 120, 6, 51413, 8000, "" },
  { "02 81 00 00 00000078 00000064 000000000000000000000000 0102030405060708090a0b0c 06 000000"
    " c8d5 1f40 ff020000000000000000000000000001", BT_PCP_ANSWER_MAP, 0, 120, 6, 51413, 8000, "" },
  /* An error, with and without what it is about; success needs it. */
  { "02 81 00 02 0000001e 00000064 000000000000000000000000 0102030405060708090a0b0c 06 000000"
    " c8d5 0000 00000000000000000000000000000000", BT_PCP_ANSWER_MAP, 2, 30, 6, 51413, 0, "" },
  { "02 81 00 03 0000001e 00000064 000000000000000000000000", BT_PCP_ANSWER_OTHER, 3, 30, 0, 0, 0,
    "" },
  { "02 81 00 00 0000001e 00000064 000000000000000000000000", NONE },
  { "02 80 00 00 00000000 00000064 000000000000000000000000", BT_PCP_ANSWER_ANNOUNCE, 0, 0, 0, 0, 0,
    "" },
  { "02 82 00 04 00000000 00000064 000000000000000000000000", BT_PCP_ANSWER_OTHER, 4, 0, 0, 0, 0,
    "" },
  /* Another version, which says so, and which does not. */
  { "01 81 00 01 00000000 00000064 000000000000000000000000", BT_PCP_ANSWER_OTHER, 1, 0, 0, 0, 0,
    "" },
  { "03 81 00 00 00000000 00000064 000000000000000000000000", NONE },
  { "02 81 00 00 00000000 00000064 0000000000000000000000", NONE },
  /* NAT-PMP */
  { "00 80 0000 00000064 cb007107", BT_NAT_PMP_ANSWER_ADDRESS, 0, 0, 0, 0, 0, "203.0.113.7" },
  { "00 80 0000 00000064 00000000", BT_NAT_PMP_ANSWER_ADDRESS, 0, 0, 0, 0, 0, "" },
  { "00 80 0000 00000064 cb0071", NONE },
  { "00 80 0003 00000064", BT_NAT_PMP_ANSWER_ADDRESS, 7, 0, 0, 0, 0, "" },
  { "00 82 0000 00000064 c8d5 1f40 00000e10", BT_NAT_PMP_ANSWER_MAP, 0, 3600, 6, 51413, 8000, "" },
  { "00 81 0000 00000064 c8d5 1f40 00000e10", BT_NAT_PMP_ANSWER_MAP, 0, 3600, 17, 51413, 8000, "" },
  { "00 81 0004 00000064 c8d5 0000 00000000", BT_NAT_PMP_ANSWER_MAP, 8, 0, 17, 51413, 0, "" },
  { "00 81 0002 00000064", BT_PCP_ANSWER_OTHER, 2, 0, 17, 0, 0, "" },
  { "00 82 0000 00000064 c8d5 1f40", NONE },
  /* What a router of NAT-PMP alone answers to PCP (RFC 6886, 3.5). */
  { "00 81 0001 00000064", BT_PCP_ANSWER_OTHER, 1, 0, 17, 0, 0, "" },
  { "00 e3 0005 00000064", BT_PCP_ANSWER_OTHER, 4, 0, 0, 0, 0, "" },
  { "00 81 ffff 00000064", BT_PCP_ANSWER_OTHER, 3, 0, 17, 0, 0, "" },
  { "00 80 0000 000064", NONE },
  /* Requests, and nothing. */
  { "00 00", NONE },
  { "02 01 0000 00000e10 00000000000000000000ffffc0a80105", NONE },
  { "80", NONE },
  { "", NONE },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      guint8 bytes[BT_PCP_MAX_BYTES + 4];
      gsize n = read_hex (answers[i].hex, bytes);
      BtPcpAnswer answer;
      BtAddress external;

      g_test_message ("%s", answers[i].hex);
      if (answers[i].kind == NONE)
        {
          g_assert_false (bt_pcp_parse (bytes, n, &answer));
          continue;
        }
      g_assert_true (bt_pcp_parse (bytes, n, &answer));
      external = make_address (answers[i].external);
      g_assert_cmpint (answer.kind, ==, answers[i].kind);
      g_assert_cmpuint (answer.result, ==, answers[i].result);
      g_assert_cmpuint (answer.epoch_s, ==, 100);
      g_assert_cmpuint (answer.lifetime_s, ==, answers[i].lifetime_s);
      g_assert_cmpuint (answer.protocol, ==, answers[i].protocol);
      g_assert_cmpuint (answer.internal_port, ==, answers[i].internal_port);
      g_assert_cmpuint (answer.external_port, ==, answers[i].external_port);
      g_assert_true (bt_address_equal (&answer.external, &external));
      /* Options behind it are none of ours; more than a message may have is none. */
      memset (bytes + n, 0, sizeof bytes - n);
      g_assert_true (bt_pcp_parse (bytes, n + 4, &answer));
      g_assert_false (bt_pcp_parse (bytes, BT_PCP_MAX_BYTES + 1, &answer));
    }
}

static void
test_restarted (void)
{
  static const struct
  {
    guint32  before_s;
    guint32  now_s;
    gint64   elapsed_s;
    gboolean has_restarted;
  } cases[] = {
    { 1000, 1000, 0, FALSE },
    { 1000, 999, 0, FALSE },      /* rounded */
    { 1000, 998, 0, TRUE },
    { 1000, 0, 600, TRUE },
    { 1000, 1600, 600, FALSE },
    { 1000, 1565, 600, FALSE },   /* slow by a sixteenth */
    { 1000, 1555, 600, TRUE },
    { 1000, 1640, 600, FALSE },   /* fast by as much */
    { 1000, 1660, 600, TRUE },
    { 0, 3, 0, TRUE },
    { 0, 2, 0, FALSE },
    { G_MAXUINT32, 0, 1, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bt_pcp_has_restarted (cases[i].before_s, cases[i].now_s,
                                           cases[i].elapsed_s * BT_SECOND_US), ==,
                     cases[i].has_restarted);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/discovery/pcp-message/write", test_write);
  g_test_add_func ("/discovery/pcp-message/parse", test_parse);
  g_test_add_func ("/discovery/pcp-message/restarted", test_restarted);
  return g_test_run ();
}
