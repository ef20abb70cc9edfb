/* freshet-told.h - what a screen reader has been told of a torrent in a list
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Zeros at first. */
typedef struct
{
  guint        name;     /* its hash */
  int          percent;
  BtSwarmState state;
  BtReason     reason;
} FreshetTold;

/* Says the torrent's sentence of the list's own row, which has the focus and is read: `child` is what a slot of it
 * shows. Whole percents are enough; every word costs a message to the bus. `is_other`: the row was another
 * torrent's. */
void freshet_told_tell (FreshetTold *self,
                        GtkWidget   *child,
                        BtTorrent   *torrent,
                        gboolean     is_other);

G_END_DECLS
