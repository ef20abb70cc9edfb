/* bt-limit.c - token buckets, and the lines of those who wait at them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-limit.h"

#include "bt-limit-gate.h"

#define TICK_US        (50 * BT_MILLISECOND_US)
#define TICKS_A_SECOND (BT_SECOND_US / TICK_US)
#define BURST_PART     4      /* of a second */
#define BURST_BYTES    16384  /* at least one block */
/* A wake-up costs some system calls: it should be worth this many bytes. */
#define SHARE_BYTES    4096
/* What a gate was given and does not use goes back after so long: it may have nothing to move. */
#define RESERVE_US     BT_SECOND_US
#define BUSY_US        BT_SECOND_US
/* Keeps products of bytes and microseconds within 64 bits; a terabyte per second is no limit. */
#define MAX_BPS        G_GUINT64_CONSTANT (1000000000000)

/* Invariant: tokens <= burst_bytes. While the timer is armed tokens come at its ticks only, so that they are dealt out
 * in worthwhile shares; otherwise they are counted up when somebody asks. The timer is armed while
 * somebody waits, and until the tick after the last one left.
 */
struct _BtLimit
{
  /* borrowed */
  BtClock *clock;
  GQueue   line;  /* of BtLimitGate, through their own links; first come, first served */

  /* values */
  BtTimer  timer;
  guint64  bps;             /* 0: no limit */
  guint64  tokens;          /* bytes */
  guint64  part;            /* of the next byte, in millionths */
  guint64  burst_bytes;
  guint64  floor_bytes;     /* fewer than this are not worth passing without a share */
  gint64   refilled_at_us;
  gint64   waited_at_us;    /* when somebody last waited */
};

static void
refill (BtLimit *limit)
{
  gint64 now_us = bt_clock_get_us (limit->clock);
  guint64 room = limit->burst_bytes - limit->tokens;
  guint64 elapsed_us;
  guint64 millionths;

  if (now_us <= limit->refilled_at_us)
    return;

  elapsed_us = (guint64) (now_us - limit->refilled_at_us);
  limit->refilled_at_us = now_us;
  if (elapsed_us > room * BT_SECOND_US / limit->bps)
    {
      limit->tokens = limit->burst_bytes;
      limit->part = 0;
      return;
    }

  millionths = elapsed_us * limit->bps + limit->part;
  limit->tokens = MIN (limit->tokens + millionths / BT_SECOND_US, limit->burst_bytes);
  limit->part = millionths % BT_SECOND_US;
}

/* One tick, or as long as a single byte takes where that is longer. */
static void
arm_tick (BtLimit *limit)
{
  bt_timer_arm_in (&limit->timer, limit->clock,
                   MAX (TICK_US, (gint64) (BT_SECOND_US / limit->bps + 1)));
}

/* What the limit has for somebody who holds no share: nothing that others wait for, and no crumbs. */
static guint64
get_open_tokens (BtLimit *limit,
                 guint64  n_bytes)
{
  if (limit->line.length != 0)
    return 0;
  if (!bt_timer_is_armed (&limit->timer) && limit->tokens < MAX (n_bytes, limit->floor_bytes))
    refill (limit);
  return limit->tokens < limit->floor_bytes ? 0 : limit->tokens;
}

/* Tokens that come back are somebody else's at once, when they are worth a wake-up. */
static void
give_back (BtLimitGate *gate,
           guint        index,
           guint64      n_bytes)
{
  BtLimit *limit = gate->limits[index];

  gate->reserved[index] -= n_bytes;
  if (limit->bps == 0)
    return;

  limit->tokens = MIN (limit->tokens + n_bytes, limit->burst_bytes);
  if (limit->line.length != 0 && limit->tokens >= limit->floor_bytes)
    bt_timer_arm_in (&limit->timer, limit->clock, 0);
}

