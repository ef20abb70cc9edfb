/* bt-stream.c - what all kinds of streams share: the owner's wishes, limits, death
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-stream.h"

#include "bt-stream-private.h"

#define WAYS (BT_STREAM_READABLE | BT_STREAM_WRITABLE)

static void
update_active (BtStream *stream)
{
  BtStreamEvents active = stream->wanted & ~stream->held;

  if (bt_limit_gate_is_waiting (&stream->read_gate))
    active &= ~BT_STREAM_READABLE;
  if (bt_limit_gate_is_waiting (&stream->write_gate))
    active &= ~BT_STREAM_WRITABLE;
  if (stream->is_lost && (stream->wanted & BT_STREAM_READABLE))
    active &= ~BT_STREAM_WRITABLE;
  if (active == stream->active)
    return;

  stream->active = active;
  stream->klass->set_active (stream);
}

static void
gate_opened_cb (BtLimitGate *gate,
                gpointer     user_data)
{
  update_active (user_data);
}

/* Takes `error`; nothing is reported from here on. */
static void
die (BtStream *stream,
     GError   *error)
{
  stream->error = error;
  stream->wanted = 0;
  bt_limit_gate_leave (&stream->read_gate);
  bt_limit_gate_leave (&stream->write_gate);
  update_active (stream);
}

void
bt_stream_init (BtStream            *stream,
                const BtStreamClass *klass,
                const BtAddress     *remote,
                gboolean             is_outgoing)
{
  stream->klass = klass;
  stream->is_outgoing = is_outgoing != FALSE;
  if (remote != NULL)
    stream->remote = *remote;
  bt_limit_gate_init (&stream->read_gate, gate_opened_cb, stream);
  bt_limit_gate_init (&stream->write_gate, gate_opened_cb, stream);
}

void
bt_stream_set_held (BtStream       *stream,
                    BtStreamEvents  held)
{
  stream->held = held;
  update_active (stream);
}

void
bt_stream_lost (BtStream *stream)
{
  stream->is_lost = TRUE;
  update_active (stream);
}

void
bt_stream_connected (BtStream *stream)
{
  stream->is_connected = TRUE;
  stream->klass->set_active (stream);
  if (stream->func != NULL)
    stream->func (stream, BT_STREAM_CONNECTED, stream->user_data);
}

void
bt_stream_emit (BtStream       *stream,
                BtStreamEvents  events)
{
  events &= stream->active;
  if (events != 0 && stream->func != NULL)
    stream->func (stream, events, stream->user_data);
}

void
bt_stream_fail (BtStream *stream,
                GError   *error)
{
  die (stream, error);
  if (stream->func != NULL)
    stream->func (stream, BT_STREAM_FAILED, stream->user_data);
}

void
bt_stream_set_errno (GError **error,
                     int      code)
{
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
}

void
bt_stream_set_func (BtStream     *stream,
                    BtStreamFunc  func,
                    gpointer      user_data)
{
  stream->func = func;
  stream->user_data = user_data;
}

/* A writer that is told to wait gets into line here, since it has something to say. A reader does so only when it
 * is refused a read: most have nothing to read, and would take tokens from those who do.
 */
void
bt_stream_set_wanted (BtStream       *stream,
                      BtStreamEvents  wanted)
{
  BtStreamEvents gone;
  BtStreamEvents come;

  wanted &= WAYS;
  if (wanted == stream->wanted || stream->error != NULL)
    return;

  gone = stream->wanted & ~wanted;
  come = wanted & ~stream->wanted;
  stream->wanted = wanted;
  if (gone & BT_STREAM_READABLE)
    bt_limit_gate_leave (&stream->read_gate);
  if (gone & BT_STREAM_WRITABLE)
    bt_limit_gate_leave (&stream->write_gate);
  if ((come & BT_STREAM_WRITABLE) && stream->is_connected)
    bt_limit_gate_wait (&stream->write_gate);
  update_active (stream);
}

void
bt_stream_set_limits (BtStream       *stream,
                      BtLimit *const *read_limits,
                      BtLimit *const *write_limits)
{
  bt_limit_gate_set_limits (&stream->read_gate, read_limits);
  bt_limit_gate_set_limits (&stream->write_gate, write_limits);
  if ((stream->wanted & BT_STREAM_WRITABLE) && stream->is_connected)
    bt_limit_gate_wait (&stream->write_gate);
  update_active (stream);
}

/* The first `n_bytes` of `iov`, which are fewer than it has; returns the number of vectors. */
static int
cut_iov (const struct iovec *iov,
         gsize               n_bytes,
         struct iovec       *out_iov)
{
  int n_iov = 0;

  while (n_bytes > 0)
    {
      gsize length = MIN (iov[n_iov].iov_len, n_bytes);

      out_iov[n_iov] = (struct iovec) { iov[n_iov].iov_base, length };
      n_bytes -= length;
      n_iov++;
    }
  return n_iov;
}

static inline gssize
move (BtStream            *stream,
      BtStreamEvents       way,
      const struct iovec  *iov,
      int                  n_iov,
      GError             **error)
{
  return way == BT_STREAM_READABLE ? stream->klass->readv (stream, iov, n_iov, error)
                                   : stream->klass->writev (stream, iov, n_iov, error);
}

