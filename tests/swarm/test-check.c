/* test-check.c - checks that are interrupted, put off, and of torrents that run
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

#include "storage/bt-disk-private.h"
#include "storage/bt-file-pool-private.h"
#include "swarm/bt-swarm-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define PIECE_BYTES 16384u
#define N_PIECES    64u

static const TestFile one_file[] = {
  { "data.bin", PIECE_BYTES * N_PIECES },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *node;
  char       *path;
} Fixture;

/* It seeds. */
static Fixture
fixture_new (void)
{
  Fixture f = { .world = test_world_new () };

  f.metainfo = test_world_make_torrent (f.world, "data.bin", one_file, PIECE_BYTES, NULL);
  f.path = g_build_filename (f.world->folder, "data.bin", NULL);
  f.node = test_node_new (f.world, NULL);
  test_node_add (f.node, f.metainfo, f.world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_SEEDING));
  return f;
}

static void
fixture_clear (Fixture *f)
{
  test_node_free (f->node);
  test_world_pass (f->world, 60 * BT_SECOND_US);
  bt_metainfo_unref (f->metainfo);
  g_free (f->path);
  test_world_free (f->world);
}

static BtSwarmFacts
get_facts (TestNode *node)
{
  BtSwarmFacts facts;

  bt_swarm_get_facts (node->swarm, &facts);
  bt_swarm_facts_clear (&facts);
  return facts;
}

static void
stop (TestNode *node)
{
  bt_swarm_stop (node->swarm);
  g_assert_true (test_node_wait_state (node, BT_SWARM_STOPPED));
}

/* One byte of a piece, and nobody can see when. */
static void
damage_secretly (Fixture *f,
                 guint32  piece)
{
  struct stat info;
  struct timespec times[2];
  FILE *file;

  g_assert_cmpint (stat (f->path, &info), ==, 0);
  times[0] = info.st_atim;
  times[1] = info.st_mtim;
  file = g_fopen (f->path, "r+");
  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, piece * PIECE_BYTES, SEEK_SET), ==, 0);
  for (guint i = 0; i < 8; i++)
    putc (0, file);
  fclose (file);
  g_assert_cmpint (utimensat (AT_FDCWD, f->path, times, 0), ==, 0);
}

static gboolean
has_checked_some (gpointer user_data)
{
  return get_facts (user_data).checked_bytes > 0;
}

typedef enum
{
  THEN_START,
  THEN_VERIFY,
  THEN_START_ELSEWHERE,
} Then;

/* Stopped in the middle, it goes on there; what comes after is not believed before it is hashed. */
static void
test_interrupted (gconstpointer user_data)
{
  Then then = GPOINTER_TO_INT (user_data);
  Fixture f = fixture_new ();
  g_autoptr (BtResume) resume = NULL;
  guint64 checked_bytes;

  damage_secretly (&f, N_PIECES - 1);
  stop (f.node);
  bt_swarm_verify (f.node->swarm);
  g_assert_true (test_world_wait (f.world, has_checked_some, f.node));
  bt_swarm_stop (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_STOPPED));
  checked_bytes = get_facts (f.node).checked_bytes;
  g_assert_cmpuint (checked_bytes, <, one_file[0].length);
  resume = bt_swarm_dup_resume (f.node->swarm);
  g_assert_cmpuint (resume->next_check * PIECE_BYTES, ==, checked_bytes);
  g_assert_cmpuint (resume->have.n_set * PIECE_BYTES, ==, checked_bytes);

  if (then == THEN_START_ELSEWHERE)
    {
      BtSwarmConfig config = { .resume = resume };

      test_node_free (f.node);
      f.node = test_node_new (f.world, NULL);
      test_node_add (f.node, f.metainfo, f.world->folder, &config, TRUE);
    }
  else if (then == THEN_START)
    bt_swarm_start (f.node->swarm);
  else
    bt_swarm_verify (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, then == THEN_VERIFY ? BT_SWARM_STOPPED
                                                                   : BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length - checked_bytes);
  g_assert_cmpuint (get_facts (f.node).n_have, ==, N_PIECES - 1);

  /* That was all of it. */
  stop (f.node);
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, 0);
  fixture_clear (&f);
}

