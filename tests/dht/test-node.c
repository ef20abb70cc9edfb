/* test-node.c - whole nodes in small networks: what they find, store, keep and say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "dht/bt-dht-items.h"
#include "dht/bt-dht-message.h"
#include "dht/bt-dht-store.h"
#include "dht/bt-dht-table.h"

#define N_NODES 60

static NetNode *
get_node (Net   *net,
          guint  index)
{
  return g_ptr_array_index (net->nodes, index);
}

static void
check_size_cb (Net             *net,
               const BtAddress *from,
               const BtAddress *to,
               const guint8    *bytes,
               gsize            n_bytes)
{
  g_assert_cmpuint (n_bytes, <=, 1400);
  /* Only an item may be larger (BEP 32, 44). */
  if (n_bytes > BT_DHT_MAX_PACKET_BYTES)
    {
      BtDhtMessage message;

      g_assert_cmpint (bt_dht_message_parse (bytes, n_bytes, &message), ==, BT_DHT_PARSED);
      g_assert_cmpuint (message.value.n_bytes, >, 500);
      bt_dht_message_clear (&message);
    }
}

/* Everybody begins with the first. */
static Net *
make_net (guint    n_nodes,
          gboolean has_ipv4,
          gboolean has_ipv6)
{
  Net *net = net_new (11);

  net->wire_func = check_size_cb;
  for (guint i = 0; i < n_nodes; i++)
    {
      NetNode *node = net_add (net, has_ipv4, has_ipv6, NULL);

      if (i > 0)
        net_introduce (node, get_node (net, 0));
      net_run (net, NET_SECOND_US);
    }
  net_run (net, 30 * NET_SECOND_US);
  return net;
}

static BtDhtFacts
get_facts (NetNode *node)
{
  BtDhtFacts facts;

  bt_dht_get_facts (node->dht, &facts, node->net->now_us);
  return facts;
}

static guint
count_peers (const NetSearch *search,
             BtFamily         family,
             guint16          port)
{
  guint n_peers = 0;

  for (guint i = 0; i < search->peers->len; i++)
    {
      const BtAddress *peer = &g_array_index (search->peers, BtAddress, i);

      n_peers += peer->family == family && (port == 0 || peer->port == port);
    }
  return n_peers;
}

static void
announce (NetNode          *node,
          const BtDhtId    *hash,
          BtDhtSearchFlags  flags,
          guint16           port)
{
  NetSearch search;

  net_search (node, hash, flags, port, &search);
  g_assert_cmpuint (search.result.n_stored, >=, 6);
  net_search_clear (&search);
}

/* --- Finding --- */

static void
test_peers (void)
{
  Net *net = make_net (N_NODES, TRUE, FALSE);
  BtDhtId hash = { { 1, 2, 3 } };
  NetSearch search;
  BtDhtFacts facts;
  guint n_stored = 0;

  announce (get_node (net, 5), &hash, BT_DHT_SEARCH_NONE, 5000);
  announce (get_node (net, 6), &hash, BT_DHT_SEARCH_IMPLIED_PORT, 5001);
  announce (get_node (net, 7), &hash, BT_DHT_SEARCH_SEED, 5002);
  net_search (get_node (net, 20), &hash, BT_DHT_SEARCH_SCRAPE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 3);
  g_assert_cmpuint (count_peers (&search, BT_FAMILY_IPV4, 5000), ==, 1);
  g_assert_cmpuint (count_peers (&search, BT_FAMILY_IPV4, get_node (net, 6)->addresses[0].port), ==,
                    1);
  g_assert_cmpuint (search.result.n_nearest, ==, 8);
  g_assert_cmpuint (search.result.n_answered, >=, 8);
  g_assert_cmpuint (search.result.n_stored, ==, 0);
  g_assert_false (search.result.is_starved);
  g_assert_cmpfloat_with_epsilon (search.result.n_seeds, 1, 0.01);
  g_assert_cmpfloat_with_epsilon (search.result.n_leechers, 2, 0.01);
  net_search_clear (&search);

  hash.bytes[0] = 9;
  net_search (get_node (net, 20), &hash, BT_DHT_SEARCH_SCRAPE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 0);
  g_assert_cmpfloat (search.result.n_seeds, ==, -1);
  net_search_clear (&search);

  for (guint i = 0; i < N_NODES; i++)
    {
      facts = get_facts (get_node (net, i));
      g_assert_cmpuint (facts.n_dropped_lies + facts.n_dropped_rubbish + facts.n_dropped_flood, ==,
                        0);
      g_assert_true (facts.ipv4.is_bootstrapped);
      g_assert_false (facts.ipv6.is_on);
      n_stored += facts.n_peers_stored;
    }
  g_assert_cmpuint (n_stored, >=, 18);
  /* Half an hour later nobody knows of it. */
  net_run (net, BT_DHT_STORE_EXPIRY_US + 61 * NET_SECOND_US);
  for (guint i = 0; i < N_NODES; i++)
    g_assert_cmpuint (get_facts (get_node (net, i)).n_peers_stored, ==, 0);
  net_free (net);
}

