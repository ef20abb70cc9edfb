/* freshet-copy.h - text to the clipboard, with a word that it is there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The toast appears in the window of `widget`. */
void freshet_copy (GtkWidget  *widget,
                   const char *text);

G_END_DECLS
