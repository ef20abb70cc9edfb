/* bt-library.h - all torrents there are, most of them at rest
 *
 * The library keeps the list. A torrent at rest is its record and nothing else: no piece hashes, no files, no swarm.
 * When it is to run (the person wants it, the queue has a place, its drive is there, there is room) the rest is
 * loaded from the store and a swarm made for it; when it stops, what the swarm knows is kept and the swarm goes.
 *
 * Everything that changes is saved: what a person changes at once, what a running torrent has reached every 30 s and
 * when it stops, in one transaction, a have-bit never before the data it speaks of is on the device. Without a state
 * file the same goes on in memory.
 *
 * Thread: the engine's (the context given).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-history.h"
#include "bt-overview.h"
#include "bt-settings.h"

#include "peers/bt-block-list.h"
#include "session/bt-session.h"
#include "store/bt-store.h"

G_BEGIN_DECLS

#define BT_LIBRARY_CHECKPOINT_US (30 * BT_SECOND_US)
#define BT_LIBRARY_DHT_US        (10 * 60 * BT_SECOND_US)  /* between two savings of whom the DHT knows */

typedef struct _BtLibrary BtLibrary;
typedef struct _BtEntry   BtEntry;    /* one torrent of the list */

typedef struct
{
  BtSessionConfig  session;
  BtSettings       settings;
  const char      *state_path;   /* nullable: nothing is kept */
  gint64           checkpoint_us; /* 0: BT_LIBRARY_CHECKPOINT_US */
  gboolean         no_begin;     /* bt_library_begin() lets nothing go: torrents are only looked at and edited */
} BtLibraryConfig;

/* Called on the context; may call anything but bt_library_free(). */
typedef struct
{
  /* Its state or record changed: worth telling before the next tick. */
  void (*changed)  (gpointer      owner,
                    BtEntry      *entry);
  /* It is on the list; also those that the library adds by itself. Before the reply to the one who added it. */
  void (*added)    (gpointer      owner,
                    BtEntry      *entry);
  /* It is gone from the list, whoever wanted that. The entry dies afterwards. */
  void (*removed)  (gpointer      owner,
                    BtEntry      *entry);
  /* A second has passed. */
  void (*ticked)   (gpointer      owner);
  /* The state could not be saved (BT_STORE_ERROR), or can be again (NULL). Nothing is lost as long as the program
   * runs. */
  void (*troubled) (gpointer      owner,
                    const GError *error);
} BtLibraryOps;

/* `clock` (nullable) as in bt_session_new(). Errors: BT_STORE_ERROR, or the session's. */
BtLibrary    *bt_library_new            (GMainContext           *context,
                                         BtClock                *clock,
                                         const BtLibraryConfig  *config,
                                         const BtLibraryOps     *ops,
                                         gpointer                owner,
                                         GError                **error);
/* Lets the torrents go that were running when the program last ended; to be called once who listens knows the list. */
void          bt_library_begin          (BtLibrary              *library);
/* Stops all torrents, saves, tells trackers (at most 5 s), then calls `func`. */
void          bt_library_close_async    (BtLibrary              *library,
                                         void                  (*func) (gpointer user_data),
                                         gpointer                user_data);
/* After bt_library_close_async() has ended. */
void          bt_library_free           (BtLibrary              *library);
BtSession    *bt_library_get_session    (BtLibrary              *library);
void          bt_library_set_settings   (BtLibrary              *library,
                                         const BtSettings       *settings);
/* Of all ports; kept. bt_session_dup_bans() lists them. */
void          bt_library_ban            (BtLibrary              *library,
                                         const BtAddress        *address);
void          bt_library_unban          (BtLibrary              *library,
                                         const BtAddress        *address);
/* Whom no torrent connects to or listens to, local addresses excepted. `list` (nullable: nobody) is referenced; not
 * kept. */
void          bt_library_set_block_list (BtLibrary              *library,
                                         BtBlockList            *list);
/* (transfer full) */
BtOverview   *bt_library_get_overview   (BtLibrary              *library);
/* (transfer full) */
BtNetworkFacts *bt_library_get_network  (BtLibrary              *library);
/* See bt_session_network_changed(). */
void          bt_library_network_changed (BtLibrary             *library);
/* See bt_session_ask_routers(). */
void          bt_library_ask_routers    (BtLibrary              *library);
/* As bt_session_get_sockets(). (transfer full) */
GArray         *bt_library_get_sockets  (BtLibrary              *library);
/* Which limits hold now, by hand or by the timetable. */
gboolean      bt_library_is_alternative (BtLibrary              *library);
/* Of BtEntry, in the order of the queue; borrowed. */
const GPtrArray *bt_library_get_entries (BtLibrary              *library);
BtEntry      *bt_library_find           (BtLibrary              *library,
                                         guint64                 id);
