/* bt-dht.h - a node of the distributed hash table (BEP 5, 32, 33, 42, 43, 44, 51), both families
 *
 * Pure: no socket, clock, thread or source of randomness of its own. Datagrams and the time are handed in, datagrams
 * and what was found are handed out. Whoever drives it calls bt_dht_receive() for each datagram and bt_dht_tick() at
 * bt_dht_get_next_us(), which may be earlier after any call.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht-id.h"

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_SECRET_BYTES      20
#define BT_DHT_VERSION_BYTES     4
#define BT_DHT_MAX_PACKET_BYTES  1024  /* of what we send (BEP 32) */
#define BT_DHT_MAX_RECEIVE_BYTES 4096  /* of what is looked at */
#define BT_DHT_MAX_SEARCHES      128   /* under way or waiting, items and samples included */
#define BT_DHT_MAX_SEARCH_PEERS  2000  /* told by one search, in all */
#define BT_DHT_MAX_SAVED_NODES   512   /* of a family */
#define BT_DHT_MAX_SAMPLES       40    /* info-hashes in one answer */

/* BEP 44 */
#define BT_DHT_MAX_VALUE_BYTES   1000
#define BT_DHT_MAX_SALT_BYTES    64
#define BT_DHT_KEY_BYTES         32
#define BT_DHT_SIGNATURE_BYTES   64

typedef struct _BtDht BtDht;

typedef struct
{
  /* One datagram; may be dropped, as the network may. Must not call back into the node. */
  void (*send)    (gpointer         owner,
                   const BtAddress *to,
                   const guint8    *bytes,
                   gsize            n_bytes);
  /* A node that we asked says that our question came from `address` (BEP 42, `ip`): one vote of one voter, not to be
   * believed alone. Nullable. May call bt_dht_set_external(). */
  void (*seen_at) (gpointer         owner,
                   const BtAddress *voter,
                   const BtAddress *address);
} BtDhtOps;

typedef struct
{
  guint   has_ipv4 : 1;                     /* at least one of both */
  guint   has_ipv6 : 1;
  guint   is_read_only : 1;                 /* see bt_dht_set_read_only() */
  guint8  secret[BT_DHT_SECRET_BYTES];      /* from bt_random_fill_secure(): tokens, transactions, ids */
  guint8  version[BT_DHT_VERSION_BYTES];    /* `v` of every message; all zero: none */
  GBytes *saved;                            /* borrowed, nullable: from bt_dht_save(); bad bytes are ignored */
} BtDhtConfig;

/* Copies what it is given; `ops` is borrowed for life. Thread: whichever owns the node. */
BtDht   *bt_dht_new            (const BtDhtConfig *config,
                                const BtDhtOps    *ops,
                                gpointer           owner,
                                gint64             now_us);
/* Calls nobody: searches end without a word. Not from within one of its callbacks. */
void     bt_dht_free           (BtDht             *dht);

/* Any bytes from anywhere. FALSE when they are no message of the DHT (no bencoded dictionary), so that a socket that
 * is shared with others may try them next; TRUE also when the message was dropped. */
gboolean bt_dht_receive        (BtDht             *dht,
                                const BtAddress   *from,
                                const guint8      *bytes,
                                gsize              n_bytes,
                                gint64             now_us);
/* Does what is due. */
void     bt_dht_tick           (BtDht             *dht,
                                gint64             now_us);
/* When to call bt_dht_tick() at the latest; may be past. */
gint64   bt_dht_get_next_us    (BtDht             *dht);

/* Tells of a node: a bootstrap node, a peer's PORT message. It is asked first and enters a table when it answers.
 * Dropped when too many wait already, the family is off, or the address cannot be one. */
void     bt_dht_add_node       (BtDht             *dht,
                                const BtAddress   *address,
                                gint64             now_us);
/* BEP 43: asks, but answers nobody and says so. For metered networks, and where nobody gets through to us. */
void     bt_dht_set_read_only  (BtDht             *dht,
                                gboolean           is_read_only);
gboolean bt_dht_get_read_only  (BtDht             *dht);
/* Our address as others see it, of one family, the port is of no matter. When the node's id is not right for it (BEP
 * 42), the node takes a new one and arranges its table anew. Local addresses change nothing. */
void     bt_dht_set_external   (BtDht             *dht,
                                const BtAddress   *address,
                                gint64             now_us);
