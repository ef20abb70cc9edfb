/* test-tiers.c - whom of several trackers a torrent asks, when, and which events they hear
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include <string.h>

#define GOOD_BODY "d8:completei2e10:incompletei3e8:intervali1800e5:peers0:e"
#define BAD_BODY  "d14:failure reason2:noe"
#define MAX_SERVERS 4

static Fixture    *fixture;
static HttpServer *servers[MAX_SERVERS];
static char       *urls[MAX_SERVERS];

static void
set_good (guint index)
{
  http_server_set_reply (servers[index], "200 OK", "", GOOD_BODY);
}

static void
set_bad (guint index)
{
  http_server_set_reply (servers[index], "200 OK", "", BAD_BODY);
}

static void
set_silent (guint index)
{
  g_clear_pointer (&servers[index]->reply, g_bytes_unref);
}

/* Tiers of server numbers: "01|2". */
static void
set_up_config (const char               *tiers,
               const BtTrackerHubConfig *config)
{
  g_autoptr (GString) text = g_string_new (NULL);

  fixture = fixture_new_config (config);
  for (guint i = 0; i < MAX_SERVERS; i++)
    {
      servers[i] = http_server_new (FALSE);
      urls[i] = http_server_dup_url (servers[i], "/announce");
      set_good (i);
    }
  for (const char *p = tiers; *p != '\0'; p++)
    {
      if (*p == '|')
        g_string_append_c (text, '|');
      else
        g_string_append_printf (text, "%s%s", text->len == 0 || text->str[text->len - 1] == '|'
                                ? "" : " ", urls[*p - '0']);
    }
  fixture_set_tiers (fixture, text->str);
}

static void
set_up (const char *tiers)
{
  static const BtTrackerHubConfig config = { .use_ipv4 = TRUE };

  set_up_config (tiers, &config);
}

static void
tear_down (void)
{
  g_clear_pointer (&fixture, fixture_free);
  for (guint i = 0; i < MAX_SERVERS; i++)
    {
      g_clear_pointer (&servers[i], http_server_free);
      g_clear_pointer (&urls[i], g_free);
    }
}

static guint
count_requests (guint index)
{
  return servers[index]->targets->len;
}

static BtTrackerRow
get_row (guint index)
{
  return fixture_get_row (fixture, urls[index]);
}

static void
wait_for_state (guint          index,
                BtTrackerState state)
{
  WAIT_FOR (fixture, get_row (index).state == state);
}

static void
advance (gint64 seconds)
{
  bt_clock_advance (fixture->clock, seconds * BT_SECOND_US);
  fixture_drain (fixture);
}

static void
check_events (guint       index,
              const char *expected)
{
  g_autofree char *events = http_server_dup_events (servers[index]);

  g_assert_cmpstr (events, ==, expected);
}

/* Started, one at its time, completed, one more, stopped: nothing else and nothing twice. */
static void
test_events (void)
{
  set_up ("0");
  bt_trackers_start (fixture->trackers);
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  advance (1799);
  check_events (0, "started");
  advance (1);
  WAIT_FOR (fixture, count_requests (0) == 2);
  wait_for_state (0, BT_TRACKER_WORKING);
  fixture->announce.left_bytes = 0;
  bt_trackers_completed (fixture->trackers);
  WAIT_FOR (fixture, count_requests (0) == 3);
  wait_for_state (0, BT_TRACKER_WORKING);
  bt_trackers_completed (fixture->trackers);
  fixture_drain (fixture);
  advance (1800);
  WAIT_FOR (fixture, count_requests (0) == 4);
  wait_for_state (0, BT_TRACKER_WORKING);
  bt_trackers_stop (fixture->trackers);
  bt_trackers_stop (fixture->trackers);
  g_assert_cmpint (get_row (0).state, ==, BT_TRACKER_IDLE);
  g_assert_cmpint (get_row (0).next_at_us, ==, 0);
  fixture_flush (fixture);
  WAIT_FOR (fixture, fixture->is_flushed);
  check_events (0, "started - completed - stopped");
  advance (100000);
  check_events (0, "started - completed - stopped");
  tear_down ();
}

