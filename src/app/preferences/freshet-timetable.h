/* freshet-timetable.h - the editor of the timetable: a week to paint, with what to paint and a legend in one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TIMETABLE (freshet_timetable_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTimetable, freshet_timetable, FRESHET, TIMETABLE, GtkWidget)

/* Properties: days (strv, writable, notified): as bt_timetable_to_strv() gives it */

G_END_DECLS
