/* bt-utp-receive.c - packets of the other side, judged and taken
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-private.h"

/* A packet costs memory for all that are missing before it. */
#define SHORT_BYTES  256
#define MIN_DISTANCE 1024

static BtUtpEvents
drop (BtUtp *utp)
{
  utp->facts.n_dropped++;
  return 0;
}

/* A window that was used up within two round trips holds the other side back. */
static void
grow_window (BtUtp *utp,
             gsize  n_bytes)
{
  gint64 epoch_us = utp->rtt_us > 0 ? (gint64) utp->rtt_us : BT_UTP_GUESSED_RTT_US;

  utp->epoch_bytes += n_bytes;
  if (utp->now_us - utp->epoch_at_us < epoch_us)
    return;
  if (2 * utp->epoch_bytes > utp->receive_limit && utp->now_us - utp->epoch_at_us < 2 * epoch_us &&
      !bt_block_pool_is_high (utp->incoming.pool))
    {
      utp->receive_limit = MIN (2 * utp->receive_limit, utp->max_receive_bytes);
      bt_utp_reorder_set_room (&utp->reorder, utp->receive_limit);
    }
  utp->epoch_at_us = utp->now_us;
  utp->epoch_bytes = 0;
}

/* The packet whose turn it is. FALSE: no memory. */
static gboolean
append (BtUtp        *utp,
        const guint8 *bytes,
        gsize         n_bytes,
        gboolean      is_fin)
{
  /* Nobody reads any more: it is as good as read. */
  if (utp->state != BT_UTP_CLOSING && !bt_utp_bytes_append (&utp->incoming, bytes, n_bytes))
    return FALSE;
  utp->ack_nr++;
  utp->facts.received_payload_bytes += n_bytes;
  utp->is_ended |= is_fin;
  grow_window (utp, n_bytes);
  return TRUE;
}

/* Those behind it that were waiting. */
static void
append_kept (BtUtp *utp)
{
  while (bt_utp_reorder_has (&utp->reorder, (guint16) (utp->ack_nr + 1)))
    {
      guint16 seq_nr = (guint16) (utp->ack_nr + 1);
      gboolean is_fin;
      BtUtpSpan span = bt_utp_reorder_peek (&utp->reorder, seq_nr, &is_fin);

      if (!append (utp, span.bytes, span.n_bytes, is_fin))
        return;
      bt_utp_reorder_drop (&utp->reorder, seq_nr);
    }
}

/* Nothing comes after the end, and there is one end. */
static gboolean
is_end_credible (const BtUtp       *utp,
                 const BtUtpPacket *packet)
{
  if (utp->has_eof)
    return packet->type == BT_UTP_FIN ? packet->seq_nr == utp->eof_nr
                                      : (gint16) (packet->seq_nr - utp->eof_nr) < 0;
  return packet->type != BT_UTP_FIN || utp->reorder.n_packets == 0 ||
         (gint16) (packet->seq_nr - utp->reorder.last_nr) > 0;
}

/* How far before its turn a packet may come: as many as fit into the window, unless they are very short. */
static guint
get_max_distance (const BtUtp *utp)
{
  return CLAMP (utp->receive_limit / SHORT_BYTES, MIN_DISTANCE, BT_UTP_MAX_PACKETS);
}

/* When those behind it have taken all the room, there still is some for the packet whose turn it is: nothing else would
 * ever make room again. */
static gboolean
has_room (const BtUtp *utp,
          guint        distance,
          gsize        n_payload)
{
  gsize n_used = bt_utp_bytes_get_size (&utp->incoming) + utp->reorder.n_bytes;

  if (distance == 0 && utp->reorder.n_packets > 0)
    n_payload = 0;
  return n_used + n_payload <= utp->receive_limit;
}

