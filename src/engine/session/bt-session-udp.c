/* bt-session-udp.c - UDP on the session's port, open as long as the DHT or uTP needs it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#include "base/bt-socket.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

static gboolean
wants_utp (BtSession *session)
{
  return session->network.transport != BT_TRANSPORT_TCP && !session->is_closing &&
         !session->env.is_offline;
}

gboolean
bt_session_wants_udp (BtSession *session)
{
  return bt_session_may_use_udp (session) &&
         (bt_session_wants_dht (session) || wants_utp (session));
}

/* Without a port that others reach us at it is any. */
static BtUdp *
open_udp (BtSession  *session,
          GError    **error)
{
  BtUdpConfig config = {
    .bind4 = session->env.bind4,
    .bind6 = session->env.bind6,
    .use_ipv4 = session->env.bind6.family == BT_FAMILY_NONE,
    .use_ipv6 = session->env.bind4.family == BT_FAMILY_NONE &&
                (session->listener == NULL || bt_listener_has_ipv6 (session->listener)),
    .port = session->env.port,
  };

  if (bt_session_proxies_peers (session))
    return bt_udp_new_relayed (session->poller, session->relay);
  return bt_udp_new (session->poller, &config, error);
}

gboolean
bt_session_may_open_udp (BtSession *session)
{
  BtUdp *udp = open_udp (session, NULL);
  gboolean is_open = udp != NULL && bt_udp_get_errno (udp, BT_FAMILY_IPV4) != EADDRINUSE &&
                     bt_udp_get_errno (udp, BT_FAMILY_IPV6) != EADDRINUSE;

  bt_udp_free (udp);
  return is_open;
}

/* NULL: it is open. */
static void
note_udp (BtSession    *session,
          const GError *error)
{
  g_clear_pointer (&session->udp_message, g_free);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    session->udp_message = g_strdup_printf (_("UDP port %u is used by another program"),
                                            session->env.port);
  else if (error != NULL)
    session->udp_message = g_strdup_printf (_("UDP port %u cannot be opened: %s"),
                                            session->env.port, error->message);
}

/* One family that could not be opened while the other is. */
static void
note_family (BtSession *session)
{
  int code = bt_udp_get_errno (session->udp, BT_FAMILY_IPV4);
  g_autoptr (GError) error = NULL;

  if (code == 0)
    code = bt_udp_get_errno (session->udp, BT_FAMILY_IPV6);
  if (code != 0)
    error = g_error_new_literal (G_IO_ERROR, (int) g_io_error_from_errno (code),
                                 g_strerror (code));
  note_udp (session, error);
}

static void
close_port (BtSession *session)
{
  bt_session_close_dht (session);
  if (session->utp != NULL)
    bt_utp_socket_set_udp (session->utp, NULL);
  g_clear_pointer (&session->udp, bt_udp_free);
  g_clear_pointer (&session->udp_message, g_free);
}

static void
open_port (BtSession *session)
{
  g_autoptr (GError) error = NULL;

  session->udp = open_udp (session, &error);
  /* Without it everything else works. */
  if (session->udp == NULL)
    note_udp (session, error);
  else
    {
      note_family (session);
      /* What runs here gives way to everything else anyhow, or is little. */
      bt_udp_set_class (session->udp, BT_SOCKET_LOWER_EFFORT);
    }
}

/* While others are not to reach us over TCP, they are not over uTP. */
static void
apply_utp (BtSession *session)
{
  gboolean takes = wants_utp (session) && session->listener != NULL;

  if (session->utp == NULL && wants_utp (session))
    {
      session->utp = bt_utp_socket_new (session->poller, session->clock);
      bt_utp_socket_set_udp (session->utp, session->udp);
      bt_dialer_set_utp (session->dialer, session->utp);
    }
  if (session->utp != NULL)
    bt_utp_socket_set_func (session->utp, takes ? bt_session_accept : NULL, session);
}

/* Connections that stand go on, also when no more are wanted. */
static gboolean
needs_port (BtSession *session)
{
  return bt_session_wants_udp (session) ||
         (session->utp != NULL && !session->env.is_offline && bt_session_may_use_udp (session) &&
          bt_utp_socket_is_busy (session->utp));
}

void
bt_session_apply_udp (BtSession *session)
{
  if (!needs_port (session))
    {
      close_port (session);
      return;
    }
  if (session->udp == NULL)
    {
      open_port (session);
      if (session->utp != NULL)
        bt_utp_socket_set_udp (session->utp, session->udp);
    }
  apply_utp (session);
  bt_session_apply_dht (session);
}

/* Peers reached over uTP are not to starve beside those over TCP. */
static void
share_out (BtSession *session)
{
  BtFairLoad load = { .queue_us = G_MAXUINT32 };
  gint64 now_us = bt_clock_get_us (session->clock);

  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_add_load (g_ptr_array_index (session->swarms, i), &load);
  bt_limit_set_bps (session->tcp_limit, bt_fair_share_tick (&session->share, &load, now_us));
}

void
bt_session_tick_udp (BtSession *session)
{
  if (session->utp != NULL)
    share_out (session);
  if (session->udp != NULL && !needs_port (session) && !session->is_closing)
    close_port (session);
}

void
bt_session_close_udp (BtSession *session)
{
  g_clear_pointer (&session->utp, bt_utp_socket_free);
  close_port (session);
}
