/* freshet-spin-row.h - a row of preferences with a number
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_SPIN_ROW (freshet_spin_row_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSpinRow, freshet_spin_row, FRESHET, SPIN_ROW, AdwActionRow)

/* Properties:
 *   adjustment (GtkAdjustment, writable): the range
 *   digits (uint, writable): behind the point
 *   value (double, writable, notified)
 */

/* Who scrolls a page means the page, not the number that happens to come under the mouse. */
void freshet_spin_ignore_scrolling (GtkSpinButton *spin);

G_END_DECLS
