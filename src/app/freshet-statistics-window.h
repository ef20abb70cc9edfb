/* freshet-statistics-window.h - what all torrents together have moved, since the start and ever
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_STATISTICS_WINDOW (freshet_statistics_window_get_type ())

G_DECLARE_FINAL_TYPE (FreshetStatisticsWindow, freshet_statistics_window, FRESHET,
                      STATISTICS_WINDOW, AdwWindow)

/* `parent` nullable. Follows the engine as long as it is shown. */
GtkWindow *freshet_statistics_window_new (GtkWindow    *parent,
                                          BtSupervisor *supervisor,
                                          GSettings    *settings);

G_END_DECLS
