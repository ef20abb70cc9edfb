/* freshet-inhibitor.c - keeps the computer awake while something downloads
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-inhibitor.h"

#include <glib/gi18n.h>

struct _FreshetInhibitor
{
  GObject parent_instance;

  /* owned */
  GtkApplication    *application;   /* borrowed: it owns us */
  BtSupervisor      *supervisor;
  FreshetConditions *conditions;
  GSettings         *settings;

  /* values */
  guint cookie;                     /* 0: the computer may sleep */
};

G_DEFINE_FINAL_TYPE (FreshetInhibitor, freshet_inhibitor, G_TYPE_OBJECT)

/* Data comes in, or is checked or moved; waiting for peers is no reason to stay awake. */
static gboolean
is_busy (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);

  return facts->state == BT_SWARM_MOVING || facts->state == BT_SWARM_CHECKING ||
         (facts->state == BT_SWARM_DOWNLOADING && facts->received_bps > 0);
}

static gboolean
wants_to (FreshetInhibitor *self)
{
  GListModel *torrents = bt_supervisor_get_torrents (self->supervisor);
  guint n = g_list_model_get_n_items (torrents);

  if (!g_settings_get_boolean (self->settings, "inhibit-suspend") ||
      (freshet_conditions_is_on_battery (self->conditions) &&
       !g_settings_get_boolean (self->settings, "inhibit-on-battery")))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);

      if (is_busy (torrent))
        return TRUE;
    }
  return FALSE;
}

static void
release (FreshetInhibitor *self)
{
  if (self->cookie != 0)
    gtk_application_uninhibit (self->application, self->cookie);
  self->cookie = 0;
}

static void
update (FreshetInhibitor *self)
{
  gboolean wants = wants_to (self);

  if (wants && self->cookie == 0)
    self->cookie =
        gtk_application_inhibit (self->application, NULL, GTK_APPLICATION_INHIBIT_SUSPEND,
                                 _("Torrents are downloading"));
  else if (!wants)
    release (self);
}

static void
freshet_inhibitor_dispose (GObject *object)
{
  FreshetInhibitor *self = FRESHET_INHIBITOR (object);

  release (self);
  g_clear_object (&self->supervisor);
  g_clear_object (&self->conditions);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_inhibitor_parent_class)->dispose (object);
}

static void
freshet_inhibitor_class_init (FreshetInhibitorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = freshet_inhibitor_dispose;
}

static void
freshet_inhibitor_init (FreshetInhibitor *self)
{
}

FreshetInhibitor *
freshet_inhibitor_new (GtkApplication    *application,
                       BtSupervisor      *supervisor,
                       FreshetConditions *conditions,
                       GSettings         *settings)
{
  FreshetInhibitor *self = g_object_new (FRESHET_TYPE_INHIBITOR, NULL);

  self->application = application;
  self->supervisor = g_object_ref (supervisor);
  self->conditions = g_object_ref (conditions);
  self->settings = g_object_ref (settings);
  g_signal_connect_object (supervisor, "ticked", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (conditions, "notify::on-battery", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::inhibit-suspend", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::inhibit-on-battery", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  return self;
}
