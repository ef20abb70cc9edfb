/* bt-tracker-udp.c - asks UDP trackers (BEP 15): look-up, connection ids, retransmission
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-udp.h"

#include "bt-tracker-udp-private.h"

#include <glib/gi18n-lib.h>

/* From so many on, hosts that nobody asks any more are forgotten when a new one comes. */
#define MAX_IDLE_HOSTS 64

typedef enum
{
  HOST_IDLE,        /* no connection id, or an old one */
  HOST_RESOLVING,
  HOST_CONNECTING,
} HostState;

typedef struct _Host Host;

/* A look-up under way; outlives the host it is for. */
typedef struct
{
  Host         *host;         /* borrowed; NULL: nobody waits any more */
  GCancellable *cancellable;  /* owned */
} LookUp;

struct _BtTrackerUdp
{
  /* owned */
  BtUdpSocket *sockets[2];  /* IPv4, IPv6; opened when first needed */
  GHashTable  *hosts;       /* "family host port" → Host (owned) */

  /* borrowed */
  BtClock     *clock;
  BtPoller    *poller;

  /* values */
  BtAddress    bind_to[2];
  gboolean     is_used[2];
  gint64       timeout_us;
};

/* A tracker over one family. Lives as long as somebody asks it or its connection id is good. */
struct _Host
{
  /* owned */
  char          *key;
  char          *name;

  /* borrowed */
  BtTrackerUdp  *udp;
  LookUp        *look_up;  /* NULL unless RESOLVING */
  GQueue         waiting;  /* of BtTrackerUdpAsk, for a connection id */

  /* values */
  BtPollTask     pump;     /* serves `waiting` */
  BtTimer        timer;    /* of the look-up */
  BtUdpExchange  connect;
  BtAddress      address;
  BtFamily       family;
  HostState      state;
  guint          n_asks;
  guint          n_holds;  /* calls on the stack that still need it */
  gboolean       has_id;
  guint64        connection_id;
  gint64         id_at_us;
};

struct _BtTrackerUdpAsk
{
  /* owned */
  char              *url_data;

  /* borrowed */
  Host              *host;
  gpointer           user_data;

  /* values */
  BtTrackerUdpFunc   func;
  BtTrackerQuestion  question;
  BtUdpExchange      exchange;
  gboolean           is_scrape;
  gboolean           is_waiting;   /* in the host's queue */
  gboolean           was_sent;
  gboolean           has_fresh_id; /* the connection id was made since it asked */
};

static guint
get_slot (BtFamily family)
{
  return family == BT_FAMILY_IPV4 ? 0 : 1;
}

static gboolean
host_has_good_id (Host *host)
{
  return host->has_id && bt_clock_get_us (host->udp->clock) - host->id_at_us <
                           BT_TRACKER_UDP_CONNECTION_ID_S * BT_SECOND_US;
}

static void
host_end_look_up (Host *host)
{
  if (host->look_up == NULL)
    return;

  bt_timer_disarm (&host->timer, host->udp->clock);
  host->look_up->host = NULL;
  g_cancellable_cancel (host->look_up->cancellable);
  host->look_up = NULL;
}

static void
host_free (gpointer data)
{
  Host *host = data;

  host_end_look_up (host);
  bt_udp_exchange_end (&host->connect);
  bt_poller_unqueue (host->udp->poller, &host->pump);
  g_free (host->key);
  g_free (host->name);
  g_free (host);
}

/* Forgets a host that nobody needs, unless its connection id may serve the next. */
static void
host_release (Host *host)
{
  if (host->n_asks > 0 || host->n_holds > 0)
    return;

  host_end_look_up (host);
  bt_udp_exchange_end (&host->connect);
  host->state = HOST_IDLE;
  if (!host_has_good_id (host))
    g_hash_table_remove (host->udp->hosts, host->key);
}

static void
ask_free (BtTrackerUdpAsk *ask)
{
  Host *host = ask->host;

  bt_udp_exchange_end (&ask->exchange);
  if (ask->is_waiting)
    g_queue_remove (&host->waiting, ask);
  host->n_asks--;
  g_free (ask->url_data);
  g_free (ask);
  host_release (host);
}

/* The last thing its caller does with `ask`. */
static void
ask_finish (BtTrackerUdpAsk       *ask,
            const BtTrackerAnswer *answer,
            const GError          *error)
{
  BtTrackerUdpFunc func = ask->func;
  gpointer user_data = ask->user_data;

  ask_free (ask);
  func (answer, error, user_data);
}

