/* freshet-torrent-table.c - the torrents as a table: the busy face of the list
 *
 * The list sorts, not the table: its columns have sorters that only say which heading was clicked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-table.h"

#include "freshet-columns.h"
#include "freshet-lazy.h"
#include "freshet-place.h"
#include "freshet-torrent-cell.h"
#include "freshet-torrent-menu.h"
#include "freshet-view-menu.h"

#include <glib/gi18n.h>

/* Dragging a heading's edge gives a width for every pixel: the last one is kept. */
#define SAVE_DELAY_MS 300

/* What a column of the view carries. */
#define COLUMN "freshet-column"
#define LAZY   "freshet-lazy"

struct _FreshetTorrentTable
{
  GtkWidget parent_instance;

  /* owned */
  FreshetTorrentList *list;
  GSettings          *settings;
  FreshetPlace       *place;
  FreshetLazy        *lazy;
  GPtrArray          *columns;   /* of GtkColumnViewColumn: all, shown or not */

  /* borrowed: of the template */
  GtkWidget     *scrolled;
  GtkColumnView *view;

  /* values */
  const FreshetColumn *asked;    /* by sort_by_cb(): the one whose sorter spoke first */
  guint                save;     /* a source; 0: none */
  guint                is_loading : 1; /* columns are being set from the settings */
};

G_DEFINE_FINAL_TYPE (FreshetTorrentTable, freshet_torrent_table, GTK_TYPE_WIDGET)

