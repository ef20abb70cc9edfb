/* test-http.c - announces over HTTP(S) to servers that behave and to servers that do not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "certificate.h"
#include "fixture.h"

#include "base/bt-socket-http.h"

#include <libsoup/soup.h>
#include <string.h>

#define GOOD_BODY  "d8:completei2e10:incompletei3e8:intervali1800e" \
                   "5:peers6:\x01\x02\x03\x04\x1a\xe1" "e"
#define ENCODED    "%00%01%20abc%26%3D%3F%23%25%7F%80%FFxyz.-~"

static Fixture    *fixture;
static HttpServer *server;

static void
set_up (void)
{
  fixture = fixture_new (4);
  server = http_server_new (FALSE);
  http_server_set_reply (server, "200 OK", "", GOOD_BODY);
}

static void
tear_down (void)
{
  g_clear_pointer (&fixture, fixture_free);
  g_clear_pointer (&server, http_server_free);
}

/* Announces once and gives the row back. */
static BtTrackerRow
announce_to (const char *url)
{
  BtTrackerRow row;

  fixture_set_tiers (fixture, url);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, fixture_is_settled (fixture));
  bt_trackers_get_row (fixture->trackers, 0, &row);
  return row;
}

static BtTrackerRow
announce (void)
{
  g_autofree char *url = http_server_dup_url (server, "/announce?passkey=s%2Fecret");

  return announce_to (url);
}

static void
test_success (void)
{
  BtTrackerRow row;

  set_up ();
  row = announce ();
  g_assert_cmpint (row.state, ==, BT_TRACKER_WORKING);
  g_assert_cmpstr (row.message, ==, "");
  g_assert_cmpint (row.n_seeds, ==, 2);
  g_assert_cmpint (row.n_leechers, ==, 3);
  g_assert_cmpuint (row.n_peers, ==, 1);
  g_assert_cmpuint (row.n_failures, ==, 0);
  g_assert_cmpint (row.next_at_us - row.last_at_us, ==, 1800 * BT_SECOND_US);
  g_assert_true (fixture_has_peer (fixture, "1.2.3.4:6881"));
  g_assert_cmpuint (fixture->n_changed, >, 0);
  g_assert_cmpstr (server->targets->pdata[0], ==,
                   "/announce?passkey=s%2Fecret&info_hash=" ENCODED
                   "&peer_id=-FS0100-abcdefghijk%01&port=6881&uploaded=0&downloaded=0&left=1000"
                   "&compact=1&no_peer_id=1&numwant=50&key=1234ABCD&event=started");
  tear_down ();
}

typedef struct
{
  const char     *title;
  const char     *status;
  const char     *head;
  const char     *body;
  const char     *message;   /* contained in the row's */
  gint64          wait_s;    /* until the next try, at least; 0: never */
  gint64          wait_max_s;
} FailureCase;

static const FailureCase failure_cases[] = {
  { "refused", "200 OK", "", "d14:failure reason12:unregisterede", "unregistered", 60, 66 },
  { "retry in", "200 OK", "", "d14:failure reason4:busy8:retry ini5ee", "busy", 300, 300 },
  { "retry in a month", "200 OK", "", "d14:failure reason4:busy8:retry ini50000ee", "busy", 86400,
    86400 },
  { "never", "200 OK", "", "d14:failure reason13:not a tracker8:retry in5:nevere", "not a tracker",
    0, 0 },
  { "rubbish", "200 OK", "", "<html>Welcome!</html>", "Not a tracker's answer", 60, 66 },
  { "empty", "200 OK", "", "", "Not a tracker's answer", 60, 66 },
  { "no answer in it", "200 OK", "", "de", "neither peers nor", 60, 66 },
  { "404", "404 Not Found", "", "<html>", "HTTP status 404", 60, 66 },
  { "503", "503 Busy", "Retry-After: 240\r\n", "", "HTTP status 503", 240, 240 },
  { "503, never mind when", "503 Busy", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "", "503",
    60, 66 },
  { "403 with words", "403 Forbidden", "", "d14:failure reason6:bannede", "banned", 60, 66 },
  { "404 with a good answer", "404 Not Found", "", GOOD_BODY, "HTTP status 404", 60, 66 },
  { "too large, declared", "200 OK", "Content-Length: 104857600\r\n", "x", "too large", 60, 66 },
  { "cut short", "200 OK", "Content-Length: 5000\r\n", "d8:intervali18", "", 60, 66 },
  { "not HTTP", "rubbish", "", "", "", 60, 66 },
  { "to a file", "302 Found", "Location: file:///etc/passwd\r\n", "", "not a tracker", 60, 66 },
  { "to FTP", "301 Moved", "Location: ftp://127.0.0.1/announce\r\n", "", "not a tracker", 60, 66 },
  { "to data", "307 T", "Location: data:text/plain,d8:intervali7ee\r\n", "", "not a tracker", 60,
    66 },
  { "to nowhere", "302 Found", "", "", "not a tracker", 60, 66 },
  { "to nobody", "302 Found", "Location: http://\r\n", "", "not a tracker", 60, 66 },
};

