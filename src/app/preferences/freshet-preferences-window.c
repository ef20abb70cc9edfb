/* freshet-preferences-window.c - what a person chooses for all torrents
 *
 * Rows are named in the template like the keys they are bound to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-preferences-window.h"

#include "freshet-bans-row.h"
#include "freshet-interface-row.h"
#include "freshet-limit-row.h"
#include "freshet-network-rules.h"
#include "freshet-path-row.h"
#include "freshet-proxy-group.h"
#include "freshet-spin-row.h"
#include "freshet-switch-row.h"
#include "freshet-timetable.h"

#include <glib/gi18n.h>

struct _FreshetPreferencesWindow
{
  AdwPreferencesWindow parent_instance;

  FreshetBlockList *block_list;   /* owned */
};

G_DEFINE_FINAL_TYPE (FreshetPreferencesWindow, freshet_preferences_window,
                     ADW_TYPE_PREFERENCES_WINDOW)

/* --- How a value is kept, and how it is shown --- */

typedef struct
{
  const char *key;       /* and the row's name */
  const char *property;  /* of the row */
  double      scale;     /* of numbers: how much of what is kept is 1 in the row; 0: no such mapping */
} Binding;

static const Binding bindings[] = {
  { "ask-when-adding", "active", 0 },
  { "start-when-added", "active", 0 },
  { "offer-clipboard", "active", 0 },
  { "run-in-background", "active", 0 },
  { "notify-finished", "active", 0 },
  { "notify-failed", "active", 0 },
  { "inhibit-suspend", "active", 0 },
  { "inhibit-on-battery", "active", 0 },
  { "pause-when-metered", "active", 0 },
  { "pause-in-power-saver", "active", 0 },
  { "use-incomplete-folder", "enable-expansion", 0 },
  { "use-suffix", "active", 0 },
  { "min-free-bytes", "value", 1e9 },
  { "read-limit-bps", "bps", 0 },
  { "write-limit-bps", "bps", 0 },
  { "exempt-local", "active", 0 },
  { "use-alternative", "active", 0 },
  { "alternative-read-bps", "bps", 0 },
  { "alternative-write-bps", "bps", 0 },
  { "use-timetable", "active", 0 },
  { "timetable", "days", 0 },
  { "use-queue", "enable-expansion", 0 },
  { "max-downloads", "value", 1 },
  { "max-seeds", "value", 1 },
  { "count-idle", "active", 0 },
  { "use-ratio-limit", "enable-expansion", 0 },
  { "ratio-limit", "value", 0 },
  { "use-seed-time-limit", "enable-expansion", 0 },
  { "seed-time-limit-min", "value", 60 },
  { "use-idle-limit", "enable-expansion", 0 },
  { "idle-limit-min", "value", 1 },
  { "port", "value", 1 },
  { "map-port", "active", 0 },
  { "max-peers", "value", 1 },
  { "max-peers-per-torrent", "value", 1 },
  { "upload-slots", "value", 1 },
  { "anonymous-mode", "active", 0 },
  { "network-interface", "device", 0 },
  { "use-dht", "active", 0 },
  { "use-pex", "active", 0 },
  { "use-local-discovery", "active", 0 },
  { "use-block-list", "enable-expansion", 0 },
};

static const char *const path_keys[] = { "download-folder", "incomplete-folder", "block-list" };

/* In the order of the rows' choices. */
static const char *const preallocations[] = { "sparse", "none", "full", NULL };
static const char *const transports[] = { "both", "tcp", "utp", NULL };
static const char *const after_shares[] = { "pause", "remove", "remove-data", "super-seed", NULL };
static const char *const encryptions[] = { "prefer", "require", "off", NULL };

