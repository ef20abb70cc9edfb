/* bt-file-task.c - long work on files: how it begins, goes on in steps, and ends
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-task.h"

#include "bt-file-task-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const BtFileTaskOps *task_ops = &bt_file_task_ops;

/* --- System calls --- */

static int
clone_file (int to_fd,
            int from_fd)
{
  return ioctl (to_fd, FICLONE, from_fd);
}

static gboolean
trash (const char *path,
       GError    **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  return g_file_trash (file, NULL, error);
}

static int
open_beneath (int         dir_fd,
              const char *path,
              int         flags,
              mode_t      mode)
{
  return bt_file_ops.open (dir_fd, path, flags, mode);
}

const BtFileTaskOps bt_file_task_ops = {
  .open = open_beneath,
  .statx = statx,
  .statvfs = statvfs,
  .access = faccessat,
  .mkdir = mkdirat,
  .rename = renameat2,
  .unlink = unlinkat,
  .fsync = fsync,
  .ftruncate = ftruncate,
  .fallocate = fallocate,
  .seek = lseek,
  .clone = clone_file,
  .copy_file_range = copy_file_range,
  .pread = pread,
  .pwrite = pwrite,
  .fchmod = fchmod,
  .futimens = futimens,
  .trash = trash,
};

void
bt_file_task_set_ops (const BtFileTaskOps *ops)
{
  task_ops = ops != NULL ? ops : &bt_file_task_ops;
}

/* --- Steps. Thread: worker --- */

guint
bt_file_task_get_step_end (const BtFileTask *self)
{
  return MIN (self->items->len, self->next + BT_FILE_TASK_STEP_FILES);
}

BtDiskStep
bt_file_task_run_tidy (BtFileTask    *self,
                       BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    bt_file_task_prune_above (self, self->from_fd, bt_file_task_get_item (self, self->next)->path);
  return end < self->items->len ? BT_STEP_AGAIN : BT_STEP_DONE;
}

BtDiskStep
bt_file_task_enter (BtFileTask *self,
                    BtFilePhase phase)
{
  self->phase = phase;
  self->next = 0;
  g_hash_table_remove_all (self->seen);
  return BT_STEP_AGAIN;
}

/* Takes the error, and keeps the first. */
static BtDiskStep
fail_with_error (BtFileTask *self,
                 GError     *error)
{
  BtFilePhase undo = self->undo;

  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
  bt_file_copy_close (&self->copy);
  self->undo = NULL;
  self->is_settled = TRUE;
  return undo != NULL ? bt_file_task_enter (self, undo) : BT_STEP_DONE;
}

BtDiskStep
bt_file_task_fail_with (BtFileTask    *self,
                        BtStorageError code,
                        const char    *format,
                        ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (BT_STORAGE_ERROR, code, format, args);
  va_end (args);
  return fail_with_error (self, error);
}

BtDiskStep
bt_file_task_fail (BtFileTask *self,
                   const char *format,
                   const char *path,
                   int         error_number)
{
  BtStorageError code = bt_storage_get_error_code (error_number);
  const char *reason = g_strerror (error_number);

  if (code == BT_STORAGE_ERROR_UNSAFE)
    reason = error_number == EEXIST ? _("Something of that name is there already")
                                    : _("A link, or not what belongs there, is in the way");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return bt_file_task_fail_with (self, code, _(format), path, reason);
#pragma GCC diagnostic pop
}

BtDiskStep
bt_file_task_fail_root (BtFileTask *self,
                        int         error_number)
{
  if (error_number != ENOENT && error_number != ENOTDIR)
    return bt_file_task_fail (self, N_("Could not open “%s”: %s"), self->from_folder, error_number);
  return bt_file_task_fail_with (self, BT_STORAGE_ERROR_GONE, _("The folder “%s” is not there"),
                                 self->from_folder);
}

static BtDiskStep
run_task (BtDiskJob     *job,
          BtDiskScratch *scratch)
{
  BtFileTask *self = (BtFileTask *) job;

  if (self->is_cancelled && !self->is_settled)
    return fail_with_error (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                       "Cancelled"));
  return self->phase (self, scratch);
}

BtFileItem *
bt_file_task_get_item (BtFileTask *self,
                       guint       i)
{
  return &g_array_index (self->items, BtFileItem, i);
}

