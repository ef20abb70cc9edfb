/* bt-socket.c - how every socket of an engine is made: bound to one network interface when one is chosen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

BtSocketRules *
bt_socket_rules_new (void)
{
  return g_rc_box_new0 (BtSocketRules);
}

BtSocketRules *
bt_socket_rules_ref (BtSocketRules *rules)
{
  return g_rc_box_acquire (rules);
}

void
bt_socket_rules_unref (BtSocketRules *rules)
{
  g_rc_box_release (rules);
}

int
bt_socket_prepare (const BtSocketRules *rules,
                   int                  fd)
{
  if (rules->is_shut)
    return ENETDOWN;
  if (rules->device[0] == '\0')
    return 0;
  bt_socket_set_reset (fd, TRUE);
  return setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, rules->device,
                     (socklen_t) strlen (rules->device)) == 0 ? 0 : errno;
}

gboolean
bt_socket_is_bound (int fd)
{
  char device[IFNAMSIZ] = "";
  socklen_t length = sizeof device;

  if (getsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, device, &length) == 0)
    return device[0] != '\0';
  return errno == ENODEV;
}

void
bt_socket_set_reset (int      fd,
                     gboolean is_reset)
{
  const struct linger linger = { .l_onoff = is_reset };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

int
bt_socket_open (const BtSocketRules *rules,
                int                  family,
                int                  type,
                int                  protocol)
{
  int fd = socket (family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

  if (fd < 0)
    return -1;
  errno = bt_socket_prepare (rules, fd);
  return errno == 0 ? fd : bt_socket_give_up (fd);
}

void
bt_socket_set_class (int    fd,
                     int    family,
                     guint8 traffic_class)
{
  const int value = traffic_class;

  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
  else
    setsockopt (fd, IPPROTO_IP, IP_TOS, &value, sizeof value);
}

int
bt_socket_give_up (int fd)
{
  int code = errno;

  close (fd);
  errno = code;
  return -1;
}
