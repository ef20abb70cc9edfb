/* test-load.c - torrents from files and from a server that behaves, or does not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "party.h"

#include "base/bt-socket-http.h"

#include "../discovery/babbler.h"
#include "../trackers/certificate.h"

#include <libsoup/soup.h>

#define PIECE_BYTES 16384

static const TestFile one_file[] = {
  { "one.bin", 3 * PIECE_BYTES },
  { NULL }
};

static TestWorld  *world;
static BtMetainfo *metainfo;
static GBytes     *torrent_file;
static char       *path;      /* of the .torrent; its name is one that a URI must escape */
static SoupServer *server;
static char       *root;      /* URL of the server, without a slash at its end */
static guint       n_silent;  /* requests that are not answered */

static void
serve_cb (SoupServer        *soup,
          SoupServerMessage *message,
          const char        *where,
          GHashTable        *query,
          gpointer           user_data)
{
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (g_str_equal (where, "/good"))
    soup_message_body_append_bytes (body, torrent_file);
  else if (g_str_equal (where, "/bad"))
    soup_message_body_append (body, SOUP_MEMORY_STATIC, "<html>", 6);
  else if (g_str_equal (where, "/huge"))
    soup_message_body_append_take (body, g_malloc0 (BT_METAINFO_MAX_BYTES + 1),
                                   BT_METAINFO_MAX_BYTES + 1);
  else if (g_str_equal (where, "/moved"))
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/good");
  else if (g_str_equal (where, "/silent"))
    {
      n_silent++;
      soup_server_message_pause (message);
    }
  else
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;

  world = test_world_new ();
  metainfo = test_world_make_torrent (world, "one.bin", one_file, PIECE_BYTES, NULL);
  torrent_file = bt_metainfo_dup_file (metainfo, NULL);
  path = g_build_filename (world->folder, "a torrent é.torrent", NULL);
  g_file_set_contents (path, g_bytes_get_data (torrent_file, NULL),
                       (gssize) g_bytes_get_size (torrent_file), &error);
  g_assert_no_error (error);

  n_silent = 0;
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, serve_cb, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  root = g_uri_to_string (uris->data);
  root[strlen (root) - 1] = '\0';
}

static void
tear_down (void)
{
  soup_server_disconnect (server);
  g_clear_object (&server);
  g_clear_pointer (&root, g_free);
  g_clear_pointer (&path, g_free);
  g_clear_pointer (&torrent_file, g_bytes_unref);
  g_clear_pointer (&metainfo, bt_metainfo_unref);
  g_clear_pointer (&world, test_world_free);
}

static BtMetainfo *
load (const char  *where,
      GError     **error)
{
  Call call = { NULL };
  BtMetainfo *loaded;

  bt_load_metainfo_async (where, NULL, call_cb, &call);
  loaded = bt_load_metainfo_finish (call_wait (&call, world), error);
  call_clear (&call);
  return loaded;
}

static void
assert_loads (const char *where)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BtMetainfo) loaded = load (where, &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bt_metainfo_get_info_bytes (loaded),
                                bt_metainfo_get_info_bytes (metainfo)));
}

static void
assert_fails (const char *where,
              GQuark      domain,
              int         code,
              const char *words)
{
  g_autoptr (GError) error = NULL;
  BtMetainfo *loaded = load (where, &error);

  g_assert_null (loaded);
  g_assert_error (error, domain, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
  g_assert_null (strchr (error->message, '\n'));
}

static void
assert_server_fails (const char *where,
                     GQuark      domain,
                     int         code,
                     const char *words)
{
  g_autofree char *url = g_strconcat (root, where, NULL);

  assert_fails (url, domain, code, words);
  /* It names what could not be loaded. */
  assert_fails (url, domain, code, url);
}

static void
test_file (void)
{
  g_autofree char *uri = NULL;
  g_autofree char *none = NULL;

  set_up ();
  uri = g_filename_to_uri (path, NULL, NULL);
  none = g_build_filename (world->folder, "none.torrent", NULL);

  assert_loads (path);
  assert_loads (uri);
  assert_fails (none, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, none);
  assert_fails (world->folder, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, world->folder);
  assert_fails ("file://elsewhere%00", G_CONVERT_ERROR, G_CONVERT_ERROR_BAD_URI, "elsewhere");
  tear_down ();
}

static void
test_url (void)
{
  g_autofree char *good = NULL;
  g_autofree char *moved = NULL;

  set_up ();
  good = g_strconcat (root, "/good", NULL);
  moved = g_strconcat ("HTTP", root + strlen ("http"), "/moved", NULL);

  assert_loads (good);
  assert_loads (moved);
  assert_server_fails ("/gone", G_IO_ERROR, G_IO_ERROR_FAILED, "404 Not Found");
  assert_server_fails ("/bad", BT_METAINFO_ERROR, BT_METAINFO_ERROR_NOT_BENCODE, "");
  assert_server_fails ("/huge", G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "too large");

  soup_server_disconnect (server);
  assert_server_fails ("/good", G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "");
  tear_down ();
}

/* Up to so many announcements of an answer are taken; of those without end, the first ones. */
static void
test_babbler (void)
{
  static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
  static const char answer[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  static const struct
  {
    guint       n_interim;
    const char *end;
    int         code;
    const char *words;
  } cases[] = {
    { BT_SOCKET_HTTP_MAX_INTERIM, answer, G_IO_ERROR_FAILED, "404" },
    { BT_SOCKET_HTTP_MAX_INTERIM + 1, answer, G_IO_ERROR_TIMED_OUT, "does not answer" },
    { 1, interim, G_IO_ERROR_TIMED_OUT, "does not answer" },
  };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) first = g_string_new (NULL);
      g_autofree char *url = NULL;
      Babbler *babbler;

      for (guint n = 0; n < cases[i].n_interim; n++)
        g_string_append (first, interim);
      g_string_append (first, cases[i].end);
      babbler = babbler_new ("127.0.0.1", first->str, interim);
      url = g_strdup_printf ("http://127.0.0.1:%u/", babbler_get_port (babbler));
      assert_fails (url, G_IO_ERROR, cases[i].code, cases[i].words);
      g_assert_cmpuint (babbler_get_n_callers (babbler), ==, 1);
      babbler_free (babbler);
    }
  tear_down ();
}

