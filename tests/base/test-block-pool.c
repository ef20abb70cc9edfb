/* test-block-pool.c - slots: budget, marks, recycling, giving back
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-block-pool.h"
#include "base/bt-geometry.h"
#include "base/bt-random.h"

#include <string.h>
#include <sys/mman.h>

#define SLOTS_PER_CHUNK 128  /* of 2 MiB */

static BtBlockPool *
new_pool (guint n_slots)
{
  return bt_block_pool_new ((guint64) n_slots * BT_BLOCK_BYTES);
}

static gboolean
is_mapped (const guint8 *page)
{
  unsigned char is_resident;

  return mincore ((void *) page, 1, &is_resident) == 0;
}

static void
test_budget (void)
{
  BtBlockPool *pool = bt_block_pool_new (3 * BT_BLOCK_BYTES + BT_BLOCK_BYTES - 1);
  guint8 *slots[5];

  g_assert_cmpuint (bt_block_pool_get_n_max (pool), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      slots[i] = bt_block_pool_acquire (pool, FALSE);
      g_assert_nonnull (slots[i]);
      g_assert_cmpuint ((gsize) slots[i] % 64, ==, 0);
      memset (slots[i], (int) i, BT_BLOCK_BYTES);
    }
  g_assert_null (bt_block_pool_acquire (pool, FALSE));
  slots[3] = bt_block_pool_acquire (pool, TRUE);
  slots[4] = bt_block_pool_acquire (pool, TRUE);
  g_assert_nonnull (slots[3]);
  g_assert_nonnull (slots[4]);
  g_assert_cmpuint (bt_block_pool_get_n_used (pool), ==, 5);

  /* Beyond the budget, one back is not yet one free. */
  bt_block_pool_release (pool, slots[4]);
  g_assert_null (bt_block_pool_acquire (pool, FALSE));
  bt_block_pool_release (pool, slots[3]);
  g_assert_null (bt_block_pool_acquire (pool, FALSE));
  bt_block_pool_release (pool, slots[2]);
  slots[2] = bt_block_pool_acquire (pool, FALSE);
  g_assert_nonnull (slots[2]);

  for (guint i = 0; i < 3; i++)
    bt_block_pool_release (pool, slots[i]);
  g_assert_cmpuint (bt_block_pool_get_n_used (pool), ==, 0);
  bt_block_pool_free (pool);
}

static const struct
{
  guint n_max;
  guint n_used;
  gboolean is_high;
  gboolean is_low;
} mark_cases[] = {
  { 16, 0, FALSE, TRUE },
  { 16, 11, FALSE, TRUE },
  { 16, 12, FALSE, FALSE },
  { 16, 14, FALSE, FALSE },
  { 16, 15, TRUE, FALSE },
  { 16, 16, TRUE, FALSE },
  { 16, 20, TRUE, FALSE },
  { 1, 0, FALSE, TRUE },
  { 1, 1, TRUE, FALSE },
  { 0, 0, FALSE, TRUE },
  { 0, 2, TRUE, FALSE },
};

static void
test_marks (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mark_cases); i++)
    {
      BtBlockPool *pool = new_pool (mark_cases[i].n_max);
      g_autoptr (GPtrArray) slots = g_ptr_array_new ();

      for (guint j = 0; j < mark_cases[i].n_used; j++)
        g_ptr_array_add (slots, bt_block_pool_acquire (pool, TRUE));
      g_assert_cmpint (bt_block_pool_is_high (pool), ==, mark_cases[i].is_high);
      g_assert_cmpint (bt_block_pool_is_low (pool), ==, mark_cases[i].is_low);
      for (guint j = 0; j < slots->len; j++)
        bt_block_pool_release (pool, slots->pdata[j]);
      bt_block_pool_free (pool);
    }
}

static void
test_last_released_comes_first (void)
{
  BtBlockPool *pool = new_pool (8);
  guint8 *a = bt_block_pool_acquire (pool, FALSE);
  guint8 *b = bt_block_pool_acquire (pool, FALSE);
  guint8 *c = bt_block_pool_acquire (pool, FALSE);

  bt_block_pool_release (pool, b);
  bt_block_pool_release (pool, a);
  g_assert_true (bt_block_pool_acquire (pool, FALSE) == a);
  g_assert_true (bt_block_pool_acquire (pool, FALSE) == b);

  bt_block_pool_release (pool, a);
  bt_block_pool_release (pool, b);
  bt_block_pool_release (pool, c);
  bt_block_pool_free (pool);
}

