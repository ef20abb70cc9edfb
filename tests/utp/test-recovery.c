/* test-recovery.c - what is lost on a made-up link is sent again soon, and once: no case waits for a time-out
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "link.h"

#include "base/bt-cursor.h"

#include <math.h>
#include <string.h>

#define MS(n)         ((n) * LINK_MS)
#define SECONDS(n)    ((n) * LINK_SECOND_US)
#define ROUND_TRIP_US MS (50)
#define WARM_BYTES    (60 * 1000 * 1000)

static const BtUtpConfig config = { .family = BT_FAMILY_IPV4 };

/* Which data packets are lost on their way forward, counted by their numbers from `base_nr` on; and how many of the
 * other side's packets. */
static struct
{
  guint   n_runs;
  struct { guint first, n, times; } runs[3];
  guint8  n_lost[65536];  /* of each number */
  guint16 base_nr;
  guint16 last_nr;
  gboolean has_nr;        /* a packet has told `last_nr` */
  guint   n_answers;      /* to be lost */
} plan;

static gboolean
is_lost (guint16 seq_nr)
{
  guint index = (guint16) (seq_nr - plan.base_nr);

  for (guint i = 0; i < plan.n_runs; i++)
    if (index >= plan.runs[i].first && index - plan.runs[i].first < plan.runs[i].n)
      return plan.n_lost[seq_nr]++ < plan.runs[i].times;
  return FALSE;
}

static gboolean
lose_by_plan (Link          *link G_GNUC_UNUSED,
              const LinkEnd *from,
              guint8        *bytes,
              gsize         *n_bytes G_GNUC_UNUSED)
{
  guint16 seq_nr = bt_read_u16 (bytes + 16);

  if (!from->is_forward)
    return plan.n_answers == 0 || plan.n_answers-- == 0;
  if (bytes[0] >> 4 != BT_UTP_DATA)
    return TRUE;
  if (!plan.has_nr || (gint16) (seq_nr - plan.last_nr) > 0)
    plan.last_nr = seq_nr;
  plan.has_nr = TRUE;
  return !is_lost (seq_nr);
}

static void
run_until_read (LinkFlow *flow,
                gint64    for_us)
{
  Link *link = flow->ends[0].link;
  gint64 until_us = link->now_us + for_us;

  while (flow->ends[1].n_read < flow->ends[0].n_to_write && link->now_us < until_us)
    link_run (link, MS (1));
}

/* A connection at rest, whose window is large. */
static LinkFlow *
new_warm_flow (Link **out_link)
{
  Link *link = link_new (1);
  LinkFlow *flow = link_add_flow (link, &config);

  memset (&plan, 0, sizeof plan);
  link->paths[0].delay_us = link->paths[1].delay_us = ROUND_TRIP_US / 2;
  link->batch_us = 100;
  flow->ends[0].n_to_write = WARM_BYTES;
  run_until_read (flow, SECONDS (60));
  g_assert_cmpuint (flow->ends[1].n_read, ==, WARM_BYTES);
  link_run (link, MS (200));
  link->wire_func = lose_by_plan;
  /* The next number is learnt from a packet. */
  flow->ends[0].n_to_write += 1;
  link_wake (&flow->ends[0]);
  link_run (link, MS (1));
  *out_link = link;
  return flow;
}

typedef struct
{
  const char *name;
  guint       n_packets;     /* sent at once */
  guint       n_runs;
  struct { guint first, n, times; } runs[3];
  guint       n_rounds;      /* round trips in which all is through */
} Case;

static const Case cases[] = {
  { "none", 3000, 0, { { 0 } }, 1 },
  { "one", 3000, 1, { { 1000, 1, 1 } }, 2 },
  { "one-here-and-there", 3000, 3, { { 10, 1, 1 }, { 500, 1, 1 }, { 2500, 1, 1 } },
    3 },
  /* Nobody overtakes the last. */
  { "last", 100, 1, { { 99, 1, 1 } }, 4 },
  { "last-ten", 100, 1, { { 90, 10, 1 } }, 7 },
  { "only", 1, 1, { { 0, 1, 1 } }, 4 },
  { "only-twice", 1, 1, { { 0, 1, 2 } }, 8 },
  /* What is sent again is lost again. */
  { "twice", 3000, 1, { { 1000, 1, 2 } }, 5 },
  { "three-times", 3000, 1, { { 1000, 1, 3 } }, 9 },
  { "run-twice", 3000, 1, { { 1000, 50, 2 } }, 6 },
  /* Longer runs than a selective ack reaches across (2016). */
  { "front-half", 6000, 1, { { 0, 3000, 1 } }, 15 },
  { "middle", 6000, 1, { { 1500, 3000, 1 } }, 4 },
  { "back-half", 6000, 1, { { 3000, 3000, 1 } }, 18 },
  { "two-runs", 6000, 2, { { 100, 2300, 1 }, { 2500, 2300, 1 } }, 9 },
  /* What lies behind the reach, and has come, is not held to be on its way. */
  { "front-of-many", 6000, 1, { { 100, 64, 1 } }, 3 },
  { "all-but-last", 6000, 1, { { 0, 5999, 1 } }, 16 },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  guint n_planned = 0;
  gint64 began_us;
  BtUtpFacts before;
  BtUtpFacts after;
  LinkFlow *flow;
  Link *link;

  flow = new_warm_flow (&link);
  run_until_read (flow, SECONDS (1));
  link_run (link, MS (200));
  bt_utp_get_facts (flow->ends[0].utp, &before);
  g_assert_cmpuint (before.cwnd_bytes, >=, test->n_packets * (guint) before.datagram_bytes);
  plan.n_runs = test->n_runs;
  memcpy (plan.runs, test->runs, sizeof plan.runs);
  plan.base_nr = (guint16) (plan.last_nr + 1);
  for (guint i = 0; i < test->n_runs; i++)
    n_planned += test->runs[i].n * test->runs[i].times;

  began_us = link->now_us;
  flow->ends[0].n_to_write += test->n_packets * (guint64) (before.datagram_bytes -
                                                           BT_UTP_HEADER_BYTES);
  link_wake (&flow->ends[0]);
  run_until_read (flow, SECONDS (60));
  bt_utp_get_facts (flow->ends[0].utp, &after);
  g_test_message ("%.1f round trips, %u again for %u, %u time-outs",
                  (double) (link->now_us - began_us) / ROUND_TRIP_US,
                  (guint) (after.n_resent - before.n_resent), n_planned,
                  (guint) after.n_timeouts);
  g_assert_cmpuint (flow->ends[1].n_read, ==, flow->ends[0].n_to_write);
  g_assert_cmpuint ((guint16) (plan.last_nr + 1 - plan.base_nr), ==, test->n_packets);
  g_assert_cmpuint (after.n_timeouts, ==, 0);
  g_assert_cmpuint (after.n_resent - before.n_resent, ==, n_planned);
  g_assert_cmpint (link->now_us - began_us, <=, test->n_rounds * ROUND_TRIP_US);
  link_free (link);
}

