/* bt-session-dht-torrents.c - which torrents and magnet links are looked for in the DHT, and when
 *
 * Each running torrent that is not private is announced when it starts and again every quarter of an hour; more often
 * while it knows nobody. So many searches at a time: of thousands of torrents each waits for its turn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-dht-private.h"

#define MAX_LOOKS  256               /* torrents a second that are asked whether they are due */
#define STARVED_US (5 * BT_SECOND_US)  /* after a search that had nobody to ask */

static gint64
now (BtSessionDht *dht)
{
  return bt_clock_get_us (dht->session->clock);
}

static DhtTorrent *
get_torrent (BtSessionDht *dht,
             BtSwarm      *swarm,
             BtSeeker     *seeker)
{
  gpointer key = swarm != NULL ? (gpointer) swarm : (gpointer) seeker;
  DhtTorrent *torrent = g_hash_table_lookup (dht->torrents, key);

  if (torrent != NULL)
    return torrent;
  torrent = g_new0 (DhtTorrent, 1);
  torrent->dht = dht;
  torrent->swarm = swarm;
  torrent->seeker = seeker;
  torrent->n_seeds = -1;
  torrent->n_leechers = -1;
  g_hash_table_insert (dht->torrents, key, torrent);
  return torrent;
}

/* --- What is told of them --- */

static void
tell (DhtTorrent *torrent)
{
  guint n_nodes = torrent->n_nodes + torrent->n_asked;

  if (torrent->swarm != NULL)
    bt_swarm_set_dht (torrent->swarm, n_nodes, torrent->n_seeds, torrent->n_leechers);
  else
    bt_seeker_set_dht (torrent->seeker, n_nodes, torrent->n_seeds, torrent->n_leechers);
}

static void
tell_progress (DhtTorrent *torrent)
{
  BtDhtSearchResult result;

  if (!bt_dht_get_search (torrent->dht->node, torrent->search, &result) ||
      result.n_asked == torrent->n_asked)
    return;
  torrent->n_asked = result.n_asked;
  tell (torrent);
}

void
bt_session_dht_announce_all (BtSession *session)
{
  GHashTableIter iter;
  gpointer torrent;

  if (session->dht == NULL)
    return;
  g_hash_table_iter_init (&iter, session->dht->torrents);
  while (g_hash_table_iter_next (&iter, NULL, &torrent))
    ((DhtTorrent *) torrent)->due_at_us = now (session->dht);
}

/* --- Searches --- */

/* Others have heard of us, too. */
static gboolean
is_own (BtSession       *session,
        const BtAddress *address)
{
  BtAddress external = bt_session_get_external (session, (BtFamily) address->family);

  return (address->port == session->env.port || address->port == session->env.announced_port) &&
         (bt_address_equal_ip (address, &external) ||
          bt_address_equal_ip (address, &session->env.bind4) ||
          bt_address_equal_ip (address, &session->env.bind6));
}

static void
peers_cb (gpointer         user_data,
          const BtAddress *peers,
          gsize            n_peers)
{
  DhtTorrent *torrent = user_data;

  for (gsize i = 0; i < n_peers; i++)
    {
      if (is_own (torrent->dht->session, &peers[i]))
        continue;
      if (torrent->swarm != NULL)
        bt_swarm_add_peer (torrent->swarm, &peers[i], BT_SOURCE_DHT);
      else
        bt_seeker_add_peer (torrent->seeker, &peers[i], BT_SOURCE_DHT);
    }
}

static gboolean
knows_somebody (DhtTorrent *torrent)
{
  if (torrent->swarm != NULL)
    return bt_swarm_knows_somebody (torrent->swarm);
  return bt_seeker_knows_somebody (torrent->seeker);
}

static void
note_end (DhtTorrent *torrent)
{
  if (torrent->swarm != NULL)
    torrent->dht->n_searches--;
  else
    torrent->dht->n_seeks--;
  torrent->search = 0;
}

static void
done_cb (gpointer                 user_data,
         const BtDhtSearchResult *result)
{
  DhtTorrent *torrent = user_data;

  note_end (torrent);
  torrent->n_nodes += result->n_asked;
  torrent->n_asked = 0;
  if (result->is_starved)
    torrent->due_at_us = MIN (torrent->due_at_us, now (torrent->dht) + STARVED_US);
  tell (torrent);
}

