/* hand.h - one machine of uTP, and the other side by hand
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "utp/bt-utp.h"

#include <string.h>

G_BEGIN_DECLS

#define HAND_SECOND_US G_GINT64_CONSTANT (1000000)
/* Both sides' numbers wrap soon. */
#define HAND_ID        0xffff
#define HAND_OUR_NR    0xfffc  /* the machine's first */
#define HAND_THEIR_NR  0xfffa  /* of the hand's first data */
#define HAND_WINDOW    (1024 * 1024)

typedef struct
{
  BtBlockPool  *pool;      /* owned */
  BtUtp        *utp;       /* owned */
  gint64        now_us;
  BtUtpDatagram datagram;  /* the last that came out */
  BtUtpPacket   packet;    /* and what it says */
  guint32       window;    /* what the hand says of its own */
  guint32       difference_us;
  guint16       max_datagram_bytes;
} Hand;

static inline void
hand_init (Hand    *hand,
           guint64  pool_bytes)
{
  *hand = (Hand) { .pool = bt_block_pool_new (pool_bytes),
                   .now_us = 1000 * HAND_SECOND_US,
                   .window = HAND_WINDOW,
                   .difference_us = 5000,
                   .max_datagram_bytes = BT_UTP_MIN_DATAGRAM_BYTES_IPV4 };
}

static inline void
hand_clear (Hand *hand)
{
  bt_utp_free (hand->utp);
  bt_block_pool_free (hand->pool);
}

/* Takes the next datagram, as the other side would. */
static inline gboolean
hand_take (Hand *hand)
{
  if (!bt_utp_next_packet (hand->utp, hand->now_us, &hand->datagram))
    return FALSE;
  g_assert_true (hand->datagram.type == BT_UTP_DATA ||
                 bt_utp_packet_parse (hand->datagram.head, hand->datagram.n_head, &hand->packet));
  return TRUE;
}

static inline guint
hand_take_all (Hand *hand)
{
  guint n = 0;

  while (hand_take (hand))
    n++;
  return n;
}

static inline BtUtpPacket
hand_make (Hand      *hand,
           BtUtpType  type,
           guint16    seq_nr,
           guint16    ack_nr)
{
  return (BtUtpPacket) { .type = (guint8) type,
                         .connection_id = bt_utp_get_receive_id (hand->utp),
                         .timestamp_us = (guint32) hand->now_us,
                         .difference_us = hand->difference_us,
                         .window_bytes = hand->window,
                         .seq_nr = seq_nr,
                         .ack_nr = ack_nr };
}

static inline BtUtpEvents
hand_say (Hand        *hand,
          BtUtpPacket  packet)
{
  g_assert_true (bt_utp_matches (hand->utp, &packet));
  return bt_utp_receive (hand->utp, &packet, hand->now_us);
}

/* `at`: how many packets came before it. */
static inline BtUtpEvents
hand_say_data (Hand       *hand,
               BtUtpType   type,
               guint       at,
               const char *text)
{
  BtUtpPacket packet = hand_make (hand, type, (guint16) (HAND_THEIR_NR + at), HAND_OUR_NR);

  packet.payload = (const guint8 *) text;
  packet.n_payload = strlen (text);
  return hand_say (hand, packet);
}

/* Time passes, a due time at a time, for so long; what is due to be sent is taken. Returns what happened. */
static inline BtUtpEvents
hand_wait (Hand   *hand,
           gint64  for_us,
           guint  *out_n_sent)
{
  gint64 until_us = hand->now_us + for_us;
  BtUtpEvents events = 0;
  guint n_sent = hand_take_all (hand);

  while (bt_utp_get_timeout_us (hand->utp) <= until_us)
    {
      hand->now_us = MAX (bt_utp_get_timeout_us (hand->utp), hand->now_us);
      events |= bt_utp_tick (hand->utp, hand->now_us);
      n_sent += hand_take_all (hand);
    }
  hand->now_us = until_us;
  if (out_n_sent != NULL)
    *out_n_sent = n_sent;
  return events;
}

/* A connection that the machine made: its next number is HAND_OUR_NR + 1, the hand's HAND_THEIR_NR. */
static inline void
hand_connect (Hand *hand)
{
  BtUtpConfig config = { .pool = hand->pool,
                         .family = BT_FAMILY_IPV4,
                         .max_datagram_bytes = hand->max_datagram_bytes };

  hand->utp = bt_utp_new_outgoing (&config, HAND_ID, HAND_OUR_NR,
                                   hand->now_us);
  g_assert_true (hand_take (hand));
  g_assert_cmpuint (hand->packet.type, ==, BT_UTP_SYN);
  hand->now_us += 20000;
  g_assert_cmpuint (hand_say (hand, hand_make (hand, BT_UTP_STATE, HAND_THEIR_NR, HAND_OUR_NR)),
                    ==, BT_UTP_EVENT_CONNECTED);
  hand_take_all (hand);
}

static inline gsize
hand_write (Hand  *hand,
            gsize  n_bytes)
{
  g_autofree guint8 *bytes = g_malloc0 (n_bytes);

  return bt_utp_write (hand->utp, bytes, n_bytes);
}

static inline BtUtpFacts
hand_facts (Hand *hand)
{
  BtUtpFacts facts;

  bt_utp_get_facts (hand->utp, &facts);
  return facts;
}

G_END_DECLS
