/* test-layout.c - how files are called, what is told of them, and which of them we made
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

#define LAYOUT "a=40000 d/b=100 d/c=80000 e=0"

/* What a stat has answered. */
typedef struct
{
  guint        n_answers;
  guint32      n_stamps;
  BtFileStamp *stamps;  /* owned, nullable; a copy */
  GError      *error;   /* owned */
} Stamps;

static void
stamps_clear (Stamps *stamps)
{
  g_clear_pointer (&stamps->stamps, g_free);
  g_clear_error (&stamps->error);
  memset (stamps, 0, sizeof *stamps);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stamps, stamps_clear)

static void
stamps_cb (BtStorage         *storage,
           const BtFileStamp *stamps,
           guint32            n_stamps,
           const GError      *error,
           gpointer           user_data)
{
  Stamps *self = user_data;

  stamps_clear (self);
  self->n_answers++;
  self->n_stamps = n_stamps;
  if (error != NULL)
    self->error = g_error_copy (error);
  else
    self->stamps = g_memdup2 (stamps, n_stamps * sizeof *stamps);
  g_assert_true ((error == NULL) == (stamps != NULL));
}

static void
look (Fixture *fixture,
      Stamps  *stamps)
{
  stamps_clear (stamps);
  bt_storage_stat (fixture->storage, stamps_cb, stamps);
  while (stamps->n_answers == 0)
    g_main_context_iteration (fixture->context, TRUE);
}

static void
assert_stamp (Fixture           *fixture,
              const char        *path,
              const BtFileStamp *stamp)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);
  struct stat info;

  g_assert_cmpint (lstat (full, &info), ==, 0);
  g_assert_cmpint (stamp->bytes, ==, info.st_size);
  g_assert_cmpint (stamp->mtime_ns, ==,
                   info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec);
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
test_stat (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_NONE, NULL);
  g_auto (Stamps) stamps = { 0 };
  g_autofree char *path = fixture_get_path (fixture, 1);

  /* No root: everything is missing, and that is no error. */
  look (fixture, &stamps);
  g_assert_no_error (stamps.error);
  g_assert_cmpuint (stamps.n_stamps, ==, 4);
  for (guint32 i = 0; i < 4; i++)
    g_assert_cmpint (stamps.stamps[i].bytes, ==, -1);

  prepare (fixture);
  fixture_write_all (fixture);
  look (fixture, &stamps);
  for (guint32 i = 0; i < 4; i++)
    assert_stamp (fixture, fixture->files[i].path, &stamps.stamps[i]);

  /* A link is not looked behind. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (symlink ("c", path), ==, 0);
  look (fixture, &stamps);
  g_assert_cmpint (stamps.stamps[1].bytes, ==, -1);
  g_assert_cmpint (stamps.stamps[2].bytes, ==, 80000);
}

static void
test_sync_and_stat (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_NONE, NULL);
  g_auto (Stamps) stamps = { 0 };

  prepare (fixture);
  fixture_write_all (fixture);
  faults_set (fixture->disk, NULL);
  bt_storage_sync_and_stat (fixture->storage, stamps_cb, &stamps);
  while (stamps.n_answers == 0)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_no_error (stamps.error);
  g_assert_cmpuint (faults_get_n_calls (CALL_FSYNC), ==, 7);
  for (guint32 i = 0; i < 4; i++)
    assert_stamp (fixture, fixture->files[i].path, &stamps.stamps[i]);
}

/* More files than a worker looks at in one go. */
static void
test_stat_many (void)
{
  g_autoptr (GString) layout = g_string_new ("x/first=1");
  g_autoptr (Fixture) fixture = NULL;
  g_auto (Stamps) stamps = { 0 };

  for (guint i = 0; i < 9000; i++)
    g_string_append_printf (layout, " %u/f%u=1", i / 100, i);
  g_string_append (layout, " x/last=5");
  fixture = fixture_new (layout->str, 16384, BT_PREALLOCATE_NONE, NULL);
  fixture_write_all (fixture);
  faults_set (fixture->disk, NULL);
  look (fixture, &stamps);
  g_assert_cmpuint (stamps.n_stamps, ==, 9002);
  for (guint32 i = 0; i < 9001; i++)
    g_assert_cmpint (stamps.stamps[i].bytes, ==, 1);
  g_assert_cmpint (stamps.stamps[9001].bytes, ==, 5);
  /* Neighbours share their folder; it is opened anew when another worker may go on. */
  g_assert_cmpuint (faults_get_n_calls (CALL_OPEN), <, 100);
}

