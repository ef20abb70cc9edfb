/* bt-history.h - what a torrent, or all of them, moved over time, and what happened to it
 *
 * Pure: time comes in, as Unix time in seconds. Four rings of buckets, ever coarser, and a log of the last events.
 * Memory grows with what happened: a bucket in which nothing moved takes none, a history of nothing is a few words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_HISTORY_MAX_BUCKETS    366         /* of any ring */
#define BT_HISTORY_MAX_MARKS      64          /* the oldest makes room */
#define BT_HISTORY_MAX_TEXT_BYTES 120         /* of a mark */
#define BT_HISTORY_MAX_BYTES      (32 * 1024) /* written out; longer is not a history */

typedef enum
{
  BT_HISTORY_SECONDS,   /* 120 buckets of 5 s: ten minutes */
  BT_HISTORY_MINUTES,   /* 120 of a minute: two hours */
  BT_HISTORY_HOURS,     /* 168 of an hour: a week */
  BT_HISTORY_DAYS,      /* 366 of a day (of UTC): a year */
  BT_HISTORY_N_RINGS
} BtHistoryRing;

typedef struct
{
  guint64 received_bytes;
  guint64 sent_bytes;
} BtHistoryBucket;

/* The numbers are stored: new ones go to the end. */
typedef enum
{
  BT_MARK_ADDED           = 0,
  BT_MARK_METADATA        = 1,   /* of a magnet link: its files are known */
  BT_MARK_COMPLETED       = 2,
  BT_MARK_CHECKED         = 3,
  BT_MARK_MOVED           = 4,   /* text: where to */
  BT_MARK_FAILED          = 5,   /* text: the reason */
  BT_MARK_DISK_FULL       = 6,
  BT_MARK_DISK_ROOM       = 7,   /* there is room again */
  BT_MARK_DRIVE_MISSING   = 8,   /* text: which */
  BT_MARK_DRIVE_BACK      = 9,
  BT_MARK_PAUSED          = 10,
  BT_MARK_RESUMED         = 11,
  BT_MARK_SHARED          = 12,  /* its share limit was reached; text: which */
  BT_MARK_TRACKER_FAILED  = 13,  /* text: what it said */
  BT_MARK_NETWORK_CHANGED = 14,
  BT_MARK_N_KINDS
} BtMarkKind;

typedef struct
{
  gint64      time_s;  /* Unix time */
  BtMarkKind  kind;
  char       *text;    /* nullable; valid UTF-8, in the engine's words */
} BtHistoryMark;

typedef struct _BtHistory BtHistory;

BtHistory *bt_history_new           (void);
void       bt_history_free          (BtHistory       *history);
/* Nothing moved, and nothing happened. */
gboolean   bt_history_is_empty      (const BtHistory *history);

/* Counts what moved since the last call. Time may jump forwards (a suspend): nothing moved in between. It may go
 * backwards: then it is counted into the newest bucket, until that time has come again; a ring that would have to
 * wait for longer than it is long starts anew, since its times cannot be right. Sums stay at G_MAXUINT64. */
void       bt_history_add           (BtHistory       *history,
                                     gint64           now_s,
                                     guint64          received_bytes,
                                     guint64          sent_bytes);
guint      bt_history_get_n_buckets (BtHistoryRing    ring);
gint64     bt_history_get_bucket_s  (BtHistoryRing    ring);
/* Fills `out_buckets` with all buckets of the ring, bt_history_get_n_buckets() of them, oldest first; the last one
 * is that of `now_s`, still filling, or the newest when that is later. Returns the time at which the first begins;
 * each begins bt_history_get_bucket_s() after the one before. */
gint64     bt_history_read          (const BtHistory *history,
                                     BtHistoryRing    ring,
                                     gint64           now_s,
                                     BtHistoryBucket *out_buckets);
/* Gives back the memory of buckets that bt_history_read() would not show any more; for torrents at rest. */
void       bt_history_trim          (BtHistory       *history,
                                     gint64           now_s);

/* `text` is copied, nullable; made valid, and cut to BT_HISTORY_MAX_TEXT_BYTES between two characters. */
void       bt_history_add_mark      (BtHistory       *history,
                                     gint64           now_s,
                                     BtMarkKind       kind,
                                     const char      *text);
guint      bt_history_get_n_marks   (const BtHistory *history);
/* (transfer none): valid until the history changes. In the order in which they were added, oldest first. */
const BtHistoryMark *
           bt_history_get_mark      (const BtHistory *history,
                                     guint            index);

/* (transfer full). The same history is always the same bytes; mostly below 4 KiB, never above BT_HISTORY_MAX_BYTES. */
GBytes    *bt_history_to_bytes      (const BtHistory *history);
/* Replaces all of `history`. FALSE: these are not the bytes of a history, and `history` is empty now. Whatever they
 * are, no more memory is taken than a history can have. */
gboolean   bt_history_set_bytes     (BtHistory       *history,
                                     gconstpointer    data,
                                     gsize            n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtHistory, bt_history_free)

G_END_DECLS
