/* bt-metainfo.c - life of the metainfo, and what can be asked of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo.h"
#include "bt-metainfo-private.h"

#include <glib/gi18n-lib.h>
#include <stdarg.h>
#include <string.h>

/* Names are a part of the description: most have few, and ten thousand torrents may be in memory. */
#define MIN_STRINGS_CHUNK_BYTES 256
#define MAX_STRINGS_CHUNK_BYTES 16384
#define STRINGS_PART            16
#define MAX_ENCODING_BYTES      32

G_DEFINE_QUARK (bt-metainfo-error-quark, bt_metainfo_error)

gboolean
bt_metainfo_fail (GError          **error,
                  BtMetainfoError   code,
                  const char       *format,
                  ...)
{
  va_list arguments;

  if (error == NULL)
    return FALSE;
  va_start (arguments, format);
  *error = g_error_new_valist (BT_METAINFO_ERROR, (int) code, format, arguments);
  va_end (arguments);
  return FALSE;
}

const guint8 *
bt_metainfo_own_info (BtMetainfoParse *parse,
                      const guint8    *bytes)
{
  const guint8 *own = g_bytes_get_data (parse->metainfo->info_bytes, NULL);

  return own + (bytes - parse->info_start);
}

static BtMetainfo *
metainfo_new (gsize n_info_bytes)
{
  gsize chunk_bytes = CLAMP (n_info_bytes / STRINGS_PART, MIN_STRINGS_CHUNK_BYTES,
                             MAX_STRINGS_CHUNK_BYTES);
  BtMetainfo *metainfo = g_new0 (BtMetainfo, 1);

  g_atomic_ref_count_init (&metainfo->ref_count);
  metainfo->strings = g_string_chunk_new (chunk_bytes);
  metainfo->tiers = g_ptr_array_new_with_free_func (g_free);
  metainfo->web_seeds = g_ptr_array_new ();
  metainfo->nodes = g_array_new (FALSE, FALSE, sizeof (BtMetainfoNode));
  return metainfo;
}

BtMetainfo *
bt_metainfo_ref (BtMetainfo *metainfo)
{
  g_atomic_ref_count_inc (&metainfo->ref_count);
  return metainfo;
}

void
bt_metainfo_unref (BtMetainfo *metainfo)
{
  if (metainfo == NULL || !g_atomic_ref_count_dec (&metainfo->ref_count))
    return;
  g_clear_pointer (&metainfo->info_bytes, g_bytes_unref);
  g_clear_pointer (&metainfo->layers, g_byte_array_unref);
  g_string_chunk_free (metainfo->strings);
  g_ptr_array_unref (metainfo->tiers);
  g_ptr_array_unref (metainfo->web_seeds);
  g_array_unref (metainfo->nodes);
  g_free (metainfo->layer_offsets);
  g_free (metainfo->files);
  g_free (metainfo);
}

static BtBencode *
parse_bencode (GBytes   *bytes,
               guint32   max_depth,
               GError  **error)
{
  BtBencodeLimits    limits = { max_depth, BT_METAINFO_MAX_TOKENS, BT_METAINFO_MAX_BYTES };
  g_autoptr (GError) cause = NULL;
  BtBencode         *document = bt_bencode_parse (bytes, &limits, &cause);

  if (document != NULL)
    return document;
  if (g_error_matches (cause, BT_BENCODE_ERROR, BT_BENCODE_ERROR_LIMIT))
    bt_metainfo_fail (error, BT_METAINFO_ERROR_TOO_LARGE, "%s", cause->message);
  else
    bt_metainfo_fail (error, BT_METAINFO_ERROR_NOT_BENCODE, _("not a torrent: %s"), cause->message);
  return NULL;
}

/* `root` and `info` are as in BtMetainfoParse. */
static BtMetainfo *
metainfo_parse (BtBencodeNode   root,
                BtBencodeNode   info,
                GError        **error)
{
  gsize                  n_bytes = 0;
  const guint8          *info_start = bt_bencode_node_get_raw (info, &n_bytes);
  g_autoptr (BtMetainfo) metainfo = metainfo_new (n_bytes);
  BtMetainfoParse        parse = { .metainfo = metainfo, .root = root, .info = info };
  char                   encoding[MAX_ENCODING_BYTES + 1] = { 0 };
  const guint8          *bytes;

  parse.info_start = info_start;
  metainfo->info_bytes = g_bytes_new (info_start, n_bytes);
  bytes = bt_bencode_dict_get_string (root, "encoding", &n_bytes);
  if (bytes != NULL && n_bytes <= MAX_ENCODING_BYTES)
    {
      memcpy (encoding, bytes, n_bytes);
      parse.encoding = encoding;
      metainfo->encoding = g_string_chunk_insert (metainfo->strings, encoding);
    }
  if (!bt_metainfo_parse_info (&parse, error))
    return NULL;
  bt_metainfo_parse_outer (&parse);
  g_ptr_array_add (metainfo->web_seeds, NULL);
  return g_steal_pointer (&metainfo);
}

