/* bt-utp-ledbat-private.h - how much may be in flight (RFC 6817)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-utp-delay-private.h"

G_BEGIN_DECLS

#define BT_UTP_TARGET_US       100000  /* RFC 6817: TARGET; as everybody has it */
#define BT_UTP_INITIAL_WINDOW  (4 * 1472)  /* RFC 3390 */
#define BT_UTP_MAX_WINDOW      (BT_UTP_MAX_BUFFER_BYTES / 4 * 3)

/* The congestion window.
 *
 *   below the target  it grows as TCP's would (a packet each round trip, or by CUBIC, RFC 9438, what is more), times
 *                     how far the queues' delay is from the target: never faster than the TCP it yields to
 *   above the target  it shrinks by the part that the delay is too long, at most by half each round trip; linear
 *                     as RFC 6817 has it, a large window would take minutes to yield
 *   a loss            halves it, once for each round trip
 *   a time-out        leaves one packet
 *   slow start        ends at three quarters of the target
 *
 * Now and then (SLOWDOWN) it lets a standing queue run empty for two round trips, to see the path's own delay: else
 * who comes later takes the queue of those before it for the path, and after BT_UTP_DELAY_MINUTES everybody does. It
 * comes back with less, as much as the queue can spare, so that those who have more give more: shares become equal.
 *
 * The delay of queues is what the one-way delay has above its base, but never more than the round trip has above its
 * own, which our clock alone measures: whatever the other side says or its clock does, the window is at most TCP's,
 * and at least what the round trips allow.
 */
typedef struct
{
  BtUtpDelay one_way;    /* our packets', as the other side echoes it */
  BtUtpDelay reverse;    /* of its packets, as we measure it */
  BtUtpDelay round_trip;
  double     cwnd;       /* bytes */
  double     ssthresh;   /* slow start below it */
  double     cubic_max;  /* the window before the last decrease, bytes */
  double     cubic_k;    /* seconds until CUBIC is there again */
  double     undo_cwnd;  /* 0: nothing to undo */
  double     undo_ssthresh;
  gint64     epoch_at_us;     /* since the last decrease; 0: begins with the next ack */
  gint64     limited_at_us;   /* the window was last used up; 0: not yet looked at */
  gint64     slowdown_at_us;  /* when the next is due */
  gint64     slowdown_end_us; /* 0: not in one */
  double     slowdown_cwnd;   /* where it leads back to */
  gint64     slowed_at_us;    /* the last began */
  guint64    n_slowdowns;
  guint      packet_bytes;    /* of a full packet */
  gboolean   is_gentle;       /* after a slowdown, until the queue is empty or something is lost */
} BtUtpLedbat;

void    bt_utp_ledbat_init      (BtUtpLedbat       *ledbat,
                                 guint              packet_bytes);
void    bt_utp_ledbat_set_packet_bytes (BtUtpLedbat *ledbat,
                                 guint              packet_bytes);
/* What a packet of the other side says of the delay of ours, and what we see of the delay of its packets; 0:
 * nothing. */
void    bt_utp_ledbat_echoed    (BtUtpLedbat       *ledbat,
                                 guint32            difference_us,
                                 gint64             now_us);
void    bt_utp_ledbat_measured  (BtUtpLedbat       *ledbat,
                                 guint32            difference_us,
                                 gint64             now_us);
/* A packet that was sent once took as long to be acknowledged. */
void    bt_utp_ledbat_took      (BtUtpLedbat       *ledbat,
                                 guint32            rtt_us,
                                 gint64             now_us);
/* `n_bytes` were acknowledged. `is_limited`: more would have been sent if the window had let it. */
void    bt_utp_ledbat_acked     (BtUtpLedbat       *ledbat,
                                 gsize              n_bytes,
                                 gboolean           is_limited,
                                 guint32            rtt_us,
                                 gint64             now_us);
/* Less than the window is in flight, as there is nothing to send or no room for it: what was learnt of the path
 * grows old. */
void    bt_utp_ledbat_unused    (BtUtpLedbat       *ledbat,
                                 gint64             now_us);
/* The first loss of a round trip. */
void    bt_utp_ledbat_lost      (BtUtpLedbat       *ledbat,
                                 gint64             now_us);
/* It was none after all: the packet had only been overtaken. */
void    bt_utp_ledbat_undo      (BtUtpLedbat       *ledbat);
void    bt_utp_ledbat_timed_out (BtUtpLedbat       *ledbat);
guint32 bt_utp_ledbat_get_queue_us (const BtUtpLedbat *ledbat);

static inline gboolean
bt_utp_ledbat_is_slow_start (const BtUtpLedbat *ledbat)
{
  return ledbat->cwnd < ledbat->ssthresh;
}

G_END_DECLS
