/* freshet-copy.c - text to the clipboard, with a word that it is there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-copy.h"

#include "freshet-window.h"

#include <glib/gi18n.h>

void
freshet_copy (GtkWidget  *widget,
              const char *text)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  if (FRESHET_IS_WINDOW (root))
    freshet_window_say (FRESHET_WINDOW (root), _("Copied"));
}
