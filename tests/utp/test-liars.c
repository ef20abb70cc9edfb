/* test-liars.c - what the other side or somebody in between lies about, at length: what it costs is counted
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "hand.h"

#include "utp/bt-utp-private.h"

#define POOL_BYTES (64 * 1024 * 1024)

/* Of all the numbers that a reset may name, those of what may be on its way alone are believed: somebody who sees
 * nothing has to guess one of these, and the id, too. */
static void
test_blind_resets (void)
{
  guint n_believed = 0;
  Hand hand = { .utp = NULL };

  for (guint nr = 0; nr <= G_MAXUINT16; nr++)
    {
      BtUtpPacket reset;

      if (hand.utp == NULL)
        {
          hand_init (&hand, POOL_BYTES);
          hand_connect (&hand);
          hand_write (&hand, 1000);
          g_assert_cmpuint (hand_take_all (&hand), ==, 2);
        }
      reset = hand_make (&hand, BT_UTP_RESET, 1, (guint16) nr);
      if (hand_say (&hand, reset) != BT_UTP_EVENT_CLOSED)
        continue;
      n_believed++;
      hand_clear (&hand);
      hand.utp = NULL;
    }
  /* What was acknowledged last, the two in flight, and the next, which our acknowledgements carry. */
  g_assert_cmpuint (n_believed, ==, 4);
  if (hand.utp != NULL)
    hand_clear (&hand);
}

/* An end that is made up, far ahead or behind, ends nothing. */
static void
test_blind_ends (void)
{
  static const guint16 numbers[] = { (guint16) -1, (guint16) -100, 0x4000, 0x8000 };
  guint8 byte;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      BtUtpPacket end = hand_make (&hand, BT_UTP_FIN, (guint16) (HAND_THEIR_NR + numbers[i]),
                                   HAND_OUR_NR);

      g_assert_cmpuint (hand_say (&hand, end), ==, 0);
      g_assert_false (bt_utp_is_eof (hand.utp));
    }
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 0, "x"), ==, BT_UTP_EVENT_READABLE);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_FIN, 1, ""), ==, BT_UTP_EVENT_READABLE);
  g_assert_cmpuint (bt_utp_read (hand.utp, &byte, 1), ==, 1);
  g_assert_true (bt_utp_is_eof (hand.utp));
  hand_clear (&hand);
}

/* A packet a hundred times is answered once for a turn, and read once. */
static void
test_duplicates (void)
{
  guint8 out[16];
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  for (guint turn = 0; turn < 3; turn++)
    {
      for (guint i = 0; i < 100; i++)
        {
          hand_say_data (&hand, BT_UTP_DATA, 0, "a");
          hand_say_data (&hand, BT_UTP_DATA, 2, "c");
        }
      g_assert_cmpuint (hand_take_all (&hand), ==, 1);
    }
  g_assert_cmpuint (hand_facts (&hand).n_duplicates, ==, 2 * (3 * 100 - 1));
  g_assert_cmpuint (hand.utp->reorder.n_packets, ==, 1);
  g_assert_cmpmem (out, bt_utp_read (hand.utp, out, sizeof out), "a", 1);
  hand_clear (&hand);
}

/* One small packet, as far ahead as it may be, for each of very many connections: what each costs. */
static void
test_far_ahead (void)
{
  gsize n_ring_bytes = 0;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  for (guint at = 1; at < 0x8000; at++)
    hand_say_data (&hand, BT_UTP_DATA, at, at % 64 == 0 ? "x" : "");
  n_ring_bytes = hand.utp->reorder.n_ring * sizeof (BtUtpKept);
  g_test_message ("%" G_GSIZE_FORMAT " bytes of ring", n_ring_bytes);
  g_assert_cmpuint (n_ring_bytes, <=, 32 * 1024);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), <=, 1);
  hand_clear (&hand);
}

/* Whoever says for ever that there is no room is left after a while, however often it answers. */
static void
test_no_window (void)
{
  static const guint32 windows[] = { 0, 1, 20 };

  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      gint64 began_us;
      BtUtpEvents events = 0;
      guint n_sent = 0;
      guint n = 0;
      Hand hand;

      hand_init (&hand, POOL_BYTES);
      hand.window = windows[i];
      hand_connect (&hand);
      began_us = hand.now_us;
      hand_write (&hand, 100000);
      while (events == 0 && hand.now_us - began_us < 1000 * HAND_SECOND_US)
        {
          events = hand_wait (&hand, HAND_SECOND_US, &n);
          n_sent += n;
          if (events == 0)
            hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR));
        }
      g_test_message ("window %u: %u packets in %" G_GINT64_FORMAT " s", windows[i], n_sent,
                      (hand.now_us - began_us) / HAND_SECOND_US);
      g_assert_cmpuint (events, ==, BT_UTP_EVENT_CLOSED);
      g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_TIMED_OUT);
      g_assert_cmpuint (n_sent, <=, 700);
      g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), ==, 0);
      hand_clear (&hand);
    }
}

