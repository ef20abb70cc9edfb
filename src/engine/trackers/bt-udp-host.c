/* bt-udp-host.c - a UDP tracker over one family: its name's address or the proxy, and its connection id
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-udp-host-private.h"

#include <glib/gi18n-lib.h>

/* A look-up under way; outlives the host it is for. */
struct _BtUdpLookUp
{
  BtUdpHost    *host;         /* borrowed; NULL: nobody waits any more */
  GCancellable *cancellable;  /* owned */
};

static guint
get_slot (BtFamily family)
{
  return family == BT_FAMILY_IPV4 ? 0 : 1;
}

gboolean
bt_udp_host_has_good_id (BtUdpHost *host)
{
  return host->has_id && bt_clock_get_us (host->udp->clock) - host->id_at_us <
                           BT_TRACKER_UDP_CONNECTION_ID_S * BT_SECOND_US;
}

static void
host_end_look_up (BtUdpHost *host)
{
  bt_timer_disarm (&host->timer, host->udp->clock);
  if (host->look_up == NULL)
    return;

  host->look_up->host = NULL;
  g_cancellable_cancel (host->look_up->cancellable);
  host->look_up = NULL;
}

void
bt_udp_host_free (gpointer data)
{
  BtUdpHost *host = data;

  host_end_look_up (host);
  bt_udp_exchange_end (&host->connect);
  bt_poller_unqueue (host->udp->poller, &host->pump);
  g_free (host->key);
  g_free (host->name);
  g_free (host);
}

void
bt_udp_host_release (BtUdpHost *host)
{
  if (host->n_asks > 0 || host->n_holds > 0)
    return;

  host_end_look_up (host);
  bt_udp_exchange_end (&host->connect);
  host->state = BT_UDP_HOST_IDLE;
  if (!bt_udp_host_has_good_id (host))
    g_hash_table_remove (host->udp->hosts, host->key);
}

/* Takes `error`. Those who come back meanwhile wait for the next attempt. */
static void
host_fail (BtUdpHost *host,
           GError    *error)
{
  guint n_waiting = g_queue_get_length (&host->waiting);

  host_end_look_up (host);
  bt_udp_exchange_end (&host->connect);
  host->state = BT_UDP_HOST_IDLE;
  host->has_id = FALSE;
  host->n_holds++;
  for (; n_waiting > 0 && !g_queue_is_empty (&host->waiting); n_waiting--)
    {
      BtTrackerUdpAsk *ask = g_queue_pop_head (&host->waiting);

      ask->is_waiting = FALSE;
      bt_tracker_udp_ask_finish (ask, NULL, error);
    }
  host->n_holds--;
  g_error_free (error);
  bt_udp_host_release (host);
}

static void
host_fail_literal (BtUdpHost      *host,
                   BtTrackerError  code,
                   const char     *message)
{
  host_fail (host, g_error_new_literal (BT_TRACKER_ERROR, (int) code, message));
}

BtUdpSocket *
bt_udp_host_get_socket (BtUdpHost  *host,
                        GError    **error)
{
  BtTrackerUdp *udp = host->udp;
  guint slot = get_slot (host->family);

  if (udp->sockets[slot] == NULL && udp->is_proxied)
    udp->sockets[slot] = bt_udp_socket_new_relayed (udp->clock, udp->poller, udp->relay);
  if (udp->sockets[slot] == NULL)
    udp->sockets[slot] = bt_udp_socket_new (udp->clock, udp->poller, host->family,
                                            &udp->bind_to[slot], error);
  return udp->sockets[slot];
}

static void
host_connect (BtUdpHost *host)
{
  GError *error = NULL;
  BtUdpSocket *socket;

  if (host->connect.name == NULL && !bt_address_is_connectable (&host->address))
    {
      host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE,
                         _("The tracker's address is unusable"));
      return;
    }
  socket = bt_udp_host_get_socket (host, &error);
  if (socket == NULL)
    {
      host_fail (host, error);
      return;
    }
  host->state = BT_UDP_HOST_CONNECTING;
  host->connect.n_tries = 0;
  bt_udp_exchange_begin (&host->connect, socket, &host->address);
}

