/* test-change.c - what needs the files for itself waits, and what comes after it waits for it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "faults.h"
#include "fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define LAYOUT "a=40000 d/b=100 d/c=80000"
#define HOUR_US G_GINT64_CONSTANT (3600000000)

static gboolean
exists (Fixture    *fixture,
        const char *path)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);

  return g_file_test (full, G_FILE_TEST_EXISTS);
}

static void
make_file (Fixture    *fixture,
           const char *path)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
  g_assert_true (g_file_set_contents (full, "x", 1, NULL));
}

static void
complete (Fixture *fixture,
          guint32  file,
          Answers *answers)
{
  answers_clear (answers);
  bt_storage_complete_file (fixture->storage, file, done_cb, answers);
  fixture_wait (fixture, answers, 1);
}

static void
rename_to (Fixture    *fixture,
           guint32     file,
           const char *path,
           Answers    *answers)
{
  answers_clear (answers);
  bt_storage_rename_file (fixture->storage, file, path, done_cb, answers);
  fixture_wait (fixture, answers, 1);
}

static void
stamps_cb (BtStorage         *storage,
           const BtFileStamp *stamps,
           guint32            n_stamps,
           const GError      *error,
           gpointer           user_data)
{
  done_cb (storage, error, user_data);
}

static void
assert_all_good (Fixture *fixture)
{
  g_auto (Answers) answers = { 0 };

  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
}

/* --- Completing --- */

static void
test_complete (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };
  guint n_opened;

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  bt_storage_sync (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  /* What is open is looked up again under its new name, and is still the same. */
  bt_file_pool_set_recheck_us (bt_disk_get_pool (fixture->disk), 0);
  for (guint32 i = 0; i < fixture->n_files; i++)
    {
      complete (fixture, i, &answers);
      g_assert_no_error (answers.error);
    }
  fixture_assert_files (fixture);
  g_assert_false (exists (fixture, "torrent/a.part"));
  g_assert_true (bt_bitfield_is_empty (bt_storage_get_suffixed (fixture->storage)));
  assert_all_good (fixture);
  fixture_write_all (fixture);
  fixture_assert_files (fixture);
  g_assert_false (exists (fixture, "torrent/a.part"));

  /* The names are on the device after the next sync: three files written, three folders. */
  faults_set (fixture->disk, NULL);
  answers_clear (&answers);
  bt_storage_sync (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_cmpuint (faults_get_n_calls (CALL_FSYNC), ==, 6);

  /* Again: there is none. */
  n_opened = faults_get_n_calls (CALL_RENAME);
  complete (fixture, 0, &answers);
  g_assert_no_error (answers.error);
  g_assert_cmpuint (faults_get_n_calls (CALL_RENAME), ==, n_opened);
}

/* Nobody has looked which names there are; the suffix comes off all the same. */
static void
test_complete_unknown (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  fixture_reopen (fixture, BT_PREALLOCATE_SPARSE);
  for (guint32 i = 0; i < fixture->n_files; i++)
    complete (fixture, i, &answers);
  g_assert_no_error (answers.error);
  fixture_assert_files (fixture);
}

static void
test_complete_in_the_way (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_autofree char *path = fixture_get_path (fixture, 0);
  g_autofree char *text = NULL;
  g_auto (Answers) answers = { 0 };

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  make_file (fixture, "torrent/a");
  complete (fixture, 0, &answers);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "x");
  g_assert_true (bt_bitfield_get (bt_storage_get_suffixed (fixture->storage), 0));
  assert_all_good (fixture);

  g_assert_cmpint (g_unlink (path), ==, 0);
  complete (fixture, 0, &answers);
  g_assert_no_error (answers.error);
  g_assert_true (exists (fixture, "torrent/a"));
}

