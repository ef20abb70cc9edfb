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
  return g_test_run ();
}
