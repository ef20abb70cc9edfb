/* freshet-torrent-table.c - the torrents as a table: the busy face of the list
 *
 * A GtkColumnView has a widget for each cell of some two hundred rows, which takes several frames: here it has the
 * headings, and a GtkListView the rows. The list sorts, not the table: the columns have sorters that only say which
 * heading was clicked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-table.h"

#include "freshet-columns.h"
#include "freshet-lazy.h"
#include "freshet-place.h"
#include "freshet-table-body.h"
#include "freshet-table-row.h"
#include "freshet-torrent-menu.h"
#include "freshet-view-menu.h"

#include <glib/gi18n.h>

/* Dragging a heading's edge gives a width for every pixel: the last one is kept. */
#define SAVE_DELAY_MS 300

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
  GtkWidget        *scrolled;
  FreshetTableBody *body;
  GtkColumnView    *header;
  GtkListView      *rows;

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
rows_activate_cb (FreshetTorrentTable *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

static GtkColumnViewColumn *
find_column (FreshetTorrentTable *self,
             const char          *id)
{
  for (guint i = 0; i < self->columns->len; i++)
    if (g_strcmp0 (freshet_table_body_get_info (self->columns->pdata[i])->id, id) == 0)
      return self->columns->pdata[i];
  return NULL;
}

/* --- Rows --- */

static GtkWidget *
make_row (gpointer owner)
{
  FreshetTorrentTable *self = owner;

  return freshet_table_row_new (self->body);
}

static void
set_torrent (GtkWidget *row,
             BtTorrent *torrent)
{
  freshet_table_row_set_torrent (FRESHET_TABLE_ROW (row), torrent);
}

static const FreshetLazyOps lazy_ops = {
  .make = make_row,
  .set_torrent = set_torrent,
  .height = 29,
};

static void
setup_cb (FreshetTorrentTable *self,
          GtkListItem         *item)
{
  GtkWidget *slot = freshet_slot_new (self->lazy);

  freshet_torrent_menu_set_item (slot, item);
  gtk_list_item_set_child (item, slot);
}

static void
set_moved (GtkWidget *row,
           gpointer   user_data)
{
  freshet_table_row_set_moved (FRESHET_TABLE_ROW (row));
}

static void
body_moved_cb (FreshetTorrentTable *self)
{
  if (self->lazy != NULL)
    freshet_lazy_for_each (self->lazy, set_moved, NULL);
}

/* The list itself would take these keys, and do nothing. */
static gboolean
key_pressed_cb (FreshetTorrentTable *self,
                guint                key,
                guint                code,
                GdkModifierType      state)
{
  if ((state & gtk_accelerator_get_default_mod_mask ()) != 0)
    return GDK_EVENT_PROPAGATE;
  if (key == GDK_KEY_Left || key == GDK_KEY_KP_Left)
    return freshet_table_body_step (self->body, FALSE);
  if (key == GDK_KEY_Right || key == GDK_KEY_KP_Right)
    return freshet_table_body_step (self->body, TRUE);
  return GDK_EVENT_PROPAGATE;
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
    self->asked = freshet_table_body_get_info (column);
  return GTK_ORDERING_SMALLER;
}

/* A heading was clicked, or the order was set. */
static void
sort_by_cb (FreshetTorrentTable *self)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (self->header);
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
  gtk_column_view_sort_by_column (self->header, is_shown ? column : NULL,
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

      if (width != freshet_table_body_get_info (column)->width)
        g_variant_builder_add (&widths, "{si}", freshet_table_body_get_info (column)->id, width);
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
  GListModel *shown = gtk_column_view_get_columns (self->header);
  guint n = g_list_model_get_n_items (shown);

  if (n != g_strv_length (ids))
    return TRUE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (shown, i);

      if (!g_str_equal (freshet_table_body_get_info (column)->id, ids[i]))
        return TRUE;
    }
  return FALSE;
}

static void
load_columns (FreshetTorrentTable *self)
{
  g_auto (GStrv) ids = g_settings_get_strv (self->settings, "columns");
  GListModel *shown = gtk_column_view_get_columns (self->header);
  guint n = 0;

  if (!has_changed (self, ids))
    return;
  self->is_loading = TRUE;
  for (guint i = g_list_model_get_n_items (shown); i > 0; i--)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (shown, i - 1);

      if (!g_strv_contains ((const char *const *) ids, freshet_table_body_get_info (column)->id))
        gtk_column_view_remove_column (self->header, column);
    }
  for (guint i = 0; ids[i] != NULL; i++)
    {
      GtkColumnViewColumn *column = find_column (self, ids[i]);
      g_autoptr (GtkColumnViewColumn) here = g_list_model_get_item (shown, n);

      if (column != NULL && column != here)
        gtk_column_view_insert_column (self->header, n, column);
      n += column != NULL;
    }
  self->is_loading = FALSE;
  load_order (self);
}

static gboolean
save_columns (gpointer user_data)
{
  FreshetTorrentTable *self = user_data;
  GListModel *shown = gtk_column_view_get_columns (self->header);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (shown); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (shown, i);

      g_strv_builder_add (ids, freshet_table_body_get_info (column)->id);
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
  GtkColumnViewColumn *column = gtk_column_view_column_new (_(info->title), NULL);
  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (ask_cb, column, NULL));
  g_autoptr (GVariant) widths = g_settings_get_value (self->settings, "column-widths");
  int width = info->width;

  freshet_table_body_set_info (column, info);
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

static void
make_rows (FreshetTorrentTable *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  self->lazy = freshet_lazy_new (GTK_SCROLLED_WINDOW (self->scrolled), GTK_WIDGET (self->rows),
                                 &lazy_ops, self);
  g_signal_connect_swapped (factory, "setup", G_CALLBACK (setup_cb), self);
  freshet_lazy_bind_slots (factory);
  gtk_list_view_set_factory (self->rows, factory);
  g_object_unref (factory);
}

void
freshet_torrent_table_set_active (FreshetTorrentTable *self,
                                  gboolean             is_active)
{
  GtkSelectionModel *selection = NULL;

  g_return_if_fail (FRESHET_IS_TORRENT_TABLE (self));

  if (is_active)
    selection = freshet_torrent_list_get_selection (self->list);
  gtk_list_view_set_model (self->rows, selection);
}

void
freshet_torrent_table_scroll_to (FreshetTorrentTable *self,
                                 guint                position)
{
  g_return_if_fail (FRESHET_IS_TORRENT_TABLE (self));

  freshet_lazy_scroll_to (self->lazy, position);
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
  make_rows (self);
  make_columns (self);
  load_columns (self);
  load_order (self);
  g_signal_connect_object (gtk_column_view_get_columns (self->header), "items-changed",
                           G_CALLBACK (columns_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_column_view_get_sorter (self->header), "changed",
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

  g_type_ensure (FRESHET_TYPE_TABLE_BODY);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-torrent-table.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentTable, scrolled);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentTable, body);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentTable, header);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentTable, rows);
  gtk_widget_class_bind_template_callback (widget_class, rows_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, body_moved_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
}

static void
freshet_torrent_table_init (FreshetTorrentTable *self)
{
  self->columns = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
}
