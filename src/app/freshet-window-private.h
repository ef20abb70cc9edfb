/* freshet-window-private.h - the window's parts, for the files that make it up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-window.h"

G_BEGIN_DECLS

/* Adds the actions called win.* (freshet-window-actions.c), but for those of what is shown. */
void freshet_window_add_actions    (FreshetWindow *self);
/* After another selection, or another state of what is selected: which actions can be done, and what they are. */
void freshet_window_update_actions (FreshetWindow *self);

G_END_DECLS
