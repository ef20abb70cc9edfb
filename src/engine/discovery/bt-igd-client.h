/* bt-igd-client.h - has a port mapped by the routers of one network, by UPnP
 *
 * They are searched for in the network, described by themselves, and asked one after the other until one maps the port
 * for TCP and UDP. A port that is somebody else's is followed by others at random.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-gateways.h"
#include "bt-mapping.h"

#include "base/bt-clock.h"
#include "base/bt-poller.h"

G_BEGIN_DECLS

#define BT_IGD_CLIENT_LEASE_S   3600  /* asked for */
#define BT_IGD_CLIENT_MAX_PORTS 5       /* that are tried */

typedef struct _BtIgdClient BtIgdClient;

/* `gateway`: asked first when it answers the search. `port`: ours. `group`: bt_ssdp_search_new().
 * NULL: the socket could not be made, as errno says. */
BtIgdClient *bt_igd_client_new         (BtPoller         *poller,
                                        BtClock          *clock,
                                        const BtGateway  *gateway,
                                        guint16           port,
                                        const BtAddress  *group,
                                        BtMapFunc         func,
                                        gpointer          user_data);
void         bt_igd_client_free        (BtIgdClient      *client);
/* Maps, or renews; `func` comes once, later. `suggested_port`: the external one that would be best. */
void         bt_igd_client_ask         (BtIgdClient      *client,
                                        guint16           suggested_port);
/* Takes back what there may be, also of an asking that goes on; `func` comes once, later, whether or not the router has
 * heard of it. FALSE: nothing is mapped, what goes on ends, and nothing comes. */
gboolean     bt_igd_client_release     (BtIgdClient      *client);

G_END_DECLS
