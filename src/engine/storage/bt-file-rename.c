/* bt-file-rename.c - gives a file or a folder another path in the same folder
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

static gboolean
is_beneath (const char *path,
            const char *folder)
{
  gsize n_bytes = strlen (folder);

  return strncmp (path, folder, n_bytes) == 0 && path[n_bytes] == '/';
}

static BtDiskStep
run_undo (BtFileTask    *self,
          BtDiskScratch *scratch)
{
  const char *from_path = self->paths[0];
  const char *to_path = self->paths[1];

  if (self->n_done_files > 0 &&
      bt_file_rename (self->ops, self->to_fd, to_path, self->from_fd, from_path) < 0)
    g_prefix_error (&self->error, _("“%s” is now “%s”: "), from_path, to_path);
  bt_file_task_unmake (self);
  return BT_STEP_DONE;
}

static BtDiskStep
rename_path (BtFileTask *self,
             const char *from_path,
             const char *to_path)
{
  self->undo = run_undo;
  if (bt_file_task_make_above (self, to_path) < 0)
    return bt_file_task_fail (self, N_("Could not make the folder of “%s”: %s"), to_path, errno);
  if (bt_file_rename (self->ops, self->from_fd, from_path, self->to_fd, to_path) < 0)
    return bt_file_task_fail (self, N_("Could not rename “%s”: %s"), from_path, errno);
  self->n_done_files = 1;

  g_hash_table_remove_all (self->seen);
  if (bt_file_task_sync_above (self, self->to_fd, to_path) < 0 ||
      bt_file_task_sync_above (self, self->from_fd, from_path) < 0)
    return bt_file_task_fail (self, N_("Could not sync the folder of “%s”: %s"), to_path, errno);
  bt_file_task_prune_above (self, self->from_fd, from_path);
  return BT_STEP_DONE;
}

static BtDiskStep
run_rename (BtFileTask    *self,
            BtDiskScratch *scratch)
{
  const char *from_path = self->paths[0];
  const char *to_path = self->paths[1];
  struct statx info;

  self->from_fd = bt_file_open_root (self->from_folder, FALSE);
  self->to_fd = bt_file_open_root (self->from_folder, FALSE);
  if (self->from_fd < 0 || self->to_fd < 0)
    return bt_file_task_fail_root (self, errno);
  if (bt_file_look (self->ops, self->from_fd, from_path, &info) < 0)
    return errno == ENOENT ? BT_STEP_DONE
                           : bt_file_task_fail (self, N_("Could not rename “%s”: %s"), from_path,
                                                errno);
  if (!S_ISREG (info.stx_mode) && !S_ISDIR (info.stx_mode))
    return bt_file_task_fail (self, N_("Could not rename “%s”: %s"), from_path, ELOOP);
  if (strcmp (from_path, to_path) == 0)
    return BT_STEP_DONE;
  if (is_beneath (to_path, from_path))
    return bt_file_task_fail_with (self, BT_STORAGE_ERROR_UNSAFE,
                                   _("Could not rename “%s” to “%s”: It would be within itself"),
                                   from_path, to_path);
  if (bt_file_look (self->ops, self->to_fd, to_path, &info) == 0)
    return bt_file_task_fail (self, N_("Could not rename to “%s”: %s"), to_path, EEXIST);
  if (errno != ENOENT)
    return bt_file_task_fail (self, N_("Could not rename to “%s”: %s"), to_path, errno);
  return rename_path (self, from_path, to_path);
}

BtFileTask *
bt_file_task_rename (BtDisk         *disk,
                     const char     *folder,
                     const char     *from_path,
                     const char     *to_path,
                     BtFileTaskFunc  func,
                     gpointer        user_data)
{
  const char *const paths[] = { from_path, to_path, NULL };
  BtFileTask *self = bt_file_task_new (folder, NULL, paths, func, user_data);

  self->n_files = 1;
  bt_file_task_start (self, disk, run_rename);
  return self;
}
