/* freshet-incoming.c - all ways by which torrents come to the window: opened, chosen, typed, dropped, pasted, copied
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-incoming.h"

#include "common/freshet-toast.h"
#include "freshet-add-dialog.h"
#include "freshet-links.h"

#include <glib/gi18n.h>

#define UNDO_S 10

struct _FreshetIncoming
{
  GObject parent_instance;

  /* owned */
  GSettings            *settings;
  BtSupervisor         *supervisor;
  GCancellable         *cancellable;  /* of reading the clipboard */
  GtkFileChooserNative *chooser;      /* nullable */
  FreshetAddBatch      *direct;       /* nullable: what is loaded to be added without asking */
  char                 *offered;      /* nullable: the link of the clipboard that was offered last */
  AdwToast             *offer;        /* nullable: that shows it */

  /* borrowed */
  FreshetWindow    *window;
  FreshetAddDialog *dialog;           /* weak, nullable */
  GtkWidget        *drop_overlay;     /* of the window */
};

G_DEFINE_FINAL_TYPE (FreshetIncoming, freshet_incoming, G_TYPE_OBJECT)

/* --- What was added --- */

static void
undone_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  /* It is still in the list then, and says why. */
  if (!bt_supervisor_remove_finish (BT_SUPERVISOR (source), result, NULL, &error))
    g_debug ("undo: %s", error->message);
}

/* Nothing stays of it but files that were there before. */
static void
undo (gpointer data)
{
  GPtrArray *torrents = data;
  FreshetApplication *application = freshet_application_get_default ();
  BtSupervisor *supervisor = freshet_application_get_supervisor (application);

  for (guint i = 0; i < torrents->len; i++)
    bt_supervisor_remove_async (supervisor, torrents->pdata[i], BT_REMOVE_DELETE_DATA, NULL,
                                undone_cb, NULL);
}

/* (transfer full) */
static AdwToast *
make_added_toast (GPtrArray *torrents)
{
  g_autofree char *text = NULL;

  if (torrents->len == 1)
    /* Translators: a torrent's name */
    text = g_strdup_printf (_("“%s” added"), bt_torrent_get_name (torrents->pdata[0]));
  else
    text = g_strdup_printf (ngettext ("%u torrent added", "%u torrents added", torrents->len),
                            torrents->len);
  return freshet_toast_new (text);
}

static void
dialog_done_cb (FreshetIncoming  *self,
                FreshetAddDialog *dialog)
{
  GPtrArray *added = freshet_add_batch_get_added (freshet_add_dialog_get_batch (dialog));

  if (added->len > 0)
    freshet_window_select (self->window, added->pdata[added->len - 1]);
  if (added->len > 1)
    freshet_window_add_toast (self->window, make_added_toast (added));
  else if (added->len == 0)
    freshet_window_say (self->window, _("Trackers added"));
}

static void
show_dialog (FreshetIncoming *self,
             FreshetAddBatch *batch)
{
  g_set_weak_pointer (&self->dialog, freshet_add_dialog_new (GTK_WINDOW (self->window), batch));
  g_signal_connect_object (self->dialog, "done", G_CALLBACK (dialog_done_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->dialog));
}

static void
ask (FreshetIncoming   *self,
     const char *const *uris)
{
  g_autoptr (FreshetAddBatch) batch =
      freshet_add_batch_new (self->supervisor, self->settings, TRUE);

  freshet_add_batch_add (batch, uris);
  show_dialog (self, batch);
}

/* In one that is open already, too. */
static void
show_in_dialog (FreshetIncoming   *self,
                const char *const *uris)
{
  if (self->dialog == NULL || !gtk_widget_get_visible (GTK_WIDGET (self->dialog)))
    {
      ask (self, uris);
      return;
    }
  freshet_add_batch_add (freshet_add_dialog_get_batch (self->dialog), uris);
  gtk_window_present (GTK_WINDOW (self->dialog));
}

/* --- Without asking --- */

static void
direct_loaded_cb (FreshetIncoming *self)
{
  /* What comes from now on is a batch of its own. */
  g_autoptr (FreshetAddBatch) batch = g_steal_pointer (&self->direct);

  freshet_add_batch_commit (batch, FALSE);
}

