/* freshet-place.c - keeps a list scrolled to where it is while its rows change places
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-place.h"

struct _FreshetPlace
{
  /* borrowed */
  FreshetTorrentList *list;
  GtkWidget          *scrolled;
  GtkAdjustment      *adjustment;

  /* owned, nullable: while a layout is waited for */
  GdkFrameClock      *clock;

  /* values */
  double              value;   /* where it was */
};

static void
stop_waiting (FreshetPlace *self)
{
  if (self->clock == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->clock, self);
  g_clear_object (&self->clock);
}

/* After the window's own handler: the rows have their places, and nothing has been drawn yet. A value that is set here
 * makes GTK lay out again, still in this frame. */
static void
layout_cb (FreshetPlace *self)
{
  double value = self->value;

  stop_waiting (self);
  gtk_adjustment_set_value (self->adjustment, value);
}

static void
reordered_cb (FreshetPlace *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (self->scrolled);

  if (self->clock != NULL || clock == NULL || !gtk_widget_get_mapped (self->scrolled))
    return;
  self->value = gtk_adjustment_get_value (self->adjustment);
  self->clock = g_object_ref (clock);
  g_signal_connect_data (clock, "layout", G_CALLBACK (layout_cb), self, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

FreshetPlace *
freshet_place_new (FreshetTorrentList *list,
                   GtkScrolledWindow  *scrolled)
{
  FreshetPlace *self = g_new0 (FreshetPlace, 1);

  self->list = list;
  self->scrolled = GTK_WIDGET (scrolled);
  self->adjustment = gtk_scrolled_window_get_vadjustment (scrolled);
  g_signal_connect_swapped (list, "reordered", G_CALLBACK (reordered_cb), self);
  return self;
}

void
freshet_place_free (FreshetPlace *self)
{
  stop_waiting (self);
  g_signal_handlers_disconnect_by_data (self->list, self);
  g_free (self);
}
