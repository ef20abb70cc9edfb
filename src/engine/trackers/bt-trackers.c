/* bt-trackers.c - one torrent's trackers: tiers, announces, what they answered
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-trackers.h"

#include "bt-trackers-private.h"

#include <string.h>

void
bt_trackers_changed (BtTrackers *trackers)
{
  trackers->ops->changed (trackers->owner);
}

/* Lanes */

gboolean
bt_tracker_is_in_lane (BtTracker     *tracker,
                       BtTrackerLane *lane)
{
  return lane->tier == G_MAXUINT || lane->tier == tracker->tier;
}

BtTrackerLane *
bt_trackers_find_lane (BtTrackers *trackers,
                       guint       tier)
{
  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      BtTrackerLane *lane = trackers->lanes->pdata[i];

      if (lane->tier == G_MAXUINT || lane->tier == tier)
        return lane;
    }
  return NULL;
}

static void
lane_due_cb (gpointer user_data)
{
  BtTrackerLane *lane = user_data;
  BtTrackers *trackers = lane->trackers;

  bt_trackers_begin_round (lane, BT_ROUND_SCHEDULED);
  bt_trackers_changed (trackers);
}

static void
lane_free (gpointer data)
{
  BtTrackerLane *lane = data;

  bt_timer_disarm (&lane->timer, lane->trackers->hub->clock);
  g_free (lane);
}

/* The lane of a tier; a new one when it has none yet. */
static BtTrackerLane *
ensure_lane (BtTrackers *trackers,
             guint       tier)
{
  BtTrackerLane *lane = bt_trackers_find_lane (trackers, tier);

  if (lane != NULL)
    return lane;

  lane = g_new0 (BtTrackerLane, 1);
  lane->trackers = trackers;
  lane->tier = trackers->has_lane_per_tier ? tier : G_MAXUINT;
  bt_timer_init (&lane->timer, lane_due_cb, lane);
  g_ptr_array_add (trackers->lanes, lane);
  return lane;
}

/* Tiers */

static void
tracker_free (gpointer data)
{
  BtTracker *tracker = data;

  g_clear_pointer (&tracker->announce, bt_tracker_request_cancel);
  g_clear_pointer (&tracker->scrape, bt_tracker_request_cancel);
  if (tracker->stop != NULL)
    bt_tracker_request_detach (tracker->stop);
  g_clear_pointer (&tracker->tracker_id, g_bytes_unref);
  g_free (tracker->message);
  g_free (tracker->url);
  g_free (tracker);
}

static BtTracker *
find_tracker (BtTrackers *trackers,
              const char *url)
{
  for (guint i = 0; i < trackers->list->len; i++)
    {
      BtTracker *tracker = trackers->list->pdata[i];

      if (strcmp (tracker->url, url) == 0)
        return tracker;
    }
  return NULL;
}

/* The index of the first of `tier`, or where it would be. */
static guint
find_tier (BtTrackers *trackers,
           guint       tier)
{
  guint i = 0;

  while (i < trackers->list->len && ((BtTracker *) trackers->list->pdata[i])->tier < tier)
    i++;
  return i;
}

static void
swap (GPtrArray *list,
      guint      a,
      guint      b)
{
  gpointer kept = list->pdata[a];

  list->pdata[a] = list->pdata[b];
  list->pdata[b] = kept;
}

void
bt_trackers_promote (BtTrackers *trackers,
                     BtTracker  *tracker)
{
  guint first = find_tier (trackers, tracker->tier);
  guint i = first;

  while (trackers->list->pdata[i] != tracker)
    i++;
  for (; i > first; i--)
    swap (trackers->list, i, i - 1);
}

static void
shuffle_tier (BtTrackers *trackers,
              guint       tier)
{
  guint first = find_tier (trackers, tier);
  guint n = find_tier (trackers, tier + 1) - first;

  for (; n > 1; n--)
    swap (trackers->list, first + n - 1,
          first + bt_random_below (&trackers->hub->random, n));
}

