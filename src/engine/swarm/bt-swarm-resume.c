/* bt-swarm-resume.c - what is known to be on the device: at checkpoints, and at the end
 *
 * A have-bit is told only when it was set before a sync began that has ended well, a block only when
 * its write had been answered by then. What is written while the sync goes on may or may not show
 * in the stamps taken after it; so files that were written meanwhile get no stamp, and are hashed
 * when it comes to the worst.
 *
 * After a sync that failed none of this storage's succeeds: the torrent stops, with what was known before, and the next
 * start looks at what there is. Which files are ours, and what they are called, is known all the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <gio/gio.h>

/* Differs from that of any file, also from that of a missing one. */
static const BtFileStamp unknown_stamp = { 0, -1 };

/* --- From outside --- */

static gboolean
is_partial_valid (BtSwarm              *swarm,
                  const BtPartialPiece *partial)
{
  return partial->piece < swarm->geometry->n_pieces && partial->bits != NULL &&
         partial->n_blocks == bt_geometry_get_n_blocks (swarm->geometry, partial->piece);
}

BtResume *
bt_swarm_adopt_resume (BtSwarm        *swarm,
                       const BtResume *resume)
{
  guint32 n_files = swarm->doubtful.n_bits;
  BtResume *copy;

  if (resume == NULL || resume->have.n_bits != swarm->geometry->n_pieces)
    return NULL;
  copy = bt_resume_copy (resume);
  if (copy->stamps->len != n_files)
    g_array_set_size (copy->stamps, 0);
  if (copy->next_check > swarm->geometry->n_pieces)
    copy->next_check = 0;
  for (guint i = copy->partials->len; i > 0; i--)
    if (!is_partial_valid (swarm, &g_array_index (copy->partials, BtPartialPiece, i - 1)))
      g_array_remove_index_fast (copy->partials, i - 1);
  return copy;
}

void
bt_swarm_show_resume (BtSwarm *swarm)
{
  const BtBitfield *have;

  bt_swarm_apply_priorities (swarm);
  if (swarm->resume == NULL)
    return;
  have = &swarm->resume->have;
  for (guint32 p = bt_bitfield_next_set (have, 0); p < have->n_bits;
       p = bt_bitfield_next_set (have, p + 1))
    bt_picker_set_have (swarm->picker, p);
}

BtResume *
bt_swarm_dup_resume (BtSwarm *swarm)
{
  return swarm->resume != NULL ? bt_resume_copy (swarm->resume) : NULL;
}

/* --- What is there now --- */

static BtPartialPiece *
add_partial (BtResume *resume,
             guint32   piece,
             guint32   n_blocks)
{
  BtPartialPiece partial = { piece, n_blocks, g_malloc0 ((n_blocks + 7) / 8) };

  g_array_append_val (resume->partials, partial);
  return &g_array_index (resume->partials, BtPartialPiece, resume->partials->len - 1);
}

static void
set_block (BtPartialPiece *partial,
           guint32         block)
{
  partial->bits[block / 8] |= (guint8) (0x80u >> block % 8);
}

/* Blocks that wait for their piece's buffer: before a run, and after it. Those of a piece lie one
 * behind the other. */
static void
add_spilled (BtSwarm  *swarm,
             BtResume *resume)
{
  BtPartialPiece *partial = NULL;

  for (guint i = 0; i < swarm->spilled->len; i++)
    {
      const BtBlockSpan *span = &g_array_index (swarm->spilled, BtBlockSpan, i);

      if (bt_bitfield_get (&resume->have, span->piece))
        continue;
      if (partial == NULL || partial->piece != span->piece)
        partial = add_partial (resume, span->piece,
                               bt_geometry_get_n_blocks (swarm->geometry, span->piece));
      set_block (partial, span->begin / BT_BLOCK_BYTES);
    }
}

static void
add_buffers (BtSwarm  *swarm,
             BtResume *resume)
{
  GHashTableIter iter;
  gpointer value;

  bt_swarm_iter_buffers (swarm, &iter);
  while (bt_swarm_next_buffer (swarm, &iter, &value))
    {
      const PieceBuffer *buffer = value;
      BtPartialPiece *partial;

      if (buffer->n_spilled == 0)
        continue;
      partial = add_partial (resume, buffer->piece, buffer->n_blocks);
      for (guint32 i = 0; i < buffer->n_blocks; i++)
        if (buffer->is_spilled[i])
          set_block (partial, i);
    }
}

