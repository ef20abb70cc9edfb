/* fuzz-route-message.c - the kernel's routes from any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-route-message.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
route_cb (const BtRoute *route,
          gpointer       user_data)
{
  guint *n_routes = user_data;

  if (route->interface == 0 || route->gateway.port != 0 ||
      (route->gateway.family != BT_FAMILY_IPV4 && route->gateway.family != BT_FAMILY_IPV6))
    g_error ("a route that leads nowhere");
  ++*n_routes;
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  /* Of its own size, and aligned. */
  g_autofree guint8 *bytes = g_memdup2 (data, size);
  guint n_routes = 0;

  bt_route_message_parse (bytes, size, route_cb, &n_routes);
  /* The heads of a message, a route and a gateway. */
  if (n_routes > size / (16 + 12 + 8))
    g_error ("more routes than there is room for");
  return 0;
}
