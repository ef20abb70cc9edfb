/* bt-swarm-peers.c - what peers tell us, from their greeting to their end
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-swarm"

#include "bt-swarm-private.h"

#include "base/bt-random.h"

#include <string.h>

#define DOUBLE_GRACE_US   (10 * BT_SECOND_US)
#define DOUBLE_SILENCE_US (10 * BT_SECOND_US)
#define SHORT_LIFE_US     (60 * BT_SECOND_US)

/* --- Greeting --- */

static SwarmPeer *
find_same_id (BtSwarm      *swarm,
              SwarmPeer    *newcomer,
              const guint8 *peer_id)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp != newcomer && sp->is_greeted &&
          bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE &&
          memcmp (bt_peer_get_id (sp->peer), peer_id, BT_WIRE_PEER_ID_BYTES) == 0)
        return sp;
    }
  return NULL;
}

void
bt_swarm_draw_peer_id (const BtSwarmEnvironment *env,
                       guint8                    out_id[BT_WIRE_PEER_ID_BYTES])
{
  memcpy (out_id, env->peer_id, BT_WIRE_PEER_ID_BYTES);
  if (env->is_anonymous)
    bt_random_fill_letters (out_id, BT_WIRE_PEER_ID_BYTES);
}

/* Its network may have gone and come back, without a word to the old connection. A peer id can be claimed by anybody:
 * from another address it takes a proof that nobody is at the old one any more. */
static gboolean
is_left_behind (const BtSwarmEnvironment *env,
                BtPeer                   *newcomer,
                BtPeer                   *old)
{
  if (bt_clock_get_us (env->clock) - bt_peer_get_heard_at_us (old) <= DOUBLE_SILENCE_US)
    return FALSE;
  return bt_peer_is_unanswered (old) ||
         bt_address_equal_ip (bt_peer_get_address (newcomer), bt_peer_get_address (old));
}

/* When both sides dialled at the same time, both keep the one dialled by the higher peer id. */
gboolean
bt_swarm_is_newcomer_redundant (const BtSwarmEnvironment *env,
                                BtPeer                   *newcomer,
                                BtPeer                   *old,
                                const guint8             *ours,
                                const guint8             *theirs)
{
  gint64 now_us = bt_clock_get_us (env->clock);
  gboolean ours_is_higher = memcmp (ours, theirs, BT_WIRE_PEER_ID_BYTES) > 0;

  if (is_left_behind (env, newcomer, old))
    return FALSE;
  if (bt_peer_is_outgoing (newcomer) == bt_peer_is_outgoing (old) ||
      now_us - bt_peer_get_connected_at_us (old) > DOUBLE_GRACE_US)
    return TRUE;
  return bt_peer_is_outgoing (newcomer) != ours_is_higher;
}

/* Of two connections to one peer the other stays: we know where we dialled it, and need not again. */
static void
hand_over (SwarmPeer *from,
           SwarmPeer *to)
{
  to->source |= from->source;
  if (to->known == NULL)
    to->known = g_steal_pointer (&from->known);
}

void
bt_swarm_begin_extended (const BtSwarmEnvironment *env,
                         BtPeer                   *peer,
                         BtExtensionHandshake     *out_handshake)
{
  *out_handshake = (BtExtensionHandshake) {
    .has_m = TRUE,
    .request_queue = BT_PEER_OUR_REQQ,
    .listen_port = bt_address_is_local (bt_peer_get_address (peer)) ? env->port
                                                                    : env->announced_port,
  };
  /* Through a proxy we do not know what the other side is reached at; and who wants to be nobody says no more than
   * is needed. */
  if (!env->is_proxied && !env->is_anonymous)
    out_handshake->your_ip = *bt_peer_get_address (peer);
  out_handshake->your_ip.port = 0;
  g_strlcpy (out_handshake->client, env->client, sizeof out_handshake->client);
}

static void
send_extended (BtSwarm *swarm,
               BtPeer  *peer)
{
  BtExtensionHandshake handshake;

  bt_swarm_begin_extended (swarm->env, peer, &handshake);
  handshake.ids[BT_EXTENSION_DONT_HAVE] = BT_EXTENSION_DONT_HAVE;
  handshake.ids[BT_EXTENSION_UPLOAD_ONLY] = BT_EXTENSION_UPLOAD_ONLY;
  if (bt_swarm_uses_pex (swarm))
    handshake.ids[BT_EXTENSION_PEX] = BT_EXTENSION_PEX;
  if (bt_swarm_uses_holepunch (swarm))
    handshake.ids[BT_EXTENSION_HOLEPUNCH] = BT_EXTENSION_HOLEPUNCH;
  handshake.metadata_bytes = bt_swarm_get_metadata_bytes (swarm);
  if (handshake.metadata_bytes > 0)
    handshake.ids[BT_EXTENSION_METADATA] = BT_EXTENSION_METADATA;
  handshake.has_upload_only = TRUE;
  /* BEP 16: like one that has not got it all yet. */
  handshake.is_upload_only = swarm->state == BT_SWARM_SEEDING && !swarm->is_super_seeding;
  bt_peer_send_extended_handshake (peer, &handshake);
}

