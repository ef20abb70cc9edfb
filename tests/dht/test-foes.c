/* test-foes.c - floods, liars and rubbish: dropped, counted, and nothing else happens
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "dht/bt-dht-flood.h"
#include "dht/bt-dht-items.h"
#include "dht/bt-dht-message.h"
#include "dht/bt-dht-store.h"
#include "dht/bt-dht-tokens.h"

#include <malloc.h>

#define ID "abcdefghij0123456789"

static NetNode *
get_node (Net   *net,
          guint  index)
{
  return g_ptr_array_index (net->nodes, index);
}

static Net *
make_net (guint n_nodes)
{
  Net *net = net_new (13);

  for (guint i = 0; i < n_nodes; i++)
    {
      NetNode *node = net_add (net, TRUE, FALSE, NULL);

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

/* --- Floods --- */

static void
receive (NetNode         *node,
         const BtAddress *from,
         const char      *text,
         gsize            n_bytes)
{
  bt_dht_receive (node->dht, from, (const guint8 *) text, n_bytes, node->net->now_us);
}

static const char *const floods[] = {
  "d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:y1:qe",
  "d1:ad2:id20:" ID "6:target20:" ID "e1:q9:find_node1:t2:aa1:y1:qe",
  "d1:ad2:id20:" ID "9:info_hash20:" ID "6:scrapei1ee1:q9:get_peers1:t2:aa1:y1:qe",
  "d1:ad2:id20:" ID "9:info_hash20:" ID "4:porti1e5:token8:aaaaaaaae"
  "1:q13:announce_peer1:t2:aa1:y1:qe",
  "d1:ad2:id20:" ID "5:token8:aaaaaaaa1:v1:xe1:q3:put1:t2:aa1:y1:qe",
  "d1:rd2:id20:" ID "e1:t4:aaaa1:y1:re",
  "d1:eli201e1:xe1:t4:aaaa1:y1:ee",
  "d1:q",
  "drubbish",
};

static void
test_flood_of_one (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      Net *net = net_new (1);
      NetNode *node = net_add (net, TRUE, FALSE, NULL);
      BtAddress foe;
      BtDhtFacts facts;

      net_random_address (net, BT_FAMILY_IPV4, &foe);
      for (guint n = 0; n < 1000; n++)
        receive (node, &foe, floods[i], strlen (floods[i]));
      facts = get_facts (node);
      g_assert_cmpuint (facts.n_packets_in, ==, 1000);
      g_assert_cmpuint (facts.n_packets_out, <=, BT_DHT_FLOOD_MAX_PACKETS);
      g_assert_cmpuint (facts.n_dropped_flood, >=, 1000 - BT_DHT_FLOOD_MAX_PACKETS - 1);
      g_assert_cmpuint (facts.n_flooders, ==, 1);
      g_assert_cmpuint (facts.n_peers_stored + facts.n_items_stored, ==, 0);
      net_run (net, BT_DHT_FLOOD_BLOCK_US);
      g_assert_cmpuint (get_facts (node).n_flooders, ==, 0);
      net_free (net);
    }
}

/* A hundred thousand senders, each with an id of its own, in ten seconds. */
static void
test_flood_of_many (void)
{
  Net *net = make_net (20);
  NetNode *node = get_node (net, 3);
  BtDhtFacts before = get_facts (node);
  struct mallinfo2 memory = mallinfo2 ();
  gint64 began_at_us = g_get_monotonic_time ();
  BtDhtFacts facts;
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint n = 0; n < 100000; n++)
    {
      const char *flood = floods[n % G_N_ELEMENTS (floods)];
      g_autofree char *text = g_strdup (flood);
      char *id = strstr (text, ID);
      BtAddress foe = { .family = BT_FAMILY_IPV4, .port = 1 };
      BtDhtId random_id;

      foe.ip[0] = 99;
      for (guint i = 1; i < 4; i++)
        foe.ip[i] = (guint8) bt_random_next (&random);
      bt_dht_id_make_random (&random_id, &random);
      if (id != NULL)
        memcpy (id, random_id.bytes, BT_DHT_ID_BYTES);
      receive (node, &foe, text, strlen (flood));
      net_wake (node);
      net_run (net, 100);
    }
  facts = get_facts (node);
  g_test_message ("%.1f us each, %d bytes more",
                  (double) (g_get_monotonic_time () - began_at_us) / 100000,
                  (int) (mallinfo2 ().uordblks - memory.uordblks));
  g_assert_cmpuint (facts.n_packets_in - before.n_packets_in, >=, 100000);
  g_assert_cmpuint (facts.n_queries_in - before.n_queries_in, <=,
                    BT_DHT_FLOOD_MAX_BURST + 11 * BT_DHT_FLOOD_MAX_PER_S);
  g_assert_cmpuint (facts.n_packets_out - before.n_packets_out, <=,
                    2 * (BT_DHT_FLOOD_MAX_BURST + 11 * BT_DHT_FLOOD_MAX_PER_S));
  g_assert_cmpuint (facts.ipv4.n_waiting, <=, 64);
  g_assert_cmpuint (facts.n_requests, <=, 64);
  /* The honest ones are still there, and nobody else is. */
  g_assert_cmpuint (facts.ipv4.n_good + facts.ipv4.n_questionable, ==, before.ipv4.n_good);
  g_assert_cmpint ((gint64) mallinfo2 ().uordblks - (gint64) memory.uordblks, <, 2 * 1024 * 1024);
  net_run (net, 120 * NET_SECOND_US);
  g_assert_cmpuint (get_facts (node).n_flooders, ==, 0);
  net_free (net);
}