/* At the end of its tier; NULL when it cannot be taken. */
static BtTracker *
insert_tracker (BtTrackers *trackers,
                const char *url,
                guint       tier)
{
  g_autofree char *valid = g_utf8_make_valid (url, -1);
  g_autoptr (GError) error = NULL;
  BtTrackerTarget target = { 0 };
  BtTracker *tracker;

  g_strstrip (valid);
  if (valid[0] == '\0' || strlen (valid) > BT_TRACKER_MAX_URL_BYTES || tier == G_MAXUINT ||
      trackers->list->len >= BT_TRACKERS_MAX_ROWS || find_tracker (trackers, valid) != NULL)
    return NULL;

  tracker = g_new0 (BtTracker, 1);
  tracker->trackers = trackers;
  tracker->url = g_steal_pointer (&valid);
  tracker->tier = tier;
  tracker->n_seeds = -1;
  tracker->n_leechers = -1;
  tracker->n_downloaded = -1;
  bt_tracker_set_message (tracker, "");
  if (bt_tracker_target_parse (tracker->url, &target, &error))
    bt_tracker_target_clear (&target);
  else
    {
      tracker->state = BT_TRACKER_FAILED;
      tracker->error = (BtTrackerError) error->code;
      tracker->is_banned = TRUE;
      bt_tracker_set_message (tracker, error->message);
    }
  g_ptr_array_insert (trackers->list, (int) find_tier (trackers, tier + 1), tracker);
  return tracker;
}

/* The face */

BtTrackers *
bt_trackers_new (BtTrackerHub             *hub,
                 const BtTrackersOps      *ops,
                 gpointer                  owner,
                 const char *const *const *tiers)
{
  BtTrackers *trackers = g_new0 (BtTrackers, 1);

  trackers->hub = hub;
  trackers->ops = ops;
  trackers->owner = owner;
  trackers->list = g_ptr_array_new_with_free_func (tracker_free);
  trackers->lanes = g_ptr_array_new_with_free_func (lane_free);
  bt_timer_init (&trackers->scrape_timer, bt_trackers_scrape_timer_cb, trackers);
  for (guint tier = 0; tiers != NULL && tiers[tier] != NULL; tier++)
    {
      for (guint i = 0; tiers[tier][i] != NULL; i++)
        insert_tracker (trackers, tiers[tier][i], tier);
      shuffle_tier (trackers, tier);
    }
  return trackers;
}

void
bt_trackers_free (BtTrackers *trackers)
{
  if (trackers == NULL)
    return;

  bt_timer_disarm (&trackers->scrape_timer, trackers->hub->clock);
  g_ptr_array_unref (trackers->lanes);
  g_ptr_array_unref (trackers->list);
  g_free (trackers);
}

void
bt_trackers_start (BtTrackers *trackers)
{
  BtAnnounce announce = { 0 };

  if (trackers->is_running)
    return;

  trackers->ops->get_announce (trackers->owner, &announce);
  trackers->is_running = TRUE;
  trackers->was_completed |= announce.left_bytes == 0;
  trackers->has_lane_per_tier = trackers->hub->use_all_tiers && !announce.is_private;
  for (guint i = 0; i < trackers->list->len; i++)
    ensure_lane (trackers, ((BtTracker *) trackers->list->pdata[i])->tier);
  for (guint i = 0; i < trackers->lanes->len; i++)
    bt_trackers_begin_round (trackers->lanes->pdata[i], BT_ROUND_EVENT);
  bt_trackers_arm_scrape (trackers);
  bt_trackers_changed (trackers);
}

void
bt_trackers_stop (BtTrackers *trackers)
{
  if (!trackers->is_running)
    return;

  trackers->is_running = FALSE;
  bt_timer_disarm (&trackers->scrape_timer, trackers->hub->clock);
  g_ptr_array_set_size (trackers->lanes, 0);
  for (guint i = 0; i < trackers->list->len; i++)
    {
      BtTracker *tracker = trackers->list->pdata[i];

      bt_tracker_leave (tracker);
      if (tracker->state != BT_TRACKER_FAILED)
        tracker->state = BT_TRACKER_IDLE;
    }
  bt_trackers_changed (trackers);
}

