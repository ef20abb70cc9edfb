/* freshet-lazy.c - rows of a list that are only made, and only follow their torrent, where they can be seen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-lazy.h"

/* Children that are kept for other slots: more than can be seen at once. */
#define MAX_SPARE 100

struct _FreshetLazy
{
  /* borrowed */
  GtkWidget            *scrolled;
  GtkWidget            *view;
  const FreshetLazyOps *ops;
  gpointer              owner;

  /* owned */
  GPtrArray            *full;    /* of FreshetSlot, borrowed: those with a child */
  GPtrArray            *seen;    /* of FreshetSlot, borrowed: of use in layout_cb() only */
  GPtrArray            *spare;   /* of GtkWidget: children of slots that are gone */

  /* owned, nullable: while it is realized */
  GdkFrameClock        *clock;

  /* owned, nullable: an item to bring into view once all have their places */
  gpointer              wanted;

  /* values */
  int                   height;  /* of every slot */
  guint                 idle;    /* a source; 0: none */
  guint                 scroll_idle; /* a source; 0: none */
  guint                 wanted_at;   /* where it was in the list */
};

struct _FreshetSlot
{
  GtkWidget parent_instance;

  /* owned */
  BtTorrent   *torrent;   /* nullable */

  /* borrowed */
  FreshetLazy *lazy;
  GtkWidget   *child;     /* nullable */

  /* values */
  guint is_filled : 1;    /* the child shows the torrent */
  guint is_seen : 1;
};

G_DEFINE_FINAL_TYPE (FreshetSlot, freshet_slot, GTK_TYPE_WIDGET)

/* --- Which can be seen --- */

static void
empty (FreshetSlot *self)
{
  if (self->is_filled)
    self->lazy->ops->set_torrent (self->child, NULL);
  self->is_filled = FALSE;
}

/* (transfer full): the child of a slot that has one. */
static GtkWidget *
give_child (FreshetSlot *self)
{
  GtkWidget *child = g_object_ref (self->child);

  empty (self);
  gtk_widget_unparent (g_steal_pointer (&self->child));
  g_ptr_array_remove_fast (self->lazy->full, self);
  return child;
}

/* (transfer full) */
static GtkWidget *
find_child (FreshetLazy *self)
{
  if (self->spare->len > 0)
    return g_ptr_array_steal_index_fast (self->spare, self->spare->len - 1);
  for (guint i = 0; i < self->full->len; i++)
    {
      FreshetSlot *slot = self->full->pdata[i];

      if (!slot->is_seen)
        return give_child (slot);
    }
  return g_object_ref_sink (self->ops->make (self->owner));
}

static void
fill (FreshetSlot *self)
{
  if (self->is_filled || self->torrent == NULL)
    return;
  if (self->child == NULL)
    {
      g_autoptr (GtkWidget) child = find_child (self->lazy);

      self->child = child;
      gtk_widget_set_parent (child, GTK_WIDGET (self));
      g_ptr_array_add (self->lazy->full, self);
    }
  self->is_filled = TRUE;
  self->lazy->ops->set_torrent (self->child, self->torrent);
}

/* Nullable. */
static FreshetSlot *
get_slot (GtkWidget *row)
{
  GtkWidget *child = gtk_widget_get_first_child (row);

  return FRESHET_IS_SLOT (child) ? FRESHET_SLOT (child) : NULL;
}

/* --- Scrolling --- */

static void
scroll_to (FreshetLazy *self,
           guint        position)
{
  gtk_widget_activate_action (self->view, "list.scroll-to-item", "u", position);
}

/* Unless the list has changed since. */
static gboolean
scroll_to_wanted_cb (gpointer user_data)
{
  FreshetLazy *self = user_data;
  GtkSelectionModel *model = gtk_list_view_get_model (GTK_LIST_VIEW (self->view));
  g_autoptr (GObject) wanted = g_steal_pointer (&self->wanted);
  g_autoptr (GObject) item = NULL;

  if (model != NULL)
    item = g_list_model_get_item (G_LIST_MODEL (model), self->wanted_at);
  if (item == wanted)
    scroll_to (self, self->wanted_at);
  self->scroll_idle = 0;
  return G_SOURCE_REMOVE;
}

