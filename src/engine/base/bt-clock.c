/* bt-clock.c - the engine's time: one monotonic clock and one heap of timers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-clock.h"

/* So many timers fire in one turn of the loop before the sockets have theirs again. */
#define MAX_TIMERS_PER_TURN 1024
/* So many calls at one made-up instant are a timer that arms itself for now, for ever. */
#define MAX_TIMERS_PER_INSTANT 1000000
#define HEAP_START_SIZE 64

typedef struct
{
  GSource  source;
  BtClock *clock;  /* borrowed */
} ClockSource;

/* A binary heap: heap[1] is due first, heap[i] not later than heap[2i] and heap[2i+1]; timers due at the same
 * time fire in the order in which they were armed. heap[i]->heap_index is i.
 */
struct _BtClock
{
  /* owned */
  GSource  *source;  /* NULL: manual */
  BtTimer **heap;    /* the timers are borrowed */

  /* values */
  guint     n_timers;
  guint     heap_size;
  guint64   n_armed;  /* ever; the next timer's order */
  gint64    now_us;   /* manual: the time; else the start of the turn being dispatched */
  gboolean  is_firing;
};

static inline gboolean
is_before (const BtTimer *a,
           const BtTimer *b)
{
  if (a->due_at_us != b->due_at_us)
    return a->due_at_us < b->due_at_us;
  return a->order < b->order;
}

static inline void
put_at (BtClock *clock,
        guint    index,
        BtTimer *timer)
{
  clock->heap[index] = timer;
  timer->heap_index = index;
}

/* Moves `timer` from the hole at `index` towards the top, as far as it belongs. */
static void
sift_up (BtClock *clock,
         guint    index,
         BtTimer *timer)
{
  for (; index > 1 && is_before (timer, clock->heap[index / 2]); index /= 2)
    put_at (clock, index, clock->heap[index / 2]);
  put_at (clock, index, timer);
}

static void
sift_down (BtClock *clock,
           guint    index,
           BtTimer *timer)
{
  guint child;

  while ((child = index * 2) <= clock->n_timers)
    {
      if (child < clock->n_timers && is_before (clock->heap[child + 1], clock->heap[child]))
        child++;
      if (!is_before (clock->heap[child], timer))
        break;
      put_at (clock, index, clock->heap[child]);
      index = child;
    }
  put_at (clock, index, timer);
}

/* Puts `timer` into the hole at `index`, wherever it has to go from there. */
static void
sift (BtClock *clock,
      guint    index,
      BtTimer *timer)
{
  if (index > 1 && is_before (timer, clock->heap[index / 2]))
    sift_up (clock, index, timer);
  else
    sift_down (clock, index, timer);
}

static void
remove_timer (BtClock *clock,
              BtTimer *timer)
{
  guint index = timer->heap_index;
  BtTimer *last = clock->heap[clock->n_timers];

  g_assert (index <= clock->n_timers && clock->heap[index] == timer);

  clock->n_timers--;
  timer->heap_index = 0;
  if (last != timer)
    sift (clock, index, last);
}

/* The timer may be gone when this returns. */
static void
fire_first (BtClock *clock)
{
  BtTimer *timer = clock->heap[1];

  remove_timer (clock, timer);
  timer->func (timer->user_data);
}

static gboolean
clock_source_prepare (GSource *source,
                      int     *out_timeout_ms)
{
  BtClock *clock = ((ClockSource *) source)->clock;
  gint64 next_us = bt_clock_get_next_us (clock);
  gint64 left_us;

  *out_timeout_ms = -1;
  if (next_us == G_MAXINT64)
    return FALSE;

  /* Rounded up: waking too early would only mean to wake twice. */
  left_us = next_us - g_get_monotonic_time ();
  *out_timeout_ms = left_us <= 0 ? 0 : (int) MIN (left_us / 1000 + 1, G_MAXINT);
  return left_us <= 0;
}

static gboolean
clock_source_check (GSource *source)
{
  BtClock *clock = ((ClockSource *) source)->clock;

  return clock->n_timers > 0 && clock->heap[1]->due_at_us <= g_get_monotonic_time ();
}

static gboolean
clock_source_dispatch (GSource     *source,
                       GSourceFunc  callback,
                       gpointer     user_data)
{
  BtClock *clock = ((ClockSource *) source)->clock;
  guint n_fired = 0;

  clock->now_us = g_get_monotonic_time ();
  clock->is_firing = TRUE;
  while (n_fired < MAX_TIMERS_PER_TURN && bt_clock_get_next_us (clock) <= clock->now_us)
    {
      fire_first (clock);
      n_fired++;
    }
  clock->is_firing = FALSE;
  return G_SOURCE_CONTINUE;
}

