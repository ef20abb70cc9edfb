/* bt-choker.h - who may download from us
 *
 * Pure: facts come in, verdicts go out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

#include "base/bt-random.h"

G_BEGIN_DECLS

#define BT_CHOKER_PERIOD_US     G_GINT64_CONSTANT (10000000)
#define BT_CHOKER_OPTIMISTIC_US G_GINT64_CONSTANT (30000000)

/* One interested or unchoked peer, as the choker sees it. */
typedef struct
{
  gpointer peer;                   /* borrowed, the caller's */
  guint64  received_bps;           /* what it gives us now */
  guint64  sent_bps;               /* what it takes */
  guint64  sent_since_unchoke_bytes;
  gint64   connected_at_us;
  gint64   unchoked_at_us;         /* 0: choked */
  gint64   choked_at_us;           /* when it was last choked; 0: never unchoked yet */
  guint    is_interested : 1;
  guint    is_choked : 1;          /* by us, now */
  guint    is_snubbed : 1;         /* it gives us nothing although we ask */
  guint    is_optimistic : 1;      /* holds the optimistic slot: kept by the caller between rounds */
  guint    unchoke : 1;            /* out: the verdict */
} BtChokerPeer;

typedef struct
{
  BtRandom random;
  gint64   optimistic_since_us;
  guint    n_auto_slots;           /* automatic: slots now */
  guint64  last_sent_bps;
} BtChoker;

void  bt_choker_init (BtChoker     *choker,
                      guint64       seed);
/* Sets `unchoke` (and `is_optimistic`) of every peer. `n_slots` 0: automatic: starts at 8, one more while upload capacity is left (every slot is used and
 * `sent_bps` still grew with the last one added; `limit_bps`, 0 none, not reached), one fewer when it did not help; between 4 and 100.
 * Downloading: the best by received_bps (snubbed ones last), plus the optimistic slot, kept for 30 s, newcomers (connected within the last minute and never unchoked) three times as likely.
 * Seeding: spread fairly: a peer keeps its slot until it has taken 4 MiB or a minute has passed, then those who have waited longest
 * come first, the faster takers among equals. Nobody is unchoked who is not interested. */
void  bt_choker_run  (BtChoker     *choker,
                      BtChokerPeer *peers,
                      guint         n_peers,
                      guint         n_slots,
                      guint64       sent_bps,
                      guint64       limit_bps,
                      gboolean      is_seeding,
                      gint64        now_us);

G_END_DECLS
