/* bt-port-map.c - has our port mapped by every router next to us, keeps it so, and takes it back
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-port-map.h"

#include "bt-igd-client.h"
#include "bt-igd-message.h"
#include "bt-pcp-client.h"
#include "bt-pcp-ear.h"
#include "bt-pcp-message.h"

#include "base/bt-random.h"

#include <net/if.h>
#include <string.h>

#define MIN_HEARD_US (10 * BT_SECOND_US)  /* between two announcements of a router that are listened to */

/* One router. */
typedef struct
{
  /* owned */
  BtPcpClient    *pcp;
  BtIgdClient    *igd;         /* nullable: not for tunnels */

  /* borrowed */
  BtPortMap      *map;

  /* values */
  BtGateway       gateway;
  BtTimer         timer;       /* what comes next: renewing, or trying again */
  BtPortMapState  state;
  BtMapping       mapping;     /* method NONE: none */
  gint64          until_us;
  gint64          heard_at_us; /* 0: never */
  BtMapFault      fault;       /* the most telling one of this round */
  guint           n_failures;  /* in a row */
  guint           is_asking : 1;
} Line;

struct _BtPortMap
{
  /* owned */
  GPtrArray     *lines;
  BtPcpEar      *ear;          /* nullable */

  /* borrowed */
  BtPoller      *poller;
  BtClock       *clock;
  gpointer       user_data;

  /* values */
  BtPortMapFunc   func;
  BtPortMapConfig config;
  BtAddress       sources[2];  /* of what goes to the internet */
  BtTimer         list_timer;
  BtTimer         close_timer;
  BtRandom        random;
  guint           n_releasing;
  guint           is_closing : 1;
};

static void line_ask (Line *line);

/* --- One router --- */

static gboolean
is_mapped (const Line *line)
{
  return line->mapping.method != BT_MAP_BY_NONE;
}

static void
tell (BtPortMap *map)
{
  if (!map->is_closing)
    map->func (map->user_data);
}

/* Between half and five eighths of the lifetime (RFC 6887, 11.2.1). */
static gint64
get_renewal_us (Line *line)
{
  gint64 lifetime_us = line->mapping.lifetime_s * BT_SECOND_US;
  gint64 delay_us = lifetime_us / 2;

  if (line->mapping.lifetime_s == 0 || delay_us > BT_PORT_MAP_RENEW_US)
    return BT_PORT_MAP_RENEW_US;
  delay_us += bt_random_below (&line->map->random, 1024) * (lifetime_us / 8) / 1024;
  return MAX (delay_us, BT_PORT_MAP_MIN_RENEW_US);
}

static void
line_take (Line            *line,
           const BtMapping *mapping)
{
  BtClock *clock = line->map->clock;

  line->mapping = *mapping;
  line->until_us = mapping->lifetime_s == 0 ? G_MAXINT64
                                            : bt_clock_get_us (clock) +
                                              mapping->lifetime_s * BT_SECOND_US;
  line->state = BT_PORT_MAP_MAPPED;
  line->fault = BT_MAP_FAULT_NONE;
  line->n_failures = 0;
  line->is_asking = FALSE;
  bt_timer_arm_in (&line->timer, clock, get_renewal_us (line));
  tell (line->map);
}

static void
drop_mapping (Line *line)
{
  memset (&line->mapping, 0, sizeof line->mapping);
  line->until_us = 0;
}

/* What was mapped stands until its time is over. */
static void
line_fail (Line *line)
{
  BtClock *clock = line->map->clock;
  gint64 now_us = bt_clock_get_us (clock);
  gint64 next_us = now_us + MIN (BT_PORT_MAP_RETRY_US << MIN (line->n_failures, 16),
                                 BT_PORT_MAP_MAX_RETRY_US);

  line->n_failures++;
  line->is_asking = FALSE;
  /* Nobody answers for what has no end any more. */
  if (line->until_us == G_MAXINT64)
    line->until_us = now_us + BT_PORT_MAP_RENEW_US;
  if (is_mapped (line) && line->until_us > now_us)
    next_us = MIN (next_us, line->until_us);
  else
    {
      drop_mapping (line);
      line->state = line->fault > BT_MAP_FAULT_SILENT ? BT_PORT_MAP_REFUSED : BT_PORT_MAP_SILENT;
    }
  bt_timer_arm (&line->timer, clock, next_us);
  tell (line->map);
}

