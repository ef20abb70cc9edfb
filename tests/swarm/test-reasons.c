/* test-reasons.c - why nothing moves: each reason, brought about
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "../trackers/fixture.h"

#include "storage/bt-disk-private.h"
#include "swarm/bt-swarm-private.h"
#include "transport/bt-tcp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384u
#define N_PIECES    64u

static const TestFile one_mib[] = {
  { "one.bin", N_PIECES * PIECE_BYTES },
  { NULL }
};

static const TestFile two_mib[] = {
  { "two.bin", 2 * N_PIECES * PIECE_BYTES },
  { NULL }
};

/* One engine with one torrent. */
typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *node;
} Place;

/* The world goes with it. */
static Place
place_new_in (TestWorld             *world,
              gboolean               is_seed,
              const BtSessionConfig *config,
              const char            *tracker)
{
  Place place = { .world = world };

  place.metainfo = test_world_make_torrent (place.world, "one.bin", one_mib, PIECE_BYTES, tracker);
  place.node = test_node_new (place.world, config);
  test_node_add (place.node, place.metainfo, is_seed ? place.world->folder : NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (place.node, is_seed ? BT_SWARM_SEEDING
                                                           : BT_SWARM_DOWNLOADING));
  return place;
}

static Place
place_new (gboolean is_seed)
{
  return place_new_in (test_world_new (), is_seed, NULL, NULL);
}

static void
place_clear (Place *place)
{
  test_node_free (place->node);
  bt_metainfo_unref (place->metainfo);
  test_world_free (place->world);
}

/* Without its message. */
static BtSwarmFacts
get_facts (BtSwarm *swarm)
{
  BtSwarmFacts facts;

  bt_swarm_get_facts (swarm, &facts);
  bt_swarm_facts_clear (&facts);
  return facts;
}

typedef struct
{
  BtSwarm  *swarm;
  BtReason  reason;
} Reason;

static gboolean
is_reason (gpointer user_data)
{
  Reason *reason = user_data;

  return get_facts (reason->swarm).reason == reason->reason;
}

static gboolean
wait_reason (Place    *place,
             BtReason  reason)
{
  Reason wait = { place->node->swarm, reason };

  return test_world_wait (place->world, is_reason, &wait);
}

static BtReason
get_reason (Place *place)
{
  return get_facts (place->node->swarm).reason;
}

/* A peer that has pieces [0, n_has). */
static RawPeer *
visit (Place      *place,
       const char *id,
       guint       n_has)
{
  RawPeer *peer = raw_peer_new (place->node, place->metainfo);
  guint8 message[5 + N_PIECES / 8] = { 0, 0, 0, 1 + N_PIECES / 8, BT_WIRE_BITFIELD };

  for (guint i = 0; i < n_has; i++)
    message[5 + i / 8] |= (guint8) (0x80 >> i % 8);
  raw_peer_send_handshake (peer, place->metainfo, id, TRUE);
  raw_peer_send (peer, message, sizeof message);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_EXTENDED, 1));
  return peer;
}

/* --- Nobody --- */

/* An address of this machine where nobody listens. */
static BtAddress
get_closed_address (void)
{
  struct sockaddr_storage sa;
  socklen_t sa_len;
  BtAddress address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_true (bt_address_parse ("127.0.0.1", 0, &address));
  sa_len = bt_address_to_sockaddr (&address, &sa);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &sa, sa_len), ==, 0);
  sa_len = sizeof sa;
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &sa, &sa_len), ==, 0);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, &address));
  close (fd);
  return address;
}

static void
test_no_peers (gconstpointer is_seed)
{
  Place place = place_new (GPOINTER_TO_INT (is_seed));

  test_world_pass (place.world, 3600 * BT_SECOND_US);
  g_assert_cmpint (get_reason (&place), ==, BT_REASON_NO_PEERS);
  bt_swarm_stop (place.node->swarm);
  g_assert_cmpint (get_reason (&place), ==, BT_REASON_NONE);
  place_clear (&place);
}

