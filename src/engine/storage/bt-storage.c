/* bt-storage.c - one torrent's files: the calls, their order and their answers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage.h"

#include "bt-storage-private.h"

#include <string.h>

/* A piece some of whose blocks are on their way to disk. */
typedef struct
{
  GQueue  waiting;  /* of BtDiskJob by their links; what must not overtake them */
  GError *error;    /* owned, nullable; the first */
  guint   n_spills;
} Spilling;

static void storage_unref (BtStorage *storage);

static void
spilling_free (gpointer data)
{
  Spilling *spilling = data;

  g_clear_error (&spilling->error);
  g_free (spilling);
}

static Spilling *
find_spilling (BtStorage *storage,
               guint32    piece)
{
  if (storage->spilling == NULL || g_hash_table_size (storage->spilling) == 0)
    return NULL;
  return g_hash_table_lookup (storage->spilling, GUINT_TO_POINTER (piece));
}

/* --- A job's life --- */

static void
job_free (BtStorageJob *job)
{
  g_clear_error (&job->error);
  g_free (job->digests);
  g_free (job->stamps);
  g_free (job->path);
  bt_bitfield_clear (&job->suffixed);
  bt_bitfield_clear (&job->wanted);
  g_free (job);
}

static void
answer (BtStorageJob *job)
{
  if (job->storage->is_freed)
    return;
  if (job->piece_func != NULL)
    job->piece_func (job->storage, job->span.piece, job->verdict, job->digests, job->error,
                     job->user_data);
  else if (job->stamps_func != NULL)
    job->stamps_func (job->storage, job->error == NULL ? job->stamps : NULL,
                      job->error == NULL ? job->storage->n_files : 0, job->error, job->user_data);
  else if (job->func != NULL)
    job->func (job->storage, job->error, job->user_data);
}

static void end_job (BtDiskJob *job);

/* Lets those go on that waited for the last spill of a piece. */
static void
end_spill (BtStorage    *storage,
           guint32       piece,
           const GError *error)
{
  Spilling *spilling = find_spilling (storage, piece);
  GList *link;

  if (error != NULL && spilling->error == NULL)
    spilling->error = g_error_copy (error);
  if (--spilling->n_spills > 0)
    return;

  g_hash_table_steal (storage->spilling, GUINT_TO_POINTER (piece));
  while ((link = g_queue_pop_head_link (&spilling->waiting)) != NULL)
    {
      BtStorageJob *job = link->data;

      /* Without this block the hash would be wrong, and nobody to blame. */
      if (spilling->error != NULL)
        {
          job->verdict = BT_PIECE_FAILED;
          job->error = g_error_copy (spilling->error);
          end_job (&job->base);
        }
      else
        {
          bt_disk_submit (storage->disk, &job->base);
        }
    }
  spilling_free (spilling);
}

/* --- Order --- */

static void
submit_after_spills (BtStorageJob *job)
{
  Spilling *spilling = find_spilling (job->storage, job->span.piece);

  if (spilling == NULL)
    {
      bt_disk_submit (job->storage->disk, &job->base);
      return;
    }
  job->base.link = (GList) { .data = job };
  g_queue_push_tail_link (&spilling->waiting, &job->base.link);
}

static void
count_spill (BtStorageJob *job)
{
  BtStorage *storage = job->storage;
  Spilling *spilling = find_spilling (storage, job->span.piece);

  if (spilling == NULL)
    {
      if (storage->spilling == NULL)
        storage->spilling = g_hash_table_new_full (NULL, NULL, NULL, spilling_free);
      spilling = g_new0 (Spilling, 1);
      g_hash_table_insert (storage->spilling, GUINT_TO_POINTER (job->span.piece), spilling);
    }
  spilling->n_spills++;
}

static void
start_job (BtStorageJob *job)
{
  if (!job->storage->is_named &&
      (job->storage->use_suffix || job->is_exclusive || job->stamps_func != NULL))
    bt_storage_learn_names (job->storage);
  job->storage->n_started++;
  if (job->is_exclusive)
    job->storage->is_fenced = TRUE;
  if (job->is_spill)
    count_spill (job);
  if (job->waits_for_spills)
    submit_after_spills (job);
  else
    bt_disk_submit (job->storage->disk, &job->base);
}

void
bt_storage_advance (BtStorage *storage)
{
  while (!storage->is_fenced && storage->waiting.length > 0)
    {
      BtStorageJob *job = storage->waiting.head->data;

      if (job->is_exclusive && storage->n_started > 0)
        return;
      g_queue_pop_head_link (&storage->waiting);
      start_job (job);
    }
  /* With nothing else pending, nothing waits; but bt_storage_release() may have to come. */
  if (storage->close_job != NULL && storage->n_pending == 1 && !storage->is_fenced)
    start_job ((BtStorageJob *) g_steal_pointer (&storage->close_job));
}