/* --- Its name --- */

/* The first address of the wanted family. */
static gboolean
take_address (GList     *addresses,
              BtFamily   family,
              BtAddress *out_address)
{
  for (GList *link = addresses; link != NULL; link = link->next)
    {
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new (link->data, 0);
      struct sockaddr_storage sa;
      gssize n_sa = g_socket_address_get_native_size (address);
      BtAddress found;

      if (n_sa > 0 && (gsize) n_sa <= sizeof sa &&
          g_socket_address_to_native (address, &sa, sizeof sa, NULL) &&
          bt_address_from_sockaddr ((struct sockaddr *) &sa, (socklen_t) n_sa, &found) &&
          found.family == family)
        {
          *out_address = found;
          return TRUE;
        }
    }
  return FALSE;
}

static void
look_up_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  BtUdpLookUp *look_up = user_data;
  BtUdpHost *host = look_up->host;
  g_autoptr (GError) error = NULL;
  GList *addresses = NULL;
  BtAddress address;

  addresses = g_resolver_lookup_by_name_with_flags_finish (G_RESOLVER (source), result, &error);
  if (host != NULL)
    {
      host_end_look_up (host);
      if (take_address (addresses, host->family, &address))
        {
          address.port = host->address.port;
          host->address = address;
          host_connect (host);
        }
      else
        host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE,
                           error != NULL ? error->message : _("The tracker's name has no address"));
    }
  g_resolver_free_addresses (addresses);
  g_object_unref (look_up->cancellable);
  g_free (look_up);
}

static void
look_up_timed_out_cb (gpointer user_data)
{
  host_fail_literal (user_data, BT_TRACKER_ERROR_TIMED_OUT,
                     _("Looking up the tracker's name takes too long"));
}

/* --- Through a proxy --- */

/* Whether it can be asked through the proxy now. When not, it waits for that, or has failed. */
static gboolean
host_has_relay (BtUdpHost *host)
{
  BtSocksUdp *relay = host->udp->relay;

  if (relay == NULL)
    host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE,
                       _("An HTTP proxy does not reach UDP trackers"));
  else if (bt_socks_udp_is_open (relay))
    return TRUE;
  else if (bt_socks_udp_get_message (relay) != NULL)
    host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE, bt_socks_udp_get_message (relay));
  else
    {
      host->state = BT_UDP_HOST_RESOLVING;
      bt_timer_arm_in (&host->timer, host->udp->clock, host->udp->timeout_us);
    }
  return FALSE;
}

/* The name goes to the proxy as it is: nobody else is asked. */
static void
host_connect_relayed (BtUdpHost *host)
{
  guint16 port = host->address.port;

  if (!host_has_relay (host))
    return;
  bt_timer_disarm (&host->timer, host->udp->clock);
  if (!bt_address_parse (host->name, port, &host->address))
    {
      host->address = (BtAddress) { .port = port };
      host->connect.name = host->name;
    }
  host_connect (host);
}

/* --- Its connection id --- */

static void
host_resolve (BtUdpHost *host)
{
  g_autoptr (GResolver) resolver = NULL;
  guint16 port = host->address.port;
  BtUdpLookUp *look_up;

  if (host->udp->is_proxied)
    {
      host_connect_relayed (host);
      return;
    }
  if (bt_address_parse (host->name, port, &host->address))
    {
      host_connect (host);
      return;
    }

  resolver = g_resolver_get_default ();
  look_up = g_new0 (BtUdpLookUp, 1);
  look_up->host = host;
  look_up->cancellable = g_cancellable_new ();
  host->look_up = look_up;
  host->state = BT_UDP_HOST_RESOLVING;
  bt_timer_arm_in (&host->timer, host->udp->clock, host->udp->timeout_us);
  g_resolver_lookup_by_name_with_flags_async (resolver, host->name,
                                              host->family == BT_FAMILY_IPV4
                                                ? G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY
                                                : G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY,
                                              look_up->cancellable, look_up_cb, look_up);
}

