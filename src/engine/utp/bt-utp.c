/* bt-utp.c - one connection of uTP (BEP 29) with the congestion control of LEDBAT (RFC 6817)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-private.h"

#include "base/bt-geometry.h"

#define TIMEOUT_SLACK_US (BT_UTP_SECOND_US / 100)
#define MAX_BACKOFF      8

static guint
choose_ceiling (const BtUtpConfig *config)
{
  if (config->max_datagram_bytes != 0)
    return MIN (config->max_datagram_bytes, BT_UTP_MAX_DATAGRAM_BYTES);
  return config->family == BT_FAMILY_IPV6 ? BT_UTP_DATAGRAM_BYTES_IPV6
                                          : BT_UTP_DATAGRAM_BYTES_IPV4;
}

static guint32
choose_buffer (guint32 n_bytes)
{
  return n_bytes == 0 ? BT_UTP_MAX_BUFFER_BYTES
                      : CLAMP (n_bytes, BT_UTP_MIN_BUFFER_BYTES, BT_UTP_MAX_BUFFER_BYTES);
}

static BtUtp *
new_connection (const BtUtpConfig *config,
                guint16            first_seq_nr,
                gint64             now_us)
{
  BtUtp *utp = g_new0 (BtUtp, 1);
  guint least = config->family == BT_FAMILY_IPV6 ? BT_UTP_MIN_DATAGRAM_BYTES_IPV6
                                                 : BT_UTP_MIN_DATAGRAM_BYTES_IPV4;

  utp->now_us = now_us;
  utp->since_us = now_us;
  utp->said_at_us = now_us;
  utp->progress_at_us = now_us;
  utp->epoch_at_us = now_us;
  utp->timeout_at_us = G_MAXINT64;
  utp->tail_at_us = G_MAXINT64;
  utp->remind_at_us = G_MAXINT64;
  utp->una = utp->next = first_seq_nr;
  utp->heard_nr = (guint16) (first_seq_nr - 1);
  utp->order = 1;
  utp->max_send_bytes = choose_buffer (config->max_send_bytes);
  utp->max_receive_bytes = choose_buffer (config->max_receive_bytes);
  utp->receive_limit = MIN (BT_UTP_FIRST_RECEIVE, utp->max_receive_bytes);
  bt_utp_mtu_init (&utp->mtu, least, choose_ceiling (config), now_us);
  bt_utp_ledbat_init (&utp->ledbat, utp->mtu.passed);
  bt_utp_bytes_init (&utp->outgoing, config->pool);
  bt_utp_bytes_init (&utp->incoming, config->pool);
  bt_utp_reorder_init (&utp->reorder, config->pool);
  bt_utp_reorder_set_room (&utp->reorder, utp->receive_limit);
  return utp;
}

BtUtp *
bt_utp_new_outgoing (const BtUtpConfig *config,
                     guint16            connection_id,
                     guint16            first_seq_nr,
                     gint64             now_us)
{
  BtUtp *utp = new_connection (config, first_seq_nr, now_us);

  utp->is_outgoing = TRUE;
  utp->state = BT_UTP_SYN_SENT;
  utp->receive_id = connection_id;
  utp->send_id = (guint16) (connection_id + 1);
  utp->is_syn_due = TRUE;
  utp->next++;
  return utp;
}

BtUtp *
bt_utp_new_incoming (const BtUtpConfig *config,
                     const BtUtpPacket *syn,
                     guint16            first_seq_nr,
                     gint64             now_us)
{
  g_autoptr (BtUtp) utp = NULL;

  if (syn->type != BT_UTP_SYN || syn->n_payload > BT_BLOCK_BYTES)
    return NULL;
  utp = new_connection (config, first_seq_nr, now_us);
  utp->state = BT_UTP_SYN_RECEIVED;
  utp->receive_id = (guint16) (syn->connection_id + 1);
  utp->send_id = syn->connection_id;
  utp->ack_nr = syn->seq_nr;
  utp->syn_nr = syn->seq_nr;
  utp->peer_window = syn->window_bytes;
  utp->window_said_us = syn->timestamp_us;
  utp->reply_us = (guint32) now_us - syn->timestamp_us;
  utp->is_ack_due = TRUE;
  utp->facts.n_received = 1;
  if (!bt_utp_bytes_append (&utp->incoming, syn->payload, syn->n_payload))
    return NULL;
  utp->facts.received_payload_bytes = syn->n_payload;
  return g_steal_pointer (&utp);
}

/* Everything but what is left to be read. */
static void
release (BtUtp *utp)
{
  bt_utp_bytes_clear (&utp->outgoing);
  bt_utp_reorder_clear (&utp->reorder);
  g_clear_pointer (&utp->sent, g_free);
  utp->n_sent_ring = 0;
  utp->flight = utp->again = utp->lost = (BtUtpList) { 0 };
  utp->flight_bytes = 0;
  utp->untold_bytes = 0;
  utp->cut = utp->outgoing.end;
  utp->una = utp->next;
}

