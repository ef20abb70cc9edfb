/* test-answer.c - what trackers answer over HTTP, good and bad
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "trackers/bt-tracker-answer.h"
#include "trackers/bt-tracker-hub.h"

#include <string.h>

#define LITERAL(text) (const guint8 *) (text), sizeof (text) - 1

/* "interval min seeds leechers downloaded | peers | external | failure | warning | id | retry" */
static char *
describe (const BtTrackerAnswer *answer)
{
  GString *text = g_string_new (NULL);
  char buffer[BT_ADDRESS_STRING_BYTES];

  g_string_append_printf (text, "%u %u %d %d %d |", answer->interval_s, answer->min_interval_s,
                          answer->n_seeds, answer->n_leechers, answer->n_downloaded);
  for (gsize i = 0; i < answer->n_peers; i++)
    g_string_append_printf (text, " %s", bt_address_to_string (&answer->peers[i], buffer));
  g_string_append_printf (text, " | %s", bt_address_ip_to_string (&answer->external, buffer));
  g_string_append_printf (text, " | %s | %s |", answer->failure ? answer->failure : "",
                          answer->warning ? answer->warning : "");
  if (answer->tracker_id != NULL)
    g_string_append_printf (text, " %" G_GSIZE_FORMAT, g_bytes_get_size (answer->tracker_id));
  if (answer->is_never)
    g_string_append (text, " never");
  else if (answer->retry_in_s != 0)
    g_string_append_printf (text, " %u s", answer->retry_in_s);
  return g_string_free (text, FALSE);
}

typedef struct
{
  const guint8 *bytes;
  gsize         n_bytes;
  const char   *expected;  /* NULL: a bad answer */
} Case;

