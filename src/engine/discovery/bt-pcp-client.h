/* bt-pcp-client.h - has a port mapped by one router, by PCP or else by NAT-PMP
 *
 * One datagram at a time is out: TCP is mapped first, then UDP, on the same port if the router will. Only the router's
 * datagrams reach the socket, and of them only those with our nonce count.
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

#define BT_PCP_CLIENT_LIFETIME_S    3600  /* asked for */
#define BT_PCP_CLIENT_PCP_TRIES     2     /* at 0 and 3 s; it is over at 9 s */
#define BT_PCP_CLIENT_NAT_PMP_TRIES 5     /* at 0, ¼, ¾, 1¾ and 3¾ s; it is over at 7¾ s */

typedef struct _BtPcpClient BtPcpClient;

/* `port`: ours. `server_port`: BT_PCP_PORT, but in tests. Nothing is asked yet. NULL: the socket could not be made, as
 * errno says. */
BtPcpClient *bt_pcp_client_new     (BtPoller         *poller,
                                    BtClock          *clock,
                                    const BtGateway  *gateway,
                                    guint16           port,
                                    guint16           server_port,
                                    BtMapFunc         func,
                                    gpointer          user_data);
void         bt_pcp_client_free    (BtPcpClient      *client);
/* Maps, or renews; `func` comes once, later. `suggested_port`: the external one that would be best. */
void         bt_pcp_client_ask     (BtPcpClient      *client,
                                    guint16           suggested_port);
/* Takes back what there may be, also of an asking that goes on; `func` comes once, later, whether or not the router has
 * heard of it. FALSE: nothing was ever mapped, what goes on ends, and nothing comes. */
gboolean     bt_pcp_client_release (BtPcpClient      *client);
/* A router has said unasked how long it has been running. Whether it seems to have forgotten what it mapped. */
gboolean     bt_pcp_client_hear    (BtPcpClient      *client,
                                    guint32           epoch_s);

G_END_DECLS
