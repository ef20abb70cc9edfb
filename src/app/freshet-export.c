/* freshet-export.c - torrents for somebody else: magnet links to the clipboard, .torrent files to a folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-export.h"

#include <glib/gi18n.h>

#include <string.h>

#define SUFFIX         ".torrent"
#define MAX_NAME_BYTES 200   /* of a file; with the suffix and a number it fits into any file system */
#define MAX_SAME_NAMES 1000  /* files of one name in a folder: then it is an error */

/* What one torrent gave. */
typedef struct
{
  BtTorrent *torrent;  /* owned */
  char      *link;     /* owned; NULL: it failed */
  GBytes    *file;     /* owned; nullable */
} Item;

typedef struct _Export Export;

struct _Export
{
  FreshetWindow *window;    /* owned */
  Item          *items;     /* owned */
  guint          n_items;
  guint          n_asked;   /* and no answer yet */
  GError        *error;     /* owned; the first one */
  void         (*done) (Export *export);
};

/* One answer. */
typedef struct
{
  Export *export;
  guint   index;
} Asked;

static void
export_free (Export *export)
{
  for (guint i = 0; i < export->n_items; i++)
    {
      g_object_unref (export->items[i].torrent);
      g_free (export->items[i].link);
      g_clear_pointer (&export->items[i].file, g_bytes_unref);
    }
  g_free (export->items);
  g_clear_error (&export->error);
  g_object_unref (export->window);
  g_free (export);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_free)

/* --- Asking the engine --- */

static void
exported_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autofree Asked *asked = user_data;
  Export *export = asked->export;
  Item *item = &export->items[asked->index];
  g_autoptr (GError) error = NULL;

  item->link = bt_torrent_export_finish (BT_TORRENT (source), result, &item->file, &error);
  if (item->link == NULL && export->error == NULL)
    export->error = g_steal_pointer (&error);
  export->n_asked--;
  if (export->n_asked == 0)
    export->done (export);
}

/* `done` takes what comes of it. */
static void
begin (FreshetWindow *window,
       GPtrArray     *torrents,
       void         (*done) (Export *export))
{
  Export *export;

  if (torrents->len == 0)
    return;
  export = g_new0 (Export, 1);
  export->window = g_object_ref (window);
  export->n_items = export->n_asked = torrents->len;
  export->items = g_new0 (Item, torrents->len);
  export->done = done;
  for (guint i = 0; i < torrents->len; i++)
    export->items[i].torrent = g_object_ref (torrents->pdata[i]);
  for (guint i = 0; i < torrents->len; i++)
    {
      Asked *asked = g_new0 (Asked, 1);

      asked->export = export;
      asked->index = i;
      bt_torrent_export_async (torrents->pdata[i], NULL, exported_cb, asked);
    }
}

/* --- Links --- */

static void
copy_links (Export *export)
{
  g_autoptr (Export) held = export;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *words = NULL;
  guint n = 0;

  for (guint i = 0; i < export->n_items; i++)
    if (export->items[i].link != NULL)
      g_string_append_printf (text, "%s%s", n++ > 0 ? "\n" : "", export->items[i].link);
  if (n == 0)
    {
      /* Translators: what went wrong */
      words = g_strdup_printf (_("The link could not be copied: %s"), export->error->message);
      freshet_window_say (export->window, words);
      return;
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (export->window)), text->str);
  words = g_strdup_printf (ngettext ("%u magnet link copied", "%u magnet links copied", n), n);
  freshet_window_say (export->window, n == 1 ? _("Magnet link copied") : words);
}

void
freshet_export_copy_links (FreshetWindow *window,
                           GPtrArray     *torrents)
{
  begin (window, torrents, copy_links);
}

/* --- Files --- */

static guint
count_files (Export *export)
{
  guint n = 0;

  for (guint i = 0; i < export->n_items; i++)
    n += export->items[i].file != NULL;
  return n;
}

/* Without its suffix: what any file system takes. (transfer full) */
static char *
make_file_name (BtTorrent *torrent)
{
  const char *name = bt_torrent_get_name (torrent);
  const char *end;
  gsize length = MIN (strlen (name), MAX_NAME_BYTES);
  char *made;

  g_utf8_validate_len (name, length, &end);
  made = g_strndup (name, (gsize) (end - name));
  g_strdelimit (made, "/\\:*?\"<>|\n\r\t", '_');
  if (made[0] == '.')
    made[0] = '_';
  return made;
}

static gboolean
write_file (GFileOutputStream *stream,
            GBytes            *bytes,
            GError           **error)
{
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);

  return g_output_stream_write_all (G_OUTPUT_STREAM (stream), data, length, NULL, NULL, error) &&
         g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, error);
}

