/* babbler.c - a server of TCP that says the same again and again, as long as it is listened to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "babbler.h"

#include <string.h>

#define CHUNK_BYTES 16384

struct _Babbler
{
  GSocketService *service;      /* owned */
  GCancellable   *cancellable;  /* owned */
  const char     *first;
  const char     *more;
  guint16         port;
  guint           n_callers;
  guint64         n_bytes;
};

/* A caller keeps itself. */
typedef struct
{
  Babbler           *babbler;     /* borrowed; not after its cancellable is cancelled */
  GSocketConnection *connection;  /* owned */
  GCancellable      *cancellable; /* owned */
  GString           *text;        /* owned: said now */
} Caller;

static void
caller_free (Caller *caller)
{
  g_object_unref (caller->connection);
  g_object_unref (caller->cancellable);
  g_string_free (caller->text, TRUE);
  g_free (caller);
}

static void
said_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Caller *caller = user_data;
  gsize n_bytes = 0;
  gboolean is_said = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, &n_bytes,
                                                       NULL);

  if (g_cancellable_is_cancelled (caller->cancellable))
    {
      caller_free (caller);
      return;
    }
  caller->babbler->n_bytes += n_bytes;
  if (!is_said || caller->babbler->more == NULL)
    {
      caller_free (caller);
      return;
    }
  g_string_truncate (caller->text, 0);
  while (caller->text->len < CHUNK_BYTES)
    g_string_append (caller->text, caller->babbler->more);
  g_output_stream_write_all_async (G_OUTPUT_STREAM (source), caller->text->str, caller->text->len,
                                   G_PRIORITY_DEFAULT, caller->cancellable, said_cb, caller);
}

static gboolean
incoming_cb (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source,
             gpointer           user_data)
{
  Babbler *babbler = user_data;
  GOutputStream *stream = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  Caller *caller = g_new0 (Caller, 1);

  babbler->n_callers++;
  caller->babbler = babbler;
  caller->connection = g_object_ref (connection);
  caller->cancellable = g_object_ref (babbler->cancellable);
  caller->text = g_string_new (babbler->first);
  g_output_stream_write_all_async (stream, caller->text->str, caller->text->len,
                                   G_PRIORITY_DEFAULT, caller->cancellable, said_cb, caller);
  return TRUE;
}

Babbler *
babbler_new (const char *address,
             const char *first,
             const char *more)
{
  Babbler *babbler = g_new0 (Babbler, 1);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string (address, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  babbler->first = first;
  babbler->more = more;
  babbler->cancellable = g_cancellable_new ();
  babbler->service = g_socket_service_new ();
  g_socket_listener_add_address (G_SOCKET_LISTENER (babbler->service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  babbler->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (babbler->service, "incoming", G_CALLBACK (incoming_cb), babbler);
  return babbler;
}

void
babbler_free (Babbler *babbler)
{
  if (babbler == NULL)
    return;
  g_cancellable_cancel (babbler->cancellable);
  g_socket_service_stop (babbler->service);
  g_socket_listener_close (G_SOCKET_LISTENER (babbler->service));
  g_object_unref (babbler->service);
  g_object_unref (babbler->cancellable);
  g_free (babbler);
}

guint16
babbler_get_port (Babbler *babbler)
{
  return babbler->port;
}

guint
babbler_get_n_callers (Babbler *babbler)
{
  return babbler->n_callers;
}

guint64
babbler_get_n_bytes (Babbler *babbler)
{
  return babbler->n_bytes;
}
