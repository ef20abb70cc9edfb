/* bt-storage-io.c - moves stretches of a torrent between memory and the files they lie in
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

void
bt_file_ranges_init (BtFileRanges    *ranges,
                     const BtStorage *storage,
                     guint64          offset,
                     guint64          length)
{
  ranges->storage = storage;
  ranges->offset = ranges->start = offset;
  ranges->end = offset + length;
  ranges->file = bt_metainfo_find_file (storage->metainfo, offset);
}

gboolean
bt_file_ranges_next (BtFileRanges *ranges,
                     BtFileRange  *out_range)
{
  const BtStorage *storage = ranges->storage;
  const BtFile *file;

  if (ranges->offset >= ranges->end)
    return FALSE;
  while (ranges->file < storage->n_files && storage->files[ranges->file].length == 0)
    ranges->file++;
  g_assert (ranges->file < storage->n_files);

  file = &storage->files[ranges->file];
  out_range->file = ranges->file++;
  out_range->file_offset = ranges->offset - file->offset;
  out_range->skip = (guint32) (ranges->offset - ranges->start);
  out_range->length = (guint32) MIN (ranges->end - ranges->offset,
                                     file->length - out_range->file_offset);
  ranges->offset += out_range->length;
  return TRUE;
}

void
bt_storage_mark (guint   *bits,
                 guint32  file)
{
  g_atomic_int_or (&bits[file / 32], 1u << file % 32);
}

gboolean
bt_storage_unmark (guint   *bits,
                   guint32  file)
{
  guint bit = 1u << file % 32;

  return (g_atomic_int_and (&bits[file / 32], ~bit) & bit) != 0;
}

/* Fills `iovecs` with the memory of `length` bytes from `skip` on, as far as BT_DISK_MAX_IOVECS and the first missing
 * slot allow; slots that lie side by side share one. Returns how many bytes that are. */
static guint32
fill_iovecs (const BtStretch *stretch,
             guint32          skip,
             guint32          length,
             struct iovec    *iovecs,
             int             *out_n_iovecs)
{
  guint32 done = 0;
  int n_iovecs = 0;

  while (done < length)
    {
      guint32 at = skip + done;
      guint8 *slot = stretch->slots[at / BT_BLOCK_BYTES];
      guint32 n_bytes = MIN (length - done, BT_BLOCK_BYTES - at % BT_BLOCK_BYTES);
      struct iovec *last = n_iovecs > 0 ? &iovecs[n_iovecs - 1] : NULL;

      if (slot == NULL)
        break;
      slot += at % BT_BLOCK_BYTES;
      if (last != NULL && (guint8 *) last->iov_base + last->iov_len == slot)
        last->iov_len += n_bytes;
      else if (n_iovecs < BT_DISK_MAX_IOVECS)
        iovecs[n_iovecs++] = (struct iovec) { slot, n_bytes };
      else
        break;
      done += n_bytes;
    }

  *out_n_iovecs = n_iovecs;
  return done;
}

static void
fill_zeros (const BtStretch *stretch,
            guint32          skip,
            guint32          length)
{
  guint32 n_bytes;

  for (guint32 done = 0; done < length; done += n_bytes)
    {
      guint32 at = skip + done;

      n_bytes = MIN (length - done, BT_BLOCK_BYTES - at % BT_BLOCK_BYTES);
      memset (stretch->slots[at / BT_BLOCK_BYTES] + at % BT_BLOCK_BYTES, 0, n_bytes);
    }
}