/* Saves what has changed now; `func` (nullable) when it is on the device or has failed. */
void          bt_library_save           (BtLibrary              *library,
                                         BtStoreFunc             func,
                                         gpointer                user_data);

/* --- Adding --- */

/* Zeros are the defaults. Everything is copied. */
typedef struct
{
  BtMetainfo         *metainfo;          /* NULL: only the link is known */
  BtMagnet     *magnet;            /* nullable, when there is a metainfo */
  const char         *folder;            /* download folder */
  const char         *incomplete_folder; /* nullable: the data lies there until it is complete */
  BtPreallocate       preallocate;
  guint               max_peers;
  guint               upload_slots;
  guint64             read_limit_bps;
  guint64             write_limit_bps;
  const GArray       *selected;          /* of guint, nullable: all others are skipped */
  const GArray       *peers;             /* of BtKnownAddress, nullable */
  const char *const  *labels;            /* nullable */
  guint64             id;                /* 0: the next one */
  guint               is_paused : 1;
  guint               is_sequential : 1;
  guint               no_trackers : 1;
  guint               must_be_complete : 1;
  guint               ignore_space : 1;  /* added although it cannot become complete here */
  guint               share_files : 1;   /* another torrent's files of the same names are meant; else they
                                          * are told apart */
} BtAddRequest;

/* BT_RECORD_HASH_BYTES, borrowed. */
const guint8 *bt_add_request_get_hash   (const BtAddRequest     *request);

/* One of the two is NULL. Errors: G_IO_ERROR_EXISTS (there already), G_IO_ERROR_CLOSED, BT_STORAGE_ERROR_NO_SPACE,
 * BT_STORE_ERROR: then it was not added. */
typedef void (*BtEntryFunc) (BtEntry      *entry,
                             const GError *error,
                             gpointer      user_data);

void          bt_library_add_async      (BtLibrary              *library,
                                         const BtAddRequest     *request,
                                         BtEntryFunc             func,
                                         gpointer                user_data);
/* Of an info-hash; NULL: not there. */
BtEntry      *bt_library_find_hash      (BtLibrary              *library,
                                         const guint8           *info_hash);

/* --- Looking at a magnet link --- */

typedef struct _BtPreview BtPreview;

/* The end of a preview, which is gone afterwards. `metainfo` or `error`; `known` of BtKnownAddress: peers that were
 * found, for BtAddRequest. Both borrowed. Errors: G_IO_ERROR_CANCELLED, G_IO_ERROR_EXISTS (it has been added, and
 * looks by itself). */
typedef void (*BtPreviewFunc) (BtMetainfo   *metainfo,
                               const GArray *known,
                               const GError *error,
                               gpointer      user_data);

/* Asks peers what the link is of, without adding anything (BEP 9). `peers` (nullable): of BtKnownAddress, to begin
 * with. Errors: G_IO_ERROR_EXISTS (there already, or looked at already), G_IO_ERROR_CLOSED. */
BtPreview    *bt_library_preview        (BtLibrary              *library,
                                         BtMagnet         *magnet,
                                         const GArray           *peers,
                                         BtPreviewFunc           func,
                                         gpointer                user_data,
                                         GError                **error);
/* Its func is called within. */
void          bt_preview_cancel         (BtPreview              *preview);
/* Also within its func: as it was at the end. To be cleared. */
void          bt_preview_get_facts      (BtPreview              *preview,
                                         BtSwarmFacts           *out_facts);

/* --- One torrent: wishes of a person, saved at once --- */

/* Runs when the queue has a place for it; after a failure, too. */
void          bt_entry_start            (BtEntry                *entry);
void          bt_entry_start_forced     (BtEntry                *entry);
/* Paused, until it is started again. */
void          bt_entry_stop             (BtEntry                *entry);
/* Hashes what is on disk, then goes on as before. Stopping the torrent interrupts it; it goes on when started. */
void          bt_entry_verify           (BtEntry                *entry);
void          bt_entry_announce         (BtEntry                *entry);
void          bt_entry_add_peer         (BtEntry                *entry,
                                         const BtAddress        *address);
void          bt_entry_set_name         (BtEntry                *entry,
                                         const char             *name);
void          bt_entry_set_labels       (BtEntry                *entry,
                                         const char *const      *labels);
void          bt_entry_set_limits       (BtEntry                *entry,
                                         guint64                 read_bps,
                                         guint64                 write_bps);
/* BT_RATIO_GENERAL, BT_RATIO_NONE or a limit, for all three. */
void          bt_entry_set_share_limits (BtEntry                *entry,
                                         double                  ratio,
                                         gint64                  seed_time_s,
                                         gint64                  idle_s,
                                         BtAfterShare            after_share);