static const struct
{
  const char *name;
  Fault       fault;
  int         code;  /* -1: done */
} complete_faults[] = {
  { "io", { CALL_RENAME, 1, 1, EIO }, BT_STORAGE_ERROR_FAILED },
  { "interrupted", { CALL_RENAME, 1, 3, EINTR }, -1 },
  { "read-only", { CALL_RENAME, 1, 1, EROFS }, BT_STORAGE_ERROR_READ_ONLY },
  { "no-space-once", { CALL_RENAME, 1, 1, ENOSPC }, -1 },
  { "no-space", { CALL_RENAME, 1, FAULT_FOREVER, ENOSPC }, BT_STORAGE_ERROR_NO_SPACE },
  { "no-noreplace", { CALL_RENAME, 1, 1, EINVAL }, -1 },
  { "vanished", { CALL_STAT, 1, 1, ENOENT }, -1 },
  { "look-io", { CALL_STAT, 1, 1, EIO }, BT_STORAGE_ERROR_FAILED },
};

static void
test_complete_fault (gconstpointer data)
{
  static const gint64 soon[BT_DISK_N_RETRIES] = { 1, 2, 3 };
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };

  bt_disk_set_retry_delays (fixture->disk, soon);
  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  faults_set (fixture->disk, &complete_faults[n].fault);
  complete (fixture, 0, &answers);
  faults_set (fixture->disk, NULL);
  if (complete_faults[n].code < 0)
    {
      g_assert_no_error (answers.error);
    }
  else
    {
      g_assert_error (answers.error, BT_STORAGE_ERROR, complete_faults[n].code);
      g_assert_true (exists (fixture, "torrent/a.part"));
      assert_all_good (fixture);
      complete (fixture, 0, &answers);
      g_assert_no_error (answers.error);
    }
  g_assert_true (exists (fixture, "torrent/a"));
  g_assert_false (exists (fixture, "torrent/a.part"));
  assert_all_good (fixture);
}

/* --- Renaming --- */

static const struct
{
  const char *name;
  const char *path;    /* of file 1, torrent/d/b, in a torrent with torrent/d/c beside it */
  const char *before;  /* nullable; a file that is there */
  gboolean    is_good;
  gboolean    use_suffix;
} renames[] = {
  { "beside", "torrent/d/B", NULL, TRUE, FALSE },
  { "deeper", "torrent/d/e/f/b", NULL, TRUE, FALSE },
  { "up", "b", NULL, TRUE, FALSE },
  { "same", "torrent/d/b", NULL, TRUE, FALSE },
  { "suffixed", "torrent/x/b", NULL, TRUE, TRUE },
  { "taken", "torrent/x", "torrent/x", FALSE, FALSE },
  { "taken-plain", "torrent/x", "torrent/x", FALSE, TRUE },
  { "taken-suffixed", "torrent/x", "torrent/x.part", FALSE, TRUE },
  { "neighbour", "torrent/d/c", NULL, FALSE, FALSE },
  { "neighbour-case", "torrent/d/C", NULL, FALSE, FALSE },
  { "neighbour-suffixed", "torrent/d/c.part", NULL, FALSE, TRUE },
  { "folder", "torrent/d", NULL, FALSE, FALSE },
  { "beneath-file", "torrent/a/b", NULL, FALSE, FALSE },
  { "beneath-itself", "torrent/d/b/b", NULL, FALSE, FALSE },
  { "outside", "../b", NULL, FALSE, FALSE },
  { "dots", "torrent/x/..", NULL, FALSE, FALSE },
  { "absolute", "/b", NULL, FALSE, FALSE },
};

static void
assert_content (Fixture    *fixture,
                const char *path,
                gboolean    is_suffixed)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);
  g_autofree char *name = g_strconcat (full, is_suffixed ? ".part" : NULL, NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;

  g_file_get_contents (name, &bytes, &n_bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bytes, n_bytes, fixture->content + 40000, 100);
}

