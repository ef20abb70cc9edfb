/* bt-swarm-choking.c - who may download from us
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

void
bt_swarm_set_choking (BtSwarm   *swarm,
                      SwarmPeer *sp,
                      gboolean   is_choking)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);

  if (bt_peer_am_choking (sp->peer) == is_choking)
    return;
  bt_peer_set_choking (sp->peer, is_choking);
  if (is_choking)
    {
      sp->choked_at_us = now_us;
      sp->unchoked_at_us = 0;
    }
  else
    {
      sp->unchoked_at_us = now_us;
      sp->sent_at_unchoke = bt_peer_get_counters (sp->peer)->sent_payload_bytes;
    }
}

static void
describe (SwarmPeer    *sp,
          BtChokerPeer *out_facts,
          gint64        now_us)
{
  const BtPeerCounters *counters = bt_peer_get_counters (sp->peer);

  *out_facts = (BtChokerPeer) {
    .peer = sp,
    .received_bps = bt_peer_get_received_bps (sp->peer, now_us),
    .sent_bps = bt_peer_get_sent_bps (sp->peer, now_us),
    .sent_since_unchoke_bytes = counters->sent_payload_bytes - sp->sent_at_unchoke,
    .connected_at_us = bt_peer_get_connected_at_us (sp->peer),
    .unchoked_at_us = sp->unchoked_at_us,
    .choked_at_us = sp->choked_at_us,
    .is_interested = bt_peer_is_interested (sp->peer),
    .is_choked = bt_peer_am_choking (sp->peer),
    .is_snubbed = bt_peer_is_snubbed (sp->peer),
    .is_optimistic = sp->is_optimistic,
  };
}

/* The lower one of the torrent's and the engine's; 0: none. */
static guint64
get_write_limit_bps (BtSwarm *swarm)
{
  guint64 own_bps = bt_limit_get_bps (swarm->write_limit);
  guint64 all_bps = bt_limit_get_bps (swarm->env->write_limit);

  if (own_bps == 0 || all_bps == 0)
    return MAX (own_bps, all_bps);
  return MIN (own_bps, all_bps);
}

void
bt_swarm_choke_cb (gpointer user_data)
{
  BtSwarm *swarm = user_data;
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  g_autoptr (GArray) facts = g_array_new (FALSE, TRUE, sizeof (BtChokerPeer));
  guint64 limit_bps = get_write_limit_bps (swarm);
  guint64 sent_bps = 0;

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      BtChokerPeer fact;

      /* What pays no limit says nothing about how much of the limit is used. */
      if (limit_bps == 0 || !bt_swarm_is_exempt (swarm, bt_peer_get_address (sp->peer)))
        sent_bps += bt_peer_get_sent_bps (sp->peer, now_us);
      if (!sp->is_greeted || (!bt_peer_is_interested (sp->peer) && bt_peer_am_choking (sp->peer)))
        continue;
      describe (sp, &fact, now_us);
      g_array_append_val (facts, fact);
    }
  if (facts->len > 0)
    bt_choker_run (&swarm->choker, (BtChokerPeer *) (void *) facts->data, facts->len,
                   swarm->upload_slots, sent_bps, limit_bps,
                   swarm->state == BT_SWARM_SEEDING, now_us);
  for (guint i = 0; i < facts->len; i++)
    {
      BtChokerPeer *fact = &g_array_index (facts, BtChokerPeer, i);
      SwarmPeer *sp = fact->peer;

      sp->is_optimistic = fact->is_optimistic;
      bt_swarm_set_choking (swarm, sp, !fact->unchoke);
    }
  bt_timer_arm_in (&swarm->choke_timer, swarm->env->clock, BT_CHOKER_PERIOD_US);
}

/* Between two rounds a free slot goes to whoever asks first. */
static void
unchoke_free_slots (BtSwarm *swarm)
{
  guint n_slots = swarm->upload_slots != 0 ? swarm->upload_slots : swarm->choker.n_auto_slots;
  guint n_used = 0;

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      n_used += sp->is_greeted && !bt_peer_am_choking (sp->peer);
    }
  for (guint i = 0; i < swarm->peers->len && n_used < n_slots; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!sp->is_greeted || !bt_peer_is_interested (sp->peer) || !bt_peer_am_choking (sp->peer))
        continue;
      bt_swarm_set_choking (swarm, sp, FALSE);
      n_used++;
    }
}

void
bt_swarm_upkeep_cb (gpointer user_data)
{
  BtSwarm *swarm = user_data;

  if (!bt_swarm_is_running (swarm))
    return;
  for (guint i = 0; i < swarm->peers->len && swarm->state == BT_SWARM_DOWNLOADING; i++)
    bt_peer_fill_requests (((SwarmPeer *) g_ptr_array_index (swarm->peers, i))->peer);
  bt_swarm_fill_web_seeds (swarm);
  unchoke_free_slots (swarm);
}

/* Once a turn, however many peers close or change their minds. */
void
bt_swarm_queue_upkeep (BtSwarm *swarm)
{
  if (bt_swarm_is_running (swarm))
    bt_poller_queue (swarm->env->poller, &swarm->upkeep_task);
}
