/* freshet-log-page.c - what happened to a torrent, newest first
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-log-page.h"

#include "common/freshet-format.h"
#include "freshet-copy.h"
#include "freshet-mark-words.h"

#include <adwaita.h>

struct _FreshetLogPage
{
  FreshetTorrentPage parent_instance;

  /* owned */
  GPtrArray *lines;   /* of char: what is shown */

  /* borrowed: of the template */
  GtkStack   *stack;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (FreshetLogPage, freshet_log_page, FRESHET_TYPE_TORRENT_PAGE)

/* A date, a tab, a sentence for each mark, newest first. */
static GPtrArray *
make_lines (const BtHistory *history)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = bt_history_get_n_marks (history); i-- > 0;)
    {
      const BtHistoryMark *mark = bt_history_get_mark (history, i);
      g_autofree char *date = freshet_format_date (mark->time_s);
      g_autofree char *sentence = freshet_mark_words_describe (mark);

      g_ptr_array_add (lines, g_strdup_printf ("%s\t%s", date, sentence));
    }
  return lines;
}

static gboolean
are_equal (const GPtrArray *a,
           const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!g_str_equal (g_ptr_array_index (a, i), g_ptr_array_index (b, i)))
      return FALSE;
  return TRUE;
}

static GtkWidget *
make_row (const BtHistoryMark *mark)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (freshet_mark_words_icon (mark->kind));
  g_autofree char *date = freshet_format_date (mark->time_s);
  g_autofree char *sentence = freshet_mark_words_describe (mark);

  g_object_set (row, "use-markup", FALSE, "title", sentence, "subtitle", date, "activatable", FALSE,
                NULL);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  return row;
}

static void
fill (FreshetLogPage  *self,
      const BtHistory *history)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, child);
  for (guint i = bt_history_get_n_marks (history); i-- > 0;)
    gtk_list_box_append (self->list, make_row (bt_history_get_mark (history, i)));
}

static void
freshet_log_page_show_torrent (FreshetTorrentPage *page,
                               BtTorrent          *torrent)
{
  FreshetLogPage *self = FRESHET_LOG_PAGE (page);
  GBytes *bytes = torrent != NULL ? bt_torrent_get_history (torrent) : NULL;
  g_autoptr (BtHistory) history = bt_history_new ();
  g_autoptr (GPtrArray) lines = NULL;

  if (bytes != NULL)
    bt_history_set_bytes (history, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  lines = make_lines (history);
  gtk_stack_set_visible_child_name (self->stack, lines->len > 0 ? "log" : "empty");
  if (are_equal (lines, self->lines))
    return;
  fill (self, history);
  g_ptr_array_unref (self->lines);
  self->lines = g_steal_pointer (&lines);
}

static void
copy_clicked_cb (FreshetLogPage *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->lines->len; i++)
    g_string_append_printf (text, "%s\n", (char *) g_ptr_array_index (self->lines, i));
  freshet_copy (GTK_WIDGET (self), text->str);
  g_string_free (text, TRUE);
}

static void
freshet_log_page_finalize (GObject *object)
{
  g_ptr_array_unref (FRESHET_LOG_PAGE (object)->lines);

  G_OBJECT_CLASS (freshet_log_page_parent_class)->finalize (object);
}

static void
freshet_log_page_class_init (FreshetLogPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = freshet_log_page_finalize;
  FRESHET_TORRENT_PAGE_CLASS (klass)->show_torrent = freshet_log_page_show_torrent;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-log-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetLogPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FreshetLogPage, list);
  gtk_widget_class_bind_template_callback (widget_class, copy_clicked_cb);
}

static void
freshet_log_page_init (FreshetLogPage *self)
{
  self->lines = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}
