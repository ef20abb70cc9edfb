/* bt-tracker-http.c - fetches a small answer over HTTP(S), over one address family
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-http.h"

#include "bt-tracker-url.h"

#include "base/bt-socket-http.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>

#define MAX_ACTIVE          64
#define MAX_ACTIVE_PER_HOST 8
/* Of a host that let the last one wait in vain: thousands of torrents may be its, and those of others are not to wait
 * for that. */
#define MAX_ACTIVE_PER_SILENT_HOST 1
#define READ_BYTES          16384
#define IDLE_TIMEOUT_S      15
#define MAX_RETRY_AFTER_S   BT_TRACKER_MAX_INTERVAL_S

typedef enum
{
  GET_WAITING,
  GET_ACTIVE,
  GET_OVER,     /* answered, failed or cancelled; libsoup may still hold a reference */
} GetState;

/* There is one as long as something is active or waits. Those of which one more may begin are `ready`, and have their
 * turns round about. */
typedef struct
{
  char     *name;       /* owned */
  GQueue    waiting;    /* of BtTrackerHttpGet, by their own links, each with a reference */
  GList     link;       /* in `ready` */
  guint     n_active;
  gboolean  is_ready;
  gboolean  is_silent;  /* the last answer did not come */
} Host;

struct _BtTrackerHttp
{
  /* owned */
  SoupSession *sessions[2];  /* IPv4, IPv6; made when first needed */
  BtTrackerHubConfig config; /* with what it points to */
  GProxyResolver *way_resolver; /* nullable: everything goes through it */
  GHashTable  *hosts;        /* name → Host */
  GQueue       ready;        /* of Host, by their own links */

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

  /* borrowed */
  Host              *host;  /* NULL once over */
  BtTrackerHttp     *http;  /* NULL once over */
  gpointer           user_data;

  /* values */
  BtTrackerHttpFunc  func;
  BtTimer            timer;
  GList              link;  /* in the host's `waiting` */
  GetState           state;
  guint              n_redirects;
  int                n_refs;
  gboolean           is_sending;   /* sent_cb() is still to come */
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
  g_free (get);
}

static void
host_free (gpointer data)
{
  Host *host = data;

  g_free (host->name);
  g_free (host);
}

static Host *
ensure_host (BtTrackerHttp *http,
             const char    *name)
{
  Host *host = g_hash_table_lookup (http->hosts, name);

  if (host != NULL)
    return host;
  host = g_new0 (Host, 1);
  host->name = g_strdup (name);
  host->link.data = host;
  g_queue_init (&host->waiting);
  g_hash_table_insert (http->hosts, host->name, host);
  return host;
}

/* Something of it has changed. It goes when nothing is left of it. */
static void
update_host (BtTrackerHttp *http,
             Host          *host)
{
  guint n_max = host->is_silent ? MAX_ACTIVE_PER_SILENT_HOST : MAX_ACTIVE_PER_HOST;

  if (host->is_ready)
    g_queue_unlink (&http->ready, &host->link);
  host->is_ready = host->waiting.length > 0 && host->n_active < n_max;
  if (host->is_ready)
    g_queue_push_tail_link (&http->ready, &host->link);
  else if (host->waiting.length == 0 && host->n_active == 0)
    g_hash_table_remove (http->hosts, host->name);
}

/* libsoup before 3.6.6 ends a message twice, and lets go of what it does not hold, if it is cancelled when its head has
 * come and the answer to our send waits for its turn of the loop. That turn is the next one: sent_cb() cancels then.
 * For those that ask for a password or another connection it first reads a whole body, which may not end. */
static gboolean
is_about_to_be_sent (BtTrackerHttpGet *get)
{
  guint status = get->is_sending ? soup_message_get_status (get->message) : SOUP_STATUS_NONE;

  return status >= SOUP_STATUS_OK && status != SOUP_STATUS_UNAUTHORIZED &&
         status != SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED &&
         status != SOUP_STATUS_MISDIRECTED_REQUEST;
}

