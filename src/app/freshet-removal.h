/* freshet-removal.h - torrents that are going: off the list at once, gone for good when nobody undoes it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-window.h"

G_BEGIN_DECLS

/* Hides and stops them, and shows a toast with Undo; they are removed when that goes, or when the window does.
 * `torrents` of BtTorrent is kept. */
void freshet_removal_begin (FreshetWindow *window,
                            GPtrArray     *torrents,
                            BtRemoveData   data);

G_END_DECLS
