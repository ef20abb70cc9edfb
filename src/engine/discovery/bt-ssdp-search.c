/* bt-ssdp-search.c - looks for routers that speak UPnP, in the network of one of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-ssdp-search.h"

#include "bt-igd-message.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define SEARCH_US        ((BT_SSDP_WAIT_S + 1) * BT_SECOND_US)
#define SEARCH_AGAIN_US  (500 * BT_MILLISECOND_US)  /* once: datagrams are lost */
#define MAX_READS        16                         /* datagrams a turn */
#define MAX_ANSWERS      64                         /* datagrams a search that are looked at */
#define HOPS             2

struct _BtSsdpSearch
{
  /* owned */
  int           fd;
  GPtrArray    *urls;

  /* borrowed */
  BtPoller     *poller;
  BtClock      *clock;
  gpointer      user_data;

  /* values */
  void        (*func) (gpointer user_data);
  BtGateway     gateway;
  BtAddress     group;
  BtPollWatch   watch;
  BtTimer       timer;
  guint         n_searches;
  guint         n_answers;    /* to them */
  gboolean      is_running;
};

/* The last thing its callers do. */
static void
finish (BtSsdpSearch *search)
{
  bt_ssdp_search_stop (search);
  search->func (search->user_data);
}

static void
send_search (BtSsdpSearch *search)
{
  char host[BT_ADDRESS_STRING_BYTES];
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (&search->group, &sa);

  if (search->group.family == BT_FAMILY_IPV6)
    ((struct sockaddr_in6 *) &sa)->sin6_scope_id = search->gateway.interface;
  bt_address_to_string (&search->group, host);
  search->n_searches++;
  for (const char *const *target = bt_ssdp_get_targets ((BtFamily) search->group.family);
       *target != NULL; target++)
    {
      g_autofree char *text = bt_ssdp_write_search (*target, host);

      if (sendto (search->fd, text, strlen (text), MSG_DONTWAIT | MSG_NOSIGNAL,
                  (const struct sockaddr *) &sa, n_sa) < 0)
        g_debug ("no search for routers: %s", g_strerror (errno));
    }
}

static void
timer_cb (gpointer user_data)
{
  BtSsdpSearch *search = user_data;

  if (search->n_searches == 1)
    {
      send_search (search);
      bt_timer_arm_in (&search->timer, search->clock, SEARCH_US - SEARCH_AGAIN_US);
    }
  else
    finish (search);
}

static void
take_found (BtSsdpSearch    *search,
            const BtAddress *from,
            const char      *bytes,
            gsize            n_bytes)
{
  gboolean is_gateway = bt_address_equal_ip (from, &search->gateway.address);
  char url[BT_IGD_MAX_URL_BYTES];

  if (++search->n_answers > MAX_ANSWERS ||
      !bt_ssdp_parse (bytes, n_bytes, from, &search->gateway.local, url) ||
      g_ptr_array_find_with_equal_func (search->urls, url, g_str_equal, NULL))
    return;
  /* The gateway's place is never taken by others. */
  if (is_gateway)
    g_ptr_array_insert (search->urls, 0, g_strdup (url));
  else if (search->urls->len < BT_SSDP_SEARCH_MAX_DEVICES)
    g_ptr_array_add (search->urls, g_strdup (url));
  if (search->urls->len > BT_SSDP_SEARCH_MAX_DEVICES)
    g_ptr_array_set_size (search->urls, BT_SSDP_SEARCH_MAX_DEVICES);
}

/* Nothing is waited for once the gateway has answered. */
static gboolean
has_gateway (const BtSsdpSearch *search,
             const BtAddress    *from)
{
  return search->urls->len > 0 && bt_address_equal_ip (from, &search->gateway.address);
}

