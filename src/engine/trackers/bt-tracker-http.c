/* bt-tracker-http.c - fetches a small answer over HTTP(S), over one address family
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-http.h"

#include "bt-tracker-url.h"

#include <libsoup/soup.h>

#define MAX_ACTIVE          128
#define MAX_ACTIVE_PER_HOST 8
#define READ_BYTES          16384
#define IDLE_TIMEOUT_S      15
#define MAX_RETRY_AFTER_S   BT_TRACKER_MAX_INTERVAL_S

typedef enum
{
  GET_WAITING,
  GET_ACTIVE,
  GET_OVER,     /* answered, failed or cancelled; libsoup may still hold a reference */
} GetState;

struct _BtTrackerHttp
{
  /* owned */
  SoupSession *sessions[2];  /* IPv4, IPv6; NULL: that family is not used */
  GHashTable  *n_by_host;    /* host → how many are active, never 0 */
  GQueue       waiting;      /* of BtTrackerHttpGet, each with a reference */

  /* borrowed */
  BtClock     *clock;
  BtPoller    *poller;

  /* values */
  BtPollTask   pump;
  gint64       timeout_us;
  guint        n_active;
};

struct _BtTrackerHttpGet
{
  /* owned */
  SoupSession       *session;
  SoupMessage       *message;  /* of the present hop */
  GInputStream      *stream;
  GCancellable      *cancellable;
  GUri              *uri;          /* of the present hop; NULL before its turn: thousands may wait */
  GByteArray        *body;
  char              *url;          /* until its turn */
  char              *host;

  /* borrowed */
  BtTrackerHttp     *http;  /* NULL once over */
  gpointer           user_data;

  /* values */
  BtTrackerHttpFunc  func;
  BtTimer            timer;
  GetState           state;
  guint              n_redirects;
  int                n_refs;
};

static void send_request (BtTrackerHttpGet *get);

static BtTrackerHttpGet *
get_ref (BtTrackerHttpGet *get)
{
  get->n_refs++;
  return get;
}

static void
get_unref (BtTrackerHttpGet *get)
{
  if (--get->n_refs > 0)
    return;

  g_clear_object (&get->stream);
  g_clear_object (&get->message);
  g_clear_object (&get->session);
  g_clear_object (&get->cancellable);
  g_clear_pointer (&get->uri, g_uri_unref);
  g_clear_pointer (&get->body, g_byte_array_unref);
  g_free (get->url);
  g_free (get->host);
  g_free (get);
}

static guint
get_n_active (BtTrackerHttp *http,
              const char    *host)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (http->n_by_host, host));
}

static void
count_host (BtTrackerHttp *http,
            const char    *host,
            int            change)
{
  guint n = (guint) ((int) get_n_active (http, host) + change);

  if (n == 0)
    g_hash_table_remove (http->n_by_host, host);
  else
    g_hash_table_insert (http->n_by_host, g_strdup (host), GUINT_TO_POINTER (n));
}

/* Takes the get out of the queue and the counts. From here on nothing reaches its owner. */
static void
get_end (BtTrackerHttpGet *get)
{
  BtTrackerHttp *http = get->http;

  if (get->state == GET_WAITING)
    {
      if (g_queue_remove (&http->waiting, get))
        get_unref (get);
    }
  else
    {
      http->n_active--;
      count_host (http, get->host, -1);
      bt_timer_disarm (&get->timer, http->clock);
    }
  if (!g_queue_is_empty (&http->waiting))
    bt_poller_queue (http->poller, &http->pump);

  get->state = GET_OVER;
  get->http = NULL;
  /* Also what keeps libsoup from reading an endless rest when the stream is closed. */
  g_cancellable_cancel (get->cancellable);
  g_clear_object (&get->stream);
}

/* The last thing its caller does with `get`. Takes `error`. */
static void
get_fail (BtTrackerHttpGet *get,
          GError           *error)
{
  get_end (get);
  get->func (NULL, error, get->user_data);
  g_error_free (error);
  get_unref (get);
}

