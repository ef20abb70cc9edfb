/* test-known-peers.c - whom to connect to next, when again, and who is forgotten
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "peers/bt-known-peers.h"

#include "base/bt-clock.h"

#include <string.h>

#define SEED      42
#define START_US  (1000 * BT_SECOND_US)
#define MINUTE_US (60 * BT_SECOND_US)

static BtAddress
make_address (const char *text)
{
  BtAddress address;

  g_assert_true (bt_address_parse (text, 0, &address));
  return address;
}

/* 1.0.0.0 and on, all different, no two in one /16 while `i` is small. */
static BtAddress
make_ipv4 (guint   i,
           guint16 port)
{
  BtAddress address = { .family = BT_FAMILY_IPV4, .port = port };

  address.ip[0] = (guint8) (1 + i / 256 % 100);
  address.ip[1] = (guint8) i;
  address.ip[2] = (guint8) (i / 25600);
  address.ip[3] = 1;
  return address;
}

static BtKnownPeer *
add (BtKnownPeers *known,
     const char   *text,
     BtSource      source,
     gint64        now_us)
{
  BtAddress address = make_address (text);

  return bt_known_peers_add (known, &address, source, now_us);
}

/* ---- BEP 40 ---- */

typedef struct
{
  const char *a;
  const char *b;
  guint32     priority;
} PriorityCase;

/* The first two are the document's. The others were computed apart, from the masked addresses noted. */
static const PriorityCase priority_cases[] = {
  { "123.213.32.10:1", "98.76.54.32:2", 0xec2d7224 },
  { "123.213.32.10:1", "123.213.32.234:2", 0x99568189 },
  { "10.1.1.1:1", "10.1.2.254:2", 0xbed1cb58 },
  { "1.2.3.4:6881", "1.2.3.4:51413", 0x9f852e9f },
  { "[2001:db8::1]:1", "[2001:db9::2]:2", 0x8a4650bd },
  { "[2001:db8:0:ff00::ff]:1", "[2001:db8:0:aaff::aa]:2", 0xbb959a48 },
  { "[2001:db8:0:12ff::1]:1", "[2001:db8:0:12aa:ffff::]:2", 0x815e50a6 },
  { "1.2.3.4:1", "[2001:db8::1]:1", 0 },
};

static void
test_priorities (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (priority_cases); i++)
    {
      BtAddress a = make_address (priority_cases[i].a);
      BtAddress b = make_address (priority_cases[i].b);

      g_assert_cmphex (bt_canonical_priority (&a, &b), ==, priority_cases[i].priority);
      g_assert_cmphex (bt_canonical_priority (&b, &a), ==, priority_cases[i].priority);
    }
}

/* ---- Adding ---- */

static void
test_add (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *peer = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);
  BtAddress                address = make_address ("1.2.3.4:80");

  g_assert_nonnull (peer);
  g_assert_true (add (known, "1.2.3.4:80", BT_SOURCE_DHT, START_US) == peer);
  g_assert_cmpuint (peer->sources, ==, BT_SOURCE_TRACKER | BT_SOURCE_DHT);
  g_assert_true (bt_known_peers_find (known, &address) == peer);
  address.port = 81;
  g_assert_null (bt_known_peers_find (known, &address));
  g_assert_nonnull (add (known, "1.2.3.4:81", BT_SOURCE_PEX, START_US));
  g_assert_cmpuint (bt_known_peers_get_n (known), ==, 2);
}

static void
test_add_unconnectable (void)
{
  static const char *const cases[] = {
    "1.2.3.4:0", "0.0.0.0:80", "224.0.0.1:80", "[::]:80", "[ff02::1]:80",
  };
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_null (add (known, cases[i], BT_SOURCE_PERSON, START_US));
  g_assert_cmpuint (bt_known_peers_get_n (known), ==, 0);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US));
  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, G_MAXINT64);
}

