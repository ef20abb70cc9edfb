/* test-file-move.c - moving files: all of them or none, whatever fails, is cancelled or is killed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "file-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIG_BYTES 20000000u /* several steps */

/* How files get from here to there. */
typedef enum
{
  BY_RENAME,
  BY_COPY,   /* to another file system */
  BY_RANGE,  /* within one, by copy_file_range(), because two mounts say EXDEV */
  N_WAYS,
} Way;

static const char *const way_names[N_WAYS] = { "rename", "copy", "range" };

/* A torrent of several files, one of them beneath no folder. */
static const struct
{
  const char *path;
  gsize       n_bytes;
} files[] = {
  { "t/a", 30000 },
  { "t/d/e/b", 70000 },
  { "t/d/c", 0 },
  { "u", 4097 },
};

static const char *const paths[] = {
  "t/a", "t/d/e/b", "t/gone", "t/d/c", "t/a", "u", "gone/too", NULL,
};

static const char all_files[] = "t/ t/a t/d/ t/d/c t/d/e/ t/d/e/b u";
static const char all_here[] = "t/ t/a t/d/ t/d/c t/d/e/ t/d/e/b t/not-ours u";

static GMutex gate;  /* held until the task that is begun is known */
static char *here;   /* owned */
static char *there;  /* owned */

static void
put_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    tree_put (here, files[i].path, files[i].n_bytes);
  tree_put (here, "t/not-ours", 3);
}

static gboolean
has_all (const char *root)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (!tree_has (root, files[i].path, files[i].n_bytes))
      return FALSE;
  return TRUE;
}

/* FALSE, and the test is skipped, where there is no second file system. */
static gboolean
set_folders (FileFixture *fixture,
             Way          way,
             FileFaults  *faults)
{
  if (way == BY_COPY && fixture->other == NULL)
    {
      g_test_skip ("/dev/shm is not another file system than the temporary folder");
      return FALSE;
    }
  g_free (here);
  g_free (there);
  here = g_build_filename (fixture->folder, "here", NULL);
  there = g_build_filename (way == BY_COPY ? fixture->other : fixture->folder, "x/y/there", NULL);
  faults->is_two_mounts = way == BY_RANGE;
  return TRUE;
}

static void
remove_folders (void)
{
  g_autofree char *y = g_path_get_dirname (there);
  g_autofree char *x = g_path_get_dirname (y);

  tree_remove (here);
  tree_remove (x);
}

static void
move (FileFixture      *fixture,
      const FileFaults *faults,
      const char *const *moved,
      Ending           *ending)
{
  ending_clear (ending);
  file_faults_set (faults);
  g_mutex_lock (&gate);
  ending->task = bt_file_task_move (fixture->disk, here, there, moved, ending_cb, ending);
  g_mutex_unlock (&gate);
  file_fixture_wait (fixture, ending);
  g_assert_cmpuint (g_strv_length (ending->kept), ==, 0);
}

static void
assert_list (const char *root,
             const char *expected)
{
  g_autofree char *list = tree_list (root);

  g_assert_cmpstr (list, ==, expected);
}

static void
assert_untouched (void)
{
  g_autofree char *y = g_path_get_dirname (there);
  g_autofree char *x = g_path_get_dirname (y);

  g_assert_true (has_all (here));
  assert_list (here, all_here);
  g_assert_false (g_file_test (x, G_FILE_TEST_EXISTS));
}

static void
assert_moved (void)
{
  g_assert_true (has_all (there));
  assert_list (there, all_files);
  assert_list (here, "t/ t/not-ours");
}

/* --- How it should go --- */

static void
get_times (const char  *root,
           const char  *path,
           struct stat *out_info)
{
  g_autofree char *full = g_build_filename (root, path, NULL);

  g_assert_cmpint (stat (full, out_info), ==, 0);
}

