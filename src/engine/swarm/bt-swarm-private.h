/* bt-swarm-private.h - the swarm's struct, shared by its files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-rate.h"
#include "base/bt-random.h"
#include "peers/bt-choker.h"
#include "pieces/bt-blame.h"
#include "wire/bt-pex-message.h"
#include "webseeds/bt-web-seed.h"

#include "bt-swarm.h"

G_BEGIN_DECLS

#define BT_SWARM_HAVE_DELAY_US      (200 * BT_MILLISECOND_US)  /* pieces are told in batches */
#define BT_SWARM_SPACE_RETRY_US     (5 * BT_SECOND_US)
#define BT_SWARM_CHECKS_AHEAD       8
#define BT_SWARM_YOUNG_US           (2 * BT_SECOND_US)         /* a piece that will soon be whole */
#define BT_SWARM_READ_BLOCKS        16                         /* in one read for uploading */
#define BT_SWARM_FAST_PIECE_S       20                         /* who needs less takes whole ones */
#define BT_SWARM_DUPLICATES         4                          /* asked at once, in end game */
#define BT_SWARM_N_ALLOWED_FAST     10
#define BT_SWARM_MAX_GONE           1000                       /* closed peers that blame may find */
#define BT_SWARM_BUSY_US            (60 * BT_SECOND_US)        /* since data: no newcomer's place */
#define BT_SWARM_USELESS_US         (180 * BT_SECOND_US)       /* since data: others' turn */
#define BT_SWARM_TURNOVER_US        (30 * BT_SECOND_US)
#define BT_SWARM_ATTEMPT_US         (3 * BT_SECOND_US)         /* a live newcomer may take its place */
#define BT_SWARM_MAX_WEB_SEEDS      16                         /* used; more are left out */
#define BT_SWARM_LOAD_BPS           1024                       /* more than mere talk */
#define BT_SWARM_MAX_PER_ADDRESS    8                          /* connections with one of outside */

/* What was asked for while it was stopping. */
typedef enum
{
  BT_NEXT_NOTHING,
  BT_NEXT_START,
  BT_NEXT_VERIFY,
  BT_NEXT_RECHECK,             /* check everything, then go on as BT_NEXT_START */
} BtSwarmNext;

/* A checkpoint under way: first blocks are spilled, then everything is synced. */
typedef struct
{
  BtSwarmCheckpointFunc func;
  gpointer              user_data;  /* borrowed */
  BtResume             *resume;     /* owned; what was there when the sync began; NULL: spilling */
  BtBitfield            touched;    /* owned; of files: written since then */
  guint                 n_spills;   /* that it waits for */
} BtCheckpoint;

typedef struct _SuperPeer SuperPeer;
typedef struct _PeerPex   PeerPex;
typedef struct _PeerPunch PeerPunch;
typedef struct _MetadataPeer MetadataPeer;

/* What the swarm keeps of a connection. */
typedef struct
{
  BtPeer       *peer;          /* owned */
  BtPickerPeer *picker_peer;   /* owned by the picker */
  BtKnownPeer  *known;         /* borrowed from `known`, nullable */
  SuperPeer    *super;         /* owned, nullable: it is not to know all that we have */
  PeerPex      *pex;           /* owned, nullable: neither told it of peers nor heard of any */
  PeerPunch    *punch;         /* owned, nullable: hole punching has not been spoken of */
  MetadataPeer *metadata;      /* owned, nullable: what it asked for of the description */
  guint32       blame_id;
  guint         source;        /* BtSource */
  guint         index;         /* in swarm->peers */
  gint64        unchoked_at_us;
  gint64        choked_at_us;
  guint64       sent_at_unchoke;
  gint64        came_at_us;
  gint64        moved_at_us;   /* data, in either direction; 0: never */
  guint64       moved_bytes;
  guint         n_haves_told;  /* of swarm->new_haves */
  guint         is_punch : 1;  /* dialled because a relay said so (BEP 55) */
  guint         is_optimistic : 1;
  guint         is_paused : 1;
  guint         is_greeted : 1;
} SwarmPeer;

