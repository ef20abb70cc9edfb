/* bt-tracker-answer.h - what a tracker answered, read from its bencoded form
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-hash.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_TRACKER_MAX_TEXT_BYTES 400  /* of a failure or warning, as shown */
#define BT_TRACKER_MAX_ID_BYTES   256  /* longer tracker ids are forgotten */

/* Everything is what the tracker says, within bounds; nothing has been acted upon. */
typedef struct
{
  /* owned */
  char      *failure;         /* nullable; it refuses: printable UTF-8, never empty */
  char      *warning;         /* nullable; likewise */
  GBytes    *tracker_id;      /* nullable */
  BtAddress *peers;           /* nullable; only ones that can be connected to */

  /* values */
  gsize      n_peers;         /* at most BT_TRACKER_MAX_PEERS */
  BtAddress  external;        /* BEP 24; port 0; family NONE: not said */
  guint      interval_s;      /* 0: not said */
  guint      min_interval_s;  /* 0: not said */
  guint      retry_in_s;      /* BEP 31; 0: not said */
  gboolean   is_never;        /* BEP 31: do not come back */
  int        n_seeds;         /* -1: not said */
  int        n_leechers;
  int        n_downloaded;
} BtTrackerAnswer;

BtTrackerAnswer *bt_tracker_answer_new            (void);
void             bt_tracker_answer_free           (BtTrackerAnswer *answer);
/* NULL with BT_TRACKER_ERROR_BAD_ANSWER unless `bytes` begin with a dictionary that holds a failure, or at least one
 * thing an announce is answered with. A refusal is an answer, not an error. Bytes behind the dictionary are ignored. */
BtTrackerAnswer *bt_tracker_answer_parse_announce (const guint8    *bytes,
                                                   gsize            n_bytes,
                                                   GError         **error);
/* BEP 48; the numbers of the one torrent. */
BtTrackerAnswer *bt_tracker_answer_parse_scrape   (const guint8    *bytes,
                                                   gsize            n_bytes,
                                                   const guint8     info_hash[BT_SHA1_BYTES],
                                                   GError         **error);
/* Adds the connectable ones of packed peers (6 bytes each for IPv4, 18 for IPv6); an incomplete last one is ignored. */
void             bt_tracker_answer_add_compact    (BtTrackerAnswer *answer,
                                                   BtFamily         family,
                                                   const guint8    *bytes,
                                                   gsize            n_bytes);
/* Foreign bytes as one line of valid UTF-8, cut to BT_TRACKER_MAX_TEXT_BYTES; NULL when nothing is left.
 * (transfer full) */
char            *bt_tracker_text_dup              (const guint8    *bytes,
                                                   gsize            n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtTrackerAnswer, bt_tracker_answer_free)

G_END_DECLS
