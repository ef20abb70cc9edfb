/* test-port.c - ports that nobody else gets while a test uses them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* -1: somebody has that port. */
static int
bind_at (int      kind,
         guint32  ip,
         guint16 *port)
{
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (ip),
                            .sin_port = htons (*port) };
  socklen_t n_sa = sizeof sa;
  int fd = socket (AF_INET, kind | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  if (bind (fd, (struct sockaddr *) &sa, sizeof sa) != 0)
    {
      close (fd);
      return -1;
    }
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  *port = ntohs (sa.sin_port);
  return fd;
}

/* After it was bound alone: whoever is given any port is not given this one, who asks for it gets it. */
static void
share (int fd)
{
  const int on = 1;

  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), ==, 0);
}

int
test_hold_shared_port (guint16 *out_port)
{
  const int off = 0;
  int fd;

  *out_port = 0;
  fd = bind_at (SOCK_DGRAM, INADDR_ANY, out_port);
  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
  share (fd);
  return fd;
}

int
test_take_udp_port (guint16 *out_port,
                    int     *out_tcp)
{
  for (;;)
    {
      int udp;

      *out_port = 0;
      udp = bind_at (SOCK_DGRAM, INADDR_LOOPBACK, out_port);
      g_assert_cmpint (udp, >=, 0);
      *out_tcp = bind_at (SOCK_STREAM, INADDR_LOOPBACK, out_port);
      if (*out_tcp >= 0)
        {
          share (*out_tcp);
          return udp;
        }
      /* Other tests' connections have ports, too. */
      close (udp);
    }
}
