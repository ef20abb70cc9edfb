/* test-share-limit.c - limits of one torrent and of all, and what reaches them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "library/bt-share-limit.h"

#include <math.h>

#define GENERAL BT_RATIO_GENERAL
#define NONE    BT_RATIO_NONE
#define GIB     (G_GUINT64_CONSTANT (1) << 30)

/* ---- Whose limits ---- */

static const struct
{
  const char   *title;
  BtShareLimits own;
  BtShareLimits general;
  BtShareLimits in_force;
} resolve_cases[] = {
  { "as set for all",
    { GENERAL, GENERAL, GENERAL, BT_AFTER_SHARE_GENERAL },
    { 2.0, 3600, 60, BT_AFTER_SHARE_REMOVE },
    { 2.0, 3600, 60, BT_AFTER_SHARE_REMOVE } },
  { "its own",
    { 0.5, 0, 7, BT_AFTER_SHARE_SUPER_SEED },
    { 2.0, 3600, 60, BT_AFTER_SHARE_REMOVE_DATA },
    { 0.5, 0, 7, BT_AFTER_SHARE_SUPER_SEED } },
  { "none of its own",
    { NONE, NONE, NONE, BT_AFTER_SHARE_GENERAL },
    { 2.0, 3600, 60, BT_AFTER_SHARE_REMOVE_DATA },
    { NONE, NONE, NONE, BT_AFTER_SHARE_REMOVE_DATA } },
  { "each by itself",
    { GENERAL, NONE, 5, BT_AFTER_SHARE_PAUSE },
    { 0.0, 3600, 60, BT_AFTER_SHARE_REMOVE },
    { 0.0, NONE, 5, BT_AFTER_SHARE_PAUSE } },
  { "nothing set at all",
    { GENERAL, GENERAL, GENERAL, BT_AFTER_SHARE_GENERAL },
    { GENERAL, GENERAL, GENERAL, BT_AFTER_SHARE_GENERAL },
    { NONE, NONE, NONE, BT_AFTER_SHARE_PAUSE } },
  { "what cannot be",
    { NAN, -77, G_MININT64, (BtAfterShare) 99 },
    { 2.0, 3600, 60, BT_AFTER_SHARE_REMOVE_DATA },
    { NONE, NONE, NONE, BT_AFTER_SHARE_PAUSE } },
  { "what cannot be, for all",
    { GENERAL, GENERAL, 0, BT_AFTER_SHARE_GENERAL },
    { -0.5, -9, 60, (BtAfterShare) 99 },
    { NONE, NONE, 0, BT_AFTER_SHARE_PAUSE } },
};

static void
test_resolve (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (resolve_cases); i++)
    {
      const BtShareLimits *expected = &resolve_cases[i].in_force;
      BtShareLimits limits = bt_share_limits_resolve (&resolve_cases[i].own,
                                                      &resolve_cases[i].general);

      g_test_message ("%s", resolve_cases[i].title);
      g_assert_cmpfloat (limits.ratio, ==, expected->ratio);
      g_assert_cmpint (limits.seed_time_s, ==, expected->seed_time_s);
      g_assert_cmpint (limits.idle_s, ==, expected->idle_s);
      g_assert_cmpint (limits.after, ==, expected->after);
    }
}

/* A record as it is made follows the general limits. */
static void
test_record (void)
{
  g_autoptr (BtRecord) record = bt_record_new ();
  const BtShareLimits  own = { record->ratio_limit, record->seed_time_limit_s, record->idle_limit_s,
                               record->after_share };
  const BtShareLimits  general = { 1.5, 10, 20, BT_AFTER_SHARE_REMOVE };
  BtShareLimits        limits = bt_share_limits_resolve (&own, &general);

  g_assert_cmpfloat (limits.ratio, ==, 1.5);
  g_assert_cmpint (limits.seed_time_s, ==, 10);
  g_assert_cmpint (limits.idle_s, ==, 20);
  g_assert_cmpint (limits.after, ==, BT_AFTER_SHARE_REMOVE);
}

/* ---- What is reached ---- */

