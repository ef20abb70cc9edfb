/* bt-web-client.c - what all web seeds of an engine share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-web-client-private.h"

#include "base/bt-socket-http.h"

#define IDLE_TIMEOUT_S 15

struct _BtWebClient
{
  /* owned */
  SoupSession *session;    /* NULL until it is needed */
  GHashTable  *n_by_host;  /* host → how many are active, never 0 */
  char        *user_agent;
  GProxyResolver *proxy_resolver;  /* nullable */
  BtSocketRules *socket_rules;

  /* borrowed */
  BtClock     *clock;

  /* values */
  BtAddress    bind;       /* family NONE: any */
  guint        n_active;
};

BtWebClient *
bt_web_client_new (BtClock                 *clock,
                   const BtWebClientConfig *config)
{
  BtWebClient *client = g_new0 (BtWebClient, 1);

  client->clock = clock;
  client->user_agent = g_strdup (config->user_agent != NULL ? config->user_agent : "");
  client->socket_rules = config->socket_rules != NULL ? bt_socket_rules_ref (config->socket_rules)
                                                      : bt_socket_rules_new ();
  client->bind = config->bind4.family != BT_FAMILY_NONE ? config->bind4 : config->bind6;
  client->n_by_host = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return client;
}

void
bt_web_client_forget (BtWebClient *client)
{
  g_assert (client->n_active == 0);

  /* Not aborted: the session ends with the last fetch that has it, and all of them are over. */
  g_clear_object (&client->session);
}

void
bt_web_client_set_way (BtWebClient    *client,
                       const char     *user_agent,
                       GProxyResolver *proxy_resolver)
{
  bt_web_client_forget (client);
  g_free (client->user_agent);
  client->user_agent = g_strdup (user_agent);
  g_set_object (&client->proxy_resolver, proxy_resolver);
}

void
bt_web_client_free (BtWebClient *client)
{
  if (client == NULL)
    return;

  bt_web_client_forget (client);
  g_hash_table_unref (client->n_by_host);
  bt_socket_rules_unref (client->socket_rules);
  g_clear_object (&client->proxy_resolver);
  g_free (client->user_agent);
  g_free (client);
}

static GSocketAddress *
make_local (const BtAddress *bind)
{
  g_autoptr (GInetAddress) ip = NULL;

  if (bind->family == BT_FAMILY_NONE)
    return NULL;
  ip = g_inet_address_new_from_bytes (bind->ip, bind->family == BT_FAMILY_IPV4
                                                  ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
  return g_inet_socket_address_new (ip, 0);
}

SoupSession *
bt_web_client_get_session (BtWebClient *client)
{
  g_autoptr (GSocketAddress) local = NULL;

  if (client->session != NULL)
    return client->session;

  /* Time-outs are ours, by the engine's clock, and so is the bound of each host: nothing may wait within libsoup when
   * many hosts redirect to one. */
  local = make_local (&client->bind);
  client->session = g_object_new (SOUP_TYPE_SESSION,
                                  "local-address", local,
                                  "max-conns", BT_WEB_MAX_CONNECTIONS,
                                  "max-conns-per-host", BT_WEB_MAX_CONNECTIONS,
                                  "user-agent",
                                  client->user_agent[0] != '\0' ? client->user_agent : NULL,
                                  "timeout", 0,
                                  "idle-timeout", IDLE_TIMEOUT_S,
                                  NULL);
  bt_socket_rule_http (client->socket_rules, client->session);
  /* The system's may be one that only another interface reaches. */
  if (client->proxy_resolver != NULL || client->socket_rules->device[0] != '\0')
    soup_session_set_proxy_resolver (client->session, client->proxy_resolver);
  /* Ranges are of the bytes as they are. */
  soup_session_remove_feature_by_type (client->session, SOUP_TYPE_CONTENT_DECODER);
  return client->session;
}

BtClock *
bt_web_client_get_clock (BtWebClient *client)
{
  return client->clock;
}

static guint
get_n_of_host (BtWebClient *client,
               const char  *host)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (client->n_by_host, host));
}

gboolean
bt_web_client_has_room (BtWebClient *client,
                        const char  *host)
{
  return client->n_active < BT_WEB_MAX_CONNECTIONS &&
         get_n_of_host (client, host) < BT_WEB_MAX_CONNECTIONS_PER_HOST;
}

guint
bt_web_client_get_n_active (BtWebClient *client)
{
  return client->n_active;
}

void
bt_web_client_count (BtWebClient *client,
                     const char  *host,
                     int          change)
{
  guint n = (guint) ((int) get_n_of_host (client, host) + change);

  client->n_active += (guint) change;
  if (n == 0)
    g_hash_table_remove (client->n_by_host, host);
  else
    g_hash_table_insert (client->n_by_host, g_strdup (host), GUINT_TO_POINTER (n));
}
