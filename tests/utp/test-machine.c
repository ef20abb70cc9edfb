/* test-machine.c - how a connection of uTP begins, what it does with time and sizes, and how it ends
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "hand.h"
#include "link.h"

#define POOL_BYTES (64 * 1024 * 1024)
#define MS(n)      ((n) * LINK_MS)

static gboolean
lose_some (Link          *link,
           const LinkEnd *from,
           guint8        *bytes,
           gsize         *n_bytes G_GNUC_UNUSED)
{
  /* The first SYN, and the first answer. */
  if (from->is_forward ? bytes[0] >> 4 == BT_UTP_SYN : bytes[0] >> 4 == BT_UTP_STATE)
    return link->n_wire[!from->is_forward]++ >= 1;
  return TRUE;
}

static void
test_handshake_lost (void)
{
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };
  Link *link = link_new (1);
  LinkFlow *flow = link_add_flow (link, &config);
  BtUtp *first;

  link->paths[0].delay_us = link->paths[1].delay_us = MS (10);
  link->wire_func = lose_some;
  flow->ends[0].n_to_write = flow->ends[1].n_to_write = 10000;
  link_run (link, 5 * LINK_SECOND_US);
  first = flow->ends[1].utp;
  g_assert_nonnull (first);
  link_run (link, 15 * LINK_SECOND_US);
  /* Repeated, it is still the same connection. */
  g_assert_true (flow->ends[1].utp == first);
  g_assert_cmpuint (link->n_wire[0], >=, 3);
  g_assert_cmpuint (flow->ends[0].n_read, ==, 10000);
  g_assert_cmpuint (flow->ends[1].n_read, ==, 10000);
  link_free (link);
}

static void
test_syn (void)
{
  Hand hand;
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };

  hand_init (&hand, POOL_BYTES);
  config.pool = hand.pool;
  hand.utp = bt_utp_new_outgoing (&config, HAND_ID, HAND_OUR_NR, hand.now_us);
  g_assert_cmpuint (bt_utp_get_receive_id (hand.utp), ==, HAND_ID);
  g_assert_cmpuint (bt_utp_get_send_id (hand.utp), ==, 0);
  g_assert_true (hand_take (&hand));
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_SYN);
  g_assert_cmpuint (hand.packet.connection_id, ==, HAND_ID);
  g_assert_cmpuint (hand.packet.seq_nr, ==, HAND_OUR_NR);
  g_assert_false (hand_take (&hand));

  /* What overtook the answer may not be the first: it has to come again. */
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 0, "early"), ==, 0);
  g_assert_cmpuint (bt_utp_get_state (hand.utp), ==, BT_UTP_SYN_SENT);
  hand.now_us += 30000;
  g_assert_cmpuint (hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, 5)), ==, 0);
  g_assert_cmpuint (hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR)),
                    ==, BT_UTP_EVENT_CONNECTED);
  g_assert_cmpuint (bt_utp_get_rtt_us (hand.utp), ==, 30000);
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_STATE);
  g_assert_cmpuint (hand.packet.connection_id, ==, 0);
  g_assert_cmpuint (hand.packet.ack_nr, ==, HAND_THEIR_NR - 1);
  g_assert_cmpuint (hand.packet.difference_us, ==, 0);
  hand_clear (&hand);
}

static void
test_syn_with_payload (void)
{
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };
  BtUtpPacket syn = { .type = BT_UTP_SYN,
                      .connection_id = HAND_ID,
                      .seq_nr = HAND_THEIR_NR - 1,
                      .window_bytes = HAND_WINDOW,
                      .payload = (const guint8 *) "hello ",
                      .n_payload = 6 };
  guint8 out[32];
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  config.pool = hand.pool;
  hand.utp = bt_utp_new_incoming (&config, &syn, HAND_OUR_NR + 1, hand.now_us);
  hand_take_all (&hand);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 0, "world"), ==,
                    BT_UTP_EVENT_CONNECTED | BT_UTP_EVENT_READABLE);
  g_assert_cmpmem (out, bt_utp_read (hand.utp, out, sizeof out), "hello world", 11);
  hand_clear (&hand);
  syn.type = BT_UTP_DATA;
  g_assert_null (bt_utp_new_incoming (&config, &syn, 1, 0));
}