static void
test_failure (gconstpointer data)
{
  const FailureCase *c = data;
  BtTrackerRow row;

  set_up ();
  http_server_set_reply (server, c->status, c->head, c->body);
  row = announce ();
  g_test_message ("%s", row.message);
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_nonnull (strstr (row.message, c->message));
  g_assert_cmpstr (row.message, !=, "");
  g_assert_cmpuint (row.n_failures, ==, 1);
  g_assert_cmpuint (fixture->peers->len, ==, 0);
  if (c->wait_s == 0)
    g_assert_cmpint (row.next_at_us, ==, 0);
  else
    {
      g_assert_cmpint (row.next_at_us - row.last_at_us, >=, c->wait_s * BT_SECOND_US);
      g_assert_cmpint (row.next_at_us - row.last_at_us, <=, c->wait_max_s * BT_SECOND_US);
    }
  tear_down ();
}

static void
test_warning (void)
{
  BtTrackerRow row;

  set_up ();
  http_server_set_reply (server, "200 OK", "", "d8:intervali9e5:peers0:15:warning message5:hurrye");
  row = announce ();
  g_assert_cmpint (row.state, ==, BT_TRACKER_WORKING);
  g_assert_cmpstr (row.message, ==, "hurry");
  g_assert_cmpint (row.next_at_us - row.last_at_us, ==, 60 * BT_SECOND_US);
  tear_down ();
}

static void
test_external (void)
{
  char buffer[BT_ADDRESS_STRING_BYTES];

  set_up ();
  http_server_set_reply (server, "200 OK", "", "d11:external ip4:\x05\x06\x07\x08"
                         "8:intervali9ee");
  announce ();
  g_assert_cmpstr (bt_address_ip_to_string (&fixture->seen_at, buffer), ==, "5.6.7.8");
  tear_down ();
}

/* Nothing but the made-up clock ends the wait. */
static void
test_silence (void)
{
  g_autofree char *url = NULL;
  BtTrackerRow row;

  set_up ();
  g_clear_pointer (&server->reply, g_bytes_unref);
  url = http_server_dup_url (server, "/announce");
  fixture_set_tiers (fixture, url);
  bt_trackers_start (fixture->trackers);
  WAIT_FOR (fixture, server->targets->len == 1);
  bt_clock_advance (fixture->clock, 29 * BT_SECOND_US);
  fixture_drain (fixture);
  g_assert_cmpint (fixture_get_row (fixture, url).state, ==, BT_TRACKER_ANNOUNCING);
  bt_clock_advance (fixture->clock, BT_SECOND_US);
  fixture_drain (fixture);
  row = fixture_get_row (fixture, url);
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_cmpstr (row.message, ==, "The tracker does not answer");
  tear_down ();
}

/* It says so often that an answer is to come, and then one does. */
static void
test_promises (void)
{
  for (guint n = BT_SOCKET_HTTP_MAX_INTERIM; n <= BT_SOCKET_HTTP_MAX_INTERIM + 1; n++)
    {
      g_autoptr (GString) status = g_string_new (NULL);
      BtTrackerRow row;

      for (guint i = 0; i < n; i++)
        g_string_append (status, "100 Continue\r\n\r\nHTTP/1.1 ");
      g_string_append (status, "200 OK");
      set_up ();
      http_server_set_reply (server, status->str, "", GOOD_BODY);
      row = announce ();
      g_assert_cmpint (row.state, ==,
                       n <= BT_SOCKET_HTTP_MAX_INTERIM ? BT_TRACKER_WORKING : BT_TRACKER_FAILED);
      g_assert_cmpstr (row.message, ==,
                       n <= BT_SOCKET_HTTP_MAX_INTERIM ? "" : "The tracker does not answer");
      tear_down ();
    }
}

