/* freshet-add-files.c - which files of a torrent are wanted: a tree with check boxes, and a filter
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-files.h"

#include "common/freshet-format.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _FreshetAddFiles
{
  GtkBox parent_instance;

  /* owned */
  FreshetFileTree   *tree;       /* nullable */
  GtkTreeListModel  *rows;       /* nullable */
  GtkSelectionModel *selection;  /* nullable; of `rows` */

  /* borrowed: of the template */
  GtkSearchEntry *filter;
  GtkLabel       *total;
  GtkWidget      *top;
  GtkWidget      *matches;
  GtkStack       *stack;
  GtkListView    *view;

  /* values */
  guint is_waiting : 1;   /* without a tree: there will be one */
};

G_DEFINE_FINAL_TYPE (FreshetAddFiles, freshet_add_files, GTK_TYPE_BOX)

/* --- A row --- */

typedef struct
{
  GtkTreeExpander *expander;
  GtkCheckButton  *check;
  GtkImage        *icon;
  GtkLabel        *name;
  GtkLabel        *size;

  GtkTreeListRow  *row;     /* owned, while bound */
  FreshetFileNode *node;    /* owned, while bound */
  gboolean         is_showing;
} Row;

static void
row_show (Row *row)
{
  FreshetWanted wanted = freshet_file_node_get_wanted (row->node);
  g_autofree char *words = NULL;
  const char *size = gtk_label_get_text (row->size);
  const char *name = freshet_file_node_get_name (row->node);

  row->is_showing = TRUE;
  gtk_check_button_set_active (row->check, wanted == FRESHET_WANTED_ALL);
  gtk_check_button_set_inconsistent (row->check, wanted == FRESHET_WANTED_SOME);
  row->is_showing = FALSE;
  if (wanted == FRESHET_WANTED_NONE)
    gtk_widget_add_css_class (GTK_WIDGET (row->name), "dim-label");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row->name), "dim-label");
  /* Translators: for a screen reader: a file's name and its size */
  words = g_strdup_printf (wanted == FRESHET_WANTED_NONE   ? _("%s, %s, not chosen")
                           : wanted == FRESHET_WANTED_SOME ? _("%s, %s, chosen in part")
                                                           : _("%s, %s, chosen"),
                           name, size);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->expander), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  words, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->check), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
}

static void
set_wanted (FreshetAddFiles *self,
            FreshetFileNode *node,
            gboolean         is_wanted)
{
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (guint));

  freshet_file_node_append_files (node, files);
  for (guint i = 0; i < files->len; i++)
    freshet_file_tree_set_priority (self->tree, g_array_index (files, guint, i),
                                    is_wanted ? BT_PRIORITY_NORMAL : BT_PRIORITY_SKIP);
}

static void
check_toggled_cb (GtkCheckButton *check,
                  Row            *row)
{
  GtkWidget *view = gtk_widget_get_ancestor (GTK_WIDGET (check), FRESHET_TYPE_ADD_FILES);

  if (row->is_showing || row->node == NULL || view == NULL)
    return;
  /* Some become all, as in every tree. */
  set_wanted (FRESHET_ADD_FILES (view), row->node,
              freshet_file_node_get_wanted (row->node) != FRESHET_WANTED_ALL);
  freshet_file_tree_flush (FRESHET_ADD_FILES (view)->tree);
}

/* Unfolding while the filter is on is not what a person wants to see without it. */
static void
expanded_cb (Row *row)
{
  if (row->node != NULL && !freshet_file_node_is_way (row->node))
    freshet_file_node_set_expanded (row->node, gtk_tree_list_row_get_expanded (row->row));
}

static void
row_setup_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item)
{
  Row *row = g_new0 (Row, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  row->expander = GTK_TREE_EXPANDER (gtk_tree_expander_new ());
  row->check = GTK_CHECK_BUTTON (gtk_check_button_new ());
  row->icon = GTK_IMAGE (gtk_image_new ());
  row->name = GTK_LABEL (gtk_label_new (NULL));
  row->size = GTK_LABEL (gtk_label_new (NULL));
  /* The keyboard moves over rows; Space is theirs. */
  gtk_widget_set_focusable (GTK_WIDGET (row->check), FALSE);
  gtk_label_set_xalign (row->name, 0);
  gtk_label_set_ellipsize (row->name, PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (GTK_WIDGET (row->name), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (row->size), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (row->size), "numeric");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->check));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->icon));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->name));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->size));
  gtk_tree_expander_set_child (row->expander, box);
  gtk_list_item_set_child (item, GTK_WIDGET (row->expander));
  g_object_set_data_full (G_OBJECT (item), "row", row, g_free);
  g_signal_connect (row->check, "toggled", G_CALLBACK (check_toggled_cb), row);
}

