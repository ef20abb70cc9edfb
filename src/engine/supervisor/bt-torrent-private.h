/* bt-torrent-private.h - what the supervisor does to its torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-engine.h"
#include "bt-supervisor.h"
#include "bt-torrent.h"

G_BEGIN_DECLS

BtTorrent *bt_torrent_new      (guint64       id,
                                BtMetainfo   *metainfo);
guint64    bt_torrent_get_id   (BtTorrent    *self);
/* Where its commands go; NULL once it is removed or the engine has ended. Borrowed. */
void       bt_torrent_set_engine (BtTorrent  *self,
                                  BtEngine   *engine);
/* Takes the newest snapshot and tells what changed. */
void       bt_torrent_take_snapshot (BtTorrent  *self,
                                     BtSnapshot *snapshot);

G_END_DECLS
