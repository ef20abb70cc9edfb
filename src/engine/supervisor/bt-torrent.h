/* bt-torrent.h - one torrent, as an application sees it: the newest snapshot, and what can be done
 *
 * What is read here is the newest that the engine has told; what is wished for goes to the engine and shows in a later
 * snapshot. Wishes of a torrent that has been removed, or whose supervisor does not run, are forgotten.
 *
 * Thread: user, the supervisor's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "metainfo/bt-magnet.h"
#include "metainfo/bt-metainfo.h"
#include "pieces/bt-priority.h"
#include "storage/bt-storage-error.h"
#include "store/bt-record.h"
#include "swarm/bt-swarm-facts.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TYPE_TORRENT (bt_torrent_get_type ())

G_DECLARE_FINAL_TYPE (BtTorrent, bt_torrent, BT, TORRENT, GObject)

/* Properties, all read-only, notified when they change:
 *   name (string), labels (GStrv, nullable), message (string, nullable: facts.message)
 *   state (int, BtSwarmState), progress (double, 0 to 1), is-complete (boolean)
 *   position (uint: in the queue, 0 first), size (uint64: bytes of all files)
 *   received-bps, sent-bps (uint64: bytes per second), n-peers (uint)
 *   ratio (double: bytes sent, of all runs, by size), left-us (int64: microseconds, -1 unknown)
 * Signal: changed (): a newer snapshot; facts, record and, when watched, rows are new.
 */

/* --- Reading --- */

/* What is borrowed is valid until the next `changed`. */

const char         *bt_torrent_get_name         (BtTorrent       *self);
/* Of all torrents of the state, and for ever, above 0. */
guint64             bt_torrent_get_id           (BtTorrent       *self);
/* Borrowed. There for torrents that were added in this run, or are watched and loaded; else NULL: a
 * torrent at rest keeps no piece hashes in memory. */
BtMetainfo         *bt_torrent_get_metainfo     (BtTorrent       *self);
/* The newest facts; borrowed. */
const BtSwarmFacts *bt_torrent_get_facts        (BtTorrent       *self);
/* What is kept of it: settings, dates, counters of all runs; borrowed, never NULL. */
const BtRecord     *bt_torrent_get_record       (BtTorrent       *self);
/* 0 to 1 of what is wanted; while checking or moving, of what is to be checked or moved. */
double              bt_torrent_get_progress     (BtTorrent       *self);
gboolean            bt_torrent_is_complete      (BtTorrent       *self);
/* One sentence in plain words: what it does, or why nothing moves. (transfer full) */
char               *bt_torrent_describe         (BtTorrent       *self);

/* What follows is only made for torrents that are watched; it comes with a later `changed`, and goes with one when
 * it is not watched any more. */
void                bt_torrent_set_watched      (BtTorrent       *self,
                                                 gboolean         is_watched);
/* BtPeerRow, BtTrackerFacts, BtWebSeedRow, BtFileRow; borrowed, nullable. */
const GArray       *bt_torrent_get_peer_rows    (BtTorrent       *self);
const GArray       *bt_torrent_get_tracker_rows (BtTorrent       *self);
const GArray       *bt_torrent_get_web_seed_rows (BtTorrent      *self);
const GArray       *bt_torrent_get_file_rows    (BtTorrent       *self);
/* A byte for each piece; borrowed, nullable. */
GBytes             *bt_torrent_get_piece_map    (BtTorrent       *self);
/* For bt_history_set_bytes(); borrowed, nullable. */
GBytes             *bt_torrent_get_history      (BtTorrent       *self);

/* --- Wishes --- */

/* Saved at once. */

/* Runs when the queue has a place for it; after a failure, too. */
void                bt_torrent_start            (BtTorrent       *self);
/* Runs whatever the queue says. */
void                bt_torrent_start_forced     (BtTorrent       *self);
/* Paused, until it is started again, in a later run of the program, too. */
void                bt_torrent_stop             (BtTorrent       *self);
/* Hashes what is on disk, then goes on as before; facts.n_have tells what was good. Stopping it interrupts that; it
 * goes on when started. */
void                bt_torrent_verify           (BtTorrent       *self);
void                bt_torrent_announce         (BtTorrent       *self);
void                bt_torrent_add_peer         (BtTorrent       *self,
                                                 const BtAddress *address);
