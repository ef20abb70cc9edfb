/* bt-clock.h - the engine's time: one monotonic clock and one heap of timers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_SECOND_US      G_GINT64_CONSTANT (1000000)
#define BT_MILLISECOND_US G_GINT64_CONSTANT (1000)

typedef struct _BtClock BtClock;
typedef struct _BtTimer BtTimer;

typedef void (*BtTimerFunc) (gpointer user_data);

/* Embedded in its owner, who disarms it before going. One shot: not armed any more when `func` is called, which
 * may free the timer's owner. */
struct _BtTimer
{
  BtTimerFunc func;
  gpointer    user_data;  /* borrowed */
  gint64      due_at_us;
  guint64     order;      /* the clock's: among equals the one armed first fires first */
  guint       heap_index; /* 1-based; 0: not armed */
};

/* All time-outs of an engine live in one heap behind one GSource of `context`.
 * A manual clock stands still until bt_clock_advance(): tests run hours in milliseconds. It has nothing on
 * `context`.
 * Thread: the context's.
 */
BtClock  *bt_clock_new         (GMainContext *context);
BtClock  *bt_clock_new_manual  (GMainContext *context,
                                gint64        start_us);
/* No timer may be armed (asserted). */
void      bt_clock_free        (BtClock      *clock);
/* Monotonic microseconds. */
gint64    bt_clock_get_us      (BtClock      *clock);
/* Manual clocks only: moves time on, firing what falls due on the way, in order of due time, then of arming;
 * during each call bt_clock_get_us() is that timer's due time. A timer may arm or disarm any timer. */
void      bt_clock_advance     (BtClock      *clock,
                                gint64        by_us);
/* The earliest due time; G_MAXINT64 when nothing is armed. */
gint64    bt_clock_get_next_us (BtClock      *clock);

void      bt_timer_init        (BtTimer      *timer,
                                BtTimerFunc   func,
                                gpointer      user_data);
/* Arms, or moves, the timer. A due time in the past fires at the next turn, never at once; with a manual clock,
 * whose turns take no time, it counts as due now and fires within the same advance. */
void      bt_timer_arm         (BtTimer      *timer,
                                BtClock      *clock,
                                gint64        due_at_us);
void      bt_timer_arm_in      (BtTimer      *timer,
                                BtClock      *clock,
                                gint64        delay_us);
/* Harmless when not armed. */
void      bt_timer_disarm      (BtTimer      *timer,
                                BtClock      *clock);

static inline gboolean
bt_timer_is_armed (const BtTimer *timer)
{
  return timer->heap_index != 0;
}

G_END_DECLS
