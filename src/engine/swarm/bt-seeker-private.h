/* bt-seeker-private.h - the seeker's struct, shared by its files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-metadata-fetch.h"
#include "bt-seeker.h"

G_BEGIN_DECLS

#define BT_SEEKER_MAX_PER_ADDRESS 4                    /* connections with one of outside */
#define BT_SEEKER_SILENT_US       (20 * BT_SECOND_US)  /* greeted, and not a word of its extensions */
#define BT_SEEKER_ATTEMPT_US      (3 * BT_SECOND_US)   /* then a newcomer may take its place */
#define BT_SEEKER_MAX_REQUESTS    100                  /* that one peer may have rejected */

/* What the seeker keeps of a connection. */
typedef struct
{
  BtPeer           *peer;        /* owned */
  BtMetadataSource *source;      /* owned by the fetch; NULL before it greets */
  BtKnownPeer      *known;       /* borrowed from `known`, nullable */
  guint             sources;     /* BtSource */
  gint64            came_at_us;
  guint             n_rejected;  /* requests of its */
  guint             n_pex;       /* messages of its that were taken */
  guint             is_greeted : 1;
  guint             is_useless : 1;  /* has no description, or does not speak of it: first to make room */
} SeekerPeer;

/* Invariant: `peers` holds every connection from its first attempt to its `closed`; n_connecting of them are not
 * greeted. */
struct _BtSeeker
{
  /* Owned */
  BtMagnet        *magnet;
  BtMetadataFetch *fetch;
  BtTrackers      *trackers;     /* nullable */
  BtKnownPeers    *known;
  GPtrArray       *peers;        /* SeekerPeer */
  BtMetainfo      *metainfo;     /* nullable */
  GError          *error;        /* nullable */
  BtLimit         *read_limits[2];  /* borrowed: the session's; NULL at the end */
  BtLimit         *write_limits[2];

  /* Borrowed */
  const BtSwarmEnvironment *env;
  const BtSeekerOps        *ops;
  gpointer                  session;
  BtSeekerFunc              func;
  gpointer                  user_data;

  /* Values */
  guint8        peer_id[BT_WIRE_PEER_ID_BYTES];
  BtSeekerState state;
  BtPollTask    found_task;
  guint         max_peers;
  guint         n_connecting;
  guint         n_met;
  guint         n_unreachable;
  guint         n_refused;
  guint         n_lied;
  guint         n_nodes;      /* the next three as the facts have them */
  int           dht_seeds;
  int           dht_leechers;
  guint         is_stopping : 1;
};

extern const BtPeerOps bt_seeker_peer_ops;

/* bt-seeker-peers.c */
/* Takes the stream. `known` nullable: incoming. */
void     bt_seeker_add_stream   (BtSeeker     *seeker,
                                 BtStream     *stream,
                                 BtKnownPeer  *known,
                                 guint         sources,
                                 const guint8 *received,
                                 gsize         n_received);
/* Asks whoever may be asked. */
void     bt_seeker_ask          (BtSeeker     *seeker);
void     bt_seeker_limit_stream (BtSeeker     *seeker,
                                 BtStream     *stream);
/* Of those that have come to nothing, one goes. FALSE: there is none. */
gboolean bt_seeker_make_room    (BtSeeker     *seeker);
/* One that has been connected for a while and said nothing. */
void     bt_seeker_judge_silent (BtSeeker     *seeker,
                                 SeekerPeer   *sp,
                                 gint64        now_us);

/* bt-seeker.c */
/* The description is whole. */
void     bt_seeker_finish       (BtSeeker     *seeker,
                                 GBytes       *info_bytes);
/* All connections may be closed now. */
void     bt_seeker_continue_stop (BtSeeker    *seeker);

G_END_DECLS
