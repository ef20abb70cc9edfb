/* test-write.c - a .torrent written of a metainfo says the same when it is read
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "notation.h"

#include "metainfo/bt-metainfo.h"

#include <string.h>

#define H    "'hhhhhhhhhhhhhhhhhhhh'"
#define P1   "'piece length':16384 pieces:" H "*1"
#define INFO "info:{length:5 name:'t' " P1 "}"

static GBytes *
load_fixture (const char *name)
{
  g_autofree char   *base = g_strconcat (name, ".b64", NULL);
  g_autofree char   *path = g_test_build_filename (G_TEST_DIST, "metainfo", "data", base, NULL);
  g_autofree char   *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize              n_bytes = 0;
  guint8            *bytes;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  bytes = g_base64_decode (text, &n_bytes);
  return g_bytes_new_take (bytes, n_bytes);
}

static BtMetainfo *
load (const char *notation)
{
  g_autoptr (GError) error = NULL;
  BtMetainfo        *metainfo = notation_to_metainfo (notation, &error);

  g_assert_no_error (error);
  return metainfo;
}

static BtMetainfo *
read_again (const BtMetainfo         *metainfo,
            const char *const *const *tiers)
{
  g_autoptr (GBytes) bytes = bt_metainfo_dup_file (metainfo, tiers);
  g_autoptr (GError) error = NULL;
  BtMetainfo        *again;

  g_assert_nonnull (bytes);
  again = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return again;
}

/* --- Comparing --- */

static void
assert_same_hash (const guint8 *a,
                  const guint8 *b,
                  gsize         n_bytes)
{
  g_assert_true ((a == NULL) == (b == NULL));
  if (a != NULL)
    g_assert_cmpmem (a, n_bytes, b, n_bytes);
}

static void
assert_same_files (const BtMetainfo *a,
                   const BtMetainfo *b)
{
  guint32       n_files = 0;
  guint32       n_others = 0;
  const BtFile *files = bt_metainfo_get_files (a, &n_files);
  const BtFile *others = bt_metainfo_get_files (b, &n_others);

  g_assert_cmpuint (n_files, ==, n_others);
  for (guint32 i = 0; i < n_files; i++)
    {
      guint32       n_hashes = 0;
      guint32       n_other_hashes = 0;
      const guint8 *layer = bt_metainfo_get_piece_layer (a, i, &n_hashes);
      const guint8 *other = bt_metainfo_get_piece_layer (b, i, &n_other_hashes);

      g_assert_cmpstr (files[i].path, ==, others[i].path);
      g_assert_cmpstr (files[i].display_path, ==, others[i].display_path);
      g_assert_cmpstr (files[i].symlink_target, ==, others[i].symlink_target);
      g_assert_cmpuint (files[i].length, ==, others[i].length);
      g_assert_cmpuint (files[i].offset, ==, others[i].offset);
      g_assert_cmpuint (files[i].flags, ==, others[i].flags);
      assert_same_hash (files[i].pieces_root, others[i].pieces_root, BT_SHA256_BYTES);
      g_assert_cmpuint (n_hashes, ==, n_other_hashes);
      assert_same_hash (layer, other, (gsize) n_hashes * BT_SHA256_BYTES);
    }
}

/* "a b|c": tiers. */
static char *
tiers_to_text (const BtMetainfo *metainfo)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < bt_metainfo_get_n_tiers (metainfo); i++)
    {
      g_autofree char *tier = g_strjoinv (" ", (char **) bt_metainfo_get_tier (metainfo, i));

      g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", tier);
    }
  return g_string_free (text, FALSE);
}

static void
assert_same_outside (const BtMetainfo *a,
                     const BtMetainfo *b)
{
  g_autofree char      *seeds = g_strjoinv (" ", (char **) bt_metainfo_get_web_seeds (a));
  g_autofree char      *others = g_strjoinv (" ", (char **) bt_metainfo_get_web_seeds (b));
  guint                 n_nodes = 0;
  guint                 n_other_nodes = 0;
  const BtMetainfoNode *nodes = bt_metainfo_get_nodes (a, &n_nodes);
  const BtMetainfoNode *other_nodes = bt_metainfo_get_nodes (b, &n_other_nodes);

  g_assert_cmpstr (seeds, ==, others);
  g_assert_cmpuint (n_nodes, ==, n_other_nodes);
  for (guint i = 0; i < n_nodes; i++)
    {
      g_assert_cmpstr (nodes[i].host, ==, other_nodes[i].host);
      g_assert_cmpuint (nodes[i].port, ==, other_nodes[i].port);
    }
  g_assert_cmpstr (bt_metainfo_get_comment (a), ==, bt_metainfo_get_comment (b));
  g_assert_cmpstr (bt_metainfo_get_creator (a), ==, bt_metainfo_get_creator (b));
  g_assert_cmpstr (bt_metainfo_get_source (a), ==, bt_metainfo_get_source (b));
  g_assert_cmpint (bt_metainfo_get_creation_date (a), ==, bt_metainfo_get_creation_date (b));
}

