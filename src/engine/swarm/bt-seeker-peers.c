/* bt-seeker-peers.c - a magnet's connections: nothing passes but the description
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-seeker"

#include "bt-seeker-private.h"
#include "bt-swarm-private.h"

#include <string.h>

#define MAX_PEX 4  /* messages with peers (BEP 11) that one may send */

void
bt_seeker_limit_stream (BtSeeker *seeker,
                        BtStream *stream)
{
  gboolean is_exempt = seeker->env->exempt_local &&
                       bt_address_is_local (bt_stream_get_remote (stream));

  bt_stream_set_limits (stream, is_exempt ? NULL : seeker->read_limits,
                        is_exempt ? NULL : seeker->write_limits);
}

void
bt_seeker_add_stream (BtSeeker     *seeker,
                      BtStream     *stream,
                      BtKnownPeer  *known,
                      guint         sources,
                      const guint8 *received,
                      gsize         n_received)
{
  SeekerPeer *sp = g_new0 (SeekerPeer, 1);
  BtHandshake ours = {
    .has_fast = TRUE,
    .has_extended = TRUE,
    .has_dht = seeker->env->dht_port != 0,
  };

  memcpy (ours.info_hash, bt_seeker_get_info_hash (seeker), BT_SHA1_BYTES);
  memcpy (ours.peer_id, seeker->peer_id, BT_WIRE_PEER_ID_BYTES);
  bt_seeker_limit_stream (seeker, stream);
  sp->known = known;
  sp->sources = sources;
  sp->came_at_us = bt_clock_get_us (seeker->env->clock);
  g_ptr_array_add (seeker->peers, sp);
  seeker->n_connecting++;
  sp->peer = bt_peer_new (seeker->env->peer_shared, &bt_seeker_peer_ops, seeker, stream, NULL,
                          &ours, received, n_received);
  bt_peer_set_data (sp->peer, sp);
  seeker->ops->connections (seeker->session, 1);
}

/* --- Asking --- */

static void
send_message (SeekerPeer     *sp,
              BtMetadataType  type,
              guint32         piece)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  BtMetadataMessage message = { .type = type, .piece = piece };

  bt_metadata_message_put (payload, &message);
  bt_peer_send_extension (sp->peer, BT_EXTENSION_METADATA, payload->data, payload->len);
}

void
bt_seeker_ask (BtSeeker *seeker)
{
  gint64 now_us = bt_clock_get_us (seeker->env->clock);
  gpointer owner;
  guint32 piece;

  if (seeker->state != BT_SEEKER_SEEKING)
    return;
  while (bt_metadata_fetch_next (seeker->fetch, now_us, &owner, &piece))
    send_message (owner, BT_METADATA_REQUEST, piece);
}

static gboolean
is_open (const SeekerPeer *sp)
{
  return bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE;
}

static void
note_useless (BtSeeker   *seeker,
              SeekerPeer *sp)
{
  if (sp->is_useless)
    return;
  sp->is_useless = TRUE;
  seeker->n_refused++;
}

/* Many peers of a test, or of a tunnel, share the loopback address: there only the one is banned. */
static void
ban (BtSeeker        *seeker,
     const BtAddress *address)
{
  gboolean is_shared = bt_address_is_loopback (address);
  BtKnownPeer *known = bt_known_peers_find (seeker->known, address);

  seeker->n_lied++;
  if (known != NULL)
    known->is_banned = TRUE;
  if (!is_shared)
    bt_known_peers_ban (seeker->known, address);
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);
      const BtAddress *remote = bt_peer_get_address (sp->peer);

      if (is_shared ? !bt_address_equal (remote, address) : !bt_address_equal_ip (remote, address))
        continue;
      if (sp->known != NULL)
        sp->known->is_banned = TRUE;
      bt_peer_close (sp->peer, BT_CLOSE_BANNED);
    }
}

static void
ban_liars (BtSeeker *seeker)
{
  BtAddress address;

  while (bt_metadata_fetch_take_liar (seeker->fetch, &address))
    ban (seeker, &address);
}

