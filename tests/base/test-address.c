/* test-address.c - addresses: text, sockaddr, compact forms, kinds
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#define DEFAULT_PORT 6881

static const struct
{
  const char *text;
  const char *expected;  /* NULL: refused */
} parse_cases[] = {
  { "1.2.3.4", "1.2.3.4:6881" },
  { "1.2.3.4:80", "1.2.3.4:80" },
  { "1.2.3.4:0", "1.2.3.4:0" },
  { "255.255.255.255:65535", "255.255.255.255:65535" },
  { "::", "[::]:6881" },
  { "::1", "[::1]:6881" },
  { "[::1]", "[::1]:6881" },
  { "[::1]:80", "[::1]:80" },
  { "2001:DB8:0:0::7", "[2001:db8::7]:6881" },
  { "[1:2:3:4:5:6:7:8]:9", "[1:2:3:4:5:6:7:8]:9" },
  { "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
  { "::ffff:1.2.3.4", "1.2.3.4:6881" },
  { "[::ffff:102:304]:80", "1.2.3.4:80" },
  { "64:ff9b::1.2.3.4", "[64:ff9b::102:304]:6881" },
  { "", NULL },
  { ":", NULL },
  { ":80", NULL },
  { "[", NULL },
  { "[]", NULL },
  { "[]:80", NULL },
  { "[::1", NULL },
  { "[::1]80", NULL },
  { "[::1]:", NULL },
  { "[::1]:x", NULL },
  { "[::1]:80 ", NULL },
  { "[[::1]]:80", NULL },
  { "[1.2.3.4]:80", NULL },
  { "::1%eth0", NULL },
  { "[fe80::1%1]:80", NULL },
  { ":::", NULL },
  { "1:2:3:4:5:6:7:8:9", NULL },
  { "12345::", NULL },
  { "1.2.3", NULL },
  { "1.2.3.4.5", NULL },
  { "1.2.3.256", NULL },
  { "01.2.3.4", NULL },
  { "0x1.2.3.4", NULL },
  { " 1.2.3.4", NULL },
  { "1.2.3.4 ", NULL },
  { "1.2.3.4:", NULL },
  { "1.2.3.4:-1", NULL },
  { "1.2.3.4:+1", NULL },
  { "1.2.3.4:65536", NULL },
  { "1.2.3.4:000080", NULL },
  { "1.2.3.4:99999999999999999999", NULL },
  { "1.2.3.4:80:90", NULL },
  { "16909060", NULL },
  { "localhost", NULL },
  { "example.org:80", NULL },
  { "1111111111111111111111111111111111111111111111111111111111111111111111.2.3.4", NULL },
  { "[0000000000000000000000000000000000000000000000000000000000000000000000::1]:80", NULL },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parse_cases); i++)
    {
      char buffer[BT_ADDRESS_STRING_BYTES];
      BtAddress address;
      BtAddress before;
      gboolean is_good;

      memset (&address, 0xaa, sizeof address);
      before = address;
      g_test_message ("\"%s\"", parse_cases[i].text);
      is_good = bt_address_parse (parse_cases[i].text, DEFAULT_PORT, &address);
      g_assert_cmpint (is_good, ==, parse_cases[i].expected != NULL);
      if (is_good)
        g_assert_cmpstr (bt_address_to_string (&address, buffer), ==, parse_cases[i].expected);
      else
        g_assert_true (memcmp (&address, &before, sizeof address) == 0);
    }
}

static void
test_strings (void)
{
  BtAddress none = { 0 };
  BtAddress address;
  char buffer[BT_ADDRESS_STRING_BYTES];

  g_assert_cmpstr (bt_address_to_string (&none, buffer), ==, "");
  g_assert_cmpstr (bt_address_ip_to_string (&none, buffer), ==, "");
  g_assert_true (bt_address_parse ("[::1]:80", 0, &address));
  g_assert_cmpstr (bt_address_ip_to_string (&address, buffer), ==, "::1");
  g_assert_true (bt_address_parse ("1.2.3.4:80", 0, &address));
  g_assert_cmpstr (bt_address_ip_to_string (&address, buffer), ==, "1.2.3.4");
}

static const char *round_trip_cases[] = {
  "1.2.3.4:80", "0.0.0.0:0", "255.255.255.255:65535",
  "[::1]:80",   "[::]:0",    "[2001:db8::ff00:1]:51413",
};

