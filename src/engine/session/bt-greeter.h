/* bt-greeter.h - incoming connections until they have named a torrent, encrypted (MSE) or not
 *
 * Bounded in number, in all and for each address outside, and in time; who says something else than a handshake is
 * closed. Those of local addresses are bounded in all only: behind some routers and tunnels everybody has the same.
 * Thread: the engine's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-clock.h"
#include "base/bt-network-settings.h"
#include "base/bt-poller.h"
#include "transport/bt-stream.h"
#include "wire/bt-wire.h"

G_BEGIN_DECLS

#define BT_GREETER_MAX_PER_ADDRESS     8    /* or per network of 64 bits with IPv6: more belong to one household */
#define BT_GREETER_MAX_KEYS_PER_SECOND 100  /* key exchanges, a fraction of a millisecond each; then guests wait */

typedef struct _BtGreeter BtGreeter;

/* Takes the stream, and gives it another func before the loop turns. `received`: the bytes read from
 * it so far, at least 48. */
typedef void (*BtGreeterFunc) (gpointer           user_data,
                               BtStream          *stream,
                               const BtHandshake *handshake,
                               const guint8      *received,
                               gsize              n_received);

/* Understands no encryption at first. */
BtGreeter *bt_greeter_new            (BtClock       *clock,
                                      BtPoller      *poller,
                                      guint          max_waiting,
                                      BtGreeterFunc  func,
                                      gpointer       user_data);
void       bt_greeter_free           (BtGreeter     *greeter);
/* For guests that have not begun to speak. */
void       bt_greeter_set_encryption (BtGreeter     *greeter,
                                      BtEncryption   encryption);
/* Torrents that encrypted guests may name; once each. The info-hash is copied. */
void       bt_greeter_add_torrent    (BtGreeter     *greeter,
                                      const guint8  *info_hash);
void       bt_greeter_remove_torrent (BtGreeter     *greeter,
                                      const guint8  *info_hash);
/* Takes the stream; the oldest one waiting, in all or of its address, is closed when there are too many. */
void       bt_greeter_take           (BtGreeter     *greeter,
                                      BtStream      *stream);
/* Once a second: closes those that are late. */
void       bt_greeter_tick           (BtGreeter     *greeter);
/* Closes all. */
void       bt_greeter_close_all      (BtGreeter     *greeter);
guint      bt_greeter_get_n          (BtGreeter     *greeter);

G_END_DECLS
