/* bt-limit.h - a token bucket that streams wait at
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-clock.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_LIMIT_MAX_CHAIN 4  /* engine, torrent, group, peer */

typedef struct _BtLimit BtLimit;

/* Bytes per second, refilled every 50 ms while somebody waits; holds at most a quarter of a second's worth (at
 * least one block), and nothing at first, so that a rate is kept within a few percent over any second. Those who
 * wait are served in turn, in equal shares of a few KiB at least. bt-limit-gate.h is how to pay and to wait.
 * Thread: the clock's.
 */
BtLimit *bt_limit_new     (BtClock *clock);
/* Nobody may wait (asserted). */
void     bt_limit_free    (BtLimit *limit);
/* 0: no limit. Takes effect at once; raising it wakes those who wait. */
void     bt_limit_set_bps (BtLimit *limit,
                           guint64  bps);
guint64  bt_limit_get_bps (BtLimit *limit);
/* Whether somebody is waiting for tokens, or had to lately (a second): the limit is what slows things down. */
gboolean bt_limit_is_busy (BtLimit *limit);

G_END_DECLS
