/* bt-dht-tokens.h - what a node must have been given by us before it may store something here (BEP 5)
 *
 * Pure, and without memory: a token is a keyed hash of the address, the target and a period of five minutes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht-id.h"

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_DHT_TOKEN_BYTES        8
#define BT_DHT_TOKEN_SECRET_BYTES 20
#define BT_DHT_TOKEN_PERIOD_US    (5 * 60 * G_GINT64_CONSTANT (1000000))

void     bt_dht_token_make  (const guint8     secret[BT_DHT_TOKEN_SECRET_BYTES],
                             const BtAddress *address,
                             const BtDhtId   *target,
                             gint64           now_us,
                             guint8           out_token[BT_DHT_TOKEN_BYTES]);
/* Whether it was made in this period or the one before; any bytes. The port does not matter. */
gboolean bt_dht_token_check (const guint8     secret[BT_DHT_TOKEN_SECRET_BYTES],
                             const BtAddress *address,
                             const BtDhtId   *target,
                             gint64           now_us,
                             const guint8    *token,
                             gsize            n_token_bytes);

G_END_DECLS
