/* test-table.c - who gets a place in a table, who loses it, and who is nearest; and the same for a walk
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-table.h"
#include "dht/bt-dht-walk.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define NOW_US    (1000000 * SECOND_US)

static BtAddress
make_address (guint32 n)
{
  BtAddress address = { .family = BT_FAMILY_IPV4, .port = 6881 };

  /* Another /24 for each. */
  address.ip[0] = 30;
  address.ip[1] = (guint8) (n >> 8);
  address.ip[2] = (guint8) n;
  address.ip[3] = (guint8) (n >> 16);
  return address;
}

/* An id in bucket `n_bits`, right for its address or not. */
static void
make_node (const BtDhtId   *own,
           guint            n_bits,
           const BtAddress *address,
           gboolean         is_right,
           BtRandom        *random,
           BtDhtId         *out_id)
{
  do
    {
      bt_dht_id_make_random (out_id, random);
      if (is_right)
        bt_dht_id_make_for (out_id, address, random);
      else
        bt_dht_id_make_beside (out_id, own, n_bits, random);
    }
  while ((is_right && bt_dht_id_get_shared (own, out_id) != n_bits) ||
         (bt_dht_id_is_right (out_id, address) != FALSE) != is_right);
}

/* Sums up what must always hold. */
static void
check (const BtDhtTable *table)
{
  guint n_nodes = 0;

  for (guint b = 0; b < table->n_buckets; b++)
    {
      const BtDhtBucket *bucket = &table->buckets[b];

      g_assert_cmpuint (bucket->n_nodes, <=, BT_DHT_K);
      g_assert_cmpuint (bucket->n_spare, <=, BT_DHT_MAX_SPARE);
      for (guint i = 0; i < bucket->n_nodes; i++)
        {
          guint n_shared = bt_dht_id_get_shared (&table->own_id, &bucket->nodes[i].id);

          g_assert_cmpuint (MIN (n_shared, table->n_buckets - 1), ==, b);
        }
      n_nodes += bucket->n_nodes;
    }
  g_assert_cmpuint (n_nodes, ==, table->n_nodes);
}

static void
test_fill (void)
{
  BtDhtTable table;
  BtRandom random;
  BtDhtId ids[1000];
  BtDhtId own;

  bt_random_init (&random, 1);
  bt_dht_id_make_random (&own, &random);
  bt_dht_table_init (&table, BT_FAMILY_IPV4, &own, NOW_US);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      BtAddress address = make_address (i);

      bt_dht_id_make_random (&ids[i], &random);
      bt_dht_table_answered (&table, &ids[i], &address, 50, NOW_US);
      check (&table);
    }
  g_assert_cmpuint (table.n_nodes, >, 50);
  g_assert_cmpuint (table.n_nodes, <, 120);
  g_assert_cmpuint (table.n_buckets, <, 14);

  /* The nearest of those in the table, by brute force. */
  for (guint n = 0; n < 200; n++)
    {
      BtDhtNode nodes[BT_DHT_K];
      BtDhtId target;
      gsize n_nodes;

      bt_dht_id_make_beside (&target, &own, n % 20, &random);
      n_nodes = bt_dht_table_closest (&table, &target, nodes, BT_DHT_K);
      g_assert_cmpuint (n_nodes, ==, BT_DHT_K);
      for (guint b = 0; b < table.n_buckets; b++)
        for (guint i = 0; i < table.buckets[b].n_nodes; i++)
          {
            const BtDhtId *id = &table.buckets[b].nodes[i].id;
            gboolean is_among = FALSE;

            for (guint k = 0; k < BT_DHT_K; k++)
              is_among |= bt_dht_id_equal (id, &nodes[k].id);
            if (!is_among)
              g_assert_cmpint (bt_dht_id_compare (&target, id, &nodes[BT_DHT_K - 1].id), >, 0);
          }
      for (guint k = 1; k < BT_DHT_K; k++)
        g_assert_cmpint (bt_dht_id_compare (&target, &nodes[k - 1].id, &nodes[k].id), <, 0);
    }

  bt_dht_id_make_random (&own, &random);
  bt_dht_table_set_own_id (&table, &own, NOW_US);
  check (&table);
  g_assert_cmpuint (table.n_nodes, >, 10);
  bt_dht_table_clear (&table);
}

