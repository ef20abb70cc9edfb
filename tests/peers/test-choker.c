/* test-choker.c - the choker's verdicts one by one, and what they add up to over hours
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "peers/bt-choker.h"

#include "base/bt-clock.h"

#include <string.h>

#define SEED      7
#define NOW_US    (10000 * BT_SECOND_US)
#define MINUTE_US (60 * BT_SECOND_US)
#define KIB       1024u
#define MAX_PEERS 64

/* ---- Tables: one round, told in letters ---- */

/* Of each peer: a letter in `peers` and a number in `rates`. Verdicts in the same order: '+' unchoked, '-' choked.
 *   c  choked and interested          u  unchoked and interested
 *   s  the same as u, but snubbed     n  choked, not interested      x  unchoked, not interested
 */
typedef struct
{
  const char *title;
  const char *peers;
  guint64     rates[10];     /* KiB/s: received when downloading, sent when seeding */
  guint       n_slots;
  gboolean    is_seeding;
  const char *verdicts;      /* '?' is the optimistic one or not: anything */
  guint       n_unchoked;
} TableCase;

static const TableCase table_cases[] = {
  { "nobody", "", { 0 }, 4, FALSE, "", 0 },
  { "nobody interested", "nxn", { 9, 9, 9 }, 4, FALSE, "---", 0 },
  { "room for all", "cucn", { 1, 2, 3, 4 }, 4, FALSE, "+++-", 3 },
  { "the best two and a chance", "ccccc", { 5, 1, 9, 2, 3 }, 3, FALSE, "+?+??", 3 },
  { "one slot has no chance", "ccccc", { 5, 1, 9, 2, 3 }, 1, FALSE, "--+--", 1 },
  { "snubbed ones come last", "sccc", { 9, 1, 2, 0 }, 3, FALSE, "?++?", 3 },
  { "a slot is lost", "uucc", { 1, 2, 8, 9 }, 3, FALSE, "??++", 3 },
  { "the uninterested are choked", "xucc", { 9, 1, 2, 3 }, 3, FALSE, "-?++", 3 },
  { "seeding: room for all", "cucn", { 1, 2, 3, 4 }, 4, TRUE, "+++-", 3 },
  { "seeding: turns are kept", "cuuc", { 9, 1, 1, 9 }, 2, TRUE, "-++-", 2 },
  { "seeding: the faster of equals", "cccc", { 1, 5, 2, 4 }, 2, TRUE, "-+-+", 2 },
  { "seeding: snubbing means nothing", "sccc", { 1, 5, 2, 4 }, 2, TRUE, "++--", 2 },
  { "seeding: no optimistic slot", "uucc", { 1, 1, 9, 9 }, 2, TRUE, "++--", 2 },
};

static void
make_peer (BtChokerPeer *peer,
           char          letter,
           guint64       rate,
           gboolean      is_seeding)
{
  gboolean is_choked = letter == 'c' || letter == 'n';

  *peer = (BtChokerPeer) {
    .connected_at_us = NOW_US - 10 * MINUTE_US,
    .choked_at_us = is_choked ? NOW_US - 2 * MINUTE_US : 0,
    .unchoked_at_us = is_choked ? 0 : NOW_US - 10 * BT_SECOND_US,
    .is_choked = is_choked,
    .is_interested = letter != 'n' && letter != 'x',
    .is_snubbed = letter == 's',
  };
  if (is_seeding)
    peer->sent_bps = rate * KIB;
  else
    peer->received_bps = rate * KIB;
}

static guint
count_unchoked (const BtChokerPeer *peers,
                guint               n_peers)
{
  guint n = 0;

  for (guint i = 0; i < n_peers; i++)
    n += peers[i].unchoke;
  return n;
}

