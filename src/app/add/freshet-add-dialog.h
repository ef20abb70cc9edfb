/* freshet-add-dialog.h - what is in torrents that are to be added, and where they go
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-add-batch.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_ADD_DIALOG (freshet_add_dialog_get_type ())

G_DECLARE_FINAL_TYPE (FreshetAddDialog, freshet_add_dialog, FRESHET, ADD_DIALOG, AdwWindow)

/* Signal: done (): it closes, and something was added, or trackers were. It closes by itself when nothing is left that
 * could not be added. */

/* `batch` is kept; closing the dialog cancels what loads. */
FreshetAddDialog *freshet_add_dialog_new       (GtkWindow        *parent,
                                                FreshetAddBatch  *batch);
/* Borrowed. */
FreshetAddBatch  *freshet_add_dialog_get_batch (FreshetAddDialog *self);

G_END_DECLS