/* The node's id in a family's table; NULL when that family is off. Borrowed. */
const BtDhtId *bt_dht_get_id   (BtDht             *dht,
                                BtFamily           family);
/* Our ids and the good nodes of both tables, at most BT_DHT_MAX_SAVED_NODES of each. (transfer full) */
GBytes  *bt_dht_save           (BtDht             *dht,
                                gint64             now_us);

/* --- Peers of a torrent --- */

typedef enum
{
  BT_DHT_SEARCH_NONE         = 0,
  BT_DHT_SEARCH_ANNOUNCE     = 1 << 0,  /* tell the nodes nearest to the info-hash that we are a peer */
  BT_DHT_SEARCH_IMPLIED_PORT = 1 << 1,  /* … at the port the datagram comes from */
  BT_DHT_SEARCH_SEED         = 1 << 2,  /* … and a seed (BEP 33); asks for peers that are none */
  BT_DHT_SEARCH_SCRAPE       = 1 << 3,  /* estimate seeds and peers (BEP 33) */
} BtDhtSearchFlags;

typedef struct
{
  guint    n_asked;      /* nodes, of both families */
  guint    n_answered;
  guint    n_hops;       /* how many nodes the one nearest to the target is away */
  guint    n_stored;     /* nodes that took the announce or the item */
  guint    n_peers;      /* told, each once */
  guint    n_nearest;    /* of the eight nearest nodes (sixteen in two families) how many were found */
  double   n_seeds;      /* estimates of a scrape; -1: nothing known. Seeds are none of the peers. */
  double   n_leechers;
  gboolean is_starved;   /* no node was known, nor came to be known in BT_DHT_MAX_WAIT_US: nobody was asked */
} BtDhtSearchResult;

/* Peers not told before by this search; borrowed. */
typedef void (*BtDhtPeersFunc) (gpointer                 user_data,
                                const BtAddress         *peers,
                                gsize                    n_peers);
/* The last call of a search; its id is gone. */
typedef void (*BtDhtDoneFunc)  (gpointer                 user_data,
                                const BtDhtSearchResult *result);

/* Looks for peers of a torrent in the tables of both families, and announces when asked to. While no node is known it
 * waits for the first ones. Both functions are nullable, and called only from within bt_dht_receive() and
 * bt_dht_tick(); they may do everything except free the node. An announce is good for half an hour at most; whoever
 * announces does so again every BT_DHT_ANNOUNCE_INTERVAL_US. Returns the search's id, 0 when there are
 * BT_DHT_MAX_SEARCHES already. `port` only matters with ANNOUNCE.
 */
#define BT_DHT_ANNOUNCE_INTERVAL_US (15 * 60 * G_GINT64_CONSTANT (1000000))
#define BT_DHT_MAX_WAIT_US          (60 * G_GINT64_CONSTANT (1000000))

guint64 bt_dht_search          (BtDht             *dht,
                                const guint8       info_hash[BT_DHT_ID_BYTES],
                                BtDhtSearchFlags   flags,
                                guint16            port,
                                BtDhtPeersFunc     peers_func,
                                BtDhtDoneFunc      done_func,
                                gpointer           user_data,
                                gint64             now_us);
/* How far it is. FALSE: it has ended. */
gboolean bt_dht_get_search     (BtDht             *dht,
                                guint64            search_id,
                                BtDhtSearchResult *out_result);
/* Ends whatever the id stands for (search, item, sample) without a further call. Harmless when it has ended. */
void    bt_dht_cancel          (BtDht             *dht,
                                guint64            search_id);

/* --- Items (BEP 44) --- */

/* An item in memory of its own. Immutable: only the value. */
typedef struct
{
  guint8  value[BT_DHT_MAX_VALUE_BYTES];       /* bencoded */
  guint16 n_value_bytes;
  guint8  n_salt_bytes;
  guint8  is_mutable;
  gint64  sequence;                            /* 0 or more */
  guint8  salt[BT_DHT_MAX_SALT_BYTES];
  guint8  key[BT_DHT_KEY_BYTES];               /* ed25519, public */
  guint8  signature[BT_DHT_SIGNATURE_BYTES];
} BtDhtItem;

/* Where an item is kept: the hash of its value, or of its key and salt. */
void     bt_dht_item_get_target (const BtDhtItem *item,
                                 BtDhtId         *out_target);