static void
run_table_case (const TableCase *c,
                guint64          seed)
{
  BtChokerPeer peers[10];
  BtChoker     choker;
  guint        n_peers = (guint) strlen (c->peers);
  guint        n_optimistic = 0;

  g_test_message ("%s", c->title);
  for (guint i = 0; i < n_peers; i++)
    make_peer (&peers[i], c->peers[i], c->rates[i], c->is_seeding);
  bt_choker_init (&choker, seed);
  bt_choker_run (&choker, peers, n_peers, c->n_slots, 0, 0, c->is_seeding, NOW_US);
  for (guint i = 0; i < n_peers; i++)
    {
      n_optimistic += peers[i].is_optimistic;
      if (peers[i].is_optimistic)
        g_assert_true (peers[i].unchoke);
      if (c->verdicts[i] != '?')
        g_assert_cmpint (peers[i].unchoke, ==, c->verdicts[i] == '+');
    }
  g_assert_cmpuint (count_unchoked (peers, n_peers), ==, c->n_unchoked);
  g_assert_cmpuint (n_optimistic, <=, c->is_seeding || c->n_slots < 2 ? 0 : 1);
}

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table_cases); i++)
    {
      for (guint64 seed = 0; seed < 20; seed++)
        run_table_case (&table_cases[i], seed);
    }
}

/* ---- Turns when seeding ---- */

typedef struct
{
  gint64  unchoked_for_us;
  guint64 taken_bytes;
  gint64  other_waits_us;
  gboolean keeps;
} TurnCase;

static const TurnCase turn_cases[] = {
  { 10 * BT_SECOND_US, 0, 60 * MINUTE_US, TRUE },
  { 59 * BT_SECOND_US, BT_CHOKER_TURN_BYTES - 1, 60 * MINUTE_US, TRUE },
  { 60 * BT_SECOND_US, 0, 60 * MINUTE_US, FALSE },
  { 10 * BT_SECOND_US, BT_CHOKER_TURN_BYTES, 60 * MINUTE_US, FALSE },
  { 90 * BT_SECOND_US, BT_CHOKER_TURN_BYTES, 10 * BT_SECOND_US, FALSE },
  { 90 * BT_SECOND_US, BT_CHOKER_TURN_BYTES, 9 * BT_SECOND_US, TRUE },  /* equal, and it is the faster */
};

static void
test_turns (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (turn_cases); i++)
    {
      const TurnCase *c = &turn_cases[i];
      BtChokerPeer    peers[2];
      BtChoker        choker;

      make_peer (&peers[0], 'u', 50, TRUE);
      peers[0].unchoked_at_us = NOW_US - c->unchoked_for_us;
      peers[0].sent_since_unchoke_bytes = c->taken_bytes;
      make_peer (&peers[1], 'c', 0, TRUE);
      peers[1].choked_at_us = NOW_US - c->other_waits_us;
      bt_choker_init (&choker, SEED);
      bt_choker_run (&choker, peers, 2, 1, 0, 0, TRUE, NOW_US);
      g_assert_cmpint (peers[0].unchoke, ==, c->keeps);
      g_assert_cmpint (peers[1].unchoke, ==, !c->keeps);
    }
}

static void
test_longest_waiting_first (void)
{
  static const gint64 waits[] = { 30, 300, 20, 100, 200 };
  static const guint  verdicts[] = { 0, 1, 0, 0, 1 };
  BtChokerPeer        peers[5];
  BtChoker            choker;

  for (guint i = 0; i < 5; i++)
    {
      make_peer (&peers[i], 'c', 10 * (5 - i), TRUE);
      peers[i].choked_at_us = NOW_US - waits[i] * BT_SECOND_US;
    }
  /* One never unchoked yet has waited since it came. */
  peers[4].choked_at_us = 0;
  peers[4].connected_at_us = NOW_US - waits[4] * BT_SECOND_US;
  bt_choker_init (&choker, SEED);
  bt_choker_run (&choker, peers, 5, 2, 0, 0, TRUE, NOW_US);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (peers[i].unchoke, ==, verdicts[i]);
}

