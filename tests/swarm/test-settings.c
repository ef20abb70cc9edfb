/* test-settings.c - limits, selection, order, memory and resumption
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include <glib/gstdio.h>
#include <string.h>

#define MIB (1024u * 1024)

static const TestFile big_pieces[] = {
  { "big.bin", 24u * MIB },
  { NULL }
};

typedef struct
{
  TestNode *leech;
  guint64   most_bytes;
} MemoryWait;

static gboolean
is_complete_within (gpointer user_data)
{
  MemoryWait *wait = user_data;

  wait->most_bytes = MAX (wait->most_bytes, bt_session_get_memory_bytes (wait->leech->session));
  return bt_swarm_get_state (wait->leech->swarm) == BT_SWARM_SEEDING;
}

/* Pieces larger than all the memory there is, from several peers at once: blocks are spilled,
 * nothing is lost. */
static void
test_large_pieces_in_little_memory (void)
{
  const guint n_seeds = 5;
  const guint64 budget = 2 * MIB;
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "big.bin", big_pieces, 4 * MIB, NULL);
  BtSessionConfig config = { .memory_bytes = budget };
  TestNode *leech = test_node_new (world, &config);
  TestNode *seeds[5];
  MemoryWait wait = { leech, 0 };

  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  for (guint i = 0; i < n_seeds; i++)
    {
      seeds[i] = test_node_new (world, NULL);
      test_node_add (seeds[i], metainfo, world->folder, NULL, TRUE);
      g_assert_true (test_node_wait_state (seeds[i], BT_SWARM_SEEDING));
      test_node_connect (leech, seeds[i]);
    }
  g_assert_true (test_world_wait (world, is_complete_within, &wait));
  test_assert_same_files (metainfo, world->folder, leech->folder);
  g_test_message ("at most %" G_GUINT64_FORMAT " bytes", wait.most_bytes);
  /* Beyond the budget there may be what one wake-up of each peer had read already, and the shared
   * spares. */
  g_assert_cmpuint (wait.most_bytes, <=, budget + n_seeds * MIB + MIB);
  test_node_free (leech);
  for (guint i = 0; i < n_seeds; i++)
    test_node_free (seeds[i]);
  test_world_free (world);
}

static const TestFile three_files[] = {
  { "a", 40000 },
  { "b", 200000 },
  { "c", 40000 },
  { NULL }
};

/* Only what is wanted comes: the pieces of the chosen file, and it is complete then. */
static void
test_selection (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "sel", three_files, 16384, NULL);
  TestNode *seed = test_node_new (world, NULL);
  TestNode *leech = test_node_new (world, NULL);
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  BtSwarmFacts facts;
  gsize length;

  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, FALSE);
  bt_swarm_set_file_priority (leech->swarm, 1, BT_PRIORITY_SKIP);
  bt_swarm_set_file_priority (leech->swarm, 2, BT_PRIORITY_SKIP);
  bt_swarm_start (leech->swarm);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_connect (leech, seed);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));

  bt_swarm_get_facts (leech->swarm, &facts);
  g_assert_cmpuint (facts.n_have, ==, 3);  /* 40000 bytes touch three pieces of 16384 */
  g_assert_cmpuint (facts.wanted_bytes, ==, 3 * 16384);
  g_assert_cmpuint (facts.done_bytes, ==, 3 * 16384);
  bt_swarm_facts_clear (&facts);
  path = g_build_filename (leech->folder, "sel", "a", NULL);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpuint (length, ==, 40000);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

static const TestFile one_mib[] = {
  { "one.bin", MIB },
  { NULL }
};

