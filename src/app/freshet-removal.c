/* freshet-removal.c - torrents that are going: off the list at once, gone for good when nobody undoes it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-removal.h"

#include "common/freshet-toast.h"

#include <glib/gi18n.h>

#define UNDO_S 10

/* Lives as long as its toast, which holds it. */
typedef struct
{
  FreshetWindow *window;      /* weak, nullable */
  BtSupervisor  *supervisor;  /* owned */
  GPtrArray     *torrents;    /* owned, of BtTorrent */
  GPtrArray     *running;     /* owned, of BtTorrent: those to be started again by Undo */
  BtRemoveData   data;
  guint          is_undone : 1;
  guint          is_over : 1;
} Removal;

static void finish (Removal *removal);

static void
removal_free (gpointer data)
{
  Removal *removal = data;

  finish (removal);
  if (removal->window != NULL)
    g_signal_handlers_disconnect_by_data (removal->window, removal);
  g_clear_weak_pointer (&removal->window);
  g_object_unref (removal->supervisor);
  g_ptr_array_unref (removal->torrents);
  g_ptr_array_unref (removal->running);
  g_free (removal);
}

static void
set_hidden (Removal  *removal,
            gboolean  is_hidden)
{
  FreshetTorrentList *list =
      removal->window != NULL ? freshet_window_get_list (removal->window) : NULL;

  /* A window that goes has none any more. */
  if (list != NULL)
    freshet_torrent_list_set_hidden (list, removal->torrents, is_hidden);
}

/* Nobody may be left to tell: then it is in the list again at the next start. */
static void
removed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (BtTorrent) torrent = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GtkApplication *application = GTK_APPLICATION (freshet_application_get_default ());
  GtkWindow *window = gtk_application_get_active_window (application);

  if (bt_supervisor_remove_finish (BT_SUPERVISOR (source), result, NULL, &error) ||
      !FRESHET_IS_WINDOW (window))
    return;
  /* Translators: a torrent's name, and why it could not be removed */
  text = g_strdup_printf (_("“%s” could not be removed: %s"), bt_torrent_get_name (torrent),
                          error->message);
  freshet_window_say (FRESHET_WINDOW (window), text);
}

/* Once, whatever comes first: the toast goes, or the window. */
static void
finish (Removal *removal)
{
  if (removal->is_over)
    return;
  removal->is_over = TRUE;
  set_hidden (removal, FALSE);
  if (removal->is_undone)
    return;
  for (guint i = 0; i < removal->torrents->len; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (removal->torrents, i);

      if (removal->data == BT_REMOVE_KEEP_DATA)
        bt_supervisor_remove (removal->supervisor, torrent);
      else
        bt_supervisor_remove_async (removal->supervisor, torrent, removal->data, NULL, removed_cb,
                                    g_object_ref (torrent));
    }
}

static void
undo (gpointer data)
{
  Removal *removal = data;

  removal->is_undone = TRUE;
  for (guint i = 0; i < removal->running->len; i++)
    bt_torrent_start (g_ptr_array_index (removal->running, i));
}

static AdwToast *
make_toast (Removal *removal)
{
  BtTorrent *first = g_ptr_array_index (removal->torrents, 0);
  guint n = removal->torrents->len;
  g_autofree char *text = NULL;
  AdwToast *toast;

  if (n == 1)
    /* Translators: a torrent's name */
    text = g_strdup_printf (_("“%s” removed"), bt_torrent_get_name (first));
  else
    text = g_strdup_printf (ngettext ("%u torrent removed", "%u torrents removed", n), n);
  toast = freshet_toast_new (text);
  freshet_toast_add_undo (toast, undo, removal, removal_free);
  adw_toast_set_timeout (toast, UNDO_S);
  /* Not after those that are there: what it undoes was just seen to happen. */
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  return toast;
}

void
freshet_removal_begin (FreshetWindow *window,
                       GPtrArray     *torrents,
                       BtRemoveData   data)
{
  FreshetApplication *application = freshet_application_get_default ();
  Removal *removal;
  AdwToast *toast;

  g_return_if_fail (FRESHET_IS_WINDOW (window));

  if (torrents->len == 0)
    return;
  removal = g_new0 (Removal, 1);
  g_set_weak_pointer (&removal->window, window);
  removal->supervisor = g_object_ref (freshet_application_get_supervisor (application));
  removal->torrents = g_ptr_array_ref (torrents);
  removal->running = g_ptr_array_new_with_free_func (g_object_unref);
  removal->data = data;
  for (guint i = 0; i < torrents->len; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (torrents, i);

      if ((bt_torrent_get_record (torrent)->flags & BT_RECORD_PAUSED) != 0)
        continue;
      g_ptr_array_add (removal->running, g_object_ref (torrent));
      bt_torrent_stop (torrent);
    }
  set_hidden (removal, TRUE);
  toast = make_toast (removal);
  g_signal_connect_swapped (toast, "dismissed", G_CALLBACK (finish), removal);
  /* When it is destroyed in order to quit, the engine takes no more orders. */
  g_signal_connect_swapped (window, "unrealize", G_CALLBACK (finish), removal);
  freshet_window_add_toast (window, toast);
}
