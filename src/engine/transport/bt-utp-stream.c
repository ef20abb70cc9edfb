/* bt-utp-stream.c - a connection of uTP as a stream
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-socket-private.h"

#include <errno.h>

/* Less room than this is not worth a turn, unless there is never more. */
#define MIN_WRITABLE_BYTES 8192

static gboolean
is_closed (BtUtpStream *stream)
{
  return bt_utp_get_state (stream->utp) == BT_UTP_CLOSED;
}

static int
get_code (BtUtpStream *stream)
{
  if (stream->code != 0)
    return stream->code;
  switch (bt_utp_get_reason (stream->utp))
    {
    case BT_UTP_REASON_RESET:
      return stream->base.is_connected ? ECONNRESET : ECONNREFUSED;
    case BT_UTP_REASON_UNREACHABLE:
    case BT_UTP_REASON_TIMED_OUT:
      return ETIMEDOUT;
    case BT_UTP_REASON_NONE:
    case BT_UTP_REASON_DONE:
    case BT_UTP_REASON_ABORTED:
    case BT_UTP_REASON_FLED:
    default:
      return ECONNABORTED;
    }
}

static void
set_end (BtUtpStream  *stream,
         GError      **error)
{
  if (bt_utp_is_eof (stream->utp))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "Closed by the other side");
  else
    bt_stream_set_errno (error, get_code (stream));
}

/* --- What a kind of stream provides --- */

static gssize
utp_readv (BtStream            *base,
           const struct iovec  *iov,
           int                  n_iov,
           GError             **error)
{
  BtUtpStream *stream = (BtUtpStream *) base;
  gsize n_read = 0;
  gsize n_asked = 0;

  for (int i = 0; i < n_iov && n_read == n_asked; i++)
    {
      n_asked += iov[i].iov_len;
      n_read += bt_utp_read (stream->utp, iov[i].iov_base, iov[i].iov_len);
    }
  if (n_read > 0)
    bt_utp_socket_touch (stream);
  if (n_read > 0 || n_asked == 0 || (!bt_utp_is_eof (stream->utp) && !is_closed (stream)))
    return (gssize) n_read;
  set_end (stream, error);
  return -1;
}

static gssize
utp_writev (BtStream            *base,
            const struct iovec  *iov,
            int                  n_iov,
            GError             **error)
{
  BtUtpStream *stream = (BtUtpStream *) base;
  gsize n_written = 0;
  gsize n_asked = 0;

  if (is_closed (stream))
    {
      set_end (stream, error);
      return -1;
    }
  for (int i = 0; i < n_iov && n_written == n_asked; i++)
    {
      n_asked += iov[i].iov_len;
      n_written += bt_utp_write (stream->utp, iov[i].iov_base, iov[i].iov_len);
    }
  if (n_written > 0)
    bt_utp_socket_touch (stream);
  return (gssize) n_written;
}

static void
utp_set_active (BtStream *base)
{
  BtUtpStream *stream = (BtUtpStream *) base;

  if (bt_utp_stream_is_ready (stream))
    bt_utp_socket_touch (stream);
}

static guint32
utp_get_rtt_us (BtStream *base)
{
  return bt_utp_get_rtt_us (((BtUtpStream *) base)->utp);
}

static guint32
utp_get_queue_us (BtStream *base)
{
  return bt_utp_get_queue_us (((BtUtpStream *) base)->utp);
}

static guint
utp_get_n_unanswered (BtStream *base)
{
  return bt_utp_get_n_unanswered (((BtUtpStream *) base)->utp);
}

static BtTransport
utp_get_transport (BtStream *base)
{
  return BT_TRANSPORT_UTP;
}

static void
utp_free (BtStream *base)
{
  bt_utp_socket_orphan ((BtUtpStream *) base);
}

static const BtStreamClass utp_class = {
  .readv = utp_readv,
  .writev = utp_writev,
  .set_active = utp_set_active,
  .get_rtt_us = utp_get_rtt_us,
  .get_queue_us = utp_get_queue_us,
  .get_n_unanswered = utp_get_n_unanswered,
  .get_transport = utp_get_transport,
  .free = utp_free,
};

/* --- What the owner is told --- */

static BtStreamEvents
get_ready (BtUtpStream *stream)
{
  BtStreamEvents events = 0;

  if (is_closed (stream))
    return BT_STREAM_READABLE | BT_STREAM_WRITABLE;
  if (bt_utp_get_n_readable (stream->utp) > 0 || bt_utp_is_eof (stream->utp))
    events |= BT_STREAM_READABLE;
  if (bt_utp_get_n_writable (stream->utp) >= MIN_WRITABLE_BYTES)
    events |= BT_STREAM_WRITABLE;
  return events;
}

gboolean
bt_utp_stream_is_ready (BtUtpStream *stream)
{
  if (!stream->has_owner || stream->base.error != NULL)
    return FALSE;
  /* Nobody may want to hear of it, but must. */
  if (is_closed (stream) && !stream->base.is_lost)
    return TRUE;
  return stream->base.is_connected && (get_ready (stream) & stream->base.active) != 0;
}

/* As with a lost TCP connection: the owner reads what has arrived and then the reason, if it wants to read; it learns
 * the reason from writing, if that is all it wants; failing these it is told, unless something is left to be read.
 */
static void
tell_closed (BtUtpStream *stream)
{
  BtStream *base = &stream->base;
  GError *error = NULL;

  if (base->is_connected && (base->active & BT_STREAM_READABLE))
    bt_stream_emit (base, BT_STREAM_READABLE);
  else if (base->is_connected && (base->active & BT_STREAM_WRITABLE) &&
           !(base->wanted & BT_STREAM_READABLE))
    bt_stream_emit (base, BT_STREAM_WRITABLE);
  else if (base->is_connected && bt_utp_get_n_readable (stream->utp) > 0)
    bt_stream_lost (base);
  else
    {
      set_end (stream, &error);
      bt_stream_fail (base, error);
    }
}

void
bt_utp_stream_tell (BtUtpStream *stream)
{
  BtUtpState state = bt_utp_get_state (stream->utp);

  if (stream->has_owner && !stream->base.is_connected && state == BT_UTP_CONNECTED)
    {
      bt_utp_socket_proven (stream);
      stream->base.local = stream->local;
      bt_stream_connected (&stream->base);
    }
  else if (stream->is_newcomer && state == BT_UTP_CONNECTED)
    {
      bt_utp_socket_proven (stream);
      stream->base.local = stream->local;
      stream->base.is_connected = TRUE;
      if (stream->has_owner)
        stream->socket->func (&stream->base, stream->socket->user_data);
    }
  if (!stream->has_owner || stream->base.error != NULL)
    return;
  if (is_closed (stream))
    tell_closed (stream);
  else if (stream->base.is_connected)
    bt_stream_emit (&stream->base, get_ready (stream));
}

BtUtpStream *
bt_utp_stream_new (BtUtpSocket     *socket,
                   BtUtp           *utp,
                   const BtAddress *remote,
                   const BtAddress *local)
{
  BtUtpStream *stream = g_new0 (BtUtpStream, 1);

  bt_stream_init (&stream->base, &utp_class, remote, bt_utp_is_outgoing (utp));
  stream->local = *local;
  stream->socket = socket;
  stream->utp = utp;
  stream->touched_link.data = stream;
  stream->phase_link.data = stream;
  return stream;
}