/* Somebody with many addresses, who does ask for tokens, fills what there is to fill, and no more. */
static void
test_flood_of_announces (void)
{
  Net *net = net_new (1);
  NetNode *node = net_add (net, TRUE, FALSE, NULL);
  guint8 secret[BT_DHT_SECRET_BYTES];
  BtRandom random;
  BtDhtFacts facts;

  /* The net draws the secret first of all. */
  bt_random_init (&random, 1);
  for (guint i = 0; i < sizeof secret; i++)
    secret[i] = (guint8) bt_random_next (&random);
  for (guint n = 0; n < 20000; n++)
    {
      BtAddress foe = { .family = BT_FAMILY_IPV4, .port = 1, .ip = { 99 } };
      guint8 token[BT_DHT_TOKEN_BYTES];
      g_autoptr (GBytes) bytes = NULL;
      BtDhtMessage message;

      for (guint i = 1; i < 4; i++)
        foe.ip[i] = (guint8) bt_random_next (&random);
      bt_dht_message_init (&message);
      bt_dht_id_make_random (&message.id, &random);
      bt_dht_id_make_random (&message.target, &random);
      message.has_target = TRUE;
      message.method = BT_DHT_ANNOUNCE_PEER;
      message.port = 1;
      message.transaction = (BtDhtBytes) { (const guint8 *) "aa", 2 };
      bt_dht_token_make (secret, &foe, &message.target, net->now_us, token);
      message.token = (BtDhtBytes) { token, sizeof token };
      bytes = bt_dht_message_put (&message);
      receive (node, &foe, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      net_run (net, 10000);
    }
  facts = get_facts (node);
  g_assert_cmpuint (facts.n_hashes_stored, ==, BT_DHT_STORE_MAX_HASHES);
  g_assert_cmpuint (facts.n_peers_stored, ==, BT_DHT_STORE_MAX_HASHES);
  net_free (net);
}

/* --- Rubbish --- */

static void
test_rubbish (void)
{
  Net *net = make_net (5);
  NetNode *node = get_node (net, 1);
  guint8 large[BT_DHT_MAX_RECEIVE_BYTES + 1];
  BtAddress foe;
  BtDhtFacts facts;

  memset (large, 'd', sizeof large);
  net_random_address (net, BT_FAMILY_IPV4, &foe);
  g_assert_false (bt_dht_receive (node->dht, &foe, (const guint8 *) "", 0, net->now_us));
  g_assert_false (bt_dht_receive (node->dht, &foe, (const guint8 *) "\x41\x02", 2, net->now_us));
  g_assert_true (bt_dht_receive (node->dht, &foe, (const guint8 *) "d1:", 3, net->now_us));
  g_assert_true (bt_dht_receive (node->dht, &foe, large, sizeof large, net->now_us));
  /* An answer to nothing, a node that claims our id, one that cannot be answered, one of a family that is off. */
  receive (node, &foe, floods[5], strlen (floods[5]));
  memcpy (large, floods[0], strlen (floods[0]));
  memcpy (strstr ((char *) large, ID), bt_dht_get_id (node->dht, BT_FAMILY_IPV4)->bytes, 20);
  receive (node, &foe, (const char *) large, strlen (floods[0]));
  foe.port = 0;
  receive (node, &foe, floods[0], strlen (floods[0]));
  net_random_address (net, BT_FAMILY_IPV6, &foe);
  receive (node, &foe, floods[0], strlen (floods[0]));
  facts = get_facts (node);
  g_assert_cmpuint (facts.n_dropped_rubbish, ==, 5);
  g_assert_cmpuint (facts.n_dropped_lies, ==, 1);
  net_free (net);
}

/* What is refused, and with which number. */
static const struct
{
  const char *text;
  int         error;
} refused[] = {
  { "d1:ad2:id20:" ID "e1:q9:find_node1:t2:aa1:y1:qe", BT_DHT_ERROR_PROTOCOL },
  { "d1:ad2:id20:" ID "e1:q9:get_peers1:t2:aa1:y1:qe", BT_DHT_ERROR_PROTOCOL },
  { "d1:ad2:id20:" ID "e1:q4:boom1:t2:aa1:y1:qe", BT_DHT_ERROR_UNKNOWN },
  { "d1:ad2:id20:" ID "6:target20:" ID "e1:q4:boom1:t2:aa1:y1:qe", 0 },
  { "d1:ad2:id20:" ID "9:info_hash20:" ID "4:porti1e5:token8:aaaaaaaae"
    "1:q13:announce_peer1:t2:aa1:y1:qe",
    BT_DHT_ERROR_PROTOCOL },
  { "d1:ad2:id20:" ID "9:info_hash20:" ID "4:porti1ee1:q13:announce_peer1:t2:aa1:y1:qe",
    BT_DHT_ERROR_PROTOCOL },
  { "d1:ad2:id20:" ID "5:token8:aaaaaaaa1:v1:xe1:q3:put1:t2:aa1:y1:qe", BT_DHT_ERROR_PROTOCOL },
  { "d1:ad2:id20:" ID "1:vd1:bi1e1:ai1eee1:q3:put1:t2:aa1:y1:qe", BT_DHT_ERROR_PROTOCOL },
  { "d1:ad2:id20:" ID "1:k32:" ID "aaaaaaaaaaaa1:v1:xe1:q3:put1:t2:aa1:y1:qe",
    BT_DHT_ERROR_PROTOCOL },
  { "d1:ad2:id20:" ID "1:k32:" ID "aaaaaaaaaaaa4:salt65:" ID ID ID "aaaaa1:v1:xe1:q3:put"
    "1:t2:aa1:y1:qe",
    BT_DHT_ERROR_SALT },
};

typedef struct
{
  guint n_messages;
  int   error;
} Heard;

static void
hear_cb (NetNode         *node,
         const BtAddress *from,
         const guint8    *bytes,
         gsize            n_bytes)
{
  Heard *heard = node->liar_data;
  BtDhtMessage message;

  g_assert_cmpint (bt_dht_message_parse (bytes, n_bytes, &message), ==, BT_DHT_PARSED);
  if (message.kind != BT_DHT_QUERY)
    {
      heard->n_messages++;
      heard->error = (int) message.error;
      g_assert_true (bt_address_equal (&message.seen_at, &node->addresses[0]));
    }
  bt_dht_message_clear (&message);
}

static void
test_refused (void)
{
  Net *net = make_net (5);

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      Heard heard = { 0 };
      BtAddress address;

      net_random_address (net, BT_FAMILY_IPV4, &address);
      net_add_liar (net, &address, hear_cb, &heard);
      net_send (net, &address, &get_node (net, 1)->addresses[0], (const guint8 *) refused[i].text,
                strlen (refused[i].text));
      net_run (net, NET_SECOND_US);
      g_assert_cmpuint (heard.n_messages, ==, 1);
      if (heard.error != refused[i].error)
        g_error ("\"%s\" was answered with %d", refused[i].text, heard.error);
    }
  g_assert_cmpuint (get_facts (get_node (net, 1)).n_items_stored, ==, 0);
  net_free (net);
}