/* 0: the default, for both. */
void          bt_entry_set_places       (BtEntry                *entry,
                                         guint                   max_peers,
                                         guint                   upload_slots);
void          bt_entry_set_sequential   (BtEntry                *entry,
                                         gboolean                is_sequential);
void          bt_entry_set_super_seeding (BtEntry               *entry,
                                          gboolean               is_super_seeding);
/* `files`: of guint; what is no file is left out. */
void          bt_entry_set_priority     (BtEntry                *entry,
                                         const GArray           *files,
                                         BtPriority              priority);
/* `trackers`: of BtTrackerRecord; NULL: as in the metainfo again. */
void          bt_entry_set_trackers     (BtEntry                *entry,
                                         const GArray           *trackers);
/* BEP 19. Those that are none, or too many, are left out; NULL: as in the metainfo again. */
void          bt_entry_set_web_seeds    (BtEntry                *entry,
                                         const char *const      *urls);
/* Those that are not on its list yet are added, in tiers of their own. */
void          bt_entry_merge_trackers   (BtEntry                *entry,
                                         BtMetainfo             *metainfo);
void          bt_entry_merge_magnet     (BtEntry                *entry,
                                         BtMagnet               *magnet);
/* To `index` in the queue; the others move. */
void          bt_entry_set_position     (BtEntry                *entry,
                                         guint                   index);

/* --- One torrent: work that takes a while --- */

/* `kept`: as BtFileTaskFunc says, for removals: also what another torrent uses, or was there before. */
typedef void (*BtEntryTaskFunc) (const GError       *error,
                                 const char *const  *kept,
                                 gpointer            user_data);

/* When it fails (no trash, the state cannot be saved), the torrent is still there. */
void          bt_entry_remove_async     (BtEntry                *entry,
                                         BtRemoveData            data,
                                         BtEntryTaskFunc         func,
                                         gpointer                user_data);
/* G_IO_ERROR_PENDING while another such task of the torrent is under way; BT_STORAGE_ERROR. Goes on while the torrent
 * runs where the file system is the same. */
void          bt_entry_move_async       (BtEntry                *entry,
                                         const char             *folder,
                                         BtEntryTaskFunc         func,
                                         gpointer                user_data);
void          bt_entry_cancel_move      (BtEntry                *entry);
/* A file, or with `file` BT_FILE_NONE the folder that `from` names (all files beneath it). Paths are beneath the
 * download folder; `to` is made safe, or refused. */
void          bt_entry_rename_async     (BtEntry                *entry,
                                         guint32                 file,
                                         const char             *from,
                                         const char             *to,
                                         BtEntryTaskFunc         func,
                                         gpointer                user_data);

/* `link`: a magnet link; `file`: a .torrent file, NULL when only the link is known, or for a torrent of version 2 that
 * came by a link. Both with the trackers that it has now, and borrowed. NULL with `error` (BT_STORE_ERROR). */
typedef void (*BtEntryExportFunc) (const char   *link,
                                   GBytes       *file,
                                   const GError *error,
                                   gpointer      user_data);

void          bt_entry_export_async     (BtEntry                *entry,
                                         BtEntryExportFunc       func,
                                         gpointer                user_data);

/* --- One torrent: reading --- */

guint64       bt_entry_get_id           (BtEntry                *entry);
/* Borrowed, until the loop turns. */
const BtRecord *bt_entry_get_record     (BtEntry                *entry);
void          bt_entry_get_facts        (BtEntry                *entry,
                                         BtSwarmFacts           *out_facts);
/* Another number as long as something of its facts may have changed by itself since; 0: that is not known. What
 * BtLibraryOps.changed tells comes besides. */
guint64       bt_entry_get_news         (BtEntry                *entry);
/* Nothing moves, and nothing will by itself. */
gboolean      bt_entry_is_quiet         (BtEntry                *entry);

/* What only somebody who looks at this torrent wants to know. All owned. */
typedef struct
{
  BtMetainfo *metainfo;
  GArray     *peer_rows;     /* BtPeerRow */
  GArray     *tracker_rows;  /* BtTrackerFacts */
  GArray     *web_seed_rows; /* BtWebSeedRow */
  GArray     *file_rows;     /* BtFileRow */
  GBytes     *piece_map;     /* as bt_swarm_get_piece_map() */
  GBytes     *history;       /* as bt_history_new_from_bytes() reads it */
} BtDetails;

void          bt_details_free           (BtDetails              *details);
/* Keeps loaded what bt_entry_get_details() tells of; `changed` comes when it has been. */
void          bt_entry_set_watched      (BtEntry                *entry,
                                         gboolean                is_watched);
/* NULL: not loaded yet. (transfer full) */
BtDetails    *bt_entry_get_details      (BtEntry                *entry);

G_END_DECLS
