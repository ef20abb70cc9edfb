/* web-server.c - an HTTP server in the process that gives a folder away, and can be told to misbehave
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "web-server.h"

#include <inttypes.h>
#include <string.h>

#define SHORT_BYTES 20000u

/* What was asked for, of a file of `n_bytes`. */
static gboolean
get_range (SoupServerMessage *message,
           gsize              n_bytes,
           goffset           *out_start,
           goffset           *out_end)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupRange *ranges = NULL;
  int n_ranges = 0;

  if (!soup_message_headers_get_ranges (headers, (goffset) n_bytes, &ranges, &n_ranges))
    return FALSE;
  g_assert_cmpint (n_ranges, ==, 1);
  *out_start = ranges[0].start;
  *out_end = ranges[0].end;
  soup_message_headers_free_ranges (headers, ranges);
  return TRUE;
}

static void
answer_part (WebServer         *self,
             SoupServerMessage *message,
             char              *data,
             gsize              n_bytes)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  goffset start = 0, end = 0;
  gsize n;

  g_assert_true (get_range (message, n_bytes, &start, &end));
  n = (gsize) (end - start) + 1;
  soup_server_message_set_status (message, SOUP_STATUS_PARTIAL_CONTENT, NULL);
  if (self->fault == WEB_GZIP)
    soup_message_headers_replace (headers, "Content-Encoding", "gzip");
  if (self->fault == WEB_CORRUPT)
    data[start] ^= 1;
  if (self->fault == WEB_OTHER_RANGE)
    soup_message_headers_set_content_range (headers, start + 1, end + 1, (goffset) n_bytes);
  else if (self->fault != WEB_NO_PART)
    soup_message_headers_set_content_range (headers, start, end,
                                            (goffset) n_bytes + (self->fault == WEB_OTHER_SIZE));
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY,
                            data + start, n);
}

/* Few bytes, as nobody reads them while they are written. */
static void
answer_short (SoupServerMessage *message,
              const char        *data,
              gsize              n_bytes)
{
  g_autofree char *head = NULL;
  g_autoptr (GIOStream) stream = NULL;
  GOutputStream *output;
  goffset start = 0, end = 0;

  g_assert_true (get_range (message, n_bytes, &start, &end));
  head = g_strdup_printf ("HTTP/1.1 206 Part\r\nContent-Length: %" PRId64 "\r\n"
                          "Content-Range: bytes %" PRId64 "-%" PRId64 "/%" PRIu64 "\r\n\r\n",
                          end - start + 1, start, end, (guint64) n_bytes);
  stream = soup_server_message_steal_connection (message);
  output = g_io_stream_get_output_stream (stream);
  g_assert_true (g_output_stream_write_all (output, head, strlen (head), NULL, NULL, NULL));
  g_assert_true (g_output_stream_write_all (output, data + start,
                                            MIN (SHORT_BYTES, (gsize) (end - start) / 2), NULL,
                                            NULL, NULL));
  g_io_stream_close (stream, NULL, NULL);
}

static void
answer_whole (SoupServerMessage *message,
              const char        *data,
              gsize              n_bytes)
{
  /* libsoup would make a part of it by itself. */
  soup_message_headers_remove (soup_server_message_get_request_headers (message), "Range");
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/octet-stream", SOUP_MEMORY_COPY, data,
                                    n_bytes);
}

static void
answer_redirect (WebServer         *self,
                 SoupServerMessage *message,
                 const char        *path)
{
  g_autofree char *again = g_strdup_printf ("%s?again", path);

  soup_server_message_set_redirect (message, SOUP_STATUS_FOUND,
                                    self->location != NULL ? self->location : again);
}

static void
answer_fault (WebServer         *self,
              SoupServerMessage *message,
              const char        *path,
              char              *data,
              gsize              n_bytes)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  gboolean is_again = g_uri_get_query (soup_server_message_get_uri (message)) != NULL;

  switch (self->fault)
    {
    case WEB_NO_RANGES:
      answer_whole (message, data, n_bytes);
      break;

    case WEB_OTHER_WHOLE:
      answer_whole (message, "<html>", 6);
      break;

    case WEB_STATUS:
      if (self->retry_after != NULL)
        soup_message_headers_append (headers, "Retry-After", self->retry_after);
      soup_server_message_set_status (message, self->status, NULL);
      break;

    case WEB_REDIRECT:
    case WEB_LOOP:
      if (is_again && self->fault == WEB_REDIRECT)
        answer_part (self, message, data, n_bytes);
      else
        answer_redirect (self, message, path);
      break;

    case WEB_SHORT:
      answer_short (message, data, n_bytes);
      break;

    case WEB_SILENT:
      soup_server_message_pause (message);
      break;

    case WEB_GOOD:
    case WEB_OTHER_RANGE:
    case WEB_OTHER_SIZE:
    case WEB_NO_PART:
    case WEB_GZIP:
    case WEB_CORRUPT:
    default:
      answer_part (self, message, data, n_bytes);
    }
}

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  WebServer *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  g_autofree char *name = NULL;
  g_autofree char *data = NULL;
  WebFault fault = self->fault;
  gsize n_bytes;

  self->n_requests++;
  self->n_unranged += soup_message_headers_get_one (headers, "Range") == NULL;
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Accept-Encoding"), ==, "identity");
  g_ptr_array_add (self->paths,
                   g_strdup (g_uri_get_path (soup_server_message_get_uri (message))));
  name = g_build_filename (self->root, path, NULL);
  if (!g_file_get_contents (name, &data, &n_bytes, NULL))
    {
      soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
      return;
    }
  if (self->only != NULL && strstr (path, self->only) == NULL)
    self->fault = WEB_GOOD;
  answer_fault (self, message, path, data, n_bytes);
  self->fault = fault;
}

WebServer *
web_server_new (const char *root)
{
  WebServer *self = g_new0 (WebServer, 1);
  g_autoptr (GInetAddress) ip = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (ip, 0);
  g_autoptr (GError) error = NULL;

  self->root = g_strdup (root);
  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, request_cb, self, NULL);
  g_assert_true (soup_server_listen (self->server, address, 0, &error));
  g_assert_no_error (error);
  return self;
}

char *
web_server_listen6 (WebServer *self)
{
  g_autoptr (GInetAddress) ip = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (ip, 0);
  GSList *uris;
  char *url = NULL;

  if (!soup_server_listen (self->server, address, 0, NULL))
    return NULL;
  uris = soup_server_get_uris (self->server);
  for (GSList *link = uris; link != NULL; link = link->next)
    if (strchr (g_uri_get_host (link->data), ':') != NULL)
      url = g_strdup_printf ("http://[::1]:%d/", g_uri_get_port (link->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}

void
web_server_free (WebServer *self)
{
  if (self == NULL)
    return;
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_ptr_array_unref (self->paths);
  g_free (self->root);
  g_free (self);
}

char *
web_server_dup_url (WebServer  *self,
                    const char *path)
{
  GSList *uris = soup_server_get_uris (self->server);
  int port = g_uri_get_port (uris->data);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return g_strdup_printf ("http://127.0.0.1:%d%s", port, path);
}