static void
test_rename (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  const char *expected = renames[n].is_good ? renames[n].path : "torrent/d/b";
  g_auto (Answers) answers = { 0 };

  bt_storage_set_use_suffix (fixture->storage, renames[n].use_suffix);
  if (renames[n].before != NULL)
    make_file (fixture, renames[n].before);
  fixture_write_all (fixture);
  bt_file_pool_set_recheck_us (bt_disk_get_pool (fixture->disk), 0);
  rename_to (fixture, 1, renames[n].path, &answers);
  if (renames[n].is_good)
    g_assert_no_error (answers.error);
  else
    g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
  g_assert_cmpstr (bt_storage_get_path (fixture->storage, 1), ==, expected);
  g_assert_cmpint (bt_bitfield_get (bt_storage_get_suffixed (fixture->storage), 1), ==,
                   renames[n].use_suffix);
  assert_content (fixture, expected, renames[n].use_suffix);
  assert_all_good (fixture);
  fixture_write_all (fixture);
  assert_content (fixture, expected, renames[n].use_suffix);
  if (!renames[n].is_good)
    {
      g_assert_false (exists (fixture, "torrent/x/"));
      return;
    }

  /* And back again: nothing of the way is left. */
  rename_to (fixture, 1, "torrent/d/b", &answers);
  g_assert_no_error (answers.error);
  g_assert_false (exists (fixture, "torrent/d/e"));
  g_assert_false (exists (fixture, "torrent/x"));
  assert_content (fixture, "torrent/d/b", renames[n].use_suffix);
  assert_all_good (fixture);
}

/* A torrent of one file, and one that is not there yet. */
static void
test_rename_missing (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=40000", 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };

  rename_to (fixture, 0, "other/name", &answers);
  g_assert_no_error (answers.error);
  g_assert_cmpstr (bt_storage_get_path (fixture->storage, 0), ==, "other/name");
  g_assert_false (exists (fixture, "."));
  fixture_write_all (fixture);
  g_assert_true (exists (fixture, "other/name"));
  g_assert_false (exists (fixture, "torrent"));
  rename_to (fixture, 0, "torrent", &answers);
  g_assert_no_error (answers.error);
  g_assert_false (exists (fixture, "other"));
  fixture_assert_files (fixture);
}

/* Folders that were made for it go, too. */
static void
test_rename_fault (void)
{
  Fault fault = { CALL_RENAME, 1, 1, EIO };
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };

  fixture_write_all (fixture);
  faults_set (fixture->disk, &fault);
  rename_to (fixture, 1, "x/y/z", &answers);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
  g_assert_cmpstr (bt_storage_get_path (fixture->storage, 1), ==, "torrent/d/b");
  g_assert_false (exists (fixture, "x"));
  fixture_assert_files (fixture);
  rename_to (fixture, 1, "x/y/z", &answers);
  g_assert_no_error (answers.error);
  assert_content (fixture, "x/y/z", FALSE);
  assert_all_good (fixture);
}

/* --- Order --- */

typedef enum
{
  DO_COMPLETE,
  DO_RENAME,
  DO_WANT,
  DO_HOLD,
  DO_STAT,
  N_EXCLUSIVE,
} Exclusive;

