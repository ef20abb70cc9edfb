/* bt-seeker.c - the life of a magnet, and what it tells about itself
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-seeker-private.h"
#include "bt-swarm-private.h"

#include <string.h>

/* --- Trackers --- */

static void
get_announce (gpointer    user_data,
              BtAnnounce *out_announce)
{
  BtSeeker *seeker = user_data;
  gboolean wants_peers = seeker->state == BT_SEEKER_SEEKING;

  *out_announce = (BtAnnounce) {
    .port = bt_swarm_get_told_port (seeker->env),
    .left_bytes = BT_SEEKER_LEFT_BYTES,
    .n_wanted = wants_peers ? 200 : 0,
  };
  memcpy (out_announce->info_hash, bt_seeker_get_info_hash (seeker), BT_SHA1_BYTES);
  memcpy (out_announce->peer_id, seeker->peer_id, BT_WIRE_PEER_ID_BYTES);
}

static void
add_tracker_peers (gpointer         user_data,
                   const BtAddress *peers,
                   gsize            n_peers)
{
  for (gsize i = 0; i < n_peers; i++)
    bt_seeker_add_peer (user_data, &peers[i], BT_SOURCE_TRACKER);
}

static void
trackers_changed (gpointer user_data)
{
}

static void
seen_at (gpointer         user_data,
         const BtAddress *address)
{
  BtSeeker *seeker = user_data;

  seeker->ops->seen_at (seeker->session, NULL, address);
}

static const BtTrackersOps trackers_ops = {
  .get_announce = get_announce,
  .add_peers = add_tracker_peers,
  .changed = trackers_changed,
  .seen_at = seen_at,
};

static void
start_trackers (BtSeeker             *seeker,
                const BtSeekerConfig *config)
{
  const char *const *const *tiers = config->tiers;

  if (tiers == NULL)
    tiers = bt_magnet_get_tiers (seeker->magnet);
  if (!config->use_trackers || tiers[0] == NULL)
    return;
  seeker->trackers = bt_trackers_new (seeker->env->hub, &trackers_ops, seeker, tiers);
  bt_trackers_start (seeker->trackers);
}

/* --- Life --- */

static void
found_cb (gpointer user_data)
{
  BtSeeker *seeker = user_data;

  seeker->func (seeker, seeker->metainfo, seeker->error, seeker->user_data);
}

BtSeeker *
bt_seeker_new (const BtSwarmEnvironment *environment,
               const BtSeekerOps        *ops,
               gpointer                  session,
               BtMagnet                 *magnet,
               const BtSeekerConfig     *config,
               BtSeekerFunc              func,
               gpointer                  user_data)
{
  BtSeeker *seeker = g_new0 (BtSeeker, 1);
  const BtAddress *peers;
  guint n_peers;

  seeker->env = environment;
  bt_swarm_draw_peer_id (environment, seeker->peer_id);
  seeker->ops = ops;
  seeker->session = session;
  seeker->magnet = bt_magnet_ref (magnet);
  seeker->func = func;
  seeker->user_data = user_data;
  seeker->max_peers = config->max_peers != 0 ? config->max_peers : BT_SEEKER_DEFAULT_MAX_PEERS;
  seeker->fetch = bt_metadata_fetch_new (bt_magnet_get_info_hash_v1 (magnet),
                                         bt_magnet_get_info_hash_v2 (magnet));
  seeker->known = bt_known_peers_new (BT_SEEKER_MAX_KNOWN, bt_random_seed ());
  seeker->peers = g_ptr_array_new ();
  bt_seeker_set_dht (seeker, 0, -1, -1);
  seeker->read_limits[0] = environment->read_limit;
  seeker->write_limits[0] = environment->write_limit;
  bt_poll_task_init (&seeker->found_task, found_cb, seeker);

  peers = bt_magnet_get_peers (magnet, &n_peers);
  for (guint i = 0; i < n_peers; i++)
    bt_seeker_add_peer (seeker, &peers[i], BT_SOURCE_LINK);
  start_trackers (seeker, config);
  return seeker;
}

