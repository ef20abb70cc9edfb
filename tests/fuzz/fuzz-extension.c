/* fuzz-extension.c - extension handshakes from any bytes; what was understood must survive being written
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-extension.h"
#include "wire/bt-wire.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static const BtWireLimits limits = { NULL, .has_extended = 1 };
  g_autoptr (GByteArray)    out = NULL;
  BtExtensionHandshake      first;
  BtExtensionHandshake      second;
  BtWireMessage             message;
  guint32                   piece;

  if (bt_extension_parse_dont_have (data, size, &piece) != (size == 4))
    g_error ("a don't-have of the wrong size");
  if (!bt_extension_parse_handshake (data, size, &first))
    return 0;
  if (!g_utf8_validate (first.client, -1, NULL))
    g_error ("no valid text");

  out = g_byte_array_new ();
  bt_extension_put_handshake (out, &first);
  if (bt_wire_parse (&limits, out->data, out->len, &message) != BT_WIRE_MESSAGE ||
      !bt_extension_parse_handshake (message.payload, message.payload_bytes, &second))
    g_error ("our own message is refused");
  first.has_m = second.has_m;  /* we always write one */
  if (memcmp (&first, &second, G_STRUCT_OFFSET (BtExtensionHandshake, client)) != 0 ||
      strcmp (first.client, second.client) != 0)
    g_error ("the handshake changes on its way");
  return 0;
}