/* One acknowledgement for a batch; with a gap, it says what is here. */
static void
test_acks (void)
{
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  for (guint i = 0; i < 5; i++)
    hand_say_data (&hand, BT_UTP_DATA, i, "x");
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.ack_nr, ==, (guint16) (HAND_THEIR_NR + 4));
  g_assert_cmpuint (hand.packet.n_sack, ==, 0);
  g_assert_cmpuint (hand.packet.window_bytes, ==, 1024 * 1024 - 5);

  hand_say_data (&hand, BT_UTP_DATA, 6, "x");
  hand_say_data (&hand, BT_UTP_DATA, 14, "x");
  hand_say_data (&hand, BT_UTP_DATA, 38, "x");
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.ack_nr, ==, (guint16) (HAND_THEIR_NR + 4));
  g_assert_cmpmem (hand.packet.sack, hand.packet.n_sack, "\1\1\0\0\1\0\0\0", 8);
  /* Twice the same. */
  hand_say_data (&hand, BT_UTP_DATA, 14, "x");
  hand_say_data (&hand, BT_UTP_DATA, 2, "x");
  g_assert_cmpuint (hand_facts (&hand).n_duplicates, ==, 2);
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  hand_say_data (&hand, BT_UTP_DATA, 5, "x");
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.ack_nr, ==, (guint16) (HAND_THEIR_NR + 6));
  g_assert_cmpuint (bt_utp_get_n_readable (hand.utp), ==, 7);
  hand_clear (&hand);
}

/* What came out of order has taken all the room: the one that all wait for is taken nevertheless. */
static void
test_full_but_one (void)
{
  static char text[1001];
  static guint8 out[2 * 1024 * 1024];
  guint32 room;
  Hand hand;
  guint n = 1;

  memset (text, 'x', 1000);
  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  room = hand_facts (&hand).receive_window_bytes;
  for (; hand_facts (&hand).receive_window_bytes >= 1000; n++)
    hand_say_data (&hand, BT_UTP_DATA, n, text);
  g_assert_cmpuint (room - hand_facts (&hand).receive_window_bytes, ==, (n - 1) * 1000);
  hand_say_data (&hand, BT_UTP_DATA, n, text);
  g_assert_cmpuint (hand_facts (&hand).n_dropped, ==, 1);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 0, text), ==, BT_UTP_EVENT_READABLE);
  g_assert_cmpuint (hand_facts (&hand).receive_window_bytes, ==, 0);
  /* One too many is enough. */
  hand_say_data (&hand, BT_UTP_DATA, n, text);
  g_assert_cmpuint (hand_facts (&hand).n_dropped, ==, 2);
  g_assert_cmpuint (bt_utp_read (hand.utp, out, sizeof out), ==, n * 1000);
  hand_say_data (&hand, BT_UTP_DATA, n, text);
  g_assert_cmpuint (bt_utp_get_n_readable (hand.utp), ==, 1000);
  hand_clear (&hand);
}

/* An ack that was overtaken says nothing of the room there is now. */
static void
test_old_window (void)
{
  BtUtpPacket early;
  BtUtpPacket late;
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 2000);
  hand_take_all (&hand);
  early = hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR);
  hand.now_us += 1000;
  hand.window = 1000;
  late = hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR);
  hand_say (&hand, late);
  g_assert_cmpuint (hand_facts (&hand).peer_window_bytes, ==, 1000);
  hand_say (&hand, early);
  g_assert_cmpuint (hand_facts (&hand).peer_window_bytes, ==, 1000);
  /* Unless it acknowledges more, or its clock was set back. */
  early.timestamp_us -= 10 * HAND_SECOND_US;
  hand_say (&hand, early);
  g_assert_cmpuint (hand_facts (&hand).peer_window_bytes, ==, HAND_WINDOW);
  late.timestamp_us = early.timestamp_us - 1000;
  late.ack_nr++;
  hand_say (&hand, late);
  g_assert_cmpuint (hand_facts (&hand).peer_window_bytes, ==, 1000);
  hand_clear (&hand);
}