/* ---- Picking ---- */

static void
test_pick_order (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (100, SEED);
  BtAddress                own = make_address ("123.213.32.10:6881");
  guint32                  last = G_MAXUINT32;
  BtKnownPeer             *persons;

  for (guint i = 0; i < 50; i++)
    {
      BtAddress address = make_ipv4 (i, 80);

      bt_known_peers_add (known, &address, BT_SOURCE_TRACKER, START_US);
    }
  persons = add (known, "99.99.99.99:9", BT_SOURCE_PERSON, START_US);
  for (guint i = 0; i < 51; i++)
    {
      BtKnownPeer *peer = bt_known_peers_pick (known, &own, FALSE, START_US);

      g_assert_nonnull (peer);
      g_assert_cmpint (peer == persons, ==, i == 0);
      g_assert_true (bt_known_peers_pick (known, &own, FALSE, START_US) == peer);
      bt_known_peers_set_connected (known, peer);
      if (peer == persons)
        continue;
      g_assert_cmpuint (bt_canonical_priority (&own, &peer->address), <=, last);
      last = bt_canonical_priority (&own, &peer->address);
    }
  g_assert_null (bt_known_peers_pick (known, &own, FALSE, START_US));
}

/* Nobody is picked before its time, and then the time is told. */
static void
test_pick_due (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *late = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US + 5);
  BtKnownPeer             *early = add (known, "1.2.3.5:80", BT_SOURCE_TRACKER, START_US + 2);

  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, START_US + 2);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 1));
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US + 2) == early);
  bt_known_peers_set_connected (known, early);
  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, START_US + 5);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 4));
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US + 5) == late);
  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, START_US + 5);
}

static void
test_pick_seeds (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *seed = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);

  bt_known_peers_set_seed (known, seed, TRUE);
  g_assert_true (seed->is_seed);
  g_assert_null (bt_known_peers_pick (known, NULL, TRUE, START_US));
  /* Whoever skips seeds is not woken for one. */
  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, G_MAXINT64);
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US) == seed);
  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, START_US);
  bt_known_peers_set_seed (known, seed, FALSE);
  g_assert_true (bt_known_peers_pick (known, NULL, TRUE, START_US) == seed);
  bt_known_peers_set_connected (known, seed);
  bt_known_peers_set_seed (known, seed, TRUE);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US));
  bt_known_peers_set_closed (known, seed, TRUE, START_US);
  g_assert_null (bt_known_peers_pick (known, NULL, TRUE, START_US + 3 * MINUTE_US));
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US + 3 * MINUTE_US) == seed);
}

static void
test_self (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *peer = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);

  bt_known_peers_set_connected (known, peer);
  peer->is_self = 1;
  bt_known_peers_set_closed (known, peer, TRUE, START_US);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 60 * MINUTE_US));
  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, G_MAXINT64);
  /* Hearing of it again changes nothing. */
  g_assert_true (add (known, "1.2.3.4:80", BT_SOURCE_PEX, START_US) == peer);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 60 * MINUTE_US));
}

/* ---- Back-off ---- */

/* An encrypted handshake that was not understood is no failure: a plain one comes at once, and after that fails, an
 * encrypted one in its time. */
static void
test_not_understood (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, 1);
  BtKnownPeer *peer = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);

  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US) == peer);
  g_assert_false (peer->is_plain);
  bt_known_peers_set_connected (known, peer);
  bt_known_peers_set_not_understood (known, peer, TRUE, START_US);
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US) == peer);
  g_assert_true (peer->is_plain);
  g_assert_cmpuint (peer->n_failures, ==, 0);

  bt_known_peers_set_connected (known, peer);
  bt_known_peers_set_not_understood (known, peer, FALSE, START_US);
  g_assert_false (peer->is_plain);
  g_assert_cmpuint (peer->n_failures, ==, 1);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 9 * BT_SECOND_US));
}

