/* test-v2.c - version 2 and hybrid torrents: libtorrent's, and ones that are wrong in one place
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "notation.h"

#include "metainfo/bt-merkle.h"
#include "metainfo/bt-metainfo.h"

#include <string.h>

#define PIECE_BYTES 16384u

/* The same as content() in data/make-fixtures.py. */
static guint8 *
make_content (guint32 n_bytes,
              guint32 seed)
{
  guint8 *content = g_malloc (n_bytes);

  for (guint32 i = 0; i < n_bytes; i++)
    content[i] = (guint8) (i * seed + (i >> 8) * 7);
  return content;
}

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

static char *
to_hex (const guint8 *bytes,
        gsize         n_bytes)
{
  GString *hex = g_string_new (NULL);

  for (gsize i = 0; bytes != NULL && i < n_bytes; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  return g_string_free (hex, FALSE);
}

typedef struct
{
  const char *name;
  const char *hash_v1;  /* as libtorrent says; "" for none */
  const char *hash_v2;
  const char *files;    /* "path|offset|length|flags", a line each */
  guint32     n_pieces;
  gboolean    is_multi_file;
} FixtureCase;

static const FixtureCase fixture_cases[] = {
  { "multi-hybrid", "41ccd20e03b019c4e85a76175033279f684b29fe",
    "873afac34b7dbe838333e0daa64ab89040ff0d49e3b97d8fac286f4474ac4700",
    "multi/a.bin|0|40000|0\nmulti/.pad/9152|40000|9152|1\n"
    "multi/b/c.txt|49152|100|0\nmulti/.pad/16284|49252|16284|1\n"
    "multi/b/empty|65536|0|0\nmulti/z.bin|65536|16384|0\n", 5, TRUE },
  { "multi-v2", "", "a3588a0ad284d1ebf662fe4d077eed7b5496f09a76412ffa433b822752607f42",
    "multi/a.bin|0|40000|0\nmulti/.pad/9152|40000|9152|17\n"
    "multi/b/c.txt|49152|100|0\nmulti/b/empty|49252|0|0\n"
    "multi/.pad/16284|49252|16284|17\nmulti/z.bin|65536|16384|0\n", 5, TRUE },
  { "single-hybrid", "0217bd3b57d27558f88aea6fcfcc5062c0e37a00",
    "f7c799b23fc6ddd6ee2b5419b4797142fb572e23924c2498a2af1f4f3b4402f8",
    "single.bin|0|100000|0\n", 7, FALSE },
  { "single-v2", "", "627dc553360e4785f4d90105763364ff16ca3ae468045cff3784707635e8e8c8",
    "single.bin|0|100000|0\n", 7, FALSE },
};

static void
check_files (const BtMetainfo *metainfo,
             const char       *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint32             n_files = 0;
  const BtFile       *files = bt_metainfo_get_files (metainfo, &n_files);
  guint64             end = 0;

  for (guint32 i = 0; i < n_files; i++)
    {
      g_assert_cmpuint (files[i].offset, ==, end);
      end += files[i].length;
      g_string_append_printf (text, "%s|%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT "|%u\n",
                              files[i].path, files[i].offset, files[i].length, files[i].flags);
    }
  g_assert_cmpstr (text->str, ==, expected);
  g_assert_cmpuint (end, ==, bt_metainfo_get_geometry (metainfo)->total_bytes);
}

/* Our trees over the content lead to the hashes that libtorrent wrote. */
static void
check_hashes (const BtMetainfo *metainfo,
              guint32           index,
              guint32           seed,
              gboolean          has_layers)
{
  guint32            n_files = 0;
  const BtFile      *file = &bt_metainfo_get_files (metainfo, &n_files)[index];
  guint32            n_bytes = (guint32) file->length;
  g_autofree guint8 *content = make_content (n_bytes, seed);
  guint32            n_hashes = 9;
  const guint8      *layer = bt_metainfo_get_piece_layer (metainfo, index, &n_hashes);
  guint8             root[BT_SHA256_BYTES];

  bt_merkle_root_of_data (content, n_bytes, 0, root);
  g_assert_cmpmem (file->pieces_root, BT_SHA256_BYTES, root, BT_SHA256_BYTES);
  if (n_bytes <= PIECE_BYTES || !has_layers)
    {
      g_assert_null (layer);
      g_assert_cmpuint (n_hashes, ==, 0);
      return;
    }
  g_assert_cmpuint (n_hashes, ==, (n_bytes - 1) / PIECE_BYTES + 1);
  for (guint32 i = 0; i < n_hashes; i++)
    {
      guint32 begin = i * PIECE_BYTES;

      bt_merkle_root_of_data (content + begin, MIN (n_bytes - begin, PIECE_BYTES), 1, root);
      g_assert_cmpmem (layer + i * BT_SHA256_BYTES, BT_SHA256_BYTES, root, BT_SHA256_BYTES);
    }
}

static void
check_content (const BtMetainfo *metainfo,
               gboolean          has_layers)
{
  static const struct
  {
    const char *suffix;
    guint32     seed;
  } seeds[] = { { "a.bin", 3 }, { "c.txt", 5 }, { "z.bin", 7 }, { "single.bin", 11 } };
  guint32       n_files = 0;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);
  guint         n_checked = 0;

  for (guint32 i = 0; i < n_files; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (seeds); j++)
      if (g_str_has_suffix (files[i].path, seeds[j].suffix))
        {
          check_hashes (metainfo, i, seeds[j].seed, has_layers);
          n_checked++;
        }
  g_assert_cmpuint (n_checked, ==, bt_metainfo_is_multi_file (metainfo) ? 3 : 1);
}

