/* freshet-timetable.c - the editor of the timetable: a week to paint, with what to paint and a legend in one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-timetable.h"

#include "freshet-timetable-edit.h"
#include "freshet-timetable-grid.h"

#include <glib/gi18n.h>

struct _FreshetTimetable
{
  GtkWidget parent_instance;

  /* borrowed: of the template */
  GtkWidget            *box;
  GtkToggleButton      *normal;
  GtkToggleButton      *alternative;
  GtkToggleButton      *paused;
  FreshetTimetableGrid *grid;
  GtkLabel             *words;
};

G_DEFINE_FINAL_TYPE (FreshetTimetable, freshet_timetable, GTK_TYPE_WIDGET)

enum
{
  PROP_DAYS = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
days_changed_cb (FreshetTimetable *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DAYS]);
}

static void
brush_chosen_cb (FreshetTimetable *self)
{
  BtTimetableValue brush = BT_TIMETABLE_NORMAL;

  if (gtk_toggle_button_get_active (self->alternative))
    brush = BT_TIMETABLE_ALTERNATIVE;
  else if (gtk_toggle_button_get_active (self->paused))
    brush = BT_TIMETABLE_PAUSED;
  g_object_set (self->grid, "brush", (guint) brush, NULL);
}

static void
words_changed_cb (FreshetTimetable *self)
{
  g_autofree char *words = NULL;

  g_object_get (self->grid, "words", &words, NULL);
  gtk_label_set_label (self->words, words != NULL ? words : _("Drag over the hours to paint them"));
}

static void
copy_clicked_cb (FreshetTimetable *self)
{
  freshet_timetable_grid_copy_day (self->grid);
}

static void
freshet_timetable_get_property (GObject    *object,
                                guint       property_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_DAYS:
      g_object_get_property (G_OBJECT (FRESHET_TIMETABLE (object)->grid), "days", value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_timetable_set_property (GObject      *object,
                                guint         property_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  switch (property_id)
    {
    case PROP_DAYS:
      g_object_set_property (G_OBJECT (FRESHET_TIMETABLE (object)->grid), "days", value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_timetable_dispose (GObject *object)
{
  g_clear_pointer (&FRESHET_TIMETABLE (object)->box, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_timetable_parent_class)->dispose (object);
}

static void
freshet_timetable_class_init (FreshetTimetableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = freshet_timetable_get_property;
  object_class->set_property = freshet_timetable_set_property;
  object_class->dispose = freshet_timetable_dispose;

  properties[PROP_DAYS] =
      g_param_spec_boxed ("days", NULL, NULL, G_TYPE_STRV,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  g_type_ensure (FRESHET_TYPE_TIMETABLE_GRID);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-timetable.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTimetable, box);
  gtk_widget_class_bind_template_child (widget_class, FreshetTimetable, normal);
  gtk_widget_class_bind_template_child (widget_class, FreshetTimetable, alternative);
  gtk_widget_class_bind_template_child (widget_class, FreshetTimetable, paused);
  gtk_widget_class_bind_template_child (widget_class, FreshetTimetable, grid);
  gtk_widget_class_bind_template_child (widget_class, FreshetTimetable, words);
  gtk_widget_class_bind_template_callback (widget_class, brush_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, days_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, words_changed_cb);
}

static void
freshet_timetable_init (FreshetTimetable *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  words_changed_cb (self);
}
