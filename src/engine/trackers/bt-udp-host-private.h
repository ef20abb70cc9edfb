/* bt-udp-host-private.h - a UDP tracker over one family, and those who wait for its connection id
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-udp-private.h"

G_BEGIN_DECLS

typedef struct _BtUdpHost   BtUdpHost;
typedef struct _BtUdpLookUp BtUdpLookUp;

typedef enum
{
  BT_UDP_HOST_IDLE,        /* no connection id, or an old one */
  BT_UDP_HOST_RESOLVING,   /* or waiting for the proxy */
  BT_UDP_HOST_CONNECTING,
} BtUdpHostState;

struct _BtTrackerUdp
{
  /* owned */
  BtUdpSocket *sockets[2];  /* IPv4, IPv6; opened when first needed */
  GHashTable  *hosts;       /* "family host port" → BtUdpHost (owned) */

  /* borrowed */
  BtClock     *clock;
  BtPoller    *poller;
  BtSocksUdp  *relay;       /* nullable, when proxied */

  /* values */
  gboolean     is_proxied;
  BtAddress    bind_to[2];
  gboolean     is_used[2];
  gint64       timeout_us;
};

/* A tracker over one family. Lives as long as somebody asks it or its connection id is good. */
struct _BtUdpHost
{
  /* owned */
  char          *key;
  char          *name;

  /* borrowed */
  BtTrackerUdp  *udp;
  BtUdpLookUp   *look_up;  /* NULL unless RESOLVING */
  GQueue         waiting;  /* of BtTrackerUdpAsk, for a connection id */

  /* values */
  BtPollTask     pump;     /* serves `waiting` */
  BtTimer        timer;    /* of the look-up */
  BtUdpExchange  connect;
  BtAddress      address;
  BtFamily       family;
  BtUdpHostState state;
  guint          n_asks;
  guint          n_holds;  /* calls on the stack that still need it */
  gboolean       has_id;
  guint64        connection_id;
  gint64         id_at_us;
};

struct _BtTrackerUdpAsk
{
  /* owned */
  char              *url_data;

  /* borrowed */
  BtUdpHost         *host;
  gpointer           user_data;

  /* values */
  BtTrackerUdpFunc   func;
  BtTrackerQuestion  question;
  BtUdpExchange      exchange;
  gboolean           is_scrape;
  gboolean           is_waiting;   /* in the host's queue */
  gboolean           was_sent;
  gboolean           has_fresh_id; /* the connection id was made since it asked */
};

/* `key`: its place among the hosts of `udp`, which the caller gives it. (transfer full) */
BtUdpHost   *bt_udp_host_new         (BtTrackerUdp          *udp,
                                      char                  *key,
                                      const BtTrackerTarget *target,
                                      BtFamily               family);
/* A GDestroyNotify. */
void         bt_udp_host_free        (gpointer               host);
/* Forgets a host that nobody needs, unless its connection id may serve the next. */
void         bt_udp_host_release     (BtUdpHost             *host);
gboolean     bt_udp_host_has_good_id (BtUdpHost             *host);
BtUdpSocket *bt_udp_host_get_socket  (BtUdpHost             *host,
                                      GError               **error);

/* Of bt-tracker-udp.c, for those who wait: the connection id is there. May end the question. */
void         bt_tracker_udp_ask_begin  (BtTrackerUdpAsk       *ask);
/* The last thing its caller does with `ask`. */
void         bt_tracker_udp_ask_finish (BtTrackerUdpAsk       *ask,
                                        const BtTrackerAnswer *answer,
                                        const GError          *error);

G_END_DECLS
