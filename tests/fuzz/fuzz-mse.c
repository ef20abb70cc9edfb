/* fuzz-mse.c - both sides of the MSE handshake hear any bytes, or right ones with some flipped
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "encryption/bt-mse.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

#define IS_INITIATOR 1
#define IS_RIGHT     2  /* the bytes are flipped into what a good counterpart says */
#define METHODS_AT   2  /* two bits */

static const guint8 info_hash[BT_SHA1_BYTES] = "fuzz";

typedef struct
{
  const guint8 *data;
  gsize         size;
  gsize         n_chunk;
} Flips;

static BtMse *
make (gboolean is_initiator,
      guint    methods)
{
  BtMseSecrets secrets = { .private_key = { 1 + (guint8) is_initiator }, .n_pad = 9,
                           .n_inner_pad = 3 };

  return is_initiator ? bt_mse_new_initiator (&secrets, info_hash, methods)
                      : bt_mse_new_responder (&secrets, methods);
}

static void
answer (BtMse *mse)
{
  static const guint8 payload[68] = "payload";
  guint8 name[BT_SHA1_BYTES];

  if (bt_mse_get_verdict (mse) == BT_MSE_WANTS_PAYLOAD)
    bt_mse_set_payload (mse, payload, sizeof payload);
  if (bt_mse_get_verdict (mse) != BT_MSE_WANTS_TORRENT)
    return;
  bt_mse_hash_torrent (info_hash, name);
  bt_mse_set_torrent (mse, memcmp (name, bt_mse_get_torrent (mse), sizeof name) == 0 ? info_hash
                                                                                    : NULL);
}

static void
check (BtMse *mse)
{
  BtMseVerdict verdict = bt_mse_get_verdict (mse);
  gsize n_room;
  gsize n_rest;

  bt_mse_get_room (mse, &n_room);
  if (verdict == BT_MSE_NEED_MORE && n_room == 0)
    g_error ("it waits for what it cannot take");
  if ((verdict == BT_MSE_BAD) != (bt_mse_get_reason (mse) != BT_MSE_REASON_NONE))
    g_error ("bad without a reason, or good with one");
  if (verdict != BT_MSE_DONE)
    return;
  bt_mse_get_rest (mse, &n_rest);
  if (n_rest > BT_MSE_MAX_IN_BYTES - BT_MSE_KEY_BYTES)
    g_error ("more is left than came");
}

static void
hear (BtMse        *mse,
      const guint8 *bytes,
      gsize         n_bytes,
      gsize         n_chunk)
{
  while (n_bytes > 0 && bt_mse_get_verdict (mse) == BT_MSE_NEED_MORE)
    {
      gsize n_room;
      guint8 *room = bt_mse_get_room (mse, &n_room);
      gsize n = MIN (n_chunk, MIN (n_room, n_bytes));

      memcpy (room, bytes, n);
      bytes += n;
      n_bytes -= n;
      bt_mse_received (mse, n);
      answer (mse);
      check (mse);
    }
}

/* What `from` has to say, with bits flipped. */
static gboolean
pass_on (BtMse *from,
         BtMse *to,
         Flips *flips)
{
  guint8 out[BT_MSE_MAX_OUT_BYTES];
  gsize n_out = bt_mse_take_output (from, out);

  for (gsize i = 0; i < n_out && flips->size > 0; i++)
    {
      out[i] ^= flips->data[0];
      flips->data++;
      flips->size--;
    }
  hear (to, out, n_out, flips->n_chunk);
  return n_out > 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (BtMse) mse = NULL;
  g_autoptr (BtMse) other = NULL;
  gboolean is_initiator;
  Flips none = { NULL, 0, G_MAXSIZE };
  Flips flips;

  if (size < 2)
    return 0;
  is_initiator = (data[0] & IS_INITIATOR) != 0;
  mse = make (is_initiator, 1 + (data[0] >> METHODS_AT) % 3);
  flips = (Flips) { data + 2, size - 2, 1 + data[1] };
  if (!(data[0] & IS_RIGHT))
    {
      hear (mse, flips.data, flips.size, flips.n_chunk);
      return 0;
    }
  other = make (!is_initiator, BT_MSE_PLAIN | BT_MSE_RC4);
  while (pass_on (mse, other, &none) | pass_on (other, mse, &flips))
    continue;
  return 0;
}
