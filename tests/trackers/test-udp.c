/* test-udp.c - announces over UDP to a server that follows BEP 15, and to servers that do not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include "base/bt-cursor.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static Fixture   *fixture;
static UdpServer *server;
static char      *url;

static void
set_up_family (gboolean is_ipv6)
{
  fixture = fixture_new (46);
  server = udp_server_new (fixture, is_ipv6);
  url = udp_server_dup_url (server, "/announce?k=1");
  fixture_set_tiers (fixture, url);
}

static void
set_up (void)
{
  set_up_family (FALSE);
}

static void
tear_down (void)
{
  g_clear_pointer (&server, udp_server_free);
  g_clear_pointer (&fixture, fixture_free);
  g_clear_pointer (&url, g_free);
}

static void
wait_for_packets (guint n_packets)
{
  WAIT_FOR (fixture, server->packets->len >= n_packets);
}

static void
check_story (const char *expected)
{
  g_autofree char *story = udp_server_dup_story (server);

  g_assert_cmpstr (story, ==, expected);
}

static void
settle (void)
{
  WAIT_FOR (fixture, fixture_is_settled (fixture));
}

static guint32
get_transaction (guint index)
{
  return bt_read_u32 ((const guint8 *) g_bytes_get_data (server->packets->pdata[index], NULL) + 12);
}

static void
advance (gint64 seconds)
{
  bt_clock_advance (fixture->clock, seconds * BT_SECOND_US);
  fixture_drain (fixture);
}

static void
test_success (gconstpointer data)
{
  gboolean is_ipv6 = GPOINTER_TO_INT (data);
  gsize n_bytes;
  const guint8 *bytes;
  BtTrackerRow row;

  if (is_ipv6 && !fixture_has_ipv6 ())
    {
      g_test_skip ("no IPv6");
      return;
    }
  set_up_family (is_ipv6);
  bt_trackers_start (fixture->trackers);
  settle ();
  check_story ("connect announce:2");
  bytes = g_bytes_get_data (server->packets->pdata[1], &n_bytes);
  g_assert_cmpuint (bt_read_u64 (bytes), ==, server->connection_id);
  g_assert_cmpmem (bytes + 16, 20, INFO_HASH, 20);
  g_assert_cmpmem (bytes + 36, 20, PEER_ID, 20);
  g_assert_cmpuint (bt_read_u64 (bytes + 64), ==, 1000);
  g_assert_cmpuint (bt_read_u32 (bytes + 88), ==, 0x1234abcd);
  g_assert_cmpmem (bytes + 98, n_bytes - 98, "\x02\x0d/announce?k=1", 15);
  row = fixture_get_row (fixture, url);
  g_assert_cmpint (row.state, ==, BT_TRACKER_WORKING);
  g_assert_cmpint (row.n_seeds, ==, 2);
  g_assert_cmpint (row.n_leechers, ==, 3);
  g_assert_cmpint (row.next_at_us - row.last_at_us, ==, 1800 * BT_SECOND_US);
  g_assert_true (fixture_has_peer (fixture, is_ipv6 ? "[2000::9]:7777" : "10.0.0.9:7777"));
  tear_down ();
}

/* A name: over both families, one look-up each. */
static void
test_name (void)
{
  g_autofree char *name = NULL;

  set_up ();
  name = g_strdup_printf ("udp://localhost:%u", server->port);
  fixture_set_tiers (fixture, name);
  bt_trackers_start (fixture->trackers);
  settle ();
  g_assert_cmpint (fixture_get_row (fixture, name).state, ==, BT_TRACKER_WORKING);
  check_story ("connect announce:2");
  tear_down ();
}

/* ".invalid" never resolves (RFC 6761), whether there is a network or not. */
static void
test_bad_name (void)
{
  set_up ();
  fixture_set_tiers (fixture, "udp://tracker.invalid:80");
  bt_trackers_start (fixture->trackers);
  settle ();
  g_assert_cmpint (fixture_get_row (fixture, "udp://tracker.invalid:80").state, ==,
                   BT_TRACKER_FAILED);
  tear_down ();
}

