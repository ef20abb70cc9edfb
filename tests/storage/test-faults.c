/* test-faults.c - every kind of fault at every kind of call: tried again, or said in words
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
#define DONE -1
#define EVER FAULT_FOREVER
#define CODE(name) BT_STORAGE_ERROR_##name

typedef enum
{
  DO_FINISH,
  DO_SPILL,
  DO_READ,
  DO_CHECK,
  DO_PREPARE,
  DO_PREPARE_FULL,
  DO_SYNC,
} What;

typedef struct
{
  const char *name;
  What        what;
  Fault       fault;
  int         code;     /* BtStorageError, or DONE */
  guint       n_calls;  /* of the faulty kind, altogether; 0: any */
} Case;

static const Case cases[] = {
  { "finish/no-space-once", DO_FINISH, { CALL_PWRITEV, 1, 1, ENOSPC }, DONE, 4 },
  { "finish/no-space-thrice", DO_FINISH, { CALL_PWRITEV, 2, 3, ENOSPC }, DONE, 7 },
  { "finish/no-space", DO_FINISH, { CALL_PWRITEV, 1, EVER, ENOSPC }, CODE (NO_SPACE), 4 },
  { "finish/quota", DO_FINISH, { CALL_PWRITEV, 3, EVER, EDQUOT }, CODE (NO_SPACE), 6 },
  { "finish/again", DO_FINISH, { CALL_PWRITEV, 1, 2, EAGAIN }, DONE, 5 },
  { "finish/interrupted", DO_FINISH, { CALL_PWRITEV, 1, 5, EINTR }, DONE, 8 },
  { "finish/short", DO_FINISH, { CALL_PWRITEV, 1, EVER, FAULT_SHORT }, DONE, 0 },
  { "finish/nothing", DO_FINISH, { CALL_PWRITEV, 1, 1, FAULT_NOTHING }, CODE (FAILED), 1 },
  { "finish/io", DO_FINISH, { CALL_PWRITEV, 2, 1, EIO }, CODE (FAILED), 2 },
  { "finish/read-only", DO_FINISH, { CALL_OPEN, 1, EVER, EROFS }, CODE (READ_ONLY), 1 },
  { "finish/permission", DO_FINISH, { CALL_OPEN, 1, EVER, EACCES }, CODE (PERMISSION), 1 },
  { "finish/open-interrupted", DO_FINISH, { CALL_OPEN, 1, 3, EINTR }, DONE, 0 },
  { "finish/open-no-space", DO_FINISH, { CALL_OPEN, 2, 1, ENOSPC }, DONE, 0 },
  { "finish/too-many-open", DO_FINISH, { CALL_OPEN, 1, EVER, EMFILE }, CODE (FAILED), 1 },
  { "spill/no-space-once", DO_SPILL, { CALL_PWRITEV, 1, 1, ENOSPC }, DONE, 2 },
  { "spill/no-space", DO_SPILL, { CALL_PWRITEV, 1, EVER, ENOSPC }, CODE (NO_SPACE), 4 },
  { "spill/io", DO_SPILL, { CALL_PWRITEV, 1, 1, EIO }, CODE (FAILED), 1 },
  { "read/io", DO_READ, { CALL_PREADV, 1, 1, EIO }, CODE (FAILED), 1 },
  { "read/interrupted", DO_READ, { CALL_PREADV, 1, 4, EINTR }, DONE, 7 },
  { "read/again", DO_READ, { CALL_PREADV, 1, 1, EAGAIN }, DONE, 4 },
  { "read/short", DO_READ, { CALL_PREADV, 1, EVER, FAULT_SHORT }, DONE, 0 },
  { "read/end", DO_READ, { CALL_PREADV, 2, 1, FAULT_NOTHING }, CODE (TRUNCATED), 2 },
  { "read/gone", DO_READ, { CALL_OPEN, 1, 1, ENOENT }, CODE (NOT_FOUND), 1 },
  { "read/link", DO_READ, { CALL_OPEN, 1, 1, ELOOP }, CODE (UNSAFE), 1 },
  { "check/io", DO_CHECK, { CALL_PREADV, 2, 1, EIO }, CODE (FAILED), 2 },
  { "check/interrupted", DO_CHECK, { CALL_PREADV, 1, 4, EINTR }, DONE, 7 },
  { "check/short", DO_CHECK, { CALL_PREADV, 1, EVER, FAULT_SHORT }, DONE, 0 },
  { "check/permission", DO_CHECK, { CALL_OPEN, 1, EVER, EACCES }, CODE (PERMISSION), 0 },
  { "prepare/no-space-once", DO_PREPARE, { CALL_FTRUNCATE, 2, 1, ENOSPC }, DONE, 4 },
  { "prepare/no-space", DO_PREPARE, { CALL_FTRUNCATE, 2, EVER, ENOSPC }, CODE (NO_SPACE), 5 },
  { "prepare/interrupted", DO_PREPARE, { CALL_FTRUNCATE, 1, 2, EINTR }, DONE, 5 },
  { "prepare/too-large", DO_PREPARE, { CALL_FTRUNCATE, 1, 1, EFBIG }, CODE (FAILED), 1 },
  { "full/unsupported", DO_PREPARE_FULL, { CALL_FALLOCATE, 1, EVER, EOPNOTSUPP }, DONE, 3 },
  { "full/no-space", DO_PREPARE_FULL, { CALL_FALLOCATE, 1, EVER, ENOSPC }, CODE (NO_SPACE), 4 },
  { "full/interrupted", DO_PREPARE_FULL, { CALL_FALLOCATE, 1, 2, EINTR }, DONE, 5 },
  { "sync/io", DO_SYNC, { CALL_FSYNC, 2, 1, EIO }, CODE (FAILED), 2 },
  { "sync/no-space", DO_SYNC, { CALL_FSYNC, 2, 1, ENOSPC }, CODE (NO_SPACE), 2 },
  { "sync/read-only", DO_SYNC, { CALL_FSYNC, 1, 1, EROFS }, CODE (READ_ONLY), 1 },
  { "sync/interrupted", DO_SYNC, { CALL_FSYNC, 1, 1, EINTR }, DONE, 0 },
  { "sync/unsupported", DO_SYNC, { CALL_FSYNC, 1, EVER, EINVAL }, DONE, 6 },
};