static void
send_allowed_fast (BtSwarm *swarm,
                   BtPeer  *peer)
{
  const BtAddress *address = bt_peer_get_address (peer);
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  guint32 pieces[BT_SWARM_N_ALLOWED_FAST];
  guint n, n_had = 0;

  /* BEP 6: only for those who have next to nothing, of what we have, and never a large part of a
   * small torrent. */
  if (address->family != BT_FAMILY_IPV4 || swarm->geometry->n_pieces < 4 * BT_SWARM_N_ALLOWED_FAST)
    return;
  n = bt_wire_get_allowed_fast (address->ip, bt_metainfo_get_info_hash_v1 (swarm->metainfo),
                                swarm->geometry->n_pieces, BT_SWARM_N_ALLOWED_FAST, pieces);
  for (guint i = 0; i < n; i++)
    if (bt_bitfield_get (have, pieces[i]))
      pieces[n_had++] = pieces[i];
  bt_peer_send_allowed_fast (peer, pieces, n_had);
}

/* Of one family: all who are known are put in another order when it changes. */
static void
note_own_address (BtSwarm         *swarm,
                  const BtAddress *local)
{
  if (swarm->own_address.family != BT_FAMILY_NONE && swarm->own_address.family != local->family)
    return;
  swarm->own_address = *local;
  swarm->own_address.port = swarm->env->port;
}

static BtCloseReason
greeted (gpointer           user_data,
         BtPeer            *peer,
         const BtHandshake *handshake)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);
  SwarmPeer *old;

  if (memcmp (handshake->peer_id, swarm->peer_id, BT_WIRE_PEER_ID_BYTES) == 0)
    {
      if (sp->known != NULL)
        sp->known->is_self = TRUE;
      return BT_CLOSE_SELF;
    }
  old = find_same_id (swarm, sp, handshake->peer_id);
  if (old != NULL)
    {
      if (bt_swarm_is_newcomer_redundant (swarm->env, peer, old->peer, swarm->peer_id,
                                          handshake->peer_id))
        {
          hand_over (sp, old);
          return BT_CLOSE_DOUBLE;
        }
      hand_over (old, sp);
      bt_peer_close (old->peer, BT_CLOSE_DOUBLE);
    }

  if (!bt_peer_is_outgoing (peer))
    swarm->ops->has_come (swarm->session, bt_peer_get_address (peer));
  sp->is_greeted = TRUE;
  /* Only now is it certain what it runs over. */
  bt_swarm_limit_stream (swarm, bt_peer_get_stream (peer));
  swarm->n_connecting--;
  sp->picker_peer = bt_picker_add_peer (swarm->picker, sp);
  sp->blame_id = bt_picker_peer_get_blame_id (sp->picker_peer);
  if (swarm->by_blame == NULL)
    swarm->by_blame = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_insert (swarm->by_blame, GUINT_TO_POINTER (sp->blame_id),
                       g_memdup2 (bt_peer_get_address (peer), sizeof (BtAddress)));
  sp->n_haves_told = swarm->new_haves->len;
  bt_swarm_note_transport (sp->known, peer, TRUE);
  note_own_address (swarm, bt_stream_get_local (bt_peer_get_stream (peer)));
  if (bt_swarm_is_super_seeding (swarm))
    bt_swarm_super_greet (swarm, sp);
  else
    bt_peer_send_pieces (peer, bt_picker_get_have (swarm->picker));
  send_extended (swarm, peer);
  if (bt_peer_has_dht (peer) && bt_swarm_uses_dht (swarm))
    bt_peer_send_port (peer, swarm->env->dht_port);
  return BT_CLOSE_NONE;
}

static void
upload_only (gpointer  user_data,
             BtPeer   *peer)
{
  BtSwarm *swarm = user_data;

  if (swarm->state == BT_SWARM_SEEDING && bt_peer_is_upload_only (peer))
    bt_peer_close (peer, BT_CLOSE_REDUNDANT);
}

