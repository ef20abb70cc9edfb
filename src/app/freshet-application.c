/* freshet-application.c - the program: one instance, the engine behind it, what is opened with it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-application-private.h"

#include "behaviour/freshet-inhibitor.h"
#include "behaviour/freshet-notifier.h"
#include "common/freshet-open.h"
#include "common/freshet-settings.h"
#include "freshet-accels.h"
#include "freshet-window.h"

#include <glib/gi18n.h>
#include <libportal/portal.h>

struct _FreshetApplication
{
  AdwApplication parent_instance;

  /* owned */
  GSettings         *settings;
  BtSupervisor      *supervisor;
  FreshetConditions *conditions;
  FreshetSecret     *secret;
  FreshetInhibitor  *inhibitor;
  FreshetNotifier   *notifier;
  FreshetBlockList  *block_list;
  GError            *engine_error;   /* nullable */
  GPtrArray         *waiting;        /* of char, URIs: opened before the engine ran */

  /* values */
  FreshetEngineState engine_state;
  guint              slow_timer;     /* until settings that may change again soon are applied; 0: none */
  guint              is_quitting : 1;
  guint              is_in_background : 1;   /* held without a window */
};

G_DEFINE_FINAL_TYPE (FreshetApplication, freshet_application, ADW_TYPE_APPLICATION)

enum
{
  PROP_ENGINE_STATE = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

FreshetApplication *
freshet_application_new (void)
{
  return g_object_new (FRESHET_TYPE_APPLICATION,
                       "application-id", FRESHET_APP_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN | G_APPLICATION_CAN_OVERRIDE_APP_ID,
                       "resource-base-path", "/org/freshet/Freshet",
                       NULL);
}

FreshetApplication *
freshet_application_get_default (void)
{
  return FRESHET_APPLICATION (g_application_get_default ());
}

BtSupervisor *
freshet_application_get_supervisor (FreshetApplication *self)
{
  g_return_val_if_fail (FRESHET_IS_APPLICATION (self), NULL);

  return self->supervisor;
}

GSettings *
freshet_application_get_settings (FreshetApplication *self)
{
  g_return_val_if_fail (FRESHET_IS_APPLICATION (self), NULL);

  return self->settings;
}

FreshetEngineState
freshet_application_get_engine_state (FreshetApplication *self)
{
  g_return_val_if_fail (FRESHET_IS_APPLICATION (self), FRESHET_ENGINE_FAILED);

  return self->engine_state;
}

FreshetSecret *
freshet_application_get_secret (FreshetApplication *self)
{
  g_return_val_if_fail (FRESHET_IS_APPLICATION (self), NULL);

  return self->secret;
}

FreshetConditions *
freshet_application_get_conditions (FreshetApplication *self)
{
  g_return_val_if_fail (FRESHET_IS_APPLICATION (self), NULL);

  return self->conditions;
}

FreshetBlockList *
freshet_application_get_block_list (FreshetApplication *self)
{
  g_return_val_if_fail (FRESHET_IS_APPLICATION (self), NULL);

  return self->block_list;
}

const GError *
freshet_application_get_engine_error (FreshetApplication *self)
{
  g_return_val_if_fail (FRESHET_IS_APPLICATION (self), NULL);

  return self->engine_error;
}

static void
set_engine_state (FreshetApplication *self,
                  FreshetEngineState  state)
{
  self->engine_state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENGINE_STATE]);
}

/* --- The engine's life --- */

static FreshetWindow *
find_window (FreshetApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (FRESHET_IS_WINDOW (l->data))
      return l->data;
  return NULL;
}

static void
open_waiting (FreshetApplication *self)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func (g_free);
  if (waiting->len == 0)
    return;
  g_ptr_array_add (waiting, NULL);
  g_application_activate (G_APPLICATION (self));
  freshet_window_open_uris (find_window (self), (const char *const *) waiting->pdata);
}

static void
engine_started_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  FreshetApplication *self = user_data;

  if (bt_supervisor_start_finish (BT_SUPERVISOR (source), result, &self->engine_error))
    {
      set_engine_state (self, FRESHET_ENGINE_RUNNING);
      open_waiting (self);
    }
  else
    set_engine_state (self, FRESHET_ENGINE_FAILED);
  g_application_release (G_APPLICATION (self));
  g_object_unref (self);
}