static void
begin (Fixture   *fixture,
       Exclusive  what,
       Answers   *answers)
{
  BtBitfield wanted;

  switch (what)
    {
    case DO_COMPLETE:
      bt_storage_complete_file (fixture->storage, 0, done_cb, answers);
      break;
    case DO_RENAME:
      bt_storage_rename_file (fixture->storage, 0, "torrent/d/a2", done_cb, answers);
      break;
    case DO_WANT:
      bt_bitfield_init (&wanted, fixture->n_files);
      bt_bitfield_set (&wanted, 2);
      bt_storage_change_wanted (fixture->storage, &wanted, done_cb, answers);
      bt_bitfield_clear (&wanted);
      break;
    case DO_HOLD:
      bt_storage_hold (fixture->storage, done_cb, answers);
      break;
    case DO_STAT:
      bt_storage_stat (fixture->storage, stamps_cb, answers);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
iterate (Fixture *fixture)
{
  while (g_main_context_iteration (fixture->context, FALSE))
    ;
}

static void
end (Fixture   *fixture,
     Exclusive  what,
     Answers   *answers)
{
  fixture_wait (fixture, answers, 1);
  g_assert_no_error (answers->error);
  if (what == DO_HOLD)
    bt_storage_release (fixture->storage, NULL, 0);
}

/* Writes and reads are under way; it waits for them, and reads and writes that come then wait for it. */
static void
test_waits (gconstpointer data)
{
  Exclusive what = GPOINTER_TO_UINT (data);
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, 0);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  guint8 **again = fixture_dup_slots (fixture, 0);
  guint8 *spilled = again[1];
  g_auto (Answers) before = { 0 };
  g_auto (Answers) changed = { 0 };
  g_auto (Answers) after = { 0 };
  guint n_written;

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  g_assert_true (bt_storage_try_read (fixture->storage, &span, slots));
  faults_set (fixture->disk, NULL);
  faults_hold (CALL_PWRITEV);
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &before);
  bt_storage_check_piece (fixture->storage, 1, piece_cb, &before);
  while (faults_get_n_calls (CALL_PWRITEV) == 0)
    g_main_context_iteration (fixture->context, FALSE);
  begin (fixture, what, &changed);
  g_assert_false (bt_storage_try_read (fixture->storage, &span, again));

  /* A piece that waits for its spill, both behind the fence. */
  span = bt_geometry_get_block (fixture->geometry, 0, 1);
  bt_storage_spill (fixture->storage, &span, spilled, done_cb, &after);
  again[1] = NULL;
  bt_storage_finish_piece (fixture->storage, 0, again, FALSE, piece_cb, &after);
  bt_storage_check_piece (fixture->storage, 2, piece_cb, &after);
  bt_storage_sync (fixture->storage, done_cb, &after);
  fixture_wait (fixture, &before, 1);
  iterate (fixture);
  g_assert_cmpuint (changed.n_answers, ==, 0);
  g_assert_cmpuint (after.n_answers, ==, 0);
  g_assert_cmpuint (faults_get_n_calls (CALL_PWRITEV), ==, 1);
  g_assert_cmpuint (faults_get_n_calls (CALL_FSYNC), ==, 0);
  g_assert_cmpuint (bt_storage_get_n_pending (fixture->storage), ==, 6);

  faults_release ();
  while (changed.n_answers == 0)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_cmpuint (before.n_answers, ==, 2);
  g_assert_cmpuint (before.n_verdicts[BT_PIECE_GOOD], ==, 2);
  g_assert_cmpuint (after.n_answers, ==, 0);
  n_written = faults_get_n_calls (CALL_PWRITEV);
  if (what == DO_HOLD)
    {
      iterate (fixture);
      g_assert_cmpuint (faults_get_n_calls (CALL_PWRITEV), ==, n_written);
      g_assert_false (bt_storage_try_read (fixture->storage, &span, slots));
    }
  end (fixture, what, &changed);
  fixture_wait (fixture, &after, 4);
  g_assert_cmpuint (after.n_verdicts[BT_PIECE_GOOD], ==, 2);
  g_assert_true (bt_storage_try_read (fixture->storage, &span, slots));
  assert_all_good (fixture);
  again[1] = spilled;
  fixture_free_slots (slots);
  fixture_free_slots (again);
}

