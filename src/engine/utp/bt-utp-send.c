/* bt-utp-send.c - which datagram goes next
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-private.h"

#define MAX_SENDS G_MAXUINT8

static void
write_head (BtUtp         *utp,
            BtUtpType      type,
            guint16        seq_nr,
            BtUtpDatagram *datagram)
{
  guint8 mask[BT_UTP_MAX_SACK_BYTES];
  BtUtpPacket packet = { .type = (guint8) type,
                         .connection_id = type == BT_UTP_SYN ? utp->receive_id : utp->send_id,
                         .timestamp_us = (guint32) utp->now_us,
                         .difference_us = utp->reply_us,
                         .window_bytes = bt_utp_get_window (utp),
                         .seq_nr = seq_nr,
                         .ack_nr = utp->ack_nr };

  if (type == BT_UTP_STATE && utp->reorder.n_packets > 0)
    {
      packet.n_sack = (guint8) bt_utp_reorder_write_sack (&utp->reorder,
                                                          (guint16) (utp->ack_nr + 1), mask);
      packet.sack = mask;
    }
  datagram->n_head = (guint16) bt_utp_packet_write_head (&packet, datagram->head);
  datagram->n_bytes = datagram->n_head;
  datagram->n_spans = 0;
  datagram->seq_nr = seq_nr;
  datagram->type = (guint8) type;
  datagram->is_probe = FALSE;
  datagram->may_fragment = FALSE;
  utp->told_window = packet.window_bytes;
  utp->said_at_us = utp->now_us;
  utp->is_ack_due = FALSE;
  utp->facts.n_sent++;
}

static gboolean
write_state (BtUtp         *utp,
             BtUtpDatagram *datagram)
{
  write_head (utp, BT_UTP_STATE, utp->next, datagram);
  return TRUE;
}

static void
arm_timers (BtUtp *utp)
{
  if (utp->timeout_at_us == G_MAXINT64)
    bt_utp_arm_timeout (utp);
  bt_utp_arm_tail (utp);
}

/* Looks whether a larger datagram gets through. It is padded, so that its payload, should it be lost, goes in one that
 * fits: many paths pass no fragments on, and those of IPv6 make none. */
static void
pad_probe (BtUtp         *utp,
           BtUtpSent     *sent,
           BtUtpDatagram *datagram)
{
  gsize n_plain = (gsize) datagram->n_head + sent->n_bytes;
  gsize n_probe = MIN (bt_utp_mtu_get_probe (&utp->mtu, utp->now_us),
                       n_plain + BT_UTP_MAX_PAD_BYTES);
  BtUtpSpan more;

  sent->is_probe = n_probe >= n_plain + BT_UTP_MIN_PAD_BYTES;
  if (!sent->is_probe)
    return;
  datagram->n_head = (guint16) bt_utp_packet_pad (datagram->head, n_probe - n_plain, &more.bytes,
                                                  &more.n_bytes);
  if (more.n_bytes > 0)
    datagram->spans[datagram->n_spans++] = more;
  datagram->n_bytes = (guint16) (n_probe - sent->n_bytes);
  datagram->is_probe = TRUE;
  bt_utp_mtu_sent (&utp->mtu, (guint) n_probe);
}

/* The packet is in no list. */
static gboolean
write_sent (BtUtp         *utp,
            guint16        seq_nr,
            BtUtpDatagram *datagram)
{
  BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  write_head (utp, sent->is_fin ? BT_UTP_FIN : BT_UTP_DATA, seq_nr, datagram);
  if (sent->is_probe)
    pad_probe (utp, sent, datagram);
  datagram->n_spans += bt_utp_bytes_peek (&utp->outgoing, sent->offset, sent->n_bytes,
                                          datagram->spans + datagram->n_spans);
  datagram->n_bytes += sent->n_bytes;
  /* It was cut when the path carried more. */
  datagram->may_fragment = !sent->is_probe && datagram->n_bytes > utp->mtu.passed;

  if (sent->n_sends > 0)
    utp->facts.n_resent++;
  sent->n_sends = MIN (sent->n_sends + 1, MAX_SENDS);
  sent->sent_at_us = utp->now_us;
  sent->order = utp->order++;
  bt_utp_sent_launch (utp, seq_nr);
  if (utp->is_recovering)
    utp->recover_bytes -= bt_utp_sent_get_bytes (sent);
  arm_timers (utp);
  return TRUE;
}

/* Whether `n_payload` bytes may go. With nothing in flight one packet always may, if the other side has room for it;
 * where it has none, it is asked after a while. For what was lost there is room, as it was sent within the
 * window; of what is behind it, more may have come through than a selective ack can tell. */
