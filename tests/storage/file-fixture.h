/* file-fixture.h - folders of files with known content, and a task on them whose system calls fail when a test says so
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "storage/bt-file-task-private.h"

G_BEGIN_DECLS

typedef enum
{
  FILE_CALL_OPEN,
  FILE_CALL_STATX,
  FILE_CALL_STATVFS,
  FILE_CALL_ACCESS,
  FILE_CALL_MKDIR,
  FILE_CALL_RENAME,
  FILE_CALL_UNLINK,
  FILE_CALL_FSYNC,
  FILE_CALL_FTRUNCATE,
  FILE_CALL_FALLOCATE,
  FILE_CALL_SEEK,
  FILE_CALL_CLONE,
  FILE_CALL_COPY_RANGE,
  FILE_CALL_PREAD,
  FILE_CALL_PWRITE,
  FILE_CALL_FCHMOD,
  FILE_CALL_FUTIMENS,
  FILE_CALL_TRASH,
  N_FILE_CALLS,
} FileCall;

/* What goes wrong. All zeros: nothing. Numbers count from 1. */
typedef struct
{
  guint  first;                      /* the first-th call of all … */
  guint  n_times;                    /* … and those after it fail; 0: one */
  int    error_number;
  guint  hook_at;                    /* when the so manieth call of all begins … */
  void (*hook) (gpointer user_data); /* … this is called. Thread: worker */
  gpointer user_data;
  int    always[N_FILE_CALLS];       /* error number with which each such call fails; 0: none does */
  gboolean is_two_mounts;            /* renames from one folder to another are EXDEV */
  gboolean has_no_noreplace;         /* renames with a flag are EINVAL */
  gboolean can_clone;                /* FICLONE works, as if the file system could */
  gboolean answers_zero;             /* copy_file_range() copies nothing */
  guint64  free_bytes;               /* 0: what there is */
} FileFaults;

/* Counts start anew; NULL: nothing goes wrong. */
void     file_faults_set       (const FileFaults     *faults);
guint    file_faults_get_n_calls (void);
guint    file_faults_get_n     (FileCall              call);
/* Of all calls, the how manieth was the first and the last of them; 0: there was none. */
guint    file_faults_get_first (FileCall              call);
guint    file_faults_get_last  (FileCall              call);

/* How a task has ended. */
typedef struct
{
  BtFileTask *task;      /* borrowed; NULL once it has ended */
  gboolean    is_done;
  guint       order;     /* of all endings, this is the how manieth */
  GError     *error;     /* owned */
  char      **kept;      /* owned */
} Ending;

typedef struct
{
  GMainContext *context;  /* owned */
  BtDisk       *disk;     /* owned */
  char         *folder;   /* owned; removed with all that is in it */
  char         *other;    /* owned; on another file system; NULL: there is none */
} FileFixture;

FileFixture *file_fixture_new  (void);
void      file_fixture_free    (FileFixture          *fixture);
/* Give it to a task with an Ending as user data. */
void      ending_cb            (BtFileTask           *task,
                                const GError         *error,
                                const char *const    *kept,
                                gpointer              user_data);
void      file_fixture_wait    (FileFixture          *fixture,
                                Ending               *ending);
void      ending_clear         (Ending               *ending);

/* Writes a file whose content follows from its path, with the folders above it. */
void      tree_put             (const char           *root,
                                const char           *path,
                                gsize                 n_bytes);
/* There, regular, and whole? */
gboolean  tree_has             (const char           *root,
                                const char           *path,
                                gsize                 n_bytes);
/* All that is beneath the root, links not followed, sorted, folders with a slash behind them: "a/ a/b c". */
char     *tree_list            (const char           *root);
/* The root, too. */
void      tree_remove          (const char           *root);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FileFixture, file_fixture_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ending, ending_clear)

G_END_DECLS
