/* fixture.c - a hub on a made-up clock, a torrent that writes down what it hears, and servers that follow a script
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include "base/bt-cursor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GUARD_S 100

static void
get_announce_cb (gpointer    owner,
                 BtAnnounce *out_announce)
{
  *out_announce = ((Fixture *) owner)->announce;
}

static void
add_peers_cb (gpointer         owner,
              const BtAddress *peers,
              gsize            n_peers)
{
  g_assert_cmpuint (n_peers, >, 0);
  g_array_append_vals (((Fixture *) owner)->peers, peers, (guint) n_peers);
}

static void
changed_cb (gpointer owner)
{
  ((Fixture *) owner)->n_changed++;
}

static void
seen_at_cb (gpointer         owner,
            const BtAddress *address)
{
  ((Fixture *) owner)->seen_at = *address;
}

static const BtTrackersOps ops = { get_announce_cb, add_peers_cb, changed_cb, seen_at_cb };

const BtTrackersOps *
fixture_get_ops (void)
{
  return &ops;
}

Fixture *
fixture_new_config (const BtTrackerHubConfig *config)
{
  g_autoptr (GProxyResolver) direct = g_simple_proxy_resolver_new (NULL, NULL);
  BtTrackerHubConfig used = *config;
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->clock = bt_clock_new_manual (fixture->context, 1000 * BT_SECOND_US);
  fixture->poller = bt_poller_new (fixture->context, NULL);
  used.proxy_resolver = direct;
  used.user_agent = "Freshet/test";
  used.key = 0x1234abcd;
  fixture->hub = bt_tracker_hub_new (fixture->context, fixture->clock, fixture->poller, &used);
  fixture->peers = g_array_new (FALSE, FALSE, sizeof (BtAddress));
  memcpy (fixture->announce.info_hash, INFO_HASH, 20);
  memcpy (fixture->announce.peer_id, PEER_ID, 20);
  fixture->announce.port = 6881;
  fixture->announce.left_bytes = 1000;
  fixture->announce.n_wanted = 50;
  return fixture;
}

Fixture *
fixture_new (int families)
{
  BtTrackerHubConfig config = { .use_ipv4 = families != 6, .use_ipv6 = families != 4 };

  return fixture_new_config (&config);
}

void
fixture_free (Fixture *fixture)
{
  bt_trackers_free (fixture->trackers);
  bt_tracker_hub_free (fixture->hub);
  fixture_drain (fixture);
  bt_poller_free (fixture->poller);
  bt_clock_free (fixture->clock);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
  g_array_unref (fixture->peers);
  g_free (fixture);
}

void
fixture_set_tiers (Fixture    *fixture,
                   const char *tiers)
{
  g_auto (GStrv) parts = g_strsplit (tiers, "|", -1);
  guint n_tiers = g_strv_length (parts);
  g_autofree const char *const **lists = g_new0 (const char *const *, n_tiers + 1);

  bt_trackers_free (fixture->trackers);
  for (guint i = 0; i < n_tiers; i++)
    lists[i] = (const char *const *) g_strsplit (parts[i], " ", -1);
  fixture->trackers = bt_trackers_new (fixture->hub, &ops, fixture, lists);
  for (guint i = 0; i < n_tiers; i++)
    g_strfreev ((char **) lists[i]);
}

BtTrackerRow
fixture_get_row (Fixture    *fixture,
                 const char *url)
{
  BtTrackerRow row;

  for (guint i = 0; i < bt_trackers_get_n_rows (fixture->trackers); i++)
    {
      bt_trackers_get_row (fixture->trackers, i, &row);
      if (strcmp (row.url, url) == 0)
        return row;
    }
  g_error ("no row %s", url);
}

gboolean
fixture_is_settled (Fixture *fixture)
{
  BtTrackerRow row;

  bt_trackers_get_row (fixture->trackers, 0, &row);
  return row.state == BT_TRACKER_WORKING || row.state == BT_TRACKER_FAILED;
}

static gboolean
guard_cb (gpointer user_data)
{
  g_error ("nothing happened for %d s", GUARD_S);
  return G_SOURCE_REMOVE;
}

void
fixture_turn (Fixture *fixture)
{
  g_autoptr (GSource) guard = g_timeout_source_new_seconds (GUARD_S);

  g_source_set_callback (guard, guard_cb, NULL, NULL);
  g_source_attach (guard, fixture->context);
  g_main_context_iteration (fixture->context, TRUE);
  g_source_destroy (guard);
}

void
fixture_drain (Fixture *fixture)
{
  while (g_main_context_iteration (fixture->context, FALSE))
    ;
}

static void
flushed_cb (gpointer user_data)
{
  ((Fixture *) user_data)->is_flushed = TRUE;
}

void
fixture_flush (Fixture *fixture)
{
  bt_tracker_hub_flush_async (fixture->hub, 5 * BT_SECOND_US, flushed_cb, fixture);
}

gboolean
fixture_has_peer (Fixture    *fixture,
                  const char *address)
{
  char buffer[BT_ADDRESS_STRING_BYTES];

  for (guint i = 0; i < fixture->peers->len; i++)
    if (strcmp (bt_address_to_string (&g_array_index (fixture->peers, BtAddress, i), buffer),
                address) == 0)
      return TRUE;
  return FALSE;
}

static int
open_socket (gboolean is_ipv6)
{
  BtAddress address;
  struct sockaddr_storage sa;
  socklen_t sa_len;
  int fd = socket (is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  bt_address_parse (is_ipv6 ? "::1" : "127.0.0.1", 0, &address);
  sa_len = bt_address_to_sockaddr (&address, &sa);
  if (fd >= 0 && bind (fd, (struct sockaddr *) &sa, sa_len) != 0)
    {
      close (fd);
      return -1;
    }
  return fd;
}

gboolean
fixture_has_ipv6 (void)
{
  int fd = open_socket (TRUE);

  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

/* HTTP */