/* That there is room again is said once, and lost. */
static void
test_room_untold (void)
{
  LinkFlow *flow;
  gint64 began_us;
  guint64 n_read;
  Link *link;

  flow = new_warm_flow (&link);
  flow->ends[1].n_max_read_bps = 1;
  flow->ends[0].n_to_write = G_MAXUINT64;
  link_wake (&flow->ends[0]);
  /* Long enough that it is asked for but twice a minute. */
  link_run (link, SECONDS (100));
  n_read = flow->ends[1].n_read;
  flow->ends[1].n_max_read_bps = 0;
  plan.n_answers = 1;
  began_us = link->now_us;
  link_wake (&flow->ends[1]);
  link_run (link, MS (1));
  /* What was there has been read, no more comes by itself. */
  g_assert_cmpuint (flow->ends[1].n_read, >, n_read);
  g_assert_cmpuint (plan.n_answers, ==, 0);
  n_read = flow->ends[1].n_read;
  while (flow->ends[1].n_read == n_read && link->now_us < began_us + SECONDS (60))
    link_run (link, MS (1));
  g_test_message ("%.1f round trips", (double) (link->now_us - began_us) / ROUND_TRIP_US);
  g_assert_cmpint (link->now_us - began_us, <=, 8 * ROUND_TRIP_US);
  link_free (link);
}

/* What is lost at random costs neither time-outs nor more than is due: a control that halves with each loss has
 * about 1.22 packets for each round trip and root of the losses' share (Mathis et al., 1997). */
static void
test_random_losses (void)
{
  static const guint permilles[] = { 1, 5, 20 };

  for (guint i = 0; i < G_N_ELEMENTS (permilles); i++)
    {
      Link *link = link_new (i);
      LinkFlow *flow = link_add_flow (link, &config);
      BtUtpFacts facts;
      double fair;
      double rate;

      link->paths[0] = (LinkPath) { .delay_us = ROUND_TRIP_US / 2, .loss_permille = permilles[i] };
      link->paths[1] = link->paths[0];
      link->batch_us = 100;
      flow->ends[0].n_to_write = G_MAXUINT64;
      link_run (link, SECONDS (120));
      bt_utp_get_facts (flow->ends[0].utp, &facts);
      rate = (double) flow->ends[1].n_read / 120;
      fair = 1.22 * 1452 / (ROUND_TRIP_US / 1e6) / sqrt (permilles[i] / 1000.0);
      g_test_message ("%u ‰: %.2f MB/s, %.2f of what is fair, %u again, %u time-outs", permilles[i],
                      rate / 1e6, rate / fair, (guint) facts.n_resent, (guint) facts.n_timeouts);
      g_assert_cmpuint (facts.n_timeouts, ==, 0);
      g_assert_cmpfloat (rate / fair, >=, 0.8);
      g_assert_cmpfloat (rate / fair, <=, 1.3);
      link_free (link);
    }
}

/* Acks overtake each other, with rooms that are no longer true, and the room of what is lost is taken by what came. */
static void
test_overtaken (void)
{
  for (guint seed = 0; seed < 4; seed++)
    {
      Link *link = link_new (seed);
      LinkFlow *flow = link_add_flow (link, &config);
      BtUtpFacts facts;
      guint64 n_read = 0;

      link->paths[0] = (LinkPath) { .bps = 6250000, .queue_bytes = 2000000, .delay_us = MS (40),
                                    .jitter_us = MS (10), .loss_permille = 1 };
      link->paths[1] = (LinkPath) { .delay_us = MS (40), .jitter_us = MS (10), .loss_permille = 1 };
      link->batch_us = 100;
      flow->ends[0].n_to_write = G_MAXUINT64;
      for (guint i = 0; i < 20; i++)
        {
          link_run (link, SECONDS (2));
          g_assert_cmpuint (flow->ends[1].n_read, >, n_read);
          n_read = flow->ends[1].n_read;
        }
      bt_utp_get_facts (flow->ends[0].utp, &facts);
      g_test_message ("%u MB, %u again, %u time-outs", (guint) (n_read / 1000000),
                      (guint) facts.n_resent, (guint) facts.n_timeouts);
      g_assert_cmpuint (facts.n_timeouts, ==, 0);
      link_free (link);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/utp/recovery/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/utp/recovery/room-untold", test_room_untold);
  g_test_add_func ("/utp/recovery/random-losses", test_random_losses);
  g_test_add_func ("/utp/recovery/overtaken", test_overtaken);
  return g_test_run ();
}
