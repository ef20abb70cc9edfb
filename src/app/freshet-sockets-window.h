/* freshet-sockets-window.h - every connection that is open, and the network interface of each
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_SOCKETS_WINDOW (freshet_sockets_window_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSocketsWindow, freshet_sockets_window, FRESHET, SOCKETS_WINDOW,
                      AdwWindow)

/* What the kernel says, once a second. */
GtkWindow *freshet_sockets_window_new (GtkWindow    *parent,
                                       BtSupervisor *supervisor);

G_END_DECLS
