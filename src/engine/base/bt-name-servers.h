/* bt-name-servers.h - who is to be asked for names through one network interface
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_NAME_SERVERS_MAX 8

/* Those of /etc/resolv.conf that the interface may reach; when there is none but this machine itself, those that
 * systemd-resolved has for the interface. A GInetAddress each, at most BT_NAME_SERVERS_MAX. Nothing is sent.
 * Errors: G_RESOLVER_ERROR, a sentence. Blocks for up to a few seconds. (transfer full) Thread: any. */
GPtrArray *bt_name_servers_find  (const char    *device,
                                  GCancellable  *cancellable,
                                  GError       **error);
/* Those of a file like resolv.conf (resolv.conf(5)). Pure. (transfer full) */
GPtrArray *bt_name_servers_parse (const char    *text);

G_END_DECLS
