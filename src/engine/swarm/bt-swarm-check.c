/* bt-swarm-check.c - what of the data on disk is believed, and the hashing of the rest
 *
 * A file that is as it was left is believed, and so are the pieces and blocks in it; what a resume
 * says of a file that is gone is forgotten; every piece that touches another one is hashed, whether
 * it was had or not: more may have been written after the resume was. A check that was stopped goes
 * on at `next_check`: from there on, what is not had is hashed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <glib/gi18n-lib.h>

typedef enum
{
  FILE_SAME,     /* or its bytes lie in the parts, as before */
  FILE_CHANGED,
  FILE_GONE,
} FileFate;

/* --- What became of the files --- */

static FileFate
compare_file (BtSwarm           *swarm,
              guint32            file,
              const BtFileStamp *now)
{
  const BtFileStamp *then = NULL;

  if (swarm->resume != NULL && file < swarm->resume->stamps->len)
    then = &g_array_index (swarm->resume->stamps, BtFileStamp, file);
  if (now->bytes < 0)
    {
      if (swarm->parts_path == NULL)
        return FILE_GONE;
      if (then == NULL)
        return FILE_CHANGED;
      return then->bytes < 0 ? FILE_SAME : FILE_GONE;
    }
  return then != NULL && bt_file_stamp_equal (then, now) ? FILE_SAME : FILE_CHANGED;
}

static gboolean
had_some (BtSwarm *swarm,
          guint32  file)
{
  guint32 first, last;

  return swarm->resume != NULL &&
         bt_metainfo_get_file_pieces (swarm->metainfo, file, &first, &last) &&
         bt_bitfield_next_set (&swarm->resume->have, first) <= last;
}

/* The folder was moved, or a disk is not there: fetching everything again is not what is wanted. */
static gboolean
has_vanished (BtSwarm           *swarm,
              const BtFileStamp *stamps,
              guint32            n_files)
{
  gboolean had_wanted = FALSE;

  for (guint32 i = 0; i < n_files; i++)
    {
      guint32 first, last;

      if (swarm->priorities[i] == BT_PRIORITY_SKIP ||
          !bt_metainfo_get_file_pieces (swarm->metainfo, i, &first, &last))
        continue;
      if (stamps[i].bytes >= 0)
        return FALSE;
      had_wanted |= compare_file (swarm, i, &stamps[i]) != FILE_SAME && had_some (swarm, i);
    }
  return had_wanted;
}

static void
fail_vanished (BtSwarm *swarm)
{
  g_autofree char *folder = g_filename_display_name (swarm->folder);
  g_autoptr (GError) error = NULL;

  error = g_error_new (BT_STORAGE_ERROR, BT_STORAGE_ERROR_NOT_FOUND,
                       _("The data is not there: Nothing of “%s” is in “%s” any more"),
                       bt_metainfo_get_display_name (swarm->metainfo), folder);
  bt_swarm_fail (swarm, error);
}

/* --- The plan --- */

/* What is not the same is not believed: of what is gone nothing is left, the rest is hashed. */
static void
plan_file (BtSwarm    *swarm,
           guint32     file,
           FileFate    fate,
           BtBitfield *believed,
           BtBitfield *gone)
{
  guint32 first, last;

  if (!bt_metainfo_get_file_pieces (swarm->metainfo, file, &first, &last))
    return;
  for (guint32 p = first; p <= last; p++)
    {
      bt_bitfield_unset (believed, p);
      bt_bitfield_set (fate == FILE_GONE ? gone : &swarm->to_check, p);
    }
}

static void
plan_pieces (BtSwarm           *swarm,
             const BtFileStamp *stamps,
             guint32            n_files)
{
  guint32 next_check = swarm->resume->next_check;
  BtBitfield believed, gone;

  bt_bitfield_init (&believed, swarm->geometry->n_pieces);
  bt_bitfield_init (&gone, swarm->geometry->n_pieces);
  bt_bitfield_copy (&believed, &swarm->resume->have);
  for (guint32 i = 0; i < n_files; i++)
    {
      FileFate fate = compare_file (swarm, i, &stamps[i]);

      if (fate != FILE_SAME)
        plan_file (swarm, i, fate, &believed, &gone);
    }
  if (next_check > 0)
    for (guint32 p = next_check; p < believed.n_bits; p++)
      if (!bt_bitfield_get (&believed, p))
        bt_bitfield_set (&swarm->to_check, p);
  for (guint32 p = bt_bitfield_next_set (&gone, 0); p < gone.n_bits;
       p = bt_bitfield_next_set (&gone, p + 1))
    bt_bitfield_unset (&swarm->to_check, p);
  for (guint32 p = bt_bitfield_next_set (&believed, 0); p < believed.n_bits;
       p = bt_bitfield_next_set (&believed, p + 1))
    bt_picker_set_have (swarm->picker, p);
  swarm->is_dirty |= !bt_bitfield_is_empty (&gone) || !bt_bitfield_is_empty (&swarm->to_check);
  bt_bitfield_clear (&believed);
  bt_bitfield_clear (&gone);
}