/* Three duplicate acks (BEP 29), from somebody without selective ones. */
static void
test_fast_resend (void)
{
  Hand hand;
  BtUtpPacket ack;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 4000);
  g_assert_cmpuint (hand_take_all (&hand), ==, 8);
  hand.now_us += 20000;
  ack = hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR);
  for (guint i = 0; i < 2; i++)
    hand_say (&hand, ack);
  g_assert_cmpuint (hand_take_all (&hand), ==, 0);
  hand_say (&hand, ack);
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.datagram.seq_nr, ==, (guint16) (HAND_OUR_NR + 1));
  g_assert_cmpuint (hand_facts (&hand).cwnd_bytes, ==, 4 * 1472 / 2);
  /* Halved once, however often it is said. */
  for (guint i = 0; i < 20; i++)
    hand_say (&hand, ack);
  g_assert_cmpuint (hand_facts (&hand).cwnd_bytes, ==, 4 * 1472 / 2);
  hand_clear (&hand);
}

/* Many are in flight, and an ack of none of them has an empty mask of four bytes. Returns how many are held to be
 * lost. */
static guint
lose_by_empty_mask (gboolean is_idle)
{
  static const guint8 mask[4];
  BtUtpPacket ack;
  Hand hand;
  guint16 ack_nr = HAND_OUR_NR;
  guint n_lost;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 100000);
  /* The window doubles. */
  for (guint i = 0; i < 3; i++)
    {
      guint n_sent = hand_take_all (&hand);

      hand.now_us += 20000;
      ack_nr = (guint16) (ack_nr + n_sent);
      ack = hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, ack_nr);
      if (is_idle && i == 0)
        {
          ack.ack_nr = HAND_OUR_NR;
          ack.sack = mask;
          ack.n_sack = sizeof mask;
          hand_say (&hand, ack);
          ack = hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, ack_nr);
        }
      hand_say (&hand, ack);
    }
  g_assert_cmpuint (hand_take_all (&hand), >, 40);
  hand.now_us += 20000;
  ack = hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, ack_nr);
  ack.sack = mask;
  ack.n_sack = sizeof mask;
  hand_say (&hand, ack);
  n_lost = (guint) hand_facts (&hand).n_lost;
  hand_clear (&hand);
  return n_lost;
}

/* It says that something behind it has come; unless it is always sent, which shows when nothing is behind it. */
static void
test_empty_mask (void)
{
  /* The one that all wait for, and those of the mask, but the last two, which may only have been overtaken. */
  g_assert_cmpuint (lose_by_empty_mask (FALSE), ==, 1 + 32 - 2);
  g_assert_cmpuint (lose_by_empty_mask (TRUE), ==, 0);
}