static void
yield_if_stale (BtLimitGate *gate)
{
  for (guint i = 0; i < gate->n_limits; i++)
    if (gate->reserved[i] != 0)
      {
        gint64 now_us = bt_clock_get_us (gate->limits[i]->clock);

        if (now_us - gate->admitted_at_us > RESERVE_US)
          bt_limit_gate_yield (gate);
        return;
      }
}

/* The first limit of the chain that has nothing; NULL when each has something. */
static BtLimit *
find_dry (BtLimitGate *gate)
{
  for (guint i = 0; i < gate->n_limits; i++)
    {
      BtLimit *limit = gate->limits[i];

      if (limit->bps != 0 && gate->reserved[i] == 0 && get_open_tokens (limit, 1) == 0)
        return limit;
    }
  return NULL;
}

/* Who waits for one limit keeps no more of the others' tokens than make waiting there again needless. */
static void
stand_in_line (BtLimitGate *gate,
               BtLimit     *limit)
{
  for (guint i = 0; i < gate->n_limits; i++)
    if (gate->reserved[i] > SHARE_BYTES)
      give_back (gate, i, gate->reserved[i] - SHARE_BYTES);

  gate->waits_at = limit;
  g_queue_push_tail_link (&limit->line, &gate->link);
  if (!bt_timer_is_armed (&limit->timer))
    arm_tick (limit);
}

/* Out of the line: on to the next limit that is dry, or through. */
static void
admit (BtLimitGate *gate)
{
  BtLimit *dry = find_dry (gate);

  if (dry != NULL)
    {
      stand_in_line (gate, dry);
      return;
    }
  gate->admitted_at_us = bt_clock_get_us (gate->limits[0]->clock);
  gate->func (gate, gate->user_data);
}

static BtLimitGate *
pop_first (BtLimit *limit)
{
  BtLimitGate *gate = g_queue_pop_head_link (&limit->line)->data;

  gate->waits_at = NULL;
  return gate;
}

static void
reserve (BtLimitGate *gate,
         BtLimit     *limit,
         guint64      n_bytes)
{
  for (guint i = 0; i < gate->n_limits; i++)
    if (gate->limits[i] == limit)
      {
        gate->reserved[i] += n_bytes;
        limit->tokens -= n_bytes;
        return;
      }
}

/* Deals what there is to those who wait now, in equal shares: what is too little for one more is kept until
 * the next tick, or every other in the line would always get the rest only.
 */
static void
serve_line (BtLimit *limit)
{
  guint n_waiting = limit->line.length;
  guint64 share;

  if (n_waiting == 0)
    return;

  refill (limit);
  share = MAX (limit->tokens / n_waiting, MIN (limit->tokens, SHARE_BYTES));
  limit->waited_at_us = bt_clock_get_us (limit->clock);
  arm_tick (limit);
  if (share == 0)
    return;
  for (guint i = 0; i < n_waiting && limit->line.length != 0 && limit->tokens >= share; i++)
    {
      BtLimitGate *gate = pop_first (limit);

      reserve (gate, limit, share);
      admit (gate);
    }
}

static void
tick_cb (gpointer user_data)
{
  serve_line (user_data);
}

BtLimit *
bt_limit_new (BtClock *clock)
{
  BtLimit *limit = g_new0 (BtLimit, 1);

  limit->clock = clock;
  g_queue_init (&limit->line);
  bt_timer_init (&limit->timer, tick_cb, limit);
  limit->waited_at_us = bt_clock_get_us (clock) - BUSY_US;
  return limit;
}

void
bt_limit_free (BtLimit *limit)
{
  if (limit == NULL)
    return;

  g_assert (limit->line.length == 0);
  bt_timer_disarm (&limit->timer, limit->clock);
  g_free (limit);
}

