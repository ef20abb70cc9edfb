/* test-super-seed.c - one copy is spread before a second one is given
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#define N_LEECHES   5u
#define N_BYTES     (2u << 20)
#define PIECE_BYTES 16384u
#define N_PIECES    (N_BYTES / PIECE_BYTES)

static const TestFile two_mib[] = {
  { "two.bin", N_BYTES },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *leeches[N_LEECHES];
  guint       n_leeches;
} Crowd;

static Crowd
crowd_new (gboolean is_super_seeding,
           guint    n_leeches)
{
  BtSwarmConfig config = { .is_super_seeding = is_super_seeding };
  BtSwarmConfig quiet = { 0 };
  Crowd crowd = { .world = test_world_new (), .n_leeches = n_leeches };

  crowd.metainfo = test_world_make_torrent (crowd.world, "two.bin", two_mib, PIECE_BYTES, NULL);
  crowd.seed = test_node_new (crowd.world, NULL);
  test_node_add (crowd.seed, crowd.metainfo, crowd.world->folder, &config, TRUE);
  g_assert_true (test_node_wait_state (crowd.seed, BT_SWARM_SEEDING));
  for (guint i = 0; i < n_leeches; i++)
    {
      crowd.leeches[i] = test_node_new (crowd.world, NULL);
      test_node_add (crowd.leeches[i], crowd.metainfo, NULL, &quiet, TRUE);
      g_assert_true (test_node_wait_state (crowd.leeches[i], BT_SWARM_DOWNLOADING));
    }
  return crowd;
}

static void
crowd_clear (Crowd *crowd)
{
  for (guint i = 0; i < crowd->n_leeches; i++)
    test_node_free (crowd->leeches[i]);
  test_node_free (crowd->seed);
  bt_metainfo_unref (crowd->metainfo);
  test_world_free (crowd->world);
}

/* Everybody knows the seed and, when `all`, each other. */
static void
introduce (Crowd    *crowd,
           gboolean  all)
{
  for (guint i = 0; i < crowd->n_leeches; i++)
    {
      test_node_connect (crowd->leeches[i], crowd->seed);
      for (guint k = 0; k < i && all; k++)
        test_node_connect (crowd->leeches[i], crowd->leeches[k]);
    }
}

static gboolean
are_complete (gpointer user_data)
{
  Crowd *crowd = user_data;

  for (guint i = 0; i < crowd->n_leeches; i++)
    if (bt_swarm_get_state (crowd->leeches[i]->swarm) != BT_SWARM_SEEDING)
      return FALSE;
  return TRUE;
}

static guint64
get_sent (TestNode *node)
{
  BtSwarmFacts facts;

  bt_swarm_get_facts (node->swarm, &facts);
  bt_swarm_facts_clear (&facts);
  return facts.sent_bytes;
}

static guint64
spread (gboolean is_super_seeding)
{
  Crowd crowd = crowd_new (is_super_seeding, N_LEECHES);
  guint64 sent_bytes;

  introduce (&crowd, TRUE);
  g_assert_true (test_world_wait (crowd.world, are_complete, &crowd));
  for (guint i = 0; i < N_LEECHES; i++)
    test_assert_same_files (crowd.metainfo, crowd.world->folder, crowd.leeches[i]->folder);
  sent_bytes = get_sent (crowd.seed);
  crowd_clear (&crowd);
  return sent_bytes;
}

/* Everybody gets everything, for hardly more than one copy; else it is more. */
static void
test_spread (void)
{
  guint64 super_bytes = spread (TRUE);
  guint64 ordinary_bytes = spread (FALSE);

  g_test_message ("%.2f copies, otherwise %.2f", (double) super_bytes / N_BYTES,
                  (double) ordinary_bytes / N_BYTES);
  g_assert_cmpuint (super_bytes, >=, N_BYTES);
  g_assert_cmpuint (super_bytes, <=, N_BYTES + N_BYTES / 2);
  g_assert_cmpuint (ordinary_bytes, >, super_bytes);
  g_assert_cmpuint (ordinary_bytes, >, N_BYTES + N_BYTES / 2);
}

/* Alone, it has nobody to pass anything on to. */
static void
test_alone (void)
{
  Crowd crowd = crowd_new (TRUE, 1);

  introduce (&crowd, TRUE);
  g_assert_true (test_world_wait (crowd.world, are_complete, &crowd));
  test_assert_same_files (crowd.metainfo, crowd.world->folder, crowd.leeches[0]->folder);
  g_assert_cmpuint (get_sent (crowd.seed), ==, N_BYTES);
  crowd_clear (&crowd);
}

/* Two who cannot reach each other get everything all the same, if not soon. */
static void
test_apart (void)
{
  Crowd crowd = crowd_new (TRUE, 2);

  introduce (&crowd, FALSE);
  for (guint i = 0; i < 3 * 60 * N_PIECES && !are_complete (&crowd); i++)
    test_world_pass (crowd.world, BT_SECOND_US);
  g_assert_true (are_complete (&crowd));
  crowd_clear (&crowd);
}

/* The one has half of it, the other the other half: they need nothing but each other. */
static gboolean
has_half (gpointer user_data)
{
  return bt_swarm_get_have (user_data)->n_set >= N_PIECES / 2;
}

