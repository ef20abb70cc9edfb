/* test-proxy-host.c - a proxy that fails rests, ever longer, and is itself again once it serves
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "transport/bt-proxy-host.h"

typedef struct
{
  GMainContext *context;
  BtClock      *clock;
  BtProxyHost  *host;
} Fixture;

static void
set_up (Fixture    *fixture,
        const char *name)
{
  BtProxy proxy = { .kind = BT_PROXY_SOCKS5, .port = 1080 };

  g_strlcpy (proxy.host, name, sizeof proxy.host);
  fixture->context = g_main_context_new ();
  fixture->clock = bt_clock_new_manual (fixture->context, BT_SECOND_US);
  fixture->host = bt_proxy_host_new (fixture->clock, &proxy);
}

static void
tear_down (Fixture *fixture)
{
  bt_proxy_host_free (fixture->host);
  bt_clock_free (fixture->clock);
  g_main_context_unref (fixture->context);
}

static void
fail (Fixture *fixture,
      int      code,
      guint    n_times)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, code, "It failed");

  for (guint i = 0; i < n_times; i++)
    bt_proxy_host_judge (error, fixture->host);
}

static gboolean
is_ready (Fixture *fixture)
{
  BtAddress address;

  if (!bt_proxy_host_get_address (fixture->host, &address))
    return FALSE;
  g_assert_cmpuint (address.port, ==, 1080);
  return TRUE;
}

static void
test_rests (void)
{
  Fixture fixture;
  gint64 rest_us = BT_PROXY_HOST_FIRST_REST_US;

  set_up (&fixture, "2001:db8::1");
  g_assert_true (is_ready (&fixture));
  g_assert_null (bt_proxy_host_get_message (fixture.host));
  fail (&fixture, G_IO_ERROR_PROXY_FAILED, BT_PROXY_HOST_MAX_FAILURES - 1);
  g_assert_true (is_ready (&fixture));
  g_assert_cmpstr (bt_proxy_host_get_message (fixture.host), ==, "It failed");
  g_assert_false (bt_proxy_host_is_down (fixture.host));
  for (guint i = 0; i < 8; i++)
    {
      fail (&fixture, G_IO_ERROR_NETWORK_UNREACHABLE, 1);
      g_assert_true (bt_proxy_host_is_down (fixture.host));
      bt_clock_advance (fixture.clock, rest_us - 1);
      g_assert_false (is_ready (&fixture));
      bt_clock_advance (fixture.clock, 1);
      g_assert_true (is_ready (&fixture));
      rest_us = MIN (2 * rest_us, BT_PROXY_HOST_MAX_REST_US);
    }
  g_assert_true (bt_proxy_host_is_down (fixture.host));
  bt_proxy_host_judge (NULL, fixture.host);
  g_assert_false (bt_proxy_host_is_down (fixture.host));
  g_assert_null (bt_proxy_host_get_message (fixture.host));
  fail (&fixture, G_IO_ERROR_PROXY_FAILED, BT_PROXY_HOST_MAX_FAILURES - 1);
  g_assert_true (is_ready (&fixture));
  tear_down (&fixture);
}

/* It serves, but not for everybody. */
static void
test_rules (void)
{
  Fixture fixture;

  set_up (&fixture, "192.0.2.1");
  fail (&fixture, G_IO_ERROR_PROXY_NOT_ALLOWED, 10 * BT_PROXY_HOST_MAX_FAILURES);
  g_assert_false (bt_proxy_host_is_down (fixture.host));
  g_assert_true (is_ready (&fixture));
  g_assert_nonnull (bt_proxy_host_get_message (fixture.host));
  tear_down (&fixture);
}

/* Nowhere: nobody is asked for it. */
static void
test_empty (void)
{
  Fixture fixture;

  set_up (&fixture, "");
  g_assert_false (is_ready (&fixture));
  g_assert_false (is_ready (&fixture));
  tear_down (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/proxy-host/rests", test_rests);
  g_test_add_func ("/transport/proxy-host/rules", test_rules);
  g_test_add_func ("/transport/proxy-host/empty", test_empty);
  return g_test_run ();
}
