/* freshet-columns-layout.c - children side by side in equal columns, as many as fit
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-columns-layout.h"

#define MAX_SIZE 10000

struct _FreshetColumnsLayout
{
  GtkLayoutManager parent_instance;

  /* values */
  int min_width;
  int max_columns;
  int spacing;
  int row_spacing;
};

G_DEFINE_FINAL_TYPE (FreshetColumnsLayout, freshet_columns_layout, GTK_TYPE_LAYOUT_MANAGER)

enum
{
  PROP_MIN_WIDTH = 1,
  PROP_MAX_COLUMNS,
  PROP_SPACING,
  PROP_ROW_SPACING,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static GtkWidget *
skip_hidden (GtkWidget *child)
{
  while (child != NULL && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static GtkWidget *
get_first (GtkWidget *widget)
{
  return skip_hidden (gtk_widget_get_first_child (widget));
}

static GtkWidget *
get_next (GtkWidget *child)
{
  return skip_hidden (gtk_widget_get_next_sibling (child));
}

static int
count_columns (FreshetColumnsLayout *self,
               int                   width)
{
  return CLAMP ((width + self->spacing) / (self->min_width + self->spacing), 1, self->max_columns);
}

static int
get_column_width (FreshetColumnsLayout *self,
                  int                   width)
{
  int n_columns = count_columns (self, width);

  return (width - (n_columns - 1) * self->spacing) / n_columns;
}

static int
measure_height (GtkWidget *child,
                int        width)
{
  int minimum;
  int natural;
  int least;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, MAX (width, least), &minimum, &natural, NULL,
                      NULL);
  return natural;
}

/* The height of the row that begins with `child`; tells what the next one begins with. */
static int
measure_row (FreshetColumnsLayout  *self,
             GtkWidget             *child,
             int                    width,
             GtkWidget            **out_next)
{
  int n_columns = count_columns (self, width);
  int column_width = get_column_width (self, width);
  int height = 0;

  for (int i = 0; i < n_columns && child != NULL; i++, child = get_next (child))
    height = MAX (height, measure_height (child, column_width));
  *out_next = child;
  return height;
}

static void
measure_width (FreshetColumnsLayout *self,
               GtkWidget            *widget,
               int                  *minimum,
               int                  *natural)
{
  int width;

  for (GtkWidget *child = get_first (widget); child != NULL; child = get_next (child))
    {
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
      *minimum = MAX (*minimum, width);
    }
  *natural = MAX (*minimum, self->min_width);
}

static void
freshet_columns_layout_measure (GtkLayoutManager *manager,
                                GtkWidget        *widget,
                                GtkOrientation    orientation,
                                int               for_size,
                                int              *minimum,
                                int              *natural,
                                int              *minimum_baseline,
                                int              *natural_baseline)
{
  FreshetColumnsLayout *self = FRESHET_COLUMNS_LAYOUT (manager);
  int width = 0;
  int height = 0;
  GtkWidget *next;

  *minimum = *natural = 0;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      measure_width (self, widget, minimum, natural);
      return;
    }
  if (for_size < 0)
    measure_width (self, widget, &width, &for_size);
  for (GtkWidget *child = get_first (widget); child != NULL; child = next)
    height += measure_row (self, child, for_size, &next) + (next != NULL ? self->row_spacing : 0);
  *minimum = *natural = height;
}

static void
freshet_columns_layout_allocate (GtkLayoutManager *manager,
                                 GtkWidget        *widget,
                                 int               width,
                                 int               height,
                                 int               baseline)
{
  FreshetColumnsLayout *self = FRESHET_COLUMNS_LAYOUT (manager);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int column_width = get_column_width (self, width);
  int y = 0;
  GtkWidget *next;

  for (GtkWidget *child = get_first (widget); child != NULL; child = next)
    {
      int row_height = measure_row (self, child, width, &next);
      int x = 0;

      for (; child != next; child = get_next (child), x += column_width + self->spacing)
        gtk_widget_size_allocate (
            child,
            &(GtkAllocation) { is_rtl ? width - x - column_width : x, y, column_width, row_height },
            -1);
      y += row_height + self->row_spacing;
    }
}

static GtkSizeRequestMode
freshet_columns_layout_get_request_mode (GtkLayoutManager *manager,
                                         GtkWidget        *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static int *
get_field (FreshetColumnsLayout *self,
           guint                 property_id)
{
  switch (property_id)
    {
    case PROP_MIN_WIDTH:
      return &self->min_width;
    case PROP_MAX_COLUMNS:
      return &self->max_columns;
    case PROP_SPACING:
      return &self->spacing;
    case PROP_ROW_SPACING:
      return &self->row_spacing;
    default:
      g_assert_not_reached ();
    }
}

static void
freshet_columns_layout_set_property (GObject      *object,
                                     guint         property_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  *get_field (FRESHET_COLUMNS_LAYOUT (object), property_id) = g_value_get_int (value);
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (object));
}

static void
freshet_columns_layout_get_property (GObject    *object,
                                     guint       property_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  g_value_set_int (value, *get_field (FRESHET_COLUMNS_LAYOUT (object), property_id));
}

static void
freshet_columns_layout_class_init (FreshetColumnsLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkLayoutManagerClass *layout_class = GTK_LAYOUT_MANAGER_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = freshet_columns_layout_set_property;
  object_class->get_property = freshet_columns_layout_get_property;
  layout_class->measure = freshet_columns_layout_measure;
  layout_class->allocate = freshet_columns_layout_allocate;
  layout_class->get_request_mode = freshet_columns_layout_get_request_mode;

  properties[PROP_MIN_WIDTH] =
      g_param_spec_int ("min-width", NULL, NULL, 1, MAX_SIZE, 100, flags);
  properties[PROP_MAX_COLUMNS] =
      g_param_spec_int ("max-columns", NULL, NULL, 1, MAX_SIZE, MAX_SIZE, flags);
  properties[PROP_SPACING] = g_param_spec_int ("spacing", NULL, NULL, 0, MAX_SIZE, 0, flags);
  properties[PROP_ROW_SPACING] =
      g_param_spec_int ("row-spacing", NULL, NULL, 0, MAX_SIZE, 0, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_columns_layout_init (FreshetColumnsLayout *self)
{
  self->min_width = 100;
  self->max_columns = MAX_SIZE;
}