static gboolean
has_window (BtUtp    *utp,
            gsize     n_payload,
            gboolean  is_again)
{
  gsize n_bytes = BT_UTP_HEADER_BYTES + n_payload;

  if (utp->flight_bytes == 0)
    {
      if (n_payload <= utp->peer_window || utp->is_window_due)
        return TRUE;
      if (utp->timeout_at_us == G_MAXINT64)
        {
          bt_utp_arm_timeout (utp);
          bt_utp_arm_tail (utp);
        }
      return FALSE;
    }
  if (utp->is_recovering)
    {
      if (utp->recover_bytes < (double) n_bytes)
        return FALSE;
    }
  else if (utp->flight_bytes + n_bytes > (gsize) utp->ledbat.cwnd)
    {
      utp->is_limited = TRUE;
      return FALSE;
    }
  else
    utp->is_limited = FALSE;
  if (!is_again)
    n_bytes += utp->flight_bytes + utp->untold_bytes;
  return n_bytes <= utp->peer_window;
}

static gboolean
resend_lost (BtUtp         *utp,
             BtUtpDatagram *datagram)
{
  guint16 seq_nr = utp->lost.first;

  if (!utp->is_tail_due && !has_window (utp, bt_utp_get_sent (utp, seq_nr)->n_bytes, TRUE))
    return FALSE;
  utp->is_window_due = FALSE;
  utp->is_tail_due = FALSE;
  bt_utp_list_remove (utp, &utp->lost, seq_nr);
  return write_sent (utp, seq_nr, datagram);
}

static gboolean
resend_tail (BtUtp         *utp,
             BtUtpDatagram *datagram)
{
  guint16 seq_nr = utp->flight.n > 0 ? utp->flight.last : utp->again.last;

  utp->is_tail_due = FALSE;
  bt_utp_sent_land (utp, seq_nr);
  if (bt_utp_get_sent (utp, seq_nr)->is_probe)
    {
      /* Twice is not how a probe is told from others. */
      bt_utp_mtu_forget (&utp->mtu);
      bt_utp_get_sent (utp, seq_nr)->is_probe = FALSE;
    }
  return write_sent (utp, seq_nr, datagram);
}

/* Whether a packet is to be a probe for the MTU: a full one among others only, so that its loss is seen. */
static gboolean
is_probe_due (BtUtp *utp,
              gsize  n_payload)
{
  return utp->flight_bytes > 0 && !utp->is_recovering && utp->n_backoff == 0 &&
         n_payload + BT_UTP_HEADER_BYTES == utp->mtu.passed &&
         bt_utp_mtu_get_probe (&utp->mtu, utp->now_us) != 0;
}

static gboolean
send_new (BtUtp         *utp,
          BtUtpDatagram *datagram)
{
  gsize n_unsent = (gsize) (utp->outgoing.end - utp->cut);
  gsize n_payload = MIN (n_unsent, utp->mtu.passed - (gsize) BT_UTP_HEADER_BYTES);
  BtUtpSent *sent;

  if ((guint16) (utp->next - utp->una) >= BT_UTP_MAX_PACKETS)
    {
      utp->is_limited = TRUE;
      return FALSE;
    }
  /* A window smaller than a packet is filled once for each round trip. */
  if (utp->flight_bytes == 0 && utp->peer_window > 0 && !utp->is_window_due)
    n_payload = MIN (n_payload, utp->peer_window);
  if (!has_window (utp, n_payload, FALSE))
    return FALSE;

  utp->is_window_due = FALSE;
  if (utp->next == utp->una)
    {
      utp->progress_at_us = utp->now_us;
      bt_utp_ledbat_unused (&utp->ledbat, utp->now_us);
    }
  sent = bt_utp_sent_add (utp);
  sent->n_bytes = (guint16) n_payload;
  sent->is_probe = is_probe_due (utp, n_payload);
  utp->cut += n_payload;
  utp->facts.sent_payload_bytes += n_payload;
  return write_sent (utp, (guint16) (utp->next - 1), datagram);
}

static gboolean
send_fin (BtUtp         *utp,
          BtUtpDatagram *datagram)
{
  BtUtpSent *sent;

  if ((guint16) (utp->next - utp->una) >= BT_UTP_MAX_PACKETS)
    return FALSE;
  if (utp->next == utp->una)
    utp->progress_at_us = utp->now_us;
  sent = bt_utp_sent_add (utp);
  sent->is_fin = TRUE;
  utp->has_fin = TRUE;
  return write_sent (utp, (guint16) (utp->next - 1), datagram);
}

