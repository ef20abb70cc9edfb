/* test-fair-share.c - TCP and uTP of ours on lines that are made up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "transport/bt-fair-share.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define MBIT      (1000 * 1000 / 8)

/* What the two kinds do on a line, in bytes per second: TCP takes what it may, uTP by and by what is left, and others'
 * TCP everything that ours leaves. The queue is full as long as TCP fills it. */
typedef struct
{
  guint64 line_bps;
  guint64 wanted_bps;   /* by uTP at most: its peer's own line */
  gboolean has_others;
  gboolean has_queue;   /* its peer's own, whatever we do */
} Line;

typedef struct
{
  Line        line;
  BtFairShare share;
  BtFairLoad  load;
  gint64      now_us;
  guint64     limit_bps;
  guint       n_limited;  /* seconds */
} Place;

static void
live (Place *place,
      guint  n_seconds)
{
  BtFairLoad *load = &place->load;
  const Line *line = &place->line;

  for (guint i = 0; i < n_seconds; i++)
    {
      guint64 most_bps = line->line_bps / 10 * 9;
      guint64 left_bps;

      load->tcp_bps = load->n_tcp == 0 ? 0 : most_bps;
      if (place->limit_bps != 0)
        load->tcp_bps = MIN (load->tcp_bps, place->limit_bps);
      left_bps = load->n_utp == 0 ? 0 : line->line_bps - load->tcp_bps;
      if (line->has_others)
        left_bps = MIN (left_bps, line->line_bps / 10);
      left_bps = MIN (left_bps, line->wanted_bps);
      if (load->utp_bps < left_bps)
        load->utp_bps += (left_bps - load->utp_bps + 3) / 4;
      else
        load->utp_bps = left_bps;
      load->queue_us = line->has_queue || line->has_others ||
                       load->tcp_bps + load->utp_bps >= line->line_bps / 100 * 99 ? 110000 : 2000;
      place->now_us += SECOND_US;
      place->limit_bps = bt_fair_share_tick (&place->share, load, place->now_us);
      place->n_limited += place->limit_bps != 0 ? 1 : 0;
    }
}

static Place
place_new (const Line *line,
           guint       n_tcp,
           guint       n_utp)
{
  Place place = { .line = *line, .load = { .n_tcp = n_tcp, .n_utp = n_utp }, .now_us = SECOND_US };

  bt_fair_share_init (&place.share);
  return place;
}

/* Of a thousand parts of the line. */
static guint
get_utp_part (Place *place)
{
  return place->load.utp_bps * 1000 / place->line.line_bps;
}

static void
test_equal (void)
{
  static const struct { guint n_tcp, n_utp, part; } cases[] = {
    { 1, 1, 500 }, { 3, 1, 250 }, { 1, 3, 750 }, { 40, 2, 48 },
  };
  const Line line = { .line_bps = 10 * MBIT, .wanted_bps = G_MAXUINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Place place = place_new (&line, cases[i].n_tcp, cases[i].n_utp);
      guint n_limited;

      live (&place, 90);
      /* One of them gets what one of the others does, and nothing of the line is lost. */
      g_assert_cmpuint (get_utp_part (&place), >=, cases[i].part * 8 / 10);
      g_assert_cmpuint (get_utp_part (&place), <=, MAX (cases[i].part * 12 / 10, 120));
      g_assert_cmpuint (place.load.tcp_bps + place.load.utp_bps, >=, line.line_bps / 10 * 9);
      n_limited = place.n_limited;
      live (&place, 300);
      g_assert_true (n_limited == 0 || place.n_limited == n_limited + 300);
    }
}

/* Where it is of no use, TCP has what it had, nearly always. */
static void
test_of_no_use (void)
{
  static const struct { const char *name; Line line; guint n_limited; } cases[] = {
    { "others", { 10 * MBIT, G_MAXUINT64, TRUE, FALSE }, 21 * 7 },
    { "queue elsewhere", { 10 * MBIT, MBIT / 2, FALSE, TRUE }, 21 * 7 },
    { "slow peer", { 10 * MBIT, MBIT / 2, FALSE, FALSE }, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Place place = place_new (&cases[i].line, 1, 1);

      g_test_message ("%s", cases[i].name);
      live (&place, 3600);
      g_assert_cmpuint (place.n_limited, <=, cases[i].n_limited);
      g_assert_true ((place.n_limited > 0) == (cases[i].n_limited > 0));
    }
}

static void
test_change (void)
{
  const Line line = { .line_bps = 10 * MBIT, .wanted_bps = G_MAXUINT64 };
  Place place = place_new (&line, 1, 1);

  live (&place, 90);
  g_assert_cmpuint (place.limit_bps, >, 0);

  /* The line becomes faster: nobody stays where he was. */
  place.line.line_bps = 40 * MBIT;
  live (&place, 90);
  g_assert_cmpuint (place.load.tcp_bps, >=, 15 * MBIT);
  g_assert_cmpuint (get_utp_part (&place), >=, 400);

  /* uTP has nothing to send now and then. */
  place.load.n_utp = 0;
  live (&place, 2);
  g_assert_cmpuint (place.limit_bps, >, 0);
  place.load.n_utp = 1;
  live (&place, 10);
  g_assert_cmpuint (place.limit_bps, >, 0);

  /* It is gone. */
  place.load.n_utp = 0;
  live (&place, 6);
  g_assert_cmpuint (place.limit_bps, ==, 0);
  live (&place, 1);
  g_assert_cmpuint (place.load.tcp_bps, ==, 36 * MBIT);

  /* And there again; then TCP goes. */
  place.load.n_utp = 1;
  live (&place, 90);
  g_assert_cmpuint (get_utp_part (&place), >=, 400);
  place.load.n_tcp = 0;
  live (&place, 90);
  g_assert_cmpuint (place.limit_bps, ==, 0);
  g_assert_cmpuint (get_utp_part (&place), >=, 980);
}

static void
test_least (void)
{
  const Line line = { .line_bps = BT_FAIR_SHARE_MIN_BPS, .wanted_bps = G_MAXUINT64 };
  Place place = place_new (&line, 1, 10);

  live (&place, 300);
  g_assert_cmpuint (place.n_limited, ==, 0);

  place.line.line_bps = 2 * BT_FAIR_SHARE_MIN_BPS;
  for (guint i = 0; i < 300; i++)
    {
      live (&place, 1);
      g_assert_true (place.limit_bps == 0 || place.limit_bps >= BT_FAIR_SHARE_MIN_BPS);
    }
  g_assert_cmpuint (place.n_limited, >, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fair-share/equal", test_equal);
  g_test_add_func ("/fair-share/of-no-use", test_of_no_use);
  g_test_add_func ("/fair-share/change", test_change);
  g_test_add_func ("/fair-share/least", test_least);
  return g_test_run ();
}