void
bt_file_task_add_bytes (BtFileTask *self,
                        guint64     n_bytes,
                        gboolean    is_carried)
{
  gint64 now_us = g_get_monotonic_time ();

  self->done_bytes += n_bytes;
  if (!is_carried)
    return;
  bt_rate_add (&self->rate, n_bytes, now_us);
  self->bps = bt_rate_get_bps (&self->rate, now_us);
}

/* --- The owner's side --- */

static void
task_free (BtFileTask *self)
{
  bt_file_copy_close (&self->copy);
  if (self->from_fd >= 0)
    close (self->from_fd);
  if (self->to_fd >= 0)
    close (self->to_fd);
  g_free (self->from_folder);
  g_free (self->to_folder);
  g_strfreev (self->paths);
  g_array_unref (self->items);
  g_ptr_array_unref (self->kept);
  g_ptr_array_unref (self->made_above);
  g_ptr_array_unref (self->made_folders);
  g_hash_table_unref (self->seen);
  g_clear_error (&self->error);
  g_free (self);
}

static void
end_task (BtDiskJob *job)
{
  BtFileTask *self = (BtFileTask *) job;

  g_ptr_array_add (self->kept, NULL);
  self->func (self, self->error, (const char *const *) self->kept->pdata, self->user_data);
  task_free (self);
}

BtFileTask *
bt_file_task_new (const char        *from_folder,
                  const char        *to_folder,
                  const char *const *paths,
                  BtFileTaskFunc     func,
                  gpointer           user_data)
{
  BtFileTask *self = g_new0 (BtFileTask, 1);

  self->job.run = run_task;
  self->job.end = end_task;
  self->job.owner = self;
  self->job.role = BT_ROLE_FILE;
  self->ops = task_ops;
  self->from_folder = g_canonicalize_filename (from_folder, NULL);
  self->to_folder = to_folder != NULL ? g_canonicalize_filename (to_folder, NULL) : NULL;
  self->paths = g_strdupv ((char **) paths);
  self->n_own = g_strv_length (self->paths);
  self->items = g_array_new (FALSE, TRUE, sizeof (BtFileItem));
  self->kept = g_ptr_array_new ();
  self->made_above = g_ptr_array_new_with_free_func (g_free);
  self->made_folders = g_ptr_array_new_with_free_func (g_free);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->from_fd = -1;
  self->to_fd = -1;
  self->copy = (BtFileCopy) { .from_fd = -1, .to_fd = -1 };
  bt_rate_init (&self->rate, g_get_monotonic_time ());
  self->func = func;
  self->user_data = user_data;
  return self;
}

/* The kernel is asked to check that again (RESOLVE_BENEATH); but paths also go where it is not asked. */
static gboolean
is_safe (const char *path)
{
  gsize n_bytes = strlen (path);

  if (n_bytes == 0 || n_bytes >= PATH_MAX)
    return FALSE;
  for (;;)
    {
      gsize n_name = strcspn (path, "/");

      if (n_name == 0 || n_name > NAME_MAX || (n_name == 1 && path[0] == '.') ||
          (n_name == 2 && path[0] == '.' && path[1] == '.'))
        return FALSE;
      if (path[n_name] == '\0')
        return TRUE;
      path += n_name + 1;
    }
}

static BtDiskStep
end_at_once (BtFileTask    *self,
             BtDiskScratch *scratch)
{
  return BT_STEP_DONE;
}

void
bt_file_task_start (BtFileTask *self,
                    BtDisk     *disk,
                    BtFilePhase phase)
{
  self->phase = phase;
  for (guint i = 0; self->paths[i] != NULL && self->error == NULL; i++)
    if (!is_safe (self->paths[i]))
      {
        bt_file_task_fail_with (self, BT_STORAGE_ERROR_UNSAFE,
                                _("“%s” does not name a file beneath “%s”"), self->paths[i],
                                self->from_folder);
        self->phase = end_at_once;
      }
  bt_disk_submit (disk, &self->job);
}

void
bt_file_task_cancel (BtFileTask *self)
{
  self->is_cancelled = TRUE;
}

void
bt_file_task_get_progress (BtFileTask         *self,
                           BtFileTaskProgress *out_progress)
{
  out_progress->done_bytes = self->done_bytes;
  out_progress->total_bytes = self->total_bytes;
  out_progress->bps = self->bps;
  out_progress->n_done_files = self->n_done_files;
  out_progress->n_files = self->n_files;
}
