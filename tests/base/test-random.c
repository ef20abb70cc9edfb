/* test-random.c - repeatable and secret randomness
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-random.h"

#include <string.h>

static void
test_repeatable (void)
{
  BtRandom a;
  BtRandom b;
  BtRandom c;
  guint n_same = 0;

  bt_random_init (&a, 42);
  bt_random_init (&b, 42);
  bt_random_init (&c, 43);
  for (guint i = 0; i < 1000; i++)
    {
      guint32 value = bt_random_next (&a);

      g_assert_cmpuint (value, ==, bt_random_next (&b));
      n_same += value == bt_random_next (&c) ? 1 : 0;
    }
  g_assert_cmpuint (n_same, <, 3);
}

static void
test_below (void)
{
  static const guint32 limits[] = { 1, 2, 3, 7, 100, 0x80000001u, G_MAXUINT32 };
  BtRandom random;

  bt_random_init (&random, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    for (guint j = 0; j < 10000; j++)
      g_assert_cmpuint (bt_random_below (&random, limits[i]), <, limits[i]);
}

/* 70000 draws from seven values: each within a tenth of its share. A limit of three quarters of all 32-bit numbers
 * is where drawing but once would favour the multiples of three twofold, and taking the rest of a division
 * the lowest third.
 */
static void
test_uniform (void)
{
  guint n_drawn[7] = { 0 };
  guint n_low = 0;
  guint n_multiples = 0;
  BtRandom random;

  bt_random_init (&random, 7);
  for (guint i = 0; i < 70000; i++)
    n_drawn[bt_random_below (&random, 7)]++;
  for (guint i = 0; i < G_N_ELEMENTS (n_drawn); i++)
    {
      g_assert_cmpuint (n_drawn[i], >, 9000);
      g_assert_cmpuint (n_drawn[i], <, 11000);
    }

  for (guint i = 0; i < 30000; i++)
    {
      guint32 value = bt_random_below (&random, 0xc0000000u);

      n_low += value < 0x40000000u ? 1 : 0;
      n_multiples += value % 3 == 0 ? 1 : 0;
    }
  g_assert_cmpuint (n_multiples, >, 9000);
  g_assert_cmpuint (n_multiples, <, 11000);
  g_assert_cmpuint (n_low, >, 9000);
  g_assert_cmpuint (n_low, <, 11000);
}

static void
test_secure (void)
{
  guint8 a[33] = { 0 };
  guint8 b[33] = { 0 };

  bt_random_fill_secure (a, 32);
  bt_random_fill_secure (b, 32);
  bt_random_fill_secure (b, 0);
  g_assert_true (memcmp (a, b, 32) != 0);
  g_assert_cmpuint (a[32], ==, 0);
  g_assert_cmpuint (b[32], ==, 0);
  g_assert_true (bt_random_seed () != bt_random_seed ());
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/random/repeatable", test_repeatable);
  g_test_add_func ("/base/random/below", test_below);
  g_test_add_func ("/base/random/uniform", test_uniform);
  g_test_add_func ("/base/random/secure", test_secure);
  return g_test_run ();
}