static void
start_engine (FreshetApplication *self)
{
  g_clear_error (&self->engine_error);
  set_engine_state (self, FRESHET_ENGINE_STARTING);
  g_application_hold (G_APPLICATION (self));
  bt_supervisor_start_async (self->supervisor, NULL, engine_started_cb, g_object_ref (self));
}

static void
restored_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  FreshetApplication *self = user_data;

  g_clear_error (&self->engine_error);
  if (bt_supervisor_restore_finish (BT_SUPERVISOR (source), result, &self->engine_error))
    start_engine (self);
  else
    set_engine_state (self, FRESHET_ENGINE_FAILED);
  g_application_release (G_APPLICATION (self));
  g_object_unref (self);
}

void
freshet_application_start_engine (FreshetApplication *self,
                                  const char         *copy)
{
  g_return_if_fail (FRESHET_IS_APPLICATION (self));

  if (copy == NULL)
    {
      start_engine (self);
      return;
    }
  set_engine_state (self, FRESHET_ENGINE_STARTING);
  g_application_hold (G_APPLICATION (self));
  bt_supervisor_restore_async (self->supervisor, copy, NULL, restored_cb, g_object_ref (self));
}

static void
engine_stopped_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (FreshetApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!bt_supervisor_stop_finish (BT_SUPERVISOR (source), result, &error))
    g_printerr ("%s\n", error->message);
  g_application_release (G_APPLICATION (self));
  g_application_quit (G_APPLICATION (self));
}

static void
leave_background (FreshetApplication *self)
{
  if (!self->is_in_background)
    return;
  self->is_in_background = FALSE;
  g_application_withdraw_notification (G_APPLICATION (self), "background");
  g_application_release (G_APPLICATION (self));
}

/* One window that goes takes others with it. */
static gpointer
ref_window (gconstpointer window,
            gpointer      user_data)
{
  return g_object_ref ((gpointer) window);
}

/* Windows go at once; the process ends when everything is saved and trackers are told (5 s at most). */
static void
quit (FreshetApplication *self)
{
  GList *windows = g_list_copy_deep (gtk_application_get_windows (GTK_APPLICATION (self)),
                                     ref_window, NULL);

  if (self->is_quitting)
    return;
  self->is_quitting = TRUE;
  g_application_hold (G_APPLICATION (self));
  /* One that goes with another (destroy-with-parent), and is still needed by the key that is being handled, would
   * remember that other one beyond its end. */
  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_set_transient_for (l->data, NULL);
  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_destroy (l->data);
  g_list_free_full (windows, g_object_unref);
  leave_background (self);
  bt_supervisor_stop_async (self->supervisor, engine_stopped_cb, g_object_ref (self));
}

static void
read_settings (FreshetApplication *self,
               BtSettings         *out_settings)
{
  freshet_settings_read (self->settings, out_settings);
  /* Serving strangers is not what somebody pays for by the byte. */
  out_settings->dht_read_only =
      g_network_monitor_get_network_metered (g_network_monitor_get_default ());
  if (out_settings->network.proxy.kind != BT_PROXY_NONE)
    g_strlcpy (out_settings->network.proxy.password, freshet_secret_get_password (self->secret),
               sizeof out_settings->network.proxy.password);
  out_settings->is_held = freshet_conditions_get_hold (self->conditions) != FRESHET_HOLD_NONE;
}

static void
apply_settings (FreshetApplication *self)
{
  BtSettings settings;

  read_settings (self, &settings);
  bt_supervisor_set_settings (self->supervisor, &settings);
}

static gboolean
slow_cb (gpointer user_data)
{
  FreshetApplication *self = user_data;

  self->slow_timer = 0;
  apply_settings (self);
  return G_SOURCE_REMOVE;
}

static void
settings_changed_cb (FreshetApplication *self,
                     const char         *key)
{
  if (freshet_settings_is_engine_key (key))
    apply_settings (self);
  else if (freshet_settings_is_slow_engine_key (key))
    {
      g_clear_handle_id (&self->slow_timer, g_source_remove);
      self->slow_timer = g_timeout_add_seconds (1, slow_cb, self);
    }
}

