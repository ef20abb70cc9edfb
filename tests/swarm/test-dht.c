/* test-dht.c - torrents and magnet links that find each other by the DHT alone, on loopback
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"
#include "test-port.h"

#include "session/bt-session-private.h"
#include "swarm/bt-swarm-private.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384u
#define N_OTHERS    6      /* nodes without torrents */

static const TestFile one_mib[] = { { "one.bin", 1 << 20 }, { NULL } };

/* Several engines, all of which but the first know the first. */
typedef struct
{
  TestWorld  *world;
  const char *ip;            /* of all of them */
  BtMetainfo *metainfo;
  BtMetainfo *found;         /* of a magnet link; owned, nullable */
  BtSeeker   *seeker;        /* borrowed, nullable */
  TestNode   *others[N_OTHERS];
  char       *router;        /* HOST:PORT of the first */
  TestNode   *seed;
  TestNode   *leech;
} Net;

static TestNode *
add_node (Net        *net,
          guint       discovery,
          const char *router,
          GBytes     *saved)
{
  const char *nodes[] = { router, NULL };
  BtSessionConfig config = { .discovery = discovery, .dht_nodes = nodes, .dht_saved = saved };

  g_assert_true (bt_address_parse (net->ip, 0, &config.bind));
  return test_node_new (net->world, &config);
}

static BtAddress
get_address (Net      *net,
             TestNode *node)
{
  BtAddress address;

  g_assert_true (bt_address_parse (net->ip, bt_session_get_port (node->session), &address));
  return address;
}

static BtNetworkFacts *
get_network (TestNode *node)
{
  return bt_session_get_network (node->session);
}

static gboolean
is_bootstrapped (gpointer user_data)
{
  g_autoptr (BtNetworkFacts) facts = get_network (user_data);

  return facts->is_dht_bootstrapped;
}

static void
settle (Net      *net,
        TestNode *node)
{
  g_assert_true (test_world_wait (net->world, is_bootstrapped, node));
}

static Net *
net_new_at (const char *ip,
            gboolean    is_private)
{
  Net *net = g_new0 (Net, 1);
  char text[BT_ADDRESS_STRING_BYTES];
  BtAddress address;

  net->ip = ip;
  net->world = test_world_new ();
  net->metainfo = test_world_make_torrent_of (net->world, "one.bin", one_mib, PIECE_BYTES,
                                              is_private);
  net->others[0] = add_node (net, BT_DISCOVERY_DHT, NULL, NULL);
  address = get_address (net, net->others[0]);
  net->router = g_strdup (bt_address_to_string (&address, text));
  for (guint i = 1; i < N_OTHERS; i++)
    net->others[i] = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  for (guint i = 1; i < N_OTHERS; i++)
    settle (net, net->others[i]);
  return net;
}

static Net *
net_new (gboolean is_private)
{
  return net_new_at ("127.0.0.1", is_private);
}

static void
net_free (Net *net)
{
  g_clear_pointer (&net->leech, test_node_free);
  g_clear_pointer (&net->seed, test_node_free);
  for (guint i = 0; i < N_OTHERS; i++)
    g_clear_pointer (&net->others[i], test_node_free);
  g_clear_pointer (&net->found, bt_metainfo_unref);
  bt_metainfo_unref (net->metainfo);
  test_world_free (net->world);
  g_free (net->router);
  g_free (net);
}

static guint
count_stored (Net *net)
{
  guint n = 0;

  for (guint i = 0; i < N_OTHERS; i++)
    {
      g_autoptr (BtNetworkFacts) facts = get_network (net->others[i]);

      n += facts->dht.n_peers_stored;
    }
  return n;
}

static gboolean
is_announced (gpointer user_data)
{
  return count_stored (user_data) >= 3;
}

static void
start_seed (Net *net)
{
  net->seed = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  settle (net, net->seed);
  test_node_add (net->seed, net->metainfo, net->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (net->seed, BT_SWARM_SEEDING));
}

static void
assert_found_by_dht (Net          *net,
                     BtKnownPeers *known,
                     TestNode     *node)
{
  BtAddress address = get_address (net, node);
  const BtKnownPeer *peer = bt_known_peers_find (known, &address);

  g_assert_nonnull (peer);
  g_assert_cmpuint (peer->sources & BT_SOURCE_DHT, !=, 0);
}

