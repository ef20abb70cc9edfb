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

/* The third door: the engine puts, the application takes; between two takes only the newest of each
 * torrent is kept. */
typedef struct _BtMailbox BtMailbox;

BtMailbox  *bt_mailbox_new  (void);
void        bt_mailbox_free (BtMailbox  *mailbox);
/* Thread: any. Takes the snapshot. TRUE when the mailbox was empty: the bell should ring. */
gboolean    bt_mailbox_put  (BtMailbox  *mailbox,
                             BtSnapshot *snapshot);
/* Thread: any. (transfer container, full): of BtSnapshot, owned. */
GPtrArray  *bt_mailbox_take (BtMailbox  *mailbox);

G_END_DECLS
