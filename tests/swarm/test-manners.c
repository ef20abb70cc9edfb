/* test-manners.c - whom we come back to, and what we say when things change
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"
#include "transport/bt-tcp.h"

#include <string.h>
#include <unistd.h>

#define PIECE_BYTES 16384u

static const TestFile one_mib[] = {
  { "one.bin", 1 << 20 },
  { NULL }
};

static const TestFile three_files[] = {
  { "a", 40000 },
  { "b", 200000 },
  { "c", 40000 },
  { NULL }
};

static TestNode *
add_node (TestWorld           *world,
          BtMetainfo          *metainfo,
          const char          *folder,
          const BtSwarmConfig *config)
{
  TestNode *node = test_node_new (world, NULL);

  test_node_add (node, metainfo, folder, config, TRUE);
  g_assert_true (test_node_wait_state (node, folder != NULL ? BT_SWARM_SEEDING
                                                            : BT_SWARM_DOWNLOADING));
  return node;
}

/* As a tracker would. */
static const BtKnownPeer *
tell (TestNode *node,
      TestNode *of)
{
  BtAddress address = test_node_get_address (of);

  bt_swarm_add_peer (node->swarm, &address, BT_SOURCE_TRACKER);
  return bt_known_peers_find (node->swarm->known, &address);
}

typedef struct
{
  const BtKnownPeer *known;
  gint64             since_us;
} Try;

static gboolean
was_tried (gpointer user_data)
{
  Try *try = user_data;

  return !try->known->is_connected && try->known->next_try_at_us > try->since_us;
}

/* Told now, it has been connected to, and that is over. */
static gboolean
wait_tried (TestWorld         *world,
            const BtKnownPeer *known)
{
  Try try = { known, bt_clock_get_us (world->clock) };

  return test_world_wait (world, was_tried, &try);
}

/* --- Coming back --- */

/* A seed that a seed has found to be one is not dialled again and again. */
static void
test_seed_finds_seed (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  TestNode *a = add_node (world, metainfo, world->folder, NULL);
  TestNode *b = add_node (world, metainfo, world->folder, NULL);
  const BtKnownPeer *known;
  gint64 next_try_at_us;

  known = tell (a, b);
  g_assert_true (wait_tried (world, known));
  next_try_at_us = known->next_try_at_us;
  g_assert_true (known->is_seed);
  test_world_pass (world, 3600 * BT_SECOND_US);
  g_assert_cmpint (known->next_try_at_us, ==, next_try_at_us);
  test_node_free (a);
  test_node_free (b);
  test_world_free (world);
}

/* Nor one that has all it wants, although that is not everything. */
static void
test_seed_finds_partial_seed (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "some", three_files, PIECE_BYTES, NULL);
  TestNode *seed = add_node (world, metainfo, world->folder, NULL);
  TestNode *partial = test_node_new (world, NULL);
  const BtKnownPeer *known;
  gint64 next_try_at_us;

  test_node_add (partial, metainfo, NULL, NULL, FALSE);
  bt_swarm_set_file_priority (partial->swarm, 1, BT_PRIORITY_SKIP);
  bt_swarm_start (partial->swarm);
  test_node_connect (partial, seed);
  g_assert_true (test_node_wait_state (partial, BT_SWARM_SEEDING));
  /* It hung up when it had what it wanted, and said no more: that is found out once. */
  test_world_pass (world, 200 * BT_SECOND_US);
  known = tell (seed, partial);
  g_assert_true (known->is_seed);
  next_try_at_us = known->next_try_at_us;
  test_world_pass (world, 3600 * BT_SECOND_US);
  g_assert_cmpint (known->next_try_at_us, ==, next_try_at_us);
  test_node_free (partial);
  test_node_free (seed);
  test_world_free (world);
}

