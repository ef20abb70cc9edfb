/* test-places.c - who makes room, and who cannot keep the others waiting
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384u

static const TestFile one_mib[] = {
  { "one.bin", 1 << 20 },
  { NULL }
};

static const TestFile one_block[] = {
  { "block.bin", BT_BLOCK_BYTES },
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
static void
tell (TestNode *node,
      TestNode *of)
{
  BtAddress address = test_node_get_address (of);

  bt_swarm_add_peer (node->swarm, &address, BT_SOURCE_TRACKER);
}

static void
send_keep_alive (RawPeer *peer)
{
  static const guint8 zeros[4];

  raw_peer_send (peer, zeros, sizeof zeros);
}

/* --- Making room --- */

typedef struct
{
  TestNode *leech;
  RawPeer  *idlers[8];
  guint     n_idlers;
  gint64    kept_at_us;
} Idle;

/* Keeps them from falling silent. */
static gboolean
is_complete_beside_idlers (gpointer user_data)
{
  Idle *idle = user_data;
  gint64 now_us = bt_clock_get_us (idle->leech->world->clock);

  for (guint i = 0; i < idle->n_idlers && now_us - idle->kept_at_us > 10 * BT_SECOND_US; i++)
    if (idle->idlers[i]->stream != NULL)
      send_keep_alive (idle->idlers[i]);
  if (now_us - idle->kept_at_us > 10 * BT_SECOND_US)
    idle->kept_at_us = now_us;
  return bt_swarm_get_state (idle->leech->swarm) == BT_SWARM_SEEDING;
}

/* All places are taken by peers that give nothing; one who has everything is known, and gets in. */
static void
test_turnover (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  BtSwarmConfig config = { .max_peers = 4 };
  TestNode *seed = add_node (world, metainfo, world->folder, NULL);
  Idle idle = { .leech = add_node (world, metainfo, NULL, &config), .n_idlers = 4 };
  gint64 began_us;
  guint n_left = 0;

  for (guint i = 0; i < idle.n_idlers; i++)
    {
      g_autofree char *id = g_strdup_printf ("idle%u", i);

      idle.idlers[i] = raw_peer_new (idle.leech, metainfo);
      raw_peer_send_handshake (idle.idlers[i], metainfo, id, TRUE);
      raw_peer_send_simple (idle.idlers[i], BT_WIRE_HAVE_NONE);
      g_assert_true (raw_peer_wait_handshake (idle.idlers[i]));
    }
  began_us = bt_clock_get_us (world->clock);
  tell (idle.leech, seed);
  while (bt_clock_get_us (world->clock) - began_us < BT_SWARM_USELESS_US)
    {
      g_assert_false (is_complete_beside_idlers (&idle));
      test_world_pass (world, 2 * BT_SECOND_US);
    }
  g_assert_true (test_world_wait (world, is_complete_beside_idlers, &idle));
  for (guint i = 0; i < idle.n_idlers; i++)
    {
      n_left += !idle.idlers[i]->is_closed;
      raw_peer_free (idle.idlers[i]);
    }
  g_assert_cmpuint (n_left, ==, 3);
  test_node_free (idle.leech);
  test_node_free (seed);
  test_world_free (world);
}

/* Nobody is known who could take the place: nobody goes. */
static void
test_no_turnover_for_nobody (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  BtSwarmConfig config = { .max_peers = 1 };
  TestNode *leech = add_node (world, metainfo, NULL, &config);
  RawPeer *peer = raw_peer_new (leech, metainfo);

  raw_peer_send_handshake (peer, metainfo, "only", TRUE);
  g_assert_true (raw_peer_wait_handshake (peer));
  for (guint i = 0; i < 20; i++)
    {
      send_keep_alive (peer);
      test_world_pass (world, 60 * BT_SECOND_US);
    }
  g_assert_false (peer->is_closed);
  raw_peer_free (peer);
  test_node_free (leech);
  test_world_free (world);
}

/* An address that never answers, nor refuses: its queue is full. Returns its sockets. */
static void
make_black_hole (BtAddress *out_address,
                 int        fds[4])
{
  struct sockaddr_storage sa;
  socklen_t sa_len = sizeof sa;

  g_assert_true (bt_address_parse ("127.0.0.1", 0, out_address));
  sa_len = bt_address_to_sockaddr (out_address, &sa);
  fds[0] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fds[0], (struct sockaddr *) &sa, sa_len), ==, 0);
  g_assert_cmpint (listen (fds[0], 0), ==, 0);
  sa_len = sizeof sa;
  g_assert_cmpint (getsockname (fds[0], (struct sockaddr *) &sa, &sa_len), ==, 0);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, out_address));
  for (guint i = 1; i < 4; i++)
    {
      fds[i] = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (connect (fds[i], (struct sockaddr *) &sa, sa_len) != 0)
        g_assert_cmpint (errno, ==, EINPROGRESS);
    }
}

