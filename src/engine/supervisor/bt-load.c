/* bt-load.c - a torrent from where a person says it is: a file or a URL
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-load.h"

#include "base/bt-resolver.h"
#include "base/bt-socket-close.h"
#include "base/bt-socket-http.h"
#include "transport/bt-proxy-resolver.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

#define CHUNK_BYTES 65536

static GMutex            network_mutex;
static BtNetworkSettings network_settings;  /* under the mutex */

static gboolean
has_scheme (const char *text,
            const char *scheme)
{
  return g_ascii_strncasecmp (text, scheme, strlen (scheme)) == 0;
}

/* --- By HTTP --- */

void
bt_load_set_network (const BtNetworkSettings *network)
{
  g_mutex_lock (&network_mutex);
  network_settings = *network;
  g_mutex_unlock (&network_mutex);
}

static BtNetworkSettings
get_network (void)
{
  BtNetworkSettings network;

  g_mutex_lock (&network_mutex);
  network = network_settings;
  g_mutex_unlock (&network_mutex);
  return network;
}

/* At most as much as a .torrent may have. */
static GBytes *
read_all (GInputStream  *stream,
          GCancellable  *cancellable,
          GError       **error)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);
  gssize n;

  while ((n = g_input_stream_read (stream, chunk, CHUNK_BYTES, cancellable, error)) > 0)
    {
      if (body->len + (gsize) n > BT_METAINFO_MAX_BYTES)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                               _("The answer is too large for a torrent"));
          return NULL;
        }
      g_byte_array_append (body, chunk, (guint) n);
    }
  return n < 0 ? NULL : g_byte_array_free_to_bytes (g_steal_pointer (&body));
}

/* Without a host the library would complain about its caller. */
static SoupMessage *
make_message (const char  *url,
              GError     **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("This is not a URL"));
      return NULL;
    }
  return soup_message_new_from_uri (SOUP_METHOD_GET, uri);
}

/* The system's proxy may be one that only another interface reaches. */
static SoupSession *
make_session (const BtNetworkSettings *network,
              BtSocketRules           *rules)
{
  const char *user_agent = network->is_anonymous ? NULL : "Freshet/" BT_VERSION;
  SoupSession *session = soup_session_new_with_options ("user-agent", user_agent, "timeout",
                                                        BT_LOAD_TIMEOUT_S, NULL);
  g_autoptr (GProxyResolver) resolver = NULL;

  bt_socket_rule_http (rules, session);
  if (network->proxy.kind != BT_PROXY_NONE)
    resolver = bt_proxy_resolver_new (&network->proxy);
  if (resolver != NULL || network->device[0] != '\0')
    soup_session_set_proxy_resolver (session, resolver);
  return session;
}

static void
cancel_cb (GCancellable *cancellable,
           gpointer      user_data)
{
  g_cancellable_cancel (user_data);
}

/* Until there is an answer. Returns NULL as well when the server only says again and again that one is to come. */
static GInputStream *
send_guarded (SoupSession   *session,
              SoupMessage   *message,
              GCancellable  *cancellable,
              GError       **error)
{
  g_autoptr (GCancellable) either = g_cancellable_new ();
  g_autoptr (GError) reason = NULL;
  GTlsCertificateFlags faults;
  GInputStream *stream;
  gsize id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (cancel_cb), either, NULL);
  bt_socket_guard_http (message, either);
  stream = soup_session_send (session, message, either, &reason);
  g_cancellable_disconnect (cancellable, id);
  if (stream != NULL)
    return stream;
  faults = soup_message_get_tls_peer_certificate_errors (message);
  if (faults != 0 || g_error_matches (reason, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                 _("The server's certificate is not trusted: %s"),
                 bt_socket_describe_certificate (faults));
  else if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      !g_cancellable_is_cancelled (cancellable))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _("The server does not answer"));
  else
    g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