/* One behind the other, each with a write between them that waits for the next spill's piece. */
static void
test_many_fences (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, 0);
  g_auto (Answers) changed = { 0 };
  g_auto (Answers) pieces = { 0 };
  g_auto (Answers) spills = { 0 };

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  faults_set (fixture->disk, NULL);
  faults_hold (CALL_PWRITEV);
  bt_storage_spill (fixture->storage, &span, slots[0], done_cb, &spills);
  faults_wait_held (1);
  for (guint i = 0; i < 20; i++)
    {
      begin (fixture, i == 10 ? DO_COMPLETE : (i % 2 == 0 ? DO_STAT : DO_WANT), &changed);
      bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &pieces);
      begin (fixture, DO_RENAME, &changed);
      bt_storage_spill (fixture->storage, &span, slots[0], done_cb, &spills);
    }
  faults_release ();
  fixture_wait (fixture, &changed, 40);
  fixture_wait (fixture, &spills, 21);
  g_assert_cmpuint (pieces.n_verdicts[BT_PIECE_GOOD], ==, 20);
  g_assert_no_error (changed.error);
  g_assert_true (exists (fixture, "torrent/d/a2"));
  assert_all_good (fixture);
  fixture_free_slots (slots);
}

/* The disk is full, the next try an hour away: a change waits for that, and hurries nobody; closing does. */
static void
test_parked (void)
{
  static const gint64 delays_us[BT_DISK_N_RETRIES] = { HOUR_US, HOUR_US, HOUR_US };
  Fault fault = { CALL_PWRITEV, 1, FAULT_FOREVER, ENOSPC };
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_NONE, NULL);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_auto (Answers) pieces = { 0 };
  g_auto (Answers) changed = { 0 };
  g_auto (Answers) closed = { 0 };
  BtDiskStats stats = { 0 };

  bt_disk_set_retry_delays (fixture->disk, delays_us);
  faults_set (fixture->disk, &fault);
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &pieces);
  while (stats.n_parked == 0)
    {
      g_main_context_iteration (fixture->context, FALSE);
      bt_disk_get_stats (fixture->disk, &stats);
    }
  begin (fixture, DO_RENAME, &changed);
  iterate (fixture);
  g_assert_cmpuint (changed.n_answers + pieces.n_answers, ==, 0);
  bt_storage_close_async (fixture->storage, TRUE, done_cb, &closed);
  fixture_wait (fixture, &closed, 1);
  g_assert_error (pieces.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE);
  g_assert_cmpuint (changed.n_answers, ==, 1);
  g_assert_no_error (changed.error);
  fixture_free_slots (slots);
}

/* Freed while one runs, another waits, and calls wait behind both: no callback comes. `data`: which. */
static void
test_free_early (gconstpointer data)
{
  Exclusive what = GPOINTER_TO_UINT (data);
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_auto (Answers) answers = { 0 };

  bt_storage_set_use_suffix (fixture->storage, TRUE);
  fixture_write_all (fixture);
  faults_set (fixture->disk, NULL);
  if (what == DO_STAT || what == DO_RENAME || what == DO_COMPLETE)
    faults_hold (CALL_STAT);
  begin (fixture, what, &answers);
  if (what == DO_STAT || what == DO_RENAME || what == DO_COMPLETE)
    faults_wait_held (1);
  begin (fixture, DO_STAT, &answers);
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &answers);
  bt_storage_close_async (fixture->storage, FALSE, done_cb, &answers);
  g_clear_pointer (&fixture->storage, bt_storage_free);
  faults_release ();
  g_clear_pointer (&fixture->disk, bt_disk_free);
  g_assert_cmpuint (answers.n_answers, ==, 0);
  fixture_free_slots (slots);
}

static void
test_free_held (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_auto (Answers) answers = { 0 };
  g_auto (Answers) none = { 0 };

  begin (fixture, DO_HOLD, &answers);
  fixture_wait (fixture, &answers, 1);
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &none);
  bt_storage_close_async (fixture->storage, FALSE, done_cb, &none);
  g_clear_pointer (&fixture->storage, bt_storage_free);
  g_clear_pointer (&fixture->disk, bt_disk_free);
  g_assert_cmpuint (none.n_answers, ==, 0);
  g_assert_false (exists (fixture, "."));
  fixture_free_slots (slots);
}

/* --- Giving the files to others --- */

