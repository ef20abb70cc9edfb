/* freshet-limit-row.h - a row of preferences with a limit of speed, or none
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_LIMIT_ROW (freshet_limit_row_get_type ())

G_DECLARE_FINAL_TYPE (FreshetLimitRow, freshet_limit_row, FRESHET, LIMIT_ROW, AdwExpanderRow)

/* Properties: bps (uint64, writable, notified): bytes per second; 0: no limit, the switch is off */

G_END_DECLS
