/* bt-listener.c - accepts TCP connections for IPv4 and IPv6 on one port
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tcp.h"

#include "bt-stream-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG             256
#define MAX_ACCEPTS         64  /* a turn, for each family */
#define MAX_PORT_TRIES      20
#define PAUSE_US            BT_SECOND_US

enum
{
  IPV4,
  IPV6,
  N_FAMILIES,
};

struct _BtListener
{
  /* borrowed */
  BtPoller       *poller;
  BtClock        *clock;
  BtListenerFunc  func;
  gpointer        user_data;
  gboolean       *out_is_freed;  /* nullable; of the call of accept_cb() that is running */

  /* values */
  BtPollWatch     watches[N_FAMILIES];
  int             fds[N_FAMILIES];  /* owned; -1: not listening */
  BtTimer         pause_timer;
  guint16         port;
};

static void
set_interest (BtListener *listener,
              guint32     events)
{
  for (guint i = 0; i < N_FAMILIES; i++)
    if (listener->fds[i] != -1)
      bt_poller_modify (listener->poller, &listener->watches[i], events);
}

static void
pause_over_cb (gpointer user_data)
{
  set_interest (user_data, EPOLLIN);
}

/* Errors that belong to the connection that was to be accepted, which is gone; accept(2) has the list. */
static gboolean
is_error_of_one (int code)
{
  switch (code)
    {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
      return TRUE;
    default:
      return FALSE;
    }
}

/* NULL with an errno of 0 when the socket was not worth keeping. */
static BtStream *
accept_one (BtListener *listener,
            int         listening_fd)
{
  struct sockaddr_storage sa;
  socklen_t length = sizeof sa;
  BtAddress remote;
  BtStream *stream;
  int fd = accept4 (listening_fd, (struct sockaddr *) &sa, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd < 0)
    return NULL;

  errno = 0;
  if (!bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &remote))
    {
      close (fd);
      errno = 0;
      return NULL;
    }

  stream = bt_tcp_stream_new (listener->poller, listener->clock, fd, &remote, FALSE);
  if (stream == NULL)
    errno = 0;
  return stream;
}

static void
accept_some (BtListener *listener,
             guint       family)
{
  gboolean is_freed = FALSE;

  listener->out_is_freed = &is_freed;
  for (guint i = 0; i < MAX_ACCEPTS; i++)
    {
      BtStream *stream = accept_one (listener, listener->fds[family]);

      if (stream != NULL)
        {
          listener->func (stream, listener->user_data);
          if (is_freed)
            return;
          continue;
        }
      if (errno == 0 || is_error_of_one (errno))
        continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        {
          set_interest (listener, 0);
          bt_timer_arm_in (&listener->pause_timer, listener->clock, PAUSE_US);
        }
      break;
    }
  listener->out_is_freed = NULL;
}

static void
ready4_cb (guint32  events,
           gpointer user_data)
{
  accept_some (user_data, IPV4);
}

static void
ready6_cb (guint32  events,
           gpointer user_data)
{
  accept_some (user_data, IPV6);
}

static void
close_all (BtListener *listener)
{
  for (guint i = 0; i < N_FAMILIES; i++)
    {
      if (listener->fds[i] != -1)
        close (listener->fds[i]);
      listener->fds[i] = -1;
    }
}

/* What is accepted inherits TCP_NODELAY. Returns the descriptor, or -1 with errno. */
static int
open_socket (BtListener      *listener,
             guint            family,
             const BtAddress *address,
             guint16          port)
{
  BtAddress any = { .family = family == IPV6 ? BT_FAMILY_IPV6 : BT_FAMILY_IPV4 };
  struct sockaddr_storage sa;
  socklen_t length;
  int on = 1;
  int fd;

  if (address->family != BT_FAMILY_NONE)
    any = *address;
  any.port = port;
  length = bt_address_to_sockaddr (&any, &sa);
  fd = bt_socket_open (bt_poller_get_socket_rules (listener->poller), sa.ss_family, SOCK_STREAM,
                       IPPROTO_TCP);
  if (fd < 0)
    return -1;

  bt_socket_set_class (fd, sa.ss_family, BT_SOCKET_LOWER_EFFORT);
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (family == IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind (fd, (struct sockaddr *) &sa, length) != 0 || listen (fd, BACKLOG) != 0)
    return bt_socket_give_up (fd);
  return fd;
}

