/* bt-utp-ledbat.c - how much may be in flight (RFC 6817)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-ledbat-private.h"

#include "bt-utp.h"

#include <math.h>

#define LOSS_FACTOR       0.5   /* BEP 29 */
#define SLOW_START_END_US (BT_UTP_TARGET_US * 3 / 4)
#define MIN_PACKETS       2     /* RFC 6817: MIN_CWND */
#define MAX_SHRINK        0.5   /* of the window in a round trip */
#define MAX_GROWTH        0.5   /* as much, RFC 9438 */
/* Of TCP's growth, however near the target is: who has more shrinks by more, so that shares become equal. */
#define MIN_GAIN          0.5
#define CUBIC_C           0.4   /* packets/s³, RFC 9438 */
/* What the clock of the other side may be wrong by at once, to be held for drift. */
#define MAX_DRIFT_US      10000

#define IDLE_US (5 * G_GINT64_CONSTANT (1000000))  /* a window that was not used for so long is halved */

#define SLOWDOWN_EVERY_US   (30 * G_GINT64_CONSTANT (1000000))
#define SLOWDOWN_FIRST_US   (2 * G_GINT64_CONSTANT (1000000))
#define SLOWDOWN_PART       16    /* of the window is left */
#define SLOWDOWN_ROUNDS     2
#define SLOWDOWN_GIVEN      0.3   /* of the window, at most, is left to others afterwards */
#define SLOWDOWN_QUEUE      0.8   /* of what is in the queue, as well, so that the path stays full */
#define SLOWDOWN_SHARE      20    /* of all time, at most one part of as many */
#define SLOWDOWN_LONG_US    (300 * G_GINT64_CONSTANT (1000000))  /* half of what a delay is remembered for */
#define SLOWDOWN_QUEUE_US   (BT_UTP_TARGET_US * 3 / 4)  /* not worth while below */
#define SLOWDOWN_LEAST_US   (BT_UTP_TARGET_US / 4)      /* nor is the first, or one that is long due */
#define FULL_QUEUE_US       (BT_UTP_TARGET_US / 10)     /* the path is full */

void
bt_utp_ledbat_init (BtUtpLedbat *ledbat,
                    guint        packet_bytes)
{
  *ledbat = (BtUtpLedbat) { .cwnd = BT_UTP_INITIAL_WINDOW,
                            .ssthresh = BT_UTP_MAX_WINDOW,
                            .slowdown_at_us = G_MAXINT64,
                            .packet_bytes = packet_bytes };
}

static void
set_cwnd (BtUtpLedbat *ledbat,
          double       cwnd)
{
  ledbat->cwnd = CLAMP (cwnd, MIN_PACKETS * (double) ledbat->packet_bytes, BT_UTP_MAX_WINDOW);
}

void
bt_utp_ledbat_set_packet_bytes (BtUtpLedbat *ledbat,
                                guint        packet_bytes)
{
  ledbat->packet_bytes = packet_bytes;
}

void
bt_utp_ledbat_echoed (BtUtpLedbat *ledbat,
                      guint32      difference_us,
                      gint64       now_us)
{
  if (difference_us != 0)
    bt_utp_delay_add (&ledbat->one_way, difference_us, now_us);
}

/* When the other clock falls behind, its packets seem to take less and less, and ours more and more. */
void
bt_utp_ledbat_measured (BtUtpLedbat *ledbat,
                        guint32      difference_us,
                        gint64       now_us)
{
  guint32 fell_us = bt_utp_delay_add (&ledbat->reverse, difference_us, now_us);

  if (fell_us > 0 && fell_us <= MAX_DRIFT_US)
    bt_utp_delay_raise (&ledbat->one_way, fell_us);
}

void
bt_utp_ledbat_took (BtUtpLedbat *ledbat,
                    guint32      rtt_us,
                    gint64       now_us)
{
  bt_utp_delay_add (&ledbat->round_trip, rtt_us, now_us);
}

guint32
bt_utp_ledbat_get_queue_us (const BtUtpLedbat *ledbat)
{
  if (!bt_utp_delay_is_known (&ledbat->round_trip))
    return 0;
  return MIN (bt_utp_delay_get_excess (&ledbat->one_way),
              bt_utp_delay_get_excess (&ledbat->round_trip));
}

