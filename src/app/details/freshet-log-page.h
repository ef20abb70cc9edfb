/* freshet-log-page.h - what happened to a torrent, newest first
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-page.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_LOG_PAGE (freshet_log_page_get_type ())

G_DECLARE_FINAL_TYPE (FreshetLogPage, freshet_log_page, FRESHET, LOG_PAGE, FreshetTorrentPage)

G_END_DECLS