static BtUtpEvents
take_data (BtUtp             *utp,
           const BtUtpPacket *packet)
{
  guint distance = (guint16) (packet->seq_nr - utp->ack_nr - 1);
  guint16 ack_nr = utp->ack_nr;
  gboolean is_here;

  utp->is_ack_due = TRUE;
  utp->remind_at_us = G_MAXINT64;
  is_here = distance < BT_UTP_MAX_PACKETS && bt_utp_reorder_has (&utp->reorder, packet->seq_nr);
  if (distance > G_MAXINT16 || is_here)
    {
      utp->facts.n_duplicates++;
      /* There may be memory now that there was not. */
      append_kept (utp);
      return utp->ack_nr != ack_nr ? BT_UTP_EVENT_READABLE : 0;
    }
  if (distance >= get_max_distance (utp) || packet->n_payload > BT_UTP_MAX_DATAGRAM_BYTES ||
      !has_room (utp, distance, packet->n_payload) || !is_end_credible (utp, packet))
    return drop (utp);

  if (distance > 0)
    {
      if (!bt_utp_reorder_keep (&utp->reorder, (guint16) (utp->ack_nr + 1), packet))
        return drop (utp);
    }
  else if (!append (utp, packet->payload, packet->n_payload, packet->type == BT_UTP_FIN))
    return drop (utp);
  if (packet->type == BT_UTP_FIN)
    {
      utp->has_eof = TRUE;
      utp->eof_nr = packet->seq_nr;
    }
  if (utp->reorder.n_packets > 0)
    append_kept (utp);
  return utp->ack_nr != ack_nr ? BT_UTP_EVENT_READABLE : 0;
}

static void
note_heard (BtUtp             *utp,
            const BtUtpPacket *packet)
{
  utp->n_silent = 0;
  utp->reply_us = (guint32) utp->now_us - packet->timestamp_us;
  bt_utp_ledbat_measured (&utp->ledbat, utp->reply_us, utp->now_us);
}

/* It names what it answers, or what came last, so that it cannot be made up by who does not see our packets: old ones
 * are nobody's answer. */
static BtUtpEvents
take_reset (BtUtp             *utp,
            const BtUtpPacket *packet)
{
  guint16 last_nr = (guint16) (utp->una - 1);

  if ((guint16) (packet->ack_nr - last_nr) > (guint16) (utp->next - last_nr))
    return drop (utp);
  bt_utp_finish (utp, BT_UTP_REASON_RESET);
  return BT_UTP_EVENT_CLOSED;
}

/* The answer to our SYN. Data that overtook it comes again: without the answer nobody knows whether it is the first. */
static BtUtpEvents
take_answer (BtUtp             *utp,
             const BtUtpPacket *packet)
{
  if (packet->type != BT_UTP_STATE || packet->ack_nr != utp->una)
    return drop (utp);

  utp->una = utp->next;
  utp->ack_nr = (guint16) (packet->seq_nr - 1);
  utp->peer_window = packet->window_bytes;
  utp->window_said_us = packet->timestamp_us;
  utp->state = BT_UTP_CONNECTED;
  utp->timeout_at_us = G_MAXINT64;
  utp->n_backoff = 0;
  utp->is_syn_due = FALSE;
  utp->is_ack_due = TRUE;
  if (utp->n_syns == 1)
    bt_utp_note_round_trip (utp, utp->since_us);
  note_heard (utp, packet);
  bt_utp_ledbat_echoed (&utp->ledbat, packet->difference_us, utp->now_us);
  return BT_UTP_EVENT_CONNECTED;
}

/* Our answer was lost, or the SYN was doubled on its way. */
static BtUtpEvents
take_syn_again (BtUtp             *utp,
                const BtUtpPacket *packet)
{
  if (utp->state != BT_UTP_SYN_RECEIVED || packet->seq_nr != utp->syn_nr)
    return drop (utp);
  utp->facts.n_duplicates++;
  utp->is_ack_due = TRUE;
  return 0;
}

BtUtpEvents
bt_utp_receive (BtUtp             *utp,
                const BtUtpPacket *packet,
                gint64             now_us)
{
  BtUtpEvents events = 0;

  utp->now_us = now_us;
  utp->facts.n_received++;
  if (utp->state == BT_UTP_CLOSED)
    return drop (utp);
  if (packet->type == BT_UTP_RESET)
    return take_reset (utp, packet);
  if (packet->type == BT_UTP_SYN)
    return take_syn_again (utp, packet);
  if (utp->state == BT_UTP_SYN_SENT)
    return take_answer (utp, packet);
  if (!bt_utp_is_ack_credible (utp, packet->ack_nr))
    return drop (utp);
  if (utp->state == BT_UTP_SYN_RECEIVED)
    {
      if (packet->ack_nr != (guint16) (utp->una - 1))
        return drop (utp);
      utp->state = BT_UTP_CONNECTED;
      events = BT_UTP_EVENT_CONNECTED;
      if (bt_utp_bytes_get_size (&utp->incoming) > 0)
        events |= BT_UTP_EVENT_READABLE;
    }

  note_heard (utp, packet);
  events |= bt_utp_take_ack (utp, packet);
  if (utp->state != BT_UTP_CLOSED && (packet->n_payload > 0 || packet->type == BT_UTP_FIN))
    events |= take_data (utp, packet);
  return events;
}
