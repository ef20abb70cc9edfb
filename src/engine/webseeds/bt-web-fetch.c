/* bt-web-fetch.c - one range of one file over HTTP(S), redirections included
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-web-fetch.h"

#include "bt-web-client-private.h"

#include "base/bt-socket-http.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

struct _BtWebFetch
{
  /* owned */
  SoupSession         *session;
  SoupMessage         *message;  /* of the present hop */
  GInputStream        *stream;
  GCancellable        *cancellable;
  GUri                *uri;
  char                *host;     /* of the first hop: what is counted */

  /* borrowed */
  BtWebClient         *client;   /* NULL once over */
  const BtWebFetchOps *ops;
  gpointer             owner;

  /* values */
  BtWebRange           range;
  BtWebBody            body;     /* what is still to come of it */
  guint64              n_read;   /* of the body */
  BtTimer              timer;
  guint                n_redirects;
  int                  n_refs;
  guint                is_over : 1;     /* libsoup may still hold a reference */
  guint                is_sending : 1;  /* sent_cb() is still to come */
  guint                is_reading : 1;
  guint                is_waiting : 1;  /* for bt_web_fetch_continue() */
};

static void send_request (BtWebFetch *fetch);
static void read_more    (BtWebFetch *fetch);

static BtWebFetch *
fetch_ref (BtWebFetch *fetch)
{
  fetch->n_refs++;
  return fetch;
}

static void
fetch_unref (BtWebFetch *fetch)
{
  if (--fetch->n_refs > 0)
    return;

  g_clear_object (&fetch->stream);
  g_clear_object (&fetch->message);
  g_clear_object (&fetch->session);
  g_clear_object (&fetch->cancellable);
  g_clear_pointer (&fetch->uri, g_uri_unref);
  g_free (fetch->host);
  g_free (fetch);
}

/* Not to be cancelled now, for what libsoup before 3.6.6 does then: see is_about_to_be_sent() of
 * trackers/bt-tracker-http.c. */
static gboolean
is_about_to_be_sent (BtWebFetch *fetch)
{
  guint status = fetch->is_sending ? soup_message_get_status (fetch->message) : SOUP_STATUS_NONE;

  return status >= SOUP_STATUS_OK && status != SOUP_STATUS_UNAUTHORIZED &&
         status != SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED &&
         status != SOUP_STATUS_MISDIRECTED_REQUEST;
}

/* From here on nothing reaches the owner. */
static void
fetch_end (BtWebFetch *fetch)
{
  BtWebClient *client = fetch->client;

  fetch->is_over = TRUE;
  fetch->client = NULL;
  bt_timer_disarm (&fetch->timer, bt_web_client_get_clock (client));
  bt_web_client_count (client, fetch->host, -1);
  /* Also what keeps libsoup from reading an endless rest when the stream is closed. */
  if (!is_about_to_be_sent (fetch))
    g_cancellable_cancel (fetch->cancellable);
  g_clear_object (&fetch->stream);
}

/* The last thing its caller does with the fetch. Takes `error` (nullable). */
static void
finish (BtWebFetch *fetch,
        GError     *error)
{
  guint retry_after_s = 0;

  if (g_error_matches (error, BT_WEB_ERROR, BT_WEB_ERROR_BUSY))
    retry_after_s =
      bt_web_answer_get_retry_after (soup_message_get_response_headers (fetch->message),
                                     g_get_real_time () / G_USEC_PER_SEC);
  fetch_end (fetch);
  fetch->ops->ended (fetch->owner, error, retry_after_s);
  g_clear_error (&error);
  fetch_unref (fetch);
}

static void
finish_literal (BtWebFetch *fetch,
                BtWebError  code,
                const char *message)
{
  finish (fetch, g_error_new_literal (BT_WEB_ERROR, (int) code, message));
}

static void
arm (BtWebFetch *fetch)
{
  bt_timer_arm_in (&fetch->timer, bt_web_client_get_clock (fetch->client), BT_WEB_SILENCE_US);
}

static void
timed_out_cb (gpointer user_data)
{
  BtWebFetch *fetch = user_data;

  if (fetch->stream != NULL && fetch->body.take_bytes == 0)
    finish (fetch, NULL);  /* only the end of the body is late */
  else
    finish_literal (fetch, BT_WEB_ERROR_LATER, _("The web seed does not answer"));
}