/* CUBIC's curve begins at a window of `cwnd`, and is flat where it was too large before. */
static void
begin_epoch (BtUtpLedbat *ledbat,
             double       cwnd,
             double       cubic_max)
{
  double n_packets = MAX (cubic_max - cwnd, 0) / ledbat->packet_bytes;

  ledbat->cubic_max = cubic_max;
  ledbat->cubic_k = cbrt (n_packets / CUBIC_C);
  ledbat->epoch_at_us = 0;
}

/* What TCP would grow by in a round trip. After a slowdown, and as long as there is still a queue, CUBIC's haste would
 * only win another's share, as the path is full. */
static double
get_growth (BtUtpLedbat *ledbat,
            guint32      queue_us,
            guint32      rtt_us,
            gint64       now_us)
{
  double t;
  double aim;

  ledbat->is_gentle = ledbat->is_gentle && queue_us >= FULL_QUEUE_US;
  if (ledbat->is_gentle)
    {
      begin_epoch (ledbat, ledbat->cwnd, ledbat->cwnd);
      return ledbat->packet_bytes;
    }
  if (ledbat->epoch_at_us == 0)
    ledbat->epoch_at_us = now_us;
  t = (double) (now_us - ledbat->epoch_at_us + rtt_us) / G_USEC_PER_SEC - ledbat->cubic_k;
  aim = ledbat->cubic_max + CUBIC_C * t * t * t * ledbat->packet_bytes;
  return CLAMP (aim - ledbat->cwnd, ledbat->packet_bytes, ledbat->cwnd * MAX_GROWTH);
}

static void
leave_slow_start (BtUtpLedbat *ledbat,
                  gint64       now_us)
{
  ledbat->ssthresh = ledbat->cwnd;
  begin_epoch (ledbat, ledbat->cwnd, ledbat->cwnd);
  if (ledbat->slowdown_at_us == G_MAXINT64)
    ledbat->slowdown_at_us = now_us + SLOWDOWN_FIRST_US;
}

static void
begin_slowdown (BtUtpLedbat *ledbat,
                guint32      queue_us,
                guint32      rtt_us,
                gint64       now_us)
{
  double queue_part = (double) queue_us / MAX (rtt_us, 1);

  ledbat->slowdown_cwnd = ledbat->cwnd * (1 - MIN (SLOWDOWN_GIVEN, SLOWDOWN_QUEUE * queue_part));
  ledbat->slowdown_end_us = now_us + SLOWDOWN_ROUNDS * (gint64) rtt_us;
  ledbat->slowdown_at_us = now_us + MAX (SLOWDOWN_EVERY_US,
                                         SLOWDOWN_SHARE * 3 * SLOWDOWN_ROUNDS * (gint64) rtt_us);
  ledbat->slowed_at_us = now_us;
  ledbat->n_slowdowns++;
  set_cwnd (ledbat, ledbat->cwnd / SLOWDOWN_PART);
  ledbat->ssthresh = ledbat->cwnd;
}

/* The first time, and after a long time, any queue may have been there all along. Else a short one means that another
 * has just made room. */
static guint32
get_worth_us (const BtUtpLedbat *ledbat,
              gint64             now_us)
{
  if (ledbat->n_slowdowns == 0 || now_us - ledbat->slowed_at_us >= SLOWDOWN_LONG_US)
    return SLOWDOWN_LEAST_US;
  return SLOWDOWN_QUEUE_US;
}

/* TRUE: nothing else is to be done with the window now. */
static gboolean
slow_down (BtUtpLedbat *ledbat,
           guint32      queue_us,
           guint32      rtt_us,
           gint64       now_us)
{
  if (ledbat->slowdown_end_us != 0)
    {
      if (now_us < ledbat->slowdown_end_us)
        return TRUE;
      /* Slow start, unless the queue turns out to be ours before. */
      ledbat->slowdown_end_us = 0;
      ledbat->ssthresh = MAX (ledbat->slowdown_cwnd, ledbat->cwnd);
      begin_epoch (ledbat, ledbat->ssthresh, ledbat->ssthresh);
      ledbat->is_gentle = TRUE;
      return FALSE;
    }
  if (now_us < ledbat->slowdown_at_us || bt_utp_ledbat_is_slow_start (ledbat))
    return FALSE;
  if (queue_us < get_worth_us (ledbat, now_us))
    {
      ledbat->slowdown_at_us = now_us + SLOWDOWN_FIRST_US;
      return FALSE;
    }
  begin_slowdown (ledbat, queue_us, rtt_us, now_us);
  return TRUE;
}

