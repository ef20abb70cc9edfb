/* freshet-export.h - torrents for somebody else: magnet links to the clipboard, .torrent files to a folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-window.h"

G_BEGIN_DECLS

/* `torrents` of BtTorrent, kept until it is done. What became of it is said in the window. */

/* One link a line, in their order. */
void freshet_export_copy_links (FreshetWindow *window,
                                GPtrArray     *torrents);
/* Asks for a file, or of several for a folder, in which nothing is overwritten. Links of which no more is known have
 * no file: they are left out, and that is said. */
void freshet_export_save_files (FreshetWindow *window,
                                GPtrArray     *torrents);

G_END_DECLS
