/* bt-dht-flood.h - how much an address may ask before it is ignored for a while
 *
 * Pure. Bounded in memory whatever comes from wherever.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_FLOOD_WINDOW_US     (5 * G_GINT64_CONSTANT (1000000))
#define BT_DHT_FLOOD_BLOCK_US      (60 * G_GINT64_CONSTANT (1000000))
#define BT_DHT_FLOOD_MAX_PACKETS   20     /* of one address in a window */
#define BT_DHT_FLOOD_MAX_ADDRESSES 2048   /* remembered */
#define BT_DHT_FLOOD_MAX_PER_S     200    /* of all addresses */
#define BT_DHT_FLOOD_MAX_BURST     400

typedef struct _BtDhtFlood BtDhtFlood;

BtDhtFlood *bt_dht_flood_new          (void);
void        bt_dht_flood_free         (BtDhtFlood      *flood);
/* Whether the address is being ignored. Cheap: before a packet is looked at. */
gboolean    bt_dht_flood_is_blocked   (BtDhtFlood      *flood,
                                       const BtAddress *address,
                                       gint64           now_us);
/* Counts a packet nobody asked for. FALSE: drop it. Addresses of one IPv6 /64 are one; local ones (NAT, tests) are told
 * apart by their ports. */
gboolean    bt_dht_flood_admit        (BtDhtFlood      *flood,
                                       const BtAddress *address,
                                       gint64           now_us);
/* Forgets what is over. */
void        bt_dht_flood_expire       (BtDhtFlood      *flood,
                                       gint64           now_us);
guint       bt_dht_flood_get_n_blocked (BtDhtFlood     *flood,
                                        gint64          now_us);
guint       bt_dht_flood_get_n_known  (BtDhtFlood      *flood);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtDhtFlood, bt_dht_flood_free)

G_END_DECLS
