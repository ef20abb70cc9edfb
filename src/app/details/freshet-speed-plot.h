/* freshet-speed-plot.h - two speeds over time, drawn; a point of it can be read
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_SPEED_PLOT (freshet_speed_plot_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSpeedPlot, freshet_speed_plot, FRESHET, SPEED_PLOT, GtkWidget)

typedef struct
{
  gint64  time_s;         /* Unix time at which it begins */
  gint64  length_s;
  guint64 received_bps;
  guint64 sent_bps;
} FreshetSpeedPoint;

/* Signal: reading-changed (): another point is pointed at, by mouse or by arrow keys, or it has another value.
 */
/* What `history` tells of `ring`, now. */
void     freshet_speed_plot_show        (FreshetSpeedPlot  *self,
                                         const BtHistory   *history,
                                         BtHistoryRing      ring);
/* The point that is read; FALSE: none. */
gboolean freshet_speed_plot_get_reading (FreshetSpeedPlot  *self,
                                         FreshetSpeedPoint *out_point);

G_END_DECLS
