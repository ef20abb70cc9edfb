/* freshet-sockets-window.c - every connection that is open, and the network interface of each
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-sockets-window.h"

#include "freshet-socket.h"

#include <glib/gi18n.h>
#include <string.h>

struct _FreshetSocketsWindow
{
  AdwWindow parent_instance;

  /* owned */
  BtSupervisor *supervisor;
  GListStore   *sockets;  /* of FreshetSocket */

  /* borrowed: of the template */
  GtkColumnView *view;
  GtkLabel      *verdict;

  /* values */
  guint is_asking : 1;   /* the engine has not answered yet */
};

G_DEFINE_FINAL_TYPE (FreshetSocketsWindow, freshet_sockets_window, ADW_TYPE_WINDOW)

/* What all of them prove. (transfer full) */
static char *
describe (const char   *device,
          const GArray *sockets)
{
  guint n_others = 0;

  for (guint i = 0; i < sockets->len; i++)
    {
      const BtSocketEntry *entry = &g_array_index (sockets, BtSocketFacts, i).entry;

      n_others += !entry->is_bound || strcmp (entry->device, device) != 0;
    }
  if (*device == '\0')
    return g_strdup (_("The system chooses the way of each connection. One connection only is "
                       "chosen in Preferences, Network."));
  if (n_others > 0)
    return g_strdup_printf (ngettext ("%u connection is not bound to “%s”",
                                      "%u connections are not bound to “%s”", n_others),
                            n_others, device);
  if (sockets->len == 0)
    return g_strdup_printf (_("Nothing is open: “%s” is waited for"), device);
  return g_strdup_printf (_("All of these are bound to “%s” by the system: nothing goes another "
                            "way"),
                          device);
}

static void
sockets_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (FreshetSocketsWindow) self = user_data;
  BtSupervisor *supervisor = BT_SUPERVISOR (source);
  g_autoptr (GArray) sockets = bt_supervisor_get_sockets_finish (supervisor, result, NULL);
  g_autofree char *words = NULL;

  self->is_asking = FALSE;
  /* An engine that does not run has nothing to tell: what it told last stays. */
  if (sockets == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  words = describe (bt_supervisor_get_settings (supervisor)->network.device, sockets);
  if (!g_str_equal (words, gtk_label_get_label (self->verdict)))
    gtk_label_set_label (self->verdict, words);
  freshet_socket_update_list (self->sockets, sockets);
}

static void
refresh (FreshetSocketsWindow *self)
{
  if (self->is_asking || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->is_asking = TRUE;
  bt_supervisor_get_sockets_async (self->supervisor, NULL, sockets_cb, g_object_ref (self));
}

/* --- Life --- */

static void
freshet_sockets_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (freshet_sockets_window_parent_class)->map (widget);
  refresh (FRESHET_SOCKETS_WINDOW (widget));
}

static void
freshet_sockets_window_finalize (GObject *object)
{
  FreshetSocketsWindow *self = FRESHET_SOCKETS_WINDOW (object);

  g_clear_object (&self->supervisor);
  g_clear_object (&self->sockets);

  G_OBJECT_CLASS (freshet_sockets_window_parent_class)->finalize (object);
}

static void
freshet_sockets_window_class_init (FreshetSocketsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_sockets_window_finalize;
  widget_class->map = freshet_sockets_window_map;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-sockets-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetSocketsWindow, view);
  gtk_widget_class_bind_template_child (widget_class, FreshetSocketsWindow, verdict);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
freshet_sockets_window_init (FreshetSocketsWindow *self)
{
  gsize n_columns;
  const FreshetTableColumn *columns = freshet_socket_get_columns (&n_columns);
  g_autoptr (GtkSortListModel) sorted = NULL;
  GtkSelectionModel *selection;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->sockets = g_list_store_new (FRESHET_TYPE_SOCKET);
  freshet_table_begin_at_start (self->view);
  freshet_table_add_columns (self->view, columns, n_columns);
  sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->sockets)),
                                    g_object_ref (gtk_column_view_get_sorter (self->view)));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (sorted))));
  gtk_column_view_set_model (self->view, selection);
  g_object_unref (selection);
}

GtkWindow *
freshet_sockets_window_new (GtkWindow    *parent,
                            BtSupervisor *supervisor)
{
  FreshetSocketsWindow *self =
      g_object_new (FRESHET_TYPE_SOCKETS_WINDOW, "transient-for", parent, NULL);

  self->supervisor = g_object_ref (supervisor);
  g_signal_connect_object (supervisor, "ticked", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  return GTK_WINDOW (self);
}
