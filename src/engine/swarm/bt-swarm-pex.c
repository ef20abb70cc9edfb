/* bt-swarm-pex.c - peer exchange (BEP 11): whom we are connected with, to our peers, and theirs to us
 *
 * We tell only those whom we have met: greeted connections of which we know where they listen. What others tell is a
 * hint and no more: so many addresses a minute, and none that the teller could not know of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#define PEX_US          (60 * BT_SECOND_US)
#define FIRST_US        (5 * BT_SECOND_US)    /* after the greeting: who has just come may go at once */
#define EARLY_US        (45 * BT_SECOND_US)   /* others' minutes are not ours */
#define MAX_EARLY       3                     /* messages that come too soon and are taken all the same */
#define MAX_TOLD        200                   /* addresses that a peer was told and not taken back */
#define MAX_BAD         16                    /* messages that are none, before no more are looked at */
#define MAX_OUT_BYTES   (64u * 1024)          /* that it has not taken yet: it is told later */

struct _PeerPex
{
  GArray *told;           /* owned; BtAddress */
  gint64  told_at_us;     /* 0: never */
  gint64  came_at_us;     /* likewise */
  guint   n_early;
  guint   n_bad;
};

void
bt_swarm_pex_forget (SwarmPeer *sp)
{
  if (sp->pex == NULL)
    return;
  g_array_unref (sp->pex->told);
  g_clear_pointer (&sp->pex, g_free);
}

gboolean
bt_swarm_uses_pex (const BtSwarm *swarm)
{
  return swarm->env->use_pex && !bt_metainfo_is_private (swarm->metainfo);
}

static PeerPex *
get_pex (SwarmPeer *sp)
{
  if (sp->pex == NULL)
    {
      sp->pex = g_new0 (PeerPex, 1);
      sp->pex->told = g_array_new (FALSE, FALSE, sizeof (BtAddress));
    }
  return sp->pex;
}

/* --- Telling --- */

static gboolean
is_worth_telling (const SwarmPeer *sp)
{
  return sp->is_greeted && sp->known != NULL && !sp->known->is_self &&
         bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE;
}

static gboolean
is_encrypted (const SwarmPeer *sp)
{
  return bt_stream_get_encrypted (bt_peer_get_stream (sp->peer)) != BT_ENCRYPTED_NOTHING;
}

static guint8
get_flags (const SwarmPeer *sp)
{
  guint8 flags = 0;

  if (bt_peer_is_upload_only (sp->peer) || sp->known->is_seed)
    flags |= BT_PEX_UPLOAD_ONLY;
  if (bt_peer_is_outgoing (sp->peer))
    flags |= BT_PEX_REACHABLE;
  if (bt_peer_speaks (sp->peer, BT_EXTENSION_HOLEPUNCH))
    flags |= BT_PEX_HOLEPUNCH;
  if (is_encrypted (sp))
    flags |= BT_PEX_PREFERS_ENCRYPTION;
  if (bt_stream_get_transport (bt_peer_get_stream (sp->peer)) == BT_TRANSPORT_UTP)
    flags |= BT_PEX_UTP;
  return flags;
}

static gboolean
has_address (const GArray    *addresses,
             const BtAddress *address)
{
  for (guint i = 0; i < addresses->len; i++)
    if (bt_address_equal (&g_array_index (addresses, BtAddress, i), address))
      return TRUE;
  return FALSE;
}

/* An address of the local network means nothing to those outside, and is none of their business. */
gboolean
bt_swarm_pex_may_know_of (const BtAddress *who,
                          const BtAddress *whom)
{
  return !bt_address_is_local (whom) || bt_address_is_local (who);
}

static guint
list_added (BtSwarm   *swarm,
            SwarmPeer *to,
            BtPexPeer *out_added)
{
  guint n = 0;

  for (guint i = 0; i < swarm->peers->len && n < BT_PEX_MAX_ADDED; i++)
    {
      const SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp == to || !is_worth_telling (sp) || to->pex->told->len + n >= MAX_TOLD ||
          !bt_swarm_pex_may_know_of (bt_peer_get_address (to->peer), &sp->known->address) ||
          has_address (to->pex->told, &sp->known->address))
        continue;
      out_added[n].address = sp->known->address;
      out_added[n].flags = get_flags (sp);
      n++;
    }
  return n;
}

