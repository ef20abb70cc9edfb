/* bt-storage-hash.c - judges pieces: those received, and those on disk
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#define SCRATCH_BYTES (BT_DISK_SCRATCH_BLOCKS * BT_BLOCK_BYTES)
/* How far ahead of the hash the system reads: a multiple of the scratch. */
#define AHEAD_BYTES   (4 * SCRATCH_BYTES)

/* Which blocks of a piece the scratch holds. */
typedef struct
{
  guint32 first;
  guint32 end;
} Window;

/* Reads a run of blocks that were spilled, as far as the scratch goes. */
static gboolean
read_spilled (BtStorageJob  *job,
              BtDiskScratch *scratch,
              guint32        block,
              guint32        n_blocks,
              Window        *window)
{
  guint32 begin = block * BT_BLOCK_BYTES;
  BtStretch stretch = { .slots = scratch->slots };

  window->first = block;
  window->end = block;
  while (window->end < n_blocks && window->end - block < BT_DISK_SCRATCH_BLOCKS &&
         job->slots[window->end] == NULL)
    window->end++;
  stretch.offset = bt_geometry_get_offset (job->storage->geometry, job->span.piece) + begin;
  stretch.length = MIN (window->end * BT_BLOCK_BYTES, job->span.length) - begin;
  return bt_storage_read_stretch (job, scratch, &stretch);
}

/* One pass over a received piece: for the judge, for the digests of its blocks, or both. */
static gboolean
hash_blocks (BtStorageJob  *job,
             BtDiskScratch *scratch,
             BtPieceJudge  *judge,
             guint8        *digests)
{
  guint32 n_blocks = bt_geometry_get_n_blocks (job->storage->geometry, job->span.piece);
  Window window = { 0, 0 };

  for (guint32 block = 0; block < n_blocks; block++)
    {
      guint32 n_bytes = MIN (job->span.length - block * BT_BLOCK_BYTES, BT_BLOCK_BYTES);
      const guint8 *bytes = job->slots[block];

      if (bytes == NULL)
        {
          if ((block < window.first || block >= window.end) &&
              !read_spilled (job, scratch, block, n_blocks, &window))
            return FALSE;
          bytes = scratch->slots[block - window.first];
        }
      if (judge != NULL)
        bt_piece_judge_update (judge, bytes, n_bytes);
      if (digests != NULL)
        {
          bt_hash_update (scratch->block_hash, bytes, n_bytes);
          bt_hash_finish (scratch->block_hash, digests + (gsize) block * BT_SHA1_BYTES);
        }
    }
  job->base.n_hashed_bytes += job->span.length;
  return TRUE;
}

/* FALSE: the job has an error. */
static gboolean
judge_received (BtStorageJob  *job,
                BtDiskScratch *scratch)
{
  guint32 n_blocks = bt_geometry_get_n_blocks (job->storage->geometry, job->span.piece);
  BtPieceJudge judge;
  gboolean is_read;
  gboolean is_right;

  if (!bt_piece_judge_begin (&judge, &scratch->hashes, job->storage->metainfo, job->span.piece))
    return bt_storage_job_fail_unknown (job);
  if (job->want_digests && job->digests == NULL)
    job->digests = g_malloc ((gsize) n_blocks * BT_SHA1_BYTES);
  is_read = hash_blocks (job, scratch, &judge, job->digests);
  is_right = bt_piece_judge_end (&judge);
  if (!is_read)
    return FALSE;

  job->verdict = is_right ? BT_PIECE_GOOD : BT_PIECE_BAD;
  if (is_right || job->digests != NULL)
    return TRUE;
  job->digests = g_malloc ((gsize) n_blocks * BT_SHA1_BYTES);
  return hash_blocks (job, scratch, NULL, job->digests);
}

BtDiskStep
bt_storage_run_finish (BtDiskJob     *job,
                       BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;

  bt_storage_job_begin (self);
  if (!judge_received (self, scratch))
    return bt_storage_job_get_step (self);
  if (self->verdict == BT_PIECE_BAD)
    return BT_STEP_DONE;

  job->role = BT_ROLE_FILE;
  job->run = bt_storage_run_write;
  job->is_urgent = FALSE;
  return BT_STEP_AGAIN;
}

/* FALSE: the job has an error. */
static gboolean
judge_stored (BtStorageJob  *job,
              BtDiskScratch *scratch)
{
  guint64 offset = bt_geometry_get_offset (job->storage->geometry, job->span.piece);
  BtStretch stretch = { .slots = scratch->slots };
  BtPieceJudge judge;
  gboolean is_read = TRUE;
  gboolean is_right;

  if (!bt_piece_judge_begin (&judge, &scratch->hashes, job->storage->metainfo, job->span.piece))
    return bt_storage_job_fail_unknown (job);
  for (guint32 done = 0; is_read && done < job->span.length; done += stretch.length)
    {
      if (done % AHEAD_BYTES == 0)
        bt_storage_advise (job, offset + done, MIN (job->span.length - done, AHEAD_BYTES));
      stretch.offset = offset + done;
      stretch.length = MIN (job->span.length - done, SCRATCH_BYTES);
      is_read = bt_storage_read_stretch (job, scratch, &stretch);
      if (is_read)
        bt_piece_judge_update (&judge, scratch->buffer, stretch.length);
    }
  is_right = bt_piece_judge_end (&judge);
  if (!is_read)
    return FALSE;

  job->base.n_hashed_bytes += job->span.length;
  job->verdict = is_right ? BT_PIECE_GOOD : BT_PIECE_BAD;
  return TRUE;
}

BtDiskStep
bt_storage_run_check (BtDiskJob     *job,
                      BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;

  bt_storage_job_begin (self);
  if (judge_stored (self, scratch))
    return BT_STEP_DONE;
  if (g_error_matches (self->error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NOT_FOUND) ||
      g_error_matches (self->error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_TRUNCATED))
    self->verdict = BT_PIECE_BAD;
  return bt_storage_job_get_step (self);
}
