/* freshet-toast.c - a toast of plain text
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-toast.h"

#include <glib/gi18n.h>

AdwToast *
freshet_toast_new (const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  return adw_toast_new (escaped);
}

void
freshet_toast_add_undo (AdwToast       *toast,
                        void          (*undo) (gpointer data),
                        gpointer        data,
                        GDestroyNotify  destroy)
{
  adw_toast_set_button_label (toast, _("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), "undo", data, destroy);
  g_signal_connect_swapped (toast, "button-clicked", G_CALLBACK (undo), data);
}
