/* bt-socks-udp.c - datagrams through a SOCKS5 proxy (RFC 1928, UDP ASSOCIATE)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-socks-udp.h"

#include "bt-proxy-stream.h"
#include "bt-proxy-talk.h"
#include "bt-tcp.h"
#include "bt-udp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_BYTES 512  /* read at once of what nobody asked for */

typedef struct
{
  const BtSocksUdpUser *user;       /* borrowed */
  gpointer              user_data;  /* borrowed */
} User;

struct _BtSocksUdp
{
  /* owned */
  BtStream    *control;   /* NULL: the next is waited for */
  int          fd;        /* -1: not open */
  char        *message;   /* nullable */

  /* borrowed */
  BtPoller    *poller;
  BtClock     *clock;
  BtProxyHost *host;

  /* values */
  BtAddress    bind4;
  BtAddress    bind6;
  BtAddress    relay;     /* family NONE: not open */
  BtPollWatch  watch;
  BtTimer      timer;     /* of the answer, or until the next try */
  gint64       wait_us;
  User         users[BT_SOCKS_UDP_MAX_USERS];
  guint        n_users;
};

static void
tell_changed (BtSocksUdp *udp)
{
  for (guint i = udp->n_users; i > 0; i--)
    if (i <= udp->n_users && udp->users[i - 1].user->changed != NULL)
      udp->users[i - 1].user->changed (udp->users[i - 1].user_data);
}

static void
wait_for_next (BtSocksUdp *udp)
{
  udp->wait_us = CLAMP (2 * udp->wait_us, BT_SOCKS_UDP_FIRST_WAIT_US, BT_SOCKS_UDP_MAX_WAIT_US);
  bt_timer_arm_in (&udp->timer, udp->clock, udp->wait_us);
}

static void
close_all (BtSocksUdp *udp)
{
  bt_timer_disarm (&udp->timer, udp->clock);
  bt_poller_remove (udp->poller, &udp->watch);
  if (udp->fd >= 0)
    close (udp->fd);
  udp->fd = -1;
  udp->relay = (BtAddress) { 0 };
  g_clear_pointer (&udp->control, bt_stream_free);
}

/* The last thing its caller does. `message`: nullable. */
static void
go_down (BtSocksUdp *udp,
         const char *message)
{
  gboolean was_open = udp->fd >= 0;
  char *copy = g_strdup (message);

  close_all (udp);
  g_free (udp->message);
  udp->message = copy;
  wait_for_next (udp);
  if (was_open)
    tell_changed (udp);
}

/* --- Receiving --- */

static void
hand_out (BtSocksUdp   *udp,
          const guint8 *bytes,
          gsize         n_bytes)
{
  const guint8 *payload;
  gsize n_payload;
  BtAddress from;

  if (!bt_socks_parse_datagram (bytes, n_bytes, &from, &payload, &n_payload) || n_payload == 0)
    return;
  for (guint i = 0; i < udp->n_users; i++)
    if (udp->users[i].user->take (&from, payload, n_payload, udp->users[i].user_data))
      return;
}

static void
readable_cb (guint32  events,
             gpointer user_data)
{
  BtSocksUdp *udp = user_data;

  for (guint i = 0; i < BT_SOCKS_UDP_MAX_READS && udp->fd >= 0; i++)
    {
      guint8 bytes[BT_SOCKS_UDP_MAX_BYTES];
      ssize_t n_bytes = recv (udp->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC);

      if (n_bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      /* An error is of something that was sent before: it is taken back with this. */
      if (n_bytes > 0 && (gsize) n_bytes <= sizeof bytes)
        hand_out (udp, bytes, (gsize) n_bytes);
    }
}

/* --- The proxy's part --- */

/* Where the proxy told nothing that can be used, it means itself. */
static BtAddress
find_relay (BtSocksUdp *udp)
{
  static const guint8 unspecified[16];
  BtAddress bound = *bt_proxy_stream_get_bound (udp->control);
  BtAddress relay = *bt_stream_get_remote (udp->control);

  if (bound.family != BT_FAMILY_NONE && memcmp (bound.ip, unspecified, sizeof bound.ip) != 0)
    return bound;
  relay.port = bound.port;
  return relay;
}

/* Connected, so that the kernel takes nothing from anybody else. Returns 0, or an errno. */
static int
open_socket (BtSocksUdp *udp)
{
  gboolean is_ipv4 = udp->relay.family == BT_FAMILY_IPV4;
  const BtAddress *bind_to = is_ipv4 ? &udp->bind4 : &udp->bind6;
  struct sockaddr_storage sa;
  socklen_t n_sa;

  udp->fd = bt_socket_open (bt_poller_get_socket_rules (udp->poller), is_ipv4 ? AF_INET : AF_INET6,
                            SOCK_DGRAM, 0);
  if (udp->fd < 0)
    return errno;
  n_sa = bt_address_to_sockaddr (bind_to, &sa);
  if (n_sa > 0 && bind (udp->fd, (struct sockaddr *) &sa, n_sa) != 0)
    return errno;
  n_sa = bt_address_to_sockaddr (&udp->relay, &sa);
  if (connect (udp->fd, (struct sockaddr *) &sa, n_sa) != 0 ||
      !bt_poller_add (udp->poller, &udp->watch, udp->fd, EPOLLIN))
    return errno;
  return 0;
}

/* The last thing its caller does. */
static void
go_up (BtSocksUdp *udp)
{
  int code;

  bt_timer_disarm (&udp->timer, udp->clock);
  udp->relay = find_relay (udp);
  code = udp->relay.port != 0 ? open_socket (udp) : EADDRNOTAVAIL;
  if (code != 0)
    {
      close_all (udp);
      go_down (udp, g_strerror (code));
      return;
    }
  g_clear_pointer (&udp->message, g_free);
  udp->wait_us = 0;
  bt_stream_set_wanted (udp->control, BT_STREAM_READABLE);
  tell_changed (udp);
}

/* Nothing is expected but the end. */
static void
drain (BtSocksUdp *udp)
{
  guint8 bytes[CONTROL_BYTES];
  struct iovec iov = { bytes, sizeof bytes };

  if (bt_stream_readv (udp->control, &iov, 1, NULL) < 0)
    go_down (udp, bt_stream_get_error (udp->control)->message);
}

static void
control_cb (BtStream       *stream,
            BtStreamEvents  events,
            gpointer        user_data)
{
  BtSocksUdp *udp = user_data;

  if (events & BT_STREAM_FAILED)
    go_down (udp, bt_stream_get_error (stream)->message);
  else if (events & BT_STREAM_CONNECTED)
    go_up (udp);
  else
    drain (udp);
}

/* Of the way to it, of the log-in, and that it serves: that it has no UDP is no fault. */
static void
verdict_cb (const GError *error,
            gpointer      user_data)
{
  BtSocksUdp *udp = user_data;

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_NEED_AUTH) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED))
    bt_proxy_host_judge (error, udp->host);
}

