/* freshet-speed-graph.c - speeds over time: a legend with the present ones, a choice of how far back, and the plot
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-speed-graph.h"

#include "common/freshet-format.h"
#include "freshet-speed-plot.h"

#include <glib/gi18n.h>

/* The plot of a torrent that does nothing needs no more words than this often. */
#define SPEAK_S 10

struct _FreshetSpeedGraph
{
  GtkWidget parent_instance;

  /* owned */
  BtHistory *history;

  /* borrowed: of the template */
  GtkWidget        *box;
  GtkDropDown      *ranges;
  FreshetSpeedPlot *plot;
  GtkLabel         *received;
  GtkLabel         *sent;
  GtkLabel         *when;

  /* values */
  guint64 received_bps;   /* now */
  guint64 sent_bps;
  guint   range;          /* BtHistoryRing */
  gint64  spoken_s;       /* when the description was last made; 0: never */
};

G_DEFINE_FINAL_TYPE (FreshetSpeedGraph, freshet_speed_graph, GTK_TYPE_WIDGET)

enum
{
  PROP_RANGE = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* "Today, 14:02", or of long times from when to when. */
static char *
describe_time (const FreshetSpeedPoint *point)
{
  g_autoptr (GDateTime) begin = g_date_time_new_from_unix_local (point->time_s);
  g_autoptr (GDateTime) end = g_date_time_new_from_unix_local (point->time_s + point->length_s);
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  if (begin == NULL || end == NULL)
    return g_strdup ("");
  if (point->length_s < 60)
    /* Translators: a time of day, for g_date_time_format() */
    return g_date_time_format (begin, _("%H:%M:%S"));
  if (point->length_s < 60 * 60)
    /* Translators: a time of day, for g_date_time_format() */
    return g_date_time_format (begin, _("%H:%M"));
  if (point->length_s >= 24 * 60 * 60)
    /* Translators: a day, for g_date_time_format() */
    return g_date_time_format (begin, _("%-e %B"));
  /* Translators: a day and a time, for g_date_time_format() */
  from = g_date_time_format (begin, _("%a %H:%M"));
  to = g_date_time_format (end, _("%H:%M"));
  /* Translators: a time span, such as "Mon 14:00–15:00" */
  return g_strdup_printf (_("%s–%s"), from, to);
}

static void
show_rates (FreshetSpeedGraph *self,
            guint64            received_bps,
            guint64            sent_bps,
            const char        *when)
{
  g_autofree char *received_rate = freshet_format_rate (received_bps);
  g_autofree char *sent_rate = freshet_format_rate (sent_bps);
  /* Translators: a speed */
  g_autofree char *received = g_strdup_printf (_("Down %s"), received_rate);
  /* Translators: a speed */
  g_autofree char *sent = g_strdup_printf (_("Up %s"), sent_rate);

  gtk_label_set_label (self->received, received);
  gtk_label_set_label (self->sent, sent);
  gtk_label_set_label (self->when, when);
}

/* What is pointed at, else what is now. */
static void
show_legend (FreshetSpeedGraph *self)
{
  FreshetSpeedPoint point;
  g_autofree char *when = NULL;
  g_autofree char *line = NULL;

  if (!freshet_speed_plot_get_reading (self->plot, &point))
    {
      show_rates (self, self->received_bps, self->sent_bps, _("Now"));
      return;
    }
  when = describe_time (&point);
  show_rates (self, point.received_bps, point.sent_bps, when);
  /* Translators: a point of the graph, read aloud: when, download speed, upload speed */
  line = g_strdup_printf (_("%s: %s, %s"), when, gtk_label_get_label (self->received),
                          gtk_label_get_label (self->sent));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->plot), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  line, -1);
}

static const char *
get_range_name (BtHistoryRing ring)
{
  switch (ring)
    {
    case BT_HISTORY_SECONDS:
      return _("the last ten minutes");
    case BT_HISTORY_MINUTES:
      return _("the last two hours");
    case BT_HISTORY_HOURS:
      return _("the last week");
    case BT_HISTORY_DAYS:
    case BT_HISTORY_N_RINGS:
      break;
    }
  return _("the last year");
}

