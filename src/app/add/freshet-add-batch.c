/* freshet-add-batch.c - torrents that are to be added together: loading them, what holds for all, adding them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-batch.h"

#include "common/freshet-settings.h"
#include "freshet-add-looks.h"
#include "freshet-links.h"
#include "freshet-folders.h"

#include <glib/gi18n.h>

#define MAX_LOADING 4      /* at once: each may hold a file of BT_METAINFO_MAX_BYTES */
#define MAX_SOURCES 10000

struct _FreshetAddBatch
{
  GObject parent_instance;

  /* owned */
  BtSupervisor *supervisor;
  GSettings    *settings;
  GListStore   *sources;
  GHashTable   *uris;          /* of the sources; keys borrowed from them */
  GHashTable   *twice;         /* of FreshetAddSource, borrowed: another one is the same torrent */
  GCancellable *cancellable;
  GQueue        waiting;       /* of FreshetAddSource: to be loaded */
  char         *folder;
  char        **labels;        /* nullable */
  GPtrArray    *added;
  GPtrArray    *too_large;
  FreshetAddLooks *looks;      /* at magnet links */

  /* values */
  guint n_loading;
  guint n_adding;
  guint changed_idle;          /* a source id; 0: none */
  guint previews : 1;          /* magnet links are looked at */
  guint starts : 1;
  guint is_sequential : 1;
};

G_DEFINE_FINAL_TYPE (FreshetAddBatch, freshet_add_batch, G_TYPE_OBJECT)

enum
{
  CHANGED,
  LOADED,
  COMMITTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Work on one source, for a callback. */
typedef struct
{
  FreshetAddBatch  *batch;   /* owned */
  FreshetAddSource *source;  /* owned */
} Work;

static Work *
work_new (FreshetAddBatch  *batch,
          FreshetAddSource *source)
{
  Work *work = g_new0 (Work, 1);

  work->batch = g_object_ref (batch);
  work->source = g_object_ref (source);
  return work;
}

static void
work_free (Work *work)
{
  g_object_unref (work->batch);
  g_object_unref (work->source);
  g_free (work);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

/* --- Loading --- */

static void load_next (FreshetAddBatch *self);

/* (transfer full) */
static char *
explain_magnet (const GError *error)
{
  switch ((BtMagnetError) error->code)
    {
    case BT_MAGNET_ERROR_NOT_A_MAGNET:
      return g_strdup (_("This is not a magnet link."));
    case BT_MAGNET_ERROR_NO_HASH:
      return g_strdup (_("This magnet link does not name a torrent."));
    case BT_MAGNET_ERROR_BAD_HASH:
      return g_strdup (_("This magnet link is damaged: a part of it is missing or wrong."));
    case BT_MAGNET_ERROR_AMBIGUOUS:
      return g_strdup (_("This magnet link names more than one torrent."));
    case BT_MAGNET_ERROR_TOO_LARGE:
      return g_strdup (_("This magnet link is too long."));
    }
  return g_strdup (error->message);
}

/* The engine's sentences are exact; these are for the cases that happen. (transfer full) */
static char *
explain (const GError *error)
{
  if (g_error_matches (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_NOT_BENCODE))
    return g_strdup (_("This is not a torrent file."));
  if (g_error_matches (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_UNSUPPORTED))
    return g_strdup (_("This torrent is of a kind that Freshet does not know."));
  if (error->domain == BT_MAGNET_ERROR)
    return explain_magnet (error);
  if (error->domain == BT_METAINFO_ERROR)
    /* Translators: what exactly is wrong */
    return g_strdup_printf (_("This torrent file is damaged: %s"), error->message);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_strdup (_("The server does not answer."));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return g_strdup (_("The server cannot be reached."));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE))
    return g_strdup (_("This is too large for a torrent file."));
  if (error->domain == G_RESOLVER_ERROR)
    return g_strdup (_("The server was not found."));
  return g_strdup (error->message);
}

/* Another source of the batch that is the same torrent. */
static gboolean
is_twice (FreshetAddBatch  *self,
          FreshetAddSource *source)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sources));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FreshetAddSource) other = g_list_model_get_item (G_LIST_MODEL (self->sources), i);

      if (other != source && !g_hash_table_contains (self->twice, other) &&
          freshet_add_source_is_same (source, other))
        return TRUE;
    }
  return FALSE;
}

