/* test-file-remove.c - removing files: ours only, into the trash or for good
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "file-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char *const paths[] = { "t/a", "t/d/e/b", "t/gone", "t/d/c", "t/a", "u", NULL };

static GMutex gate;     /* held until the task that is begun is known */
static char *data_home; /* owned; where the trash is */
static const char *const *spared; /* nullable; by the next removal */

static char *
put_files (FileFixture *fixture)
{
  char *root = g_build_filename (fixture->folder, "root", NULL);

  tree_put (root, "t/a", 300);
  tree_put (root, "t/d/e/b", 70);
  tree_put (root, "t/d/c", 0);
  tree_put (root, "u", 4097);
  tree_put (root, "t/not-ours", 3);
  return root;
}

static void
remove_files (FileFixture       *fixture,
              const FileFaults  *faults,
              const char        *root,
              const char *const *removed,
              gboolean           use_trash,
              Ending            *ending)
{
  ending_clear (ending);
  file_faults_set (faults);
  g_mutex_lock (&gate);
  ending->task = bt_file_task_remove (fixture->disk, root, removed, spared, use_trash, ending_cb,
                                      ending);
  g_mutex_unlock (&gate);
  file_fixture_wait (fixture, ending);
}

static void
assert_list (const char *root,
             const char *expected)
{
  g_autofree char *list = tree_list (root);

  g_assert_cmpstr (list, ==, expected);
}

static void
assert_kept (const Ending *ending,
             const char   *expected)
{
  g_autofree char *kept = g_strjoinv (" ", ending->kept);

  g_assert_cmpstr (kept, ==, expected);
}

static void
empty_trash (void)
{
  g_autofree char *trash = g_build_filename (data_home, "Trash", NULL);

  tree_remove (trash);
}

static void
test_remove (gconstpointer data)
{
  gboolean use_trash = GPOINTER_TO_INT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = put_files (fixture);
  g_autofree char *trash = g_build_filename (data_home, "Trash", "files", NULL);
  g_auto (Ending) ending = { 0 };

  remove_files (fixture, NULL, root, paths, use_trash, &ending);
  g_assert_no_error (ending.error);
  assert_kept (&ending, "");
  assert_list (root, "t/ t/not-ours");
  if (use_trash)
    assert_list (trash, "a b c u");
  else
    g_assert_false (g_file_test (trash, G_FILE_TEST_EXISTS));
  empty_trash ();
}

/* What is to be spared stays, and is told when it is there; whatever else is to go. */
static void
test_spared (gconstpointer data)
{
  static const char *const others[] = { "t/not-ours", "t/nothing", "u", "t/d/c", "t/d", NULL };
  static const char *const ours[] = { "t/a", "t/d/e/b", "u", NULL };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = put_files (fixture);
  g_auto (Ending) ending = { 0 };

  spared = others;
  remove_files (fixture, NULL, root, ours, GPOINTER_TO_INT (data), &ending);
  spared = NULL;
  g_assert_no_error (ending.error);
  assert_kept (&ending, "t/not-ours t/d/c t/d");
  assert_list (root, "t/ t/d/ t/d/c t/not-ours");
  empty_trash ();
}

/* The folder itself stays, and so do folders in which something is left. */
static void
test_folders (void)
{
  static const char *const all[] = { "t/a", "t/d/e/b", "t/d/c", "u", "t/not-ours", NULL };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = put_files (fixture);
  g_auto (Ending) ending = { 0 };

  remove_files (fixture, NULL, root, all + 1, FALSE, &ending);
  assert_list (root, "t/ t/a");
  remove_files (fixture, NULL, root, all, FALSE, &ending);
  g_assert_no_error (ending.error);
  assert_list (root, "");
  g_assert_true (g_file_test (root, G_FILE_TEST_IS_DIR));

  g_assert_cmpint (g_rmdir (root), ==, 0);
  remove_files (fixture, NULL, root, all, FALSE, &ending);
  g_assert_error (ending.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_GONE);
}

/* Links, folders and what lies behind a link are not ours. */
static void
test_kept (gconstpointer data)
{
  static const char *const others[] = { "link", "t", "way/victim", "fifo", "u", "u/x", NULL };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = put_files (fixture);
  g_autofree char *link = g_build_filename (root, "link", NULL);
  g_autofree char *way = g_build_filename (root, "way", NULL);
  g_autofree char *fifo = g_build_filename (root, "fifo", NULL);
  g_auto (Ending) ending = { 0 };

  tree_put (fixture->folder, "outside/victim", 9);
  g_assert_cmpint (symlink ("../outside/victim", link), ==, 0);
  g_assert_cmpint (symlink ("../outside", way), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
  remove_files (fixture, NULL, root, others, GPOINTER_TO_INT (data), &ending);
  g_assert_no_error (ending.error);
  assert_kept (&ending, "link t way/victim fifo u/x");
  assert_list (root, "fifo link t/ t/a t/d/ t/d/c t/d/e/ t/d/e/b t/not-ours way");
  g_assert_true (tree_has (fixture->folder, "outside/victim", 9));
  empty_trash ();
}

static void
test_unsafe (void)
{
  static const char *const names[] = {
    "../outside", "/etc/hostname", "", ".", "t/../u", "t/", "t//a",
  };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = put_files (fixture);
  g_autofree char *before = tree_list (root);

  tree_put (fixture->folder, "outside", 9);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *removed[] = { "u", names[i], NULL };
      g_auto (Ending) ending = { 0 };

      remove_files (fixture, NULL, root, removed, FALSE, &ending);
      g_assert_error (ending.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
    }
  assert_list (root, before);
  g_assert_true (tree_has (fixture->folder, "outside", 9));
}

/* No trash: nothing is removed. */
static void
test_no_trash (void)
{
  static const struct
  {
    int            number;
    BtStorageError code;
  } cases[] = {
    { ENOTSUP, BT_STORAGE_ERROR_FAILED },
    { EACCES, BT_STORAGE_ERROR_PERMISSION },
    { ENOSPC, BT_STORAGE_ERROR_NO_SPACE },
    { EROFS, BT_STORAGE_ERROR_READ_ONLY },
  };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = put_files (fixture);
  g_autofree char *before = tree_list (root);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FileFaults faults = { .always[FILE_CALL_TRASH] = cases[i].number };
      g_auto (Ending) ending = { 0 };

      remove_files (fixture, &faults, root, paths, TRUE, &ending);
      g_assert_error (ending.error, BT_STORAGE_ERROR, (int) cases[i].code);
      assert_kept (&ending, "");
      assert_list (root, before);
      g_assert_cmpuint (file_faults_get_n (FILE_CALL_UNLINK), ==, 0);
    }
}