void
bt_storage_job_submit (BtStorageJob *job)
{
  job->base.link = (GList) { .data = job };
  g_queue_push_tail_link (&job->storage->waiting, &job->base.link);
  bt_storage_advance (job->storage);
}

/* An exclusive job has run; what came after it may. */
static void
end_exclusive (BtStorageJob *job)
{
  BtStorage *storage = job->storage;

  if (job->error == NULL && job->apply != NULL)
    job->apply (job);
  storage->is_held = job->base.run == bt_storage_run_hold && !storage->is_freed;
  storage->is_fenced = storage->is_held;
}

static void
end_job (BtDiskJob *base)
{
  BtStorageJob *job = (BtStorageJob *) base;
  BtStorage *storage = job->storage;

  storage->n_pending--;
  storage->n_started--;
  if (base->run == bt_storage_run_close)
    g_atomic_int_set (&storage->is_closing, FALSE);
  if (job->is_exclusive)
    end_exclusive (job);
  answer (job);
  if (job->is_spill)
    end_spill (storage, job->span.piece, job->error);
  bt_storage_advance (storage);
  job_free (job);
  storage_unref (storage);
}

BtStorageJob *
bt_storage_job_new (BtStorage   *storage,
                    BtDiskStep (*run) (BtDiskJob     *job,
                                       BtDiskScratch *scratch),
                    BtDiskRole   role,
                    gsize        n_slots)
{
  BtStorageJob *job = g_malloc0 (sizeof (BtStorageJob) + n_slots * sizeof (guint8 *));

  job->base.run = run;
  job->base.end = end_job;
  job->base.owner = storage;
  job->base.role = role;
  job->storage = storage;
  job->verdict = BT_PIECE_FAILED;
  storage->n_refs++;
  storage->n_pending++;
  return job;
}

/* Where the writing of `span` begins decides. */
static BtDiskLane *
get_lane (BtStorage         *storage,
          const BtBlockSpan *span)
{
  guint64 offset = bt_geometry_get_offset (storage->geometry, span->piece) + span->begin;

  return &storage->lanes[bt_metainfo_find_file (storage->metainfo, offset) % BT_STORAGE_N_LANES];
}

/* --- The storage's life --- */

BtStorage *
bt_storage_new (BtDisk        *disk,
                BtMetainfo    *metainfo,
                const char    *root,
                BtPreallocate  preallocate)
{
  BtStorage *storage = g_new0 (BtStorage, 1);

  storage->disk = disk;
  storage->pool = bt_disk_get_pool (disk);
  storage->metainfo = bt_metainfo_ref (metainfo);
  storage->geometry = bt_metainfo_get_geometry (metainfo);
  storage->files = bt_metainfo_get_files (metainfo, &storage->n_files);
  storage->root = g_strdup (root);
  storage->preallocate = preallocate;
  storage->changed = g_new0 (guint, storage->n_files / 32 + 1);
  storage->made = g_new0 (guint, storage->n_files / 32 + 1);
  storage->ours = g_new0 (guint, storage->n_files / 32 + 1);
  storage->parts_fd = -1;
  bt_bitfield_init (&storage->suffixed_now, storage->n_files);
  bt_bitfield_init (&storage->wanted, storage->n_files);
  bt_bitfield_set_all (&storage->wanted);
  storage->n_refs = 1;
  return storage;
}

static void
storage_unref (BtStorage *storage)
{
  if (--storage->n_refs > 0)
    return;

  /* Nothing is open any more when it was closed. */
  bt_file_pool_close_owner (storage->pool, storage);
  g_clear_pointer (&storage->spilling, g_hash_table_unref);
  g_free (storage->changed);
  g_free (storage->made);
  g_free (storage->ours);
  bt_storage_parts_close (storage);
  bt_bitfield_clear (&storage->suffixed_now);
  bt_storage_clear_layout (storage);
  bt_metainfo_unref (storage->metainfo);
  g_free (storage);
}

/* Nobody is told any more, and what waits for a new root must not land at the old one. */
static void
drop_waiting (BtStorage *storage)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&storage->waiting)) != NULL)
    {
      storage->n_pending--;
      storage->n_refs--;
      job_free (link->data);
    }
}

void
bt_storage_free (BtStorage *storage)
{
  if (storage == NULL)
    return;

  storage->is_freed = TRUE;
  drop_waiting (storage);
  if (storage->is_held)
    storage->is_held = storage->is_fenced = FALSE;
  bt_storage_advance (storage);
  if (storage->n_pending > 0)
    {
      g_atomic_int_set (&storage->is_closing, TRUE);
      bt_disk_hurry (storage->disk, storage);
    }
  storage_unref (storage);
}

