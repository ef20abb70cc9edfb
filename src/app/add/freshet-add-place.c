/* freshet-add-place.c - the folder that torrents are to go to, and the room that is left in it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-place.h"

#include "common/freshet-format.h"
#include "freshet-folders.h"

#include <glib/gi18n.h>

struct _FreshetAddPlace
{
  AdwPreferencesGroup parent_instance;

  /* owned */
  FreshetAddBatch      *batch;         /* nullable: not yet, or not any more */
  GSettings            *settings;
  GCancellable         *space_query;   /* nullable */
  char                 *space_folder;  /* nullable: what free_bytes is of */
  GtkFileChooserNative *chooser;       /* nullable */

  /* borrowed: of the template */
  AdwActionRow  *folder_row;
  GtkMenuButton *recent;
  AdwActionRow  *space_row;
  GtkLabel      *space;

  /* values */
  guint64 free_bytes;
  guint   is_space_known : 1;
};

G_DEFINE_FINAL_TYPE (FreshetAddPlace, freshet_add_place, ADW_TYPE_PREFERENCES_GROUP)

/* --- Free space --- */

static void
show_space (FreshetAddPlace *self)
{
  FreshetAddCounts counts;
  g_autofree char *size = NULL;
  g_autofree char *words = NULL;
  gboolean is_short;

  freshet_add_batch_count (self->batch, &counts);
  is_short = self->is_space_known && counts.to_add_bytes > self->free_bytes;
  if (is_short)
    {
      size = freshet_format_bytes (counts.to_add_bytes - self->free_bytes);
      /* Translators: an amount, "3.2 GB" */
      words = g_strdup_printf (_("%s too little for what is chosen. Choose another folder or fewer "
                                 "files."),
                               size);
      gtk_widget_add_css_class (GTK_WIDGET (self->space_row), "too-little");
      gtk_label_set_text (self->space, "");
    }
  else
    {
      size = self->is_space_known ? freshet_format_bytes (self->free_bytes - counts.to_add_bytes)
                                  : g_strdup (_("Unknown"));
      gtk_widget_remove_css_class (GTK_WIDGET (self->space_row), "too-little");
      gtk_label_set_text (self->space, size);
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->space_row),
                                 is_short ? _("Too Little Free Space")
                                 : counts.n_unknown > 0 ? _("Free Space")
                                                        : _("Free Space After"));
  adw_action_row_set_subtitle (self->space_row, words != NULL ? words : "");
}

static void
space_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (FreshetAddPlace) self = user_data;
  g_autoptr (GError) error = NULL;
  guint64 free_bytes = 0;
  gboolean is_known = freshet_folder_get_space_finish (result, &free_bytes, &error);

  if (self->batch == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->free_bytes = free_bytes;
  self->is_space_known = is_known;
  show_space (self);
}

static void
ask_for_space (FreshetAddPlace *self)
{
  const char *folder = freshet_add_batch_get_folder (self->batch);

  if (g_strcmp0 (self->space_folder, folder) == 0)
    return;
  g_free (self->space_folder);
  self->space_folder = g_strdup (folder);
  if (self->space_query != NULL)
    g_cancellable_cancel (self->space_query);
  g_clear_object (&self->space_query);
  self->space_query = g_cancellable_new ();
  freshet_folder_get_space_async (folder, self->space_query, space_cb, g_object_ref (self));
}

/* --- The folder --- */

static void
set_folder (FreshetAddPlace *self,
            const char       *folder)
{
  g_autofree char *words = freshet_folder_dup_words (folder);
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  if (g_strcmp0 (freshet_add_batch_get_folder (self->batch), folder) != 0)
    freshet_add_batch_set_folder (self->batch, folder);
  adw_action_row_set_subtitle (self->folder_row, escaped);
}

static void
recent_activated (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  set_folder (user_data, g_variant_get_bytestring (parameter));
}

static void
make_recent_menu (FreshetAddPlace *self)
{
  const GActionEntry entries[] = {
    { .name = "recent", .parameter_type = "ay", .activate = recent_activated },
  };
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GMenu) menu = g_menu_new ();
  g_auto (GStrv) folders = freshet_folders_dup (self->settings);

  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "add", G_ACTION_GROUP (actions));
  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *words = freshet_folder_dup_words (folders[i]);
      g_auto (GStrv) parts = g_strsplit (words, "_", -1);
      g_autofree char *label = g_strjoinv ("__", parts);
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target_value (item, "add.recent",
                                               g_variant_new_bytestring (folders[i]));
      g_menu_append_item (menu, item);
    }
  gtk_menu_button_set_menu_model (self->recent, G_MENU_MODEL (menu));
  gtk_widget_set_visible (GTK_WIDGET (self->recent), folders[0] != NULL);
}

static void
folder_chosen_cb (FreshetAddPlace *self,
                  int               response)
{
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  if (folder != NULL && g_file_peek_path (folder) != NULL)
    set_folder (self, g_file_peek_path (folder));
  g_clear_object (&self->chooser);
}

static void
folder_activated_cb (FreshetAddPlace *self)
{
  g_autoptr (GFile) folder = g_file_new_for_path (freshet_add_batch_get_folder (self->batch));

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (
      _("Choose a Folder"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Choose"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (folder_chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- Life --- */

static void
batch_changed_cb (FreshetAddPlace *self)
{
  ask_for_space (self);
  show_space (self);
}

static void
freshet_add_place_dispose (GObject *object)
{
  FreshetAddPlace *self = FRESHET_ADD_PLACE (object);

  if (self->space_query != NULL)
    g_cancellable_cancel (self->space_query);
  g_clear_object (&self->space_query);
  g_clear_object (&self->chooser);
  g_clear_object (&self->batch);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_add_place_parent_class)->dispose (object);
}

static void
freshet_add_place_finalize (GObject *object)
{
  g_free (FRESHET_ADD_PLACE (object)->space_folder);

  G_OBJECT_CLASS (freshet_add_place_parent_class)->finalize (object);
}

static void
freshet_add_place_class_init (FreshetAddPlaceClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = freshet_add_place_dispose;
  G_OBJECT_CLASS (klass)->finalize = freshet_add_place_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-add-place.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetAddPlace, folder_row);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddPlace, recent);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddPlace, space_row);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddPlace, space);
  gtk_widget_class_bind_template_callback (widget_class, folder_activated_cb);
}

static void
freshet_add_place_init (FreshetAddPlace *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
freshet_add_place_set_batch (FreshetAddPlace *self,
                             FreshetAddBatch *batch,
                             GSettings       *settings)
{
  g_return_if_fail (FRESHET_IS_ADD_PLACE (self));
  g_return_if_fail (self->batch == NULL);

  self->batch = g_object_ref (batch);
  self->settings = g_object_ref (settings);
  make_recent_menu (self);
  set_folder (self, freshet_add_batch_get_folder (batch));
  g_signal_connect_object (batch, "changed", G_CALLBACK (batch_changed_cb), self,
                           G_CONNECT_SWAPPED);
  batch_changed_cb (self);
}
