/* test-limit.c - rates, shares and lines of limits, with users that move made-up bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "transport/bt-limit-gate.h"

#include <stdlib.h>

#define MAX_USERS  64
#define MAX_LIMITS 4
#define STEP_US    (10 * BT_MILLISECOND_US)
#define MEGABYTE   (1024 * 1024)

typedef struct
{
  BtLimitGate gate;
  guint64     n_moved;
  guint       n_wakes;
  gboolean    may_move;  /* is not waiting */
  guint64     order;     /* those who were let through first move first, as epoll has it */
  gboolean    is_idle;   /* takes nothing, whatever it is given */
} User;

typedef struct
{
  BtClock *clock;
  BtLimit *limits[MAX_LIMITS];
  User     users[MAX_USERS];
  guint    n_users;
  guint64  n_wakes;
} Fixture;

static Fixture *fixture;

static void
set_up (void)
{
  fixture = g_new0 (Fixture, 1);
  fixture->clock = bt_clock_new_manual (NULL, 12345);
  for (guint i = 0; i < MAX_LIMITS; i++)
    fixture->limits[i] = bt_limit_new (fixture->clock);
}

static void
tear_down (void)
{
  for (guint i = 0; i < fixture->n_users; i++)
    bt_limit_gate_leave (&fixture->users[i].gate);
  for (guint i = 0; i < MAX_LIMITS; i++)
    bt_limit_free (fixture->limits[i]);
  bt_clock_free (fixture->clock);
  g_clear_pointer (&fixture, g_free);
}

static void
opened_cb (BtLimitGate *gate,
           gpointer     user_data)
{
  User *user = user_data;

  g_assert_false (bt_limit_gate_is_waiting (gate));
  user->n_wakes++;
  user->may_move = TRUE;
  user->order = fixture->n_wakes++;
}

/* `chain`: bit i stands for limits[i]. */
static User *
add_user (guint chain)
{
  User *user = &fixture->users[fixture->n_users++];
  BtLimit *limits[MAX_LIMITS + 1] = { NULL };
  guint n_limits = 0;

  g_assert_cmpuint (fixture->n_users, <=, MAX_USERS);
  for (guint i = 0; i < MAX_LIMITS; i++)
    if (chain & (1u << i))
      limits[n_limits++] = fixture->limits[i];
  bt_limit_gate_init (&user->gate, opened_cb, user);
  bt_limit_gate_set_limits (&user->gate, limits);
  user->may_move = TRUE;
  return user;
}

/* Everything that is allowed; a megabyte at a time, and of an unlimited chain no more than that. */
static void
move_bytes (User *user)
{
  guint64 n_bytes;

  user->may_move = FALSE;
  if (user->is_idle)
    return;
  if (bt_limit_gate_is_open (&user->gate))
    {
      user->n_moved += MEGABYTE;
      user->may_move = TRUE;
      return;
    }
  while ((n_bytes = bt_limit_gate_get_allowed (&user->gate, MEGABYTE)) > 0)
    {
      g_assert_cmpuint (n_bytes, <=, MEGABYTE);
      bt_limit_gate_spend (&user->gate, n_bytes);
      user->n_moved += n_bytes;
    }
  g_assert_true (bt_limit_gate_wait (&user->gate));
}

static int
compare_order (gconstpointer a,
               gconstpointer b)
{
  const User *user_a = *(User *const *) a;
  const User *user_b = *(User *const *) b;

  return (user_a->order > user_b->order) - (user_a->order < user_b->order);
}

static void
move_all (void)
{
  User *ready[MAX_USERS];
  guint n_ready = 0;

  for (guint i = 0; i < fixture->n_users; i++)
    if (fixture->users[i].may_move)
      ready[n_ready++] = &fixture->users[i];
  qsort (ready, n_ready, sizeof *ready, compare_order);
  for (guint i = 0; i < n_ready; i++)
    move_bytes (ready[i]);
}

static void
run (gint64 time_us)
{
  for (gint64 end_us = bt_clock_get_us (fixture->clock) + time_us;
       bt_clock_get_us (fixture->clock) < end_us;)
    {
      move_all ();
      bt_clock_advance (fixture->clock, STEP_US);
    }
  move_all ();
}

static guint64
get_sum (void)
{
  guint64 sum = 0;

  for (guint i = 0; i < fixture->n_users; i++)
    sum += fixture->users[i].n_moved;
  return sum;
}

static void
forget_moved (void)
{
  for (guint i = 0; i < fixture->n_users; i++)
    {
      fixture->users[i].n_moved = 0;
      fixture->users[i].n_wakes = 0;
    }
}

