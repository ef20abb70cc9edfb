/* test-packet.c - the packets of UDP trackers, byte by byte
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "trackers/bt-tracker-packet.h"

#include "base/bt-cursor.h"

#include <string.h>

#define LITERAL(text) (const guint8 *) (text), sizeof (text) - 1
#define ID            G_GUINT64_CONSTANT (0x0102030405060708)
#define TRANSACTION   0xa1a2a3a4u

static void
test_connect (void)
{
  guint8 bytes[BT_TRACKER_PACKET_MAX_BYTES];

  g_assert_cmpmem (bytes, bt_tracker_packet_write_connect (bytes, TRANSACTION),
                   "\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0\xa1\xa2\xa3\xa4", 16);
}

static void
test_scrape (void)
{
  guint8 bytes[BT_TRACKER_PACKET_MAX_BYTES];
  const guint8 *hash = (const guint8 *) "abcdefghijklmnopqrst";

  g_assert_cmpmem (bytes, bt_tracker_packet_write_scrape (bytes, ID, TRANSACTION, hash),
                   "\1\2\3\4\5\6\7\10\0\0\0\2\xa1\xa2\xa3\xa4" "abcdefghijklmnopqrst", 36);
}

static void
test_announce (void)
{
  static const struct
  {
    const char   *url_data;
    const guint8 *options;
    gsize         n_options;
  } cases[] = {
    { "", LITERAL ("") },
    { "/announce", LITERAL ("\x02\x09/announce") },
    { "/dir?a=b&c=d", LITERAL ("\x02\x0c/dir?a=b&c=d") },
  };
  static const char head[] = "\1\2\3\4\5\6\7\10\0\0\0\1\xa1\xa2\xa3\xa4" "abcdefghijklmnopqrst"
                             "ABCDEFGHIJKLMNOPQRST" "\0\0\0\0\0\0\0\2" "\0\0\0\0\0\0\0\3"
                             "\0\0\0\0\0\0\0\1" "\0\0\0\2" "\0\0\0\0" "\x12\x34\xab\xcd"
                               "\0\0\0\x32"
                             "\x1a\xe1";
  BtTrackerQuestion question = { .event = BT_TRACKER_EVENT_STARTED, .key = 0x1234abcd };

  memcpy (question.announce.info_hash, "abcdefghijklmnopqrst", 20);
  memcpy (question.announce.peer_id, "ABCDEFGHIJKLMNOPQRST", 20);
  question.announce.uploaded_bytes = 1;
  question.announce.downloaded_bytes = 2;
  question.announce.left_bytes = 3;
  question.announce.n_wanted = 50;
  question.announce.port = 6881;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 bytes[BT_TRACKER_PACKET_MAX_BYTES];
      gsize n_bytes;

      n_bytes = bt_tracker_packet_write_announce (bytes, ID, TRANSACTION, &question,
                                                  cases[i].url_data);
      g_assert_cmpmem (bytes, MIN (n_bytes, 98), head, 98);
      g_assert_cmpmem (bytes + 98, n_bytes - 98, cases[i].options, cases[i].n_options);
    }
}

static void
test_announce_stopped (void)
{
  BtTrackerQuestion question = { .event = BT_TRACKER_EVENT_STOPPED, .announce.n_wanted = 50 };
  guint8 bytes[BT_TRACKER_PACKET_MAX_BYTES];

  bt_tracker_packet_write_announce (bytes, ID, TRANSACTION, &question, "");
  g_assert_cmpuint (bt_read_u32 (bytes + 80), ==, 3);
  g_assert_cmpuint (bt_read_u32 (bytes + 92), ==, 0);
}

/* Put together again, the pieces of BEP 41 are the URL; more than the limit never leaves. */
static void
test_long_url_data (void)
{
  static const gsize lengths[] = { 254, 255, 256, 510, 511, BT_TRACKER_MAX_URL_BYTES,
                                   BT_TRACKER_MAX_URL_BYTES + 5000 };
  BtTrackerQuestion question = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *data = g_strnfill (lengths[i], 'u');
      g_autofree guint8 *bytes = g_malloc (BT_TRACKER_PACKET_MAX_BYTES);
      gsize n_bytes = bt_tracker_packet_write_announce (bytes, ID, TRANSACTION, &question, data);
      gsize at = 98;
      gsize n_found = 0;

      g_assert_cmpuint (n_bytes, <=, BT_TRACKER_PACKET_MAX_BYTES);
      while (at < n_bytes)
        {
          g_assert_cmpuint (bytes[at], ==, 2);
          n_found += bytes[at + 1];
          at += 2u + bytes[at + 1];
        }
      g_assert_cmpuint (at, ==, n_bytes);
      g_assert_cmpuint (n_found, ==, MIN (lengths[i], BT_TRACKER_MAX_URL_BYTES));
    }
}

