/* test-proxy.c - torrents through a proxy, whoever is asked by it, and what anonymous mode tells
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"
#include "test-proxy.h"
#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#include <string.h>

#define PIECE_BYTES 32768

/* --- A resolver that nobody is to ask --- */

typedef struct { GResolver parent; } NoResolver;
typedef struct { GResolverClass parent_class; } NoResolverClass;

GType no_resolver_get_type (void);

G_DEFINE_TYPE (NoResolver, no_resolver, G_TYPE_RESOLVER)

static guint n_asked;

static void
lookup_async (GResolver                *resolver,
              const char               *name,
              GResolverNameLookupFlags  flags,
              GCancellable             *cancellable,
              GAsyncReadyCallback       callback,
              gpointer                  user_data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);

  n_asked++;
  g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "%s", name);
}

static void
lookup_plain_async (GResolver           *resolver,
                    const char          *name,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             user_data)
{
  lookup_async (resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_DEFAULT, cancellable, callback,
                user_data);
}

static GList *
lookup_finish (GResolver     *resolver,
               GAsyncResult  *result,
               GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
no_resolver_class_init (NoResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name_async = lookup_plain_async;
  resolver_class->lookup_by_name_finish = lookup_finish;
  resolver_class->lookup_by_name_with_flags_async = lookup_async;
  resolver_class->lookup_by_name_with_flags_finish = lookup_finish;
}

static void
no_resolver_init (NoResolver *resolver)
{
}

static void
forbid_names (void)
{
  g_autoptr (GResolver) resolver = g_object_new (no_resolver_get_type (), NULL);

  n_asked = 0;
  g_resolver_set_default (resolver);
}

/* --- Torrents --- */

static BtSessionConfig
make_config (TestProxy *proxy,
             gboolean   is_http,
             gboolean   for_trackers,
             gboolean   for_peers)
{
  BtSessionConfig config = { .network.proxy = { .kind = is_http ? BT_PROXY_HTTP : BT_PROXY_SOCKS5,
                                                .port = test_proxy_get_port (proxy),
                                                .for_trackers = for_trackers != FALSE,
                                                .for_peers = for_peers != FALSE,
                                                .host = "127.0.0.1",
                                                .user = "ann",
                                                .password = "p@ss:word/%" } };

  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind));
  return config;
}

static BtMetainfo *
make_torrent (TestWorld  *world,
              const char *tracker)
{
  static const TestFile files[] = { { "data", 3 * PIECE_BYTES + 1234 }, { NULL } };

  return test_world_make_torrent (world, "data", files, PIECE_BYTES, tracker);
}

static void
expect_connected (TestProxy *proxy,
                  TestNode  *node)
{
  BtAddress address = test_node_get_address (node);
  char buffer[BT_ADDRESS_STRING_BYTES];
  g_autofree char *line = g_strdup_printf ("connect %s", bt_address_to_string (&address, buffer));

  g_assert_cmpuint (test_proxy_get_n (proxy, line), >=, 1);
}

/* The leech goes through the proxy, and is not to be reached otherwise. */
static void
test_peers (gconstpointer data)
{
  gboolean is_http = GPOINTER_TO_INT (data);
  TestProxy *proxy = test_proxy_new (is_http, "ann", "p@ss:word/%");
  TestWorld *world = test_world_new ();
  BtSessionConfig config = make_config (proxy, is_http, FALSE, TRUE);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, NULL);
  g_autoptr (BtNetworkFacts) facts = NULL;
  TestNode *seed, *leech;

  forbid_names ();
  seed = test_node_new (world, NULL);
  leech = test_node_new (world, &config);
  g_assert_cmpuint (bt_session_get_port (leech->session), ==, 0);
  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  test_node_connect (leech, seed);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  test_assert_same_files (metainfo, world->folder, leech->folder);
  expect_connected (proxy, seed);
  facts = bt_session_get_network (leech->session);
  g_assert_true (facts->is_proxied);
  g_assert_cmpuint (n_asked, ==, 0);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
  test_proxy_free (proxy);
}

static gboolean
has_message (gpointer user_data)
{
  TestNode *node = user_data;
  g_autoptr (BtNetworkFacts) facts = bt_session_get_network (node->session);

  return facts->proxy_message != NULL;
}

/* A proxy that does not know us: nothing goes around it, and it is said why. */
static void
test_refused (void)
{
  TestProxy *proxy = test_proxy_new (TRUE, "bob", "other");
  TestWorld *world = test_world_new ();
  BtSessionConfig config = make_config (proxy, TRUE, TRUE, TRUE);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, NULL);
  g_autoptr (BtNetworkFacts) facts = NULL;
  TestNode *seed = test_node_new (world, NULL);
  TestNode *leech = test_node_new (world, &config);

  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  test_node_connect (leech, seed);
  g_assert_true (test_world_wait (world, has_message, leech));
  facts = bt_session_get_network (leech->session);
  g_assert_cmpstr (facts->proxy_message, ==,
                   "The proxy does not accept the user name and the password");
  g_assert_cmpuint (bt_swarm_get_n_peers (seed->swarm), ==, 0);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
  test_proxy_free (proxy);
}