static void
test_move (gconstpointer data)
{
  Way way = GPOINTER_TO_UINT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *full = NULL;
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { 0 };
  struct timespec times[2] = { { .tv_sec = 1, .tv_nsec = 2 }, { 1000000000, 123456789 } };
  struct stat info;

  if (!set_folders (fixture, way, &faults))
    return;
  put_files ();
  full = g_build_filename (here, "t/a", NULL);
  g_assert_cmpint (chmod (full, 0640), ==, 0);
  g_assert_cmpint (utimensat (AT_FDCWD, full, times, 0), ==, 0);
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  assert_moved ();
  get_times (there, "t/a", &info);
  g_assert_cmpint (info.st_mode & 07777, ==, 0640);
  g_assert_cmpint (info.st_mtim.tv_sec, ==, 1000000000);
  g_assert_cmpint (info.st_mtim.tv_nsec, ==, 123456789);
  g_assert_cmpint (file_faults_get_n (FILE_CALL_PWRITE) > 0, ==, way == BY_COPY);
  /* The four folders, those in which the three above were made, and files that were copied. Nothing goes before. */
  g_assert_cmpuint (file_faults_get_n (FILE_CALL_FSYNC), ==, way == BY_RENAME ? 7 : 11);
  g_assert_cmpuint (file_faults_get_last (FILE_CALL_RENAME), <,
                    file_faults_get_last (FILE_CALL_FSYNC));
  g_assert_cmpuint (file_faults_get_last (FILE_CALL_FSYNC), <,
                    file_faults_get_first (FILE_CALL_UNLINK));
  /* Once for each of the three files that have bytes; or once, and never again. */
  g_assert_cmpuint (file_faults_get_n (FILE_CALL_COPY_RANGE), ==,
                    way == BY_RANGE ? 3 : way == BY_COPY);

  /* Again: nothing is left to move. */
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  g_assert_true (has_all (there));

  /* And back. */
  full = (g_free (full), g_steal_pointer (&here));
  here = g_steal_pointer (&there);
  there = g_steal_pointer (&full);
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  g_assert_true (has_all (there));
  /* The folder itself stays. */
  assert_list (here, "");
  g_assert_true (g_file_test (here, G_FILE_TEST_IS_DIR));
}

/* Into a folder that other torrents use. */
static void
test_shared_folder (gconstpointer data)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { .first = 0 };

  if (!set_folders (fixture, GPOINTER_TO_UINT (data), &faults))
    return;
  put_files ();
  tree_put (there, "t/d/others", 1000);
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  g_assert_true (has_all (there));
  g_assert_true (tree_has (there, "t/d/others", 1000));
  assert_list (there, "t/ t/a t/d/ t/d/c t/d/e/ t/d/e/b t/d/others u");
}

static void
test_same_folder (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { 0 };

  set_folders (fixture, BY_RENAME, &faults);
  put_files ();
  g_free (there);
  there = g_build_filename (fixture->folder, "link", NULL);
  g_assert_cmpint (symlink ("here", there), ==, 0);
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  g_assert_true (has_all (here));
  assert_list (here, all_here);
}

static void
test_missing_folder (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { 0 };

  set_folders (fixture, BY_RENAME, &faults);
  move (fixture, &faults, paths, &ending);
  g_assert_error (ending.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_GONE);
  assert_list (fixture->folder, "");
}

/* More files than a step takes, in more folders, with names too long to be lengthened. */
static void
test_many (gconstpointer data)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *stem = g_strnfill (251, 'n');
  g_auto (GStrv) many = NULL;
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { 0 };

  if (!set_folders (fixture, GPOINTER_TO_UINT (data), &faults))
    return;
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *path = g_strdup_printf ("%u/%u/%s%02u", i % 7, i % 3,
                                               i % 2 == 0 ? stem : "äöü", i / 2);

      g_strv_builder_add (builder, path);
      tree_put (here, path, i);
    }
  many = g_strv_builder_end (builder);
  move (fixture, &faults, (const char *const *) many, &ending);
  g_assert_no_error (ending.error);
  assert_list (here, "");
  for (guint i = 0; i < 200; i++)
    g_assert_true (tree_has (there, many[i], i));
}

