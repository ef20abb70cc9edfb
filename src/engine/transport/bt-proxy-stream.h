/* bt-proxy-stream.h - a stream through a proxy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-stream.h"

#include "base/bt-network-settings.h"

G_BEGIN_DECLS

/* How the proxy did, once for each stream that lives so long; `error` NULL: well, be it that it said in order that it
 * cannot reach the address. Else it is borrowed, as are those of bt-proxy-talk.h, or says that the proxy itself was
 * not to be reached. May not free the stream. */
typedef void (*BtProxyVerdictFunc) (const GError *error,
                                    gpointer      user_data);

/* Takes `inner`, a stream that is being connected to the proxy. CONNECTED comes once the proxy has reached `remote`;
 * from then on bytes pass as they are. What it reads never goes beyond the proxy's own words. Its memory is bounded,
 * its time is the owner's. `func`: nullable.
 * Thread: the poller's context. */
BtStream *bt_proxy_stream_new (BtStream           *inner,
                               const BtProxy      *proxy,
                               const BtAddress    *remote,
                               BtProxyVerdictFunc  func,
                               gpointer            user_data);

/* (transfer full): what failed before it came to talking, as a fault of the proxy. */
GError   *bt_proxy_error_new  (const GError       *cause);

G_END_DECLS
