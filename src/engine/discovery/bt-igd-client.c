/* bt-igd-client.c - has a port mapped by the routers of one network, by UPnP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-igd-client.h"

#include "bt-igd-http.h"
#include "bt-igd-message.h"
#include "bt-ssdp-search.h"

#include "base/bt-random.h"

#include <netinet/in.h>
#include <string.h>

#define FIRST_OTHER_PORT 49152  /* of those tried at random */

typedef enum
{
  STEP_IDLE,
  STEP_SEARCH,
  STEP_DESCRIBE,
  STEP_ADDRESS,     /* GetExternalIPAddress; not with IPv6, which is not translated */
  STEP_TCP,         /* AddPortMapping, or AddPinhole */
  STEP_UDP,
  STEP_UNDO_TCP,    /* DeletePortMapping: the port is free for TCP alone */
  STEP_RELEASE_TCP,
  STEP_RELEASE_UDP,
} Step;

struct _BtIgdClient
{
  /* owned */
  BtSsdpSearch *search;
  BtIgdHttp    *http;

  /* borrowed */
  gpointer      user_data;

  /* values */
  BtMapFunc     func;
  BtGateway     gateway;
  guint16       port;
  Step          step;
  guint         url_index;    /* of the device that is asked */
  BtIgdService  services[BT_IGD_MAX_SERVICES];
  guint         n_services;
  guint         service_index;
  guint16       suggested_port;
  guint16       external_port;   /* that is tried, or mapped */
  guint         n_ports;         /* tried */
  BtRandom      random;
  guint         is_permanent : 1;  /* the router knows no leases */
  guint         is_mapped : 1;     /* at the present service */
  guint         holds_udp : 1;
  guint16       pinholes[2];       /* with IPv6: of TCP and UDP, when they are held */
  guint16       held_port;         /* what that service has mapped for TCP; 0: nothing */
  BtMapping     mapping;
  BtMapFault    fault;             /* the most telling one */
};

static void describe_next (BtIgdClient *client);
static void try_service   (BtIgdClient *client);

/* --- Ends: the last thing their callers do --- */

static void
finish (BtIgdClient     *client,
        const BtMapping *mapping,
        BtMapFault       fault)
{
  client->step = STEP_IDLE;
  client->is_mapped = mapping != NULL;
  client->func (mapping, fault, client->user_data);
}

static void
succeed (BtIgdClient *client)
{
  const BtMapping mapping = client->mapping;

  finish (client, &mapping, BT_MAP_FAULT_NONE);
}

static void
hold_nothing (BtIgdClient *client)
{
  client->held_port = 0;
  client->holds_udp = FALSE;
}

/* This service will not do. */
static void
try_next_service (BtIgdClient *client,
                  BtMapFault   fault)
{
  client->fault = MAX (client->fault, fault);
  client->service_index++;
  hold_nothing (client);
  try_service (client);
}

/* --- Calls --- */

static void answered_cb (GBytes   *body,
                         gpointer  user_data);

static void
call (BtIgdClient       *client,
      Step               step,
      const char        *action,
      const char *const *arguments)
{
  const BtIgdService *service = &client->services[client->service_index];
  g_autofree char *soap_action = g_strdup_printf ("\"%s#%s\"", service->type, action);
  g_autofree char *body = bt_igd_write_call (service->type, action, arguments);

  client->step = step;
  bt_igd_http_send (client->http, service->url, soap_action, body, answered_cb, client);
}

/* With IPv6 nothing is translated: the firewall is to let in what comes for our address (WANIPv6FirewallControl:1). */
static gboolean
has_pinholes (const BtIgdClient *client)
{
  return client->gateway.local.family == BT_FAMILY_IPV6;
}