/* A check of a changed file that is stopped is no check of everything. */
static void
test_interrupted_start (void)
{
  Fixture f = fixture_new ();
  struct utimbuf times = { 1000, 1000 };
  guint64 checked_bytes;

  stop (f.node);
  g_assert_cmpint (g_utime (f.path, &times), ==, 0);
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_world_wait (f.world, has_checked_some, f.node));
  stop (f.node);
  checked_bytes = get_facts (f.node).checked_bytes;
  g_assert_cmpuint (checked_bytes, <, one_file[0].length);
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length - checked_bytes);
  fixture_clear (&f);
}

/* Stopped before its first piece, a check of everything is still owed. */
static void
test_interrupted_at_once (void)
{
  Fixture f = fixture_new ();

  damage_secretly (&f, 3);
  stop (f.node);
  bt_swarm_verify (f.node->swarm);
  stop (f.node);
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, 0);
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length);
  g_assert_cmpuint (get_facts (f.node).n_have, ==, N_PIECES - 1);
  fixture_clear (&f);
}

static GArray *states;

static void
note_state (TestNode *node,
            BtSwarm  *swarm)
{
  int state = (int) bt_swarm_get_state (swarm);

  if (states->len == 0 || g_array_index (states, int, states->len - 1) != state)
    g_array_append_val (states, state);
}

static gboolean
is_at_rest_or_downloads (gpointer user_data)
{
  BtSwarmState state = bt_swarm_get_state (((TestNode *) user_data)->swarm);

  return state == BT_SWARM_DOWNLOADING || state == BT_SWARM_STOPPED;
}

/* While it seeds: it is never at rest, finds what is wrong, and has it fetched. */
static void
test_recheck (gconstpointer user_data)
{
  gboolean is_verify = GPOINTER_TO_INT (user_data);
  static const int expected[] = { BT_SWARM_STOPPING, BT_SWARM_CHECKING, BT_SWARM_PREPARING,
                                  BT_SWARM_DOWNLOADING };
  Fixture f = fixture_new ();

  states = g_array_new (FALSE, FALSE, sizeof (int));
  f.node->state_func = note_state;
  damage_secretly (&f, 5);
  if (is_verify)
    bt_swarm_verify (f.node->swarm);
  else
    bt_swarm_recheck (f.node->swarm);
  g_assert_true (test_world_wait (f.world, is_at_rest_or_downloads, f.node));
  g_assert_cmpmem (states->data, states->len * sizeof (int), expected, sizeof expected);
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length);
  g_assert_cmpuint (get_facts (f.node).n_have, ==, N_PIECES - 1);
  f.node->state_func = NULL;
  g_array_unref (states);
  fixture_clear (&f);
}

/* At rest it stays at rest; and a stop is a stop. */
static void
test_recheck_at_rest (void)
{
  Fixture f = fixture_new ();

  stop (f.node);
  bt_swarm_recheck (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_STOPPED));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length);

  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_SEEDING));
  bt_swarm_recheck (f.node->swarm);
  bt_swarm_stop (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_STOPPED));
  test_world_pass (f.world, 5 * BT_SECOND_US);
  g_assert_cmpint (bt_swarm_get_state (f.node->swarm), ==, BT_SWARM_STOPPED);

  bt_swarm_start (f.node->swarm);
  bt_swarm_stop (f.node->swarm);
  bt_swarm_verify (f.node->swarm);
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length);
  fixture_clear (&f);
}

static gboolean
may_not_check (gpointer  session,
               BtSwarm  *swarm)
{
  return FALSE;
}

static gboolean
is_queued (gpointer user_data)
{
  return get_facts (user_data).reason == BT_REASON_CHECK_QUEUE;
}

/* One at a time, says the session: it waits, and can be stopped while it does. */
static void
test_queue (void)
{
  Fixture f = fixture_new ();
  BtSwarmOps ops = *f.node->swarm->ops;
  const BtSwarmOps *old_ops = f.node->swarm->ops;

  ops.may_check = may_not_check;
  f.node->swarm->ops = &ops;
  for (guint i = 0; i < 2; i++)
    {
      stop (f.node);
      bt_swarm_verify (f.node->swarm);
      g_assert_true (test_world_wait (f.world, is_queued, f.node));
      test_world_pass (f.world, 5 * BT_SECOND_US);
      g_assert_cmpint (bt_swarm_get_state (f.node->swarm), ==, BT_SWARM_CHECKING);
      g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, 0);
      g_assert_cmpuint (get_facts (f.node).to_check_bytes, ==, one_file[0].length);
    }
  bt_swarm_check_now (f.node->swarm);
  g_assert_cmpint (get_facts (f.node).reason, ==, BT_REASON_NONE);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_STOPPED));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length);
  g_assert_true (bt_swarm_is_complete (f.node->swarm));

  /* What needs no check does not ask. */
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_SEEDING));

  /* One that was put off and stopped is still owed. */
  stop (f.node);
  bt_swarm_verify (f.node->swarm);
  g_assert_true (test_world_wait (f.world, is_queued, f.node));
  stop (f.node);
  f.node->swarm->ops = old_ops;
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length);
  fixture_clear (&f);
}

