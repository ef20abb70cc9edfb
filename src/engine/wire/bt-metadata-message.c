/* bt-metadata-message.c - the messages of ut_metadata (BEP 9): request, data, reject
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metadata-message.h"
#include "bt-wire.h"

#include "bencode/bt-bencode.h"
#include "bencode/bt-bencode-writer.h"

/* Three keys, and some of later days. */
static const BtBencodeLimits message_limits = {
  .max_depth = 8,
  .max_tokens = 64,
  .max_bytes = BT_WIRE_MAX_EXTENDED_BYTES,
};

static gboolean
take_data (BtMetadataMessage *message,
           BtBencodeNode      root,
           const guint8      *bytes,
           gsize              n_bytes)
{
  gint64 total;

  if (n_bytes == 0 || n_bytes > BT_METADATA_PIECE_BYTES)
    return FALSE;
  if (bt_bencode_dict_get_int (root, "total_size", &total))
    {
      if (total < 1 || total > G_MAXUINT32)
        return FALSE;
      message->total_bytes = (guint32) total;
    }
  message->data = bytes;
  message->n_bytes = n_bytes;
  return TRUE;
}

gboolean
bt_metadata_message_parse (const guint8      *payload,
                           gsize              n_bytes,
                           BtMetadataMessage *out_message)
{
  g_autoptr (BtBencode) document = NULL;
  BtMetadataMessage     message = { 0 };
  BtBencodeNode         root;
  gsize                 n_used;
  gint64                type;
  gint64                piece;

  document = bt_bencode_parse_prefix (payload, n_bytes, &message_limits, &n_used, NULL);
  if (document == NULL)
    return FALSE;
  root = bt_bencode_get_root (document);
  if (!bt_bencode_dict_get_int (root, "msg_type", &type) || type < 0)
    return FALSE;
  if (type > BT_METADATA_REJECT)
    {
      *out_message = (BtMetadataMessage) { .type = BT_METADATA_UNKNOWN };
      return TRUE;
    }
  if (!bt_bencode_dict_get_int (root, "piece", &piece) || piece < 0 ||
      piece >= BT_METADATA_MAX_PIECES)
    return FALSE;
  message.type = (BtMetadataType) type;
  message.piece = (guint32) piece;
  if (message.type == BT_METADATA_DATA &&
      !take_data (&message, root, payload + n_used, n_bytes - n_used))
    return FALSE;
  *out_message = message;
  return TRUE;
}

void
bt_metadata_message_put (GByteArray              *out,
                         const BtMetadataMessage *message)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  GByteArray                 *dict;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "msg_type");
  bt_bencode_writer_int (writer, message->type);
  bt_bencode_writer_key (writer, "piece");
  bt_bencode_writer_int (writer, message->piece);
  if (message->type == BT_METADATA_DATA)
    {
      bt_bencode_writer_key (writer, "total_size");
      bt_bencode_writer_int (writer, message->total_bytes);
    }
  bt_bencode_writer_end (writer);
  dict = bt_bencode_writer_get_array (writer);
  g_byte_array_append (out, dict->data, dict->len);
  if (message->type == BT_METADATA_DATA)
    g_byte_array_append (out, message->data, (guint) message->n_bytes);
}

guint32
bt_metadata_count_pieces (gsize n_bytes)
{
  return (guint32) ((n_bytes + BT_METADATA_PIECE_BYTES - 1) / BT_METADATA_PIECE_BYTES);
}

guint32
bt_metadata_get_piece_bytes (gsize   n_bytes,
                             guint32 piece)
{
  gsize begin = (gsize) piece * BT_METADATA_PIECE_BYTES;

  if (begin >= n_bytes)
    return 0;
  return (guint32) MIN (n_bytes - begin, BT_METADATA_PIECE_BYTES);
}
