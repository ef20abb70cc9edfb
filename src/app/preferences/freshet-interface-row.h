/* freshet-interface-row.h - a row of preferences with the network interface that everything is to go through
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_INTERFACE_ROW (freshet_interface_row_get_type ())

/* Properties:
 *   device (string): the interface's name; empty: whichever there is. One that is not there can be chosen on.
 */
G_DECLARE_FINAL_TYPE (FreshetInterfaceRow, freshet_interface_row, FRESHET, INTERFACE_ROW,
                      AdwComboRow)

G_END_DECLS