static void
test_made (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_NONE, NULL);
  g_autofree char *path = fixture_get_path (fixture, 0);
  g_autofree char *folder = g_path_get_dirname (path);
  BtBitfield known;
  BtBitfield made;

  bt_bitfield_init (&known, 4);
  bt_bitfield_set (&known, 3);
  bt_storage_set_made (fixture->storage, &known);
  bt_bitfield_clear (&known);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
  g_assert_true (g_file_set_contents (path, "was here before", -1, NULL));
  fixture_write_all (fixture);

  bt_storage_get_made (fixture->storage, &made);
  g_assert_cmpuint (made.n_bits, ==, 4);
  g_assert_false (bt_bitfield_get (&made, 0));
  g_assert_true (bt_bitfield_get (&made, 1));
  g_assert_true (bt_bitfield_get (&made, 2));
  g_assert_true (bt_bitfield_get (&made, 3));
  bt_bitfield_clear (&made);
}

static void
test_path (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_NONE, NULL);
  g_autofree char *path = g_build_filename (fixture->root, "elsewhere/B", NULL);
  g_auto (Stamps) stamps = { 0 };
  g_autofree char *text = NULL;
  gsize n_bytes = 0;

  bt_storage_set_path (fixture->storage, 1, "elsewhere/B");
  g_assert_cmpstr (bt_storage_get_path (fixture->storage, 1), ==, "elsewhere/B");
  g_assert_cmpstr (bt_storage_get_path (fixture->storage, 2), ==, "torrent/d/c");
  prepare (fixture);
  g_assert_false (bt_storage_has_data (fixture->storage));
  fixture_write_all (fixture);
  g_assert_true (bt_storage_has_data (fixture->storage));
  g_assert_true (g_file_get_contents (path, &text, &n_bytes, NULL));
  g_assert_cmpmem (text, n_bytes, fixture->content + 40000, 100);
  look (fixture, &stamps);
  assert_stamp (fixture, "elsewhere/B", &stamps.stamps[1]);
}

/* --- The suffix --- */

/* What is on disk before, and what is there after everything was written: names in order, ends of them in the order of
 * the torrent's files. */
static const struct
{
  const char *name;
  const char *layout;
  const char *before;      /* files that exist, beneath the root; empty ones */
  const char *after;       /* of each file of the torrent, its name in the folder */
  const char *suffixed;    /* a bit a file */
  gboolean    use_suffix;
} names[] = {
  { "off", "a=40000 b=100", "", "a b", "00", FALSE },
  { "new", "a=40000 b=100", "", "a.part b.part", "11", TRUE },
  { "plain-there", "a=40000 b=100", "torrent/a", "a b.part", "01", TRUE },
  { "suffixed-there", "a=40000 b=100", "torrent/a.part", "a.part b", "10", FALSE },
  { "both-there", "a=40000 b=100", "torrent/a torrent/a.part", "a b.part", "01", TRUE },
  { "empty", "a=40000 e=0", "", "a.part e", "10", TRUE },
  { "itself", "a.part=40000 b=100", "", "a.part.part b.part", "11", TRUE },
  { "neighbour", "a=40000 a.part=100", "", "a a.part.part", "01", TRUE },
  { "neighbour-case", "a=40000 A.PART=100", "", "a A.PART.part", "01", TRUE },
  { "neighbours", "a=40000 a.part=100 a.part.part=5", "", "a a.part a.part.part.part", "001",
    TRUE },
  { "neighbour-there", "a=40000 a.part=100", "torrent/a.part", "a a.part", "00", TRUE },
  { "folder", "a=40000 a.part/x=100", "", "a a.part/x.part", "01", TRUE },
  { "single", "a=40000", "", "", "1", TRUE },
  { "single-there", "a=40000", "torrent", "", "0", TRUE },
};

