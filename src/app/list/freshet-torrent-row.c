/* freshet-torrent-row.c - one torrent: icon, name, bar, one sentence, and a button
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-row.h"

#include "common/freshet-words.h"

#include <glib/gi18n.h>

struct _FreshetTorrentRow
{
  GtkWidget parent_instance;

  /* owned */
  BtTorrent *torrent;   /* nullable */

  /* borrowed: of the template */
  GtkWidget *box;
  GtkImage  *icon;
  GtkLabel  *name;
  GtkWidget *bar;
  GtkLabel  *sentence;
  GtkButton *button;
};

G_DEFINE_FINAL_TYPE (FreshetTorrentRow, freshet_torrent_row, GTK_TYPE_WIDGET)

static gboolean
is_stopped (BtTorrent *torrent)
{
  return (bt_torrent_get_record (torrent)->flags & BT_RECORD_PAUSED) != 0 ||
         bt_torrent_get_facts (torrent)->state == BT_SWARM_FAILED;
}

static void
show (FreshetTorrentRow *self)
{
  g_autofree char *sentence = freshet_words_torrent (self->torrent);
  const char *label = is_stopped (self->torrent) ? _("Resume") : _("Pause");

  gtk_label_set_label (self->name, bt_torrent_get_name (self->torrent));
  gtk_label_set_label (self->sentence, sentence);
  gtk_image_set_from_icon_name (self->icon, freshet_words_icon (self->torrent));
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar),
                                 bt_torrent_get_progress (self->torrent));
  gtk_button_set_icon_name (self->button, is_stopped (self->torrent)
                                              ? "media-playback-start-symbolic"
                                              : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
}

static void
button_clicked_cb (FreshetTorrentRow *self)
{
  if (is_stopped (self->torrent))
    bt_torrent_start (self->torrent);
  else
    bt_torrent_stop (self->torrent);
}

void
freshet_torrent_row_set_torrent (FreshetTorrentRow *self,
                                 BtTorrent         *torrent)
{
  g_return_if_fail (FRESHET_IS_TORRENT_ROW (self));

  if (self->torrent != NULL)
    g_signal_handlers_disconnect_by_func (self->torrent, show, self);
  g_set_object (&self->torrent, torrent);
  if (torrent == NULL)
    return;
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (show), self);
  show (self);
}

static void
freshet_torrent_row_dispose (GObject *object)
{
  FreshetTorrentRow *self = FRESHET_TORRENT_ROW (object);

  freshet_torrent_row_set_torrent (self, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_torrent_row_parent_class)->dispose (object);
}

static void
freshet_torrent_row_class_init (FreshetTorrentRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = freshet_torrent_row_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-torrent-row.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, box);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, icon);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, name);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, bar);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, sentence);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, button);
  gtk_widget_class_bind_template_callback (widget_class, button_clicked_cb);
}

static void
freshet_torrent_row_init (FreshetTorrentRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
freshet_torrent_row_new (void)
{
  return g_object_new (FRESHET_TYPE_TORRENT_ROW, NULL);
}