static void
test_one_place_each (void)
{
  BtDhtTable table;
  BtDhtId own = { { 0 } };
  BtDhtId ids[4];
  BtAddress address = make_address (1);
  BtAddress elsewhere = make_address (2);
  BtAddress local;
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    bt_dht_id_make_random (&ids[i], &random);
  bt_dht_table_init (&table, BT_FAMILY_IPV4, &own, NOW_US);
  g_assert_false (bt_dht_table_answered (&table, &own, &address, 1, NOW_US));
  g_assert_true (bt_dht_table_answered (&table, &ids[0], &address, 1, NOW_US));
  g_assert_false (bt_dht_table_heard (&table, &ids[0], &address, NOW_US));
  g_assert_true (bt_dht_table_heard (&table, &ids[1], &elsewhere, NOW_US));
  g_assert_cmpuint (table.n_nodes, ==, 1);
  /* Another port of the same IP, and the same id from elsewhere: no. */
  address.port++;
  g_assert_false (bt_dht_table_heard (&table, &ids[1], &address, NOW_US));
  g_assert_false (bt_dht_table_answered (&table, &ids[1], &address, 1, NOW_US));
  g_assert_false (bt_dht_table_answered (&table, &ids[0], &elsewhere, 1, NOW_US));
  /* The same place under another id: it started anew. */
  address.port--;
  g_assert_true (bt_dht_table_answered (&table, &ids[2], &address, 1, NOW_US));
  g_assert_cmpuint (table.n_nodes, ==, 1);
  g_assert_null (bt_dht_table_find (&table, &ids[0], &address));
  /* Once it fails, others of its IP may come. */
  bt_dht_table_failed (&table, &ids[2], &address, NOW_US);
  address.port++;
  g_assert_true (bt_dht_table_answered (&table, &ids[1], &address, 1, NOW_US));
  g_assert_cmpuint (table.n_nodes, ==, 1);
  /* Local addresses may have many. */
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_assert_true (bt_address_parse ("127.0.0.1", (guint16) (1000 + i), &local));
      bt_dht_id_make_random (&ids[i], &random);
      g_assert_true (bt_dht_table_answered (&table, &ids[i], &local, 1, NOW_US));
    }
  g_assert_cmpuint (table.n_nodes, ==, 5);
  check (&table);
  bt_dht_table_clear (&table);
}

static void
test_one_place_each_ipv6 (void)
{
  BtDhtTable table;
  BtDhtId own = { { 0 } };
  BtDhtId a = { { 1 } };
  BtDhtId b = { { 2 } };
  BtAddress address;
  BtAddress neighbour;
  BtAddress stranger;

  g_assert_true (bt_address_parse ("[2a01:1:2:3::1]:1", 0, &address));
  g_assert_true (bt_address_parse ("[2a01:1:2:3:ffff::1]:1", 0, &neighbour));
  g_assert_true (bt_address_parse ("[2a01:1:2:4::1]:1", 0, &stranger));
  bt_dht_table_init (&table, BT_FAMILY_IPV6, &own, NOW_US);
  g_assert_true (bt_dht_table_answered (&table, &a, &address, 1, NOW_US));
  g_assert_false (bt_dht_table_answered (&table, &b, &neighbour, 1, NOW_US));
  g_assert_true (bt_dht_table_answered (&table, &b, &stranger, 1, NOW_US));
  bt_dht_table_clear (&table);
}

