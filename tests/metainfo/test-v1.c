/* test-v1.c - good and bad torrents of version 1, and all that stands around the info dictionary
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "notation.h"

#include "metainfo/bt-metainfo.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define H  "'hhhhhhhhhhhhhhhhhhhh'"
#define P1 "'piece length':16384 pieces:" H "*1"

/* Puts the fields in an info dictionary that has a name and one piece. */
#define ONE(fields) "{info:{" fields " name:'t' " P1 "}}"
/* One file in a folder. */
#define IN_FOLDER(fields) ONE ("files:[{" fields "}]")

typedef struct
{
  const char      *torrent;
  BtMetainfoError  code;
  const char      *what;  /* to be found in the message */
} BadCase;

static const BadCase bad_cases[] = {
  { "[]", BT_METAINFO_ERROR_INVALID, "not a dictionary" },
  { "5", BT_METAINFO_ERROR_INVALID, "not a dictionary" },
  { "{}", BT_METAINFO_ERROR_MISSING, "no \"info\"" },
  { "{info:5}", BT_METAINFO_ERROR_INVALID, "\"info\" is not" },
  { "{info:[]}", BT_METAINFO_ERROR_INVALID, "\"info\" is not" },
  { "{info:{}}", BT_METAINFO_ERROR_MISSING, "\"name\"" },
  { "{info:{length:5 " P1 "}}", BT_METAINFO_ERROR_MISSING, "\"name\"" },
  { "{info:{length:5 name:5 " P1 "}}", BT_METAINFO_ERROR_INVALID, "\"name\"" },
  { "{info:{length:5 name:'t' pieces:" H "}}", BT_METAINFO_ERROR_MISSING, "\"piece length\"" },
  { "{info:{length:5 name:'t' 'piece length':'x' pieces:" H "}}", BT_METAINFO_ERROR_INVALID,
    "\"piece length\"" },
  { "{info:{length:5 name:'t' 'piece length':0 pieces:" H "}}", BT_METAINFO_ERROR_INVALID,
    "\"piece length\" is 0" },
  { "{info:{length:5 name:'t' 'piece length':-1 pieces:" H "}}", BT_METAINFO_ERROR_INVALID,
    "is -1" },
  { "{info:{length:5 name:'t' 'piece length':268435457 pieces:" H "}}", BT_METAINFO_ERROR_TOO_LARGE,
    "268435457" },
  { "{info:{length:5 name:'t' 'piece length':9223372036854775807 pieces:" H "}}",
    BT_METAINFO_ERROR_TOO_LARGE, "" },
  { "{info:{length:5 name:'t' 'piece length':16384}}", BT_METAINFO_ERROR_MISSING, "\"pieces\"" },
  { "{info:{length:5 name:'t' 'piece length':16384 pieces:1}}", BT_METAINFO_ERROR_INVALID,
    "\"pieces\"" },
  { "{info:{length:5 name:'t' 'piece length':16384 pieces:''}}", BT_METAINFO_ERROR_INVALID,
    "0 hashes" },
  { "{info:{length:5 name:'t' 'piece length':16384 pieces:'h'*19}}", BT_METAINFO_ERROR_INVALID,
    "multiple" },
  { "{info:{length:5 name:'t' 'piece length':16384 pieces:'h'*21}}", BT_METAINFO_ERROR_INVALID,
    "multiple" },
  { "{info:{length:5 name:'t' 'piece length':16384 pieces:'h'*40}}", BT_METAINFO_ERROR_INVALID,
    "2 hashes" },
  { ONE ("length:16385"), BT_METAINFO_ERROR_INVALID, "2 pieces" },
  { ONE (""), BT_METAINFO_ERROR_MISSING, "neither" },
  { ONE ("length:5 files:[{length:5 path:['a']}]"), BT_METAINFO_ERROR_INVALID, "both" },
  { ONE ("length:'5'"), BT_METAINFO_ERROR_INVALID, "\"length\"" },
  { ONE ("length:-5"), BT_METAINFO_ERROR_INVALID, "-5" },
  { ONE ("length:0"), BT_METAINFO_ERROR_INVALID, "not one byte" },
  { ONE ("length:9223372036854775807"), BT_METAINFO_ERROR_TOO_LARGE, "pieces" },
  { ONE ("files:5"), BT_METAINFO_ERROR_INVALID, "\"files\"" },
  { ONE ("files:{}"), BT_METAINFO_ERROR_INVALID, "\"files\"" },
  { ONE ("files:[]"), BT_METAINFO_ERROR_INVALID, "not one byte" },
  { ONE ("files:['a']"), BT_METAINFO_ERROR_INVALID, "file 0" },
  { ONE ("files:[{length:5 path:['a']} {length:-1 path:['b']}]"), BT_METAINFO_ERROR_INVALID,
    "file 1" },
  { ONE ("files:[{length:9223372036854775807 path:['a']} {length:1 path:['b']}]"),
    BT_METAINFO_ERROR_TOO_LARGE, "file 1" },
  { ONE ("files:[{length:0 path:['a']} {length:0 path:['b']}]"), BT_METAINFO_ERROR_INVALID,
    "not one byte" },
  { ONE ("files:[{attr:'p' length:5 path:['a']}]"), BT_METAINFO_ERROR_INVALID, "not one byte" },
  { IN_FOLDER ("path:['a']"), BT_METAINFO_ERROR_MISSING, "file 0: there is no \"length\"" },
  { IN_FOLDER ("length:'x' path:['a']"), BT_METAINFO_ERROR_INVALID, "\"length\"" },
  { IN_FOLDER ("length:5"), BT_METAINFO_ERROR_MISSING, "\"path\"" },
  { IN_FOLDER ("length:5 path:'a'"), BT_METAINFO_ERROR_INVALID, "\"path\"" },
  { IN_FOLDER ("length:5 path:[]"), BT_METAINFO_ERROR_INVALID, "\"path\"" },
  { IN_FOLDER ("length:5 path:['' '']"), BT_METAINFO_ERROR_INVALID, "\"path\"" },
  { IN_FOLDER ("length:5 path:['a' 5]"), BT_METAINFO_ERROR_INVALID, "\"path\"" },
  { "{info:{length:5 'meta version':3 name:'t' " P1 "}}", BT_METAINFO_ERROR_UNSUPPORTED, "is 3" },
  { "{info:{length:5 'meta version':0 name:'t' " P1 "}}", BT_METAINFO_ERROR_UNSUPPORTED, "is 0" },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError)     error = NULL;
      g_autoptr (BtMetainfo) metainfo = notation_to_metainfo (bad_cases[i].torrent, &error);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (metainfo);
      g_assert_error (error, BT_METAINFO_ERROR, (int) bad_cases[i].code);
      if (strstr (error->message, bad_cases[i].what) == NULL)
        g_error ("\"%s\" does not say \"%s\"", error->message, bad_cases[i].what);
    }
}

