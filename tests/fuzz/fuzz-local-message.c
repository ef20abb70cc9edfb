/* fuzz-local-message.c - datagrams of local discovery from any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-local-message.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtLocalMessage message, again;
  char bytes[BT_LOCAL_MAX_BYTES];
  gsize n_bytes;

  if (!bt_local_message_parse (data, size, &message))
    return 0;
  if (message.port == 0 || message.n_hashes == 0 || message.n_hashes > BT_LOCAL_MAX_HASHES ||
      strlen (message.cookie) > BT_LOCAL_MAX_COOKIE_BYTES)
    g_error ("a message of no use");
  n_bytes = bt_local_message_write (&message, "239.192.152.143:6771", bytes);
  if (!bt_local_message_parse ((const guint8 *) bytes, n_bytes, &again) ||
      again.port != message.port || again.n_hashes != message.n_hashes ||
      memcmp (again.hashes, message.hashes, again.n_hashes * BT_SHA1_BYTES) != 0)
    g_error ("the message changes on its way");
  return 0;
}
