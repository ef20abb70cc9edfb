/* freshet-table-row.h - one torrent in the table: the texts of its columns, drawn by one widget
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-table-body.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_TABLE_ROW (freshet_table_row_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTableRow, freshet_table_row, FRESHET, TABLE_ROW, GtkWidget)

/* `body` is borrowed and outlives it. */
GtkWidget *freshet_table_row_new          (FreshetTableBody *body);
/* Follows it until another, or NULL, is set. Only what looks different is drawn. */
void       freshet_table_row_set_torrent  (FreshetTableRow  *self,
                                           BtTorrent        *torrent);
/* The columns are others, or elsewhere. */
void       freshet_table_row_set_moved    (FreshetTableRow  *self);

G_END_DECLS