/* What the swarm keeps of a web seed. */
typedef struct
{
  BtWebSeed    *seed;          /* owned */
  BtPickerPeer *picker_peer;   /* owned by the picker; NULL unless the swarm runs */
  guint32       blame_id;      /* 0: none */
} SwarmSeed;

/* Blocks of an open piece that are in memory. */
typedef struct
{
  guint32   piece;
  guint32   n_blocks;
  guint32   n_slots;           /* not NULL in slots */
  gint64    began_at_us;
  gint64    touched_at_us;
  guint     is_finishing : 1;  /* the disk has it; slots are lent */
  guint     must_retry : 1;    /* its write failed for want of space */
  guint32   n_spilled;
  guint8   *is_spilled;        /* owned, nullable: of each block, whether it is on disk already */
  guint8   *slots[];           /* owned */
} PieceBuffer;

/* One read for uploading, on its way. `peer` is NULL once it has gone. */
typedef struct
{
  BtSwarm     *swarm;
  SwarmPeer   *peer;
  BtBlockSpan  span;           /* all of it */
  guint        n_spans;
  BtBlockSpan  spans[BT_SWARM_READ_BLOCKS];
  guint8      *slots[BT_SWARM_READ_BLOCKS];
} UploadRead;

/* What has been said or done within a minute, counted from its first. */
typedef struct
{
  gint64 since_us;
  guint  n;
} SwarmMinute;

/* Invariant: `peers` holds every connection from its first attempt to its `closed`; n_connecting of
 * them are not greeted. `buffers` has an entry for every open piece of which at least one block is
 * in memory or with the disk.
 */
struct _BtSwarm
{
  /* Owned */
  BtMetainfo   *metainfo;
  char         *folder;
  BtStorage    *storage;
  BtPicker     *picker;
  BtTrackers   *trackers;      /* nullable */
  GPtrArray    *tiers;         /* nullable: as in the metainfo; GStrv, and a NULL at the end */
  BtKnownPeers *known;
  BtBlame      *blame;
  BtLimit      *read_limit;
  BtLimit      *write_limit;
  GPtrArray    *peers;         /* SwarmPeer */
  GHashTable   *by_blame;      /* NULL while nobody has come: blame id → known address: BtAddress */
  GPtrArray    *web_seeds;     /* SwarmSeed */
  GQueue        gone;          /* blame ids of closed peers in by_blame, oldest first */
  GHashTable   *buffers;       /* NULL until there was one: piece → PieceBuffer */
  GArray       *spilled;       /* BtBlockSpan: on disk since the last run, of unfinished pieces */
  BtResume     *resume;        /* nullable; what is known to be on the device: of the last stop or
                                * checkpoint, or as given */
  BtResume     *last_resume;   /* nullable; of the stop under way */
  BtCheckpoint *checkpoint;    /* nullable */
  BtBitfield    to_check;      /* of pieces: hashed, or to be hashed, by the check under way */
  BtBitfield    lost;          /* of pieces: their data was gone, and nobody asked for it again */
  BtBitfield    doubtful;      /* of files: a piece of them was lost; their stamps prove nothing */
  BtBitfield    wanted;        /* of files: as the storage has been told */
  char        **paths;         /* nullable; of each file, nullable: where it was renamed to */
  char         *parts_path;    /* nullable */
  guint32      *file_missing;  /* nullable; pieces of each file that are not had, for its suffix */
  GArray       *whole_files;   /* guint32: they lose their suffix soon */
  GArray       *new_haves;     /* guint32: completed and not told to everybody yet */
  GPtrArray    *reads;         /* UploadRead under way; borrowed */
  guint8       *priorities;    /* BtPriority of each file */
  GError       *error;

  /* Borrowed */
  const BtSwarmEnvironment *env;
  const BtSwarmOps         *ops;
  gpointer                  session;
  const BtGeometry         *geometry;

