/* bt-mse-stream.c - a stream that is encrypted (MSE), around another one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-mse-stream.h"

#include "bt-stream-private.h"

#include "base/bt-random.h"

#include <string.h>

/* Encrypted at a time. What the inner stream does not take at once waits, and nothing more is taken until it is gone;
 * the handshake fits, too. */
#define OUT_BYTES (64u * 1024)

G_STATIC_ASSERT (OUT_BYTES >= 2 * BT_MSE_MAX_OUT_BYTES);

/* For the log. */
static const char *const reasons[] = {
  [BT_MSE_REASON_NONE] = "no reason",
  [BT_MSE_REASON_KEY] = "an unsafe key",
  [BT_MSE_REASON_PADDING] = "padding without an end",
  [BT_MSE_REASON_TORRENT] = "no torrent that is here",
  [BT_MSE_REASON_CHECK] = "nonsense",
  [BT_MSE_REASON_METHOD] = "no method that both allow",
  [BT_MSE_REASON_CIPHER] = "no RC4 on this system",
};

/* Invariant: `mse` is there until the handshake is over; only then bytes of the owner's pass, but for those that go
 * along with it. `rest` and `out` are there only while they hold something.
 */
typedef struct
{
  BtStream     base;

  /* owned */
  BtStream    *inner;
  BtMse       *mse;        /* nullable */
  BtRc4       *reader;     /* nullable: nothing (more) to decrypt */
  BtRc4       *writer;     /* nullable: nothing to encrypt */
  guint8      *rest;       /* nullable; decrypted, but not read yet: from rest_at on */
  guint8      *out;        /* nullable; OUT_BYTES; to be written before all else: from out_at on */

  /* borrowed */
  BtPoller    *poller;
  BtMseLookup  lookup;     /* nullable */
  gpointer     user_data;

  /* values */
  BtPollTask   task;       /* for what the inner stream does not tell, because it has come already */
  BtEncrypted  encrypted;
  gsize        rest_at;
  gsize        n_rest;
  gsize        out_at;
  gsize        n_out;
  gsize        n_payload;  /* still to be decrypted when nothing else is */
} MseStream;

/* --- What the inner stream is asked for --- */

static gboolean
has_rest (const MseStream *self)
{
  return self->mse == NULL && self->rest != NULL;
}

/* The handshake was over when it ended. */
static gboolean
is_inner_dead (const MseStream *self)
{
  return self->mse == NULL && bt_stream_get_error (self->inner) != NULL;
}

static gboolean
wants_payload (const MseStream *self)
{
  return self->mse != NULL && bt_mse_get_verdict (self->mse) == BT_MSE_WANTS_PAYLOAD;
}

/* What can be reported without the inner stream. */
static BtStreamEvents
get_ready (const MseStream *self)
{
  BtStreamEvents ready = 0;

  if (has_rest (self) || is_inner_dead (self))
    ready |= BT_STREAM_READABLE;
  if (wants_payload (self) && self->base.is_connected && self->out == NULL)
    ready |= BT_STREAM_WRITABLE;
  return ready & self->base.active;
}

static void
update_inner (MseStream *self)
{
  BtStreamEvents wanted = self->base.wanted;
  BtStreamEvents held = self->base.wanted & ~self->base.active;

  if (self->base.error != NULL)
    {
      bt_stream_set_wanted (self->inner, 0);
      bt_poller_unqueue (self->poller, &self->task);
      return;
    }
  if (self->mse != NULL)
    {
      gsize n_room;

      bt_mse_get_room (self->mse, &n_room);
      wanted = n_room > 0 ? BT_STREAM_READABLE : 0;
      held = 0;
    }
  if (self->out != NULL)
    {
      wanted |= BT_STREAM_WRITABLE;
      held &= ~BT_STREAM_WRITABLE;
    }
  bt_stream_set_held (self->inner, held);
  bt_stream_set_wanted (self->inner, wanted);
  if (get_ready (self) != 0 || is_inner_dead (self))
    bt_poller_queue (self->poller, &self->task);
}

static void
mse_set_active (BtStream *stream)
{
  update_inner ((MseStream *) stream);
}

/* --- What waits to be written --- */

static guint8 *
get_out (MseStream *self)
{
  if (self->out == NULL)
    {
      self->out = g_malloc (OUT_BYTES);
      self->out_at = self->n_out = 0;
    }
  return self->out;
}

static void
take_output (MseStream *self)
{
  guint8 *out = get_out (self);

  self->n_out += bt_mse_take_output (self->mse, out + self->n_out);
  if (self->n_out == 0)
    g_clear_pointer (&self->out, g_free);
}

