/* bt-seeker.h - a magnet link alive: finds peers and fetches the torrent's description from them (BEP 9)
 *
 * Thread: the engine's. Nothing here blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-swarm.h"

#include "metainfo/bt-magnet.h"

G_BEGIN_DECLS

#define BT_SEEKER_DEFAULT_MAX_PEERS 30
#define BT_SEEKER_MAX_KNOWN         1000
/* What trackers are told is missing, while nobody knows. */
#define BT_SEEKER_LEFT_BYTES        16384

typedef struct _BtSeeker BtSeeker;

typedef enum
{
  BT_SEEKER_SEEKING,
  BT_SEEKER_FOUND,    /* its connections are kept until it is ended */
  BT_SEEKER_FAILED,   /* the description came, and cannot be used */
  BT_SEEKER_STOPPED,
} BtSeekerState;

/* Zeros are the defaults. */
typedef struct
{
  const char *const *const *tiers;  /* borrowed for the call; NULL: those of the magnet */
  guint max_peers;                  /* BT_SEEKER_DEFAULT_MAX_PEERS */
  guint use_trackers : 1;
} BtSeekerConfig;

/* Counters since it began. */
typedef struct
{
  BtSeekerState state;
  guint   n_known;          /* addresses */
  guint   n_connecting;
  guint   n_peers;          /* connected and greeted */
  guint   n_asked;          /* of them, those that have the description and are asked for it */
  guint   n_met;            /* have ever greeted us */
  guint   n_unreachable;    /* attempts that failed */
  guint   n_refused;        /* have not got it, do not speak of it, rejected, or never answered */
  guint   n_lied;           /* about its size, or sent wrong pieces */
  guint64 metadata_bytes;   /* size of the description, as the peers asked now say; 0: not known */
  guint64 received_bytes;   /* of it, so far */
  int     tracker_seeds;    /* -1: unknown */
  int     tracker_leechers;
  guint   n_nodes;          /* of the DHT, asked */
  int     dht_seeds;        /* estimates of the DHT (BEP 33); -1: unknown */
  int     dht_leechers;
  char   *message;          /* owned, nullable: the error, the trackers' words when all failed, the interface, or
                             * why the proxy reaches nobody */
  guint   is_offline : 1;   /* the network interface that all goes through is not to be used now */
  guint   is_refused : 1;   /* the reason: this system lets no socket be bound to it */
  guint   is_proxy_bad : 1; /* the proxy reaches nobody for us */
} BtSeekerFacts;

void bt_seeker_facts_clear (BtSeekerFacts *facts);

/* Once, when the description is there (`metainfo`, borrowed; `error` NULL), or is there and of no use (`metainfo`
 * NULL). May call anything but bt_session_free(), bt_session_end_seek() too. */
typedef void (*BtSeekerFunc) (BtSeeker     *seeker,
                              BtMetainfo   *metainfo,
                              const GError *error,
                              gpointer      user_data);

/* --- For everybody --- */

BtMagnet      *bt_seeker_get_magnet     (BtSeeker         *seeker);
/* The BT_SHA1_BYTES that peers, trackers and the DHT know it by. Borrowed. */
const guint8  *bt_seeker_get_info_hash  (BtSeeker         *seeker);
BtSeekerState  bt_seeker_get_state      (BtSeeker         *seeker);
/* NULL until it is found. */
BtMetainfo    *bt_seeker_get_metainfo   (BtSeeker         *seeker);
/* An address at which somebody may have the torrent. */
void           bt_seeker_add_peer       (BtSeeker         *seeker,
                                         const BtAddress  *address,
                                         BtSource          source);
void           bt_seeker_announce_now   (BtSeeker         *seeker);
/* See bt_swarm_tell_again(). */
void           bt_seeker_tell_again     (BtSeeker         *seeker);
/* As bt_swarm_go_offline(), bt_swarm_go_online(), bt_swarm_try_peers_again() and bt_swarm_try_again() say. */
void           bt_seeker_go_offline     (BtSeeker         *seeker,
                                         BtCloseReason     reason);
void           bt_seeker_go_online      (BtSeeker         *seeker);
void           bt_seeker_try_peers_again (BtSeeker        *seeker);
void           bt_seeker_try_again      (BtSeeker         *seeker);
/* What the facts are to say of the DHT. */
void           bt_seeker_set_dht        (BtSeeker         *seeker,
                                         guint             n_nodes,
                                         int               n_seeds,
                                         int               n_leechers);
/* To be cleared with bt_seeker_facts_clear(). */
void           bt_seeker_get_facts      (BtSeeker         *seeker,
                                         BtSeekerFacts    *out_facts);
/* As a swarm's; n_pieces and progress are unknown (0). (transfer full): BtPeerRow */
GArray        *bt_seeker_get_peer_rows  (BtSeeker         *seeker);
/* (transfer full): BtTrackerFacts */
GArray        *bt_seeker_get_tracker_rows (BtSeeker       *seeker);
/* Those worth telling the torrent's swarm, which takes them by bt_swarm_add_peer(): not those that lied. The ones
 * that greeted us come first. (transfer full): BtKnownAddress */
GArray        *bt_seeker_dup_known      (BtSeeker         *seeker);

/* --- For the session --- */

/* What it asks of the session; all but the last as in BtSwarmOps. */
typedef struct
{
  gboolean      (*may_connect) (gpointer         session);
  void          (*connections) (gpointer         session,
                                int              change);
  BtCloseReason (*judge)       (gpointer         session,
                                const BtAddress *address);
  void          (*has_come)    (gpointer         session,
                                const BtAddress *address);
  void          (*seen_at)     (gpointer         session,
                                const BtAddress *voter,
                                const BtAddress *seen);
  void          (*dht_node)    (gpointer         session,
                                const BtAddress *node);
  /* Nothing of it is alive any more: it may be freed, later. */
  void          (*stopped)     (gpointer         session,
                                BtSeeker        *seeker);
} BtSeekerOps;

/* Begins at once: announces, and connects when the session's turn comes to it. */
BtSeeker      *bt_seeker_new            (const BtSwarmEnvironment *environment,
                                         const BtSeekerOps        *ops,
                                         gpointer                  session,
                                         BtMagnet                 *magnet,
                                         const BtSeekerConfig     *config,
                                         BtSeekerFunc              func,
                                         gpointer                  user_data);
/* Only when stopped (asserted). */
void           bt_seeker_free           (BtSeeker         *seeker);
/* Closes everything; `func` will not come any more. Trackers are told `stopped`, unless a swarm of the same torrent
 * goes on right away (`goes_on`). */
void           bt_seeker_stop           (BtSeeker         *seeker,
                                         gboolean          goes_on);
/* An incoming connection that named the torrent. The stream is given away. */
void           bt_seeker_take_stream    (BtSeeker         *seeker,
                                         BtStream         *stream,
                                         const guint8     *received,
                                         gsize             n_received);
/* Somebody that is neither us nor unwelcome, reachable or not. */
gboolean       bt_seeker_knows_somebody (BtSeeker         *seeker);
/* Begins one connection attempt. FALSE: nobody to connect to now, or enough. */
gboolean       bt_seeker_connect_one    (BtSeeker         *seeker);
/* Once a second. */
void           bt_seeker_tick           (BtSeeker         *seeker);
void           bt_seeker_close_unwelcome (BtSeeker        *seeker);
void           bt_seeker_apply_exemption (BtSeeker        *seeker);

G_END_DECLS
