/* freshet-lazy.h - rows of a list that are only made, and only follow their torrent, where they can be seen
 *
 * GTK keeps some two hundred rows around those that are seen. Each has a slot, and there are only as many children for
 * them as can be seen at once: one that comes into view takes that of one that is out of it, so that what is done to
 * all rows (a style, a selection) costs little for each. All slots have the same height.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _FreshetLazy FreshetLazy;

#define FRESHET_TYPE_SLOT (freshet_slot_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSlot, freshet_slot, FRESHET, SLOT, GtkWidget)

typedef struct
{
  /* What a slot shows. */
  GtkWidget *(*make)        (gpointer   owner);
  /* Shows a torrent and follows it; NULL: none. */
  void       (*set_torrent) (GtkWidget *child,
                             BtTorrent *torrent);
  int        height;        /* a guess, in pixels, until the first one is there */
} FreshetLazyOps;

typedef void (*FreshetLazyFunc) (GtkWidget *child,
                                 gpointer   user_data);

/* Of the rows of `view`, a GtkListView in `scrolled`. All are borrowed and outlive it; `ops` is
 * static. */
FreshetLazy *freshet_lazy_new         (GtkScrolledWindow    *scrolled,
                                       GtkWidget            *view,
                                       const FreshetLazyOps *ops,
                                       gpointer              owner);
/* After the rows are gone. */
void         freshet_lazy_free        (FreshetLazy          *self);

/* Brings the row at this position of the list into view, be it as new as this frame. */
void         freshet_lazy_scroll_to   (FreshetLazy          *self,
                                       guint                 position);

/* Lets slots follow the torrents of their items: for a factory whose items have a slot as their child. */
void         freshet_lazy_bind_slots  (GtkListItemFactory   *factory);
/* It is borrowed. */
GtkWidget   *freshet_slot_new         (FreshetLazy          *lazy);
/* Shown before the next frame if it can be seen. */
void         freshet_slot_set_torrent (FreshetSlot          *self,
                                       BtTorrent            *torrent);
/* Every child there is, those that are out of sight or kept for later included. */
void         freshet_lazy_for_each    (FreshetLazy          *self,
                                       FreshetLazyFunc       func,
                                       gpointer              user_data);

G_END_DECLS
