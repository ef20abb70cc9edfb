/* bt-extension.c - the extension handshake of BEP 10, and the message of BEP 54
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-extension.h"

#include "bt-wire.h"
#include "bt-wire-text-private.h"

#include "base/bt-cursor.h"
#include "bencode/bt-bencode.h"
#include "bencode/bt-bencode-writer.h"

#include <string.h>

#define IPV4_BYTES 4
#define IPV6_BYTES 16

/* Far more than anybody says of himself, far less than would be work for us. */
static const BtBencodeLimits handshake_limits = {
  .max_depth = 16,
  .max_tokens = 4096,
  .max_bytes = BT_WIRE_MAX_EXTENDED_BYTES,
};

/* In the order in which they stand in a dictionary. */
static const struct
{
  BtExtension extension;
  const char *name;
} names[] = {
  { BT_EXTENSION_DONT_HAVE, "lt_donthave" },
  { BT_EXTENSION_UPLOAD_ONLY, "upload_only" },
  { BT_EXTENSION_HOLEPUNCH, "ut_holepunch" },
  { BT_EXTENSION_METADATA, "ut_metadata" },
  { BT_EXTENSION_PEX, "ut_pex" },
};

/* An integer within [min, max], else FALSE. */
static gboolean
get_number (BtBencodeNode  dict,
            const char    *key,
            gint64         min,
            gint64         max,
            gint64        *out_value)
{
  gint64 value;

  if (!bt_bencode_dict_get_int (dict, key, &value) || value < min || value > max)
    return FALSE;
  *out_value = value;
  return TRUE;
}

static void
parse_ids (BtBencodeNode         m,
           BtExtensionHandshake *handshake)
{
  gint64 id;

  handshake->has_m = 1;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (!get_number (m, names[i].name, 0, G_MAXUINT8, &id))
        continue;
      handshake->ids[names[i].extension] = (guint8) id;
      handshake->named |= 1u << names[i].extension;
    }
}

static void
parse_your_ip (BtBencodeNode  root,
               BtAddress     *out_address)
{
  gsize         n_bytes = 0;
  const guint8 *ip = bt_bencode_dict_get_string (root, "yourip", &n_bytes);
  guint8        compact[IPV6_BYTES + 2] = { 0 };

  if (ip == NULL || (n_bytes != IPV4_BYTES && n_bytes != IPV6_BYTES))
    return;
  memcpy (compact, ip, n_bytes);
  if (n_bytes == IPV4_BYTES)
    bt_address_from_compact4 (compact, out_address);
  else
    bt_address_from_compact6 (compact, out_address);
}

gboolean
bt_extension_parse_handshake (const guint8         *payload,
                              gsize                 n_bytes,
                              BtExtensionHandshake *out_handshake)
{
  g_autoptr (BtBencode) document = NULL;
  BtBencodeNode         root;
  BtBencodeNode         m;
  const guint8         *client;
  gsize                 n_used;
  gsize                 n_client = 0;
  gint64                value;

  document = bt_bencode_parse_prefix (payload, n_bytes, &handshake_limits, &n_used, NULL);
  if (document == NULL)
    return FALSE;
  root = bt_bencode_get_root (document);
  if (bt_bencode_node_get_type (root) != BT_BENCODE_DICT)
    return FALSE;

  memset (out_handshake, 0, sizeof *out_handshake);
  m = bt_bencode_dict_get (root, "m");
  if (bt_bencode_node_get_type (m) == BT_BENCODE_DICT)
    parse_ids (m, out_handshake);
  if (bt_bencode_dict_get_int (root, "upload_only", &value))
    {
      out_handshake->has_upload_only = 1;
      out_handshake->is_upload_only = value != 0;
    }
  if (get_number (root, "reqq", 1, G_MAXINT64, &value))
    out_handshake->request_queue = (guint32) MIN (value, BT_EXTENSION_MAX_REQUEST_QUEUE);
  if (get_number (root, "metadata_size", 1, BT_EXTENSION_MAX_METADATA_BYTES, &value))
    out_handshake->metadata_bytes = (guint32) value;
  if (get_number (root, "p", 1, G_MAXUINT16, &value))
    out_handshake->listen_port = (guint16) value;
  parse_your_ip (root, &out_handshake->your_ip);
  client = bt_bencode_dict_get_string (root, "v", &n_client);
  if (client != NULL)
    bt_wire_copy_text (client, n_client, out_handshake->client, sizeof out_handshake->client);
  return TRUE;
}

void
bt_extension_update_ids (guint8                      ids[BT_N_EXTENSIONS],
                         const BtExtensionHandshake *handshake)
{
  for (guint i = 0; i < BT_N_EXTENSIONS; i++)
    {
      if ((handshake->named & (1u << i)) != 0)
        ids[i] = handshake->ids[i];
    }
}

static void
put_ids (BtBencodeWriter            *writer,
         const BtExtensionHandshake *handshake)
{
  bt_bencode_writer_key (writer, "m");
  bt_bencode_writer_begin_dict (writer);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint8 id = handshake->ids[names[i].extension];

      if (id == 0 && (handshake->named & (1u << names[i].extension)) == 0)
        continue;
      bt_bencode_writer_key (writer, names[i].name);
      bt_bencode_writer_int (writer, id);
    }
  bt_bencode_writer_end (writer);
}

static void
put_number (BtBencodeWriter *writer,
            const char      *key,
            guint32          value)
{
  if (value == 0)
    return;
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_int (writer, value);
}

void
bt_extension_put_handshake (GByteArray                 *out,
                            const BtExtensionHandshake *handshake)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  gboolean                    is_ipv4 = handshake->your_ip.family == BT_FAMILY_IPV4;
  GByteArray                 *payload;

  bt_bencode_writer_begin_dict (writer);
  put_ids (writer, handshake);
  put_number (writer, "metadata_size", handshake->metadata_bytes);
  put_number (writer, "p", handshake->listen_port);
  put_number (writer, "reqq", handshake->request_queue);
  if (handshake->has_upload_only || handshake->is_upload_only)
    {
      bt_bencode_writer_key (writer, "upload_only");
      bt_bencode_writer_int (writer, handshake->is_upload_only);
    }
  if (handshake->client[0] != '\0')
    {
      bt_bencode_writer_key (writer, "v");
      bt_bencode_writer_text (writer, handshake->client);
    }
  if (handshake->your_ip.family != BT_FAMILY_NONE)
    {
      bt_bencode_writer_key (writer, "yourip");
      bt_bencode_writer_string (writer, handshake->your_ip.ip, is_ipv4 ? IPV4_BYTES : IPV6_BYTES);
    }
  bt_bencode_writer_end (writer);
  payload = bt_bencode_writer_get_array (writer);
  bt_wire_put_extended (out, BT_EXTENSION_HANDSHAKE, payload->data, payload->len);
}

void
bt_extension_put_dont_have (GByteArray *out,
                            guint8      extended_id,
                            guint32     piece)
{
  guint8 payload[4];

  bt_write_u32 (payload, piece);
  bt_wire_put_extended (out, extended_id, payload, sizeof payload);
}

gboolean
bt_extension_parse_dont_have (const guint8 *payload,
                              gsize         n_bytes,
                              guint32      *out_piece)
{
  if (n_bytes != 4)
    return FALSE;
  *out_piece = bt_read_u32 (payload);
  return TRUE;
}
