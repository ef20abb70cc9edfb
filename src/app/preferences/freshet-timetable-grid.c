/* freshet-timetable-grid.c - a week in half hours, to be painted
 *
 * The mouse paints with the brush. The keyboard moves a cursor, Shift with it spans a rectangle, and 1, 2, 3 or the
 * space bar paint that. Days stand in the order of the locale, and are Monday first in all else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-timetable-grid.h"

#include "freshet-timetable-edit.h"

#include <glib/gi18n.h>
#include <langinfo.h>

#define ROW_HEIGHT   22
#define LABEL_GAP    8
#define N_DAYS       BT_TIMETABLE_N_DAYS
#define N_SLOTS      BT_TIMETABLE_N_SLOTS
#define N_VALUES     3

struct _FreshetTimetableGrid
{
  GtkWidget parent_instance;

  /* owned */
  char *words;   /* nullable */

  /* values */
  BtTimetable      timetable;
  BtTimetable      before;     /* as it was when the mouse went down */
  BtTimetableValue brush;
  guint            first_day;  /* that stands in the top row */
  FreshetHalfHour  cursor;     /* by row, not by day, so are the next two */
  FreshetHalfHour  anchor;     /* where the selection began */
  FreshetHalfHour  pointed;
  guint            is_pointed : 1;
};

G_DEFINE_FINAL_TYPE (FreshetTimetableGrid, freshet_timetable_grid, GTK_TYPE_WIDGET)

enum
{
  PROP_BRUSH = 1,
  PROP_DAYS,
  PROP_WORDS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* 0: Monday. */
static guint
get_first_day (void)
{
  /* 1: Sunday, in all locales of glibc, whose weeks are counted from one. */
  return ((guint) *nl_langinfo (_NL_TIME_FIRST_WEEKDAY) + 5) % N_DAYS;
}

static guint
get_day (FreshetTimetableGrid *self,
         guint                 row)
{
  return (row + self->first_day) % N_DAYS;
}

/* --- Words --- */

static char *
describe (FreshetTimetableGrid *self,
          FreshetHalfHour       a,
          FreshetHalfHour       b)
{
  FreshetHalfHour from = { get_day (self, MIN (a.day, b.day)), a.slot };
  FreshetHalfHour to = { get_day (self, MAX (a.day, b.day)), b.slot };
  BtTimetableValue value = self->timetable.slots[get_day (self, a.day)][a.slot];
  g_autofree char *range = NULL;

  range = freshet_timetable_dup_range (from, to);
  if (a.day != b.day || a.slot != b.slot)
    return g_steal_pointer (&range);
  /* Translators: a day of the week with a time, and what holds then */
  return g_strdup_printf (_("%s: %s"), range, freshet_timetable_get_words (value));
}

static void
tell (FreshetTimetableGrid *self)
{
  guint day = get_day (self, self->cursor.day);
  g_autofree char *here = describe (self, self->anchor, self->cursor);
  g_autofree char *name = freshet_timetable_dup_day (day, FALSE);
  g_autofree char *day_words = freshet_timetable_dup_day_words (&self->timetable, day);
  g_autofree char *text = g_strdup_printf ("%s. %s: %s", here, name, day_words);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
  g_free (self->words);
  if (self->is_pointed)
    self->words = describe (self, self->pointed, self->pointed);
  else if (gtk_widget_has_focus (GTK_WIDGET (self)))
    self->words = g_steal_pointer (&here);
  else
    self->words = NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WORDS]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Changes --- */

/* Rectangles are of rows; days may begin anywhere in the week. */
static void
fill (FreshetTimetableGrid *self,
      FreshetHalfHour       a,
      FreshetHalfHour       b,
      BtTimetableValue      value)
{
  for (guint row = MIN (a.day, b.day); row <= MAX (a.day, b.day); row++)
    {
      guint day = get_day (self, row);

      freshet_timetable_fill (&self->timetable, (FreshetHalfHour) { day, a.slot },
                              (FreshetHalfHour) { day, b.slot }, value);
    }
  tell (self);
}

static void
notify_days (FreshetTimetableGrid *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DAYS]);
}

void
freshet_timetable_grid_copy_day (FreshetTimetableGrid *self)
{
  g_return_if_fail (FRESHET_IS_TIMETABLE_GRID (self));

  freshet_timetable_copy_day (&self->timetable, get_day (self, self->cursor.day));
  tell (self);
  notify_days (self);
}

static void
set_days (FreshetTimetableGrid *self,
          const char *const    *days)
{
  BtTimetable timetable = { 0 };

  bt_timetable_parse (days, &timetable, NULL);
  if (bt_timetable_equal (&timetable, &self->timetable))
    return;
  self->timetable = timetable;
  tell (self);
  notify_days (self);
}