static void
test_many_peers (void)
{
  Net *net = make_net (N_NODES, TRUE, TRUE);
  BtDhtId hash = { { 1, 2, 3 } };
  NetSearch search;

  for (guint i = 0; i < N_NODES; i++)
    announce (get_node (net, i), &hash, i % 3 == 0 ? BT_DHT_SEARCH_SEED : BT_DHT_SEARCH_NONE, 7000);
  net_search (get_node (net, 20), &hash, BT_DHT_SEARCH_SCRAPE, 0, &search);
  g_assert_cmpfloat_with_epsilon (search.result.n_seeds, N_NODES * 2 / 3, 4);
  g_assert_cmpfloat_with_epsilon (search.result.n_leechers, N_NODES * 4 / 3, 8);
  g_assert_cmpuint (search.result.n_nearest, ==, 16);
  net_search_clear (&search);
  net_search (get_node (net, 21), &hash, BT_DHT_SEARCH_NONE, 0, &search);
  g_assert_cmpuint (count_peers (&search, BT_FAMILY_IPV4, 7000), >=, 50);
  g_assert_cmpuint (count_peers (&search, BT_FAMILY_IPV6, 7000), >=, 40);
  net_search_clear (&search);
  net_free (net);
}

/* BEP 32: told of one IPv4 node alone, a node finds into both tables. */
static void
test_families (void)
{
  Net *net = make_net (30, TRUE, TRUE);
  BtDhtId hash = { { 1, 2, 3 } };
  NetNode *late = net_add (net, TRUE, TRUE, NULL);
  NetNode *only6 = net_add (net, FALSE, TRUE, NULL);
  NetSearch search;

  bt_dht_add_node (late->dht, &get_node (net, 0)->addresses[0], net->now_us);
  net_wake (late);
  net_introduce (only6, get_node (net, 0));
  net_run (net, 60 * NET_SECOND_US);
  g_assert_cmpuint (get_facts (late).ipv4.n_good, >=, 8);
  g_assert_cmpuint (get_facts (late).ipv6.n_good, >=, 8);
  g_assert_true (get_facts (late).ipv6.is_bootstrapped);
  g_assert_cmpuint (get_facts (only6).ipv6.n_good, >=, 8);
  g_assert_true (bt_address_equal (&only6->seen_at, &only6->addresses[1]));
  announce (late, &hash, BT_DHT_SEARCH_NONE, 4000);
  net_search (only6, &hash, BT_DHT_SEARCH_NONE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 1);
  g_assert_cmpuint (count_peers (&search, BT_FAMILY_IPV6, 4000), ==, 1);
  net_search_clear (&search);
  net_search (get_node (net, 3), &hash, BT_DHT_SEARCH_NONE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 2);
  net_search_clear (&search);
  net_free (net);
}

static void
test_waiting (void)
{
  Net *net = make_net (20, TRUE, FALSE);
  NetNode *late = net_add (net, TRUE, FALSE, NULL);
  BtDhtId hash = { { 1 } };
  NetSearch search;
  NetSearch starved;

  /* Asked before anybody is known, it waits. */
  net_search_init (&search);
  bt_dht_search (late->dht, hash.bytes, BT_DHT_SEARCH_NONE, 0, net_peers_cb, net_done_cb, &search,
                 net->now_us);
  net_wake (late);
  g_assert_false (net_run_until (net, &search.is_done, 40 * NET_SECOND_US));
  net_introduce (late, get_node (net, 0));
  g_assert_true (net_run_until (net, &search.is_done, 5 * NET_SECOND_US));
  g_assert_false (search.result.is_starved);
  g_assert_cmpuint (search.result.n_nearest, ==, 8);
  net_search_clear (&search);

  /* And not forever. */
  late = net_add (net, TRUE, TRUE, NULL);
  net_search (late, &hash, BT_DHT_SEARCH_NONE, 0, &starved);
  g_assert_true (starved.result.is_starved);
  g_assert_cmpuint (starved.result.n_asked, ==, 0);
  net_search_clear (&starved);
  net_free (net);
}

