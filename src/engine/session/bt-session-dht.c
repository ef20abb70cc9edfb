/* bt-session-dht.c - a node of the DHT on the session's port (BEP 5), and what is known of the network
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-dht-private.h"

#include "base/bt-random.h"

#include <string.h>

#define SAVED_PAUSE_US (15 * BT_SECOND_US)  /* that nodes of another time have to answer */

/* --- The node's needs --- */

static void
send_packet (gpointer         owner,
             const BtAddress *to,
             const guint8    *bytes,
             gsize            n_bytes)
{
  BtSessionDht *dht = owner;
  gboolean is_talking = dht->talks_to != NULL && bt_address_equal (dht->talks_to, to);

  /* Whoever asked knows the answer by where it comes from. */
  bt_udp_send (dht->session->udp, is_talking ? dht->talks_at : NULL, to, bytes, n_bytes);
}

static void
seen_at (gpointer         owner,
         const BtAddress *voter,
         const BtAddress *address)
{
  BtSessionDht *dht = owner;

  bt_session_seen_at (dht->session, voter, address);
}

static const BtDhtOps dht_ops = {
  .send = send_packet,
  .seen_at = seen_at,
};

static gint64
now (BtSessionDht *dht)
{
  return bt_clock_get_us (dht->session->clock);
}

void
bt_session_dht_update_timer (BtSessionDht *dht)
{
  gint64 next_us = bt_dht_get_next_us (dht->node);

  if (next_us == G_MAXINT64)
    bt_timer_disarm (&dht->timer, dht->session->clock);
  else
    bt_timer_arm (&dht->timer, dht->session->clock, next_us);
}

static void
timer_cb (gpointer user_data)
{
  BtSessionDht *dht = user_data;

  bt_dht_tick (dht->node, now (dht));
  bt_session_dht_update_timer (dht);
}

static gboolean
take_cb (const BtAddress *from,
         const BtAddress *local,
         const guint8    *bytes,
         gsize            n_bytes,
         gpointer         user_data)
{
  BtSessionDht *dht = user_data;
  gboolean is_taken;

  dht->talks_to = from;
  dht->talks_at = local;
  is_taken = bt_session_dht_take_named (dht, from, bytes, n_bytes) ||
             bt_dht_receive (dht->node, from, bytes, n_bytes, now (dht));
  dht->talks_to = dht->talks_at = NULL;
  if (is_taken)
    bt_session_dht_update_timer (dht);
  return is_taken;
}

static const BtUdpTaker udp_taker = { .take = take_cb };

/* --- Life --- */

/* Through a proxy others do not get to us, whatever the person thinks of answering them. */
static gboolean
is_read_only (BtSession *session)
{
  return session->dht_read_only || bt_session_proxies_peers (session);
}

static BtDht *
make_node (BtSession    *session,
           BtSessionDht *dht)
{
  BtDhtConfig config = {
    .has_ipv4 = bt_udp_get_port (session->udp, BT_FAMILY_IPV4) != 0,
    .has_ipv6 = bt_udp_get_port (session->udp, BT_FAMILY_IPV6) != 0,
    .is_read_only = is_read_only (session),
    .saved = session->dht_saved,
  };

  if (!session->network.is_anonymous)
    memcpy (config.version, "FS\0\1", sizeof config.version);
  bt_random_fill_secure (config.secret, sizeof config.secret);
  return bt_dht_new (&config, &dht_ops, dht, bt_clock_get_us (session->clock));
}

static void
tell_external (BtSession *session,
               BtFamily   family)
{
  BtAddress address = bt_session_get_external (session, family);

  if (address.family != BT_FAMILY_NONE)
    bt_dht_set_external (session->dht->node, &address, now (session->dht));
}

static void
open_dht (BtSession *session)
{
  BtSessionDht *dht = g_new0 (BtSessionDht, 1);

  dht->session = session;
  dht->torrents = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  dht->cancellable = g_cancellable_new ();
  bt_timer_init (&dht->timer, timer_cb, dht);
  dht->node = make_node (session, dht);
  bt_udp_add (session->udp, &udp_taker, dht);
  dht->bootstrap_at_us = now (dht) + (session->dht_saved != NULL ? SAVED_PAUSE_US : 0);
  session->dht = dht;
  session->env.dht_port = session->env.port;
  bt_session_dht_external (session);
  bt_session_dht_bootstrap (dht);
  bt_session_dht_update_timer (dht);
}

static void
keep_table (BtSession *session)
{
  GBytes *saved = bt_session_save_dht (session);

  if (saved == NULL)
    return;
  g_clear_pointer (&session->dht_saved, g_bytes_unref);
  session->dht_saved = saved;
}