static const Case announce_cases[] = {
  { LITERAL ("d8:intervali1800e5:peers0:e"), "1800 0 -1 -1 -1 | |  |  |  |" },
  { LITERAL ("d8:intervali1800e5:peers12:\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x00\x50" "e"),
    "1800 0 -1 -1 -1 | 1.2.3.4:6881 5.6.7.8:80 |  |  |  |" },
  /* Unusable: port 0, 0.0.0.0, multicast; and a half peer behind. */
  { LITERAL ("d8:intervali60e5:peers22:\x01\x02\x03\x04\x00\x00\x00\x00\x00\x00\x00\x01"
             "\xe0\x00\x00\x01\x00\x01\x09\x09\x09\x09" "e"), "60 0 -1 -1 -1 | |  |  |  |" },
  { LITERAL ("d6:peers618:\x20\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1a\xe1"
             "e"),
    "0 0 -1 -1 -1 | [2001::1]:6881 |  |  |  |" },
  /* IPv4 within IPv6 is IPv4. */
  { LITERAL ("d6:peers618:\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04\x1a\xe1" "e"),
    "0 0 -1 -1 -1 | 1.2.3.4:6881 |  |  |  |" },
  { LITERAL ("d5:peersld2:ip7:1.2.3.47:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti5ee"
             "d2:ip3:::24:porti6eeee"),
    "0 0 -1 -1 -1 | 1.2.3.4:5 [::2]:6 |  |  |  |" },
  /* Names, absent and impossible ports, wrong types: dropped, the rest stays. */
  { LITERAL ("d5:peersld2:ip11:example.com4:porti5eed2:ip7:1.2.3.4ed2:ip7:1.2.3.44:porti0ee"
             "d2:ip7:1.2.3.44:porti65536eei7e3:abcd2:ipi4e4:porti5ee"
             "d2:ip7:4.3.2.14:porti9eeee"),
    "0 0 -1 -1 -1 | 4.3.2.1:9 |  |  |  |" },
  { LITERAL ("d8:completei5e10:downloadedi6e10:incompletei7e8:intervali1e"
             "12:min intervali2e5:peers0:e"),
    "1 2 5 7 6 | |  |  |  |" },
  { LITERAL ("d8:completei-5e10:incompletei9999999999999e8:intervali-7e5:peers0:e"),
    "0 0 -1 2147483647 -1 | |  |  |  |" },
  { LITERAL ("d8:intervali99999999999e5:peers0:e"), "2147483647 0 -1 -1 -1 | |  |  |  |" },
  { LITERAL ("d8:interval3:abc5:peersi7ee"), "0 0 -1 -1 -1 | |  |  |  |" },
  { LITERAL ("d11:external ip4:\x01\x02\x03\x04" "8:intervali1ee"),
    "1 0 -1 -1 -1 | | 1.2.3.4 |  |  |" },
  { LITERAL ("d11:external ip16:\x20\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\x02" "8:intervali1ee"),
    "1 0 -1 -1 -1 | | 2001::2 |  |  |" },
  { LITERAL ("d11:external ip3:abc8:intervali1ee"), "1 0 -1 -1 -1 | |  |  |  |" },
  { LITERAL ("d8:intervali1e10:tracker id3:a\0b15:warning message5:hurrye"),
    "1 0 -1 -1 -1 | |  |  | hurry | 3" },
  { LITERAL ("d14:failure reason12:unregisterede"), "0 0 -1 -1 -1 | |  | unregistered |  |" },
  { LITERAL ("d14:failure reason0:e"),
    "0 0 -1 -1 -1 | |  | The tracker refuses without a reason |  |" },
  { LITERAL ("d14:failure reasoni7ee"),
    "0 0 -1 -1 -1 | |  | The tracker refuses without a reason |  |" },
  { LITERAL ("d14:failure reason7:a\n\x1b[1mze"), "0 0 -1 -1 -1 | |  | a  [1mz |  |" },
  { LITERAL ("d14:failure reason4:busy8:retry ini5ee"), "0 0 -1 -1 -1 | |  | busy |  | 300 s" },
  { LITERAL ("d14:failure reason4:busy8:retry in1:5e"), "0 0 -1 -1 -1 | |  | busy |  | 300 s" },
  { LITERAL ("d14:failure reason4:busy8:retry in5:nevere"), "0 0 -1 -1 -1 | |  | busy |  | never" },
  { LITERAL ("d14:failure reason4:busy8:retry in2:5xe"), "0 0 -1 -1 -1 | |  | busy |  |" },
  { LITERAL ("d14:failure reason4:busy8:retry ini-5ee"), "0 0 -1 -1 -1 | |  | busy |  |" },
  { LITERAL ("d14:failure reason4:busy8:retry in12:999999999999e"), "0 0 -1 -1 -1 | |  | busy |  |"
    },
  { LITERAL ("d14:failure reason4:busy8:retry ini9223372036854775807ee"),
    "0 0 -1 -1 -1 | |  | busy |  | 2147483640 s" },
  /* A line end behind it, as some scripts send. */
  { LITERAL ("d8:intervali7e5:peers0:e\r\n"), "7 0 -1 -1 -1 | |  |  |  |" },
  { LITERAL (""), NULL },
  { LITERAL ("<html>not found</html>"), NULL },
  { LITERAL ("le"), NULL },
  { LITERAL ("i7e"), NULL },
  { LITERAL ("de"), NULL },
  { LITERAL ("d8:completei7ee"), NULL },
  { LITERAL ("d8:intervali1800e5:peers12:abc"), NULL },
  { LITERAL ("d5:peersllllllllllleeeeeeeeeeeee"), NULL },
};

static void
test_announce (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (announce_cases); i++)
    {
      const Case *c = &announce_cases[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (BtTrackerAnswer) answer = NULL;
      g_autofree char *text = NULL;

      answer = bt_tracker_answer_parse_announce (c->bytes, c->n_bytes, &error);
      g_test_message ("case %u", i);
      if (c->expected == NULL)
        {
          g_assert_null (answer);
          g_assert_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER);
          continue;
        }
      g_assert_no_error (error);
      text = describe (answer);
      g_assert_cmpstr (text, ==, c->expected);
    }
}

