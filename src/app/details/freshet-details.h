/* freshet-details.h - everything about the torrent that is selected, in pages
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_DETAILS (freshet_details_get_type ())

G_DECLARE_FINAL_TYPE (FreshetDetails, freshet_details, FRESHET, DETAILS, GtkWidget)

/* Properties, all writable, notified:
 *   torrent (BtTorrent, nullable)
 *   n-selected (uint): above 1, no single torrent is shown
 *   shows-close (boolean): whether a button closes the details, win.show-details
 */

G_END_DECLS