static void
test_timeout (void)
{
  Hand hand;
  guint n_sent;
  gint64 due_us;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 4000);
  hand_take_all (&hand);
  due_us = hand.now_us + 500000;
  /* One of the tail is sent again soon, after 50, 150 and 350 ms, then everything, one packet first. */
  hand_wait (&hand, 49000, &n_sent);
  g_assert_cmpuint (n_sent, ==, 0);
  hand_wait (&hand, 2000, &n_sent);
  g_assert_cmpuint (n_sent, ==, 1);
  g_assert_cmpuint (hand.datagram.seq_nr, ==, (guint16) (HAND_OUR_NR + 8));
  hand_wait (&hand, 448000, &n_sent);
  g_assert_cmpuint (n_sent, ==, 2);
  g_assert_cmpuint (hand.datagram.seq_nr, ==, (guint16) (HAND_OUR_NR + 6));
  g_assert_cmpint (bt_utp_get_timeout_us (hand.utp), ==, due_us);
  hand_wait (&hand, 2000, &n_sent);
  g_assert_cmpuint (n_sent, ==, 1);
  g_assert_cmpuint (hand.datagram.seq_nr, ==, (guint16) (HAND_OUR_NR + 1));
  g_assert_cmpuint (hand_facts (&hand).cwnd_bytes, ==, 548);
  g_assert_cmpint (bt_utp_get_timeout_us (hand.utp), ==, due_us + 1000000);
  g_assert_cmpuint (bt_utp_get_n_unanswered (hand.utp), ==, 1);
  /* Everything waits for the first, so it is the first each time. */
  hand_wait (&hand, 1000000, &n_sent);
  g_assert_cmpuint (n_sent, ==, 1);
  g_assert_cmpuint (hand.datagram.seq_nr, ==, (guint16) (HAND_OUR_NR + 1));
  g_assert_cmpuint (bt_utp_get_n_unanswered (hand.utp), ==, 2);
  hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR, (guint16) (HAND_OUR_NR + 1)));
  g_assert_cmpuint (bt_utp_get_n_unanswered (hand.utp), ==, 0);
  g_assert_cmpuint (hand_take_all (&hand), ==, 2);
  hand_clear (&hand);
}

static void
test_keep_alive (void)
{
  Hand hand;
  guint n_sent;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  g_assert_cmpuint (hand_wait (&hand, 28 * HAND_SECOND_US, &n_sent), ==, 0);
  g_assert_cmpuint (n_sent, ==, 0);
  hand_wait (&hand, 2 * HAND_SECOND_US, &n_sent);
  g_assert_cmpuint (n_sent, ==, 1);
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_STATE);
  hand_wait (&hand, 290 * HAND_SECOND_US, &n_sent);
  g_assert_cmpuint (n_sent, ==, 10);
  hand_clear (&hand);
}

/* The end comes when all before it came, and what is left is read first. */
static void
test_fin (void)
{
  guint8 out[16];
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_FIN, 2, ""), ==, 0);
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 1, "b"), ==, 0);
  g_assert_false (bt_utp_is_eof (hand.utp));
  g_assert_cmpuint (hand_say_data (&hand, BT_UTP_DATA, 0, "a"), ==, BT_UTP_EVENT_READABLE);
  g_assert_false (bt_utp_is_eof (hand.utp));
  g_assert_cmpmem (out, bt_utp_read (hand.utp, out, sizeof out), "ab", 2);
  g_assert_true (bt_utp_is_eof (hand.utp));
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.ack_nr, ==, (guint16) (HAND_THEIR_NR + 2));

  /* What was written goes before our own, and it is over when that is acknowledged. */
  hand_write (&hand, 100);
  bt_utp_close (hand.utp, hand.now_us);
  g_assert_cmpuint (hand_write (&hand, 100), ==, 0);
  g_assert_cmpuint (hand_take_all (&hand), ==, 2);
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_FIN);
  g_assert_cmpuint (hand_say (&hand, hand_make (&hand, BT_UTP_STATE, (guint16) (HAND_THEIR_NR + 3),
                                                (guint16) (HAND_OUR_NR + 1))), ==, 0);
  g_assert_cmpuint (hand_say (&hand, hand_make (&hand, BT_UTP_STATE, (guint16) (HAND_THEIR_NR + 3),
                                                (guint16) (HAND_OUR_NR + 2))),
                    ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_DONE);
  hand_clear (&hand);
}

static void
test_linger (void)
{
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 100000);
  bt_utp_close (hand.utp, hand.now_us);
  g_assert_cmpuint (hand_wait (&hand, BT_UTP_LINGER_US + 1, NULL), ==, BT_UTP_EVENT_CLOSED);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_FLED);
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_RESET);
  g_assert_cmpuint (bt_block_pool_get_n_used (hand.pool), ==, 0);
  hand_clear (&hand);
}

