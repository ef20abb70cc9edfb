/* freshet-labels-dialog.c - which labels the selected torrents have
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "common/freshet-labels.h"
#include "freshet-application.h"
#include "freshet-torrent-dialogs.h"

#include <glib/gi18n.h>

#define LIST_HEIGHT 220  /* pixels; longer lists scroll */

/* Lives as long as the dialog. */
typedef struct
{
  GPtrArray  *torrents;  /* owned, of BtTorrent */
  GtkListBox *list;      /* borrowed, of the dialog */
  GtkWidget  *scroller;  /* borrowed, of the dialog */
} LabelsDialog;

static void
labels_dialog_free (LabelsDialog *self)
{
  g_ptr_array_unref (self->torrents);
  g_free (self);
}

static gboolean
has_label (BtTorrent  *torrent,
           const char *label)
{
  const BtRecord *record = bt_torrent_get_record (torrent);

  return record->labels != NULL && g_strv_contains ((const char *const *) record->labels, label);
}

static GtkCheckButton *
find_check (LabelsDialog *self,
            const char   *label)
{
  GtkWidget *row;

  for (int i = 0; (row = GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, i))) != NULL; i++)
    if (g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), label))
      return g_object_get_data (G_OBJECT (row), "check");
  return NULL;
}

static void
toggled_cb (GtkCheckButton *check)
{
  gtk_check_button_set_inconsistent (check, FALSE);
}

static GtkCheckButton *
add_label (LabelsDialog *self,
           const char   *label)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), label);
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  g_object_set_data (G_OBJECT (row), "check", check);
  gtk_list_box_append (self->list, row);
  gtk_widget_set_visible (self->scroller, TRUE);
  return GTK_CHECK_BUTTON (check);
}

static void
add_known_labels (LabelsDialog *self)
{
  FreshetApplication *application = freshet_application_get_default ();
  BtSupervisor *supervisor = freshet_application_get_supervisor (application);
  g_autoptr (GPtrArray) labels =
      freshet_labels_collect (bt_supervisor_get_torrents (supervisor));

  for (guint i = 0; i < labels->len; i++)
    {
      const char *label = g_ptr_array_index (labels, i);
      GtkCheckButton *check = add_label (self, label);
      guint n_have = 0;

      for (guint j = 0; j < self->torrents->len; j++)
        n_have += has_label (g_ptr_array_index (self->torrents, j), label);
      gtk_check_button_set_active (check, n_have == self->torrents->len);
      gtk_check_button_set_inconsistent (check, n_have > 0 && n_have < self->torrents->len);
      g_signal_connect (check, "toggled", G_CALLBACK (toggled_cb), NULL);
    }
}

static void
entry_activated_cb (GtkEntry     *entry,
                    LabelsDialog *self)
{
  g_autofree char *label = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  GtkCheckButton *check;

  if (*label == '\0')
    return;
  check = find_check (self, label);
  if (check == NULL)
    check = add_label (self, label);
  gtk_check_button_set_active (check, TRUE);
  gtk_check_button_set_inconsistent (check, FALSE);
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
}

/* A box that is neither on nor off leaves every torrent as it is. */
static void
apply_to (LabelsDialog *self,
          BtTorrent    *torrent)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  GtkWidget *row;

  for (int i = 0; (row = GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, i))) != NULL; i++)
    {
      const char *label = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row));
      GtkCheckButton *check = g_object_get_data (G_OBJECT (row), "check");
      gboolean is_on = gtk_check_button_get_inconsistent (check)
                           ? has_label (torrent, label)
                           : gtk_check_button_get_active (check);

      if (is_on)
        g_ptr_array_add (labels, (char *) label);
    }
  g_ptr_array_add (labels, NULL);
  bt_torrent_set_labels (torrent, (const char *const *) labels->pdata);
}

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             LabelsDialog     *self)
{
  GtkWidget *entry = g_object_get_data (G_OBJECT (dialog), "entry");

  if (!g_str_equal (response, "apply"))
    return;
  /* What was typed and not confirmed is meant, too. */
  entry_activated_cb (GTK_ENTRY (entry), self);
  for (guint i = 0; i < self->torrents->len; i++)
    apply_to (self, g_ptr_array_index (self->torrents, i));
}

static GtkWidget *
make_entry (LabelsDialog *self)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), _("New label"));
  gtk_entry_set_icon_from_icon_name (GTK_ENTRY (entry), GTK_ENTRY_ICON_SECONDARY,
                                     "list-add-symbolic");
  gtk_entry_set_icon_tooltip_text (GTK_ENTRY (entry), GTK_ENTRY_ICON_SECONDARY, _("Add Label"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("New label"), -1);
  g_signal_connect (entry, "activate", G_CALLBACK (entry_activated_cb), self);
  g_signal_connect (entry, "icon-press", G_CALLBACK (entry_activated_cb), self);
  return entry;
}

static GtkWidget *
make_content (LabelsDialog *self,
              GtkWidget    *entry)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (self->scroller), LIST_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->list));
  gtk_widget_set_visible (self->scroller, FALSE);
  gtk_box_append (GTK_BOX (box), self->scroller);
  gtk_box_append (GTK_BOX (box), entry);
  return box;
}

void
freshet_labels_dialog_present (GtkWindow *parent,
                               GPtrArray *torrents)
{
  GtkWidget *dialog = adw_message_dialog_new (parent, _("Labels"), NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);
  LabelsDialog *self = g_new0 (LabelsDialog, 1);
  GtkWidget *entry = make_entry (self);

  self->torrents = g_ptr_array_copy (torrents, (GCopyFunc) (void *) g_object_ref, NULL);
  g_ptr_array_set_free_func (self->torrents, g_object_unref);
  g_object_set_data_full (G_OBJECT (dialog), "self", self, (GDestroyNotify) labels_dialog_free);
  g_object_set_data (G_OBJECT (dialog), "entry", entry);
  adw_message_dialog_set_extra_child (message, make_content (self, entry));
  add_known_labels (self);
  adw_message_dialog_add_responses (message, "cancel", _("_Cancel"), "apply", _("_Apply"), NULL);
  adw_message_dialog_set_response_appearance (message, "apply", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_close_response (message, "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), self);
  gtk_window_present (GTK_WINDOW (dialog));
}
