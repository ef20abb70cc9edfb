/* bt-proxy-talk.h - what is said to a proxy until it gets out of the way: SOCKS5 or HTTP's CONNECT; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-socks.h"

#include "base/bt-network-settings.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_PROXY_TALK_MAX_SAY_BYTES 2048  /* of the longest request */
#define BT_PROXY_MAX_HEAD_BYTES     4096  /* of HTTP's answer, with … */
#define BT_PROXY_MAX_HEAD_LINES     64
#define BT_PROXY_MAX_SHOWN_BYTES    100   /* of the proxy's own words */

typedef enum
{
  BT_PROXY_TALK_GOES_ON,
  BT_PROXY_TALK_DONE,
  BT_PROXY_TALK_FAILED,
} BtProxyTalkState;

/* A proxy's fault is G_IO_ERROR_PROXY_FAILED, _PROXY_NEED_AUTH, _PROXY_AUTH_FAILED or _PROXY_NOT_ALLOWED; that it
 * cannot reach whom it was asked for is G_IO_ERROR_HOST_UNREACHABLE.
 */
typedef struct _BtProxyTalk BtProxyTalk;

/* `name` (nullable) is resolved by the proxy; then only the port of `address` counts. UDP is for SOCKS5 only
 * (asserted). `proxy` is not needed afterwards. */
BtProxyTalk     *bt_proxy_talk_new        (const BtProxy    *proxy,
                                           BtSocksCommand    command,
                                           const char       *name,
                                           const BtAddress  *address);
void             bt_proxy_talk_free       (BtProxyTalk      *talk);
BtProxyTalkState bt_proxy_talk_get_state  (BtProxyTalk      *talk);
/* Borrowed: why it FAILED, in words. */
const GError    *bt_proxy_talk_get_error  (BtProxyTalk      *talk);
/* What is to be sent, borrowed; `out_n_bytes` 0: nothing. */
const guint8    *bt_proxy_talk_get_output (BtProxyTalk      *talk,
                                           gsize            *out_n_bytes);
void             bt_proxy_talk_sent       (BtProxyTalk      *talk,
                                           gsize             n_bytes);
/* A place for the next bytes, borrowed. Never for more than are surely part of the proxy's answer, so that what comes
 * behind it is left where it is. `out_n_bytes` 0: it is the proxy's turn to listen, or all is over. */
guint8          *bt_proxy_talk_get_place  (BtProxyTalk      *talk,
                                           gsize            *out_n_bytes);
/* So many bytes are in that place. */
void             bt_proxy_talk_received   (BtProxyTalk      *talk,
                                           gsize             n_bytes);
/* Of a SOCKS5 proxy that granted what it was asked for: the address it serves us at. */
const BtAddress *bt_proxy_talk_get_bound  (BtProxyTalk      *talk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtProxyTalk, bt_proxy_talk_free)

G_END_DECLS