/* Nothing that is there is overwritten: the next name is taken. */
static gboolean
write_new (GFile       *folder,
           const char  *name,
           GBytes      *bytes,
           GError     **error)
{
  for (guint i = 1; i <= MAX_SAME_NAMES; i++)
    {
      g_autofree char *whole = i == 1 ? g_strconcat (name, SUFFIX, NULL)
                                      : g_strdup_printf ("%s (%u)" SUFFIX, name, i);
      g_autoptr (GFile) file = g_file_get_child (folder, whole);
      g_autoptr (GError) own_error = NULL;
      g_autoptr (GFileOutputStream) stream =
          g_file_create (file, G_FILE_CREATE_NONE, NULL, &own_error);

      if (stream != NULL)
        return write_file (stream, bytes, error);
      if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_EXISTS) || i == MAX_SAME_NAMES)
        {
          g_propagate_error (error, g_steal_pointer (&own_error));
          return FALSE;
        }
    }
  return FALSE;
}

/* What is to be written, for a thread. */
typedef struct
{
  GFile     *place;   /* owned: a file, or of several a folder */
  GPtrArray *names;   /* owned, of char: without suffix; NULL: `place` is the file */
  GPtrArray *files;   /* owned, of GBytes */
} Writing;

static void
writing_free (gpointer data)
{
  Writing *writing = data;

  g_object_unref (writing->place);
  g_clear_pointer (&writing->names, g_ptr_array_unref);
  g_ptr_array_unref (writing->files);
  g_free (writing);
}

static void
write_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Writing *writing = data;
  GError *error = NULL;
  gboolean is_written = TRUE;

  if (writing->names == NULL)
    {
      g_autoptr (GFileOutputStream) stream =
          g_file_replace (writing->place, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);

      is_written = stream != NULL && write_file (stream, writing->files->pdata[0], &error);
    }
  for (guint i = 0; writing->names != NULL && is_written && i < writing->files->len; i++)
    is_written = write_new (writing->place, writing->names->pdata[i], writing->files->pdata[i],
                            &error);
  if (is_written)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* (transfer full) */
static char *
describe_written (Export *export)
{
  guint n = count_files (export);

  if (n < export->n_items)
    return g_strdup_printf (ngettext ("%u of %u torrent file saved; the others are not known yet",
                                      "%u of %u torrent files saved; the others are not known yet",
                                      export->n_items),
                            n, export->n_items);
  if (n > 1)
    return g_strdup_printf (ngettext ("%u torrent file saved", "%u torrent files saved", n), n);
  return g_strdup (_("Torrent file saved"));
}

static void
written_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Export) export = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    words = describe_written (export);
  else
    /* Translators: what went wrong */
    words = g_strdup_printf (_("The torrent file could not be saved: %s"), error->message);
  freshet_window_say (export->window, words);
}

/* Takes the export. `is_folder`: for several files. */
static void
write_files (Export   *export,
             GFile    *place,
             gboolean  is_folder)
{
  g_autoptr (GTask) task = g_task_new (export->window, NULL, written_cb, export);
  Writing *writing = g_new0 (Writing, 1);

  writing->place = g_object_ref (place);
  writing->files = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  if (is_folder)
    writing->names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < export->n_items; i++)
    if (export->items[i].file != NULL)
      {
        g_ptr_array_add (writing->files, g_bytes_ref (export->items[i].file));
        if (is_folder)
          g_ptr_array_add (writing->names, make_file_name (export->items[i].torrent));
      }
  g_task_set_source_tag (task, write_files);
  g_task_set_task_data (task, writing, writing_free);
  g_task_run_in_thread (task, write_thread);
}

static void
chosen_cb (GtkNativeDialog *chooser,
           int              response,
           gpointer         user_data)
{
  g_autoptr (Export) export = user_data;
  g_autoptr (GFile) place = NULL;
  gboolean is_folder = count_files (export) > 1;

  if (response == GTK_RESPONSE_ACCEPT)
    place = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (place != NULL)
    write_files (g_steal_pointer (&export), place, is_folder);
  g_object_unref (chooser);
}

static void
choose_place (Export *export)
{
  guint n = count_files (export);
  GtkWindow *parent = GTK_WINDOW (export->window);
  GtkFileChooserNative *chooser;

  if (n > 1)
    chooser = gtk_file_chooser_native_new (_("Choose a Folder for the Torrent Files"), parent,
                                           GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Save Here"),
                                           NULL);
  else
    chooser = gtk_file_chooser_native_new (_("Save Torrent File"), parent,
                                           GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);
  for (guint i = 0; n == 1 && i < export->n_items; i++)
    if (export->items[i].file != NULL)
      {
        g_autofree char *name = make_file_name (export->items[i].torrent);
        g_autofree char *whole = g_strconcat (name, SUFFIX, NULL);

        gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), whole);
      }
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (chosen_cb), export);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
save_files (Export *export)
{
  g_autoptr (Export) held = export;
  g_autofree char *words = NULL;

  if (count_files (export) > 0)
    {
      choose_place (g_steal_pointer (&held));
      return;
    }
  if (export->error != NULL)
    words = g_strdup_printf (_("The torrent file could not be saved: %s"), export->error->message);
  else
    words = g_strdup (_("There is no torrent file of this magnet link yet"));
  freshet_window_say (export->window, words);
}

void
freshet_export_save_files (FreshetWindow *window,
                           GPtrArray     *torrents)
{
  begin (window, torrents, save_files);
}