void
bt_utp_free (BtUtp *utp)
{
  if (utp == NULL)
    return;
  release (utp);
  bt_utp_bytes_clear (&utp->incoming);
  g_free (utp);
}

void
bt_utp_finish (BtUtp       *utp,
               BtUtpReason  reason)
{
  utp->state = BT_UTP_CLOSED;
  utp->reason = reason;
  utp->timeout_at_us = G_MAXINT64;
  utp->tail_at_us = G_MAXINT64;
  utp->remind_at_us = G_MAXINT64;
  release (utp);
}

void
bt_utp_close (BtUtp  *utp,
              gint64  now_us)
{
  utp->now_us = now_us;
  if (utp->state == BT_UTP_SYN_SENT || utp->state == BT_UTP_SYN_RECEIVED)
    bt_utp_abort (utp);
  if (utp->state != BT_UTP_CONNECTED)
    return;
  utp->state = BT_UTP_CLOSING;
  utp->since_us = now_us;
  bt_utp_bytes_clear (&utp->incoming);
}

void
bt_utp_abort (BtUtp *utp)
{
  if (utp->state == BT_UTP_CLOSED)
    return;
  utp->is_reset_due = utp->state != BT_UTP_SYN_RECEIVED && utp->state != BT_UTP_SYN_SENT;
  bt_utp_finish (utp, BT_UTP_REASON_ABORTED);
}

guint16
bt_utp_get_receive_id (const BtUtp *utp)
{
  return utp->receive_id;
}

guint16
bt_utp_get_send_id (const BtUtp *utp)
{
  return utp->send_id;
}

gboolean
bt_utp_matches (const BtUtp       *utp,
                const BtUtpPacket *packet)
{
  if (packet->type == BT_UTP_SYN)
    return !utp->is_outgoing && packet->connection_id == utp->send_id;
  if (packet->type == BT_UTP_RESET && packet->connection_id == utp->send_id)
    return TRUE;
  return packet->connection_id == utp->receive_id;
}

/* --- Time --- */

gint64
bt_utp_get_backed_off_us (const BtUtp *utp)
{
  gint64 timeout_us = BT_UTP_FIRST_TIMEOUT_US;

  if (utp->rtt_us > 0)
    timeout_us = MAX (utp->rtt_us + MAX (4 * (gint64) utp->rtt_var_us, TIMEOUT_SLACK_US),
                      BT_UTP_MIN_TIMEOUT_US);
  return MIN (timeout_us << MIN (utp->n_backoff, MAX_BACKOFF), BT_UTP_MAX_TIMEOUT_US);
}

void
bt_utp_arm_timeout (BtUtp *utp)
{
  utp->timeout_at_us = utp->now_us + bt_utp_get_backed_off_us (utp);
}

/* How long an answer is waited for without concern. */
gint64
bt_utp_get_patience_us (const BtUtp *utp)
{
  return 2 * (gint64) (utp->rtt_us > 0 ? utp->rtt_us : BT_UTP_GUESSED_RTT_US) +
         BT_UTP_TAIL_SLACK_US;
}

/* None is armed that would come after the time-out. */
void
bt_utp_arm_tail (BtUtp *utp)
{
  gint64 at_us = utp->now_us + (bt_utp_get_patience_us (utp) << utp->n_tails);

  utp->tail_at_us = G_MAXINT64;
  if (utp->rtt_us > 0 && utp->n_backoff == 0 && utp->n_tails < BT_UTP_MAX_TAILS &&
      at_us < utp->timeout_at_us)
    utp->tail_at_us = at_us;
}

/* When the state is over, if nothing happens. */
static gint64
get_end_us (const BtUtp *utp)
{
  if (utp->state == BT_UTP_SYN_RECEIVED)
    return utp->since_us + BT_UTP_EMBRYO_US;
  if (utp->state == BT_UTP_CLOSING)
    return utp->since_us + BT_UTP_LINGER_US;
  if (utp->state == BT_UTP_CONNECTED && utp->una != utp->next)
    return utp->progress_at_us + BT_UTP_STALL_US;
  return G_MAXINT64;
}

gint64
bt_utp_get_timeout_us (const BtUtp *utp)
{
  gint64 due_us = MIN (utp->timeout_at_us, get_end_us (utp));

  due_us = MIN (due_us, MIN (utp->tail_at_us, utp->remind_at_us));
  if (utp->state == BT_UTP_CONNECTED && !utp->is_ack_due)
    due_us = MIN (due_us, utp->said_at_us + BT_UTP_KEEP_ALIVE_US);
  return due_us;
}

