/* bt-storage-error.c - what the system says, in words that name the file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-storage-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>

G_DEFINE_QUARK (bt-storage-error-quark, bt_storage_error)

static const struct
{
  int            number;
  BtStorageError code;
} codes[] = {
  { ENOSPC, BT_STORAGE_ERROR_NO_SPACE },
  { EDQUOT, BT_STORAGE_ERROR_NO_SPACE },
  { EACCES, BT_STORAGE_ERROR_PERMISSION },
  { EPERM, BT_STORAGE_ERROR_PERMISSION },
  { EROFS, BT_STORAGE_ERROR_READ_ONLY },
  { ENOENT, BT_STORAGE_ERROR_NOT_FOUND },
  { ELOOP, BT_STORAGE_ERROR_UNSAFE },
  { EXDEV, BT_STORAGE_ERROR_UNSAFE },
  { ENOTDIR, BT_STORAGE_ERROR_UNSAFE },
  { EISDIR, BT_STORAGE_ERROR_UNSAFE },
  { ENXIO, BT_STORAGE_ERROR_UNSAFE },  /* opening a socket or a FIFO */
  { EEXIST, BT_STORAGE_ERROR_UNSAFE },
  { ENOMEDIUM, BT_STORAGE_ERROR_GONE },
};

/* A file, and why not. */
static const char *const formats[] = {
  [BT_VERB_OPEN] = N_("Could not open “%s”: %s"),
  [BT_VERB_READ] = N_("Could not read “%s”: %s"),
  [BT_VERB_WRITE] = N_("Could not write “%s”: %s"),
  [BT_VERB_ALLOCATE] = N_("Could not reserve room for “%s”: %s"),
  [BT_VERB_SYNC] = N_("Could not sync “%s”: %s"),
  [BT_VERB_LOOK] = N_("Could not look at “%s”: %s"),
  [BT_VERB_RENAME] = N_("Could not rename “%s”: %s"),
};

BtStorageError
bt_storage_get_error_code (int error_number)
{
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].number == error_number)
      return codes[i].code;
  return BT_STORAGE_ERROR_FAILED;
}

gboolean
bt_storage_job_fail (BtStorageJob  *job,
                     BtStorageVerb  verb,
                     const char    *path,
                     int            error_number)
{
  BtStorageError code = bt_storage_get_error_code (error_number);
  const char *reason = g_strerror (error_number);

  if (error_number == EEXIST)
    reason = _("Something else is there");
  else if (code == BT_STORAGE_ERROR_UNSAFE)
    reason = _("A link, or not what belongs there, is in the way");

  g_clear_error (&job->error);
  if (code == BT_STORAGE_ERROR_GONE)
    g_set_error (&job->error, BT_STORAGE_ERROR, code, _("The folder “%s” is not there"),
                 job->storage->root);
  else
    {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      g_set_error (&job->error, BT_STORAGE_ERROR, code, _(formats[verb]),
                   path != NULL ? path : job->storage->root, reason);
#pragma GCC diagnostic pop
    }
  job->verdict = BT_PIECE_FAILED;
  job->may_retry = code == BT_STORAGE_ERROR_NO_SPACE || error_number == EAGAIN;
  return FALSE;
}

gboolean
bt_storage_job_fail_short (BtStorageJob *job,
                           const char   *path)
{
  g_clear_error (&job->error);
  g_set_error (&job->error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_TRUNCATED,
               _("Could not read “%s”: The file is shorter than it should be"), path);
  job->verdict = BT_PIECE_FAILED;
  job->may_retry = FALSE;
  return FALSE;
}

gboolean
bt_storage_job_fail_unknown (BtStorageJob *job)
{
  g_clear_error (&job->error);
  g_set_error (&job->error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED,
               _("Could not judge piece %u of “%s”: Its hash is not known"), job->span.piece,
               bt_metainfo_get_name (job->storage->metainfo));
  job->verdict = BT_PIECE_FAILED;
  job->may_retry = FALSE;
  return FALSE;
}

BtDiskStep
bt_storage_job_get_step (BtStorageJob *job)
{
  if (job->may_retry && !g_atomic_int_get (&job->storage->is_closing))
    return BT_STEP_PARK;
  return BT_STEP_DONE;
}

void
bt_storage_job_begin (BtStorageJob *job)
{
  g_clear_error (&job->error);
  job->may_retry = FALSE;
}
