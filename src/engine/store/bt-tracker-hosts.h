/* bt-tracker-hosts.h - the names of the hosts that a torrent's trackers are at; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "metainfo/bt-metainfo.h"

G_BEGIN_DECLS

/* Lower case, without brackets, sorted, none twice. What is no URL, or has no host, is left out. (transfer full): NULL
 * when nothing is left. Thread: any. */

/* `trackers`: of BtTrackerRecord; NULL: those of `metainfo` (nullable). */
char **bt_tracker_hosts_of      (const BtMetainfo  *metainfo,
                                 const GArray      *trackers);
/* NULL-terminated. */
char **bt_tracker_hosts_of_urls (const char *const *urls);

G_END_DECLS
