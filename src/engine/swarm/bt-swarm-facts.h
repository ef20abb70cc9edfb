/* bt-swarm-facts.h - frozen facts about a torrent, its peers and trackers: values, safe to hand to
 * another thread
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "peers/bt-peer-words.h"
#include "peers/bt-source.h"
#include "trackers/bt-tracker-state.h"
#include "webseeds/bt-web-seed-state.h"
#include "wire/bt-extension.h"

G_BEGIN_DECLS

typedef enum
{
  BT_SWARM_STOPPED,
  BT_SWARM_CHECKING,     /* hashing what is on disk */
  BT_SWARM_PREPARING,    /* making files */
  BT_SWARM_DOWNLOADING,
  BT_SWARM_SEEDING,
  BT_SWARM_NO_SPACE,     /* the disk is full: waits for room, keeps what it has */
  BT_SWARM_STOPPING,
  BT_SWARM_FAILED,       /* stopped because of an error: the reason is known */
  /* What follows is told of torrents that have no swarm now. */
  BT_SWARM_QUEUED,       /* waits for its turn */
  BT_SWARM_MISSING,      /* its drive or folder is not there: waits for it */
  BT_SWARM_MOVING,       /* its data is being moved to another folder */
  BT_SWARM_SEEKING,      /* only its magnet link is known: asks peers for the rest (BEP 9) */
} BtSwarmState;

/* Why nothing (or little) moves; a value that the engine computes, not a guess. */
typedef enum
{
  BT_REASON_NONE,
  BT_REASON_NO_PEERS,        /* nobody is known */
  BT_REASON_TRACKER_FAILED,  /* nobody is known, and the trackers fail: tracker_message */
  BT_REASON_CONNECTING,      /* some are being tried */
  BT_REASON_UNREACHABLE,     /* some are known, none could be reached */
  BT_REASON_NO_PIECES,       /* nobody connected has a piece that is missing here: reason_piece */
  BT_REASON_ALL_CHOKE,       /* those who have something do not let us have it: reason_peers */
  BT_REASON_STALLED,         /* asked, and no answer */
  BT_REASON_LIMIT,           /* your limit for this torrent */
  BT_REASON_DISK,            /* the disk is what is slow */
  BT_REASON_NO_SPACE,
  BT_REASON_LIMIT_OF_ALL,    /* your limit for all torrents together */
  BT_REASON_NOBODY_WANTS,    /* seeding: nobody connected wants anything */
  BT_REASON_NO_INCOMING,     /* some were known, none could be reached, and nobody ever reached us */
  BT_REASON_NO_DEVICE,       /* the network interface that all goes through is not to be used now: message */
  BT_REASON_DEVICE_REFUSED,  /* this system lets nobody like us use one interface only: message, as above */
  BT_REASON_PROXY,           /* the proxy reaches nobody for us: message, a sentence */
  /* Found by those above, never by the swarm itself. */
  BT_REASON_QUEUED,          /* waits for its turn */
  BT_REASON_MISSING,         /* the drive or folder is not there */
  BT_REASON_MOVING,          /* its files are on their way to another place */
  BT_REASON_CHECK_QUEUE,     /* waits for others' checks on the same disk */
  BT_REASON_SHARE_DONE,      /* paused: it has been shared enough */
  BT_REASON_TIMETABLE,       /* the timetable says pause now */
  BT_REASON_HELD,            /* all are held: BtSettings.is_held */
} BtReason;

