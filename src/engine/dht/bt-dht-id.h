/* bt-dht-id.h - 160-bit ids of the DHT: distance, and their tie to an address (BEP 42)
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-random.h"

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define BT_DHT_ID_BYTES 20
#define BT_DHT_ID_BITS  160

/* A node's id, an info-hash or an item's target. */
typedef struct
{
  guint8 bytes[BT_DHT_ID_BYTES];
} BtDhtId;

static inline gboolean
bt_dht_id_equal (const BtDhtId *a,
                 const BtDhtId *b)
{
  return memcmp (a->bytes, b->bytes, BT_DHT_ID_BYTES) == 0;
}

/* Less than, equal to or greater than 0: whether `a` is nearer to `target` than `b` by the XOR metric (BEP 5). */
int      bt_dht_id_compare      (const BtDhtId   *target,
                                 const BtDhtId   *a,
                                 const BtDhtId   *b);
/* Bits at the front that both share: 0 … 160. */
guint    bt_dht_id_get_shared   (const BtDhtId   *a,
                                 const BtDhtId   *b);
/* How far apart, as a part of the whole space: 0 … 1. */
double   bt_dht_id_get_distance (const BtDhtId   *a,
                                 const BtDhtId   *b);
void     bt_dht_id_make_random  (BtDhtId         *id,
                                 BtRandom        *random);
/* A random id that shares exactly `n_bits` < 160 bits with `id`. */
void     bt_dht_id_make_beside  (BtDhtId         *out_id,
                                 const BtDhtId   *id,
                                 guint            n_bits,
                                 BtRandom        *random);
/* BEP 42: a random id that is right for a node at `address`. */
void     bt_dht_id_make_for     (BtDhtId         *id,
                                 const BtAddress *address,
                                 BtRandom        *random);
/* BEP 42: whether a node at `address` may have this id. Local addresses (bt_address_is_local()) are exempt. */
gboolean bt_dht_id_is_right     (const BtDhtId   *id,
                                 const BtAddress *address);

G_END_DECLS