void
bt_swarm_note_transport (BtKnownPeer *known,
                         BtPeer      *peer,
                         gboolean     is_greeted)
{
  BtTransport transport = bt_stream_get_transport (bt_peer_get_stream (peer));

  if (known == NULL || transport == BT_TRANSPORT_BOTH)
    return;
  if (!is_greeted)
    transport = transport == BT_TRANSPORT_TCP ? BT_TRANSPORT_UTP : BT_TRANSPORT_TCP;
  known->first_transport = (guint8) transport;
}

BtKnownPeer *
bt_swarm_learn_port (const BtSwarmEnvironment *env,
                     BtKnownPeers             *all,
                     BtPeer                   *peer,
                     guint16                   port)
{
  BtAddress address = *bt_peer_get_address (peer);
  BtKnownPeer *known;

  if (port == 0)
    return NULL;
  address.port = port;
  known = bt_known_peers_add (all, &address, BT_SOURCE_INCOMING, bt_clock_get_us (env->clock));
  if (known == NULL || known->is_connected)
    return NULL;
  bt_known_peers_set_connected (all, known);
  bt_swarm_note_transport (known, peer, TRUE);
  return known;
}

static void
extended (gpointer                    user_data,
          BtPeer                     *peer,
          const BtExtensionHandshake *handshake)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);

  if (handshake->your_ip.family != BT_FAMILY_NONE)
    swarm->ops->seen_at (swarm->session, bt_peer_get_address (peer), &handshake->your_ip);
  if (sp->known == NULL)
    sp->known = bt_swarm_learn_port (swarm->env, swarm->known, peer, handshake->listen_port);
  upload_only (swarm, peer);
}

/* --- Pieces and interest --- */

static gboolean
is_seed (SwarmPeer *sp)
{
  return sp->picker_peer != NULL &&
         bt_bitfield_is_full (bt_picker_peer_get_pieces (sp->picker_peer));
}

void
bt_swarm_update_interest (BtSwarm   *swarm,
                          SwarmPeer *sp)
{
  gboolean was_interested = bt_peer_am_interested (sp->peer);
  gboolean is_interested = swarm->state == BT_SWARM_DOWNLOADING || swarm->state == BT_SWARM_NO_SPACE
                             ? bt_picker_peer_get_n_wanted (sp->picker_peer) > 0
                             : FALSE;

  if (was_interested == is_interested)
    return;
  bt_peer_set_interested (sp->peer, is_interested);
  if (is_interested)
    bt_peer_fill_requests (sp->peer);
}

/* What it has changed. */
static void
pieces_changed (BtSwarm   *swarm,
                SwarmPeer *sp)
{
  if (is_seed (sp))
    {
      if (sp->known != NULL)
        bt_known_peers_set_seed (swarm->known, sp->known, TRUE);
      if (swarm->state == BT_SWARM_SEEDING)
        {
          bt_peer_close (sp->peer, BT_CLOSE_REDUNDANT);
          return;
        }
    }
  bt_swarm_update_interest (swarm, sp);
}

static gboolean
has_pieces (gpointer      user_data,
            BtPeer       *peer,
            const guint8 *bytes,
            gsize         n_bytes,
            gboolean      has_all)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);
  BtBitfield field;

  bt_bitfield_init (&field, swarm->geometry->n_pieces);
  if (has_all)
    bt_bitfield_set_all (&field);
  else if (bytes != NULL && !bt_bitfield_set_bytes (&field, bytes, n_bytes))
    {
      bt_bitfield_clear (&field);
      return FALSE;
    }
  bt_picker_peer_set_pieces (swarm->picker, sp->picker_peer, &field);
  if (field.n_set < BT_SWARM_N_ALLOWED_FAST && sp->super == NULL)
    send_allowed_fast (swarm, peer);
  bt_bitfield_clear (&field);
  pieces_changed (swarm, sp);
  return TRUE;
}

static void
have (gpointer  user_data,
      BtPeer   *peer,
      guint32   piece,
      gboolean  has)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);
  gboolean changed = has ? bt_picker_peer_have (swarm->picker, sp->picker_peer, piece)
                         : bt_picker_peer_dont_have (swarm->picker, sp->picker_peer, piece);

  if (!changed)
    return;
  pieces_changed (swarm, sp);
  if (has)
    bt_swarm_super_has (swarm, piece);
  if (has && bt_peer_am_interested (peer) && bt_peer_get_n_requests (peer) < BT_PEER_MIN_REQUESTS)
    bt_peer_fill_requests (peer);
}

static void
take_back_requests (BtSwarm   *swarm,
                    SwarmPeer *sp)
{
  bt_peer_forget_requests (sp->peer);
  if (bt_picker_return_all (swarm->picker, sp->picker_peer) > 0)
    bt_swarm_queue_upkeep (swarm);
}

