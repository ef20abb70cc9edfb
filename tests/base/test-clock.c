/* test-clock.c - timers: order, changes from inside, the heap, the real loop
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-clock.h"
#include "base/bt-random.h"

#define START_US G_GINT64_CONSTANT (1000)

/* A timer with a name, which writes itself into a log and may do something to others. */
typedef struct _Bell Bell;

struct _Bell
{
  BtTimer  timer;
  BtClock *clock;
  GString *log;
  char     name;
  Bell    *to_disarm;
  Bell    *to_arm;
  gint64   arm_in_us;
  guint    n_left;     /* how often `to_arm` is armed */
};

static void
bell_rang_cb (gpointer user_data)
{
  Bell *bell = user_data;

  g_assert_false (bt_timer_is_armed (&bell->timer));
  g_string_append_printf (bell->log, "%c%" G_GINT64_FORMAT " ", bell->name,
                          bt_clock_get_us (bell->clock) - START_US);
  if (bell->to_disarm != NULL)
    bt_timer_disarm (&bell->to_disarm->timer, bell->clock);
  if (bell->to_arm != NULL && bell->n_left > 0)
    {
      bell->n_left--;
      bt_timer_arm_in (&bell->to_arm->timer, bell->clock, bell->arm_in_us);
    }
}

static void
hang (Bell    *bells,
      guint    n_bells,
      BtClock *clock,
      GString *log)
{
  for (guint i = 0; i < n_bells; i++)
    {
      bells[i] = (Bell) { .clock = clock, .log = log, .name = (char) ('a' + (int) i) };
      bt_timer_init (&bells[i].timer, bell_rang_cb, &bells[i]);
    }
}

static void
test_order (void)
{
  BtClock *clock = bt_clock_new_manual (NULL, START_US);
  g_autoptr (GString) log = g_string_new (NULL);
  Bell bells[4];

  hang (bells, 4, clock, log);
  g_assert_cmpint (bt_clock_get_next_us (clock), ==, G_MAXINT64);
  bt_timer_arm (&bells[0].timer, clock, START_US + 30);
  bt_timer_arm (&bells[1].timer, clock, START_US + 10);
  bt_timer_arm_in (&bells[2].timer, clock, 20);
  bt_timer_arm_in (&bells[3].timer, clock, 10);
  g_assert_cmpint (bt_clock_get_next_us (clock), ==, START_US + 10);
  g_assert_true (bt_timer_is_armed (&bells[2].timer));

  bt_clock_advance (clock, 9);
  g_assert_cmpstr (log->str, ==, "");
  bt_clock_advance (clock, 1);
  g_assert_cmpstr (log->str, ==, "b10 d10 ");
  bt_clock_advance (clock, 100);
  g_assert_cmpstr (log->str, ==, "b10 d10 c20 a30 ");
  g_assert_cmpint (bt_clock_get_us (clock), ==, START_US + 110);
  g_assert_cmpint (bt_clock_get_next_us (clock), ==, G_MAXINT64);
  bt_clock_free (clock);
}

static void
test_move_and_disarm (void)
{
  BtClock *clock = bt_clock_new_manual (NULL, START_US);
  g_autoptr (GString) log = g_string_new (NULL);
  Bell bells[3];

  hang (bells, 3, clock, log);
  bt_timer_disarm (&bells[0].timer, clock);
  for (guint i = 0; i < 3; i++)
    bt_timer_arm_in (&bells[i].timer, clock, 10 + i);
  bt_timer_arm_in (&bells[0].timer, clock, 20);
  bt_timer_arm_in (&bells[2].timer, clock, 5);
  bt_timer_disarm (&bells[1].timer, clock);
  bt_timer_disarm (&bells[1].timer, clock);
  g_assert_false (bt_timer_is_armed (&bells[1].timer));
  bt_clock_advance (clock, 100);
  g_assert_cmpstr (log->str, ==, "c5 a20 ");

  /* Never: not even at the end of time does a sum wrap round. */
  bt_timer_arm_in (&bells[0].timer, clock, G_MAXINT64);
  g_assert_cmpint (bt_clock_get_next_us (clock), ==, G_MAXINT64);
  bt_clock_advance (clock, 3600 * BT_SECOND_US);
  g_assert_true (bt_timer_is_armed (&bells[0].timer));
  bt_timer_disarm (&bells[0].timer, clock);
  bt_clock_free (clock);
}

