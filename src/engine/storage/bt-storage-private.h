/* bt-storage-private.h - what the files of one torrent's storage share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-disk-private.h"
#include "bt-file-pool-private.h"
#include "bt-storage.h"

#include "base/bt-bitfield.h"

G_BEGIN_DECLS

#define BT_STORAGE_N_LANES 16  /* file n is written in lane n modulo this */

/* Reference counted by the owner's thread: one for the owner, one for each job.
 *
 * Invariant: a call that is not answered is either started, `close_job`, or in `waiting`. While something waits or
 * `is_fenced` is set, whatever comes waits, too, so that the order stays. An exclusive job is started when nothing else
 * is, and nothing else while it is; so what lies under "the layout" changes only while no worker reads it.
 */
struct _BtStorage
{
  /* constant; workers read these */
  BtDisk           *disk;         /* borrowed */
  BtFilePool       *pool;         /* borrowed from the disk */
  BtMetainfo       *metainfo;     /* owned */
  const BtGeometry *geometry;     /* borrowed from the metainfo */
  const BtFile     *files;        /* borrowed from the metainfo */
  guint32           n_files;
  BtPreallocate     preallocate;

  /* the layout: workers read it; the owner's thread changes it before the first job and after an exclusive one */
  char             *root;         /* owned */
  guint64           device;       /* of the root; 0: any */
  char            **paths;        /* owned, nullable, n_files of them, each nullable: renamed to this */
  GHashTable       *part_names;   /* owned, nullable; of what ends in the suffix by itself, case folded */
  gboolean          is_named;     /* part_names is right */
  char             *parts_path;   /* owned, nullable: the parts have no name */
  char             *parts_folder; /* owned, nullable; of parts_path */
  char             *parts_name;   /* owned, nullable; in parts_folder */
  gboolean          has_parts;
  gboolean          use_suffix;
  BtBitfield        wanted;       /* of files */

  /* atomic */
  guint            *changed;      /* owned; bit per file: written since it was last synced */
  guint            *made;         /* owned; bit per file: made since its folders were last synced */
  guint            *ours;         /* owned; bit per file: made by us, ever */
  gpointer         *suffixed_paths; /* owned, nullable; a string per file, owned, nullable: its path beneath the root
                                     * now that it ends in the suffix. Workers add; only exclusive jobs remove */
  int               parts_fd;     /* owned; of parts without a name; -1: not made yet */
  int               parts_are_changed;
  int               parts_are_made;
  int               is_closing;   /* nothing is worth waiting for any more */
  int               sync_error;   /* the errno of the first sync that failed; 0: none has */

  /* the disk's */
  BtDiskLane        lanes[BT_STORAGE_N_LANES];
  BtDiskLane        sync_lane;    /* a sync does not end while another still sees to some of the files */

  /* the owner's thread */
  BtBitfield        suffixed_now; /* what was told of suffixed_paths last */
  GHashTable       *spilling;     /* owned; piece → Spilling, owned */
  BtDiskJob        *close_job;    /* owned, nullable; waits until it is the only one */
  GQueue            waiting;      /* of BtDiskJob by their links: an exclusive one, and what came after it */
  guint             n_refs;
  guint             n_pending;    /* calls that are not answered */
  guint             n_started;    /* of these */
  gboolean          is_fenced;    /* an exclusive job is started, or bt_storage_hold() has been answered */
  gboolean          is_held;      /* the latter */
  gboolean          is_freed;     /* by the owner: no more callbacks */
  gboolean          has_no_nowait;
};

typedef struct _BtStorageJob BtStorageJob;

struct _BtStorageJob
{
  BtDiskJob       base;
  BtStorage      *storage;       /* a reference */
  BtPieceFunc     piece_func;    /* one of these three */
  BtStampsFunc    stamps_func;
  BtStorageFunc   func;
  /* Nullable; of an exclusive job that has succeeded: changes the layout. Thread: the owner's. */
  void          (*apply) (BtStorageJob *job);
  gpointer        user_data;     /* borrowed */
  GError         *error;         /* owned, nullable */
  guint8         *digests;       /* owned, nullable */
  BtFileStamp    *stamps;        /* owned, nullable */
  char           *path;          /* owned, nullable; rename: the new one */
  BtBitfield      wanted;        /* owned; prepare and change: a copy */
  BtBitfield      suffixed;      /* owned; stat: those that were found so */
  BtBlockSpan     span;
  BtPieceVerdict  verdict;
  guint32         file;          /* complete and rename */
  guint32         next_file;     /* prepare, stat and change: where to go on */
  gboolean        want_digests;
  gboolean        may_retry;     /* the error may pass by itself */
  gboolean        is_spill;
  gboolean        is_sync;
  gboolean        is_exclusive;
  gboolean        waits_for_spills;
  gboolean        is_found;      /* complete and rename: the file is on disk */
  gboolean        was_suffixed;  /* and so it is called there */
  guint8         *slots[];       /* borrowed */
};