/* All but the trackers. */
static void
assert_same (const BtMetainfo *a,
             const BtMetainfo *b)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (a);

  g_assert_true (g_bytes_equal (bt_metainfo_get_info_bytes (a), bt_metainfo_get_info_bytes (b)));
  g_assert_cmpstr (bt_metainfo_get_name (a), ==, bt_metainfo_get_name (b));
  g_assert_cmpstr (bt_metainfo_get_display_name (a), ==, bt_metainfo_get_display_name (b));
  g_assert_true (bt_metainfo_is_multi_file (a) == bt_metainfo_is_multi_file (b));
  g_assert_true (bt_metainfo_is_private (a) == bt_metainfo_is_private (b));
  assert_same_hash (bt_metainfo_get_info_hash_v1 (a), bt_metainfo_get_info_hash_v1 (b),
                    BT_SHA1_BYTES);
  assert_same_hash (bt_metainfo_get_info_hash_v2 (a), bt_metainfo_get_info_hash_v2 (b),
                    BT_SHA256_BYTES);
  g_assert_cmpmem (geometry, sizeof *geometry, bt_metainfo_get_geometry (b), sizeof *geometry);
  g_assert_cmpuint (bt_metainfo_get_content_bytes (a), ==, bt_metainfo_get_content_bytes (b));
  for (guint32 i = 0; i < geometry->n_pieces; i++)
    assert_same_hash (bt_metainfo_get_piece_hash (a, i), bt_metainfo_get_piece_hash (b, i),
                      BT_SHA1_BYTES);
  assert_same_files (a, b);
  assert_same_outside (a, b);
}

static void
assert_survives (const BtMetainfo *metainfo)
{
  g_autoptr (BtMetainfo) again = read_again (metainfo, NULL);
  g_autofree char       *tiers = tiers_to_text (metainfo);
  g_autofree char       *others = tiers_to_text (again);

  assert_same (metainfo, again);
  g_assert_cmpstr (tiers, ==, others);
}

/* --- Tests --- */

static void
test_v1 (void)
{
  static const char *const torrents[] = {
    "{" INFO "}",
    "{announce:'http://a/x' " INFO "}",
    "{announce:'http://a/x' announce-list:[['udp://b:1/' 'http://c/'] ['https://d/']] " INFO "}",
    "{announce-list:[['udp://b:1/' 'http://c/']] " INFO "}",
    "{announce-list:[['wss://b'] ['http://c/']] " INFO "}",
    "{comment:'two\nlines \xe2\x82\xac' 'created by':'x/1' 'creation date':1234567890 " INFO "}",
    "{url-list:'http://a/' nodes:[['127.0.0.1' 6881] ['::1' 1]] " INFO "}",
    "{url-list:['http://a/' 'https://b/x'] unknown:{a:5} " INFO "}",
    /* Names that only the claimed encoding can read, and a text that grows when it is made fit for display. */
    "{comment:'\x83\x65' encoding:'SHIFT_JIS' info:{files:[{length:5 path:['\x83\x65\x83\x58']}] "
    "name:'\x83\x65' " P1 "}}",
    "{comment:'\x01'*65536 'created by':'\xff'*65536 " INFO "}",
    "{comment:'\r' " INFO "}",
    /* Keys out of order, repeated, unknown: the info dictionary is not touched. */
    "{info:{x-a:[1 {}] name:'t' length:5 " P1 " private:1 source:'s' name:'u'}}",
    "{info:{files:[{length:5 path:['a' 'b']} {attr:'p' length:9 path:['.pad' '9']} "
    "{attr:'l' length:0 path:['c'] 'symlink path':['a']}] name:'t' " P1 "}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (torrents); i++)
    {
      g_autoptr (BtMetainfo) metainfo = load (torrents[i]);
      g_autoptr (BtMetainfo) bare = NULL;
      g_autoptr (GError)     error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      assert_survives (metainfo);
      bare = bt_metainfo_new_from_info (bt_metainfo_get_info_bytes (metainfo), &error);
      g_assert_no_error (error);
      assert_survives (bare);
    }
}

static void
test_fixtures (void)
{
  static const char *const names[] = { "multi-hybrid", "multi-v2", "single-hybrid", "single-v2" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes)     bytes = load_fixture (names[i]);
      g_autoptr (GError)     error = NULL;
      g_autoptr (BtMetainfo) metainfo = bt_metainfo_new_from_bytes (bytes, &error);
      g_autoptr (BtMetainfo) bare = NULL;

      g_assert_no_error (error);
      assert_survives (metainfo);

      /* Without its piece layers it would not be a .torrent. */
      bare = bt_metainfo_new_from_info (bt_metainfo_get_info_bytes (metainfo), &error);
      g_assert_no_error (error);
      g_assert_null (bt_metainfo_dup_file (bare, NULL));
    }
}

