/* freshet-torrent-list.c - the torrents as the window shows them: filtered, sorted, chosen
 *
 * An entry for each torrent follows it. Its key (what it is sorted by) is kept as it was when the list was last
 * sorted, so that a torrent that changed in something else costs a comparison.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-list.h"

#include "freshet-columns.h"
#include "freshet-filter.h"
#include "freshet-torrent-model.h"

/* Before GTK's layout (GTK_PRIORITY_RESIZE is G_PRIORITY_HIGH_IDLE + 10), so that no frame shows what is old. */
#define PRIORITY_ARRANGE G_PRIORITY_HIGH_IDLE

/* One torrent among those that are sorted. */
typedef struct
{
  FreshetKey    key;
  FreshetEntry *entry;
} Place;

struct _FreshetTorrentList
{
  GObject parent_instance;

  /* owned */
  BtSupervisor        *supervisor;
  FreshetTorrentModel *model;
  GtkSelectionModel   *selection;
  GHashTable          *entries;     /* of BtTorrent to FreshetEntry, owned */
  GHashTable          *hidden;      /* of BtTorrent */
  GArray              *places;      /* of Place: as shown */
  FreshetFilter        filter;
  FreshetCounts        counts;

  /* values */
  const FreshetColumn *column;
  guint                idle;        /* a source; 0: none */
  guint                is_descending : 1;
  guint                must_load : 1;    /* torrents came or went */
  guint                must_arrange : 1; /* what is shown, or its order, is not right any more */
  guint                must_tell : 1;    /* the counts have changed */
};

G_DEFINE_FINAL_TYPE (FreshetTorrentList, freshet_torrent_list, G_TYPE_OBJECT)

enum
{
  COUNTS_CHANGED,
  REORDERED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- Order --- */

static FreshetKey
get_key (FreshetTorrentList *self,
         FreshetEntry       *entry)
{
  FreshetKey key = { 0 };

  self->column->get_key (entry, &key);
  return key;
}

/* Another one for nearly every other key: enough to see that a torrent has to go elsewhere. */
static double
get_mark (const FreshetKey *key)
{
  return key->text != NULL ? (double) g_str_hash (key->text) : key->number;
}

static int
compare (gconstpointer a,
         gconstpointer b,
         gpointer      user_data)
{
  const FreshetTorrentList *self = user_data;
  const Place *first = a;
  const Place *second = b;
  const BtRecord *record = first->entry->record;
  const BtRecord *other = second->entry->record;
  int order = freshet_columns_compare (&first->key, &second->key);

  if (order != 0)
    return self->is_descending ? -order : order;
  if (record->position != other->position)
    return record->position < other->position ? -1 : 1;
  return record->id < other->id ? -1 : record->id > other->id;
}

/* Whether those of the old places that are shown still come in another order. */
static gboolean
is_reordered (GPtrArray *shown,
              GArray    *old)
{
  guint n = 0;

  for (guint i = 0; i < old->len; i++)
    {
      FreshetEntry *entry = g_array_index (old, Place, i).entry;

      if (!entry->is_shown)
        continue;
      while (n < shown->len && shown->pdata[n] != entry->torrent)
        n++;
      if (n == shown->len)
        return TRUE;
    }
  return FALSE;
}

static void
arrange (FreshetTorrentList *self)
{
  g_autoptr (GArray) old = self->places;
  GPtrArray *shown = g_ptr_array_new_full (old->len, g_object_unref);
  GHashTableIter iter;
  gpointer value;
  gboolean has_moved;

  self->must_arrange = FALSE;
  self->places = g_array_sized_new (FALSE, FALSE, sizeof (Place), old->len);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FreshetEntry *entry = value;
      Place place = { .entry = entry };

      entry->is_shown = freshet_filter_matches (&self->filter, entry);
      if (!entry->is_shown)
        continue;
      place.key = get_key (self, entry);
      entry->mark = get_mark (&place.key);
      g_array_append_val (self->places, place);
    }
  g_array_sort_with_data (self->places, compare, self);
  for (guint i = 0; i < self->places->len; i++)
    g_ptr_array_add (shown, g_object_ref (g_array_index (self->places, Place, i).entry->torrent));
  has_moved = is_reordered (shown, old);
  if (freshet_torrent_model_set (self->model, shown) && has_moved)
    g_signal_emit (self, signals[REORDERED], 0);
}

