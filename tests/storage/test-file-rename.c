/* test-file-rename.c - another path for a file or a folder, in the same folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "file-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

static const char tree[] = "link t/ t/a t/d/ t/d/e/ t/d/e/b u";

/* Nothing at `code`: it is done. */
static const struct
{
  const char *from;
  const char *to;
  int         code;
  const char *expected;  /* the tree; NULL: as before */
} cases[] = {
  { "u", "v", -1, "link t/ t/a t/d/ t/d/e/ t/d/e/b v" },
  { "u", "t/u", -1, "link t/ t/a t/d/ t/d/e/ t/d/e/b t/u" },
  { "u", "new/er/u", -1, "link new/ new/er/ new/er/u t/ t/a t/d/ t/d/e/ t/d/e/b" },
  { "t/d/e/b", "b", -1, "b link t/ t/a u" },
  { "t", "s", -1, "link s/ s/a s/d/ s/d/e/ s/d/e/b u" },
  { "t/d/e", "t/x", -1, "link t/ t/a t/x/ t/x/b u" },
  { "t/d", "t/y/z", -1, "link t/ t/a t/y/ t/y/z/ t/y/z/e/ t/y/z/e/b u" },
  { "gone", "v", -1, NULL },
  { "gone/too", "new/v", -1, NULL },
  { "u", "u", -1, NULL },
  { "u", "t/a", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "u", "t", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "t", "u", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "u", "link", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "u", "link/v", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "link", "v", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "u", "t/a/v", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "t", "t/x", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "t/d/e", "t/d", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "u", "../v", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "../outside", "v", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "u", "/v", BT_STORAGE_ERROR_UNSAFE, NULL },
  { "u", "", BT_STORAGE_ERROR_UNSAFE, NULL },
};

static char *
put_files (FileFixture *fixture)
{
  char *root = g_build_filename (fixture->folder, "root", NULL);
  g_autofree char *link = g_build_filename (root, "link", NULL);

  tree_put (root, "t/a", 300);
  tree_put (root, "t/d/e/b", 70);
  tree_put (root, "u", 4097);
  g_assert_cmpint (symlink ("t", link), ==, 0);
  return root;
}

static void
rename_path (FileFixture      *fixture,
             const FileFaults *faults,
             const char       *root,
             const char       *from,
             const char       *to,
             Ending           *ending)
{
  file_faults_set (faults);
  ending->task = bt_file_task_rename (fixture->disk, root, from, to, ending_cb, ending);
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
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data) / 2;
  FileFaults faults = { .has_no_noreplace = GPOINTER_TO_UINT (data) % 2 == 1 };
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = put_files (fixture);
  g_auto (Ending) ending = { 0 };

  tree_put (fixture->folder, "outside", 9);
  rename_path (fixture, &faults, root, cases[i].from, cases[i].to, &ending);
  if (cases[i].code < 0)
    g_assert_no_error (ending.error);
  else
    g_assert_error (ending.error, BT_STORAGE_ERROR, cases[i].code);
  assert_list (root, cases[i].expected != NULL ? cases[i].expected : tree);
}

static void
test_missing_folder (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *root = g_build_filename (fixture->folder, "root", NULL);
  g_auto (Ending) ending = { 0 };

  rename_path (fixture, NULL, root, "a", "b", &ending);
  g_assert_error (ending.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_GONE);
  assert_list (fixture->folder, "");
}

/* An old folder that could not be removed may be left. */
static void
assert_renamed (const char *root)
{
  g_autofree char *path = g_build_filename (root, "new/er/b", NULL);
  g_autofree char *old_path = g_build_filename (root, "t/d/e/b", NULL);
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 70);
  g_assert_false (g_file_test (old_path, G_FILE_TEST_EXISTS));
}

/* For n = 1, 2, …: the n-th call fails, and nothing has changed; or it does not matter. */
static void
test_failing_call (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  guint n_failed = 0;

  for (guint n = 1;; n++)
    {
      g_autofree char *root = put_files (fixture);
      g_auto (Ending) ending = { 0 };
      FileFaults faults = { .first = n, .error_number = EIO };

      rename_path (fixture, &faults, root, "t/d/e/b", "new/er/b", &ending);
      if (ending.error != NULL)
        assert_list (root, tree);
      else
        assert_renamed (root);
      n_failed += ending.error != NULL;
      tree_remove (root);
      if (file_faults_get_n_calls () < n)
        break;
    }
  g_assert_cmpuint (n_failed, >, 10);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/storage/file-rename/%u/%s", i / 2,
                                               i % 2 == 0 ? "noreplace" : "looking");

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/storage/file-rename/missing-folder", test_missing_folder);
  g_test_add_func ("/storage/file-rename/failing-call", test_failing_call);
  return g_test_run ();
}
