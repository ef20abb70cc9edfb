/* bt-session-map.c - the session's port on the routers next to us, and what follows from a network that changes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#define QUIET_US          (2 * BT_SECOND_US)   /* without another change, before anything is done about one */
#define ANNOUNCE_SOON_US  (3 * BT_SECOND_US)   /* routers answer one after the other */
#define ANNOUNCE_AGAIN_US (60 * BT_SECOND_US)  /* between two times that all trackers are told */

struct _BtSessionMap
{
  /* owned */
  BtPortMap       *map;          /* nullable */
  GPtrArray       *leaving;      /* of Leaving */

  /* values */
  BtPortMapConfig  config;       /* where the routers are, in tests */
  BtTimer          quiet_timer;
  BtTimer          announce_timer;
  gint64           announced_at_us;   /* the last time; 0: never */
};

/* What is mapped is being taken back. */
typedef struct
{
  BtSession *session;   /* borrowed */
  BtPortMap *map;       /* owned */
} Leaving;

static void
leaving_free (gpointer data)
{
  Leaving *leaving = data;

  bt_port_map_free (leaving->map);
  g_free (leaving);
}

/* --- What others are told --- */

static void
announce_cb (gpointer user_data)
{
  BtSession *session = user_data;

  session->mapping->announced_at_us = bt_clock_get_us (session->clock);
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_tell_again (g_ptr_array_index (session->swarms, i));
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_tell_again (g_ptr_array_index (session->seekers, i));
  bt_session_dht_announce_all (session);
}

static void
announce_soon (BtSession *session)
{
  BtSessionMap *mapping = session->mapping;
  gint64 due_us = bt_clock_get_us (session->clock) + ANNOUNCE_SOON_US;

  if (mapping->announced_at_us != 0)
    due_us = MAX (due_us, mapping->announced_at_us + ANNOUNCE_AGAIN_US);
  if (!session->is_closing && !bt_timer_is_armed (&mapping->announce_timer))
    bt_timer_arm (&mapping->announce_timer, session->clock, due_us);
}

static void
get_facts (BtSession      *session,
           BtFamily        family,
           BtPortMapFacts *out_facts)
{
  *out_facts = (BtPortMapFacts) { .state = BT_PORT_MAP_NO_GATEWAY };
  if (session->mapping->map != NULL)
    bt_port_map_get_facts (session->mapping->map, family, out_facts);
}

/* Returns whether the address that others see us at is another one. One that becomes known at all needs no word. */
static gboolean
tell_external (BtSession            *session,
               BtFamily              family,
               const BtPortMapFacts *facts)
{
  BtAddress before = bt_external_get (session->external, family);
  const BtAddress *address = facts->mapping.external.family == family ? &facts->mapping.external
                                                                      : NULL;

  if (!bt_external_set_known (session->external, family, address))
    return FALSE;
  bt_session_dht_external (session);
  return before.family != BT_FAMILY_NONE && address != NULL;
}

/* A tracker takes one port for both families: IPv4's, where NATs are. */
static void
update (BtSession *session)
{
  BtPortMapFacts facts4, facts6;
  guint16 port = session->env.port;
  gboolean is_changed;

  get_facts (session, BT_FAMILY_IPV4, &facts4);
  get_facts (session, BT_FAMILY_IPV6, &facts6);
  is_changed = tell_external (session, BT_FAMILY_IPV4, &facts4);
  is_changed |= tell_external (session, BT_FAMILY_IPV6, &facts6);
  if (facts4.state == BT_PORT_MAP_MAPPED)
    port = facts4.mapping.port;
  else if (facts4.n_gateways == 0 && facts6.state == BT_PORT_MAP_MAPPED)
    port = facts6.mapping.port;
  is_changed |= session->env.announced_port != port;
  session->env.announced_port = port;
  if (is_changed)
    announce_soon (session);
}

static void
changed_cb (gpointer user_data)
{
  update (user_data);
}

/* --- Life --- */