void
bt_trackers_pause (BtTrackers *trackers)
{
  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      BtTrackerLane *lane = trackers->lanes->pdata[i];

      bt_timer_disarm (&lane->timer, trackers->hub->clock);
      lane->current = NULL;
    }
  for (guint i = 0; i < trackers->list->len; i++)
    {
      BtTracker *tracker = trackers->list->pdata[i];

      if (tracker->announce != NULL)
        tracker->is_told |= bt_tracker_request_was_sent (tracker->announce);
      g_clear_pointer (&tracker->announce, bt_tracker_request_cancel);
      g_clear_pointer (&tracker->scrape, bt_tracker_request_cancel);
      g_clear_pointer (&tracker->stop, bt_tracker_request_cancel);
      if (tracker->state == BT_TRACKER_ANNOUNCING)
        tracker->state = BT_TRACKER_IDLE;
    }
  bt_trackers_changed (trackers);
}

void
bt_trackers_completed (BtTrackers *trackers)
{
  if (!trackers->is_running || trackers->was_completed)
    return;

  trackers->was_completed = TRUE;
  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      BtTrackerLane *lane = trackers->lanes->pdata[i];

      lane->has_completed = TRUE;
      if (lane->current == NULL)
        bt_trackers_begin_round (lane, BT_ROUND_EVENT);
    }
  bt_trackers_changed (trackers);
}

void
bt_trackers_announce_now (BtTrackers *trackers,
                          gboolean    is_person)
{
  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      BtTrackerLane *lane = trackers->lanes->pdata[i];

      if (lane->current == NULL)
        bt_trackers_begin_round (lane, is_person ? BT_ROUND_PERSON : BT_ROUND_SCHEDULED);
    }
  bt_trackers_changed (trackers);
}

void
bt_trackers_tell_again (BtTrackers *trackers)
{
  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      BtTrackerLane *lane = trackers->lanes->pdata[i];

      lane->is_outdated = lane->current != NULL;
    }
  bt_trackers_announce_now (trackers, TRUE);
}

guint
bt_trackers_get_n_rows (BtTrackers *trackers)
{
  return trackers->list->len;
}

static gint64
get_next_at_us (BtTracker *tracker)
{
  BtTrackerLane *lane = bt_trackers_find_lane (tracker->trackers, tracker->tier);

  if (lane == NULL || tracker->is_banned || !bt_timer_is_armed (&lane->timer))
    return 0;
  if (tracker->state == BT_TRACKER_FAILED)
    return MAX (tracker->retry_at_us, lane->timer.due_at_us);
  return lane->planned == tracker ? lane->timer.due_at_us : 0;
}

void
bt_trackers_get_row (BtTrackers   *trackers,
                     guint         index,
                     BtTrackerRow *out_row)
{
  BtTracker *tracker = trackers->list->pdata[index];

  *out_row = (BtTrackerRow) {
    .url = tracker->url,
    .message = tracker->message,
    .tier = tracker->tier,
    .state = tracker->state,
    .error = tracker->error,
    .last_at_us = tracker->last_at_us,
    .next_at_us = get_next_at_us (tracker),
    .n_seeds = tracker->n_seeds,
    .n_leechers = tracker->n_leechers,
    .n_downloaded = tracker->n_downloaded,
    .n_peers = tracker->n_peers,
    .n_failures = tracker->n_failures,
  };
}

gboolean
bt_trackers_add (BtTrackers *trackers,
                 const char *url,
                 guint       tier)
{
  BtTracker *tracker = insert_tracker (trackers, url, tier);
  BtTrackerLane *lane;

  if (tracker == NULL)
    return FALSE;

  if (trackers->is_running && !tracker->is_banned)
    {
      lane = ensure_lane (trackers, tier);
      if (lane->current == NULL && lane->planned == NULL)
        bt_trackers_begin_round (lane, BT_ROUND_EVENT);
    }
  bt_trackers_changed (trackers);
  return TRUE;
}

/* Its lane relies on it no more. Returns whether it did. */
static gboolean
leave_lane (BtTracker     *tracker,
            BtTrackerLane *lane)
{
  gboolean was_used;

  if (lane == NULL)
    return FALSE;
  was_used = lane->current == tracker || lane->planned == tracker;
  if (lane->current == tracker)
    lane->current = NULL;
  if (lane->planned == tracker)
    lane->planned = NULL;
  return was_used;
}