static gboolean
number_to_row (GValue   *value,
               GVariant *variant,
               gpointer  user_data)
{
  const Binding *binding = user_data;
  gboolean is_long = g_variant_is_of_type (variant, G_VARIANT_TYPE_UINT64);
  double kept = is_long ? (double) g_variant_get_uint64 (variant) : g_variant_get_uint32 (variant);

  g_value_set_double (value, kept / binding->scale);
  return TRUE;
}

static GVariant *
number_from_row (const GValue       *value,
                 const GVariantType *type,
                 gpointer            user_data)
{
  const Binding *binding = user_data;
  double kept = g_value_get_double (value) * binding->scale + 0.5;

  if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT64))
    return g_variant_new_uint64 ((guint64) kept);
  return g_variant_new_uint32 ((guint32) kept);
}

static gboolean
path_to_row (GValue   *value,
             GVariant *variant,
             gpointer  user_data)
{
  g_value_set_string (value, g_variant_get_bytestring (variant));
  return TRUE;
}

static GVariant *
path_from_row (const GValue       *value,
               const GVariantType *type,
               gpointer            user_data)
{
  const char *path = g_value_get_string (value);

  return g_variant_new_bytestring (path != NULL ? path : "");
}

static gboolean
choice_to_row (GValue   *value,
               GVariant *variant,
               gpointer  user_data)
{
  const char *const *nicks = user_data;

  for (guint i = 0; nicks[i] != NULL; i++)
    if (g_str_equal (nicks[i], g_variant_get_string (variant, NULL)))
      g_value_set_uint (value, i);
  return TRUE;
}

static GVariant *
choice_from_row (const GValue       *value,
                 const GVariantType *type,
                 gpointer            user_data)
{
  const char *const *nicks = user_data;
  guint index = g_value_get_uint (value);

  return index < g_strv_length ((char **) nicks) ? g_variant_new_string (nicks[index]) : NULL;
}

/* --- Binding --- */

static GObject *
get_row (FreshetPreferencesWindow *self,
         const char               *name)
{
  return gtk_widget_get_template_child (GTK_WIDGET (self), FRESHET_TYPE_PREFERENCES_WINDOW, name);
}

static void
bind_choice (FreshetPreferencesWindow *self,
             GSettings                *settings,
             const char               *key,
             const char *const        *nicks)
{
  g_settings_bind_with_mapping (settings, key, get_row (self, key), "selected",
                                G_SETTINGS_BIND_DEFAULT, choice_to_row, choice_from_row,
                                (gpointer) nicks, NULL);
}

static void
bind_settings (FreshetPreferencesWindow *self,
               GSettings                *settings)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bindings); i++)
    {
      const Binding *binding = &bindings[i];

      if (binding->scale > 0)
        g_settings_bind_with_mapping (settings, binding->key, get_row (self, binding->key),
                                      binding->property, G_SETTINGS_BIND_DEFAULT, number_to_row,
                                      number_from_row, (gpointer) binding, NULL);
      else
        g_settings_bind (settings, binding->key, get_row (self, binding->key), binding->property,
                         G_SETTINGS_BIND_DEFAULT);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (path_keys); i++)
    g_settings_bind_with_mapping (settings, path_keys[i], get_row (self, path_keys[i]), "path",
                                  G_SETTINGS_BIND_DEFAULT, path_to_row, path_from_row, NULL, NULL);
  bind_choice (self, settings, "preallocation", preallocations);
  bind_choice (self, settings, "transport", transports);
  bind_choice (self, settings, "after-share", after_shares);
  bind_choice (self, settings, "encryption", encryptions);
  /* An awake computer on battery is only a question when it is kept awake at all. */
  g_object_bind_property (get_row (self, "inhibit-suspend"), "active",
                          get_row (self, "inhibit-on-battery"), "sensitive",
                          G_BINDING_SYNC_CREATE);
  g_object_bind_property (get_row (self, "use-timetable"), "active",
                          get_row (self, "timetable-row"), "visible", G_BINDING_SYNC_CREATE);
}

