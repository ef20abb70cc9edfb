/* bt-swarm-download.c - from blocks to verified pieces on disk
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <string.h>

#define MAX_REQUESTERS 16
#define SPILL_AT_ONCE  64  /* blocks */

static void finish_piece (BtSwarm     *swarm,
                          PieceBuffer *buffer);

/* --- Asking --- */

guint
bt_swarm_pick (gpointer     user_data,
               BtPeer      *peer,
               BtBlockSpan *out_spans,
               guint        n_max)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);
  BtPickHints hints = { 0 };
  gint64 now_us;
  guint64 bps;

  if (swarm->state != BT_SWARM_DOWNLOADING)
    return 0;
  now_us = bt_clock_get_us (swarm->env->clock);
  bps = bt_peer_get_received_bps (peer, now_us);
  hints.is_choked = bt_peer_is_choking_us (peer);
  hints.is_slow = bt_peer_is_snubbed (peer);
  hints.is_fast = !hints.is_slow && bps * BT_SWARM_FAST_PIECE_S >= swarm->geometry->piece_bytes;
  /* A block asked twice is mostly sent twice: only those who are about to idle help the others out,
   * a few blocks at a time, and only those who answer. */
  hints.no_duplicates = hints.is_slow || bt_peer_get_n_requests (peer) >= BT_SWARM_DUPLICATES / 2;
  hints.max_duplicates = BT_SWARM_DUPLICATES;
  hints.n_allowed = bt_peer_get_allowed_fast (peer, &hints.allowed);
  return bt_picker_pick (swarm->picker, sp->picker_peer, &hints, out_spans, n_max);
}

/* --- Buffers --- */

static PieceBuffer *
get_buffer (BtSwarm *swarm,
            guint32  piece)
{
  PieceBuffer *buffer;
  guint32 n_blocks;

  if (swarm->buffers == NULL)
    swarm->buffers = g_hash_table_new (NULL, NULL);
  buffer = g_hash_table_lookup (swarm->buffers, GUINT_TO_POINTER (piece));
  if (buffer != NULL)
    return buffer;
  n_blocks = bt_geometry_get_n_blocks (swarm->geometry, piece);
  buffer = g_malloc0 (sizeof *buffer + n_blocks * sizeof buffer->slots[0]);
  buffer->piece = piece;
  buffer->n_blocks = n_blocks;
  buffer->began_at_us = bt_clock_get_us (swarm->env->clock);
  g_hash_table_insert (swarm->buffers, GUINT_TO_POINTER (piece), buffer);
  return buffer;
}

static void
set_spilled (PieceBuffer *buffer,
             guint32      block)
{
  if (buffer->is_spilled == NULL)
    buffer->is_spilled = g_malloc0 (buffer->n_blocks);
  buffer->n_spilled += !buffer->is_spilled[block];
  buffer->is_spilled[block] = TRUE;
}

static void
release_slots (BtSwarm     *swarm,
               PieceBuffer *buffer)
{
  for (guint32 i = 0; i < buffer->n_blocks && buffer->n_slots > 0; i++)
    if (buffer->slots[i] != NULL)
      {
        bt_block_pool_release (swarm->env->pool, g_steal_pointer (&buffer->slots[i]));
        buffer->n_slots--;
      }
}

void
bt_swarm_free_buffer (BtSwarm     *swarm,
                      PieceBuffer *buffer)
{
  release_slots (swarm, buffer);
  g_hash_table_remove (swarm->buffers, GUINT_TO_POINTER (buffer->piece));
  g_free (buffer->is_spilled);
  g_free (buffer);
}

static void
remember_spilled (BtSwarm           *swarm,
                  const PieceBuffer *buffer)
{
  if (buffer->n_spilled == 0)
    return;
  for (guint32 i = 0; i < buffer->n_blocks; i++)
    if (buffer->is_spilled[i])
      {
        BtBlockSpan span = bt_geometry_get_block (swarm->geometry, buffer->piece, i);

        g_array_append_val (swarm->spilled, span);
      }
}