static void
test_not_bencode (void)
{
  static const char *const inputs[] = { "", "<html>", "d4:infod", "d4:infodee ", "d4:infoi-0ee" };

  for (gsize i = 0; i < G_N_ELEMENTS (inputs); i++)
    {
      g_autoptr (GError)     error = NULL;
      g_autoptr (GBytes)     bytes = g_bytes_new_static (inputs[i], strlen (inputs[i]));
      g_autoptr (BtMetainfo) metainfo = bt_metainfo_new_from_bytes (bytes, &error);

      g_assert_null (metainfo);
      g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_NOT_BENCODE);
      g_assert_nonnull (strstr (error->message, "at byte"));
    }
}

static BtMetainfo *
load (const char *torrent)
{
  g_autoptr (GError) error = NULL;
  BtMetainfo        *metainfo = notation_to_metainfo (torrent, &error);

  g_assert_no_error (error);
  return metainfo;
}

static void
test_single (void)
{
  g_autoptr (BtMetainfo) metainfo = NULL;
  g_autoptr (GBytes)     info = NULL;
  const BtGeometry      *geometry;
  const BtFile          *files;
  guint32                n_files = 0;
  guint8                 digest[BT_SHA1_BYTES];
  const char            *fields = "{length:40000 name:'file.bin' 'piece length':16384 "
                                  "pieces:'aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb"
                                  "cccccccccccccccccccc' private:1 source:'S'}";
  g_autofree char       *torrent = g_strdup_printf ("{announce:'udp://t.example:1/' "
                                                    "comment:'hello' 'created by':'me' "
                                                    "'creation date':1700000000 info:%s}", fields);

  metainfo = load (torrent);
  info = notation_to_bytes (fields);
  g_assert_true (g_bytes_equal (info, bt_metainfo_get_info_bytes (metainfo)));
  bt_sha1 (g_bytes_get_data (info, NULL), g_bytes_get_size (info), digest);
  g_assert_cmpmem (digest, sizeof digest, bt_metainfo_get_info_hash_v1 (metainfo), BT_SHA1_BYTES);
  g_assert_null (bt_metainfo_get_info_hash_v2 (metainfo));
  g_assert_true (bt_metainfo_has_v1 (metainfo) && !bt_metainfo_has_v2 (metainfo));
  g_assert_cmpstr (bt_metainfo_get_name (metainfo), ==, "file.bin");
  g_assert_cmpstr (bt_metainfo_get_display_name (metainfo), ==, "file.bin");
  g_assert_cmpstr (bt_metainfo_get_comment (metainfo), ==, "hello");
  g_assert_cmpstr (bt_metainfo_get_creator (metainfo), ==, "me");
  g_assert_cmpstr (bt_metainfo_get_source (metainfo), ==, "S");
  g_assert_cmpint (bt_metainfo_get_creation_date (metainfo), ==, 1700000000);
  g_assert_true (bt_metainfo_is_private (metainfo));
  g_assert_false (bt_metainfo_is_multi_file (metainfo));

  geometry = bt_metainfo_get_geometry (metainfo);
  g_assert_cmpuint (geometry->total_bytes, ==, 40000);
  g_assert_cmpuint (geometry->piece_bytes, ==, 16384);
  g_assert_cmpuint (geometry->n_pieces, ==, 3);
  g_assert_cmpuint (bt_metainfo_get_content_bytes (metainfo), ==, 40000);
  g_assert_cmpuint (bt_metainfo_get_piece_data_bytes (metainfo, 0), ==, 16384);
  g_assert_cmpuint (bt_metainfo_get_piece_data_bytes (metainfo, 2), ==, 40000 - 2 * 16384);
  g_assert_cmpmem (bt_metainfo_get_piece_hash (metainfo, 0), 20, "aaaaaaaaaaaaaaaaaaaa", 20);
  g_assert_cmpmem (bt_metainfo_get_piece_hash (metainfo, 2), 20, "cccccccccccccccccccc", 20);
  g_assert_null (bt_metainfo_get_piece_hash (metainfo, 3));

  files = bt_metainfo_get_files (metainfo, &n_files);
  g_assert_cmpuint (n_files, ==, 1);
  g_assert_cmpstr (files[0].path, ==, "file.bin");
  g_assert_true (files[0].display_path == files[0].path);
  g_assert_cmpuint (files[0].length, ==, 40000);
  g_assert_cmpuint (files[0].flags, ==, 0);
}