/* --- What is found --- */

static gboolean
has_address (const char *ip)
{
  BtAddress address;
  struct sockaddr_storage sa;
  socklen_t n_sa;
  gboolean is_there;
  int fd;

  g_assert_true (bt_address_parse (ip, 0, &address));
  n_sa = bt_address_to_sockaddr (&address, &sa);
  fd = socket (sa.ss_family, SOCK_DGRAM, 0);
  is_there = fd >= 0 && bind (fd, (struct sockaddr *) &sa, n_sa) == 0;
  if (fd >= 0)
    close (fd);
  return is_there;
}

static void
test_torrent (gconstpointer ip)
{
  BtSwarmFacts facts;
  Net *net;

  if (!has_address (ip))
    {
      g_test_skip ("no such address here");
      return;
    }
  net = net_new_at (ip, FALSE);
  start_seed (net);
  g_assert_true (test_world_wait (net->world, is_announced, net));
  net->leech = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  test_node_add (net->leech, net->metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (net->leech, BT_SWARM_SEEDING));
  assert_found_by_dht (net, net->leech->swarm->known, net->seed);
  test_world_pass (net->world, 30 * BT_SECOND_US);
  bt_swarm_get_facts (net->leech->swarm, &facts);
  g_assert_cmpuint (facts.n_nodes, >=, N_OTHERS);
  g_assert_cmpint (facts.dht_seeds, ==, -1);
  bt_swarm_facts_clear (&facts);
  net_free (net);
}

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  Net *net = user_data;

  g_assert_no_error (error);
  net->found = bt_metainfo_ref (metainfo);
}

static gboolean
is_found (gpointer user_data)
{
  return ((Net *) user_data)->found != NULL;
}

static void
seek (Net *net)
{
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_metainfo (net->metainfo, NULL);
  const BtSeekerConfig config = { 0 };
  g_autoptr (GError) error = NULL;

  net->seeker = bt_session_seek (net->leech->session, magnet, &config, found_cb, net, &error);
  g_assert_no_error (error);
}

static void
test_magnet (void)
{
  Net *net = net_new (FALSE);
  BtSeekerFacts facts;
  gint64 began_us, took_us;

  start_seed (net);
  g_assert_true (test_world_wait (net->world, is_announced, net));
  net->leech = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  began_us = bt_clock_get_us (net->world->clock);
  seek (net);
  g_assert_true (test_world_wait (net->world, is_found, net));
  took_us = bt_clock_get_us (net->world->clock) - began_us;
  g_test_message ("found after %d ms", (int) (took_us / BT_MILLISECOND_US));
  g_assert_cmpmem (bt_metainfo_get_info_hash_v1 (net->found), BT_SHA1_BYTES,
                   bt_metainfo_get_info_hash_v1 (net->metainfo), BT_SHA1_BYTES);
  bt_seeker_get_facts (net->seeker, &facts);
  g_assert_cmpuint (facts.n_nodes, >, 0);
  bt_seeker_facts_clear (&facts);
  bt_session_end_seek (net->leech->session, net->seeker, FALSE);
  net_free (net);
}

/* Nobody has it at first: it is looked for again, and what the DHT says of it is told. */
static void
test_magnet_waits (void)
{
  Net *net = net_new (FALSE);
  BtSeekerFacts facts;

  net->leech = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  seek (net);
  test_world_pass (net->world, 20 * BT_SECOND_US);
  bt_seeker_get_facts (net->seeker, &facts);
  g_assert_cmpuint (facts.n_nodes, >=, N_OTHERS);
  g_assert_cmpuint (facts.n_nodes, <, 2 * N_OTHERS);
  g_assert_cmpint (facts.dht_seeds, <=, 0);
  g_assert_cmpuint (facts.n_known, ==, 0);
  bt_seeker_facts_clear (&facts);
  /* Again after one minute, then after two. */
  test_world_pass (net->world, 80 * BT_SECOND_US);
  bt_seeker_get_facts (net->seeker, &facts);
  g_assert_cmpuint (facts.n_nodes, >=, 2 * N_OTHERS);
  g_assert_cmpuint (facts.n_nodes, <, 3 * N_OTHERS);
  bt_seeker_facts_clear (&facts);
  start_seed (net);
  test_world_pass (net->world, 150 * BT_SECOND_US);
  g_assert_true (test_world_wait (net->world, is_found, net));
  bt_session_end_seek (net->leech->session, net->seeker, FALSE);
  net_free (net);
}

