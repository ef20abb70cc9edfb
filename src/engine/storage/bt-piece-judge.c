/* bt-piece-judge.c - whether the bytes of a piece are those that the metainfo speaks of
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-piece-judge-private.h"

#include "metainfo/bt-merkle.h"

#include <string.h>

void
bt_piece_hashes_init (BtPieceHashes *hashes)
{
  hashes->sha1 = bt_hash_new (BT_HASH_SHA1);
  hashes->sha256 = NULL;
}

void
bt_piece_hashes_clear (BtPieceHashes *hashes)
{
  g_clear_pointer (&hashes->sha1, bt_hash_free);
  g_clear_pointer (&hashes->sha256, bt_hash_free);
}

/* Version 2: each file begins with a piece. NULL when the hashes of its pieces never came. */
static const guint8 *
find_v2_hash (const BtMetainfo *metainfo,
              guint32           piece,
              guint32          *out_n_leaves)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (metainfo);
  guint64 offset = bt_geometry_get_offset (geometry, piece);
  guint32 file = bt_metainfo_find_file (metainfo, offset);
  guint32 n_files = 0;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);
  const guint8 *layer;
  guint32 n_hashes = 0;
  guint64 index;

  *out_n_leaves = 0;
  if (files[file].length <= geometry->piece_bytes)
    return files[file].pieces_root;

  layer = bt_metainfo_get_piece_layer (metainfo, file, &n_hashes);
  index = (offset - files[file].offset) / geometry->piece_bytes;
  *out_n_leaves = geometry->piece_bytes / BT_BLOCK_BYTES;
  return index < n_hashes ? layer + index * BT_SHA256_BYTES : NULL;
}

gboolean
bt_piece_judge_begin (BtPieceJudge     *judge,
                      BtPieceHashes    *hashes,
                      const BtMetainfo *metainfo,
                      guint32           piece)
{
  guint32 n_leaves;

  memset (judge, 0, sizeof *judge);
  judge->hashes = hashes;
  judge->left_bytes = bt_metainfo_get_piece_data_bytes (metainfo, piece);
  judge->expected = bt_metainfo_get_piece_hash (metainfo, piece);
  if (judge->expected != NULL)
    return TRUE;

  judge->expected = find_v2_hash (metainfo, piece, &judge->n_leaves);
  if (judge->expected == NULL)
    return FALSE;
  if (hashes->sha256 == NULL)
    hashes->sha256 = bt_hash_new (BT_HASH_SHA256);
  n_leaves = MAX (judge->n_leaves, (judge->left_bytes + BT_BLOCK_BYTES - 1) / BT_BLOCK_BYTES);
  judge->leaves = g_malloc0_n (n_leaves, BT_SHA256_BYTES);
  return TRUE;
}

void
bt_piece_judge_update (BtPieceJudge *judge,
                       const guint8 *bytes,
                       gsize         n_bytes)
{
  n_bytes = MIN (n_bytes, judge->left_bytes);
  judge->left_bytes -= (guint32) n_bytes;
  if (judge->leaves == NULL)
    {
      bt_hash_update (judge->hashes->sha1, bytes, n_bytes);
      return;
    }

  for (gsize done = 0; done < n_bytes; done += BT_BLOCK_BYTES)
    {
      bt_hash_update (judge->hashes->sha256, bytes + done, MIN (BT_BLOCK_BYTES, n_bytes - done));
      bt_hash_finish (judge->hashes->sha256,
                      judge->leaves + (gsize) judge->n_hashed * BT_SHA256_BYTES);
      judge->n_hashed++;
    }
}

gboolean
bt_piece_judge_end (BtPieceJudge *judge)
{
  g_autofree guint8 *leaves = g_steal_pointer (&judge->leaves);
  guint8 digest[BT_SHA256_BYTES];
  gsize n_bytes = BT_SHA1_BYTES;

  if (leaves == NULL)
    {
      bt_hash_finish (judge->hashes->sha1, digest);
    }
  else if (judge->n_hashed > 0)
    {
      bt_merkle_root (leaves, MAX (judge->n_leaves, judge->n_hashed), 0, digest);
      n_bytes = BT_SHA256_BYTES;
    }
  return judge->left_bytes == 0 && memcmp (digest, judge->expected, n_bytes) == 0;
}
