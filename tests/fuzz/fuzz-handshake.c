/* fuzz-handshake.c - the handshake's parser and the names of peer ids, on any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-extension.h"
#include "wire/bt-wire.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_client (const guint8 *peer_id,
              gsize         n_buffer)
{
  g_autofree char *buffer = g_malloc (n_buffer);

  if (bt_peer_id_to_client (peer_id, buffer, n_buffer) != buffer)
    g_error ("not the buffer");
  if (memchr (buffer, '\0', n_buffer) == NULL || !g_utf8_validate (buffer, -1, NULL))
    g_error ("no valid text");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtHandshake  handshake;
  guint8       bytes[BT_WIRE_HANDSHAKE_BYTES];
  gboolean     has_hash = FALSE;
  BtWireResult result = bt_wire_parse_handshake (data, size, &handshake, &has_hash);

  if (result == BT_WIRE_MESSAGE)
    {
      bt_wire_put_handshake (&handshake, bytes);
      if (memcmp (bytes, data, 20) != 0 || memcmp (bytes + 28, data + 28, 40) != 0)
        g_error ("the handshake changes on its way");
    }
  if (has_hash != (result != BT_WIRE_BAD && size >= 48))
    g_error ("the info-hash comes at the wrong time");
  if (size >= BT_WIRE_PEER_ID_BYTES)
    {
      const guint8 *peer_id = data + size - BT_WIRE_PEER_ID_BYTES;

      for (gsize n = 1; n < 80; n += 7)
        check_client (peer_id, n);
    }
  return 0;
}
