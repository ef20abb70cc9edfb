/* test-crowd.c - many who share among themselves, and torrents of unusual shapes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_LEECHES 6u

static const TestFile four_mib[] = {
  { "four.bin", (4 << 20) - 777 },
  { NULL }
};

static const TestFile one_byte[] = {
  { "byte", 1 },
  { NULL }
};

#define TINY_BYTES 256u

static const TestFile tiny_pieces[] = {
  { "tiny.bin", 20000 * TINY_BYTES - 100 },
  { NULL }
};

static BtSwarmFacts
get_facts (TestNode *node)
{
  BtSwarmFacts facts;

  bt_swarm_get_facts (node->swarm, &facts);
  bt_swarm_facts_clear (&facts);
  return facts;
}

/* --- A seed and those who come for what it has --- */

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *leeches[N_LEECHES];
} Crowd;

/* As a tracker tells everybody of everybody. */
static void
introduce_all (Crowd *crowd)
{
  for (guint i = 0; i < N_LEECHES; i++)
    {
      BtAddress address = test_node_get_address (crowd->seed);

      bt_swarm_add_peer (crowd->leeches[i]->swarm, &address, BT_SOURCE_TRACKER);
      for (guint k = 0; k < N_LEECHES; k++)
        {
          address = test_node_get_address (crowd->leeches[k]);
          if (k != i)
            bt_swarm_add_peer (crowd->leeches[i]->swarm, &address, BT_SOURCE_TRACKER);
        }
    }
}

/* The seed gives `seed_bps`, 0: as fast as it can. */
static Crowd
crowd_new (guint64 seed_bps)
{
  Crowd crowd = { .world = test_world_new () };

  crowd.metainfo = test_world_make_torrent (crowd.world, "four.bin", four_mib, 32768, NULL);
  crowd.seed = test_node_new (crowd.world, NULL);
  test_node_add (crowd.seed, crowd.metainfo, crowd.world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (crowd.seed, BT_SWARM_SEEDING));
  bt_session_set_limits (crowd.seed->session, 0, seed_bps);
  for (guint i = 0; i < N_LEECHES; i++)
    {
      crowd.leeches[i] = test_node_new (crowd.world, NULL);
      test_node_add (crowd.leeches[i], crowd.metainfo, NULL, NULL, TRUE);
      g_assert_true (test_node_wait_state (crowd.leeches[i], BT_SWARM_DOWNLOADING));
    }
  introduce_all (&crowd);
  return crowd;
}

static void
crowd_clear (Crowd *crowd)
{
  for (guint i = 0; i < N_LEECHES; i++)
    test_node_free (crowd->leeches[i]);
  test_node_free (crowd->seed);
  bt_metainfo_unref (crowd->metainfo);
  test_world_free (crowd->world);
}

static gboolean
are_complete (gpointer user_data)
{
  Crowd *crowd = user_data;

  for (guint i = 0; i < N_LEECHES; i++)
    if (bt_swarm_get_state (crowd->leeches[i]->swarm) != BT_SWARM_SEEDING)
      return FALSE;
  return TRUE;
}

/* All get everything, and most of it from each other. Nothing to speak of comes twice. */
static void
test_share (void)
{
  Crowd crowd = crowd_new (512 * 1024);
  guint64 given_bytes = 0, wasted_bytes = 0;

  g_assert_true (test_world_wait (crowd.world, are_complete, &crowd));
  for (guint i = 0; i < N_LEECHES; i++)
    {
      BtSwarmFacts facts = get_facts (crowd.leeches[i]);

      test_assert_same_files (crowd.metainfo, crowd.world->folder, crowd.leeches[i]->folder);
      g_assert_cmpuint (facts.n_failed_pieces, ==, 0);
      g_assert_cmpuint (facts.n_banned, ==, 0);
      given_bytes += facts.sent_bytes;
      wasted_bytes += facts.wasted_bytes;
    }
  g_test_message ("the seed gave %.2f copies, the leeches %.2f, wasted %.2f",
                  (double) get_facts (crowd.seed).sent_bytes / (double) four_mib[0].length,
                  (double) given_bytes / (double) four_mib[0].length,
                  (double) wasted_bytes / (double) four_mib[0].length);
  g_assert_cmpuint (get_facts (crowd.seed).sent_bytes, >=, four_mib[0].length);
  g_assert_cmpuint (get_facts (crowd.seed).sent_bytes, <, 4 * four_mib[0].length);
  g_assert_cmpuint (wasted_bytes, <, four_mib[0].length / 2);
  crowd_clear (&crowd);
}

