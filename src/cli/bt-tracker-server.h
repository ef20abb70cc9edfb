/* bt-tracker-server.h - a small HTTP and UDP tracker for a private swarm
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-clock.h"
#include "base/bt-poller.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TRACKER_SERVER_DEFAULT_INTERVAL_S 900
#define BT_TRACKER_SERVER_MAX_TORRENTS       4096
#define BT_TRACKER_SERVER_MAX_PEERS          65536  /* of all torrents together */
#define BT_TRACKER_SERVER_MAX_ANSWER_PEERS   200

/* Announce and scrape over HTTP (compact and as dictionaries) and UDP, IPv4 and IPv6. Everything is in memory and
 * within the limits above; whoever does not come back for two intervals is forgotten.
 * A peer is known by the address it asks from and the port it names, never by an address it claims.
 * Thread: the context's, which must be the thread-default one.
 */
typedef struct _BtTrackerServer BtTrackerServer;

typedef struct
{
  BtAddress bind;        /* family NONE: every address of both families; the port counts, 0: any */
  guint     interval_s;  /* what peers are told; 0: BT_TRACKER_SERVER_DEFAULT_INTERVAL_S */
} BtTrackerServerConfig;

/* NULL with a G_IO_ERROR when the address or the port cannot be had. `clock` and `poller` are borrowed. */
BtTrackerServer *bt_tracker_server_new           (BtClock                      *clock,
                                                  BtPoller                     *poller,
                                                  const BtTrackerServerConfig  *config,
                                                  GError                      **error);
void             bt_tracker_server_free          (BtTrackerServer              *server);
/* The same when the system allowed it, as it nearly always does. */
guint16          bt_tracker_server_get_http_port (BtTrackerServer              *server);
guint16          bt_tracker_server_get_udp_port  (BtTrackerServer              *server);
/* The announce URL for somebody who sees us as `host` ("192.168.1.2", "[::1]", "box.local"); NULL: the address it is
 * bound to, or loopback. (transfer full) */
char            *bt_tracker_server_dup_url       (BtTrackerServer              *server,
                                                  const char                   *host,
                                                  gboolean                      is_udp);
guint            bt_tracker_server_get_n_torrents (BtTrackerServer             *server);
guint            bt_tracker_server_get_n_peers   (BtTrackerServer              *server);
/* The announces that were answered, errors not counted. */
guint64          bt_tracker_server_get_n_announces (BtTrackerServer            *server);

G_END_DECLS
