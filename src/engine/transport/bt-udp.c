/* bt-udp.c - datagrams on the port that peers reach us at, shared by all who speak UDP there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-udp.h"

#include "bt-stream-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  IPV4,
  IPV6,
  N_FAMILIES,
};

typedef struct
{
  BtUdp       *udp;      /* borrowed */
  BtPollWatch  watch;
  int          fd;       /* owned; -1: not open */
  int          code;     /* errno, when it was to be */
  guint16      port;
} Side;

typedef struct
{
  BtUdpTake  take;
  gpointer   user_data;  /* borrowed */
} Taker;

struct _BtUdp
{
  BtPoller   *poller;        /* borrowed */
  Side        sides[N_FAMILIES];
  Taker       takers[BT_UDP_MAX_TAKERS];
  guint       n_takers;
  gboolean   *out_is_freed;  /* nullable; of the readable_cb() that is running */
  BtUdpFacts  facts;
};

static Side *
get_side (BtUdp    *udp,
          BtFamily  family)
{
  return &udp->sides[family == BT_FAMILY_IPV6 ? IPV6 : IPV4];
}

/* --- Receiving --- */

static void
hand_out (BtUdp           *udp,
          const BtAddress *from,
          const guint8    *bytes,
          gsize            n_bytes,
          const gboolean  *is_freed)
{
  for (guint i = 0; i < udp->n_takers; i++)
    {
      Taker taker = udp->takers[i];

      if (taker.take (from, bytes, n_bytes, taker.user_data) || *is_freed)
        return;
    }
  udp->facts.n_dropped++;
}

static void
readable_cb (guint32  events,
             gpointer user_data)
{
  Side *side = user_data;
  BtUdp *udp = side->udp;
  gboolean is_freed = FALSE;

  udp->out_is_freed = &is_freed;
  for (guint i = 0; i < BT_UDP_MAX_READS; i++)
    {
      guint8 bytes[BT_UDP_MAX_RECEIVE_BYTES];
      struct sockaddr_storage sa;
      socklen_t n_sa = sizeof sa;
      BtAddress from;
      ssize_t n_bytes = recvfrom (side->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC,
                                  (struct sockaddr *) &sa, &n_sa);

      if (n_bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        break;
      /* An error of something that was sent before: it is taken back with this. */
      if (n_bytes < 0)
        continue;
      udp->facts.n_received++;
      if ((gsize) n_bytes > sizeof bytes || n_bytes == 0 ||
          !bt_address_from_sockaddr ((const struct sockaddr *) &sa, n_sa, &from))
        {
          udp->facts.n_dropped++;
          continue;
        }
      hand_out (udp, &from, bytes, (gsize) n_bytes, &is_freed);
      if (is_freed)
        return;
    }
  udp->out_is_freed = NULL;
}

/* --- Sending --- */

gboolean
bt_udp_send (BtUdp           *udp,
             const BtAddress *to,
             const guint8    *bytes,
             gsize            n_bytes)
{
  Side *side = get_side (udp, to->family);
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (to, &sa);
  ssize_t n_sent;

  if (side->fd < 0 || n_sa == 0)
    return FALSE;
  do
    n_sent = sendto (side->fd, bytes, n_bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
                     (const struct sockaddr *) &sa, n_sa);
  while (n_sent < 0 && errno == EINTR);
  if (n_sent < 0)
    udp->facts.n_unsent++;
  else
    udp->facts.n_sent++;
  return n_sent >= 0;
}

/* --- Life --- */

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

/* -1 with errno. */
static int
open_socket (BtUdp           *udp,
             BtFamily         family,
             const BtAddress *address,
             guint16          port)
{
  BtAddress any = { .family = (guint8) family };
  struct sockaddr_storage sa;
  socklen_t length;
  const int on = 1;
  int code, fd;

  if (address->family != BT_FAMILY_NONE)
    any = *address;
  any.port = port;
  length = bt_address_to_sockaddr (&any, &sa);
  fd = bt_socket_open (bt_poller_get_socket_rules (udp->poller), sa.ss_family, SOCK_DGRAM,
                       IPPROTO_UDP);
  if (fd < 0)
    return -1;
  if (family == BT_FAMILY_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind (fd, (const struct sockaddr *) &sa, length) == 0)
    return fd;
  code = errno;
  close (fd);
  errno = code;
  return -1;
}

static void
open_side (BtUdp           *udp,
           BtFamily         family,
           const BtAddress *address,
           guint16          port)
{
  Side *side = get_side (udp, family);

  side->fd = open_socket (udp, family, address, port);
  if (side->fd >= 0 && bt_poller_add (udp->poller, &side->watch, side->fd, EPOLLIN))
    {
      side->port = get_bound_port (side->fd);
      return;
    }
  side->code = errno;
  if (side->fd >= 0)
    close (side->fd);
  side->fd = -1;
}

BtUdp *
bt_udp_new (BtPoller           *poller,
            const BtUdpConfig  *config,
            GError            **error)
{
  BtUdp *udp = g_new0 (BtUdp, 1);
  int code;

  udp->poller = poller;
  for (guint i = 0; i < N_FAMILIES; i++)
    {
      udp->sides[i].udp = udp;
      udp->sides[i].fd = -1;
      bt_poll_watch_init (&udp->sides[i].watch, readable_cb, &udp->sides[i]);
    }
  if (config->use_ipv4)
    open_side (udp, BT_FAMILY_IPV4, &config->bind4, config->port);
  if (config->use_ipv6)
    open_side (udp, BT_FAMILY_IPV6, &config->bind6, config->port);
  if (udp->sides[IPV4].fd >= 0 || udp->sides[IPV6].fd >= 0)
    return udp;
  code = udp->sides[IPV4].code != 0 ? udp->sides[IPV4].code : udp->sides[IPV6].code;
  bt_stream_set_errno (error, code != 0 ? code : EAFNOSUPPORT);
  bt_udp_free (udp);
  return NULL;
}

void
bt_udp_free (BtUdp *udp)
{
  if (udp == NULL)
    return;
  if (udp->out_is_freed != NULL)
    *udp->out_is_freed = TRUE;
  for (guint i = 0; i < N_FAMILIES; i++)
    {
      if (udp->sides[i].fd < 0)
        continue;
      bt_poller_remove (udp->poller, &udp->sides[i].watch);
      close (udp->sides[i].fd);
    }
  g_free (udp);
}

guint16
bt_udp_get_port (BtUdp    *udp,
                 BtFamily  family)
{
  return get_side (udp, family)->port;
}

int
bt_udp_get_errno (BtUdp    *udp,
                  BtFamily  family)
{
  return get_side (udp, family)->code;
}

void
bt_udp_add (BtUdp     *udp,
            BtUdpTake  take,
            gpointer   user_data)
{
  g_assert (udp->n_takers < BT_UDP_MAX_TAKERS);

  udp->takers[udp->n_takers++] = (Taker) { take, user_data };
}

void
bt_udp_remove (BtUdp     *udp,
               BtUdpTake  take,
               gpointer   user_data)
{
  for (guint i = 0; i < udp->n_takers; i++)
    if (udp->takers[i].take == take && udp->takers[i].user_data == user_data)
      {
        udp->n_takers--;
        for (guint k = i; k < udp->n_takers; k++)
          udp->takers[k] = udp->takers[k + 1];
        return;
      }
}

void
bt_udp_get_facts (BtUdp      *udp,
                  BtUdpFacts *out_facts)
{
  *out_facts = udp->facts;
}