/* What could not be added is shown, and can be answered there. */
static void
direct_committed_cb (FreshetIncoming *self,
                     FreshetAddBatch *batch)
{
  GPtrArray *added = freshet_add_batch_get_added (batch);
  GListModel *sources = freshet_add_batch_get_sources (batch);
  g_autoptr (GPtrArray) uris = g_ptr_array_new_with_free_func (g_free);
  AdwToast *toast;

  if (added->len > 0)
    {
      toast = make_added_toast (added);
      freshet_toast_add_undo (toast, undo, g_ptr_array_ref (added),
                              (GDestroyNotify) g_ptr_array_unref);
      adw_toast_set_timeout (toast, UNDO_S);
      adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
      freshet_window_add_toast (self->window, toast);
      freshet_window_select (self->window, added->pdata[added->len - 1]);
    }
  for (guint i = 0; i < g_list_model_get_n_items (sources); i++)
    {
      g_autoptr (FreshetAddSource) source = g_list_model_get_item (sources, i);

      if (freshet_add_source_get_state (source) != FRESHET_ADD_ADDED)
        g_ptr_array_add (uris, g_strdup (freshet_add_source_get_uri (source)));
    }
  if (uris->len == 0)
    return;
  g_ptr_array_add (uris, NULL);
  show_in_dialog (self, (const char *const *) uris->pdata);
}

