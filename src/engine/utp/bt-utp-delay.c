/* bt-utp-delay.c - the least delay of late, which is the path's own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-delay-private.h"

#define MINUTE_US (60 * G_GINT64_CONSTANT (1000000))

void
bt_utp_delay_init (BtUtpDelay *delay)
{
  *delay = (BtUtpDelay) { 0 };
}

/* Whatever is more than half of 2^32 away is on the other side. */
static gint32
saturate (gint64 value)
{
  return (gint32) CLAMP (value, G_MININT32, G_MAXINT32);
}

static void
find_base (BtUtpDelay *delay)
{
  delay->base = G_MAXINT32;
  for (guint i = 0; i < delay->n_minutes; i++)
    delay->base = MIN (delay->base, delay->minima[i]);
}

static void
begin (BtUtpDelay *delay,
       guint32     sample_us,
       gint64      now_us)
{
  delay->zero = sample_us;
  delay->base = 0;
  delay->minima[0] = 0;
  delay->newest = 0;
  delay->n_minutes = 1;
  delay->minute_at_us = now_us;
  for (guint i = 0; i < BT_UTP_DELAY_FILTER; i++)
    delay->filter[i] = 0;
}

static void
begin_minute (BtUtpDelay *delay,
              gint32      value,
              gint64      now_us)
{
  delay->minute_at_us = now_us;
  delay->newest = (delay->newest + 1) % BT_UTP_DELAY_MINUTES;
  delay->n_minutes = MIN (delay->n_minutes + 1, BT_UTP_DELAY_MINUTES);
  delay->minima[delay->newest] = value;
  find_base (delay);
}

guint32
bt_utp_delay_add (BtUtpDelay *delay,
                  guint32     sample_us,
                  gint64      now_us)
{
  gint32 value = (gint32) (sample_us - delay->zero);
  gint32 base = delay->base;

  if (delay->n_minutes == 0)
    {
      begin (delay, sample_us, now_us);
      return 0;
    }
  delay->filter[delay->n_samples++ % BT_UTP_DELAY_FILTER] = value;
  if (now_us - delay->minute_at_us >= MINUTE_US)
    begin_minute (delay, value, now_us);
  if (value < delay->minima[delay->newest])
    delay->minima[delay->newest] = value;
  if (value < delay->base)
    delay->base = value;
  return delay->base < base ? (guint32) base - (guint32) delay->base : 0;
}

void
bt_utp_delay_raise (BtUtpDelay *delay,
                    guint32     by_us)
{
  for (guint i = 0; i < delay->n_minutes; i++)
    delay->minima[i] = saturate ((gint64) delay->minima[i] + by_us);
  if (delay->n_minutes > 0)
    find_base (delay);
}

guint32
bt_utp_delay_get_excess (const BtUtpDelay *delay)
{
  gint32 current = G_MAXINT32;

  if (delay->n_minutes == 0)
    return 0;
  for (guint i = 0; i < BT_UTP_DELAY_FILTER; i++)
    current = MIN (current, delay->filter[i]);
  return current > delay->base ? (guint32) current - (guint32) delay->base : 0;
}
