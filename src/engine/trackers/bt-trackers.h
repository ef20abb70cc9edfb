/* bt-trackers.h - one torrent's trackers: tiers, announces, what they answered
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-hub.h"
#include "bt-tracker-state.h"

#include "base/bt-address.h"
#include "base/bt-clock.h"
#include "base/bt-hash.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TRACKERS_MAX_ROWS 200  /* of one torrent; more are ignored */

typedef struct _BtTrackers BtTrackers;

/* What an announce says; all counters are of this run, payload bytes only. */
typedef struct
{
  guint8   info_hash[BT_SHA1_BYTES];
  guint8   peer_id[20];
  guint16  port;
  guint64  uploaded_bytes;
  guint64  downloaded_bytes;
  guint64  left_bytes;
  guint    n_wanted;        /* 0: no peers wanted (enough, or stopping) */
  guint    is_private : 1;
} BtAnnounce;

/* What a torrent hands down. Every function is called on the engine's thread and may call back into BtTrackers, but not
 * free it. */
typedef struct
{
  /* Only answers: the one function that must not call back. `out_announce` is zeroed before. */
  void (*get_announce) (gpointer         owner,
                        BtAnnounce      *out_announce);
  /* Up to BT_TRACKER_MAX_PEERS connectable addresses of one answer; never empty. */
  void (*add_peers)    (gpointer         owner,
                        const BtAddress *peers,
                        gsize            n_peers);
  /* A row of bt_trackers_get_rows() changed. */
  void (*changed)      (gpointer         owner);
  /* BEP 24: the address a tracker sees us at. */
  void (*seen_at)      (gpointer         owner,
                        const BtAddress *address);
} BtTrackersOps;

typedef struct
{
  const char     *url;              /* borrowed, until the next change */
  const char     *message;          /* borrowed; failure or warning in words, or "" */
  guint           tier;
  BtTrackerState  state;
  BtTrackerError  error;            /* why it failed; only when FAILED */
  gint64          last_at_us;       /* engine clock; 0: never */
  gint64          next_at_us;       /* 0: not planned */
  int             n_seeds;          /* -1: unknown */
  int             n_leechers;
  int             n_downloaded;
  guint           n_peers;          /* in the last answer */
  guint           n_failures;       /* in a row */
} BtTrackerRow;

/* `tiers`: the URLs, tier by tier, each a NULL-terminated array, the whole NULL-terminated (copied; shuffled within a
 * tier as BEP 12 says). `ops` is borrowed. Nothing is sent before bt_trackers_start(). */
BtTrackers *bt_trackers_new          (BtTrackerHub        *hub,
                                      const BtTrackersOps *ops,
                                      gpointer             owner,
                                      const char *const *const *tiers);
/* Requests under way are cancelled, except those that say `stopped`, which the hub finishes. */
void        bt_trackers_free         (BtTrackers          *trackers);
/* `started` to the first tracker that works; with the hub's use_all_tiers, and unless the torrent is private, to the
 * first of every tier. The others of a tier and the further tiers are asked when it fails. */
void        bt_trackers_start        (BtTrackers          *trackers);
/* `stopped` to those that have heard `started`, or may have; bt_tracker_hub_flush_async() waits for them. */
void        bt_trackers_stop         (BtTrackers          *trackers);
/* Before bt_tracker_hub_set_paused(): what is under way is dropped and nothing more is asked, nor said. Once the hub
 * goes on, bt_trackers_announce_now() does. */
void        bt_trackers_pause        (BtTrackers          *trackers);
/* The download has just become complete. Never sent when it was complete at the start (BEP 3). */
void        bt_trackers_completed    (BtTrackers          *trackers);
/* A person asks, or peers are badly needed: at once, but never sooner than the tracker's `min interval` unless
 * `is_person`. Nothing happens while an announce is under way. */
void        bt_trackers_announce_now (BtTrackers          *trackers,
                                      gboolean             is_person);
/* What an announce says of us is no longer true: as for a person, and once more after what is under way. */
void        bt_trackers_tell_again   (BtTrackers          *trackers);
/* Counts without an announce, also for a torrent that is stopped. Happens by itself every half an hour to trackers
 * whose announces bring none. */
void        bt_trackers_scrape       (BtTrackers          *trackers);
/* In the order in which they are asked: by tier, the one that answered last first in its tier. */
guint       bt_trackers_get_n_rows   (BtTrackers          *trackers);
void        bt_trackers_get_row      (BtTrackers          *trackers,
                                      guint                index,
                                      BtTrackerRow        *out_row);
/* FALSE: known already, unreasonably long, or one too many. An unusable one becomes a FAILED row. */
gboolean    bt_trackers_add          (BtTrackers          *trackers,
                                      const char          *url,
                                      guint                tier);
/* In place of the list so far: those named again keep their state, others are told `stopped` when they have been told
 * `started`, and new ones are asked in their turn; at once when nobody answers. `tiers` as for bt_trackers_new(). */
void        bt_trackers_set_tiers    (BtTrackers          *trackers,
                                      const char *const *const *tiers);
/* FALSE: not known. Tells it `stopped` when it has been told `started`. */
gboolean    bt_trackers_remove       (BtTrackers          *trackers,
                                      const char          *url);

G_END_DECLS