static void
test_no_server (void)
{
  g_autofree char *url = NULL;

  set_up ();
  url = http_server_dup_url (server, "/announce");
  g_clear_pointer (&server, http_server_free);
  g_assert_cmpint (announce_to (url).state, ==, BT_TRACKER_FAILED);
  g_clear_pointer (&fixture, fixture_free);
}

static void
test_closed (void)
{
  set_up ();
  server->is_empty = TRUE;
  g_assert_cmpint (announce ().state, ==, BT_TRACKER_FAILED);
  tear_down ();
}

static void
test_redirect_loop (void)
{
  BtTrackerRow row;

  set_up ();
  http_server_set_reply (server, "302 Found", "Location: /announce?again\r\n", "");
  row = announce ();
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_cmpstr (row.message, ==, "The tracker redirects too often");
  g_assert_cmpuint (server->targets->len, ==, 1 + BT_TRACKER_MAX_REDIRECTS);
  tear_down ();
}

static void
test_redirect (void)
{
  set_up ();
  for (guint i = 0; i < BT_TRACKER_MAX_REDIRECTS; i++)
    http_server_push_reply (server, i % 2 == 0 ? "302 Found" : "308 Permanent",
                            "Location: /other?x=%2F&y\r\n", "ignored");
  g_assert_cmpint (announce ().state, ==, BT_TRACKER_WORKING);
  g_assert_cmpstr (server->targets->pdata[BT_TRACKER_MAX_REDIRECTS], ==, "/other?x=%2F&y");
  tear_down ();
}

/* The answer says nothing about its length: it is cut off after a megabyte and little more. */
static void
test_endless (gconstpointer data)
{
  gboolean is_chunked = GPOINTER_TO_INT (data);
  g_autofree char *block = g_strnfill (0x10000, 'x');
  g_autofree char *chunk = g_strdup_printf ("10000\r\n%s\r\n", block);
  BtTrackerRow row;

  set_up ();
  http_server_set_reply (server, "200 OK", is_chunked ? "Transfer-Encoding: chunked\r\n" : "", "");
  server->repeated = g_bytes_new (is_chunked ? chunk : block, strlen (is_chunked ? chunk : block));
  server->n_repeats = is_chunked ? G_MAXUINT64 : 1600;
  row = announce ();
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_cmpstr (row.message, ==, "The tracker's answer is too large");
  WAIT_FOR (fixture, server->n_refused == 1);
  g_assert_cmpuint (server->n_sent, <, 40 * 1024 * 1024);
  tear_down ();
}

/* A good answer of exactly the limit is taken, one byte more is not. Its length is only known at its end. */
static void
test_limit (void)
{
  for (guint n_more = 0; n_more < 2; n_more++)
    {
      static const char head[] = "d8:intervali1800e5:peers0:1:z1048537:";
      gsize n_bytes = BT_TRACKER_MAX_ANSWER_BYTES + n_more;
      g_autofree char *body = g_strnfill (n_bytes, 'x');
      BtTrackerRow row;

      memcpy (body, head, sizeof head - 1);
      /* The string ends where the dictionary does; what is behind is ignored. */
      g_assert_cmpuint (sizeof head - 1 + 1048537 + 1, <=, BT_TRACKER_MAX_ANSWER_BYTES);
      body[sizeof head - 1 + 1048537] = 'e';
      set_up ();
      http_server_set_reply (server, "200 OK", "", body);
      row = announce ();
      g_assert_cmpint (row.state, ==, n_more == 0 ? BT_TRACKER_WORKING : BT_TRACKER_FAILED);
      if (n_more > 0)
        g_assert_cmpint (row.error, ==, BT_TRACKER_ERROR_TOO_LARGE);
      tear_down ();
    }
}

/* 64 MiB of zeros in 64 KiB. */
static GBytes *
make_bomb (void)
{
  g_autoptr (GConverter) zip = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP,
                                                                   9));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) out = g_converter_output_stream_new (memory, zip);
  g_autofree char *zeros = g_malloc0 (1024 * 1024);

  for (guint i = 0; i < 64; i++)
    g_assert_true (g_output_stream_write_all (out, zeros, 1024 * 1024, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (out, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
test_bomb (void)
{
  BtTrackerRow row;

  set_up ();
  http_server_set_reply (server, "200 OK", "Content-Encoding: gzip\r\n", "");
  server->repeated = make_bomb ();
  server->n_repeats = 1;
  g_assert_cmpuint (g_bytes_get_size (server->repeated), <, 200000);
  row = announce ();
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_cmpstr (row.message, ==, "The tracker's answer is too large");
  tear_down ();
}

/* An honest packed answer works. */
static void
test_gzip (void)
{
  g_autoptr (GConverter) zip = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP,
                                                                   9));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) out = g_converter_output_stream_new (memory, zip);

  set_up ();
  g_output_stream_write_all (out, GOOD_BODY, sizeof GOOD_BODY - 1, NULL, NULL, NULL);
  g_output_stream_close (out, NULL, NULL);
  http_server_set_reply (server, "200 OK", "Content-Encoding: gzip\r\n", "");
  server->repeated = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
  server->n_repeats = 1;
  g_assert_cmpint (announce ().state, ==, BT_TRACKER_WORKING);
  g_assert_true (fixture_has_peer (fixture, "1.2.3.4:6881"));
  tear_down ();
}