static void
test_sockaddr (void)
{
  struct sockaddr_storage sa;
  BtAddress none = { 0 };

  g_assert_cmpuint (bt_address_to_sockaddr (&none, &sa), ==, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (round_trip_cases); i++)
    {
      BtAddress address;
      BtAddress back;
      socklen_t length;

      g_assert_true (bt_address_parse (round_trip_cases[i], 0, &address));
      length = bt_address_to_sockaddr (&address, &sa);
      g_assert_cmpuint (length, >, 0);
      g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &back));
      g_assert_true (bt_address_equal (&address, &back));
      /* What the kernel would have cut off is never read. */
      for (socklen_t shorter = 0; shorter < length; shorter++)
        g_assert_false (bt_address_from_sockaddr ((struct sockaddr *) &sa, shorter, &back));
    }
}

static void
test_sockaddr_foreign (void)
{
  struct sockaddr_in6 mapped = { .sin6_family = AF_INET6, .sin6_port = g_htons (80) };
  struct sockaddr_un local = { .sun_family = AF_UNIX };
  BtAddress address;
  char buffer[BT_ADDRESS_STRING_BYTES];

  g_assert_cmpint (inet_pton (AF_INET6, "::ffff:1.2.3.4", &mapped.sin6_addr), ==, 1);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &mapped, sizeof mapped, &address));
  g_assert_cmpstr (bt_address_to_string (&address, buffer), ==, "1.2.3.4:80");
  g_assert_false (bt_address_from_sockaddr ((struct sockaddr *) &local, sizeof local, &address));
}

static void
test_compact (void)
{
  static const guint8 mapped[18] = { [10] = 0xff, [11] = 0xff, 1, 2, 3, 4, 0x1a, 0xe1 };
  BtAddress none = { 0 };
  BtAddress back;
  guint8 bytes[18];
  char buffer[BT_ADDRESS_STRING_BYTES];

  for (gsize i = 0; i < G_N_ELEMENTS (round_trip_cases); i++)
    {
      BtAddress address;
      gsize n_bytes;

      g_assert_true (bt_address_parse (round_trip_cases[i], 0, &address));
      n_bytes = bt_address_to_compact (&address, bytes);
      g_assert_cmpuint (n_bytes, ==, round_trip_cases[i][0] == '[' ? 18 : 6);
      if (n_bytes == 6)
        bt_address_from_compact4 (bytes, &back);
      else
        bt_address_from_compact6 (bytes, &back);
      g_assert_true (bt_address_equal (&address, &back));
      g_assert_cmpuint (bt_address_hash (&address), ==, bt_address_hash (&back));
    }

  g_assert_cmpuint (bt_address_to_compact (&none, bytes), ==, 0);

  bt_address_from_compact6 (mapped, &back);
  g_assert_cmpstr (bt_address_to_string (&back, buffer), ==, "1.2.3.4:6881");
  g_assert_cmpuint (bt_address_to_compact (&back, bytes), ==, 6);
  g_assert_cmpmem (bytes, 6, mapped + 12, 6);
}

static void
test_equal (void)
{
  BtAddress a;
  BtAddress other_port;
  BtAddress other_ip;
  BtAddress other_family = { .ip = { 1, 2, 3, 4 }, .port = 80, .family = BT_FAMILY_IPV6 };

  g_assert_true (bt_address_parse ("1.2.3.4:80", 0, &a));
  g_assert_true (bt_address_parse ("1.2.3.4:81", 0, &other_port));
  g_assert_true (bt_address_parse ("1.2.3.5:80", 0, &other_ip));

  g_assert_true (bt_address_equal (&a, &a));
  g_assert_false (bt_address_equal (&a, &other_port));
  g_assert_true (bt_address_equal_ip (&a, &other_port));
  g_assert_false (bt_address_equal (&a, &other_ip));
  g_assert_false (bt_address_equal_ip (&a, &other_ip));
  g_assert_false (bt_address_equal_ip (&a, &other_family));
}

