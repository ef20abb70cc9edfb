/* bt-metainfo-files.c - puts a list of files together, whatever dictionary it comes from
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo-private.h"
#include "bt-safe-path.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
bt_file_list_init (BtFileList      *list,
                   BtMetainfoParse *parse)
{
  *list = (BtFileList) { .parse = parse };
  list->files = g_array_new (FALSE, FALSE, sizeof (BtFile));
  list->folders = g_array_new (FALSE, FALSE, sizeof (guint32));
  list->names = bt_safe_names_new ();
  list->path = g_string_new (NULL);
  list->display_path = g_string_new (NULL);
  list->folder = BT_SAFE_NAMES_ROOT;
}

void
bt_file_list_clear (BtFileList *list)
{
  g_clear_pointer (&list->files, g_array_unref);
  g_clear_pointer (&list->folders, g_array_unref);
  g_clear_pointer (&list->names, bt_safe_names_free);
  if (list->path != NULL)
    g_string_free (g_steal_pointer (&list->path), TRUE);
  if (list->display_path != NULL)
    g_string_free (g_steal_pointer (&list->display_path), TRUE);
}

BtFileListMark
bt_file_list_mark (BtFileList *list)
{
  return (BtFileListMark) { list->path->len, list->display_path->len, list->folder,
                            list->n_components };
}

void
bt_file_list_go_back (BtFileList     *list,
                      BtFileListMark  mark)
{
  g_string_truncate (list->path, mark.path_length);
  g_string_truncate (list->display_path, mark.display_length);
  list->folder = mark.folder;
  list->n_components = mark.n_components;
}

static void
append_component (BtFileList   *list,
                  const guint8 *component,
                  gsize         n_bytes)
{
  if (list->n_components > 0)
    {
      g_string_append_c (list->path, '/');
      g_string_append_c (list->display_path, '/');
    }
  list->n_components++;
  bt_safe_component_append (list->path, component, n_bytes, list->parse->encoding);
  bt_display_text_append (list->display_path, component, MIN (n_bytes, BT_SAFE_PATH_MAX_BYTES),
                          list->parse->encoding);
}

/* One past the limit is as far as it goes: then adding a file fails. */
static gboolean
is_too_long (const BtFileList *list)
{
  return list->path->len > BT_SAFE_PATH_MAX_BYTES ||
         list->n_components > BT_SAFE_PATH_MAX_COMPONENTS;
}

void
bt_file_list_enter (BtFileList   *list,
                    const guint8 *component,
                    gsize         n_bytes)
{
  gsize start = list->path->len + (list->n_components > 0 ? 1 : 0);

  if (is_too_long (list))
    return;
  append_component (list, component, n_bytes);
  list->folder = bt_safe_names_add_folder (list->names, list->folder, list->path->str + start);
}

void
bt_file_list_enter_root (BtFileList *list)
{
  g_string_assign (list->path, list->parse->metainfo->name);
  g_string_assign (list->display_path, list->parse->metainfo->display_name);
  list->n_components = 1;
}

/* Pads without an attribute to say so: `.pad/<number>` and what BitComet wrote. */
static gboolean
is_named_like_pad (const BtFileList *list,
                   const guint8     *component,
                   gsize             n_bytes)
{
  static const char bitcomet[] = "_____padding_file_";
  static const char folder[] = "/.pad";

  if (list->n_components == 0)
    return FALSE;
  if (n_bytes >= strlen (bitcomet) && memcmp (component, bitcomet, strlen (bitcomet)) == 0)
    return TRUE;
  if (n_bytes == 0 || list->n_components != 2 || !g_str_has_suffix (list->path->str, folder))
    return FALSE;
  for (gsize i = 0; i < n_bytes; i++)
    if (!g_ascii_isdigit (component[i]))
      return FALSE;
  return TRUE;
}

/* Takes a file whose path is set. */
static gboolean
append_file (BtFileList  *list,
             BtFile      *file,
             guint32      folder,
             GError     **error)
{
  guint n_files = list->files->len;

  if (n_files >= BT_METAINFO_MAX_FILES)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE, _("more than %u files"),
                             BT_METAINFO_MAX_FILES);
  if (file->length > G_MAXINT64 - list->total_bytes)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE,
                             _("the lengths up to file %u overflow"), n_files);

  file->offset = list->total_bytes;
  list->total_bytes += file->length;
  if (!(file->flags & BT_FILE_PAD))
    list->content_bytes += file->length;
  g_array_append_val (list->files, *file);
  g_array_append_val (list->folders, folder);
  return TRUE;
}

/* Keeps the path where one is for `file`. */
static gboolean
store_paths (BtFileList  *list,
             BtFile      *file,
             GError     **error)
{
  GStringChunk *strings = list->parse->metainfo->strings;
  gboolean      is_same = g_string_equal (list->path, list->display_path);

  if (is_too_long (list))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_UNSAFE,
                             _("the path of file %u is longer than %u bytes or %u components"),
                             list->files->len, BT_SAFE_PATH_MAX_BYTES, BT_SAFE_PATH_MAX_COMPONENTS);
  list->path_bytes += list->path->len + (is_same ? 0 : list->display_path->len);
  if (list->path_bytes > BT_METAINFO_MAX_PATH_BYTES)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE,
                             _("the paths up to file %u have more than %u bytes"), list->files->len,
                             BT_METAINFO_MAX_PATH_BYTES);

  file->path = g_string_chunk_insert_len (strings, list->path->str, (gssize) list->path->len);
  file->display_path = file->path;
  if (!is_same)
    file->display_path = g_string_chunk_insert_len (strings, list->display_path->str,
                                                    (gssize) list->display_path->len);
  return TRUE;
}

