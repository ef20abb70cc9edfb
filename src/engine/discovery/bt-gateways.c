/* bt-gateways.c - the routers next to us, which may be asked to map a port
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-gateways.h"

#include "bt-route-message.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_BYTES     32768
#define MAX_REPLIES     256   /* of a dump; a router of the internet has more routes than we want to see */
#define REPLY_TIMEOUT_S 1     /* the kernel answers at once */

/* --- Our addresses --- */

static guint
get_prefix_length (const struct sockaddr *mask)
{
  BtAddress address;
  guint n = 0;

  if (mask == NULL || !bt_address_from_sockaddr (mask, sizeof (struct sockaddr_in), &address))
    return 32;
  while (n < 32 && (address.ip[n / 8] & (0x80 >> n % 8)) != 0)
    n++;
  return n;
}

static gboolean
read_address (const struct ifaddrs *entry,
              BtAddress            *out_address)
{
  socklen_t n_sa;

  if (entry->ifa_addr == NULL || (entry->ifa_flags & IFF_UP) == 0 ||
      (entry->ifa_flags & IFF_LOOPBACK) != 0)
    return FALSE;
  n_sa = entry->ifa_addr->sa_family == AF_INET ? sizeof (struct sockaddr_in)
                                               : sizeof (struct sockaddr_in6);
  return (entry->ifa_addr->sa_family == AF_INET || entry->ifa_addr->sa_family == AF_INET6) &&
         bt_address_from_sockaddr (entry->ifa_addr, n_sa, out_address);
}

/* fe80::/10 */
static gboolean
is_link_local6 (const BtAddress *address)
{
  return address->family == BT_FAMILY_IPV6 && address->ip[0] == 0xfe &&
         (address->ip[1] & 0xc0) == 0x80;
}

/* The address of ours that a router on this interface is asked from. In IPv6 it is the one that is mapped: one of the
 * internet, if there is any. */
static gboolean
find_local (const struct ifaddrs *all,
            guint                 interface,
            BtFamily              family,
            BtAddress            *out_local,
            gboolean             *out_is_tunnel)
{
  gboolean is_found = FALSE;

  for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next)
    {
      BtAddress address;

      if (!read_address (entry, &address) || address.family != family ||
          is_link_local6 (&address) || if_nametoindex (entry->ifa_name) != interface ||
          (is_found && (bt_address_is_local (&address) || !bt_address_is_local (out_local))))
        continue;
      *out_local = address;
      *out_is_tunnel = (entry->ifa_flags & IFF_POINTOPOINT) != 0;
      is_found = TRUE;
    }
  return is_found;
}

static void
add_gateway (GArray          *gateways,
             const BtGateway *gateway)
{
  for (guint i = 0; i < gateways->len; i++)
    {
      const BtGateway *other = &g_array_index (gateways, BtGateway, i);

      if (other->interface == gateway->interface &&
          bt_address_equal_ip (&other->address, &gateway->address))
        return;
    }
  if (gateways->len < BT_GATEWAYS_MAX)
    g_array_append_val (gateways, *gateway);
}

/* --- Routes --- */

typedef struct
{
  GArray               *gateways;
  const struct ifaddrs *all;
} Search;

static void
take_route (const BtRoute *route,
            gpointer       user_data)
{
  Search *search = user_data;
  BtGateway gateway = { .address = route->gateway, .interface = route->interface };
  gboolean is_tunnel;

  if (!find_local (search->all, gateway.interface, (BtFamily) gateway.address.family,
                   &gateway.local, &is_tunnel))
    return;
  gateway.is_tunnel = is_tunnel;
  add_gateway (search->gateways, &gateway);
}

