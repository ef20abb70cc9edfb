/* bt-udp.c - datagrams on the port that peers reach us at, shared by all who speak UDP there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-udp.h"

#include "bt-stream-private.h"
#include "bt-udp-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static gboolean
get_bound (int        fd,
           BtAddress *out_address)
{
  struct sockaddr_storage sa;
  socklen_t length = sizeof sa;

  return getsockname (fd, (struct sockaddr *) &sa, &length) == 0 &&
         bt_address_from_sockaddr ((struct sockaddr *) &sa, length, out_address);
}

static gboolean
is_any (const BtAddress *address)
{
  const BtAddress any = { .family = address->family };

  return bt_address_equal_ip (address, &any);
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
  int fd;

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
  bt_udp_prepare_receive (fd, family, bt_udp_get_side (udp, family)->is_any);
  bt_udp_prepare_send (fd, family);
  if (bind (fd, (const struct sockaddr *) &sa, length) == 0)
    return fd;
  return bt_socket_give_up (fd);
}

static void
open_side (BtUdp           *udp,
           BtFamily         family,
           const BtAddress *address,
           guint16          port)
{
  BtUdpSide *side = bt_udp_get_side (udp, family);

  side->is_any = is_any (address);
  side->fd = open_socket (udp, family, address, port);
  if (side->fd >= 0 && get_bound (side->fd, &side->address) &&
      bt_poller_add (udp->poller, &side->watch, side->fd, EPOLLIN))
    return;
  side->code = errno;
  if (side->fd >= 0)
    close (side->fd);
  side->fd = -1;
}

BtUdp *
bt_udp_new_empty (BtPoller *poller)
{
  BtUdp *udp = g_new0 (BtUdp, 1);

  udp->poller = poller;
  for (guint i = 0; i < G_N_ELEMENTS (udp->sides); i++)
    {
      udp->sides[i].udp = udp;
      udp->sides[i].fd = -1;
      bt_poll_watch_init (&udp->sides[i].watch, bt_udp_ready_cb, &udp->sides[i]);
    }
  return udp;
}

BtUdp *
bt_udp_new (BtPoller           *poller,
            const BtUdpConfig  *config,
            GError            **error)
{
  BtUdp *udp = bt_udp_new_empty (poller);
  int code;

  if (config->use_ipv4)
    open_side (udp, BT_FAMILY_IPV4, &config->bind4, config->port);
  if (config->use_ipv6)
    open_side (udp, BT_FAMILY_IPV6, &config->bind6, config->port);
  if (udp->sides[0].fd >= 0 || udp->sides[1].fd >= 0)
    return udp;
  code = udp->sides[0].code != 0 ? udp->sides[0].code : udp->sides[1].code;
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
  bt_udp_leave_relay (udp);
  for (guint i = 0; i < G_N_ELEMENTS (udp->sides); i++)
    {
      if (udp->sides[i].fd < 0)
        continue;
      bt_poller_remove (udp->poller, &udp->sides[i].watch);
      close (udp->sides[i].fd);
    }
  g_free (udp->scratch);
  g_free (udp);
}

guint16
bt_udp_get_port (BtUdp    *udp,
                 BtFamily  family)
{
  return bt_udp_get_side (udp, family)->address.port;
}

int
bt_udp_get_errno (BtUdp    *udp,
                  BtFamily  family)
{
  return bt_udp_get_side (udp, family)->code;
}

/* A socket of its own that is connected, which is only looking up. */
gboolean
bt_udp_look_up_path (BtUdp           *udp,
                     const BtAddress *remote,
                     BtAddress       *out_local,
                     guint           *out_mtu)
{
  BtUdpSide *side = bt_udp_get_side (udp, (BtFamily) remote->family);
  BtAddress ours = side->address;
  struct sockaddr_storage sa;
  socklen_t length = bt_address_to_sockaddr (remote, &sa);
  gboolean is_there = FALSE;
  int mtu = 0;
  int fd;

  /* The path begins at the proxy, and so do we as others see it. */
  if (udp->relay != NULL)
    {
      *out_local = *bt_socks_udp_get_relay (udp->relay);
      return FALSE;
    }
  fd = bt_socket_open (bt_poller_get_socket_rules (udp->poller), sa.ss_family, SOCK_DGRAM,
                       IPPROTO_UDP);
  if (fd < 0)
    return FALSE;
  if (connect (fd, (const struct sockaddr *) &sa, length) == 0 && get_bound (fd, &ours))
    {
      socklen_t n_mtu = sizeof mtu;

      ours.port = side->address.port;
      is_there = remote->family == BT_FAMILY_IPV6
                   ? getsockopt (fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &n_mtu) == 0
                   : getsockopt (fd, IPPROTO_IP, IP_MTU, &mtu, &n_mtu) == 0;
    }
  close (fd);
  if (!is_there || mtu <= 0)
    return FALSE;
  *out_local = ours;
  *out_mtu = (guint) mtu;
  return TRUE;
}

void
bt_udp_add (BtUdp            *udp,
            const BtUdpTaker *taker,
            gpointer          user_data)
{
  g_assert (udp->n_takers < BT_UDP_MAX_TAKERS);

  udp->takers[udp->n_takers++] = (BtUdpEntry) { taker, user_data };
}

void
bt_udp_remove (BtUdp            *udp,
               const BtUdpTaker *taker,
               gpointer          user_data)
{
  for (guint i = 0; i < udp->n_takers; i++)
    if (udp->takers[i].taker == taker && udp->takers[i].user_data == user_data)
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
