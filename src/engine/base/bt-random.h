/* bt-random.h - randomness that a test can repeat, and randomness nobody can
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A small fast generator (splitmix64/xorshift kind): for shuffling and picking, never for secrets. */
typedef struct
{
  guint64 state[2];
} BtRandom;

void    bt_random_init        (BtRandom *random,
                               guint64   seed);
guint32 bt_random_next        (BtRandom *random);
/* Uniform in [0, n_values); n_values >= 1. */
guint32 bt_random_below       (BtRandom *random,
                               guint32   n_values);
/* From the operating system through GnuTLS: peer ids, keys, tokens. Thread: any. */
void    bt_random_fill_secure (gpointer  bytes,
                               gsize     n_bytes);
/* Likewise, digits and letters of ASCII; no zero behind them. */
void    bt_random_fill_letters (guint8 *bytes,
                                gsize   n_bytes);
guint64 bt_random_seed        (void);

G_END_DECLS
