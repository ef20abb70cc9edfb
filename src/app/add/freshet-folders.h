/* freshet-folders.h - folders to add torrents to: those used lately, how they read, what is free there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FRESHET_FOLDERS_MAX 8u

/* Newest first. (transfer full): NULL-terminated, maybe empty. */
char **freshet_folders_dup       (GSettings           *settings);
/* Puts it first. */
void   freshet_folders_note      (GSettings           *settings,
                                         const char          *folder);
/* "~/Downloads": for people to read. (transfer full) */
char  *freshet_folder_dup_words         (const char          *folder);
/* Bytes that are free where `folder` is, or, as long as it is not there, the nearest folder above it. */
void   freshet_folder_get_space_async   (const char          *folder,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
/* FALSE with an error: it cannot be told. */
gboolean freshet_folder_get_space_finish (GAsyncResult       *result,
                                          guint64            *out_free_bytes,
                                          GError            **error);

G_END_DECLS
