/* bt-session-device.c - everything through one network interface, or not at all
 *
 * While an interface is chosen, every socket is bound to it (bt-socket.h), and names are asked for through it
 * (bt-resolver.h). When it goes, all of them are closed and none is made; when it is back, or another is chosen, they
 * are made anew.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#include "base/bt-resolver.h"
#include "discovery/bt-gateways.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Binding is anybody's right since Linux 5.7; before, and in a box that forbids it, nothing goes out. */
static gboolean
is_refused (BtSession *session)
{
  BtSocketRules rules = { 0 };
  int fd;

  g_strlcpy (rules.device, session->network.device, sizeof rules.device);
  fd = bt_socket_open (&rules, AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 && errno == EAFNOSUPPORT)
    fd = bt_socket_open (&rules, AF_INET6, SOCK_DGRAM, 0);
  if (fd < 0)
    return errno == EPERM || errno == EACCES;
  close (fd);
  return FALSE;
}

static gboolean
is_usable (BtSession *session)
{
  session->env.is_refused = FALSE;
  if (session->device_watch == NULL)
    return TRUE;
  if (!bt_device_watch_is_usable (session->device_watch))
    return FALSE;
  session->env.is_refused = is_refused (session) != FALSE;
  return !session->env.is_refused;
}

/* --- Going --- */

/* What is left is closed by the task, behind the peers whose streams may need it. */
static void
go_offline (BtSession     *session,
            BtCloseReason  reason)
{
  session->env.is_offline = TRUE;
  bt_poller_get_socket_rules (session->poller)->is_shut = TRUE;
  g_clear_pointer (&session->listener, bt_listener_free);
  session->last_port = session->env.port != 0 ? session->env.port : session->last_port;
  session->env.port = session->env.announced_port = 0;
  bt_session_apply_map (session);
  bt_greeter_close_all (session->greeter);
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_go_offline (g_ptr_array_index (session->swarms, i), reason);
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_go_offline (g_ptr_array_index (session->seekers, i), reason);
  bt_tracker_hub_set_paused (session->hub, TRUE);
  bt_web_client_forget (session->web_client);
  session->env.incoming_at_us = 0;
  session->must_close_udp = TRUE;
}

/* --- Coming --- */

/* The port of before, so that routers' and others' word of it holds; failing that any, if any will do. */
static void
listen_again (BtSession *session)
{
  g_autoptr (GError) error = NULL;

  if (session->no_incoming || session->listener != NULL)
    return;
  if (!bt_session_listen (session, session->port != 0 ? session->port : session->last_port, NULL) &&
      session->port == 0)
    bt_session_listen (session, 0, &error);
  if (error != NULL)
    g_info ("%s", error->message);
}

static void
go_online (BtSession *session)
{
  bt_poller_get_socket_rules (session->poller)->is_shut = FALSE;
  session->env.is_offline = FALSE;
  /* Others see us elsewhere now. */
  bt_external_free (session->external);
  session->external = bt_external_new ();
  listen_again (session);
  bt_session_apply_map (session);
  bt_tracker_hub_set_paused (session->hub, FALSE);
  bt_session_set_discovery (session, session->discovery);
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_go_online (g_ptr_array_index (session->swarms, i));
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_go_online (g_ptr_array_index (session->seekers, i));
  bt_session_connect_now (session);
}

/* The rules are what sockets are made by from here on: none of before is left. */
static void
device_task_cb (gpointer user_data)
{
  BtSession *session = user_data;
  BtSocketRules *rules = bt_poller_get_socket_rules (session->poller);

  if (session->must_close_udp)
    {
      session->must_close_udp = FALSE;
      bt_session_apply_udp (session);
      bt_session_close_local (session);
    }
  g_strlcpy (rules->device, session->network.device, sizeof rules->device);
  if (session->env.is_offline && !session->is_closing)
    bt_session_open_proxy (session);
  if (session->env.is_offline && !session->is_closing && is_usable (session))
    go_online (session);
}

/* --- What happens --- */

void
bt_session_restart (BtSession     *session,
                    BtCloseReason  reason)
{
  if (session->is_closing)
    return;
  if (!session->env.is_offline)
    go_offline (session, reason);
  bt_poller_queue (session->poller, &session->device_task);
}

/* Nobody is let go: there is only more than before. */
static void
try_again (BtSession *session)
{
  if (session->is_closing || session->env.is_offline)
    return;
  bt_session_set_discovery (session, session->discovery);
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_try_again (g_ptr_array_index (session->swarms, i));
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_try_again (g_ptr_array_index (session->seekers, i));
  bt_session_connect_now (session);
}

static void
device_changed_cb (BtDeviceChange change,
                   gpointer       user_data)
{
  if (change == BT_DEVICE_WAY)
    try_again (user_data);
  else
    bt_session_restart (user_data, BT_CLOSE_OFFLINE);
}

static void
watch_device (BtSession  *session,
              const char *device)
{
  g_clear_pointer (&session->device_watch, bt_device_watch_free);
  if (device[0] == '\0')
    return;
  session->device_watch = bt_device_watch_new (session->poller, session->clock, device,
                                               device_changed_cb, session);
  bt_resolver_set_rules (bt_poller_get_socket_rules (session->poller));
  bt_resolver_install ();
}

void
bt_session_init_device (BtSession  *session,
                        const char *device)
{
  BtSocketRules *rules = bt_poller_get_socket_rules (session->poller);

  bt_poll_task_init (&session->device_task, device_task_cb, session);
  g_strlcpy (rules->device, device, sizeof rules->device);
  watch_device (session, device);
  session->env.is_offline = rules->is_shut = !is_usable (session);
}

void
bt_session_clear_device (BtSession *session)
{
  if (session->device_watch != NULL)
    bt_resolver_set_rules (NULL);
  g_clear_pointer (&session->device_watch, bt_device_watch_free);
  bt_poller_unqueue (session->poller, &session->device_task);
}

void
bt_session_apply_device (BtSession  *session,
                         const char *device)
{
  if (session->is_closing)
    return;
  if (!session->env.is_offline)
    go_offline (session, BT_CLOSE_OTHER_WAY);
  watch_device (session, device);
  bt_poller_queue (session->poller, &session->device_task);
}

void
bt_session_tick_device (BtSession *session)
{
  if (session->env.is_refused && !is_refused (session))
    bt_poller_queue (session->poller, &session->device_task);
  if (session->env.is_offline || session->is_closing || session->no_incoming ||
      session->listener != NULL || bt_session_proxies_peers (session))
    return;
  listen_again (session);
  if (session->listener != NULL)
    bt_session_set_discovery (session, session->discovery);
}

void
bt_session_fill_device (BtSession      *session,
                        BtNetworkFacts *facts)
{
  const BtSocketRules *rules = bt_poller_get_socket_rules (session->poller);

  g_strlcpy (facts->device, session->network.device, sizeof facts->device);
  /* Not while everything is only being made anew. */
  facts->is_offline = !is_usable (session);
  facts->has_route =
      bt_gateways_get_source (rules, BT_FAMILY_IPV4).family != BT_FAMILY_NONE ||
      bt_gateways_get_source (rules, BT_FAMILY_IPV6).family != BT_FAMILY_NONE;
}
