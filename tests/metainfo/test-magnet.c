/* test-magnet.c - magnet links as pages, people and other clients write them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "metainfo/bt-magnet.h"

#include "notation.h"

#include <string.h>

#define V1     "c12fe1c06bba254a9dc9f519b335aa7c1367a88a"
#define V1_32  "YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK"
#define V2     "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e"
#define MAGNET "magnet:?xt=urn:btih:" V1
#define OTHER  "0000000000000000000000000000000000000001"
#define P1     "'piece length':16384 pieces:'h'*20"
#define INFO   "{length:5 name:'t' " P1 "}"

/* What is understood, as we would write it. */
static const struct
{
  const char *uri;
  const char *expected;
} good[] = {
  { MAGNET, MAGNET },
  { "MAGNET:?XT=URN:BTIH:C12FE1C06BBA254A9DC9F519B335AA7C1367A88A", MAGNET },
  { "  \n" MAGNET "\r\n", MAGNET },
  { "magnet://?xt=urn:btih:" V1, MAGNET },
  { "magnet:/?xt=urn:btih:" V1, MAGNET },
  { "magnet:xt=urn:btih:" V1, MAGNET },
  { "magnet:?xt=urn:btih:" V1_32, MAGNET },
  { "magnet:?xt=urn:btih:yex6dqdlxisuvhoj6um3gnnkpqjwpkek", MAGNET },
  { "magnet:?xt.1=urn:btih:" V1 "&xt.2=urn:btih:" V1_32, MAGNET },
  { "magnet:?xt=urn%3abtih%3A" V1, MAGNET },
  { "magnet:?xt=urn:btmh:1220" V2, "magnet:?xt=urn:btmh:1220" V2 },
  { MAGNET "&xt=urn:btmh:1220" V2, MAGNET "&xt=urn:btmh:1220" V2 },
  { "magnet:?xt=urn:btmh:1220" V2 "&xt=urn:btih:" V1, MAGNET "&xt=urn:btmh:1220" V2 },
  /* Others' topics and what we do not know. */
  { "magnet:?xt=urn:ed2k:354B15E68FB8F36D7CD88FF94116CDC1&xt=urn:btih:" V1 "&kt=a+b&as=http://x/",
    MAGNET },
  { "magnet:?xt=urn:btih:garbage&xt=urn:btmh:1220" V2, "magnet:?xt=urn:btmh:1220" V2 },
  { MAGNET "&&&=&dn&a=&so=&x.pe=", MAGNET },
  /* Names. */
  { MAGNET "&dn=A+b%20c%2Bd", MAGNET "&dn=A%20b%20c%2Bd" },
  { MAGNET "&amp;dn=a&AMP;xl=7", MAGNET "&dn=a&xl=7" },
  { MAGNET "&#38;dn=a&#x26;xl=7", MAGNET "&dn=a&xl=7" },
  { MAGNET "&dn=%C3%A4%E2%80%AEb", MAGNET "&dn=%C3%A4%EF%BF%BDb" },
  { MAGNET "&dn=100%", MAGNET "&dn=100%25" },
  { MAGNET "&dn=%zz%4", MAGNET "&dn=%25zz%254" },
  { MAGNET "&dn=%20+%20", MAGNET },
  { MAGNET "&dn=a&dn=b", MAGNET "&dn=b" },
  { MAGNET "&dn=a=b", MAGNET "&dn=a%3Db" },
  /* Trackers and web seeds. */
  { MAGNET "&tr=udp%3A%2F%2Fx%3A1%2Fannounce&tr.2=http://y/a?b=c+d",
    MAGNET "&tr=udp%3A%2F%2Fx%3A1%2Fannounce&tr=http%3A%2F%2Fy%2Fa%3Fb%3Dc%2Bd" },
  { MAGNET "&tr=udp://x:1&tr=udp://x:1&tr=ftp://x/&tr=wss://x/&tr=&tr=http://a%00b/",
    MAGNET "&tr=udp%3A%2F%2Fx%3A1" },
  { MAGNET "&ws=https://x/y%20z&ws=https://x/y%2520z", MAGNET "&ws=https%3A%2F%2Fx%2Fy%2520z" },
  /* Peers: those of no port, of many or everybody, are none. */
  { MAGNET "&x.pe=1.2.3.4:5&x.pe=%5B2001%3Adb8%3A%3A1%5D%3A6&x.pe=1.2.3.4:5",
    MAGNET "&x.pe=1.2.3.4:5&x.pe=[2001:db8::1]:6" },
  { MAGNET "&x.pe=1.2.3.4&x.pe=1.2.3.4:0&x.pe=0.0.0.0:1&x.pe=224.0.0.1:2&x.pe=::1", MAGNET },
  { MAGNET "&x.pe=Example.org:80&x.pe=x:0&x.pe=:1&x.pe=a/b:1&x.pe=x:99999&x.pe=x:1 ",
    MAGNET "&x.pe=Example.org:80&x.pe=x:1" },
  /* Files. */
  { MAGNET "&so=0,2,4,6-8", MAGNET "&so=0,2,4,6-8" },
  { MAGNET "&so=6-8,4,5,1-1,7-12,0", MAGNET "&so=0-1,4-12" },
  { MAGNET "&so=5-3,-1,3-,a,1a,2-3b,%202,9", MAGNET "&so=9" },
  { MAGNET "&so=999999-99999999999999999999999,1000000", MAGNET "&so=999999" },
  { MAGNET "&so=18446744073709551616,2", MAGNET "&so=2" },
  { MAGNET "&so=1&so=3", MAGNET "&so=1,3" },
  { MAGNET "&xl=12345", MAGNET "&xl=12345" },
  { MAGNET "&xl=-1&xl=1k&xl=99999999999999999999", MAGNET },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (good[i].uri, &error);
      g_autoptr (BtMagnet) again = NULL;
      g_autofree char *uri = NULL;
      g_autofree char *uri_again = NULL;

      g_test_message ("%s", good[i].uri);
      g_assert_no_error (error);
      uri = bt_magnet_to_uri (magnet);
      g_assert_cmpstr (uri, ==, good[i].expected);
      again = bt_magnet_new_from_uri (uri, &error);
      g_assert_no_error (error);
      uri_again = bt_magnet_to_uri (again);
      g_assert_cmpstr (uri_again, ==, uri);
    }
}

