/* freshet-speed-plot.c - two speeds over time, drawn; a point of it can be read
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-speed-plot.h"

#include "common/freshet-format.h"
#include "freshet-scale.h"

#include <adwaita.h>

#define MIN_HEIGHT     110
#define STEP_HEIGHT    44    /* of a grid line to the next, about */
#define LABEL_GAP      6
#define GROWING_MS     250

struct _FreshetSpeedPlot
{
  GtkWidget parent_instance;

  /* owned */
  AdwAnimation *growing;   /* of shown_top */

  /* values */
  guint64       received_bps[BT_HISTORY_MAX_BUCKETS];
  guint64       sent_bps[BT_HISTORY_MAX_BUCKETS];
  guint         n_points;
  gint64        first_s;
  BtHistoryRing ring;
  guint64       top;         /* what the graph goes up to; 0: not yet */
  guint         n_steps;
  double        shown_top;   /* on its way there */
  int           reading;     /* a point; -1: none */
  guint         is_pointed : 1;  /* by the mouse, else by keys */
};

G_DEFINE_FINAL_TYPE (FreshetSpeedPlot, freshet_speed_plot, GTK_TYPE_WIDGET)

enum
{
  READING_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Where the lines are, without labels. */
typedef struct
{
  double   x, y, width, height;
  gboolean is_rtl;
} Area;

/* --- Scale --- */

static guint64
get_highest (FreshetSpeedPlot *self)
{
  guint64 highest = 0;

  for (guint i = 0; i < self->n_points; i++)
    highest = MAX (highest, MAX (self->received_bps[i], self->sent_bps[i]));
  return highest;
}

static void
grow_to (FreshetSpeedPlot *self,
         guint64           top)
{
  gboolean is_first = self->top == 0;

  if (top == self->top)
    return;
  self->top = top;
  if (is_first || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    {
      self->shown_top = (double) top;
      return;
    }
  adw_animation_pause (self->growing);
  adw_timed_animation_set_value_from (ADW_TIMED_ANIMATION (self->growing), self->shown_top);
  adw_timed_animation_set_value_to (ADW_TIMED_ANIMATION (self->growing), (double) top);
  adw_animation_reset (self->growing);
  adw_animation_play (self->growing);
}

static void
growing_cb (double   value,
            gpointer user_data)
{
  FreshetSpeedPlot *self = user_data;

  /* A reset tells the value once more before there is anything to grow. */
  if (value > 0)
    self->shown_top = value;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Reading --- */

static void
set_reading (FreshetSpeedPlot *self,
             int               reading,
             gboolean          is_pointed)
{
  reading = MIN (reading, (int) self->n_points - 1);
  self->is_pointed = is_pointed != FALSE;
  if (reading == self->reading)
    return;
  self->reading = reading;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[READING_CHANGED], 0);
}

gboolean
freshet_speed_plot_get_reading (FreshetSpeedPlot  *self,
                                FreshetSpeedPoint *out_point)
{
  gint64 bucket_s = bt_history_get_bucket_s (self->ring);

  g_return_val_if_fail (FRESHET_IS_SPEED_PLOT (self), FALSE);

  if (self->reading < 0 || (guint) self->reading >= self->n_points)
    return FALSE;
  *out_point = (FreshetSpeedPoint) {
    .time_s = self->first_s + self->reading * bucket_s,
    .length_s = bucket_s,
    .received_bps = self->received_bps[self->reading],
    .sent_bps = self->sent_bps[self->reading],
  };
  return TRUE;
}

void
freshet_speed_plot_show (FreshetSpeedPlot *self,
                         const BtHistory  *history,
                         BtHistoryRing     ring)
{
  BtHistoryBucket buckets[BT_HISTORY_MAX_BUCKETS];
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;

  g_return_if_fail (FRESHET_IS_SPEED_PLOT (self));

  if (ring != self->ring)
    self->top = 0;
  self->ring = ring;
  self->first_s = bt_history_read (history, ring, now_s, buckets);
  self->n_points = freshet_scale_get_rates (buckets, ring, self->first_s, now_s,
                                            self->received_bps, self->sent_bps);
  self->reading = MIN (self->reading, (int) self->n_points - 1);
  grow_to (self, freshet_scale_get_top (get_highest (self), self->n_steps, self->top));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->reading >= 0)
    g_signal_emit (self, signals[READING_CHANGED], 0);
}

/* --- Drawing --- */

static void
get_color (FreshetSpeedPlot *self,
           const char       *name,
           double            alpha,
           GdkRGBA          *out_color)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));

  if (name == NULL || !gtk_style_context_lookup_color (context, name, out_color))
    gtk_style_context_get_color (context, out_color);
  out_color->alpha *= (float) alpha;
}

static PangoLayout *
make_label (FreshetSpeedPlot *self,
            guint64           bps,
            int              *out_width,
            int              *out_height)
{
  g_autofree char *text = freshet_format_rate (bps);
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);

  pango_layout_get_pixel_size (layout, out_width, out_height);
  return layout;
}

