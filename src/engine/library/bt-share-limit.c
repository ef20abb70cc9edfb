/* bt-share-limit.c - whether a torrent has been shared enough, and what then
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-share-limit.h"

static double
resolve_ratio (double own,
               double general)
{
  double ratio = own == BT_RATIO_GENERAL ? general : own;

  /* Not a number compares as FALSE. */
  return ratio >= 0 ? ratio : BT_RATIO_NONE;
}

static gint64
resolve_time (gint64 own_s,
              gint64 general_s)
{
  gint64 time_s = own_s == BT_RATIO_GENERAL ? general_s : own_s;

  return time_s >= 0 ? time_s : BT_RATIO_NONE;
}

static BtAfterShare
resolve_after (BtAfterShare own,
               BtAfterShare general)
{
  switch (own == BT_AFTER_SHARE_GENERAL ? general : own)
    {
    case BT_AFTER_SHARE_REMOVE:
      return BT_AFTER_SHARE_REMOVE;
    case BT_AFTER_SHARE_REMOVE_DATA:
      return BT_AFTER_SHARE_REMOVE_DATA;
    case BT_AFTER_SHARE_SUPER_SEED:
      return BT_AFTER_SHARE_SUPER_SEED;
    case BT_AFTER_SHARE_GENERAL:
    case BT_AFTER_SHARE_PAUSE:
    default:
      return BT_AFTER_SHARE_PAUSE;
    }
}

BtShareLimits
bt_share_limits_resolve (const BtShareLimits *own,
                         const BtShareLimits *general)
{
  return (BtShareLimits) {
    .ratio = resolve_ratio (own->ratio, general->ratio),
    .seed_time_s = resolve_time (own->seed_time_s, general->seed_time_s),
    .idle_s = resolve_time (own->idle_s, general->idle_s),
    .after = resolve_after (own->after, general->after),
  };
}

double
bt_share_get_ratio (const BtShareFacts *facts)
{
  guint64 size_bytes = facts->wanted_bytes != 0 ? facts->wanted_bytes : facts->received_bytes;

  return size_bytes != 0 ? (double) facts->sent_bytes / (double) size_bytes : 0;
}

BtShareReached
bt_share_limits_check (const BtShareLimits *limits,
                       const BtShareFacts  *facts)
{
  if (!facts->is_seed || facts->is_done || facts->is_forced)
    return BT_SHARE_NOT_REACHED;
  if (limits->ratio >= 0 && bt_share_get_ratio (facts) >= limits->ratio)
    return BT_SHARE_RATIO;
  if (limits->seed_time_s >= 0 && facts->seeding_s >= limits->seed_time_s)
    return BT_SHARE_SEED_TIME;
  if (limits->idle_s >= 0 && facts->idle_s >= limits->idle_s)
    return BT_SHARE_IDLE;
  return BT_SHARE_NOT_REACHED;
}