void
bt_swarm_drop_buffers (BtSwarm *swarm)
{
  GHashTableIter iter;
  gpointer value;

  bt_swarm_iter_buffers (swarm, &iter);
  while (bt_swarm_next_buffer (swarm, &iter, &value))
    {
      PieceBuffer *buffer = value;

      g_assert (!buffer->is_finishing);
      remember_spilled (swarm, buffer);
      release_slots (swarm, buffer);
      g_hash_table_iter_remove (&iter);
      g_free (buffer->is_spilled);
      g_free (buffer);
    }
}

void
bt_swarm_restore_blocks (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->spilled->len; i++)
    {
      const BtBlockSpan *span = &g_array_index (swarm->spilled, BtBlockSpan, i);
      PieceBuffer *buffer;

      if (bt_bitfield_get (bt_picker_get_have (swarm->picker), span->piece))
        continue;
      buffer = get_buffer (swarm, span->piece);
      set_spilled (buffer, span->begin / BT_BLOCK_BYTES);
      if (bt_picker_restore_block (swarm->picker, span->piece, span->begin / BT_BLOCK_BYTES) &&
          !buffer->is_finishing)
        finish_piece (swarm, buffer);
    }
  g_array_set_size (swarm->spilled, 0);
}

/* --- Spilling: whole blocks go to their place on disk early --- */

typedef struct
{
  BtSwarm     *swarm;
  guint8      *slot;
  BtBlockSpan  span;
  gboolean     is_of_checkpoint;
} Spill;

void
bt_swarm_wait_for_space (BtSwarm      *swarm,
                         const GError *error)
{
  g_clear_error (&swarm->error);
  swarm->error = g_error_copy (error);
  if (!bt_timer_is_armed (&swarm->space_timer))
    bt_timer_arm_in (&swarm->space_timer, swarm->env->clock, BT_SWARM_SPACE_RETRY_US);
  bt_swarm_set_state (swarm, BT_SWARM_NO_SPACE);
}

/* The block could not go to disk: it goes back to its buffer. When finishing the piece has been
 * asked for already, that fails too, and is tried again with this slot. */
static void
take_back_spill (BtSwarm *swarm,
                 Spill   *spill)
{
  PieceBuffer *buffer = get_buffer (swarm, spill->span.piece);
  guint32 block = spill->span.begin / BT_BLOCK_BYTES;

  g_assert (buffer->slots[block] == NULL);
  buffer->slots[block] = spill->slot;
  buffer->n_slots++;
}

static void
spilled_cb (BtStorage    *storage,
            const GError *error,
            gpointer      user_data)
{
  g_autofree Spill *spill = user_data;
  BtSwarm *swarm = spill->swarm;

  swarm->n_spills_pending--;
  if (error == NULL)
    set_spilled (get_buffer (swarm, spill->span.piece), spill->span.begin / BT_BLOCK_BYTES);
  if (error == NULL || !bt_swarm_is_running (swarm))
    bt_block_pool_release (swarm->env->pool, spill->slot);
  else
    {
      take_back_spill (swarm, spill);
      if (g_error_matches (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE))
        bt_swarm_wait_for_space (swarm, error);
      else
        bt_swarm_fail (swarm, error);
    }
  bt_swarm_note_written (swarm, spill->span.piece);
  if (spill->is_of_checkpoint)
    bt_swarm_checkpoint_spilled (swarm);
  swarm->ops->memory_freed (swarm->session);
  bt_swarm_continue_stop (swarm);
}

static guint
spill_buffer (BtSwarm     *swarm,
              PieceBuffer *buffer,
              guint        n_max,
              gboolean     is_of_checkpoint)
{
  guint n = 0;

  for (guint32 i = 0; i < buffer->n_blocks && n < n_max && buffer->n_slots > 0; i++)
    {
      BtBlockSpan span;
      Spill *spill;

      if (buffer->slots[i] == NULL)
        continue;
      spill = g_new0 (Spill, 1);
      spill->swarm = swarm;
      spill->is_of_checkpoint = is_of_checkpoint;
      spill->slot = g_steal_pointer (&buffer->slots[i]);
      buffer->n_slots--;
      span = spill->span = bt_geometry_get_block (swarm->geometry, buffer->piece, i);
      swarm->n_spills_pending++;
      bt_storage_spill (swarm->storage, &span, spill->slot, spilled_cb, spill);
      n++;
    }
  return n;
}