static void
assert_read (Fixture *fixture,
             guint8 **slots)
{
  guint8 **expected = fixture_dup_slots (fixture, 0);

  for (guint32 i = 0; i < bt_geometry_get_n_blocks (fixture->geometry, 0); i++)
    {
      BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, i);

      g_assert_cmpmem (slots[i], span.length, expected[i], span.length);
    }
  fixture_free_slots (expected);
}

/* One piece, and whatever the call needs to be there. */
static void
make_ready (Fixture *fixture,
            What     what)
{
  if (what == DO_READ || what == DO_CHECK || what == DO_SYNC)
    fixture_write_all (fixture);
  /* No file is open, none is to be synced. */
  if (what == DO_READ || what == DO_CHECK)
    fixture_reopen (fixture, BT_PREALLOCATE_NONE);
}

static void
act (Fixture *fixture,
     What     what,
     guint8 **slots,
     Answers *answers)
{
  BtBlockSpan block = bt_geometry_get_block (fixture->geometry, 0, 1);
  BtBlockSpan all = { 0, 0, bt_geometry_get_piece_bytes (fixture->geometry, 0) };

  switch (what)
    {
    case DO_FINISH:
      bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, answers);
      break;
    case DO_SPILL:
      bt_storage_spill (fixture->storage, &block, slots[1], done_cb, answers);
      break;
    case DO_READ:
      for (guint i = 0; slots[i] != NULL; i++)
        memset (slots[i], 0, BT_BLOCK_BYTES);
      bt_storage_read (fixture->storage, &all, slots, done_cb, answers);
      break;
    case DO_CHECK:
      bt_storage_check_piece (fixture->storage, 0, piece_cb, answers);
      break;
    case DO_PREPARE:
    case DO_PREPARE_FULL:
      bt_storage_prepare (fixture->storage, done_cb, answers);
      break;
    case DO_SYNC:
      bt_storage_sync (fixture->storage, done_cb, answers);
      break;
    default:
      g_assert_not_reached ();
    }
  fixture_wait (fixture, answers, 1);
}

static void
assert_done (Fixture *fixture,
             What     what,
             guint8 **slots)
{
  if (what == DO_FINISH)
    fixture_assert_files (fixture);
  if (what == DO_READ)
    assert_read (fixture, slots);
  for (guint32 i = 0; (what == DO_PREPARE || what == DO_PREPARE_FULL) && i < fixture->n_files; i++)
    {
      g_autofree char *path = fixture_get_path (fixture, i);
      GStatBuf info;

      g_assert_cmpint (g_stat (path, &info), ==, 0);
      g_assert_cmpuint ((guint64) info.st_size, ==, fixture->files[i].length);
    }
}

