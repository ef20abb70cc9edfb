/* freshet-bans-row.h - a row of preferences with the addresses that were banned
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_BANS_ROW (freshet_bans_row_get_type ())

/* Asks the engine whenever it is shown. */
G_DECLARE_FINAL_TYPE (FreshetBansRow, freshet_bans_row, FRESHET, BANS_ROW, AdwExpanderRow)

G_END_DECLS
