/* freshet-switch-row.h - a row of preferences that is on or off
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_SWITCH_ROW (freshet_switch_row_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSwitchRow, freshet_switch_row, FRESHET, SWITCH_ROW, AdwActionRow)

/* Properties: active (boolean, writable, notified) */

G_END_DECLS