static const struct
{
  const char    *title;
  double         ratio;
  gint64         seed_time_s;
  gint64         idle_s;
  BtShareFacts   facts;
  BtShareReached reached;
} check_cases[] = {
  { "no limits", NONE, NONE, NONE,
    { 9 * GIB, GIB, GIB, 1000, 1000, .is_seed = 1 }, BT_SHARE_NOT_REACHED },
  { "a byte short", 1.0, NONE, NONE,
    { GIB - 1, GIB, GIB, 0, 0, .is_seed = 1 }, BT_SHARE_NOT_REACHED },
  { "to the byte", 1.0, NONE, NONE,
    { GIB, GIB, GIB, 0, 0, .is_seed = 1 }, BT_SHARE_RATIO },
  { "a tenth of ten", 0.1, NONE, NONE,
    { 1, 10, 10, 0, 0, .is_seed = 1 }, BT_SHARE_RATIO },
  { "data that was there before, short", 2.0, NONE, NONE,
    { GIB, 0, GIB, 0, 0, .is_seed = 1 }, BT_SHARE_NOT_REACHED },
  { "data that was there before", 2.0, NONE, NONE,
    { 2 * GIB, 0, GIB, 0, 0, .is_seed = 1 }, BT_SHARE_RATIO },
  { "fetched twice", 1.0, NONE, NONE,
    { GIB, 2 * GIB, GIB, 0, 0, .is_seed = 1 }, BT_SHARE_RATIO },
  { "nothing is wanted any more", 1.0, NONE, NONE,
    { GIB, 2 * GIB, 0, 0, 0, .is_seed = 1 }, BT_SHARE_NOT_REACHED },
  { "nothing at all", 1.0, NONE, NONE,
    { 0, 0, 0, 0, 0, .is_seed = 1 }, BT_SHARE_NOT_REACHED },
  { "not to be shared", 0, NONE, NONE,
    { 0, GIB, GIB, 0, 0, .is_seed = 1 }, BT_SHARE_RATIO },
  { "not complete", 0, 0, 0,
    { 9 * GIB, GIB, GIB, 1000, 1000 }, BT_SHARE_NOT_REACHED },
  { "forced", 0, 0, 0,
    { 9 * GIB, GIB, GIB, 1000, 1000, .is_seed = 1, .is_forced = 1 }, BT_SHARE_NOT_REACHED },
  { "resumed by a person", 0, 0, 0,
    { 9 * GIB, GIB, GIB, 1000, 1000, .is_seed = 1, .is_done = 1 }, BT_SHARE_NOT_REACHED },
  { "a second short", NONE, 60, NONE,
    { 0, 0, GIB, 59, 59, .is_seed = 1 }, BT_SHARE_NOT_REACHED },
  { "to the second", NONE, 60, NONE,
    { 0, 0, GIB, 60, 0, .is_seed = 1 }, BT_SHARE_SEED_TIME },
  { "somebody wanted something", NONE, NONE, 60,
    { 0, 0, GIB, 3600, 59, .is_seed = 1 }, BT_SHARE_NOT_REACHED },
  { "nobody wants anything", NONE, NONE, 60,
    { 0, 0, GIB, 3600, 60, .is_seed = 1 }, BT_SHARE_IDLE },
  { "all three", 1.0, 60, 60,
    { GIB, 0, GIB, 3600, 60, .is_seed = 1 }, BT_SHARE_RATIO },
  { "two", 2.0, 60, 60,
    { GIB, 0, GIB, 3600, 60, .is_seed = 1 }, BT_SHARE_SEED_TIME },
  { "more than a double tells apart", 1.0, NONE, NONE,
    { G_MAXUINT64, 0, G_MAXUINT64, 0, 0, .is_seed = 1 }, BT_SHARE_RATIO },
};

static void
test_check (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (check_cases); i++)
    {
      const BtShareLimits limits = { check_cases[i].ratio, check_cases[i].seed_time_s,
                                     check_cases[i].idle_s, BT_AFTER_SHARE_PAUSE };

      g_test_message ("%s", check_cases[i].title);
      g_assert_cmpint (bt_share_limits_check (&limits, &check_cases[i].facts),
                       ==, check_cases[i].reached);
    }
}

static void
test_ratio (void)
{
  BtShareFacts facts = {
    .sent_bytes = 3 * GIB, .received_bytes = 6 * GIB, .wanted_bytes = 2 * GIB,
  };

  g_assert_cmpfloat (bt_share_get_ratio (&facts), ==, 1.5);
  facts.wanted_bytes = 0;
  g_assert_cmpfloat (bt_share_get_ratio (&facts), ==, 0.5);
  facts.received_bytes = 0;
  g_assert_cmpfloat (bt_share_get_ratio (&facts), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/library/share-limit/resolve", test_resolve);
  g_test_add_func ("/library/share-limit/record", test_record);
  g_test_add_func ("/library/share-limit/check", test_check);
  g_test_add_func ("/library/share-limit/ratio", test_ratio);
  return g_test_run ();
}
