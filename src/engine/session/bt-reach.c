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
  CASE_NO_GATEWAY,
  CASE_ASKING,
  CASE_MAPPED,
  CASE_MAPPED_BEHIND,   /* by a router that is behind another one */
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
  const char *mapping;
  const char *advice;   /* nullable */
} texts[] = {
  [CASE_OFF] = {
    N_("Freshet does not ask your router to open the port."),
    N_("Switch on Port Mapping in Preferences, or let port %u through to this computer in the "
       "settings of your router.") },
  [CASE_NO_GATEWAY] = {
    N_("There is no router that could be asked to open the port."),
    N_("If this computer is connected directly, its firewall must let port %u in.") },
  [CASE_ASKING] = {
    N_("Your router is being asked to open the port."), NULL },
  [CASE_MAPPED] = {
    NULL,
    N_("Wait. Nobody has come yet, which can take a while as long as few peers want what you "
       "have.") },
  [CASE_MAPPED_BEHIND] = {
    N_("Your router has opened the port, but is itself behind another router or your provider’s."),
    N_("Ask your provider for an address of your own, or use IPv6 or a VPN that forwards ports.") },
  [CASE_SILENT] = {
    N_("No router answers when asked to open the port."),
    N_("Switch on UPnP or NAT-PMP in the settings of your router, or let port %u through to this "
       "computer there.") },
  [CASE_REFUSED] = {
    N_("Your router refuses to open the port."),
    N_("Allow programs to open ports (UPnP, NAT-PMP) in the settings of your router, or let "
       "port %u through to this computer there.") },
  [CASE_TAKEN] = {
    N_("Your router has given all ports that were tried to others."),
    N_("Choose another port in Preferences.") },
  [CASE_NO_RESOURCES] = {
    N_("Your router has no room for another open port."),
    N_("Close other programs that open ports, or restart the router.") },
  [CASE_NO_NETWORK] = {
    N_("Your router says that it is not connected to the internet."),
    N_("Look whether the router is connected.") },
  [CASE_ANOTHER_NAT] = {
    N_("Another router is between your computer and the one that answers."),
    N_("Let port %u through to this computer in the settings of both routers.") },
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
judge_map (const BtPortMapFacts *map)
{
  const BtAddress *external = &map->mapping.external;

  switch (map->state)
    {
    case BT_PORT_MAP_ASKING:
      return CASE_ASKING;
    case BT_PORT_MAP_MAPPED:
      return external->family != BT_FAMILY_NONE &&
             (bt_address_is_local (external) || is_shared (external)) ? CASE_MAPPED_BEHIND
                                                                      : CASE_MAPPED;
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

static BtReachVerdict
judge (const BtNetworkFacts *facts,
       Case                  what,
       gint64                now_us)
{
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
describe_mapping (const BtPortMapFacts *map,
                  Case                  what)
{
  if (what != CASE_MAPPED)
    return g_strdup (_(texts[what].mapping));
  if (map->gateway.is_tunnel)
    /* Translators: %u is a port, %s a protocol such as NAT-PMP */
    return g_strdup_printf (_("Port %u is open in your VPN (%s)."), map->mapping.port,
                            method_names[map->mapping.method]);
  /* Translators: %u is a port, %s a protocol such as UPnP */
  return g_strdup_printf (_("Port %u is open on your router (%s)."), map->mapping.port,
                          method_names[map->mapping.method]);
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

BtReach *
bt_reach_new (const BtNetworkFacts *facts,
              gint64                now_us)
{
  BtReach *reach = g_new0 (BtReach, 1);
  const BtPortMapFacts *map = choose_map (facts);
  Case what = facts->is_mapping ? judge_map (map) : CASE_OFF;

  reach->verdict = judge (facts, what, now_us);
  if (reach->verdict == BT_REACH_CLOSED)
    {
      reach->mapping = g_strdup (_("Freshet could not open a port."));
      reach->advice = g_strdup (_("Choose another port in Preferences: this one may be used by "
                                  "another program."));
      return reach;
    }
  reach->mapping = describe_mapping (map, what);
  if (reach->verdict != BT_REACH_SEEN)
    reach->advice = give_advice (texts[what].advice, facts->port);
  return reach;
}

void
bt_reach_free (BtReach *reach)
{
  if (reach == NULL)
    return;
  g_free (reach->mapping);
  g_free (reach->advice);
  g_free (reach);
}
