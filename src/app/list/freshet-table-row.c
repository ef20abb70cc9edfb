/* freshet-table-row.c - one torrent in the table: the texts of its columns, drawn by one widget
 *
 * A widget for each cell would be hundreds of them for what is seen of a table, each with a style to be found and a
 * size to be asked for. Only columns that are seen have a text.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-table-row.h"

#include "freshet-bar.h"
#include "freshet-told.h"

#include <string.h>

/* As the headings have it: beside a text, and a border that nobody sees, which the first has not. */
#define PADDING  6
#define BORDER   1
#define PADDING_Y 6
/* Between the bar and its percents, and these, in digits. */
#define SPACING  6
#define N_DIGITS 7

typedef struct
{
  const FreshetColumn *column;
  char                *text;    /* owned, nullable */
  PangoLayout         *layout;  /* owned, nullable: of the text */
} Cell;

struct _FreshetTableRow
{
  GtkWidget parent_instance;

  /* owned */
  BtTorrent *torrent;    /* nullable */
  GArray    *cells;      /* of Cell: as many as the body has places */

  /* borrowed */
  FreshetTableBody *body;
  GtkWidget        *bar; /* nullable: a child */

  /* values */
  FreshetTold told;
};

G_DEFINE_FINAL_TYPE (FreshetTableRow, freshet_table_row, GTK_TYPE_WIDGET)

static void
clear_cell (gpointer data)
{
  Cell *cell = data;

  g_clear_pointer (&cell->text, g_free);
  g_clear_object (&cell->layout);
}

static gboolean
is_bar (const FreshetColumn *column)
{
  return g_str_equal (column->id, "progress");
}

static gboolean
is_mirrored (FreshetTableRow *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* --- Texts --- */

/* The cells are those of the body's columns. */
static void
match_columns (FreshetTableRow *self)
{
  gsize n;
  const FreshetColumnPlace *places = freshet_table_body_get_places (self->body, &n);
  gboolean has_bar = FALSE;

  if (self->cells->len != n)
    g_array_set_size (self->cells, (guint) n);
  for (gsize i = 0; i < n; i++)
    {
      Cell *cell = &g_array_index (self->cells, Cell, i);

      if (cell->column != places[i].column)
        clear_cell (cell);
      cell->column = places[i].column;
      has_bar |= is_bar (cell->column);
    }
  if (has_bar && self->bar == NULL)
    {
      self->bar = freshet_bar_new ();
      gtk_widget_set_parent (self->bar, GTK_WIDGET (self));
    }
  else if (!has_bar)
    g_clear_pointer (&self->bar, gtk_widget_unparent);
}

static void
show_cell (FreshetTableRow *self,
           Cell            *cell)
{
  g_autofree char *text = cell->column->format (self->torrent);

  if (g_strcmp0 (text, cell->text) == 0)
    return;
  g_free (cell->text);
  cell->text = g_steal_pointer (&text);
  if (cell->layout != NULL)
    pango_layout_set_text (cell->layout, cell->text != NULL ? cell->text : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
show (FreshetTableRow *self)
{
  gsize n;
  const FreshetColumnPlace *places = freshet_table_body_get_places (self->body, &n);

  match_columns (self);
  for (gsize i = 0; i < n; i++)
    if (freshet_table_body_is_in_view (self->body, &places[i]))
      show_cell (self, &g_array_index (self->cells, Cell, i));
  if (self->bar != NULL)
    freshet_bar_set_torrent (FRESHET_BAR (self->bar), self->torrent);
}

static void
torrent_changed_cb (FreshetTableRow *self)
{
  show (self);
  freshet_told_tell (&self->told, GTK_WIDGET (self), self->torrent, FALSE);
}

void
freshet_table_row_set_torrent (FreshetTableRow *self,
                               BtTorrent       *torrent)
{
  g_return_if_fail (FRESHET_IS_TABLE_ROW (self));

  if (self->torrent != NULL)
    g_signal_handlers_disconnect_by_func (self->torrent, torrent_changed_cb, self);
  g_set_object (&self->torrent, torrent);
  if (torrent == NULL)
    return;
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (torrent_changed_cb), self);
  show (self);
  freshet_told_tell (&self->told, GTK_WIDGET (self), torrent, TRUE);
}

void
freshet_table_row_set_moved (FreshetTableRow *self)
{
  g_return_if_fail (FRESHET_IS_TABLE_ROW (self));

  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->torrent != NULL)
    show (self);
}

/* --- Drawing --- */

static PangoLayout *
get_layout (FreshetTableRow *self,
            Cell            *cell)
{
  PangoAttrList *attributes;

  if (cell->layout != NULL)
    return cell->layout;
  cell->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), cell->text);
  pango_layout_set_ellipsize (cell->layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (cell->layout, TRUE);
  if (!cell->column->is_numeric && !is_bar (cell->column))
    return cell->layout;
  attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (cell->layout, attributes);
  pango_attr_list_unref (attributes);
  return cell->layout;
}

static int
get_percent_width (FreshetTableRow *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int width = pango_font_metrics_get_approximate_digit_width (metrics);

  pango_font_metrics_unref (metrics);
  return N_DIGITS * PANGO_PIXELS_CEIL (width);
}