static void
choked (gpointer  user_data,
        BtPeer   *peer,
        gboolean  is_choked)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);

  /* With BEP 6 each request is answered with a reject; without, the choke has dropped them. */
  if (is_choked && !bt_peer_has_fast (peer))
    take_back_requests (swarm, sp);
}

static void
snubbed (gpointer  user_data,
         BtPeer   *peer)
{
  take_back_requests (user_data, bt_peer_get_data (peer));
}

static gboolean
rejected (gpointer           user_data,
          BtPeer            *peer,
          const BtBlockSpan *span)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);

  if (!bt_picker_return_request (swarm->picker, sp->picker_peer, span))
    return FALSE;
  bt_swarm_queue_upkeep (swarm);
  return TRUE;
}

static void
interested (gpointer  user_data,
            BtPeer   *peer,
            gboolean  is_interested)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);

  if (!is_interested)
    {
      bt_swarm_set_choking (swarm, sp, TRUE);
      bt_swarm_super_lost_interest (swarm, sp);
    }
  bt_swarm_queue_upkeep (swarm);
}

/* --- The end of a connection --- */

static void
log_closed (BtPeer        *peer,
            BtCloseReason  reason)
{
  char buffer[BT_ADDRESS_STRING_BYTES];

  g_debug ("%s, %s: %s (%s)", bt_address_to_string (bt_peer_get_address (peer), buffer),
           bt_peer_get_client (peer), bt_close_reason_to_string (reason),
           bt_wire_reason_to_string (bt_peer_get_wire_reason (peer)));
}

/* Whether to come back soon. One that hung up at once has no use for us, or no room. */
static gboolean
has_worked (BtSwarm       *swarm,
            SwarmPeer     *sp,
            BtCloseReason  reason)
{
  const BtPeerCounters *counters = bt_peer_get_counters (sp->peer);
  gint64 lasted_us = bt_clock_get_us (swarm->env->clock) - bt_peer_get_connected_at_us (sp->peer);

  if (!sp->is_greeted)
    return FALSE;
  switch (reason)
    {
    case BT_CLOSE_PROTOCOL:
    case BT_CLOSE_ABUSIVE:
    case BT_CLOSE_SELF:
    case BT_CLOSE_DOUBLE:
    case BT_CLOSE_FULL:
      return FALSE;

    case BT_CLOSE_BY_PEER:
      return lasted_us >= SHORT_LIFE_US ||
             counters->received_payload_bytes + counters->sent_payload_bytes > 0;

    case BT_CLOSE_NONE:
    case BT_CLOSE_UNREACHABLE:
    case BT_CLOSE_CONNECT_TIMEOUT:
    case BT_CLOSE_HANDSHAKE_TIMEOUT:
    case BT_CLOSE_SILENT:
    case BT_CLOSE_FOREIGN:
    case BT_CLOSE_REDUNDANT:
    case BT_CLOSE_BANNED:
    case BT_CLOSE_STOPPED:
    case BT_CLOSE_UNWANTED:
    case BT_CLOSE_BLOCKED:
    case BT_CLOSE_OFFLINE:
    case BT_CLOSE_OTHER_WAY:
    default:
      return TRUE;
    }
}

/* What we know of where it listens, now that the connection is over. */
static void
update_known (BtSwarm       *swarm,
              SwarmPeer     *sp,
              BtCloseReason  reason)
{
  gboolean wants_nothing = is_seed (sp) || bt_peer_is_upload_only (sp->peer);

  if (sp->known == NULL)
    return;
  sp->known->received_bytes += bt_peer_get_counters (sp->peer)->received_payload_bytes;
  bt_swarm_note_transport (sp->known, sp->peer, sp->is_greeted);
  /* One that has not said what it has may be what it was. */
  if (wants_nothing || (sp->is_greeted && bt_picker_peer_get_pieces (sp->picker_peer)->n_set > 0))
    bt_known_peers_set_seed (swarm->known, sp->known, wants_nothing);
  bt_swarm_known_closed (swarm->env, swarm->known, sp->known, sp->peer, sp->is_greeted,
                         has_worked (swarm, sp, reason));
}

/* What it sent may turn out wrong later; those who sent nothing need not be remembered, and of the
 * others only so many. */
static void
forget_blame (BtSwarm   *swarm,
              SwarmPeer *sp)
{
  if (swarm->by_blame == NULL)
    return;
  if (bt_peer_get_counters (sp->peer)->received_payload_bytes == 0)
    {
      g_hash_table_remove (swarm->by_blame, GUINT_TO_POINTER (sp->blame_id));
      return;
    }
  g_queue_push_tail (&swarm->gone, GUINT_TO_POINTER (sp->blame_id));
  if (swarm->gone.length > BT_SWARM_MAX_GONE)
    g_hash_table_remove (swarm->by_blame, g_queue_pop_head (&swarm->gone));
}

