/* test-id.c - distances, and ids that fit an address
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-id.h"

static BtDhtId
id_from_hex (const char *hex)
{
  BtDhtId id;

  g_assert_cmpuint (strlen (hex), ==, 2 * BT_DHT_ID_BYTES);
  for (guint i = 0; i < BT_DHT_ID_BYTES; i++)
    id.bytes[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 |
                            g_ascii_xdigit_value (hex[2 * i + 1]));
  return id;
}

/* The table of BEP 42. */
static const struct
{
  const char *ip;
  const char *id;
} vectors[] = {
  { "124.31.75.21", "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401" },
  { "21.75.31.124", "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256" },
  { "65.23.51.170", "a5d43220bc8f112a3d426c84764f8c2a1150e616" },
  { "84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01ff41" },
  { "43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a" },
};

static void
test_vectors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      BtDhtId id = id_from_hex (vectors[i].id);
      BtAddress address;

      g_assert_true (bt_address_parse (vectors[i].ip, 6881, &address));
      g_assert_true (bt_dht_id_is_right (&id, &address));
      /* Bits behind the twenty-first are free, those before are not, and neither are the last three. */
      id.bytes[2] ^= 0x07;
      id.bytes[3] ^= 0xff;
      g_assert_true (bt_dht_id_is_right (&id, &address));
      id.bytes[2] ^= 0x08;
      g_assert_false (bt_dht_id_is_right (&id, &address));
      id.bytes[2] ^= 0x08;
      id.bytes[0] ^= 0x80;
      g_assert_false (bt_dht_id_is_right (&id, &address));
      id.bytes[0] ^= 0x80;
      id.bytes[19] ^= 0x01;
      g_assert_false (bt_dht_id_is_right (&id, &address));
      id.bytes[19] ^= 0xf1;
      g_assert_true (bt_dht_id_is_right (&id, &address));
    }
}

static void
test_made (void)
{
  static const char *const ips[] = { "1.2.3.4", "200.100.50.25", "2001:db8:1:2::3", "2a00::1" };
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint n = 0; n < 100; n++)
    {
      BtAddress address;
      BtAddress other;
      BtDhtId id;

      g_assert_true (bt_address_parse (ips[n % G_N_ELEMENTS (ips)], 1, &address));
      g_assert_true (bt_address_parse (ips[(n + 1) % G_N_ELEMENTS (ips)], 1, &other));
      bt_dht_id_make_for (&id, &address, &random);
      g_assert_true (bt_dht_id_is_right (&id, &address));
      g_assert_false (bt_dht_id_is_right (&id, &other));
    }
}

static void
test_local_is_exempt (void)
{
  static const char *const ips[] = { "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.3.4",
                                     "127.0.0.1", "::1", "fe80::1" };
  BtDhtId id = { { 1, 2, 3 } };

  for (gsize i = 0; i < G_N_ELEMENTS (ips); i++)
    {
      BtAddress address;

      g_assert_true (bt_address_parse (ips[i], 1, &address));
      g_assert_true (bt_dht_id_is_right (&id, &address));
    }
}

static void
test_distance (void)
{
  BtDhtId zero = { { 0 } };
  BtDhtId one = { { [19] = 1 } };
  BtDhtId half = { { 0x80 } };
  BtDhtId target = { { 0x80, 0x01 } };

  g_assert_cmpuint (bt_dht_id_get_shared (&zero, &zero), ==, 160);
  g_assert_cmpuint (bt_dht_id_get_shared (&zero, &one), ==, 159);
  g_assert_cmpuint (bt_dht_id_get_shared (&zero, &half), ==, 0);
  g_assert_cmpuint (bt_dht_id_get_shared (&half, &target), ==, 15);
  g_assert_cmpint (bt_dht_id_compare (&target, &half, &zero), <, 0);
  g_assert_cmpint (bt_dht_id_compare (&target, &zero, &half), >, 0);
  g_assert_cmpint (bt_dht_id_compare (&zero, &zero, &one), <, 0);
  g_assert_cmpint (bt_dht_id_compare (&zero, &one, &one), ==, 0);
  g_assert_cmpfloat (bt_dht_id_get_distance (&zero, &half), ==, 0.5);
  g_assert_cmpfloat (bt_dht_id_get_distance (&zero, &zero), ==, 0);
}

static void
test_beside (void)
{
  BtRandom random;
  BtDhtId own;

  bt_random_init (&random, 2);
  bt_dht_id_make_random (&own, &random);
  for (guint n_bits = 0; n_bits < BT_DHT_ID_BITS; n_bits++)
    {
      BtDhtId id;

      bt_dht_id_make_beside (&id, &own, n_bits, &random);
      g_assert_cmpuint (bt_dht_id_get_shared (&id, &own), ==, n_bits);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/id/vectors", test_vectors);
  g_test_add_func ("/dht/id/made", test_made);
  g_test_add_func ("/dht/id/local-is-exempt", test_local_is_exempt);
  g_test_add_func ("/dht/id/distance", test_distance);
  g_test_add_func ("/dht/id/beside", test_beside);
  return g_test_run ();
}