/* --- Where things are --- */

static PangoLayout *
make_label (FreshetTimetableGrid *self,
            const char           *text)
{
  return gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
}

/* As wide as the widest name of a day. */
static int
get_label_width (FreshetTimetableGrid *self)
{
  int widest = 0;

  for (guint day = 0; day < N_DAYS; day++)
    {
      g_autofree char *name = freshet_timetable_dup_day (day, TRUE);
      g_autoptr (PangoLayout) layout = make_label (self, name);
      int width;

      pango_layout_get_pixel_size (layout, &width, NULL);
      widest = MAX (widest, width);
    }
  return widest + LABEL_GAP;
}

static int
get_heading_height (FreshetTimetableGrid *self)
{
  g_autoptr (PangoLayout) layout = make_label (self, "00");
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height + 2;
}

static gboolean
is_rtl (FreshetTimetableGrid *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* Where a half hour begins, seen from where a line begins. */
static float
get_x (FreshetTimetableGrid *self,
       guint                 slot)
{
  int left = get_label_width (self);
  int width = gtk_widget_get_width (GTK_WIDGET (self)) - left;

  return (float) left + (float) width * (float) slot / N_SLOTS;
}

static graphene_rect_t
get_area (FreshetTimetableGrid *self,
          FreshetHalfHour       a,
          FreshetHalfHour       b)
{
  float x = get_x (self, MIN (a.slot, b.slot));
  float width = get_x (self, MAX (a.slot, b.slot) + 1) - x;
  int y = get_heading_height (self) + (int) MIN (a.day, b.day) * ROW_HEIGHT;
  int height = (int) (MAX (a.day, b.day) - MIN (a.day, b.day) + 1) * ROW_HEIGHT;

  if (is_rtl (self))
    x = (float) gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
  return GRAPHENE_RECT_INIT (x, (float) y, width, (float) height);
}

/* The nearest one. */
static FreshetHalfHour
find (FreshetTimetableGrid *self,
      double                x,
      double                y)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int left = get_label_width (self);
  double column = ((is_rtl (self) ? width - x : x) - left) * N_SLOTS / MAX (width - left, 1);
  double row = (y - get_heading_height (self)) / ROW_HEIGHT;

  return (FreshetHalfHour) { (guint) CLAMP (row, 0, N_DAYS - 1),
                             (guint) CLAMP (column, 0, N_SLOTS - 1) };
}

/* --- The mouse --- */

static void
drag_begin_cb (FreshetTimetableGrid *self,
               double                x,
               double                y)
{
  self->before = self->timetable;
  self->cursor = self->anchor = find (self, x, y);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  fill (self, self->cursor, self->cursor, self->brush);
}

static void
drag_update_cb (FreshetTimetableGrid *self,
                double                x,
                double                y,
                GtkGestureDrag       *gesture)
{
  double begin_x;
  double begin_y;

  gtk_gesture_drag_get_start_point (gesture, &begin_x, &begin_y);
  self->cursor = find (self, begin_x + x, begin_y + y);
  self->pointed = self->cursor;
  self->timetable = self->before;
  fill (self, self->anchor, self->cursor, self->brush);
}

static void
drag_end_cb (FreshetTimetableGrid *self)
{
  self->anchor = self->cursor;
  tell (self);
  if (!bt_timetable_equal (&self->before, &self->timetable))
    notify_days (self);
}

static void
drag_cancel_cb (FreshetTimetableGrid *self)
{
  self->timetable = self->before;
  self->anchor = self->cursor;
  tell (self);
}

static void
enter_cb (FreshetTimetableGrid *self,
          double                x,
          double                y)
{
  self->pointed = find (self, x, y);
  self->is_pointed = TRUE;
  tell (self);
}

/* Also told when the mouse rests and something around it moves: then the keyboard's words stay. */
static void
motion_cb (FreshetTimetableGrid *self,
           double                x,
           double                y)
{
  FreshetHalfHour at = find (self, x, y);

  if (at.day != self->pointed.day || at.slot != self->pointed.slot)
    enter_cb (self, x, y);
}

static void
leave_cb (FreshetTimetableGrid *self)
{
  self->is_pointed = FALSE;
  tell (self);
}

/* --- The keyboard --- */

static gboolean
move_cursor (FreshetTimetableGrid *self,
             int                   rows,
             int                   slots,
             gboolean              extends)
{
  int row = CLAMP ((int) self->cursor.day + rows, 0, N_DAYS - 1);
  int slot = CLAMP ((int) self->cursor.slot + slots, 0, N_SLOTS - 1);

  self->cursor = (FreshetHalfHour) { (guint) row, (guint) slot };
  if (!extends)
    self->anchor = self->cursor;
  self->is_pointed = FALSE;
  tell (self);
  return TRUE;
}

