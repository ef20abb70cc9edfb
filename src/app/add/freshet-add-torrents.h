/* freshet-add-torrents.h - torrents that are to be added together, each with a check box
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-add-source.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_ADD_TORRENTS (freshet_add_torrents_get_type ())

G_DECLARE_FINAL_TYPE (FreshetAddTorrents, freshet_add_torrents, FRESHET, ADD_TORRENTS, GtkWidget)

/* Signal: selected (): another one */

/* Of FreshetAddSource; kept. */
void              freshet_add_torrents_set_sources  (FreshetAddTorrents *self,
                                                     GListModel         *sources);
/* Borrowed; NULL: there is none. */
FreshetAddSource *freshet_add_torrents_get_selected (FreshetAddTorrents *self);

G_END_DECLS