/* Complete at the start, or completed while stopped: `completed` is never said. */
static void
test_complete_at_start (void)
{
  set_up ("0");
  fixture->announce.left_bytes = 0;
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  bt_trackers_completed (fixture->trackers);
  fixture_drain (fixture);
  check_events (0, "started");
  tear_down ();

  set_up ("0");
  bt_trackers_completed (fixture->trackers);
  fixture->announce.left_bytes = 0;
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  fixture_drain (fixture);
  check_events (0, "started");
  tear_down ();
}

/* Completion while `started` is under way: said right after it. */
static void
test_complete_early (void)
{
  set_up ("0");
  bt_trackers_start (fixture->trackers);
  bt_trackers_completed (fixture->trackers);
  WAIT_FOR (fixture, count_requests (0) == 2);
  wait_for_state (0, BT_TRACKER_WORKING);
  check_events (0, "started completed");
  tear_down ();
}

/* The tracker that hears of the completion is gone: the next hears `started` and `completed`, in that order. */
static void
test_complete_elsewhere (void)
{
  set_up ("0|1");
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  set_bad (0);
  bt_trackers_completed (fixture->trackers);
  WAIT_FOR (fixture, count_requests (1) == 2);
  wait_for_state (1, BT_TRACKER_WORKING);
  check_events (0, "started completed");
  check_events (1, "started completed");
  tear_down ();
}

static void
test_stop_unheard (void)
{
  set_up ("0|1");
  bt_trackers_stop (fixture->trackers);
  bt_trackers_start (fixture->trackers);
  bt_trackers_stop (fixture->trackers);
  fixture_flush (fixture);
  WAIT_FOR (fixture, fixture->is_flushed);
  g_assert_cmpuint (count_requests (0), ==, 0);
  g_assert_cmpuint (count_requests (1), ==, 0);
  tear_down ();
}

/* The `started` is under way: the tracker may know us, so it hears `stopped`; others hear nothing. */
static void
test_stop_under_way (void)
{
  set_up ("0|1");
  set_silent (0);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, count_requests (0) == 1);
  set_good (0);
  bt_trackers_stop (fixture->trackers);
  fixture_flush (fixture);
  WAIT_FOR (fixture, fixture->is_flushed);
  check_events (0, "started stopped");
  g_assert_cmpuint (count_requests (1), ==, 0);
  tear_down ();
}

/* A tracker that failed never heard of us. */
static void
test_stop_after_failure (void)
{
  set_up ("0|1");
  set_bad (0);
  bt_trackers_start (fixture->trackers);
  wait_for_state (1, BT_TRACKER_WORKING);
  bt_trackers_stop (fixture->trackers);
  fixture_flush (fixture);
  WAIT_FOR (fixture, fixture->is_flushed);
  check_events (0, "started");
  check_events (1, "started stopped");
  g_assert_cmpint (get_row (0).state, ==, BT_TRACKER_FAILED);
  tear_down ();
}

/* `stopped` goes on when the torrent is gone; five seconds are enough for those that do not answer. */
static void
test_flush_limit (void)
{
  set_up ("0");
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  set_silent (0);
  bt_trackers_stop (fixture->trackers);
  g_clear_pointer (&fixture->trackers, bt_trackers_free);
  fixture_flush (fixture);
  WAIT_FOR (fixture, count_requests (0) == 2);
  check_events (0, "started stopped");
  advance (4);
  g_assert_false (fixture->is_flushed);
  g_assert_cmpuint (bt_tracker_hub_get_n_stopping (fixture->hub), ==, 1);
  advance (1);
  g_assert_true (fixture->is_flushed);
  tear_down ();
}

/* A tracker that has never answered is told, too, but nobody waits long for it. */
static void
test_flush_grace (void)
{
  set_up ("0");
  set_silent (0);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, count_requests (0) == 1);
  bt_trackers_stop (fixture->trackers);
  fixture_flush (fixture);
  WAIT_FOR (fixture, count_requests (0) == 2);
  check_events (0, "started stopped");
  g_assert_false (fixture->is_flushed);
  advance (1);
  g_assert_true (fixture->is_flushed);
  tear_down ();
}

static void
test_flush_idle (void)
{
  set_up ("0");
  fixture_flush (fixture);
  g_assert_false (fixture->is_flushed);
  WAIT_FOR (fixture, fixture->is_flushed);
  tear_down ();
}

