/* freshet-place.h - keeps a list scrolled to where it is while its rows change places
 *
 * GTK follows the row at the edge, which is right when rows come and go; a list that is sorted by what changes every
 * second would jump after it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-torrent-list.h"

G_BEGIN_DECLS

typedef struct _FreshetPlace FreshetPlace;

/* Both are borrowed and outlive it. */
FreshetPlace *freshet_place_new  (FreshetTorrentList *list,
                                  GtkScrolledWindow  *scrolled);
void          freshet_place_free (FreshetPlace       *self);

G_END_DECLS
