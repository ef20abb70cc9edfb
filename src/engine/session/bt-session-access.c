/* bt-session-access.c - who may connect, how many, and who pays the limits: all of it may change
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

void
bt_session_set_exempt_local (BtSession *session,
                             gboolean   exempt_local)
{
  session->env.exempt_local = exempt_local != FALSE;
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_apply_exemption (g_ptr_array_index (session->swarms, i));
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_apply_exemption (g_ptr_array_index (session->seekers, i));
}

/* The torrent that has most gives first. */
void
bt_session_set_max_peers (BtSession *session,
                          guint      max_peers)
{
  guint n_open = 0;

  session->max_peers = max_peers != 0 ? max_peers : BT_SESSION_DEFAULT_MAX_PEERS;
  for (guint i = 0; i < session->swarms->len; i++)
    n_open += bt_swarm_get_n_open (g_ptr_array_index (session->swarms, i));
  for (; n_open > session->max_peers; n_open--)
    {
      BtSwarm *found = g_ptr_array_index (session->swarms, 0);

      for (guint i = 1; i < session->swarms->len; i++)
        {
          BtSwarm *swarm = g_ptr_array_index (session->swarms, i);

          if (bt_swarm_get_n_open (swarm) > bt_swarm_get_n_open (found))
            found = swarm;
        }
      bt_swarm_close_least_useful (found);
    }
}

static void
close_unwelcome (BtSession *session)
{
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_close_unwelcome (g_ptr_array_index (session->swarms, i));
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_close_unwelcome (g_ptr_array_index (session->seekers, i));
}

void
bt_session_ban (BtSession       *session,
                const BtAddress *address)
{
  if (bt_access_ban (session->access, address))
    close_unwelcome (session);
}

void
bt_session_unban (BtSession       *session,
                  const BtAddress *address)
{
  bt_access_unban (session->access, address);
}

GArray *
bt_session_dup_bans (BtSession *session)
{
  return bt_access_dup_bans (session->access);
}

void
bt_session_set_filter (BtSession      *session,
                       BtAccessFilter  is_blocked,
                       gpointer        user_data,
                       GDestroyNotify  destroy)
{
  bt_access_set_filter (session->access, is_blocked, user_data, destroy);
  close_unwelcome (session);
}

guint64
bt_session_get_n_blocked (BtSession *session)
{
  return bt_access_get_n_blocked (session->access);
}

gint64
bt_session_get_incoming_at_us (BtSession *session)
{
  return session->env.incoming_at_us;
}