static void
test_changes_from_inside (void)
{
  BtClock *clock = bt_clock_new_manual (NULL, START_US);
  g_autoptr (GString) log = g_string_new (NULL);
  Bell bells[4];

  hang (bells, 4, clock, log);
  /* a stops b, which was due at the same instant, and brings d forward; c rings itself thrice. */
  for (guint i = 0; i < 2; i++)
    bt_timer_arm_in (&bells[i].timer, clock, 10);
  bells[0].to_disarm = &bells[1];
  bells[0].to_arm = &bells[3];
  bells[0].arm_in_us = 5;
  bells[0].n_left = 1;
  bt_timer_arm_in (&bells[3].timer, clock, 1000);
  bt_timer_arm_in (&bells[2].timer, clock, 12);
  bells[2].to_arm = &bells[2];
  bells[2].arm_in_us = 4;
  bells[2].n_left = 2;
  bt_clock_advance (clock, 100);
  g_assert_cmpstr (log->str, ==, "a10 c12 d15 c16 c20 ");

  /* What is armed for now rings within the same advance, after those that wait already. */
  g_string_truncate (log, 0);
  hang (bells, 3, clock, log);
  bells[0].to_arm = &bells[0];
  bells[0].n_left = 2;
  bt_timer_arm_in (&bells[0].timer, clock, -50);
  bt_timer_arm (&bells[1].timer, clock, 0);
  bt_clock_advance (clock, 0);
  g_assert_cmpstr (log->str, ==, "a100 b100 a100 a100 ");
  bt_clock_free (clock);
}

static void
free_bell_cb (gpointer user_data)
{
  Bell *bell = user_data;

  g_string_append_c (bell->log, bell->name);
  g_free (bell);
}

static void
test_owner_goes (void)
{
  BtClock *clock = bt_clock_new_manual (NULL, START_US);
  g_autoptr (GString) log = g_string_new (NULL);

  for (guint i = 0; i < 5; i++)
    {
      Bell *bell = g_new0 (Bell, 1);

      bell->log = log;
      bell->name = (char) ('a' + (int) i);
      bt_timer_init (&bell->timer, free_bell_cb, bell);
      bt_timer_arm_in (&bell->timer, clock, 5 - (gint64) i);
    }
  bt_clock_advance (clock, 5);
  g_assert_cmpstr (log->str, ==, "edcba");
  bt_clock_free (clock);
}

#define N_STRESS 500

/* A timer of the stress test, and what it is expected to do, kept without a heap. */
typedef struct
{
  BtTimer  timer;
  gboolean is_armed;
  gint64   due_at_us;
  guint64  order;
} Stressed;

typedef struct
{
  BtClock *clock;
  BtRandom random;
  guint64  n_armed;
  guint    n_fired;
  Stressed timers[N_STRESS];
} Stress;

static Stress *stress;

/* The one that has to fire next, by looking at all of them. */
static Stressed *
find_first (void)
{
  Stressed *first = NULL;

  for (guint i = 0; i < N_STRESS; i++)
    {
      Stressed *timer = &stress->timers[i];

      if (!timer->is_armed)
        continue;
      if (first == NULL || timer->due_at_us < first->due_at_us ||
          (timer->due_at_us == first->due_at_us && timer->order < first->order))
        first = timer;
    }
  return first;
}

static void
change_something (void)
{
  Stressed *timer = &stress->timers[bt_random_below (&stress->random, N_STRESS)];

  if (bt_random_below (&stress->random, 3) == 0)
    {
      bt_timer_disarm (&timer->timer, stress->clock);
      timer->is_armed = FALSE;
    }
  else
    {
      gint64 delay_us = (gint64) bt_random_below (&stress->random, 200) - 5;

      bt_timer_arm_in (&timer->timer, stress->clock, delay_us);
      timer->is_armed = TRUE;
      timer->due_at_us = bt_clock_get_us (stress->clock) + MAX (delay_us, 0);
      timer->order = stress->n_armed++;
    }
  g_assert_cmpint (bt_timer_is_armed (&timer->timer), ==, timer->is_armed);
}

static void
stress_cb (gpointer user_data)
{
  Stressed *timer = user_data;

  g_assert_true (find_first () == timer);
  g_assert_cmpint (bt_clock_get_us (stress->clock), ==, timer->due_at_us);
  timer->is_armed = FALSE;
  stress->n_fired++;
  for (guint n = bt_random_below (&stress->random, 3); n > 0; n--)
    change_something ();
}

static void
test_stress (void)
{
  stress = g_new0 (Stress, 1);
  stress->clock = bt_clock_new_manual (NULL, 0);
  bt_random_init (&stress->random, 11);
  for (guint i = 0; i < N_STRESS; i++)
    bt_timer_init (&stress->timers[i].timer, stress_cb, &stress->timers[i]);

  for (guint round = 0; round < 1000; round++)
    {
      Stressed *first;
      gint64 next_us;

      for (guint i = 0; i < 20; i++)
        change_something ();
      first = find_first ();
      next_us = first != NULL ? first->due_at_us : G_MAXINT64;
      g_assert_cmpint (bt_clock_get_next_us (stress->clock), ==, next_us);
      bt_clock_advance (stress->clock, bt_random_below (&stress->random, 20));
      first = find_first ();
      g_assert_true (first == NULL || first->due_at_us > bt_clock_get_us (stress->clock));
    }
  g_assert_cmpuint (stress->n_fired, >, 1000);

  for (guint i = 0; i < N_STRESS; i++)
    bt_timer_disarm (&stress->timers[i].timer, stress->clock);
  bt_clock_free (stress->clock);
  g_clear_pointer (&stress, g_free);
}

