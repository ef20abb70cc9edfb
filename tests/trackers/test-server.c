/* test-server.c - the small tracker of freshet-cli, asked by the engine's trackers and by hand
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include "bt-tracker-server.h"

#include "base/bt-cursor.h"

#include <libsoup/soup.h>
#include <string.h>

static Fixture         *fixture;
static BtTrackerServer *server;

static void
set_up (const char *bind)
{
  BtTrackerServerConfig config = { .interval_s = 600 };
  g_autoptr (GError) error = NULL;

  if (bind != NULL)
    g_assert_true (bt_address_parse (bind, 0, &config.bind));
  fixture = fixture_new (46);
  server = bt_tracker_server_new (fixture->clock, fixture->poller, &config, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_tracker_server_get_http_port (server), !=, 0);
  g_assert_cmpuint (bt_tracker_server_get_udp_port (server), !=, 0);
}

static void
tear_down (void)
{
  g_clear_pointer (&fixture->trackers, bt_trackers_free);
  g_clear_pointer (&server, bt_tracker_server_free);
  g_clear_pointer (&fixture, fixture_free);
}

static BtTrackerRow
get_row (void)
{
  BtTrackerRow row;

  bt_trackers_get_row (fixture->trackers, 0, &row);
  return row;
}

/* Another torrent of the same swarm, on another port. */
static BtTrackers *
join (const char *url,
      guint16     port,
      guint64     left_bytes)
{
  const char *tier[2] = { url, NULL };
  const char *const *tiers[2] = { tier, NULL };
  guint64 n_before = bt_tracker_server_get_n_announces (server);
  BtAnnounce kept = fixture->announce;
  BtTrackers *other = bt_trackers_new (fixture->hub, fixture_get_ops (), fixture, tiers);

  fixture->announce.port = port;
  fixture->announce.left_bytes = left_bytes;
  bt_trackers_start (other);
  fixture->announce = kept;
  WAIT_FOR (fixture, bt_tracker_server_get_n_announces (server) == n_before + 1);
  return other;
}

typedef struct
{
  const char *title;
  const char *bind;
  gboolean    is_udp;
  const char *seed;     /* as the others see it */
} SwarmCase;

static const SwarmCase swarm_cases[] = {
  { "http-ipv4", "127.0.0.1", FALSE, "127.0.0.1:2001" },
  { "http-ipv6", "::1", FALSE, "[::1]:2001" },
  { "udp-ipv4", "127.0.0.1", TRUE, "127.0.0.1:2001" },
  { "udp-ipv6", "::1", TRUE, "[::1]:2001" },
};

/* A seed and a leecher find each other; the numbers follow them; who stops is forgotten. */
static void
test_swarm (gconstpointer data)
{
  const SwarmCase *c = data;
  g_autofree char *url = NULL;
  BtTrackers *seed;

  if (c->bind[0] == ':' && !fixture_has_ipv6 ())
    {
      g_test_skip ("no IPv6");
      return;
    }
  set_up (c->bind);
  url = bt_tracker_server_dup_url (server, NULL, c->is_udp);
  seed = join (url, 2001, 0);
  fixture_set_tiers (fixture, url);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, fixture_is_settled (fixture));
  g_assert_cmpint (get_row ().state, ==, BT_TRACKER_WORKING);
  g_assert_cmpint (get_row ().next_at_us - get_row ().last_at_us, ==, 600 * BT_SECOND_US);
  g_assert_cmpint (get_row ().n_seeds, ==, 1);
  g_assert_cmpint (get_row ().n_leechers, ==, 1);
  g_assert_cmpuint (fixture->peers->len, ==, 1);
  g_assert_true (fixture_has_peer (fixture, c->seed));

  fixture->announce.left_bytes = 0;
  bt_trackers_completed (fixture->trackers);
  WAIT_FOR (fixture, get_row ().n_seeds == 2);
  bt_trackers_scrape (fixture->trackers);
  WAIT_FOR (fixture, get_row ().n_downloaded == 1);
  g_assert_cmpint (get_row ().n_leechers, ==, 0);

  bt_trackers_stop (fixture->trackers);
  WAIT_FOR (fixture, bt_tracker_server_get_n_peers (server) == 1);
  fixture->announce.port = 2001;
  bt_trackers_free (seed);
  tear_down ();
}

