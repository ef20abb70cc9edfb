/* test-congestion.c - the congestion control of uTP over a made-up bottleneck (RFC 6817)
 *
 * All time is made up, so that what is asserted of rates and delays is the same on any machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "link.h"

#define MS(n)      ((n) * LINK_MS)
#define SECONDS(n) ((n) * LINK_SECOND_US)
#define MBIT(n)    ((n) * G_GUINT64_CONSTANT (125000))  /* bytes a second */

static const BtUtpConfig config = { .family = BT_FAMILY_IPV4 };

/* A bottleneck forward, whose queue holds so much; the round trip is all delay that does not come of the queue. */
static Link *
new_bottleneck (guint64 seed,
                guint64 bps,
                gint64  round_trip_us,
                gint64  queue_us)
{
  Link *link = link_new (seed);

  link->paths[0] = (LinkPath) { .bps = bps,
                                .queue_bytes = bps * (guint64) queue_us / LINK_SECOND_US,
                                .delay_us = round_trip_us / 2 };
  link->paths[1].delay_us = round_trip_us / 2;
  link->batch_us = 100;
  return link;
}

static LinkFlow *
add_bulk (Link *link)
{
  LinkFlow *flow = link_add_flow (link, &config);

  flow->ends[0].n_to_write = G_MAXUINT64;
  return flow;
}

/* What came through in `for_us`, in percent of the bottleneck; heads of IP, UDP and uTP are a good 3 %. */
static double
run_and_measure (Link           *link,
                 const LinkFlow *flow,
                 gint64          for_us)
{
  guint64 before = flow->ends[1].n_read;

  link_forget_queue (link);
  link_run (link, for_us);
  return 100.0 * (double) (flow->ends[1].n_read - before) * LINK_SECOND_US /
         (double) for_us / (double) link->paths[0].bps;
}

static double
get_queue_ms (const Link *link)
{
  return link->queue_sum_us / (double) MAX (link->queue_n, 1) / LINK_MS;
}

static void
test_fills_gigabit (void)
{
  Link *link = new_bottleneck (1, MBIT (1000), MS (100), MS (200));
  LinkFlow *flow = add_bulk (link);
  double percent;

  link_run (link, SECONDS (3));
  percent = run_and_measure (link, flow, SECONDS (7));
  g_test_message ("%.1f %%, queue %.0f ms", percent, get_queue_ms (link));
  g_assert_cmpfloat (percent, >=, 90);
  g_assert_cmpfloat (get_queue_ms (link), <=, 120);
  link_free (link);
}

/* Slow start overfills a queue that is far shorter than the path: much is in flight behind much that is lost, more
 * than a selective ack can speak of. What was lost is sent again, and nothing else. */
static void
test_many_losses (void)
{
  Link *link = new_bottleneck (2, MBIT (1000), MS (100), MS (40));
  LinkFlow *flow = add_bulk (link);
  BtUtpFacts facts;

  link_run (link, SECONDS (10));
  bt_utp_get_facts (flow->ends[0].utp, &facts);
  g_test_message ("%u dropped, %u sent again, %u time-outs, %.1f %%", (guint) link->n_dropped,
                  (guint) facts.n_resent, (guint) facts.n_timeouts,
                  (double) flow->ends[1].n_read / 10 / (double) MBIT (1000) * 100);
  g_assert_cmpuint (link->n_dropped, >=, 100);
  g_assert_cmpuint (facts.n_resent, <=, link->n_dropped + link->n_dropped / 10);
  g_assert_cmpuint (facts.n_timeouts, ==, 0);
  g_assert_cmpuint (flow->ends[1].n_read, >=, MBIT (1000) * 10 / 2);
  link_free (link);
}

