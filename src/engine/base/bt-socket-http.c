/* bt-socket-http.c - how the sockets that libsoup makes are made
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-socket-http.h"

#include "bt-socket-close.h"

#include <glib/gi18n-lib.h>

/* GSocketClient tells of each socket once, when it is there and has neither sent nor looked up anything; a message that
 * takes a connection that stands hears nothing, and needs nothing. */
static void
network_event_cb (SoupMessage        *message,
                  GSocketClientEvent  event,
                  GIOStream          *connection,
                  gpointer            user_data)
{
  BtSocketRules *rules = user_data;
  GSocket *socket;

  if (event != G_SOCKET_CLIENT_CONNECTING || !G_IS_SOCKET_CONNECTION (connection))
    return;
  socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection));
  if (bt_socket_prepare (rules, g_socket_get_fd (socket)) != 0)
    g_socket_close (socket, NULL);
  else if (rules->device[0] != '\0')
    bt_socket_close_with (socket);
}

static void
release_rules (gpointer  data,
               GClosure *closure)
{
  bt_socket_rules_unref (data);
}

static void
request_queued_cb (SoupSession *session,
                   SoupMessage *message,
                   gpointer     user_data)
{
  /* A message that is sent again, after a redirection say, is queued again. */
  g_signal_handlers_disconnect_by_func (message, network_event_cb, user_data);
  g_signal_connect_data (message, "network-event", G_CALLBACK (network_event_cb),
                         bt_socket_rules_ref (user_data), release_rules, 0);
}

void
bt_socket_rule_http (BtSocketRules *rules,
                     SoupSession   *session)
{
  g_signal_connect_data (session, "request-queued", G_CALLBACK (request_queued_cb),
                         bt_socket_rules_ref (rules), release_rules, 0);
}

static void
got_informational_cb (SoupMessage *message,
                      gpointer     user_data)
{
  static const char key[] = "bt-socket-http-n-interim";
  guint n = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (message), key)) + 1;

  g_object_set_data (G_OBJECT (message), key, GUINT_TO_POINTER (n));
  if (n > BT_SOCKET_HTTP_MAX_INTERIM)
    g_cancellable_cancel (user_data);
}

void
bt_socket_guard_http (SoupMessage  *message,
                      GCancellable *cancellable)
{
  g_signal_connect_object (message, "got-informational", G_CALLBACK (got_informational_cb),
                           cancellable, G_CONNECT_DEFAULT);
}

const char *
bt_socket_describe_certificate (GTlsCertificateFlags flags)
{
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return _("it is for another host");
  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    return _("it has expired");
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return _("it is not valid yet");
  if (flags & G_TLS_CERTIFICATE_REVOKED)
    return _("it was revoked");
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return _("nobody known vouches for it");
  return _("it is faulty");
}
