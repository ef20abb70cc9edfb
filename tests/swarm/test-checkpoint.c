/* test-checkpoint.c - what is told of a running torrent is on the device, whatever happens next
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "storage/bt-disk-private.h"
#include "storage/bt-file-pool-private.h"
#include "swarm/bt-swarm-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES 65536u
#define N_BLOCKS    4u
#define N_PIECES    16u
#define TOTAL_BYTES (PIECE_BYTES * N_PIECES - 1000)

static const TestFile one_file[] = {
  { "data.bin", TOTAL_BYTES },
  { NULL }
};

/* --- A device that holds only what was synced; any thread --- */

static guint8 device[TOTAL_BYTES];
static int n_syncs;
static int sync_error;
static int fails_once;

static int
sync_to_device (int fd)
{
  struct stat info;

  g_atomic_int_inc (&n_syncs);
  errno = g_atomic_int_get (&sync_error);
  if (errno != 0)
    {
      /* The kernel says it once, whatever became of the data. */
      if (g_atomic_int_get (&fails_once))
        g_atomic_int_set (&sync_error, 0);
      return -1;
    }
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    g_assert_cmpint (pread (fd, device, sizeof device, 0), >=, 0);
  return bt_file_ops.fsync (fd);
}

/* --- A world --- */

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  guint8     *content;
  TestNode   *seed;
  TestNode   *leech;
  RawPeer    *peer;
  guint       n_given;       /* of the peer's requests */

  guint       n_answers;
  BtResume   *resume;        /* of the last answer */
  GError     *error;
} Fixture;

/* All but the start. */
static void
fixture_prepare (Fixture *f)
{
  static BtFileOps ops;
  g_autofree char *path = NULL;

  memset (f, 0, sizeof *f);
  memset (device, 0, sizeof device);
  g_atomic_int_set (&sync_error, 0);
  ops = bt_file_ops;
  ops.fsync = sync_to_device;
  f->world = test_world_new ();
  f->metainfo = test_world_make_torrent (f->world, "data.bin", one_file, PIECE_BYTES, NULL);
  path = g_build_filename (f->world->folder, "data.bin", NULL);
  g_assert_true (g_file_get_contents (path, (char **) &f->content, NULL, NULL));
  f->seed = test_node_new (f->world, NULL);
  test_node_add (f->seed, f->metainfo, f->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (f->seed, BT_SWARM_SEEDING));
  f->leech = test_node_new (f->world, NULL);
  test_node_add (f->leech, f->metainfo, NULL, NULL, FALSE);
  bt_file_pool_set_ops (bt_disk_get_pool (f->leech->swarm->env->disk), &ops);
}

static void
fixture_init (Fixture *f)
{
  fixture_prepare (f);
  bt_swarm_start (f->leech->swarm);
  g_assert_true (test_node_wait_state (f->leech, BT_SWARM_DOWNLOADING));
}

