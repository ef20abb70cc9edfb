/* bt-storage.h - one torrent's files: write, read, hash and check whole pieces
 *
 * Everything is asynchronous: a callback on the disk's context ends each call, exactly once, never inside the call. Calls
 * may be answered out of order. Block slots are lent until the callback.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-geometry.h"
#include "base/bt-hash.h"
#include "metainfo/bt-metainfo.h"
#include "storage/bt-disk.h"

G_BEGIN_DECLS

typedef struct _BtStorage BtStorage;

typedef enum
{
  BT_PREALLOCATE_NONE,
  BT_PREALLOCATE_SPARSE,  /* files get their final size at once, without blocks (default) */
  BT_PREALLOCATE_FULL,    /* fallocate() */
} BtPreallocate;

typedef enum
{
  BT_PIECE_GOOD,    /* hash right and on disk */
  BT_PIECE_BAD,     /* hash wrong; nothing written */
  BT_PIECE_FAILED,  /* reading or writing failed: `error`; the blocks are still the caller's */
} BtPieceVerdict;

/* Both borrowed for the callback only. `digests`: SHA-1 of each block, n_blocks × 20 bytes, when the piece was bad or digests
 * were asked for; NULL otherwise. */
typedef void (*BtPieceFunc) (BtStorage      *storage,
                             guint32         piece,
                             BtPieceVerdict  verdict,
                             const guint8   *digests,
                             const GError   *error,
                             gpointer        user_data);
/* `error` NULL: done. */
typedef void (*BtStorageFunc) (BtStorage    *storage,
                               const GError *error,
                               gpointer      user_data);

/* `root`: the download folder, made when missing (at the first write). Nothing is touched yet. Files are opened beneath it
 * without following links out of it (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS where the kernel has it, else component by component with O_NOFOLLOW). */
BtStorage *bt_storage_new          (BtDisk          *disk,
                                    BtMetainfo      *metainfo,
                                    const char      *root,
                                    BtPreallocate    preallocate);
/* Calls under way still end, with their callbacks, before this returns? No: their callbacks are dropped and the slots they
 * hold must stay valid until bt_storage_close_async()'s callback; so close first. */
void       bt_storage_free         (BtStorage       *storage);
/* Ends when every call under way has ended and all files are closed (synced when `sync`). */
void       bt_storage_close_async  (BtStorage       *storage,
                                    gboolean         sync,
                                    BtStorageFunc    func,
                                    gpointer         user_data);
/* Files not wanted are not made until a boundary piece needs them. Call before bt_storage_prepare(). */
void       bt_storage_set_wanted   (BtStorage       *storage,
                                    guint            file,
                                    gboolean         is_wanted);
/* Makes folders and empty files, pre-allocates. Existing larger files are left as they are (too long is reported when checking, cut when complete? never cut). */
void       bt_storage_prepare      (BtStorage       *storage,
                                    BtStorageFunc    func,
                                    gpointer         user_data);
/* What is on disk now, without reading it: FALSE when none of the torrent's files exists. Blocking (a few stat calls, at
 * most one per file). Thread: any. */
gboolean   bt_storage_has_data     (BtStorage       *storage);
/* Hashes a received piece and, when right, writes it: one pwritev per file touched. `slots`: one per block, copied array of
 * borrowed slots; NULL for a block that was spilled (read back for the hash). Interrupted and short writes go on; ENOSPC and EAGAIN are tried
 * again after 1/4, 1 and 3 s before the verdict is FAILED. */
void       bt_storage_finish_piece (BtStorage       *storage,
                                    guint32          piece,
                                    guint8 *const   *slots,
                                    gboolean         want_digests,
                                    BtPieceFunc      func,
                                    gpointer         user_data);
/* Writes one block to its place before its piece is whole. */
void       bt_storage_spill        (BtStorage       *storage,
                                    const BtBlockSpan *span,
                                    const guint8    *slot,
                                    BtStorageFunc    func,
                                    gpointer         user_data);
/* Reads `span` (at most 1 MiB) scattered into `slots`, BT_BLOCK_BYTES each, the first byte of the span at the start of the first
 * slot. A short file is BT_STORAGE_ERROR_TRUNCATED. */
void       bt_storage_read         (BtStorage       *storage,
                                    const BtBlockSpan *span,
                                    guint8 *const   *slots,
                                    BtStorageFunc    func,
                                    gpointer         user_data);
/* Reads `span` at once, only when that cannot block: the data is in the page cache (RWF_NOWAIT) and the file is open. Returns FALSE
 * when it cannot tell or would block: use bt_storage_read() then. */
gboolean   bt_storage_try_read     (BtStorage       *storage,
                                    const BtBlockSpan *span,
                                    guint8 *const   *slots);
/* Reads a piece and compares its hash: GOOD, BAD (also when a file is missing or short: the data is simply not there), or FAILED (I/O error,
 * permission). */
void       bt_storage_check_piece  (BtStorage       *storage,
                                    guint32          piece,
                                    BtPieceFunc      func,
                                    gpointer         user_data);
/* How many calls have not been answered yet. */
guint      bt_storage_get_n_pending (BtStorage      *storage);

G_END_DECLS
