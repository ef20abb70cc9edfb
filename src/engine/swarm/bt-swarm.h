/* bt-swarm.h - one torrent alive: its picker, peers, files and trackers brought together
 *
 * Thread: the engine's. Nothing here blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "metainfo/bt-metainfo.h"
#include "peers/bt-known-peers.h"
#include "peers/bt-peer.h"
#include "pieces/bt-picker.h"
#include "storage/bt-storage.h"
#include "store/bt-record.h"
#include "bt-swarm-facts.h"
#include "trackers/bt-trackers.h"
#include "transport/bt-dialer.h"
#include "transport/bt-fair-share.h"
#include "webseeds/bt-web-client.h"

G_BEGIN_DECLS

typedef struct _BtSwarm BtSwarm;

/* What the session lends to all its swarms; outlives them. */
typedef struct
{
  BtClock      *clock;
  BtPoller     *poller;
  BtDialer     *dialer;
  BtBlockPool  *pool;
  BtDisk       *disk;
  BtTrackerHub *hub;
  BtPeerShared *peer_shared;
  BtWebClient  *web_client;
  BtLimit      *read_limit;
  BtLimit      *write_limit;
  BtLimit      *tcp_limit;     /* of what goes out over TCP, through the line: its share beside uTP */
  BtAddress     bind4;         /* family NONE: any */
  BtAddress     bind6;
  guint16       port;
  guint16       announced_port; /* what others are told instead, who are not in the local network: a router's */
  guint16       dht_port;      /* of our node of the DHT; 0: we have none. No word of it in a private torrent */
  guint8        peer_id[BT_WIRE_PEER_ID_BYTES];  /* unless anonymous: then each torrent has its own */
  const char   *client;        /* `v` of BEP 10; empty: not told */
  gint64        incoming_at_us; /* an incoming peer from outside last greeted us; 0: never */
  guint         exempt_local : 1; /* peers of local addresses pay no limits */
  guint         use_pex : 1;   /* BEP 11; never in a private torrent */
  guint         is_anonymous : 1;
  guint         is_proxied : 1; /* peers are reached through a proxy, and we by nobody */
  guint         is_offline : 1; /* the network interface that all is to go through is not to be used now */
  guint         is_refused : 1; /* the reason: this system lets no socket be bound to it */
} BtSwarmEnvironment;

/* What a swarm asks of the session. */
typedef struct
{
  /* Another connection would not exceed the session's bounds. */
  gboolean (*may_connect)   (gpointer       session);
  /* A connection began (+1) or ended (-1). */
  void     (*connections)   (gpointer       session,
                             int            change);
  /* Slots came back to the pool: paused peers of any swarm may go on. */
  void     (*memory_freed)  (gpointer       session);
  /* A peer was paused for want of memory. */
  void     (*memory_short)  (gpointer       session);
  /* Whether we may have anything to do with this address: BT_CLOSE_NONE, or why not. Refusals are
   * counted. */
  BtCloseReason (*judge)    (gpointer         session,
                             const BtAddress *address);
  /* An incoming peer has named a torrent and greeted us. */
  void     (*has_come)      (gpointer         session,
                             const BtAddress *address);
  /* `voter` (NULL: a tracker) says that it sees us at `seen` (port 0). */
  void     (*seen_at)       (gpointer         session,
                             const BtAddress *voter,
                             const BtAddress *seen);
  /* A node of the DHT is there, a peer of a public torrent says. */
  void     (*dht_node)      (gpointer         session,
                             const BtAddress *node);
  /* State, error or completeness changed: worth telling before the next tick. */
  void     (*state_changed) (gpointer       session,
                             BtSwarm       *swarm);
  /* It knows somebody to connect to: told once, until bt_swarm_set_dialling() says that it is not tried any more. */
  void     (*has_candidates) (gpointer      session,
                             BtSwarm       *swarm);
  /* FALSE: pieces are not to be hashed before bt_swarm_check_now(). NULL: at once. */
  gboolean (*may_check)     (gpointer       session,
                             BtSwarm       *swarm);
} BtSwarmOps;

