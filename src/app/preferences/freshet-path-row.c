/* freshet-path-row.c - a row of preferences with a folder or a file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-path-row.h"

#include "add/freshet-folders.h"

#include <glib/gi18n.h>

struct _FreshetPathRow
{
  AdwActionRow parent_instance;

  /* owned */
  char                 *path;            /* nullable */
  char                 *default_words;   /* nullable */
  GtkFileChooserNative *chooser;         /* nullable: while it is open */

  /* borrowed: of the template */
  GtkWidget *button;
  GtkImage  *image;
  GtkLabel  *name;
  GtkWidget *reset;

  /* values */
  guint chooses_file : 1;
};

G_DEFINE_FINAL_TYPE (FreshetPathRow, freshet_path_row, ADW_TYPE_ACTION_ROW)

enum
{
  PROP_CHOOSES_FILE = 1,
  PROP_DEFAULT_WORDS,
  PROP_PATH,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
show (FreshetPathRow *self)
{
  g_autofree char *base = self->path != NULL ? g_path_get_basename (self->path) : NULL;
  g_autofree char *name = base != NULL ? g_filename_display_name (base) : NULL;
  g_autofree char *words = self->path != NULL ? freshet_folder_dup_words (self->path) : NULL;

  gtk_label_set_label (self->name, name != NULL ? name : self->default_words);
  gtk_widget_set_tooltip_text (self->button, words);
  gtk_widget_set_visible (self->reset, self->path != NULL);
  gtk_image_set_from_icon_name (self->image, self->chooses_file ? "text-x-generic-symbolic"
                                                                : "folder-symbolic");
}

static void
set_path (FreshetPathRow *self,
          const char     *path)
{
  if (path != NULL && *path == '\0')
    path = NULL;
  if (g_strcmp0 (path, self->path) == 0)
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  show (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
}

static void
response_cb (FreshetPathRow *self,
             int             response)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  if (file != NULL && g_file_peek_path (file) != NULL)
    set_path (self, g_file_peek_path (file));
  g_clear_object (&self->chooser);
}

static void
button_clicked_cb (FreshetPathRow *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkFileChooserAction action = self->chooses_file ? GTK_FILE_CHOOSER_ACTION_OPEN
                                                   : GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER;
  g_autoptr (GFile) file = self->path != NULL ? g_file_new_for_path (self->path) : NULL;

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (
      adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)), window, action, _("_Choose"),
      NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  if (file != NULL && self->chooses_file)
    gtk_file_chooser_set_file (GTK_FILE_CHOOSER (self->chooser), file, NULL);
  else if (file != NULL)
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), file, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* The button that goes must not take the focus with it. */
static void
reset_clicked_cb (FreshetPathRow *self)
{
  gtk_widget_grab_focus (self->button);
  set_path (self, NULL);
}

static void
freshet_path_row_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FreshetPathRow *self = FRESHET_PATH_ROW (object);

  switch (property_id)
    {
    case PROP_CHOOSES_FILE:
      g_value_set_boolean (value, self->chooses_file);
      break;
    case PROP_DEFAULT_WORDS:
      g_value_set_string (value, self->default_words);
      break;
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_path_row_set_property (GObject      *object,
                               guint         property_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  FreshetPathRow *self = FRESHET_PATH_ROW (object);

  switch (property_id)
    {
    case PROP_CHOOSES_FILE:
      self->chooses_file = (guint) g_value_get_boolean (value) & 1;
      show (self);
      break;
    case PROP_DEFAULT_WORDS:
      g_free (self->default_words);
      self->default_words = g_value_dup_string (value);
      show (self);
      break;
    case PROP_PATH:
      set_path (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_path_row_finalize (GObject *object)
{
  FreshetPathRow *self = FRESHET_PATH_ROW (object);

  g_clear_object (&self->chooser);
  g_free (self->path);
  g_free (self->default_words);

  G_OBJECT_CLASS (freshet_path_row_parent_class)->finalize (object);
}

static void
freshet_path_row_class_init (FreshetPathRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = freshet_path_row_get_property;
  object_class->set_property = freshet_path_row_set_property;
  object_class->finalize = freshet_path_row_finalize;

  properties[PROP_CHOOSES_FILE] =
      g_param_spec_boolean ("chooses-file", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_DEFAULT_WORDS] =
      g_param_spec_string ("default-words", NULL, NULL, NULL,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PATH] =
      g_param_spec_string ("path", NULL, NULL, NULL,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-path-row.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetPathRow, button);
  gtk_widget_class_bind_template_child (widget_class, FreshetPathRow, image);
  gtk_widget_class_bind_template_child (widget_class, FreshetPathRow, name);
  gtk_widget_class_bind_template_child (widget_class, FreshetPathRow, reset);
  gtk_widget_class_bind_template_callback (widget_class, button_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_clicked_cb);
}

static void
title_changed_cb (FreshetPathRow *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)), -1);
}

static void
freshet_path_row_init (FreshetPathRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "notify::title", G_CALLBACK (title_changed_cb), NULL);
}