/* However far away, and however slow, it is filled, and the queue is kept below the target (100 ms). */
static void
test_fills (void)
{
  static const struct
  {
    guint64 bps;
    gint64  round_trip_us;
    gint64  settle_us;
  } cases[] = {
    { MBIT (1), MS (20), SECONDS (30) },
    { MBIT (10), MS (50), SECONDS (30) },
    { MBIT (20), MS (300), SECONDS (60) },
    { MBIT (100), MS (10), SECONDS (30) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Link *link = new_bottleneck (i, cases[i].bps, cases[i].round_trip_us, MS (1000));
      LinkFlow *flow = add_bulk (link);
      double percent;

      link_run (link, cases[i].settle_us);
      percent = run_and_measure (link, flow, SECONDS (30));
      g_test_message ("%.1f %%, queue %.0f ms, at most %.0f ms", percent, get_queue_ms (link),
                      (double) link->queue_max_us / LINK_MS);
      g_assert_cmpfloat (percent, >=, 85);
      g_assert_cmpfloat (get_queue_ms (link), >=, 50);
      g_assert_cmpfloat (get_queue_ms (link), <=, 115);
      g_assert_cmpint (link->queue_max_us, <=, MS (150));
      link_free (link);
    }
}

/* A greedy flow comes and goes: it gets all but a twentieth, and what it leaves is taken again. */
static void
test_yields (void)
{
  static const struct
  {
    guint64 bps;
    gint64  queue_us;
    gint64  again_us;  /* to take the link back */
  } cases[] = {
    { MBIT (10), MS (500), SECONDS (10) },
    { MBIT (50), MS (300), SECONDS (20) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Link *link = new_bottleneck (i, cases[i].bps, MS (50), cases[i].queue_us);
      LinkFlow *flow = add_bulk (link);
      double alone;
      double against;
      double again;
      guint64 before;

      link_run (link, SECONDS (10));
      alone = run_and_measure (link, flow, SECONDS (10));
      link_greedy_start (link);
      link_run (link, SECONDS (10));
      before = link->greedy.n_acked_bytes;
      against = run_and_measure (link, flow, SECONDS (20));
      before = link->greedy.n_acked_bytes - before;
      link_greedy_stop (link);
      link_run (link, cases[i].again_us);
      again = run_and_measure (link, flow, SECONDS (10));
      g_test_message ("alone %.1f %%, against a greedy flow %.2f %%, afterwards %.1f %%",
                      alone, against, again);
      g_assert_cmpfloat (alone, >=, 90);
      g_assert_cmpfloat (against, <=, 5);
      g_assert_cmpfloat (against, >, 0);
      g_assert_cmpfloat (100.0 * (double) before / 20 / (double) cases[i].bps, >=, 90);
      g_assert_cmpfloat (again, >=, 85);
      link_free (link);
    }
}

/* A queue that is full long before the target is reached: only losses tell, and then it is no greedier than TCP. */
static void
test_shallow_queue (void)
{
  Link *link = new_bottleneck (3, MBIT (10), MS (50), MS (50));
  LinkFlow *flow = add_bulk (link);
  double alone;
  double against;

  link_run (link, SECONDS (10));
  alone = run_and_measure (link, flow, SECONDS (30));
  link_greedy_start (link);
  link_run (link, SECONDS (20));
  against = run_and_measure (link, flow, SECONDS (60));
  g_test_message ("alone %.1f %%, against a greedy flow %.1f %%", alone, against);
  g_assert_cmpfloat (alone, >=, 85);
  g_assert_cmpfloat (against, <=, 55);
  g_assert_cmpfloat (against, >=, 15);
  link_free (link);
}

static void
test_share (void)
{
  Link *link = new_bottleneck (4, MBIT (20), MS (50), MS (500));
  LinkFlow *a = add_bulk (link);
  LinkFlow *b = add_bulk (link);
  guint64 before;
  double share_a;
  double share_b;

  link_run (link, SECONDS (20));
  before = b->ends[1].n_read;
  share_a = run_and_measure (link, a, SECONDS (60));
  share_b = 100.0 * (double) (b->ends[1].n_read - before) / 60 / (double) MBIT (20);
  g_test_message ("%.1f %% and %.1f %%, queue %.0f ms", share_a, share_b, get_queue_ms (link));
  g_assert_cmpfloat (share_a, >=, 35);
  g_assert_cmpfloat (share_b, >=, 35);
  g_assert_cmpfloat (get_queue_ms (link), <=, 115);
  link_free (link);
}

/* Who comes later sees the queue of who was there, and might take it for the path: then it starves the other. As
 * each lets the queue run empty now and then, and comes back with less, neither is starved, and their shares become
 * equal by and by. */
static void
test_late_comer (void)
{
  static const guint mbits[] = { 20, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (mbits); i++)
    {
      Link *link = new_bottleneck (5, MBIT (mbits[i]), MS (50), MS (500));
      LinkFlow *first = add_bulk (link);
      LinkFlow *second;
      guint64 before;
      double share_first;
      double share_second;

      link_run (link, SECONDS (30));
      second = add_bulk (link);
      link_run (link, SECONDS (60));
      before = second->ends[1].n_read;
      share_first = run_and_measure (link, first, SECONDS (60));
      share_second = 100.0 * (double) (second->ends[1].n_read - before) / 60 /
                     (double) MBIT (mbits[i]);
      g_test_message ("first %.1f %%, second %.1f %%, queue %.0f ms", share_first, share_second,
                      get_queue_ms (link));
      g_assert_cmpfloat (share_first, >=, 27);
      g_assert_cmpfloat (share_second, >=, 27);
      g_assert_cmpfloat (share_first + share_second, >=, 90);
      g_assert_cmpfloat (get_queue_ms (link), <=, 120);
      link_free (link);
    }
}

/* For longer than the history of delays is: clocks that run apart, as cheap ones do, change nothing. */
static void
test_drift (void)
{
  static const double drifts[] = { 1e-4, -1e-4, 5e-4 };

  for (guint i = 0; i < G_N_ELEMENTS (drifts); i++)
    {
      Link *link = new_bottleneck (6, MBIT (4), MS (50), MS (1000));
      LinkFlow *flow = add_bulk (link);
      double percent;

      link->drift = drifts[i];
      link_run (link, SECONDS (60));
      percent = run_and_measure (link, flow, SECONDS (15 * 60));
      g_test_message ("drift %g: %.1f %%, queue %.0f ms", drifts[i], percent, get_queue_ms (link));
      g_assert_cmpfloat (percent, >=, 85);
      g_assert_cmpfloat (get_queue_ms (link), <=, 135);
      link_free (link);
    }
}

static void
test_jump (void)
{
  static const gint64 jumps_us[] = { MS (50), MS (-50), SECONDS (3), SECONDS (-3), SECONDS (3600),
                                     SECONDS (-3600) };

  for (guint i = 0; i < G_N_ELEMENTS (jumps_us); i++)
    {
      Link *link = new_bottleneck (7, MBIT (10), MS (50), MS (1000));
      LinkFlow *flow = add_bulk (link);
      double percent;

      link_run (link, SECONDS (20));
      link->skew_us += jumps_us[i];
      link_run (link, SECONDS (5));
      percent = run_and_measure (link, flow, SECONDS (60));
      g_test_message ("jump %.2f s: %.1f %%, queue %.0f ms", (double) jumps_us[i] / LINK_SECOND_US,
                      percent, get_queue_ms (link));
      g_assert_cmpfloat (percent, >=, 85);
      g_assert_cmpfloat (get_queue_ms (link), <=, 150);
      link_free (link);
    }
}

static void
test_jitter (void)
{
  Link *link = new_bottleneck (8, MBIT (20), MS (50), MS (500));
  LinkFlow *flow = add_bulk (link);
  double percent;

  link->paths[0].jitter_us = MS (20);
  link->paths[1].jitter_us = MS (20);
  link_run (link, SECONDS (10));
  percent = run_and_measure (link, flow, SECONDS (30));
  g_test_message ("%.1f %%, queue %.0f ms", percent, get_queue_ms (link));
  g_assert_cmpfloat (percent, >=, 85);
  g_assert_cmpfloat (get_queue_ms (link), <=, 120);
  link_free (link);
}

/* Who reads slowly is waited for: the window does not grow meanwhile, nor does what is kept, and what was learnt of
 * the path is forgotten by and by. */
static void
test_slow_reader (void)
{
  Link *link = new_bottleneck (9, MBIT (100), MS (50), MS (500));
  LinkFlow *flow = add_bulk (link);
  BtUtpFacts early;
  BtUtpFacts late;

  flow->ends[1].n_max_read_bps = MBIT (1);
  link_run (link, SECONDS (10));
  bt_utp_get_facts (flow->ends[0].utp, &early);
  link_run (link, SECONDS (60));
  bt_utp_get_facts (flow->ends[0].utp, &late);
  g_test_message ("%u, then %u bytes", early.cwnd_bytes, late.cwnd_bytes);
  g_assert_cmpuint (early.cwnd_bytes, <=, 4 * 1024 * 1024);
  g_assert_cmpuint (late.cwnd_bytes, <=, early.cwnd_bytes / 4);
  g_assert_cmpuint (late.state, ==, BT_UTP_CONNECTED);
  bt_utp_get_facts (flow->ends[1].utp, &late);
  g_assert_cmpuint (late.receive_buffered_bytes, <=, 1024 * 1024);
  link_free (link);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/utp/congestion/fills-gigabit", test_fills_gigabit);
  g_test_add_func ("/utp/congestion/many-losses", test_many_losses);
  g_test_add_func ("/utp/congestion/fills", test_fills);
  g_test_add_func ("/utp/congestion/yields", test_yields);
  g_test_add_func ("/utp/congestion/shallow-queue", test_shallow_queue);
  g_test_add_func ("/utp/congestion/share", test_share);
  g_test_add_func ("/utp/congestion/late-comer", test_late_comer);
  g_test_add_func ("/utp/congestion/drift", test_drift);
  g_test_add_func ("/utp/congestion/jump", test_jump);
  g_test_add_func ("/utp/congestion/jitter", test_jitter);
  g_test_add_func ("/utp/congestion/slow-reader", test_slow_reader);
  return g_test_run ();
}