/* --- Blocks of unfinished pieces --- */

/* Whether the files are still long enough; what stands there will be known by the piece's hash. */
static gboolean
is_block_there (BtSwarm           *swarm,
                const BtFileStamp *stamps,
                const BtBlockSpan *span)
{
  guint64 offset = bt_geometry_get_offset (swarm->geometry, span->piece) + span->begin;
  guint64 end = offset + span->length;
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (swarm->metainfo, &n_files);

  for (guint32 i = bt_metainfo_find_file (swarm->metainfo, offset);
       i < n_files && files[i].offset < end; i++)
    {
      guint64 n_needed = MIN (end - files[i].offset, files[i].length);

      if (n_needed == 0 || (files[i].flags & BT_FILE_PAD))
        continue;
      if (stamps[i].bytes < 0 ? compare_file (swarm, i, &stamps[i]) != FILE_SAME
                              : (guint64) stamps[i].bytes < n_needed)
        return FALSE;
    }
  return TRUE;
}

static void
plan_blocks (BtSwarm           *swarm,
             const BtFileStamp *stamps)
{
  for (guint i = 0; swarm->resume != NULL && i < swarm->resume->partials->len; i++)
    {
      const BtPartialPiece *partial = &g_array_index (swarm->resume->partials, BtPartialPiece, i);

      for (guint32 j = 0; j < partial->n_blocks; j++)
        {
          BtBlockSpan span = bt_geometry_get_block (swarm->geometry, partial->piece, j);

          if ((partial->bits[j / 8] & (0x80u >> j % 8)) && is_block_there (swarm, stamps, &span))
            g_array_append_val (swarm->spilled, span);
        }
    }
}

/* --- Hashing --- */

guint32
bt_swarm_get_next_check (BtSwarm *swarm)
{
  guint32 next = bt_bitfield_next_set (&swarm->to_check, swarm->next_check);

  for (guint i = 0; i < swarm->n_checks_pending; i++)
    next = MIN (next, swarm->checks[i]);
  return next;
}

static void check_more (BtSwarm *swarm);

static void
check_cb (BtStorage      *storage,
          guint32         piece,
          BtPieceVerdict  verdict,
          const guint8   *digests,
          const GError   *error,
          gpointer        user_data)
{
  BtSwarm *swarm = user_data;
  guint32 n_bytes = bt_geometry_get_piece_bytes (swarm->geometry, piece);

  for (guint i = 0; i < swarm->n_checks_pending; i++)
    if (swarm->checks[i] == piece)
      {
        swarm->checks[i] = swarm->checks[--swarm->n_checks_pending];
        break;
      }
  swarm->checked_bytes += n_bytes;
  bt_rate_add (&swarm->check_rate, n_bytes, bt_clock_get_us (swarm->env->clock));
  swarm->is_dirty = TRUE;
  if (verdict == BT_PIECE_GOOD)
    bt_picker_set_have (swarm->picker, piece);
  else
    swarm->is_trusted = FALSE;
  /* Nothing is known of it, and that has to be found out another time. */
  if (verdict == BT_PIECE_FAILED)
    bt_swarm_note_lost (swarm, piece);
  if (verdict == BT_PIECE_FAILED && swarm->state == BT_SWARM_CHECKING)
    bt_swarm_fail (swarm, error);
  check_more (swarm);
  bt_swarm_continue_stop (swarm);
}

static void
check_more (BtSwarm *swarm)
{
  if (swarm->state != BT_SWARM_CHECKING || swarm->is_check_queued)
    return;
  while (swarm->n_checks_pending < BT_SWARM_CHECKS_AHEAD)
    {
      guint32 piece = bt_bitfield_next_set (&swarm->to_check, swarm->next_check);

      if (piece >= swarm->geometry->n_pieces)
        break;
      swarm->next_check = piece + 1;
      swarm->checks[swarm->n_checks_pending++] = piece;
      bt_storage_check_piece (swarm->storage, piece, check_cb, swarm);
    }
  if (swarm->n_checks_pending == 0)
    bt_swarm_run (swarm);
}

static void
begin_hashing (BtSwarm *swarm)
{
  const BtBitfield *to_check = &swarm->to_check;

  swarm->has_looked = TRUE;
  for (guint32 p = bt_bitfield_next_set (to_check, 0); p < to_check->n_bits;
       p = bt_bitfield_next_set (to_check, p + 1))
    swarm->to_check_bytes += bt_geometry_get_piece_bytes (swarm->geometry, p);
  swarm->is_checking = swarm->to_check_bytes > 0;
  if (swarm->is_checking && swarm->ops->may_check != NULL &&
      !swarm->ops->may_check (swarm->session, swarm))
    {
      swarm->is_check_queued = TRUE;
      bt_swarm_tell (swarm);
      return;
    }
  check_more (swarm);
}

