/* bt-store-resume.c - what a torrent needs to go on, as one compact blob
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-store-private.h"

#include "base/bt-cursor.h"
#include "base/bt-hash.h"

#include <string.h>

/* Numbers are big-endian.
 *
 *   u8   version, 1
 *   8    the first bytes of SHA-1 of all that follows: a have-bit that flipped on the disk must not be believed
 *   set  pieces had
 *   set  files made
 *   set  files with a suffix
 *   u32  where an interrupted check goes on
 *   u32  number of partial pieces; each: u32 piece, u16 blocks, the bits. Pieces ascend.
 *   u32  number of stamps; each: u64 bytes, u64 time, as two's complement
 *
 * A set is u32 its bits, u8 SET_NONE, SET_ALL or SET_SOME, and with the last the bits.
 */
#define VERSION     1
#define SUM_BYTES   (BT_STORE_RESUME_HEAD_BYTES - 1)
#define MAX_BLOCKS  (BT_PIECE_MAX_BYTES / BT_BLOCK_BYTES)

enum { SET_NONE, SET_ALL, SET_SOME };

/* --- Writing --- */

static void
put_u32 (GByteArray *blob,
         guint32     value)
{
  guint8 bytes[4];

  bt_write_u32 (bytes, value);
  g_byte_array_append (blob, bytes, sizeof bytes);
}

static void
put_u64 (GByteArray *blob,
         guint64     value)
{
  guint8 bytes[8];

  bt_write_u64 (bytes, value);
  g_byte_array_append (blob, bytes, sizeof bytes);
}

static void
put_set (GByteArray       *blob,
         const BtBitfield *set)
{
  gboolean is_empty = bt_bitfield_is_empty (set);
  gboolean is_full = bt_bitfield_is_full (set);
  guint8 kind = is_empty ? SET_NONE : is_full ? SET_ALL : SET_SOME;
  guint at;

  put_u32 (blob, set->n_bits);
  g_byte_array_append (blob, &kind, 1);
  if (kind != SET_SOME)
    return;
  at = blob->len;
  g_byte_array_set_size (blob, at + (set->n_bits + 7) / 8);
  bt_bitfield_get_bytes (set, blob->data + at);
}

static int
compare_partials (gconstpointer a,
                  gconstpointer b)
{
  const BtPartialPiece *first = *(const BtPartialPiece *const *) a;
  const BtPartialPiece *second = *(const BtPartialPiece *const *) b;

  return first->piece < second->piece ? -1 : first->piece > second->piece;
}

/* By piece, one of each, those only that say something. */
static GPtrArray *
sort_partials (const BtResume *resume)
{
  GPtrArray *partials = g_ptr_array_new ();

  for (guint i = 0; i < resume->partials->len; i++)
    {
      BtPartialPiece *partial = &g_array_index (resume->partials, BtPartialPiece, i);

      if (partial->piece < resume->have.n_bits &&
          !bt_bitfield_get (&resume->have, partial->piece) &&
          partial->n_blocks > 0 && partial->n_blocks <= MAX_BLOCKS)
        g_ptr_array_add (partials, partial);
    }
  g_ptr_array_sort (partials, compare_partials);
  for (guint i = partials->len; i > 1; i--)
    {
      if (compare_partials (&partials->pdata[i - 1], &partials->pdata[i - 2]) == 0)
        g_ptr_array_remove_index (partials, i - 1);
    }
  return partials;
}

static void
put_partial (GByteArray           *blob,
             const BtPartialPiece *partial)
{
  guint n_bytes = (partial->n_blocks + 7) / 8;
  guint8 count[2];

  put_u32 (blob, partial->piece);
  bt_write_u16 (count, (guint16) partial->n_blocks);
  g_byte_array_append (blob, count, sizeof count);
  g_byte_array_append (blob, partial->bits, n_bytes);
  if (partial->n_blocks % 8 != 0)
    blob->data[blob->len - 1] &= (guint8) (0xff00u >> (partial->n_blocks % 8));
}

GBytes *
bt_store_resume_encode (const BtResume *resume)
{
  static const guint8 head[BT_STORE_RESUME_HEAD_BYTES] = { VERSION };
  GByteArray *blob = g_byte_array_new ();
  g_autoptr (GPtrArray) partials = sort_partials (resume);
  guint8 digest[BT_SHA1_BYTES];

  g_byte_array_append (blob, head, sizeof head);
  put_set (blob, &resume->have);
  put_set (blob, &resume->made);
  put_set (blob, &resume->suffixed);
  put_u32 (blob, resume->next_check);
  put_u32 (blob, partials->len);
  for (guint i = 0; i < partials->len; i++)
    put_partial (blob, partials->pdata[i]);
  put_u32 (blob, resume->stamps->len);
  for (guint i = 0; i < resume->stamps->len; i++)
    {
      const BtFileStamp *stamp = &g_array_index (resume->stamps, BtFileStamp, i);

      put_u64 (blob, (guint64) stamp->bytes);
      put_u64 (blob, (guint64) stamp->mtime_ns);
    }
  bt_sha1 (blob->data + sizeof head, blob->len - sizeof head, digest);
  memcpy (blob->data + 1, digest, SUM_BYTES);
  return g_byte_array_free_to_bytes (blob);
}

