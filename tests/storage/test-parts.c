/* test-parts.c - bytes of files that are not wanted: not beside the data, and not lost
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "faults.h"
#include "fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Three files in the first piece of 64 KiB; the one in the middle is not wanted, and alone in its folder. */
#define LAYOUT "a=30000 d/b=20000 c=100000"
#define PIECE_BYTES 65536

typedef struct
{
  Fixture *fixture;  /* owned */
  char    *path;     /* owned; of the parts */
} Parts;

static void
parts_clear (Parts *parts)
{
  fixture_free (parts->fixture);
  g_free (parts->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

/* `skipped`: an x for each file that is not wanted. */
static void
skip (Parts      *parts,
      const char *skipped,
      gboolean    is_named)
{
  bt_storage_set_parts (parts->fixture->storage, is_named ? parts->path : NULL);
  for (guint32 i = 0; i < parts->fixture->n_files; i++)
    bt_storage_set_wanted (parts->fixture->storage, i, skipped[i] != 'x');
}

static Parts
parts_new (const char    *layout,
           const char    *skipped,
           BtPreallocate  preallocate,
           gboolean       is_named)
{
  Parts parts = { fixture_new (layout, PIECE_BYTES, preallocate, NULL), NULL };

  parts.path = g_build_filename (parts.fixture->folder, "state", "parts", NULL);
  skip (&parts, skipped, is_named);
  return parts;
}

static void
change (Fixture    *fixture,
        const char *skipped,
        Answers    *answers)
{
  BtBitfield wanted;

  bt_bitfield_init (&wanted, fixture->n_files);
  for (guint32 i = 0; i < fixture->n_files; i++)
    if (skipped[i] != 'x')
      bt_bitfield_set (&wanted, i);
  answers_clear (answers);
  bt_storage_change_wanted (fixture->storage, &wanted, done_cb, answers);
  fixture_wait (fixture, answers, 1);
  bt_bitfield_clear (&wanted);
}

static gboolean
exists (Fixture    *fixture,
        const char *path)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);

  return g_file_test (full, G_FILE_TEST_EXISTS);
}

