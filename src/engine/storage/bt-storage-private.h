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

/* Reference counted by the owner's thread: one for the owner, one for each job. */
#define BT_STORAGE_N_LANES 16  /* file n is written in lane n modulo this */

struct _BtStorage
{
  /* constant; workers read these */
  BtDisk           *disk;         /* borrowed */
  BtFilePool       *pool;         /* borrowed from the disk */
  BtMetainfo       *metainfo;     /* owned */
  const BtGeometry *geometry;     /* borrowed from the metainfo */
  const BtFile     *files;        /* borrowed from the metainfo */
  guint32           n_files;
  char             *root;         /* owned */
  BtPreallocate     preallocate;

  /* atomic */
  guint            *changed;      /* owned; bit per file: written since it was last synced */
  guint            *made;         /* owned; bit per file: made since its folders were last synced */
  int               is_closing;   /* nothing is worth waiting for any more */

  /* the disk's */
  BtDiskLane        lanes[BT_STORAGE_N_LANES];

  /* the owner's thread */
  BtBitfield        wanted;       /* of files */
  GHashTable       *spilling;     /* owned; piece → Spilling, owned */
  BtDiskJob        *close_job;    /* owned, nullable; waits until it is the only one */
  guint             n_refs;
  guint             n_pending;
  gboolean          is_freed;     /* by the owner: no more callbacks */
  gboolean          has_no_nowait;
};

typedef struct
{
  BtDiskJob       base;
  BtStorage      *storage;       /* a reference */
  BtPieceFunc     piece_func;    /* one of these two */
  BtStorageFunc   func;
  gpointer        user_data;     /* borrowed */
  GError         *error;         /* owned, nullable */
  guint8         *digests;       /* owned, nullable */
  BtBitfield      wanted;        /* owned; prepare: a copy */
  BtBlockSpan     span;
  BtPieceVerdict  verdict;
  guint32         next_file;     /* prepare and sync: where to go on */
  gboolean        want_digests;
  gboolean        may_retry;     /* the error may pass by itself */
  gboolean        is_spill;
  gboolean        is_sync;
  guint8         *slots[];       /* borrowed */
} BtStorageJob;

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
} BtStorageVerb;

/* What follows runs in workers. */

/* Keeps the error in the job, in words that name the file (NULL: the folder). Always FALSE. */
gboolean    bt_storage_job_fail         (BtStorageJob    *job,
                                         BtStorageVerb    verb,
                                         const BtFile    *file,
                                         int              error_number);
gboolean    bt_storage_job_fail_short   (BtStorageJob    *job,
                                         const BtFile    *file);
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
/* From the pool, marking it when new. NULL: the job has the error. */
BtOpenFile *bt_storage_open             (BtStorageJob    *job,
                                         guint32          file,
                                         gboolean         for_writing);
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

G_END_DECLS
