/* bt-dht-private.h - the node, shared by the files that it is made of
 *
 * bt-dht.c has its life and the way in; bt-dht-request.c what is in flight; bt-dht-answer.c what others ask;
 * bt-dht-search.c what the owner wants; bt-dht-upkeep.c how tables are filled and kept; bt-dht-save.c what stays.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht.h"
#include "bt-dht-bloom.h"
#include "bt-dht-flood.h"
#include "bt-dht-items.h"
#include "bt-dht-message.h"
#include "bt-dht-store.h"
#include "bt-dht-table.h"
#include "bt-dht-tokens.h"
#include "bt-dht-walk.h"

#include "base/bt-hash.h"

G_BEGIN_DECLS

#define BT_DHT_SECOND_US           G_GINT64_CONSTANT (1000000)
#define BT_DHT_MAX_REQUESTS        2048  /* in flight */
#define BT_DHT_MAX_OWN_SEARCHES    4     /* of the node itself, beside BT_DHT_MAX_SEARCHES */
#define BT_DHT_MAX_CONTACTS        640   /* addresses of a family waiting to be asked for the first time */
#define BT_DHT_MAX_ASKERS          64    /* of them because they asked us something */
#define BT_DHT_MAX_CONTACTING      16    /* of them in flight */
#define BT_DHT_MAX_TRIES           8     /* of a first contact, while a table is nearly empty */
#define BT_DHT_MAX_NODES_TAKEN     16    /* of one answer, in each family */
#define BT_DHT_MAX_ITEM_PACKET     1400  /* an item of 1000 bytes does not fit BT_DHT_MAX_PACKET_BYTES */
#define BT_DHT_UPKEEP_US           (5 * BT_DHT_SECOND_US)
#define BT_DHT_EXPIRE_US           (60 * BT_DHT_SECOND_US)
#define BT_DHT_REFRESH_US          (15 * 60 * BT_DHT_SECOND_US)
#define BT_DHT_SAMPLE_INTERVAL_S   3600

/* What a question is for. */
typedef enum
{
  BT_DHT_TO_CONTACT,  /* is somebody there who may come into the table? */
  BT_DHT_TO_PROBE,    /* is somebody of the table still there? */
  BT_DHT_TO_WALK,
  BT_DHT_TO_STORE,
  BT_DHT_TO_SAMPLE,
} BtDhtPurpose;

typedef struct
{
  guint32   transaction;   /* the key */
  BtAddress to;
  BtDhtId   id;            /* whom we take it to be */
  guint8    has_id;
  guint8    purpose;       /* BtDhtPurpose */
  guint8    is_slow;       /* a walk goes on without it */
  guint8    n_tries;       /* contacts: how many this is */
  guint64   search_id;     /* 0: of none; it may be gone */
  gint64    sent_at_us;
  gint64    slow_at_us;
  gint64    due_at_us;     /* has failed then */
} BtDhtRequest;

typedef struct
{
  BtAddress address;
  BtDhtId   id;
  guint8    has_id;
  guint8    n_tries;  /* that were in vain */
} BtDhtContact;

/* What there is once for each family. */
typedef struct
{
  BtFamily   family;
  guint      is_on : 1;
  guint      is_bootstrapped : 1;
  guint      needs_self : 1;     /* look around our own id as soon as possible */
  BtDhtTable table;
  GArray    *contacts;           /* owned; of BtDhtContact, first in first out */
  guint      n_contacting;
  guint64    self_search;        /* 0: none */
  gint64     self_again_at_us;   /* not before */
  guint      n_lonely;           /* how often in a row that found next to nobody */
  guint64    refresh_search;
  guint      next_fill;          /* bucket to be filled after the start; G_MAXUINT: all were */
  double     network_size;
} BtDhtSide;

typedef enum
{
  BT_DHT_SEARCH_PEERS,
  BT_DHT_SEARCH_NODES,
  BT_DHT_SEARCH_GET,
  BT_DHT_SEARCH_PUT,
  BT_DHT_SEARCH_SAMPLE,
} BtDhtSearchKind;

typedef enum
{
  BT_DHT_STAGE_OFF,       /* nothing to do in that family */
  BT_DHT_STAGE_WAITING,   /* for nodes */
  BT_DHT_STAGE_WALKING,
  BT_DHT_STAGE_STORING,
  BT_DHT_STAGE_OVER,
} BtDhtStage;

typedef struct
{
  BtDhtWalk *walk;       /* owned, nullable */
  BtDhtStage stage;
  guint      n_storing;  /* in flight */
} BtDhtTrip;

#define BT_DHT_N_SIDES 2

typedef struct
{
  guint64           id;
  BtDhtSearchKind   kind;
  BtDhtId           target;
  BtDhtSearchFlags  flags;
  guint16           port;
  guint             is_own : 1;     /* of the node itself */
  gint64            began_at_us;
  BtDhtTrip         trips[BT_DHT_N_SIDES];
  BtDhtSearchResult result;
  GHashTable       *told;           /* owned, nullable: a set of BtAddress */
  BtDhtBloom       *seeds;          /* owned, nullable: scrape */
  BtDhtBloom       *peers;
  BtDhtItem        *item;           /* owned, nullable: the best so far, or the one to put */
  guint8            salt[BT_DHT_MAX_SALT_BYTES];
  guint             n_salt_bytes;
  gint64            cas;            /* -1: none */
  BtAddress         node;           /* sample */
  BtDhtPeersFunc    peers_func;     /* functions nullable */
  BtDhtItemFunc     item_func;
  BtDhtSampleFunc   sample_func;
  BtDhtDoneFunc     done_func;
  gpointer          user_data;      /* borrowed */
} BtDhtSearch;

