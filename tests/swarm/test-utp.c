/* test-utp.c - torrents and magnet links over uTP, over TCP where that is all there is, and through a flood of SYNs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

#include "session/bt-session-private.h"
#include "swarm/bt-swarm-private.h"

#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 32768u

static const TestFile three_mib[] = {
  { "three.bin", 3 * 1024 * 1024 + 77 },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *taker;     /* nullable */
  BtMetainfo *found;
} Place;

static TestNode *
node_new (TestWorld   *world,
          BtTransport  transport)
{
  const BtSessionConfig config = { .network.transport = transport };

  return test_node_new (world, &config);
}

static Place
place_new (BtTransport of_seed,
           BtTransport of_taker)
{
  Place place = { .world = test_world_new () };

  place.metainfo = test_world_make_torrent (place.world, "three.bin", three_mib, PIECE_BYTES, NULL);
  place.seed = node_new (place.world, of_seed);
  place.taker = node_new (place.world, of_taker);
  test_node_add (place.seed, place.metainfo, place.world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (place.seed, BT_SWARM_SEEDING));
  return place;
}

static void
place_clear (Place *place)
{
  test_node_free (place->taker);
  test_node_free (place->seed);
  g_clear_pointer (&place->found, bt_metainfo_unref);
  bt_metainfo_unref (place->metainfo);
  test_world_free (place->world);
}

static gboolean
has_greeted (gpointer user_data)
{
  Place *place = user_data;

  for (guint i = 0; i < place->taker->swarm->peers->len; i++)
    if (((SwarmPeer *) g_ptr_array_index (place->taker->swarm->peers, i))->is_greeted)
      return TRUE;
  return FALSE;
}

static BtTransport
get_transport (Place *place)
{
  SwarmPeer *sp = g_ptr_array_index (place->taker->swarm->peers, 0);

  return bt_stream_get_transport (bt_peer_get_stream (sp->peer));
}

/* What a pair of settings makes of it; on the local network TCP is first when there is a choice. */
static void
test_exchange (void)
{
  static const struct
  {
    BtTransport of_seed;
    BtTransport of_taker;
    BtTransport expected;
  } cases[] = {
    { BT_TRANSPORT_UTP, BT_TRANSPORT_UTP, BT_TRANSPORT_UTP },
    { BT_TRANSPORT_BOTH, BT_TRANSPORT_UTP, BT_TRANSPORT_UTP },
    { BT_TRANSPORT_BOTH, BT_TRANSPORT_BOTH, BT_TRANSPORT_TCP },
    { BT_TRANSPORT_TCP, BT_TRANSPORT_BOTH, BT_TRANSPORT_TCP },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Place place = place_new (cases[i].of_seed, cases[i].of_taker);

      test_node_add (place.taker, place.metainfo, NULL, NULL, TRUE);
      test_node_connect (place.taker, place.seed);
      g_assert_true (test_world_wait (place.world, has_greeted, &place));
      g_assert_cmpint (get_transport (&place), ==, cases[i].expected);
      g_assert_true (test_node_wait_state (place.taker, BT_SWARM_SEEDING));
      test_assert_same_files (place.metainfo, place.world->folder, place.taker->folder);
      place_clear (&place);
    }
}

/* Whoever was reached over uTP is tried over it first, and over TCP when uTP is gone. */
static void
test_remembers (void)
{
  Place place = place_new (BT_TRANSPORT_BOTH, BT_TRANSPORT_BOTH);
  BtNetworkSettings settings = { .transport = BT_TRANSPORT_TCP };
  BtAddress address = test_node_get_address (place.seed);
  BtKnownPeer *known;

  test_node_add (place.taker, place.metainfo, NULL, NULL, TRUE);
  known = bt_known_peers_add (place.taker->swarm->known, &address, BT_SOURCE_TRACKER,
                              bt_clock_get_us (place.world->clock));
  known->first_transport = BT_TRANSPORT_UTP;
  bt_session_set_network (place.seed->session, &settings);
  test_node_connect (place.taker, place.seed);
  g_assert_true (test_world_wait (place.world, has_greeted, &place));
  g_assert_cmpint (get_transport (&place), ==, BT_TRANSPORT_TCP);
  g_assert_cmpint (known->first_transport, ==, BT_TRANSPORT_TCP);
  place_clear (&place);
}

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  Place *place = user_data;

  g_assert_no_error (error);
  place->found = bt_metainfo_ref (metainfo);
}