static BtUtpEvents
end (BtUtp       *utp,
     BtUtpReason  reason)
{
  bt_utp_finish (utp, reason);
  return BT_UTP_EVENT_CLOSED;
}

static BtUtpEvents
syn_timed_out (BtUtp *utp)
{
  if (utp->n_syns >= BT_UTP_MAX_SYNS)
    return end (utp, BT_UTP_REASON_UNREACHABLE);
  utp->n_backoff++;
  utp->is_syn_due = TRUE;
  return 0;
}

/* Nothing came back for what is in flight, or there is no window to send in. */
static BtUtpEvents
timed_out (BtUtp *utp)
{
  gboolean was_waiting = bt_utp_is_waiting (utp);

  if (++utp->n_silent > BT_UTP_MAX_TIMEOUTS)
    return end (utp, BT_UTP_REASON_TIMED_OUT);
  utp->n_backoff++;
  utp->facts.n_timeouts++;
  utp->tail_at_us = G_MAXINT64;
  utp->is_tail_due = FALSE;
  utp->is_window_due = utp->peer_window < utp->mtu.passed;
  if (was_waiting)
    {
      bt_utp_sent_lose_all (utp);
      utp->is_recovering = FALSE;
      if (!utp->is_window_due)
        bt_utp_ledbat_timed_out (&utp->ledbat);
    }
  if (utp->n_backoff >= BT_UTP_BLACK_HOLE && utp->mtu.passed > utp->mtu.least)
    {
      bt_utp_mtu_black_hole (&utp->mtu, utp->now_us);
      bt_utp_ledbat_set_packet_bytes (&utp->ledbat, utp->mtu.passed);
    }
  return 0;
}

/* Nothing was heard for so long that the last packets may be lost, or what would have told of room. */
static void
wait_is_long (BtUtp *utp)
{
  utp->tail_at_us = G_MAXINT64;
  utp->n_tails++;
  bt_utp_find_losses (utp, utp->heard_nr);
  if (utp->flight_bytes > 0 || utp->lost.n > 0)
    utp->is_tail_due = TRUE;
  else
    utp->is_window_due = utp->peer_window < utp->mtu.passed;
}

/* The other side may wait for room; nobody acknowledges that it knows of it, and it asks but rarely. */
static void
tell_room (BtUtp *utp)
{
  utp->is_ack_due = TRUE;
  utp->remind_at_us = G_MAXINT64;
  if (utp->n_reminders < BT_UTP_MAX_REMINDERS)
    utp->remind_at_us = utp->now_us + (bt_utp_get_patience_us (utp) << utp->n_reminders++);
}

/* Memory that only a fast transfer needs. */
static void
shrink (BtUtp *utp)
{
  if (utp->una == utp->next)
    {
      g_clear_pointer (&utp->sent, g_free);
      utp->n_sent_ring = 0;
    }
  if (utp->reorder.n_packets == 0)
    bt_utp_reorder_clear (&utp->reorder);
}

static BtUtpEvents
end_in_time (BtUtp *utp)
{
  switch (utp->state)
    {
    case BT_UTP_SYN_RECEIVED:
      return end (utp, BT_UTP_REASON_UNREACHABLE);

    case BT_UTP_CLOSING:
      utp->is_reset_due = TRUE;
      return end (utp, BT_UTP_REASON_FLED);

    default:
      utp->is_reset_due = TRUE;
      return end (utp, BT_UTP_REASON_TIMED_OUT);
    }
}

BtUtpEvents
bt_utp_tick (BtUtp  *utp,
             gint64  now_us)
{
  utp->now_us = now_us;
  if (now_us >= get_end_us (utp))
    return end_in_time (utp);
  if (now_us >= utp->timeout_at_us)
    {
      utp->timeout_at_us = G_MAXINT64;
      return utp->state == BT_UTP_SYN_SENT ? syn_timed_out (utp) : timed_out (utp);
    }
  if (now_us >= utp->tail_at_us)
    wait_is_long (utp);
  if (now_us >= utp->remind_at_us)
    tell_room (utp);
  if (utp->state == BT_UTP_CONNECTED && now_us - utp->said_at_us >= BT_UTP_KEEP_ALIVE_US)
    {
      utp->is_ack_due = TRUE;
      shrink (utp);
    }
  return 0;
}

/* --- Bytes --- */

/* What may be kept in all, now that others need memory, too. */
static guint32
get_receive_limit (const BtUtp *utp)
{
  if (bt_block_pool_is_high (utp->incoming.pool))
    return MIN (utp->receive_limit, BT_UTP_MIN_BUFFER_BYTES);
  return utp->receive_limit;
}

