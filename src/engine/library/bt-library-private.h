/* bt-library-private.h - the library's and its entries' structs, shared by the files of the room
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-library.h"
#include "bt-queue.h"
#include "bt-share-limit.h"

#include "storage/bt-file-task.h"
#include "storage/bt-volume.h"

G_BEGIN_DECLS

#define BT_LIBRARY_PLACE_US         (2 * BT_SECOND_US)   /* how often a folder in use is looked at */
#define BT_LIBRARY_QUEUE_US         (5 * BT_SECOND_US)   /* how often the queue is judged when nothing happened */
#define BT_LIBRARY_SAVE_AGAIN_US    (10 * BT_SECOND_US)  /* after the state could not be saved */
#define BT_LIBRARY_CHECKPOINT_WAIT_US (10 * BT_SECOND_US) /* for a slow disk; the others are saved meanwhile */
#define BT_LIBRARY_AGE_US            (300 * BT_SECOND_US) /* how often times are saved, where nothing else is */
#define BT_LIBRARY_IDLE_BPS         2048                 /* less is nothing */
#define BT_LIBRARY_IDLE_US          (60 * BT_SECOND_US)
#define BT_ENTRY_MAX_LABELS         64
#define BT_LIBRARY_MIN_FREE_BYTES   (64u * 1024 * 1024)

/* What of an entry is not on the device yet. */
typedef enum
{
  BT_DIRTY_RECORD   = 1 << 0,
  BT_DIRTY_METAINFO = 1 << 1,
  BT_DIRTY_RESUME   = 1 << 2,
  BT_DIRTY_FILES    = 1 << 3,
  BT_DIRTY_TRACKERS = 1 << 4,
  BT_DIRTY_HISTORY  = 1 << 5,
  BT_DIRTY_WEB_SEEDS = 1 << 6,
} BtDirty;

/* A folder that torrents lie in, and the file system it is on. */
typedef struct
{
  BtLibrary *library;        /* borrowed */
  char      *folder;         /* owned */
  BtVolume  *volume;         /* owned, nullable: not looked at yet, or that failed */
  GError    *error;          /* owned, nullable: why it cannot be looked at */
  gint64     looked_at_us;   /* 0: never */
  guint      is_looking : 1;
  guint      is_low : 1;     /* on space */
} BtPlace;

typedef struct _BtWork BtWork;

/* One torrent of the list.
 *
 * Invariant: what `is_loaded` speaks of is there exactly when it is set; `swarm` only when it is. `saving` is what the
 * commit under way has of it.
 */
struct _BtEntry
{
  BtLibrary  *library;         /* borrowed */
  BtRecord   *record;          /* owned */

  /* Owned; there when loaded */
  BtMetainfo *metainfo;
  BtResume   *resume;          /* nullable */
  GArray     *files;           /* BtFileRecord */
  GArray     *trackers;        /* BtTrackerRecord; nullable: as in the metainfo */
  char      **web_seeds;       /* the same */
  BtHistory  *history;

  /* Owned, nullable */
  BtMagnet   *magnet;          /* of a torrent of which no more is known, which is never loaded; NULL: not read yet */
  GArray     *peers;           /* BtKnownAddress: for the next swarm or seeker */
  BtWork     *work;            /* moving, renaming, removing */

  /* Borrowed, nullable */
  BtSwarm    *swarm;           /* the session's */
  BtSeeker   *seeker;          /* the session's; only with BT_RECORD_MAGNET */
  BtPlace    *place;           /* the library's */

  /* Values */
  guint64     received_bytes;  /* of the swarms that have gone, in this run of the program */
  guint64     sent_bytes;
  guint64     wasted_bytes;
  guint64     counted_received_bytes; /* of the swarm, added to the record already; likewise the next two */
  guint64     counted_sent_bytes;
  guint64     counted_wasted_bytes;
  gint64      counted_at_us;
  guint64     counted_news;    /* of the swarm */
  gint64      aged_at_us;      /* its times were last due to be saved */
  gint64      moved_at_us;     /* when it was last not idle */
  gint64      busy_again_at_us;
  guint       dirty;           /* BtDirty */
  guint       saving;
  guint       n_loading;       /* answers of the store that are waited for */
  guint       has_turn : 1;    /* the queue lets it run */
  guint       is_loaded : 1;
  guint       is_watched : 1;
  guint       is_missing : 1;  /* its drive or folder */
  guint       is_low : 1;      /* its file system is nearly full */
  guint       was_looked_at : 1; /* its place, since it was last to run */
  guint       wants_check : 1; /* although it may be paused */
  guint       accepts_volume : 1; /* a person started it: what is there now is meant */
  guint       is_gone : 1;     /* removed; lives until nothing holds it */
  guint       is_due : 1;      /* in library->due */
  guint       is_checkpointing : 1;
  guint       is_checking : 1; /* hashes now */
  guint       waits_to_check : 1; /* for others on its disk */
  guint       is_unreadable : 1; /* its description in the store, when last tried */
  guint       is_new : 1;      /* being added: nobody has heard of it */
  guint       is_leaving : 1;  /* the store is told to forget it */
  guint       has_failed_move : 1; /* to its final folder, in this run of the program */
  guint       is_learning : 1; /* its description has come, and is being taken over */
};

