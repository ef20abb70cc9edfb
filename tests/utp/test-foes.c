/* test-foes.c - what the other side may say, and what comes of it: nothing worse than the connection's end
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "hand.h"
#include "link.h"

#define POOL_BYTES (64 * 1024 * 1024)

static void
test_false_acks (void)
{
  static const guint16 lies[] = { 5, 100, 0x7fff, 0x8000, (guint16) -3000 };
  Hand hand;
  BtUtpFacts facts;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 1000);
  g_assert_cmpuint (hand_take_all (&hand), ==, 2);
  facts = hand_facts (&hand);
  g_assert_cmpuint (facts.flight_bytes, ==, 1040);

  /* Two are in flight: an ack of the fifth from here on, or of long ago, is no ack, nor is what comes with it data. */
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      BtUtpPacket packet = hand_make (&hand, BT_UTP_DATA, HAND_THEIR_NR,
                                      (guint16) (HAND_OUR_NR + lies[i]));

      packet.payload = (const guint8 *) "x";
      packet.n_payload = 1;
      g_assert_cmpuint (hand_say (&hand, packet), ==, 0);
      g_assert_cmpuint (hand_facts (&hand).n_dropped, ==, i + 1);
      g_assert_cmpuint (hand_facts (&hand).flight_bytes, ==, 1040);
      g_assert_cmpuint (bt_utp_get_n_readable (hand.utp), ==, 0);
    }
  hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, (guint16) (HAND_OUR_NR + 2)));
  g_assert_cmpuint (hand_facts (&hand).flight_bytes, ==, 0);
  hand_clear (&hand);
}

static void
test_false_sacks (void)
{
  guint8 mask[BT_UTP_MAX_SACK_BYTES];
  BtUtpPacket packet;
  Hand hand;

  memset (mask, 0xff, sizeof mask);
  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 2000);
  g_assert_cmpuint (hand_take_all (&hand), ==, 4);
  /* All of the mask is said to be there; but the first bit is the second packet, and the fourth nobody's. */
  packet = hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR);
  packet.sack = mask;
  packet.n_sack = sizeof mask;
  hand_say (&hand, packet);
  g_assert_cmpuint (hand_facts (&hand).flight_bytes, ==, 0);
  g_assert_cmpuint (hand_facts (&hand).n_lost, ==, 1);
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.datagram.seq_nr, ==, (guint16) (HAND_OUR_NR + 1));
  hand_say (&hand, packet);
  hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, (guint16) (HAND_OUR_NR + 4)));
  g_assert_cmpuint (hand_facts (&hand).send_buffered_bytes, ==, 0);
  g_assert_cmpuint (hand_facts (&hand).flight_bytes, ==, 0);
  hand_clear (&hand);
}

/* Whatever it says of the delay, the window is at most what it acknowledged on top of the first one. */
static void
test_false_delays (void)
{
  BtRandom random;
  Hand hand;
  guint16 nr = HAND_OUR_NR;
  guint64 n_acked = 0;

  bt_random_init (&random, 3);
  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  for (guint i = 0; i < 2000; i++)
    {
      BtUtpFacts facts;

      hand_write (&hand, 50000);
      hand_take_all (&hand);
      facts = hand_facts (&hand);
      n_acked += facts.flight_bytes;
      if (facts.flight_bytes > 0)
        nr = hand.datagram.seq_nr;
      hand.now_us += 1 + bt_random_below (&random, 30000);
      hand.difference_us = bt_random_next (&random) >> bt_random_below (&random, 32);
      hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, nr));
      facts = hand_facts (&hand);
      g_assert_cmpuint (facts.cwnd_bytes, <=, 4 * 1472 + n_acked);
      g_assert_cmpuint (facts.cwnd_bytes, <=, 24 * 1024 * 1024);
      g_assert_cmpuint (facts.cwnd_bytes, >=, 2 * 548);
      g_assert_cmpuint (facts.queue_delay_us, <=, 60000);
    }
  hand_clear (&hand);
}

