/* freshet-timetable-grid.h - a week in half hours, to be painted
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TIMETABLE_GRID (freshet_timetable_grid_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTimetableGrid, freshet_timetable_grid, FRESHET, TIMETABLE_GRID,
                      GtkWidget)

/* Properties:
 *   days (strv, writable, notified): as bt_timetable_to_strv() gives it; anything else is a week of normal limits
 *   brush (uint, writable, notified): the BtTimetableValue that is painted
 *   words (string, read-only, notified): what is pointed at or selected, and its value
 */

/* The day in which the cursor is, to all others. */
void freshet_timetable_grid_copy_day (FreshetTimetableGrid *self);

G_END_DECLS
