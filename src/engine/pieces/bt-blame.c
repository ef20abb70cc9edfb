/* bt-blame.c - finds who sent the wrong block of a piece that failed its hash
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-blame.h"

#include <string.h>

/* One failed copy of a piece. */
typedef struct
{
  guint32 piece;
  guint32 n_blocks;
  guint8 *digests;   /* owned; BT_SHA1_BYTES each */
  guint32 *senders;  /* owned; 0: nobody */
} Copy;

/* Invariant: at most BT_BLAME_MAX_PIECES pieces with BT_BLAME_MAX_COPIES copies each, and no more than
 * BT_BLAME_MAX_BYTES together. There are few at any time: they are searched one by one. */
struct _BtBlame
{
  GPtrArray *copies;  /* owned; oldest first */
  gsize n_bytes;
};

static gsize
get_n_bytes (const Copy *copy)
{
  return copy->n_blocks * (BT_SHA1_BYTES + sizeof (guint32));
}

static void
free_copy (gpointer data)
{
  Copy *copy = data;

  g_free (copy->digests);
  g_free (copy->senders);
  g_free (copy);
}

BtBlame *
bt_blame_new (void)
{
  BtBlame *blame = g_new0 (BtBlame, 1);

  blame->copies = g_ptr_array_new_with_free_func (free_copy);
  return blame;
}

void
bt_blame_free (BtBlame *blame)
{
  if (blame == NULL)
    return;
  g_ptr_array_unref (blame->copies);
  g_free (blame);
}

static void
remove_copy (BtBlame *blame,
             guint    index)
{
  blame->n_bytes -= get_n_bytes (g_ptr_array_index (blame->copies, index));
  g_ptr_array_remove_index (blame->copies, index);
}

/* How many copies of `piece` there are, and how many pieces in all. */
static guint
count_copies (BtBlame *blame,
              guint32  piece,
              guint   *out_n_pieces)
{
  guint n_copies = 0;
  guint n_pieces = 0;

  for (guint i = 0; i < blame->copies->len; i++)
    {
      const Copy *copy = g_ptr_array_index (blame->copies, i);
      gboolean is_first = TRUE;

      for (guint j = 0; j < i && is_first; j++)
        is_first = ((const Copy *) g_ptr_array_index (blame->copies, j))->piece != copy->piece;
      n_pieces += is_first;
      n_copies += copy->piece == piece;
    }
  *out_n_pieces = n_pieces;
  return n_copies;
}

static void
remove_oldest_of (BtBlame *blame,
                  guint32  piece)
{
  for (guint i = 0; i < blame->copies->len; i++)
    if (((const Copy *) g_ptr_array_index (blame->copies, i))->piece == piece)
      {
        remove_copy (blame, i);
        return;
      }
}

static void
remove_piece (BtBlame *blame,
              guint32  piece)
{
  for (guint i = blame->copies->len; i > 0; i--)
    if (((const Copy *) g_ptr_array_index (blame->copies, i - 1))->piece == piece)
      remove_copy (blame, i - 1);
}

static void
remember (BtBlame       *blame,
          guint32        piece,
          const guint8  *digests,
          const guint32 *senders,
          guint          n_blocks)
{
  guint n_pieces, n_copies;
  Copy *copy;

  n_copies = count_copies (blame, piece, &n_pieces);
  if (n_copies == BT_BLAME_MAX_COPIES)
    remove_oldest_of (blame, piece);
  else if (n_copies == 0 && n_pieces == BT_BLAME_MAX_PIECES)
    remove_piece (blame, ((const Copy *) g_ptr_array_index (blame->copies, 0))->piece);

  copy = g_new0 (Copy, 1);
  copy->piece = piece;
  copy->n_blocks = n_blocks;
  copy->digests = g_memdup2 (digests, (gsize) n_blocks * BT_SHA1_BYTES);
  copy->senders = g_memdup2 (senders, n_blocks * sizeof (guint32));
  g_ptr_array_add (blame->copies, copy);
  blame->n_bytes += get_n_bytes (copy);
  while (blame->n_bytes > BT_BLAME_MAX_BYTES && blame->copies->len > 1)
    remove_copy (blame, 0);
}

guint32
bt_blame_add_failed (BtBlame       *blame,
                     guint32        piece,
                     const guint8  *digests,
                     const guint32 *senders,
                     guint          n_blocks)
{
  gboolean is_alone = n_blocks > 0 && senders[0] != 0;

  for (guint i = 1; i < n_blocks && is_alone; i++)
    is_alone = senders[i] == senders[0];
  if (is_alone)
    return senders[0];
  if (n_blocks > 0)
    remember (blame, piece, digests, senders, n_blocks);
  return 0;
}

gboolean
bt_blame_has (BtBlame *blame,
              guint32  piece)
{
  for (guint i = 0; i < blame->copies->len; i++)
    if (((const Copy *) g_ptr_array_index (blame->copies, i))->piece == piece)
      return TRUE;
  return FALSE;
}

static void
add_liar (GArray  *liars,
          guint32  liar)
{
  for (guint i = 0; i < liars->len; i++)
    if (g_array_index (liars, guint32, i) == liar)
      return;
  g_array_append_val (liars, liar);
}

void
bt_blame_add_good (BtBlame      *blame,
                   guint32       piece,
                   const guint8 *digests,
                   guint         n_blocks,
                   GArray       *out_liars)
{
  for (guint i = 0; i < blame->copies->len; i++)
    {
      const Copy *copy = g_ptr_array_index (blame->copies, i);

      if (copy->piece != piece || copy->n_blocks != n_blocks)
        continue;
      for (guint j = 0; j < n_blocks; j++)
        {
          gsize at = (gsize) j * BT_SHA1_BYTES;

          if (copy->senders[j] != 0 &&
              memcmp (copy->digests + at, digests + at, BT_SHA1_BYTES) != 0)
            add_liar (out_liars, copy->senders[j]);
        }
    }
  remove_piece (blame, piece);
}