/* Connects and fails at `now_us`; returns how long the peer then waits. */
static gint64
fail_once (BtKnownPeers *known,
           BtKnownPeer  *peer,
           gint64        now_us)
{
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, now_us) == peer);
  bt_known_peers_set_connected (known, peer);
  bt_known_peers_set_closed (known, peer, FALSE, now_us);
  return peer->next_try_at_us - now_us;
}

static void
assert_between (gint64 value_us,
                gint64 min_seconds,
                gint64 max_seconds)
{
  g_assert_cmpint (value_us, >=, min_seconds * BT_SECOND_US);
  g_assert_cmpint (value_us, <=, max_seconds * BT_SECOND_US);
}

static void
test_back_off (void)
{
  static const gint64 seconds[BT_KNOWN_PEER_MAX_FAILS - 1] = { 10, 20, 40, 80, 160, 320, 640 };

  for (guint64 seed = 0; seed < 50; seed++)
    {
      g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, seed);
      BtKnownPeer             *peer = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);
      BtAddress                address = peer->address;
      gint64                   now_us = START_US;

      for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
        {
          gint64 pause_us = fail_once (known, peer, now_us);

          assert_between (pause_us, seconds[i], seconds[i] * 5 / 4 + 1);
          g_assert_cmpuint (peer->n_failures, ==, i + 1);
          g_assert_null (bt_known_peers_pick (known, NULL, FALSE, now_us + pause_us - 1));
          now_us += pause_us;
        }
      bt_known_peers_set_connected (known, peer);
      bt_known_peers_set_closed (known, peer, FALSE, now_us);
      g_assert_null (bt_known_peers_find (known, &address));
      g_assert_cmpuint (bt_known_peers_get_n (known), ==, 0);
    }
}

static void
test_back_off_jitters (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (100, SEED);
  gint64                   min_us = G_MAXINT64;
  gint64                   max_us = 0;

  for (guint i = 0; i < 50; i++)
    {
      BtAddress    address = make_ipv4 (i, 80);
      BtKnownPeer *peer = bt_known_peers_add (known, &address, BT_SOURCE_DHT, START_US);
      gint64       pause_us = fail_once (known, peer, START_US);

      min_us = MIN (min_us, pause_us);
      max_us = MAX (max_us, pause_us);
    }
  g_assert_cmpint (max_us - min_us, >, BT_SECOND_US);
}

static void
test_worked (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *peer = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);

  fail_once (known, peer, START_US);
  fail_once (known, peer, START_US + 10 * MINUTE_US);
  g_assert_cmpuint (peer->n_failures, ==, 2);
  bt_known_peers_set_connected (known, peer);
  bt_known_peers_set_closed (known, peer, TRUE, START_US + 20 * MINUTE_US);
  g_assert_cmpuint (peer->n_failures, ==, 0);
  assert_between (peer->next_try_at_us - START_US - 20 * MINUTE_US, 60, 120);
}

/* However often it is heard of, a peer that failed is not tried sooner. */
static void
test_hearsay_changes_nothing (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *peer = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);
  gint64                   pause_us = fail_once (known, peer, START_US);

  for (guint bit = 0; bit < 7; bit++)
    {
      if (1u << bit != BT_SOURCE_PERSON)
        g_assert_true (add (known, "1.2.3.4:80", (BtSource) (1u << bit), START_US + 1) == peer);
    }
  g_assert_cmpuint (peer->n_failures, ==, 1);
  g_assert_cmpint (peer->next_try_at_us, ==, START_US + pause_us);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + pause_us - 1));
}

