/* bt-swarm-connect.c - whom to connect to, whom to take, and who makes room
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <string.h>

#define TURNOVER_PART 20  /* of the connections a torrent may have */

static void
make_handshake (BtSwarm     *swarm,
                BtHandshake *out_handshake)
{
  *out_handshake = (BtHandshake) {
    .has_fast = TRUE,
    .has_extended = TRUE,
    .has_dht = bt_swarm_uses_dht (swarm),
  };
  memcpy (out_handshake->info_hash, bt_metainfo_get_info_hash_v1 (swarm->metainfo), BT_SHA1_BYTES);
  memcpy (out_handshake->peer_id, swarm->peer_id, BT_WIRE_PEER_ID_BYTES);
}

static SwarmPeer *
add_peer (BtSwarm      *swarm,
          BtStream     *stream,
          BtKnownPeer  *known,
          guint         source,
          const guint8 *received,
          gsize         n_received)
{
  SwarmPeer *sp = g_new0 (SwarmPeer, 1);
  BtHandshake ours;

  make_handshake (swarm, &ours);
  bt_swarm_limit_stream (swarm, stream);
  sp->known = known;
  sp->source = source;
  sp->index = swarm->peers->len;
  sp->came_at_us = bt_clock_get_us (swarm->env->clock);
  g_ptr_array_add (swarm->peers, sp);
  swarm->n_connecting++;
  sp->peer = bt_peer_new (swarm->env->peer_shared, &bt_swarm_peer_ops, swarm, stream,
                          swarm->geometry, &ours, received, n_received);
  bt_peer_set_data (sp->peer, sp);
  swarm->ops->connections (swarm->session, 1);
  return sp;
}

gboolean
bt_swarm_knows_somebody (BtSwarm *swarm)
{
  return bt_known_peers_has_others (swarm->known);
}

gboolean
bt_swarm_has_candidates (BtSwarm *swarm)
{
  return bt_swarm_is_running (swarm) && !swarm->env->is_offline &&
         swarm->peers->len < swarm->max_peers && bt_known_peers_get_n (swarm->known) > 0;
}

void
bt_swarm_set_dialling (BtSwarm  *swarm,
                       gboolean  is_dialling)
{
  swarm->is_dialling = is_dialling;
}

void
bt_swarm_dial (BtSwarm     *swarm,
               BtKnownPeer *known,
               gboolean     is_punch)
{
  const BtDial dial = {
    .address = known->address,
    .info_hash = bt_metainfo_get_info_hash_v1 (swarm->metainfo),
    .is_plain = known->is_plain,
    .first = (BtTransport) known->first_transport,
    .is_punch = is_punch != FALSE,
  };
  g_autoptr (GError) error = NULL;
  BtStream *stream = bt_dialer_connect (swarm->env->dialer, &dial, &error);

  bt_known_peers_set_connected (swarm->known, known);
  if (stream == NULL)
    bt_known_peers_set_closed (swarm->known, known, FALSE, bt_clock_get_us (swarm->env->clock));
  else
    add_peer (swarm, stream, known, known->sources, NULL, 0)->is_punch = dial.is_punch;
}

/* Whether what we said was perhaps not understood: a connection stood, and ended without an answer. */
static gboolean
was_not_answered (BtPeer *peer)
{
  switch (bt_peer_get_close_reason (peer))
    {
    case BT_CLOSE_UNREACHABLE:
    case BT_CLOSE_CONNECT_TIMEOUT:
    case BT_CLOSE_HANDSHAKE_TIMEOUT:
    case BT_CLOSE_BY_PEER:
    case BT_CLOSE_PROTOCOL:
      return bt_peer_is_outgoing (peer) &&
             bt_stream_get_local (bt_peer_get_stream (peer))->family != BT_FAMILY_NONE;

    case BT_CLOSE_NONE:
    case BT_CLOSE_SILENT:
    case BT_CLOSE_ABUSIVE:
    case BT_CLOSE_SELF:
    case BT_CLOSE_DOUBLE:
    case BT_CLOSE_FULL:
    case BT_CLOSE_FOREIGN:
    case BT_CLOSE_REDUNDANT:
    case BT_CLOSE_BANNED:
    case BT_CLOSE_STOPPED:
    case BT_CLOSE_UNWANTED:
    case BT_CLOSE_BLOCKED:
    default:
      return FALSE;
    }
}

/* It did not let us in, or was not there, so nothing is known of the peer. How often that is tried is the proxy's
 * matter: it is given a rest. */
static gboolean
was_proxy_at_fault (const BtSwarmEnvironment *env,
                    BtPeer                   *peer)
{
  const GError *error = bt_stream_get_error (bt_peer_get_stream (peer));

  return env->is_proxied &&
         (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE) ||
          g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_NEED_AUTH) ||
          g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED));
}

void
bt_swarm_known_closed (const BtSwarmEnvironment *env,
                       BtKnownPeers             *known_peers,
                       BtKnownPeer              *known,
                       BtPeer                   *peer,
                       gboolean                  is_greeted,
                       gboolean                  has_worked)
{
  BtEncrypted encrypted = bt_stream_get_encrypted (bt_peer_get_stream (peer));
  gint64 now_us = bt_clock_get_us (env->clock);

  if (!is_greeted && was_proxy_at_fault (env, peer))
    bt_known_peers_set_untried (known_peers, known, now_us);
  else if (!is_greeted && bt_dialer_may_be_plain (env->dialer) && was_not_answered (peer))
    bt_known_peers_set_not_understood (known_peers, known, encrypted != BT_ENCRYPTED_NOTHING,
                                       now_us);
  else
    bt_known_peers_set_closed (known_peers, known, has_worked, now_us);
}

