/* bt-dht-store.h - the peers that others have announced to us (BEP 5, 33, 51)
 *
 * Pure. Bounded: when there are too many info-hashes the one farthest from our id makes room for nearer ones; when
 * there are too many peers nothing more is taken.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht-bloom.h"
#include "bt-dht-id.h"

#include "base/bt-address.h"
#include "base/bt-random.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_STORE_MAX_HASHES   4096
#define BT_DHT_STORE_MAX_PER_HASH 2000   /* of both families; BEP 33: below 6000 */
#define BT_DHT_STORE_MAX_PEERS    50000  /* 32 bytes of memory each */
#define BT_DHT_STORE_EXPIRY_US    (30 * 60 * G_GINT64_CONSTANT (1000000))

typedef struct _BtDhtStore BtDhtStore;

BtDhtStore *bt_dht_store_new          (void);
void        bt_dht_store_free         (BtDhtStore      *store);
/* Whether there is room for a peer of this info-hash: without, no token is given (BEP 33). */
gboolean    bt_dht_store_has_room     (BtDhtStore      *store,
                                       const BtDhtId   *own_id,
                                       const BtDhtId   *hash);
/* One peer for each IP and info-hash: a second announce renews the first. FALSE: no room. */
gboolean    bt_dht_store_add          (BtDhtStore      *store,
                                       const BtDhtId   *own_id,
                                       const BtDhtId   *hash,
                                       const BtAddress *address,
                                       gboolean         is_seed,
                                       gint64           now_us);
/* Up to `n_max` peers of a family, others each time when there are more; `no_seeds`: seeds only where others do not
 * fill it. Returns how many were written. */
gsize       bt_dht_store_get          (BtDhtStore      *store,
                                       const BtDhtId   *hash,
                                       BtFamily         family,
                                       gboolean         no_seeds,
                                       BtRandom        *random,
                                       BtAddress       *out_peers,
                                       gsize            n_max);
/* Adds all that is known to both sets. FALSE: nothing is known of the info-hash. */
gboolean    bt_dht_store_fill_blooms  (BtDhtStore      *store,
                                       const BtDhtId   *hash,
                                       BtDhtBloom      *seeds,
                                       BtDhtBloom      *peers);
/* Up to `n_max` info-hashes, chosen anew each time. Returns how many were written. */
gsize       bt_dht_store_sample       (BtDhtStore      *store,
                                       BtRandom        *random,
                                       BtDhtId         *out_hashes,
                                       gsize            n_max);
void        bt_dht_store_expire       (BtDhtStore      *store,
                                       gint64           now_us);
guint       bt_dht_store_get_n_hashes (BtDhtStore      *store);
guint       bt_dht_store_get_n_peers  (BtDhtStore      *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtDhtStore, bt_dht_store_free)

G_END_DECLS
