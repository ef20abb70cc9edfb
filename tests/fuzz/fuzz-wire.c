/* fuzz-wire.c - the message parser on any stream; fewer bytes must never lead to another message
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-wire.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* Cut off before its end, the same message must be waited for, or be found bad already. */
static void
check_prefixes (const BtWireLimits  *limits,
                const guint8        *bytes,
                const BtWireMessage *message,
                BtWireResult         result)
{
  BtWireMessage other;

  for (gsize n = 0; n < MIN (message->size, 32); n++)
    {
      if (bt_wire_parse (limits, bytes, n, &other) != BT_WIRE_NEED_MORE)
        g_error ("a message from %" G_GSIZE_FORMAT " of its bytes", n);
      if (other.size != 0 && other.size != message->size)
        g_error ("two sizes for one message");
    }
  if (bt_wire_parse (limits, bytes, message->size, &other) != result)
    g_error ("the bytes behind a message change it");
}

static void
check_message (const BtWireLimits  *limits,
               const BtWireMessage *message,
               const guint8        *bytes)
{
  const guint8 *end = bytes + message->size;
  guint         sum = 0;

  if (message->payload_bytes > message->size ||
      (message->payload != NULL && message->payload + message->payload_bytes != end))
    g_error ("the payload is not the message's end");
  for (gsize i = 0; i < message->payload_bytes; i++)
    sum += message->payload[i];
  if (sum > message->payload_bytes * 255)
    g_error ("impossible sum");
  if (limits->geometry != NULL && message->span.length > 0 &&
      !bt_geometry_contains (limits->geometry, &message->span))
    g_error ("a span outside the torrent");
}

/* The first byte chooses what was negotiated. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static const BtGeometry geometries[] = {
    { 2 * 32768 + 10000, 32768, 3 },
    { G_GUINT64_CONSTANT (1313) * 262144, 262144, 1313 },
    { 1, 16384, 1 },
  };
  BtWireLimits  limits = { NULL };
  BtWireMessage message;
  gsize         at = 1;

  if (size == 0)
    return 0;
  limits.has_fast = data[0] & 1;
  limits.has_extended = (data[0] >> 1) & 1;
  if ((data[0] >> 2) % 4 < G_N_ELEMENTS (geometries))
    limits.geometry = &geometries[(data[0] >> 2) % 4];

  while (at < size)
    {
      BtWireResult result = bt_wire_parse (&limits, data + at, size - at, &message);

      if ((result == BT_WIRE_BAD) != (message.reason != BT_WIRE_REASON_NONE))
        g_error ("bad without a reason, or a reason without bad");
      if (result == BT_WIRE_BAD)
        break;
      if (result == BT_WIRE_NEED_MORE)
        {
          if (message.size != 0 && message.size <= size - at)
            g_error ("waits for what is there");
          break;
        }
      if (message.size == 0 || message.size > size - at)
        g_error ("consumes nothing, or more than there is");
      check_message (&limits, &message, data + at);
      check_prefixes (&limits, data + at, &message, result);
      at += message.size;
      if (result == BT_WIRE_BLOCK)
        at += MIN (message.span.length, size - at);
    }
  return 0;
}
