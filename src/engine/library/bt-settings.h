/* bt-settings.h - what is set for all torrents together, and what a person chooses
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-timetable.h"

#include "base/bt-network-settings.h"
#include "session/bt-discovery.h"
#include "store/bt-record.h"

G_BEGIN_DECLS

/* All zeros are the defaults. */
typedef struct
{
  guint64      read_limit_bps;         /* 0: none, for all four */
  guint64      write_limit_bps;
  guint64      alternative_read_bps;
  guint64      alternative_write_bps;
  guint        max_peers;              /* in all; 0: 500 */
  guint        max_downloads;          /* of the queue, at once; 0: no bound, for all three */
  guint        max_seeds;
  guint        max_metadata;
  double       ratio_limit;            /* share limits; 0: none, for all three */
  gint64       seed_time_limit_s;
  gint64       idle_limit_s;
  BtAfterShare after_share;            /* GENERAL counts as PAUSE */
  guint64      min_free_bytes;         /* kept free on every file system; 0: 64 MiB, or a fiftieth of a small one */
  BtTimetable  timetable;              /* when use_timetable */
  guint        use_timetable : 1;
  guint        use_alternative : 1;    /* by hand, whatever the timetable says */
  guint        is_held : 1;            /* nothing runs now, but for what is forced: a metered connection, say */
  guint        count_idle : 1;         /* torrents that do nothing for a while take a place in the queue, too */
  guint        no_suffix : 1;          /* incomplete files are called as they will be */
  guint        exempt_local : 1;       /* peers in the local network pay no limit */
  guint        dht_read_only : 1;      /* asks the DHT, but serves nobody there (BEP 43): a metered connection, say */
  guint        discovery;              /* BtDiscovery: by which ways besides trackers peers are found; 0: none */
  BtNetworkSettings network;           /* how they are reached */
} BtSettings;

/* What becomes of a torrent's data when it is removed. */
typedef enum
{
  BT_REMOVE_KEEP_DATA,
  BT_REMOVE_TRASH_DATA,   /* only files that the torrent made and no other uses */
  BT_REMOVE_DELETE_DATA,  /* likewise, for good */
} BtRemoveData;

G_END_DECLS
