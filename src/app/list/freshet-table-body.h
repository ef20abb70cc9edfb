/* freshet-table-body.h - the headings of a table above a list of its rows, which move sideways together
 *
 * The headings are those of a GtkColumnView without a model: it knows how columns are chosen, moved, resized and sorted
 * by. The rows are of a GtkListView, one widget each, which ask here where the columns are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-columns.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TABLE_BODY (freshet_table_body_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTableBody, freshet_table_body, FRESHET, TABLE_BODY, GtkWidget)

/* A GtkScrollable with the properties "header" (GtkColumnView) and "list" (GtkListView), both set at construction.
 * Signal: moved (): freshet_table_body_get_places() says something else; rows are about to be given their size
 */

/* Of a column of the header, which has a fixed width: what it shows. `info` is static. */
void                      freshet_table_body_set_info   (GtkColumnViewColumn *column,
                                                         const FreshetColumn *info);
/* NULL: none was set. */
const FreshetColumn      *freshet_table_body_get_info   (GtkColumnViewColumn *column);

/* The columns shown, in pixels of a row, in the order of the headings. Borrowed, until the next layout. */
const FreshetColumnPlace *freshet_table_body_get_places (FreshetTableBody    *self,
                                                         gsize               *out_n_places);
/* Whether any of the place can be seen, as far as sideways goes. */
gboolean                  freshet_table_body_is_in_view (FreshetTableBody    *self,
                                                         const FreshetColumnPlace *place);
/* A step to the right, or the left. FALSE: all of the width is seen. */
gboolean                  freshet_table_body_step       (FreshetTableBody    *self,
                                                         gboolean             is_to_right);

G_END_DECLS
