/* bt-file-copy.c - copies one file to another file system, holes as holes, until it is on the device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-task-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define OPEN_FLAGS  (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define MAKE_FLAGS  (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

char *
bt_file_copy_dup_path (const char *path)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  gsize max_bytes = NAME_MAX - strlen (BT_FILE_TASK_PREFIX BT_FILE_TASK_SUFFIX);
  gsize n_bytes = strlen (name);
  char mark[12] = "";

  /* A long name is cut, between characters, and told from its like by a number. */
  if (n_bytes > max_bytes)
    {
      g_snprintf (mark, sizeof mark, "~%08x", g_str_hash (name));
      n_bytes = max_bytes - strlen (mark);
      while (n_bytes > 0 && (name[n_bytes] & 0xc0) == 0x80)
        n_bytes--;
    }
  return g_strdup_printf ("%.*s" BT_FILE_TASK_PREFIX "%.*s%s" BT_FILE_TASK_SUFFIX,
                          (int) (name - path), path, (int) n_bytes, name, mark);
}

void
bt_file_copy_close (BtFileCopy *copy)
{
  if (copy->from_fd >= 0)
    close (copy->from_fd);
  if (copy->to_fd >= 0)
    close (copy->to_fd);
  *copy = (BtFileCopy) { .from_fd = -1, .to_fd = -1 };
}

/* The methods that a pair of file systems may not have. */
static gboolean
is_unsupported (int error_number)
{
  return error_number == EXDEV || error_number == EINVAL || error_number == EOPNOTSUPP ||
         error_number == ENOSYS || error_number == ENOTTY || error_number == EPERM ||
         error_number == ETXTBSY;
}

static BtDiskStep
fail_changed (BtFileTask       *self,
              const BtFileItem *item)
{
  return bt_file_task_fail_with (self, BT_STORAGE_ERROR_FAILED,
                                 _("Could not move “%s”: It was changed meanwhile"), item->path);
}

static int
look_at_open (BtFileTask   *self,
              int           fd,
              struct statx *out_info)
{
  return TEMP_FAILURE_RETRY (self->ops->statx (fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, out_info));
}

/* --- One file, in parts --- */

/* What an earlier move that was killed has left there is not whole. */
static int
make_copy (BtFileTask *self,
           BtFileItem *item)
{
  g_autofree char *path = bt_file_copy_dup_path (item->path);
  struct statx info;
  int fd;

  if (bt_file_task_make_above (self, path) < 0)
    return -1;
  fd = TEMP_FAILURE_RETRY (self->ops->open (self->to_fd, path, MAKE_FLAGS, 0600));
  if (fd < 0 && errno == EEXIST && bt_file_look (self->ops, self->to_fd, path, &info) == 0)
    {
      errno = EEXIST;
      if (S_ISREG (info.stx_mode) && bt_file_unlink (self->ops, self->to_fd, path, 0) == 0)
        fd = TEMP_FAILURE_RETRY (self->ops->open (self->to_fd, path, MAKE_FLAGS, 0600));
    }
  if (fd < 0)
    return -1;
  /* Known from now on, so that it goes again, whatever fails. */
  item->made = BT_MADE_COPY;
  self->copy.to_fd = fd;
  if (look_at_open (self, fd, &info) < 0)
    return -1;
  item->made_inode = info.stx_ino;
  return 0;
}

/* FALSE with the step when it has failed. */
static gboolean
begin_file (BtFileTask *self,
            BtFileItem *item,
            BtDiskStep *out_step)
{
  BtFileCopy *copy = &self->copy;
  struct statx info;

  copy->from_fd = TEMP_FAILURE_RETRY (self->ops->open (self->from_fd, item->path, OPEN_FLAGS, 0));
  if (copy->from_fd < 0 || look_at_open (self, copy->from_fd, &info) < 0)
    {
      *out_step = bt_file_task_fail (self, N_("Could not open “%s”: %s"), item->path, errno);
      return FALSE;
    }
  if (!bt_file_item_is_same (item, &info))
    {
      *out_step = fail_changed (self, item);
      return FALSE;
    }
  if (make_copy (self, item) < 0)
    {
      *out_step = bt_file_task_fail (self, N_("Could not make “%s”: %s"), item->path, errno);
      return FALSE;
    }
  return TRUE;
}

