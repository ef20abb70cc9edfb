/* freshet-incoming.h - all ways by which torrents come to the window: opened, chosen, typed, dropped, pasted, copied
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-window.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_INCOMING (freshet_incoming_get_type ())

G_DECLARE_FINAL_TYPE (FreshetIncoming, freshet_incoming, FRESHET, INCOMING, GObject)

/* Makes the window's content a place to drop on, and adds the actions win.add, win.add-link and win.paste. The window
 * (borrowed) is to hold it, and to let it go when it is disposed of. */
FreshetIncoming *freshet_incoming_new  (FreshetWindow      *window);
/* Paths and URIs: shows the add dialog, also one that is open already, or adds them at once when that is set. */
void             freshet_incoming_open (FreshetIncoming    *self,
                                        const char *const  *uris);

G_END_DECLS