static gboolean
is_connecting (gpointer user_data)
{
  return ((BtSwarm *) user_data)->n_connecting == 1;
}

/* One who comes to us is worth more than one who does not answer. */
static void
test_newcomer_for_attempt (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  BtSwarmConfig config = { .max_peers = 1 };

  for (guint i = 0; i < 8; i++)
    {
      TestNode *node = add_node (world, metainfo, NULL, &config);
      RawPeer *peer;
      BtAddress address;
      int fds[4];

      make_black_hole (&address, fds);
      bt_swarm_add_peer (node->swarm, &address, BT_SOURCE_TRACKER);
      g_assert_true (test_world_wait (world, is_connecting, node->swarm));
      test_world_pass (world, 4 * BT_SECOND_US);
      g_assert_true (is_connecting (node->swarm));
      peer = raw_peer_new (node, metainfo);
      raw_peer_send_handshake (peer, metainfo, "comes", TRUE);
      g_assert_true (raw_peer_wait_handshake (peer));
      raw_peer_free (peer);
      test_node_free (node);
      for (guint k = 0; k < G_N_ELEMENTS (fds); k++)
        close (fds[k]);
    }
  test_world_free (world);
}

/* And not more than one who gives. */
static void
test_no_newcomer_for_giver (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  BtSwarmConfig config = { .max_peers = 1 };
  TestNode *node = add_node (world, metainfo, NULL, &config);
  g_autofree guint8 *data = g_malloc0 (BT_BLOCK_BYTES);
  RawPeer *giver = raw_peer_new (node, metainfo);

  raw_peer_send_handshake (giver, metainfo, "giver", TRUE);
  raw_peer_send_simple (giver, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (giver, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (giver, BT_WIRE_REQUEST, 1));
  /* Half a block is data, and nothing that could be wrong. */
  raw_peer_send (giver, "\0\0\x40\x09\x07", 5);
  raw_peer_send (giver, "\0\0\0\0\0\0\0\0", 8);
  raw_peer_send (giver, data, BT_BLOCK_BYTES / 2);
  test_world_pass (world, 3 * BT_SECOND_US);
  for (guint i = 0; i < 10; i++)
    {
      RawPeer *peer = raw_peer_new (node, metainfo);

      raw_peer_send_handshake (peer, metainfo, "newcomer", TRUE);
      g_assert_true (raw_peer_wait_closed (peer));
      raw_peer_free (peer);
    }
  g_assert_false (giver->is_closed);
  raw_peer_free (giver);
  test_node_free (node);
  test_world_free (world);
}

/* Those who gave nothing are forgotten when they go. */
static void
test_blame_is_forgotten (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  TestNode *node = add_node (world, metainfo, NULL, NULL);

  for (guint i = 0; i < 20; i++)
    {
      RawPeer *peer = raw_peer_new (node, metainfo);

      raw_peer_send_handshake (peer, metainfo, "guest", TRUE);
      g_assert_true (raw_peer_wait_handshake (peer));
      test_world_pass (world, BT_SECOND_US);
      g_assert_cmpuint (g_hash_table_size (node->swarm->by_blame), ==, 1);
      raw_peer_free (peer);
      test_world_pass (world, BT_SECOND_US);
    }
  g_assert_cmpuint (g_hash_table_size (node->swarm->by_blame), ==, 0);
  test_node_free (node);
  test_world_free (world);
}

/* --- Keeping others waiting --- */

/* Peers that have everything and let us ask, and never answer: the last block is not theirs for
 * ever. */
static void
test_stallers_at_the_end (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "block.bin", one_block,
                                                            PIECE_BYTES, NULL);
  TestNode *seed = add_node (world, metainfo, world->folder, NULL);
  Idle idle = { .leech = add_node (world, metainfo, NULL, NULL), .n_idlers = 8 };
  gint64 began_us;

  for (guint i = 0; i < idle.n_idlers; i++)
    {
      g_autofree char *id = g_strdup_printf ("stall%u", i);

      idle.idlers[i] = raw_peer_new (idle.leech, metainfo);
      raw_peer_send_handshake (idle.idlers[i], metainfo, id, TRUE);
      raw_peer_send_simple (idle.idlers[i], BT_WIRE_HAVE_ALL);
      raw_peer_send_simple (idle.idlers[i], BT_WIRE_UNCHOKE);
      g_assert_true (raw_peer_wait_handshake (idle.idlers[i]));
    }
  test_world_pass (world, 70 * BT_SECOND_US);
  began_us = bt_clock_get_us (world->clock);
  tell (idle.leech, seed);
  g_assert_true (test_world_wait (world, is_complete_beside_idlers, &idle));
  g_assert_cmpint (bt_clock_get_us (world->clock) - began_us, <, 30 * BT_SECOND_US);
  for (guint i = 0; i < idle.n_idlers; i++)
    raw_peer_free (idle.idlers[i]);
  test_node_free (idle.leech);
  test_node_free (seed);
  test_world_free (world);
}

