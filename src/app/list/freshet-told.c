/* freshet-told.c - what a screen reader has been told of a torrent in a list
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-told.h"

#include "common/freshet-words.h"

void
freshet_told_tell (FreshetTold *self,
                   GtkWidget   *child,
                   BtTorrent   *torrent,
                   gboolean     is_other)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  GtkWidget *slot = gtk_widget_get_parent (child);
  GtkWidget *item = slot != NULL ? gtk_widget_get_parent (slot) : NULL;
  guint name = g_str_hash (bt_torrent_get_name (torrent));
  int percent = (int) (bt_torrent_get_progress (torrent) * 100);
  g_autofree char *text = NULL;

  if (item == NULL ||
      (!is_other && name == self->name && percent == self->percent &&
       facts->state == self->state && facts->reason == self->reason))
    return;
  self->name = name;
  self->percent = percent;
  self->state = facts->state;
  self->reason = facts->reason;
  text = freshet_words_accessible (torrent);
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}