struct _BtLibrary
{
  /* Owned */
  BtSession    *session;
  BtStore      *store;         /* nullable */
  char         *state_path;    /* nullable, with the store */
  char         *parts_folder;  /* nullable; temporary, without a store */
  GPtrArray    *entries;       /* BtEntry, owned; by position */
  GPtrArray    *gone;          /* BtEntry, owned: removed, waiting to be freed */
  GHashTable   *by_id;         /* id (in the record) → BtEntry */
  GHashTable   *by_hash;       /* info-hash (in the record) → BtEntry */
  GHashTable   *by_swarm;      /* BtSwarm → BtEntry */
  GHashTable   *places;        /* folder → BtPlace, owned */
  GQueue        due;           /* BtEntry that may take a step */
  GSource      *due_source;    /* nullable */
  GPtrArray    *adds;          /* BtAdd under way, owned by themselves */
  GPtrArray    *previews;      /* BtPreview, likewise */
  GHashTable   *moves;         /* id → folder, owned both: moves that the store knows to be under way */
  GPtrArray    *waiters;       /* Waiter: who wants to know of the next commit */
  BtHistory    *history;       /* of all torrents */
  GError       *trouble;       /* nullable: why the state is not saved */

  /* Borrowed */
  GMainContext       *context;
  BtClock            *clock;
  const BtLibraryOps *ops;
  gpointer            owner;

  /* Values */
  BtSettings    settings;
  BtOverview    totals;        /* its numbers; running_s without this run */
  gint64        began_at_us;
  gint64        checkpoint_us;
  gint64        dht_saved_at_us; /* or tried to */
  BtTimer       checkpoint_timer;
  BtTimer       wait_timer;    /* for the answers to a checkpoint */
  guint64       last_id;
  gint64        judged_at_us;  /* the queue */
  gint64        next_judge_us;
  guint         n_alive;
  guint         n_checkpoints; /* answers that are waited for */
  guint         n_commits;     /* under way: 0 or 1 */
  guint         n_works;
  guint         n_loads;
  guint         n_looks;
  int           seek_seam;     /* for tests: 1, every disk seeks; -1, none does; 0, as they say */
  void        (*close_func) (gpointer user_data);
  gpointer      close_data;
  guint         has_begun : 1;
  guint         no_begin : 1;
  guint         is_closing : 1;
  guint         is_session_closing : 1;
  guint         is_closed : 1;
  guint         must_save : 1; /* again, when the commit under way has ended */
  guint         is_alternative : 1;
  guint         is_paused : 1; /* by the timetable, or held */
  guint         is_held : 1;   /* as settings.is_held was when that was last told to the entries */
  guint         must_judge : 1;
  guint         has_moved : 1; /* something, since the totals were saved */
  guint         must_save_dht : 1;
};

static inline gint64
bt_library_now_us (BtLibrary *library)
{
  return bt_clock_get_us (library->clock);
}

static inline gint64
bt_library_now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static inline gboolean
bt_entry_has (const BtEntry *entry,
              guint          flag)
{
  return (entry->record->flags & flag) != 0;
}

/* Returns whether it changed. */
static inline gboolean
bt_entry_set_flag (BtEntry  *entry,
                   guint     flag,
                   gboolean  value)
{
  guint32 old = entry->record->flags;

  entry->record->flags = value ? old | flag : old & ~flag;
  return entry->record->flags != old;
}

/* bt-library.c */
/* Looks at the entry's state again when the loop turns, and takes the steps that are due. */
void       bt_library_queue_entry      (BtEntry         *entry);
void       bt_library_insert           (BtLibrary       *library,
                                        BtEntry         *entry);
/* Off the list; told to the owner. It is freed when nothing holds it any more. */
void       bt_library_take_out         (BtEntry         *entry);
/* Everything that closing waits for may have ended. */
void       bt_library_continue_close   (BtLibrary       *library);
BtDisk    *bt_library_get_disk         (BtLibrary       *library);

