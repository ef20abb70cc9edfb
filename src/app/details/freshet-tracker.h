/* freshet-tracker.h - a tracker of a torrent, and what it says in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-table.h"
#include "supervisor/bt.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TRACKER (freshet_tracker_get_type ())

/* Signal: changed (): with every update. */
G_DECLARE_FINAL_TYPE (FreshetTracker, freshet_tracker, FRESHET, TRACKER, GObject)

/* Borrowed, valid until the next update. */
const BtTrackerFacts *freshet_tracker_get_facts    (FreshetTracker       *self);
/* Host and port, as the table shows it: URLs may hold what nobody else is to see. (transfer full) */
char                 *freshet_tracker_format_host  (const char           *url);
/* "Working", or what went wrong. (transfer full) */
char                 *freshet_tracker_format_state (const BtTrackerFacts *facts);
/* "in 12 minutes"; `now_us` of the monotonic clock. (transfer full) */
char                 *freshet_tracker_format_next  (const BtTrackerFacts *facts,
                                                    gint64                now_us);
/* Of FreshetTracker. Static. */
const FreshetTableColumn *freshet_tracker_get_columns (gsize             *out_n_columns);
/* `list` of FreshetTracker becomes what `rows` (of BtTrackerFacts) say, by tier, then by URL. Those that are there
 * already change in place. */
void                  freshet_tracker_update_list  (GListStore           *list,
                                                    const GArray         *rows);

G_END_DECLS