static void
test_window_lies (void)
{
  Hand hand;
  guint n_sent;

  hand_init (&hand, POOL_BYTES);
  hand.window = G_MAXUINT32;
  hand_connect (&hand);
  hand_write (&hand, 100000);
  hand_take_all (&hand);
  g_assert_cmpuint (hand_facts (&hand).flight_bytes, <=, 4 * 1472);
  hand_clear (&hand);

  /* One byte at a time, and no more of them than there are round trips. */
  hand_init (&hand, POOL_BYTES);
  hand.window = 1;
  hand_connect (&hand);
  hand_write (&hand, 100000);
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.datagram.n_bytes, ==, BT_UTP_HEADER_BYTES + 1);
  hand_clear (&hand);

  /* None at all: it is asked now and then, less and less, as long as it answers. */
  hand_init (&hand, POOL_BYTES);
  hand.window = 0;
  hand_connect (&hand);
  hand_write (&hand, 100000);
  g_assert_cmpuint (hand_take_all (&hand), ==, 0);
  for (guint i = 0; i < 20; i++)
    {
      BtUtpEvents events = hand_wait (&hand, 10 * HAND_SECOND_US, &n_sent);

      g_assert_cmpuint (events, ==, 0);
      g_assert_cmpuint (n_sent, <=, i == 0 ? 8 : 2);
      hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR));
    }
  hand.window = HAND_WINDOW;
  hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR));
  hand_wait (&hand, 40 * HAND_SECOND_US, &n_sent);
  g_assert_cmpuint (n_sent, >=, 1);
  hand_clear (&hand);
}

static void
test_resets (void)
{
  BtUtpPacket packet;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 1000);
  hand_take_all (&hand);
  packet = hand_make (&hand, BT_UTP_RESET, 1, (guint16) (HAND_OUR_NR + 2));
  packet.connection_id = (guint16) (HAND_ID + 2);
  g_assert_false (bt_utp_matches (hand.utp, &packet));
  packet.connection_id = (guint16) (HAND_ID - 1);
  g_assert_false (bt_utp_matches (hand.utp, &packet));
  /* Either id is right, but it must answer something. */
  packet.connection_id = (guint16) (HAND_ID + 1);
  packet.ack_nr = 12345;
  g_assert_cmpuint (hand_say (&hand, packet), ==, 0);
  g_assert_cmpuint (bt_utp_get_state (hand.utp), ==, BT_UTP_CONNECTED);
  packet.ack_nr = (guint16) (HAND_OUR_NR + 2);
  g_assert_cmpuint (hand_say (&hand, packet), ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_RESET);
  g_assert_cmpuint (hand_take_all (&hand), ==, 0);
  g_assert_cmpint (bt_utp_get_timeout_us (hand.utp), ==, G_MAXINT64);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), ==, 0);
  g_assert_cmpuint (hand_say (&hand, packet), ==, 0);
  hand_clear (&hand);
}

static void
accept_by_hand (Hand       *hand,
                const char *text)
{
  BtUtpConfig config = { .pool = hand->pool, .family = BT_FAMILY_IPV6 };
  BtUtpPacket syn = { .type = BT_UTP_SYN,
                      .connection_id = HAND_ID,
                      .seq_nr = HAND_THEIR_NR - 1,
                      .window_bytes = HAND_WINDOW,
                      .payload = (const guint8 *) text,
                      .n_payload = strlen (text) };

  hand->utp = bt_utp_new_incoming (&config, &syn, HAND_OUR_NR + 1, hand->now_us);
}

/* A SYN costs an answer, and no more than that as long as nothing proves that its sender is there. */
static void
test_syns (void)
{
  BtUtpPacket syn;
  BtUtpPacket packet;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  accept_by_hand (&hand, "");
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_STATE);
  g_assert_cmpuint (hand.packet.ack_nr, ==, HAND_THEIR_NR - 1);
  g_assert_cmpuint (hand.packet.connection_id, ==, HAND_ID);
  g_assert_cmpuint (bt_utp_get_receive_id (hand.utp), ==, 0);

  syn = hand_make (&hand, BT_UTP_SYN, HAND_THEIR_NR - 1, 0);
  syn.connection_id = HAND_ID;
  g_assert_cmpuint (hand_say (&hand, syn), ==, 0);
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.seq_nr, ==, HAND_OUR_NR + 1);
  syn.seq_nr = 4;
  hand_say (&hand, syn);
  g_assert_cmpuint (hand_take_all (&hand), ==, 0);
  g_assert_cmpuint (bt_utp_write (hand.utp, (const guint8 *) "early", 5), ==, 0);

  /* Who has not seen the answer does not know our number. */
  packet = hand_make (&hand, BT_UTP_DATA, HAND_THEIR_NR, HAND_OUR_NR - 1);
  packet.payload = (const guint8 *) "forged";
  packet.n_payload = 6;
  g_assert_cmpuint (hand_say (&hand, packet), ==, 0);
  g_assert_cmpuint (bt_utp_get_state (hand.utp), ==, BT_UTP_SYN_RECEIVED);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), ==, 0);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 0, "true"), ==,
                    BT_UTP_EVENT_CONNECTED | BT_UTP_EVENT_READABLE | BT_UTP_EVENT_WRITABLE);
  hand_take_all (&hand);

  /* Replayed, it is nobody's any more. */
  syn.seq_nr = HAND_THEIR_NR - 1;
  g_assert_cmpuint (hand_say (&hand, syn), ==, 0);
  g_assert_cmpuint (hand_take_all (&hand), ==, 0);
  hand_clear (&hand);

  hand_init (&hand, POOL_BYTES);
  accept_by_hand (&hand, "");
  g_assert_cmpuint (hand_wait (&hand, 11 * HAND_SECOND_US, NULL), ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_UNREACHABLE);
  hand_clear (&hand);
}

