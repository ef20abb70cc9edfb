/* freshet-wrap-layout.c - children one behind the other, in as many lines as that takes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-wrap-layout.h"

struct _FreshetWrapLayout
{
  GtkLayoutManager parent_instance;

  int spacing;
};

G_DEFINE_FINAL_TYPE (FreshetWrapLayout, freshet_wrap_layout, GTK_TYPE_LAYOUT_MANAGER)

static void
place (GtkWidget *child,
       int        x,
       int        y,
       int        child_width,
       int        child_height,
       int        width)
{
  GtkAllocation allocation = { x, y, child_width, child_height };

  if (gtk_widget_get_direction (gtk_widget_get_parent (child)) == GTK_TEXT_DIR_RTL)
    allocation.x = width - x - child_width;
  gtk_widget_size_allocate (child, &allocation, -1);
}

/* The height that all lines take; children are put there with `is_placing`. */
static int
arrange (FreshetWrapLayout *self,
         GtkWidget         *widget,
         int                width,
         gboolean           is_placing)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);
  int x = 0;
  int y = 0;
  int line_height = 0;

  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int child_width;
      int child_height;
      int minimum;

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &child_width, NULL,
                          NULL);
      child_width = MAX (MIN (child_width, width), minimum);
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, child_width, NULL, &child_height, NULL,
                          NULL);
      if (x > 0 && x + child_width > width)
        {
          x = 0;
          y += line_height + self->spacing;
          line_height = 0;
        }
      if (is_placing)
        place (child, x, y, child_width, child_height, width);
      x += child_width + self->spacing;
      line_height = MAX (line_height, child_height);
    }
  return y + line_height;
}

static void
freshet_wrap_layout_measure (GtkLayoutManager *manager,
                             GtkWidget        *widget,
                             GtkOrientation    orientation,
                             int               for_size,
                             int              *minimum,
                             int              *natural,
                             int              *minimum_baseline,
                             int              *natural_baseline)
{
  FreshetWrapLayout *self = FRESHET_WRAP_LAYOUT (manager);
  GtkWidget *child = gtk_widget_get_first_child (widget);
  int widest = 0;
  int all = 0;

  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int child_minimum;
      int child_natural;

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &child_minimum, &child_natural,
                          NULL, NULL);
      widest = MAX (widest, child_minimum);
      all += child_natural + (all > 0 ? self->spacing : 0);
    }
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = widest;
      *natural = MAX (all, widest);
    }
  else
    *minimum = *natural = arrange (self, widget, for_size < 0 ? all : for_size, FALSE);
}

static void
freshet_wrap_layout_allocate (GtkLayoutManager *manager,
                              GtkWidget        *widget,
                              int               width,
                              int               height,
                              int               baseline)
{
  arrange (FRESHET_WRAP_LAYOUT (manager), widget, width, TRUE);
}

static GtkSizeRequestMode
freshet_wrap_layout_get_request_mode (GtkLayoutManager *manager,
                                      GtkWidget        *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
freshet_wrap_layout_class_init (FreshetWrapLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->get_request_mode = freshet_wrap_layout_get_request_mode;
  manager_class->measure = freshet_wrap_layout_measure;
  manager_class->allocate = freshet_wrap_layout_allocate;
}

static void
freshet_wrap_layout_init (FreshetWrapLayout *self)
{
}

GtkLayoutManager *
freshet_wrap_layout_new (int spacing)
{
  FreshetWrapLayout *self = g_object_new (FRESHET_TYPE_WRAP_LAYOUT, NULL);

  self->spacing = spacing;
  return GTK_LAYOUT_MANAGER (self);
}