/* Fewer failures go before higher priority. */
static void
test_failures_come_last (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtAddress                own = make_address ("123.213.32.10:6881");
  BtKnownPeer             *first;
  BtKnownPeer             *second;

  add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);
  add (known, "99.9.9.9:80", BT_SOURCE_TRACKER, START_US);
  first = bt_known_peers_pick (known, &own, FALSE, START_US);
  bt_known_peers_set_connected (known, first);
  bt_known_peers_set_closed (known, first, FALSE, START_US);
  second = bt_known_peers_pick (known, &own, FALSE, START_US + 60 * MINUTE_US);
  g_assert_nonnull (second);
  g_assert_true (second != first);
}

/* ---- A person's peers ---- */

static void
test_person_is_never_dropped (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *peer = add (known, "1.2.3.4:80", BT_SOURCE_PERSON, START_US);
  gint64                   now_us = START_US;
  gint64                   pause_us = 0;

  assert_between (fail_once (known, peer, now_us), 5, 7);
  for (guint i = 0; i < 1000; i++)
    {
      now_us += 10 * MINUTE_US;
      pause_us = fail_once (known, peer, now_us);
      assert_between (pause_us, 5, 300);
    }
  assert_between (pause_us, 300, 300);
  for (guint i = 0; i < 100; i++)
    {
      BtAddress address = make_ipv4 (i, 80);

      bt_known_peers_add (known, &address, BT_SOURCE_TRACKER, now_us);
    }
  g_assert_cmpuint (bt_known_peers_get_n (known), ==, 10);
  g_assert_true (add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, now_us) == peer);
  bt_known_peers_set_connected (known, peer);
  bt_known_peers_set_closed (known, peer, TRUE, now_us);
  assert_between (peer->next_try_at_us - now_us, 30, 60);
}

/* Named by a person, a peer that failed is tried at once. */
static void
test_person_is_tried_now (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *peer = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);

  fail_once (known, peer, START_US);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 1));
  g_assert_true (add (known, "1.2.3.4:80", BT_SOURCE_PERSON, START_US + 1) == peer);
  g_assert_cmpuint (peer->n_failures, ==, 0);
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US + 1) == peer);
}

/* Those that wait are due at once, in the order of their failures; the connected stay so. */
/* Not even those whose turn has come count as failed, and the next pause is the first one's. */
static void
test_forget_failures (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (100, SEED);
  BtKnownPeer *peer = add (known, "1.0.0.1:1", BT_SOURCE_TRACKER, START_US);
  gint64 now_us = START_US;

  for (guint i = 0; i < 3 * BT_KNOWN_PEER_MAX_FAILS; i++)
    {
      g_assert_true (bt_known_peers_pick (known, NULL, FALSE, now_us) == peer);
      bt_known_peers_set_connected (known, peer);
      bt_known_peers_set_closed (known, peer, FALSE, now_us);
      g_assert_cmpuint (peer->n_failures, ==, 1);
      if (i % 2 == 0)
        now_us = peer->next_try_at_us;
      bt_known_peers_forget_failures (known, now_us);
      g_assert_cmpuint (peer->n_failures, ==, 0);
    }
}

static void
test_try_again (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (100, SEED);
  BtKnownPeer *failed = add (known, "1.0.0.1:1", BT_SOURCE_TRACKER, START_US);
  BtKnownPeer *worked = add (known, "1.0.0.2:1", BT_SOURCE_TRACKER, START_US);
  BtKnownPeer *connected = add (known, "1.0.0.3:1", BT_SOURCE_TRACKER, START_US);

  bt_known_peers_set_connected (known, connected);
  bt_known_peers_set_connected (known, failed);
  bt_known_peers_set_closed (known, failed, FALSE, START_US);
  bt_known_peers_set_connected (known, worked);
  bt_known_peers_set_closed (known, worked, TRUE, START_US);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 1));
  bt_known_peers_try_again (known, START_US + 1);
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US + 1) == worked);
  bt_known_peers_set_connected (known, worked);
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US + 1) == failed);
  g_assert_cmpuint (failed->n_failures, ==, 1);
  bt_known_peers_set_connected (known, failed);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 1));
}