/* Started again before `stopped` got through: it must not arrive after the new `started`. */
static void
test_restart (void)
{
  set_up ("0");
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  bt_trackers_stop (fixture->trackers);
  bt_trackers_start (fixture->trackers);
  g_assert_cmpuint (bt_tracker_hub_get_n_stopping (fixture->hub), ==, 0);
  wait_for_state (0, BT_TRACKER_WORKING);
  fixture_drain (fixture);
  check_events (0, "started started");
  tear_down ();
}

/* BEP 12's second example, with the roles given by what fails. */
static void
test_promotion (void)
{
  BtTrackerRow row;
  guint first = 0;
  guint others[2];
  guint n_others = 0;

  set_up ("012");
  bt_trackers_get_row (fixture->trackers, 0, &row);
  for (guint i = 0; i < 3; i++)
    {
      if (strcmp (urls[i], row.url) == 0)
        first = i;
      else
        others[n_others++] = i;
    }
  set_bad (first);
  set_bad (others[0]);
  bt_trackers_start (fixture->trackers);
  wait_for_state (others[1], BT_TRACKER_WORKING);
  bt_trackers_get_row (fixture->trackers, 0, &row);
  g_assert_cmpstr (row.url, ==, urls[others[1]]);
  g_assert_cmpuint (count_requests (first), ==, 1);
  /* From now on it is the first to be asked, and answers: the others are left in peace. */
  set_good (first);
  advance (1800);
  WAIT_FOR (fixture, count_requests (others[1]) == 2);
  wait_for_state (others[1], BT_TRACKER_WORKING);
  g_assert_cmpuint (count_requests (first), ==, 1);
  g_assert_cmpuint (count_requests (others[0]), <=, 1);
  tear_down ();
}

/* BEP 12's first example: backups in tiers of their own keep their places. */
static void
test_tiers (void)
{
  BtTrackerRow row;

  set_up ("0|1|2");
  set_bad (0);
  bt_trackers_start (fixture->trackers);
  wait_for_state (1, BT_TRACKER_WORKING);
  g_assert_cmpuint (count_requests (2), ==, 0);
  bt_trackers_get_row (fixture->trackers, 0, &row);
  g_assert_cmpstr (row.url, ==, urls[0]);
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  set_good (0);
  advance (1800);
  wait_for_state (0, BT_TRACKER_WORKING);
  g_assert_cmpuint (count_requests (1), ==, 1);
  tear_down ();
}

static void
test_shuffle (void)
{
  guint n_first[3] = { 0, 0, 0 };

  set_up ("0");
  for (guint i = 0; i < 300; i++)
    {
      BtTrackerRow row;

      fixture_set_tiers (fixture, "http://a/ http://b/ http://c/|http://d/");
      bt_trackers_get_row (fixture->trackers, 0, &row);
      n_first[row.url[7] - 'a']++;
      bt_trackers_get_row (fixture->trackers, 3, &row);
      g_assert_cmpstr (row.url, ==, "http://d/");
    }
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (n_first[i], >, 50);
  tear_down ();
}

/* 60 s, 120 s … an hour, and a little more by chance; all over again after a success. */
static void
test_back_off (void)
{
  static const gint64 waits_s[] = { 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600 };

  set_up ("0");
  set_bad (0);
  bt_trackers_start (fixture->trackers);
  for (guint i = 0; i < G_N_ELEMENTS (waits_s); i++)
    {
      BtTrackerRow row;

      WAIT_FOR (fixture, get_row (0).n_failures == i + 1);
      row = get_row (0);
      g_assert_cmpint (row.next_at_us - row.last_at_us, >=, waits_s[i] * BT_SECOND_US);
      g_assert_cmpint (row.next_at_us - row.last_at_us, <=, waits_s[i] * BT_SECOND_US * 11 / 10);
      bt_clock_advance (fixture->clock, row.next_at_us - bt_clock_get_us (fixture->clock));
    }
  WAIT_FOR (fixture, get_row (0).n_failures == G_N_ELEMENTS (waits_s) + 1);
  set_good (0);
  advance (4000);
  wait_for_state (0, BT_TRACKER_WORKING);
  g_assert_cmpuint (get_row (0).n_failures, ==, 0);
  tear_down ();
}

static void
test_never (void)
{
  set_up ("0");
  http_server_set_reply (servers[0], "200 OK", "", "d14:failure reason2:no8:retry in5:nevere");
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_FAILED);
  advance (7 * 86400);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  fixture_drain (fixture);
  advance (86400);
  g_assert_cmpuint (count_requests (0), ==, 1);
  tear_down ();
}

