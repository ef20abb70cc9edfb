/* bt-dht-id.c - 160-bit ids of the DHT: distance, and their tie to an address (BEP 42)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-id.h"

/* CRC-32C (Castagnoli), bits reversed. */
#define CRC32C_POLYNOMIAL 0x82f63b78u

int
bt_dht_id_compare (const BtDhtId *target,
                   const BtDhtId *a,
                   const BtDhtId *b)
{
  for (gsize i = 0; i < BT_DHT_ID_BYTES; i++)
    {
      int from_a = a->bytes[i] ^ target->bytes[i];
      int from_b = b->bytes[i] ^ target->bytes[i];

      if (from_a != from_b)
        return from_a - from_b;
    }
  return 0;
}

guint
bt_dht_id_get_shared (const BtDhtId *a,
                      const BtDhtId *b)
{
  for (guint i = 0; i < BT_DHT_ID_BYTES; i++)
    {
      guint difference = a->bytes[i] ^ b->bytes[i];

      if (difference != 0)
        return i * 8 + (8 - g_bit_storage (difference));
    }
  return BT_DHT_ID_BITS;
}

double
bt_dht_id_get_distance (const BtDhtId *a,
                        const BtDhtId *b)
{
  double distance = 0;

  for (guint i = BT_DHT_ID_BYTES; i > 0; i--)
    distance = (distance + (a->bytes[i - 1] ^ b->bytes[i - 1])) / 256;
  return distance;
}

void
bt_dht_id_make_random (BtDhtId  *id,
                       BtRandom *random)
{
  for (guint i = 0; i < BT_DHT_ID_BYTES; i += 4)
    {
      guint32 bits = bt_random_next (random);

      memcpy (id->bytes + i, &bits, 4);
    }
}

void
bt_dht_id_make_beside (BtDhtId       *out_id,
                       const BtDhtId *id,
                       guint          n_bits,
                       BtRandom      *random)
{
  BtDhtId result;
  guint   at = n_bits / 8;
  guint8  bit = (guint8) (0x80 >> n_bits % 8);
  guint8  keep = (guint8) ~(bit | (bit - 1));

  g_assert (n_bits < BT_DHT_ID_BITS);

  bt_dht_id_make_random (&result, random);
  memcpy (result.bytes, id->bytes, at);
  result.bytes[at] = (guint8) ((id->bytes[at] & keep) | (~id->bytes[at] & bit) |
                               (result.bytes[at] & (bit - 1)));
  *out_id = result;
}

static guint32
crc32c (const guint8 *bytes,
        gsize         n_bytes)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < n_bytes; i++)
    {
      crc ^= bytes[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLYNOMIAL : 0);
    }
  return ~crc;
}

/* The first 21 bits of an id at this address are those of the result; `r` is three bits. */
static guint32
hash_address (const BtAddress *address,
              guint            r)
{
  static const guint8 mask4[] = { 0x03, 0x0f, 0x3f, 0xff };
  static const guint8 mask6[] = { 0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff };
  gboolean is_ipv4 = address->family == BT_FAMILY_IPV4;
  const guint8 *mask = is_ipv4 ? mask4 : mask6;
  gsize n_bytes = is_ipv4 ? sizeof mask4 : sizeof mask6;
  guint8 bytes[sizeof mask6];

  for (gsize i = 0; i < n_bytes; i++)
    bytes[i] = address->ip[i] & mask[i];
  bytes[0] |= (guint8) (r << 5);
  return crc32c (bytes, n_bytes);
}

void
bt_dht_id_make_for (BtDhtId         *id,
                    const BtAddress *address,
                    BtRandom        *random)
{
  guint32 hash;

  bt_dht_id_make_random (id, random);
  hash = hash_address (address, id->bytes[BT_DHT_ID_BYTES - 1] & 7);
  id->bytes[0] = (guint8) (hash >> 24);
  id->bytes[1] = (guint8) (hash >> 16);
  id->bytes[2] = (guint8) ((hash >> 8 & 0xf8) | (id->bytes[2] & 7));
}

gboolean
bt_dht_id_is_right (const BtDhtId   *id,
                    const BtAddress *address)
{
  guint32 hash;

  if (bt_address_is_local (address))
    return TRUE;
  hash = hash_address (address, id->bytes[BT_DHT_ID_BYTES - 1] & 7);
  return id->bytes[0] == (guint8) (hash >> 24) && id->bytes[1] == (guint8) (hash >> 16) &&
         (id->bytes[2] & 0xf8) == (hash >> 8 & 0xf8);
}
