/* bt-utp-ack.c - what the other side has, and what was lost
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-private.h"

#define DUPLICATE_ACKS    3      /* BEP 29 */
#define LOSS_FACTOR       0.5    /* of what was in flight, while recovering */
#define SLOW_START_FACTOR 2      /* of what was acknowledged, while much less is in flight; one ack may be for many */
#define MAX_OVERTAKEN_US  BT_UTP_SECOND_US  /* who is as late was not overtaken: the clock was set */
#define WRITABLE_BYTES    16384  /* worth to be told of */

/* What one packet acknowledges. */
typedef struct
{
  gsize    n_bytes;       /* that were in flight or lost */
  gint64   sent_at_us;    /* the newest that was sent once; -1: none */
  gboolean is_spurious;   /* something was not lost after all */
} Acked;

gboolean
bt_utp_is_ack_credible (const BtUtp *utp,
                        guint16      ack_nr)
{
  guint16 last_nr = (guint16) (utp->una - 1);

  return (guint16) (ack_nr - last_nr) <= (guint16) (utp->next - utp->una) ||
         (guint16) (last_nr - ack_nr) <= BT_UTP_OLD_ACKS;
}

static void
note_delivery (BtUtp           *utp,
               const BtUtpSent *sent,
               Acked           *acked)
{
  gint64 age_us = utp->now_us - sent->sent_at_us;

  if (sent->n_sends == 1)
    acked->sent_at_us = MAX (acked->sent_at_us, sent->sent_at_us);
  else if (age_us < bt_utp_delay_get_base (&utp->ledbat.round_trip))
    {
      /* An earlier copy came through: which one, nobody knows. */
      acked->is_spurious = TRUE;
      return;
    }
  if ((gint32) (sent->order - utp->acked_order) > 0)
    {
      utp->acked_order = sent->order;
      utp->acked_sent_us = sent->sent_at_us;
    }
}

static void
take_sent (BtUtp   *utp,
           guint16  seq_nr,
           Acked   *acked)
{
  BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  if (sent->state == BT_UTP_SENT_ACKED)
    return;
  if (sent->state == BT_UTP_SENT_FLIGHT)
    bt_utp_sent_land (utp, seq_nr);
  else if (sent->state == BT_UTP_SENT_UNTOLD)
    utp->untold_bytes -= bt_utp_sent_get_bytes (sent);
  else
    {
      bt_utp_list_remove (utp, &utp->lost, seq_nr);
      acked->is_spurious |= sent->n_sends > 0;
    }
  if (sent->n_sends > 0)
    note_delivery (utp, sent, acked);
  if (sent->is_probe)
    {
      bt_utp_mtu_passed (&utp->mtu);
      bt_utp_ledbat_set_packet_bytes (&utp->ledbat, utp->mtu.passed);
      sent->is_probe = FALSE;
    }
  sent->state = BT_UTP_SENT_ACKED;
  if ((gint16) (seq_nr - utp->heard_nr) > 0)
    utp->heard_nr = seq_nr;
  acked->n_bytes += bt_utp_sent_get_bytes (sent);
}

/* TRUE: our FIN was among them. */
static gboolean
take_cumulative (BtUtp   *utp,
                 guint16  n_packets,
                 Acked   *acked)
{
  gsize n_bytes = 0;
  gboolean is_fin = FALSE;

  for (guint i = 0; i < n_packets; i++)
    {
      const BtUtpSent *sent = bt_utp_get_sent (utp, utp->una);

      take_sent (utp, utp->una, acked);
      n_bytes += sent->n_bytes;
      is_fin |= sent->is_fin;
      utp->una++;
    }
  bt_utp_bytes_drop (&utp->outgoing, n_bytes);
  if (bt_utp_bytes_get_size (&utp->outgoing) == 0)
    utp->cut = utp->outgoing.end;
  return is_fin;
}