/* Where a part of a stretch lies: in its file, or in the parts. */
typedef struct
{
  BtOpenFile *open_file;  /* a use of it, nullable */
  int         fd;         /* borrowed; -1: the parts do not exist yet, all is zeros */
  guint64     offset;     /* of the file's first byte */
  const char *path;       /* borrowed; for messages */
  gboolean    is_parts;
} BtStorageTarget;

/* Memory for a stretch of the torrent: slots of BT_BLOCK_BYTES, the first byte of the stretch at the start of the
 * first. */
typedef struct
{
  guint8 *const *slots;   /* borrowed; when writing, NULL: not to be written */
  guint64        offset;  /* bytes from the start of the torrent */
  guint32        length;  /* bytes */
} BtStretch;

/* The part of a stretch that lies in one file. */
typedef struct
{
  guint64 file_offset;
  guint32 file;
  guint32 skip;    /* bytes from the start of the stretch */
  guint32 length;
} BtFileRange;

/* The files that a stretch touches, one after the other, empty ones left out. */
typedef struct
{
  const BtStorage *storage;  /* borrowed */
  guint64          offset;   /* where the next range begins */
  guint64          start;
  guint64          end;
  guint32          file;
} BtFileRanges;

typedef enum
{
  BT_VERB_OPEN,
  BT_VERB_READ,
  BT_VERB_WRITE,
  BT_VERB_ALLOCATE,
  BT_VERB_SYNC,
  BT_VERB_LOOK,
  BT_VERB_RENAME,
} BtStorageVerb;

/* The owner's thread. */
BtStorageJob *bt_storage_job_new      (BtStorage       *storage,
                                       BtDiskStep     (*run) (BtDiskJob     *job,
                                                              BtDiskScratch *scratch),
                                       BtDiskRole       role,
                                       gsize            n_slots);
/* Takes the job: it is started, or waits behind an exclusive one. */
void          bt_storage_job_submit   (BtStorageJob    *job);
void          bt_storage_clear_layout (BtStorage       *storage);
/* Which names end in the suffix by themselves: others must not come to be called so. */
void          bt_storage_learn_names  (BtStorage       *storage);
/* Starts what waits and may. */
void          bt_storage_advance      (BtStorage       *storage);

/* What follows runs in workers. */

/* Whether a file is one that lies on disk at all: neither a pad nor a link. */
static inline gboolean
bt_storage_is_on_disk (const BtStorage *storage,
                       guint32          file)
{
  return (storage->files[file].flags & (BT_FILE_PAD | BT_FILE_SYMLINK)) == 0;
}

/* Keeps the error in the job, in words that name `path` (NULL: the folder). Always FALSE. */
gboolean    bt_storage_job_fail         (BtStorageJob    *job,
                                         BtStorageVerb    verb,
                                         const char      *path,
                                         int              error_number);
gboolean    bt_storage_job_fail_short   (BtStorageJob    *job,
                                         const char      *path);
/* A torrent of BEP 52 whose piece layers never came. */
gboolean    bt_storage_job_fail_unknown (BtStorageJob    *job);
/* What a job that has failed does next. */
BtDiskStep  bt_storage_job_get_step     (BtStorageJob    *job);
/* How every run starts, also the second. */
void        bt_storage_job_begin        (BtStorageJob    *job);

void        bt_file_ranges_init         (BtFileRanges    *ranges,
                                         const BtStorage *storage,
                                         guint64          offset,
                                         guint64          length);
gboolean    bt_file_ranges_next         (BtFileRanges    *ranges,
                                         BtFileRange     *out_range);
BtFilePlace bt_storage_get_place        (const BtStorage *storage,
                                         guint32          file);
