/* freshet-table-start.c - tables begin with their first column also where text runs from the right
 *
 * GTK 4.8's column view scrolls from the left whatever the direction, so that it would begin with its last columns
 * there. Newer ones (4.18) scroll from the start: nothing is to be done with them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-table.h"

/* Lives as long as the view, which holds it. */
typedef struct
{
  /* borrowed */
  GtkWidget     *view;

  /* owned */
  GtkAdjustment *adjustment;  /* nullable: the view is in nothing that scrolls */

  /* values */
  double   before;            /* pixels of columns before those that are seen: of the start, not of the left */
  guint    idle;              /* a source id; 0: none */
  gboolean is_moving;         /* by us */
  gboolean is_known;          /* how the view scrolls */
  gboolean is_from_start;
} Start;

static gboolean
is_reversed (Start *start)
{
  return gtk_widget_get_direction (start->view) == GTK_TEXT_DIR_RTL;
}

/* The value at which the first column is seen, where columns run from the right. */
static double
get_start (Start *start)
{
  return gtk_adjustment_get_upper (start->adjustment) -
         gtk_adjustment_get_page_size (start->adjustment);
}

/* How the view scrolls: from where it has put its headings, once they do not fit. */
static void
look (Start *start)
{
  double value = gtk_adjustment_get_value (start->adjustment);
  double beyond = get_start (start);
  GtkWidget *headings = gtk_widget_get_first_child (start->view);
  graphene_rect_t place;

  if (start->is_known || beyond < 1 || headings == NULL ||
      !gtk_widget_compute_bounds (headings, start->view, &place))
    return;
  start->is_known = TRUE;
  start->is_from_start = ABS (place.origin.x - (value - beyond)) < ABS (place.origin.x + value);
}

static gboolean
move_cb (gpointer user_data)
{
  Start *start = user_data;

  start->idle = 0;
  look (start);
  if (start->is_from_start)
    return G_SOURCE_REMOVE;
  start->is_moving = TRUE;
  gtk_adjustment_set_value (start->adjustment, get_start (start) - start->before);
  start->is_moving = FALSE;
  return G_SOURCE_REMOVE;
}

/* The view changes it while it is allocated, and could not be allocated again in there. */
static void
size_changed_cb (Start *start)
{
  if (is_reversed (start) && start->idle == 0)
    start->idle = g_idle_add_full (G_PRIORITY_HIGH_IDLE, move_cb, start, NULL);
}

static void
value_changed_cb (Start *start)
{
  if (is_reversed (start) && !start->is_moving && start->idle == 0)
    start->before = get_start (start) - gtk_adjustment_get_value (start->adjustment);
}

static void
let_go (Start *start)
{
  g_clear_handle_id (&start->idle, g_source_remove);
  if (start->adjustment != NULL)
    g_signal_handlers_disconnect_by_data (start->adjustment, start);
  g_clear_object (&start->adjustment);
}

static void
adjustment_set_cb (Start *start)
{
  let_go (start);
  g_object_get (start->view, "hadjustment", &start->adjustment, NULL);
  if (start->adjustment == NULL)
    return;
  g_signal_connect_swapped (start->adjustment, "changed", G_CALLBACK (size_changed_cb), start);
  g_signal_connect_swapped (start->adjustment, "value-changed", G_CALLBACK (value_changed_cb),
                            start);
  size_changed_cb (start);
}

static void
start_free (gpointer data)
{
  let_go (data);
  g_free (data);
}

void
freshet_table_begin_at_start (GtkColumnView *view)
{
  Start *start = g_new0 (Start, 1);

  start->view = GTK_WIDGET (view);
  g_object_set_data_full (G_OBJECT (view), "start", start, start_free);
  g_signal_connect_swapped (view, "notify::hadjustment", G_CALLBACK (adjustment_set_cb), start);
  adjustment_set_cb (start);
}