struct _BtDht
{
  const BtDhtOps *ops;            /* borrowed */
  gpointer        owner;          /* borrowed */
  gint64          now_us;         /* of the last call */
  guint8          secret[BT_DHT_SECRET_BYTES];
  guint8          version[BT_DHT_VERSION_BYTES];
  guint           has_version : 1;
  guint           is_read_only : 1;
  guint           is_due : 1;     /* something is to be done at once */
  guint           depth;          /* of calls from outside that may call the owner */
  BtRandom        random;
  BtDhtSide       sides[BT_DHT_N_SIDES];
  BtDhtStore     *store;          /* owned, as all that follows */
  BtDhtItems     *items;
  BtDhtFlood     *flood;
  GHashTable     *requests;       /* transaction → BtDhtRequest */
  GHashTable     *searches;       /* id → BtDhtSearch */
  GPtrArray      *graves;         /* searches that ended during a call */
  guint64         last_search_id;
  guint           n_own_searches;
  guint64         n_transactions;
  guint8          transactions[BT_SHA1_BYTES]; /* the next ones */
  gint64          next_request_us; /* no request is slow or due before */
  gint64          next_upkeep_us;
  gint64          next_expire_us;
  double          round_trip_us;  /* smoothed; 0: none yet */
  double          round_trip_variance_us;
  BtDhtId         samples[BT_DHT_MAX_SAMPLES];
  guint           n_samples;
  gint64          sampled_at_us;
  BtDhtFacts      facts;          /* only the counters */
};

static inline BtDhtSide *
bt_dht_get_side (BtDht    *dht,
                 BtFamily  family)
{
  BtDhtSide *side = &dht->sides[family == BT_FAMILY_IPV6 ? 1 : 0];

  return family != BT_FAMILY_NONE && side->is_on ? side : NULL;
}

/* bt-dht.c */
void           bt_dht_send              (BtDht              *dht,
                                         const BtAddress    *to,
                                         BtDhtMessage       *message);

/* bt-dht-request.c: NULL when too much is in flight. Completes the message with id, transaction and version. What is
 * returned is borrowed until the next call. */
BtDhtRequest  *bt_dht_request           (BtDht              *dht,
                                         BtDhtPurpose        purpose,
                                         guint64             search_id,
                                         const BtAddress    *to,
                                         const BtDhtId      *id,
                                         BtDhtMessage       *message);
/* An answer or a failure. FALSE: to nothing we asked. May call the owner. */
gboolean       bt_dht_request_answered  (BtDht              *dht,
                                         const BtAddress    *from,
                                         const BtDhtMessage *message);
void           bt_dht_request_tick      (BtDht              *dht);
gboolean       bt_dht_request_has_to    (BtDht              *dht,
                                         const BtAddress    *to);
void           bt_dht_request_free      (gpointer            request);

/* bt-dht-answer.c */
void           bt_dht_answer            (BtDht              *dht,
                                         const BtAddress    *from,
                                         const BtDhtMessage *query);

/* bt-dht-search.c */
BtDhtSearch   *bt_dht_search_find       (BtDht              *dht,
                                         guint64             search_id);
/* Of the node itself, in one family. 0: too many. */
guint64        bt_dht_search_nodes      (BtDht              *dht,
                                         BtDhtSide          *side,
                                         const BtDhtId      *target);
void           bt_dht_search_free       (gpointer            search);
/* May call the owner, and end the search, as all that follows. */
void           bt_dht_search_answered   (BtDht              *dht,
                                         const BtDhtRequest *request,
                                         const BtDhtMessage *message);
void           bt_dht_search_failed     (BtDht              *dht,
                                         const BtDhtRequest *request);
void           bt_dht_search_slow       (BtDht              *dht,
                                         const BtDhtRequest *request);
void           bt_dht_search_tick       (BtDht              *dht);

/* bt-dht-search-take.c: what an answer brings */
void           bt_dht_search_take       (BtDht              *dht,
                                         BtDhtSearch        *search,
                                         const BtDhtMessage *message);
/* Sets what a scrape tells. */
void           bt_dht_search_conclude   (BtDhtSearch        *search);

/* bt-dht-upkeep.c */
void           bt_dht_upkeep_tick       (BtDht              *dht);
void           bt_dht_upkeep_contact    (BtDht              *dht,
                                         const BtAddress    *address,
                                         const BtDhtId      *id,
                                         guint               n_max_waiting);
/* Somebody who was contacted has answered, or not. */
void           bt_dht_upkeep_contacted  (BtDht              *dht,
                                         BtDhtSide          *side,
                                         const BtDhtRequest *request,
                                         const BtDhtMessage *message);
/* A search of the node itself is over. */
void           bt_dht_upkeep_walked     (BtDht              *dht,
                                         guint64             search_id,
                                         guint               n_answered);

/* bt-dht-save.c: FALSE and nothing happens when the bytes are no state */
gboolean       bt_dht_restore           (BtDht              *dht,
                                         GBytes             *saved);

G_END_DECLS