/* A person's peers find room when there is none. */
static void
test_person_beyond_limit (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (3, SEED);

  for (guint i = 0; i < 3; i++)
    {
      BtAddress address = make_ipv4 (i, 80);

      g_assert_nonnull (bt_known_peers_add (known, &address, BT_SOURCE_DHT, START_US));
    }
  for (guint i = 0; i < 5; i++)
    {
      BtAddress address = make_ipv4 (100 + i, 80);

      g_assert_nonnull (bt_known_peers_add (known, &address, BT_SOURCE_PERSON, START_US));
      g_assert_cmpuint (bt_known_peers_get_n (known), ==, MAX (3, i + 1));
    }
  g_assert_null (add (known, "9.9.9.9:9", BT_SOURCE_DHT, START_US));
}

/* ---- Bans ---- */

static void
test_bans (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtKnownPeer             *one = add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US);
  BtKnownPeer             *two = add (known, "1.2.3.4:81", BT_SOURCE_PERSON, START_US);
  BtKnownPeer             *other = add (known, "1.2.3.5:80", BT_SOURCE_TRACKER, START_US);
  BtAddress                address = make_address ("1.2.3.4:99");

  bt_known_peers_set_connected (known, one);
  g_assert_false (bt_known_peers_is_banned (known, &address));
  bt_known_peers_ban (known, &address);
  bt_known_peers_ban (known, &address);
  g_assert_true (bt_known_peers_is_banned (known, &one->address));
  g_assert_false (bt_known_peers_is_banned (known, &other->address));
  g_assert_true (one->is_banned);
  g_assert_true (one->is_connected);
  g_assert_true (two->is_banned);
  g_assert_false (other->is_banned);
  g_assert_null (add (known, "1.2.3.4:80", BT_SOURCE_TRACKER, START_US));
  g_assert_null (add (known, "1.2.3.4:1234", BT_SOURCE_PERSON, START_US));
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US) == other);
  bt_known_peers_set_connected (known, other);
  bt_known_peers_set_closed (known, one, TRUE, START_US);
  g_assert_null (bt_known_peers_pick (known, NULL, FALSE, START_US + 60 * MINUTE_US));
  g_assert_cmpint (bt_known_peers_get_next_us (known), ==, G_MAXINT64);
}

static void
test_bans_are_bounded (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (10, SEED);
  BtAddress                first = make_ipv4 (0, 80);
  BtAddress                second = make_ipv4 (1, 80);
  BtKnownPeer             *peer = bt_known_peers_add (known, &first, BT_SOURCE_TRACKER, START_US);

  for (guint i = 0; i < BT_KNOWN_PEERS_MAX_BANS; i++)
    {
      BtAddress address = make_ipv4 (i, 0);

      bt_known_peers_ban (known, &address);
    }
  g_assert_true (bt_known_peers_is_banned (known, &first));
  g_assert_true (peer->is_banned);
  bt_known_peers_ban (known, &(BtAddress) { .ip = { 200, 1, 1, 1 }, .family = BT_FAMILY_IPV4 });
  g_assert_false (bt_known_peers_is_banned (known, &first));
  g_assert_true (bt_known_peers_is_banned (known, &second));
  g_assert_true (bt_known_peers_pick (known, NULL, FALSE, START_US) == peer);
}

/* ---- A full list ---- */

/* By their priorities against 123.213.32.10. */
#define LOW    "31.105.1.1:80"
#define MIDDLE "86.70.1.1:80"
#define HIGH   "55.147.1.1:80"
#define HIGH2  "66.196.1.1:80"

typedef enum
{
  PAST_NONE,
  PAST_FAILED,
  PAST_FAILED_TWICE,
  PAST_SELF,
  PAST_GAVE,
} Past;

