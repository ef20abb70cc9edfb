/* bt-race-stream.h - two ways to one peer: the first that connects is the one, and the other is dropped
 *
 * The first way has a head start; the second begins when it is over, or the first has failed. To its owner it is one
 * stream.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-stream.h"

#include "base/bt-clock.h"

G_BEGIN_DECLS

/* A round trip across the world, and then some; who is only to be reached the second way loses no more than that. */
#define BT_RACE_HEAD_START_US (500 * BT_MILLISECOND_US)

/* Begins to connect over `transport`. NULL with `error` when it cannot even begin. */
typedef BtStream *(*BtRaceFunc) (const BtAddress  *remote,
                                 BtTransport       transport,
                                 gpointer          user_data,
                                 GError          **error);

/* `first`: BT_TRANSPORT_UTP or BT_TRANSPORT_TCP; the other is the second. `func` is called now and perhaps later, and
 * its user data must outlive the stream. NULL with the first way's `error` when neither can begin. */
BtStream *bt_race_stream_new (BtClock          *clock,
                              const BtAddress  *remote,
                              BtTransport       first,
                              BtRaceFunc        func,
                              gpointer          user_data,
                              GError          **error);

G_END_DECLS