static Area
get_area (FreshetSpeedPlot *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  Area area = { 0 };
  int widest = 0;
  int label_height = 0;

  for (guint i = 1; i <= self->n_steps; i++)
    {
      int label_width;
      g_autoptr (PangoLayout) layout =
          make_label (self, self->top / self->n_steps * i, &label_width, &label_height);

      widest = MAX (widest, label_width);
    }
  area.is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  area.width = MAX (width - widest - LABEL_GAP, 1);
  area.x = area.is_rtl ? width - area.width : 0;
  area.y = label_height / 2;
  area.height = MAX (height - area.y - label_height - LABEL_GAP, 1);
  return area;
}

/* Points stand in the middle of what they tell of; the ring's whole span is the area's width. */
static double
get_x (FreshetSpeedPlot *self,
       const Area       *area,
       double            index)
{
  double x = (index + 0.5) / bt_history_get_n_buckets (self->ring) * area->width;

  return area->is_rtl ? area->x + area->width - x : area->x + x;
}

static double
get_y (FreshetSpeedPlot *self,
       const Area       *area,
       guint64           bps)
{
  double part = self->shown_top > 0 ? (double) bps / self->shown_top : 0;

  return area->y + area->height * (1 - MIN (part, 1));
}

static void
draw_text (GtkSnapshot   *snapshot,
           PangoLayout   *layout,
           double         x,
           double         y,
           const GdkRGBA *color)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_values (FreshetSpeedPlot *self,
             GtkSnapshot      *snapshot,
             const Area       *area)
{
  GdkRGBA line;
  GdkRGBA ink;

  get_color (self, NULL, 0.15, &line);
  get_color (self, NULL, 0.65, &ink);
  for (guint i = 0; i <= self->n_steps; i++)
    {
      guint64 bps = self->top / self->n_steps * i;
      double y = area->y + area->height * (self->n_steps - i) / self->n_steps;
      int width;
      int height;
      g_autoptr (PangoLayout) layout = make_label (self, bps, &width, &height);
      double x = area->is_rtl ? area->x - LABEL_GAP - width : area->width + LABEL_GAP;

      gtk_snapshot_append_color (snapshot, &line,
                                 &GRAPHENE_RECT_INIT ((float) area->x, (float) (int) y,
                                                      (float) area->width, 1));
      if (i > 0)
        draw_text (snapshot, layout, x, y - height / 2, &ink);
    }
}

/* Labels that would run into each other, or out of the graph, are left out. */
static void
draw_times (FreshetSpeedPlot *self,
            GtkSnapshot      *snapshot,
            const Area       *area)
{
  gint64 bucket_s = bt_history_get_bucket_s (self->ring);
  gint64 last_s = self->first_s + bucket_s * bt_history_get_n_buckets (self->ring);
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GArray) ticks = freshet_scale_get_ticks (self->ring, self->first_s, last_s, zone);
  double free_from = -1;
  GdkRGBA line;
  GdkRGBA ink;

  get_color (self, NULL, 0.15, &line);
  get_color (self, NULL, 0.65, &ink);
  for (guint i = 0; i < ticks->len; i++)
    {
      const FreshetTick *tick = &g_array_index (ticks, FreshetTick, i);
      double index = (double) (tick->time_s - self->first_s) / (double) bucket_s - 0.5;
      double x = get_x (self, area, index);
      double along = area->is_rtl ? area->x + area->width - x : x - area->x;
      g_autoptr (PangoLayout) layout =
          gtk_widget_create_pango_layout (GTK_WIDGET (self), tick->label);
      int width;

      pango_layout_get_pixel_size (layout, &width, NULL);
      if (along - width / 2.0 < free_from || along + width / 2.0 > area->width)
        continue;
      free_from = along + width / 2.0 + 2 * LABEL_GAP;
      gtk_snapshot_append_color (snapshot, &line,
                                 &GRAPHENE_RECT_INIT ((float) (int) x, (float) area->y, 1,
                                                      (float) area->height));
      draw_text (snapshot, layout, x - width / 2.0, area->y + area->height + LABEL_GAP, &ink);
    }
}

static void
trace (FreshetSpeedPlot *self,
       cairo_t          *cr,
       const Area       *area,
       const guint64    *bps)
{
  for (guint i = 0; i < self->n_points; i++)
    cairo_line_to (cr, get_x (self, area, i), get_y (self, area, bps[i]));
}

/* Received is a filled area, sent a line alone: they differ without colours, too. */
static void
draw_curves (FreshetSpeedPlot *self,
             cairo_t          *cr,
             const Area       *area)
{
  double bottom = area->y + area->height;
  GdkRGBA color;

  cairo_set_line_width (cr, 2);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  get_color (self, "accent_color", 1, &color);
  cairo_new_path (cr);
  trace (self, cr, area, self->received_bps);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_stroke_preserve (cr);
  cairo_line_to (cr, get_x (self, area, self->n_points - 1), bottom);
  cairo_line_to (cr, get_x (self, area, 0), bottom);
  color.alpha *= 0.2f;
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_fill (cr);

  get_color (self, "success_color", 1, &color);
  trace (self, cr, area, self->sent_bps);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_stroke (cr);
}