static guint
take_dropped (BtSwarm   *swarm,
              SwarmPeer *to,
              BtAddress *out_dropped)
{
  GArray *told = to->pex->told;
  guint n = 0;

  for (guint i = told->len; i > 0 && n < BT_PEX_MAX_ADDED; i--)
    {
      const BtAddress *address = &g_array_index (told, BtAddress, i - 1);
      const BtKnownPeer *known = bt_known_peers_find (swarm->known, address);

      if (known != NULL && known->is_connected)
        continue;
      out_dropped[n++] = *address;
      g_array_remove_index_fast (told, i - 1);
    }
  return n;
}

static void
tell (BtSwarm   *swarm,
      SwarmPeer *sp,
      gint64     now_us)
{
  BtPexPeer added[BT_PEX_MAX_ADDED];
  BtAddress dropped[BT_PEX_MAX_ADDED];
  guint n_dropped = take_dropped (swarm, sp, dropped);
  guint n_added = list_added (swarm, sp, added);
  g_autoptr (GByteArray) payload = NULL;

  if (n_added == 0 && n_dropped == 0)
    return;
  payload = g_byte_array_new ();
  bt_pex_message_put (payload, added, n_added, dropped, n_dropped);
  bt_peer_send_extension (sp->peer, BT_EXTENSION_PEX, payload->data, payload->len);
  for (guint i = 0; i < n_added; i++)
    g_array_append_val (sp->pex->told, added[i].address);
  sp->pex->told_at_us = now_us;
}

void
bt_swarm_pex_tick (BtSwarm *swarm,
                   gint64   now_us)
{
  if (!bt_swarm_uses_pex (swarm))
    return;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!sp->is_greeted || !bt_peer_speaks (sp->peer, BT_EXTENSION_PEX) ||
          bt_peer_get_close_reason (sp->peer) != BT_CLOSE_NONE ||
          now_us - bt_peer_get_connected_at_us (sp->peer) < FIRST_US ||
          (sp->pex != NULL && sp->pex->told_at_us != 0 && now_us - sp->pex->told_at_us < PEX_US) ||
          bt_peer_get_n_out_bytes (sp->peer) > MAX_OUT_BYTES)
        continue;
      get_pex (sp);
      tell (swarm, sp, now_us);
    }
}

/* --- Hearing --- */

static gboolean
may_tell (PeerPex *pex,
          gint64   now_us)
{
  if (pex->n_bad >= MAX_BAD)
    return FALSE;
  if (pex->came_at_us != 0 && now_us - pex->came_at_us < EARLY_US && pex->n_early++ >= MAX_EARLY)
    return FALSE;
  pex->came_at_us = now_us;
  return TRUE;
}

static void
add (BtSwarm         *swarm,
     const BtPexPeer *told)
{
  BtKnownPeer *known;

  bt_swarm_add_peer (swarm, &told->address, BT_SOURCE_PEX);
  known = bt_known_peers_find (swarm->known, &told->address);
  /* Its own word counts more. */
  if (known != NULL && (told->flags & BT_PEX_UPLOAD_ONLY) && known->sources == BT_SOURCE_PEX)
    bt_known_peers_set_seed (swarm->known, known, TRUE);
}

gboolean
bt_swarm_pex_read (BtPeer       *teller,
                   const guint8 *payload,
                   gsize         n_bytes,
                   BtPexPeer    *out_told,
                   guint        *out_n_told)
{
  guint n_told, n_kept = 0;

  if (!bt_pex_message_parse (payload, n_bytes, out_told, &n_told))
    return FALSE;
  for (guint i = 0; i < n_told; i++)
    if (bt_swarm_pex_may_know_of (bt_peer_get_address (teller), &out_told[i].address))
      out_told[n_kept++] = out_told[i];
  *out_n_told = n_kept;
  return TRUE;
}

void
bt_swarm_pex_hear (BtSwarm      *swarm,
                   SwarmPeer    *sp,
                   const guint8 *payload,
                   gsize         n_bytes)
{
  BtPexPeer told[2 * BT_PEX_MAX_TAKEN];
  guint n_told;

  /* BEP 27: who sends it all the same is not listened to. */
  if (!bt_swarm_uses_pex (swarm) ||
      !may_tell (get_pex (sp), bt_clock_get_us (swarm->env->clock)))
    return;
  if (!bt_swarm_pex_read (sp->peer, payload, n_bytes, told, &n_told))
    {
      sp->pex->n_bad++;
      return;
    }
  for (guint i = 0; i < n_told; i++)
    {
      add (swarm, &told[i]);
      bt_swarm_holepunch_told (sp, &told[i]);
    }
}
