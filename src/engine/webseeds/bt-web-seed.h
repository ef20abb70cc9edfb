/* bt-web-seed.h - one HTTP(S) server that has one torrent's files (BEP 19)
 *
 * Thread: the engine's. Nothing here blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-block-pool.h"
#include "base/bt-clock.h"
#include "base/bt-geometry.h"
#include "metainfo/bt-metainfo.h"
#include "transport/bt-limit-gate.h"
#include "bt-web-client.h"
#include "bt-web-seed-state.h"

G_BEGIN_DECLS

#define BT_WEB_SEED_MAX_LINES     3                     /* connections of one web seed */
#define BT_WEB_SEED_MIN_RUN_BYTES (256u * 1024)
#define BT_WEB_SEED_RUN_BYTES     (1024u * 1024)        /* asked for at first */
#define BT_WEB_SEED_MAX_RUN_BYTES (16u * 1024 * 1024)
#define BT_WEB_SEED_RUN_US        (8 * BT_SECOND_US)    /* that a run should take */
#define BT_WEB_SEED_MAX_GAP_BYTES (256u * 1024)         /* read past, rather than asking anew */
#define BT_WEB_SEED_RETRY_US      (5 * BT_SECOND_US)    /* then doubling */
#define BT_WEB_SEED_MAX_RETRY_US  (900 * BT_SECOND_US)
#define BT_WEB_SEED_GIVE_UP_US    (3600 * BT_SECOND_US) /* one that was of no use is tried again */
#define BT_WEB_SEED_MAX_MISSING   32                    /* files that it has not got, before it is of no use */

typedef struct _BtWebSeed BtWebSeed;

/* What a torrent hands down. No function may free a seed; all but get_run() may set it paused. */
typedef struct
{
  /* What to fetch next: at most `n_max` blocks that lie one behind the other, from *out_first on. They are asked of
   * this seed until they come or are given back. Returns how many; 0: nothing now. */
  guint    (*get_run)    (gpointer           owner,
                          BtWebSeed         *seed,
                          guint              n_max,
                          BtBlockSpan       *out_first);
  /* Whether a block that was asked of it is still wanted; FALSE: it has been given back. */
  gboolean (*is_wanted)  (gpointer           owner,
                          BtWebSeed         *seed,
                          const BtBlockSpan *span);
  /* It came. The slot is given away. */
  void     (*block)      (gpointer           owner,
                          BtWebSeed         *seed,
                          const BtBlockSpan *span,
                          guint8            *slot);
  /* It will not come. */
  void     (*give_back)  (gpointer           owner,
                          BtWebSeed         *seed,
                          const BtBlockSpan *span);
  /* It has not got this file: nothing of it is to be asked. */
  void     (*missing)    (gpointer           owner,
                          BtWebSeed         *seed,
                          guint32            file);
  /* It can be used now although it could not, or the other way round. */
  void     (*changed)    (gpointer           owner,
                          BtWebSeed         *seed);
} BtWebSeedOps;

/* What all seeds of a torrent have in common; all of it borrowed, and outlives them. */
typedef struct
{
  BtWebClient        *client;
  BtClock            *clock;
  BtBlockPool        *pool;
  BtMetainfo         *metainfo;
  BtLimit *const     *limits;    /* NULL-terminated */
  const BtWebSeedOps *ops;
  gpointer            owner;
} BtWebSeedShared;

/* `shared` is borrowed. Nothing is sent before bt_web_seed_fill(). A malformed URL makes it FAILED. */
BtWebSeed     *bt_web_seed_new           (const BtWebSeedShared *shared,
                                          const char            *url);
/* Stops it first. */
void           bt_web_seed_free          (BtWebSeed             *seed);
/* Asks for more where something is to be had: now, and whenever something may be. Once a second at least. */
void           bt_web_seed_fill          (BtWebSeed             *seed);
/* Drops all connections; what was asked for is given back. It goes on with bt_web_seed_try_again(). */
void           bt_web_seed_stop          (BtWebSeed             *seed);
/* Nothing is wanted of it now: as bt_web_seed_stop(), but it goes on with bt_web_seed_fill(). */
void           bt_web_seed_drop_runs     (BtWebSeed             *seed);
/* Memory is short: reads nothing more until it is set FALSE. */
void           bt_web_seed_set_paused    (BtWebSeed             *seed,
                                          gboolean               is_paused);
/* It sent wrong data: nothing is asked of it any more. */
void           bt_web_seed_ban           (BtWebSeed             *seed);
/* Lets it be tried again at once, unless it is banned. */
void           bt_web_seed_try_again     (BtWebSeed             *seed);

const char    *bt_web_seed_get_url       (BtWebSeed             *seed);
BtWebSeedState bt_web_seed_get_state     (BtWebSeed             *seed);
/* Neither waiting nor failed nor banned. */
gboolean       bt_web_seed_is_usable     (BtWebSeed             *seed);
/* Why it waits, failed or is banned, in words; "" when none of it. Borrowed. */
const char    *bt_web_seed_get_message   (BtWebSeed             *seed);
/* When it is tried again; 0: it does not wait. */
gint64         bt_web_seed_get_next_us   (BtWebSeed             *seed);
guint64        bt_web_seed_get_received_bytes (BtWebSeed        *seed);
guint64        bt_web_seed_get_bps       (BtWebSeed             *seed);
guint          bt_web_seed_get_n_active  (BtWebSeed             *seed);
/* Whether it has said that it has not got this file. */
gboolean       bt_web_seed_lacks         (BtWebSeed             *seed,
                                          guint32                file);
guint          bt_web_seed_get_n_missing (BtWebSeed             *seed);

G_END_DECLS
