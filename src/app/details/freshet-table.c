/* freshet-table.c - tables of the details: columns by a list of what their cells say, kept up to date in place
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-table.h"

#include <glib/gi18n.h>

#define BAR_WIDTH 48           /* pixels, the least */
#define PERCENT_CHARS 6        /* "100 %", whose sign is a wide one */
#define USUAL_DPI (96 * 1024)  /* as GTK counts: text that is not made larger */

/* Lives as long as its label, which holds it. */
typedef struct
{
  /* owned */
  gpointer item;             /* nullable */

  /* borrowed */
  const FreshetTableColumn *column;
  GtkLabel                 *label;
  GtkProgressBar           *bar;   /* nullable */

  /* values */
  unsigned long handler;     /* of `changed` */
} Cell;

gpointer
freshet_table_unwrap (gpointer item)
{
  gpointer inner;

  if (!GTK_IS_TREE_LIST_ROW (item))
    return item;
  /* The tree holds it. */
  inner = gtk_tree_list_row_get_item (item);
  g_object_unref (inner);
  return inner;
}

void
freshet_table_mark_cell (GtkListItem *list_item)
{
  g_object_set_data (G_OBJECT (gtk_list_item_get_child (list_item)), FRESHET_TABLE_ITEM, list_item);
}

/* --- Cells --- */

static void
refresh (Cell *cell)
{
  const FreshetTableColumn *column = cell->column;
  g_autofree char *text = column->format (cell->item);

  if (cell->bar != NULL)
    {
      double fraction = CLAMP (column->get_fraction (cell->item), 0, 1);

      if (gtk_progress_bar_get_fraction (cell->bar) != fraction)
        gtk_progress_bar_set_fraction (cell->bar, fraction);
    }
  if (g_strcmp0 (gtk_label_get_text (cell->label), text) == 0)
    return;
  gtk_label_set_text (cell->label, text);
  if (column->explain != NULL)
    {
      g_autofree char *words = column->explain (cell->item);

      gtk_accessible_update_property (GTK_ACCESSIBLE (cell->label), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      words, -1);
    }
}

/* Made when somebody asks, not with every change. What is cut off is told in full. */
static gboolean
query_tooltip_cb (GtkWidget  *label,
                  int         x,
                  int         y,
                  gboolean    is_keyboard,
                  GtkTooltip *tooltip,
                  gpointer    user_data)
{
  Cell *cell = user_data;
  g_autofree char *words = NULL;

  if (cell->item == NULL)
    return FALSE;
  if (cell->column->explain != NULL)
    words = cell->column->explain (cell->item);
  else if (pango_layout_is_ellipsized (gtk_label_get_layout (cell->label)))
    words = g_strdup (gtk_label_get_text (cell->label));
  gtk_tooltip_set_text (tooltip, words);
  return words != NULL && *words != '\0';
}

static void
let_go (Cell *cell)
{
  if (cell->item != NULL)
    g_signal_handler_disconnect (cell->item, cell->handler);
  g_clear_object (&cell->item);
}

static void
cell_free (gpointer data)
{
  let_go (data);
  g_free (data);
}

static GtkWidget *
make_bar (Cell *cell)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *bar = gtk_progress_bar_new ();

  cell->bar = GTK_PROGRESS_BAR (bar);
  gtk_widget_set_size_request (bar, BAR_WIDTH, -1);
  gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (bar, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _(cell->column->title), -1);
  gtk_label_set_width_chars (cell->label, PERCENT_CHARS);
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (cell->label));
  return box;
}

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *list_item,
          gpointer                  user_data)
{
  Cell *cell = g_new0 (Cell, 1);
  GtkWidget *label = gtk_label_new (NULL);
  gboolean is_numeric;

  cell->column = user_data;
  cell->label = GTK_LABEL (label);
  is_numeric = cell->column->is_numeric || cell->column->get_fraction != NULL;
  gtk_label_set_xalign (cell->label, is_numeric ? 1 : 0);
  gtk_label_set_ellipsize (cell->label, PANGO_ELLIPSIZE_END);
  if (is_numeric)
    gtk_widget_add_css_class (label, "numeric");
  gtk_widget_set_has_tooltip (label, TRUE);
  g_signal_connect (label, "query-tooltip", G_CALLBACK (query_tooltip_cb), cell);
  g_object_set_data_full (G_OBJECT (label), "cell", cell, cell_free);
  g_object_set_data (G_OBJECT (list_item), "cell", cell);
  gtk_list_item_set_child (list_item,
                           cell->column->get_fraction != NULL ? make_bar (cell) : label);
  freshet_table_mark_cell (list_item);
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *list_item)
{
  Cell *cell = g_object_get_data (G_OBJECT (list_item), "cell");

  let_go (cell);
  cell->item = g_object_ref (freshet_table_unwrap (gtk_list_item_get_item (list_item)));
  cell->handler = g_signal_connect_swapped (cell->item, "changed", G_CALLBACK (refresh), cell);
  refresh (cell);
}