static void
add_directly (FreshetIncoming   *self,
              const char *const *uris)
{
  if (self->direct == NULL)
    {
      self->direct = freshet_add_batch_new (self->supervisor, self->settings, FALSE);
      g_signal_connect_object (self->direct, "loaded", G_CALLBACK (direct_loaded_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (self->direct, "committed", G_CALLBACK (direct_committed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  freshet_add_batch_add (self->direct, uris);
}

void
freshet_incoming_open (FreshetIncoming   *self,
                       const char *const *uris)
{
  g_return_if_fail (FRESHET_IS_INCOMING (self));

  if (uris[0] == NULL)
    return;
  if ((self->dialog == NULL || !gtk_widget_get_visible (GTK_WIDGET (self->dialog))) &&
      !g_settings_get_boolean (self->settings, "ask-when-adding"))
    add_directly (self, uris);
  else
    show_in_dialog (self, uris);
}

/* FALSE: there is nothing in it. */
static gboolean
open_text (FreshetIncoming *self,
           const char      *text)
{
  g_auto (GStrv) links = freshet_links_from_text (text);

  freshet_incoming_open (self, (const char *const *) links);
  return links[0] != NULL;
}

static void
open_files (FreshetIncoming *self,
            GSList          *files)
{
  g_autoptr (GPtrArray) uris = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) links = NULL;

  for (GSList *l = files; l != NULL; l = l->next)
    g_ptr_array_add (uris, g_file_get_uri (l->data));
  g_ptr_array_add (uris, NULL);
  links = freshet_links_from_uris ((const char *const *) uris->pdata);
  freshet_incoming_open (self, (const char *const *) links);
}

/* What was dropped or pasted. FALSE: nothing that can be added. */
static gboolean
open_value (FreshetIncoming *self,
            const GValue    *value)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      GSList *files = g_value_get_boxed (value);

      open_files (self, files);
      return files != NULL;
    }
  if (G_VALUE_HOLDS (value, G_TYPE_FILE))
    {
      GSList one = { g_value_get_object (value), NULL };

      open_files (self, &one);
      return TRUE;
    }
  return G_VALUE_HOLDS (value, G_TYPE_STRING) && open_text (self, g_value_get_string (value));
}

/* --- Chosen and typed --- */

static void
files_chosen_cb (FreshetIncoming *self,
                 int              response)
{
  g_autoptr (GListModel) chosen = NULL;
  g_autoptr (GPtrArray) uris = g_ptr_array_new_with_free_func (g_free);

  if (response == GTK_RESPONSE_ACCEPT)
    chosen = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (self->chooser));
  for (guint i = 0; chosen != NULL && i < g_list_model_get_n_items (chosen); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (chosen, i);

      g_ptr_array_add (uris, g_file_get_uri (file));
    }
  g_ptr_array_add (uris, NULL);
  g_clear_object (&self->chooser);
  freshet_incoming_open (self, (const char *const *) uris->pdata);
}

static void
add_filters (GtkFileChooser *chooser)
{
  GtkFileFilter *torrents = gtk_file_filter_new ();
  GtkFileFilter *all = gtk_file_filter_new ();

  gtk_file_filter_set_name (torrents, _("Torrent Files"));
  gtk_file_filter_add_mime_type (torrents, "application/x-bittorrent");
  gtk_file_filter_add_suffix (torrents, "torrent");
  gtk_file_filter_set_name (all, _("All Files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (chooser, torrents);
  gtk_file_chooser_add_filter (chooser, all);
  g_object_unref (torrents);
  g_object_unref (all);
}

static void
add_activated (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       user_data)
{
  FreshetIncoming *self = user_data;

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_("Choose Torrent Files"), GTK_WINDOW (self->window),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  add_filters (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (files_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
link_changed_cb (GtkEditable      *entry,
                 AdwMessageDialog *dialog)
{
  g_auto (GStrv) links = freshet_links_from_text (gtk_editable_get_text (entry));

  adw_message_dialog_set_response_enabled (dialog, "add", links[0] != NULL);
}

static void
link_response_cb (AdwMessageDialog *dialog,
                  const char       *response,
                  FreshetIncoming  *self)
{
  GtkWidget *entry = adw_message_dialog_get_extra_child (dialog);

  if (g_str_equal (response, "add"))
    open_text (self, gtk_editable_get_text (GTK_EDITABLE (entry)));
}

static void
add_link_activated (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       user_data)
{
  FreshetIncoming *self = user_data;
  GtkWidget *dialog =
      adw_message_dialog_new (GTK_WINDOW (self->window), _("Add Link"),
                              _("The address of a torrent file, or a magnet link."));
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), "https://");
  gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_URL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Link"),
                                  -1);
  adw_message_dialog_set_extra_child (message, entry);
  adw_message_dialog_add_responses (message, "cancel", _("_Cancel"), "add", _("_Add"), NULL);
  adw_message_dialog_set_response_appearance (message, "add", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (message, "add");
  adw_message_dialog_set_close_response (message, "cancel");
  adw_message_dialog_set_response_enabled (message, "add", FALSE);
  g_signal_connect (entry, "changed", G_CALLBACK (link_changed_cb), dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (link_response_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (entry);
}

/* --- Pasted --- */

static GdkClipboard *
get_clipboard (FreshetIncoming *self)
{
  return gtk_widget_get_clipboard (GTK_WIDGET (self->window));
}

static void
pasted_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (FreshetIncoming) self = user_data;
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);

  if (self->window == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (value == NULL || !open_value (self, value))
    freshet_window_say (self->window, _("There is no torrent file or link to paste"));
}

static void
paste_activated (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       user_data)
{
  FreshetIncoming *self = user_data;
  GdkClipboard *clipboard = get_clipboard (self);
  g_autoptr (GdkContentFormats) formats = NULL;
  GType type = G_TYPE_STRING;

  /* Files that were copied can be read as text, too, but not the other way round. */
  formats = gdk_content_formats_union_deserialize_gtypes (
      gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST))
    type = GDK_TYPE_FILE_LIST;
  gdk_clipboard_read_value_async (clipboard, type, G_PRIORITY_DEFAULT, self->cancellable, pasted_cb,
                                  g_object_ref (self));
}

/* --- Copied --- */

static void
forget_offer (FreshetIncoming *self)
{
  if (self->offer != NULL)
    g_signal_handlers_disconnect_by_data (self->offer, self);
  g_clear_object (&self->offer);
}

static void
offer_taken_cb (FreshetIncoming *self)
{
  const char *const links[] = { self->offered, NULL };

  freshet_incoming_open (self, links);
}

static void
offer_link (FreshetIncoming *self,
            const char      *link)
{
  if (g_strcmp0 (link, self->offered) == 0)
    return;
  if (self->offer != NULL)
    adw_toast_dismiss (self->offer);
  forget_offer (self);
  g_free (self->offered);
  self->offered = g_strdup (link);
  self->offer = freshet_toast_new (_("Add the copied link?"));
  adw_toast_set_button_label (self->offer, _("_Add"));
  g_signal_connect_swapped (self->offer, "button-clicked", G_CALLBACK (offer_taken_cb), self);
  g_signal_connect_swapped (self->offer, "dismissed", G_CALLBACK (forget_offer), self);
  freshet_window_add_toast (self->window, g_object_ref (self->offer));
}

static void
copied_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (FreshetIncoming) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  g_auto (GStrv) links = NULL;

  if (text == NULL || self->window == NULL || self->dialog != NULL)
    return;
  links = freshet_links_from_text (text);
  /* Of a longer text nobody knows whether it is meant. */
  if (links[0] == NULL || links[1] != NULL ||
      freshet_link_get_kind (links[0]) == FRESHET_LINK_FILE ||
      (freshet_link_get_kind (links[0]) == FRESHET_LINK_WEB &&
       !freshet_link_is_torrent (links[0])))
    return;
  offer_link (self, links[0]);
}

/* What was copied from this program is in its list. */
static void
active_cb (FreshetIncoming *self)
{
  GdkClipboard *clipboard = get_clipboard (self);
  g_autoptr (GdkContentFormats) formats = NULL;

  if (!gtk_window_is_active (GTK_WINDOW (self->window)) ||
      !g_settings_get_boolean (self->settings, "offer-clipboard") ||
      gdk_clipboard_is_local (clipboard))
    return;
  formats = gdk_content_formats_union_deserialize_gtypes (
      gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  if (gdk_content_formats_contain_gtype (formats, G_TYPE_STRING))
    gdk_clipboard_read_text_async (clipboard, self->cancellable, copied_cb, g_object_ref (self));
}

/* --- Dropped --- */

static GdkDragAction
drop_enter_cb (FreshetIncoming *self)
{
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->drop_overlay), TRUE);
  return GDK_ACTION_COPY;
}

static void
drop_leave_cb (FreshetIncoming *self)
{
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->drop_overlay), FALSE);
}