static void
test_tracker_failed (gconstpointer is_seed)
{
  TestWorld *world = test_world_new ();
  HttpServer *server = http_server_new (FALSE);
  g_autofree char *url = http_server_dup_url (server, "/announce");
  Place place;
  BtSwarmFacts facts;

  http_server_set_reply (server, "200 OK", "", "d14:failure reason12:unregisterede");
  place = place_new_in (world, GPOINTER_TO_INT (is_seed), NULL, url);
  g_assert_true (wait_reason (&place, BT_REASON_TRACKER_FAILED));
  bt_swarm_get_facts (place.node->swarm, &facts);
  g_assert_nonnull (strstr (facts.message, "unregistered"));
  bt_swarm_facts_clear (&facts);
  g_assert_cmpuint (server->targets->len, ==, 1);
  test_node_free (place.node);
  bt_metainfo_unref (place.metainfo);
  http_server_free (server);
  test_world_free (world);
}

/* Known, tried, refused; and when that has gone on for ten minutes and nobody ever reached us, that
 * is worth to be told. */
static void
test_unreachable (gconstpointer is_seed)
{
  Place place = place_new (GPOINTER_TO_INT (is_seed));
  BtAddress address = get_closed_address ();

  bt_swarm_add_peer (place.node->swarm, &address, BT_SOURCE_PERSON);
  g_assert_cmpint (get_reason (&place), ==, BT_REASON_CONNECTING);
  g_assert_true (wait_reason (&place, BT_REASON_UNREACHABLE));
  test_world_pass (place.world, 500 * BT_SECOND_US);
  g_assert_true (wait_reason (&place, BT_REASON_UNREACHABLE));
  test_world_pass (place.world, 110 * BT_SECOND_US);
  g_assert_true (wait_reason (&place, BT_REASON_NO_INCOMING));
  place_clear (&place);
}

/* One that a tracker told of is forgotten in the end: it is the same. Not where somebody from
 * outside has come. */
static void
test_incoming (gconstpointer has_come)
{
  Place place = place_new (FALSE);
  BtAddress closed = get_closed_address (), outside;

  g_assert_true (bt_address_parse ("8.8.8.8:1", 0, &outside));
  if (GPOINTER_TO_INT (has_come))
    place.node->swarm->ops->has_come (place.node->session, &outside);
  bt_swarm_add_peer (place.node->swarm, &closed, BT_SOURCE_TRACKER);
  test_world_pass (place.world, 3 * 3600 * BT_SECOND_US);
  g_assert_cmpuint (get_facts (place.node->swarm).n_known, ==, 0);
  g_assert_cmpint (get_reason (&place), ==, GPOINTER_TO_INT (has_come) ? BT_REASON_NO_PEERS
                                                                       : BT_REASON_NO_INCOMING);
  place_clear (&place);
}

/* --- Peers that are of no use --- */

static void
test_no_pieces (void)
{
  Place place = place_new (FALSE);
  RawPeer *peers[2];

  peers[0] = visit (&place, "none", 0);
  g_assert_true (wait_reason (&place, BT_REASON_NO_PIECES));
  g_assert_cmpuint (get_facts (place.node->swarm).reason_piece, ==, 0);
  for (guint32 p = 0; p < 7; p++)
    bt_picker_set_have (place.node->swarm->picker, p);
  bt_picker_set_priority (place.node->swarm->picker, 7, BT_PRIORITY_SKIP);
  peers[1] = visit (&place, "some", 7);
  g_assert_true (wait_reason (&place, BT_REASON_NO_PIECES));
  g_assert_cmpuint (get_facts (place.node->swarm).reason_piece, ==, 8);
  raw_peer_free (peers[1]);
  peers[1] = visit (&place, "all", N_PIECES);
  g_assert_true (wait_reason (&place, BT_REASON_ALL_CHOKE));
  g_assert_cmpuint (get_facts (place.node->swarm).reason_piece, ==, G_MAXUINT32);
  raw_peer_free (peers[0]);
  raw_peer_free (peers[1]);
  place_clear (&place);
}

/* Those who have nothing for us do not count; one that unchokes us and does not answer is another
 * matter. */
