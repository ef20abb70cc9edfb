/* bt-tcp.c - a stream over a TCP socket, and how one is connected
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tcp.h"

#include "bt-stream-private.h"

#include "base/bt-socket-close.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  BtStream     base;
  BtPollWatch  watch;
  int          fd;      /* owned */
  BtPoller    *poller;  /* borrowed */
} TcpStream;

/* A hang-up is reported whether one asks or not, for ever. One-shot makes that once while nothing else is
 * wanted.
 */
static guint32
get_poll_events (TcpStream *tcp)
{
  guint32 events = 0;

  if (!tcp->base.is_connected && tcp->base.error == NULL)
    return EPOLLOUT;
  if (tcp->base.active & BT_STREAM_READABLE)
    events |= EPOLLIN;
  if (tcp->base.active & BT_STREAM_WRITABLE)
    events |= EPOLLOUT;
  return events != 0 ? events : EPOLLONESHOT;
}

static void
tcp_set_active (BtStream *stream)
{
  TcpStream *tcp = (TcpStream *) stream;

  bt_poller_modify (tcp->poller, &tcp->watch, get_poll_events (tcp));
}

static gsize
sum_iov (const struct iovec *iov,
         int                 n_iov)
{
  gsize n_bytes = 0;

  for (int i = 0; i < n_iov; i++)
    n_bytes += iov[i].iov_len;
  return n_bytes;
}

static gssize
tcp_readv (BtStream            *stream,
           const struct iovec  *iov,
           int                  n_iov,
           GError             **error)
{
  TcpStream *tcp = (TcpStream *) stream;
  struct msghdr message = { .msg_iov = (struct iovec *) iov, .msg_iovlen = (gsize) n_iov };
  gssize n_bytes;

  do
    n_bytes = recvmsg (tcp->fd, &message, MSG_DONTWAIT);
  while (G_UNLIKELY (n_bytes < 0 && errno == EINTR));

  if (G_LIKELY (n_bytes > 0))
    return n_bytes;
  if (n_bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return 0;
  if (n_bytes < 0)
    {
      bt_stream_set_errno (error, errno);
      return -1;
    }
  if (sum_iov (iov, n_iov) == 0)
    return 0;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "Closed by the other side");
  return -1;
}