/* A packet for each second number, of one byte or of many: what is kept of them is bounded. */
static void
test_holes (void)
{
  static const gsize sizes[] = { 1, 1400, 8200, 16000 };
  g_autofree guint8 *bytes = g_malloc0 (16000);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Hand hand;

      hand_init (&hand, POOL_BYTES);
      hand_connect (&hand);
      for (guint j = 1; j < 40000; j += 2)
        {
          BtUtpPacket packet = hand_make (&hand, BT_UTP_DATA, (guint16) (HAND_THEIR_NR + j),
                                          HAND_OUR_NR);

          packet.payload = bytes;
          packet.n_payload = sizes[i];
          hand_say (&hand, packet);
          if (j % 512 == 1)
            hand_take_all (&hand);
        }
      /* The first window; packets do not share slots but whole, so that less than half of each is wasted. */
      g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), <=, 2 * (1024 * 1024 / 16384) + 2);
      g_assert_cmpuint (hand_facts (&hand).n_dropped, >, 0);
      g_assert_cmpuint (bt_utp_get_n_readable (hand.utp), ==, 0);
      hand_clear (&hand);
    }
}

/* In order, but more than there is room for, and nobody reads. */
static void
test_flood (void)
{
  g_autofree char *text = g_strnfill (1400, 'x');
  guint8 out[65536];
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  for (guint i = 0; i < 2000; i++)
    {
      hand_say_data (&hand, BT_UTP_DATA, i, text);
      hand_take_all (&hand);
    }
  g_assert_cmpuint (hand_facts (&hand).receive_buffered_bytes, <=, 1024 * 1024);
  g_assert_cmpuint (hand_facts (&hand).receive_buffered_bytes, >, 1024 * 1024 - 1400);
  g_assert_cmpuint (hand.packet.window_bytes, <, 1400);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), <=, 1024 * 1024 / 16384);
  /* Once it is read, the other side is told of the room. */
  while (bt_utp_read (hand.utp, out, sizeof out) > 0)
    ;
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.window_bytes, ==, 1024 * 1024);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), ==, 0);
  hand_clear (&hand);
}

/* Packets that stay keep their whole slot: one of each slot's is left behind, again and again. */
static void
test_pinned_slots (void)
{
  g_autofree guint8 *bytes = g_malloc0 (16000);
  guint8 out[65536];
  guint16 near = HAND_THEIR_NR;
  guint16 far = (guint16) (HAND_THEIR_NR + 4000);
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  for (guint i = 0; i < 1000; i++)
    {
      BtUtpPacket packet = hand_make (&hand, BT_UTP_DATA, (guint16) (near + 1), HAND_OUR_NR);

      packet.payload = bytes;
      packet.n_payload = 16000;
      hand_say (&hand, packet);
      packet.seq_nr = far--;
      packet.n_payload = 1;
      hand_say (&hand, packet);
      packet.seq_nr = near;
      hand_say (&hand, packet);
      near = (guint16) (near + 2);
      while (bt_utp_read (hand.utp, out, sizeof out) > 0)
        ;
      g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), <=, 2 * (1024 * 1024 / 16384) + 4);
    }
  g_assert_cmpuint (hand_facts (&hand).n_dropped, >, 0);
  hand_clear (&hand);
}

static void
test_two_ends (void)
{
  guint8 out[16];
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 3, "d"), ==, 0);
  /* An end before something that is here already is none. */
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_FIN, 2, ""), ==, 0);
  g_assert_cmpuint (hand_facts (&hand).n_dropped, ==, 1);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_FIN, 4, ""), ==, 0);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_FIN, 5, ""), ==, 0);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 6, "g"), ==, 0);
  g_assert_cmpuint (hand_facts (&hand).n_dropped, ==, 3);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 1, "b"), ==, 0);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 0, "a"), ==,
                    BT_UTP_EVENT_READABLE);
  g_assert_false (bt_utp_is_eof (hand.utp));
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 2, "c"), ==,
                    BT_UTP_EVENT_READABLE);
  g_assert_false (bt_utp_is_eof (hand.utp));
  g_assert_cmpmem (out, bt_utp_read (hand.utp, out, sizeof out), "abcd", 4);
  g_assert_true (bt_utp_is_eof (hand.utp));
  hand_clear (&hand);
}