/* The least there can be, and nothing else is said. */
static void
test_bare (void)
{
  g_autoptr (BtMetainfo) metainfo = load (ONE ("length:1"));
  guint                  n_nodes = 9;

  g_assert_null (bt_metainfo_get_comment (metainfo));
  g_assert_null (bt_metainfo_get_creator (metainfo));
  g_assert_null (bt_metainfo_get_source (metainfo));
  g_assert_cmpint (bt_metainfo_get_creation_date (metainfo), ==, 0);
  g_assert_false (bt_metainfo_is_private (metainfo));
  g_assert_cmpuint (bt_metainfo_get_n_tiers (metainfo), ==, 0);
  g_assert_null (bt_metainfo_get_tier (metainfo, 0));
  g_assert_null (bt_metainfo_get_web_seeds (metainfo)[0]);
  bt_metainfo_get_nodes (metainfo, &n_nodes);
  g_assert_cmpuint (n_nodes, ==, 0);
}

typedef struct
{
  const char *torrent;
  const char *files;  /* "path|length|flags|offset" of each, by line */
} ListCase;

static const ListCase list_cases[] = {
  { ONE ("files:[{length:5 path:['a']} {length:0 path:['d' 'empty']} "
         "{length:7 path:['d' 'e' 'b']}]"),
    "t/a|5||0\nt/d/empty|0||5\nt/d/e/b|7||5\n" },
  /* attributes, BEP 47 */
  { ONE ("files:[{attr:'x' length:5 path:['a']} {attr:'h' length:1 path:['b']} "
         "{attr:'hx?' length:1 path:['c']}]"),
    "t/a|5|x|0\nt/b|1|h|5\nt/c|1|xh|6\n" },
  { ONE ("files:[{length:5 path:['a']} {attr:'l' length:0 path:['b'] 'symlink path':['..' 'x']}]"),
    "t/a|5||0\nt/b|0|l>../x|5\n" },
  { ONE ("files:[{length:5 path:['a']} {attr:'l' path:['b'] 'symlink path':['a']}]"),
    "t/a|5||0\nt/b|0|l>a|5\n" },
  { ONE ("files:[{attr:'l' length:5 path:['b'] 'symlink path':['a']}]"), "t/b|5||0\n" },
  /* pads; they take no names */
  { ONE ("files:[{length:5 path:['a']} {attr:'p' length:9 path:['.pad' '9']} {length:1 path:['b']} "
         "{attr:'p' length:9 path:['.pad' '9']} {length:1 path:['c']}]"),
    "t/a|5||0\nt/.pad/9|9|p|5\nt/b|1||14\nt/.pad/9|9|p|15\nt/c|1||24\n" },
  { ONE ("files:[{length:5 path:['a']} {length:9 path:['.pad' '9']}]"),
    "t/a|5||0\nt/.pad/9|9|p|5\n" },
  { ONE ("files:[{length:5 path:['a']} {length:9 path:['.pad' 'x']}]"),
    "t/a|5||0\nt/.pad/x|9||5\n" },
  { ONE ("files:[{length:5 path:['a']} {length:9 path:['b' '.pad' '9']}]"),
    "t/a|5||0\nt/b/.pad/9|9||5\n" },
  { ONE ("files:[{length:5 path:['a']} {length:9 path:['_____padding_file_0_if you see']}]"),
    "t/a|5||0\nt/_____padding_file_0_if you see|9|p|5\n" },
  { "{info:{length:5 name:'_____padding_file_0' " P1 "}}", "_____padding_file_0|5||0\n" },
  { "{info:{attr:'px' length:5 name:'t' " P1 "}}", "t|5|x|0\n" },
  /* unsafe */
  { ONE ("files:[{length:5 path:['..' '..' 'etc' 'passwd']}]"), "t/__/__/etc/passwd|5||0\n" },
  { ONE ("files:[{length:5 path:['/etc/passwd']}]"), "t/_etc_passwd|5||0\n" },
  { ONE ("files:[{length:5 path:['' 'a' '' 'b' '']}]"), "t/a/b|5||0\n" },
  { ONE ("files:[{length:5 path:['.']}]"), "t/_|5||0\n" },
  { "{info:{length:5 name:'../x' " P1 "}}", ".._x|5||0\n" },
  { "{info:{length:5 name:'' " P1 "}}", "_|5||0\n" },
  { "{info:{files:[{length:5 path:['a']}] name:'..' " P1 "}}", "__/a|5||0\n" },
  /* names in two spellings */
  { "{info:{length:5 name:'x\xff' name.utf-8:'x\xc3\xbf' " P1 "}}", "x\xc3\xbf|5||0\n" },
  { "{info:{length:5 name:'x' name.utf-8:'\xff' " P1 "}}", "x|5||0\n" },
  { "{info:{length:5 name:'x' name.utf-8:'' " P1 "}}", "x|5||0\n" },
  { IN_FOLDER ("length:5 path:['\xff'] path.utf-8:['ü']"), "t/ü|5||0\n" },
  { IN_FOLDER ("length:5 path:['a'] path.utf-8:['\xff']"), "t/a|5||0\n" },
  { IN_FOLDER ("length:5 path:['a'] path.utf-8:[]"), "t/a|5||0\n" },
  { IN_FOLDER ("length:5 path:['a'] path.utf-8:'x'"), "t/a|5||0\n" },
  { "{encoding:'GBK' info:{files:[{length:5 path:['\xb6\xab' 'a']}] name:'\xbe\xa9' " P1 "}}",
    "京/东/a|5||0\n" },
  /* names that meet */
  { ONE ("files:[{length:1 path:['a.b']} {length:1 path:['A.B']} {length:1 path:['a.b']}]"),
    "t/a.b|1||0\nt/A (2).B|1||1\nt/a (3).b|1||2\n" },
  { ONE ("files:[{length:1 path:['a']} {length:1 path:['a' 'b']}]"), "t/a (2)|1||0\nt/a/b|1||1\n" },
  { ONE ("files:[{length:1 path:['A' 'x']} {length:1 path:['a' 'x']} {length:1 path:['a' 'y']}]"),
    "t/A/x|1||0\nt/a/x (2)|1||1\nt/a/y|1||2\n" },
  { ONE ("files:[{length:1 path:['a:']} {length:1 path:['a?']}]"), "t/a_|1||0\nt/a_ (2)|1||1\n" },
  /* keys not in order, and twice */
  { "{info:{pieces:" H " 'piece length':16384 name:'t' length:5 name:'u'}}", "t|5||0\n" },
};