static gboolean
block_all (const BtAddress *address,
           gpointer         user_data)
{
  return TRUE;
}

/* Whoever looks at a link learns how many have it, also when none of them can be reached. */
static void
test_scrape (void)
{
  Net *net = net_new (FALSE);
  BtSeekerFacts facts;

  start_seed (net);
  g_assert_true (test_world_wait (net->world, is_announced, net));
  net->leech = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  bt_session_set_filter (net->leech->session, block_all, NULL, NULL);
  seek (net);
  bt_seeker_get_facts (net->seeker, &facts);
  g_assert_cmpint (facts.dht_seeds, ==, -1);
  g_assert_cmpint (facts.dht_leechers, ==, -1);
  bt_seeker_facts_clear (&facts);
  test_world_pass (net->world, 20 * BT_SECOND_US);
  bt_seeker_get_facts (net->seeker, &facts);
  g_assert_cmpint (facts.dht_seeds, ==, 1);
  g_assert_cmpint (facts.dht_leechers, >=, 0);
  g_assert_cmpint (facts.dht_leechers, <=, 1);
  bt_seeker_facts_clear (&facts);
  g_assert_null (net->found);
  bt_session_end_seek (net->leech->session, net->seeker, FALSE);
  net_free (net);
}

/* --- What is not told --- */

static void
test_private (void)
{
  Net *net = net_new (TRUE);
  BtSwarmFacts facts;

  start_seed (net);
  net->leech = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  test_node_add (net->leech, net->metainfo, NULL, NULL, TRUE);
  /* They know each other, and say nothing of their nodes either. */
  test_node_connect (net->leech, net->seed);
  g_assert_true (test_node_wait_state (net->leech, BT_SWARM_SEEDING));
  test_world_pass (net->world, 20 * 60 * BT_SECOND_US);
  g_assert_cmpuint (count_stored (net), ==, 0);
  bt_swarm_get_facts (net->seed->swarm, &facts);
  g_assert_cmpuint (facts.n_nodes, ==, 0);
  g_assert_cmpint (facts.dht_seeds, ==, -1);
  bt_swarm_facts_clear (&facts);
  net_free (net);
}

/* Between two that know no node at all. */
static void
transfer_without_nodes (Net *net)
{
  net->seed = add_node (net, BT_DISCOVERY_DHT, NULL, NULL);
  test_node_add (net->seed, net->metainfo, net->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (net->seed, BT_SWARM_SEEDING));
  net->leech = add_node (net, BT_DISCOVERY_DHT, NULL, NULL);
  test_node_add (net->leech, net->metainfo, NULL, NULL, TRUE);
  test_node_connect (net->leech, net->seed);
  g_assert_true (test_node_wait_state (net->leech, BT_SWARM_SEEDING));
}

static void
test_private_ports (void)
{
  Net *net = net_new (TRUE);
  g_autoptr (BtNetworkFacts) facts = NULL;

  transfer_without_nodes (net);
  test_world_pass (net->world, 30 * BT_SECOND_US);
  facts = get_network (net->leech);
  g_assert_cmpuint (facts->dht.n_packets_in + facts->dht.n_packets_out, ==, 0);
  net_free (net);
}

/* A public torrent's peers tell each other of their nodes. */
static void
test_ports (void)
{
  Net *net = net_new (FALSE);
  g_autoptr (BtNetworkFacts) facts = NULL;

  transfer_without_nodes (net);
  test_world_pass (net->world, 10 * BT_SECOND_US);
  facts = get_network (net->leech);
  g_assert_cmpuint (facts->dht.ipv4.n_good, ==, 1);
  net_free (net);
}

