/* bt-utp-packet.c - the packets of uTP (BEP 29), written and read; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-packet.h"

#include "base/bt-cursor.h"

#include <string.h>

#define VERSION        1
#define EXTENSION_NONE 0
#define EXTENSION_SACK 1
#define EXTENSION_PAD  200  /* none that anybody uses */

/* One less than the longest, so that what is left over for the first is never too short. */
#define PAD_PART_BYTES 256
#define PAD_MORE_PARTS (BT_UTP_MAX_PAD_BYTES / PAD_PART_BYTES - 1)

gboolean
bt_utp_packet_is_likely (const guint8 *bytes,
                         gsize         n_bytes)
{
  return n_bytes >= BT_UTP_HEADER_BYTES && (bytes[0] & 0x0f) == VERSION &&
         bytes[0] >> 4 <= BT_UTP_SYN;
}

/* A second selective ack in one packet would contradict the first. */
static gboolean
take_sack (BtUtpPacket  *packet,
           const guint8 *bytes,
           gsize         n_bytes)
{
  if (n_bytes == 0 || packet->sack != NULL)
    return FALSE;
  packet->sack = bytes;
  packet->n_sack = (guint8) MIN (n_bytes, BT_UTP_MAX_SACK_BYTES);
  return TRUE;
}

static gboolean
read_extensions (BtCursor    *cursor,
                 guint8       type,
                 BtUtpPacket *packet)
{
  for (guint i = 0; type != EXTENSION_NONE; i++)
    {
      const guint8 *bytes;
      guint8 next;
      guint8 n_bytes;

      if (i == BT_UTP_MAX_EXTENSIONS ||
          !bt_cursor_get_u8 (cursor, &next) ||
          !bt_cursor_get_u8 (cursor, &n_bytes) ||
          !bt_cursor_get_bytes (cursor, n_bytes, &bytes))
        return FALSE;
      if (type == EXTENSION_SACK && !take_sack (packet, bytes, n_bytes))
        return FALSE;
      type = next;
    }
  return TRUE;
}

gboolean
bt_utp_packet_parse (const guint8 *bytes,
                     gsize         n_bytes,
                     BtUtpPacket  *out_packet)
{
  BtUtpPacket packet = { 0 };
  BtCursor cursor;

  if (!bt_utp_packet_is_likely (bytes, n_bytes))
    return FALSE;

  packet.type = bytes[0] >> 4;
  packet.connection_id = bt_read_u16 (bytes + 2);
  packet.timestamp_us = bt_read_u32 (bytes + 4);
  packet.difference_us = bt_read_u32 (bytes + 8);
  packet.window_bytes = bt_read_u32 (bytes + 12);
  packet.seq_nr = bt_read_u16 (bytes + 16);
  packet.ack_nr = bt_read_u16 (bytes + 18);
  cursor = bt_cursor_init (bytes + BT_UTP_HEADER_BYTES, n_bytes - BT_UTP_HEADER_BYTES);
  if (!read_extensions (&cursor, bytes[1], &packet))
    return FALSE;

  packet.payload = cursor.p;
  packet.n_payload = bt_cursor_get_left (&cursor);
  if (packet.type == BT_UTP_DATA && packet.n_payload == 0)
    return FALSE;
  *out_packet = packet;
  return TRUE;
}

gsize
bt_utp_packet_write_head (const BtUtpPacket *packet,
                          guint8             out_bytes[BT_UTP_MAX_HEAD_BYTES])
{
  out_bytes[0] = (guint8) (packet->type << 4 | VERSION);
  out_bytes[1] = packet->n_sack > 0 ? EXTENSION_SACK : EXTENSION_NONE;
  bt_write_u16 (out_bytes + 2, packet->connection_id);
  bt_write_u32 (out_bytes + 4, packet->timestamp_us);
  bt_write_u32 (out_bytes + 8, packet->difference_us);
  bt_write_u32 (out_bytes + 12, packet->window_bytes);
  bt_write_u16 (out_bytes + 16, packet->seq_nr);
  bt_write_u16 (out_bytes + 18, packet->ack_nr);
  if (packet->n_sack == 0)
    return BT_UTP_HEADER_BYTES;

  g_assert (packet->n_sack <= BT_UTP_MAX_SACK_BYTES);
  out_bytes[BT_UTP_HEADER_BYTES] = EXTENSION_NONE;
  out_bytes[BT_UTP_HEADER_BYTES + 1] = packet->n_sack;
  memcpy (out_bytes + BT_UTP_HEADER_BYTES + 2, packet->sack, packet->n_sack);
  return BT_UTP_HEADER_BYTES + 2 + (gsize) packet->n_sack;
}

/* A chain of which each part but the last names another one. */
static const guint8 pad_parts[PAD_MORE_PARTS][PAD_PART_BYTES] = {
  { EXTENSION_PAD, PAD_PART_BYTES - 2 },
  { EXTENSION_PAD, PAD_PART_BYTES - 2 },
  { EXTENSION_NONE, PAD_PART_BYTES - 2 },
};

gsize
bt_utp_packet_pad (guint8         head[BT_UTP_MAX_HEAD_BYTES],
                   gsize          n_pad,
                   const guint8 **out_more,
                   gsize         *out_n_more)
{
  gsize n_parts = (n_pad - BT_UTP_MIN_PAD_BYTES) / PAD_PART_BYTES;
  gsize n_first = n_pad - n_parts * PAD_PART_BYTES;

  g_assert (n_pad >= BT_UTP_MIN_PAD_BYTES && n_parts <= PAD_MORE_PARTS);
  head[1] = EXTENSION_PAD;
  head[BT_UTP_HEADER_BYTES] = n_parts > 0 ? EXTENSION_PAD : EXTENSION_NONE;
  head[BT_UTP_HEADER_BYTES + 1] = (guint8) (n_first - 2);
  memset (head + BT_UTP_HEADER_BYTES + 2, 0, n_first - 2);
  *out_more = pad_parts[PAD_MORE_PARTS - n_parts];
  *out_n_more = n_parts * PAD_PART_BYTES;
  return BT_UTP_HEADER_BYTES + n_first;
}

void
bt_utp_packet_write_reset (const BtUtpPacket *packet,
                           guint16            random_seq_nr,
                           gint64             now_us,
                           guint8             out_bytes[BT_UTP_HEADER_BYTES])
{
  BtUtpPacket reset = { .type = BT_UTP_RESET,
                        .connection_id = packet->connection_id,
                        .timestamp_us = (guint32) now_us,
                        .difference_us = (guint32) now_us - packet->timestamp_us,
                        .seq_nr = random_seq_nr,
                        .ack_nr = packet->seq_nr };
  guint8 bytes[BT_UTP_MAX_HEAD_BYTES];

  bt_utp_packet_write_head (&reset, bytes);
  memcpy (out_bytes, bytes, BT_UTP_HEADER_BYTES);
}
