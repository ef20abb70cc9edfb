/* test-trackers.c - which trackers a torrent asks, and what it tells them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

#include "../trackers/fixture.h"

#define N_SERVERS 3

static const TestFile one_mib[] = {
  { "one.bin", 1 << 20 },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  HttpServer *servers[N_SERVERS];
  char       *urls[N_SERVERS];
  BtMetainfo *metainfo;           /* names the first, when it names any */
  TestNode   *node;
} Place;

static Place
place_new (gboolean has_tracker)
{
  Place place = { .world = test_world_new () };

  for (guint i = 0; i < N_SERVERS; i++)
    {
      place.servers[i] = http_server_new (FALSE);
      place.urls[i] = http_server_dup_url (place.servers[i], "/announce");
      http_server_set_reply (place.servers[i], "200 OK", "", "d8:intervali1800e5:peers0:e");
    }
  place.metainfo = test_world_make_torrent (place.world, "one.bin", one_mib, 16384,
                                            has_tracker ? place.urls[0] : NULL);
  place.node = test_node_new (place.world, NULL);
  return place;
}

static void
place_clear (Place *place)
{
  test_node_free (place->node);
  bt_metainfo_unref (place->metainfo);
  for (guint i = 0; i < N_SERVERS; i++)
    {
      http_server_free (place->servers[i]);
      g_free (place->urls[i]);
    }
  test_world_free (place->world);
}

typedef struct
{
  HttpServer *server;
  guint       n;
} Requests;

static gboolean
have_come (gpointer user_data)
{
  Requests *requests = user_data;

  return requests->server->targets->len >= requests->n;
}

/* The events so far, once there are `n`. */
static void
check_events (Place      *place,
              guint       index,
              guint       n,
              const char *expected)
{
  Requests requests = { place->servers[index], n };
  g_autofree char *events = NULL;

  g_assert_true (test_world_wait (place->world, have_come, &requests));
  test_world_pass (place->world, BT_SECOND_US);
  events = http_server_dup_events (place->servers[index]);
  g_assert_cmpstr (events, ==, expected);
}

static void
set_one (Place      *place,
         const char *url)
{
  const char *tier[] = { url, NULL };
  const char *const *tiers[] = { tier, NULL };

  bt_swarm_set_trackers (place->node->swarm, tiers);
}

static guint64
get_number (HttpServer *server,
            guint       index,
            const char *key)
{
  const char *target = g_ptr_array_index (server->targets, index);
  const char *found = strstr (target, key);

  g_assert_nonnull (found);
  return g_ascii_strtoull (found + strlen (key), NULL, 10);
}

/* Another one, the first one again, and what the torrent itself says. */
static void
test_replace (void)
{
  Place place = place_new (TRUE);
  GArray *rows;

  test_node_add (place.node, place.metainfo, place.world->folder, NULL, TRUE);
  check_events (&place, 0, 1, "started");
  set_one (&place, place.urls[1]);
  check_events (&place, 0, 2, "started stopped");
  check_events (&place, 1, 1, "started");
  bt_swarm_set_trackers (place.node->swarm, NULL);
  check_events (&place, 0, 3, "started stopped started");
  check_events (&place, 1, 2, "started stopped");
  rows = bt_swarm_get_tracker_rows (place.node->swarm);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpstr (g_array_index (rows, BtTrackerFacts, 0).url, ==, place.urls[0]);
  g_array_unref (rows);
  place_clear (&place);
}

/* The first tracker of a torrent that runs and had none. */
static void
test_first (void)
{
  Place place = place_new (FALSE);

  test_node_add (place.node, place.metainfo, place.world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (place.node, BT_SWARM_SEEDING));
  set_one (&place, place.urls[2]);
  check_events (&place, 2, 1, "started");
  place_clear (&place);
}

/* Those of the settings in place of the torrent's, and others while it is stopped. */
static void
test_stopped (void)
{
  Place place = place_new (TRUE);
  const char *tier[] = { place.urls[1], NULL };
  const char *const *tiers[] = { tier, NULL };
  BtSwarmConfig config = { .use_trackers = TRUE, .tiers = tiers };

  test_node_add (place.node, place.metainfo, place.world->folder, &config, TRUE);
  check_events (&place, 1, 1, "started");
  bt_swarm_stop (place.node->swarm);
  g_assert_true (test_node_wait_state (place.node, BT_SWARM_STOPPED));
  set_one (&place, place.urls[2]);
  check_events (&place, 1, 2, "started stopped");
  g_assert_cmpuint (place.servers[2]->targets->len, ==, 0);
  bt_swarm_start (place.node->swarm);
  check_events (&place, 2, 1, "started");
  g_assert_cmpuint (place.servers[0]->targets->len, ==, 0);
  place_clear (&place);
}

/* Without trackers means without those, too. */
static void
test_unused (void)
{
  Place place = place_new (TRUE);
  BtSwarmConfig config = { .use_trackers = FALSE };

  test_node_add (place.node, place.metainfo, place.world->folder, &config, TRUE);
  g_assert_true (test_node_wait_state (place.node, BT_SWARM_SEEDING));
  set_one (&place, place.urls[1]);
  test_world_pass (place.world, 10 * BT_SECOND_US);
  g_assert_cmpuint (place.servers[0]->targets->len + place.servers[1]->targets->len, ==, 0);
  place_clear (&place);
}

/* What was given and taken before this start is not told again. */
static void
test_counters (void)
{
  Place place = place_new (TRUE);
  TestNode *leech = test_node_new (place.world, NULL);
  HttpServer *server = place.servers[0];
  BtSwarmConfig quiet = { 0 };
  BtSwarmFacts facts;

  test_node_add (place.node, place.metainfo, place.world->folder, NULL, TRUE);
  test_node_add (leech, place.metainfo, NULL, &quiet, TRUE);
  g_assert_true (test_node_wait_state (place.node, BT_SWARM_SEEDING));
  test_node_connect (leech, place.node);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  bt_swarm_get_facts (place.node->swarm, &facts);
  g_assert_cmpuint (facts.sent_bytes, ==, 1 << 20);
  bt_swarm_facts_clear (&facts);
  bt_swarm_stop (place.node->swarm);
  check_events (&place, 0, 2, "started stopped");
  g_assert_cmpuint (get_number (server, 0, "uploaded="), ==, 0);
  g_assert_cmpuint (get_number (server, 1, "uploaded="), ==, 1 << 20);
  g_assert_true (test_node_wait_state (place.node, BT_SWARM_STOPPED));
  bt_swarm_start (place.node->swarm);
  check_events (&place, 0, 3, "started stopped started");
  g_assert_cmpuint (get_number (server, 2, "uploaded="), ==, 0);
  g_assert_cmpuint (get_number (server, 2, "downloaded="), ==, 0);
  test_node_free (leech);
  place_clear (&place);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/trackers/replace", test_replace);
  g_test_add_func ("/swarm/trackers/first", test_first);
  g_test_add_func ("/swarm/trackers/stopped", test_stopped);
  g_test_add_func ("/swarm/trackers/unused", test_unused);
  g_test_add_func ("/swarm/trackers/counters", test_counters);
  return g_test_run ();
}