static void
test_intervals (void)
{
  static const struct
  {
    const char *body;
    gint64      wait_s;
  } cases[] = {
    { "d8:intervali1ee", 60 },
    { "d8:intervali600ee", 600 },
    { "d8:intervali99999999ee", 86400 },
    { "d8:intervali-5ee", 1800 },
    { "d5:peers0:e", 1800 },
    { "d8:intervali600e12:min intervali900ee", 900 },
    { "d8:intervali600e12:min intervali300ee", 600 },
    { "d8:intervali600e12:min intervali99999999ee", 86400 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtTrackerRow row;

      set_up ("0");
      http_server_set_reply (servers[0], "200 OK", "", cases[i].body);
      bt_trackers_start (fixture->trackers);
      wait_for_state (0, BT_TRACKER_WORKING);
      row = get_row (0);
      g_assert_cmpint (row.next_at_us - row.last_at_us, ==, cases[i].wait_s * BT_SECOND_US);
      tear_down ();
    }
}

/* Peers are needed: not before `min interval`, and nobody behind is bothered instead. A person is obeyed. */
static void
test_announce_now (void)
{
  set_up ("0|1");
  http_server_set_reply (servers[0], "200 OK", "", "d8:intervali1800e12:min intervali300ee");
  bt_trackers_start (fixture->trackers);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  wait_for_state (0, BT_TRACKER_WORKING);
  bt_trackers_announce_now (fixture->trackers, FALSE);
  fixture_drain (fixture);
  advance (299);
  g_assert_cmpuint (count_requests (0), ==, 1);
  advance (1);
  WAIT_FOR (fixture, count_requests (0) == 2);
  wait_for_state (0, BT_TRACKER_WORKING);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  WAIT_FOR (fixture, count_requests (0) == 3);
  wait_for_state (0, BT_TRACKER_WORKING);
  advance (301);
  bt_trackers_announce_now (fixture->trackers, FALSE);
  WAIT_FOR (fixture, count_requests (0) == 4);
  g_assert_cmpuint (count_requests (1), ==, 0);
  check_events (0, "started - - -");
  tear_down ();
}

/* What is said of us changes while it is said, and later: the newest is heard at last, and nothing twice. */
static void
test_tell_again (void)
{
  set_up ("0");
  fixture->announce.port = 1;
  bt_trackers_start (fixture->trackers);
  fixture->announce.port = 2;
  bt_trackers_tell_again (fixture->trackers);
  bt_trackers_tell_again (fixture->trackers);
  WAIT_FOR (fixture, count_requests (0) == 2);
  wait_for_state (0, BT_TRACKER_WORKING);
  g_assert_nonnull (strstr (g_ptr_array_index (servers[0]->targets, 0), "port=1&"));
  g_assert_nonnull (strstr (g_ptr_array_index (servers[0]->targets, 1), "port=2&"));
  fixture->announce.port = 3;
  bt_trackers_tell_again (fixture->trackers);
  WAIT_FOR (fixture, count_requests (0) == 3);
  wait_for_state (0, BT_TRACKER_WORKING);
  g_assert_nonnull (strstr (g_ptr_array_index (servers[0]->targets, 2), "port=3&"));
  fixture_drain (fixture);
  check_events (0, "started - -");
  tear_down ();
}

/* A person does not wait for the back-off either. */
static void
test_announce_now_failed (void)
{
  set_up ("0");
  set_bad (0);
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_FAILED);
  bt_trackers_announce_now (fixture->trackers, FALSE);
  fixture_drain (fixture);
  g_assert_cmpuint (count_requests (0), ==, 1);
  set_good (0);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  wait_for_state (0, BT_TRACKER_WORKING);
  check_events (0, "started started");
  tear_down ();
}