static void
get_fail_literal (BtTrackerHttpGet *get,
                  BtTrackerError    code,
                  const char       *message)
{
  get_fail (get, g_error_new_literal (BT_TRACKER_ERROR, (int) code, message));
}

static guint
read_retry_after (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *text = soup_message_headers_get_one (headers, "Retry-After");
  guint64 seconds = 0;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, MAX_RETRY_AFTER_S, &seconds, NULL))
    return 0;
  return (guint) seconds;
}

static void
get_succeed (BtTrackerHttpGet *get)
{
  g_autoptr (GBytes) body = g_byte_array_free_to_bytes (g_steal_pointer (&get->body));
  BtTrackerHttpAnswer answer = { .body = body,
                                 .status = soup_message_get_status (get->message),
                                 .retry_after_s = read_retry_after (get->message) };

  get_end (get);
  get->func (&answer, NULL, get->user_data);
  get_unref (get);
}

/* The first fault that is not the others' fault. */
static const char *
describe_certificate_fault (GTlsCertificateFlags flags)
{
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "it is for another host";
  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    return "it has expired";
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "it is not valid yet";
  if (flags & G_TLS_CERTIFICATE_REVOKED)
    return "it was revoked";
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "nobody known vouches for it";
  return "it is faulty";
}

/* In our own words and codes. The certificate's faults are known to the message only. */
static GError *
translate_error (BtTrackerHttpGet *get,
                 const GError     *error)
{
  GTlsCertificateFlags faults = soup_message_get_tls_peer_certificate_errors (get->message);
  BtTrackerError code = BT_TRACKER_ERROR_FAILED;

  if (faults != 0 || g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return g_error_new (BT_TRACKER_ERROR, BT_TRACKER_ERROR_CERTIFICATE,
                        "The tracker's certificate is not trusted: %s",
                        describe_certificate_fault (faults));

  if (error->domain == G_RESOLVER_ERROR)
    code = BT_TRACKER_ERROR_UNREACHABLE;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    code = BT_TRACKER_ERROR_TIMED_OUT;
  else if (error->domain == G_IO_ERROR)
    code = BT_TRACKER_ERROR_UNREACHABLE;
  return g_error_new_literal (BT_TRACKER_ERROR, (int) code, error->message);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  BtTrackerHttpGet *get = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  if (get->state == GET_OVER)
    ;
  else if (bytes == NULL)
    get_fail (get, translate_error (get, error));
  else if (g_bytes_get_size (bytes) == 0)
    get_succeed (get);
  else if (g_bytes_get_size (bytes) > BT_TRACKER_MAX_ANSWER_BYTES - get->body->len)
    get_fail_literal (get, BT_TRACKER_ERROR_TOO_LARGE, "The tracker's answer is too large");
  else
    {
      g_byte_array_append (get->body, g_bytes_get_data (bytes, NULL),
                           (guint) g_bytes_get_size (bytes));
      g_input_stream_read_bytes_async (get->stream, READ_BYTES, G_PRIORITY_DEFAULT,
                                       get->cancellable, read_cb, get_ref (get));
    }
  get_unref (get);
}

static GUri *
follow_redirect (BtTrackerHttpGet  *get,
                 GError           **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (get->message);

  if (get->n_redirects >= BT_TRACKER_MAX_REDIRECTS)
    {
      g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_FAILED,
                           "The tracker redirects too often");
      return NULL;
    }
  return bt_tracker_url_follow (get->uri, soup_message_headers_get_one (headers, "Location"),
                                error);
}

