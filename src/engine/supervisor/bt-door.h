/* bt-door.h - an ordered way from one thread into another's context
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BtDoor BtDoor;

typedef void (*BtDoorFunc) (gpointer message);

/* What is put in on one side comes out on the other, in order, on the context's thread. Commands go
 * in through one door, replies come back through another. Counted: both sides hold it.
 */
BtDoor *bt_door_new   (GMainContext   *context);
BtDoor *bt_door_ref   (BtDoor         *door);
void    bt_door_unref (BtDoor         *door);
/* Thread: any. `func` is called with `message` on the context's thread; a door that was closed
 * calls `drop` (nullable) instead, in this thread. */
void    bt_door_put   (BtDoor         *door,
                       BtDoorFunc      func,
                       gpointer        message,
                       GDestroyNotify  drop);
/* Thread: the context's; also from inside a `func`. What is still inside is dropped, in order. Must
 * be called before the last reference goes. */
void    bt_door_close (BtDoor         *door);

G_END_DECLS
