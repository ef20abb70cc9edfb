/* freshet-file-tree.c - the files of a torrent as a tree: amounts, wishes, search; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-file-tree.h"

#include <string.h>

#define N_PRIORITIES 4

/* Invariant: a folder's amounts are the sums of its children's. */
struct _FreshetFileNode
{
  GObject parent_instance;

  /* owned */
  char      *name;
  GPtrArray *children;      /* nullable: a file. Of FreshetFileNode */
  GPtrArray *found;         /* nullable: all children are shown. Of FreshetFileNode, borrowed from children */

  /* borrowed */
  FreshetFileNode *parent;  /* nullable: the root, or the tree is gone */

  /* values */
  guint64 size_bytes;
  guint64 wanted_bytes;
  guint64 done_bytes;
  guint32 file;             /* BT_FILE_NONE: a folder */
  guint32 first_file;       /* the first that was added beneath it */
  guint   n_files[N_PRIORITIES];
  guint   is_sorted : 1;
  guint   is_expanded : 1;
  guint   is_way : 1;
  guint   is_dirty : 1;     /* in the tree's list of those that changed */
};

struct _FreshetFileTree
{
  GObject parent_instance;

  /* owned */
  FreshetFileNode *root;
  GPtrArray       *files;    /* of FreshetFileNode, borrowed from their folders */
  GPtrArray       *dirty;    /* of FreshetFileNode, likewise */
  GHashTable      *folders;  /* path → FreshetFileNode, borrowed */

  /* values */
  guint is_searching : 1;
};

