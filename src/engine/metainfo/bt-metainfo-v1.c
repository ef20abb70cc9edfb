/* bt-metainfo-v1.c - the files of BEP 3, with the attributes of BEP 47
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

/* A length that may be missing only of what BEP 47 calls a link. */
static gboolean
parse_length (BtBencodeNode   dict,
              const char     *where,
              guint64        *out_length,
              GError        **error)
{
  BtBencodeNode node = bt_bencode_dict_get (dict, "length");
  gint64        length = 0;

  if (!bt_bencode_node_exists (node) &&
      bt_bencode_node_exists (bt_bencode_dict_get (dict, "symlink path")))
    {
      *out_length = 0;
      return TRUE;
    }
  if (!bt_bencode_node_exists (node))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING,
                             _("%s: there is no \"length\""), where);
  if (!bt_bencode_node_get_int (node, &length))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("%s: \"length\" is not an integer"), where);
  if (length < 0)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("%s: \"length\" is %" PRId64), where, length);
  *out_length = (guint64) length;
  return TRUE;
}

static gboolean
parse_single (BtMetainfoParse  *parse,
              BtFileList       *list,
              GError          **error)
{
  BtFile        file = { 0 };
  const guint8 *name;
  gsize         n_bytes = 0;

  if (!parse_length (parse->info, "info", &file.length, error))
    return FALSE;
  bt_file_list_parse_attributes (list, parse->info, &file);
  /* A torrent of one pad would be a torrent of nothing. */
  file.flags &= ~(guint32) BT_FILE_PAD;
  name = bt_bencode_dict_get_string (parse->info, "name.utf-8", &n_bytes);
  if (name == NULL || n_bytes == 0 || !g_utf8_validate_len ((const char *) name, n_bytes, NULL))
    name = bt_bencode_dict_get_string (parse->info, "name", &n_bytes);
  return bt_file_list_add (list, name, n_bytes, &file, error);
}

/* Whether `path` is a list of at least one string, not all empty; with `must_be_utf8`, all valid. */
static gboolean
is_path (BtBencodeNode path,
         gboolean      must_be_utf8)
{
  BtBencodeIter iter;
  BtBencodeNode component;
  gboolean      has_content = FALSE;

  if (bt_bencode_node_get_type (path) != BT_BENCODE_LIST)
    return FALSE;
  bt_bencode_iter_init (&iter, path);
  while (bt_bencode_iter_next (&iter, &component))
    {
      gsize         n_bytes = 0;
      const guint8 *bytes = bt_bencode_node_get_string (component, &n_bytes);

      if (bytes == NULL ||
          (must_be_utf8 && !g_utf8_validate_len ((const char *) bytes, n_bytes, NULL)))
        return FALSE;
      has_content |= n_bytes > 0;
    }
  return has_content;
}

/* Goes through the folders of a good path and adds the file. Empty components are left out. */
static gboolean
add_at_path (BtFileList    *list,
             BtBencodeNode  path,
             const BtFile  *file,
             GError       **error)
{
  BtFileListMark mark = bt_file_list_mark (list);
  BtBencodeIter  iter;
  BtBencodeNode  component;
  const guint8  *leaf = NULL;
  gsize          n_leaf_bytes = 0;
  gboolean       is_added;

  bt_bencode_iter_init (&iter, path);
  while (bt_bencode_iter_next (&iter, &component))
    {
      gsize         n_bytes = 0;
      const guint8 *bytes = bt_bencode_node_get_string (component, &n_bytes);

      if (n_bytes == 0)
        continue;
      if (leaf != NULL)
        bt_file_list_enter (list, leaf, n_leaf_bytes);
      leaf = bytes;
      n_leaf_bytes = n_bytes;
    }
  is_added = bt_file_list_add (list, leaf, n_leaf_bytes, file, error);
  bt_file_list_go_back (list, mark);
  return is_added;
}

static gboolean
parse_file (BtFileList     *list,
            BtBencodeNode   dict,
            GError        **error)
{
  BtFile        file = { 0 };
  BtBencodeNode path = bt_bencode_dict_get (dict, "path.utf-8");
  char          where[32];

  g_snprintf (where, sizeof where, _("info: file %u"), list->files->len);
  if (bt_bencode_node_get_type (dict) != BT_BENCODE_DICT)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("%s: it is not a dictionary"), where);
  if (!parse_length (dict, where, &file.length, error))
    return FALSE;
  if (!is_path (path, TRUE))
    path = bt_bencode_dict_get (dict, "path");
  if (!bt_bencode_node_exists (path))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING,
                             _("%s: there is no \"path\""), where);
  if (!is_path (path, FALSE))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("%s: \"path\" is not a list of names"), where);
  bt_file_list_parse_attributes (list, dict, &file);
  return add_at_path (list, path, &file, error);
}

gboolean
bt_metainfo_parse_v1_files (BtMetainfoParse  *parse,
                            BtFileList       *list,
                            GError          **error)
{
  BtBencodeNode files = bt_bencode_dict_get (parse->info, "files");
  BtBencodeIter iter;
  BtBencodeNode dict;

  if (!bt_bencode_node_exists (files))
    return parse_single (parse, list, error);
  if (bt_bencode_node_get_type (files) != BT_BENCODE_LIST)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID, _("info: \"files\" is not a list"));
  bt_bencode_iter_init (&iter, files);
  while (bt_bencode_iter_next (&iter, &dict))
    if (!parse_file (list, dict, error))
      return FALSE;
  return TRUE;
}
