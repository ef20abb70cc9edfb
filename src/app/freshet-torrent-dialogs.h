/* freshet-torrent-dialogs.h - small dialogs that change what is set for torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The name as shown; files keep theirs. */
void freshet_rename_dialog_present  (GtkWindow *parent,
                                     BtTorrent *torrent);
/* `torrents` of BtTorrent, at least one; copied, for both. */
void freshet_labels_dialog_present  (GtkWindow *parent,
                                     GPtrArray *torrents);
void freshet_options_dialog_present (GtkWindow *parent,
                                     GPtrArray *torrents);

G_END_DECLS
