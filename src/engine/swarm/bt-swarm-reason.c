/* bt-swarm-reason.c - why nothing moves, or little: computed, not guessed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#define LONELY_US (600 * BT_SECOND_US)  /* without a peer, before we blame that none can reach us */

static gboolean
is_disk_slow (BtSwarm *swarm)
{
  BtDiskStats stats;

  bt_disk_get_stats (swarm->env->disk, &stats);
  return stats.oldest_wait_us > BT_SECOND_US;
}

/* What its peers are to it now. */
typedef struct
{
  guint n_useful;      /* have something that we want */
  guint n_choking;     /* of those, do not let us have it */
  guint n_requests;    /* ours, out */
  guint n_interested;  /* in us */
  guint n_taking;      /* of those, may */
  guint n_queued;      /* requests of theirs, waiting or on their way */
} Crowd;

static Crowd
look_around (BtSwarm *swarm)
{
  Crowd crowd = { 0 };
  guint64 bps = 0;

  crowd.n_useful = bt_swarm_count_web_seeds (swarm, &crowd.n_requests, &bps);
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      gboolean is_useful;

      if (!sp->is_greeted)
        continue;
      is_useful = bt_picker_peer_get_n_wanted (sp->picker_peer) > 0;
      crowd.n_useful += is_useful;
      crowd.n_choking += is_useful && bt_peer_is_choking_us (sp->peer);
      crowd.n_requests += bt_peer_get_n_requests (sp->peer);
      crowd.n_interested += bt_peer_is_interested (sp->peer);
      crowd.n_taking += bt_peer_is_interested (sp->peer) && !bt_peer_am_choking (sp->peer);
      crowd.n_queued += bt_peer_get_n_queued (sp->peer) + bt_peer_get_n_uploading (sp->peer);
    }
  return crowd;
}

/* The first of the missing ones that nobody connected has. */
static guint32
find_lost_piece (BtSwarm *swarm)
{
  const BtBitfield *have = bt_picker_get_have (swarm->picker);

  for (guint32 p = bt_bitfield_next_unset (have, 0); p < have->n_bits;
       p = bt_bitfield_next_unset (have, p + 1))
    if (bt_picker_get_priority (swarm->picker, p) != BT_PRIORITY_SKIP &&
        bt_picker_get_availability (swarm->picker, p) == 0)
      return p;
  return G_MAXUINT32;
}

/* The engine's is shared: it is to blame only where something would move. */
static BtReason
find_limit (BtLimit  *own,
            BtLimit  *of_all,
            gboolean  would_move)
{
  if (bt_limit_is_busy (own))
    return BT_REASON_LIMIT;
  if (would_move && bt_limit_is_busy (of_all))
    return BT_REASON_LIMIT_OF_ALL;
  return BT_REASON_NONE;
}

static BtReason
explain_nobody (BtSwarm            *swarm,
                const BtSwarmFacts *facts,
                gboolean            trackers_failed)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  /* A seed does not dial seeds: it may know hundreds, and none that would want anything. */
  gboolean has_candidates = bt_known_peers_get_next_us (swarm->known) != G_MAXINT64;

  if (bt_dialer_get_trouble (swarm->env->dialer) != NULL)
    return BT_REASON_PROXY;
  if (facts->n_connecting > 0 || (has_candidates && !swarm->has_dialled))
    return BT_REASON_CONNECTING;
  if (facts->n_known == 0 && trackers_failed)
    return BT_REASON_TRACKER_FAILED;
  if (swarm->has_dialled && swarm->env->incoming_at_us == 0 && swarm->lonely_since_us != 0 &&
      now_us - swarm->lonely_since_us >= LONELY_US)
    return BT_REASON_NO_INCOMING;
  if (has_candidates)
    return BT_REASON_UNREACHABLE;
  return facts->n_known > 0 && swarm->state == BT_SWARM_SEEDING ? BT_REASON_NOBODY_WANTS
                                                                : BT_REASON_NO_PEERS;
}

static BtReason
explain_download (BtSwarm      *swarm,
                  BtSwarmFacts *facts,
                  const Crowd  *crowd)
{
  BtReason limit = find_limit (swarm->read_limit, swarm->env->read_limit,
                               facts->received_bps > 0 || crowd->n_requests > 0);

  if (limit != BT_REASON_NONE)
    return limit;
  if (facts->received_bps > 0)
    return is_disk_slow (swarm) ? BT_REASON_DISK : BT_REASON_NONE;
  if (is_disk_slow (swarm) && bt_swarm_is_freeing_memory (swarm))
    return BT_REASON_DISK;
  if (crowd->n_useful == 0)
    {
      facts->reason_piece = find_lost_piece (swarm);
      return BT_REASON_NO_PIECES;
    }
  if (crowd->n_requests == 0 && crowd->n_choking == crowd->n_useful)
    {
      facts->reason_peers = crowd->n_choking;
      return BT_REASON_ALL_CHOKE;
    }
  return is_disk_slow (swarm) ? BT_REASON_DISK : BT_REASON_STALLED;
}

/* That those who are interested wait for a slot is no reason: others have it. */
static BtReason
explain_upload (BtSwarm            *swarm,
                const BtSwarmFacts *facts,
                const Crowd        *crowd)
{
  BtReason limit = find_limit (swarm->write_limit, swarm->env->write_limit,
                               facts->sent_bps > 0 || crowd->n_queued > 0);

  if (limit != BT_REASON_NONE)
    return limit;
  if (swarm->reads->len > 0 && is_disk_slow (swarm))
    return BT_REASON_DISK;
  if (facts->sent_bps > 0 || crowd->n_queued > 0)
    return BT_REASON_NONE;
  return crowd->n_interested == 0 ? BT_REASON_NOBODY_WANTS : BT_REASON_NONE;
}

BtReason
bt_swarm_find_reason (BtSwarm      *swarm,
                      BtSwarmFacts *facts,
                      gboolean      trackers_failed)
{
  Crowd crowd;

  if (swarm->state == BT_SWARM_NO_SPACE)
    return BT_REASON_NO_SPACE;
  if (swarm->state == BT_SWARM_CHECKING && swarm->is_check_queued)
    return BT_REASON_CHECK_QUEUE;
  if (swarm->state != BT_SWARM_DOWNLOADING && swarm->state != BT_SWARM_SEEDING)
    return BT_REASON_NONE;
  if (swarm->env->is_offline)
    return swarm->env->is_refused ? BT_REASON_DEVICE_REFUSED : BT_REASON_NO_DEVICE;
  if (facts->n_peers == 0 &&
      (swarm->state != BT_SWARM_DOWNLOADING || facts->n_web_seeds == 0))
    return explain_nobody (swarm, facts, trackers_failed);
  crowd = look_around (swarm);
  return swarm->state == BT_SWARM_DOWNLOADING ? explain_download (swarm, facts, &crowd)
                                              : explain_upload (swarm, facts, &crowd);
}

void
bt_swarm_note_lonely (BtSwarm *swarm,
                      gint64   now_us)
{
  if (swarm->peers->len > swarm->n_connecting)
    swarm->lonely_since_us = 0;
  else if (swarm->lonely_since_us == 0)
    swarm->lonely_since_us = now_us;
}
