/* test-space.c - the disk is full, then it is not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

#include "storage/bt-disk-private.h"
#include "storage/bt-file-pool-private.h"
#include "swarm/bt-swarm-private.h"

#include <errno.h>

#define N_SEEDS 3u

static const TestFile one_file[] = {
  { "data.bin", (2 << 20) - 5000 },
  { NULL }
};

/* Pieces may be written as long as there is room; any thread. */
static int room;

static ssize_t
full_pwritev (int                 fd,
              const struct iovec *iovecs,
              int                 n_iovecs,
              off_t               offset)
{
  if (g_atomic_int_add (&room, -1) > 0)
    return bt_file_ops.pwritev (fd, iovecs, n_iovecs, offset);
  g_atomic_int_set (&room, 0);
  errno = ENOSPC;
  return -1;
}

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seeds[N_SEEDS];
  TestNode   *leech;
} Fixture;

/* The leech has room for `n_writes` and memory for `memory_bytes`, 0: for all. */
static Fixture
fixture_new (int     n_writes,
             guint64 memory_bytes)
{
  static const gint64 soon[BT_DISK_N_RETRIES] = { 1000, 1000, 1000 };
  static BtFileOps ops;
  Fixture f = { .world = test_world_new () };
  BtSessionConfig config = { .memory_bytes = memory_bytes };
  BtDisk *disk;

  ops = bt_file_ops;
  ops.pwritev = full_pwritev;
  g_atomic_int_set (&room, n_writes);
  f.metainfo = test_world_make_torrent (f.world, "data.bin", one_file, 131072, NULL);
  f.leech = test_node_new (f.world, &config);
  test_node_add (f.leech, f.metainfo, NULL, NULL, FALSE);
  disk = f.leech->swarm->env->disk;
  bt_disk_set_retry_delays (disk, soon);
  bt_file_pool_set_ops (bt_disk_get_pool (disk), &ops);
  bt_swarm_start (f.leech->swarm);
  for (guint i = 0; i < N_SEEDS; i++)
    {
      f.seeds[i] = test_node_new (f.world, NULL);
      test_node_add (f.seeds[i], f.metainfo, f.world->folder, NULL, TRUE);
      g_assert_true (test_node_wait_state (f.seeds[i], BT_SWARM_SEEDING));
      test_node_connect (f.leech, f.seeds[i]);
    }
  return f;
}

static void
fixture_clear (Fixture *f)
{
  test_node_free (f->leech);
  for (guint i = 0; i < N_SEEDS; i++)
    test_node_free (f->seeds[i]);
  test_world_pass (f->world, 60 * BT_SECOND_US);
  bt_metainfo_unref (f->metainfo);
  test_world_free (f->world);
}

static void
assert_completes (Fixture *f)
{
  BtSwarmFacts facts;

  g_assert_true (test_node_wait_state (f->leech, BT_SWARM_SEEDING));
  test_assert_same_files (f->metainfo, f->world->folder, f->leech->folder);
  g_assert_no_error (bt_swarm_get_error (f->leech->swarm));
  bt_swarm_get_facts (f->leech->swarm, &facts);
  g_assert_cmpuint (facts.n_failed_pieces, ==, 0);
  g_assert_cmpuint (facts.n_banned, ==, 0);
  bt_swarm_facts_clear (&facts);
}

static void
wait_full (Fixture *f)
{
  g_assert_true (test_node_wait_state (f->leech, BT_SWARM_NO_SPACE));
  g_assert_error (bt_swarm_get_error (f->leech->swarm), BT_STORAGE_ERROR,
                  BT_STORAGE_ERROR_NO_SPACE);
  test_world_pass (f->world, 20 * BT_SECOND_US);
}

typedef struct
{
  int     n_writes;
  guint64 memory_bytes;
} Full;

static const Full fulls[] = {
  { 0, 0 },
  { 5, 0 },
  { 0, 256 * 1024 },      /* blocks are spilled, or would be */
  { 1, 256 * 1024 },
  { 7, 256 * 1024 },
  { 12, 256 * 1024 },
  { 3, 1024 * 1024 },
};

/* Waits; goes on when there is room; nothing is lost, wrong or anybody's fault. */
static void
test_room_again (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fulls); i++)
    {
      Fixture f = fixture_new (fulls[i].n_writes, fulls[i].memory_bytes);

      wait_full (&f);
      g_atomic_int_set (&room, G_MAXINT);
      assert_completes (&f);
      fixture_clear (&f);
    }
}

/* A little room, again and again. */
static void
test_little_by_little (void)
{
  Fixture f = fixture_new (0, 512 * 1024);
  guint n_times = 0;

  while (bt_swarm_get_state (f.leech->swarm) != BT_SWARM_SEEDING && n_times++ < 1000)
    {
      g_atomic_int_set (&room, 2);
      test_world_pass (f.world, BT_SECOND_US);
      g_usleep (1000);
    }
  assert_completes (&f);
  fixture_clear (&f);
}

/* Stopped while it waits, and started again when there is room. */
static void
test_stop_while_full (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fulls); i++)
    {
      Fixture f = fixture_new (fulls[i].n_writes, fulls[i].memory_bytes);

      wait_full (&f);
      bt_swarm_stop (f.leech->swarm);
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
      g_assert_cmpuint (bt_block_pool_get_n_used (f.leech->swarm->env->pool), <=,
                        BT_PEER_N_SPARES);
      g_atomic_int_set (&room, G_MAXINT);
      bt_swarm_start (f.leech->swarm);
      assert_completes (&f);
      fixture_clear (&f);
    }
}

/* Closed, with everything that is on its way, while it waits. */
static void
test_close_while_full (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fulls); i++)
    {
      Fixture f = fixture_new (fulls[i].n_writes, fulls[i].memory_bytes);

      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_NO_SPACE));
      fixture_clear (&f);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/space/room-again", test_room_again);
  g_test_add_func ("/swarm/space/little-by-little", test_little_by_little);
  g_test_add_func ("/swarm/space/stop-while-full", test_stop_while_full);
  g_test_add_func ("/swarm/space/close-while-full", test_close_while_full);
  return g_test_run ();
}
