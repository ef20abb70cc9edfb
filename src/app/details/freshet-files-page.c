/* freshet-files-page.c - what is in a torrent, and which of it is wanted
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-files-page.h"

#include "common/freshet-open.h"
#include "common/freshet-words.h"
#include "freshet-copy.h"
#include "freshet-file-columns.h"
#include "freshet-file-rename.h"
#include "freshet-file-wishes.h"
#include "freshet-table.h"

#include <adwaita.h>

struct _FreshetFilesPage
{
  FreshetTorrentPage parent_instance;

  /* owned */
  BtTorrent       *torrent;  /* nullable: the one that `tree` is of */
  FreshetFileTree *tree;     /* nullable */

  /* borrowed: of the template */
  GtkSearchEntry *search;
  GtkStack       *stack;
  AdwStatusPage  *empty;
  GtkColumnView  *view;
  GMenuModel     *menu;
  GMenuModel     *priority_menu;

  /* values */
  guint was_renamed : 1;     /* the rows may have other paths than the tree */
};

G_DEFINE_FINAL_TYPE (FreshetFilesPage, freshet_files_page, FRESHET_TYPE_TORRENT_PAGE)

/* --- What is shown --- */

static gboolean
is_searching (FreshetFilesPage *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->search)) != '\0';
}

static void
choose_page (FreshetFilesPage *self)
{
  const char *page = "table";

  if (self->torrent != NULL && freshet_words_is_link (self->torrent))
    page = "unknown";
  else if (self->tree != NULL && freshet_file_tree_get_n_files (self->tree) == 0)
    page = "empty";
  else if (self->tree != NULL &&
           g_list_model_get_n_items (G_LIST_MODEL (freshet_file_tree_get_root (self->tree))) == 0)
    page = "nothing-found";
  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
update_actions (FreshetFilesPage *self)
{
  g_autoptr (GPtrArray) nodes = freshet_table_dup_selected (self->view);
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_action_set_enabled (widget, "files.open", nodes->len == 1);
  gtk_widget_action_set_enabled (widget, "files.show", nodes->len == 1);
  gtk_widget_action_set_enabled (widget, "files.rename", nodes->len == 1);
  gtk_widget_action_set_enabled (widget, "files.copy", nodes->len > 0);
  gtk_widget_action_set_enabled (widget, "files.priority", nodes->len > 0);
  gtk_widget_action_set_enabled (widget, "files.toggle", nodes->len > 0);
}

/* The tree anew, with other rows or folders unfolded. */
static void
show_tree (FreshetFilesPage *self)
{
  GtkTreeListModel *model;
  GtkMultiSelection *selection;

  gtk_column_view_set_model (self->view, NULL);
  if (self->tree != NULL)
    {
      freshet_file_tree_set_search (self->tree,
                                    gtk_editable_get_text (GTK_EDITABLE (self->search)));
      model = gtk_tree_list_model_new (
          G_LIST_MODEL (g_object_ref (freshet_file_tree_get_root (self->tree))), FALSE, FALSE,
          freshet_file_node_create_model, NULL, NULL);
      freshet_file_columns_unfold (model, self->tree, is_searching (self));
      selection = gtk_multi_selection_new (G_LIST_MODEL (model));
      g_signal_connect_object (selection, "selection-changed", G_CALLBACK (update_actions), self,
                               G_CONNECT_SWAPPED);
      gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (selection));
      g_object_unref (selection);
    }
  choose_page (self);
  update_actions (self);
}

/* Whether the tree is of these rows. Names are only compared when they may have changed. */
static gboolean
has_same_files (FreshetFilesPage *self,
                const GArray     *rows)
{
  if (self->tree == NULL || freshet_file_tree_get_n_files (self->tree) != rows->len)
    return FALSE;
  for (guint i = 0; self->was_renamed && i < rows->len; i++)
    {
      g_autofree char *path =
          freshet_file_node_dup_path (freshet_file_tree_get_node (self->tree, i));

      if (!g_str_equal (path, g_array_index (rows, BtFileRow, i).path))
        return FALSE;
    }
  return TRUE;
}

