/* test-url.c - tracker URLs taken apart, announces and scrapes put together
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "trackers/bt-tracker-url.h"

#include <string.h>

#define HASH_TEXT "%00%01%20abc%26%3D%3F%23%25%7F%80%FFxyz.-~"
#define ID_TEXT   "-FS0100-abcdefghijk%01"
#define COMMON    "info_hash=" HASH_TEXT "&peer_id=" ID_TEXT "&port=6881&uploaded=1&downloaded=2" \
                  "&left=18446744073709551615&compact=1&no_peer_id=1&numwant=50&key=0000ABCD"

static BtTrackerQuestion
make_question (void)
{
  BtTrackerQuestion question = { .key = 0xabcd };

  memcpy (question.announce.info_hash, "\x00\x01 abc&=?#%\x7f\x80\xffxyz.-~", 20);
  memcpy (question.announce.peer_id, "-FS0100-abcdefghijk\x01", 20);
  question.announce.port = 6881;
  question.announce.uploaded_bytes = 1;
  question.announce.downloaded_bytes = 2;
  question.announce.left_bytes = G_MAXUINT64;
  question.announce.n_wanted = 50;
  return question;
}

static void
test_announce (void)
{
  static const struct
  {
    const char *url;
    const char *expected;
  } cases[] = {
    { "http://t/announce", "http://t/announce?" COMMON },
    { "http://t/announce?", "http://t/announce?" COMMON },
    { "http://t/announce?passkey=a%2Fb", "http://t/announce?passkey=a%2Fb&" COMMON },
    { "http://t/announce?x=1&", "http://t/announce?x=1&" COMMON },
    { "http://t/announce#top", "http://t/announce?" COMMON },
    { "http://t/announce?x=1#top?", "http://t/announce?x=1&" COMMON },
    { "https://u:p@t:81/a/b.php?k=%20", "https://u:p@t:81/a/b.php?k=%20&" COMMON },
    { "http://t", "http://t?" COMMON },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtTrackerQuestion question = make_question ();
      g_autofree char *url = bt_tracker_url_build_announce (cases[i].url, &question);

      g_assert_cmpstr (url, ==, cases[i].expected);
    }
}

static void
test_announce_parts (void)
{
  static const struct
  {
    BtTrackerEvent  event;
    gboolean        supports_encryption;
    const char     *tracker_id;
    guint           n_wanted;
    const char     *expected;
  } cases[] = {
    { BT_TRACKER_EVENT_NONE, FALSE, NULL, 50, "&numwant=50&key=0000ABCD" },
    { BT_TRACKER_EVENT_NONE, FALSE, NULL, 0, "&numwant=0&key=0000ABCD" },
    { BT_TRACKER_EVENT_STARTED, FALSE, NULL, 50, "&numwant=50&key=0000ABCD&event=started" },
    { BT_TRACKER_EVENT_COMPLETED, TRUE, NULL, 5,
      "&numwant=5&key=0000ABCD&supportcrypto=1&event=completed" },
    { BT_TRACKER_EVENT_STOPPED, FALSE, NULL, 50, "&numwant=0&key=0000ABCD&event=stopped" },
    { BT_TRACKER_EVENT_NONE, FALSE, "a b&c", 50,
      "&numwant=50&key=0000ABCD&trackerid=a%20b%26c" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtTrackerQuestion question = make_question ();
      g_autoptr (GBytes) id = NULL;
      g_autofree char *url = NULL;

      if (cases[i].tracker_id != NULL)
        id = g_bytes_new_static (cases[i].tracker_id, strlen (cases[i].tracker_id));
      question.event = cases[i].event;
      question.supports_encryption = cases[i].supports_encryption;
      question.tracker_id = id;
      question.announce.n_wanted = cases[i].n_wanted;
      url = bt_tracker_url_build_announce ("http://t/announce", &question);
      g_assert_cmpstr (strstr (url, "&numwant="), ==, cases[i].expected);
    }
}

static void
test_scrape (void)
{
  static const struct
  {
    const char *url;
    const char *expected;  /* NULL: cannot be scraped */
  } cases[] = {
    { "http://t/announce", "http://t/scrape?info_hash=" HASH_TEXT },
    { "http://t/x/announce.php?k=1", "http://t/x/scrape.php?k=1&info_hash=" HASH_TEXT },
    { "http://t/announce/key", "http://t/scrape/key?info_hash=" HASH_TEXT },
    { "http://t/announce/announce", "http://t/announce/scrape?info_hash=" HASH_TEXT },
    { "http://announce/x", NULL },
    { "http://t/a", NULL },
    { "http://t", NULL },
    { "http://t?x=/announce", NULL },
    { "http://t/x?y=/announce", NULL },
    { "http://t/x#/announce", NULL },
    { "http://t/xannounce", NULL },
    { "announce", NULL },
  };
  BtTrackerQuestion question = make_question ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *url = NULL;

      url = bt_tracker_url_build_scrape (cases[i].url, question.announce.info_hash);
      g_assert_cmpstr (url, ==, cases[i].expected);
    }
}

