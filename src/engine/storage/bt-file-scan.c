/* bt-file-scan.c - what of a task's paths is there, before anything is changed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-task-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>

gboolean
bt_file_item_is_same (const BtFileItem   *item,
                      const struct statx *info)
{
  return S_ISREG (info->stx_mode) && info->stx_ino == item->inode &&
         makedev (info->stx_dev_major, info->stx_dev_minor) == item->device &&
         info->stx_size == item->bytes && info->stx_mtime.tv_sec == item->mtime.tv_sec &&
         info->stx_mtime.tv_nsec == item->mtime.tv_nsec;
}

static void
add_item (BtFileTask         *self,
          const char         *path,
          const struct statx *info)
{
  BtFileItem item = {
    .path = path,
    .bytes = info->stx_size,
    .allocated_bytes = info->stx_blocks * 512,
    .atime = info->stx_atime,
    .mtime = info->stx_mtime,
    .device = makedev (info->stx_dev_major, info->stx_dev_minor),
    .inode = info->stx_ino,
    .mode = info->stx_mode & 0777,
  };

  g_array_append_val (self->items, item);
  self->total_bytes += item.bytes;
  self->n_files++;
}

/* What is wrong with it; 0: nothing, it is a regular file. */
static int
look_at (BtFileTask   *self,
         const char   *path,
         struct statx *out_info)
{
  if (bt_file_look (self->ops, self->from_fd, path, out_info) < 0)
    return errno;
  return S_ISREG (out_info->stx_mode) ? 0 : ELOOP;
}

BtDiskStep
bt_file_task_scan (BtFileTask *self,
                   BtFilePhase then)
{
  if (self->from_fd < 0)
    self->from_fd = bt_file_open_root (self->from_folder, FALSE);
  if (self->from_fd < 0)
    return bt_file_task_fail_root (self, errno);

  for (guint i = 0; i < BT_FILE_TASK_STEP_FILES; i++)
    {
      const char *path = self->paths[self->next];
      gboolean is_own = self->next < self->n_own;
      struct statx info;
      int error_number;

      if (path == NULL)
        return bt_file_task_enter (self, then);
      self->next++;
      /* The same path again. */
      if (!g_hash_table_add (self->seen, g_strdup (path)))
        continue;
      error_number = look_at (self, path, &info);
      if (error_number == 0 && is_own)
        add_item (self, path, &info);
      else if (error_number != ENOENT && self->keeps_others)
        g_ptr_array_add (self->kept, (char *) path);
      else if (error_number != ENOENT)
        return bt_file_task_fail (self, N_("Could not look at “%s”: %s"), path, error_number);
    }
  return BT_STEP_AGAIN;
}