static guint16
get_bound_port (int fd)
{
  struct sockaddr_storage sa;
  socklen_t length = sizeof sa;
  BtAddress address;

  if (getsockname (fd, (struct sockaddr *) &sa, &length) != 0 ||
      !bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &address))
    return 0;
  return address.port;
}

/* Both families on one port: the second takes what the first got. Returns 0 when one of them listens, EADDRINUSE
 * when the port is taken in one, or else the last errno.
 */
static int
open_all (BtListener             *listener,
          const BtListenerConfig *config)
{
  const BtAddress *addresses[N_FAMILIES] = { &config->bind4, &config->bind6 };
  gboolean used[N_FAMILIES] = { config->use_ipv4, config->use_ipv6 };
  int code = EAFNOSUPPORT;

  listener->port = config->port;
  for (guint i = 0; i < N_FAMILIES; i++)
    {
      if (!used[i])
        continue;

      listener->fds[i] = open_socket (listener, i, addresses[i], listener->port);
      if (listener->fds[i] != -1)
        {
          listener->port = get_bound_port (listener->fds[i]);
          continue;
        }
      code = errno;
      if (code == EADDRINUSE)
        {
          close_all (listener);
          return code;
        }
    }
  return listener->fds[IPV4] != -1 || listener->fds[IPV6] != -1 ? 0 : code;
}

/* Returns 0, or an errno. */
static int
watch_all (BtListener *listener)
{
  for (guint i = 0; i < N_FAMILIES; i++)
    if (listener->fds[i] != -1 &&
        !bt_poller_add (listener->poller, &listener->watches[i], listener->fds[i], EPOLLIN))
      return errno;
  return 0;
}

BtListener *
bt_listener_new (BtPoller                *poller,
                 BtClock                 *clock,
                 const BtListenerConfig  *config,
                 BtListenerFunc           func,
                 gpointer                 user_data,
                 GError                 **error)
{
  BtListener *listener = g_new0 (BtListener, 1);
  guint n_tries = config->port == 0 ? MAX_PORT_TRIES : 1;
  int code;

  listener->poller = poller;
  listener->clock = clock;
  listener->func = func;
  listener->user_data = user_data;
  listener->fds[IPV4] = listener->fds[IPV6] = -1;
  bt_poll_watch_init (&listener->watches[IPV4], ready4_cb, listener);
  bt_poll_watch_init (&listener->watches[IPV6], ready6_cb, listener);
  bt_timer_init (&listener->pause_timer, pause_over_cb, listener);

  do
    code = open_all (listener, config);
  while (code == EADDRINUSE && --n_tries > 0);

  if (code == 0)
    code = watch_all (listener);
  if (code != 0)
    {
      bt_listener_free (listener);
      bt_stream_set_errno (error, code);
      return NULL;
    }
  return listener;
}

void
bt_listener_free (BtListener *listener)
{
  if (listener == NULL)
    return;

  if (listener->out_is_freed != NULL)
    *listener->out_is_freed = TRUE;
  for (guint i = 0; i < N_FAMILIES; i++)
    bt_poller_remove (listener->poller, &listener->watches[i]);
  bt_timer_disarm (&listener->pause_timer, listener->clock);
  close_all (listener);
  g_free (listener);
}

guint16
bt_listener_get_port (BtListener *listener)
{
  return listener->port;
}

gboolean
bt_listener_has_ipv6 (BtListener *listener)
{
  return listener->fds[IPV6] != -1;
}