static gboolean
drop_cb (FreshetIncoming *self,
         const GValue    *value)
{
  gboolean is_taken;

  drop_leave_cb (self);
  is_taken = open_value (self, value);
  if (!is_taken)
    freshet_window_say (self->window, _("There is no torrent file or link in what was dropped"));
  return is_taken;
}

static void
add_drop_target (FreshetIncoming *self)
{
  GType types[] = { GDK_TYPE_FILE_LIST, G_TYPE_FILE, G_TYPE_STRING };
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY | GDK_ACTION_LINK);

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  /* Before entries and lists: everything is meant for the window. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (target), GTK_PHASE_CAPTURE);
  g_signal_connect_object (target, "enter", G_CALLBACK (drop_enter_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "leave", G_CALLBACK (drop_leave_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->window), GTK_EVENT_CONTROLLER (target));
}

static void
add_drop_overlay (FreshetIncoming *self)
{
  AdwApplicationWindow *window = ADW_APPLICATION_WINDOW (self->window);
  GtkWidget *content = g_object_ref (adw_application_window_get_content (window));
  GtkWidget *overlay = gtk_overlay_new ();
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "folder-download-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _("Drop to Add"));
  gtk_widget_set_vexpand (page, TRUE);
  gtk_widget_add_css_class (box, "drop-overlay");
  gtk_box_append (GTK_BOX (box), page);
  self->drop_overlay = gtk_revealer_new ();
  gtk_revealer_set_transition_type (GTK_REVEALER (self->drop_overlay),
                                    GTK_REVEALER_TRANSITION_TYPE_CROSSFADE);
  gtk_revealer_set_child (GTK_REVEALER (self->drop_overlay), box);
  gtk_widget_set_can_target (self->drop_overlay, FALSE);

  adw_application_window_set_content (window, NULL);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), content);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->drop_overlay);
  adw_application_window_set_content (window, overlay);
  g_object_unref (content);
}

/* --- Life --- */

static void
freshet_incoming_dispose (GObject *object)
{
  FreshetIncoming *self = FRESHET_INCOMING (object);

  self->window = NULL;
  g_cancellable_cancel (self->cancellable);
  if (self->direct != NULL)
    freshet_add_batch_cancel (self->direct);
  forget_offer (self);
  g_clear_weak_pointer (&self->dialog);
  g_clear_object (&self->direct);
  g_clear_object (&self->chooser);
  g_clear_object (&self->settings);
  g_clear_object (&self->supervisor);

  G_OBJECT_CLASS (freshet_incoming_parent_class)->dispose (object);
}

static void
freshet_incoming_finalize (GObject *object)
{
  FreshetIncoming *self = FRESHET_INCOMING (object);

  g_object_unref (self->cancellable);
  g_free (self->offered);

  G_OBJECT_CLASS (freshet_incoming_parent_class)->finalize (object);
}

static void
freshet_incoming_class_init (FreshetIncomingClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = freshet_incoming_dispose;
  G_OBJECT_CLASS (klass)->finalize = freshet_incoming_finalize;
}

static void
freshet_incoming_init (FreshetIncoming *self)
{
  self->cancellable = g_cancellable_new ();
}

FreshetIncoming *
freshet_incoming_new (FreshetWindow *window)
{
  static const GActionEntry entries[] = {
    { .name = "add", .activate = add_activated },
    { .name = "add-link", .activate = add_link_activated },
    { .name = "paste", .activate = paste_activated },
  };
  FreshetApplication *application = freshet_application_get_default ();
  FreshetIncoming *self = g_object_new (FRESHET_TYPE_INCOMING, NULL);

  self->window = window;
  self->settings = g_object_ref (freshet_application_get_settings (application));
  self->supervisor = g_object_ref (freshet_application_get_supervisor (application));
  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), self);
  add_drop_overlay (self);
  add_drop_target (self);
  g_signal_connect_object (window, "notify::is-active", G_CALLBACK (active_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}
