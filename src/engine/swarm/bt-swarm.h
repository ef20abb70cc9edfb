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
#include "bt-swarm-facts.h"
#include "trackers/bt-trackers.h"

G_BEGIN_DECLS

typedef struct _BtSwarm BtSwarm;

/* What the session lends to all its swarms; outlives them. */
typedef struct
{
  BtClock      *clock;
  BtPoller     *poller;
  BtBlockPool  *pool;
  BtDisk       *disk;
  BtTrackerHub *hub;
  BtPeerShared *peer_shared;
  BtLimit      *read_limit;
  BtLimit      *write_limit;
  BtAddress     bind4;         /* family NONE: any */
  BtAddress     bind6;
  guint16       port;
  guint8        peer_id[BT_WIRE_PEER_ID_BYTES];
  const char   *client;        /* `v` of BEP 10 */
  gint64        incoming_at_us; /* an incoming peer from outside last greeted us; 0: never */
  guint         exempt_local : 1; /* peers of local addresses pay no limits */
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
  /* State, error or completeness changed: worth telling before the next tick. */
  void     (*state_changed) (gpointer       session,
                             BtSwarm       *swarm);
} BtSwarmOps;

/* Per torrent settings; 0 means the default everywhere. */
typedef struct
{
  const char   *folder;           /* download folder */
  BtPreallocate preallocate;
  guint         max_peers;        /* 100 */
  guint         upload_slots;     /* 0: automatic */
  guint64       read_limit_bps;   /* 0: none */
  guint64       write_limit_bps;
  guint         is_sequential : 1;
  guint         use_trackers : 1;
  guint         must_be_complete : 1; /* fails, instead of downloading, when something is missing */
  guint         is_complete : 1;  /* the data is trusted to be whole: nothing is checked */
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
/* Before starting. */
void              bt_swarm_set_file_priority (BtSwarm               *swarm,
                                              guint                  file,
                                              BtPriority             priority);
/* Checks what is on disk, then downloads what is missing and seeds. While it is stopping: once it
 * has stopped, unless it is told to stop again. */
void              bt_swarm_start          (BtSwarm                  *swarm);
/* Tells the trackers, closes peers, spills what was received, closes files. STOPPED, or FAILED when
 * it had failed, comes later. */
void              bt_swarm_stop           (BtSwarm                  *swarm);
/* Only checks; ends STOPPED. While it is stopping: afterwards. */
void              bt_swarm_verify         (BtSwarm                  *swarm);
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
void              bt_swarm_add_peer       (BtSwarm                  *swarm,
                                           const BtAddress          *address,
                                           BtSource                  source);
/* Nothing to do with it any more, whatever its port, in this torrent. */
void              bt_swarm_ban_address    (BtSwarm                  *swarm,
                                           const BtAddress          *address);
/* The session judges otherwise than before: those it refuses now go. */
void              bt_swarm_close_unwelcome (BtSwarm                 *swarm);
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
/* A row for each connection. (transfer full): BtPeerRow */
GArray           *bt_swarm_get_peer_rows  (BtSwarm                  *swarm);
/* (transfer full): BtTrackerFacts, with owned strings: bt_tracker_facts_clear() is its clear
 * function. */
GArray           *bt_swarm_get_tracker_rows (BtSwarm                *swarm);

G_END_DECLS
