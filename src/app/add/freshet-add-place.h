/* freshet-add-place.h - the folder that torrents are to go to, and the room that is left in it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-add-batch.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_ADD_PLACE (freshet_add_place_get_type ())

G_DECLARE_FINAL_TYPE (FreshetAddPlace, freshet_add_place, FRESHET, ADD_PLACE, AdwPreferencesGroup)

/* Once: a folder that is chosen becomes that of the batch, whose changes are followed. `settings` has the folders used
 * lately. */
void freshet_add_place_set_batch (FreshetAddPlace *self,
                                  FreshetAddBatch *batch,
                                  GSettings       *settings);

G_END_DECLS
