/* test-files.c - how files are found, opened, kept open, made and refused
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include "storage/bt-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const BtFileOps *
get_stepwise_ops (void)
{
  static BtFileOps ops;

  ops = bt_file_ops;
  ops.open = bt_file_open_stepwise;
  return &ops;
}

static void
make_folder (Fixture    *fixture,
             const char *path)
{
  g_autofree char *full = g_build_filename (fixture->folder, path, NULL);

  g_assert_cmpint (g_mkdir_with_parents (full, 0777), ==, 0);
}

static void
make_file (Fixture    *fixture,
           const char *path)
{
  g_autofree char *full = g_build_filename (fixture->folder, path, NULL);

  g_assert_true (g_file_set_contents (full, "x", 1, NULL));
}

static void
make_link (Fixture    *fixture,
           const char *target,
           const char *path)
{
  g_autofree char *full = g_build_filename (fixture->folder, path, NULL);

  g_assert_cmpint (symlink (target, full), ==, 0);
}

static void
make_fifo (Fixture    *fixture,
           const char *path)
{
  g_autofree char *full = g_build_filename (fixture->folder, path, NULL);

  g_assert_cmpint (mkfifo (full, 0666), ==, 0);
}

static BtPieceVerdict
check_first (Fixture *fixture,
             Answers *answers)
{
  answers_clear (answers);
  bt_storage_check_piece (fixture->storage, 0, piece_cb, answers);
  fixture_wait (fixture, answers, 1);
  return answers->verdict;
}

/* What lies where a folder or a file of the torrent should be. */
static const struct
{
  const char *name;
  char        kind;    /* Link, Folder, fIle, fifO */
  const char *path;    /* beneath the root */
  const char *target;  /* of a link */
} obstacles[] = {
  { "link-to-file", 'L', "torrent/d/a", "../../../victim" },
  { "link-to-nothing", 'L', "torrent/d/a", "nothing" },
  { "link-to-neighbour", 'L', "torrent/d/a", "b" },
  { "link-to-folder", 'L', "torrent/d", "../../outside" },
  { "link-to-folder-inside", 'L', "torrent/d", "e" },
  { "link-at-top", 'L', "torrent", "../outside" },
  { "absolute-link", 'L', "torrent/d/a", "/etc/passwd" },
  { "folder-for-file", 'F', "torrent/d/a", NULL },
  { "file-for-folder", 'I', "torrent/d", NULL },
  { "fifo", 'O', "torrent/d/a", NULL },
};

static void
put_obstacle (Fixture *fixture,
              guint    i)
{
  g_autofree char *path = g_build_filename ("root", obstacles[i].path, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  make_folder (fixture, "outside/d");
  make_folder (fixture, "root/torrent/e");
  make_file (fixture, "victim");
  make_file (fixture, "outside/a");
  if (strcmp (obstacles[i].path, "torrent") == 0)
    {
      g_autofree char *old = g_build_filename (fixture->root, "torrent", "e", NULL);
      g_autofree char *top = g_build_filename (fixture->root, "torrent", NULL);

      g_rmdir (old);
      g_rmdir (top);
    }
  make_folder (fixture, parent);
  if (obstacles[i].kind == 'L')
    make_link (fixture, obstacles[i].target, path);
  else if (obstacles[i].kind == 'F')
    make_folder (fixture, path);
  else if (obstacles[i].kind == 'I')
    make_file (fixture, path);
  else
    make_fifo (fixture, path);
}

static void
assert_untouched (Fixture *fixture)
{
  static const char *const names[] = { "victim", "outside/a" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);
      g_autofree char *text = NULL;

      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      g_assert_cmpstr (text, ==, "x");
    }
}

static void
test_obstacle (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data) / 2;
  g_autoptr (Fixture) fixture = fixture_new ("d/a=20000 z=5", 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };

  if (GPOINTER_TO_UINT (data) % 2 == 1)
    bt_file_pool_set_ops (bt_disk_get_pool (fixture->disk), get_stepwise_ops ());
  put_obstacle (fixture, i);
  bt_storage_prepare (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);

  answers_clear (&answers);
  fixture_write_piece (fixture, 0, &answers);
  g_assert_cmpint (answers.verdict, ==, BT_PIECE_FAILED);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);

  g_assert_cmpint (check_first (fixture, &answers), ==, BT_PIECE_FAILED);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
  g_assert_false (bt_storage_has_data (fixture->storage));
  assert_untouched (fixture);
}