typedef struct
{
  HttpServer        *server;
  GSocketConnection *connection;
  GString           *head;
  GBytes            *reply;       /* nullable */
  guint64            n_left;      /* repetitions */
  char               buffer[4096];
} Visit;

static void
visit_free (Visit *visit)
{
  g_object_unref (visit->connection);
  g_string_free (visit->head, TRUE);
  g_clear_pointer (&visit->reply, g_bytes_unref);
  g_free (visit);
}

/* Closes when the answer is out: the client reads until then. */
static void
written_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Visit *visit = user_data;
  gsize n_written = 0;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, &n_written, NULL))
    visit->server->n_refused++;
  else if (visit->n_left > 0)
    {
      gsize n_bytes;
      gconstpointer bytes = g_bytes_get_data (visit->server->repeated, &n_bytes);

      visit->n_left--;
      visit->server->n_sent += n_bytes;
      g_output_stream_write_all_async (G_OUTPUT_STREAM (source), bytes, n_bytes, G_PRIORITY_DEFAULT,
                                       NULL, written_cb, visit);
      return;
    }
  visit_free (visit);
}

static void
visit_answer (Visit *visit)
{
  HttpServer *server = visit->server;
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (visit->connection));
  GBytes *reply;
  const char *target = strchr (visit->head->str, ' ') + 1;

  g_ptr_array_add (server->targets, g_strndup (target, strcspn (target, " ")));
  visit->reply = g_queue_pop_head (&server->replies);
  if (visit->reply == NULL && server->reply != NULL)
    visit->reply = g_bytes_ref (server->reply);
  reply = visit->reply;
  if (server->is_empty || reply == NULL)
    {
      if (!server->is_empty)
        g_ptr_array_add (server->connections, g_object_ref (visit->connection));
      visit_free (visit);
      return;
    }
  visit->n_left = server->repeated != NULL ? server->n_repeats : 0;
  g_output_stream_write_all_async (out, g_bytes_get_data (reply, NULL), g_bytes_get_size (reply),
                                   G_PRIORITY_DEFAULT, NULL, written_cb, visit);
}