static void
test_partial (void)
{
  Crowd crowd = crowd_new (FALSE, 2);

  bt_session_set_limits (crowd.seed->session, 0, 200000);
  introduce (&crowd, FALSE);
  g_assert_true (test_world_wait (crowd.world, has_half, crowd.leeches[0]->swarm));
  bt_swarm_stop (crowd.seed->swarm);
  g_assert_true (test_node_wait_state (crowd.seed, BT_SWARM_STOPPED));
  bt_session_set_limits (crowd.seed->session, 0, 0);
  bt_swarm_set_super_seeding (crowd.seed->swarm, TRUE);
  bt_swarm_start (crowd.seed->swarm);
  g_assert_true (test_node_wait_state (crowd.seed, BT_SWARM_SEEDING));
  introduce (&crowd, TRUE);
  g_assert_true (test_world_wait (crowd.world, are_complete, &crowd));
  for (guint i = 0; i < 2; i++)
    test_assert_same_files (crowd.metainfo, crowd.world->folder, crowd.leeches[i]->folder);
  crowd_clear (&crowd);
}

/* --- What it says --- */

static RawPeer *
visit (Crowd      *crowd,
       const char *id)
{
  RawPeer *peer = raw_peer_new (crowd->seed, crowd->metainfo);

  raw_peer_send_handshake (peer, crowd->metainfo, id, TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  raw_peer_send_simple (peer, BT_WIRE_INTERESTED);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_HAVE, 1));
  return peer;
}

static void
send_have (RawPeer *peer,
           guint32  piece)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();

  bt_wire_put_index (message, BT_WIRE_HAVE, piece);
  raw_peer_send (peer, message->data, message->len);
}

static guint32
get_told (RawPeer *peer,
          guint    index)
{
  return g_array_index (peer->haves, guint32, index);
}

/* Nothing at first, one piece, and no other before somebody else has that. No piece that it was not
 * told of is given. */
static void
test_one_at_a_time (void)
{
  Crowd crowd = crowd_new (TRUE, 0);
  RawPeer *a = visit (&crowd, "one"), *b = visit (&crowd, "other");

  g_assert_cmpuint (a->counts[BT_WIRE_HAVE_NONE], ==, 1);
  g_assert_cmpuint (a->counts[BT_WIRE_HAVE_ALL] + a->counts[BT_WIRE_BITFIELD], ==, 0);
  g_assert_cmpuint (a->counts[BT_WIRE_ALLOWED_FAST], ==, 0);
  g_assert_cmpuint (get_told (a, 0), !=, get_told (b, 0));
  g_assert_true (raw_peer_wait_message (a, BT_WIRE_UNCHOKE, 1));
  raw_peer_send_span (a, BT_WIRE_REQUEST, get_told (b, 0), 0, PIECE_BYTES);
  g_assert_true (raw_peer_wait_message (a, BT_WIRE_REJECT, 1));
  raw_peer_send_span (a, BT_WIRE_REQUEST, get_told (a, 0), 0, PIECE_BYTES);
  g_assert_true (raw_peer_wait_message (a, BT_WIRE_PIECE, 1));
  send_have (a, get_told (a, 0));
  test_world_pass (crowd.world, 30 * BT_SECOND_US);
  g_assert_cmpuint (a->haves->len, ==, 1);
  send_have (b, get_told (a, 0));
  g_assert_true (raw_peer_wait_message (a, BT_WIRE_HAVE, 2));
  g_assert_cmpuint (b->haves->len, ==, 1);
  raw_peer_free (a);
  raw_peer_free (b);
  crowd_clear (&crowd);
}

/* Off: it is told of all the others, once each; on again: whoever comes then, of none. */
static void
test_off (void)
{
  Crowd crowd = crowd_new (TRUE, 0);
  RawPeer *peer = visit (&crowd, "one");
  RawPeer *late;
  gboolean is_told[N_PIECES] = { FALSE };

  bt_swarm_set_super_seeding (crowd.seed->swarm, FALSE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_HAVE, N_PIECES));
  test_world_pass (crowd.world, 5 * BT_SECOND_US);
  g_assert_cmpuint (peer->haves->len, ==, N_PIECES);
  for (guint i = 0; i < N_PIECES; i++)
    is_told[get_told (peer, i)] = TRUE;
  for (guint i = 0; i < N_PIECES; i++)
    g_assert_true (is_told[i]);
  bt_swarm_set_super_seeding (crowd.seed->swarm, TRUE);
  late = visit (&crowd, "late");
  g_assert_cmpuint (late->counts[BT_WIRE_HAVE_NONE], ==, 1);
  raw_peer_free (peer);
  raw_peer_free (late);
  crowd_clear (&crowd);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/super-seed/spread", test_spread);
  g_test_add_func ("/swarm/super-seed/alone", test_alone);
  g_test_add_func ("/swarm/super-seed/apart", test_apart);
  g_test_add_func ("/swarm/super-seed/partial", test_partial);
  g_test_add_func ("/swarm/super-seed/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/swarm/super-seed/off", test_off);
  return g_test_run ();
}
