/* bt-reach.c - whether others can connect to us, told from what was seen, and what to try when they cannot
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-reach.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What there is to say of the routers: the state, and when one has refused, why. */
typedef enum
{
  CASE_OFF,
  CASE_ANONYMOUS,
  CASE_NO_GATEWAY,
  CASE_ASKING,
  CASE_MAPPED,
  CASE_MAPPED_BEHIND,   /* by a router that is behind another one */
  CASE_MAPPED_SHARED,   /* by a router whose address belongs to many */
  CASE_SILENT,
  CASE_REFUSED,
  CASE_TAKEN,
  CASE_NO_RESOURCES,
  CASE_NO_NETWORK,
  CASE_ANOTHER_NAT,
} Case;

/* %u, where there is one, is our port. */
static const struct
{
  const char *found;
  const char *advice;   /* nullable */
  BtReachStep step;
} texts[] = {
  [CASE_OFF] = {
    N_("Freshet does not ask your router to open the port."),
    N_("Switch on Port Mapping in Preferences, or let port %u through to this computer in the "
       "settings of your router."),
    BT_REACH_STEP_PREFERENCES },
  [CASE_ANONYMOUS] = {
    N_("In anonymous mode, Freshet does not ask your router to open the port."),
    N_("Let port %u through to this computer in the settings of your router, or switch off "
       "Anonymous Mode in Preferences."),
    BT_REACH_STEP_PREFERENCES },
  [CASE_NO_GATEWAY] = {
    N_("There is no router that could be asked to open the port."),
    N_("If this computer is connected directly, its firewall must let port %u in."),
    BT_REACH_STEP_TRY_AGAIN },
  [CASE_ASKING] = {
    N_("Your router is being asked to open the port."), NULL, BT_REACH_STEP_NONE },
  [CASE_MAPPED] = {
    NULL,
    N_("Wait. Nobody has come yet, which can take a while as long as few peers want what you "
       "have."),
    BT_REACH_STEP_NONE },
  [CASE_MAPPED_BEHIND] = {
    N_("Your router has opened the port, but is itself behind another router."),
    N_("Let port %u through in the settings of the other router, too, or connect to that one "
       "directly."),
    BT_REACH_STEP_TRY_AGAIN },
  [CASE_MAPPED_SHARED] = {
    N_("Your router has opened the port, but your provider has you share an address with others."),
    N_("Ask your provider for an address of your own, or use IPv6 or a VPN that forwards ports."),
    BT_REACH_STEP_NONE },
  [CASE_SILENT] = {
    N_("No router answers when asked to open the port."),
    N_("Switch on UPnP or NAT-PMP in the settings of your router, or let port %u through to this "
       "computer there."),
    BT_REACH_STEP_TRY_AGAIN },
  [CASE_REFUSED] = {
    N_("Your router refuses to open the port."),
    N_("Allow programs to open ports (UPnP, NAT-PMP) in the settings of your router, or let "
       "port %u through to this computer there."),
    BT_REACH_STEP_TRY_AGAIN },
  [CASE_TAKEN] = {
    N_("Your router has given all ports that were tried to others."),
    N_("Choose another port in Preferences."),
    BT_REACH_STEP_PREFERENCES },
  [CASE_NO_RESOURCES] = {
    N_("Your router has no room for another open port."),
    N_("Close other programs that open ports, or restart the router."),
    BT_REACH_STEP_TRY_AGAIN },
  [CASE_NO_NETWORK] = {
    N_("Your router says that it is not connected to the internet."),
    N_("Look whether the router is connected."),
    BT_REACH_STEP_TRY_AGAIN },
  [CASE_ANOTHER_NAT] = {
    N_("Another router is between your computer and the one that answers."),
    N_("Let port %u through to this computer in the settings of both routers."),
    BT_REACH_STEP_TRY_AGAIN },
};

/* Headings; that of WAITING names the interface. */
static const char *const titles[] = {
  [BT_REACH_NO_NETWORK] = N_("No Network"),
  [BT_REACH_NO_PROXY] = N_("The Proxy Does Not Work"),
  [BT_REACH_PROXIED] = N_("Others Cannot Connect to You"),
  [BT_REACH_CLOSED] = N_("Others Cannot Connect to You"),
  [BT_REACH_UNKNOWN] = N_("Not Known Yet"),
  [BT_REACH_UNLIKELY] = N_("Others Probably Cannot Connect to You"),
  [BT_REACH_LIKELY] = N_("Others Can Probably Connect to You"),
  [BT_REACH_SEEN] = N_("Others Can Connect to You"),
};

static const char *const method_names[] = {
  [BT_MAP_BY_NONE] = "", [BT_MAP_BY_PCP] = "PCP", [BT_MAP_BY_NAT_PMP] = "NAT-PMP",
  [BT_MAP_BY_UPNP] = "UPnP",
};

