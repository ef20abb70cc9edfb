/* test-url.c - the URLs of files on web seeds, and where redirections may lead
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "webseeds/bt-web-url.h"

#include <string.h>

#define HASH "12345678901234567890"

static BtMetainfo *
parse (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  BtMetainfo *metainfo = bt_metainfo_new_from_bytes (bytes, &error);

  g_assert_no_error (error);
  return metainfo;
}

static BtMetainfo *
make_single (void)
{
  return parse ("d4:infod6:lengthi5e4:name9:a b#%\xc3\xa9.x12:piece lengthi16384e"
                "6:pieces20:" HASH "ee");
}

static BtMetainfo *
make_multi (void)
{
  return parse ("d4:infod5:filesld6:lengthi5e4:pathl5:s u/b3:c?deee4:name4:t&=+"
                "12:piece lengthi16384e6:pieces20:" HASH "ee");
}

typedef struct
{
  const char *base;
  gboolean    is_multi;
  const char *expected;  /* NULL: malformed */
} UrlCase;

static const UrlCase url_cases[] = {
  { "http://h/x.bin", FALSE, "http://h/x.bin" },
  { "http://h:8080/x.bin?k=v%20w", FALSE, "http://h:8080/x.bin?k=v%20w" },
  { "https://h/pub/", FALSE, "https://h/pub/a%20b%23%25%C3%A9.x" },
  { "http://h/", FALSE, "http://h/a%20b%23%25%C3%A9.x" },
  { "http://h", FALSE, "http://h/a%20b%23%25%C3%A9.x" },
  { "http://h/a%20b.bin", FALSE, "http://h/a%20b.bin" },
  { "http://h/pub", TRUE, "http://h/pub/t%26%3D%2B/" },
  { "http://h/pub/", TRUE, "http://h/pub/t%26%3D%2B/" },
  { "http://h", TRUE, "http://h/t%26%3D%2B/" },
  { "http://u:p@h/pub/?q", TRUE, "http://u:p@h/pub/t%26%3D%2B/" },
  { "http://[::1]:81/", FALSE, "http://[::1]:81/a%20b%23%25%C3%A9.x" },
  { "ftp://h/x", FALSE, NULL },
  { "file:///etc/passwd", FALSE, NULL },
  { "http:///x", FALSE, NULL },
  { "http://h:99999/x", FALSE, NULL },
  { "", FALSE, NULL },
};

static void
test_build (void)
{
  g_autoptr (BtMetainfo) single = make_single ();
  g_autoptr (BtMetainfo) multi = make_multi ();

  for (guint i = 0; i < G_N_ELEMENTS (url_cases); i++)
    {
      const UrlCase *c = &url_cases[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) uri = bt_web_url_build (c->base, c->is_multi ? multi : single, 0, &error);
      g_autofree char *text = uri != NULL ? g_uri_to_string (uri) : NULL;

      g_test_message ("%s", c->base);
      g_assert_true (bt_web_url_is_valid (c->base) == (c->expected != NULL));
      if (c->expected == NULL)
        g_assert_error (error, BT_WEB_ERROR, (int) BT_WEB_ERROR_USELESS);
      else if (c->is_multi)
        g_assert_true (g_str_has_prefix (text, c->expected));
      else
        g_assert_cmpstr (text, ==, c->expected);
    }
}

/* The path of a file of several, to its end. */
static void
test_path (void)
{
  g_autoptr (BtMetainfo) multi = parse ("d4:infod5:filesl"
                                        "d6:lengthi5e4:pathl3:s u3:c?dee"
                                        "d6:lengthi5e4:pathl4:%41;ee"
                                        "e4:name1:t12:piece lengthi16384e6:pieces20:" HASH "ee");
  g_autoptr (GUri) first = bt_web_url_build ("http://h/", multi, 0, NULL);
  g_autoptr (GUri) second = bt_web_url_build ("http://h/", multi, 1, NULL);

  g_assert_cmpstr (g_uri_get_path (first), ==, "/t/s%20u/c%3Fd");
  g_assert_cmpstr (g_uri_get_path (second), ==, "/t/%2541%3B");
}

typedef struct
{
  const char *from;
  const char *location;
  const char *expected;  /* NULL: not to be followed */
} FollowCase;

static const FollowCase follow_cases[] = {
  { "http://h/a/b", "/c", "http://h/c" },
  { "http://h/a/b", "c?d", "http://h/a/c?d" },
  { "http://h/a", "//g/a", "http://g/a" },
  { "http://h/a", "https://g/a", "https://g/a" },
  { "https://h/a", "https://g/a", "https://g/a" },
  { "https://h/a", "http://h/a", NULL },
  { "https://h/a", "HTTP://h/a", NULL },
  { "http://h/a", "file:///etc/passwd", NULL },
  { "http://h/a", "ftp://h/a", NULL },
  { "http://h/a", "http://", NULL },
  { "http://h/a", NULL, NULL },
};

static void
test_follow (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (follow_cases); i++)
    {
      const FollowCase *c = &follow_cases[i];
      g_autoptr (GUri) from = g_uri_parse (c->from, G_URI_FLAGS_NONE, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) uri = bt_web_url_follow (from, c->location, &error);
      g_autofree char *text = uri != NULL ? g_uri_to_string (uri) : NULL;

      g_assert_cmpstr (text, ==, c->expected);
      if (c->expected == NULL)
        g_assert_error (error, BT_WEB_ERROR, (int) BT_WEB_ERROR_USELESS);
    }
}

static void
test_long (void)
{
  g_autofree char *tail = g_strnfill (BT_METAINFO_MAX_URL_BYTES, 'x');
  g_autofree char *url = g_strconcat ("http://h/", tail, NULL);

  g_assert_false (bt_web_url_is_valid (url));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/web-url/build", test_build);
  g_test_add_func ("/web-url/path", test_path);
  g_test_add_func ("/web-url/follow", test_follow);
  g_test_add_func ("/web-url/long", test_long);
  return g_test_run ();
}
