/* bt-local.c - local discovery (BEP 14): the sockets
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-local.h"

#include "bt-local-message.h"

#include "base/bt-random.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_READS 32  /* datagrams a turn */

/* ff15::efc0:988f and 239.192.152.143 */
static const guint8 group6[16] = { 0xff, 0x15, [12] = 0xef, [13] = 0xc0, [14] = 0x98, [15] = 0x8f };
static const guint8 group4[4] = { 239, 192, 152, 143 };

typedef struct
{
  guint          index;    /* the kernel's */
  struct in_addr address;  /* IPv4 alone */
} Interface;

/* One family's. */
typedef struct
{
  BtLocal     *local;      /* borrowed */
  BtPollWatch  watch;
  int          fd;         /* -1: not used */
  BtFamily     family;
  BtAddress    bind;       /* family NONE: every interface */
  GArray      *joined;     /* owned; Interface */
} Side;

struct _BtLocal
{
  BtPoller     *poller;    /* borrowed */
  BtClock      *clock;     /* borrowed */
  BtLocalFunc   func;
  gpointer      user_data;
  Side          sides[2];
  BtTimer       interfaces_timer;
  guint16       port;
  char          cookie[17];
  gint64        second_us; /* when the one that is counted began */
  guint         n_in_second;
  BtLocalFacts  facts;
};

/* --- Interfaces --- */

static gboolean
is_usable (const struct ifaddrs *entry,
           const Side           *side,
           Interface            *out_interface)
{
  const char *device = bt_poller_get_socket_rules (side->local->poller)->device;
  BtAddress address;
  socklen_t length = side->family == BT_FAMILY_IPV4 ? sizeof (struct sockaddr_in)
                                                    : sizeof (struct sockaddr_in6);

  /* Whoever joins a group elsewhere is heard there. */
  if (device[0] != '\0' && strcmp (entry->ifa_name, device) != 0)
    return FALSE;

  if (entry->ifa_addr == NULL || (entry->ifa_flags & IFF_UP) == 0 ||
      entry->ifa_addr->sa_family != (side->family == BT_FAMILY_IPV4 ? AF_INET : AF_INET6) ||
      !bt_address_from_sockaddr (entry->ifa_addr, length, &address))
    return FALSE;
  if (side->bind.family != BT_FAMILY_NONE)
    {
      if (!bt_address_equal_ip (&address, &side->bind))
        return FALSE;
    }
  else if ((entry->ifa_flags & IFF_MULTICAST) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0)
    return FALSE;
  out_interface->index = if_nametoindex (entry->ifa_name);
  memset (&out_interface->address, 0, sizeof out_interface->address);
  if (side->family == BT_FAMILY_IPV4)
    memcpy (&out_interface->address, address.ip, 4);
  return out_interface->index != 0;
}

static gboolean
has_interface (const GArray *interfaces,
               guint         index)
{
  for (guint i = 0; i < interfaces->len; i++)
    if (g_array_index (interfaces, Interface, i).index == index)
      return TRUE;
  return FALSE;
}

/* Of one family, none twice. (transfer full) */
static GArray *
list_interfaces (const Side           *side,
                 const struct ifaddrs *all)
{
  GArray *interfaces = g_array_new (FALSE, TRUE, sizeof (Interface));

  for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next)
    {
      Interface interface;

      if (interfaces->len < BT_LOCAL_MAX_INTERFACES && is_usable (entry, side, &interface) &&
          !has_interface (interfaces, interface.index))
        g_array_append_val (interfaces, interface);
    }
  return interfaces;
}

static gboolean
change_membership (const Side      *side,
                   const Interface *interface,
                   gboolean         is_joining)
{
  if (side->family == BT_FAMILY_IPV4)
    {
      struct ip_mreqn group = { .imr_ifindex = (int) interface->index };

      memcpy (&group.imr_multiaddr, group4, sizeof group4);
      return setsockopt (side->fd, IPPROTO_IP,
                         is_joining ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &group,
                         sizeof group) == 0;
    }
  else
    {
      struct ipv6_mreq group = { .ipv6mr_interface = interface->index };

      memcpy (&group.ipv6mr_multiaddr, group6, sizeof group6);
      return setsockopt (side->fd, IPPROTO_IPV6,
                         is_joining ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &group,
                         sizeof group) == 0;
    }
}

