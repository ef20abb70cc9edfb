/* freshet-web-seeds.h - the web seeds of a torrent (BEP 19), beneath its trackers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_WEB_SEEDS (freshet_web_seeds_get_type ())

/* It is seen only while there is a web seed. Its button to add some needs an action `web-seeds.add` of a parent, which
 * has its own ways to it. */
G_DECLARE_FINAL_TYPE (FreshetWebSeeds, freshet_web_seeds, FRESHET, WEB_SEEDS, GtkWidget)

/* With every change of `torrent` (nullable), too. */
void     freshet_web_seeds_show_torrent (FreshetWebSeeds *self,
                                         BtTorrent       *torrent);
/* Not yet while it is unknown which there are: all of them are told anew with every change. */
gboolean freshet_web_seeds_can_add      (FreshetWebSeeds *self);
/* Asks for addresses. */
void     freshet_web_seeds_add          (FreshetWebSeeds *self);

G_END_DECLS
