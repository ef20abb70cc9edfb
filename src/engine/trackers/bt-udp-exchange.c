/* bt-udp-exchange.c - sockets of UDP trackers, and questions that are repeated until answered
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-udp-private.h"

#include "base/bt-random.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_DATAGRAM_BYTES     65536
#define MAX_PACKETS_PER_WAKEUP 64

struct _BtUdpSocket
{
  /* owned */
  int          fd;
  GHashTable  *exchanges;  /* transaction → BtUdpExchange (borrowed) */
  guint8      *datagram;   /* MAX_DATAGRAM_BYTES, of the packet being read */

  /* borrowed */
  BtClock     *clock;
  BtPoller    *poller;

  /* values */
  BtPollWatch  watch;
};

static void
deliver (BtUdpSocket     *socket,
         gsize            n_bytes,
         const BtAddress *from)
{
  BtTrackerPacket packet;
  BtUdpExchange *exchange;

  if (!bt_tracker_packet_parse (socket->datagram, n_bytes, &packet))
    return;

  exchange = g_hash_table_lookup (socket->exchanges, GUINT_TO_POINTER (packet.transaction));
  if (exchange != NULL && bt_address_equal (&exchange->to, from))
    exchange->answered (exchange->owner, &packet);
}

static void
socket_readable_cb (guint32  events,
                    gpointer user_data)
{
  BtUdpSocket *self = user_data;

  /* Nobody who is called frees the socket: that is the hub's, between turns. */
  for (guint i = 0; i < MAX_PACKETS_PER_WAKEUP; i++)
    {
      struct sockaddr_storage sa;
      socklen_t sa_len = sizeof sa;
      BtAddress from;
      gssize n_bytes;

      n_bytes = recvfrom (self->fd, self->datagram, MAX_DATAGRAM_BYTES, 0,
                          (struct sockaddr *) &sa, &sa_len);
      if (n_bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      /* Other errors speak of one datagram (an ICMP message): the next may be good. */
      if (n_bytes >= 0 && bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, &from))
        deliver (self, (gsize) n_bytes, &from);
    }
}

static int
open_socket (BtPoller        *poller,
             BtFamily         family,
             const BtAddress *bind_to)
{
  BtAddress any = { .family = (guint8) family };
  struct sockaddr_storage sa;
  socklen_t sa_len;
  int on = 1;
  int fd;

  if (bind_to->family == family)
    any = *bind_to;
  any.port = 0;
  sa_len = bt_address_to_sockaddr (&any, &sa);
  fd = bt_socket_open (bt_poller_get_socket_rules (poller), sa.ss_family, SOCK_DGRAM, 0);
  if (fd < 0)
    return -1;

  if ((family == BT_FAMILY_IPV6 &&
       setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
      bind (fd, (struct sockaddr *) &sa, sa_len) != 0)
    {
      int code = errno;

      close (fd);
      errno = code;
      return -1;
    }
  return fd;
}

BtUdpSocket *
bt_udp_socket_new (BtClock          *clock,
                   BtPoller         *poller,
                   BtFamily          family,
                   const BtAddress  *bind_to,
                   GError          **error)
{
  BtUdpSocket *self = g_new0 (BtUdpSocket, 1);

  self->clock = clock;
  self->poller = poller;
  bt_poll_watch_init (&self->watch, socket_readable_cb, self);
  self->fd = open_socket (poller, family, bind_to);
  if (self->fd < 0 || !bt_poller_add (poller, &self->watch, self->fd, EPOLLIN))
    {
      g_set_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_UNREACHABLE,
                   _("Cannot open a UDP socket: %s"), g_strerror (errno));
      bt_udp_socket_free (self);
      return NULL;
    }
  self->exchanges = g_hash_table_new (NULL, NULL);
  self->datagram = g_malloc (MAX_DATAGRAM_BYTES);
  return self;
}

void
bt_udp_socket_free (BtUdpSocket *socket)
{
  if (socket == NULL)
    return;

  g_assert (socket->exchanges == NULL || g_hash_table_size (socket->exchanges) == 0);

  bt_poller_remove (socket->poller, &socket->watch);
  if (socket->fd >= 0)
    close (socket->fd);
  g_clear_pointer (&socket->exchanges, g_hash_table_unref);
  g_free (socket->datagram);
  g_free (socket);
}

static void
fail (BtUdpExchange  *exchange,
      BtTrackerError  code,
      const char     *message)
{
  bt_udp_exchange_end (exchange);
  exchange->failed (exchange->owner,
                    g_error_new_literal (BT_TRACKER_ERROR, (int) code, message));
}

/* The last thing its caller does with `exchange`. */
static void
send_packet (BtUdpExchange *exchange)
{
  BtUdpSocket *socket = exchange->socket;
  guint8 bytes[BT_TRACKER_PACKET_MAX_BYTES];
  struct sockaddr_storage sa;
  socklen_t sa_len = bt_address_to_sockaddr (&exchange->to, &sa);
  gsize n_bytes = exchange->write (exchange->owner, exchange->transaction, bytes);
  gint64 wait_us;
  gssize n_sent;

  wait_us = (BT_TRACKER_UDP_FIRST_WAIT_S * BT_SECOND_US) << exchange->n_tries;
  exchange->n_tries++;
  bt_timer_arm_in (&exchange->timer, socket->clock, wait_us);
  n_sent = sendto (socket->fd, bytes, n_bytes, MSG_NOSIGNAL, (struct sockaddr *) &sa, sa_len);
  /* No room is like a packet lost on the way; ECONNREFUSED may be about an earlier one. */
  if (n_sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS &&
      errno != ECONNREFUSED && errno != EINTR)
    fail (exchange, BT_TRACKER_ERROR_UNREACHABLE, g_strerror (errno));
}

static void
wait_over_cb (gpointer user_data)
{
  BtUdpExchange *exchange = user_data;

  if (exchange->n_tries >= BT_TRACKER_UDP_MAX_TRIES)
    fail (exchange, BT_TRACKER_ERROR_TIMED_OUT, _("The tracker does not answer"));
  else if (exchange->retry (exchange->owner))
    send_packet (exchange);
}

static guint32
draw_transaction (BtUdpSocket *socket)
{
  guint32 transaction;

  do
    bt_random_fill_secure (&transaction, sizeof transaction);
  while (g_hash_table_contains (socket->exchanges, GUINT_TO_POINTER (transaction)));
  return transaction;
}

void
bt_udp_exchange_begin (BtUdpExchange   *exchange,
                       BtUdpSocket     *socket,
                       const BtAddress *to)
{
  g_assert (exchange->socket == NULL);

  exchange->socket = socket;
  exchange->to = *to;
  exchange->transaction = draw_transaction (socket);
  bt_timer_init (&exchange->timer, wait_over_cb, exchange);
  g_hash_table_insert (socket->exchanges, GUINT_TO_POINTER (exchange->transaction), exchange);
  send_packet (exchange);
}

void
bt_udp_exchange_end (BtUdpExchange *exchange)
{
  if (exchange->socket == NULL)
    return;

  g_hash_table_remove (exchange->socket->exchanges, GUINT_TO_POINTER (exchange->transaction));
  bt_timer_disarm (&exchange->timer, exchange->socket->clock);
  exchange->socket = NULL;
}
