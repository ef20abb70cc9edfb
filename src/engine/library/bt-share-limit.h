/* bt-share-limit.h - whether a torrent has been shared enough, and what then
 *
 * Pure: numbers come in, a verdict goes out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "store/bt-record.h"

G_BEGIN_DECLS

/* Of a torrent: as in BtRecord, BT_RATIO_… and BT_AFTER_SHARE_GENERAL have their meaning. The general ones: a limit
 * below 0 is none, and BT_AFTER_SHARE_GENERAL is BT_AFTER_SHARE_PAUSE.
 */
typedef struct
{
  double       ratio;
  gint64       seed_time_s;
  gint64       idle_s;
  BtAfterShare after;
} BtShareLimits;

/* What has come of it. */
typedef struct
{
  guint64 sent_bytes;      /* payload of all runs */
  guint64 received_bytes;
  guint64 wanted_bytes;
  gint64  seeding_s;       /* in all */
  gint64  idle_s;          /* seeding without having sent anything, up to now; 0 when not seeding */
  guint   is_seed : 1;     /* everything wanted is there */
  guint   is_forced : 1;   /* BT_RECORD_FORCED */
  guint   is_done : 1;     /* BT_RECORD_SHARE_DONE */
} BtShareFacts;

typedef enum
{
  BT_SHARE_NOT_REACHED,
  BT_SHARE_RATIO,
  BT_SHARE_SEED_TIME,
  BT_SHARE_IDLE,
} BtShareReached;

/* The limits in force, of a torrent's own ones and those for all: none is BT_RATIO_GENERAL, a limit that is none is
 * BT_RATIO_NONE, and `after` is what to do. Values that cannot be (any other number below 0, not a number, an unknown
 * action) are no limit, and a pause. */
BtShareLimits  bt_share_limits_resolve (const BtShareLimits *own,
                                        const BtShareLimits *general);
/* What was sent per byte of the wanted files: not per byte received, which is nothing for data that was there
 * before, and more than the size for data that was lost and fetched again. A torrent of which nothing is wanted is
 * measured against what was received; 0 when that is nothing, too. */
double         bt_share_get_ratio      (const BtShareFacts  *facts);
/* Which of `limits`, as they came from bt_share_limits_resolve(), is reached, the first of them in the enum's
 * order; then `limits->after` is to be done once, and BT_RECORD_SHARE_DONE set. A limit of 0 is reached as soon as
 * the torrent is complete.
 *
 * Never reached: by a torrent that is not complete. By one that was acted upon already (`is_done`): who resumes it
 * wants it to go on, and the caller takes the mark away when the limits are changed. And by a forced one: somebody
 * said of this very torrent that it runs, which outweighs a rule for all, and removing it on account of such a rule
 * would be worse than sending too much; the limit acts when it is forced no more. */
BtShareReached bt_share_limits_check   (const BtShareLimits *limits,
                                        const BtShareFacts  *facts);

G_END_DECLS
