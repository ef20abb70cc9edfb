/* test-rate.c - bytes per second of streams with known speed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-rate.h"

#define START_US  G_GINT64_CONSTANT (123456789)
#define SECOND_US G_GINT64_CONSTANT (1000000)

static void
assert_near (guint64 value,
             guint64 expected,
             guint   percent)
{
  g_assert_cmpuint (value, >=, expected - expected * percent / 100);
  g_assert_cmpuint (value, <=, expected + expected * percent / 100);
}

/* 10 ms portions of an even stream; right from the first second on, and at every moment. */
static void
test_even_stream (void)
{
  static const guint64 speeds[] = { 1000, 1000000, G_GUINT64_CONSTANT (10000000000) };

  for (gsize i = 0; i < G_N_ELEMENTS (speeds); i++)
    {
      gint64 now_us = START_US;
      BtRate rate;

      bt_rate_init (&rate, now_us);
      g_assert_cmpuint (bt_rate_get_bps (&rate, now_us), ==, 0);
      for (guint step = 1; step <= 2000; step++)
        {
          now_us += 10000;
          bt_rate_add (&rate, speeds[i] / 100, now_us);
          if (step >= 100)
            assert_near (bt_rate_get_bps (&rate, now_us), speeds[i], 2);
        }
    }
}

/* A young meter divides by one second at least: a first block is no gigabyte per second. */
static void
test_young (void)
{
  BtRate rate;

  bt_rate_init (&rate, START_US);
  bt_rate_add (&rate, 16384, START_US + 10);
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US + 10), ==, 16384);
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US + SECOND_US), ==, 16384);
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US + 2 * SECOND_US), ==, 8192);
}

static void
test_silence (void)
{
  BtRate rate;

  bt_rate_init (&rate, START_US);
  bt_rate_add (&rate, 4000, START_US);
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US + 4 * SECOND_US - 1000), >, 0);
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US + 4 * SECOND_US), ==, 0);
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US + 3600 * 24 * 365 * SECOND_US), ==, 0);
  /* Asking changes nothing. */
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US + SECOND_US), ==, 4000);

  /* After a year, only what is new counts. */
  bt_rate_add (&rate, 8000, START_US + 3600 * 24 * 365 * SECOND_US);
  assert_near (bt_rate_get_bps (&rate, START_US + 3600 * 24 * 365 * SECOND_US), 2000, 8);
}

/* Every silence between one slot and more than the ring, against a list of what was added when. */
static void
test_gaps (void)
{
  for (guint gap = 0; gap <= BT_RATE_SLOTS + 2; gap++)
    {
      gint64 then_us = START_US + (gint64) gap * BT_RATE_SLOT_US;
      gint64 covered_us = (BT_RATE_SLOTS - 1) * BT_RATE_SLOT_US;
      gint64 divisor_us = CLAMP (then_us - START_US, SECOND_US, covered_us);
      guint64 n_bytes = gap < BT_RATE_SLOTS ? 1100000 : 100000;
      guint64 expected = n_bytes * 1000 / (guint64) (divisor_us / 1000);
      BtRate rate;

      bt_rate_init (&rate, START_US);
      bt_rate_add (&rate, 1000000, START_US);
      bt_rate_add (&rate, 100000, then_us);
      g_assert_cmpuint (bt_rate_get_bps (&rate, then_us), ==, expected);
    }
}

static void
test_clock_going_back (void)
{
  BtRate rate;

  bt_rate_init (&rate, START_US);
  bt_rate_add (&rate, 500, START_US - SECOND_US);
  g_assert_cmpuint (bt_rate_get_bps (&rate, START_US - 5 * SECOND_US), ==, 500);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/rate/even-stream", test_even_stream);
  g_test_add_func ("/base/rate/young", test_young);
  g_test_add_func ("/base/rate/silence", test_silence);
  g_test_add_func ("/base/rate/gaps", test_gaps);
  g_test_add_func ("/base/rate/clock-going-back", test_clock_going_back);
  return g_test_run ();
}
