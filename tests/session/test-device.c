/* test-device.c - everything through one network interface: chosen while it runs, not there, and any again; and at
 * another port
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-session-private.h"

#include "test-node.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIECE_BYTES 16384

static const TestFile one_mib[] = {
  { "one.bin", 1 << 20 },
  { NULL }
};

/* A seed and one who wants. */
typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *leech;
} Place;

static void
place_init (Place *place)
{
  place->world = test_world_new ();
  place->metainfo = test_world_make_torrent (place->world, "one.bin", one_mib, PIECE_BYTES, NULL);
  place->seed = test_node_new (place->world, NULL);
  place->leech = test_node_new (place->world, NULL);
  test_node_add (place->seed, place->metainfo, place->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (place->seed, BT_SWARM_SEEDING));
  test_node_add (place->leech, place->metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (place->leech, BT_SWARM_DOWNLOADING));
}

static void
place_clear (Place *place)
{
  test_node_free (place->leech);
  test_node_free (place->seed);
  bt_metainfo_unref (place->metainfo);
  test_world_free (place->world);
}

static void
set_device (TestNode   *node,
            const char *device)
{
  BtNetworkSettings settings = { 0 };

  g_strlcpy (settings.device, device, sizeof settings.device);
  bt_session_set_network (node->session, &settings);
}

static gboolean
is_online_cb (gpointer node)
{
  return !((TestNode *) node)->session->env.is_offline;
}

static gboolean
has_settled_cb (gpointer node)
{
  BtSession *session = ((TestNode *) node)->session;

  return !session->must_close_udp && !session->device_task.is_queued;
}

static BtReason
get_reason (TestNode  *node,
            char     **out_message)
{
  BtSwarmFacts facts;
  BtReason reason;

  bt_swarm_get_facts (node->swarm, &facts);
  reason = facts.reason;
  *out_message = g_strdup (facts.message);
  bt_swarm_facts_clear (&facts);
  return reason;
}

/* How many sockets of the node's port there are, and how many of them are bound to `device`. */
static guint
count_sockets (TestNode   *node,
               guint16     port,
               const char *device,
               guint      *out_n_bound)
{
  g_autoptr (GArray) sockets = bt_session_get_sockets (node->session);
  guint n = 0;

  *out_n_bound = 0;
  for (guint i = 0; i < sockets->len; i++)
    {
      const BtSocketFacts *facts = &g_array_index (sockets, BtSocketFacts, i);

      if (facts->entry.local.port != port || !facts->entry.is_listening)
        continue;
      n++;
      *out_n_bound += facts->entry.is_bound && strcmp (facts->entry.device, device) == 0;
    }
  return n;
}

/* --- A system that lets nobody bind --- */

static gboolean is_forbidden;

/* In the place of the C library's. */
int
setsockopt (int         fd,
            int         level,
            int         option,
            const void *value,
            socklen_t   length)
{
  if (is_forbidden && level == SOL_SOCKET && option == SO_BINDTODEVICE)
    {
      errno = EPERM;
      return -1;
    }
  return (int) syscall (SYS_setsockopt, fd, level, option, value, length);
}

/* --- Tests --- */

static void
test_chosen (void)
{
  Place place;
  guint16 port;
  guint n_bound;

  place_init (&place);
  port = bt_session_get_port (place.leech->session);
  g_assert_cmpuint (count_sockets (place.leech, port, "lo", &n_bound), ==, 1);
  g_assert_cmpuint (n_bound, ==, 0);

  set_device (place.leech, "lo");
  g_assert_true (test_world_wait (place.world, is_online_cb, place.leech));
  g_assert_cmpuint (bt_session_get_port (place.leech->session), ==, port);
  g_assert_cmpuint (count_sockets (place.leech, port, "lo", &n_bound), ==, 1);
  g_assert_cmpuint (n_bound, ==, 1);

  test_node_connect (place.leech, place.seed);
  g_assert_true (test_node_wait_state (place.leech, BT_SWARM_SEEDING));
  test_assert_same_files (place.metainfo, place.world->folder, place.leech->folder);
  place_clear (&place);
}

/* Whoever is connected is so no more, nobody is dialled, and the reason is told; then all goes on. */
static void
test_gone (void)
{
  g_autofree char *message = NULL;
  g_autofree char *later = NULL;
  g_autoptr (BtNetworkFacts) facts = NULL;
  Place place;
  guint16 port;
  guint n_bound;

  place_init (&place);
  port = bt_session_get_port (place.leech->session);
  set_device (place.leech, "no-such-device");
  g_assert_true (place.leech->session->env.is_offline);
  facts = bt_session_get_network (place.leech->session);
  g_assert_true (facts->is_offline);
  g_assert_cmpstr (facts->device, ==, "no-such-device");
  g_assert_true (test_world_wait (place.world, has_settled_cb, place.leech));
  g_assert_cmpuint (count_sockets (place.leech, port, "lo", &n_bound), ==, 0);
  g_assert_cmpint (get_reason (place.leech, &message), ==, BT_REASON_NO_DEVICE);
  g_assert_cmpstr (message, ==, "no-such-device");

  test_node_connect (place.leech, place.seed);
  test_world_pass (place.world, 10 * BT_SECOND_US);
  g_assert_cmpuint (bt_swarm_get_n_open (place.leech->swarm), ==, 0);
  g_assert_cmpint (bt_socket_open (bt_poller_get_socket_rules (place.leech->session->poller),
                                   AF_INET, SOCK_STREAM, 0), ==, -1);
  g_assert_cmpint (errno, ==, ENETDOWN);

  set_device (place.leech, "");
  g_assert_true (test_world_wait (place.world, is_online_cb, place.leech));
  g_assert_cmpuint (bt_session_get_port (place.leech->session), ==, port);
  g_assert_true (test_node_wait_state (place.leech, BT_SWARM_SEEDING));
  g_assert_cmpint (get_reason (place.leech, &later), !=, BT_REASON_NO_DEVICE);
  place_clear (&place);
}