/* 100.64.0.0/10 (RFC 6598): providers' own NAT. */
static gboolean
is_shared (const BtAddress *address)
{
  return address->family == BT_FAMILY_IPV4 && address->ip[0] == 100 &&
         (address->ip[1] & 0xc0) == 64;
}

static Case
judge_fault (BtMapFault fault)
{
  switch (fault)
    {
    case BT_MAP_FAULT_TAKEN:
      return CASE_TAKEN;
    case BT_MAP_FAULT_NO_RESOURCES:
      return CASE_NO_RESOURCES;
    case BT_MAP_FAULT_NO_NETWORK:
      return CASE_NO_NETWORK;
    case BT_MAP_FAULT_ANOTHER_NAT:
      return CASE_ANOTHER_NAT;
    case BT_MAP_FAULT_NONE:
    case BT_MAP_FAULT_SILENT:
    case BT_MAP_FAULT_RUBBISH:
      return CASE_SILENT;
    case BT_MAP_FAULT_REFUSED:
    default:
      return CASE_REFUSED;
    }
}

static Case
judge_external (const BtAddress *external)
{
  if (is_shared (external))
    return CASE_MAPPED_SHARED;
  if (external->family != BT_FAMILY_NONE && bt_address_is_local (external))
    return CASE_MAPPED_BEHIND;
  return CASE_MAPPED;
}

static Case
judge_map (const BtPortMapFacts *map)
{
  switch (map->state)
    {
    case BT_PORT_MAP_ASKING:
      return CASE_ASKING;
    case BT_PORT_MAP_MAPPED:
      return judge_external (&map->mapping.external);
    case BT_PORT_MAP_SILENT:
      return CASE_SILENT;
    case BT_PORT_MAP_REFUSED:
      return judge_fault (map->fault);
    case BT_PORT_MAP_NO_GATEWAY:
    default:
      return CASE_NO_GATEWAY;
    }
}

/* The family that has a mapping counts, and else the one that has more to say: IPv4, where there is any. */
static const BtPortMapFacts *
choose_map (const BtNetworkFacts *facts)
{
  if (facts->map4.state == BT_PORT_MAP_MAPPED || facts->map6.state != BT_PORT_MAP_MAPPED)
    return facts->map4.state != BT_PORT_MAP_NO_GATEWAY ? &facts->map4 : &facts->map6;
  return &facts->map6;
}

static Case
judge_router (const BtNetworkFacts *facts)
{
  if (facts->is_mapping)
    return judge_map (choose_map (facts));
  return facts->is_anonymous ? CASE_ANONYMOUS : CASE_OFF;
}

/* What stands in the way of everything comes first. An interface that is chosen need not lead to the internet, nor need
 * the network of a proxy that serves us. */
static BtReachVerdict
judge (const BtNetworkFacts *facts,
       Case                  what,
       gint64                now_us)
{
  if (facts->is_offline)
    return BT_REACH_WAITING;
  if (!facts->has_route && facts->device[0] == '\0' &&
      (!facts->is_proxied || facts->is_proxy_down))
    return BT_REACH_NO_NETWORK;
  if (facts->is_proxied)
    return facts->is_proxy_down ? BT_REACH_NO_PROXY : BT_REACH_PROXIED;
  if (facts->port == 0)
    return BT_REACH_CLOSED;
  if (facts->incoming_at_us != 0 && now_us - facts->incoming_at_us < BT_REACH_FRESH_US)
    return BT_REACH_SEEN;
  if (what == CASE_MAPPED)
    return BT_REACH_LIKELY;
  return what == CASE_ASKING ? BT_REACH_UNKNOWN : BT_REACH_UNLIKELY;
}

/* (transfer full) */
static char *
say_where_open (const BtPortMapFacts *map,
                gboolean              is_ipv6)
{
  const char *method = method_names[map->mapping.method];

  if (map->gateway.is_tunnel)
    /* Translators: %u is a port, %s a protocol such as NAT-PMP */
    return g_strdup_printf (_("Port %u is open in your VPN (%s)."), map->mapping.port, method);
  if (is_ipv6)
    /* Translators: %u is a port, %s a protocol such as PCP */
    return g_strdup_printf (_("Port %u is open on your router for IPv6 (%s)."), map->mapping.port,
                            method);
  /* Translators: %u is a port, %s a protocol such as UPnP */
  return g_strdup_printf (_("Port %u is open on your router (%s)."), map->mapping.port, method);
}

/* Where the port is open, and if it is another one there, where it leads. (transfer full) */
static char *
describe_mapping (const BtNetworkFacts *facts)
{
  const BtPortMapFacts *map = choose_map (facts);
  g_autofree char *open = say_where_open (map, map == &facts->map6);
  g_autofree char *leads = NULL;

  if (map->mapping.port == facts->port)
    return g_steal_pointer (&open);
  /* Translators: after a sentence that says which port is open on the router */
  leads = g_strdup_printf (_("It leads to port %u of this computer."), facts->port);
  return g_strjoin (" ", open, leads, NULL);
}