static gboolean
has_a_third (gpointer user_data)
{
  BtSwarmFacts facts = get_facts (user_data);

  return facts.n_have >= facts.n_pieces / 3;
}

/* One stops in the middle and goes on later, with what it had. */
static void
test_stop_and_go_on (void)
{
  Crowd crowd = crowd_new (512 * 1024);
  TestNode *node = crowd.leeches[2];
  guint32 n_had;

  g_assert_true (test_world_wait (crowd.world, has_a_third, node));
  bt_swarm_stop (node->swarm);
  g_assert_true (test_node_wait_state (node, BT_SWARM_STOPPED));
  n_had = get_facts (node).n_have;
  g_assert_cmpuint (get_facts (node).n_peers, ==, 0);
  test_world_pass (crowd.world, 3 * BT_SECOND_US);
  bt_swarm_start (node->swarm);
  g_assert_true (test_node_wait_state (node, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (node).n_have, >=, n_had);
  g_assert_true (test_world_wait (crowd.world, are_complete, &crowd));
  test_assert_same_files (crowd.metainfo, crowd.world->folder, node->folder);
  crowd_clear (&crowd);
}

static gboolean
has_no_swarm (gpointer user_data)
{
  return bt_session_get_n_swarms (((TestNode *) user_data)->session) == 0;
}

/* One leaves for good in the middle, and is replaced; the seed leaves when the others have all of it
 * between them. */
static void
test_leave (void)
{
  Crowd crowd = crowd_new (512 * 1024);
  TestNode *node = crowd.leeches[0];

  g_assert_true (test_world_wait (crowd.world, has_a_third, node));
  bt_session_remove (node->session, node->swarm);
  node->swarm = NULL;
  g_assert_true (test_world_wait (crowd.world, has_no_swarm, node));
  test_node_free (node);

  crowd.leeches[0] = test_node_new (crowd.world, NULL);
  test_node_add (crowd.leeches[0], crowd.metainfo, NULL, NULL, TRUE);
  introduce_all (&crowd);
  g_assert_true (test_node_wait_state (crowd.leeches[1], BT_SWARM_SEEDING));
  bt_swarm_stop (crowd.seed->swarm);
  g_assert_true (test_world_wait (crowd.world, are_complete, &crowd));
  for (guint i = 0; i < N_LEECHES; i++)
    test_assert_same_files (crowd.metainfo, crowd.world->folder, crowd.leeches[i]->folder);
  crowd_clear (&crowd);
}

/* --- Two of them, and a torrent of some shape --- */

static void
fetch (TestWorld             *world,
       BtMetainfo            *metainfo,
       const BtSessionConfig *config,
       const char            *host)
{
  TestNode *seed = test_node_new (world, config);
  TestNode *leech = test_node_new (world, config);
  BtSwarmConfig quiet = { 0 };
  BtAddress address;

  test_node_add (seed, metainfo, world->folder, &quiet, TRUE);
  test_node_add (leech, metainfo, NULL, &quiet, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  g_assert_true (bt_address_parse (host, bt_session_get_port (seed->session), &address));
  bt_swarm_add_peer (leech->swarm, &address, BT_SOURCE_TRACKER);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  test_assert_same_files (metainfo, world->folder, leech->folder);
  g_assert_cmpuint (get_facts (leech).wasted_bytes, ==, 0);
  g_assert_cmpuint (get_facts (seed).sent_bytes, ==, get_facts (leech).received_bytes);
  test_node_free (leech);
  test_node_free (seed);
}

static void
test_ipv6 (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = NULL;
  BtSessionConfig config = { 0 };
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("::1", 0);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_TCP, NULL);

  if (socket == NULL || !g_socket_bind (socket, any, FALSE, NULL))
    g_test_skip ("no IPv6 here");
  else
    {
      metainfo = test_world_make_torrent (world, "four.bin", four_mib, 32768, NULL);
      g_assert_true (bt_address_parse ("::1", 0, &config.bind));
      fetch (world, metainfo, &config, "::1");
    }
  test_world_free (world);
}

static void
test_one_byte (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "byte", one_byte, 16384, NULL);

  fetch (world, metainfo, NULL, "127.0.0.1");
  test_world_free (world);
}