/* Peers that are connected are let go, and met again. */
static void
test_connected (void)
{
  BtSwarmConfig config = { .read_limit_bps = 64 * 1024 };
  Place place;

  place_init (&place);
  bt_swarm_set_limits (place.leech->swarm, config.read_limit_bps, 0);
  test_node_connect (place.leech, place.seed);
  test_world_pass (place.world, 2 * BT_SECOND_US);
  g_assert_cmpuint (bt_swarm_get_n_peers (place.leech->swarm), ==, 1);

  set_device (place.leech, "no-such-device");
  test_world_pass (place.world, 2 * BT_SECOND_US);
  g_assert_cmpuint (bt_swarm_get_n_peers (place.leech->swarm), ==, 0);
  set_device (place.leech, "lo");
  g_assert_true (test_node_wait_state (place.leech, BT_SWARM_SEEDING));
  test_assert_same_files (place.metainfo, place.world->folder, place.leech->folder);
  place_clear (&place);
}

/* Nothing is open while it is forbidden, and that is what is told; once it is allowed, all goes on. */
static void
test_refused (void)
{
  g_autofree char *message = NULL;
  g_autofree char *later = NULL;
  Place place;
  guint16 port;
  guint n_bound;

  place_init (&place);
  port = bt_session_get_port (place.leech->session);
  is_forbidden = TRUE;
  set_device (place.leech, "lo");
  g_assert_true (test_world_wait (place.world, has_settled_cb, place.leech));
  test_node_connect (place.leech, place.seed);
  test_world_pass (place.world, 10 * BT_SECOND_US);
  g_assert_true (place.leech->session->env.is_offline);
  g_assert_cmpint (get_reason (place.leech, &message), ==, BT_REASON_DEVICE_REFUSED);
  g_assert_cmpstr (message, ==, "lo");
  g_assert_cmpuint (count_sockets (place.leech, port, "lo", &n_bound), ==, 0);
  g_assert_cmpuint (bt_swarm_get_n_open (place.leech->swarm), ==, 0);

  is_forbidden = FALSE;
  g_assert_true (test_world_wait (place.world, is_online_cb, place.leech));
  g_assert_true (test_node_wait_state (place.leech, BT_SWARM_SEEDING));
  g_assert_cmpint (get_reason (place.leech, &later), !=, BT_REASON_DEVICE_REFUSED);
  place_clear (&place);
}

static void
set_port (TestNode *node,
          guint16   port)
{
  BtNetworkSettings settings = { .port = port };

  bt_session_set_network (node->session, &settings);
}

static gboolean
has_port_cb (gpointer node)
{
  return bt_session_get_port (((TestNode *) node)->session) != 0;
}

/* Another port counts at once; one that somebody else has is waited for, and the one of before is not kept. */
static void
test_port (void)
{
  g_autoptr (BtNetworkFacts) facts = NULL;
  Place place;
  guint16 before, taken;
  guint n_bound;

  place_init (&place);
  before = bt_session_get_port (place.leech->session);
  taken = bt_session_get_port (place.seed->session);
  set_port (place.leech, taken);
  g_assert_true (place.leech->session->env.is_offline);
  facts = bt_session_get_network (place.leech->session);
  g_assert_false (facts->is_offline);
  g_assert_true (test_world_wait (place.world, has_settled_cb, place.leech));
  test_world_pass (place.world, 2 * BT_SECOND_US);
  g_assert_cmpuint (bt_session_get_port (place.leech->session), ==, 0);
  g_assert_cmpuint (count_sockets (place.leech, before, "", &n_bound), ==, 0);

  test_node_free (place.seed);
  g_assert_true (test_world_wait (place.world, has_port_cb, place.leech));
  g_assert_cmpuint (bt_session_get_port (place.leech->session), ==, taken);
  g_assert_cmpuint (count_sockets (place.leech, taken, "", &n_bound), ==, 1);

  /* Nothing else has changed: nothing begins anew. */
  place.leech->session->env.incoming_at_us = 18;
  set_port (place.leech, taken);
  g_assert_cmpint (place.leech->session->env.incoming_at_us, ==, 18);
  place.seed = test_node_new (place.world, NULL);
  place_clear (&place);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device/chosen", test_chosen);
  g_test_add_func ("/device/gone", test_gone);
  g_test_add_func ("/device/connected", test_connected);
  g_test_add_func ("/device/refused", test_refused);
  g_test_add_func ("/device/port", test_port);
  return g_test_run ();
}
