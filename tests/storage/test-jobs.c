/* test-jobs.c - order, fairness, limits and ends of what the workers do
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "faults.h"
#include "fixture.h"

#include "base/bt-random.h"

#include <errno.h>
#include <string.h>

#define HOUR_US G_GINT64_CONSTANT (3600000000)

/* A block on its way to disk; the piece that waits for it cannot be judged before. */
static void
test_spill_then_finish (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=65536", 65536, BT_PREALLOCATE_NONE, NULL);
  BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, 1);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  guint8 *spilled = slots[1];
  g_auto (Answers) spills = { 0 };
  g_auto (Answers) pieces = { 0 };
  g_auto (Answers) checks = { 0 };

  faults_set (fixture->disk, NULL);
  faults_hold (CALL_PWRITEV);
  bt_storage_spill (fixture->storage, &span, spilled, done_cb, &spills);
  slots[1] = NULL;
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &pieces);
  bt_storage_check_piece (fixture->storage, 0, piece_cb, &checks);
  g_assert_false (bt_storage_try_read (fixture->storage, &span, &spilled));
  faults_wait_held (1);
  while (g_main_context_iteration (fixture->context, FALSE))
    g_assert_cmpuint (pieces.n_answers + checks.n_answers, ==, 0);
  g_assert_cmpuint (faults_get_n_calls (CALL_PREADV), ==, 0);
  g_assert_cmpuint (bt_storage_get_n_pending (fixture->storage), ==, 3);

  faults_release ();
  fixture_wait (fixture, &pieces, 1);
  g_assert_cmpuint (spills.n_answers, ==, 1);
  g_assert_no_error (pieces.error);
  g_assert_cmpint (pieces.verdict, ==, BT_PIECE_GOOD);
  /* Good or bad, as it came before or after the piece. */
  fixture_wait (fixture, &checks, 1);
  g_assert_cmpint (checks.verdict, !=, BT_PIECE_FAILED);
  slots[1] = spilled;
  for (guint i = 0; i < 4; i++)
    g_free (slots[i]);
  g_free (slots);
}

/* A block that did not get there makes its piece fail; nobody is to blame for it. */
static void
test_spill_fails (void)
{
  Fault fault = { CALL_PWRITEV, 1, 1, EIO };
  g_autoptr (Fixture) fixture = fixture_new ("a=65536", 65536, BT_PREALLOCATE_SPARSE, NULL);
  BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, 0);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  guint8 *spilled = slots[0];
  g_auto (Answers) spills = { 0 };
  g_auto (Answers) pieces = { 0 };

  faults_set (fixture->disk, &fault);
  bt_storage_spill (fixture->storage, &span, spilled, done_cb, &spills);
  slots[0] = NULL;
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &pieces);
  fixture_wait (fixture, &pieces, 1);
  g_assert_error (spills.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
  g_assert_cmpint (pieces.verdict, ==, BT_PIECE_FAILED);
  g_assert_error (pieces.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);

  slots[0] = spilled;
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &pieces);
  fixture_wait (fixture, &pieces, 2);
  g_assert_cmpint (pieces.verdict, ==, BT_PIECE_GOOD);
  fixture_free_slots (slots);
}

/* `data`: how long a worker may go on; with nothing, each takes one job and is followed by another. */
static void
test_tiny_pieces (gconstpointer data)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=100000 b=100001", 50, BT_PREALLOCATE_SPARSE, NULL);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) fixture_free_slots);
  g_auto (Answers) answers = { 0 };
  BtDiskStats stats;

  bt_disk_set_turn_us (fixture->disk, GPOINTER_TO_INT (data));
  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    {
      guint8 **slots = fixture_dup_slots (fixture, piece);

      bt_storage_finish_piece (fixture->storage, piece, slots, FALSE, piece_cb, &answers);
      g_ptr_array_add (all, slots);
    }
  fixture_wait (fixture, &answers, fixture->geometry->n_pieces);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, 4001);
  fixture_assert_files (fixture);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, 4001);

  bt_disk_get_stats (fixture->disk, &stats);
  g_assert_cmpuint (stats.n_written_bytes, ==, 200001);
  g_assert_cmpuint (stats.n_read_bytes, ==, 200001);
  g_assert_cmpuint (stats.n_hashed_bytes, ==, 400002);
  g_assert_cmpuint (stats.n_queued, ==, 0);
  g_assert_cmpuint (stats.n_running, ==, 0);
}

