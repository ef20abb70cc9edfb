/* bt-disk-private.h - jobs of the disk's workers, and the system calls they go through
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-disk.h"
#include "bt-file-pool-private.h"
#include "bt-piece-judge-private.h"

#include "base/bt-geometry.h"
#include "base/bt-hash.h"

#include <sys/uio.h>

G_BEGIN_DECLS

#define BT_DISK_SCRATCH_BLOCKS 16u  /* 256 KiB: stays in a core's second-level cache */
#define BT_DISK_MAX_IOVECS     1024 /* IOV_MAX of Linux */

/* What a worker owns while it runs; kept by the disk for the next one. */
typedef struct
{
  BtPieceHashes hashes;
  BtHash       *block_hash;                       /* owned; SHA-1 */
  guint8       *buffer;                           /* owned; BT_DISK_SCRATCH_BLOCKS blocks */
  guint8       *slots[BT_DISK_SCRATCH_BLOCKS];    /* borrowed: the buffer's blocks */
  struct iovec  iovecs[BT_DISK_MAX_IOVECS];
} BtDiskScratch;

typedef struct _BtDiskJob BtDiskJob;

/* Jobs in one lane run one at a time, in the order they came. The kernel locks a file against parallel
 * writers, and those who wait for that lock burn time instead of hashing the next piece. Fields are
 * the disk's; all zeros is an empty lane.
 */
typedef struct
{
  GQueue   waiting;  /* of BtDiskJob by their links */
  gboolean is_busy;  /* one of its jobs is queued or running */
} BtDiskLane;

typedef enum
{
  BT_ROLE_FILE,   /* writes, reads, opens */
  BT_ROLE_PIECE,  /* hashes */
  BT_N_ROLES,
} BtDiskRole;

typedef enum
{
  BT_STEP_DONE,   /* to the owner's context */
  BT_STEP_AGAIN,  /* to the end of the queue that the job now names */
  BT_STEP_PARK,   /* run again after a pause: n_tries says the how manieth */
} BtDiskStep;

/* One piece of work. Embedded first in the job of whoever submits it.
 * Owned by the submitter until bt_disk_submit(), then by the disk until `end` is called, which frees it.
 */
struct _BtDiskJob
{
  BtDiskStep (*run) (BtDiskJob *job, BtDiskScratch *scratch);  /* Thread: worker */
  void       (*end) (BtDiskJob *job);                          /* Thread: the owner's */
  gpointer     owner;           /* borrowed; whom bt_disk_hurry() names */
  BtDiskLane  *lane;            /* borrowed, nullable; while its role is BT_ROLE_FILE */
  GList        link;            /* the disk's */
  gint64       at_us;           /* the disk's: queued since, or parked until */
  guint64      n_written_bytes; /* of this run; these three are added to the disk's and zeroed after each */
  guint64      n_read_bytes;
  guint64      n_hashed_bytes;
  BtDiskRole   role;
  guint        n_tries;         /* how often the job was parked */
  gboolean     is_urgent;       /* before those that are not, but never keeping them waiting forever */
};

/* Thread: the owner's, for all that follow but bt_disk_get_pool(). */
void          bt_disk_submit           (BtDisk           *disk,
                                        BtDiskJob        *job);
/* Parked jobs of `owner` run at once. */
void          bt_disk_hurry            (BtDisk           *disk,
                                        gpointer          owner);
/* For bytes that were read without a job. */
void          bt_disk_count_read       (BtDisk           *disk,
                                        guint64           n_bytes);
BtFilePool   *bt_disk_get_pool         (BtDisk           *disk);

/* bt-storage-error.c: what an errno is to the caller. Thread: any. */
BtStorageError bt_storage_get_error_code (int           error_number);

/* Seams for tests; before the first job. `delays_us` has BT_DISK_N_RETRIES elements; `turn_us` is how long a worker
 * goes on taking jobs before it gives its thread back. */
void          bt_disk_set_retry_delays (BtDisk           *disk,
                                        const gint64     *delays_us);
void          bt_disk_set_turn_us      (BtDisk           *disk,
                                        gint64            turn_us);

G_END_DECLS
