/* freshet-files-page.h - what is in a torrent, and which of it is wanted
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-page.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_FILES_PAGE (freshet_files_page_get_type ())

G_DECLARE_FINAL_TYPE (FreshetFilesPage, freshet_files_page, FRESHET, FILES_PAGE, FreshetTorrentPage)

G_END_DECLS