static void
release_done (BtPortMap *map)
{
  if (--map->n_releasing == 0)
    bt_timer_arm_in (&map->close_timer, map->clock, 0);
}

/* What a client of the line has to say. FALSE: it has failed, and somebody else may be asked. */
static gboolean
line_hear (Line            *line,
           const BtMapping *mapping,
           BtMapFault       fault)
{
  if (line->map->is_closing)
    release_done (line->map);
  else if (mapping != NULL)
    line_take (line, mapping);
  else
    {
      line->fault = MAX (line->fault, fault);
      return FALSE;
    }
  return TRUE;
}

static void
igd_cb (const BtMapping *mapping,
        BtMapFault       fault,
        gpointer         user_data)
{
  Line *line = user_data;

  if (!line_hear (line, mapping, fault))
    line_fail (line);
}

static void
pcp_cb (const BtMapping *mapping,
        BtMapFault       fault,
        gpointer         user_data)
{
  Line *line = user_data;

  if (line_hear (line, mapping, fault))
    return;
  if (line->igd != NULL)
    bt_igd_client_ask (line->igd, line->map->config.port);
  else
    line_fail (line);
}

/* Whoever has mapped it is asked to do so again; after a failure, all are. */
static void
line_ask (Line *line)
{
  guint16 port = is_mapped (line) ? line->mapping.port : line->map->config.port;

  if (line->is_asking)
    return;
  bt_timer_disarm (&line->timer, line->map->clock);
  line->is_asking = TRUE;
  line->fault = BT_MAP_FAULT_NONE;
  if (line->mapping.method == BT_MAP_BY_UPNP && line->n_failures == 0)
    bt_igd_client_ask (line->igd, port);
  else if (line->pcp != NULL)
    bt_pcp_client_ask (line->pcp, port);
  else if (line->igd != NULL)
    bt_igd_client_ask (line->igd, port);
  else
    line_fail (line);
}

static void
timer_cb (gpointer user_data)
{
  Line *line = user_data;

  if (is_mapped (line) && line->until_us <= bt_clock_get_us (line->map->clock))
    {
      drop_mapping (line);
      line->state = BT_PORT_MAP_ASKING;
    }
  line_ask (line);
}

/* Returns how many answers are to come. */
static guint
line_release (Line *line)
{
  guint n = 0;

  bt_timer_disarm (&line->timer, line->map->clock);
  if (line->pcp != NULL && bt_pcp_client_release (line->pcp))
    n++;
  if (line->igd != NULL && bt_igd_client_release (line->igd))
    n++;
  return n;
}

static void
line_free (gpointer data)
{
  Line *line = data;

  bt_timer_disarm (&line->timer, line->map->clock);
  bt_pcp_client_free (line->pcp);
  bt_igd_client_free (line->igd);
  g_free (line);
}

static Line *
line_new (BtPortMap       *map,
          const BtGateway *gateway)
{
  gboolean is_ipv6 = gateway->local.family == BT_FAMILY_IPV6;
  Line *line = g_new0 (Line, 1);
  BtAddress group;

  bt_address_parse (is_ipv6 ? BT_SSDP_GROUP6 : BT_SSDP_GROUP4, map->config.ssdp_port, &group);
  line->map = map;
  line->gateway = *gateway;
  line->state = BT_PORT_MAP_ASKING;
  bt_timer_init (&line->timer, timer_cb, line);
  line->pcp = bt_pcp_client_new (map->poller, map->clock, gateway, map->config.port,
                                 map->config.pcp_port, pcp_cb, line);
  if (!gateway->is_tunnel)
    line->igd = bt_igd_client_new (map->poller, map->clock, gateway, map->config.port, &group,
                                   igd_cb, line);
  return line;
}

/* --- All of them --- */