/* Going while libsoup is at work, at every stage of it. */
static void
test_free_early (void)
{
  for (guint n_turns = 0; n_turns < 40; n_turns++)
    {
      g_autofree char *url = NULL;

      set_up ();
      url = http_server_dup_url (server, "/announce");
      fixture_set_tiers (fixture, url);
      bt_trackers_start (fixture->trackers);
      for (guint i = 0; i < n_turns; i++)
        g_main_context_iteration (fixture->context, FALSE);
      tear_down ();
    }
}

/* Announces to `listener` that answers before it is asked: libsoup then has the answer in the very turn in which it
 * sends. Goes away some turns after that. */
static void
leave_answered (GSocket    *listener,
                const char *url,
                guint       n_turns)
{
  static const char ANSWER[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" GOOD_BODY;
  g_autoptr (GSocket) connection = NULL;

  fixture_set_tiers (fixture, url);
  bt_trackers_start (fixture->trackers);
  while (connection == NULL)
    {
      fixture_turn (fixture);
      connection = g_socket_accept (listener, NULL, NULL);
    }
  g_assert_cmpint (g_socket_send (connection, ANSWER, sizeof ANSWER - 1, NULL, NULL), ==,
                   sizeof ANSWER - 1);
  for (guint i = 0; i < n_turns; i++)
    g_main_context_iteration (fixture->context, FALSE);
  g_clear_pointer (&fixture->trackers, bt_trackers_free);
}

/* libsoup 3.6.5 did not survive to be cancelled between an answer's head and its own telling of it. Neither do those
 * that come after nor the hub's end find anything gone. */
static void
test_leave_answered (gconstpointer data)
{
  gboolean is_hub_to_stay = GPOINTER_TO_INT (data);
  g_autoptr (GInetAddress) ip = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (ip, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                               G_SOCKET_PROTOCOL_TCP, NULL);
  g_autofree char *url = NULL;

  g_socket_set_blocking (listener, FALSE);
  g_assert_true (g_socket_bind (listener, any, FALSE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  address = g_socket_get_local_address (listener, NULL);
  url = g_strdup_printf ("http://127.0.0.1:%u/announce",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  set_up ();
  for (guint n_turns = 0; n_turns < 20; n_turns++)
    {
      leave_answered (listener, url, n_turns);
      if (is_hub_to_stay)
        fixture_drain (fixture);
      else
        {
          tear_down ();
          set_up ();
        }
    }
  g_assert_cmpint (announce ().state, ==, BT_TRACKER_WORKING);
  tear_down ();
}

/* A name goes out over both families; a family without a server does no harm. */
static void
test_families (void)
{
  g_autofree char *url = NULL;

  if (!fixture_has_ipv6 ())
    {
      g_test_skip ("no IPv6");
      return;
    }
  fixture = fixture_new (46);
  server = http_server_new (TRUE);
  http_server_set_reply (server, "200 OK", "", GOOD_BODY);
  url = g_strdup_printf ("http://localhost:%u/announce", server->port);
  g_assert_cmpint (announce_to (url).state, ==, BT_TRACKER_WORKING);
  g_assert_cmpuint (server->targets->len, ==, 1);
  tear_down ();
}

static void
count_families_cb (SoupServer        *soup,
                   SoupServerMessage *message,
                   const char        *path,
                   GHashTable        *query,
                   gpointer           user_data)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  guint *n_asked = user_data;

  n_asked[g_socket_address_get_family (remote) == G_SOCKET_FAMILY_IPV4 ? 0 : 1]++;
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC,
                            GOOD_BODY, sizeof GOOD_BODY - 1);
}

static SoupServer *
make_soup_server (guint *n_asked,
                  char **out_url)
{
  SoupServer *soup = soup_server_new (NULL, NULL);
  GSList *uris;

  soup_server_add_handler (soup, NULL, count_families_cb, n_asked, NULL);
  g_assert_true (soup_server_listen_all (soup, 0, 0, NULL));
  uris = soup_server_get_uris (soup);
  *out_url = g_strdup_printf ("http://localhost:%d/announce", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return soup;
}

static void
test_both_families (void)
{
  g_autoptr (SoupServer) soup = NULL;
  g_autofree char *url = NULL;
  guint n_asked[2] = { 0, 0 };

  if (!fixture_has_ipv6 ())
    {
      g_test_skip ("no IPv6");
      return;
    }
  fixture = fixture_new (46);
  soup = make_soup_server (n_asked, &url);
  g_assert_cmpint (announce_to (url).state, ==, BT_TRACKER_WORKING);
  WAIT_FOR (fixture, fixture->peers->len == 2);
  g_assert_cmpuint (n_asked[0], ==, 1);
  g_assert_cmpuint (n_asked[1], ==, 1);
  g_assert_cmpuint (fixture_get_row (fixture, url).n_peers, ==, 2);
  soup_server_disconnect (soup);
  g_clear_object (&soup);
  g_clear_pointer (&fixture, fixture_free);
}

/* A server that shows its certificate and waits for a byte of a request. Not libsoup's: that of 3.6 forgets
 * that a handshake may still go on when it is stopped.
 */
typedef struct
{
  GTlsCertificate *certificate; /* borrowed */
  guint            n_open;      /* connections that have not ended */
  guint            n_ended;
  gssize           n_bytes_asked;
} TlsServer;

static void
tls_end (TlsServer *tls,
         GIOStream *connection)
{
  tls->n_open--;
  tls->n_ended++;
  g_object_unref (connection);
}

static void
tls_read_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  GIOStream *connection = g_object_get_data (source, "connection");
  TlsServer *tls = user_data;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);

  tls->n_bytes_asked += bytes != NULL ? g_bytes_get_size (bytes) : 0;
  tls_end (tls, connection);
}

/* To the server a handshake may look well that the client does not go on from. */
static void
tls_handshake_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  GIOStream *connection = G_IO_STREAM (source);
  GInputStream *input = g_io_stream_get_input_stream (connection);

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, NULL))
    {
      tls_end (user_data, connection);
      return;
    }
  g_object_set_data (G_OBJECT (input), "connection", connection);
  g_input_stream_read_bytes_async (input, 1, G_PRIORITY_DEFAULT, NULL, tls_read_cb, user_data);
}