/* The buffer that has waited longest without being whole. */
static PieceBuffer *
find_idlest (BtSwarm *swarm)
{
  GHashTableIter iter;
  gpointer value;
  PieceBuffer *found = NULL;

  bt_swarm_iter_buffers (swarm, &iter);
  while (bt_swarm_next_buffer (swarm, &iter, &value))
    {
      PieceBuffer *buffer = value;

      if (!buffer->is_finishing && !buffer->must_retry && buffer->n_slots > 0 &&
          (found == NULL || buffer->touched_at_us < found->touched_at_us))
        found = buffer;
    }
  return found;
}

gboolean
bt_swarm_is_freeing_memory (BtSwarm *swarm)
{
  return swarm->n_writes_pending > 0 || swarm->n_spills_pending > 0;
}

void
bt_swarm_spill_some (BtSwarm *swarm)
{
  guint n = 0;

  /* Whole pieces on their way to the disk free more memory, sooner, and for less work. */
  if (bt_swarm_is_freeing_memory (swarm) || swarm->state == BT_SWARM_NO_SPACE)
    return;
  while (n < SPILL_AT_ONCE)
    {
      PieceBuffer *buffer = find_idlest (swarm);

      if (buffer == NULL)
        break;
      n += spill_buffer (swarm, buffer, SPILL_AT_ONCE - n, FALSE);
    }
}

void
bt_swarm_spill_all (BtSwarm *swarm)
{
  PieceBuffer *buffer;

  while ((buffer = find_idlest (swarm)) != NULL)
    spill_buffer (swarm, buffer, G_MAXUINT, FALSE);
}

/* It will be whole before its blocks are of use on disk. */
static gboolean
is_nearly_whole (BtSwarm           *swarm,
                 const PieceBuffer *buffer)
{
  gint64 age_us = bt_clock_get_us (swarm->env->clock) - buffer->began_at_us;

  return age_us < BT_SWARM_YOUNG_US && buffer->n_slots + buffer->n_spilled >= buffer->n_blocks / 2;
}

guint
bt_swarm_spill_settled (BtSwarm  *swarm,
                        gboolean *out_has_skipped)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  *out_has_skipped = FALSE;
  bt_swarm_iter_buffers (swarm, &iter);
  while (bt_swarm_next_buffer (swarm, &iter, &value))
    {
      PieceBuffer *buffer = value;

      if (buffer->n_slots == 0)
        continue;
      if (buffer->is_finishing || buffer->must_retry || swarm->state == BT_SWARM_NO_SPACE ||
          is_nearly_whole (swarm, buffer))
        *out_has_skipped = TRUE;
      else
        n += spill_buffer (swarm, buffer, G_MAXUINT, TRUE);
    }
  return n;
}

/* --- Receiving --- */

/* Others were asked for the block, too: they need not send it. */
static void
cancel_others (BtSwarm           *swarm,
               const BtBlockSpan *span)
{
  gpointer requesters[MAX_REQUESTERS];
  guint n = bt_picker_get_requesters (swarm->picker, span, requesters, MAX_REQUESTERS);

  for (guint i = 0; i < n; i++)
    {
      SwarmPeer *other = requesters[i];

      if (bt_swarm_is_web_seed (swarm, requesters[i]))
        {
          SwarmSeed *seed = requesters[i];

          bt_picker_return_request (swarm->picker, seed->picker_peer, span);
        }
      else if (bt_picker_return_request (swarm->picker, other->picker_peer, span))
        bt_peer_cancel (other->peer, span);
    }
}

void
bt_swarm_keep_block (BtSwarm           *swarm,
                     const BtBlockSpan *span,
                     guint8            *slot,
                     gboolean           is_complete)
{
  PieceBuffer *buffer = get_buffer (swarm, span->piece);

  g_assert (buffer->slots[span->begin / BT_BLOCK_BYTES] == NULL);
  buffer->slots[span->begin / BT_BLOCK_BYTES] = slot;
  buffer->n_slots++;
  swarm->is_dirty = TRUE;
  buffer->touched_at_us = bt_clock_get_us (swarm->env->clock);
  cancel_others (swarm, span);
  if (is_complete)
    finish_piece (swarm, buffer);
}

