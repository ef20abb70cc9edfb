/* bt-dht-bloom.c - sets of addresses of which only the size can be told (BEP 33)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-bloom.h"

#include "base/bt-hash.h"

#include <math.h>

#define N_BITS    (BT_DHT_BLOOM_BYTES * 8)
#define N_INDICES 2

static void
get_indices (const BtAddress *address,
             guint            out_indices[N_INDICES])
{
  guint8 digest[BT_SHA1_BYTES];

  bt_sha1 (address->ip, address->family == BT_FAMILY_IPV4 ? 4 : 16, digest);
  for (guint i = 0; i < N_INDICES; i++)
    out_indices[i] = (digest[2 * i] | (guint) digest[2 * i + 1] << 8) % N_BITS;
}

void
bt_dht_bloom_add (BtDhtBloom      *bloom,
                  const BtAddress *address)
{
  guint indices[N_INDICES];

  get_indices (address, indices);
  for (guint i = 0; i < N_INDICES; i++)
    bloom->bytes[indices[i] / 8] |= (guint8) (1 << indices[i] % 8);
}

gboolean
bt_dht_bloom_may_have (const BtDhtBloom *bloom,
                       const BtAddress  *address)
{
  guint indices[N_INDICES];

  get_indices (address, indices);
  for (guint i = 0; i < N_INDICES; i++)
    if ((bloom->bytes[indices[i] / 8] & 1 << indices[i] % 8) == 0)
      return FALSE;
  return TRUE;
}

void
bt_dht_bloom_add_all (BtDhtBloom   *bloom,
                      const guint8  other[BT_DHT_BLOOM_BYTES])
{
  for (gsize i = 0; i < BT_DHT_BLOOM_BYTES; i++)
    bloom->bytes[i] |= other[i];
}

double
bt_dht_bloom_estimate (const BtDhtBloom *bloom)
{
  guint n_zeros = 0;
  double n_counted;

  for (gsize i = 0; i < BT_DHT_BLOOM_BYTES; i++)
    n_zeros += 8 - (guint) __builtin_popcount (bloom->bytes[i]);
  if (n_zeros == N_BITS)
    return 0;
  /* A full filter has no logarithm: it counts as one with a single zero. */
  n_counted = MAX (n_zeros, 1);
  return log (n_counted / N_BITS) / (N_INDICES * log (1 - 1.0 / N_BITS));
}