/* Of one that is there its lease begins anew. */
static void
call_add_pinhole (BtIgdClient *client,
                  Step         step)
{
  char text[BT_ADDRESS_STRING_BYTES];
  g_autofree char *internal = g_strdup_printf ("%u", client->port);
  g_autofree char *protocol = g_strdup_printf ("%u", step == STEP_TCP ? IPPROTO_TCP : IPPROTO_UDP);
  g_autofree char *lease = g_strdup_printf ("%u", BT_IGD_CLIENT_LEASE_S);
  const char *const arguments[] = {
    "RemoteHost", "",
    "RemotePort", "0",
    "InternalClient", bt_address_ip_to_string (&client->gateway.local, text),
    "InternalPort", internal,
    "Protocol", protocol,
    "LeaseTime", lease,
    NULL,
  };

  call (client, step, "AddPinhole", arguments);
}

static void
call_delete_pinhole (BtIgdClient *client,
                     Step         step)
{
  g_autofree char *id = g_strdup_printf ("%u", client->pinholes[step == STEP_RELEASE_UDP]);
  const char *const arguments[] = { "UniqueID", id, NULL };

  call (client, step, "DeletePinhole", arguments);
}

static void
call_add_mapping (BtIgdClient *client,
                  Step         step)
{
  char text[BT_ADDRESS_STRING_BYTES];
  g_autofree char *external = g_strdup_printf ("%u", client->external_port);
  g_autofree char *internal = g_strdup_printf ("%u", client->port);
  g_autofree char *lease = g_strdup_printf ("%u", client->is_permanent ? 0 : BT_IGD_CLIENT_LEASE_S);
  const char *const arguments[] = {
    "NewRemoteHost", "",
    "NewExternalPort", external,
    "NewProtocol", step == STEP_TCP ? "TCP" : "UDP",
    "NewInternalPort", internal,
    "NewInternalClient", bt_address_ip_to_string (&client->gateway.local, text),
    "NewEnabled", "1",
    "NewPortMappingDescription", "Freshet",
    "NewLeaseDuration", lease,
    NULL,
  };

  call (client, step, "AddPortMapping", arguments);
}

static void
call_delete_mapping (BtIgdClient *client,
                     Step         step)
{
  g_autofree char *external = g_strdup_printf ("%u", client->external_port);
  const char *const arguments[] = {
    "NewRemoteHost", "",
    "NewExternalPort", external,
    "NewProtocol", step == STEP_RELEASE_UDP ? "UDP" : "TCP",
    NULL,
  };

  call (client, step, "DeletePortMapping", arguments);
}

static void
call_add (BtIgdClient *client,
          Step         step)
{
  if (has_pinholes (client))
    call_add_pinhole (client, step);
  else
    call_add_mapping (client, step);
}

static void
call_delete (BtIgdClient *client,
             Step         step)
{
  if (has_pinholes (client))
    call_delete_pinhole (client, step);
  else
    call_delete_mapping (client, step);
}

/* Another port, and TCP again. FALSE: enough were tried. */
static gboolean
try_other_port (BtIgdClient *client)
{
  if (++client->n_ports >= BT_IGD_CLIENT_MAX_PORTS)
    return FALSE;
  client->external_port = (guint16) (FIRST_OTHER_PORT +
                                     bt_random_below (&client->random,
                                                      G_MAXUINT16 - FIRST_OTHER_PORT));
  call_add (client, STEP_TCP);
  return TRUE;
}

static gboolean
is_conflict (guint error)
{
  return error == BT_IGD_ERROR_CONFLICT || error == BT_IGD_ERROR_OTHER_CONFLICT ||
         error == BT_IGD_ERROR_ACTION_FAILED;
}

/* Some say it by a number of their own. */
static gboolean
wants_permanent (const BtIgdClient *client,
                 guint              error)
{
  return !client->is_permanent &&
         (error == BT_IGD_ERROR_ONLY_PERMANENT || error == BT_IGD_ERROR_INVALID_ARGS);
}

static void
pinhole_failed (BtIgdClient *client,
                guint        error)
{
  client->holds_udp = FALSE;
  if (error == BT_IGD_ERROR_NO_FIREWALL)
    {
      /* All are let in. */
      client->mapping.port = client->mapping.udp_port = client->port;
      client->mapping.lifetime_s = BT_IGD_CLIENT_LEASE_S;
      succeed (client);
    }
  else if (client->step == STEP_UDP)
    succeed (client);
  else
    try_next_service (client, error == BT_IGD_ERROR_NO_PINHOLES ? BT_MAP_FAULT_NO_RESOURCES
                                                                : BT_MAP_FAULT_REFUSED);
}