static void
test_abort (void)
{
  Hand hand;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 100000);
  bt_utp_abort (hand.utp);
  g_assert_cmpuint (bt_utp_get_reason (hand.utp), ==, BT_UTP_REASON_ABORTED);
  g_assert_cmpuint (hand_take_all (&hand), ==, 1);
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_RESET);
  g_assert_cmpuint (hand.packet.connection_id, ==, (guint16) (HAND_ID + 1));
  hand_clear (&hand);
}

/* What the kernel did not take comes again, in the same order, and was never sent. */
static void
test_take_back (void)
{
  BtUtpDatagram datagrams[8];
  Hand hand;
  BtUtpFacts before;

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  before = hand_facts (&hand);
  hand_write (&hand, 4000);
  for (guint i = 0; i < 8; i++)
    {
      g_assert_true (hand_take (&hand));
      datagrams[i] = hand.datagram;
    }
  for (guint i = 8; i-- > 2;)
    bt_utp_take_back (hand.utp, &datagrams[i]);
  g_assert_cmpuint (hand_facts (&hand).flight_bytes, ==, 2 * 548);
  g_assert_cmpuint (hand_facts (&hand).n_sent, ==, before.n_sent + 2);
  for (guint i = 2; i < 8; i++)
    {
      g_assert_true (hand_take (&hand));
      g_assert_cmpuint (hand.datagram.seq_nr, ==, datagrams[i].seq_nr);
      g_assert_cmpuint (hand.datagram.n_bytes, ==, datagrams[i].n_bytes);
    }
  g_assert_false (hand_take (&hand));
  g_assert_cmpuint (hand_facts (&hand).n_resent, ==, 0);

  hand_say_data (&hand, BT_UTP_DATA, 0, "x");
  g_assert_true (hand_take (&hand));
  bt_utp_take_back (hand.utp, &hand.datagram);
  g_assert_true (hand_take (&hand));
  g_assert_cmpuint (hand.packet.type, ==, BT_UTP_STATE);
  hand_clear (&hand);
}

/* The kernel knows the path, or an ICMP message that anybody may have sent says so. */
static void
test_too_long (void)
{
  BtUtpDatagram probe;
  Hand hand;
  guint32 flight_bytes;

  hand_init (&hand, POOL_BYTES);
  hand.max_datagram_bytes = 1400;
  hand_connect (&hand);
  hand_write (&hand, 4000);
  g_assert_true (hand_take (&hand));
  g_assert_false (hand.datagram.is_probe);
  g_assert_true (hand_take (&hand));
  g_assert_true (hand.datagram.is_probe);
  g_assert_cmpuint (hand.datagram.n_bytes, ==, 1400);
  bt_utp_message_too_long (hand.utp, &hand.datagram, hand.now_us);
  g_assert_true (hand_take (&hand));
  g_assert_true (hand.datagram.is_probe);
  g_assert_cmpuint (hand.datagram.n_bytes, <, 1000);
  g_assert_cmpuint (hand.datagram.seq_nr, ==, (guint16) (HAND_OUR_NR + 2));
  probe = hand.datagram;
  g_assert_true (hand_take (&hand));
  g_assert_false (hand.datagram.is_probe);
  /* It is not the last, but it was only padded. */
  bt_utp_message_too_long (hand.utp, &probe, hand.now_us);
  g_assert_true (hand_take (&hand));
  g_assert_cmpuint (hand.datagram.seq_nr, ==, probe.seq_nr);
  g_assert_cmpuint (hand.datagram.n_bytes, ==, 548);
  g_assert_false (hand.datagram.is_probe);
  g_assert_false (hand.datagram.may_fragment);
  /* And nothing helps if not even that is taken. */
  flight_bytes = hand_facts (&hand).flight_bytes;
  bt_utp_message_too_long (hand.utp, &hand.datagram, hand.now_us);
  g_assert_cmpuint (hand_facts (&hand).flight_bytes, ==, flight_bytes);
  g_assert_cmpuint (hand_facts (&hand).datagram_bytes, ==, 548);
  hand_clear (&hand);

  hand_init (&hand, POOL_BYTES);
  hand_connect (&hand);
  hand_write (&hand, 400);
  g_assert_true (hand_take (&hand));
  bt_utp_message_too_long (hand.utp, &hand.datagram, hand.now_us);
  g_assert_cmpuint (hand_facts (&hand).datagram_bytes, ==, 548);
  g_assert_cmpuint (hand_take_all (&hand), ==, 0);
  hand_clear (&hand);
}

