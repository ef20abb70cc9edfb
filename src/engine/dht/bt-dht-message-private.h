/* bt-dht-message-private.h - what reading and writing messages share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-dht-message.h"

G_BEGIN_DECLS

/* As they stand in `q`. */
extern const char *const bt_dht_method_names[BT_DHT_N_METHODS];

G_END_DECLS
