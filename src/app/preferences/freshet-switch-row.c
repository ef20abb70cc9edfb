/* freshet-switch-row.c - a row of preferences that is on or off
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-switch-row.h"

struct _FreshetSwitchRow
{
  AdwActionRow parent_instance;

  GtkSwitch *toggle;   /* borrowed: a child */
};

G_DEFINE_FINAL_TYPE (FreshetSwitchRow, freshet_switch_row, ADW_TYPE_ACTION_ROW)

enum
{
  PROP_ACTIVE = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
active_changed_cb (FreshetSwitchRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
}

static void
freshet_switch_row_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  FreshetSwitchRow *self = FRESHET_SWITCH_ROW (object);

  switch (property_id)
    {
    case PROP_ACTIVE:
      g_value_set_boolean (value, gtk_switch_get_active (self->toggle));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_switch_row_set_property (GObject      *object,
                                 guint         property_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  FreshetSwitchRow *self = FRESHET_SWITCH_ROW (object);

  switch (property_id)
    {
    case PROP_ACTIVE:
      gtk_switch_set_active (self->toggle, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_switch_row_class_init (FreshetSwitchRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = freshet_switch_row_get_property;
  object_class->set_property = freshet_switch_row_set_property;

  properties[PROP_ACTIVE] =
      g_param_spec_boolean ("active", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_switch_row_init (FreshetSwitchRow *self)
{
  GtkWidget *toggle = gtk_switch_new ();

  self->toggle = GTK_SWITCH (toggle);
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (self), toggle);
  g_signal_connect_swapped (toggle, "notify::active", G_CALLBACK (active_changed_cb), self);
}
