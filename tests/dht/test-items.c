/* test-items.c - signed and unsigned items: the vectors of BEP 44, and what may replace what
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-items.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define NOW_US    (1000000 * SECOND_US)

static void
from_hex (const char *hex,
          guint8     *out_bytes)
{
  for (gsize i = 0; i < strlen (hex) / 2; i++)
    out_bytes[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 |
                             g_ascii_xdigit_value (hex[2 * i + 1]));
}

static const struct
{
  const char *salt;
  const char *signature;  /* NULL: immutable */
  const char *target;
} vectors[] = {
  { "",
    "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
    "1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01",
    "4a533d47ec9c7d95b1ad75f576cffc641853b750" },
  { "foobar",
    "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
    "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08",
    "411eba73b6f087ca51a3795d9c8c938d365e32c1" },
  { "", NULL, "e5f96f6f38320f0f33959cb4d3d656452117aadb" },
};

static void
set_value (BtDhtItem  *item,
           const char *value)
{
  item->n_value_bytes = (guint16) strlen (value);
  memcpy (item->value, value, item->n_value_bytes);
}

static void
make_vector (guint      n,
             BtDhtItem *item)
{
  memset (item, 0, sizeof *item);
  set_value (item, "12:Hello World!");
  if (vectors[n].signature == NULL)
    return;
  item->is_mutable = TRUE;
  item->sequence = 1;
  item->n_salt_bytes = (guint8) strlen (vectors[n].salt);
  memcpy (item->salt, vectors[n].salt, item->n_salt_bytes);
  from_hex ("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548", item->key);
  from_hex (vectors[n].signature, item->signature);
}

static void
test_vectors (void)
{
  for (guint n = 0; n < G_N_ELEMENTS (vectors); n++)
    {
      BtDhtItem item;
      BtDhtId target;
      BtDhtId expected;

      make_vector (n, &item);
      from_hex (vectors[n].target, expected.bytes);
      bt_dht_item_get_target (&item, &target);
      g_assert_cmpmem (target.bytes, 20, expected.bytes, 20);
      g_assert_true (bt_dht_item_is_valid (&item));
      if (!item.is_mutable)
        continue;
      item.sequence = 2;
      g_assert_false (bt_dht_item_is_valid (&item));
      item.sequence = 1;
      item.value[5] ^= 1;
      g_assert_false (bt_dht_item_is_valid (&item));
      item.value[5] ^= 1;
      item.signature[10] ^= 1;
      g_assert_false (bt_dht_item_is_valid (&item));
      item.signature[10] ^= 1;
      item.key[0] ^= 1;
      g_assert_false (bt_dht_item_is_valid (&item));
      item.key[0] ^= 1;
      item.salt[item.n_salt_bytes++] = 'x';
      g_assert_false (bt_dht_item_is_valid (&item));
    }
}

static void
test_sign (void)
{
  /* RFC 8032, section 7.1, test 1. */
  guint8 secret[BT_DHT_KEY_BYTES];
  guint8 key[BT_DHT_KEY_BYTES];
  guint8 expected[BT_DHT_KEY_BYTES];
  BtDhtItem item = { .sequence = 7, .n_salt_bytes = 3, .salt = "abc" };

  from_hex ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", secret);
  from_hex ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", expected);
  g_assert_true (bt_dht_key_from_secret (secret, key));
  g_assert_cmpmem (key, sizeof key, expected, sizeof expected);
  set_value (&item, "d1:ai1e1:bl2:xyee");
  g_assert_true (bt_dht_item_sign (&item, secret));
  g_assert_true (item.is_mutable);
  g_assert_cmpmem (item.key, sizeof key, expected, sizeof expected);
  g_assert_true (bt_dht_item_is_valid (&item));
  item.sequence++;
  g_assert_false (bt_dht_item_is_valid (&item));
}

