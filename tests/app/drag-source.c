/* drag-source.c - a window that offers files, or text, to be dragged elsewhere or, copied, to be pasted
 *
 *   drag-source FILE…          what a file manager offers
 *   drag-source --text TEXT    what a browser offers with a link
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include <gtk/gtk.h>

static GdkContentProvider *
make_content (int    argc,
              char **argv)
{
  GSList *files = NULL;
  GValue value = G_VALUE_INIT;
  GdkContentProvider *content;

  if (argc == 3 && g_str_equal (argv[1], "--text"))
    return gdk_content_provider_new_typed (G_TYPE_STRING, argv[2]);
  for (int i = argc - 1; i > 0; i--)
    files = g_slist_prepend (files, g_file_new_for_commandline_arg (argv[i]));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, files);
  content = gdk_content_provider_new_for_value (&value);
  g_value_unset (&value);
  return content;
}

int
main (int    argc,
      char **argv)
{
  GtkWidget *window;
  GtkWidget *label;
  GtkDragSource *source;
  g_autoptr (GdkContentProvider) content = NULL;

  gtk_init ();
  window = gtk_window_new ();
  label = gtk_label_new ("Drag from here");
  source = gtk_drag_source_new ();
  content = make_content (argc, argv);
  gtk_drag_source_set_content (source, content);
  gtk_drag_source_set_actions (source, GDK_ACTION_COPY);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (source));
  gtk_window_set_title (GTK_WINDOW (window), "Drag Source");
  gtk_window_set_default_size (GTK_WINDOW (window), 160, 80);
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_window_present (GTK_WINDOW (window));
  gdk_clipboard_set_content (gtk_widget_get_clipboard (window), content);
  while (g_list_model_get_n_items (gtk_window_get_toplevels ()) > 0)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}