#define N_HALVES 8u

typedef struct
{
  TestNode *leech;
  char     *content;
  RawPeer  *peers[N_HALVES];
  guint     n_rounds;
} Halves;

/* Each ends in the middle of a block, and goes on there the next time. */
static gboolean
send_by_halves (gpointer user_data)
{
  Halves *halves = user_data;

  halves->n_rounds++;
  for (guint i = 0; i < N_HALVES; i++)
    {
      RawPeer *peer = halves->peers[i];
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      for (guint k = 0; k < peer->requests->len; k++)
        {
          BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, k);
          guint8 head[BT_WIRE_BLOCK_HEADER_BYTES];

          bt_wire_put_block_head (head, span);
          g_byte_array_append (bytes, head, sizeof head);
          g_byte_array_append (bytes, (guint8 *) halves->content +
                                        (gsize) span->piece * 8 * BT_BLOCK_BYTES + span->begin,
                               span->length);
        }
      g_array_set_size (peer->requests, 0);
      if (bytes->len == 0 || peer->out->len > 0)
        continue;
      raw_peer_send (peer, bytes->data, bytes->len - 8000);
      g_byte_array_append (peer->out, bytes->data + bytes->len - 8000, 8000);
    }
  for (guint i = 0; i < N_HALVES && halves->n_rounds % 16 == 0; i++)
    if (halves->peers[i]->stream != NULL)
      raw_peer_send (halves->peers[i], "", 0);
  return bt_swarm_get_state (halves->leech->swarm) == BT_SWARM_SEEDING;
}

/* So little memory that blocks begun by peers that wait for more of it take all there is: nobody
 * will free any, and yet it goes on. */
static void
test_next_to_no_memory (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, 8 * BT_BLOCK_BYTES, NULL);
  BtSessionConfig config = { .memory_bytes = N_HALVES * BT_BLOCK_BYTES };
  Halves halves = { .leech = test_node_new (world, &config) };
  g_autofree char *source = g_build_filename (world->folder, "one.bin", NULL);

  g_assert_true (g_file_get_contents (source, &halves.content, NULL, NULL));
  test_node_add (halves.leech, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (halves.leech, BT_SWARM_DOWNLOADING));
  for (guint i = 0; i < N_HALVES; i++)
    {
      g_autofree char *id = g_strdup_printf ("half%u", i);

      halves.peers[i] = raw_peer_new (halves.leech, metainfo);
      raw_peer_send_handshake (halves.peers[i], metainfo, id, TRUE);
      raw_peer_send_simple (halves.peers[i], BT_WIRE_HAVE_ALL);
      raw_peer_send_simple (halves.peers[i], BT_WIRE_UNCHOKE);
    }
  g_assert_true (test_world_wait (world, send_by_halves, &halves));
  test_assert_same_files (metainfo, world->folder, halves.leech->folder);
  for (guint i = 0; i < N_HALVES; i++)
    raw_peer_free (halves.peers[i]);
  g_free (halves.content);
  test_node_free (halves.leech);
  test_world_free (world);
}

/* More want to download than may: whether another slot helps is found out by what is sent. */
static void
test_automatic_slots (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES,
                                                            NULL);
  TestNode *seed = add_node (world, metainfo, world->folder, NULL);
  TestNode *leeches[BT_CHOKER_FIRST_SLOTS + 4];

  for (guint i = 0; i < G_N_ELEMENTS (leeches); i++)
    {
      leeches[i] = add_node (world, metainfo, NULL, NULL);
      bt_session_set_limits (leeches[i]->session, 20000, 0);
      tell (leeches[i], seed);
    }
  test_world_pass (world, 25 * BT_SECOND_US);
  g_assert_cmpuint (seed->swarm->choker.n_auto_slots, >, BT_CHOKER_FIRST_SLOTS);
  for (guint i = 0; i < G_N_ELEMENTS (leeches); i++)
    test_node_free (leeches[i]);
  test_node_free (seed);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/places/turnover", test_turnover);
  g_test_add_func ("/swarm/places/no-turnover-for-nobody", test_no_turnover_for_nobody);
  g_test_add_func ("/swarm/places/newcomer-for-attempt", test_newcomer_for_attempt);
  g_test_add_func ("/swarm/places/no-newcomer-for-giver", test_no_newcomer_for_giver);
  g_test_add_func ("/swarm/places/blame-is-forgotten", test_blame_is_forgotten);
  g_test_add_func ("/swarm/places/stallers-at-the-end", test_stallers_at_the_end);
  g_test_add_func ("/swarm/places/next-to-no-memory", test_next_to_no_memory);
  g_test_add_func ("/swarm/places/automatic-slots", test_automatic_slots);
  return g_test_run ();
}