static void
test_loss (void)
{
  set_up ();
  server->n_ignored = 2;
  bt_trackers_start (fixture->trackers);
  wait_for_packets (1);
  advance (14);
  g_assert_cmpuint (server->packets->len, ==, 1);
  advance (1);
  wait_for_packets (2);
  advance (29);
  g_assert_cmpuint (server->packets->len, ==, 2);
  advance (1);
  settle ();
  check_story ("connect connect connect announce:2");
  g_assert_cmpuint (get_transaction (0), ==, get_transaction (1));
  g_assert_cmpuint (get_transaction (0), !=, get_transaction (3));
  g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_WORKING);
  tear_down ();
}

static void
test_silence (void)
{
  BtTrackerRow row;

  set_up ();
  server->is_silent = TRUE;
  bt_trackers_start (fixture->trackers);
  for (guint i = 0; i < 3; i++)
    {
      wait_for_packets (i + 1);
      g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_ANNOUNCING);
      advance (15 << i);
    }
  settle ();
  row = fixture_get_row (fixture, url);
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_cmpint (row.error, ==, BT_TRACKER_ERROR_TIMED_OUT);
  check_story ("connect connect connect");
  tear_down ();
}

static void
answer_nothing_cb (gpointer      user_data,
                   const guint8 *bytes,
                   gsize         n_bytes)
{
}

/* The announce is lost until the connection id has grown old: then a new one (BEP 15's own example). */
static void
test_announce_loss (void)
{
  set_up ();
  server->answer = answer_nothing_cb;
  bt_trackers_start (fixture->trackers);
  wait_for_packets (2);
  advance (15);
  wait_for_packets (3);
  advance (30);
  wait_for_packets (4);
  check_story ("connect announce:2 announce:2 announce:2");
  advance (60);
  settle ();
  g_assert_cmpint (fixture_get_row (fixture, url).error, ==, BT_TRACKER_ERROR_TIMED_OUT);
  tear_down ();
}

static void
answer_error_cb (gpointer      user_data,
                 const guint8 *bytes,
                 gsize         n_bytes)
{
  guint8 packet[] = "\0\0\0\3----go away";

  memcpy (packet + 4, bytes + 12, 4);
  udp_server_send (user_data, packet, sizeof packet - 1);
}

static void
test_error (void)
{
  BtTrackerRow row;

  set_up ();
  server->answer = answer_error_cb;
  bt_trackers_start (fixture->trackers);
  settle ();
  row = fixture_get_row (fixture, url);
  g_assert_cmpint (row.error, ==, BT_TRACKER_ERROR_REFUSED);
  g_assert_cmpstr (row.message, ==, "go away");
  check_story ("connect announce:2");
  tear_down ();
}

static void
answer_short_cb (gpointer      user_data,
                 const guint8 *bytes,
                 gsize         n_bytes)
{
  guint8 packet[19] = { 0, 0, 0, 1 };

  memcpy (packet + 4, bytes + 12, 4);
  udp_server_send (user_data, packet, sizeof packet);
}

static void
test_short (void)
{
  set_up ();
  server->answer = answer_short_cb;
  bt_trackers_start (fixture->trackers);
  settle ();
  g_assert_cmpint (fixture_get_row (fixture, url).error, ==, BT_TRACKER_ERROR_BAD_ANSWER);
  tear_down ();
}

/* What is not for us does no harm and no good: too short, of another transaction, and then the true answer. */
static void
answer_noise_cb (gpointer      user_data,
                 const guint8 *bytes,
                 gsize         n_bytes)
{
  guint32 transaction = bt_read_u32 (bytes + 12);

  udp_server_send (user_data, (const guint8 *) "", 0);
  udp_server_send (user_data, (const guint8 *) "\0\0\0\1\0\0\0", 7);
  udp_server_send_announce (user_data, transaction + 1);
  udp_server_send_announce (user_data, ~transaction);
}

static void
test_wrong_transaction (void)
{
  set_up ();
  server->answer = answer_noise_cb;
  bt_trackers_start (fixture->trackers);
  wait_for_packets (2);
  fixture_drain (fixture);
  g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_ANNOUNCING);
  g_assert_cmpuint (fixture->peers->len, ==, 0);
  server->answer = NULL;
  advance (15);
  settle ();
  g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_WORKING);
  g_assert_cmpuint (fixture->peers->len, ==, 1);
  tear_down ();
}

