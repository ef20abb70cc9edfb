/* bt-load.h - a torrent from where a person says it is: a file or a URL
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-network-settings.h"
#include "metainfo/bt-metainfo.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_LOAD_TIMEOUT_S 30  /* of a server's silence */

/* `uri_or_path`: a path, a file:// URI, or an http(s) URL (redirections are followed). At most BT_METAINFO_MAX_BYTES
 * are read. Errors, in one sentence that names the torrent: BT_METAINFO_ERROR; G_IO_ERROR, among them NOT_SUPPORTED for
 * a magnet link and other kinds of URIs, MESSAGE_TOO_LARGE, TIMED_OUT, CANCELLED; what GResolver and GTls say. */

/* What is fetched from now on goes through this network interface only, names included, and through the proxy, whatever
 * it is for. Of the whole process. Copied. Thread: any. */
void        bt_load_set_network     (const BtNetworkSettings *network);
/* Blocks. (transfer full) Thread: any. */
BtMetainfo *bt_load_metainfo        (const char           *uri_or_path,
                                     GCancellable         *cancellable,
                                     GError              **error);
/* Works in a thread; `callback` is called on the thread-default context of the caller. */
void        bt_load_metainfo_async  (const char           *uri_or_path,
                                     GCancellable         *cancellable,
                                     GAsyncReadyCallback   callback,
                                     gpointer              user_data);
/* (transfer full) */
BtMetainfo *bt_load_metainfo_finish (GAsyncResult         *result,
                                     GError              **error);

G_END_DECLS