static void
assert_near (guint64 value,
             guint64 expected,
             guint   percent)
{
  g_assert_cmpuint (value, >=, expected - expected * percent / 100);
  g_assert_cmpuint (value, <=, expected + expected * percent / 100);
}

static void
test_rate (void)
{
  static const struct
  {
    guint64 bps;
    guint   n_users;
    guint   window_s;
  } cases[] = {
    { 1, 1, 200 },          { 3, 2, 100 },      { 19, 3, 20 },        { 21, 1, 20 },
    { 1000, 1, 1 },         { 1000, 10, 1 },    { 10240, 10, 1 },     { 81919, 3, 1 },
    { 100000, 50, 1 },      { 1000000, 1, 1 },  { 1000000, 50, 1 },   { 50000000, 10, 1 },
    { 1000000000, 1, 1 },   { 1000000000, 3, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      set_up ();
      bt_limit_set_bps (fixture->limits[0], cases[i].bps);
      for (guint j = 0; j < cases[i].n_users; j++)
        add_user (1);
      run (BT_SECOND_US);
      for (guint second = 0; second < 5; second++)
        {
          forget_moved ();
          run (cases[i].window_s * BT_SECOND_US);
          assert_near (get_sum (), cases[i].bps * cases[i].window_s, 3);
        }
      tear_down ();
    }
}

static void
test_fair (void)
{
  static const guint64 rates[] = { 2000, 10000, 100000, 123457, 1000000, 100000000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      set_up ();
      bt_limit_set_bps (fixture->limits[0], rates[i]);
      for (guint j = 0; j < 10; j++)
        add_user (1);
      run (BT_SECOND_US);
      forget_moved ();
      run (20 * BT_SECOND_US);
      for (guint j = 0; j < 10; j++)
        assert_near (fixture->users[j].n_moved, rates[i] * 2, 6);
      tear_down ();
    }
}

/* Those who come again and again with little do not pass those who wait. */
static void
test_newcomers_queue (void)
{
  User *hungry;
  User *late;

  set_up ();
  bt_limit_set_bps (fixture->limits[0], 100000);
  hungry = add_user (1);
  run (BT_SECOND_US);
  g_assert_true (bt_limit_gate_is_waiting (&hungry->gate));
  late = add_user (1);
  g_assert_cmpuint (bt_limit_gate_get_allowed (&late->gate, 1), ==, 0);
  g_assert_true (bt_limit_gate_wait (&late->gate));
  tear_down ();
}

static void
test_chain (void)
{
  /* Of users of limit 0 alone, and of limits 0 and 1; the rates; what each kind gets in all. */
  static const struct
  {
    guint64 bps[2];
    guint   n_short;
    guint   n_long;
    guint64 short_bps;
    guint64 long_bps;
  } cases[] = {
    { { 1000000, 200000 }, 0, 1, 0, 200000 },
    { { 200000, 1000000 }, 0, 1, 0, 200000 },
    { { 200000, 200000 }, 0, 1, 0, 200000 },
    { { 200000, 200000 }, 0, 7, 0, 200000 },
    { { 1000000, 200000 }, 1, 1, 800000, 200000 },
    { { 1000000, 50000 }, 3, 2, 950000, 50000 },
    { { 100000, 1000000 }, 1, 1, 50000, 50000 },
    { { 1000000, 100 }, 1, 1, 1000000, 100 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 n_short = 0;
      guint64 n_long = 0;

      set_up ();
      for (guint j = 0; j < 2; j++)
        bt_limit_set_bps (fixture->limits[j], cases[i].bps[j]);
      for (guint j = 0; j < cases[i].n_short; j++)
        add_user (1);
      for (guint j = 0; j < cases[i].n_long; j++)
        add_user (3);
      run (2 * BT_SECOND_US);
      forget_moved ();
      run (10 * BT_SECOND_US);
      for (guint j = 0; j < fixture->n_users; j++)
        *(j < cases[i].n_short ? &n_short : &n_long) += fixture->users[j].n_moved;
      assert_near (n_short, cases[i].short_bps * 10, 3);
      assert_near (n_long, cases[i].long_bps * 10, 5);
      tear_down ();
    }
}

/* Between two crowds, each at a limit of its own, somebody who has to pass both gets through. */
static void
test_two_crowds (void)
{
  static const guint64 rates[] = { 5000, 10000, 100000, 1000000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      User *both;

      set_up ();
      bt_limit_set_bps (fixture->limits[0], rates[i]);
      bt_limit_set_bps (fixture->limits[1], rates[i]);
      for (guint j = 0; j < 20; j++)
        add_user (j % 2 == 0 ? 1 : 2);
      both = add_user (3);
      run (60 * BT_SECOND_US);
      /* It stands in line twice for every byte, hence half a share. */
      g_assert_cmpuint (both->n_moved, >=, rates[i] * 60 / 11 * 4 / 10);
      tear_down ();
    }
}

static void
test_change (void)
{
  static const guint64 rates[] = { 100000, 400000, 50000, 1, 1000000, 0, 200000, 0, 1 };

  set_up ();
  for (guint i = 0; i < 3; i++)
    add_user (3);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      bt_limit_set_bps (fixture->limits[0], rates[i]);
      g_assert_cmpuint (bt_limit_get_bps (fixture->limits[0]), ==, rates[i]);
      run (100 * BT_MILLISECOND_US);
      forget_moved ();
      run (2 * BT_SECOND_US);
      if (rates[i] > 1)
        assert_near (get_sum (), rates[i] * 2, 8);
      else if (rates[i] == 1)
        g_assert_cmpuint (get_sum (), <=, 3);
      else
        g_assert_cmpuint (get_sum (), >=, 100 * MEGABYTE);
    }
  tear_down ();
}

static void
test_lift_while_waiting (void)
{
  set_up ();
  bt_limit_set_bps (fixture->limits[0], 10000);
  for (guint i = 0; i < 5; i++)
    add_user (i < 3 ? 1 : 3);
  run (BT_SECOND_US);
  /* Two of them go on to the line of the next limit. */
  bt_limit_set_bps (fixture->limits[1], 1);
  forget_moved ();
  bt_limit_set_bps (fixture->limits[0], 0);
  for (guint i = 0; i < 5; i++)
    {
      g_assert_cmpuint (fixture->users[i].n_wakes, ==, i < 3 ? 1 : 0);
      g_assert_cmpint (bt_limit_gate_is_waiting (&fixture->users[i].gate), ==, i >= 3);
    }
  bt_limit_set_bps (fixture->limits[1], 0);
  g_assert_cmpuint (fixture->users[4].n_wakes, ==, 1);
  g_assert_cmpint (bt_clock_get_next_us (fixture->clock), ==, G_MAXINT64);

  bt_limit_set_bps (fixture->limits[0], G_MAXUINT64);
  run (BT_SECOND_US);
  tear_down ();
}

/* A byte a second: neither never, nor a wake-up for nothing. */
static void
test_slow (void)
{
  User *user;

  set_up ();
  bt_limit_set_bps (fixture->limits[0], 1);
  user = add_user (1);
  run (1000 * BT_SECOND_US);
  assert_near (user->n_moved, 1000, 3);
  g_assert_cmpuint (user->n_wakes, <=, 1001);
  tear_down ();
}

static void
test_burst (void)
{
  static const struct
  {
    guint64 bps;
    guint64 burst;
  } cases[] = {
    { 1, 16384 }, { 1000, 16384 }, { 65536, 16384 }, { 100000, 25000 }, { 40000000, 10000000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      User *user;

      set_up ();
      bt_limit_set_bps (fixture->limits[0], cases[i].bps);
      user = add_user (1);
      move_bytes (user);
      /* A new limit holds nothing. */
      g_assert_cmpuint (user->n_moved, ==, 0);
      run (2 * BT_SECOND_US);
      bt_limit_gate_leave (&user->gate);
      user->is_idle = TRUE;
      run (20000 * BT_SECOND_US / (gint64) MIN (cases[i].bps, 100));
      user->is_idle = FALSE;
      user->n_moved = 0;
      move_bytes (user);
      g_assert_cmpuint (user->n_moved, ==, cases[i].burst);
      tear_down ();
    }
}

/* A lower limit holds less. */
static void
test_burst_lowered (void)
{
  User *user;

  set_up ();
  user = add_user (1);
  bt_limit_set_bps (fixture->limits[0], 40000000);
  bt_clock_advance (fixture->clock, BT_SECOND_US);
  bt_limit_set_bps (fixture->limits[0], 100000);
  move_bytes (user);
  g_assert_cmpuint (user->n_moved, ==, 25000);
  tear_down ();
}

/* What was dealt to those who then do nothing for long does not come on top. */
static void
test_burst_of_holders (void)
{
  set_up ();
  bt_limit_set_bps (fixture->limits[0], 1000000);
  for (guint i = 0; i < 40; i++)
    add_user (1);
  move_all ();
  for (guint i = 0; i < 40; i++)
    fixture->users[i].is_idle = TRUE;
  run (10 * BT_SECOND_US);
  forget_moved ();
  for (guint i = 0; i < 40; i++)
    {
      fixture->users[i].is_idle = FALSE;
      move_bytes (&fixture->users[i]);
    }
  g_assert_cmpuint (get_sum (), >, 200000);
  g_assert_cmpuint (get_sum (), <=, 250000);
  tear_down ();
}

static void
test_leave (void)
{
  set_up ();
  bt_limit_set_bps (fixture->limits[0], 100000);
  for (guint i = 0; i < 10; i++)
    add_user (1);
  run (BT_SECOND_US);
  for (guint i = 0; i < 9; i++)
    {
      bt_limit_gate_leave (&fixture->users[i].gate);
      g_assert_false (bt_limit_gate_is_waiting (&fixture->users[i].gate));
      fixture->users[i].may_move = FALSE;
    }
  forget_moved ();
  run (BT_SECOND_US);
  g_assert_cmpuint (fixture->users[0].n_wakes, ==, 0);
  assert_near (fixture->users[9].n_moved, 100000, 6);
  tear_down ();
}

/* A share that is given back serves the next in line at once, not at the next tick. */
static void
test_yield (void)
{
  User *idle;
  User *hungry;

  set_up ();
  bt_limit_set_bps (fixture->limits[0], 40000);
  idle = add_user (1);
  hungry = add_user (1);
  move_all ();
  bt_clock_advance (fixture->clock, 100 * BT_MILLISECOND_US);
  g_assert_true (idle->may_move);
  hungry->may_move = FALSE;
  move_bytes (hungry);
  forget_moved ();
  bt_limit_gate_yield (&idle->gate);
  bt_clock_advance (fixture->clock, 0);
  move_all ();
  g_assert_cmpuint (hungry->n_moved, >=, 2000);
  tear_down ();
}

static void
test_busy (void)
{
  User *user;

  set_up ();
  g_assert_false (bt_limit_is_busy (fixture->limits[0]));
  bt_limit_set_bps (fixture->limits[0], 100000);
  g_assert_false (bt_limit_is_busy (fixture->limits[0]));
  user = add_user (1);
  move_bytes (user);
  g_assert_true (bt_limit_is_busy (fixture->limits[0]));
  user->is_idle = TRUE;
  bt_clock_advance (fixture->clock, 500 * BT_MILLISECOND_US);
  g_assert_false (bt_limit_gate_is_waiting (&user->gate));
  g_assert_true (bt_limit_is_busy (fixture->limits[0]));
  bt_clock_advance (fixture->clock, BT_SECOND_US);
  g_assert_false (bt_limit_is_busy (fixture->limits[0]));
  tear_down ();
}

static void
test_open (void)
{
  User *user;

  set_up ();
  user = add_user (0);
  g_assert_true (bt_limit_gate_is_open (&user->gate));
  user = add_user (15);
  g_assert_true (bt_limit_gate_is_open (&user->gate));
  g_assert_false (bt_limit_gate_wait (&user->gate));
  bt_limit_set_bps (fixture->limits[3], 5);
  g_assert_false (bt_limit_gate_is_open (&user->gate));
  g_assert_true (bt_limit_gate_wait (&user->gate));
  bt_limit_gate_set_limits (&user->gate, NULL);
  g_assert_true (bt_limit_gate_is_open (&user->gate));
  g_assert_false (bt_limit_gate_is_waiting (&user->gate));
  tear_down ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limit/rate", test_rate);
  g_test_add_func ("/limit/fair", test_fair);
  g_test_add_func ("/limit/newcomers-queue", test_newcomers_queue);
  g_test_add_func ("/limit/chain", test_chain);
  g_test_add_func ("/limit/two-crowds", test_two_crowds);
  g_test_add_func ("/limit/change", test_change);
  g_test_add_func ("/limit/lift-while-waiting", test_lift_while_waiting);
  g_test_add_func ("/limit/slow", test_slow);
  g_test_add_func ("/limit/burst", test_burst);
  g_test_add_func ("/limit/burst-lowered", test_burst_lowered);
  g_test_add_func ("/limit/burst-of-holders", test_burst_of_holders);
  g_test_add_func ("/limit/leave", test_leave);
  g_test_add_func ("/limit/yield", test_yield);
  g_test_add_func ("/limit/busy", test_busy);
  g_test_add_func ("/limit/open", test_open);
  return g_test_run ();
}
