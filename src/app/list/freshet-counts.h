/* freshet-counts.h - how many torrents are in each class, and have each label and tracker
 *
 * Kept by adding and taking away entries: what did not change costs nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-entry.h"

G_BEGIN_DECLS

typedef struct
{
  guint       n_in_class[FRESHET_N_CLASSES];
  GHashTable *labels;   /* owned: name to count (GUINT_TO_POINTER), above 0 */
  GHashTable *hosts;
} FreshetCounts;

void  freshet_counts_init   (FreshetCounts       *counts);
void  freshet_counts_clear  (FreshetCounts       *counts);
void  freshet_counts_add    (FreshetCounts       *counts,
                             const FreshetEntry  *entry);
/* As the entry was when it was added. */
void  freshet_counts_remove (FreshetCounts       *counts,
                             const FreshetEntry  *entry);

G_END_DECLS
