/* test-map.c - what others are told when a router has mapped the port, and when the network changes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

#include "../discovery/router.h"
#include "../trackers/fixture.h"

#include <string.h>

/* None that a socket is given when it asks for any. */
#define OUTSIDE       20123
#define OTHER_OUTSIDE 20124

static const TestFile one_mib[] = {
  { "one.bin", 1 << 20 },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  Router     *router;
  HttpServer *tracker;
  BtMetainfo *metainfo;
  TestNode   *node;
  guint       port;       /* that is waited for */
  guint       n_before;   /* announces */
} Place;

static void
place_init (Place                   *place,
            PcpManner                pcp,
            const BtNetworkSettings *network)
{
  BtPortMapConfig map = { .list = router_list };
  BtSessionConfig config = { .network = *network, .port_map = &map };
  g_autofree char *url = NULL;

  memset (place, 0, sizeof *place);
  router_set_listed (TRUE);
  place->world = test_world_new ();
  place->router = router_new (pcp, IGD_NONE);
  place->router->external_port = OUTSIDE;
  map.pcp_port = place->router->pcp_port;
  map.ssdp_port = place->router->ssdp_port;
  map.announce_port = place->router->ssdp_port;
  place->tracker = http_server_new (FALSE);
  url = http_server_dup_url (place->tracker, "/announce");
  http_server_set_reply (place->tracker, "200 OK", "", "d8:intervali1800e5:peers0:e");
  place->metainfo = test_world_make_torrent (place->world, "one.bin", one_mib, 16384, url);
  place->node = test_node_new (place->world, &config);
  test_node_add (place->node, place->metainfo, place->world->folder, NULL, TRUE);
}

static void
place_clear (Place *place)
{
  test_node_free (place->node);
  g_assert_cmpuint (place->router->tcp_port, ==, 0);
  g_assert_cmpuint (place->router->udp_port, ==, 0);
  bt_metainfo_unref (place->metainfo);
  http_server_free (place->tracker);
  router_free (place->router);
  test_world_free (place->world);
}

static guint
get_told (HttpServer *tracker,
          guint       index)
{
  const char *found = strstr (g_ptr_array_index (tracker->targets, index), "port=");

  g_assert_nonnull (found);
  return (guint) g_ascii_strtoull (found + strlen ("port="), NULL, 10);
}

/* Trackers are told once a minute at most: for most of it, nothing is heard. */
static void
pass_quietly (Place *place)
{
  guint n = place->tracker->targets->len;

  test_world_pass (place->world, 50 * BT_SECOND_US);
  g_assert_cmpuint (place->tracker->targets->len, ==, n);
}

static gboolean
is_told (gpointer user_data)
{
  Place *place = user_data;
  guint n = place->tracker->targets->len;

  return n > 0 && get_told (place->tracker, n - 1) == place->port;
}

static gboolean
is_told_again (gpointer user_data)
{
  Place *place = user_data;

  return place->tracker->targets->len > place->n_before;
}

static void
wait_told (Place *place,
           guint  port)
{
  place->port = port;
  g_assert_true (test_world_wait (place->world, is_told, place));
}

/* The router's port goes to the trackers, its address is ours; both again when they change, but not more than once a
 * minute; and when it is switched off, our own port counts again. */
