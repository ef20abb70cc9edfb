/* bt-mse-key.h - the key exchange of MSE: Diffie-Hellman with 768 bits, by GMP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_MSE_KEY_BYTES     96
#define BT_MSE_PRIVATE_BYTES 20

/* All numbers are big-endian, with leading zeros. The uppermost bit of the private key is taken to be set. A fraction
 * of a millisecond each, in a time that does not depend on the private key. */
void     bt_mse_key_get_public (const guint8 private_key[BT_MSE_PRIVATE_BYTES],
                                guint8       out_public[BT_MSE_KEY_BYTES]);
/* FALSE: `their_public` is none: 0, 1, the prime less one, or more, for which anybody would know the secret. */
gboolean bt_mse_key_get_shared (const guint8 private_key[BT_MSE_PRIVATE_BYTES],
                                const guint8 their_public[BT_MSE_KEY_BYTES],
                                guint8       out_shared[BT_MSE_KEY_BYTES]);

G_END_DECLS
