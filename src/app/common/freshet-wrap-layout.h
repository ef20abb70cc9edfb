/* freshet-wrap-layout.h - children one behind the other, in as many lines as that takes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_WRAP_LAYOUT (freshet_wrap_layout_get_type ())

G_DECLARE_FINAL_TYPE (FreshetWrapLayout, freshet_wrap_layout, FRESHET, WRAP_LAYOUT,
                      GtkLayoutManager)

/* `spacing`: pixels, between children and between lines. */
GtkLayoutManager *freshet_wrap_layout_new (int spacing);

G_END_DECLS