/* None of those that the mask has room for is there, and still it came: something behind them is, all of which went out
 * after the first behind them did, unless that went out again. */
static void
note_beyond (BtUtp   *utp,
             guint16  seq_nr)
{
  const BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  if (sent->n_sends != 1)
    return;
  if ((gint16) (seq_nr - 1 - utp->heard_nr) > 0)
    utp->heard_nr = (guint16) (seq_nr - 1);
  if ((gint32) (sent->order - utp->acked_order) > 0)
    {
      utp->acked_order = sent->order;
      utp->acked_sent_us = sent->sent_at_us;
    }
}

/* Bits for what was never sent are nobody's. */
static void
take_selective (BtUtp             *utp,
                const BtUtpPacket *packet,
                Acked             *acked)
{
  guint16 first = (guint16) (packet->ack_nr + 2);
  guint n_sent = (guint16) (utp->next - first);
  guint n_bits = packet->n_sack * 8u;
  gboolean is_empty = TRUE;

  utp->sends_sacks = TRUE;
  if (n_sent > (guint) (guint16) (utp->next - utp->una))
    return;
  n_bits = MIN (n_bits, n_sent);
  for (guint i = 0; i < n_bits; i++)
    {
      if (packet->sack[i / 8] == 0)
        i |= 7;
      else if ((packet->sack[i / 8] >> i % 8 & 1) != 0)
        {
          take_sent (utp, (guint16) (first + i), acked);
          is_empty = FALSE;
        }
    }
  /* Where there is nothing behind them, such a mask has no meaning, now or ever. */
  utp->sends_idle_sacks |= is_empty && n_bits == n_sent;
  if (is_empty && !utp->sends_idle_sacks)
    note_beyond (utp, (guint16) (first + n_bits));
}

void
bt_utp_note_round_trip (BtUtp  *utp,
                        gint64  sent_at_us)
{
  guint32 rtt_us = (guint32) CLAMP (utp->now_us - sent_at_us, 1, BT_UTP_STALL_US);

  bt_utp_ledbat_took (&utp->ledbat, rtt_us, utp->now_us);
  if (utp->rtt_us == 0)
    {
      utp->rtt_us = rtt_us;
      utp->rtt_var_us = rtt_us / 2;
      return;
    }
  utp->rtt_var_us = (guint32) (utp->rtt_var_us +
                               (ABS ((gint64) utp->rtt_us - rtt_us) - utp->rtt_var_us) / 4);
  utp->rtt_us = (guint32) MAX (utp->rtt_us + ((gint64) rtt_us - utp->rtt_us) / 8, 1);
}

/* Packets overtake each other by more than was thought. */
static void
note_spurious (BtUtp *utp)
{
  gint64 least_us = utp->rtt_us / 8;

  if (utp->n_backoff > 0)
    return;
  utp->reorder_us = CLAMP (2 * utp->reorder_us, least_us, utp->rtt_us);
  if (utp->is_recovering)
    bt_utp_ledbat_undo (&utp->ledbat);
}

static void
begin_recovery (BtUtp *utp)
{
  if (utp->is_recovering)
    return;
  utp->is_recovering = TRUE;
  utp->recover_nr = (guint16) (utp->next - 1);
  utp->recover_bytes = utp->mtu.passed;
  bt_utp_ledbat_lost (&utp->ledbat, utp->now_us);
}

static void
lose (BtUtp   *utp,
      guint16  seq_nr)
{
  BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  bt_utp_sent_lose (utp, seq_nr);
  if (!sent->is_probe)
    {
      begin_recovery (utp);
      return;
    }
  /* Its size is the likelier reason. */
  sent->is_probe = FALSE;
  bt_utp_mtu_failed (&utp->mtu);
  utp->recover_bytes += bt_utp_sent_get_bytes (sent);
}

/* A packet is lost when others that were sent well after it have come through: by number (BEP 29) or by time (RFC
 * 8985). In order of transmission, so that what was sent again can be lost again. What no selective ack reaches has
 * come or is lost, but in any case it is on its way no more. */