static void
test_close_with_pending (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=2000000", 32768, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) pieces = { 0 };
  g_auto (Answers) closed = { 0 };
  guint8 **slots = fixture_dup_slots (fixture, 3);
  BtDiskStats stats;

  fixture_write_all (fixture);
  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    bt_storage_check_piece (fixture->storage, piece, piece_cb, &pieces);
  bt_storage_finish_piece (fixture->storage, 3, slots, FALSE, piece_cb, &pieces);
  bt_storage_close_async (fixture->storage, TRUE, done_cb, &closed);
  g_assert_cmpuint (closed.n_answers, ==, 0);
  fixture_wait (fixture, &closed, 1);
  g_assert_no_error (closed.error);
  g_assert_cmpuint (pieces.n_answers, ==, fixture->geometry->n_pieces + 1);
  g_assert_cmpuint (pieces.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces + 1);
  g_assert_cmpuint (bt_storage_get_n_pending (fixture->storage), ==, 0);
  bt_disk_get_stats (fixture->disk, &stats);
  g_assert_cmpuint (stats.n_open_files, ==, 0);

  /* It can go on. */
  fixture_check_all (fixture, &pieces);
  g_assert_cmpuint (pieces.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
  fixture_free_slots (slots);
}

/* The disk is full, the next try an hour away, and somebody wants to stop. */
static void
test_close_hurries (void)
{
  static const gint64 delays_us[BT_DISK_N_RETRIES] = { HOUR_US, HOUR_US, HOUR_US };
  Fault fault = { CALL_PWRITEV, 1, FAULT_FOREVER, ENOSPC };
  g_autoptr (Fixture) fixture = fixture_new ("a=65536", 65536, BT_PREALLOCATE_NONE, NULL);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_auto (Answers) pieces = { 0 };
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
  g_assert_cmpuint (pieces.n_answers, ==, 0);
  bt_storage_close_async (fixture->storage, FALSE, done_cb, &closed);
  fixture_wait (fixture, &closed, 1);
  g_assert_cmpint (pieces.verdict, ==, BT_PIECE_FAILED);
  g_assert_error (pieces.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE);
  fixture_free_slots (slots);
}

/* Freed with jobs in every state: no callback comes. */
static void
test_free_early (void)
{
  BtDiskConfig config = { .max_file_workers = 1, .max_piece_workers = 1 };
  g_autoptr (Fixture) fixture = fixture_new ("a=1000000", 16384, BT_PREALLOCATE_SPARSE, &config);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, 0);
  g_auto (Answers) answers = { 0 };

  fixture_write_all (fixture);
  faults_set (fixture->disk, NULL);
  faults_hold (CALL_PWRITEV);
  bt_storage_spill (fixture->storage, &span, slots[0], done_cb, &answers);
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &answers);
  for (guint32 piece = 1; piece < fixture->geometry->n_pieces; piece++)
    bt_storage_check_piece (fixture->storage, piece, piece_cb, &answers);
  faults_wait_held (1);
  g_clear_pointer (&fixture->storage, bt_storage_free);
  faults_release ();
  /* What is left ends here. */
  g_clear_pointer (&fixture->disk, bt_disk_free);
  g_assert_cmpuint (answers.n_answers, ==, 0);
  fixture_free_slots (slots);
}

typedef struct
{
  GString *order;
  char     kind;
} Mark;

static void
mark_cb (BtStorage    *storage,
         const GError *error,
         gpointer      user_data)
{
  Mark *mark = user_data;

  g_assert_no_error (error);
  g_string_append_c (mark->order, mark->kind);
}