/* For n = 1, 2, …: the n-th call fails. What is not told as kept is gone, and nothing else is. */
static void
test_failing_call (gconstpointer data)
{
  static const char *const removed[] = { "t/a", "t/d/e/b", "t/d/c", "u" };
  gboolean use_trash = GPOINTER_TO_INT (data);
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  guint n_kept = 0;

  for (guint n = 1;; n++)
    {
      g_autofree char *root = put_files (fixture);
      g_auto (Ending) ending = { 0 };
      FileFaults faults = { .first = n, .error_number = EIO };

      remove_files (fixture, &faults, root, paths, use_trash, &ending);
      for (guint i = 0; i < G_N_ELEMENTS (removed); i++)
        {
          g_autofree char *full = g_build_filename (root, removed[i], NULL);
          gboolean is_kept = g_strv_contains ((const char *const *) ending.kept, removed[i]);

          g_assert_cmpint (g_file_test (full, G_FILE_TEST_EXISTS), ==,
                           is_kept || ending.error != NULL);
          n_kept += is_kept;
        }
      g_assert_true (tree_has (root, "t/not-ours", 3));
      tree_remove (root);
      if (file_faults_get_n_calls () < n)
        break;
    }
  empty_trash ();
  g_assert_cmpuint (n_kept, >, 10);
}

static void
cancel_hook (gpointer user_data)
{
  g_mutex_lock (&gate);
  bt_file_task_cancel (((Ending *) user_data)->task);
  g_mutex_unlock (&gate);
}

/* All or nothing. */
static void
test_cancel (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  guint n_cancelled = 0;

  for (guint n = 1;; n++)
    {
      g_autofree char *root = put_files (fixture);
      g_autofree char *before = tree_list (root);
      g_auto (Ending) ending = { 0 };
      FileFaults faults = { .hook_at = n, .hook = cancel_hook, .user_data = &ending };

      remove_files (fixture, &faults, root, paths, FALSE, &ending);
      if (ending.error != NULL)
        {
          g_assert_error (ending.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          assert_list (root, before);
          n_cancelled++;
        }
      else
        {
          assert_list (root, "t/ t/not-ours");
        }
      tree_remove (root);
      if (file_faults_get_n_calls () < n)
        break;
    }
  g_assert_cmpuint (n_cancelled, >, 5);
}

/* More than a step takes, with progress told at the end. */
static void
test_many (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = g_build_filename (fixture->folder, "root", NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) many = NULL;
  g_auto (Ending) ending = { 0 };

  for (guint i = 0; i < 150; i++)
    {
      g_autofree char *path = g_strdup_printf ("%u/%u/%u", i % 7, i % 3, i);

      g_strv_builder_add (builder, path);
      tree_put (root, path, i);
    }
  many = g_strv_builder_end (builder);
  remove_files (fixture, NULL, root, (const char *const *) many, FALSE, &ending);
  g_assert_no_error (ending.error);
  assert_list (root, "");
}

int
main (int    argc,
      char **argv)
{
  int result;

  /* Before anybody asks where they are; the trash of the home folder's file system lies in the data folder. */
  data_home = g_dir_make_tmp ("freshet-trash-XXXXXX", NULL);
  g_assert_nonnull (data_home);
  g_setenv ("XDG_DATA_HOME", data_home, TRUE);
  g_setenv ("HOME", data_home, TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/storage/file-remove/for-good", GINT_TO_POINTER (FALSE), test_remove);
  g_test_add_data_func ("/storage/file-remove/trash", GINT_TO_POINTER (TRUE), test_remove);
  g_test_add_data_func ("/storage/file-remove/spared", GINT_TO_POINTER (FALSE), test_spared);
  g_test_add_data_func ("/storage/file-remove/spared-trash", GINT_TO_POINTER (TRUE), test_spared);
  g_test_add_func ("/storage/file-remove/folders", test_folders);
  g_test_add_data_func ("/storage/file-remove/kept", GINT_TO_POINTER (FALSE), test_kept);
  g_test_add_data_func ("/storage/file-remove/kept-trash", GINT_TO_POINTER (TRUE), test_kept);
  g_test_add_func ("/storage/file-remove/unsafe", test_unsafe);
  g_test_add_func ("/storage/file-remove/no-trash", test_no_trash);
  g_test_add_data_func ("/storage/file-remove/failing-call", GINT_TO_POINTER (FALSE),
                        test_failing_call);
  g_test_add_data_func ("/storage/file-remove/failing-trash", GINT_TO_POINTER (TRUE),
                        test_failing_call);
  g_test_add_func ("/storage/file-remove/cancel", test_cancel);
  g_test_add_func ("/storage/file-remove/many", test_many);
  result = g_test_run ();
  tree_remove (data_home);
  g_free (data_home);
  return result;
}