static gboolean
is_used (BtPortMap       *map,
         const BtGateway *gateway)
{
  gboolean is_ipv4 = gateway->address.family == BT_FAMILY_IPV4;
  const BtSocketRules *rules = bt_poller_get_socket_rules (map->poller);
  const BtAddress *bind = is_ipv4 ? &map->config.bind4 : &map->config.bind6;

  if (!(is_ipv4 ? map->config.use_ipv4 : map->config.use_ipv6) ||
      (bind->family != BT_FAMILY_NONE && !bt_address_equal_ip (bind, &gateway->local)))
    return FALSE;
  return rules->device[0] == '\0' || if_nametoindex (rules->device) == gateway->interface;
}

static gboolean
is_same (const BtGateway *one,
         const BtGateway *other)
{
  return one->interface == other->interface && bt_address_equal_ip (&one->local, &other->local) &&
         bt_address_equal_ip (&one->address, &other->address);
}

static gboolean
has_line (BtPortMap       *map,
          const BtGateway *gateway)
{
  for (guint i = 0; i < map->lines->len; i++)
    if (is_same (&((Line *) g_ptr_array_index (map->lines, i))->gateway, gateway))
      return TRUE;
  return FALSE;
}

static gboolean
is_listed (const GArray    *gateways,
           const BtGateway *gateway)
{
  for (guint i = 0; i < gateways->len; i++)
    if (is_same (&g_array_index (gateways, BtGateway, i), gateway))
      return TRUE;
  return FALSE;
}

/* Returns whether any came or went. Those that went cannot be asked for anything any more. */
static gboolean
update_lines (BtPortMap *map)
{
  const BtSocketRules *rules = bt_poller_get_socket_rules (map->poller);
  g_autoptr (GArray) gateways = map->config.list ();
  gboolean is_changed = FALSE;

  map->sources[0] = bt_gateways_get_source (rules, BT_FAMILY_IPV4);
  map->sources[1] = bt_gateways_get_source (rules, BT_FAMILY_IPV6);
  for (guint i = map->lines->len; i > 0; i--)
    {
      const Line *line = g_ptr_array_index (map->lines, i - 1);

      if (is_listed (gateways, &line->gateway))
        continue;
      g_ptr_array_remove_index (map->lines, i - 1);
      is_changed = TRUE;
    }
  for (guint i = 0; i < gateways->len && map->lines->len < BT_GATEWAYS_MAX; i++)
    {
      const BtGateway *gateway = &g_array_index (gateways, BtGateway, i);
      Line *line;

      if (!is_used (map, gateway) || has_line (map, gateway))
        continue;
      line = line_new (map, gateway);
      g_ptr_array_add (map->lines, line);
      if (map->ear != NULL)
        bt_pcp_ear_join (map->ear, gateway->interface);
      bt_timer_arm_in (&line->timer, map->clock, 0);
      is_changed = TRUE;
    }
  return is_changed;
}

static void
list_cb (gpointer user_data)
{
  BtPortMap *map = user_data;
  gboolean is_changed = update_lines (map);

  bt_timer_arm_in (&map->list_timer, map->clock, BT_PORT_MAP_LIST_US);
  if (is_changed)
    tell (map);
}

/* A router has said unasked how long it has been running. */
static void
heard_cb (const BtAddress *from,
          guint32          epoch_s,
          gpointer         user_data)
{
  BtPortMap *map = user_data;
  gint64 now_us = bt_clock_get_us (map->clock);

  for (guint i = 0; i < map->lines->len; i++)
    {
      Line *line = g_ptr_array_index (map->lines, i);

      if (map->is_closing || line->pcp == NULL ||
          !bt_address_equal_ip (from, &line->gateway.address) ||
          (line->heard_at_us != 0 && now_us - line->heard_at_us < MIN_HEARD_US) ||
          (is_mapped (line) && !bt_pcp_client_hear (line->pcp, epoch_s)))
        continue;
      line->heard_at_us = now_us;
      line_ask (line);
    }
}

void
bt_port_map_refresh (BtPortMap *map)
{
  if (map->is_closing)
    return;
  list_cb (map);
  for (guint i = 0; i < map->lines->len; i++)
    {
      Line *line = g_ptr_array_index (map->lines, i);

      line->n_failures = 0;
      line_ask (line);
    }
}

/* --- Facts --- */

