/* bt-swarm-access.c - who may stay: bans, filters, fewer places; and who pays no limits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

/* --- Unwelcome addresses --- */

BtKnownPeer *
bt_swarm_pick_known (BtSwarm *swarm,
                     gint64   now_us)
{
  const BtAddress *own = swarm->own_address.family != BT_FAMILY_NONE ? &swarm->own_address : NULL;
  BtKnownPeer *known;

  while ((known = bt_known_peers_pick (swarm->known, own, swarm->state == BT_SWARM_SEEDING,
                                       now_us)) != NULL)
    {
      if (swarm->ops->judge (swarm->session, &known->address) == BT_CLOSE_NONE)
        break;
      /* Whoever told us will tell again, should it be welcome then. */
      bt_known_peers_remove (swarm->known, known);
    }
  return known;
}

void
bt_swarm_close_unwelcome (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      BtCloseReason reason;

      if (bt_peer_get_close_reason (sp->peer) != BT_CLOSE_NONE)
        continue;
      reason = swarm->ops->judge (swarm->session, bt_peer_get_address (sp->peer));
      if (reason != BT_CLOSE_NONE)
        bt_peer_close (sp->peer, reason);
    }
}

void
bt_swarm_ban_address (BtSwarm         *swarm,
                      const BtAddress *address)
{
  if (!bt_known_peers_is_banned (swarm->known, address))
    swarm->n_banned++;
  bt_known_peers_ban (swarm->known, address);
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!bt_address_equal_ip (bt_peer_get_address (sp->peer), address))
        continue;
      if (sp->known != NULL)
        sp->known->is_banned = TRUE;
      bt_peer_close (sp->peer, BT_CLOSE_UNWANTED);
    }
}

gboolean
bt_swarm_has_room_for_ip (BtSwarm         *swarm,
                          const BtAddress *address)
{
  guint n = 0;

  if (bt_address_is_local (address))
    return TRUE;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      n += bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE &&
           bt_address_equal_ip (bt_peer_get_address (sp->peer), address);
    }
  return n < BT_SWARM_MAX_PER_ADDRESS;
}

/* --- Fewer places --- */

/* Whether `a` would be missed less than `b`: attempts before connections, those that nobody wants
 * anything of before the others, then those with which no data has moved for longest; a person's
 * last. */
static gboolean
is_less_useful (SwarmPeer *a,
                SwarmPeer *b)
{
  gboolean is_persons[2] = { (a->source & BT_SOURCE_PERSON) != 0,
                             (b->source & BT_SOURCE_PERSON) != 0 };
  gboolean is_idle[2] = {
    !bt_peer_is_interested (a->peer) && !bt_peer_am_interested (a->peer),
    !bt_peer_is_interested (b->peer) && !bt_peer_am_interested (b->peer),
  };

  if (is_persons[0] != is_persons[1])
    return is_persons[1];
  if (a->is_greeted != b->is_greeted)
    return b->is_greeted;
  if (is_idle[0] != is_idle[1])
    return is_idle[0];
  if (a->moved_at_us != b->moved_at_us)
    return a->moved_at_us < b->moved_at_us;
  return a->came_at_us > b->came_at_us;
}

guint
bt_swarm_get_n_open (BtSwarm *swarm)
{
  guint n = 0;

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      n += bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE;
    }
  return n;
}

void
bt_swarm_close_least_useful (BtSwarm *swarm)
{
  SwarmPeer *found = NULL;

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE &&
          (found == NULL || is_less_useful (sp, found)))
        found = sp;
    }
  if (found != NULL)
    bt_peer_close (found->peer, BT_CLOSE_FULL);
}

/* --- Who pays which limits --- */

gboolean
bt_swarm_is_exempt (BtSwarm         *swarm,
                    const BtAddress *address)
{
  return swarm->env->exempt_local && bt_address_is_local (address);
}

void
bt_swarm_limit_stream (BtSwarm  *swarm,
                       BtStream *stream)
{
  const BtAddress *address = bt_stream_get_remote (stream);

  if (bt_swarm_is_exempt (swarm, address))
    bt_stream_set_limits (stream, NULL, NULL);
  else if (bt_stream_get_transport (stream) == BT_TRANSPORT_TCP && !bt_address_is_local (address))
    bt_stream_set_limits (stream, swarm->read_limits, swarm->tcp_limits);
  else
    bt_stream_set_limits (stream, swarm->read_limits, swarm->write_limits);
}

void
bt_swarm_add_load (BtSwarm    *swarm,
                   BtFairLoad *load)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      BtStream *stream = bt_peer_get_stream (sp->peer);
      guint64 sent_bps = bt_peer_get_sent_bps (sp->peer, now_us);

      if (!sp->is_greeted || bt_address_is_local (bt_peer_get_address (sp->peer)))
        continue;
      /* Between two requests it is not gone. */
      if (bt_peer_get_n_queued (sp->peer) + bt_peer_get_n_uploading (sp->peer) == 0 &&
          sent_bps < BT_SWARM_LOAD_BPS)
        continue;
      if (bt_stream_get_transport (stream) == BT_TRANSPORT_TCP)
        {
          load->n_tcp++;
          load->tcp_bps += sent_bps;
        }
      else
        {
          load->n_utp++;
          load->utp_bps += sent_bps;
          load->queue_us = MIN (load->queue_us, bt_stream_get_queue_us (stream));
        }
    }
}

void
bt_swarm_apply_exemption (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      bt_swarm_limit_stream (swarm, bt_peer_get_stream (sp->peer));
    }
}