static void look_again (FreshetLazy *self);

void
freshet_lazy_scroll_to (FreshetLazy *self,
                        guint        position)
{
  GtkSelectionModel *model = gtk_list_view_get_model (GTK_LIST_VIEW (self->view));

  scroll_to (self, position);
  /* GTK 4.18 knows of no height of a row that is new, and stops at its edge. */
  g_clear_object (&self->wanted);
  if (model != NULL)
    self->wanted = g_list_model_get_item (G_LIST_MODEL (model), position);
  self->wanted_at = position;
  look_again (self);
}

/* --- Each frame --- */

/* After the window's own handler: rows have their places. What is made here is laid out in the same frame. */
static void
layout_cb (FreshetLazy *self)
{
  /* Not in this frame: what then comes into view makes layouts enough. */
  if (self->wanted != NULL && self->scroll_idle == 0)
    self->scroll_idle = g_idle_add (scroll_to_wanted_cb, self);
  g_ptr_array_set_size (self->seen, 0);
  for (GtkWidget *row = gtk_widget_get_first_child (self->view); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    {
      FreshetSlot *slot = get_slot (row);

      if (slot == NULL)
        continue;
      /* The list gives no place to others: theirs is none, or where they were. */
      slot->is_seen = gtk_widget_get_child_visible (row) && gtk_widget_get_height (row) > 0;
      if (slot->is_seen)
        g_ptr_array_add (self->seen, slot);
    }
  for (guint i = 0; i < self->seen->len; i++)
    fill (self->seen->pdata[i]);
}

/* Scrolling, or another size, is a layout anyway. */
static void
look_again (FreshetLazy *self)
{
  if (self->clock != NULL)
    gdk_frame_clock_request_phase (self->clock, GDK_FRAME_CLOCK_PHASE_LAYOUT);
}

static void
unrealize_cb (FreshetLazy *self)
{
  if (self->clock == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->clock, self);
  g_clear_object (&self->clock);
}

static void
realize_cb (FreshetLazy *self)
{
  unrealize_cb (self);
  self->clock = g_object_ref (gtk_widget_get_frame_clock (self->scrolled));
  g_signal_connect_data (self->clock, "layout", G_CALLBACK (layout_cb), self, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

/* --- Height --- */

static gboolean
resize_cb (gpointer user_data)
{
  FreshetLazy *self = user_data;

  self->idle = 0;
  for (GtkWidget *row = gtk_widget_get_first_child (self->view); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    {
      FreshetSlot *slot = get_slot (row);

      if (slot != NULL && slot->child == NULL)
        gtk_widget_queue_resize (GTK_WIDGET (slot));
    }
  look_again (self);
  return G_SOURCE_REMOVE;
}

static void
set_height (FreshetLazy *self,
            int          height)
{
  if (height == self->height)
    return;
  self->height = height;
  /* Not from within a measurement. */
  if (self->idle == 0)
    self->idle = g_idle_add (resize_cb, self);
}

FreshetLazy *
freshet_lazy_new (GtkScrolledWindow    *scrolled,
                  GtkWidget            *view,
                  const FreshetLazyOps *ops,
                  gpointer              owner)
{
  FreshetLazy *self = g_new0 (FreshetLazy, 1);

  self->scrolled = GTK_WIDGET (scrolled);
  self->view = view;
  self->ops = ops;
  self->owner = owner;
  self->height = ops->height;
  self->full = g_ptr_array_new ();
  self->seen = g_ptr_array_new ();
  self->spare = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect_swapped (scrolled, "realize", G_CALLBACK (realize_cb), self);
  g_signal_connect_swapped (scrolled, "unrealize", G_CALLBACK (unrealize_cb), self);
  g_signal_connect_swapped (scrolled, "map", G_CALLBACK (look_again), self);
  if (gtk_widget_get_realized (self->scrolled))
    realize_cb (self);
  return self;
}

void
freshet_lazy_free (FreshetLazy *self)
{
  unrealize_cb (self);
  g_clear_object (&self->wanted);
  g_clear_handle_id (&self->scroll_idle, g_source_remove);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->scrolled, self);
  g_ptr_array_unref (self->full);
  g_ptr_array_unref (self->seen);
  g_ptr_array_unref (self->spare);
  g_free (self);
}

void
freshet_lazy_for_each (FreshetLazy     *self,
                       FreshetLazyFunc  func,
                       gpointer         user_data)
{
  for (guint i = 0; i < self->full->len; i++)
    func (FRESHET_SLOT (self->full->pdata[i])->child, user_data);
  for (guint i = 0; i < self->spare->len; i++)
    func (self->spare->pdata[i], user_data);
}

/* --- Slots --- */

void
freshet_slot_set_torrent (FreshetSlot *self,
                          BtTorrent   *torrent)
{
  g_return_if_fail (FRESHET_IS_SLOT (self));

  empty (self);
  g_set_object (&self->torrent, torrent);
  if (torrent != NULL)
    look_again (self->lazy);
}

static GtkSizeRequestMode
freshet_slot_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
freshet_slot_measure (GtkWidget      *widget,
                      GtkOrientation  orientation,
                      int             for_size,
                      int            *minimum,
                      int            *natural,
                      int            *minimum_baseline,
                      int            *natural_baseline)
{
  FreshetSlot *self = FRESHET_SLOT (widget);

  *minimum = *natural = 0;
  if (self->child != NULL)
    gtk_widget_measure (self->child, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  if (self->child != NULL)
    set_height (self->lazy, *natural);
  *minimum = *natural = self->lazy->height;
}

static void
freshet_slot_size_allocate (GtkWidget *widget,
                            int        width,
                            int        height,
                            int        baseline)
{
  FreshetSlot *self = FRESHET_SLOT (widget);

  if (self->child != NULL)
    gtk_widget_allocate (self->child, width, height, -1, NULL);
}

static void
freshet_slot_dispose (GObject *object)
{
  FreshetSlot *self = FRESHET_SLOT (object);

  if (self->child != NULL)
    {
      g_autoptr (GtkWidget) child = give_child (self);

      if (self->lazy->spare->len < MAX_SPARE)
        g_ptr_array_add (self->lazy->spare, g_steal_pointer (&child));
    }
  g_clear_object (&self->torrent);

  G_OBJECT_CLASS (freshet_slot_parent_class)->dispose (object);
}

static void
freshet_slot_class_init (FreshetSlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = freshet_slot_dispose;

  widget_class->get_request_mode = freshet_slot_get_request_mode;
  widget_class->measure = freshet_slot_measure;
  widget_class->size_allocate = freshet_slot_size_allocate;

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
freshet_slot_init (FreshetSlot *self)
{
}

GtkWidget *
freshet_slot_new (FreshetLazy *lazy)
{
  FreshetSlot *self = g_object_new (FRESHET_TYPE_SLOT, NULL);

  self->lazy = lazy;
  return GTK_WIDGET (self);
}

/* --- Items --- */

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *item)
{
  freshet_slot_set_torrent (FRESHET_SLOT (gtk_list_item_get_child (item)),
                            gtk_list_item_get_item (item));
}

static void
unbind_cb (GtkSignalListItemFactory *factory,
           GtkListItem              *item)
{
  freshet_slot_set_torrent (FRESHET_SLOT (gtk_list_item_get_child (item)), NULL);
}

void
freshet_lazy_bind_slots (GtkListItemFactory *factory)
{
  g_return_if_fail (GTK_IS_SIGNAL_LIST_ITEM_FACTORY (factory));

  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
}