  /* Values */
  guint8        peer_id[BT_WIRE_PEER_ID_BYTES];
  BtSwarmState  state;
  BtSwarmNext   next;
  BtLimit      *read_limits[3];
  BtLimit      *write_limits[3];
  BtLimit      *tcp_limits[4];  /* of what is written over TCP to others than local peers */
  BtPreallocate preallocate;
  BtWebSeedShared web_shared;
  BtChoker      choker;
  BtTimer       choke_timer;
  BtTimer       have_timer;
  BtTimer       space_timer;
  BtPollTask    upkeep_task;   /* blocks or slots came free: others may have them */
  BtAddress     own_address;   /* as seen in a connection; for BEP 40 */
  SwarmMinute   punched;       /* whom relays have named */
  guint64       received_bytes;
  guint64       gone_sent_bytes;      /* payload, of closed peers */
  guint64       run_received_bytes;   /* what they were when this run began */
  guint64       run_sent_bytes;
  guint64       wasted_bytes;
  guint32       n_failed_pieces;
  guint         n_banned;
  guint         max_peers;
  guint         upload_slots;
  guint         n_connecting;
  guint64       device;
  guint         n_checks_pending;
  guint32       checks[BT_SWARM_CHECKS_AHEAD];  /* pieces, n_checks_pending of them */
  guint32       next_check;                     /* the next to be asked for is not before it */
  guint64       checked_bytes;
  guint64       to_check_bytes;
  BtRate        check_rate;
  guint         n_writes_pending;
  guint         n_spills_pending;
  guint         n_completing;         /* files whose suffix is being taken off */
  guint64       n_news;               /* something of its facts may have changed so often */
  guint         n_nodes;              /* the next three as the facts have them */
  int           dht_seeds;
  int           dht_leechers;
  gint64        have_told_at_us;
  gint64        turned_over_at_us;
  gint64        lonely_since_us;      /* nobody has been connected since; 0: somebody is */

  guint is_trusted : 1;        /* is_complete of the config, and not found wrong since */
  guint is_sequential : 1;
  guint is_super_seeding : 1;  /* wished for; bt_swarm_is_super_seeding() tells whether it is */
  guint must_be_complete : 1;
  guint has_dialled : 1;       /* tried to connect to somebody, in this run */
  guint was_lively : 1;        /* at the last tick */
  guint is_dialling : 1;       /* the session tries to connect it */
  guint is_verify_only : 1;
  guint was_complete : 1;      /* all of it, at the start of this run, or told `completed` */
  guint has_prepared : 1;
  guint is_stopping : 1;
  guint is_closing_storage : 1;
  guint use_trackers : 1;
  guint has_failed : 1;
  guint has_skips : 1;         /* some file is skipped */
  guint use_suffix : 1;
  guint is_looking : 1;        /* for what became of the files */
  guint has_looked : 1;        /* or had not to: `resume` is used up */
  guint is_checking : 1;       /* pieces are hashed, or were when it was stopped */
  guint is_full_check : 1;     /* of all pieces, whatever is known of them */
  guint is_check_queued : 1;   /* for bt_swarm_check_now() */
  guint is_dirty : 1;
  guint is_errand : 1;         /* not run, but files are renamed: STOPPING, and nothing to keep */
  guint must_change_wanted : 1;/* there was no room for files that are wanted now */
};

extern const BtPeerOps bt_swarm_peer_ops;

static inline gboolean
bt_swarm_is_running (const BtSwarm *swarm)
{
  return swarm->state == BT_SWARM_DOWNLOADING || swarm->state == BT_SWARM_SEEDING ||
         swarm->state == BT_SWARM_NO_SPACE;
}

/* `buffers`, also where there are none. */
static inline void
bt_swarm_iter_buffers (BtSwarm        *swarm,
                       GHashTableIter *iter)
{
  if (swarm->buffers != NULL)
    g_hash_table_iter_init (iter, swarm->buffers);
}

static inline gboolean
bt_swarm_next_buffer (BtSwarm        *swarm,
                      GHashTableIter *iter,
                      gpointer       *out_buffer)
{
  return swarm->buffers != NULL && g_hash_table_iter_next (iter, NULL, out_buffer);
}

