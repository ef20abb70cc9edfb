/* test-keep.c - what a node keeps of others: peers and their sizes, tokens, who floods
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-bloom.h"
#include "dht/bt-dht-flood.h"
#include "dht/bt-dht-store.h"
#include "dht/bt-dht-tokens.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define NOW_US    (1000000 * SECOND_US)

/* --- BEP 33 --- */

static const char bloom_vector[] =
  "F6C3F5EAA07FFD91BDE89F777F26FB2BFF37BDB8FB2BBAA2FD3DDDE7BACFFF75EE7CCBAE"
  "FE5EEDB1FBFAFF67F6ABFF5E43DDBCA3FD9B9FFDF4FFD3E9DFF12D1BDF59DB53DBE9FA5B"
  "7FF3B8FDFCDE1AFB8BEDD7BE2F3EE71EBBBFE93BCDEEFE148246C2BC5DBFF7E7EFDCF24F"
  "D8DC7ADFFD8FFFDFDDFFF7A4BBEEDF5CB95CE81FC7FCFF1FF4FFFFDFE5F7FDCBB7FD79B3"
  "FA1FC77BFE07FFF905B7B7FFC7FEFEFFE0B8370BB0CD3F5B7F2BD93FEB4386CFDD6F7FD5"
  "BFAF2E9EBFFFFEECD67ADBF7C67F17EFD5D75EBA6FFEBA7FFF47A91EB1BFBB53E8ABFB57"
  "62ABE8FF237279BFEFBFEEF5FFC5FEBFDFE5ADFFADFEE1FB737FFFFBFD9F6AEFFEEE76B6"
  "FD8F72EF";

static void
test_bloom (void)
{
  g_autoptr (GString) hex = g_string_new (NULL);
  BtDhtBloom bloom = { { 0 } };
  BtDhtBloom twice = { { 0 } };
  BtAddress address = { .family = BT_FAMILY_IPV4, .ip = { 192, 0, 2 } };

  g_assert_cmpfloat (bt_dht_bloom_estimate (&bloom), ==, 0);
  for (guint i = 0; i <= 255; i++)
    {
      address.ip[3] = (guint8) i;
      g_assert_true (i > 20 || !bt_dht_bloom_may_have (&bloom, &address));
      bt_dht_bloom_add (&bloom, &address);
      g_assert_true (bt_dht_bloom_may_have (&bloom, &address));
    }
  address = (BtAddress) { .family = BT_FAMILY_IPV6, .ip = { 0x20, 0x01, 0x0d, 0xb8 } };
  for (guint i = 0; i <= 0x3e7; i++)
    {
      address.ip[14] = (guint8) (i >> 8);
      address.ip[15] = (guint8) i;
      bt_dht_bloom_add (&bloom, &address);
    }
  for (guint i = 0; i < BT_DHT_BLOOM_BYTES; i++)
    g_string_append_printf (hex, "%02X", bloom.bytes[i]);
  g_assert_cmpstr (hex->str, ==, bloom_vector);
  g_assert_cmpfloat_with_epsilon (bt_dht_bloom_estimate (&bloom), 1224.9308, 0.0001);
  bt_dht_bloom_add_all (&twice, bloom.bytes);
  bt_dht_bloom_add_all (&twice, bloom.bytes);
  g_assert_cmpmem (twice.bytes, BT_DHT_BLOOM_BYTES, bloom.bytes, BT_DHT_BLOOM_BYTES);
  memset (&bloom, 0xff, sizeof bloom);
  g_assert_cmpfloat (bt_dht_bloom_estimate (&bloom), >, 6000);
  g_assert_cmpfloat (bt_dht_bloom_estimate (&bloom), <, 10000);
}

/* --- Tokens --- */

