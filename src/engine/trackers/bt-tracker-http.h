/* bt-tracker-http.h - fetches a small answer over HTTP(S), over one address family
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-hub.h"

G_BEGIN_DECLS

/* Shared by all trackers: one libsoup session for each family, and a queue in front of them, so that the time a request
 * may take begins when it is its turn. */
typedef struct _BtTrackerHttp    BtTrackerHttp;
typedef struct _BtTrackerHttpGet BtTrackerHttpGet;

typedef struct
{
  GBytes *body;           /* at most BT_TRACKER_MAX_ANSWER_BYTES, unpacked */
  guint   status;         /* of HTTP */
  guint   retry_after_s;  /* 0: not said */
} BtTrackerHttpAnswer;

/* Called once, from the context, never within bt_tracker_http_get(). Either `answer` or `error` (of BT_TRACKER_ERROR)
 * is set; both are borrowed. */
typedef void (*BtTrackerHttpFunc) (const BtTrackerHttpAnswer *answer,
                                   const GError              *error,
                                   gpointer                   user_data);

BtTrackerHttp    *bt_tracker_http_new      (BtClock                  *clock,
                                            BtPoller                 *poller,
                                            const BtTrackerHubConfig *config);
/* Every get must be over or cancelled. */
void              bt_tracker_http_free     (BtTrackerHttp            *http);
/* Nothing may be under way: connections that are kept for later end. */
void              bt_tracker_http_forget   (BtTrackerHttp            *http);
/* `host`: whom it goes to, for fairness between hosts. `is_urgent`: before all others that wait. The result is valid
 * until `func` is called or it is cancelled. */
BtTrackerHttpGet *bt_tracker_http_get      (BtTrackerHttp            *http,
                                            const char               *url,
                                            const char               *host,
                                            BtFamily                  family,
                                            gboolean                  is_urgent,
                                            BtTrackerHttpFunc         func,
                                            gpointer                  user_data);
/* `func` will not be called. */
void              bt_tracker_http_cancel   (BtTrackerHttpGet         *get);
/* Whether the tracker may have heard of it. */
gboolean          bt_tracker_http_was_sent (BtTrackerHttpGet         *get);

G_END_DECLS
