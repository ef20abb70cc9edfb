/* bt-session-proxy.c - through a proxy, and as nobody in particular
 *
 * What goes through a proxy goes no other way: nobody is listened to, no name is looked up but the proxy's own, and
 * what it cannot pass on is not sent. Web seeds go with the peers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#include "transport/bt-proxy-resolver.h"

#define USER_AGENT "Freshet/" BT_VERSION

static gboolean
has_proxy (BtSession *session)
{
  return session->network.proxy.kind != BT_PROXY_NONE;
}

gboolean
bt_session_proxies_peers (BtSession *session)
{
  return has_proxy (session) && session->network.proxy.for_peers;
}

static gboolean
proxies_trackers (BtSession *session)
{
  return has_proxy (session) && session->network.proxy.for_trackers;
}

gboolean
bt_session_may_use_udp (BtSession *session)
{
  return !bt_session_proxies_peers (session) ||
         (session->relay != NULL && bt_socks_udp_is_open (session->relay));
}

gboolean
bt_session_is_hidden (BtSession *session)
{
  return bt_session_proxies_peers (session) || session->network.is_anonymous;
}

static gboolean
take_cb (const BtAddress *from,
         const guint8    *bytes,
         gsize            n_bytes,
         gpointer         user_data)
{
  return FALSE;
}

static void
relay_changed_cb (gpointer user_data)
{
  BtSession *session = user_data;

  if (bt_session_proxies_peers (session) && !session->is_closing)
    bt_session_apply_udp (session);
}

static const BtSocksUdpUser relay_user = { .take = take_cb, .changed = relay_changed_cb };

static void
make_proxy (BtSession *session)
{
  if (!bt_session_proxies_peers (session) && !proxies_trackers (session))
    return;
  session->proxy_host = bt_proxy_host_new (session->clock, &session->network.proxy);
  if (session->network.proxy.kind != BT_PROXY_SOCKS5)
    return;
  session->relay = bt_socks_udp_new (session->poller, session->clock, session->proxy_host,
                                     &session->env.bind4, &session->env.bind6);
  bt_socks_udp_add (session->relay, &relay_user, session);
}

static void
set_ways (BtSession *session)
{
  const char *user_agent = session->network.is_anonymous ? "" : USER_AGENT;
  g_autoptr (GProxyResolver) resolver = has_proxy (session)
                                          ? bt_proxy_resolver_new (&session->network.proxy) : NULL;
  BtTrackerHubWay way = { .user_agent = user_agent,
                          .is_anonymous = session->network.is_anonymous,
                          .is_proxied = proxies_trackers (session),
                          .proxy_resolver = resolver,
                          .relay = session->relay };

  bt_tracker_hub_set_way (session->hub, &way);
  bt_web_client_set_way (session->web_client, user_agent,
                         bt_session_proxies_peers (session) ? resolver : NULL);
}

void
bt_session_open_proxy (BtSession *session)
{
  BtTrackerHubWay nowhere = { .user_agent = "", .is_proxied = TRUE };

  bt_tracker_hub_set_way (session->hub, &nowhere);
  bt_session_close_proxy (session);
  make_proxy (session);
  session->env.is_proxied = bt_session_proxies_peers (session);
  session->env.is_anonymous = session->network.is_anonymous;
  session->env.client = session->network.is_anonymous ? "" : session->client;
  bt_dialer_set_proxy (session->dialer, session->env.is_proxied ? session->proxy_host : NULL);
  set_ways (session);
}

void
bt_session_close_proxy (BtSession *session)
{
  if (session->dialer != NULL)
    bt_dialer_set_proxy (session->dialer, NULL);
  g_clear_pointer (&session->relay, bt_socks_udp_free);
  g_clear_pointer (&session->proxy_host, bt_proxy_host_free);
}

/* It serves again: those who were given up for lost, or hung up because it went, may be reached. */
void
bt_session_tick_proxy (BtSession *session)
{
  gboolean was_lost = session->was_proxy_lost;

  session->was_proxy_lost = session->proxy_host != NULL &&
                            bt_proxy_host_is_lost (session->proxy_host);
  if (!was_lost || session->was_proxy_lost || session->is_closing)
    return;
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_try_peers_again (g_ptr_array_index (session->swarms, i));
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_try_peers_again (g_ptr_array_index (session->seekers, i));
  bt_session_connect_now (session);
}

void
bt_session_fill_proxy (BtSession      *session,
                       BtNetworkFacts *facts)
{
  facts->is_proxied = session->env.is_proxied;
  facts->is_anonymous = session->env.is_anonymous;
  if (session->proxy_host != NULL)
    {
      facts->is_proxy_down = bt_proxy_host_is_down (session->proxy_host);
      facts->proxy_message = g_strdup (bt_proxy_host_get_message (session->proxy_host));
    }
  if (facts->proxy_message == NULL && session->relay != NULL)
    facts->proxy_message = g_strdup (bt_socks_udp_get_message (session->relay));
}
