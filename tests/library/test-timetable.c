/* test-timetable.c - the grid as text, what holds when, and when that changes, over clock changes, too
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "library/bt-timetable.h"

#include <string.h>

/* Rules in full, so that it does not matter which zones the machine knows. */
#define BERLIN    "CET-1CEST,M3.5.0,M10.5.0/3"                 /* 2024: forward on 31 March, back on 27 October */
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"       /* by half an hour: back on 7 April */
#define ODD       "<+01>-1<+0120>-1:20,M3.5.0/2:10,M10.5.0/3"  /* by 20 minutes, at ten past two */
#define DAY_S     (24 * 60 * 60)
#define WEEK_S    (7 * DAY_S)

/* Writes `value` over some half hours; "Mon 00:00" to "Sun 23:30" are 0 … 335. */
static void
fill (BtTimetable      *timetable,
      guint             first,
      guint             last,
      BtTimetableValue  value)
{
  for (guint i = first; i <= last; i++)
    timetable->slots[i / BT_TIMETABLE_N_SLOTS][i % BT_TIMETABLE_N_SLOTS] = (guint8) value;
}

static GDateTime *
make_time (const char *zone,
           const char *text)
{
  g_autoptr (GTimeZone) time_zone = g_time_zone_new_identifier (zone);
  GDateTime            *time;

  g_assert_nonnull (time_zone);
  time = g_date_time_new_from_iso8601 (text, time_zone);
  g_assert_nonnull (time);
  return time;
}

/* ---- Text ---- */

#define N48 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define A48 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MIX "nnnnnnnnnnnnnnaapaaaaaaaaaaaaaaaaappppnnnnnnnnnp"

static const struct
{
  const char *title;
  const char *days[9];
  const char *complaint;  /* part of the message; NULL: it is good */
} text_cases[] = {
  { "all normal", { N48, N48, N48, N48, N48, N48, N48 }, NULL },
  { "mixed", { MIX, N48, A48, N48, MIX, A48, MIX }, NULL },
  { "nothing", { NULL }, "has 0 days" },
  { "six days", { N48, N48, N48, N48, N48, N48 }, "has 6 days" },
  { "eight days", { N48, N48, N48, N48, N48, N48, N48, N48 }, "has 8 days" },
  { "a day too short", { N48, N48 + 1, N48, N48, N48, N48, N48 }, "Day 2 " },
  { "a day too long", { N48, N48, N48, N48, N48, N48, N48 "n" }, "Day 7 " },
  { "an empty day", { "", N48, N48, N48, N48, N48, N48 }, "Day 1 " },
  { "another letter",
    { N48, N48, "nx" "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", N48, N48, N48, N48 },
    "Half hour 2 of day 3 " },
  { "a capital",
    { "N" "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", N48, N48, N48, N48, N48, N48 },
    "Half hour 1 of day 1 " },
  { "a space",
    { N48, N48, N48, N48, N48, N48, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" " " },
    "Half hour 48 of day 7 " },
};

static void
test_text (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (text_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv)     days = NULL;
      BtTimetable        timetable;
      BtTimetable        before;

      memset (&before, 0xaa, sizeof before);
      timetable = before;
      g_test_message ("%s", text_cases[i].title);
      if (text_cases[i].complaint == NULL)
        {
          g_assert_true (bt_timetable_parse (text_cases[i].days, &timetable, &error));
          g_assert_no_error (error);
          days = bt_timetable_to_strv (&timetable);
          g_assert_true (g_strv_equal ((const char *const *) days, text_cases[i].days));
          continue;
        }
      g_assert_false (bt_timetable_parse (text_cases[i].days, &timetable, &error));
      g_assert_error (error, BT_TIMETABLE_ERROR, BT_TIMETABLE_ERROR_MALFORMED);
      g_assert_nonnull (strstr (error->message, text_cases[i].complaint));
      g_assert_true (bt_timetable_equal (&timetable, &before));
    }
  g_assert_false (bt_timetable_parse (NULL, NULL, NULL));
}

