/* bt-storage-error.h - why files could not be read, written, moved or removed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_STORAGE_ERROR (bt_storage_error_quark ())

typedef enum
{
  BT_STORAGE_ERROR_FAILED,
  BT_STORAGE_ERROR_NO_SPACE,    /* also a quota */
  BT_STORAGE_ERROR_PERMISSION,
  BT_STORAGE_ERROR_NOT_FOUND,   /* a file or the folder is gone */
  BT_STORAGE_ERROR_TRUNCATED,   /* a file is shorter than the piece asks */
  BT_STORAGE_ERROR_UNSAFE,      /* a link, or not a regular file, where the data should be */
  BT_STORAGE_ERROR_READ_ONLY,   /* the file system is */
  BT_STORAGE_ERROR_GONE,        /* the folder is missing, or another file system lies there now */
} BtStorageError;

GQuark bt_storage_error_quark (void);

G_END_DECLS
