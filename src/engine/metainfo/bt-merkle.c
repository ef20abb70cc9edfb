/* bt-merkle.c - roots of SHA-256 trees, level by level in one buffer
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-merkle.h"

#include "base/bt-geometry.h"

#include <string.h>

guint
bt_merkle_get_piece_level (guint32 piece_bytes)
{
  return g_bit_storage (piece_bytes / BT_BLOCK_BYTES) - 1;
}

static void
hash_pair (BtHash       *hash,
           const guint8 *left,
           const guint8 *right,
           guint8       *out)
{
  bt_hash_update (hash, left, BT_SHA256_BYTES);
  bt_hash_update (hash, right, BT_SHA256_BYTES);
  bt_hash_finish (hash, out);
}

/* Goes up from `n_hashes` in `row` to one, in place, over at least `n_levels` levels. `pad` is what a missing hash of
 * this row is. */
static void
climb (BtHash  *hash,
       guint8  *row,
       guint32  n_hashes,
       guint    n_levels,
       guint8   pad[BT_SHA256_BYTES])
{
  for (guint level = 0; n_hashes > 1 || level < n_levels; level++)
    {
      guint32 n_above = n_hashes / 2 + n_hashes % 2;

      for (guint32 i = 0; i < n_above; i++)
        {
          const guint8 *left = row + (gsize) i * 2 * BT_SHA256_BYTES;
          gboolean      is_whole = i < n_hashes / 2;

          hash_pair (hash, left, is_whole ? left + BT_SHA256_BYTES : pad,
                     row + (gsize) i * BT_SHA256_BYTES);
        }
      hash_pair (hash, pad, pad, pad);
      n_hashes = n_above;
    }
}

void
bt_merkle_root (const guint8 *hashes,
                guint32       n_hashes,
                guint         level,
                guint8        out_root[BT_SHA256_BYTES])
{
  g_autoptr (BtHash) hash = bt_hash_new (BT_HASH_SHA256);
  g_autofree guint8 *row = g_memdup2 (hashes, (gsize) n_hashes * BT_SHA256_BYTES);
  guint8             pad[BT_SHA256_BYTES] = { 0 };

  for (guint i = 0; i < level; i++)
    hash_pair (hash, pad, pad, pad);
  climb (hash, row, n_hashes, 0, pad);
  memcpy (out_root, row, BT_SHA256_BYTES);
}

void
bt_merkle_root_of_data (const guint8 *data,
                        gsize         n_bytes,
                        guint32       n_leaves,
                        guint8        out_root[BT_SHA256_BYTES])
{
  g_autoptr (BtHash) hash = bt_hash_new (BT_HASH_SHA256);
  g_autofree guint8 *row = NULL;
  guint8             pad[BT_SHA256_BYTES] = { 0 };
  guint32            n_blocks = (guint32) ((n_bytes + BT_BLOCK_BYTES - 1) / BT_BLOCK_BYTES);

  row = g_malloc_n (n_blocks, BT_SHA256_BYTES);
  for (guint32 i = 0; i < n_blocks; i++)
    {
      gsize begin = (gsize) i * BT_BLOCK_BYTES;

      bt_hash_update (hash, data + begin, MIN (n_bytes - begin, BT_BLOCK_BYTES));
      bt_hash_finish (hash, row + (gsize) i * BT_SHA256_BYTES);
    }
  climb (hash, row, n_blocks, n_leaves > 0 ? g_bit_storage (n_leaves) - 1 : 0, pad);
  memcpy (out_root, row, BT_SHA256_BYTES);
}