/* Everybody goes on; some only to the line of the next limit. */
static void
lift (BtLimit *limit)
{
  limit->bps = 0;
  limit->tokens = 0;
  bt_timer_disarm (&limit->timer, limit->clock);
  while (limit->line.length != 0)
    {
      limit->waited_at_us = bt_clock_get_us (limit->clock);
      admit (pop_first (limit));
    }
}

void
bt_limit_set_bps (BtLimit *limit,
                  guint64  bps)
{
  bps = MIN (bps, MAX_BPS);
  if (bps == limit->bps)
    return;
  if (bps == 0)
    {
      lift (limit);
      return;
    }

  if (limit->bps != 0)
    refill (limit);
  else
    limit->part = 0;
  limit->refilled_at_us = bt_clock_get_us (limit->clock);
  limit->bps = bps;
  limit->burst_bytes = MAX (bps / BURST_PART, BURST_BYTES);
  limit->floor_bytes = CLAMP (bps / TICKS_A_SECOND, 1, SHARE_BYTES);
  limit->tokens = MIN (limit->tokens, limit->burst_bytes);
  serve_line (limit);
}

guint64
bt_limit_get_bps (BtLimit *limit)
{
  return limit->bps;
}

gboolean
bt_limit_is_busy (BtLimit *limit)
{
  return limit->line.length != 0 ||
         bt_clock_get_us (limit->clock) - limit->waited_at_us < BUSY_US;
}

void
bt_limit_gate_init (BtLimitGate     *gate,
                    BtLimitGateFunc  func,
                    gpointer         user_data)
{
  *gate = (BtLimitGate) { .func = func, .user_data = user_data, .link = { .data = gate } };
}

void
bt_limit_gate_set_limits (BtLimitGate    *gate,
                          BtLimit *const *limits)
{
  bt_limit_gate_leave (gate);
  gate->n_limits = 0;
  if (limits == NULL)
    return;

  for (; *limits != NULL; limits++)
    {
      g_assert (gate->n_limits < BT_LIMIT_MAX_CHAIN);
      gate->limits[gate->n_limits++] = *limits;
    }
}

guint64
bt_limit_gate_get_allowed (BtLimitGate *gate,
                           guint64      n_bytes)
{
  if (gate->waits_at != NULL)
    return 0;

  yield_if_stale (gate);
  for (guint i = 0; i < gate->n_limits; i++)
    {
      BtLimit *limit = gate->limits[i];

      if (limit->bps != 0 && gate->reserved[i] < n_bytes)
        n_bytes = MIN (n_bytes, gate->reserved[i] + get_open_tokens (limit, n_bytes));
    }
  return n_bytes;
}

void
bt_limit_gate_spend (BtLimitGate *gate,
                     guint64      n_bytes)
{
  for (guint i = 0; i < gate->n_limits; i++)
    {
      guint64 n_reserved = MIN (gate->reserved[i], n_bytes);
      BtLimit *limit = gate->limits[i];

      gate->reserved[i] -= n_reserved;
      if (limit->bps != 0)
        limit->tokens -= MIN (limit->tokens, n_bytes - n_reserved);
    }
}

void
bt_limit_gate_yield (BtLimitGate *gate)
{
  for (guint i = 0; i < gate->n_limits; i++)
    if (gate->reserved[i] != 0)
      give_back (gate, i, gate->reserved[i]);
}

gboolean
bt_limit_gate_wait (BtLimitGate *gate)
{
  BtLimit *dry;

  if (gate->waits_at != NULL)
    return TRUE;

  dry = find_dry (gate);
  if (dry == NULL)
    return FALSE;
  stand_in_line (gate, dry);
  return TRUE;
}

void
bt_limit_gate_leave (BtLimitGate *gate)
{
  BtLimit *limit = gate->waits_at;

  if (limit != NULL)
    {
      g_queue_unlink (&limit->line, &gate->link);
      gate->waits_at = NULL;
      limit->waited_at_us = bt_clock_get_us (limit->clock);
    }
  bt_limit_gate_yield (gate);
}
