/* bt-disk.h - the workers that hash, read and write, shared by all torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-storage-error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_DISK_FILE_WORKERS  5u
#define BT_DISK_MAX_WORKERS   64u   /* of each kind */
#define BT_DISK_OPEN_FILES    256u
#define BT_DISK_N_RETRIES     3u    /* of a job that met a full disk */

/* File workers write and read, piece workers hash and check. Both are threads of GTask that take jobs from our own
 * queues, so that back-pressure is ours, and end when these are empty. Results come back on the owner's context, many
 * per wake-up.
 *
 * Thread: the context's, unless said otherwise.
 */
typedef struct _BtDisk BtDisk;

/* All zeros: the defaults. */
typedef struct
{
  guint max_file_workers;   /* at once; 0: BT_DISK_FILE_WORKERS */
  guint max_piece_workers;  /* at once; 0: as many as cores */
  guint max_open_files;     /* 0: BT_DISK_OPEN_FILES; never fewer than one per worker */
} BtDiskConfig;

typedef struct
{
  guint64 n_written_bytes;
  guint64 n_read_bytes;
  guint64 n_hashed_bytes;
  guint   n_queued;         /* jobs waiting for a worker */
  guint   n_running;
  guint   n_parked;         /* jobs waiting for room on a full disk */
  guint   n_open_files;
  gint64  oldest_wait_us;   /* how long the job that is next has waited */
} BtDiskStats;

/* `context`: the owner's, NULL for the default one. `config` may be NULL. */
BtDisk *bt_disk_new            (GMainContext       *context,
                                const BtDiskConfig *config);
/* Waits until running and queued jobs have ended (their callbacks are still called, from here). All storages must be
 * gone when it returns. Not from a callback of a storage. */
void    bt_disk_free           (BtDisk             *disk);
void    bt_disk_get_stats      (BtDisk             *disk,
                                BtDiskStats        *out_stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtDisk, bt_disk_free)

G_END_DECLS