static void
tls_incoming_cb (GSocketService    *service,
                 GSocketConnection *connection,
                 GObject           *source,
                 gpointer           user_data)
{
  TlsServer *tls = user_data;
  GIOStream *secure =
      g_tls_server_connection_new (G_IO_STREAM (connection), tls->certificate, NULL);

  g_assert_nonnull (secure);
  tls->n_open++;
  g_tls_connection_handshake_async (G_TLS_CONNECTION (secure), G_PRIORITY_DEFAULT, NULL,
                                    tls_handshake_cb, tls);
}

static void
test_certificate (void)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GSocketService) service = NULL;
  g_autofree char *url = NULL;
  TlsServer tls = { NULL };
  guint16 port;
  BtTrackerRow row;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("no TLS");
      return;
    }
  fixture = fixture_new (4);
  tls.certificate = certificate = certificate_new ();
  service = g_socket_service_new ();
  g_signal_connect (service, "incoming", G_CALLBACK (tls_incoming_cb), &tls);
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_assert_cmpuint (port, !=, 0);
  url = g_strdup_printf ("https://localhost:%u/announce", port);
  row = announce_to (url);
  g_test_message ("%s", row.message);
  g_assert_cmpint (row.state, ==, BT_TRACKER_FAILED);
  g_assert_true (g_str_has_prefix (row.message, "The tracker's certificate is not trusted"));
  g_assert_cmpint (row.error, ==, BT_TRACKER_ERROR_CERTIFICATE);
  WAIT_FOR (fixture, tls.n_ended > 0 && tls.n_open == 0);
  g_assert_cmpint (tls.n_bytes_asked, ==, 0);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_clear_pointer (&fixture, fixture_free);
}

