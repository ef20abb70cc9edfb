/* bt-torrent.h - one torrent, as an application sees it: the newest snapshot, and what can be done
 *
 * Thread: user, the supervisor's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "metainfo/bt-metainfo.h"
#include "peers/bt-peer-words.h"
#include "swarm/bt-swarm-facts.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TYPE_TORRENT (bt_torrent_get_type ())

G_DECLARE_FINAL_TYPE (BtTorrent, bt_torrent, BT, TORRENT, GObject)

/* Properties, all read-only, notified when they change: name (string), state (int, BtSwarmState),
 * progress (double, 0 to 1), is-complete (boolean), received-bps, sent-bps (uint64), n-peers
 * (uint).
 * Signal: changed (): a newer snapshot; facts and, when watched, rows are new.
 */
const char         *bt_torrent_get_name         (BtTorrent       *self);
BtMetainfo         *bt_torrent_get_metainfo     (BtTorrent       *self);
/* The newest facts; borrowed, until the next `changed`. */
const BtSwarmFacts *bt_torrent_get_facts        (BtTorrent       *self);
/* 0 to 1 of what is wanted; while checking, of what has been checked. */
double              bt_torrent_get_progress     (BtTorrent       *self);
gboolean            bt_torrent_is_complete      (BtTorrent       *self);
/* Peer and tracker rows are only made for torrents that are watched. */
void                bt_torrent_set_watched      (BtTorrent       *self,
                                                 gboolean         is_watched);
/* BtPeerRow, BtTrackerFacts; borrowed, nullable. */
const GArray       *bt_torrent_get_peer_rows    (BtTorrent       *self);
const GArray       *bt_torrent_get_tracker_rows (BtTorrent       *self);
void                bt_torrent_start            (BtTorrent       *self);
void                bt_torrent_stop             (BtTorrent       *self);
/* Hashes what is on disk; ends in STOPPED, with facts.n_have telling what was good. Only when
 * stopped. */
void                bt_torrent_verify           (BtTorrent       *self);
void                bt_torrent_announce         (BtTorrent       *self);
void                bt_torrent_add_peer         (BtTorrent       *self,
                                                 const BtAddress *address);
void                bt_torrent_set_limits       (BtTorrent       *self,
                                                 guint64          read_bps,
                                                 guint64          write_bps);
/* One sentence in plain words: what it does, or why nothing moves. (transfer full) */
char               *bt_torrent_describe         (BtTorrent       *self);

G_END_DECLS
