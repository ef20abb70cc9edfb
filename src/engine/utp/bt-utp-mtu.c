/* bt-utp-mtu.c - how large a datagram the path carries
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-mtu-private.h"

void
bt_utp_mtu_init (BtUtpMtu *mtu,
                 guint     least_bytes,
                 guint     limit_bytes,
                 gint64    now_us)
{
  limit_bytes = MAX (limit_bytes, least_bytes);
  *mtu = (BtUtpMtu) { .least = (guint16) least_bytes,
                      .passed = (guint16) least_bytes,
                      .ceiling = (guint16) limit_bytes,
                      .limit = (guint16) limit_bytes,
                      .again_at_us = now_us + BT_UTP_MTU_AGAIN_US };
}

static void
search_again (BtUtpMtu *mtu,
              gint64    now_us)
{
  mtu->ceiling = mtu->limit;
  mtu->n_failed = 0;
  mtu->again_at_us = now_us + BT_UTP_MTU_AGAIN_US;
}

guint
bt_utp_mtu_get_probe (BtUtpMtu *mtu,
                      gint64    now_us)
{
  if (mtu->probe != 0)
    return 0;
  if (now_us >= mtu->again_at_us)
    search_again (mtu, now_us);
  if (mtu->ceiling == mtu->limit)
    return mtu->ceiling > mtu->passed ? mtu->ceiling : 0;
  if (mtu->ceiling - mtu->passed < BT_UTP_MTU_STEP_BYTES)
    return 0;
  return ((guint) mtu->passed + mtu->ceiling + 1) / 2;
}

void
bt_utp_mtu_sent (BtUtpMtu *mtu,
                 guint     n_bytes)
{
  mtu->probe = (guint16) n_bytes;
}

void
bt_utp_mtu_passed (BtUtpMtu *mtu)
{
  mtu->passed = MIN (MAX (mtu->passed, mtu->probe), mtu->ceiling);
  mtu->n_failed = 0;
  mtu->probe = 0;
}

static void
lower_ceiling (BtUtpMtu *mtu,
               guint     n_bytes)
{
  mtu->ceiling = (guint16) MAX (MIN (n_bytes, mtu->ceiling), mtu->least);
  mtu->passed = MIN (mtu->passed, mtu->ceiling);
  mtu->n_failed = 0;
}

void
bt_utp_mtu_failed (BtUtpMtu *mtu)
{
  if (++mtu->n_failed >= BT_UTP_MTU_TRIES)
    lower_ceiling (mtu, mtu->probe - 1u);
  mtu->probe = 0;
}

void
bt_utp_mtu_forget (BtUtpMtu *mtu)
{
  mtu->probe = 0;
}

void
bt_utp_mtu_too_long (BtUtpMtu *mtu,
                     guint     n_bytes,
                     gint64    now_us)
{
  mtu->probe = 0;
  if (n_bytes <= mtu->least || n_bytes > mtu->ceiling)
    return;
  lower_ceiling (mtu, n_bytes - 1);
  mtu->again_at_us = now_us + BT_UTP_MTU_AGAIN_US;
}

void
bt_utp_mtu_black_hole (BtUtpMtu *mtu,
                       gint64    now_us)
{
  mtu->passed = mtu->least;
  mtu->probe = 0;
  search_again (mtu, now_us);
}
