/* bt-tracker-book.h - who is in which swarm, as a tracker knows it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-hash.h"
#include "base/bt-random.h"

G_BEGIN_DECLS

/* Plain memory, no input or output; time is passed in. */
typedef struct _BtTrackerBook BtTrackerBook;

typedef enum
{
  BT_BOOK_EVENT_NONE,  /* the numbers are BEP 15's */
  BT_BOOK_EVENT_COMPLETED,
  BT_BOOK_EVENT_STARTED,
  BT_BOOK_EVENT_STOPPED,
} BtBookEvent;

typedef struct
{
  guint8      info_hash[BT_SHA1_BYTES];
  guint8      peer_id[20];
  BtAddress   address;     /* where from, with the port named */
  guint64     left_bytes;
  BtBookEvent event;
  guint       n_wanted;    /* peers in the answer, at most */
} BtBookAnnounce;

typedef struct
{
  guint8    peer_id[20];
  BtAddress address;
} BtBookPeer;

typedef struct
{
  guint n_seeds;
  guint n_leechers;
  guint n_downloaded;
} BtBookCounts;

BtTrackerBook *bt_tracker_book_new            (guint                 max_torrents,
                                               guint                 max_peers);
void           bt_tracker_book_free           (BtTrackerBook        *book);
/* Writes the announce down. FALSE: the book is full. */
gboolean       bt_tracker_book_announce       (BtTrackerBook        *book,
                                               const BtBookAnnounce *announce,
                                               gint64                now_us);
/* Up to `n_max` peers by chance, without the asking one, those that have no port, and seeds for a seed. `family`
 * NONE: of both. Returns how many were written. */
guint          bt_tracker_book_pick           (BtTrackerBook        *book,
                                               const BtBookAnnounce *announce,
                                               BtFamily              family,
                                               BtBookPeer           *out_peers,
                                               guint                 n_max);
/* All zero for a swarm it does not know; returns whether it does. */
gboolean       bt_tracker_book_count          (BtTrackerBook        *book,
                                               const guint8          info_hash[BT_SHA1_BYTES],
                                               BtBookCounts         *out_counts);
/* Forgets peers not heard of since `before_us`, and swarms that nobody is in. */
void           bt_tracker_book_expire         (BtTrackerBook        *book,
                                               gint64                before_us);
guint          bt_tracker_book_get_n_torrents (BtTrackerBook        *book);
guint          bt_tracker_book_get_n_peers    (BtTrackerBook        *book);

G_END_DECLS