void
bt_seeker_free (BtSeeker *seeker)
{
  if (seeker == NULL)
    return;
  g_assert (seeker->state == BT_SEEKER_STOPPED && seeker->peers->len == 0);
  bt_poller_unqueue (seeker->env->poller, &seeker->found_task);
  g_clear_pointer (&seeker->trackers, bt_trackers_free);
  bt_metadata_fetch_free (seeker->fetch);
  bt_known_peers_free (seeker->known);
  g_ptr_array_unref (seeker->peers);
  g_clear_pointer (&seeker->metainfo, bt_metainfo_unref);
  g_clear_error (&seeker->error);
  bt_magnet_unref (seeker->magnet);
  g_free (seeker);
}

void
bt_seeker_finish (BtSeeker *seeker,
                  GBytes   *info_bytes)
{
  seeker->metainfo = bt_metainfo_new_from_magnet (seeker->magnet, info_bytes, &seeker->error);
  seeker->state = seeker->metainfo != NULL ? BT_SEEKER_FOUND : BT_SEEKER_FAILED;
  bt_poller_queue (seeker->env->poller, &seeker->found_task);
}

void
bt_seeker_continue_stop (BtSeeker *seeker)
{
  if (!seeker->is_stopping || seeker->peers->len > 0 || seeker->state == BT_SEEKER_STOPPED)
    return;
  seeker->state = BT_SEEKER_STOPPED;
  seeker->ops->stopped (seeker->session, seeker);
}

void
bt_seeker_stop (BtSeeker *seeker,
                gboolean  goes_on)
{
  if (seeker->is_stopping)
    return;
  seeker->is_stopping = TRUE;
  bt_poller_unqueue (seeker->env->poller, &seeker->found_task);
  if (seeker->trackers != NULL && !goes_on)
    bt_trackers_stop (seeker->trackers);
  g_clear_pointer (&seeker->trackers, bt_trackers_free);
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      bt_peer_close (sp->peer, BT_CLOSE_STOPPED);
    }
  bt_seeker_continue_stop (seeker);
}

/* --- Connections --- */

void
bt_seeker_add_peer (BtSeeker        *seeker,
                    const BtAddress *address,
                    BtSource         source)
{
  bt_known_peers_add (seeker->known, address, source, bt_clock_get_us (seeker->env->clock));
}

static gboolean
is_seeking (BtSeeker *seeker)
{
  return seeker->state == BT_SEEKER_SEEKING && !seeker->is_stopping;
}

static gboolean
has_room_for_ip (BtSeeker        *seeker,
                 const BtAddress *address)
{
  guint n = 0;

  if (bt_address_is_local (address))
    return TRUE;
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      n += bt_address_equal_ip (bt_peer_get_address (sp->peer), address);
    }
  return n < BT_SEEKER_MAX_PER_ADDRESS;
}

void
bt_seeker_take_stream (BtSeeker     *seeker,
                       BtStream     *stream,
                       const guint8 *received,
                       gsize         n_received)
{
  const BtAddress *remote = bt_stream_get_remote (stream);

  if (!is_seeking (seeker) || bt_known_peers_is_banned (seeker->known, remote) ||
      !has_room_for_ip (seeker, remote) ||
      ((seeker->peers->len >= seeker->max_peers || !seeker->ops->may_connect (seeker->session)) &&
       (seeker->peers->len > 2 * seeker->max_peers || !bt_seeker_make_room (seeker))))
    {
      bt_stream_free (stream);
      return;
    }
  bt_seeker_add_stream (seeker, stream, NULL, BT_SOURCE_INCOMING, received, n_received);
}

gboolean
bt_seeker_knows_somebody (BtSeeker *seeker)
{
  return bt_known_peers_has_others (seeker->known);
}

/* The next that is welcome; those who are not are forgotten. */
static BtKnownPeer *
pick_known (BtSeeker *seeker,
            gint64    now_us)
{
  BtKnownPeer *known;

  while ((known = bt_known_peers_pick (seeker->known, NULL, FALSE, now_us)) != NULL)
    {
      if (seeker->ops->judge (seeker->session, &known->address) == BT_CLOSE_NONE)
        break;
      bt_known_peers_remove (seeker->known, known);
    }
  return known;
}

