/* bt-file-move.c - moves files to another folder: all of them, or none
 *
 * Within a file system: judge, rename, sync, tidy; a failure renames back. Otherwise: judge, copy all under other
 * names, name, sync, and only then remove the sources, tidy; a failure before that removes what was made.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-task.h"

#include "bt-file-task-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static gboolean
is_missing (int error_number)
{
  return error_number == ENOENT;
}

/* --- Once the files are where they should be --- */

static BtDiskStep
run_remove_sources (BtFileTask    *self,
                    BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      BtFileItem *item = bt_file_task_get_item (self, self->next);
      int result = bt_file_unlink (self->ops, self->from_fd, item->path, 0);

      /* While all are still there, it can be undone. Later, what stays behind is a copy too many. */
      if (result < 0 && !self->is_settled && !is_missing (errno))
        return bt_file_task_fail (self, N_("Could not remove “%s”: %s"), item->path, errno);
      self->is_settled = TRUE;
      self->undo = NULL;
    }
  return end < self->items->len ? BT_STEP_AGAIN : bt_file_task_enter (self, bt_file_task_run_tidy);
}

/* The last look before it cannot be undone. */
static BtDiskStep
run_compare_sources (BtFileTask    *self,
                     BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      BtFileItem *item = bt_file_task_get_item (self, self->next);
      struct statx info;

      if (bt_file_look (self->ops, self->from_fd, item->path, &info) < 0)
        return bt_file_task_fail (self, N_("Could not look at “%s”: %s"), item->path, errno);
      if (!bt_file_item_is_same (item, &info))
        return bt_file_task_fail_with (self, BT_STORAGE_ERROR_FAILED,
                                       _("Could not move “%s”: It was changed meanwhile"),
                                       item->path);
    }
  return end < self->items->len ? BT_STEP_AGAIN : bt_file_task_enter (self, run_remove_sources);
}

static BtDiskStep
run_sync (BtFileTask    *self,
          BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      const char *path = bt_file_task_get_item (self, self->next)->path;

      if (bt_file_task_sync_above (self, self->to_fd, path) < 0)
        return bt_file_task_fail (self, N_("Could not sync the folder of “%s”: %s"), path, errno);
    }
  if (end < self->items->len)
    return BT_STEP_AGAIN;
  if (bt_file_task_sync_made (self) < 0)
    return bt_file_task_fail (self, N_("Could not sync “%s”: %s"), self->to_folder, errno);
  if (self->is_by_copy)
    return bt_file_task_enter (self, run_compare_sources);
  self->is_settled = TRUE;
  self->undo = NULL;
  return bt_file_task_enter (self, bt_file_task_run_tidy);
}

/* --- Undoing --- */

/* -1 when it should have gone. What is not ours any more is left alone. */
static int
remove_made (BtFileTask *self,
             BtFileItem *item)
{
  g_autofree char *path = item->made == BT_MADE_FILE ? g_strdup (item->path)
                                                     : bt_file_copy_dup_path (item->path);
  struct statx info;

  if (bt_file_look (self->ops, self->to_fd, path, &info) < 0)
    return is_missing (errno) ? 0 : -1;
  if (item->made_inode != 0 && info.stx_ino != item->made_inode)
    return 0;
  return bt_file_unlink (self->ops, self->to_fd, path, 0);
}

static int
undo_item (BtFileTask *self,
           BtFileItem *item)
{
  if (item->made == BT_MADE_NOTHING)
    return 0;
  if (self->is_by_copy)
    return remove_made (self, item);
  return bt_file_rename (self->ops, self->to_fd, item->path, self->from_fd, item->path);
}

static BtDiskStep
run_undo (BtFileTask    *self,
          BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      BtFileItem *item = bt_file_task_get_item (self, self->next);

      if (undo_item (self, item) < 0)
        g_prefix_error (&self->error, _("“%s” is left in “%s”: "), item->path, self->to_folder);
      else
        item->made = BT_MADE_NOTHING;
    }
  if (end < self->items->len)
    return BT_STEP_AGAIN;
  bt_file_task_unmake (self);
  return BT_STEP_DONE;
}

/* --- By copying --- */

static gboolean
is_own_copy (BtFileTask *self,
             BtFileItem *item,
             const char *path)
{
  struct statx info;

  if (bt_file_look (self->ops, self->to_fd, path, &info) < 0)
    return FALSE;
  errno = EEXIST;
  return info.stx_ino == item->made_inode;
}