/* Takes the get out of the queue and the counts. From here on nothing reaches its owner. */
static void
get_end (BtTrackerHttpGet *get)
{
  BtTrackerHttp *http = get->http;

  if (get->state == GET_WAITING)
    {
      g_queue_unlink (&get->host->waiting, &get->link);
      get_unref (get);
    }
  else
    {
      http->n_active--;
      get->host->n_active--;
      bt_timer_disarm (&get->timer, http->clock);
    }
  update_host (http, g_steal_pointer (&get->host));
  if (!g_queue_is_empty (&http->ready))
    bt_poller_queue (http->poller, &http->pump);

  get->state = GET_OVER;
  get->http = NULL;
  /* Also what keeps libsoup from reading an endless rest when the stream is closed. */
  if (!is_about_to_be_sent (get))
    g_cancellable_cancel (get->cancellable);
  g_clear_object (&get->stream);
}

/* The last thing its caller does with `get`. Takes `error`. */
static void
get_fail (BtTrackerHttpGet *get,
          GError           *error)
{
  get->host->is_silent = error->code == BT_TRACKER_ERROR_TIMED_OUT;
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

  get->host->is_silent = FALSE;
  get_end (get);
  get->func (&answer, NULL, get->user_data);
  get_unref (get);
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
                        _("The tracker's certificate is not trusted: %s"),
                        bt_socket_describe_certificate (faults));

  /* Not by us, or nobody would ask: bt_socket_guard_http(). */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new_literal (BT_TRACKER_ERROR, BT_TRACKER_ERROR_TIMED_OUT,
                                _("The tracker does not answer"));

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
    get_fail_literal (get, BT_TRACKER_ERROR_TOO_LARGE, _("The tracker's answer is too large"));
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
                           _("The tracker redirects too often"));
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

  get->is_sending = FALSE;
  stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (get->state == GET_OVER)
    {
      g_cancellable_cancel (get->cancellable);
      g_clear_object (&stream);
    }
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
      get_fail_literal (get, BT_TRACKER_ERROR_TOO_LARGE, _("The tracker's answer is too large"));
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
  bt_socket_guard_http (get->message, get->cancellable);
  get->is_sending = TRUE;
  soup_session_send_async (get->session, get->message, G_PRIORITY_DEFAULT,
                           get->cancellable, sent_cb, get_ref (get));
}

static void
timed_out_cb (gpointer user_data)
{
  get_fail_literal (user_data, BT_TRACKER_ERROR_TIMED_OUT, _("The tracker does not answer"));
}

/* FALSE: it can be known without asking that nothing will come of it. */
static gboolean
get_prepare (BtTrackerHttpGet  *get,
             GError           **error)
{
  if (get->session == NULL)
    {
      g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_UNREACHABLE,
                           _("The tracker's kind of address is not in use"));
      return FALSE;
    }
  get->uri = g_uri_parse (get->url, SOUP_HTTP_URI_FLAGS, NULL);
  g_clear_pointer (&get->url, g_free);
  if (get->uri == NULL)
    g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_URL,
                         _("The tracker's URL is malformed"));
  return get->uri != NULL;
}

