/* bt-metadata-fetch.h - which piece of a description to ask of whom, and what to believe (BEP 9)
 *
 * Pure: no sockets, no clock, no randomness.
 *
 * Nothing but the hash of the whole tells right from wrong, and how large the whole is only peers know. So those who
 * claim the same size are asked together, one size after the other. When the whole is wrong and one peer gave all of
 * it, that one lied. When several did, from then on one at a time gives all of it: who gives a wrong whole is named,
 * and once it is right, so are those whose pieces were others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "wire/bt-metadata-message.h"

G_BEGIN_DECLS

#define BT_METADATA_FETCH_REQUESTS    3u                  /* out at one peer */
#define BT_METADATA_FETCH_DUPLICATES  3u                  /* asked for one piece within the time below, near the end */
#define BT_METADATA_FETCH_HOPE_US     (G_USEC_PER_SEC)
#define BT_METADATA_FETCH_TIMEOUT_US  (10 * G_USEC_PER_SEC)
#define BT_METADATA_FETCH_REST_US     (10 * G_USEC_PER_SEC) /* after a reject or time-out; longer each time */
#define BT_METADATA_FETCH_MAX_TROUBLE 3u                  /* in a row; then it is asked no more */
#define BT_METADATA_FETCH_ATTEMPT_US  (20 * G_USEC_PER_SEC) /* for one size, while others are claimed; doubling */
#define BT_METADATA_FETCH_MAX_UNASKED 64u                 /* messages from one peer */
#define BT_METADATA_FETCH_MAX_LIARS   64u                 /* named and not taken yet */
#define BT_METADATA_FETCH_MAX_SIZES   1024u               /* whose failures are remembered */

typedef struct _BtMetadataFetch  BtMetadataFetch;
/* One peer. */
typedef struct _BtMetadataSource BtMetadataSource;

/* Exactly one of the hashes may be NULL, v1 counts when both are there; copied. */
BtMetadataFetch  *bt_metadata_fetch_new        (const guint8            *info_hash_v1,
                                                const guint8            *info_hash_v2);
void              bt_metadata_fetch_free       (BtMetadataFetch         *fetch);
/* `owner` is borrowed. Nothing is asked of it before it has told a size. */
BtMetadataSource *bt_metadata_fetch_add        (BtMetadataFetch         *fetch,
                                                const BtAddress         *address,
                                                gpointer                 owner);
/* The source is gone; what it gave stays. */
void              bt_metadata_fetch_remove     (BtMetadataFetch         *fetch,
                                                BtMetadataSource        *source);
/* What it claims the description to be; 0: it has none. FALSE: no description is as large. */
gboolean          bt_metadata_fetch_set_size   (BtMetadataFetch         *fetch,
                                                BtMetadataSource        *source,
                                                guint64                  n_bytes);
/* The next request to send, which counts as sent; to be called until FALSE whenever something may have changed. */
gboolean          bt_metadata_fetch_next       (BtMetadataFetch         *fetch,
                                                gint64                   now_us,
                                                gpointer                *out_owner,
                                                guint32                 *out_piece);
/* FALSE: it lies, or floods: drop it. */
gboolean          bt_metadata_fetch_take       (BtMetadataFetch         *fetch,
                                                BtMetadataSource        *source,
                                                const BtMetadataMessage *data,
                                                gint64                   now_us);
/* FALSE: as above. */
gboolean          bt_metadata_fetch_reject     (BtMetadataFetch         *fetch,
                                                BtMetadataSource        *source,
                                                guint32                  piece,
                                                gint64                   now_us);
/* Once a second or so: takes back what is not answered. */
void              bt_metadata_fetch_tick       (BtMetadataFetch         *fetch,
                                                gint64                   now_us);
/* Where wrong pieces came from, each once; to be called until FALSE after take(). */
gboolean          bt_metadata_fetch_take_liar  (BtMetadataFetch         *fetch,
                                                BtAddress               *out_address);
/* The right one, borrowed; NULL until it is there. */
GBytes           *bt_metadata_fetch_get_bytes  (BtMetadataFetch         *fetch);
/* Of the attempt at hand; 0: nobody has told it. */
guint32           bt_metadata_fetch_get_size   (BtMetadataFetch         *fetch);
guint32           bt_metadata_fetch_get_received (BtMetadataFetch       *fetch);
/* It sent wrong pieces. */
gboolean          bt_metadata_source_is_liar   (const BtMetadataSource  *source);
/* It has rejected, or not answered, so often that it is asked no more. */
gboolean          bt_metadata_source_is_refusing (const BtMetadataSource *source);
gboolean          bt_metadata_source_has_size  (const BtMetadataSource  *source);
gpointer          bt_metadata_source_get_owner (const BtMetadataSource  *source);

G_END_DECLS
