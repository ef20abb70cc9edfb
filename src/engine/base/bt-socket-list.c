/* bt-socket-list.c - the internet sockets that this process has open, as the kernel knows them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-socket-list.h"

#include "bt-socket-close.h"
#include "bt-socket.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define DESCRIPTORS "/proc/self/fd"

static int
get_option (int fd,
            int option)
{
  int value = 0;
  socklen_t length = sizeof value;

  return getsockopt (fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/* An interface that has gone has no name any more, but the socket is still its. */
static void
read_device (int            fd,
             BtSocketEntry *entry)
{
  socklen_t length = sizeof entry->device;

  if (getsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, entry->device, &length) == 0)
    entry->is_bound = entry->device[0] != '\0';
  else if (errno == ENODEV)
    {
      g_strlcpy (entry->device, "?", sizeof entry->device);
      entry->is_bound = TRUE;
    }
}

/* The interface of what is not bound: the one of its address, if it has one. */
static void
find_device (const struct ifaddrs *all,
             BtSocketEntry        *entry)
{
  for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
    {
      BtAddress address;
      socklen_t length;

      if (one->ifa_addr == NULL ||
          (one->ifa_addr->sa_family != AF_INET && one->ifa_addr->sa_family != AF_INET6))
        continue;
      length = one->ifa_addr->sa_family == AF_INET ? sizeof (struct sockaddr_in)
                                                   : sizeof (struct sockaddr_in6);
      if (bt_address_from_sockaddr (one->ifa_addr, length, &address) &&
          bt_address_equal_ip (&address, &entry->local))
        {
          g_strlcpy (entry->device, one->ifa_name, sizeof entry->device);
          return;
        }
    }
}

/* A socket may have several descriptors. FALSE: it is among `seen` already. */
static gboolean
see (GHashTable *seen,
     int         fd)
{
  gint64 cookie = 0;
  socklen_t length = sizeof cookie;

  if (getsockopt (fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0)
    return TRUE;
  return g_hash_table_add (seen, g_memdup2 (&cookie, sizeof cookie));
}

/* FALSE: it is none, or none that is not listed yet. */
static gboolean
read_entry (int                   fd,
            const struct ifaddrs *all,
            GHashTable           *seen,
            BtSocketEntry        *out_entry)
{
  int domain = get_option (fd, SO_DOMAIN);
  int type = get_option (fd, SO_TYPE);
  struct sockaddr_storage sa;
  socklen_t length = sizeof sa;

  if ((domain != AF_INET && domain != AF_INET6) ||
      (type != SOCK_STREAM && type != SOCK_DGRAM) || !see (seen, fd))
    return FALSE;
  *out_entry = (BtSocketEntry) { .is_tcp = type == SOCK_STREAM,
                                 .is_listening = get_option (fd, SO_ACCEPTCONN) > 0,
                                 .is_closing = bt_socket_close_has (fd) };
  if (getsockname (fd, (struct sockaddr *) &sa, &length) == 0)
    bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &out_entry->local);
  length = sizeof sa;
  if (getpeername (fd, (struct sockaddr *) &sa, &length) == 0)
    bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &out_entry->remote);
  read_device (fd, out_entry);
  if (!out_entry->is_bound)
    find_device (all, out_entry);
  return TRUE;
}

GArray *
bt_socket_list (void)
{
  GArray *entries = g_array_new (FALSE, TRUE, sizeof (BtSocketEntry));
  g_autoptr (GDir) folder = g_dir_open (DESCRIPTORS, 0, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  struct ifaddrs *all = NULL;
  const char *name;
  guint n = 0;

  if (folder == NULL || getifaddrs (&all) != 0)
    return entries;
  while ((name = g_dir_read_name (folder)) != NULL && n++ < BT_SOCKET_LIST_MAX)
    {
      guint64 fd = 0;
      BtSocketEntry entry;

      if (g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT, &fd, NULL) &&
          read_entry ((int) fd, all, seen, &entry))
        g_array_append_val (entries, entry);
    }
  freeifaddrs (all);
  return entries;
}