static void
row_bind_cb (GtkSignalListItemFactory *factory,
             GtkListItem              *item)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");
  g_autofree char *size = NULL;
  gboolean is_folder;

  row->row = g_object_ref (gtk_list_item_get_item (item));
  row->node = gtk_tree_list_row_get_item (row->row);
  size = freshet_format_bytes (freshet_file_node_get_size (row->node));
  is_folder = freshet_file_node_is_folder (row->node);
  gtk_tree_expander_set_list_row (row->expander, row->row);
  gtk_image_set_from_icon_name (row->icon,
                                is_folder ? "folder-symbolic" : "text-x-generic-symbolic");
  gtk_label_set_text (row->name, freshet_file_node_get_name (row->node));
  gtk_widget_set_tooltip_text (GTK_WIDGET (row->name), freshet_file_node_get_name (row->node));
  gtk_label_set_text (row->size, size);
  g_signal_connect_swapped (row->node, "changed", G_CALLBACK (row_show), row);
  g_signal_connect_swapped (row->row, "notify::expanded", G_CALLBACK (expanded_cb), row);
  row_show (row);
}

static void
row_unbind_cb (GtkSignalListItemFactory *factory,
               GtkListItem              *item)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");

  g_signal_handlers_disconnect_by_data (row->node, row);
  g_signal_handlers_disconnect_by_data (row->row, row);
  gtk_tree_expander_set_list_row (row->expander, NULL);
  g_clear_object (&row->node);
  g_clear_object (&row->row);
}

/* --- All of them --- */

static void
show_total (FreshetAddFiles *self)
{
  FreshetFileNode *root = freshet_file_tree_get_root (self->tree);
  g_autofree char *size = freshet_format_part (freshet_file_node_get_wanted_size (root),
                                               freshet_file_node_get_size (root));
  guint n_files = freshet_file_node_get_n_files (root);
  g_autofree char *text = NULL;

  /* Translators: "4 of 30 files, 3 of 12 GB" */
  text = g_strdup_printf (ngettext ("%u of %u file, %s", "%u of %u files, %s", n_files),
                          freshet_file_node_get_n_wanted (root), n_files, size);
  gtk_label_set_text (self->total, text);
}

static const char *
get_filter (FreshetAddFiles *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->filter));
}

static void
choose_page (FreshetAddFiles *self)
{
  const char *page = "list";

  if (self->rows == NULL)
    page = self->is_waiting ? "waiting" : "nothing";
  else if (g_list_model_get_n_items (G_LIST_MODEL (self->rows)) == 0)
    page = "nothing-found";
  gtk_stack_set_visible_child_name (self->stack, page);
  gtk_widget_set_visible (self->top, self->rows != NULL);
  gtk_widget_set_sensitive (self->matches,
                            *get_filter (self) != '\0' && g_str_equal (page, "list"));
}

/* Rows come while this goes on: those within what is unfolded. */
static void
unfold (FreshetAddFiles *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->rows)); i++)
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (self->rows, i);
      g_autoptr (FreshetFileNode) node = gtk_tree_list_row_get_item (row);

      if (freshet_file_node_is_way (node) || freshet_file_node_get_expanded (node))
        gtk_tree_list_row_set_expanded (row, TRUE);
    }
}

static void
apply_filter (FreshetAddFiles *self)
{
  if (self->tree == NULL)
    return;
  freshet_file_tree_set_search (self->tree, get_filter (self));
  unfold (self);
  choose_page (self);
}

static void
filter_changed_cb (FreshetAddFiles *self)
{
  apply_filter (self);
}

static void
filter_activated_cb (FreshetAddFiles *self)
{
  gtk_widget_activate_default (GTK_WIDGET (self));
}

/* Escape empties the filter; the next one closes the dialog. */
static void
filter_stopped_cb (FreshetAddFiles *self)
{
  if (*get_filter (self) == '\0')
    gtk_window_close (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));
  else
    gtk_editable_set_text (GTK_EDITABLE (self->filter), "");
}

static void
set_all (FreshetAddFiles *self,
         gboolean         is_wanted)
{
  if (self->tree == NULL)
    return;
  set_wanted (self, freshet_file_tree_get_root (self->tree), is_wanted);
  freshet_file_tree_flush (self->tree);
}

static void
all_clicked_cb (FreshetAddFiles *self)
{
  set_all (self, TRUE);
}

static void
none_clicked_cb (FreshetAddFiles *self)
{
  set_all (self, FALSE);
}