static void
bind_rules (FreshetPreferencesWindow *self,
            GSettings                *settings)
{
  static const char *const rows[N_FRESHET_RULES] = {
    [FRESHET_RULE_PORT] = "port",
    [FRESHET_RULE_MAP_PORT] = "map-port",
    [FRESHET_RULE_DHT] = "use-dht",
    [FRESHET_RULE_LOCAL] = "use-local-discovery",
  };

  for (guint i = 0; i < N_FRESHET_RULES; i++)
    freshet_network_rules_bind (settings, (FreshetRule) i,
                                ADW_ACTION_ROW (get_row (self, rows[i])));
}

/* --- The block list --- */

static void
show_block_list (FreshetPreferencesWindow *self)
{
  const char *words = freshet_block_list_get_words (self->block_list);
  g_autofree char *text =
      g_markup_escape_text (words != NULL ? words : _("No file is chosen"), -1);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (get_row (self, "block-list-state")), text);
  gtk_widget_set_sensitive (GTK_WIDGET (get_row (self, "block-list-again")), words != NULL);
}

static void
read_again_cb (FreshetPreferencesWindow *self)
{
  freshet_block_list_load (self->block_list);
}

/* --- Life --- */

static void
freshet_preferences_window_finalize (GObject *object)
{
  g_clear_object (&FRESHET_PREFERENCES_WINDOW (object)->block_list);

  G_OBJECT_CLASS (freshet_preferences_window_parent_class)->finalize (object);
}

static void
name_row (GtkWidgetClass *widget_class,
          const char     *name)
{
  gtk_widget_class_bind_template_child_full (widget_class, name, FALSE, 0);
}

static void
freshet_preferences_window_class_init (FreshetPreferencesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_preferences_window_finalize;

  g_type_ensure (FRESHET_TYPE_BANS_ROW);
  g_type_ensure (FRESHET_TYPE_INTERFACE_ROW);
  g_type_ensure (FRESHET_TYPE_LIMIT_ROW);
  g_type_ensure (FRESHET_TYPE_PATH_ROW);
  g_type_ensure (FRESHET_TYPE_PROXY_GROUP);
  g_type_ensure (FRESHET_TYPE_SPIN_ROW);
  g_type_ensure (FRESHET_TYPE_SWITCH_ROW);
  g_type_ensure (FRESHET_TYPE_TIMETABLE);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-preferences-window.ui");
  for (gsize i = 0; i < G_N_ELEMENTS (bindings); i++)
    name_row (widget_class, bindings[i].key);
  for (gsize i = 0; i < G_N_ELEMENTS (path_keys); i++)
    name_row (widget_class, path_keys[i]);
  name_row (widget_class, "preallocation");
  name_row (widget_class, "transport");
  name_row (widget_class, "after-share");
  name_row (widget_class, "encryption");
  name_row (widget_class, "timetable-row");
  name_row (widget_class, "block-list-state");
  name_row (widget_class, "block-list-again");
  name_row (widget_class, "proxy");
  gtk_widget_class_bind_template_callback (widget_class, read_again_cb);
}

static void
freshet_preferences_window_init (FreshetPreferencesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWindow *
freshet_preferences_window_new (GtkWindow        *parent,
                                GSettings        *settings,
                                FreshetBlockList *block_list,
                                FreshetSecret    *secret)
{
  FreshetPreferencesWindow *self =
      g_object_new (FRESHET_TYPE_PREFERENCES_WINDOW, "transient-for", parent, NULL);

  self->block_list = g_object_ref (block_list);
  bind_settings (self, settings);
  bind_rules (self, settings);
  freshet_proxy_group_bind (FRESHET_PROXY_GROUP (get_row (self, "proxy")), settings, secret);
  g_signal_connect_object (block_list, "notify::words", G_CALLBACK (show_block_list), self,
                           G_CONNECT_SWAPPED);
  show_block_list (self);
  return GTK_WINDOW (self);
}
