/* bt-mse-stream.h - a stream that is encrypted (MSE), around another one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-stream.h"

#include "base/bt-poller.h"
#include "encryption/bt-mse.h"

G_BEGIN_DECLS

/* The torrent that `hash` stands for (bt_mse_hash_torrent()): its info-hash, borrowed until the loop turns; NULL: there
 * is none. Asked at most once, before anything can be read. */
typedef const guint8 *(*BtMseLookup) (gpointer      user_data,
                                      const guint8 *hash);

/* What is offered, and allowed to others: as other clients do it, whoever requires encryption wants all of it.
 * BtMseMethod; 0: none. */
guint     bt_mse_stream_get_methods (BtEncryption encryption);
/* Both take `inner`, whose limits are none from now on. The time it takes is the owner's to bound. A handshake that
 * fails ends the stream, with a reason that does not tell whether we have the torrent.
 *
 * Begins as soon as `inner` is connected. CONNECTED is told once the other side has shown that it understands; what is
 * written first then (up to BT_MSE_MAX_PAYLOAD_BYTES) goes along with the handshake. `methods`: BtMseMethod. */
BtStream *bt_mse_stream_connect (BtPoller     *poller,
                                 BtStream     *inner,
                                 const guint8  info_hash[BT_SHA1_BYTES],
                                 guint         methods);
/* `received` has been read from `inner` already: at most BT_MSE_MAX_IN_BYTES (asserted). */
BtStream *bt_mse_stream_accept  (BtPoller     *poller,
                                 BtStream     *inner,
                                 const guint8 *received,
                                 gsize         n_received,
                                 guint         methods,
                                 BtMseLookup   lookup,
                                 gpointer      user_data);

G_END_DECLS
