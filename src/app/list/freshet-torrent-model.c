/* freshet-torrent-model.c - a GListModel of torrents in an order that somebody else decides
 *
 * A view makes some two hundred rows when there is something to show, which takes longer than a frame: a list that was
 * short grows a few rows a frame at first. GtkFilterListModel and GtkSortListModel would do for anything what this
 * does for torrents; with ten thousand of them they take several frames for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-model.h"

/* Rows that fit into a frame; as many as a view makes; the time of a frame. */
#define N_ROWS_A_FRAME 20
#define N_ROWS         210
#define FRAME_MS       17

struct _FreshetTorrentModel
{
  GObject parent_instance;

  /* owned */
  GPtrArray *torrents;   /* of BtTorrent */

  /* values */
  guint n_items;         /* of them, that the view knows of */
  guint timer;           /* a source while these are not all; 0: none */
};

static GType
get_item_type (GListModel *model)
{
  return BT_TYPE_TORRENT;
}

static guint
get_n_items (GListModel *model)
{
  return FRESHET_TORRENT_MODEL (model)->n_items;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  FreshetTorrentModel *self = FRESHET_TORRENT_MODEL (model);

  return position < self->n_items ? g_object_ref (self->torrents->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FreshetTorrentModel, freshet_torrent_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* How many of `n` items a view that shows `n_items` is told of at once. */
static guint
get_n_next (guint n_items,
            guint n)
{
  return n_items < N_ROWS ? MIN (n, n_items + N_ROWS_A_FRAME) : n;
}

static void
grow_to (FreshetTorrentModel *self,
         guint                n_items)
{
  guint n_before = self->n_items;

  self->n_items = n_items;
  if (n_items == self->torrents->len)
    g_clear_handle_id (&self->timer, g_source_remove);
  g_list_model_items_changed (G_LIST_MODEL (self), n_before, 0, n_items - n_before);
}

static gboolean
grow_cb (gpointer user_data)
{
  FreshetTorrentModel *self = user_data;

  /* The last step ends the timer. */
  grow_to (self, get_n_next (self->n_items, self->torrents->len));
  return G_SOURCE_CONTINUE;
}

void
freshet_torrent_model_finish (FreshetTorrentModel *self)
{
  g_return_if_fail (FRESHET_IS_TORRENT_MODEL (self));

  if (self->n_items < self->torrents->len)
    grow_to (self, self->torrents->len);
}

gboolean
freshet_torrent_model_set (FreshetTorrentModel *self,
                           GPtrArray           *torrents)
{
  g_autoptr (GPtrArray) old = self->torrents;
  guint n_old = self->n_items;
  guint n_new = get_n_next (n_old, torrents->len);
  guint n_least = MIN (n_old, n_new);
  guint n_head = 0;
  guint n_tail = 0;

  self->torrents = torrents;
  self->n_items = n_new;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (n_new < torrents->len)
    self->timer = g_timeout_add (FRAME_MS, grow_cb, self);
  while (n_head < n_least && old->pdata[n_head] == torrents->pdata[n_head])
    n_head++;
  if (n_head == n_old && n_head == n_new)
    return FALSE;
  while (n_tail < n_least - n_head &&
         old->pdata[n_old - 1 - n_tail] == torrents->pdata[n_new - 1 - n_tail])
    n_tail++;
  g_list_model_items_changed (G_LIST_MODEL (self), n_head, n_old - n_head - n_tail,
                              n_new - n_head - n_tail);
  return TRUE;
}

static void
freshet_torrent_model_finalize (GObject *object)
{
  FreshetTorrentModel *self = FRESHET_TORRENT_MODEL (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_ptr_array_unref (self->torrents);

  G_OBJECT_CLASS (freshet_torrent_model_parent_class)->finalize (object);
}

static void
freshet_torrent_model_class_init (FreshetTorrentModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = freshet_torrent_model_finalize;
}

static void
freshet_torrent_model_init (FreshetTorrentModel *self)
{
  self->torrents = g_ptr_array_new_with_free_func (g_object_unref);
}

FreshetTorrentModel *
freshet_torrent_model_new (void)
{
  return g_object_new (FRESHET_TYPE_TORRENT_MODEL, NULL);
}