/* A port chosen once stays: routers are told of it. Unprivileged, and above those that Linux gives to clients. */
static guint16
choose_port (FreshetApplication *self)
{
  guint port = g_settings_get_uint (self->settings, "port");

  if (port == 0)
    {
      port = (guint) g_random_int_range (20000, 32000);
      g_settings_set_uint (self->settings, "port", port);
    }
  return (guint16) port;
}

static void
make_supervisor (FreshetApplication *self)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "freshet", "state.db", NULL);
  BtSupervisorOptions options = { .state_path = path };

  options.port = choose_port (self);
  options.dht_nodes = bt_discovery_get_default_nodes ();
  read_settings (self, &options.settings);
  self->supervisor = bt_supervisor_new (&options);
}

/* --- Without a window --- */

static void
background_allowed_cb (GObject      *source,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  /* No portal, or a refusal: then the desktop ends us when it likes, and everything is saved. */
  if (!xdp_portal_request_background_finish (XDP_PORTAL (source), result, &error))
    g_debug ("background: %s", error->message);
  g_object_unref (source);
}

static void
tell_of_background (FreshetApplication *self)
{
  g_autoptr (GNotification) notification = g_notification_new (_("Freshet Goes On"));

  g_notification_set_body (notification,
                           _("Torrents are still transferred. Open Freshet again to see them."));
  g_notification_set_default_action (notification, "app.activate");
  g_notification_add_button (notification, _("Open"), "app.activate");
  g_notification_add_button (notification, _("Quit"), "app.quit");
  g_application_send_notification (G_APPLICATION (self), "background", notification);
}

/* A window was closed. */
void
freshet_application_window_closed (FreshetApplication *self)
{
  g_return_if_fail (FRESHET_IS_APPLICATION (self));

  if (self->is_quitting || self->is_in_background)
    return;
  if (!g_settings_get_boolean (self->settings, "run-in-background") ||
      g_list_model_get_n_items (bt_supervisor_get_torrents (self->supervisor)) == 0)
    {
      quit (self);
      return;
    }
  self->is_in_background = TRUE;
  g_application_hold (G_APPLICATION (self));
  tell_of_background (self);
  if (xdp_portal_running_under_sandbox ())
    xdp_portal_request_background (xdp_portal_new (), NULL, _("Torrents are transferred"), NULL,
                                   XDP_BACKGROUND_FLAG_NONE, NULL, background_allowed_cb, NULL);
}

/* --- Actions --- */

static void
quit_activated (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  quit (user_data);
}

static void
activate_activated (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       user_data)
{
  g_application_activate (user_data);
}

static BtTorrent *
find_torrent (FreshetApplication *self,
              GVariant           *parameter)
{
  GListModel *torrents = bt_supervisor_get_torrents (self->supervisor);
  guint64 id = g_variant_get_uint64 (parameter);

  for (guint i = 0; i < g_list_model_get_n_items (torrents); i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);

      if (bt_torrent_get_id (torrent) == id)
        return g_steal_pointer (&torrent);
    }
  return NULL;
}

static void
show_torrent_activated (GSimpleAction *action,
                        GVariant      *parameter,
                        gpointer       user_data)
{
  FreshetApplication *self = user_data;
  g_autoptr (BtTorrent) torrent = find_torrent (self, parameter);

  g_application_activate (G_APPLICATION (self));
  if (torrent != NULL)
    freshet_window_select (find_window (self), torrent);
}

static void
data_activated (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  FreshetApplication *self = user_data;
  g_autoptr (BtTorrent) torrent = find_torrent (self, parameter);
  g_autofree char *path = NULL;

  if (torrent == NULL)
    return;
  g_application_activate (G_APPLICATION (self));
  path = freshet_open_dup_path (torrent);
  if (g_str_equal (g_action_get_name (G_ACTION (action)), "open-data"))
    freshet_open_file (GTK_WIDGET (find_window (self)), path);
  else
    freshet_open_show (GTK_WIDGET (find_window (self)), path);
}

static const GActionEntry action_entries[] = {
  { .name = "open-data", .parameter_type = "t", .activate = data_activated },
  { .name = "show-data", .parameter_type = "t", .activate = data_activated },
  { .name = "activate", .activate = activate_activated },
  { .name = "show-torrent", .parameter_type = "t", .activate = show_torrent_activated },
  { .name = "quit", .activate = quit_activated },
};

