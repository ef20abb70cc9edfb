/* bt-file-stamp.h - by what a file is known to be as it was left
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Size and time of last change, as the file system tells them. */
typedef struct
{
  gint64 bytes;     /* -1: there is no such file */
  gint64 mtime_ns;  /* since 1970; 0 when there is none */
} BtFileStamp;

static inline gboolean
bt_file_stamp_equal (const BtFileStamp *a,
                     const BtFileStamp *b)
{
  return a->bytes == b->bytes && a->mtime_ns == b->mtime_ns;
}

G_END_DECLS