static void
redirect (BtTrackerHttpGet *get)
{
  GError *error = NULL;
  GUri *uri = follow_redirect (get, &error);

  if (uri == NULL)
    {
      get_fail (get, error);
      return;
    }

  /* The body of this hop is not wanted: a fresh cancellable lets the old connection be dropped. */
  g_cancellable_cancel (get->cancellable);
  g_clear_object (&get->stream);
  g_clear_object (&get->message);
  g_clear_object (&get->cancellable);
  g_uri_unref (get->uri);
  get->uri = uri;
  get->n_redirects++;
  send_request (get);
}

static gboolean
is_declared_too_large (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         soup_message_headers_get_content_length (headers) > BT_TRACKER_MAX_ANSWER_BYTES;
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  BtTrackerHttpGet *get = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = NULL;

  stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (get->state == GET_OVER)
    ;
  else if (stream == NULL)
    get_fail (get, translate_error (get, error));
  else if (SOUP_STATUS_IS_REDIRECTION (soup_message_get_status (get->message)))
    {
      get->stream = g_steal_pointer (&stream);
      redirect (get);
    }
  else if (is_declared_too_large (get->message))
    {
      get->stream = g_steal_pointer (&stream);
      get_fail_literal (get, BT_TRACKER_ERROR_TOO_LARGE, "The tracker's answer is too large");
    }
  else
    {
      get->stream = g_steal_pointer (&stream);
      get->body = g_byte_array_new ();
      g_input_stream_read_bytes_async (get->stream, READ_BYTES, G_PRIORITY_DEFAULT,
                                       get->cancellable, read_cb, get_ref (get));
    }
  get_unref (get);
}

static void
send_request (BtTrackerHttpGet *get)
{
  get->cancellable = g_cancellable_new ();
  get->message = soup_message_new_from_uri (SOUP_METHOD_GET, get->uri);
  soup_message_add_flags (get->message, SOUP_MESSAGE_NO_REDIRECT);
  soup_session_send_async (get->session, get->message, G_PRIORITY_DEFAULT,
                           get->cancellable, sent_cb, get_ref (get));
}

static void
timed_out_cb (gpointer user_data)
{
  get_fail_literal (user_data, BT_TRACKER_ERROR_TIMED_OUT, "The tracker does not answer");
}

/* FALSE: it can be known without asking that nothing will come of it. */
static gboolean
get_prepare (BtTrackerHttpGet  *get,
             GError           **error)
{
  if (get->session == NULL)
    {
      g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_UNREACHABLE,
                           "The tracker's kind of address is not in use");
      return FALSE;
    }
  get->uri = g_uri_parse (get->url, SOUP_HTTP_URI_FLAGS, NULL);
  g_clear_pointer (&get->url, g_free);
  if (get->uri == NULL)
    g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_URL,
                         "The tracker's URL is malformed");
  return get->uri != NULL;
}

static void
get_begin (BtTrackerHttpGet *get)
{
  BtTrackerHttp *http = get->http;
  GError *error = NULL;

  get->state = GET_ACTIVE;
  http->n_active++;
  count_host (http, get->host, +1);
  if (!get_prepare (get, &error))
    {
      get_fail (get, error);
      return;
    }

  bt_timer_arm_in (&get->timer, http->clock, http->timeout_us);
  send_request (get);
}

static BtTrackerHttpGet *
pop_startable (BtTrackerHttp *http)
{
  if (http->n_active >= MAX_ACTIVE)
    return NULL;

  for (GList *link = http->waiting.head; link != NULL; link = link->next)
    {
      BtTrackerHttpGet *get = link->data;

      if (get_n_active (http, get->host) < MAX_ACTIVE_PER_HOST)
        {
          g_queue_delete_link (&http->waiting, link);
          return get;
        }
    }
  return NULL;
}

static void
pump_cb (gpointer user_data)
{
  BtTrackerHttp *http = user_data;
  BtTrackerHttpGet *get;

  while ((get = pop_startable (http)) != NULL)
    {
      get_begin (get);
      get_unref (get);
    }
}

