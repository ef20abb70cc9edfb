/* bt-swarm-facts.c - what a swarm tells about itself
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <string.h>

void
bt_swarm_facts_clear (BtSwarmFacts *facts)
{
  g_clear_pointer (&facts->message, g_free);
}

void
bt_tracker_facts_clear (gpointer data)
{
  BtTrackerFacts *facts = data;

  g_clear_pointer (&facts->url, g_free);
  g_clear_pointer (&facts->message, g_free);
}

guint64
bt_swarm_count_have_bytes (BtSwarm *swarm)
{
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  guint32 last = swarm->geometry->n_pieces - 1;
  guint64 bytes = (guint64) have->n_set * swarm->geometry->piece_bytes;

  if (swarm->geometry->n_pieces > 0 && bt_bitfield_get (have, last))
    bytes -= swarm->geometry->piece_bytes - bt_geometry_get_piece_bytes (swarm->geometry, last);
  return bytes;
}

guint64
bt_swarm_count_wanted_have_bytes (BtSwarm *swarm)
{
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  guint64 bytes = 0;

  if (!swarm->has_skips)
    return bt_swarm_count_have_bytes (swarm);
  for (guint32 p = bt_bitfield_next_set (have, 0); p < have->n_bits;
       p = bt_bitfield_next_set (have, p + 1))
    if (bt_picker_get_priority (swarm->picker, p) != BT_PRIORITY_SKIP)
      bytes += bt_geometry_get_piece_bytes (swarm->geometry, p);
  return bytes;
}

static void
count_peers (BtSwarm      *swarm,
             BtSwarmFacts *facts)
{
  facts->n_connecting = swarm->n_connecting;
  facts->n_peers = swarm->peers->len - swarm->n_connecting;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!sp->is_greeted)
        continue;
      facts->n_seeds += bt_bitfield_is_full (bt_picker_peer_get_pieces (sp->picker_peer));
      facts->n_unchoked_by += bt_peer_am_interested (sp->peer) && !bt_peer_is_choking_us (sp->peer);
      facts->n_unchoked += !bt_peer_am_choking (sp->peer);
    }
}

/* What the trackers know, and their complaint when all that were asked failed. */
static void
ask_trackers (BtSwarm      *swarm,
              BtSwarmFacts *facts,
              gboolean     *out_all_failed,
              char        **out_message)
{
  guint n = swarm->trackers != NULL ? bt_trackers_get_n_rows (swarm->trackers) : 0;
  guint n_failed = 0;

  facts->tracker_seeds = -1;
  facts->tracker_leechers = -1;
  for (guint i = 0; i < n; i++)
    {
      BtTrackerRow row;

      bt_trackers_get_row (swarm->trackers, i, &row);
      facts->tracker_seeds = MAX (facts->tracker_seeds, row.n_seeds);
      facts->tracker_leechers = MAX (facts->tracker_leechers, row.n_leechers);
      n_failed += row.state == BT_TRACKER_FAILED;
      if (row.state == BT_TRACKER_FAILED && *out_message == NULL && row.message[0] != '\0')
        *out_message = g_strdup (row.message);
    }
  *out_all_failed = n > 0 && n_failed == n;
}

void
bt_swarm_get_facts (BtSwarm      *swarm,
                    BtSwarmFacts *out_facts)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  guint64 missing = bt_picker_get_missing_bytes (swarm->picker);
  g_autofree char *tracker_message = NULL;
  gboolean trackers_failed;
  guint n_web_requests = 0;

  *out_facts = (BtSwarmFacts) { 0 };
  out_facts->state = swarm->state;
  out_facts->n_nodes = swarm->n_nodes;
  out_facts->dht_seeds = swarm->dht_seeds;
  out_facts->dht_leechers = swarm->dht_leechers;
  out_facts->total_bytes = swarm->geometry->total_bytes;
  out_facts->wanted_bytes = missing + bt_swarm_count_wanted_have_bytes (swarm);
  out_facts->done_bytes = out_facts->wanted_bytes - missing;
  out_facts->checked_bytes = swarm->checked_bytes;
  out_facts->to_check_bytes = swarm->to_check_bytes;
  if (swarm->state == BT_SWARM_CHECKING)
    out_facts->checked_bps = bt_rate_get_bps (&swarm->check_rate, now_us);
  out_facts->received_bytes = swarm->received_bytes;
  out_facts->sent_bytes = swarm->gone_sent_bytes;
  out_facts->wasted_bytes = swarm->wasted_bytes;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      out_facts->received_bps += bt_peer_get_received_bps (sp->peer, now_us);
      out_facts->sent_bps += bt_peer_get_sent_bps (sp->peer, now_us);
      out_facts->sent_bytes += bt_peer_get_counters (sp->peer)->sent_payload_bytes;
    }
  out_facts->n_web_seeds = bt_swarm_count_web_seeds (swarm, &n_web_requests,
                                                     &out_facts->received_bps);
  out_facts->left_us = -1;
  if (out_facts->received_bps > 0 && missing > 0)
    out_facts->left_us = (gint64) ((double) missing / (double) out_facts->received_bps *
                                   BT_SECOND_US);
  out_facts->n_pieces = swarm->geometry->n_pieces;
  out_facts->n_have = have->n_set;
  out_facts->copies_milli = bt_picker_get_copies_milli (swarm->picker);
  out_facts->n_failed_pieces = swarm->n_failed_pieces;
  out_facts->n_known = bt_known_peers_get_n (swarm->known);
  out_facts->n_banned = swarm->n_banned;
  count_peers (swarm, out_facts);
  ask_trackers (swarm, out_facts, &trackers_failed, &tracker_message);
  out_facts->is_super_seeding = bt_swarm_is_super_seeding (swarm);
  out_facts->reason_piece = G_MAXUINT32;
  out_facts->reason = bt_swarm_find_reason (swarm, out_facts, trackers_failed);
  if (swarm->error != NULL)
    out_facts->message = g_strdup (swarm->error->message);
  else if (out_facts->reason == BT_REASON_NO_DEVICE ||
           out_facts->reason == BT_REASON_DEVICE_REFUSED)
    out_facts->message = g_strdup (bt_poller_get_socket_rules (swarm->env->poller)->device);
  else if (out_facts->reason == BT_REASON_PROXY)
    out_facts->message = g_strdup (bt_dialer_get_trouble (swarm->env->dialer));
  else
    out_facts->message = g_steal_pointer (&tracker_message);
}

