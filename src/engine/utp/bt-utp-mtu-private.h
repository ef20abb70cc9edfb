/* bt-utp-mtu-private.h - how large a datagram the path carries
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_UTP_MTU_TRIES      2    /* a size that failed so often is too large: one may be lost to a queue */
#define BT_UTP_MTU_STEP_BYTES 16   /* the search ends when it is as close */
#define BT_UTP_MTU_AGAIN_US   (600 * G_GINT64_CONSTANT (1000000))  /* another path may carry more */

/* A search between what is known to pass and what is not known to fail, all in bytes of a datagram. The first probe
 * is the ceiling itself, which most paths carry. One probe is out at a time.
 *
 * Invariant: least <= passed <= ceiling <= limit; a probe is larger than `passed`.
 */
typedef struct
{
  guint16 least;    /* what every path carries */
  guint16 passed;   /* what packets have */
  guint16 ceiling;
  guint16 limit;    /* what the caller said */
  guint16 probe;    /* that is out; 0: none */
  guint   n_failed; /* probes of the next size */
  gint64  again_at_us;
} BtUtpMtu;

void    bt_utp_mtu_init       (BtUtpMtu *mtu,
                               guint     least_bytes,
                               guint     limit_bytes,
                               gint64    now_us);
/* The size of the probe to send now; 0: none. */
guint   bt_utp_mtu_get_probe  (BtUtpMtu *mtu,
                               gint64    now_us);
/* The probe went out; came through; did not, for whatever reason; was not sent after all. */
void    bt_utp_mtu_sent       (BtUtpMtu *mtu,
                               guint     n_bytes);
void    bt_utp_mtu_passed     (BtUtpMtu *mtu);
void    bt_utp_mtu_failed     (BtUtpMtu *mtu);
void    bt_utp_mtu_forget     (BtUtpMtu *mtu);
/* The kernel says that `n_bytes` is more than the path carries: believed, but never below the least. */
void    bt_utp_mtu_too_long   (BtUtpMtu *mtu,
                               guint     n_bytes,
                               gint64    now_us);
/* Nothing gets through any more: back to the least, and all over again. */
void    bt_utp_mtu_black_hole (BtUtpMtu *mtu,
                               gint64    now_us);

G_END_DECLS