/* However many torrents share a tracker, it gets few connections at a time, and all are served. */
static void
test_many (void)
{
  enum { N_TORRENTS = 60 };
  BtTrackers *others[N_TORRENTS];
  g_autofree char *url = NULL;
  const char *tier[2] = { NULL, NULL };
  const char *const *tiers[2] = { tier, NULL };

  set_up ();
  g_clear_pointer (&server->reply, g_bytes_unref);
  url = http_server_dup_url (server, "/announce");
  tier[0] = url;
  for (guint i = 0; i < N_TORRENTS; i++)
    {
      others[i] = bt_trackers_new (fixture->hub, fixture_get_ops (), fixture, tiers);
      bt_trackers_start (others[i]);
    }
  WAIT_FOR (fixture, server->targets->len == 8);
  fixture_drain (fixture);
  g_assert_cmpuint (server->targets->len, ==, 8);
  http_server_set_reply (server, "200 OK", "", GOOD_BODY);
  bt_clock_advance (fixture->clock, 30 * BT_SECOND_US);
  WAIT_FOR (fixture, fixture->peers->len == N_TORRENTS - 8);
  for (guint i = 0; i < N_TORRENTS; i++)
    bt_trackers_free (others[i]);
  tear_down ();
}

/* A host that let them wait in vain is asked by one at a time, until it answers again. */
static void
test_silent_host (void)
{
  enum { N_TORRENTS = 30 };
  BtTrackers *others[N_TORRENTS];
  g_autofree char *url = NULL;
  const char *tier[2] = { NULL, NULL };
  const char *const *tiers[2] = { tier, NULL };

  set_up ();
  g_clear_pointer (&server->reply, g_bytes_unref);
  url = http_server_dup_url (server, "/announce");
  tier[0] = url;
  for (guint i = 0; i < N_TORRENTS; i++)
    {
      others[i] = bt_trackers_new (fixture->hub, fixture_get_ops (), fixture, tiers);
      bt_trackers_start (others[i]);
    }
  WAIT_FOR (fixture, server->targets->len == 8);
  bt_clock_advance (fixture->clock, 30 * BT_SECOND_US);
  WAIT_FOR (fixture, server->targets->len == 9);
  fixture_drain (fixture);
  g_assert_cmpuint (server->targets->len, ==, 9);
  http_server_set_reply (server, "200 OK", "", GOOD_BODY);
  bt_clock_advance (fixture->clock, 30 * BT_SECOND_US);
  WAIT_FOR (fixture, fixture->peers->len == N_TORRENTS - 9);
  for (guint i = 0; i < N_TORRENTS; i++)
    bt_trackers_free (others[i]);
  tear_down ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trackers/http/success", test_success);
  for (guint i = 0; i < G_N_ELEMENTS (failure_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/trackers/http/failure/%s", failure_cases[i].title);

      g_test_add_data_func (path, &failure_cases[i], test_failure);
    }
  g_test_add_func ("/trackers/http/warning", test_warning);
  g_test_add_func ("/trackers/http/external", test_external);
  g_test_add_func ("/trackers/http/silence", test_silence);
  g_test_add_func ("/trackers/http/promises", test_promises);
  g_test_add_func ("/trackers/http/no-server", test_no_server);
  g_test_add_func ("/trackers/http/closed", test_closed);
  g_test_add_func ("/trackers/http/redirect-loop", test_redirect_loop);
  g_test_add_func ("/trackers/http/redirect", test_redirect);
  g_test_add_data_func ("/trackers/http/endless", GINT_TO_POINTER (FALSE), test_endless);
  g_test_add_data_func ("/trackers/http/endless-chunked", GINT_TO_POINTER (TRUE), test_endless);
  g_test_add_func ("/trackers/http/limit", test_limit);
  g_test_add_func ("/trackers/http/bomb", test_bomb);
  g_test_add_func ("/trackers/http/gzip", test_gzip);
  g_test_add_func ("/trackers/http/free-early", test_free_early);
  g_test_add_data_func ("/trackers/http/leave-answered", GINT_TO_POINTER (TRUE),
                        test_leave_answered);
  g_test_add_data_func ("/trackers/http/leave-answered-all", GINT_TO_POINTER (FALSE),
                        test_leave_answered);
  g_test_add_func ("/trackers/http/families", test_families);
  g_test_add_func ("/trackers/http/both-families", test_both_families);
  g_test_add_func ("/trackers/http/certificate", test_certificate);
  g_test_add_func ("/trackers/http/many", test_many);
  g_test_add_func ("/trackers/http/silent-host", test_silent_host);
  return g_test_run ();
}
