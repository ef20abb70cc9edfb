/* test-reach.c - whether others can connect to us, in a verdict and in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-reach.h"

#include <string.h>

#define NOW_US (48 * G_GINT64_CONSTANT (3600000000))

/* `mapping` and `advice`: words that must be in the sentences; NULL: there is no advice. */
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
  BtReachVerdict  verdict;
  const char     *mapping;
  const char     *advice;
} cases[] = {
  { .port = 0, .is_mapping = TRUE, .verdict = BT_REACH_CLOSED, .mapping = "could not open",
    .advice = "another port" },
  { .port = 18, .verdict = BT_REACH_UNLIKELY, .mapping = "does not ask", .advice = "port 18 " },
  { .port = 18, .came_us = 1, .verdict = BT_REACH_SEEN, .mapping = "does not ask" },
  { .port = 18, .came_us = BT_REACH_FRESH_US, .verdict = BT_REACH_UNLIKELY,
    .mapping = "does not ask", .advice = "port 18 " },
  { .port = 18, .is_mapping = TRUE, .verdict = BT_REACH_UNLIKELY, .mapping = "no router",
    .advice = "port 18 " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_ASKING, .verdict = BT_REACH_UNKNOWN,
    .mapping = "being asked" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "203.0.113.7",
    .verdict = BT_REACH_LIKELY, .mapping = "Port 40123 is open on your router (UPnP)",
    .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .verdict = BT_REACH_LIKELY,
    .mapping = "Port 40123 is open", .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .is_tunnel = TRUE,
    .external4 = "203.0.113.7", .verdict = BT_REACH_LIKELY,
    .mapping = "Port 40123 is open in your VPN", .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .came_us = 1, .state4 = BT_PORT_MAP_MAPPED,
    .verdict = BT_REACH_SEEN, .mapping = "Port 40123 is open" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "192.168.0.2",
    .verdict = BT_REACH_UNLIKELY, .mapping = "behind another router", .advice = "provider" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "100.64.0.2",
    .verdict = BT_REACH_UNLIKELY, .mapping = "behind another router", .advice = "provider" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_MAPPED, .external4 = "100.128.0.2",
    .verdict = BT_REACH_LIKELY, .mapping = "Port 40123", .advice = "Wait. " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_SILENT, .verdict = BT_REACH_UNLIKELY,
    .mapping = "No router answers", .advice = "port 18 " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED, .fault4 = BT_MAP_FAULT_RUBBISH,
    .verdict = BT_REACH_UNLIKELY, .mapping = "No router answers", .advice = "port 18 " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED, .fault4 = BT_MAP_FAULT_REFUSED,
    .verdict = BT_REACH_UNLIKELY, .mapping = "refuses", .advice = "port 18 " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED, .fault4 = BT_MAP_FAULT_TAKEN,
    .verdict = BT_REACH_UNLIKELY, .mapping = "to others", .advice = "another port" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED,
    .fault4 = BT_MAP_FAULT_NO_RESOURCES, .verdict = BT_REACH_UNLIKELY, .mapping = "no room",
    .advice = "restart" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED,
    .fault4 = BT_MAP_FAULT_NO_NETWORK, .verdict = BT_REACH_UNLIKELY,
    .mapping = "not connected to the internet", .advice = "connected" },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_REFUSED,
    .fault4 = BT_MAP_FAULT_ANOTHER_NAT, .verdict = BT_REACH_UNLIKELY, .mapping = "Another router",
    .advice = "both routers" },
  /* IPv6 alone, and where IPv4 has failed. */
  { .port = 18, .is_mapping = TRUE, .state6 = BT_PORT_MAP_SILENT, .verdict = BT_REACH_UNLIKELY,
    .mapping = "No router answers", .advice = "port 18 " },
  { .port = 18, .is_mapping = TRUE, .state4 = BT_PORT_MAP_SILENT, .state6 = BT_PORT_MAP_MAPPED,
    .verdict = BT_REACH_LIKELY, .mapping = "Port 40126 is open on your router (PCP)",
    .advice = "Wait. " },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtNetworkFacts facts = {
        .is_mapping = cases[i].is_mapping, .port = (guint16) cases[i].port,
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
      reach = bt_reach_new (&facts, NOW_US);
      g_test_message ("%" G_GSIZE_FORMAT ": %s %s", i, reach->mapping, reach->advice);
      g_assert_cmpint (reach->verdict, ==, cases[i].verdict);
      g_assert_nonnull (strstr (reach->mapping, cases[i].mapping));
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