/* ---- What holds ---- */

static void
test_value (void)
{
  static const struct
  {
    const char       *time;
    BtTimetableValue  value;
  } cases[] = {
    { "2024-01-01T00:00:00", BT_TIMETABLE_PAUSED },       /* a Monday */
    { "2024-01-01T00:29:59.999", BT_TIMETABLE_PAUSED },
    { "2024-01-01T00:30:00", BT_TIMETABLE_NORMAL },
    { "2024-01-06T23:59:59", BT_TIMETABLE_NORMAL },
    { "2024-01-07T12:29:59", BT_TIMETABLE_NORMAL },
    { "2024-01-07T12:30:00", BT_TIMETABLE_ALTERNATIVE },
    { "2024-01-07T23:59:59", BT_TIMETABLE_ALTERNATIVE },
    { "2024-01-08T00:00:00", BT_TIMETABLE_PAUSED },
  };
  BtTimetable timetable = { 0 };

  fill (&timetable, 0, 0, BT_TIMETABLE_PAUSED);
  fill (&timetable, 6 * 48 + 25, 335, BT_TIMETABLE_ALTERNATIVE);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GDateTime) time = make_time (BERLIN, cases[i].time);

      g_test_message ("%s", cases[i].time);
      g_assert_cmpint (bt_timetable_get_value (&timetable, time), ==, cases[i].value);
    }
}

/* ---- When it changes ---- */

/* Half hours `first` to `last` of a week are paused, the others normal. */
static const struct
{
  const char *title;
  const char *zone;
  guint       first;
  guint       last;
  const char *time;
  gint64      change_s;
} change_cases[] = {
  { "within the hour", "UTC", 1, 1, "2024-01-01T00:10:30", 20 * 60 - 30 },
  { "at its very beginning", "UTC", 1, 1, "2024-01-01T00:30:00", 30 * 60 },
  { "the last second", "UTC", 1, 1, "2024-01-01T00:59:59", 1 },
  { "part of a second, rounded up", "UTC", 1, 1, "2024-01-01T00:59:59.5", 1 },
  { "over the end of the week", "UTC", 0, 1, "2024-01-07T22:00:00", 2 * 60 * 60 },
  { "nearly a week", "UTC", 0, 0, "2024-01-01T00:30:00", WEEK_S - 30 * 60 },
  { "over the end of a year", "UTC", 48, 95, "2023-12-31T12:00:00", DAY_S + DAY_S / 2 },
  { "over the skipped hour", BERLIN, 6 * 48 + 6, 6 * 48 + 7, "2024-03-31T01:00:00", 60 * 60 },
  { "over the hour that comes twice", BERLIN, 6 * 48 + 6, 6 * 48 + 7, "2024-10-27T01:00:00",
    3 * 60 * 60 },
  { "into the skipped hour", BERLIN, 6 * 48 + 4, 6 * 48 + 6, "2024-03-31T01:00:00", 60 * 60 },
  { "out of the skipped hour", BERLIN, 6 * 48 + 2, 6 * 48 + 4, "2024-03-31T01:00:00", 60 * 60 },
  { "the half hour that is not there", BERLIN, 6 * 48 + 4, 6 * 48 + 4, "2024-03-31T00:00:00",
    WEEK_S },
  { "it is there a week later", BERLIN, 6 * 48 + 4, 6 * 48 + 4, "2024-03-31T03:00:00",
    WEEK_S - 60 * 60 },
  { "the half hour that comes twice", BERLIN, 6 * 48 + 4, 6 * 48 + 4, "2024-10-27T01:45:00",
    15 * 60 },
  { "its first time ends", BERLIN, 6 * 48 + 4, 6 * 48 + 4, "2024-10-27T00:15:00Z", 15 * 60 },
  { "between both times", BERLIN, 6 * 48 + 4, 6 * 48 + 4, "2024-10-27T00:45:00Z", 15 * 60 },
  { "its second time ends", BERLIN, 6 * 48 + 4, 6 * 48 + 4, "2024-10-27T01:15:00Z", 15 * 60 },
  { "after both", BERLIN, 6 * 48 + 4, 6 * 48 + 4, "2024-10-27T01:45:00Z", WEEK_S - 45 * 60 },
  { "half an hour twice", LORD_HOWE, 6 * 48 + 4, 6 * 48 + 4, "2024-04-07T01:00:00", 90 * 60 },
  { "clocks change in a half hour's midst", ODD, 6 * 48 + 5, 6 * 48 + 5, "2024-03-31T02:05:00",
    5 * 60 },
  { "the calendar's end", "UTC", 0, 0, "9999-12-31T23:45:00", WEEK_S },
};

