/* bt-timetable.c - a week in half hours: which limits hold, or that nothing runs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-timetable.h"

#include <string.h>

#define MINUTE_S 60
#define SLOT_S   (30 * MINUTE_S)
#define WEEK_S   (BT_TIMETABLE_N_DAYS * BT_TIMETABLE_N_SLOTS * SLOT_S)

static const char letters[] = "nap";  /* by BtTimetableValue */

G_DEFINE_QUARK (bt-timetable-error-quark, bt_timetable_error)

/* ---- As text ---- */

static gboolean
parse_day (const char *text,
           guint       day,
           guint8     *slots,
           GError    **error)
{
  gsize n_slots = strlen (text);

  if (n_slots != BT_TIMETABLE_N_SLOTS)
    {
      g_set_error (error, BT_TIMETABLE_ERROR, BT_TIMETABLE_ERROR_MALFORMED,
                   "Day %u of the timetable has %" G_GSIZE_FORMAT " half hours instead of %d",
                   day + 1, n_slots, BT_TIMETABLE_N_SLOTS);
      return FALSE;
    }
  for (guint i = 0; i < BT_TIMETABLE_N_SLOTS; i++)
    {
      const char *letter = strchr (letters, text[i]);

      if (letter == NULL)
        {
          g_set_error (error, BT_TIMETABLE_ERROR, BT_TIMETABLE_ERROR_MALFORMED,
                       "Half hour %u of day %u of the timetable is none of “%s”",
                       i + 1, day + 1, letters);
          return FALSE;
        }
      slots[i] = (guint8) (letter - letters);
    }
  return TRUE;
}

gboolean
bt_timetable_parse (const char *const *days,
                    BtTimetable       *out_timetable,
                    GError           **error)
{
  BtTimetable timetable;
  guint       n_days = days != NULL ? g_strv_length ((char **) days) : 0;

  if (n_days != BT_TIMETABLE_N_DAYS)
    {
      g_set_error (error, BT_TIMETABLE_ERROR, BT_TIMETABLE_ERROR_MALFORMED,
                   "The timetable has %u days instead of %d", n_days, BT_TIMETABLE_N_DAYS);
      return FALSE;
    }
  for (guint day = 0; day < BT_TIMETABLE_N_DAYS; day++)
    if (!parse_day (days[day], day, timetable.slots[day], error))
      return FALSE;
  *out_timetable = timetable;
  return TRUE;
}

char **
bt_timetable_to_strv (const BtTimetable *timetable)
{
  char **days = g_new0 (char *, BT_TIMETABLE_N_DAYS + 1);

  for (guint day = 0; day < BT_TIMETABLE_N_DAYS; day++)
    {
      days[day] = g_malloc0 (BT_TIMETABLE_N_SLOTS + 1);
      for (guint i = 0; i < BT_TIMETABLE_N_SLOTS; i++)
        {
          g_assert (timetable->slots[day][i] <= BT_TIMETABLE_PAUSED);
          days[day][i] = letters[timetable->slots[day][i]];
        }
    }
  return days;
}

gboolean
bt_timetable_equal (const BtTimetable *a,
                    const BtTimetable *b)
{
  return memcmp (a, b, sizeof *a) == 0;
}

/* ---- At a time ---- */

BtTimetableValue
bt_timetable_get_value (const BtTimetable *timetable,
                        GDateTime         *local_time)
{
  int day = g_date_time_get_day_of_week (local_time) - 1;
  int slot = 2 * g_date_time_get_hour (local_time) + g_date_time_get_minute (local_time) / 30;

  return timetable->slots[day][slot];
}

static gboolean
is_uniform (const BtTimetable *timetable)
{
  const guint8 *slots = &timetable->slots[0][0];

  /* All equal, when each equals the next. */
  return memcmp (slots, slots + 1, sizeof timetable->slots - 1) == 0;
}

/* Seconds to the next time the wall's clock shows a multiple of `step_s`, if it is not changed before. */
static gint64
get_step_s (GDateTime *local_time,
            gint64     step_s)
{
  gint64 second = g_date_time_get_minute (local_time) * MINUTE_S +
                  g_date_time_get_second (local_time);

  return step_s - second % step_s;
}

/* (transfer full): the time of the next half hour. When clocks change on the way, only the next minute: the change can
 * lead into the midst of another half hour. */
static GDateTime *
step (GDateTime *local_time)
{
  g_autoptr (GDateTime) next = NULL;

  next = g_date_time_add (local_time, get_step_s (local_time, SLOT_S) * G_TIME_SPAN_SECOND);
  if (next == NULL ||
      g_date_time_get_utc_offset (next) == g_date_time_get_utc_offset (local_time))
    return g_steal_pointer (&next);
  return g_date_time_add (local_time, get_step_s (local_time, MINUTE_S) * G_TIME_SPAN_SECOND);
}

gint64
bt_timetable_get_next_change (const BtTimetable *timetable,
                              GDateTime         *local_time)
{
  BtTimetableValue      value = bt_timetable_get_value (timetable, local_time);
  g_autoptr (GDateTime) time = g_date_time_ref (local_time);

  if (is_uniform (timetable))
    return G_MAXINT64;
  while (TRUE)
    {
      g_autoptr (GDateTime) next = step (time);
      gint64 passed_s;

      /* The calendar ends with the year 9999. */
      if (next == NULL)
        return WEEK_S;
      passed_s = g_date_time_difference (next, local_time) / G_TIME_SPAN_SECOND;
      if (passed_s >= WEEK_S)
        return WEEK_S;
      if (bt_timetable_get_value (timetable, next) != value)
        return passed_s;
      g_date_time_unref (time);
      time = g_steal_pointer (&next);
    }
}
