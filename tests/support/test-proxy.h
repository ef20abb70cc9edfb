/* test-proxy.h - a small proxy: SOCKS5 with UDP, or HTTP's CONNECT, in threads of its own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TestProxy TestProxy;

/* Listens on 127.0.0.1. `user` (nullable): nobody else is served. */
TestProxy *test_proxy_new             (gboolean    is_http,
                                       const char *user,
                                       const char *password);
/* Hangs up on everybody. */
void       test_proxy_free            (TestProxy  *proxy);
guint16    test_proxy_get_port        (TestProxy  *proxy);
/* Hangs up on everybody, and goes on. */
void       test_proxy_hang_up         (TestProxy  *proxy);
/* What it has been asked, one a line: "connect HOST:PORT", "associate", "udp HOST:PORT". The name "only.proxy.test" is
 * 127.0.0.1, all others are unknown. (transfer full) */
char      *test_proxy_dup_log         (TestProxy  *proxy);
guint      test_proxy_get_n           (TestProxy  *proxy,
                                       const char *line);

G_END_DECLS