static gboolean
paint (FreshetTimetableGrid *self,
       BtTimetableValue      value)
{
  fill (self, self->anchor, self->cursor, value);
  notify_days (self);
  return TRUE;
}

static gboolean
key_pressed_cb (FreshetTimetableGrid *self,
                guint                 keyval,
                guint                 keycode,
                GdkModifierType       state)
{
  gboolean extends = (state & GDK_SHIFT_MASK) != 0;
  int forward = is_rtl (self) ? -1 : 1;

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0)
    return FALSE;
  switch (keyval)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      return move_cursor (self, 0, -forward, extends);
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      return move_cursor (self, 0, forward, extends);
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return move_cursor (self, -1, 0, extends);
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return move_cursor (self, 1, 0, extends);
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      return move_cursor (self, 0, -N_SLOTS, extends);
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      return move_cursor (self, 0, N_SLOTS, extends);
    case GDK_KEY_1:
    case GDK_KEY_KP_1:
      return paint (self, BT_TIMETABLE_NORMAL);
    case GDK_KEY_2:
    case GDK_KEY_KP_2:
      return paint (self, BT_TIMETABLE_ALTERNATIVE);
    case GDK_KEY_3:
    case GDK_KEY_KP_3:
      return paint (self, BT_TIMETABLE_PAUSED);
    case GDK_KEY_space:
    case GDK_KEY_KP_Space:
      return paint (self, self->brush);
    default:
      return FALSE;
    }
}

/* --- Drawing --- */

static void
look_up_colors (FreshetTimetableGrid *self,
                GdkRGBA              *out_ink,
                GdkRGBA               out_colors[N_VALUES])
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));

  gtk_style_context_get_color (context, out_ink);
  for (guint i = 0; i < N_VALUES; i++)
    out_colors[i] = *out_ink;
  out_colors[BT_TIMETABLE_NORMAL].alpha = 0.1f;
  out_colors[BT_TIMETABLE_PAUSED].alpha = 0.55f;
  gtk_style_context_lookup_color (context, "accent_bg_color",
                                  &out_colors[BT_TIMETABLE_ALTERNATIVE]);
}

static void
draw_text (GtkSnapshot   *snapshot,
           PangoLayout   *layout,
           float          x,
           float          y,
           const GdkRGBA *ink)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, ink);
  gtk_snapshot_restore (snapshot);
}

/* Every third hour, or, where they would touch, every sixth. */
static void
draw_hours (FreshetTimetableGrid *self,
            GtkSnapshot          *snapshot,
            const GdkRGBA        *ink)
{
  guint step = get_x (self, 6) - get_x (self, 0) < 36 ? 6 : 3;

  for (guint hour = 0; hour < 24; hour += step)
    {
      FreshetHalfHour at = { 0, 2 * hour };
      graphene_rect_t area = get_area (self, at, at);
      g_autofree char *text = g_strdup_printf ("%u", hour);
      g_autoptr (PangoLayout) layout = make_label (self, text);
      float x = area.origin.x;
      int width;

      pango_layout_get_pixel_size (layout, &width, NULL);
      if (is_rtl (self))
        x += area.size.width - (float) width;
      draw_text (snapshot, layout, x, 0, ink);
    }
}

static void
draw_day_name (FreshetTimetableGrid *self,
               GtkSnapshot          *snapshot,
               guint                 row,
               const GdkRGBA        *ink)
{
  g_autofree char *name = freshet_timetable_dup_day (get_day (self, row), TRUE);
  g_autoptr (PangoLayout) layout = make_label (self, name);
  float y = (float) (get_heading_height (self) + (int) row * ROW_HEIGHT);
  float x = 0;
  int width;
  int height;

  pango_layout_get_pixel_size (layout, &width, &height);
  if (is_rtl (self))
    x = (float) (gtk_widget_get_width (GTK_WIDGET (self)) - width);
  draw_text (snapshot, layout, x, y + ((float) (ROW_HEIGHT - height)) / 2, ink);
}

/* Half hours of one value are one bar; a gap shows where an hour of six begins. */
static void
draw_day (FreshetTimetableGrid *self,
          GtkSnapshot          *snapshot,
          guint                 row,
          const GdkRGBA         colors[N_VALUES])
{
  const guint8 *slots = self->timetable.slots[get_day (self, row)];

  for (guint begin = 0, end; begin < N_SLOTS; begin = end)
    {
      graphene_rect_t area;

      for (end = begin + 1; end < N_SLOTS && end % 12 != 0 && slots[end] == slots[begin];)
        end++;
      area = get_area (self, (FreshetHalfHour) { row, begin }, (FreshetHalfHour) { row, end - 1 });
      area.size.height -= 2;
      /* A gap at the end of a quarter of the day. */
      if (end % 12 == 0)
        area.size.width -= 2;
      if (end % 12 == 0 && is_rtl (self))
        area.origin.x += 2;
      gtk_snapshot_append_color (snapshot, &colors[slots[begin]], &area);
    }
}