static gboolean
send_something (BtUtp         *utp,
                BtUtpDatagram *datagram)
{
  /* Data has no room for a selective ack, which would make packets differ in size. */
  if (utp->is_ack_due && utp->reorder.n_packets > 0)
    return write_state (utp, datagram);
  if (utp->is_tail_due && utp->flight_bytes > 0 && utp->lost.n == 0)
    return resend_tail (utp, datagram);
  if (utp->lost.n > 0)
    {
      if (resend_lost (utp, datagram))
        return TRUE;
    }
  else if (utp->cut < utp->outgoing.end)
    {
      if (send_new (utp, datagram))
        return TRUE;
    }
  else
    {
      utp->is_limited = FALSE;
      if (utp->state == BT_UTP_CLOSING && !utp->has_fin && send_fin (utp, datagram))
        return TRUE;
    }
  return utp->is_ack_due && write_state (utp, datagram);
}

static gboolean
send_syn (BtUtp         *utp,
          BtUtpDatagram *datagram)
{
  utp->is_syn_due = FALSE;
  utp->n_syns++;
  write_head (utp, BT_UTP_SYN, utp->una, datagram);
  utp->since_us = utp->now_us;
  bt_utp_arm_timeout (utp);
  return TRUE;
}

static gboolean
send_reset (BtUtp         *utp,
            BtUtpDatagram *datagram)
{
  utp->is_reset_due = FALSE;
  write_head (utp, BT_UTP_RESET, utp->next, datagram);
  return TRUE;
}

gboolean
bt_utp_next_packet (BtUtp         *utp,
                    gint64         now_us,
                    BtUtpDatagram *out_datagram)
{
  utp->now_us = now_us;
  switch (utp->state)
    {
    case BT_UTP_SYN_SENT:
      return utp->is_syn_due && send_syn (utp, out_datagram);

    case BT_UTP_SYN_RECEIVED:
      return utp->is_ack_due && write_state (utp, out_datagram);

    case BT_UTP_CONNECTED:
    case BT_UTP_CLOSING:
      return send_something (utp, out_datagram);

    case BT_UTP_CLOSED:
    default:
      return utp->is_reset_due && send_reset (utp, out_datagram);
    }
}

static void
take_back_sent (BtUtp   *utp,
                guint16  seq_nr)
{
  BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  bt_utp_sent_land (utp, seq_nr);
  if (utp->is_recovering)
    utp->recover_bytes += bt_utp_sent_get_bytes (sent);
  if (sent->order + 1 == utp->order)
    utp->order--;
  if (--sent->n_sends > 0)
    utp->facts.n_resent--;
  if (sent->is_probe)
    bt_utp_mtu_forget (&utp->mtu);
  sent->state = BT_UTP_SENT_LOST;
  bt_utp_list_prepend (utp, &utp->lost, seq_nr);
}

void
bt_utp_take_back (BtUtp               *utp,
                  const BtUtpDatagram *datagram)
{
  utp->facts.n_sent--;
  switch (datagram->type)
    {
    case BT_UTP_DATA:
    case BT_UTP_FIN:
      if (utp->sent != NULL)
        take_back_sent (utp, datagram->seq_nr);
      break;

    case BT_UTP_SYN:
      utp->is_syn_due = TRUE;
      utp->n_syns--;
      break;

    case BT_UTP_RESET:
      utp->is_reset_due = TRUE;
      break;

    case BT_UTP_STATE:
    default:
      utp->is_ack_due = TRUE;
      break;
    }
}

/* The last packet was never sent: its bytes have none any more. */
static void
take_apart (BtUtp   *utp,
            guint16  seq_nr)
{
  guint16 n_bytes = bt_utp_get_sent (utp, seq_nr)->n_bytes;

  bt_utp_list_remove (utp, &utp->lost, seq_nr);
  utp->next--;
  utp->cut -= n_bytes;
  utp->facts.sent_payload_bytes -= n_bytes;
}

void
bt_utp_message_too_long (BtUtp               *utp,
                         const BtUtpDatagram *datagram,
                         gint64               now_us)
{
  BtUtpSent *sent;

  utp->now_us = now_us;
  /* Nothing can be done about these: they are as lost as others, or it would not end. */
  if (datagram->type != BT_UTP_DATA || utp->sent == NULL || datagram->may_fragment ||
      datagram->n_bytes <= utp->mtu.least)
    return;

  bt_utp_take_back (utp, datagram);
  bt_utp_mtu_too_long (&utp->mtu, datagram->n_bytes, now_us);
  bt_utp_ledbat_set_packet_bytes (&utp->ledbat, utp->mtu.passed);
  sent = bt_utp_get_sent (utp, datagram->seq_nr);
  sent->is_probe = FALSE;
  if (sent->n_sends == 0 && datagram->seq_nr == (guint16) (utp->next - 1))
    take_apart (utp, datagram->seq_nr);
}
