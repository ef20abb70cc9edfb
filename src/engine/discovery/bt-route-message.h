/* bt-route-message.h - what the kernel says of its routes (rtnetlink(7))
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

/* One to everywhere, through a router. */
typedef struct
{
  BtAddress gateway;    /* port 0 */
  guint     interface;  /* the kernel's number */
} BtRoute;

typedef void (*BtRouteFunc) (const BtRoute *route,
                             gpointer       user_data);

/* Calls `func` for each of them in what was read, which stands at an address for struct nlmsghdr. FALSE: that was the
 * last of the dump. */
gboolean bt_route_message_parse (const guint8 *bytes,
                                 gsize         n_bytes,
                                 BtRouteFunc   func,
                                 gpointer      user_data);

G_END_DECLS
