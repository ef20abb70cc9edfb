/* freshet-inhibitor.h - keeps the computer awake while something downloads
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-conditions.h"

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_INHIBITOR (freshet_inhibitor_get_type ())

G_DECLARE_FINAL_TYPE (FreshetInhibitor, freshet_inhibitor, FRESHET, INHIBITOR, GObject)

/* From suspending only: the screen may go off. By the settings inhibit-suspend and inhibit-on-battery. */
FreshetInhibitor *freshet_inhibitor_new (GtkApplication    *application,
                                         BtSupervisor      *supervisor,
                                         FreshetConditions *conditions,
                                         GSettings         *settings);

G_END_DECLS