static void
unbind_cb (GtkSignalListItemFactory *factory,
           GtkListItem              *list_item)
{
  let_go (g_object_get_data (G_OBJECT (list_item), "cell"));
}

/* --- Columns --- */

int
freshet_table_scale_width (int width)
{
  int dpi;

  g_object_get (gtk_settings_get_default (), "gtk-xft-dpi", &dpi, NULL);
  if (width <= 0 || dpi <= USUAL_DPI)
    return width;
  return (int) ((gint64) width * dpi / USUAL_DPI);
}

static int
compare (gconstpointer a,
         gconstpointer b,
         gpointer      user_data)
{
  const FreshetTableColumn *column = user_data;

  return column->compare (a, b);
}

static GPtrArray *
get_dynamic (GtkColumnView *view)
{
  GPtrArray *sorters = g_object_get_data (G_OBJECT (view), "dynamic-sorters");

  if (sorters == NULL)
    {
      sorters = g_ptr_array_new_with_free_func (g_object_unref);
      g_object_set_data_full (G_OBJECT (view), "dynamic-sorters", sorters,
                              (GDestroyNotify) g_ptr_array_unref);
    }
  return sorters;
}

static void
add_column (GtkColumnView            *view,
            const FreshetTableColumn *column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *result;

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), (gpointer) column);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  result = gtk_column_view_column_new (_(column->title), factory);
  gtk_column_view_column_set_resizable (result, TRUE);
  gtk_column_view_column_set_expand (result, column->is_expanding);
  gtk_column_view_column_set_fixed_width (result, freshet_table_scale_width (column->width));
  if (column->compare != NULL)
    {
      GtkCustomSorter *sorter = gtk_custom_sorter_new (compare, (gpointer) column, NULL);

      gtk_column_view_column_set_sorter (result, GTK_SORTER (sorter));
      if (column->is_dynamic)
        g_ptr_array_add (get_dynamic (view), g_object_ref (sorter));
      g_object_unref (sorter);
    }
  gtk_column_view_append_column (view, result);
  g_object_unref (result);
}

void
freshet_table_add_columns (GtkColumnView            *view,
                           const FreshetTableColumn *columns,
                           gsize                     n_columns)
{
  for (gsize i = 0; i < n_columns; i++)
    add_column (view, &columns[i]);
}

void
freshet_table_fill (GtkColumnView            *view,
                    GListModel               *items,
                    const FreshetTableColumn *columns,
                    gsize                     n_columns,
                    GCallback                 selection_changed,
                    GtkWidget                *owner,
                    GMenuModel               *menu)
{
  GtkMultiSelection *selection = gtk_multi_selection_new (g_object_ref (items));

  freshet_table_add_columns (view, columns, n_columns);
  gtk_column_view_set_model (view, GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (selection, "selection-changed", selection_changed, owner,
                           G_CONNECT_SWAPPED);
  g_object_unref (selection);
  freshet_table_begin_at_start (view);
  freshet_table_add_menu (view, owner, menu);
}

void
freshet_table_sort_again (GtkColumnView *view)
{
  GPtrArray *sorters = get_dynamic (view);

  for (guint i = 0; i < sorters->len; i++)
    gtk_sorter_changed (g_ptr_array_index (sorters, i), GTK_SORTER_CHANGE_DIFFERENT);
}

GPtrArray *
freshet_table_dup_selected (GtkColumnView *view)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  GtkSelectionModel *model = gtk_column_view_get_model (view);
  g_autoptr (GtkBitset) set = NULL;
  GtkBitsetIter iter;
  guint position;

  if (model == NULL)
    return items;
  set = gtk_selection_model_get_selection (model);
  for (gboolean is_valid = gtk_bitset_iter_init_first (&iter, set, &position); is_valid;
       is_valid = gtk_bitset_iter_next (&iter, &position))
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (model), position);

      g_ptr_array_add (items, g_object_ref (freshet_table_unwrap (item)));
    }
  return items;
}