/* Where it may be that only a hole in its NAT is missing. */
static gboolean
is_out_of_reach (SwarmPeer     *sp,
                 BtCloseReason  reason)
{
  return bt_peer_is_outgoing (sp->peer) && !sp->is_punch &&
         (reason == BT_CLOSE_UNREACHABLE || reason == BT_CLOSE_CONNECT_TIMEOUT);
}

static void
closed (gpointer       user_data,
        BtPeer        *peer,
        BtCloseReason  reason)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);
  const BtPeerCounters *counters = bt_peer_get_counters (peer);
  SwarmPeer *last;

  log_closed (peer, reason);
  swarm->gone_sent_bytes += counters->sent_payload_bytes;
  if (!sp->is_greeted)
    swarm->n_connecting--;
  update_known (swarm, sp, reason);
  if (is_out_of_reach (sp, reason))
    bt_swarm_holepunch_ask (swarm, bt_peer_get_address (peer));
  bt_swarm_forget_reads (swarm, sp);
  bt_swarm_super_forget (sp);
  bt_swarm_pex_forget (sp);
  bt_swarm_holepunch_forget (sp);
  if (sp->picker_peer != NULL)
    {
      forget_blame (swarm, sp);
      bt_picker_remove_peer (swarm->picker, sp->picker_peer);
    }

  last = g_ptr_array_index (swarm->peers, swarm->peers->len - 1);
  last->index = sp->index;
  g_ptr_array_remove_index_fast (swarm->peers, sp->index);
  bt_peer_free (peer);
  g_free (sp->metadata);
  g_free (sp);
  swarm->ops->connections (swarm->session, -1);

  /* What it had been asked for is free for the others, and so is its slot. */
  bt_swarm_queue_upkeep (swarm);
  bt_swarm_continue_stop (swarm);
}

void
bt_swarm_close_all (BtSwarm       *swarm,
                    BtCloseReason  reason)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      bt_peer_close (sp->peer, reason);
    }
}

void
bt_swarm_tell_extended (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp->is_greeted && bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE)
        send_extended (swarm, sp->peer);
    }
}

void
bt_swarm_close_seeds (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp->is_greeted && (is_seed (sp) || bt_peer_is_upload_only (sp->peer)))
        bt_peer_close (sp->peer, BT_CLOSE_REDUNDANT);
      else if (sp->is_greeted)
        {
          bt_swarm_update_interest (swarm, sp);
          send_extended (swarm, sp->peer);
        }
    }
}

void
bt_swarm_reopen (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!sp->is_greeted)
        continue;
      send_extended (swarm, sp->peer);
      bt_swarm_update_interest (swarm, sp);
    }
}

void
bt_swarm_ban (BtSwarm *swarm,
              guint32  blame_id)
{
  g_autofree BtAddress *address = NULL;
  gboolean is_shared;

  if (bt_swarm_ban_web_seed (swarm, blame_id))
    return;
  /* Once is enough: more of its blocks may turn out wrong later. */
  if (swarm->by_blame == NULL ||
      !g_hash_table_steal_extended (swarm->by_blame, GUINT_TO_POINTER (blame_id), NULL,
                                    (gpointer *) &address))
    return;
  swarm->n_banned++;
  /* Many peers of a test, or of a tunnel, share the loopback address: there only the one is
   * closed. */
  is_shared = bt_address_is_loopback (address);
  if (!is_shared)
    bt_known_peers_ban (swarm->known, address);
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp->blame_id != blame_id &&
          (is_shared || !bt_address_equal_ip (bt_peer_get_address (sp->peer), address)))
        continue;
      if (sp->known != NULL)
        sp->known->is_banned = TRUE;
      bt_peer_close (sp->peer, BT_CLOSE_BANNED);
    }
}

const BtPeerOps bt_swarm_peer_ops = {
  .greeted = greeted,
  .has_pieces = has_pieces,
  .have = have,
  .choked = choked,
  .interested = interested,
  .pick = bt_swarm_pick,
  .block = bt_swarm_block,
  .rejected = rejected,
  .snubbed = snubbed,
  .wants_blocks = bt_swarm_wants_blocks,
  .may_serve = bt_swarm_may_serve,
  .extended = extended,
  .extension = bt_swarm_extension,
  .dht_node = bt_swarm_dht_node,
  .upload_only = upload_only,
  .closed = closed,
};
