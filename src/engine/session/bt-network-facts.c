/* bt-network-facts.c - how the engine reaches others, and they it: values, frozen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-network-facts.h"

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

void
bt_network_facts_free (BtNetworkFacts *facts)
{
  if (facts == NULL)
    return;
  g_free (facts->udp_message);
  g_free (facts);
}
