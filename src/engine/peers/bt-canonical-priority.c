/* bt-canonical-priority.c - how much two peers should want each other (BEP 40)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-known-peers.h"

#include "base/bt-cursor.h"

#include <string.h>

#define CASTAGNOLI 0x82f63b78u  /* CRC-32C's polynomial, low bit first */
#define IPV4_BYTES 4
#define IPV6_BYTES 16

/* Bit by bit: at most 32 bytes, once for each address we get to know. */
static guint32
crc32c (const guint8 *bytes,
        gsize         n_bytes)
{
  guint32 crc = G_MAXUINT32;

  for (gsize i = 0; i < n_bytes; i++)
    {
      crc ^= bytes[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ ((crc & 1) != 0 ? CASTAGNOLI : 0);
    }
  return ~crc;
}

/* Blurs the address behind its first `n_whole` bytes. */
static void
copy_masked (guint8       *out,
             const guint8 *ip,
             gsize         n_bytes,
             gsize         n_whole)
{
  for (gsize i = 0; i < n_bytes; i++)
    out[i] = i < n_whole ? ip[i] : ip[i] & 0x55;
}

static guint32
hash_ports (guint16 a,
            guint16 b)
{
  guint8 bytes[4];

  bt_write_u16 (bytes, MIN (a, b));
  bt_write_u16 (bytes + 2, MAX (a, b));
  return crc32c (bytes, sizeof bytes);
}

guint32
bt_canonical_priority (const BtAddress *a,
                       const BtAddress *b)
{
  gsize  n_bytes = a->family == BT_FAMILY_IPV4 ? IPV4_BYTES : IPV6_BYTES;
  gsize  n_least = a->family == BT_FAMILY_IPV4 ? 2 : 6;
  gsize  n_same = 0;
  gsize  n_whole;
  guint8 masked_a[IPV6_BYTES];
  guint8 masked_b[IPV6_BYTES];
  guint8 both[2 * IPV6_BYTES];
  int    order;

  if (a->family == BT_FAMILY_NONE || a->family != b->family)
    return 0;
  while (n_same < n_bytes && a->ip[n_same] == b->ip[n_same])
    n_same++;
  if (n_same == n_bytes)
    return hash_ports (a->port, b->port);

  /* Neighbours are told apart by one byte more than they share: in one /24 by their whole
   * addresses. */
  n_whole = n_same < n_least ? n_least : n_same + 1;
  copy_masked (masked_a, a->ip, n_bytes, n_whole);
  copy_masked (masked_b, b->ip, n_bytes, n_whole);
  order = memcmp (masked_a, masked_b, n_bytes);
  memcpy (both, order <= 0 ? masked_a : masked_b, n_bytes);
  memcpy (both + n_bytes, order <= 0 ? masked_b : masked_a, n_bytes);
  return crc32c (both, 2 * n_bytes);
}
