/* bt-swarm-holepunch.c - hole punching (BEP 55): peers that neither can dial meet through one that both know
 *
 * Three parts may be ours. The *relay* is asked by one peer to bring it together with another, and tells both. The
 * *initiator* could not reach an address, and asks whoever told it of that address. Either end, told to connect, dials
 * over uTP at once: the datagrams that leave open the way for those of the other.
 *
 * What a relay says makes us send a few small packets to an address of its choice, as peer exchange does; so many a
 * minute, and none to the local network unless it is of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include "wire/bt-holepunch-message.h"

#define MINUTE_US       (60 * BT_SECOND_US)
#define MAX_MESSAGES    20   /* a minute, from each peer and to each peer */
#define MAX_CONNECTS    60   /* a minute, that relays have us dial, however many they are */
#define MAX_PUNCHABLE   200  /* addresses that a peer has told of and may be asked to bring us together with */
#define MAX_INTRODUCERS 3    /* who are asked for one address */

struct _PeerPunch
{
  GArray      *punchable;  /* owned, nullable: BtAddress that it told of as able to be punched */
  SwarmMinute  heard;
  SwarmMinute  told;
};

static PeerPunch *
get_punch (SwarmPeer *sp)
{
  if (sp->punch == NULL)
    sp->punch = g_new0 (PeerPunch, 1);
  return sp->punch;
}

void
bt_swarm_holepunch_forget (SwarmPeer *sp)
{
  if (sp->punch == NULL)
    return;
  g_clear_pointer (&sp->punch->punchable, g_array_unref);
  g_clear_pointer (&sp->punch, g_free);
}

/* Not in private torrents (BEP 27): what a peer says is no source of addresses there. */
gboolean
bt_swarm_uses_holepunch (const BtSwarm *swarm)
{
  return bt_dialer_can_punch (swarm->env->dialer) && !bt_metainfo_is_private (swarm->metainfo);
}

static gboolean
may_do_more (SwarmMinute *minute,
             guint        n_max,
             gint64       now_us)
{
  if (minute->n == 0 || now_us - minute->since_us >= MINUTE_US)
    *minute = (SwarmMinute) { .since_us = now_us };
  return minute->n++ < n_max;
}

static gboolean
may_say_more (SwarmMinute *minute,
              gint64       now_us)
{
  return may_do_more (minute, MAX_MESSAGES, now_us);
}

static gboolean
is_open (const SwarmPeer *sp)
{
  return sp->is_greeted && bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE;
}

static void
say (SwarmPeer        *to,
     BtHolepunchType   type,
     const BtAddress  *address,
     BtHolepunchError  error)
{
  BtHolepunchMessage message = { .type = type, .address = *address, .error = error };
  guint8 payload[BT_HOLEPUNCH_MAX_BYTES];
  gsize n_bytes = bt_holepunch_message_put (&message, payload);

  bt_peer_send_extension (to->peer, BT_EXTENSION_HOLEPUNCH, payload, n_bytes);
}

/* --- As a relay --- */

/* Whoever has come in over TCP is not to be found at the port that it came from. */
static const BtAddress *
get_endpoint (const SwarmPeer *sp)
{
  return sp->known != NULL ? &sp->known->address : bt_peer_get_address (sp->peer);
}

static SwarmPeer *
find_open (BtSwarm         *swarm,
           const BtAddress *address)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (is_open (sp) && (bt_address_equal (bt_peer_get_address (sp->peer), address) ||
                           bt_address_equal (get_endpoint (sp), address)))
        return sp;
    }
  return NULL;
}

static BtHolepunchError
relay (BtSwarm         *swarm,
       SwarmPeer       *initiator,
       const BtAddress *address,
       gint64           now_us)
{
  SwarmPeer *target;

  if (!bt_address_is_connectable (address))
    return BT_HOLEPUNCH_NO_SUCH_PEER;
  if (bt_address_equal (address, &swarm->own_address))
    return BT_HOLEPUNCH_NO_SELF;
  target = find_open (swarm, address);
  if (target == NULL || target == initiator ||
      !bt_swarm_pex_may_know_of (bt_peer_get_address (initiator->peer), address) ||
      !bt_swarm_pex_may_know_of (address, get_endpoint (initiator)))
    return BT_HOLEPUNCH_NOT_CONNECTED;
  if (!bt_peer_speaks (target->peer, BT_EXTENSION_HOLEPUNCH))
    return BT_HOLEPUNCH_NO_SUPPORT;
  if (!may_say_more (&get_punch (target)->told, now_us))
    return BT_HOLEPUNCH_NOT_CONNECTED;
  say (target, BT_HOLEPUNCH_CONNECT, get_endpoint (initiator), BT_HOLEPUNCH_NO_ERROR);
  say (initiator, BT_HOLEPUNCH_CONNECT, address, BT_HOLEPUNCH_NO_ERROR);
  return BT_HOLEPUNCH_NO_ERROR;
}