/* What is known of it names a torrent now. FALSE: it is in the batch already, which is said. */
static gboolean
check_twice (FreshetAddBatch  *self,
             FreshetAddSource *source)
{
  if (!is_twice (self, source))
    return TRUE;
  g_hash_table_add (self->twice, source);
  freshet_add_source_set_failed (source, _("The same torrent is here twice."));
  return FALSE;
}

static void
take_metainfo (FreshetAddBatch  *self,
               FreshetAddSource *source,
               BtMetainfo       *metainfo)
{
  BtTorrent *torrent = bt_supervisor_find (self->supervisor, metainfo);

  freshet_add_source_set_metainfo (source, metainfo);
  if (!check_twice (self, source))
    return;
  freshet_add_source_set_state (source, torrent != NULL ? FRESHET_ADD_THERE : FRESHET_ADD_READY,
                                torrent);
  freshet_add_source_look (source, self->folder);
}

static void
end_loading (FreshetAddBatch *self)
{
  self->n_loading--;
  load_next (self);
  if (self->n_loading == 0)
    g_signal_emit (self, signals[LOADED], 0);
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (Work) work = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BtMetainfo) metainfo = bt_load_metainfo_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (metainfo != NULL)
    take_metainfo (work->batch, work->source, metainfo);
  else
    {
      g_autofree char *reason = explain (error);

      freshet_add_source_set_failed (work->source, reason);
    }
  end_loading (work->batch);
}

/* --- Magnet links --- */

/* By either of its hashes. Borrowed, nullable. */
static BtTorrent *
find_torrent (FreshetAddBatch *self,
              BtMagnet        *magnet)
{
  const guint8 *hash_v2 = bt_magnet_get_info_hash_v2 (magnet);
  BtTorrent *torrent =
      bt_supervisor_find_by_hash (self->supervisor, bt_magnet_get_info_hash (magnet));

  if (torrent == NULL && hash_v2 != NULL)
    torrent = bt_supervisor_find_by_hash (self->supervisor, hash_v2);
  return torrent;
}

/* It is in the list, or it was when the engine looked. */
static void
take_there (FreshetAddBatch  *self,
            FreshetAddSource *source)
{
  BtMetainfo *metainfo = freshet_add_source_get_metainfo (source);
  BtTorrent *torrent = metainfo != NULL
                         ? bt_supervisor_find (self->supervisor, metainfo)
                         : find_torrent (self, freshet_add_source_get_magnet (source));

  if (torrent != NULL)
    freshet_add_source_set_state (source, FRESHET_ADD_THERE, torrent);
  else
    freshet_add_source_set_failed (source, _("This torrent is being added or removed already."));
}

/* What a link is of, or why that cannot be found out. */
static void
looked_cb (FreshetAddSource *source,
           BtMetainfo       *metainfo,
           const GError     *error,
           gpointer          user_data)
{
  FreshetAddBatch *self = user_data;

  if (metainfo != NULL)
    take_metainfo (self, source, metainfo);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    take_there (self, source);
  else
    {
      g_autofree char *reason = explain (error);

      freshet_add_source_set_failed (source, reason);
    }
}

/* One whose files are known needs none. */
static void
look (FreshetAddBatch  *self,
      FreshetAddSource *source)
{
  if (self->previews && freshet_add_source_get_state (source) == FRESHET_ADD_SEEKING)
    freshet_add_looks_begin (self->looks, source);
}

static void
take_magnet (FreshetAddBatch  *self,
             FreshetAddSource *source)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BtMagnet) magnet =
      bt_magnet_new_from_uri (freshet_add_source_get_uri (source), &error);
  BtTorrent *torrent;

  if (magnet == NULL)
    {
      g_autofree char *reason = explain (error);

      freshet_add_source_set_failed (source, reason);
      return;
    }
  freshet_add_source_set_seeking (source, magnet);
  if (!check_twice (self, source))
    return;
  torrent = find_torrent (self, magnet);
  if (torrent != NULL)
    freshet_add_source_set_state (source, FRESHET_ADD_THERE, torrent);
  else
    look (self, source);
}

/* From the main loop, as every other end of loading. */
static gboolean
take_magnet_cb (gpointer user_data)
{
  Work *work = user_data;

  if (g_cancellable_is_cancelled (work->batch->cancellable))
    return G_SOURCE_REMOVE;
  take_magnet (work->batch, work->source);
  end_loading (work->batch);
  return G_SOURCE_REMOVE;
}