static const struct
{
  const char    *uri;
  BtMagnetError  code;
} bad[] = {
  { "", BT_MAGNET_ERROR_NOT_A_MAGNET },
  { "http://x/", BT_MAGNET_ERROR_NOT_A_MAGNET },
  { "magnet", BT_MAGNET_ERROR_NOT_A_MAGNET },
  { V1, BT_MAGNET_ERROR_NOT_A_MAGNET },
  { "magnet:", BT_MAGNET_ERROR_NO_HASH },
  { "magnet:?dn=a", BT_MAGNET_ERROR_NO_HASH },
  { "magnet:?xt=", BT_MAGNET_ERROR_NO_HASH },
  { "magnet:?xt=urn:ed2k:354B15E68FB8F36D7CD88FF94116CDC1", BT_MAGNET_ERROR_NO_HASH },
  { "magnet:?xt=urn:btih:", BT_MAGNET_ERROR_BAD_HASH },
  { "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88", BT_MAGNET_ERROR_BAD_HASH },
  { "magnet:?xt=urn:btih:" V1 "0", BT_MAGNET_ERROR_BAD_HASH },
  { "magnet:?xt=urn:btih:g12fe1c06bba254a9dc9f519b335aa7c1367a88a", BT_MAGNET_ERROR_BAD_HASH },
  { "magnet:?xt=urn:btih:" V1 "%00", BT_MAGNET_ERROR_NO_HASH },
  { "magnet:?xt=urn:btih:1EX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK", BT_MAGNET_ERROR_BAD_HASH },
  { "magnet:?xt=urn:btmh:1120" V2, BT_MAGNET_ERROR_BAD_HASH },
  { "magnet:?xt=urn:btmh:" V2, BT_MAGNET_ERROR_BAD_HASH },
  { MAGNET "&xt=urn:btih:" OTHER, BT_MAGNET_ERROR_AMBIGUOUS },
  { "magnet:?xt=urn:btmh:1220" V2 "&xt=urn:btmh:1220" "0000"
    "e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e", BT_MAGNET_ERROR_AMBIGUOUS },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (bad[i].uri, &error);

      g_test_message ("%s", bad[i].uri);
      g_assert_error (error, BT_MAGNET_ERROR, (int) bad[i].code);
      g_assert_null (magnet);
      g_assert_true (g_ascii_isupper (error->message[0]));
    }
}