/* --- Liars --- */

typedef enum
{
  LIE_SELF,        /* knows nobody but itself */
  LIE_OUR_ID,      /* takes the id of who asks */
  LIE_ANY_ID,      /* another id each time */
  LIE_NOISE,       /* no message at all */
  LIE_BROKEN,      /* a message, but nothing in it is right */
  LIE_FAILURE,     /* an error for everything */
  LIE_PHANTOMS,    /* knows only nodes that do not exist, right next to the target */
  N_LIES,
} Lie;

typedef struct
{
  Lie       lie;
  BtDhtId   id;
  BtRandom *random;
} Liar;

/* Sixteen nodes that nobody reaches; with right ids as far as those can be had. */
static gsize
make_phantoms (const Liar    *liar,
               const BtDhtId *target,
               guint8         out_bytes[16 * BT_DHT_NODE4_BYTES])
{
  for (guint i = 0; i < 16; i++)
    {
      BtAddress address = { .family = BT_FAMILY_IPV4, .port = 7, .ip = { 98 } };
      BtDhtId id;

      for (guint k = 1; k < 4; k++)
        address.ip[k] = (guint8) bt_random_next (liar->random);
      bt_dht_id_make_beside (&id, target, 60, liar->random);
      if (i % 2 == 0)
        bt_dht_id_make_for (&id, &address, liar->random);
      bt_dht_node_write (&id, &address, out_bytes + i * BT_DHT_NODE4_BYTES);
    }
  return 16 * BT_DHT_NODE4_BYTES;
}