/* Takes `error`. Those who come back meanwhile wait for the next attempt. */
static void
host_fail (Host   *host,
           GError *error)
{
  guint n_waiting = g_queue_get_length (&host->waiting);

  host_end_look_up (host);
  bt_udp_exchange_end (&host->connect);
  host->state = HOST_IDLE;
  host->has_id = FALSE;
  host->n_holds++;
  for (; n_waiting > 0 && !g_queue_is_empty (&host->waiting); n_waiting--)
    {
      BtTrackerUdpAsk *ask = g_queue_pop_head (&host->waiting);

      ask->is_waiting = FALSE;
      ask_finish (ask, NULL, error);
    }
  host->n_holds--;
  g_error_free (error);
  host_release (host);
}

static void
host_fail_literal (Host           *host,
                   BtTrackerError  code,
                   const char     *message)
{
  host_fail (host, g_error_new_literal (BT_TRACKER_ERROR, (int) code, message));
}

static BtUdpSocket *
host_get_socket (Host    *host,
                 GError **error)
{
  BtTrackerUdp *udp = host->udp;
  guint slot = get_slot (host->family);

  if (udp->sockets[slot] == NULL)
    udp->sockets[slot] = bt_udp_socket_new (udp->clock, udp->poller, host->family,
                                            &udp->bind_to[slot], error);
  return udp->sockets[slot];
}

static void
host_connect (Host *host)
{
  GError *error = NULL;
  BtUdpSocket *socket;

  if (!bt_address_is_connectable (&host->address))
    {
      host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE,
                         _("The tracker's address is unusable"));
      return;
    }
  socket = host_get_socket (host, &error);
  if (socket == NULL)
    {
      host_fail (host, error);
      return;
    }
  host->state = HOST_CONNECTING;
  host->connect.n_tries = 0;
  bt_udp_exchange_begin (&host->connect, socket, &host->address);
}

/* The first address of the wanted family. */
static gboolean
take_address (GList     *addresses,
              BtFamily   family,
              BtAddress *out_address)
{
  for (GList *link = addresses; link != NULL; link = link->next)
    {
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new (link->data, 0);
      struct sockaddr_storage sa;
      gssize n_sa = g_socket_address_get_native_size (address);
      BtAddress found;

      if (n_sa > 0 && (gsize) n_sa <= sizeof sa &&
          g_socket_address_to_native (address, &sa, sizeof sa, NULL) &&
          bt_address_from_sockaddr ((struct sockaddr *) &sa, (socklen_t) n_sa, &found) &&
          found.family == family)
        {
          *out_address = found;
          return TRUE;
        }
    }
  return FALSE;
}

static void
look_up_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  LookUp *look_up = user_data;
  Host *host = look_up->host;
  g_autoptr (GError) error = NULL;
  GList *addresses = NULL;
  BtAddress address;

  addresses = g_resolver_lookup_by_name_with_flags_finish (G_RESOLVER (source), result, &error);
  if (host != NULL)
    {
      host_end_look_up (host);
      if (take_address (addresses, host->family, &address))
        {
          address.port = host->address.port;
          host->address = address;
          host_connect (host);
        }
      else
        host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE,
                           error != NULL ? error->message : _("The tracker's name has no address"));
    }
  g_resolver_free_addresses (addresses);
  g_object_unref (look_up->cancellable);
  g_free (look_up);
}

static void
look_up_timed_out_cb (gpointer user_data)
{
  host_fail_literal (user_data, BT_TRACKER_ERROR_TIMED_OUT,
                     _("Looking up the tracker's name takes too long"));
}

static void
host_resolve (Host *host)
{
  g_autoptr (GResolver) resolver = NULL;
  guint16 port = host->address.port;
  LookUp *look_up;

  if (bt_address_parse (host->name, port, &host->address))
    {
      host_connect (host);
      return;
    }

  resolver = g_resolver_get_default ();
  look_up = g_new0 (LookUp, 1);
  look_up->host = host;
  look_up->cancellable = g_cancellable_new ();
  host->look_up = look_up;
  host->state = HOST_RESOLVING;
  bt_timer_arm_in (&host->timer, host->udp->clock, host->udp->timeout_us);
  g_resolver_lookup_by_name_with_flags_async (resolver, host->name,
                                              host->family == BT_FAMILY_IPV4
                                                ? G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY
                                                : G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY,
                                              look_up->cancellable, look_up_cb, look_up);
}

