/* freshet-open.c - files in the programs that show them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-open.h"

#include "freshet-window.h"

#include <glib/gi18n.h>
#include <libportal/portal.h>

#define SUFFIX ".part"

/* One file on its way to a program. */
typedef struct
{
  /* owned */
  GtkWindow *window;
  GFile     *file;       /* what is tried next */
  char      *name;       /* of what was asked for */
  XdpPortal *portal;     /* nullable */

  /* values */
  guint is_shown : 1;    /* in the file manager, not opened */
  guint has_suffix : 1;  /* tried with it */
  guint is_parent : 1;   /* `file` is a folder above what was asked for */
} Opening;

static void look_for_file (Opening *opening);

static void
opening_free (Opening *opening)
{
  g_object_unref (opening->window);
  g_object_unref (opening->file);
  g_clear_object (&opening->portal);
  g_free (opening->name);
  g_free (opening);
}

/* Takes `text`. */
static void
fail (Opening *opening,
      char    *text)
{
  if (FRESHET_IS_WINDOW (opening->window))
    freshet_window_say (FRESHET_WINDOW (opening->window), text);
  g_free (text);
  opening_free (opening);
}

/* --- Programs --- */

static void
launched_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Opening *opening = user_data;
  g_autoptr (GError) error = NULL;

  if (g_app_info_launch_default_for_uri_finish (result, &error))
    opening_free (opening);
  else
    /* Translators: a file's name, and why */
    fail (opening, g_strdup_printf (_("“%s” could not be opened: %s"), opening->name,
                                    error->message));
}

static void
launch (Opening *opening,
        GFile   *file)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (opening->window));
  g_autoptr (GdkAppLaunchContext) context = gdk_display_get_app_launch_context (display);
  g_autofree char *uri = g_file_get_uri (file);

  g_app_info_launch_default_for_uri_async (uri, G_APP_LAUNCH_CONTEXT (context), NULL, launched_cb,
                                           opening);
}

/* Without a file manager that can select, the folder alone. */
static void
launch_folder (Opening *opening)
{
  g_autoptr (GFile) parent = g_file_get_parent (opening->file);

  launch (opening, parent != NULL && !opening->is_parent ? parent : opening->file);
}

static void
portal_done_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  Opening *opening = user_data;

  if (xdp_portal_open_directory_finish (XDP_PORTAL (source), result, NULL))
    opening_free (opening);
  else
    launch_folder (opening);
}

static void
shown_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Opening *opening = user_data;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (answer != NULL)
    opening_free (opening);
  else
    launch_folder (opening);
}

static void
show (Opening *opening)
{
  GDBusConnection *bus =
      g_application_get_dbus_connection (G_APPLICATION (freshet_application_get_default ()));
  const char *method = opening->is_parent ? "ShowFolders" : "ShowItems";
  g_autofree char *uri = g_file_get_uri (opening->file);
  const char *uris[] = { uri, NULL };

  if (xdp_portal_running_under_flatpak ())
    {
      opening->portal = xdp_portal_new ();
      xdp_portal_open_directory (opening->portal, NULL, uri, XDP_OPEN_URI_FLAG_NONE, NULL,
                                 portal_done_cb, opening);
    }
  else if (bus != NULL)
    g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                            "org.freedesktop.FileManager1", method,
                            g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                            NULL, shown_cb, opening);
  else
    launch_folder (opening);
}

/* --- Where it is --- */

/* What is tried when `file` is not there. FALSE: nothing is left. */
static gboolean
try_other (Opening *opening)
{
  g_autoptr (GFile) old = g_steal_pointer (&opening->file);
  g_autofree char *path = g_file_get_path (old);

  if (!opening->has_suffix)
    {
      g_autofree char *suffixed = g_strconcat (path, SUFFIX, NULL);

      opening->has_suffix = TRUE;
      opening->file = g_file_new_for_path (suffixed);
      return TRUE;
    }
  if (opening->is_shown)
    opening->file = g_file_get_parent (old);
  opening->is_parent = TRUE;
  return opening->file != NULL;
}

static void
found_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Opening *opening = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);

  if (info == NULL && try_other (opening))
    look_for_file (opening);
  else if (info == NULL)
    {
      opening->file = g_object_ref (G_FILE (source));
      fail (opening, g_strdup_printf (_("Nothing of “%s” is there yet"), opening->name));
    }
  else if (opening->is_shown)
    show (opening);
  else
    launch (opening, opening->file);
}

static void
look_for_file (Opening *opening)
{
  g_file_query_info_async (opening->file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT, NULL, found_cb, opening);
}

static void
begin (GtkWidget  *widget,
       const char *path,
       gboolean    is_shown)
{
  Opening *opening = g_new0 (Opening, 1);

  opening->window = GTK_WINDOW (g_object_ref (gtk_widget_get_root (widget)));
  opening->file = g_file_new_for_path (path);
  opening->name = g_path_get_basename (path);
  opening->is_shown = is_shown != FALSE;
  look_for_file (opening);
}

void
freshet_open_file (GtkWidget  *widget,
                   const char *path)
{
  begin (widget, path, FALSE);
}

void
freshet_open_show (GtkWidget  *widget,
                   const char *path)
{
  begin (widget, path, TRUE);
}

char *
freshet_open_dup_path (BtTorrent *torrent)
{
  const BtRecord *record = bt_torrent_get_record (torrent);

  return g_build_filename (record->folder, record->top_name, NULL);
}
