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

G_END_DECLS
