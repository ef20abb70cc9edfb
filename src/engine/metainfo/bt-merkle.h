/* bt-merkle.h - the SHA-256 trees of BEP 52
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-hash.h"

#include <glib.h>

G_BEGIN_DECLS

/* Leaves are the hashes of a file's blocks of BT_BLOCK_BYTES, the last maybe shorter; leaves that are missing to a
 * full tree are zeros. Thread: any.
 */

/* Levels between a piece's hash and its blocks: log2 (piece_bytes / BT_BLOCK_BYTES). `piece_bytes` is a power of two
 * of at least a block. */
guint bt_merkle_get_piece_level (guint32       piece_bytes);
/* The root above `n_hashes` (at least one) hashes of the given level (0: leaves), made up to a power of two with
 * the roots of trees of zeros. This is how a piece layer leads to its file's pieces root. */
void  bt_merkle_root            (const guint8 *hashes,
                                 guint32       n_hashes,
                                 guint         level,
                                 guint8        out_root[BT_SHA256_BYTES]);
/* The root of some bytes (at least one), made up to `n_leaves` leaves, a power of two: of a piece in a file longer
 * than a piece, with n_leaves of piece_bytes / BT_BLOCK_BYTES; of a whole smaller file, with 0: as few as will do. */
void  bt_merkle_root_of_data    (const guint8 *data,
                                 gsize         n_bytes,
                                 guint32       n_leaves,
                                 guint8        out_root[BT_SHA256_BYTES]);

G_END_DECLS
