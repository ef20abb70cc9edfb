/* bt-geometry.h - the arithmetic of pieces and blocks, and nowhere else
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_BLOCK_BYTES      16384u                /* BEP 3: what everybody requests */
#define BT_PIECE_MAX_BYTES  (256u * 1024 * 1024)  /* larger pieces are refused at parsing */
#define BT_MAX_PIECES       (8u * 1024 * 1024)

/* How a torrent's bytes are cut. Invariant: n_pieces = ceil (total_bytes / piece_bytes), piece_bytes >= 1. */
typedef struct
{
  guint64 total_bytes;
  guint32 piece_bytes;
  guint32 n_pieces;
} BtGeometry;

/* A part of a piece, on the wire and inside. */
typedef struct
{
  guint32 piece;
  guint32 begin;   /* bytes from the start of the piece */
  guint32 length;  /* bytes */
} BtBlockSpan;

static inline guint64
bt_geometry_get_offset (const BtGeometry *geometry,
                        guint32           piece)
{
  return (guint64) piece * geometry->piece_bytes;
}

/* Bytes of `piece`, which must be valid; only the last may be shorter. */
static inline guint32
bt_geometry_get_piece_bytes (const BtGeometry *geometry,
                             guint32           piece)
{
  guint64 left = geometry->total_bytes - bt_geometry_get_offset (geometry, piece);

  return left < geometry->piece_bytes ? (guint32) left : geometry->piece_bytes;
}

static inline guint32
bt_geometry_get_n_blocks (const BtGeometry *geometry,
                          guint32           piece)
{
  return (bt_geometry_get_piece_bytes (geometry, piece) + BT_BLOCK_BYTES - 1) / BT_BLOCK_BYTES;
}

static inline BtBlockSpan
bt_geometry_get_block (const BtGeometry *geometry,
                       guint32           piece,
                       guint32           block)
{
  guint32 bytes = bt_geometry_get_piece_bytes (geometry, piece);
  guint32 begin = block * BT_BLOCK_BYTES;

  return (BtBlockSpan) { piece, begin, MIN (bytes - begin, BT_BLOCK_BYTES) };
}

/* Whether a span that came from outside lies within the torrent. */
static inline gboolean
bt_geometry_contains (const BtGeometry  *geometry,
                      const BtBlockSpan *span)
{
  guint32 bytes;

  if (span->piece >= geometry->n_pieces || span->length == 0)
    return FALSE;
  bytes = bt_geometry_get_piece_bytes (geometry, span->piece);
  return span->begin < bytes && span->length <= bytes - span->begin;
}

/* Whether a span is exactly one of our blocks. */
static inline gboolean
bt_geometry_is_block (const BtGeometry  *geometry,
                      const BtBlockSpan *span)
{
  BtBlockSpan block;

  if (!bt_geometry_contains (geometry, span) || span->begin % BT_BLOCK_BYTES != 0)
    return FALSE;
  block = bt_geometry_get_block (geometry, span->piece, span->begin / BT_BLOCK_BYTES);
  return span->length == block.length;
}

G_END_DECLS
