/* bt-dht-items.h - the items that others have put here (BEP 44)
 *
 * Pure. Bounded: the item farthest from our id makes room for nearer ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht.h"

#include "bencode/bt-bencode.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_ITEMS_MAX       1000
#define BT_DHT_ITEMS_EXPIRY_US (2 * 60 * 60 * G_GINT64_CONSTANT (1000000))

typedef struct _BtDhtItems BtDhtItems;

/* The wire's numbers for why a put is refused (BEP 5, 44); 0: it is not. */
typedef enum
{
  BT_DHT_ERROR_NONE          = 0,
  BT_DHT_ERROR_GENERIC       = 201,
  BT_DHT_ERROR_SERVER        = 202,
  BT_DHT_ERROR_PROTOCOL      = 203,
  BT_DHT_ERROR_UNKNOWN       = 204,
  BT_DHT_ERROR_TOO_BIG       = 205,
  BT_DHT_ERROR_SIGNATURE     = 206,
  BT_DHT_ERROR_SALT          = 207,
  BT_DHT_ERROR_CAS           = 301,
  BT_DHT_ERROR_SEQUENCE      = 302,
} BtDhtError;

BtDhtItems      *bt_dht_items_new       (void);
void             bt_dht_items_free      (BtDhtItems      *items);
/* Takes a copy of a valid item, or says why not. `cas`: the sequence that must be there now; -1: any. */
BtDhtError       bt_dht_items_put       (BtDhtItems      *items,
                                         const BtDhtId   *own_id,
                                         const BtDhtItem *item,
                                         gint64           cas,
                                         gint64           now_us);
/* Borrowed until the next change; NULL: not here. */
const BtDhtItem *bt_dht_items_get       (BtDhtItems      *items,
                                         const BtDhtId   *target);
void             bt_dht_items_expire    (BtDhtItems      *items,
                                         gint64           now_us);
guint            bt_dht_items_get_n     (BtDhtItems      *items);
/* Whether a bencoded value is in its one form: keys rise strictly. */
gboolean         bt_dht_value_is_canonical (BtBencodeNode value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtDhtItems, bt_dht_items_free)

G_END_DECLS
