/* freshet-add-source.c - one torrent that is to be added: where it comes from, and what became of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-source.h"

#include "common/freshet-format.h"
#include "common/freshet-words.h"
#include "freshet-links.h"

#include <glib/gi18n.h>

#include <string.h>

struct _FreshetAddSource
{
  GObject parent_instance;

  /* owned */
  char            *uri;
  char            *name;
  char            *reason;     /* nullable */
  BtMetainfo      *metainfo;   /* nullable */
  BtMagnet        *magnet;     /* nullable */
  GArray          *known;      /* of BtKnownAddress; nullable */
  FreshetFileTree *tree;       /* nullable */
  GArray          *files;      /* of guint: the metainfo's numbers of the tree's files; nullable */
  BtTorrent       *torrent;    /* nullable */
  GCancellable    *look;       /* nullable */

  /* values */
  FreshetAddState state;
  BtSwarmFacts    facts;       /* of a magnet link */
  guint           n_files;     /* pads are none */
  guint           is_chosen : 1;
  guint           has_files : 1;
};

G_DEFINE_FINAL_TYPE (FreshetAddSource, freshet_add_source, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
tell (FreshetAddSource *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Reading --- */

const char *
freshet_add_source_get_uri (FreshetAddSource *self)
{
  return self->uri;
}

const char *
freshet_add_source_get_name (FreshetAddSource *self)
{
  return self->metainfo != NULL ? bt_metainfo_get_display_name (self->metainfo) : self->name;
}

FreshetAddState
freshet_add_source_get_state (FreshetAddSource *self)
{
  return self->state;
}

const char *
freshet_add_source_get_reason (FreshetAddSource *self)
{
  return self->reason;
}

BtMetainfo *
freshet_add_source_get_metainfo (FreshetAddSource *self)
{
  return self->metainfo;
}

BtMagnet *
freshet_add_source_get_magnet (FreshetAddSource *self)
{
  return self->magnet;
}

static const guint8 *
get_hash_v1 (FreshetAddSource *self)
{
  if (self->metainfo != NULL)
    return bt_metainfo_get_info_hash_v1 (self->metainfo);
  return self->magnet != NULL ? bt_magnet_get_info_hash_v1 (self->magnet) : NULL;
}

static const guint8 *
get_hash_v2 (FreshetAddSource *self)
{
  if (self->metainfo != NULL)
    return bt_metainfo_get_info_hash_v2 (self->metainfo);
  return self->magnet != NULL ? bt_magnet_get_info_hash_v2 (self->magnet) : NULL;
}

static gboolean
is_same_hash (const guint8 *a,
              const guint8 *b,
              gsize         length)
{
  return a != NULL && b != NULL && memcmp (a, b, length) == 0;
}

gboolean
freshet_add_source_is_same (FreshetAddSource *self,
                            FreshetAddSource *other)
{
  return is_same_hash (get_hash_v1 (self), get_hash_v1 (other), BT_SHA1_BYTES) ||
         is_same_hash (get_hash_v2 (self), get_hash_v2 (other), BT_SHA256_BYTES);
}

const GArray *
freshet_add_source_get_known (FreshetAddSource *self)
{
  return self->known;
}

BtTorrent *
freshet_add_source_get_torrent (FreshetAddSource *self)
{
  return self->torrent;
}

gboolean
freshet_add_source_is_chosen (FreshetAddSource *self)
{
  return self->is_chosen;
}

/* To a link nothing can be added. */
gboolean
freshet_add_source_can_merge (FreshetAddSource *self)
{
  gboolean has_trackers = self->metainfo != NULL ||
                          (self->magnet != NULL && *bt_magnet_get_trackers (self->magnet) != NULL);

  return self->state == FRESHET_ADD_THERE && has_trackers && !freshet_words_is_link (self->torrent);
}

gboolean
freshet_add_source_has_files (FreshetAddSource *self)
{
  return self->has_files;
}

guint
freshet_add_source_get_n_files (FreshetAddSource *self)
{
  return self->n_files;
}

/* Of a link that asks for some of the files (BEP 53). */
static void
choose_files (FreshetAddSource *self)
{
  guint n_ranges = 0;

  if (self->magnet != NULL)
    bt_magnet_get_ranges (self->magnet, &n_ranges);
  if (n_ranges == 0)
    return;
  for (guint i = 0; i < self->files->len; i++)
    if (!bt_magnet_wants_file (self->magnet, g_array_index (self->files, guint, i)))
      freshet_file_tree_set_priority (self->tree, i, BT_PRIORITY_SKIP);
  freshet_file_tree_flush (self->tree);
}

FreshetFileTree *
freshet_add_source_get_tree (FreshetAddSource *self)
{
  const BtFile *files;
  guint32 n_files;

  if (self->tree != NULL || self->metainfo == NULL)
    return self->tree;
  self->tree = freshet_file_tree_new ();
  self->files = g_array_new (FALSE, FALSE, sizeof (guint));
  files = bt_metainfo_get_files (self->metainfo, &n_files);
  for (guint i = 0; i < n_files; i++)
    if ((files[i].flags & BT_FILE_PAD) == 0)
      {
        freshet_file_tree_add (self->tree, files[i].display_path, files[i].length);
        g_array_append_val (self->files, i);
      }
  choose_files (self);
  g_signal_connect_object (freshet_file_tree_get_root (self->tree), "changed", G_CALLBACK (tell),
                           self, G_CONNECT_SWAPPED);
  return self->tree;
}

guint64
freshet_add_source_get_wanted (FreshetAddSource *self,
                               guint            *out_n_files)
{
  FreshetFileNode *root;

  if (self->tree == NULL)
    {
      *out_n_files = self->n_files;
      return self->metainfo != NULL ? bt_metainfo_get_content_bytes (self->metainfo) : 0;
    }
  root = freshet_file_tree_get_root (self->tree);
  *out_n_files = freshet_file_node_get_n_wanted (root);
  return freshet_file_node_get_wanted_size (root);
}

GArray *
freshet_add_source_dup_selected (FreshetAddSource *self)
{
  GArray *selected;
  guint n_wanted;

  freshet_add_source_get_wanted (self, &n_wanted);
  if (n_wanted == self->n_files)
    return NULL;
  selected = g_array_sized_new (FALSE, FALSE, sizeof (guint), n_wanted);
  for (guint i = 0; i < self->files->len; i++)
    if (freshet_file_node_get_wanted (freshet_file_tree_get_node (self->tree, i)) !=
        FRESHET_WANTED_NONE)
      g_array_append_val (selected, g_array_index (self->files, guint, i));
  return selected;
}

static char *
describe_files (FreshetAddSource *self)
{
  guint n_wanted;
  guint64 wanted_bytes = freshet_add_source_get_wanted (self, &n_wanted);
  guint64 size_bytes = bt_metainfo_get_content_bytes (self->metainfo);
  g_autofree char *size = freshet_format_bytes (size_bytes);
  g_autofree char *part = freshet_format_part (wanted_bytes, size_bytes);

  if (n_wanted == 0)
    return g_strdup (_("No files chosen"));
  if (n_wanted < self->n_files)
    /* Translators: "3 of 12 GB in 4 of 30 files" */
    return g_strdup_printf (ngettext ("%s in %u of %u file", "%s in %u of %u files", self->n_files),
                            part, n_wanted, self->n_files);
  if (self->n_files == 1)
    return g_steal_pointer (&size);
  /* Translators: "12 GB in 30 files" */
  return g_strdup_printf (ngettext ("%s in %u file", "%s in %u files", self->n_files), size,
                          self->n_files);
}

char *
freshet_add_source_describe (FreshetAddSource *self)
{
  switch (self->state)
    {
    case FRESHET_ADD_LOADING:
      return g_strdup (freshet_link_get_kind (self->uri) == FRESHET_LINK_WEB ? _("Downloading…")
                                                                             : _("Opening…"));
    case FRESHET_ADD_SEEKING:
      return freshet_words_seeking (&self->facts);
    case FRESHET_ADD_THERE:
      return g_strdup (self->is_chosen ? _("In the list already; its trackers will be added")
                                       : _("In the list already"));
    case FRESHET_ADD_FAILED:
      return g_strdup (self->reason);
    case FRESHET_ADD_ADDING:
      return g_strdup (_("Adding…"));
    case FRESHET_ADD_ADDED:
      return g_strdup (_("Added"));
    case FRESHET_ADD_READY:
      break;
    }
  return describe_files (self);
}

char *
freshet_add_source_describe_swarm (FreshetAddSource *self)
{
  return self->magnet != NULL ? freshet_words_scrape (&self->facts) : NULL;
}

/* --- Writing --- */

void
freshet_add_source_set_chosen (FreshetAddSource *self,
                               gboolean          is_chosen)
{
  if (self->is_chosen == is_chosen)
    return;
  self->is_chosen = is_chosen;
  tell (self);
}

void
freshet_add_source_set_loading (FreshetAddSource *self)
{
  self->is_chosen = TRUE;
  freshet_add_source_set_state (self, FRESHET_ADD_LOADING, NULL);
}

void
freshet_add_source_set_metainfo (FreshetAddSource *self,
                                 BtMetainfo       *metainfo)
{
  guint n_ranges = 0;

  g_return_if_fail (self->metainfo == NULL);

  self->metainfo = bt_metainfo_ref (metainfo);
  self->n_files = bt_metainfo_count_content_files (metainfo);
  /* What a link selects is counted in the tree. */
  if (self->magnet != NULL)
    bt_magnet_get_ranges (self->magnet, &n_ranges);
  if (n_ranges > 0)
    freshet_add_source_get_tree (self);
}

void
freshet_add_source_set_seeking (FreshetAddSource *self,
                                BtMagnet         *magnet)
{
  bt_magnet_ref (magnet);
  g_clear_pointer (&self->magnet, bt_magnet_unref);
  self->magnet = magnet;
  g_free (self->name);
  self->name = bt_magnet_dup_title (magnet);
  freshet_add_source_set_state (self, FRESHET_ADD_SEEKING, NULL);
}

void
freshet_add_source_set_facts (FreshetAddSource   *self,
                              const BtSwarmFacts *facts)
{
  bt_swarm_facts_clear (&self->facts);
  self->facts = *facts;
  self->facts.message = g_strdup (facts->message);
  tell (self);
}

void
freshet_add_source_set_known (FreshetAddSource *self,
                              GArray           *known)
{
  g_clear_pointer (&self->known, g_array_unref);
  self->known = known != NULL ? g_array_ref (known) : NULL;
}

void
freshet_add_source_set_state (FreshetAddSource *self,
                              FreshetAddState   state,
                              BtTorrent        *torrent)
{
  /* To change a torrent that is there already is only done when asked for. */
  if (state == FRESHET_ADD_THERE)
    self->is_chosen = FALSE;
  self->state = state;
  g_set_object (&self->torrent, torrent);
  tell (self);
}

void
freshet_add_source_set_ready (FreshetAddSource *self)
{
  g_return_if_fail (self->metainfo != NULL || self->magnet != NULL);

  self->is_chosen = TRUE;
  freshet_add_source_set_state (self,
                                self->metainfo != NULL ? FRESHET_ADD_READY : FRESHET_ADD_SEEKING,
                                NULL);
}

void
freshet_add_source_set_failed (FreshetAddSource *self,
                               const char       *reason)
{
  g_free (self->reason);
  self->reason = g_strdup (reason);
  self->is_chosen = FALSE;
  freshet_add_source_set_state (self, FRESHET_ADD_FAILED, NULL);
}

static void
looked_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (FreshetAddSource) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      self->has_files == (info != NULL))
    return;
  self->has_files = info != NULL;
  tell (self);
}

