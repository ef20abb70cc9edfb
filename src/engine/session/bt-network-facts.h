/* bt-network-facts.h - how the engine reaches others, and they it: values, frozen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-discovery.h"

#include "base/bt-address.h"
#include "dht/bt-dht.h"
#include "discovery/bt-local.h"
#include "discovery/bt-port-map.h"

#include <net/if.h>

G_BEGIN_DECLS

typedef struct
{
  guint        discovery;        /* BtDiscovery: what is wished for; what of it works, the rest says */
  guint16      port;             /* that peers reach us at, TCP and UDP; 0: nobody can */
  BtAddress    external4;        /* as others see us, port 0; family NONE: not known yet */
  BtAddress    external6;
  guint16      announced_port;   /* what others are told instead: a router's, when it has mapped ours */
  gint64       incoming_at_us;   /* when a peer from outside last reached us, monotonic; 0: never */

  /* Whether there is a way out at all */
  char         device[IFNAMSIZ]; /* the interface that everything goes through; empty: any */
  guint        is_offline : 1;   /* that is not to be used now: everything waits */
  guint        has_route : 1;    /* there is a way to the internet, in some family */

  /* Whether routers are asked to map the port, and what they say */
  guint          is_mapping : 1;
  BtPortMapFacts map4;
  BtPortMapFacts map6;

  /* UDP, which is only open while something needs it */
  guint        has_udp4 : 1;
  guint        has_udp6 : 1;
  guint        has_dht : 1;      /* the node is there, and `dht` is about it */
  guint        is_dht_bootstrapped : 1;  /* in any family: it knows its surroundings, and look-ups find what is there */
  guint        has_local : 1;    /* local discovery is on, and `local` is about it */
  guint        is_proxied : 1;   /* peers are reached through a proxy, and nobody reaches us */
  guint        is_proxy_down : 1; /* it has failed again and again, and nobody is reached */
  guint        is_anonymous : 1;
  char        *proxy_message; /* owned, nullable: a sentence, why the proxy did not serve us the last time */
  char        *udp_message;      /* owned, nullable: a sentence, why a family's port could not be opened */

  BtDhtFacts   dht;
  char         dht_id4[2 * BT_DHT_ID_BYTES + 1];  /* hexadecimal; empty: that family is off */
  char         dht_id6[2 * BT_DHT_ID_BYTES + 1];
  guint        n_dht_torrents;   /* torrents and magnet links that are looked for there */
  guint        n_dht_waiting;    /* of them, those whose search is due and waits for its turn */

  BtLocalFacts local;
} BtNetworkFacts;

void bt_network_facts_free (BtNetworkFacts *facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtNetworkFacts, bt_network_facts_free)

G_END_DECLS
