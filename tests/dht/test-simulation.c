/* test-simulation.c - whole networks of nodes on a made-up clock: latency, loss, churn
 *
 * FRESHET_DHT_NODES=N takes N nodes instead of 2,000, up to 100,000.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>

#define DEFAULT_NODES       2000
#define MAX_NODES           100000
#define SMALL_NODES         200
#define LOSS_PERMILLE       70
#define N_ANNOUNCES         60
/* What a node that has filled its tables may take: tables, and what others store at it. */
#define MAX_BYTES_PER_NODE  (32 * 1024)

static guint
get_n_nodes (void)
{
  const char *text = g_getenv ("FRESHET_DHT_NODES");
  gint64 n_nodes = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;

  return n_nodes > 0 ? (guint) CLAMP (n_nodes, 50, MAX_NODES) : DEFAULT_NODES;
}

static NetNode *
get_node (Net   *net,
          guint  index)
{
  return g_ptr_array_index (net->nodes, index);
}

static NetNode *
pick_alive (Net *net)
{
  NetNode *node;

  do
    node = get_node (net, bt_random_below (&net->random, net->nodes->len));
  while (node->dht == NULL);
  return node;
}

/* Nodes come one after the other, each knowing one that is there already. */
static Net *
make_net (guint n_nodes,
          guint loss_permille)
{
  Net *net = net_new (7);

  net->min_latency_us = 10000;
  net->max_latency_us = 150000;
  net->loss_permille = loss_permille;
  for (guint i = 0; i < n_nodes; i++)
    {
      NetNode *node = net_add (net, TRUE, FALSE, NULL);

      if (i > 0)
        net_introduce (node, get_node (net, bt_random_below (&net->random, i)));
      net_run (net, NET_SECOND_US / 20);
    }
  net_run (net, 120 * NET_SECOND_US);
  return net;
}

static gboolean
has_peer (const NetSearch *search,
          const BtAddress *ip,
          guint16          port)
{
  for (guint i = 0; i < search->peers->len; i++)
    {
      const BtAddress *peer = &g_array_index (search->peers, BtAddress, i);

      if (bt_address_equal_ip (peer, ip) && peer->port == port)
        return TRUE;
    }
  return FALSE;
}

typedef struct
{
  BtDhtId   hash;
  BtAddress peer;
} Announced;

typedef struct
{
  guint  n_tried;
  guint  n_found;
  double hops;      /* mean */
  double seconds;
  double n_asked;
} Tally;

static void
announce_all (Net       *net,
              Announced  announced[N_ANNOUNCES])
{
  for (guint i = 0; i < N_ANNOUNCES; i++)
    {
      NetNode *node = pick_alive (net);
      NetSearch search;

      bt_dht_id_make_random (&announced[i].hash, &net->random);
      announced[i].peer = node->addresses[0];
      announced[i].peer.port = (guint16) (2000 + i);
      net_search (node, &announced[i].hash, BT_DHT_SEARCH_NONE, announced[i].peer.port, &search);
      g_assert_cmpuint (search.result.n_stored, >=, 3);
      net_search_clear (&search);
    }
}

static Tally
look_for_all (Net             *net,
              const Announced  announced[N_ANNOUNCES])
{
  Tally tally = { 0 };

  for (guint i = 0; i < N_ANNOUNCES; i++)
    {
      gint64 began_at_us = net->now_us;
      NetSearch search;

      net_search (pick_alive (net), &announced[i].hash, BT_DHT_SEARCH_NONE, 0, &search);
      tally.n_tried++;
      tally.n_found += has_peer (&search, &announced[i].peer, announced[i].peer.port) != FALSE;
      tally.hops += (double) search.result.n_hops / N_ANNOUNCES;
      tally.seconds += (double) (net->now_us - began_at_us) / NET_SECOND_US / N_ANNOUNCES;
      tally.n_asked += (double) search.result.n_asked / N_ANNOUNCES;
      net_search_clear (&search);
    }
  return tally;
}

/* What test_network() measured, for test_hops(). */
static Tally network_tally;

static void
say (const char  *what,
     const Tally *tally)
{
  g_test_message ("%s: %u of %u found, %.2f hops, %.1f nodes asked, %.2f s", what, tally->n_found,
                  tally->n_tried, tally->hops, tally->n_asked, tally->seconds);
}

