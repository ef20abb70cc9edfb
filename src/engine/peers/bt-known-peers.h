/* bt-known-peers.h - the addresses a torrent may connect to, and when
 *
 * Pure: time comes in. Bounded: BT_KNOWN_PEERS_MAX addresses (a setting); when full, the least promising goes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-random.h"

G_BEGIN_DECLS

#define BT_KNOWN_PEERS_MAX      4000
#define BT_KNOWN_PEER_MAX_FAILS 6     /* in a row: dropped */

typedef enum
{
  BT_SOURCE_TRACKER  = 1 << 0,
  BT_SOURCE_INCOMING = 1 << 1,
  BT_SOURCE_PERSON   = 1 << 2,  /* --peer, or added by hand: never dropped, retried soonest */
  BT_SOURCE_PEX      = 1 << 3,
  BT_SOURCE_DHT      = 1 << 4,
  BT_SOURCE_LOCAL    = 1 << 5,
  BT_SOURCE_RESUME   = 1 << 6,
} BtSource;

typedef struct _BtKnownPeers BtKnownPeers;
typedef struct _BtKnownPeer  BtKnownPeer;   /* stays at its address while known or connected */

struct _BtKnownPeer
{
  BtAddress address;         /* where it listens; an incoming peer's port may be learnt later */
  guint     sources;         /* BtSource */
  guint16   n_failures;      /* in a row */
  gint64    next_try_at_us;
  guint     is_connected : 1;  /* or connecting */
  guint     is_banned : 1;
  guint     is_seed : 1;     /* was one when last seen */
  guint     is_self : 1;     /* it was us */
  guint64   received_bytes;  /* good payload it gave us, in all its connections */
};

BtKnownPeers *bt_known_peers_new       (guint               max_peers,
                                        guint64             seed);
void          bt_known_peers_free      (BtKnownPeers       *known);
/* Adds, or adds the source to one known already. NULL: not connectable, banned by its IP, or the list is full of better ones. */
BtKnownPeer  *bt_known_peers_add       (BtKnownPeers       *known,
                                        const BtAddress    *address,
                                        BtSource            source,
                                        gint64              now_us);
BtKnownPeer  *bt_known_peers_find      (BtKnownPeers       *known,
                                        const BtAddress    *address);
/* The next to connect to: not connected, due, not banned, not ourselves, not a seed when `skip_seeds`; fewest failures first, then higher
 * canonical priority (BEP 40) against `own` (nullable). NULL: none now. Cheap: a heap or buckets, not a scan of all. */
BtKnownPeer  *bt_known_peers_pick      (BtKnownPeers       *known,
                                        const BtAddress    *own,
                                        gboolean            skip_seeds,
                                        gint64              now_us);
/* When the earliest candidate becomes due; G_MAXINT64: none. */
gint64        bt_known_peers_get_next_us (BtKnownPeers     *known);
void          bt_known_peers_set_connected (BtKnownPeers   *known,
                                            BtKnownPeer    *peer);
/* The connection ended. `worked`: the handshake had succeeded (failures start from 0, tried again after a minute or two); otherwise back-off of
 * 30 s × 2^failures with a quarter of jitter, at most an hour, dropped after BT_KNOWN_PEER_MAX_FAILS in a row unless a person added it: then `peer` is gone. */
void          bt_known_peers_set_closed (BtKnownPeers      *known,
                                         BtKnownPeer       *peer,
                                         gboolean           worked,
                                         gint64             now_us);
/* Bans the IP (all ports); connected ones are the caller's to close. */
void          bt_known_peers_ban       (BtKnownPeers       *known,
                                        const BtAddress    *address);
gboolean      bt_known_peers_is_banned (BtKnownPeers       *known,
                                        const BtAddress    *address);
void          bt_known_peers_set_seed  (BtKnownPeers       *known,
                                        BtKnownPeer        *peer,
                                        gboolean            is_seed);
guint         bt_known_peers_get_n     (BtKnownPeers       *known);

/* BEP 40: the same number on both sides; higher is preferred. */
guint32       bt_canonical_priority    (const BtAddress    *a,
                                        const BtAddress    *b);

G_END_DECLS