/* All copies get their names. */
static BtDiskStep
run_name (BtFileTask    *self,
          BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      BtFileItem *item = bt_file_task_get_item (self, self->next);
      g_autofree char *path = bt_file_copy_dup_path (item->path);

      if (!is_own_copy (self, item, path) ||
          bt_file_rename (self->ops, self->to_fd, path, self->to_fd, item->path) < 0)
        return bt_file_task_fail (self, N_("Could not name “%s”: %s"), item->path, errno);
      item->made = BT_MADE_FILE;
    }
  return end < self->items->len ? BT_STEP_AGAIN : bt_file_task_enter (self, run_sync);
}

static BtDiskStep
run_copy (BtFileTask    *self,
          BtDiskScratch *scratch)
{
  return bt_file_copy_step (self, scratch, run_name);
}

static BtDiskStep
enter_copy (BtFileTask *self)
{
  if (bt_file_task_make_root (self) < 0)
    return bt_file_task_fail (self, N_("Could not make “%s”: %s"), self->to_folder, errno);
  return bt_file_task_enter (self, run_copy);
}

/* The nearest folder that is there tells how much room there will be. */
static int
look_at_room (BtFileTask     *self,
              struct statvfs *out_info)
{
  g_autofree char *path = g_strdup (self->to_folder);

  while (TEMP_FAILURE_RETRY (self->ops->statvfs (path, out_info)) < 0)
    {
      char *above;

      if (errno != ENOENT || strcmp (path, "/") == 0)
        return -1;
      above = g_path_get_dirname (path);
      g_free (path);
      path = above;
    }
  return 0;
}

static guint64
get_needed_bytes (const BtFileItem *item)
{
  /* Some file systems do not say how much is allocated. */
  gboolean is_sparse = item->allocated_bytes > 0 && item->allocated_bytes < item->bytes;
  guint64 n_bytes = is_sparse ? item->allocated_bytes : item->bytes;

  return (n_bytes + 4095) / 4096 * 4096;
}

/* Can the files be removed here, once they are there? Better known before than after an hour of copying. */
static BtDiskStep
run_check_sources (BtFileTask    *self,
                   BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      const char *path = bt_file_task_get_item (self, self->next)->path;
      const char *name = NULL;
      int fd = bt_file_open_above (self->ops, self->from_fd, path, &name);
      int error_number = 0;

      if (fd < 0 || self->ops->access (fd, ".", W_OK | X_OK, 0) < 0)
        error_number = errno;
      if (fd >= 0)
        close (fd);
      if (error_number != 0)
        return bt_file_task_fail (self, N_("Could not move away “%s”: %s"), path, error_number);
    }
  return end < self->items->len ? BT_STEP_AGAIN : enter_copy (self);
}

static BtDiskStep
enter_by_copy (BtFileTask *self)
{
  guint64 n_bytes = BT_FILE_TASK_ROOM_BYTES;
  struct statvfs info;

  self->is_by_copy = TRUE;
  self->undo = run_undo;
  for (guint i = 0; i < self->items->len; i++)
    n_bytes += get_needed_bytes (bt_file_task_get_item (self, i));
  if (look_at_room (self, &info) < 0)
    return bt_file_task_fail (self, N_("Could not look at “%s”: %s"), self->to_folder, errno);
  if ((guint64) info.f_bavail * info.f_frsize < n_bytes)
    {
      g_autofree char *needed = g_format_size (n_bytes);
      g_autofree char *there = g_format_size ((guint64) info.f_bavail * info.f_frsize);

      return bt_file_task_fail_with (self, BT_STORAGE_ERROR_NO_SPACE,
                                     _("“%s” has not enough room: %s is free, %s is needed"),
                                     self->to_folder, there, needed);
    }
  return bt_file_task_enter (self, run_check_sources);
}

/* --- By renaming --- */

/* Two mounts of one file system: the numbers said yes, the kernel says no. All goes back, then is copied. */
static BtDiskStep
run_rename_back (BtFileTask    *self,
                 BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      BtFileItem *item = bt_file_task_get_item (self, self->next);

      if (item->made == BT_MADE_NOTHING)
        continue;
      if (undo_item (self, item) < 0)
        return bt_file_task_fail (self, N_("Could not move back “%s”: %s"), item->path, errno);
      item->made = BT_MADE_NOTHING;
    }
  if (end < self->items->len)
    return BT_STEP_AGAIN;
  self->done_bytes = 0;
  self->n_done_files = 0;
  return enter_by_copy (self);
}