static void
test_silence (void)
{
  Hand hand;
  guint n_sent;
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };

  hand_init (&hand, POOL_BYTES);
  config.pool = hand.pool;
  hand.utp = bt_utp_new_outgoing (&config, HAND_ID, HAND_OUR_NR, hand.now_us);
  g_assert_cmpuint (hand_wait (&hand, 20 * HAND_SECOND_US, &n_sent), ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (n_sent, ==, 4);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_UNREACHABLE);
  hand_clear (&hand);

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 100000);
  g_assert_cmpuint (hand_wait (&hand, 30 * HAND_SECOND_US, NULL), ==, 0);
  g_assert_cmpuint (hand_wait (&hand, 120 * HAND_SECOND_US, &n_sent), ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (n_sent, <=, 10);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_TIMED_OUT);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), ==, 0);
  hand_clear (&hand);
}

/* It speaks, but takes nothing. */
static void
test_stall (void)
{
  BtUtpEvents events = 0;
  guint i = 0;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 100000);
  for (i = 0; i < 400 && events == 0; i++)
    {
      events = hand_wait (&hand, HAND_SECOND_US, NULL);
      if (events == 0)
        hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR));
    }
  g_assert_cmpuint (events, ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (i, >=, 290);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_TIMED_OUT);
  hand_clear (&hand);
}

/* What it says is not what it got: garbled on the way, by whomever. The connection may end; nothing else may. */
static gboolean
garble (Link          *link,
        const LinkEnd *from G_GNUC_UNUSED,
        guint8        *bytes,
        gsize         *n_bytes)
{
  if (bt_random_below (&link->random, 10) > 0)
    return TRUE;
  bytes[bt_random_below (&link->random, (guint32) MIN (*n_bytes, 26))] =
    (guint8) bt_random_next (&link->random);
  if (bt_random_below (&link->random, 4) == 0)
    *n_bytes = bt_random_below (&link->random, (guint32) *n_bytes + 1);
  return TRUE;
}

static gboolean
garble_window (Link          *link,
               const LinkEnd *from G_GNUC_UNUSED,
               guint8        *bytes,
               gsize         *n_bytes G_GNUC_UNUSED)
{
  for (guint i = 8; i < 16; i++)
    bytes[i] = (guint8) bt_random_next (&link->random);
  return TRUE;
}

static void
test_garbled (void)
{
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };

  for (guint seed = 0; seed < 200; seed++)
    {
      Link *link = link_new (seed);
      LinkFlow *flow;

      link->paths[0].delay_us = link->paths[1].delay_us = 10 * LINK_MS;
      link->wire_func = seed % 2 == 0 ? garble_window : NULL;
      flow = link_add_flow (link, &config);
      flow->ends[0].n_to_write = flow->ends[1].n_to_write = 300000;
      link_run (link, 20 * LINK_SECOND_US);
      g_assert_cmpuint (flow->ends[1].n_read, ==, 300000);
      g_assert_cmpuint (flow->ends[0].n_read, ==, 300000);
      link->wire_func = garble;
      link->ignores_bytes = TRUE;
      flow->ends[0].n_to_write = flow->ends[1].n_to_write = G_MAXUINT64;
      link_wake (&flow->ends[0]);
      link_run (link, LINK_SECOND_US / 2);
      link_free (link);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/utp/foes/false-acks", test_false_acks);
  g_test_add_func ("/utp/foes/false-sacks", test_false_sacks);
  g_test_add_func ("/utp/foes/false-delays", test_false_delays);
  g_test_add_func ("/utp/foes/window-lies", test_window_lies);
  g_test_add_func ("/utp/foes/resets", test_resets);
  g_test_add_func ("/utp/foes/syns", test_syns);
  g_test_add_func ("/utp/foes/holes", test_holes);
  g_test_add_func ("/utp/foes/flood", test_flood);
  g_test_add_func ("/utp/foes/pinned-slots", test_pinned_slots);
  g_test_add_func ("/utp/foes/two-ends", test_two_ends);
  g_test_add_func ("/utp/foes/silence", test_silence);
  g_test_add_func ("/utp/foes/stall", test_stall);
  g_test_add_func ("/utp/foes/garbled", test_garbled);
  return g_test_run ();
}
