/* bt-igd-http.c - one HTTP request at a time to a device of the local network, whose answer is small
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-igd-http.h"

#include "bt-igd-message.h"

#include "base/bt-socket-http.h"

#include <libsoup/soup.h>
#include <string.h>

#define READ_BYTES 8192

typedef struct
{
  /* owned */
  SoupSession   *session;
  SoupMessage   *message;
  GCancellable  *cancellable;
  GInputStream  *stream;     /* nullable */
  GByteArray    *body;

  /* borrowed */
  BtIgdHttp     *http;       /* NULL once over */
  gpointer       user_data;

  /* values */
  BtIgdHttpFunc  func;
  BtTimer        timer;
  int            n_refs;
  gboolean       is_sending; /* sent_cb() is still to come */
} Request;

struct _BtIgdHttp
{
  SoupSession *session;      /* owned */
  BtClock     *clock;        /* borrowed */
  Request     *request;      /* nullable: a reference */
};

static Request *
request_ref (Request *request)
{
  request->n_refs++;
  return request;
}

static void
request_unref (Request *request)
{
  if (--request->n_refs > 0)
    return;
  g_clear_object (&request->stream);
  g_clear_object (&request->message);
  g_clear_object (&request->session);
  g_clear_object (&request->cancellable);
  g_byte_array_unref (request->body);
  g_free (request);
}

/* Nothing reaches its owner from here on. libsoup before 3.6.6 is not to be cancelled between the answer's head and
 * sent_cb(), which comes next and does it then (trackers/bt-tracker-http.c). */
static void
request_end (Request *request)
{
  BtIgdHttp *http = g_steal_pointer (&request->http);

  bt_timer_disarm (&request->timer, http->clock);
  http->request = NULL;
  if (!request->is_sending || soup_message_get_status (request->message) == SOUP_STATUS_NONE)
    g_cancellable_cancel (request->cancellable);
  g_clear_object (&request->stream);
  request_unref (request);
}

/* The last thing its caller does but for dropping its reference. */
static void
request_finish (Request  *request,
                gboolean  is_whole)
{
  g_autoptr (GBytes) body = NULL;

  if (is_whole)
    body = g_bytes_new (request->body->data, request->body->len);
  request_ref (request);
  request_end (request);
  request->func (body, request->user_data);
  request_unref (request);
}

static void
timer_cb (gpointer user_data)
{
  request_finish (user_data, FALSE);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Request *request = user_data;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result,
                                                               NULL);
  gsize n_bytes = bytes != NULL ? g_bytes_get_size (bytes) : 0;

  if (request->http == NULL)
    ;
  else if (n_bytes == 0)
    request_finish (request, bytes != NULL);
  else if (n_bytes > BT_IGD_MAX_TEXT_BYTES - request->body->len)
    request_finish (request, FALSE);
  else
    {
      g_byte_array_append (request->body, g_bytes_get_data (bytes, NULL), (guint) n_bytes);
      g_input_stream_read_bytes_async (request->stream, READ_BYTES, G_PRIORITY_DEFAULT,
                                       request->cancellable, read_cb, request_ref (request));
    }
  request_unref (request);
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Request *request = user_data;
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, NULL);

  request->is_sending = FALSE;
  if (request->http == NULL)
    {
      g_cancellable_cancel (request->cancellable);
      g_clear_object (&stream);
    }
  else if (stream == NULL)
    request_finish (request, FALSE);
  else
    {
      request->stream = g_steal_pointer (&stream);
      g_input_stream_read_bytes_async (request->stream, READ_BYTES, G_PRIORITY_DEFAULT,
                                       request->cancellable, read_cb, request_ref (request));
    }
  request_unref (request);
}

void
bt_igd_http_cancel (BtIgdHttp *http)
{
  if (http->request != NULL)
    request_end (http->request);
}

void
bt_igd_http_send (BtIgdHttp     *http,
                  const char    *url,
                  const char    *soap_action,
                  const char    *body,
                  BtIgdHttpFunc  func,
                  gpointer       user_data)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  Request *request;

  bt_igd_http_cancel (http);
  request = http->request = g_new0 (Request, 1);
  request->n_refs = 1;
  request->http = http;
  request->session = g_object_ref (http->session);
  request->func = func;
  request->user_data = user_data;
  request->body = g_byte_array_new ();
  request->cancellable = g_cancellable_new ();
  bt_timer_init (&request->timer, timer_cb, request);
  bt_timer_arm_in (&request->timer, http->clock, uri != NULL ? BT_IGD_HTTP_TIMEOUT_US : 0);
  if (uri == NULL)
    return;
  request->message = soup_message_new_from_uri (body != NULL ? SOUP_METHOD_POST : SOUP_METHOD_GET,
                                                uri);
  soup_message_add_flags (request->message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  /* Many devices serve one connection at a time. */
  soup_message_headers_append (soup_message_get_request_headers (request->message),
                               "Connection", "close");
  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      soup_message_set_request_body_from_bytes (request->message, "text/xml; charset=\"utf-8\"",
                                                bytes);
      soup_message_headers_append (soup_message_get_request_headers (request->message),
                                   "SOAPAction", soap_action);
    }
  bt_socket_guard_http (request->message, request->cancellable);
  request->is_sending = TRUE;
  soup_session_send_async (http->session, request->message, G_PRIORITY_DEFAULT,
                           request->cancellable, sent_cb, request_ref (request));
}

BtIgdHttp *
bt_igd_http_new (BtClock         *clock,
                 BtSocketRules   *rules,
                 const BtAddress *local)
{
  BtIgdHttp *http = g_new0 (BtIgdHttp, 1);
  g_autoptr (GInetAddress) ip = g_inet_address_new_from_bytes (
      local->ip, local->family == BT_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (ip, 0);

  /* Time-outs are ours, by the engine's clock. */
  http->clock = clock;
  http->session = g_object_new (SOUP_TYPE_SESSION, "local-address", address,
                                "proxy-resolver", NULL, "timeout", 0, "max-conns", 2, NULL);
  bt_socket_rule_http (rules, http->session);
  soup_session_remove_feature_by_type (http->session, SOUP_TYPE_AUTH_MANAGER);
  return http;
}

void
bt_igd_http_free (BtIgdHttp *http)
{
  if (http == NULL)
    return;
  bt_igd_http_cancel (http);
  g_object_unref (http->session);
  g_free (http);
}