/* --- As one of the two --- */

static void
connect_to (BtSwarm         *swarm,
            SwarmPeer       *relay,
            const BtAddress *address,
            gint64           now_us)
{
  BtKnownPeer *known;

  if (!bt_swarm_is_running (swarm) || !bt_address_is_connectable (address) ||
      bt_address_equal (address, &swarm->own_address) ||
      !bt_swarm_pex_may_know_of (bt_peer_get_address (relay->peer), address) ||
      find_open (swarm, address) != NULL ||
      swarm->ops->judge (swarm->session, address) != BT_CLOSE_NONE ||
      swarm->peers->len >= swarm->max_peers || !swarm->ops->may_connect (swarm->session) ||
      !may_do_more (&swarm->punched, MAX_CONNECTS, now_us))
    return;
  known = bt_known_peers_add (swarm->known, address, BT_SOURCE_PEX, now_us);
  if (known == NULL || known->is_connected || known->is_self || known->is_banned ||
      (known->is_seed && swarm->state == BT_SWARM_SEEDING))
    return;
  bt_swarm_dial (swarm, known, TRUE);
}

void
bt_swarm_holepunch_message (BtSwarm      *swarm,
                            SwarmPeer    *sp,
                            const guint8 *payload,
                            gsize         n_bytes)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  BtHolepunchMessage message;
  BtHolepunchError error;

  if (!bt_swarm_uses_holepunch (swarm) || !bt_peer_speaks (sp->peer, BT_EXTENSION_HOLEPUNCH) ||
      !may_say_more (&get_punch (sp)->heard, now_us) ||
      !bt_holepunch_message_parse (payload, n_bytes, &message))
    return;
  switch (message.type)
    {
    case BT_HOLEPUNCH_RENDEZVOUS:
      error = relay (swarm, sp, &message.address, now_us);
      if (error != BT_HOLEPUNCH_NO_ERROR)
        say (sp, BT_HOLEPUNCH_ERROR, &message.address, error);
      break;

    case BT_HOLEPUNCH_CONNECT:
      connect_to (swarm, sp, &message.address, now_us);
      break;

    case BT_HOLEPUNCH_ERROR:  /* the others who were asked may know better */
    default:
      break;
    }
}

/* --- As the initiator --- */

void
bt_swarm_holepunch_told (SwarmPeer       *teller,
                         const BtPexPeer *told)
{
  PeerPunch *punch;

  if ((told->flags & BT_PEX_HOLEPUNCH) == 0)
    return;
  punch = get_punch (teller);
  if (punch->punchable == NULL)
    punch->punchable = g_array_new (FALSE, FALSE, sizeof (BtAddress));
  if (punch->punchable->len >= MAX_PUNCHABLE)
    g_array_remove_index (punch->punchable, 0);
  g_array_append_val (punch->punchable, told->address);
}

static gboolean
has_told_of (const SwarmPeer *sp,
             const BtAddress *address)
{
  const GArray *punchable = sp->punch != NULL ? sp->punch->punchable : NULL;

  for (guint i = 0; punchable != NULL && i < punchable->len; i++)
    if (bt_address_equal (&g_array_index (punchable, BtAddress, i), address))
      return TRUE;
  return FALSE;
}

void
bt_swarm_holepunch_ask (BtSwarm         *swarm,
                        const BtAddress *address)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  guint n = 0;

  if (!bt_swarm_is_running (swarm) || !bt_swarm_uses_holepunch (swarm))
    return;
  for (guint i = 0; i < swarm->peers->len && n < MAX_INTRODUCERS; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!is_open (sp) || !bt_peer_speaks (sp->peer, BT_EXTENSION_HOLEPUNCH) ||
          !has_told_of (sp, address) || !may_say_more (&sp->punch->told, now_us))
        continue;
      say (sp, BT_HOLEPUNCH_RENDEZVOUS, address, BT_HOLEPUNCH_NO_ERROR);
      n++;
    }
}