/* Bound everywhere, it serves both families on the same numbers; each is told its own address. */
static void
test_everywhere (void)
{
  g_autofree char *url = NULL;
  guint64 n_wanted = fixture_has_ipv6 () ? 2 : 1;

  set_up (NULL);
  g_assert_cmpuint (bt_tracker_server_get_http_port (server), ==,
                    bt_tracker_server_get_udp_port (server));
  url = bt_tracker_server_dup_url (server, "localhost", FALSE);
  fixture_set_tiers (fixture, url);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, bt_tracker_server_get_n_announces (server) == n_wanted);
  WAIT_FOR (fixture, fixture_is_settled (fixture));
  g_assert_true (bt_address_is_loopback (&fixture->seen_at));
  tear_down ();
}

/* Those who do not come back are forgotten, and their swarm with them. */
static void
test_expiry (void)
{
  g_autofree char *url = NULL;
  BtTrackers *other;

  set_up ("127.0.0.1");
  url = bt_tracker_server_dup_url (server, NULL, TRUE);
  other = join (url, 2001, 0);
  bt_trackers_free (other);
  bt_clock_advance (fixture->clock, 1190 * BT_SECOND_US);
  g_assert_cmpuint (bt_tracker_server_get_n_peers (server), ==, 1);
  bt_clock_advance (fixture->clock, 120 * BT_SECOND_US);
  g_assert_cmpuint (bt_tracker_server_get_n_peers (server), ==, 0);
  g_assert_cmpuint (bt_tracker_server_get_n_torrents (server), ==, 0);
  tear_down ();
}

static void
fetched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  GBytes **out_body = user_data;

  *out_body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL);
}

/* The body of `target`, with dots for zeros; `out_status` may be NULL. */
static char *
fetch (const char *method,
       const char *target,
       guint      *out_status)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GProxyResolver) direct = g_simple_proxy_resolver_new (NULL, NULL);
  g_autofree char *url = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;
  gconstpointer bytes;
  gsize n_bytes;
  GString *text;

  soup_session_set_proxy_resolver (session, direct);
  url = g_strdup_printf ("http://127.0.0.1:%u%s", bt_tracker_server_get_http_port (server), target);
  message = soup_message_new (method, url);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, fetched_cb, &body);
  WAIT_FOR (fixture, body != NULL);
  if (out_status != NULL)
    *out_status = soup_message_get_status (message);
  bytes = g_bytes_get_data (body, &n_bytes);
  text = g_string_new_len (bytes, (gssize) n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    if (text->str[i] == '\0')
      text->str[i] = '.';
  return g_string_free (text, FALSE);
}

#define HASH "info_hash=aaaaaaaaaaaaaaaaaaaa"
#define ASK  "/announce?" HASH "&peer_id=bbbbbbbbbbbbbbbbbbbb&port=7000"
#define ASK2 "/announce?" HASH "&peer_id=cccccccccccccccccccc&port=7001"

