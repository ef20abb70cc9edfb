/* bt-proxy-stream.h - a stream through a proxy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-socks.h"
#include "bt-stream.h"

#include "base/bt-network-settings.h"

G_BEGIN_DECLS

/* How the proxy did, once for each stream that lives so long; `error` NULL: well, be it that it said in order that it
 * cannot reach the address. Else one of bt-proxy-talk.h, or G_IO_ERROR_NETWORK_UNREACHABLE: there was no talking to
 * it; borrowed. May not free the stream. */
typedef void (*BtProxyVerdictFunc) (const GError *error,
                                    gpointer      user_data);

/* Takes `inner`, a stream that is being connected to the proxy. CONNECTED comes once the proxy has reached `remote`;
 * from then on bytes pass as they are. What it reads never goes beyond the proxy's own words. Its memory is bounded,
 * its time is the owner's. `func`: nullable. With BT_SOCKS_UDP_ASSOCIATE it is the proxy that is spoken to (and
 * bt_stream_get_remote()), until one of both ends it.
 * Thread: the poller's context. */
BtStream *bt_proxy_stream_new (BtStream           *inner,
                               const BtProxy      *proxy,
                               BtSocksCommand      command,
                               const BtAddress    *remote,
                               BtProxyVerdictFunc  func,
                               gpointer            user_data);
/* As bt_proxy_talk_get_bound(), once it is connected. Borrowed. */
const BtAddress *bt_proxy_stream_get_bound (BtStream *stream);

G_END_DECLS
