/* test-timetable-edit.c - a week in half hours: changing it, and telling it in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "preferences/freshet-timetable-edit.h"

static guint
count (const BtTimetable *timetable,
       BtTimetableValue   value)
{
  guint n = 0;

  for (guint day = 0; day < BT_TIMETABLE_N_DAYS; day++)
    for (guint slot = 0; slot < BT_TIMETABLE_N_SLOTS; slot++)
      n += timetable->slots[day][slot] == value;
  return n;
}

/* From whichever corner it is drawn, it is the same rectangle, and nothing beside it. */
static void
test_fill (void)
{
  static const FreshetHalfHour corners[][2] = {
    { { 1, 10 }, { 3, 13 } }, { { 3, 13 }, { 1, 10 } },
    { { 3, 10 }, { 1, 13 } }, { { 1, 13 }, { 3, 10 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (corners); i++)
    {
      BtTimetable timetable = { 0 };

      freshet_timetable_fill (&timetable, corners[i][0], corners[i][1], BT_TIMETABLE_PAUSED);
      g_assert_cmpuint (count (&timetable, BT_TIMETABLE_PAUSED), ==, 12);
      for (guint day = 1; day <= 3; day++)
        for (guint slot = 10; slot <= 13; slot++)
          g_assert_cmpuint (timetable.slots[day][slot], ==, BT_TIMETABLE_PAUSED);
    }
}

static void
test_fill_all (void)
{
  BtTimetable timetable = { 0 };

  freshet_timetable_fill (&timetable, (FreshetHalfHour) { 6, 47 }, (FreshetHalfHour) { 0, 0 },
                          BT_TIMETABLE_ALTERNATIVE);
  g_assert_cmpuint (count (&timetable, BT_TIMETABLE_ALTERNATIVE), ==, 7 * 48);
}

static void
test_copy_day (void)
{
  BtTimetable timetable = { 0 };

  timetable.slots[6][47] = BT_TIMETABLE_PAUSED;
  timetable.slots[0][0] = BT_TIMETABLE_ALTERNATIVE;
  freshet_timetable_copy_day (&timetable, 6);
  g_assert_cmpuint (count (&timetable, BT_TIMETABLE_PAUSED), ==, 7);
  g_assert_cmpuint (count (&timetable, BT_TIMETABLE_ALTERNATIVE), ==, 0);
  for (guint day = 0; day < BT_TIMETABLE_N_DAYS; day++)
    g_assert_cmpuint (timetable.slots[day][47], ==, BT_TIMETABLE_PAUSED);
}

static void
test_range (void)
{
  static const struct
  {
    FreshetHalfHour a;
    FreshetHalfHour b;
    const char     *words;
  } cases[] = {
    { { 0, 0 }, { 0, 0 }, "Monday, 00:00–00:30" },
    { { 6, 47 }, { 6, 46 }, "Sunday, 23:00–24:00" },
    { { 0, 33 }, { 4, 16 }, "Monday to Friday, 08:00–17:00" },
    /* A week that begins with Sunday. */
    { { 6, 0 }, { 1, 1 }, "Sunday to Tuesday, 00:00–01:00" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = freshet_timetable_dup_range (cases[i].a, cases[i].b);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
test_day_words (void)
{
  BtTimetable timetable = { 0 };
  g_autofree char *quiet = freshet_timetable_dup_day_words (&timetable, 2);
  g_autofree char *busy = NULL;

  freshet_timetable_fill (&timetable, (FreshetHalfHour) { 2, 16 }, (FreshetHalfHour) { 2, 33 },
                          BT_TIMETABLE_ALTERNATIVE);
  timetable.slots[2][47] = BT_TIMETABLE_PAUSED;
  busy = freshet_timetable_dup_day_words (&timetable, 2);
  g_assert_cmpstr (quiet, ==, "00:00–24:00 Normal");
  g_assert_cmpstr (busy, ==,
                   "00:00–08:00 Normal, 08:00–17:00 Alternative, 17:00–23:30 Normal, "
                   "23:30–24:00 Paused");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/timetable-edit/fill", test_fill);
  g_test_add_func ("/app/timetable-edit/fill-all", test_fill_all);
  g_test_add_func ("/app/timetable-edit/copy-day", test_copy_day);
  g_test_add_func ("/app/timetable-edit/range", test_range);
  g_test_add_func ("/app/timetable-edit/day-words", test_day_words);
  return g_test_run ();
}