static char *
describe_files (const BtMetainfo *metainfo)
{
  GString      *text = g_string_new (NULL);
  guint32       n_files = 0;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);

  for (guint32 i = 0; i < n_files; i++)
    {
      g_string_append_printf (text, "%s|%" G_GUINT64_FORMAT "|", files[i].path, files[i].length);
      g_string_append (text, files[i].flags & BT_FILE_PAD ? "p" : "");
      g_string_append (text, files[i].flags & BT_FILE_EXECUTABLE ? "x" : "");
      g_string_append (text, files[i].flags & BT_FILE_HIDDEN ? "h" : "");
      g_string_append (text, files[i].flags & BT_FILE_SYMLINK ? "l>" : "");
      g_string_append (text, files[i].symlink_target != NULL ? files[i].symlink_target : "");
      g_string_append_printf (text, "|%" G_GUINT64_FORMAT "\n", files[i].offset);
    }
  return g_string_free (text, FALSE);
}

static void
test_lists (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (list_cases); i++)
    {
      g_autoptr (BtMetainfo) metainfo = NULL;
      g_autofree char       *files = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      metainfo = load (list_cases[i].torrent);
      files = describe_files (metainfo);
      g_assert_cmpstr (files, ==, list_cases[i].files);
    }
}

static void
test_display_paths (void)
{
  g_autoptr (BtMetainfo) metainfo = load ("{info:{files:[{length:1 path:['..' 'a?']} "
                                          "{length:1 path:['b']} {length:1 path:['B']}] "
                                          "name:'t:\x07' " P1 "}}");
  guint32                n_files = 0;
  const BtFile          *files = bt_metainfo_get_files (metainfo, &n_files);

  g_assert_cmpstr (bt_metainfo_get_name (metainfo), ==, "t__");
  g_assert_cmpstr (bt_metainfo_get_display_name (metainfo), ==, "t:\xef\xbf\xbd");
  g_assert_cmpstr (files[0].path, ==, "t__/__/a_");
  g_assert_cmpstr (files[0].display_path, ==, "t:\xef\xbf\xbd/../a?");
  g_assert_cmpstr (files[2].path, ==, "t__/B (2)");
  g_assert_cmpstr (files[2].display_path, ==, "t:\xef\xbf\xbd/B");
}