/* --- Anonymous mode --- */

static void
extended_cb (RawPeer      *peer,
             guint8        extended_id,
             const guint8 *payload,
             gsize         n_bytes)
{
  if (extended_id == 0)
    g_byte_array_append (peer->data, payload, (guint) n_bytes);
}

/* What a peer of one of its torrents is told: the peer id, and the extended handshake as text. */
static char *
meet (TestNode   *node,
      BtMetainfo *metainfo,
      guint8      out_id[BT_WIRE_PEER_ID_BYTES])
{
  g_autoptr (GByteArray) said = g_byte_array_new ();
  RawPeer *peer = raw_peer_new (node, metainfo);
  char *text;

  peer->extended_func = extended_cb;
  peer->data = said;
  raw_peer_send_handshake (peer, metainfo, "1", TRUE);
  g_assert_true (raw_peer_wait_handshake (peer));
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_EXTENDED, 1));
  memcpy (out_id, peer->theirs.peer_id, BT_WIRE_PEER_ID_BYTES);
  /* Addresses in it may have bytes of 0. */
  for (guint i = 0; i < said->len; i++)
    if (!g_ascii_isprint ((char) said->data[i]))
      said->data[i] = '?';
  text = g_strndup ((const char *) said->data, said->len);
  raw_peer_free (peer);
  return text;
}

static gboolean
is_client_id (const guint8 *id)
{
  return memcmp (id, "-FS", 3) == 0;
}

static gboolean
is_downloading (gpointer swarm)
{
  return bt_swarm_get_state (swarm) == BT_SWARM_DOWNLOADING;
}

/* Without it all of that is told, so the test would see it. */
static void
test_anonymous (gconstpointer data)
{
  static const char *const words[] = { "1:v", "6:yourip", "4:ipv4", "4:ipv6" };
  static const TestFile files[][2] = { { { "one", PIECE_BYTES }, { NULL } },
                                       { { "two", PIECE_BYTES }, { NULL } } };
  gboolean is_anonymous = GPOINTER_TO_INT (data);
  TestWorld *world = test_world_new ();
  BtSessionConfig config = { .network.is_anonymous = is_anonymous != FALSE };
  TestNode *node = test_node_new (world, &config);
  guint8 ids[2][BT_WIRE_PEER_ID_BYTES];

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (BtMetainfo) metainfo = test_world_make_torrent (world, files[i][0].path, files[i],
                                                                 PIECE_BYTES, NULL);
      g_autofree char *said = NULL;

      g_assert_true (test_world_wait (world, is_downloading,
                                      test_node_add (node, metainfo, NULL, NULL, TRUE)));
      said = meet (node, metainfo, ids[i]);
      g_assert_nonnull (strstr (said, "1:m"));
      g_assert_true (is_client_id (ids[i]) == !is_anonymous);
      for (guint k = 0; k < (is_anonymous ? G_N_ELEMENTS (words) : 2); k++)
        g_assert_true ((strstr (said, words[k]) != NULL) == !is_anonymous);
    }
  g_assert_true ((memcmp (ids[0], ids[1], BT_WIRE_PEER_ID_BYTES) == 0) == !is_anonymous);
  test_node_free (node);
  test_world_free (world);
}

/* Switched on while it runs: connections of before end, and the port is closed. */
static gboolean
has_no_peers (gpointer user_data)
{
  TestNode *node = user_data;

  return bt_swarm_get_n_peers (node->swarm) == 0 && bt_session_get_port (node->session) == 0;
}

static gboolean
has_peers (gpointer user_data)
{
  return bt_swarm_get_n_peers (((TestNode *) user_data)->swarm) > 0;
}

static void
test_switched_on (void)
{
  TestProxy *proxy = test_proxy_new (FALSE, "ann", "p@ss:word/%");
  TestWorld *world = test_world_new ();
  BtSessionConfig config = make_config (proxy, FALSE, FALSE, TRUE);
  BtNetworkSettings none = { 0 };
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, NULL);
  TestNode *seed = test_node_new (world, NULL);
  TestNode *other = test_node_new (world, NULL);
  SwarmPeer *peer;

  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (other, metainfo, NULL, NULL, TRUE);
  test_node_connect (seed, other);
  g_assert_true (test_world_wait (world, has_peers, seed));
  bt_session_set_network (seed->session, &config.network);
  peer = g_ptr_array_index (seed->swarm->peers, 0);
  g_assert_cmpint (bt_peer_get_close_reason (peer->peer), ==, BT_CLOSE_OTHER_WAY);
  g_assert_true (test_world_wait (world, has_no_peers, seed));
  test_node_connect (seed, other);
  g_assert_true (test_node_wait_state (other, BT_SWARM_SEEDING));
  expect_connected (proxy, other);
  bt_session_set_network (seed->session, &none);
  test_world_pass (world, BT_SECOND_US);
  g_assert_cmpuint (bt_session_get_port (seed->session), !=, 0);
  test_node_free (other);
  test_node_free (seed);
  test_world_free (world);
  test_proxy_free (proxy);
}

