/* freshet-format.c - numbers as people read them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-format.h"

#include <glib/gi18n.h>

#define MINUTE_S 60
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)
#define YEAR_S   (365 * (gint64) DAY_S)

char *
freshet_format_bytes (guint64 n_bytes)
{
  return g_format_size (n_bytes);
}

char *
freshet_format_rate (guint64 bps)
{
  g_autofree char *size = g_format_size (bps);

  /* Translators: a speed, such as "4.2 MB/s" */
  return g_strdup_printf (_("%s/s"), size);
}

char *
freshet_format_any_rate (guint64 bps)
{
  return bps == 0 ? g_strdup ("") : freshet_format_rate (bps);
}

/* Where the number ends and the unit begins; NULL: that is not how this language writes it. */
static const char *
find_unit (const char *size)
{
  const char *space = g_utf8_strrchr (size, -1, 0xa0);

  return space != NULL ? space : g_utf8_strrchr (size, -1, ' ');
}

char *
freshet_format_part (guint64 done_bytes,
                     guint64 total_bytes)
{
  g_autofree char *done = g_format_size (done_bytes);
  g_autofree char *total = g_format_size (total_bytes);
  const char *done_unit = find_unit (done);
  const char *total_unit = find_unit (total);

  if (done_unit != NULL && total_unit != NULL && g_str_equal (done_unit, total_unit))
    done[done_unit - done] = '\0';
  /* Translators: how much is there, such as "3 of 12 GB" or "700 kB of 12 GB" */
  return g_strdup_printf (_("%s of %s"), done, total);
}

/* How many of a unit, rounded; 0: the next smaller unit says more, which is so below two of it. */
static guint
count_units (gint64 seconds,
             gint64 unit_s)
{
  if (seconds < 2 * unit_s)
    return 0;
  return (guint) MIN ((seconds + unit_s / 2) / unit_s, G_MAXUINT);
}

char *
freshet_format_duration (gint64 seconds)
{
  guint n;

  if ((n = count_units (seconds, YEAR_S)) > 0)
    return g_strdup_printf (ngettext ("%u year", "%u years", n), n);
  if ((n = count_units (seconds, DAY_S)) > 0)
    return g_strdup_printf (ngettext ("%u day", "%u days", n), n);
  if ((n = count_units (seconds, HOUR_S)) > 0)
    return g_strdup_printf (ngettext ("%u hour", "%u hours", n), n);
  if ((n = count_units (seconds, MINUTE_S)) > 0)
    return g_strdup_printf (ngettext ("%u minute", "%u minutes", n), n);
  n = (guint) MAX (seconds, 0);
  return g_strdup_printf (ngettext ("%u second", "%u seconds", n), n);
}

char *
freshet_format_left (gint64 left_us)
{
  return left_us < 0 ? g_strdup ("∞") : freshet_format_duration (left_us / G_USEC_PER_SEC);
}

char *
freshet_format_percent (double fraction)
{
  /* A hair more, for what was meant to be whole and is a rounding error less. */
  int percent = (int) (CLAMP (fraction, 0, 1) * 100 + 1e-9);

  /* Translators: a share of 100, such as "42 %" */
  return g_strdup_printf (_("%d %%"), percent);
}

char *
freshet_format_ratio (double ratio)
{
  return g_strdup_printf ("%.2f", ratio);
}

char *
freshet_format_date (gint64 time_s)
{
  g_autoptr (GDateTime) then = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) yesterday = g_date_time_add_days (now, -1);
  const char *pattern;

  if (time_s == 0 || (then = g_date_time_new_from_unix_local (time_s)) == NULL)
    /* Translators: a date of what did not happen yet */
    return g_strdup (_("Never"));
  if (g_date_time_get_year (then) == g_date_time_get_year (now) &&
      g_date_time_get_day_of_year (then) == g_date_time_get_day_of_year (now))
    /* Translators: a time of today, for g_date_time_format() */
    pattern = _("Today, %H:%M");
  else if (g_date_time_get_year (then) == g_date_time_get_year (yesterday) &&
           g_date_time_get_day_of_year (then) == g_date_time_get_day_of_year (yesterday))
    /* Translators: a time of yesterday, for g_date_time_format() */
    pattern = _("Yesterday, %H:%M");
  else
    /* Translators: a date, for g_date_time_format() */
    pattern = _("%-e %B %Y, %H:%M");
  return g_date_time_format (then, pattern);
}

char *
freshet_format_hex (const guint8 *bytes,
                    gsize         n_bytes)
{
  GString *text = g_string_sized_new (2 * n_bytes);

  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}