static BtDiskStep
run_rename (BtFileTask    *self,
            BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      BtFileItem *item = bt_file_task_get_item (self, self->next);
      int result = bt_file_task_make_above (self, item->path);

      if (result == 0)
        {
          result = bt_file_rename (self->ops, self->from_fd, item->path, self->to_fd, item->path);
          if (result < 0 && errno == EXDEV)
            return bt_file_task_enter (self, run_rename_back);
        }
      if (result < 0)
        return bt_file_task_fail (self, N_("Could not move “%s”: %s"), item->path, errno);
      item->made = BT_MADE_FILE;
      self->n_done_files++;
      bt_file_task_add_bytes (self, item->bytes, FALSE);
    }
  return end < self->items->len ? BT_STEP_AGAIN : bt_file_task_enter (self, run_sync);
}

/* --- Judging --- */

static BtDiskStep
enter_work (BtFileTask   *self,
            struct statx *to_info)
{
  guint64 device = makedev (to_info->stx_dev_major, to_info->stx_dev_minor);
  gboolean is_same = TRUE;

  for (guint i = 0; i < self->items->len && is_same; i++)
    is_same = bt_file_task_get_item (self, i)->device == device;
  if (!is_same)
    return enter_by_copy (self);
  self->undo = run_undo;
  if (bt_file_task_make_root (self) < 0)
    return bt_file_task_fail (self, N_("Could not make “%s”: %s"), self->to_folder, errno);
  return bt_file_task_enter (self, run_rename);
}

/* The target folder, or the nearest one above it that is there. */
static int
look_at_target (BtFileTask   *self,
                struct statx *out_info)
{
  g_autofree char *path = g_strdup (self->to_folder);

  while (self->ops->statx (AT_FDCWD, path, 0, STATX_BASIC_STATS, out_info) < 0)
    {
      char *above;

      if (errno != ENOENT || strcmp (path, "/") == 0)
        return -1;
      above = g_path_get_dirname (path);
      g_free (path);
      path = above;
    }
  return 0;
}

/* Is there anything where a file should go? */
static BtDiskStep
run_collide (BtFileTask    *self,
             BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);
  struct statx info;

  for (; self->to_fd >= 0 && self->next < end; self->next++)
    {
      const char *path = bt_file_task_get_item (self, self->next)->path;

      if (bt_file_look (self->ops, self->to_fd, path, &info) == 0)
        return bt_file_task_fail (self, N_("Could not move “%s”: %s"), path, EEXIST);
      if (!is_missing (errno))
        return bt_file_task_fail (self, N_("Could not move “%s”: %s"), path, errno);
    }
  if (self->to_fd >= 0 && end < self->items->len)
    return BT_STEP_AGAIN;
  if (look_at_target (self, &info) < 0)
    return bt_file_task_fail (self, N_("Could not look at “%s”: %s"), self->to_folder, errno);
  return enter_work (self, &info);
}

static gboolean
is_same_folder (BtFileTask *self)
{
  struct stat from;
  struct stat to;

  return fstat (self->from_fd, &from) == 0 && fstat (self->to_fd, &to) == 0 &&
         from.st_dev == to.st_dev && from.st_ino == to.st_ino;
}

static BtDiskStep
run_open_target (BtFileTask    *self,
                 BtDiskScratch *scratch)
{
  if (self->items->len == 0)
    return BT_STEP_DONE;
  self->to_fd = bt_file_open_root (self->to_folder, FALSE);
  if (self->to_fd < 0 && !is_missing (errno))
    return bt_file_task_fail (self, N_("Could not open “%s”: %s"), self->to_folder, errno);
  if (self->to_fd >= 0 && is_same_folder (self))
    return BT_STEP_DONE;
  return bt_file_task_enter (self, run_collide);
}

static BtDiskStep
run_scan (BtFileTask    *self,
          BtDiskScratch *scratch)
{
  return bt_file_task_scan (self, run_open_target);
}

BtFileTask *
bt_file_task_move (BtDisk            *disk,
                   const char        *from_folder,
                   const char        *to_folder,
                   const char *const *paths,
                   BtFileTaskFunc     func,
                   gpointer           user_data)
{
  BtFileTask *self = bt_file_task_new (from_folder, to_folder, paths, func, user_data);

  bt_file_task_start (self, disk, run_scan);
  return self;
}