static void
test_full_bucket (void)
{
  BtDhtTable table;
  BtDhtId own = { { 0 } };
  BtDhtId ids[30];
  BtAddress addresses[30];
  BtRandom random;
  BtDhtBucket *bucket;

  bt_random_init (&random, 3);
  bt_dht_table_init (&table, BT_FAMILY_IPV4, &own, NOW_US);
  for (guint i = 0; i < 30; i++)
    {
      addresses[i] = make_address (i);
      make_node (&own, 0, &addresses[i], i >= 20, &random, &ids[i]);
    }
  for (guint i = 0; i < 8; i++)
    g_assert_true (bt_dht_table_answered (&table, &ids[i], &addresses[i], 1, NOW_US));
  for (guint i = 8; i < 14; i++)
    g_assert_false (bt_dht_table_answered (&table, &ids[i], &addresses[i], 1, NOW_US));
  bucket = &table.buckets[0];
  g_assert_cmpuint (bucket->n_spare, ==, BT_DHT_MAX_SPARE);
  /* The newest spare one takes the place of one that fails. */
  bt_dht_table_failed (&table, &ids[3], &addresses[3], NOW_US);
  g_assert_null (bt_dht_table_find (&table, &ids[3], &addresses[3]));
  g_assert_nonnull (bt_dht_table_find (&table, &ids[13], &addresses[13]));
  g_assert_cmpuint (bucket->n_nodes, ==, 8);
  /* Right ids push out wrong ones, and never each other. */
  for (guint i = 20; i < 30; i++)
    g_assert_true ((bt_dht_table_answered (&table, &ids[i], &addresses[i], 1, NOW_US) != FALSE) ==
                   (i < 28));
  for (guint i = 0; i < 8; i++)
    g_assert_true (bucket->nodes[i].is_right);
  check (&table);
  bt_dht_table_clear (&table);
}

static void
test_failures (void)
{
  BtDhtTable table;
  BtDhtId own = { { 0 } };
  BtDhtId id = { { 0x80 } };
  BtDhtId other = { { 0x90 } };
  BtAddress address = make_address (1);
  BtAddress elsewhere = make_address (2);
  BtDhtNode nodes[2];
  gint64 later_us = NOW_US + BT_DHT_FRESH_US;

  bt_dht_table_init (&table, BT_FAMILY_IPV4, &own, NOW_US);
  bt_dht_table_answered (&table, &id, &address, 10, NOW_US);
  bt_dht_table_answered (&table, &other, &elsewhere, 10, NOW_US);
  g_assert_true (bt_dht_node_is_good (&table.buckets[0].nodes[0], later_us - 1));
  g_assert_false (bt_dht_node_is_good (&table.buckets[0].nodes[0], later_us));
  g_assert_null (bt_dht_table_get_stale (&table, later_us - 1, later_us));
  g_assert_nonnull (bt_dht_table_get_stale (&table, later_us, later_us));
  /* Nobody answers: nobody goes. */
  for (guint i = 0; i < 10; i++)
    bt_dht_table_failed (&table, &id, &address, later_us);
  g_assert_cmpuint (table.n_nodes, ==, 2);
  bt_dht_table_answered (&table, &other, &elsewhere, 10, later_us);
  for (guint i = 1; i <= BT_DHT_MAX_FAILURES; i++)
    {
      bt_dht_table_failed (&table, &id, &address, later_us);
      g_assert_cmpuint (table.n_nodes, ==, i < BT_DHT_MAX_FAILURES ? 2 : 1);
      g_assert_cmpuint (bt_dht_table_closest (&table, &id, nodes, 2), ==, i < 2 ? 2 : 1);
    }
  bt_dht_table_clear (&table);
}

/* --- Walks --- */