static void
scraped_cb (gpointer                 user_data,
            const BtDhtSearchResult *result)
{
  DhtTorrent *torrent = user_data;

  torrent->scrape = 0;
  if (result->n_seeds >= 0)
    torrent->n_seeds = (int) MIN (result->n_seeds + 0.5, G_MAXINT / 2);
  if (result->n_leechers >= 0)
    torrent->n_leechers = (int) MIN (result->n_leechers + 0.5, G_MAXINT / 2);
  tell (torrent);
}

/* The next search is due when `usual` has passed, or sooner while nobody is known. */
static void
plan_next (DhtTorrent *torrent,
           gint64      usual_us)
{
  gint64 pause_us = usual_us;

  /* Those who want something of a seed find it by its announce. */
  if (knows_somebody (torrent) ||
      (torrent->swarm != NULL && bt_swarm_is_complete (torrent->swarm)))
    torrent->lonely_us = 0;
  else
    {
      torrent->lonely_us = CLAMP (2 * torrent->lonely_us, BT_SESSION_DHT_LONELY_US, usual_us);
      pause_us = torrent->lonely_us;
    }
  torrent->due_at_us = now (torrent->dht) + pause_us;
}

/* Nothing is announced where nobody could come. */
static BtDhtSearchFlags
get_flags (BtSessionDht *dht)
{
  return dht->session->env.port != 0 ? BT_DHT_SEARCH_ANNOUNCE : 0;
}

/* Public torrents of version 1 know each other by this. */
static void
search_for_swarm (DhtTorrent *torrent)
{
  BtSessionDht *dht = torrent->dht;
  const guint8 *info_hash = bt_metainfo_get_info_hash_v1 (bt_swarm_get_metainfo (torrent->swarm));
  BtDhtSearchFlags flags = get_flags (dht);

  if (bt_swarm_is_complete (torrent->swarm))
    flags |= BT_DHT_SEARCH_SEED;
  torrent->search = bt_dht_search (dht->node, info_hash, flags, dht->session->env.announced_port,
                                   peers_cb, done_cb, torrent, now (dht));
  if (torrent->search == 0)
    return;
  dht->n_searches++;
  dht->n_begun++;
  plan_next (torrent, BT_DHT_ANNOUNCE_INTERVAL_US);
}

/* A seed that nobody can connect to finds us by our announce: it connects to us. Estimates are asked for apart: many
 * nodes answer a scrape with nothing else. */
static void
search_for_seeker (DhtTorrent *torrent)
{
  BtSessionDht *dht = torrent->dht;
  const guint8 *info_hash = bt_seeker_get_info_hash (torrent->seeker);

  torrent->search = bt_dht_search (dht->node, info_hash, get_flags (dht),
                                   dht->session->env.announced_port, peers_cb, done_cb, torrent,
                                   now (dht));
  if (torrent->search == 0)
    return;
  dht->n_seeks++;
  if (torrent->scrape == 0)
    torrent->scrape = bt_dht_search (dht->node, info_hash, BT_DHT_SEARCH_SCRAPE, 0, peers_cb,
                                     scraped_cb, torrent, now (dht));
  plan_next (torrent, BT_SESSION_DHT_SEEK_US);
}

/* --- Whose turn it is --- */

static gboolean
may_be_known (BtSwarm *swarm)
{
  BtMetainfo *metainfo = bt_swarm_get_metainfo (swarm);
  BtSwarmState state = bt_swarm_get_state (swarm);

  return (state == BT_SWARM_DOWNLOADING || state == BT_SWARM_SEEDING) &&
         !bt_metainfo_is_private (metainfo) && bt_metainfo_get_info_hash_v1 (metainfo) != NULL;
}

/* BEP 5: a torrent without trackers names nodes. */
static void
add_nodes (DhtTorrent *torrent)
{
  guint n_nodes;
  const BtMetainfoNode *nodes = bt_metainfo_get_nodes (bt_swarm_get_metainfo (torrent->swarm),
                                                       &n_nodes);

  for (guint i = 0; i < MIN (n_nodes, BT_SESSION_DHT_MAX_TOLD); i++)
    bt_session_dht_add_host (torrent->dht, nodes[i].host, nodes[i].port);
}