static void
test_fixtures (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fixture_cases); i++)
    {
      const FixtureCase     *c = &fixture_cases[i];
      g_autoptr (GBytes)     bytes = load_fixture (c->name);
      g_autoptr (GError)     error = NULL;
      g_autoptr (BtMetainfo) metainfo = bt_metainfo_new_from_bytes (bytes, &error);
      g_autoptr (BtMetainfo) bare = NULL;
      g_autofree char       *hash_v1 = NULL;
      g_autofree char       *hash_v2 = NULL;

      g_assert_no_error (error);
      hash_v1 = to_hex (bt_metainfo_get_info_hash_v1 (metainfo), BT_SHA1_BYTES);
      hash_v2 = to_hex (bt_metainfo_get_info_hash_v2 (metainfo), BT_SHA256_BYTES);
      g_assert_cmpstr (hash_v1, ==, c->hash_v1);
      g_assert_cmpstr (hash_v2, ==, c->hash_v2);
      g_assert_true (bt_metainfo_is_multi_file (metainfo) == c->is_multi_file);
      g_assert_cmpuint (bt_metainfo_get_geometry (metainfo)->n_pieces, ==, c->n_pieces);
      check_files (metainfo, c->files);
      check_content (metainfo, TRUE);

      bare = bt_metainfo_new_from_info (bt_metainfo_get_info_bytes (metainfo), &error);
      g_assert_no_error (error);
      check_files (bare, c->files);
      check_content (bare, FALSE);
    }
}

static void
test_piece_data_bytes (void)
{
  static const guint32   of_v2[] = { 16384, 16384, 40000 - 32768, 100, 16384 };
  g_autoptr (GBytes)     bytes_v2 = load_fixture ("multi-v2");
  g_autoptr (GBytes)     bytes_hybrid = load_fixture ("multi-hybrid");
  g_autoptr (BtMetainfo) v2 = bt_metainfo_new_from_bytes (bytes_v2, NULL);
  g_autoptr (BtMetainfo) hybrid = bt_metainfo_new_from_bytes (bytes_hybrid, NULL);

  for (guint32 i = 0; i < G_N_ELEMENTS (of_v2); i++)
    {
      g_assert_cmpuint (bt_metainfo_get_piece_data_bytes (v2, i), ==, of_v2[i]);
      /* A hybrid's pads are sent. */
      g_assert_cmpuint (bt_metainfo_get_piece_data_bytes (hybrid, i), ==, 16384);
      g_assert_null (bt_metainfo_get_piece_hash (v2, i));
      g_assert_nonnull (bt_metainfo_get_piece_hash (hybrid, i));
    }
}

/* Replaces the only occurrence of some bytes; the length may change. */
static GBytes *
replace_bytes (GBytes     *bytes,
               const char *from,
               const char *to)
{
  gsize         n_bytes = 0;
  const guint8 *data = g_bytes_get_data (bytes, &n_bytes);
  const guint8 *found = memmem (data, n_bytes, from, strlen (from));
  GByteArray   *array = g_byte_array_new ();
  gsize         n_before;

  g_assert_nonnull (found);
  n_before = (gsize) (found - data);
  g_byte_array_append (array, data, (guint) n_before);
  g_byte_array_append (array, (const guint8 *) to, (guint) strlen (to));
  g_byte_array_append (array, found + strlen (from), (guint) (n_bytes - n_before - strlen (from)));
  return g_byte_array_free_to_bytes (array);
}