static void
test_long_paths (void)
{
  static const struct
  {
    guint    n_components;
    guint    n_bytes;  /* of each */
    gboolean is_good;
  } cases[] = {
    { 15, 255, TRUE },
    { 16, 255, FALSE },
    { 255, 1, TRUE },
    { 256, 1, FALSE },  /* and the name is one more */
    { 100000, 1, FALSE },
    { 1, 100000, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString)    text = g_string_new ("{info:{files:[{length:5 path:[");
      g_autoptr (BtMetainfo) metainfo = NULL;
      g_autoptr (GError)     error = NULL;

      for (guint j = 0; j < cases[i].n_components; j++)
        g_string_append_printf (text, "'x'*%u ", cases[i].n_bytes);
      g_string_append (text, "]}] name:'t' " P1 "}}");
      metainfo = notation_to_metainfo (text->str, &error);
      if (cases[i].is_good)
        g_assert_no_error (error);
      else
        g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_UNSAFE);
    }
}

static void
test_find_file (void)
{
  g_autoptr (BtMetainfo) metainfo = load (ONE ("files:[{length:0 path:['a']} {length:5 path:['b']} "
                                               "{length:0 path:['c']} {length:0 path:['d']} "
                                               "{length:1 path:['e']} {length:4 path:['f']} "
                                               "{length:0 path:['g']}]"));
  static const guint32   expected[] = { 1, 1, 1, 1, 1, 4, 5, 5, 5, 5, BT_FILE_NONE, BT_FILE_NONE };

  for (gsize offset = 0; offset < G_N_ELEMENTS (expected); offset++)
    g_assert_cmpuint (bt_metainfo_find_file (metainfo, offset), ==, expected[offset]);
  g_assert_cmpuint (bt_metainfo_find_file (metainfo, G_MAXUINT64), ==, BT_FILE_NONE);
}