static void
prepare (Fixture *fixture)
{
  g_auto (Answers) answers = { 0 };

  bt_storage_prepare (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_no_error (answers.error);
}

static BtPieceVerdict
check (Fixture *fixture,
       guint32  piece)
{
  g_auto (Answers) answers = { 0 };

  bt_storage_check_piece (fixture->storage, piece, piece_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  return answers.verdict;
}

static void
read_first (Fixture *fixture)
{
  BtBlockSpan span = { 0, 0, bt_geometry_get_piece_bytes (fixture->geometry, 0) };
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_auto (Answers) answers = { 0 };

  for (guint i = 0; slots[i] != NULL; i++)
    memset (slots[i], 0xee, BT_BLOCK_BYTES);
  bt_storage_read (fixture->storage, &span, slots, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_no_error (answers.error);
  for (guint32 i = 0; i < bt_geometry_get_n_blocks (fixture->geometry, 0); i++)
    {
      BtBlockSpan block = bt_geometry_get_block (fixture->geometry, 0, i);

      g_assert_cmpmem (slots[i], block.length, fixture->content + block.begin, block.length);
    }
  fixture_free_slots (slots);
}

/* `data`: the parts have a name. */
static void
test_skip_then_want (gconstpointer data)
{
  gboolean is_named = GPOINTER_TO_INT (data);
  g_auto (Parts) parts = parts_new (LAYOUT, ".x.", BT_PREALLOCATE_NONE, is_named);
  Fixture *fixture = parts.fixture;
  g_auto (Answers) answers = { 0 };

  prepare (fixture);
  /* Nothing there yet: zeros, that is, a bad piece; no parts are made for it. */
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_BAD);
  g_assert_false (g_file_test (parts.path, G_FILE_TEST_EXISTS));
  fixture_write_all (fixture);
  g_assert_false (exists (fixture, "torrent/d"));
  g_assert_cmpint (g_file_test (parts.path, G_FILE_TEST_EXISTS), ==, is_named);
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
  read_first (fixture);

  change (fixture, "...", &answers);
  g_assert_no_error (answers.error);
  fixture_assert_files (fixture);
  g_assert_false (g_file_test (parts.path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
  read_first (fixture);

  /* Not wanted again: it stays, and what is written goes there. */
  change (fixture, ".x.", &answers);
  fixture_write_all (fixture);
  fixture_assert_files (fixture);
  g_assert_false (g_file_test (parts.path, G_FILE_TEST_EXISTS));
}

/* The next start finds what is in the parts. */
static void
test_reopen (void)
{
  g_auto (Parts) parts = parts_new (LAYOUT, ".x.", BT_PREALLOCATE_SPARSE, TRUE);
  Fixture *fixture = parts.fixture;
  g_auto (Answers) answers = { 0 };
  struct stat info;

  prepare (fixture);
  fixture_write_all (fixture);
  fixture_reopen (fixture, BT_PREALLOCATE_SPARSE);
  skip (&parts, ".x.", TRUE);
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
  /* At the torrent's offsets. */
  g_assert_cmpint (stat (parts.path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 50000);

  change (fixture, "...", &answers);
  g_assert_no_error (answers.error);
  fixture_assert_files (fixture);
}

/* Wanted since the last time, when nobody was there to copy it. */
static void
test_want_at_rest (gconstpointer data)
{
  BtPreallocate preallocate = GPOINTER_TO_UINT (data);
  g_auto (Parts) parts = parts_new (LAYOUT, ".x.", preallocate, TRUE);
  Fixture *fixture = parts.fixture;

  prepare (fixture);
  fixture_write_all (fixture);
  fixture_reopen (fixture, preallocate);
  skip (&parts, "...", TRUE);
  prepare (fixture);
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
  fixture_assert_files (fixture);
}

/* What has no name is gone when closed. */
static void
test_nameless_closes (void)
{
  g_auto (Parts) parts = parts_new (LAYOUT, ".x.", BT_PREALLOCATE_NONE, FALSE);
  Fixture *fixture = parts.fixture;
  g_auto (Answers) answers = { 0 };

  fixture_write_all (fixture);
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
  bt_storage_close_async (fixture->storage, TRUE, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_BAD);
  fixture_write_all (fixture);
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
}

/* A file that is there is used although it is not wanted. */
static void
test_there_already (void)
{
  g_auto (Parts) parts = parts_new (LAYOUT, ".x.", BT_PREALLOCATE_NONE, TRUE);
  Fixture *fixture = parts.fixture;
  g_autofree char *path = fixture_get_path (fixture, 1);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
  g_assert_true (g_file_set_contents (path, (char *) fixture->content + 30000, 20000, NULL));
  fixture_write_all (fixture);
  fixture_assert_files (fixture);
  g_assert_false (g_file_test (parts.path, G_FILE_TEST_EXISTS));
}

static const struct
{
  const char *name;
  const char *layout;
  const char *skipped;
} shapes[] = {
  { "first", LAYOUT, "x.." },
  { "last", LAYOUT, "..x" },
  { "all", LAYOUT, "xxx" },
  { "two", "a=30000 b=10 c=20 d=100000", ".xx." },
  { "empty", "a=30000 e=0 c=100000 f=0", ".x.x" },
  { "large", "a=30000 b=200000 c=30000", ".x." },
  { "aligned", "a=65536 b=65536 c=65536", ".x." },
  { "single", "a=100000", "x" },
  { "pads", "v2: a=20000 b=70000 c=5", ".xx.." },
};

/* Skipped, downloaded all the same, then wanted: with and without the suffix. */
static void
test_shape (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data) / 2;
  gboolean use_suffix = GPOINTER_TO_UINT (data) % 2;
  g_auto (Parts) parts =
    parts_new (shapes[n].layout, shapes[n].skipped, BT_PREALLOCATE_SPARSE, TRUE);
  Fixture *fixture = parts.fixture;
  g_auto (Answers) answers = { 0 };
  g_autofree char *none = g_strnfill (fixture->n_files, '.');

  bt_storage_set_use_suffix (fixture->storage, use_suffix);
  prepare (fixture);
  fixture_write_all (fixture);
  for (guint32 i = 0; i < fixture->n_files; i++)
    {
      g_autofree char *suffixed = g_strconcat (fixture->files[i].path, ".part", NULL);

      if (shapes[n].skipped[i] == 'x')
        g_assert_false (exists (fixture, fixture->files[i].path) || exists (fixture, suffixed));
    }
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
  change (fixture, none, &answers);
  g_assert_no_error (answers.error);
  g_assert_false (g_file_test (parts.path, G_FILE_TEST_EXISTS));
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
  for (guint32 i = 0; i < fixture->n_files; i++)
    {
      answers_clear (&answers);
      bt_storage_complete_file (fixture->storage, i, done_cb, &answers);
      fixture_wait (fixture, &answers, 1);
      g_assert_no_error (answers.error);
    }
  fixture_assert_files (fixture);
}

/* Only what was ever written is copied; the file in between is mostly a hole. */
static void
test_sparse (void)
{
  Fixture *fixture;
  g_auto (Parts) parts =
    parts_new ("a=30000 b=20000000 c=30000", ".x.", BT_PREALLOCATE_SPARSE, TRUE);
  g_auto (Answers) answers = { 0 };
  g_autofree char *path = NULL;
  struct stat info;
  guint32 border;

  fixture = parts.fixture;
  path = fixture_get_path (fixture, 1);
  border = (guint32) (fixture->files[2].offset / PIECE_BYTES);
  fixture_write_piece (fixture, 0, &answers);
  fixture_write_piece (fixture, border, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, 2);
  change (fixture, "..x", &answers);
  g_assert_no_error (answers.error);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 20000000);
  g_assert_cmpint (info.st_blocks * 512, <, 1000000);
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
  g_assert_cmpint (check (fixture, border), ==, BT_PIECE_GOOD);
  /* Something is still not wanted, so the parts stay. */
  g_assert_true (g_file_test (parts.path, G_FILE_TEST_EXISTS));
}

static const struct
{
  const char *name;
  Fault       fault;
  int         code;  /* -1: done */
} faults[] = {
  { "no-space-once", { CALL_PWRITEV, 1, 1, ENOSPC }, -1 },
  { "no-space", { CALL_PWRITEV, 1, FAULT_FOREVER, ENOSPC }, BT_STORAGE_ERROR_NO_SPACE },
  { "short", { CALL_PWRITEV, 1, FAULT_FOREVER, FAULT_SHORT }, -1 },
  { "interrupted", { CALL_PWRITEV, 1, 2, EINTR }, -1 },
  { "read-io", { CALL_PREADV, 1, 1, EIO }, BT_STORAGE_ERROR_FAILED },
  { "read-interrupted", { CALL_PREADV, 1, 3, EINTR }, -1 },
  { "allocate", { CALL_FTRUNCATE, 1, 1, EIO }, BT_STORAGE_ERROR_FAILED },
  { "open", { CALL_OPEN, 2, 1, EACCES }, BT_STORAGE_ERROR_PERMISSION },
  /* Then the parts are kept, which harms nobody. */
  { "sync", { CALL_FSYNC, 1, FAULT_FOREVER, EIO }, -1 },
  { "remove", { CALL_UNLINK, 1, FAULT_FOREVER, EIO }, -1 },
};

/* Whatever fails, the bytes are somewhere: the piece stays right, and another try works. */
static void
test_fault (gconstpointer data)
{
  static const gint64 soon[BT_DISK_N_RETRIES] = { 1, 2, 3 };
  guint n = GPOINTER_TO_UINT (data);
  g_auto (Parts) parts = parts_new (LAYOUT, ".x.", BT_PREALLOCATE_SPARSE, TRUE);
  Fixture *fixture = parts.fixture;
  g_auto (Answers) answers = { 0 };

  bt_disk_set_retry_delays (fixture->disk, soon);
  fixture_write_all (fixture);
  faults_set (fixture->disk, &faults[n].fault);
  change (fixture, "...", &answers);
  g_assert_cmpuint (faults_get_n_calls (faults[n].fault.call), >, 0);
  faults_set (fixture->disk, NULL);
  if (faults[n].code < 0)
    {
      g_assert_no_error (answers.error);
    }
  else
    {
      g_assert_error (answers.error, BT_STORAGE_ERROR, faults[n].code);
      g_assert_false (exists (fixture, "torrent/d"));
      g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
      change (fixture, "...", &answers);
      g_assert_no_error (answers.error);
    }
  g_assert_cmpint (check (fixture, 0), ==, BT_PIECE_GOOD);
  fixture_assert_files (fixture);
}

/* The parts and the folder that they lie in are synced like any other file; once. */
static void
test_sync (void)
{
  g_auto (Parts) parts = parts_new (LAYOUT, ".x.", BT_PREALLOCATE_NONE, TRUE);
  static const guint expected[] = { 6, 0, 3 };
  Fixture *fixture = parts.fixture;
  g_auto (Answers) pieces = { 0 };

  /* a, c, the parts; the folders of both, and the root. */
  fixture_write_piece (fixture, 0, &pieces);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_auto (Answers) answers = { 0 };

      if (i == 2)
        fixture_write_piece (fixture, 0, &pieces);
      faults_set (fixture->disk, NULL);
      bt_storage_sync (fixture->storage, done_cb, &answers);
      fixture_wait (fixture, &answers, 1);
      g_assert_no_error (answers.error);
      g_assert_cmpuint (faults_get_n_calls (CALL_FSYNC), ==, expected[i]);
    }
}

/* Two workers make the nameless ones at the same time, many a time. */
static void
test_nameless_race (void)
{
  g_auto (Parts) parts = parts_new ("a=30000 b=2000000 c=30000", ".x.", BT_PREALLOCATE_NONE, FALSE);
  Fixture *fixture = parts.fixture;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) fixture_free_slots);
  g_auto (Answers) answers = { 0 };

  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    {
      guint8 **slots = fixture_dup_slots (fixture, piece);

      bt_storage_finish_piece (fixture->storage, piece, slots, FALSE, piece_cb, &answers);
      g_ptr_array_add (all, slots);
    }
  fixture_wait (fixture, &answers, fixture->geometry->n_pieces);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/storage/parts/named", GINT_TO_POINTER (TRUE), test_skip_then_want);
  g_test_add_data_func ("/storage/parts/nameless", GINT_TO_POINTER (FALSE), test_skip_then_want);
  g_test_add_func ("/storage/parts/reopen", test_reopen);
  g_test_add_data_func ("/storage/parts/want-at-rest", GUINT_TO_POINTER (BT_PREALLOCATE_NONE),
                        test_want_at_rest);
  g_test_add_data_func ("/storage/parts/want-at-rest-sparse",
                        GUINT_TO_POINTER (BT_PREALLOCATE_SPARSE), test_want_at_rest);
  g_test_add_func ("/storage/parts/nameless-closes", test_nameless_closes);
  g_test_add_func ("/storage/parts/there-already", test_there_already);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (shapes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/storage/parts/shape/%s%s", shapes[i / 2].name,
                                               i % 2 == 1 ? "-suffix" : "");

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_shape);
    }
  g_test_add_func ("/storage/parts/sparse", test_sparse);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strconcat ("/storage/parts/fault/", faults[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_fault);
    }
  g_test_add_func ("/storage/parts/sync", test_sync);
  g_test_add_func ("/storage/parts/nameless-race", test_nameless_race);
  return g_test_run ();
}
