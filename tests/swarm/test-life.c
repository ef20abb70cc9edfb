/* test-life.c - torrents stopped, started, checked and removed whenever it suits least
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#define PIECE_BYTES 65536u
#define N_PIECES    8u

static const TestFile one_file[] = {
  { "data.bin", PIECE_BYTES * N_PIECES - 1000 },
  { NULL }
};

/* A world with one torrent, its data on hand, and an engine that wants it. */
typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  char       *content;
  TestNode   *leech;
} Fixture;

static Fixture
fixture_new (void)
{
  Fixture f = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  f.world = test_world_new ();
  f.metainfo = test_world_make_torrent (f.world, "data.bin", one_file, PIECE_BYTES, NULL);
  path = g_build_filename (f.world->folder, "data.bin", NULL);
  g_file_get_contents (path, &f.content, NULL, &error);
  g_assert_no_error (error);
  f.leech = test_node_new (f.world, NULL);
  test_node_add (f.leech, f.metainfo, NULL, NULL, FALSE);
  return f;
}

static void
fixture_clear (Fixture *f)
{
  test_node_free (f->leech);
  /* What had been armed and forgotten would fire now. */
  test_world_pass (f->world, 60 * BT_SECOND_US);
  bt_metainfo_unref (f->metainfo);
  g_free (f->content);
  test_world_free (f->world);
}

static TestNode *
add_seed (Fixture *f)
{
  TestNode *seed = test_node_new (f->world, NULL);

  test_node_add (seed, f->metainfo, f->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  return seed;
}

static BtSwarmFacts
get_facts (TestNode *node)
{
  BtSwarmFacts facts;

  bt_swarm_get_facts (node->swarm, &facts);
  bt_swarm_facts_clear (&facts);
  return facts;
}

/* A peer that has everything and has been asked for ten blocks, of which it has answered
 * `n_answers`. */
static RawPeer *
add_answering_peer (Fixture *f,
                    guint    n_answers)
{
  RawPeer *peer = raw_peer_new (f->leech, f->metainfo);

  raw_peer_send_handshake (peer, f->metainfo, "some", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 10));
  for (guint i = 0; i < n_answers; i++)
    {
      BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, i);

      raw_peer_send_block (peer, span, (const guint8 *) f->content +
                                         (gsize) span->piece * PIECE_BYTES + span->begin);
    }
  return peer;
}

/* One of them may be the torrent's last, which is shorter. */
static gboolean
has_six_blocks (gpointer user_data)
{
  return get_facts (user_data).received_bytes >= 6 * BT_BLOCK_BYTES - 1000;
}

/* What came before the stop is not fetched again: neither whole pieces nor blocks of others. */
static void
test_stop_keeps_blocks (void)
{
  Fixture f = fixture_new ();
  TestNode *seed = add_seed (&f);
  RawPeer *peer;

  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  peer = add_answering_peer (&f, 6);
  g_assert_true (test_world_wait (f.world, has_six_blocks, f.leech));
  bt_swarm_stop (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  g_assert_true (raw_peer_wait_closed (peer));
  raw_peer_free (peer);

  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.leech).n_have, ==, 1);
  test_node_connect (f.leech, seed);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  test_assert_same_files (f.metainfo, f.world->folder, f.leech->folder);
  g_assert_cmpuint (get_facts (f.leech).received_bytes, ==, one_file[0].length);
  g_assert_cmpuint (get_facts (f.leech).n_failed_pieces, ==, 0);
  test_node_free (seed);
  fixture_clear (&f);
}

/* Blocks that were there before a stop and are not any more: fetched anew, and nobody is banned for
 * what became of them. */
static void
test_blocks_damaged_while_stopped (gconstpointer user_data)
{
  gboolean is_deleted = GPOINTER_TO_INT (user_data);
  Fixture f = fixture_new ();
  TestNode *seed = add_seed (&f);
  g_autofree char *path = g_build_filename (f.leech->folder, "data.bin", NULL);
  g_autofree guint8 *rubbish = g_malloc (one_file[0].length);
  RawPeer *peer;

  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  peer = add_answering_peer (&f, 6);
  g_assert_true (test_world_wait (f.world, has_six_blocks, f.leech));
  bt_swarm_stop (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  raw_peer_free (peer);

  memset (rubbish, 7, one_file[0].length);
  if (is_deleted)
    g_assert_cmpint (g_unlink (path), ==, 0);
  else
    {
      struct utimbuf times = { 1000, 1000 };

      g_assert_true (g_file_set_contents (path, (char *) rubbish, (gssize) one_file[0].length,
                                          NULL));
      g_assert_cmpint (g_utime (path, &times), ==, 0);
    }
  bt_swarm_start (f.leech->swarm);
  if (is_deleted)
    {
      /* All of it is gone: not before somebody has looked into it. */
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_FAILED));
      g_assert_error (bt_swarm_get_error (f.leech->swarm), BT_STORAGE_ERROR,
                      BT_STORAGE_ERROR_NOT_FOUND);
      bt_swarm_verify (f.leech->swarm);
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
      bt_swarm_start (f.leech->swarm);
    }
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.leech).n_have, ==, 0);
  test_node_connect (f.leech, seed);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  test_assert_same_files (f.metainfo, f.world->folder, f.leech->folder);
  g_assert_cmpuint (get_facts (f.leech).n_failed_pieces, ==, is_deleted ? 0 : 1);
  g_assert_cmpuint (get_facts (f.leech).n_banned, ==, 0);
  test_node_free (seed);
  fixture_clear (&f);
}

