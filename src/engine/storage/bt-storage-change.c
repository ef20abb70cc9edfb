/* bt-storage-change.c - what needs the files for itself: renaming them, and giving them to others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <errno.h>

static BtStorageJob *
exclusive_job_new (BtStorage     *storage,
                   BtDiskStep   (*run) (BtDiskJob     *job,
                                        BtDiskScratch *scratch),
                   BtStorageFunc  func,
                   gpointer       user_data)
{
  BtStorageJob *job = bt_storage_job_new (storage, run, BT_ROLE_FILE, 0);

  job->is_exclusive = TRUE;
  job->func = func;
  job->user_data = user_data;
  return job;
}

static BtDiskStep
run_not_yet (BtDiskJob     *job,
             BtDiskScratch *scratch)
{
  bt_storage_job_fail ((BtStorageJob *) job, BT_VERB_RENAME, NULL, ENOSYS);
  return BT_STEP_DONE;
}

void
bt_storage_complete_file (BtStorage     *storage,
                          guint32        file,
                          BtStorageFunc  func,
                          gpointer       user_data)
{
  bt_storage_job_submit (exclusive_job_new (storage, run_not_yet, func, user_data));
}

void
bt_storage_rename_file (BtStorage     *storage,
                        guint32        file,
                        const char    *path,
                        BtStorageFunc  func,
                        gpointer       user_data)
{
  bt_storage_job_submit (exclusive_job_new (storage, run_not_yet, func, user_data));
}

void
bt_storage_change_wanted (BtStorage        *storage,
                          const BtBitfield *wanted,
                          BtStorageFunc     func,
                          gpointer          user_data)
{
  bt_storage_job_submit (exclusive_job_new (storage, run_not_yet, func, user_data));
}

/* --- Giving the files to others --- */

BtDiskStep
bt_storage_run_hold (BtDiskJob     *job,
                     BtDiskScratch *scratch)
{
  BtStorage *storage = ((BtStorageJob *) job)->storage;

  bt_file_pool_close_owner (storage->pool, storage);
  return BT_STEP_DONE;
}

void
bt_storage_hold (BtStorage     *storage,
                 BtStorageFunc  func,
                 gpointer       user_data)
{
  bt_storage_job_submit (exclusive_job_new (storage, bt_storage_run_hold, func, user_data));
}

void
bt_storage_release (BtStorage  *storage,
                    const char *new_root,
                    guint64     new_device)
{
  g_assert (storage->is_held);
  if (new_root != NULL)
    {
      g_free (storage->root);
      storage->root = g_strdup (new_root);
    }
  if (new_root != NULL || new_device != 0)
    storage->device = new_device;
  storage->is_held = storage->is_fenced = FALSE;
  bt_storage_advance (storage);
}
