/* bt-rate.c - how many bytes per second passed lately
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-rate.h"

#include <string.h>

void
bt_rate_init (BtRate *rate,
              gint64  now_us)
{
  memset (rate, 0, sizeof *rate);
  rate->head_at_us = now_us;
  rate->began_at_us = now_us;
}

/* How many whole slots `now_us` lies behind the head; a clock that went back counts as standing still. */
static gint64
get_n_steps (const BtRate *rate,
             gint64        now_us)
{
  return now_us <= rate->head_at_us ? 0 : (now_us - rate->head_at_us) / BT_RATE_SLOT_US;
}

void
bt_rate_add (BtRate  *rate,
             guint64  n_bytes,
             gint64   now_us)
{
  gint64 n_steps = get_n_steps (rate, now_us);
  gint64 n_stale = MIN (n_steps, BT_RATE_SLOTS);

  for (gint64 i = 0; i < n_stale; i++)
    {
      rate->head = (rate->head + 1) % BT_RATE_SLOTS;
      rate->slots[rate->head] = 0;
    }
  rate->head_at_us += n_steps * BT_RATE_SLOT_US;
  rate->slots[rate->head] += n_bytes;
}

guint64
bt_rate_get_bps (const BtRate *rate,
                 gint64        now_us)
{
  gint64 n_steps = get_n_steps (rate, now_us);
  gint64 covered_us;
  guint64 n_bytes = 0;

  /* Slots that fell out of the window are those right behind the head: the ring is full. */
  for (gint64 i = n_steps; i < BT_RATE_SLOTS; i++)
    {
      guint age = (guint) (i - n_steps);

      n_bytes += rate->slots[(rate->head + BT_RATE_SLOTS - age) % BT_RATE_SLOTS];
    }

  /* The head slot is not over yet, so that the ring covers a little less than four seconds. */
  covered_us = (BT_RATE_SLOTS - 1) * BT_RATE_SLOT_US +
               MAX (now_us - rate->head_at_us - n_steps * BT_RATE_SLOT_US, 0);
  covered_us = MIN (covered_us, now_us - rate->began_at_us);
  covered_us = MAX (covered_us, G_USEC_PER_SEC);
  return n_bytes * 1000 / (guint64) (covered_us / 1000);
}