/* What a trim gives back is really unmapped, what it keeps is not, and lent slots never go. */
static void
test_trim (void)
{
  BtBlockPool *pool = new_pool (4 * SLOTS_PER_CHUNK);
  guint8 *slots[4 * SLOTS_PER_CHUNK];
  guint n_mapped = 0;

  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      slots[i] = bt_block_pool_acquire (pool, FALSE);
      slots[i][0] = (guint8) i;
    }
  g_assert_null (bt_block_pool_acquire (pool, FALSE));
  for (guint i = 1; i < G_N_ELEMENTS (slots); i++)
    bt_block_pool_release (pool, slots[i]);

  /* 511 free in four chunks, one of them pinned. 211 may go, since 300 are to stay: one chunk goes. */
  bt_block_pool_trim (pool, 300);
  for (guint i = 0; i < G_N_ELEMENTS (slots); i += SLOTS_PER_CHUNK)
    n_mapped += is_mapped (slots[i]) ? 1 : 0;
  g_assert_cmpuint (n_mapped, ==, 3);

  bt_block_pool_trim (pool, 0);
  g_assert_true (is_mapped (slots[0]));
  for (guint i = SLOTS_PER_CHUNK; i < G_N_ELEMENTS (slots); i += SLOTS_PER_CHUNK)
    g_assert_false (is_mapped (slots[i]));
  g_assert_cmpuint (slots[0][0], ==, 0);
  g_assert_cmpuint (bt_block_pool_get_n_used (pool), ==, 1);

  /* A second trim finds nothing; the pool grows again afterwards. */
  bt_block_pool_trim (pool, 0);
  for (guint i = 1; i < G_N_ELEMENTS (slots); i++)
    {
      slots[i] = bt_block_pool_acquire (pool, FALSE);
      g_assert_nonnull (slots[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    bt_block_pool_release (pool, slots[i]);
  bt_block_pool_trim (pool, G_MAXUINT);
  g_assert_true (is_mapped (slots[0]));
  bt_block_pool_trim (pool, 0);
  g_assert_false (is_mapped (slots[0]));
  bt_block_pool_free (pool);
}

/* Every lent slot carries its own mark through a random life: no two are ever the same memory. */
static void
test_random_life (void)
{
  BtBlockPool *pool = new_pool (300);
  g_autoptr (GPtrArray) slots = g_ptr_array_new ();
  BtRandom random;

  bt_random_init (&random, 5);
  for (guint step = 0; step < 20000; step++)
    {
      gboolean may_exceed = bt_random_below (&random, 8) == 0;
      guint bias = (step / 2000) % 2 == 0 ? 6 : 3;

      if (bt_random_below (&random, 10) < bias)
        {
          guint8 *slot = bt_block_pool_acquire (pool, may_exceed);

          g_assert_cmpint (slot == NULL, ==, slots->len >= 300 && !may_exceed);
          if (slot != NULL)
            {
              memcpy (slot, &slot, sizeof slot);
              memcpy (slot + BT_BLOCK_BYTES - sizeof slot, &slot, sizeof slot);
              g_ptr_array_add (slots, slot);
            }
        }
      else if (slots->len > 0)
        {
          guint index = bt_random_below (&random, slots->len);
          guint8 *slot = g_ptr_array_remove_index_fast (slots, index);

          g_assert_true (memcmp (slot, &slot, sizeof slot) == 0);
          g_assert_true (memcmp (slot + BT_BLOCK_BYTES - sizeof slot, &slot, sizeof slot) == 0);
          bt_block_pool_release (pool, slot);
        }
      if (step % 500 == 0)
        bt_block_pool_trim (pool, bt_random_below (&random, 200));
      g_assert_cmpuint (bt_block_pool_get_n_used (pool), ==, slots->len);
    }
  for (guint i = 0; i < slots->len; i++)
    bt_block_pool_release (pool, slots->pdata[i]);
  bt_block_pool_free (pool);
}

/* Each misuse ends a child process in debug builds. */
static void
test_misuse (void)
{
#ifndef G_DISABLE_ASSERT
  static const char *cases[] = { "twice", "inside", "foreign", "kept" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/base/block-pool/misuse/subprocess/%s", cases[i]);

      g_test_trap_subprocess (path, 0, 0);
      g_test_trap_assert_failed ();
      g_test_trap_assert_stderr ("*assertion failed*");
    }
#endif
}

static void
misuse (gconstpointer user_data)
{
  const char *what = user_data;
  BtBlockPool *pool = new_pool (8);
  guint8 *slot = bt_block_pool_acquire (pool, FALSE);
  static guint8 foreign[BT_BLOCK_BYTES];

  if (g_str_equal (what, "twice"))
    {
      bt_block_pool_release (pool, slot);
      bt_block_pool_release (pool, slot);
    }
  else if (g_str_equal (what, "inside"))
    {
      bt_block_pool_release (pool, slot + 64);
    }
  else if (g_str_equal (what, "foreign"))
    {
      bt_block_pool_release (pool, foreign);
    }
  else
    {
      bt_block_pool_free (pool);
    }
}

#ifdef __SANITIZE_ADDRESS__
/* With the address sanitizer a slot that went back is forbidden ground, like freed memory. */
static void
test_use_after_release (void)
{
  g_test_trap_subprocess ("/base/block-pool/use-after-release/subprocess", 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*AddressSanitizer: use-after-poison*");
}

static void
use_after_release (void)
{
  BtBlockPool *pool = new_pool (8);
  volatile guint8 *slot = bt_block_pool_acquire (pool, FALSE);

  bt_block_pool_release (pool, (guint8 *) slot);
  slot[100] = 1;
}
#endif

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/block-pool/budget", test_budget);
  g_test_add_func ("/base/block-pool/marks", test_marks);
  g_test_add_func ("/base/block-pool/last-released-comes-first", test_last_released_comes_first);
  g_test_add_func ("/base/block-pool/trim", test_trim);
  g_test_add_func ("/base/block-pool/random-life", test_random_life);
  g_test_add_func ("/base/block-pool/misuse", test_misuse);
  g_test_add_data_func ("/base/block-pool/misuse/subprocess/twice", "twice", misuse);
  g_test_add_data_func ("/base/block-pool/misuse/subprocess/inside", "inside", misuse);
  g_test_add_data_func ("/base/block-pool/misuse/subprocess/foreign", "foreign", misuse);
  g_test_add_data_func ("/base/block-pool/misuse/subprocess/kept", "kept", misuse);
#ifdef __SANITIZE_ADDRESS__
  g_test_add_func ("/base/block-pool/use-after-release", test_use_after_release);
  g_test_add_func ("/base/block-pool/use-after-release/subprocess", use_after_release);
#endif
  return g_test_run ();
}
