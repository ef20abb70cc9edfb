/* bt-tcp.h - TCP: listener and connector, for IPv4 and IPv6, on one port
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-stream.h"

#include "base/bt-clock.h"
#include "base/bt-poller.h"

G_BEGIN_DECLS

typedef struct _BtListener BtListener;

/* Gives the stream away; its func and limits are not set yet. */
typedef void (*BtListenerFunc) (BtStream *stream,
                                gpointer  user_data);

typedef struct
{
  BtAddress bind4;        /* family NONE: any; port ignored */
  BtAddress bind6;        /* family NONE: any */
  guint     use_ipv4 : 1;
  guint     use_ipv6 : 1;
  guint16   port;         /* 0: any, the same for both families (some tries) */
} BtListenerConfig;

/* Fails when no family can be bound, or `port` is taken in one of them; one family missing (no IPv6 on this machine)
 * is no failure. At most 64 connections are accepted a turn; out of descriptors, it pauses for a second instead of
 * spinning. `func` may free the listener. */
BtListener *bt_listener_new       (BtPoller               *poller,
                                   BtClock                *clock,
                                   const BtListenerConfig *config,
                                   BtListenerFunc          func,
                                   gpointer                user_data,
                                   GError                **error);
void        bt_listener_free      (BtListener             *listener);
guint16     bt_listener_get_port  (BtListener             *listener);
gboolean    bt_listener_has_ipv6  (BtListener             *listener);

/* Begins to connect; CONNECTED or FAILED comes later, never inside this call. `bind` (nullable): our address,
 * port 0. TCP_NODELAY is set. NULL with `error` when it cannot even begin. Time-outs are the caller's. */
BtStream   *bt_tcp_connect        (BtPoller               *poller,
                                   BtClock                *clock,
                                   const BtAddress        *remote,
                                   const BtAddress        *bind,
                                   GError                **error);
/* Wraps a connected socket and owns it from here. `remote`: nullable. For tests: socketpairs. NULL when the kernel
 * does not let the poller watch it; `fd` is closed then. */
BtStream   *bt_tcp_stream_new     (BtPoller               *poller,
                                   BtClock                *clock,
                                   int                     fd,
                                   const BtAddress        *remote,
                                   gboolean                is_outgoing);

G_END_DECLS
