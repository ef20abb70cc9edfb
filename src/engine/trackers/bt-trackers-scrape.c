/* bt-trackers-scrape.c - numbers of a swarm from trackers whose announces bring none
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-trackers-private.h"

#define SCRAPE_EVERY_S  1800
/* A tracker is not scraped more often, whoever asks, nor so shortly before an announce. */
#define SCRAPE_MIN_S    60

static void
scrape_cb (const BtTrackerAnswer *answer,
           const GError          *error,
           gboolean               is_last,
           gpointer               user_data)
{
  BtTracker *tracker = user_data;

  if (is_last)
    tracker->scrape = NULL;
  /* A failure says nothing about the announces: the next try is in half an hour. */
  if (answer == NULL || error != NULL)
    return;

  tracker->counts_at_us = bt_clock_get_us (tracker->trackers->hub->clock);
  tracker->n_seeds = answer->n_seeds;
  tracker->n_leechers = answer->n_leechers;
  tracker->n_downloaded = answer->n_downloaded;
  bt_trackers_changed (tracker->trackers);
}

static void
scrape (BtTracker *tracker)
{
  BtTrackers *trackers = tracker->trackers;
  BtTrackerQuestion question = { 0 };
  gint64 now_us = bt_clock_get_us (trackers->hub->clock);

  if (tracker->scrape != NULL || trackers->hub->is_paused)
    return;
  if (tracker->scraped_at_us != 0 && now_us - tracker->scraped_at_us < SCRAPE_MIN_S * BT_SECOND_US)
    return;

  tracker->scraped_at_us = now_us;
  trackers->ops->get_announce (trackers->owner, &question.announce);
  tracker->scrape = bt_tracker_request_new (trackers->hub, tracker->url, &question, TRUE,
                                            scrape_cb, tracker, NULL);
}

/* The one that speaks for the lane, else the first that might; `lane` NULL: of all. */
static BtTracker *
find_speaker (BtTrackers    *trackers,
              BtTrackerLane *lane)
{
  if (lane != NULL && lane->planned != NULL)
    return lane->planned;

  for (guint i = 0; i < trackers->list->len; i++)
    {
      BtTracker *tracker = trackers->list->pdata[i];

      if (!tracker->is_banned && (lane == NULL || bt_tracker_is_in_lane (tracker, lane)))
        return tracker;
    }
  return NULL;
}

void
bt_trackers_scrape (BtTrackers *trackers)
{
  BtTracker *tracker;

  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      tracker = find_speaker (trackers, trackers->lanes->pdata[i]);
      if (tracker != NULL)
        scrape (tracker);
    }
  if (trackers->lanes->len == 0 && (tracker = find_speaker (trackers, NULL)) != NULL)
    scrape (tracker);
}

void
bt_trackers_arm_scrape (BtTrackers *trackers)
{
  bt_timer_arm_in (&trackers->scrape_timer, trackers->hub->clock, SCRAPE_EVERY_S * BT_SECOND_US);
}

/* No numbers of late, and no announce that may bring some. */
static gboolean
needs_scrape (BtTrackerLane *lane)
{
  gint64 now_us = bt_clock_get_us (lane->trackers->hub->clock);
  gint64 soon_us = SCRAPE_MIN_S * BT_SECOND_US;

  if (lane->planned == NULL || lane->current != NULL || !bt_timer_is_armed (&lane->timer) ||
      lane->timer.due_at_us - now_us < soon_us)
    return FALSE;
  return lane->planned->counts_at_us == 0 ||
         now_us - lane->planned->counts_at_us >= SCRAPE_EVERY_S * BT_SECOND_US - soon_us;
}

void
bt_trackers_scrape_timer_cb (gpointer user_data)
{
  BtTrackers *trackers = user_data;

  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      BtTrackerLane *lane = trackers->lanes->pdata[i];

      if (needs_scrape (lane))
        scrape (lane->planned);
    }
  bt_trackers_arm_scrape (trackers);
}