/* A limit holds: a mebibyte at 64 KiB/s takes about sixteen seconds of the made-up clock. */
static void
test_limit (gconstpointer user_data)
{
  gboolean is_upload = GPOINTER_TO_INT (user_data);
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, 16384, NULL);
  TestNode *seed = test_node_new (world, NULL);
  TestNode *leech = test_node_new (world, NULL);
  gint64 began_us;
  double took_s;

  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  g_assert_true (test_node_wait_state (leech, BT_SWARM_DOWNLOADING));
  if (is_upload)
    bt_session_set_limits (seed->session, 0, 65536);
  else
    bt_swarm_set_limits (leech->swarm, 65536, 0);
  test_node_connect (leech, seed);
  began_us = bt_clock_get_us (world->clock);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  took_s = (double) (bt_clock_get_us (world->clock) - began_us) / BT_SECOND_US;
  g_assert_cmpfloat (took_s, >, 14);
  g_assert_cmpfloat (took_s, <, 40);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

/* In order: the requests that a peer gets begin with the first piece and go on upwards. */
static void
test_sequential (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, 32768, NULL);
  TestNode *leech = test_node_new (world, NULL);
  BtSwarmConfig config = { .is_sequential = TRUE };
  RawPeer *peer;

  test_node_add (leech, metainfo, NULL, &config, TRUE);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_DOWNLOADING));
  peer = raw_peer_new (leech, metainfo);
  raw_peer_send_handshake (peer, metainfo, "order", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 8));
  for (guint i = 0; i < 8; i++)
    {
      BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, i);

      g_assert_cmpuint (span->piece, ==, i / 2);
      g_assert_cmpuint (span->begin, ==, i % 2 * BT_BLOCK_BYTES);
    }
  raw_peer_free (peer);
  test_node_free (leech);
  test_world_free (world);
}

/* What is there already is not fetched again; what is wrong there is. */
static void
test_resume (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, 16384, NULL);
  TestNode *seed = test_node_new (world, NULL);
  TestNode *leech = test_node_new (world, NULL);
  g_autofree char *source = g_build_filename (world->folder, "one.bin", NULL);
  g_autofree char *path = g_build_filename (leech->folder, "one.bin", NULL);
  g_autofree char *content = NULL;
  BtSwarmFacts facts;
  gsize length;

  g_assert_true (g_file_get_contents (source, &content, &length, NULL));
  content[100] ^= 1;      /* piece 0 */
  content[20 * 16384] ^= 1;
  g_assert_true (g_file_set_contents (path, content, 40 * 16384, NULL));

  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_DOWNLOADING));
  bt_swarm_get_facts (leech->swarm, &facts);
  g_assert_cmpuint (facts.n_have, ==, 38);
  bt_swarm_facts_clear (&facts);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_connect (leech, seed);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  bt_swarm_get_facts (leech->swarm, &facts);
  g_assert_cmpuint (facts.received_bytes, ==, 26 * 16384);
  bt_swarm_facts_clear (&facts);
  test_assert_same_files (metainfo, world->folder, leech->folder);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

static gboolean
has_ten_peers (gpointer user_data)
{
  return bt_swarm_get_n_peers (user_data) == 10;
}

typedef struct
{
  RawPeer **peers;
  guint     n_peers;
  guint     n_open;
} OpenWait;

static guint
count_open (const OpenWait *wait)
{
  guint n_open = 0;

  for (guint i = 0; i < wait->n_peers; i++)
    n_open += !wait->peers[i]->is_closed;
  return n_open;
}

static gboolean
are_sent_away (gpointer user_data)
{
  return count_open (user_data) <= ((OpenWait *) user_data)->n_open;
}

/* No more connections than allowed; the others are queued. */
static void
test_max_peers (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, 16384, NULL);
  TestNode *leech = test_node_new (world, NULL);
  BtSwarmConfig config = { .max_peers = 10 };
  RawPeer *peers[30];
  OpenWait wait = { peers, G_N_ELEMENTS (peers), 11 };

  test_node_add (leech, metainfo, NULL, &config, TRUE);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_DOWNLOADING));
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      g_autofree char *id = g_strdup_printf ("many%u", i);

      peers[i] = raw_peer_new (leech, metainfo);
      raw_peer_send_handshake (peers[i], metainfo, id, TRUE);
      test_world_pass (world, 20 * BT_MILLISECOND_US);
      g_usleep (500);
      g_assert_cmpuint (bt_swarm_get_n_peers (leech->swarm), <=, 11);
    }
  g_assert_true (test_world_wait (world, has_ten_peers, leech->swarm));
  /* The others hear of it when the kernel says so. */
  g_assert_true (test_world_wait (world, are_sent_away, &wait));
  test_world_pass (world, BT_SECOND_US);
  g_assert_cmpuint (count_open (&wait), <=, 11);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    raw_peer_free (peers[i]);
  test_node_free (leech);
  test_world_free (world);
}

