/* freshet-notifier.h - tells that a download has finished or failed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_NOTIFIER (freshet_notifier_get_type ())

G_DECLARE_FINAL_TYPE (FreshetNotifier, freshet_notifier, FRESHET, NOTIFIER, GObject)

/* Nothing is told while a window of the application is in front. By the settings notify-finished and notify-failed.
 * The notifications' buttons are app.open-data and app.show-data, with the torrent's id (t). */
FreshetNotifier *freshet_notifier_new (GtkApplication *application,
                                       BtSupervisor   *supervisor,
                                       GSettings      *settings);

G_END_DECLS
