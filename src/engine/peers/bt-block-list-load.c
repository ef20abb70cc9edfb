/* bt-block-list-load.c - a block list from a file, packed or not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-block-list-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#define CHUNK_BYTES (256 * 1024)

/* One file being read. */
typedef struct
{
  BtBlockListParser *parser;      /* owned */
  GConverter        *unpacker;    /* owned; NULL: the file is not packed */
  char              *chunk;       /* owned; CHUNK_BYTES as read */
  char              *unpacked;    /* owned; CHUNK_BYTES */
  guint64            n_bytes;     /* fed to the parser */
  guint64            max_bytes;
  gboolean           is_in_member;  /* of a packed file: in the midst of one */
  gboolean           is_over;       /* of a packed file: what follows is not packed, and ignored */
} Loading;

static gboolean
feed (Loading     *loading,
      const char  *bytes,
      gsize        n_bytes,
      GError     **error)
{
  loading->n_bytes += n_bytes;
  if (loading->n_bytes > loading->max_bytes)
    {
      g_set_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_TOO_LARGE,
                   _("The block list has more than %" PRIu64 " bytes"), loading->max_bytes);
      return FALSE;
    }
  if (!bt_block_list_parser_feed (loading->parser, bytes, n_bytes))
    {
      g_set_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_TOO_LARGE,
                   _("The block list has more than %u ranges"), BT_BLOCK_LIST_MAX_RANGES);
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_packed (const char *bytes,
           gsize       n_bytes)
{
  return n_bytes >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

/* One call of the unpacker. */
static gboolean
unpack_some (Loading     *loading,
             const char **bytes,
             gsize       *n_bytes,
             GError     **error)
{
  g_autoptr (GError) own_error = NULL;
  GConverterResult   result;
  gsize n_read = 0;
  gsize n_unpacked = 0;

  result = g_converter_convert (loading->unpacker, *bytes, *n_bytes,
                                loading->unpacked, CHUNK_BYTES, G_CONVERTER_NO_FLAGS,
                                &n_read, &n_unpacked, &own_error);
  if (result == G_CONVERTER_ERROR)
    {
      g_set_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_DAMAGED,
                   _("The block list cannot be unpacked: %s"), own_error->message);
      return FALSE;
    }
  loading->is_in_member = result != G_CONVERTER_FINISHED;
  *bytes += n_read;
  *n_bytes -= n_read;
  return feed (loading, loading->unpacked, n_unpacked, error);
}

/* A packed file is one or more members; anything else behind them is padding, as for gzip itself. What the unpacker
 * holds back when all was read comes with the next chunk, or before the end of the member, which is in one. */
static gboolean
unpack (Loading     *loading,
        const char  *bytes,
        gsize        n_bytes,
        GError     **error)
{
  while (n_bytes > 0 && !loading->is_over)
    {
      if (!loading->is_in_member && *bytes != '\x1f')
        loading->is_over = TRUE;
      else if (!loading->is_in_member)
        g_converter_reset (loading->unpacker);
      if (!loading->is_over && !unpack_some (loading, &bytes, &n_bytes, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_all (Loading       *loading,
          GInputStream  *stream,
          GCancellable  *cancellable,
          GError       **error)
{
  gboolean is_first = TRUE;
  gsize    n_bytes;

  do
    {
      if (!g_input_stream_read_all (stream, loading->chunk, CHUNK_BYTES, &n_bytes,
                                    cancellable, error))
        return FALSE;
      if (is_first && is_packed (loading->chunk, n_bytes))
        loading->unpacker =
          G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
      is_first = FALSE;
      if (!(loading->unpacker != NULL ? unpack (loading, loading->chunk, n_bytes, error)
                                      : feed (loading, loading->chunk, n_bytes, error)))
        return FALSE;
    }
  while (n_bytes == CHUNK_BYTES);

  if (loading->is_in_member)
    {
      g_set_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_DAMAGED,
                   _("The block list is cut short"));
      return FALSE;
    }
  return TRUE;
}

static BtBlockList *
finish (Loading  *loading,
        GError  **error)
{
  g_autoptr (BtBlockList)  list = bt_block_list_parser_finish (loading->parser);
  const BtBlockListCounts *counts = bt_block_list_get_counts (list);

  if (counts->is_full)
    {
      g_set_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_TOO_LARGE,
                   _("The block list has more than %u ranges"), BT_BLOCK_LIST_MAX_RANGES);
      return NULL;
    }
  if (counts->n_read == 0 && counts->n_allowed == 0 && counts->n_malformed > 0)
    {
      g_set_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_NOT_A_LIST,
                   _("This is not a block list: no line of it names an address"));
      return NULL;
    }
  return g_steal_pointer (&list);
}

BtBlockList *
bt_block_list_load_bounded (const char    *path,
                            guint64        max_bytes,
                            GCancellable  *cancellable,
                            GError       **error)
{
  g_autoptr (GFile)            file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = NULL;
  Loading      loading = { .max_bytes = max_bytes };
  BtBlockList *list = NULL;

  stream = g_file_read (file, cancellable, error);
  if (stream == NULL)
    return NULL;
  loading.parser = bt_block_list_parser_new ();
  loading.chunk = g_malloc (CHUNK_BYTES);
  loading.unpacked = g_malloc (CHUNK_BYTES);
  if (read_all (&loading, G_INPUT_STREAM (stream), cancellable, error))
    list = finish (&loading, error);
  bt_block_list_parser_free (loading.parser);
  g_clear_object (&loading.unpacker);
  g_free (loading.chunk);
  g_free (loading.unpacked);
  return list;
}

BtBlockList *
bt_block_list_load (const char    *path,
                    GCancellable  *cancellable,
                    GError       **error)
{
  return bt_block_list_load_bounded (path, BT_BLOCK_LIST_MAX_BYTES, cancellable, error);
}