/* `error` NULL: done. */
typedef void (*BtSwarmFunc)           (BtSwarm      *swarm,
                                       const GError *error,
                                       gpointer      user_data);
/* `resume` (transfer full): NULL with `error`. */
typedef void (*BtSwarmCheckpointFunc) (BtSwarm      *swarm,
                                       BtResume     *resume,
                                       const GError *error,
                                       gpointer      user_data);

/* Per torrent settings; 0 means the default everywhere. */
typedef struct
{
  const char   *folder;           /* download folder */
  BtPreallocate preallocate;
  guint         max_peers;        /* 100 */
  guint         upload_slots;     /* 0: automatic */
  guint64       read_limit_bps;   /* 0: none */
  guint64       write_limit_bps;
  /* Borrowed for the call: as for bt_trackers_new(). NULL: those of the metainfo. */
  const char *const *const *tiers;
  const char *const *web_seeds;   /* likewise, as for bt_swarm_set_web_seeds() */
  guint         is_sequential : 1;
  guint         use_trackers : 1;
  guint         must_be_complete : 1; /* fails, instead of downloading, when something is missing */
  guint         is_super_seeding : 1; /* once complete; see bt_swarm_set_super_seeding() */
  guint         is_complete : 1;  /* the data is trusted to be whole: nothing is checked */
  guint         use_suffix : 1;   /* files end in BT_STORAGE_SUFFIX until they are whole */
  guint64       device;           /* that the folder must lie on; 0: any */
  const char   *parts_path;       /* nullable; bt_storage_set_parts() */
  const BtResume     *resume;     /* borrowed for the call; nullable: everything there is hashed */
  const BtFileRecord *file_records; /* borrowed for the call */
  guint         n_file_records;
} BtSwarmConfig;

#define BT_SWARM_DEFAULT_MAX_PEERS 100

/* A v2-only torrent is BT_STORAGE_ERROR_FAILED for now. */
BtSwarm          *bt_swarm_new            (const BtSwarmEnvironment *environment,
                                           const BtSwarmOps         *ops,
                                           gpointer                  session,
                                           BtMetainfo               *metainfo,
                                           const BtSwarmConfig      *config,
                                           GError                  **error);
/* Only when stopped (asserted). */
void              bt_swarm_free           (BtSwarm                  *swarm);
/* At any time. What is skipped is fetched no more; what becomes wanted is fetched at once, also by a
 * torrent that was complete. */
void              bt_swarm_set_file_priority (BtSwarm               *swarm,
                                              guint                  file,
                                              BtPriority             priority);
/* The same for many at once. */
void              bt_swarm_set_file_priorities (BtSwarm             *swarm,
                                                const guint         *files,
                                                guint                n_files,
                                                BtPriority           priority);
/* Checks what is on disk, then downloads what is missing and seeds. Files that are as they were
 * left are believed and not hashed: after a stop, or with the config's `resume`. When none of the
 * wanted files is there any more although something of them was had, it fails
 * (BT_STORAGE_ERROR_NOT_FOUND) until bt_swarm_verify() has ended. While it is stopping: once it has
 * stopped, unless it is told to stop again. */
void              bt_swarm_start          (BtSwarm                  *swarm);
/* Tells the trackers, closes peers, spills what was received, closes files. STOPPED, or FAILED when
 * it had failed, comes later. */
void              bt_swarm_stop           (BtSwarm                  *swarm);
/* Hashes everything, whatever is known of it; ends STOPPED. One that was stopped before its end
 * goes on there. While it is stopping: afterwards. While it runs: bt_swarm_recheck(). */
void              bt_swarm_verify         (BtSwarm                  *swarm);
/* While it runs: stops, hashes everything, and goes on as before. Else bt_swarm_verify(). */
void              bt_swarm_recheck        (BtSwarm                  *swarm);
/* The check that BtSwarmOps.may_check has put off may begin. */
void              bt_swarm_check_now      (BtSwarm                  *swarm);

/* --- What is kept --- */

/* (transfer full): what the last stop found, or the last checkpoint while it runs, or as given; NULL:
 * nothing is known. */