/* However many there are, only so many are kept, and the whole is refused when it is absurd. */
static void
test_bounds (void)
{
  g_autoptr (GString) uri = g_string_new (MAGNET "&dn=");
  g_autoptr (BtMagnet) magnet = NULL;
  g_autoptr (BtMagnet) again = NULL;
  g_autofree char *text = NULL;
  g_autofree char *text_again = NULL;
  g_autoptr (GError) error = NULL;
  guint n;

  for (guint i = 0; i < 3000; i++)
    g_string_append (uri, "%C3%A4");
  for (guint i = 0; i < 300; i++)
    g_string_append_printf (uri, "&tr=http://t%u/&ws=http://w%u/&x.pe=1.1.1.1:%u&x.pe=h%u:1", i, i,
                            i + 1, i);
  g_string_append (uri, "&so=0");
  for (guint i = 0; i < 3000; i++)
    g_string_append_printf (uri, ",%u", 2 * i);
  magnet = bt_magnet_new_from_uri (uri->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length ((char **) bt_magnet_get_trackers (magnet)), ==,
                    BT_MAGNET_MAX_TRACKERS);
  g_assert_cmpuint (g_strv_length ((char **) bt_magnet_get_web_seeds (magnet)), ==,
                    BT_MAGNET_MAX_WEB_SEEDS);
  g_assert_cmpuint (g_strv_length ((char **) bt_magnet_get_peer_hosts (magnet)), ==,
                    BT_MAGNET_MAX_PEERS);
  bt_magnet_get_peers (magnet, &n);
  g_assert_cmpuint (n, ==, BT_MAGNET_MAX_PEERS);
  bt_magnet_get_ranges (magnet, &n);
  g_assert_cmpuint (n, ==, BT_MAGNET_MAX_RANGES - 1);  /* 0 came twice */
  g_assert_cmpuint (strlen (bt_magnet_get_name (magnet)), ==, BT_MAGNET_MAX_NAME_BYTES);
  text = bt_magnet_to_uri (magnet);
  again = bt_magnet_new_from_uri (text, &error);
  g_assert_no_error (error);
  text_again = bt_magnet_to_uri (again);
  g_assert_cmpstr (text, ==, text_again);

  for (guint i = 0; i < BT_MAGNET_MAX_PARAMETERS; i++)
    g_string_append (uri, "&a=b");
  g_assert_null (bt_magnet_new_from_uri (uri->str, &error));
  g_assert_error (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_string_set_size (uri, BT_MAGNET_MAX_BYTES + 1);
  memset (uri->str, 'x', uri->len);
  memcpy (uri->str, "magnet:?", 8);
  g_assert_null (bt_magnet_new_from_uri (uri->str, &error));
  g_assert_error (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_TOO_LARGE);
}

static void
test_questions (void)
{
  g_autoptr (BtMagnet) magnet = NULL;
  g_autoptr (BtMagnet) plain = NULL;
  g_autofree char *title = NULL;
  g_autofree char *plain_title = NULL;
  const char *const *const *tiers;

  magnet = bt_magnet_new_from_uri (MAGNET "&xt=urn:btmh:1220" V2 "&dn=n&so=1,3-4&tr=http://a/"
                                   "&tr=udp://b:1", NULL);
  plain = bt_magnet_new_from_uri ("magnet:?xt=urn:btmh:1220" V2, NULL);
  g_assert_false (bt_magnet_wants_file (magnet, 0));
  g_assert_true (bt_magnet_wants_file (magnet, 1));
  g_assert_false (bt_magnet_wants_file (magnet, 2));
  g_assert_true (bt_magnet_wants_file (magnet, 4));
  g_assert_false (bt_magnet_wants_file (magnet, 5));
  g_assert_true (bt_magnet_wants_file (plain, 5));
  title = bt_magnet_dup_title (magnet);
  plain_title = bt_magnet_dup_title (plain);
  g_assert_cmpstr (title, ==, "n");
  g_assert_cmpstr (plain_title, ==, V2);
  g_assert_null (bt_magnet_get_name (plain));
  g_assert_null (bt_magnet_get_info_hash_v1 (plain));
  g_assert_true (bt_magnet_get_info_hash (plain) == bt_magnet_get_info_hash_v2 (plain));
  g_assert_true (bt_magnet_get_info_hash (magnet) == bt_magnet_get_info_hash_v1 (magnet));
  g_assert_cmpmem (bt_magnet_get_info_hash (magnet), 2, "\xc1\x2f", 2);
  tiers = bt_magnet_get_tiers (magnet);
  g_assert_cmpstr (tiers[0][0], ==, "http://a/");
  g_assert_null (tiers[0][1]);
  g_assert_cmpstr (tiers[1][0], ==, "udp://b:1");
  g_assert_null (tiers[2]);
  g_assert_null (bt_magnet_get_tiers (plain)[0]);
  g_assert_true (bt_magnet_is_uri (" Magnet:?x"));
  g_assert_false (bt_magnet_is_uri ("magnets:?x"));
}

/* --- To and from a torrent --- */

static BtMetainfo *
load (const char *notation)
{
  g_autoptr (GBytes) bytes = notation_to_bytes (notation);
  g_autoptr (GError) error = NULL;
  BtMetainfo *metainfo = bt_metainfo_new_from_bytes (bytes, &error);

  g_assert_no_error (error);
  return metainfo;
}

static BtMetainfo *
load_fixture (const char *name)
{
  g_autofree char *base = g_strconcat (name, ".b64", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "metainfo", "data", base, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;
  BtMetainfo *metainfo;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_base64_decode_inplace (text, &n_bytes);
  bytes = g_bytes_new (text, n_bytes);
  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return metainfo;
}

/* A link, the torrent found by it, and its file read again: the same torrent all along. */
static void
assert_comes_back (BtMetainfo *metainfo)
{
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_metainfo (metainfo, NULL);
  g_autofree char *uri = bt_magnet_to_uri (magnet);
  g_autoptr (BtMagnet) parsed = NULL;
  g_autoptr (BtMagnet) from_again = NULL;
  g_autofree char *uri_again = NULL;
  g_autoptr (BtMetainfo) found = NULL;
  g_autoptr (BtMetainfo) again = NULL;
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GBytes) file_again = NULL;
  g_autoptr (GError) error = NULL;

  parsed = bt_magnet_new_from_uri (uri, &error);
  g_assert_no_error (error);
  found = bt_metainfo_new_from_magnet (parsed, bt_metainfo_get_info_bytes (metainfo), &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bt_metainfo_get_info_bytes (found),
                                bt_metainfo_get_info_bytes (metainfo)));
  file = bt_metainfo_dup_file (found, NULL);
  again = bt_metainfo_new_from_bytes (file, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_metainfo_has_v1 (again), ==, bt_metainfo_has_v1 (metainfo));
  g_assert_cmpuint (bt_metainfo_has_v2 (again), ==, bt_metainfo_has_v2 (metainfo));
  g_assert_true (g_bytes_equal (bt_metainfo_get_info_bytes (again),
                                bt_metainfo_get_info_bytes (metainfo)));
  file_again = bt_metainfo_dup_file (again, NULL);
  g_assert_true (g_bytes_equal (file, file_again));
  from_again = bt_magnet_new_from_metainfo (again, NULL);
  uri_again = bt_magnet_to_uri (from_again);
  g_assert_cmpstr (uri_again, ==, uri);
}