/* A worker is given back between two parts, and somebody else's work done. */
static void
test_turns (void)
{
  BtDiskConfig config = { .max_file_workers = 1 };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  g_auto (Ending) small = { 0 };
  FileFaults faults = { 0 };
  static const char *const big[] = { "big", NULL };
  static const char *const little[] = { "little", NULL };

  if (!set_folders (fixture, BY_COPY, &faults))
    return;
  bt_disk_free (fixture->disk);
  fixture->disk = bt_disk_new (fixture->context, &config);
  tree_put (here, "big", BIG_BYTES);
  tree_put (here, "little", 10);
  ending.task = bt_file_task_move (fixture->disk, here, there, big, ending_cb, &ending);
  small.task = bt_file_task_remove (fixture->disk, here, little, NULL, FALSE, ending_cb, &small);
  file_fixture_wait (fixture, &small);
  g_assert_no_error (small.error);
  file_fixture_wait (fixture, &ending);
  g_assert_no_error (ending.error);
  g_assert_true (tree_has (there, "big", BIG_BYTES));
  g_assert_cmpuint (small.order, <, ending.order);
}

/* --- Progress, from within --- */

typedef struct
{
  Ending            *ending;
  BtFileTaskProgress progress;
} Watch;

static void
watch_hook (gpointer user_data)
{
  Watch *watch = user_data;

  g_mutex_lock (&gate);
  bt_file_task_get_progress (watch->ending->task, &watch->progress);
  g_mutex_unlock (&gate);
}

/* What it says before its last call. */
static void
test_progress (gconstpointer data)
{
  Way way = GPOINTER_TO_UINT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  Watch watch = { .ending = &ending };
  FileFaults faults = { .hook = watch_hook, .user_data = &watch };

  if (!set_folders (fixture, way, &faults))
    return;
  put_files ();
  move (fixture, &faults, paths, &ending);
  faults.hook_at = file_faults_get_n_calls ();
  remove_folders ();
  put_files ();
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  g_assert_cmpuint (watch.progress.total_bytes, ==, 104097);
  g_assert_cmpuint (watch.progress.done_bytes, ==, 104097);
  g_assert_cmpuint (watch.progress.n_files, ==, 4);
  g_assert_cmpuint (watch.progress.n_done_files, ==, 4);
  g_assert_cmpint (watch.progress.bps > 0, ==, way != BY_RENAME);
}

/* --- Methods of copying --- */

static const struct
{
  const char *name;
  FileFaults  faults;
  guint       n_writes;  /* 0: none; else at least one */
} methods[] = {
  { "clone", { .can_clone = TRUE }, 0 },
  { "no-range-xdev", { .always[FILE_CALL_COPY_RANGE] = EXDEV }, 1 },
  { "no-range-inval", { .always[FILE_CALL_COPY_RANGE] = EINVAL }, 1 },
  { "no-range-nosys", { .always[FILE_CALL_COPY_RANGE] = ENOSYS }, 1 },
  { "no-range-notsup", { .always[FILE_CALL_COPY_RANGE] = EOPNOTSUPP }, 1 },
  { "range-zero", { .answers_zero = TRUE }, 1 },
  { "no-clone-inval", { .always[FILE_CALL_CLONE] = EINVAL }, 0 },
  { "no-clone-notty", { .always[FILE_CALL_CLONE] = ENOTTY }, 0 },
  { "no-clone-xdev", { .always[FILE_CALL_CLONE] = EXDEV }, 0 },
  { "no-reserve", { .always[FILE_CALL_FALLOCATE] = EOPNOTSUPP }, 0 },
  { "no-holes", { .always[FILE_CALL_SEEK] = EINVAL }, 0 },
  { "no-modes", { .always[FILE_CALL_FCHMOD] = EPERM, .always[FILE_CALL_FUTIMENS] = EPERM }, 0 },
  { "no-fsync", { .always[FILE_CALL_FSYNC] = EINVAL }, 0 },
  { "no-noreplace", { .has_no_noreplace = TRUE }, 0 },
};