/* All but what only the storage can tell. */
static BtResume *
make_resume (BtSwarm *swarm)
{
  BtResume *resume = bt_resume_new (swarm->geometry->n_pieces, swarm->doubtful.n_bits);

  bt_bitfield_copy (&resume->have, bt_picker_get_have (swarm->picker));
  add_spilled (swarm, resume);
  add_buffers (swarm, resume);
  if (swarm->is_checking)
    resume->next_check = bt_swarm_get_next_check (swarm) % swarm->geometry->n_pieces;
  return resume;
}

static void
add_names (BtSwarm  *swarm,
           BtResume *resume)
{
  bt_bitfield_clear (&resume->made);
  bt_storage_get_made (swarm->storage, &resume->made);
  bt_bitfield_copy (&resume->suffixed, bt_storage_get_suffixed (swarm->storage));
}

static void
add_stamps (BtSwarm           *swarm,
            BtResume          *resume,
            const BtFileStamp *stamps,
            guint32            n_stamps)
{
  const BtBitfield *doubtful = &swarm->doubtful;

  g_array_append_vals (resume->stamps, stamps, n_stamps);
  for (guint32 i = bt_bitfield_next_set (doubtful, 0); i < n_stamps;
       i = bt_bitfield_next_set (doubtful, i + 1))
    g_array_index (resume->stamps, BtFileStamp, i) = unknown_stamp;
  add_names (swarm, resume);
}

/* While it has not judged anything by itself, what was known before is all there is to know. */
static gboolean
knows_nothing_new (BtSwarm *swarm)
{
  return !swarm->has_looked || (swarm->is_checking && bt_swarm_get_next_check (swarm) == 0);
}

/* --- The end of a stop --- */

/* What was known to be on the device last still is. */
static void
keep_names_only (BtSwarm *swarm)
{
  if (swarm->resume == NULL)
    swarm->resume = bt_resume_new (swarm->geometry->n_pieces, swarm->doubtful.n_bits);
  add_names (swarm, swarm->resume);
}

static void
stamped_cb (BtStorage         *storage,
            const BtFileStamp *stamps,
            guint32            n_stamps,
            const GError      *error,
            gpointer           user_data)
{
  BtSwarm *swarm = user_data;
  BtResume *resume = g_steal_pointer (&swarm->last_resume);

  if (error == NULL)
    {
      add_stamps (swarm, resume, stamps, n_stamps);
      bt_resume_free (swarm->resume);
      swarm->resume = resume;
    }
  else
    {
      bt_resume_free (resume);
      keep_names_only (swarm);
      if (swarm->error == NULL)
        swarm->error = g_error_copy (error);
    }
  bt_storage_close_async (storage, FALSE, bt_swarm_closed_cb, swarm);
}

void
bt_swarm_close_storage (BtSwarm *swarm)
{
  if (knows_nothing_new (swarm))
    {
      bt_storage_close_async (swarm->storage, TRUE, bt_swarm_closed_cb, swarm);
      return;
    }
  bt_swarm_complete_files (swarm);
  swarm->last_resume = make_resume (swarm);
  bt_storage_sync_and_stat (swarm->storage, stamped_cb, swarm);
}

/* --- Checkpoints --- */

static void
mark_files (BtSwarm    *swarm,
            guint32     piece,
            BtBitfield *out_files)
{
  guint64 offset = bt_geometry_get_offset (swarm->geometry, piece);
  guint64 end = offset + bt_geometry_get_piece_bytes (swarm->geometry, piece);
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (swarm->metainfo, &n_files);

  for (guint32 i = bt_metainfo_find_file (swarm->metainfo, offset);
       i < n_files && files[i].offset < end; i++)
    if (files[i].length > 0 && !(files[i].flags & BT_FILE_PAD))
      bt_bitfield_set (out_files, i);
}

void
bt_swarm_note_lost (BtSwarm *swarm,
                    guint32  piece)
{
  mark_files (swarm, piece, &swarm->doubtful);
  swarm->is_dirty = TRUE;
  if (swarm->file_missing != NULL)
    bt_swarm_count_file_pieces (swarm);
}

void
bt_swarm_note_written (BtSwarm *swarm,
                       guint32  piece)
{
  if (swarm->checkpoint != NULL && swarm->checkpoint->resume != NULL)
    mark_files (swarm, piece, &swarm->checkpoint->touched);
}

static void
checkpoint_free (BtCheckpoint *checkpoint)
{
  bt_resume_free (checkpoint->resume);
  bt_bitfield_clear (&checkpoint->touched);
  g_free (checkpoint);
}

