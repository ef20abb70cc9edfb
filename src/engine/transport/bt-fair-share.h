/* bt-fair-share.h - what our own TCP connections leave of the line to those of uTP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_FAIR_SHARE_MIN_BPS (16 * 1024)  /* TCP is never limited to less */

/* Of all torrents together, and of peers that are reached through the line only. Rates are of the last seconds, in
 * bytes per second. */
typedef struct
{
  guint   n_tcp;     /* connections that have something to send */
  guint   n_utp;
  guint64 tcp_bps;   /* what these send */
  guint64 utp_bps;
  guint32 queue_us;  /* the shortest queue that packets of a uTP connection wait in: before all of them */
} BtFairLoad;

/* LEDBAT gives way to every TCP, our own too: where we fill the line, peers reached over uTP would get next to nothing.
 * So TCP is limited, but only while uTP waits in a queue, and step by step, until a connection of one kind gets as much
 * as one of the other. If uTP does not take what TCP leaves, because others fill the line or the queue is
 * not ours, the limit goes, and is tried again ever more rarely. Pure.
 *
 * Invariant: `limit_bps` is not 0 exactly while it holds TCP back; then `before` is what was when that was last judged,
 * or began.
 */
typedef struct
{
  guint64    limit_bps;
  BtFairLoad before;
  gint64     judged_at_us;
  gint64     retry_at_us;
  guint      n_starved;    /* ticks on end that uTP got too little */
  guint      n_alone;      /* ticks on end without both kinds */
  guint      n_empty;      /* ticks on end that nothing waited */
  guint      n_given_up;   /* times on end that it was of no use */
} BtFairShare;

void    bt_fair_share_init (BtFairShare      *share);
/* Once a second. Returns what TCP may send; 0: no limit. */
guint64 bt_fair_share_tick (BtFairShare      *share,
                            const BtFairLoad *load,
                            gint64            now_us);

G_END_DECLS
