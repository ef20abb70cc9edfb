/* bt-metadata-fetch-private.h - the fetch's structs, shared by its files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-metadata-fetch.h"

#include "base/bt-hash.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 piece;
  gint64  at_us;
} MetadataRequest;

struct _BtMetadataSource
{
  gpointer  owner;          /* borrowed */
  BtAddress address;
  guint32   id;             /* never used again */
  guint32   size;           /* it claims; 0: none */
  guint     n_requests;
  MetadataRequest requests[BT_METADATA_FETCH_REQUESTS];
  guint     n_forgiven;     /* requests taken back that may still be answered */
  guint     n_unasked;
  guint     n_troubles;     /* in a row */
  guint     n_turns;        /* alone */
  gint64    rests_until_us;
  guint     is_liar : 1;
};

typedef struct
{
  guint8    *bytes;         /* owned; NULL: missing */
  guint32    n_bytes;
  guint32    from;          /* id of the source */
  guint      n_asked;       /* requests out */
  BtAddress  address;       /* of the source */
} MetadataPiece;

/* A piece of a wrong whole that several gave. */
typedef struct
{
  guint32   from;           /* 0: it has been named */
  BtAddress address;
  guint32   piece;
  guint8    digest[BT_SHA1_BYTES];
} MetadataSuspect;

/* Invariant: `pieces` are `n_pieces` of a description of `size` bytes, or nothing when size is 0. `alone` gave all that
 * is there, when it is set; then nobody else is asked. */
struct _BtMetadataFetch
{
  /* Owned */
  GPtrArray  *sources;      /* BtMetadataSource */
  MetadataPiece *pieces;    /* nullable */
  GHashTable *failures;     /* size → how often it came to nothing */
  GArray     *suspects;     /* MetadataSuspect */
  GArray     *liars;        /* BtAddress */
  GBytes     *bytes;        /* nullable */

  /* Borrowed */
  BtMetadataSource *alone;  /* nullable */

  /* Values */
  guint8      hash[BT_SHA256_BYTES];
  BtHashKind  kind;
  guint32     size;
  guint32     n_pieces;
  guint32     n_had;
  guint32     received_bytes;
  guint32     next_id;
  gint64      began_at_us;  /* this attempt, or turn */
  guint       is_one_by_one : 1;
};

/* bt-metadata-fetch.c */
void     bt_metadata_fetch_clear_pieces   (BtMetadataFetch  *fetch);
/* Whatever of them is still answered is not held against it. */
void     bt_metadata_fetch_take_back_requests (BtMetadataFetch  *fetch,
                                               BtMetadataSource *source);

/* bt-metadata-attempt.c */
gboolean bt_metadata_fetch_is_askable     (const BtMetadataSource *source,
                                           gint64            now_us);
/* Everything that came is forgotten. */
void     bt_metadata_fetch_end_attempt    (BtMetadataFetch  *fetch);
/* Goes on to another size, or to another peer, when this one leads nowhere. */
void     bt_metadata_fetch_update_attempt (BtMetadataFetch  *fetch,
                                           gint64            now_us);
/* All pieces are there: keeps the whole when it is right, else finds out whose fault it is. */
void     bt_metadata_fetch_finish_attempt (BtMetadataFetch  *fetch);
void     bt_metadata_fetch_name_liar      (BtMetadataFetch  *fetch,
                                           guint32           id,
                                           const BtAddress  *address);
/* What it gave so far is not to be relied on either. */
void     bt_metadata_fetch_drop_pieces    (BtMetadataFetch  *fetch,
                                           guint32           id);

G_END_DECLS
