/* test-scale.c - the graph's scale: steps, tops, round times, rates
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "details/freshet-scale.h"

static void
test_step (void)
{
  static const struct
  {
    guint64 max;
    guint   n_steps;
    guint64 step;
  } cases[] = {
    { 0, 4, 1 },        { 4, 4, 1 },           { 5, 4, 2 },
    { 1000, 4, 500 },   { 4000, 4, 1000 },     { 4001, 4, 2000 },
    { 999999, 5, 200000 }, { 1000001, 5, 500000 }, { 7, 1, 10 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (freshet_scale_get_step (cases[i].max, cases[i].n_steps), ==, cases[i].step);
  /* However high, it is reached. */
  for (guint n_steps = 1; n_steps <= 5; n_steps++)
    g_assert_cmpuint (freshet_scale_get_step (G_MAXUINT64, n_steps), >=, G_MAXUINT64 / n_steps);
}

static void
test_top (void)
{
  g_assert_cmpuint (freshet_scale_get_top (0, 2, 0), ==, FRESHET_SCALE_MIN_BPS);
  g_assert_cmpuint (freshet_scale_get_top (3000, 4, 0), ==, 4000);
  g_assert_cmpuint (freshet_scale_get_top (4001, 4, 4000), ==, 8000);
  /* A third is in use: it stays; less: it shrinks. */
  g_assert_cmpuint (freshet_scale_get_top (3000, 4, 8000), ==, 8000);
  g_assert_cmpuint (freshet_scale_get_top (2000, 4, 8000), ==, 2000);
  /* Other steps: another top. */
  g_assert_cmpuint (freshet_scale_get_top (4000, 3, 4000), ==, 6000);
}

static void
check_ticks (BtHistoryRing  ring,
             gint64         first_s,
             gint64         last_s,
             GTimeZone     *zone,
             const char    *expected)
{
  g_autoptr (GArray) ticks = freshet_scale_get_ticks (ring, first_s, last_s, zone);
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < ticks->len; i++)
    {
      const FreshetTick *tick = &g_array_index (ticks, FreshetTick, i);

      g_assert_cmpint (tick->time_s, >=, first_s);
      g_assert_cmpint (tick->time_s, <=, last_s);
      g_string_append_printf (line, "%s%s", i > 0 ? " " : "", tick->label);
    }
  g_assert_cmpstr (line->str, ==, expected);
}

static void
test_ticks (void)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GTimeZone) india = g_time_zone_new_identifier ("+05:30");
  const gint64 begin_s = 1767614590;   /* Monday, 5 January 2026, 12:03:10 UTC */

  check_ticks (BT_HISTORY_SECONDS, begin_s, begin_s + 600, utc, "12:04 12:06 12:08 12:10 12:12");
  check_ticks (BT_HISTORY_MINUTES, begin_s, begin_s + 7200, utc, "12:30 13:00 13:30 14:00");
  check_ticks (BT_HISTORY_MINUTES, begin_s, begin_s + 3600, india, "18:00 18:30");
  check_ticks (BT_HISTORY_HOURS, begin_s, begin_s + 3 * 86400, utc, "Tue Wed Thu");
  check_ticks (BT_HISTORY_DAYS, begin_s, begin_s + 120 * 86400, utc, "Feb Mar Apr May");
  /* A time that is none. */
  check_ticks (BT_HISTORY_DAYS, G_MAXINT64 - 1, G_MAXINT64, utc, "");
}

static void
test_rates (void)
{
  BtHistoryBucket buckets[BT_HISTORY_MAX_BUCKETS] = { { 0 } };
  guint64 received_bps[BT_HISTORY_MAX_BUCKETS];
  guint64 sent_bps[BT_HISTORY_MAX_BUCKETS];
  guint n = bt_history_get_n_buckets (BT_HISTORY_MINUTES);
  gint64 first_s = 60000;
  gint64 newest_s = first_s + (n - 1) * 60;

  buckets[0] = (BtHistoryBucket) { 600, 6000 };
  buckets[n - 1] = (BtHistoryBucket) { 600, 6000 };
  g_assert_cmpuint (freshet_scale_get_rates (buckets, BT_HISTORY_MINUTES, first_s, newest_s + 10,
                                             received_bps, sent_bps), ==, n);
  g_assert_cmpuint (received_bps[0], ==, 10);
  g_assert_cmpuint (sent_bps[0], ==, 100);
  g_assert_cmpuint (received_bps[1], ==, 0);
  /* The bucket that is filling: what ten seconds have brought. */
  g_assert_cmpuint (received_bps[n - 1], ==, 60);
  g_assert_cmpuint (sent_bps[n - 1], ==, 600);
  /* Too early to tell. */
  g_assert_cmpuint (freshet_scale_get_rates (buckets, BT_HISTORY_MINUTES, first_s, newest_s + 4,
                                             received_bps, sent_bps), ==, n - 1);
  /* The clock went back: what is told by now ends there. */
  g_assert_cmpuint (freshet_scale_get_rates (buckets, BT_HISTORY_MINUTES, first_s, first_s - 100,
                                             received_bps, sent_bps), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/scale/step", test_step);
  g_test_add_func ("/app/scale/top", test_top);
  g_test_add_func ("/app/scale/ticks", test_ticks);
  g_test_add_func ("/app/scale/rates", test_rates);
  return g_test_run ();
}