void
bt_utp_ledbat_unused (BtUtpLedbat *ledbat,
                      gint64       now_us)
{
  if (ledbat->limited_at_us == 0)
    ledbat->limited_at_us = now_us;
  while (now_us - ledbat->limited_at_us >= IDLE_US && ledbat->cwnd > BT_UTP_INITIAL_WINDOW)
    {
      /* Slow start leads back. */
      ledbat->ssthresh = MAX (ledbat->ssthresh, ledbat->cwnd);
      set_cwnd (ledbat, MAX (ledbat->cwnd / 2, BT_UTP_INITIAL_WINDOW));
      ledbat->limited_at_us += IDLE_US;
    }
  /* CUBIC's clock stands still, too (RFC 9438, 5.8). */
  begin_epoch (ledbat, ledbat->cwnd, ledbat->cwnd);
}

/* The queue is longer than it should be. */
static void
shrink (BtUtpLedbat *ledbat,
        gsize        n_bytes,
        gboolean     is_limited,
        double       excess,
        gint64       now_us)
{
  double growth = is_limited ? MIN_GAIN * ledbat->packet_bytes / ledbat->cwnd : 0;

  if (bt_utp_ledbat_is_slow_start (ledbat))
    leave_slow_start (ledbat, now_us);
  set_cwnd (ledbat, ledbat->cwnd + (double) n_bytes * (growth - MIN (excess, MAX_SHRINK)));
  begin_epoch (ledbat, ledbat->cwnd, ledbat->cwnd);
}

void
bt_utp_ledbat_acked (BtUtpLedbat *ledbat,
                     gsize        n_bytes,
                     gboolean     is_limited,
                     guint32      rtt_us,
                     gint64       now_us)
{
  guint32 queue_us = bt_utp_ledbat_get_queue_us (ledbat);
  double off = ((double) BT_UTP_TARGET_US - queue_us) / BT_UTP_TARGET_US;

  if (slow_down (ledbat, queue_us, rtt_us, now_us))
    return;
  if (is_limited)
    ledbat->limited_at_us = now_us;
  if (off < 0)
    shrink (ledbat, n_bytes, is_limited, -off, now_us);
  else if (!is_limited)
    bt_utp_ledbat_unused (ledbat, now_us);
  else if (!bt_utp_ledbat_is_slow_start (ledbat))
    set_cwnd (ledbat, ledbat->cwnd + MAX (off, MIN_GAIN) *
                                       get_growth (ledbat, queue_us, rtt_us, now_us) *
                                       MIN ((double) n_bytes / ledbat->cwnd, 1));
  else if (queue_us >= SLOW_START_END_US)
    leave_slow_start (ledbat, now_us);
  else
    set_cwnd (ledbat, MIN (ledbat->cwnd + (double) n_bytes, ledbat->ssthresh));
}

void
bt_utp_ledbat_lost (BtUtpLedbat *ledbat,
                    gint64       now_us)
{
  double from = ledbat->cwnd;

  ledbat->undo_cwnd = ledbat->cwnd;
  ledbat->undo_ssthresh = ledbat->ssthresh;
  ledbat->is_gentle = FALSE;
  ledbat->slowdown_end_us = 0;
  set_cwnd (ledbat, ledbat->cwnd * LOSS_FACTOR);
  leave_slow_start (ledbat, now_us);
  begin_epoch (ledbat, ledbat->cwnd, from);
}

void
bt_utp_ledbat_undo (BtUtpLedbat *ledbat)
{
  if (ledbat->undo_cwnd == 0)
    return;
  ledbat->ssthresh = ledbat->undo_ssthresh;
  set_cwnd (ledbat, MAX (ledbat->cwnd, ledbat->undo_cwnd));
  begin_epoch (ledbat, ledbat->cwnd, ledbat->cwnd);
  ledbat->undo_cwnd = 0;
}

void
bt_utp_ledbat_timed_out (BtUtpLedbat *ledbat)
{
  double from = ledbat->cwnd;

  ledbat->undo_cwnd = 0;
  ledbat->is_gentle = FALSE;
  ledbat->slowdown_end_us = 0;
  if (ledbat->cwnd > ledbat->packet_bytes)
    ledbat->ssthresh = MAX (from * LOSS_FACTOR, MIN_PACKETS * (double) ledbat->packet_bytes);
  ledbat->cwnd = ledbat->packet_bytes;
  begin_epoch (ledbat, ledbat->ssthresh, MAX (from, ledbat->ssthresh));
}