enum
{
  ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
view_activate_cb (FreshetTorrentTable *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

static const FreshetColumn *
get_info (GtkColumnViewColumn *column)
{
  return g_object_get_data (G_OBJECT (column), COLUMN);
}

static GtkColumnViewColumn *
find_column (FreshetTorrentTable *self,
             const char          *id)
{
  for (guint i = 0; i < self->columns->len; i++)
    if (g_strcmp0 (get_info (self->columns->pdata[i])->id, id) == 0)
      return self->columns->pdata[i];
  return NULL;
}

/* --- Cells --- */

static GtkWidget *
make_cell (gpointer      owner,
           gconstpointer data)
{
  return freshet_torrent_cell_new (data);
}

static void
set_torrent (GtkWidget *cell,
             BtTorrent *torrent)
{
  freshet_torrent_cell_set_torrent (FRESHET_TORRENT_CELL (cell), torrent);
}

static const FreshetLazyOps lazy_ops = {
  .make = make_cell,
  .set_torrent = set_torrent,
  .height = 16,
};

static void
setup_cb (GtkColumnViewColumn *column,
          GtkListItem         *item)
{
  FreshetLazy *lazy = g_object_get_data (G_OBJECT (column), LAZY);
  GtkWidget *slot = freshet_slot_new (lazy, get_info (column));

  freshet_torrent_menu_set_item (slot, item);
  gtk_list_item_set_child (item, slot);
}

/* --- Sorting --- */

/* Says of two things that the first one is smaller, and remembers whose column was asked: that of the heading which
 * was clicked last is asked first. */
static int
ask_cb (gconstpointer a,
        gconstpointer b,
        gpointer      user_data)
{
  GtkColumnViewColumn *column = user_data;
  GtkWidget *view = GTK_WIDGET (gtk_column_view_column_get_column_view (column));
  FreshetTorrentTable *self;

  if (view == NULL)
    return GTK_ORDERING_EQUAL;
  self = FRESHET_TORRENT_TABLE (gtk_widget_get_ancestor (view, FRESHET_TYPE_TORRENT_TABLE));
  if (self->asked == NULL)
    self->asked = get_info (column);
  return GTK_ORDERING_SMALLER;
}

/* A heading was clicked, or the order was set. */
static void
sort_by_cb (FreshetTorrentTable *self)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (self->view);
  GtkOrdering ordering;

  if (self->is_loading)
    return;
  self->asked = NULL;
  ordering = gtk_sorter_compare (sorter, self->list, self->settings);
  if (self->asked == NULL)
    return;
  g_settings_set_string (self->settings, "sort-by", self->asked->id);
  g_settings_set_boolean (self->settings, "sort-descending", ordering == GTK_ORDERING_LARGER);
}

static void
load_order (FreshetTorrentTable *self)
{
  g_autofree char *id = g_settings_get_string (self->settings, "sort-by");
  gboolean is_descending = g_settings_get_boolean (self->settings, "sort-descending");
  GtkColumnViewColumn *column = find_column (self, id);
  gboolean is_shown = column != NULL && gtk_column_view_column_get_column_view (column) != NULL;

  self->is_loading = TRUE;
  gtk_column_view_sort_by_column (self->view, is_shown ? column : NULL,
                                  is_descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
  self->is_loading = FALSE;
}

/* --- Widths --- */

static gboolean
save_widths_cb (gpointer user_data)
{
  FreshetTorrentTable *self = user_data;
  GVariantBuilder widths;

  self->save = 0;
  g_variant_builder_init (&widths, G_VARIANT_TYPE ("a{si}"));
  for (guint i = 0; i < self->columns->len; i++)
    {
      GtkColumnViewColumn *column = self->columns->pdata[i];
      int width = gtk_column_view_column_get_fixed_width (column);

      if (width != get_info (column)->width)
        g_variant_builder_add (&widths, "{si}", get_info (column)->id, width);
    }
  g_settings_set_value (self->settings, "column-widths", g_variant_builder_end (&widths));
  return G_SOURCE_REMOVE;
}

static void
width_changed_cb (FreshetTorrentTable *self)
{
  g_clear_handle_id (&self->save, g_source_remove);
  self->save = g_timeout_add (SAVE_DELAY_MS, save_widths_cb, self);
}

/* --- Which columns --- */

static gboolean
has_changed (FreshetTorrentTable *self,
             char               **ids)
{
  GListModel *shown = gtk_column_view_get_columns (self->view);
  guint n = g_list_model_get_n_items (shown);

  if (n != g_strv_length (ids))
    return TRUE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (shown, i);

      if (!g_str_equal (get_info (column)->id, ids[i]))
        return TRUE;
    }
  return FALSE;
}

static void
load_columns (FreshetTorrentTable *self)
{
  g_auto (GStrv) ids = g_settings_get_strv (self->settings, "columns");
  GListModel *shown = gtk_column_view_get_columns (self->view);
  guint n = 0;

  if (!has_changed (self, ids))
    return;
  self->is_loading = TRUE;
  for (guint i = g_list_model_get_n_items (shown); i > 0; i--)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (shown, i - 1);

      if (!g_strv_contains ((const char *const *) ids, get_info (column)->id))
        gtk_column_view_remove_column (self->view, column);
    }
  for (guint i = 0; ids[i] != NULL; i++)
    {
      GtkColumnViewColumn *column = find_column (self, ids[i]);
      g_autoptr (GtkColumnViewColumn) here = g_list_model_get_item (shown, n);

      if (column != NULL && column != here)
        gtk_column_view_insert_column (self->view, n, column);
      n += column != NULL;
    }
  self->is_loading = FALSE;
  load_order (self);
}

static gboolean
save_columns (gpointer user_data)
{
  FreshetTorrentTable *self = user_data;
  GListModel *shown = gtk_column_view_get_columns (self->view);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (shown); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (shown, i);

      g_strv_builder_add (ids, get_info (column)->id);
    }
  list = g_strv_builder_end (ids);
  g_settings_set_strv (self->settings, "columns", (const char *const *) list);
  return G_SOURCE_REMOVE;
}

/* A column that is dragged is taken out first: what is left in between is not what is wanted. */
static void
columns_changed_cb (FreshetTorrentTable *self,
                    guint                position,
                    guint                n_removed,
                    guint                n_added)
{
  if (!self->is_loading && n_added > 0)
    save_columns (self);
}

/* --- Making them --- */