gboolean
bt_seeker_connect_one (BtSeeker *seeker)
{
  BtDial dial = { .info_hash = bt_seeker_get_info_hash (seeker) };
  gint64 now_us = bt_clock_get_us (seeker->env->clock);
  g_autoptr (GError) error = NULL;
  BtKnownPeer *known;
  BtStream *stream;

  if (!is_seeking (seeker))
    return FALSE;
  known = pick_known (seeker, now_us);
  if (known == NULL)
    return FALSE;
  if (seeker->peers->len >= seeker->max_peers)
    {
      /* Its place is free when it is gone. Whoever has failed before is no reason. */
      if (seeker->peers->len == seeker->max_peers && known->n_failures == 0)
        bt_seeker_make_room (seeker);
      return FALSE;
    }
  dial.address = known->address;
  dial.is_plain = known->is_plain;
  dial.first = (BtTransport) known->first_transport;
  stream = bt_dialer_connect (seeker->env->dialer, &dial, &error);
  bt_known_peers_set_connected (seeker->known, known);
  if (stream == NULL)
    {
      seeker->n_unreachable++;
      bt_known_peers_set_closed (seeker->known, known, FALSE, now_us);
      return TRUE;
    }
  bt_seeker_add_stream (seeker, stream, known, known->sources, NULL, 0);
  return TRUE;
}

void
bt_seeker_tick (BtSeeker *seeker)
{
  gint64 now_us = bt_clock_get_us (seeker->env->clock);

  bt_metadata_fetch_tick (seeker->fetch, now_us);
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      bt_peer_tick (sp->peer, now_us);
      if (is_seeking (seeker))
        bt_seeker_judge_silent (seeker, sp, now_us);
    }
  bt_seeker_ask (seeker);
}

void
bt_seeker_close_unwelcome (BtSeeker *seeker)
{
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);
      BtCloseReason reason;

      if (bt_peer_get_close_reason (sp->peer) != BT_CLOSE_NONE)
        continue;
      reason = seeker->ops->judge (seeker->session, bt_peer_get_address (sp->peer));
      if (reason != BT_CLOSE_NONE)
        bt_peer_close (sp->peer, reason);
    }
}

void
bt_seeker_apply_exemption (BtSeeker *seeker)
{
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      bt_seeker_limit_stream (seeker, bt_peer_get_stream (sp->peer));
    }
}

void
bt_seeker_announce_now (BtSeeker *seeker)
{
  if (seeker->trackers != NULL)
    bt_trackers_announce_now (seeker->trackers, TRUE);
}

void
bt_seeker_tell_again (BtSeeker *seeker)
{
  if (seeker->trackers != NULL)
    bt_trackers_tell_again (seeker->trackers);
}

void
bt_seeker_set_dht (BtSeeker *seeker,
                   guint     n_nodes,
                   int       n_seeds,
                   int       n_leechers)
{
  seeker->n_nodes = n_nodes;
  seeker->dht_seeds = n_seeds;
  seeker->dht_leechers = n_leechers;
}

/* --- Facts --- */

BtMagnet *
bt_seeker_get_magnet (BtSeeker *seeker)
{
  return seeker->magnet;
}

const guint8 *
bt_seeker_get_info_hash (BtSeeker *seeker)
{
  return bt_magnet_get_info_hash (seeker->magnet);
}

BtSeekerState
bt_seeker_get_state (BtSeeker *seeker)
{
  return seeker->state;
}

BtMetainfo *
bt_seeker_get_metainfo (BtSeeker *seeker)
{
  return seeker->metainfo;
}

void
bt_seeker_facts_clear (BtSeekerFacts *facts)
{
  g_clear_pointer (&facts->message, g_free);
}