static void
get_begin (BtTrackerHttpGet *get)
{
  BtTrackerHttp *http = get->http;
  GError *error = NULL;

  get->state = GET_ACTIVE;
  http->n_active++;
  get->host->n_active++;
  update_host (http, get->host);
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
  Host *host;

  if (http->n_active >= MAX_ACTIVE || g_queue_is_empty (&http->ready))
    return NULL;

  host = http->ready.head->data;
  return g_queue_pop_head_link (&host->waiting)->data;
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

/* NULL: which family is the proxy's to choose, and so is ours towards it. */
static GSocketAddress *
make_local (BtTrackerHttp *http,
            BtFamily       family)
{
  const BtTrackerHubConfig *config = &http->config;
  const BtAddress *bind_to = family == BT_FAMILY_IPV4 ? &config->bind4 : &config->bind6;
  GSocketFamily kind = family == BT_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
  g_autoptr (GInetAddress) ip = NULL;

  if (bind_to->family == family)
    ip = g_inet_address_new_from_bytes (bind_to->ip, kind);
  else if (http->way_resolver != NULL)
    return NULL;
  else
    ip = g_inet_address_new_any (kind);
  return g_inet_socket_address_new (ip, 0);
}

static SoupSession *
make_session (BtTrackerHttp *http,
              BtFamily       family)
{
  const BtTrackerHubConfig *config = &http->config;
  BtSocketRules *rules = bt_poller_get_socket_rules (http->poller);
  g_autoptr (GSocketAddress) local = make_local (http, family);
  SoupSession *session;

  /* Time-outs are ours, by the engine's clock. An empty name would stand for the library's. */
  session = g_object_new (SOUP_TYPE_SESSION,
                          "local-address", local,
                          "max-conns", MAX_ACTIVE,
                          "max-conns-per-host", MAX_ACTIVE_PER_HOST,
                          "user-agent", config->user_agent[0] != '\0' ? config->user_agent : NULL,
                          "timeout", 0,
                          "idle-timeout", IDLE_TIMEOUT_S,
                          NULL);
  bt_socket_rule_http (rules, session);
  if (http->way_resolver != NULL)
    soup_session_set_proxy_resolver (session, http->way_resolver);
  else if (config->proxy_resolver != NULL)
    soup_session_set_proxy_resolver (session, config->proxy_resolver);
  /* The system's may be one that only another interface reaches. */
  else if (rules->device[0] != '\0')
    soup_session_set_proxy_resolver (session, NULL);
  return session;
}

/* Borrowed; NULL: that family is not used. */
static SoupSession *
get_session (BtTrackerHttp *http,
             BtFamily       family)
{
  guint i = family == BT_FAMILY_IPV4 ? 0 : 1;

  if (http->way_resolver == NULL &&
      (family == BT_FAMILY_IPV4 ? !http->config.use_ipv4 : !http->config.use_ipv6))
    return NULL;
  if (http->sessions[i] == NULL)
    http->sessions[i] = make_session (http, family);
  return http->sessions[i];
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
  http->config = *config;
  http->config.user_agent = g_strdup (config->user_agent != NULL ? config->user_agent : "");
  if (config->proxy_resolver != NULL)
    g_object_ref (config->proxy_resolver);
  http->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, host_free);
  g_queue_init (&http->ready);
  bt_poll_task_init (&http->pump, pump_cb, http);
  return http;
}

void
bt_tracker_http_set_way (BtTrackerHttp         *http,
                         const BtTrackerHubWay *way)
{
  GProxyResolver *resolver = way->is_proxied ? way->proxy_resolver : NULL;

  bt_tracker_http_forget (http);
  g_free ((char *) http->config.user_agent);
  http->config.user_agent = g_strdup (way->user_agent);
  g_set_object (&http->way_resolver, resolver);
}

/* Not aborted, for the same reason that is_about_to_be_sent() has: a session ends with the last get that has it. */
void
bt_tracker_http_forget (BtTrackerHttp *http)
{
  for (guint i = 0; i < G_N_ELEMENTS (http->sessions); i++)
    g_clear_object (&http->sessions[i]);
}

void
bt_tracker_http_free (BtTrackerHttp *http)
{
  if (http == NULL)
    return;

  g_assert (http->n_active == 0 && g_hash_table_size (http->hosts) == 0);

  bt_poller_unqueue (http->poller, &http->pump);
  bt_tracker_http_forget (http);
  g_clear_object (&http->config.proxy_resolver);
  g_clear_object (&http->way_resolver);
  g_free ((char *) http->config.user_agent);
  g_hash_table_unref (http->hosts);
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
  SoupSession *session = get_session (http, family);

  get->n_refs = 1;
  get->http = http;
  get->host = ensure_host (http, host);
  get->link.data = get;
  get->url = g_strdup (url);
  get->session = session == NULL ? NULL : g_object_ref (session);
  get->func = func;
  get->user_data = user_data;
  get->state = GET_WAITING;
  bt_timer_init (&get->timer, timed_out_cb, get);
  if (is_urgent)
    g_queue_push_head_link (&get->host->waiting, &get->link);
  else
    g_queue_push_tail_link (&get->host->waiting, &get->link);
  get_ref (get);
  update_host (http, get->host);
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
