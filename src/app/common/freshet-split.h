/* freshet-split.h - a list and the details of what is chosen in it: beside, below, or one at a time
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_SPLIT (freshet_split_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSplit, freshet_split, FRESHET, SPLIT, GtkWidget)

/* Properties, all writable:
 *   list, details (GtkWidget)
 *   is-narrow (boolean): only one of both is there at a time, and `shows-details` says which
 *   is-below (boolean): else the details are beside
 *   shows-details (boolean)
 *   details-width, details-height (int, pixels): where the handle is
 */

G_END_DECLS
