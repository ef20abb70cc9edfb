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

/* Whether `url` is of a tracker that can be asked: http, https, or udp with a port. */
gboolean bt_tracker_url_is_valid (const char *url);

G_END_DECLS
