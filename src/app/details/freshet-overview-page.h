/* freshet-overview-page.h - how far a torrent is, which pieces are here, its speeds, and facts
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-page.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_OVERVIEW_PAGE (freshet_overview_page_get_type ())

G_DECLARE_FINAL_TYPE (FreshetOverviewPage, freshet_overview_page, FRESHET, OVERVIEW_PAGE,
                      FreshetTorrentPage)

G_END_DECLS