static guint
rank (BtPortMap  *map,
      const Line *line)
{
  const BtAddress *source = &map->sources[line->gateway.local.family == BT_FAMILY_IPV6];
  static const guint8 ranks[] = {
    [BT_PORT_MAP_NO_GATEWAY] = 0, [BT_PORT_MAP_SILENT] = 1, [BT_PORT_MAP_ASKING] = 2,
    [BT_PORT_MAP_REFUSED] = 3, [BT_PORT_MAP_MAPPED] = 4,
  };

  return 4u * ranks[line->state] +
         2u * (source->family != BT_FAMILY_NONE &&
               bt_address_equal_ip (source, &line->gateway.local)) +
         line->gateway.is_tunnel;
}

void
bt_port_map_get_facts (BtPortMap      *map,
                       BtFamily        family,
                       BtPortMapFacts *out_facts)
{
  const Line *best = NULL;
  guint n = 0;

  memset (out_facts, 0, sizeof *out_facts);
  for (guint i = 0; i < map->lines->len; i++)
    {
      const Line *line = g_ptr_array_index (map->lines, i);

      if (line->gateway.address.family != family)
        continue;
      n++;
      if (best == NULL || rank (map, line) > rank (map, best))
        best = line;
    }
  out_facts->n_gateways = n;
  if (best == NULL)
    return;
  out_facts->state = best->state;
  out_facts->gateway = best->gateway;
  out_facts->mapping = best->mapping;
  out_facts->until_us = best->until_us;
  out_facts->fault = best->fault;
  out_facts->is_asking = best->is_asking;
}

/* --- Life --- */

static void
close_cb (gpointer user_data)
{
  BtPortMap *map = user_data;

  map->func (map->user_data);
}

void
bt_port_map_close_async (BtPortMap     *map,
                         BtPortMapFunc  closed,
                         gpointer       user_data)
{
  g_return_if_fail (!map->is_closing);

  map->is_closing = TRUE;
  map->func = closed;
  map->user_data = user_data;
  bt_timer_disarm (&map->list_timer, map->clock);
  for (guint i = map->lines->len; i > 0; i--)
    {
      guint n = line_release (g_ptr_array_index (map->lines, i - 1));

      map->n_releasing += n;
      if (n == 0)
        g_ptr_array_remove_index (map->lines, i - 1);
    }
  bt_timer_arm_in (&map->close_timer, map->clock,
                   map->n_releasing > 0 ? BT_PORT_MAP_CLOSE_US : 0);
}

BtPortMap *
bt_port_map_new (BtPoller              *poller,
                 BtClock               *clock,
                 const BtPortMapConfig *config,
                 BtPortMapFunc          func,
                 gpointer               user_data)
{
  BtPortMap *map = g_new0 (BtPortMap, 1);
  BtPortMapConfig *own = &map->config;

  map->poller = poller;
  map->clock = clock;
  map->func = func;
  map->user_data = user_data;
  *own = *config;
  own->list = config->list != NULL ? config->list : bt_gateways_list;
  own->pcp_port = config->pcp_port != 0 ? config->pcp_port : BT_PCP_PORT;
  own->announce_port = config->announce_port != 0 ? config->announce_port : BT_PCP_ANNOUNCE_PORT;
  own->ssdp_port = config->ssdp_port != 0 ? config->ssdp_port : BT_SSDP_PORT;
  map->lines = g_ptr_array_new_with_free_func (line_free);
  bt_random_init (&map->random, bt_random_seed ());
  bt_timer_init (&map->list_timer, list_cb, map);
  bt_timer_init (&map->close_timer, close_cb, map);
  /* Without it everything else works. */
  map->ear = bt_pcp_ear_new (poller, own->announce_port, heard_cb, map);
  /* Not before this returns: `func` is told by it. */
  bt_timer_arm_in (&map->list_timer, clock, 0);
  return map;
}

void
bt_port_map_free (BtPortMap *map)
{
  if (map == NULL)
    return;
  g_ptr_array_unref (map->lines);
  bt_timer_disarm (&map->list_timer, map->clock);
  bt_timer_disarm (&map->close_timer, map->clock);
  bt_pcp_ear_free (map->ear);
  g_free (map);
}
