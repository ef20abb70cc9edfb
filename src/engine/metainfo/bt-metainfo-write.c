/* bt-metainfo-write.c - a .torrent file of a metainfo again
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo.h"

#include "bt-metainfo-private.h"

#include <string.h>

void
bt_metainfo_write_text (BtBencodeWriter *writer,
                        const char      *key,
                        const char      *text)
{
  if (text == NULL || *text == 0)
    return;
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_text (writer, text);
}

void
bt_metainfo_write_trackers (BtBencodeWriter          *writer,
                            const char *const *const *tiers)
{
  const char *first = NULL;
  guint       n_urls = 0;

  for (gsize i = 0; tiers != NULL && tiers[i] != NULL; i++)
    for (gsize j = 0; tiers[i][j] != NULL; j++)
      if (n_urls++ == 0)
        first = tiers[i][j];
  bt_metainfo_write_text (writer, "announce", first);
  if (n_urls < 2)
    return;
  bt_bencode_writer_key (writer, "announce-list");
  bt_bencode_writer_begin_list (writer);
  for (gsize i = 0; tiers[i] != NULL; i++)
    {
      if (tiers[i][0] == NULL)
        continue;
      bt_bencode_writer_begin_list (writer);
      for (gsize j = 0; tiers[i][j] != NULL; j++)
        bt_bencode_writer_text (writer, tiers[i][j]);
      bt_bencode_writer_end (writer);
    }
  bt_bencode_writer_end (writer);
}

void
bt_metainfo_write_web_seeds (BtBencodeWriter   *writer,
                             const char *const *urls)
{
  if (urls == NULL || urls[0] == NULL)
    return;
  bt_bencode_writer_key (writer, "url-list");
  bt_bencode_writer_begin_list (writer);
  for (gsize i = 0; urls[i] != NULL; i++)
    bt_bencode_writer_text (writer, urls[i]);
  bt_bencode_writer_end (writer);
}

static void
write_own_trackers (BtBencodeWriter  *writer,
                    const BtMetainfo *metainfo)
{
  guint                           n_tiers = metainfo->tiers->len;
  g_autofree const char *const  **tiers = g_new0 (const char *const *, n_tiers + 1);

  for (guint i = 0; i < n_tiers; i++)
    tiers[i] = g_ptr_array_index (metainfo->tiers, i);
  bt_metainfo_write_trackers (writer, tiers);
}

static void
write_nodes (BtBencodeWriter  *writer,
             const BtMetainfo *metainfo)
{
  if (metainfo->nodes->len == 0)
    return;
  bt_bencode_writer_key (writer, "nodes");
  bt_bencode_writer_begin_list (writer);
  for (guint i = 0; i < metainfo->nodes->len; i++)
    {
      const BtMetainfoNode *node = &g_array_index (metainfo->nodes, BtMetainfoNode, i);

      bt_bencode_writer_begin_list (writer);
      bt_bencode_writer_text (writer, node->host);
      bt_bencode_writer_int (writer, node->port);
      bt_bencode_writer_end (writer);
    }
  bt_bencode_writer_end (writer);
}

/* --- Piece layers --- */

static gboolean
needs_layer (const BtMetainfo *metainfo,
             guint32           index)
{
  const BtFile *file = &metainfo->files[index];

  return metainfo->has_v2 && file->pieces_root != NULL &&
         file->length > metainfo->geometry.piece_bytes;
}

static int
compare_roots (gconstpointer a,
               gconstpointer b)
{
  return memcmp ((*(const BtFile *const *) a)->pieces_root,
                 (*(const BtFile *const *) b)->pieces_root, BT_SHA256_BYTES);
}

/* Files in the order of the dictionary's keys. (transfer full): of BtFile, borrowed */
static GPtrArray *
list_layered_files (const BtMetainfo *metainfo)
{
  GPtrArray *files = g_ptr_array_new ();

  for (guint32 i = 0; i < metainfo->n_files; i++)
    if (needs_layer (metainfo, i))
      g_ptr_array_add (files, &metainfo->files[i]);
  g_ptr_array_sort (files, compare_roots);
  return files;
}

static void
write_layers (BtBencodeWriter  *writer,
              const BtMetainfo *metainfo,
              GPtrArray        *files)
{
  const BtFile *last = NULL;

  if (!metainfo->has_v2)
    return;
  bt_bencode_writer_key (writer, "piece layers");
  bt_bencode_writer_begin_dict (writer);
  for (guint i = 0; i < files->len; i++)
    {
      const BtFile *file = g_ptr_array_index (files, i);
      guint32       index = (guint32) (file - metainfo->files);
      guint32       n_hashes = 0;
      const guint8 *hashes;

      /* Files of the same content share one. */
      if (last != NULL && memcmp (last->pieces_root, file->pieces_root, BT_SHA256_BYTES) == 0)
        continue;
      last = file;
      hashes = bt_metainfo_get_piece_layer (metainfo, index, &n_hashes);
      bt_bencode_writer_key_bytes (writer, file->pieces_root, BT_SHA256_BYTES);
      bt_bencode_writer_string (writer, hashes, (gsize) n_hashes * BT_SHA256_BYTES);
    }
  bt_bencode_writer_end (writer);
}

static void
write_lack (BtBencodeWriter *writer)
{
  bt_bencode_writer_key (writer, BT_METAINFO_NO_LAYERS_KEY);
  bt_bencode_writer_int (writer, 1);
}

GBytes *
bt_metainfo_write_found (GBytes                   *info_bytes,
                         gboolean                  has_v2,
                         const char *const *const *tiers,
                         const char *const        *web_seeds)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  gsize                       n_bytes;
  const guint8               *info = g_bytes_get_data (info_bytes, &n_bytes);

  bt_bencode_writer_begin_dict (writer);
  bt_metainfo_write_trackers (writer, tiers);
  if (has_v2)
    write_lack (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_raw (writer, info, n_bytes);
  bt_metainfo_write_web_seeds (writer, web_seeds);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}

GBytes *
bt_metainfo_dup_file (const BtMetainfo         *metainfo,
                      const char *const *const *tiers)
{
  g_autoptr (BtBencodeWriter) writer = NULL;
  g_autoptr (GPtrArray)       layered = list_layered_files (metainfo);
  gsize                       n_bytes;
  const guint8               *info = g_bytes_get_data (metainfo->info_bytes, &n_bytes);

  if (layered->len > 0 && metainfo->layer_offsets == NULL && !metainfo->lacks_layers)
    return NULL;
  writer = bt_bencode_writer_new ();
  bt_bencode_writer_begin_dict (writer);
  if (tiers != NULL)
    bt_metainfo_write_trackers (writer, tiers);
  else
    write_own_trackers (writer, metainfo);
  bt_metainfo_write_text (writer, "comment", metainfo->comment);
  bt_metainfo_write_text (writer, "created by", metainfo->creator);
  if (metainfo->creation_date != 0)
    {
      bt_bencode_writer_key (writer, "creation date");
      bt_bencode_writer_int (writer, metainfo->creation_date);
    }
  bt_metainfo_write_text (writer, "encoding", metainfo->encoding);
  if (metainfo->lacks_layers)
    write_lack (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_raw (writer, info, n_bytes);
  write_nodes (writer, metainfo);
  if (!metainfo->lacks_layers)
    write_layers (writer, metainfo, layered);
  bt_metainfo_write_web_seeds (writer, (const char *const *) metainfo->web_seeds->pdata);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}
