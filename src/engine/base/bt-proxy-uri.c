/* bt-proxy-uri.c - a proxy as a URI, as people write it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-proxy-uri.h"

#include <string.h>

static gboolean
parse_kind (const char *scheme,
            BtProxy    *proxy)
{
  if (g_str_equal (scheme, "socks5") || g_str_equal (scheme, "socks5h"))
    proxy->kind = BT_PROXY_SOCKS5;
  else if (g_str_equal (scheme, "http"))
    proxy->kind = BT_PROXY_HTTP;
  else
    return FALSE;
  return TRUE;
}

gboolean
bt_proxy_parse_uri (const char *uri,
                    BtProxy    *out_proxy)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_HAS_PASSWORD, NULL);
  BtProxy proxy = *out_proxy;
  const char *host, *user, *password, *path;

  if (parsed == NULL || !parse_kind (g_uri_get_scheme (parsed), &proxy))
    return FALSE;
  host = g_uri_get_host (parsed);
  path = g_uri_get_path (parsed);
  user = g_uri_get_user (parsed) != NULL ? g_uri_get_user (parsed) : "";
  password = g_uri_get_password (parsed) != NULL ? g_uri_get_password (parsed) : "";
  if (host == NULL || host[0] == '\0' || (path[0] != '\0' && !g_str_equal (path, "/")) ||
      g_uri_get_port (parsed) == 0 ||
      g_strlcpy (proxy.host, host, sizeof proxy.host) >= sizeof proxy.host ||
      g_strlcpy (proxy.user, user, sizeof proxy.user) >= sizeof proxy.user ||
      g_strlcpy (proxy.password, password, sizeof proxy.password) >= sizeof proxy.password)
    return FALSE;
  if (g_uri_get_port (parsed) > 0)
    proxy.port = (guint16) g_uri_get_port (parsed);
  else
    proxy.port = proxy.kind == BT_PROXY_SOCKS5 ? BT_PROXY_DEFAULT_SOCKS5_PORT
                                               : BT_PROXY_DEFAULT_HTTP_PORT;
  *out_proxy = proxy;
  return TRUE;
}

gboolean
bt_proxy_equal (const BtProxy *a,
                const BtProxy *b)
{
  if (a->kind == BT_PROXY_NONE && b->kind == BT_PROXY_NONE)
    return TRUE;
  return a->kind == b->kind && a->port == b->port && a->for_trackers == b->for_trackers &&
         a->for_peers == b->for_peers && g_str_equal (a->host, b->host) &&
         g_str_equal (a->user, b->user) && g_str_equal (a->password, b->password);
}
