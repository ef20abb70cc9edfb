/* bt-tracker-state.h - how a tracker stands with us
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BT_TRACKER_IDLE,        /* not asked yet */
  BT_TRACKER_ANNOUNCING,
  BT_TRACKER_WORKING,     /* the last announce succeeded */
  BT_TRACKER_FAILED,      /* the last announce failed, or it cannot be asked at all: message */
} BtTrackerState;

G_END_DECLS