static void
live_through (BtKnownPeers *known,
              BtKnownPeer  *peer,
              Past          past)
{
  guint n_failures = past == PAST_FAILED_TWICE ? 2 : past == PAST_FAILED ? 1 : 0;

  for (guint i = 0; i < n_failures; i++)
    {
      bt_known_peers_set_connected (known, peer);
      bt_known_peers_set_closed (known, peer, FALSE, START_US);
    }
  if (past == PAST_SELF || past == PAST_GAVE)
    {
      bt_known_peers_set_connected (known, peer);
      peer->is_self = past == PAST_SELF;
      peer->received_bytes = past == PAST_GAVE;
      bt_known_peers_set_closed (known, peer, TRUE, START_US);
    }
}

/* A list of two is full: which of them, if any, makes room for MIDDLE? */
static void
test_who_is_missed_least (void)
{
  static const struct
  {
    Past        first;
    Past        second;
    const char *addresses[2];
    const char *dropped;
  } cases[] = {
    { PAST_NONE, PAST_NONE, { LOW, HIGH }, LOW },
    { PAST_GAVE, PAST_NONE, { LOW, HIGH }, NULL },
    { PAST_FAILED, PAST_NONE, { HIGH, LOW }, HIGH },
    { PAST_FAILED, PAST_FAILED_TWICE, { LOW, HIGH }, HIGH },
    { PAST_SELF, PAST_FAILED_TWICE, { HIGH, LOW }, HIGH },
    { PAST_FAILED, PAST_GAVE, { HIGH, LOW }, HIGH },
    { PAST_GAVE, PAST_GAVE, { LOW, HIGH }, NULL },
    { PAST_NONE, PAST_NONE, { HIGH, HIGH2 }, NULL },
  };
  BtAddress own = make_address ("123.213.32.10:6881");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtKnownPeers) known = bt_known_peers_new (2, SEED);
      BtKnownPeer             *first;
      BtKnownPeer             *second;
      gboolean                 is_added;

      g_test_message ("case %u", (guint) i);
      bt_known_peers_pick (known, &own, FALSE, START_US);
      first = add (known, cases[i].addresses[0], BT_SOURCE_DHT, START_US);
      second = add (known, cases[i].addresses[1], BT_SOURCE_DHT, START_US);
      live_through (known, first, cases[i].first);
      live_through (known, second, cases[i].second);
      is_added = add (known, MIDDLE, BT_SOURCE_DHT, START_US) != NULL;
      g_assert_cmpint (is_added, ==, cases[i].dropped != NULL);
      g_assert_cmpuint (bt_known_peers_get_n (known), ==, 2);
      for (guint j = 0; j < 2; j++)
        {
          BtAddress address = make_address (cases[i].addresses[j]);
          gboolean  is_there = bt_known_peers_find (known, &address) != NULL;

          g_assert_cmpint (is_there, ==, g_strcmp0 (cases[i].dropped, cases[i].addresses[j]) != 0);
        }
    }
}

/* A banned peer is of no more use than ourselves. */
static void
test_banned_go_first (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (2, SEED);
  BtAddress                own = make_address ("123.213.32.10:6881");
  BtKnownPeer             *banned;
  BtKnownPeer             *failed;
  BtAddress                address = make_address (HIGH);

  bt_known_peers_pick (known, &own, FALSE, START_US);
  banned = add (known, HIGH, BT_SOURCE_DHT, START_US);
  failed = add (known, LOW, BT_SOURCE_DHT, START_US);
  live_through (known, failed, PAST_FAILED_TWICE);
  bt_known_peers_ban (known, &banned->address);
  g_assert_nonnull (add (known, MIDDLE, BT_SOURCE_DHT, START_US));
  g_assert_null (bt_known_peers_find (known, &address));
}

