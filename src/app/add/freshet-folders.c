/* freshet-folders.c - folders to add torrents to: those used lately, how they read, what is free there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-folders.h"

#include <string.h>

#define KEY "recent-folders"

char **
freshet_folders_dup (GSettings *settings)
{
  g_autoptr (GVariant) value = g_settings_get_value (settings, KEY);

  return g_variant_dup_bytestring_array (value, NULL);
}

void
freshet_folders_note (GSettings  *settings,
                      const char *folder)
{
  g_auto (GStrv) old = freshet_folders_dup (settings);
  const char *folders[FRESHET_FOLDERS_MAX] = { folder };
  gssize n = 1;

  for (guint i = 0; old[i] != NULL && n < (gssize) FRESHET_FOLDERS_MAX; i++)
    if (!g_str_equal (old[i], folder))
      folders[n++] = old[i];
  g_settings_set_value (settings, KEY, g_variant_new_bytestring_array (folders, n));
}

char *
freshet_folder_dup_words (const char *folder)
{
  g_autofree char *words = g_filename_display_name (folder);
  const char *home = g_get_home_dir ();
  gsize n_home = strlen (home);

  if (n_home > 1 && g_str_has_prefix (words, home) &&
      (words[n_home] == '/' || words[n_home] == '\0'))
    return g_strconcat ("~", words + n_home, NULL);
  return g_steal_pointer (&words);
}

/* --- Space --- */

static void ask (GTask *task,
                 GFile *folder);

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) parent = g_file_get_parent (G_FILE (source));
  g_autoptr (GFileInfo) info =
      g_file_query_filesystem_info_finish (G_FILE (source), result, &error);
  guint64 free_bytes;

  if (info != NULL && g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    {
      free_bytes =
          g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
      g_task_return_pointer (task, g_memdup2 (&free_bytes, sizeof free_bytes), g_free);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) && parent != NULL)
    ask (task, parent);
  else if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "unknown");
}

static void
ask (GTask *task,
     GFile *folder)
{
  g_file_query_filesystem_info_async (folder, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, G_PRIORITY_DEFAULT,
                                      g_task_get_cancellable (task), asked_cb,
                                      g_object_ref (task));
}

void
freshet_folder_get_space_async (const char          *folder,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GFile) file = g_file_new_for_path (folder);

  g_task_set_source_tag (task, freshet_folder_get_space_async);
  ask (task, file);
}

gboolean
freshet_folder_get_space_finish (GAsyncResult  *result,
                                 guint64       *out_free_bytes,
                                 GError       **error)
{
  g_autofree guint64 *free_bytes = NULL;

  g_return_val_if_fail (g_async_result_is_tagged (result, freshet_folder_get_space_async), FALSE);

  free_bytes = g_task_propagate_pointer (G_TASK (result), error);
  if (free_bytes == NULL)
    return FALSE;
  *out_free_bytes = *free_bytes;
  return TRUE;
}
