/* bt-proxy-resolver.c - a proxy for what libsoup and GIO connect
 *
 * SOCKS5 is GIO's. To HTTP proxies we talk ourselves, under a scheme of our own: libsoup 3.2 asks again for the wrong
 * thing once the proxy wants a password.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-proxy-resolver.h"

#include "bt-proxy-talk.h"

#include <errno.h>
#include <string.h>

#define TUNNEL_SCHEME "freshet-tunnel"

/* --- GIO's proxy for the scheme --- */

#define TUNNEL_TYPE_PROXY (tunnel_proxy_get_type ())
G_DECLARE_FINAL_TYPE (TunnelProxy, tunnel_proxy, TUNNEL, PROXY, GObject)

struct _TunnelProxy
{
  GObject parent;
};

static void tunnel_proxy_iface_init (GProxyInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TunnelProxy, tunnel_proxy, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_PROXY, tunnel_proxy_iface_init))

static BtProxyTalk *
make_talk (GProxyAddress *address)
{
  BtProxy proxy = { .kind = BT_PROXY_HTTP };
  BtAddress to = { .port = (guint16) g_proxy_address_get_destination_port (address) };
  const char *name = g_proxy_address_get_destination_hostname (address);
  const char *user = g_proxy_address_get_username (address);
  const char *password = g_proxy_address_get_password (address);

  g_strlcpy (proxy.user, user != NULL ? user : "", sizeof proxy.user);
  g_strlcpy (proxy.password, password != NULL ? password : "", sizeof proxy.password);
  if (bt_address_parse (name, to.port, &to))
    name = NULL;
  return bt_proxy_talk_new (&proxy, BT_SOCKS_CONNECT, name, &to);
}

static void
set_hung_up (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PROXY_FAILED, g_strerror (ECONNRESET));
}

/* One step of a talk; blocks. */
static gboolean
talk_step (BtProxyTalk   *talk,
           GIOStream     *connection,
           GCancellable  *cancellable,
           GError       **error)
{
  gsize n_bytes;
  const guint8 *output = bt_proxy_talk_get_output (talk, &n_bytes);
  guint8 *place;
  gssize n_read;

  if (n_bytes > 0)
    {
      if (!g_output_stream_write_all (g_io_stream_get_output_stream (connection), output, n_bytes,
                                      NULL, cancellable, error))
        return FALSE;
      bt_proxy_talk_sent (talk, n_bytes);
      return TRUE;
    }
  place = bt_proxy_talk_get_place (talk, &n_bytes);
  n_read = g_input_stream_read (g_io_stream_get_input_stream (connection), place, n_bytes,
                                cancellable, error);
  if (n_read == 0)
    set_hung_up (error);
  if (n_read > 0)
    bt_proxy_talk_received (talk, (gsize) n_read);
  return n_read > 0;
}

static GIOStream *
tunnel_connect (GProxy         *proxy,
                GIOStream      *connection,
                GProxyAddress  *address,
                GCancellable   *cancellable,
                GError        **error)
{
  g_autoptr (BtProxyTalk) talk = make_talk (address);

  while (bt_proxy_talk_get_state (talk) == BT_PROXY_TALK_GOES_ON)
    if (!talk_step (talk, connection, cancellable, error))
      return NULL;
  if (bt_proxy_talk_get_state (talk) == BT_PROXY_TALK_DONE)
    return g_object_ref (connection);
  g_propagate_error (error, g_error_copy (bt_proxy_talk_get_error (talk)));
  return NULL;
}

/* A talk under way, as data of its task. */
typedef struct
{
  BtProxyTalk *talk;        /* owned */
  GIOStream   *connection;  /* owned */
} Talking;

static void
talking_free (gpointer data)
{
  Talking *talking = data;

  bt_proxy_talk_free (talking->talk);
  g_object_unref (talking->connection);
  g_free (talking);
}

static void talk_on (GTask *task);

/* The last thing its caller does. Takes `task`; `error` (nullable), too. */
static void
go_on (GTask  *task,
       GError *error)
{
  if (error == NULL)
    {
      talk_on (task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
written_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Talking *talking = g_task_get_task_data (user_data);
  GError *error = NULL;
  gsize n_bytes = 0;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, &n_bytes, &error))
    bt_proxy_talk_sent (talking->talk, n_bytes);
  go_on (user_data, error);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Talking *talking = g_task_get_task_data (user_data);
  GError *error = NULL;
  gssize n_bytes = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n_bytes > 0)
    bt_proxy_talk_received (talking->talk, (gsize) n_bytes);
  else if (n_bytes == 0)
    set_hung_up (&error);
  go_on (user_data, error);
}

