/* bt-pcp-client.c - has a port mapped by one router, by PCP or else by NAT-PMP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-pcp-client.h"

#include "bt-pcp-message.h"

#include "base/bt-random.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define PCP_FIRST_US     (3 * BT_SECOND_US)         /* RFC 6887, 8.1.1 */
#define NAT_PMP_FIRST_US (250 * BT_MILLISECOND_US)  /* RFC 6886, 3.1 */
#define RELEASE_TRIES    2
#define MAX_READS        16                         /* datagrams a turn */

typedef enum
{
  STEP_IDLE,
  STEP_ADDRESS,   /* NAT-PMP only */
  STEP_TCP,
  STEP_UDP,
} Step;

struct _BtPcpClient
{
  /* owned */
  int         fd;

  /* borrowed */
  BtPoller   *poller;
  BtClock    *clock;
  gpointer    user_data;

  /* values */
  BtMapFunc   func;
  BtGateway   gateway;
  guint16     port;
  BtPollWatch watch;
  BtTimer     timer;
  Step        step;
  guint       n_sent;            /* in this step */
  guint8      nonces[2][BT_PCP_NONCE_BYTES];  /* of TCP and UDP; a mapping is renewed with its own */
  guint16     suggested_port;
  BtMapping   mapping;           /* what was told so far */
  BtMapMethod mapped_by;         /* the last time that it was */
  guint32     epoch_s;           /* of the newest answer */
  gint64      epoch_at_us;
  guint       has_epoch : 1;
  guint       is_nat_pmp : 1;
  guint       is_releasing : 1;
};

static void begin_step (BtPcpClient *client,
                        Step         step);

/* --- Ends: the last thing their callers do --- */

static void
finish (BtPcpClient     *client,
        const BtMapping *mapping,
        BtMapFault       fault)
{
  bt_timer_disarm (&client->timer, client->clock);
  client->step = STEP_IDLE;
  /* Another time, the router may have learnt PCP. */
  if (mapping == NULL)
    client->is_nat_pmp = FALSE;
  client->func (mapping, fault, client->user_data);
}

static void
succeed (BtPcpClient *client)
{
  const BtMapping mapping = client->mapping;

  client->mapped_by = mapping.method;
  finish (client, &mapping, BT_MAP_FAULT_NONE);
}

static BtMapFault
judge_result (guint result)
{
  switch (result)
    {
    case BT_PCP_NETWORK_FAILURE:
      return BT_MAP_FAULT_NO_NETWORK;
    case BT_PCP_NO_RESOURCES:
    case BT_PCP_USER_EXCEEDED_QUOTA:
      return BT_MAP_FAULT_NO_RESOURCES;
    case BT_PCP_ADDRESS_MISMATCH:
      return BT_MAP_FAULT_ANOTHER_NAT;
    default:
      return BT_MAP_FAULT_REFUSED;
    }
}

/* NAT-PMP has no IPv6. */
static gboolean
falls_back (BtPcpClient *client)
{
  if (client->is_nat_pmp || client->gateway.address.family != BT_FAMILY_IPV4 ||
      client->is_releasing)
    return FALSE;
  client->is_nat_pmp = TRUE;
  client->has_epoch = FALSE;
  begin_step (client, STEP_ADDRESS);
  return TRUE;
}

/* This step has come to nothing. TCP alone is worth having. */
static void
fail (BtPcpClient *client,
      BtMapFault   fault)
{
  if (client->is_releasing && client->step == STEP_TCP)
    begin_step (client, STEP_UDP);
  else if (client->is_releasing)
    finish (client, NULL, BT_MAP_FAULT_NONE);
  else if (client->step == STEP_UDP)
    succeed (client);
  else
    finish (client, NULL, fault);
}

/* --- Asking --- */

static BtPcpProtocol
get_protocol (Step step)
{
  return step == STEP_UDP ? BT_PCP_UDP : BT_PCP_TCP;
}

static gsize
write_request (BtPcpClient *client,
               guint8       bytes[BT_PCP_MAP_BYTES])
{
  BtPcpProtocol protocol = get_protocol (client->step);
  guint32 lifetime_s = client->is_releasing ? 0 : BT_PCP_CLIENT_LIFETIME_S;
  guint16 wish = client->is_releasing ? 0 : client->suggested_port;

  if (client->step == STEP_UDP && !client->is_releasing)
    wish = client->mapping.port;
  if (!client->is_nat_pmp)
    {
      BtPcpMap map = { .protocol = protocol, .internal = client->gateway.local,
                       .lifetime_s = lifetime_s };

      map.internal.port = client->port;
      map.suggested.port = wish;
      memcpy (map.nonce, client->nonces[client->step == STEP_UDP], BT_PCP_NONCE_BYTES);
      return bt_pcp_write_map (&map, bytes);
    }
  if (client->step == STEP_ADDRESS)
    return bt_nat_pmp_write_address (bytes);
  return bt_nat_pmp_write_map (protocol, client->port, wish, lifetime_s, bytes);
}

