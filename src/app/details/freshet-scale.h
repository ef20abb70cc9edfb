/* freshet-scale.h - where the lines and labels of a graph over time go
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

#define FRESHET_SCALE_MIN_BPS 1000   /* the top of a graph of nothing, at least */

/* The smallest 1, 2 or 5 times a power of ten of which `n_steps` reach up to `max`. */
guint64    freshet_scale_get_step  (guint64        max,
                                    guint          n_steps);
/* How high a graph goes whose highest value is `max` and that went up to `top` so far (0: it is the first): a graph
 * grows at once, and shrinks only when less than a third is in use. Rounded to `n_steps` equal steps. */
guint64    freshet_scale_get_top   (guint64        max,
                                    guint          n_steps,
                                    guint64        top);

typedef struct
{
  gint64  time_s;   /* Unix time */
  char   *label;    /* owned */
} FreshetTick;

/* Of FreshetTick, from `first_s` to `last_s`, at times that are round in `zone`: every two minutes, half an hour, a day
 * or a month. (transfer full) */
GArray    *freshet_scale_get_ticks (BtHistoryRing  ring,
                                    gint64         first_s,
                                    gint64         last_s,
                                    GTimeZone     *zone);

/* Bytes per second of each bucket but the last ones of which nothing can be said yet. Returns how many there are. */
guint      freshet_scale_get_rates (const BtHistoryBucket *buckets,
                                    BtHistoryRing          ring,
                                    gint64                 first_s,
                                    gint64                 now_s,
                                    guint64               *out_received_bps,
                                    guint64               *out_sent_bps);

G_END_DECLS
