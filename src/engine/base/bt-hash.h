/* bt-hash.h - SHA-1 and SHA-256 with the processor's own instructions, through GnuTLS
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_SHA1_BYTES   20
#define BT_SHA256_BYTES 32

typedef enum
{
  BT_HASH_SHA1,
  BT_HASH_SHA256,
} BtHashKind;

typedef struct _BtHash BtHash;

/* Thread: any, one at a time. Reusable: bt_hash_finish() starts anew. */
BtHash *bt_hash_new    (BtHashKind    kind);
void    bt_hash_free   (BtHash       *hash);
void    bt_hash_update (BtHash       *hash,
                        gconstpointer bytes,
                        gsize         n_bytes);
/* Writes 20 or 32 bytes. */
void    bt_hash_finish (BtHash       *hash,
                        guint8       *out_digest);
void    bt_sha1        (gconstpointer bytes,
                        gsize         n_bytes,
                        guint8        out_digest[BT_SHA1_BYTES]);
void    bt_sha256      (gconstpointer bytes,
                        gsize         n_bytes,
                        guint8        out_digest[BT_SHA256_BYTES]);

/* For hash tables whose keys are BT_SHA1_BYTES of a digest, such as info-hashes. */
guint    bt_digest_hash  (gconstpointer digest);
gboolean bt_digest_equal (gconstpointer a,
                          gconstpointer b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtHash, bt_hash_free)

G_END_DECLS
