/* bt-route-message.c - what the kernel says of its routes (rtnetlink(7))
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-route-message.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* FALSE: not to everywhere, or through nobody. */
static gboolean
read_route (const struct nlmsghdr *head,
            BtRoute               *out_route)
{
  const struct rtmsg *message = NLMSG_DATA (head);
  int n_left = (int) RTM_PAYLOAD (head);
  BtRoute route = { .gateway.family = BT_FAMILY_NONE };
  BtFamily family = message->rtm_family == AF_INET ? BT_FAMILY_IPV4 : BT_FAMILY_IPV6;
  gsize n_ip = family == BT_FAMILY_IPV4 ? 4 : 16;

  if (message->rtm_dst_len != 0 || message->rtm_type != RTN_UNICAST ||
      (message->rtm_family != AF_INET && message->rtm_family != AF_INET6))
    return FALSE;
  for (const struct rtattr *at = RTM_RTA (message); RTA_OK (at, n_left); at = RTA_NEXT (at, n_left))
    {
      if (at->rta_type == RTA_OIF && RTA_PAYLOAD (at) == sizeof route.interface)
        memcpy (&route.interface, RTA_DATA (at), sizeof route.interface);
      else if (at->rta_type == RTA_GATEWAY && RTA_PAYLOAD (at) == n_ip)
        {
          route.gateway.family = (guint8) family;
          memcpy (route.gateway.ip, RTA_DATA (at), n_ip);
        }
    }
  *out_route = route;
  return route.interface != 0 && route.gateway.family != BT_FAMILY_NONE;
}

gboolean
bt_route_message_parse (const guint8 *bytes,
                        gsize         n_bytes,
                        BtRouteFunc   func,
                        gpointer      user_data)
{
  int n_left = (int) MIN (n_bytes, G_MAXINT);
  BtRoute route;

  for (const struct nlmsghdr *head = (const void *) bytes; NLMSG_OK (head, n_left);
       head = NLMSG_NEXT (head, n_left))
    {
      if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR)
        return FALSE;
      if (head->nlmsg_type == RTM_NEWROUTE &&
          head->nlmsg_len >= NLMSG_LENGTH (sizeof (struct rtmsg)) && read_route (head, &route))
        func (&route, user_data);
    }
  return TRUE;
}
