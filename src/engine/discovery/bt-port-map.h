/* bt-port-map.h - has our port mapped by every router next to us, keeps it so, and takes it back
 *
 * When the poller's sockets are bound to an interface, only routers there are asked; when that changes, the map is to
 * be made anew.
 *
 * Each router is asked by PCP, then by NAT-PMP, then by UPnP; those of tunnels, too, but not by UPnP. What is mapped is
 * renewed at half its lifetime, and every ten minutes at the latest, so that a router that began anew is noticed. What
 * failed is tried again, ever more rarely.
 *
 * Thread: the poller's context, which must be the thread-default one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-gateways.h"
#include "bt-mapping.h"

#include "base/bt-clock.h"
#include "base/bt-poller.h"

G_BEGIN_DECLS

#define BT_PORT_MAP_LIST_US      (30 * BT_SECOND_US)       /* how often it is looked which routers there are */
#define BT_PORT_MAP_RENEW_US     (10 * 60 * BT_SECOND_US)  /* at the latest */
#define BT_PORT_MAP_MIN_RENEW_US (5 * BT_SECOND_US)        /* however short the lifetime */
#define BT_PORT_MAP_RETRY_US     (10 * BT_SECOND_US)       /* after the first failure; then twice as long each time … */
#define BT_PORT_MAP_MAX_RETRY_US (30 * 60 * BT_SECOND_US)  /* … but not longer */
#define BT_PORT_MAP_CLOSE_US     (3 * BT_SECOND_US)        /* to take back what is mapped */

typedef struct _BtPortMap BtPortMap;

typedef struct
{
  guint16     port;         /* ours, TCP and UDP; not 0 */
  guint       use_ipv4 : 1;
  guint       use_ipv6 : 1;
  BtAddress   bind4;        /* family NONE: any; else only routers that are asked from this address */
  BtAddress   bind6;
  GArray   *(*list) (void); /* NULL: bt_gateways_list(). In tests those that are made up */
  guint16     pcp_port;     /* 0: BT_PCP_PORT. For tests, like the others */
  guint16     announce_port;
  guint16     ssdp_port;
} BtPortMapConfig;

typedef enum
{
  BT_PORT_MAP_NO_GATEWAY,   /* nobody to ask */
  BT_PORT_MAP_ASKING,       /* for the first time */
  BT_PORT_MAP_MAPPED,
  BT_PORT_MAP_SILENT,       /* nobody answers */
  BT_PORT_MAP_REFUSED,      /* `fault` says why */
} BtPortMapState;

/* Of the router that counts: one that has mapped, best the one that our traffic goes through. */
typedef struct
{
  BtPortMapState state;
  BtGateway      gateway;      /* where there is one */
  BtMapping      mapping;      /* when MAPPED */
  gint64         until_us;     /* when MAPPED: monotonic; G_MAXINT64: until it is taken back */
  BtMapFault     fault;
  guint          n_gateways;   /* that are asked, of this family */
  guint          is_asking : 1; /* it is being asked right now; until it answers, the rest is what it said before */
} BtPortMapFacts;

/* Something of the facts may have changed. May call anything but bt_port_map_free(). */
typedef void (*BtPortMapFunc) (gpointer user_data);

BtPortMap *bt_port_map_new         (BtPoller              *poller,
                                    BtClock               *clock,
                                    const BtPortMapConfig *config,
                                    BtPortMapFunc          func,
                                    gpointer               user_data);
/* Takes nothing back. */
void       bt_port_map_free        (BtPortMap             *map);
/* The network has changed: looks which routers there are now, and asks them all again. */
void       bt_port_map_refresh     (BtPortMap             *map);
/* Takes back what is mapped, and then, BT_PORT_MAP_CLOSE_US later at the latest, calls `closed`, which may free it. Not
 * from within the call; nothing else is told after this. */
void       bt_port_map_close_async (BtPortMap             *map,
                                    BtPortMapFunc          closed,
                                    gpointer               user_data);
void       bt_port_map_get_facts   (BtPortMap             *map,
                                    BtFamily               family,
                                    BtPortMapFacts        *out_facts);

G_END_DECLS