static void
handshake_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  guint *n_open = user_data;

  g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, NULL);
  g_object_unref (source);
  (*n_open)--;
}

static void
tls_incoming_cb (GSocketService    *service,
                 GSocketConnection *connection,
                 GObject           *source,
                 gpointer           user_data)
{
  guint *n_open = user_data;
  g_autoptr (GTlsCertificate) certificate = certificate_new ();
  GIOStream *secure = g_tls_server_connection_new (G_IO_STREAM (connection), certificate, NULL);

  (*n_open)++;
  g_tls_connection_handshake_async (G_TLS_CONNECTION (secure), G_PRIORITY_DEFAULT, NULL,
                                    handshake_cb, n_open);
}

static gboolean
is_zero (gpointer user_data)
{
  return *(guint *) user_data == 0;
}

static void
test_certificate (void)
{
  g_autoptr (GSocketService) service = NULL;
  g_autofree char *url = NULL;
  guint n_open = 0;
  guint16 port;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("no TLS");
      return;
    }
  set_up ();
  service = g_socket_service_new ();
  g_signal_connect (service, "incoming", G_CALLBACK (tls_incoming_cb), &n_open);
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_assert_cmpuint (port, !=, 0);
  url = g_strdup_printf ("https://localhost:%u/x.torrent", port);
  assert_fails (url, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                "The server's certificate is not trusted: nobody known vouches for it");
  g_assert_true (test_world_wait (world, is_zero, &n_open));
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  tear_down ();
}

static void
test_other_kinds (void)
{
  set_up ();
  assert_fails ("magnet:?xt=urn:btih:0123456789012345678901234567890123456789", G_IO_ERROR,
                G_IO_ERROR_NOT_SUPPORTED, "magnet link");
  assert_fails ("ftp://127.0.0.1/x.torrent", G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "ftp");
  assert_fails ("http://", G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "not a URL");
  tear_down ();
}

static gboolean
is_asked (gpointer user_data)
{
  return n_silent > 0;
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *silent = NULL;
  Call call = { NULL };

  set_up ();
  silent = g_strconcat (root, "/silent", NULL);

  /* While a server does not answer. */
  bt_load_metainfo_async (silent, cancellable, call_cb, &call);
  g_assert_true (test_world_wait (world, is_asked, NULL));
  g_cancellable_cancel (cancellable);
  g_assert_null (bt_load_metainfo_finish (call_wait (&call, world), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  call_clear (&call);

  /* Before it began. */
  g_clear_error (&error);
  bt_load_metainfo_async (path, cancellable, call_cb, &call);
  g_assert_null (bt_load_metainfo_finish (call_wait (&call, world), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  call_clear (&call);
  tear_down ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/load/file", test_file);
  g_test_add_func ("/supervisor/load/url", test_url);
  g_test_add_func ("/supervisor/load/babbler", test_babbler);
  g_test_add_func ("/supervisor/load/certificate", test_certificate);
  g_test_add_func ("/supervisor/load/other-kinds", test_other_kinds);
  g_test_add_func ("/supervisor/load/cancel", test_cancel);
  return g_test_run ();
}
