/* bt-session-dht.c - the DHT for all torrents of a session (BEP 5)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

void
bt_session_set_dht_read_only (BtSession *session,
                              gboolean   is_read_only)
{
  session->dht_read_only = is_read_only != FALSE;
}

GBytes *
bt_session_save_dht (BtSession *session)
{
  return NULL;
}

/* --- Facts --- */

BtNetworkFacts *
bt_session_get_network (BtSession *session)
{
  BtNetworkFacts *facts = g_new0 (BtNetworkFacts, 1);

  facts->discovery = session->discovery;
  facts->port = session->env.port;
  facts->external4 = bt_session_get_external (session, BT_FAMILY_IPV4);
  facts->external6 = bt_session_get_external (session, BT_FAMILY_IPV6);
  facts->incoming_at_us = bt_session_get_incoming_at_us (session);
  facts->has_local = session->local != NULL;
  if (session->local != NULL)
    bt_local_get_facts (session->local, &facts->local);
  return facts;
}