static void
count_cb (gpointer user_data)
{
  guint *n = user_data;

  (*n)++;
}

static void
test_real_loop (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  BtClock *clock = bt_clock_new (context);
  BtTimer soon;
  BtTimer late;
  guint n_soon = 0;
  guint n_late = 0;
  gint64 before_us = g_get_monotonic_time ();

  bt_timer_init (&soon, count_cb, &n_soon);
  bt_timer_init (&late, count_cb, &n_late);
  g_assert_false (g_main_context_iteration (context, FALSE));
  bt_timer_arm_in (&soon, clock, 3 * BT_MILLISECOND_US);
  bt_timer_arm_in (&late, clock, 3600 * BT_SECOND_US);
  g_assert_cmpuint (n_soon, ==, 0);
  while (n_soon == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpint (bt_clock_get_us (clock) - before_us, >=, 3 * BT_MILLISECOND_US);
  g_assert_cmpuint (n_late, ==, 0);

  /* A due time in the past waits for the loop. */
  bt_timer_arm (&late, clock, 0);
  g_assert_cmpuint (n_late, ==, 0);
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (n_late, ==, 1);
  bt_clock_free (clock);
}

typedef struct
{
  BtTimer  timer;
  BtClock *clock;
  guint    n_fired;
} Restless;

static void
restless_cb (gpointer user_data)
{
  Restless *restless = user_data;

  restless->n_fired++;
  bt_timer_arm (&restless->timer, restless->clock, 0);
}

/* A timer that arms itself in the past fires once in a turn, and others of that turn still do. */
static void
test_restless (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  BtClock *clock = bt_clock_new (context);
  Restless restless = { .clock = clock };
  BtTimer other;
  guint n_other = 0;

  bt_timer_init (&restless.timer, restless_cb, &restless);
  bt_timer_init (&other, count_cb, &n_other);
  bt_timer_arm (&restless.timer, clock, 0);
  bt_timer_arm (&other, clock, 1);
  for (guint turn = 1; turn <= 10; turn++)
    {
      g_main_context_iteration (context, TRUE);
      g_assert_cmpuint (restless.n_fired, ==, turn);
      g_assert_cmpuint (n_other, ==, 1);
    }
  bt_timer_disarm (&restless.timer, clock);
  bt_clock_free (clock);
}

/* Thousands due at once do not keep a socket waiting: the turn ends after a bounded number. */
static void
test_turn_is_bounded (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  BtClock *clock = bt_clock_new (context);
  g_autofree BtTimer *timers = g_new0 (BtTimer, 5000);
  guint n_fired = 0;
  guint n_turns = 0;

  for (guint i = 0; i < 5000; i++)
    {
      bt_timer_init (&timers[i], count_cb, &n_fired);
      bt_timer_arm (&timers[i], clock, (gint64) i);
    }
  while (n_fired < 5000)
    {
      g_assert_true (g_main_context_iteration (context, FALSE));
      n_turns++;
    }
  g_assert_cmpuint (n_turns, >, 3);
  bt_clock_free (clock);
}

/* A manual clock has nothing on the loop. */
static void
test_manual_stands_still (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  BtClock *clock = bt_clock_new_manual (context, START_US);
  BtTimer timer;
  guint n_fired = 0;

  bt_timer_init (&timer, count_cb, &n_fired);
  bt_timer_arm (&timer, clock, 0);
  for (guint i = 0; i < 5; i++)
    g_assert_false (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (n_fired, ==, 0);
  g_assert_cmpint (bt_clock_get_us (clock), ==, START_US);
  bt_clock_advance (clock, 0);
  g_assert_cmpuint (n_fired, ==, 1);
  bt_clock_free (clock);
  bt_clock_free (NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/clock/order", test_order);
  g_test_add_func ("/base/clock/move-and-disarm", test_move_and_disarm);
  g_test_add_func ("/base/clock/changes-from-inside", test_changes_from_inside);
  g_test_add_func ("/base/clock/owner-goes", test_owner_goes);
  g_test_add_func ("/base/clock/stress", test_stress);
  g_test_add_func ("/base/clock/real-loop", test_real_loop);
  g_test_add_func ("/base/clock/restless", test_restless);
  g_test_add_func ("/base/clock/turn-is-bounded", test_turn_is_bounded);
  g_test_add_func ("/base/clock/manual-stands-still", test_manual_stands_still);
  return g_test_run ();
}