static gboolean
read_range (BtStorageJob      *job,
            BtDiskScratch     *scratch,
            const BtStretch   *stretch,
            const BtFileRange *range)
{
  const BtFileOps *ops = bt_file_pool_get_ops (job->storage->pool);
  BtStorageTarget target;
  gboolean is_good = TRUE;
  gboolean is_at_end;
  guint32 done = 0;

  if (!bt_storage_open_target (job, range->file, FALSE, &target))
    return FALSE;
  is_at_end = target.fd < 0;
  while (is_good && !is_at_end && done < range->length)
    {
      int n_iovecs = 0;
      ssize_t n_bytes;

      fill_iovecs (stretch, range->skip + done, range->length - done, scratch->iovecs, &n_iovecs);
      n_bytes = ops->preadv (target.fd, scratch->iovecs, n_iovecs,
                             (off_t) (target.offset + range->file_offset + done));
      if (n_bytes > 0)
        done += (guint32) n_bytes;
      else if (n_bytes == 0)
        is_at_end = TRUE;
      else if (errno != EINTR)
        is_good = bt_storage_job_fail (job, BT_VERB_READ, target.path, errno);
    }
  /* The parts are sparse: what was never written is nothing wrong, the hash will tell. */
  if (is_at_end && target.is_parts)
    fill_zeros (stretch, range->skip + done, range->length - done);
  else if (is_at_end)
    is_good = bt_storage_job_fail_short (job, target.path);

  bt_storage_close_target (job, &target);
  job->base.n_read_bytes += done;
  return is_good;
}