/* The right transaction, but from another port. */
static void
test_wrong_source (void)
{
  UdpServer *stranger;
  guint8 packet[] = "\0\0\0\3----go away";

  set_up ();
  stranger = udp_server_new (fixture, FALSE);
  server->answer = answer_nothing_cb;
  bt_trackers_start (fixture->trackers);
  wait_for_packets (2);
  stranger->from = server->from;
  bt_write_u32 (packet + 4, get_transaction (1));
  udp_server_send (stranger, packet, sizeof packet - 1);
  udp_server_send_announce (stranger, get_transaction (1));
  fixture_drain (fixture);
  g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_ANNOUNCING);
  udp_server_send_announce (server, get_transaction (1));
  settle ();
  g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_WORKING);
  udp_server_free (stranger);
  tear_down ();
}

/* An answer that comes twice is one. */
static void
answer_twice_cb (gpointer      user_data,
                 const guint8 *bytes,
                 gsize         n_bytes)
{
  udp_server_send_announce (user_data, bt_read_u32 (bytes + 12));
  udp_server_send_announce (user_data, bt_read_u32 (bytes + 12));
}

static void
test_twice (void)
{
  set_up ();
  server->answer = answer_twice_cb;
  bt_trackers_start (fixture->trackers);
  settle ();
  fixture_drain (fixture);
  g_assert_cmpuint (fixture->peers->len, ==, 1);
  tear_down ();
}

/* A connection id serves for a minute. */
static void
test_connection_id (void)
{
  set_up ();
  bt_trackers_start (fixture->trackers);
  settle ();
  advance (59);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  WAIT_FOR (fixture, fixture->peers->len == 2);
  check_story ("connect announce:2 announce:0");
  advance (2);
  bt_trackers_announce_now (fixture->trackers, TRUE);
  WAIT_FOR (fixture, fixture->peers->len == 3);
  check_story ("connect announce:2 announce:0 connect announce:0");
  tear_down ();
}

static void
answer_if_new_cb (gpointer      user_data,
                  const guint8 *bytes,
                  gsize         n_bytes)
{
  UdpServer *self = user_data;

  if (bt_read_u64 (bytes) != self->connection_id)
    answer_error_cb (user_data, bytes, n_bytes);
  else
    udp_server_send_announce (user_data, bt_read_u32 (bytes + 12));
}

/* The tracker was restarted: it refuses the old id, and all is well with a new one. */
static void
test_expired_connection_id (void)
{
  set_up ();
  server->answer = answer_if_new_cb;
  bt_trackers_start (fixture->trackers);
  settle ();
  server->connection_id++;
  bt_trackers_announce_now (fixture->trackers, TRUE);
  WAIT_FOR (fixture, fixture->peers->len == 2);
  check_story ("connect announce:2 announce:0 connect announce:0");
  g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_WORKING);
  tear_down ();
}

static void
answer_or_ignore_cb (gpointer      user_data,
                     const guint8 *bytes,
                     gsize         n_bytes)
{
  UdpServer *self = user_data;

  if (bt_read_u64 (bytes) == self->connection_id)
    udp_server_send_announce (user_data, bt_read_u32 (bytes + 12));
}

/* The same with a tracker that says nothing. */
static void
test_ignored_connection_id (void)
{
  set_up ();
  server->answer = answer_or_ignore_cb;
  bt_trackers_start (fixture->trackers);
  settle ();
  server->connection_id++;
  bt_trackers_announce_now (fixture->trackers, TRUE);
  wait_for_packets (3);
  advance (15);
  WAIT_FOR (fixture, fixture->peers->len == 2);
  check_story ("connect announce:2 announce:0 connect announce:0");
  tear_down ();
}

/* Torrents of one tracker share the connect. */
static void
test_shared (void)
{
  enum { N_TORRENTS = 20 };
  BtTrackers *others[N_TORRENTS];
  const char *tier[2] = { NULL, NULL };
  const char *const *tiers[2] = { tier, NULL };

  set_up ();
  tier[0] = url;
  for (guint i = 0; i < N_TORRENTS; i++)
    {
      others[i] = bt_trackers_new (fixture->hub, fixture_get_ops (), fixture, tiers);
      bt_trackers_start (others[i]);
    }
  WAIT_FOR (fixture, fixture->peers->len == N_TORRENTS);
  g_assert_cmpuint (server->packets->len, ==, 1 + N_TORRENTS);
  for (guint i = 0; i < N_TORRENTS; i++)
    bt_trackers_free (others[i]);
  tear_down ();
}