/* We find ourselves in a tracker's list: once. */
static void
test_self (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  TestNode *node = add_node (world, metainfo, NULL, NULL);
  const BtKnownPeer *known;

  known = tell (node, node);
  g_assert_true (wait_tried (world, known));
  g_assert_true (known->is_self);
  test_world_pass (world, 3600 * BT_SECOND_US);
  tell (node, node);
  test_world_pass (world, 3600 * BT_SECOND_US);
  g_assert_cmpuint (known->n_failures, ==, 1);
  test_node_free (node);
  test_world_free (world);
}

static gboolean
have_met (gpointer user_data)
{
  TestNode **nodes = user_data;

  for (guint i = 0; i < 2; i++)
    if (nodes[i]->swarm->peers->len != 1 || nodes[i]->swarm->n_connecting != 0)
      return FALSE;
  return TRUE;
}

/* Both dial at once: one connection stays, and neither dials the other any more. */
static void
test_both_dial (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);

  for (guint i = 0; i < 8; i++)
    {
      TestNode *nodes[2] = { add_node (world, metainfo, NULL, NULL),
                             add_node (world, metainfo, NULL, NULL) };
      const BtKnownPeer *known[2] = { tell (nodes[0], nodes[1]), tell (nodes[1], nodes[0]) };

      bt_session_connect_now (nodes[0]->session);
      bt_session_connect_now (nodes[1]->session);
      g_assert_true (known[0]->is_connected && known[1]->is_connected);
      g_assert_true (test_world_wait (world, have_met, nodes));
      test_world_pass (world, 20 * BT_SECOND_US);
      for (guint k = 0; k < 2; k++)
        {
          SwarmPeer *sp = g_ptr_array_index (nodes[k]->swarm->peers, 0);

          g_assert_true (known[k]->is_connected);
          g_assert_true (sp->known == known[k]);
        }
      test_node_free (nodes[0]);
      test_node_free (nodes[1]);
    }
  test_world_free (world);
}

/* Listens, greets whoever comes, and hangs up. */
typedef struct
{
  BtPoller    *poller;
  BtListener  *listener;
  BtHandshake  handshake;
  guint        n_came;
} Rude;

static void
rude_stream_cb (BtStream       *stream,
                BtStreamEvents  events,
                gpointer        user_data)
{
  Rude *rude = user_data;
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  struct iovec iov = { bytes, sizeof bytes };

  if ((events & BT_STREAM_READABLE) && bt_stream_readv (stream, &iov, 1, NULL) > 0)
    {
      bt_wire_put_handshake (&rude->handshake, bytes);
      bt_stream_writev (stream, &iov, 1, NULL);
    }
  bt_stream_free (stream);
}

static void
rude_cb (BtStream *stream,
         gpointer  user_data)
{
  Rude *rude = user_data;

  rude->n_came++;
  bt_stream_set_func (stream, rude_stream_cb, rude);
  bt_stream_set_wanted (stream, BT_STREAM_READABLE);
}

/* One that hangs up as soon as it has greeted us is not tried every minute for ever. */
static void
test_hangs_up (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  TestNode *node = add_node (world, metainfo, NULL, NULL);
  BtListenerConfig config = { .use_ipv4 = TRUE };
  Rude rude = { .handshake = { .peer_id = "-XX0001-rude" } };
  BtAddress address;

  memcpy (rude.handshake.info_hash, bt_metainfo_get_info_hash_v1 (metainfo), BT_SHA1_BYTES);
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind4));
  rude.poller = bt_poller_new (world->context, NULL);
  rude.listener = bt_listener_new (rude.poller, world->clock, &config, rude_cb, &rude, NULL);
  g_assert_true (bt_address_parse ("127.0.0.1", bt_listener_get_port (rude.listener), &address));
  bt_swarm_add_peer (node->swarm, &address, BT_SOURCE_TRACKER);
  test_world_pass (world, 2 * 3600 * BT_SECOND_US);
  g_assert_cmpuint (rude.n_came, >, 3);
  g_assert_cmpuint (rude.n_came, <=, BT_KNOWN_PEER_MAX_FAILS);
  bt_listener_free (rude.listener);
  test_node_free (node);
  bt_poller_free (rude.poller);
  test_world_free (world);
}

