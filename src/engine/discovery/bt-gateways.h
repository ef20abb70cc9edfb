/* bt-gateways.h - the routers next to us, which may be asked to map a port
 *
 * Thread: any.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-socket.h"

G_BEGIN_DECLS

#define BT_GATEWAYS_MAX 8   /* more are left out */

typedef struct
{
  BtAddress address;        /* port 0 */
  BtAddress local;          /* ours, that it is asked from: port 0 */
  guint     interface;      /* the kernel's index */
  guint     is_tunnel : 1;  /* a point-to-point interface's */
} BtGateway;

/* Those of default routes, whatever routing table they are in. A tunnel's route has often none: then it is the other
 * end, or the first address of the tunnel's network, where providers of VPNs answer. Empty when the kernel does not
 * tell. (transfer full): BtGateway, none twice */
GArray   *bt_gateways_list        (void);
/* Our address for what goes to the internet; family NONE: there is no way there. Nothing is sent. */
BtAddress bt_gateways_get_source  (const BtSocketRules *rules,
                                   BtFamily             family);

G_END_DECLS
