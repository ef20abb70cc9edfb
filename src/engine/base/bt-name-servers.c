/* bt-name-servers.c - who is to be asked for names through one network interface
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-name-servers.h"

#include <glib/gi18n-lib.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define RESOLV_CONF     "/etc/resolv.conf"
#define MAX_FILE_BYTES  65536
#define RESOLVED        "org.freedesktop.resolve1"
#define RESOLVED_MS     2000  /* for each question */

static void
add_server (GPtrArray    *servers,
            GInetAddress *address)
{
  if (address != NULL && servers->len < BT_NAME_SERVERS_MAX &&
      !g_inet_address_get_is_any (address) && !g_inet_address_get_is_multicast (address))
    g_ptr_array_add (servers, g_object_ref (address));
}

GPtrArray *
bt_name_servers_parse (const char *text)
{
  GPtrArray *servers = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit_set (g_strstrip (lines[i]), " \t", 3);
      g_autoptr (GInetAddress) address = NULL;

      if (g_strv_length (words) < 2 || strcmp (words[0], "nameserver") != 0)
        continue;
      address = g_inet_address_new_from_string (words[1]);
      add_server (servers, address);
    }
  return servers;
}

static GPtrArray *
read_file (void)
{
  g_autofree char *text = NULL;
  gsize n_bytes = 0;

  if (!g_file_get_contents (RESOLV_CONF, &text, &n_bytes, NULL) || n_bytes > MAX_FILE_BYTES)
    return bt_name_servers_parse ("");
  return bt_name_servers_parse (text);
}

/* This machine itself answers on no other interface than its own. */
static void
drop_unreachable (GPtrArray  *servers,
                  const char *device)
{
  gboolean is_loopback = strcmp (device, "lo") == 0;

  for (guint i = servers->len; i > 0; i--)
    if (g_inet_address_get_is_loopback (g_ptr_array_index (servers, i - 1)) != is_loopback)
      g_ptr_array_remove_index (servers, i - 1);
}

/* --- systemd-resolved --- */

/* `a(iay)`: family and address. */
static void
add_variants (GPtrArray *servers,
              GVariant  *list)
{
  GVariantIter iter;
  GVariant *bytes;
  int family;

  g_variant_iter_init (&iter, list);
  while (g_variant_iter_next (&iter, "(i@ay)", &family, &bytes))
    {
      g_autoptr (GInetAddress) address = NULL;
      gsize n_bytes = 0;
      const guint8 *ip = g_variant_get_fixed_array (bytes, &n_bytes, 1);

      if (family == AF_INET && n_bytes == 4)
        address = g_inet_address_new_from_bytes (ip, G_SOCKET_FAMILY_IPV4);
      else if (family == AF_INET6 && n_bytes == 16)
        address = g_inet_address_new_from_bytes (ip, G_SOCKET_FAMILY_IPV6);
      add_server (servers, address);
      g_variant_unref (bytes);
    }
}

static GVariant *
call_resolved (GDBusConnection *bus,
               const char      *path,
               const char      *interface,
               const char      *method,
               GVariant        *arguments,
               const char      *type,
               GCancellable    *cancellable)
{
  return g_dbus_connection_call_sync (bus, RESOLVED, path, interface, method, arguments,
                                      G_VARIANT_TYPE (type), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                      RESOLVED_MS, cancellable, NULL);
}

/* What it cannot tell is no error: then nobody is known. */
static void
ask_resolved (GPtrArray    *servers,
              const char   *device,
              GCancellable *cancellable)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, cancellable, NULL);
  g_autoptr (GVariant) link = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) list = NULL;
  const char *path;

  if (bus == NULL)
    return;
  link = call_resolved (bus, "/org/freedesktop/resolve1", RESOLVED ".Manager", "GetLink",
                        g_variant_new ("(i)", (int) if_nametoindex (device)), "(o)", cancellable);
  if (link == NULL)
    return;
  g_variant_get (link, "(&o)", &path);
  answer = call_resolved (bus, path, "org.freedesktop.DBus.Properties", "Get",
                          g_variant_new ("(ss)", RESOLVED ".Link", "DNS"), "(v)", cancellable);
  if (answer == NULL)
    return;
  g_variant_get (answer, "(v)", &list);
  if (g_variant_is_of_type (list, G_VARIANT_TYPE ("a(iay)")))
    add_variants (servers, list);
}

/* --- Both --- */

GPtrArray *
bt_name_servers_find (const char    *device,
                      GCancellable  *cancellable,
                      GError       **error)
{
  g_autoptr (GPtrArray) servers = read_file ();

  drop_unreachable (servers, device);
  if (servers->len == 0)
    {
      ask_resolved (servers, device, cancellable);
      drop_unreachable (servers, device);
    }
  if (servers->len > 0)
    return g_steal_pointer (&servers);
  g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE,
               _("No name server is known that can be asked through “%s”"), device);
  return NULL;
}
