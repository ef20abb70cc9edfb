/* freshet-scale.c - where the lines and labels of a graph over time go
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-scale.h"

#include <glib/gi18n.h>

/* So much of the bucket that is filling must have passed before its rate means anything. */
#define MIN_ELAPSED_S 5

guint64
freshet_scale_get_step (guint64 max,
                        guint   n_steps)
{
  static const guint factors[] = { 1, 2, 5 };
  guint64 needed;

  g_assert (n_steps > 0);
  needed = max / n_steps + (max % n_steps != 0);
  for (guint64 power = 1; power <= G_MAXUINT64 / 10; power *= 10)
    for (gsize i = 0; i < G_N_ELEMENTS (factors); i++)
      if (power * factors[i] >= needed)
        return power * factors[i];
  return needed;
}

guint64
freshet_scale_get_top (guint64 max,
                       guint   n_steps,
                       guint64 top)
{
  max = MAX (max, FRESHET_SCALE_MIN_BPS);
  if (top % n_steps == 0 && max <= top && max >= top / 3)
    return top;
  return freshet_scale_get_step (max, n_steps) * n_steps;
}

/* --- Times --- */

typedef struct
{
  int         minutes;   /* between two; 0: a day or a month */
  const char *format;
} Ticks;

static Ticks
get_kind (BtHistoryRing ring)
{
  switch (ring)
    {
    case BT_HISTORY_SECONDS:
      /* Translators: a time of day at a graph, for g_date_time_format() */
      return (Ticks) { 2, _("%H:%M") };
    case BT_HISTORY_MINUTES:
      return (Ticks) { 30, _("%H:%M") };
    case BT_HISTORY_HOURS:
      /* Translators: a day of the week at a graph, for g_date_time_format() */
      return (Ticks) { 0, _("%a") };
    case BT_HISTORY_DAYS:
    case BT_HISTORY_N_RINGS:
      break;
    }
  /* Translators: a month at a graph, for g_date_time_format() */
  return (Ticks) { 0, _("%b") };
}

/* The round time at or before `time`. */
static GDateTime *
round_down (GDateTime     *time,
            BtHistoryRing  ring,
            int            minutes)
{
  GTimeZone *zone = g_date_time_get_timezone (time);
  int minute = g_date_time_get_hour (time) * 60 + g_date_time_get_minute (time);

  minute = minutes > 0 ? minute / minutes * minutes : 0;
  return g_date_time_new (zone, g_date_time_get_year (time), g_date_time_get_month (time),
                          ring == BT_HISTORY_DAYS ? 1 : g_date_time_get_day_of_month (time),
                          minute / 60, minute % 60, 0);
}

static GDateTime *
get_next (GDateTime     *time,
          BtHistoryRing  ring,
          int            minutes)
{
  if (minutes > 0)
    return g_date_time_add_minutes (time, minutes);
  return ring == BT_HISTORY_HOURS ? g_date_time_add_days (time, 1)
                                  : g_date_time_add_months (time, 1);
}

static void
clear_tick (gpointer tick)
{
  g_free (((FreshetTick *) tick)->label);
}

GArray *
freshet_scale_get_ticks (BtHistoryRing  ring,
                         gint64         first_s,
                         gint64         last_s,
                         GTimeZone     *zone)
{
  GArray *ticks = g_array_new (FALSE, FALSE, sizeof (FreshetTick));
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (first_s);
  g_autoptr (GDateTime) first = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  g_autoptr (GDateTime) time = NULL;
  const Ticks kind = get_kind (ring);

  g_array_set_clear_func (ticks, clear_tick);
  time = first != NULL ? round_down (first, ring, kind.minutes) : NULL;
  while (time != NULL && g_date_time_to_unix (time) <= last_s)
    {
      FreshetTick tick = { .time_s = g_date_time_to_unix (time) };
      GDateTime *next = get_next (time, ring, kind.minutes);

      if (tick.time_s >= first_s)
        {
          tick.label = g_date_time_format (time, kind.format);
          g_array_append_val (ticks, tick);
        }
      g_date_time_unref (time);
      time = next;
    }
  return ticks;
}

/* --- Rates --- */

guint
freshet_scale_get_rates (const BtHistoryBucket *buckets,
                         BtHistoryRing          ring,
                         gint64                 first_s,
                         gint64                 now_s,
                         guint64               *out_received_bps,
                         guint64               *out_sent_bps)
{
  gint64 bucket_s = bt_history_get_bucket_s (ring);
  guint n_buckets = bt_history_get_n_buckets (ring);

  for (guint i = 0; i < n_buckets; i++)
    {
      gint64 elapsed_s = MIN (now_s - (first_s + i * bucket_s), bucket_s);

      if (elapsed_s < MIN (MIN_ELAPSED_S, bucket_s))
        return i;
      out_received_bps[i] = buckets[i].received_bytes / (guint64) elapsed_s;
      out_sent_bps[i] = buckets[i].sent_bytes / (guint64) elapsed_s;
    }
  return n_buckets;
}