#define WITH(fields) "{" fields " info:{length:5 name:'t' " P1 "}}"

typedef struct
{
  const char *torrent;
  const char *tiers;      /* URLs by space, tiers by '|' */
  guint       n_ignored;
} TrackerCase;

static const TrackerCase tracker_cases[] = {
  { WITH ("announce:'http://a/x'"), "http://a/x", 0 },
  { WITH ("announce:' http://a/x\n'"), "http://a/x", 0 },
  { WITH ("announce:'HTTPS://a' announce-list:[]"), "HTTPS://a", 0 },
  { WITH ("announce:'http://a' announce-list:[['http://b' 'udp://c:1'] ['https://d']]"),
    "http://b udp://c:1|https://d", 0 },
  { WITH ("announce:'http://a' announce-list:[['wss://b'] ['']]"), "http://a", 2 },
  { WITH ("announce-list:[['http://a' 'http://a'] ['http://a'] ['http://b' 'http://a']]"),
    "http://a|http://b", 0 },
  { WITH ("announce-list:['http://a' 'http://b']"), "http://a|http://b", 0 },
  { WITH ("announce-list:[[5 ['x'] 'http://a']]"), "http://a", 2 },
  { WITH ("announce-list:5 announce:5"), "", 1 },
  { WITH ("announce:'ftp://a'"), "", 1 },
  { WITH ("announce:'http://'"), "", 1 },
  { WITH ("announce:'http:///x'"), "", 1 },
  { WITH ("announce:'dht://x'"), "", 1 },
  { WITH ("announce:'http://a b'"), "", 1 },
  { WITH ("announce:'http://a\x01'"), "", 1 },
  { WITH ("announce:'http://\xff'"), "", 1 },
  { WITH ("announce:'http://aaaaaaaaaaaaaaaa'*200"), "", 1 },
  { WITH ("announce:'x'"), "", 1 },
};

static char *
describe_tiers (const BtMetainfo *metainfo)
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
test_trackers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tracker_cases); i++)
    {
      g_autoptr (BtMetainfo) metainfo = load (tracker_cases[i].torrent);
      g_autofree char       *tiers = describe_tiers (metainfo);

      g_assert_cmpstr (tiers, ==, tracker_cases[i].tiers);
      g_assert_cmpuint (bt_metainfo_get_n_ignored_trackers (metainfo), ==,
                        tracker_cases[i].n_ignored);
    }
}