static void freshet_file_node_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FreshetFileNode, freshet_file_node, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      freshet_file_node_list_init))
G_DEFINE_FINAL_TYPE (FreshetFileTree, freshet_file_tree, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- A node --- */

const char *
freshet_file_node_get_name (FreshetFileNode *self)
{
  return self->name;
}

char *
freshet_file_node_dup_path (FreshetFileNode *self)
{
  GString *path = g_string_new (self->name);

  for (FreshetFileNode *up = self->parent; up != NULL && up->parent != NULL; up = up->parent)
    {
      g_string_prepend_c (path, '/');
      g_string_prepend (path, up->name);
    }
  return g_string_free (path, FALSE);
}

gboolean
freshet_file_node_is_folder (FreshetFileNode *self)
{
  return self->children != NULL;
}

FreshetFileNode *
freshet_file_node_get_parent (FreshetFileNode *self)
{
  return self->parent;
}

guint32
freshet_file_node_get_file (FreshetFileNode *self)
{
  return self->file;
}

guint
freshet_file_node_get_n_files (FreshetFileNode *self)
{
  guint n = 0;

  for (int i = 0; i < N_PRIORITIES; i++)
    n += self->n_files[i];
  return n;
}

guint
freshet_file_node_get_n_wanted (FreshetFileNode *self)
{
  return freshet_file_node_get_n_files (self) - self->n_files[BT_PRIORITY_SKIP];
}

guint64
freshet_file_node_get_size (FreshetFileNode *self)
{
  return self->size_bytes;
}

guint64
freshet_file_node_get_wanted_size (FreshetFileNode *self)
{
  return self->wanted_bytes;
}

guint64
freshet_file_node_get_done (FreshetFileNode *self)
{
  return self->done_bytes;
}

double
freshet_file_node_get_progress (FreshetFileNode *self)
{
  return self->size_bytes == 0 ? 1 : (double) self->done_bytes / (double) self->size_bytes;
}

FreshetWanted
freshet_file_node_get_wanted (FreshetFileNode *self)
{
  guint n_wanted = freshet_file_node_get_n_wanted (self);

  if (n_wanted == 0)
    return FRESHET_WANTED_NONE;
  return self->n_files[BT_PRIORITY_SKIP] == 0 ? FRESHET_WANTED_ALL : FRESHET_WANTED_SOME;
}

int
freshet_file_node_get_priority (FreshetFileNode *self)
{
  guint n_files = freshet_file_node_get_n_files (self);

  for (int i = 0; i < N_PRIORITIES; i++)
    if (self->n_files[i] == n_files)
      return i;
  return FRESHET_PRIORITY_MIXED;
}

void
freshet_file_node_append_files (FreshetFileNode *self,
                                GArray          *files)
{
  guint file = self->file;

  if (self->children == NULL)
    g_array_append_val (files, file);
  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    freshet_file_node_append_files (g_ptr_array_index (self->children, i), files);
}

gboolean
freshet_file_node_get_expanded (FreshetFileNode *self)
{
  return self->is_expanded;
}

void
freshet_file_node_set_expanded (FreshetFileNode *self,
                                gboolean         is_expanded)
{
  self->is_expanded = is_expanded != FALSE;
}

gboolean
freshet_file_node_is_way (FreshetFileNode *self)
{
  return self->is_way;
}

/* --- Order --- */

typedef struct
{
  FreshetFileNode *node;
  char            *key;
} Sorting;

static int
compare_sortings (gconstpointer a,
                  gconstpointer b)
{
  const Sorting *first = a;
  const Sorting *second = b;
  gboolean is_folder = first->node->children != NULL;
  int order;

  if (is_folder != (second->node->children != NULL))
    return is_folder ? -1 : 1;
  order = strcmp (first->key, second->key);
  /* Names that read the same still have one order. */
  return order != 0 ? order : strcmp (first->node->name, second->node->name);
}

/* Only when somebody looks into it: most folders of a large torrent stay folded. */
static void
ensure_sorted (FreshetFileNode *self)
{
  g_autofree Sorting *sortings = NULL;
  guint n = self->children->len;

  if (self->is_sorted)
    return;
  self->is_sorted = TRUE;
  sortings = g_new (Sorting, n);
  for (guint i = 0; i < n; i++)
    {
      FreshetFileNode *node = g_ptr_array_index (self->children, i);

      sortings[i] = (Sorting) { node, g_utf8_collate_key_for_filename (node->name, -1) };
    }
  qsort (sortings, n, sizeof *sortings, compare_sortings);
  for (guint i = 0; i < n; i++)
    {
      self->children->pdata[i] = sortings[i].node;
      g_free (sortings[i].key);
    }
}

/* --- A node as a list --- */

static GPtrArray *
get_shown (FreshetFileNode *self)
{
  return self->found != NULL ? self->found : self->children;
}

static GType
freshet_file_node_get_item_type (GListModel *model)
{
  return FRESHET_TYPE_FILE_NODE;
}

static guint
freshet_file_node_get_n_items (GListModel *model)
{
  GPtrArray *shown = get_shown (FRESHET_FILE_NODE (model));

  return shown != NULL ? shown->len : 0;
}

static gpointer
freshet_file_node_get_item (GListModel *model,
                            guint       position)
{
  FreshetFileNode *self = FRESHET_FILE_NODE (model);
  GPtrArray *shown = get_shown (self);

  if (shown == NULL || position >= shown->len)
    return NULL;
  ensure_sorted (self);
  return g_object_ref (g_ptr_array_index (shown, position));
}

static void
freshet_file_node_list_init (GListModelInterface *iface)
{
  iface->get_item_type = freshet_file_node_get_item_type;
  iface->get_n_items = freshet_file_node_get_n_items;
  iface->get_item = freshet_file_node_get_item;
}

GListModel *
freshet_file_node_create_model (gpointer node,
                                gpointer user_data)
{
  FreshetFileNode *self = node;

  return self->children != NULL ? g_object_ref (node) : NULL;
}

static void
orphan (gpointer data)
{
  FreshetFileNode *self = data;

  self->parent = NULL;
  g_object_unref (self);
}

static FreshetFileNode *
node_new (FreshetFileNode *parent,
          const char      *name,
          gsize            n_name,
          guint32          file,
          guint32          first_file)
{
  FreshetFileNode *self = g_object_new (FRESHET_TYPE_FILE_NODE, NULL);

  self->name = g_strndup (name, n_name);
  self->file = file;
  self->first_file = first_file;
  if (file == BT_FILE_NONE)
    self->children = g_ptr_array_new_with_free_func (orphan);
  self->parent = parent;
  if (parent != NULL)
    {
      g_ptr_array_add (parent->children, self);
      parent->is_sorted = FALSE;
    }
  return self;
}

static void
freshet_file_node_finalize (GObject *object)
{
  FreshetFileNode *self = FRESHET_FILE_NODE (object);

  g_clear_pointer (&self->found, g_ptr_array_unref);
  g_clear_pointer (&self->children, g_ptr_array_unref);
  g_free (self->name);

  G_OBJECT_CLASS (freshet_file_node_parent_class)->finalize (object);
}

static void
freshet_file_node_class_init (FreshetFileNodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = freshet_file_node_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
freshet_file_node_init (FreshetFileNode *self)
{
}

/* --- Making the tree --- */

/* The folder that the first `n_path` bytes of `path` name, made when it is not there. */
static FreshetFileNode *
find_folder (FreshetFileTree *self,
             const char      *path,
             gsize            n_path)
{
  g_autofree char *key = NULL;
  const char *slash;
  FreshetFileNode *folder;
  FreshetFileNode *parent;

  if (n_path == 0)
    return self->root;
  key = g_strndup (path, n_path);
  folder = g_hash_table_lookup (self->folders, key);
  if (folder != NULL)
    return folder;
  slash = strrchr (key, '/');
  parent = find_folder (self, key, slash != NULL ? (gsize) (slash - key) : 0);
  slash = slash != NULL ? slash + 1 : key;
  folder = node_new (parent, slash, strlen (slash), BT_FILE_NONE, self->files->len);
  g_hash_table_insert (self->folders, g_steal_pointer (&key), folder);
  return folder;
}

void
freshet_file_tree_add (FreshetFileTree *self,
                       const char      *path,
                       guint64          size_bytes)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  FreshetFileNode *folder;
  FreshetFileNode *node;

  g_return_if_fail (FRESHET_IS_FILE_TREE (self));

  folder = find_folder (self, path, slash != NULL ? (gsize) (slash - path) : 0);
  node = node_new (folder, name, strlen (name), self->files->len, self->files->len);
  g_ptr_array_add (self->files, node);
  for (FreshetFileNode *up = node; up != NULL; up = up->parent)
    {
      up->size_bytes += size_bytes;
      up->wanted_bytes += size_bytes;
      up->n_files[BT_PRIORITY_NORMAL]++;
    }
  if (self->root->children->len <= 2)
    FRESHET_FILE_NODE (self->root->children->pdata[0])->is_expanded =
        self->root->children->len == 1;
}

guint
freshet_file_tree_get_n_files (FreshetFileTree *self)
{
  g_return_val_if_fail (FRESHET_IS_FILE_TREE (self), 0);

  return self->files->len;
}

FreshetFileNode *
freshet_file_tree_get_root (FreshetFileTree *self)
{
  g_return_val_if_fail (FRESHET_IS_FILE_TREE (self), NULL);

  return self->root;
}

FreshetFileNode *
freshet_file_tree_get_node (FreshetFileTree *self,
                            guint            file)
{
  g_return_val_if_fail (FRESHET_IS_FILE_TREE (self), NULL);
  g_return_val_if_fail (file < self->files->len, NULL);

  return g_ptr_array_index (self->files, file);
}

/* --- Numbers --- */

static void
mark (FreshetFileTree *self,
      FreshetFileNode *node)
{
  if (node->is_dirty)
    return;
  node->is_dirty = TRUE;
  g_ptr_array_add (self->dirty, node);
}

void
freshet_file_tree_set_done (FreshetFileTree *self,
                            guint            file,
                            guint64          done_bytes)
{
  FreshetFileNode *node = freshet_file_tree_get_node (self, file);
  guint64 old_bytes = node->done_bytes;

  if (old_bytes == done_bytes)
    return;
  for (FreshetFileNode *up = node; up != NULL; up = up->parent)
    {
      up->done_bytes = up->done_bytes - old_bytes + done_bytes;
      mark (self, up);
    }
}

void
freshet_file_tree_set_priority (FreshetFileTree *self,
                                guint            file,
                                BtPriority       priority)
{
  FreshetFileNode *node = freshet_file_tree_get_node (self, file);
  int old = freshet_file_node_get_priority (node);
  guint64 size_bytes = node->size_bytes;

  g_return_if_fail (priority < N_PRIORITIES);

  if (old == (int) priority)
    return;
  for (FreshetFileNode *up = node; up != NULL; up = up->parent)
    {
      up->n_files[old]--;
      up->n_files[priority]++;
      if (old == BT_PRIORITY_SKIP)
        up->wanted_bytes += size_bytes;
      else if (priority == BT_PRIORITY_SKIP)
        up->wanted_bytes -= size_bytes;
      mark (self, up);
    }
}

void
freshet_file_tree_flush (FreshetFileTree *self)
{
  g_autoptr (GPtrArray) dirty = NULL;

  g_return_if_fail (FRESHET_IS_FILE_TREE (self));

  if (self->dirty->len == 0)
    return;
  dirty = g_steal_pointer (&self->dirty);
  self->dirty = g_ptr_array_new ();
  for (guint i = 0; i < dirty->len; i++)
    {
      FreshetFileNode *node = g_ptr_array_index (dirty, i);

      node->is_dirty = FALSE;
      g_signal_emit (node, signals[CHANGED], 0);
    }
}

/* --- Search --- */

typedef struct
{
  char     *folded;    /* borrowed */
  gboolean  is_ascii;
} Needle;

static gboolean
has_needle (const char   *name,
            const Needle *needle)
{
  g_autofree char *folded = NULL;

  /* Nearly all of a hundred thousand names are ASCII, and folding costs more than looking. */
  if (needle->is_ascii && g_str_is_ascii (name))
    return strcasestr (name, needle->folded) != NULL;
  folded = g_utf8_casefold (name, -1);
  return strstr (folded, needle->folded) != NULL;
}

/* NULL for `found`: all are shown. */
static void
show_only (FreshetFileNode *self,
           GPtrArray       *found)
{
  guint n_before = get_shown (self)->len;

  if (self->found == NULL && found == NULL)
    return;
  g_clear_pointer (&self->found, g_ptr_array_unref);
  self->found = found;
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, get_shown (self)->len);
}