static void
ask_begin (BtTrackerUdpAsk *ask)
{
  GError *error = NULL;
  BtUdpSocket *socket = host_get_socket (ask->host, &error);

  if (socket == NULL)
    {
      ask_finish (ask, NULL, error);
      g_error_free (error);
      return;
    }
  ask->was_sent = TRUE;
  bt_udp_exchange_begin (&ask->exchange, socket, &ask->host->address);
}

/* Sends those who wait on their way as far as possible. */
static void
host_pump_cb (gpointer user_data)
{
  Host *host = user_data;
  guint n_waiting = g_queue_get_length (&host->waiting);

  if (host->state != HOST_IDLE || n_waiting == 0)
    return;
  if (!host->udp->is_used[get_slot (host->family)])
    {
      host_fail_literal (host, BT_TRACKER_ERROR_UNREACHABLE,
                         _("The tracker's kind of address is not in use"));
      return;
    }
  if (!host_has_good_id (host))
    {
      host_resolve (host);
      return;
    }

  host->n_holds++;
  for (; n_waiting > 0 && !g_queue_is_empty (&host->waiting); n_waiting--)
    {
      BtTrackerUdpAsk *ask = g_queue_pop_head (&host->waiting);

      ask->is_waiting = FALSE;
      ask_begin (ask);
    }
  host->n_holds--;
  host_release (host);
}

static gsize
connect_write_cb (gpointer owner,
                  guint32  transaction,
                  guint8   out_bytes[BT_TRACKER_PACKET_MAX_BYTES])
{
  return bt_tracker_packet_write_connect (out_bytes, transaction);
}

static void
connect_answered_cb (gpointer               owner,
                     const BtTrackerPacket *packet)
{
  Host *host = owner;

  if (bt_tracker_packet_get_connection (packet, &host->connection_id))
    {
      bt_udp_exchange_end (&host->connect);
      host->state = HOST_IDLE;
      host->has_id = TRUE;
      host->id_at_us = bt_clock_get_us (host->udp->clock);
      for (GList *link = host->waiting.head; link != NULL; link = link->next)
        ((BtTrackerUdpAsk *) link->data)->has_fresh_id = TRUE;
      host_pump_cb (host);
    }
  else if (packet->action == BT_TRACKER_ACTION_ERROR)
    {
      g_autofree char *text = bt_tracker_text_dup (packet->body, packet->n_body);

      host_fail_literal (host, BT_TRACKER_ERROR_REFUSED,
                         text != NULL ? text : _("The tracker refuses without a reason"));
    }
  else
    host_fail_literal (host, BT_TRACKER_ERROR_BAD_ANSWER, _("The tracker answered something else"));
}

static gboolean
connect_retry_cb (gpointer owner)
{
  return TRUE;
}

static void
connect_failed_cb (gpointer  owner,
                   GError   *error)
{
  host_fail (owner, error);
}

static gsize
ask_write_cb (gpointer owner,
              guint32  transaction,
              guint8   out_bytes[BT_TRACKER_PACKET_MAX_BYTES])
{
  BtTrackerUdpAsk *ask = owner;

  if (ask->is_scrape)
    return bt_tracker_packet_write_scrape (out_bytes, ask->host->connection_id, transaction,
                                           ask->question.announce.info_hash);
  return bt_tracker_packet_write_announce (out_bytes, ask->host->connection_id, transaction,
                                           &ask->question, ask->url_data);
}

static void
ask_wait (BtTrackerUdpAsk *ask)
{
  ask->is_waiting = TRUE;
  g_queue_push_tail (&ask->host->waiting, ask);
  bt_poller_queue (ask->host->udp->poller, &ask->host->pump);
}

/* The connection id may be what was wrong: once more with a new one. */
static void
ask_reconnect (BtTrackerUdpAsk *ask)
{
  bt_udp_exchange_end (&ask->exchange);
  ask->host->has_id = FALSE;
  ask_wait (ask);
}

