/* freshet-rename-dialog.c - asks for another name of a torrent
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-dialogs.h"

#include <glib/gi18n.h>

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             BtTorrent        *torrent)
{
  GtkEditable *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));

  if (g_str_equal (response, "rename"))
    bt_torrent_set_name (torrent, gtk_editable_get_text (entry));
}

static void
text_changed_cb (GtkEditable      *entry,
                 AdwMessageDialog *dialog)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  adw_message_dialog_set_response_enabled (dialog, "rename", *text != '\0');
}

void
freshet_rename_dialog_present (GtkWindow *parent,
                               BtTorrent *torrent)
{
  GtkWidget *dialog = adw_message_dialog_new (parent, _("Rename Torrent"),
                                              _("Its files keep their names."));
  GtkWidget *entry = gtk_entry_new ();
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);

  gtk_editable_set_text (GTK_EDITABLE (entry), bt_torrent_get_name (torrent));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name"),
                                  -1);
  adw_message_dialog_set_extra_child (message, entry);
  adw_message_dialog_add_responses (message, "cancel", _("_Cancel"), "rename", _("_Rename"), NULL);
  adw_message_dialog_set_response_appearance (message, "rename", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (message, "rename");
  adw_message_dialog_set_close_response (message, "cancel");
  g_signal_connect (entry, "changed", G_CALLBACK (text_changed_cb), dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), torrent, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (entry);
}