/* The path is found to carry less when a packet of full size has gone: that one cannot be cut again. */
static void
test_too_long_now (void)
{
  BtUtpDatagram full;
  Hand hand;
  guint32 flight_bytes;
  guint n_taken;

  hand_init (&hand, POOL_BYTES);
  hand.max_datagram_bytes = 1400;
  hand_connect (&hand);
  hand_write (&hand, 20000);
  n_taken = hand_take_all (&hand);
  g_assert_cmpuint (n_taken, >, 2);
  hand_say (&hand, hand_make (&hand, BT_UTP_STATE, HAND_THEIR_NR - 1,
                              (guint16) (HAND_OUR_NR + n_taken)));
  g_assert_cmpuint (hand_facts (&hand).datagram_bytes, ==, 1400);
  g_assert_true (hand_take (&hand));
  full = hand.datagram;
  g_assert_cmpuint (full.n_bytes, ==, 1400);
  g_assert_true (hand_take (&hand));
  bt_utp_message_too_long (hand.utp, &full, hand.now_us);
  g_assert_true (hand_take (&hand));
  g_assert_cmpuint (hand.datagram.seq_nr, ==, full.seq_nr);
  g_assert_cmpuint (hand.datagram.n_bytes, ==, full.n_bytes);
  g_assert_true (hand.datagram.may_fragment);
  /* And nothing helps if not even that does. */
  flight_bytes = hand_facts (&hand).flight_bytes;
  bt_utp_message_too_long (hand.utp, &hand.datagram, hand.now_us);
  g_assert_cmpuint (hand_facts (&hand).flight_bytes, ==, flight_bytes);
  hand_clear (&hand);
}

/* Also where fragments are never made, or never arrive: what a probe that was lost carries goes in one that fits. */
static void
test_mtu (void)
{
  static const guint paths[] = { 548, 600, 1000, 1200, 1371, 1472 };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (paths); i++)
    {
      guint path_bytes = paths[i / 2];
      BtUtpConfig config = { .family = BT_FAMILY_IPV4 };
      Link *link = link_new (i);
      LinkFlow *flow = link_add_flow (link, &config);
      BtUtpFacts facts;

      link->paths[0] = (LinkPath) { .bps = 1000000,
                                    .queue_bytes = 200000,
                                    .delay_us = MS (10),
                                    .mtu_bytes = path_bytes,
                                    .never_fragments = i % 2 == 1 };
      link->paths[1].delay_us = MS (10);
      flow->ends[0].n_to_write = 10000000;
      link_run (link, 20 * LINK_SECOND_US);
      bt_utp_get_facts (flow->ends[0].utp, &facts);
      g_test_message ("path %u: %u", path_bytes, facts.datagram_bytes);
      g_assert_cmpuint (facts.datagram_bytes, <=, path_bytes);
      g_assert_cmpuint (facts.datagram_bytes + 16, >=, path_bytes);
      g_assert_cmpuint (facts.n_timeouts, ==, 0);
      g_assert_cmpuint (flow->ends[1].n_read, ==, 10000000);
      link_free (link);
    }
}