/* Shares the blocks. -1 with errno when it should have been possible. */
static int
clone_all (BtFileTask       *self,
           const BtFileItem *item)
{
  BtFileCopy *copy = &self->copy;

  if (self->has_no_clone || item->bytes == 0)
    return 0;
  if (self->ops->clone (copy->to_fd, copy->from_fd) == 0)
    {
      copy->offset = item->bytes;
      bt_file_task_add_bytes (self, item->bytes, FALSE);
      return 0;
    }
  if (!is_unsupported (errno))
    return -1;
  self->has_no_clone = TRUE;
  return 0;
}

/* Sets where the next data lie; the hole before them counts as copied. A file system that has no holes says EINVAL. */
static void
find_data (BtFileTask       *self,
           const BtFileItem *item)
{
  BtFileCopy *copy = &self->copy;
  off_t start = self->ops->seek (copy->from_fd, (off_t) copy->offset, SEEK_DATA);
  off_t end;

  if (start < 0)
    start = (off_t) (errno == ENXIO ? item->bytes : copy->offset);
  end = (guint64) start < item->bytes ? self->ops->seek (copy->from_fd, start, SEEK_HOLE) : start;
  if (end < 0 || (guint64) end > item->bytes)
    end = (off_t) item->bytes;
  start = MIN (start, (off_t) item->bytes);
  bt_file_task_add_bytes (self, (guint64) start - copy->offset, FALSE);
  copy->offset = (guint64) start;
  copy->data_end = MAX ((guint64) end, copy->offset);
}

/* In one stretch where that can be; a full disk is noticed now. */
static int
reserve (BtFileTask *self)
{
  BtFileCopy *copy = &self->copy;
  off_t n_bytes = (off_t) (copy->data_end - copy->offset);
  int result;

  if (n_bytes == 0)
    return 0;
  result = TEMP_FAILURE_RETRY (self->ops->fallocate (copy->to_fd, FALLOC_FL_KEEP_SIZE,
                                                     (off_t) copy->offset, n_bytes));
  return result < 0 && is_unsupported (errno) ? 0 : result;
}

static ssize_t
copy_in_kernel (BtFileTask *self,
                gsize       n_bytes)
{
  off_t from_offset = (off_t) self->copy.offset;
  off_t to_offset = from_offset;

  return TEMP_FAILURE_RETRY (self->ops->copy_file_range (self->copy.from_fd, &from_offset,
                                                         self->copy.to_fd, &to_offset, n_bytes, 0));
}

static ssize_t
copy_by_hand (BtFileTask    *self,
              BtDiskScratch *scratch,
              gsize          n_bytes)
{
  gsize max_bytes = MIN (n_bytes, BT_DISK_SCRATCH_BLOCKS * BT_BLOCK_BYTES);
  off_t offset = (off_t) self->copy.offset;
  ssize_t n_read = TEMP_FAILURE_RETRY (self->ops->pread (self->copy.from_fd, scratch->buffer,
                                                         max_bytes, offset));
  ssize_t n_done = 0;

  while (n_done < n_read)
    {
      ssize_t n = TEMP_FAILURE_RETRY (self->ops->pwrite (self->copy.to_fd, scratch->buffer + n_done,
                                                         (size_t) (n_read - n_done),
                                                         offset + n_done));

      if (n == 0)
        errno = EIO;
      if (n <= 0)
        return -1;
      n_done += n;
    }
  return n_read;
}

/* How many bytes went over; 0: there are none. */
static ssize_t
copy_some (BtFileTask    *self,
           BtDiskScratch *scratch,
           gsize          n_bytes)
{
  ssize_t n_copied;

  if (!self->has_no_range)
    {
      n_copied = copy_in_kernel (self, n_bytes);
      if (n_copied > 0 || (n_copied < 0 && !is_unsupported (errno)))
        return n_copied;
      /* Some file systems answer 0 to whatever is asked. */
      self->has_no_range = TRUE;
    }
  return copy_by_hand (self, scratch, n_bytes);
}

