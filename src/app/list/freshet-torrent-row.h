/* freshet-torrent-row.h - one torrent: icon, name, labels, bar, one sentence, and a button
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_ROW (freshet_torrent_row_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTorrentRow, freshet_torrent_row, FRESHET, TORRENT_ROW, GtkWidget)

GtkWidget *freshet_torrent_row_new          (void);
/* Follows it until another, or NULL, is set. Only what looks different is drawn. */
void       freshet_torrent_row_set_torrent  (FreshetTorrentRow *self,
                                             BtTorrent         *torrent);
/* Whether there is room for the torrent's labels. */
void       freshet_torrent_row_show_labels  (FreshetTorrentRow *self,
                                             gboolean           shows_labels);

G_END_DECLS