/* --- What changes --- */

static void load (FreshetTorrentList *self);

static void
catch_up (FreshetTorrentList *self)
{
  g_clear_handle_id (&self->idle, g_source_remove);
  if (self->must_load)
    load (self);
  if (self->must_arrange)
    arrange (self);
  if (self->must_tell)
    {
      self->must_tell = FALSE;
      g_signal_emit (self, signals[COUNTS_CHANGED], 0);
    }
}

static gboolean
idle_cb (gpointer user_data)
{
  FreshetTorrentList *self = user_data;

  self->idle = 0;
  catch_up (self);
  return G_SOURCE_REMOVE;
}

static void
catch_up_soon (FreshetTorrentList *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add_full (PRIORITY_ARRANGE, idle_cb, self, NULL);
}

static void
torrent_changed_cb (BtTorrent          *torrent,
                    FreshetTorrentList *self)
{
  FreshetEntry *entry = g_hash_table_lookup (self->entries, torrent);
  FreshetKey key;

  if (freshet_entry_refresh (entry))
    {
      if (!entry->is_hidden)
        freshet_counts_remove (&self->counts, entry);
      freshet_entry_update (entry);
      if (!entry->is_hidden)
        freshet_counts_add (&self->counts, entry);
      self->must_tell = TRUE;
      if (entry->is_shown != freshet_filter_matches (&self->filter, entry))
        self->must_arrange = TRUE;
      catch_up_soon (self);
    }
  if (!entry->is_shown || self->must_arrange)
    return;
  key = get_key (self, entry);
  if (get_mark (&key) == entry->mark)
    return;
  self->must_arrange = TRUE;
  /* Else ticked_cb() sees it. */
  if (!self->column->is_dynamic)
    catch_up_soon (self);
}

static void
ticked_cb (FreshetTorrentList *self)
{
  catch_up (self);
}

static void
follow (FreshetTorrentList *self,
        BtTorrent          *torrent)
{
  FreshetEntry *entry = freshet_entry_new (torrent);

  g_hash_table_insert (self->entries, torrent, entry);
  entry->is_hidden = g_hash_table_contains (self->hidden, torrent);
  if (!entry->is_hidden)
    freshet_counts_add (&self->counts, entry);
  g_signal_connect (torrent, "changed", G_CALLBACK (torrent_changed_cb), self);
}

static void
unfollow (FreshetTorrentList *self,
          FreshetEntry       *entry)
{
  g_signal_handlers_disconnect_by_func (entry->torrent, torrent_changed_cb, self);
  if (!entry->is_hidden)
    freshet_counts_remove (&self->counts, entry);
}

/* Follows those that came, and no longer those that went. */
static void
load (FreshetTorrentList *self)
{
  GListModel *torrents = bt_supervisor_get_torrents (self->supervisor);
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  guint n = g_list_model_get_n_items (torrents);
  GHashTableIter iter;
  gpointer torrent, entry;

  self->must_load = FALSE;
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &torrent, NULL))
    g_hash_table_add (gone, torrent);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BtTorrent) here = g_list_model_get_item (torrents, i);

      if (!g_hash_table_remove (gone, here))
        follow (self, here);
    }
  /* What is shown is about to be made again: places of those that go are gone before them. */
  self->must_arrange = self->must_tell = TRUE;
  g_array_set_size (self->places, 0);
  g_hash_table_iter_init (&iter, gone);
  while (g_hash_table_iter_next (&iter, &torrent, NULL))
    {
      entry = g_hash_table_lookup (self->entries, torrent);
      unfollow (self, entry);
      g_hash_table_remove (self->entries, torrent);
    }
}

static void
torrents_changed_cb (FreshetTorrentList *self)
{
  self->must_load = TRUE;
  catch_up_soon (self);
}

/* --- What is asked for --- */

