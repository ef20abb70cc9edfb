/* bt-device-watch.c - whether a network interface is there and can be used, as it comes and goes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-device-watch.h"

#include "bt-address.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_READS 256          /* messages a turn */
#define LOOK_US   BT_SECOND_US /* where nothing is told */

/* What the interface is at one moment. */
typedef struct
{
  guint     index;        /* the kernel's; 0: there is none of that name */
  gboolean  is_usable;
  gboolean  has_way;      /* out, by IPv6 */
  guint     n_addresses;  /* not link-local */
  BtAddress addresses[BT_DEVICE_MAX_ADDRESSES];
} State;

struct _BtDeviceWatch
{
  /* borrowed */
  BtPoller     *poller;
  BtClock      *clock;
  gpointer      user_data;

  /* values */
  BtDeviceFunc  func;
  BtPollWatch   watch;
  BtTimer       timer;    /* where nothing is told */
  int           fd;       /* owned; -1: nothing is told */
  State         state;
  char          name[IFNAMSIZ];
};

/* --- Looking --- */

static gboolean
is_link_local (const BtAddress *address)
{
  if (address->family == BT_FAMILY_IPV4)
    return address->ip[0] == 169 && address->ip[1] == 254;
  return address->ip[0] == 0xfe && (address->ip[1] & 0xc0) == 0x80;
}

static void
take_entry (State                *state,
            const struct ifaddrs *entry)
{
  BtAddress address;
  socklen_t length;

  state->is_usable = (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_RUNNING) != 0;
  if (entry->ifa_addr == NULL || state->n_addresses >= BT_DEVICE_MAX_ADDRESSES ||
      (entry->ifa_addr->sa_family != AF_INET && entry->ifa_addr->sa_family != AF_INET6))
    return;
  length = entry->ifa_addr->sa_family == AF_INET ? sizeof (struct sockaddr_in)
                                                 : sizeof (struct sockaddr_in6);
  if (bt_address_from_sockaddr (entry->ifa_addr, length, &address) && !is_link_local (&address))
    state->addresses[state->n_addresses++] = address;
}

/* Whether there is a route to far away. Over IPv4 there always is: without one a socket that is bound takes everybody
 * for a neighbour. Nothing is sent; the address is one of documents (RFC 3849). */
static gboolean
has_way (const char *name)
{
  const BtAddress far = { .family = BT_FAMILY_IPV6, .port = 9, .ip = { 0x20, 0x01, 0x0d, 0xb8 } };
  BtSocketRules rules = { 0 };
  struct sockaddr_storage sa;
  socklen_t length = bt_address_to_sockaddr (&far, &sa);
  gboolean has;
  int fd;

  g_strlcpy (rules.device, name, sizeof rules.device);
  fd = bt_socket_open (&rules, AF_INET6, SOCK_DGRAM, 0);
  if (fd < 0)
    return FALSE;
  has = connect (fd, (const struct sockaddr *) &sa, length) == 0;
  close (fd);
  return has;
}

static void
look (const char *name,
      State      *out_state)
{
  struct ifaddrs *all = NULL;

  *out_state = (State) { .index = if_nametoindex (name) };
  if (out_state->index == 0 || getifaddrs (&all) != 0)
    return;
  for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next)
    if (strcmp (entry->ifa_name, name) == 0)
      take_entry (out_state, entry);
  freeifaddrs (all);
  out_state->is_usable = out_state->is_usable && out_state->n_addresses > 0;
  out_state->has_way = out_state->is_usable && has_way (name);
}

static gboolean
share_address (const State *a,
               const State *b)
{
  for (guint i = 0; i < a->n_addresses; i++)
    for (guint k = 0; k < b->n_addresses; k++)
      if (bt_address_equal_ip (&a->addresses[i], &b->addresses[k]))
        return TRUE;
  return FALSE;
}

static void
look_again (BtDeviceWatch *watch)
{
  State before = watch->state;
  gboolean is_other;

  look (watch->name, &watch->state);
  is_other = before.is_usable && watch->state.is_usable &&
             (before.index != watch->state.index || !share_address (&before, &watch->state));
  if (is_other || before.is_usable != watch->state.is_usable)
    watch->func (BT_DEVICE_OTHER, watch->user_data);
  else if (watch->state.has_way && !before.has_way)
    watch->func (BT_DEVICE_WAY, watch->user_data);
}

/* --- Being told --- */

/* What is told does not matter, nor that something was lost (ENOBUFS). */
static void
readable_cb (guint32  events,
             gpointer user_data)
{
  BtDeviceWatch *watch = user_data;
  guint8 bytes[4096];

  for (guint i = 0; i < MAX_READS; i++)
    if (recv (watch->fd, bytes, sizeof bytes, MSG_DONTWAIT) < 0 &&
        (errno == EAGAIN || errno == EWOULDBLOCK))
      break;
  look_again (watch);
}

static void
timer_cb (gpointer user_data)
{
  BtDeviceWatch *watch = user_data;

  bt_timer_arm_in (&watch->timer, watch->clock, LOOK_US);
  look_again (watch);
}

/* -1: it cannot be. */
static int
open_netlink (void)
{
  struct sockaddr_nl sa = { .nl_family = AF_NETLINK,
                            .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                         RTMGRP_IPV6_ROUTE };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

  if (fd >= 0 && bind (fd, (const struct sockaddr *) &sa, sizeof sa) == 0)
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

/* --- Life --- */

BtDeviceWatch *
bt_device_watch_new (BtPoller     *poller,
                     BtClock      *clock,
                     const char   *name,
                     BtDeviceFunc  func,
                     gpointer      user_data)
{
  BtDeviceWatch *watch = g_new0 (BtDeviceWatch, 1);

  watch->poller = poller;
  watch->clock = clock;
  watch->func = func;
  watch->user_data = user_data;
  g_strlcpy (watch->name, name, sizeof watch->name);
  bt_poll_watch_init (&watch->watch, readable_cb, watch);
  bt_timer_init (&watch->timer, timer_cb, watch);
  watch->fd = open_netlink ();
  if (watch->fd >= 0 && !bt_poller_add (poller, &watch->watch, watch->fd, EPOLLIN))
    {
      close (watch->fd);
      watch->fd = -1;
    }
  if (watch->fd < 0)
    bt_timer_arm_in (&watch->timer, clock, LOOK_US);
  look (watch->name, &watch->state);
  return watch;
}

void
bt_device_watch_free (BtDeviceWatch *watch)
{
  if (watch == NULL)
    return;
  bt_timer_disarm (&watch->timer, watch->clock);
  if (watch->fd >= 0)
    {
      bt_poller_remove (watch->poller, &watch->watch);
      close (watch->fd);
    }
  g_free (watch);
}

gboolean
bt_device_watch_is_usable (BtDeviceWatch *watch)
{
  return watch->state.is_usable;
}
