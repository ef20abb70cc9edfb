/* freshet-application-actions.c - actions called app.* that open windows or change a setting
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-application-private.h"

#include "freshet-network-window.h"
#include "freshet-statistics-window.h"
#include "preferences/freshet-preferences-window.h"

#include <glib/gi18n.h>

/* One window of a kind is enough: TRUE when there is one, and it has been shown. */
static gboolean
present_existing (FreshetApplication *self,
                  GType               type)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (g_type_is_a (G_OBJECT_TYPE (l->data), type))
      {
        gtk_window_present (l->data);
        return TRUE;
      }
  return FALSE;
}

static void
present (FreshetApplication *self,
         GtkWindow          *window)
{
  gtk_window_set_application (window, GTK_APPLICATION (self));
  gtk_window_present (window);
}

static GtkWindow *
get_parent (FreshetApplication *self)
{
  return gtk_application_get_active_window (GTK_APPLICATION (self));
}

static void
preferences_activated (GSimpleAction *action,
                       GVariant      *parameter,
                       gpointer       user_data)
{
  FreshetApplication *self = user_data;

  if (!present_existing (self, FRESHET_TYPE_PREFERENCES_WINDOW))
    present (self, freshet_preferences_window_new (get_parent (self),
                                                   freshet_application_get_settings (self),
                                                   freshet_application_get_block_list (self),
                                                   freshet_application_get_secret (self)));
}

static void
network_preferences_activated (GSimpleAction *action,
                               GVariant      *parameter,
                               gpointer       user_data)
{
  FreshetApplication *self = user_data;

  preferences_activated (action, parameter, user_data);
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (FRESHET_IS_PREFERENCES_WINDOW (l->data))
      adw_preferences_window_set_visible_page_name (l->data, "network");
}

static void
statistics_activated (GSimpleAction *action,
                      GVariant      *parameter,
                      gpointer       user_data)
{
  FreshetApplication *self = user_data;

  if (!present_existing (self, FRESHET_TYPE_STATISTICS_WINDOW))
    present (self, freshet_statistics_window_new (get_parent (self),
                                                  freshet_application_get_supervisor (self),
                                                  freshet_application_get_settings (self)));
}

static void
network_activated (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       user_data)
{
  FreshetApplication *self = user_data;

  if (!present_existing (self, FRESHET_TYPE_NETWORK_WINDOW))
    present (self, freshet_network_window_new (get_parent (self),
                                               freshet_application_get_supervisor (self)));
}

/* What a report of a fault should come with. (transfer full) */
static char *
describe_system (FreshetApplication *self)
{
  GtkWindow *window = get_parent (self);
  GtkNative *native = window != NULL ? GTK_NATIVE (window) : NULL;
  GskRenderer *renderer = native != NULL ? gtk_native_get_renderer (native) : NULL;
  GdkDisplay *display = gdk_display_get_default ();
  g_autofree char *os = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);

  return g_strdup_printf (
      "Freshet %s\nSystem: %s\nGTK %u.%u.%u\nlibadwaita %u.%u.%u\nGLib %u.%u.%u\n"
      "Display: %s\nRenderer: %s\nState: %s/freshet/state.db\n",
      BT_VERSION, os != NULL ? os : "unknown", gtk_get_major_version (), gtk_get_minor_version (),
      gtk_get_micro_version (), adw_get_major_version (), adw_get_minor_version (),
      adw_get_micro_version (), glib_major_version, glib_minor_version, glib_micro_version,
      display != NULL ? G_OBJECT_TYPE_NAME (display) : "none",
      renderer != NULL ? G_OBJECT_TYPE_NAME (renderer) : "none", g_get_user_data_dir ());
}

static void
about_activated (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       user_data)
{
  FreshetApplication *self = user_data;
  static const char *const developers[] = { N_("The Freshet developers"), NULL };
  const char *translated[] = { _(developers[0]), NULL };
  g_autofree char *system = describe_system (self);

  adw_show_about_window (get_parent (self),
                         "application-name", _("Freshet"),
                         "application-icon", "org.freshet.Freshet",
                         "version", BT_VERSION,
                         "comments", _("Downloads and shares files with BitTorrent"),
                         "developer-name", translated[0],
                         "developers", translated,
                         "license-type", GTK_LICENSE_GPL_3_0,
                         /* Translators: your name, and maybe an address; a line for each of you */
                         "translator-credits", _("translator-credits"),
                         "debug-info", system,
                         "debug-info-filename", "freshet-system.txt",
                         NULL);
}

static void
alternative_changed (GSimpleAction *action,
                     GVariant      *value,
                     gpointer       user_data)
{
  g_settings_set_boolean (freshet_application_get_settings (user_data), "use-alternative",
                          g_variant_get_boolean (value));
}

static void
show_alternative (FreshetApplication *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "alternative");
  gboolean is_on =
      g_settings_get_boolean (freshet_application_get_settings (self), "use-alternative");

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (is_on));
}

static const GActionEntry entries[] = {
  { .name = "preferences", .activate = preferences_activated },
  { .name = "network-preferences", .activate = network_preferences_activated },
  { .name = "statistics", .activate = statistics_activated },
  { .name = "network", .activate = network_activated },
  { .name = "about", .activate = about_activated },
  { .name = "alternative", .state = "false", .change_state = alternative_changed },
};

void
freshet_application_add_actions (FreshetApplication *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  show_alternative (self);
  g_signal_connect_object (freshet_application_get_settings (self), "changed::use-alternative",
                           G_CALLBACK (show_alternative), self, G_CONNECT_SWAPPED);
}