static gssize
tcp_writev (BtStream            *stream,
            const struct iovec  *iov,
            int                  n_iov,
            GError             **error)
{
  TcpStream *tcp = (TcpStream *) stream;
  struct msghdr message = { .msg_iov = (struct iovec *) iov, .msg_iovlen = (gsize) n_iov };
  gssize n_bytes;

  do
    n_bytes = sendmsg (tcp->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (G_UNLIKELY (n_bytes < 0 && errno == EINTR));

  if (G_LIKELY (n_bytes >= 0))
    return n_bytes;
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    return 0;

  bt_stream_set_errno (error, errno);
  return -1;
}

/* All 0 when it cannot be told. */
static struct tcp_info
get_info (BtStream *stream)
{
  TcpStream *tcp = (TcpStream *) stream;
  struct tcp_info info = { 0 };
  socklen_t length = sizeof info;

  if (getsockopt (tcp->fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
    memset (&info, 0, sizeof info);
  return info;
}

static guint32
tcp_get_rtt_us (BtStream *stream)
{
  return get_info (stream).tcpi_rtt;
}

/* The kernel counts both from the last acknowledgement; probes are of a window that the other side has closed. */
static guint
tcp_get_n_unanswered (BtStream *stream)
{
  struct tcp_info info = get_info (stream);

  return MAX (info.tcpi_retransmits, info.tcpi_probes);
}

static void
tcp_free (BtStream *stream)
{
  TcpStream *tcp = (TcpStream *) stream;

  bt_poller_remove (tcp->poller, &tcp->watch);
  bt_socket_close (tcp->fd, NULL);
  g_free (tcp);
}

static const BtStreamClass tcp_class = {
  .readv = tcp_readv,
  .writev = tcp_writev,
  .set_active = tcp_set_active,
  .get_rtt_us = tcp_get_rtt_us,
  .get_n_unanswered = tcp_get_n_unanswered,
  .free = tcp_free,
};

static void
read_local_address (TcpStream *tcp)
{
  struct sockaddr_storage sa;
  socklen_t length = sizeof sa;

  if (getsockname (tcp->fd, (struct sockaddr *) &sa, &length) == 0)
    bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &tcp->base.local);
}

/* The error the socket holds, which is then forgotten; 0: none. */
static int
take_socket_error (TcpStream *tcp)
{
  int code = 0;
  socklen_t length = sizeof code;

  if (getsockopt (tcp->fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0)
    return errno;
  return code;
}

/* A port of our own machine that nobody listens at can be the very one the kernel gave us: TCP then connects
 * the socket to itself.
 */
static void
finish_connecting (TcpStream *tcp,
                   guint32    events)
{
  int code = take_socket_error (tcp);

  if (code == 0 && !(events & EPOLLOUT))
    code = ECONNABORTED;
  if (code == 0)
    {
      read_local_address (tcp);
      if (bt_address_equal (&tcp->base.local, &tcp->base.remote))
        code = ECONNREFUSED;
    }
  if (code != 0)
    {
      GError *error = NULL;

      bt_stream_set_errno (&error, code);
      bt_stream_fail (&tcp->base, error);
      return;
    }

  bt_stream_connected (&tcp->base);
}

static gboolean
has_unread (TcpStream *tcp)
{
  int n_bytes = 0;

  return ioctl (tcp->fd, FIONREAD, &n_bytes) == 0 && n_bytes > 0;
}

/* The connection is lost. The owner reads what has arrived and then the reason, if it wants to read; it learns the
 * reason from writing, if that is all it wants; failing these it is told, unless there is something left to read.
 */
static void
serve_hang_up (TcpStream *tcp)
{
  BtStream *stream = &tcp->base;
  GError *error = NULL;
  int code;

  if (stream->active & BT_STREAM_READABLE)
    {
      bt_stream_emit (stream, BT_STREAM_READABLE);
      return;
    }
  if ((stream->active & BT_STREAM_WRITABLE) && !(stream->wanted & BT_STREAM_READABLE))
    {
      bt_stream_emit (stream, BT_STREAM_WRITABLE);
      return;
    }
  if (has_unread (tcp))
    {
      bt_stream_lost (stream);
      return;
    }

  code = take_socket_error (tcp);
  if (code != 0)
    bt_stream_set_errno (&error, code);
  else
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CLOSED, "Closed by the other side");
  bt_stream_fail (stream, error);
}

static void
tcp_ready_cb (guint32  events,
              gpointer user_data)
{
  TcpStream *tcp = user_data;
  BtStreamEvents stream_events = 0;

  if (G_UNLIKELY (tcp->base.error != NULL))
    return;
  if (G_UNLIKELY (!tcp->base.is_connected))
    {
      finish_connecting (tcp, events);
      return;
    }
  if (G_UNLIKELY ((events & (EPOLLERR | EPOLLHUP)) != 0))
    {
      serve_hang_up (tcp);
      return;
    }

  if (events & EPOLLIN)
    stream_events |= BT_STREAM_READABLE;
  if (events & EPOLLOUT)
    stream_events |= BT_STREAM_WRITABLE;
  bt_stream_emit (&tcp->base, stream_events);
}

/* Takes `fd`. NULL with errno when the poller cannot watch it. */
static TcpStream *
tcp_new (BtPoller        *poller,
         int              fd,
         const BtAddress *remote,
         gboolean         is_outgoing,
         gboolean         is_connected)
{
  TcpStream *tcp = g_new0 (TcpStream, 1);

  bt_stream_init (&tcp->base, &tcp_class, remote, is_outgoing);
  tcp->base.is_connected = is_connected != FALSE;
  tcp->poller = poller;
  tcp->fd = fd;
  bt_poll_watch_init (&tcp->watch, tcp_ready_cb, tcp);
  if (!bt_poller_add (poller, &tcp->watch, fd, get_poll_events (tcp)))
    {
      int code = errno;

      bt_stream_free (&tcp->base);
      errno = code;
      return NULL;
    }
  return tcp;
}

BtStream *
bt_tcp_stream_new (BtPoller        *poller,
                   BtClock         *clock,
                   int              fd,
                   const BtAddress *remote,
                   gboolean         is_outgoing)
{
  TcpStream *tcp = tcp_new (poller, fd, remote, is_outgoing, TRUE);

  if (tcp == NULL)
    return NULL;
  read_local_address (tcp);
  return &tcp->base;
}

/* Returns 0, or an errno. */
static int
bind_socket (int              fd,
             const BtAddress *bind_address,
             const BtAddress *remote)
{
  struct sockaddr_storage sa;
  socklen_t length;
  int on = 1;

  if (bind_address == NULL || bind_address->family == BT_FAMILY_NONE)
    return 0;
  if (bind_address->family != remote->family)
    return EADDRNOTAVAIL;

  /* Leaves the choice of a port to connect(): one that serves another remote may serve us too. */
  setsockopt (fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  length = bt_address_to_sockaddr (bind_address, &sa);
  return bind (fd, (struct sockaddr *) &sa, length) == 0 ? 0 : errno;
}

/* Returns 0, or an errno. Interrupted, the kernel goes on connecting. */
static int
begin_connecting (int              fd,
                  const BtAddress *remote)
{
  struct sockaddr_storage sa;
  socklen_t length = bt_address_to_sockaddr (remote, &sa);
  int on = 1;

  /* Without it small messages would wait for the other side's delayed acknowledgement. */
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect (fd, (struct sockaddr *) &sa, length) == 0 || errno == EINPROGRESS || errno == EINTR)
    return 0;
  return errno;
}

BtStream *
bt_tcp_connect (BtPoller         *poller,
                BtClock          *clock,
                const BtAddress  *remote,
                const BtAddress  *bind_address,
                GError          **error)
{
  int family = remote->family == BT_FAMILY_IPV6 ? AF_INET6 : AF_INET;
  TcpStream *tcp;
  int code;
  int fd;

  if (remote->family == BT_FAMILY_NONE || remote->port == 0)
    {
      bt_stream_set_errno (error, EADDRNOTAVAIL);
      return NULL;
    }

  fd = bt_socket_open (bt_poller_get_socket_rules (poller), family, SOCK_STREAM, IPPROTO_TCP);
  if (fd < 0)
    {
      bt_stream_set_errno (error, errno);
      return NULL;
    }

  bt_socket_set_class (fd, family, BT_SOCKET_LOWER_EFFORT);
  code = bind_socket (fd, bind_address, remote);
  if (code == 0)
    code = begin_connecting (fd, remote);
  if (code != 0)
    {
      close (fd);
      bt_stream_set_errno (error, code);
      return NULL;
    }

  tcp = tcp_new (poller, fd, remote, TRUE, FALSE);
  if (tcp == NULL)
    {
      bt_stream_set_errno (error, errno);
      return NULL;
    }
  return &tcp->base;
}
