/* freshet-columns-layout.h - children side by side in equal columns, as many as fit
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_COLUMNS_LAYOUT (freshet_columns_layout_get_type ())

G_DECLARE_FINAL_TYPE (FreshetColumnsLayout, freshet_columns_layout, FRESHET, COLUMNS_LAYOUT,
                      GtkLayoutManager)

/* Properties, all writable, in pixels where they are sizes:
 *   min-width (int): a column is never narrower, but for a single one
 *   max-columns (int)
 *   spacing, row-spacing (int)
 */

G_END_DECLS