BtPeerBlock
bt_swarm_block (gpointer           user_data,
                BtPeer            *peer,
                const BtBlockSpan *span,
                guint8            *slot)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);
  gboolean is_complete = FALSE;
  gboolean is_late = FALSE;
  BtBlockVerdict verdict;

  verdict = sp->picker_peer != NULL && bt_swarm_is_running (swarm)
              ? bt_picker_take_block (swarm->picker, sp->picker_peer, span, &is_complete)
              : BT_BLOCK_UNASKED;
  if (verdict == BT_BLOCK_UNASKED && swarm->state == BT_SWARM_DOWNLOADING &&
      bt_peer_may_be_late (peer))
    {
      verdict = bt_picker_take_late_block (swarm->picker, sp->picker_peer, span, &is_complete);
      is_late = verdict == BT_BLOCK_TAKEN;
    }
  swarm->received_bytes += span->length;
  if (verdict != BT_BLOCK_TAKEN)
    {
      swarm->wasted_bytes += span->length;
      bt_block_pool_release (swarm->env->pool, slot);
      return verdict == BT_BLOCK_DUPLICATE ? BT_PEER_BLOCK_ASKED : BT_PEER_BLOCK_UNASKED;
    }

  bt_swarm_keep_block (swarm, span, slot, is_complete);

  if (bt_block_pool_is_high (swarm->env->pool))
    {
      bt_swarm_spill_some (swarm);
      bt_peer_set_paused (peer, TRUE);
      sp->is_paused = TRUE;
      swarm->ops->memory_short (swarm->session);
    }
  return is_late ? BT_PEER_BLOCK_LATE : BT_PEER_BLOCK_ASKED;
}

/* --- Finishing --- */

static void
tell_have (BtSwarm *swarm,
           guint32  piece)
{
  if (!bt_swarm_is_running (swarm))
    return;
  g_array_append_val (swarm->new_haves, piece);
  if (!bt_timer_is_armed (&swarm->have_timer))
    bt_timer_arm_in (&swarm->have_timer, swarm->env->clock, BT_SWARM_HAVE_DELAY_US);
}

static void
piece_good (BtSwarm      *swarm,
            guint32       piece,
            const guint8 *digests)
{
  if (digests != NULL && bt_blame_has (swarm->blame, piece))
    {
      g_autoptr (GArray) liars = g_array_new (FALSE, FALSE, sizeof (guint32));

      bt_blame_add_good (swarm->blame, piece, digests,
                         bt_geometry_get_n_blocks (swarm->geometry, piece), liars);
      for (guint i = 0; i < liars->len; i++)
        bt_swarm_ban (swarm, g_array_index (liars, guint32, i));
    }
  bt_picker_piece_passed (swarm->picker, piece);
  swarm->is_dirty = TRUE;
  bt_swarm_note_had (swarm, piece);
  tell_have (swarm, piece);
  bt_swarm_check_complete (swarm);
}

static void
piece_bad (BtSwarm      *swarm,
           guint32       piece,
           const guint8 *digests)
{
  guint32 n_blocks = bt_geometry_get_n_blocks (swarm->geometry, piece);
  g_autofree guint32 *senders = g_new0 (guint32, n_blocks);

  swarm->is_dirty = TRUE;
  swarm->n_failed_pieces++;
  swarm->wasted_bytes += bt_geometry_get_piece_bytes (swarm->geometry, piece);
  if (digests != NULL && bt_picker_get_blame (swarm->picker, piece, senders))
    {
      guint32 liar = bt_blame_add_failed (swarm->blame, piece, digests, senders, n_blocks);

      if (liar != 0)
        bt_swarm_ban (swarm, liar);
    }
  bt_picker_piece_failed (swarm->picker, piece);
  bt_swarm_queue_upkeep (swarm);
}

static void
piece_failed (BtSwarm      *swarm,
              PieceBuffer  *buffer,
              const GError *error)
{
  buffer->must_retry = TRUE;
  if (g_error_matches (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE))
    bt_swarm_wait_for_space (swarm, error);
  else
    bt_swarm_fail (swarm, error);
}

static void
end_waiting (BtSwarm *swarm)
{
  g_clear_error (&swarm->error);
  bt_swarm_set_state (swarm, BT_SWARM_DOWNLOADING);
  bt_swarm_queue_upkeep (swarm);
  /* What was missing may have been skipped meanwhile. */
  bt_swarm_check_complete (swarm);
}