BtMetainfo *
bt_metainfo_new_from_bytes (GBytes  *bytes,
                            GError **error)
{
  g_autoptr (BtBencode) document = parse_bencode (bytes, BT_METAINFO_MAX_DEPTH, error);
  BtBencodeNode         root;
  BtBencodeNode         info;

  if (document == NULL)
    return NULL;
  root = bt_bencode_get_root (document);
  if (bt_bencode_node_get_type (root) != BT_BENCODE_DICT)
    {
      bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID, _("the torrent is not a dictionary"));
      return NULL;
    }
  info = bt_bencode_dict_get (root, "info");
  if (!bt_bencode_node_exists (info))
    {
      bt_metainfo_fail (error, BT_METAINFO_ERROR_MISSING, _("there is no \"info\""));
      return NULL;
    }
  if (bt_bencode_node_get_type (info) != BT_BENCODE_DICT)
    {
      bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID, _("\"info\" is not a dictionary"));
      return NULL;
    }
  return metainfo_parse (root, info, error);
}

BtMetainfo *
bt_metainfo_new_from_info (GBytes  *info_bytes,
                           GError **error)
{
  /* In a file it is within another dictionary. */
  g_autoptr (BtBencode) document = parse_bencode (info_bytes, BT_METAINFO_MAX_DEPTH - 1, error);
  BtBencodeNode         info;

  if (document == NULL)
    return NULL;
  info = bt_bencode_get_root (document);
  if (bt_bencode_node_get_type (info) != BT_BENCODE_DICT)
    {
      bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID, _("the info is not a dictionary"));
      return NULL;
    }
  return metainfo_parse ((BtBencodeNode) { NULL, 0 }, info, error);
}

const char *
bt_metainfo_get_name (const BtMetainfo *metainfo)
{
  return metainfo->name;
}

const char *
bt_metainfo_get_display_name (const BtMetainfo *metainfo)
{
  return metainfo->display_name;
}

gboolean
bt_metainfo_is_multi_file (const BtMetainfo *metainfo)
{
  return metainfo->is_multi_file;
}

gboolean
bt_metainfo_has_v1 (const BtMetainfo *metainfo)
{
  return metainfo->has_v1;
}

gboolean
bt_metainfo_has_v2 (const BtMetainfo *metainfo)
{
  return metainfo->has_v2;
}

const guint8 *
bt_metainfo_get_info_hash_v1 (const BtMetainfo *metainfo)
{
  return metainfo->has_v1 ? metainfo->info_hash_v1 : NULL;
}

const guint8 *
bt_metainfo_get_info_hash_v2 (const BtMetainfo *metainfo)
{
  return metainfo->has_v2 ? metainfo->info_hash_v2 : NULL;
}

GBytes *
bt_metainfo_get_info_bytes (const BtMetainfo *metainfo)
{
  return metainfo->info_bytes;
}

const BtGeometry *
bt_metainfo_get_geometry (const BtMetainfo *metainfo)
{
  return &metainfo->geometry;
}

guint64
bt_metainfo_get_content_bytes (const BtMetainfo *metainfo)
{
  return metainfo->content_bytes;
}

guint
bt_metainfo_count_content_files (const BtMetainfo *metainfo)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);
  guint n = 0;

  for (guint32 i = 0; i < n_files; i++)
    n += (files[i].flags & BT_FILE_PAD) == 0;
  return n;
}

gboolean
bt_metainfo_is_private (const BtMetainfo *metainfo)
{
  return metainfo->is_private;
}

const char *
bt_metainfo_get_comment (const BtMetainfo *metainfo)
{
  return metainfo->comment;
}

const char *
bt_metainfo_get_creator (const BtMetainfo *metainfo)
{
  return metainfo->creator;
}

const char *
bt_metainfo_get_source (const BtMetainfo *metainfo)
{
  return metainfo->source;
}

gint64
bt_metainfo_get_creation_date (const BtMetainfo *metainfo)
{
  return metainfo->creation_date;
}

const guint8 *
bt_metainfo_get_piece_hash (const BtMetainfo *metainfo,
                            guint32           piece)
{
  if (metainfo->piece_hashes == NULL || piece >= metainfo->geometry.n_pieces)
    return NULL;
  return metainfo->piece_hashes + (gsize) piece * BT_SHA1_BYTES;
}

