/* freshet-bar.c - a thin progress bar, cheap enough for hundreds of rows
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-bar.h"

#include "common/freshet-format.h"

#include <glib/gi18n.h>
#include <math.h>

#define HEIGHT        4
#define MIN_WIDTH     32
#define TROUGH_ALPHA  0.15f

struct _FreshetBar
{
  GtkWidget parent_instance;

  /* values */
  double      value;       /* 0 to 1 */
  double      told;        /* what screen readers know, in whole percent */
  const char *style;       /* a CSS class, static; NULL: none */
};

G_DEFINE_FINAL_TYPE (FreshetBar, freshet_bar, GTK_TYPE_WIDGET)

static const char *
get_style (BtTorrent *torrent)
{
  switch (bt_torrent_get_facts (torrent)->state)
    {
    case BT_SWARM_STOPPED:
    case BT_SWARM_STOPPING:
      return bt_torrent_is_complete (torrent) ? "complete" : "paused";
    case BT_SWARM_SEEDING:
      return "seeding";
    case BT_SWARM_FAILED:
      return "failed";
    case BT_SWARM_NO_SPACE:
    case BT_SWARM_MISSING:
      return "waiting";
    case BT_SWARM_QUEUED:
      return "paused";
    case BT_SWARM_CHECKING:
    case BT_SWARM_MOVING:
    case BT_SWARM_SEEKING:
      return "working";
    case BT_SWARM_PREPARING:
    case BT_SWARM_DOWNLOADING:
      break;
    }
  return NULL;
}

static void
set_style (FreshetBar *self,
           const char *style)
{
  if (g_strcmp0 (style, self->style) == 0)
    return;
  if (self->style != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self), self->style);
  if (style != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), style);
  self->style = style;
}

/* In whole percent: nobody wants to hear more, and each time costs a message to the bus. */
static void
tell (FreshetBar *self)
{
  double percent = floor (self->value * 100 + 1e-9);
  g_autofree char *text = NULL;

  if (percent == self->told)
    return;
  self->told = percent;
  text = freshet_format_percent (self->value);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, percent,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

void
freshet_bar_set_torrent (FreshetBar *self,
                         BtTorrent  *torrent)
{
  double value = CLAMP (bt_torrent_get_progress (torrent), 0, 1);
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  set_style (self, get_style (torrent));
  if (value == self->value)
    return;
  if (width == 0 || round (value * width * 2) != round (self->value * width * 2))
    gtk_widget_queue_draw (GTK_WIDGET (self));
  self->value = value;
  tell (self);
}

static void
append_part (GtkSnapshot   *snapshot,
             float          x,
             float          width,
             float          height,
             const GdkRGBA *colour)
{
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (x, 0, width, height);
  GskRoundedRect shape;

  gsk_rounded_rect_init_from_rect (&shape, &bounds, height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, colour, &bounds);
  gtk_snapshot_pop (snapshot);
}

static void
freshet_bar_snapshot (GtkWidget   *widget,
                      GtkSnapshot *snapshot)
{
  FreshetBar *self = FRESHET_BAR (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  gboolean is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  /* Something is something: at least a dot. */
  float part = self->value > 0 ? MAX (width * (float) self->value, height) : 0;
  GdkRGBA colour, trough;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  trough = colour;
  trough.alpha *= TROUGH_ALPHA;
  append_part (snapshot, 0, width, height, &trough);
  if (part > 0)
    append_part (snapshot, is_mirrored ? width - part : 0, part, height, &colour);
}

static void
freshet_bar_measure (GtkWidget      *widget,
                     GtkOrientation  orientation,
                     int             for_size,
                     int            *minimum,
                     int            *natural,
                     int            *minimum_baseline,
                     int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? MIN_WIDTH : HEIGHT;
}

static void
freshet_bar_class_init (FreshetBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = freshet_bar_measure;
  widget_class->snapshot = freshet_bar_snapshot;

  gtk_widget_class_set_css_name (widget_class, "freshetbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PROGRESS_BAR);
}

static void
freshet_bar_init (FreshetBar *self)
{
  self->told = -1;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _("Progress"),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 100.0, -1);
  tell (self);
}

GtkWidget *
freshet_bar_new (void)
{
  return g_object_new (FRESHET_TYPE_BAR, NULL);
}