gboolean
bt_file_list_add (BtFileList    *list,
                  const guint8  *component,
                  gsize          n_bytes,
                  const BtFile  *file,
                  GError       **error)
{
  BtFileListMark mark = bt_file_list_mark (list);
  BtFile         added = *file;
  gboolean       is_added;

  if (is_named_like_pad (list, component, n_bytes))
    added.flags |= BT_FILE_PAD;
  append_component (list, component, n_bytes);
  is_added = store_paths (list, &added, error) && append_file (list, &added, list->folder, error);
  bt_file_list_go_back (list, mark);
  return is_added;
}

gboolean
bt_file_list_add_implied_pad (BtFileList  *list,
                              guint64      length,
                              GError     **error)
{
  BtMetainfo      *metainfo = list->parse->metainfo;
  g_autofree char *path = g_strdup_printf ("%s/.pad/%" G_GUINT64_FORMAT, metainfo->name, length);
  BtFile           pad = { .length = length, .flags = BT_FILE_PAD | BT_FILE_IMPLIED };

  pad.path = g_string_chunk_insert_const (metainfo->strings, path);
  pad.display_path = pad.path;
  return append_file (list, &pad, BT_SAFE_NAMES_ROOT, error);
}

/* Gives the file the name it may have. */
static gboolean
claim_name (BtFileList  *list,
            guint        index,
            GString     *component,
            GError     **error)
{
  BtFile     *file = &g_array_index (list->files, BtFile, index);
  const char *slash = strrchr (file->path, '/');
  const char *leaf = slash != NULL ? slash + 1 : file->path;

  if (!bt_safe_names_add_file (list->names, g_array_index (list->folders, guint32, index), leaf,
                               component))
    return TRUE;
  g_string_truncate (list->path, 0);
  g_string_append_len (list->path, file->path, leaf - file->path);
  g_string_append (list->path, component->str);
  if (list->path->len > BT_SAFE_PATH_MAX_BYTES)
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_UNSAFE,
                             _("the path of file %u is longer than %u bytes"), index,
                             BT_SAFE_PATH_MAX_BYTES);
  file->path = g_string_chunk_insert_len (list->parse->metainfo->strings, list->path->str,
                                          (gssize) list->path->len);
  return TRUE;
}

gboolean
bt_file_list_finish (BtFileList  *list,
                     GError     **error)
{
  g_autoptr (GString) component = g_string_new (NULL);

  for (guint i = 0; i < list->files->len; i++)
    if (!(g_array_index (list->files, BtFile, i).flags & BT_FILE_PAD) &&
        !claim_name (list, i, component, error))
      return FALSE;
  return TRUE;
}

static void
parse_symlink_target (BtFileList    *list,
                      BtBencodeNode  components,
                      BtFile        *file)
{
  g_autoptr (GString) target = g_string_new (NULL);
  BtBencodeIter       iter;
  BtBencodeNode       component;

  bt_bencode_iter_init (&iter, components);
  while (bt_bencode_iter_next (&iter, &component) && target->len <= BT_SAFE_PATH_MAX_BYTES)
    {
      gsize         n_bytes = 0;
      const guint8 *bytes = bt_bencode_node_get_string (component, &n_bytes);

      if (target->len > 0)
        g_string_append_c (target, '/');
      if (bytes != NULL)
        bt_display_text_append (target, bytes, MIN (n_bytes, BT_SAFE_PATH_MAX_BYTES),
                                list->parse->encoding);
    }
  file->symlink_target = g_string_chunk_insert (list->parse->metainfo->strings, target->str);
}

void
bt_file_list_parse_attributes (BtFileList    *list,
                               BtBencodeNode  dict,
                               BtFile        *file)
{
  gsize         n_attributes = 0;
  const guint8 *attributes = bt_bencode_dict_get_string (dict, "attr", &n_attributes);

  for (gsize i = 0; attributes != NULL && i < n_attributes; i++)
    switch (attributes[i])
      {
      case 'p':
        file->flags |= BT_FILE_PAD;
        break;
      case 'x':
        file->flags |= BT_FILE_EXECUTABLE;
        break;
      case 'h':
        file->flags |= BT_FILE_HIDDEN;
        break;
      case 'l':
        /* A link has no bytes (BEP 47); what has bytes is a file. */
        if (file->length == 0 && !(file->flags & BT_FILE_SYMLINK))
          {
            file->flags |= BT_FILE_SYMLINK;
            parse_symlink_target (list, bt_bencode_dict_get (dict, "symlink path"), file);
          }
        break;
      default:
        break;
      }
}
