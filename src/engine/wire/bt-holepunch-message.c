/* bt-holepunch-message.c - the message of ut_holepunch (BEP 55)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-holepunch-message.h"

#include "base/bt-cursor.h"

#define ADDRESS_IPV4 0
#define ADDRESS_IPV6 1

gboolean
bt_holepunch_message_parse (const guint8       *payload,
                            gsize               n_bytes,
                            BtHolepunchMessage *out_message)
{
  BtCursor cursor = bt_cursor_init (payload, n_bytes);
  BtHolepunchMessage message = { 0 };
  const guint8 *compact;
  guint8 type, family;

  if (!bt_cursor_get_u8 (&cursor, &type) || type > BT_HOLEPUNCH_ERROR ||
      !bt_cursor_get_u8 (&cursor, &family))
    return FALSE;
  message.type = (BtHolepunchType) type;
  if (family == ADDRESS_IPV4 && bt_cursor_get_bytes (&cursor, 6, &compact))
    bt_address_from_compact4 (compact, &message.address);
  else if (family == ADDRESS_IPV6 && bt_cursor_get_bytes (&cursor, 18, &compact))
    bt_address_from_compact6 (compact, &message.address);
  else
    return FALSE;
  if (message.type == BT_HOLEPUNCH_ERROR && !bt_cursor_get_u32 (&cursor, &message.error))
    return FALSE;
  *out_message = message;
  return TRUE;
}

gsize
bt_holepunch_message_put (const BtHolepunchMessage *message,
                          guint8                    out_payload[BT_HOLEPUNCH_MAX_BYTES])
{
  gsize n_address = bt_address_to_compact (&message->address, out_payload + 2);

  g_assert (n_address > 0);
  out_payload[0] = (guint8) message->type;
  out_payload[1] = message->address.family == BT_FAMILY_IPV4 ? ADDRESS_IPV4 : ADDRESS_IPV6;
  bt_write_u32 (out_payload + 2 + n_address, message->error);
  return 2 + n_address + 4;
}