static void
add_failed (BtIgdClient *client,
            guint        error)
{
  if (has_pinholes (client))
    {
      pinhole_failed (client, error);
      return;
    }
  if (wants_permanent (client, error))
    {
      client->is_permanent = TRUE;
      call_add (client, client->step);
      return;
    }
  client->holds_udp = FALSE;
  if (is_conflict (error) && client->step == STEP_UDP)
    call_delete (client, STEP_UNDO_TCP);
  else if (is_conflict (error))
    {
      if (!try_other_port (client))
        try_next_service (client, BT_MAP_FAULT_TAKEN);
    }
  else if (client->step == STEP_UDP)
    succeed (client);
  else
    try_next_service (client, error == BT_IGD_ERROR_NO_PORT_MAPS ? BT_MAP_FAULT_NO_RESOURCES
                                                                 : BT_MAP_FAULT_REFUSED);
}

/* Without an address a device is not connected, or another service is. */
static void
take_address (BtIgdClient       *client,
              const BtIgdAnswer *answer)
{
  BtAddress *external = &client->mapping.external;

  if (answer->error != 0 || !bt_address_parse (answer->address, 1, external) ||
      !bt_address_is_connectable (external))
    {
      try_next_service (client, BT_MAP_FAULT_NO_NETWORK);
      return;
    }
  external->port = 0;
  call_add (client, STEP_TCP);
}

static void
added (BtIgdClient *client,
       guint16      pinhole)
{
  client->pinholes[client->step == STEP_UDP] = pinhole;
  if (client->step == STEP_TCP)
    {
      client->mapping.port = client->held_port = client->external_port;
      client->mapping.lifetime_s = client->is_permanent ? 0 : BT_IGD_CLIENT_LEASE_S;
      /* Until it is refused: the answer may be lost, or not waited for. A pinhole cannot be taken back before it has a
         name. */
      client->holds_udp |= !has_pinholes (client);
      call_add (client, STEP_UDP);
    }
  else
    {
      client->mapping.udp_port = client->external_port;
      client->holds_udp = TRUE;
      succeed (client);
    }
}

static void
take_answer (BtIgdClient       *client,
             const BtIgdAnswer *answer)
{
  switch (client->step)
    {
    case STEP_ADDRESS:
      take_address (client, answer);
      break;
    case STEP_TCP:
    case STEP_UDP:
      if (answer->error != 0)
        add_failed (client, answer->error);
      else if (has_pinholes (client) && !answer->has_pinhole)
        pinhole_failed (client, BT_IGD_ERROR_ACTION_FAILED);
      else
        added (client, answer->pinhole);
      break;
    case STEP_UNDO_TCP:
      hold_nothing (client);
      if (!try_other_port (client))
        try_next_service (client, BT_MAP_FAULT_TAKEN);
      break;
    case STEP_RELEASE_TCP:
      /* UDP there is somebody else's. */
      if (!client->holds_udp)
        finish (client, NULL, BT_MAP_FAULT_NONE);
      else
        call_delete (client, STEP_RELEASE_UDP);
      break;
    default:
      finish (client, NULL, BT_MAP_FAULT_NONE);
    }
}

static void
answered_cb (GBytes   *body,
             gpointer  user_data)
{
  BtIgdClient *client = user_data;
  gboolean is_over = client->step == STEP_RELEASE_TCP || client->step == STEP_RELEASE_UDP;
  BtIgdAnswer answer = { .error = 0 };
  gsize n_bytes = 0;
  const char *text = body != NULL ? g_bytes_get_data (body, &n_bytes) : NULL;

  /* Of what is given back no answer is needed. */
  if (is_over || (text != NULL && bt_igd_parse_answer (text, n_bytes, &answer)))
    take_answer (client, &answer);
  else if (client->step == STEP_UDP)
    succeed (client);
  else
    try_next_service (client, text != NULL ? BT_MAP_FAULT_RUBBISH : BT_MAP_FAULT_SILENT);
}