static void
open_map (BtSession *session)
{
  BtSessionMap *mapping = session->mapping;
  BtPortMapConfig config = mapping->config;

  config.port = session->env.port;
  config.bind4 = session->env.bind4;
  config.bind6 = session->env.bind6;
  config.use_ipv4 = session->env.bind6.family == BT_FAMILY_NONE;
  config.use_ipv6 = session->env.bind4.family == BT_FAMILY_NONE;
  mapping->map = bt_port_map_new (session->poller, session->clock, &config, changed_cb, session);
}

static void
left_cb (gpointer user_data)
{
  Leaving *leaving = user_data;
  BtSession *session = leaving->session;

  g_ptr_array_remove (session->mapping->leaving, leaving);
  bt_session_finish_closing (session);
}

static void
close_map (BtSession *session)
{
  BtSessionMap *mapping = session->mapping;
  Leaving *leaving;

  if (mapping->map == NULL)
    return;
  /* The interface has gone, or is used no more: nothing may be said there. */
  if (session->env.is_offline)
    {
      g_clear_pointer (&mapping->map, bt_port_map_free);
      return;
    }
  leaving = g_new0 (Leaving, 1);
  leaving->session = session;
  leaving->map = g_steal_pointer (&mapping->map);
  g_ptr_array_add (mapping->leaving, leaving);
  bt_port_map_close_async (leaving->map, left_cb, leaving);
  if (!session->is_closing)
    update (session);
}

/* Where only the proxy is to be seen, nobody is let in beside it. */
static gboolean
is_wanted (BtSession *session)
{
  const BtNetworkSettings *network = &session->network;

  return network->map_port && !network->is_anonymous && session->env.port != 0 &&
         !session->is_closing &&
         (network->proxy.kind == BT_PROXY_NONE || !network->proxy.for_peers);
}

void
bt_session_apply_map (BtSession *session)
{
  BtSessionMap *mapping = session->mapping;

  if (mapping->map != NULL && !is_wanted (session))
    close_map (session);
  if (session->env.is_offline)
    g_ptr_array_set_size (mapping->leaving, 0);
  if (mapping->map == NULL && is_wanted (session))
    open_map (session);
}

gboolean
bt_session_is_unmapped (BtSession *session)
{
  return session->mapping->map == NULL && session->mapping->leaving->len == 0;
}

/* --- The network --- */

static void
quiet_cb (gpointer user_data)
{
  BtSession *session = user_data;

  if (session->mapping->map != NULL)
    bt_port_map_refresh (session->mapping->map);
  announce_soon (session);
}

void
bt_session_network_changed (BtSession *session)
{
  if (!session->is_closing)
    bt_timer_arm_in (&session->mapping->quiet_timer, session->clock, QUIET_US);
}

void
bt_session_ask_routers (BtSession *session)
{
  if (session->mapping->map != NULL)
    bt_port_map_refresh (session->mapping->map);
}

void
bt_session_fill_map (BtSession      *session,
                     BtNetworkFacts *facts)
{
  facts->is_mapping = session->mapping->map != NULL;
  facts->announced_port = session->env.announced_port;
  get_facts (session, BT_FAMILY_IPV4, &facts->map4);
  get_facts (session, BT_FAMILY_IPV6, &facts->map6);
}

void
bt_session_init_map (BtSession             *session,
                     const BtPortMapConfig *config)
{
  BtSessionMap *mapping = session->mapping = g_new0 (BtSessionMap, 1);

  if (config != NULL)
    mapping->config = *config;
  mapping->leaving = g_ptr_array_new_with_free_func (leaving_free);
  bt_timer_init (&mapping->quiet_timer, quiet_cb, session);
  bt_timer_init (&mapping->announce_timer, announce_cb, session);
}

void
bt_session_stop_map (BtSession *session)
{
  bt_timer_disarm (&session->mapping->quiet_timer, session->clock);
  bt_timer_disarm (&session->mapping->announce_timer, session->clock);
  close_map (session);
}

void
bt_session_clear_map (BtSession *session)
{
  BtSessionMap *mapping = session->mapping;

  if (mapping == NULL)
    return;
  bt_timer_disarm (&mapping->quiet_timer, session->clock);
  bt_timer_disarm (&mapping->announce_timer, session->clock);
  bt_port_map_free (mapping->map);
  g_ptr_array_unref (mapping->leaving);
  g_free (mapping);
}
