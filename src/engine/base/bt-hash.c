/* bt-hash.c - SHA-1 and SHA-256 with the processor's own instructions, through GnuTLS
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-base"

#include "bt-hash.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

struct _BtHash
{
  gnutls_hash_hd_t handle;  /* owned; made once, because making one costs more than a short hash */
};

/* A library that cannot compute these two cannot serve the protocol at all, and no input causes it. */
static void
check_result (int result)
{
  if (result < 0)
    g_error ("GnuTLS cannot hash: %s", gnutls_strerror (result));
}

static gnutls_digest_algorithm_t
get_algorithm (BtHashKind kind)
{
  return kind == BT_HASH_SHA1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256;
}

BtHash *
bt_hash_new (BtHashKind kind)
{
  BtHash *hash = g_new0 (BtHash, 1);

  check_result (gnutls_hash_init (&hash->handle, get_algorithm (kind)));
  return hash;
}

void
bt_hash_free (BtHash *hash)
{
  if (hash == NULL)
    return;

  gnutls_hash_deinit (hash->handle, NULL);
  g_free (hash);
}

void
bt_hash_update (BtHash        *hash,
                gconstpointer  bytes,
                gsize          n_bytes)
{
  if (n_bytes > 0)
    check_result (gnutls_hash (hash->handle, bytes, n_bytes));
}

void
bt_hash_finish (BtHash *hash,
                guint8 *out_digest)
{
  /* Starts anew by itself. */
  gnutls_hash_output (hash->handle, out_digest);
}

static void
hash_at_once (BtHashKind     kind,
              gconstpointer  bytes,
              gsize          n_bytes,
              guint8        *out_digest)
{
  if (n_bytes == 0)
    bytes = "";
  check_result (gnutls_hash_fast (get_algorithm (kind), bytes, n_bytes, out_digest));
}

void
bt_sha1 (gconstpointer bytes,
         gsize         n_bytes,
         guint8        out_digest[BT_SHA1_BYTES])
{
  hash_at_once (BT_HASH_SHA1, bytes, n_bytes, out_digest);
}

void
bt_sha256 (gconstpointer bytes,
           gsize         n_bytes,
           guint8        out_digest[BT_SHA256_BYTES])
{
  hash_at_once (BT_HASH_SHA256, bytes, n_bytes, out_digest);
}

guint
bt_digest_hash (gconstpointer digest)
{
  guint value;

  memcpy (&value, digest, sizeof value);
  return value;
}

gboolean
bt_digest_equal (gconstpointer a,
                 gconstpointer b)
{
  return memcmp (a, b, BT_SHA1_BYTES) == 0;
}