/* bt-swarm.c */
/* Whatever has to be done before the next state has been. */
void       bt_swarm_run             (BtSwarm           *swarm);
/* The picker begins anew, without any piece. */
void       bt_swarm_forget_last_run (BtSwarm           *swarm);
void       bt_swarm_closed_cb       (BtStorage         *storage,
                                     const GError      *error,
                                     gpointer           user_data);
/* To the session, that it has changed. */
void       bt_swarm_tell            (BtSwarm           *swarm);
void       bt_swarm_set_state       (BtSwarm           *swarm,
                                     BtSwarmState       state);
void       bt_swarm_fail            (BtSwarm           *swarm,
                                     const GError      *error);
/* Makes files and folders, then goes on; also after waiting for room. */
void       bt_swarm_prepare         (BtSwarm           *swarm);
void       bt_swarm_check_complete  (BtSwarm           *swarm);
void       bt_swarm_continue_stop   (BtSwarm           *swarm);

/* bt-swarm-check.c */
/* Looks at the files, believes what is as it was left, and hashes the rest, or everything. */
void       bt_swarm_begin_check     (BtSwarm           *swarm,
                                     gboolean           is_full);
/* Hashes everything; of a torrent of which nothing is known. */
void       bt_swarm_check_unknown   (BtSwarm           *swarm);
/* The first piece that the check under way has not judged; n_pieces: none. */
guint32    bt_swarm_get_next_check  (BtSwarm           *swarm);

/* bt-swarm-resume.c */
/* NULL when it is of another torrent. */
BtResume  *bt_swarm_adopt_resume    (BtSwarm           *swarm,
                                     const BtResume    *resume);
/* What a torrent shows before it starts for the first time. */
void       bt_swarm_show_resume     (BtSwarm           *swarm);
/* The end of a stop: syncs, notes what is there, closes the files. */
void       bt_swarm_close_storage   (BtSwarm           *swarm);
void       bt_swarm_answer_checkpoint (BtSwarm         *swarm);
void       bt_swarm_checkpoint_spilled (BtSwarm        *swarm);
/* A part of a piece may have been written. */
void       bt_swarm_note_written    (BtSwarm           *swarm,
                                     guint32            piece);
/* The piece's data is not what it was. */
void       bt_swarm_note_lost       (BtSwarm           *swarm,
                                     guint32            piece);

/* bt-swarm-files.c */
const char *bt_swarm_get_file_path  (BtSwarm           *swarm,
                                     guint32            file);
void       bt_swarm_apply_records   (BtSwarm           *swarm,
                                     const BtSwarmConfig *config);
/* To the picker. */
void       bt_swarm_apply_priorities (BtSwarm          *swarm);
/* A new storage, told everything that comes before the first call. */
void       bt_swarm_open_storage    (BtSwarm           *swarm);
/* Tells the storage which files are wanted now. */
void       bt_swarm_change_wanted   (BtSwarm           *swarm);
/* At the start of a run: which files are whole already. */
void       bt_swarm_count_file_pieces (BtSwarm         *swarm);
void       bt_swarm_note_had        (BtSwarm           *swarm,
                                     guint32            piece);
/* Takes the suffixes off that are not needed any more. */
void       bt_swarm_complete_files  (BtSwarm           *swarm);

/* bt-swarm-facts.c */
guint64    bt_swarm_count_have_bytes (BtSwarm          *swarm);
guint64    bt_swarm_count_wanted_have_bytes (BtSwarm   *swarm);

/* Of a connection, without what the swarm alone knows of it. */
void       bt_swarm_fill_peer_row   (BtPeer            *peer,
                                     gint64             now_us,
                                     BtPeerRow         *out_row);
/* `trackers` nullable. (transfer full): BtTrackerFacts */
GArray    *bt_swarm_make_tracker_rows (BtTrackers      *trackers);