/* --- What we say --- */

/* Complete, we say so to those who stay. */
static void
test_tells_upload_only (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  TestNode *seed = add_node (world, metainfo, world->folder, NULL);
  TestNode *leech = add_node (world, metainfo, NULL, NULL);
  RawPeer *peer = raw_peer_new (leech, metainfo);

  raw_peer_send_handshake (peer, metainfo, "stays", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_EXTENDED, 1));
  test_node_connect (leech, seed);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_EXTENDED, 2));
  g_assert_false (peer->is_closed);
  raw_peer_free (peer);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

static void
send_bitfield (RawPeer *peer,
               guint    n_pieces,
               guint32  piece)
{
  guint8 message[5 + 16] = { 0, 0, 0, 0, BT_WIRE_BITFIELD };
  guint n_bytes = (n_pieces + 7) / 8;

  message[3] = (guint8) (1 + n_bytes);
  message[5 + piece / 8] = (guint8) (0x80 >> piece % 8);
  raw_peer_send (peer, message, 5 + n_bytes);
}

/* A piece that we had is gone from the disk: who has it is of interest again. */
static void
test_lost_piece_is_wanted (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  TestNode *leech = add_node (world, metainfo, NULL, NULL);
  g_autofree char *source = g_build_filename (world->folder, "one.bin", NULL);
  g_autofree char *path = g_build_filename (leech->folder, "one.bin", NULL);
  g_autofree char *content = NULL;
  RawPeer *giver = raw_peer_new (leech, metainfo);
  RawPeer *taker = raw_peer_new (leech, metainfo);
  BtBlockSpan span = { 3, 0, BT_BLOCK_BYTES };

  g_assert_true (g_file_get_contents (source, &content, NULL, NULL));
  raw_peer_send_handshake (giver, metainfo, "giver", TRUE);
  send_bitfield (giver, 64, span.piece);
  raw_peer_send_simple (giver, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (giver, BT_WIRE_REQUEST, 1));
  raw_peer_send_block (giver, &span, (guint8 *) content + span.piece * PIECE_BYTES);
  g_assert_true (raw_peer_wait_message (giver, BT_WIRE_NOT_INTERESTED, 1));

  g_assert_cmpint (truncate (path, 0), ==, 0);
  raw_peer_send_handshake (taker, metainfo, "taker", TRUE);
  raw_peer_send_simple (taker, BT_WIRE_HAVE_NONE);
  raw_peer_send_simple (taker, BT_WIRE_INTERESTED);
  g_assert_true (raw_peer_wait_message (taker, BT_WIRE_UNCHOKE, 1));
  raw_peer_send_span (taker, BT_WIRE_REQUEST, span.piece, 0, BT_BLOCK_BYTES);
  g_assert_true (raw_peer_wait_message (taker, BT_WIRE_REJECT, 1));
  g_assert_true (raw_peer_wait_message (giver, BT_WIRE_INTERESTED, 2));
  g_assert_true (raw_peer_wait_message (giver, BT_WIRE_REQUEST, 2));
  raw_peer_free (giver);
  raw_peer_free (taker);
  test_node_free (leech);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/manners/seed-finds-seed", test_seed_finds_seed);
  g_test_add_func ("/swarm/manners/seed-finds-partial-seed", test_seed_finds_partial_seed);
  g_test_add_func ("/swarm/manners/self", test_self);
  g_test_add_func ("/swarm/manners/both-dial", test_both_dial);
  g_test_add_func ("/swarm/manners/hangs-up", test_hangs_up);
  g_test_add_func ("/swarm/manners/tells-upload-only", test_tells_upload_only);
  g_test_add_func ("/swarm/manners/lost-piece-is-wanted", test_lost_piece_is_wanted);
  return g_test_run ();
}