/* Sends those who wait on their way as far as possible. */
static void
host_pump_cb (gpointer user_data)
{
  BtUdpHost *host = user_data;
  guint n_waiting = g_queue_get_length (&host->waiting);

  /* The proxy was waited for. */
  if (host->state == BT_UDP_HOST_RESOLVING && host->look_up == NULL)
    host->state = BT_UDP_HOST_IDLE;
  if (host->state != BT_UDP_HOST_IDLE || n_waiting == 0)
    return;
  if (!host->udp->is_proxied && !host->udp->is_used[get_slot (host->family)])
    {
      host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE,
                         _("The tracker's kind of address is not in use"));
      return;
    }
  if (!bt_udp_host_has_good_id (host))
    {
      host_resolve (host);
      return;
    }

  host->n_holds++;
  for (; n_waiting > 0 && !g_queue_is_empty (&host->waiting); n_waiting--)
    {
      BtTrackerUdpAsk *ask = g_queue_pop_head (&host->waiting);

      ask->is_waiting = FALSE;
      bt_tracker_udp_ask_begin (ask);
    }
  host->n_holds--;
  bt_udp_host_release (host);
}

static gsize
connect_write_cb (gpointer owner,
                  guint32  transaction,
                  guint8   out_bytes[BT_TRACKER_PACKET_MAX_BYTES])
{
  return bt_tracker_packet_write_connect (out_bytes, transaction);
}

static void
connect_answered_cb (gpointer               owner,
                     const BtTrackerPacket *packet)
{
  BtUdpHost *host = owner;

  if (bt_tracker_packet_get_connection (packet, &host->connection_id))
    {
      bt_udp_exchange_end (&host->connect);
      host->state = BT_UDP_HOST_IDLE;
      host->has_id = TRUE;
      host->id_at_us = bt_clock_get_us (host->udp->clock);
      for (GList *link = host->waiting.head; link != NULL; link = link->next)
        ((BtTrackerUdpAsk *) link->data)->has_fresh_id = TRUE;
      host_pump_cb (host);
    }
  else if (packet->action == BT_TRACKER_ACTION_ERROR)
    {
      g_autofree char *text = bt_tracker_text_dup (packet->body, packet->n_body);

      host_fail_literal (host, BT_TRACKER_ERROR_REFUSED,
                         text != NULL ? text : _("The tracker refuses without a reason"));
    }
  else
    host_fail_literal (host, BT_TRACKER_ERROR_BAD_ANSWER, _("The tracker answered something else"));
}

static gboolean
connect_retry_cb (gpointer owner)
{
  return TRUE;
}

static void
connect_failed_cb (gpointer  owner,
                   GError   *error)
{
  host_fail (owner, error);
}

BtUdpHost *
bt_udp_host_new (BtTrackerUdp          *udp,
                 char                  *key,
                 const BtTrackerTarget *target,
                 BtFamily               family)
{
  BtUdpHost *host = g_new0 (BtUdpHost, 1);

  host->udp = udp;
  host->key = key;
  host->name = g_strdup (target->host);
  host->family = family;
  host->address.port = target->port;
  g_queue_init (&host->waiting);
  bt_poll_task_init (&host->pump, host_pump_cb, host);
  bt_timer_init (&host->timer, look_up_timed_out_cb, host);
  host->connect = (BtUdpExchange) { .owner = host,
                                    .write = connect_write_cb,
                                    .answered = connect_answered_cb,
                                    .retry = connect_retry_cb,
                                    .failed = connect_failed_cb };
  return host;
}
