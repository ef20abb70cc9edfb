/* bt-utp-delay-private.h - the least delay of late, which is the path's own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_UTP_DELAY_MINUTES 10  /* RFC 6817: BASE_HISTORY */
#define BT_UTP_DELAY_FILTER  3   /* samples; CURRENT_FILTER */

/* Samples of a delay in microseconds, which may have the offset between two clocks in it: only differences mean
 * anything, and they are taken modulo 2^32. Base is the least of the last minutes, current the least of the last
 * samples.
 *
 * Invariant: `n_minutes` >= 1 once a sample came; all values are relative to `zero`, the first sample.
 */
typedef struct
{
  gint32  minima[BT_UTP_DELAY_MINUTES];  /* a ring; `newest` is the current minute's */
  gint32  filter[BT_UTP_DELAY_FILTER];
  gint32  base;
  guint32 zero;
  guint   n_minutes;
  guint   newest;
  guint   n_samples;                     /* modulo the filter */
  gint64  minute_at_us;
} BtUtpDelay;

void    bt_utp_delay_init        (BtUtpDelay       *delay);
/* Returns by how much the base has fallen with it. */
guint32 bt_utp_delay_add         (BtUtpDelay       *delay,
                                  guint32           sample_us,
                                  gint64            now_us);
/* The other clock has drifted: what was the least has become more. */
void    bt_utp_delay_raise       (BtUtpDelay       *delay,
                                  guint32           by_us);
/* Current above base; 0 before the first sample. */
guint32 bt_utp_delay_get_excess  (const BtUtpDelay *delay);

/* Of a delay without a clock's offset. */
static inline guint32
bt_utp_delay_get_base (const BtUtpDelay *delay)
{
  return delay->zero + (guint32) delay->base;
}

static inline gboolean
bt_utp_delay_is_known (const BtUtpDelay *delay)
{
  return delay->n_minutes > 0;
}

G_END_DECLS
