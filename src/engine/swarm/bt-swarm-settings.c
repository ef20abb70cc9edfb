/* bt-swarm-settings.c - settings that may change while a torrent lives
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

void
bt_swarm_set_max_peers (BtSwarm *swarm,
                        guint    max_peers)
{
  swarm->max_peers = max_peers != 0 ? max_peers : BT_SWARM_DEFAULT_MAX_PEERS;
  for (guint n = bt_swarm_get_n_open (swarm); n > swarm->max_peers; n--)
    bt_swarm_close_least_useful (swarm);
}

void
bt_swarm_set_upload_slots (BtSwarm *swarm,
                           guint    upload_slots)
{
  if (swarm->upload_slots == upload_slots)
    return;
  swarm->upload_slots = upload_slots;
  /* Now, not at the end of a round: who has no slot any more is choked. */
  if (bt_swarm_is_running (swarm))
    bt_swarm_choke_cb (swarm);
}

void
bt_swarm_set_sequential (BtSwarm  *swarm,
                         gboolean  is_sequential)
{
  swarm->is_sequential = is_sequential != FALSE;
  bt_picker_set_sequential (swarm->picker, is_sequential);
}

void
bt_swarm_set_dht (BtSwarm *swarm,
                  guint    n_nodes,
                  int      n_seeds,
                  int      n_leechers)
{
  swarm->n_nodes = n_nodes;
  swarm->dht_seeds = n_seeds;
  swarm->dht_leechers = n_leechers;
  swarm->n_news++;
}