BtResume         *bt_swarm_dup_resume     (BtSwarm                  *swarm);
/* Writes what was received to the disk, syncs it, and tells what is there for certain. `func` comes
 * once: later, or within the call when there is nothing to wait for: it is not running, it is still
 * looking at its files, or another checkpoint is under way (G_IO_ERROR_PENDING). Stopping answers
 * with what the stop knows. */
void              bt_swarm_checkpoint_async (BtSwarm                *swarm,
                                             BtSwarmCheckpointFunc   func,
                                             gpointer                user_data);
/* It runs, and a checkpoint would tell something new. */
gboolean          bt_swarm_is_dirty       (BtSwarm                  *swarm);

/* --- Files --- */

/* Moves a file to another path beneath the folder, at any time. `path` must be safe as BtFile.path
 * is (else BT_STORAGE_ERROR_UNSAFE, told within the call), and nothing may be there. */
void              bt_swarm_rename_file    (BtSwarm                  *swarm,
                                           guint                     file,
                                           const char               *path,
                                           BtSwarmFunc               func,
                                           gpointer                  user_data);
/* Which files end in BT_STORAGE_SUFFIX on disk now; borrowed. NULL: nothing is open. */
const BtBitfield *bt_swarm_get_suffixed   (BtSwarm                  *swarm);
/* All files are closed when `func` comes, and nothing is read or written until bt_swarm_release():
 * peers stay and wait. A stop waits, too. FALSE: it is stopped, nothing is open, and `func` will not
 * come. */
gboolean          bt_swarm_hold           (BtSwarm                  *swarm,
                                           BtSwarmFunc               func,
                                           gpointer                  user_data);
/* `folder` and `device`: where the data lies now; NULL and 0: as before. When it is stopped, only
 * that. */
void              bt_swarm_release        (BtSwarm                  *swarm,
                                           const char               *folder,
                                           guint64                   device);
void              bt_swarm_set_limits     (BtSwarm                  *swarm,
                                           guint64                   read_bps,
                                           guint64                   write_bps);
/* While it lives, too; 0: the default. Of more peers than that the least useful go. */
void              bt_swarm_set_max_peers  (BtSwarm                  *swarm,
                                           guint                     max_peers);
void              bt_swarm_set_upload_slots (BtSwarm                *swarm,
                                             guint                   upload_slots);
void              bt_swarm_set_sequential (BtSwarm                  *swarm,
                                           gboolean                  is_sequential);
/* BEP 16, while it is complete: those who come from now on are told of one piece at a time, of the
 * next when they have passed it on. Off: they are told the rest. */
void              bt_swarm_set_super_seeding (BtSwarm               *swarm,
                                              gboolean               is_super_seeding);
/* The trackers from now on, as for bt_trackers_new(); NULL: those of the metainfo. While it runs,
 * those that stay keep their state, the others hear `stopped`, new ones are asked in their turn. */
void              bt_swarm_set_trackers   (BtSwarm                  *swarm,
                                           const char *const *const *tiers);
/* The web seeds from now on (BEP 19), NULL-terminated; NULL: those of the metainfo. Those that stay
 * keep their state. The first sixteen are used. */
void              bt_swarm_set_web_seeds  (BtSwarm                  *swarm,
                                           const char *const        *urls);
void              bt_swarm_add_peer       (BtSwarm                  *swarm,
                                           const BtAddress          *address,
                                           BtSource                  source);
/* Nothing to do with it any more, whatever its port, in this torrent. */
void              bt_swarm_ban_address    (BtSwarm                  *swarm,
                                           const BtAddress          *address);
/* The session judges otherwise than before: those it refuses now go. */
void              bt_swarm_close_unwelcome (BtSwarm                 *swarm);
/* Adds what its peers outside the local network send. `queue_us` becomes the least of it and of theirs. */
void              bt_swarm_add_load       (BtSwarm                  *swarm,
                                           BtFairLoad               *load);
/* `exempt_local` of the environment has changed. */
void              bt_swarm_apply_exemption (BtSwarm                 *swarm);
/* Connections that are not about to be closed. */
guint             bt_swarm_get_n_open     (BtSwarm                  *swarm);
void              bt_swarm_close_least_useful (BtSwarm              *swarm);
/* An incoming connection that named this torrent. The stream is given away. */
void              bt_swarm_take_stream    (BtSwarm                  *swarm,
                                           BtStream                 *stream,
                                           const guint8             *received,
                                           gsize                     n_received);
