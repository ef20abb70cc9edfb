/* freshet-file-columns.c - the columns of a table of files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-file-columns.h"

#include "common/freshet-format.h"
#include "freshet-table.h"

#include <glib/gi18n.h>

#define MAX_FOUND_ROWS 500  /* that a search unfolds */

/* --- Words and numbers --- */

const char *
freshet_file_columns_get_word (int priority)
{
  /* Translators: a file is not wanted, or how soon */
  switch (priority)
    {
    case BT_PRIORITY_SKIP:
      return _("Skip");
    case BT_PRIORITY_LOW:
      return _("Low");
    case BT_PRIORITY_NORMAL:
      return _("Normal");
    case BT_PRIORITY_HIGH:
      return _("High");
    default:
      /* Translators: of a folder whose files have several priorities */
      return _("Mixed");
    }
}

static char *
format_size (gpointer node)
{
  return freshet_format_bytes (freshet_file_node_get_size (node));
}

static char *
format_done (gpointer node)
{
  return freshet_format_bytes (freshet_file_node_get_done (node));
}

static double
get_progress (gpointer node)
{
  return freshet_file_node_get_progress (node);
}

static char *
format_progress (gpointer node)
{
  return freshet_format_percent (get_progress (node));
}

static const FreshetTableColumn size_column = {
  .title = N_("Size"), .format = format_size, .width = 90, .is_numeric = TRUE
};

static const FreshetTableColumn progress_column = {
  .title = N_("Progress"), .format = format_progress, .get_fraction = get_progress, .width = 140
};

static const FreshetTableColumn done_column = {
  .title = N_("Done"), .format = format_done, .width = 90, .is_numeric = TRUE
};

void
freshet_file_columns_add_size (GtkColumnView *view)
{
  freshet_table_add_columns (view, &size_column, 1);
}

void
freshet_file_columns_add_progress (GtkColumnView *view)
{
  freshet_table_add_columns (view, &progress_column, 1);
}

void
freshet_file_columns_add_done (GtkColumnView *view)
{
  freshet_table_add_columns (view, &done_column, 1);
}

/* --- Cells made by hand --- */

/* Of all cells of a column; lives as long as its factory. */
typedef struct
{
  GtkColumnView          *view;       /* borrowed */
  FreshetFileToggledFunc  func;
  gpointer                user_data;  /* borrowed */
  GMenuModel             *menu;       /* borrowed, nullable */
} Column;

/* Lives as long as the child of its list item, which holds it. */
typedef struct
{
  /* owned, nullable */
  FreshetFileNode *node;
  GtkTreeListRow  *row;

  /* borrowed */
  const Column    *column;
  GtkListItem     *list_item;
  GtkTreeExpander *expander;  /* nullable: a cell of the priority */
  GtkCheckButton  *check;     /* likewise */
  GtkImage        *icon;      /* likewise */
  GtkLabel        *name;      /* likewise */
  GtkMenuButton   *button;    /* nullable: a cell of the name */
} Cell;

static void toggled_cb (Cell *cell);

static void
refresh_check (Cell *cell)
{
  FreshetWanted wanted = freshet_file_node_get_wanted (cell->node);

  g_signal_handlers_block_by_func (cell->check, toggled_cb, cell);
  gtk_check_button_set_active (cell->check, wanted == FRESHET_WANTED_ALL);
  gtk_check_button_set_inconsistent (cell->check, wanted == FRESHET_WANTED_SOME);
  g_signal_handlers_unblock_by_func (cell->check, toggled_cb, cell);
  if (wanted == FRESHET_WANTED_NONE)
    gtk_widget_add_css_class (GTK_WIDGET (cell->name), "dim-label");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (cell->name), "dim-label");
}

