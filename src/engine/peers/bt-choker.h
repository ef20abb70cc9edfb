/* bt-choker.h - who may download from us
 *
 * Pure: facts come in, verdicts go out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-random.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_CHOKER_PERIOD_US     G_GINT64_CONSTANT (10000000)
#define BT_CHOKER_OPTIMISTIC_US G_GINT64_CONSTANT (30000000)
#define BT_CHOKER_TURN_US       G_GINT64_CONSTANT (60000000)  /* of a peer we seed to */
#define BT_CHOKER_TURN_BYTES    (4u * 1024 * 1024)
#define BT_CHOKER_FIRST_SLOTS   8
#define BT_CHOKER_MIN_SLOTS     4
#define BT_CHOKER_MAX_SLOTS     100   /* automatic ones; a person may set more */

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
  guint    is_optimistic : 1;      /* has the optimistic slot; the caller keeps it between rounds */
  guint    unchoke : 1;            /* out: the verdict */
} BtChokerPeer;

/* Fields are the choker's. */
typedef struct
{
  BtRandom random;
  gint64   optimistic_since_us;
  guint    n_auto_slots;           /* automatic: slots now */
  guint64  last_sent_bps;          /* before the last step */
  gint64   adjusted_at_us;
  int      last_step;              /* 1: a slot was added, -1: taken away, 0: neither */
  guint    n_rounds_to_rest;       /* before the next step is tried */
} BtChoker;

void  bt_choker_init (BtChoker     *choker,
                      guint64       seed);
/* Sets `unchoke` (and `is_optimistic`) of every peer: for `n_slots` of them, or as many as are
 * interested; nobody is unchoked who is not. Called every BT_CHOKER_PERIOD_US, or sooner when
 * something happened.
 *
 * `n_slots` 0 is automatic: 8 at first; one more while that lets us send more (every slot is used,
 * `sent_bps` grew with the last one added and has not reached `limit_bps`, 0: none), one fewer when
 * it did not help, or when fewer serve as well; between 4 and 100, one step a period, and a minute
 * of rest when both directions were tried.
 *
 * Downloading: the best by received_bps (snubbed ones last; equals as when seeding). Of two slots
 * or more, the last is the optimistic one: kept for 30 s, then given to another, newcomers
 * (connected within the last minute and never unchoked) three times as likely.
 *
 * Seeding: spread fairly. A peer keeps its slot until it has taken 4 MiB or a minute has passed;
 * then those who have waited longest come first (counted in periods), the faster takers among
 * equals. */
void  bt_choker_run  (BtChoker     *choker,
                      BtChokerPeer *peers,
                      guint         n_peers,
                      guint         n_slots,
                      guint64       sent_bps,
                      guint64       limit_bps,
                      gboolean      is_seeding,
                      gint64        now_us);

G_END_DECLS