/* (transfer full) (nullable). The texts are ours, and so is their %u. */
static char *
give_advice (const char *text,
             guint16     port)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *number = g_strdup_printf ("%u", port);

  if (text == NULL)
    return NULL;
  parts = g_strsplit (_(text), "%u", 2);
  return g_strjoinv (number, parts);
}

/* --- What is said --- */

static void
tell_waiting (BtReach              *reach,
              const BtNetworkFacts *facts)
{
  /* Translators: a heading, with the name of a network interface */
  reach->title = g_strdup_printf (_("Everything Waits for “%s”"), facts->device);
  reach->found = g_strdup_printf (_("Everything goes through “%s” only, which is not connected."),
                                  facts->device);
  reach->effect = g_strdup (_("Nothing is sent or received."));
  reach->advice = g_strdup (_("Connect it, and everything goes on by itself, or choose another "
                              "connection in Preferences."));
  reach->step = BT_REACH_STEP_PREFERENCES;
}

static void
tell_no_network (BtReach *reach)
{
  reach->found = g_strdup (_("This computer is not connected to the internet."));
  reach->effect = g_strdup (_("Nothing is sent or received."));
  reach->advice = g_strdup (_("Connect it, and everything goes on by itself."));
}

static void
tell_no_proxy (BtReach              *reach,
               const BtNetworkFacts *facts)
{
  if (facts->proxy_message != NULL)
    reach->found = g_strconcat (facts->proxy_message, ".", NULL);
  reach->effect = g_strdup (_("Peers cannot be reached, as nothing goes past the proxy."));
  reach->advice = g_strdup (_("Check the proxy’s address, port, user name and password in "
                              "Preferences."));
  reach->step = BT_REACH_STEP_PREFERENCES;
}

static void
tell_proxied (BtReach *reach)
{
  reach->found = g_strdup (_("You reach peers through a proxy, and nobody can come through it."));
  reach->effect = g_strdup (_("Downloads work all the same, but with fewer peers."));
  reach->advice = g_strdup (_("If others are to connect to you, use the proxy for trackers only, "
                              "or a VPN that forwards ports instead."));
  reach->step = BT_REACH_STEP_PREFERENCES;
}

static void
tell_closed (BtReach *reach)
{
  reach->found = g_strdup (_("Freshet could not open its port."));
  reach->effect = g_strdup (_("Downloads work all the same, but with fewer peers."));
  reach->advice = g_strdup (_("Choose another port in Preferences: this one may be used by "
                              "another program."));
  reach->step = BT_REACH_STEP_PREFERENCES;
}

static void
tell_router (BtReach              *reach,
             const BtNetworkFacts *facts,
             Case                  what)
{
  if (what == CASE_MAPPED)
    reach->found = describe_mapping (facts);
  /* Where somebody came, nobody need know why it might not have been. */
  if (reach->verdict == BT_REACH_SEEN)
    {
      reach->effect = g_strdup (_("Everything works."));
      return;
    }
  if (what != CASE_MAPPED)
    reach->found = g_strdup (_(texts[what].found));
  if (reach->verdict == BT_REACH_UNLIKELY)
    reach->effect = g_strdup (_("Downloads work all the same, but with fewer peers."));
  reach->advice = give_advice (texts[what].advice, facts->port);
  reach->step = texts[what].step;
}

BtReach *
bt_reach_new (const BtNetworkFacts *facts,
              gint64                now_us)
{
  BtReach *reach = g_new0 (BtReach, 1);
  Case what = judge_router (facts);

  reach->verdict = judge (facts, what, now_us);
  if (reach->verdict != BT_REACH_WAITING)
    reach->title = g_strdup (_(titles[reach->verdict]));
  switch (reach->verdict)
    {
    case BT_REACH_WAITING:
      tell_waiting (reach, facts);
      break;
    case BT_REACH_NO_NETWORK:
      tell_no_network (reach);
      break;
    case BT_REACH_NO_PROXY:
      tell_no_proxy (reach, facts);
      break;
    case BT_REACH_PROXIED:
      tell_proxied (reach);
      break;
    case BT_REACH_CLOSED:
      tell_closed (reach);
      break;
    case BT_REACH_SEEN:
      reach->came_us = now_us - facts->incoming_at_us;
      tell_router (reach, facts, what);
      break;
    case BT_REACH_UNKNOWN:
    case BT_REACH_UNLIKELY:
    case BT_REACH_LIKELY:
      tell_router (reach, facts, what);
      break;
    }
  return reach;
}

void
bt_reach_free (BtReach *reach)
{
  if (reach == NULL)
    return;
  g_free (reach->title);
  g_free (reach->found);
  g_free (reach->effect);
  g_free (reach->advice);
  g_free (reach);
}
