/* bt-stream-private.h - what a kind of stream provides, and what it embeds
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-limit-gate.h"
#include "bt-stream.h"

G_BEGIN_DECLS

typedef struct _BtStreamClass BtStreamClass;

/* A kind: TCP, uTP, or one that wraps another stream (which then has no limits of its own). Kinds know
 * nothing of limits, and are called only as long as the stream is alive; reads and writes only when connected.
 */
struct _BtStreamClass
{
  /* As bt_stream_readv(); 1 <= n_iov <= BT_STREAM_MAX_IOV, `error` is not NULL and filled with every -1. */
  gssize  (*readv)      (BtStream           *stream,
                         const struct iovec *iov,
                         int                 n_iov,
                         GError            **error);
  gssize  (*writev)     (BtStream           *stream,
                         const struct iovec *iov,
                         int                 n_iov,
                         GError            **error);
  /* `active` has changed, or the connection stands. Never calls the owner from inside: what is ready
   * already comes from the loop. */
  void    (*set_active) (BtStream           *stream);
  guint32 (*get_rtt_us) (BtStream           *stream);
  /* Nullable: unknown. */
  guint32 (*get_queue_us) (BtStream         *stream);
  /* Nullable: never. */
  guint   (*get_n_unanswered) (BtStream     *stream);
  /* Nullable: nothing ever is. */
  BtEncrypted (*get_encrypted) (BtStream     *stream);
  /* Nullable: TCP. */
  BtTransport (*get_transport) (BtStream    *stream);
  /* Lets go of everything, the struct included. */
  void    (*free)       (BtStream           *stream);
};

/* The head of every kind's struct.
 *
 * Invariant: `active` is what of `wanted` may be reported: what does not wait for tokens (here, or `held`: at a stream
 * around it), and of a lost connection nothing but what is left to be read. `error` is set exactly when the stream is
 * dead; then both are 0.
 */
struct _BtStream
{
  const BtStreamClass *klass;      /* borrowed */
  BtStreamFunc         func;       /* borrowed, nullable */
  gpointer             user_data;  /* borrowed */
  GError              *error;      /* owned, nullable */
  BtStreamEvents       wanted;
  BtStreamEvents       active;
  BtStreamEvents       held;
  guint                is_connected : 1;
  guint                is_outgoing : 1;
  guint                is_lost : 1;
  BtLimitGate          read_gate;
  BtLimitGate          write_gate;
  BtAddress            remote;
  BtAddress            local;
};

/* `remote`: nullable. */
void bt_stream_init      (BtStream            *stream,
                          const BtStreamClass *klass,
                          const BtAddress     *remote,
                          gboolean             is_outgoing);
/* For a kind that wraps `stream`: what of its wishes waits for tokens above, and is not to be reported now. */
void bt_stream_set_held  (BtStream            *stream,
                          BtStreamEvents       held);
/* The other side is gone, but not everything it sent was read: who wants to read is not told WRITABLE any more. */
void bt_stream_lost      (BtStream            *stream);
/* The next three call the owner, who may free the stream: nothing may be done with it afterwards. */
/* The connection stands; `local` is filled. */
void bt_stream_connected (BtStream            *stream);
/* Tells as much of READABLE and WRITABLE as is active. */
void bt_stream_emit      (BtStream            *stream,
                          BtStreamEvents       events);
/* Takes `error`. Outside a read or write, which just answer -1. */
void bt_stream_fail      (BtStream            *stream,
                          GError              *error);

/* A G_IO_ERROR with the system's own words for an errno. */
void bt_stream_set_errno (GError             **error,
                          int                  code);

G_END_DECLS
