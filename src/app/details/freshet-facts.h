/* freshet-facts.h - what is known of a torrent, as names and values in columns
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_FACTS (freshet_facts_get_type ())

G_DECLARE_FINAL_TYPE (FreshetFacts, freshet_facts, FRESHET, FACTS, GtkWidget)

/* What is true of `torrent` now; it is not kept. */
void freshet_facts_show (FreshetFacts *self,
                         BtTorrent    *torrent);

G_END_DECLS
