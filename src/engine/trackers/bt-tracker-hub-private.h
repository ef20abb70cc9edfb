/* bt-tracker-hub-private.h - one question to one tracker, over every address family that fits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-answer.h"
#include "bt-tracker-http.h"
#include "bt-tracker-hub.h"
#include "bt-tracker-udp.h"
#include "bt-tracker-url.h"

#include "base/bt-random.h"

G_BEGIN_DECLS

typedef struct _BtTrackerRequest BtTrackerRequest;

struct _BtTrackerHub
{
  /* owned */
  GMainContext  *context;
  BtTrackerHttp *http;
  BtTrackerUdp  *udp;
  GSource       *flush_source;  /* NULL unless flushes are about to be called */
  GQueue         requests;      /* of BtTrackerRequest */
  GQueue         flushes;

  /* borrowed */
  BtClock       *clock;
  BtPoller      *poller;

  /* values */
  BtRandom       random;        /* shuffling and jitter */
  guint32        key;
  guint          n_stopping;
  guint          n_awaited;     /* of those, to trackers that have answered before */
  gboolean       use_ipv4;
  gboolean       use_ipv6;
  gboolean       use_all_tiers;
  gboolean       supports_encryption;
  gboolean       is_paused;     /* nobody is asked */
};

/* Called from the context, never within bt_tracker_request_new():
 *   answer, no error    one family's answer; another may follow
 *   error               nobody answered; `answer` is set too when it was a refusal; is_last
 *   neither             the last family came to nothing after another had answered; is_last
 * All are borrowed. The request is gone after a call with `is_last`; any call may cancel it.
 */
typedef void (*BtTrackerRequestFunc) (const BtTrackerAnswer *answer,
                                      const GError          *error,
                                      gboolean               is_last,
                                      gpointer               user_data);

/* Owned by the hub until it is over. NULL with BT_TRACKER_ERROR_URL when the tracker cannot be asked that. The key and
 * what else the hub knows is filled into a copy of `question`. */
BtTrackerRequest *bt_tracker_request_new      (BtTrackerHub             *hub,
                                               const char               *url,
                                               const BtTrackerQuestion  *question,
                                               gboolean                  is_scrape,
                                               BtTrackerRequestFunc      func,
                                               gpointer                  user_data,
                                               GError                  **error);
/* `func` will not be called. */
void              bt_tracker_request_cancel   (BtTrackerRequest         *request);
/* `func` will not be called, but the request goes on. */
void              bt_tracker_request_detach   (BtTrackerRequest         *request);
/* This `stopped` goes to a tracker that has answered before: a flush gives it all the time it has. */
void              bt_tracker_request_await    (BtTrackerRequest         *request);
/* Whether the tracker may have heard of it. */
gboolean          bt_tracker_request_was_sent (BtTrackerRequest         *request);

/* The hub's own: a `stopped` is over. */
void              bt_tracker_hub_stopped_over (BtTrackerHub             *hub);

G_END_DECLS
