/* freshet-accels.c - the keys of all actions: one table
 *
 * resources/help-overlay.ui tells people the same; a test compares the two.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-accels.h"

static const FreshetAccel accels[] = {
  { "win.add", { "<Control>o" }, FRESHET_ACCEL_ANYWHERE },
  { "win.add-link", { "<Control>l" }, FRESHET_ACCEL_ANYWHERE },
  { "win.paste", { "<Control>v" }, FRESHET_ACCEL_WINDOW },

  { "win.toggle", { "space" }, FRESHET_ACCEL_LIST },
  { "win.announce", { "F5" }, FRESHET_ACCEL_ANYWHERE },
  { "win.rename", { "F2" }, FRESHET_ACCEL_WINDOW },
  { "win.remove", { "Delete", "KP_Delete" }, FRESHET_ACCEL_LIST },
  { "win.queue-up", { "<Control>Up" }, FRESHET_ACCEL_LIST },
  { "win.queue-down", { "<Control>Down" }, FRESHET_ACCEL_LIST },
  { "win.copy-magnet", { "<Control>c" }, FRESHET_ACCEL_LIST },
  { "win.save-torrent", { "<Control>s" }, FRESHET_ACCEL_ANYWHERE },
  { "win.select-all", { "<Control>a" }, FRESHET_ACCEL_WINDOW },

  { "win.search", { "<Control>f" }, FRESHET_ACCEL_ANYWHERE },
  { "win.view::rows", { "<Control>1" }, FRESHET_ACCEL_ANYWHERE },
  { "win.view::table", { "<Control>2" }, FRESHET_ACCEL_ANYWHERE },
  { "win.show-sidebar", { "F9" }, FRESHET_ACCEL_ANYWHERE },
  { "win.show-details", { "<Control>i", "<Alt>Return" }, FRESHET_ACCEL_ANYWHERE },

  { "app.alternative", { "<Control>t" }, FRESHET_ACCEL_ANYWHERE },
  { "app.preferences", { "<Control>comma" }, FRESHET_ACCEL_ANYWHERE },
  { "win.show-help-overlay", { "<Control>question" }, FRESHET_ACCEL_ANYWHERE },
  { "window.close", { "<Control>w" }, FRESHET_ACCEL_ANYWHERE },
  { "app.quit", { "<Control>q" }, FRESHET_ACCEL_ANYWHERE },
};

const FreshetAccel *
freshet_accels_get (gsize *out_n)
{
  *out_n = G_N_ELEMENTS (accels);
  return accels;
}

void
freshet_accels_set (GtkApplication *application)
{
  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    if (accels[i].scope == FRESHET_ACCEL_ANYWHERE)
      gtk_application_set_accels_for_action (application, accels[i].action, accels[i].keys);
}

/* A button within a row keeps its space bar, an entry all its keys. */
static gboolean
has_own_keys (GtkWidget *focus)
{
  return GTK_IS_BUTTON (focus) || GTK_IS_EDITABLE (focus);
}

static gboolean
key_cb (GtkWidget *widget,
        GVariant  *args,
        gpointer   user_data)
{
  const FreshetAccel *accel = user_data;
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;

  if (focus == NULL || has_own_keys (focus) ||
      !g_action_parse_detailed_name (accel->action, &name, &target, NULL))
    return FALSE;
  return gtk_widget_activate_action_variant (widget, name, target);
}

static GtkShortcut *
make_shortcut (const FreshetAccel *accel,
               const char         *key)
{
  GtkShortcutTrigger *trigger = gtk_shortcut_trigger_parse_string (key);

  if (accel->scope == FRESHET_ACCEL_LIST)
    return gtk_shortcut_new (trigger, gtk_callback_action_new (key_cb, (gpointer) accel, NULL));
  return gtk_shortcut_new (trigger, gtk_named_action_new (accel->action));
}

void
freshet_accels_add_to (GtkWidget         *widget,
                       FreshetAccelScope  scope)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  /* Lists use the space bar and arrows with Control for their own selection: they must not see them. */
  if (scope == FRESHET_ACCEL_LIST)
    gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    for (const char *const *key = accels[i].keys; accels[i].scope == scope && *key != NULL; key++)
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                            make_shortcut (&accels[i], *key));
  gtk_widget_add_controller (widget, controller);
}
