/* bt-swarm-online.c - what torrents and magnet links do when the network interface that all goes through comes or
 * goes, or a person chooses another way
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-seeker-private.h"
#include "bt-swarm-private.h"

void
bt_swarm_go_offline (BtSwarm       *swarm,
                     BtCloseReason  reason)
{
  if (swarm->trackers != NULL)
    bt_trackers_pause (swarm->trackers);
  bt_swarm_close_all (swarm, reason);
  bt_swarm_stop_web_seeds (swarm);
  swarm->n_news++;
}

void
bt_swarm_try_peers_again (BtSwarm *swarm)
{
  bt_known_peers_try_again (swarm->known, bt_clock_get_us (swarm->env->clock));
}

void
bt_swarm_go_online (BtSwarm *swarm)
{
  bt_swarm_draw_peer_id (swarm->env, swarm->peer_id);
  swarm->own_address.family = BT_FAMILY_NONE;
  bt_swarm_try_again (swarm);
}

void
bt_swarm_try_again (BtSwarm *swarm)
{
  if (!bt_swarm_is_running (swarm))
    return;
  bt_known_peers_forget_failures (swarm->known, bt_clock_get_us (swarm->env->clock));
  swarm->lonely_since_us = 0;
  swarm->n_news++;
  if (swarm->trackers != NULL)
    bt_trackers_announce_now (swarm->trackers, TRUE);
  bt_swarm_start_web_seeds (swarm);
  bt_swarm_retry_web_seeds (swarm);
}

void
bt_seeker_go_offline (BtSeeker      *seeker,
                      BtCloseReason  reason)
{
  if (seeker->trackers != NULL)
    bt_trackers_pause (seeker->trackers);
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      bt_peer_close (sp->peer, reason);
    }
}

void
bt_seeker_try_peers_again (BtSeeker *seeker)
{
  bt_known_peers_try_again (seeker->known, bt_clock_get_us (seeker->env->clock));
}

void
bt_seeker_go_online (BtSeeker *seeker)
{
  bt_swarm_draw_peer_id (seeker->env, seeker->peer_id);
  bt_seeker_try_again (seeker);
}

void
bt_seeker_try_again (BtSeeker *seeker)
{
  bt_known_peers_forget_failures (seeker->known, bt_clock_get_us (seeker->env->clock));
  bt_seeker_announce_now (seeker);
}