static void
test_torrents (void)
{
  static const char *const fixtures[] = {
    "multi-hybrid", "multi-v2", "single-hybrid", "single-v2",
  };
  static const char *const torrents[] = {
    "{info:" INFO "}",
    "{announce:'http://x/' 'announce-list':[['http://x/'] ['udp://y:1']] info:" INFO
    "'url-list':['http://a/b c' 'http://a/']}",
    "{announce:'http://x/' info:{files:[{length:3 path:['a']} {length:2 path:['b']}] name:'ä &=?' "
    P1 "}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (torrents); i++)
    {
      g_autoptr (BtMetainfo) metainfo = load (torrents[i]);

      assert_comes_back (metainfo);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (fixtures); i++)
    {
      g_autoptr (BtMetainfo) metainfo = load_fixture (fixtures[i]);

      g_test_message ("%s", fixtures[i]);
      assert_comes_back (metainfo);
    }
}

static void
test_tiers (void)
{
  const char *const first[] = { "http://a/", "http://b/", NULL };
  const char *const second[] = { "http://a/", "gopher://c/", NULL };
  const char *const *tiers[] = { first, second, NULL };
  const char *const *none[] = { NULL };
  g_autoptr (BtMetainfo) metainfo = load ("{announce:'http://own/' info:" INFO "}");
  g_autoptr (BtMagnet) own = bt_magnet_new_from_metainfo (metainfo, NULL);
  g_autoptr (BtMagnet) others = bt_magnet_new_from_metainfo (metainfo, tiers);
  g_autoptr (BtMagnet) nobody = bt_magnet_new_from_metainfo (metainfo, none);
  g_autofree char *text = g_strjoinv (" ", (char **) bt_magnet_get_trackers (others));

  g_assert_cmpstr (bt_magnet_get_trackers (own)[0], ==, "http://own/");
  g_assert_cmpstr (text, ==, "http://a/ http://b/");
  g_assert_null (bt_magnet_get_trackers (nobody)[0]);
}

/* Each hash that the link has must be right; a hybrid may come by one of them. */
static void
test_hashes (void)
{
  g_autoptr (BtMetainfo) metainfo = load_fixture ("multi-hybrid");
  g_autoptr (BtMetainfo) only_v2 = load_fixture ("multi-v2");
  g_autoptr (BtMagnet) both = bt_magnet_new_from_metainfo (metainfo, NULL);
  g_autoptr (BtMagnet) other = bt_magnet_new_from_metainfo (only_v2, NULL);
  g_autofree char *uri = bt_magnet_to_uri (both);
  g_autofree char *other_uri = bt_magnet_to_uri (other);
  const char *first = strstr (uri, "xt=");
  const char *second = strstr (uri, "xt=urn:btmh");
  const char *other_second = strstr (other_uri, "xt=urn:btmh");
  g_autofree char *v1 = g_strdup_printf ("magnet:?%.*s", (int) (second - first), first);
  g_autofree char *v2 = g_strdup_printf ("magnet:?%s", second);
  g_autofree char *mixed = g_strdup_printf ("%s&%s", v1, other_second);
  const struct
  {
    const char *uri;
    BtMetainfo *metainfo;
    gboolean    is_good;
  } cases[] = {
    { uri, metainfo, TRUE }, { v1, metainfo, TRUE }, { v2, metainfo, TRUE },
    { mixed, metainfo, FALSE }, { mixed, only_v2, FALSE }, { v1, only_v2, FALSE },
    { v2, only_v2, FALSE }, { other_uri, only_v2, TRUE }, { MAGNET, metainfo, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (cases[i].uri, &error);
      g_autoptr (BtMetainfo) found = NULL;

      g_assert_no_error (error);
      found = bt_metainfo_new_from_magnet (magnet, bt_metainfo_get_info_bytes (cases[i].metainfo),
                                           &error);
      g_test_message ("%s", cases[i].uri);
      g_assert_cmpuint (found != NULL, ==, cases[i].is_good);
      if (!cases[i].is_good)
        g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_INVALID);
    }
}

/* What is no info dictionary is an error, whatever it hashes to. */
static void
test_bad_info (void)
{
  static const char *const infos[] = {
    "", "i0e", "le", "de", "d4:name1:ae", "dede", "d", "5:abcde",
  };
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (MAGNET, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      g_autoptr (GBytes) info = g_bytes_new_static (infos[i], strlen (infos[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (bt_metainfo_new_from_magnet (magnet, info, &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == BT_METAINFO_ERROR);
    }
}

static void
assert_selecting (const char          *uri,
                  const BtMagnetRange *ranges,
                  guint                n_ranges,
                  const char          *expected)
{
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (uri, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BtMagnet) selecting = bt_magnet_new_selecting (magnet, ranges, n_ranges, &error);
  g_autofree char *written = NULL;

  g_assert_no_error (error);
  written = bt_magnet_to_uri (selecting);
  g_assert_cmpstr (written, ==, expected);
}

static void
test_selecting (void)
{
  const BtMagnetRange ranges[] = { { 7, 9 }, { 2, 2 }, { 3, 4 } };
  g_autofree BtMagnetRange *many = g_new (BtMagnetRange, BT_MAGNET_MAX_RANGES + 1);
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (MAGNET, NULL);
  g_autoptr (GError) error = NULL;

  assert_selecting (MAGNET "&dn=a&so=0,5", ranges, 3, MAGNET "&dn=a&so=2-4,7-9");
  assert_selecting (MAGNET "&so=0,5", NULL, 0, MAGNET);
  for (guint i = 0; i <= BT_MAGNET_MAX_RANGES; i++)
    many[i] = (BtMagnetRange) { 2 * i, 2 * i };
  g_assert_null (bt_magnet_new_selecting (magnet, many, BT_MAGNET_MAX_RANGES + 1, &error));
  g_assert_error (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_TOO_LARGE);
}

/* Each file is looked for among all ranges: a million times a thousand takes seconds when it is done one by one. */
static void
test_many_ranges (void)
{
  g_autofree BtMagnetRange *many = g_new (BtMagnetRange, BT_MAGNET_MAX_RANGES);
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (MAGNET, NULL);
  g_autoptr (BtMagnet) selecting = NULL;
  guint n_wanted = 0;

  for (guint i = 0; i < BT_MAGNET_MAX_RANGES; i++)
    many[i] = (BtMagnetRange) { 10 + 5 * i, 10 + 5 * i + i % 3 };
  selecting = bt_magnet_new_selecting (magnet, many, BT_MAGNET_MAX_RANGES, NULL);
  for (guint file = 0; file < BT_METAINFO_MAX_FILES; file++)
    {
      guint number = file >= 10 ? (file - 10) / 5 : G_MAXUINT;
      gboolean is_wanted = number < BT_MAGNET_MAX_RANGES && (file - 10) % 5 <= number % 3;

      g_assert_cmpint (bt_magnet_wants_file (selecting, file), ==, is_wanted);
      n_wanted += is_wanted ? 1 : 0;
    }
  g_assert_cmpuint (n_wanted, ==, 2047);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metainfo/magnet/good", test_good);
  g_test_add_func ("/metainfo/magnet/bad", test_bad);
  g_test_add_func ("/metainfo/magnet/bounds", test_bounds);
  g_test_add_func ("/metainfo/magnet/selecting", test_selecting);
  g_test_add_func ("/metainfo/magnet/many-ranges", test_many_ranges);
  g_test_add_func ("/metainfo/magnet/questions", test_questions);
  g_test_add_func ("/metainfo/magnet/torrents", test_torrents);
  g_test_add_func ("/metainfo/magnet/tiers", test_tiers);
  g_test_add_func ("/metainfo/magnet/hashes", test_hashes);
  g_test_add_func ("/metainfo/magnet/bad-info", test_bad_info);
  return g_test_run ();
}