/* FALSE with `error`: the inner stream is dead. */
static gboolean
flush (MseStream  *self,
       GError    **error)
{
  while (self->out != NULL)
    {
      struct iovec iov = { self->out + self->out_at, self->n_out - self->out_at };
      gssize n_bytes = bt_stream_writev (self->inner, &iov, 1, error);

      if (n_bytes <= 0)
        return n_bytes == 0;
      self->out_at += (gsize) n_bytes;
      if (self->out_at == self->n_out)
        g_clear_pointer (&self->out, g_free);
    }
  return TRUE;
}

/* --- The handshake --- */

static void
draw_secrets (BtMseSecrets *out_secrets)
{
  bt_random_fill_secure (out_secrets, sizeof *out_secrets);
  out_secrets->n_pad %= BT_MSE_MAX_PAD_BYTES + 1;
  out_secrets->n_inner_pad %= BT_MSE_MAX_PAD_BYTES + 1;
}

/* At most `n_bytes`, and only as far as there is something to decrypt. */
static void
decrypt (MseStream          *self,
         const struct iovec *iov,
         gsize               n_bytes)
{
  if (self->encrypted == BT_ENCRYPTED_HANDSHAKE)
    {
      n_bytes = MIN (n_bytes, self->n_payload);
      self->n_payload -= n_bytes;
    }
  for (; n_bytes > 0; iov++)
    {
      gsize take = MIN (n_bytes, iov->iov_len);

      bt_rc4_apply (self->reader, iov->iov_base, iov->iov_base, take);
      n_bytes -= take;
    }
  if (self->encrypted == BT_ENCRYPTED_HANDSHAKE && self->n_payload == 0)
    g_clear_pointer (&self->reader, bt_rc4_free);
}

static void
finish_handshake (MseStream *self)
{
  const guint8 *rest = bt_mse_get_rest (self->mse, &self->n_rest);

  self->encrypted = bt_mse_get_method (self->mse) == BT_MSE_RC4 ? BT_ENCRYPTED_ALL
                                                                : BT_ENCRYPTED_HANDSHAKE;
  self->reader = bt_mse_steal_reader (self->mse);
  if (self->encrypted == BT_ENCRYPTED_ALL)
    self->writer = bt_mse_steal_writer (self->mse);
  self->n_payload = bt_mse_get_n_payload (self->mse);
  if (self->n_rest > 0)
    self->rest = g_memdup2 (rest, self->n_rest);
  decrypt (self, &(struct iovec) { self->rest, self->n_rest }, self->n_rest);
  g_clear_pointer (&self->mse, bt_mse_free);
}

/* One read, and what follows from it. FALSE with `error`: it is over. */
static gboolean
read_handshake (MseStream  *self,
                gsize      *out_n_read,
                GError    **error)
{
  struct iovec iov;
  gssize n_bytes;

  iov.iov_base = bt_mse_get_room (self->mse, &iov.iov_len);
  n_bytes = iov.iov_len > 0 ? bt_stream_readv (self->inner, &iov, 1, error) : 0;
  *out_n_read = (gsize) MAX (n_bytes, 0);
  if (n_bytes > 0)
    bt_mse_received (self->mse, (gsize) n_bytes);
  return n_bytes >= 0;
}

/* As far as what has come goes. */
static gboolean
judge_handshake (MseStream  *self,
                 GError    **error)
{
  if (bt_mse_get_verdict (self->mse) == BT_MSE_WANTS_TORRENT)
    bt_mse_set_torrent (self->mse, self->lookup (self->user_data, bt_mse_get_torrent (self->mse)));
  take_output (self);
  if (bt_mse_get_verdict (self->mse) == BT_MSE_BAD)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Encryption failed: %s",
                   reasons[bt_mse_get_reason (self->mse)]);
      return FALSE;
    }
  if (bt_mse_get_verdict (self->mse) == BT_MSE_DONE)
    finish_handshake (self);
  return flush (self, error);
}

/* Takes `error`. May free the stream. */
static void
end_with (MseStream *self,
          GError    *error)
{
  bt_stream_set_wanted (self->inner, 0);
  bt_poller_unqueue (self->poller, &self->task);
  bt_stream_fail (&self->base, error);
}

/* May free the stream. */
static void
shake_hands (MseStream *self)
{
  GError *error = NULL;
  gsize n_read;

  do
    if (!read_handshake (self, &n_read, &error) || !judge_handshake (self, &error))
      {
        end_with (self, error);
        return;
      }
  while (self->mse != NULL && n_read > 0);

  update_inner (self);
  if (!self->base.is_connected && wants_payload (self))
    bt_stream_connected (&self->base);
}