static void
test_case (gconstpointer data)
{
  static const gint64 soon[BT_DISK_N_RETRIES] = { 1, 2, 3 };
  const Case *c = data;
  g_autoptr (Fixture) fixture = NULL;
  g_auto (Answers) answers = { 0 };
  BtPreallocate preallocate = BT_PREALLOCATE_NONE;
  guint8 **slots;

  if (c->what == DO_PREPARE)
    preallocate = BT_PREALLOCATE_SPARSE;
  else if (c->what == DO_PREPARE_FULL)
    preallocate = BT_PREALLOCATE_FULL;
  fixture = fixture_new (LAYOUT, 131072, preallocate, NULL);
  bt_disk_set_retry_delays (fixture->disk, soon);
  make_ready (fixture, c->what);
  slots = fixture_dup_slots (fixture, 0);

  faults_set (fixture->disk, &c->fault);
  act (fixture, c->what, slots, &answers);
  if (c->n_calls > 0)
    g_assert_cmpuint (faults_get_n_calls (c->fault.call), ==, c->n_calls);
  if (c->code == DONE)
    {
      g_assert_no_error (answers.error);
      if (c->what == DO_FINISH || c->what == DO_CHECK)
        g_assert_cmpint (answers.verdict, ==, BT_PIECE_GOOD);
      assert_done (fixture, c->what, slots);
    }
  else
    {
      g_assert_error (answers.error, BT_STORAGE_ERROR, c->code);
      g_assert_nonnull (strstr (answers.error->message, "“torrent/"));
      if (c->what == DO_FINISH || c->what == DO_CHECK)
        g_assert_cmpint (answers.verdict, ==, BT_PIECE_FAILED);
    }

  /* When the fault is over, the same call succeeds; but what a sync that failed was about may be gone, and none is
   * tried again. */
  faults_set (fixture->disk, NULL);
  answers_clear (&answers);
  act (fixture, c->what, slots, &answers);
  if (c->what == DO_SYNC && c->code != DONE)
    g_assert_error (answers.error, BT_STORAGE_ERROR, c->code);
  else
    g_assert_no_error (answers.error);
  assert_done (fixture, c->what, slots);
  if (c->what == DO_SYNC)
    g_assert_cmpuint (faults_get_n_calls (CALL_FSYNC), ==, 0);
  fixture_free_slots (slots);
}

/* Data that is not there is no failure of a check. */
static void
test_missing (void)
{
  Fault fault = { CALL_OPEN, 1, FAULT_FOREVER, ENOENT };
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 131072, BT_PREALLOCATE_NONE, NULL);
  g_auto (Answers) answers = { 0 };

  faults_set (fixture->disk, &fault);
  bt_storage_check_piece (fixture->storage, 0, piece_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_cmpint (answers.verdict, ==, BT_PIECE_BAD);
  g_assert_error (answers.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NOT_FOUND);
}

static void
sync_and_count (Fixture *fixture,
                guint    n_expected)
{
  g_auto (Answers) answers = { 0 };

  faults_set (fixture->disk, NULL);
  bt_storage_sync (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_no_error (answers.error);
  g_assert_cmpuint (faults_get_n_calls (CALL_FSYNC), ==, n_expected);
}

/* Each file that was written, and the folders above new ones; nothing twice. */
static void
test_sync (void)
{
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };

  bt_storage_prepare (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  sync_and_count (fixture, 6);
  sync_and_count (fixture, 0);
  answers_clear (&answers);
  fixture_write_piece (fixture, 0, &answers);
  sync_and_count (fixture, 1);
  fixture_write_piece (fixture, 1, &answers);
  sync_and_count (fixture, 3);
  fixture_check_all (fixture, &answers);
  sync_and_count (fixture, 0);
}

/* One that comes while another is at a file does not end well before that one has. */
static void
test_sync_twice (void)
{
  static const Fault fault = { CALL_FSYNC, 1, 1, EIO };
  g_autoptr (Fixture) fixture = fixture_new (LAYOUT, 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) first = { 0 };
  g_auto (Answers) second = { 0 };

  fixture_write_all (fixture);
  faults_set (fixture->disk, &fault);
  bt_storage_sync (fixture->storage, done_cb, &first);
  bt_storage_sync (fixture->storage, done_cb, &second);
  fixture_wait (fixture, &first, 1);
  fixture_wait (fixture, &second, 1);
  g_assert_error (first.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
  g_assert_error (second.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
  g_assert_cmpuint (faults_get_n_calls (CALL_FSYNC), ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/storage/faults/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/storage/faults/check/missing", test_missing);
  g_test_add_func ("/storage/faults/sync", test_sync);
  g_test_add_func ("/storage/faults/sync-twice", test_sync_twice);
  return g_test_run ();
}
