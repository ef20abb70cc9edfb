/* fuzz-metadata-message.c - ut_metadata's messages from any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-metadata-message.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (GByteArray) out = NULL;
  BtMetadataMessage message;
  BtMetadataMessage again;

  if (!bt_metadata_message_parse (data, size, &message) || message.type == BT_METADATA_UNKNOWN)
    return 0;
  if (message.piece >= BT_METADATA_MAX_PIECES)
    g_error ("a piece out of bounds");
  if (message.type == BT_METADATA_DATA &&
      (message.n_bytes == 0 || message.n_bytes > BT_METADATA_PIECE_BYTES ||
       message.data + message.n_bytes != data + size))
    g_error ("data out of bounds");
  /* We always say how much there is. */
  if (message.type == BT_METADATA_DATA && message.total_bytes == 0)
    message.total_bytes = 1;
  out = g_byte_array_new ();
  bt_metadata_message_put (out, &message);
  if (!bt_metadata_message_parse (out->data, out->len, &again) || again.type != message.type ||
      again.piece != message.piece || again.total_bytes != message.total_bytes ||
      again.n_bytes != message.n_bytes)
    g_error ("the message changes on its way");
  return 0;
}