static void
piece_cb (BtStorage      *storage,
          guint32         piece,
          BtPieceVerdict  verdict,
          const guint8   *digests,
          const GError   *error,
          gpointer        user_data)
{
  BtSwarm *swarm = user_data;
  PieceBuffer *buffer = g_hash_table_lookup (swarm->buffers, GUINT_TO_POINTER (piece));
  gboolean was_waiting = swarm->state == BT_SWARM_NO_SPACE;

  swarm->n_writes_pending--;
  bt_swarm_note_written (swarm, piece);
  buffer->is_finishing = FALSE;
  if (verdict != BT_PIECE_FAILED)
    bt_swarm_free_buffer (swarm, buffer);

  if (was_waiting && verdict == BT_PIECE_GOOD)
    end_waiting (swarm);
  if (verdict == BT_PIECE_GOOD)
    piece_good (swarm, piece, digests);
  else if (verdict == BT_PIECE_BAD)
    piece_bad (swarm, piece, digests);
  else if (bt_swarm_is_running (swarm))
    piece_failed (swarm, buffer, error);
  /* The next one, or all of them. */
  if (was_waiting && verdict != BT_PIECE_FAILED)
    bt_swarm_space_cb (swarm);
  swarm->ops->memory_freed (swarm->session);
  bt_swarm_continue_stop (swarm);
}

static void
finish_piece (BtSwarm     *swarm,
              PieceBuffer *buffer)
{
  buffer->is_finishing = TRUE;
  buffer->must_retry = FALSE;
  swarm->n_writes_pending++;
  bt_storage_finish_piece (swarm->storage, buffer->piece, buffer->slots,
                           bt_blame_has (swarm->blame, buffer->piece), piece_cb, swarm);
}

/* Tries one of the pieces that found no room; when it succeeds, all the others. */
void
bt_swarm_space_cb (gpointer user_data)
{
  BtSwarm *swarm = user_data;
  gboolean is_probe = swarm->state == BT_SWARM_NO_SPACE;
  GHashTableIter iter;
  gpointer value;

  if (!bt_swarm_is_running (swarm))
    return;
  if (!swarm->has_prepared)
    {
      bt_swarm_prepare (swarm);
      return;
    }
  if (swarm->must_change_wanted)
    {
      bt_swarm_change_wanted (swarm);
      return;
    }
  bt_swarm_iter_buffers (swarm, &iter);
  while (bt_swarm_next_buffer (swarm, &iter, &value))
    {
      PieceBuffer *buffer = value;

      if (!buffer->must_retry)
        continue;
      finish_piece (swarm, buffer);
      if (is_probe)
        return;
    }
  /* Only spills had found no room: the next one will tell. */
  if (is_probe)
    end_waiting (swarm);
}

/* Tells of the pieces that came since the last time: at once to those who are interested in us, to
 * the others once a second. */
void
bt_swarm_have_cb (gpointer user_data)
{
  BtSwarm *swarm = user_data;
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  guint n_haves = swarm->new_haves->len;
  gboolean is_everybody = now_us - swarm->have_told_at_us >= BT_SECOND_US ||
                          !bt_swarm_is_running (swarm) || swarm->state == BT_SWARM_SEEDING;

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);
      const BtBitfield *theirs;

      if (!sp->is_greeted)
        continue;
      bt_swarm_update_interest (swarm, sp);
      if (!is_everybody && !bt_peer_is_interested (sp->peer))
        continue;
      theirs = bt_picker_peer_get_pieces (sp->picker_peer);
      for (; sp->n_haves_told < n_haves; sp->n_haves_told++)
        {
          guint32 piece = g_array_index (swarm->new_haves, guint32, sp->n_haves_told);

          /* It may have been lost again meanwhile. */
          if (!bt_bitfield_get (theirs, piece) &&
              bt_bitfield_get (bt_picker_get_have (swarm->picker), piece))
            bt_peer_send_have (sp->peer, piece);
        }
    }

  if (is_everybody)
    {
      g_array_set_size (swarm->new_haves, 0);
      for (guint i = 0; i < swarm->peers->len; i++)
        ((SwarmPeer *) g_ptr_array_index (swarm->peers, i))->n_haves_told = 0;
      swarm->have_told_at_us = now_us;
    }
  else
    bt_timer_arm_in (&swarm->have_timer, swarm->env->clock, BT_SWARM_HAVE_DELAY_US);
}
