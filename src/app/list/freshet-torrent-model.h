/* freshet-torrent-model.h - a GListModel of torrents in an order that somebody else decides
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_MODEL (freshet_torrent_model_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTorrentModel, freshet_torrent_model, FRESHET, TORRENT_MODEL, GObject)

FreshetTorrentModel *freshet_torrent_model_new (void);
/* Takes the array, of BtTorrent that it owns, and tells of as few positions as it can. FALSE: it is what was there. */
gboolean             freshet_torrent_model_set (FreshetTorrentModel *self,
                                                GPtrArray           *torrents);

G_END_DECLS
