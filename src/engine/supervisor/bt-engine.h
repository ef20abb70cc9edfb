/* bt-engine.h - the engine's side of the doors: its thread, its library, its commands
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "library/bt-library.h"

#include "bt-door.h"
#include "bt-snapshot.h"

G_BEGIN_DECLS

typedef struct _BtEngine BtEngine;

typedef enum
{
  BT_REPLY_STARTED,      /* `snapshots`: of all torrents there are; or `error`: the thread has ended */
  BT_REPLY_ENDED,        /* the thread has ended */
  BT_REPLY_JOINED,       /* a torrent came on the list: `snapshots` has its first, `task` is that of who added it */
  BT_REPLY_LEFT,         /* `id` went off the list */
  BT_REPLY_DONE,         /* `task` was carried out, or not: `error` */
  BT_REPLY_TROUBLED,     /* `error`: the state cannot be saved; without: it can be */
  BT_REPLY_ALTERNATIVE,  /* other limits hold: `is_alternative` */
  BT_REPLY_PREVIEWED,    /* `facts` of `preview`, which has not been answered */
} BtReplyKind;

typedef enum
{
  BT_QUESTION_OVERVIEW,  /* BtOverview */
  BT_QUESTION_NETWORK,   /* BtNetworkFacts */
  BT_QUESTION_SOCKETS,   /* GArray of BtSocketFacts */
} BtQuestion;

/* What comes back, in order. After ENDED, or STARTED with an error, only refusals come. */
typedef struct
{
  BtReplyKind    kind;
  gpointer       user;        /* the user's side, which gave it with bt_engine_new() */
  guint64        id;
  gpointer       task;        /* nullable; belongs to the user's side, and was only carried */
  guint          port;        /* STARTED */
  gboolean       is_alternative;
  GError        *error;       /* owned, nullable; G_IO_ERROR_CLOSED: refused */
  gpointer       answer;      /* owned, nullable; DONE of bt_engine_get() */
  GDestroyNotify free_answer;
  char         **kept;        /* owned, nullable; DONE: as BtEntryTaskFunc says */
  char          *link;        /* owned, nullable; DONE of an export */
  GBytes        *file;        /* owned, nullable; with it */
  BtMetainfo    *metainfo;    /* owned, nullable; DONE: what a link is of */
  GArray        *known;       /* owned, nullable; with it: BtKnownAddress */
  gpointer       preview;     /* PREVIEWED: the task of one */
  BtSwarmFacts  *facts;       /* owned, nullable */
  GPtrArray     *snapshots;   /* owned, nullable; of BtSnapshot, owned */
} BtReply;

/* How the engine reaches the user's side: all through `door`. */
typedef struct
{
  BtDoor        *door;           /* replies and bells; borrowed, outlives the engine */
  BtMailbox     *mailbox;        /* borrowed, outlives the engine */
  BtDoorFunc     reply;          /* message: BtReply, owned by it */
  BtDoorFunc     bell;           /* message: `user`: look into the mailbox */
  gpointer       user;
} BtEngineDoors;

/* Starts the thread, which opens the state and binds the port; then, or when that failed and the
 * thread has ended, STARTED comes with `task`. `config` is copied. */
BtEngine *bt_engine_new      (const BtLibraryConfig *config,
                              const BtEngineDoors   *doors,
                              gpointer               task);
/* Joins the thread: after ENDED or STARTED with an error came, or bt_engine_shut_down() was called. */
void      bt_engine_free     (BtEngine              *engine);
gpointer  bt_engine_get_user (BtEngine              *engine);
void      bt_reply_free      (gpointer               reply);

/* --- Commands --- */

/* Thread: user. Everything is copied. Commands are carried out in order. A command with a `task` is
 * answered exactly once, whatever happens: what the engine comes too late for, or a torrent that has
 * gone, is refused. Without one there is no answer: what comes too late is forgotten. */

/* ENDED comes when all has been stopped and saved. */
void bt_engine_shut_down       (BtEngine           *engine);
/* Of all torrents. */
void bt_engine_set_settings    (BtEngine           *engine,
                                const BtSettings   *settings);