/* In our own codes. The certificate's faults are known to the message only. */
static GError *
translate_error (BtWebFetch   *fetch,
                 const GError *error)
{
  if (soup_message_get_tls_peer_certificate_errors (fetch->message) != 0 ||
      g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return g_error_new_literal (BT_WEB_ERROR, BT_WEB_ERROR_USELESS,
                                _("The web seed’s certificate is not trusted"));
  if (error->domain == G_RESOLVER_ERROR)
    return g_error_new_literal (BT_WEB_ERROR, BT_WEB_ERROR_LATER,
                                _("The web seed’s name is not known"));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return g_error_new_literal (BT_WEB_ERROR, BT_WEB_ERROR_LATER,
                                _("The web seed refuses the connection"));
  if (fetch->stream != NULL)
    return g_error_new_literal (BT_WEB_ERROR, BT_WEB_ERROR_LATER,
                                _("The web seed broke off"));
  /* Not by us, or nobody would ask: bt_socket_guard_http(). */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new_literal (BT_WEB_ERROR, BT_WEB_ERROR_LATER,
                                _("The web seed does not answer"));
  return g_error_new (BT_WEB_ERROR, BT_WEB_ERROR_LATER, _("The web seed cannot be reached: %s"),
                      error->message);
}

/* --- The body --- */

static void
take_bytes (BtWebFetch   *fetch,
            const guint8 *bytes,
            gsize         n_bytes)
{
  gsize n_skipped = (gsize) MIN (n_bytes, fetch->body.skip_bytes);
  gsize n_taken;

  fetch->n_read += n_bytes;
  fetch->body.skip_bytes -= n_skipped;
  n_taken = (gsize) MIN (n_bytes - n_skipped, fetch->body.take_bytes);
  fetch->body.take_bytes -= n_taken;
  if (n_taken > 0)
    fetch->ops->data (fetch->owner, bytes + n_skipped, n_taken);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  BtWebFetch *fetch = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gsize n_bytes = 0;
  const guint8 *data;

  fetch->is_reading = FALSE;
  bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  data = bytes != NULL ? g_bytes_get_data (bytes, &n_bytes) : NULL;
  if (!fetch->is_over)
    fetch->ops->has_read (fetch->owner, n_bytes);
  if (fetch->is_over)
    ;
  else if (fetch->body.take_bytes == 0)
    finish (fetch, NULL);  /* the end of the body: the connection may be used again */
  else if (bytes == NULL)
    finish (fetch, translate_error (fetch, error));
  else if (n_bytes == 0)
    finish_literal (fetch, BT_WEB_ERROR_LATER, _("The web seed broke off"));
  else
    {
      take_bytes (fetch, data, n_bytes);
      if (!fetch->is_over)
        read_more (fetch);
    }
  fetch_unref (fetch);
}

static void
read_more (BtWebFetch *fetch)
{
  guint64 n_wanted = fetch->body.skip_bytes + fetch->body.take_bytes;
  gsize n_allowed;

  if (n_wanted == 0 && fetch->body.body_bytes != fetch->n_read)
    {
      /* There is more, or may be, and it is not wanted. */
      finish (fetch, NULL);
      return;
    }
  n_allowed = fetch->ops->may_read (fetch->owner,
                                    (gsize) CLAMP (n_wanted, 1, (guint64) BT_WEB_READ_BYTES));
  if (fetch->is_over)
    return;
  fetch->is_waiting = n_allowed == 0;
  if (fetch->is_waiting)
    {
      bt_timer_disarm (&fetch->timer, bt_web_client_get_clock (fetch->client));
      return;
    }
  arm (fetch);
  fetch->is_reading = TRUE;
  g_input_stream_read_bytes_async (fetch->stream, n_allowed, G_PRIORITY_DEFAULT,
                                   fetch->cancellable, read_cb, fetch_ref (fetch));
}

void
bt_web_fetch_continue (BtWebFetch *fetch)
{
  if (!fetch->is_waiting || fetch->is_reading)
    return;
  fetch->is_waiting = FALSE;
  fetch_ref (fetch);
  read_more (fetch);
  fetch_unref (fetch);
}

/* --- The head --- */

static void
redirect (BtWebFetch *fetch)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (fetch->message);
  GError *error = NULL;
  GUri *uri = NULL;

  if (fetch->n_redirects >= BT_WEB_MAX_REDIRECTS)
    g_set_error_literal (&error, BT_WEB_ERROR, BT_WEB_ERROR_USELESS,
                         _("The web seed redirects too often"));
  else
    uri = bt_web_url_follow (fetch->uri, soup_message_headers_get_one (headers, "Location"),
                             &error);
  if (uri == NULL)
    {
      finish (fetch, error);
      return;
    }

  /* The body of this hop is not wanted: a fresh cancellable lets the old connection be dropped. */
  g_cancellable_cancel (fetch->cancellable);
  g_clear_object (&fetch->stream);
  g_clear_object (&fetch->message);
  g_clear_object (&fetch->cancellable);
  g_uri_unref (fetch->uri);
  fetch->uri = uri;
  fetch->n_redirects++;
  send_request (fetch);
}