/* Pieces that the disk has now may have been written before the stamps were taken. */
static void
forget_touched_stamps (BtSwarm      *swarm,
                       BtCheckpoint *checkpoint)
{
  BtBitfield *touched = &checkpoint->touched;
  GHashTableIter iter;
  gpointer value;

  bt_swarm_iter_buffers (swarm, &iter);
  while (bt_swarm_next_buffer (swarm, &iter, &value))
    if (((PieceBuffer *) value)->is_finishing)
      mark_files (swarm, ((PieceBuffer *) value)->piece, touched);
  for (guint32 i = bt_bitfield_next_set (touched, 0); i < touched->n_bits;
       i = bt_bitfield_next_set (touched, i + 1))
    g_array_index (checkpoint->resume->stamps, BtFileStamp, i) = unknown_stamp;
  swarm->is_dirty |= !bt_bitfield_is_empty (touched);
}

static void
checkpoint_stamped_cb (BtStorage         *storage,
                       const BtFileStamp *stamps,
                       guint32            n_stamps,
                       const GError      *error,
                       gpointer           user_data)
{
  BtSwarm *swarm = user_data;
  BtCheckpoint *checkpoint = g_steal_pointer (&swarm->checkpoint);
  BtSwarmCheckpointFunc func = checkpoint->func;
  BtResume *resume = NULL;

  user_data = checkpoint->user_data;
  if (error == NULL)
    {
      add_stamps (swarm, checkpoint->resume, stamps, n_stamps);
      forget_touched_stamps (swarm, checkpoint);
      resume = g_steal_pointer (&checkpoint->resume);
      /* A stop that is about to end knows more. */
      if (!swarm->is_closing_storage)
        {
          bt_resume_free (swarm->resume);
          swarm->resume = bt_resume_copy (resume);
        }
    }
  else
    bt_swarm_fail (swarm, error);
  checkpoint_free (checkpoint);
  func (swarm, resume, error, user_data);
}

static void
sync_checkpoint (BtSwarm *swarm)
{
  swarm->checkpoint->resume = make_resume (swarm);
  bt_storage_sync_and_stat (swarm->storage, checkpoint_stamped_cb, swarm);
}

void
bt_swarm_checkpoint_spilled (BtSwarm *swarm)
{
  BtCheckpoint *checkpoint = swarm->checkpoint;

  /* A stop has the rest of it; it answers when it has ended. */
  if (checkpoint != NULL && --checkpoint->n_spills == 0 && !swarm->is_stopping)
    sync_checkpoint (swarm);
}

static void
answer_at_once (BtSwarm               *swarm,
                BtSwarmCheckpointFunc  func,
                gpointer               user_data)
{
  BtResume *resume = bt_swarm_dup_resume (swarm);
  g_autoptr (GError) error = NULL;

  if (resume == NULL)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing is known of the data yet");
  func (swarm, resume, error, user_data);
}

void
bt_swarm_answer_checkpoint (BtSwarm *swarm)
{
  BtCheckpoint *checkpoint = g_steal_pointer (&swarm->checkpoint);

  if (checkpoint == NULL)
    return;
  answer_at_once (swarm, checkpoint->func, checkpoint->user_data);
  checkpoint_free (checkpoint);
}

void
bt_swarm_checkpoint_async (BtSwarm               *swarm,
                           BtSwarmCheckpointFunc  func,
                           gpointer               user_data)
{
  gboolean has_skipped = FALSE;
  BtCheckpoint *checkpoint;

  if (swarm->checkpoint != NULL)
    {
      g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_PENDING,
                                              "A checkpoint is under way");

      func (swarm, NULL, error, user_data);
      return;
    }
  if (swarm->storage == NULL || swarm->is_errand ||
      (!swarm->is_stopping && knows_nothing_new (swarm)))
    {
      answer_at_once (swarm, func, user_data);
      return;
    }

  checkpoint = swarm->checkpoint = g_new0 (BtCheckpoint, 1);
  checkpoint->func = func;
  checkpoint->user_data = user_data;
  bt_bitfield_init (&checkpoint->touched, swarm->doubtful.n_bits);
  if (swarm->is_stopping)
    return;
  checkpoint->n_spills = bt_swarm_spill_settled (swarm, &has_skipped);
  swarm->is_dirty = has_skipped;
  if (checkpoint->n_spills == 0)
    sync_checkpoint (swarm);
}

gboolean
bt_swarm_is_dirty (BtSwarm *swarm)
{
  return swarm->is_dirty && swarm->storage != NULL && !swarm->is_stopping;
}
