/* freshet-table-body.c - the headings of a table above a list of its rows, which move sideways together
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-table-body.h"

#define COLUMN "freshet-column"

struct _FreshetTableBody
{
  GtkWidget parent_instance;

  /* owned, nullable */
  GtkAdjustment *across;
  GtkAdjustment *down;

  /* borrowed: children */
  GtkWidget *header;
  GtkWidget *list;

  /* owned */
  GArray    *places;         /* of FreshetColumnPlace */

  /* values */
  int  first;                /* of the places that can be seen, and the one after the last */
  int  end;
  guint policy[2];           /* of no use here; GtkScrollable has them */
};

enum
{
  PROP_HEADER = 1,
  PROP_LIST,
  PROP_HADJUSTMENT,
  PROP_VADJUSTMENT,
  PROP_HSCROLL_POLICY,
  PROP_VSCROLL_POLICY
};

enum
{
  MOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (FreshetTableBody, freshet_table_body, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

/* --- Places --- */

void
freshet_table_body_set_info (GtkColumnViewColumn *column,
                             const FreshetColumn *info)
{
  g_object_set_data (G_OBJECT (column), COLUMN, (gpointer) info);
}

const FreshetColumn *
freshet_table_body_get_info (GtkColumnViewColumn *column)
{
  return g_object_get_data (G_OBJECT (column), COLUMN);
}

/* As GtkColumnView does it: what is left over is for those that expand. */
static GArray *
make_places (FreshetTableBody *self,
             int               width)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->header));
  guint n = g_list_model_get_n_items (columns);
  GArray *places = g_array_sized_new (FALSE, TRUE, sizeof (FreshetColumnPlace), n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      FreshetColumnPlace place = {
        .column = freshet_table_body_get_info (column),
        .width = gtk_column_view_column_get_fixed_width (column),
        .expands = gtk_column_view_column_get_expand (column),
      };

      g_array_append_val (places, place);
    }
  freshet_columns_place ((FreshetColumnPlace *) places->data, places->len, width,
                         gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL);
  return places;
}

static gboolean
is_same (GArray *a,
         GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const FreshetColumnPlace *first = &g_array_index (a, FreshetColumnPlace, i);
      const FreshetColumnPlace *second = &g_array_index (b, FreshetColumnPlace, i);

      if (first->column != second->column || first->x != second->x ||
          first->width != second->width)
        return FALSE;
    }
  return TRUE;
}

const FreshetColumnPlace *
freshet_table_body_get_places (FreshetTableBody *self,
                               gsize            *out_n_places)
{
  g_return_val_if_fail (FRESHET_IS_TABLE_BODY (self), NULL);

  *out_n_places = self->places->len;
  return (const FreshetColumnPlace *) self->places->data;
}

gboolean
freshet_table_body_is_in_view (FreshetTableBody         *self,
                               const FreshetColumnPlace *place)
{
  int from = (int) gtk_adjustment_get_value (self->across);

  g_return_val_if_fail (FRESHET_IS_TABLE_BODY (self), FALSE);

  return place->x + place->width > from &&
         place->x < from + gtk_widget_get_width (GTK_WIDGET (self));
}

/* TRUE: others than before. */
static gboolean
look_at_view (FreshetTableBody *self)
{
  int first = -1;
  int end = -1;

  for (int i = 0; i < (int) self->places->len; i++)
    if (freshet_table_body_is_in_view (self, &g_array_index (self->places, FreshetColumnPlace, i)))
      {
        first = first < 0 ? i : first;
        end = i + 1;
      }
  if (first == self->first && end == self->end)
    return FALSE;
  self->first = first;
  self->end = end;
  return TRUE;
}

/* --- Sideways --- */

/* From right to left, what stays where it is is the distance to the right edge. */
static void
set_range (FreshetTableBody *self,
           int               width,
           int               page)
{
  double value = gtk_adjustment_get_value (self->across);
  double upper = gtk_adjustment_get_upper (self->across);
  double old_page = gtk_adjustment_get_page_size (self->across);

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    value = width - page - (upper - old_page - value);
  value = CLAMP (value, 0, MAX (0, width - page));
  gtk_adjustment_configure (self->across, value, 0, width, page * 0.1, page * 0.9, page);
}

gboolean
freshet_table_body_step (FreshetTableBody *self,
                         gboolean          is_to_right)
{
  double step;

  g_return_val_if_fail (FRESHET_IS_TABLE_BODY (self), FALSE);

  if (gtk_adjustment_get_upper (self->across) <= gtk_adjustment_get_page_size (self->across))
    return FALSE;
  step = gtk_adjustment_get_step_increment (self->across);
  gtk_adjustment_set_value (self->across, gtk_adjustment_get_value (self->across) +
                                            (is_to_right ? step : -step));
  return TRUE;
}

static void
set_adjustment (FreshetTableBody  *self,
                GtkAdjustment    **own,
                GtkAdjustment     *adjustment)
{
  if (adjustment == NULL)
    adjustment = gtk_adjustment_new (0, 0, 0, 0, 0, 0);
  g_object_ref_sink (adjustment);
  if (*own != NULL)
    {
      g_signal_handlers_disconnect_by_data (*own, self);
      g_object_unref (*own);
    }
  *own = adjustment;
  if (own == &self->across)
    g_signal_connect_swapped (adjustment, "value-changed", G_CALLBACK (gtk_widget_queue_allocate),
                              self);
  else
    gtk_scrollable_set_vadjustment (GTK_SCROLLABLE (self->list), adjustment);
}

/* --- Layout --- */

