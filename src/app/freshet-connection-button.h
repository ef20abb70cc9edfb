/* freshet-connection-button.h - whether others can reach us, in an icon, and in words when it is pressed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_CONNECTION_BUTTON (freshet_connection_button_get_type ())

G_DECLARE_FINAL_TYPE (FreshetConnectionButton, freshet_connection_button, FRESHET,
                      CONNECTION_BUTTON, GtkWidget)

G_END_DECLS