/* bt-swarm-trackers.c */
/* The port that trackers are told; not a real one when nobody can reach us. */
guint16    bt_swarm_get_told_port   (const BtSwarmEnvironment *env);

/* bt-swarm-peers.c */
/* The id that a torrent's peers and trackers know us by from now on: everybody's, or when anonymous one of its own. */
void       bt_swarm_draw_peer_id    (const BtSwarmEnvironment *env,
                                     guint8             out_id[BT_WIRE_PEER_ID_BYTES]);
/* Two connections to one peer, which has the id `theirs`: whether the newcomer is the one to go. Both ends come to the
 * same verdict as long as both connections work. */
gboolean   bt_swarm_is_newcomer_redundant (const BtSwarmEnvironment *env,
                                           BtPeer            *newcomer,
                                           BtPeer            *old,
                                           const guint8      *ours,
                                           const guint8      *theirs);
/* What every extension handshake of ours says to this peer; what else is offered is up to the caller. */
void       bt_swarm_begin_extended  (const BtSwarmEnvironment *env,
                                     BtPeer            *peer,
                                     BtExtensionHandshake *out_handshake);
/* A peer that is not in `known` has told where it listens (0: it has not). Returns what it is there from now on, marked
 * as connected; NULL: nothing, or another connection has it. */
/* Over what this one, nullable, is to be tried first: what it was met over, or what it was not yet, if it took the
 * connection and said nothing. */
void         bt_swarm_note_transport (BtKnownPeer             *known,
                                      BtPeer                  *peer,
                                      gboolean                 is_greeted);
BtKnownPeer *bt_swarm_learn_port    (const BtSwarmEnvironment *env,
                                     BtKnownPeers      *known,
                                     BtPeer            *peer,
                                     guint16            port);
void       bt_swarm_close_all       (BtSwarm           *swarm,
                                     BtCloseReason      reason);
/* Now that it is complete: seeds go, the others hear that we want nothing more. */
void       bt_swarm_close_seeds     (BtSwarm           *swarm);
/* Now that it is not complete any more. */
void       bt_swarm_reopen          (BtSwarm           *swarm);
/* Whether we want anything more, to everybody. */
void       bt_swarm_tell_extended   (BtSwarm           *swarm);
void       bt_swarm_update_interest (BtSwarm           *swarm,
                                     SwarmPeer         *peer);
void       bt_swarm_ban             (BtSwarm           *swarm,
                                     guint32            blame_id);

/* bt-swarm-extensions.c */
/* BtPeerOps.extension */
void       bt_swarm_extension       (gpointer           user_data,
                                     BtPeer            *peer,
                                     BtExtension        extension,
                                     const guint8      *payload,
                                     gsize              n_bytes);
/* Our node of the DHT is there, and may be spoken of in this torrent (BEP 27). */
gboolean   bt_swarm_uses_dht        (const BtSwarm     *swarm);
/* BtPeerOps.dht_node */
void       bt_swarm_dht_node        (gpointer           user_data,
                                     BtPeer            *peer,
                                     const BtAddress   *node);

/* bt-swarm-metadata.c */
/* What peers are told of its size; 0: it is not given away. */
guint32    bt_swarm_get_metadata_bytes (BtSwarm        *swarm);
void       bt_swarm_metadata_message (BtSwarm          *swarm,
                                      SwarmPeer        *peer,
                                      const guint8     *payload,
                                      gsize             n_bytes);
/* What it waits for of the description, as far as its output has room. */
void       bt_swarm_send_metadata   (BtSwarm           *swarm,
                                     SwarmPeer         *peer);

/* bt-swarm-trackers.c */
void       bt_swarm_start_trackers  (BtSwarm           *swarm);

/* bt-swarm-access.c */
/* The next to dial that is welcome; those who are not are forgotten. NULL: none now. */
BtKnownPeer *bt_swarm_pick_known    (BtSwarm           *swarm,
                                     gint64             now_us);
/* Nobody from outside takes more than a few places. */
gboolean   bt_swarm_has_room_for_ip (BtSwarm           *swarm,
                                     const BtAddress   *address);