static void
test_all_choke (void)
{
  Place place = place_new (FALSE);
  RawPeer *peers[] = { visit (&place, "a", 5), visit (&place, "b", N_PIECES),
                       visit (&place, "c", 1), visit (&place, "d", 0) };

  g_assert_true (wait_reason (&place, BT_REASON_ALL_CHOKE));
  g_assert_cmpuint (get_facts (place.node->swarm).reason_peers, ==, 3);
  raw_peer_send_simple (peers[1], BT_WIRE_UNCHOKE);
  g_assert_true (wait_reason (&place, BT_REASON_STALLED));
  g_assert_cmpuint (get_facts (place.node->swarm).reason_peers, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    raw_peer_free (peers[i]);
  place_clear (&place);
}

/* --- Limits and the disk --- */

/* At both ends, of the torrent and of all of them; but not of one that nothing could come for. */
static void
test_limit (gconstpointer user_data)
{
  gboolean of_all = GPOINTER_TO_INT (user_data);
  BtReason expected = of_all ? BT_REASON_LIMIT_OF_ALL : BT_REASON_LIMIT;
  Place place = place_new (FALSE);
  TestNode *seed = test_node_new (place.world, NULL);
  g_autoptr (BtMetainfo) other =
      test_world_make_torrent (place.world, "two.bin", two_mib, PIECE_BYTES, NULL);
  BtSwarm *idle = test_node_add (place.node, other, NULL, NULL, TRUE);
  Reason wait = { idle, BT_REASON_NO_PEERS };
  RawPeer *peer;

  g_assert_true (test_world_wait (place.world, is_reason, &wait));
  peer = raw_peer_new (place.node, other);
  raw_peer_send_handshake (peer, other, "idle", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  wait.reason = BT_REASON_NO_PIECES;
  g_assert_true (test_world_wait (place.world, is_reason, &wait));
  test_node_add (seed, place.metainfo, place.world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  if (of_all)
    bt_session_set_limits (place.node->session, 20000, 0);
  else
    bt_swarm_set_limits (place.node->swarm, 20000, 0);
  test_node_connect (place.node, seed);
  g_assert_true (wait_reason (&place, expected));
  g_assert_cmpint (get_facts (idle).reason, ==, BT_REASON_NO_PIECES);

  if (of_all)
    bt_session_set_limits (seed->session, 0, 1000);
  else
    bt_swarm_set_limits (seed->swarm, 0, 1000);
  wait = (Reason) { seed->swarm, expected };
  g_assert_true (test_world_wait (place.world, is_reason, &wait));
  raw_peer_free (peer);
  test_node_free (seed);
  place_clear (&place);
}

/* Work for the disk that takes until it is told to end. */
typedef struct
{
  BtDiskJob  job;
  GMutex    *lock;     /* borrowed; held by the test meanwhile */
  gboolean  *is_over;  /* borrowed */
} Obstacle;

static BtDiskStep
obstacle_run (BtDiskJob     *job,
              BtDiskScratch *scratch)
{
  Obstacle *obstacle = (Obstacle *) job;

  g_mutex_lock (obstacle->lock);
  g_mutex_unlock (obstacle->lock);
  return BT_STEP_DONE;
}

static void
obstacle_end (BtDiskJob *job)
{
  *((Obstacle *) job)->is_over = TRUE;
  g_free (job);
}

static gboolean
is_true (gpointer user_data)
{
  return *(gboolean *) user_data;
}

/* What comes is not written, for want of a worker. */
static void
test_disk (void)
{
  BtSessionConfig config = { .max_file_workers = 1, .max_piece_workers = 1 };
  Place place = place_new_in (test_world_new (), FALSE, &config, NULL);
  RawPeer *peer = visit (&place, "all", N_PIECES);
  Obstacle *obstacle = g_new0 (Obstacle, 1);
  g_autofree char *source = g_build_filename (place.world->folder, "one.bin", NULL);
  g_autofree char *content = NULL;
  gboolean is_over = FALSE;
  BtBlockSpan span;
  GMutex lock;

  g_assert_true (g_file_get_contents (source, &content, NULL, NULL));
  g_mutex_init (&lock);
  g_mutex_lock (&lock);
  *obstacle = (Obstacle) { { .run = obstacle_run, .end = obstacle_end, .role = BT_ROLE_FILE },
                           &lock, &is_over };
  bt_disk_submit (place.node->swarm->env->disk, &obstacle->job);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 1));
  span = g_array_index (peer->requests, BtBlockSpan, 0);
  raw_peer_send_block (peer, &span, (guint8 *) content + span.piece * PIECE_BYTES + span.begin);
  g_assert_true (wait_reason (&place, BT_REASON_DISK));
  g_mutex_unlock (&lock);
  g_assert_true (test_world_wait (place.world, is_true, &is_over));
  g_assert_true (wait_reason (&place, BT_REASON_STALLED));
  g_mutex_clear (&lock);
  raw_peer_free (peer);
  place_clear (&place);
}

/* --- Seeding --- */

static void
test_seeding (void)
{
  Place place = place_new (TRUE);
  RawPeer *peers[2] = { visit (&place, "a", 3), visit (&place, "b", 60) };
  GArray *rows;

  g_assert_true (wait_reason (&place, BT_REASON_NOBODY_WANTS));
  bt_swarm_set_upload_slots (place.node->swarm, 1);
  for (guint i = 0; i < 2; i++)
    raw_peer_send_simple (peers[i], BT_WIRE_INTERESTED);
  g_assert_true (wait_reason (&place, BT_REASON_NONE));
  /* Both want something, and one waits for its turn: that is no reason. */
  test_world_pass (place.world, 5 * BT_SECOND_US);
  g_assert_cmpuint (peers[0]->counts[BT_WIRE_UNCHOKE] + peers[1]->counts[BT_WIRE_UNCHOKE], ==, 1);
  g_assert_cmpint (get_reason (&place), ==, BT_REASON_NONE);

  rows = bt_swarm_get_peer_rows (place.node->swarm);
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const BtPeerRow *row = &g_array_index (rows, BtPeerRow, i);

      g_assert_cmpuint (row->progress_milli, ==, row->n_pieces * 1000 / N_PIECES);
      g_assert_cmpuint (row->progress_milli, ==, row->n_pieces == 3 ? 46 : 937);
      g_assert_cmpint (row->connected_at_us, >, 0);
    }
  g_array_unref (rows);
  raw_peer_free (peers[0]);
  raw_peer_free (peers[1]);
  place_clear (&place);
}