/* A v2 torrent whose files are no longer than a piece needs no layers: it is whole from its info dictionary, too. */
static void
test_small_v2 (void)
{
  static const char      text[] = "{'file tree':{a:{'':{length:5 'pieces root':" H
                                  "*1}}} 'meta version':2 name:'a' 'piece length':16384}";
  g_autoptr (GString)    notation = g_string_new (text);
  g_autoptr (GBytes)     info = NULL;
  g_autoptr (GError)     error = NULL;
  g_autoptr (BtMetainfo) bare = NULL;

  g_string_replace (notation, H "*1", "'r'*32", 0);
  info = notation_to_bytes (notation->str);
  bare = bt_metainfo_new_from_info (info, &error);
  g_assert_no_error (error);
  assert_survives (bare);
}

static void
test_tiers (void)
{
  const char *const  first[] = { "udp://x:1/", "http://y/", NULL };
  const char *const  second[] = { "https://z/", NULL };
  const char *const  empty[] = { NULL };
  const char *const *both[] = { empty, first, second, NULL };
  const char *const *one[] = { second, NULL };
  const char *const *none[] = { NULL };
  const char *const *hollow[] = { empty, NULL };
  const struct
  {
    const char *const *const *tiers;
    const char               *expected;
  } cases[] = {
    { NULL, "http://own/" },
    { both, "udp://x:1/ http://y/|https://z/" },
    { one, "https://z/" },
    { none, "" },
    { hollow, "" },
  };
  g_autoptr (BtMetainfo) metainfo = load ("{announce:'http://own/' " INFO "}");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtMetainfo) again = read_again (metainfo, cases[i].tiers);
      g_autofree char       *tiers = tiers_to_text (again);

      g_assert_cmpstr (tiers, ==, cases[i].expected);
      assert_same (metainfo, again);
    }
}

/* What new_from_info() takes is not too deep for a file. */
static void
test_depth (void)
{
  guint n_read = 0;

  for (guint depth = BT_METAINFO_MAX_DEPTH - 5; depth < BT_METAINFO_MAX_DEPTH + 5; depth++)
    {
      g_autoptr (GString)    text = g_string_new ("{deep:");
      g_autoptr (GBytes)     info = NULL;
      g_autoptr (BtMetainfo) bare = NULL;

      for (guint i = 0; i < depth; i++)
        g_string_append_c (text, '[');
      for (guint i = 0; i < depth; i++)
        g_string_append_c (text, ']');
      g_string_append (text, " length:5 name:'t' " P1 "}");
      info = notation_to_bytes (text->str);
      bare = bt_metainfo_new_from_info (info, NULL);
      if (bare == NULL)
        continue;
      n_read++;
      assert_survives (bare);
    }
  g_assert_cmpuint (n_read, >, 0);
  g_assert_cmpuint (n_read, <, 10);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metainfo/write/v1", test_v1);
  g_test_add_func ("/metainfo/write/fixtures", test_fixtures);
  g_test_add_func ("/metainfo/write/small-v2", test_small_v2);
  g_test_add_func ("/metainfo/write/tiers", test_tiers);
  g_test_add_func ("/metainfo/write/depth", test_depth);
  return g_test_run ();
}