static void
test_many_trackers (void)
{
  g_autoptr (GString)    text = g_string_new ("{announce-list:[[");
  g_autoptr (BtMetainfo) metainfo = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "'http://%u.example' ", i);
  g_string_append (text, "]] url-list:[");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "'http://%u.example' ", i);
  g_string_append (text, "] nodes:[");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "['n%u' %u] ", i, i + 1);
  g_string_append (text, "] info:{length:5 name:'t' " P1 "}}");
  metainfo = load (text->str);
  g_assert_cmpuint (g_strv_length ((char **) bt_metainfo_get_tier (metainfo, 0)), ==,
                    BT_METAINFO_MAX_TRACKERS);
  g_assert_cmpuint (bt_metainfo_get_n_ignored_trackers (metainfo), ==,
                    1000 - BT_METAINFO_MAX_TRACKERS);
  g_assert_cmpuint (g_strv_length ((char **) bt_metainfo_get_web_seeds (metainfo)), ==,
                    BT_METAINFO_MAX_WEB_SEEDS);
}

static void
test_web_seeds (void)
{
  static const struct
  {
    const char *torrent;
    const char *seeds;
  } cases[] = {
    { WITH ("url-list:'http://a/'"), "http://a/" },
    { WITH ("url-list:''"), "" },
    { WITH ("url-list:['https://a/' 'ftp://b/' 'http://c/x' 5 'https://a/']"),
      "https://a/ http://c/x" },
    { WITH ("url-list:5"), "" },
    { WITH ("url-list:{}"), "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtMetainfo) metainfo = load (cases[i].torrent);
      const char *const     *list = bt_metainfo_get_web_seeds (metainfo);
      g_autofree char       *seeds = g_strjoinv (" ", (char **) list);

      g_assert_cmpstr (seeds, ==, cases[i].seeds);
    }
}

static void
test_nodes (void)
{
  g_autoptr (BtMetainfo) metainfo = load (WITH ("nodes:[['127.0.0.1' 6881] ['x.example' 0] "
                                                "['x.example' 65536] ['x y' 1] [1 2] "
                                                "['::1' 65535 'more'] 'a' ['only'] ['' 5] "
                                                "{a:1}]"));
  guint                  n_nodes = 0;
  const BtMetainfoNode  *nodes = bt_metainfo_get_nodes (metainfo, &n_nodes);

  g_assert_cmpuint (n_nodes, ==, 2);
  g_assert_cmpstr (nodes[0].host, ==, "127.0.0.1");
  g_assert_cmpuint (nodes[0].port, ==, 6881);
  g_assert_cmpstr (nodes[1].host, ==, "::1");
  g_assert_cmpuint (nodes[1].port, ==, 65535);
}

static void
test_texts (void)
{
  g_autoptr (BtMetainfo) metainfo = load (WITH ("comment:'\xff' comment.utf-8:'two\nlines\x1b' "
                                                "'created by':'' 'creation date':-5"));
  g_autoptr (BtMetainfo) large = load (WITH ("comment:'c'*100000 'creation date':'soon'"));

  g_assert_cmpstr (bt_metainfo_get_comment (metainfo), ==, "two\nlines\xef\xbf\xbd");
  g_assert_null (bt_metainfo_get_creator (metainfo));
  g_assert_cmpint (bt_metainfo_get_creation_date (metainfo), ==, 0);
  g_assert_cmpuint (strlen (bt_metainfo_get_comment (large)), ==, BT_METAINFO_MAX_TEXT_BYTES);
  g_assert_cmpint (bt_metainfo_get_creation_date (large), ==, 0);
}

static void
test_from_info (void)
{
  g_autoptr (GBytes)     info = notation_to_bytes ("{length:5 name:'t' " P1 " private:0}");
  g_autoptr (GBytes)     bad = notation_to_bytes ("[]");
  g_autoptr (GError)     error = NULL;
  g_autoptr (BtMetainfo) metainfo = bt_metainfo_new_from_info (info, &error);
  g_autoptr (BtMetainfo) whole = load ("{info:{length:5 name:'t' " P1 " private:0}}");

  g_assert_no_error (error);
  g_assert_false (bt_metainfo_is_private (metainfo));
  g_assert_cmpuint (bt_metainfo_get_n_tiers (metainfo), ==, 0);
  g_assert_cmpmem (bt_metainfo_get_info_hash_v1 (metainfo), BT_SHA1_BYTES,
                   bt_metainfo_get_info_hash_v1 (whole), BT_SHA1_BYTES);
  g_assert_null (bt_metainfo_new_from_info (bad, &error));
  g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_INVALID);
}

