/* bt-greeter.c - incoming connections until they have named a torrent
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-greeter.h"

#include "peers/bt-peer.h"

typedef struct
{
  BtGreeter *greeter;     /* borrowed */
  BtStream  *stream;      /* owned */
  GList      link;
  gint64     came_at_us;
  gsize      n_received;
  guint8     received[BT_WIRE_HANDSHAKE_BYTES];
} Guest;

struct _BtGreeter
{
  BtClock       *clock;      /* borrowed */
  BtGreeterFunc  func;
  gpointer       user_data;  /* borrowed */
  GQueue         guests;     /* Guest, oldest first */
  guint          max_waiting;
};

BtGreeter *
bt_greeter_new (BtClock       *clock,
                guint          max_waiting,
                BtGreeterFunc  func,
                gpointer       user_data)
{
  BtGreeter *greeter = g_new0 (BtGreeter, 1);

  greeter->clock = clock;
  greeter->max_waiting = max_waiting;
  greeter->func = func;
  greeter->user_data = user_data;
  g_queue_init (&greeter->guests);
  return greeter;
}

/* Returns its stream. */
static BtStream *
release_guest (Guest *guest)
{
  BtStream *stream = g_steal_pointer (&guest->stream);

  g_queue_unlink (&guest->greeter->guests, &guest->link);
  g_free (guest);
  return stream;
}

void
bt_greeter_close_all (BtGreeter *greeter)
{
  while (greeter->guests.head != NULL)
    bt_stream_free (release_guest (greeter->guests.head->data));
}

void
bt_greeter_free (BtGreeter *greeter)
{
  if (greeter == NULL)
    return;
  bt_greeter_close_all (greeter);
  g_free (greeter);
}

static void
guest_cb (BtStream       *stream,
          BtStreamEvents  events,
          gpointer        user_data)
{
  Guest *guest = user_data;
  BtGreeter *greeter = guest->greeter;
  g_autoptr (GError) error = NULL;
  guint8 received[BT_WIRE_HANDSHAKE_BYTES];
  struct iovec iov = { guest->received + guest->n_received,
                       sizeof guest->received - guest->n_received };
  gboolean has_hash = FALSE;
  BtHandshake handshake;
  gsize n_received;
  gssize n = 0;

  if (events & BT_STREAM_READABLE)
    n = bt_stream_readv (stream, &iov, 1, &error);
  if (n < 0 || (n == 0 && (events & BT_STREAM_FAILED)))
    {
      bt_stream_free (release_guest (guest));
      return;
    }
  guest->n_received += (gsize) n;
  if (bt_wire_parse_handshake (guest->received, guest->n_received, &handshake,
                               &has_hash) == BT_WIRE_BAD)
    {
      bt_stream_free (release_guest (guest));
      return;
    }
  if (!has_hash)
    return;
  n_received = guest->n_received;
  memcpy (received, guest->received, n_received);
  greeter->func (greeter->user_data, release_guest (guest), &handshake, received, n_received);
}

void
bt_greeter_take (BtGreeter *greeter,
                 BtStream  *stream)
{
  Guest *guest = g_new0 (Guest, 1);

  if (greeter->guests.length >= greeter->max_waiting)
    bt_stream_free (release_guest (greeter->guests.head->data));
  guest->greeter = greeter;
  guest->stream = stream;
  guest->link.data = guest;
  guest->came_at_us = bt_clock_get_us (greeter->clock);
  g_queue_push_tail_link (&greeter->guests, &guest->link);
  bt_stream_set_func (stream, guest_cb, guest);
  bt_stream_set_wanted (stream, BT_STREAM_READABLE);
}

void
bt_greeter_tick (BtGreeter *greeter)
{
  gint64 now_us = bt_clock_get_us (greeter->clock);

  while (greeter->guests.head != NULL)
    {
      Guest *guest = greeter->guests.head->data;

      if (now_us - guest->came_at_us < BT_PEER_HANDSHAKE_TIMEOUT_US)
        break;
      bt_stream_free (release_guest (guest));
    }
}

guint
bt_greeter_get_n (BtGreeter *greeter)
{
  return greeter->guests.length;
}