/* --- Reading --- */

/* `set` has no bits yet. */
static gboolean
get_set (BtCursor   *cursor,
         guint32     max_bits,
         BtBitfield *set)
{
  const guint8 *bytes;
  guint32 n_bits;
  guint8 kind;

  if (!bt_cursor_get_u32 (cursor, &n_bits) || n_bits > max_bits ||
      !bt_cursor_get_u8 (cursor, &kind))
    return FALSE;
  bt_bitfield_init (set, n_bits);
  switch (kind)
    {
    case SET_NONE:
      return TRUE;
    case SET_ALL:
      bt_bitfield_set_all (set);
      return TRUE;
    case SET_SOME:
      return bt_cursor_get_bytes (cursor, (n_bits + 7) / 8, &bytes) &&
             bt_bitfield_set_bytes (set, bytes, (n_bits + 7) / 8);
    default:
      return FALSE;
    }
}

static gboolean
get_partials (BtCursor *cursor,
              BtResume *resume)
{
  guint32 n_partials;
  guint32 next_piece = 0;

  if (!bt_cursor_get_u32 (cursor, &n_partials) || n_partials > resume->have.n_bits)
    return FALSE;
  for (guint32 i = 0; i < n_partials; i++)
    {
      BtPartialPiece partial = { 0 };
      const guint8 *bits;
      guint16 n_blocks;

      if (!bt_cursor_get_u32 (cursor, &partial.piece) || !bt_cursor_get_u16 (cursor, &n_blocks) ||
          n_blocks == 0 || n_blocks > MAX_BLOCKS ||
          !bt_cursor_get_bytes (cursor, (n_blocks + 7u) / 8, &bits))
        return FALSE;
      if (partial.piece < next_piece || partial.piece >= resume->have.n_bits ||
          bt_bitfield_get (&resume->have, partial.piece))
        return FALSE;
      if (n_blocks % 8 != 0 && (bits[n_blocks / 8] & (0xffu >> (n_blocks % 8))) != 0)
        return FALSE;
      partial.n_blocks = n_blocks;
      partial.bits = g_memdup2 (bits, (n_blocks + 7u) / 8);
      g_array_append_val (resume->partials, partial);
      next_piece = partial.piece + 1;
    }
  return TRUE;
}

static gboolean
get_stamps (BtCursor *cursor,
            BtResume *resume)
{
  guint32 n_stamps;

  if (!bt_cursor_get_u32 (cursor, &n_stamps) || n_stamps > BT_STORE_MAX_FILES ||
      n_stamps > bt_cursor_get_left (cursor) / 16)
    return FALSE;
  for (guint32 i = 0; i < n_stamps; i++)
    {
      BtFileStamp stamp;
      guint64 bytes;
      guint64 mtime;

      if (!bt_cursor_get_u64 (cursor, &bytes) || !bt_cursor_get_u64 (cursor, &mtime))
        return FALSE;
      stamp.bytes = (gint64) bytes;
      stamp.mtime_ns = (gint64) mtime;
      if (stamp.bytes < -1)
        return FALSE;
      g_array_append_val (resume->stamps, stamp);
    }
  return TRUE;
}

BtResume *
bt_store_resume_decode_body (const guint8 *bytes,
                             gsize         n_bytes)
{
  g_autoptr (BtResume) resume = bt_resume_new (0, 0);
  BtCursor cursor = bt_cursor_init (bytes, n_bytes);

  if (!get_set (&cursor, BT_MAX_PIECES, &resume->have) ||
      !get_set (&cursor, BT_STORE_MAX_FILES, &resume->made) ||
      !get_set (&cursor, BT_STORE_MAX_FILES, &resume->suffixed) ||
      !bt_cursor_get_u32 (&cursor, &resume->next_check) ||
      resume->next_check > resume->have.n_bits ||
      !get_partials (&cursor, resume) || !get_stamps (&cursor, resume) ||
      bt_cursor_get_left (&cursor) > 0)
    return NULL;
  return g_steal_pointer (&resume);
}

BtResume *
bt_store_resume_decode (const guint8 *bytes,
                        gsize         n_bytes)
{
  guint8 digest[BT_SHA1_BYTES];

  if (n_bytes < BT_STORE_RESUME_HEAD_BYTES || bytes[0] != VERSION)
    return NULL;
  bytes += BT_STORE_RESUME_HEAD_BYTES;
  n_bytes -= BT_STORE_RESUME_HEAD_BYTES;
  bt_sha1 (bytes, n_bytes, digest);
  if (memcmp (digest, bytes - SUM_BYTES, SUM_BYTES) != 0)
    return NULL;
  return bt_store_resume_decode_body (bytes, n_bytes);
}
