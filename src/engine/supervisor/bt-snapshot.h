/* bt-snapshot.h - what the engine shows of its torrents: frozen, newest only, changed ones only
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "swarm/bt-swarm-facts.h"

G_BEGIN_DECLS

/* One torrent's facts. Immutable once it is in the mailbox. */
typedef struct
{
  guint64       id;
  BtSwarmFacts  facts;
  GArray       *peer_rows;     /* owned, nullable: only of watched torrents */
  GArray       *tracker_rows;  /* owned, nullable */
} BtSnapshot;

void bt_snapshot_free (gpointer snapshot);

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