void
bt_session_close_dht (BtSession *session)
{
  BtSessionDht *dht = session->dht;

  if (dht == NULL)
    return;
  /* When it is switched on again, it goes on with whom it knew. */
  keep_table (session);
  session->dht = NULL;
  session->env.dht_port = 0;
  g_cancellable_cancel (dht->cancellable);
  bt_session_dht_end_searches (dht);
  bt_timer_disarm (&dht->timer, session->clock);
  bt_udp_remove (session->udp, &udp_taker, dht);
  bt_dht_free (dht->node);
  g_hash_table_unref (dht->torrents);
  g_object_unref (dht->cancellable);
  g_free (dht);
}

gboolean
bt_session_wants_dht (BtSession *session)
{
  return (session->discovery & BT_DISCOVERY_DHT) != 0 &&
         (session->env.port != 0 || bt_session_proxies_peers (session)) &&
         !session->is_closing && !session->env.is_offline;
}

void
bt_session_apply_dht (BtSession *session)
{
  gboolean is_wanted = bt_session_wants_dht (session) && session->udp != NULL;

  if (is_wanted && session->dht == NULL)
    open_dht (session);
  else if (!is_wanted)
    bt_session_close_dht (session);
}

void
bt_session_tick_dht (BtSession *session)
{
  if (session->dht == NULL || session->is_closing)
    return;
  bt_session_dht_bootstrap (session->dht);
  bt_session_dht_tick_torrents (session->dht);
  bt_session_dht_update_timer (session->dht);
}

void
bt_session_dht_node (gpointer         user_data,
                     const BtAddress *address)
{
  BtSession *session = user_data;

  if (session->dht == NULL || session->is_closing)
    return;
  bt_dht_add_node (session->dht->node, address, now (session->dht));
  bt_session_dht_update_timer (session->dht);
}

void
bt_session_dht_external (BtSession *session)
{
  if (session->dht == NULL)
    return;
  tell_external (session, BT_FAMILY_IPV4);
  tell_external (session, BT_FAMILY_IPV6);
}

void
bt_session_set_dht_read_only (BtSession *session,
                              gboolean   must_be_read_only)
{
  session->dht_read_only = must_be_read_only != FALSE;
  if (session->dht != NULL)
    bt_dht_set_read_only (session->dht->node, is_read_only (session));
}

GBytes *
bt_session_save_dht (BtSession *session)
{
  BtDhtFacts facts;

  if (session->dht == NULL)
    return NULL;
  bt_dht_get_facts (session->dht->node, &facts, now (session->dht));
  /* Who was known before is worth more than nobody. */
  if (facts.ipv4.n_good + facts.ipv6.n_good == 0)
    return NULL;
  return bt_dht_save (session->dht->node, now (session->dht));
}

/* --- Facts --- */

static void
write_id (const BtDhtId *id,
          char           out_text[2 * BT_DHT_ID_BYTES + 1])
{
  out_text[0] = '\0';
  for (guint i = 0; id != NULL && i < BT_DHT_ID_BYTES; i++)
    g_snprintf (out_text + 2 * i, 3, "%02x", id->bytes[i]);
}

static void
fill_dht (BtSessionDht   *dht,
          BtNetworkFacts *facts)
{
  facts->has_dht = TRUE;
  bt_dht_get_facts (dht->node, &facts->dht, now (dht));
  facts->is_dht_bootstrapped = facts->dht.ipv4.is_bootstrapped || facts->dht.ipv6.is_bootstrapped;
  write_id (bt_dht_get_id (dht->node, BT_FAMILY_IPV4), facts->dht_id4);
  write_id (bt_dht_get_id (dht->node, BT_FAMILY_IPV6), facts->dht_id6);
  bt_session_dht_count (dht, &facts->n_dht_torrents, &facts->n_dht_waiting);
}

BtNetworkFacts *
bt_session_get_network (BtSession *session)
{
  BtNetworkFacts *facts = g_new0 (BtNetworkFacts, 1);

  facts->discovery = session->discovery;
  facts->port = session->env.port;
  facts->external4 = bt_session_get_external (session, BT_FAMILY_IPV4);
  facts->external6 = bt_session_get_external (session, BT_FAMILY_IPV6);
  facts->incoming_at_us = bt_session_get_incoming_at_us (session);
  bt_session_fill_device (session, facts);
  bt_session_fill_map (session, facts);
  facts->udp_message = g_strdup (session->udp_message);
  facts->has_udp4 = session->udp != NULL && bt_udp_get_port (session->udp, BT_FAMILY_IPV4) != 0;
  facts->has_udp6 = session->udp != NULL && bt_udp_get_port (session->udp, BT_FAMILY_IPV6) != 0;
  bt_session_fill_proxy (session, facts);
  if (session->dht != NULL)
    fill_dht (session->dht, facts);
  facts->has_local = session->local != NULL;
  if (session->local != NULL)
    bt_local_get_facts (session->local, &facts->local);
  return facts;
}
