/* freshet-sidebar.h - the filters: states, labels and trackers, each with how many torrents it has
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-list.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_SIDEBAR (freshet_sidebar_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSidebar, freshet_sidebar, FRESHET, SIDEBAR, GtkWidget)

/* Property: filter (string, writable, notified): as freshet_torrent_list_set_filter() takes it
 * Signal: activated (): a person has chosen one
 */

/* Once; kept. It shows its counts; setting its filter is the owner's. */
void freshet_sidebar_set_list (FreshetSidebar     *self,
                               FreshetTorrentList *list);

G_END_DECLS