static void
answer_scrape_cb (gpointer      user_data,
                  const guint8 *bytes,
                  gsize         n_bytes)
{
  guint8 packet[20] = { 0, 0, 0, 2 };

  g_assert_cmpuint (bt_read_u32 (bytes + 8), ==, 2);
  g_assert_cmpuint (n_bytes, ==, 36);
  memcpy (packet + 4, bytes + 12, 4);
  bt_write_u32 (packet + 8, 11);
  bt_write_u32 (packet + 12, 22);
  bt_write_u32 (packet + 16, 33);
  udp_server_send (user_data, packet, sizeof packet);
}

static void
test_scrape (void)
{
  BtTrackerRow row;

  set_up ();
  server->answer = answer_scrape_cb;
  bt_trackers_scrape (fixture->trackers);
  WAIT_FOR (fixture, fixture_get_row (fixture, url).n_seeds == 11);
  row = fixture_get_row (fixture, url);
  g_assert_cmpint (row.n_downloaded, ==, 22);
  g_assert_cmpint (row.n_leechers, ==, 33);
  g_assert_cmpint (row.state, ==, BT_TRACKER_IDLE);
  check_story ("connect scrape");
  tear_down ();
}

static void
test_unusable (void)
{
  static const char *const urls[] = { "udp://0.0.0.0:80", "udp://224.0.0.1:80",
                                      "udp://[ff02::1]:80" };

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      set_up ();
      fixture_set_tiers (fixture, urls[i]);
      bt_trackers_start (fixture->trackers);
      settle ();
      g_assert_cmpint (fixture_get_row (fixture, urls[i]).error, ==, BT_TRACKER_ERROR_UNREACHABLE);
      tear_down ();
    }
}

/* A family that is switched off is not used, and says so. */
static void
test_family_off (void)
{
  fixture = fixture_new (4);
  fixture_set_tiers (fixture, "udp://[::1]:80");
  bt_trackers_start (fixture->trackers);
  settle ();
  g_assert_cmpstr (fixture_get_row (fixture, "udp://[::1]:80").message, ==,
                   "The tracker's kind of address is not in use");
  g_clear_pointer (&fixture, fixture_free);
}

static void
test_free_early (void)
{
  for (guint n_turns = 0; n_turns < 20; n_turns++)
    {
      g_autofree char *name = NULL;

      set_up ();
      name = g_strdup_printf ("%s udp://localhost:%u", url, server->port);
      fixture_set_tiers (fixture, name);
      bt_trackers_start (fixture->trackers);
      for (guint i = 0; i < n_turns; i++)
        g_main_context_iteration (fixture->context, FALSE);
      tear_down ();
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/trackers/udp/success", GINT_TO_POINTER (FALSE), test_success);
  g_test_add_data_func ("/trackers/udp/success-ipv6", GINT_TO_POINTER (TRUE), test_success);
  g_test_add_func ("/trackers/udp/name", test_name);
  g_test_add_func ("/trackers/udp/bad-name", test_bad_name);
  g_test_add_func ("/trackers/udp/loss", test_loss);
  g_test_add_func ("/trackers/udp/silence", test_silence);
  g_test_add_func ("/trackers/udp/announce-loss", test_announce_loss);
  g_test_add_func ("/trackers/udp/error", test_error);
  g_test_add_func ("/trackers/udp/short", test_short);
  g_test_add_func ("/trackers/udp/wrong-transaction", test_wrong_transaction);
  g_test_add_func ("/trackers/udp/wrong-source", test_wrong_source);
  g_test_add_func ("/trackers/udp/twice", test_twice);
  g_test_add_func ("/trackers/udp/connection-id", test_connection_id);
  g_test_add_func ("/trackers/udp/expired-connection-id", test_expired_connection_id);
  g_test_add_func ("/trackers/udp/ignored-connection-id", test_ignored_connection_id);
  g_test_add_func ("/trackers/udp/shared", test_shared);
  g_test_add_func ("/trackers/udp/scrape", test_scrape);
  g_test_add_func ("/trackers/udp/unusable", test_unusable);
  g_test_add_func ("/trackers/udp/family-off", test_family_off);
  g_test_add_func ("/trackers/udp/free-early", test_free_early);
  return g_test_run ();
}