/* The time-out is asked for at every turn instead of being set as a ready time: that costs no lock, and no
 * write to the loop's own wake-up descriptor each time a timer moves.
 */
static GSourceFuncs clock_source_funcs = {
  .prepare = clock_source_prepare,
  .check = clock_source_check,
  .dispatch = clock_source_dispatch,
};

static BtClock *
clock_new_empty (void)
{
  BtClock *clock = g_new0 (BtClock, 1);

  clock->heap_size = HEAP_START_SIZE;
  clock->heap = g_new0 (BtTimer *, clock->heap_size);
  return clock;
}

BtClock *
bt_clock_new (GMainContext *context)
{
  BtClock *clock = clock_new_empty ();

  clock->source = g_source_new (&clock_source_funcs, sizeof (ClockSource));
  ((ClockSource *) clock->source)->clock = clock;
  g_source_set_static_name (clock->source, "bt-clock");
  g_source_attach (clock->source, context);
  return clock;
}

BtClock *
bt_clock_new_manual (GMainContext *context,
                     gint64        start_us)
{
  BtClock *clock = clock_new_empty ();

  clock->now_us = start_us;
  return clock;
}

void
bt_clock_free (BtClock *clock)
{
  if (clock == NULL)
    return;

  g_assert (clock->n_timers == 0);
  g_assert (!clock->is_firing);

  if (clock->source != NULL)
    {
      g_source_destroy (clock->source);
      g_source_unref (clock->source);
    }
  g_free (clock->heap);
  g_free (clock);
}

gint64
bt_clock_get_us (BtClock *clock)
{
  return clock->source != NULL ? g_get_monotonic_time () : clock->now_us;
}

void
bt_clock_advance (BtClock *clock,
                  gint64   by_us)
{
  gint64 end_us = clock->now_us + by_us;
  guint n_at_instant = 0;

  g_assert (clock->source == NULL);
  g_assert (by_us >= 0);
  g_assert (!clock->is_firing);

  clock->is_firing = TRUE;
  while (clock->n_timers > 0 && clock->heap[1]->due_at_us <= end_us)
    {
      n_at_instant = clock->heap[1]->due_at_us == clock->now_us ? n_at_instant + 1 : 0;
      g_assert (n_at_instant < MAX_TIMERS_PER_INSTANT);
      clock->now_us = clock->heap[1]->due_at_us;
      fire_first (clock);
    }
  clock->now_us = end_us;
  clock->is_firing = FALSE;
}

gint64
bt_clock_get_next_us (BtClock *clock)
{
  return clock->n_timers == 0 ? G_MAXINT64 : clock->heap[1]->due_at_us;
}

void
bt_timer_init (BtTimer     *timer,
               BtTimerFunc  func,
               gpointer     user_data)
{
  *timer = (BtTimer) { .func = func, .user_data = user_data };
}

/* The past is over: a made-up clock never goes back, and a turn of the loop ends although its timers arm
 * themselves for its own time.
 */
static gint64
get_possible_due (BtClock *clock,
                  gint64   due_at_us)
{
  if (clock->source == NULL)
    return MAX (due_at_us, clock->now_us);
  if (clock->is_firing)
    return MAX (due_at_us, clock->now_us + 1);
  return due_at_us;
}

void
bt_timer_arm (BtTimer *timer,
              BtClock *clock,
              gint64   due_at_us)
{
  timer->due_at_us = get_possible_due (clock, due_at_us);
  timer->order = clock->n_armed++;

  if (timer->heap_index != 0)
    {
      g_assert (clock->heap[timer->heap_index] == timer);
      sift (clock, timer->heap_index, timer);
      return;
    }

  if (clock->n_timers + 1 == clock->heap_size)
    {
      clock->heap_size *= 2;
      clock->heap = g_renew (BtTimer *, clock->heap, clock->heap_size);
    }
  clock->n_timers++;
  sift_up (clock, clock->n_timers, timer);
}

void
bt_timer_arm_in (BtTimer *timer,
                 BtClock *clock,
                 gint64   delay_us)
{
  gint64 now_us = bt_clock_get_us (clock);
  gint64 due_at_us = G_MAXINT64;

  if (delay_us <= G_MAXINT64 - now_us)
    due_at_us = now_us + MAX (delay_us, 0);
  bt_timer_arm (timer, clock, due_at_us);
}

void
bt_timer_disarm (BtTimer *timer,
                 BtClock *clock)
{
  if (timer->heap_index != 0)
    remove_timer (clock, timer);
}
