/* freshet-torrent-model.h - a GListModel of torrents in an order that somebody else decides
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_MODEL (freshet_torrent_model_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTorrentModel, freshet_torrent_model, FRESHET, TORRENT_MODEL, GObject)

FreshetTorrentModel *freshet_torrent_model_new    (void);
/* Takes the array, of BtTorrent that it owns, and tells of as few positions as it can. What makes a short list much
 * longer is told of in the next tenths of a second. FALSE: nothing is told now. */
gboolean             freshet_torrent_model_set    (FreshetTorrentModel *self,
                                                   GPtrArray           *torrents);
/* Tells of all that has not been told of yet, at once: for what is done to the whole list. */
void                 freshet_torrent_model_finish (FreshetTorrentModel *self);

G_END_DECLS
