/* bt-utp-flush.c - the end of a turn: owners are told, then all connections send at once
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-socket-private.h"

#include <errno.h>

void
bt_utp_socket_touch (BtUtpStream *stream)
{
  BtUtpSocket *socket = stream->socket;

  if (!stream->is_touched)
    {
      stream->is_touched = TRUE;
      g_queue_push_tail_link (&socket->touched, &stream->touched_link);
    }
  bt_poller_queue (socket->poller, &socket->task);
}

/* --- Sending --- */

static void
fill_datagram (BtUtpSocket *socket,
               guint        index,
               BtUtpStream *stream)
{
  BtUtpDatagram *packet = &socket->packets[index];
  struct iovec *iov = socket->iov[index];

  iov[0] = (struct iovec) { packet->head, packet->n_head };
  for (guint i = 0; i < packet->n_spans; i++)
    iov[1 + i] = (struct iovec) { (guint8 *) packet->spans[i].bytes, packet->spans[i].n_bytes };
  socket->datagrams[index] = (BtUdpDatagram) {
    .to = stream->key.address,
    .iov = iov,
    .n_iov = (guint8) (1 + packet->n_spans),
    .is_probe = packet->is_probe,
  };
  if (stream->keeps_local)
    socket->datagrams[index].local = stream->local;
  socket->senders[index] = stream;
}

/* What the kernel said of one that it did not send. */
static void
note_refusal (BtUtpStream         *stream,
              const BtUtpDatagram *packet,
              int                  code,
              gint64               now_us)
{
  if (code == EMSGSIZE)
    bt_utp_message_too_long (stream->utp, packet, now_us);
  else if (packet->type == BT_UTP_SYN && stream->code == 0)
    {
      /* There is no way to it. */
      stream->code = code;
      bt_utp_abort (stream->utp);
    }
  /* Else it is as lost as if it had been lost on its way. */
}

/* FALSE: the kernel has no room. */
static gboolean
send_batch (BtUtpSocket *socket,
            guint        n_packets)
{
  gint64 now_us = bt_clock_get_us (socket->clock);
  gsize n_done = bt_udp_send_batch (socket->udp, socket->datagrams, n_packets);

  for (gsize i = n_packets; i > 0; i--)
    if (i > n_done)
      bt_utp_take_back (socket->senders[i - 1]->utp, &socket->packets[i - 1]);
    else if (socket->datagrams[i - 1].code != 0)
      note_refusal (socket->senders[i - 1], &socket->packets[i - 1], socket->datagrams[i - 1].code,
                    now_us);
  return n_done == n_packets;
}

gboolean
bt_utp_socket_send (BtUtpSocket *socket)
{
  gint64 now_us = bt_clock_get_us (socket->clock);
  guint n_packets = 0;

  if (socket->udp == NULL)
    return TRUE;
  for (GList *link = socket->touched.head; link != NULL; link = link->next)
    {
      BtUtpStream *stream = link->data;

      while (bt_utp_next_packet (stream->utp, now_us, &socket->packets[n_packets]))
        {
          gboolean is_probe = socket->packets[n_packets].is_probe;

          fill_datagram (socket, n_packets++, stream);
          /* A probe is the last of its batch, since it may come back, and be cut anew. */
          if (n_packets < BT_UTP_SOCKET_BATCH && !is_probe)
            continue;
          if (!send_batch (socket, n_packets))
            return FALSE;
          n_packets = 0;
        }
    }
  return n_packets == 0 || send_batch (socket, n_packets);
}

/* --- The end of a turn --- */

static void
arm_timer (BtUtpStream *stream)
{
  gint64 due_us = bt_utp_get_timeout_us (stream->utp);

  /* Mostly it moves on with every packet: one that rings too early is set anew then. */
  if (due_us != G_MAXINT64 &&
      (!bt_timer_is_armed (&stream->timer) || due_us < stream->timer.due_at_us))
    bt_timer_arm (&stream->timer, stream->socket->clock, due_us);
}

/* Returns whether somebody is to be looked at again. */
static gboolean
settle (BtUtpSocket *socket)
{
  gboolean is_ready = FALSE;

  for (guint n = socket->touched.length; n > 0; n--)
    {
      BtUtpStream *stream = g_queue_peek_head (&socket->touched);

      g_queue_unlink (&socket->touched, &stream->touched_link);
      stream->is_touched = FALSE;
      if (!stream->has_owner && bt_utp_get_state (stream->utp) == BT_UTP_CLOSED)
        {
          bt_utp_socket_destroy (stream);
          continue;
        }
      arm_timer (stream);
      if (!bt_utp_stream_is_ready (stream))
        continue;
      stream->is_touched = TRUE;
      g_queue_push_tail_link (&socket->touched, &stream->touched_link);
      is_ready = TRUE;
    }
  return is_ready;
}

static gboolean
has_ready (BtUtpSocket *socket)
{
  for (GList *link = socket->touched.head; link != NULL; link = link->next)
    if (bt_utp_stream_is_ready (link->data))
      return TRUE;
  return FALSE;
}

/* Who is touched while owners are told stands at the end of the queue, and is served in the same turn. */
void
bt_utp_socket_flush_cb (gpointer user_data)
{
  BtUtpSocket *socket = user_data;

  for (GList *link = socket->touched.head; link != NULL; link = link->next)
    bt_utp_stream_tell (link->data);
  bt_poller_unqueue (socket->poller, &socket->task);
  /* Without room all stay where they are: the task comes again when there is some. */
  if (bt_utp_socket_send (socket) ? settle (socket) : has_ready (socket))
    bt_poller_queue (socket->poller, &socket->task);
}