typedef struct
{
  NetNode *node;
  guint64  id;
  guint    n_calls;
} Canceller;

static void
cancel_peers_cb (gpointer         user_data,
                 const BtAddress *peers,
                 gsize            n_peers)
{
  Canceller *canceller = user_data;

  canceller->n_calls++;
  bt_dht_cancel (canceller->node->dht, canceller->id);
}

static void
cancel_done_cb (gpointer                 user_data,
                const BtDhtSearchResult *result)
{
  g_assert_not_reached ();
}

static void
test_cancel (void)
{
  Net *net = make_net (20, TRUE, FALSE);
  Canceller canceller = { .node = get_node (net, 3) };
  BtDht *dht = canceller.node->dht;
  BtDhtId hash = { { 1 } };
  guint64 ids[BT_DHT_MAX_SEARCHES];

  announce (get_node (net, 1), &hash, BT_DHT_SEARCH_NONE, 1);
  canceller.id = bt_dht_search (dht, hash.bytes, BT_DHT_SEARCH_NONE, 0, cancel_peers_cb,
                                cancel_done_cb, &canceller, net->now_us);
  net_wake (canceller.node);
  net_run (net, 10 * NET_SECOND_US);
  g_assert_cmpuint (canceller.n_calls, ==, 1);
  bt_dht_cancel (dht, canceller.id);
  bt_dht_cancel (dht, 0);
  for (guint i = 0; i < BT_DHT_MAX_SEARCHES; i++)
    {
      ids[i] = bt_dht_search (dht, hash.bytes, BT_DHT_SEARCH_NONE, 0, NULL, cancel_done_cb, NULL,
                              net->now_us);
      g_assert_cmpuint (ids[i], !=, 0);
    }
  g_assert_cmpuint (bt_dht_search (dht, hash.bytes, BT_DHT_SEARCH_NONE, 0, NULL, NULL, NULL,
                                   net->now_us),
                    ==, 0);
  g_assert_cmpuint (get_facts (canceller.node).n_searches, ==, BT_DHT_MAX_SEARCHES);
  net_wake (canceller.node);
  net_run (net, 5000);
  for (guint i = 0; i < BT_DHT_MAX_SEARCHES; i++)
    bt_dht_cancel (dht, ids[i]);
  g_assert_cmpuint (get_facts (canceller.node).n_searches, ==, 0);
  net_run (net, 20 * NET_SECOND_US);
  g_assert_cmpuint (get_facts (canceller.node).n_requests, ==, 0);
  net_free (net);
}

/* --- Read-only, external address, saving --- */

static void
test_read_only (void)
{
  Net *net = make_net (20, TRUE, FALSE);
  NetNode *quiet = net_add (net, TRUE, FALSE, NULL);
  BtDhtId hash = { { 1 } };
  NetSearch search;
  BtDhtFacts before;

  announce (get_node (net, 1), &hash, BT_DHT_SEARCH_NONE, 1);
  bt_dht_set_read_only (quiet->dht, TRUE);
  net_introduce (quiet, get_node (net, 0));
  net_search (quiet, &hash, BT_DHT_SEARCH_NONE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 1);
  net_search_clear (&search);
  net_run (net, 60 * NET_SECOND_US);
  for (guint i = 0; i < 20; i++)
    {
      GBytes *saved = bt_dht_save (get_node (net, i)->dht, net->now_us);
      gsize n_bytes;
      const void *bytes = g_bytes_get_data (saved, &n_bytes);

      g_assert_null (memmem (bytes, n_bytes, bt_dht_get_id (quiet->dht, BT_FAMILY_IPV4)->bytes,
                             BT_DHT_ID_BYTES));
      g_bytes_unref (saved);
    }
  before = get_facts (quiet);
  g_assert_true (before.is_read_only);
  /* Nobody asks it anything. */
  g_assert_cmpuint (before.n_packets_in, ==, before.n_answers_in);
  net_introduce (get_node (net, 1), quiet);
  net_run (net, NET_SECOND_US);
  g_assert_cmpuint (get_facts (quiet).n_packets_in, >, before.n_packets_in);
  g_assert_cmpuint (get_facts (quiet).n_queries_in, ==, before.n_queries_in);
  net_free (net);
}