static void
test_method (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = methods[i].faults;

  set_folders (fixture, BY_RANGE, &faults);
  put_files ();
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  assert_moved ();
  g_assert_cmpint (file_faults_get_n (FILE_CALL_PWRITE) > 0, ==, methods[i].n_writes > 0);
  if (faults.can_clone)
    g_assert_cmpuint (file_faults_get_n (FILE_CALL_COPY_RANGE), ==, 0);
}

/* Where renaming never replaces only because we look first. */
static void
test_no_noreplace (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { .has_no_noreplace = TRUE };

  set_folders (fixture, BY_RENAME, &faults);
  put_files ();
  move (fixture, &faults, paths, &ending);
  g_assert_no_error (ending.error);
  assert_moved ();
}

static void
test_sparse (gconstpointer data)
{
  Way way = GPOINTER_TO_UINT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  static const char *const sparse[] = { "s", NULL };
  g_autofree char *full = NULL;
  g_autofree char *there_full = NULL;
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { 0 };
  char buffer[8] = "";
  struct stat info;
  int fd;

  if (!set_folders (fixture, way, &faults))
    return;
  tree_put (here, "s", 100);
  full = g_build_filename (here, "s", NULL);
  fd = open (full, O_RDWR);
  g_assert_cmpint (pwrite (fd, "freshet", 7, 20000000), ==, 7);
  g_assert_cmpint (ftruncate (fd, 64000000), ==, 0);
  close (fd);
  /* Less than its length is needed. */
  faults.free_bytes = 3000000;
  move (fixture, &faults, sparse, &ending);
  g_assert_no_error (ending.error);

  there_full = g_build_filename (there, "s", NULL);
  g_assert_cmpint (stat (there_full, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 64000000);
  g_assert_cmpint (info.st_blocks * 512, <, 1000000);
  fd = open (there_full, O_RDWR);
  g_assert_cmpint (pread (fd, buffer, 8, 20000000), ==, 8);
  g_assert_cmpmem (buffer, 8, "freshet", 8);
  g_assert_cmpint (ftruncate (fd, 100), ==, 0);
  close (fd);
  g_assert_true (tree_has (there, "s", 100));
}

static void
test_no_room (gconstpointer data)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { .free_bytes = BT_FILE_TASK_ROOM_BYTES + 100000 };
  Way way = GPOINTER_TO_UINT (data);

  if (!set_folders (fixture, way, &faults))
    return;
  put_files ();
  move (fixture, &faults, paths, &ending);
  g_assert_error (ending.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE);
  assert_untouched ();
  if (way == BY_COPY)
    g_assert_cmpuint (file_faults_get_n (FILE_CALL_MKDIR), ==, 0);
}

/* --- What is in the way --- */

static const struct
{
  const char *name;
  char        kind;     /* Link, Folder, fIle, fifO, Nothing */
  gboolean    is_here;  /* else there */
  const char *path;     /* of the obstacle */
  const char *moved;    /* nullable: what is moved besides */
} obstacles[] = {
  { "file", 'I', FALSE, "t/d/c", NULL },
  { "folder", 'F', FALSE, "t/d/c", NULL },
  { "link", 'L', FALSE, "t/d/c", NULL },
  { "fifo", 'O', FALSE, "u", NULL },
  { "link-for-folder", 'L', FALSE, "t/d", NULL },
  { "file-for-folder", 'I', FALSE, "t/d", NULL },
  { "source-link", 'L', TRUE, "v", "v" },
  { "source-folder", 'F', TRUE, "v", "v" },
  { "source-fifo", 'O', TRUE, "v", "v" },
  { "source-beneath-link", 'L', TRUE, "v", "v/x" },
  { "source-beneath-file", 'I', TRUE, "v", "v/x" },
  { "parent", 'N', FALSE, NULL, "../here/u" },
  { "inner-parent", 'N', FALSE, NULL, "t/../u" },
  { "absolute", 'N', FALSE, NULL, "/etc/hostname" },
  { "empty", 'N', FALSE, NULL, "" },
  { "dot", 'N', FALSE, NULL, "./u" },
  { "double-slash", 'N', FALSE, NULL, "t//a" },
  { "trailing-slash", 'N', FALSE, NULL, "u/" },
};