static void
test_all_tiers (void)
{
  static const BtTrackerHubConfig config = { .use_ipv4 = TRUE, .use_all_tiers = TRUE };

  set_up_config ("0|1|2", &config);
  set_bad (1);
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  wait_for_state (1, BT_TRACKER_FAILED);
  wait_for_state (2, BT_TRACKER_WORKING);
  bt_trackers_completed (fixture->trackers);
  WAIT_FOR (fixture, count_requests (0) == 2 && count_requests (2) == 2);
  bt_trackers_stop (fixture->trackers);
  fixture_flush (fixture);
  WAIT_FOR (fixture, fixture->is_flushed);
  check_events (0, "started completed stopped");
  check_events (1, "started");
  check_events (2, "started completed stopped");
  tear_down ();

  set_up_config ("0|1", &config);
  fixture->announce.is_private = TRUE;
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  fixture_drain (fixture);
  g_assert_cmpuint (count_requests (1), ==, 0);
  tear_down ();
}

static void
test_unsupported (void)
{
  BtTrackerRow row;

  set_up ("0");
  fixture_set_tiers (fixture, "wss://t.example/announce");
  bt_trackers_start (fixture->trackers);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  bt_trackers_scrape (fixture->trackers);
  advance (86400);
  row = fixture_get_row (fixture, "wss://t.example/announce");
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_cmpint (row.error, ==, BT_TRACKER_ERROR_URL);
  g_assert_cmpstr (row.message, ==, "Trackers of the kind “wss” are not supported");
  g_assert_cmpint (row.next_at_us, ==, 0);
  tear_down ();
}

static void
test_add_remove (void)
{
  set_up ("0");
  set_bad (0);
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_FAILED);
  g_assert_false (bt_trackers_add (fixture->trackers, urls[0], 0));
  g_assert_false (bt_trackers_add (fixture->trackers, "  ", 0));
  /* Nobody works: the new one is asked at once. */
  g_assert_true (bt_trackers_add (fixture->trackers, urls[1], 5));
  wait_for_state (1, BT_TRACKER_WORKING);
  /* Somebody works: the new one waits. */
  g_assert_true (bt_trackers_add (fixture->trackers, urls[2], 0));
  fixture_drain (fixture);
  g_assert_cmpuint (count_requests (2), ==, 0);
  g_assert_cmpuint (bt_trackers_get_n_rows (fixture->trackers), ==, 3);
  /* The one in use goes: it is told, and the next takes over. */
  g_assert_true (bt_trackers_remove (fixture->trackers, urls[1]));
  g_assert_false (bt_trackers_remove (fixture->trackers, urls[1]));
  wait_for_state (2, BT_TRACKER_WORKING);
  WAIT_FOR (fixture, count_requests (1) == 2);
  check_events (1, "started stopped");
  /* Under way and not answered yet. */
  set_silent (3);
  g_assert_true (bt_trackers_remove (fixture->trackers, urls[2]));
  g_assert_true (bt_trackers_add (fixture->trackers, urls[3], 0));
  WAIT_FOR (fixture, count_requests (3) == 1);
  g_assert_true (bt_trackers_remove (fixture->trackers, urls[3]));
  g_assert_true (bt_trackers_remove (fixture->trackers, urls[0]));
  g_assert_cmpuint (bt_trackers_get_n_rows (fixture->trackers), ==, 0);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  bt_trackers_scrape (fixture->trackers);
  tear_down ();
}

static void
test_limits (void)
{
  set_up ("0");
  for (guint i = 0; i < 2 * BT_TRACKERS_MAX_ROWS; i++)
    {
      g_autofree char *url = g_strdup_printf ("http://t/%u", i);

      g_assert_cmpint (bt_trackers_add (fixture->trackers, url, i), ==,
                       i < BT_TRACKERS_MAX_ROWS - 1);
    }
  g_assert_cmpuint (bt_trackers_get_n_rows (fixture->trackers), ==, BT_TRACKERS_MAX_ROWS);
  tear_down ();
}

#define SCRAPE_HEAD "d5:filesd20:"
#define SCRAPE_TAIL "d8:completei7e10:downloadedi8e10:incompletei9eeee"

