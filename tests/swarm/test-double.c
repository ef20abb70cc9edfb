/* test-double.c - which of two connections to one peer stays, with a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-seeker-private.h"
#include "swarm/bt-swarm-private.h"
#include "transport/bt-stream-private.h"

#define PIECE_BYTES 16384u

static const TestFile one_file[] = {
  { "one.bin", 3 * PIECE_BYTES },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *node;
  BtSeeker   *seeker;  /* of the node; NULL: it has the torrent */
} Place;

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  g_assert_not_reached ();
}

static Place
place_new (gboolean seeks)
{
  Place place = { .world = test_world_new () };

  place.metainfo = test_world_make_torrent (place.world, "one.bin", one_file, PIECE_BYTES, NULL);
  place.node = test_node_new (place.world, NULL);
  if (seeks)
    {
      static const BtSeekerConfig config = { .use_trackers = FALSE };
      g_autoptr (GError) error = NULL;
      BtMagnet *magnet = bt_magnet_new_from_metainfo (place.metainfo, NULL);

      place.seeker = bt_session_seek (place.node->session, magnet, &config, found_cb, NULL, &error);
      g_assert_no_error (error);
      bt_magnet_unref (magnet);
    }
  else
    {
      test_node_add (place.node, place.metainfo, NULL, NULL, TRUE);
      g_assert_true (test_node_wait_state (place.node, BT_SWARM_DOWNLOADING));
    }
  return place;
}

static void
place_clear (Place *place)
{
  test_node_free (place->node);
  bt_metainfo_unref (place->metainfo);
  test_world_free (place->world);
}

static RawPeer *
come (Place *place)
{
  RawPeer *peer = raw_peer_new (place->node, place->metainfo);

  raw_peer_send_handshake (peer, place->metainfo, "twice", TRUE);
  g_assert_true (raw_peer_wait_handshake (peer));
  return peer;
}

/* Says nothing, and does not hang up: its network was gone. */
static void
test_comes_back (gconstpointer user_data)
{
  Place place = place_new (GPOINTER_TO_INT (user_data));
  RawPeer *old = come (&place);
  RawPeer *back;

  test_world_pass (place.world, 11 * BT_SECOND_US);
  back = come (&place);
  g_assert_true (raw_peer_wait_closed (old));
  test_world_pass (place.world, 2 * BT_SECOND_US);
  g_assert_false (back->is_closed);
  raw_peer_free (old);
  raw_peer_free (back);
  place_clear (&place);
}

/* A word now and then keeps its place. */
static void
test_says_something (gconstpointer user_data)
{
  Place place = place_new (GPOINTER_TO_INT (user_data));
  RawPeer *old = come (&place);
  RawPeer *newcomer;

  test_world_pass (place.world, 11 * BT_SECOND_US);
  raw_peer_send_simple (old, BT_WIRE_CHOKE);
  test_world_pass (place.world, 9 * BT_SECOND_US);
  newcomer = come (&place);
  g_assert_true (raw_peer_wait_closed (newcomer));
  g_assert_false (old->is_closed);
  raw_peer_free (old);
  raw_peer_free (newcomer);
  place_clear (&place);
}

/* Nor does it lose it when only we have something to say, and it gets it. */
static void
test_hears_something (void)
{
  Place place = place_new (FALSE);
  RawPeer *old = come (&place);
  RawPeer *newcomer;
  SwarmPeer *sp = g_ptr_array_index (place.node->swarm->peers, 0);

  test_world_pass (place.world, 11 * BT_SECOND_US);
  bt_peer_send_have (sp->peer, 0);
  g_assert_true (raw_peer_wait_message (old, BT_WIRE_HAVE, 1));
  newcomer = come (&place);
  g_assert_true (raw_peer_wait_closed (newcomer));
  g_assert_false (old->is_closed);
  raw_peer_free (old);
  raw_peer_free (newcomer);
  place_clear (&place);
}

/* --- The verdict --- */

typedef struct
{
  BtStream base;
  guint    n_unanswered;
} Line;

static gssize
line_move (BtStream            *stream,
           const struct iovec  *iov,
           int                  n_iov,
           GError             **error)
{
  return 0;
}

static void
line_set_active (BtStream *stream)
{
}

static guint32
line_get_rtt_us (BtStream *stream)
{
  return 0;
}