static void
head_read_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Visit *visit = user_data;
  gssize n_read = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n_read <= 0)
    {
      visit_free (visit);
      return;
    }
  g_string_append_len (visit->head, visit->buffer, n_read);
  if (strstr (visit->head->str, "\r\n\r\n") != NULL)
    visit_answer (visit);
  else
    g_input_stream_read_async (G_INPUT_STREAM (source), visit->buffer, sizeof visit->buffer,
                               G_PRIORITY_DEFAULT, NULL, head_read_cb, visit);
}

static gboolean
incoming_cb (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source_object,
             gpointer           user_data)
{
  Visit *visit = g_new0 (Visit, 1);

  visit->server = user_data;
  visit->connection = g_object_ref (connection);
  visit->head = g_string_new (NULL);
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), visit->buffer,
                             sizeof visit->buffer, G_PRIORITY_DEFAULT, NULL, head_read_cb, visit);
  return TRUE;
}

HttpServer *
http_server_new (gboolean is_ipv6)
{
  g_autoptr (GInetAddress) ip = g_inet_address_new_loopback (is_ipv6 ? G_SOCKET_FAMILY_IPV6
                                                                     : G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (ip, 0);
  g_autoptr (GSocketAddress) effective = NULL;
  HttpServer *server = g_new0 (HttpServer, 1);

  server->is_ipv6 = is_ipv6;
  server->service = g_socket_service_new ();
  server->targets = g_ptr_array_new_with_free_func (g_free);
  server->connections = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&server->replies);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (server->service), address,
                                                G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                                &effective, NULL));
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  g_signal_connect (server->service, "incoming", G_CALLBACK (incoming_cb), server);
  return server;
}

void
http_server_free (HttpServer *server)
{
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  g_object_unref (server->service);
  g_ptr_array_unref (server->targets);
  g_ptr_array_unref (server->connections);
  g_queue_clear_full (&server->replies, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&server->reply, g_bytes_unref);
  g_clear_pointer (&server->repeated, g_bytes_unref);
  g_free (server);
}

static GBytes *
make_reply (const char *status,
            const char *head,
            const char *body)
{
  char *text = g_strdup_printf ("HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n%s", status, head, body);

  return g_bytes_new_take (text, strlen (text));
}

void
http_server_set_reply (HttpServer *server,
                       const char *status,
                       const char *head,
                       const char *body)
{
  g_clear_pointer (&server->reply, g_bytes_unref);
  server->reply = make_reply (status, head, body);
}

void
http_server_push_reply (HttpServer *server,
                        const char *status,
                        const char *head,
                        const char *body)
{
  g_queue_push_tail (&server->replies, make_reply (status, head, body));
}

char *
http_server_dup_url (HttpServer *server,
                     const char *path)
{
  return g_strdup_printf ("http://%s:%u%s", server->is_ipv6 ? "[::1]" : "127.0.0.1", server->port,
                          path);
}

const char *
http_server_get_event (HttpServer *server,
                       guint       index)
{
  const char *event = strstr (server->targets->pdata[index], "&event=");

  return event == NULL ? "-" : event + strlen ("&event=");
}

char *
http_server_dup_events (HttpServer *server)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < server->targets->len; i++)
    {
      const char *event = http_server_get_event (server, i);

      g_string_append_printf (all, "%s%.*s", i == 0 ? "" : " ", (int) strcspn (event, "&"), event);
    }
  return g_string_free (all, FALSE);
}

/* UDP */

void
udp_server_send (UdpServer    *server,
                 const guint8 *bytes,
                 gsize         n_bytes)
{
  struct sockaddr_storage sa;
  socklen_t sa_len = bt_address_to_sockaddr (&server->from, &sa);

  g_assert_cmpint (sendto (server->fd, bytes, n_bytes, 0, (struct sockaddr *) &sa, sa_len), ==,
                   (gssize) n_bytes);
}

