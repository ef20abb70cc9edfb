/* bt-metainfo-info.c - the info dictionary: names, pieces, and which list of files counts
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo-private.h"

#include "bt-safe-path.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

/* A required field of a type; says which of the two is wrong. */
static gboolean
require_type (BtBencodeNode   dict,
              const char     *key,
              BtBencodeType   type,
              const char     *type_name,
              BtBencodeNode  *out_node,
              GError        **error)
{
  BtBencodeNode node = bt_bencode_dict_get (dict, key);

  if (!bt_bencode_node_exists (node))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING, _("info: there is no \"%s\""), key);
  if (bt_bencode_node_get_type (node) != type)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID, _("info: \"%s\" is not %s"), key,
                             type_name);
  *out_node = node;
  return TRUE;
}

static gboolean
parse_name (BtMetainfoParse  *parse,
            GError          **error)
{
  g_autoptr (GString) safe = g_string_new (NULL);
  g_autofree char    *display = NULL;
  BtBencodeNode       node;
  const guint8       *name;
  gsize               n_bytes = 0;

  name = bt_bencode_dict_get_string (parse->info, "name.utf-8", &n_bytes);
  if (name == NULL || n_bytes == 0 || !g_utf8_validate_len ((const char *) name, n_bytes, NULL))
    {
      if (!require_type (parse->info, "name", BT_BENCODE_STRING, _("a string"), &node, error))
        return FALSE;
      name = bt_bencode_node_get_string (node, &n_bytes);
    }
  bt_safe_component_append (safe, name, n_bytes, parse->encoding);
  display = bt_display_text (name, MIN (n_bytes, BT_SAFE_PATH_MAX_BYTES), parse->encoding, FALSE);
  parse->metainfo->name = g_string_chunk_insert (parse->metainfo->strings, safe->str);
  parse->metainfo->display_name = g_string_chunk_insert (parse->metainfo->strings, display);
  return TRUE;
}

static gboolean
parse_version (BtMetainfoParse  *parse,
               GError          **error)
{
  BtMetainfo *metainfo = parse->metainfo;
  gint64      version = 1;

  bt_bencode_dict_get_int (parse->info, "meta version", &version);
  if (version < 1 || version > 2)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_UNSUPPORTED,
                             _("info: \"meta version\" is %" PRId64), version);
  metainfo->has_v2 = version == 2;
  metainfo->has_v1 =
      !metainfo->has_v2 || bt_bencode_node_exists (bt_bencode_dict_get (parse->info, "pieces"));
  return TRUE;
}

static gboolean
parse_piece_bytes (BtMetainfoParse  *parse,
                   GError          **error)
{
  BtBencodeNode node;
  gint64        piece_bytes = 0;

  if (!require_type (parse->info, "piece length", BT_BENCODE_INT, _("an integer"), &node, error))
    return FALSE;
  bt_bencode_node_get_int (node, &piece_bytes);
  if (piece_bytes <= 0)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("info: \"piece length\" is %" PRId64), piece_bytes);
  if (piece_bytes > BT_PIECE_MAX_BYTES)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE,
                             _("info: \"piece length\" is %" PRId64 ", more than %u"),
                             piece_bytes, BT_PIECE_MAX_BYTES);
  if (parse->metainfo->has_v2 &&
      (piece_bytes < BT_BLOCK_BYTES || (piece_bytes & (piece_bytes - 1)) != 0))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("info: \"piece length\" is %" PRId64
                               ", not a power of two of at least %u as version 2 wants"),
                             piece_bytes, BT_BLOCK_BYTES);
  parse->metainfo->geometry.piece_bytes = (guint32) piece_bytes;
  return TRUE;
}

/* Fills the geometry from the finished list. */
static gboolean
measure (BtMetainfoParse   *parse,
         const BtFileList  *list,
         GError           **error)
{
  BtGeometry *geometry = &parse->metainfo->geometry;
  guint64     n_pieces = list->total_bytes / geometry->piece_bytes +
                         (list->total_bytes % geometry->piece_bytes != 0);

  if (list->content_bytes == 0)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("info: there is not one byte in the files"));
  if (n_pieces > BT_MAX_PIECES)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE,
                             _("info: %" PRIu64 " pieces are more than %u"), n_pieces,
                             BT_MAX_PIECES);
  geometry->total_bytes = list->total_bytes;
  geometry->n_pieces = (guint32) n_pieces;
  parse->metainfo->content_bytes = list->content_bytes;
  return TRUE;
}

