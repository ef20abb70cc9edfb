/* freshet-notifier.c - tells that a download has finished or failed, until somebody has seen it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-notifier.h"

#include <glib/gi18n.h>

struct _FreshetNotifier
{
  GObject parent_instance;

  /* owned */
  BtSupervisor *supervisor;
  GSettings    *settings;
  GHashTable   *downloading;   /* of BtTorrent: were seen to download, so that their end is news */
  GHashTable   *failed;        /* of BtTorrent: it has been told */
  GHashTable   *told;          /* of BtTorrent: their notifications may still be there */

  /* borrowed */
  GtkApplication *application; /* owns us */
};

G_DEFINE_FINAL_TYPE (FreshetNotifier, freshet_notifier, G_TYPE_OBJECT)

/* Any window of the program: who has a dialog in front of the list knows as much. */
static gboolean
is_in_front (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (gtk_window_is_active (window))
        return TRUE;
    }
  return FALSE;
}

/* A name that a notification is sent and withdrawn by. (transfer full) */
static char *
dup_name (BtTorrent *torrent)
{
  return g_strdup_printf ("torrent-%" G_GUINT64_FORMAT, bt_torrent_get_id (torrent));
}

static void
withdraw (FreshetNotifier *self,
          BtTorrent       *torrent)
{
  g_autofree char *name = NULL;

  if (!g_hash_table_remove (self->told, torrent))
    return;
  name = dup_name (torrent);
  g_application_withdraw_notification (G_APPLICATION (self->application), name);
}

static void
notify (FreshetNotifier *self,
        BtTorrent       *torrent,
        const char      *title,
        const char      *body,
        gboolean         has_data)
{
  guint64 id = bt_torrent_get_id (torrent);
  g_autoptr (GNotification) notification = g_notification_new (title);
  g_autofree char *name = dup_name (torrent);

  g_notification_set_body (notification, body);
  g_notification_set_default_action_and_target (notification, "app.show-torrent", "t", id);
  if (has_data)
    {
      g_notification_add_button_with_target (notification, _("Open"), "app.open-data", "t", id);
      g_notification_add_button_with_target (notification, _("Show in Files"), "app.show-data", "t",
                                             id);
    }
  g_hash_table_add (self->told, torrent);
  g_application_send_notification (G_APPLICATION (self->application), name, notification);
}

static void
tell_finished (FreshetNotifier *self,
               BtTorrent       *torrent)
{
  if (g_settings_get_boolean (self->settings, "notify-finished") && !is_in_front ())
    notify (self, torrent, _("Download Finished"), bt_torrent_get_name (torrent), TRUE);
}

static void
tell_failed (FreshetNotifier *self,
             BtTorrent       *torrent)
{
  const char *message = bt_torrent_get_facts (torrent)->message;
  g_autofree char *body = NULL;

  if (!g_settings_get_boolean (self->settings, "notify-failed") || is_in_front ())
    return;
  /* Translators: a torrent's name, and what went wrong */
  body = g_strdup_printf (_("%s: %s"), bt_torrent_get_name (torrent),
                          message != NULL ? message : "");
  notify (self, torrent, _("Torrent Failed"), body, FALSE);
}

static void
look (FreshetNotifier *self,
      BtTorrent       *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  gboolean is_complete = bt_torrent_is_complete (torrent);

  /* A failure that is over need not be read any more; before anything new is told under its name. */
  if (facts->state != BT_SWARM_FAILED)
    {
      if (g_hash_table_remove (self->failed, torrent))
        withdraw (self, torrent);
    }
  else if (g_hash_table_add (self->failed, torrent))
    tell_failed (self, torrent);
  if (facts->state == BT_SWARM_DOWNLOADING && !is_complete)
    g_hash_table_add (self->downloading, torrent);
  else if (is_complete && g_hash_table_remove (self->downloading, torrent))
    tell_finished (self, torrent);
}

static void
follow (FreshetNotifier *self,
        BtTorrent       *torrent)
{
  /* What failed in an earlier run is no news. */
  if (bt_torrent_get_facts (torrent)->state == BT_SWARM_FAILED)
    g_hash_table_add (self->failed, torrent);
  g_signal_connect_object (torrent, "changed", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
}

static void
removed_cb (FreshetNotifier *self,
            BtTorrent       *torrent)
{
  withdraw (self, torrent);
  g_hash_table_remove (self->downloading, torrent);
  g_hash_table_remove (self->failed, torrent);
}

/* --- Seen --- */

static void
window_active_cb (FreshetNotifier *self)
{
  g_autoptr (GList) told = NULL;

  if (!is_in_front ())
    return;
  told = g_hash_table_get_keys (self->told);
  for (GList *l = told; l != NULL; l = l->next)
    withdraw (self, l->data);
}

static void
windows_changed_cb (FreshetNotifier *self,
                    guint            position,
                    guint            n_removed,
                    guint            n_added,
                    GListModel      *windows)
{
  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (g_signal_handler_find (window, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0, NULL,
                                 (gpointer) window_active_cb, self) == 0)
        g_signal_connect_object (window, "notify::is-active", G_CALLBACK (window_active_cb), self,
                                 G_CONNECT_SWAPPED);
    }
}

static void
items_changed_cb (FreshetNotifier *self,
                  guint            position,
                  guint            n_removed,
                  guint            n_added,
                  GListModel      *torrents)
{
  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);

      /* Moved within the list, it is followed already. */
      if (g_signal_handler_find (torrent, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0, NULL,
                                 (gpointer) look, self) == 0)
        follow (self, torrent);
    }
}

static void
freshet_notifier_dispose (GObject *object)
{
  FreshetNotifier *self = FRESHET_NOTIFIER (object);

  g_clear_object (&self->supervisor);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_notifier_parent_class)->dispose (object);
}

static void
freshet_notifier_finalize (GObject *object)
{
  FreshetNotifier *self = FRESHET_NOTIFIER (object);

  g_hash_table_unref (self->downloading);
  g_hash_table_unref (self->failed);
  g_hash_table_unref (self->told);

  G_OBJECT_CLASS (freshet_notifier_parent_class)->finalize (object);
}

static void
freshet_notifier_class_init (FreshetNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = freshet_notifier_dispose;
  G_OBJECT_CLASS (klass)->finalize = freshet_notifier_finalize;
}

static void
freshet_notifier_init (FreshetNotifier *self)
{
  self->downloading = g_hash_table_new (NULL, NULL);
  self->failed = g_hash_table_new (NULL, NULL);
  self->told = g_hash_table_new (NULL, NULL);
}

FreshetNotifier *
freshet_notifier_new (GtkApplication *application,
                      BtSupervisor   *supervisor,
                      GSettings      *settings)
{
  FreshetNotifier *self = g_object_new (FRESHET_TYPE_NOTIFIER, NULL);
  GListModel *torrents = bt_supervisor_get_torrents (supervisor);
  GListModel *windows = gtk_window_get_toplevels ();

  self->application = application;
  self->supervisor = g_object_ref (supervisor);
  self->settings = g_object_ref (settings);
  g_signal_connect_object (torrents, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (supervisor, "torrent-removed", G_CALLBACK (removed_cb), self,
                           G_CONNECT_SWAPPED);
  items_changed_cb (self, 0, 0, g_list_model_get_n_items (torrents), torrents);
  g_signal_connect_object (windows, "items-changed", G_CALLBACK (windows_changed_cb), self,
                           G_CONNECT_SWAPPED);
  windows_changed_cb (self, 0, 0, g_list_model_get_n_items (windows), windows);
  return self;
}
