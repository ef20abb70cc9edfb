/* bt-tracker-hub.h - what all torrents' tracker workers share: the HTTP session, the UDP sockets, the resolver
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-clock.h"
#include "base/bt-poller.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TRACKER_MIN_INTERVAL_S   60
#define BT_TRACKER_MAX_INTERVAL_S   (24 * 3600)
#define BT_TRACKER_MAX_ANSWER_BYTES (1024 * 1024)
#define BT_TRACKER_MAX_REDIRECTS    5
#define BT_TRACKER_MAX_PEERS        2000  /* taken from one answer */
#define BT_TRACKER_MAX_URL_BYTES    2048
#define BT_TRACKER_DEFAULT_TIMEOUT_S 30

#define BT_TRACKER_ERROR (bt_tracker_error_quark ())

typedef enum
{
  BT_TRACKER_ERROR_FAILED,
  BT_TRACKER_ERROR_URL,
  BT_TRACKER_ERROR_UNREACHABLE,
  BT_TRACKER_ERROR_TIMED_OUT,
  BT_TRACKER_ERROR_REFUSED,      /* the tracker's own `failure reason` */
  BT_TRACKER_ERROR_BAD_ANSWER,
  BT_TRACKER_ERROR_TOO_LARGE,
  BT_TRACKER_ERROR_CERTIFICATE,
} BtTrackerError;

GQuark bt_tracker_error_quark (void);

typedef struct _BtTrackerHub BtTrackerHub;

typedef struct
{
  const char *user_agent;     /* borrowed during the call */
  BtAddress   bind4;          /* family NONE: any */
  BtAddress   bind6;
  guint       use_ipv4 : 1;
  guint       use_ipv6 : 1;
  guint       use_all_tiers : 1;       /* a public torrent announces to one tracker of every tier at once */
  guint       supports_encryption : 1; /* say so to HTTP trackers (`supportcrypto`) */
  guint       timeout_s;      /* of a whole HTTP request or a look-up; 0: BT_TRACKER_DEFAULT_TIMEOUT_S */
  guint32     key;            /* BEP 7 `key`, the same for this run */
  GProxyResolver *proxy_resolver; /* borrowed during the call; for HTTP; NULL: the system's */
} BtTrackerHubConfig;

/* libsoup and GResolver work on the thread-default context: `context` must be it whenever this room is called, and is
 * while it is dispatched from a thread that pushed it. `clock` and `poller` are borrowed and outlive the hub.
 * Thread: the context's. */
BtTrackerHub *bt_tracker_hub_new         (GMainContext             *context,
                                          BtClock                  *clock,
                                          BtPoller                 *poller,
                                          const BtTrackerHubConfig *config);
/* Drops what is under way; every BtTrackers of the hub must be gone. A pending flush is never called. What libsoup
 * and GResolver still hold is let go in the context's next turns. */
void          bt_tracker_hub_free        (BtTrackerHub             *hub);
/* Calls `func`, from the context, when every `stopped` still under way has been answered or failed, at the latest after
 * `timeout_us`; those to trackers that have never answered are only waited for half a second. `func` may free the
 * hub. */
void          bt_tracker_hub_flush_async (BtTrackerHub             *hub,
                                          gint64                    timeout_us,
                                          void                    (*func) (gpointer user_data),
                                          gpointer                  user_data);
/* TRUE: what is under way is dropped, nobody is asked any more, and what is known of the network is forgotten; every
 * BtTrackers of the hub must have been paused. FALSE: all may go on. */
void          bt_tracker_hub_set_paused  (BtTrackerHub             *hub,
                                          gboolean                  is_paused);
/* The `stopped` announces still under way. */
guint         bt_tracker_hub_get_n_stopping (BtTrackerHub          *hub);

G_END_DECLS
