/* bt-dialer.h - how a peer is connected to: the one place that knows all ways there are
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-proxy-host.h"
#include "bt-stream.h"
#include "bt-utp-socket.h"

#include "base/bt-clock.h"
#include "base/bt-network-settings.h"
#include "base/bt-poller.h"

G_BEGIN_DECLS

typedef struct _BtDialer BtDialer;

/* Whom to dial, and what is known of them. */
typedef struct
{
  BtAddress     address;
  const guint8 *info_hash;  /* BT_SHA1_BYTES, borrowed for the call */
  BtTransport   first;      /* to be tried first, by experience; BT_TRANSPORT_BOTH: there is none */
  guint         is_plain : 1; /* it does not understand encryption */
  guint         is_punch : 1; /* over uTP and at once: it does the same (BEP 55) */
} BtDial;

/* `bind4` and `bind6`: our addresses, port ignored; family NONE: any. Both clock and poller outlive it. */
BtDialer *bt_dialer_new          (BtPoller                 *poller,
                                  BtClock                  *clock,
                                  const BtAddress          *bind4,
                                  const BtAddress          *bind6);
/* After all streams it made. */
void      bt_dialer_free         (BtDialer                 *dialer);
/* For whom is dialled from now on. Copied. */
void      bt_dialer_set_settings (BtDialer                 *dialer,
                                  const BtNetworkSettings  *settings);
/* Whether it may do without the encryption that it tries first. */
gboolean  bt_dialer_may_be_plain (BtDialer                 *dialer);
/* Where uTP runs; borrowed, nullable: nowhere. To be changed while none of its streams over uTP is connecting. */
void      bt_dialer_set_utp      (BtDialer                 *dialer,
                                  BtUtpSocket              *utp);
/* Whether it can dial so that a hole in a NAT is made: over uTP. */
gboolean  bt_dialer_can_punch    (BtDialer                 *dialer);
/* `host` (nullable) is the proxy that the settings mean for peers; borrowed, and outlives the dialer's streams. */
void      bt_dialer_set_proxy    (BtDialer                 *dialer,
                                  BtProxyHost              *host);
/* FALSE: the proxy cannot be asked now, and it is better to wait than to try. */
gboolean  bt_dialer_is_ready     (BtDialer                 *dialer);
/* A sentence, why the proxy reaches nobody for us; NULL: there is none, or it does. Borrowed until the loop turns. */
const char *bt_dialer_get_trouble (BtDialer                *dialer);
/* Begins to connect; CONNECTED or FAILED comes later, never inside this call. NULL with `error` when it cannot even
 * begin. Time-outs are the caller's. */
BtStream *bt_dialer_connect      (BtDialer                 *dialer,
                                  const BtDial             *dial,
                                  GError                  **error);

G_END_DECLS