static void
make_files (Fixture    *fixture,
            const char *paths)
{
  g_auto (GStrv) words = g_strsplit (paths, " ", -1);

  for (guint i = 0; words[i] != NULL && words[i][0] != '\0'; i++)
    {
      g_autofree char *path = g_build_filename (fixture->root, words[i], NULL);
      g_autofree char *folder = g_path_get_dirname (path);

      g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
      g_assert_true (g_file_set_contents (path, "", 0, NULL));
    }
}

static void
assert_suffixed (Fixture    *fixture,
                 const char *expected)
{
  const BtBitfield *suffixed = bt_storage_get_suffixed (fixture->storage);

  g_assert_cmpuint (suffixed->n_bits, ==, strlen (expected));
  for (guint32 i = 0; i < suffixed->n_bits; i++)
    g_assert_cmpint (bt_bitfield_get (suffixed, i), ==, expected[i] == '1');
}

static void
assert_content (Fixture    *fixture,
                guint32     file,
                const char *path)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;

  g_file_get_contents (full, &bytes, &n_bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bytes, n_bytes, fixture->content + fixture->files[file].offset,
                   fixture->files[file].length);
}

static void
test_names (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr (Fixture) fixture = fixture_new (names[n].layout, 16384, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (GStrv) after = g_strsplit (names[n].after, " ", -1);
  g_auto (Stamps) stamps = { 0 };
  g_auto (Answers) answers = { 0 };

  make_files (fixture, names[n].before);
  bt_storage_set_use_suffix (fixture->storage, names[n].use_suffix);
  look (fixture, &stamps);
  prepare (fixture);
  fixture_write_all (fixture);
  assert_suffixed (fixture, names[n].suffixed);
  g_assert_true (bt_storage_has_data (fixture->storage));

  look (fixture, &stamps);
  assert_suffixed (fixture, names[n].suffixed);
  for (guint32 i = 0; i < fixture->n_files; i++)
    {
      g_autofree char *path = NULL;

      if (names[n].after[0] != '\0')
        path = g_build_filename ("torrent", after[i], NULL);
      else
        path = g_strconcat ("torrent", names[n].suffixed[i] == '1' ? ".part" : NULL, NULL);
      assert_content (fixture, i, path);
      assert_stamp (fixture, path, &stamps.stamps[i]);
    }

  /* Another time, with nothing but a look at what is there. */
  fixture_reopen (fixture, BT_PREALLOCATE_SPARSE);
  g_assert_true (bt_storage_has_data (fixture->storage));
  look (fixture, &stamps);
  assert_suffixed (fixture, names[n].suffixed);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
}

/* Or with what was remembered, or without either: then those are found that are opened. */
static void
test_names_known (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 16384, BT_PREALLOCATE_NONE, NULL);
  g_auto (Answers) answers = { 0 };
  BtBitfield suffixed;

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  assert_suffixed (fixture, "1110");
  bt_bitfield_init (&suffixed, 4);
  bt_bitfield_copy (&suffixed, bt_storage_get_suffixed (fixture->storage));

  fixture_reopen (fixture, BT_PREALLOCATE_NONE);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_BAD], ==, fixture->geometry->n_pieces);

  fixture_reopen (fixture, BT_PREALLOCATE_NONE);
  bt_storage_set_suffixed (fixture->storage, &suffixed);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);

  fixture_reopen (fixture, BT_PREALLOCATE_NONE);
  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
  assert_suffixed (fixture, "1110");
  bt_bitfield_clear (&suffixed);
}

/* A name that has no room for it stays as it is. */
static void
test_long_name (void)
{
  g_autofree char *fits = g_strnfill (250, 'x');
  g_autofree char *is_long = g_strnfill (251, 'y');
  g_autofree char *layout = g_strdup_printf ("%s=20000 %s=20000", fits, is_long);
  g_autofree char *first = g_strconcat ("torrent/", fits, ".part", NULL);
  g_autofree char *second = g_strconcat ("torrent/", is_long, NULL);
  g_autoptr (Fixture) fixture = fixture_new (layout, 16384, BT_PREALLOCATE_NONE, NULL);

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  assert_suffixed (fixture, "10");
  assert_content (fixture, 0, first);
  assert_content (fixture, 1, second);
}

/* --- The device --- */

static guint64
get_device (Fixture *fixture)
{
  struct stat info;

  g_assert_cmpint (stat (fixture->folder, &info), ==, 0);
  return info.st_dev;
}