gboolean
bt_trackers_remove (BtTrackers *trackers,
                    const char *url)
{
  BtTracker *tracker = find_tracker (trackers, url);
  BtTrackerLane *lane;
  gboolean was_used;

  if (tracker == NULL)
    return FALSE;

  lane = bt_trackers_find_lane (trackers, tracker->tier);
  bt_tracker_leave (tracker);
  was_used = leave_lane (tracker, lane);
  g_ptr_array_remove (trackers->list, tracker);
  if (was_used && lane->current == NULL)
    bt_trackers_begin_round (lane, BT_ROUND_EVENT);
  bt_trackers_changed (trackers);
  return TRUE;
}

/* --- Another list --- */

/* FALSE: not named. */
static gboolean
find_in_tiers (const char *const *const *tiers,
               const char               *url,
               guint                    *out_tier)
{
  for (guint tier = 0; tiers != NULL && tiers[tier] != NULL; tier++)
    for (guint i = 0; tiers[tier][i] != NULL; i++)
      {
        g_autofree char *valid = g_utf8_make_valid (tiers[tier][i], -1);

        if (strcmp (g_strstrip (valid), url) == 0)
          {
            *out_tier = tier;
            return TRUE;
          }
      }
  return FALSE;
}

static void
move_to_tier (BtTracker *tracker,
              guint      tier)
{
  BtTrackers *trackers = tracker->trackers;
  BtTrackerLane *lane = bt_trackers_find_lane (trackers, tracker->tier);
  guint index = 0;

  /* A lane of its old tier alone has no say over it any more, nor waits for what it answers. */
  if (trackers->has_lane_per_tier && leave_lane (tracker, lane) && tracker->announce != NULL)
    {
      tracker->is_told |= bt_tracker_request_was_sent (tracker->announce);
      g_clear_pointer (&tracker->announce, bt_tracker_request_cancel);
      tracker->state = BT_TRACKER_IDLE;
    }
  g_ptr_array_find (trackers->list, tracker, &index);
  g_ptr_array_steal_index (trackers->list, index);
  tracker->tier = tier;
  g_ptr_array_insert (trackers->list, (int) find_tier (trackers, tier + 1), tracker);
}

/* Nobody is asked before the list is complete: it might be one who is about to go. */
static void
keep_only (BtTrackers               *trackers,
           const char *const *const *tiers)
{
  g_autoptr (GPtrArray) before = g_ptr_array_sized_new (trackers->list->len);

  for (guint i = 0; i < trackers->list->len; i++)
    g_ptr_array_add (before, trackers->list->pdata[i]);
  for (guint i = 0; i < before->len; i++)
    {
      BtTracker *tracker = before->pdata[i];
      guint tier = 0;

      if (!find_in_tiers (tiers, tracker->url, &tier))
        {
          bt_tracker_leave (tracker);
          leave_lane (tracker, bt_trackers_find_lane (trackers, tracker->tier));
          g_ptr_array_remove (trackers->list, tracker);
        }
      else if (tier != tracker->tier)
        move_to_tier (tracker, tier);
    }
}

void
bt_trackers_set_tiers (BtTrackers               *trackers,
                       const char *const *const *tiers)
{
  keep_only (trackers, tiers);
  for (guint tier = 0; tiers != NULL && tiers[tier] != NULL; tier++)
    for (guint i = 0; tiers[tier][i] != NULL; i++)
      insert_tracker (trackers, tiers[tier][i], tier);
  for (guint i = 0; i < trackers->list->len && trackers->is_running; i++)
    ensure_lane (trackers, ((BtTracker *) trackers->list->pdata[i])->tier);
  for (guint i = 0; i < trackers->lanes->len; i++)
    {
      BtTrackerLane *lane = trackers->lanes->pdata[i];

      if (lane->current == NULL && lane->planned == NULL)
        bt_trackers_begin_round (lane, BT_ROUND_EVENT);
    }
  bt_trackers_changed (trackers);
}