static const Case scrape_cases[] = {
  { LITERAL ("d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi2e10:incompletei3eeee"),
    "0 0 1 3 2 | |  |  |  |" },
  { LITERAL ("d5:filesd20:xaaaaaaaaaaaaaaaaaaad8:completei9ee"
             "20:aaaaaaaaaaaaaaaaaaaad8:completei1eee5:flagsd20:min_request_intervali90eee"),
    "90 0 1 -1 -1 | |  |  |  |" },
  { LITERAL ("d14:failure reason2:noe"), "0 0 -1 -1 -1 | |  | no |  |" },
  { LITERAL ("d5:filesdee"), NULL },
  { LITERAL ("d5:filesd20:aaaaaaaaaaaaaaaaaaaai7eee"), NULL },
  { LITERAL ("d5:filesle"), NULL },
  { LITERAL ("rubbish"), NULL },
};

static void
test_scrape (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (scrape_cases); i++)
    {
      const Case *c = &scrape_cases[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (BtTrackerAnswer) answer = NULL;
      g_autofree char *text = NULL;

      answer = bt_tracker_answer_parse_scrape (c->bytes, c->n_bytes,
                                               (const guint8 *) "aaaaaaaaaaaaaaaaaaaa", &error);
      g_test_message ("case %u", i);
      if (c->expected == NULL)
        {
          g_assert_null (answer);
          g_assert_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER);
          continue;
        }
      g_assert_no_error (error);
      text = describe (answer);
      g_assert_cmpstr (text, ==, c->expected);
    }
}

/* More peers than anybody wants, packed and as dictionaries, and in both families. */
static void
test_many_peers (void)
{
  enum { N_PEERS = 5000 };

  for (guint kind = 0; kind < 3; kind++)
    {
      g_autoptr (GString) text = g_string_new ("d8:intervali7e");
      g_autoptr (BtTrackerAnswer) answer = NULL;

      if (kind == 0)
        g_string_append_printf (text, "5:peers%u:", N_PEERS * 6);
      else if (kind == 1)
        g_string_append_printf (text, "6:peers6%u:", N_PEERS * 18);
      else
        g_string_append (text, "5:peersl");
      for (guint i = 0; i < N_PEERS; i++)
        {
          if (kind == 2)
            g_string_append_printf (text, "d2:ip7:1.2.3.44:porti%uee", i + 1);
          else
            g_string_append_len (text, "                  ", kind == 0 ? 6 : 18);
        }
      g_string_append (text, kind == 2 ? "ee" : "e");
      answer = bt_tracker_answer_parse_announce ((const guint8 *) text->str, text->len, NULL);
      g_assert_nonnull (answer);
      g_assert_cmpuint (answer->n_peers, ==, BT_TRACKER_MAX_PEERS);
    }
}

static void
test_text (void)
{
  static const struct
  {
    const guint8 *bytes;
    gsize         n_bytes;
    const char   *expected;
  } cases[] = {
    { LITERAL ("plain"), "plain" },
    { LITERAL ("  spaces \r\n"), "spaces" },
    { LITERAL ("nul\0nul"), "nul\xef\xbf\xbdnul" },
    { LITERAL ("bad\xff" "utf8"), "bad\xef\xbf\xbdutf8" },
    { LITERAL ("turn\xe2\x80\xae" "around"), "turn around" },
    { LITERAL ("\n\t "), NULL },
    { LITERAL (""), NULL },
  };
  g_autofree char *much = g_strnfill (100000, 'x');
  g_autofree char *cut = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bt_tracker_text_dup (cases[i].bytes, cases[i].n_bytes);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
  cut = bt_tracker_text_dup ((const guint8 *) much, 100000);
  g_assert_cmpuint (strlen (cut), <=, BT_TRACKER_MAX_TEXT_BYTES);
  g_assert_cmpuint (strlen (cut), >, BT_TRACKER_MAX_TEXT_BYTES - 8);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trackers/answer/announce", test_announce);
  g_test_add_func ("/trackers/answer/scrape", test_scrape);
  g_test_add_func ("/trackers/answer/many-peers", test_many_peers);
  g_test_add_func ("/trackers/answer/text", test_text);
  return g_test_run ();
}