static void
load_next (FreshetAddBatch *self)
{
  while (self->n_loading < MAX_LOADING && !g_queue_is_empty (&self->waiting))
    {
      g_autoptr (FreshetAddSource) source = g_queue_pop_head (&self->waiting);
      const char *uri = freshet_add_source_get_uri (source);

      self->n_loading++;
      if (freshet_link_get_kind (uri) == FRESHET_LINK_MAGNET)
        g_idle_add_full (G_PRIORITY_DEFAULT, take_magnet_cb, work_new (self, source),
                         (GDestroyNotify) work_free);
      else
        bt_load_metainfo_async (uri, self->cancellable, loaded_cb, work_new (self, source));
    }
}

/* --- Sources --- */

static gboolean
changed_idle_cb (gpointer user_data)
{
  FreshetAddBatch *self = user_data;

  self->changed_idle = 0;
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
source_changed_cb (FreshetAddBatch *self)
{
  if (self->changed_idle == 0)
    self->changed_idle = g_idle_add (changed_idle_cb, self);
}

void
freshet_add_batch_add (FreshetAddBatch   *self,
                       const char *const *uris)
{
  g_return_if_fail (FRESHET_IS_ADD_BATCH (self));

  for (guint i = 0; uris[i] != NULL && g_hash_table_size (self->uris) < MAX_SOURCES; i++)
    {
      g_autoptr (FreshetAddSource) source = NULL;

      if (g_hash_table_contains (self->uris, uris[i]))
        continue;
      source = freshet_add_source_new (uris[i]);
      g_signal_connect_object (source, "changed", G_CALLBACK (source_changed_cb), self,
                               G_CONNECT_SWAPPED);
      g_list_store_append (self->sources, source);
      g_hash_table_add (self->uris, (char *) freshet_add_source_get_uri (source));
      g_queue_push_tail (&self->waiting, g_object_ref (source));
    }
  source_changed_cb (self);
  load_next (self);
}

void
freshet_add_batch_load_again (FreshetAddBatch  *self,
                              FreshetAddSource *source)
{
  g_return_if_fail (FRESHET_IS_ADD_BATCH (self));

  g_hash_table_remove (self->twice, source);
  freshet_add_source_set_loading (source);
  g_queue_push_tail (&self->waiting, g_object_ref (source));
  load_next (self);
}

GListModel *
freshet_add_batch_get_sources (FreshetAddBatch *self)
{
  g_return_val_if_fail (FRESHET_IS_ADD_BATCH (self), NULL);

  return G_LIST_MODEL (self->sources);
}

/* With or without its files known. */
static gboolean
can_add (FreshetAddSource *source)
{
  guint n_wanted;

  freshet_add_source_get_wanted (source, &n_wanted);
  return freshet_add_source_get_state (source) == FRESHET_ADD_SEEKING ||
         (freshet_add_source_get_state (source) == FRESHET_ADD_READY && n_wanted > 0);
}

void
freshet_add_batch_count (FreshetAddBatch  *self,
                         FreshetAddCounts *out_counts)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sources));
  FreshetAddCounts counts = { 0 };

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FreshetAddSource) source = g_list_model_get_item (G_LIST_MODEL (self->sources), i);
      FreshetAddState state = freshet_add_source_get_state (source);
      gboolean is_chosen = freshet_add_source_is_chosen (source);
      guint n_wanted;
      guint64 wanted_bytes = freshet_add_source_get_wanted (source, &n_wanted);

      counts.n_loading += state == FRESHET_ADD_LOADING;
      counts.n_failed += state == FRESHET_ADD_FAILED;
      counts.n_to_merge += freshet_add_source_can_merge (source) && is_chosen;
      if (state == FRESHET_ADD_SEEKING && is_chosen)
        counts.n_unknown++;
      if (!is_chosen || !can_add (source))
        continue;
      counts.n_to_add++;
      counts.n_with_files += freshet_add_source_has_files (source);
      counts.to_add_bytes += wanted_bytes;
    }
  *out_counts = counts;
}

/* --- What holds for all --- */

const char *
freshet_add_batch_get_folder (FreshetAddBatch *self)
{
  return self->folder;
}

