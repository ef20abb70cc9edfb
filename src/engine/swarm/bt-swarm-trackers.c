/* bt-swarm-trackers.c - a torrent's trackers: which they are, and what passes between them and it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <string.h>

/* Trackers insist on a port, and some refuse 0; nobody listens at this one. */
#define NO_PORT 1

guint16
bt_swarm_get_told_port (const BtSwarmEnvironment *env)
{
  return env->is_proxied ? NO_PORT : env->announced_port;
}

static void
get_announce (gpointer    user_data,
              BtAnnounce *out_announce)
{
  BtSwarm *swarm = user_data;
  BtSwarmFacts facts;
  gboolean wants_peers = bt_swarm_is_running (swarm) && swarm->peers->len < swarm->max_peers;

  bt_swarm_get_facts (swarm, &facts);
  *out_announce = (BtAnnounce) {
    .port = bt_swarm_get_told_port (swarm->env),
    .uploaded_bytes = facts.sent_bytes - swarm->run_sent_bytes,
    .downloaded_bytes = facts.received_bytes - swarm->run_received_bytes,
    .left_bytes = swarm->geometry->total_bytes - bt_swarm_count_have_bytes (swarm),
    .n_wanted = wants_peers ? 200 : 0,
    .is_private = bt_metainfo_is_private (swarm->metainfo),
  };
  memcpy (out_announce->info_hash, bt_metainfo_get_info_hash_v1 (swarm->metainfo), BT_SHA1_BYTES);
  memcpy (out_announce->peer_id, swarm->peer_id, BT_WIRE_PEER_ID_BYTES);
  bt_swarm_facts_clear (&facts);
}

static void
add_tracker_peers (gpointer         user_data,
                   const BtAddress *peers,
                   gsize            n_peers)
{
  BtSwarm *swarm = user_data;

  for (gsize i = 0; i < n_peers; i++)
    bt_swarm_add_peer (swarm, &peers[i], BT_SOURCE_TRACKER);
}

static void
trackers_changed (gpointer user_data)
{
  ((BtSwarm *) user_data)->n_news++;
}

static void
seen_at (gpointer         user_data,
         const BtAddress *address)
{
  BtSwarm *swarm = user_data;

  swarm->ops->seen_at (swarm->session, NULL, address);
  if (swarm->own_address.family == BT_FAMILY_NONE)
    {
      swarm->own_address = *address;
      swarm->own_address.port = swarm->env->port;
    }
}

static const BtTrackersOps trackers_ops = {
  .get_announce = get_announce,
  .add_peers = add_tracker_peers,
  .changed = trackers_changed,
  .seen_at = seen_at,
};

/* --- Which they are --- */

static GPtrArray *
copy_tiers (const char *const *const *tiers)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  for (; *tiers != NULL; tiers++)
    g_ptr_array_add (copy, g_strdupv ((char **) *tiers));
  g_ptr_array_add (copy, NULL);
  return copy;
}

/* (transfer container) */
static const char *const *const *
list_tiers (BtSwarm *swarm)
{
  guint n_tiers = swarm->tiers != NULL ? swarm->tiers->len - 1
                                       : bt_metainfo_get_n_tiers (swarm->metainfo);
  const char *const **tiers = g_new0 (const char *const *, n_tiers + 1);

  for (guint i = 0; i < n_tiers; i++)
    tiers[i] = swarm->tiers != NULL ? g_ptr_array_index (swarm->tiers, i)
                                    : bt_metainfo_get_tier (swarm->metainfo, i);
  return (const char *const *const *) tiers;
}

void
bt_swarm_start_trackers (BtSwarm *swarm)
{
  g_autofree const char *const *const *tiers = NULL;

  if (!swarm->use_trackers)
    return;
  tiers = list_tiers (swarm);
  if (swarm->trackers == NULL && tiers[0] != NULL)
    swarm->trackers = bt_trackers_new (swarm->env->hub, &trackers_ops, swarm, tiers);
  if (swarm->trackers != NULL)
    bt_trackers_start (swarm->trackers);
}

void
bt_swarm_set_trackers (BtSwarm                  *swarm,
                       const char *const *const *tiers)
{
  GPtrArray *before = swarm->tiers;
  g_autofree const char *const *const *now = NULL;

  swarm->tiers = tiers != NULL ? copy_tiers (tiers) : NULL;
  g_clear_pointer (&before, g_ptr_array_unref);
  now = list_tiers (swarm);
  if (swarm->trackers != NULL)
    bt_trackers_set_tiers (swarm->trackers, now);
  else if (bt_swarm_is_running (swarm))
    bt_swarm_start_trackers (swarm);
}

void
bt_swarm_announce_now (BtSwarm *swarm)
{
  if (swarm->trackers != NULL)
    bt_trackers_announce_now (swarm->trackers, TRUE);
}

void
bt_swarm_tell_again (BtSwarm *swarm)
{
  if (swarm->trackers != NULL)
    bt_trackers_tell_again (swarm->trackers);
}
