/* net.h - a poller, a made-up clock and streams that count what they are told
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-poller.h"
#include "transport/bt-tcp.h"

G_BEGIN_DECLS

#define NET_CHUNK_BYTES (256 * 1024)

typedef struct
{
  GMainContext *context;
  BtPoller     *poller;
  BtClock      *clock;
} Net;

/* A stream and what its owner does when it is called. */
typedef struct
{
  BtStream       *stream;        /* owned, nullable */
  int             far_fd;        /* owned; the other end of a socket pair, -1: none */
  guint           n_connected;
  guint           n_readable;
  guint           n_writable;
  guint           n_failed;
  guint64         n_read;
  guint64         n_written;
  gboolean        reads;         /* when readable: all there is */
  gboolean        writes;        /* when writable: as much as goes */
  BtStreamEvents  frees_itself;  /* at these events */
  GByteArray     *sink;          /* owned, nullable: what was read */
  GError         *error;         /* owned, nullable: of a call that answered -1 */
} End;

void      net_set_up      (Net          *net);
void      net_tear_down   (Net          *net);
/* Turns the loop until it has nothing to do. Fails after very many turns: somebody spins. Returns the turns. */
guint     net_settle      (Net          *net);
/* Turns the loop, sleeping, until the flag is not 0. */
void      net_wait        (Net          *net,
                           const guint  *flag);
/* One end of a socket pair. Wants nothing yet. */
End      *net_add_pair    (Net          *net);
/* Takes `stream`, nullable. */
End      *net_add_end     (BtStream     *stream);
void      net_free_end    (End          *end);
/* One call with one vector; the answer. -1 sets end->error. */
gssize    net_read        (End          *end,
                           gsize         n_bytes);
gssize    net_write       (End          *end,
                           gsize         n_bytes);
/* Writes to the far end of a pair until it is full; returns the bytes. */
guint64   net_fill        (End          *end);
/* Empties the far end; returns the bytes. */
guint64   net_drain       (End          *end);
BtStream *net_connect     (Net          *net,
                           const char   *ip,
                           guint16       port);

G_END_DECLS