static SoupSession *
make_session (BtFamily                  family,
              const BtTrackerHubConfig *config)
{
  const BtAddress *bind_to = family == BT_FAMILY_IPV4 ? &config->bind4 : &config->bind6;
  GSocketFamily kind = family == BT_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
  g_autoptr (GInetAddress) ip = NULL;
  g_autoptr (GSocketAddress) local = NULL;
  SoupSession *session;

  if (bind_to->family == family)
    ip = g_inet_address_new_from_bytes (bind_to->ip, kind);
  else
    ip = g_inet_address_new_any (kind);
  local = g_inet_socket_address_new (ip, 0);

  /* Time-outs are ours, by the engine's clock. */
  session = g_object_new (SOUP_TYPE_SESSION,
                          "local-address", local,
                          "max-conns", MAX_ACTIVE,
                          "max-conns-per-host", MAX_ACTIVE_PER_HOST,
                          "user-agent", config->user_agent != NULL ? config->user_agent : "",
                          "timeout", 0,
                          "idle-timeout", IDLE_TIMEOUT_S,
                          NULL);
  if (config->proxy_resolver != NULL)
    soup_session_set_proxy_resolver (session, config->proxy_resolver);
  return session;
}

BtTrackerHttp *
bt_tracker_http_new (BtClock                  *clock,
                     BtPoller                 *poller,
                     const BtTrackerHubConfig *config)
{
  BtTrackerHttp *http = g_new0 (BtTrackerHttp, 1);

  http->clock = clock;
  http->poller = poller;
  http->timeout_us = (config->timeout_s != 0 ? config->timeout_s : BT_TRACKER_DEFAULT_TIMEOUT_S) *
                     BT_SECOND_US;
  http->n_by_host = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&http->waiting);
  bt_poll_task_init (&http->pump, pump_cb, http);
  if (config->use_ipv4)
    http->sessions[0] = make_session (BT_FAMILY_IPV4, config);
  if (config->use_ipv6)
    http->sessions[1] = make_session (BT_FAMILY_IPV6, config);
  return http;
}

void
bt_tracker_http_free (BtTrackerHttp *http)
{
  if (http == NULL)
    return;

  g_assert (http->n_active == 0 && g_queue_is_empty (&http->waiting));

  bt_poller_unqueue (http->poller, &http->pump);
  for (guint i = 0; i < G_N_ELEMENTS (http->sessions); i++)
    {
      if (http->sessions[i] != NULL)
        soup_session_abort (http->sessions[i]);
      g_clear_object (&http->sessions[i]);
    }
  g_hash_table_unref (http->n_by_host);
  g_free (http);
}

BtTrackerHttpGet *
bt_tracker_http_get (BtTrackerHttp     *http,
                     const char        *url,
                     const char        *host,
                     BtFamily           family,
                     gboolean           is_urgent,
                     BtTrackerHttpFunc  func,
                     gpointer           user_data)
{
  BtTrackerHttpGet *get = g_new0 (BtTrackerHttpGet, 1);
  SoupSession *session = http->sessions[family == BT_FAMILY_IPV4 ? 0 : 1];

  get->n_refs = 1;
  get->http = http;
  get->host = g_strdup (host);
  get->url = g_strdup (url);
  get->session = session == NULL ? NULL : g_object_ref (session);
  get->func = func;
  get->user_data = user_data;
  get->state = GET_WAITING;
  bt_timer_init (&get->timer, timed_out_cb, get);
  if (is_urgent)
    g_queue_push_head (&http->waiting, get_ref (get));
  else
    g_queue_push_tail (&http->waiting, get_ref (get));
  bt_poller_queue (http->poller, &http->pump);
  return get;
}

void
bt_tracker_http_cancel (BtTrackerHttpGet *get)
{
  get_end (get);
  get_unref (get);
}

gboolean
bt_tracker_http_was_sent (BtTrackerHttpGet *get)
{
  return get->state == GET_ACTIVE;
}
