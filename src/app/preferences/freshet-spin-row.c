/* freshet-spin-row.c - a row of preferences with a number
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-spin-row.h"

#define WIDTH_CHARS 6

struct _FreshetSpinRow
{
  AdwActionRow parent_instance;

  GtkSpinButton *spin;   /* borrowed: a child */
};

G_DEFINE_FINAL_TYPE (FreshetSpinRow, freshet_spin_row, ADW_TYPE_ACTION_ROW)

enum
{
  PROP_ADJUSTMENT = 1,
  PROP_DIGITS,
  PROP_VALUE,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

void
freshet_spin_ignore_scrolling (GtkSpinButton *spin)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (spin));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
}

static void
value_changed_cb (FreshetSpinRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

static void
freshet_spin_row_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  FreshetSpinRow *self = FRESHET_SPIN_ROW (object);

  switch (property_id)
    {
    case PROP_ADJUSTMENT:
      g_value_set_object (value, gtk_spin_button_get_adjustment (self->spin));
      break;
    case PROP_DIGITS:
      g_value_set_uint (value, gtk_spin_button_get_digits (self->spin));
      break;
    case PROP_VALUE:
      g_value_set_double (value, gtk_spin_button_get_value (self->spin));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_spin_row_set_property (GObject      *object,
                               guint         property_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  FreshetSpinRow *self = FRESHET_SPIN_ROW (object);

  switch (property_id)
    {
    case PROP_ADJUSTMENT:
      gtk_spin_button_set_adjustment (self->spin, g_value_get_object (value));
      break;
    case PROP_DIGITS:
      gtk_spin_button_set_digits (self->spin, g_value_get_uint (value));
      break;
    case PROP_VALUE:
      gtk_spin_button_set_value (self->spin, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_spin_row_class_init (FreshetSpinRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = freshet_spin_row_get_property;
  object_class->set_property = freshet_spin_row_set_property;

  properties[PROP_ADJUSTMENT] =
      g_param_spec_object ("adjustment", NULL, NULL, GTK_TYPE_ADJUSTMENT,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_DIGITS] = g_param_spec_uint ("digits", NULL, NULL, 0, 20, 0,
                                               G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_VALUE] =
      g_param_spec_double ("value", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_spin_row_init (FreshetSpinRow *self)
{
  GtkWidget *spin = gtk_spin_button_new (NULL, 1, 0);

  self->spin = GTK_SPIN_BUTTON (spin);
  gtk_spin_button_set_numeric (self->spin, TRUE);
  freshet_spin_ignore_scrolling (self->spin);
  /* Spins below each other are equally wide. */
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), WIDTH_CHARS);
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), spin);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (self), spin);
  g_signal_connect_swapped (spin, "value-changed", G_CALLBACK (value_changed_cb), self);
}