/* Those that were there stay joined; an interface that went has left the group by itself. */
static void
update_side (Side                 *side,
             const struct ifaddrs *all)
{
  g_autoptr (GArray) now = NULL;

  if (side->fd < 0)
    return;
  now = list_interfaces (side, all);
  for (guint i = side->joined->len; i > 0; i--)
    {
      const Interface *old = &g_array_index (side->joined, Interface, i - 1);

      if (has_interface (now, old->index))
        continue;
      change_membership (side, old, FALSE);
      g_array_remove_index_fast (side->joined, i - 1);
    }
  for (guint i = 0; i < now->len; i++)
    {
      const Interface *interface = &g_array_index (now, Interface, i);

      if (!has_interface (side->joined, interface->index) &&
          (change_membership (side, interface, TRUE) || errno == EADDRINUSE))
        g_array_append_val (side->joined, *interface);
    }
}

static void
update_interfaces (BtLocal *local)
{
  struct ifaddrs *all = NULL;

  if (getifaddrs (&all) != 0)
    return;
  local->facts.n_interfaces = 0;
  for (guint i = 0; i < G_N_ELEMENTS (local->sides); i++)
    {
      update_side (&local->sides[i], all);
      local->facts.n_interfaces += local->sides[i].joined->len;
    }
  freeifaddrs (all);
}

static void
interfaces_cb (gpointer user_data)
{
  BtLocal *local = user_data;

  update_interfaces (local);
  bt_timer_arm_in (&local->interfaces_timer, local->clock, BT_LOCAL_INTERFACES_US);
}

/* --- Hearing --- */

static gboolean
may_look (BtLocal *local)
{
  gint64 now_us = bt_clock_get_us (local->clock);

  if (now_us - local->second_us >= BT_SECOND_US)
    {
      local->second_us = now_us;
      local->n_in_second = 0;
    }
  return local->n_in_second++ < BT_LOCAL_MAX_PER_SECOND;
}

static void
hear (BtLocal         *local,
      const BtAddress *from,
      const guint8    *bytes,
      gsize            n_bytes)
{
  BtLocalMessage message;
  BtAddress peer = *from;
  gboolean is_good = bt_address_is_local (from) &&
                     bt_local_message_parse (bytes, n_bytes, &message);

  /* Our own comes back from each interface, and is none of the ten. */
  if (is_good && g_str_equal (message.cookie, local->cookie))
    return;
  local->facts.n_received++;
  peer.port = is_good ? message.port : 0;
  if (!may_look (local) || !is_good || !bt_address_is_connectable (&peer))
    {
      local->facts.n_ignored++;
      return;
    }
  for (guint i = 0; i < message.n_hashes; i++)
    local->func (message.hashes[i], &peer, local->user_data);
}

static void
readable_cb (guint32  events,
             gpointer user_data)
{
  Side *side = user_data;

  for (guint i = 0; i < MAX_READS; i++)
    {
      guint8 bytes[BT_LOCAL_MAX_BYTES + 1];
      struct sockaddr_storage sa;
      socklen_t n_sa = sizeof sa;
      BtAddress from;
      ssize_t n_bytes = recvfrom (side->fd, bytes, sizeof bytes, MSG_DONTWAIT,
                                  (struct sockaddr *) &sa, &n_sa);

      if (n_bytes < 0 && errno == EINTR)
        continue;
      if (n_bytes < 0)
        return;
      if (bt_address_from_sockaddr ((const struct sockaddr *) &sa, n_sa, &from))
        hear (side->local, &from, bytes, (gsize) n_bytes);
    }
}

/* --- Telling --- */

static void
send_on (Side            *side,
         const Interface *interface,
         const char      *bytes,
         gsize            n_bytes)
{
  struct sockaddr_in sa4 = { .sin_family = AF_INET, .sin_port = htons (side->local->port) };
  struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6, .sin6_port = htons (side->local->port),
                              .sin6_scope_id = interface->index };
  const struct sockaddr *sa;
  socklen_t n_sa;

  if (side->family == BT_FAMILY_IPV4)
    {
      struct ip_mreqn out = { .imr_ifindex = (int) interface->index,
                              .imr_address = interface->address };

      memcpy (&sa4.sin_addr, group4, sizeof group4);
      setsockopt (side->fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out);
      sa = (const struct sockaddr *) &sa4;
      n_sa = sizeof sa4;
    }
  else
    {
      int index = (int) interface->index;

      memcpy (&sa6.sin6_addr, group6, sizeof group6);
      setsockopt (side->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
      sa = (const struct sockaddr *) &sa6;
      n_sa = sizeof sa6;
    }
  if (sendto (side->fd, bytes, n_bytes, MSG_DONTWAIT | MSG_NOSIGNAL, sa, n_sa) >= 0)
    side->local->facts.n_sent++;
}

