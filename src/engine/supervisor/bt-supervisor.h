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
#include "metainfo/bt-metainfo.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TYPE_SUPERVISOR (bt_supervisor_get_type ())

G_DECLARE_FINAL_TYPE (BtSupervisor, bt_supervisor, BT, SUPERVISOR, GObject)

/* Zeros are the defaults. */
typedef struct
{
  BtAddress bind;             /* family NONE: any; else only this address */
  guint16   port;             /* 0: any free one */
  guint     max_peers;        /* in all: 500 */
  guint64   read_limit_bps;   /* 0: none */
  guint64   write_limit_bps;
  guint64   memory_bytes;     /* for blocks: 64 MiB */
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
  const char       *folder;          /* download folder; NULL: the current one */
  BtPreallocation   preallocation;
  guint             max_peers;       /* 100 */
  guint             upload_slots;    /* 0: automatic */
  guint64           read_limit_bps;  /* 0: none */
  guint64           write_limit_bps;
  const BtAddress  *peers;           /* to connect to at once */
  gsize             n_peers;
  const guint      *selected_files;  /* NULL: all */
  gsize             n_selected_files;
  guint             is_sequential : 1;
  guint             no_trackers : 1;
  guint             must_be_complete : 1; /* to share only: FAILED when something is missing */
  guint             is_paused : 1;   /* added, not started */
} BtAddOptions;

/* Signals:
 *   torrent-added (BtTorrent), torrent-removed (BtTorrent)
 *   ticked (): a second's snapshots have arrived, after the torrents' own notifications; seconds
 *     that the application was too busy to hear of are told once
 * Properties: port (guint, 0 until started)
 */
BtSupervisor *bt_supervisor_new          (const BtSupervisorOptions  *options);
/* Starts the thread and binds the port. Not while it runs; again after it has stopped, but the
 * torrents from before stay stopped. Errors: G_IO_ERROR. What is cancelled before this call is not
 * begun; what has begun is carried out. So it is with bt_supervisor_add_async(). */
void          bt_supervisor_start_async  (BtSupervisor               *self,
                                          GCancellable               *cancellable,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
gboolean      bt_supervisor_start_finish (BtSupervisor               *self,
                                          GAsyncResult               *result,
                                          GError                    **error);
/* Stops all torrents, tells their trackers (at most 5 s), ends the thread. Must be called, when
 * started, before the last reference goes. May be called again, and while it is starting: all calls
 * end when the thread has. */
void          bt_supervisor_stop_async   (BtSupervisor               *self,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
gboolean      bt_supervisor_stop_finish  (BtSupervisor               *self,
                                          GAsyncResult               *result,
                                          GError                    **error);
/* When it ends well, the torrent's facts are there. Errors: G_IO_ERROR_EXISTS for a torrent that is
 * there already; G_IO_ERROR_CLOSED when the engine is not running; BT_STORAGE_ERROR. */
void          bt_supervisor_add_async    (BtSupervisor               *self,
                                          BtMetainfo                 *metainfo,
                                          const BtAddOptions         *options,
                                          GCancellable               *cancellable,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
/* (transfer full) */
BtTorrent    *bt_supervisor_add_finish   (BtSupervisor               *self,
                                          GAsyncResult               *result,
                                          GError                    **error);
/* Keeps the data. Nothing happens when it is not, or no longer, one of ours. */
void          bt_supervisor_remove       (BtSupervisor               *self,
                                          BtTorrent                  *torrent);
/* Of BtTorrent, in the order they were added. (transfer none) */
GListModel   *bt_supervisor_get_torrents (BtSupervisor               *self);
guint         bt_supervisor_get_port     (BtSupervisor               *self);
/* Bytes per second, 0: none. */
void          bt_supervisor_set_limits   (BtSupervisor               *self,
                                          guint64                     read_bps,
                                          guint64                     write_bps);

G_END_DECLS
