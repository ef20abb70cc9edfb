/* bt-file-task-private.h - what moving, copying, removing and renaming share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-disk-private.h"
#include "bt-file-task.h"

#include "base/bt-rate.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

G_BEGIN_DECLS

#define BT_FILE_TASK_PREFIX     "."
#define BT_FILE_TASK_SUFFIX     ".freshet-moving"       /* of a copy that is not whole */
#define BT_FILE_TASK_STEP_BYTES (4u * 1024 * 1024)      /* copied before others get the worker */
#define BT_FILE_TASK_STEP_FILES 32u                     /* looked at, renamed or removed before that */
#define BT_FILE_TASK_SYNC_BYTES (64u * 1024 * 1024)     /* copied before they are sent to the device */
#define BT_FILE_TASK_ROOM_BYTES (1024u * 1024)          /* left free for folders and the file system's own */

/* The system calls that tests make fail. All as in the manual: -1 and errno. Thread: any. */
typedef struct
{
  int     (*open)            (int                dir_fd,    /* beneath it, no link followed on the way */
                              const char        *path,
                              int                flags,
                              mode_t             mode);
  int     (*statx)           (int                dir_fd,
                              const char        *path,
                              int                flags,
                              unsigned int       mask,
                              struct statx      *out_info);
  int     (*statvfs)         (const char        *path,
                              struct statvfs    *out_info);
  int     (*access)          (int                dir_fd,
                              const char        *path,
                              int                mode,
                              int                flags);
  int     (*mkdir)           (int                dir_fd,
                              const char        *path,
                              mode_t             mode);
  int     (*rename)          (int                from_fd,
                              const char        *from_path,
                              int                to_fd,
                              const char        *to_path,
                              unsigned int       flags);
  int     (*unlink)          (int                dir_fd,
                              const char        *path,
                              int                flags);
  int     (*fsync)           (int                fd);
  int     (*ftruncate)       (int                fd,
                              off_t              length);
  int     (*fallocate)       (int                fd,
                              int                mode,
                              off_t              offset,
                              off_t              length);
  off_t   (*seek)            (int                fd,
                              off_t              offset,
                              int                whence);
  int     (*clone)           (int                to_fd,
                              int                from_fd);
  ssize_t (*copy_file_range) (int                from_fd,
                              off_t             *from_offset,
                              int                to_fd,
                              off_t             *to_offset,
                              size_t             n_bytes,
                              unsigned int       flags);
  ssize_t (*pread)           (int                fd,
                              void              *buffer,
                              size_t             n_bytes,
                              off_t              offset);
  ssize_t (*pwrite)          (int                fd,
                              const void        *buffer,
                              size_t             n_bytes,
                              off_t              offset);
  int     (*fchmod)          (int                fd,
                              mode_t             mode);
  int     (*futimens)        (int                fd,
                              const struct timespec times[2]);
  gboolean (*trash)          (const char        *path,      /* as g_file_trash() */
                              GError           **error);
} BtFileTaskOps;

extern const BtFileTaskOps bt_file_task_ops;

/* What lies at the target of a file that is moved. */
typedef enum
{
  BT_MADE_NOTHING,
  BT_MADE_COPY,     /* under its other name */
  BT_MADE_FILE,     /* under its own */
} BtFileMade;

typedef struct
{
  const char            *path;       /* borrowed from the task */
  guint64                bytes;
  guint64                allocated_bytes;
  struct statx_timestamp atime;
  struct statx_timestamp mtime;
  guint64                device;
  guint64                inode;
  mode_t                 mode;
  guint64                made_inode; /* of the copy */
  BtFileMade             made;
} BtFileItem;

/* The copy of one file, while it is made. */
typedef struct
{
  int      from_fd;         /* owned; -1 */
  int      to_fd;           /* owned; -1 */
  guint64  offset;          /* up to here it is copied */
  guint64  data_end;        /* up to here there is data and no hole */
  guint64  n_unsynced_bytes;
} BtFileCopy;

/* Does a part of the work: BT_STEP_AGAIN until `phase` is the last one and done. Thread: worker. */
typedef BtDiskStep (*BtFilePhase) (BtFileTask    *task,
                                   BtDiskScratch *scratch);

/* Invariant: all but the last group is the worker's while the job is submitted. */
struct _BtFileTask
{
  BtDiskJob            job;          /* first */
  const BtFileTaskOps *ops;          /* borrowed */
  BtFilePhase          phase;        /* what the next step does */
  BtFilePhase          undo;         /* nullable; where a failure leads to, once something was changed */
  guint                next;         /* the item with which the phase goes on */

  char                *from_folder;  /* owned */
  char                *to_folder;    /* owned, nullable */
  char               **paths;        /* owned */
  guint                n_own;        /* of the paths; those behind them are only looked for */
  GArray              *items;        /* owned; of BtFileItem: what of the paths is there */
  GPtrArray           *kept;         /* owned; of paths, borrowed */
  GPtrArray           *made_above;   /* owned; of absolute paths of folders we made, outermost first */
  GPtrArray           *made_folders; /* owned; of paths beneath the target of folders we made, outermost first */
  GHashTable          *seen;         /* owned; set of paths: of folders that this phase has dealt with */
  GError              *error;        /* owned, nullable; the first */
  int                  from_fd;      /* owned; -1 */
  int                  to_fd;        /* owned; -1 */
  BtFileCopy           copy;
  BtRate               rate;
  gboolean             use_trash;
  gboolean             keeps_others; /* what is no regular file is kept, instead of a failure */
  gboolean             is_by_copy;
  gboolean             is_settled;     /* it is undone or completed, whoever cancels */
  gboolean             has_no_clone;   /* these are found out by trying */
  gboolean             has_no_range;