static gssize
write_payload (MseStream           *self,
               const struct iovec  *iov,
               int                  n_iov,
               GError             **error)
{
  guint8 payload[BT_MSE_MAX_PAYLOAD_BYTES];
  gsize n_payload = 0;

  for (int i = 0; i < n_iov; i++)
    {
      gsize take = MIN (iov[i].iov_len, sizeof payload - n_payload);

      if (take > 0)
        memcpy (payload + n_payload, iov[i].iov_base, take);
      n_payload += take;
    }
  if (n_payload == 0)
    return 0;

  bt_mse_set_payload (self->mse, payload, n_payload);
  take_output (self);
  if (!flush (self, error))
    return -1;
  update_inner (self);
  /* The other side may have answered before it was asked. */
  bt_poller_queue (self->poller, &self->task);
  return (gssize) n_payload;
}

/* --- Afterwards --- */

static gssize
read_rest (MseStream          *self,
           const struct iovec *iov,
           int                 n_iov)
{
  gsize n_read = 0;

  for (int i = 0; i < n_iov; i++)
    {
      gsize take = MIN (iov[i].iov_len, self->n_rest - self->rest_at);

      if (take > 0)
        memcpy (iov[i].iov_base, self->rest + self->rest_at, take);
      self->rest_at += take;
      n_read += take;
    }
  if (self->rest_at == self->n_rest)
    {
      g_clear_pointer (&self->rest, g_free);
      update_inner (self);
    }
  return (gssize) n_read;
}

static gssize
mse_readv (BtStream            *stream,
           const struct iovec  *iov,
           int                  n_iov,
           GError             **error)
{
  MseStream *self = (MseStream *) stream;
  gssize n_bytes;

  if (self->mse != NULL)
    return 0;
  if (self->rest != NULL)
    return read_rest (self, iov, n_iov);

  n_bytes = bt_stream_readv (self->inner, iov, n_iov, error);
  if (n_bytes > 0 && self->reader != NULL)
    decrypt (self, iov, (gsize) n_bytes);
  return n_bytes;
}

/* Where in the owner's vectors we are. */
typedef struct
{
  const struct iovec *iov;
  int                 n_iov;
  gsize               at;     /* in the first */
} Place;

/* As much as goes into the empty `out`; returns the bytes. */
static gsize
encrypt_some (MseStream *self,
              Place     *place)
{
  guint8 *out = get_out (self);

  while (place->n_iov > 0 && self->n_out < OUT_BYTES)
    {
      gsize take = MIN (place->iov->iov_len - place->at, OUT_BYTES - self->n_out);

      bt_rc4_apply (self->writer, (const guint8 *) place->iov->iov_base + place->at,
                    out + self->n_out, take);
      self->n_out += take;
      place->at += take;
      if (place->at == place->iov->iov_len)
        {
          place->iov++;
          place->n_iov--;
          place->at = 0;
        }
    }
  return self->n_out;
}

static gssize
write_encrypted (MseStream           *self,
                 const struct iovec  *iov,
                 int                  n_iov,
                 GError             **error)
{
  Place place = { iov, n_iov, 0 };
  gssize n_taken = 0;

  while (self->out == NULL)
    {
      gsize n_bytes = encrypt_some (self, &place);

      if (n_bytes == 0)
        {
          g_clear_pointer (&self->out, g_free);
          break;
        }
      n_taken += (gssize) n_bytes;
      if (!flush (self, error))
        return -1;
    }
  update_inner (self);
  return n_taken;
}

static gssize
mse_writev (BtStream            *stream,
            const struct iovec  *iov,
            int                  n_iov,
            GError             **error)
{
  MseStream *self = (MseStream *) stream;

  if (!flush (self, error))
    return -1;
  if (self->out != NULL)
    return 0;
  if (self->mse != NULL)
    return wants_payload (self) ? write_payload (self, iov, n_iov, error) : 0;
  return self->writer != NULL ? write_encrypted (self, iov, n_iov, error)
                              : bt_stream_writev (self->inner, iov, n_iov, error);
}

static guint32
mse_get_rtt_us (BtStream *stream)
{
  return bt_stream_get_rtt_us (((MseStream *) stream)->inner);
}

static guint32
mse_get_queue_us (BtStream *stream)
{
  return bt_stream_get_queue_us (((MseStream *) stream)->inner);
}

static guint
mse_get_n_unanswered (BtStream *stream)
{
  return bt_stream_get_n_unanswered (((MseStream *) stream)->inner);
}

static BtTransport
mse_get_transport (BtStream *stream)
{
  return bt_stream_get_transport (((MseStream *) stream)->inner);
}

static BtEncrypted
mse_get_encrypted (BtStream *stream)
{
  return ((MseStream *) stream)->encrypted;
}

