/* bt-volume-private.h - the kernel's table of mounts, and where to look things up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-volume.h"

G_BEGIN_DECLS

#define BT_MOUNTS_MAX_BYTES (8u * 1024 * 1024) /* of the table; what is behind that is not looked at */

/* One line of /proc/self/mountinfo. All strings owned. */
typedef struct
{
  guint64 id;
  guint   major;        /* of st_dev; 0: no device of its own, or several */
  guint   minor;
  char   *mount_point;
  char   *type;         /* "ext4" */
  char   *source;       /* what was mounted: a device, "server:/export", or any word */
} BtMount;

/* What is known about the mount that is sought. */
typedef struct
{
  guint64     mount_id;  /* as statx() tells it; 0: not known */
  guint       major;
  guint       minor;
  const char *path;      /* absolute, without links */
} BtMountQuery;

/* Finds the mount by its id, else the last of the deepest ones above the path that have the device, else of those
 * above the path. Lines that make no sense are passed over. FALSE when there is none. Pure. */
gboolean  bt_mounts_find         (const char         *table,
                                  gsize               n_bytes,
                                  const BtMountQuery *query,
                                  BtMount            *out_mount);
void      bt_mount_clear         (BtMount            *mount);
/* "NFS, SMB, FUSE, …": its answers may come over a network, or from a program. Pure. */
gboolean  bt_mount_type_is_remote (const char        *type);

/* bt_volume_look() with /proc, /dev/disk and /sys found beneath `sysroot` instead of "". */
BtVolume *bt_volume_look_in      (const char         *sysroot,
                                  const char         *folder,
                                  GError            **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BtMount, bt_mount_clear)

G_END_DECLS