/* It runs, has room, and knows somebody, although perhaps not to connect to right now. */
gboolean          bt_swarm_has_candidates (BtSwarm                  *swarm);
/* The session tries it, or not any more. */
void              bt_swarm_set_dialling   (BtSwarm                  *swarm,
                                           gboolean                  is_dialling);
/* Somebody that is neither us nor unwelcome, reachable or not. */
gboolean          bt_swarm_knows_somebody (BtSwarm                  *swarm);
/* Begins one connection attempt. FALSE: nobody to connect to now, or enough. */
gboolean          bt_swarm_connect_one    (BtSwarm                  *swarm);
/* Once a second. */
void              bt_swarm_tick           (BtSwarm                  *swarm);
/* Memory is short, and peers of some swarm wait for it: writes blocks of open pieces early, when nothing else
 * is about to free some. */
void              bt_swarm_spill_some     (BtSwarm                  *swarm);
/* Something is on its way to the disk. */
gboolean          bt_swarm_is_freeing_memory (BtSwarm              *swarm);
/* Memory is there again. */
void              bt_swarm_resume_peers   (BtSwarm                  *swarm);
void              bt_swarm_announce_now   (BtSwarm                  *swarm);
/* The port or the address that others are told is another one. */
void              bt_swarm_tell_again     (BtSwarm                  *swarm);
/* `is_offline` of the environment has been set: connections are closed for this reason, trackers and web seeds left
 * alone. Nobody is told of it. */
void              bt_swarm_go_offline     (BtSwarm                  *swarm,
                                           BtCloseReason             reason);
/* Whoever could not be reached may be now: those who wait are tried at once. */
void              bt_swarm_try_peers_again (BtSwarm                 *swarm);
/* It has been cleared: all is asked at once. */
void              bt_swarm_go_online      (BtSwarm                  *swarm);
/* There is a way that there was not before: what could not be reached is asked at once. */
void              bt_swarm_try_again      (BtSwarm                  *swarm);
/* What the facts are to say of the DHT. */
void              bt_swarm_set_dht        (BtSwarm                  *swarm,
                                           guint                     n_nodes,
                                           int                       n_seeds,
                                           int                       n_leechers);

/* Another number as long as something of what it tells may have changed since. */
guint64           bt_swarm_get_news       (BtSwarm                  *swarm);
BtSwarmState      bt_swarm_get_state      (BtSwarm                  *swarm);
const GError     *bt_swarm_get_error      (BtSwarm                  *swarm);
BtMetainfo       *bt_swarm_get_metainfo   (BtSwarm                  *swarm);
const BtBitfield *bt_swarm_get_have       (BtSwarm                  *swarm);
/* Everything wanted is on disk and verified. */
gboolean          bt_swarm_is_complete    (BtSwarm                  *swarm);
guint             bt_swarm_get_n_peers    (BtSwarm                  *swarm);
/* Fills in what a snapshot says of it. */
void              bt_swarm_get_facts      (BtSwarm                  *swarm,
                                           BtSwarmFacts             *out_facts);
/* A row for each file of the metainfo, pads too. (transfer full): BtFileRow, with owned strings */
GArray           *bt_swarm_get_file_rows  (BtSwarm                  *swarm);
/* A byte for each piece: BtPieceLook, and above it how many peers have the piece, 15 at most, times
 * 16. (transfer full) */
GBytes           *bt_swarm_get_piece_map  (BtSwarm                  *swarm);
/* A row for each connection. (transfer full): BtPeerRow */
GArray           *bt_swarm_get_peer_rows  (BtSwarm                  *swarm);
/* (transfer full): BtTrackerFacts, with owned strings: bt_tracker_facts_clear() is its clear
 * function. */
GArray           *bt_swarm_get_tracker_rows (BtSwarm                *swarm);
/* Of those that are used. (transfer full): BtWebSeedRow, with owned strings */
GArray           *bt_swarm_get_web_seed_rows (BtSwarm               *swarm);

G_END_DECLS