static void
ask_answered_cb (gpointer               owner,
                 const BtTrackerPacket *packet)
{
  BtTrackerUdpAsk *ask = owner;
  g_autoptr (BtTrackerAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (packet->action == BT_TRACKER_ACTION_ERROR && !ask->has_fresh_id)
    {
      ask_reconnect (ask);
      return;
    }

  answer = bt_tracker_packet_parse_answer (packet,
                                           ask->is_scrape ? BT_TRACKER_ACTION_SCRAPE
                                                          : BT_TRACKER_ACTION_ANNOUNCE,
                                           ask->host->family, &error);
  if (answer != NULL && answer->failure != NULL)
    g_set_error_literal (&error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_REFUSED, answer->failure);
  ask_finish (ask, answer, error);
}

static gboolean
ask_retry_cb (gpointer owner)
{
  BtTrackerUdpAsk *ask = owner;

  /* Some trackers are silent about a connection id that they do not know. */
  if (ask->has_fresh_id && host_has_good_id (ask->host))
    return TRUE;
  ask_reconnect (ask);
  return FALSE;
}

static void
ask_failed_cb (gpointer  owner,
               GError   *error)
{
  ask_finish (owner, NULL, error);
  g_error_free (error);
}

BtTrackerUdp *
bt_tracker_udp_new (BtClock                  *clock,
                    BtPoller                 *poller,
                    const BtTrackerHubConfig *config)
{
  BtTrackerUdp *udp = g_new0 (BtTrackerUdp, 1);

  udp->clock = clock;
  udp->poller = poller;
  udp->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, host_free);
  udp->bind_to[0] = config->bind4;
  udp->bind_to[1] = config->bind6;
  udp->is_used[0] = config->use_ipv4;
  udp->is_used[1] = config->use_ipv6;
  udp->timeout_us = (config->timeout_s != 0 ? config->timeout_s : BT_TRACKER_DEFAULT_TIMEOUT_S) *
                    BT_SECOND_US;
  return udp;
}

void
bt_tracker_udp_forget (BtTrackerUdp *udp)
{
  g_hash_table_remove_all (udp->hosts);
  for (guint i = 0; i < G_N_ELEMENTS (udp->sockets); i++)
    g_clear_pointer (&udp->sockets[i], bt_udp_socket_free);
}

void
bt_tracker_udp_free (BtTrackerUdp *udp)
{
  if (udp == NULL)
    return;

  bt_tracker_udp_forget (udp);
  g_hash_table_unref (udp->hosts);
  g_free (udp);
}

static gboolean
is_forgettable (gpointer key,
                gpointer value,
                gpointer user_data)
{
  Host *host = value;

  return host->n_asks == 0 && host->n_holds == 0 && !host_has_good_id (host);
}

static Host *
get_host (BtTrackerUdp          *udp,
          const BtTrackerTarget *target,
          BtFamily               family)
{
  g_autofree char *key = g_strdup_printf ("%d %s %u", family, target->host, target->port);
  Host *host = g_hash_table_lookup (udp->hosts, key);

  if (host != NULL)
    return host;

  if (g_hash_table_size (udp->hosts) >= MAX_IDLE_HOSTS)
    g_hash_table_foreach_remove (udp->hosts, is_forgettable, NULL);
  host = g_new0 (Host, 1);
  host->udp = udp;
  host->key = g_steal_pointer (&key);
  host->name = g_strdup (target->host);
  host->family = family;
  host->address.port = target->port;
  g_queue_init (&host->waiting);
  bt_poll_task_init (&host->pump, host_pump_cb, host);
  bt_timer_init (&host->timer, look_up_timed_out_cb, host);
  host->connect = (BtUdpExchange) { .owner = host,
                                    .write = connect_write_cb,
                                    .answered = connect_answered_cb,
                                    .retry = connect_retry_cb,
                                    .failed = connect_failed_cb };
  g_hash_table_insert (udp->hosts, host->key, host);
  return host;
}

BtTrackerUdpAsk *
bt_tracker_udp_ask (BtTrackerUdp            *udp,
                    const BtTrackerTarget   *target,
                    BtFamily                 family,
                    const BtTrackerQuestion *question,
                    gboolean                 is_scrape,
                    BtTrackerUdpFunc         func,
                    gpointer                 user_data)
{
  BtTrackerUdpAsk *ask = g_new0 (BtTrackerUdpAsk, 1);

  ask->host = get_host (udp, target, family);
  ask->host->n_asks++;
  ask->url_data = g_strdup (target->url_data);
  ask->question = *question;
  ask->question.tracker_id = NULL;
  ask->is_scrape = is_scrape;
  ask->func = func;
  ask->user_data = user_data;
  ask->exchange = (BtUdpExchange) { .owner = ask,
                                    .write = ask_write_cb,
                                    .answered = ask_answered_cb,
                                    .retry = ask_retry_cb,
                                    .failed = ask_failed_cb };
  ask_wait (ask);
  return ask;
}

void
bt_tracker_udp_cancel (BtTrackerUdpAsk *ask)
{
  ask_free (ask);
}

gboolean
bt_tracker_udp_was_sent (BtTrackerUdpAsk *ask)
{
  return ask->was_sent;
}