static void
lie_cb (NetNode         *node,
        const BtAddress *from,
        const guint8    *bytes,
        gsize            n_bytes)
{
  const Liar *liar = node->liar_data;
  guint8 nodes[16 * BT_DHT_NODE4_BYTES];
  g_autoptr (GBytes) out = NULL;
  BtDhtMessage query;
  BtDhtMessage answer;

  bt_dht_message_parse (bytes, n_bytes, &query);
  if (query.kind != BT_DHT_QUERY)
    {
      bt_dht_message_clear (&query);
      return;
    }
  bt_dht_message_init (&answer);
  answer.kind = liar->lie == LIE_FAILURE ? BT_DHT_FAILURE : BT_DHT_ANSWER;
  answer.error = 202;
  answer.transaction = query.transaction;
  answer.id = liar->id;
  answer.token = (BtDhtBytes) { (const guint8 *) "token", 5 };
  answer.nodes = (BtDhtBytes) { nodes, BT_DHT_NODE4_BYTES };
  bt_dht_node_write (&liar->id, &node->addresses[0], nodes);
  if (liar->lie == LIE_OUR_ID)
    {
      answer.id = query.id;
      answer.nodes.bytes = NULL;
    }
  if (liar->lie == LIE_ANY_ID)
    bt_dht_id_make_random (&answer.id, liar->random);
  if (liar->lie == LIE_PHANTOMS)
    answer.nodes.n_bytes = make_phantoms (liar, &query.target, nodes);
  if (liar->lie == LIE_BROKEN)
    {
      answer.nodes.n_bytes = 25;
      answer.value = (BtDhtBytes) { (const guint8 *) "i5e", 3 };
      answer.samples = (BtDhtBytes) { nodes, 3 };
    }
  out = bt_dht_message_put (&answer);
  net_send (node->net, &node->addresses[0], from, g_bytes_get_data (out, NULL),
            liar->lie == LIE_NOISE ? g_bytes_get_size (out) / 2 : g_bytes_get_size (out));
  bt_dht_message_clear (&query);
}