static void
test_off (void)
{
  Net *net = net_new (FALSE);
  g_autoptr (BtNetworkFacts) facts = NULL;

  start_seed (net);
  g_assert_true (test_world_wait (net->world, is_announced, net));
  net->leech = add_node (net, BT_DISCOVERY_PEX, net->router, NULL);
  test_node_add (net->leech, net->metainfo, NULL, NULL, TRUE);
  test_world_pass (net->world, 5 * 60 * BT_SECOND_US);
  g_assert_cmpuint (bt_known_peers_get_n (net->leech->swarm->known), ==, 0);
  facts = get_network (net->leech);
  g_assert_false (facts->has_dht);
  g_assert_false (facts->has_udp4);
  g_assert_cmpstr (facts->dht_id4, ==, "");
  /* Switched on, it finds. */
  bt_session_set_discovery (net->leech->session, BT_DISCOVERY_DHT);
  g_assert_true (test_node_wait_state (net->leech, BT_SWARM_SEEDING));
  /* Switched off, nothing is sent any more; and it can be switched on again. */
  bt_session_set_discovery (net->leech->session, 0);
  g_assert_nonnull (net->leech->session->dht_saved);
  test_world_pass (net->world, 60 * BT_SECOND_US);
  bt_session_set_discovery (net->leech->session, BT_DISCOVERY_DHT);
  settle (net, net->leech);
  net_free (net);
}

static void
test_read_only (void)
{
  Net *net = net_new (FALSE);
  g_autoptr (BtNetworkFacts) facts = NULL;

  net->seed = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  bt_session_set_dht_read_only (net->seed->session, TRUE);
  settle (net, net->seed);
  facts = get_network (net->seed);
  g_assert_true (facts->dht.is_read_only);
  g_assert_cmpuint (facts->dht.n_queries_in, ==, 0);
  g_clear_pointer (&facts, bt_network_facts_free);
  /* It announces all the same. */
  test_node_add (net->seed, net->metainfo, net->world->folder, NULL, TRUE);
  g_assert_true (test_world_wait (net->world, is_announced, net));
  bt_session_set_dht_read_only (net->seed->session, FALSE);
  facts = get_network (net->seed);
  g_assert_false (facts->dht.is_read_only);
  net_free (net);
}

/* --- Where others see us --- */

static BtDhtId
read_id (const char *text)
{
  BtDhtId id;

  for (guint i = 0; i < BT_DHT_ID_BYTES; i++)
    id.bytes[i] = (guint8) (16 * g_ascii_xdigit_value (text[2 * i]) +
                            g_ascii_xdigit_value (text[2 * i + 1]));
  return id;
}

/* BEP 42, by the votes of whoever sees us. */
static void
test_external (void)
{
  Net *net = net_new (FALSE);
  g_autoptr (BtNetworkFacts) facts = NULL;
  BtAddress seen;
  BtDhtId id;

  net->seed = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);
  settle (net, net->seed);
  g_assert_true (bt_address_parse ("124.31.75.21", 0, &seen));
  for (guint i = 0; i < BT_EXTERNAL_MIN_VOTES; i++)
    {
      g_autofree char *ip = g_strdup_printf ("9.9.%u.9", i);
      BtAddress voter;

      facts = get_network (net->seed);
      id = read_id (facts->dht_id4);
      g_assert_cmpint (facts->external4.family, ==, BT_FAMILY_NONE);
      g_assert_false (bt_dht_id_is_right (&id, &seen));
      g_clear_pointer (&facts, bt_network_facts_free);
      g_assert_true (bt_address_parse (ip, 7, &voter));
      bt_session_seen_at (net->seed->session, &voter, &seen);
    }
  facts = get_network (net->seed);
  id = read_id (facts->dht_id4);
  g_assert_true (bt_address_equal_ip (&facts->external4, &seen));
  g_assert_true (bt_dht_id_is_right (&id, &seen));
  /* The next node, too, begins with what is known. */
  bt_session_set_discovery (net->seed->session, 0);
  bt_session_set_discovery (net->seed->session, BT_DISCOVERY_DHT);
  g_clear_pointer (&facts, bt_network_facts_free);
  facts = get_network (net->seed);
  id = read_id (facts->dht_id4);
  g_assert_true (bt_dht_id_is_right (&id, &seen));
  net_free (net);
}

/* --- Whom it begins with --- */

