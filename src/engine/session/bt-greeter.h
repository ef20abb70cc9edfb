/* bt-greeter.h - incoming connections until they have named a torrent
 *
 * Bounded in number and time; who says something else than a BitTorrent handshake is closed.
 * Thread: the engine's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-clock.h"
#include "transport/bt-stream.h"
#include "wire/bt-wire.h"

G_BEGIN_DECLS

typedef struct _BtGreeter BtGreeter;

/* Takes the stream, and gives it another func before the loop turns. `received`: the bytes read from
 * it so far, at least 48. */
typedef void (*BtGreeterFunc) (gpointer           user_data,
                               BtStream          *stream,
                               const BtHandshake *handshake,
                               const guint8      *received,
                               gsize              n_received);

BtGreeter *bt_greeter_new     (BtClock       *clock,
                               guint          max_waiting,
                               BtGreeterFunc  func,
                               gpointer       user_data);
void       bt_greeter_free    (BtGreeter     *greeter);
/* Takes the stream; the oldest one waiting is closed when there are too many. */
void       bt_greeter_take    (BtGreeter     *greeter,
                               BtStream      *stream);
/* Once a second: closes those that are late. */
void       bt_greeter_tick    (BtGreeter     *greeter);
/* Closes all. */
void       bt_greeter_close_all (BtGreeter   *greeter);
guint      bt_greeter_get_n   (BtGreeter     *greeter);

G_END_DECLS