/* All counters are of this run unless said otherwise; payload only unless said otherwise. */
typedef struct
{
  BtSwarmState state;
  BtReason     reason;
  guint64      total_bytes;       /* of all files */
  guint64      wanted_bytes;      /* of those not skipped, whole pieces */
  guint64      done_bytes;        /* of the wanted ones: verified, on disk */
  guint64      checked_bytes;     /* hashed by the last check; 0 when all was as it had been left */
  guint64      to_check_bytes;    /* that it has, or had, to hash in all */
  guint64      checked_bps;
  guint64      moved_bytes;       /* while its files are moved to another file system */
  guint64      moving_bytes;
  guint64      moving_bps;
  guint64      received_bytes;
  guint64      sent_bytes;
  guint64      wasted_bytes;      /* duplicates, unasked, failed */
  guint64      received_bps;
  guint64      sent_bps;
  gint64       left_us;           /* until complete at this rate; -1: unknown */
  guint32      n_pieces;
  guint32      n_have;
  guint32      copies_milli;      /* distributed copies among the peers */
  guint32      n_failed_pieces;
  guint        n_peers;           /* connected and greeted */
  guint        n_connecting;
  guint        n_seeds;           /* among the connected */
  guint        n_known;
  guint        n_unchoked_by;     /* peers that let us download */
  guint        n_unchoked;        /* peers that we let download */
  guint        n_banned;
  guint32      reason_piece;      /* nobody connected has it; G_MAXUINT32: does not apply */
  guint        reason_peers;      /* that choke us and have something; only with ALL_CHOKE */
  guint        n_web_seeds;       /* that can be used; 0 unless it runs */
  int          tracker_seeds;     /* -1: unknown */
  int          tracker_leechers;
  guint64      metadata_bytes;       /* SEEKING: of the description that is fetched; 0: nobody has said */
  guint64      metadata_done_bytes;  /* come, and not judged yet */
  guint        n_met;             /* SEEKING: peers that greeted us, since it began */
  guint        n_refused;         /* SEEKING: of these, without a description, or unwilling to send it */
  guint        n_nodes;           /* DHT nodes asked since it began */
  int          dht_seeds;         /* estimates of the DHT (BEP 33); -1: unknown */
  int          dht_leechers;
  char        *message;           /* owned, nullable: the error, the tracker's words, or the interface */
  gboolean     is_super_seeding;
} BtSwarmFacts;

void bt_swarm_facts_clear (BtSwarmFacts *facts);

typedef struct
{
  char    *path;       /* owned; beneath the folder, without suffix */
  guint64  length;
  guint64  done_bytes; /* in pieces that are had */
  guint8   priority;   /* BtPriority */
} BtFileRow;

void bt_file_row_clear (gpointer row);

typedef enum
{
  BT_PIECE_LOOK_MISSING,
  BT_PIECE_LOOK_OPEN,
  BT_PIECE_LOOK_HAD,
  BT_PIECE_LOOK_SKIPPED,
} BtPieceLook;

typedef struct
{
  BtAddress address;
  char      client[BT_EXTENSION_MAX_CLIENT_BYTES + 1];
  int       state;                /* BtPeerState */
  guint     source;               /* BtSource */
  guint64   received_bytes;
  guint64   sent_bytes;
  guint64   received_bps;
  guint64   sent_bps;
  gint64    connected_at_us;      /* 0: not yet */
  guint32   n_pieces;             /* it has */
  guint     progress_milli;       /* of all pieces, in thousandths */
  guint     n_requests;           /* ours, out */
  guint     n_queued;             /* theirs, waiting */
  guint     is_outgoing : 1;
  guint     is_choking_us : 1;
  guint     is_interested : 1;
  guint     am_choking : 1;
  guint     am_interested : 1;
  guint     is_utp : 1;           /* the connection runs over uTP */
  guint     is_snubbed : 1;
  guint     is_seed : 1;
  int       encrypted;            /* BtEncrypted */
} BtPeerRow;

typedef struct
{
  char   *url;       /* owned */
  char   *message;   /* owned */
  guint   tier;
  int     state;     /* BtTrackerState */
  gint64  last_at_us;
  gint64  next_at_us;
  int     n_seeds;   /* -1: unknown */
  int     n_leechers;
  int     n_downloaded;
  guint   n_peers;
} BtTrackerFacts;

void bt_tracker_facts_clear (gpointer facts);

typedef struct
{
  char    *url;             /* owned */
  char    *message;         /* owned; why it waits, failed or is banned, or "" */
  int      state;           /* BtWebSeedState */
  guint64  received_bytes;  /* of this run */
  guint64  received_bps;
  gint64   next_at_us;      /* engine clock: tried again; 0: it does not wait */
  guint    n_connections;
} BtWebSeedRow;

void bt_web_seed_row_clear (gpointer row);

G_END_DECLS