static void
find_losses_among (BtUtp     *utp,
                   BtUtpList *list,
                   guint16    told_nr)
{
  gint64 late_us = MAX (utp->reorder_us, utp->rtt_us / 2);

  while (list->n > 0)
    {
      const BtUtpSent *sent = bt_utp_get_sent (utp, list->first);
      gint32 n_later = (gint32) (utp->acked_order - sent->order);
      gint64 later_us = MAX (utp->acked_sent_us, utp->now_us - (gint64) utp->rtt_us) -
                        sent->sent_at_us;

      if (n_later <= 0 ||
          (later_us < late_us &&
           (n_later < BT_UTP_REORDER_PACKETS || later_us < utp->reorder_us)))
        break;
      if ((gint16) (told_nr - list->first) >= 0)
        lose (utp, list->first);
      else
        bt_utp_sent_hush (utp, list->first);
    }
}

void
bt_utp_find_losses (BtUtp   *utp,
                    guint16  told_nr)
{
  if ((gint16) (utp->una - told_nr) > 0)
    told_nr = utp->una;
  find_losses_among (utp, &utp->flight, told_nr);
  find_losses_among (utp, &utp->again, told_nr);
}

/* Those of which nothing was known behind `heard_nr`: up to `told_nr` the other side has not named them now. */
static void
lose_untold (BtUtp   *utp,
             guint16  heard_nr,
             guint16  told_nr)
{
  guint16 i = (guint16) (heard_nr + 1);

  if ((gint16) (utp->una - i) > 0)
    i = utp->una;
  for (; utp->untold_bytes > 0 && i != utp->next; i++)
    {
      if (i != utp->una && (gint16) (told_nr - i) < 0)
        return;
      if (bt_utp_get_sent (utp, i)->state == BT_UTP_SENT_UNTOLD)
        lose (utp, i);
    }
}

/* What an ack has spoken of. One that says nothing of others, though it could, has none. */
static guint16
get_told_nr (const BtUtp       *utp,
             const BtUtpPacket *packet,
             guint16            n_new)
{
  if (utp->sends_sacks && packet->type == BT_UTP_STATE && packet->n_sack == 0 && n_new > 0)
    return (guint16) (utp->next - 1);
  return utp->heard_nr;
}

/* What was sent again has been lost again when others are answered long after it should have been. A selective ack
 * reaches only so far, so that with much in flight no number says it. */
static void
check_resent (BtUtp *utp)
{
  const BtUtpSent *sent = bt_utp_get_sent (utp, utp->una);
  gint64 late_us = MAX (utp->rtt_us + utp->rtt_us / 2, utp->rtt_us + 4 * (gint64) utp->rtt_var_us);

  if (sent->state == BT_UTP_SENT_FLIGHT && sent->n_sends > 1 &&
      utp->now_us - sent->sent_at_us > late_us + BT_UTP_TAIL_SLACK_US)
    lose (utp, utp->una);
}

/* Who sends no selective acks repeats itself. */
static void
count_duplicate (BtUtp             *utp,
                 const BtUtpPacket *packet)
{
  if (packet->type != BT_UTP_STATE || packet->n_sack > 0 || utp->flight_bytes == 0 ||
      packet->window_bytes != utp->peer_window)
    return;
  if (++utp->n_duplicate_acks == DUPLICATE_ACKS)
    {
      const BtUtpSent *sent = bt_utp_get_sent (utp, utp->una);

      if (sent->state == BT_UTP_SENT_FLIGHT && sent->n_sends == 1)
        lose (utp, utp->una);
    }
}

