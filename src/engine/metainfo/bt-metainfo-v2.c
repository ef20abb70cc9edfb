/* bt-metainfo-v2.c - the file tree of BEP 52, and hybrids of it with BEP 3
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* A folder one is in while walking the tree. */
typedef struct
{
  BtBencodeIter  iter;
  BtFileListMark mark;  /* of the folder around it */
} Level;

/* What a dictionary of the tree is: a file has the empty key, and only that. */
static BtBencodeNode
get_file_dict (BtBencodeNode node)
{
  return bt_bencode_dict_get (node, "");
}

gboolean
bt_metainfo_is_v2_single (BtMetainfoParse *parse)
{
  BtBencodeNode tree = bt_bencode_dict_get (parse->info, "file tree");
  BtBencodeIter iter;
  BtBencodeNode key;
  BtBencodeNode value;
  BtBencodeNode more;
  const guint8 *name;
  const guint8 *name_of_file;
  gsize         n_bytes = 0;
  gsize         n_bytes_of_file = 0;

  bt_bencode_iter_init (&iter, tree);
  if (!bt_bencode_iter_next_pair (&iter, &key, &value) || bt_bencode_iter_next (&iter, &more))
    return FALSE;
  if (!bt_bencode_node_exists (get_file_dict (value)))
    return FALSE;
  name = bt_bencode_dict_get_string (parse->info, "name", &n_bytes);
  name_of_file = bt_bencode_node_get_string (key, &n_bytes_of_file);
  return name != NULL && n_bytes == n_bytes_of_file && memcmp (name, name_of_file, n_bytes) == 0;
}

static gboolean
parse_file (BtMetainfoParse  *parse,
            BtFileList       *list,
            BtBencodeNode     dict,
            BtFile           *file,
            GError          **error)
{
  guint         index = list->files->len;
  gint64        length = 0;
  const guint8 *root;
  gsize         n_bytes = 0;

  if (bt_bencode_node_get_type (dict) != BT_BENCODE_DICT)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("file tree: file %u is not a dictionary"), index);
  if (!bt_bencode_dict_get_int (dict, "length", &length) &&
      !bt_bencode_node_exists (bt_bencode_dict_get (dict, "symlink path")))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING,
                             _("file tree: file %u has no \"length\""), index);
  if (length < 0)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("file tree: the length of file %u is %" PRId64), index,
                             length);
  file->length = (guint64) length;
  bt_file_list_parse_attributes (list, dict, file);
  if (file->length == 0)
    return TRUE;

  root = bt_bencode_dict_get_string (dict, "pieces root", &n_bytes);
  if (root == NULL)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING,
                             _("file tree: file %u has no \"pieces root\""), index);
  if (n_bytes != BT_SHA256_BYTES)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("file tree: the \"pieces root\" of file %u has %zu bytes, not %u"),
                             index, n_bytes, BT_SHA256_BYTES);
  file->pieces_root = bt_metainfo_own_info (parse, root);
  return TRUE;
}

static gboolean
add_file (BtMetainfoParse  *parse,
          BtFileList       *list,
          BtBencodeNode     key,
          BtBencodeNode     dict,
          gboolean          wants_pads,
          GError          **error)
{
  guint32       piece_bytes = parse->metainfo->geometry.piece_bytes;
  guint64       over = list->total_bytes % piece_bytes;
  gsize         n_bytes = 0;
  const guint8 *name = bt_bencode_node_get_string (key, &n_bytes);
  BtFile        file = { 0 };

  if (!parse_file (parse, list, dict, &file, error))
    return FALSE;
  if (wants_pads && over > 0 && file.length > 0 &&
      !bt_file_list_add_implied_pad (list, piece_bytes - over, error))
    return FALSE;
  return bt_file_list_add (list, name, n_bytes, &file, error);
}

/* A folder of the tree: not a file, not empty, and no other type. */
static gboolean
check_folder (const BtFileList  *list,
              BtBencodeNode      key,
              BtBencodeNode      node,
              GError           **error)
{
  if (bt_bencode_node_equals (key, ""))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("file tree: behind file %u, something is a file and a folder "
                               "at once or has no name"),
                             list->files->len);
  if (bt_bencode_node_get_type (node) != BT_BENCODE_DICT)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("file tree: behind file %u is something other than a dictionary"),
                             list->files->len);
  return TRUE;
}

gboolean
bt_metainfo_parse_v2_tree (BtMetainfoParse  *parse,
                           BtFileList       *list,
                           gboolean          wants_pads,
                           GError          **error)
{
  Level         levels[BT_METAINFO_MAX_DEPTH];
  guint         depth = 1;
  BtBencodeNode key;
  BtBencodeNode node;

  levels[0].mark = bt_file_list_mark (list);
  bt_bencode_iter_init (&levels[0].iter, bt_bencode_dict_get (parse->info, "file tree"));
  while (depth > 0)
    {
      BtBencodeNode file_dict;
      gsize         n_bytes = 0;
      const guint8 *name;

      if (!bt_bencode_iter_next_pair (&levels[depth - 1].iter, &key, &node))
        {
          depth--;
          bt_file_list_go_back (list, levels[depth].mark);
          continue;
        }
      if (!check_folder (list, key, node, error))
        return FALSE;
      file_dict = get_file_dict (node);
      if (bt_bencode_node_exists (file_dict) && bt_bencode_node_count (node) == 1)
        {
          if (!add_file (parse, list, key, file_dict, wants_pads, error))
            return FALSE;
          continue;
        }
      if (depth == G_N_ELEMENTS (levels))
        return bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE,
                                 _("file tree: more than %u folders deep"), depth);
      name = bt_bencode_node_get_string (key, &n_bytes);
      levels[depth].mark = bt_file_list_mark (list);
      bt_bencode_iter_init (&levels[depth].iter, node);
      depth++;
      bt_file_list_enter (list, name, n_bytes);
    }
  return TRUE;
}

gboolean
bt_metainfo_join_hybrid (BtFileList        *v1,
                         const BtFileList  *v2,
                         guint32            piece_bytes,
                         GError           **error)
{
  guint n_joined = 0;

  for (guint i = 0; i < v1->files->len; i++)
    {
      BtFile       *file = &g_array_index (v1->files, BtFile, i);
      const BtFile *twin;

      if (file->flags & BT_FILE_PAD)
        continue;
      if (n_joined == v2->files->len)
        return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                                 _("hybrid: file %u of version 1 is not in version 2"), i);
      twin = &g_array_index (v2->files, BtFile, n_joined);
      if (file->length != twin->length || strcmp (file->display_path, twin->display_path) != 0)
        return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                                 _("hybrid: file %u of version 1 and file %u of version 2 differ"),
                                 i, n_joined);
      if (file->length > 0 && file->offset % piece_bytes != 0)
        return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                                 _("hybrid: file %u does not begin at a piece's beginning"), i);
      file->pieces_root = twin->pieces_root;
      n_joined++;
    }
  if (n_joined < v2->files->len)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("hybrid: file %u of version 2 is not in version 1"), n_joined);
  return TRUE;
}