/* The public key of a secret one, a seed of 32 random bytes (RFC 8032). FALSE: GnuTLS refuses. */
gboolean bt_dht_key_from_secret (const guint8     secret[BT_DHT_KEY_BYTES],
                                 guint8           out_key[BT_DHT_KEY_BYTES]);
/* Sets the key and the signature over salt, sequence and value. FALSE: GnuTLS refuses. */
gboolean bt_dht_item_sign       (BtDhtItem       *item,
                                 const guint8     secret[BT_DHT_KEY_BYTES]);
/* Whether it may be put: a bencoded value in its one canonical form, and the signature right. */
gboolean bt_dht_item_is_valid   (const BtDhtItem *item);

/* A verified item: the one of an immutable target, or one with a higher sequence number than any before; borrowed. */
typedef void (*BtDhtItemFunc)  (gpointer                 user_data,
                                const BtDhtItem         *item);

/* `salt` belongs to a mutable item's target, and may be NULL with 0. Otherwise as bt_dht_search(). An immutable item
 * ends the search when found. */
guint64 bt_dht_get_item        (BtDht             *dht,
                                const BtDhtId     *target,
                                const guint8      *salt,
                                gsize              n_salt_bytes,
                                BtDhtItemFunc      item_func,
                                BtDhtDoneFunc      done_func,
                                gpointer           user_data,
                                gint64             now_us);
/* Stores a valid item (else 0) on the nodes nearest to its target; `expected_sequence` (`cas`): only over this one; -1:
 * over any lower. Good for two hours; put again every hour. */
guint64 bt_dht_put_item        (BtDht             *dht,
                                const BtDhtItem   *item,
                                gint64             expected_sequence,
                                BtDhtDoneFunc      done_func,
                                gpointer           user_data,
                                gint64             now_us);

/* --- Samples (BEP 51) --- */

typedef struct
{
  const BtDhtId *hashes;       /* borrowed; NULL when the node did not answer */
  guint          n_hashes;
  guint32        n_in_all;     /* as it says: info-hashes it knows of */
  guint32        interval_s;   /* not to be asked again for so long; 0 … 21600 */
} BtDhtSample;

typedef void (*BtDhtSampleFunc) (gpointer           user_data,
                                 const BtDhtSample *sample);

/* Asks one node which info-hashes it knows peers of. The function is called once, unless cancelled. 0: too many are
 * under way. */
guint64 bt_dht_sample          (BtDht             *dht,
                                const BtAddress   *node,
                                BtDhtSampleFunc    func,
                                gpointer           user_data,
                                gint64             now_us);

/* --- Facts --- */

typedef struct
{
  guint    is_on : 1;
  guint    is_bootstrapped : 1;  /* knows its own surroundings */
  guint    n_good;               /* nodes heard of in the last 15 minutes */
  guint    n_questionable;       /* others that may still be there */
  guint    n_spare;              /* wait for a place in a full bucket */
  guint    n_buckets;
  guint    n_waiting;            /* addresses to be asked for the first time */
  double   network_size;         /* estimated number of nodes; 0: no idea yet */
} BtDhtFamilyFacts;

typedef struct
{
  BtDhtFamilyFacts ipv4;
  BtDhtFamilyFacts ipv6;
  guint64          n_packets_in;
  guint64          n_packets_out;
  guint64          n_bytes_in;
  guint64          n_bytes_out;
  guint64          n_queries_in;        /* answered */
  guint64          n_queries_out;
  guint64          n_answers_in;        /* to a question of ours */
  guint64          n_timed_out;         /* questions without an answer */
  guint64          n_dropped_flood;     /* packets above a limit */
  guint64          n_dropped_rubbish;   /* malformed, or answers to nothing we asked */
  guint64          n_dropped_lies;      /* answers with a wrong id, with our own, or with themselves */
  guint            n_flooders;          /* addresses ignored at present */
  guint            n_peers_stored;
  guint            n_hashes_stored;
  guint            n_items_stored;
  guint            n_searches;          /* of the owner's */
  guint            n_requests;          /* in flight */
  guint            round_trip_ms;       /* smoothed; 0: none measured */
  guint            is_read_only : 1;
} BtDhtFacts;

void     bt_dht_get_facts      (BtDht             *dht,
                                BtDhtFacts        *out_facts,
                                gint64             now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtDht, bt_dht_free)

G_END_DECLS