static void
test_target (void)
{
  static const struct
  {
    const char *url;
    gboolean    is_udp;
    const char *host;
    guint16     port;
    BtFamily    family;
    const char *url_data;
  } cases[] = {
    { "http://t.example/announce", FALSE, "t.example", 0, BT_FAMILY_NONE, "/announce" },
    { "HTTPS://T/a?b=c", FALSE, "T", 443, BT_FAMILY_NONE, "/a?b=c" },
    { "udp://t.example:80", TRUE, "t.example", 80, BT_FAMILY_NONE, "" },
    { "udp://t.example:80/dir?a=b&c=d", TRUE, "t.example", 80, BT_FAMILY_NONE, "/dir?a=b&c=d" },
    { "udp://1.2.3.4:5/a%20b", TRUE, "1.2.3.4", 5, BT_FAMILY_IPV4, "/a%20b" },
    { "udp://[::1]:6969/announce", TRUE, "::1", 6969, BT_FAMILY_IPV6, "/announce" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BtTrackerTarget target = { 0 };

      bt_tracker_target_parse (cases[i].url, &target, &error);
      g_assert_no_error (error);
      g_assert_cmpint (target.is_udp, ==, cases[i].is_udp);
      g_assert_cmpstr (target.host, ==, cases[i].host);
      g_assert_cmpuint (target.family, ==, cases[i].family);
      g_assert_cmpstr (target.url_data, ==, cases[i].url_data);
      if (cases[i].is_udp)
        g_assert_cmpuint (target.port, ==, cases[i].port);
      bt_tracker_target_clear (&target);
    }
}

static void
test_bad_target (void)
{
  static const char *const urls[] = {
    "", "announce", "//t/announce", "http:", "http://", "http:///announce", "udp://t",
      "udp://t/announce",
    "udp://t:0", "http://t:0/", "udp://:80", "http://t:99999/", "wss://t:1/announce",
      "file:///etc/passwd",
    "ftp://t/announce", "dht://x", "http://t/\xff", "http://[::1/announce",
  };
  g_autofree char *too_long = g_strdup_printf ("http://t/%0*d", BT_TRACKER_MAX_URL_BYTES, 1);

  for (guint i = 0; i <= G_N_ELEMENTS (urls); i++)
    {
      g_autoptr (GError) error = NULL;
      BtTrackerTarget target = { 0 };
      const char *url = i < G_N_ELEMENTS (urls) ? urls[i] : too_long;

      g_test_message ("case %u", i);
      g_assert_false (bt_tracker_target_parse (url, &target, &error));
      g_assert_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_URL);
      g_assert_null (target.host);
    }
}

static void
test_follow (void)
{
  static const struct
  {
    const char *from;
    const char *location;
    const char *expected;  /* NULL: must not */
  } cases[] = {
    { "http://t/announce?a=1", "http://u/b?c=%2F", "http://u/b?c=%2F" },
    { "http://t/announce?a=1", "/b?c", "http://t/b?c" },
    { "http://t/x/announce", "b", "http://t/x/b" },
    { "http://t/announce", "//u/b", "http://u/b" },
    { "http://t/announce", "https://t/announce", "https://t/announce" },
    { "https://t/announce", "https://u/b", "https://u/b" },
    { "https://t/announce", "/b", "https://t/b" },
    { "https://t/announce", "http://t/announce", NULL },
    { "https://t/announce", "HTTP://t/announce", NULL },
    { "http://t/announce", "file:///etc/passwd", NULL },
    { "http://t/announce", "ftp://t/announce", NULL },
    { "http://t/announce", "udp://t:80", NULL },
    { "http://t/announce", "data:text/plain,x", NULL },
    { "http://t/announce", "http://", NULL },
    { "http://t/announce", "http:///b", NULL },
    { "http://t/announce", "http://[::1/b", NULL },
    { "http://t/announce", NULL, NULL },
  };
  g_autofree char *too_long = g_strnfill (2 * BT_TRACKER_MAX_URL_BYTES + 1, 'x');

  for (guint i = 0; i <= G_N_ELEMENTS (cases); i++)
    {
      gboolean is_case = i < G_N_ELEMENTS (cases);
      const char *expected = is_case ? cases[i].expected : NULL;
      g_autoptr (GUri) from = NULL;
      g_autoptr (GUri) uri = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;

      g_test_message ("case %u", i);
      from = g_uri_parse (is_case ? cases[i].from : "http://t/",
                          G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, NULL);
      uri = bt_tracker_url_follow (from, is_case ? cases[i].location : too_long, &error);
      if (expected == NULL)
        {
          g_assert_null (uri);
          g_assert_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_FAILED);
          continue;
        }
      g_assert_no_error (error);
      text = g_uri_to_string (uri);
      g_assert_cmpstr (text, ==, expected);
    }
}

static void
test_valid (void)
{
  g_assert_true (bt_tracker_url_is_valid ("http://tracker.example/announce"));
  g_assert_true (bt_tracker_url_is_valid ("https://tracker.example"));
  g_assert_true (bt_tracker_url_is_valid ("udp://[::1]:6969"));
  g_assert_false (bt_tracker_url_is_valid ("udp://tracker.example/announce"));
  g_assert_false (bt_tracker_url_is_valid ("ftp://tracker.example/announce"));
  g_assert_false (bt_tracker_url_is_valid ("tracker.example"));
  g_assert_false (bt_tracker_url_is_valid (""));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trackers/url/announce", test_announce);
  g_test_add_func ("/trackers/url/announce-parts", test_announce_parts);
  g_test_add_func ("/trackers/url/scrape", test_scrape);
  g_test_add_func ("/trackers/url/target", test_target);
  g_test_add_func ("/trackers/url/bad-target", test_bad_target);
  g_test_add_func ("/trackers/url/follow", test_follow);
  g_test_add_func ("/trackers/url/valid", test_valid);
  return g_test_run ();
}