/* Addresses pour in: the limit holds, who gave us data stays, and of the others those of the highest priority. */
static void
test_flood (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (100, SEED);
  BtAddress                own = make_address ("123.213.32.10:6881");
  BtAddress                giver = make_address (LOW);
  BtKnownPeer             *peer;
  guint                    n_refused = 0;

  bt_known_peers_pick (known, &own, FALSE, START_US);
  live_through (known, bt_known_peers_add (known, &giver, BT_SOURCE_PEX, START_US), PAST_GAVE);
  for (guint i = 1000; i < 5000; i++)
    {
      BtAddress address = make_ipv4 (i, 80);

      n_refused += bt_known_peers_add (known, &address, BT_SOURCE_PEX, START_US) == NULL;
      g_assert_cmpuint (bt_known_peers_get_n (known), <=, 100);
    }
  g_assert_nonnull (bt_known_peers_find (known, &giver));
  /* By then the best hundred of thousands are left, and hardly a newcomer is better. */
  g_assert_cmpuint (n_refused, >, 3000);
  peer = bt_known_peers_pick (known, &own, FALSE, START_US);
  g_assert_cmpuint (bt_canonical_priority (&own, &peer->address), >, G_MAXUINT32 / 100 * 99);
}

/* Connected peers are not dropped, whoever comes. */
static void
test_full_of_connected (void)
{
  g_autoptr (BtKnownPeers) known = bt_known_peers_new (5, SEED);

  for (guint i = 0; i < 5; i++)
    {
      BtAddress address = make_ipv4 (i, 80);

      bt_known_peers_set_connected (known, bt_known_peers_add (known, &address, BT_SOURCE_PEX,
                                                               START_US));
    }
  for (guint i = 100; i < 200; i++)
    {
      BtAddress address = make_ipv4 (i, 80);

      g_assert_null (bt_known_peers_add (known, &address, BT_SOURCE_PEX, START_US));
    }
  for (guint i = 0; i < 5; i++)
    {
      BtAddress address = make_ipv4 (i, 80);

      g_assert_true (bt_known_peers_find (known, &address)->is_connected);
    }
}

/* ---- Against a plain scan of all ---- */

#define N_MODEL 300

typedef struct
{
  BtKnownPeers *known;
  BtAddress     own;
  gint64        now_us;
  BtRandom      random;
} Model;

static gboolean
is_candidate (const BtKnownPeer *peer,
              gboolean           skip_seeds)
{
  return !peer->is_connected && !peer->is_banned && !peer->is_self &&
         !(skip_seeds && peer->is_seed);
}

static gboolean
may_be_picked (const Model       *model,
               const BtKnownPeer *peer,
               gboolean           skip_seeds)
{
  return is_candidate (peer, skip_seeds) && peer->next_try_at_us <= model->now_us;
}

/* Lower is better: person, failures, priority. */
static guint64
get_rank (const Model       *model,
          const BtKnownPeer *peer)
{
  guint64 is_strangers = (peer->sources & BT_SOURCE_PERSON) == 0;
  guint32 priority = bt_canonical_priority (&model->own, &peer->address);

  return (is_strangers << 60) | ((guint64) peer->n_failures << 32) | (G_MAXUINT32 - priority);
}

static void
check_pick (Model   *model,
            gboolean skip_seeds)
{
  BtKnownPeer *picked = bt_known_peers_pick (model->known, &model->own, skip_seeds, model->now_us);
  guint64      best = G_MAXUINT64;
  gint64       next_us = G_MAXINT64;

  for (guint i = 0; i < N_MODEL; i++)
    {
      BtAddress    address = make_ipv4 (i, 80);
      BtKnownPeer *peer = bt_known_peers_find (model->known, &address);

      if (peer == NULL)
        continue;
      if (may_be_picked (model, peer, skip_seeds))
        best = MIN (best, get_rank (model, peer));
      if (is_candidate (peer, skip_seeds))
        next_us = MIN (next_us, peer->next_try_at_us);
    }
  g_assert_cmpint (picked != NULL, ==, best != G_MAXUINT64);
  if (picked == NULL)
    {
      g_assert_cmpint (bt_known_peers_get_next_us (model->known), ==, next_us);
      return;
    }
  g_assert_true (may_be_picked (model, picked, skip_seeds));
  g_assert_cmpuint (get_rank (model, picked), ==, best);
  g_assert_cmpint (bt_known_peers_get_next_us (model->known), <=, model->now_us);
}