void
freshet_add_source_look (FreshetAddSource *self,
                         const char       *folder)
{
  g_autoptr (GFile) file = NULL;

  if (self->metainfo == NULL)
    return;
  if (self->look != NULL)
    g_cancellable_cancel (self->look);
  g_set_object (&self->look, NULL);
  self->look = g_cancellable_new ();
  file = g_file_new_build_filename (folder, bt_metainfo_get_name (self->metainfo), NULL);
  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT, self->look, looked_cb, g_object_ref (self));
}

/* --- Life --- */

static void
freshet_add_source_dispose (GObject *object)
{
  FreshetAddSource *self = FRESHET_ADD_SOURCE (object);

  g_clear_object (&self->look);
  g_clear_object (&self->tree);
  g_clear_object (&self->torrent);

  G_OBJECT_CLASS (freshet_add_source_parent_class)->dispose (object);
}

static void
freshet_add_source_finalize (GObject *object)
{
  FreshetAddSource *self = FRESHET_ADD_SOURCE (object);

  g_free (self->uri);
  g_free (self->name);
  g_free (self->reason);
  g_clear_pointer (&self->files, g_array_unref);
  bt_swarm_facts_clear (&self->facts);
  g_clear_pointer (&self->known, g_array_unref);
  g_clear_pointer (&self->magnet, bt_magnet_unref);
  g_clear_pointer (&self->metainfo, bt_metainfo_unref);

  G_OBJECT_CLASS (freshet_add_source_parent_class)->finalize (object);
}

static void
freshet_add_source_class_init (FreshetAddSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = freshet_add_source_dispose;
  object_class->finalize = freshet_add_source_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
freshet_add_source_init (FreshetAddSource *self)
{
  self->is_chosen = TRUE;
  self->facts.tracker_seeds = self->facts.tracker_leechers = -1;
  self->facts.dht_seeds = self->facts.dht_leechers = -1;
}

FreshetAddSource *
freshet_add_source_new (const char *uri)
{
  FreshetAddSource *self = g_object_new (FRESHET_TYPE_ADD_SOURCE, NULL);

  self->uri = g_strdup (uri);
  self->name = freshet_link_dup_name (uri);
  return self;
}
