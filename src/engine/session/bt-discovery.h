/* bt-discovery.h - by which ways, besides trackers, peers are found
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* None of them ever for a private torrent (BEP 27). */
typedef enum
{
  BT_DISCOVERY_PEX   = 1 << 0,  /* peers tell of peers (BEP 11) */
  BT_DISCOVERY_LOCAL = 1 << 1,  /* on the local network (BEP 14) */
  BT_DISCOVERY_DHT   = 1 << 2,  /* BEP 5 */
  BT_DISCOVERY_ALL   = 7,
} BtDiscovery;

#define BT_DISCOVERY_MAX_DHT_NODES 64  /* of which a session is told; others are ignored */

/* The public nodes that know others, for applications that want them: HOST:PORT, NULL-terminated. Nothing asks them
 * unless it is told to. */
const char *const *bt_discovery_get_default_nodes (void);
/* HOST:PORT, or [IPV6]:PORT. Both results are nullable; `out_host` (transfer full): without brackets. FALSE: it is
 * none. */
gboolean           bt_discovery_split_node        (const char *node,
                                                   char      **out_host,
                                                   guint16    *out_port);

G_END_DECLS