/* ---- The optimistic slot ---- */

/* What the caller does with the verdicts. */
static void
apply (BtChokerPeer *peers,
       guint         n_peers,
       gint64        now_us)
{
  for (guint i = 0; i < n_peers; i++)
    {
      BtChokerPeer *peer = &peers[i];

      if (peer->unchoke && peer->is_choked)
        {
          peer->is_choked = 0;
          peer->unchoked_at_us = now_us;
          peer->sent_since_unchoke_bytes = 0;
        }
      else if (!peer->unchoke && !peer->is_choked)
        {
          peer->is_choked = 1;
          peer->unchoked_at_us = 0;
          peer->choked_at_us = now_us;
        }
    }
}

static int
find_optimistic (const BtChokerPeer *peers,
                 guint               n_peers)
{
  int found = -1;

  for (guint i = 0; i < n_peers; i++)
    {
      if (!peers[i].is_optimistic)
        continue;
      g_assert_cmpint (found, ==, -1);
      found = (int) i;
    }
  return found;
}

static void
test_optimistic_is_kept (void)
{
  BtChokerPeer peers[10];
  BtChoker     choker;
  int          holder = -1;

  for (guint i = 0; i < 10; i++)
    make_peer (&peers[i], 'c', i < 3 ? 10 : 0, FALSE);
  bt_choker_init (&choker, SEED);
  for (guint round = 0; round < 300; round++)
    {
      gint64 now_us = NOW_US + round * BT_CHOKER_PERIOD_US;

      bt_choker_run (&choker, peers, 10, 4, 0, 0, FALSE, now_us);
      apply (peers, 10, now_us);
      g_assert_cmpuint (count_unchoked (peers, 10), ==, 4);
      g_assert_cmpint (find_optimistic (peers, 10), >=, 3);
      if (round % 3 == 0)
        g_assert_cmpint (find_optimistic (peers, 10), !=, holder);
      else
        g_assert_cmpint (find_optimistic (peers, 10), ==, holder);
      holder = find_optimistic (peers, 10);
    }
}

/* One that gives more than the others earns a slot, and the chance goes to the next. */
static void
test_optimistic_is_promoted (void)
{
  BtChokerPeer peers[10];
  BtChoker     choker;
  int          holder;

  for (guint i = 0; i < 10; i++)
    make_peer (&peers[i], 'c', i < 3 ? 10 : 0, FALSE);
  bt_choker_init (&choker, SEED);
  bt_choker_run (&choker, peers, 10, 4, 0, 0, FALSE, NOW_US);
  apply (peers, 10, NOW_US);
  holder = find_optimistic (peers, 10);
  g_assert_cmpint (holder, >=, 3);
  peers[holder].received_bps = 100 * KIB;
  bt_choker_run (&choker, peers, 10, 4, 0, 0, FALSE, NOW_US + BT_CHOKER_PERIOD_US);
  g_assert_true (peers[holder].unchoke);
  g_assert_cmpint (find_optimistic (peers, 10), !=, holder);
  g_assert_cmpint (find_optimistic (peers, 10), >=, 0);
}

/* The holder went away, or wants nothing any more: the slot is not left empty for the rest of its time. */
static void
test_optimistic_leaves (void)
{
  BtChokerPeer peers[10];
  BtChoker     choker;
  int          holder;

  for (guint i = 0; i < 10; i++)
    make_peer (&peers[i], 'c', i < 3 ? 10 : 0, FALSE);
  bt_choker_init (&choker, SEED);
  bt_choker_run (&choker, peers, 10, 4, 0, 0, FALSE, NOW_US);
  apply (peers, 10, NOW_US);
  holder = find_optimistic (peers, 10);
  peers[holder].is_interested = 0;
  bt_choker_run (&choker, peers, 10, 4, 0, 0, FALSE, NOW_US + 1);
  g_assert_false (peers[holder].unchoke);
  g_assert_cmpint (find_optimistic (peers, 10), >=, 0);
  g_assert_cmpuint (count_unchoked (peers, 10), ==, 4);
}