gboolean
bt_storage_read_stretch (BtStorageJob    *job,
                         BtDiskScratch   *scratch,
                         const BtStretch *stretch)
{
  BtFileRanges ranges;
  BtFileRange range;

  bt_file_ranges_init (&ranges, job->storage, stretch->offset, stretch->length);
  while (bt_file_ranges_next (&ranges, &range))
    {
      if ((job->storage->files[range.file].flags & BT_FILE_PAD) != 0)
        fill_zeros (stretch, range.skip, range.length);
      else if (!read_range (job, scratch, stretch, &range))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_range (BtStorageJob      *job,
             BtDiskScratch     *scratch,
             const BtStretch   *stretch,
             const BtFileRange *range)
{
  BtStorage *storage = job->storage;
  const BtFileOps *ops = bt_file_pool_get_ops (storage->pool);
  BtStorageTarget target = { .fd = -1 };
  gboolean is_good = TRUE;
  guint32 done = 0;

  while (is_good && done < range->length)
    {
      guint32 at = range->skip + done;
      int n_iovecs = 0;
      ssize_t n_bytes;

      if (fill_iovecs (stretch, at, range->length - done, scratch->iovecs, &n_iovecs) == 0)
        {
          done += MIN (range->length - done, BT_BLOCK_BYTES - at % BT_BLOCK_BYTES);
          continue;
        }
      if (target.fd < 0 && !bt_storage_open_target (job, range->file, TRUE, &target))
        return FALSE;
      n_bytes = ops->pwritev (target.fd, scratch->iovecs, n_iovecs,
                              (off_t) (target.offset + range->file_offset + done));
      if (n_bytes > 0)
        {
          done += (guint32) n_bytes;
          job->base.n_written_bytes += (guint64) n_bytes;
        }
      else if (n_bytes == 0)
        is_good = bt_storage_job_fail (job, BT_VERB_WRITE, target.path, EIO);
      else if (errno != EINTR)
        is_good = bt_storage_job_fail (job, BT_VERB_WRITE, target.path, errno);
    }

  /* After writing: a sync that comes in between would else forget us. */
  if (target.is_parts)
    g_atomic_int_set (&storage->parts_are_changed, TRUE);
  else if (target.fd >= 0)
    bt_storage_mark (storage->changed, range->file);
  bt_storage_close_target (job, &target);
  return is_good;
}

gboolean
bt_storage_write_stretch (BtStorageJob    *job,
                          BtDiskScratch   *scratch,
                          const BtStretch *stretch)
{
  BtFileRanges ranges;
  BtFileRange range;

  bt_file_ranges_init (&ranges, job->storage, stretch->offset, stretch->length);
  while (bt_file_ranges_next (&ranges, &range))
    if ((job->storage->files[range.file].flags & BT_FILE_PAD) == 0 &&
        !write_range (job, scratch, stretch, &range))
      return FALSE;
  return TRUE;
}

void
bt_storage_advise (BtStorageJob *job,
                   guint64       offset,
                   guint64       length)
{
  BtStorage *storage = job->storage;
  BtFileRanges ranges;
  BtFileRange range;

  bt_file_ranges_init (&ranges, storage, offset, length);
  while (bt_file_ranges_next (&ranges, &range))
    {
      BtOpenFile *open_file = NULL;

      if ((storage->files[range.file].flags & BT_FILE_PAD) == 0)
        open_file = bt_storage_acquire (storage, range.file, FALSE, FALSE);
      /* Only a hint: whatever is wrong shows when reading. */
      if (open_file == NULL)
        continue;
      posix_fadvise (bt_open_file_get_fd (open_file), (off_t) range.file_offset, range.length,
                     POSIX_FADV_WILLNEED);
      bt_file_pool_release (storage->pool, open_file);
    }
}

static BtStretch
get_stretch (BtStorageJob *job)
{
  guint64 offset = bt_geometry_get_offset (job->storage->geometry, job->span.piece);

  return (BtStretch) { job->slots, offset + job->span.begin, job->span.length };
}

BtDiskStep
bt_storage_run_read (BtDiskJob     *job,
                     BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  BtStretch stretch = get_stretch (self);

  bt_storage_job_begin (self);
  if (!bt_storage_read_stretch (self, scratch, &stretch))
    return bt_storage_job_get_step (self);
  return BT_STEP_DONE;
}

/* Of one block that was spilled, or the second half of finishing a piece. */
BtDiskStep
bt_storage_run_write (BtDiskJob     *job,
                      BtDiskScratch *scratch)
{
  BtStorageJob *self = (BtStorageJob *) job;
  BtStretch stretch = get_stretch (self);

  bt_storage_job_begin (self);
  if (!bt_storage_write_stretch (self, scratch, &stretch))
    return bt_storage_job_get_step (self);
  self->verdict = BT_PIECE_GOOD;
  return BT_STEP_DONE;
}

/* The owner's thread. */
static gboolean
try_read_range (BtStorage         *storage,
                const BtStretch   *stretch,
                const BtFileRange *range)
{
  BtFilePlace place = bt_storage_get_place (storage, range->file);
  struct iovec iovecs[BT_STORAGE_MAX_READ_BYTES / BT_BLOCK_BYTES + 1];
  BtOpenFile *open_file;
  int n_iovecs = 0;
  ssize_t n_bytes;

  open_file = bt_file_pool_try_acquire (storage->pool, &place);
  if (open_file == NULL)
    return FALSE;
  fill_iovecs (stretch, range->skip, range->length, iovecs, &n_iovecs);
  n_bytes = preadv2 (bt_open_file_get_fd (open_file), iovecs, n_iovecs,
                     (off_t) range->file_offset, RWF_NOWAIT);
  if (n_bytes < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))
    storage->has_no_nowait = TRUE;
  bt_file_pool_release (storage->pool, open_file);
  return n_bytes == (ssize_t) range->length;
}

gboolean
bt_storage_try_read (BtStorage         *storage,
                     const BtBlockSpan *span,
                     guint8 *const     *slots)
{
  BtStretch stretch = { .slots = slots, .length = span->length };
  BtFileRanges ranges;
  BtFileRange range;

  if (storage->has_no_nowait || storage->is_fenced || storage->waiting.length > 0 ||
      !bt_geometry_contains (storage->geometry, span) ||
      span->length > BT_STORAGE_MAX_READ_BYTES ||
      (storage->spilling != NULL &&
       g_hash_table_contains (storage->spilling, GUINT_TO_POINTER (span->piece))))
    return FALSE;

  stretch.offset = bt_geometry_get_offset (storage->geometry, span->piece) + span->begin;
  bt_file_ranges_init (&ranges, storage, stretch.offset, stretch.length);
  while (bt_file_ranges_next (&ranges, &range))
    {
      if ((storage->files[range.file].flags & BT_FILE_PAD) != 0)
        fill_zeros (&stretch, range.skip, range.length);
      else if (!try_read_range (storage, &stretch, &range))
        return FALSE;
    }
  bt_disk_count_read (storage->disk, span->length);
  return TRUE;
}