static void
make_tree (FreshetFilesPage *self,
           const GArray     *rows)
{
  g_autoptr (FreshetFileTree) older = g_steal_pointer (&self->tree);

  self->tree = freshet_file_tree_new ();
  self->was_renamed = FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const BtFileRow *row = &g_array_index (rows, BtFileRow, i);

      freshet_file_tree_add (self->tree, row->path, row->length);
    }
  if (older != NULL && freshet_file_tree_get_n_files (older) == rows->len)
    freshet_file_tree_copy_expanded (self->tree, older);
}

static void
update_tree (FreshetFilesPage *self,
             const GArray     *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const BtFileRow *row = &g_array_index (rows, BtFileRow, i);

      freshet_file_tree_set_done (self->tree, i, row->done_bytes);
      freshet_file_tree_set_priority (self->tree, i, (BtPriority) row->priority);
    }
  freshet_file_tree_flush (self->tree);
}

static void
forget_tree (FreshetFilesPage *self,
             BtTorrent        *torrent)
{
  g_set_object (&self->torrent, torrent);
  g_clear_object (&self->tree);
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  show_tree (self);
}

static void
freshet_files_page_show_torrent (FreshetTorrentPage *page,
                                 BtTorrent          *torrent)
{
  FreshetFilesPage *self = FRESHET_FILES_PAGE (page);
  const GArray *rows = torrent != NULL ? bt_torrent_get_file_rows (torrent) : NULL;
  gboolean is_same;

  if (torrent != self->torrent)
    forget_tree (self, torrent);
  /* Of a torrent just selected they come in a moment, of a link maybe much later. */
  if (rows == NULL || freshet_words_is_link (torrent))
    {
      choose_page (self);
      return;
    }
  is_same = has_same_files (self, rows);
  if (!is_same)
    make_tree (self, rows);
  update_tree (self, rows);
  if (!is_same)
    show_tree (self);
}

static void
search_changed_cb (FreshetFilesPage *self)
{
  show_tree (self);
}

static void
search_stopped_cb (FreshetFilesPage *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
}

/* --- Wishes --- */

static void
toggled_cb (FreshetFileNode *node,
            gboolean         is_wanted,
            gpointer         user_data)
{
  FreshetFilesPage *self = user_data;
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();

  g_ptr_array_add (nodes, node);
  freshet_file_wishes_set (GTK_WIDGET (self), self->torrent, self->tree, nodes,
                           is_wanted ? BT_PRIORITY_NORMAL : BT_PRIORITY_SKIP, is_wanted);
}

/* All that is selected, as the first says. */
static void
toggle_activated (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  FreshetFilesPage *self = FRESHET_FILES_PAGE (widget);
  g_autoptr (GPtrArray) nodes = freshet_table_dup_selected (self->view);
  gboolean is_wanted;

  if (nodes->len == 0)
    return;
  is_wanted =
      freshet_file_node_get_wanted (g_ptr_array_index (nodes, 0)) != FRESHET_WANTED_ALL;
  freshet_file_wishes_set (widget, self->torrent, self->tree, nodes,
                           is_wanted ? BT_PRIORITY_NORMAL : BT_PRIORITY_SKIP, is_wanted);
}

static void
priority_activated (GtkWidget  *widget,
                    const char *action,
                    GVariant   *parameter)
{
  static const char *const names[] = { "skip", "low", "normal", "high" };
  FreshetFilesPage *self = FRESHET_FILES_PAGE (widget);
  g_autoptr (GPtrArray) nodes = freshet_table_dup_selected (self->view);

  for (guint i = 0; i < G_N_ELEMENTS (names) && nodes->len > 0; i++)
    if (g_str_equal (names[i], g_variant_get_string (parameter, NULL)))
      freshet_file_wishes_set (widget, self->torrent, self->tree, nodes, (BtPriority) i, FALSE);
}

/* --- Files on the disk --- */

/* Of the first that is selected; NULL: none is. (transfer full) */
static char *
dup_selected_path (FreshetFilesPage *self)
{
  g_autoptr (GPtrArray) nodes = freshet_table_dup_selected (self->view);
  g_autofree char *path = NULL;

  if (nodes->len == 0)
    return NULL;
  path = freshet_file_node_dup_path (g_ptr_array_index (nodes, 0));
  return g_build_filename (bt_torrent_get_record (self->torrent)->folder, path, NULL);
}