static void
test_hold_moves (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_autofree char *new_root = g_build_filename (fixture->folder, "elsewhere", NULL);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_auto (Answers) answers = { 0 };
  g_auto (Answers) pieces = { 0 };
  g_auto (Answers) closed = { 0 };
  BtDiskStats stats;

  fixture_write_all (fixture);
  begin (fixture, DO_HOLD, &answers);
  fixture_wait (fixture, &answers, 1);
  bt_disk_get_stats (fixture->disk, &stats);
  g_assert_cmpuint (stats.n_open_files, ==, 0);
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &pieces);
  /* Closing waits for the release, like everything. */
  bt_storage_close_async (fixture->storage, FALSE, done_cb, &closed);
  g_assert_cmpint (g_rename (fixture->root, new_root), ==, 0);
  iterate (fixture);
  g_assert_cmpuint (pieces.n_answers + closed.n_answers, ==, 0);
  bt_storage_release (fixture->storage, new_root, 0);
  fixture_wait (fixture, &closed, 1);
  g_assert_cmpint (pieces.verdict, ==, BT_PIECE_GOOD);
  g_assert_false (exists (fixture, "."));
  g_assert_no_error (pieces.error);

  g_free (g_steal_pointer (&fixture->root));
  fixture->root = g_steal_pointer (&new_root);
  fixture_assert_files (fixture);
  assert_all_good (fixture);
  fixture_free_slots (slots);
}

/* The new root lies on another device: nothing is written there. */
static void
test_hold_device (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_autofree char *new_root = g_build_filename (fixture->folder, "elsewhere", NULL);
  g_auto (Answers) answers = { 0 };

  fixture_write_all (fixture);
  begin (fixture, DO_HOLD, &answers);
  fixture_wait (fixture, &answers, 1);
  bt_storage_release (fixture->storage, new_root, 1);
  answers_clear (&answers);
  fixture_write_piece (fixture, 0, &answers);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_GONE);
  g_assert_false (g_file_test (new_root, G_FILE_TEST_EXISTS));

  begin (fixture, DO_HOLD, &answers);
  fixture_wait (fixture, &answers, 2);
  bt_storage_release (fixture->storage, fixture->root, 0);
  assert_all_good (fixture);
}

int
main (int    argc,
      char **argv)
{
  static const char *const exclusive[] = { "complete", "rename", "want", "hold", "stat" };

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/storage/change/complete", test_complete);
  g_test_add_func ("/storage/change/complete-unknown", test_complete_unknown);
  g_test_add_func ("/storage/change/complete-in-the-way", test_complete_in_the_way);
  for (guint i = 0; i < G_N_ELEMENTS (complete_faults); i++)
    {
      g_autofree char *path = g_strconcat ("/storage/change/complete-fault/",
                                           complete_faults[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_complete_fault);
    }
  for (guint i = 0; i < G_N_ELEMENTS (renames); i++)
    {
      g_autofree char *path = g_strconcat ("/storage/change/rename/", renames[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_rename);
    }
  g_test_add_func ("/storage/change/rename-missing", test_rename_missing);
  g_test_add_func ("/storage/change/rename-fault", test_rename_fault);
  for (guint i = 0; i < N_EXCLUSIVE; i++)
    {
      g_autofree char *waits = g_strconcat ("/storage/change/waits/", exclusive[i], NULL);
      g_autofree char *freed = g_strconcat ("/storage/change/free-early/", exclusive[i], NULL);

      g_test_add_data_func (waits, GUINT_TO_POINTER (i), test_waits);
      g_test_add_data_func (freed, GUINT_TO_POINTER (i), test_free_early);
    }
  g_test_add_func ("/storage/change/many-fences", test_many_fences);
  g_test_add_func ("/storage/change/parked", test_parked);
  g_test_add_func ("/storage/change/free-held", test_free_held);
  g_test_add_func ("/storage/change/hold-moves", test_hold_moves);
  g_test_add_func ("/storage/change/hold-device", test_hold_device);
  return g_test_run ();
}
