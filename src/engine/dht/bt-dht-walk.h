/* bt-dht-walk.h - one look-up in one family: who is near to a target, who is to be asked next (BEP 5)
 *
 * Pure; sends nothing. Candidates are kept sorted by distance; the nearest that was not asked yet is next, until the
 * BT_DHT_K nearest that are there have answered. A node whose id is not right for its address (BEP 42) is asked, but
 * does not count as one of them. From one IP comes one candidate, from one network a few.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht-id.h"
#include "bt-dht-message.h"
#include "bt-dht-table.h"

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_ALPHA               5    /* questions in flight */
#define BT_DHT_WALK_MAX_CANDIDATES 64   /* remembered */
#define BT_DHT_WALK_MAX_DOUBTFUL   16   /* of them with a wrong id */
#define BT_DHT_WALK_MAX_ASKED      128
#define BT_DHT_WALK_MAX_NETWORK    3    /* candidates of one IPv4 /24, one IPv6 /48 */

typedef enum
{
  BT_DHT_CANDIDATE_NEW,
  BT_DHT_CANDIDATE_ASKED,
  BT_DHT_CANDIDATE_SLOW,      /* asked, and nothing is to wait for it any longer */
  BT_DHT_CANDIDATE_ANSWERED,
  BT_DHT_CANDIDATE_FAILED,
} BtDhtCandidateState;

typedef struct
{
  BtDhtId   id;
  BtAddress address;
  guint8    state;            /* BtDhtCandidateState */
  guint8    is_right;         /* BEP 42 */
  guint8    n_hops;
  guint8    has_sequence;     /* it has a version of the item (BEP 44) */
  guint8    n_token_bytes;    /* 0: it takes nothing from us */
  gint64    sequence;
  guint8    token[BT_DHT_MAX_TOKEN_BYTES];
} BtDhtCandidate;

typedef struct
{
  BtDhtId target;
  GArray *candidates;  /* owned; of BtDhtCandidate, nearest first */
  guint   n_asked;
  guint   n_answered;
} BtDhtWalk;

BtDhtWalk      *bt_dht_walk_new     (const BtDhtId   *target);
void            bt_dht_walk_free    (BtDhtWalk       *walk);
/* FALSE: known already, too many of that network, or not near enough. */
gboolean        bt_dht_walk_add     (BtDhtWalk       *walk,
                                     const BtDhtId   *id,
                                     const BtAddress *address,
                                     guint            n_hops);
/* Who is to be asked now, and counted as asked; NULL: nobody. Borrowed until the next change. */
BtDhtCandidate *bt_dht_walk_next    (BtDhtWalk       *walk);
BtDhtCandidate *bt_dht_walk_find    (BtDhtWalk       *walk,
                                     const BtAddress *address);
/* Nobody is to be asked, and nobody to be waited for. */
gboolean        bt_dht_walk_is_over (const BtDhtWalk *walk);
/* Indices of the nearest that answered, at most BT_DHT_K: those whose ids are right; only when there are none at all,
 * the others. Returns how many. */
guint           bt_dht_walk_get_nearest (const BtDhtWalk *walk,
                                         guint            out_indices[BT_DHT_K]);
/* From how dense it is around the target: how many nodes there are; 0: cannot be told. */
double          bt_dht_walk_estimate_size (const BtDhtWalk *walk);

static inline BtDhtCandidate *
bt_dht_walk_get (const BtDhtWalk *walk,
                 guint            index)
{
  return &g_array_index (walk->candidates, BtDhtCandidate, index);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtDhtWalk, bt_dht_walk_free)

G_END_DECLS