static void
test_tokens (void)
{
  guint8 secret[BT_DHT_TOKEN_SECRET_BYTES] = { 1 };
  guint8 other_secret[BT_DHT_TOKEN_SECRET_BYTES] = { 2 };
  guint8 token[BT_DHT_TOKEN_BYTES];
  BtDhtId target = { { 3 } };
  BtDhtId other_target = { { 4 } };
  BtAddress address;
  BtAddress other;
  gint64 made_us = NOW_US / BT_DHT_TOKEN_PERIOD_US * BT_DHT_TOKEN_PERIOD_US;

  g_assert_true (bt_address_parse ("1.2.3.4:5", 0, &address));
  g_assert_true (bt_address_parse ("1.2.3.5:5", 0, &other));
  bt_dht_token_make (secret, &address, &target, made_us, token);
#define CHECK(secret, address, target, at_us, n) \
  bt_dht_token_check (secret, address, target, at_us, token, n)
  g_assert_true (CHECK (secret, &address, &target, made_us, 8));
  g_assert_true (CHECK (secret, &address, &target, made_us + 10 * 60 * SECOND_US - 1, 8));
  g_assert_false (CHECK (secret, &address, &target, made_us + 10 * 60 * SECOND_US, 8));
  g_assert_false (CHECK (other_secret, &address, &target, made_us, 8));
  g_assert_false (CHECK (secret, &other, &target, made_us, 8));
  g_assert_false (CHECK (secret, &address, &other_target, made_us, 8));
  g_assert_false (CHECK (secret, &address, &target, made_us, 7));
  g_assert_false (CHECK (secret, &address, &target, made_us, 0));
  address.port = 6;
  g_assert_true (CHECK (secret, &address, &target, made_us, 8));
#undef CHECK
}

/* --- Floods --- */

static void
test_flood (void)
{
  g_autoptr (BtDhtFlood) flood = bt_dht_flood_new ();
  BtAddress loud;
  BtAddress calm;

  g_assert_true (bt_address_parse ("9.9.9.9:1", 0, &loud));
  g_assert_true (bt_address_parse ("9.9.9.8:1", 0, &calm));
  for (guint i = 0; i < BT_DHT_FLOOD_MAX_PACKETS; i++)
    {
      loud.port++;
      g_assert_true (bt_dht_flood_admit (flood, &loud, NOW_US));
    }
  g_assert_false (bt_dht_flood_is_blocked (flood, &loud, NOW_US));
  g_assert_false (bt_dht_flood_admit (flood, &loud, NOW_US));
  g_assert_true (bt_dht_flood_is_blocked (flood, &loud, NOW_US + BT_DHT_FLOOD_BLOCK_US - 1));
  g_assert_cmpuint (bt_dht_flood_get_n_blocked (flood, NOW_US), ==, 1);
  g_assert_true (bt_dht_flood_admit (flood, &calm, NOW_US));
  g_assert_false (bt_dht_flood_is_blocked (flood, &loud, NOW_US + BT_DHT_FLOOD_BLOCK_US));
  g_assert_true (bt_dht_flood_admit (flood, &loud, NOW_US + BT_DHT_FLOOD_BLOCK_US));
  bt_dht_flood_expire (flood, NOW_US + 2 * BT_DHT_FLOOD_BLOCK_US);
  g_assert_cmpuint (bt_dht_flood_get_n_known (flood), ==, 0);
  /* At a walking pace forever. */
  for (guint i = 0; i < 1000; i++)
    g_assert_true (bt_dht_flood_admit (flood, &calm, NOW_US + (200 + i) * SECOND_US));
}

static void
test_flood_of_addresses (void)
{
  g_autoptr (BtDhtFlood) flood = bt_dht_flood_new ();
  BtAddress address = { .family = BT_FAMILY_IPV4, .port = 1 };
  guint n_admitted = 0;

  for (guint i = 0; i < 100000; i++)
    {
      address.ip[0] = 11;
      address.ip[1] = (guint8) (i >> 16);
      address.ip[2] = (guint8) (i >> 8);
      address.ip[3] = (guint8) i;
      n_admitted += bt_dht_flood_admit (flood, &address, NOW_US + i * 20) != FALSE;
    }
  /* In two seconds. */
  g_assert_cmpuint (n_admitted, <=, BT_DHT_FLOOD_MAX_BURST + 2 * BT_DHT_FLOOD_MAX_PER_S + 1);
  g_assert_cmpuint (n_admitted, >=, BT_DHT_FLOOD_MAX_BURST);
  g_assert_cmpuint (bt_dht_flood_get_n_known (flood), <=, BT_DHT_FLOOD_MAX_ADDRESSES);
}