static const struct
{
  const char *value;
  gboolean    is_valid;
} values[] = {
  { "i1e", TRUE },
  { "0:", TRUE },
  { "le", TRUE },
  { "de", TRUE },
  { "d1:ai1e1:bi2ee", TRUE },
  { "d1:ai1e2:abi2ee", TRUE },
  { "ld1:bi1eed1:ai2eee", TRUE },
  { "d1:bi1e1:ai2ee", FALSE },       /* unsorted */
  { "d1:ai1e1:ai2ee", FALSE },       /* twice */
  { "d2:abi1e1:ai2ee", FALSE },
  { "ld1:bi1e1:ai2eee", FALSE },     /* deep inside */
  { "i01e", FALSE },
  { "i1ei2e", FALSE },
  { "", FALSE },
  { "3:ab", FALSE },
};

static void
test_values (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      BtDhtItem item = { 0 };

      set_value (&item, values[i].value);
      if ((bt_dht_item_is_valid (&item) != FALSE) != values[i].is_valid)
        g_error ("\"%s\" was judged wrongly", values[i].value);
    }
}

static void
test_replace (void)
{
  g_autoptr (BtDhtItems) items = bt_dht_items_new ();
  guint8 secret[BT_DHT_KEY_BYTES] = { 5 };
  BtDhtId own = { { 0 } };
  BtDhtItem item = { .sequence = 10 };
  BtDhtItem other;
  BtDhtId target;

#define PUT(item, cas) bt_dht_items_put (items, &own, &item, cas, NOW_US)
  set_value (&item, "1:a");
  g_assert_true (bt_dht_item_sign (&item, secret));
  bt_dht_item_get_target (&item, &target);
  g_assert_null (bt_dht_items_get (items, &target));
  /* BEP 44: without anything there, `cas` is of no matter. */
  g_assert_cmpint (PUT (item, 3), ==, BT_DHT_ERROR_NONE);
  g_assert_cmpint (PUT (item, -1), ==, BT_DHT_ERROR_NONE);
  other = item;
  set_value (&other, "1:b");
  g_assert_cmpint (PUT (other, -1), ==, BT_DHT_ERROR_SEQUENCE);
  other.sequence = 9;
  g_assert_cmpint (PUT (other, -1), ==, BT_DHT_ERROR_SEQUENCE);
  other.sequence = 11;
  g_assert_cmpint (PUT (other, 9), ==, BT_DHT_ERROR_CAS);
  g_assert_cmpint (PUT (other, 10), ==, BT_DHT_ERROR_NONE);
  g_assert_cmpint (bt_dht_items_get (items, &target)->sequence, ==, 11);
  g_assert_cmpuint (bt_dht_items_get_n (items), ==, 1);
#undef PUT
  bt_dht_items_expire (items, NOW_US + BT_DHT_ITEMS_EXPIRY_US - 1);
  g_assert_cmpuint (bt_dht_items_get_n (items), ==, 1);
  bt_dht_items_expire (items, NOW_US + BT_DHT_ITEMS_EXPIRY_US);
  g_assert_cmpuint (bt_dht_items_get_n (items), ==, 0);
}

static void
test_bounds (void)
{
  g_autoptr (BtDhtItems) items = bt_dht_items_new ();
  BtDhtId own = { { 0 } };
  BtDhtId nearest = { { 0xff } };
  BtDhtId target;
  guint n_refused = 0;

  for (guint i = 0; i < 3 * BT_DHT_ITEMS_MAX; i++)
    {
      g_autofree char *value = g_strdup_printf ("i%ue", i);
      BtDhtItem item = { 0 };

      set_value (&item, value);
      bt_dht_item_get_target (&item, &target);
      if (bt_dht_id_compare (&own, &target, &nearest) < 0)
        nearest = target;
      n_refused += bt_dht_items_put (items, &own, &item, -1, NOW_US) == BT_DHT_ERROR_SERVER;
    }
  g_assert_cmpuint (bt_dht_items_get_n (items), ==, BT_DHT_ITEMS_MAX);
  g_assert_cmpuint (n_refused, >, BT_DHT_ITEMS_MAX / 2);
  g_assert_nonnull (bt_dht_items_get (items, &nearest));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/items/vectors", test_vectors);
  g_test_add_func ("/dht/items/sign", test_sign);
  g_test_add_func ("/dht/items/values", test_values);
  g_test_add_func ("/dht/items/replace", test_replace);
  g_test_add_func ("/dht/items/bounds", test_bounds);
  return g_test_run ();
}
