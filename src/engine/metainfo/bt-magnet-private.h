/* bt-magnet-private.h - the magnet's fields, for its parser and writer
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-magnet.h"

G_BEGIN_DECLS

/* Written while it is being made only. */
struct _BtMagnet
{
  gatomicrefcount ref_count;

  /* Owned */
  char           *name;        /* nullable */
  GPtrArray      *trackers;    /* char *, and a NULL at the end once it is finished */
  GPtrArray      *tiers;       /* nullable until finished: const char **, borrowing from `trackers` */
  GPtrArray      *web_seeds;   /* as `trackers` */
  GPtrArray      *peer_hosts;  /* as `trackers` */
  GArray         *peers;       /* BtAddress */
  GArray         *ranges;      /* BtMagnetRange; ascending and apart once it is finished */

  /* Values */
  guint64         length;
  guint8          info_hash_v1[BT_SHA1_BYTES];
  guint8          info_hash_v2[BT_SHA256_BYTES];
  guint           has_v1 : 1;
  guint           has_v2 : 1;
};

/* Without any hash yet. */
BtMagnet *bt_magnet_new         (void);
/* Ends the arrays, and puts the ranges in order. */
void      bt_magnet_finish      (BtMagnet     *magnet);
/* Foreign bytes; what is not usable, there already or one too many is left out. */
void      bt_magnet_set_name    (BtMagnet     *magnet,
                                 const guint8 *bytes,
                                 gsize         n_bytes);
void      bt_magnet_add_tracker (BtMagnet     *magnet,
                                 const guint8 *bytes,
                                 gsize         n_bytes);
void      bt_magnet_add_web_seed (BtMagnet    *magnet,
                                  const guint8 *bytes,
                                  gsize         n_bytes);

G_END_DECLS