static gboolean
parse_piece_hashes (BtMetainfoParse  *parse,
                    GError          **error)
{
  guint32       n_pieces = parse->metainfo->geometry.n_pieces;
  BtBencodeNode node;
  const guint8 *hashes;
  gsize         n_bytes = 0;

  if (!require_type (parse->info, "pieces", BT_BENCODE_STRING, _("a string"), &node, error))
    return FALSE;
  hashes = bt_bencode_node_get_string (node, &n_bytes);
  if (n_bytes % BT_SHA1_BYTES != 0)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("info: the %zu bytes of \"pieces\" are no multiple of %u"),
                             n_bytes, BT_SHA1_BYTES);
  if (n_bytes / BT_SHA1_BYTES != n_pieces)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("info: \"pieces\" holds %zu hashes, but the files make %u pieces"),
                             n_bytes / BT_SHA1_BYTES, n_pieces);
  parse->metainfo->piece_hashes = bt_metainfo_own_info (parse, hashes);
  return TRUE;
}

static gboolean
parse_v1_list (BtMetainfoParse  *parse,
               BtFileList       *list,
               GError          **error)
{
  gboolean has_length = bt_bencode_node_exists (bt_bencode_dict_get (parse->info, "length"));
  gboolean has_files = bt_bencode_node_exists (bt_bencode_dict_get (parse->info, "files"));

  if (has_length && has_files)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("info: there are both \"length\" and \"files\""));
  if (!has_length && !has_files)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING,
                             _("info: there is neither \"length\" nor \"files\""));
  parse->metainfo->is_multi_file = has_files;
  if (has_files)
    bt_file_list_enter_root (list);
  return bt_metainfo_parse_v1_files (parse, list, error) &&
         bt_file_list_finish (list, error);
}

static gboolean
parse_v2_list (BtMetainfoParse  *parse,
               BtFileList       *list,
               gboolean          wants_pads,
               GError          **error)
{
  BtBencodeNode tree;
  gboolean      is_single;

  if (!require_type (parse->info, "file tree", BT_BENCODE_DICT, _("a dictionary"), &tree, error))
    return FALSE;
  is_single = bt_metainfo_is_v2_single (parse);
  if (wants_pads)
    parse->metainfo->is_multi_file = !is_single;
  if (!is_single)
    bt_file_list_enter_root (list);
  return bt_metainfo_parse_v2_tree (parse, list, wants_pads, error) &&
         bt_file_list_finish (list, error);
}

static gboolean
parse_lists (BtMetainfoParse  *parse,
             BtFileList       *v1,
             BtFileList       *v2,
             GError          **error)
{
  BtMetainfo *metainfo = parse->metainfo;
  BtFileList *list = metainfo->has_v1 ? v1 : v2;

  if (metainfo->has_v1 && !parse_v1_list (parse, v1, error))
    return FALSE;
  if (metainfo->has_v2 && !parse_v2_list (parse, v2, !metainfo->has_v1, error))
    return FALSE;
  if (!measure (parse, list, error))
    return FALSE;
  if (metainfo->has_v1 && !parse_piece_hashes (parse, error))
    return FALSE;
  if (metainfo->has_v1 && metainfo->has_v2 &&
      !bt_metainfo_join_hybrid (v1, v2, metainfo->geometry.piece_bytes, error))
    return FALSE;

  metainfo->n_files = list->files->len;
  metainfo->files = g_memdup2 (list->files->data, list->files->len * sizeof (BtFile));
  return TRUE;
}

gboolean
bt_metainfo_parse_info (BtMetainfoParse  *parse,
                        GError          **error)
{
  BtMetainfo *metainfo = parse->metainfo;
  BtFileList  v1;
  BtFileList  v2;
  gboolean    is_good;
  gint64      is_private = 0;
  gsize       n_info_bytes = 0;
  const void *info = g_bytes_get_data (metainfo->info_bytes, &n_info_bytes);

  if (!parse_version (parse, error) || !parse_name (parse, error) ||
      !parse_piece_bytes (parse, error))
    return FALSE;
  bt_file_list_init (&v1, parse);
  bt_file_list_init (&v2, parse);
  is_good = parse_lists (parse, &v1, &v2, error);
  bt_file_list_clear (&v1);
  bt_file_list_clear (&v2);
  if (!is_good || !bt_metainfo_parse_layers (parse, error))
    return FALSE;

  if (metainfo->has_v1)
    bt_sha1 (info, n_info_bytes, metainfo->info_hash_v1);
  if (metainfo->has_v2)
    bt_sha256 (info, n_info_bytes, metainfo->info_hash_v2);
  bt_bencode_dict_get_int (parse->info, "private", &is_private);
  metainfo->is_private = is_private != 0;
  metainfo->source = bt_metainfo_parse_text (parse, parse->info, "source");
  return TRUE;
}