static void
talk_on (GTask *task)
{
  Talking *talking = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  const guint8 *output;
  guint8 *place;
  gsize n_bytes;

  if (bt_proxy_talk_get_state (talking->talk) == BT_PROXY_TALK_FAILED)
    {
      go_on (task, g_error_copy (bt_proxy_talk_get_error (talking->talk)));
      return;
    }
  if (bt_proxy_talk_get_state (talking->talk) == BT_PROXY_TALK_DONE)
    {
      g_task_return_pointer (task, g_object_ref (talking->connection), g_object_unref);
      g_object_unref (task);
      return;
    }

  output = bt_proxy_talk_get_output (talking->talk, &n_bytes);
  if (n_bytes > 0)
    {
      g_output_stream_write_all_async (g_io_stream_get_output_stream (talking->connection), output,
                                       n_bytes, G_PRIORITY_DEFAULT, cancellable, written_cb, task);
      return;
    }
  place = bt_proxy_talk_get_place (talking->talk, &n_bytes);
  g_input_stream_read_async (g_io_stream_get_input_stream (talking->connection), place, n_bytes,
                             G_PRIORITY_DEFAULT, cancellable, read_cb, task);
}

static void
tunnel_connect_async (GProxy              *proxy,
                      GIOStream           *connection,
                      GProxyAddress       *address,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  GTask *task = g_task_new (proxy, cancellable, callback, user_data);
  Talking *talking = g_new0 (Talking, 1);

  talking->talk = make_talk (address);
  talking->connection = g_object_ref (connection);
  g_task_set_source_tag (task, tunnel_connect_async);
  g_task_set_task_data (task, talking, talking_free);
  talk_on (task);
}

static GIOStream *
tunnel_connect_finish (GProxy        *proxy,
                       GAsyncResult  *result,
                       GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
tunnel_supports_hostname (GProxy *proxy)
{
  return TRUE;
}

static void
tunnel_proxy_iface_init (GProxyInterface *iface)
{
  iface->connect = tunnel_connect;
  iface->connect_async = tunnel_connect_async;
  iface->connect_finish = tunnel_connect_finish;
  iface->supports_hostname = tunnel_supports_hostname;
}

static void
tunnel_proxy_class_init (TunnelProxyClass *klass)
{
}

static void
tunnel_proxy_init (TunnelProxy *proxy)
{
}

static void
install_tunnel (void)
{
  static gsize is_installed;
  g_autoptr (GProxy) direct = NULL;

  if (!g_once_init_enter (&is_installed))
    return;
  /* Only then is GIO's extension point there. */
  direct = g_proxy_get_default_for_protocol ("direct");
  g_io_extension_point_implement (G_PROXY_EXTENSION_POINT_NAME, TUNNEL_TYPE_PROXY, TUNNEL_SCHEME,
                                  0);
  g_once_init_leave (&is_installed, 1);
}

/* --- The resolver --- */

/* Nobody to begin with: it fails at once, which is better than going another way. */
static char *
dup_uri (const BtProxy *proxy)
{
  const char *scheme = proxy->kind == BT_PROXY_SOCKS5 ? "socks5" : TUNNEL_SCHEME;
  const char *host = proxy->host[0] != '\0' ? proxy->host : "127.0.0.1";
  g_autofree char *user = g_uri_escape_string (proxy->user, NULL, FALSE);
  g_autofree char *password = g_uri_escape_string (proxy->password, NULL, FALSE);
  g_autofree char *login = user[0] != '\0' ? g_strdup_printf ("%s:%s@", user, password)
                                           : g_strdup ("");
  gboolean is_ipv6 = strchr (host, ':') != NULL;

  return g_strdup_printf ("%s://%s%s%s%s:%u", scheme, login, is_ipv6 ? "[" : "", host,
                          is_ipv6 ? "]" : "", proxy->host[0] != '\0' ? proxy->port : 1);
}

GProxyResolver *
bt_proxy_resolver_new (const BtProxy *proxy)
{
  g_autofree char *uri = dup_uri (proxy);

  install_tunnel ();
  return g_simple_proxy_resolver_new (uri, NULL);
}
