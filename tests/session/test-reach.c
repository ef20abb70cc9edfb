/* test-reach.c - whether others can connect to us, in a verdict and in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-reach.h"

#include <string.h>

#define NOW_US (48 * G_GINT64_CONSTANT (3600000000))

/* `found` and `advice`: words that must be in the sentences; NULL: there are none. */
static const struct
{
  gboolean        is_mapping;
  guint           port;
  gint64          came_us;     /* ago; 0: never */
  BtPortMapState  state4;
  BtMapFault      fault4;
  const char     *external4;   /* nullable */
  BtPortMapState  state6;
  gboolean        is_tunnel;
  gboolean        is_anonymous;
  const char     *device;      /* nullable */
  gboolean        is_offline;
  gboolean        is_cut_off;  /* no way to the internet */
  gboolean        is_proxied;
  const char     *proxy_message;
  BtReachVerdict  verdict;
  BtReachStep     step;
  const char     *found;
  gboolean        is_whole;    /* that is all of it */
  const char     *advice;
} cases[] = {
  { .port = 0, .is_mapping = TRUE, .verdict = BT_REACH_CLOSED, .found = "could not open",
    .advice = "another port", .step = BT_REACH_STEP_PREFERENCES },
  { .port = 18, .verdict = BT_REACH_UNLIKELY, .found = "does not ask", .advice = "port 18 ",
    .step = BT_REACH_STEP_PREFERENCES },
  { .port = 18, .came_us = 1, .verdict = BT_REACH_SEEN },
  { .port = 18, .came_us = BT_REACH_FRESH_US, .verdict = BT_REACH_UNLIKELY,
    .found = "does not ask", .advice = "port 18 ", .step = BT_REACH_STEP_PREFERENCES },
  { .port = 18, .is_anonymous = TRUE, .verdict = BT_REACH_UNLIKELY, .found = "anonymous mode",
    .advice = "Anonymous Mode", .step = BT_REACH_STEP_PREFERENCES },
  { .port = 18, .is_mapping = TRUE, .verdict = BT_REACH_UNLIKELY, .found = "no router",
    .advice = "port 18 ", .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_ASKING, .verdict = BT_REACH_UNKNOWN,
    .found = "being asked" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "203.0.113.7",
    .verdict = BT_REACH_LIKELY,
    .found = "Port 40123 is open on your router (UPnP). It leads to port 18 of",
    .advice = "Wait. " },
  { .port = 40123, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "203.0.113.7",
    .verdict = BT_REACH_LIKELY, .found = "Port 40123 is open on your router (UPnP).",
    .is_whole = TRUE, .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .verdict = BT_REACH_LIKELY,
    .found = "Port 40123 is open", .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .is_tunnel = TRUE,
    .external4 = "203.0.113.7", .verdict = BT_REACH_LIKELY,
    .found = "Port 40123 is open in your VPN", .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .came_us = 1, .state4 = BT_PORT_MAP_MAPPED,
    .verdict = BT_REACH_SEEN, .found = "Port 40123 is open" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "192.168.0.2",
    .verdict = BT_REACH_UNLIKELY, .found = "behind another router", .advice = "other router",
    .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "100.64.0.2",
    .verdict = BT_REACH_UNLIKELY, .found = "share an address", .advice = "provider" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "100.128.0.2",
    .verdict = BT_REACH_LIKELY, .found = "Port 40123", .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_SILENT, .verdict = BT_REACH_UNLIKELY,
    .found = "No router answers", .advice = "port 18 ", .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED, .fault4 = BT_MAP_FAULT_RUBBISH,
    .verdict = BT_REACH_UNLIKELY, .found = "No router answers", .advice = "port 18 ",
    .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED, .fault4 = BT_MAP_FAULT_REFUSED,
    .verdict = BT_REACH_UNLIKELY, .found = "refuses", .advice = "port 18 ",
    .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED, .fault4 = BT_MAP_FAULT_TAKEN,
    .verdict = BT_REACH_UNLIKELY, .found = "to others", .advice = "another port",
    .step = BT_REACH_STEP_PREFERENCES },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED,
    .fault4 = BT_MAP_FAULT_NO_RESOURCES, .verdict = BT_REACH_UNLIKELY, .found = "no room",
    .advice = "restart", .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED,
    .fault4 = BT_MAP_FAULT_NO_NETWORK, .verdict = BT_REACH_UNLIKELY,
    .found = "not connected to the internet", .advice = "connected",
    .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED,
    .fault4 = BT_MAP_FAULT_ANOTHER_NAT, .verdict = BT_REACH_UNLIKELY, .found = "Another router",
    .advice = "both routers", .step = BT_REACH_STEP_TRY_AGAIN },
  /* IPv6 alone, and where IPv4 has failed. */
  { .port = 18, .is_mapping = TRUE, .state6 = BT_PORT_MAP_SILENT, .verdict = BT_REACH_UNLIKELY,
    .found = "No router answers", .advice = "port 18 ", .step = BT_REACH_STEP_TRY_AGAIN },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_SILENT, .state6 = BT_PORT_MAP_MAPPED,
    .verdict = BT_REACH_LIKELY, .found = "Port 40126 is open on your router for IPv6 (PCP)",
    .advice = "Wait. " },
  /* What stands in the way of everything, whatever was seen before. */
  { .port = 0, .is_mapping = TRUE, .device = "tun0", .is_offline = TRUE, .is_cut_off = TRUE,
    .is_proxied = TRUE, .proxy_message = "It is silent", .came_us = 1,
    .verdict = BT_REACH_WAITING, .found = "through “tun0” only", .advice = "in Preferences",
    .step = BT_REACH_STEP_PREFERENCES },
  { .port = 18, .is_mapping = TRUE, .is_cut_off = TRUE, .came_us = 1,
    .verdict = BT_REACH_NO_NETWORK, .found = "not connected", .advice = "by itself" },
  { .port = 18, .is_mapping = TRUE, .is_cut_off = TRUE, .device = "tun0", .came_us = 1,
    .verdict = BT_REACH_SEEN },
  { .port = 0, .is_proxied = TRUE, .verdict = BT_REACH_PROXIED, .found = "through a proxy",
    .advice = "trackers only", .step = BT_REACH_STEP_PREFERENCES },
  { .port = 0, .is_proxied = TRUE, .is_cut_off = TRUE, .verdict = BT_REACH_PROXIED,
    .found = "through a proxy", .advice = "trackers only", .step = BT_REACH_STEP_PREFERENCES },
  { .port = 0, .is_proxied = TRUE, .proxy_message = "It is silent",
    .verdict = BT_REACH_NO_PROXY, .found = "It is silent", .advice = "password",
    .step = BT_REACH_STEP_PREFERENCES },
  { .port = 0, .is_proxied = TRUE, .proxy_message = "It is silent", .is_cut_off = TRUE,
    .verdict = BT_REACH_NO_NETWORK, .found = "not connected", .advice = "by itself" },
  /* Only trackers go through it. */
  { .port = 18, .proxy_message = "It is silent", .came_us = 1, .verdict = BT_REACH_SEEN },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtNetworkFacts facts = {
        .is_mapping = cases[i].is_mapping, .port = (guint16) cases[i].port,
        .is_anonymous = cases[i].is_anonymous, .is_offline = cases[i].is_offline,
        .has_route = !cases[i].is_cut_off, .is_proxied = cases[i].is_proxied,
        .proxy_message = (char *) cases[i].proxy_message,
        .is_proxy_down = cases[i].proxy_message != NULL,
        .incoming_at_us = cases[i].came_us != 0 ? NOW_US - cases[i].came_us : 0,
        .map4 = { .state = cases[i].state4, .fault = cases[i].fault4,
                  .gateway.is_tunnel = cases[i].is_tunnel },
        .map6 = { .state = cases[i].state6 },
      };
      g_autoptr (BtReach) reach = NULL;

      if (cases[i].state4 == BT_PORT_MAP_MAPPED)
        facts.map4.mapping = (BtMapping) { .method = BT_MAP_BY_UPNP, .port = 40123 };
      if (cases[i].external4 != NULL)
        bt_address_parse (cases[i].external4, 0, &facts.map4.mapping.external);
      if (cases[i].state6 == BT_PORT_MAP_MAPPED)
        facts.map6.mapping = (BtMapping) { .method = BT_MAP_BY_PCP, .port = 40126 };
      if (cases[i].device != NULL)
        g_strlcpy (facts.device, cases[i].device, sizeof facts.device);
      reach = bt_reach_new (&facts, NOW_US);
      g_test_message ("%" G_GSIZE_FORMAT ": %s: %s %s", i, reach->title, reach->found,
                      reach->advice);
      g_assert_cmpint (reach->verdict, ==, cases[i].verdict);
      g_assert_cmpint (reach->step, ==, cases[i].step);
      g_assert_cmpint (reach->came_us, ==, reach->verdict == BT_REACH_SEEN ? 1 : 0);
      g_assert_cmpint (reach->found != NULL, ==, cases[i].found != NULL);
      if (cases[i].found != NULL)
        g_assert_nonnull (strstr (reach->found, cases[i].found));
      if (cases[i].is_whole)
        g_assert_cmpstr (reach->found, ==, cases[i].found);
      g_assert_cmpint (strstr (reach->title, "“tun0”") != NULL, ==,
                       reach->verdict == BT_REACH_WAITING);
      /* There is always something to say of what works, but while nothing is known. */
      g_assert_true (reach->effect != NULL || reach->verdict == BT_REACH_LIKELY ||
                     reach->verdict == BT_REACH_UNKNOWN);
      g_assert_cmpint (reach->advice != NULL, ==, cases[i].advice != NULL);
      if (cases[i].advice != NULL)
        g_assert_nonnull (strstr (reach->advice, cases[i].advice));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/reach/cases", test_cases);
  return g_test_run ();
}
