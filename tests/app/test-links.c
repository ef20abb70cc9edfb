/* test-links.c - what is found in texts that were dropped, pasted or copied
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "add/freshet-links.h"

#include <string.h>

#define HASH "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a"

typedef struct
{
  const char *text;
  const char *links;  /* joined by '|' */
} TextCase;

static const TextCase text_cases[] = {
  { "", "" },
  { " \n\t\n", "" },
  { "just some words", "" },
  { "/etc", "" },
  { "torrent", "" },
  { ".torrent", "" },
  { "/.torrent", "" },
  { "/a/b.torrent", "/a/b.torrent" },
  { "/a/b c.TORRENT\n", "/a/b c.TORRENT" },
  { "file:///a/b%20c.torrent\r\nfile:///d.torrent\r\n",
    "file:///a/b%20c.torrent|file:///d.torrent" },
  { "# a list\r\nfile:///d.torrent", "file:///d.torrent" },
  { "copy\nfile:///d.torrent", "file:///d.torrent" },
  { "file:///a/picture.png\nfile:///d.torrent", "file:///d.torrent" },
  { "file:///a/picture.png", "file:///a/picture.png" },
  { HASH, HASH },
  { "  " HASH "&dn=A+B&tr=http%3A%2F%2Fx%2Fannounce \n",
    HASH "&dn=A+B&tr=http%3A%2F%2Fx%2Fannounce" },
  { "MAGNET:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a",
    "MAGNET:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a" },
  { "magnet:", "" },
  { HASH "\n" HASH, HASH },
  { "http://x.org/a.torrent", "http://x.org/a.torrent" },
  { "https://x.org/a.torrent?key=1#top", "https://x.org/a.torrent?key=1#top" },
  { "https://x.org/download?id=7", "https://x.org/download?id=7" },
  { "https://x.org/ and https://y.org/", "" },
  { "https://x.org/\nhttps://y.org/a.torrent", "https://y.org/a.torrent" },
  { "https://", "" },
  { "ftp://x.org/a.torrent", "" },
  { "javascript:alert(1)", "" },
  { "Get it here (https://x.org/a.torrent), or there: <https://y.org/b.torrent>.",
    "https://x.org/a.torrent|https://y.org/b.torrent" },
  { "\"" HASH "\" /a/b.torrent", HASH "|/a/b.torrent" },
  { "http://x.org/a.torrent\nhttp://x.org/b.torrent\nhttp://x.org/a.torrent",
    "http://x.org/a.torrent|http://x.org/b.torrent" },
};

static void
test_texts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (text_cases); i++)
    {
      g_auto (GStrv) links = freshet_links_from_text (text_cases[i].text);
      g_autofree char *joined = g_strjoinv ("|", links);

      g_test_message ("%s", text_cases[i].text);
      g_assert_cmpstr (joined, ==, text_cases[i].links);
    }
}

static void
test_bounds (void)
{
  g_autoptr (GString) many = g_string_new (NULL);
  g_autofree char *path = g_strnfill (FRESHET_LINK_MAX_BYTES + 1, 'a');
  g_auto (GStrv) links = NULL;
  g_auto (GStrv) none = NULL;
  g_auto (GStrv) last = NULL;
  g_autoptr (GString) far = g_string_new (NULL);

  for (guint i = 0; i < FRESHET_LINKS_MAX + 10; i++)
    g_string_append_printf (many, "/%u.torrent\n", i);
  links = freshet_links_from_text (many->str);
  g_assert_cmpuint (g_strv_length (links), ==, FRESHET_LINKS_MAX);

  memcpy (path, "http://x/", strlen ("http://x/"));
  none = freshet_links_from_text (path);
  g_assert_cmpuint (g_strv_length (none), ==, 0);

  for (guint i = 0; i < FRESHET_LINKS_MAX_BYTES / 2; i++)
    g_string_append (far, "a\n");
  g_string_append (far, "/late.torrent");
  last = freshet_links_from_text (far->str);
  g_assert_cmpuint (g_strv_length (last), ==, 0);
}

static void
test_uris (void)
{
  const char *const uris[] = { "/any", "file:///b", "/any", "nothing", NULL };
  g_auto (GStrv) links = freshet_links_from_uris (uris);
  g_autofree char *joined = g_strjoinv ("|", links);

  g_assert_cmpstr (joined, ==, "/any|file:///b|nothing");
}

typedef struct
{
  const char  *source;
  FreshetLink  kind;
  gboolean     is_torrent;
  const char  *name;
} SourceCase;

static const SourceCase source_cases[] = {
  { "/a/b%20c.torrent", FRESHET_LINK_FILE, TRUE, "b%20c.torrent" },
  { "file:///a/b%20c.torrent", FRESHET_LINK_FILE, TRUE, "b c.torrent" },
  { "http://x.org/d%C3%A9.torrent?a=/b", FRESHET_LINK_WEB, TRUE, "dé.torrent" },
  { "http://x.org/%zz.torrent", FRESHET_LINK_WEB, TRUE, "http://x.org/%zz.torrent" },
  { "http://x.org/", FRESHET_LINK_WEB, FALSE, "http://x.org/" },
  { HASH "&dn=Some+Name%21", FRESHET_LINK_MAGNET, FALSE, "Some Name!" },
  { HASH, FRESHET_LINK_MAGNET, FALSE, HASH },
  { "word", FRESHET_LINK_OTHER, FALSE, "word" },
  { "/\xff.torrent", FRESHET_LINK_FILE, TRUE, "\xef\xbf\xbd.torrent" },
};

static void
test_sources (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (source_cases); i++)
    {
      const SourceCase *c = &source_cases[i];
      g_autofree char *name = freshet_link_dup_name (c->source);

      g_test_message ("%s", c->source);
      g_assert_cmpint (freshet_link_get_kind (c->source), ==, c->kind);
      g_assert_cmpint (freshet_link_is_torrent (c->source), ==, c->is_torrent);
      g_assert_cmpstr (name, ==, c->name);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/links/texts", test_texts);
  g_test_add_func ("/links/bounds", test_bounds);
  g_test_add_func ("/links/uris", test_uris);
  g_test_add_func ("/links/sources", test_sources);

  return g_test_run ();
}
