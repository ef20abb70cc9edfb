/* freshet-peers-page.h - who is connected, and what goes on with each of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-page.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_PEERS_PAGE (freshet_peers_page_get_type ())

G_DECLARE_FINAL_TYPE (FreshetPeersPage, freshet_peers_page, FRESHET, PEERS_PAGE, FreshetTorrentPage)

G_END_DECLS
