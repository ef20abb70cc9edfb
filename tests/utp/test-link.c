/* test-link.c - bytes arrive whole and in order over every kind of link
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "link.h"

/* A case: what the link does, and how much goes each way. */
typedef struct
{
  const char *name;
  LinkPath    forward;
  LinkPath    backward;
  guint64     n_forward;
  guint64     n_backward;
  gint64      batch_us;
  gint64      for_us;       /* at most */
  guint16     max_datagram_bytes;
} Case;

#define MS(n) ((n) * LINK_MS)
#define MB    G_GUINT64_CONSTANT (1000000)

#define SECONDS(n) ((n) * LINK_SECOND_US)

static const Case cases[] = {
  { .name = "perfect", .forward.delay_us = MS (10), .backward.delay_us = MS (10),
    .n_forward = 20 * MB, .n_backward = MB, .batch_us = 100, .for_us = SECONDS (60) },
  { .name = "nothing", .forward.delay_us = MS (10), .backward.delay_us = MS (10),
    .for_us = SECONDS (60) },
  { .name = "one-byte", .forward.delay_us = MS (10), .backward.delay_us = MS (10),
    .n_forward = 1, .for_us = SECONDS (60) },
  { .name = "answer-only", .forward.delay_us = MS (10), .backward.delay_us = MS (10),
    .n_backward = MB, .for_us = SECONDS (60) },
  { .name = "loopback", .forward.delay_us = 20, .backward.delay_us = 20, .n_forward = 100 * MB,
    .n_backward = 10 * MB, .batch_us = 20, .for_us = SECONDS (60), .max_datagram_bytes = 16384 },
  { .name = "loss", .forward = { .delay_us = MS (10), .loss_permille = 20 },
    .backward = { .delay_us = MS (10), .loss_permille = 20 },
    .n_forward = 5 * MB, .n_backward = 5 * MB, .for_us = SECONDS (600) },
  { .name = "much-loss", .forward = { .delay_us = MS (20), .loss_permille = 200 },
    .backward = { .delay_us = MS (20), .loss_permille = 200 },
    .n_forward = MB / 5, .n_backward = MB / 5, .for_us = SECONDS (3600) },
  { .name = "jitter", .forward = { .delay_us = MS (10), .jitter_us = MS (30) },
    .backward = { .delay_us = MS (10), .jitter_us = MS (30) },
    .n_forward = 10 * MB, .n_backward = MB, .for_us = SECONDS (600) },
  { .name = "duplicates",
    .forward = { .delay_us = MS (5), .jitter_us = MS (5), .duplicate_permille = 500 },
    .backward = { .delay_us = MS (5), .jitter_us = MS (5), .duplicate_permille = 500 },
    .n_forward = 5 * MB, .n_backward = 5 * MB, .for_us = SECONDS (60) },
  { .name = "everything",
    .forward = { .bps = 2 * MB, .queue_bytes = 60000, .delay_us = MS (25), .jitter_us = MS (10),
                 .loss_permille = 10, .duplicate_permille = 50 },
    .backward = { .bps = 2 * MB, .queue_bytes = 60000, .delay_us = MS (25), .jitter_us = MS (10),
                  .loss_permille = 10, .duplicate_permille = 50 },
    .n_forward = 5 * MB, .n_backward = 5 * MB, .batch_us = 200, .for_us = SECONDS (600) },
  { .name = "small-queue",
    .forward = { .bps = MB, .queue_bytes = 5000, .delay_us = MS (30) },
    .backward.delay_us = MS (30), .n_forward = 10 * MB, .for_us = SECONDS (600) },
  /* Halves of both buffers, and the sequence numbers wrap more than once. */
  { .name = "small-packets", .forward.delay_us = MS (2), .backward.delay_us = MS (2),
    .n_forward = 80 * MB, .batch_us = 100, .for_us = SECONDS (600), .max_datagram_bytes = 548 },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;

  for (guint seed = 1; seed <= 3; seed++)
    {
      Link *link = link_new (seed);
      BtUtpConfig config = { .family = BT_FAMILY_IPV4,
                             .max_datagram_bytes = test->max_datagram_bytes };
      LinkFlow *flow = link_add_flow (link, &config);
      LinkEnd *ends = flow->ends;
      BtUtpFacts facts;

      link->paths[0] = test->forward;
      link->paths[1] = test->backward;
      link->batch_us = test->batch_us;
      ends[0].n_to_write = test->n_forward;
      ends[1].n_to_write = test->n_backward;
      for (gint64 t = 0; t < test->for_us; t += MS (100))
        {
          link_run (link, MS (100));
          if (ends[1].n_read == test->n_forward && ends[0].n_read == test->n_backward)
            break;
        }
      bt_utp_get_facts (ends[0].utp, &facts);
      g_test_message ("seed %u: %u packets, %u again, %u time-outs", seed, (guint) facts.n_sent,
                      (guint) facts.n_resent, (guint) facts.n_timeouts);
      g_assert_cmpuint (ends[1].n_read, ==, test->n_forward);
      g_assert_cmpuint (ends[0].n_read, ==, test->n_backward);

      /* Both go; nobody loses anything by it. */
      ends[0].does_close = ends[1].does_close = TRUE;
      link_wake (&ends[0]);
      link_wake (&ends[1]);
      g_assert_true (link_run_to_end (link, 2 * BT_UTP_LINGER_US));
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
      g_autofree char *path = g_strconcat ("/utp/link/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