static void
draw_frame (FreshetTimetableGrid *self,
            GtkSnapshot          *snapshot,
            FreshetHalfHour       a,
            FreshetHalfHour       b,
            const GdkRGBA        *ink)
{
  graphene_rect_t area = get_area (self, a, b);
  const float widths[4] = { 2, 2, 2, 2 };
  const GdkRGBA inks[4] = { *ink, *ink, *ink, *ink };
  GskRoundedRect frame;

  graphene_rect_inset (&area, -1, -1);
  area.size.height -= 2;
  gsk_rounded_rect_init_from_rect (&frame, &area, 2);
  gtk_snapshot_append_border (snapshot, &frame, widths, inks);
}

static void
freshet_timetable_grid_snapshot (GtkWidget   *widget,
                                 GtkSnapshot *snapshot)
{
  FreshetTimetableGrid *self = FRESHET_TIMETABLE_GRID (widget);
  GdkRGBA colors[N_VALUES];
  GdkRGBA ink;

  look_up_colors (self, &ink, colors);
  draw_hours (self, snapshot, &ink);
  for (guint row = 0; row < N_DAYS; row++)
    {
      draw_day_name (self, snapshot, row, &ink);
      draw_day (self, snapshot, row, colors);
    }
  if (gtk_widget_has_focus (widget))
    draw_frame (self, snapshot, self->anchor, self->cursor, &ink);
}

static void
freshet_timetable_grid_measure (GtkWidget      *widget,
                                GtkOrientation  orientation,
                                int             for_size,
                                int            *minimum,
                                int            *natural,
                                int            *minimum_baseline,
                                int            *natural_baseline)
{
  FreshetTimetableGrid *self = FRESHET_TIMETABLE_GRID (widget);
  int labels = get_label_width (self);

  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = get_heading_height (self) + N_DAYS * ROW_HEIGHT;
  else
    {
      *minimum = labels + N_SLOTS * 3;
      *natural = labels + N_SLOTS * 10;
    }
}

/* --- Life --- */

static void
freshet_timetable_grid_get_property (GObject    *object,
                                     guint       property_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  FreshetTimetableGrid *self = FRESHET_TIMETABLE_GRID (object);

  switch (property_id)
    {
    case PROP_BRUSH:
      g_value_set_uint (value, self->brush);
      break;
    case PROP_DAYS:
      g_value_take_boxed (value, bt_timetable_to_strv (&self->timetable));
      break;
    case PROP_WORDS:
      g_value_set_string (value, self->words);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_timetable_grid_set_property (GObject      *object,
                                     guint         property_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  FreshetTimetableGrid *self = FRESHET_TIMETABLE_GRID (object);

  switch (property_id)
    {
    case PROP_BRUSH:
      self->brush = g_value_get_uint (value);
      break;
    case PROP_DAYS:
      set_days (self, g_value_get_boxed (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_timetable_grid_finalize (GObject *object)
{
  g_free (FRESHET_TIMETABLE_GRID (object)->words);

  G_OBJECT_CLASS (freshet_timetable_grid_parent_class)->finalize (object);
}

static void
freshet_timetable_grid_class_init (FreshetTimetableGridClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = freshet_timetable_grid_get_property;
  object_class->set_property = freshet_timetable_grid_set_property;
  object_class->finalize = freshet_timetable_grid_finalize;
  widget_class->measure = freshet_timetable_grid_measure;
  widget_class->snapshot = freshet_timetable_grid_snapshot;

  properties[PROP_BRUSH] = g_param_spec_uint ("brush", NULL, NULL, 0, N_VALUES - 1,
                                              BT_TIMETABLE_ALTERNATIVE,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_DAYS] =
      g_param_spec_boxed ("days", NULL, NULL, G_TYPE_STRV,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_WORDS] = g_param_spec_string ("words", NULL, NULL, NULL,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  gtk_widget_class_set_css_name (widget_class, "timetable");
}

static void
add_controllers (FreshetTimetableGrid *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect_swapped (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect_swapped (drag, "cancel", G_CALLBACK (drag_cancel_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect_swapped (motion, "enter", G_CALLBACK (enter_cb), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (tell), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (tell), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}

static void
freshet_timetable_grid_init (FreshetTimetableGrid *self)
{
  self->brush = BT_TIMETABLE_ALTERNATIVE;
  self->first_day = get_first_day ();
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  add_controllers (self);
  tell (self);
}