static void
put_obstacle (guint i)
{
  const char *root = obstacles[i].is_here ? here : there;
  g_autofree char *full = g_build_filename (root, obstacles[i].path, NULL);
  g_autofree char *above = g_path_get_dirname (full);

  if (obstacles[i].kind == 'N')
    return;
  g_assert_cmpint (g_mkdir_with_parents (above, 0777), ==, 0);
  if (obstacles[i].kind == 'L')
    g_assert_cmpint (symlink ("/", full), ==, 0);
  else if (obstacles[i].kind == 'F')
    g_assert_cmpint (g_mkdir (full, 0777), ==, 0);
  else if (obstacles[i].kind == 'O')
    g_assert_cmpint (mkfifo (full, 0666), ==, 0);
  else
    tree_put (root, obstacles[i].path, 5);
}

static void
test_obstacle (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data) / N_WAYS;
  Way way = GPOINTER_TO_UINT (data) % N_WAYS;
  const char *moved[] = { "t/a", "t/d/e/b", "u", "t/d/c", obstacles[i].moved, NULL };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *before_here = NULL;
  g_autofree char *before_there = NULL;
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { 0 };

  if (!set_folders (fixture, way, &faults))
    return;
  put_files ();
  put_obstacle (i);
  before_here = tree_list (here);
  before_there = tree_list (there);
  move (fixture, &faults, moved, &ending);
  g_assert_error (ending.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
  g_assert_true (has_all (here));
  assert_list (here, before_here);
  assert_list (there, before_there);
  /* Before anything is touched. */
  g_assert_cmpuint (file_faults_get_n (FILE_CALL_RENAME), ==, 0);
  g_assert_cmpuint (file_faults_get_n (FILE_CALL_MKDIR), ==, 0);
}

/* --- The n-th call fails, is when somebody cancels, or changes a file --- */

static const int errors[] = { EIO, ENOSPC };

/* Whatever is told: no half. */
static void
assert_whole (const Ending *ending)
{
  if (ending->error != NULL)
    {
      assert_untouched ();
      return;
    }
  g_assert_true (has_all (there));
  assert_list (there, all_files);
}

static void
test_failing_call (gconstpointer data)
{
  Way way = GPOINTER_TO_UINT (data) % N_WAYS;
  int error_number = errors[GPOINTER_TO_UINT (data) / N_WAYS];
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  guint n_failed = 0;
  guint n;

  for (n = 1;; n++)
    {
      g_auto (Ending) ending = { 0 };
      FileFaults faults = { .first = n, .error_number = error_number };

      if (!set_folders (fixture, way, &faults))
        return;
      put_files ();
      move (fixture, &faults, paths, &ending);
      assert_whole (&ending);
      if (ending.error != NULL)
        {
          n_failed++;
          g_assert_error (ending.error, BT_STORAGE_ERROR,
                          (int) bt_storage_get_error_code (error_number));
        }
      remove_folders ();
      if (file_faults_get_n_calls () < n)
        break;
    }
  g_test_message ("%u calls, %u of which matter", n - 1, n_failed);
  g_assert_cmpuint (n_failed, >, 40);
}

/* From the n-th call on, all fail: it cannot even be undone. Nothing may be lost. */
static void
test_failing_disk (gconstpointer data)
{
  Way way = GPOINTER_TO_UINT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();

  for (guint n = 1;; n++)
    {
      g_auto (Ending) ending = { 0 };
      FileFaults faults = { .first = n, .n_times = G_MAXUINT, .error_number = EIO };

      if (!set_folders (fixture, way, &faults))
        return;
      put_files ();
      move (fixture, &faults, paths, &ending);
      for (guint i = 0; i < G_N_ELEMENTS (files); i++)
        g_assert_true (tree_has (here, files[i].path, files[i].n_bytes) ||
                       tree_has (there, files[i].path, files[i].n_bytes));
      remove_folders ();
      if (file_faults_get_n_calls () < n)
        break;
    }
}