/* Neighbours must not share a bucket more often than chance has it. */
static void
test_hash_spreads (void)
{
  guint n_in_bucket[256] = { 0 };

  for (guint i = 0; i < 65536; i++)
    {
      guint8 bytes[6] = { 10, 0, (guint8) (i >> 8), (guint8) i, 0x1a, 0xe1 };
      BtAddress address;

      bt_address_from_compact4 (bytes, &address);
      n_in_bucket[bt_address_hash (&address) % 256]++;
    }
  for (guint i = 0; i < 256; i++)
    {
      g_assert_cmpuint (n_in_bucket[i], >, 128);
      g_assert_cmpuint (n_in_bucket[i], <, 512);
    }
}

static const struct
{
  const char *text;
  gboolean    is_loopback;
  gboolean    is_local;
  gboolean    is_connectable;
} kind_cases[] = {
  { "127.0.0.1:1", TRUE, TRUE, TRUE },
  { "127.255.0.9:1", TRUE, TRUE, TRUE },
  { "[::1]:1", TRUE, TRUE, TRUE },
  { "[::ffff:127.0.0.1]:1", TRUE, TRUE, TRUE },
  { "10.1.2.3:1", FALSE, TRUE, TRUE },
  { "11.1.2.3:1", FALSE, FALSE, TRUE },
  { "172.15.255.255:1", FALSE, FALSE, TRUE },
  { "172.16.0.0:1", FALSE, TRUE, TRUE },
  { "172.31.255.255:1", FALSE, TRUE, TRUE },
  { "172.32.0.0:1", FALSE, FALSE, TRUE },
  { "192.168.0.1:1", FALSE, TRUE, TRUE },
  { "192.169.0.1:1", FALSE, FALSE, TRUE },
  { "169.254.1.1:1", FALSE, TRUE, TRUE },
  { "100.63.255.255:1", FALSE, FALSE, TRUE },
  { "100.64.0.0:1", FALSE, FALSE, TRUE },
  { "100.127.255.255:1", FALSE, FALSE, TRUE },
  { "100.128.0.0:1", FALSE, FALSE, TRUE },
  { "[fe80::1]:1", FALSE, TRUE, TRUE },
  { "[febf::1]:1", FALSE, TRUE, TRUE },
  { "[fec0::1]:1", FALSE, FALSE, TRUE },
  { "[fc00::1]:1", FALSE, TRUE, TRUE },
  { "[fdff::1]:1", FALSE, TRUE, TRUE },
  { "[2001:db8::1]:1", FALSE, FALSE, TRUE },
  { "8.8.8.8:1", FALSE, FALSE, TRUE },
  { "8.8.8.8:0", FALSE, FALSE, FALSE },
  { "0.0.0.0:1", FALSE, FALSE, FALSE },
  { "0.1.2.3:1", FALSE, FALSE, FALSE },
  { "223.255.255.255:1", FALSE, FALSE, TRUE },
  { "224.0.0.1:1", FALSE, FALSE, FALSE },
  { "240.0.0.1:1", FALSE, FALSE, FALSE },
  { "255.255.255.255:1", FALSE, FALSE, FALSE },
  { "[::]:1", FALSE, FALSE, FALSE },
  { "[ff02::1]:1", FALSE, FALSE, FALSE },
  { "[2001:db8::1]:0", FALSE, FALSE, FALSE },
};

static void
test_kinds (void)
{
  BtAddress none = { .port = 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (kind_cases); i++)
    {
      BtAddress address;

      g_test_message ("%s", kind_cases[i].text);
      g_assert_true (bt_address_parse (kind_cases[i].text, 0, &address));
      g_assert_cmpint (bt_address_is_loopback (&address), ==, kind_cases[i].is_loopback);
      g_assert_cmpint (bt_address_is_local (&address), ==, kind_cases[i].is_local);
      g_assert_cmpint (bt_address_is_connectable (&address), ==, kind_cases[i].is_connectable);
    }

  g_assert_false (bt_address_is_loopback (&none));
  g_assert_false (bt_address_is_local (&none));
  g_assert_false (bt_address_is_connectable (&none));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/address/parse", test_parse);
  g_test_add_func ("/base/address/strings", test_strings);
  g_test_add_func ("/base/address/sockaddr", test_sockaddr);
  g_test_add_func ("/base/address/sockaddr-foreign", test_sockaddr_foreign);
  g_test_add_func ("/base/address/compact", test_compact);
  g_test_add_func ("/base/address/equal", test_equal);
  g_test_add_func ("/base/address/hash-spreads", test_hash_spreads);
  g_test_add_func ("/base/address/kinds", test_kinds);
  return g_test_run ();
}
