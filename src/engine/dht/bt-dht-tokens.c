/* bt-dht-tokens.c - what a node must have been given by us before it may store something here (BEP 5)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-tokens.h"

#include "base/bt-cursor.h"
#include "base/bt-hash.h"

static void
make_for_period (const guint8     secret[BT_DHT_TOKEN_SECRET_BYTES],
                 const BtAddress *address,
                 const BtDhtId   *target,
                 gint64           period,
                 guint8           out_token[BT_DHT_TOKEN_BYTES])
{
  guint8 bytes[BT_DHT_TOKEN_SECRET_BYTES + sizeof address->ip + BT_DHT_ID_BYTES + 8];
  guint8 digest[BT_SHA1_BYTES];
  guint8 *p = bytes;

  memcpy (p, secret, BT_DHT_TOKEN_SECRET_BYTES);
  p += BT_DHT_TOKEN_SECRET_BYTES;
  memcpy (p, address->ip, sizeof address->ip);
  p += sizeof address->ip;
  memcpy (p, target->bytes, BT_DHT_ID_BYTES);
  p += BT_DHT_ID_BYTES;
  bt_write_u64 (p, (guint64) period);
  bt_sha1 (bytes, sizeof bytes, digest);
  memcpy (out_token, digest, BT_DHT_TOKEN_BYTES);
}

void
bt_dht_token_make (const guint8     secret[BT_DHT_TOKEN_SECRET_BYTES],
                   const BtAddress *address,
                   const BtDhtId   *target,
                   gint64           now_us,
                   guint8           out_token[BT_DHT_TOKEN_BYTES])
{
  make_for_period (secret, address, target, now_us / BT_DHT_TOKEN_PERIOD_US, out_token);
}

gboolean
bt_dht_token_check (const guint8     secret[BT_DHT_TOKEN_SECRET_BYTES],
                    const BtAddress *address,
                    const BtDhtId   *target,
                    gint64           now_us,
                    const guint8    *token,
                    gsize            n_token_bytes)
{
  gint64 period = now_us / BT_DHT_TOKEN_PERIOD_US;
  guint8 expected[BT_DHT_TOKEN_BYTES];

  if (n_token_bytes != BT_DHT_TOKEN_BYTES)
    return FALSE;
  for (guint age = 0; age < 2; age++)
    {
      make_for_period (secret, address, target, period - age, expected);
      if (memcmp (expected, token, BT_DHT_TOKEN_BYTES) == 0)
        return TRUE;
    }
  return FALSE;
}
