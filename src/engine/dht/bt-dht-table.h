/* bt-dht-table.h - the nodes of one family that we know, many near to us and few far away (BEP 5)
 *
 * Pure. Only nodes that have answered come in here; at most one of each IP (of each /64 with IPv6, local addresses
 * exempt), so that nobody fills it from one place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht-id.h"

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_K                8    /* nodes in a bucket, and in an answer */
#define BT_DHT_MAX_SPARE        4    /* nodes waiting for a place in a bucket */
#define BT_DHT_MAX_BUCKETS      48   /* nobody shares that many bits with us by chance */
#define BT_DHT_MAX_FAILURES     3    /* in a row: gone */
#define BT_DHT_FRESH_US         (15 * 60 * G_GINT64_CONSTANT (1000000))
#define BT_DHT_SILENT_US        (30 * G_GINT64_CONSTANT (1000000))  /* nobody answers: it is the network */

typedef struct
{
  gint64    heard_at_us;   /* the last answer, or query since */
  gint64    asked_at_us;   /* the last ping of ours to see whether it is there; G_MININT64: none */
  BtDhtId   id;
  BtAddress address;
  guint16   round_trip_ms;
  guint8    n_failures;    /* in a row */
  guint8    is_right;      /* BEP 42 */
} BtDhtNode;

typedef struct
{
  BtDhtNode  nodes[BT_DHT_K];
  BtDhtNode *spare;          /* owned, nullable: BT_DHT_MAX_SPARE of them, oldest first */
  gint64     changed_at_us;  /* a node came, or it was refreshed */
  guint8     n_nodes;
  guint8     n_spare;
} BtDhtBucket;

/* Invariant: bucket i has nodes that share exactly i bits with `own_id`, the last one those that share i or more;
 * there is at least one bucket. */
typedef struct
{
  BtDhtId      own_id;
  BtFamily     family;
  BtDhtBucket *buckets;     /* owned */
  gint64       answered_at_us;  /* by anybody; G_MININT64: never */
  guint        n_buckets;
  guint        n_nodes;     /* without the spare ones */
} BtDhtTable;

void         bt_dht_table_init       (BtDhtTable       *table,
                                      BtFamily          family,
                                      const BtDhtId    *own_id,
                                      gint64            now_us);
void         bt_dht_table_clear      (BtDhtTable       *table);
/* Arranges the nodes anew around another id. */
void         bt_dht_table_set_own_id (BtDhtTable       *table,
                                      const BtDhtId    *own_id,
                                      gint64            now_us);
/* A node has answered. TRUE: it is in the table now, or was; FALSE: there is no place, maybe it is spare. */
gboolean     bt_dht_table_answered   (BtDhtTable       *table,
                                      const BtDhtId    *id,
                                      const BtAddress  *address,
                                      guint             round_trip_ms,
                                      gint64            now_us);
/* A node has asked us something. TRUE: it is not in the table, but it may come in if it answers. */
gboolean     bt_dht_table_heard      (BtDhtTable       *table,
                                      const BtDhtId    *id,
                                      const BtAddress  *address,
                                      gint64            now_us);
/* A node has not answered. It goes when a spare one is there, or after BT_DHT_MAX_FAILURES; but nobody goes while
 * nobody answers, or a cable that was pulled out would cost the whole table. */
void         bt_dht_table_failed     (BtDhtTable       *table,
                                      const BtDhtId    *id,
                                      const BtAddress  *address,
                                      gint64            now_us);
/* The node with this id and address. Borrowed until the next change. */
BtDhtNode   *bt_dht_table_find       (BtDhtTable       *table,
                                      const BtDhtId    *id,
                                      const BtAddress  *address);
/* Up to `n_max` nodes, nearest to `target` first; only those that did not fail lately. */
gsize        bt_dht_table_closest    (const BtDhtTable *table,
                                      const BtDhtId    *target,
                                      BtDhtNode        *out_nodes,
                                      gsize             n_max);
/* The node that has not been heard of for longest, of those that failed last or were not heard of for BT_DHT_FRESH_US;
 * only if it was last asked before `asked_before_us`. NULL: none. Borrowed until the next change. */
BtDhtNode   *bt_dht_table_get_stale  (BtDhtTable       *table,
                                      gint64            now_us,
                                      gint64            asked_before_us);
/* A bucket that is not full of good nodes and has not changed for `age_us`; -1: none. */
int          bt_dht_table_get_idle_bucket (const BtDhtTable *table,
                                           gint64            now_us,
                                           gint64            age_us);
gboolean     bt_dht_node_is_good     (const BtDhtNode  *node,
                                      gint64            now_us);

G_END_DECLS
