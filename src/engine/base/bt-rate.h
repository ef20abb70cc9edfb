/* bt-rate.h - how many bytes per second passed lately
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_RATE_SLOTS   16
#define BT_RATE_SLOT_US 250000

/* A ring of BT_RATE_SLOTS counts, each covering 250 ms.
 *
 * Invariant: slot `head` begins at the instant `head_at_us`; older slots lie behind it, so the sum over all
 * slots is what passed in the time they cover, which is fifteen slots and the part of the head's that is
 * over: four seconds nearly. The rate is that sum by that time, or by the meter's age when that is less, but
 * never by less than one second.
 * Thread: whichever owns it; no locking.
 */
typedef struct
{
  guint64 slots[BT_RATE_SLOTS];  /* bytes */
  gint64  head_at_us;            /* monotonic; start of the head slot */
  gint64  began_at_us;
  guint   head;
} BtRate;

void    bt_rate_init    (BtRate       *rate,
                         gint64        now_us);
void    bt_rate_add     (BtRate       *rate,
                         guint64       n_bytes,
                         gint64        now_us);
/* Bytes per second over the last four seconds. */
guint64 bt_rate_get_bps (const BtRate *rate,
                         gint64        now_us);

G_END_DECLS