/* One subscriber of IPv6 has 2^64 addresses, at least. */
static void
test_flood_of_one_network (void)
{
  g_autoptr (BtDhtFlood) flood = bt_dht_flood_new ();
  BtAddress address = { .family = BT_FAMILY_IPV6, .port = 1, .ip = { 0x2a, 1 } };
  guint n_admitted = 0;

  for (guint i = 0; i < 100; i++)
    {
      address.ip[15] = (guint8) i;
      n_admitted += bt_dht_flood_admit (flood, &address, NOW_US) != FALSE;
    }
  g_assert_cmpuint (n_admitted, ==, BT_DHT_FLOOD_MAX_PACKETS);
}

/* --- Peers --- */

static BtAddress
make_peer (guint    n,
           BtFamily family)
{
  BtAddress address = { .family = (guint8) family, .port = 7 };

  address.ip[0] = family == BT_FAMILY_IPV4 ? 20 : 0x2a;
  address.ip[1] = (guint8) (n >> 16);
  address.ip[2] = (guint8) (n >> 8);
  address.ip[3] = (guint8) n;
  return address;
}

static void
test_store (void)
{
  g_autoptr (BtDhtStore) store = bt_dht_store_new ();
  BtDhtId own = { { 0 } };
  BtDhtId hash = { { 1 } };
  BtDhtId other = { { 2 } };
  BtAddress peers[10];
  BtAddress peer;
  BtRandom random;

  bt_random_init (&random, 1);
  g_assert_cmpuint (bt_dht_store_get (store, &hash, BT_FAMILY_IPV4, FALSE, &random, peers, 10), ==,
                    0);
  for (guint i = 0; i < 4; i++)
    {
      peer = make_peer (i, i < 3 ? BT_FAMILY_IPV4 : BT_FAMILY_IPV6);
      g_assert_true (bt_dht_store_add (store, &own, &hash, &peer, i == 0, NOW_US));
    }
  /* BEP 33: an IP is there once, with what it said last. */
  peer = make_peer (1, BT_FAMILY_IPV4);
  peer.port = 99;
  g_assert_true (bt_dht_store_add (store, &own, &hash, &peer, FALSE, NOW_US + 60 * SECOND_US));
  g_assert_cmpuint (bt_dht_store_get_n_peers (store), ==, 4);
  g_assert_cmpuint (bt_dht_store_get (store, &hash, BT_FAMILY_IPV4, FALSE, &random, peers, 10), ==,
                    3);
  g_assert_cmpuint (bt_dht_store_get (store, &hash, BT_FAMILY_IPV6, FALSE, &random, peers, 10), ==,
                    1);
  g_assert_cmpuint (bt_dht_store_get (store, &other, BT_FAMILY_IPV4, FALSE, &random, peers, 10), ==,
                    0);
  for (guint i = 0; i < 20; i++)
    {
      g_assert_cmpuint (bt_dht_store_get (store, &hash, BT_FAMILY_IPV4, TRUE, &random, peers, 2),
                        ==, 2);
      g_assert_cmpuint (peers[0].ip[3], !=, 0);
      g_assert_cmpuint (peers[1].ip[3], !=, 0);
    }
  bt_dht_store_expire (store, NOW_US + BT_DHT_STORE_EXPIRY_US - 1);
  g_assert_cmpuint (bt_dht_store_get_n_peers (store), ==, 4);
  bt_dht_store_expire (store, NOW_US + BT_DHT_STORE_EXPIRY_US);
  g_assert_cmpuint (bt_dht_store_get (store, &hash, BT_FAMILY_IPV4, FALSE, &random, peers, 10), ==,
                    1);
  g_assert_cmpuint (peers[0].port, ==, 99);
  bt_dht_store_expire (store, NOW_US + 2 * BT_DHT_STORE_EXPIRY_US);
  g_assert_cmpuint (bt_dht_store_get_n_peers (store), ==, 0);
  g_assert_cmpuint (bt_dht_store_get_n_hashes (store), ==, 0);
}

