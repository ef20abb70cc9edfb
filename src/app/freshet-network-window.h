/* freshet-network-window.h - how others reach us, and how peers are found
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_NETWORK_WINDOW (freshet_network_window_get_type ())

G_DECLARE_FINAL_TYPE (FreshetNetworkWindow, freshet_network_window, FRESHET, NETWORK_WINDOW,
                      AdwWindow)

/* `parent` nullable. Follows the engine as long as it is shown. */
GtkWindow *freshet_network_window_new (GtkWindow    *parent,
                                       BtSupervisor *supervisor);

G_END_DECLS