static void
test_external (void)
{
  Net *net = make_net (20, TRUE, FALSE);
  NetNode *node = get_node (net, 4);
  BtDhtId id = *bt_dht_get_id (node->dht, BT_FAMILY_IPV4);
  guint n_good = get_facts (node).ipv4.n_good;
  BtAddress address;

  /* Told by those that it asked. */
  g_assert_cmpuint (node->n_seen_at, >=, 8);
  g_assert_true (bt_address_equal (&node->seen_at, &node->addresses[0]));
  bt_dht_set_external (node->dht, &node->addresses[0], net->now_us);
  g_assert_true (bt_dht_id_equal (bt_dht_get_id (node->dht, BT_FAMILY_IPV4), &id));
  g_assert_true (bt_address_parse ("192.168.1.2", 1, &address));
  bt_dht_set_external (node->dht, &address, net->now_us);
  g_assert_true (bt_dht_id_equal (bt_dht_get_id (node->dht, BT_FAMILY_IPV4), &id));
  g_assert_true (bt_address_parse ("2001:db8::1", 1, &address));
  bt_dht_set_external (node->dht, &address, net->now_us);

  net_random_address (net, BT_FAMILY_IPV4, &address);
  bt_dht_set_external (node->dht, &address, net->now_us);
  net_wake (node);
  g_assert_false (bt_dht_id_equal (bt_dht_get_id (node->dht, BT_FAMILY_IPV4), &id));
  g_assert_true (bt_dht_id_is_right (bt_dht_get_id (node->dht, BT_FAMILY_IPV4), &address));
  g_assert_cmpuint (get_facts (node).ipv4.n_good, ==, n_good);
  net_run (net, 60 * NET_SECOND_US);
  g_assert_cmpuint (get_facts (node).ipv4.n_good, >=, n_good);
  net_free (net);
}

static void
no_send_cb (gpointer         owner,
            const BtAddress *to,
            const guint8    *bytes,
            gsize            n_bytes)
{
}

static void
test_save (void)
{
  static const char *const bad[] = {
    "", "d", "de", "i1e", "d7:versioni2ee", "d3:id43:abc6:nodes45:abcde7:versioni1ee",
    "d3:id4i5e6:nodes4le7:versioni1ee",
    "d6:nodes426:abcdefghij0123456789\x14\x03\x04\x05\x06\x07" "7:versioni2ee",
  };
  static const BtDhtOps ops = { no_send_cb, NULL };
  BtDhtConfig config = { .has_ipv4 = TRUE, .has_ipv6 = TRUE };
  Net *net = make_net (30, TRUE, TRUE);
  g_autoptr (GBytes) saved = bt_dht_save (get_node (net, 9)->dht, net->now_us);
  BtDhtId hash = { { 1 } };
  g_autoptr (BtDht) plain = NULL;
  NetNode *again;
  NetSearch search;

  g_assert_cmpuint (g_bytes_get_size (saved), <, 30 * 64 + 200);
  config.saved = saved;
  plain = bt_dht_new (&config, &ops, NULL, net->now_us);
  for (guint family = BT_FAMILY_IPV4; family <= BT_FAMILY_IPV6; family++)
    g_assert_true (bt_dht_id_equal (bt_dht_get_id (plain, (BtFamily) family),
                                    bt_dht_get_id (get_node (net, 9)->dht, (BtFamily) family)));
  announce (get_node (net, 1), &hash, BT_DHT_SEARCH_NONE, 1);
  again = net_add (net, TRUE, TRUE, saved);
  net_search (again, &hash, BT_DHT_SEARCH_NONE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 2);
  net_search_clear (&search);
  net_run (net, 10 * NET_SECOND_US);
  g_assert_cmpuint (get_facts (again).ipv4.n_good, >=, 20);
  g_assert_cmpuint (get_facts (again).ipv6.n_good, >=, 20);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (bad[i], strlen (bad[i]));

      again = net_add (net, TRUE, TRUE, bytes);
      net_run (net, NET_SECOND_US);
      g_assert_cmpuint (get_facts (again).n_packets_out, ==, 0);
    }
  net_free (net);
}