/* Up to a step's worth. FALSE with the step when it has failed. */
static gboolean
copy_part (BtFileTask       *self,
           const BtFileItem *item,
           BtDiskScratch    *scratch,
           BtDiskStep       *out_step)
{
  BtFileCopy *copy = &self->copy;
  guint64 rest_bytes = BT_FILE_TASK_STEP_BYTES;
  ssize_t n_bytes = 1;

  while (copy->offset < copy->data_end && rest_bytes > 0 && n_bytes > 0)
    {
      n_bytes = copy_some (self, scratch, MIN (rest_bytes, copy->data_end - copy->offset));
      if (n_bytes <= 0)
        break;
      copy->offset += (guint64) n_bytes;
      copy->n_unsynced_bytes += (guint64) n_bytes;
      rest_bytes -= MIN (rest_bytes, (guint64) n_bytes);
      self->job.n_read_bytes += (guint64) n_bytes;
      self->job.n_written_bytes += (guint64) n_bytes;
      bt_file_task_add_bytes (self, (guint64) n_bytes, TRUE);
    }
  if (n_bytes == 0)
    {
      *out_step = fail_changed (self, item);
      return FALSE;
    }
  /* Otherwise the last fsync would hold its worker for minutes, and everybody else's behind it. */
  if (n_bytes > 0 && copy->n_unsynced_bytes >= BT_FILE_TASK_SYNC_BYTES)
    {
      copy->n_unsynced_bytes = 0;
      n_bytes = bt_file_sync (self->ops, copy->to_fd);
    }
  if (n_bytes < 0)
    {
      *out_step = bt_file_task_fail (self, N_("Could not copy “%s”: %s"), item->path, errno);
      return FALSE;
    }
  return TRUE;
}

/* File systems without modes or such times refuse them; that is no reason not to move there. */
static int
keep_attributes (BtFileTask       *self,
                 const BtFileItem *item)
{
  struct timespec times[2] = {
    { .tv_sec = item->atime.tv_sec, .tv_nsec = item->atime.tv_nsec },
    { .tv_sec = item->mtime.tv_sec, .tv_nsec = item->mtime.tv_nsec },
  };

  if (self->ops->fchmod (self->copy.to_fd, item->mode) < 0 && !is_unsupported (errno))
    return -1;
  if (self->ops->futimens (self->copy.to_fd, times) < 0 && !is_unsupported (errno))
    return -1;
  return 0;
}

static BtDiskStep
finish_file (BtFileTask       *self,
             const BtFileItem *item)
{
  BtFileCopy *copy = &self->copy;
  struct statx from;
  struct statx to;

  /* A hole at the end has not been written. */
  if (TEMP_FAILURE_RETRY (self->ops->ftruncate (copy->to_fd, (off_t) item->bytes)) < 0 ||
      keep_attributes (self, item) < 0 ||
      bt_file_sync (self->ops, copy->to_fd) < 0 ||
      look_at_open (self, copy->from_fd, &from) < 0 ||
      look_at_open (self, copy->to_fd, &to) < 0)
    return bt_file_task_fail (self, N_("Could not copy “%s”: %s"), item->path, errno);
  if (!bt_file_item_is_same (item, &from))
    return fail_changed (self, item);
  if (to.stx_size != item->bytes)
    return bt_file_task_fail_with (self, BT_STORAGE_ERROR_FAILED,
                                   _("Could not copy “%s”: The copy has another length"),
                                   item->path);
  bt_file_copy_close (copy);
  self->n_done_files++;
  self->next++;
  return BT_STEP_AGAIN;
}

BtDiskStep
bt_file_copy_step (BtFileTask    *self,
                   BtDiskScratch *scratch,
                   BtFilePhase    then)
{
  BtFileCopy *copy = &self->copy;
  BtFileItem *item;
  BtDiskStep step = BT_STEP_AGAIN;

  if (self->next == self->items->len)
    return bt_file_task_enter (self, then);
  item = bt_file_task_get_item (self, self->next);
  if (copy->from_fd < 0)
    {
      if (!begin_file (self, item, &step))
        return step;
      if (clone_all (self, item) < 0)
        return bt_file_task_fail (self, N_("Could not copy “%s”: %s"), item->path, errno);
    }
  if (copy->offset == copy->data_end && copy->offset < item->bytes)
    {
      find_data (self, item);
      if (reserve (self) < 0)
        return bt_file_task_fail (self,
                                  N_("Could not reserve room for “%s”: %s"), item->path, errno);
    }
  if (!copy_part (self, item, scratch, &step))
    return step;
  if (copy->offset < item->bytes)
    return BT_STEP_AGAIN;
  return finish_file (self, item);
}
