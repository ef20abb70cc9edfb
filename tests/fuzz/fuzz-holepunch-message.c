/* fuzz-holepunch-message.c - ut_holepunch's message from any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-holepunch-message.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  guint8 payload[BT_HOLEPUNCH_MAX_BYTES];
  BtHolepunchMessage message;
  BtHolepunchMessage again;
  gsize n_bytes;

  if (!bt_holepunch_message_parse (data, size, &message))
    return 0;
  n_bytes = bt_holepunch_message_put (&message, payload);
  if (n_bytes > sizeof payload || !bt_holepunch_message_parse (payload, n_bytes, &again) ||
      again.type != message.type || again.error != message.error ||
      !bt_address_equal (&again.address, &message.address))
    g_error ("the message changes on its way");
  return 0;
}