static void
step_model (Model *model)
{
  BtAddress    address = make_ipv4 (bt_random_below (&model->random, N_MODEL), 80);
  BtKnownPeer *peer = bt_known_peers_find (model->known, &address);
  guint        n = bt_random_below (&model->random, 100);

  model->now_us += bt_random_below (&model->random, 3 * BT_SECOND_US);
  if (peer == NULL)
    bt_known_peers_add (model->known, &address, n == 0 ? BT_SOURCE_PERSON : BT_SOURCE_PEX,
                        model->now_us);
  else if (n == 0)
    bt_known_peers_ban (model->known, &address);
  else if (n == 1)
    model->own.ip[0] ^= 1;
  else if (n < 20)
    bt_known_peers_set_seed (model->known, peer, n % 2);
  else if (!peer->is_connected)
    bt_known_peers_set_connected (model->known, peer);
  else
    {
      peer->is_self = n == 21;
      peer->received_bytes += n % 3 == 0;
      bt_known_peers_set_closed (model->known, peer, n % 2, model->now_us);
    }
}

static void
test_model (void)
{
  for (guint64 seed = 1; seed <= 5; seed++)
    {
      Model model = { .known = bt_known_peers_new (200, seed), .now_us = START_US };

      model.own = make_address ("123.213.32.10:6881");
      bt_random_init (&model.random, seed);
      for (guint i = 0; i < 4000; i++)
        {
          step_model (&model);
          check_pick (&model, bt_random_below (&model.random, 2) != 0);
          g_assert_cmpuint (bt_known_peers_get_n (model.known), <=, 220);
        }
      bt_known_peers_free (model.known);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peers/known/priorities", test_priorities);
  g_test_add_func ("/peers/known/add", test_add);
  g_test_add_func ("/peers/known/add-unconnectable", test_add_unconnectable);
  g_test_add_func ("/peers/known/pick-order", test_pick_order);
  g_test_add_func ("/peers/known/pick-due", test_pick_due);
  g_test_add_func ("/peers/known/pick-seeds", test_pick_seeds);
  g_test_add_func ("/peers/known/self", test_self);
  g_test_add_func ("/peers/known/not-understood", test_not_understood);
  g_test_add_func ("/peers/known/back-off", test_back_off);
  g_test_add_func ("/peers/known/back-off-jitters", test_back_off_jitters);
  g_test_add_func ("/peers/known/worked", test_worked);
  g_test_add_func ("/peers/known/hearsay", test_hearsay_changes_nothing);
  g_test_add_func ("/peers/known/failures-come-last", test_failures_come_last);
  g_test_add_func ("/peers/known/person-never-dropped", test_person_is_never_dropped);
  g_test_add_func ("/peers/known/person-tried-now", test_person_is_tried_now);
  g_test_add_func ("/peers/known/try-again", test_try_again);
  g_test_add_func ("/peers/known/forget-failures", test_forget_failures);
  g_test_add_func ("/peers/known/person-beyond-limit", test_person_beyond_limit);
  g_test_add_func ("/peers/known/bans", test_bans);
  g_test_add_func ("/peers/known/bans-are-bounded", test_bans_are_bounded);
  g_test_add_func ("/peers/known/missed-least", test_who_is_missed_least);
  g_test_add_func ("/peers/known/banned-go-first", test_banned_go_first);
  g_test_add_func ("/peers/known/flood", test_flood);
  g_test_add_func ("/peers/known/full-of-connected", test_full_of_connected);
  g_test_add_func ("/peers/known/model", test_model);
  return g_test_run ();
}
