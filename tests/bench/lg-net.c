/* lg-net.c - what the load generator's modes share: addresses, the loop, the handshake
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "lg-net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t is_stopped;

static void G_GNUC_NORETURN
fail (const char *what)
{
  fprintf (stderr, "bt-loadgen: %s: %s\n", what, g_strerror (errno));
  exit (1);
}

gboolean
lg_parse_address (const char         *text,
                  struct sockaddr_in *out_address)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  struct sockaddr_in address = { .sin_family = AF_INET };
  guint64 port = 0;

  if (parts[0] == NULL || inet_pton (AF_INET, parts[0], &address.sin_addr) != 1)
    return FALSE;
  if (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 0, 65535, &port, NULL))
    return FALSE;
  address.sin_port = htons ((guint16) port);
  *out_address = address;
  return TRUE;
}

struct sockaddr_in
lg_address_nth (const struct sockaddr_in *base,
                guint                     n)
{
  struct sockaddr_in address = *base;

  address.sin_addr.s_addr = htonl (ntohl (base->sin_addr.s_addr) + n);
  return address;
}

int
lg_listen (struct sockaddr_in *address)
{
  socklen_t n_bytes = sizeof *address;
  int one = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
      bind (fd, (struct sockaddr *) address, n_bytes) != 0 || listen (fd, 1024) != 0 ||
      getsockname (fd, (struct sockaddr *) address, &n_bytes) != 0)
    fail ("listen");
  return fd;
}

void
lg_tune_socket (int fd)
{
  int one = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

int
lg_connect (const struct sockaddr_in *to,
            const struct sockaddr_in *from)
{
  int one = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    fail ("socket");
  lg_tune_socket (fd);
  if (from != NULL)
    {
      struct sockaddr_in local = *from;

      local.sin_port = 0;
      setsockopt (fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
      if (bind (fd, (struct sockaddr *) &local, sizeof local) != 0)
        fail ("bind");
    }
  if (connect (fd, (const struct sockaddr *) to, sizeof *to) != 0 && errno != EINPROGRESS)
    fail ("connect");
  return fd;
}

void
lg_watch (int      epoll_fd,
          int      fd,
          int      operation,
          guint32  events,
          void    *data)
{
  struct epoll_event event = { .events = events, .data.ptr = data };

  if (epoll_ctl (epoll_fd, operation, fd, &event) != 0)
    fail ("epoll_ctl");
}

static void
stop_cb (int number)
{
  is_stopped = 1;
}

void
lg_catch_signals (void)
{
  struct sigaction action = { .sa_handler = stop_cb };

  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  signal (SIGPIPE, SIG_IGN);
}

gboolean
lg_is_stopped (void)
{
  return is_stopped != 0;
}

double
lg_now (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

void
lg_write_handshake (guint8           out[LG_HANDSHAKE_BYTES],
                    const LgTorrent *torrent,
                    guint            number,
                    gboolean         is_fast)
{
  char id[21];

  memset (out, 0, LG_HANDSHAKE_BYTES);
  memcpy (out, "\x13" "BitTorrent protocol", 20);
  out[25] = 0x10;
  out[27] = is_fast ? 0x04 : 0;
  memcpy (out + 28, torrent->info_hash, LG_HASH_BYTES);
  g_snprintf (id, sizeof id, "-LG0001-%08x%04x", number, (guint) getpid () & 0xffff);
  memcpy (out + 48, id, 20);
}

gboolean
lg_is_handshake (const guint8     bytes[LG_HANDSHAKE_BYTES],
                 const LgTorrent *torrent)
{
  return memcmp (bytes, "\x13" "BitTorrent protocol", 20) == 0 &&
         memcmp (bytes + 28, torrent->info_hash, LG_HASH_BYTES) == 0;
}

gboolean
lg_handshake_is_fast (const guint8 bytes[LG_HANDSHAKE_BYTES])
{
  return (bytes[27] & 0x04) != 0;
}

guint32
lg_read_u32 (const guint8 *p)
{
  return ((guint32) p[0] << 24) | ((guint32) p[1] << 16) | ((guint32) p[2] << 8) | p[3];
}

void
lg_write_u32 (guint8  *p,
              guint32  value)
{
  p[0] = (guint8) (value >> 24);
  p[1] = (guint8) (value >> 16);
  p[2] = (guint8) (value >> 8);
  p[3] = (guint8) value;
}