typedef struct
{
  const char      *fixture;
  const char      *from;
  const char      *to;
  BtMetainfoError  code;
  const char      *what;
} BreakCase;

static const BreakCase break_cases[] = {
  { "multi-hybrid", "l5:a.binee", "l5:A.binee", BT_METAINFO_ERROR_INVALID, "hybrid: file 0" },
  { "multi-hybrid", "c.txtd0:d6:lengthi100e", "c.txtd0:d6:lengthi101e", BT_METAINFO_ERROR_INVALID,
    "hybrid: file 2" },
  { "multi-hybrid", "d6:lengthi0e4:pathl1:b5:emptyee", "", BT_METAINFO_ERROR_INVALID,
    "hybrid: file 4" },
  { "multi-hybrid", "5:emptyd0:d6:lengthi0eee", "", BT_METAINFO_ERROR_INVALID, "hybrid: file 4" },
  { "multi-hybrid", "5:filesl", "5:filesld6:lengthi0e4:pathl1:0eed6:lengthi0e4:pathl1:1ee",
    BT_METAINFO_ERROR_INVALID, "hybrid: file 0" },
  { "multi-hybrid", "d4:attr1:p6:lengthi9152e4:pathl4:.pad4:9152ee",
    "d4:attr1:p6:lengthi9151e4:pathl4:.pad4:9151ee", BT_METAINFO_ERROR_INVALID,
    "piece's beginning" },
  { "multi-hybrid", "piece lengthi16384e", "piece lengthi16383e", BT_METAINFO_ERROR_INVALID,
    "power of two" },
  { "multi-hybrid", "piece lengthi16384e", "piece lengthi8192e", BT_METAINFO_ERROR_INVALID,
    "power of two" },
  { "multi-hybrid", "meta versioni2e", "meta versioni4e", BT_METAINFO_ERROR_UNSUPPORTED,
    "version" },
  { "multi-v2", "9:file tree", "9:file twig", BT_METAINFO_ERROR_MISSING, "file tree" },
  { "multi-v2", "12:piece layers", "12:piece babies", BT_METAINFO_ERROR_MISSING, "file 0" },
  { "multi-v2", "lengthi40000e", "lengthi50000e", BT_METAINFO_ERROR_INVALID, "piece layers" },
  { "multi-v2", "lengthi40000e", "lengthi-1e", BT_METAINFO_ERROR_INVALID, "is -1" },
  { "multi-v2", "lengthi40000e", "lengthi9223372036854775807e", BT_METAINFO_ERROR_TOO_LARGE,
    "overflow" },
  { "multi-v2", "5:emptyd0:d6:length", "5:emptyd0:d6:height", BT_METAINFO_ERROR_MISSING,
    "\"length\"" },
  { "multi-v2", "5:emptyd0:d6:lengthi0eee", "5:emptyd0:d6:lengthi1eee", BT_METAINFO_ERROR_MISSING,
    "\"pieces root\"" },
  { "multi-v2", "5:emptyd0:d6:lengthi0eee", "5:emptyd0:d6:lengthi1e11:pieces root3:abcee",
    BT_METAINFO_ERROR_INVALID, "3 bytes" },
  { "multi-v2", "5:emptyd0:d6:lengthi0eee", "5:emptyd0:lee", BT_METAINFO_ERROR_INVALID,
    "not a dictionary" },
  { "multi-v2", "5:emptyd0:d6:lengthi0eee", "5:emptyi1e", BT_METAINFO_ERROR_INVALID,
    "other than a dictionary" },
  { "multi-v2", "5:emptyd0:d6:lengthi0eee", "5:emptyd0:d6:lengthi0ee1:xdee",
    BT_METAINFO_ERROR_INVALID, "at once" },
  { "multi-v2", "5:emptyd0:d6:lengthi0eee", "0:d6:lengthi0ee", BT_METAINFO_ERROR_INVALID,
    "no name" },
};

static void
test_broken (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (break_cases); i++)
    {
      const BreakCase       *c = &break_cases[i];
      g_autoptr (GBytes)     bytes = load_fixture (c->fixture);
      g_autoptr (GBytes)     broken = NULL;
      g_autoptr (GError)     error = NULL;
      g_autoptr (BtMetainfo) metainfo = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      broken = replace_bytes (bytes, c->from, c->to);
      metainfo = bt_metainfo_new_from_bytes (broken, &error);
      g_assert_null (metainfo);
      g_assert_error (error, BT_METAINFO_ERROR, (int) c->code);
      if (strstr (error->message, c->what) == NULL)
        g_error ("\"%s\" does not say \"%s\"", error->message, c->what);
    }
}