static gboolean
has_rate (gpointer user_data)
{
  return get_facts (user_data).checked_bps > 0;
}

static void
test_rate (void)
{
  Fixture f = fixture_new ();

  g_assert_cmpuint (get_facts (f.node).checked_bps, ==, 0);
  bt_swarm_recheck (f.node->swarm);
  g_assert_true (test_world_wait (f.world, has_rate, f.node));
  g_assert_cmpint (bt_swarm_get_state (f.node->swarm), ==, BT_SWARM_CHECKING);
  fixture_clear (&f);
}

/* Any thread. */
static int must_fail;

static ssize_t
failing_preadv (int                 fd,
                const struct iovec *iovecs,
                int                 n_iovecs,
                off_t               offset)
{
  if (!g_atomic_int_get (&must_fail) || offset < PIECE_BYTES * N_PIECES / 2)
    return bt_file_ops.preadv (fd, iovecs, n_iovecs, offset);
  errno = EIO;
  return -1;
}

/* A piece that could not be read is not one that is missing: it is looked at again. */
static void
test_unreadable (void)
{
  static BtFileOps ops;
  Fixture f = fixture_new ();

  ops = bt_file_ops;
  ops.preadv = failing_preadv;
  bt_file_pool_set_ops (bt_disk_get_pool (f.node->swarm->env->disk), &ops);
  stop (f.node);
  g_atomic_int_set (&must_fail, TRUE);
  bt_swarm_verify (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_FAILED));
  g_assert_error (bt_swarm_get_error (f.node->swarm), BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
  g_atomic_int_set (&must_fail, FALSE);
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_SEEDING));
  g_assert_no_error (bt_swarm_get_error (f.node->swarm));
  fixture_clear (&f);
}

static gboolean
has_lost_some (gpointer user_data)
{
  return get_facts (user_data).n_have < N_PIECES;
}

/* One piece of a file was found gone while it ran: what became of the others is not known. */
static void
test_lost_while_seeding (void)
{
  Fixture f = fixture_new ();
  TestNode *leech = test_node_new (f.world, NULL);

  g_assert_cmpint (truncate (f.path, PIECE_BYTES * N_PIECES / 2), ==, 0);
  test_node_add (leech, f.metainfo, NULL, NULL, TRUE);
  test_node_connect (leech, f.node);
  g_assert_true (test_world_wait (f.world, has_lost_some, f.node));
  test_node_free (leech);
  stop (f.node);
  bt_swarm_start (f.node->swarm);
  g_assert_true (test_node_wait_state (f.node, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.node).checked_bytes, ==, one_file[0].length);
  g_assert_cmpuint (get_facts (f.node).n_have, ==, N_PIECES / 2);
  fixture_clear (&f);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/swarm/check/interrupted/start", GINT_TO_POINTER (THEN_START),
                        test_interrupted);
  g_test_add_data_func ("/swarm/check/interrupted/verify", GINT_TO_POINTER (THEN_VERIFY),
                        test_interrupted);
  g_test_add_data_func ("/swarm/check/interrupted/elsewhere",
                        GINT_TO_POINTER (THEN_START_ELSEWHERE), test_interrupted);
  g_test_add_func ("/swarm/check/interrupted/of-changed-file", test_interrupted_start);
  g_test_add_func ("/swarm/check/interrupted/at-once", test_interrupted_at_once);
  g_test_add_data_func ("/swarm/check/recheck", GINT_TO_POINTER (FALSE), test_recheck);
  g_test_add_data_func ("/swarm/check/recheck-by-verify", GINT_TO_POINTER (TRUE), test_recheck);
  g_test_add_func ("/swarm/check/recheck-at-rest", test_recheck_at_rest);
  g_test_add_func ("/swarm/check/queue", test_queue);
  g_test_add_func ("/swarm/check/rate", test_rate);
  g_test_add_func ("/swarm/check/unreadable", test_unreadable);
  g_test_add_func ("/swarm/check/lost-while-seeding", test_lost_while_seeding);
  return g_test_run ();
}
