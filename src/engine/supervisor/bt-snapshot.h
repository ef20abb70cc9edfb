/* bt-snapshot.h - what the engine shows of its torrents: frozen, newest only, changed ones only
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "library/bt-library.h"
#include "store/bt-record.h"
#include "swarm/bt-swarm-facts.h"

G_BEGIN_DECLS

/* One torrent's facts. Immutable once it is handed over. */
typedef struct
{
  guint64       id;
  guint64       serial;   /* rises with every snapshot of an engine */
  BtSwarmFacts  facts;
  BtRecord     *record;   /* owned; NULL: as it was in the one before */
  BtDetails    *details;  /* owned, nullable: only of watched torrents */
} BtSnapshot;

void bt_snapshot_free (gpointer snapshot);
/* Takes from an older snapshot of the torrent what this one leaves out because it is still so. */
void bt_snapshot_inherit (BtSnapshot *snapshot,
                          BtSnapshot *older);
/* Differs, in all likelihood, from that of facts or a record which say something else; only the times that it has
 * been active, which grow by themselves, do not count. Never 0. */
guint64 bt_snapshot_digest (const BtSwarmFacts *facts,
                            const BtRecord     *record);

/* The third door: the engine puts and rings, the application takes; between two takes only the
 * newest of each torrent is kept, and there is one ring at most, however long the application is
 * busy. */
typedef struct _BtMailbox BtMailbox;

BtMailbox  *bt_mailbox_new  (void);
void        bt_mailbox_free (BtMailbox  *mailbox);
/* Thread: any. Takes the snapshot. */
void        bt_mailbox_put  (BtMailbox  *mailbox,
                             BtSnapshot *snapshot);
/* Thread: any. TRUE when it has not been rung since the last take: the application should be told.
 * `has_ticked`: a second has passed. */
gboolean    bt_mailbox_ring (BtMailbox  *mailbox,
                             gboolean    has_ticked);
/* Thread: any. (transfer full): of BtSnapshot, owned. */
GPtrArray  *bt_mailbox_take (BtMailbox  *mailbox,
                             gboolean   *out_has_ticked);

G_END_DECLS