static void
refresh_button (Cell *cell)
{
  const char *word = freshet_file_columns_get_word (freshet_file_node_get_priority (cell->node));
  g_autofree char *label = NULL;

  if (g_strcmp0 (gtk_menu_button_get_label (cell->button), word) == 0)
    return;
  gtk_menu_button_set_label (cell->button, word);
  /* Translators: read aloud, such as "Priority: High" */
  label = g_strdup_printf (_("Priority: %s"), word);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
}

static void
refresh (Cell *cell)
{
  if (cell->check != NULL)
    refresh_check (cell);
  else
    refresh_button (cell);
}

/* Of a folder with some: all of it. */
static void
toggled_cb (Cell *cell)
{
  gboolean is_wanted = freshet_file_node_get_wanted (cell->node) != FRESHET_WANTED_ALL;

  cell->column->func (cell->node, is_wanted, cell->column->user_data);
  refresh_check (cell);
}

/* What a search unfolded is folded again with it. */
static void
expanded_cb (Cell *cell)
{
  if (!freshet_file_node_is_way (cell->node))
    freshet_file_node_set_expanded (cell->node, gtk_tree_list_row_get_expanded (cell->row));
}

static void
let_go (Cell *cell)
{
  if (cell->node != NULL)
    g_signal_handlers_disconnect_by_data (cell->node, cell);
  if (cell->row != NULL)
    g_signal_handlers_disconnect_by_data (cell->row, cell);
  g_clear_object (&cell->node);
  g_clear_object (&cell->row);
}

static void
cell_free (gpointer data)
{
  let_go (data);
  g_free (data);
}

static gboolean
query_tooltip_cb (GtkWidget  *label,
                  int         x,
                  int         y,
                  gboolean    is_keyboard,
                  GtkTooltip *tooltip)
{
  if (!pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (label))))
    return FALSE;
  gtk_tooltip_set_text (tooltip, gtk_label_get_text (GTK_LABEL (label)));
  return TRUE;
}

static GtkWidget *
make_name_cell (Cell *cell)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *check = gtk_check_button_new ();
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *name = gtk_label_new (NULL);

  cell->expander = GTK_TREE_EXPANDER (expander);
  cell->check = GTK_CHECK_BUTTON (check);
  cell->icon = GTK_IMAGE (icon);
  cell->name = GTK_LABEL (name);
  gtk_label_set_xalign (cell->name, 0);
  gtk_label_set_ellipsize (cell->name, PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_set_has_tooltip (name, TRUE);
  g_signal_connect (name, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
  g_signal_connect_swapped (check, "toggled", G_CALLBACK (toggled_cb), cell);
  gtk_box_append (GTK_BOX (box), check);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), name);
  gtk_tree_expander_set_child (cell->expander, box);
  return expander;
}

/* Popovers of all rows would be many: a menu is made when it is asked for. Its actions are of the selection. */
static void
create_menu_cb (GtkMenuButton *button,
                gpointer       user_data)
{
  Cell *cell = user_data;
  GtkSelectionModel *model = gtk_column_view_get_model (cell->column->view);
  guint position = gtk_list_item_get_position (cell->list_item);

  if (!gtk_selection_model_is_selected (model, position))
    gtk_selection_model_select_item (model, position, TRUE);
  gtk_menu_button_set_menu_model (button, cell->column->menu);
}

static GtkWidget *
make_priority_cell (Cell *cell)
{
  GtkWidget *button = gtk_menu_button_new ();

  cell->button = GTK_MENU_BUTTON (button);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "priority");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_menu_button_set_create_popup_func (cell->button, create_menu_cb, cell, NULL);
  return button;
}

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *list_item,
          gpointer                  user_data)
{
  Cell *cell = g_new0 (Cell, 1);
  GtkWidget *child;

  cell->column = user_data;
  cell->list_item = list_item;
  child = cell->column->menu != NULL ? make_priority_cell (cell) : make_name_cell (cell);
  g_object_set_data_full (G_OBJECT (child), "cell", cell, cell_free);
  g_object_set_data (G_OBJECT (list_item), "cell", cell);
  gtk_list_item_set_child (list_item, child);
  freshet_table_mark_cell (list_item);
}