static void
dump_routes (Search *search,
             int     domain)
{
  struct
  {
    struct nlmsghdr head;
    struct rtmsg    route;
  } request = {
    .head = { .nlmsg_len = sizeof request, .nlmsg_type = RTM_GETROUTE,
              .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .route = { .rtm_family = (unsigned char) domain },
  };
  const struct timeval timeout = { .tv_sec = REPLY_TIMEOUT_S };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  g_autofree guint8 *bytes = g_malloc (REPLY_BYTES);

  if (fd < 0)
    return;
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  if (send (fd, &request, sizeof request, 0) == (ssize_t) sizeof request)
    for (guint i = 0; i < MAX_REPLIES; i++)
      {
        ssize_t n_bytes = recv (fd, bytes, REPLY_BYTES, 0);

        if (n_bytes <= 0 ||
            !bt_route_message_parse (bytes, (gsize) n_bytes, take_route, search))
          break;
      }
  close (fd);
}

/* --- Tunnels --- */

/* Only what cannot be somebody else's machine in the internet is asked on a guess. */
static void
add_guess (Search          *search,
           const BtGateway *tunnel,
           guint32          ip)
{
  BtGateway gateway = *tunnel;
  gboolean is_shared;   /* RFC 6598, which VPNs use, too */

  ip = g_htonl (ip);
  memset (gateway.address.ip, 0, sizeof gateway.address.ip);
  memcpy (gateway.address.ip, &ip, sizeof ip);
  gateway.address.family = BT_FAMILY_IPV4;
  is_shared = gateway.address.ip[0] == 100 && (gateway.address.ip[1] & 0xc0) == 64;
  if ((is_shared || bt_address_is_local (&gateway.address)) &&
      !bt_address_equal_ip (&gateway.address, &gateway.local))
    add_gateway (search->gateways, &gateway);
}

static guint32
get_ip4 (const BtAddress *address)
{
  guint32 ip;

  memcpy (&ip, address->ip, sizeof ip);
  return g_ntohl (ip);
}

static void
add_tunnels (Search *search)
{
  for (const struct ifaddrs *entry = search->all; entry != NULL; entry = entry->ifa_next)
    {
      BtGateway tunnel = { .is_tunnel = TRUE };
      BtAddress peer;
      guint n_prefix;
      guint32 ip;

      if (!read_address (entry, &tunnel.local) || tunnel.local.family != BT_FAMILY_IPV4 ||
          (entry->ifa_flags & IFF_POINTOPOINT) == 0)
        continue;
      tunnel.interface = if_nametoindex (entry->ifa_name);
      ip = get_ip4 (&tunnel.local);
      if (entry->ifa_dstaddr != NULL &&
          bt_address_from_sockaddr (entry->ifa_dstaddr, sizeof (struct sockaddr_in), &peer))
        add_guess (search, &tunnel, get_ip4 (&peer));
      n_prefix = get_prefix_length (entry->ifa_netmask);
      if (n_prefix > 0 && n_prefix < 31)
        add_guess (search, &tunnel, (ip & (G_MAXUINT32 << (32 - n_prefix))) + 1);
      add_guess (search, &tunnel, (ip & 0xffffff00) + 1);
    }
}

GArray *
bt_gateways_list (void)
{
  GArray *gateways = g_array_new (FALSE, TRUE, sizeof (BtGateway));
  struct ifaddrs *all = NULL;

  if (getifaddrs (&all) == 0)
    {
      Search search = { gateways, all };

      dump_routes (&search, AF_INET);
      dump_routes (&search, AF_INET6);
      add_tunnels (&search);
      freeifaddrs (all);
    }
  return gateways;
}

BtAddress
bt_gateways_get_source (const BtSocketRules *rules,
                        BtFamily             family)
{
  BtAddress there, source = { .family = BT_FAMILY_NONE };
  struct sockaddr_storage sa;
  socklen_t n_sa;
  int fd;

  /* Any address of the internet. */
  bt_address_parse (family == BT_FAMILY_IPV4 ? "192.0.2.1" : "2001:db8::1", 1,
                    &there);
  n_sa = bt_address_to_sockaddr (&there, &sa);
  fd = bt_socket_open (rules, sa.ss_family, SOCK_DGRAM, 0);
  if (fd < 0)
    return source;
  if (connect (fd, (const struct sockaddr *) &sa, n_sa) == 0)
    {
      n_sa = sizeof sa;
      if (getsockname (fd, (struct sockaddr *) &sa, &n_sa) == 0 &&
          bt_address_from_sockaddr ((const struct sockaddr *) &sa, n_sa, &source))
        source.port = 0;
    }
  close (fd);
  return source;
}
