/* test-local.c - torrents that find each other on the local network, which is the loopback here
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"
#include "test-port.h"

#include "discovery/bt-local.h"
#include "swarm/bt-swarm-private.h"

#include <unistd.h>

#define PIECE_BYTES 16384u

static const TestFile one_mib[] = { { "one.bin", 1 << 20 }, { NULL } };

static const struct
{
  const char *path;
  gboolean    is_private;
  guint       discovery;    /* of the one that downloads */
  gboolean    finds;
} cases[] = {
  { "/swarm/local/found", FALSE, BT_DISCOVERY_LOCAL, TRUE },
  { "/swarm/local/private", TRUE, BT_DISCOVERY_ALL, FALSE },
  { "/swarm/local/off", FALSE, BT_DISCOVERY_PEX, FALSE },
};

static void
test_local (gconstpointer data)
{
  const gsize index = GPOINTER_TO_SIZE (data);
  TestWorld *world = test_world_new ();
  BtMetainfo *metainfo = test_world_make_torrent_of (world, "one.bin", one_mib, PIECE_BYTES,
                                                     cases[index].is_private);
  BtSessionConfig config = { .discovery = BT_DISCOVERY_LOCAL };
  int port_fd = test_hold_shared_port (&config.local_port);
  TestNode *seed = test_node_new (world, &config);
  TestNode *leech;
  BtAddress address = test_node_get_address (seed);
  const BtKnownPeer *known;

  config.discovery = cases[index].discovery & (BT_DISCOVERY_LOCAL | BT_DISCOVERY_PEX);
  leech = test_node_new (world, &config);
  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  if (cases[index].finds)
    {
      g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
      known = bt_known_peers_find (leech->swarm->known, &address);
      g_assert_nonnull (known);
      g_assert_cmpuint (known->sources & BT_SOURCE_LOCAL, !=, 0);
    }
  else
    {
      test_world_pass (world, 11 * 60 * BT_SECOND_US);
      g_assert_cmpuint (bt_known_peers_get_n (leech->swarm->known), ==, 0);
      g_assert_cmpuint (bt_known_peers_get_n (seed->swarm->known), ==, 0);
    }
  test_node_free (leech);
  test_node_free (seed);
  close (port_fd);
  bt_metainfo_unref (metainfo);
  test_world_free (world);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, GSIZE_TO_POINTER (i), test_local);
  return g_test_run ();
}