/* Reads overtake writes, eight in a row; then a write has its turn. */
static void
test_fairness (void)
{
  BtDiskConfig config = { .max_file_workers = 1, .max_piece_workers = 1 };
  g_autoptr (Fixture) fixture = fixture_new ("a=1000000", 262144, BT_PREALLOCATE_SPARSE, &config);
  guint8 **slots = fixture_dup_slots (fixture, 0);
  g_autoptr (GString) order = g_string_new (NULL);
  Mark first = { order, '.' };
  Mark write = { order, 'w' };
  Mark read = { order, 'r' };
  BtBlockSpan span = bt_geometry_get_block (fixture->geometry, 0, 0);
  BtBlockSpan other = bt_geometry_get_block (fixture->geometry, 1, 0);
  g_autofree guint8 *slot = g_malloc (BT_BLOCK_BYTES);

  fixture_write_all (fixture);
  faults_set (fixture->disk, NULL);
  faults_hold (CALL_PWRITEV);
  bt_storage_spill (fixture->storage, &span, slots[0], mark_cb, &first);
  faults_wait_held (1);
  for (guint i = 1; i <= 3; i++)
    {
      span = bt_geometry_get_block (fixture->geometry, 0, i);
      bt_storage_spill (fixture->storage, &span, slots[i], mark_cb, &write);
    }
  for (guint i = 0; i < 20; i++)
    bt_storage_read (fixture->storage, &other, &slot, mark_cb, &read);
  faults_release ();
  while (order->len < 24)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_cmpstr (order->str, ==, ".rrrrrrrrwrrrrrrrrwrrrrw");
  fixture_free_slots (slots);
}

/* Never more at once than was allowed, but that many. */
static void
test_limits (void)
{
  BtDiskConfig config = { .max_file_workers = 3, .max_piece_workers = 2 };
  g_autoptr (Fixture) fixture = fixture_new ("a=491520 b=491520 c=491520 d=491520 e=34000", 16384,
                                             BT_PREALLOCATE_SPARSE, &config);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) fixture_free_slots);
  g_auto (Answers) answers = { 0 };
  BtDiskStats stats;

  faults_set (fixture->disk, NULL);
  faults_hold (CALL_PWRITEV);
  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    {
      guint8 **slots = fixture_dup_slots (fixture, piece);

      bt_storage_finish_piece (fixture->storage, piece, slots, FALSE, piece_cb, &answers);
      g_ptr_array_add (all, slots);
    }
  /* Threads that are wanted while others run are started by the context. */
  while (faults_get_n_calls (CALL_PWRITEV) < 3)
    g_main_context_iteration (fixture->context, FALSE);
  bt_disk_get_stats (fixture->disk, &stats);
  g_assert_cmpuint (stats.n_running, >=, 3);
  faults_release ();
  fixture_wait (fixture, &answers, fixture->geometry->n_pieces);
  g_assert_cmpuint (faults_get_max_parallel (CALL_PWRITEV), ==, 3);

  faults_set (fixture->disk, NULL);
  faults_hold (CALL_PREADV);
  answers_clear (&answers);
  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    bt_storage_check_piece (fixture->storage, piece, piece_cb, &answers);
  while (faults_get_n_calls (CALL_PREADV) < 2)
    g_main_context_iteration (fixture->context, FALSE);
  faults_release ();
  fixture_wait (fixture, &answers, fixture->geometry->n_pieces);
  g_assert_cmpuint (faults_get_max_parallel (CALL_PREADV), ==, 2);
}

/* One file has one writer at a time, however many workers there are. */
static void
test_one_writer (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=2000000", 16384, BT_PREALLOCATE_SPARSE, NULL);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) fixture_free_slots);
  g_auto (Answers) answers = { 0 };

  faults_set (fixture->disk, NULL);
  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    {
      guint8 **slots = fixture_dup_slots (fixture, piece);

      bt_storage_finish_piece (fixture->storage, piece, slots, FALSE, piece_cb, &answers);
      g_ptr_array_add (all, slots);
    }
  fixture_wait (fixture, &answers, fixture->geometry->n_pieces);
  g_assert_cmpuint (faults_get_n_calls (CALL_PWRITEV), >=, fixture->geometry->n_pieces);
  g_assert_cmpuint (faults_get_max_parallel (CALL_PWRITEV), ==, 1);
}

#define N_STORAGES 4

typedef struct
{
  Fixture   *fixture;  /* whose disk it is */
  BtStorage *storage;
  guint8   **slots;    /* of one piece, while it is lent */
  guint32    piece;
  guint      n_left;
} Actor;

static void act (Actor *actor);