static void
test_newcomers_are_likelier (void)
{
  BtChokerPeer peers[11];
  BtChoker     choker;
  guint        n_newcomer = 0;
  guint        n_rounds = 13000;

  bt_choker_init (&choker, SEED);
  for (guint round = 0; round < n_rounds; round++)
    {
      for (guint i = 0; i < 11; i++)
        make_peer (&peers[i], 'c', i == 0 ? 10 : 0, FALSE);
      /* A slot for the one that gives; ten others, none of them ahead by having waited. */
      for (guint i = 1; i < 11; i++)
        peers[i].choked_at_us = NOW_US;
      peers[5].choked_at_us = 0;
      peers[5].connected_at_us = NOW_US - 59 * BT_SECOND_US;
      bt_choker_run (&choker, peers, 11, 2, 0, 0, FALSE, NOW_US);
      n_newcomer += peers[5].is_optimistic;
    }
  /* Three in twelve. */
  g_assert_cmpuint (n_newcomer, >, n_rounds * 22 / 100);
  g_assert_cmpuint (n_newcomer, <, n_rounds * 28 / 100);
}

/* ---- How many slots ---- */

/* A line of `capacity_bps` that each peer takes `each_bps` of at most. Runs `n_rounds` and returns the slots then. */
static guint
run_automatic (guint64 capacity_bps,
               guint64 each_bps,
               guint64 limit_bps,
               guint   n_peers,
               guint   n_rounds)
{
  BtChokerPeer peers[200];
  BtChoker     choker;
  BtRandom     noise;
  guint64      sent_bps = 0;

  for (guint i = 0; i < n_peers; i++)
    make_peer (&peers[i], 'c', 0, TRUE);
  bt_choker_init (&choker, SEED);
  bt_random_init (&noise, SEED);
  for (guint round = 0; round < n_rounds; round++)
    {
      gint64  now_us = NOW_US + round * BT_CHOKER_PERIOD_US;
      guint64 most_bps = limit_bps != 0 ? MIN (limit_bps, capacity_bps) : capacity_bps;

      bt_choker_run (&choker, peers, n_peers, 0, sent_bps, limit_bps, TRUE, now_us);
      apply (peers, n_peers, now_us);
      g_assert_cmpuint (count_unchoked (peers, n_peers), ==, MIN (choker.n_auto_slots, n_peers));
      g_assert_cmpuint (choker.n_auto_slots, >=, BT_CHOKER_MIN_SLOTS);
      g_assert_cmpuint (choker.n_auto_slots, <=, BT_CHOKER_MAX_SLOTS);
      sent_bps = MIN (count_unchoked (peers, n_peers) * each_bps, most_bps);
      sent_bps -= sent_bps * bt_random_below (&noise, 20) / 1000;
    }
  return choker.n_auto_slots;
}

