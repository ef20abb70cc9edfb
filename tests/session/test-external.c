/* test-external.c - who is believed about our address
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-external.h"

static BtAddress
address_of (const char *text)
{
  BtAddress address = { .family = BT_FAMILY_NONE };

  g_assert_true (bt_address_parse (text, 0, &address));
  return address;
}

static gboolean
vote (BtExternal *external,
      const char *voter,
      const char *seen)
{
  BtAddress who = voter != NULL ? address_of (voter) : (BtAddress) { .family = BT_FAMILY_NONE };
  BtAddress what = address_of (seen);

  return bt_external_vote (external, voter != NULL ? &who : NULL, &what);
}

static void
assert_is (BtExternal *external,
           BtFamily    family,
           const char *expected)
{
  BtAddress is = bt_external_get (external, family);
  char text[BT_ADDRESS_STRING_BYTES];

  if (expected == NULL)
    g_assert_cmpint (is.family, ==, BT_FAMILY_NONE);
  else
    g_assert_cmpstr (bt_address_ip_to_string (&is, text), ==, expected);
}

/* Three who agree; one who says it three times is one. */
static void
test_election (void)
{
  g_autoptr (BtExternal) external = bt_external_new ();

  g_assert_false (vote (external, "8.8.0.1", "9.9.9.9"));
  g_assert_false (vote (external, "8.8.0.1", "9.9.9.9"));
  g_assert_false (vote (external, "8.8.0.1:7", "9.9.9.9"));
  assert_is (external, BT_FAMILY_IPV4, NULL);
  g_assert_false (vote (external, NULL, "9.9.9.9"));
  g_assert_true (vote (external, "8.8.0.2", "9.9.9.9"));
  assert_is (external, BT_FAMILY_IPV4, "9.9.9.9");
  assert_is (external, BT_FAMILY_IPV6, NULL);
  /* Others must be more. */
  g_assert_false (vote (external, "8.8.0.3", "7.7.7.7"));
  g_assert_false (vote (external, "8.8.0.4", "7.7.7.7"));
  g_assert_false (vote (external, "8.8.0.5", "7.7.7.7"));
  g_assert_true (vote (external, "8.8.0.6", "7.7.7.7"));
  assert_is (external, BT_FAMILY_IPV4, "7.7.7.7");
}

static void
test_ignored (void)
{
  static const char *const seen[] = { "127.0.0.1", "10.0.0.3", "192.168.1.1", "0.0.0.0",
                                      "224.0.0.1", "::1", "fe80::1", "ff02::1", "::" };
  static const char *const voters[] = { "127.0.0.1", "10.0.0.1", "fd00::1" };
  g_autoptr (BtExternal) external = bt_external_new ();

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *voter = g_strdup_printf ("8.8.1.%u", i);

      for (gsize k = 0; k < G_N_ELEMENTS (seen); k++)
        g_assert_false (vote (external, voter, seen[k]));
    }
  for (gsize k = 0; k < G_N_ELEMENTS (voters); k++)
    g_assert_false (vote (external, voters[k], "9.9.9.9"));
  assert_is (external, BT_FAMILY_IPV4, NULL);
  assert_is (external, BT_FAMILY_IPV6, NULL);
}

/* Old votes do not count for ever, and there are never more than so many. */
static void
test_bound (void)
{
  g_autoptr (BtExternal) external = bt_external_new ();

  for (guint i = 0; i < BT_EXTERNAL_MAX_VOTES; i++)
    {
      g_autofree char *voter = g_strdup_printf ("2001:db8::%x", i + 1);

      vote (external, voter, "2001:db8:1::1");
    }
  assert_is (external, BT_FAMILY_IPV6, "2001:db8:1::1");
  for (guint i = 0; i < BT_EXTERNAL_MAX_VOTES / 2 + 1; i++)
    {
      g_autofree char *voter = g_strdup_printf ("2001:db8:2::%x", i + 1);

      vote (external, voter, "2001:db8:1::2");
    }
  assert_is (external, BT_FAMILY_IPV6, "2001:db8:1::2");
}

static void
test_router (void)
{
  g_autoptr (BtExternal) external = bt_external_new ();
  BtAddress told = address_of ("5.5.5.5"), inner = address_of ("10.1.1.1");

  g_assert_true (bt_external_set_known (external, BT_FAMILY_IPV4, &told));
  assert_is (external, BT_FAMILY_IPV4, "5.5.5.5");
  g_assert_false (bt_external_set_known (external, BT_FAMILY_IPV4, &inner));
  g_assert_false (bt_external_set_known (external, BT_FAMILY_IPV6, &told));
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *voter = g_strdup_printf ("8.8.1.%u", i);

      g_assert_false (vote (external, voter, "9.9.9.9"));
    }
  assert_is (external, BT_FAMILY_IPV4, "5.5.5.5");
  g_assert_true (bt_external_set_known (external, BT_FAMILY_IPV4, NULL));
  assert_is (external, BT_FAMILY_IPV4, "9.9.9.9");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/external/election", test_election);
  g_test_add_func ("/session/external/ignored", test_ignored);
  g_test_add_func ("/session/external/bound", test_bound);
  g_test_add_func ("/session/external/router", test_router);
  return g_test_run ();
}
