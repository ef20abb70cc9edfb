/* fuzz-utp-packet.c - any datagram, taken for a packet of uTP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "utp/bt-utp-packet.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtUtpPacket packet;
  BtUtpPacket again;
  guint8 head[BT_UTP_MAX_HEAD_BYTES + 1];
  guint8 reset[BT_UTP_HEADER_BYTES];
  gsize n_head;

  if (!bt_utp_packet_parse (data, size, &packet))
    return 0;
  if (!bt_utp_packet_is_likely (data, size) || packet.type > BT_UTP_SYN)
    g_error ("not even likely");
  if (packet.payload < data || packet.payload + packet.n_payload != data + size)
    g_error ("a payload from elsewhere");
  if (packet.n_sack > BT_UTP_MAX_SACK_BYTES || (packet.n_sack > 0) != (packet.sack != NULL) ||
      (packet.sack != NULL && packet.sack + packet.n_sack > packet.payload))
    g_error ("an impossible selective ack");

  n_head = bt_utp_packet_write_head (&packet, head);
  head[n_head] = 0;
  if (!bt_utp_packet_parse (head, n_head + (packet.type == BT_UTP_DATA), &again) ||
      again.connection_id != packet.connection_id || again.seq_nr != packet.seq_nr ||
      again.ack_nr != packet.ack_nr || again.window_bytes != packet.window_bytes ||
      again.n_sack != packet.n_sack ||
      (packet.n_sack > 0 && memcmp (again.sack, packet.sack, packet.n_sack) != 0))
    g_error ("written, it is another");
  bt_utp_packet_write_reset (&packet, 1, 2, reset);
  if (!bt_utp_packet_parse (reset, sizeof reset, &again) || again.type != BT_UTP_RESET)
    g_error ("a bad reset");
  return 0;
}
