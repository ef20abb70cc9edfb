/* bt-tracker-udp.c - those who ask UDP trackers (BEP 15), and what they are answered
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-udp.h"

#include "bt-udp-host-private.h"

/* From so many on, hosts that nobody asks any more are forgotten when a new one comes. */
#define MAX_IDLE_HOSTS 64

static void
ask_free (BtTrackerUdpAsk *ask)
{
  BtUdpHost *host = ask->host;

  bt_udp_exchange_end (&ask->exchange);
  if (ask->is_waiting)
    g_queue_remove (&host->waiting, ask);
  host->n_asks--;
  g_free (ask->url_data);
  g_free (ask);
  bt_udp_host_release (host);
}

void
bt_tracker_udp_ask_finish (BtTrackerUdpAsk       *ask,
                           const BtTrackerAnswer *answer,
                           const GError          *error)
{
  BtTrackerUdpFunc func = ask->func;
  gpointer user_data = ask->user_data;

  ask_free (ask);
  func (answer, error, user_data);
}

void
bt_tracker_udp_ask_begin (BtTrackerUdpAsk *ask)
{
  GError *error = NULL;
  BtUdpSocket *socket = bt_udp_host_get_socket (ask->host, &error);

  if (socket == NULL)
    {
      bt_tracker_udp_ask_finish (ask, NULL, error);
      g_error_free (error);
      return;
    }
  ask->was_sent = TRUE;
  ask->exchange.name = ask->host->connect.name;
  bt_udp_exchange_begin (&ask->exchange, socket, &ask->host->address);
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

/* It decides how long the addresses in it are. */
static BtFamily
get_answer_family (BtTrackerUdpAsk *ask)
{
  if (ask->exchange.name == NULL)
    return ask->host->family;
  return ask->exchange.from.family == BT_FAMILY_IPV6 ? BT_FAMILY_IPV6 : BT_FAMILY_IPV4;
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
                                           get_answer_family (ask), &error);
  if (answer != NULL && answer->failure != NULL)
    g_set_error_literal (&error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_REFUSED, answer->failure);
  bt_tracker_udp_ask_finish (ask, answer, error);
}

static gboolean
ask_retry_cb (gpointer owner)
{
  BtTrackerUdpAsk *ask = owner;

  /* Some trackers are silent about a connection id that they do not know. */
  if (ask->has_fresh_id && bt_udp_host_has_good_id (ask->host))
    return TRUE;
  ask_reconnect (ask);
  return FALSE;
}

static void
ask_failed_cb (gpointer  owner,
               GError   *error)
{
  bt_tracker_udp_ask_finish (owner, NULL, error);
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
  udp->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bt_udp_host_free);
  udp->bind_to[0] = config->bind4;
  udp->bind_to[1] = config->bind6;
  udp->is_used[0] = config->use_ipv4;
  udp->is_used[1] = config->use_ipv6;
  udp->timeout_us = (config->timeout_s != 0 ? config->timeout_s : BT_TRACKER_DEFAULT_TIMEOUT_S) *
                    BT_SECOND_US;
  return udp;
}

/* The proxy passes datagrams on now, or it does not any more. Those who are called may forget hosts. */
static void
relay_changed_cb (gpointer user_data)
{
  BtTrackerUdp *udp = user_data;
  g_autoptr (GList) hosts = g_hash_table_get_values (udp->hosts);

  for (GList *link = hosts; link != NULL; link = link->next)
    {
      BtUdpHost *host = link->data;

      if (host->state == BT_UDP_HOST_RESOLVING)
        bt_poller_queue (udp->poller, &host->pump);
    }
}

static gboolean
relay_take_cb (const BtAddress *from,
               const guint8    *bytes,
               gsize            n_bytes,
               gpointer         user_data)
{
  return FALSE;
}

static const BtSocksUdpUser relay_user = { .take = relay_take_cb, .changed = relay_changed_cb };

static void
leave_relay (BtTrackerUdp *udp)
{
  if (udp->relay != NULL)
    bt_socks_udp_remove (udp->relay, &relay_user, udp);
  udp->relay = NULL;
}

void
bt_tracker_udp_set_way (BtTrackerUdp          *udp,
                        const BtTrackerHubWay *way)
{
  bt_tracker_udp_forget (udp);
  leave_relay (udp);
  udp->is_proxied = way->is_proxied;
  udp->relay = way->is_proxied ? way->relay : NULL;
  if (udp->relay != NULL)
    bt_socks_udp_add (udp->relay, &relay_user, udp);
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
  leave_relay (udp);
  g_hash_table_unref (udp->hosts);
  g_free (udp);
}

static gboolean
is_forgettable (gpointer key,
                gpointer value,
                gpointer user_data)
{
  BtUdpHost *host = value;

  return host->n_asks == 0 && host->n_holds == 0 && !bt_udp_host_has_good_id (host);
}

static BtUdpHost *
get_host (BtTrackerUdp          *udp,
          const BtTrackerTarget *target,
          BtFamily               family)
{
  g_autofree char *key = g_strdup_printf ("%d %s %u", family, target->host, target->port);
  BtUdpHost *host = g_hash_table_lookup (udp->hosts, key);

  if (host != NULL)
    return host;

  if (g_hash_table_size (udp->hosts) >= MAX_IDLE_HOSTS)
    g_hash_table_foreach_remove (udp->hosts, is_forgettable, NULL);
  host = bt_udp_host_new (udp, g_steal_pointer (&key), target, family);
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