static void
cancel_hook (gpointer user_data)
{
  g_mutex_lock (&gate);
  bt_file_task_cancel (((Ending *) user_data)->task);
  g_mutex_unlock (&gate);
}

static void
test_cancel (gconstpointer data)
{
  Way way = GPOINTER_TO_UINT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  guint n_cancelled = 0;
  guint n_done = 0;

  for (guint n = 1;; n++)
    {
      g_auto (Ending) ending = { 0 };
      FileFaults faults = { .hook_at = n, .hook = cancel_hook, .user_data = &ending };

      if (!set_folders (fixture, way, &faults))
        return;
      put_files ();
      move (fixture, &faults, paths, &ending);
      assert_whole (&ending);
      remove_folders ();
      if (ending.error != NULL)
        {
          n_cancelled++;
          g_assert_error (ending.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          continue;
        }
      n_done++;
      if (file_faults_get_n_calls () < n)
        break;
    }
  g_assert_cmpuint (n_cancelled, >, 20);
  g_assert_cmpuint (n_done, >, 1);
}

static void
grow_hook (gpointer user_data)
{
  g_autofree char *full = g_build_filename (here, "t/d/e/b", NULL);
  FILE *file = g_file_test (full, G_FILE_TEST_EXISTS) ? fopen (full, "ab") : NULL;

  if (file == NULL)
    return;
  fputc ('x', file);
  fclose (file);
}

/* A file grows: it is found grown at one of the places, or the move says so. */
static void
test_changed (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  guint n_changed = 0;

  for (guint n = 1;; n++)
    {
      g_auto (Ending) ending = { 0 };
      g_autofree char *full = NULL;
      FileFaults faults = { .hook_at = n, .hook = grow_hook };
      struct stat info = { .st_size = 0 };

      if (!set_folders (fixture, BY_COPY, &faults))
        return;
      put_files ();
      move (fixture, &faults, paths, &ending);
      full = g_build_filename (ending.error != NULL ? here : there, "t/d/e/b", NULL);
      g_assert_cmpint (stat (full, &info), ==, 0);
      if (ending.error != NULL)
        {
          g_assert_error (ending.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
          g_assert_cmpint (info.st_size, ==, 70001);
          n_changed++;
        }
      remove_folders ();
      if (file_faults_get_n_calls () < n)
        break;
    }
  g_assert_cmpuint (n_changed, >, 20);
}

/* --- Killed --- */

static void
kill_hook (gpointer user_data)
{
  kill (getpid (), SIGKILL);
}

/* What the child does: test-file-move --move HERE THERE WAY N. */
static int
move_and_die (char **args)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { .hook = kill_hook };

  /* It will not be there to remove it. */
  if (fixture->other != NULL)
    g_rmdir (fixture->other);
  here = g_strdup (args[0]);
  there = g_strdup (args[1]);
  faults.is_two_mounts = atoi (args[2]) == BY_RANGE;
  faults.hook_at = (guint) atoi (args[3]);
  move (fixture, &faults, paths, &ending);
  return ending.error != NULL ? 2 : 0;
}

/* TRUE: it was killed. */
static gboolean
run_child (FileFixture *fixture,
           Way          way,
           guint        n)
{
  g_autofree char *way_text = g_strdup_printf ("%d", way);
  g_autofree char *n_text = g_strdup_printf ("%u", n);
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", &error);
  char *args[] = { program, (char *) "--move", here, there, way_text, n_text, NULL };
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "TMPDIR", fixture->folder, TRUE);
  int status = 0;

  g_assert_no_error (error);
  g_spawn_sync (NULL, args, environment, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFSIGNALED (status) ? WTERMSIG (status) == SIGKILL : WEXITSTATUS (status) == 0);
  return WIFSIGNALED (status);
}