/* --- The calls --- */

void
bt_storage_close_async (BtStorage     *storage,
                        gboolean       sync,
                        BtStorageFunc  func,
                        gpointer       user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, bt_storage_run_close, BT_ROLE_FILE, 0);

  g_assert (storage->close_job == NULL);
  /* What comes while files are being closed is to find them so. */
  job->is_exclusive = TRUE;
  job->is_sync = sync;
  job->func = func;
  job->user_data = user_data;
  storage->close_job = &job->base;
  g_atomic_int_set (&storage->is_closing, TRUE);
  bt_disk_hurry (storage->disk, storage);
  bt_storage_advance (storage);
}

void
bt_storage_set_wanted (BtStorage *storage,
                       guint32    file,
                       gboolean   is_wanted)
{
  if (is_wanted)
    bt_bitfield_set (&storage->wanted, file);
  else
    bt_bitfield_unset (&storage->wanted, file);
}

void
bt_storage_prepare (BtStorage     *storage,
                    BtStorageFunc  func,
                    gpointer       user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, bt_storage_run_prepare, BT_ROLE_FILE, 0);

  job->is_exclusive = storage->has_parts;
  bt_bitfield_copy (&job->wanted, &storage->wanted);
  job->func = func;
  job->user_data = user_data;
  bt_storage_job_submit (job);
}

void
bt_storage_sync (BtStorage     *storage,
                 BtStorageFunc  func,
                 gpointer       user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, bt_storage_run_sync, BT_ROLE_FILE, 0);

  job->base.lane = &storage->sync_lane;
  job->func = func;
  job->user_data = user_data;
  bt_storage_job_submit (job);
}

void
bt_storage_finish_piece (BtStorage     *storage,
                         guint32        piece,
                         guint8 *const *slots,
                         gboolean       want_digests,
                         BtPieceFunc    func,
                         gpointer       user_data)
{
  guint32 n_blocks = bt_geometry_get_n_blocks (storage->geometry, piece);
  BtStorageJob *job = bt_storage_job_new (storage, bt_storage_run_finish, BT_ROLE_PIECE, n_blocks);

  /* Before checks: its slots are scarce, and others wait for the piece. */
  job->base.is_urgent = TRUE;
  job->span = (BtBlockSpan) { piece, 0, bt_geometry_get_piece_bytes (storage->geometry, piece) };
  job->base.lane = get_lane (storage, &job->span);
  memcpy (job->slots, slots, n_blocks * sizeof (guint8 *));
  job->want_digests = want_digests;
  job->piece_func = func;
  job->user_data = user_data;
  job->waits_for_spills = TRUE;
  bt_storage_job_submit (job);
}

void
bt_storage_spill (BtStorage         *storage,
                  const BtBlockSpan *span,
                  const guint8      *slot,
                  BtStorageFunc      func,
                  gpointer           user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, bt_storage_run_write, BT_ROLE_FILE, 1);

  g_assert (bt_geometry_contains (storage->geometry, span) && span->length <= BT_BLOCK_BYTES);
  job->is_spill = TRUE;
  job->span = *span;
  job->base.lane = get_lane (storage, span);
  job->slots[0] = (guint8 *) slot;
  job->func = func;
  job->user_data = user_data;
  bt_storage_job_submit (job);
}

void
bt_storage_read (BtStorage         *storage,
                 const BtBlockSpan *span,
                 guint8 *const     *slots,
                 BtStorageFunc      func,
                 gpointer           user_data)
{
  gsize n_slots = (span->length + BT_BLOCK_BYTES - 1) / BT_BLOCK_BYTES;
  BtStorageJob *job;

  g_assert (bt_geometry_contains (storage->geometry, span));
  g_assert (span->length <= BT_STORAGE_MAX_READ_BYTES);
  job = bt_storage_job_new (storage, bt_storage_run_read, BT_ROLE_FILE, n_slots);
  /* Before writes: a peer waits for it. */
  job->base.is_urgent = TRUE;
  job->span = *span;
  memcpy (job->slots, slots, n_slots * sizeof (guint8 *));
  job->func = func;
  job->user_data = user_data;
  job->waits_for_spills = TRUE;
  bt_storage_job_submit (job);
}

void
bt_storage_check_piece (BtStorage   *storage,
                        guint32      piece,
                        BtPieceFunc  func,
                        gpointer     user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, bt_storage_run_check, BT_ROLE_PIECE, 0);

  job->span = (BtBlockSpan) { piece, 0, bt_geometry_get_piece_bytes (storage->geometry, piece) };
  job->piece_func = func;
  job->user_data = user_data;
  job->waits_for_spills = TRUE;
  bt_storage_job_submit (job);
}

guint
bt_storage_get_n_pending (BtStorage *storage)
{
  return storage->n_pending;
}