static gboolean
is_found (gpointer user_data)
{
  return ((Place *) user_data)->found != NULL;
}

static void
test_magnet (void)
{
  Place place = place_new (BT_TRANSPORT_BOTH, BT_TRANSPORT_UTP);
  BtMagnet *magnet = bt_magnet_new_from_metainfo (place.metainfo, NULL);
  BtAddress address = test_node_get_address (place.seed);
  const BtSeekerConfig config = { .use_trackers = FALSE };
  g_autoptr (GError) error = NULL;
  BtSeeker *seeker = bt_session_seek (place.taker->session, magnet, &config, found_cb, &place,
                                      &error);

  g_assert_no_error (error);
  bt_seeker_add_peer (seeker, &address, BT_SOURCE_TRACKER);
  g_assert_true (test_world_wait (place.world, is_found, &place));
  bt_session_end_seek (place.taker->session, seeker, FALSE);
  bt_magnet_unref (magnet);
  place_clear (&place);
}

/* --- A flood of SYNs --- */

static void
send_syns (const BtAddress *to,
           guint            n)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (to, &sa);

  for (guint i = 0; i < n; i++)
    {
      BtUtpPacket packet = { .type = BT_UTP_SYN, .connection_id = (guint16) (3 * i), .seq_nr = 1,
                             .window_bytes = 1 << 20 };
      guint8 head[BT_UTP_MAX_HEAD_BYTES];
      gsize n_head = bt_utp_packet_write_head (&packet, head);

      /* Whatever there is room for. */
      (void) !sendto (fd, head, n_head, MSG_DONTWAIT, (struct sockaddr *) &sa, n_sa);
    }
  close (fd);
}

typedef struct
{
  Place *place;
  gint64 sent_at_us;
  guint  n_expected;
} Flood;

/* As long as it is waited for the flood goes on, with every step of the clock: ten thousand a second. */
static gboolean
is_seeding_in_flood (gpointer user_data)
{
  Flood *flood = user_data;
  BtAddress address = test_node_get_address (flood->place->seed);
  gint64 now_us = bt_clock_get_us (flood->place->world->clock);
  BtUtpSocketFacts facts;

  if (now_us != flood->sent_at_us)
    send_syns (&address, 200);
  flood->sent_at_us = now_us;
  bt_utp_socket_get_facts (flood->place->seed->session->utp, &facts);
  g_assert_cmpuint (facts.n_connections, <=, flood->n_expected);
  return bt_swarm_get_state (flood->place->taker->swarm) == BT_SWARM_SEEDING;
}

/* Neither those who come over TCP nor those who come over uTP are kept out. */
static void
test_flood (gconstpointer data)
{
  BtTransport transport = GPOINTER_TO_INT (data);
  Place place = place_new (BT_TRANSPORT_BOTH, transport);
  BtAddress address = test_node_get_address (place.seed);
  Flood flood = { .place = &place, .n_expected = transport == BT_TRANSPORT_UTP };

  send_syns (&address, 2000);
  test_node_add (place.taker, place.metainfo, NULL, NULL, TRUE);
  test_node_connect (place.taker, place.seed);
  g_assert_true (test_world_wait (place.world, is_seeding_in_flood, &flood));
  test_assert_same_files (place.metainfo, place.world->folder, place.taker->folder);
  place_clear (&place);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/utp/exchange", test_exchange);
  g_test_add_func ("/swarm/utp/remembers", test_remembers);
  g_test_add_func ("/swarm/utp/magnet", test_magnet);
  g_test_add_data_func ("/swarm/utp/flood-tcp", GINT_TO_POINTER (BT_TRANSPORT_TCP), test_flood);
  g_test_add_data_func ("/swarm/utp/flood-utp", GINT_TO_POINTER (BT_TRANSPORT_UTP), test_flood);
  return g_test_run ();
}