/* As shown; files are not renamed. */
void                bt_torrent_set_name         (BtTorrent       *self,
                                                 const char      *name);
/* NULL-terminated; NULL: none. */
void                bt_torrent_set_labels       (BtTorrent       *self,
                                                 const char *const *labels);
/* Bytes per second, 0: none. */
void                bt_torrent_set_limits       (BtTorrent       *self,
                                                 guint64          read_bps,
                                                 guint64          write_bps);
/* For all three: a limit, BT_RATIO_GENERAL (as set for all) or BT_RATIO_NONE. Sent by size; seconds. */
void                bt_torrent_set_share_limits (BtTorrent       *self,
                                                 double           ratio,
                                                 gint64           seed_time_s,
                                                 gint64           idle_s,
                                                 BtAfterShare     after_share);
/* 0: the default, for both. */
void                bt_torrent_set_places       (BtTorrent       *self,
                                                 guint            max_peers,
                                                 guint            upload_slots);
void                bt_torrent_set_sequential   (BtTorrent       *self,
                                                 gboolean         is_sequential);
/* BEP 16. */
void                bt_torrent_set_super_seeding (BtTorrent      *self,
                                                  gboolean        is_super_seeding);
/* What is no file is left out. */
void                bt_torrent_set_priority     (BtTorrent       *self,
                                                 const guint     *files,
                                                 gsize            n_files,
                                                 BtPriority       priority);
/* All trackers there are to be; NULL: as in the metainfo again. Copied. */
void                bt_torrent_set_trackers     (BtTorrent       *self,
                                                 const BtTrackerRecord *trackers,
                                                 gsize            n_trackers);
/* BEP 19: all web seeds there are to be, NULL-terminated; NULL: as in the metainfo again. Copied; what is no http or
 * https URL (bt_web_url_is_valid()) is left out. */
void                bt_torrent_set_web_seeds    (BtTorrent       *self,
                                                 const char *const *urls);
/* Those of `metainfo` that it does not have yet are added: for a torrent that was to be added twice. */
void                bt_torrent_merge_trackers   (BtTorrent       *self,
                                                 BtMetainfo      *metainfo);
/* The same of a link's. Nothing happens to a torrent of which only a link is known itself. */
void                bt_torrent_merge_magnet     (BtTorrent       *self,
                                                 BtMagnet        *magnet);
/* To `index` in the queue; the others move. */
void                bt_torrent_set_position     (BtTorrent       *self,
                                                 guint            index);

/* --- Work that takes a while --- */

/* One at a time: G_IO_ERROR_PENDING while another is under way. G_IO_ERROR_CLOSED when it has been removed or the
 * supervisor does not run. What is cancelled before the call is not begun; what has begun is carried out. */

/* Its data to another folder, however far; progress is in the facts. It stays where it was when that fails.
 * Errors: BT_STORAGE_ERROR; G_IO_ERROR_CANCELLED after bt_torrent_cancel_move(). */
void                bt_torrent_move_async       (BtTorrent           *self,
                                                 const char          *folder,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             user_data);
gboolean            bt_torrent_move_finish      (BtTorrent           *self,
                                                 GAsyncResult        *result,
                                                 GError             **error);
void                bt_torrent_cancel_move      (BtTorrent           *self);
/* A file, or with `file` BT_FILE_NONE the folder `from` (all files beneath it). Paths are beneath the download folder;
 * `to` is made safe, or refused. Errors: BT_STORAGE_ERROR, UNSAFE when something is there already. */
void                bt_torrent_rename_async     (BtTorrent           *self,
                                                 guint32              file,
                                                 const char          *from,
                                                 const char          *to,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             user_data);
gboolean            bt_torrent_rename_finish    (BtTorrent           *self,
                                                 GAsyncResult        *result,
                                                 GError             **error);

/* For somebody else, with the trackers that it has now. Errors: G_IO_ERROR_CLOSED, BT_STORE_ERROR. */
void                bt_torrent_export_async     (BtTorrent           *self,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             user_data);
/* (transfer full): a magnet link. `out_file` (nullable) (transfer full): a .torrent file; NULL when only the link is
 * known, or for a torrent of version 2 that came by a link. */
char               *bt_torrent_export_finish    (BtTorrent           *self,
                                                 GAsyncResult        *result,
                                                 GBytes             **out_file,
                                                 GError             **error);

G_END_DECLS