static GtkSizeRequestMode
freshet_table_body_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
freshet_table_body_measure (GtkWidget      *widget,
                            GtkOrientation  orientation,
                            int             for_size,
                            int            *minimum,
                            int            *natural,
                            int            *minimum_baseline,
                            int            *natural_baseline)
{
  FreshetTableBody *self = FRESHET_TABLE_BODY (widget);
  int list_minimum, list_natural;

  gtk_widget_measure (self->header, orientation, -1, minimum, natural, NULL, NULL);
  gtk_widget_measure (self->list, orientation, -1, &list_minimum, &list_natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  *minimum = *natural + list_minimum;
  *natural += list_natural;
}

static void
freshet_table_body_size_allocate (GtkWidget *widget,
                                  int        width,
                                  int        height,
                                  int        baseline)
{
  FreshetTableBody *self = FRESHET_TABLE_BODY (widget);
  g_autoptr (GArray) old = self->places;
  int full, header_height, x;

  gtk_widget_measure (self->header, GTK_ORIENTATION_HORIZONTAL, -1, &full, NULL, NULL, NULL);
  gtk_widget_measure (self->header, GTK_ORIENTATION_VERTICAL, -1, NULL, &header_height, NULL,
                      NULL);
  full = MAX (full, width);
  self->places = make_places (self, full);
  set_range (self, full, width);
  x = -(int) gtk_adjustment_get_value (self->across);
  if (look_at_view (self) || !is_same (old, self->places))
    g_signal_emit (self, signals[MOVED], 0);
  gtk_widget_size_allocate (self->header, &(GtkAllocation) { x, 0, full, header_height }, -1);
  gtk_widget_size_allocate (
      self->list,
      &(GtkAllocation) { x, header_height, full, MAX (0, height - header_height) }, -1);
}

/* --- Life --- */

static void
freshet_table_body_set_property (GObject      *object,
                                 guint         id,
                                 const GValue *value,
                                 GParamSpec   *spec)
{
  FreshetTableBody *self = FRESHET_TABLE_BODY (object);

  switch (id)
    {
    case PROP_HEADER:
      self->header = g_value_get_object (value);
      break;
    case PROP_LIST:
      self->list = g_value_get_object (value);
      break;
    case PROP_HADJUSTMENT:
      set_adjustment (self, &self->across, g_value_get_object (value));
      break;
    case PROP_VADJUSTMENT:
      set_adjustment (self, &self->down, g_value_get_object (value));
      break;
    case PROP_HSCROLL_POLICY:
    case PROP_VSCROLL_POLICY:
      self->policy[id - PROP_HSCROLL_POLICY] = (guint) g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
freshet_table_body_get_property (GObject    *object,
                                 guint       id,
                                 GValue     *value,
                                 GParamSpec *spec)
{
  FreshetTableBody *self = FRESHET_TABLE_BODY (object);

  switch (id)
    {
    case PROP_HEADER:
      g_value_set_object (value, self->header);
      break;
    case PROP_LIST:
      g_value_set_object (value, self->list);
      break;
    case PROP_HADJUSTMENT:
      g_value_set_object (value, self->across);
      break;
    case PROP_VADJUSTMENT:
      g_value_set_object (value, self->down);
      break;
    case PROP_HSCROLL_POLICY:
    case PROP_VSCROLL_POLICY:
      g_value_set_enum (value, (int) self->policy[id - PROP_HSCROLL_POLICY]);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

/* The column view's own list is empty: nobody has to pass it with the Tab key. */
static void
hide_own_list (GtkWidget *header)
{
  for (GtkWidget *child = gtk_widget_get_first_child (header); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_LIST_VIEW (child))
      gtk_widget_set_visible (child, FALSE);
}

static void
freshet_table_body_constructed (GObject *object)
{
  FreshetTableBody *self = FRESHET_TABLE_BODY (object);

  G_OBJECT_CLASS (freshet_table_body_parent_class)->constructed (object);

  gtk_widget_set_parent (self->header, GTK_WIDGET (self));
  gtk_widget_set_parent (self->list, GTK_WIDGET (self));
  hide_own_list (self->header);
}

static void
freshet_table_body_dispose (GObject *object)
{
  FreshetTableBody *self = FRESHET_TABLE_BODY (object);

  if (self->across != NULL)
    g_signal_handlers_disconnect_by_data (self->across, self);
  g_clear_object (&self->across);
  g_clear_object (&self->down);
  g_clear_pointer (&self->header, gtk_widget_unparent);
  g_clear_pointer (&self->list, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_table_body_parent_class)->dispose (object);
}

static void
freshet_table_body_finalize (GObject *object)
{
  g_array_unref (FRESHET_TABLE_BODY (object)->places);

  G_OBJECT_CLASS (freshet_table_body_parent_class)->finalize (object);
}

static void
freshet_table_body_class_init (FreshetTableBodyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags once =
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = freshet_table_body_set_property;
  object_class->get_property = freshet_table_body_get_property;
  object_class->constructed = freshet_table_body_constructed;
  object_class->dispose = freshet_table_body_dispose;
  object_class->finalize = freshet_table_body_finalize;
  widget_class->get_request_mode = freshet_table_body_get_request_mode;
  widget_class->measure = freshet_table_body_measure;
  widget_class->size_allocate = freshet_table_body_size_allocate;

  g_object_class_install_property (
      object_class, PROP_HEADER,
      g_param_spec_object ("header", NULL, NULL, GTK_TYPE_COLUMN_VIEW, once));
  g_object_class_install_property (
      object_class, PROP_LIST,
      g_param_spec_object ("list", NULL, NULL, GTK_TYPE_LIST_VIEW, once));
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VSCROLL_POLICY, "vscroll-policy");

  signals[MOVED] = g_signal_new ("moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
freshet_table_body_init (FreshetTableBody *self)
{
  self->places = g_array_new (FALSE, TRUE, sizeof (FreshetColumnPlace));
  self->first = self->end = -1;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
