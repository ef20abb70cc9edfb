/* freshet-trackers-page.h - who is asked for peers, and what they say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-page.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_TRACKERS_PAGE (freshet_trackers_page_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTrackersPage, freshet_trackers_page, FRESHET, TRACKERS_PAGE,
                      FreshetTorrentPage)

G_END_DECLS