static gboolean
has_any (const char *root)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (tree_has (root, files[i].path, files[i].n_bytes))
      return TRUE;
  return FALSE;
}

/* Killed before every other call, and begun again after that. */
static void
test_killed (gconstpointer data)
{
  Way way = GPOINTER_TO_UINT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  gboolean is_killed = TRUE;
  guint n_again = 0;

  for (guint n = 1; is_killed; n += 2)
    {
      g_auto (Ending) ending = { 0 };
      FileFaults faults = { 0 };

      if (!set_folders (fixture, way, &faults))
        return;
      put_files ();
      is_killed = run_child (fixture, way, n);
      for (guint i = 0; i < G_N_ELEMENTS (files); i++)
        g_assert_true (tree_has (here, files[i].path, files[i].n_bytes) ||
                       tree_has (there, files[i].path, files[i].n_bytes));
      /* Files that have their names are whole. */
      if (way == BY_RENAME || !has_any (there) || !has_any (here))
        {
          move (fixture, &faults, paths, &ending);
          g_assert_no_error (ending.error);
          g_assert_true (has_all (there));
          assert_list (there, all_files);
          n_again++;
        }
      remove_folders ();
    }
  g_assert_cmpuint (n_again, >, 20);
}

/* The disk goes while a task is under way. */
static void
test_free_disk (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_auto (Ending) ending = { 0 };
  FileFaults faults = { 0 };

  set_folders (fixture, BY_RENAME, &faults);
  put_files ();
  ending.task = bt_file_task_move (fixture->disk, here, there, paths, ending_cb, &ending);
  bt_disk_free (fixture->disk);
  fixture->disk = NULL;
  g_assert_true (ending.is_done);
  g_assert_no_error (ending.error);
  assert_moved ();
}

static void
add (const char   *subject,
     const char   *name,
     guint         data,
     GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/storage/file-move/%s/%s", subject, name);

  g_test_add_data_func (path, GUINT_TO_POINTER (data), func);
}

static void
add_tables (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    add ("method", methods[i].name, i, test_method);
  for (guint i = 0; i < N_WAYS * G_N_ELEMENTS (obstacles); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%s", obstacles[i / N_WAYS].name,
                                               way_names[i % N_WAYS]);

      add ("obstacle", name, i, test_obstacle);
    }
  for (guint i = 0; i < N_WAYS * G_N_ELEMENTS (errors); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%d", way_names[i % N_WAYS], errors[i / N_WAYS]);

      add ("failing-call", name, i, test_failing_call);
    }
}

int
main (int    argc,
      char **argv)
{
  int result;

  if (argc == 6 && strcmp (argv[1], "--move") == 0)
    return move_and_die (argv + 2);
  g_test_init (&argc, &argv, NULL);

  for (guint way = 0; way < N_WAYS; way++)
    {
      add ("whole", way_names[way], way, test_move);
      add ("shared-folder", way_names[way], way, test_shared_folder);
      add ("many", way_names[way], way, test_many);
      add ("progress", way_names[way], way, test_progress);
      /* How a copy is made is no matter here. */
      if (way != BY_RANGE)
        {
          add ("failing-disk", way_names[way], way, test_failing_disk);
          add ("cancel", way_names[way], way, test_cancel);
          add ("killed", way_names[way], way, test_killed);
        }
      if (way != BY_RENAME)
        {
          add ("sparse", way_names[way], way, test_sparse);
          add ("no-room", way_names[way], way, test_no_room);
        }
    }
  add_tables ();
  g_test_add_func ("/storage/file-move/same-folder", test_same_folder);
  g_test_add_func ("/storage/file-move/missing-folder", test_missing_folder);
  g_test_add_func ("/storage/file-move/turns", test_turns);
  g_test_add_func ("/storage/file-move/no-noreplace", test_no_noreplace);
  g_test_add_func ("/storage/file-move/changed", test_changed);
  g_test_add_func ("/storage/file-move/free-disk", test_free_disk);
  result = g_test_run ();
  g_free (here);
  g_free (there);
  return result;
}