static void
assert_found (const Tally *tally)
{
  g_assert_cmpuint (tally->n_found * 100, >=, tally->n_tried * 95);
}

/* Of two hundred nodes one leaves and one comes each minute. */
static void
churn (Net *net)
{
  for (guint minute = 0; minute < 10; minute++)
    {
      guint n_leaving = net->nodes->len / 200;

      for (guint i = 0; i < n_leaving; i++)
        {
          NetNode *node;

          net_kill (pick_alive (net));
          node = net_add (net, TRUE, FALSE, NULL);
          net_introduce (node, pick_alive (net));
        }
      net_run (net, 60 * NET_SECOND_US);
    }
}

static void
check_sizes (Net   *net,
             guint  n_alive)
{
  double sum = 0;
  guint n = 0;
  BtDhtFacts facts;

  /* Those that came last: the others saw a smaller network. */
  for (guint i = net->nodes->len * 9 / 10; i < net->nodes->len; i++)
    {
      bt_dht_get_facts (get_node (net, i)->dht, &facts, net->now_us);
      g_assert_true (facts.ipv4.is_bootstrapped);
      g_assert_cmpuint (facts.ipv4.n_good, >=, 20);
      g_assert_cmpfloat (facts.ipv4.network_size, >, 0);
      sum += log (facts.ipv4.network_size);
      n++;
    }
  g_test_message ("the network of %u seems to have %.0f nodes", n_alive, exp (sum / n));
  g_assert_cmpfloat (exp (sum / n), >, n_alive * 0.5);
  g_assert_cmpfloat (exp (sum / n), <, n_alive * 2.0);
}

static void
test_network (void)
{
  guint n_nodes = get_n_nodes ();
  Announced announced[N_ANNOUNCES];
  gint64 began_at_us = g_get_monotonic_time ();
  Tally tally;
  Net *net;

  net = make_net (n_nodes, LOSS_PERMILLE);
  g_test_message ("%u nodes, %" G_GUINT64_FORMAT " packets, %.1f s", n_nodes, net->n_packets,
                  (double) (g_get_monotonic_time () - began_at_us) / G_USEC_PER_SEC);
  check_sizes (net, n_nodes);
  announce_all (net, announced);
  tally = look_for_all (net, announced);
  say ("seven percent lost", &tally);
  assert_found (&tally);
  network_tally = tally;
  churn (net);
  tally = look_for_all (net, announced);
  say ("after churn", &tally);
  assert_found (&tally);
  g_test_message ("%.1f s in all",
                  (double) (g_get_monotonic_time () - began_at_us) / G_USEC_PER_SEC);
  net_free (net);
}

/* Ten times as many nodes cost a step or so, not ten times as many; network_tally is of the test before. */
static void
test_hops (void)
{
  double growth = log2 ((double) get_n_nodes () / SMALL_NODES);
  Announced announced[N_ANNOUNCES];
  Tally tally;
  Net *net;

  if (network_tally.n_tried == 0 || get_n_nodes () <= SMALL_NODES)
    {
      g_test_skip ("Nothing larger to compare with");
      return;
    }
  net = make_net (SMALL_NODES, LOSS_PERMILLE);
  announce_all (net, announced);
  tally = look_for_all (net, announced);
  say ("200 nodes", &tally);
  assert_found (&tally);
  g_assert_cmpfloat (network_tally.hops, >=, tally.hops);
  g_assert_cmpfloat (network_tally.hops, <=, tally.hops + growth);
  g_assert_cmpfloat (network_tally.n_asked, <=, tally.n_asked * (1 + growth / 3));
  net_free (net);
}

static void
test_memory (void)
{
  struct mallinfo2 before = mallinfo2 ();
  const guint n_nodes = 500;
  double n_bytes;
  Net *net;

  net = make_net (n_nodes, 0);
  net_run (net, 600 * NET_SECOND_US);
  n_bytes = (double) (mallinfo2 ().uordblks - before.uordblks) / n_nodes;
  g_test_message ("%.0f bytes a node", n_bytes);
  /* A sanitizer's allocator does not count. */
  if (n_bytes > 0)
    g_assert_cmpfloat (n_bytes, <, MAX_BYTES_PER_NODE);
  net_free (net);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/simulation/network", test_network);
  g_test_add_func ("/dht/simulation/hops", test_hops);
  g_test_add_func ("/dht/simulation/memory", test_memory);
  return g_test_run ();
}