static guint
line_get_n_unanswered (BtStream *stream)
{
  return ((Line *) stream)->n_unanswered;
}

static void
line_free (BtStream *stream)
{
  g_free (stream);
}

static const BtStreamClass line_class = {
  .readv = line_move,
  .writev = line_move,
  .set_active = line_set_active,
  .get_rtt_us = line_get_rtt_us,
  .get_n_unanswered = line_get_n_unanswered,
  .free = line_free,
};

static BtPeer *
connect_from (BtPeerShared *shared,
              guint8        last_byte,
              gboolean      is_outgoing,
              guint         n_unanswered)
{
  static const BtPeerOps no_ops = { NULL };
  static const BtHandshake handshake = { .has_fast = TRUE };
  const BtAddress address = {
    .family = BT_FAMILY_IPV4,
    .port = 6881,
    .ip = { 192, 0, 2, last_byte },
  };
  Line *line = g_new0 (Line, 1);

  bt_stream_init (&line->base, &line_class, &address, is_outgoing);
  line->base.is_connected = TRUE;
  line->n_unanswered = n_unanswered;
  return bt_peer_new (shared, &no_ops, NULL, &line->base, NULL, &handshake, NULL, 0);
}

/* Anybody can claim an id: only who is certainly gone loses its place to another address. */
static void
test_verdict (void)
{
  static const struct
  {
    guint    silent_s;
    guint    n_unanswered;  /* of the old one */
    guint8   newcomer;      /* the last byte of its address; the old one's is 1 */
    gboolean is_outgoing;   /* the newcomer; the old one is not */
    gboolean is_redundant;
  } cases[] = {
    { 5, 0, 1, FALSE, TRUE },
    { 5, 2, 1, FALSE, TRUE },
    { 5, 2, 2, FALSE, TRUE },
    { 11, 0, 1, FALSE, FALSE },
    { 11, 0, 1, TRUE, FALSE },
    { 11, 0, 2, FALSE, TRUE },
    { 11, 0, 2, TRUE, TRUE },
    { 11, 1, 2, FALSE, TRUE },
    { 11, 2, 2, FALSE, FALSE },
    { 11, 2, 2, TRUE, FALSE },
    /* Both have dialled: ours is the higher id. */
    { 5, 0, 1, TRUE, FALSE },
  };
  static const guint8 ours[BT_WIRE_PEER_ID_BYTES] = "b";
  static const guint8 theirs[BT_WIRE_PEER_ID_BYTES] = "a";

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      g_autoptr (GError) error = NULL;
      BtPoller *poller = bt_poller_new (context, &error);
      BtBlockPool *pool = bt_block_pool_new (BT_BLOCK_BYTES);
      BtSwarmEnvironment env = { .clock = bt_clock_new_manual (context, 1) };
      BtPeerShared shared;
      BtPeer *old, *newcomer;

      g_assert_no_error (error);
      bt_peer_shared_init (&shared, env.clock, poller, pool);
      old = connect_from (&shared, 1, FALSE, cases[i].n_unanswered);
      bt_clock_advance (env.clock, cases[i].silent_s * BT_SECOND_US);
      newcomer = connect_from (&shared, cases[i].newcomer, cases[i].is_outgoing, 0);
      g_test_message ("case %u", i);
      g_assert_cmpint (bt_swarm_is_newcomer_redundant (&env, newcomer, old, ours, theirs), ==,
                       cases[i].is_redundant);

      bt_peer_free (old);
      bt_peer_free (newcomer);
      bt_peer_shared_clear (&shared);
      bt_poller_free (poller);
      bt_block_pool_free (pool);
      bt_clock_free (env.clock);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/swarm/double/comes-back", GINT_TO_POINTER (FALSE), test_comes_back);
  g_test_add_data_func ("/swarm/double/seeker/comes-back", GINT_TO_POINTER (TRUE), test_comes_back);
  g_test_add_data_func ("/swarm/double/says-something", GINT_TO_POINTER (FALSE),
                        test_says_something);
  g_test_add_data_func ("/swarm/double/seeker/says-something", GINT_TO_POINTER (TRUE),
                        test_says_something);
  g_test_add_func ("/swarm/double/hears-something", test_hears_something);
  g_test_add_func ("/swarm/double/verdict", test_verdict);
  return g_test_run ();
}
