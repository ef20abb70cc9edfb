/* freshet-speed-graph.h - speeds over time: a legend with the present ones, a choice of how far back, and the plot
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_SPEED_GRAPH (freshet_speed_graph_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSpeedGraph, freshet_speed_graph, FRESHET, SPEED_GRAPH, GtkWidget)

/* Properties:
 *   range (uint, writable, notified): how far back it goes, a BtHistoryRing; the key `graph-range` is made for it
 */

/* The bytes of a BtHistory, or NULL: nothing is known. To be called once a second while it is seen: the plot moves
 * with the time. */
void       freshet_speed_graph_set_history (FreshetSpeedGraph *self,
                                            GBytes            *history);
/* Bytes per second now, for the legend. */
void       freshet_speed_graph_set_rates   (FreshetSpeedGraph *self,
                                            guint64            received_bps,
                                            guint64            sent_bps);

G_END_DECLS