/* The cable is out for two hours: when it is back, so is the node. */
static void
test_outage (void)
{
  Net *net = make_net (30, TRUE, FALSE);
  BtDhtId hash = { { 1 } };
  NetSearch search;

  net->loss_permille = 1000;
  net_run (net, 7200 * NET_SECOND_US);
  net->loss_permille = 0;
  net_run (net, 300 * NET_SECOND_US);
  announce (get_node (net, 1), &hash, BT_DHT_SEARCH_NONE, 1);
  net_search (get_node (net, 20), &hash, BT_DHT_SEARCH_NONE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 1);
  net_search_clear (&search);
  net_free (net);
}

/* Those who left are out of all tables in half an hour, and those who stay are known to be there. */
static void
test_upkeep (void)
{
  Net *net = make_net (N_NODES, TRUE, FALSE);

  for (guint i = 0; i < N_NODES; i += 4)
    net_kill (get_node (net, i));
  net_run (net, 30 * 60 * NET_SECOND_US);
  for (guint i = 1; i < N_NODES; i += 4)
    {
      BtDhtFacts facts = get_facts (get_node (net, i));

      g_assert_cmpuint (facts.ipv4.n_good, >=, 20);
      g_assert_cmpuint (facts.ipv4.n_good, <, N_NODES * 3 / 4);
      g_assert_cmpuint (facts.ipv4.n_questionable, ==, 0);
    }
  net_free (net);
}

/* --- Items and samples --- */

static void
put_item (NetNode         *node,
          const BtDhtItem *item,
          gint64           cas,
          gboolean         is_taken)
{
  NetSearch search;

  net_search_init (&search);
  g_assert_cmpuint (bt_dht_put_item (node->dht, item, cas, net_done_cb, &search, node->net->now_us),
                    !=, 0);
  net_wake (node);
  g_assert_true (net_run_until (node->net, &search.is_done, 60 * NET_SECOND_US));
  if (is_taken)
    g_assert_cmpuint (search.result.n_stored, ==, 8);
  else
    g_assert_cmpuint (search.result.n_stored, ==, 0);
  net_search_clear (&search);
}

static void
get_item (NetNode       *node,
          const BtDhtId *target,
          const char    *salt,
          NetSearch     *search)
{
  net_search_init (search);
  g_assert_cmpuint (bt_dht_get_item (node->dht, target, (const guint8 *) salt, strlen (salt),
                                     net_item_cb, net_done_cb, search, node->net->now_us),
                    !=, 0);
  net_wake (node);
  g_assert_true (net_run_until (node->net, &search->is_done, 60 * NET_SECOND_US));
  net_search_clear (search);
}

static void
test_items (void)
{
  Net *net = make_net (40, TRUE, FALSE);
  BtDhtItem item = { .n_value_bytes = 1000, .value = "996:" };
  BtDhtItem mutable = { .sequence = 4, .n_value_bytes = 5, .value = "3:abc", .n_salt_bytes = 2,
                        .salt = "xy" };
  guint8 secret[BT_DHT_KEY_BYTES] = { 1, 2, 3 };
  BtDhtId target;
  NetSearch search;

  memset (item.value + 4, 'v', 996);
  bt_dht_item_get_target (&item, &target);
  put_item (get_node (net, 3), &item, -1, TRUE);
  get_item (get_node (net, 30), &target, "", &search);
  g_assert_cmpuint (search.n_items, ==, 1);
  g_assert_cmpmem (search.item.value, search.item.n_value_bytes, item.value, 1000);
  g_assert_false (search.item.is_mutable);

  g_assert_true (bt_dht_item_sign (&mutable, secret));
  bt_dht_item_get_target (&mutable, &target);
  get_item (get_node (net, 30), &target, "xy", &search);
  g_assert_cmpuint (search.n_items, ==, 0);
  put_item (get_node (net, 4), &mutable, -1, TRUE);
  get_item (get_node (net, 31), &target, "xy", &search);
  g_assert_cmpuint (search.n_items, ==, 1);
  g_assert_cmpint (search.item.sequence, ==, 4);
  g_assert_cmpmem (search.item.key, 32, mutable.key, 32);
  /* Under another salt it is another item, and none that fits. */
  get_item (get_node (net, 31), &target, "", &search);
  g_assert_cmpuint (search.n_items, ==, 0);

  mutable.sequence = 5;
  memcpy (mutable.value, "3:abd", 5);
  g_assert_cmpuint (bt_dht_put_item (get_node (net, 4)->dht, &mutable, -1, NULL, NULL, net->now_us),
                    ==, 0);
  g_assert_true (bt_dht_item_sign (&mutable, secret));
  put_item (get_node (net, 5), &mutable, 3, FALSE);
  put_item (get_node (net, 5), &mutable, 4, TRUE);
  get_item (get_node (net, 31), &target, "xy", &search);
  g_assert_cmpint (search.item.sequence, ==, 5);
  mutable.sequence = 4;
  g_assert_true (bt_dht_item_sign (&mutable, secret));
  put_item (get_node (net, 5), &mutable, -1, FALSE);
  net_free (net);
}