static guint
get_max_tries (const BtPcpClient *client)
{
  if (client->is_releasing)
    return RELEASE_TRIES;
  return client->is_nat_pmp ? BT_PCP_CLIENT_NAT_PMP_TRIES : BT_PCP_CLIENT_PCP_TRIES;
}

/* A tenth more or less in PCP, so that a house does not ask as one after the current was gone. Taking back is not worth
 * PCP's patience. */
static gint64
get_patience_us (const BtPcpClient *client)
{
  gint64 delay_us;
  BtRandom random;

  if (client->is_nat_pmp || client->is_releasing)
    return NAT_PMP_FIRST_US << client->n_sent;
  delay_us = PCP_FIRST_US << client->n_sent;
  bt_random_init (&random, bt_random_seed ());
  return delay_us - delay_us / 10 + bt_random_below (&random, (guint32) (delay_us / 5));
}

static void
send_request (BtPcpClient *client)
{
  guint8 bytes[BT_PCP_MAP_BYTES];
  gsize n_bytes = write_request (client, bytes);

  /* What cannot be sent is like what is lost. */
  if (send (client->fd, bytes, n_bytes, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    g_debug ("a router cannot be asked: %s", g_strerror (errno));
  bt_timer_arm_in (&client->timer, client->clock, get_patience_us (client));
  client->n_sent++;
}

static void
begin_step (BtPcpClient *client,
            Step         step)
{
  client->step = step;
  client->n_sent = 0;
  send_request (client);
}

static void
timer_cb (gpointer user_data)
{
  BtPcpClient *client = user_data;

  if (client->n_sent < get_max_tries (client))
    send_request (client);
  else if (client->step == STEP_UDP || !falls_back (client))
    fail (client, BT_MAP_FAULT_SILENT);
}

/* --- Answers --- */

static void
note_epoch (BtPcpClient *client,
            guint32      epoch_s)
{
  client->epoch_s = epoch_s;
  client->epoch_at_us = bt_clock_get_us (client->clock);
  client->has_epoch = TRUE;
}

static gboolean
is_ours (const BtPcpClient *client,
         const BtPcpAnswer *answer)
{
  if (answer->protocol != get_protocol (client->step) || answer->internal_port != client->port)
    return FALSE;
  return client->is_nat_pmp || memcmp (answer->nonce, client->nonces[client->step == STEP_UDP],
                                       BT_PCP_NONCE_BYTES) == 0;
}

/* Whether it answers what is asked now. An error need not repeat what it is about when it did not even understand
 * that. */
static gboolean
is_awaited (const BtPcpClient *client,
            const BtPcpAnswer *answer)
{
  switch (answer->kind)
    {
    case BT_PCP_ANSWER_MAP:
      return !client->is_nat_pmp && client->step >= STEP_TCP && is_ours (client, answer);
    case BT_NAT_PMP_ANSWER_MAP:
      return client->is_nat_pmp && client->step >= STEP_TCP && is_ours (client, answer);
    case BT_NAT_PMP_ANSWER_ADDRESS:
      return client->is_nat_pmp && client->step == STEP_ADDRESS;
    case BT_PCP_ANSWER_OTHER:
      return answer->result == BT_PCP_UNSUPPORTED_VERSION ||
             answer->result == BT_PCP_UNSUPPORTED_OPCODE;
    default:
      return FALSE;
    }
}

/* The router cannot do this in PCP, but maybe in the other protocol. That one has no nonces, without which nobody may
 * renew what a crash left behind. */
static gboolean
is_foreign (guint result)
{
  return result == BT_PCP_UNSUPPORTED_VERSION || result == BT_PCP_UNSUPPORTED_OPCODE ||
         result == BT_PCP_UNSUPPORTED_PROTOCOL || result == BT_PCP_MALFORMED_REQUEST ||
         result == BT_PCP_NOT_AUTHORIZED;
}

static void
take_map (BtPcpClient       *client,
          const BtPcpAnswer *answer)
{
  BtMapping *mapping = &client->mapping;

  if (answer->external_port == 0 || answer->lifetime_s == 0)
    {
      fail (client, BT_MAP_FAULT_RUBBISH);
      return;
    }
  mapping->lifetime_s = client->step == STEP_TCP ? answer->lifetime_s
                                                 : MIN (mapping->lifetime_s, answer->lifetime_s);
  mapping->method = client->is_nat_pmp ? BT_MAP_BY_NAT_PMP : BT_MAP_BY_PCP;
  if (answer->external.family != BT_FAMILY_NONE)
    {
      mapping->external = answer->external;
      mapping->external.port = 0;
    }
  if (client->step == STEP_TCP)
    {
      mapping->port = answer->external_port;
      begin_step (client, STEP_UDP);
    }
  else
    {
      mapping->udp_port = answer->external_port;
      succeed (client);
    }
}

static void
take_answer (BtPcpClient       *client,
             const BtPcpAnswer *answer)
{
  if (client->step == STEP_IDLE || !is_awaited (client, answer))
    return;
  bt_timer_disarm (&client->timer, client->clock);
  if (answer->result != BT_PCP_OK && client->step != STEP_UDP && is_foreign (answer->result) &&
      falls_back (client))
    return;
  if (answer->result == BT_PCP_OK)
    note_epoch (client, answer->epoch_s);
  if (client->is_releasing)
    fail (client, BT_MAP_FAULT_NONE);
  else if (answer->result == BT_PCP_UNSUPPORTED_VERSION)
    fail (client, BT_MAP_FAULT_SILENT);
  else if (answer->result != BT_PCP_OK)
    fail (client, judge_result (answer->result));
  else if (client->step == STEP_ADDRESS)
    {
      client->mapping.external = answer->external;
      begin_step (client, STEP_TCP);
    }
  else
    take_map (client, answer);
}

/* `func` may free the client: one answer a turn. */
static void
readable_cb (guint32  events,
             gpointer user_data)
{
  BtPcpClient *client = user_data;

  for (guint i = 0; i < MAX_READS; i++)
    {
      guint8 bytes[BT_PCP_MAX_BYTES + 1];
      ssize_t n_bytes = recv (client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
      BtPcpAnswer answer;

      if (n_bytes < 0 && errno == EINTR)
        continue;
      /* The router says that nobody listens there. */
      if (n_bytes < 0 && errno == ECONNREFUSED && client->step != STEP_IDLE)
        fail (client, BT_MAP_FAULT_SILENT);
      if (n_bytes < 0)
        return;
      if (!bt_pcp_parse (bytes, (gsize) n_bytes, &answer) || !is_awaited (client, &answer))
        continue;
      take_answer (client, &answer);
      return;
    }
}

gboolean
bt_pcp_client_hear (BtPcpClient *client,
                    guint32      epoch_s)
{
  gint64 now_us = bt_clock_get_us (client->clock);

  return client->has_epoch &&
         bt_pcp_has_restarted (client->epoch_s, epoch_s, now_us - client->epoch_at_us);
}

/* --- Life --- */

/* -1 with errno. Connected: datagrams of others do not come in. */
static int
open_socket (const BtSocketRules *rules,
             const BtGateway     *gateway,
             guint16              server_port)
{
  BtAddress remote = gateway->address;
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (&gateway->local, &sa);
  int fd = bt_socket_open (rules, sa.ss_family, SOCK_DGRAM, 0);

  if (fd < 0)
    return -1;
  if (bind (fd, (const struct sockaddr *) &sa, n_sa) == 0)
    {
      remote.port = server_port;
      n_sa = bt_address_to_sockaddr (&remote, &sa);
      if (remote.family == BT_FAMILY_IPV6)
        ((struct sockaddr_in6 *) &sa)->sin6_scope_id = gateway->interface;
      if (connect (fd, (const struct sockaddr *) &sa, n_sa) == 0)
        return fd;
    }
  return bt_socket_give_up (fd);
}

BtPcpClient *
bt_pcp_client_new (BtPoller        *poller,
                   BtClock         *clock,
                   const BtGateway *gateway,
                   guint16          port,
                   guint16          server_port,
                   BtMapFunc        func,
                   gpointer         user_data)
{
  BtPcpClient *client;
  int fd = open_socket (bt_poller_get_socket_rules (poller), gateway, server_port);

  if (fd < 0)
    return NULL;
  client = g_new0 (BtPcpClient, 1);
  client->fd = fd;
  client->poller = poller;
  client->clock = clock;
  client->gateway = *gateway;
  client->port = port;
  client->func = func;
  client->user_data = user_data;
  bt_random_fill_secure (client->nonces, sizeof client->nonces);
  bt_timer_init (&client->timer, timer_cb, client);
  bt_poll_watch_init (&client->watch, readable_cb, client);
  if (!bt_poller_add (poller, &client->watch, fd, EPOLLIN))
    g_clear_pointer (&client, bt_pcp_client_free);
  return client;
}

void
bt_pcp_client_free (BtPcpClient *client)
{
  if (client == NULL)
    return;
  bt_timer_disarm (&client->timer, client->clock);
  bt_poller_remove (client->poller, &client->watch);
  close (client->fd);
  g_free (client);
}

void
bt_pcp_client_ask (BtPcpClient *client,
                   guint16      suggested_port)
{
  memset (&client->mapping, 0, sizeof client->mapping);
  client->is_releasing = FALSE;
  client->suggested_port = suggested_port;
  begin_step (client, client->is_nat_pmp ? STEP_ADDRESS : STEP_TCP);
}

gboolean
bt_pcp_client_release (BtPcpClient *client)
{
  if (client->mapping.port != 0)
    client->mapped_by = client->mapping.method;
  if (client->mapped_by == BT_MAP_BY_NONE)
    {
      bt_timer_disarm (&client->timer, client->clock);
      client->step = STEP_IDLE;
      return FALSE;
    }
  client->is_releasing = TRUE;
  client->is_nat_pmp = client->mapped_by == BT_MAP_BY_NAT_PMP;
  begin_step (client, STEP_TCP);
  return TRUE;
}
