/* bt-queue.h - which torrents may run, and their order
 *
 * Pure: facts come in, verdicts go out. The queue keeps nothing between calls.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which slots a torrent takes. */
typedef enum
{
  BT_QUEUE_METADATA,   /* a magnet link that does not know its files yet */
  BT_QUEUE_DOWNLOAD,
  BT_QUEUE_SEED,       /* everything wanted is there */
  BT_QUEUE_N_KINDS
} BtQueueKind;

/* One torrent that is to run as soon as the queue lets it: not one that a person paused, that failed or that
 * reached its share limit.
 */
typedef struct
{
  guint64     id;
  guint32     position;          /* 0 first; ids decide between equals */
  BtQueueKind kind;
  gint64      busy_again_at_us;  /* when it was last idle no more; 0: it never was idle since it started */
  guint       is_forced : 1;     /* runs whatever the queue says */
  guint       is_running : 1;
  guint       is_idle : 1;       /* runs, and has moved next to nothing for a while */
  guint       should_run : 1;    /* out: the verdict */
  guint       n_ahead;           /* out: how many of its kind wait before it; 0 when it should run */
} BtQueueEntry;

/* 0 is no bound, for all four. */
typedef struct
{
  guint    max_downloads;
  guint    max_seeds;
  guint    max_metadata;
  guint    max_active;       /* downloads and seeds together */
  gboolean dont_count_idle;
  gint64   grace_us;         /* how long one that is idle no more still does not count; about a minute */
} BtQueueConfig;

/* Sets `should_run` and `n_ahead` of every entry; the order of the array stays.
 *
 * Each kind has slots of its own, given by position. One whose kind changed (a download that completed, a magnet
 * that knows its files) stands for a slot of its new kind like any other. Downloads take of `max_active` first,
 * then seeds; fetching metadata is small and soon over, and takes none of it.
 *
 * Forced ones always run and take no slot, so forcing one stops no other.
 *
 * With `dont_count_idle`, an idle one runs on without a slot, so another may start. When it gets busy again, it
 * goes on without a slot for `grace_us`; if it is still busy then, it counts again, and if that is one too many,
 * the last in the queue among those that count stops, whichever that is. So a few blocks for a single peer move
 * nothing, the order that a person made holds in the long run, and nothing is stopped and started more often than
 * once in a grace. A torrent that has not been idle since it started counts from the beginning; one that does not
 * run is never idle, whatever its entry says.
 *
 * Returns when the verdicts may change without any fact having changed, because a grace ends: an instant on the
 * clock of `now_us`, after it; G_MAXINT64: never. Call it again then, and when a fact changed. */
gint64   bt_queue_run  (BtQueueEntry        *entries,
                        gsize                n_entries,
                        const BtQueueConfig *config,
                        gint64               now_us);

typedef enum
{
  BT_QUEUE_UP,       /* one place; those that stand at the top already stay */
  BT_QUEUE_DOWN,     /* one place; those at the bottom stay */
  BT_QUEUE_TOP,
  BT_QUEUE_BOTTOM,
  BT_QUEUE_TO,       /* a place: see `to` */
} BtQueueMove;

/* Moves some torrents within the queue; these keep their order among each other, and so do the others.
 *
 * `ids`: all torrents by position, each once; reordered in place, so that the index is the new position. `moved`:
 * those to move, in any order; what is not in the queue is ignored, twice is once. `to` is for BT_QUEUE_TO alone:
 * the index that the first of them has afterwards, the others right behind it; when that is too far down, they end
 * at the bottom.
 *
 * Returns whether anything is in another place than before. */
gboolean bt_queue_move (guint64             *ids,
                        gsize                n_ids,
                        const guint64       *moved,
                        gsize                n_moved,
                        BtQueueMove          how,
                        gsize                to);

G_END_DECLS
