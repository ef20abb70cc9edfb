/* freshet-preferences-window.h - what a person chooses for all torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-block-list.h"
#include "freshet-secret.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_PREFERENCES_WINDOW (freshet_preferences_window_get_type ())

G_DECLARE_FINAL_TYPE (FreshetPreferencesWindow, freshet_preferences_window, FRESHET,
                      PREFERENCES_WINDOW, AdwPreferencesWindow)

/* `parent` nullable. Everything in it takes effect at once. */
GtkWindow *freshet_preferences_window_new (GtkWindow        *parent,
                                           GSettings        *settings,
                                           FreshetBlockList *block_list,
                                           FreshetSecret    *secret);

G_END_DECLS