void
bt_local_announce (BtLocal       *local,
                   const guint8 (*hashes)[BT_SHA1_BYTES],
                   guint          n_hashes,
                   guint16        port)
{
  BtLocalMessage message = { .port = port, .n_hashes = MIN (n_hashes, BT_LOCAL_MAX_HASHES) };

  if (n_hashes == 0 || port == 0)
    return;
  memcpy (message.hashes, hashes, message.n_hashes * BT_SHA1_BYTES);
  g_strlcpy (message.cookie, local->cookie, sizeof message.cookie);
  for (guint i = 0; i < G_N_ELEMENTS (local->sides); i++)
    {
      Side *side = &local->sides[i];
      g_autofree char *host = g_strdup_printf (side->family == BT_FAMILY_IPV4
                                                 ? "239.192.152.143:%u" : "[ff15::efc0:988f]:%u",
                                               local->port);
      char bytes[BT_LOCAL_MAX_BYTES];
      gsize n_bytes = bt_local_message_write (&message, host, bytes);

      for (guint k = 0; k < side->joined->len; k++)
        send_on (side, &g_array_index (side->joined, Interface, k), bytes, n_bytes);
    }
}

/* --- Life --- */

/* -1 with errno. Others on this machine listen at the same port. */
static int
open_socket (BtPoller *poller,
             BtFamily  family,
             guint16   port)
{
  int domain = family == BT_FAMILY_IPV4 ? AF_INET : AF_INET6;
  int fd = bt_socket_open (bt_poller_get_socket_rules (poller), domain, SOCK_DGRAM, 0);
  const int on = 1, ttl = 1;
  BtAddress any = { .port = port, .family = (guint8) family };
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (&any, &sa);

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (family == BT_FAMILY_IPV4)
    {
      const int off = 0;

      setsockopt (fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
      setsockopt (fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
      setsockopt (fd, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof on);
    }
  else
    {
      setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
      setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl, sizeof ttl);
      setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &on, sizeof on);
    }
  if (bind (fd, (const struct sockaddr *) &sa, n_sa) == 0)
    return fd;
  close (fd);
  return -1;
}

static gboolean
open_side (BtLocal         *local,
           Side            *side,
           BtFamily         family,
           gboolean         is_used,
           const BtAddress *bind_to)
{
  side->local = local;
  side->family = family;
  side->bind = *bind_to;
  side->joined = g_array_new (FALSE, TRUE, sizeof (Interface));
  side->fd = is_used ? open_socket (local->poller, family, local->port) : -1;
  bt_poll_watch_init (&side->watch, readable_cb, side);
  if (side->fd >= 0 && !bt_poller_add (local->poller, &side->watch, side->fd, EPOLLIN))
    {
      close (side->fd);
      side->fd = -1;
    }
  return side->fd >= 0;
}

BtLocal *
bt_local_new (BtPoller             *poller,
              BtClock              *clock,
              const BtLocalConfig  *config,
              BtLocalFunc           func,
              gpointer              user_data,
              GError              **error)
{
  BtLocal *local = g_new0 (BtLocal, 1);
  guint8 random[8];
  gboolean is_open4, is_open6;
  int code;

  local->poller = poller;
  local->clock = clock;
  local->func = func;
  local->user_data = user_data;
  local->port = config->port != 0 ? config->port : BT_LOCAL_PORT;
  bt_random_fill_secure (random, sizeof random);
  for (guint i = 0; i < sizeof random; i++)
    g_snprintf (local->cookie + 2 * i, 3, "%02x", random[i]);
  bt_timer_init (&local->interfaces_timer, interfaces_cb, local);
  is_open4 = open_side (local, &local->sides[0], BT_FAMILY_IPV4, config->use_ipv4, &config->bind4);
  code = errno;
  is_open6 = open_side (local, &local->sides[1], BT_FAMILY_IPV6, config->use_ipv6, &config->bind6);
  if (!is_open4 && !is_open6)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "Local discovery cannot use port %u: %s", local->port, g_strerror (code));
      bt_local_free (local);
      return NULL;
    }
  interfaces_cb (local);
  return local;
}

void
bt_local_free (BtLocal *local)
{
  if (local == NULL)
    return;
  bt_timer_disarm (&local->interfaces_timer, local->clock);
  for (guint i = 0; i < G_N_ELEMENTS (local->sides); i++)
    {
      Side *side = &local->sides[i];

      if (side->fd >= 0)
        {
          bt_poller_remove (local->poller, &side->watch);
          close (side->fd);
        }
      g_array_unref (side->joined);
    }
  g_free (local);
}

void
bt_local_get_facts (BtLocal      *local,
                    BtLocalFacts *out_facts)
{
  *out_facts = local->facts;
}