static void
open_activated (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  g_autofree char *path = dup_selected_path (FRESHET_FILES_PAGE (widget));

  if (path != NULL)
    freshet_open_file (widget, path);
}

static void
show_activated (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  g_autofree char *path = dup_selected_path (FRESHET_FILES_PAGE (widget));

  if (path != NULL)
    freshet_open_show (widget, path);
}

static void
row_activated_cb (FreshetFilesPage *self,
                  guint             position)
{
  GListModel *model = G_LIST_MODEL (gtk_column_view_get_model (self->view));
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (model, position);

  if (gtk_tree_list_row_is_expandable (row))
    gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
  else
    open_activated (GTK_WIDGET (self), NULL, NULL);
}

static void
renamed_cb (GtkWidget *widget)
{
  FRESHET_FILES_PAGE (widget)->was_renamed = TRUE;
}

static void
rename_activated (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  FreshetFilesPage *self = FRESHET_FILES_PAGE (widget);
  g_autoptr (GPtrArray) nodes = freshet_table_dup_selected (self->view);

  if (nodes->len == 1)
    freshet_file_rename_present (widget, self->torrent, g_ptr_array_index (nodes, 0), renamed_cb);
}

static void
copy_activated (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  g_autoptr (GPtrArray) nodes = freshet_table_dup_selected (FRESHET_FILES_PAGE (widget)->view);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < nodes->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                            freshet_file_node_get_name (g_ptr_array_index (nodes, i)));
  if (nodes->len > 0)
    freshet_copy (widget, text->str);
  g_string_free (text, TRUE);
}

/* --- Life --- */

/* Before the row takes it, which would select; a button in the row keeps it. */
static gboolean
space_cb (GtkWidget *view,
          GVariant  *args,
          gpointer   user_data)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (view));

  if (GTK_IS_CHECK_BUTTON (focus) || GTK_IS_BUTTON (focus))
    return FALSE;
  return gtk_widget_activate_action (user_data, "files.toggle", NULL);
}

static void
make_table (FreshetFilesPage *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  GtkShortcutAction *action = gtk_callback_action_new (space_cb, self, NULL);

  freshet_file_columns_add_name (self->view, toggled_cb, self);
  freshet_file_columns_add_size (self->view);
  freshet_file_columns_add_progress (self->view);
  freshet_file_columns_add_priority (self->view, self->priority_menu);
  freshet_file_columns_add_done (self->view);
  freshet_table_begin_at_start (self->view);
  freshet_table_add_menu (self->view, GTK_WIDGET (self), self->menu);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_space, 0), action));
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
}

static void
freshet_files_page_finalize (GObject *object)
{
  FreshetFilesPage *self = FRESHET_FILES_PAGE (object);

  g_clear_object (&self->tree);
  g_clear_object (&self->torrent);

  G_OBJECT_CLASS (freshet_files_page_parent_class)->finalize (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "files.open", NULL, open_activated);
  gtk_widget_class_install_action (widget_class, "files.show", NULL, show_activated);
  gtk_widget_class_install_action (widget_class, "files.rename", NULL, rename_activated);
  gtk_widget_class_install_action (widget_class, "files.copy", NULL, copy_activated);
  gtk_widget_class_install_action (widget_class, "files.toggle", NULL, toggle_activated);
  gtk_widget_class_install_action (widget_class, "files.priority", "s", priority_activated);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F2, 0, "files.rename", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "files.priority", "s",
                                       "skip");
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, "files.copy",
                                       NULL);
}

static void
freshet_files_page_class_init (FreshetFilesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_files_page_finalize;
  FRESHET_TORRENT_PAGE_CLASS (klass)->show_torrent = freshet_files_page_show_torrent;

  install_actions (widget_class);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-files-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetFilesPage, search);
  gtk_widget_class_bind_template_child (widget_class, FreshetFilesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FreshetFilesPage, empty);
  gtk_widget_class_bind_template_child (widget_class, FreshetFilesPage, view);
  gtk_widget_class_bind_template_child (widget_class, FreshetFilesPage, menu);
  gtk_widget_class_bind_template_child (widget_class, FreshetFilesPage, priority_menu);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_stopped_cb);
}

static void
freshet_files_page_init (FreshetFilesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_entry_set_key_capture_widget (self->search, GTK_WIDGET (self->view));
  make_table (self);
  update_actions (self);
}