typedef struct
{
  gboolean is_done;
  guint    n_hashes;
  guint    n_in_all;
  BtDhtId  first;
} Sampled;

static void
sample_cb (gpointer           user_data,
           const BtDhtSample *sample)
{
  Sampled *sampled = user_data;

  g_assert_false (sampled->is_done);
  sampled->is_done = TRUE;
  sampled->n_hashes = sample->hashes != NULL ? sample->n_hashes : G_MAXUINT;
  sampled->n_in_all = sample->n_in_all;
  if (sample->hashes != NULL && sample->n_hashes > 0)
    sampled->first = sample->hashes[0];
}

static void
sample (NetNode         *node,
        const BtAddress *address,
        Sampled         *sampled)
{
  *sampled = (Sampled) { 0 };
  g_assert_cmpuint (bt_dht_sample (node->dht, address, sample_cb, sampled, node->net->now_us), !=,
                    0);
  net_wake (node);
  g_assert_true (net_run_until (node->net, &sampled->is_done, 30 * NET_SECOND_US));
}

static void
test_sample (void)
{
  Net *net = make_net (8, TRUE, FALSE);
  BtDhtId hash = { { 1 } };
  BtAddress nobody;
  Sampled sampled;

  sample (get_node (net, 0), &get_node (net, 5)->addresses[0], &sampled);
  g_assert_cmpuint (sampled.n_hashes, ==, 0);
  announce (get_node (net, 1), &hash, BT_DHT_SEARCH_NONE, 1);
  sample (get_node (net, 0), &get_node (net, 5)->addresses[0], &sampled);
  g_assert_cmpuint (sampled.n_hashes, ==, 1);
  g_assert_true (bt_dht_id_equal (&sampled.first, &hash));
  for (guint i = 2; i < 80; i++)
    {
      hash.bytes[0] = (guint8) i;
      announce (get_node (net, 1), &hash, BT_DHT_SEARCH_NONE, 1);
      net_run (net, 5 * NET_SECOND_US);
    }
  sample (get_node (net, 0), &get_node (net, 5)->addresses[0], &sampled);
  g_assert_cmpuint (sampled.n_hashes, >=, 18);
  g_assert_cmpuint (sampled.n_hashes, <=, BT_DHT_MAX_SAMPLES);
  g_assert_cmpuint (sampled.n_in_all, ==, 79);
  net_random_address (net, BT_FAMILY_IPV4, &nobody);
  sample (get_node (net, 0), &nobody, &sampled);
  g_assert_cmpuint (sampled.n_hashes, ==, G_MAXUINT);
  net_free (net);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/node/peers", test_peers);
  g_test_add_func ("/dht/node/many-peers", test_many_peers);
  g_test_add_func ("/dht/node/families", test_families);
  g_test_add_func ("/dht/node/waiting", test_waiting);
  g_test_add_func ("/dht/node/cancel", test_cancel);
  g_test_add_func ("/dht/node/read-only", test_read_only);
  g_test_add_func ("/dht/node/external", test_external);
  g_test_add_func ("/dht/node/save", test_save);
  g_test_add_func ("/dht/node/outage", test_outage);
  g_test_add_func ("/dht/node/upkeep", test_upkeep);
  g_test_add_func ("/dht/node/items", test_items);
  g_test_add_func ("/dht/node/sample", test_sample);
  return g_test_run ();
}
