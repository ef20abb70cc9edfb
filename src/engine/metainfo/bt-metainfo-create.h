/* bt-metainfo-create.h - makes a .torrent of a file or a folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_CREATE_MIN_PIECE_BYTES (16u * 1024)
#define BT_CREATE_MAX_PIECE_BYTES (16u * 1024 * 1024)
#define BT_CREATE_MAX_DEPTH       64u                  /* folders within each other */

/* All zeros: the defaults. */
typedef struct
{
  const char *const *const *tiers;      /* nullable; NULL-terminated array of NULL-terminated arrays of URLs */
  const char *const        *web_seeds;  /* nullable; NULL-terminated */
  const char               *comment;    /* nullable */
  const char               *creator;    /* nullable */
  const char               *source;     /* nullable; changes the info hash */
  const char               *name;       /* nullable: the last component of the path */
  gint64                    creation_date; /* unix seconds; 0: none is written */
  guint32                   piece_bytes;   /* 0: chosen by the size; else a power of two within the limits above */
  gboolean                  is_private;
} BtCreateOptions;

/* After every piece and at the end. Runs in the calling thread. */
typedef void (*BtCreateProgressFunc) (guint64  done_bytes,
                                      guint64  total_bytes,
                                      gpointer user_data);

/* Hashes `path` into a v1 torrent (BEP 3): a file, or all regular files beneath a folder, sorted by path. Symbolic
 * links and special files are left out; a name that is not UTF-8 is an error. Blocks for as long as reading takes.
 * Errors: G_IO_ERROR; among them CANCELLED, INVALID_ARGUMENT for options and names, NOT_FOUND when there is not one
 * byte to share. (transfer full) Thread: user. */
GBytes  *bt_metainfo_create             (const char            *path,
                                         const BtCreateOptions *options,
                                         GCancellable          *cancellable,
                                         BtCreateProgressFunc   progress,
                                         gpointer               user_data,
                                         GError               **error);
/* What `piece_bytes` of 0 means for so many bytes: the smallest power of two within the limits that makes no more
 * than about 2,000 pieces. */
guint32  bt_metainfo_choose_piece_bytes (guint64                total_bytes);

G_END_DECLS
