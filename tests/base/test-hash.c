/* test-hash.c - SHA-1 and SHA-256 against the vectors of FIPS 180
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-hash.h"

#include <string.h>

static const struct
{
  const char *text;
  guint       n_times;
  const char *sha1;
  const char *sha256;
} cases[] = {
  { "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
  { "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
  { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
  { "aaaaaaaaaa", 100000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void
assert_digest (const guint8 *digest,
               gsize         n_bytes,
               const char   *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (text, "%02x", digest[i]);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_vectors (void)
{
  guint8 digest[BT_SHA256_BYTES];

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      for (guint j = 0; j < cases[i].n_times; j++)
        g_string_append (text, cases[i].text);
      bt_sha1 (text->str, text->len, digest);
      assert_digest (digest, BT_SHA1_BYTES, cases[i].sha1);
      bt_sha256 (text->str, text->len, digest);
      assert_digest (digest, BT_SHA256_BYTES, cases[i].sha256);
    }
  bt_sha1 (NULL, 0, digest);
  assert_digest (digest, BT_SHA1_BYTES, cases[0].sha1);
  bt_sha256 (NULL, 0, digest);
  assert_digest (digest, BT_SHA256_BYTES, cases[0].sha256);
}

/* One handle for all vectors, twice: finishing starts anew. */
static void
test_reuse (void)
{
  g_autoptr (BtHash) sha1 = bt_hash_new (BT_HASH_SHA1);
  g_autoptr (BtHash) sha256 = bt_hash_new (BT_HASH_SHA256);
  guint8 digest[BT_SHA256_BYTES];

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      gsize index = i % G_N_ELEMENTS (cases);

      for (guint j = 0; j < cases[index].n_times; j++)
        {
          bt_hash_update (sha1, cases[index].text, strlen (cases[index].text));
          bt_hash_update (sha256, cases[index].text, strlen (cases[index].text));
          bt_hash_update (sha256, NULL, 0);
        }
      bt_hash_finish (sha1, digest);
      assert_digest (digest, BT_SHA1_BYTES, cases[index].sha1);
      bt_hash_finish (sha256, digest);
      assert_digest (digest, BT_SHA256_BYTES, cases[index].sha256);
    }
}

static void
test_free_half_way (void)
{
  BtHash *hash = bt_hash_new (BT_HASH_SHA1);

  bt_hash_update (hash, "abc", 3);
  bt_hash_free (hash);
  bt_hash_free (NULL);
}

static void
test_table (void)
{
  g_autoptr (GHashTable) table = g_hash_table_new (bt_digest_hash, bt_digest_equal);
  guint8 first[BT_SHA1_BYTES], second[BT_SHA1_BYTES], again[BT_SHA1_BYTES];

  bt_sha1 ("a", 1, first);
  bt_sha1 ("a", 1, again);
  bt_sha1 ("a", 1, second);
  /* The last byte counts, too. */
  second[BT_SHA1_BYTES - 1] ^= 1;
  g_hash_table_insert (table, first, first);
  g_assert_true (g_hash_table_lookup (table, again) == first);
  g_assert_null (g_hash_table_lookup (table, second));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/hash/vectors", test_vectors);
  g_test_add_func ("/base/hash/reuse", test_reuse);
  g_test_add_func ("/base/hash/free-half-way", test_free_half_way);
  g_test_add_func ("/base/hash/table", test_table);
  return g_test_run ();
}