static gboolean
is_redirection (guint status)
{
  return status == SOUP_STATUS_MOVED_PERMANENTLY || status == SOUP_STATUS_FOUND ||
         status == SOUP_STATUS_SEE_OTHER || status == SOUP_STATUS_TEMPORARY_REDIRECT ||
         status == SOUP_STATUS_PERMANENT_REDIRECT;
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  BtWebFetch *fetch = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = NULL;
  GError *fault = NULL;

  fetch->is_sending = FALSE;
  stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (fetch->is_over)
    {
      g_cancellable_cancel (fetch->cancellable);
      g_clear_object (&stream);
    }
  else if (stream == NULL)
    finish (fetch, translate_error (fetch, error));
  else
    {
      guint status = soup_message_get_status (fetch->message);

      fetch->stream = g_steal_pointer (&stream);
      if (is_redirection (status))
        redirect (fetch);
      else if (!bt_web_answer_judge (status, soup_message_get_response_headers (fetch->message),
                                     &fetch->range, &fetch->body, &fault))
        finish (fetch, fault);
      else
        read_more (fetch);
    }
  fetch_unref (fetch);
}

static void
send_request (BtWebFetch *fetch)
{
  SoupMessageHeaders *headers;

  fetch->cancellable = g_cancellable_new ();
  fetch->message = soup_message_new_from_uri (SOUP_METHOD_GET, fetch->uri);
  soup_message_add_flags (fetch->message, SOUP_MESSAGE_NO_REDIRECT);
  headers = soup_message_get_request_headers (fetch->message);
  soup_message_headers_set_range (headers, (goffset) fetch->range.begin,
                                  (goffset) (fetch->range.begin + fetch->range.length - 1));
  soup_message_headers_replace (headers, "Accept-Encoding", "identity");
  arm (fetch);
  bt_socket_guard_http (fetch->message, fetch->cancellable);
  fetch->is_sending = TRUE;
  soup_session_send_async (fetch->session, fetch->message, G_PRIORITY_DEFAULT,
                           fetch->cancellable, sent_cb, fetch_ref (fetch));
}

BtWebFetch *
bt_web_fetch_new (BtWebClient         *client,
                  GUri                *uri,
                  const BtWebRange    *range,
                  const BtWebFetchOps *ops,
                  gpointer             owner)
{
  BtWebFetch *fetch = g_new0 (BtWebFetch, 1);

  fetch->n_refs = 1;
  fetch->client = client;
  fetch->session = g_object_ref (bt_web_client_get_session (client));
  fetch->uri = g_uri_ref (uri);
  fetch->host = g_strdup (g_uri_get_host (uri));
  fetch->range = *range;
  fetch->ops = ops;
  fetch->owner = owner;
  bt_timer_init (&fetch->timer, timed_out_cb, fetch);
  bt_web_client_count (client, fetch->host, +1);
  send_request (fetch);
  return fetch;
}

void
bt_web_fetch_cancel (BtWebFetch *fetch)
{
  fetch_end (fetch);
  fetch_unref (fetch);
}
