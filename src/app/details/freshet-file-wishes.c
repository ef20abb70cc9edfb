/* freshet-file-wishes.c - gives files another priority, and takes it back
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-file-wishes.h"

#include "common/freshet-toast.h"
#include "freshet-window.h"

#include <glib/gi18n.h>

#define N_PRIORITIES 4

/* What was before; lives as long as its toast. */
typedef struct
{
  BtTorrent *torrent;               /* owned */
  GArray    *files[N_PRIORITIES];   /* owned, of guint: those that had it */
} Wishes;

static Wishes *
wishes_new (BtTorrent *torrent)
{
  Wishes *wishes = g_new0 (Wishes, 1);

  wishes->torrent = g_object_ref (torrent);
  for (int i = 0; i < N_PRIORITIES; i++)
    wishes->files[i] = g_array_new (FALSE, FALSE, sizeof (guint));
  return wishes;
}

static void
wishes_free (gpointer data)
{
  Wishes *wishes = data;

  for (int i = 0; i < N_PRIORITIES; i++)
    g_array_unref (wishes->files[i]);
  g_object_unref (wishes->torrent);
  g_free (wishes);
}

static void
undo (gpointer data)
{
  Wishes *wishes = data;

  for (int i = 0; i < N_PRIORITIES; i++)
    if (wishes->files[i]->len > 0)
      bt_torrent_set_priority (wishes->torrent, (const guint *) wishes->files[i]->data,
                               wishes->files[i]->len, (BtPriority) i);
}

/* Takes `wishes`. */
static void
offer_undo (GtkWidget       *widget,
            FreshetFileTree *tree,
            Wishes          *wishes,
            GArray          *skipped)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  FreshetFileNode *first = freshet_file_tree_get_node (tree, g_array_index (skipped, guint, 0));
  g_autofree char *text = NULL;
  AdwToast *toast;

  if (skipped->len == 1)
    /* Translators: a file's name */
    text = g_strdup_printf (_("“%s” is skipped"), freshet_file_node_get_name (first));
  else
    text = g_strdup_printf (ngettext ("%u file is skipped", "%u files are skipped", skipped->len),
                            skipped->len);
  toast = freshet_toast_new (text);
  freshet_toast_add_undo (toast, undo, wishes, wishes_free);
  freshet_window_add_toast (FRESHET_WINDOW (root), toast);
}

void
freshet_file_wishes_set (GtkWidget       *widget,
                         BtTorrent       *torrent,
                         FreshetFileTree *tree,
                         GPtrArray       *nodes,
                         BtPriority       priority,
                         gboolean         only_skipped)
{
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) changed = g_array_new (FALSE, FALSE, sizeof (guint));
  Wishes *wishes = wishes_new (torrent);

  for (guint i = 0; i < nodes->len; i++)
    freshet_file_node_append_files (g_ptr_array_index (nodes, i), files);
  for (guint i = 0; i < files->len; i++)
    {
      guint file = g_array_index (files, guint, i);
      int old = freshet_file_node_get_priority (freshet_file_tree_get_node (tree, file));

      if (old == (int) priority || (only_skipped && old != BT_PRIORITY_SKIP))
        continue;
      freshet_file_tree_set_priority (tree, file, priority);
      g_array_append_val (changed, file);
      g_array_append_val (wishes->files[old], file);
    }
  if (changed->len > 0)
    bt_torrent_set_priority (torrent, (const guint *) changed->data, changed->len, priority);
  freshet_file_tree_flush (tree);
  if (changed->len > 0 && priority == BT_PRIORITY_SKIP)
    offer_undo (widget, tree, wishes, changed);
  else
    wishes_free (wishes);
}
