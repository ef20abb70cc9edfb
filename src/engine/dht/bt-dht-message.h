/* bt-dht-message.h - KRPC messages (BEP 5, 32, 33, 42, 43, 44, 51), read and written
 *
 * Pure. One struct for both ways: what bt_dht_message_put() writes bt_dht_message_parse() reads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht-id.h"

#include "base/bt-address.h"
#include "bencode/bt-bencode.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_MAX_TRANSACTION_BYTES 32   /* of others: sent back as they are */
#define BT_DHT_MAX_TOKEN_BYTES       64   /* of others */
#define BT_DHT_MAX_VALUES            150  /* peers in one message */
#define BT_DHT_MAX_NODES             40   /* of a family in one message */
#define BT_DHT_NODE4_BYTES           26   /* an id and a compact address */
#define BT_DHT_NODE6_BYTES           38
#define BT_DHT_MAX_SAMPLE_BYTES      (100 * BT_DHT_ID_BYTES)
#define BT_DHT_MAX_INTERVAL_S        21600

typedef enum
{
  BT_DHT_QUERY,
  BT_DHT_ANSWER,
  BT_DHT_FAILURE,
} BtDhtKind;

typedef enum
{
  BT_DHT_PING,
  BT_DHT_FIND_NODE,
  BT_DHT_GET_PEERS,
  BT_DHT_ANNOUNCE_PEER,
  BT_DHT_GET,
  BT_DHT_PUT,
  BT_DHT_SAMPLE_INFOHASHES,
  BT_DHT_N_METHODS,
  BT_DHT_OTHER = BT_DHT_N_METHODS,  /* one we do not know */
} BtDhtMethod;

/* Bytes within a message, or the caller's. NULL: not given. */
typedef struct
{
  const guint8 *bytes;  /* borrowed */
  gsize         n_bytes;
} BtDhtBytes;

typedef struct
{
  BtBencode  *document;       /* owned, nullable: what the fields point into */
  BtDhtKind   kind;
  BtDhtMethod method;         /* of queries */
  guint       has_id : 1;
  guint       has_target : 1;
  guint       has_sequence : 1;
  guint       has_cas : 1;
  guint       is_read_only : 1;   /* `ro` */
  guint       has_want : 1;
  guint       wants_ipv4 : 1;
  guint       wants_ipv6 : 1;
  guint       is_implied_port : 1;
  guint       is_seed : 1;
  guint       no_seeds : 1;
  guint       is_scrape : 1;
  guint       has_sample : 1;     /* `samples`: maybe none */
  guint       is_value_canonical : 1;
  guint16     port;
  BtDhtId     id;
  BtDhtId     target;             /* `info_hash` with get_peers and announce_peer, else `target` */
  BtDhtBytes  transaction;
  BtDhtBytes  version;
  BtDhtBytes  token;
  BtDhtBytes  nodes;              /* whole compact nodes, at most BT_DHT_MAX_NODES */
  BtDhtBytes  nodes6;
  BtDhtBytes  seeds_bloom;        /* exactly BT_DHT_BLOOM_BYTES, as the next */
  BtDhtBytes  peers_bloom;
  BtDhtBytes  value;              /* bencoded, of any length that is within the packet */
  BtDhtBytes  key;                /* exactly BT_DHT_KEY_BYTES */
  BtDhtBytes  signature;          /* exactly BT_DHT_SIGNATURE_BYTES */
  BtDhtBytes  salt;
  BtDhtBytes  samples;            /* whole ids */
  gint64      sequence;
  gint64      cas;
  guint32     n_in_all;           /* `num` */
  guint32     interval_s;
  gint64      error;              /* of failures */
  const char *error_text;         /* borrowed; only written */
  BtAddress   seen_at;            /* `ip`; family NONE: not given */
  gsize       n_peers;            /* `values`, at most BT_DHT_MAX_VALUES; those that can be connected to */
  BtAddress   peers[BT_DHT_MAX_VALUES];
} BtDhtMessage;

typedef enum
{
  BT_DHT_PARSED,        /* a message; a query may still lack what its method needs */
  BT_DHT_PARSED_ALIEN,  /* no bencoded dictionary: something else on the same socket */
  BT_DHT_PARSED_BAD,    /* rubbish: to be dropped */
} BtDhtParsed;

/* Everything zero; the peers are left as they are. */
void        bt_dht_message_init  (BtDhtMessage       *message);
void        bt_dht_message_clear (BtDhtMessage       *message);
/* `bytes` must outlive the message. Initialises `message` in any case; clear it in any case. */
BtDhtParsed bt_dht_message_parse (const guint8       *bytes,
                                  gsize               n_bytes,
                                  BtDhtMessage       *message);
/* Everything that is set, as far as it belongs to the kind and method. (transfer full) */
GBytes     *bt_dht_message_put   (const BtDhtMessage *message);
/* One compact node; FALSE: none one could ask. `bytes` has BT_DHT_NODE4_BYTES or BT_DHT_NODE6_BYTES. */
gboolean    bt_dht_node_read     (const guint8       *bytes,
                                  BtFamily            family,
                                  BtDhtId            *out_id,
                                  BtAddress          *out_address);
/* Returns how many bytes were written. */
gsize       bt_dht_node_write    (const BtDhtId      *id,
                                  const BtAddress    *address,
                                  guint8              out_bytes[BT_DHT_NODE6_BYTES]);

G_END_DECLS