static void
ask_trackers (BtSeeker      *seeker,
              BtSeekerFacts *facts)
{
  guint n = seeker->trackers != NULL ? bt_trackers_get_n_rows (seeker->trackers) : 0;
  g_autofree char *message = NULL;
  guint n_failed = 0;

  for (guint i = 0; i < n; i++)
    {
      BtTrackerRow row;

      bt_trackers_get_row (seeker->trackers, i, &row);
      facts->tracker_seeds = MAX (facts->tracker_seeds, row.n_seeds);
      facts->tracker_leechers = MAX (facts->tracker_leechers, row.n_leechers);
      n_failed += row.state == BT_TRACKER_FAILED;
      if (row.state == BT_TRACKER_FAILED && message == NULL && row.message[0] != '\0')
        message = g_strdup (row.message);
    }
  if (facts->message == NULL && n > 0 && n_failed == n)
    facts->message = g_steal_pointer (&message);
}

static void
say_instead (BtSeekerFacts *facts,
             const char    *message)
{
  g_free (facts->message);
  facts->message = g_strdup (message);
}

void
bt_seeker_get_facts (BtSeeker      *seeker,
                     BtSeekerFacts *out_facts)
{
  *out_facts = (BtSeekerFacts) {
    .state = seeker->state,
    .is_offline = seeker->env->is_offline,
    .is_refused = seeker->env->is_refused,
    .n_known = bt_known_peers_get_n (seeker->known),
    .n_connecting = seeker->n_connecting,
    .n_peers = seeker->peers->len - seeker->n_connecting,
    .n_met = seeker->n_met,
    .n_unreachable = seeker->n_unreachable,
    .n_refused = seeker->n_refused,
    .n_lied = seeker->n_lied,
    .metadata_bytes = bt_metadata_fetch_get_size (seeker->fetch),
    .received_bytes = bt_metadata_fetch_get_received (seeker->fetch),
    .tracker_seeds = -1,
    .tracker_leechers = -1,
    .n_nodes = seeker->n_nodes,
    .dht_seeds = seeker->dht_seeds,
    .dht_leechers = seeker->dht_leechers,
  };
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      out_facts->n_asked += sp->source != NULL && bt_metadata_source_has_size (sp->source) &&
                            !bt_metadata_source_is_refusing (sp->source);
    }
  if (seeker->error != NULL)
    out_facts->message = g_strdup (seeker->error->message);
  ask_trackers (seeker, out_facts);
  if (out_facts->is_offline)
    say_instead (out_facts, bt_poller_get_socket_rules (seeker->env->poller)->device);
  else if (out_facts->n_peers == 0 && bt_dialer_get_trouble (seeker->env->dialer) != NULL)
    {
      out_facts->is_proxy_bad = TRUE;
      say_instead (out_facts, bt_dialer_get_trouble (seeker->env->dialer));
    }
}

GArray *
bt_seeker_get_peer_rows (BtSeeker *seeker)
{
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (BtPeerRow), seeker->peers->len);
  gint64 now_us = bt_clock_get_us (seeker->env->clock);

  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);
      BtPeerRow row;

      bt_swarm_fill_peer_row (sp->peer, now_us, &row);
      row.source = sp->sources;
      g_array_append_val (rows, row);
    }
  return rows;
}

GArray *
bt_seeker_get_tracker_rows (BtSeeker *seeker)
{
  return bt_swarm_make_tracker_rows (seeker->trackers);
}

/* --- Whom it knows --- */

static void
collect_cb (BtKnownPeer *known,
            gpointer     user_data)
{
  if (!known->is_banned && !known->is_self)
    g_ptr_array_add (user_data, known);
}

static int
compare_known (gconstpointer a,
               gconstpointer b)
{
  const BtKnownPeer *first = *(const BtKnownPeer *const *) a;
  const BtKnownPeer *second = *(const BtKnownPeer *const *) b;

  if (first->is_connected != second->is_connected)
    return first->is_connected ? -1 : 1;
  return (int) first->n_failures - (int) second->n_failures;
}

GArray *
bt_seeker_dup_known (BtSeeker *seeker)
{
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  GArray *peers = g_array_new (FALSE, FALSE, sizeof (BtKnownAddress));

  bt_known_peers_foreach (seeker->known, collect_cb, known);
  g_ptr_array_sort (known, compare_known);
  for (guint i = 0; i < known->len; i++)
    {
      const BtKnownPeer *one = g_ptr_array_index (known, i);
      BtKnownAddress peer = { one->address, one->sources };

      g_array_append_val (peers, peer);
    }
  return peers;
}