static void
test_verify (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "sel", three_files, 16384, NULL);
  TestNode *node = test_node_new (world, NULL);
  g_autofree char *path = g_build_filename (world->folder, "sel", "c", NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
  test_node_add (node, metainfo, world->folder, NULL, FALSE);
  bt_swarm_verify (node->swarm);
  g_assert_cmpint (bt_swarm_get_state (node->swarm), ==, BT_SWARM_CHECKING);
  g_assert_true (test_node_wait_state (node, BT_SWARM_STOPPED));
  g_assert_cmpuint (bt_swarm_get_have (node->swarm)->n_set, ==, 240000 / 16384);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  test_node_free (node);
  test_world_free (world);
}

/* To be shared only: what is missing is not fetched, nothing is made, and the reason is known. */
static void
test_must_be_complete (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, 16384, NULL);
  TestNode *node = test_node_new (world, NULL);
  BtSwarmConfig config = { .must_be_complete = TRUE };
  g_autofree char *path = g_build_filename (node->folder, "one.bin", NULL);

  test_node_add (node, metainfo, NULL, &config, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_FAILED));
  g_assert_error (bt_swarm_get_error (node->swarm), BT_STORAGE_ERROR, BT_STORAGE_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  test_node_free (node);
  test_world_free (world);
}

/* Who only waits has no news, however long; somebody who comes is news every second, and so is that he has gone. */
static void
test_news (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "three", three_files, 32768, NULL);
  TestNode *seed = test_node_new (world, NULL);
  TestNode *other = test_node_new (world, NULL);
  guint64 news;

  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_world_pass (world, 2 * BT_SECOND_US);
  news = bt_swarm_get_news (seed->swarm);
  test_world_pass (world, 5 * BT_SECOND_US);
  g_assert_cmpuint (bt_swarm_get_news (seed->swarm), ==, news);
  test_node_add (other, metainfo, NULL, NULL, TRUE);
  test_node_connect (other, seed);
  g_assert_true (test_node_wait_state (other, BT_SWARM_SEEDING));
  test_world_pass (world, BT_SECOND_US);
  g_assert_cmpuint (bt_swarm_get_news (seed->swarm), >, news);
  news = bt_swarm_get_news (seed->swarm);
  bt_swarm_set_file_priority (seed->swarm, 0, BT_PRIORITY_HIGH);
  g_assert_cmpuint (bt_swarm_get_news (seed->swarm), >, news);
  test_node_free (other);
  test_node_free (seed);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/settings/large-pieces-in-little-memory",
                   test_large_pieces_in_little_memory);
  g_test_add_func ("/swarm/settings/selection", test_selection);
  g_test_add_data_func ("/swarm/settings/download-limit", GINT_TO_POINTER (FALSE), test_limit);
  g_test_add_data_func ("/swarm/settings/upload-limit", GINT_TO_POINTER (TRUE), test_limit);
  g_test_add_func ("/swarm/settings/sequential", test_sequential);
  g_test_add_func ("/swarm/settings/resume", test_resume);
  g_test_add_func ("/swarm/settings/max-peers", test_max_peers);
  g_test_add_func ("/swarm/settings/verify", test_verify);
  g_test_add_func ("/swarm/settings/must-be-complete", test_must_be_complete);
  g_test_add_func ("/swarm/settings/news", test_news);
  return g_test_run ();
}