static void
test_store_of_one_hash (void)
{
  g_autoptr (BtDhtStore) store = bt_dht_store_new ();
  BtDhtBloom seeds = { { 0 } };
  BtDhtBloom leechers = { { 0 } };
  BtDhtId own = { { 0 } };
  BtDhtId hash = { { 1 } };
  BtAddress peer;

  for (guint i = 0; i < BT_DHT_STORE_MAX_PER_HASH; i++)
    {
      peer = make_peer (i, BT_FAMILY_IPV4);
      g_assert_true (bt_dht_store_has_room (store, &own, &hash));
      g_assert_true (bt_dht_store_add (store, &own, &hash, &peer, i % 4 == 0, NOW_US));
    }
  g_assert_false (bt_dht_store_has_room (store, &own, &hash));
  /* Who is there may renew. */
  g_assert_true (bt_dht_store_add (store, &own, &hash, &peer, FALSE, NOW_US));
  peer = make_peer (BT_DHT_STORE_MAX_PER_HASH, BT_FAMILY_IPV4);
  g_assert_false (bt_dht_store_add (store, &own, &hash, &peer, FALSE, NOW_US));
  g_assert_cmpuint (bt_dht_store_get_n_peers (store), ==, BT_DHT_STORE_MAX_PER_HASH);
  g_assert_true (bt_dht_store_fill_blooms (store, &hash, &seeds, &leechers));
  g_assert_cmpfloat_with_epsilon (bt_dht_bloom_estimate (&seeds), 500, 50);
  g_assert_cmpfloat_with_epsilon (bt_dht_bloom_estimate (&leechers), 1500, 150);
  g_assert_false (bt_dht_store_fill_blooms (store, &own, &seeds, &leechers));
}

/* The nearest stay, whatever order they come in. */
static void
test_store_of_many_hashes (void)
{
  g_autoptr (BtDhtStore) store = bt_dht_store_new ();
  BtDhtId own = { { 0 } };
  BtDhtId near = { { 0, 0, 1 } };
  BtDhtId far = { { 0xff } };
  BtDhtId hashes[64];
  BtDhtId farthest = { { 0 } };
  BtDhtBloom bloom = { { 0 } };
  BtAddress peer = make_peer (1, BT_FAMILY_IPV4);
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint i = 0; i < BT_DHT_STORE_MAX_HASHES; i++)
    {
      BtDhtId hash;

      bt_dht_id_make_random (&hash, &random);
      hash.bytes[0] = 0x40;
      if (bt_dht_id_compare (&own, &hash, &farthest) > 0)
        farthest = hash;
      g_assert_true (bt_dht_store_add (store, &own, &hash, &peer, FALSE, NOW_US));
    }
  g_assert_false (bt_dht_store_has_room (store, &own, &far));
  g_assert_false (bt_dht_store_add (store, &own, &far, &peer, FALSE, NOW_US));
  g_assert_true (bt_dht_store_has_room (store, &own, &near));
  g_assert_true (bt_dht_store_fill_blooms (store, &farthest, &bloom, &bloom));
  g_assert_true (bt_dht_store_add (store, &own, &near, &peer, FALSE, NOW_US));
  g_assert_false (bt_dht_store_fill_blooms (store, &farthest, &bloom, &bloom));
  g_assert_cmpuint (bt_dht_store_get_n_hashes (store), ==, BT_DHT_STORE_MAX_HASHES);
  g_assert_cmpuint (bt_dht_store_get_n_peers (store), ==, BT_DHT_STORE_MAX_HASHES);
  g_assert_cmpuint (bt_dht_store_sample (store, &random, hashes, 64), ==, 64);
  for (guint i = 1; i < 64; i++)
    for (guint j = 0; j < i; j++)
      g_assert_false (bt_dht_id_equal (&hashes[i], &hashes[j]));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/bloom", test_bloom);
  g_test_add_func ("/dht/tokens", test_tokens);
  g_test_add_func ("/dht/flood/one", test_flood);
  g_test_add_func ("/dht/flood/addresses", test_flood_of_addresses);
  g_test_add_func ("/dht/flood/network", test_flood_of_one_network);
  g_test_add_func ("/dht/store/basics", test_store);
  g_test_add_func ("/dht/store/one-hash", test_store_of_one_hash);
  g_test_add_func ("/dht/store/many-hashes", test_store_of_many_hashes);
  return g_test_run ();
}