/* One bit of any hash in the layers, or of the root, and it no longer fits. */
static void
test_wrong_layers (void)
{
  g_autoptr (GBytes) bytes = load_fixture ("single-v2");
  gsize              n_bytes = 0;
  const guint8      *data = g_bytes_get_data (bytes, &n_bytes);
  const guint8      *layer = memmem (data, n_bytes, "224:", 4);
  const guint8      *root = memmem (data, n_bytes, "pieces root32:", 14);

  for (guint i = 0; i < 8; i++)
    {
      gsize                  at = i < 7 ? (gsize) (layer - data) + 4 + i * 32
                                             : (gsize) (root - data) + 14;
      guint8                *copy = g_memdup2 (data, n_bytes);
      g_autoptr (GBytes)     broken = NULL;
      g_autoptr (GError)     error = NULL;
      g_autoptr (BtMetainfo) metainfo = NULL;

      copy[at] ^= 1;
      broken = g_bytes_new_take (copy, n_bytes);
      metainfo = bt_metainfo_new_from_bytes (broken, &error);
      g_assert_null (metainfo);
      g_assert_error (error, BT_METAINFO_ERROR,
                      (i < 7 ? BT_METAINFO_ERROR_INVALID : BT_METAINFO_ERROR_MISSING));
    }
}

static void
test_deep_tree (void)
{
  static const struct
  {
    guint    depth;
    gboolean is_good;
  } cases[] = { { 1, TRUE }, { 90, TRUE }, { 1000, FALSE }, { 200000, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString)    text = g_string_new ("{info:{'file tree':{");
      g_autoptr (GError)     error = NULL;
      g_autoptr (BtMetainfo) metainfo = NULL;

      for (guint j = 0; j < cases[i].depth; j++)
        g_string_append (text, "a:{");
      g_string_append (text, "'':{length:5 'pieces root':'r'*32}");
      for (guint j = 0; j < cases[i].depth; j++)
        g_string_append (text, "}");
      g_string_append (text, "} 'meta version':2 name:'t' 'piece length':16384}}");
      metainfo = notation_to_metainfo (text->str, &error);
      if (cases[i].is_good)
        g_assert_no_error (error);
      else
        g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_TOO_LARGE);
    }
}

/* A long folder that many files share would be copied for each. */
static void
test_path_bytes (void)
{
  g_autoptr (GString)    text = g_string_new ("{info:{'file tree':{");
  g_autoptr (GError)     error = NULL;
  g_autoptr (BtMetainfo) metainfo = NULL;

  for (guint i = 0; i < 14; i++)
    {
      g_string_append_c (text, '\'');
      for (guint j = 0; j < 255; j++)
        g_string_append_c (text, 'x');
      g_string_append (text, "':{");
    }
  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "'%u':{'':{length:0}}", i);
  for (guint i = 0; i < 14; i++)
    g_string_append_c (text, '}');
  g_string_append (text, "} 'meta version':2 name:'t' 'piece length':16384}}");
  metainfo = notation_to_metainfo (text->str, &error);
  g_assert_null (metainfo);
  g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, "the paths up to"));
}

static void
test_tree_names (void)
{
  g_autoptr (BtMetainfo) metainfo = NULL;
  g_autoptr (GError)     error = NULL;
  guint32                n_files = 0;
  const BtFile          *files;

  metainfo = notation_to_metainfo ("{info:{'file tree':{"
                                   "..:{..:{'':{length:5 'pieces root':'r'*32}}}"
                                   "empty:{}"
                                   "link:{'':{attr:'l' 'symlink path':['..' 'x']}}"
                                   "tool:{'':{attr:'xh' length:1 'pieces root':'s'*32}}"
                                   "} 'meta version':2 name:'tool' 'piece length':65536}}", &error);
  g_assert_no_error (error);
  files = bt_metainfo_get_files (metainfo, &n_files);
  g_assert_cmpuint (n_files, ==, 4);
  g_assert_cmpstr (files[0].path, ==, "tool/__/__");
  g_assert_cmpstr (files[1].path, ==, "tool/link");
  g_assert_cmpstr (files[1].symlink_target, ==, "../x");
  g_assert_cmpuint (files[1].flags, ==, BT_FILE_SYMLINK);
  g_assert_cmpuint (files[2].flags, ==, BT_FILE_PAD | BT_FILE_IMPLIED);
  g_assert_cmpstr (files[3].path, ==, "tool/tool");
  g_assert_cmpuint (files[3].flags, ==, BT_FILE_EXECUTABLE | BT_FILE_HIDDEN);
  g_assert_cmpuint (files[3].offset, ==, 65536);
  g_assert_cmpmem (files[3].pieces_root, 32, "ssssssssssssssssssssssssssssssss", 32);
  g_assert_cmpuint (bt_metainfo_get_content_bytes (metainfo), ==, 6);
  g_assert_cmpuint (bt_metainfo_count_content_files (metainfo), ==, 3);
}

