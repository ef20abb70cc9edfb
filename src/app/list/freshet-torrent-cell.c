/* freshet-torrent-cell.c - what one column says of one torrent
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-cell.h"

#include "freshet-bar.h"

/* Beside the bar. */
#define PERCENT_CHARS 7

struct _FreshetTorrentCell
{
  GtkWidget parent_instance;

  /* owned */
  BtTorrent *torrent;       /* nullable */

  /* borrowed: children */
  GtkWidget *bar;           /* nullable */
  GtkWidget *text;

  /* values */
  const FreshetColumn *column;
};

G_DEFINE_FINAL_TYPE (FreshetTorrentCell, freshet_torrent_cell, GTK_TYPE_WIDGET)

static void
show (FreshetTorrentCell *self)
{
  GtkInscription *inscription = GTK_INSCRIPTION (self->text);
  g_autofree char *text = self->column->format (self->torrent);

  if (g_strcmp0 (text, gtk_inscription_get_text (inscription)) != 0)
    gtk_inscription_set_text (inscription, text);
  if (self->bar != NULL)
    freshet_bar_set_torrent (FRESHET_BAR (self->bar), self->torrent);
}

void
freshet_torrent_cell_set_torrent (FreshetTorrentCell *self,
                                  BtTorrent          *torrent)
{
  g_return_if_fail (FRESHET_IS_TORRENT_CELL (self));

  if (self->torrent != NULL)
    g_signal_handlers_disconnect_by_func (self->torrent, show, self);
  g_set_object (&self->torrent, torrent);
  if (torrent == NULL)
    return;
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (show), self);
  show (self);
}

static void
freshet_torrent_cell_dispose (GObject *object)
{
  FreshetTorrentCell *self = FRESHET_TORRENT_CELL (object);

  freshet_torrent_cell_set_torrent (self, NULL);
  g_clear_pointer (&self->bar, gtk_widget_unparent);
  g_clear_pointer (&self->text, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_torrent_cell_parent_class)->dispose (object);
}

static void
freshet_torrent_cell_class_init (FreshetTorrentCellClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = freshet_torrent_cell_dispose;

  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
freshet_torrent_cell_init (FreshetTorrentCell *self)
{
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                              6);
}

GtkWidget *
freshet_torrent_cell_new (const FreshetColumn *column)
{
  FreshetTorrentCell *self = g_object_new (FRESHET_TYPE_TORRENT_CELL, NULL);
  GtkWidget *text = gtk_inscription_new (NULL);

  self->column = column;
  self->text = text;
  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (text),
                                     GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (text), 0);
  if (g_str_equal (column->id, "progress"))
    {
      self->bar = freshet_bar_new ();
      gtk_widget_set_hexpand (self->bar, TRUE);
      gtk_widget_set_valign (self->bar, GTK_ALIGN_CENTER);
      gtk_widget_set_parent (self->bar, GTK_WIDGET (self));
      gtk_inscription_set_min_chars (GTK_INSCRIPTION (text), PERCENT_CHARS);
    }
  else
    gtk_widget_set_hexpand (text, TRUE);
  if (column->is_numeric || self->bar != NULL)
    {
      gtk_inscription_set_xalign (GTK_INSCRIPTION (text), 1);
      gtk_widget_add_css_class (text, "numeric");
    }
  gtk_widget_set_parent (text, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
