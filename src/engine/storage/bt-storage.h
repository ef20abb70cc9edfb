/* bt-storage.h - one torrent's files: write, read, hash and check whole pieces
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-disk.h"

#include "base/bt-bitfield.h"
#include "base/bt-file-stamp.h"
#include "base/bt-geometry.h"
#include "base/bt-hash.h"
#include "metainfo/bt-metainfo.h"

G_BEGIN_DECLS

#define BT_STORAGE_SUFFIX         ".part"         /* of files that are not complete */
#define BT_STORAGE_MAX_READ_BYTES (1024u * 1024)  /* of one bt_storage_read() */

/* Everything is asynchronous: a callback on the disk's context ends each call, exactly once, never
 * inside the call. Calls may be answered out of order, but finishing, reading and checking a piece
 * wait for the spills of its blocks that were asked for before. Block slots are lent until the
 * callback. Pad files are zeros that are never on disk.
 *
 * Where the disk or the quota is full, or the system asks to come again later, a call is tried
 * again after 1/4, 1 and 3 s before it fails; not once closing has begun.
 *
 * Thread: the disk's context, unless said otherwise.
 */
typedef struct _BtStorage BtStorage;

typedef enum
{
  BT_PREALLOCATE_NONE,    /* files grow as they are written */
  BT_PREALLOCATE_SPARSE,  /* they get their final size at once, without blocks (default) */
  BT_PREALLOCATE_FULL,    /* and with blocks, where the file system can: fallocate() */
} BtPreallocate;

typedef enum
{
  BT_PIECE_GOOD,    /* hash right, and on disk */
  BT_PIECE_BAD,     /* hash wrong; nothing was written */
  BT_PIECE_FAILED,  /* reading or writing failed: `error`; the blocks are still the caller's */
} BtPieceVerdict;

/* Pointers are borrowed for the callback only. `digests`: SHA-1 of each block, n_blocks × 20 bytes,
 * when a piece that was to be finished is bad or they were asked for; else NULL. `error`
 * (BT_STORAGE_ERROR): when FAILED, and when a check says BAD because a file is missing or short. */
typedef void (*BtPieceFunc)   (BtStorage      *storage,
                               guint32         piece,
                               BtPieceVerdict  verdict,
                               const guint8   *digests,
                               const GError   *error,
                               gpointer        user_data);
/* `error` (BT_STORAGE_ERROR) NULL: done. */
typedef void (*BtStorageFunc) (BtStorage    *storage,
                               const GError *error,
                               gpointer      user_data);

/* `root`: the download folder, made when missing (at the first write); it may itself be a link, but
 * beneath it none is followed (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, or component by
 * component). Nothing is touched yet. */
BtStorage *bt_storage_new           (BtDisk            *disk,
                                     BtMetainfo        *metainfo,
                                     const char        *root,
                                     BtPreallocate      preallocate);
/* Callbacks of calls under way are dropped, but slots stay lent until the jobs that hold them have
 * ended, which nobody says: so close first. */
void       bt_storage_free          (BtStorage         *storage);
/* Ends when all other calls have ended and all files are closed; with `sync`, after what
 * bt_storage_sync() does. One at a time. The storage can be used again afterwards. */
