/* test-edit.c - another list of trackers while they are being asked
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#define N_SERVERS 4

static Fixture *fixture;
static HttpServer *servers[N_SERVERS];
static char *urls[N_SERVERS];

static void
set_up (gboolean use_all_tiers)
{
  BtTrackerHubConfig config = { .use_ipv4 = TRUE, .use_all_tiers = use_all_tiers };

  fixture = fixture_new_config (&config);
  for (guint i = 0; i < N_SERVERS; i++)
    {
      servers[i] = http_server_new (FALSE);
      urls[i] = http_server_dup_url (servers[i], "/announce");
      http_server_set_reply (servers[i], "200 OK", "",
                             "d8:completei1e8:intervali1800e5:peers0:e");
    }
}

static void
tear_down (void)
{
  g_clear_pointer (&fixture, fixture_free);
  for (guint i = 0; i < N_SERVERS; i++)
    {
      g_clear_pointer (&servers[i], http_server_free);
      g_clear_pointer (&urls[i], g_free);
    }
}

/* Tiers of server numbers: "01|2". */
static char ***
make_tiers (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "|", -1);
  char ***tiers = g_new0 (char **, g_strv_length (parts) + 1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      tiers[i] = g_new0 (char *, strlen (parts[i]) + 1);
      for (guint k = 0; parts[i][k] != '\0'; k++)
        tiers[i][k] = g_strdup (urls[parts[i][k] - '0']);
    }
  return tiers;
}

static void
free_tiers (char ***tiers)
{
  for (guint i = 0; tiers[i] != NULL; i++)
    g_strfreev (tiers[i]);
  g_free (tiers);
}

static void
make (const char *text)
{
  char ***tiers = make_tiers (text);

  fixture->trackers = bt_trackers_new (fixture->hub, fixture_get_ops (), fixture,
                                       (const char *const *const *) tiers);
  free_tiers (tiers);
}

static void
change (const char *text)
{
  char ***tiers = make_tiers (text);

  bt_trackers_set_tiers (fixture->trackers, (const char *const *const *) tiers);
  free_tiers (tiers);
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
check_events (guint       index,
              const char *expected)
{
  g_autofree char *events = http_server_dup_events (servers[index]);

  g_assert_cmpstr (events, ==, expected);
}

/* One goes, another comes in its place. */
static void
test_replace (void)
{
  set_up (FALSE);
  make ("0");
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, get_row (0).state == BT_TRACKER_WORKING);
  change ("1");
  g_assert_cmpuint (bt_trackers_get_n_rows (fixture->trackers), ==, 1);
  WAIT_FOR (fixture, get_row (1).state == BT_TRACKER_WORKING && count_requests (0) == 2);
  check_events (0, "started stopped");
  check_events (1, "started");
  tear_down ();
}

/* Several go at once, and none of them is asked on the way. */
static void
test_replace_all (void)
{
  set_up (FALSE);
  make ("0|1|2");
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, get_row (0).state == BT_TRACKER_WORKING);
  change ("3");
  WAIT_FOR (fixture, get_row (3).state == BT_TRACKER_WORKING && count_requests (0) == 2);
  fixture_drain (fixture);
  g_assert_cmpuint (count_requests (1), ==, 0);
  g_assert_cmpuint (count_requests (2), ==, 0);
  check_events (3, "started");
  tear_down ();
}

/* The one that works stays what it is, wherever it stands now; the others wait for their turn. */
static void
test_keep (void)
{
  gint64 next_at_us;

  set_up (FALSE);
  make ("0");
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, get_row (0).state == BT_TRACKER_WORKING);
  next_at_us = get_row (0).next_at_us;
  change ("1|20");
  fixture_drain (fixture);
  g_assert_cmpuint (bt_trackers_get_n_rows (fixture->trackers), ==, 3);
  g_assert_cmpuint (get_row (0).tier, ==, 1);
  g_assert_cmpint (get_row (0).state, ==, BT_TRACKER_WORKING);
  g_assert_cmpint (get_row (0).next_at_us, ==, next_at_us);
  g_assert_cmpint (get_row (0).n_seeds, ==, 1);
  check_events (0, "started");
  g_assert_cmpuint (count_requests (1) + count_requests (2), ==, 0);
  tear_down ();
}

/* Before it is started, and with nothing at all. */
static void
test_stopped (void)
{
  set_up (FALSE);
  make ("01");
  change ("2");
  fixture_drain (fixture);
  g_assert_cmpuint (bt_trackers_get_n_rows (fixture->trackers), ==, 1);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, get_row (2).state == BT_TRACKER_WORKING);
  bt_trackers_set_tiers (fixture->trackers, NULL);
  g_assert_cmpuint (bt_trackers_get_n_rows (fixture->trackers), ==, 0);
  WAIT_FOR (fixture, count_requests (2) == 2);
  check_events (2, "started stopped");
  change ("0");
  WAIT_FOR (fixture, get_row (0).state == BT_TRACKER_WORKING);
  check_events (0, "started");
  g_assert_cmpuint (count_requests (1), ==, 0);
  tear_down ();
}

/* One does not answer, and the next takes its place at once. */
static void
test_after_failure (void)
{
  set_up (FALSE);
  http_server_set_reply (servers[0], "500 No", "", "");
  make ("0");
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, get_row (0).state == BT_TRACKER_FAILED);
  change ("0|1");
  WAIT_FOR (fixture, get_row (1).state == BT_TRACKER_WORKING);
  g_assert_cmpuint (count_requests (0), ==, 1);
  g_assert_cmpint (get_row (0).state, ==, BT_TRACKER_FAILED);
  tear_down ();
}

/* A tier each: two change places while one of them is being asked. */
static void
test_all_tiers (void)
{
  set_up (TRUE);
  make ("0|1");
  g_clear_pointer (&servers[1]->reply, g_bytes_unref);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, get_row (0).state == BT_TRACKER_WORKING && count_requests (1) == 1);
  http_server_set_reply (servers[1], "200 OK", "", "d8:intervali1800e5:peers0:e");
  change ("1|0|2");
  WAIT_FOR (fixture, get_row (0).state == BT_TRACKER_WORKING &&
                     get_row (1).state == BT_TRACKER_WORKING &&
                     get_row (2).state == BT_TRACKER_WORKING);
  bt_trackers_stop (fixture->trackers);
  WAIT_FOR (fixture, g_str_equal (http_server_get_event (servers[1], count_requests (1) - 1),
                                  "stopped"));
  check_events (2, "started stopped");
  tear_down ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trackers/edit/replace", test_replace);
  g_test_add_func ("/trackers/edit/replace-all", test_replace_all);
  g_test_add_func ("/trackers/edit/keep", test_keep);
  g_test_add_func ("/trackers/edit/stopped", test_stopped);
  g_test_add_func ("/trackers/edit/after-failure", test_after_failure);
  g_test_add_func ("/trackers/edit/all-tiers", test_all_tiers);
  return g_test_run ();
}