static void
grow_recovery (BtUtp *utp,
               gsize  n_bytes)
{
  double cwnd = utp->ledbat.cwnd;

  if (!utp->is_recovering)
    return;
  if ((gint16) (utp->una - utp->recover_nr) > 0)
    utp->is_recovering = FALSE;
  else if (utp->flight_bytes > cwnd)
    utp->recover_bytes += LOSS_FACTOR * (double) n_bytes;
  else
    utp->recover_bytes += MIN (cwnd - utp->flight_bytes, SLOW_START_FACTOR * (double) n_bytes);
  utp->recover_bytes = MIN (utp->recover_bytes, cwnd);
}

static void
rearm_timers (BtUtp *utp)
{
  utp->n_backoff = 0;
  utp->n_tails = 0;
  utp->is_tail_due = FALSE;
  utp->tail_at_us = G_MAXINT64;
  utp->timeout_at_us = G_MAXINT64;
  if (!bt_utp_is_waiting (utp))
    return;
  bt_utp_arm_timeout (utp);
  bt_utp_arm_tail (utp);
}

static void
note_progress (BtUtp             *utp,
               const BtUtpPacket *packet,
               const Acked       *acked)
{
  if (acked->sent_at_us >= 0)
    bt_utp_note_round_trip (utp, acked->sent_at_us);
  bt_utp_ledbat_echoed (&utp->ledbat, packet->difference_us, utp->now_us);
  if (acked->is_spurious)
    note_spurious (utp);
  if (!utp->is_recovering)
    bt_utp_ledbat_acked (&utp->ledbat, acked->n_bytes, utp->is_limited, utp->rtt_us, utp->now_us);
  rearm_timers (utp);
  utp->n_duplicate_acks = 0;
}

/* Of two that acknowledge the same the later one knows what room is left: what the other side keeps out of
 * order takes some, and is no longer counted as in flight. */
static void
take_window (BtUtp             *utp,
             const BtUtpPacket *packet,
             guint16            n_new)
{
  gint32 age_us = (gint32) (utp->window_said_us - packet->timestamp_us);

  if (n_new == 0 && age_us > 0 && age_us < MAX_OVERTAKEN_US)
    return;
  utp->peer_window = packet->window_bytes;
  utp->window_said_us = packet->timestamp_us;
}

static BtUtpEvents
tell_writable (BtUtp *utp)
{
  if (!utp->wants_room || utp->state != BT_UTP_CONNECTED ||
      bt_utp_get_n_writable (utp) < WRITABLE_BYTES)
    return 0;
  utp->wants_room = FALSE;
  return BT_UTP_EVENT_WRITABLE;
}

BtUtpEvents
bt_utp_take_ack (BtUtp             *utp,
                 const BtUtpPacket *packet)
{
  guint16 n_new = (guint16) (packet->ack_nr + 1 - utp->una);
  Acked acked = { .sent_at_us = -1 };
  guint16 heard_nr = utp->heard_nr;
  guint16 told_nr;
  gboolean is_over;

  /* It was overtaken: what it says is known, or no longer true. */
  if (n_new > (guint16) (utp->next - utp->una))
    return 0;

  is_over = take_cumulative (utp, n_new, &acked);
  if (packet->n_sack > 0)
    take_selective (utp, packet, &acked);
  if (n_new > 0)
    utp->progress_at_us = utp->now_us;
  if (acked.n_bytes > 0)
    note_progress (utp, packet, &acked);
  else if (n_new == 0)
    count_duplicate (utp, packet);
  told_nr = get_told_nr (utp, packet, n_new);
  lose_untold (utp, heard_nr, told_nr);
  bt_utp_find_losses (utp, told_nr);
  if (acked.n_bytes > 0)
    grow_recovery (utp, acked.n_bytes);
  if (n_new == 0 && packet->n_sack > 0 && utp->una != utp->next)
    check_resent (utp);
  take_window (utp, packet, n_new);
  if (is_over)
    {
      bt_utp_finish (utp, BT_UTP_REASON_DONE);
      return BT_UTP_EVENT_CLOSED;
    }
  return tell_writable (utp);
}