guint32
bt_utp_get_window (const BtUtp *utp)
{
  gsize n_used = bt_utp_bytes_get_size (&utp->incoming) + utp->reorder.n_bytes;
  guint32 limit = get_receive_limit (utp);

  return n_used < limit ? limit - (guint32) n_used : 0;
}

gsize
bt_utp_read (BtUtp  *utp,
             guint8 *out_bytes,
             gsize   n_bytes)
{
  gsize n_read = bt_utp_bytes_take (&utp->incoming, out_bytes, n_bytes);
  guint32 limit = get_receive_limit (utp);

  if (n_read > 0 && utp->state == BT_UTP_CONNECTED && utp->told_window < limit / 4 &&
      bt_utp_get_window (utp) >= limit / 2)
    {
      utp->n_reminders = 0;
      tell_room (utp);
    }
  return n_read;
}

gsize
bt_utp_get_n_readable (const BtUtp *utp)
{
  return bt_utp_bytes_get_size (&utp->incoming);
}

gboolean
bt_utp_is_eof (const BtUtp *utp)
{
  return utp->is_ended && bt_utp_bytes_get_size (&utp->incoming) == 0;
}

/* Twice the window: what is in flight, and what will be when it is acknowledged. */
static guint32
get_send_limit (const BtUtp *utp)
{
  guint32 limit = MAX (2 * (guint32) utp->ledbat.cwnd, BT_UTP_FIRST_SEND);

  if (bt_block_pool_is_high (utp->outgoing.pool))
    return BT_UTP_MIN_BUFFER_BYTES;
  return MIN (limit, utp->max_send_bytes);
}

gsize
bt_utp_get_n_writable (const BtUtp *utp)
{
  gsize n_used = bt_utp_bytes_get_size (&utp->outgoing);
  guint32 limit = get_send_limit (utp);

  return utp->state == BT_UTP_CONNECTED && n_used < limit ? limit - n_used : 0;
}

gsize
bt_utp_write (BtUtp        *utp,
              const guint8 *bytes,
              gsize         n_bytes)
{
  gsize n_wanted = MIN (n_bytes, bt_utp_get_n_writable (utp));
  gsize n_done = 0;

  if (bt_utp_bytes_get_size (&utp->outgoing) == 0)
    utp->cut = utp->outgoing.end;
  while (n_done < n_wanted)
    {
      gsize n = MIN (n_wanted - n_done,
                     BT_BLOCK_BYTES - (gsize) (utp->outgoing.end % BT_BLOCK_BYTES));

      if (!bt_utp_bytes_append (&utp->outgoing, bytes + n_done, n))
        break;
      n_done += n;
    }
  utp->wants_room |= n_done < n_bytes;
  return n_done;
}

/* --- Facts --- */

BtUtpState
bt_utp_get_state (const BtUtp *utp)
{
  return utp->state;
}

BtUtpReason
bt_utp_get_reason (const BtUtp *utp)
{
  return utp->reason;
}

gboolean
bt_utp_is_outgoing (const BtUtp *utp)
{
  return utp->is_outgoing;
}

guint32
bt_utp_get_rtt_us (const BtUtp *utp)
{
  return utp->rtt_us;
}

guint32
bt_utp_get_queue_us (const BtUtp *utp)
{
  return bt_utp_ledbat_get_queue_us (&utp->ledbat);
}

guint
bt_utp_get_n_unanswered (const BtUtp *utp)
{
  return utp->n_backoff;
}

void
bt_utp_get_facts (const BtUtp *utp,
                  BtUtpFacts  *out_facts)
{
  *out_facts = utp->facts;
  out_facts->state = utp->state;
  out_facts->reason = utp->reason;
  out_facts->rtt_us = utp->rtt_us;
  out_facts->rtt_var_us = utp->rtt_var_us;
  out_facts->min_rtt_us = bt_utp_delay_get_base (&utp->ledbat.round_trip);
  out_facts->timeout_us = (guint32) bt_utp_get_backed_off_us (utp);
  out_facts->queue_delay_us = bt_utp_ledbat_get_queue_us (&utp->ledbat);
  out_facts->cwnd_bytes = (guint32) utp->ledbat.cwnd;
  out_facts->flight_bytes = utp->flight_bytes;
  out_facts->peer_window_bytes = utp->peer_window;
  out_facts->receive_window_bytes = bt_utp_get_window (utp);
  out_facts->datagram_bytes = utp->mtu.passed;
  out_facts->send_buffered_bytes = (guint32) bt_utp_bytes_get_size (&utp->outgoing);
  out_facts->receive_buffered_bytes = (guint32) bt_utp_bytes_get_size (&utp->incoming);
  out_facts->is_slow_start = bt_utp_ledbat_is_slow_start (&utp->ledbat);
  out_facts->n_slowdowns = utp->ledbat.n_slowdowns;
}