static void
test_from_file (void)
{
  g_autoptr (GError)     error = NULL;
  g_autofree char       *folder = g_dir_make_tmp ("bt-metainfo-XXXXXX", &error);
  g_autofree char       *path = g_build_filename (folder, "a.torrent", NULL);
  g_autoptr (GBytes)     bytes = notation_to_bytes (ONE ("length:5"));
  g_autoptr (BtMetainfo) metainfo = NULL;

  g_assert_no_error (error);
  g_assert_null (bt_metainfo_new_from_file (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (bt_metainfo_new_from_file (folder, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                       &error);
  g_assert_no_error (error);
  metainfo = bt_metainfo_new_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bt_metainfo_get_name (metainfo), ==, "t");

  /* Holes cost nothing. */
  g_assert_cmpint (truncate (path, BT_METAINFO_MAX_BYTES + 1), ==, 0);
  g_assert_null (bt_metainfo_new_from_file (path, &error));
  g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_TOO_LARGE);
  g_unlink (path);
  g_rmdir (folder);
}

/* Where files lie among the pieces, and what of them a set of pieces holds. */
static void
test_file_pieces (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BtMetainfo) metainfo =
      notation_to_metainfo ("{info:{files:[{length:20000 path:['a']} {length:0 path:['b']}"
                            " {attr:'p' length:10 path:['.pad' '10']} {length:45000 path:['c']}]"
                            " name:'t' 'piece length':16384 pieces:" H "*4}}", &error);
  BtBitfield have;
  guint32 first, last;

  g_assert_no_error (error);
  g_assert_true (bt_metainfo_get_file_pieces (metainfo, 0, &first, &last));
  g_assert_cmpuint (first, ==, 0);
  g_assert_cmpuint (last, ==, 1);
  g_assert_false (bt_metainfo_get_file_pieces (metainfo, 1, &first, &last));
  g_assert_false (bt_metainfo_get_file_pieces (metainfo, 2, &first, &last));
  g_assert_true (bt_metainfo_get_file_pieces (metainfo, 3, &first, &last));
  g_assert_cmpuint (first, ==, 1);
  g_assert_cmpuint (last, ==, 3);

  bt_bitfield_init (&have, 4);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 0, &have), ==, 0);
  bt_bitfield_set (&have, 1);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 0, &have), ==, 20000 - 16384);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 1, &have), ==, 0);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 2, &have), ==, 0);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 3, &have), ==, 2 * 16384 - 20010);
  bt_bitfield_set (&have, 2);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 3, &have), ==, 3 * 16384 - 20010);
  bt_bitfield_set_all (&have);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 0, &have), ==, 20000);
  g_assert_cmpuint (bt_metainfo_count_file_bytes (metainfo, 3, &have), ==, 45000);
  bt_bitfield_clear (&have);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metainfo/v1/bad", test_bad);
  g_test_add_func ("/metainfo/v1/not-bencode", test_not_bencode);
  g_test_add_func ("/metainfo/v1/single", test_single);
  g_test_add_func ("/metainfo/v1/bare", test_bare);
  g_test_add_func ("/metainfo/v1/lists", test_lists);
  g_test_add_func ("/metainfo/v1/display-paths", test_display_paths);
  g_test_add_func ("/metainfo/v1/long-paths", test_long_paths);
  g_test_add_func ("/metainfo/v1/find-file", test_find_file);
  g_test_add_func ("/metainfo/outer/trackers", test_trackers);
  g_test_add_func ("/metainfo/outer/many-trackers", test_many_trackers);
  g_test_add_func ("/metainfo/outer/web-seeds", test_web_seeds);
  g_test_add_func ("/metainfo/outer/nodes", test_nodes);
  g_test_add_func ("/metainfo/outer/texts", test_texts);
  g_test_add_func ("/metainfo/file-pieces", test_file_pieces);
  g_test_add_func ("/metainfo/from-info", test_from_info);
  g_test_add_func ("/metainfo/from-file", test_from_file);
  return g_test_run ();
}