void
udp_server_send_announce (UdpServer *server,
                          guint32    transaction)
{
  guint8 bytes[20 + 18] = { 0 };

  bt_write_u32 (bytes, 1);
  bt_write_u32 (bytes + 4, transaction);
  bt_write_u32 (bytes + 8, 1800);
  bt_write_u32 (bytes + 12, 3);
  bt_write_u32 (bytes + 16, 2);
  if (server->is_ipv6)
    {
      bytes[20] = 0x20;
      bytes[35] = 0x09;
      bt_write_u16 (bytes + 36, 7777);
    }
  else
    {
      bt_write_u32 (bytes + 20, 0x0a000009);
      bt_write_u16 (bytes + 24, 7777);
    }
  udp_server_send (server, bytes, server->is_ipv6 ? 38 : 26);
}

static void
udp_answer (UdpServer    *server,
            const guint8 *bytes,
            gsize         n_bytes)
{
  guint8 connect[16];

  if (server->is_silent || n_bytes < 16)
    return;
  if (bt_read_u32 (bytes + 8) == 0)
    {
      bt_write_u32 (connect, 0);
      bt_write_u32 (connect + 4, bt_read_u32 (bytes + 12));
      bt_write_u64 (connect + 8, server->connection_id);
      udp_server_send (server, connect, sizeof connect);
    }
  else if (server->answer != NULL)
    server->answer (server, bytes, n_bytes);
  else
    udp_server_send_announce (server, bt_read_u32 (bytes + 12));
}

static void
udp_readable_cb (guint32  events,
                 gpointer user_data)
{
  UdpServer *server = user_data;
  guint8 bytes[4096];
  struct sockaddr_storage sa;
  socklen_t sa_len = sizeof sa;
  gssize n_bytes;

  n_bytes = recvfrom (server->fd, bytes, sizeof bytes, 0, (struct sockaddr *) &sa, &sa_len);
  if (n_bytes < 0)
    return;
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, &server->from));
  g_ptr_array_add (server->packets, g_bytes_new (bytes, (gsize) n_bytes));
  if (server->n_ignored > 0)
    server->n_ignored--;
  else
    udp_answer (server, bytes, (gsize) n_bytes);
}

UdpServer *
udp_server_new (Fixture  *fixture,
                gboolean  is_ipv6)
{
  UdpServer *server = g_new0 (UdpServer, 1);
  struct sockaddr_storage sa;
  socklen_t sa_len = sizeof sa;
  BtAddress address;

  server->poller = fixture->poller;
  server->is_ipv6 = is_ipv6;
  server->connection_id = G_GUINT64_CONSTANT (0x1122334455667788);
  server->packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  server->fd = open_socket (is_ipv6);
  g_assert_cmpint (server->fd, >=, 0);
  getsockname (server->fd, (struct sockaddr *) &sa, &sa_len);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, &address));
  server->port = address.port;
  bt_poll_watch_init (&server->watch, udp_readable_cb, server);
  g_assert_true (bt_poller_add (server->poller, &server->watch, server->fd, EPOLLIN));
  return server;
}

void
udp_server_free (UdpServer *server)
{
  bt_poller_remove (server->poller, &server->watch);
  close (server->fd);
  g_ptr_array_unref (server->packets);
  g_free (server);
}

char *
udp_server_dup_url (UdpServer  *server,
                    const char *path)
{
  return g_strdup_printf ("udp://%s:%u%s", server->is_ipv6 ? "[::1]" : "127.0.0.1", server->port,
                          path);
}

char *
udp_server_dup_story (UdpServer *server)
{
  static const char *const names[] = { "connect", "announce", "scrape" };
  GString *story = g_string_new (NULL);

  for (guint i = 0; i < server->packets->len; i++)
    {
      gsize n_bytes;
      const guint8 *bytes = g_bytes_get_data (server->packets->pdata[i], &n_bytes);
      guint32 action = n_bytes < 16 ? 3 : bt_read_u32 (bytes + 8);

      g_string_append_printf (story, "%s%s", i == 0 ? "" : " ", action < 3 ? names[action] : "?");
      if (action == 1 && n_bytes >= 98)
        g_string_append_printf (story, ":%u", bt_read_u32 (bytes + 80));
    }
  return g_string_free (story, FALSE);
}