static void
begin (BtSocksUdp *udp)
{
  BtAddress address, nobody = { 0 };
  const BtAddress *bind_to;
  g_autoptr (GError) error = NULL;
  BtStream *inner;

  if (!bt_proxy_host_get_address (udp->host, &address))
    {
      bt_timer_arm_in (&udp->timer, udp->clock, BT_SOCKS_UDP_FIRST_WAIT_US);
      return;
    }
  bind_to = address.family == BT_FAMILY_IPV4 ? &udp->bind4 : &udp->bind6;
  inner = bt_tcp_connect (udp->poller, udp->clock, &address,
                          bind_to->family != BT_FAMILY_NONE ? bind_to : NULL, &error);
  if (inner == NULL)
    {
      go_down (udp, error->message);
      return;
    }
  udp->control = bt_proxy_stream_new (inner, bt_proxy_host_get_proxy (udp->host),
                                      BT_SOCKS_UDP_ASSOCIATE, &nobody, verdict_cb, udp);
  bt_stream_set_func (udp->control, control_cb, udp);
  bt_timer_arm_in (&udp->timer, udp->clock, BT_SOCKS_UDP_TIMEOUT_US);
}

static void
timer_cb (gpointer user_data)
{
  BtSocksUdp *udp = user_data;

  if (udp->control == NULL)
    begin (udp);
  else
    go_down (udp, g_strerror (ETIMEDOUT));
}

/* --- Sending --- */

gboolean
bt_socks_udp_send (BtSocksUdp         *udp,
                   const char         *name,
                   const BtAddress    *to,
                   const struct iovec *iov,
                   int                 n_iov)
{
  guint8 header[BT_SOCKS_MAX_HEADER_BYTES];
  struct iovec all[1 + BT_UDP_MAX_IOV];
  struct msghdr message = { .msg_iov = all, .msg_iovlen = 1 + (gsize) n_iov };
  ssize_t n_sent;

  g_assert (n_iov <= BT_UDP_MAX_IOV);

  if (udp->fd < 0)
    return FALSE;
  all[0] = (struct iovec) { header, bt_socks_write_header (name, to, header) };
  if (all[0].iov_len == 0)
    return FALSE;
  memcpy (all + 1, iov, (gsize) n_iov * sizeof *iov);
  do
    n_sent = sendmsg (udp->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n_sent < 0 && errno == EINTR);
  return n_sent >= 0;
}

/* --- Life --- */

BtSocksUdp *
bt_socks_udp_new (BtPoller        *poller,
                  BtClock         *clock,
                  BtProxyHost     *host,
                  const BtAddress *bind4,
                  const BtAddress *bind6)
{
  BtSocksUdp *udp = g_new0 (BtSocksUdp, 1);

  udp->poller = poller;
  udp->clock = clock;
  udp->host = host;
  udp->bind4 = *bind4;
  udp->bind6 = *bind6;
  udp->fd = -1;
  bt_poll_watch_init (&udp->watch, readable_cb, udp);
  bt_timer_init (&udp->timer, timer_cb, udp);
  begin (udp);
  return udp;
}

void
bt_socks_udp_free (BtSocksUdp *udp)
{
  if (udp == NULL)
    return;

  close_all (udp);
  g_free (udp->message);
  g_free (udp);
}

void
bt_socks_udp_add (BtSocksUdp           *udp,
                  const BtSocksUdpUser *user,
                  gpointer              user_data)
{
  g_assert (udp->n_users < BT_SOCKS_UDP_MAX_USERS);

  udp->users[udp->n_users++] = (User) { user, user_data };
}

void
bt_socks_udp_remove (BtSocksUdp           *udp,
                     const BtSocksUdpUser *user,
                     gpointer              user_data)
{
  for (guint i = 0; i < udp->n_users; i++)
    if (udp->users[i].user == user && udp->users[i].user_data == user_data)
      {
        udp->n_users--;
        for (guint k = i; k < udp->n_users; k++)
          udp->users[k] = udp->users[k + 1];
        return;
      }
}

gboolean
bt_socks_udp_is_open (BtSocksUdp *udp)
{
  return udp->fd >= 0;
}

const char *
bt_socks_udp_get_message (BtSocksUdp *udp)
{
  return udp->message != NULL ? udp->message : bt_proxy_host_get_message (udp->host);
}

const BtAddress *
bt_socks_udp_get_relay (BtSocksUdp *udp)
{
  return &udp->relay;
}
