/* bt-tracker-server.c - a small HTTP and UDP tracker for a private swarm
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-server.h"

#include "bt-tracker-server-private.h"

#include <string.h>

#define EXPIRE_EVERY_S   60
#define EXPIRE_INTERVALS 2
#define MIN_INTERVAL_S   10
/* How often another pair of ports is tried when UDP cannot have HTTP's. */
#define MAX_PORT_TRIES   8

static void
expire_cb (gpointer user_data)
{
  BtTrackerServer *server = user_data;
  gint64 now_us = bt_clock_get_us (server->clock);

  bt_tracker_book_expire (server->book,
                          now_us - server->interval_s * EXPIRE_INTERVALS * BT_SECOND_US);
  bt_timer_arm_in (&server->timer, server->clock, EXPIRE_EVERY_S * BT_SECOND_US);
}

/* One number for both if it can be had; with a number asked for there is nothing to try. */
static gboolean
listen_everywhere (BtTrackerServer  *server,
                   GError          **error)
{
  guint n_tries = server->bind.port == 0 ? MAX_PORT_TRIES : 1;

  for (guint i = 0; i < n_tries; i++)
    {
      if (server->http != NULL)
        soup_server_disconnect (server->http);
      g_clear_object (&server->http);
      if (!bt_tracker_server_listen_http (server, error))
        return FALSE;
      if (bt_tracker_server_listen_udp (server, server->http_port, NULL))
        return TRUE;
    }
  return bt_tracker_server_listen_udp (server, 0, error);
}

BtTrackerServer *
bt_tracker_server_new (BtClock                      *clock,
                       BtPoller                     *poller,
                       const BtTrackerServerConfig  *config,
                       GError                      **error)
{
  BtTrackerServer *server = g_new0 (BtTrackerServer, 1);

  server->clock = clock;
  server->poller = poller;
  server->bind = config->bind;
  server->interval_s = config->interval_s != 0 ? MAX (config->interval_s, MIN_INTERVAL_S)
                                               : BT_TRACKER_SERVER_DEFAULT_INTERVAL_S;
  server->book = bt_tracker_book_new (BT_TRACKER_SERVER_MAX_TORRENTS, BT_TRACKER_SERVER_MAX_PEERS);
  bt_random_fill_secure (server->secret, sizeof server->secret);
  bt_timer_init (&server->timer, expire_cb, server);
  for (guint i = 0; i < G_N_ELEMENTS (server->sockets); i++)
    server->sockets[i].fd = -1;
  if (!listen_everywhere (server, error))
    {
      bt_tracker_server_free (server);
      return NULL;
    }
  bt_timer_arm_in (&server->timer, clock, EXPIRE_EVERY_S * BT_SECOND_US);
  return server;
}

void
bt_tracker_server_free (BtTrackerServer *server)
{
  if (server == NULL)
    return;

  bt_timer_disarm (&server->timer, server->clock);
  if (server->http != NULL)
    soup_server_disconnect (server->http);
  g_clear_object (&server->http);
  bt_tracker_server_close_udp (server);
  bt_tracker_book_free (server->book);
  g_free (server);
}

guint16
bt_tracker_server_get_http_port (BtTrackerServer *server)
{
  return server->http_port;
}

guint16
bt_tracker_server_get_udp_port (BtTrackerServer *server)
{
  return server->udp_port;
}

static gboolean
is_any (const BtAddress *address)
{
  static const guint8 zeros[16];

  return memcmp (address->ip, zeros, sizeof zeros) == 0;
}

char *
bt_tracker_server_dup_url (BtTrackerServer *server,
                           const char      *host,
                           gboolean         is_udp)
{
  char buffer[BT_ADDRESS_STRING_BYTES];
  g_autofree char *own = NULL;

  if (host == NULL)
    {
      bt_address_ip_to_string (&server->bind, buffer);
      if (server->bind.family == BT_FAMILY_IPV6)
        own = g_strdup_printf ("[%s]", is_any (&server->bind) ? "::1" : buffer);
      else
        own = g_strdup (is_any (&server->bind) ? "127.0.0.1" : buffer);
      host = own;
    }
  return g_strdup_printf ("%s://%s:%u/announce", is_udp ? "udp" : "http", host,
                          is_udp ? server->udp_port : server->http_port);
}

guint
bt_tracker_server_get_n_torrents (BtTrackerServer *server)
{
  return bt_tracker_book_get_n_torrents (server->book);
}

guint
bt_tracker_server_get_n_peers (BtTrackerServer *server)
{
  return bt_tracker_book_get_n_peers (server->book);
}

guint64
bt_tracker_server_get_n_announces (BtTrackerServer *server)
{
  return server->n_announces;
}
