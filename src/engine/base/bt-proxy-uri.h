/* bt-proxy-uri.h - a proxy as a URI, as people write it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-network-settings.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_PROXY_DEFAULT_SOCKS5_PORT 1080
#define BT_PROXY_DEFAULT_HTTP_PORT   8080

/* "socks5://USER:PASSWORD@HOST:PORT" (or socks5h) and "http://…"; all but scheme and host may be missing. Fills kind,
 * host, port, user and password of `out_proxy`, and leaves the rest. FALSE: it is none, or too long. */
gboolean bt_proxy_parse_uri (const char    *uri,
                             BtProxy       *out_proxy);
gboolean bt_proxy_equal     (const BtProxy *a,
                             const BtProxy *b);

G_END_DECLS