  /* shared */
  _Atomic gboolean     is_cancelled;
  _Atomic guint64      done_bytes;
  _Atomic guint64      total_bytes;
  _Atomic guint64      bps;
  _Atomic guint        n_done_files;
  _Atomic guint        n_files;

  /* the owner's */
  BtFileTaskFunc       func;
  gpointer             user_data;    /* borrowed */
};

/* --- bt-file-task.c --- */

/* How far the present phase goes before it gives the worker back. */
guint       bt_file_task_get_step_end  (const BtFileTask     *task);
/* The last phase: folders above the items that are empty now go. */
BtDiskStep  bt_file_task_run_tidy      (BtFileTask           *task,
                                        BtDiskScratch        *scratch);
BtFileTask *bt_file_task_new           (const char           *from_folder,
                                        const char           *to_folder,
                                        const char *const    *paths,
                                        BtFileTaskFunc        func,
                                        gpointer              user_data);
/* Judges the paths, and begins with `phase`. */
void        bt_file_task_start         (BtFileTask           *task,
                                        BtDisk               *disk,
                                        BtFilePhase           phase);
BtDiskStep  bt_file_task_enter         (BtFileTask           *task,
                                        BtFilePhase           phase);
/* Remembers the first error, and goes on with `undo`, or ends. `format`: in N_(), with the path and the reason. */
BtDiskStep  bt_file_task_fail          (BtFileTask           *task,
                                        const char           *format,
                                        const char           *path,
                                        int                   error_number);
BtDiskStep  bt_file_task_fail_with     (BtFileTask           *task,
                                        BtStorageError        code,
                                        const char           *format,
                                        ...) G_GNUC_PRINTF (3, 4);
BtFileItem *bt_file_task_get_item      (BtFileTask           *task,
                                        guint                 i);
/* The same for the folder itself. */
BtDiskStep  bt_file_task_fail_root     (BtFileTask           *task,
                                        int                   error_number);
/* Counts bytes that are in their new place; those that were carried there make the rate. */
void        bt_file_task_add_bytes     (BtFileTask           *task,
                                        guint64               n_bytes,
                                        gboolean              is_carried);
/* Seam for tests: for tasks begun from now on; NULL: bt_file_task_ops. */
void        bt_file_task_set_ops       (const BtFileTaskOps  *ops);

/* --- bt-file-folders.c: all with errno; paths beneath `root_fd` --- */

/* The folder that holds `path`, opened for nothing but that (O_PATH); closed by the caller. `out_name`: the rest. */
int         bt_file_open_above         (const BtFileTaskOps  *ops,
                                        int                   root_fd,
                                        const char           *path,
                                        const char          **out_name);
/* As lstat(). -1 and EXDEV, ELOOP or ENOTDIR when something on the way is not a folder. */
int         bt_file_look               (const BtFileTaskOps  *ops,
                                        int                   root_fd,
                                        const char           *path,
                                        struct statx         *out_info);
/* Where a file system knows no RENAME_NOREPLACE, by looking first. */
int         bt_file_rename             (const BtFileTaskOps  *ops,
                                        int                   from_root_fd,
                                        const char           *from_path,
                                        int                   to_root_fd,
                                        const char           *to_path);
int         bt_file_unlink             (const BtFileTaskOps  *ops,
                                        int                   root_fd,
                                        const char           *path,
                                        int                   flags);
/* Whatever a file system cannot sync counts as synced. */
int         bt_file_sync               (const BtFileTaskOps  *ops,
                                        int                   fd);
/* The target folder, and those above it. */
int         bt_file_task_make_root     (BtFileTask           *task);
/* The folders above `path` in the target. */
int         bt_file_task_make_above    (BtFileTask           *task,
                                        const char           *path);
/* Removes those we made and nobody has put anything into. */
void        bt_file_task_unmake        (BtFileTask           *task);
/* All folders above `path`, from the inside out, each only once a phase. */
int         bt_file_task_sync_above    (BtFileTask           *task,
                                        int                   root_fd,
                                        const char           *path);
/* And those in which we made folders above the target. */
int         bt_file_task_sync_made     (BtFileTask           *task);
/* Removes the folders above `path` that are empty, never the root. */
void        bt_file_task_prune_above   (BtFileTask           *task,
                                        int                   root_fd,
                                        const char           *path);

/* --- bt-file-copy.c --- */

/* The name beside its place under which a copy grows. (transfer full) */
char       *bt_file_copy_dup_path      (const char           *path);
/* Copies the next item, or a part of it; then enters `then`. Fails by itself. */
BtDiskStep  bt_file_copy_step          (BtFileTask           *task,
                                        BtDiskScratch        *scratch,
                                        BtFilePhase           then);
void        bt_file_copy_close         (BtFileCopy           *copy);

/* --- bt-file-scan.c --- */

/* Nobody has changed or replaced the file since it was looked at first. */
gboolean    bt_file_item_is_same       (const BtFileItem     *item,
                                        const struct statx   *info);
/* Fills the items with what is there; then enters `then`. */
BtDiskStep  bt_file_task_scan          (BtFileTask           *task,
                                        BtFilePhase           then);

G_END_DECLS