static void
test_automatic (void)
{
  static const struct
  {
    const char *title;
    guint64     capacity;   /* KiB/s */
    guint64     each;
    guint64     limit;
    guint       n_peers;
    guint       min;
    guint       max;
  } cases[] = {
    { "at first", 1000, 10, 0, 0, 8, 8 },
    { "few peers", 1000, 10, 0, 7, 8, 8 },
    { "a wide line", 1000000, 10, 0, 200, 95, 100 },
    { "a line for thirty", 300, 10, 0, 200, 27, 33 },
    { "a narrow line", 20, 10, 0, 200, 4, 5 },
    { "a limit", 1000000, 10, 200, 200, 19, 21 },
    { "a tiny limit", 1000000, 100, 10, 200, 8, 8 },
    { "nobody takes anything", 1000, 0, 0, 200, 8, 8 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n_slots = run_automatic (cases[i].capacity * KIB, cases[i].each * KIB,
                                     cases[i].limit * KIB, cases[i].n_peers, 1000);

      g_test_message ("%s: %u slots", cases[i].title, n_slots);
      g_assert_cmpuint (n_slots, >=, cases[i].min);
      g_assert_cmpuint (n_slots, <=, cases[i].max);
    }
}

/* Calls between the periods do not count as periods. */
static void
test_automatic_keeps_time (void)
{
  BtChokerPeer peers[100];
  BtChoker     choker;

  for (guint i = 0; i < 100; i++)
    make_peer (&peers[i], 'u', 0, TRUE);
  bt_choker_init (&choker, SEED);
  for (guint i = 0; i <= 1000; i++)
    bt_choker_run (&choker, peers, 100, 0, 1000 + i * 1000, 0, TRUE, NOW_US + i * 10000);
  g_assert_cmpuint (choker.n_auto_slots, ==, BT_CHOKER_FIRST_SLOTS + 1);
}

/* ---- Hours of a swarm ---- */

typedef struct
{
  BtChokerPeer peers[MAX_PEERS];
  guint64      takes_bps[MAX_PEERS];    /* while unchoked */
  guint64      gives_bps[MAX_PEERS];    /* while unchoked, and a little while after */
  guint64      taken_bytes[MAX_PEERS];
  gint64       unchoked_us[MAX_PEERS];
  guint        n_turns[MAX_PEERS];
  guint        n_peers;
} Swarm;

static void
run_swarm (Swarm    *swarm,
           guint     n_slots,
           gboolean  is_seeding,
           guint     n_rounds)
{
  BtChoker choker;

  bt_choker_init (&choker, SEED);
  for (guint round = 0; round < n_rounds; round++)
    {
      gint64 now_us = NOW_US + round * BT_CHOKER_PERIOD_US;

      bt_choker_run (&choker, swarm->peers, swarm->n_peers, n_slots, 0, 0, is_seeding, now_us);
      for (guint i = 0; i < swarm->n_peers; i++)
        swarm->n_turns[i] += swarm->peers[i].unchoke && swarm->peers[i].is_choked;
      apply (swarm->peers, swarm->n_peers, now_us);
      for (guint i = 0; i < swarm->n_peers; i++)
        {
          BtChokerPeer *peer = &swarm->peers[i];
          guint64       bytes = peer->is_choked ? 0 : swarm->takes_bps[i] * 10;

          peer->sent_bps = bytes / 10;
          peer->sent_since_unchoke_bytes += bytes;
          swarm->taken_bytes[i] += bytes;
          swarm->unchoked_us[i] += peer->is_choked ? 0 : BT_CHOKER_PERIOD_US;
          peer->received_bps = peer->is_choked ? 0 : swarm->gives_bps[i];
        }
    }
}

/* Four hours, 40 peers, 5 slots, from 10 KiB/s to 2 MiB/s: everybody gets about as many turns. */
static void
test_seeding_is_fair (void)
{
  Swarm  swarm = { .n_peers = 40 };
  guint  min_turns = G_MAXUINT;
  guint  max_turns = 0;
  gint64 max_us = 0;

  for (guint i = 0; i < swarm.n_peers; i++)
    {
      make_peer (&swarm.peers[i], 'c', 0, TRUE);
      swarm.takes_bps[i] = (10u << (i % 8)) * KIB;
    }
  run_swarm (&swarm, 5, TRUE, 4 * 360);
  for (guint i = 0; i < swarm.n_peers; i++)
    {
      min_turns = MIN (min_turns, swarm.n_turns[i]);
      max_turns = MAX (max_turns, swarm.n_turns[i]);
      max_us = MAX (max_us, swarm.unchoked_us[i]);
      g_assert_cmpuint (swarm.taken_bytes[i], >, 0);
    }
  g_test_message ("turns: %u to %u; longest %d s",
                  min_turns, max_turns, (int) (max_us / BT_SECOND_US));
  g_assert_cmpuint (min_turns, >=, 30);
  /* Among those who came in the same period the faster go first, so that they have some turns more. */
  g_assert_cmpuint (min_turns * 100, >=, max_turns * 80);
  /* Nobody holds a slot for more than twice its share of the time: 5 in 40 of four hours. */
  g_assert_cmpint (max_us, <, 2 * 4 * 60 * MINUTE_US * 5 / 40);
}

/* Who gives gets; who does not is not shut out, and the more one gives the more one gets. */
static void
test_downloading_is_fair (void)
{
  Swarm   swarm = { .n_peers = 30 };
  guint64 givers = 0;
  guint64 takers = 0;

  for (guint i = 0; i < swarm.n_peers; i++)
    {
      make_peer (&swarm.peers[i], 'c', 0, FALSE);
      swarm.takes_bps[i] = 50 * KIB;
      swarm.gives_bps[i] = i < 6 ? (i + 1) * 20 * KIB : 0;
    }
  run_swarm (&swarm, 5, FALSE, 4 * 360);
  for (guint i = 0; i < swarm.n_peers; i++)
    {
      if (i < 6)
        givers += swarm.taken_bytes[i];
      else
        takers += swarm.taken_bytes[i];
      g_assert_cmpuint (swarm.n_turns[i], >, 0);
    }
  g_test_message ("of all that was sent %d %% went to those who give",
                  (int) (givers * 100 / (givers + takers)));
  g_assert_cmpuint (givers, >, 3 * takers);
  /* The four best hold the regular slots nearly always. */
  for (guint i = 2; i < 6; i++)
    g_assert_cmpint (swarm.unchoked_us[i], >, 4 * 60 * MINUTE_US * 8 / 10);
}

/* With equals there is neither a favourite nor restlessness. */
static void
test_equals_share (void)
{
  Swarm swarm = { .n_peers = 20 };
  guint n_turns = 0;

  for (guint i = 0; i < swarm.n_peers; i++)
    {
      make_peer (&swarm.peers[i], 'c', 0, FALSE);
      swarm.takes_bps[i] = 20 * KIB;
    }
  run_swarm (&swarm, 4, FALSE, 4 * 360);
  for (guint i = 0; i < swarm.n_peers; i++)
    {
      n_turns += swarm.n_turns[i];
      g_assert_cmpint (swarm.unchoked_us[i], >, 4 * 60 * MINUTE_US * 4 / 20 / 2);
      g_assert_cmpint (swarm.unchoked_us[i], <, 4 * 60 * MINUTE_US * 4 / 20 * 2);
    }
  /* A slot changes hands every 30 s at most, on average. */
  g_assert_cmpuint (n_turns, <, 4 * 3600 * 4 / 30);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peers/choker/table", test_table);
  g_test_add_func ("/peers/choker/turns", test_turns);
  g_test_add_func ("/peers/choker/longest-waiting", test_longest_waiting_first);
  g_test_add_func ("/peers/choker/optimistic-kept", test_optimistic_is_kept);
  g_test_add_func ("/peers/choker/optimistic-promoted", test_optimistic_is_promoted);
  g_test_add_func ("/peers/choker/optimistic-leaves", test_optimistic_leaves);
  g_test_add_func ("/peers/choker/newcomers", test_newcomers_are_likelier);
  g_test_add_func ("/peers/choker/automatic", test_automatic);
  g_test_add_func ("/peers/choker/automatic-keeps-time", test_automatic_keeps_time);
  g_test_add_func ("/peers/choker/seeding-is-fair", test_seeding_is_fair);
  g_test_add_func ("/peers/choker/downloading-is-fair", test_downloading_is_fair);
  g_test_add_func ("/peers/choker/equals-share", test_equals_share);
  return g_test_run ();
}
