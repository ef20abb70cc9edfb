/* bt-supervisor.h - the coordinator of all torrents, as an application sees it
 *
 * The engine runs on a thread of its own. Between it and the application are three doors: commands
 * in, replies out (they end the caller's GTask), snapshots out (the latest wins). Nothing here
 * waits for the engine.
 * Thread: user, always the one (with its thread-default context) that made the supervisor; it needs
 * a running main loop.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-torrent.h"

#include "base/bt-address.h"
#include "library/bt-overview.h"
#include "library/bt-settings.h"
#include "metainfo/bt-magnet.h"
#include "metainfo/bt-metainfo.h"
#include "peers/bt-block-list.h"
#include "peers/bt-source.h"
#include "session/bt-network-facts.h"
#include "session/bt-socket-facts.h"
#include "storage/bt-storage-error.h"
#include "store/bt-store-error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TYPE_SUPERVISOR (bt_supervisor_get_type ())

G_DECLARE_FINAL_TYPE (BtSupervisor, bt_supervisor, BT, SUPERVISOR, GObject)

/* Zeros are the defaults. Everything is copied. */
typedef struct
{
  BtAddress   bind;           /* family NONE: any; else only this address; its port says nothing */
  guint16     port;           /* 0: any free one */
  /* The next three, when not 0, count instead of what `settings` says. */
  guint       max_peers;      /* in all: 500 */
  guint64     read_limit_bps; /* 0: none */
  guint64     write_limit_bps;
  guint64     memory_bytes;   /* for blocks: 64 MiB */
  const char *state_path;     /* a file, made when missing; NULL: nothing is kept when the program ends */
  BtSettings  settings;
  /* HOST:PORT, NULL-terminated: nodes of the DHT that know others; NULL: none. bt_discovery_get_default_nodes() has the
   * public ones. What settings.discovery leaves out is not asked. */
  const char *const *dht_nodes;
  gboolean    is_offline;     /* to look and to edit: no port is opened, nothing is started. What is on disk can be
                               * checked, moved and removed; what was being moved when the program last ended waits */
} BtSupervisorOptions;

typedef enum
{
  BT_PREALLOCATION_SPARSE,    /* files get their final size at once, without blocks (default) */
  BT_PREALLOCATION_NONE,
  BT_PREALLOCATION_FULL,
} BtPreallocation;

/* Zeros are the defaults. Everything is copied. */
typedef struct
{
  const char         *folder;            /* download folder; NULL: the current one */
  const char         *incomplete_folder; /* the data lies there until it is complete; NULL: in `folder` */
  BtPreallocation     preallocation;
  guint               max_peers;         /* 100 */
  guint               upload_slots;      /* 0: automatic */
  guint64             read_limit_bps;    /* 0: none */
  guint64             write_limit_bps;
  const BtKnownAddress *peers;           /* to connect to at once */
  gsize               n_peers;
  const guint        *selected_files;    /* NULL: all */
  gsize               n_selected_files;
  const char *const  *labels;            /* NULL-terminated; NULL: none */
  guint               is_sequential : 1;
  guint               no_trackers : 1;
  guint               must_be_complete : 1; /* to share only: FAILED when something is missing */
  guint               is_paused : 1;     /* added, not started */
  guint               ignore_space : 1;  /* added although it cannot become complete there */
  guint               share_files : 1;   /* files of the same names that another torrent has are meant; else they are
                                          * told apart */
} BtAddOptions;

/* Signals:
 *   torrent-added (BtTorrent), torrent-removed (BtTorrent): also of those that the engine adds or
 *     removes by itself (a share limit). Not of those that are there when it starts.
 *   ticked (): a second's snapshots have arrived, after the torrents' own notifications; seconds
 *     that the application was too busy to hear of are told once
 * Properties, read-only, notified when they change:
 *   port (guint, 0 until started)
 *   trouble (string, nullable): why the state cannot be saved now; it is tried again, and nothing is
 *     lost as long as the program runs. When the engine has stopped with it, it was not saved.
 *   is-alternative (boolean): the alternative limits hold now, by hand or by the timetable
 */
BtSupervisor *bt_supervisor_new          (const BtSupervisorOptions  *options);
/* Starts the thread, opens the state and binds the port. When it ends well, all torrents of the state
 * are in the list: they came with one items-changed, and without torrent-added. Those that ran when
 * the program last ended go on. Not while it runs; again after it has stopped: with a state, the
 * torrents are there again (the same objects); without, those from before stay stopped.
 * Errors: G_IO_ERROR; BT_STORE_ERROR, whose code says what can be done (LOCKED: it is in use;
 * CORRUPT: bt_supervisor_restore_async(); READ_ONLY, TOO_NEW, NO_SPACE), and nothing was changed.
 * What is cancelled before this call is not begun; what has begun is carried out. So it is with all
 * calls here. */