/* bt-entry.c */
BtEntry   *bt_entry_new                (BtLibrary       *library,
                                        BtRecord        *record);   /* taken */
void       bt_entry_free               (BtEntry         *entry);
/* Takes the steps that are due now. */
void       bt_entry_advance            (BtEntry         *entry);
/* Tells the owner, and saves when a person's wish changed the record. */
void       bt_entry_changed            (BtEntry         *entry);
void       bt_entry_wished             (BtEntry         *entry,
                                        guint            dirty);
/* Makes the loaded part of what the store has. (transfer full) */
gboolean   bt_entry_take_stored        (BtEntry         *entry,
                                        BtStoredTorrent *stored,
                                        GError         **error);
/* What the store has of it, for `func`, which begins with bt_entry_note_fetched(): the entry stays until then. */
void       bt_entry_fetch              (BtEntry         *entry,
                                        BtStoreLoadFunc  func,
                                        gpointer         user_data);
void       bt_entry_note_fetched       (BtEntry         *entry);
/* Its description, or its link; unless that is under way. */
void       bt_entry_load               (BtEntry         *entry);
gboolean   bt_entry_needs_loaded       (BtEntry         *entry);
/* It should run, as far as the person and the entry itself go: only the queue, the drive and the room may be in the
 * way. */
gboolean   bt_entry_wants_run          (BtEntry         *entry);
void       bt_entry_fail               (BtEntry         *entry,
                                        const GError    *error);
/* Something for its log. */
void       bt_entry_log                (BtEntry         *entry,
                                        BtMarkKind    kind,
                                        const char      *text);
void       bt_entry_swarm_changed      (BtEntry         *entry);
void       bt_entry_count              (BtEntry         *entry);
/* Once a second, while it has a swarm: counts what may have changed. */
void       bt_entry_tick               (BtEntry         *entry);
/* Where a file lies beneath the folder: renamed, or as the metainfo says; without suffix. Loaded. */
const char *bt_entry_get_path          (BtEntry         *entry,
                                        guint32          file);
/* Of an array sorted by index. */
BtFileRecord *bt_file_records_get      (GArray          *records,
                                        guint32          file,
                                        gboolean         may_make);
/* Tells the storage of files that were renamed. */
void       bt_file_records_set_paths   (GArray          *records,
                                        BtStorage       *storage);
char      *bt_entry_dup_parts_path     (BtEntry         *entry);
/* The edited list, which there is, as bt_trackers_new() takes it. (transfer container); `out_holder` (transfer full)
 * holds what it points to. */
const char *const *const *bt_entry_make_tiers (BtEntry   *entry,
                                               GPtrArray **out_holder);
/* The edited list, or the metainfo's, to a swarm. */
void       bt_entry_apply_trackers     (BtEntry         *entry,
                                        BtSwarm         *swarm);

/* bt-entry-magnet.c */
/* What the store has in place of a description. */
gboolean   bt_entry_take_link          (BtEntry         *entry,
                                        GBytes          *link,
                                        GError         **error);
/* Takes the steps that are due; `may_run` as for a swarm. */
void       bt_entry_advance_magnet     (BtEntry         *entry,
                                        gboolean         may_run);
/* What it knows of peers is kept. `goes_on` as for bt_session_end_seek(). */
void       bt_entry_end_seek           (BtEntry         *entry,
                                        gboolean         goes_on);
void       bt_seeker_fill_facts        (BtSeeker        *seeker,
                                        BtSwarmFacts    *facts);
BtDetails *bt_entry_get_magnet_details (BtEntry         *entry);

/* bt-entry-wishes.c */
/* Sorted, none twice or empty, bounded; NULL: none. (transfer full) */
char     **bt_labels_clean             (const char *const *labels);

/* bt-library-place.c */
BtPlace   *bt_library_get_place        (BtLibrary       *library,
                                        const char      *folder);
void       bt_place_free               (gpointer         place);
void       bt_place_look               (BtPlace         *place);
/* What a look at its folder has found; takes `volume`, NULL with `error`. */
void       bt_place_take_volume        (BtPlace         *place,
                                        BtVolume        *volume,
                                        const GError    *error);
/* Whether the entry's drive and folder are there and are those it was left on; sets is_missing. Its place was looked
 * at. */
void       bt_entry_judge_place        (BtEntry         *entry);
/* Once a second. */
void       bt_library_tick_places      (BtLibrary       *library);
/* What must stay free on a volume. */
guint64    bt_library_get_floor        (BtLibrary       *library,
                                        const BtVolume  *volume);
