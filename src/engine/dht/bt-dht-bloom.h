/* bt-dht-bloom.h - sets of addresses of which only the size can be told (BEP 33)
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_BLOOM_BYTES 256

/* All zero: the empty set. */
typedef struct
{
  guint8 bytes[BT_DHT_BLOOM_BYTES];
} BtDhtBloom;

/* The address alone, without its port. */
void     bt_dht_bloom_add      (BtDhtBloom       *bloom,
                                const BtAddress  *address);
/* FALSE: surely not in it. */
gboolean bt_dht_bloom_may_have (const BtDhtBloom *bloom,
                                const BtAddress  *address);
/* The union of both. */
void     bt_dht_bloom_add_all  (BtDhtBloom       *bloom,
                                const guint8      other[BT_DHT_BLOOM_BYTES]);
/* How many addresses are in it; good up to some 6,000. */
double   bt_dht_bloom_estimate (const BtDhtBloom *bloom);

G_END_DECLS
