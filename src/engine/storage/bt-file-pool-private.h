/* bt-file-pool-private.h - the files that are open, few and beneath their folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define BT_FILE_POOL_RECHECK_US G_GINT64_CONSTANT (1000000)

/* The system calls that tests make fail. All as in the manual: -1 and errno. Thread: any. */
typedef struct
{
  /* Beneath `dir_fd`, no link followed on the way. */
  int     (*open)      (int                 dir_fd,
                        const char         *path,
                        int                 flags,
                        mode_t              mode);
  ssize_t (*preadv)    (int                 fd,
                        const struct iovec *iovecs,
                        int                 n_iovecs,
                        off_t               offset);
  ssize_t (*pwritev)   (int                 fd,
                        const struct iovec *iovecs,
                        int                 n_iovecs,
                        off_t               offset);
  int     (*ftruncate) (int                 fd,
                        off_t               length);
  int     (*fallocate) (int                 fd,
                        int                 mode,
                        off_t               offset,
                        off_t               length);
  int     (*fsync)     (int                 fd);
  /* These three name one thing in a folder, and follow no link. */
  int     (*stat)      (int                 dir_fd,
                        const char         *name,
                        struct stat        *out_info);
  int     (*rename)    (int                 from_fd,
                        const char         *from_name,
                        int                 to_fd,
                        const char         *to_name,
                        unsigned int        flags);
  int     (*unlink)    (int                 dir_fd,
                        const char         *name,
                        int                 flags);
} BtFileOps;

extern const BtFileOps bt_file_ops;

/* Component by component with O_NOFOLLOW: what bt_file_ops.open does where the kernel has no openat2(). Thread: any. */
int         bt_file_open_stepwise       (int               dir_fd,
                                         const char       *path,
                                         int               flags,
                                         mode_t            mode);

/* The folder beneath which paths are opened, for nothing but that (O_PATH). -1 with errno. Thread: any. */
int         bt_file_open_root           (const char       *root,
                                         gboolean          may_make);
/* The same when it must lie on `device` (st_dev; 0: any): then nothing is made, and ENOMEDIUM says that it is missing
 * or lies elsewhere. Thread: any. */
int         bt_file_open_root_on        (const char       *root,
                                         guint64           device,
                                         gboolean          may_make);
/* The folder that holds the last component of `path`, which is `out_name`, borrowed from it; folders on the way are
 * made when `may_make`. `dir_fd` itself when there is only that one. -1 with errno. Thread: any. */
int         bt_file_open_parent         (int               dir_fd,
                                         const char       *path,
                                         gboolean          may_make,
                                         const char      **out_name);

/* At most so many open files; those not used longest are closed first.
 *
 * Invariant: a file in use is never closed; each (owner, index) has at most one entry in `files`, which is open for
 * writing when it was ever asked for that. At most max_files are open, and one more for each worker. No lock is held
 * while the system is asked.
 * Thread: any.
 */
typedef struct _BtFilePool BtFilePool;
typedef struct _BtOpenFile BtOpenFile;

/* Where a file lies. */
typedef struct
{
  gconstpointer  owner;       /* borrowed, only compared */
  guint32        index;       /* of the file */
  const char    *root;        /* borrowed; may itself be a link */
  const char    *path;        /* borrowed; beneath the root */
  guint64        device;      /* that the root must lie on; 0: any */
  gboolean       must_exist;  /* not made, also for writing */
  gboolean       is_executable; /* made so that it can be run (BEP 47); what is there stays as it is */
} BtFilePlace;

BtFilePool *bt_file_pool_new            (const BtFileOps   *ops,
                                         guint              max_files);
/* Nothing may be in use (asserted). */
void        bt_file_pool_free           (BtFilePool        *pool);
/* Opens, or takes what is open. For writing, the file and the folders above it are made when missing, unless the place
 * says otherwise. Whether an open file is still what its place names is looked up again once a second. NULL with errno,
 * as bt_file_open_root_on() has it. `out_is_new`, nullable: the file was made by this call. */
BtOpenFile *bt_file_pool_acquire        (BtFilePool        *pool,
                                         const BtFilePlace *place,
                                         gboolean           for_writing,
                                         gboolean          *out_is_new);
/* Never asks the system: NULL when the file is not open, or its place is due to be looked up again. */
BtOpenFile *bt_file_pool_try_acquire    (BtFilePool        *pool,
                                         const BtFilePlace *place);
void        bt_file_pool_release        (BtFilePool        *pool,
                                         BtOpenFile        *file);
/* Borrowed, until the release. */
int         bt_open_file_get_fd         (const BtOpenFile  *file);
/* Those in use are closed at their release. */
void        bt_file_pool_close_owner    (BtFilePool        *pool,
                                         gconstpointer      owner);
guint       bt_file_pool_get_n_open     (BtFilePool        *pool);
const BtFileOps *bt_file_pool_get_ops   (BtFilePool        *pool);
/* Seams for tests; before the first file. */
void        bt_file_pool_set_ops        (BtFilePool        *pool,
                                         const BtFileOps   *ops);
void        bt_file_pool_set_recheck_us (BtFilePool        *pool,
                                         gint64             recheck_us);

G_END_DECLS
