/* bt-stream.h - one interface over TCP and uTP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-limit.h"

#include "base/bt-address.h"
#include "base/bt-network-settings.h"

#include <gio/gio.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define BT_STREAM_MAX_IOV 64  /* vectors moved by one call; those behind are left for the next */

typedef struct _BtStream BtStream;

typedef enum
{
  BT_STREAM_CONNECTED = 1 << 0,  /* an outgoing connection stands; once, before anything else */
  BT_STREAM_READABLE  = 1 << 1,
  BT_STREAM_WRITABLE  = 1 << 2,
  BT_STREAM_FAILED    = 1 << 3,  /* connecting failed, or reset: bt_stream_get_error(); nothing comes after it */
} BtStreamEvents;

/* May free the stream. Level-triggered: comes again at every turn while it holds and is wanted. */
typedef void (*BtStreamFunc) (BtStream       *stream,
                              BtStreamEvents  events,
                              gpointer        user_data);

/* What each kind of stream provides stands in bt-stream-private.h. Rate limits are applied here, above the kinds:
 * a stream without tokens is not readable (writable) until its limits have some again, and a read (write) is
 * cut to the tokens there are.
 * Thread: the poller's context.
 */
/* Before the loop turns again: what happens until then is told to nobody. */
void             bt_stream_set_func     (BtStream        *stream,
                                         BtStreamFunc     func,
                                         gpointer         user_data);
/* READABLE and WRITABLE, as wanted. CONNECTED and FAILED always come. Cheap when nothing changes. Somebody who
 * does not want to read is told FAILED of a lost connection only when nothing is left to be read. */
void             bt_stream_set_wanted   (BtStream        *stream,
                                         BtStreamEvents   wanted);
/* The limits every byte pays, NULL-terminated, engine first (at most BT_LIMIT_MAX_CHAIN); borrowed, must
 * outlive the stream. Changing them takes effect at once. NULL: none. */
void             bt_stream_set_limits   (BtStream        *stream,
                                         BtLimit *const  *read_limits,
                                         BtLimit *const  *write_limits);
/* Bytes read or written; 0: would block, not connected yet or no tokens now; -1 with `error`: the stream is dead
 * (G_IO_ERROR_CLOSED: the other side ended it in order) and will not say FAILED. Never more bytes than asked. */
gssize           bt_stream_readv        (BtStream           *stream,
                                         const struct iovec *iov,
                                         int                 n_iov,
                                         GError            **error);
gssize           bt_stream_writev       (BtStream           *stream,
                                         const struct iovec *iov,
                                         int                 n_iov,
                                         GError            **error);
const BtAddress *bt_stream_get_remote   (BtStream        *stream);
/* Our end; family NONE before it is connected. */
const BtAddress *bt_stream_get_local    (BtStream        *stream);
gboolean         bt_stream_is_outgoing  (BtStream        *stream);
/* Why it FAILED, or a call answered -1: borrowed, NULL otherwise. */
const GError    *bt_stream_get_error    (BtStream        *stream);
/* Smoothed round trip in microseconds as the kernel knows it; 0: unknown. */
guint32          bt_stream_get_rtt_us   (BtStream        *stream);
/* How long packets that we send wait in queues on the way, in microseconds; 0: they do not, or it is unknown (TCP). */
guint32          bt_stream_get_queue_us (BtStream        *stream);
/* How often in a row what we sent had to be sent again, since the other side last acknowledged anything. */
guint            bt_stream_get_n_unanswered (BtStream    *stream);
BtEncrypted      bt_stream_get_encrypted (BtStream       *stream);
/* What it runs over: BT_TRANSPORT_TCP, BT_TRANSPORT_UTP; BT_TRANSPORT_BOTH: that is not decided yet. */
BtTransport      bt_stream_get_transport (BtStream       *stream);
/* Closes at once. NULL is harmless. */
void             bt_stream_free         (BtStream        *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtStream, bt_stream_free)

G_END_DECLS