static void
draw_dot (FreshetSpeedPlot *self,
          cairo_t          *cr,
          double            x,
          double            y,
          const char       *color_name)
{
  GdkRGBA color;

  get_color (self, color_name, 1, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_arc (cr, x, y, 4, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
draw_reading (FreshetSpeedPlot *self,
              cairo_t          *cr,
              const Area       *area)
{
  double x = get_x (self, area, self->reading);
  GdkRGBA color;

  get_color (self, NULL, 0.5, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_rectangle (cr, (int) x, area->y, 1, area->height);
  cairo_fill (cr);
  draw_dot (self, cr, x, get_y (self, area, self->received_bps[self->reading]), "accent_color");
  draw_dot (self, cr, x, get_y (self, area, self->sent_bps[self->reading]), "success_color");
}

static void
freshet_speed_plot_snapshot (GtkWidget   *widget,
                             GtkSnapshot *snapshot)
{
  FreshetSpeedPlot *self = FRESHET_SPEED_PLOT (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  cairo_t *cr;
  Area area;

  if (self->top == 0)
    return;
  area = get_area (self);
  draw_values (self, snapshot, &area);
  draw_times (self, snapshot, &area);
  if (self->n_points == 0)
    return;
  cr = gtk_snapshot_append_cairo (snapshot,
                                  &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  draw_curves (self, cr, &area);
  if (self->reading >= 0)
    draw_reading (self, cr, &area);
  cairo_destroy (cr);
}

static void
freshet_speed_plot_measure (GtkWidget      *widget,
                            GtkOrientation  orientation,
                            int             for_size,
                            int            *minimum,
                            int            *natural,
                            int            *minimum_baseline,
                            int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? MIN_HEIGHT : 0;
}

static void
freshet_speed_plot_size_allocate (GtkWidget *widget,
                                  int        width,
                                  int        height,
                                  int        baseline)
{
  FreshetSpeedPlot *self = FRESHET_SPEED_PLOT (widget);
  guint n_steps = (guint) CLAMP (height / STEP_HEIGHT, 2, 5);

  if (n_steps == self->n_steps)
    return;
  self->n_steps = n_steps;
  if (self->top == 0)
    return;
  self->top = freshet_scale_get_top (get_highest (self), n_steps, 0);
  self->shown_top = (double) self->top;
}

/* --- Mouse and keys --- */

static void
motion_cb (FreshetSpeedPlot *self,
           double            x)
{
  Area area;
  double along;

  if (self->top == 0)
    return;
  area = get_area (self);
  along = area.is_rtl ? area.x + area.width - x : x - area.x;
  if (along < 0 || along > area.width)
    set_reading (self, -1, FALSE);
  else
    set_reading (self, (int) (along / area.width * bt_history_get_n_buckets (self->ring)), TRUE);
}

static void
leave_cb (FreshetSpeedPlot *self)
{
  if (self->is_pointed)
    set_reading (self, -1, FALSE);
}

static gboolean
key_pressed_cb (FreshetSpeedPlot *self,
                guint             key,
                guint             code,
                GdkModifierType   state)
{
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  int last = (int) self->n_points - 1;
  int reading = self->reading < 0 ? last : self->reading;

  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      reading += self->reading < 0 ? 0 : is_rtl ? 1 : -1;
      break;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      reading += self->reading < 0 ? 0 : is_rtl ? -1 : 1;
      break;
    case GDK_KEY_Home:
      reading = 0;
      break;
    case GDK_KEY_End:
      reading = last;
      break;
    default:
      return GDK_EVENT_PROPAGATE;
    }
  set_reading (self, MAX (reading, MIN (0, last)), FALSE);
  return GDK_EVENT_STOP;
}

static void
focus_left_cb (FreshetSpeedPlot *self)
{
  set_reading (self, -1, FALSE);
}

static void
add_controllers (FreshetSpeedPlot *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (focus_left_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}

/* --- Life --- */

static void
freshet_speed_plot_dispose (GObject *object)
{
  g_clear_object (&FRESHET_SPEED_PLOT (object)->growing);

  G_OBJECT_CLASS (freshet_speed_plot_parent_class)->dispose (object);
}

static void
freshet_speed_plot_class_init (FreshetSpeedPlotClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = freshet_speed_plot_dispose;
  widget_class->measure = freshet_speed_plot_measure;
  widget_class->size_allocate = freshet_speed_plot_size_allocate;
  widget_class->snapshot = freshet_speed_plot_snapshot;

  signals[READING_CHANGED] = g_signal_new ("reading-changed", G_TYPE_FROM_CLASS (klass),
                                           G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "plot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
freshet_speed_plot_init (FreshetSpeedPlot *self)
{
  self->reading = -1;
  self->n_steps = 2;
  self->growing = adw_timed_animation_new (
      GTK_WIDGET (self), 0, 1, GROWING_MS,
      adw_callback_animation_target_new (growing_cb, self, NULL));
  add_controllers (self);
}