static void
assert_gone (Fixture      *fixture,
             const GError *error)
{
  g_assert_error (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_GONE);
  g_assert_nonnull (strstr (error->message, fixture->root));
}

static void
assert_all_gone (Fixture *fixture)
{
  BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, 0);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_auto (Answers) answers = { 0 };
  g_auto (Stamps) stamps = { 0 };

  bt_storage_prepare (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  assert_gone (fixture, answers.error);
  fixture_write_piece (fixture, 0, &answers);
  g_assert_cmpint (answers.verdict, ==, BT_PIECE_FAILED);
  assert_gone (fixture, answers.error);
  bt_storage_spill (fixture->storage, &span, slots[0], done_cb, &answers);
  fixture_wait (fixture, &answers, 3);
  assert_gone (fixture, answers.error);
  bt_storage_read (fixture->storage, &span, slots, done_cb, &answers);
  fixture_wait (fixture, &answers, 4);
  assert_gone (fixture, answers.error);
  bt_storage_check_piece (fixture->storage, 0, piece_cb, &answers);
  fixture_wait (fixture, &answers, 5);
  g_assert_cmpint (answers.verdict, ==, BT_PIECE_FAILED);
  assert_gone (fixture, answers.error);
  bt_storage_complete_file (fixture->storage, 0, done_cb, &answers);
  fixture_wait (fixture, &answers, 6);
  assert_gone (fixture, answers.error);
  bt_storage_rename_file (fixture->storage, 0, "torrent/z", done_cb, &answers);
  fixture_wait (fixture, &answers, 7);
  assert_gone (fixture, answers.error);
  look (fixture, &stamps);
  assert_gone (fixture, stamps.error);
  g_assert_false (bt_storage_has_data (fixture->storage));
  g_assert_cmpstr (bt_storage_get_path (fixture->storage, 0), ==, "torrent/a");
  fixture_free_slots (slots);
}

/* `data`: 0: the root is missing, 1: it lies elsewhere. */
static void
test_device (gconstpointer data)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 16384, BT_PREALLOCATE_SPARSE, NULL);
  g_autofree char *parts = g_build_filename (fixture->folder, "state", "parts", NULL);
  gboolean is_elsewhere = GPOINTER_TO_INT (data) == 1;
  g_autofree char *state = g_path_get_dirname (parts);

  bt_storage_set_device (fixture->storage, get_device (fixture) + (is_elsewhere ? 1 : 0));
  bt_storage_set_use_suffix (fixture->storage, TRUE);
  bt_storage_set_parts (fixture->storage, parts);
  bt_storage_set_wanted (fixture->storage, 0, FALSE);
  if (is_elsewhere)
    g_assert_cmpint (g_mkdir (fixture->root, 0777), ==, 0);
  assert_all_gone (fixture);
  if (is_elsewhere)
    g_assert_cmpint (g_rmdir (fixture->root), ==, 0);
  g_assert_false (g_file_test (fixture->root, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (state, G_FILE_TEST_EXISTS));
}

/* The right one is as good as any. */
static void
test_device_right (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 16384, BT_PREALLOCATE_SPARSE, NULL);

  bt_storage_set_device (fixture->storage, get_device (fixture));
  g_assert_cmpint (g_mkdir (fixture->root, 0777), ==, 0);
  prepare (fixture);
  fixture_write_all (fixture);
  fixture_assert_files (fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/storage/layout/stat", test_stat);
  g_test_add_func ("/storage/layout/sync-and-stat", test_sync_and_stat);
  g_test_add_func ("/storage/layout/stat-many", test_stat_many);
  g_test_add_func ("/storage/layout/made", test_made);
  g_test_add_func ("/storage/layout/path", test_path);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/storage/layout/names/", names[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_names);
    }
  g_test_add_func ("/storage/layout/names-known", test_names_known);
  g_test_add_func ("/storage/layout/long-name", test_long_name);
  g_test_add_data_func ("/storage/layout/device/missing", GINT_TO_POINTER (0), test_device);
  g_test_add_data_func ("/storage/layout/device/elsewhere", GINT_TO_POINTER (1), test_device);
  g_test_add_func ("/storage/layout/device/right", test_device_right);
  return g_test_run ();
}