/* Interfaces or routes of this computer are others now. */
void bt_engine_network_changed (BtEngine           *engine);
/* All of them, at once, to map the port. */
void bt_engine_ask_routers     (BtEngine           *engine);
/* The next three are of all torrents. `list` (nullable) is referenced. */
void bt_engine_ban             (BtEngine           *engine,
                                const BtAddress    *address,
                                gboolean            is_banned);
void bt_engine_set_block_list  (BtEngine           *engine,
                                BtBlockList        *list);
/* Answered with DONE and what was asked for. */
void bt_engine_get             (BtEngine           *engine,
                                BtQuestion          question,
                                gpointer            task);
/* Answered with JOINED, or DONE with the error. */
void bt_engine_add             (BtEngine           *engine,
                                const BtAddRequest *request,
                                gpointer            task);
/* Answered with DONE and what was found; PREVIEWED comes every second before. `peers` (nullable): BtKnownAddress. */
void bt_engine_preview         (BtEngine           *engine,
                                BtMagnet     *magnet,
                                const GArray       *peers,
                                gpointer            task);
/* It is answered with G_IO_ERROR_CANCELLED, if it has not been answered yet. */
void bt_engine_end_preview     (BtEngine           *engine,
                                gpointer            task);
/* `task` is nullable. LEFT comes before the answer. */
void bt_engine_remove          (BtEngine           *engine,
                                guint64             id,
                                BtRemoveData        data,
                                gpointer            task);
void bt_engine_move            (BtEngine           *engine,
                                guint64             id,
                                const char         *folder,
                                gpointer            task);
void bt_engine_rename          (BtEngine           *engine,
                                guint64             id,
                                guint32             file,
                                const char         *from,
                                const char         *to,
                                gpointer            task);
/* Answered with DONE and the link. */
void bt_engine_export          (BtEngine           *engine,
                                guint64             id,
                                gpointer            task);

/* Wishes for one torrent, as bt-library.h says. */
void bt_engine_watch           (BtEngine           *engine,
                                guint64             id,
                                gboolean            is_watched);
void bt_engine_start           (BtEngine           *engine,
                                guint64             id);
void bt_engine_start_forced    (BtEngine           *engine,
                                guint64             id);
void bt_engine_stop            (BtEngine           *engine,
                                guint64             id);
void bt_engine_verify          (BtEngine           *engine,
                                guint64             id);
void bt_engine_announce        (BtEngine           *engine,
                                guint64             id);
void bt_engine_cancel_move     (BtEngine           *engine,
                                guint64             id);
void bt_engine_add_peer        (BtEngine           *engine,
                                guint64             id,
                                const BtAddress    *address);
void bt_engine_set_name        (BtEngine           *engine,
                                guint64             id,
                                const char         *name);
void bt_engine_set_labels      (BtEngine           *engine,
                                guint64             id,
                                const char *const  *labels);
void bt_engine_set_limits      (BtEngine           *engine,
                                guint64             id,
                                guint64             read_bps,
                                guint64             write_bps);
void bt_engine_set_share_limits (BtEngine          *engine,
                                 guint64            id,
                                 double             ratio,
                                 gint64             seed_time_s,
                                 gint64             idle_s,
                                 BtAfterShare       after_share);
void bt_engine_set_places      (BtEngine           *engine,
                                guint64             id,
                                guint               max_peers,
                                guint               upload_slots);
void bt_engine_set_sequential  (BtEngine           *engine,
                                guint64             id,
                                gboolean            is_sequential);
void bt_engine_set_super_seeding (BtEngine         *engine,
                                  guint64           id,
                                  gboolean          is_super_seeding);
void bt_engine_set_priority    (BtEngine           *engine,
                                guint64             id,
                                const guint        *files,
                                gsize               n_files,
                                BtPriority          priority);
void bt_engine_set_trackers    (BtEngine           *engine,
                                guint64             id,
                                const BtTrackerRecord *trackers,
                                gsize               n_trackers);
void bt_engine_set_web_seeds   (BtEngine           *engine,
                                guint64             id,
                                const char *const  *urls);
void bt_engine_merge_trackers  (BtEngine           *engine,
                                guint64             id,
                                BtMetainfo         *metainfo);
void bt_engine_merge_magnet    (BtEngine           *engine,
                                guint64             id,
                                BtMagnet           *magnet);
void bt_engine_set_position    (BtEngine           *engine,
                                guint64             id,
                                guint               index);

G_END_DECLS