/* The path becomes narrower, and nobody says so: what is in flight is fragmented, what follows is smaller. */
static void
test_black_hole (void)
{
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };
  Link *link = link_new (9);
  LinkFlow *flow = link_add_flow (link, &config);
  BtUtpFacts facts;

  link->paths[0] = (LinkPath) { .bps = 1000000, .queue_bytes = 200000, .delay_us = MS (10) };
  link->paths[1].delay_us = MS (10);
  flow->ends[0].n_to_write = 20000000;
  link_run (link, 5 * LINK_SECOND_US);
  bt_utp_get_facts (flow->ends[0].utp, &facts);
  g_assert_cmpuint (facts.datagram_bytes, ==, 1472);
  link->paths[0].mtu_bytes = 900;
  link_run (link, 30 * LINK_SECOND_US);
  bt_utp_get_facts (flow->ends[0].utp, &facts);
  g_assert_cmpuint (facts.datagram_bytes, <=, 900);
  g_assert_cmpuint (facts.datagram_bytes, >=, 884);
  g_assert_cmpuint (flow->ends[1].n_read, ==, 20000000);
  link_free (link);
}

/* The link is gone for a while, shorter than anybody gives up. */
static void
test_outage (void)
{
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };
  Link *link = link_new (10);
  LinkFlow *flow = link_add_flow (link, &config);

  link->paths[0] = (LinkPath) { .bps = 1000000, .queue_bytes = 200000, .delay_us = MS (10) };
  link->paths[1].delay_us = MS (10);
  flow->ends[0].n_to_write = 10000000;
  link_run (link, 2 * LINK_SECOND_US);
  link->paths[0].is_cut = link->paths[1].is_cut = TRUE;
  link_run (link, 25 * LINK_SECOND_US);
  link->paths[0].is_cut = link->paths[1].is_cut = FALSE;
  link_run (link, 40 * LINK_SECOND_US);
  g_assert_cmpuint (flow->ends[1].n_read, ==, 10000000);
  link_free (link);
}

/* With a pool that holds next to nothing all connections go on. */
static void
test_small_pool (void)
{
  BtUtpConfig config = { .family = BT_FAMILY_IPV4 };
  Link *link = link_new (11);
  BtBlockPool *pool = link->pool;

  link->pool = bt_block_pool_new (32 * 16384);
  link->paths[0] = (LinkPath) { .delay_us = MS (5), .loss_permille = 10, .jitter_us = MS (5) };
  link->paths[1] = link->paths[0];
  for (guint i = 0; i < 20; i++)
    link_add_flow (link, &config)->ends[0].n_to_write = 500000;
  for (guint i = 0; i < 3000; i++)
    {
      link_run (link, MS (100));
      /* What each has a right to, of three kinds. */
      g_assert_cmpuint (bt_block_pool_get_n_used (link->pool), <=, 32 + 20 * 2 * (4 + 4 + 2));
    }
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (((LinkFlow *) link->flows->pdata[i])->ends[1].n_read, ==, 500000);
  link_free (link);
  bt_block_pool_free (pool);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/utp/machine/handshake-lost", test_handshake_lost);
  g_test_add_func ("/utp/machine/syn", test_syn);
  g_test_add_func ("/utp/machine/syn-with-payload", test_syn_with_payload);
  g_test_add_func ("/utp/machine/acks", test_acks);
  g_test_add_func ("/utp/machine/full-but-one", test_full_but_one);
  g_test_add_func ("/utp/machine/old-window", test_old_window);
  g_test_add_func ("/utp/machine/fast-resend", test_fast_resend);
  g_test_add_func ("/utp/machine/empty-mask", test_empty_mask);
  g_test_add_func ("/utp/machine/timeout", test_timeout);
  g_test_add_func ("/utp/machine/keep-alive", test_keep_alive);
  g_test_add_func ("/utp/machine/fin", test_fin);
  g_test_add_func ("/utp/machine/linger", test_linger);
  g_test_add_func ("/utp/machine/abort", test_abort);
  g_test_add_func ("/utp/machine/take-back", test_take_back);
  g_test_add_func ("/utp/machine/too-long", test_too_long);
  g_test_add_func ("/utp/machine/too-long-now", test_too_long_now);
  g_test_add_func ("/utp/machine/mtu", test_mtu);
  g_test_add_func ("/utp/machine/black-hole", test_black_hole);
  g_test_add_func ("/utp/machine/outage", test_outage);
  g_test_add_func ("/utp/machine/small-pool", test_small_pool);
  return g_test_run ();
}