void       bt_storage_close_async   (BtStorage         *storage,
                                     gboolean           sync,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* Files not wanted are not made until a piece on their border needs them. All are wanted at first.
 * Call before bt_storage_prepare(). */
void       bt_storage_set_wanted    (BtStorage         *storage,
                                     guint32            file,
                                     gboolean           is_wanted);
/* Makes folders and empty files, and pre-allocates. What files hold is kept; those that are too
 * long stay so. Missing ones get what the parts have of them; then it runs alone. */
void       bt_storage_prepare       (BtStorage         *storage,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* When it ends without error, everything that was answered before this call is on the device, the names of new files
 * too. After one that failed all others of this storage fail: what was written since the last good one may be gone. */
void       bt_storage_sync          (BtStorage         *storage,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* Something was made or written that was not synced yet; what lies in the parts aside. Thread: any. */
gboolean   bt_storage_is_changed   (BtStorage         *storage);
/* FALSE when none of the torrent's files exists, empty ones aside. Blocks for at most one look-up
 * per file. Thread: any. */
gboolean   bt_storage_has_data      (BtStorage         *storage);
/* Hashes a received piece and, when right, writes it: one pwritev per file touched. `slots`: one
 * per block, the array is copied; NULL for a block that was spilled, which is read back for the
 * hash. */
void       bt_storage_finish_piece  (BtStorage         *storage,
                                     guint32            piece,
                                     guint8 *const     *slots,
                                     gboolean           want_digests,
                                     BtPieceFunc        func,
                                     gpointer           user_data);
/* Writes one block to its place before its piece is whole. When that fails, finishing the piece, if
 * already asked for, fails too. */
void       bt_storage_spill         (BtStorage         *storage,
                                     const BtBlockSpan *span,
                                     const guint8      *slot,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* Reads `span`, at most BT_STORAGE_MAX_READ_BYTES, scattered into `slots`, BT_BLOCK_BYTES each, the
 * first byte of the span at the start of the first slot. A short file is
 * BT_STORAGE_ERROR_TRUNCATED; one that is gone or replaced is noticed within a second, although it
 * may be open. */
void       bt_storage_read          (BtStorage         *storage,
                                     const BtBlockSpan *span,
                                     guint8 *const     *slots,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* Reads `span` at once, only when that cannot block: the data is in the page cache (RWF_NOWAIT) and
 * the file is open. FALSE when it cannot tell or would block, and then the slots may hold anything:
 * use bt_storage_read(). */
gboolean   bt_storage_try_read      (BtStorage         *storage,
                                     const BtBlockSpan *span,
                                     guint8 *const     *slots);
/* Reads a piece and compares its hash: GOOD, BAD (also when a file is missing or short: the data is
 * simply not there), or FAILED (I/O error, permission, a link in the way). */
void       bt_storage_check_piece   (BtStorage         *storage,
                                     guint32            piece,
                                     BtPieceFunc        func,
                                     gpointer           user_data);
/* How many calls have not been answered yet. */
guint      bt_storage_get_n_pending (BtStorage         *storage);

/* --- How the files lie on disk --- */

/* The calls up to bt_storage_set_made() come before the first call that touches files. */

/* A file that was renamed: `path` is beneath the root, safe as BtFile.path is. NULL: as the metainfo says. */
void       bt_storage_set_path      (BtStorage         *storage,
                                     guint32            file,
                                     const char        *path);
/* Without the suffix; borrowed. */
const char *bt_storage_get_path     (BtStorage         *storage,
                                     guint32            file);
/* Files made from now on end in BT_STORAGE_SUFFIX until bt_storage_complete_file(). */
void       bt_storage_set_use_suffix (BtStorage        *storage,
                                      gboolean          use_suffix);
/* Which files have the suffix on disk; one bit per file. bt_storage_stat() finds out by itself, too: a file that is
 * missing under its name and there with the suffix has it. A name that has no room for the suffix, or would come to be
 * called like another file, never gets it, nor does an empty file. */
void       bt_storage_set_suffixed  (BtStorage         *storage,
                                     const BtBitfield  *suffixed);
const BtBitfield *bt_storage_get_suffixed (BtStorage   *storage);
/* Where the bytes go that pieces share with files that are not wanted and not on disk: one sparse file at the torrent's
 * offsets. NULL: a file without a name in the temporary folder, gone when closed. The folder above `path` is made when
 * missing. Never called: such files are made beside the data. */
void       bt_storage_set_parts     (BtStorage         *storage,
                                     const char        *path);
/* The device (st_dev) that the root must lie on; 0: any. Checked whenever a file is opened: another one, or a root that
 * is missing, is BT_STORAGE_ERROR_GONE, and nothing is made. */
void       bt_storage_set_device    (BtStorage         *storage,
                                     guint64            device);
/* The files that we made, of n_files bits; those that are made later are added by themselves. */
void       bt_storage_set_made      (BtStorage         *storage,
                                     const BtBitfield  *made);
/* (transfer full): the caller clears it. */
void       bt_storage_get_made      (BtStorage         *storage,
                                     BtBitfield        *out_made);

/* `stamps`: one a file, borrowed; NULL with `error`. Pads and links are -1. */
typedef void (*BtStampsFunc) (BtStorage         *storage,
                              const BtFileStamp *stamps,
                              guint32            n_stamps,
                              const GError      *error,
                              gpointer           user_data);

/* Size and time of every file, also those not wanted (a file whose bytes are in the parts is missing). A missing root
 * is no error: all files are; but BT_STORAGE_ERROR_GONE when its device was told. Waits and holds back like what
 * follows below. */
void       bt_storage_stat          (BtStorage         *storage,
                                     BtStampsFunc       func,
                                     gpointer           user_data);
/* bt_storage_sync(), then the same look at the files; neither waits for calls under way nor holds others back. */
void       bt_storage_sync_and_stat (BtStorage         *storage,
                                     BtStampsFunc       func,
                                     gpointer           user_data);

/* --- Changes while it is used --- */

/* What follows waits until the calls under way have ended, and holds back those that come after it until it has ended.
 * bt_storage_has_data() must not be called by another thread meanwhile. */

/* Takes the suffix off. Done when there is none. */
void       bt_storage_complete_file (BtStorage         *storage,
                                     guint32            file,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* Another path beneath the root, with or without suffix as before; folders are made, and old ones that are empty now
 * go. BT_STORAGE_ERROR_UNSAFE when something is there, or another file of the torrent is to be; then nothing has
 * changed. A file that is not on disk only changes its path. */
void       bt_storage_rename_file   (BtStorage         *storage,
                                     guint32            file,
                                     const char        *path,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* Files that become wanted get their bytes from the parts, and are made as bt_storage_prepare() would; those that are
 * not wanted any more stay as they are when they are on disk. `wanted`: of n_files bits. On an error all are wanted or
 * not as before. The parts go when everything is wanted. */
void       bt_storage_change_wanted (BtStorage         *storage,
                                     const BtBitfield  *wanted,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
/* All files are closed when `func` is called, and every later call, closing too, waits for bt_storage_release(), which
 * may also tell a new root and its device (0: any), or that of the root as it is (NULL and 0: as before). One at a
 * time. bt_storage_try_read() answers FALSE meanwhile. Freeing drops what waits. */
void       bt_storage_hold          (BtStorage         *storage,
                                     BtStorageFunc      func,
                                     gpointer           user_data);
void       bt_storage_release       (BtStorage         *storage,
                                     const char        *new_root,
                                     guint64            new_device);

G_END_DECLS