void
freshet_torrent_list_set_hidden (FreshetTorrentList *self,
                                 GPtrArray          *torrents,
                                 gboolean            is_hidden)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  for (guint i = 0; i < torrents->len; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (torrents, i);
      FreshetEntry *entry = g_hash_table_lookup (self->entries, torrent);

      if (is_hidden)
        g_hash_table_add (self->hidden, g_object_ref (torrent));
      else
        g_hash_table_remove (self->hidden, torrent);
      if (entry == NULL || entry->is_hidden == (is_hidden != FALSE))
        continue;
      entry->is_hidden = is_hidden != FALSE;
      if (is_hidden)
        freshet_counts_remove (&self->counts, entry);
      else
        freshet_counts_add (&self->counts, entry);
    }
  self->must_arrange = self->must_tell = TRUE;
  catch_up (self);
}

void
freshet_torrent_list_set_search (FreshetTorrentList *self,
                                 const char         *text)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  freshet_filter_set_search (&self->filter, text);
  self->must_arrange = TRUE;
  catch_up (self);
}

void
freshet_torrent_list_set_filter (FreshetTorrentList *self,
                                 const char         *filter)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  freshet_filter_set (&self->filter, filter);
  self->must_arrange = TRUE;
  catch_up (self);
}

void
freshet_torrent_list_set_sort (FreshetTorrentList *self,
                               const char         *column,
                               gboolean            is_descending)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  self->column = freshet_columns_find (column);
  if (self->column == NULL)
    self->column = freshet_columns_find ("added");
  self->is_descending = is_descending != FALSE;
  self->must_arrange = TRUE;
  catch_up (self);
}

const FreshetCounts *
freshet_torrent_list_get_counts (FreshetTorrentList *self)
{
  g_return_val_if_fail (FRESHET_IS_TORRENT_LIST (self), NULL);

  return &self->counts;
}

GtkSelectionModel *
freshet_torrent_list_get_selection (FreshetTorrentList *self)
{
  g_return_val_if_fail (FRESHET_IS_TORRENT_LIST (self), NULL);

  return self->selection;
}

void
freshet_torrent_list_catch_up (FreshetTorrentList *self)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  catch_up (self);
  freshet_torrent_model_finish (self->model);
}

gboolean
freshet_torrent_list_is_current (FreshetTorrentList *self)
{
  g_return_val_if_fail (FRESHET_IS_TORRENT_LIST (self), FALSE);

  return !self->must_load;
}

void
freshet_torrent_list_select_all (FreshetTorrentList *self)
{
  g_return_if_fail (FRESHET_IS_TORRENT_LIST (self));

  catch_up (self);
  freshet_torrent_model_finish (self->model);
  gtk_selection_model_select_all (self->selection);
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

/* --- Life --- */

static void
freshet_torrent_list_finalize (GObject *object)
{
  FreshetTorrentList *self = FRESHET_TORRENT_LIST (object);
  GHashTableIter iter;
  gpointer entry;

  g_clear_handle_id (&self->idle, g_source_remove);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    unfollow (self, entry);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  g_clear_object (&self->supervisor);
  g_array_unref (self->places);
  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->hidden);
  freshet_filter_clear (&self->filter);
  freshet_counts_clear (&self->counts);

  G_OBJECT_CLASS (freshet_torrent_list_parent_class)->finalize (object);
}

static void
freshet_torrent_list_class_init (FreshetTorrentListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = freshet_torrent_list_finalize;

  signals[COUNTS_CHANGED] =
      g_signal_new ("counts-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
  signals[REORDERED] =
      g_signal_new ("reordered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
}

static void
freshet_torrent_list_init (FreshetTorrentList *self)
{
  self->entries = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) freshet_entry_free);
  self->hidden = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  self->column = freshet_columns_find ("added");
  freshet_counts_init (&self->counts);
  self->model = freshet_torrent_model_new ();
  self->selection =
      GTK_SELECTION_MODEL (gtk_multi_selection_new (G_LIST_MODEL (g_object_ref (self->model))));
}

FreshetTorrentList *
freshet_torrent_list_new (BtSupervisor *supervisor)
{
  FreshetTorrentList *self = g_object_new (FRESHET_TYPE_TORRENT_LIST, NULL);

  self->supervisor = g_object_ref (supervisor);
  g_signal_connect_object (bt_supervisor_get_torrents (supervisor), "items-changed",
                           G_CALLBACK (torrents_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (supervisor, "ticked", G_CALLBACK (ticked_cb), self, G_CONNECT_SWAPPED);
  self->must_load = TRUE;
  catch_up (self);
  return self;
}
