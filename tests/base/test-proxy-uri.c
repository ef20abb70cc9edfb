/* test-proxy-uri.c - proxies as people write them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-proxy-uri.h"

#include <string.h>

static void
test_parse (void)
{
  static const struct
  {
    const char *uri;
    BtProxyKind kind;   /* NONE: it is none */
    const char *host;
    guint16     port;
    const char *user;
    const char *password;
  } cases[] = {
    { "socks5://192.0.2.1:9050", BT_PROXY_SOCKS5, "192.0.2.1", 9050, "", "" },
    { "SOCKS5://192.0.2.1", BT_PROXY_SOCKS5, "192.0.2.1", 1080, "", "" },
    { "socks5h://box.example/", BT_PROXY_SOCKS5, "box.example", 1080, "", "" },
    { "http://[2001:db8::1]:3128", BT_PROXY_HTTP, "2001:db8::1", 3128, "", "" },
    { "http://ann:p%40ss%3Aword%2F%25@box.example", BT_PROXY_HTTP, "box.example", 8080, "ann",
      "p@ss:word/%" },
    { "socks5://ann@box.example", BT_PROXY_SOCKS5, "box.example", 1080, "ann", "" },
    { "", BT_PROXY_NONE },
    { "box.example:1080", BT_PROXY_NONE },
    { "socks4://box.example", BT_PROXY_NONE },
    { "https://box.example", BT_PROXY_NONE },
    { "socks5://", BT_PROXY_NONE },
    { "socks5://:1080", BT_PROXY_NONE },
    { "socks5://box.example:0", BT_PROXY_NONE },
    { "socks5://box.example:65536", BT_PROXY_NONE },
    { "socks5://box.example/path", BT_PROXY_NONE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtProxy proxy = { .for_peers = TRUE };
      const BtProxy untouched = proxy;

      g_test_message ("%s", cases[i].uri);
      g_assert_true (bt_proxy_parse_uri (cases[i].uri, &proxy) == (cases[i].kind != BT_PROXY_NONE));
      if (cases[i].kind == BT_PROXY_NONE)
        {
          g_assert_cmpmem (&proxy, sizeof proxy, &untouched, sizeof untouched);
          continue;
        }
      g_assert_cmpint (proxy.kind, ==, cases[i].kind);
      g_assert_cmpstr (proxy.host, ==, cases[i].host);
      g_assert_cmpuint (proxy.port, ==, cases[i].port);
      g_assert_cmpstr (proxy.user, ==, cases[i].user);
      g_assert_cmpstr (proxy.password, ==, cases[i].password);
      g_assert_true (proxy.for_peers);
    }
}

static void
test_too_long (void)
{
  g_autofree char *word = g_strnfill (256, 'x');
  g_autofree char *host = g_strconcat ("socks5://", word, NULL);
  g_autofree char *user = g_strconcat ("socks5://", word, "@box.example", NULL);
  g_autofree char *password = g_strconcat ("socks5://ann:", word, "@box.example", NULL);
  BtProxy proxy = { 0 };

  g_assert_false (bt_proxy_parse_uri (host, &proxy));
  g_assert_false (bt_proxy_parse_uri (user, &proxy));
  g_assert_false (bt_proxy_parse_uri (password, &proxy));
}

static void
test_equal (void)
{
  BtProxy a = { .kind = BT_PROXY_SOCKS5, .port = 1, .host = "a" };
  BtProxy b = a;
  BtProxy none = { .port = 7 };
  BtProxy other_none = { .port = 8 };

  /* What is behind the end of a word does not count. */
  memcpy (b.host + 2, "rest", 4);
  g_assert_true (bt_proxy_equal (&a, &b));
  b.for_peers = TRUE;
  g_assert_false (bt_proxy_equal (&a, &b));
  g_assert_true (bt_proxy_equal (&none, &other_none));
  g_assert_false (bt_proxy_equal (&none, &a));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/proxy-uri/parse", test_parse);
  g_test_add_func ("/base/proxy-uri/too-long", test_too_long);
  g_test_add_func ("/base/proxy-uri/equal", test_equal);
  return g_test_run ();
}
