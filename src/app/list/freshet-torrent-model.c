/* freshet-torrent-model.c - a GListModel of torrents in an order that somebody else decides
 *
 * GtkFilterListModel and GtkSortListModel do the same for anything; with ten thousand torrents they take several
 * frames for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-model.h"

struct _FreshetTorrentModel
{
  GObject parent_instance;

  /* owned */
  GPtrArray *torrents;   /* of BtTorrent */
};

static GType
get_item_type (GListModel *model)
{
  return BT_TYPE_TORRENT;
}

static guint
get_n_items (GListModel *model)
{
  return FRESHET_TORRENT_MODEL (model)->torrents->len;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  GPtrArray *torrents = FRESHET_TORRENT_MODEL (model)->torrents;

  return position < torrents->len ? g_object_ref (torrents->pdata[position]) : NULL;
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

gboolean
freshet_torrent_model_set (FreshetTorrentModel *self,
                           GPtrArray           *torrents)
{
  g_autoptr (GPtrArray) old = self->torrents;
  guint n_least = MIN (old->len, torrents->len);
  guint n_head = 0;
  guint n_tail = 0;

  self->torrents = torrents;
  while (n_head < n_least && old->pdata[n_head] == torrents->pdata[n_head])
    n_head++;
  if (n_head == old->len && n_head == torrents->len)
    return FALSE;
  while (n_tail < n_least - n_head &&
         old->pdata[old->len - 1 - n_tail] == torrents->pdata[torrents->len - 1 - n_tail])
    n_tail++;
  g_list_model_items_changed (G_LIST_MODEL (self), n_head, old->len - n_head - n_tail,
                              torrents->len - n_head - n_tail);
  return TRUE;
}

static void
freshet_torrent_model_finalize (GObject *object)
{
  g_ptr_array_unref (FRESHET_TORRENT_MODEL (object)->torrents);

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