static void
test_answers (void)
{
  static const struct
  {
    const char *method;
    const char *target;
    guint       status;
    const char *body;    /* contained in it; NULL: whatever */
  } cases[] = {
    { "GET", "/announce", 200, "d14:failure reason36:info_hash is missing or not 20 bytese" },
    { "GET", "/announce?info_hash=short&port=1", 200, "info_hash is missing" },
    { "GET", "/announce?" HASH "&port=1", 200, "peer_id is missing" },
    { "GET", "/announce?" HASH "&peer_id=bbbbbbbbbbbbbbbbbbbb", 200, "port is missing" },
    { "GET", "/announce?" HASH "&peer_id=bbbbbbbbbbbbbbbbbbbb&port=65536", 200, "port is missing" },
    { "GET", "/announce?info_hash=%FF&=&&&==&x", 200, "info_hash is missing" },
    { "GET", ASK "&left=0&event=started", 200, NULL },
    { "GET", ASK2 "&left=5&compact=0", 200,
      "5:peersld2:ip9:127.0.0.17:peer id20:bbbbbbbbbbbbbbbbbbbb4:porti7000eeee" },
    { "GET", ASK2 "&left=5&compact=0&no_peer_id=1", 200,
      "5:peersld2:ip9:127.0.0.14:porti7000eeee" },
    { "GET", ASK2 "&left=5&compact=0&numwant=0", 200, "5:peerslee" },
    { "GET", "/scrape?" HASH, 200, "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi0e"
                                   "10:incompletei1eeee" },
    { "GET", "/scrape?" HASH "&" HASH, 200, "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e"
                                            "10:downloadedi0e10:incompletei1eeee" },
    { "GET", "/scrape", 200, "info_hash is missing" },
    { "GET", ASK2 "&left=0&event=completed", 200, NULL },
    { "GET", ASK2 "&left=0&event=completed", 200, NULL },
    { "GET", "/scrape?" HASH, 200, "8:completei2e10:downloadedi1e10:incompletei0e" },
    { "GET", ASK "&left=0&event=stopped", 200, NULL },
    { "GET", "/scrape?" HASH, 200, "8:completei1e10:downloadedi1e10:incompletei0e" },
    { "GET", "/", 404, NULL },
    { "GET", "/announce/x", 404, NULL },
    { "POST", ASK, 405, NULL },
  };

  set_up ("127.0.0.1");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint status = 0;
      g_autofree char *body = fetch (cases[i].method, cases[i].target, &status);

      g_test_message ("%s: %s", cases[i].target, body);
      g_assert_cmpuint (status, ==, cases[i].status);
      if (cases[i].body != NULL)
        g_assert_nonnull (strstr (body, cases[i].body));
    }
  tear_down ();
}

/* What a stranger may send by UDP: too short, with an id made up, with an unknown action. */
static void
test_udp_packets (void)
{
  static const struct
  {
    const char *bytes;
    gsize       n_bytes;
    guint       n_answers;
    guint32     action;
  } cases[] = {
    { "", 0, 0, 0 },
    { "\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0tra", 15, 0, 0 },
    { "\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0tran", 16, 1, 0 },
    { "\0\0\x04\x17\x27\x10\x19\x81\0\0\0\0tran", 16, 1, 3 },
    { "\1\2\3\4\5\6\7\10\0\0\0\1tran", 16, 1, 3 },
    { "\1\2\3\4\5\6\7\10\0\0\0\2tranaaaaaaaaaaaaaaaaaaaa", 36, 1, 3 },
  };
  UdpServer *stranger;

  set_up ("127.0.0.1");
  stranger = udp_server_new (fixture, FALSE);
  stranger->is_silent = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n_before = stranger->packets->len;

      g_assert_true (bt_address_parse ("127.0.0.1", bt_tracker_server_get_udp_port (server),
                                       &stranger->from));
      udp_server_send (stranger, (const guint8 *) cases[i].bytes, cases[i].n_bytes);
      if (cases[i].n_answers > 0)
        WAIT_FOR (fixture, stranger->packets->len > n_before);
      fixture_drain (fixture);
      g_assert_cmpuint (stranger->packets->len, ==, n_before + cases[i].n_answers);
      if (cases[i].n_answers > 0)
        {
          const guint8 *bytes = g_bytes_get_data (stranger->packets->pdata[n_before], NULL);

          g_assert_cmpuint (bt_read_u32 (bytes), ==, cases[i].action);
          g_assert_cmpmem (bytes + 4, 4, "tran", 4);
        }
    }
  g_assert_cmpuint (bt_tracker_server_get_n_announces (server), ==, 0);
  udp_server_free (stranger);
  tear_down ();
}

static void
test_port_taken (void)
{
  BtTrackerServerConfig config = { 0 };
  g_autoptr (GError) error = NULL;

  set_up ("127.0.0.1");
  bt_address_parse ("127.0.0.1", bt_tracker_server_get_http_port (server), &config.bind);
  g_assert_null (bt_tracker_server_new (fixture->clock, fixture->poller, &config, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  tear_down ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (swarm_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/trackers/server/swarm/%s", swarm_cases[i].title);

      g_test_add_data_func (path, &swarm_cases[i], test_swarm);
    }
  g_test_add_func ("/trackers/server/everywhere", test_everywhere);
  g_test_add_func ("/trackers/server/expiry", test_expiry);
  g_test_add_func ("/trackers/server/answers", test_answers);
  g_test_add_func ("/trackers/server/udp-packets", test_udp_packets);
  g_test_add_func ("/trackers/server/port-taken", test_port_taken);
  return g_test_run ();
}