static GBytes *
fetch (const char              *url,
       const BtNetworkSettings *network,
       BtSocketRules           *rules,
       GCancellable            *cancellable,
       GError                 **error)
{
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (SoupMessage) message = make_message (url, error);
  g_autoptr (GInputStream) stream = NULL;

  if (message == NULL)
    return NULL;
  session = make_session (network, rules);
  stream = send_guarded (session, message, cancellable, error);
  if (stream == NULL)
    return NULL;
  if (!SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (message)))
    {
      const char *phrase = soup_message_get_reason_phrase (message);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The server answers %u %s"),
                   (guint) soup_message_get_status (message), phrase != NULL ? phrase : "");
      return NULL;
    }
  return read_all (stream, cancellable, error);
}

static BtMetainfo *
load_url (const char    *url,
          GCancellable  *cancellable,
          GError       **error)
{
  /* The library's sources must not land in the loop of another thread. */
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (BtSocketRules) rules = bt_socket_rules_new ();
  BtNetworkSettings network = get_network ();
  g_autoptr (GBytes) body = NULL;

  g_strlcpy (rules->device, network.device, sizeof rules->device);
  g_main_context_push_thread_default (context);
  if (rules->device[0] != '\0')
    bt_resolver_install ();
  bt_resolver_set_rules (rules);
  body = fetch (url, &network, rules, cancellable, error);
  bt_resolver_set_rules (NULL);
  bt_socket_close_wait (context);
  g_main_context_pop_thread_default (context);
  return body != NULL ? bt_metainfo_new_from_bytes (body, error) : NULL;
}

/* --- Whatever it is --- */

static gboolean
is_supported (const char  *uri_or_path,
              GError     **error)
{
  g_autofree char *scheme = g_uri_parse_scheme (uri_or_path);

  if (has_scheme (uri_or_path, "magnet:"))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                         _("A magnet link is not available yet: use a .torrent file"));
  else if (scheme != NULL && g_str_has_prefix (uri_or_path + strlen (scheme), "://"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 _("A torrent cannot be fetched by “%s”"), scheme);
  else
    return TRUE;
  return FALSE;
}

static BtMetainfo *
load (const char    *uri_or_path,
      GCancellable  *cancellable,
      GError       **error)
{
  if (has_scheme (uri_or_path, "http://") || has_scheme (uri_or_path, "https://"))
    return load_url (uri_or_path, cancellable, error);
  if (!is_supported (uri_or_path, error))
    return NULL;
  return bt_metainfo_new_from_file (uri_or_path, error);
}

BtMetainfo *
bt_load_metainfo (const char    *uri_or_path,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_autofree char *path = NULL;
  g_autofree char *shown = NULL;
  g_autoptr (GError) reason = NULL;
  BtMetainfo *metainfo = NULL;

  g_return_val_if_fail (uri_or_path != NULL, NULL);

  if (has_scheme (uri_or_path, "file://"))
    path = g_filename_from_uri (uri_or_path, NULL, &reason);
  else
    path = g_strdup (uri_or_path);
  shown = g_filename_display_name (path != NULL ? path : uri_or_path);
  if (path != NULL && !g_cancellable_set_error_if_cancelled (cancellable, &reason))
    metainfo = load (path, cancellable, &reason);
  if (reason != NULL)
    {
      if (strstr (reason->message, shown) == NULL)
        g_prefix_error (&reason, "%s: ", shown);
      g_propagate_error (error, g_steal_pointer (&reason));
    }
  return metainfo;
}

static void
unref_metainfo (gpointer metainfo)
{
  bt_metainfo_unref (metainfo);
}

/* Thread: worker. */
static void
load_main (GTask        *task,
           gpointer      source_object,
           gpointer      task_data,
           GCancellable *cancellable)
{
  GError *error = NULL;
  BtMetainfo *metainfo = bt_load_metainfo (task_data, cancellable, &error);

  if (metainfo != NULL)
    g_task_return_pointer (task, metainfo, unref_metainfo);
  else
    g_task_return_error (task, error);
}

void
bt_load_metainfo_async (const char          *uri_or_path,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (uri_or_path != NULL);

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, bt_load_metainfo_async);
  g_task_set_task_data (task, g_strdup (uri_or_path), g_free);
  g_task_run_in_thread (task, load_main);
}

BtMetainfo *
bt_load_metainfo_finish (GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
