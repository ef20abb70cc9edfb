/* test-exchange.c - engines that download from each other
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

static const TestFile one_file[] = {
  { "single.bin", 1000003 },
  { NULL }
};

static const TestFile many_files[] = {
  { "empty", 0 },
  { "a", 1 },
  { "deep/er/b.txt", 16383 },
  { "c", 300000 },
  { "übung/ファイル.bin", 77777 },
  { "z/empty", 0 },
  { "z/last", 16385 },
  { NULL }
};

static void
exchange (const char     *name,
          const TestFile *files,
          guint32         piece_bytes,
          guint           n_seeds)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, name, files, piece_bytes, NULL);
  TestNode *leech = test_node_new (world, NULL);
  TestNode *seeds[8];

  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  for (guint i = 0; i < n_seeds; i++)
    {
      seeds[i] = test_node_new (world, NULL);
      test_node_add (seeds[i], metainfo, world->folder, NULL, TRUE);
      g_assert_true (test_node_wait_state (seeds[i], BT_SWARM_SEEDING));
      test_node_connect (leech, seeds[i]);
    }
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  test_assert_same_files (metainfo, world->folder, leech->folder);
  g_assert_true (bt_bitfield_is_full (bt_swarm_get_have (leech->swarm)));

  test_node_free (leech);
  for (guint i = 0; i < n_seeds; i++)
    test_node_free (seeds[i]);
  test_world_free (world);
}

static void
test_single (void)
{
  exchange ("single.bin", one_file, 32768, 1);
}

static void
test_many_files (void)
{
  exchange ("many", many_files, 16384, 1);
}

static void
test_many_seeds (void)
{
  exchange ("many", many_files, 65536, 5);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/exchange/single", test_single);
  g_test_add_func ("/swarm/exchange/many-files", test_many_files);
  g_test_add_func ("/swarm/exchange/many-seeds", test_many_seeds);
  return g_test_run ();
}