guint32
bt_metainfo_get_piece_data_bytes (const BtMetainfo *metainfo,
                                  guint32           piece)
{
  guint64       begin = bt_geometry_get_offset (&metainfo->geometry, piece);
  guint32       n_bytes = bt_geometry_get_piece_bytes (&metainfo->geometry, piece);
  const BtFile *last;

  if (metainfo->has_v1)
    return n_bytes;
  last = &metainfo->files[bt_metainfo_find_file (metainfo, begin + n_bytes - 1)];
  return last->flags & BT_FILE_IMPLIED ? (guint32) (last->offset - begin) : n_bytes;
}

const guint8 *
bt_metainfo_get_piece_layer (const BtMetainfo *metainfo,
                             guint32           file,
                             guint32          *out_n_hashes)
{
  *out_n_hashes = 0;
  if (metainfo->layer_offsets == NULL || file >= metainfo->n_files ||
      metainfo->layer_offsets[file] == BT_METAINFO_NO_LAYER)
    return NULL;
  *out_n_hashes =
      (guint32) ((metainfo->files[file].length - 1) / metainfo->geometry.piece_bytes + 1);
  return metainfo->layers->data + metainfo->layer_offsets[file];
}

const BtFile *
bt_metainfo_get_files (const BtMetainfo *metainfo,
                       guint32          *out_n_files)
{
  if (out_n_files != NULL)
    *out_n_files = metainfo->n_files;
  return metainfo->files;
}

gboolean
bt_metainfo_get_file_pieces (const BtMetainfo *metainfo,
                             guint32           file,
                             guint32          *out_first,
                             guint32          *out_last)
{
  const BtFile *info = &metainfo->files[file];

  if (info->length == 0 || (info->flags & BT_FILE_PAD))
    return FALSE;
  *out_first = (guint32) (info->offset / metainfo->geometry.piece_bytes);
  *out_last = (guint32) ((info->offset + info->length - 1) / metainfo->geometry.piece_bytes);
  return TRUE;
}

static guint64
count_common_bytes (const BtGeometry *geometry,
                    const BtFile     *file,
                    guint32           piece)
{
  guint64 begin = bt_geometry_get_offset (geometry, piece);
  guint64 end = begin + bt_geometry_get_piece_bytes (geometry, piece);

  return MIN (end, file->offset + file->length) - MAX (begin, file->offset);
}

guint64
bt_metainfo_count_file_bytes (const BtMetainfo *metainfo,
                              guint32           file,
                              const BtBitfield *have)
{
  const BtGeometry *geometry = &metainfo->geometry;
  const BtFile *info = &metainfo->files[file];
  guint64 bytes = 0;
  guint32 first, last;

  if (!bt_metainfo_get_file_pieces (metainfo, file, &first, &last))
    return 0;
  if (bt_bitfield_get (have, first))
    bytes += count_common_bytes (geometry, info, first);
  if (last > first && bt_bitfield_get (have, last))
    bytes += count_common_bytes (geometry, info, last);
  if (last > first + 1)
    bytes += (guint64) bt_bitfield_count_range (have, first + 1, last - 1) * geometry->piece_bytes;
  return bytes;
}

guint32
bt_metainfo_find_file (const BtMetainfo *metainfo,
                       guint64           offset)
{
  guint32 low = 0;
  guint32 high = metainfo->n_files;

  if (offset >= metainfo->geometry.total_bytes)
    return BT_FILE_NONE;
  /* The last file that begins at or before the offset: files without bytes that begin there come before it. */
  while (high - low > 1)
    {
      guint32 middle = low + (high - low) / 2;

      if (metainfo->files[middle].offset <= offset)
        low = middle;
      else
        high = middle;
    }
  return low;
}

guint
bt_metainfo_get_n_tiers (const BtMetainfo *metainfo)
{
  return metainfo->tiers->len;
}

const char *const *
bt_metainfo_get_tier (const BtMetainfo *metainfo,
                      guint             tier)
{
  return tier < metainfo->tiers->len ? g_ptr_array_index (metainfo->tiers, tier) : NULL;
}

guint
bt_metainfo_get_n_ignored_trackers (const BtMetainfo *metainfo)
{
  return metainfo->n_ignored_trackers;
}

const char *const *
bt_metainfo_get_web_seeds (const BtMetainfo *metainfo)
{
  return (const char *const *) metainfo->web_seeds->pdata;
}

const BtMetainfoNode *
bt_metainfo_get_nodes (const BtMetainfo *metainfo,
                       guint            *out_n_nodes)
{
  *out_n_nodes = metainfo->nodes->len;
  return (const BtMetainfoNode *) metainfo->nodes->data;
}