static void
fixture_clear (Fixture *f)
{
  g_clear_pointer (&f->peer, raw_peer_free);
  test_node_free (f->leech);
  test_node_free (f->seed);
  test_world_pass (f->world, 60 * BT_SECOND_US);
  bt_resume_free (f->resume);
  g_clear_error (&f->error);
  bt_metainfo_unref (f->metainfo);
  g_free (f->content);
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
checkpoint_cb (BtSwarm      *swarm,
               BtResume     *resume,
               const GError *error,
               gpointer      user_data)
{
  Fixture *f = user_data;

  g_assert_true ((resume == NULL) == (error != NULL));
  bt_resume_free (f->resume);
  g_clear_error (&f->error);
  f->resume = resume;
  f->error = error != NULL ? g_error_copy (error) : NULL;
  f->n_answers++;
}

static gboolean
is_answered (gpointer user_data)
{
  return ((Fixture *) user_data)->n_answers > 0;
}

static void
checkpoint (Fixture *f)
{
  f->n_answers = 0;
  bt_swarm_checkpoint_async (f->leech->swarm, checkpoint_cb, f);
  g_assert_true (test_world_wait (f->world, is_answered, f));
  g_assert_cmpuint (f->n_answers, ==, 1);
}

/* A peer that has everything and answers when the test says so. */
static void
add_peer (Fixture *f)
{
  f->peer = raw_peer_new (f->leech, f->metainfo);
  raw_peer_send_handshake (f->peer, f->metainfo, "gives", TRUE);
  raw_peer_send_simple (f->peer, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (f->peer, BT_WIRE_UNCHOKE);
}

static gboolean
has_taken (gpointer user_data)
{
  Fixture *f = user_data;

  return get_facts (f->leech).received_bytes + 1000 >= f->n_given * BT_BLOCK_BYTES &&
         f->leech->swarm->n_writes_pending == 0;
}

/* The next blocks that were asked for; pieces that are whole by then are on disk. */
static void
give (Fixture *f,
      guint    n_blocks)
{
  for (guint i = 0; i < n_blocks; i++, f->n_given++)
    {
      BtBlockSpan *span;

      g_assert_true (raw_peer_wait_message (f->peer, BT_WIRE_REQUEST, f->n_given + 1));
      span = &g_array_index (f->peer->requests, BtBlockSpan, f->n_given);
      raw_peer_send_block (f->peer, span,
                           f->content + (gsize) span->piece * PIECE_BYTES + span->begin);
    }
  g_assert_true (test_world_wait (f->world, has_taken, f));
}

static guint
count_blocks (const BtResume *resume)
{
  guint n = 0;

  for (guint i = 0; i < resume->partials->len; i++)
    {
      const BtPartialPiece *partial = &g_array_index (resume->partials, BtPartialPiece, i);

      for (guint32 j = 0; j < partial->n_blocks; j++)
        n += (partial->bits[j / 8] & (0x80 >> j % 8)) != 0;
    }
  return n;
}

static void
assert_on_device (Fixture *f,
                  gsize    offset,
                  gsize    n_bytes)
{
  n_bytes = MIN (n_bytes, TOTAL_BYTES - offset);
  g_assert_cmpmem (device + offset, n_bytes, f->content + offset, n_bytes);
}

/* Nothing is told that a crash could take away. */
static void
assert_told_is_there (Fixture *f)
{
  const BtBitfield *have = &f->resume->have;

  for (guint32 p = bt_bitfield_next_set (have, 0); p < have->n_bits;
       p = bt_bitfield_next_set (have, p + 1))
    assert_on_device (f, (gsize) p * PIECE_BYTES, PIECE_BYTES);
  for (guint i = 0; i < f->resume->partials->len; i++)
    {
      const BtPartialPiece *partial = &g_array_index (f->resume->partials, BtPartialPiece, i);

      g_assert_false (bt_bitfield_get (have, partial->piece));
      for (guint32 j = 0; j < partial->n_blocks; j++)
        if (partial->bits[j / 8] & (0x80 >> j % 8))
          assert_on_device (f, (gsize) partial->piece * PIECE_BYTES + j * BT_BLOCK_BYTES,
                            BT_BLOCK_BYTES);
    }
}

/* --- Tests --- */

static void
copy_folder (Fixture    *f,
             const char *to,
             gboolean    keeps_time)
{
  g_autofree char *from = g_build_filename (f->leech->folder, "data.bin", NULL);
  g_autofree char *path = g_build_filename (to, "data.bin", NULL);
  struct timespec times[2];
  struct stat info;
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_cmpint (stat (from, &info), ==, 0);
  g_assert_true (g_file_get_contents (from, &bytes, &length, NULL));
  g_assert_cmpint (g_mkdir_with_parents (to, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
  times[0] = info.st_atim;
  times[1] = info.st_mtim;
  /* A copy made within the same tick of the file system's clock would have the same time. */
  if (!keeps_time)
    times[1].tv_sec++;
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* The folder as it was then, and what was told then: nothing of it is fetched again, and nothing is
 * hashed when the times are the same. */
static void
test_crash (gconstpointer user_data)
{
  gboolean keeps_time = GPOINTER_TO_INT (user_data);
  Fixture f;
  BtSwarmConfig config = { 0 };
  g_autofree char *folder = NULL;
  TestNode *heir;
  guint64 told_bytes;

  fixture_init (&f);
  add_peer (&f);
  give (&f, 2 * N_BLOCKS + 1);
  test_world_pass (f.world, 3 * BT_SECOND_US);
  checkpoint (&f);
  g_assert_no_error (f.error);
  assert_told_is_there (&f);
  g_assert_cmpuint (f.resume->have.n_set * N_BLOCKS + count_blocks (f.resume), ==,
                    2 * N_BLOCKS + 1);
  g_assert_false (bt_swarm_is_dirty (f.leech->swarm));
  folder = g_build_filename (f.world->folder, "copy", NULL);
  copy_folder (&f, folder, keeps_time);

  give (&f, N_BLOCKS);
  g_assert_true (bt_swarm_is_dirty (f.leech->swarm));

  config.resume = f.resume;
  heir = test_node_new (f.world, NULL);
  test_node_add (heir, f.metainfo, folder, &config, TRUE);
  g_assert_true (test_node_wait_state (heir, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (heir).n_have, ==, f.resume->have.n_set);
  g_assert_true ((get_facts (heir).checked_bytes == 0) == keeps_time);
  told_bytes = bt_swarm_count_have_bytes (heir->swarm) + count_blocks (f.resume) * BT_BLOCK_BYTES;
  test_node_connect (heir, f.seed);
  g_assert_true (test_node_wait_state (heir, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (heir).received_bytes, <=, TOTAL_BYTES - told_bytes + 1000);
  g_assert_cmpuint (get_facts (heir).n_failed_pieces, ==, 0);
  test_assert_same_files (f.metainfo, f.world->folder, folder);
  test_node_free (heir);
  fixture_clear (&f);
}

/* What came after the checkpoint is found, too. */
static void
test_crash_later (void)
{
  Fixture f;
  BtSwarmConfig config = { 0 };
  g_autofree char *folder = NULL;
  TestNode *heir;
  guint32 n_have;

  fixture_init (&f);
  add_peer (&f);
  give (&f, N_BLOCKS + 1);
  checkpoint (&f);
  n_have = f.resume->have.n_set;
  give (&f, 3 * N_BLOCKS);
  test_world_pass (f.world, BT_SECOND_US);
  g_assert_cmpuint (get_facts (f.leech).n_have, >, n_have);
  n_have = get_facts (f.leech).n_have;
  folder = g_build_filename (f.world->folder, "copy", NULL);
  copy_folder (&f, folder, TRUE);

  config.resume = f.resume;
  heir = test_node_new (f.world, NULL);
  test_node_add (heir, f.metainfo, folder, &config, TRUE);
  g_assert_true (test_node_wait_state (heir, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (heir).n_have, >=, n_have);
  test_node_free (heir);
  fixture_clear (&f);
}

/* One checkpoint after the other while it downloads as fast as it can. */
static void
test_never_ahead (void)
{
  guint n_told = 0;

  for (guint round = 0; round < 12; round++)
    {
      Fixture f;

      fixture_init (&f);
      test_node_connect (f.leech, f.seed);
      for (guint i = 0; i < round * 8; i++)
        g_main_context_iteration (f.world->context, FALSE);
      while (bt_swarm_get_state (f.leech->swarm) != BT_SWARM_SEEDING)
        {
          checkpoint (&f);
          g_assert_no_error (f.error);
          assert_told_is_there (&f);
          n_told += f.resume->have.n_set + f.resume->partials->len;
        }
      while (bt_swarm_is_dirty (f.leech->swarm))
        checkpoint (&f);
      assert_told_is_there (&f);
      g_assert_true (bt_bitfield_is_full (&f.resume->have));
      test_assert_same_files (f.metainfo, f.world->folder, f.leech->folder);
      fixture_clear (&f);
    }
  g_assert_cmpuint (n_told, >, 0);
}

/* What a stop keeps is there, too. */
static void
test_stop_is_one (void)
{
  Fixture f;

  fixture_init (&f);
  add_peer (&f);
  give (&f, 2 * N_BLOCKS + 3);
  bt_swarm_stop (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  f.resume = bt_swarm_dup_resume (f.leech->swarm);
  assert_told_is_there (&f);
  g_assert_cmpuint (f.resume->have.n_set * N_BLOCKS + count_blocks (f.resume), ==,
                    2 * N_BLOCKS + 3);
  fixture_clear (&f);
}

/* A checkpoint that fails tells nothing, and is still owed; a stop that fails keeps what was told
 * before. */
static void
test_sync_fails (gconstpointer user_data)
{
  Fixture f;
  g_autoptr (BtResume) kept = NULL;

  fixture_init (&f);
  add_peer (&f);
  give (&f, 1);
  checkpoint (&f);
  g_assert_no_error (f.error);
  kept = bt_resume_copy (f.resume);

  give (&f, 2 * N_BLOCKS);
  g_atomic_int_set (&fails_once, GPOINTER_TO_INT (user_data));
  g_atomic_int_set (&sync_error, EIO);
  checkpoint (&f);
  g_assert_error (f.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
  /* A sync that succeeds afterwards says nothing of what this one was about. */
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_FAILED));
  g_assert_error (bt_swarm_get_error (f.leech->swarm), BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED);
  f.resume = bt_swarm_dup_resume (f.leech->swarm);
  g_assert_cmpuint (f.resume->have.n_set, ==, kept->have.n_set);
  g_assert_cmpuint (count_blocks (f.resume), ==, count_blocks (kept));
  g_atomic_int_set (&sync_error, 0);
  g_atomic_int_set (&fails_once, FALSE);
  fixture_clear (&f);
}

/* With no room, too, no other try may make it good. Before anything is known of the data it must still be known which
 * files are ours and what they are called: else nobody could remove them. */
static void
test_sync_fails_first (void)
{
  Fixture f;

  fixture_prepare (&f);
  f.leech->swarm->use_suffix = TRUE;
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  add_peer (&f);
  give (&f, 2 * N_BLOCKS);
  g_atomic_int_set (&fails_once, TRUE);
  g_atomic_int_set (&sync_error, ENOSPC);
  checkpoint (&f);
  g_assert_error (f.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_FAILED));
  f.resume = bt_swarm_dup_resume (f.leech->swarm);
  g_assert_nonnull (f.resume);
  g_assert_cmpuint (f.resume->have.n_set, ==, 0);
  g_assert_cmpuint (f.resume->partials->len, ==, 0);
  g_assert_true (bt_bitfield_get (&f.resume->made, 0));
  g_assert_true (bt_bitfield_get (&f.resume->suffixed, 0));
  g_atomic_int_set (&fails_once, FALSE);

  /* What is there is hashed, and had. */
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (bt_swarm_get_have (f.leech->swarm)->n_set, ==, 2);
  fixture_clear (&f);
}

/* Whatever is under way, each is answered once. */
static void
test_answers (void)
{
  Fixture f;

  fixture_init (&f);
  add_peer (&f);
  give (&f, 3);
  test_world_pass (f.world, 3 * BT_SECOND_US);

  /* One at a time. */
  bt_swarm_checkpoint_async (f.leech->swarm, checkpoint_cb, &f);
  g_assert_cmpuint (f.n_answers, ==, 0);
  bt_swarm_checkpoint_async (f.leech->swarm, checkpoint_cb, &f);
  g_assert_cmpuint (f.n_answers, ==, 1);
  g_assert_error (f.error, G_IO_ERROR, G_IO_ERROR_PENDING);

  /* Stopped meanwhile, and asked while stopping. */
  bt_swarm_stop (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  g_assert_cmpuint (f.n_answers, ==, 2);
  g_assert_no_error (f.error);
  g_assert_cmpuint (count_blocks (f.resume), ==, 3);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  bt_swarm_stop (f.leech->swarm);
  bt_swarm_checkpoint_async (f.leech->swarm, checkpoint_cb, &f);
  g_assert_cmpuint (f.n_answers, ==, 2);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  g_assert_cmpuint (f.n_answers, ==, 3);

  /* At rest. */
  bt_swarm_checkpoint_async (f.leech->swarm, checkpoint_cb, &f);
  g_assert_cmpuint (f.n_answers, ==, 4);
  g_assert_cmpuint (count_blocks (f.resume), ==, 3);
  g_assert_false (bt_swarm_is_dirty (f.leech->swarm));

  /* While it looks at its files. */
  bt_swarm_start (f.leech->swarm);
  bt_swarm_checkpoint_async (f.leech->swarm, checkpoint_cb, &f);
  g_assert_cmpuint (f.n_answers, ==, 5);
  g_assert_cmpuint (count_blocks (f.resume), ==, 3);
  fixture_clear (&f);
}

/* A piece that was begun a moment ago and will be whole in a moment is let alone, and told later. */
static void
test_young_piece (void)
{
  Fixture f;
  GHashTableIter iter;
  gpointer value;

  fixture_init (&f);
  add_peer (&f);
  give (&f, N_BLOCKS - 1);
  g_assert_cmpuint (g_hash_table_size (f.leech->swarm->buffers), ==, 1);
  g_hash_table_iter_init (&iter, f.leech->swarm->buffers);
  g_assert_true (g_hash_table_iter_next (&iter, NULL, &value));
  ((PieceBuffer *) value)->began_at_us = bt_clock_get_us (f.world->clock) - BT_SECOND_US;
  checkpoint (&f);
  g_assert_no_error (f.error);
  g_assert_cmpuint (count_blocks (f.resume), ==, 0);
  g_assert_true (bt_swarm_is_dirty (f.leech->swarm));
  test_world_pass (f.world, 3 * BT_SECOND_US);
  checkpoint (&f);
  g_assert_cmpuint (count_blocks (f.resume), ==, N_BLOCKS - 1);
  g_assert_false (bt_swarm_is_dirty (f.leech->swarm));
  fixture_clear (&f);
}

/* A check that was going on when it crashed goes on. */
static void
test_while_checking (void)
{
  Fixture f;
  guint32 n_told;

  fixture_init (&f);
  test_node_connect (f.leech, f.seed);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  bt_swarm_recheck (f.leech->swarm);
  while (bt_swarm_get_state (f.leech->swarm) != BT_SWARM_CHECKING ||
         get_facts (f.leech).n_have == N_PIECES || get_facts (f.leech).n_have < 3)
    g_main_context_iteration (f.world->context, FALSE);
  checkpoint (&f);
  g_assert_no_error (f.error);
  n_told = f.resume->have.n_set;
  g_assert_cmpuint (n_told, >=, 1);
  if (f.resume->next_check != 0)
    {
      for (guint32 p = 0; p < f.resume->next_check; p++)
        g_assert_true (bt_bitfield_get (&f.resume->have, p));
      g_assert_cmpuint (n_told, <, N_PIECES);
    }
  fixture_clear (&f);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/swarm/checkpoint/crash", GINT_TO_POINTER (TRUE), test_crash);
  g_test_add_data_func ("/swarm/checkpoint/crash-other-times", GINT_TO_POINTER (FALSE), test_crash);
  g_test_add_func ("/swarm/checkpoint/crash-later", test_crash_later);
  g_test_add_func ("/swarm/checkpoint/never-ahead", test_never_ahead);
  g_test_add_func ("/swarm/checkpoint/stop-is-one", test_stop_is_one);
  g_test_add_data_func ("/swarm/checkpoint/sync-fails", GINT_TO_POINTER (FALSE), test_sync_fails);
  g_test_add_data_func ("/swarm/checkpoint/sync-fails-once", GINT_TO_POINTER (TRUE),
                        test_sync_fails);
  g_test_add_func ("/swarm/checkpoint/sync-fails-first", test_sync_fails_first);
  g_test_add_func ("/swarm/checkpoint/answers", test_answers);
  g_test_add_func ("/swarm/checkpoint/young-piece", test_young_piece);
  g_test_add_func ("/swarm/checkpoint/while-checking", test_while_checking);
  return g_test_run ();
}
