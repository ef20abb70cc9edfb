/* freshet-torrent-list.c - the torrents as the window shows them: filtered, sorted, chosen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-list.h"

struct _FreshetTorrentList
{
  GObject parent_instance;

  /* owned */
  BtSupervisor      *supervisor;
  GtkCustomFilter   *filter;
  GtkCustomSorter   *sorter;
  GtkSelectionModel *selection;
  GHashTable        *hidden;      /* of BtTorrent */
  char              *search;      /* nullable, folded for comparing */

  /* values */
  guint is_descending : 1;
};

G_DEFINE_FINAL_TYPE (FreshetTorrentList, freshet_torrent_list, G_TYPE_OBJECT)

static gboolean
matches (gpointer item,
         gpointer user_data)
{
  FreshetTorrentList *self = user_data;
  g_autofree char *name = NULL;

  if (g_hash_table_contains (self->hidden, item))
    return FALSE;
  if (self->search == NULL)
    return TRUE;
  name = g_utf8_casefold (bt_torrent_get_name (item), -1);
  return strstr (name, self->search) != NULL;
}

static int
compare (gconstpointer a,
         gconstpointer b,
         gpointer      user_data)
{
  FreshetTorrentList *self = user_data;
  gint64 added_a = bt_torrent_get_record ((BtTorrent *) a)->added_at_s;
  gint64 added_b = bt_torrent_get_record ((BtTorrent *) b)->added_at_s;
  int order = added_a < added_b ? -1 : added_a > added_b;

  return self->is_descending ? -order : order;
}

void
freshet_torrent_list_set_hidden (FreshetTorrentList *self,
                                 GPtrArray          *torrents,
                                 gboolean            is_hidden)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  for (guint i = 0; i < torrents->len; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (torrents, i);

      if (is_hidden)
        g_hash_table_add (self->hidden, g_object_ref (torrent));
      else
        g_hash_table_remove (self->hidden, torrent);
    }
  gtk_filter_changed (GTK_FILTER (self->filter),
                      is_hidden ? GTK_FILTER_CHANGE_MORE_STRICT : GTK_FILTER_CHANGE_LESS_STRICT);
}

void
freshet_torrent_list_set_search (FreshetTorrentList *self,
                                 const char         *text)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  g_clear_pointer (&self->search, g_free);
  if (text != NULL && *text != '\0')
    self->search = g_utf8_casefold (text, -1);
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
}

void
freshet_torrent_list_set_filter (FreshetTorrentList *self,
                                 const char         *filter)
{
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
}

void
freshet_torrent_list_set_sort (FreshetTorrentList *self,
                               const char         *column,
                               gboolean            is_descending)
{
  self->is_descending = is_descending != FALSE;
  gtk_sorter_changed (GTK_SORTER (self->sorter), GTK_SORTER_CHANGE_DIFFERENT);
}

GtkSelectionModel *
freshet_torrent_list_get_selection (FreshetTorrentList *self)
{
  g_return_val_if_fail (FRESHET_IS_TORRENT_LIST (self), NULL);

  return self->selection;
}

GPtrArray *
freshet_torrent_list_dup_selected (FreshetTorrentList *self)
{
  GPtrArray *torrents = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GtkBitset) set = gtk_selection_model_get_selection (self->selection);
  GtkBitsetIter iter;
  guint position;

  for (gboolean is_valid = gtk_bitset_iter_init_first (&iter, set, &position); is_valid;
       is_valid = gtk_bitset_iter_next (&iter, &position))
    g_ptr_array_add (torrents, g_list_model_get_item (G_LIST_MODEL (self->selection), position));
  return torrents;
}

static void
freshet_torrent_list_finalize (GObject *object)
{
  FreshetTorrentList *self = FRESHET_TORRENT_LIST (object);

  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_object (&self->sorter);
  g_clear_object (&self->supervisor);
  g_hash_table_unref (self->hidden);
  g_free (self->search);

  G_OBJECT_CLASS (freshet_torrent_list_parent_class)->finalize (object);
}

static void
freshet_torrent_list_class_init (FreshetTorrentListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = freshet_torrent_list_finalize;
}

static void
freshet_torrent_list_init (FreshetTorrentList *self)
{
  self->hidden = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
}

FreshetTorrentList *
freshet_torrent_list_new (BtSupervisor *supervisor)
{
  FreshetTorrentList *self = g_object_new (FRESHET_TYPE_TORRENT_LIST, NULL);
  GListModel *torrents = bt_supervisor_get_torrents (supervisor);
  GtkFilterListModel *filtered;
  GtkSortListModel *sorted;

  self->supervisor = g_object_ref (supervisor);
  self->filter = gtk_custom_filter_new (matches, self, NULL);
  self->sorter = gtk_custom_sorter_new (compare, self, NULL);
  filtered = gtk_filter_list_model_new (g_object_ref (torrents),
                                        GTK_FILTER (g_object_ref (self->filter)));
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (filtered),
                                    GTK_SORTER (g_object_ref (self->sorter)));
  self->selection = GTK_SELECTION_MODEL (gtk_multi_selection_new (G_LIST_MODEL (sorted)));
  return self;
}
