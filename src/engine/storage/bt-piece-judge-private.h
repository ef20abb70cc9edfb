/* bt-piece-judge-private.h - whether the bytes of a piece are those that the metainfo speaks of
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-hash.h"
#include "metainfo/bt-metainfo.h"

G_BEGIN_DECLS

/* The hashes of one worker; they are made once, because making one costs more than a short hash.
 * Thread: worker.
 */
typedef struct
{
  BtHash *sha1;    /* owned */
  BtHash *sha256;  /* owned, nullable: made when a torrent wants it */
} BtPieceHashes;

/* Takes the bytes of one piece in their order, whole blocks at a time but for the last. A torrent that has v1 hashes
 * is judged by these; one of BEP 52 only by a tree of SHA-256, in which the pad that its piece space implies has no
 * part.
 *
 * Invariant: begun and not yet ended, exactly one of the two ways is under way.
 * Thread: worker.
 */
typedef struct
{
  BtPieceHashes *hashes;     /* borrowed */
  const guint8  *expected;   /* borrowed from the metainfo */
  guint8        *leaves;     /* owned; NULL for v1 */
  guint32        n_leaves;   /* of a full tree; 0: as few as will do */
  guint32        n_hashed;   /* leaves so far */
  guint32        left_bytes; /* of what counts */
} BtPieceJudge;

void     bt_piece_hashes_init  (BtPieceHashes    *hashes);
void     bt_piece_hashes_clear (BtPieceHashes    *hashes);

/* FALSE when the metainfo does not know the piece's hash; then there is nothing to end. */
gboolean bt_piece_judge_begin  (BtPieceJudge     *judge,
                                BtPieceHashes    *hashes,
                                const BtMetainfo *metainfo,
                                guint32           piece);
void     bt_piece_judge_update (BtPieceJudge     *judge,
                                const guint8     *bytes,
                                gsize             n_bytes);
/* Always call it, also when the bytes ran out. TRUE: the piece is right. */
gboolean bt_piece_judge_end    (BtPieceJudge     *judge);

G_END_DECLS
