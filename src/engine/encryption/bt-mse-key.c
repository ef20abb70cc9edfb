/* bt-mse-key.c - the key exchange of MSE: Diffie-Hellman with 768 bits, by GMP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-mse-key.h"

#include <gmp.h>
#include <string.h>

#define GENERATOR 2

static const char prime_text[] =
  "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
  "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
  "4FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563";

static void
load (mpz_t         number,
      const guint8 *bytes,
      gsize         n_bytes)
{
  mpz_import (number, n_bytes, 1, 1, 1, 0, bytes);
}

static void
save (const mpz_t number,
      guint8      out_bytes[BT_MSE_KEY_BYTES])
{
  gsize n_bytes = (mpz_sizeinbase (number, 2) + 7) / 8;

  memset (out_bytes, 0, BT_MSE_KEY_BYTES);
  mpz_export (out_bytes + BT_MSE_KEY_BYTES - n_bytes, NULL, 1, 1, 1, 0, number);
}

/* `base` to the power of the private key, modulo the prime. */
static void
raise_to (const mpz_t  base,
          const mpz_t  prime,
          const guint8 private_key[BT_MSE_PRIVATE_BYTES],
          guint8       out_bytes[BT_MSE_KEY_BYTES])
{
  mpz_t exponent;
  mpz_t power;

  mpz_inits (exponent, power, NULL);
  load (exponent, private_key, BT_MSE_PRIVATE_BYTES);
  mpz_setbit (exponent, 8 * BT_MSE_PRIVATE_BYTES - 1);
  mpz_powm_sec (power, base, exponent, prime);
  save (power, out_bytes);
  mpz_clears (exponent, power, NULL);
}

void
bt_mse_key_get_public (const guint8 private_key[BT_MSE_PRIVATE_BYTES],
                       guint8       out_public[BT_MSE_KEY_BYTES])
{
  mpz_t prime;
  mpz_t base;

  mpz_init_set_str (prime, prime_text, 16);
  mpz_init_set_ui (base, GENERATOR);
  raise_to (base, prime, private_key, out_public);
  mpz_clears (prime, base, NULL);
}

gboolean
bt_mse_key_get_shared (const guint8 private_key[BT_MSE_PRIVATE_BYTES],
                       const guint8 their_public[BT_MSE_KEY_BYTES],
                       guint8       out_shared[BT_MSE_KEY_BYTES])
{
  gboolean is_good;
  mpz_t highest;
  mpz_t prime;
  mpz_t base;

  mpz_inits (highest, base, NULL);
  mpz_init_set_str (prime, prime_text, 16);
  mpz_sub_ui (highest, prime, 2);
  load (base, their_public, BT_MSE_KEY_BYTES);
  is_good = mpz_cmp_ui (base, 2) >= 0 && mpz_cmp (base, highest) <= 0;
  if (is_good)
    raise_to (base, prime, private_key, out_shared);
  mpz_clears (highest, prime, base, NULL);
  return is_good;
}
