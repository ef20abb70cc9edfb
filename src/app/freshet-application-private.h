/* freshet-application-private.h - the program's parts, for the files that make it up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-application.h"
#include "preferences/freshet-block-list.h"

G_BEGIN_DECLS

/* Adds the actions that open windows, and app.alternative (freshet-application-actions.c). */
void              freshet_application_add_actions    (FreshetApplication *self);
/* Borrowed. */
FreshetBlockList *freshet_application_get_block_list (FreshetApplication *self);

G_END_DECLS
