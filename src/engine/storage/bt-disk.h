/* bt-disk.h - the workers that hash, read and write, shared by all torrents
 *
 * File workers (at most five) and piece workers (one per core) run as GTask threads; the queue is on our side, so that
 * back-pressure is ours. Results come back on the owner's context, many per wake-up.
 * Thread: the owner's context, unless said otherwise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BtDisk BtDisk;

typedef struct
{
  guint max_file_workers;   /* 0: five */
  guint max_piece_workers;  /* 0: as many as cores */
  guint max_open_files;     /* 0: 256 */
} BtDiskConfig;

typedef struct
{
  guint64 n_written_bytes;
  guint64 n_read_bytes;
  guint64 n_hashed_bytes;
  guint   n_queued;         /* jobs waiting */
  guint   n_running;
  gint64  oldest_wait_us;   /* how long the head of the queue has waited */
} BtDiskStats;

BtDisk *bt_disk_new       (GMainContext       *context,
                           const BtDiskConfig *config);
/* Waits until running and queued jobs have ended (their callbacks are still called, from here). All storages must be gone. */
void    bt_disk_free      (BtDisk             *disk);
void    bt_disk_get_stats (BtDisk             *disk,
                           BtDiskStats        *out_stats);

#define BT_STORAGE_ERROR (bt_storage_error_quark ())

typedef enum
{
  BT_STORAGE_ERROR_FAILED,
  BT_STORAGE_ERROR_NO_SPACE,
  BT_STORAGE_ERROR_PERMISSION,
  BT_STORAGE_ERROR_NOT_FOUND,   /* a file or the folder is gone */
  BT_STORAGE_ERROR_TRUNCATED,   /* a file is shorter than the piece asks */
  BT_STORAGE_ERROR_UNSAFE,      /* a link, or not a regular file, where the data should be */
  BT_STORAGE_ERROR_READ_ONLY,
} BtStorageError;

GQuark  bt_storage_error_quark (void);

G_END_DECLS
