/* freshet-peer-list.h - the peers of a torrent as a list that keeps up with the newest rows; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_PEER (freshet_peer_get_type ())
#define FRESHET_TYPE_PEER_LIST (freshet_peer_list_get_type ())

/* One address. Signal: changed (): its row differs. */
G_DECLARE_FINAL_TYPE (FreshetPeer, freshet_peer, FRESHET, PEER, GObject)
/* A GListModel of FreshetPeer, in the order they came. */
G_DECLARE_FINAL_TYPE (FreshetPeerList, freshet_peer_list, FRESHET, PEER_LIST, GObject)

/* Borrowed, valid until the next `changed`. */
const BtPeerRow *freshet_peer_get_row     (FreshetPeer     *self);

FreshetPeerList *freshet_peer_list_new    (void);
/* `rows` of BtPeerRow, nullable: nobody. Those that are there already change in place; the others come and go. */
void             freshet_peer_list_update (FreshetPeerList *self,
                                           const GArray    *rows);

G_END_DECLS