static void
test_parse_connect (void)
{
  static const struct
  {
    const guint8 *bytes;
    gsize         n_bytes;
    gboolean      is_packet;
    gboolean      is_connect;
  } cases[] = {
    { LITERAL (""), FALSE, FALSE },
    { LITERAL ("\0\0\0\0\xa1\xa2\xa3"), FALSE, FALSE },
    { LITERAL ("\0\0\0\0\xa1\xa2\xa3\xa4"), TRUE, FALSE },
    { LITERAL ("\0\0\0\0\xa1\xa2\xa3\xa4\1\2\3\4\5\6\7"), TRUE, FALSE },
    { LITERAL ("\0\0\0\0\xa1\xa2\xa3\xa4\1\2\3\4\5\6\7\10"), TRUE, TRUE },
    { LITERAL ("\0\0\0\0\xa1\xa2\xa3\xa4\1\2\3\4\5\6\7\10future"), TRUE, TRUE },
    { LITERAL ("\0\0\0\1\xa1\xa2\xa3\xa4\1\2\3\4\5\6\7\10"), TRUE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtTrackerPacket packet = { 0 };
      guint64 id = 0;

      g_assert_cmpint (bt_tracker_packet_parse (cases[i].bytes, cases[i].n_bytes, &packet), ==,
                       cases[i].is_packet);
      if (!cases[i].is_packet)
        continue;
      g_assert_cmpuint (packet.transaction, ==, TRANSACTION);
      g_assert_cmpint (bt_tracker_packet_get_connection (&packet, &id), ==, cases[i].is_connect);
      g_assert_cmpuint (id, ==, cases[i].is_connect ? ID : 0);
    }
}

#define ANNOUNCE_HEAD "\0\0\0\1\xa1\xa2\xa3\xa4\0\0\7\x08\0\0\0\3\0\0\0\2"
#define IPV6_PEER     "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x50"

static void
test_parse_answer (void)
{
  static const struct
  {
    BtTrackerAction  action;
    BtFamily         family;
    const guint8    *bytes;
    gsize            n_bytes;
    const char      *expected;  /* "interval seeds leechers downloaded peers failure"; NULL: bad */
  } cases[] = {
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4, LITERAL (ANNOUNCE_HEAD), "1800 2 3 -1 0 -" },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4, LITERAL (ANNOUNCE_HEAD "\1\2\3\4\0\x50" "abc"),
      "1800 2 3 -1 1 -" },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV6, LITERAL (ANNOUNCE_HEAD IPV6_PEER IPV6_PEER),
      "1800 2 3 -1 2 -" },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV6, LITERAL (ANNOUNCE_HEAD "\1\2\3\4\0\x50"),
      "1800 2 3 -1 0 -" },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4,
      LITERAL ("\0\0\0\1\xa1\xa2\xa3\xa4\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
      "2147483647 2147483647 2147483647 -1 0 -" },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4,
      LITERAL ("\0\0\0\1\xa1\xa2\xa3\xa4\0\0\7\x08\0\0\0\3\0\0\0"), NULL },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4, LITERAL ("\0\0\0\1\xa1\xa2\xa3\xa4"), NULL },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4,
      LITERAL ("\0\0\0\2\xa1\xa2\xa3\xa4\0\0\0\2\0\0\0\4\0\0\0\3"), NULL },
    { BT_TRACKER_ACTION_SCRAPE, BT_FAMILY_IPV4,
      LITERAL ("\0\0\0\2\xa1\xa2\xa3\xa4\0\0\0\2\0\0\0\4\0\0\0\3"),
      "0 2 3 4 0 -" },
    { BT_TRACKER_ACTION_SCRAPE, BT_FAMILY_IPV4,
      LITERAL ("\0\0\0\2\xa1\xa2\xa3\xa4\0\0\0\2\0\0\0\4"), NULL },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4, LITERAL ("\0\0\0\3\xa1\xa2\xa3\xa4go away"),
      "0 -1 -1 -1 0 go away" },
    { BT_TRACKER_ACTION_SCRAPE, BT_FAMILY_IPV4, LITERAL ("\0\0\0\3\xa1\xa2\xa3\xa4"),
      "0 -1 -1 -1 0 The tracker refuses without a reason" },
    { BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4, LITERAL ("\0\0\0\x63\xa1\xa2\xa3\xa4"), NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtTrackerAnswer) answer = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      BtTrackerPacket packet;

      g_test_message ("case %u", i);
      g_assert_true (bt_tracker_packet_parse (cases[i].bytes, cases[i].n_bytes, &packet));
      answer = bt_tracker_packet_parse_answer (&packet, cases[i].action, cases[i].family, &error);
      if (cases[i].expected == NULL)
        {
          g_assert_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER);
          g_assert_null (answer);
          continue;
        }
      g_assert_no_error (error);
      text = g_strdup_printf ("%u %d %d %d %" G_GSIZE_FORMAT " %s", answer->interval_s,
                              answer->n_seeds, answer->n_leechers, answer->n_downloaded,
                              answer->n_peers, answer->failure ? answer->failure : "-");
      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trackers/packet/connect", test_connect);
  g_test_add_func ("/trackers/packet/scrape", test_scrape);
  g_test_add_func ("/trackers/packet/announce", test_announce);
  g_test_add_func ("/trackers/packet/announce-stopped", test_announce_stopped);
  g_test_add_func ("/trackers/packet/long-url-data", test_long_url_data);
  g_test_add_func ("/trackers/packet/parse-connect", test_parse_connect);
  g_test_add_func ("/trackers/packet/parse-answer", test_parse_answer);
  return g_test_run ();
}