void
freshet_add_batch_set_folder (FreshetAddBatch *self,
                              const char      *folder)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sources));

  g_return_if_fail (FRESHET_IS_ADD_BATCH (self));

  g_free (self->folder);
  self->folder = g_strdup (folder);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FreshetAddSource) source = g_list_model_get_item (G_LIST_MODEL (self->sources), i);

      /* It was loaded, and adding it failed: maybe because of the folder. */
      if (freshet_add_source_get_state (source) == FRESHET_ADD_FAILED &&
          !g_hash_table_contains (self->twice, source) &&
          (freshet_add_source_get_metainfo (source) != NULL ||
           freshet_add_source_get_magnet (source) != NULL))
        {
          freshet_add_source_set_ready (source);
          look (self, source);
        }
      freshet_add_source_look (source, folder);
    }
  source_changed_cb (self);
}

void
freshet_add_batch_set_labels (FreshetAddBatch   *self,
                              const char *const *labels)
{
  g_strfreev (self->labels);
  self->labels = g_strdupv ((char **) labels);
}

gboolean
freshet_add_batch_get_starts (FreshetAddBatch *self)
{
  return self->starts;
}

void
freshet_add_batch_set_starts (FreshetAddBatch *self,
                              gboolean         starts)
{
  self->starts = starts;
}

void
freshet_add_batch_set_sequential (FreshetAddBatch *self,
                                  gboolean         is_sequential)
{
  self->is_sequential = is_sequential;
}

/* --- Adding --- */

static void
end_adding (FreshetAddBatch *self)
{
  self->n_adding--;
  if (self->n_adding == 0)
    g_signal_emit (self, signals[COMMITTED], 0);
}

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (Work) work = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BtTorrent) torrent =
      bt_supervisor_add_finish (BT_SUPERVISOR (object), result, &error);
  FreshetAddBatch *self = work->batch;

  if (torrent != NULL)
    {
      g_ptr_array_add (self->added, g_object_ref (torrent));
      freshet_add_source_set_state (work->source, FRESHET_ADD_ADDED, torrent);
    }
  else if (g_error_matches (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE))
    {
      g_ptr_array_add (self->too_large, g_object_ref (work->source));
      freshet_add_source_set_ready (work->source);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    take_there (self, work->source);
  else
    freshet_add_source_set_failed (work->source, error->message);
  end_adding (self);
}

static void
add_source (FreshetAddBatch  *self,
            FreshetAddSource *source,
            gboolean          ignore_space)
{
  g_autofree char *incomplete = NULL;
  BtMetainfo *metainfo = freshet_add_source_get_metainfo (source);
  const GArray *known = freshet_add_source_get_known (source);
  g_autoptr (GArray) selected = metainfo != NULL ? freshet_add_source_dup_selected (source) : NULL;
  BtAddOptions options = {
    .folder = self->folder,
    .labels = (const char *const *) self->labels,
    .is_paused = !self->starts,
    .is_sequential = self->is_sequential,
    .ignore_space = ignore_space,
    .preallocation = (BtPreallocation) g_settings_get_enum (self->settings, "preallocation"),
    .max_peers = g_settings_get_uint (self->settings, "max-peers-per-torrent"),
    .upload_slots = g_settings_get_uint (self->settings, "upload-slots"),
  };

  if (g_settings_get_boolean (self->settings, "use-incomplete-folder"))
    incomplete = freshet_settings_dup_path (self->settings, "incomplete-folder");
  options.incomplete_folder = incomplete;
  if (selected != NULL)
    {
      options.selected_files = (const guint *) (void *) selected->data;
      options.n_selected_files = selected->len;
    }
  if (known != NULL)
    {
      options.peers = (const BtKnownAddress *) (void *) known->data;
      options.n_peers = known->len;
    }
  self->n_adding++;
  freshet_add_source_set_state (source, FRESHET_ADD_ADDING, NULL);
  freshet_add_looks_end (self->looks, source);
  if (metainfo != NULL)
    bt_supervisor_add_async (self->supervisor, metainfo, &options, NULL, added_cb,
                             work_new (self, source));
  else
    bt_supervisor_add_magnet_async (self->supervisor, freshet_add_source_get_magnet (source),
                                    &options, NULL, added_cb, work_new (self, source));
}

static void
merge_source (FreshetAddSource *source)
{
  g_autoptr (BtTorrent) torrent = g_object_ref (freshet_add_source_get_torrent (source));

  if (freshet_add_source_get_metainfo (source) != NULL)
    bt_torrent_merge_trackers (torrent, freshet_add_source_get_metainfo (source));
  else
    bt_torrent_merge_magnet (torrent, freshet_add_source_get_magnet (source));
  freshet_add_source_set_state (source, FRESHET_ADD_ADDED, torrent);
}

