/* bt-session-dht-nodes.c - nodes of the DHT that we are told of by name, and the ones to begin with
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-dht-private.h"

#include "base/bt-random.h"
#include "dht/bt-dht-message.h"

#define FIRST_PAUSE_US (30 * BT_SECOND_US)       /* then they are asked again, if still nobody is known */
#define MAX_PAUSE_US   (10 * 60 * BT_SECOND_US)

/* --- Names --- */

typedef struct
{
  BtSessionDht *dht;          /* borrowed; not to be touched when cancelled */
  GCancellable *cancellable;  /* owned */
  guint16       port;
} Lookup;

static void
add_address (BtSessionDht *dht,
             GInetAddress *inet,
             guint16       port)
{
  BtAddress address = bt_address_from_inet (inet, port);

  bt_dht_add_node (dht->node, &address, bt_clock_get_us (dht->session->clock));
}

static void
resolved_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Lookup *lookup = user_data;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  guint n = 0;

  if (!g_cancellable_is_cancelled (lookup->cancellable))
    {
      lookup->dht->n_lookups--;
      for (GList *link = addresses; link != NULL && n < BT_SESSION_DHT_MAX_ADDRESSES;
           link = link->next, n++)
        add_address (lookup->dht, link->data, lookup->port);
      bt_session_dht_update_timer (lookup->dht);
    }
  g_resolver_free_addresses (addresses);
  g_object_unref (lookup->cancellable);
  g_free (lookup);
}

static void
look_up (BtSessionDht *dht,
         const char   *host,
         guint16       port)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  Lookup *lookup;

  if (dht->n_lookups >= BT_SESSION_DHT_MAX_LOOKUPS)
    return;
  lookup = g_new0 (Lookup, 1);
  lookup->dht = dht;
  lookup->cancellable = g_object_ref (dht->cancellable);
  lookup->port = port;
  dht->n_lookups++;
  g_resolver_lookup_by_name_async (resolver, host, dht->cancellable, resolved_cb, lookup);
}

/* --- Names that the proxy knows --- */

/* Who answers is asked again by the node itself, so nothing of the answer counts but where it comes from. */
static void
ask_by_name (BtSessionDht *dht,
             const char   *host,
             guint16       port)
{
  guint8 *token = dht->tokens[dht->n_tokens++ % BT_SESSION_DHT_MAX_LOOKUPS];
  const BtAddress to = { .port = port };
  BtDhtMessage message;
  g_autoptr (GBytes) packet = NULL;
  struct iovec iov;

  bt_random_fill_secure (token, BT_SESSION_DHT_TOKEN_BYTES);
  bt_dht_message_init (&message);
  message.kind = BT_DHT_QUERY;
  message.method = BT_DHT_PING;
  message.has_id = TRUE;
  message.id = *bt_dht_get_id (dht->node, BT_FAMILY_IPV4);
  message.is_read_only = TRUE;
  message.transaction = (BtDhtBytes) { token, BT_SESSION_DHT_TOKEN_BYTES };
  packet = bt_dht_message_put (&message);
  iov.iov_base = (void *) g_bytes_get_data (packet, &iov.iov_len);
  bt_socks_udp_send (dht->session->relay, host, &to, &iov, 1);
}

gboolean
bt_session_dht_take_named (BtSessionDht    *dht,
                           const BtAddress *from,
                           const guint8    *bytes,
                           gsize            n_bytes)
{
  BtDhtMessage message;
  gboolean is_ours = FALSE;

  if (dht->n_tokens == 0)
    return FALSE;
  if (bt_dht_message_parse (bytes, n_bytes, &message) == BT_DHT_PARSED &&
      message.kind == BT_DHT_ANSWER &&
      message.transaction.n_bytes == BT_SESSION_DHT_TOKEN_BYTES)
    for (guint i = 0; i < MIN (dht->n_tokens, BT_SESSION_DHT_MAX_LOOKUPS) && !is_ours; i++)
      is_ours = memcmp (message.transaction.bytes, dht->tokens[i],
                        BT_SESSION_DHT_TOKEN_BYTES) == 0;
  bt_dht_message_clear (&message);
  if (is_ours)
    bt_dht_add_node (dht->node, from, bt_clock_get_us (dht->session->clock));
  return is_ours;
}

/* --- Either --- */

void
bt_session_dht_add_host (BtSessionDht *dht,
                         const char   *host,
                         guint16       port)
{
  BtAddress address;

  if (bt_address_parse (host, port, &address))
    bt_dht_add_node (dht->node, &address, bt_clock_get_us (dht->session->clock));
  else if (bt_session_proxies_peers (dht->session))
    ask_by_name (dht, host, port);
  else if (host[0] != '\0')
    look_up (dht, host, port);
}

/* --- Bootstrap --- */

void
bt_session_dht_bootstrap (BtSessionDht *dht)
{
  BtSession *session = dht->session;
  gint64 now_us = bt_clock_get_us (session->clock);
  BtDhtFacts facts;

  if (session->dht_nodes == NULL || now_us < dht->bootstrap_at_us)
    return;
  bt_dht_get_facts (dht->node, &facts, now_us);
  if (facts.ipv4.n_good + facts.ipv6.n_good > 0)
    {
      dht->bootstrap_at_us = now_us + FIRST_PAUSE_US;
      dht->bootstrap_pause_us = 0;
      return;
    }
  for (guint i = 0; session->dht_nodes[i] != NULL && i < BT_DISCOVERY_MAX_DHT_NODES; i++)
    {
      g_autofree char *host = NULL;
      guint16 port;

      if (bt_discovery_split_node (session->dht_nodes[i], &host, &port))
        bt_session_dht_add_host (dht, host, port);
    }
  dht->bootstrap_pause_us = CLAMP (2 * dht->bootstrap_pause_us, FIRST_PAUSE_US, MAX_PAUSE_US);
  dht->bootstrap_at_us = now_us + dht->bootstrap_pause_us;
}
