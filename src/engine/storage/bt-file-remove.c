/* bt-file-remove.c - removes a torrent's files, or puts them into the trash, and nothing else
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-task.h"

#include "bt-file-task-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>

static BtStorageError
get_trash_code (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return BT_STORAGE_ERROR_PERMISSION;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return BT_STORAGE_ERROR_NO_SPACE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY))
    return BT_STORAGE_ERROR_READ_ONLY;
  return BT_STORAGE_ERROR_FAILED;
}

/* The trash is told a path, not a folder and a name; so the way there is looked at once more. */
static gboolean
put_into_trash (BtFileTask *self,
                BtFileItem *item,
                GError    **error)
{
  g_autofree char *path = g_build_filename (self->from_folder, item->path, NULL);
  struct statx info;

  if (bt_file_look (self->ops, self->from_fd, item->path, &info) < 0 ||
      !bt_file_item_is_same (item, &info))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("It was changed meanwhile"));
      return FALSE;
    }
  return self->ops->trash (path, error);
}

static gboolean
remove_item (BtFileTask *self,
             BtFileItem *item,
             GError    **error)
{
  if (self->use_trash)
    return put_into_trash (self, item, error);
  return bt_file_unlink (self->ops, self->from_fd, item->path, 0) == 0 || errno == ENOENT;
}

static BtDiskStep
run_remove (BtFileTask    *self,
            BtDiskScratch *scratch)
{
  guint end = bt_file_task_get_step_end (self);

  for (; self->next < end; self->next++)
    {
      BtFileItem *item = bt_file_task_get_item (self, self->next);
      g_autoptr (GError) error = NULL;
      gboolean is_removed = remove_item (self, item, &error);

      /* What becomes of the first file shows whether there is a trash. */
      if (!is_removed && self->use_trash && self->next == 0)
        return bt_file_task_fail_with (self, get_trash_code (error),
                                       _("Could not put “%s” into the trash: %s"), item->path,
                                       error->message);
      self->is_settled = TRUE;
      if (is_removed)
        self->n_done_files++;
      else
        g_ptr_array_add (self->kept, (char *) item->path);
      bt_file_task_add_bytes (self, item->bytes, FALSE);
    }
  return end < self->items->len ? BT_STEP_AGAIN : bt_file_task_enter (self, bt_file_task_run_tidy);
}

static BtDiskStep
run_scan (BtFileTask    *self,
          BtDiskScratch *scratch)
{
  return bt_file_task_scan (self, run_remove);
}

/* (transfer full): both, the first of them first. */
static char **
join_paths (const char *const *paths,
            const char *const *spared)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_addv (builder, (const char **) paths);
  if (spared != NULL)
    g_strv_builder_addv (builder, (const char **) spared);
  return g_strv_builder_end (builder);
}

BtFileTask *
bt_file_task_remove (BtDisk            *disk,
                     const char        *folder,
                     const char *const *paths,
                     const char *const *spared,
                     gboolean           use_trash,
                     BtFileTaskFunc     func,
                     gpointer           user_data)
{
  g_auto (GStrv) all = join_paths (paths, spared);
  BtFileTask *self = bt_file_task_new (folder, NULL, (const char *const *) all, func, user_data);

  self->n_own = g_strv_length ((char **) paths);
  self->use_trash = use_trash;
  self->keeps_others = TRUE;
  bt_file_task_start (self, disk, run_scan);
  return self;
}