static void
test_announced (void)
{
  const BtNetworkSettings with = { .map_port = TRUE }, without = { .map_port = FALSE };
  Place place;
  BtSession *session;
  BtAddress external;
  g_autoptr (BtNetworkFacts) facts = NULL;
  char text[BT_ADDRESS_STRING_BYTES];
  gint64 told_us;
  guint n;

  place_init (&place, PCP_NAT_PMP, &with);
  session = place.node->session;
  wait_told (&place, OUTSIDE);
  external = bt_session_get_external (session, BT_FAMILY_IPV4);
  g_assert_cmpstr (bt_address_ip_to_string (&external, text), ==, ROUTER_EXTERNAL);
  g_assert_cmpuint (place.router->internal_port, ==, bt_session_get_port (session));
  facts = bt_session_get_network (session);
  g_assert_true (facts->is_mapping);
  g_assert_cmpuint (facts->announced_port, ==, OUTSIDE);
  g_assert_cmpuint (facts->port, ==, bt_session_get_port (session));
  g_assert_cmpint (facts->map4.state, ==, BT_PORT_MAP_MAPPED);
  g_assert_cmpint (facts->map6.state, ==, BT_PORT_MAP_NO_GATEWAY);

  place.router->external_port = OTHER_OUTSIDE;
  bt_session_network_changed (session);
  wait_told (&place, OTHER_OUTSIDE);
  told_us = bt_clock_get_us (place.world->clock);
  n = place.tracker->targets->len;
  place.router->external_port = OUTSIDE;
  for (guint i = 0; i < 10; i++)
    bt_session_network_changed (session);
  pass_quietly (&place);
  wait_told (&place, OUTSIDE);
  g_assert_cmpuint (place.tracker->targets->len, ==, n + 1);
  g_assert_cmpint (bt_clock_get_us (place.world->clock) - told_us, >=, 55 * BT_SECOND_US);

  bt_session_set_network (session, &without);
  pass_quietly (&place);
  wait_told (&place, bt_session_get_port (session));
  g_assert_cmpuint (place.router->tcp_port, ==, 0);
  g_assert_cmpuint (place.router->udp_port, ==, 0);
  external = bt_session_get_external (session, BT_FAMILY_IPV4);
  g_assert_cmpint (external.family, ==, BT_FAMILY_NONE);

  bt_session_set_network (session, &with);
  pass_quietly (&place);
  wait_told (&place, OUTSIDE);
  place_clear (&place);
}

/* The network goes and comes back, with the same router: trackers hear of it though nothing else has changed. */
static void
test_network (void)
{
  const BtNetworkSettings with = { .map_port = TRUE };
  Place place;

  place_init (&place, PCP_GOOD, &with);
  wait_told (&place, OUTSIDE);
  router_set_listed (FALSE);
  bt_session_network_changed (place.node->session);
  wait_told (&place, bt_session_get_port (place.node->session));
  router_set_listed (TRUE);
  place.router->tcp_port = place.router->udp_port = 0;
  bt_session_network_changed (place.node->session);
  pass_quietly (&place);
  wait_told (&place, OUTSIDE);
  g_assert_cmpuint (place.router->tcp_port, ==, OUTSIDE);

  place.n_before = place.tracker->targets->len;
  bt_session_network_changed (place.node->session);
  pass_quietly (&place);
  g_assert_true (test_world_wait (place.world, is_told_again, &place));
  place_clear (&place);
}

/* Who does not want to be known asks no router, and neither does who is only to be seen through a proxy. */
static void
test_not_asked (void)
{
  static const BtNetworkSettings ways[] = {
    { .map_port = FALSE },
    { .map_port = TRUE, .is_anonymous = TRUE },
    { .map_port = TRUE, .proxy = { .kind = BT_PROXY_SOCKS5, .for_peers = TRUE, .port = 9,
                                   .host = "127.0.0.1" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      Place place;

      place_init (&place, PCP_GOOD, &ways[i]);
      test_world_pass (place.world, 30 * BT_SECOND_US);
      g_assert_cmpuint (place.router->n_pcp + place.router->n_http, ==, 0);
      place_clear (&place);
    }
}

/* A router that has fallen silent does not keep the session from ending. */
static void
test_silent_end (void)
{
  const BtNetworkSettings with = { .map_port = TRUE };
  Place place;

  place_init (&place, PCP_GOOD, &with);
  wait_told (&place, OUTSIDE);
  place.router->pcp = PCP_SILENT;
  place.router->tcp_port = place.router->udp_port = 0;
  place_clear (&place);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/map/announced", test_announced);
  g_test_add_func ("/swarm/map/network", test_network);
  g_test_add_func ("/swarm/map/not-asked", test_not_asked);
  g_test_add_func ("/swarm/map/silent-end", test_silent_end);
  return g_test_run ();
}
