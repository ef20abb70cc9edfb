/* bt-rc4.h - the stream cipher of MSE, through GnuTLS
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_RC4_KEY_BYTES 20
#define BT_RC4_N_DROPPED 1024  /* of the key stream's beginning, as MSE has it */

typedef struct _BtRc4 BtRc4;

/* One direction of one connection; the weak beginning of the key stream is dropped already. NULL: this system forbids
 * the cipher (FIPS). Thread: any, one at a time. */
BtRc4 *bt_rc4_new   (const guint8   key[BT_RC4_KEY_BYTES]);
void   bt_rc4_free  (BtRc4         *rc4);
/* Both ways are the same. `in` and `out` may be the same bytes, but not overlap otherwise. */
void   bt_rc4_apply (BtRc4         *rc4,
                     const guint8  *in,
                     guint8        *out,
                     gsize          n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtRc4, bt_rc4_free)

G_END_DECLS