/* Who takes nothing makes us keep only so much of what is written to it. */
static void
test_never_reads (void)
{
  Hand hand;
  gsize n_taken = 0;

  hand_init (&hand, POOL_BYTES);
  hand.window = G_MAXUINT32;
  hand_connect (&hand);
  for (guint i = 0; i < 1000; i++)
    {
      n_taken += hand_write (&hand, 1024 * 1024);
      hand_take_all (&hand);
    }
  g_assert_cmpuint (n_taken, ==, BT_UTP_FIRST_SEND);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), <=, BT_UTP_FIRST_SEND / 16384 + 1);
  hand_clear (&hand);
}

/* Round trips of 20 ms, each acknowledging all; before the one with this index, `lie` is said once. */
static guint32
run_with_lie (guint   index,
              guint32 lie_us,
              guint   n_rounds)
{
  BtUtpFacts facts = { 0 };
  guint16 nr = HAND_OUR_NR;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand.difference_us = 500000;
  hand_connect (&hand);
  for (guint i = 0; i < n_rounds; i++)
    {
      hand_write (&hand, 1024 * 1024);
      hand_take_all (&hand);
      if (hand_facts (&hand).flight_bytes > 0)
        nr = hand.datagram.seq_nr;
      hand.now_us += 20000;
      hand.difference_us = i == index ? lie_us : 500000;
      hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, nr));
    }
  facts = hand_facts (&hand);
  hand_clear (&hand);
  return facts.cwnd_bytes;
}

/* A delay that never was, much shorter or longer than all others, does not make us believe in a queue that is not
 * there: the round trips say that there is none. */
static void
test_poisoned_base (void)
{
  static const guint32 lies[] = { 1, 100, 400000, 600000, 0x7fffffff, 0x80000000, G_MAXUINT32 };
  guint32 honest = run_with_lie (G_MAXUINT, 0, 12);

  g_assert_cmpuint (honest, >, 64 * 1024);
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    g_assert_cmpuint (run_with_lie (2, lies[i], 12), ==, honest);
}

/* Who says that nothing is ever late gets what TCP would give it, and not more: what is lost still counts. */
static void
test_no_delay (void)
{
  guint16 nr = HAND_OUR_NR;
  guint32 before;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand.difference_us = 1;
  hand_connect (&hand);
  for (guint i = 0; i < 8; i++)
    {
      hand_write (&hand, 1024 * 1024);
      hand_take_all (&hand);
      nr = hand.datagram.seq_nr;
      hand.now_us += 20000 + i * 100000;
      hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, nr));
    }
  before = hand_facts (&hand).cwnd_bytes;
  hand_write (&hand, 1024 * 1024);
  g_assert_cmpuint (hand_take_all (&hand), >, 10);
  /* Three that say the same, though more has been sent: the next is lost. */
  hand.now_us += 20000;
  for (guint i = 0; i < 3; i++)
    hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, nr));
  g_assert_cmpuint (hand_facts (&hand).n_lost, ==, 1);
  g_assert_cmpuint (hand_facts (&hand).cwnd_bytes, <=, before / 2 + 1);
  hand_clear (&hand);
}

/* Every packet is said to be too long, the smallest, too (a path's MTU of 68, says a router that is none): each is
 * tried a bounded number of times, and none is cut smaller than what every path carries. */
static void
test_too_long (void)
{
  BtUtpEvents events = 0;
  guint n_sent = 0;
  guint n_small = 0;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand.max_datagram_bytes = BT_UTP_DATAGRAM_BYTES_IPV4;
  hand_connect (&hand);
  hand_write (&hand, 100000);
  for (guint i = 0; i < 300 && events == 0; i++)
    {
      while (hand_take (&hand))
        {
          n_sent++;
          n_small += hand.datagram.type == BT_UTP_DATA &&
                     hand.datagram.n_bytes < BT_UTP_MIN_DATAGRAM_BYTES_IPV4;
          bt_utp_message_too_long (hand.utp, &hand.datagram, hand.now_us);
          g_assert_cmpuint (n_sent, <, 200);
        }
      hand.now_us += HAND_SECOND_US;
      if (bt_utp_get_timeout_us (hand.utp) <= hand.now_us)
        events = bt_utp_tick (hand.utp, hand.now_us);
    }
  g_assert_cmpuint (events, ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_TIMED_OUT);
  g_assert_cmpuint (hand_facts (&hand).datagram_bytes, ==, BT_UTP_MIN_DATAGRAM_BYTES_IPV4);
  g_assert_cmpuint (n_sent, <=, 40);
  g_assert_cmpuint (n_small, ==, 0);
  hand_clear (&hand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/utp/liars/blind-resets", test_blind_resets);
  g_test_add_func ("/utp/liars/blind-ends", test_blind_ends);
  g_test_add_func ("/utp/liars/duplicates", test_duplicates);
  g_test_add_func ("/utp/liars/far-ahead", test_far_ahead);
  g_test_add_func ("/utp/liars/no-window", test_no_window);
  g_test_add_func ("/utp/liars/never-reads", test_never_reads);
  g_test_add_func ("/utp/liars/poisoned-base", test_poisoned_base);
  g_test_add_func ("/utp/liars/no-delay", test_no_delay);
  g_test_add_func ("/utp/liars/too-long", test_too_long);
  return g_test_run ();
}