static void
actor_piece_cb (BtStorage      *storage,
                guint32         piece,
                BtPieceVerdict  verdict,
                const guint8   *digests,
                const GError   *error,
                gpointer        user_data)
{
  Actor *actor = user_data;

  g_assert_cmpint (verdict, ==, BT_PIECE_GOOD);
  g_clear_pointer (&actor->slots, fixture_free_slots);
  act (actor);
}

static void
actor_done_cb (BtStorage    *storage,
               const GError *error,
               gpointer      user_data)
{
  Actor *actor = user_data;

  g_assert_no_error (error);
  g_clear_pointer (&actor->slots, fixture_free_slots);
  act (actor);
}

static void
act (Actor *actor)
{
  const BtGeometry *geometry = actor->fixture->geometry;
  BtBlockSpan span;

  if (actor->n_left-- == 0)
    return;
  actor->piece = (actor->piece + 1) % geometry->n_pieces;
  actor->slots = fixture_dup_slots (actor->fixture, actor->piece);
  span = (BtBlockSpan) { actor->piece, 0, bt_geometry_get_piece_bytes (geometry, actor->piece) };
  if (actor->n_left % 4 == 0)
    bt_storage_check_piece (actor->storage, actor->piece, actor_piece_cb, actor);
  else if (actor->n_left % 4 == 1)
    bt_storage_read (actor->storage, &span, actor->slots, actor_done_cb, actor);
  else if (actor->n_left % 16 == 2)
    bt_storage_sync (actor->storage, actor_done_cb, actor);
  else
    bt_storage_finish_piece (actor->storage, actor->piece, actor->slots, TRUE, actor_piece_cb,
                             actor);
}

/* Many calls of many storages at once, with few open files: for the sanitizers. */
static void
test_crowd (void)
{
  BtDiskConfig config = { .max_open_files = 8 };
  g_autoptr (Fixture) fixture =
    fixture_new ("a=5000 b=70000 c=1 d/e=90000 f=33333", 32768, BT_PREALLOCATE_SPARSE, &config);
  Actor actors[N_STORAGES * 4] = { 0 };
  BtStorage *storages[N_STORAGES];
  g_auto (Answers) answers = { 0 };
  gboolean is_busy = TRUE;

  fixture_write_all (fixture);
  for (guint i = 0; i < N_STORAGES; i++)
    storages[i] = bt_storage_new (fixture->disk, fixture->metainfo, fixture->root,
                                  BT_PREALLOCATE_SPARSE);
  for (guint i = 0; i < G_N_ELEMENTS (actors); i++)
    {
      actors[i] = (Actor) { fixture, storages[i % N_STORAGES], NULL, i, 100 };
      act (&actors[i]);
    }
  while (is_busy)
    {
      g_main_context_iteration (fixture->context, TRUE);
      is_busy = FALSE;
      for (guint i = 0; i < N_STORAGES; i++)
        is_busy |= bt_storage_get_n_pending (storages[i]) > 0;
    }
  for (guint i = 0; i < N_STORAGES; i++)
    bt_storage_close_async (storages[i], FALSE, done_cb, &answers);
  fixture_wait (fixture, &answers, N_STORAGES);
  for (guint i = 0; i < N_STORAGES; i++)
    bt_storage_free (storages[i]);
  fixture_assert_files (fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/storage/jobs/spill-then-finish", test_spill_then_finish);
  g_test_add_func ("/storage/jobs/spill-fails", test_spill_fails);
  g_test_add_data_func ("/storage/jobs/tiny-pieces", GINT_TO_POINTER (100000), test_tiny_pieces);
  g_test_add_data_func ("/storage/jobs/short-turns", GINT_TO_POINTER (0), test_tiny_pieces);
  g_test_add_func ("/storage/jobs/close-with-pending", test_close_with_pending);
  g_test_add_func ("/storage/jobs/close-hurries", test_close_hurries);
  g_test_add_func ("/storage/jobs/free-early", test_free_early);
  g_test_add_func ("/storage/jobs/fairness", test_fairness);
  g_test_add_func ("/storage/jobs/limits", test_limits);
  g_test_add_func ("/storage/jobs/one-writer", test_one_writer);
  g_test_add_func ("/storage/jobs/crowd", test_crowd);
  return g_test_run ();
}
