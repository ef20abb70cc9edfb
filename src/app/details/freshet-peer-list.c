/* freshet-peer-list.c - the peers of a torrent as a list that keeps up with the newest rows; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-peer-list.h"

#include <string.h>

struct _FreshetPeer
{
  GObject parent_instance;

  /* values */
  BtPeerRow row;
  guint64   round;  /* the last update that told of it */
};

struct _FreshetPeerList
{
  GObject parent_instance;

  /* owned */
  GPtrArray  *peers;       /* of FreshetPeer */
  GHashTable *by_address;  /* BtAddress within the peer → FreshetPeer, both borrowed from peers */

  /* values */
  guint64 round;
};

static void freshet_peer_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE (FreshetPeer, freshet_peer, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (FreshetPeerList, freshet_peer_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      freshet_peer_list_model_init))

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

const BtPeerRow *
freshet_peer_get_row (FreshetPeer *self)
{
  return &self->row;
}

static void
freshet_peer_class_init (FreshetPeerClass *klass)
{
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
freshet_peer_init (FreshetPeer *self)
{
}

/* --- The list --- */

static GType
freshet_peer_list_get_item_type (GListModel *model)
{
  return FRESHET_TYPE_PEER;
}

static guint
freshet_peer_list_get_n_items (GListModel *model)
{
  return FRESHET_PEER_LIST (model)->peers->len;
}

static gpointer
freshet_peer_list_get_item (GListModel *model,
                            guint       position)
{
  FreshetPeerList *self = FRESHET_PEER_LIST (model);

  return position < self->peers->len ? g_object_ref (g_ptr_array_index (self->peers, position))
                                     : NULL;
}

static void
freshet_peer_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = freshet_peer_list_get_item_type;
  iface->get_n_items = freshet_peer_list_get_n_items;
  iface->get_item = freshet_peer_list_get_item;
}

/* Neighbours go together: a torrent that stops is one message. */
static void
remove_gone (FreshetPeerList *self)
{
  guint end = self->peers->len;

  while (end > 0)
    {
      guint begin = end;

      while (begin > 0)
        {
          FreshetPeer *peer = g_ptr_array_index (self->peers, begin - 1);

          if (peer->round == self->round)
            break;
          g_hash_table_remove (self->by_address, &peer->row.address);
          begin--;
        }
      if (begin == end)
        {
          end--;
          continue;
        }
      g_ptr_array_remove_range (self->peers, begin, end - begin);
      g_list_model_items_changed (G_LIST_MODEL (self), begin, end - begin, 0);
      end = begin;
    }
}

static void
add_peer (FreshetPeerList *self,
          const BtPeerRow *row)
{
  FreshetPeer *peer = g_object_new (FRESHET_TYPE_PEER, NULL);

  peer->row = *row;
  peer->round = self->round;
  g_ptr_array_add (self->peers, peer);
  g_hash_table_insert (self->by_address, &peer->row.address, peer);
}

void
freshet_peer_list_update (FreshetPeerList *self,
                          const GArray    *rows)
{
  guint n_rows = rows != NULL ? rows->len : 0;
  guint n_before;

  g_return_if_fail (FRESHET_IS_PEER_LIST (self));

  self->round++;
  for (guint i = 0; i < n_rows; i++)
    {
      const BtPeerRow *row = &g_array_index (rows, BtPeerRow, i);
      FreshetPeer *peer = g_hash_table_lookup (self->by_address, &row->address);

      if (peer != NULL)
        peer->round = self->round;
    }
  remove_gone (self);
  n_before = self->peers->len;
  for (guint i = 0; i < n_rows; i++)
    {
      const BtPeerRow *row = &g_array_index (rows, BtPeerRow, i);
      FreshetPeer *peer = g_hash_table_lookup (self->by_address, &row->address);

      if (peer == NULL)
        add_peer (self, row);
      else if (memcmp (&peer->row, row, sizeof *row) != 0)
        {
          peer->row = *row;
          g_signal_emit (peer, signals[CHANGED], 0);
        }
    }
  if (self->peers->len > n_before)
    g_list_model_items_changed (G_LIST_MODEL (self), n_before, 0, self->peers->len - n_before);
}

static void
freshet_peer_list_finalize (GObject *object)
{
  FreshetPeerList *self = FRESHET_PEER_LIST (object);

  g_hash_table_unref (self->by_address);
  g_ptr_array_unref (self->peers);

  G_OBJECT_CLASS (freshet_peer_list_parent_class)->finalize (object);
}

static void
freshet_peer_list_class_init (FreshetPeerListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = freshet_peer_list_finalize;
}

static void
freshet_peer_list_init (FreshetPeerList *self)
{
  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_address = g_hash_table_new (bt_address_hash, bt_address_equal);
}

FreshetPeerList *
freshet_peer_list_new (void)
{
  return g_object_new (FRESHET_TYPE_PEER_LIST, NULL);
}