gboolean   bt_swarm_is_exempt       (BtSwarm           *swarm,
                                     const BtAddress   *address);
void       bt_swarm_limit_stream    (BtSwarm           *swarm,
                                     BtStream          *stream);

/* bt-swarm-reason.c */
/* Fills in what goes with it. */
BtReason   bt_swarm_find_reason     (BtSwarm           *swarm,
                                     BtSwarmFacts      *facts,
                                     gboolean           trackers_failed);
/* Once a second. */
void       bt_swarm_note_lonely     (BtSwarm           *swarm,
                                     gint64             now_us);

/* bt-swarm-pex.c */
gboolean   bt_swarm_uses_pex        (const BtSwarm     *swarm);
/* Once a second: tells those whose minute is over. */
void       bt_swarm_pex_tick        (BtSwarm           *swarm,
                                     gint64             now_us);
/* What of a message counts: addresses that the teller can know of. `out_told` as for bt_pex_message_parse(). FALSE: it
 * is none. */
gboolean   bt_swarm_pex_read        (BtPeer            *teller,
                                     const guint8      *payload,
                                     gsize              n_bytes,
                                     BtPexPeer         *out_told,
                                     guint             *out_n_told);
/* A message has come. */
void       bt_swarm_pex_hear        (BtSwarm           *swarm,
                                     SwarmPeer         *peer,
                                     const guint8      *payload,
                                     gsize              n_bytes);
void       bt_swarm_pex_forget      (SwarmPeer         *peer);

/* Whether an address may be told to somebody at another: those of the local network stay there. */
gboolean   bt_swarm_pex_may_know_of (const BtAddress   *who,
                                     const BtAddress   *whom);

/* bt-swarm-holepunch.c */
/* Whether it may be spoken of in this torrent. */
gboolean   bt_swarm_uses_holepunch  (const BtSwarm     *swarm);
void       bt_swarm_holepunch_message (BtSwarm         *swarm,
                                     SwarmPeer         *peer,
                                     const guint8      *payload,
                                     gsize              n_bytes);
/* `teller` has told of a peer: it may be asked to bring us together. */
void       bt_swarm_holepunch_told  (SwarmPeer         *teller,
                                     const BtPexPeer   *told);
/* This address could not be reached: whoever told of it is asked. */
void       bt_swarm_holepunch_ask   (BtSwarm           *swarm,
                                     const BtAddress   *address);
void       bt_swarm_holepunch_forget (SwarmPeer        *peer);

/* bt-swarm-super-seed.c */
gboolean   bt_swarm_is_super_seeding (BtSwarm          *swarm);
/* In place of what we have, it is told that we have nothing. */
void       bt_swarm_super_greet     (BtSwarm           *swarm,
                                     SwarmPeer         *peer);
void       bt_swarm_super_forget    (SwarmPeer         *peer);
/* Somebody has got this piece. */
void       bt_swarm_super_has       (BtSwarm           *swarm,
                                     guint32            piece);
/* It was interested: it has all that it was told of. */
void       bt_swarm_super_lost_interest (BtSwarm       *swarm,
                                         SwarmPeer     *peer);
gboolean   bt_swarm_super_may_serve (SwarmPeer         *peer,
                                     guint32            piece);
void       bt_swarm_super_tick      (BtSwarm           *swarm,
                                     gint64             now_us);

/* bt-swarm-connect.c */
/* The connection with a known peer is over: when it may be tried again, and how. */
void       bt_swarm_known_closed    (const BtSwarmEnvironment *env,
                                     BtKnownPeers      *known_peers,
                                     BtKnownPeer       *known,
                                     BtPeer            *peer,
                                     gboolean           is_greeted,
                                     gboolean           has_worked);
/* Begins to connect to one that is not connected. `is_punch`: to where a relay has said (BEP 55). */
void       bt_swarm_dial            (BtSwarm           *swarm,
                                     BtKnownPeer       *known,
                                     gboolean           is_punch);