/* As the file is called on disk; borrowed. */
const char *bt_storage_get_disk_path    (const BtStorage *storage,
                                         guint32          file);
/* -1 with errno, as bt_file_open_root_on() has it. */
int         bt_storage_open_root        (const BtStorage *storage,
                                         gboolean         may_make);
/* Whether the file may get the suffix, or have it without our knowing. */
gboolean    bt_storage_can_suffix       (const BtStorage *storage,
                                         guint32          file);
/* Takes `path`; NULL: it has no suffix any more, and then the job must be exclusive. */
void        bt_storage_take_suffixed    (BtStorage       *storage,
                                         guint32          file,
                                         char            *path);
/* From the pool, marking it when new; made only when `may_make` and for writing. NULL with errno. */
BtOpenFile *bt_storage_acquire          (BtStorage       *storage,
                                         guint32          file,
                                         gboolean         for_writing,
                                         gboolean         may_make);
/* The same, made when missing. NULL: the job has the error. */
BtOpenFile *bt_storage_open             (BtStorageJob    *job,
                                         guint32          file,
                                         gboolean         for_writing);
gboolean    bt_storage_open_target      (BtStorageJob    *job,
                                         guint32          file,
                                         gboolean         for_writing,
                                         BtStorageTarget *out_target);
void        bt_storage_close_target     (BtStorageJob    *job,
                                         BtStorageTarget *target);
/* Whether the file's bytes lie in the parts as long as it is not on disk. */
static inline gboolean
bt_storage_may_use_parts (const BtStorage *storage,
                          guint32          file)
{
  return storage->has_parts && !bt_bitfield_get (&storage->wanted, file);
}
/* FALSE: the job has an error. For reading, the parts need not exist. */
gboolean    bt_storage_parts_open       (BtStorageJob    *job,
                                         gboolean         for_writing,
                                         BtStorageTarget *out_target);
gboolean    bt_storage_parts_sync       (BtStorageJob    *job);
/* The same, with what the parts have of it when it is missing. Exclusive jobs only. FALSE: the job has an error. */
gboolean    bt_storage_take_up_file     (BtStorageJob    *job,
                                         BtDiskScratch   *scratch,
                                         guint32          file);
/* Gives a file that was just made what the parts have of it. FALSE: the job has an error. */
gboolean    bt_storage_parts_copy       (BtStorageJob    *job,
                                         BtDiskScratch   *scratch,
                                         guint32          file);
/* Once nothing in them is needed any more; not before all else is on the device. Exclusive jobs only. */
void        bt_storage_parts_remove     (BtStorageJob    *job,
                                         BtDiskScratch   *scratch);
/* What has no name is gone then. */
void        bt_storage_parts_close      (BtStorage       *storage);
/* Both FALSE when the job has an error. Pads read as zeros and are never written. */
gboolean    bt_storage_read_stretch     (BtStorageJob    *job,
                                         BtDiskScratch   *scratch,
                                         const BtStretch *stretch);
gboolean    bt_storage_write_stretch    (BtStorageJob    *job,
                                         BtDiskScratch   *scratch,
                                         const BtStretch *stretch);
/* Tells the system what will be read soon. */
void        bt_storage_advise           (BtStorageJob    *job,
                                         guint64          offset,
                                         guint64          length);
/* Both FALSE when the job has an error. Makes a file, and room for it; `path`: for messages. */
gboolean    bt_storage_prepare_file     (BtStorageJob    *job,
                                         guint32          index);
gboolean    bt_storage_sync_fd          (BtStorageJob    *job,
                                         const char      *path,
                                         int              fd);
void        bt_storage_mark             (guint           *bits,
                                         guint32          file);
/* Returns whether it was marked. */
gboolean    bt_storage_unmark           (guint           *bits,
                                         guint32          file);

BtDiskStep  bt_storage_run_read         (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);
BtDiskStep  bt_storage_run_write        (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);
BtDiskStep  bt_storage_run_finish       (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);
BtDiskStep  bt_storage_run_check        (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);
BtDiskStep  bt_storage_run_prepare      (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);
BtDiskStep  bt_storage_run_sync         (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);
BtDiskStep  bt_storage_run_close        (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);
BtDiskStep  bt_storage_run_hold         (BtDiskJob       *job,
                                         BtDiskScratch   *scratch);

G_END_DECLS
