/* bt-session-sockets.c - which sockets there are, and what each is for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"
#include "bt-socket-facts.h"

#define NAMES_PORT 53

const char *
bt_socket_kind_to_string (BtSocketKind kind)
{
  static const char *const words[] = {
    [BT_SOCKET_LISTENER] = "listener",
    [BT_SOCKET_PEER] = "peer",
    [BT_SOCKET_HTTP] = "http",
    [BT_SOCKET_PORT] = "port",
    [BT_SOCKET_LOCAL] = "local",
    [BT_SOCKET_NAMES] = "names",
    [BT_SOCKET_UDP] = "udp",
    [BT_SOCKET_CLOSING] = "closing",
  };

  return words[kind];
}

/* By address and port, of everybody connected or being dialled. (transfer full) */
static GHashTable *
collect_peers (BtSession *session)
{
  GHashTable *peers = g_hash_table_new_full (bt_address_hash, bt_address_equal, g_free, NULL);

  for (guint i = 0; i < session->swarms->len + session->seekers->len; i++)
    {
      g_autoptr (GArray) rows = NULL;

      if (i < session->swarms->len)
        rows = bt_swarm_get_peer_rows (g_ptr_array_index (session->swarms, i));
      else
        rows = bt_seeker_get_peer_rows (g_ptr_array_index (session->seekers,
                                                           i - session->swarms->len));
      for (guint k = 0; k < rows->len; k++)
        g_hash_table_add (peers, g_memdup2 (&g_array_index (rows, BtPeerRow, k).address,
                                            sizeof (BtAddress)));
    }
  return peers;
}

static BtSocketKind
judge (BtSession           *session,
       GHashTable          *peers,
       const BtSocketEntry *entry)
{
  guint16 local_port = session->local_port != 0 ? session->local_port : BT_LOCAL_PORT;

  if (entry->is_listening)
    return BT_SOCKET_LISTENER;
  if (entry->is_closing)
    return BT_SOCKET_CLOSING;
  if (entry->is_tcp)
    return entry->local.port == session->env.port || g_hash_table_contains (peers, &entry->remote)
             ? BT_SOCKET_PEER : BT_SOCKET_HTTP;
  if (entry->local.port == session->env.port)
    return BT_SOCKET_PORT;
  if (entry->local.port == local_port)
    return BT_SOCKET_LOCAL;
  return entry->remote.port == NAMES_PORT ? BT_SOCKET_NAMES : BT_SOCKET_UDP;
}

GArray *
bt_session_get_sockets (BtSession *session)
{
  GArray *sockets = g_array_new (FALSE, TRUE, sizeof (BtSocketFacts));
  g_autoptr (GHashTable) peers = collect_peers (session);
  g_autoptr (GArray) entries = bt_socket_list ();

  for (guint i = 0; i < entries->len; i++)
    {
      BtSocketFacts facts = { .entry = g_array_index (entries, BtSocketEntry, i) };

      facts.kind = judge (session, peers, &facts.entry);
      g_array_append_val (sockets, facts);
    }
  return sockets;
}
