/* fuzz-metainfo.c - the metainfo parser on any bytes; what it takes must keep its promises
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bencode/bt-bencode-writer.h"
#include "metainfo/bt-metainfo.h"
#include "metainfo/bt-safe-path.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* Whether a path stays where it belongs. */
static void
check_path (const BtMetainfo *metainfo,
            const char       *path)
{
  g_auto (GStrv) components = g_strsplit (path, "/", -1);

  if (strlen (path) > BT_SAFE_PATH_MAX_BYTES || !g_utf8_validate (path, -1, NULL))
    g_error ("a path too long or not UTF-8");
  if (bt_metainfo_is_multi_file (metainfo) &&
      strcmp (components[0], bt_metainfo_get_name (metainfo)) != 0)
    g_error ("a path outside the folder");
  for (gsize i = 0; components[i] != NULL; i++)
    if (*components[i] == 0 || strcmp (components[i], ".") == 0 ||
        strcmp (components[i], "..") == 0 || strlen (components[i]) > BT_SAFE_COMPONENT_MAX_BYTES ||
        strpbrk (components[i], "\\<>:\"|?*\n") != NULL)
      g_error ("an unsafe component: %s", components[i]);
}

static void
check_files (const BtMetainfo *metainfo)
{
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  const BtGeometry      *geometry = bt_metainfo_get_geometry (metainfo);
  guint32                n_files = 0;
  const BtFile          *files = bt_metainfo_get_files (metainfo, &n_files);
  guint64                end = 0;

  for (guint32 i = 0; i < n_files; i++)
    {
      guint32 n_hashes;

      if (files[i].offset != end)
        g_error ("a gap before a file");
      end += files[i].length;
      check_path (metainfo, files[i].path);
      if (!g_utf8_validate (files[i].display_path, -1, NULL))
        g_error ("a display path is not UTF-8");
      if (!(files[i].flags & BT_FILE_PAD) && !g_hash_table_add (paths, (gpointer) files[i].path))
        g_error ("a path twice: %s", files[i].path);
      if (files[i].length > 0 && bt_metainfo_find_file (metainfo, files[i].offset) != i)
        g_error ("a file is not found");
      bt_metainfo_get_piece_layer (metainfo, i, &n_hashes);
    }
  if (end != geometry->total_bytes || end == 0 ||
      (end - 1) / geometry->piece_bytes + 1 != geometry->n_pieces)
    g_error ("the geometry does not fit the files");
}

static void
check_pieces (const BtMetainfo *metainfo)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (metainfo);
  guint             sum = 0;

  for (guint32 i = 0; i < geometry->n_pieces && i < 1000; i++)
    {
      const guint8 *hash = bt_metainfo_get_piece_hash (metainfo, i);

      if ((hash != NULL) != bt_metainfo_has_v1 (metainfo))
        g_error ("a hash too many or too few");
      for (guint j = 0; hash != NULL && j < BT_SHA1_BYTES; j++)
        sum += hash[j];
      if (bt_metainfo_get_piece_data_bytes (metainfo, i) == 0)
        g_error ("a piece of nothing");
    }
  if (sum > 1000 * BT_SHA1_BYTES * 255)
    g_error ("impossible sum");
}

/* Mutated bytes are seldom bencode, so the input is also taken as the names in a torrent that is otherwise right: a
 * zero ends a component, 0x01 a path. */
static GBytes *
make_torrent_of_names (const guint8 *data,
                       gsize         size)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  gsize                       begin = 0;
  gboolean                    is_in_file = FALSE;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "files");
  bt_bencode_writer_begin_list (writer);
  for (gsize i = 0; i <= size; i++)
    {
      if (i < size && data[i] > 1)
        continue;
      if (!is_in_file)
        {
          bt_bencode_writer_begin_dict (writer);
          bt_bencode_writer_key (writer, "length");
          bt_bencode_writer_int (writer, begin == 0 ? 1 : 0);
          bt_bencode_writer_key (writer, "path");
          bt_bencode_writer_begin_list (writer);
        }
      bt_bencode_writer_string (writer, data + begin, i - begin);
      begin = i + 1;
      is_in_file = i < size && data[i] == 0;
      if (!is_in_file)
        {
          bt_bencode_writer_end (writer);
          bt_bencode_writer_end (writer);
        }
    }
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_string (writer, data, MIN (size, 20));
  bt_bencode_writer_key (writer, "piece length");
  bt_bencode_writer_int (writer, 16384);
  bt_bencode_writer_key (writer, "pieces");
  bt_bencode_writer_text (writer, "hhhhhhhhhhhhhhhhhhhh");
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}

/* What is written of it is read again, and is the same when it is written again. */
static void
check_written (const BtMetainfo *metainfo)
{
  g_autoptr (GBytes)     bytes = bt_metainfo_dup_file (metainfo, NULL);
  g_autoptr (GBytes)     bytes_again = NULL;
  g_autoptr (GError)     error = NULL;
  g_autoptr (BtMetainfo) again = NULL;

  if (bytes == NULL)
    return;
  again = bt_metainfo_new_from_bytes (bytes, &error);
  if (again == NULL)
    g_error ("what was written is refused: %s", error->message);
  bytes_again = bt_metainfo_dup_file (again, NULL);
  if (bytes_again == NULL || !g_bytes_equal (bytes, bytes_again))
    g_error ("what was written is read as something else");
}

static void
try_metainfo (const BtMetainfo *metainfo,
              const GError     *error)
{
  if ((metainfo == NULL) != (error != NULL))
    g_error ("nothing and no error, or both");
  if (metainfo == NULL)
    return;
  check_files (metainfo);
  check_pieces (metainfo);
  for (guint i = 0; i < bt_metainfo_get_n_tiers (metainfo); i++)
    if (bt_metainfo_get_tier (metainfo, i)[0] == NULL)
      g_error ("an empty tier");
  check_written (metainfo);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (GBytes)     bytes = g_bytes_new (data, size);
  g_autoptr (GBytes)     of_names = make_torrent_of_names (data, size);
  g_autoptr (GError)     error = NULL;
  g_autoptr (GError)     names_error = NULL;
  g_autoptr (BtMetainfo) metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_autoptr (BtMetainfo) named = bt_metainfo_new_from_info (of_names, &names_error);
  g_autoptr (BtMetainfo) bare = NULL;

  try_metainfo (metainfo, error);
  try_metainfo (named, names_error);
  if (metainfo == NULL)
    return 0;
  bare = bt_metainfo_new_from_info (bt_metainfo_get_info_bytes (metainfo), &error);
  if (bare == NULL)
    g_error ("the info alone is refused: %s", error->message);
  return 0;
}