/* What the torrents on the volume have yet to write. */
guint64    bt_library_count_promised   (BtLibrary       *library,
                                        const char      *volume_id);

/* bt-library-queue.c */
void       bt_library_judge_queue      (BtLibrary       *library);
void       bt_library_judge_shares     (BtLibrary       *library);
void       bt_library_apply_limits     (BtLibrary       *library);

/* bt-library-dht.c */
/* (transfer full): what another run has kept; nullable */
GBytes    *bt_library_load_dht         (BtLibrary       *library);
/* When it is time. */
void       bt_library_put_dht          (BtLibrary       *library,
                                        BtStoreBatch    *batch);

/* bt-library-totals.c */
void       bt_library_load_totals      (BtLibrary       *library);
void       bt_library_count_moved      (BtLibrary       *library,
                                        guint64          received_bytes,
                                        guint64          sent_bytes);
void       bt_library_put_totals       (BtLibrary       *library,
                                        BtStoreBatch    *batch);

/* bt-library-checks.c */
gboolean   bt_library_may_check        (gpointer         library,
                                        BtSwarm         *swarm);
/* It is not checking, or not any more: another one may. */
void       bt_entry_end_check          (BtEntry         *entry);

/* bt-library-peers.c */
void       bt_library_load_bans        (BtLibrary       *library);

/* bt-library-save.c */
void       bt_entry_set_dirty          (BtEntry         *entry,
                                        guint            dirty);
void       bt_library_save_now         (BtLibrary       *library);
/* One torrent's, out of turn. */
void       bt_entry_checkpoint         (BtEntry         *entry);
void       bt_library_checkpoint_cb    (gpointer         user_data);
void       bt_library_wait_cb          (gpointer         user_data);
gboolean   bt_library_is_saved         (BtLibrary       *library);

/* bt-library-add.c */
/* The description of a torrent of which only the link was known has come: files that others have are told apart, and
 * it is saved. */
void       bt_library_learn            (BtEntry         *entry,
                                        BtMetainfo      *metainfo);
/* An entry is gone: who waited for that may be added now. */
void       bt_library_continue_adds    (BtLibrary       *library);

/* bt-library-preview.c */
void       bt_library_end_previews     (BtLibrary       *library);
/* The entry is about to look for its peers, and a session knows a torrent once: who only looks gives way. Either hash
 * may be NULL. */
void       bt_library_end_previews_of  (BtEntry         *entry,
                                        const guint8    *info_hash_v1,
                                        const guint8    *info_hash_v2);

/* bt-library-paths.c */
/* `used` (owned by the callee): path beneath `folder` of each file of other torrents that may lie where this one's
 * do. */
typedef void (*BtPathsFunc) (GHashTable *used,
                             gpointer    user_data);

/* Of the torrents in `folder` that have files beneath `top_name`, or were renamed, but for `except` (nullable). */
void       bt_library_collect_paths    (BtLibrary       *library,
                                        const char      *folder,
                                        const char      *top_name,
                                        BtEntry         *except,
                                        BtPathsFunc      func,
                                        gpointer         user_data);
/* Whether the torrent may have files that one in `folder` called `top_name`, or told apart from another of that name,
 * has too. */
gboolean   bt_paths_may_meet           (const BtRecord  *record,
                                        const char      *folder,
                                        const char      *top_name);
/* Adds the paths of a torrent's files, as they are called without suffix. */
void       bt_paths_add                (GHashTable      *used,
                                        BtMetainfo      *metainfo,
                                        const GArray    *files);

/* bt-entry-work.c */
void       bt_work_fill_facts          (BtEntry         *entry,
                                        BtSwarmFacts    *facts);
/* What was being moved when the program last ended goes on. */
void       bt_work_resume_moves        (BtLibrary       *library);
/* It is complete and lies where incomplete data does. */
void       bt_work_move_to_final       (BtEntry         *entry);
void       bt_work_advance             (BtEntry         *entry);
/* It needs the swarm as it is; otherwise the swarm has to go first. */
gboolean   bt_work_is_live             (BtEntry         *entry);
gboolean   bt_work_is_removal          (BtEntry         *entry);
gboolean   bt_work_needs_loaded        (BtEntry         *entry);
/* The torrent's description cannot be read. */
void       bt_work_fail                (BtEntry         *entry,
                                        const GError    *error);
void       bt_work_free                (BtWork          *work);

G_END_DECLS
