/* bt-rc4.c - the stream cipher of MSE, through GnuTLS
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-encryption"

#include "bt-rc4.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

struct _BtRc4
{
  gnutls_cipher_hd_t handle;  /* owned */
};

BtRc4 *
bt_rc4_new (const guint8 key[BT_RC4_KEY_BYTES])
{
  /* Named for 128 bits, it takes a key of any length. */
  gnutls_datum_t datum = { (guint8 *) key, BT_RC4_KEY_BYTES };
  guint8 dropped[BT_RC4_N_DROPPED] = { 0 };
  gnutls_cipher_hd_t handle;
  BtRc4 *rc4;

  if (gnutls_cipher_init (&handle, GNUTLS_CIPHER_ARCFOUR_128, &datum, NULL) < 0)
    return NULL;

  rc4 = g_new0 (BtRc4, 1);
  rc4->handle = handle;
  bt_rc4_apply (rc4, dropped, dropped, sizeof dropped);
  return rc4;
}

void
bt_rc4_free (BtRc4 *rc4)
{
  if (rc4 == NULL)
    return;

  gnutls_cipher_deinit (rc4->handle);
  g_free (rc4);
}

void
bt_rc4_apply (BtRc4        *rc4,
              const guint8 *in,
              guint8       *out,
              gsize         n_bytes)
{
  int result = 0;

  if (n_bytes > 0)
    result = gnutls_cipher_encrypt2 (rc4->handle, in, n_bytes, out, n_bytes);
  /* A stream cipher that was made takes any bytes: no input causes it. */
  if (result < 0)
    g_error ("GnuTLS cannot encrypt: %s", gnutls_strerror (result));
}