/* Nobody listens at the proxy's port. That is told, again and again but ever more rarely tried, and no fault of the
 * peer's, who is not forgotten for it. */
static void
test_not_there (void)
{
  TestProxy *proxy = test_proxy_new (FALSE, NULL, NULL);
  TestWorld *world = test_world_new ();
  BtSessionConfig config = make_config (proxy, FALSE, FALSE, TRUE);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, NULL);
  TestNode *seed = test_node_new (world, NULL);
  TestNode *leech = test_node_new (world, &config);
  BtAddress address = test_node_get_address (seed);
  BtSwarmFacts facts;
  BtKnownPeer *peer;

  test_proxy_free (proxy);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  bt_swarm_add_peer (leech->swarm, &address, BT_SOURCE_TRACKER);
  test_world_pass (world, 20 * 60 * BT_SECOND_US);
  peer = bt_known_peers_find (leech->swarm->known, &address);
  g_assert_nonnull (peer);
  g_assert_cmpuint (peer->n_failures, ==, 0);
  bt_swarm_get_facts (leech->swarm, &facts);
  g_assert_cmpint (facts.reason, ==, BT_REASON_PROXY);
  g_assert_true (g_str_has_prefix (facts.message, "The proxy cannot be reached: "));
  bt_swarm_facts_clear (&facts);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

static gboolean
is_bootstrapped (gpointer user_data)
{
  g_autoptr (BtNetworkFacts) facts = bt_session_get_network (((TestNode *) user_data)->session);

  return facts->is_dht_bootstrapped;
}

/* A node of the DHT that is known by a name goes by that name to the proxy, and to no resolver. */
static void
test_dht_by_name (void)
{
  TestProxy *proxy = test_proxy_new (FALSE, "ann", "p@ss:word/%");
  TestWorld *world = test_world_new ();
  BtSessionConfig router_config = { .discovery = BT_DISCOVERY_DHT };
  BtSessionConfig config = make_config (proxy, FALSE, FALSE, TRUE);
  g_autoptr (BtNetworkFacts) facts = NULL;
  g_autofree char *name = NULL;
  g_autofree char *line = NULL;
  const char *nodes[] = { NULL, "", "nobody.test:1", NULL };
  TestNode *router, *node;

  forbid_names ();
  router_config.bind = config.bind;
  router = test_node_new (world, &router_config);
  name = g_strdup_printf ("only.proxy.test:%u", bt_session_get_port (router->session));
  nodes[0] = name;
  config.discovery = BT_DISCOVERY_DHT;
  config.dht_nodes = nodes;
  node = test_node_new (world, &config);
  g_assert_true (test_world_wait (world, is_bootstrapped, node));
  line = g_strconcat ("udp ", name, NULL);
  g_assert_cmpuint (test_proxy_get_n (proxy, line), >=, 1);
  g_assert_cmpuint (test_proxy_get_n (proxy, "udp nobody.test:1"), >=, 1);
  g_assert_cmpuint (n_asked, ==, 0);

  facts = bt_session_get_network (node->session);
  g_assert_true (facts->dht.is_read_only);
  bt_session_set_dht_read_only (node->session, FALSE);
  g_clear_pointer (&facts, bt_network_facts_free);
  facts = bt_session_get_network (node->session);
  g_assert_true (facts->dht.is_read_only);
  test_node_free (node);
  test_node_free (router);
  test_world_free (world);
  test_proxy_free (proxy);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/swarm/proxy/peers-socks", GINT_TO_POINTER (FALSE), test_peers);
  g_test_add_data_func ("/swarm/proxy/peers-http", GINT_TO_POINTER (TRUE), test_peers);
  g_test_add_data_func ("/swarm/proxy/known", GINT_TO_POINTER (FALSE), test_anonymous);
  g_test_add_data_func ("/swarm/proxy/anonymous", GINT_TO_POINTER (TRUE), test_anonymous);
  g_test_add_func ("/swarm/proxy/refused", test_refused);
  g_test_add_func ("/swarm/proxy/not-there", test_not_there);
  g_test_add_func ("/swarm/proxy/switched-on", test_switched_on);
  g_test_add_func ("/swarm/proxy/dht-by-name", test_dht_by_name);
  return g_test_run ();
}