/* --- Greeting --- */

static SeekerPeer *
find_same_id (BtSeeker     *seeker,
              SeekerPeer   *newcomer,
              const guint8 *peer_id)
{
  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      if (sp != newcomer && sp->is_greeted && is_open (sp) &&
          memcmp (bt_peer_get_id (sp->peer), peer_id, BT_WIRE_PEER_ID_BYTES) == 0)
        return sp;
    }
  return NULL;
}

static void
send_extended (BtSeeker   *seeker,
               SeekerPeer *sp)
{
  BtExtensionHandshake handshake;

  bt_swarm_begin_extended (seeker->env, sp->peer, &handshake);
  handshake.ids[BT_EXTENSION_METADATA] = BT_EXTENSION_METADATA;
  if (seeker->env->use_pex)
    handshake.ids[BT_EXTENSION_PEX] = BT_EXTENSION_PEX;
  bt_peer_send_extended_handshake (sp->peer, &handshake);
}

/* BEP 6 wants to be told, and how many pieces there are is not known. */
static void
send_nothing (SeekerPeer *sp)
{
  BtBitfield none;

  bt_bitfield_init (&none, 1);
  bt_peer_send_pieces (sp->peer, &none);
  bt_bitfield_clear (&none);
}

static BtCloseReason
greeted (gpointer           user_data,
         BtPeer            *peer,
         const BtHandshake *handshake)
{
  BtSeeker *seeker = user_data;
  SeekerPeer *sp = bt_peer_get_data (peer);
  SeekerPeer *old;

  if (memcmp (handshake->peer_id, seeker->peer_id, BT_WIRE_PEER_ID_BYTES) == 0)
    {
      if (sp->known != NULL)
        sp->known->is_self = TRUE;
      return BT_CLOSE_SELF;
    }
  old = find_same_id (seeker, sp, handshake->peer_id);
  if (old != NULL)
    {
      if (bt_swarm_is_newcomer_redundant (seeker->env, peer, old->peer, seeker->peer_id,
                                          handshake->peer_id))
        return BT_CLOSE_DOUBLE;
      bt_peer_close (old->peer, BT_CLOSE_DOUBLE);
    }
  if (!bt_peer_is_outgoing (peer))
    seeker->ops->has_come (seeker->session, bt_peer_get_address (peer));
  sp->is_greeted = TRUE;
  seeker->n_connecting--;
  seeker->n_met++;
  bt_swarm_note_transport (sp->known, peer, TRUE);
  sp->source = bt_metadata_fetch_add (seeker->fetch, bt_peer_get_address (peer), sp);
  if (bt_peer_has_fast (peer))
    send_nothing (sp);
  if (bt_peer_has_extended (peer))
    send_extended (seeker, sp);
  else
    note_useless (seeker, sp);
  if (bt_peer_has_dht (peer) && seeker->env->dht_port != 0)
    bt_peer_send_port (peer, seeker->env->dht_port);
  return BT_CLOSE_NONE;
}

/* An incoming peer has told where it listens. */
static void
extended (gpointer                    user_data,
          BtPeer                     *peer,
          const BtExtensionHandshake *handshake)
{
  BtSeeker *seeker = user_data;
  SeekerPeer *sp = bt_peer_get_data (peer);
  gboolean has_it = bt_peer_speaks (peer, BT_EXTENSION_METADATA);

  if (handshake->your_ip.family != BT_FAMILY_NONE)
    seeker->ops->seen_at (seeker->session, bt_peer_get_address (peer), &handshake->your_ip);
  if (sp->known == NULL)
    sp->known = bt_swarm_learn_port (seeker->env, seeker->known, peer, handshake->listen_port);
  if (has_it && handshake->metadata_bytes == 0)
    /* A later handshake need not say everything again. */
    has_it = bt_metadata_source_has_size (sp->source);
  else if (!bt_metadata_fetch_set_size (seeker->fetch, sp->source,
                                        has_it ? handshake->metadata_bytes : 0))
    {
      ban (seeker, bt_peer_get_address (peer));
      return;
    }
  if (has_it)
    sp->is_useless = FALSE;
  else
    note_useless (seeker, sp);
  bt_seeker_ask (seeker);
}