static void
bind_name (Cell *cell)
{
  const char *name = freshet_file_node_get_name (cell->node);
  gboolean is_folder = freshet_file_node_is_folder (cell->node);
  g_autofree char *label = NULL;

  gtk_tree_expander_set_list_row (cell->expander, cell->row);
  gtk_label_set_text (cell->name, name);
  gtk_image_set_from_icon_name (cell->icon, is_folder ? "folder-symbolic"
                                                      : "text-x-generic-symbolic");
  /* Translators: a check box, read aloud; a file or folder */
  label = g_strdup_printf (_("Download “%s”"), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell->check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
  g_signal_connect_swapped (cell->row, "notify::expanded", G_CALLBACK (expanded_cb), cell);
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *list_item)
{
  Cell *cell = g_object_get_data (G_OBJECT (list_item), "cell");

  let_go (cell);
  cell->row = g_object_ref (gtk_list_item_get_item (list_item));
  cell->node = gtk_tree_list_row_get_item (cell->row);
  g_signal_connect_swapped (cell->node, "changed", G_CALLBACK (refresh), cell);
  if (cell->expander != NULL)
    bind_name (cell);
  refresh (cell);
}

static void
unbind_cb (GtkSignalListItemFactory *factory,
           GtkListItem              *list_item)
{
  Cell *cell = g_object_get_data (G_OBJECT (list_item), "cell");

  if (cell->expander != NULL)
    gtk_tree_expander_set_list_row (cell->expander, NULL);
  else
    gtk_menu_button_popdown (cell->button);
  let_go (cell);
}

static void
add_column (GtkColumnView *view,
            const char    *title,
            int            width,
            const Column  *template)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *result;
  Column *column = g_memdup2 (template, sizeof *template);

  g_object_set_data_full (G_OBJECT (factory), "column", column, g_free);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), column);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  result = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_resizable (result, TRUE);
  gtk_column_view_column_set_fixed_width (result, freshet_table_scale_width (width));
  gtk_column_view_column_set_expand (result, template->func != NULL);
  gtk_column_view_append_column (view, result);
  g_object_unref (result);
}

void
freshet_file_columns_add_name (GtkColumnView          *view,
                               FreshetFileToggledFunc  func,
                               gpointer                user_data)
{
  add_column (view, _("Name"), 180,
              &(Column) { .view = view, .func = func, .user_data = user_data });
}

void
freshet_file_columns_add_priority (GtkColumnView *view,
                                   GMenuModel    *menu)
{
  add_column (view, _("Priority"), 110, &(Column) { .view = view, .menu = menu });
}

/* --- Unfolding --- */

static void
unfold_row (GtkTreeListRow *row,
            gboolean        is_searching,
            guint          *n_left)
{
  g_autoptr (FreshetFileNode) node = gtk_tree_list_row_get_item (row);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (node));

  if (!(is_searching ? freshet_file_node_is_way (node) : freshet_file_node_get_expanded (node)))
    return;
  if (is_searching && n > *n_left)
    return;
  *n_left -= is_searching ? n : 0;
  gtk_tree_list_row_set_expanded (row, TRUE);
  /* Folders come first. */
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkTreeListRow) child = gtk_tree_list_row_get_child_row (row, i);

      if (child == NULL || !gtk_tree_list_row_is_expandable (child))
        break;
      unfold_row (child, is_searching, n_left);
    }
}

void
freshet_file_columns_unfold (GtkTreeListModel *model,
                             FreshetFileTree  *tree,
                             gboolean          is_searching)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (freshet_file_tree_get_root (tree)));
  guint n_left = MAX_FOUND_ROWS;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_child_row (model, i);

      if (!gtk_tree_list_row_is_expandable (row))
        break;
      unfold_row (row, is_searching, &n_left);
    }
}
