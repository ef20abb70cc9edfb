/* bt-door.c - an ordered way from one thread into another's context
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-door.h"

typedef struct
{
  BtDoorFunc     func;
  gpointer       message;
  GDestroyNotify drop;
} Item;

struct _BtDoor
{
  int      n_refs;    /* atomic */
  GMutex   lock;      /* of items and is_closed */
  GArray  *items;     /* Item */
  GSource *source;    /* owned */
  gboolean is_closed;
};

static void
drop_item (const Item *item)
{
  if (item->drop != NULL)
    item->drop (item->message);
}

/* is_closed is only ever set on this thread: no lock is needed to look at it. */
static gboolean
door_cb (gpointer user_data)
{
  BtDoor *door = bt_door_ref (user_data);
  g_autoptr (GArray) items = NULL;

  g_mutex_lock (&door->lock);
  items = g_steal_pointer (&door->items);
  door->items = g_array_new (FALSE, FALSE, sizeof (Item));
  g_source_set_ready_time (door->source, -1);
  g_mutex_unlock (&door->lock);

  for (guint i = 0; i < items->len; i++)
    {
      Item *item = &g_array_index (items, Item, i);

      if (door->is_closed)
        drop_item (item);
      else
        item->func (item->message);
    }
  bt_door_unref (door);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource     *source,
          GSourceFunc  callback,
          gpointer     user_data)
{
  return callback (user_data);
}

static GSourceFuncs door_funcs = {
  .dispatch = dispatch,
};

BtDoor *
bt_door_new (GMainContext *context)
{
  BtDoor *door = g_new0 (BtDoor, 1);

  door->n_refs = 1;
  g_mutex_init (&door->lock);
  door->items = g_array_new (FALSE, FALSE, sizeof (Item));
  door->source = g_source_new (&door_funcs, sizeof (GSource));
  g_source_set_static_name (door->source, "bt-door");
  g_source_set_callback (door->source, door_cb, door, NULL);
  g_source_attach (door->source, context);
  return door;
}

BtDoor *
bt_door_ref (BtDoor *door)
{
  g_atomic_int_inc (&door->n_refs);
  return door;
}

void
bt_door_unref (BtDoor *door)
{
  if (!g_atomic_int_dec_and_test (&door->n_refs))
    return;
  g_assert (door->is_closed);
  g_array_unref (door->items);
  g_source_unref (door->source);
  g_mutex_clear (&door->lock);
  g_free (door);
}

void
bt_door_put (BtDoor         *door,
             BtDoorFunc      func,
             gpointer        message,
             GDestroyNotify  drop)
{
  Item item = { func, message, drop };
  gboolean is_closed;

  g_mutex_lock (&door->lock);
  is_closed = door->is_closed;
  if (!is_closed)
    {
      g_array_append_val (door->items, item);
      if (door->items->len == 1)
        g_source_set_ready_time (door->source, 0);
    }
  g_mutex_unlock (&door->lock);
  if (is_closed)
    drop_item (&item);
}

void
bt_door_close (BtDoor *door)
{
  g_autoptr (GArray) items = NULL;

  if (door->is_closed)
    return;
  g_mutex_lock (&door->lock);
  door->is_closed = TRUE;
  items = g_steal_pointer (&door->items);
  door->items = g_array_new (FALSE, FALSE, sizeof (Item));
  g_source_destroy (door->source);
  g_mutex_unlock (&door->lock);

  for (guint i = 0; i < items->len; i++)
    drop_item (&g_array_index (items, Item, i));
}