/* --- Answers --- */

static void
take_request (BtSeeker   *seeker,
              SeekerPeer *sp,
              guint32     piece)
{
  if (++sp->n_rejected > BT_SEEKER_MAX_REQUESTS)
    bt_peer_close (sp->peer, BT_CLOSE_ABUSIVE);
  else
    send_message (sp, BT_METADATA_REJECT, piece);
}

static void
take_answer (BtSeeker                *seeker,
             SeekerPeer              *sp,
             const BtMetadataMessage *message)
{
  gint64 now_us = bt_clock_get_us (seeker->env->clock);
  gboolean is_good;
  GBytes *bytes;

  if (message->type == BT_METADATA_DATA)
    is_good = bt_metadata_fetch_take (seeker->fetch, sp->source, message, now_us);
  else
    is_good = bt_metadata_fetch_reject (seeker->fetch, sp->source, message->piece, now_us);
  if (!is_good && !bt_metadata_source_is_liar (sp->source))
    {
      seeker->n_lied++;
      bt_peer_close (sp->peer, BT_CLOSE_ABUSIVE);
    }
  ban_liars (seeker);
  bytes = bt_metadata_fetch_get_bytes (seeker->fetch);
  if (bytes != NULL && seeker->state == BT_SEEKER_SEEKING)
    bt_seeker_finish (seeker, bytes);
  bt_seeker_ask (seeker);
}

/* What is not known to be private yet may be told of; only hints, as in a swarm. */
static void
hear_pex (BtSeeker     *seeker,
          SeekerPeer   *sp,
          const guint8 *payload,
          gsize         n_bytes)
{
  BtPexPeer told[2 * BT_PEX_MAX_TAKEN];
  guint n_told;

  if (!seeker->env->use_pex || sp->n_pex++ >= MAX_PEX ||
      !bt_swarm_pex_read (sp->peer, payload, n_bytes, told, &n_told))
    return;
  for (guint i = 0; i < n_told; i++)
    bt_seeker_add_peer (seeker, &told[i].address, BT_SOURCE_PEX);
}

static void
extension (gpointer      user_data,
           BtPeer       *peer,
           BtExtension   kind,
           const guint8 *payload,
           gsize         n_bytes)
{
  BtSeeker *seeker = user_data;
  SeekerPeer *sp = bt_peer_get_data (peer);
  BtMetadataMessage message;

  if (kind == BT_EXTENSION_PEX && !seeker->is_stopping)
    hear_pex (seeker, sp, payload, n_bytes);
  if (kind != BT_EXTENSION_METADATA || seeker->is_stopping)
    return;
  if (!bt_metadata_message_parse (payload, n_bytes, &message))
    {
      bt_peer_close (peer, BT_CLOSE_PROTOCOL);
      return;
    }
  switch (message.type)
    {
    case BT_METADATA_REQUEST:
      take_request (seeker, sp, message.piece);
      break;

    case BT_METADATA_DATA:
    case BT_METADATA_REJECT:
      take_answer (seeker, sp, &message);
      break;

    case BT_METADATA_UNKNOWN:
    default:
      break;
    }
}

/* --- Places --- */

void
bt_seeker_judge_silent (BtSeeker   *seeker,
                        SeekerPeer *sp,
                        gint64      now_us)
{
  if (!sp->is_greeted || !is_open (sp))
    return;
  if (bt_metadata_source_is_refusing (sp->source))
    {
      note_useless (seeker, sp);
      bt_peer_close (sp->peer, BT_CLOSE_REDUNDANT);
    }
  else if (!bt_metadata_source_has_size (sp->source) &&
           now_us - bt_peer_get_connected_at_us (sp->peer) >= BT_SEEKER_SILENT_US)
    note_useless (seeker, sp);
}