/* Once a second. Notes who is of use; when full, and others are known, those who are of none go. */
void       bt_swarm_turn_over       (BtSwarm           *swarm,
                                     gint64             now_us);

/* bt-swarm-choking.c */
void       bt_swarm_set_choking     (BtSwarm           *swarm,
                                     SwarmPeer         *peer,
                                     gboolean           is_choking);
void       bt_swarm_choke_cb        (gpointer           user_data);
/* Lets others have what came free, once this turn is over. */
void       bt_swarm_queue_upkeep    (BtSwarm           *swarm);
void       bt_swarm_upkeep_cb       (gpointer           user_data);

/* bt-swarm-download.c */
guint      bt_swarm_pick            (gpointer           user_data,
                                     BtPeer            *peer,
                                     BtBlockSpan       *out_spans,
                                     guint              n_max);
BtPeerBlock bt_swarm_block          (gpointer           user_data,
                                     BtPeer            *peer,
                                     const BtBlockSpan *span,
                                     guint8            *slot);
void       bt_swarm_have_cb         (gpointer           user_data);
void       bt_swarm_wait_for_space  (BtSwarm           *swarm,
                                     const GError      *error);
void       bt_swarm_space_cb        (gpointer           user_data);
void       bt_swarm_spill_all       (BtSwarm           *swarm);
/* The same for a checkpoint, but not of pieces that will be whole in a moment. Returns how many
 * spills were begun. */
guint      bt_swarm_spill_settled   (BtSwarm           *swarm,
                                     gboolean          *out_has_skipped);
/* When nothing is under way any more: remembers which blocks of unfinished pieces are on disk. */
void       bt_swarm_drop_buffers    (BtSwarm           *swarm);
/* They need not be fetched again, unless the check has found their piece. */
void       bt_swarm_restore_blocks  (BtSwarm           *swarm);
void       bt_swarm_free_buffer     (BtSwarm           *swarm,
                                     PieceBuffer       *buffer);

/* What the picker has just taken goes into its piece's buffer; others who were asked for it are told. */
void       bt_swarm_keep_block      (BtSwarm           *swarm,
                                     const BtBlockSpan *span,
                                     guint8            *slot,
                                     gboolean           is_complete);

/* bt-swarm-web-seeds.c */
void       bt_swarm_init_web_seeds  (BtSwarm           *swarm);
void       bt_swarm_clear_web_seeds (BtSwarm           *swarm);
/* In a run: those that do not take part in it begin. */
void       bt_swarm_start_web_seeds (BtSwarm           *swarm);
void       bt_swarm_retry_web_seeds (BtSwarm           *swarm);
void       bt_swarm_stop_web_seeds  (BtSwarm           *swarm);
/* Something may be there to be asked for. */
void       bt_swarm_fill_web_seeds  (BtSwarm           *swarm);
/* Nothing is wanted any more. */
void       bt_swarm_drop_web_runs   (BtSwarm           *swarm);
/* Memory is there again. */
void       bt_swarm_resume_web_seeds (BtSwarm          *swarm);
/* Of bt_picker_get_requesters(): a SwarmSeed, not a SwarmPeer. */
gboolean   bt_swarm_is_web_seed     (BtSwarm           *swarm,
                                     gpointer           requester);
/* FALSE: the liar is no web seed. */
gboolean   bt_swarm_ban_web_seed    (BtSwarm           *swarm,
                                     guint32            blame_id);
/* How many can be used; adds up what they are asked for and how fast it comes. */
guint      bt_swarm_count_web_seeds (BtSwarm           *swarm,
                                     guint             *out_n_requests,
                                     guint64           *out_bps);

/* bt-swarm-upload.c */
void       bt_swarm_wants_blocks    (gpointer           user_data,
                                     BtPeer            *peer);
gboolean   bt_swarm_may_serve       (gpointer           user_data,
                                     BtPeer            *peer,
                                     const BtBlockSpan *span);
void       bt_swarm_forget_reads    (BtSwarm           *swarm,
                                     SwarmPeer         *peer);

G_END_DECLS