gboolean
bt_swarm_connect_one (BtSwarm *swarm)
{
  BtKnownPeer *known;

  if (!bt_swarm_is_running (swarm) || swarm->peers->len >= swarm->max_peers)
    return FALSE;
  known = bt_swarm_pick_known (swarm, bt_clock_get_us (swarm->env->clock));
  if (known == NULL)
    return FALSE;

  swarm->has_dialled = TRUE;
  bt_swarm_dial (swarm, known, FALSE);
  return TRUE;
}

/* Whom a newcomer may replace: an attempt that has not been answered so far, or, by BEP 40, the one
 * of the lowest canonical priority, when the newcomer's is higher; but not one that data comes from
 * or goes to. */
static SwarmPeer *
find_replaceable (BtSwarm         *swarm,
                  const BtAddress *newcomer,
                  const BtAddress *own)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  guint32 lowest = bt_canonical_priority (own, newcomer);
  SwarmPeer *found = NULL;

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      guint32 priority;

      if (bt_peer_get_close_reason (sp->peer) != BT_CLOSE_NONE || (sp->source & BT_SOURCE_PERSON) ||
          (sp->moved_at_us != 0 && now_us - sp->moved_at_us < BT_SWARM_BUSY_US))
        continue;
      if (bt_peer_get_state (sp->peer) == BT_PEER_CONNECTING &&
          now_us - sp->came_at_us >= BT_SWARM_ATTEMPT_US)
        return sp;
      priority = bt_canonical_priority (own, bt_peer_get_address (sp->peer));
      if (priority < lowest)
        {
          lowest = priority;
          found = sp;
        }
    }
  return found;
}

/* --- Turnover --- */

static void
note_moved (SwarmPeer *sp,
            gint64     now_us)
{
  const BtPeerCounters *counters = bt_peer_get_counters (sp->peer);
  guint64 moved_bytes = counters->received_payload_bytes + counters->sent_payload_bytes;

  if (moved_bytes == sp->moved_bytes)
    return;
  sp->moved_bytes = moved_bytes;
  sp->moved_at_us = now_us;
}

/* Since when neither has had anything from the other; a seed keeps nobody waiting for nothing who
 * waits for his turn. G_MAXINT64: it is of use, or too new to tell. */
static gint64
get_useless_since_us (BtSwarm   *swarm,
                      SwarmPeer *sp,
                      gint64     now_us)
{
  gint64 since_us = MAX (sp->moved_at_us, bt_peer_get_connected_at_us (sp->peer));

  if (!sp->is_greeted || (sp->source & BT_SOURCE_PERSON) ||
      bt_peer_get_close_reason (sp->peer) != BT_CLOSE_NONE ||
      now_us - since_us < BT_SWARM_USELESS_US ||
      (swarm->state == BT_SWARM_SEEDING && bt_peer_is_interested (sp->peer)))
    return G_MAXINT64;
  return since_us;
}

static SwarmPeer *
find_useless (BtSwarm *swarm,
              gint64   now_us)
{
  gint64 earliest_us = G_MAXINT64;
  SwarmPeer *found = NULL;

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      gint64 since_us = get_useless_since_us (swarm, sp, now_us);

      if (since_us < earliest_us)
        {
          earliest_us = since_us;
          found = sp;
        }
    }
  return found;
}

void
bt_swarm_turn_over (BtSwarm *swarm,
                    gint64   now_us)
{
  const BtKnownPeer *next;

  for (guint i = 0; i < swarm->peers->len; i++)
    note_moved (g_ptr_array_index (swarm->peers, i), now_us);
  if (now_us - swarm->turned_over_at_us < BT_SWARM_TURNOVER_US)
    return;
  swarm->turned_over_at_us = now_us;
  if (swarm->peers->len < swarm->max_peers && swarm->ops->may_connect (swarm->session))
    return;

  next = bt_swarm_pick_known (swarm, now_us);
  if (next == NULL || next->n_failures > 0)
    return;
  for (guint n = MAX (1, swarm->max_peers / TURNOVER_PART); n > 0; n--)
    {
      SwarmPeer *sp = find_useless (swarm, now_us);

      if (sp == NULL)
        break;
      bt_peer_close (sp->peer, BT_CLOSE_FULL);
    }
}

void
bt_swarm_take_stream (BtSwarm      *swarm,
                      BtStream     *stream,
                      const guint8 *received,
                      gsize         n_received)
{
  const BtAddress *remote = bt_stream_get_remote (stream);

  if (!bt_swarm_is_running (swarm) || bt_known_peers_is_banned (swarm->known, remote) ||
      !bt_swarm_has_room_for_ip (swarm, remote))
    {
      bt_stream_free (stream);
      return;
    }
  if (swarm->peers->len >= swarm->max_peers || !swarm->ops->may_connect (swarm->session))
    {
      SwarmPeer *replaced = find_replaceable (swarm, remote, bt_stream_get_local (stream));

      if (replaced == NULL || swarm->peers->len > 2 * swarm->max_peers)
        {
          bt_stream_free (stream);
          return;
        }
      bt_peer_close (replaced->peer, BT_CLOSE_FULL);
    }
  add_peer (swarm, stream, NULL, BT_SOURCE_INCOMING, received, n_received);
}
