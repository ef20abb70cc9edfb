/* freshet-statistics-window.c - what all torrents together have moved, since the start and ever
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-statistics-window.h"

#include "common/freshet-format.h"
#include "details/freshet-speed-graph.h"

#include <glib/gi18n.h>

struct _FreshetStatisticsWindow
{
  AdwWindow parent_instance;

  /* owned */
  BtSupervisor *supervisor;

  /* borrowed: of the template */
  FreshetSpeedGraph *graph;
  GtkLabel          *run_received;
  GtkLabel          *run_sent;
  GtkLabel          *run_ratio;
  GtkLabel          *run_running;
  GtkLabel          *blocked;
  GtkLabel          *received;
  GtkLabel          *sent;
  GtkLabel          *ratio;
  GtkLabel          *running;

  /* values */
  guint is_asking : 1;   /* the engine has not answered yet */
};

G_DEFINE_FINAL_TYPE (FreshetStatisticsWindow, freshet_statistics_window, ADW_TYPE_WINDOW)

static void
take_text (GtkLabel *label,
           char     *text)
{
  if (g_strcmp0 (gtk_label_get_label (label), text) != 0)
    gtk_label_set_label (label, text);
  g_free (text);
}

/* What was given for what was taken; nothing can be said before something was taken. */
static char *
format_ratio (guint64 sent_bytes,
              guint64 received_bytes)
{
  if (received_bytes == 0)
    return g_strdup (C_ ("ratio", "None yet"));
  return freshet_format_ratio ((double) sent_bytes / (double) received_bytes);
}

static void
show (FreshetStatisticsWindow *self,
      const BtOverview        *overview)
{
  take_text (self->run_received, freshet_format_bytes (overview->run_received_bytes));
  take_text (self->run_sent, freshet_format_bytes (overview->run_sent_bytes));
  take_text (self->run_ratio,
             format_ratio (overview->run_sent_bytes, overview->run_received_bytes));
  take_text (self->run_running, freshet_format_duration (overview->run_running_s));
  take_text (self->blocked, g_strdup_printf ("%'" G_GUINT64_FORMAT, overview->n_blocked));
  take_text (self->received, freshet_format_bytes (overview->received_bytes));
  take_text (self->sent, freshet_format_bytes (overview->sent_bytes));
  take_text (self->ratio, format_ratio (overview->sent_bytes, overview->received_bytes));
  take_text (self->running, freshet_format_duration (overview->running_s));
  freshet_speed_graph_set_history (self->graph, overview->history);
}

static void
show_rates (FreshetStatisticsWindow *self)
{
  GListModel *torrents = bt_supervisor_get_torrents (self->supervisor);
  guint n = g_list_model_get_n_items (torrents);
  guint64 received_bps = 0;
  guint64 sent_bps = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);
      const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);

      received_bps += facts->received_bps;
      sent_bps += facts->sent_bps;
    }
  freshet_speed_graph_set_rates (self->graph, received_bps, sent_bps);
}

static void
overview_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (FreshetStatisticsWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BtOverview) overview =
      bt_supervisor_get_overview_finish (BT_SUPERVISOR (source), result, &error);

  self->is_asking = FALSE;
  /* An engine that does not run has nothing to tell: what it told last stays. */
  if (overview == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  show (self, overview);
  show_rates (self);
}

static void
refresh (FreshetStatisticsWindow *self)
{
  if (self->is_asking || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->is_asking = TRUE;
  bt_supervisor_get_overview_async (self->supervisor, NULL, overview_cb, g_object_ref (self));
}

static void
freshet_statistics_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (freshet_statistics_window_parent_class)->map (widget);
  refresh (FRESHET_STATISTICS_WINDOW (widget));
}

static void
freshet_statistics_window_finalize (GObject *object)
{
  g_clear_object (&FRESHET_STATISTICS_WINDOW (object)->supervisor);

  G_OBJECT_CLASS (freshet_statistics_window_parent_class)->finalize (object);
}

static void
freshet_statistics_window_class_init (FreshetStatisticsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_statistics_window_finalize;
  widget_class->map = freshet_statistics_window_map;

  g_type_ensure (FRESHET_TYPE_SPEED_GRAPH);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-statistics-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, graph);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, run_received);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, run_sent);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, run_ratio);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, run_running);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, blocked);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, received);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, sent);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, ratio);
  gtk_widget_class_bind_template_child (widget_class, FreshetStatisticsWindow, running);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
freshet_statistics_window_init (FreshetStatisticsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWindow *
freshet_statistics_window_new (GtkWindow    *parent,
                               BtSupervisor *supervisor,
                               GSettings    *settings)
{
  FreshetStatisticsWindow *self =
      g_object_new (FRESHET_TYPE_STATISTICS_WINDOW, "transient-for", parent, NULL);

  self->supervisor = g_object_ref (supervisor);
  g_settings_bind (settings, "graph-range", self->graph, "range", G_SETTINGS_BIND_DEFAULT);
  g_signal_connect_object (supervisor, "ticked", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  return GTK_WINDOW (self);
}
