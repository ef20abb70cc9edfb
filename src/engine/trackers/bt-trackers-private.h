/* bt-trackers-private.h - the trackers of a torrent, in tiers and lanes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-hub-private.h"
#include "bt-trackers.h"

G_BEGIN_DECLS

typedef struct _BtTracker     BtTracker;
typedef struct _BtTrackerLane BtTrackerLane;

/* What made a round of announces begin, which decides what it need not wait for. */
typedef enum
{
  BT_ROUND_SCHEDULED,  /* waits for back-off and `min interval` */
  BT_ROUND_EVENT,      /* started, completed: does not wait for `min interval` */
  BT_ROUND_PERSON,     /* waits for nothing */
} BtRoundKind;

struct _BtTracker
{
  /* owned */
  char             *url;
  char             *message;       /* never NULL */
  GBytes           *tracker_id;    /* nullable; what it wants to hear again */

  /* borrowed; each NULL when nothing is under way */
  BtTrackers       *trackers;
  BtTrackerRequest *announce;
  BtTrackerRequest *scrape;
  BtTrackerRequest *stop;

  /* values */
  guint             tier;
  BtTrackerState    state;
  BtTrackerError    error;         /* of the last failure */
  BtTrackerEvent    event;         /* of the announce under way */
  gint64            last_at_us;
  gint64            retry_at_us;   /* back-off: not before */
  gint64            min_at_us;     /* its `min interval`: not before */
  gint64            counts_at_us;  /* when it last gave numbers; 0: never */
  gint64            scraped_at_us;
  int               n_seeds;
  int               n_leechers;
  int               n_downloaded;
  guint             n_peers;
  guint             n_failures;
  guint             round;         /* the last one it was asked in */
  gboolean          is_told;       /* it heard `started` and not yet `stopped` */
  gboolean          is_banned;     /* it said "never", or cannot be asked */
};

/* A walk along tiers that is content with one tracker that answers: one for all tiers, or one for each. */
struct _BtTrackerLane
{
  BtTrackers    *trackers;     /* borrowed */
  BtTracker     *current;      /* borrowed; being asked, no answer yet; NULL: none */
  BtTracker     *planned;      /* borrowed; the last that answered; NULL: none */
  BtTimer        timer;        /* the next round */
  guint          tier;         /* G_MAXUINT: all */
  guint          round;
  BtRoundKind    kind;         /* of the round */
  gboolean       has_completed; /* `completed` is still to be said */
  gboolean       is_outdated;   /* what is under way says what is no longer true */
};

struct _BtTrackers
{
  /* owned */
  GPtrArray           *list;   /* of BtTracker (owned), by tier, within it in the order of asking */
  GPtrArray           *lanes;  /* of BtTrackerLane (owned); empty unless running */

  /* borrowed */
  BtTrackerHub        *hub;
  const BtTrackersOps *ops;
  gpointer             owner;

  /* values */
  BtTimer              scrape_timer;
  guint                n_rounds;
  gboolean             is_running;
  gboolean             has_lane_per_tier;
  gboolean             was_completed;  /* at the start, or has been said */
};

/* bt-trackers-announce.c */
void           bt_trackers_begin_round    (BtTrackerLane *lane,
                                           BtRoundKind    kind);
/* Goes on with the round after a tracker failed or went. */
void           bt_trackers_ask_next       (BtTrackerLane *lane);
/* Ends what is under way; `stopped` to it when it may have heard of us. */
void           bt_tracker_leave           (BtTracker     *tracker);
void           bt_tracker_set_message     (BtTracker     *tracker,
                                           const char    *message);

/* bt-trackers.c; NULL when none */
BtTrackerLane *bt_trackers_find_lane      (BtTrackers    *trackers,
                                           guint          tier);
gboolean       bt_tracker_is_in_lane      (BtTracker     *tracker,
                                           BtTrackerLane *lane);
/* BEP 12: to the front of its tier. */
void           bt_trackers_promote        (BtTrackers    *trackers,
                                           BtTracker     *tracker);
void           bt_trackers_changed        (BtTrackers    *trackers);

/* bt-trackers-scrape.c */
void           bt_trackers_scrape_timer_cb (gpointer      user_data);
void           bt_trackers_arm_scrape     (BtTrackers    *trackers);

G_END_DECLS