void
freshet_add_batch_commit (FreshetAddBatch *self,
                          gboolean         ignore_space)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sources));

  g_return_if_fail (FRESHET_IS_ADD_BATCH (self));
  g_return_if_fail (self->n_adding == 0);

  g_ptr_array_set_size (self->too_large, 0);
  self->n_adding = 1;  /* the loop's own: `committed` comes once, behind it */
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FreshetAddSource) source = g_list_model_get_item (G_LIST_MODEL (self->sources), i);

      if (!freshet_add_source_is_chosen (source))
        continue;
      if (freshet_add_source_can_merge (source))
        merge_source (source);
      else if (can_add (source))
        add_source (self, source, ignore_space);
    }
  freshet_folders_note (self->settings, self->folder);
  end_adding (self);
}

GPtrArray *
freshet_add_batch_get_added (FreshetAddBatch *self)
{
  return self->added;
}

GPtrArray *
freshet_add_batch_get_too_large (FreshetAddBatch *self)
{
  return self->too_large;
}

guint
freshet_add_batch_drop_done (FreshetAddBatch *self)
{
  guint n_done = 0;

  g_return_val_if_fail (FRESHET_IS_ADD_BATCH (self), 0);
  g_return_val_if_fail (self->n_adding == 0, 0);

  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->sources)); i-- > 0;)
    {
      g_autoptr (FreshetAddSource) source = g_list_model_get_item (G_LIST_MODEL (self->sources), i);
      gboolean is_done = freshet_add_source_get_state (source) == FRESHET_ADD_ADDED;

      n_done += is_done;
      if (!g_hash_table_remove (self->twice, source) && !is_done)
        continue;
      g_hash_table_remove (self->uris, freshet_add_source_get_uri (source));
      g_list_store_remove (self->sources, i);
    }
  source_changed_cb (self);
  return n_done;
}

void
freshet_add_batch_cancel (FreshetAddBatch *self)
{
  g_return_if_fail (FRESHET_IS_ADD_BATCH (self));

  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (&self->waiting, g_object_unref);
  freshet_add_looks_end_all (self->looks);
}

/* --- Life --- */

static void
freshet_add_batch_finalize (GObject *object)
{
  FreshetAddBatch *self = FRESHET_ADD_BATCH (object);

  g_clear_handle_id (&self->changed_idle, g_source_remove);
  g_queue_clear_full (&self->waiting, g_object_unref);
  freshet_add_looks_free (self->looks);
  g_hash_table_unref (self->uris);
  g_hash_table_unref (self->twice);
  g_object_unref (self->sources);
  g_object_unref (self->cancellable);
  g_object_unref (self->supervisor);
  g_object_unref (self->settings);
  g_ptr_array_unref (self->added);
  g_ptr_array_unref (self->too_large);
  g_strfreev (self->labels);
  g_free (self->folder);

  G_OBJECT_CLASS (freshet_add_batch_parent_class)->finalize (object);
}

static guint
make_signal (const char *name)
{
  return g_signal_new (name, FRESHET_TYPE_ADD_BATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 0);
}

static void
freshet_add_batch_class_init (FreshetAddBatchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = freshet_add_batch_finalize;

  signals[CHANGED] = make_signal ("changed");
  signals[LOADED] = make_signal ("loaded");
  signals[COMMITTED] = make_signal ("committed");
}

static void
freshet_add_batch_init (FreshetAddBatch *self)
{
  self->sources = g_list_store_new (FRESHET_TYPE_ADD_SOURCE);
  self->uris = g_hash_table_new (g_str_hash, g_str_equal);
  self->twice = g_hash_table_new (NULL, NULL);
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
  self->added = g_ptr_array_new_with_free_func (g_object_unref);
  self->too_large = g_ptr_array_new_with_free_func (g_object_unref);
}

FreshetAddBatch *
freshet_add_batch_new (BtSupervisor *supervisor,
                       GSettings    *settings,
                       gboolean      previews)
{
  FreshetAddBatch *self = g_object_new (FRESHET_TYPE_ADD_BATCH, NULL);

  self->previews = previews != FALSE;
  self->supervisor = g_object_ref (supervisor);
  self->looks = freshet_add_looks_new (supervisor, looked_cb, G_OBJECT (self));
  self->settings = g_object_ref (settings);
  self->folder = freshet_settings_dup_download_folder (settings);
  self->starts = g_settings_get_boolean (settings, "start-when-added");
  return self;
}