/* The download folder itself may be a link: whoever chose it knew. */
static void
test_root_link (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=20000 b=20000", 16384, BT_PREALLOCATE_SPARSE, NULL);

  make_folder (fixture, "real");
  make_link (fixture, "real", "root");
  fixture_write_all (fixture);
  fixture_assert_files (fixture);
}

/* Paths come safe from the metainfo; should one not be, it is refused all the same. */
static void
test_escapes (gconstpointer data)
{
  static const char *const paths[] = { "../x", "a/../../x", "/etc/passwd", "..", "a/..", "" };
  const BtFileOps *ops = data;
  g_autofree char *folder = g_dir_make_tmp ("freshet-escape-XXXXXX", NULL);
  g_autofree char *inner = g_build_filename (folder, "a", NULL);
  int fd;

  g_assert_cmpint (g_mkdir (inner, 0777), ==, 0);
  fd = bt_file_open_root (folder, FALSE);
  g_assert_cmpint (fd, >=, 0);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_assert_cmpint (ops->open (fd, paths[i], O_RDWR | O_CREAT | O_CLOEXEC, 0666), <, 0);
      g_assert_cmpint (ops->open (fd, paths[i], O_RDWR | O_CLOEXEC, 0), <, 0);
    }
  close (fd);
  g_rmdir (inner);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_many_files (void)
{
  g_autoptr (GString) layout = g_string_new (NULL);
  BtDiskConfig config = { .max_file_workers = 3, .max_piece_workers = 2, .max_open_files = 8 };
  g_autoptr (Fixture) fixture = NULL;
  g_auto (Answers) answers = { 0 };
  BtDiskStats stats;

  for (guint i = 0; i < 300; i++)
    g_string_append_printf (layout, "%s%u/f%u=%u", i > 0 ? " " : "", i % 7, i, 100 + i);
  fixture = fixture_new (layout->str, 1024, BT_PREALLOCATE_SPARSE, &config);
  bt_storage_prepare (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  fixture_write_all (fixture);
  fixture_assert_files (fixture);
  bt_disk_get_stats (fixture->disk, &stats);
  g_assert_cmpuint (stats.n_open_files, ==, 8);

  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
  bt_disk_get_stats (fixture->disk, &stats);
  g_assert_cmpuint (stats.n_open_files, <=, 8 + 5);

  fixture_reopen (fixture, BT_PREALLOCATE_SPARSE);
  bt_disk_get_stats (fixture->disk, &stats);
  g_assert_cmpuint (stats.n_open_files, ==, 0);
}

/* What happens to a file that is open; looked up again at every use. */
static void
test_vanishing (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=30000 b=30000", 65536, BT_PREALLOCATE_SPARSE, NULL);
  g_autofree char *path = fixture_get_path (fixture, 0);
  g_autofree char *moved = g_strconcat (path, ".moved", NULL);
  g_autofree char *text = NULL;
  guint8 **slots = fixture_dup_slots (fixture, 0);
  BtBlockSpan span = { 0, 0, 65536 - 5536 };
  g_auto (Answers) answers = { 0 };

  fixture_write_all (fixture);
  bt_file_pool_set_recheck_us (bt_disk_get_pool (fixture->disk), 0);
  g_assert_cmpint (check_first (fixture, &answers), ==, BT_PIECE_GOOD);

  g_assert_cmpint (g_rename (path, moved), ==, 0);
  answers_clear (&answers);
  bt_storage_read (fixture->storage, &span, slots, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NOT_FOUND);
  g_assert_false (bt_storage_try_read (fixture->storage, &span, slots));
  g_assert_cmpint (check_first (fixture, &answers), ==, BT_PIECE_BAD);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NOT_FOUND);

  g_assert_cmpint (g_rename (moved, path), ==, 0);
  g_assert_cmpint (check_first (fixture, &answers), ==, BT_PIECE_GOOD);

  /* Another file of the same size in its place. */
  text = g_strnfill (30000, 'x');
  g_assert_true (g_file_set_contents (moved, text, 30000, NULL));
  g_assert_cmpint (g_rename (moved, path), ==, 0);
  g_assert_cmpint (check_first (fixture, &answers), ==, BT_PIECE_BAD);
  g_assert_no_error (answers.error);
  fixture_write_all (fixture);

  g_assert_cmpint (truncate (path, 29999), ==, 0);
  answers_clear (&answers);
  bt_storage_read (fixture->storage, &span, slots, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_TRUNCATED);
  g_assert_cmpint (check_first (fixture, &answers), ==, BT_PIECE_BAD);

  /* Writing makes it anew. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  fixture_write_all (fixture);
  fixture_assert_files (fixture);
  fixture_free_slots (slots);
}

/* Within the second, an open file is trusted. */
static void
test_trust (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=30000", 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_autofree char *path = fixture_get_path (fixture, 0);
  g_auto (Answers) answers = { 0 };

  bt_file_pool_set_recheck_us (bt_disk_get_pool (fixture->disk), G_MAXINT64);
  fixture_write_all (fixture);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (check_first (fixture, &answers), ==, BT_PIECE_GOOD);
}

/* BEP 47: what is meant to be run can be, as far as the person's mask lets it. */
static void
test_executable (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("run.sh*=20000 data=30000", 32768,
                                             BT_PREALLOCATE_SPARSE, NULL);
  mode_t mask = umask (022);
  struct stat info;

  fixture_write_all (fixture);
  for (guint32 i = 0; i < 2; i++)
    {
      g_autofree char *path = fixture_get_path (fixture, i);

      g_assert_cmpint (stat (path, &info), ==, 0);
      g_assert_cmphex (info.st_mode & 0777, ==, i == 0 ? 0755 : 0644);
    }
  umask (mask);
}

static void
test_pool (void)
{
  g_autofree char *folder = g_dir_make_tmp ("freshet-pool-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "f", NULL);
  BtFilePool *pool = bt_file_pool_new (&bt_file_ops, 2);
  BtFilePlace place = { pool, 0, folder, "f" };
  BtOpenFile *reader;
  BtOpenFile *writer;
  gboolean is_new = TRUE;

  g_assert_null (bt_file_pool_acquire (pool, &place, FALSE, &is_new));
  g_assert_cmpint (errno, ==, ENOENT);
  g_assert_false (is_new);
  g_assert_cmpuint (bt_file_pool_get_n_open (pool), ==, 0);

  writer = bt_file_pool_acquire (pool, &place, TRUE, &is_new);
  g_assert_nonnull (writer);
  g_assert_true (is_new);
  bt_file_pool_close_owner (pool, pool);
  g_assert_cmpint (write (bt_open_file_get_fd (writer), "x", 1), ==, 1);
  g_assert_null (bt_file_pool_try_acquire (pool, &place));
  bt_file_pool_release (pool, writer);
  g_assert_cmpuint (bt_file_pool_get_n_open (pool), ==, 0);

  /* From reading to writing, while somebody reads. */
  reader = bt_file_pool_acquire (pool, &place, FALSE, &is_new);
  g_assert_false (is_new);
  g_assert_cmpint (write (bt_open_file_get_fd (reader), "y", 1), <, 0);
  writer = bt_file_pool_acquire (pool, &place, TRUE, &is_new);
  g_assert_false (is_new);
  g_assert_true (writer != reader);
  g_assert_cmpint (write (bt_open_file_get_fd (writer), "y", 1), ==, 1);
  bt_file_pool_release (pool, reader);
  g_assert_cmpuint (bt_file_pool_get_n_open (pool), ==, 1);
  reader = bt_file_pool_acquire (pool, &place, FALSE, NULL);
  g_assert_true (writer == reader);
  bt_file_pool_release (pool, reader);
  bt_file_pool_release (pool, writer);

  bt_file_pool_free (pool);
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
assert_size (Fixture *fixture,
             guint32  file,
             gint64   size,
             gint64   min_blocks,
             gint64   max_blocks)
{
  g_autofree char *path = fixture_get_path (fixture, file);
  GStatBuf info;

  if (size < 0)
    {
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      return;
    }
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, size);
  g_assert_cmpint (info.st_blocks, >=, min_blocks);
  g_assert_cmpint (info.st_blocks, <=, max_blocks);
}

static void
prepare (Fixture *fixture)
{
  g_auto (Answers) answers = { 0 };

  bt_storage_prepare (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_no_error (answers.error);
}

static void
test_prepare (gconstpointer data)
{
  BtPreallocate mode = GPOINTER_TO_UINT (data);
  gint64 min_blocks = mode == BT_PREALLOCATE_FULL ? 1000000 / 512 : 0;
  gint64 max_blocks = mode == BT_PREALLOCATE_FULL ? G_MAXINT64 : 16;
  gint64 size = mode == BT_PREALLOCATE_NONE ? -1 : 1000000;
  g_autoptr (Fixture) fixture =
    fixture_new ("a=1000000 e/f=0 ~=96 b=1000000 c=1000000 u=1000000 v=0", 16384, mode, NULL);
  g_autofree char *short_path = fixture_get_path (fixture, 3);
  g_autofree char *long_path = fixture_get_path (fixture, 4);
  g_autofree char *text = g_strnfill (1500000, 'x');
  g_autofree char *after = NULL;
  gsize n_bytes = 0;

  make_folder (fixture, "root/torrent");
  g_assert_true (g_file_set_contents (short_path, "short", 5, NULL));
  g_assert_true (g_file_set_contents (long_path, text, 1500000, NULL));
  bt_storage_set_wanted (fixture->storage, 5, FALSE);
  bt_storage_set_wanted (fixture->storage, 6, FALSE);
  prepare (fixture);

  assert_size (fixture, 0, size, min_blocks, max_blocks);
  assert_size (fixture, 1, 0, 0, 0);
  assert_size (fixture, 2, -1, 0, 0);
  assert_size (fixture, 3, size < 0 ? 5 : size, min_blocks, max_blocks);
  assert_size (fixture, 4, 1500000, 0, G_MAXINT64);
  assert_size (fixture, 5, -1, 0, 0);
  assert_size (fixture, 6, -1, 0, 0);
  g_assert_true (g_file_get_contents (short_path, &after, &n_bytes, NULL));
  g_assert_cmpmem (after, 5, "short", 5);
  g_clear_pointer (&after, g_free);
  g_assert_true (g_file_get_contents (long_path, &after, &n_bytes, NULL));
  g_assert_cmpmem (after, n_bytes, text, 1500000);

  /* Wanted after all. */
  bt_storage_set_wanted (fixture->storage, 5, TRUE);
  prepare (fixture);
  assert_size (fixture, 5, size, min_blocks, max_blocks);
}

/* A border piece needs a file that nobody wants. */
static void
test_unwanted (void)
{
  g_autoptr (Fixture) fixture =
    fixture_new ("a=20000 b=100000", 16384, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };

  bt_storage_set_wanted (fixture->storage, 1, FALSE);
  prepare (fixture);
  assert_size (fixture, 1, -1, 0, 0);
  fixture_write_piece (fixture, 0, &answers);
  assert_size (fixture, 1, -1, 0, 0);
  fixture_write_piece (fixture, 1, &answers);
  assert_size (fixture, 1, 12768, 0, G_MAXINT64);
}

int
main (int    argc,
      char **argv)
{
  static const BtPreallocate modes[] = {
    BT_PREALLOCATE_NONE,
    BT_PREALLOCATE_SPARSE,
    BT_PREALLOCATE_FULL,
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < 2 * G_N_ELEMENTS (obstacles); i++)
    {
      const char *how = i % 2 == 0 ? "openat2" : "stepwise";
      const char *name = obstacles[i / 2].name;
      g_autofree char *path = g_strdup_printf ("/storage/obstacle/%s/%s", name, how);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_obstacle);
    }
  g_test_add_func ("/storage/root-link", test_root_link);
  g_test_add_data_func ("/storage/escapes/openat2", &bt_file_ops, test_escapes);
  g_test_add_data_func ("/storage/escapes/stepwise", get_stepwise_ops (), test_escapes);
  g_test_add_func ("/storage/many-files", test_many_files);
  g_test_add_func ("/storage/vanishing", test_vanishing);
  g_test_add_func ("/storage/trust", test_trust);
  g_test_add_func ("/storage/executable", test_executable);
  g_test_add_func ("/storage/pool", test_pool);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/storage/prepare/%u", modes[i]);

      g_test_add_data_func (path, GUINT_TO_POINTER (modes[i]), test_prepare);
    }
  g_test_add_func ("/storage/unwanted", test_unwanted);
  return g_test_run ();
}
