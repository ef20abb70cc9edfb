/* freshet-file-rename.c - asks for another name of a file or a folder, and gives it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-file-rename.h"

#include "freshet-lines-dialog.h"
#include "freshet-window.h"

#include <glib/gi18n.h>
#include <string.h>

/* From the question to the end of the renaming. */
typedef struct
{
  grefcount  n_refs;
  GtkWidget *widget;    /* weak, nullable */
  GtkWindow *window;    /* owned */
  BtTorrent *torrent;   /* owned */
  char      *from;      /* owned: its path */
  guint32    file;      /* BT_FILE_NONE: a folder */
  void     (*done) (GtkWidget *widget);
} Renaming;

static void
renaming_unref (gpointer data)
{
  Renaming *renaming = data;

  if (!g_ref_count_dec (&renaming->n_refs))
    return;
  g_clear_weak_pointer (&renaming->widget);
  g_object_unref (renaming->window);
  g_object_unref (renaming->torrent);
  g_free (renaming->from);
  g_free (renaming);
}

char *
freshet_file_rename_check (const char *name)
{
  if (strchr (name, '/') != NULL)
    return g_strdup (_("A name has no “/” in it."));
  if (g_str_equal (name, ".") || g_str_equal (name, ".."))
    return g_strdup (_("“.” and “..” are no names of files."));
  if (strlen (name) > 255)
    return g_strdup (_("The name is too long."));
  return NULL;
}

static char *
check_name (const char *line,
            gpointer    user_data)
{
  return freshet_file_rename_check (line);
}

static void
renamed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Renaming *renaming = user_data;
  g_autoptr (GError) error = NULL;

  if (bt_torrent_rename_finish (BT_TORRENT (source), result, &error))
    {
      if (renaming->widget != NULL && renaming->done != NULL)
        renaming->done (renaming->widget);
    }
  else if (FRESHET_IS_WINDOW (renaming->window))
    {
      g_autofree char *name = g_path_get_basename (renaming->from);
      /* Translators: a file's name, and why */
      g_autofree char *text =
          g_strdup_printf (_("“%s” could not be renamed: %s"), name, error->message);

      freshet_window_say (FRESHET_WINDOW (renaming->window), text);
    }
  renaming_unref (renaming);
}

static void
rename_file (const char *const *lines,
             gpointer           user_data)
{
  Renaming *renaming = user_data;
  const char *slash = strrchr (renaming->from, '/');
  g_autofree char *folder =
      g_strndup (renaming->from, slash != NULL ? (gsize) (slash - renaming->from) + 1 : 0);
  g_autofree char *to = g_strconcat (folder, lines[0], NULL);

  if (g_str_equal (to, renaming->from))
    return;
  g_ref_count_inc (&renaming->n_refs);
  bt_torrent_rename_async (renaming->torrent, renaming->file, renaming->from, to, NULL, renamed_cb,
                           renaming);
}

void
freshet_file_rename_present (GtkWidget       *widget,
                             BtTorrent       *torrent,
                             FreshetFileNode *node,
                             void           (*done) (GtkWidget *widget))
{
  gboolean is_folder = freshet_file_node_is_folder (node);
  Renaming *renaming = g_new0 (Renaming, 1);
  FreshetLinesQuestion question = {
    .title = is_folder ? _("Rename Folder") : _("Rename File"),
    .body = _("On the disk, too. The torrent goes on as before."),
    .label = _("Name"),
    .accept = _("_Rename"),
    .text = freshet_file_node_get_name (node),
    .check = check_name,
    .func = rename_file,
    .user_data = renaming,
    .destroy = renaming_unref,
    .has_one_line = TRUE,
  };

  g_ref_count_init (&renaming->n_refs);
  g_set_weak_pointer (&renaming->widget, widget);
  renaming->window = GTK_WINDOW (g_object_ref (gtk_widget_get_root (widget)));
  renaming->torrent = g_object_ref (torrent);
  renaming->from = freshet_file_node_dup_path (node);
  renaming->file = freshet_file_node_get_file (node);
  renaming->done = done;
  freshet_lines_dialog_present (widget, &question);
}
