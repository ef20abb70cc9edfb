/* freshet-torrent-table.h - the torrents as a table: the busy face of the list
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-list.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_TABLE (freshet_torrent_table_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTorrentTable, freshet_torrent_table, FRESHET, TORRENT_TABLE, GtkWidget)

/* Signal: activated (): a row was double-clicked, or Enter pressed on it; it is selected
 * Its columns, their widths and the order are kept in the settings "columns", "column-widths", "sort-by" and
 * "sort-descending", and follow them.
 */

/* Once; both are kept. */
void freshet_torrent_table_set_list   (FreshetTorrentTable *self,
                                       FreshetTorrentList  *list,
                                       GSettings           *settings);
/* Rows exist only while it is the face that is shown. */
void freshet_torrent_table_set_active (FreshetTorrentTable *self,
                                       gboolean             is_active);
/* So that the torrent at `position` is seen; nothing happens while it is not the face that is shown. */
void freshet_torrent_table_scroll_to  (FreshetTorrentTable *self,
                                       guint                position);

G_END_DECLS
