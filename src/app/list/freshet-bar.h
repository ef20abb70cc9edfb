/* freshet-bar.h - a thin progress bar, cheap enough for hundreds of rows
 *
 * Its colour is that of its text in CSS ("freshetbar").
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_BAR (freshet_bar_get_type ())

G_DECLARE_FINAL_TYPE (FreshetBar, freshet_bar, FRESHET, BAR, GtkWidget)

GtkWidget *freshet_bar_new         (void);
/* How far it is, in the colour of its state. Draws only when that looks different. */
void       freshet_bar_set_torrent (FreshetBar *self,
                                    BtTorrent  *torrent);

G_END_DECLS
