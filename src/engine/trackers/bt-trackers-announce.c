/* bt-trackers-announce.c - whom to ask next, when, and what an answer means for that
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-trackers-private.h"

#define DEFAULT_INTERVAL_S     1800
#define FIRST_BACK_OFF_S       60
#define MAX_BACK_OFF_S         3600
#define MAX_BACK_OFF_DOUBLINGS 6
#define JITTER_PERCENT         10

void
bt_tracker_set_message (BtTracker  *tracker,
                        const char *message)
{
  g_free (tracker->message);
  tracker->message = g_strdup (message);
}

static gint64
get_now_us (BtTrackers *trackers)
{
  return bt_clock_get_us (trackers->hub->clock);
}

static gint64
clamp_interval_us (guint interval_s)
{
  return CLAMP (interval_s, BT_TRACKER_MIN_INTERVAL_S, BT_TRACKER_MAX_INTERVAL_S) * BT_SECOND_US;
}

/* 60 s, 120 s … 1 h, each a little longer by chance, so that not everybody comes back at once. */
static gint64
draw_back_off_us (BtTracker *tracker)
{
  guint n_doublings = MIN (tracker->n_failures - 1, MAX_BACK_OFF_DOUBLINGS);
  gint64 wait_us = MIN (FIRST_BACK_OFF_S << n_doublings, MAX_BACK_OFF_S) * BT_SECOND_US;
  guint32 chance = bt_random_below (&tracker->trackers->hub->random, 1000);

  return wait_us + wait_us * JITTER_PERCENT * chance / (100 * 1000);
}

static void
plan (BtTrackerLane *lane,
      gint64         at_us)
{
  BtClock *clock = lane->trackers->hub->clock;

  if (at_us == G_MAXINT64)
    bt_timer_disarm (&lane->timer, clock);
  else
    bt_timer_arm (&lane->timer, clock, at_us);
}

/* The tracker answers for its lane. What is told to the owner is left to the caller. */
static void
take_first_answer (BtTracker             *tracker,
                   BtTrackerLane         *lane,
                   const BtTrackerAnswer *answer)
{
  gint64 now_us = get_now_us (tracker->trackers);
  gint64 interval_us = clamp_interval_us (answer->interval_s != 0 ? answer->interval_s
                                                                  : DEFAULT_INTERVAL_S);
  gint64 min_us = clamp_interval_us (answer->min_interval_s);

  tracker->state = BT_TRACKER_WORKING;
  tracker->is_told = TRUE;
  tracker->n_failures = 0;
  tracker->retry_at_us = 0;
  tracker->last_at_us = now_us;
  tracker->min_at_us = now_us + min_us;
  tracker->n_peers = 0;
  bt_tracker_set_message (tracker, answer->warning != NULL ? answer->warning : "");
  bt_trackers_promote (tracker->trackers, tracker);

  lane->current = NULL;
  lane->planned = tracker;
  if (tracker->event == BT_TRACKER_EVENT_COMPLETED)
    lane->has_completed = FALSE;
  if (lane->has_completed || lane->is_outdated)
    bt_trackers_begin_round (lane, BT_ROUND_EVENT);
  else
    plan (lane, now_us + MAX (interval_us, min_us));
}

static void
take_counts (BtTracker             *tracker,
             const BtTrackerAnswer *answer)
{
  if (answer->n_seeds < 0 && answer->n_leechers < 0)
    return;

  tracker->counts_at_us = get_now_us (tracker->trackers);
  tracker->n_seeds = answer->n_seeds;
  tracker->n_leechers = answer->n_leechers;
  if (answer->n_downloaded >= 0)
    tracker->n_downloaded = answer->n_downloaded;
}

/* One family's answer. */
static void
tracker_answered (BtTracker             *tracker,
                  const BtTrackerAnswer *answer)
{
  BtTrackers *trackers = tracker->trackers;
  BtTrackerLane *lane = bt_trackers_find_lane (trackers, tracker->tier);

  if (answer->tracker_id != NULL)
    {
      g_clear_pointer (&tracker->tracker_id, g_bytes_unref);
      tracker->tracker_id = g_bytes_ref (answer->tracker_id);
    }
  take_counts (tracker, answer);
  if (lane->current == tracker)
    take_first_answer (tracker, lane, answer);
  tracker->n_peers += answer->n_peers;

  /* The owner may do anything to the tracker from here on. */
  if (answer->n_peers > 0)
    trackers->ops->add_peers (trackers->owner, answer->peers, answer->n_peers);
  if (answer->external.family != BT_FAMILY_NONE)
    trackers->ops->seen_at (trackers->owner, &answer->external);
  bt_trackers_changed (trackers);
}

