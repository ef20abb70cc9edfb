/* freshet-torrent-rows.c - the torrents as rows: the calm face of the list
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-rows.h"

#include "freshet-lazy.h"
#include "freshet-place.h"
#include "freshet-torrent-menu.h"
#include "freshet-torrent-row.h"

/* Narrower, a name needs all the room. */
#define MIN_WIDTH_FOR_LABELS 480

struct _FreshetTorrentRows
{
  GtkWidget parent_instance;

  /* owned */
  FreshetTorrentList *list;
  FreshetPlace       *place;
  FreshetLazy        *lazy;

  /* borrowed: of the template */
  GtkWidget   *scrolled;
  GtkListView *view;

  /* values */
  guint idle;              /* a source; 0: none */
  guint shows_labels : 1;
};

G_DEFINE_FINAL_TYPE (FreshetTorrentRows, freshet_torrent_rows, GTK_TYPE_WIDGET)

enum
{
  ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
view_activate_cb (FreshetTorrentRows *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

/* --- Rows --- */

static GtkWidget *
make_row (gpointer owner)
{
  FreshetTorrentRows *self = owner;
  GtkWidget *row = freshet_torrent_row_new ();

  freshet_torrent_row_show_labels (FRESHET_TORRENT_ROW (row), self->shows_labels);
  return row;
}

static void
set_torrent (GtkWidget *row,
             BtTorrent *torrent)
{
  freshet_torrent_row_set_torrent (FRESHET_TORRENT_ROW (row), torrent);
}

static const FreshetLazyOps lazy_ops = {
  .make = make_row,
  .set_torrent = set_torrent,
  .height = 67,
};

static void
setup_cb (FreshetTorrentRows *self,
          GtkListItem        *item)
{
  GtkWidget *slot = freshet_slot_new (self->lazy);

  freshet_torrent_menu_set_item (slot, item);
  gtk_list_item_set_child (item, slot);
}

static void
show_labels (GtkWidget *row,
             gpointer   user_data)
{
  FreshetTorrentRows *self = user_data;

  freshet_torrent_row_show_labels (FRESHET_TORRENT_ROW (row), self->shows_labels);
}

static gboolean
show_labels_cb (gpointer user_data)
{
  FreshetTorrentRows *self = user_data;

  self->idle = 0;
  if (self->lazy != NULL)
    freshet_lazy_for_each (self->lazy, show_labels, self);
  return G_SOURCE_REMOVE;
}

static void
width_changed_cb (FreshetTorrentRows *self)
{
  GtkAdjustment *across =
      gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (self->scrolled));
  gboolean shows_labels = gtk_adjustment_get_page_size (across) >= MIN_WIDTH_FOR_LABELS;

  if (shows_labels == self->shows_labels)
    return;
  self->shows_labels = shows_labels;
  /* Not from within an allocation. */
  if (self->idle == 0)
    self->idle = g_idle_add (show_labels_cb, self);
}

void
freshet_torrent_rows_set_active (FreshetTorrentRows *self,
                                 gboolean            is_active)
{
  GtkSelectionModel *selection = NULL;

  g_return_if_fail (FRESHET_IS_TORRENT_ROWS (self));

  if (is_active)
    selection = freshet_torrent_list_get_selection (self->list);
  gtk_list_view_set_model (self->view, selection);
}

void
freshet_torrent_rows_scroll_to (FreshetTorrentRows *self,
                                guint               position)
{
  g_return_if_fail (FRESHET_IS_TORRENT_ROWS (self));

  freshet_lazy_scroll_to (self->lazy, position);
}

void
freshet_torrent_rows_set_list (FreshetTorrentRows *self,
                               FreshetTorrentList *list)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_return_if_fail (FRESHET_IS_TORRENT_ROWS (self));
  g_return_if_fail (self->list == NULL);

  self->list = g_object_ref (list);
  self->lazy = freshet_lazy_new (GTK_SCROLLED_WINDOW (self->scrolled), GTK_WIDGET (self->view),
                                 &lazy_ops, self);
  g_signal_connect_swapped (factory, "setup", G_CALLBACK (setup_cb), self);
  freshet_lazy_bind_slots (factory);
  gtk_list_view_set_factory (self->view, factory);
  g_object_unref (factory);
  freshet_torrent_menu_attach (GTK_WIDGET (self), freshet_torrent_list_get_selection (list));
  self->place = freshet_place_new (list, GTK_SCROLLED_WINDOW (self->scrolled));
}

/* --- Life --- */

static void
freshet_torrent_rows_dispose (GObject *object)
{
  FreshetTorrentRows *self = FRESHET_TORRENT_ROWS (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->place, freshet_place_free);
  freshet_torrent_menu_detach (GTK_WIDGET (self));
  if (self->list != NULL)
    freshet_torrent_rows_set_active (self, FALSE);
  g_clear_pointer (&self->lazy, freshet_lazy_free);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_object (&self->list);

  G_OBJECT_CLASS (freshet_torrent_rows_parent_class)->dispose (object);
}

static void
freshet_torrent_rows_class_init (FreshetTorrentRowsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = freshet_torrent_rows_dispose;

  signals[ACTIVATED] = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-torrent-rows.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRows, scrolled);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRows, view);
  gtk_widget_class_bind_template_callback (widget_class, view_activate_cb);
}

static void
freshet_torrent_rows_init (FreshetTorrentRows *self)
{
  self->shows_labels = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (
      gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (self->scrolled)), "changed",
      G_CALLBACK (width_changed_cb), self, G_CONNECT_SWAPPED);
}
