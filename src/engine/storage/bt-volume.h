/* bt-volume.h - which file system a folder lies on, and how much room it has
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-disk.h"

G_BEGIN_DECLS

/* A file system as it is now. All strings owned. */
typedef struct
{
  char    *id;             /* the same after it was mounted again, elsewhere or after a boot: "uuid:…" of the device
                            * where that can be known, else "fsid:…", else "source:…" of a share, else "dev:…" */
  char    *name;           /* in words, for «The drive X is not there»: its label, or the last part of its mount
                            * point */
  char    *mount_point;    /* absolute */
  guint64  device;         /* st_dev, as stat() tells it: of this mount, in this boot */
  guint64  free_bytes;     /* for us: without what is reserved for root */
  guint64  total_bytes;
  guint    is_rotational : 1;  /* a disk that seeks; FALSE when it cannot be known */
  guint    is_read_only : 1;
  guint    is_remote : 1;      /* NFS, SMB, FUSE, …: looking at it may block for long */
  guint    exists : 1;         /* the folder does; else all is told of its nearest parent that does */
} BtVolume;

void       bt_volume_free        (BtVolume        *volume);
/* Looks at `folder`, or when that is missing at its nearest parent that is there. Blocks. Thread: any. NULL with
 * BT_STORAGE_ERROR. */
BtVolume  *bt_volume_look        (const char      *folder,
                                  GError         **error);

typedef void (*BtVolumeFunc) (BtVolume     *volume,   /* (transfer full), NULL with `error` */
                              const GError *error,
                              gpointer      user_data);

/* The same in a worker of the disk. Thread: the disk's context. */
void       bt_volume_look_async  (BtDisk          *disk,
                                  const char      *folder,
                                  BtVolumeFunc     func,
                                  gpointer         user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtVolume, bt_volume_free)

G_END_DECLS
