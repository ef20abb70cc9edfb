/* bt-proxy-stream.c - a stream through a proxy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-proxy-stream.h"

#include "bt-proxy-talk.h"
#include "bt-stream-private.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  BtStream            base;
  BtStream           *inner;      /* owned */
  BtProxyTalk        *talk;       /* owned; NULL once it is over */
  BtProxyVerdictFunc  func;       /* nullable */
  gpointer            user_data;  /* borrowed */
  BtAddress           bound;
} ProxyStream;

/* While they talk, what is wanted of the inner stream is theirs to say. */
static void
update_wanted (ProxyStream *proxy)
{
  gsize n_output;

  if (proxy->talk == NULL)
    {
      bt_stream_set_wanted (proxy->inner, proxy->base.active);
      return;
    }
  bt_proxy_talk_get_output (proxy->talk, &n_output);
  bt_stream_set_wanted (proxy->inner, n_output > 0 ? BT_STREAM_WRITABLE : BT_STREAM_READABLE);
}

/* --- The kind --- */

static gssize
proxy_readv (BtStream            *stream,
             const struct iovec  *iov,
             int                  n_iov,
             GError             **error)
{
  return bt_stream_readv (((ProxyStream *) stream)->inner, iov, n_iov, error);
}

static gssize
proxy_writev (BtStream            *stream,
              const struct iovec  *iov,
              int                  n_iov,
              GError             **error)
{
  return bt_stream_writev (((ProxyStream *) stream)->inner, iov, n_iov, error);
}

static void
proxy_set_active (BtStream *stream)
{
  ProxyStream *proxy = (ProxyStream *) stream;

  if (proxy->talk == NULL)
    update_wanted (proxy);
}

static guint32
proxy_get_rtt_us (BtStream *stream)
{
  return bt_stream_get_rtt_us (((ProxyStream *) stream)->inner);
}

static guint
proxy_get_n_unanswered (BtStream *stream)
{
  return bt_stream_get_n_unanswered (((ProxyStream *) stream)->inner);
}

static void
proxy_free (BtStream *stream)
{
  ProxyStream *proxy = (ProxyStream *) stream;

  bt_stream_free (proxy->inner);
  bt_proxy_talk_free (proxy->talk);
  g_free (proxy);
}

static const BtStreamClass proxy_class = {
  .readv = proxy_readv,
  .writev = proxy_writev,
  .set_active = proxy_set_active,
  .get_rtt_us = proxy_get_rtt_us,
  .get_n_unanswered = proxy_get_n_unanswered,
  .free = proxy_free,
};

/* --- Talking --- */

static void
judge (ProxyStream  *proxy,
       const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE))
    error = NULL;
  if (proxy->func != NULL)
    proxy->func (error, proxy->user_data);
}

/* (transfer full): of the way to the proxy. */
static GError *
make_error (const GError *cause)
{
  /* That is how something else than a proxy says that it understands nothing. */
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PROXY_FAILED,
                                _("The proxy hung up without an answer"));
  return g_error_new (G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE,
                      _("The proxy cannot be reached: %s"), cause->message);
}

/* The last thing its caller does. Takes `error`. */
static void
fail (ProxyStream *proxy,
      GError      *error)
{
  judge (proxy, error);
  bt_stream_set_wanted (proxy->inner, 0);
  bt_stream_fail (&proxy->base, error);
}

/* The last thing its caller does. */
static void
end_talk (ProxyStream *proxy)
{
  if (bt_proxy_talk_get_state (proxy->talk) == BT_PROXY_TALK_FAILED)
    {
      fail (proxy, g_error_copy (bt_proxy_talk_get_error (proxy->talk)));
      return;
    }
  judge (proxy, NULL);
  proxy->bound = *bt_proxy_talk_get_bound (proxy->talk);
  g_clear_pointer (&proxy->talk, bt_proxy_talk_free);
  proxy->base.local = *bt_stream_get_local (proxy->inner);
  bt_stream_connected (&proxy->base);
}

/* One step: what can be written or read now. Returns the bytes, or -1 with the inner stream's error. */
static gssize
move (ProxyStream *proxy)
{
  struct iovec iov;
  gssize n_bytes;

  iov.iov_base = (guint8 *) bt_proxy_talk_get_output (proxy->talk, &iov.iov_len);
  if (iov.iov_len > 0)
    {
      n_bytes = bt_stream_writev (proxy->inner, &iov, 1, NULL);
      if (n_bytes > 0)
        bt_proxy_talk_sent (proxy->talk, (gsize) n_bytes);
      return n_bytes;
    }

  iov.iov_base = bt_proxy_talk_get_place (proxy->talk, &iov.iov_len);
  n_bytes = bt_stream_readv (proxy->inner, &iov, 1, NULL);
  if (n_bytes > 0)
    bt_proxy_talk_received (proxy->talk, (gsize) n_bytes);
  return n_bytes;
}

/* The last thing its caller does. Ends, because what is said and heard is bounded. */
static void
talk_on (ProxyStream *proxy)
{
  gssize n_bytes = 1;

  while (n_bytes > 0 && bt_proxy_talk_get_state (proxy->talk) == BT_PROXY_TALK_GOES_ON)
    n_bytes = move (proxy);

  if (n_bytes < 0)
    fail (proxy, make_error (bt_stream_get_error (proxy->inner)));
  else if (bt_proxy_talk_get_state (proxy->talk) != BT_PROXY_TALK_GOES_ON)
    end_talk (proxy);
  else
    update_wanted (proxy);
}

static void
inner_cb (BtStream       *inner,
          BtStreamEvents  events,
          gpointer        user_data)
{
  ProxyStream *proxy = user_data;

  if (G_UNLIKELY (proxy->base.error != NULL))
    return;
  if (proxy->talk == NULL && (events & BT_STREAM_FAILED))
    bt_stream_fail (&proxy->base, g_error_copy (bt_stream_get_error (inner)));
  else if (proxy->talk == NULL)
    bt_stream_emit (&proxy->base, events);
  else if (events & BT_STREAM_FAILED)
    fail (proxy, make_error (bt_stream_get_error (inner)));
  else
    talk_on (proxy);
}

BtStream *
bt_proxy_stream_new (BtStream           *inner,
                     const BtProxy      *proxy,
                     BtSocksCommand      command,
                     const BtAddress    *remote,
                     BtProxyVerdictFunc  func,
                     gpointer            user_data)
{
  ProxyStream *self = g_new0 (ProxyStream, 1);

  bt_stream_init (&self->base, &proxy_class,
                  command == BT_SOCKS_CONNECT ? remote : bt_stream_get_remote (inner), TRUE);
  self->inner = inner;
  self->talk = bt_proxy_talk_new (proxy, command, NULL, remote);
  self->func = func;
  self->user_data = user_data;
  bt_stream_set_func (inner, inner_cb, self);
  return &self->base;
}

const BtAddress *
bt_proxy_stream_get_bound (BtStream *stream)
{
  return &((ProxyStream *) stream)->bound;
}
