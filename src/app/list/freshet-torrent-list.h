/* freshet-torrent-list.h - the torrents as the window shows them: filtered, sorted, chosen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-counts.h"
#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_LIST (freshet_torrent_list_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTorrentList, freshet_torrent_list, FRESHET, TORRENT_LIST, GObject)

/* Signals:
 *   counts-changed (): freshet_torrent_list_get_counts() says something else; a frame's changes are told once
 *   reordered (): torrents that were shown before and are now have other places among each other
 * What changes is put into place before the next frame; what changes every second (rates), at the supervisor's tick.
 */

/* `supervisor` is kept. */
FreshetTorrentList  *freshet_torrent_list_new           (BtSupervisor       *supervisor);
/* What both faces of the list show: of BtTorrent, many can be chosen. Borrowed. */
GtkSelectionModel   *freshet_torrent_list_get_selection (FreshetTorrentList *self);
/* All that is shown, what the selection has not been told of yet included. */
void                 freshet_torrent_list_select_all    (FreshetTorrentList *self);
/* What has changed is put into place, and told, now: for what looks for a torrent that has just come. */
void                 freshet_torrent_list_catch_up      (FreshetTorrentList *self);
/* It has caught up with the torrents there are: that none is shown means something. */
gboolean             freshet_torrent_list_is_current    (FreshetTorrentList *self);
/* Of BtTorrent, in the order shown. (transfer full), maybe empty. */
GPtrArray           *freshet_torrent_list_dup_selected  (FreshetTorrentList *self);
/* Of all torrents but those that are hidden. Borrowed. */
const FreshetCounts *freshet_torrent_list_get_counts    (FreshetTorrentList *self);
/* Torrents that are about to go are not shown. */
void                 freshet_torrent_list_set_hidden    (FreshetTorrentList *self,
                                                         GPtrArray          *torrents,
                                                         gboolean            is_hidden);
/* Words that name and labels must contain, all of them, in any case; NULL or "": everything. At once. */
void                 freshet_torrent_list_set_search    (FreshetTorrentList *self,
                                                         const char         *text);
/* A class ("all", "downloading", …), "label:NAME" or "tracker:HOST". At once. */
void                 freshet_torrent_list_set_filter    (FreshetTorrentList *self,
                                                         const char         *filter);
/* By the column called `column`; unknown ones count as "added". At once. */
void                 freshet_torrent_list_set_sort      (FreshetTorrentList *self,
                                                         const char         *column,
                                                         gboolean            is_descending);

G_END_DECLS
