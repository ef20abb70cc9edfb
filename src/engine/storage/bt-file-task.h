/* bt-file-task.h - long work on a torrent's files while nobody writes them: moving and removing
 *
 * A task is told a list of paths beneath a folder; nothing outside of it is ever touched, and no link is followed
 * beneath it. It runs in a worker of the disk and can be cancelled.
 *
 * Thread: the disk's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-disk.h"

#include "base/bt-file-stamp.h"

G_BEGIN_DECLS

typedef struct _BtFileTask BtFileTask;

typedef struct
{
  guint64  done_bytes;
  guint64  total_bytes;
  guint64  bps;           /* lately */
  guint    n_done_files;
  guint    n_files;
} BtFileTaskProgress;

/* Called once, never inside the call that began the task; the task is gone afterwards. `error` (BT_STORAGE_ERROR, or
 * G_IO_ERROR_CANCELLED) NULL: done. `kept`: paths (borrowed, NULL-terminated) that are there, and that a removal left
 * alone because they are not ours, were to be spared, or could not be removed; empty for a move. */
typedef void (*BtFileTaskFunc) (BtFileTask         *task,
                                const GError       *error,
                                const char *const  *kept,
                                gpointer            user_data);

/* Moves `paths` (relative, NULL-terminated) from one folder to another, keeping their paths beneath it. Files that are
 * missing are passed over; a `from_folder` that is, is BT_STORAGE_ERROR_GONE. Within a file system by rename; otherwise
 * each is copied (reflink, copy_file_range, or read and write, whichever works) beside its place under another name,
 * fsynced, its length compared, its times kept, and, when all are copied, renamed; only when all of them and their
 * folders are on the device the sources go, and the folders left empty by that. Whatever fails, or when cancelled
 * before the sources go: the source is as it was, and what was made at the target is gone again. A file that exists at
 * the target fails the move (BT_STORAGE_ERROR_UNSAFE) before anything is touched. Room is checked first
 * (BT_STORAGE_ERROR_NO_SPACE).
 *
 * A process that is killed leaves each file whole at one of the places or both. The same move begun again goes on, but
 * for the moment in which the copies have their names and the sources are not all gone: then it says UNSAFE. */
BtFileTask *bt_file_task_move      (BtDisk              *disk,
                                    const char          *from_folder,
                                    const char          *to_folder,
                                    const char *const   *paths,
                                    BtFileTaskFunc       func,
                                    gpointer             user_data);

/* Removes `paths` beneath `folder`, to the trash where there is one and `use_trash` (else, and when that fails for want
 * of a trash, the error says so and nothing is removed), then the folders above them that are empty now, but never
 * `folder` itself. Only regular files. `spared` (nullable): paths that stay; those that are there are told as kept. */
BtFileTask *bt_file_task_remove    (BtDisk              *disk,
                                    const char          *folder,
                                    const char *const   *paths,
                                    const char *const   *spared,
                                    gboolean             use_trash,
                                    BtFileTaskFunc       func,
                                    gpointer             user_data);

/* Renames a file or a folder beneath `folder`; both paths relative. The folders above the new one are made. An existing
 * target is BT_STORAGE_ERROR_UNSAFE. A missing source is no error. Old folders that are empty now go. */
BtFileTask *bt_file_task_rename    (BtDisk              *disk,
                                    const char          *folder,
                                    const char          *from_path,
                                    const char          *to_path,
                                    BtFileTaskFunc       func,
                                    gpointer             user_data);

/* Has no effect once it cannot be undone; `func` comes in any case. */
void        bt_file_task_cancel    (BtFileTask          *task);
void        bt_file_task_get_progress (BtFileTask       *task,
                                       BtFileTaskProgress *out_progress);

G_END_DECLS
