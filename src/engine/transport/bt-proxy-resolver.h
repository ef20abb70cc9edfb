/* bt-proxy-resolver.h - a proxy for what libsoup and GIO connect
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-network-settings.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Everything goes through the proxy, names included, and nothing goes any other way. HTTP proxies are asked for tunnels
 * only, also for http: URLs, so that they see no more than names and ports. (transfer full) Thread: any. */
GProxyResolver *bt_proxy_resolver_new (const BtProxy *proxy);

G_END_DECLS