static void
mse_free (BtStream *stream)
{
  MseStream *self = (MseStream *) stream;

  bt_poller_unqueue (self->poller, &self->task);
  bt_stream_free (self->inner);
  bt_mse_free (self->mse);
  bt_rc4_free (self->reader);
  bt_rc4_free (self->writer);
  g_free (self->rest);
  g_free (self->out);
  g_free (self);
}

static const BtStreamClass mse_class = {
  .readv = mse_readv,
  .writev = mse_writev,
  .set_active = mse_set_active,
  .get_rtt_us = mse_get_rtt_us,
  .get_queue_us = mse_get_queue_us,
  .get_n_unanswered = mse_get_n_unanswered,
  .get_encrypted = mse_get_encrypted,
  .get_transport = mse_get_transport,
  .free = mse_free,
};

/* --- Events --- */

/* What was decrypted is still to be read, and behind it the reason is. */
static void
lose (MseStream *self)
{
  if (has_rest (self))
    bt_stream_lost (&self->base);
  else
    end_with (self, g_error_copy (bt_stream_get_error (self->inner)));
}

static void
inner_cb (BtStream       *inner,
          BtStreamEvents  events,
          gpointer        user_data)
{
  MseStream *self = user_data;

  if (self->base.error != NULL)
    return;
  if (events & BT_STREAM_CONNECTED)
    self->base.local = *bt_stream_get_local (inner);
  if ((events & BT_STREAM_FAILED) || !flush (self, NULL))
    {
      lose (self);
      return;
    }
  if (self->mse != NULL)
    {
      shake_hands (self);
      return;
    }

  update_inner (self);
  if (self->out != NULL)
    events &= ~BT_STREAM_WRITABLE;
  bt_stream_emit (&self->base, events & (BT_STREAM_READABLE | BT_STREAM_WRITABLE));
}

static void
task_cb (gpointer user_data)
{
  MseStream *self = user_data;
  BtStreamEvents ready;

  if (self->base.error != NULL)
    return;
  if (self->mse != NULL && !wants_payload (self))
    {
      shake_hands (self);
      return;
    }
  if (is_inner_dead (self) && !(self->base.wanted & BT_STREAM_READABLE))
    {
      lose (self);
      return;
    }
  ready = get_ready (self);
  if (ready != 0)
    bt_poller_queue (self->poller, &self->task);
  bt_stream_emit (&self->base, ready);
}

guint
bt_mse_stream_get_methods (BtEncryption encryption)
{
  switch (encryption)
    {
    case BT_ENCRYPTION_REQUIRE:
      return BT_MSE_RC4;
    case BT_ENCRYPTION_PREFER:
      return BT_MSE_RC4 | BT_MSE_PLAIN;
    case BT_ENCRYPTION_OFF:
    default:
      return 0;
    }
}

static MseStream *
mse_stream_new (BtPoller *poller,
                BtStream *inner,
                BtMse    *mse,
                gboolean  is_outgoing)
{
  MseStream *self = g_new0 (MseStream, 1);

  bt_stream_init (&self->base, &mse_class, bt_stream_get_remote (inner), is_outgoing);
  self->base.local = *bt_stream_get_local (inner);
  self->encrypted = BT_ENCRYPTED_UNDECIDED;
  self->poller = poller;
  self->inner = inner;
  self->mse = mse;
  bt_poll_task_init (&self->task, task_cb, self);
  bt_stream_set_limits (inner, NULL, NULL);
  bt_stream_set_func (inner, inner_cb, self);
  return self;
}

BtStream *
bt_mse_stream_connect (BtPoller     *poller,
                       BtStream     *inner,
                       const guint8  info_hash[BT_SHA1_BYTES],
                       guint         methods)
{
  BtMseSecrets secrets;
  MseStream *self;

  draw_secrets (&secrets);
  self = mse_stream_new (poller, inner, bt_mse_new_initiator (&secrets, info_hash, methods), TRUE);
  take_output (self);
  update_inner (self);
  return &self->base;
}

BtStream *
bt_mse_stream_accept (BtPoller     *poller,
                      BtStream     *inner,
                      const guint8 *received,
                      gsize         n_received,
                      guint         methods,
                      BtMseLookup   lookup,
                      gpointer      user_data)
{
  BtMseSecrets secrets;
  MseStream *self;
  guint8 *room;
  gsize n_room;

  draw_secrets (&secrets);
  self = mse_stream_new (poller, inner, bt_mse_new_responder (&secrets, methods), FALSE);
  self->base.is_connected = TRUE;
  self->lookup = lookup;
  self->user_data = user_data;
  room = bt_mse_get_room (self->mse, &n_room);
  g_assert (n_received <= n_room);
  if (n_received > 0)
    memcpy (room, received, n_received);
  bt_mse_received (self->mse, n_received);
  update_inner (self);
  bt_poller_queue (poller, &self->task);
  return &self->base;
}