static void
readable_cb (guint32  events,
             gpointer user_data)
{
  BtSsdpSearch *search = user_data;

  for (guint i = 0; i < MAX_READS; i++)
    {
      char bytes[BT_SSDP_MAX_BYTES + 1];
      struct sockaddr_storage sa;
      socklen_t n_sa = sizeof sa;
      BtAddress from;
      ssize_t n_bytes = recvfrom (search->fd, bytes, sizeof bytes, MSG_DONTWAIT,
                                  (struct sockaddr *) &sa, &n_sa);

      if (n_bytes < 0 && errno == EINTR)
        continue;
      if (n_bytes < 0)
        return;
      if (!search->is_running ||
          !bt_address_from_sockaddr ((const struct sockaddr *) &sa, n_sa, &from))
        continue;
      take_found (search, &from, bytes, (gsize) n_bytes);
      if (has_gateway (search, &from))
        {
          finish (search);
          return;
        }
    }
}

/* --- Life --- */

static gboolean
prepare4 (int              fd,
          const BtGateway *gateway)
{
  const int hops = HOPS;
  struct ip_mreqn out = { .imr_ifindex = (int) gateway->interface };

  memcpy (&out.imr_address, gateway->local.ip, sizeof out.imr_address);
  setsockopt (fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops);
  return setsockopt (fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out) == 0;
}

static gboolean
prepare6 (int              fd,
          const BtGateway *gateway)
{
  const int hops = HOPS;
  const int out = (int) gateway->interface;

  setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
  return setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &out, sizeof out) == 0;
}

/* -1 with errno. */
static int
open_socket (const BtSocketRules *rules,
             const BtGateway     *gateway)
{
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (&gateway->local, &sa);
  int fd = bt_socket_open (rules, sa.ss_family, SOCK_DGRAM, 0);

  if (fd < 0)
    return -1;
  if ((sa.ss_family == AF_INET ? prepare4 (fd, gateway) : prepare6 (fd, gateway)) &&
      bind (fd, (const struct sockaddr *) &sa, n_sa) == 0)
    return fd;
  return bt_socket_give_up (fd);
}

BtSsdpSearch *
bt_ssdp_search_new (BtPoller        *poller,
                    BtClock         *clock,
                    const BtGateway *gateway,
                    const BtAddress *group,
                    void           (*func) (gpointer user_data),
                    gpointer         user_data)
{
  BtSsdpSearch *search;
  int fd = open_socket (bt_poller_get_socket_rules (poller), gateway);

  if (fd < 0)
    return NULL;
  search = g_new0 (BtSsdpSearch, 1);
  search->fd = fd;
  search->poller = poller;
  search->clock = clock;
  search->gateway = *gateway;
  search->func = func;
  search->user_data = user_data;
  search->urls = g_ptr_array_new_with_free_func (g_free);
  search->group = *group;
  bt_timer_init (&search->timer, timer_cb, search);
  bt_poll_watch_init (&search->watch, readable_cb, search);
  if (!bt_poller_add (poller, &search->watch, fd, EPOLLIN))
    g_clear_pointer (&search, bt_ssdp_search_free);
  return search;
}

void
bt_ssdp_search_free (BtSsdpSearch *search)
{
  if (search == NULL)
    return;
  bt_timer_disarm (&search->timer, search->clock);
  bt_poller_remove (search->poller, &search->watch);
  close (search->fd);
  g_ptr_array_unref (search->urls);
  g_free (search);
}

void
bt_ssdp_search_begin (BtSsdpSearch *search)
{
  g_ptr_array_set_size (search->urls, 0);
  search->n_searches = search->n_answers = 0;
  search->is_running = TRUE;
  send_search (search);
  bt_timer_arm_in (&search->timer, search->clock, SEARCH_AGAIN_US);
}

void
bt_ssdp_search_stop (BtSsdpSearch *search)
{
  search->is_running = FALSE;
  bt_timer_disarm (&search->timer, search->clock);
}

const char *
bt_ssdp_search_get_url (BtSsdpSearch *search,
                        guint         index)
{
  return index < search->urls->len ? g_ptr_array_index (search->urls, index) : NULL;
}