gboolean
bt_seeker_make_room (BtSeeker *seeker)
{
  gint64 now_us = bt_clock_get_us (seeker->env->clock);

  for (guint i = 0; i < seeker->peers->len; i++)
    {
      SeekerPeer *sp = g_ptr_array_index (seeker->peers, i);

      if (is_open (sp) && (sp->is_useless || (!sp->is_greeted && now_us - sp->came_at_us >=
                                                                   BT_SEEKER_ATTEMPT_US)))
        {
          bt_peer_close (sp->peer, BT_CLOSE_FULL);
          return TRUE;
        }
    }
  return FALSE;
}

/* --- The end of a connection --- */

static gboolean
has_worked (SeekerPeer    *sp,
            BtCloseReason  reason)
{
  return sp->is_greeted && !sp->is_useless && reason != BT_CLOSE_PROTOCOL &&
         reason != BT_CLOSE_ABUSIVE && reason != BT_CLOSE_SELF && reason != BT_CLOSE_DOUBLE;
}

static void
closed (gpointer       user_data,
        BtPeer        *peer,
        BtCloseReason  reason)
{
  BtSeeker *seeker = user_data;
  SeekerPeer *sp = bt_peer_get_data (peer);

  g_debug ("%s: %s", bt_peer_get_client (peer), bt_close_reason_to_string (reason));
  if (!sp->is_greeted)
    {
      seeker->n_connecting--;
      seeker->n_unreachable += bt_peer_is_outgoing (peer);
    }
  if (sp->source != NULL)
    bt_metadata_fetch_remove (seeker->fetch, sp->source);
  bt_swarm_note_transport (sp->known, peer, sp->is_greeted);
  if (sp->known != NULL)
    bt_swarm_known_closed (seeker->env, seeker->known, sp->known, peer, sp->is_greeted,
                           has_worked (sp, reason));
  g_ptr_array_remove_fast (seeker->peers, sp);
  bt_peer_free (peer);
  g_free (sp);
  seeker->ops->connections (seeker->session, -1);
  bt_seeker_ask (seeker);
  bt_seeker_continue_stop (seeker);
}

static void
dht_node (gpointer         user_data,
          BtPeer          *peer,
          const BtAddress *node)
{
  BtSeeker *seeker = user_data;

  seeker->ops->dht_node (seeker->session, node);
}

/* --- What has no meaning here --- */

static gboolean
has_pieces (gpointer      user_data,
            BtPeer       *peer,
            const guint8 *bytes,
            gsize         n_bytes,
            gboolean      has_all)
{
  return TRUE;
}

static void
have (gpointer  user_data,
      BtPeer   *peer,
      guint32   piece,
      gboolean  has)
{
}

static void
ignore_state (gpointer  user_data,
              BtPeer   *peer,
              gboolean  is_so)
{
}

static void
ignore (gpointer  user_data,
        BtPeer   *peer)
{
}

static guint
pick (gpointer     user_data,
      BtPeer      *peer,
      BtBlockSpan *out_spans,
      guint        n_max)
{
  return 0;
}

static BtPeerBlock
block (gpointer           user_data,
       BtPeer            *peer,
       const BtBlockSpan *span,
       guint8            *slot)
{
  BtSeeker *seeker = user_data;

  bt_block_pool_release (seeker->env->pool, slot);
  return BT_PEER_BLOCK_UNASKED;
}

static gboolean
never (gpointer           user_data,
       BtPeer            *peer,
       const BtBlockSpan *span)
{
  return FALSE;
}

const BtPeerOps bt_seeker_peer_ops = {
  .greeted = greeted,
  .has_pieces = has_pieces,
  .have = have,
  .choked = ignore_state,
  .interested = ignore_state,
  .pick = pick,
  .block = block,
  .rejected = never,
  .snubbed = ignore,
  .wants_blocks = ignore,
  .may_serve = never,
  .extended = extended,
  .extension = extension,
  .dht_node = dht_node,
  .upload_only = ignore,
  .closed = closed,
};
