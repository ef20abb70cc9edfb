/* freshet-timetable-edit.c - a week in half hours: changing it, and telling it in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-timetable-edit.h"

#include <glib/gi18n.h>

void
freshet_timetable_fill (BtTimetable      *timetable,
                        FreshetHalfHour   a,
                        FreshetHalfHour   b,
                        BtTimetableValue  value)
{
  for (guint day = MIN (a.day, b.day); day <= MAX (a.day, b.day); day++)
    for (guint slot = MIN (a.slot, b.slot); slot <= MAX (a.slot, b.slot); slot++)
      timetable->slots[day][slot] = (guint8) value;
}

void
freshet_timetable_copy_day (BtTimetable *timetable,
                            guint        day)
{
  for (guint i = 0; i < BT_TIMETABLE_N_DAYS; i++)
    if (i != day)
      memcpy (timetable->slots[i], timetable->slots[day], BT_TIMETABLE_N_SLOTS);
}

char *
freshet_timetable_dup_day (guint    day,
                           gboolean is_short)
{
  /* 5 January 2026 is a Monday. */
  g_autoptr (GDateTime) date = g_date_time_new_utc (2026, 1, 5 + (int) day, 0, 0, 0);

  return g_date_time_format (date, is_short ? "%a" : "%A");
}

char *
freshet_timetable_dup_time (guint slot)
{
  /* Translators: a time of day, hours and minutes */
  return g_strdup_printf (_("%02u:%02u"), slot / 2, slot % 2 * 30);
}

char *
freshet_timetable_dup_range (FreshetHalfHour a,
                             FreshetHalfHour b)
{
  g_autofree char *day = freshet_timetable_dup_day (a.day, FALSE);
  g_autofree char *last_day = freshet_timetable_dup_day (b.day, FALSE);
  g_autofree char *from = freshet_timetable_dup_time (MIN (a.slot, b.slot));
  g_autofree char *to = freshet_timetable_dup_time (MAX (a.slot, b.slot) + 1);

  if (a.day == b.day)
    /* Translators: a day of the week, and from when to when */
    return g_strdup_printf (_("%s, %s–%s"), day, from, to);
  /* Translators: two days of the week, and from when to when on each */
  return g_strdup_printf (_("%s to %s, %s–%s"), day, last_day, from, to);
}

const char *
freshet_timetable_get_words (BtTimetableValue value)
{
  switch (value)
    {
    case BT_TIMETABLE_ALTERNATIVE:
      return C_ ("timetable", "Alternative");
    case BT_TIMETABLE_PAUSED:
      return C_ ("timetable", "Paused");
    case BT_TIMETABLE_NORMAL:
    default:
      return C_ ("timetable", "Normal");
    }
}

char *
freshet_timetable_dup_day_words (const BtTimetable *timetable,
                                 guint              day)
{
  const guint8 *slots = timetable->slots[day];
  GString *words = g_string_new (NULL);

  for (guint begin = 0, end; begin < BT_TIMETABLE_N_SLOTS; begin = end)
    {
      g_autofree char *from = freshet_timetable_dup_time (begin);
      g_autofree char *to = NULL;

      for (end = begin + 1; end < BT_TIMETABLE_N_SLOTS && slots[end] == slots[begin];)
        end++;
      to = freshet_timetable_dup_time (end);
      g_string_append_printf (words, "%s%s–%s %s", begin > 0 ? ", " : "", from, to,
                              freshet_timetable_get_words (slots[begin]));
    }
  return g_string_free (words, FALSE);
}
