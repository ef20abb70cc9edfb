/* bt-known-peers.h - the addresses a torrent may connect to, and when
 *
 * Pure: time comes in. Bounded: `max_peers` addresses (a setting) and BT_KNOWN_PEERS_MAX_BANS bans;
 * when full, the least promising goes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-source.h"

#include "base/bt-address.h"
#include "base/bt-network-settings.h"
#include "base/bt-random.h"

G_BEGIN_DECLS

#define BT_KNOWN_PEERS_MAX      4000
#define BT_KNOWN_PEERS_MAX_BANS 4096  /* then the oldest is forgotten */
#define BT_KNOWN_PEER_MAX_FAILS 8     /* in a row: dropped */

typedef struct _BtKnownPeers BtKnownPeers;
typedef struct _BtKnownPeer  BtKnownPeer;   /* stays at its address while known or connected */

/* Fields are read by anybody. The owner may write `received_bytes` and `first_transport`, and `is_self` while the
 * peer is connected; all else changes through the functions below. */
struct _BtKnownPeer
{
  /* Where it listens. An incoming peer's port may be learnt later: it is added then. */
  BtAddress address;
  guint     sources;         /* BtSource */
  guint16   n_failures;      /* in a row */
  gint64    next_try_at_us;
  guint     is_connected : 1;  /* or connecting */
  guint     is_banned : 1;
  guint     is_seed : 1;     /* was one when last seen */
  guint     is_self : 1;     /* it was us */
  guint     is_plain : 1;    /* does not understand encryption, by what was tried last */
  guint8    first_transport; /* BtTransport to be tried first; BT_TRANSPORT_BOTH: nothing is known */
  guint64   received_bytes;  /* good payload it gave us, in all its connections */
};

BtKnownPeers *bt_known_peers_new       (guint               max_peers,
                                        guint64             seed);
void          bt_known_peers_free      (BtKnownPeers       *known);
/* Adds, or adds the source to one known already. NULL: not connectable, banned by its IP, or the
 * list is full of better ones. Adding may drop another peer that is not connected. A person's peers
 * are taken beyond the limit too. */
BtKnownPeer  *bt_known_peers_add       (BtKnownPeers       *known,
                                        const BtAddress    *address,
                                        BtSource            source,
                                        gint64              now_us);
BtKnownPeer  *bt_known_peers_find      (BtKnownPeers       *known,
                                        const BtAddress    *address);
/* The next to connect to: not connected, due, not banned, not ourselves, not a seed when
 * `skip_seeds`; a person's, then fewest failures, then higher canonical priority (BEP 40) against
 * `own` (nullable). NULL: none now. Cheap: heaps, not a scan of all, unless `own` is another than
 * before. The same is picked again until set_connected(). */
BtKnownPeer  *bt_known_peers_pick      (BtKnownPeers       *known,
                                        const BtAddress    *own,
                                        gboolean            skip_seeds,
                                        gint64              now_us);
/* When the earliest candidate becomes due (in the past: one is due), without seeds if the last pick
 * skipped them; G_MAXINT64: none. */
gint64        bt_known_peers_get_next_us (BtKnownPeers     *known);
void          bt_known_peers_set_connected (BtKnownPeers   *known,
                                            BtKnownPeer    *peer);
/* The connection ended. `worked`: the handshake had succeeded (failures start from 0, tried again
 * after one to two minutes); otherwise it waits 10 s after the first failure, twice as long after
 * each further one, with up to a quarter of jitter on top, at most an hour, and is dropped after
 * BT_KNOWN_PEER_MAX_FAILS in a row: then `peer` is gone. One that a person added stays: it waits
 * half a minute to a minute, or 5 s doubling up to five minutes. */
void          bt_known_peers_set_closed (BtKnownPeers      *known,
                                         BtKnownPeer       *peer,
                                         gboolean           worked,
                                         gint64             now_us);
/* The connection ended before it had greeted: perhaps it wants the other kind of handshake, which it gets next. After
 * an encrypted one that is at once, and no failure; otherwise as set_closed(). */
void          bt_known_peers_set_not_understood (BtKnownPeers *known,
                                         BtKnownPeer       *peer,
                                         gboolean           was_encrypted,
                                         gint64             now_us);
/* It was not reached, through no fault of its own: as if it had not been tried. */
void          bt_known_peers_set_untried (BtKnownPeers     *known,
                                          BtKnownPeer      *peer,
                                          gint64            now_us);
/* Forgets one that is not connected (asserted): `peer` is gone. */
void          bt_known_peers_remove    (BtKnownPeers       *known,
                                        BtKnownPeer        *peer);
/* A person starts the torrent again: those that wait for their next try may be tried now. Their
 * failures still count. */
void          bt_known_peers_try_again (BtKnownPeers       *known,
                                        gint64              now_us);
/* The same when the way to all of them is another one: what failed says nothing any more. */
void          bt_known_peers_forget_failures (BtKnownPeers *known,
                                              gint64        now_us);
/* Bans the IP (all ports); connected ones are the caller's to close. */
void          bt_known_peers_ban       (BtKnownPeers       *known,
                                        const BtAddress    *address);
gboolean      bt_known_peers_is_banned (BtKnownPeers       *known,
                                        const BtAddress    *address);
void          bt_known_peers_set_seed  (BtKnownPeers       *known,
                                        BtKnownPeer        *peer,
                                        gboolean            is_seed);
guint         bt_known_peers_get_n     (BtKnownPeers       *known);
/* In no order. `func` may not add or remove any. */
void          bt_known_peers_foreach   (BtKnownPeers       *known,
                                        void              (*func) (BtKnownPeer *peer,
                                                                   gpointer     user_data),
                                        gpointer            user_data);
/* Whether any of them is neither us nor banned. */
gboolean      bt_known_peers_has_others (BtKnownPeers      *known);

/* BEP 40: the same number on both sides; higher is preferred. 0 for addresses of two families. */
guint32       bt_canonical_priority    (const BtAddress    *a,
                                        const BtAddress    *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtKnownPeers, bt_known_peers_free)

G_END_DECLS
