/* bt-utp-cookie.c - the number that a SYN is answered with, which need not be remembered
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-socket-private.h"

#include "base/bt-cursor.h"
#include "base/bt-hash.h"

#include <string.h>

/* One, and what is left of the one before: so long a SYN and what follows it may lie apart. */
#define PERIOD_US (16 * BT_SECOND_US)

/* How far our number is from that of the SYN. */
static guint16
get_distance (const guint8     secret[BT_UTP_COOKIE_SECRET_BYTES],
              const BtAddress *from,
              guint16          id,
              guint64          period)
{
  guint8 bytes[BT_UTP_COOKIE_SECRET_BYTES + sizeof from->ip + 1 + 2 + 2 + 8];
  guint8 digest[BT_SHA1_BYTES];
  guint8 *p = bytes;

  memcpy (p, secret, BT_UTP_COOKIE_SECRET_BYTES);
  p += BT_UTP_COOKIE_SECRET_BYTES;
  memcpy (p, from->ip, sizeof from->ip);
  p += sizeof from->ip;
  *p++ = from->family;
  bt_write_u16 (p, from->port);
  bt_write_u16 (p + 2, id);
  bt_write_u64 (p + 4, period);
  bt_sha1 (bytes, sizeof bytes, digest);
  return bt_read_u16 (digest);
}

guint16
bt_utp_cookie_make (const guint8     secret[BT_UTP_COOKIE_SECRET_BYTES],
                    const BtAddress *from,
                    guint16          id,
                    guint16          syn_nr,
                    gint64           now_us)
{
  return (guint16) (syn_nr + get_distance (secret, from, id, (guint64) (now_us / PERIOD_US)));
}

guint
bt_utp_cookie_check (const guint8     secret[BT_UTP_COOKIE_SECRET_BYTES],
                     const BtAddress *from,
                     guint16          id,
                     guint16          seq_nr,
                     guint16          cookie,
                     gint64           now_us)
{
  for (guint age = 0; age <= 1; age++)
    {
      guint64 period = (guint64) (now_us / PERIOD_US) - age;
      guint16 syn_nr = (guint16) (cookie - get_distance (secret, from, id, period));
      guint n_behind = (guint16) (seq_nr - syn_nr);

      if (n_behind >= 1 && n_behind <= BT_UTP_COOKIE_MAX_BEHIND)
        return n_behind;
    }
  return 0;
}