/* When tokens ran out there is no need to be told so by another wake-up. */
static void
wait_if_wanted (BtStream       *stream,
                BtStreamEvents  way,
                BtLimitGate    *gate)
{
  if ((stream->wanted & way) != 0 && bt_limit_gate_wait (gate))
    update_active (stream);
}

static gssize
move_limited (BtStream            *stream,
              BtStreamEvents       way,
              const struct iovec  *iov,
              int                  n_iov,
              GError             **error)
{
  BtLimitGate *gate = way == BT_STREAM_READABLE ? &stream->read_gate : &stream->write_gate;
  struct iovec cut[BT_STREAM_MAX_IOV];
  gsize n_asked = 0;
  gsize n_allowed;
  gssize n_moved;

  for (int i = 0; i < n_iov; i++)
    n_asked += iov[i].iov_len;
  if (n_asked == 0)
    return 0;

  n_allowed = bt_limit_gate_get_allowed (gate, n_asked);
  if (n_allowed == 0)
    {
      wait_if_wanted (stream, way, gate);
      return 0;
    }

  if (n_allowed < n_asked)
    n_moved = move (stream, way, cut, cut_iov (iov, n_allowed, cut), error);
  else
    n_moved = move (stream, way, iov, n_iov, error);

  if (n_moved > 0)
    bt_limit_gate_spend (gate, (guint64) n_moved);
  /* The socket is empty (full): others have more use for the rest of our tokens. */
  if (n_moved >= 0 && (gsize) n_moved < n_allowed)
    bt_limit_gate_yield (gate);
  else if (n_moved >= 0 && n_allowed < n_asked)
    wait_if_wanted (stream, way, gate);
  return n_moved;
}

static gssize
move_any (BtStream            *stream,
          BtStreamEvents       way,
          const struct iovec  *iov,
          int                  n_iov,
          GError             **error)
{
  BtLimitGate *gate = way == BT_STREAM_READABLE ? &stream->read_gate : &stream->write_gate;
  GError *local_error = NULL;
  gssize n_moved;

  if (G_UNLIKELY (stream->error != NULL))
    {
      g_propagate_error (error, g_error_copy (stream->error));
      return -1;
    }
  if (G_UNLIKELY (!stream->is_connected || n_iov <= 0))
    return 0;

  n_iov = MIN (n_iov, BT_STREAM_MAX_IOV);
  if (G_LIKELY (bt_limit_gate_is_open (gate)))
    n_moved = move (stream, way, iov, n_iov, &local_error);
  else
    n_moved = move_limited (stream, way, iov, n_iov, &local_error);

  if (G_UNLIKELY (n_moved < 0))
    {
      die (stream, local_error);
      g_propagate_error (error, g_error_copy (stream->error));
    }
  return n_moved;
}

gssize
bt_stream_readv (BtStream            *stream,
                 const struct iovec  *iov,
                 int                  n_iov,
                 GError             **error)
{
  return move_any (stream, BT_STREAM_READABLE, iov, n_iov, error);
}

gssize
bt_stream_writev (BtStream            *stream,
                  const struct iovec  *iov,
                  int                  n_iov,
                  GError             **error)
{
  return move_any (stream, BT_STREAM_WRITABLE, iov, n_iov, error);
}

const BtAddress *
bt_stream_get_remote (BtStream *stream)
{
  return &stream->remote;
}

const BtAddress *
bt_stream_get_local (BtStream *stream)
{
  return &stream->local;
}

gboolean
bt_stream_is_outgoing (BtStream *stream)
{
  return stream->is_outgoing;
}

const GError *
bt_stream_get_error (BtStream *stream)
{
  return stream->error;
}

guint32
bt_stream_get_rtt_us (BtStream *stream)
{
  return stream->error == NULL && stream->is_connected ? stream->klass->get_rtt_us (stream) : 0;
}

guint32
bt_stream_get_queue_us (BtStream *stream)
{
  return stream->error == NULL && stream->is_connected && stream->klass->get_queue_us != NULL
           ? stream->klass->get_queue_us (stream)
           : 0;
}

guint
bt_stream_get_n_unanswered (BtStream *stream)
{
  return stream->error == NULL && stream->is_connected && stream->klass->get_n_unanswered != NULL
           ? stream->klass->get_n_unanswered (stream)
           : 0;
}

BtEncrypted
bt_stream_get_encrypted (BtStream *stream)
{
  return stream->klass->get_encrypted != NULL ? stream->klass->get_encrypted (stream)
                                              : BT_ENCRYPTED_NOTHING;
}

BtTransport
bt_stream_get_transport (BtStream *stream)
{
  return stream->klass->get_transport != NULL ? stream->klass->get_transport (stream)
                                              : BT_TRANSPORT_TCP;
}

void
bt_stream_free (BtStream *stream)
{
  if (stream == NULL)
    return;

  bt_limit_gate_leave (&stream->read_gate);
  bt_limit_gate_leave (&stream->write_gate);
  g_clear_error (&stream->error);
  stream->klass->free (stream);
}