void
bt_swarm_check_now (BtSwarm *swarm)
{
  if (swarm->state != BT_SWARM_CHECKING || !swarm->is_check_queued)
    return;
  swarm->is_check_queued = FALSE;
  check_more (swarm);
}

void
bt_swarm_check_unknown (BtSwarm *swarm)
{
  swarm->is_full_check = TRUE;
  bt_bitfield_set_all (&swarm->to_check);
  bt_swarm_set_state (swarm, BT_SWARM_CHECKING);
  if (swarm->state == BT_SWARM_CHECKING)
    begin_hashing (swarm);
}

/* --- Looking --- */

/* No piece tells that an empty file is missing, and a complete torrent prepares nothing. Where nothing was made by us
 * it stays so: there may be no writing there. */
static gboolean
lacks_empty (BtSwarm *swarm,
             guint32  file)
{
  const BtFile *info = &bt_metainfo_get_files (swarm->metainfo, NULL)[file];

  return info->length == 0 && (info->flags & (BT_FILE_PAD | BT_FILE_SYMLINK)) == 0 &&
         !swarm->is_verify_only && swarm->resume != NULL &&
         !bt_bitfield_is_empty (&swarm->resume->made);
}

/* Pieces share bytes with files that have become wanted since: these bytes lie in the parts. The storage is made to
 * believe that these are not wanted yet, as are empty ones that are missing. */
static gboolean
find_adopted (BtSwarm           *swarm,
              const BtFileStamp *stamps,
              guint32            n_files)
{
  gboolean has_found = FALSE;

  for (guint32 i = 0; i < n_files; i++)
    if (stamps[i].bytes < 0 && bt_bitfield_get (&swarm->wanted, i) &&
        (lacks_empty (swarm, i) ||
         (compare_file (swarm, i, &stamps[i]) == FILE_SAME && had_some (swarm, i))))
      {
        bt_storage_set_wanted (swarm->storage, i, FALSE);
        bt_bitfield_unset (&swarm->wanted, i);
        has_found = TRUE;
      }
  return has_found;
}

/* A check of everything was stopped on its way: what it has not reached is not had. Another kind of
 * check has more to say of that. */
static gboolean
goes_on (BtSwarm *swarm)
{
  const BtResume *resume = swarm->resume;

  return resume != NULL && resume->next_check > 0 &&
         bt_bitfield_next_set (&resume->have, resume->next_check) >= swarm->geometry->n_pieces;
}

static void
make_plan (BtSwarm           *swarm,
           const BtFileStamp *stamps,
           guint32            n_files)
{
  bt_swarm_forget_last_run (swarm);
  bt_swarm_apply_priorities (swarm);
  plan_blocks (swarm, stamps);
  if (swarm->is_full_check && !goes_on (swarm))
    bt_bitfield_set_all (&swarm->to_check);
  else
    plan_pieces (swarm, stamps, n_files);
}

static void
looked_cb (BtStorage         *storage,
           const BtFileStamp *stamps,
           guint32            n_stamps,
           const GError      *error,
           gpointer           user_data)
{
  BtSwarm *swarm = user_data;

  swarm->is_looking = FALSE;
  if (swarm->state != BT_SWARM_CHECKING)
    {
      bt_swarm_continue_stop (swarm);
      return;
    }
  if (error != NULL)
    bt_swarm_fail (swarm, error);
  else if (!swarm->is_full_check && has_vanished (swarm, stamps, n_stamps))
    fail_vanished (swarm);
  else
    {
      gboolean has_adopted = find_adopted (swarm, stamps, n_stamps);

      make_plan (swarm, stamps, n_stamps);
      if (has_adopted)
        bt_swarm_change_wanted (swarm);
      begin_hashing (swarm);
    }
}

void
bt_swarm_begin_check (BtSwarm  *swarm,
                      gboolean  is_full)
{
  swarm->is_full_check = is_full;
  /* Nothing is believed any more, should it be stopped before its first piece is judged. */
  if (is_full && swarm->resume != NULL && !goes_on (swarm))
    {
      g_array_set_size (swarm->resume->stamps, 0);
      swarm->resume->next_check = 0;
    }
  bt_swarm_set_state (swarm, BT_SWARM_CHECKING);
  if (swarm->state != BT_SWARM_CHECKING)
    return;
  swarm->is_looking = TRUE;
  bt_storage_stat (swarm->storage, looked_cb, swarm);
}