/* Searches that may begin within a second: nodes take those who ask for much for a flood. */
static guint
get_pace (BtSessionDht *dht)
{
  return BT_SESSION_DHT_PACE + dht->session->swarms->len / 500;
}

static void
look_at_swarm (BtSessionDht *dht,
               BtSwarm      *swarm)
{
  DhtTorrent *torrent;

  if (!may_be_known (swarm))
    {
      bt_session_dht_forget (dht->session, swarm);
      return;
    }
  torrent = g_hash_table_lookup (dht->torrents, swarm);
  if (torrent == NULL)
    {
      torrent = get_torrent (dht, swarm, NULL);
      add_nodes (torrent);
    }
  if (torrent->search != 0)
    tell_progress (torrent);
  else if (now (dht) < torrent->due_at_us)
    return;
  else if (dht->n_searches < BT_SESSION_DHT_MAX_SEARCHES && dht->n_begun < get_pace (dht))
    search_for_swarm (torrent);
}

static void
look_at_seeker (BtSessionDht *dht,
                BtSeeker     *seeker)
{
  DhtTorrent *torrent;

  /* One that was ended is freed soon, and told nobody of it again. */
  if (bt_seeker_get_state (seeker) != BT_SEEKER_SEEKING ||
      bt_session_find_seeker (dht->session, bt_seeker_get_info_hash (seeker)) != seeker)
    {
      bt_session_dht_forget (dht->session, seeker);
      return;
    }
  torrent = get_torrent (dht, NULL, seeker);
  if (torrent->search != 0)
    tell_progress (torrent);
  else if (now (dht) >= torrent->due_at_us && dht->n_seeks < BT_SESSION_DHT_MAX_SEEKS)
    search_for_seeker (torrent);
}

void
bt_session_dht_tick_torrents (BtSessionDht *dht)
{
  BtSession *session = dht->session;
  guint n_looks = MIN (session->swarms->len, MAX_LOOKS);

  dht->n_begun = 0;
  for (guint i = 0; i < session->seekers->len; i++)
    look_at_seeker (dht, g_ptr_array_index (session->seekers, i));
  for (guint i = 0; i < n_looks; i++)
    look_at_swarm (dht, g_ptr_array_index (session->swarms,
                                           dht->next_swarm++ % session->swarms->len));
}

void
bt_session_dht_swarm (BtSession *session,
                      BtSwarm   *swarm)
{
  if (session->dht == NULL || session->is_closing)
    return;
  look_at_swarm (session->dht, swarm);
  bt_session_dht_update_timer (session->dht);
}

void
bt_session_dht_seeker (BtSession *session,
                       BtSeeker  *seeker)
{
  if (session->dht == NULL || session->is_closing)
    return;
  look_at_seeker (session->dht, seeker);
  bt_session_dht_update_timer (session->dht);
}

/* --- Their end --- */

static void
end_search (DhtTorrent *torrent)
{
  bt_dht_cancel (torrent->dht->node, torrent->scrape);
  torrent->scrape = 0;
  if (torrent->search == 0)
    return;
  bt_dht_cancel (torrent->dht->node, torrent->search);
  note_end (torrent);
}

void
bt_session_dht_forget (BtSession     *session,
                       gconstpointer  who)
{
  DhtTorrent *torrent;

  if (session->dht == NULL)
    return;
  torrent = g_hash_table_lookup (session->dht->torrents, who);
  if (torrent == NULL)
    return;
  end_search (torrent);
  g_hash_table_remove (session->dht->torrents, who);
}

void
bt_session_dht_end_searches (BtSessionDht *dht)
{
  GHashTableIter iter;
  gpointer torrent;

  g_hash_table_iter_init (&iter, dht->torrents);
  while (g_hash_table_iter_next (&iter, NULL, &torrent))
    end_search (torrent);
}

/* --- Facts --- */

void
bt_session_dht_count (BtSessionDht *dht,
                      guint        *out_n_torrents,
                      guint        *out_n_waiting)
{
  GHashTableIter iter;
  gpointer value;

  *out_n_torrents = g_hash_table_size (dht->torrents);
  *out_n_waiting = 0;
  g_hash_table_iter_init (&iter, dht->torrents);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const DhtTorrent *torrent = value;

      *out_n_waiting += torrent->search == 0 && torrent->due_at_us <= now (dht);
    }
}