void          bt_supervisor_start_async  (BtSupervisor               *self,
                                          GCancellable               *cancellable,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
gboolean      bt_supervisor_start_finish (BtSupervisor               *self,
                                          GAsyncResult               *result,
                                          GError                    **error);
/* Stops all torrents, saves, tells their trackers (at most 5 s), ends the thread. Must be called,
 * when started, before the last reference goes. May be called again, and while it is starting: all
 * calls end when the thread has. */
void          bt_supervisor_stop_async   (BtSupervisor               *self,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
gboolean      bt_supervisor_stop_finish  (BtSupervisor               *self,
                                          GAsyncResult               *result,
                                          GError                    **error);

/* --- The state --- */

/* The daily copies of the state that can be read, newest first: paths. Whether it runs or not. */
void          bt_supervisor_list_copies_async  (BtSupervisor         *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
/* (transfer full): NULL-terminated, maybe empty; NULL with an error. */
char        **bt_supervisor_list_copies_finish (BtSupervisor         *self,
                                                GAsyncResult         *result,
                                                GError              **error);
/* Puts a copy in the place of the state; what was there is kept beside it. Not while it runs.
 * Errors: BT_STORE_ERROR, LOCKED while somebody has it open. */
void          bt_supervisor_restore_async      (BtSupervisor         *self,
                                                const char           *copy,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean      bt_supervisor_restore_finish     (BtSupervisor         *self,
                                                GAsyncResult         *result,
                                                GError              **error);
/* NULL: it can be saved. Borrowed. */
const char   *bt_supervisor_get_trouble        (BtSupervisor         *self);

/* --- Torrents --- */

/* When it ends well, the torrent's facts are there. Errors: G_IO_ERROR_EXISTS for a torrent that is
 * there already (bt_supervisor_find(), bt_torrent_merge_trackers()); G_IO_ERROR_CLOSED when the
 * engine is not running; BT_STORAGE_ERROR (NO_SPACE: BtAddOptions.ignore_space); BT_STORE_ERROR when
 * it could not be saved: then it is not added. */
void          bt_supervisor_add_async    (BtSupervisor               *self,
                                          BtMetainfo                 *metainfo,
                                          const BtAddOptions         *options,
                                          GCancellable               *cancellable,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
/* A torrent of which only the link is known: on the list at once, BT_RECORD_MAGNET of its record set until a peer has
 * told the rest (BEP 9), which is saved then; the name and all numbers come with that. Of `options`, selected_files
 * does not count; what the link selects does. Errors as above; bt_supervisor_add_finish(). */
void          bt_supervisor_add_magnet_async (BtSupervisor           *self,
                                              BtMagnet         *magnet,
                                              const BtAddOptions     *options,
                                              GCancellable           *cancellable,
                                              GAsyncReadyCallback     callback,
                                              gpointer                user_data);
/* (transfer full) */
BtTorrent    *bt_supervisor_add_finish   (BtSupervisor               *self,
                                          GAsyncResult               *result,
                                          GError                    **error);
/* Keeps the data, and is off the list at once; it comes back (torrent-added) should that not be saved.
 * Nothing happens when it is not, or no longer, one of ours. While the engine does not run, only the
 * list forgets it. */
void          bt_supervisor_remove       (BtSupervisor               *self,
                                          BtTorrent                  *torrent);
/* It goes off the list when it has been done. When that fails (no trash, the state cannot be saved)
 * it is still there. Errors: G_IO_ERROR_CLOSED, G_IO_ERROR_PENDING, BT_STORAGE_ERROR,
 * BT_STORE_ERROR. */
void          bt_supervisor_remove_async  (BtSupervisor              *self,
                                           BtTorrent                 *torrent,
                                           BtRemoveData               data,
                                           GCancellable              *cancellable,
                                           GAsyncReadyCallback        callback,
                                           gpointer                   user_data);
/* `out_kept` (nullable) (transfer full): paths beneath its folder of what was to go, or to the trash,
 * and is still there: another torrent uses it, it was there before, it could not be removed;
 * NULL or empty when there is nothing. */
gboolean      bt_supervisor_remove_finish (BtSupervisor              *self,
                                           GAsyncResult              *result,
                                           char                    ***out_kept,
                                           GError                   **error);
/* Of BtTorrent: those of the state in the order of the queue, then in the order they were added.
 * (transfer none) */
GListModel   *bt_supervisor_get_torrents (BtSupervisor               *self);
/* Of BT_RECORD_HASH_BYTES bytes. (transfer none), NULL: not there. */
BtTorrent    *bt_supervisor_find_by_hash (BtSupervisor               *self,
                                          const guint8               *info_hash);
/* The same, by either of its hashes. */
BtTorrent    *bt_supervisor_find         (BtSupervisor               *self,
                                          BtMetainfo                 *metainfo);

/* --- Looking at a magnet link --- */

/* Once a second while it is looked at: how many peers were found, met, refused; how many seeds trackers tell of. */
typedef void (*BtSupervisorPreviewFunc) (const BtSwarmFacts *facts,
                                         gpointer            user_data);

/* Asks peers what the link is of (BEP 9), and adds nothing. `peers`: to begin with, copied. Goes on until it is found
 * or cancelled, which is to be done on this thread. Errors: G_IO_ERROR_EXISTS (there already, or looked at already:
 * bt_supervisor_find_by_hash()), G_IO_ERROR_CLOSED, G_IO_ERROR_CANCELLED. */
void          bt_supervisor_preview_async (BtSupervisor              *self,
                                           BtMagnet            *magnet,
                                           const BtKnownAddress      *peers,
                                           gsize                      n_peers,
                                           BtSupervisorPreviewFunc    progress,
                                           gpointer                   progress_data,
                                           GCancellable              *cancellable,
                                           GAsyncReadyCallback        callback,
                                           gpointer                   user_data);
/* (transfer full): with the link's trackers. `out_known` (nullable) (transfer full): of BtKnownAddress, peers that
 * were found, for BtAddOptions. */
BtMetainfo   *bt_supervisor_preview_finish (BtSupervisor             *self,
                                            GAsyncResult             *result,
                                            GArray                  **out_known,
                                            GError                  **error);

/* --- All torrents --- */

guint         bt_supervisor_get_port     (BtSupervisor               *self);
gboolean      bt_supervisor_is_alternative (BtSupervisor             *self);
/* Bytes per second, 0: none. */
void          bt_supervisor_set_limits   (BtSupervisor               *self,
                                          guint64                     read_bps,
                                          guint64                     write_bps);
/* All of them, copied; take effect at once. They are the application's to keep: the state does not. */
void          bt_supervisor_set_settings (BtSupervisor               *self,
                                          const BtSettings           *settings);
/* Borrowed. */
const BtSettings *bt_supervisor_get_settings (BtSupervisor           *self);

/* --- Peers that are unwanted in all torrents --- */

/* Of all ports; connected ones are closed. Kept with the state. Nothing happens when the engine does
 * not run. bt_supervisor_get_overview_async() lists them. */
void          bt_supervisor_ban          (BtSupervisor               *self,
                                          const BtAddress            *address);
void          bt_supervisor_unban        (BtSupervisor               *self,
                                          const BtAddress            *address);
/* Reads a block list, plain or packed with gzip, in a thread. Errors: G_IO_ERROR, BT_BLOCK_LIST_ERROR.
 * It blocks nobody yet. */
void          bt_supervisor_load_block_list_async (BtSupervisor       *self,
                                                   const char         *path,
                                                   GCancellable       *cancellable,
                                                   GAsyncReadyCallback callback,
                                                   gpointer            user_data);
/* (transfer full): bt_block_list_unref() */
BtBlockList  *bt_supervisor_load_block_list_finish (BtSupervisor      *self,
                                                    GAsyncResult      *result,
                                                    GError           **error);
/* From now on, also when it is started again: nobody on it is connected to or listened to, local
 * addresses excepted. NULL: nobody is blocked. Not kept with the state. */
void          bt_supervisor_set_block_list (BtSupervisor             *self,
                                            BtBlockList              *list);

/* --- All torrents together --- */

/* Totals, history, bans. Errors: G_IO_ERROR_CLOSED. */
void          bt_supervisor_get_overview_async (BtSupervisor         *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
/* (transfer full): bt_overview_free() */
BtOverview   *bt_supervisor_get_overview_finish (BtSupervisor        *self,
                                                 GAsyncResult        *result,
                                                 GError             **error);
/* Routers are asked once more, at once, to map the port: a person has just changed something there. */
void          bt_supervisor_ask_routers (BtSupervisor                *self);
/* Port, external addresses, DHT, local discovery, as they are now. Errors: G_IO_ERROR_CLOSED. */
void          bt_supervisor_get_network_async (BtSupervisor          *self,
                                               GCancellable          *cancellable,
                                               GAsyncReadyCallback    callback,
                                               gpointer               user_data);
/* (transfer full): bt_network_facts_free() */
BtNetworkFacts *bt_supervisor_get_network_finish (BtSupervisor       *self,
                                                  GAsyncResult       *result,
                                                  GError            **error);
/* Every internet socket that is open in this process. Errors: G_IO_ERROR_CLOSED. */
void          bt_supervisor_get_sockets_async (BtSupervisor          *self,
                                               GCancellable          *cancellable,
                                               GAsyncReadyCallback    callback,
                                               gpointer               user_data);
/* (transfer full): of BtSocketFacts */
GArray       *bt_supervisor_get_sockets_finish (BtSupervisor         *self,
                                                GAsyncResult         *result,
                                                GError              **error);

G_END_DECLS