static void
test_walk (void)
{
  BtDhtId target = { { 0 } };
  g_autoptr (BtDhtWalk) walk = bt_dht_walk_new (&target);
  BtDhtCandidate *next;
  guint indices[BT_DHT_K];
  BtRandom random;
  BtAddress address;
  BtDhtId id;

  bt_random_init (&random, 5);
  g_assert_true (bt_dht_walk_is_over (walk));
  g_assert_null (bt_dht_walk_next (walk));
  for (guint i = 0; i < 40; i++)
    {
      address = make_address (i);
      bt_dht_id_make_for (&id, &address, &random);
      g_assert_true (bt_dht_walk_add (walk, &id, &address, 1));
      g_assert_false (bt_dht_walk_add (walk, &id, &address, 1));
    }
  for (guint i = 1; i < walk->candidates->len; i++)
    g_assert_cmpint (bt_dht_id_compare (&target, &bt_dht_walk_get (walk, i - 1)->id,
                                        &bt_dht_walk_get (walk, i)->id),
                     <, 0);
  /* Five at a time; who is slow makes room, who failed is passed over. */
  for (guint i = 0; i < BT_DHT_ALPHA; i++)
    g_assert_true (bt_dht_walk_next (walk) == bt_dht_walk_get (walk, i));
  g_assert_null (bt_dht_walk_next (walk));
  bt_dht_walk_get (walk, 0)->state = BT_DHT_CANDIDATE_SLOW;
  bt_dht_walk_get (walk, 1)->state = BT_DHT_CANDIDATE_FAILED;
  for (guint i = 2; i < BT_DHT_ALPHA; i++)
    bt_dht_walk_get (walk, i)->state = BT_DHT_CANDIDATE_ANSWERED;
  g_assert_false (bt_dht_walk_is_over (walk));
  while ((next = bt_dht_walk_next (walk)) != NULL)
    next->state = BT_DHT_CANDIDATE_ANSWERED;
  g_assert_true (bt_dht_walk_is_over (walk));
  g_assert_cmpuint (walk->n_asked, ==, 2 + BT_DHT_K);
  g_assert_cmpuint (bt_dht_walk_get_nearest (walk, indices), ==, BT_DHT_K);
  for (guint i = 0; i < BT_DHT_K; i++)
    g_assert_cmpuint (indices[i], ==, i + 2);
}

/* Wrong ids next to the target are asked, but count for nothing, and there are never many of them; and one network does
 * not fill the list. */
static void
test_walk_besieged (void)
{
  BtDhtId target = { { 0 } };
  g_autoptr (BtDhtWalk) walk = bt_dht_walk_new (&target);
  BtDhtCandidate *next;
  guint indices[BT_DHT_K];
  guint n_doubtful = 0;
  guint n_of_network = 0;
  BtRandom random;
  BtAddress address;
  BtDhtId id;

  bt_random_init (&random, 6);
  for (guint i = 0; i < 500; i++)
    {
      address = make_address (i);
      make_node (&target, 30 + i % 100, &address, FALSE, &random, &id);
      bt_dht_walk_add (walk, &id, &address, 1);
    }
  for (guint i = 0; i < 200; i++)
    {
      address = make_address (1000 + i);
      bt_dht_id_make_for (&id, &address, &random);
      bt_dht_walk_add (walk, &id, &address, 1);
    }
  for (guint i = 0; i < 100; i++)
    {
      address = make_address (5000);
      address.ip[3] = (guint8) i;
      bt_dht_id_make_for (&id, &address, &random);
      n_of_network += bt_dht_walk_add (walk, &id, &address, 1) != FALSE;
    }
  g_assert_cmpuint (n_of_network, <=, BT_DHT_WALK_MAX_NETWORK);
  g_assert_cmpuint (walk->candidates->len, ==, BT_DHT_WALK_MAX_CANDIDATES);
  for (guint i = 0; i < walk->candidates->len; i++)
    n_doubtful += !bt_dht_walk_get (walk, i)->is_right;
  g_assert_cmpuint (n_doubtful, ==, BT_DHT_WALK_MAX_DOUBTFUL);
  while ((next = bt_dht_walk_next (walk)) != NULL)
    next->state = BT_DHT_CANDIDATE_ANSWERED;
  g_assert_true (bt_dht_walk_is_over (walk));
  g_assert_cmpuint (walk->n_asked, ==, BT_DHT_WALK_MAX_DOUBTFUL + BT_DHT_K);
  g_assert_cmpuint (bt_dht_walk_get_nearest (walk, indices), ==, BT_DHT_K);
  for (guint i = 0; i < BT_DHT_K; i++)
    g_assert_true (bt_dht_walk_get (walk, indices[i])->is_right);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/table/fill", test_fill);
  g_test_add_func ("/dht/table/one-place-each", test_one_place_each);
  g_test_add_func ("/dht/table/one-place-each-ipv6", test_one_place_each_ipv6);
  g_test_add_func ("/dht/table/full-bucket", test_full_bucket);
  g_test_add_func ("/dht/table/failures", test_failures);
  g_test_add_func ("/dht/walk/course", test_walk);
  g_test_add_func ("/dht/walk/besieged", test_walk_besieged);
  return g_test_run ();
}