/* What is shown of a folder is what was found. */
static void
want_shown (FreshetAddFiles *self,
            FreshetFileNode *node)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (node));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FreshetFileNode) child = g_list_model_get_item (G_LIST_MODEL (node), i);

      if (freshet_file_node_is_folder (child))
        want_shown (self, child);
      else
        set_wanted (self, child, TRUE);
    }
}

static void
matches_clicked_cb (FreshetAddFiles *self)
{
  FreshetFileNode *root = freshet_file_tree_get_root (self->tree);

  set_wanted (self, root, FALSE);
  want_shown (self, root);
  freshet_file_tree_flush (self->tree);
}

/* All rows that are selected go the way of the first. */
static void
toggle_selected (FreshetAddFiles *self)
{
  g_autoptr (GtkBitset) set = gtk_selection_model_get_selection (self->selection);
  GtkBitsetIter iter;
  gboolean is_wanted = FALSE;
  gboolean is_first = TRUE;
  guint position;

  for (gboolean is_in = gtk_bitset_iter_init_first (&iter, set, &position); is_in;
       is_in = gtk_bitset_iter_next (&iter, &position))
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (self->rows, position);
      g_autoptr (FreshetFileNode) node = gtk_tree_list_row_get_item (row);

      if (is_first)
        is_wanted = freshet_file_node_get_wanted (node) != FRESHET_WANTED_ALL;
      is_first = FALSE;
      set_wanted (self, node, is_wanted);
    }
  freshet_file_tree_flush (self->tree);
}

static gboolean
key_pressed_cb (FreshetAddFiles *self,
                guint            key,
                guint            code,
                GdkModifierType  state)
{
  if ((state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK | GDK_ALT_MASK)) != 0 || self->rows == NULL)
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_space:
    case GDK_KEY_KP_Space:
      toggle_selected (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter:
      gtk_widget_activate_default (GTK_WIDGET (self));
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* A double click; Return is not for rows. */
static void
row_activated_cb (FreshetAddFiles *self,
                  guint            position)
{
  g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (self->rows, position);
  g_autoptr (FreshetFileNode) node = gtk_tree_list_row_get_item (row);

  if (freshet_file_node_is_folder (node))
    gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
  else
    toggle_selected (self);
}

void
freshet_add_files_set_tree (FreshetAddFiles *self,
                            FreshetFileTree *tree,
                            gboolean         is_waiting)
{
  FreshetFileNode *root;

  g_return_if_fail (FRESHET_IS_ADD_FILES (self));

  if (self->tree == tree && self->is_waiting == (is_waiting != FALSE))
    return;
  self->is_waiting = is_waiting != FALSE;
  if (self->tree != NULL)
    g_signal_handlers_disconnect_by_data (freshet_file_tree_get_root (self->tree), self);
  gtk_list_view_set_model (self->view, NULL);
  g_clear_object (&self->selection);
  g_clear_object (&self->rows);
  g_set_object (&self->tree, tree);
  gtk_label_set_text (self->total, "");
  if (tree != NULL)
    {
      root = freshet_file_tree_get_root (tree);
      freshet_file_tree_set_search (tree, get_filter (self));
      self->rows = gtk_tree_list_model_new (G_LIST_MODEL (g_object_ref (root)), FALSE, FALSE,
                                            freshet_file_node_create_model, NULL, NULL);
      unfold (self);
      self->selection = GTK_SELECTION_MODEL (
          gtk_multi_selection_new (G_LIST_MODEL (g_object_ref (self->rows))));
      gtk_list_view_set_model (self->view, self->selection);
      g_signal_connect_swapped (root, "changed", G_CALLBACK (show_total), self);
      show_total (self);
    }
  choose_page (self);
}

/* --- Life --- */

static void
freshet_add_files_dispose (GObject *object)
{
  FreshetAddFiles *self = FRESHET_ADD_FILES (object);

  if (self->tree != NULL)
    g_signal_handlers_disconnect_by_data (freshet_file_tree_get_root (self->tree), self);
  g_clear_object (&self->selection);
  g_clear_object (&self->rows);
  g_clear_object (&self->tree);

  G_OBJECT_CLASS (freshet_add_files_parent_class)->dispose (object);
}

static void
freshet_add_files_class_init (FreshetAddFilesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = freshet_add_files_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-add-files.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetAddFiles, filter);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddFiles, total);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddFiles, top);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddFiles, matches);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddFiles, stack);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddFiles, view);
  gtk_widget_class_bind_template_callback (widget_class, filter_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_stopped_cb);
  gtk_widget_class_bind_template_callback (widget_class, all_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, none_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, matches_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
freshet_add_files_init (FreshetAddFiles *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (row_setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (row_bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (row_unbind_cb), NULL);
  gtk_list_view_set_factory (self->view, factory);
  g_object_unref (factory);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
  choose_page (self);
}