static void
test_saved (void)
{
  Net *net = net_new (FALSE);
  g_autoptr (GBytes) saved = NULL;
  TestNode *first = add_node (net, BT_DISCOVERY_DHT, net->router, NULL);

  settle (net, first);
  saved = bt_session_save_dht (first->session);
  g_assert_nonnull (saved);
  test_node_free (first);
  start_seed (net);
  g_assert_true (test_world_wait (net->world, is_announced, net));
  /* No bootstrap node is named to it. */
  net->leech = add_node (net, BT_DISCOVERY_DHT, NULL, saved);
  test_node_add (net->leech, net->metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (net->leech, BT_SWARM_SEEDING));
  net_free (net);
}

static void
test_nothing_saved (void)
{
  Net *net = net_new (FALSE);

  net->leech = add_node (net, BT_DISCOVERY_DHT, NULL, NULL);
  test_world_pass (net->world, 60 * BT_SECOND_US);
  g_assert_null (bt_session_save_dht (net->leech->session));
  g_assert_false (is_bootstrapped (net->leech));
  net_free (net);
}

/* It is not there when it is asked for the first time. */
static void
test_late_bootstrap (void)
{
  Net *net = net_new (FALSE);
  g_autofree char *router = NULL;
  BtAddress address = test_node_get_address (net->others[1]);
  char text[BT_ADDRESS_STRING_BYTES];

  router = g_strdup (bt_address_to_string (&address, text));
  bt_session_set_discovery (net->others[1]->session, 0);
  net->leech = add_node (net, BT_DISCOVERY_DHT, router, NULL);
  test_world_pass (net->world, 6 * 60 * BT_SECOND_US);
  g_assert_false (is_bootstrapped (net->leech));
  bt_session_set_discovery (net->others[1]->session, BT_DISCOVERY_DHT);
  test_world_pass (net->world, 8 * 60 * BT_SECOND_US);
  g_assert_true (is_bootstrapped (net->leech));
  net_free (net);
}

/* --- The port --- */

