/* bt-torrent-private.h - what the supervisor does to its torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-engine.h"
#include "bt-supervisor.h"
#include "bt-torrent.h"

G_BEGIN_DECLS

/* Takes the snapshot. `metainfo` nullable. */
BtTorrent *bt_torrent_new        (BtSnapshot   *snapshot,
                                  BtMetainfo   *metainfo);
/* Where its commands go; NULL once it is removed or the engine has ended. Borrowed. */
BtEngine  *bt_torrent_get_engine (BtTorrent    *self);
void       bt_torrent_set_engine (BtTorrent    *self,
                                  BtEngine     *engine);
/* Takes the newest snapshot and tells what changed; an older one is let go. */
void       bt_torrent_take_snapshot (BtTorrent  *self,
                                     BtSnapshot *snapshot);
/* The serials of a new engine begin anew. */
void       bt_torrent_take_first_snapshot (BtTorrent  *self,
                                           BtSnapshot *snapshot);
/* bt-torrent-wishes.c */
/* What an export's task returns; both owned. */
typedef struct
{
  char   *link;
  GBytes *file;   /* nullable */
} BtExported;

void       bt_exported_free      (gpointer            exported);

/* bt-torrent-words.c */
char      *bt_facts_describe     (const BtSwarmFacts *facts);

G_END_DECLS