/* Roots of small trees, worked out pair by pair. */
static void
test_merkle (void)
{
  guint8 leaves[4 * 32];
  guint8 zero[64] = { 0 };
  guint8 pair[64];
  guint8 expected[32];
  guint8 root[32];

  for (guint i = 0; i < sizeof leaves; i++)
    leaves[i] = (guint8) (i * 3);

  bt_merkle_root (leaves, 1, 0, root);
  g_assert_cmpmem (root, 32, leaves, 32);

  bt_sha256 (leaves, 64, pair);
  {
    guint8 last[64] = { 0 };

    memcpy (last, leaves + 64, 32);
    bt_sha256 (last, 64, pair + 32);
  }
  bt_sha256 (pair, 64, expected);
  bt_merkle_root (leaves, 3, 0, root);
  g_assert_cmpmem (root, 32, expected, 32);

  /* The same three as hashes of level one: the missing one is the root of two leaves of zeros. */
  bt_sha256 (leaves, 64, pair);
  {
    guint8 last[64];

    memcpy (last, leaves + 64, 32);
    bt_sha256 (zero, 64, last + 32);
    bt_sha256 (last, 64, pair + 32);
  }
  bt_sha256 (pair, 64, expected);
  bt_merkle_root (leaves, 3, 1, root);
  g_assert_cmpmem (root, 32, expected, 32);

  g_assert_cmpuint (bt_merkle_get_piece_level (16384), ==, 0);
  g_assert_cmpuint (bt_merkle_get_piece_level (32768), ==, 1);
  g_assert_cmpuint (bt_merkle_get_piece_level (256u * 1024 * 1024), ==, 14);
}

/* A file's root is the same whether its pieces' hashes or its blocks' are put together, at any piece size. */
static void
test_merkle_levels (void)
{
  static const guint32 lengths[] = { 1, 16384, 16385, 32768, 100000, 262144, 300000 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (guint32 piece_bytes = 16384; piece_bytes < lengths[i]; piece_bytes *= 2)
      {
        g_autofree guint8 *content = make_content (lengths[i], 13);
        guint32            n_pieces = (lengths[i] - 1) / piece_bytes + 1;
        g_autofree guint8 *layer = g_malloc_n (n_pieces, 32);
        guint8             of_blocks[32];
        guint8             of_pieces[32];

        for (guint32 j = 0; j < n_pieces; j++)
          bt_merkle_root_of_data (content + j * piece_bytes,
                                  MIN (piece_bytes, lengths[i] - j * piece_bytes),
                                  piece_bytes / 16384, layer + j * 32);
        bt_merkle_root (layer, n_pieces, bt_merkle_get_piece_level (piece_bytes), of_pieces);
        bt_merkle_root_of_data (content, lengths[i], 0, of_blocks);
        g_assert_cmpmem (of_blocks, 32, of_pieces, 32);
      }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metainfo/v2/fixtures", test_fixtures);
  g_test_add_func ("/metainfo/v2/piece-data-bytes", test_piece_data_bytes);
  g_test_add_func ("/metainfo/v2/broken", test_broken);
  g_test_add_func ("/metainfo/v2/wrong-layers", test_wrong_layers);
  g_test_add_func ("/metainfo/v2/deep-tree", test_deep_tree);
  g_test_add_func ("/metainfo/v2/path-bytes", test_path_bytes);
  g_test_add_func ("/metainfo/v2/tree-names", test_tree_names);
  g_test_add_func ("/metainfo/merkle/small", test_merkle);
  g_test_add_func ("/metainfo/merkle/levels", test_merkle_levels);
  return g_test_run ();
}
