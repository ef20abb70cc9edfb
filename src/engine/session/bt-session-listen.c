/* bt-session-listen.c - the port that others reach us at, and whoever comes through it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#define MAX_PORT_TRIES 20

void
bt_session_greeted (gpointer           user_data,
                    BtStream          *stream,
                    const BtHandshake *handshake,
                    const guint8      *received,
                    gsize              n_received)
{
  BtSession *session = user_data;
  BtSwarm *swarm = g_hash_table_lookup (session->by_hash, handshake->info_hash);
  BtSeeker *seeker = g_hash_table_lookup (session->seekers_by_hash, handshake->info_hash);

  /* It may have become unwelcome since it was accepted. */
  if ((swarm == NULL && seeker == NULL) || session->is_closing ||
      bt_session_judge (session, bt_stream_get_remote (stream)) != BT_CLOSE_NONE)
    bt_stream_free (stream);
  else if (swarm != NULL)
    bt_swarm_take_stream (swarm, stream, received, n_received);
  else
    bt_seeker_take_stream (seeker, stream, received, n_received);
}

void
bt_session_accept (BtStream *stream,
                   gpointer  user_data)
{
  BtSession *session = user_data;

  if (bt_session_judge (session, bt_stream_get_remote (stream)) != BT_CLOSE_NONE)
    bt_stream_free (stream);
  else
    bt_greeter_take (session->greeter, stream);
}

/* --- The port --- */

gboolean
bt_session_listen (BtSession  *session,
                   guint16     port,
                   GError    **error)
{
  BtListenerConfig listening = {
    .bind4 = session->env.bind4,
    .bind6 = session->env.bind6,
    .use_ipv4 = session->env.bind6.family == BT_FAMILY_NONE,
    .use_ipv6 = session->env.bind4.family == BT_FAMILY_NONE,
    .port = port,
  };

  /* They would come another way than we go. */
  if (bt_session_proxies_peers (session))
    return TRUE;
  /* When any port will do, one that is free for UDP, too. */
  for (guint i = 0; i < MAX_PORT_TRIES; i++)
    {
      g_clear_pointer (&session->listener, bt_listener_free);
      session->listener = bt_listener_new (session->poller, session->clock, &listening,
                                           bt_session_accept, session, error);
      if (session->listener == NULL)
        return FALSE;
      session->env.port = bt_listener_get_port (session->listener);
      session->env.announced_port = session->env.port;
      if (port != 0 || !bt_session_wants_udp (session) || bt_session_may_open_udp (session))
        break;
    }
  return TRUE;
}

static void
set_bind (BtSession *session,
          BtAddress  bind)
{
  /* All that is dialled is bound to it, and would be bound to that one port. */
  bind.port = 0;
  if (bind.family == BT_FAMILY_IPV4)
    session->env.bind4 = bind;
  else if (bind.family == BT_FAMILY_IPV6)
    session->env.bind6 = bind;
}

gboolean
bt_session_begin_listening (BtSession              *session,
                            const BtSessionConfig  *config,
                            GError                **error)
{
  set_bind (session, config->bind);
  session->port = config->port;
  session->no_incoming = config->no_incoming;
  session->discovery = config->discovery;
  session->network = config->network;
  bt_session_init_device (session, config->network.device);
  return config->no_incoming || session->env.is_offline ||
         bt_session_listen (session, config->port, error);
}