static void
show_all (FreshetFileNode *self)
{
  self->is_way = FALSE;
  if (self->children == NULL)
    return;
  show_only (self, NULL);
  for (guint i = 0; i < self->children->len; i++)
    show_all (g_ptr_array_index (self->children, i));
}

/* TRUE when the node is to be shown. */
static gboolean
search (FreshetFileNode *self,
        const Needle    *needle)
{
  GPtrArray *found;

  if (self->parent != NULL && has_needle (self->name, needle))
    {
      show_all (self);
      return TRUE;
    }
  if (self->children == NULL)
    return FALSE;
  ensure_sorted (self);
  found = g_ptr_array_new ();
  for (guint i = 0; i < self->children->len; i++)
    if (search (g_ptr_array_index (self->children, i), needle))
      g_ptr_array_add (found, g_ptr_array_index (self->children, i));
  self->is_way = found->len > 0;
  show_only (self, found);
  return self->is_way;
}

void
freshet_file_tree_set_search (FreshetFileTree *self,
                              const char      *text)
{
  g_autofree char *folded = NULL;

  g_return_if_fail (FRESHET_IS_FILE_TREE (self));

  if (text == NULL || *text == '\0')
    {
      if (self->is_searching)
        show_all (self->root);
      self->is_searching = FALSE;
      return;
    }
  self->is_searching = TRUE;
  folded = g_utf8_casefold (text, -1);
  search (self->root, &(Needle) { folded, g_str_is_ascii (folded) });
}

