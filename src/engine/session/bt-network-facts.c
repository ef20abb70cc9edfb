/* bt-network-facts.c - how the engine reaches others, and they it: values, frozen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-network-facts.h"

#include <string.h>

#define MAX_HOST_BYTES 253  /* RFC 1035 */

const char *const *
bt_discovery_get_default_nodes (void)
{
  static const char *const nodes[] = {
    "router.bittorrent.com:6881",
    "router.utorrent.com:6881",
    "dht.transmissionbt.com:6881",
    "dht.libtorrent.org:25401",
    "dht.aelitis.com:6881",
    NULL,
  };

  return nodes;
}

gboolean
bt_discovery_split_node (const char  *node,
                         char       **out_host,
                         guint16     *out_port)
{
  char text[BT_ADDRESS_STRING_BYTES];
  const char *colon = strrchr (node, ':');
  g_autofree char *host = NULL;
  BtAddress address;
  guint64 port;

  if (bt_address_parse (node, 0, &address))
    {
      host = g_strdup (bt_address_ip_to_string (&address, text));
      port = address.port;
      if (port == 0)
        return FALSE;
    }
  else
    {
      if (colon == NULL || colon == node || colon - node > MAX_HOST_BYTES ||
          !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
        return FALSE;
      host = g_strndup (node, (gsize) (colon - node));
      if (strpbrk (host, ":[]/ \t") != NULL)
        return FALSE;
    }
  if (out_host != NULL)
    *out_host = g_steal_pointer (&host);
  if (out_port != NULL)
    *out_port = (guint16) port;
  return TRUE;
}

void
bt_network_facts_free (BtNetworkFacts *facts)
{
  if (facts == NULL)
    return;
  g_free (facts->proxy_message);
  g_free (facts->udp_message);
  g_free (facts);
}