static void
test_change (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (change_cases); i++)
    {
      g_autoptr (GDateTime) given = make_time (change_cases[i].zone, change_cases[i].time);
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (change_cases[i].zone);
      g_autoptr (GDateTime) time = g_date_time_to_timezone (given, zone);
      BtTimetable           timetable = { 0 };
      gint64                change_s;

      fill (&timetable, change_cases[i].first, change_cases[i].last, BT_TIMETABLE_PAUSED);
      change_s = bt_timetable_get_next_change (&timetable, time);
      if (change_s != change_cases[i].change_s)
        g_error ("%s: %" G_GINT64_FORMAT, change_cases[i].title, change_s);
    }
}

static void
test_uniform (void)
{
  g_autoptr (GDateTime) time = make_time ("UTC", "2024-01-01T00:10:30");
  BtTimetable           timetable = { 0 };

  g_assert_cmpint (bt_timetable_get_next_change (&timetable, time), ==, G_MAXINT64);
  fill (&timetable, 0, 335, BT_TIMETABLE_PAUSED);
  g_assert_cmpint (bt_timetable_get_next_change (&timetable, time), ==, G_MAXINT64);
  fill (&timetable, 335, 335, BT_TIMETABLE_ALTERNATIVE);
  g_assert_cmpint (bt_timetable_get_next_change (&timetable, time), <, WEEK_S);
}

/* Followed from change to change through a year, it is never wrong at any minute. */
static void
test_year (void)
{
  static const char *const zones[] = { BERLIN, LORD_HOWE, ODD };

  for (gsize i = 0; i < G_N_ELEMENTS (zones); i++)
    {
      g_autoptr (GDateTime) time = make_time (zones[i], "2024-01-01T00:00:00");
      BtTimetable           timetable = { 0 };
      BtTimetableValue      value;
      gint64                left_min = 0;

      for (guint k = 0; k < 336; k++)
        fill (&timetable, k, k, (k * k / 7) % 3);
      value = bt_timetable_get_value (&timetable, time);
      for (guint minute = 0; minute < 366 * 24 * 60; minute++)
        {
          GDateTime *next;

          if (left_min == 0)
            {
              gint64 change_s = bt_timetable_get_next_change (&timetable, time);

              value = bt_timetable_get_value (&timetable, time);
              g_assert_cmpint (change_s % 60, ==, 0);
              left_min = change_s / 60;
            }
          g_assert_cmpint (bt_timetable_get_value (&timetable, time), ==, value);
          next = g_date_time_add_minutes (time, 1);
          g_date_time_unref (time);
          time = next;
          left_min--;
          if (left_min == 0)
            g_assert_cmpint (bt_timetable_get_value (&timetable, time), !=, value);
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/library/timetable/text", test_text);
  g_test_add_func ("/library/timetable/value", test_value);
  g_test_add_func ("/library/timetable/change", test_change);
  g_test_add_func ("/library/timetable/uniform", test_uniform);
  g_test_add_func ("/library/timetable/year", test_year);
  return g_test_run ();
}
