/* bt-pcp-ear.c - hears routers say that they have begun anew
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-pcp-ear.h"

#include "bt-pcp-message.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define MAX_READS 16   /* datagrams a turn */

static const guint8 group4[4] = { 224, 0, 0, 1 };

/* IPv4 alone: routers that tell in IPv6 tell it there, too, if there is any, and what is mapped is renewed often. */
struct _BtPcpEar
{
  int           fd;         /* owned */
  BtPoller     *poller;     /* borrowed */
  BtPollWatch   watch;
  BtPcpEarFunc  func;
  gpointer      user_data;
};

static void
readable_cb (guint32  events,
             gpointer user_data)
{
  BtPcpEar *ear = user_data;

  for (guint i = 0; i < MAX_READS; i++)
    {
      guint8 bytes[BT_PCP_MAX_BYTES + 1];
      struct sockaddr_storage sa;
      socklen_t n_sa = sizeof sa;
      BtAddress from;
      BtPcpAnswer answer;
      ssize_t n_bytes = recvfrom (ear->fd, bytes, sizeof bytes, MSG_DONTWAIT,
                                  (struct sockaddr *) &sa, &n_sa);

      if (n_bytes < 0 && errno == EINTR)
        continue;
      if (n_bytes < 0)
        return;
      if (bt_address_from_sockaddr ((const struct sockaddr *) &sa, n_sa, &from) &&
          bt_pcp_parse (bytes, (gsize) n_bytes, &answer) &&
          (answer.kind == BT_PCP_ANSWER_ANNOUNCE || answer.kind == BT_NAT_PMP_ANSWER_ADDRESS))
        ear->func (&from, answer.epoch_s, ear->user_data);
    }
}

void
bt_pcp_ear_join (BtPcpEar *ear,
                 guint     interface)
{
  struct ip_mreqn group = { .imr_ifindex = (int) interface };

  memcpy (&group.imr_multiaddr, group4, sizeof group4);
  if (setsockopt (ear->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) != 0 &&
      errno != EADDRINUSE)
    g_debug ("routers are not heard: %s", g_strerror (errno));
}

/* -1 with errno. Others on this machine listen there, too. */
static int
open_socket (const BtSocketRules *rules,
             guint16              port)
{
  const int on = 1, off = 0;
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = bt_socket_open (rules, AF_INET, SOCK_DGRAM, 0);

  if (fd < 0)
    return -1;
  memcpy (&sa.sin_addr, group4, sizeof group4);
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt (fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
  if (bind (fd, (const struct sockaddr *) &sa, sizeof sa) == 0)
    return fd;
  return bt_socket_give_up (fd);
}

BtPcpEar *
bt_pcp_ear_new (BtPoller     *poller,
                guint16       port,
                BtPcpEarFunc  func,
                gpointer      user_data)
{
  int fd = open_socket (bt_poller_get_socket_rules (poller), port);
  BtPcpEar *ear;

  if (fd < 0)
    return NULL;
  ear = g_new0 (BtPcpEar, 1);
  ear->fd = fd;
  ear->poller = poller;
  ear->func = func;
  ear->user_data = user_data;
  bt_poll_watch_init (&ear->watch, readable_cb, ear);
  if (!bt_poller_add (poller, &ear->watch, fd, EPOLLIN))
    g_clear_pointer (&ear, bt_pcp_ear_free);
  return ear;
}

void
bt_pcp_ear_free (BtPcpEar *ear)
{
  if (ear == NULL)
    return;
  bt_poller_remove (ear->poller, &ear->watch);
  close (ear->fd);
  g_free (ear);
}