/* The graph in a sentence: what moved in all of its time. */
static void
describe (FreshetSpeedGraph *self)
{
  BtHistoryBucket buckets[BT_HISTORY_MAX_BUCKETS];
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  guint64 received_bytes = 0;
  guint64 sent_bytes = 0;
  g_autofree char *received = NULL;
  g_autofree char *sent = NULL;
  g_autofree char *text = NULL;

  if (self->spoken_s != 0 && now_s - self->spoken_s < SPEAK_S && now_s >= self->spoken_s)
    return;
  self->spoken_s = now_s;
  bt_history_read (self->history, self->range, now_s, buckets);
  for (guint i = 0; i < bt_history_get_n_buckets (self->range); i++)
    {
      received_bytes += buckets[i].received_bytes;
      sent_bytes += buckets[i].sent_bytes;
    }
  received = freshet_format_bytes (received_bytes);
  sent = freshet_format_bytes (sent_bytes);
  /* Translators: what a graph shows: "the last ten minutes", bytes, bytes */
  text = g_strdup_printf (_("In %s: %s downloaded, %s uploaded. Arrow keys read single points."),
                          get_range_name (self->range), received, sent);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->plot), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text, -1);
}

static void
show (FreshetSpeedGraph *self)
{
  freshet_speed_plot_show (self->plot, self->history, self->range);
  show_legend (self);
  describe (self);
}

void
freshet_speed_graph_set_history (FreshetSpeedGraph *self,
                                 GBytes            *history)
{
  g_return_if_fail (FRESHET_IS_SPEED_GRAPH (self));

  /* Of what is no history, nothing remains. */
  if (history == NULL)
    bt_history_set_bytes (self->history, NULL, 0);
  else
    bt_history_set_bytes (self->history, g_bytes_get_data (history, NULL),
                          g_bytes_get_size (history));
  show (self);
}

void
freshet_speed_graph_set_rates (FreshetSpeedGraph *self,
                               guint64            received_bps,
                               guint64            sent_bps)
{
  g_return_if_fail (FRESHET_IS_SPEED_GRAPH (self));

  self->received_bps = received_bps;
  self->sent_bps = sent_bps;
  show_legend (self);
}

static void
range_selected_cb (FreshetSpeedGraph *self)
{
  g_object_set (self, "range", MIN (gtk_drop_down_get_selected (self->ranges), BT_HISTORY_DAYS),
                NULL);
}

static void
freshet_speed_graph_set_property (GObject      *object,
                                  guint         property_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  FreshetSpeedGraph *self = FRESHET_SPEED_GRAPH (object);

  switch (property_id)
    {
    case PROP_RANGE:
      if (self->range == g_value_get_uint (value))
        return;
      self->range = g_value_get_uint (value);
      self->spoken_s = 0;
      gtk_drop_down_set_selected (self->ranges, self->range);
      show (self);
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_speed_graph_get_property (GObject    *object,
                                  guint       property_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_RANGE:
      g_value_set_uint (value, FRESHET_SPEED_GRAPH (object)->range);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_speed_graph_dispose (GObject *object)
{
  g_clear_pointer (&FRESHET_SPEED_GRAPH (object)->box, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_speed_graph_parent_class)->dispose (object);
}

static void
freshet_speed_graph_finalize (GObject *object)
{
  bt_history_free (FRESHET_SPEED_GRAPH (object)->history);

  G_OBJECT_CLASS (freshet_speed_graph_parent_class)->finalize (object);
}

static void
freshet_speed_graph_class_init (FreshetSpeedGraphClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = freshet_speed_graph_set_property;
  object_class->get_property = freshet_speed_graph_get_property;
  object_class->dispose = freshet_speed_graph_dispose;
  object_class->finalize = freshet_speed_graph_finalize;

  properties[PROP_RANGE] =
      g_param_spec_uint ("range", NULL, NULL, 0, BT_HISTORY_DAYS, 0,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  g_type_ensure (FRESHET_TYPE_SPEED_PLOT);
  gtk_widget_class_set_css_name (widget_class, "speedgraph");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-speed-graph.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetSpeedGraph, box);
  gtk_widget_class_bind_template_child (widget_class, FreshetSpeedGraph, ranges);
  gtk_widget_class_bind_template_child (widget_class, FreshetSpeedGraph, plot);
  gtk_widget_class_bind_template_child (widget_class, FreshetSpeedGraph, received);
  gtk_widget_class_bind_template_child (widget_class, FreshetSpeedGraph, sent);
  gtk_widget_class_bind_template_child (widget_class, FreshetSpeedGraph, when);
  gtk_widget_class_bind_template_callback (widget_class, range_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_legend);
}

static void
freshet_speed_graph_init (FreshetSpeedGraph *self)
{
  self->history = bt_history_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