/* Without what is beside the contents. */
static FreshetColumnPlace
get_inside (const FreshetColumnPlace *place)
{
  FreshetColumnPlace inside = *place;
  int border = place->x > 0 ? BORDER : 0;

  inside.x += PADDING + border;
  inside.width -= 2 * PADDING + border;
  return inside;
}

static void
append_text (FreshetTableRow          *self,
             GtkSnapshot              *snapshot,
             const FreshetColumnPlace *place,
             Cell                     *cell,
             const GdkRGBA            *colour)
{
  FreshetColumnPlace inside = get_inside (place);
  gboolean is_at_end = cell->column->is_numeric || is_bar (cell->column);
  PangoLayout *layout = get_layout (self, cell);
  PangoRectangle extents;
  int x;

  if (is_bar (cell->column))
    {
      int width = MIN (inside.width, get_percent_width (self));

      inside.x += is_mirrored (self) ? 0 : inside.width - width;
      inside.width = width;
    }
  if (inside.width <= 0)
    return;
  pango_layout_set_width (layout, inside.width * PANGO_SCALE);
  pango_layout_get_pixel_extents (layout, NULL, &extents);
  x = inside.x - extents.x;
  if (is_at_end != is_mirrored (self))
    x += inside.width - extents.width;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT ((float) x, (float) ((gtk_widget_get_height (GTK_WIDGET (self)) -
                                                 extents.height) / 2)));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
freshet_table_row_snapshot (GtkWidget   *widget,
                            GtkSnapshot *snapshot)
{
  FreshetTableRow *self = FRESHET_TABLE_ROW (widget);
  gsize n;
  const FreshetColumnPlace *places = freshet_table_body_get_places (self->body, &n);
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  for (gsize i = 0; i < MIN (n, self->cells->len); i++)
    {
      Cell *cell = &g_array_index (self->cells, Cell, i);

      if (cell->text != NULL && *cell->text != '\0' &&
          freshet_table_body_is_in_view (self->body, &places[i]))
        append_text (self, snapshot, &places[i], cell, &colour);
    }
  if (self->bar != NULL)
    gtk_widget_snapshot_child (widget, self->bar, snapshot);
}

/* --- Layout --- */

static void
freshet_table_row_measure (GtkWidget      *widget,
                           GtkOrientation  orientation,
                           int             for_size,
                           int            *minimum,
                           int            *natural,
                           int            *minimum_baseline,
                           int            *natural_baseline)
{
  PangoFontMetrics *metrics;

  *minimum = *natural = 0;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  metrics = pango_context_get_metrics (gtk_widget_get_pango_context (widget), NULL, NULL);
  *minimum = *natural = 2 * PADDING_Y + PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  pango_font_metrics_unref (metrics);
}

static void
freshet_table_row_size_allocate (GtkWidget *widget,
                                 int        width,
                                 int        height,
                                 int        baseline)
{
  FreshetTableRow *self = FRESHET_TABLE_ROW (widget);
  gsize n;
  const FreshetColumnPlace *places = freshet_table_body_get_places (self->body, &n);
  int least, high;

  for (gsize i = 0; i < n && self->bar != NULL; i++)
    {
      FreshetColumnPlace inside = get_inside (&places[i]);
      int beside = get_percent_width (self) + SPACING;

      if (!is_bar (places[i].column))
        continue;
      gtk_widget_measure (self->bar, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
      gtk_widget_measure (self->bar, GTK_ORIENTATION_VERTICAL, -1, NULL, &high, NULL, NULL);
      gtk_widget_set_child_visible (self->bar, inside.width - beside >= least);
      gtk_widget_size_allocate (self->bar,
                                &(GtkAllocation) { inside.x + (is_mirrored (self) ? beside : 0),
                                                   (height - high) / 2,
                                                   MAX (least, inside.width - beside), high },
                                -1);
    }
}

/* --- Life --- */

static void
freshet_table_row_dispose (GObject *object)
{
  FreshetTableRow *self = FRESHET_TABLE_ROW (object);

  freshet_table_row_set_torrent (self, NULL);
  g_clear_pointer (&self->bar, gtk_widget_unparent);
  g_clear_pointer (&self->cells, g_array_unref);

  G_OBJECT_CLASS (freshet_table_row_parent_class)->dispose (object);
}

static void
freshet_table_row_class_init (FreshetTableRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = freshet_table_row_dispose;

  widget_class->measure = freshet_table_row_measure;
  widget_class->size_allocate = freshet_table_row_size_allocate;
  widget_class->snapshot = freshet_table_row_snapshot;

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
freshet_table_row_init (FreshetTableRow *self)
{
  self->cells = g_array_new (FALSE, TRUE, sizeof (Cell));
  g_array_set_clear_func (self->cells, clear_cell);
}

GtkWidget *
freshet_table_row_new (FreshetTableBody *body)
{
  FreshetTableRow *self = g_object_new (FRESHET_TYPE_TABLE_ROW, NULL);

  self->body = body;
  return GTK_WIDGET (self);
}