/* They ask, so that everybody hears of them. */
static void
advertise (NetNode *liar_node)
{
  Net *net = liar_node->net;
  const Liar *liar = liar_node->liar_data;

  for (guint i = 0; i < net->nodes->len; i++)
    {
      NetNode *other = get_node (net, i);
      g_autoptr (GBytes) bytes = NULL;
      BtDhtMessage message;

      if (other->dht == NULL)
        continue;
      bt_dht_message_init (&message);
      message.id = liar->id;
      message.method = BT_DHT_PING;
      message.transaction = (BtDhtBytes) { (const guint8 *) "aa", 2 };
      bytes = bt_dht_message_put (&message);
      net_send (net, &liar_node->addresses[0], &other->addresses[0],
                g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    }
}

static void
besiege (Lie      lie,
         guint    n_liars,
         gboolean has_right_ids)
{
  Net *net = make_net (60);
  g_autofree Liar *liars = g_new0 (Liar, n_liars);
  BtDhtId hash = { { 0x77, 0x66, 0x55 } };
  guint64 n_lies = 0;
  guint64 n_rubbish = 0;
  NetSearch search;
  NetNode *late;

  for (guint i = 0; i < n_liars; i++)
    {
      BtAddress address;
      NetNode *node;

      net_random_address (net, BT_FAMILY_IPV4, &address);
      liars[i].lie = lie;
      liars[i].random = &net->random;
      bt_dht_id_make_for (&liars[i].id, &address, &net->random);
      /* Nearer to the hash than anybody honest, and wrong for their addresses (BEP 42). */
      if (!has_right_ids)
        bt_dht_id_make_beside (&liars[i].id, &hash, 24 + i % 8, &net->random);
      node = net_add_liar (net, &address, lie_cb, &liars[i]);
      advertise (node);
      net_run (net, NET_SECOND_US);
    }
  net_run (net, 60 * NET_SECOND_US);
  net_search (get_node (net, 7), &hash, BT_DHT_SEARCH_NONE, 7007, &search);
  g_assert_cmpuint (search.result.n_stored, >=, 4);
  net_search_clear (&search);
  late = net_add (net, TRUE, FALSE, NULL);
  net_introduce (late, get_node (net, 1));
  net_search (late, &hash, BT_DHT_SEARCH_NONE, 0, &search);
  g_assert_cmpuint (search.result.n_peers, ==, 1);
  net_search_clear (&search);
  for (guint i = 0; i < net->nodes->len; i++)
    if (get_node (net, i)->dht != NULL)
      {
        BtDhtFacts facts = get_facts (get_node (net, i));

        n_lies += facts.n_dropped_lies;
        n_rubbish += facts.n_dropped_rubbish;
        g_assert_cmpuint (facts.n_requests, <=, 64);
        /* Those who answer with themselves are in no table. */
        if (lie == LIE_SELF)
          g_assert_cmpuint (facts.ipv4.n_good, <=, 60 + n_liars / 2);
      }
  g_test_message ("%" G_GUINT64_FORMAT " lies, %" G_GUINT64_FORMAT " times rubbish", n_lies,
                  n_rubbish);
  if (lie == LIE_SELF || lie == LIE_OUR_ID)
    g_assert_cmpuint (n_lies, >=, n_liars);
  if (lie == LIE_NOISE)
    g_assert_cmpuint (n_rubbish, >=, n_liars);
  net_free (net);
}

static void
test_liars (gconstpointer data)
{
  besiege (GPOINTER_TO_UINT (data), 20, TRUE);
}

/* Forty ids around the one thing that is looked for: BEP 42 is there against just that. */
static void
test_eclipse (gconstpointer data)
{
  besiege (GPOINTER_TO_UINT (data), 40, FALSE);
}

/* A node that knows of one liar only. */
static Net *
make_pair (Lie       lie,
           Liar     *liar,
           NetNode **out_liar)
{
  Net *net = net_new (3);
  NetNode *node = net_add (net, TRUE, FALSE, NULL);
  BtAddress address;

  net_random_address (net, BT_FAMILY_IPV4, &address);
  *liar = (Liar) { .lie = lie, .random = &net->random };
  bt_dht_id_make_for (&liar->id, &address, &net->random);
  *out_liar = net_add_liar (net, &address, lie_cb, liar);
  bt_dht_add_node (node->dht, &address, net->now_us);
  net_wake (node);
  return net;
}

static void
test_our_id (void)
{
  NetNode *liar_node;
  Liar liar;
  Net *net = make_pair (LIE_OUR_ID, &liar, &liar_node);
  BtDhtFacts facts;

  net_run (net, 60 * NET_SECOND_US);
  facts = get_facts (get_node (net, 0));
  g_assert_cmpuint (facts.n_dropped_lies, ==, facts.n_answers_in);
  g_assert_cmpuint (facts.n_dropped_lies, >=, 1);
  g_assert_cmpuint (facts.ipv4.n_good, ==, 0);
  net_free (net);
}

/* An item that is not what was looked for. */
static void
test_false_item (void)
{
  NetNode *liar_node;
  Liar liar;
  Net *net = make_pair (LIE_BROKEN, &liar, &liar_node);
  NetNode *node = get_node (net, 0);
  BtDhtId target = { { 1 } };
  guint64 n_lies;
  NetSearch search;

  net_run (net, 10 * NET_SECOND_US);
  n_lies = get_facts (node).n_dropped_lies;
  net_search_init (&search);
  bt_dht_get_item (node->dht, &target, NULL, 0, net_item_cb, net_done_cb, &search, net->now_us);
  net_wake (node);
  g_assert_true (net_run_until (net, &search.is_done, 60 * NET_SECOND_US));
  g_assert_cmpuint (search.n_items, ==, 0);
  g_assert_cmpuint (search.result.n_answered, ==, 1);
  g_assert_cmpuint (get_facts (node).n_dropped_lies, ==, n_lies + 1);
  net_search_clear (&search);
  net_free (net);
}

/* Everything right, only from another port. */
static void
answer_elsewhere_cb (NetNode         *node,
                     const BtAddress *from,
                     const guint8    *bytes,
                     gsize            n_bytes)
{
  BtAddress address = node->addresses[0];

  node->addresses[0].port++;
  lie_cb (node, from, bytes, n_bytes);
  node->addresses[0] = address;
}

static void
test_answer_from_elsewhere (void)
{
  NetNode *liar_node;
  Liar liar;
  Net *net = make_pair (LIE_BROKEN, &liar, &liar_node);
  BtDhtFacts facts;

  liar_node->liar = answer_elsewhere_cb;
  net_run (net, 60 * NET_SECOND_US);
  facts = get_facts (get_node (net, 0));
  g_assert_cmpuint (facts.n_answers_in, ==, 0);
  g_assert_cmpuint (facts.n_dropped_rubbish, >=, 1);
  g_assert_cmpuint (facts.ipv4.n_good + facts.ipv4.n_questionable, ==, 0);
  net_free (net);
}

/* --- Manners of our own --- */

typedef struct
{
  guint n_no_seeds;
  guint n_scrapes;
  guint n_read_only;
} Asked;

static void
watch_cb (Net             *net,
          const BtAddress *from,
          const BtAddress *to,
          const guint8    *bytes,
          gsize            n_bytes)
{
  Asked *asked = net->wire_func_data;
  BtDhtMessage message;

  g_assert_cmpint (bt_dht_message_parse (bytes, n_bytes, &message), ==, BT_DHT_PARSED);
  asked->n_no_seeds += message.no_seeds;
  asked->n_scrapes += message.is_scrape;
  asked->n_read_only += message.is_read_only;
  bt_dht_message_clear (&message);
}

static void
test_questions (void)
{
  NetNode *liar_node;
  Liar liar;
  Net *net = make_pair (LIE_BROKEN, &liar, &liar_node);
  NetNode *node = get_node (net, 0);
  BtDhtId hash = { { 1 } };
  Asked asked = { 0 };
  NetSearch search;

  net_run (net, 10 * NET_SECOND_US);
  net->wire_func = watch_cb;
  net->wire_func_data = &asked;
  net_search (node, &hash, BT_DHT_SEARCH_SEED, 1, &search);
  net_search_clear (&search);
  g_assert_cmpuint (asked.n_no_seeds, ==, 1);
  g_assert_cmpuint (asked.n_scrapes, ==, 0);
  g_assert_cmpuint (asked.n_read_only, ==, 0);
  bt_dht_set_read_only (node->dht, TRUE);
  net_search (node, &hash, BT_DHT_SEARCH_SCRAPE, 0, &search);
  net_search_clear (&search);
  g_assert_cmpuint (asked.n_no_seeds, ==, 1);
  g_assert_cmpuint (asked.n_scrapes, ==, 1);
  g_assert_cmpuint (asked.n_read_only, ==, 1);
  net_free (net);
}

int
main (int   argc,
      char *argv[])
{
  static const char *const names[N_LIES] = { "self", "our-id", "any-id", "noise", "broken",
                                             "failure", "phantoms" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/foes/flood-of-one", test_flood_of_one);
  g_test_add_func ("/dht/foes/flood-of-many", test_flood_of_many);
  g_test_add_func ("/dht/foes/flood-of-announces", test_flood_of_announces);
  g_test_add_func ("/dht/foes/rubbish", test_rubbish);
  g_test_add_func ("/dht/foes/refused", test_refused);
  g_test_add_func ("/dht/foes/our-id", test_our_id);
  g_test_add_func ("/dht/foes/false-item", test_false_item);
  g_test_add_func ("/dht/foes/answer-from-elsewhere", test_answer_from_elsewhere);
  g_test_add_func ("/dht/foes/questions", test_questions);
  for (guint i = 0; i < N_LIES; i++)
    {
      g_autofree char *liars = g_strconcat ("/dht/foes/liars/", names[i], NULL);
      g_autofree char *eclipse = g_strconcat ("/dht/foes/eclipse/", names[i], NULL);

      g_test_add_data_func (liars, GUINT_TO_POINTER (i), test_liars);
      g_test_add_data_func (eclipse, GUINT_TO_POINTER (i), test_eclipse);
    }
  return g_test_run ();
}
