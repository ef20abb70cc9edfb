/* test-name-servers.c - what a resolv.conf names
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-name-servers.h"

static const struct
{
  const char *text;
  const char *servers;  /* one after the other, each with a blank behind */
} cases[] = {
  { "", "" },
  { "nameserver 192.0.2.1\n", "192.0.2.1 " },
  { "# a comment\nsearch example.org\nnameserver 192.0.2.1\nnameserver 2001:db8::1",
    "192.0.2.1 2001:db8::1 " },
  { "nameserver\t127.0.0.53\noptions edns0 trust-ad\n", "127.0.0.53 " },
  { "nameserver\nnameserver not-an-address\nnameserver 300.1.1.1\n", "" },
  { "nameserver 0.0.0.0\nnameserver 224.0.0.1\nnameserver ::\n", "" },
  { "nameserver 192.0.2.7 # behind it\n", "192.0.2.7 " },
  { "xnameserver 192.0.2.1\nname server 192.0.2.2\n", "" },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) servers = bt_name_servers_parse (cases[i].text);
      g_autoptr (GString) found = g_string_new (NULL);

      for (guint k = 0; k < servers->len; k++)
        {
          g_autofree char *text = g_inet_address_to_string (g_ptr_array_index (servers, k));

          g_string_append_printf (found, "%s ", text);
        }
      g_assert_cmpstr (found->str, ==, cases[i].servers);
    }
}

static void
test_bounded (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) servers = NULL;

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (text, "nameserver 192.0.2.%u\n", i + 1);
  servers = bt_name_servers_parse (text->str);
  g_assert_cmpuint (servers->len, ==, BT_NAME_SERVERS_MAX);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/name-servers/parse", test_parse);
  g_test_add_func ("/name-servers/bounded", test_bounded);
  return g_test_run ();
}