/* A seed that knows only seeds. */
static void
test_only_seeds (void)
{
  Place place = place_new (TRUE);
  BtAddress address = get_closed_address ();
  BtKnownPeers *known = place.node->swarm->known;

  bt_swarm_add_peer (place.node->swarm, &address, BT_SOURCE_TRACKER);
  bt_known_peers_set_seed (known, bt_known_peers_find (known, &address), TRUE);
  test_world_pass (place.world, 2 * BT_SECOND_US);
  g_assert_cmpint (get_reason (&place), ==, BT_REASON_NOBODY_WANTS);
  place_clear (&place);
}

int
main (int   argc,
      char *argv[])
{
  static const gconstpointer no = GINT_TO_POINTER (FALSE), yes = GINT_TO_POINTER (TRUE);

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/swarm/reasons/no-peers", no, test_no_peers);
  g_test_add_data_func ("/swarm/reasons/no-peers-seed", yes, test_no_peers);
  g_test_add_data_func ("/swarm/reasons/tracker-failed", no, test_tracker_failed);
  g_test_add_data_func ("/swarm/reasons/tracker-failed-seed", yes, test_tracker_failed);
  g_test_add_data_func ("/swarm/reasons/unreachable", no, test_unreachable);
  g_test_add_data_func ("/swarm/reasons/unreachable-seed", yes, test_unreachable);
  g_test_add_data_func ("/swarm/reasons/no-incoming", no, test_incoming);
  g_test_add_data_func ("/swarm/reasons/some-incoming", yes, test_incoming);
  g_test_add_func ("/swarm/reasons/no-pieces", test_no_pieces);
  g_test_add_func ("/swarm/reasons/all-choke", test_all_choke);
  g_test_add_data_func ("/swarm/reasons/limit", no, test_limit);
  g_test_add_data_func ("/swarm/reasons/limit-of-all", yes, test_limit);
  g_test_add_func ("/swarm/reasons/disk", test_disk);
  g_test_add_func ("/swarm/reasons/seeding", test_seeding);
  g_test_add_func ("/swarm/reasons/only-seeds", test_only_seeds);
  return g_test_run ();
}