/* --- Unfolded folders --- */

static guint
get_depth (FreshetFileNode *node)
{
  guint depth = 0;

  for (FreshetFileNode *up = node->parent; up != NULL; up = up->parent)
    depth++;
  return depth;
}

/* A folder is known by its depth and the first file beneath it, whatever it is called. */
static FreshetFileNode *
find_same (FreshetFileTree *self,
           FreshetFileNode *older)
{
  FreshetFileNode *node = freshet_file_tree_get_node (self, older->first_file);
  guint depth = get_depth (older);

  while (node != NULL && get_depth (node) > depth)
    node = node->parent;
  return node;
}

void
freshet_file_tree_copy_expanded (FreshetFileTree *self,
                                 FreshetFileTree *older)
{
  GHashTableIter iter;
  gpointer folder;

  g_return_if_fail (FRESHET_IS_FILE_TREE (self));
  g_return_if_fail (FRESHET_IS_FILE_TREE (older));
  g_return_if_fail (self->files->len == older->files->len);

  g_hash_table_iter_init (&iter, older->folders);
  while (g_hash_table_iter_next (&iter, NULL, &folder))
    {
      FreshetFileNode *same = find_same (self, folder);

      if (same != NULL)
        same->is_expanded = FRESHET_FILE_NODE (folder)->is_expanded;
    }
}

/* --- Life --- */

static void
freshet_file_tree_finalize (GObject *object)
{
  FreshetFileTree *self = FRESHET_FILE_TREE (object);

  g_ptr_array_unref (self->dirty);
  g_hash_table_unref (self->folders);
  g_ptr_array_unref (self->files);
  g_object_unref (self->root);

  G_OBJECT_CLASS (freshet_file_tree_parent_class)->finalize (object);
}

static void
freshet_file_tree_class_init (FreshetFileTreeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = freshet_file_tree_finalize;
}

static void
freshet_file_tree_init (FreshetFileTree *self)
{
  self->root = node_new (NULL, "", 0, BT_FILE_NONE, 0);
  self->root->is_expanded = TRUE;
  self->files = g_ptr_array_new ();
  self->dirty = g_ptr_array_new ();
  self->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

FreshetFileTree *
freshet_file_tree_new (void)
{
  return g_object_new (FRESHET_TYPE_FILE_TREE, NULL);
}