/* --- GApplication --- */

static void
freshet_application_startup (GApplication *application)
{
  FreshetApplication *self = FRESHET_APPLICATION (application);

  G_APPLICATION_CLASS (freshet_application_parent_class)->startup (application);

  self->settings = g_settings_new (FRESHET_APP_ID);
  self->conditions = freshet_conditions_new (self->settings);
  self->secret = freshet_secret_new (self->settings);
  g_signal_connect_object (self->secret, "notify::password", G_CALLBACK (apply_settings), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->settings, "changed", G_CALLBACK (settings_changed_cb), self);
  make_supervisor (self);
  g_signal_connect_object (self->conditions, "notify::hold", G_CALLBACK (apply_settings), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (g_network_monitor_get_default (), "notify::network-metered",
                           G_CALLBACK (apply_settings), self, G_CONNECT_SWAPPED);
  self->inhibitor = freshet_inhibitor_new (GTK_APPLICATION (self), self->supervisor,
                                           self->conditions, self->settings);
  self->notifier = freshet_notifier_new (GTK_APPLICATION (self), self->supervisor, self->settings);
  g_action_map_add_action_entries (G_ACTION_MAP (self), action_entries,
                                   G_N_ELEMENTS (action_entries), self);
  freshet_application_add_actions (self);
  freshet_accels_set (GTK_APPLICATION (self));
  self->block_list = freshet_block_list_new (self->supervisor, self->settings);
  start_engine (self);
}

/* What speaks to the session goes while it can be spoken to. */
static void
freshet_application_shutdown (GApplication *application)
{
  FreshetApplication *self = FRESHET_APPLICATION (application);

  g_clear_object (&self->notifier);
  g_clear_object (&self->inhibitor);

  G_APPLICATION_CLASS (freshet_application_parent_class)->shutdown (application);
}

static void
freshet_application_activate (GApplication *application)
{
  FreshetApplication *self = FRESHET_APPLICATION (application);
  FreshetWindow *window = find_window (self);

  if (self->is_quitting)
    return;
  leave_background (self);
  if (window == NULL)
    window = freshet_window_new (self);
  gtk_window_present (GTK_WINDOW (window));
}

static void
freshet_application_open (GApplication  *application,
                          GFile        **files,
                          int            n_files,
                          const char    *hint)
{
  FreshetApplication *self = FRESHET_APPLICATION (application);

  for (int i = 0; i < n_files; i++)
    g_ptr_array_add (self->waiting, g_file_get_uri (files[i]));
  g_application_activate (application);
  if (self->engine_state == FRESHET_ENGINE_RUNNING)
    open_waiting (self);
}

static void
freshet_application_get_property (GObject    *object,
                                  guint       property_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  FreshetApplication *self = FRESHET_APPLICATION (object);

  switch (property_id)
    {
    case PROP_ENGINE_STATE:
      g_value_set_int (value, (int) self->engine_state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_application_finalize (GObject *object)
{
  FreshetApplication *self = FRESHET_APPLICATION (object);

  g_clear_handle_id (&self->slow_timer, g_source_remove);
  g_clear_object (&self->block_list);
  g_clear_object (&self->conditions);
  g_clear_object (&self->secret);
  g_clear_object (&self->supervisor);
  g_clear_object (&self->settings);
  g_clear_error (&self->engine_error);
  g_ptr_array_unref (self->waiting);

  G_OBJECT_CLASS (freshet_application_parent_class)->finalize (object);
}

static void
freshet_application_class_init (FreshetApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->get_property = freshet_application_get_property;
  object_class->finalize = freshet_application_finalize;
  application_class->startup = freshet_application_startup;
  application_class->shutdown = freshet_application_shutdown;
  application_class->activate = freshet_application_activate;
  application_class->open = freshet_application_open;

  properties[PROP_ENGINE_STATE] =
      g_param_spec_int ("engine-state", NULL, NULL, FRESHET_ENGINE_STARTING, FRESHET_ENGINE_FAILED,
                        FRESHET_ENGINE_STARTING, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_application_init (FreshetApplication *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_free);
}
