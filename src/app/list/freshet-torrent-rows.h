/* freshet-torrent-rows.h - the torrents as rows: the calm face of the list
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-list.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_ROWS (freshet_torrent_rows_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTorrentRows, freshet_torrent_rows, FRESHET, TORRENT_ROWS, GtkWidget)

/* Signal: activated (): a row was double-clicked, or Enter pressed on it; it is selected */

/* Once. The list is kept. */
void freshet_torrent_rows_set_list   (FreshetTorrentRows *self,
                                      FreshetTorrentList *list);
/* Rows exist only while it is the face that is shown. */
void freshet_torrent_rows_set_active (FreshetTorrentRows *self,
                                      gboolean            is_active);
/* So that the torrent at `position` is seen; nothing happens while it is not the face that is shown. */
void freshet_torrent_rows_scroll_to  (FreshetTorrentRows *self,
                                      guint               position);

G_END_DECLS