static void
tracker_failed (BtTracker             *tracker,
                const BtTrackerAnswer *answer,
                const GError          *error)
{
  BtTrackers *trackers = tracker->trackers;
  BtTrackerLane *lane = bt_trackers_find_lane (trackers, tracker->tier);
  gint64 wait_us;

  tracker->state = BT_TRACKER_FAILED;
  tracker->error = (BtTrackerError) error->code;
  tracker->n_failures++;
  tracker->n_peers = 0;
  tracker->last_at_us = get_now_us (trackers);
  bt_tracker_set_message (tracker, error->message);
  wait_us = draw_back_off_us (tracker);
  if (answer != NULL && answer->retry_in_s != 0)
    wait_us = clamp_interval_us (answer->retry_in_s);
  tracker->retry_at_us = tracker->last_at_us + wait_us;
  tracker->is_banned = answer != NULL && answer->is_never;

  if (lane->planned == tracker)
    lane->planned = NULL;
  if (lane->current == tracker)
    {
      lane->current = NULL;
      bt_trackers_ask_next (lane);
    }
  bt_trackers_changed (trackers);
}

static void
announce_cb (const BtTrackerAnswer *answer,
             const GError          *error,
             gboolean               is_last,
             gpointer               user_data)
{
  BtTracker *tracker = user_data;

  if (is_last)
    tracker->announce = NULL;
  if (error != NULL)
    tracker_failed (tracker, answer, error);
  else if (answer != NULL)
    tracker_answered (tracker, answer);
}

static void
ask (BtTrackerLane *lane,
     BtTracker     *tracker)
{
  BtTrackers *trackers = lane->trackers;
  BtTrackerQuestion question = { .tracker_id = tracker->tracker_id };

  /* What is left of earlier requests must not arrive after this one. */
  g_clear_pointer (&tracker->announce, bt_tracker_request_cancel);
  g_clear_pointer (&tracker->stop, bt_tracker_request_cancel);
  trackers->ops->get_announce (trackers->owner, &question.announce);
  if (!tracker->is_told)
    question.event = BT_TRACKER_EVENT_STARTED;
  else if (lane->has_completed)
    question.event = BT_TRACKER_EVENT_COMPLETED;

  lane->current = tracker;
  lane->is_outdated = FALSE;
  tracker->round = lane->round;
  tracker->event = question.event;
  tracker->state = BT_TRACKER_ANNOUNCING;
  /* It was looked at when it was added: it can be asked. */
  tracker->announce = bt_tracker_request_new (trackers->hub, tracker->url, &question, FALSE,
                                              announce_cb, tracker, NULL);
  g_assert (tracker->announce != NULL);
}

void
bt_trackers_ask_next (BtTrackerLane *lane)
{
  BtTrackers *trackers = lane->trackers;
  gint64 now_us = get_now_us (trackers);
  gint64 earliest_us = G_MAXINT64;

  for (guint i = 0; i < trackers->list->len; i++)
    {
      BtTracker *tracker = trackers->list->pdata[i];
      gboolean is_early = lane->kind != BT_ROUND_PERSON && tracker->retry_at_us > now_us;

      if (tracker->is_banned || !bt_tracker_is_in_lane (tracker, lane))
        continue;
      if (tracker->round == lane->round || is_early)
        {
          earliest_us = MIN (earliest_us, tracker->retry_at_us);
          continue;
        }
      /* It works, and only wants to be left in peace: no reason to bother those behind it. */
      if (lane->kind == BT_ROUND_SCHEDULED && tracker->min_at_us > now_us)
        {
          plan (lane, MIN (earliest_us, tracker->min_at_us));
          return;
        }
      ask (lane, tracker);
      return;
    }
  plan (lane, earliest_us);
}

void
bt_trackers_begin_round (BtTrackerLane *lane,
                         BtRoundKind    kind)
{
  bt_timer_disarm (&lane->timer, lane->trackers->hub->clock);
  lane->kind = kind;
  lane->round = ++lane->trackers->n_rounds;
  if (!lane->trackers->hub->is_paused)
    bt_trackers_ask_next (lane);
}

static void
stop_cb (const BtTrackerAnswer *answer,
         const GError          *error,
         gboolean               is_last,
         gpointer               user_data)
{
  BtTracker *tracker = user_data;

  if (is_last)
    tracker->stop = NULL;
}

void
bt_tracker_leave (BtTracker *tracker)
{
  BtTrackers *trackers = tracker->trackers;
  BtTrackerQuestion question = { .tracker_id = tracker->tracker_id,
                                 .event = BT_TRACKER_EVENT_STOPPED };
  gboolean has_answered = tracker->is_told;
  gboolean knows_us = has_answered;

  if (tracker->announce != NULL && bt_tracker_request_was_sent (tracker->announce))
    knows_us = TRUE;
  g_clear_pointer (&tracker->announce, bt_tracker_request_cancel);
  g_clear_pointer (&tracker->scrape, bt_tracker_request_cancel);
  tracker->is_told = FALSE;
  if (!knows_us || trackers->hub->is_paused)
    return;

  g_clear_pointer (&tracker->stop, bt_tracker_request_cancel);
  trackers->ops->get_announce (trackers->owner, &question.announce);
  tracker->stop = bt_tracker_request_new (trackers->hub, tracker->url, &question, FALSE,
                                          stop_cb, tracker, NULL);
  if (has_answered && tracker->stop != NULL)
    bt_tracker_request_await (tracker->stop);
}