void
bt_swarm_fill_peer_row (BtPeer    *peer,
                        gint64     now_us,
                        BtPeerRow *out_row)
{
  const BtPeerCounters *counters = bt_peer_get_counters (peer);

  *out_row = (BtPeerRow) {
    .address = *bt_peer_get_address (peer),
    .state = (int) bt_peer_get_state (peer),
    .received_bytes = counters->received_payload_bytes,
    .sent_bytes = counters->sent_payload_bytes,
    .received_bps = bt_peer_get_received_bps (peer, now_us),
    .sent_bps = bt_peer_get_sent_bps (peer, now_us),
    .n_requests = bt_peer_get_n_requests (peer),
    .n_queued = bt_peer_get_n_queued (peer),
    .connected_at_us = bt_peer_get_connected_at_us (peer),
    .is_outgoing = bt_peer_is_outgoing (peer),
    .is_choking_us = bt_peer_is_choking_us (peer),
    .is_interested = bt_peer_is_interested (peer),
    .am_choking = bt_peer_am_choking (peer),
    .am_interested = bt_peer_am_interested (peer),
    .is_utp = bt_stream_get_transport (bt_peer_get_stream (peer)) == BT_TRANSPORT_UTP,
    .is_snubbed = bt_peer_is_snubbed (peer),
    .encrypted = bt_stream_get_encrypted (bt_peer_get_stream (peer)),
  };
  g_strlcpy (out_row->client, bt_peer_get_client (peer), sizeof out_row->client);
}

GArray *
bt_swarm_get_peer_rows (BtSwarm *swarm)
{
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (BtPeerRow), swarm->peers->len);
  gint64 now_us = bt_clock_get_us (swarm->env->clock);

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      BtPeerRow row;

      bt_swarm_fill_peer_row (sp->peer, now_us, &row);
      row.source = sp->source;
      if (sp->picker_peer != NULL)
        {
          const BtBitfield *pieces = bt_picker_peer_get_pieces (sp->picker_peer);

          row.n_pieces = pieces->n_set;
          if (pieces->n_bits > 0)
            row.progress_milli = (guint) ((guint64) pieces->n_set * 1000 / pieces->n_bits);
          row.is_seed = bt_bitfield_is_full (pieces);
        }
      g_array_append_val (rows, row);
    }
  return rows;
}

GArray *
bt_swarm_make_tracker_rows (BtTrackers *trackers)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (BtTrackerFacts));
  guint n = trackers != NULL ? bt_trackers_get_n_rows (trackers) : 0;

  g_array_set_clear_func (rows, bt_tracker_facts_clear);
  for (guint i = 0; i < n; i++)
    {
      BtTrackerRow row;
      BtTrackerFacts facts;

      bt_trackers_get_row (trackers, i, &row);
      facts = (BtTrackerFacts) {
        .url = g_strdup (row.url),
        .message = g_strdup (row.message),
        .tier = row.tier,
        .state = (int) row.state,
        .last_at_us = row.last_at_us,
        .next_at_us = row.next_at_us,
        .n_seeds = row.n_seeds,
        .n_leechers = row.n_leechers,
        .n_downloaded = row.n_downloaded,
        .n_peers = row.n_peers,
      };
      g_array_append_val (rows, facts);
    }
  return rows;
}

GArray *
bt_swarm_get_tracker_rows (BtSwarm *swarm)
{
  return bt_swarm_make_tracker_rows (swarm->trackers);
}