static void
test_taken_port (void)
{
  TestWorld *world = test_world_new ();
  guint16 port;
  int tcp, fd = test_take_udp_port (&port, &tcp);
  BtSessionConfig config = { .discovery = BT_DISCOVERY_DHT, .port = port };
  TestNode *node = test_node_new (world, &config);
  BtMetainfo *metainfo = test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *leech = test_node_new (world, NULL);
  g_autoptr (BtNetworkFacts) facts = bt_session_get_network (node->session);

  g_assert_cmpuint (facts->port, ==, port);
  g_assert_cmpuint (facts->discovery, ==, BT_DISCOVERY_DHT);
  g_assert_false (facts->has_dht);
  g_assert_nonnull (facts->udp_message);
  g_assert_nonnull (strstr (facts->udp_message, "another program"));
  /* TCP goes on without. */
  test_node_add (node, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  test_node_connect (leech, node);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  /* When it is free, switching on is enough. */
  close (fd);
  close (tcp);
  bt_session_set_discovery (node->session, BT_DISCOVERY_DHT);
  g_clear_pointer (&facts, bt_network_facts_free);
  facts = bt_session_get_network (node->session);
  g_assert_true (facts->has_dht);
  g_assert_true (facts->has_udp4);
  g_assert_null (facts->udp_message);
  g_assert_cmpuint (strlen (facts->dht_id4), ==, 40);
  test_node_free (leech);
  test_node_free (node);
  bt_metainfo_unref (metainfo);
  test_world_free (world);
}

/* Questions and rubbish by the thousand from one address: few are answered, and what is kept stays small. */
static void
test_flood (void)
{
  static const char query[] = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";
  TestWorld *world = test_world_new ();
  BtSessionConfig config = { .discovery = BT_DISCOVERY_DHT };
  TestNode *node = test_node_new (world, &config);
  BtAddress address = test_node_get_address (node);
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (&address, &sa);
  g_autoptr (BtNetworkFacts) facts = NULL;
  guint16 port;
  int tcp, fd = test_take_udp_port (&port, &tcp);

  for (guint i = 0; i < 5000; i++)
    {
      const char *bytes = i % 5 == 4 ? "rubbish" : query;

      g_assert_cmpint (sendto (fd, bytes, strlen (bytes), 0, (struct sockaddr *) &sa, n_sa), >, 0);
      if (i % 50 == 0)
        test_world_pass (world, BT_MILLISECOND_US);
    }
  test_world_pass (world, BT_SECOND_US);
  facts = bt_session_get_network (node->session);
  g_assert_cmpuint (facts->dht.n_packets_in, >=, 4000);
  g_assert_cmpuint (facts->dht.n_dropped_flood, >=, 3500);
  g_assert_cmpuint (facts->dht.n_queries_in, <=, 400);
  g_assert_cmpuint (facts->dht.n_packets_out, <=, 500);
  g_assert_cmpuint (facts->dht.ipv4.n_good + facts->dht.ipv4.n_questionable +
                    facts->dht.ipv4.n_waiting, <=, 2);
  close (fd);
  close (tcp);
  test_node_free (node);
  test_world_free (world);
}

/* --- Many torrents --- */

#define N_MANY 60

typedef struct
{
  BtSwarm *swarms[N_MANY];
} Many;

static gboolean
are_seeding (gpointer user_data)
{
  Many *many = user_data;

  for (guint i = 0; i < N_MANY; i++)
    {
      if (bt_swarm_get_state (many->swarms[i]) != BT_SWARM_SEEDING)
        return FALSE;
    }
  return TRUE;
}

static void
test_many (void)
{
  Many many;
  Net *net = net_new (FALSE);
  g_autoptr (BtNetworkFacts) facts = NULL;
  g_autoptr (GPtrArray) torrents = g_ptr_array_new ();

  net->seed = add_node (net, 0, net->router, NULL);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.bin", i);
      const TestFile files[] = { { name, 1000 + i }, { NULL } };

      g_ptr_array_add (torrents, test_world_make_torrent (net->world, name, files, PIECE_BYTES,
                                                          NULL));
      many.swarms[i] = test_node_add (net->seed, g_ptr_array_index (torrents, i),
                                      net->world->folder, NULL, TRUE);
    }
  /* Their checks take as long as the machine likes; the search begins when all are done. */
  g_assert_true (test_world_wait (net->world, are_seeding, &many));
  bt_session_set_discovery (net->seed->session, BT_DISCOVERY_DHT);
  settle (net, net->seed);
  /* Not all at once: others would take us for a flooder. */
  test_world_pass (net->world, 20 * BT_SECOND_US);
  facts = get_network (net->seed);
  g_assert_cmpuint (facts->n_dht_torrents, ==, N_MANY);
  g_assert_cmpuint (facts->n_dht_waiting, >, N_MANY / 2);
  g_assert_cmpuint (facts->dht.n_timed_out, ==, 0);
  g_clear_pointer (&facts, bt_network_facts_free);
  test_world_pass (net->world, 60 * BT_SECOND_US);
  facts = get_network (net->seed);
  g_assert_cmpuint (facts->dht.n_timed_out, ==, 0);
  g_assert_cmpuint (facts->n_dht_waiting, ==, 0);
  g_clear_pointer (&facts, bt_network_facts_free);
  facts = get_network (net->others[0]);
  g_assert_cmpuint (facts->dht.n_hashes_stored, ==, N_MANY);
  g_ptr_array_foreach (torrents, (GFunc) (void (*) (void)) bt_metainfo_unref, NULL);
  net_free (net);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/swarm/dht/torrent", "127.0.0.1", test_torrent);
  g_test_add_data_func ("/swarm/dht/torrent-ipv6", "::1", test_torrent);
  g_test_add_func ("/swarm/dht/magnet", test_magnet);
  g_test_add_func ("/swarm/dht/magnet-waits", test_magnet_waits);
  g_test_add_func ("/swarm/dht/scrape", test_scrape);
  g_test_add_func ("/swarm/dht/private", test_private);
  g_test_add_func ("/swarm/dht/private-ports", test_private_ports);
  g_test_add_func ("/swarm/dht/ports", test_ports);
  g_test_add_func ("/swarm/dht/off", test_off);
  g_test_add_func ("/swarm/dht/read-only", test_read_only);
  g_test_add_func ("/swarm/dht/external", test_external);
  g_test_add_func ("/swarm/dht/saved", test_saved);
  g_test_add_func ("/swarm/dht/nothing-saved", test_nothing_saved);
  g_test_add_func ("/swarm/dht/late-bootstrap", test_late_bootstrap);
  g_test_add_func ("/swarm/dht/taken-port", test_taken_port);
  g_test_add_func ("/swarm/dht/flood", test_flood);
  g_test_add_func ("/swarm/dht/many", test_many);
  return g_test_run ();
}
