/* bt-metainfo-layers.c - the piece layers of BEP 52, each checked against its file's root
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-merkle.h"
#include "bt-metainfo-private.h"

#include "base/bt-cursor.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

typedef struct
{
  BtBencodeNode node;          /* the hashes */
  guint32       layer_offset;  /* in the metainfo's `layers`; BT_METAINFO_NO_LAYER until it was checked */
  guint32       n_hashes;
} Layer;

/* A root is a hash already. */
static guint
root_hash (gconstpointer key)
{
  return bt_read_u32 (key);
}

static gboolean
root_equal (gconstpointer a,
            gconstpointer b)
{
  return memcmp (a, b, BT_SHA256_BYTES) == 0;
}

/* From a root in the document to a Layer, owned. The dictionary has a key for each file: looking them up in it one
 * by one would take the square of them. */
static GHashTable *
index_layers (BtBencodeNode layers)
{
  GHashTable   *table = g_hash_table_new_full (root_hash, root_equal, NULL, g_free);
  BtBencodeIter iter;
  BtBencodeNode key;
  BtBencodeNode value;

  if (bt_bencode_node_get_type (layers) != BT_BENCODE_DICT)
    return table;
  bt_bencode_iter_init (&iter, layers);
  while (bt_bencode_iter_next_pair (&iter, &key, &value))
    {
      gsize         n_bytes = 0;
      const guint8 *root = bt_bencode_node_get_string (key, &n_bytes);
      Layer        *layer;

      if (n_bytes != BT_SHA256_BYTES || g_hash_table_contains (table, root))
        continue;
      layer = g_new0 (Layer, 1);
      layer->node = value;
      layer->layer_offset = BT_METAINFO_NO_LAYER;
      /* The table never writes to its keys. */
      g_hash_table_insert (table, (gpointer) root, layer);
    }
  return table;
}

/* Checks the layer of the file, once, and keeps its hashes. */
static gboolean
take_layer (BtMetainfo  *metainfo,
            guint32      index,
            Layer       *layer,
            GError     **error)
{
  const BtFile *file = &metainfo->files[index];
  guint32       piece_bytes = metainfo->geometry.piece_bytes;
  guint64       n_wanted = (file->length - 1) / piece_bytes + 1;
  gsize         n_bytes = 0;
  const guint8 *hashes;
  guint8        root[BT_SHA256_BYTES];

  hashes = layer != NULL ? bt_bencode_node_get_string (layer->node, &n_bytes) : NULL;
  if (hashes == NULL)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING,
                             _("piece layers: there are no hashes of file %u"), index);
  if (n_bytes % BT_SHA256_BYTES != 0 || n_bytes / BT_SHA256_BYTES != n_wanted)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("piece layers: %zu bytes of hashes for the %" PRIu64
                               " pieces of file %u"),
                             n_bytes, n_wanted, index);
  if (layer->layer_offset == BT_METAINFO_NO_LAYER)
    {
      bt_merkle_root (hashes, (guint32) n_wanted, bt_merkle_get_piece_level (piece_bytes), root);
      if (memcmp (root, file->pieces_root, BT_SHA256_BYTES) != 0)
        return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                                 _("piece layers: the hashes of file %u do not lead to its root"),
                                 index);
      layer->layer_offset = metainfo->layers->len;
      g_byte_array_append (metainfo->layers, hashes, (guint) n_bytes);
    }
  metainfo->layer_offsets[index] = layer->layer_offset;
  return TRUE;
}

gboolean
bt_metainfo_parse_layers (BtMetainfoParse  *parse,
                          GError          **error)
{
  BtMetainfo             *metainfo = parse->metainfo;
  BtBencodeNode           layers = bt_bencode_dict_get (parse->root, "piece layers");
  g_autoptr (GHashTable)  table = NULL;
  gint64                  is_lacking;

  if (!metainfo->has_v2 || !bt_bencode_node_exists (parse->root))
    return TRUE;
  if (!bt_bencode_node_exists (layers) &&
      bt_bencode_dict_get_int (parse->root, BT_METAINFO_NO_LAYERS_KEY, &is_lacking) &&
      is_lacking == 1)
    {
      metainfo->lacks_layers = TRUE;
      return TRUE;
    }
  table = index_layers (layers);
  metainfo->layers = g_byte_array_new ();
  metainfo->layer_offsets = g_new (guint32, metainfo->n_files);
  for (guint32 i = 0; i < metainfo->n_files; i++)
    {
      const BtFile *file = &metainfo->files[i];

      metainfo->layer_offsets[i] = BT_METAINFO_NO_LAYER;
      if (file->pieces_root != NULL && file->length > metainfo->geometry.piece_bytes &&
          !take_layer (metainfo, i, g_hash_table_lookup (table, file->pieces_root), error))
        return FALSE;
    }
  return TRUE;
}