/* --- Devices, and their services --- */

static void
try_service (BtIgdClient *client)
{
  if (client->service_index >= client->n_services)
    {
      describe_next (client);
      return;
    }
  memset (&client->mapping, 0, sizeof client->mapping);
  client->mapping.method = BT_MAP_BY_UPNP;
  client->external_port = has_pinholes (client) ? client->port : client->suggested_port;
  client->n_ports = 0;
  client->mapping.external = client->gateway.local;
  client->mapping.external.port = 0;
  if (has_pinholes (client))
    call_add (client, STEP_TCP);
  else
    call (client, STEP_ADDRESS, "GetExternalIPAddress", NULL);
}

static void
described_cb (GBytes   *body,
              gpointer  user_data)
{
  BtIgdClient *client = user_data;
  const char *url = bt_ssdp_search_get_url (client->search, client->url_index++);
  gsize n_bytes;
  const char *text;

  client->n_services = 0;
  if (body != NULL && (text = g_bytes_get_data (body, &n_bytes)) != NULL)
    client->n_services = bt_igd_parse_description (text, n_bytes, url, client->services);
  if (client->n_services == 0)
    client->fault = MAX (client->fault,
                         body != NULL ? BT_MAP_FAULT_RUBBISH : BT_MAP_FAULT_SILENT);
  client->service_index = 0;
  client->is_permanent = FALSE;
  try_service (client);
}

static void
describe_next (BtIgdClient *client)
{
  const char *url = bt_ssdp_search_get_url (client->search, client->url_index);

  client->n_services = 0;
  hold_nothing (client);
  if (url == NULL)
    {
      finish (client, NULL, client->fault);
      return;
    }
  client->step = STEP_DESCRIBE;
  bt_igd_http_send (client->http, url, NULL, NULL, described_cb, client);
}

static void
searched_cb (gpointer user_data)
{
  describe_next (user_data);
}

/* --- Life --- */

BtIgdClient *
bt_igd_client_new (BtPoller        *poller,
                   BtClock         *clock,
                   const BtGateway *gateway,
                   guint16          port,
                   const BtAddress *group,
                   BtMapFunc        func,
                   gpointer         user_data)
{
  BtIgdClient *client = g_new0 (BtIgdClient, 1);

  client->search = bt_ssdp_search_new (poller, clock, gateway, group, searched_cb, client);
  if (client->search == NULL)
    {
      g_free (client);
      return NULL;
    }
  client->gateway = *gateway;
  client->port = port;
  client->func = func;
  client->user_data = user_data;
  client->http = bt_igd_http_new (clock, bt_poller_get_socket_rules (poller), &gateway->local);
  bt_random_init (&client->random, bt_random_seed ());
  return client;
}

void
bt_igd_client_free (BtIgdClient *client)
{
  if (client == NULL)
    return;
  bt_ssdp_search_free (client->search);
  bt_igd_http_free (client->http);
  g_free (client);
}

/* A router that has mapped it is asked again without being searched for; one that began anew describes itself
 * otherwise, and then fails. */
void
bt_igd_client_ask (BtIgdClient *client,
                   guint16      suggested_port)
{
  client->suggested_port = suggested_port;
  client->fault = BT_MAP_FAULT_SILENT;
  if (client->is_mapped)
    {
      client->is_mapped = FALSE;
      try_service (client);
      return;
    }
  client->url_index = 0;
  client->step = STEP_SEARCH;
  bt_ssdp_search_begin (client->search);
}

gboolean
bt_igd_client_release (BtIgdClient *client)
{
  bt_ssdp_search_stop (client->search);
  if (client->held_port == 0)
    {
      bt_igd_http_cancel (client->http);
      client->step = STEP_IDLE;
      return FALSE;
    }
  client->external_port = client->held_port;
  call_delete (client, STEP_RELEASE_TCP);
  return TRUE;
}