/* An announce without numbers: after half an hour a scrape, not sooner. */
static void
test_scrape (void)
{
  g_autoptr (GByteArray) reply = g_byte_array_new ();
  const char *head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" SCRAPE_HEAD;
  BtTrackerRow row;

  set_up ("0");
  http_server_set_reply (servers[0], "200 OK", "", "d8:intervali7200ee");
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  g_assert_cmpint (get_row (0).n_seeds, ==, -1);
  g_byte_array_append (reply, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (reply, (const guint8 *) INFO_HASH, 20);
  g_byte_array_append (reply, (const guint8 *) SCRAPE_TAIL, sizeof SCRAPE_TAIL - 1);
  g_queue_push_tail (&servers[0]->replies, g_bytes_new (reply->data, reply->len));
  advance (1799);
  g_assert_cmpuint (count_requests (0), ==, 1);
  advance (1);
  WAIT_FOR (fixture, get_row (0).n_seeds == 7);
  row = get_row (0);
  g_assert_cmpint (row.n_downloaded, ==, 8);
  g_assert_cmpint (row.n_leechers, ==, 9);
  g_assert_true (g_str_has_prefix (servers[0]->targets->pdata[1],
                                   "/scrape?info_hash=%00%01%20abc%26"));
  tear_down ();
}

/* Announces with numbers: no scrape ever. */
static void
test_no_scrape (void)
{
  set_up ("0");
  bt_trackers_start (fixture->trackers);
  for (guint i = 1; i <= 4; i++)
    {
      WAIT_FOR (fixture, count_requests (0) == i);
      wait_for_state (0, BT_TRACKER_WORKING);
      advance (1800);
    }
  for (guint i = 0; i < count_requests (0); i++)
    g_assert_true (g_str_has_prefix (servers[0]->targets->pdata[i], "/announce"));
  tear_down ();
}

static void
test_tracker_id (void)
{
  set_up ("0");
  http_server_set_reply (servers[0], "200 OK", "", "d8:intervali60e10:tracker id3:a&be");
  bt_trackers_start (fixture->trackers);
  wait_for_state (0, BT_TRACKER_WORKING);
  http_server_set_reply (servers[0], "200 OK", "", "d8:intervali60ee");
  for (guint i = 2; i <= 3; i++)
    {
      advance (60);
      WAIT_FOR (fixture, count_requests (0) == i);
      wait_for_state (0, BT_TRACKER_WORKING);
    }
  g_assert_null (strstr (servers[0]->targets->pdata[0], "trackerid"));
  g_assert_nonnull (strstr (servers[0]->targets->pdata[1], "&trackerid=a%26b"));
  g_assert_nonnull (strstr (servers[0]->targets->pdata[2], "&trackerid=a%26b"));
  tear_down ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trackers/tiers/events", test_events);
  g_test_add_func ("/trackers/tiers/complete-at-start", test_complete_at_start);
  g_test_add_func ("/trackers/tiers/complete-early", test_complete_early);
  g_test_add_func ("/trackers/tiers/complete-elsewhere", test_complete_elsewhere);
  g_test_add_func ("/trackers/tiers/stop-unheard", test_stop_unheard);
  g_test_add_func ("/trackers/tiers/stop-under-way", test_stop_under_way);
  g_test_add_func ("/trackers/tiers/stop-after-failure", test_stop_after_failure);
  g_test_add_func ("/trackers/tiers/flush-limit", test_flush_limit);
  g_test_add_func ("/trackers/tiers/flush-grace", test_flush_grace);
  g_test_add_func ("/trackers/tiers/flush-idle", test_flush_idle);
  g_test_add_func ("/trackers/tiers/restart", test_restart);
  g_test_add_func ("/trackers/tiers/promotion", test_promotion);
  g_test_add_func ("/trackers/tiers/tiers", test_tiers);
  g_test_add_func ("/trackers/tiers/shuffle", test_shuffle);
  g_test_add_func ("/trackers/tiers/back-off", test_back_off);
  g_test_add_func ("/trackers/tiers/never", test_never);
  g_test_add_func ("/trackers/tiers/intervals", test_intervals);
  g_test_add_func ("/trackers/tiers/announce-now", test_announce_now);
  g_test_add_func ("/trackers/tiers/announce-now-failed", test_announce_now_failed);
  g_test_add_func ("/trackers/tiers/tell-again", test_tell_again);
  g_test_add_func ("/trackers/tiers/all-tiers", test_all_tiers);
  g_test_add_func ("/trackers/tiers/unsupported", test_unsupported);
  g_test_add_func ("/trackers/tiers/add-remove", test_add_remove);
  g_test_add_func ("/trackers/tiers/limits", test_limits);
  g_test_add_func ("/trackers/tiers/scrape", test_scrape);
  g_test_add_func ("/trackers/tiers/no-scrape", test_no_scrape);
  g_test_add_func ("/trackers/tiers/tracker-id", test_tracker_id);
  return g_test_run ();
}