/* Started again before it has stopped, and stopped before that. */
static void
test_start_while_stopping (void)
{
  Fixture f = fixture_new ();
  TestNode *seed = add_seed (&f);

  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  bt_swarm_stop (f.leech->swarm);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_STOPPING);
  bt_swarm_start (f.leech->swarm);
  test_node_connect (f.leech, seed);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));

  bt_swarm_stop (f.leech->swarm);
  bt_swarm_verify (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_CHECKING));
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  g_assert_true (bt_swarm_is_complete (f.leech->swarm));

  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  bt_swarm_stop (f.leech->swarm);
  bt_swarm_start (f.leech->swarm);
  bt_swarm_stop (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  test_world_pass (f.world, 5 * BT_SECOND_US);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_STOPPED);
  test_node_free (seed);
  fixture_clear (&f);
}

static gboolean
is_writing (gpointer user_data)
{
  return ((BtSwarm *) user_data)->n_writes_pending > 0;
}

static gboolean
has_no_swarm (gpointer user_data)
{
  return bt_session_get_n_swarms (user_data) == 0;
}

/* Removed while a piece is on its way to the disk: it comes when the torrent is gone, or going. */
static void
test_remove_while_writing (void)
{
  Fixture f = fixture_new ();
  RawPeer *peer;

  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  peer = add_answering_peer (&f, 6);
  g_assert_true (test_world_wait (f.world, is_writing, f.leech->swarm));
  bt_session_remove (f.leech->session, f.leech->swarm);
  g_assert_true (test_world_wait (f.world, has_no_swarm, f.leech->session));
  test_world_pass (f.world, 20 * BT_SECOND_US);
  raw_peer_free (peer);
  fixture_clear (&f);
}

static BtSwarmState stop_at;

static void
stop_at_state (TestNode *node,
               BtSwarm  *swarm)
{
  if (bt_swarm_get_state (swarm) == stop_at)
    bt_swarm_stop (swarm);
}

/* Whoever is told of a state may stop the torrent there and then. */
static void
test_stop_when_told (void)
{
  static const BtSwarmState states[] = {
    BT_SWARM_CHECKING, BT_SWARM_PREPARING, BT_SWARM_DOWNLOADING, BT_SWARM_SEEDING,
    BT_SWARM_STOPPING, BT_SWARM_STOPPED
  };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      Fixture f = fixture_new ();
      TestNode *seed = add_seed (&f);
      g_autofree char *path = g_build_filename (f.leech->folder, "data.bin", NULL);

      g_assert_true (g_file_set_contents (path, f.content, 100000, NULL));
      stop_at = states[i];
      f.leech->state_func = stop_at_state;
      bt_swarm_start (f.leech->swarm);
      test_node_connect (f.leech, seed);
      if (states[i] == BT_SWARM_STOPPING || states[i] == BT_SWARM_STOPPED)
        {
          g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
          bt_swarm_stop (f.leech->swarm);
        }
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
      test_world_pass (f.world, 30 * BT_SECOND_US);
      g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_STOPPED);
      f.leech->state_func = NULL;
      test_node_free (seed);
      fixture_clear (&f);
    }
}

/* The engine closes after so and so many turns, wherever that is. */
static void
test_close_at_any_turn (void)
{
  for (guint n_turns = 0; n_turns < 80; n_turns += n_turns < 20 ? 1 : 7)
    {
      Fixture f = fixture_new ();
      TestNode *seed = add_seed (&f);
      g_autofree char *path = g_build_filename (f.leech->folder, "data.bin", NULL);

      g_assert_true (g_file_set_contents (path, f.content, 200000, NULL));
      bt_swarm_start (f.leech->swarm);
      test_node_connect (f.leech, seed);
      for (guint i = 0; i < n_turns; i++)
        {
          g_main_context_iteration (f.world->context, FALSE);
          bt_clock_advance (f.world->clock, 20 * BT_MILLISECOND_US);
        }
      test_node_free (f.leech);
      test_node_free (seed);
      f.leech = test_node_new (f.world, NULL);
      fixture_clear (&f);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/life/stop-keeps-blocks", test_stop_keeps_blocks);
  g_test_add_data_func ("/swarm/life/blocks-damaged", GINT_TO_POINTER (FALSE),
                        test_blocks_damaged_while_stopped);
  g_test_add_data_func ("/swarm/life/blocks-deleted", GINT_TO_POINTER (TRUE),
                        test_blocks_damaged_while_stopped);
  g_test_add_func ("/swarm/life/start-while-stopping", test_start_while_stopping);
  g_test_add_func ("/swarm/life/remove-while-writing", test_remove_while_writing);
  g_test_add_func ("/swarm/life/stop-when-told", test_stop_when_told);
  g_test_add_func ("/swarm/life/close-at-any-turn", test_close_at_any_turn);
  return g_test_run ();
}