/* Smaller pieces than anybody makes: a block each. */
static BtMetainfo *
make_tiny (TestWorld *world)
{
  g_autoptr (BtMetainfo) usual =
      test_world_make_torrent (world, "tiny.bin", tiny_pieces, 16384, NULL);
  g_autofree char *path = g_build_filename (world->folder, "tiny.bin", NULL);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *content = NULL;
  g_autofree char *head = NULL;
  g_autoptr (GBytes) torrent = NULL;
  g_autoptr (GError) error = NULL;
  BtMetainfo *metainfo;
  gsize n_content;

  g_assert_true (g_file_get_contents (path, &content, &n_content, NULL));
  head = g_strdup_printf ("d4:infod6:lengthi%" G_GSIZE_FORMAT "e4:name8:tiny.bin"
                          "12:piece lengthi%ue6:pieces%u:",
                          n_content, TINY_BYTES, 20000 * BT_SHA1_BYTES);
  g_byte_array_append (bytes, (guint8 *) head, (guint) strlen (head));
  for (gsize at = 0; at < n_content; at += TINY_BYTES)
    {
      guint8 digest[BT_SHA1_BYTES];

      bt_sha1 (content + at, MIN (TINY_BYTES, n_content - at), digest);
      g_byte_array_append (bytes, digest, sizeof digest);
    }
  g_byte_array_append (bytes, (guint8 *) "ee", 2);
  torrent = g_bytes_new (bytes->data, bytes->len);
  metainfo = bt_metainfo_new_from_bytes (torrent, &error);
  g_assert_no_error (error);
  return metainfo;
}

static void
test_tiny_pieces (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = make_tiny (world);

  g_assert_cmpuint (bt_metainfo_get_geometry (metainfo)->n_pieces, ==, 20000);
  fetch (world, metainfo, NULL, "127.0.0.1");
  test_world_free (world);
}

/* As content() in tests/metainfo/data/make-fixtures.py. */
static void
write_file (TestWorld  *world,
            const char *name,
            gsize       length,
            guint       seed)
{
  g_autofree char *path = g_build_filename (world->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *content = g_malloc (length + 1);

  for (gsize i = 0; i < length; i++)
    content[i] = (char) (i * seed + (i >> 8) * 7);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, content, (gssize) length, NULL));
}

/* The v1 side of a torrent that libtorrent made: with pad files, which are never on disk. */
static void
test_hybrid (gconstpointer user_data)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "metainfo", "data", user_data, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (BtMetainfo) metainfo = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;
  guint8 *decoded;

  write_file (world, "single.bin", 100000, 11);
  write_file (world, "multi/a.bin", 40000, 3);
  write_file (world, "multi/b/c.txt", 100, 5);
  write_file (world, "multi/b/empty", 0, 1);
  write_file (world, "multi/z.bin", 16384, 7);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  decoded = g_base64_decode (text, &n_bytes);
  bytes = g_bytes_new_take (decoded, n_bytes);
  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  fetch (world, metainfo, NULL, "127.0.0.1");
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/crowd/share", test_share);
  g_test_add_func ("/swarm/crowd/stop-and-go-on", test_stop_and_go_on);
  g_test_add_func ("/swarm/crowd/leave", test_leave);
  g_test_add_func ("/swarm/crowd/ipv6", test_ipv6);
  g_test_add_func ("/swarm/crowd/one-byte", test_one_byte);
  g_test_add_func ("/swarm/crowd/tiny-pieces", test_tiny_pieces);
  g_test_add_data_func ("/swarm/crowd/hybrid", "single-hybrid.b64", test_hybrid);
  g_test_add_data_func ("/swarm/crowd/hybrid-files", "multi-hybrid.b64", test_hybrid);
  return g_test_run ();
}