static void
make_column (FreshetTorrentTable *self,
             const FreshetColumn *info,
             GMenuModel          *menu)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *column = gtk_column_view_column_new (_(info->title), factory);
  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (ask_cb, column, NULL));
  g_autoptr (GVariant) widths = g_settings_get_value (self->settings, "column-widths");
  int width = info->width;

  g_object_set_data (G_OBJECT (column), COLUMN, (gpointer) info);
  g_object_set_data (G_OBJECT (column), LAZY, self->lazy);
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), column, G_CONNECT_SWAPPED);
  freshet_lazy_bind_slots (factory);
  g_variant_lookup (widths, info->id, "i", &width);
  gtk_column_view_column_set_fixed_width (column, width);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, g_str_equal (info->id, "name"));
  gtk_column_view_column_set_header_menu (column, menu);
  gtk_column_view_column_set_sorter (column, sorter);
  g_object_unref (sorter);
  g_signal_connect_object (column, "notify::fixed-width", G_CALLBACK (width_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_ptr_array_add (self->columns, column);
}

static void
make_columns (FreshetTorrentTable *self)
{
  g_autoptr (GMenuModel) menu = freshet_view_menu_new_columns ();
  gsize n;
  const FreshetColumn *infos = freshet_columns_get (&n);

  for (gsize i = 0; i < n; i++)
    make_column (self, &infos[i], menu);
}

void
freshet_torrent_table_set_active (FreshetTorrentTable *self,
                                  gboolean             is_active)
{
  GtkSelectionModel *selection = NULL;

  g_return_if_fail (FRESHET_IS_TORRENT_TABLE (self));

  if (is_active)
    selection = freshet_torrent_list_get_selection (self->list);
  gtk_column_view_set_model (self->view, selection);
}

/* The action is that of the view's list, which is beside its headings. */
void
freshet_torrent_table_scroll_to (FreshetTorrentTable *self,
                                 guint                position)
{
  g_return_if_fail (FRESHET_IS_TORRENT_TABLE (self));

  for (GtkWidget *part = gtk_widget_get_first_child (GTK_WIDGET (self->view)); part != NULL;
       part = gtk_widget_get_next_sibling (part))
    if (GTK_IS_LIST_VIEW (part))
      gtk_widget_activate_action (part, "list.scroll-to-item", "u", position);
}

void
freshet_torrent_table_set_list (FreshetTorrentTable *self,
                                FreshetTorrentList  *list,
                                GSettings           *settings)
{
  g_return_if_fail (FRESHET_IS_TORRENT_TABLE (self));
  g_return_if_fail (self->list == NULL);

  self->list = g_object_ref (list);
  self->settings = g_object_ref (settings);
  self->lazy = freshet_lazy_new (GTK_SCROLLED_WINDOW (self->scrolled), GTK_WIDGET (self->view),
                                 &lazy_ops, self);
  make_columns (self);
  load_columns (self);
  load_order (self);
  g_signal_connect_object (gtk_column_view_get_columns (self->view), "items-changed",
                           G_CALLBACK (columns_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_column_view_get_sorter (self->view), "changed",
                           G_CALLBACK (sort_by_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::columns", G_CALLBACK (load_columns), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::sort-by", G_CALLBACK (load_order), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::sort-descending", G_CALLBACK (load_order), self,
                           G_CONNECT_SWAPPED);
  freshet_torrent_menu_attach (GTK_WIDGET (self), freshet_torrent_list_get_selection (list));
  self->place = freshet_place_new (list, GTK_SCROLLED_WINDOW (self->scrolled));
}

/* --- Life --- */

static void
freshet_torrent_table_dispose (GObject *object)
{
  FreshetTorrentTable *self = FRESHET_TORRENT_TABLE (object);

  if (self->save != 0)
    {
      g_clear_handle_id (&self->save, g_source_remove);
      save_widths_cb (self);
    }
  self->is_loading = TRUE;
  g_clear_pointer (&self->place, freshet_place_free);
  freshet_torrent_menu_detach (GTK_WIDGET (self));
  if (self->list != NULL)
    freshet_torrent_table_set_active (self, FALSE);
  g_clear_pointer (&self->lazy, freshet_lazy_free);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_pointer (&self->columns, g_ptr_array_unref);
  g_clear_object (&self->list);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_torrent_table_parent_class)->dispose (object);
}

static void
freshet_torrent_table_class_init (FreshetTorrentTableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = freshet_torrent_table_dispose;

  signals[ACTIVATED] = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-torrent-table.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentTable, scrolled);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentTable, view);
  gtk_widget_class_bind_template_callback (widget_class, view_activate_cb);
}

static void
freshet_torrent_table_init (FreshetTorrentTable *self)
{
  self->columns = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
}
