/* freshet-add-labels.c - labels to be chosen: those in use as pills, and an entry for others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-labels.h"

#include "common/freshet-wrap-layout.h"

#include <glib/gi18n.h>

#define SPACING 6
#define MAX_PILLS 1000

struct _FreshetAddLabels
{
  GtkBox parent_instance;

  /* borrowed: children */
  GtkWidget *pills;
  GtkWidget *entry;
};

G_DEFINE_FINAL_TYPE (FreshetAddLabels, freshet_add_labels, GTK_TYPE_BOX)

static const char *
get_label (GtkWidget *pill)
{
  return gtk_label_get_text (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (pill))));
}

/* (transfer full) */
static char *
dup_typed (FreshetAddLabels *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
}

/* The empty box takes no room. */
static void
show_pills (FreshetAddLabels *self)
{
  g_autofree char *typed = dup_typed (self);
  g_autofree char *start = g_utf8_casefold (typed, -1);
  gboolean has_any = FALSE;
  GtkWidget *pill = gtk_widget_get_first_child (self->pills);

  for (; pill != NULL; pill = gtk_widget_get_next_sibling (pill))
    {
      g_autofree char *folded = g_utf8_casefold (get_label (pill), -1);
      gboolean is_shown = g_str_has_prefix (folded, start) ||
                          gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (pill));

      gtk_widget_set_visible (pill, is_shown);
      has_any |= is_shown;
    }
  gtk_widget_set_visible (self->pills, has_any);
}

static GtkWidget *
add_pill (FreshetAddLabels *self,
          const char       *label)
{
  GtkWidget *pill = gtk_toggle_button_new ();
  GtkWidget *text = gtk_label_new (label);

  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (text), 30);
  gtk_button_set_child (GTK_BUTTON (pill), text);
  gtk_widget_add_css_class (pill, "label-pill");
  gtk_widget_set_parent (pill, self->pills);
  return pill;
}

static GtkWidget *
find_pill (FreshetAddLabels *self,
           const char       *label)
{
  GtkWidget *pill = gtk_widget_get_first_child (self->pills);
  g_autofree char *wanted = g_utf8_casefold (label, -1);

  for (; pill != NULL; pill = gtk_widget_get_next_sibling (pill))
    {
      g_autofree char *folded = g_utf8_casefold (get_label (pill), -1);

      if (g_str_equal (folded, wanted))
        return pill;
    }
  return NULL;
}

static void
choose_typed (FreshetAddLabels *self)
{
  g_autofree char *label = dup_typed (self);
  GtkWidget *pill;

  if (*label == '\0')
    return;
  pill = find_pill (self, label);
  if (pill == NULL)
    pill = add_pill (self, label);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (pill), TRUE);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  show_pills (self);
}

static void
entry_activated_cb (FreshetAddLabels *self)
{
  g_autofree char *label = dup_typed (self);

  if (*label == '\0')
    gtk_widget_activate_default (GTK_WIDGET (self));
  else
    choose_typed (self);
}

void
freshet_add_labels_set_known (FreshetAddLabels *self,
                              GPtrArray        *labels)
{
  g_return_if_fail (FRESHET_IS_ADD_LABELS (self));

  for (guint i = 0; i < MIN (labels->len, MAX_PILLS); i++)
    add_pill (self, g_ptr_array_index (labels, i));
  show_pills (self);
}

char **
freshet_add_labels_dup_chosen (FreshetAddLabels *self)
{
  GPtrArray *labels = g_ptr_array_new ();
  GtkWidget *pill;

  g_return_val_if_fail (FRESHET_IS_ADD_LABELS (self), NULL);

  choose_typed (self);
  pill = gtk_widget_get_first_child (self->pills);
  for (; pill != NULL; pill = gtk_widget_get_next_sibling (pill))
    if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (pill)))
      g_ptr_array_add (labels, g_strdup (get_label (pill)));
  g_ptr_array_add (labels, NULL);
  return (char **) g_ptr_array_free (labels, FALSE);
}

/* --- Life --- */

static void
freshet_add_labels_dispose (GObject *object)
{
  FreshetAddLabels *self = FRESHET_ADD_LABELS (object);
  GtkWidget *pill;

  while (self->pills != NULL && (pill = gtk_widget_get_first_child (self->pills)) != NULL)
    gtk_widget_unparent (pill);
  self->pills = NULL;

  G_OBJECT_CLASS (freshet_add_labels_parent_class)->dispose (object);
}

static void
freshet_add_labels_class_init (FreshetAddLabelsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = freshet_add_labels_dispose;
}

static void
freshet_add_labels_init (FreshetAddLabels *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), SPACING);

  self->pills = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_layout_manager (self->pills, freshet_wrap_layout_new (SPACING));
  gtk_widget_set_visible (self->pills, FALSE);
  gtk_box_append (GTK_BOX (self), self->pills);

  self->entry = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _("New label"));
  gtk_entry_set_icon_from_icon_name (GTK_ENTRY (self->entry), GTK_ENTRY_ICON_SECONDARY,
                                     "list-add-symbolic");
  gtk_entry_set_icon_tooltip_text (GTK_ENTRY (self->entry), GTK_ENTRY_ICON_SECONDARY,
                                   _("Add Label"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("New label"), -1);
  g_signal_connect_swapped (self->entry, "changed", G_CALLBACK (show_pills), self);
  g_signal_connect_swapped (self->entry, "activate", G_CALLBACK (entry_activated_cb), self);
  g_signal_connect_swapped (self->entry, "icon-press", G_CALLBACK (choose_typed), self);
  gtk_box_append (GTK_BOX (self), self->entry);
}
