/* freshet-add-labels.h - labels to be chosen: those in use as pills, and an entry for others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_ADD_LABELS (freshet_add_labels_get_type ())

G_DECLARE_FINAL_TYPE (FreshetAddLabels, freshet_add_labels, FRESHET, ADD_LABELS, GtkBox)

/* What is typed shows only the labels that begin with it; Return chooses one of that name, or makes it. */

/* `labels` of char: those to choose from. */
void   freshet_add_labels_set_known  (FreshetAddLabels *self,
                                      GPtrArray        *labels);
/* Those chosen, also what was typed and not confirmed. (transfer full): NULL-terminated, maybe empty. */
char **freshet_add_labels_dup_chosen (FreshetAddLabels *self);

G_END_DECLS
